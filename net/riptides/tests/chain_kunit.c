// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the path validator
 *
 * The tables of chain_cases*.c have every rule with chains that it alone
 * refuses; here are those that must be accepted, and what a search may cost.
 */
#include <kunit/test.h>
#include <linux/string.h>

#include "chain_corpus.h"
#include "der.h"

static void expect_ok(struct kunit *test, struct cc *c)
{
	int err = cc_verify(c);

	KUNIT_EXPECT_EQ_MSG(test, err, 0, "%s", c->res.reason ? c->res.reason : "");
}

/* Without the defect the chain is accepted, with it refused as the row says */
static void try_case(struct kunit *test, const struct cc_case *k)
{
	const struct cc_verdict *want = &cc_verdicts[k->want];
	struct cc *c = cc_new(test);
	int err;

	c->kase = k;
	if (k->setup)
		k->setup(c);
	expect_ok(test, c);

	cc_reset(c);
	if (k->setup)
		k->setup(c);
	k->defect(c);
	err = cc_verify(c);
	KUNIT_EXPECT_EQ(test, err, want->err);
	KUNIT_EXPECT_EQ(test, c->res.alert, want->alert);
	KUNIT_ASSERT_NOT_NULL(test, c->res.reason);
	KUNIT_EXPECT_EQ(test, c->res.spiffe_len, 0);
	kunit_info(test, "%s: %s -> %s, -%s (%s)", k->rule, k->name, want->alert_name,
		   want->err_name, c->res.reason);
}

static const void *case_gen(const struct cc_case *cases, unsigned int n,
			    const void *prev, char *desc)
{
	const struct cc_case *next = prev ? (const struct cc_case *)prev + 1 : cases;

	if (next >= cases + n)
		return NULL;
	strscpy(desc, next->name, KUNIT_PARAM_DESC_SIZE);
	return next;
}

static const void *rules_gen(struct kunit *test, const void *prev, char *desc)
{
	return case_gen(cc_cases, cc_cases_n, prev, desc);
}

static const void *rules_der_gen(struct kunit *test, const void *prev, char *desc)
{
	return case_gen(cc_cases_der, cc_cases_der_n, prev, desc);
}

static void chain_rules(struct kunit *test)
{
	try_case(test, test->param_value);
}

static void chain_rules_der(struct kunit *test)
{
	try_case(test, test->param_value);
}

/* What verification finds out */
static void chain_result(struct kunit *test)
{
	const struct rpt_pubkey *pub;
	struct cc *c = cc_new(test);

	c->spec[CC_INTER].not_before = CC_NOW - 10;
	c->spec[CC_ROOT].not_after = CC_NOW + 20;
	expect_ok(test, c);
	pub = &cc_key(c, CC_KEY_LEAF)->pub;
	KUNIT_EXPECT_EQ(test, c->res.leaf_key.type, RPT_KEY_EC_P256);
	KUNIT_EXPECT_MEMEQ(test, c->res.leaf_key.ec.q, pub->ec.q, 65);
	KUNIT_EXPECT_STREQ(test, c->res.spiffe_id, CC_SPIFFE_ID);
	KUNIT_EXPECT_EQ(test, c->res.spiffe_len, strlen(CC_SPIFFE_ID));
	KUNIT_EXPECT_EQ(test, c->res.not_before, CC_NOW - 10);
	KUNIT_EXPECT_EQ(test, c->res.not_after, CC_NOW + 20);
	KUNIT_EXPECT_EQ(test, c->res.key_usage, RPT_KU_DIGITAL_SIGNATURE);
	KUNIT_EXPECT_EQ(test, c->res.n_path, 2);
	KUNIT_EXPECT_EQ(test, c->res.anchor, 0);
	KUNIT_EXPECT_EQ(test, c->res.n_sigs, 2);
	KUNIT_EXPECT_EQ(test, c->res.alert, 0);
	KUNIT_EXPECT_NULL(test, c->res.reason);
}

