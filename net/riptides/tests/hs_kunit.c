// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the handshake: what must work
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "hs_test.h"

enum auth { SERVER_ONLY, MUTUAL, EMPTY_CLIENT };

struct happy {
	u16 suite;
	u16 group;
	enum auth auth;
	bool p384;
};

static void happy_desc(const struct happy *h, char *desc)
{
	static const char * const auth[] = {
		"server only", "mutual", "empty client certificate",
	};

	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s %s %s %s",
		 rpt_suite_find(h->suite)->name, rpt_kex_find(h->group)->name,
		 h->p384 ? "P-384" : "P-256", auth[h->auth]);
}

#define AUTHS(s, g)					\
	{ s, g, SERVER_ONLY }, { s, g, MUTUAL }, { s, g, EMPTY_CLIENT }
#define GROUPS(s)					\
	AUTHS(s, RPT_GROUP_X25519),			\
	AUTHS(s, RPT_GROUP_SECP256R1),			\
	AUTHS(s, RPT_GROUP_SECP384R1)

static const struct happy happy[] = {
	GROUPS(RPT_SUITE_AES_128_GCM_SHA256),
	GROUPS(RPT_SUITE_AES_256_GCM_SHA384),
	GROUPS(RPT_SUITE_CHACHA20_POLY1305_SHA256),
	{ RPT_SUITE_AES_128_GCM_SHA256, RPT_GROUP_X25519, MUTUAL, true },
	{ RPT_SUITE_AES_256_GCM_SHA384, RPT_GROUP_X25519, MUTUAL, true },
};

KUNIT_ARRAY_PARAM(happy, happy, happy_desc);

/* Every suite with every group in every mode */
static void test_happy(struct kunit *test)
{
	const struct happy *h = test->param_value;
	struct hs_test *t = hs_test_new(test);

	t->c.p.suites = &h->suite;
	t->c.p.n_suites = 1;
	t->c.p.groups = &h->group;
	t->c.p.n_groups = 1;
	t->s.p.request_client_cert = h->auth != SERVER_ONLY;
	t->s.p.require_client_cert = h->auth == MUTUAL;
	if (h->auth == EMPTY_CLIENT)
		t->c.id = NULL;
	if (h->p384) {
		t->c.id = &t->p384;
		t->s.id = &t->p384;
	}
	hs_test_create(t);
	hs_test_run(t, HS_TEST_CHUNK_ALL);
	hs_test_expect_done(t);
	KUNIT_EXPECT_EQ(test, h->suite, t->cs.suite->id);
	KUNIT_EXPECT_EQ(test, h->group, t->cs.group);
	KUNIT_EXPECT_TRUE(test, t->cs.peer_cert);
	KUNIT_EXPECT_EQ(test, h->auth == MUTUAL, t->ss.peer_cert);
	KUNIT_EXPECT_EQ(test, h->auth != SERVER_ONLY, t->cs.cert_requested);
	KUNIT_EXPECT_FALSE(test, t->cs.retried);
	KUNIT_EXPECT_FALSE(test, t->cs.resumed);
	hs_test_destroy(t);
}

static struct kunit_case hs_cases[] = {
	KUNIT_CASE_PARAM(test_happy, happy_gen_params),
	{}
};

static struct kunit_suite hs_suite = {
	.name = "riptides_hs",
	.test_cases = hs_cases,
};

kunit_test_suite(hs_suite);

MODULE_DESCRIPTION("KUnit tests of the TLS 1.3 handshake");
MODULE_LICENSE("GPL");
