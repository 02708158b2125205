// SPDX-License-Identifier: GPL-2.0-only
/*
 * Private keys: generation, import, and what an import must refuse
 */

#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../der.h"
#include "../ec.h"
#include "../proto.h"
#include "../sig.h"
#include "sig-testvecs.h"

#define DER_MAX		1280

struct key_case {
	const char *name;
	const u8 *der;
	size_t len;
	enum rpt_key_type type;
};

static const struct key_case keys[] = {
	{ "P-256", p256_pkcs8, sizeof(p256_pkcs8), RPT_KEY_EC_P256 },
	{ "P-384", p384_pkcs8, sizeof(p384_pkcs8), RPT_KEY_EC_P384 },
	{ "RSA", rsa_pkcs8, sizeof(rsa_pkcs8), RPT_KEY_RSA },
};

static void key_desc(const struct key_case *k, char *desc)
{
	strscpy(desc, k->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(key, keys, key_desc);

/* Where the numbers of rsa_pkcs8 are */
enum {
	RSA_N	= 37,
	RSA_E	= 296,
	RSA_D	= 303,
	RSA_P	= 562,
	RSA_Q	= 694,
	RSA_DP	= 826,
	RSA_DQ	= 957,
	RSA_IQ	= 1089,
};

struct ctx {
	struct rpt_privkey sk;
	struct rpt_pubkey pk;
	u8 der[DER_MAX];
	u8 sig[RPT_SIG_MAX];
};

static int privkey_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct ctx), GFP_KERNEL);
	return test->priv ? 0 : -ENOMEM;
}

static bool wiped(const struct rpt_privkey *sk)
{
	return !memchr_inv(sk, 0, sizeof(*sk));
}

/* Does the key sign what its public half verifies? */
static void works(struct kunit *test, const struct rpt_privkey *sk)
{
	static const u16 schemes[] = {
		[RPT_KEY_EC_P256]	= RPT_SIG_ECDSA_SECP256R1_SHA256,
		[RPT_KEY_EC_P384]	= RPT_SIG_ECDSA_SECP384R1_SHA384,
		[RPT_KEY_RSA]		= RPT_SIG_RSA_PSS_RSAE_SHA256,
	};
	static const u8 msg[] = { 'm' };
	struct ctx *x = test->priv;
	size_t len;

	KUNIT_ASSERT_EQ(test, rpt_privkey_pub(sk, &x->pk), 0);
	KUNIT_EXPECT_EQ(test, x->pk.type, sk->type);
	KUNIT_EXPECT_EQ(test, rpt_pubkey_check(&x->pk), 0);
	KUNIT_ASSERT_EQ(test, rpt_sig_sign(schemes[sk->type], sk, msg, 1,
					   x->sig, sizeof(x->sig), &len), 0);
	KUNIT_EXPECT_EQ(test, rpt_sig_verify(schemes[sk->type], &x->pk, msg, 1,
					     x->sig, len), 0);
}

static void key_generate(struct kunit *test)
{
	struct ctx *x = test->priv;
	struct rpt_privkey *sk = &x->sk;

	KUNIT_ASSERT_EQ(test, rpt_privkey_generate(sk, RPT_KEY_EC_P256), 0);
	KUNIT_EXPECT_EQ(test, sk->type, RPT_KEY_EC_P256);
	works(test, sk);
	KUNIT_ASSERT_EQ(test, rpt_privkey_generate(sk, RPT_KEY_EC_P384), 0);
	KUNIT_EXPECT_EQ(test, sk->type, RPT_KEY_EC_P384);
	works(test, sk);
	KUNIT_EXPECT_EQ(test, rpt_privkey_generate(sk, RPT_KEY_RSA),
			-EOPNOTSUPP);
	KUNIT_EXPECT_TRUE(test, wiped(sk));
	KUNIT_EXPECT_EQ(test, rpt_privkey_pub(sk, &x->pk), -EINVAL);
}