/* In SIMPLE mode nobody vouches for a SPIFFE ID, so none is reported */
static void chain_simple_no_id(struct kunit *test)
{
	struct cc *c = cc_new(test);

	c->params.spiffe = false;
	c->params.trust_domain = NULL;
	expect_ok(test, c);
	KUNIT_EXPECT_EQ(test, c->res.spiffe_len, 0);
	KUNIT_EXPECT_STREQ(test, c->res.spiffe_id, "");

	c->params.trust_domain = CC_TD;
	KUNIT_EXPECT_EQ(test, cc_verify(c), -EINVAL);
	KUNIT_EXPECT_EQ(test, c->res.alert, RPT_ALERT_INTERNAL_ERROR);
}

static void chain_simple_names(struct kunit *test)
{
	static const char * const good[] = {
		"www.example.org", "WWW.Example.ORG.", "x.example.net",
	};
	struct cc *c = cc_new(test);
	struct cc_spec *leaf = &c->spec[CC_LEAF];
	unsigned int i;

	c->params.spiffe = false;
	c->params.trust_domain = NULL;
	leaf->n_san = 0;
	cc_san(leaf, RPT_ASN1_CTX(RPT_SAN_DNS), "www.example.org");
	cc_san(leaf, RPT_ASN1_CTX(RPT_SAN_DNS), "*.example.net");
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		c->params.dns_name = good[i];
		expect_ok(test, c);
	}
}

/* Whatever the order behind the leaf, duplicates, and things nobody needs */
static void chain_any_order(struct kunit *test)
{
	static const struct {
		u8 n;
		u8 sent[RPT_CHAIN_MAX];
	} orders[] = {
		{ 4, { CC_LEAF, CC_INTER, CC_INTER2, CC_INTER3 } },
		{ 4, { CC_LEAF, CC_INTER, CC_INTER3, CC_INTER2 } },
		{ 4, { CC_LEAF, CC_INTER2, CC_INTER, CC_INTER3 } },
		{ 4, { CC_LEAF, CC_INTER2, CC_INTER3, CC_INTER } },
		{ 4, { CC_LEAF, CC_INTER3, CC_INTER, CC_INTER2 } },
		{ 4, { CC_LEAF, CC_INTER3, CC_INTER2, CC_INTER } },
		{ 5, { CC_LEAF, CC_ROOT, CC_INTER3, CC_INTER2, CC_INTER } },
		{ 8, { CC_LEAF, CC_LEAF, CC_INTER3, CC_INTER3, CC_INTER2, CC_INTER2,
		       CC_INTER, CC_ROOT } },
		{ 6, { CC_LEAF, CC_ROOT2, CC_INTER3, CC_ROOT2, CC_INTER2, CC_INTER } },
	};
	struct cc *c = cc_new(test);
	unsigned int i;

	cc_ca(c, CC_INTER, "inter", "inter2", CC_KEY_INTER, CC_KEY_INTER2);
	cc_ca(c, CC_INTER2, "inter2", "inter3", CC_KEY_INTER2, CC_KEY_INTER3);
	cc_ca(c, CC_INTER3, "inter3", "root", CC_KEY_INTER3, CC_KEY_ROOT);
	/* One that is of no use, with what would make a path fail */
	cc_ca(c, CC_ROOT2, "stray", "nobody", CC_KEY_ROOT2, CC_KEY_ROOT2);
	c->spec[CC_ROOT2].spki = cc_key_ed25519;
	c->spec[CC_ROOT2].not_after = 5;
	cc_ext(c, &c->spec[CC_ROOT2], 99, CC_TRUE, "\x05", 2);
	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		cc_send(c, orders[i].n, orders[i].sent);
		expect_ok(test, c);
		KUNIT_EXPECT_EQ(test, c->res.n_path, 4);
		KUNIT_EXPECT_EQ(test, c->res.n_sigs, 4);
	}
}

