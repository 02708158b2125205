// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of what we prove ourselves with
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/netlink.h>
#include <linux/string.h>

#include "chain_corpus.h"
#include "der.h"
#include "hs.h"
#include "svid.h"

static struct rpt_svid *create(struct cc *c, struct netlink_ext_ack *extack)
{
	return rpt_svid_create(&c->chain, cc_key(c, CC_KEY_LEAF), CC_NOW, extack);
}

static void svid_good(struct kunit *test)
{
	static const u8 msg[] = "message";
	struct rpt_svid *svid;
	u8 sig[RPT_SIG_MAX];
	struct cc *c = cc_new(test);
	unsigned int i;
	size_t siglen;

	c->spec[CC_LEAF].not_before = CC_NOW - 10;
	c->spec[CC_INTER].not_after = CC_NOW + 20;
	cc_build(c);
	svid = create(c, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(svid));

	KUNIT_EXPECT_STREQ(test, svid->spiffe_id, CC_SPIFFE_ID);
	KUNIT_EXPECT_EQ(test, svid->spiffe_len, strlen(CC_SPIFFE_ID));
	KUNIT_EXPECT_EQ(test, svid->not_before, CC_NOW - 10);
	KUNIT_EXPECT_EQ(test, svid->not_after, CC_NOW + 20);
	KUNIT_EXPECT_FALSE(test, rpt_svid_current(svid, CC_NOW - 11));
	KUNIT_EXPECT_TRUE(test, rpt_svid_current(svid, CC_NOW - 10));
	KUNIT_EXPECT_TRUE(test, rpt_svid_current(svid, CC_NOW + 20));
	KUNIT_EXPECT_FALSE(test, rpt_svid_current(svid, CC_NOW + 21));

	KUNIT_ASSERT_EQ(test, svid->chain.n, 2U);
	KUNIT_EXPECT_EQ(test, svid->der_len, c->chain.cert[0].len + c->chain.cert[1].len);
	for (i = 0; i < svid->chain.n; i++) {
		KUNIT_EXPECT_PTR_NE(test, svid->chain.cert[i].data, c->chain.cert[i].data);
		KUNIT_ASSERT_EQ(test, svid->chain.cert[i].len, c->chain.cert[i].len);
		KUNIT_EXPECT_MEMEQ(test, svid->chain.cert[i].data, c->chain.cert[i].data,
				   c->chain.cert[i].len);
	}

	KUNIT_ASSERT_EQ(test, rpt_svid_sign(svid, RPT_SIG_ECDSA_SECP256R1_SHA256, msg,
					    sizeof(msg), sig, sizeof(sig), &siglen), 0);
	KUNIT_EXPECT_EQ(test, rpt_sig_verify(RPT_SIG_ECDSA_SECP256R1_SHA256,
					     &cc_key(c, CC_KEY_LEAF)->pub, msg, sizeof(msg),
					     sig, siglen), 0);
	rpt_svid_put(svid);
	rpt_svid_put(NULL);
}

/* At the very ends of the validity */
static void svid_edges(struct kunit *test)
{
	static const struct {
		s64 before, after;
		int err;
	} edges[] = {
		{ 0, 0, 0 }, { 1, 10, -EKEYEXPIRED }, { -10, -1, -EKEYEXPIRED },
	};
	struct rpt_svid *svid;
	struct cc *c = cc_new(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(edges); i++) {
		c->spec[CC_INTER].not_before = CC_NOW + edges[i].before;
		c->spec[CC_INTER].not_after = CC_NOW + edges[i].after;
		cc_build(c);
		svid = create(c, NULL);
		KUNIT_EXPECT_EQ_MSG(test, PTR_ERR_OR_ZERO(svid), edges[i].err, "edge %u", i);
		if (!IS_ERR(svid))
			rpt_svid_put(svid);
	}
}

struct reject {
	const char *text;
	void (*defect)(struct cc *c);
	int err;
};

static void ca_leaf(struct cc *c)
{
	c->spec[CC_LEAF].ca = true;
}

static void no_key_usage(struct cc *c)
{
	c->spec[CC_LEAF].key_usage = 0;
}

static void no_signatures(struct cc *c)
{
	c->spec[CC_LEAF].key_usage = RPT_KU_KEY_AGREEMENT;
}

