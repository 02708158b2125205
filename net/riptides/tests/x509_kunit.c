// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the certificate parser, of keys and of names
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

static u16 read_alg(const void *der, size_t len, u16 *scheme, bool *ok)
{
	struct rpt_blob raw;
	struct rpt_rd r;
	u16 flaw;

	rpt_rd_init(&r, der, len);
	flaw = rpt_x509_sig_alg(&r, &raw, scheme);
	*ok = rpt_rd_done(&r);
	return flaw;
}

/* What is written is read again; then every octet is changed in turn */
static void x509_sig_algs(struct kunit *test)
{
	static const u16 schemes[] = {
		RPT_SIG_ECDSA_SECP256R1_SHA256, RPT_SIG_ECDSA_SECP384R1_SHA384,
		RPT_SIG_ECDSA_SECP521R1_SHA512, RPT_SIG_RSA_PKCS1_SHA256,
		RPT_SIG_RSA_PKCS1_SHA384, RPT_SIG_RSA_PKCS1_SHA512,
		RPT_SIG_RSA_PSS_RSAE_SHA256, RPT_SIG_RSA_PSS_RSAE_SHA384,
		RPT_SIG_RSA_PSS_RSAE_SHA512,
	};
	struct rpt_wr w;
	unsigned int i;
	u16 scheme;
	u8 buf[96];
	size_t k;
	bool ok;

	for (i = 0; i < ARRAY_SIZE(schemes); i++) {
		rpt_wr_init(&w, buf, sizeof(buf));
		rpt_x509_put_sig_alg(&w, schemes[i]);
		KUNIT_ASSERT_FALSE(test, w.err);
		KUNIT_EXPECT_EQ(test, read_alg(buf, w.len, &scheme, &ok), 0);
		KUNIT_EXPECT_TRUE(test, ok);
		KUNIT_EXPECT_EQ(test, scheme, schemes[i]);
		for (k = 0; k < w.len; k++) {
			buf[k] ^= 0x40;
			read_alg(buf, w.len, &scheme, &ok);
			KUNIT_EXPECT_FALSE(test, ok && scheme == schemes[i]);
			buf[k] ^= 0x40;
		}
	}
	rpt_wr_init(&w, buf, sizeof(buf));
	rpt_x509_put_sig_alg(&w, RPT_SIG_ED25519);
	KUNIT_EXPECT_TRUE(test, w.err);
	rpt_wr_init(&w, buf, sizeof(buf));
	rpt_x509_put_sig_alg(&w, 0);
	KUNIT_EXPECT_TRUE(test, w.err);
}

/* DER of the parts of RSASSA-PSS parameters */
#define PSS		"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"
#define MGF1		"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"
#define SHA256_ABSENT	"\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"
#define SHA384_ABSENT	"\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02"
#define SHA224_ABSENT	"\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x04"
#define PSS_ALG(hash, mgf, salt, more, len1, len2) \
	"\x30" len1 PSS "\x30" len2 "\xa0\x0d" hash "\xa1\x1a\x30\x18" MGF1 mgf \
	"\xa2\x03\x02\x01" salt more

