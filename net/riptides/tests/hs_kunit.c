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
	unsigned int index;
	u16 suite;
	u16 group;
	enum auth auth;
	bool p384;
};

/* Every suite with every group in every mode; then P-384 keys, too */
static const void *happy_gen_params(struct kunit *test, const void *prev,
				    char *desc)
{
	static const u16 groups[] = {
		RPT_GROUP_X25519, RPT_GROUP_SECP256R1, RPT_GROUP_SECP384R1,
	};
	static const char * const auth[] = {
		"server only", "mutual", "empty client certificate",
	};
	static struct happy now;
	unsigned int i = prev ? now.index + 1 : 0;

	now.index = i;
	now.p384 = i >= 27;
	if (now.p384)
		i = (i - 27) * 9 + MUTUAL;
	if (i >= 27)
		return NULL;
	now.suite = rpt_suites[i / 9].id;
	now.group = groups[i / 3 % 3];
	now.auth = i % 3;
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s %s %s %s",
		 rpt_suites[i / 9].name, rpt_kex_find(now.group)->name,
		 now.p384 ? "P-384" : "P-256", auth[now.auth]);
	return &now;
}

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

/* Records and messages may be cut and joined at will */
static void test_chunks(struct kunit *test)
{
	static const size_t chunks[] = { 1, 2, 3, 5, 7, 64, 1000 };
	struct hs_test *t = hs_test_new(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(chunks); i++) {
		hs_test_create(t);
		hs_test_run(t, chunks[i]);
		hs_test_expect_done(t);
		hs_test_destroy(t);
	}
}

/* What follows the last handshake record is not touched */
static void test_not_a_byte_more(struct kunit *test)
{
	static const u8 behind[] = { 0x17, 0x03, 0x03, 0x00, 0x05, 1, 2, 3, 4, 5 };
	struct hs_test *t = hs_test_new(test);
	size_t len, used;
	const u8 *out;
	u8 *joined;

	hs_test_create(t);
	hs_test_pump(&t->c, &t->s, 0);
	hs_test_pump(&t->s, &t->c, 0);
	KUNIT_ASSERT_TRUE(test, rpt_hs_is_done(t->c.hs));
	out = rpt_hs_output(t->c.hs, &len);
	joined = kunit_kzalloc(test, len + sizeof(behind), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, joined);
	memcpy(joined, out, len);
	memcpy(joined + len, behind, sizeof(behind));
	KUNIT_EXPECT_EQ(test, 0, rpt_hs_input(t->s.hs, joined,
					      len + sizeof(behind), &used));
	KUNIT_EXPECT_EQ(test, len, used);
	KUNIT_EXPECT_TRUE(test, rpt_hs_is_done(t->s.hs));
	KUNIT_EXPECT_EQ(test, 0, rpt_hs_input(t->s.hs, behind, sizeof(behind),
					      &used));
	KUNIT_EXPECT_EQ(test, 0, used);
	hs_test_destroy(t);
}

static void retry_run(struct hs_test *t, u16 group)
{
	hs_test_create(t);
	hs_test_run(t, 1);
	hs_test_expect_done(t);
	KUNIT_EXPECT_TRUE(t->test, t->cs.retried);
	KUNIT_EXPECT_EQ(t->test, group, t->cs.group);
	hs_test_destroy(t);
}

/* HelloRetryRequest: for another group, for a cookie, for both */
static void test_retry(struct kunit *test)
{
	static const u16 server_groups[] = { RPT_GROUP_SECP384R1 };
	struct hs_test *t = hs_test_new(test);

	/* The client's one share is for another group */
	t->s.p.groups = server_groups;
	t->s.p.n_groups = 1;
	retry_run(t, RPT_GROUP_SECP384R1);
	t->s.p.send_cookie = true;
	retry_run(t, RPT_GROUP_SECP384R1);

	/* The client sends no share, to learn the server's favourite */
	t->c.p.n_shares = RPT_HS_NO_SHARES;
	retry_run(t, RPT_GROUP_SECP384R1);

	/* The share does, only the cookie is new */
	t->c.p.n_shares = 2;
	t->s.p.groups = NULL;
	t->s.p.send_cookie = false;
	t->s.p.force_retry = true;
	retry_run(t, RPT_GROUP_X25519);
	t->c.p.no_compat = true;
	retry_run(t, RPT_GROUP_X25519);
}

