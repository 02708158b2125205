// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of identities
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/netlink.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "chain_corpus.h"
#include "der.h"
#include "identity.h"

#define ROUNDS	100

/* What a test works with: certificates of today, for two different keys */
struct world {
	struct cc *c;
	struct rpt_net net;
	struct rpt_identity_params p;
	struct rpt_chain chain[2];
	const struct rpt_privkey *key[2];
	u8 csr[RPT_IDENTITY_CSR_MAX];
	size_t csr_len;
	atomic_t looks;
	atomic_t faults;
};

static void build(struct world *w, unsigned int i, u8 key, const char *id)
{
	struct cc_spec *leaf = &w->c->spec[CC_LEAF];
	time64_t now = ktime_get_real_seconds();
	unsigned int k;

	for (k = 0; k < CC_CERTS; k++) {
		w->c->spec[k].not_before = now - 1000;
		w->c->spec[k].not_after = now + 100000;
	}
	leaf->key = key;
	leaf->n_san = 0;
	cc_san(leaf, RPT_ASN1_CTX(RPT_SAN_URI), id);
	cc_san(leaf, RPT_ASN1_CTX(RPT_SAN_DNS), "a.test");
	cc_build(w->c);
	w->chain[i] = w->c->chain;
	w->key[i] = cc_key(w->c, key);
}

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
	build(w, 0, CC_KEY_LEAF, CC_SPIFFE_ID);
	build(w, 1, CC_KEY_P384, CC_SPIFFE_ID);
	w->p.name = "web";
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

static int import(struct world *w, const char *name, unsigned int i)
{
	w->p.name = name;
	return rpt_identity_import(&w->net, &w->p, &w->chain[i], w->key[i], NULL);
}

static int add(struct world *w, const char *name)
{
	w->p.name = name;
	w->p.spiffe_id.data = (const u8 *)CC_SPIFFE_ID;
	w->p.spiffe_id.len = strlen(CC_SPIFFE_ID);
	return rpt_identity_new(&w->net, &w->p, NULL);
}

static int csr(struct world *w, const char *name)
{
	return rpt_identity_csr(&w->net, name, w->csr, sizeof(w->csr), &w->csr_len, NULL);
}

static enum riptides_identity_state state(struct kunit *test, const char *name, s64 later)
{
	struct world *w = test->priv;
	enum riptides_identity_state s = RIPTIDES_IDENTITY_STATE_EXPIRED;
	struct rpt_identity *id;

	mutex_lock(&w->net.lock);
	id = rpt_identity_lookup(&w->net, name);
	if (id)
		s = rpt_identity_state(&w->net, id, ktime_get_real_seconds() + later);
	mutex_unlock(&w->net.lock);
	KUNIT_EXPECT_NOT_NULL(test, id);
	return s;
}

/* A chain for the key of the last request, by the intermediate CA */
static void certify(struct kunit *test, struct rpt_chain *chain)
{
	struct world *w = test->priv;
	struct cc_spec *leaf = &w->c->spec[CC_LEAF];
	u8 *spki = kunit_kmalloc(test, 256, GFP_KERNEL);
	struct rpt_csr *req = kunit_kzalloc(test, sizeof(*req), GFP_KERNEL);
	struct rpt_wr wr;

	KUNIT_ASSERT_NOT_NULL(test, spki);
	KUNIT_ASSERT_NOT_NULL(test, req);
	KUNIT_ASSERT_EQ(test, rpt_csr_parse(req, w->csr, w->csr_len), 0);
	KUNIT_ASSERT_EQ(test, rpt_csr_verify(req), 0);
	rpt_wr_init(&wr, spki, 256);
	rpt_x509_put_spki(&wr, &req->key);
	leaf->spki.data = spki;
	leaf->spki.len = wr.len;
	cc_build(w->c);
	*chain = w->c->chain;
}

