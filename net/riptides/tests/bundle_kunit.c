// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of trust bundles
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/netlink.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "bundle.h"
#include "chain_corpus.h"

#define ROUNDS	500

/* What a test works with */
struct world {
	struct cc *c;
	struct rpt_net net;
	struct rpt_blob certs[CC_CERTS];
	struct rpt_bundle_params p;
	atomic_t looks;
	atomic_t faults;
};

static int world_init(struct kunit *test)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	int err;

	if (!w)
		return -ENOMEM;
	err = rpt_net_setup(&w->net);
	if (err)
		return err;
	test->priv = w;
	w->c = cc_new(test);
	cc_build(w->c);
	w->certs[0] = w->c->spec[CC_ROOT].der;
	w->certs[1] = w->c->spec[CC_INTER].der;
	w->p.trust_domain = CC_TD;
	w->p.td_len = strlen(CC_TD);
	w->p.certs = w->certs;
	w->p.n_certs = 1;
	return 0;
}

static void world_exit(struct kunit *test)
{
	struct world *w = test->priv;

	if (!w)
		return;
	rpt_net_cleanup(&w->net);
	rcu_barrier();
}

static struct rpt_bundle *make(struct kunit *test)
{
	struct world *w = test->priv;
	struct rpt_bundle *b = rpt_bundle_create(&w->p, NULL);

	KUNIT_ASSERT_FALSE(test, IS_ERR(b));
	return b;
}

static struct rpt_bundle *get(struct world *w, const char *td)
{
	return rpt_bundle_get(&w->net, td, strlen(td));
}

static void bundle_life(struct kunit *test)
{
	struct world *w = test->priv;
	struct rpt_bundle *first, *second, *b;

	KUNIT_EXPECT_NULL(test, get(w, CC_TD));
	KUNIT_ASSERT_EQ(test, rpt_bundle_add(&w->net, make(test), NULL), 0);
	first = get(w, CC_TD);
	KUNIT_ASSERT_NOT_NULL(test, first);
	KUNIT_EXPECT_STREQ(test, first->trust_domain, CC_TD);
	KUNIT_EXPECT_EQ(test, first->n_anchors, 1U);

	/* Names are the same byte for byte or not at all, terminated or not */
	b = rpt_bundle_get(&w->net, CC_TD "/web", strlen(CC_TD));
	KUNIT_EXPECT_PTR_EQ(test, b, first);
	rpt_bundle_put(b);
	KUNIT_EXPECT_NULL(test, get(w, CC_TD "x"));
	KUNIT_EXPECT_NULL(test, get(w, "example.or"));
	KUNIT_EXPECT_NULL(test, get(w, "Example.org"));
	KUNIT_EXPECT_NULL(test, get(w, ""));

	w->p.n_certs = 2;
	KUNIT_ASSERT_EQ(test, rpt_bundle_replace(&w->net, make(test), NULL), 0);
	second = get(w, CC_TD);
	KUNIT_ASSERT_NOT_NULL(test, second);
	KUNIT_EXPECT_PTR_NE(test, first, second);
	KUNIT_EXPECT_GT(test, second->generation, first->generation);
	KUNIT_EXPECT_EQ(test, second->id, first->id);
	KUNIT_EXPECT_EQ(test, w->net.bundles.n, 1U);

	KUNIT_ASSERT_EQ(test, rpt_bundle_del(&w->net, CC_TD, strlen(CC_TD), NULL), 0);
	KUNIT_EXPECT_NULL(test, get(w, CC_TD));
	KUNIT_EXPECT_EQ(test, w->net.bundles.n, 0U);

	/* Who has a snapshot keeps it, whatever happened since */
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, first->n_anchors, 1U);
	KUNIT_EXPECT_EQ(test, second->n_anchors, 2U);
	KUNIT_EXPECT_EQ(test, second->anchors[1].der_len, w->certs[1].len);
	KUNIT_EXPECT_MEMEQ(test, second->anchors[1].der, w->certs[1].data, w->certs[1].len);
	rpt_bundle_put(first);

	KUNIT_ASSERT_EQ(test, rpt_bundle_add(&w->net, make(test), NULL), 0);
	b = get(w, CC_TD);
	KUNIT_ASSERT_NOT_NULL(test, b);
	KUNIT_EXPECT_GT(test, b->generation, second->generation);
	rpt_bundle_put(b);
	rpt_bundle_put(second);
	rpt_bundle_put(NULL);
}

