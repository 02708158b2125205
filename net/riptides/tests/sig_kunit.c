// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signature schemes and ECDSA: known answers, round trips, and what must be
 * refused
 */

#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../ec.h"
#include "../hash.h"
#include "../proto.h"
#include "../sig.h"
#include "sig-testvecs.h"

static const u8 msg[] = "riptides";

#define MSG_LEN		(sizeof(msg) - 1)
#define EC_SIG_MAX	112	/* more than DER of two P-384 scalars */

/* A curve with all that its tests need */
struct ec_case {
	const char *name;
	const struct rpt_ec_curve *curve;
	enum rpt_key_type type;
	u16 scheme;
	u8 hash;
	const u8 *rfc6979_key;
	const u8 *rfc6979_sample;
	size_t sample_len;
	const u8 *rfc6979_test;
	size_t test_len;
};

static const struct ec_case ec_cases[] = {
	{
		.name		= "P-256",
		.curve		= &rpt_ec_p256,
		.type		= RPT_KEY_EC_P256,
		.scheme		= RPT_SIG_ECDSA_SECP256R1_SHA256,
		.hash		= RPT_HASH_SHA256,
		.rfc6979_key	= rfc6979_p256_key,
		.rfc6979_sample	= rfc6979_p256_sample,
		.sample_len	= sizeof(rfc6979_p256_sample),
		.rfc6979_test	= rfc6979_p256_test,
		.test_len	= sizeof(rfc6979_p256_test),
	}, {
		.name		= "P-384",
		.curve		= &rpt_ec_p384,
		.type		= RPT_KEY_EC_P384,
		.scheme		= RPT_SIG_ECDSA_SECP384R1_SHA384,
		.hash		= RPT_HASH_SHA384,
		.rfc6979_key	= rfc6979_p384_key,
		.rfc6979_sample	= rfc6979_p384_sample,
		.sample_len	= sizeof(rfc6979_p384_sample),
		.rfc6979_test	= rfc6979_p384_test,
		.test_len	= sizeof(rfc6979_p384_test),
	},
};

