// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of keys and algorithm identifiers in certificates
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "chain_corpus.h"
#include "der.h"

static struct rpt_x509 *new_cert(struct kunit *test)
{
	struct rpt_x509 *x = kunit_kzalloc(test, sizeof(*x), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, x);
	return x;
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

static const struct rpt_blob * const fixtures[] = {
	&cc_rsa_root, &cc_rsa_leaf, &cc_pss_leaf, &cc_p384_root, &cc_p384_leaf,
};

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
		der = *fixtures[i];
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

static struct kunit_case x509_key_cases[] = {
	KUNIT_CASE(x509_sig_algs),
	KUNIT_CASE(x509_pss_params),
	KUNIT_CASE(x509_spki),
	KUNIT_CASE(x509_rsa_sizes),
	KUNIT_CASE(x509_spki_write),
	KUNIT_CASE(x509_sig_types),
	{}
};

static struct kunit_suite x509_key_suite = {
	.name = "riptides_x509_key",
	.test_cases = x509_key_cases,
};

kunit_test_suite(x509_key_suite);

MODULE_DESCRIPTION("KUnit tests of keys in riptides' certificates");
MODULE_LICENSE("GPL");