/* The intermediate's key has certificates from two roots, one of them ours */
static void chain_cross_signed(struct kunit *test)
{
	static const u8 orders[][3] = {
		{ CC_LEAF, CC_INTER, CC_INTER2 },
		{ CC_LEAF, CC_INTER2, CC_INTER },
	};
	static const u8 roots[] = { CC_ROOT, CC_ROOT2 };
	struct cc *c = cc_new(test);
	unsigned int i, k;

	cc_ca(c, CC_ROOT2, "root2", "root2", CC_KEY_ROOT2, CC_KEY_ROOT2);
	cc_ca(c, CC_INTER2, "inter", "root2", CC_KEY_INTER, CC_KEY_ROOT2);
	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		cc_send(c, 3, orders[i]);
		for (k = 0; k < ARRAY_SIZE(roots); k++) {
			c->trusted[0] = roots[k];
			expect_ok(test, c);
			KUNIT_EXPECT_EQ(test, c->res.n_sigs, 2);
		}
	}

	/* The nearer way is closed: expired, too short, false */
	cc_send(c, 3, orders[0]);
	c->trusted[0] = CC_ROOT2;
	c->trusted[1] = CC_ROOT;
	c->n_trusted = 2;
	c->spec[CC_INTER].not_after = CC_NOW - 1;
	expect_ok(test, c);
	KUNIT_EXPECT_EQ(test, c->res.anchor, 0);
	c->spec[CC_INTER].not_after = CC_NOW + 1;
	c->spec[CC_INTER].signer = CC_KEY_INTER3;
	expect_ok(test, c);
	KUNIT_EXPECT_EQ(test, c->res.anchor, 0);
	KUNIT_EXPECT_EQ(test, c->res.n_sigs, 3);
}

/* A root's cross certificate under an older root, which is the anchor */
static void chain_cross_root(struct kunit *test)
{
	static const u8 order[] = { CC_LEAF, CC_INTER, CC_ROOT, CC_INTER2 };
	struct cc *c = cc_new(test);

	cc_ca(c, CC_INTER2, "root", "root2", CC_KEY_ROOT, CC_KEY_ROOT2);
	cc_ca(c, CC_ROOT2, "root2", "root2", CC_KEY_ROOT2, CC_KEY_ROOT2);
	cc_send(c, ARRAY_SIZE(order), order);
	c->trusted[0] = CC_ROOT2;
	expect_ok(test, c);
	KUNIT_EXPECT_EQ(test, c->res.n_path, 3);
	KUNIT_EXPECT_EQ(test, c->res.n_sigs, 3);
}

/* A false certificate of the right name stands in the way */
static void chain_impostor(struct kunit *test)
{
	static const u8 order[] = { CC_LEAF, CC_INTER2, CC_INTER };
	struct cc *c = cc_new(test);

	cc_ca(c, CC_INTER2, "inter", "root", CC_KEY_INTER2, CC_KEY_ROOT);
	cc_send(c, ARRAY_SIZE(order), order);
	expect_ok(test, c);
	KUNIT_EXPECT_EQ(test, c->res.n_path, 2);
	/* root over inter2 is true, inter2 over the leaf is not, then two more */
	KUNIT_EXPECT_EQ(test, c->res.n_sigs, 4);

	/* A second anchor of the same name is no reason to verify more */
	c->trusted[1] = CC_ROOT;
	c->n_trusted = 2;
	expect_ok(test, c);
	KUNIT_EXPECT_EQ(test, c->res.n_sigs, 4);
}