/* The same parameters with something wrong, and some that RFC 4055 allows */
static void x509_pss_params(struct kunit *test)
{
	static const struct {
		const char *name;
		size_t len;
		const char *der;
		u16 scheme;
	} cases[] = {
		{ "hashes without NULL", 63,
		  PSS_ALG(SHA256_ABSENT, SHA256_ABSENT, "\x20", "", "\x3d", "\x30"),
		  RPT_SIG_RSA_PSS_RSAE_SHA256 },
		{ "another hash for MGF1", 63,
		  PSS_ALG(SHA256_ABSENT, SHA384_ABSENT, "\x20", "", "\x3d", "\x30"), 0 },
		{ "SHA-224", 63,
		  PSS_ALG(SHA224_ABSENT, SHA224_ABSENT, "\x1c", "", "\x3d", "\x30"), 0 },
		{ "salt of another length", 63,
		  PSS_ALG(SHA256_ABSENT, SHA256_ABSENT, "\x14", "", "\x3d", "\x30"), 0 },
		{ "trailer field", 68,
		  PSS_ALG(SHA256_ABSENT, SHA256_ABSENT, "\x20", "\xa3\x03\x02\x01\x01",
			  "\x42", "\x35"), 0 },
		{ "more behind the parameters", 65,
		  PSS_ALG(SHA256_ABSENT, SHA256_ABSENT, "\x20", "\x05\x00", "\x3f", "\x30"), 0 },
		{ "no parameters", 13, "\x30\x0b" PSS, 0 },
	};
	unsigned int i;
	u16 scheme;
	bool ok;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		read_alg(cases[i].der, cases[i].len, &scheme, &ok);
		KUNIT_EXPECT_TRUE_MSG(test, ok, "%s", cases[i].name);
		KUNIT_EXPECT_EQ_MSG(test, scheme, cases[i].scheme, "%s", cases[i].name);
	}
	/* RSA with and without NULL (RFC 4055 section 5), and with neither */
	read_alg("\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b", 13, &scheme, &ok);
	KUNIT_EXPECT_EQ(test, scheme, RPT_SIG_RSA_PKCS1_SHA256);
	read_alg("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x30\x00", 15, &scheme, &ok);
	KUNIT_EXPECT_EQ(test, scheme, 0);
	read_alg("\x30\x00", 2, &scheme, &ok);
	KUNIT_EXPECT_FALSE(test, ok);
}

static u16 read_spki(struct rpt_blob der, struct rpt_pubkey *pk, bool *ok)
{
	struct rpt_rd r;
	u16 flaw;

	rpt_rd_init(&r, der.data, der.len);
	flaw = rpt_x509_spki(&r, NULL, pk);
	*ok = rpt_rd_done(&r);
	return flaw;
}

#define HEX_EC		"06072a8648ce3d0201"
#define HEX_P256	"06082a8648ce3d030107"
#define HEX_RSA		"06092a864886f70d010101"

struct spki_case {
	const char *name;
	const char *hex;
	bool ok;
	u16 flaw;
	const struct rpt_blob *der;
};

static const struct spki_case spki_cases[] = {
	{ "RSA-1024", NULL, true, RPT_X509_FLAW_WEAK_KEY, &cc_key_rsa1024 },
	{ "exponent 3", NULL, true, RPT_X509_FLAW_BAD_KEY, &cc_key_rsa_e3 },
	{ "P-521", NULL, true, RPT_X509_FLAW_KEY, &cc_key_p521 },
	{ "Ed25519", NULL, true, RPT_X509_FLAW_KEY, &cc_key_ed25519 },
	{ "EC without a curve", "300f300906072a8648ce3d020103020004", true,
	  RPT_X509_FLAW_KEY },
	{ "EC with two curves", "3023301d" HEX_EC HEX_P256 HEX_P256 "03020004", true,
	  RPT_X509_FLAW_KEY },
	{ "EC with explicit parameters", "3011300b" HEX_EC "300003020004", true,
	  RPT_X509_FLAW_KEY },
	{ "EC point too short", "30193013" HEX_EC HEX_P256 "03020004", true,
	  RPT_X509_FLAW_BAD_KEY },
	{ "RSA without NULL", "3011300b" HEX_RSA "03020030", true, RPT_X509_FLAW_BAD_KEY },
	{ "RSA key cut", "3013300d" HEX_RSA "050003020030", true, RPT_X509_FLAW_BAD_KEY },
	{ "RSA of zero", "301a300d" HEX_RSA "05000309003006020100020103", true,
	  RPT_X509_FLAW_WEAK_KEY },
	{ "RSA with more behind it", "301c300d" HEX_RSA "0500030b0030060201000201030500",
	  true, RPT_X509_FLAW_BAD_KEY },
	{ "no key", "30163013" HEX_EC HEX_P256 "030100", false, RPT_X509_FLAW_BAD_KEY },
	{ "unused bits", "30193013" HEX_EC HEX_P256 "03020104", false,
	  RPT_X509_FLAW_BAD_KEY },
	{ "more behind the key", "301b3013" HEX_EC HEX_P256 "030200040500", false,
	  RPT_X509_FLAW_BAD_KEY },
	{ "no algorithm", "3006300003020004", false, RPT_X509_FLAW_BAD_KEY },
	{ "not a sequence", "3100", false, RPT_X509_FLAW_BAD_KEY },
};