/* The suite that a retry fixes stays, for SHA-384, too */
static void test_retry_sha384(struct kunit *test)
{
	static const u16 suite = RPT_SUITE_AES_256_GCM_SHA384;
	struct hs_test *t = hs_test_new(test);

	t->s.p.suites = &suite;
	t->s.p.n_suites = 1;
	t->s.p.force_retry = true;
	retry_run(t, RPT_GROUP_X25519);
}

static void test_several_shares(struct kunit *test)
{
	static const u16 server_groups[] = { RPT_GROUP_SECP256R1 };
	struct hs_test *t = hs_test_new(test);

	t->c.p.n_shares = 3;
	t->s.p.groups = server_groups;
	t->s.p.n_groups = 1;
	hs_test_create(t);
	hs_test_run(t, 0);
	hs_test_expect_done(t);
	KUNIT_EXPECT_FALSE(test, t->cs.retried);
	KUNIT_EXPECT_EQ(test, RPT_GROUP_SECP256R1, t->cs.group);
	hs_test_destroy(t);
}

/* The server's order of suites decides */
static void test_suite_order(struct kunit *test)
{
	static const u16 server_suites[] = {
		RPT_SUITE_CHACHA20_POLY1305_SHA256, RPT_SUITE_AES_128_GCM_SHA256,
	};
	struct hs_test *t = hs_test_new(test);

	t->s.p.suites = server_suites;
	t->s.p.n_suites = ARRAY_SIZE(server_suites);
	hs_test_create(t);
	hs_test_run(t, 0);
	hs_test_expect_done(t);
	KUNIT_EXPECT_EQ(test, server_suites[0], t->cs.suite->id);
	hs_test_destroy(t);
}

static void test_alpn(struct kunit *test)
{
	static const u8 theirs[] = "\x02h2\x08http/1.1";
	static const u8 ours[] = "\x0briptides/1x\x08http/1.1\x02h2";
	struct hs_test *t = hs_test_new(test);

	t->c.p.alpn = theirs;
	t->c.p.alpn_len = sizeof(theirs) - 1;
	/* A server without protocols says nothing */
	hs_test_create(t);
	hs_test_run(t, 0);
	hs_test_expect_done(t);
	KUNIT_EXPECT_EQ(test, 0, t->cs.alpn_len);

	t->s.p.alpn = ours;
	t->s.p.alpn_len = sizeof(ours) - 1;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_done(t);
	KUNIT_EXPECT_EQ(test, 8, t->cs.alpn_len);
	KUNIT_EXPECT_MEMEQ(test, t->cs.alpn, "http/1.1", 8);

	/* Nothing in common: RFC 7301 section 3.2 */
	t->s.p.alpn_len = 12;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_failed(t, &t->s, RPT_ALERT_NO_APPLICATION_PROTOCOL,
			      -EPROTO);

	/* A client that asks for none gets none */
	t->c.p.alpn_len = 0;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_done(t);
	KUNIT_EXPECT_EQ(test, 0, t->ss.alpn_len);
	hs_test_destroy(t);
}

static void test_server_name(struct kunit *test)
{
	struct hs_test *t = hs_test_new(test);

	t->c.p.server_name = "db.example.org";
	hs_test_create(t);
	hs_test_run(t, 0);
	hs_test_expect_done(t);
	KUNIT_EXPECT_STREQ(test, "db.example.org", t->ss.server_name);
	KUNIT_EXPECT_STREQ(test, "db.example.org", t->c.sni);

	/* The server does not know the name */
	t->s.select_err = -ENOENT;
	hs_test_again(t);
	hs_test_run(t, 0);
	KUNIT_EXPECT_STREQ(test, "db.example.org", t->s.sni);
	hs_test_expect_failed(t, &t->s, RPT_ALERT_UNRECOGNIZED_NAME, -ENOKEY);
	hs_test_destroy(t);
}