static void signs_certs(struct cc *c)
{
	c->spec[CC_LEAF].key_usage |= RPT_KU_KEY_CERT_SIGN;
}

static void signs_crls(struct cc *c)
{
	c->spec[CC_LEAF].key_usage |= RPT_KU_CRL_SIGN;
}

static void other_eku(struct cc *c)
{
	c->spec[CC_LEAF].eku = RPT_EKU_OTHER;
}

static void no_uri(struct cc *c)
{
	c->spec[CC_LEAF].n_san = 0;
	cc_san(&c->spec[CC_LEAF], RPT_ASN1_CTX(RPT_SAN_DNS), "a.test");
}

static void two_uris(struct cc *c)
{
	cc_san(&c->spec[CC_LEAF], RPT_ASN1_CTX(RPT_SAN_URI), CC_SPIFFE_ID);
}

static void set_uri(struct cc *c, const char *uri)
{
	c->spec[CC_LEAF].n_san = 0;
	cc_san(&c->spec[CC_LEAF], RPT_ASN1_CTX(RPT_SAN_URI), uri);
}

static void no_spiffe(struct cc *c)
{
	set_uri(c, "https://example.org/web");
}

static void no_path(struct cc *c)
{
	set_uri(c, "spiffe://example.org");
}

static void wrong_key(struct cc *c)
{
	c->spec[CC_LEAF].key = CC_KEY_INTER2;
}

static void wrong_key_type(struct cc *c)
{
	c->spec[CC_LEAF].key = CC_KEY_P384;
}

static void wrong_signer(struct cc *c)
{
	c->spec[CC_LEAF].signer = CC_KEY_INTER2;
}

static void wrong_issuer(struct cc *c)
{
	c->spec[CC_LEAF].issuer = "other";
}

static void issuer_no_ca(struct cc *c)
{
	c->spec[CC_INTER].ca = false;
}

static void issuer_no_right(struct cc *c)
{
	c->spec[CC_INTER].key_usage = RPT_KU_CRL_SIGN;
}

static void issuer_silent(struct cc *c)
{
	c->spec[CC_INTER].key_usage = 0;
}

static void other_key_id(struct cc *c)
{
	c->spec[CC_LEAF].aki = cc_hex(c->test, "0102");
	c->spec[CC_INTER].ski = cc_hex(c->test, "0103");
}

static void zero_serial(struct cc *c)
{
	c->spec[CC_INTER].serial[0] = 0;
}

static void version_1(struct cc *c)
{
	c->spec[CC_LEAF].version = 0;
	c->spec[CC_LEAF].no_extensions = true;
}

static void cut_short(u8 *der, size_t *len)
{
	--*len;
}

static void malformed(struct cc *c)
{
	c->spec[CC_INTER].mangle = cut_short;
}

static void expired(struct cc *c)
{
	c->spec[CC_LEAF].not_after = CC_NOW - 1;
}

static void early(struct cc *c)
{
	c->spec[CC_INTER].not_before = CC_NOW + 1;
}

static void nothing(struct cc *c)
{
	c->n_sent = 0;
}

static void too_long(struct cc *c)
{
	static char uri[RPT_SPIFFE_MAX + 1];
	static const u8 order[] = { CC_LEAF, CC_LEAF, CC_LEAF, CC_LEAF };

	memset(uri, 'a', RPT_SPIFFE_MAX);
	memcpy(uri, "spiffe://td/", 12);
	set_uri(c, uri);
	cc_send(c, ARRAY_SIZE(order), order);
}