static void identity_life(struct kunit *test)
{
	struct world *w = test->priv;
	struct rpt_chain first, second;
	struct rpt_svid *svid;

	KUNIT_ASSERT_EQ(test, add(w, "web"), 0);
	KUNIT_EXPECT_EQ(test, state(test, "web", 0), RIPTIDES_IDENTITY_STATE_NEEDS_CSR);
	svid = rpt_identity_get_svid(&w->net, "web");
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(svid), -ENOKEY);
	KUNIT_EXPECT_EQ(test, rpt_identity_cert_set(&w->net, "web", &w->chain[0], NULL, NULL),
			-ENOKEY);

	KUNIT_ASSERT_EQ(test, csr(w, "web"), 0);
	KUNIT_EXPECT_EQ(test, state(test, "web", 0), RIPTIDES_IDENTITY_STATE_CSR_PENDING);
	certify(test, &first);
	/* The same key again: what was certified is still good */
	KUNIT_ASSERT_EQ(test, csr(w, "web"), 0);
	KUNIT_ASSERT_EQ(test, rpt_identity_cert_set(&w->net, "web", &first, NULL, NULL), 0);
	KUNIT_EXPECT_EQ(test, state(test, "web", 0), RIPTIDES_IDENTITY_STATE_VALID);
	KUNIT_EXPECT_EQ(test, state(test, "web", 200000), RIPTIDES_IDENTITY_STATE_EXPIRED);
	KUNIT_EXPECT_EQ(test, state(test, "web", -2000), RIPTIDES_IDENTITY_STATE_EXPIRED);

	KUNIT_ASSERT_EQ(test, csr(w, "web"), 0);
	KUNIT_EXPECT_EQ(test, state(test, "web", 0), RIPTIDES_IDENTITY_STATE_RENEWING);
	KUNIT_EXPECT_EQ(test, rpt_identity_cert_set(&w->net, "web", &first, NULL, NULL),
			-EKEYREJECTED);
	svid = rpt_identity_get_svid(&w->net, "web");
	KUNIT_ASSERT_FALSE(test, IS_ERR(svid));
	KUNIT_EXPECT_MEMEQ(test, svid->der, first.cert[0].data, first.cert[0].len);
	certify(test, &second);
	KUNIT_ASSERT_EQ(test, rpt_identity_cert_set(&w->net, "web", &second, NULL, NULL), 0);
	KUNIT_EXPECT_EQ(test, state(test, "web", 0), RIPTIDES_IDENTITY_STATE_VALID);
	rpt_svid_put(svid);
	svid = rpt_identity_get_svid(&w->net, "web");
	KUNIT_ASSERT_FALSE(test, IS_ERR(svid));
	KUNIT_EXPECT_MEMEQ(test, svid->der, second.cert[0].data, second.cert[0].len);
	rpt_svid_put(svid);
}

/* Who has an SVID can use it, whatever became of the identity */
static void identity_snapshot(struct kunit *test)
{
	struct world *w = test->priv;
	struct rpt_svid *svid;
	u8 sig[RPT_SIG_MAX];
	size_t siglen;

	KUNIT_ASSERT_EQ(test, import(w, "web", 0), 0);
	svid = rpt_identity_get_svid(&w->net, "web");
	KUNIT_ASSERT_FALSE(test, IS_ERR(svid));
	KUNIT_ASSERT_EQ(test, rpt_identity_cert_set(&w->net, "web", &w->chain[1], w->key[1],
						    NULL), 0);
	KUNIT_ASSERT_EQ(test, rpt_identity_del(&w->net, "web", NULL), 0);
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, PTR_ERR(rpt_identity_get_svid(&w->net, "web")), -ENOENT);
	KUNIT_EXPECT_EQ(test, rpt_svid_sign(svid, RPT_SIG_ECDSA_SECP256R1_SHA256, "x", 1, sig,
					    sizeof(sig), &siglen), 0);
	KUNIT_EXPECT_EQ(test, rpt_sig_verify(RPT_SIG_ECDSA_SECP256R1_SHA256, &w->key[0]->pub,
					     "x", 1, sig, siglen), 0);
	rpt_svid_put(svid);
}

static struct rpt_svid *default_svid(struct world *w)
{
	return rpt_identity_get_svid(&w->net, NULL);
}

static const u8 *leaf_of(struct world *w)
{
	struct rpt_svid *svid = default_svid(w);
	const u8 *leaf = NULL;
	unsigned int i;

	if (IS_ERR(svid))
		return NULL;
	for (i = 0; i < ARRAY_SIZE(w->chain); i++) {
		if (svid->chain.cert[0].len == w->chain[i].cert[0].len &&
		    !memcmp(svid->der, w->chain[i].cert[0].data, svid->chain.cert[0].len))
			leaf = w->chain[i].cert[0].data;
	}
	rpt_svid_put(svid);
	return leaf;
}