static void test_authorities(struct kunit *test)
{
	static const u8 name[] = { 0x30, 0x00 };
	static const struct rpt_blob names[] = {
		{ name, sizeof(name) }, { name, sizeof(name) }, { name, 2 },
	};
	struct hs_test *t = hs_test_new(test);

	t->c.p.authorities = names;
	t->c.p.n_authorities = 2;
	t->s.p.authorities = names;
	t->s.p.n_authorities = 3;
	t->c.p.cert_sigs = &t->p256.scheme;
	t->c.p.n_cert_sigs = 1;
	t->s.p.cert_sigs = &t->p384.scheme;
	t->s.p.n_cert_sigs = 1;
	hs_test_create(t);
	hs_test_run(t, 0);
	KUNIT_EXPECT_EQ(test, 2, t->s.n_authorities);
	KUNIT_EXPECT_EQ(test, 3, t->c.n_authorities);
	KUNIT_EXPECT_EQ(test, 1, t->s.hs->n_cert_sigs);
	KUNIT_EXPECT_EQ(test, t->p256.scheme, t->s.hs->cert_sigs[0]);
	KUNIT_EXPECT_EQ(test, 1, t->c.hs->n_cert_sigs);
	KUNIT_EXPECT_EQ(test, t->p384.scheme, t->c.hs->cert_sigs[0]);
	hs_test_expect_done(t);
	hs_test_destroy(t);
}

/* A long chain, records of 64 bytes or padded ones */
static void test_record_sizes(struct kunit *test)
{
	struct hs_test *t = hs_test_new(test);
	struct rpt_chain *chain = &t->p256.chain;
	u8 *big = kunit_kzalloc(test, 7000, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, big);
	chain->n = 2;
	chain->cert[1].data = big;
	chain->cert[1].len = 7000;

	t->c.p.record_size_limit = 64;
	t->s.p.record_size_limit = 65;
	hs_test_create(t);
	hs_test_run(t, 0);
	hs_test_expect_done(t);
	KUNIT_EXPECT_EQ(test, 2, t->c.chain_n);
	KUNIT_EXPECT_EQ(test, 63, t->cs.rx_limit);
	KUNIT_EXPECT_EQ(test, 64, t->cs.tx_limit);

	/* Padding never breaks the limit */
	t->c.p.pad_to = 4096;
	t->s.p.pad_to = 50;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_done(t);

	t->c.p.record_size_limit = 0;
	t->s.p.pad_to = 16384;
	hs_test_again(t);
	hs_test_run(t, 3);
	hs_test_expect_done(t);
	KUNIT_EXPECT_EQ(test, 16384, t->cs.rx_limit);

	/* Only the client asks: the server answers with TLS's own limit */
	t->c.p.record_size_limit = 1000;
	t->s.p.record_size_limit = 0;
	t->s.p.pad_to = 0;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_done(t);
	KUNIT_EXPECT_EQ(test, 16384, t->cs.tx_limit);

	/* A chain of more than one record at full size */
	t->c.p.record_size_limit = 0;
	t->s.p.max_own_chain = 32768;
	big = kunit_kzalloc(test, 24000, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, big);
	chain->cert[1].data = big;
	chain->cert[1].len = 24000;
	t->c.id = NULL;
	t->s.p.require_client_cert = false;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_done(t);

	/* More than the parameters provide for */
	t->s.p.max_own_chain = 0;
	hs_test_again(t);
	hs_test_run(t, 0);
	KUNIT_EXPECT_EQ(test, -EMSGSIZE, t->s.err);
	KUNIT_EXPECT_EQ(test, -EPROTO, t->c.err);
	hs_test_destroy(t);
}

