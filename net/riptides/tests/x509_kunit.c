// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the certificate parser and of names
 *
 * Malformed certificates are in chain_cases_der.c.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "chain_corpus.h"
#include "der.h"

struct fixture {
	const struct rpt_blob *der;
	u8 key_type;
	u16 scheme;
	bool ca;
};

static const struct fixture fixtures[] = {
	{ &cc_rsa_root, RPT_KEY_RSA, RPT_SIG_RSA_PKCS1_SHA256, true },
	{ &cc_rsa_leaf, RPT_KEY_EC_P256, RPT_SIG_RSA_PKCS1_SHA256, false },
	{ &cc_pss_leaf, RPT_KEY_RSA, RPT_SIG_RSA_PSS_RSAE_SHA384, false },
	{ &cc_p384_root, RPT_KEY_EC_P384, RPT_SIG_ECDSA_SECP384R1_SHA384, true },
	{ &cc_p384_leaf, RPT_KEY_EC_P384, RPT_SIG_ECDSA_SECP384R1_SHA384, false },
};

static struct rpt_x509 *new_cert(struct kunit *test)
{
	struct rpt_x509 *x = kunit_kzalloc(test, sizeof(*x), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, x);
	return x;
}

/* OpenSSL's certificates say what they were made to say */
static void x509_openssl(struct kunit *test)
{
	struct rpt_x509 *x = new_cert(test);
	const struct fixture *f;
	struct rpt_blob der;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fixtures); i++) {
		f = &fixtures[i];
		der = *f->der;
		KUNIT_ASSERT_EQ(test, rpt_x509_parse(x, der.data, der.len), 0);
		KUNIT_EXPECT_EQ(test, x->flaws, 0);
		KUNIT_EXPECT_EQ(test, x->key.type, f->key_type);
		KUNIT_EXPECT_EQ(test, x->sig_scheme, f->scheme);
		KUNIT_EXPECT_EQ(test, x->ca, f->ca);
		KUNIT_EXPECT_EQ(test, x->path_len, RPT_X509_PATH_LEN_NONE);
		KUNIT_EXPECT_EQ(test, x->serial.len, 20);
		KUNIT_EXPECT_EQ(test, x->ski.len, 20);
		KUNIT_EXPECT_EQ(test, x->n_uri, 1);
		KUNIT_EXPECT_FALSE(test, x->subject_empty);
		KUNIT_EXPECT_EQ(test, x->raw.len, der.len);
		KUNIT_EXPECT_GT(test, x->not_before, 1700000000LL);
		KUNIT_EXPECT_GT(test, x->not_after, x->not_before + 8000 * 86400LL - 1);
		if (f->ca) {
			KUNIT_EXPECT_EQ(test, x->key_usage,
					RPT_KU_KEY_CERT_SIGN | RPT_KU_CRL_SIGN);
			KUNIT_EXPECT_TRUE(test, rpt_blob_eq(&x->issuer, &x->subject));
			KUNIT_EXPECT_EQ(test, rpt_x509_verify(x, &x->key), 0);
			continue;
		}
		KUNIT_EXPECT_EQ(test, x->key_usage, RPT_KU_DIGITAL_SIGNATURE);
		KUNIT_EXPECT_EQ(test, x->eku, RPT_EKU_SERVER_AUTH | RPT_EKU_CLIENT_AUTH);
		KUNIT_EXPECT_EQ(test, x->aki.len, 20);
		KUNIT_EXPECT_EQ(test, x->n_dns, 2);
		KUNIT_EXPECT_EQ(test, x->n_ip, 2);
	}
}

static void x509_san_walk(struct kunit *test)
{
	static const u8 want[] = { 6, 2, 2, 7, 7, 1, 0, 4, 8 };
	struct rpt_x509 *x = new_cert(test);
	struct rpt_blob der, value;
	unsigned int n = 0;
	struct rpt_rd it;
	u8 type;

	der = cc_rsa_leaf;
	KUNIT_ASSERT_EQ(test, rpt_x509_parse(x, der.data, der.len), 0);
	rpt_rd_init(&it, x->san.data, x->san.len);
	while (rpt_x509_san_next(&it, &type, &value)) {
		KUNIT_ASSERT_LT(test, n, (unsigned int)ARRAY_SIZE(want));
		KUNIT_EXPECT_EQ(test, type, want[n]);
		KUNIT_EXPECT_GT(test, value.len, 0);
		n++;
	}
	KUNIT_EXPECT_EQ(test, n, ARRAY_SIZE(want));
	KUNIT_ASSERT_EQ(test, x->uri.len, strlen(CC_SPIFFE_ID));
	KUNIT_EXPECT_MEMEQ(test, x->uri.data, CC_SPIFFE_ID, x->uri.len);
}