/* Nothing is verified twice but what an anchor signed */
static void chain_remembers(struct kunit *test)
{
	static const u8 first[] = { CC_LEAF, CC_INTER2, CC_INTER, CC_INTER3, CC_ROOT2 };
	static const u8 second[] = { CC_LEAF, CC_INTER, CC_INTER2, CC_INTER3, CC_ROOT2 };
	static const u8 third[] = { CC_LEAF, CC_INTER };
	struct cc *c = cc_new(test);

	/* leaf <- inter or an impostor of it <- b <- c <- root: 4 and 3 */
	cc_ca(c, CC_INTER, "inter", "b", CC_KEY_INTER, CC_KEY_INTER3);
	cc_ca(c, CC_INTER2, "inter", "b", CC_KEY_INTER2, CC_KEY_INTER3);
	cc_ca(c, CC_INTER3, "b", "c", CC_KEY_INTER3, CC_KEY_ROOT2);
	cc_ca(c, CC_ROOT2, "c", "root", CC_KEY_ROOT2, CC_KEY_ROOT);
	cc_send(c, ARRAY_SIZE(first), first);
	expect_ok(test, c);
	KUNIT_EXPECT_EQ(test, c->res.n_path, 4);
	KUNIT_EXPECT_EQ(test, c->res.n_sigs, 7);

	/* c did not sign b, which both ways to the leaf go through: 2 and 0 */
	c->spec[CC_INTER3].signer = CC_KEY_LEAF;
	cc_send(c, ARRAY_SIZE(second), second);
	KUNIT_EXPECT_EQ(test, cc_verify(c), -EKEYREJECTED);
	KUNIT_EXPECT_EQ(test, c->res.n_sigs, 2);

	/* The anchor of the leaf's issuer's name is another: 1 and no more */
	cc_reset(c);
	cc_ca(c, CC_ROOT2, "inter", "inter", CC_KEY_ROOT2, CC_KEY_ROOT2);
	c->trusted[0] = CC_ROOT2;
	cc_send(c, ARRAY_SIZE(third), third);
	KUNIT_EXPECT_EQ(test, cc_verify(c), -EKEYREJECTED);
	KUNIT_EXPECT_EQ(test, c->res.n_sigs, 1);
}

/* A CA may have two names for one key, and two keys for one name */
static void chain_shared_key(struct kunit *test)
{
	static const u8 order[] = { CC_LEAF, CC_INTER2, CC_INTER };
	struct cc *c = cc_new(test);

	cc_ca(c, CC_INTER, "inter", "inter2", CC_KEY_INTER, CC_KEY_INTER);
	cc_ca(c, CC_INTER2, "inter2", "root", CC_KEY_INTER, CC_KEY_ROOT);
	cc_send(c, ARRAY_SIZE(order), order);
	expect_ok(test, c);
	KUNIT_EXPECT_EQ(test, c->res.n_path, 3);
}

/* Self-issued certificates of a key change do not count (section 6.1.4 (l)) */
static void chain_self_issued(struct kunit *test)
{
	static const u8 order[] = { CC_LEAF, CC_INTER, CC_INTER2 };
	struct cc *c = cc_new(test);

	cc_ca(c, CC_INTER, "inter", "inter", CC_KEY_INTER, CC_KEY_INTER2);
	cc_ca(c, CC_INTER2, "inter", "root", CC_KEY_INTER2, CC_KEY_ROOT);
	c->spec[CC_INTER2].path_len = 0;
	c->spec[CC_ROOT].path_len = 1;
	cc_send(c, ARRAY_SIZE(order), order);
	expect_ok(test, c);
	KUNIT_EXPECT_EQ(test, c->res.n_path, 3);
	c->spec[CC_ROOT].path_len = 0;
	KUNIT_EXPECT_EQ(test, cc_verify(c), -EKEYREJECTED);
}

/* A loop beside the way, and one that leads out of it */
static void chain_loop(struct kunit *test)
{
	static const u8 order[] = { CC_LEAF, CC_INTER3, CC_INTER2, CC_INTER };
	struct cc *c = cc_new(test);

	cc_ca(c, CC_INTER2, "b", "inter", CC_KEY_INTER2, CC_KEY_INTER);
	cc_ca(c, CC_INTER3, "inter", "b", CC_KEY_INTER, CC_KEY_INTER2);
	cc_send(c, ARRAY_SIZE(order), order);
	expect_ok(test, c);
	KUNIT_EXPECT_LE(test, c->res.n_sigs, 4U);
}