/* RFC 8446 section 4.2.11: external PSKs, alone and among strangers */
static void test_external_psk(struct kunit *test)
{
	struct hs_test *t = hs_test_new(test);
	struct rpt_psk psks[2] = {
		{ .identity = (const u8 *)"unknown", .identity_len = 7,
		  .hash = RPT_HASH_SHA384,
		  .external = true, .secret_len = 48 },
		{ .identity = (const u8 *)"shared", .identity_len = 6,
		  .hash = RPT_HASH_SHA256,
		  .external = true, .secret_len = 32, .secret = "secret" },
	};

	t->c.p.psks = psks;
	t->c.p.n_psks = 2;
	t->s.psks[0] = psks[1];
	t->s.n_psks = 1;
	hs_test_create(t);
	hs_test_run(t, 0);
	hs_test_expect_done(t);
	KUNIT_EXPECT_TRUE(test, t->cs.resumed);
	KUNIT_EXPECT_TRUE(test, t->cs.psk_external);
	KUNIT_EXPECT_EQ(test, 1, t->cs.psk_index);
	KUNIT_EXPECT_EQ(test, 0, t->c.n_verify + t->s.n_select);

	/* After a retry the one of the other hash is left out */
	t->s.p.force_retry = true;
	hs_test_again(t);
	hs_test_run(t, 0);
	KUNIT_EXPECT_EQ(test, 1, t->c.hs->n_psk_sent);
	hs_test_expect_done(t);
	KUNIT_EXPECT_TRUE(test, t->cs.resumed);
	KUNIT_EXPECT_EQ(test, 1, t->cs.psk_index);

	/* A server without find_psk(), and one that knows neither */
	t->s.n_psks = 0;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_done(t);
	KUNIT_EXPECT_FALSE(test, t->cs.resumed);
	t->s.ops.find_psk = NULL;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_done(t);
	KUNIT_EXPECT_FALSE(test, t->cs.resumed);
	hs_test_destroy(t);
}

static u32 age_later(void *data, const struct rpt_psk *psk)
{
	struct hs_test_side *side = data;

	return psk->obfuscated_age + 1000 * ++side->n_age;
}

/* Section 4.1.2: the ticket has grown older when it is offered again */
static void test_psk_age(struct kunit *test)
{
	struct hs_test *t = hs_test_new(test);
	struct rpt_psk psk = {
		.identity = (const u8 *)"ticket", .identity_len = 6,
		.obfuscated_age = 0xffffff00, .hash = RPT_HASH_SHA256,
		.secret_len = 32, .secret = "secret",
	};

	t->c.p.psks = &psk;
	t->c.p.n_psks = 1;
	t->s.psks[0] = psk;
	t->s.n_psks = 1;
	/* Without psk_age() it is as it was given */
	t->s.p.force_retry = true;
	hs_test_create(t);
	hs_test_run(t, 0);
	hs_test_expect_done(t);
	KUNIT_EXPECT_TRUE(test, t->cs.resumed);
	KUNIT_EXPECT_EQ(test, 0xffffff00, t->s.psk_age);

	t->c.ops.psk_age = age_later;
	t->s.p.force_retry = false;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_done(t);
	KUNIT_EXPECT_TRUE(test, t->cs.resumed);
	KUNIT_EXPECT_EQ(test, 1000 - 256, t->s.psk_age);

	/* And its binder is made for what is sent */
	t->c.n_age = 0;
	t->s.p.force_retry = true;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_done(t);
	KUNIT_EXPECT_TRUE(test, t->cs.retried);
	KUNIT_EXPECT_TRUE(test, t->cs.resumed);
	KUNIT_EXPECT_EQ(test, 2, t->c.n_age);
	KUNIT_EXPECT_EQ(test, 2000 - 256, t->s.psk_age);

	/* Others have none (section 4.2.11) */
	psk.external = true;
	psk.obfuscated_age = 0;
	t->s.psks[0] = psk;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_done(t);
	KUNIT_EXPECT_TRUE(test, t->cs.resumed);
	KUNIT_EXPECT_EQ(test, 0, t->s.psk_age);
	hs_test_destroy(t);
}

/* A PSK may move the suite to one of its hash, unless a retry fixed that */
static void test_psk_suite(struct kunit *test)
{
	struct hs_test *t = hs_test_new(test);
	struct rpt_psk psk = {
		.identity = (const u8 *)"k", .identity_len = 1,
		.hash = RPT_HASH_SHA384,
		.external = true, .secret_len = 1, .secret = "x",
	};

	t->c.p.psks = &psk;
	t->c.p.n_psks = 1;
	t->s.psks[0] = psk;
	t->s.n_psks = 1;
	hs_test_create(t);
	hs_test_run(t, 0);
	hs_test_expect_done(t);
	KUNIT_EXPECT_TRUE(test, t->cs.resumed);
	KUNIT_EXPECT_EQ(test, RPT_SUITE_AES_256_GCM_SHA384, t->cs.suite->id);

	/* One that none of our suites fits is not offered */
	t->c.p.suites = (const u16[]){ RPT_SUITE_AES_128_GCM_SHA256 };
	t->c.p.n_suites = 1;
	hs_test_again(t);
	hs_test_run(t, 0);
	KUNIT_EXPECT_EQ(test, 0, t->c.hs->n_psk_sent);
	hs_test_expect_done(t);
	KUNIT_EXPECT_FALSE(test, t->cs.resumed);
	hs_test_destroy(t);
}