/* Cut at each length: malformed. One bit changed: no harm, and not verified. */
static void x509_mutation(struct kunit *test)
{
	struct rpt_x509 *x = new_cert(test), *root = new_cert(test);
	unsigned int verified = 0, parsed = 0;
	struct rpt_blob der, ca;
	u8 *copy;
	size_t i;

	ca = cc_p384_root;
	KUNIT_ASSERT_EQ(test, rpt_x509_parse(root, ca.data, ca.len), 0);
	der = cc_p384_leaf;
	for (i = 0; i < der.len; i++) {
		copy = kunit_kmalloc(test, i + 1, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, copy);
		memcpy(copy, der.data, i);
		KUNIT_EXPECT_EQ(test, rpt_x509_parse(x, copy, i), -EBADMSG);
		kunit_kfree(test, copy);
	}
	copy = kunit_kmalloc(test, der.len, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, copy);
	memcpy(copy, der.data, der.len);
	for (i = 0; i < der.len * 8; i++) {
		copy[i / 8] ^= 1 << (i % 8);
		if (!rpt_x509_parse(x, copy, der.len)) {
			parsed++;
			/* One of eight, to save time */
			if (i % 8 == i / 8 % 8)
				verified += !rpt_x509_verify(x, &root->key);
		}
		copy[i / 8] ^= 1 << (i % 8);
	}
	KUNIT_EXPECT_EQ(test, verified, 0);
	kunit_info(test, "%u of %zu changed certificates are still well formed",
		   parsed, der.len * 8);
}

static void x509_claims(struct kunit *test)
{
	struct cc *c = cc_new(test);
	struct cc_spec *leaf = &c->spec[CC_LEAF];
	struct rpt_spiffe id;

	cc_make(c, leaf);
	KUNIT_EXPECT_EQ(test, rpt_x509_spiffe(leaf->der.data, leaf->der.len, &id), 0);
	KUNIT_EXPECT_TRUE(test, rpt_spiffe_in_td(&id, CC_TD, strlen(CC_TD)));
	KUNIT_EXPECT_EQ(test, rpt_x509_spiffe(leaf->der.data, leaf->der.len - 1, &id),
			-EBADMSG);
	KUNIT_EXPECT_EQ(test, rpt_x509_spiffe(NULL, 0, &id), -EBADMSG);

	cc_san(leaf, RPT_ASN1_CTX(RPT_SAN_URI), "spiffe://other.org/web");
	cc_make(c, leaf);
	KUNIT_EXPECT_EQ(test, rpt_x509_spiffe(leaf->der.data, leaf->der.len, &id), -ENOENT);
	leaf->n_san = 0;
	cc_make(c, leaf);
	KUNIT_EXPECT_EQ(test, rpt_x509_spiffe(leaf->der.data, leaf->der.len, &id), -ENOENT);
	cc_san(leaf, RPT_ASN1_CTX(RPT_SAN_URI), "https://example.org/web");
	cc_make(c, leaf);
	KUNIT_EXPECT_EQ(test, rpt_x509_spiffe(leaf->der.data, leaf->der.len, &id), -EINVAL);
}

static void x509_flaw_names(struct kunit *test)
{
	const char *last = "";
	unsigned int bit;

	for (bit = 0; bit < 9; bit++) {
		KUNIT_EXPECT_STRNEQ(test, rpt_x509_flaw_name(1 << bit), last);
		last = rpt_x509_flaw_name(1 << bit);
	}
	KUNIT_EXPECT_STREQ(test, rpt_x509_flaw_name(RPT_X509_FLAW_WEAK_SIG |
						    RPT_X509_FLAW_WEAK_KEY),
			   rpt_x509_flaw_name(RPT_X509_FLAW_WEAK_KEY));
	KUNIT_EXPECT_STREQ(test, rpt_x509_flaw_name(0), "no flaw");
}

/* Names (RFC 5280 section 4.1.2.4); "\x0c" is a UTF8String, "\x03" a BIT STRING */
#define SET_A	"\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01\x61"
#define ATTR_A	"\x30\x08\x06\x03\x55\x04\x03\x0c\x01\x61"
#define ATTR_B	"\x30\x08\x06\x03\x55\x04\x0a\x0c\x01\x62"

struct name_case {
	const char *name;
	bool ok;
	bool empty;
	u8 len;
	const char *der;
};