static void x509_spki(struct kunit *test)
{
	struct rpt_pubkey *pk = kunit_kzalloc(test, sizeof(*pk), GFP_KERNEL);
	const struct spki_case *s;
	unsigned int i;
	u16 flaw;
	bool ok;

	KUNIT_ASSERT_NOT_NULL(test, pk);
	for (i = 0; i < ARRAY_SIZE(spki_cases); i++) {
		s = &spki_cases[i];
		flaw = read_spki(s->der ? *s->der : cc_hex(test, s->hex), pk, &ok);
		KUNIT_EXPECT_EQ_MSG(test, ok, s->ok, "%s", s->name);
		KUNIT_EXPECT_EQ_MSG(test, flaw, s->flaw, "%s", s->name);
		KUNIT_EXPECT_NULL(test, memchr_inv(pk, 0, sizeof(*pk)));
	}
}

/* An RSA key of @bits bits with exponent @e of @elen octets */
static u16 rsa_flaw(struct kunit *test, unsigned int bits, u8 low, const u8 *e, size_t elen)
{
	struct rpt_pubkey *pk = kunit_kzalloc(test, sizeof(*pk), GFP_KERNEL);
	u8 *n = kunit_kzalloc(test, 600, GFP_KERNEL);
	u8 *der = kunit_kzalloc(test, 700, GFP_KERNEL);
	size_t spki, alg, str, seq;
	struct rpt_wr w;
	struct rpt_rd r;
	u16 flaw;

	KUNIT_ASSERT_NOT_NULL(test, pk);
	KUNIT_ASSERT_NOT_NULL(test, n);
	KUNIT_ASSERT_NOT_NULL(test, der);
	memset(n, 0x5a, 600);
	n[0] = 1 << ((bits - 1) % 8);
	n[(bits + 7) / 8 - 1] = low;
	rpt_wr_init(&w, der, 700);
	spki = rpt_der_open(&w, RPT_ASN1_SEQUENCE);
	alg = rpt_der_open(&w, RPT_ASN1_SEQUENCE);
	rpt_der_put(&w, RPT_ASN1_OID, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", 9);
	rpt_der_put(&w, RPT_ASN1_NULL, NULL, 0);
	rpt_der_close(&w, alg);
	str = rpt_der_open(&w, RPT_ASN1_BIT_STRING);
	rpt_wr_u8(&w, 0);
	seq = rpt_der_open(&w, RPT_ASN1_SEQUENCE);
	rpt_der_put_uint(&w, n, (bits + 7) / 8);
	rpt_der_put_uint(&w, e, elen);
	rpt_der_close(&w, seq);
	rpt_der_close(&w, str);
	rpt_der_close(&w, spki);
	rpt_rd_init(&r, der, w.len);
	flaw = rpt_x509_spki(&r, NULL, pk);
	KUNIT_EXPECT_TRUE(test, rpt_rd_done(&r));
	return flaw;
}

static void x509_rsa_sizes(struct kunit *test)
{
	static const u8 f4[] = { 1, 0, 1 }, even[] = { 1, 0, 0 }, small[] = { 0xff, 0xff };
	static const u8 nine[] = { 1, 0, 0, 0, 0, 0, 0, 0, 1 };
	static const u8 eight[] = { 0x80, 0, 0, 0, 0, 0, 0, 1 };

	KUNIT_EXPECT_EQ(test, rsa_flaw(test, 2047, 1, f4, 3), RPT_X509_FLAW_WEAK_KEY);
	KUNIT_EXPECT_EQ(test, rsa_flaw(test, 2048, 1, f4, 3), 0);
	KUNIT_EXPECT_EQ(test, rsa_flaw(test, 4096, 1, f4, 3), 0);
	KUNIT_EXPECT_EQ(test, rsa_flaw(test, 4097, 1, f4, 3), RPT_X509_FLAW_KEY);
	KUNIT_EXPECT_EQ(test, rsa_flaw(test, 2048, 2, f4, 3), RPT_X509_FLAW_BAD_KEY);
	KUNIT_EXPECT_EQ(test, rsa_flaw(test, 2048, 1, even, 3), RPT_X509_FLAW_BAD_KEY);
	KUNIT_EXPECT_EQ(test, rsa_flaw(test, 2048, 1, small, 2), RPT_X509_FLAW_BAD_KEY);
	KUNIT_EXPECT_EQ(test, rsa_flaw(test, 2048, 1, eight, 8), 0);
	KUNIT_EXPECT_EQ(test, rsa_flaw(test, 2048, 1, nine, 9), RPT_X509_FLAW_KEY);
}

/* The key of each fixture, written again */
static void x509_spki_write(struct kunit *test)
{
	u8 *buf = kunit_kmalloc(test, 600, GFP_KERNEL);
	struct rpt_x509 *x = new_cert(test);
	struct rpt_blob der;
	struct rpt_wr w;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	for (i = 0; i < ARRAY_SIZE(fixtures); i++) {
		der = *fixtures[i].der;
		KUNIT_ASSERT_EQ(test, rpt_x509_parse(x, der.data, der.len), 0);
		rpt_wr_init(&w, buf, 600);
		rpt_x509_put_spki(&w, &x->key);
		KUNIT_ASSERT_FALSE(test, w.err);
		KUNIT_ASSERT_EQ(test, w.len, x->spki.len);
		KUNIT_EXPECT_MEMEQ(test, buf, x->spki.data, w.len);
	}
}

static void x509_sig_types(struct kunit *test)
{
	struct rpt_x509 *x = new_cert(test), *other = new_cert(test);
	struct rpt_blob der;

	der = cc_rsa_leaf;
	KUNIT_ASSERT_EQ(test, rpt_x509_parse(x, der.data, der.len), 0);
	der = cc_p384_root;
	KUNIT_ASSERT_EQ(test, rpt_x509_parse(other, der.data, der.len), 0);
	KUNIT_EXPECT_EQ(test, rpt_x509_verify(x, &other->key), -EKEYREJECTED);
	der = cc_rsa_root;
	KUNIT_ASSERT_EQ(test, rpt_x509_parse(other, der.data, der.len), 0);
	KUNIT_EXPECT_EQ(test, rpt_x509_verify(x, &other->key), 0);
	x->sig_scheme = RPT_SIG_ECDSA_SECP256R1_SHA256;
	KUNIT_EXPECT_EQ(test, rpt_x509_verify(x, &other->key), -EKEYREJECTED);
	x->sig_scheme = RPT_SIG_RSA_PKCS1_SHA384;
	KUNIT_EXPECT_EQ(test, rpt_x509_verify(x, &other->key), -EKEYREJECTED);
	x->sig_scheme = 0;
	KUNIT_EXPECT_EQ(test, rpt_x509_verify(x, &other->key), -EOPNOTSUPP);
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
	KUNIT_CASE(x509_sig_algs),
	KUNIT_CASE(x509_pss_params),
	KUNIT_CASE(x509_spki),
	KUNIT_CASE(x509_rsa_sizes),
	KUNIT_CASE(x509_spki_write),
	KUNIT_CASE(x509_sig_types),
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
