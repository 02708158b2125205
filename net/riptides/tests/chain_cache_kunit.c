// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the cache of verified chains
 */
#include <kunit/test.h>
#include <linux/string.h>

#include "chain_cache.h"

#define NOW	1700000000LL

/* Two namespaces, a chain, and what it was verified by */
struct world {
	struct rpt_net net;
	struct rpt_net other;
	struct rpt_chain_params p;
	u64 generation;
	struct rpt_chain chain;
	struct rpt_chain_result in;
	struct rpt_chain_result out;
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
	err = rpt_net_setup(&w->other);
	if (err) {
		rpt_net_cleanup(&w->net);
		return err;
	}
	test->priv = w;
	w->p.purpose = RPT_PURPOSE_SERVER_AUTH;
	w->p.spiffe = true;
	w->p.trust_domain = "td.example";
	w->p.dns_name = "db";
	w->generation = 7;
	w->chain.n = 2;
	w->chain.cert[0].data = (const u8 *)"leaf";
	w->chain.cert[0].len = 4;
	w->chain.cert[1].data = (const u8 *)"issuer";
	w->chain.cert[1].len = 6;
	strscpy(w->in.spiffe_id, "spiffe://td.example/x");
	w->in.spiffe_len = 21;
	w->in.not_before = NOW - 10;
	w->in.not_after = NOW + 10;
	w->in.n_path = 2;
	w->in.key_usage = 1;
	w->in.anchor = 3;
	w->in.leaf_key.type = 1;
	w->in.leaf_key.ec.qlen = 65;
	memset(w->in.leaf_key.ec.q, 4, 65);
	return 0;
}

static void world_exit(struct kunit *test)
{
	struct world *w = test->priv;

	if (!w)
		return;
	rpt_net_cleanup(&w->net);
	rpt_net_cleanup(&w->other);
}

static void keep(struct world *w)
{
	struct rpt_chain_key key;

	w->in.n_path = w->chain.n;
	rpt_chain_cache_key(&w->p, w->generation, &w->chain, &key);
	rpt_chain_cache_add(&w->net, &key, &w->p, &w->chain, &w->in);
}

static bool found(struct world *w, struct rpt_net *net, time64_t now)
{
	struct rpt_chain_key key;

	rpt_chain_cache_key(&w->p, w->generation, &w->chain, &key);
	return rpt_chain_cache_find(net, &key, now, &w->out);
}

static void test_result(struct kunit *test)
{
	struct world *w = test->priv;

	KUNIT_EXPECT_FALSE(test, found(w, &w->net, NOW));
	keep(w);
	KUNIT_ASSERT_TRUE(test, found(w, &w->net, NOW));
	KUNIT_EXPECT_MEMEQ(test, &w->in, &w->out, sizeof(w->in));
	/* verified twice at once: kept once */
	keep(w);
	KUNIT_EXPECT_EQ(test, 1, w->net.chains->n);
	KUNIT_EXPECT_TRUE(test, found(w, &w->net, NOW));
}

static void generation(struct world *w) { w->generation++; }
static void purpose(struct world *w) { w->p.purpose = RPT_PURPOSE_CLIENT_AUTH; }

static void spiffe(struct world *w)
{
	w->p.spiffe = false;
}

static void domain(struct world *w) { w->p.trust_domain = "td.example.org"; }

static void any_domain(struct world *w)
{
	w->p.trust_domain = NULL;
}

static void name(struct world *w) { w->p.dns_name = "web"; }

static void no_name(struct world *w)
{
	w->p.dns_name = NULL;
}

static void leaf(struct world *w) { w->chain.cert[0].data = (const u8 *)"Leaf"; }
static void issuer(struct world *w) { w->chain.cert[1].len--; }
static void shorter(struct world *w) { w->chain.n--; }

static void longer(struct world *w)
{
	w->chain.cert[2] = w->chain.cert[1];
	w->chain.n++;
}

static void order(struct world *w) { swap(w->chain.cert[0], w->chain.cert[1]); }

/* The same bytes, cut in another place */
static void cut(struct world *w)
{
	w->chain.cert[0].data = (const u8 *)"leafi";
	w->chain.cert[0].len = 5;
	w->chain.cert[1].data = (const u8 *)"ssuer";
	w->chain.cert[1].len = 5;
}

static void cut_names(struct world *w)
{
	w->p.trust_domain = "td.exampled";
	w->p.dns_name = "b";
}

static const struct part {
	const char *name;
	void (*change)(struct world *w);
} parts[] = {
	{ "generation of the bundle and its revocations", generation },
	{ "purpose", purpose },
	{ "whether it has to be an SVID", spiffe },
	{ "trust domain", domain },
	{ "no trust domain", any_domain },
	{ "DNS name", name },
	{ "no DNS name", no_name },
	{ "leaf", leaf },
	{ "issuer", issuer },
	{ "a certificate less", shorter },
	{ "a certificate more", longer },
	{ "order", order },
	{ "where one certificate ends", cut },
	{ "where the trust domain ends", cut_names },
};