#define NAME(n, o, e, d) { n, o, e, sizeof(d) - 1, d }

static const struct name_case name_cases[] = {
	NAME("empty", true, true, "\x30\x00"),
	NAME("one attribute", true, false, "\x30\x0c" SET_A),
	NAME("two", true, false, "\x30\x18" SET_A SET_A),
	NAME("two in one set", true, false, "\x30\x16\x31\x14" ATTR_A ATTR_B),
	NAME("the wrong way round", false, false, "\x30\x16\x31\x14" ATTR_B ATTR_A),
	NAME("twice in one set", false, false, "\x30\x16\x31\x14" ATTR_A ATTR_A),
	NAME("empty set", false, false, "\x30\x02\x31\x00"),
	NAME("empty attribute", false, false, "\x30\x04\x31\x02\x30\x00"),
	NAME("no value", false, false, "\x30\x09\x31\x07\x30\x05\x06\x03\x55\x04\x03"),
	NAME("two values", false, false,
	     "\x30\x0e\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x0c\x00\x0c\x01\x61"),
	NAME("empty value", true, false,
	     "\x30\x0b\x31\x09\x30\x07\x06\x03\x55\x04\x03\x0c\x00"),
	NAME("NUL", false, false,
	     "\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x13\x01\x00"),
	NAME("zero octet in bits", true, false,
	     "\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x2d\x03\x01\x00"),
	NAME("sequence for set", false, false,
	     "\x30\x0c\x30\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01\x61"),
	NAME("not a sequence", false, true, "\x31\x00"),
	NAME("cut", false, false, "\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01"),
};

static void x509_names(struct kunit *test)
{
	const struct name_case *n;
	struct rpt_blob raw;
	struct rpt_rd r;
	unsigned int i;
	bool empty;

	for (i = 0; i < ARRAY_SIZE(name_cases); i++) {
		n = &name_cases[i];
		rpt_rd_init(&r, n->der, n->len);
		rpt_x509_name(&r, &raw, &empty);
		KUNIT_EXPECT_EQ_MSG(test, rpt_rd_done(&r), n->ok, "%s", n->name);
		if (n->ok) {
			KUNIT_EXPECT_EQ_MSG(test, empty, n->empty, "%s", n->name);
			KUNIT_EXPECT_EQ(test, raw.len, n->len);
		}
	}
}

struct ext_case {
	const char *name;
	bool ok;
	u16 seen;
	u16 eku;
	u16 flaws;
	u8 len;
	const char *der;
};

#define EXT(n, o, s, e, f, d) { n, o, s, e, f, sizeof(d) - 1, d }
#define EKU(n, e, d)	EXT(n, true, RPT_X509_EXT_EKU, e, 0, d)
#define HEAD(a, b)	"\x30" a "\x30" b

static const struct ext_case ext_cases[] = {
	EKU("server", RPT_EKU_SERVER_AUTH, HEAD("\x15", "\x13") "\x06\x03\x55\x1d\x25"
	    "\x04\x0c\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01"),
	EKU("client", RPT_EKU_CLIENT_AUTH, HEAD("\x15", "\x13") "\x06\x03\x55\x1d\x25"
	    "\x04\x0c\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x02"),
	EKU("code signing", RPT_EKU_OTHER, HEAD("\x15", "\x13") "\x06\x03\x55\x1d\x25"
	    "\x04\x0c\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x03"),
	EKU("id-ad", RPT_EKU_OTHER, HEAD("\x15", "\x13") "\x06\x03\x55\x1d\x25"
	    "\x04\x0c\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x01"),
	EKU("below server", RPT_EKU_OTHER, HEAD("\x16", "\x14") "\x06\x03\x55\x1d\x25"
	    "\x04\x0d\x30\x0b\x06\x09\x2b\x06\x01\x05\x05\x07\x03\x01\x01"),
	EKU("id-kp", RPT_EKU_OTHER, HEAD("\x14", "\x12") "\x06\x03\x55\x1d\x25"
	    "\x04\x0b\x30\x09\x06\x07\x2b\x06\x01\x05\x05\x07\x03"),
	EKU("any", RPT_EKU_ANY, HEAD("\x11", "\x0f") "\x06\x03\x55\x1d\x25"
	    "\x04\x08\x30\x06\x06\x04\x55\x1d\x25\x00"),
	EKU("not any", RPT_EKU_OTHER, HEAD("\x11", "\x0f") "\x06\x03\x55\x1d\x25"
	    "\x04\x08\x30\x06\x06\x04\x55\x1d\x25\x01"),
	EKU("above any", RPT_EKU_OTHER, HEAD("\x10", "\x0e") "\x06\x03\x55\x1d\x25"
	    "\x04\x07\x30\x05\x06\x03\x55\x1d\x25"),
	EXT("AKI with issuer and serial number", true, RPT_X509_EXT_AKI, 0, 0,
	    HEAD("\x14", "\x12") "\x06\x03\x55\x1d\x23"
	    "\x04\x0b\x30\x09\x80\x01\x05\xa1\x01\x00\x82\x01\x01"),
	EXT("AKI with more", false, RPT_X509_EXT_AKI, 0, 0,
	    HEAD("\x17", "\x15") "\x06\x03\x55\x1d\x23\x04\x0e\x30\x0c\x80\x01\x05"
	    "\xa1\x01\x00\x82\x01\x01\x83\x01\x00"),
	/* Like key usage, but below another arc */
	EXT("2.5.28.15", true, 0, 0, RPT_X509_FLAW_CRITICAL, HEAD("\x10", "\x0e")
	    "\x06\x03\x55\x1c\x0f\x01\x01\xff\x04\x04\x03\x02\x07\x80"),
	EXT("2.4.29.15", true, 0, 0, RPT_X509_FLAW_CRITICAL, HEAD("\x10", "\x0e")
	    "\x06\x03\x54\x1d\x0f\x01\x01\xff\x04\x04\x03\x02\x07\x80"),
	EXT("2.5.29.15.1", true, 0, 0, RPT_X509_FLAW_CRITICAL, HEAD("\x11", "\x0f")
	    "\x06\x04\x55\x1d\x0f\x01\x01\x01\xff\x04\x04\x03\x02\x07\x80"),
};