/* Callbacks that fail */
static void test_callbacks(struct kunit *test)
{
	struct hs_test *t = hs_test_new(test);

	t->c.verify_err = -EKEYEXPIRED;
	t->c.verify_alert = RPT_ALERT_CERTIFICATE_EXPIRED;
	hs_test_create(t);
	hs_test_run(t, 0);
	hs_test_expect_failed(t, &t->c, RPT_ALERT_CERTIFICATE_EXPIRED,
			      -EKEYEXPIRED);

	t->c.verify_alert = 0;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_failed(t, &t->c, RPT_ALERT_BAD_CERTIFICATE, -EKEYEXPIRED);

	t->c.verify_err = 0;
	t->s.verify_err = -EACCES;
	t->s.verify_alert = RPT_ALERT_ACCESS_DENIED;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_failed(t, &t->s, RPT_ALERT_ACCESS_DENIED, -EACCES);

	t->s.verify_err = 0;
	t->s.sign_err = -EIO;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_failed(t, &t->s, RPT_ALERT_INTERNAL_ERROR, -EIO);

	t->s.sign_err = 0;
	t->c.sign_err = -EIO;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_failed(t, &t->c, RPT_ALERT_INTERNAL_ERROR, -EIO);

	t->c.sign_err = 0;
	t->s.select_err = -ENOMEM;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_failed(t, &t->s, RPT_ALERT_INTERNAL_ERROR, -ENOMEM);

	t->s.select_err = 0;
	t->c.select_err = -EIO;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_failed(t, &t->c, RPT_ALERT_INTERNAL_ERROR, -EIO);
	t->c.select_err = 0;

	/* Nobody has an identity */
	t->s.id = NULL;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_failed(t, &t->s, RPT_ALERT_HANDSHAKE_FAILURE, -ENOKEY);

	t->s.id = &t->p256;
	t->c.ops.select_identity = NULL;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_failed(t, &t->s, RPT_ALERT_CERTIFICATE_REQUIRED, -EACCES);
	hs_test_destroy(t);
}

/* Parameters that make no sense, and a memory that is short */
static void test_params(struct kunit *test)
{
	static const u16 no_suite = 0x1305, no_group = RPT_GROUP_X448;
	struct hs_test *t = hs_test_new(test);
	struct rpt_hs_params good = t->c.p, p;
	struct rpt_psk psk = {};

#define REFUSED(change)						\
	do {							\
		p = good;					\
		change;						\
		KUNIT_EXPECT_NULL(test, rpt_hs_create(&p, GFP_KERNEL)); \
	} while (0)
	REFUSED(p.ops = NULL);
	REFUSED(p.suites = &no_suite; p.n_suites = 1);
	REFUSED(p.suites = &no_suite; p.n_suites = 0);
	REFUSED(p.groups = &no_group; p.n_groups = 1);
	REFUSED(p.record_size_limit = 63);
	REFUSED(p.record_size_limit = 16386);
	REFUSED(p.server_name = "");
	REFUSED(p.alpn_len = RPT_ALPN_LIST_MAX + 1);
	REFUSED(p.alpn = (const u8 *)"\x02h2\x00"; p.alpn_len = 4);
	REFUSED(p.alpn = (const u8 *)"\x03h2"; p.alpn_len = 3);
	REFUSED(p.n_psks = RPT_PSK_MAX + 1);
	REFUSED(p.psks = &psk; p.n_psks = 1);
	REFUSED(p.n_cert_sigs = 33);
#undef REFUSED
	rpt_hs_destroy(NULL);
	KUNIT_EXPECT_STREQ(test, "?", rpt_hs_state_name(RPT_HS_N_STATES));
}