static void expire(struct world *w, const char *name)
{
	struct rpt_identity *id;
	struct rpt_svid *svid;

	mutex_lock(&w->net.lock);
	id = rpt_identity_lookup(&w->net, name);
	svid = rcu_dereference_protected(id->svid, lockdep_is_held(&w->net.lock));
	svid->not_after = 1;
	mutex_unlock(&w->net.lock);
}

/* The first that was added of those that are of use now */
static void identity_default(struct kunit *test)
{
	struct world *w = test->priv;

	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(default_svid(w)), -ENOKEY);
	KUNIT_ASSERT_EQ(test, add(w, "first"), 0);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(default_svid(w)), -ENOKEY);
	KUNIT_ASSERT_EQ(test, import(w, "second", 0), 0);
	KUNIT_ASSERT_EQ(test, import(w, "third", 1), 0);
	KUNIT_EXPECT_PTR_EQ(test, leaf_of(w), w->chain[0].cert[0].data);

	/* Its turn by when it was added, not by when it got its chain */
	KUNIT_ASSERT_EQ(test, rpt_identity_cert_set(&w->net, "first", &w->chain[1],
						    w->key[1], NULL), 0);
	KUNIT_EXPECT_PTR_EQ(test, leaf_of(w), w->chain[1].cert[0].data);
	expire(w, "first");
	KUNIT_EXPECT_EQ(test, PTR_ERR(rpt_identity_get_svid(&w->net, "first")), -EKEYEXPIRED);
	KUNIT_EXPECT_PTR_EQ(test, leaf_of(w), w->chain[0].cert[0].data);
	KUNIT_ASSERT_EQ(test, rpt_identity_del(&w->net, "second", NULL), 0);
	KUNIT_EXPECT_PTR_EQ(test, leaf_of(w), w->chain[1].cert[0].data);
	KUNIT_ASSERT_EQ(test, rpt_identity_del(&w->net, "third", NULL), 0);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(default_svid(w)), -EKEYEXPIRED);
	KUNIT_ASSERT_EQ(test, rpt_identity_del(&w->net, "first", NULL), 0);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(default_svid(w)), -ENOKEY);
}

/* Names come from the leaf where they are not given */
static void identity_import_names(struct kunit *test)
{
	struct world *w = test->priv;
	struct rpt_identity *id;

	KUNIT_ASSERT_EQ(test, import(w, "web", 0), 0);
	mutex_lock(&w->net.lock);
	id = rpt_identity_lookup(&w->net, "web");
	mutex_unlock(&w->net.lock);
	KUNIT_ASSERT_NOT_NULL(test, id);
	KUNIT_EXPECT_STREQ(test, id->spiffe_id, CC_SPIFFE_ID);
	KUNIT_ASSERT_EQ(test, id->n_dns, 1);
	KUNIT_EXPECT_STREQ(test, id->dns[0], "a.test");
	KUNIT_EXPECT_EQ(test, csr(w, "web"), 0);
}

#define LONG_NAME "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void identity_names(struct kunit *test)
{
	static const char * const bad[] = {
		"", " ", "a b", "a\n", "\x7f", "\x80", "\xc3\xa4", LONG_NAME "a",
	};
	struct world *w = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		KUNIT_EXPECT_EQ_MSG(test, add(w, bad[i]), -EINVAL, "%u", i);
		KUNIT_EXPECT_EQ(test, rpt_identity_del(&w->net, bad[i], NULL), -ENOENT);
	}
	KUNIT_EXPECT_EQ(test, add(w, LONG_NAME), 0);
	KUNIT_EXPECT_EQ(test, rpt_identity_del(&w->net, LONG_NAME "a", NULL), -ENOENT);
	KUNIT_EXPECT_EQ(test, add(w, "!~"), 0);
	KUNIT_EXPECT_EQ(test, rpt_identity_del(&w->net, "!", NULL), -ENOENT);
	KUNIT_EXPECT_EQ(test, rpt_identity_del(&w->net, LONG_NAME, NULL), 0);
}