/* No anchor, no public-key operation; and an end to those with one */
static void chain_work(struct kunit *test)
{
	struct cc *c = cc_new(test);
	unsigned int i;

	c->n_trusted = 0;
	KUNIT_EXPECT_EQ(test, cc_verify(c), -ENOKEY);
	KUNIT_EXPECT_EQ(test, c->res.n_sigs, 0);

	cc_ca(c, CC_ROOT2, "root", "root", CC_KEY_ROOT2, CC_KEY_ROOT2);
	for (i = 0; i < CC_ANCHORS; i++)
		c->trusted[i] = CC_ROOT2;
	c->n_trusted = CC_ANCHORS;
	KUNIT_EXPECT_EQ(test, cc_verify(c), -EKEYREJECTED);
	KUNIT_EXPECT_EQ(test, c->res.n_sigs, RPT_CHAIN_SIGS_MAX);
	KUNIT_EXPECT_EQ(test, c->res.alert, RPT_ALERT_BAD_CERTIFICATE);

	/* The right one among the first sixteen is found, behind them not */
	c->trusted[RPT_CHAIN_SIGS_MAX - 2] = CC_ROOT;
	expect_ok(test, c);
	KUNIT_EXPECT_EQ(test, c->res.anchor, RPT_CHAIN_SIGS_MAX - 2);
	c->trusted[RPT_CHAIN_SIGS_MAX - 2] = CC_ROOT2;
	c->trusted[RPT_CHAIN_SIGS_MAX] = CC_ROOT;
	KUNIT_EXPECT_EQ(test, cc_verify(c), -EKEYREJECTED);
}

/* Seven certificates that could all have issued each other: 7! ways, few steps */
static void chain_permutations(struct kunit *test)
{
	struct cc *c = cc_new(test);
	unsigned int i;

	c->n_trusted = 0;
	cc_build(c);
	for (i = 1; i < RPT_CHAIN_MAX; i++) {
		cc_ca(c, CC_INTER2, "inter", "inter", CC_KEY_INTER2, CC_KEY_INTER2);
		c->spec[CC_INTER2].serial[0] = i;
		cc_make(c, &c->spec[CC_INTER2]);
		c->chain.cert[i] = c->spec[CC_INTER2].der;
	}
	c->chain.n = RPT_CHAIN_MAX;
	c->params.n_anchors = 0;
	KUNIT_EXPECT_EQ(test, rpt_chain_verify(&c->params, &c->chain, &c->res), -ENOKEY);
	KUNIT_EXPECT_EQ(test, c->res.n_sigs, 0);
}

static void chain_algorithms(struct kunit *test)
{
	static const u16 schemes[] = {
		RPT_SIG_ECDSA_SECP256R1_SHA256, RPT_SIG_ECDSA_SECP384R1_SHA384,
		RPT_SIG_ECDSA_SECP521R1_SHA512,
	};
	static const u8 keys[] = { CC_KEY_ROOT, CC_KEY_P384 };
	struct cc *c = cc_new(test);
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(schemes); i++) {
		for (k = 0; k < ARRAY_SIZE(keys); k++) {
			cc_ca(c, CC_ROOT, "root", "root", keys[k], keys[k]);
			c->spec[CC_INTER].signer = keys[k];
			c->spec[CC_INTER].scheme = schemes[i];
			expect_ok(test, c);
		}
	}
	c->spec[CC_LEAF].key = CC_KEY_P384;
	expect_ok(test, c);
	KUNIT_EXPECT_EQ(test, c->res.leaf_key.type, RPT_KEY_EC_P384);
}

/* What looks odd and is allowed */
static void chain_allowed(struct kunit *test)
{
	struct cc *c = cc_new(test);
	struct cc_spec *leaf = &c->spec[CC_LEAF];

	leaf->eku_critical = true;
	leaf->subject_len = 0;
	leaf->basic = false;
	leaf->not_after = 2600000000LL;	/* GeneralizedTime */
	leaf->key_usage |= RPT_KU_KEY_AGREEMENT;
	cc_ext(c, leaf, 99, CC_ABSENT, "\x05", 2);
	cc_san(leaf, RPT_ASN1_CTX(RPT_SAN_DNS), "web.example.org");
	c->spec[CC_INTER].eku = RPT_EKU_ANY;
	c->spec[CC_INTER].scheme = RPT_SIG_ECDSA_SECP256R1_SHA256;
	cc_san(&c->spec[CC_INTER], RPT_ASN1_CTX(RPT_SAN_URI), "spiffe://" CC_TD);
	c->spec[CC_ROOT].key_usage = 0;
	c->spec[CC_ROOT].serial[0] = 0;
	c->params.trust_domain = NULL;
	expect_ok(test, c);
	leaf->eku = 0;
	expect_ok(test, c);
	c->params.purpose = RPT_PURPOSE_CLIENT_AUTH;
	expect_ok(test, c);
}