static void key_import(struct kunit *test)
{
	const struct key_case *k = test->param_value;
	struct ctx *x = test->priv;

	KUNIT_ASSERT_EQ(test, rpt_privkey_parse(&x->sk, k->der, k->len), 0);
	KUNIT_EXPECT_EQ(test, x->sk.type, k->type);
	works(test, &x->sk);
	rpt_privkey_wipe(&x->sk);
	KUNIT_EXPECT_TRUE(test, wiped(&x->sk));
}

/* Every cut, and a byte too many */
static void key_truncate(struct kunit *test)
{
	const struct key_case *k = test->param_value;
	struct ctx *x = test->priv;
	size_t len;
	u8 *exact;

	for (len = 0; len < k->len; len++) {
		exact = kmemdup(k->der, len, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, exact);
		KUNIT_EXPECT_EQ_MSG(test, rpt_privkey_parse(&x->sk, exact, len),
				    -EBADMSG, "length %zu", len);
		KUNIT_EXPECT_TRUE(test, wiped(&x->sk));
		kfree(exact);
	}
	memcpy(x->der, k->der, k->len);
	x->der[k->len] = 0;
	KUNIT_EXPECT_EQ(test, rpt_privkey_parse(&x->sk, x->der, k->len + 1),
			-EBADMSG);
}

/*
 * A bit of every byte: the numbers belong together, so that nothing can change.
 * Only the private exponent of RSA is not used, and not looked at.
 */
static void key_mutate(struct kunit *test)
{
	const struct key_case *k = test->param_value;
	size_t i, step = k->type == RPT_KEY_RSA ? 5 : 1;
	struct ctx *x = test->priv;

	for (i = 0; i < k->len; i += step) {
		if (k->type == RPT_KEY_RSA && i >= RSA_D && i < RSA_D + 256)
			continue;
		memcpy(x->der, k->der, k->len);
		x->der[i] ^= 1 << (i * 5 % 8);
		KUNIT_EXPECT_LT_MSG(test, rpt_privkey_parse(&x->sk, x->der,
							    k->len),
				    0, "byte %zu", i);
		KUNIT_EXPECT_TRUE(test, wiped(&x->sk));
	}
}

static void key_unsupported(struct kunit *test)
{
	struct ctx *x = test->priv;

	KUNIT_EXPECT_EQ(test, rpt_privkey_parse(&x->sk, p521_pkcs8,
						sizeof(p521_pkcs8)),
			-EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, rpt_privkey_parse(&x->sk, ed25519_pkcs8,
						sizeof(ed25519_pkcs8)),
			-EOPNOTSUPP);
	/* What is inside of PKCS#8 is not PKCS#8. */
	KUNIT_EXPECT_EQ(test, rpt_privkey_parse(&x->sk, rsa_pkcs8 + 26,
						sizeof(rsa_pkcs8) - 26),
			-EBADMSG);
	KUNIT_EXPECT_EQ(test, rpt_privkey_parse(&x->sk, p256_pkcs8 + 29,
						sizeof(p256_pkcs8) - 29),
			-EBADMSG);
}

/* Each number of an RSA key, changed so that it stays well-formed */
static void rsa_numbers(struct kunit *test)
{
	static const u16 last[] = {
		RSA_N + 256, RSA_E + 2, RSA_P + 128, RSA_Q + 128, RSA_DP + 127,
		RSA_DQ + 128, RSA_IQ + 127,
	};
	struct ctx *x = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(last); i++) {
		memcpy(x->der, rsa_pkcs8, sizeof(rsa_pkcs8));
		x->der[last[i]] ^= 2;
		KUNIT_EXPECT_EQ_MSG(test, rpt_privkey_parse(&x->sk, x->der,
							    sizeof(rsa_pkcs8)),
				    -EINVAL, "number %u", i);
	}
	/* p for q and q for p, but nothing else exchanged */
	memcpy(x->der, rsa_pkcs8, sizeof(rsa_pkcs8));
	memcpy(x->der + RSA_P, rsa_pkcs8 + RSA_Q, 129);
	memcpy(x->der + RSA_Q, rsa_pkcs8 + RSA_P, 129);
	KUNIT_EXPECT_EQ(test, rpt_privkey_parse(&x->sk, x->der,
						sizeof(rsa_pkcs8)), -EINVAL);
}