static const struct reject rejects[] = {
	{ "the leaf is a CA", ca_leaf, -EKEYREJECTED },
	{ "the leaf has no key usage", no_key_usage, -EKEYREJECTED },
	{ "the leaf may not make signatures", no_signatures, -EKEYREJECTED },
	{ "the leaf may sign certificates or CRLs", signs_certs, -EKEYREJECTED },
	{ "the leaf may sign certificates or CRLs", signs_crls, -EKEYREJECTED },
	{ "the leaf is for neither TLS clients nor servers", other_eku, -EKEYREJECTED },
	{ "the leaf has no URI name", no_uri, -EKEYREJECTED },
	{ "the leaf has more than one URI name", two_uris, -EKEYREJECTED },
	{ "the URI name of the leaf is not a SPIFFE ID", no_spiffe, -EKEYREJECTED },
	{ "the SPIFFE ID of the leaf has no path", no_path, -EKEYREJECTED },
	{ "the leaf is not for this private key", wrong_key, -EKEYREJECTED },
	{ "the leaf is not for this private key", wrong_key_type, -EKEYREJECTED },
	{ "certificate 2 did not issue certificate 1", wrong_signer, -EKEYREJECTED },
	{ "certificate 2 did not issue certificate 1", wrong_issuer, -EKEYREJECTED },
	{ "certificate 2 did not issue certificate 1", issuer_no_ca, -EKEYREJECTED },
	{ "certificate 2 did not issue certificate 1", issuer_no_right, -EKEYREJECTED },
	{ "certificate 2 did not issue certificate 1", issuer_silent, -EKEYREJECTED },
	{ "certificate 2 did not issue certificate 1", other_key_id, -EKEYREJECTED },
	{ "certificate 2: serial number is zero", zero_serial, -EKEYREJECTED },
	{ "certificate 1: not a version 3 certificate", version_1, -EKEYREJECTED },
	{ "certificate 2 is not in strict DER", malformed, -EBADMSG },
	{ "certificate 1 has expired", expired, -EKEYEXPIRED },
	{ "certificate 2 is not yet valid", early, -EKEYEXPIRED },
	{ "a chain needs at least one certificate", nothing, -EINVAL },
	{ "a chain takes at most 8 KiB", too_long, -EMSGSIZE },
};

static void reject_desc(const struct reject *r, char *desc)
{
	strscpy(desc, r->text, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(reject, rejects, reject_desc);

static void svid_reject(struct kunit *test)
{
	const struct reject *r = test->param_value;
	struct netlink_ext_ack extack = {};
	struct rpt_svid *svid;
	struct cc *c = cc_new(test);

	r->defect(c);
	cc_build(c);
	svid = create(c, &extack);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(svid), r->err);
	KUNIT_EXPECT_STREQ(test, extack._msg ?: "", r->text);
	if (IS_ERR(svid))
		svid = create(c, NULL);
	if (!IS_ERR(svid))
		rpt_svid_put(svid);
}

static void svid_too_many(struct kunit *test)
{
	struct netlink_ext_ack extack = {};
	struct cc *c = cc_new(test);

	cc_build(c);
	c->chain.n = RPT_CHAIN_MAX + 1;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(create(c, &extack)), -E2BIG);
	KUNIT_EXPECT_STREQ(test, extack._msg ?: "", "a chain takes at most 8 certificates");
}

/* Whatever byte of the leaf is changed, its issuer did not sign that */
static void svid_mutation(struct kunit *test)
{
	struct rpt_svid *svid;
	struct cc *c = cc_new(test);
	struct rpt_blob leaf;
	size_t i;
	u8 *der;

	cc_build(c);
	leaf = c->chain.cert[0];
	der = kunit_kmalloc(test, leaf.len, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, der);
	memcpy(der, leaf.data, leaf.len);
	c->chain.cert[0].data = der;
	for (i = 0; i < leaf.len; i++) {
		der[i] ^= 1 << (i & 7);
		svid = create(c, NULL);
		if (!IS_ERR(svid)) {
			KUNIT_FAIL(test, "byte %zu changed, taken all the same", i);
			rpt_svid_put(svid);
		}
		der[i] ^= 1 << (i & 7);
	}
	svid = create(c, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(svid));
	rpt_svid_put(svid);
}

static struct kunit_case svid_cases[] = {
	KUNIT_CASE(svid_good),
	KUNIT_CASE(svid_edges),
	KUNIT_CASE_PARAM(svid_reject, reject_gen_params),
	KUNIT_CASE(svid_too_many),
	KUNIT_CASE(svid_mutation),
	{}
};

static struct kunit_suite svid_suite = {
	.name = "riptides_svid",
	.test_cases = svid_cases,
};

kunit_test_suite(svid_suite);

MODULE_DESCRIPTION("KUnit tests of riptides' own SVIDs");
MODULE_LICENSE("GPL");