/*
 * Two bundles: the leaf says which one its chain is verified against. The CA of
 * other.org is good for other.org and for nothing else.
 */
static void chain_two_bundles(struct kunit *test)
{
	static const struct {
		const char *id;
		int err;
	} leaves[] = {
		{ "spiffe://other.org/web", 0 },
		{ "spiffe://example.org/web", -ENOKEY },
	};
	struct cc *c = cc_new(test);
	struct rpt_spiffe claimed;
	struct cc_spec *leaf;
	struct rpt_blob *der;
	unsigned int i;

	cc_ca(c, CC_ROOT2, "other", "other", CC_KEY_ROOT2, CC_KEY_ROOT2);
	leaf = &c->spec[CC_LEAF];
	leaf->issuer = "other";
	leaf->signer = CC_KEY_ROOT2;
	c->n_sent = 1;
	c->params.trust_domain = NULL;
	for (i = 0; i < ARRAY_SIZE(leaves); i++) {
		leaf->n_san = 0;
		cc_san(leaf, RPT_ASN1_CTX(RPT_SAN_URI), leaves[i].id);
		cc_make(c, leaf);
		der = &leaf->der;
		KUNIT_ASSERT_EQ(test, rpt_x509_spiffe(der->data, der->len, &claimed), 0);
		c->trusted[0] = rpt_spiffe_in_td(&claimed, CC_TD, strlen(CC_TD)) ?
				CC_ROOT : CC_ROOT2;
		KUNIT_EXPECT_EQ(test, cc_verify(c), leaves[i].err);
	}
	KUNIT_EXPECT_EQ(test, c->res.alert, RPT_ALERT_UNKNOWN_CA);
}

struct fixture {
	const struct rpt_blob *root;
	const struct rpt_blob *leaf;
	u8 key_type;
};

/* OpenSSL's certificates, all three kinds of signature */
static void chain_openssl(struct kunit *test)
{
	static const struct fixture fixtures[] = {
		{ &cc_rsa_root, &cc_rsa_leaf, RPT_KEY_EC_P256 },
		{ &cc_rsa_root, &cc_pss_leaf, RPT_KEY_RSA },
		{ &cc_p384_root, &cc_p384_leaf, RPT_KEY_EC_P384 },
	};
	struct cc *c = cc_new(test);
	struct rpt_blob root;
	unsigned int i;

	c->params.now = 1800000000;
	c->params.n_anchors = 1;
	c->params.dns_name = "web.example.net";
	c->chain.n = 1;
	for (i = 0; i < ARRAY_SIZE(fixtures); i++) {
		root = *fixtures[i].root;
		c->chain.cert[0] = *fixtures[i].leaf;
		KUNIT_ASSERT_EQ(test, rpt_anchor_init(&c->anchor[0], root.data, root.len), 0);
		KUNIT_EXPECT_EQ(test, rpt_chain_verify(&c->params, &c->chain, &c->res), 0);
		KUNIT_EXPECT_STREQ(test, c->res.spiffe_id, CC_SPIFFE_ID);
		KUNIT_EXPECT_EQ(test, c->res.leaf_key.type, fixtures[i].key_type);
		rpt_anchor_destroy(&c->anchor[0]);
	}
}

struct anchor_case {
	const char *name;
	void (*defect)(struct cc *c);
	int err;
};

static void anchor_no_ca(struct cc *c)
{
	c->spec[CC_ROOT].ca = false;
}

static void anchor_key_usage(struct cc *c)
{
	c->spec[CC_ROOT].key_usage = RPT_KU_CRL_SIGN;
}