/* Order of calls */
static void test_calls(struct kunit *test)
{
	struct hs_test *t = hs_test_new(test);
	size_t used;
	const u8 *out;
	u8 byte = 0, alert;

	t->c.hs = rpt_hs_create(&t->c.p, GFP_KERNEL);
	t->s.hs = rpt_hs_create(&t->s.p, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->c.hs);
	KUNIT_ASSERT_NOT_NULL(test, t->s.hs);
	KUNIT_EXPECT_EQ(test, -EINVAL, rpt_hs_input(t->c.hs, &byte, 1, &used));
	KUNIT_EXPECT_EQ(test, 0, rpt_hs_start(t->c.hs));
	KUNIT_EXPECT_EQ(test, -EINVAL, rpt_hs_start(t->c.hs));
	KUNIT_EXPECT_EQ(test, -EINVAL, rpt_hs_finish(t->c.hs, &t->cs));
	KUNIT_EXPECT_FALSE(test, rpt_hs_alert_sent(t->c.hs, &alert));
	KUNIT_EXPECT_FALSE(test, rpt_hs_alert_received(t->c.hs, &alert));

	/* Our deadline: the peer hears of it; the first reason stays */
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT,
			rpt_hs_abort(t->c.hs, RPT_ALERT_USER_CANCELED,
				     -ETIMEDOUT));
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT,
			rpt_hs_abort(t->c.hs, RPT_ALERT_ACCESS_DENIED, -EACCES));
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT,
			rpt_hs_input(t->c.hs, &byte, 1, &used));
	KUNIT_EXPECT_EQ(test, 0, used);
	/* Section 6.1: a closure alert is a warning */
	out = rpt_hs_output(t->c.hs, &used);
	KUNIT_ASSERT_GT(test, used, 2);
	KUNIT_EXPECT_EQ(test, RPT_ALERT_LEVEL_WARNING, out[used - 2]);
	KUNIT_EXPECT_EQ(test, RPT_ALERT_USER_CANCELED, out[used - 1]);
	hs_test_destroy(t);

	/* Complete, but refused after all: the alert is under the new keys */
	hs_test_create(t);
	hs_test_run(t, 0);
	KUNIT_EXPECT_EQ(test, -EACCES,
			rpt_hs_abort(t->s.hs, RPT_ALERT_ACCESS_DENIED, -EACCES));
	KUNIT_EXPECT_EQ(test, -EINVAL, rpt_hs_finish(t->s.hs, &t->ss));
	rpt_hs_output(t->s.hs, &used);
	KUNIT_EXPECT_EQ(test, RPT_RECORD_OVERHEAD + RPT_ALERT_LEN, used);
	KUNIT_EXPECT_EQ(test, 0, rpt_hs_finish(t->c.hs, &t->cs));
	KUNIT_EXPECT_EQ(test, -EINVAL, rpt_hs_finish(t->c.hs, &t->cs));

	/* The keys were handed over: never an alert in clear */
	KUNIT_EXPECT_EQ(test, -EACCES,
			rpt_hs_abort(t->c.hs, RPT_ALERT_ACCESS_DENIED, -EACCES));
	rpt_hs_output(t->c.hs, &used);
	KUNIT_EXPECT_EQ(test, 0, used);
	KUNIT_EXPECT_FALSE(test, rpt_hs_alert_sent(t->c.hs, &alert));
	hs_test_destroy(t);
}

static struct kunit_case hs_cases[] = {
	KUNIT_CASE_PARAM(test_happy, happy_gen_params),
	KUNIT_CASE(test_chunks),
	KUNIT_CASE(test_not_a_byte_more),
	KUNIT_CASE(test_retry),
	KUNIT_CASE(test_retry_sha384),
	KUNIT_CASE(test_several_shares),
	KUNIT_CASE(test_suite_order),
	KUNIT_CASE(test_alpn),
	KUNIT_CASE(test_server_name),
	KUNIT_CASE(test_authorities),
	KUNIT_CASE(test_record_sizes),
	KUNIT_CASE(test_external_psk),
	KUNIT_CASE(test_psk_age),
	KUNIT_CASE(test_psk_suite),
	KUNIT_CASE(test_callbacks),
	KUNIT_CASE(test_params),
	KUNIT_CASE(test_calls),
	{}
};

static struct kunit_suite hs_suite = {
	.name = "riptides_hs",
	.test_cases = hs_cases,
};

kunit_test_suite(hs_suite);

MODULE_DESCRIPTION("KUnit tests of the TLS 1.3 handshake");
MODULE_LICENSE("GPL");