/* What an ECPrivateKey in PKCS#8 is made of */
struct ec_parts {
	const char *name;
	int err;
	u8 version;
	u8 inner_version;
	s8 d_len;		/* more or less than it should be */
	u8 d_kind;		/* 0 good, 1 zero, 2 the order */
	bool params;
	bool other_params;
	bool pub;
	bool bad_pub;
	u8 pub_unused;
	bool compressed;
	bool null_alg;
	bool attributes;
	bool swapped;		/* [1] before [0] */
};

static const struct ec_parts ec_parts[] = {
	{ "minimal", 0, .inner_version = 1 },
	{ "parameters", 0, .inner_version = 1, .params = true },
	{ "public key", 0, .inner_version = 1, .pub = true },
	{ "both", 0, .inner_version = 1, .params = true, .pub = true },
	{ "other parameters", -EINVAL, .inner_version = 1,
	  .other_params = true },
	{ "wrong order", -EBADMSG, .inner_version = 1, .params = true,
	  .pub = true, .swapped = true },
	{ "other public key", -EINVAL, .inner_version = 1, .pub = true,
	  .bad_pub = true },
	{ "compressed public key", -EINVAL, .inner_version = 1, .pub = true,
	  .compressed = true },
	{ "public key with unused bits", -EBADMSG, .inner_version = 1,
	  .pub = true, .pub_unused = 1 },
	{ "version 1", -EBADMSG, .version = 1, .inner_version = 1 },
	{ "inner version 0", -EBADMSG },
	{ "inner version 2", -EBADMSG, .inner_version = 2 },
	{ "short scalar", -EINVAL, .inner_version = 1, .d_len = -1 },
	{ "long scalar", -EINVAL, .inner_version = 1, .d_len = 1 },
	{ "zero", -EINVAL, .inner_version = 1, .d_kind = 1 },
	{ "order", -EINVAL, .inner_version = 1, .d_kind = 2 },
	{ "algorithm without a curve", -EBADMSG, .inner_version = 1,
	  .null_alg = true },
	{ "attributes", -EBADMSG, .inner_version = 1, .attributes = true },
};

static void write_params(struct rpt_wr *w, const u8 *oid, size_t len)
{
	size_t mark = rpt_der_open(w, RPT_ASN1_CTX_CONS(0));

	rpt_der_put(w, RPT_ASN1_OID, oid, len);
	rpt_der_close(w, mark);
}

static void write_pub(struct rpt_wr *w, const struct ec_parts *p, const u8 *q,
		      size_t len)
{
	size_t mark = rpt_der_open(w, RPT_ASN1_CTX_CONS(1));
	u8 bits[1 + RPT_EC_POINT_MAX];

	bits[0] = p->pub_unused;
	memcpy(bits + 1, q, len);
	if (p->bad_pub)
		bits[len] ^= 2;
	if (p->pub_unused)
		bits[len] &= 0xfe;
	if (p->compressed) {
		bits[1] = 0x02 | (q[len - 1] & 1);
		len = 1 + (len - 1) / 2;
	}
	rpt_der_put(w, RPT_ASN1_BIT_STRING, bits, 1 + len);
	rpt_der_close(w, mark);
}