static void identity_refused(struct kunit *test)
{
	struct netlink_ext_ack extack = {};
	struct world *w = test->priv;
	struct rpt_blob dns[RPT_CSR_DNS_MAX + 1] = {};

	KUNIT_ASSERT_EQ(test, add(w, "web"), 0);
	KUNIT_EXPECT_EQ(test, add(w, "web"), -EEXIST);
	KUNIT_EXPECT_EQ(test, import(w, "web", 0), -EEXIST);
	w->net.identities.n = RPT_IDENTITIES_MAX;
	w->p.name = "more";
	KUNIT_EXPECT_EQ(test, rpt_identity_new(&w->net, &w->p, &extack), -ENOSPC);
	KUNIT_EXPECT_STREQ(test, extack._msg ?: "",
			   "a network namespace takes at most 131072 identities");
	w->net.identities.n = 1;

	build(w, 1, CC_KEY_LEAF, CC_SPIFFE_ID "2");
	KUNIT_EXPECT_EQ(test, rpt_identity_cert_set(&w->net, "web", &w->chain[1], w->key[1],
						    &extack), -EINVAL);
	KUNIT_EXPECT_STREQ(test, extack._msg ?: "", "the leaf has another SPIFFE ID");
	KUNIT_EXPECT_EQ(test, import(w, "other", 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, csr(w, "other"), -ENOENT);
	KUNIT_EXPECT_EQ(test, rpt_identity_cert_set(&w->net, "other", &w->chain[1], NULL, NULL),
			-ENOENT);

	w->p.name = "more";
	w->p.dns = dns;
	w->p.n_dns = ARRAY_SIZE(dns);
	KUNIT_EXPECT_EQ(test, rpt_identity_new(&w->net, &w->p, NULL), -E2BIG);
	w->p.n_dns = 1;
	KUNIT_EXPECT_EQ(test, rpt_identity_new(&w->net, &w->p, NULL), -EINVAL);
	w->p.n_dns = 0;
	w->p.spiffe_id.len = strlen("spiffe://" CC_TD);
	KUNIT_EXPECT_EQ(test, rpt_identity_new(&w->net, &w->p, &extack), -EINVAL);
	KUNIT_EXPECT_STREQ(test, extack._msg ?: "",
			   "an identity needs a SPIFFE ID with a path");
	KUNIT_EXPECT_EQ(test, w->net.identities.n, 1U);
}

/* The largest request there can be fits */
static void identity_largest(struct kunit *test)
{
	struct world *w = test->priv;
	struct rpt_blob dns[RPT_CSR_DNS_MAX];
	char *name = kunit_kzalloc(test, RPT_DNS_MAX + 1, GFP_KERNEL);
	char *id = kunit_kzalloc(test, RPT_SPIFFE_MAX + 1, GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, name);
	KUNIT_ASSERT_NOT_NULL(test, id);
	for (i = 0; i < RPT_DNS_MAX; i++)
		name[i] = i % 60 == 59 ? '.' : 'a';
	memset(id, 'a', RPT_SPIFFE_MAX);
	memcpy(id, "spiffe://td/", 12);
	for (i = 0; i < ARRAY_SIZE(dns); i++) {
		dns[i].data = (const u8 *)name;
		dns[i].len = RPT_DNS_MAX;
	}
	w->p.spiffe_id.data = (const u8 *)id;
	w->p.spiffe_id.len = RPT_SPIFFE_MAX;
	w->p.dns = dns;
	w->p.n_dns = ARRAY_SIZE(dns);
	KUNIT_ASSERT_EQ(test, rpt_identity_new(&w->net, &w->p, NULL), 0);
	KUNIT_EXPECT_EQ(test, csr(w, "web"), 0);

	/* What could not be written leaves no key behind */
	w->p.name = "b";
	KUNIT_ASSERT_EQ(test, rpt_identity_new(&w->net, &w->p, NULL), 0);
	KUNIT_EXPECT_EQ(test, rpt_identity_csr(&w->net, "b", w->csr, 100, &w->csr_len, NULL),
			-ENOSPC);
	KUNIT_EXPECT_EQ(test, state(test, "b", 0), RIPTIDES_IDENTITY_STATE_NEEDS_CSR);
}

/* Key and chain always are of the same SVID, and the second identity is there */
static int look(void *data)
{
	struct world *w = data;
	struct rpt_svid *svid;
	unsigned int i = 0;

	while (!kthread_should_stop()) {
		svid = rpt_identity_get_svid(&w->net, i++ & 1 ? "web" : NULL);
		if (!IS_ERR(svid)) {
			if (svid->chain.cert[0].len != w->chain[svid->key.type].cert[0].len)
				atomic_inc(&w->faults);
			rpt_svid_put(svid);
		} else if (svid != ERR_PTR(-ENOENT) && svid != ERR_PTR(-ENOKEY)) {
			atomic_inc(&w->faults);
		} else if (i & 1) {
			atomic_inc(&w->faults);
		}
		atomic_inc(&w->looks);
		cond_resched();
	}
	return 0;
}

static void identity_race(struct kunit *test)
{
	struct task_struct *reader[2];
	struct world *w = test->priv;
	unsigned int i;

	BUILD_BUG_ON(RPT_KEY_EC_P256 != 0 || RPT_KEY_EC_P384 != 1);
	KUNIT_ASSERT_NE(test, w->chain[0].cert[0].len, w->chain[1].cert[0].len);
	KUNIT_ASSERT_EQ(test, import(w, "stays", 0), 0);
	for (i = 0; i < ARRAY_SIZE(reader); i++)
		reader[i] = kthread_run(look, w, "rpt_look/%u", i);
	/* Until they have looked often enough, however slow they are */
	for (i = 0; i < ROUNDS || (!IS_ERR(reader[0]) && atomic_read(&w->looks) < ROUNDS); i++) {
		KUNIT_EXPECT_EQ(test, import(w, "web", i & 1), 0);
		KUNIT_EXPECT_EQ(test, rpt_identity_cert_set(&w->net, "web",
							    &w->chain[~i & 1],
							    w->key[~i & 1], NULL), 0);
		KUNIT_EXPECT_EQ(test, rpt_identity_del(&w->net, "web", NULL), 0);
		cond_resched();
	}
	for (i = 0; i < ARRAY_SIZE(reader); i++) {
		if (!IS_ERR(reader[i]))
			kthread_stop(reader[i]);
		KUNIT_EXPECT_FALSE(test, IS_ERR(reader[i]));
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&w->faults), 0);
}