static void anchor_no_name(struct cc *c)
{
	c->spec[CC_ROOT].subject_len = 0;
}

static void anchor_weak(struct cc *c)
{
	c->spec[CC_ROOT].spki = cc_key_rsa1024;
}

/* The last octet of the SubjectPublicKeyInfo of its own key */
static void anchor_off_curve(struct cc *c)
{
	u8 *buf = kunit_kmalloc(c->test, 128, GFP_KERNEL);
	struct rpt_wr w;

	KUNIT_ASSERT_NOT_NULL(c->test, buf);
	rpt_wr_init(&w, buf, 128);
	rpt_x509_put_spki(&w, &cc_key(c, CC_KEY_ROOT)->pub);
	buf[w.len - 1] ^= 1;
	c->spec[CC_ROOT].spki = (struct rpt_blob){ buf, w.len };
}

static void anchor_p521(struct cc *c)
{
	c->spec[CC_ROOT].spki = cc_key_p521;
}

static void anchor_critical(struct cc *c)
{
	cc_ext(c, &c->spec[CC_ROOT], 99, CC_TRUE, "\x05", 2);
}

static void anchor_name_constraints(struct cc *c)
{
	cc_ext(c, &c->spec[CC_ROOT], 30, CC_ABSENT, "\x30", 2);
}

static void anchor_v1(struct cc *c)
{
	c->spec[CC_ROOT].version = 0;
	c->spec[CC_ROOT].no_extensions = true;
}

static void anchor_cut(struct cc *c)
{
	c->spec[CC_ROOT].der.len--;
}

/* An anchor's own signature proves nothing and is not looked at */
static void anchor_sha1(struct cc *c)
{
	static const u8 alg[] = {
		0x30, 0x09, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01,
	};

	c->spec[CC_ROOT].alg = (struct rpt_blob){ alg, sizeof(alg) };
	c->spec[CC_ROOT].serial[0] = 0;
}

static void chain_anchors(struct kunit *test)
{
	static const struct anchor_case cases[] = {
		{ "not a CA", anchor_no_ca, -EINVAL },
		{ "may not sign certificates", anchor_key_usage, -EINVAL },
		{ "no name", anchor_no_name, -EINVAL },
		{ "RSA with 1024 bits", anchor_weak, -EKEYREJECTED },
		{ "point not on the curve", anchor_off_curve, -EKEYREJECTED },
		{ "P-521", anchor_p521, -EOPNOTSUPP },
		{ "unknown critical extension", anchor_critical, -EOPNOTSUPP },
		{ "name constraints", anchor_name_constraints, -EOPNOTSUPP },
		{ "version 1", anchor_v1, -EOPNOTSUPP },
		{ "SHA-1 and serial number zero", anchor_sha1, 0 },
	};
	struct rpt_blob *der;
	unsigned int i;
	struct cc *c;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		c = cc_new(test);
		cases[i].defect(c);
		cc_make(c, &c->spec[CC_ROOT]);
		der = &c->spec[CC_ROOT].der;
		KUNIT_EXPECT_EQ_MSG(test, rpt_anchor_init(&c->anchor[0], der->data, der->len),
				    cases[i].err, "%s", cases[i].name);
		rpt_anchor_destroy(&c->anchor[0]);
	}
	c = cc_new(test);
	cc_make(c, &c->spec[CC_ROOT]);
	anchor_cut(c);
	der = &c->spec[CC_ROOT].der;
	KUNIT_EXPECT_EQ(test, rpt_anchor_init(&c->anchor[0], der->data, der->len), -EBADMSG);
	KUNIT_EXPECT_EQ(test, rpt_anchor_init(&c->anchor[0], der->data, RPT_CERT_MSG_MAX + 1),
			-EMSGSIZE);
	KUNIT_EXPECT_NULL(test, c->anchor[0].der);
}

/*
 * Flip each bit of the leaf in turn, and cut it at each length: never accepted,
 * whatever the parser makes of it.
 */