static size_t write_ec(struct ctx *x, const struct ec_parts *p, const u8 *d,
		       const u8 *q)
{
	static const u8 oid_ec[] = {
		0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01
	};
	static const u8 oid_p256[] = {
		0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07
	};
	static const u8 oid_p384[] = { 0x2b, 0x81, 0x04, 0x00, 0x22 };
	size_t info, alg, key, seq;
	struct rpt_wr w;
	u8 scalar[33];

	memset(scalar, 0, sizeof(scalar));
	if (p->d_kind == 0)
		memcpy(scalar, d, 32);
	else if (p->d_kind == 2)
		memcpy(scalar, rpt_ec_p256.order, 32);

	rpt_wr_init(&w, x->der, sizeof(x->der));
	info = rpt_der_open(&w, RPT_ASN1_SEQUENCE);
	rpt_der_put_u32(&w, p->version);
	alg = rpt_der_open(&w, RPT_ASN1_SEQUENCE);
	rpt_der_put(&w, RPT_ASN1_OID, oid_ec, sizeof(oid_ec));
	if (p->null_alg)
		rpt_der_put(&w, RPT_ASN1_NULL, NULL, 0);
	else
		rpt_der_put(&w, RPT_ASN1_OID, oid_p256, sizeof(oid_p256));
	rpt_der_close(&w, alg);
	key = rpt_der_open(&w, RPT_ASN1_OCTET_STRING);
	seq = rpt_der_open(&w, RPT_ASN1_SEQUENCE);
	rpt_der_put_u32(&w, p->inner_version);
	rpt_der_put(&w, RPT_ASN1_OCTET_STRING, scalar, 32 + p->d_len);
	if (p->pub && p->swapped)
		write_pub(&w, p, q, 65);
	if (p->params)
		write_params(&w, oid_p256, sizeof(oid_p256));
	if (p->other_params)
		write_params(&w, oid_p384, sizeof(oid_p384));
	if (p->pub && !p->swapped)
		write_pub(&w, p, q, 65);
	rpt_der_close(&w, seq);
	rpt_der_close(&w, key);
	if (p->attributes)
		rpt_der_close(&w, rpt_der_open(&w, RPT_ASN1_CTX_CONS(0)));
	rpt_der_close(&w, info);
	return w.err ? 0 : w.len;
}

static void ec_forms(struct kunit *test)
{
	struct ctx *x = test->priv;
	u8 d[32], q[65];
	unsigned int i;
	size_t len;
	int err;

	KUNIT_ASSERT_EQ(test, rpt_privkey_generate(&x->sk, RPT_KEY_EC_P256), 0);
	memcpy(d, x->sk.ec.d, sizeof(d));
	memcpy(q, x->sk.pub.ec.q, sizeof(q));
	for (i = 0; i < ARRAY_SIZE(ec_parts); i++) {
		len = write_ec(x, &ec_parts[i], d, q);
		KUNIT_ASSERT_GT(test, len, 0);
		err = rpt_privkey_parse(&x->sk, x->der, len);
		KUNIT_EXPECT_EQ_MSG(test, err, ec_parts[i].err, "%s",
				    ec_parts[i].name);
		if (err) {
			KUNIT_EXPECT_TRUE(test, wiped(&x->sk));
		} else {
			KUNIT_EXPECT_MEMEQ(test, x->sk.ec.d, d, sizeof(d));
			KUNIT_EXPECT_MEMEQ(test, x->sk.pub.ec.q, q, sizeof(q));
		}
	}
}

static struct kunit_case key_cases[] = {
	KUNIT_CASE(key_generate),
	KUNIT_CASE_PARAM(key_import, key_gen_params),
	KUNIT_CASE_PARAM(key_truncate, key_gen_params),
	KUNIT_CASE_PARAM(key_mutate, key_gen_params),
	KUNIT_CASE(key_unsupported),
	KUNIT_CASE(rsa_numbers),
	KUNIT_CASE(ec_forms),
	{}
};

static struct kunit_suite privkey_suite = {
	.name = "riptides_privkey",
	.init = privkey_init,
	.test_cases = key_cases,
};

kunit_test_suite(privkey_suite);

MODULE_DESCRIPTION("KUnit: private keys of riptides");
MODULE_LICENSE("GPL");