static void bundle_revoked(struct kunit *test)
{
	struct world *w = test->priv;
	struct rpt_blob root = w->c->spec[CC_ROOT].der;
	struct rpt_revocation r[5] = {};
	struct rpt_bundle *b;
	struct rpt_blob name;
	struct rpt_x509 *x;
	unsigned int i;
	u8 serials[5];

	x = kunit_kzalloc(test, sizeof(*x), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, x);
	KUNIT_ASSERT_EQ(test, rpt_x509_parse(x, root.data, root.len), 0);
	name = x->subject;
	for (i = 0; i < ARRAY_SIZE(r); i++) {
		serials[i] = i;
		r[i].serial.data = &serials[i];
		r[i].serial.len = 1;
		/* Runs of the same issuer with and without others in between */
		if (i != 2)
			r[i].issuer = name;
	}
	w->p.revoked = r;
	w->p.n_revoked = ARRAY_SIZE(r);
	b = make(test);
	memset(serials, 0xff, sizeof(serials));

	KUNIT_ASSERT_EQ(test, b->n_revoked, 5U);
	for (i = 0; i < b->n_revoked; i++) {
		KUNIT_ASSERT_EQ(test, b->revoked[i].serial.len, 1UL);
		KUNIT_EXPECT_EQ(test, b->revoked[i].serial.data[0], i);
		KUNIT_ASSERT_EQ(test, b->revoked[i].issuer.len, i == 2 ? 0 : name.len);
		if (i == 2)
			continue;
		KUNIT_EXPECT_PTR_NE(test, b->revoked[i].issuer.data, name.data);
		KUNIT_EXPECT_MEMEQ(test, b->revoked[i].issuer.data, name.data, name.len);
	}
	rpt_bundle_put(b);
}

struct reject {
	const char *text;
	void (*defect)(struct world *w);
	int err;
};

static const struct rpt_revocation no_serial = {};
static const struct rpt_revocation long_serial = {
	.serial = { "0123456789012345678901", 22 },
};

static const struct rpt_revocation bad_issuer = {
	.serial = { "1", 1 }, .issuer = { "\x30\x00", 2 },
};

static void bad_domain(struct world *w)
{
	w->p.trust_domain = "Example.org";
}

static void cut_domain(struct world *w)
{
	w->p.td_len = 0;
}

static void nul_domain(struct world *w)
{
	w->p.td_len++;
}

static void no_cert(struct world *w)
{
	w->p.n_certs = 0;
}

static void many_certs(struct world *w)
{
	w->p.n_certs = RPT_BUNDLE_ANCHORS_MAX + 1;
}

static void many_revoked(struct world *w)
{
	w->p.n_revoked = RPT_BUNDLE_REVOKED_MAX + 1;
}

static void twice(struct world *w)
{
	w->certs[2] = w->certs[0];
	w->p.n_certs = 3;
}

static void leaf(struct world *w)
{
	w->certs[1] = w->c->spec[CC_LEAF].der;
	w->p.n_certs = 2;
}

static void cut_cert(struct world *w)
{
	w->certs[0].len--;
}

static void empty_cert(struct world *w)
{
	w->certs[0].len = 0;
}

static void long_cert(struct world *w)
{
	w->certs[0].len = RPT_BUNDLE_CERT_MAX + 1;
}

static void revoke_none(struct world *w)
{
	w->p.revoked = &no_serial;
	w->p.n_revoked = 1;
}

static void revoke_long(struct world *w)
{
	w->p.revoked = &long_serial;
	w->p.n_revoked = 1;
}

static void revoke_bad_issuer(struct world *w)
{
	w->p.revoked = &bad_issuer;
	w->p.n_revoked = 1;
}

static const struct reject rejects[] = {
	{ "trust domain is not 1 to 255 of a-z 0-9 . - _", bad_domain, -EINVAL },
	{ "trust domain is not 1 to 255 of a-z 0-9 . - _", cut_domain, -EINVAL },
	{ "trust domain is not 1 to 255 of a-z 0-9 . - _", nul_domain, -EINVAL },
	{ "a bundle needs at least one certificate", no_cert, -EINVAL },
	{ "a bundle takes at most 64 certificates", many_certs, -E2BIG },
	{ "a bundle takes at most 4096 revocations", many_revoked, -E2BIG },
	{ "certificate 3 is certificate 1 again", twice, -EINVAL },
	{ "certificate 2 is not a CA certificate", leaf, -EINVAL },
	{ "certificate 1 is not in strict DER", cut_cert, -EBADMSG },
	{ "certificate 1 is not in strict DER", empty_cert, -EBADMSG },
	{ "certificate 1 is too long", long_cert, -EMSGSIZE },
	{ "a serial number has 1 to 21 octets", revoke_none, -EINVAL },
	{ "a serial number has 1 to 21 octets", revoke_long, -EINVAL },
	{ "issuer is not a name in strict DER", revoke_bad_issuer, -EBADMSG },
};