static void x509_extensions(struct kunit *test)
{
	struct rpt_x509 *x = new_cert(test);
	const struct ext_case *e;
	struct rpt_rd r;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ext_cases); i++) {
		e = &ext_cases[i];
		memset(x, 0, sizeof(*x));
		rpt_rd_init(&r, e->der, e->len);
		rpt_x509_extensions(&r, x);
		KUNIT_EXPECT_EQ_MSG(test, rpt_rd_done(&r), e->ok, "%s", e->name);
		KUNIT_EXPECT_EQ_MSG(test, x->seen, e->seen, "%s", e->name);
		KUNIT_EXPECT_EQ_MSG(test, x->eku, e->eku, "%s", e->name);
		KUNIT_EXPECT_EQ_MSG(test, x->flaws, e->flaws, "%s", e->name);
	}
}

#define A60	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void x509_dns_syntax(struct kunit *test)
{
	static const struct {
		const char *name;
		bool plain;
		bool wild;
	} cases[] = {
		{ "example.org", true, true },
		{ "localhost", true, true },
		{ "a_b.c-d.e1", true, true },
		{ "1.example", true, true },
		{ "xn--bcher-kva.example", true, true },
		{ "*.example.org", false, true },
		{ "*.a.b.c", false, true },
		{ "*.org", false, false },
		{ "*", false, false },
		{ "*.", false, false },
		{ "a.*.org", false, false },
		{ "*a.example.org", false, false },
		{ "a*.example.org", false, false },
		{ "*.*.example.org", false, false },
		{ "", false, false },
		{ ".", false, false },
		{ "a.", false, false },
		{ ".a", false, false },
		{ "a..b", false, false },
		{ "-a.b", false, false },
		{ "a-.b", false, false },
		{ "a b.c", false, false },
		{ "a/b.c", false, false },
		{ "\xc3\xa4.org", false, false },
		{ "192.0.2.1", false, false },
		{ "1", false, false },
		{ "*.0.2.1", false, false },
		{ A60 "aaa.org", true, true },
		{ A60 "aaaa.org", false, false },
		{ A60 "." A60 "." A60 "." A60 ".aaaaaaaaa", true, true },
		{ A60 "." A60 "." A60 "." A60 ".aaaaaaaaaa", false, false },
	};
	unsigned int i;
	size_t n;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		n = strlen(cases[i].name);
		KUNIT_EXPECT_EQ_MSG(test, rpt_x509_dns_valid(cases[i].name, n, false),
				    cases[i].plain, "%s", cases[i].name);
		KUNIT_EXPECT_EQ_MSG(test, rpt_x509_dns_valid(cases[i].name, n, true),
				    cases[i].wild, "%s with wildcards", cases[i].name);
	}
}