static void chain_mutation(struct kunit *test)
{
	struct rpt_blob *leaf, root;
	struct cc *c = cc_new(test);
	unsigned int accepted = 0;
	size_t i, len;
	u8 *der;

	c->spec[CC_LEAF].issuer = "root";
	c->spec[CC_LEAF].signer = CC_KEY_ROOT;
	c->n_sent = 1;
	cc_build(c);
	root = c->spec[CC_ROOT].der;
	KUNIT_ASSERT_EQ(test, rpt_anchor_init(&c->anchor[0], root.data, root.len), 0);
	c->params.n_anchors = 1;
	leaf = &c->chain.cert[0];
	len = leaf->len;
	der = kunit_kmalloc(test, len, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, der);
	memcpy(der, leaf->data, len);
	leaf->data = der;
	KUNIT_EXPECT_EQ(test, rpt_chain_verify(&c->params, &c->chain, &c->res), 0);
	for (i = 0; i < len; i++) {
		der[i] ^= 1 << (i % 8);
		accepted += !rpt_chain_verify(&c->params, &c->chain, &c->res);
		der[i] ^= 1 << (i % 8);
	}
	for (i = 0; i < len; i++) {
		leaf->len = i;
		accepted += !rpt_chain_verify(&c->params, &c->chain, &c->res);
	}
	KUNIT_EXPECT_EQ(test, accepted, 0);
	rpt_anchor_destroy(&c->anchor[0]);
}

#ifdef RPT_USER_ENGINE
/* Each allocation fails once; only user space can do that */
static void chain_no_memory(struct kunit *test)
{
	struct rpt_blob *der;
	struct rpt_spiffe id;
	struct cc *c = cc_new(test);

	cc_build(c);
	c->params.n_anchors = 0;
	shim_fail_nth = 1;
	KUNIT_EXPECT_EQ(test, rpt_chain_verify(&c->params, &c->chain, &c->res), -ENOMEM);
	KUNIT_EXPECT_EQ(test, c->res.alert, RPT_ALERT_INTERNAL_ERROR);
	der = &c->spec[CC_ROOT].der;
	shim_fail_nth = 1;
	KUNIT_EXPECT_EQ(test, rpt_anchor_init(&c->anchor[0], der->data, der->len), -ENOMEM);
	der = &c->spec[CC_LEAF].der;
	shim_fail_nth = 1;
	KUNIT_EXPECT_EQ(test, rpt_x509_spiffe(der->data, der->len, &id), -ENOMEM);
	shim_fail_nth = 0;
}
#endif

static struct kunit_case chain_cases[] = {
	KUNIT_CASE_PARAM(chain_rules, rules_gen),
	KUNIT_CASE_PARAM(chain_rules_der, rules_der_gen),
	KUNIT_CASE(chain_result),
	KUNIT_CASE(chain_simple_no_id),
	KUNIT_CASE(chain_simple_names),
	KUNIT_CASE(chain_any_order),
	KUNIT_CASE(chain_cross_signed),
	KUNIT_CASE(chain_cross_root),
	KUNIT_CASE(chain_impostor),
	KUNIT_CASE(chain_remembers),
	KUNIT_CASE(chain_shared_key),
	KUNIT_CASE(chain_self_issued),
	KUNIT_CASE(chain_loop),
	KUNIT_CASE(chain_work),
	KUNIT_CASE(chain_permutations),
	KUNIT_CASE(chain_algorithms),
	KUNIT_CASE(chain_allowed),
	KUNIT_CASE(chain_two_bundles),
	KUNIT_CASE(chain_openssl),
	KUNIT_CASE(chain_anchors),
	KUNIT_CASE_SLOW(chain_mutation),
#ifdef RPT_USER_ENGINE
	KUNIT_CASE(chain_no_memory),
#endif
	{}
};

static struct kunit_suite chain_suite = {
	.name = "riptides_chain",
	.test_cases = chain_cases,
};

kunit_test_suite(chain_suite);

MODULE_DESCRIPTION("KUnit tests of riptides' path validator");
MODULE_LICENSE("GPL");