KUNIT_ARRAY_PARAM_DESC(part, parts, name);

/* Each part of the key matters */
static void test_part(struct kunit *test)
{
	const struct part *part = test->param_value;
	struct world *w = test->priv;

	keep(w);
	KUNIT_ASSERT_TRUE(test, found(w, &w->net, NOW));
	part->change(w);
	KUNIT_EXPECT_FALSE(test, found(w, &w->net, NOW));
	keep(w);
	KUNIT_EXPECT_EQ(test, 2, w->net.chains->n);
	KUNIT_EXPECT_TRUE(test, found(w, &w->net, NOW));
}

/* And so does where it was verified, and when */
static void test_elsewhere(struct kunit *test)
{
	struct world *w = test->priv;

	keep(w);
	KUNIT_EXPECT_FALSE(test, found(w, &w->other, NOW));
	KUNIT_EXPECT_TRUE(test, found(w, &w->net, NOW - 10));
	KUNIT_EXPECT_TRUE(test, found(w, &w->net, NOW + 10));
	KUNIT_EXPECT_FALSE(test, found(w, &w->net, NOW - 11));
	KUNIT_EXPECT_FALSE(test, found(w, &w->net, NOW + 11));
	w->in.not_before = 0;
	keep(w);
	KUNIT_EXPECT_TRUE(test, found(w, &w->net, RPT_CLOCK_MIN));
	KUNIT_EXPECT_FALSE(test, found(w, &w->net, RPT_CLOCK_MIN - 1));
}

/* What is of no use to the path makes no other chain; its anchor may be there */
static void test_superfluous(struct kunit *test)
{
	static struct rpt_anchor anchors[4] = {
		[3] = { .der = (u8 *)"anchor", .der_len = 6 },
	};
	struct world *w = test->priv;
	struct rpt_chain_key key;
	static const struct {
		unsigned int n;
		const char *last[2];
		bool kept;
	} t[] = {
		{ 2, { }, true }, { 3, { "Anchor" } }, { 3, { "anchors" } },
		{ 3, { "anchor" }, true }, { 4, { "anchor", "anchor" } },
		{ 4, { "other", "anchor" } }, { 1, { } },
	};
	unsigned int i, k, kept = 0;

	w->p.anchors = anchors;
	w->p.n_anchors = ARRAY_SIZE(anchors);
	for (i = 0; i < ARRAY_SIZE(t); i++) {
		w->chain.n = t[i].n;
		for (k = 2; k < t[i].n; k++) {
			w->chain.cert[k].data = (const u8 *)t[i].last[k - 2];
			w->chain.cert[k].len = strlen(t[i].last[k - 2]);
		}
		rpt_chain_cache_key(&w->p, w->generation, &w->chain, &key);
		rpt_chain_cache_add(&w->net, &key, &w->p, &w->chain, &w->in);
		KUNIT_EXPECT_EQ(test, t[i].kept, found(w, &w->net, NOW));
		kept += t[i].kept;
		KUNIT_EXPECT_EQ(test, kept, w->net.chains->n);
	}
}

/* Bounded; what is needed stays */
static void test_bound(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned int i;

	for (i = 0; i < RPT_CHAIN_CACHE_MAX; i++) {
		w->generation = i;
		keep(w);
	}
	w->generation = 0;
	KUNIT_EXPECT_TRUE(test, found(w, &w->net, NOW));
	w->generation = i;
	keep(w);
	KUNIT_EXPECT_EQ(test, RPT_CHAIN_CACHE_MAX, w->net.chains->n);
	KUNIT_EXPECT_TRUE(test, found(w, &w->net, NOW));
	w->generation = 0;
	KUNIT_EXPECT_TRUE(test, found(w, &w->net, NOW));
	w->generation = 1;
	KUNIT_EXPECT_FALSE(test, found(w, &w->net, NOW));
}

static struct kunit_case chain_cache_cases[] = {
	KUNIT_CASE(test_result),
	KUNIT_CASE_PARAM(test_part, part_gen_params),
	KUNIT_CASE(test_elsewhere),
	KUNIT_CASE(test_superfluous),
	KUNIT_CASE(test_bound),
	{}
};

static struct kunit_suite chain_cache_suite = {
	.name = "riptides_chain_cache",
	.init = world_init,
	.exit = world_exit,
	.test_cases = chain_cache_cases,
};

kunit_test_suite(chain_cache_suite);

MODULE_LICENSE("GPL");