static void ec_desc(const struct ec_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(ec, ec_cases, ec_desc);

static struct rpt_privkey *generate(struct kunit *test, enum rpt_key_type type)
{
	struct rpt_privkey *sk = kunit_kzalloc(test, sizeof(*sk), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, sk);
	KUNIT_ASSERT_EQ(test, rpt_privkey_generate(sk, type), 0);
	return sk;
}

static void sig_table(struct kunit *test)
{
	static const u16 cert_only[] = {
		RPT_SIG_RSA_PKCS1_SHA256, RPT_SIG_RSA_PKCS1_SHA384,
		RPT_SIG_RSA_PKCS1_SHA512,
	};
	const struct rpt_sig_scheme *s;
	unsigned int i, found = 0;
	u32 id;

	for (id = 0; id <= U16_MAX; id++)
		found += !!rpt_sig_find(id);
	KUNIT_EXPECT_EQ(test, found, rpt_sig_schemes_n);
	for (i = 0; i < rpt_sig_schemes_n; i++) {
		s = &rpt_sig_schemes[i];
		KUNIT_EXPECT_PTR_EQ(test, rpt_sig_find(s->id), s);
	}
	for (i = 0; i < ARRAY_SIZE(cert_only); i++) {
		s = rpt_sig_find(cert_only[i]);
		KUNIT_ASSERT_NOT_NULL(test, s);
		KUNIT_EXPECT_TRUE(test, s->cert_only);
		KUNIT_EXPECT_FALSE(test, s->pss);
	}
	KUNIT_EXPECT_NULL(test, rpt_sig_find(RPT_SIG_RSA_PKCS1_SHA1));
	KUNIT_EXPECT_NULL(test, rpt_sig_find(RPT_SIG_ECDSA_SHA1));
	KUNIT_EXPECT_NULL(test, rpt_sig_find(RPT_SIG_ED25519));
	KUNIT_EXPECT_NULL(test, rpt_sig_find(RPT_SIG_RSA_PSS_PSS_SHA256));
}

static void sig_choice(struct kunit *test)
{
	static const u16 offer[] = {
		RPT_SIG_RSA_PKCS1_SHA256, RPT_SIG_ED25519,
		RPT_SIG_RSA_PSS_RSAE_SHA512, RPT_SIG_RSA_PSS_RSAE_SHA384,
		RPT_SIG_ECDSA_SECP384R1_SHA384, RPT_SIG_ECDSA_SECP256R1_SHA256,
	};
	struct rpt_pubkey *pk;

	pk = kunit_kzalloc(test, sizeof(*pk), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, pk);
	pk->type = RPT_KEY_EC_P256;
	KUNIT_EXPECT_EQ(test, rpt_sig_for_key(pk, offer, ARRAY_SIZE(offer)),
			RPT_SIG_ECDSA_SECP256R1_SHA256);
	KUNIT_EXPECT_EQ(test, rpt_sig_for_key(pk, offer, 5), 0);
	pk->type = RPT_KEY_EC_P384;
	KUNIT_EXPECT_EQ(test, rpt_sig_for_key(pk, offer, ARRAY_SIZE(offer)),
			RPT_SIG_ECDSA_SECP384R1_SHA384);
	KUNIT_EXPECT_EQ(test, rpt_sig_for_key(pk, offer, 4), 0);
	pk->type = RPT_KEY_RSA;
	KUNIT_EXPECT_EQ(test, rpt_sig_for_key(pk, offer, ARRAY_SIZE(offer)),
			RPT_SIG_RSA_PSS_RSAE_SHA384);
	KUNIT_EXPECT_EQ(test, rpt_sig_for_key(pk, offer, 3),
			RPT_SIG_RSA_PSS_RSAE_SHA512);
	KUNIT_EXPECT_EQ(test, rpt_sig_for_key(pk, offer, 2), 0);
	KUNIT_EXPECT_EQ(test, rpt_sig_for_key(pk, NULL, 0), 0);
}

static void ecdsa_known(struct kunit *test)
{
	const struct ec_case *c = test->param_value;
	u8 digest[RPT_DIGEST_MAX], sig[EC_SIG_MAX];
	size_t len;

	rpt_hash_oneshot(c->hash, "sample", 6, digest);
	KUNIT_ASSERT_EQ(test, rpt_ecdsa_sign(c->curve, c->rfc6979_key, c->hash,
					     digest, NULL, 0, sig, sizeof(sig),
					     &len), 0);
	KUNIT_ASSERT_EQ(test, len, c->sample_len);
	KUNIT_EXPECT_MEMEQ(test, sig, c->rfc6979_sample, len);

	rpt_hash_oneshot(c->hash, "test", 4, digest);
	KUNIT_ASSERT_EQ(test, rpt_ecdsa_sign(c->curve, c->rfc6979_key, c->hash,
					     digest, NULL, 0, sig, sizeof(sig),
					     &len), 0);
	KUNIT_ASSERT_EQ(test, len, c->test_len);
	KUNIT_EXPECT_MEMEQ(test, sig, c->rfc6979_test, len);
}

/* Extra bytes change the nonce, and more than 32 are refused. */
static void ecdsa_hedge(struct kunit *test)
{
	const struct ec_case *c = test->param_value;
	u8 digest[RPT_DIGEST_MAX], extra[33] = {};
	u8 one[EC_SIG_MAX], two[EC_SIG_MAX];
	struct rpt_privkey *sk;
	size_t n, m;

	rpt_hash_oneshot(c->hash, "sample", 6, digest);
	KUNIT_ASSERT_EQ(test, rpt_ecdsa_sign(c->curve, c->rfc6979_key, c->hash,
					     digest, extra, 32, one,
					     sizeof(one), &n), 0);
	extra[31] = 1;
	KUNIT_ASSERT_EQ(test, rpt_ecdsa_sign(c->curve, c->rfc6979_key, c->hash,
					     digest, extra, 32, two,
					     sizeof(two), &m), 0);
	KUNIT_EXPECT_MEMNEQ(test, one, two, 60);
	KUNIT_EXPECT_MEMNEQ(test, one, c->rfc6979_sample, 60);
	KUNIT_EXPECT_EQ(test, rpt_ecdsa_sign(c->curve, c->rfc6979_key, c->hash,
					     digest, extra, 33, two,
					     sizeof(two), &m), -EINVAL);

	sk = generate(test, c->type);
	KUNIT_ASSERT_EQ(test, rpt_sig_sign(c->scheme, sk, msg, MSG_LEN, one,
					   sizeof(one), &n), 0);
	KUNIT_ASSERT_EQ(test, rpt_sig_sign(c->scheme, sk, msg, MSG_LEN, two,
					   sizeof(two), &m), 0);
	KUNIT_EXPECT_MEMNEQ(test, one, two, 60);
}

static void ecdsa_round_trip(struct kunit *test)
{
	const struct ec_case *c = test->param_value;
	struct rpt_privkey *sk = generate(test, c->type);
	struct rpt_privkey *other = generate(test, c->type);
	u8 sig[EC_SIG_MAX];
	size_t len, cap;

	KUNIT_EXPECT_EQ(test, rpt_pubkey_check(&sk->pub), 0);
	KUNIT_EXPECT_MEMNEQ(test, sk->ec.d, other->ec.d, c->curve->len);
	KUNIT_ASSERT_EQ(test, rpt_sig_sign(c->scheme, sk, msg, MSG_LEN,
					   sig, sizeof(sig), &len), 0);
	KUNIT_EXPECT_EQ(test, rpt_sig_verify(c->scheme, &sk->pub, msg, MSG_LEN,
					     sig, len), 0);
	KUNIT_EXPECT_EQ(test, rpt_sig_verify(c->scheme, &sk->pub, msg,
					     MSG_LEN - 1, sig, len),
			-EKEYREJECTED);
	KUNIT_EXPECT_EQ(test, rpt_sig_verify(c->scheme, &other->pub, msg,
					     MSG_LEN, sig, len), -EKEYREJECTED);

	/* No room: the length of a signature varies by a few bytes. */
	for (cap = 0; cap < len - 8; cap++)
		KUNIT_EXPECT_EQ(test, rpt_sig_sign(c->scheme, sk, msg, MSG_LEN,
						   sig, cap, &len), -ENOSPC);
}

/* Wrong schemes and broken keys */
static void ecdsa_misuse(struct kunit *test)
{
	const struct ec_case *c = test->param_value;
	struct rpt_privkey *sk = generate(test, c->type);
	struct rpt_pubkey *pk;
	u8 sig[EC_SIG_MAX];
	unsigned int i;
	size_t len;
	int err;

	for (i = 0; i < rpt_sig_schemes_n; i++) {
		if (rpt_sig_schemes[i].id == c->scheme)
			continue;
		err = rpt_sig_sign(rpt_sig_schemes[i].id, sk, msg, MSG_LEN,
				   sig, sizeof(sig), &len);
		KUNIT_EXPECT_EQ(test, err, rpt_sig_schemes[i].cert_only ?
					   -EOPNOTSUPP : -EINVAL);
		err = rpt_sig_verify(rpt_sig_schemes[i].id, &sk->pub, msg,
				     MSG_LEN, c->rfc6979_sample, c->sample_len);
		KUNIT_EXPECT_EQ(test, err, -EINVAL);
	}
	err = rpt_sig_sign(RPT_SIG_ED25519, sk, msg, MSG_LEN, sig, sizeof(sig),
			   &len);
	KUNIT_EXPECT_EQ(test, err, -EOPNOTSUPP);
	err = rpt_sig_verify(RPT_SIG_ED25519, &sk->pub, msg, MSG_LEN, sig, 64);
	KUNIT_EXPECT_EQ(test, err, -EOPNOTSUPP);

	KUNIT_ASSERT_EQ(test, rpt_sig_sign(c->scheme, sk, msg, MSG_LEN,
					   sig, sizeof(sig), &len), 0);
	pk = kunit_kzalloc(test, sizeof(*pk), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, pk);
	KUNIT_ASSERT_EQ(test, rpt_privkey_pub(sk, pk), 0);
	pk->ec.q[c->curve->len] ^= 1;
	KUNIT_EXPECT_EQ(test, rpt_pubkey_check(pk), -EINVAL);
	KUNIT_EXPECT_EQ(test, rpt_sig_verify(c->scheme, pk, msg, MSG_LEN,
					     sig, len), -EKEYREJECTED);
	pk->ec.q[c->curve->len] ^= 1;
	pk->ec.qlen--;
	KUNIT_EXPECT_EQ(test, rpt_sig_verify(c->scheme, pk, msg, MSG_LEN,
					     sig, len), -EINVAL);
	pk->ec.qlen++;
	pk->ec.q[0] = 0x06;
	KUNIT_EXPECT_EQ(test, rpt_sig_verify(c->scheme, pk, msg, MSG_LEN,
					     sig, len), -EINVAL);

	memset(sk->ec.d, 0, sizeof(sk->ec.d));
	KUNIT_EXPECT_EQ(test, rpt_sig_sign(c->scheme, sk, msg, MSG_LEN, sig,
					   sizeof(sig), &len), -EINVAL);
	memcpy(sk->ec.d, c->curve->order, c->curve->len);
	KUNIT_EXPECT_EQ(test, rpt_sig_sign(c->scheme, sk, msg, MSG_LEN, sig,
					   sizeof(sig), &len), -EINVAL);
}

/* Every bit of a signature counts, and every cut. */
static void ecdsa_mutation(struct kunit *test)
{
	const struct ec_case *c = test->param_value;
	u8 point[RPT_EC_POINT_MAX], digest[RPT_DIGEST_MAX];
	u8 sig[EC_SIG_MAX];
	size_t i, size = rpt_hash_size(c->hash);
	bool refused;
	int err;

	rpt_hash_oneshot(c->hash, "sample", 6, digest);
	KUNIT_ASSERT_EQ(test, c->curve->ops->pub(c->curve, c->rfc6979_key,
						 point), 0);
	memcpy(sig, c->rfc6979_sample, c->sample_len);
	for (i = 0; i < 8 * c->sample_len; i += c->curve->len == 32 ? 1 : 3) {
		sig[i / 8] ^= 1 << (i % 8);
		err = rpt_ecdsa_verify(c->curve, point, c->curve->point_len,
				       digest, size, sig, c->sample_len);
		refused = err == -EBADMSG || err == -EKEYREJECTED;
		KUNIT_EXPECT_TRUE_MSG(test, refused, "bit %zu", i);
		sig[i / 8] ^= 1 << (i % 8);
	}
	for (i = 0; i < c->sample_len; i++) {
		err = rpt_ecdsa_verify(c->curve, point, c->curve->point_len,
				       digest, size, sig, i);
		KUNIT_EXPECT_EQ_MSG(test, err, -EBADMSG, "length %zu", i);
	}
	sig[c->sample_len] = 0;
	err = rpt_ecdsa_verify(c->curve, point, c->curve->point_len, digest,
			       size, sig, c->sample_len + 1);
	KUNIT_EXPECT_EQ(test, err, -EBADMSG);
	err = rpt_ecdsa_verify(c->curve, point, c->curve->point_len, digest,
			       size, sig, c->sample_len);
	KUNIT_EXPECT_EQ(test, err, 0);
}

struct form {
	const char *name;
	u8 der[24];
	u8 len;
	int err;
};

/* Forms of SEQUENCE { r, s } with small numbers */
static const struct form ecdsa_forms[] = {
	{ "r = s = 1",
	  { 0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01 }, 8,
	  -EKEYREJECTED },
	{ "r = 0",
	  { 0x30, 0x06, 0x02, 0x01, 0x00, 0x02, 0x01, 0x01 }, 8,
	  -EKEYREJECTED },
	{ "s = 0",
	  { 0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x00 }, 8,
	  -EKEYREJECTED },
	{ "negative r",
	  { 0x30, 0x06, 0x02, 0x01, 0x81, 0x02, 0x01, 0x01 }, 8, -EBADMSG },
	{ "negative s",
	  { 0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0xff }, 8, -EBADMSG },
	{ "padded r",
	  { 0x30, 0x07, 0x02, 0x02, 0x00, 0x01, 0x02, 0x01, 0x01 }, 9,
	  -EBADMSG },
	{ "padded s",
	  { 0x30, 0x07, 0x02, 0x01, 0x01, 0x02, 0x02, 0x00, 0x7f }, 9,
	  -EBADMSG },
	{ "empty r",
	  { 0x30, 0x05, 0x02, 0x00, 0x02, 0x01, 0x01 }, 7, -EBADMSG },
	{ "empty s",
	  { 0x30, 0x05, 0x02, 0x01, 0x01, 0x02, 0x00 }, 7, -EBADMSG },
	{ "empty sequence", { 0x30, 0x00 }, 2, -EBADMSG },
	{ "no s", { 0x30, 0x03, 0x02, 0x01, 0x01 }, 5, -EBADMSG },
	{ "three numbers",
	  { 0x30, 0x09, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01 },
	  11, -EBADMSG },
	{ "trailing byte",
	  { 0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01, 0x00 }, 9,
	  -EBADMSG },
	{ "trailing byte inside",
	  { 0x30, 0x07, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01, 0x00 }, 9,
	  -EBADMSG },
	{ "long form of length",
	  { 0x30, 0x81, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01 }, 9,
	  -EBADMSG },
	{ "long form of length of r",
	  { 0x30, 0x07, 0x02, 0x81, 0x01, 0x01, 0x02, 0x01, 0x01 }, 9,
	  -EBADMSG },
	{ "indefinite length",
	  { 0x30, 0x80, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01, 0x00, 0x00 }, 10,
	  -EBADMSG },
	{ "set", { 0x31, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01 }, 8,
	  -EBADMSG },
	{ "r is no integer",
	  { 0x30, 0x06, 0x03, 0x01, 0x01, 0x02, 0x01, 0x01 }, 8, -EBADMSG },
	{ "s is no integer",
	  { 0x30, 0x06, 0x02, 0x01, 0x01, 0x0a, 0x01, 0x01 }, 8, -EBADMSG },
	{ "nothing", { 0 }, 0, -EBADMSG },
};

static void ecdsa_der(struct kunit *test)
{
	const struct ec_case *c = test->param_value;
	u8 point[RPT_EC_POINT_MAX], digest[RPT_DIGEST_MAX];
	u8 sig[2 + 2 * (3 + RPT_EC_SCALAR_MAX)];
	const struct form *f;
	unsigned int i;
	size_t n;
	int err;

	rpt_hash_oneshot(c->hash, "sample", 6, digest);
	KUNIT_ASSERT_EQ(test, c->curve->ops->pub(c->curve, c->rfc6979_key,
						 point), 0);
	for (i = 0; i < ARRAY_SIZE(ecdsa_forms); i++) {
		f = &ecdsa_forms[i];
		err = rpt_ecdsa_verify(c->curve, point, c->curve->point_len,
				       digest, rpt_hash_size(c->hash),
				       f->der, f->len);
		KUNIT_EXPECT_EQ_MSG(test, err, f->err, "%s", f->name);
	}

	/* r or s = n, then n - 1 and all ones: in range only below n */
	n = c->curve->len;
	for (i = 0; i < 4; i++) {
		memset(sig, 0, sizeof(sig));
		sig[0] = 0x30;
		sig[1] = 3 + 3 + n;
		sig[2] = 0x02;
		sig[3] = n + 1;
		memcpy(sig + 5, c->curve->order, n);
		sig[4 + n] -= i == 1;
		if (i == 2)
			memset(sig + 5, 0xff, n);
		if (i == 3)	/* one byte too long */
			sig[4] = 1;
		sig[5 + n] = 0x02;
		sig[6 + n] = 0x01;
		sig[7 + n] = 0x01;
		err = rpt_ecdsa_verify(c->curve, point, c->curve->point_len,
				       digest, rpt_hash_size(c->hash),
				       sig, 8 + n);
		KUNIT_EXPECT_EQ(test, err, i == 3 ? -EBADMSG : -EKEYREJECTED);
	}
}

static int verify_anything(const struct rpt_ec_curve *c, const u8 *q,
			   const u8 *e, const u8 *rs)
{
	return 0;
}

/* The range of r and s is checked before a backend sees them. */
static void ecdsa_range(struct kunit *test)
{
	static const struct rpt_ec_ops ops = { .verify = verify_anything };
	const struct ec_case *c = test->param_value;
	struct rpt_ec_curve curve = *c->curve;
	u8 point[RPT_EC_POINT_MAX] = { 0x04 };
	const struct form *f = ecdsa_forms;
	u8 digest[RPT_DIGEST_MAX] = {};
	size_t n = curve.len;
	unsigned int i;
	u8 sig[128];
	int err;

	curve.ops = &ops;
	/* A digest that is 0 modulo n: zeroes, or n itself */
	for (i = 0; i < 2; i++) {
		if (i)
			memcpy(digest, curve.order, n);
		err = rpt_ecdsa_verify(&curve, point, curve.point_len, digest,
				       n, f->der, f->len);
		KUNIT_EXPECT_EQ(test, err, -EKEYREJECTED);
	}
	digest[0] ^= 1;
	for (i = 0; i < ARRAY_SIZE(ecdsa_forms); i++, f++) {
		err = rpt_ecdsa_verify(&curve, point, curve.point_len, digest,
				       n, f->der, f->len);
		KUNIT_EXPECT_EQ_MSG(test, err, i ? f->err : 0, "%s", f->name);
	}

	/* r, then s, is n - 1, n or n + 1 and the other one 1 */
	for (i = 0; i < 6; i++) {
		u8 *num = sig + (i < 3 ? 2 : 5);

		sig[0] = 0x30;
		sig[1] = 3 + 3 + n;
		memcpy(i < 3 ? sig + 5 + n : sig + 2, "\x02\x01\x01", 3);
		num[0] = 0x02;
		num[1] = n + 1;
		num[2] = 0;
		memcpy(num + 3, curve.order, n);
		num[2 + n] += i % 3 - 1;
		err = rpt_ecdsa_verify(&curve, point, curve.point_len, digest,
				       n, sig, 8 + n);
		KUNIT_EXPECT_EQ(test, err, i % 3 ? -EKEYREJECTED : 0);
	}
}

static struct kunit_case sig_cases[] = {
	KUNIT_CASE(sig_table),
	KUNIT_CASE(sig_choice),
	KUNIT_CASE_PARAM(ecdsa_known, ec_gen_params),
	KUNIT_CASE_PARAM(ecdsa_hedge, ec_gen_params),
	KUNIT_CASE_PARAM(ecdsa_round_trip, ec_gen_params),
	KUNIT_CASE_PARAM(ecdsa_misuse, ec_gen_params),
	KUNIT_CASE_PARAM(ecdsa_mutation, ec_gen_params),
	KUNIT_CASE_PARAM(ecdsa_der, ec_gen_params),
	KUNIT_CASE_PARAM(ecdsa_range, ec_gen_params),
	{}
};

static struct kunit_suite sig_suite = {
	.name = "riptides_sig",
	.test_cases = sig_cases,
};

kunit_test_suite(sig_suite);

MODULE_DESCRIPTION("KUnit: signatures of riptides");
MODULE_LICENSE("GPL");