static enum riptides_identity_state state_of(struct world *w, const char *name)
{
	enum riptides_identity_state state;

	mutex_lock(&w->net.lock);
	state = rpt_identity_state(&w->net, rpt_identity_lookup(&w->net, name),
				   ktime_get_real_seconds());
	mutex_unlock(&w->net.lock);
	return state;
}

static void scan(struct world *w)
{
	queue_work(system_dfl_wq, &w->net.renew_work);
	flush_work(&w->net.renew_work);
}

/* Two thirds of its validity are over, or are not */
static void identity_renew(struct kunit *test)
{
	struct world *w = test->priv;
	time64_t now = ktime_get_real_seconds();
	struct rpt_svid *svid;
	unsigned int k;

	KUNIT_ASSERT_EQ(test, import(w, "young", 0), 0);
	for (k = 0; k < CC_CERTS; k++) {
		w->c->spec[k].not_before = now - 2000;
		w->c->spec[k].not_after = now + 900;
	}
	cc_build(w->c);
	w->chain[0] = w->c->chain;
	w->key[0] = cc_key(w->c, w->c->spec[CC_LEAF].key);
	KUNIT_ASSERT_EQ(test, import(w, "old", 0), 0);
	scan(w);
	KUNIT_EXPECT_EQ(test, state_of(w, "young"), RIPTIDES_IDENTITY_STATE_VALID);
	KUNIT_EXPECT_EQ(test, state_of(w, "old"), RIPTIDES_IDENTITY_STATE_RENEWING);
	svid = rpt_identity_get_svid(&w->net, "old");
	KUNIT_EXPECT_FALSE(test, IS_ERR(svid));
	if (!IS_ERR(svid))
		rpt_svid_put(svid);
	/* A chain just as old is no better */
	KUNIT_ASSERT_EQ(test, rpt_identity_cert_set(&w->net, "old", &w->chain[0],
						    w->key[0], NULL), 0);
	scan(w);
	KUNIT_EXPECT_EQ(test, state_of(w, "old"), RIPTIDES_IDENTITY_STATE_RENEWING);
}

static struct kunit_case identity_cases[] = {
	KUNIT_CASE(identity_life),
	KUNIT_CASE(identity_snapshot),
	KUNIT_CASE(identity_default),
	KUNIT_CASE(identity_import_names),
	KUNIT_CASE(identity_names),
	KUNIT_CASE(identity_refused),
	KUNIT_CASE(identity_largest),
	KUNIT_CASE(identity_renew),
	KUNIT_CASE_SLOW(identity_race),
	{}
};

static struct kunit_suite identity_suite = {
	.name = "riptides_identity",
	.init = world_init,
	.exit = world_exit,
	.test_cases = identity_cases,
};

kunit_test_suite(identity_suite);

MODULE_DESCRIPTION("KUnit tests of riptides' identities");
MODULE_LICENSE("GPL");