static void reject_desc(const struct reject *r, char *desc)
{
	strscpy(desc, r->text, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(reject, rejects, reject_desc);

static void bundle_reject(struct kunit *test)
{
	const struct reject *r = test->param_value;
	struct netlink_ext_ack extack = {};
	struct world *w = test->priv;
	struct rpt_bundle *b;

	r->defect(w);
	b = rpt_bundle_create(&w->p, &extack);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(b), r->err);
	KUNIT_EXPECT_STREQ(test, extack._msg ?: "", r->text);
	if (IS_ERR(b))
		b = rpt_bundle_create(&w->p, NULL);
	if (!IS_ERR(b))
		rpt_bundle_put(b);
}

static void bundle_refused(struct kunit *test)
{
	struct netlink_ext_ack extack = {};
	struct world *w = test->priv;
	struct rpt_bundle *b = make(test);

	KUNIT_EXPECT_EQ(test, rpt_bundle_replace(&w->net, b, &extack), -ENOENT);
	KUNIT_EXPECT_STREQ(test, extack._msg ?: "", "the trust domain has no bundle");
	KUNIT_EXPECT_EQ(test, rpt_bundle_del(&w->net, "", 0, NULL), -ENOENT);

	w->net.bundles.n = RPT_BUNDLES_MAX;
	KUNIT_EXPECT_EQ(test, rpt_bundle_add(&w->net, b, &extack), -ENOSPC);
	KUNIT_EXPECT_STREQ(test, extack._msg ?: "",
			   "a network namespace takes at most 1024 bundles");
	w->net.bundles.n = 0;
	KUNIT_ASSERT_EQ(test, rpt_bundle_add(&w->net, b, NULL), 0);

	b = make(test);
	KUNIT_EXPECT_EQ(test, rpt_bundle_add(&w->net, b, &extack), -EEXIST);
	KUNIT_EXPECT_STREQ(test, extack._msg ?: "", "the trust domain has a bundle");
	rpt_bundle_put(b);
}

/* Finds a bundle at any time, and never half of one */
static int look(void *data)
{
	struct world *w = data;
	struct rpt_bundle *b;

	while (!kthread_should_stop()) {
		b = get(w, CC_TD);
		if (!b || b->n_anchors != (b->n_revoked ? 2 : 1) ||
		    b->anchors[b->n_anchors - 1].der_len != w->certs[b->n_anchors - 1].len)
			atomic_inc(&w->faults);
		rpt_bundle_put(b);
		atomic_inc(&w->looks);
		cond_resched();
	}
	return 0;
}

static void bundle_race(struct kunit *test)
{
	static const struct rpt_revocation r = { .serial = { "1", 1 } };
	struct task_struct *reader[2];
	struct world *w = test->priv;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, rpt_bundle_add(&w->net, make(test), NULL), 0);
	for (i = 0; i < ARRAY_SIZE(reader); i++)
		reader[i] = kthread_run(look, w, "rpt_look/%u", i);
	w->p.revoked = &r;
	/* Until they have looked often enough, however slow they are */
	for (i = 0; i < ROUNDS || (!IS_ERR(reader[0]) && atomic_read(&w->looks) < ROUNDS); i++) {
		w->p.n_certs = 1 + (i & 1);
		w->p.n_revoked = i & 1;
		KUNIT_EXPECT_EQ(test, rpt_bundle_replace(&w->net, make(test), NULL), 0);
		cond_resched();
	}
	for (i = 0; i < ARRAY_SIZE(reader); i++) {
		if (!IS_ERR(reader[i]))
			kthread_stop(reader[i]);
		KUNIT_EXPECT_FALSE(test, IS_ERR(reader[i]));
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&w->faults), 0);
}

static struct kunit_case bundle_cases[] = {
	KUNIT_CASE(bundle_life),
	KUNIT_CASE(bundle_revoked),
	KUNIT_CASE_PARAM(bundle_reject, reject_gen_params),
	KUNIT_CASE(bundle_refused),
	KUNIT_CASE(bundle_race),
	{}
};

static struct kunit_suite bundle_suite = {
	.name = "riptides_bundle",
	.init = world_init,
	.exit = world_exit,
	.test_cases = bundle_cases,
};

kunit_test_suite(bundle_suite);

MODULE_DESCRIPTION("KUnit tests of riptides' trust bundles");
MODULE_LICENSE("GPL");