static void x509_dns_match(struct kunit *test)
{
	static const struct {
		const char *cert;
		const char *name;
		bool match;
	} cases[] = {
		{ "www.example.org", "www.example.org", true },
		{ "www.example.org", "WWW.EXAMPLE.ORG", true },
		{ "WWW.example.org", "www.Example.org", true },
		{ "www.example.org", "www.example.org.", true },
		{ "www.example.org", "www.example.org..", false },
		{ "www.example.org.", "www.example.org", false },
		{ "www.example.org", "ww.example.org", false },
		{ "www.example.org", "example.org", false },
		{ "*.example.org", "www.example.org", true },
		{ "*.Example.org", "www.example.ORG", true },
		{ "*.example.org", "example.org", false },
		{ "*.example.org", ".example.org", false },
		{ "*.example.org", "a.b.example.org", false },
		{ "*.example.org", "*.example.org", false },
		{ "*.example.org", "wwwexample.org", false },
		{ "w*.example.org", "www.example.org", false },
		{ "www.*.org", "www.example.org", false },
		{ "*.org", "example.org", false },
		{ "*", "localhost", false },
		{ "localhost", "localhost", true },
		{ "*.example.org", "localhost", false },
		{ "192.0.2.1", "192.0.2.1", false },
		{ "*.0.2.1", "192.0.2.1", false },
		{ "www.example.org", "", false },
		{ "www.example.org", ".", false },
	};
	struct rpt_x509 *x = new_cert(test);
	struct rpt_wr w;
	unsigned int i;
	u8 san[64];

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		rpt_wr_init(&w, san, sizeof(san));
		rpt_der_put(&w, RPT_ASN1_CTX(RPT_SAN_URI), "www.example.org", 15);
		rpt_der_put(&w, RPT_ASN1_CTX(RPT_SAN_DNS), cases[i].cert,
			    strlen(cases[i].cert));
		x->san.data = san;
		x->san.len = w.len;
		KUNIT_EXPECT_EQ_MSG(test, rpt_x509_match_dns(x, cases[i].name,
							     strlen(cases[i].name)),
				    cases[i].match, "%s on %s", cases[i].cert, cases[i].name);
	}
	x->san.len = 0;
	KUNIT_EXPECT_FALSE(test, rpt_x509_match_dns(x, "www.example.org", 15));
	KUNIT_EXPECT_FALSE(test, rpt_x509_match_ip(x, (const u8 *)"\xc0\x00\x02\x01", 4));
}

static void x509_ip_match(struct kunit *test)
{
	static const u8 v6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
	struct rpt_x509 *x = new_cert(test);
	struct rpt_blob der;

	der = cc_rsa_leaf;
	KUNIT_ASSERT_EQ(test, rpt_x509_parse(x, der.data, der.len), 0);
	KUNIT_EXPECT_TRUE(test, rpt_x509_match_ip(x, (const u8 *)"\xc0\x00\x02\x01", 4));
	KUNIT_EXPECT_FALSE(test, rpt_x509_match_ip(x, (const u8 *)"\xc0\x00\x02\x02", 4));
	KUNIT_EXPECT_TRUE(test, rpt_x509_match_ip(x, v6, 16));
	KUNIT_EXPECT_FALSE(test, rpt_x509_match_ip(x, v6, 4));
	/* A name whose octets are those of an address is none */
	x->san.data = (const u8 *)"\x82\004abcd";
	x->san.len = 6;
	KUNIT_EXPECT_FALSE(test, rpt_x509_match_ip(x, (const u8 *)"abcd", 4));
	KUNIT_ASSERT_EQ(test, rpt_x509_parse(x, der.data, der.len), 0);
	KUNIT_EXPECT_TRUE(test, rpt_x509_match_dns(x, "web.example.net", 15));
	KUNIT_EXPECT_TRUE(test, rpt_x509_match_dns(x, "any.example.org", 15));
}

static struct kunit_case x509_cases[] = {
	KUNIT_CASE(x509_openssl),
	KUNIT_CASE(x509_san_walk),
	KUNIT_CASE_SLOW(x509_mutation),
	KUNIT_CASE(x509_claims),
	KUNIT_CASE(x509_flaw_names),
	KUNIT_CASE(x509_names),
	KUNIT_CASE(x509_extensions),
	KUNIT_CASE(x509_dns_syntax),
	KUNIT_CASE(x509_dns_match),
	KUNIT_CASE(x509_ip_match),
	{}
};

static struct kunit_suite x509_suite = {
	.name = "riptides_x509",
	.test_cases = x509_cases,
};

kunit_test_suite(x509_suite);

MODULE_DESCRIPTION("KUnit tests of riptides' certificate parser");
MODULE_LICENSE("GPL");
