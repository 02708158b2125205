// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wycheproof through our functions: valid vectors must pass, invalid ones must
 * fail; what happens to those that are merely acceptable stands at each test.
 */

#include <crypto/curve25519.h>
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/slab.h>

#include "../chachapoly.h"
#include "../ec.h"
#include "../gcm.h"
#include "../kex.h"
#include "../sig.h"
#include "../x25519.h"
#include "vectors.h"

/* A table where its header was generated, an empty one otherwise */
#ifdef RPT_HAVE_ECDSA
#define ECDSA_N		ARRAY_SIZE(rpt_vec_ecdsa)
#else
static const struct rpt_vec_sig rpt_vec_ecdsa[1];
#define ECDSA_N		0
#endif

#ifdef RPT_HAVE_RSA_PSS
#define RSA_PSS_N	ARRAY_SIZE(rpt_vec_rsa_pss)
#else
static const struct rpt_vec_sig rpt_vec_rsa_pss[1];
#define RSA_PSS_N	0
#endif

#ifdef RPT_HAVE_RSA_PKCS1
#define RSA_PKCS1_N	ARRAY_SIZE(rpt_vec_rsa_pkcs1)
#else
static const struct rpt_vec_sig rpt_vec_rsa_pkcs1[1];
#define RSA_PKCS1_N	0
#endif

#ifdef RPT_HAVE_RSA_KEY
#define RSA_KEY_N	ARRAY_SIZE(rpt_vec_rsa_key)
#else
static const struct rpt_vec_key rpt_vec_rsa_key[1];
#define RSA_KEY_N	0
#endif

#ifdef RPT_HAVE_ECDH
#define ECDH_N		ARRAY_SIZE(rpt_vec_ecdh)
#else
static const struct rpt_vec_dh rpt_vec_ecdh[1];
#define ECDH_N		0
#endif

#ifdef RPT_HAVE_X25519
#define X25519_N	ARRAY_SIZE(rpt_vec_x25519)
#else
static const struct rpt_vec_dh rpt_vec_x25519[1];
#define X25519_N	0
#endif

#ifdef RPT_HAVE_AEAD
#define AEAD_N		ARRAY_SIZE(rpt_vec_aead)
#else
static const struct rpt_vec_aead rpt_vec_aead[1];
#define AEAD_N		0
#endif

#ifdef RPT_HAVE_HKDF
#define HKDF_N		ARRAY_SIZE(rpt_vec_hkdf)
#else
static const struct rpt_vec_hkdf rpt_vec_hkdf[1];
#define HKDF_N		0
#endif

#ifdef RPT_HAVE_HMAC
#define HMAC_N		ARRAY_SIZE(rpt_vec_hmac)
#else
static const struct rpt_vec_mac rpt_vec_hmac[1];
#define HMAC_N		0
#endif

/* Skips a test whose vectors were not there when the kernel was built */
static void need(struct kunit *test, size_t n, const char *what)
{
	if (!n)
		kunit_skip(test, "built without Wycheproof's %s vectors", what);
}

/* Says which vector fails. */
static void expect(struct kunit *test, const char *file, u16 id, bool good)
{
	KUNIT_EXPECT_TRUE_MSG(test, good, "%s tcId %u", file, id);
}

static bool matches(const struct rpt_blob *want, const u8 *data)
{
	return !memcmp(want->data, data, want->len);
}

static void set_key(struct rpt_pubkey *pk, const struct rpt_vec_sig *v)
{
	memset(pk, 0, sizeof(*pk));
	pk->type = rpt_sig_find(v->scheme)->key_type;
	if (pk->type == RPT_KEY_RSA) {
		pk->rsa.nlen = v->key.len;
		pk->rsa.elen = v->exp.len;
		memcpy(pk->rsa.n, v->key.data, v->key.len);
		memcpy(pk->rsa.e, v->exp.data, v->exp.len);
	} else {
		pk->ec.qlen = v->key.len;
		memcpy(pk->ec.q, v->key.data, v->key.len);
	}
}

static void run_sig(struct kunit *test, const struct rpt_vec_sig *v, size_t n)
{
	struct rpt_pubkey *pk;
	bool good;
	size_t i;
	int err;

	pk = kunit_kzalloc(test, sizeof(*pk), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, pk);
	for (i = 0; i < n; i++, v++) {
		KUNIT_ASSERT_LE(test, v->key.len, RPT_RSA_MAX);
		set_key(pk, v);
		expect(test, v->file, v->id, !rpt_pubkey_check(pk));
		err = rpt_sig_verify(v->scheme, pk, v->msg.data, v->msg.len,
				     v->sig.data, v->sig.len);
		good = v->result == RPT_VEC_VALID ?
		       !err : err == -EBADMSG || err == -EKEYREJECTED;
		expect(test, v->file, v->id, good);
	}
}

static void wycheproof_ecdsa(struct kunit *test)
{
	need(test, ECDSA_N, "ECDSA");
	run_sig(test, rpt_vec_ecdsa, ECDSA_N);
}

/* The places in the curves' lists of backends; the longest has three. */
static const unsigned int backends[] = { 0, 1, 2 };

static void backend_desc(const unsigned int *i, char *desc)
{
	const struct rpt_ec_ops *const *ops = rpt_ec_p256.backends;
	unsigned int n;

	for (n = 0; ops[n] && n < *i;)
		n++;
	strscpy(desc, ops[n] ? ops[n]->name : "none", KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(backend, backends, backend_desc);

/* The curve of a key type with the backend that the test is about */
static void with_backend(struct kunit *test, u8 type, struct rpt_ec_curve *c)
{
	unsigned int i = *(const unsigned int *)test->param_value;

	*c = *rpt_ec_curve_find(type);
	while (*c->backends && i-- > 0)
		c->backends++;
	c->ops = *c->backends;
	if (!c->ops)
		kunit_skip(test, "no such backend here");
	if (c->ops->usable && !c->ops->usable())
		kunit_skip(test, "this CPU cannot run %s", c->ops->name);
}

static void wycheproof_ecdsa_backend(struct kunit *test)
{
	const struct rpt_vec_sig *v = rpt_vec_ecdsa;
	const struct rpt_sig_scheme *s;
	u8 digest[RPT_DIGEST_MAX];
	struct rpt_ec_curve c;
	size_t i;
	int err;

	need(test, ECDSA_N, "ECDSA");
	for (i = 0; i < ECDSA_N; i++, v++) {
		s = rpt_sig_find(v->scheme);
		with_backend(test, s->key_type, &c);
		rpt_hash_oneshot(s->hash, v->msg.data, v->msg.len, digest);
		err = rpt_ecdsa_verify(&c, v->key.data, v->key.len, digest,
				       rpt_hash_size(s->hash), v->sig.data,
				       v->sig.len);
		expect(test, v->file, v->id, v->result == RPT_VEC_VALID ? !err :
		       err == -EBADMSG || err == -EKEYREJECTED);
	}
}

/* Other salt lengths and other hashes in MGF1 are refused too. */
static void wycheproof_rsa_pss(struct kunit *test)
{
	need(test, RSA_PSS_N, "RSA-PSS");
	run_sig(test, rpt_vec_rsa_pss, RSA_PSS_N);
}

/* Acceptable: a DigestInfo without its NULL. We refuse it. */
static void wycheproof_rsa_pkcs1(struct kunit *test)
{
	need(test, RSA_PKCS1_N, "RSA PKCS#1");
	run_sig(test, rpt_vec_rsa_pkcs1, RSA_PKCS1_N);
}

/* Imported keys sign what their public half verifies. */
static void wycheproof_rsa_key(struct kunit *test)
{
	const struct rpt_vec_key *v = rpt_vec_rsa_key;
	struct rpt_privkey *sk;
	size_t i, len;
	u8 *sig;
	int err;

	need(test, RSA_KEY_N, "RSA key");
	sk = kunit_kzalloc(test, sizeof(*sk), GFP_KERNEL);
	sig = kunit_kzalloc(test, RPT_SIG_MAX, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, sk);
	KUNIT_ASSERT_NOT_NULL(test, sig);
	for (i = 0; i < RSA_KEY_N; i++, v++) {
		err = rpt_privkey_parse(sk, v->pkcs8.data, v->pkcs8.len);
		if (v->result == RPT_VEC_INVALID) {
			expect(test, v->file, v->id, err == -EINVAL);
			continue;
		}
		expect(test, v->file, v->id, !err);
		if (err)
			continue;
		expect(test, v->file, v->id, sk->pub.rsa.nlen == v->n.len &&
		       matches(&v->n, sk->pub.rsa.n));
		err = rpt_sig_sign(RPT_SIG_RSA_PSS_RSAE_SHA256, sk,
				   v->n.data, v->n.len, sig, RPT_SIG_MAX, &len);
		expect(test, v->file, v->id, !err);
		err = rpt_sig_verify(RPT_SIG_RSA_PSS_RSAE_SHA256, &sk->pub,
				     v->n.data, v->n.len, sig, len);
		expect(test, v->file, v->id, !err);
	}
	rpt_privkey_wipe(sk);
}

static int finish(const struct rpt_vec_dh *v, u8 *secret)
{
	struct rpt_kex k = { .group = rpt_kex_find(v->group) };

	if (v->priv.len != k.group->priv_len)
		return -EINVAL;
	memcpy(k.priv, v->priv.data, v->priv.len);
	return rpt_kex_finish(&k, v->pub.data, v->pub.len, secret);
}

/* Acceptable: compressed points. TLS 1.3 has none, so we refuse them. */
static void wycheproof_ecdh(struct kunit *test)
{
	const struct rpt_vec_dh *v = rpt_vec_ecdh;
	u8 secret[RPT_KEX_SECRET_MAX];
	bool good;
	size_t i;
	int err;

	need(test, ECDH_N, "ECDH");
	for (i = 0; i < ECDH_N; i++, v++) {
		err = finish(v, secret);
		good = v->result == RPT_VEC_VALID ?
		       !err && matches(&v->shared, secret) : err == -EINVAL;
		expect(test, v->file, v->id, good);
	}
}

static void wycheproof_ecdh_backend(struct kunit *test)
{
	const struct rpt_vec_dh *v = rpt_vec_ecdh;
	u8 secret[RPT_KEX_SECRET_MAX];
	struct rpt_ec_curve c;
	size_t i;
	int err;

	need(test, ECDH_N, "ECDH");
	for (i = 0; i < ECDH_N; i++, v++) {
		with_backend(test, rpt_kex_find(v->group)->curve->key_type, &c);
		KUNIT_ASSERT_EQ(test, v->priv.len, c.len);
		err = rpt_ec_ecdh(&c, v->priv.data, v->pub.data, v->pub.len,
				  secret);
		expect(test, v->file, v->id, v->result == RPT_VEC_VALID ?
		       !err && matches(&v->shared, secret) : err == -EINVAL);
	}
}

/*
 * Acceptable: points on the twist and of non-canonical form, which RFC 7748
 * wants computed like others; and points of low order, whose zero result RFC
 * 8446 section 7.4.2 wants refused.
 */
static void wycheproof_x25519(struct kunit *test)
{
	const struct rpt_x25519_ops *const *ops;
	const struct rpt_vec_dh *v = rpt_vec_x25519;
	u8 secret[RPT_KEX_SECRET_MAX], d[RPT_X25519_LEN];
	bool good, zero;
	size_t i;
	int err;

	need(test, X25519_N, "X25519");
	for (i = 0; i < X25519_N; i++, v++) {
		KUNIT_ASSERT_EQ(test, v->shared.len, 32);
		err = finish(v, secret);
		zero = !memchr_inv(v->shared.data, 0, v->shared.len);
		good = err == (zero ? -EINVAL : 0) &&
		       matches(&v->shared, secret);
		memcpy(d, v->priv.data, sizeof(d));
		curve25519_clamp_secret(d);
		for (ops = rpt_x25519_backends; *ops; ops++) {
			if ((*ops)->usable && !(*ops)->usable())
				continue;
			good &= (*ops)->mul(secret, d, v->pub.data) == !zero &&
				matches(&v->shared, secret);
		}
		expect(test, v->file, v->id, good);
	}
}

static void aead_seal(const struct rpt_vec_aead *v,
		      const struct aes_gcm_key *gcm, u8 *text, u8 *tag)
{
	memcpy(text, v->msg.data, v->msg.len);
	if (v->aead == RPT_AEAD_CHACHA20_POLY1305)
		rpt_chachapoly_encrypt(v->key.data, v->iv.data, v->aad.data,
				       v->aad.len, text, v->msg.len, tag);
	else
		rpt_gcm_encrypt(gcm, v->iv.data, v->aad.data, v->aad.len, text,
				v->msg.len, tag);
}

static bool aead_open(const struct rpt_vec_aead *v,
		      const struct aes_gcm_key *gcm, u8 *text)
{
	memcpy(text, v->ct.data, v->ct.len);
	if (v->aead == RPT_AEAD_CHACHA20_POLY1305)
		return rpt_chachapoly_decrypt(v->key.data, v->iv.data,
					      v->aad.data, v->aad.len, text,
					      v->ct.len, v->tag.data);
	return rpt_gcm_decrypt(gcm, v->iv.data, v->aad.data, v->aad.len, text,
			       v->ct.len, v->tag.data);
}

static void wycheproof_aead(struct kunit *test)
{
	const struct rpt_vec_aead *v = rpt_vec_aead;
	struct aes_gcm_key *gcm;
	u8 tag[RPT_TAG_LEN];
	u8 *text;
	size_t i;
	bool ok;

	need(test, AEAD_N, "AEAD");
	gcm = kunit_kzalloc(test, sizeof(*gcm), GFP_KERNEL);
	text = kunit_kzalloc(test, 4096, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, gcm);
	KUNIT_ASSERT_NOT_NULL(test, text);
	for (i = 0; i < AEAD_N; i++, v++) {
		KUNIT_ASSERT_LE(test, v->msg.len, 4096);
		KUNIT_ASSERT_LE(test, v->ct.len, 4096);
		if (v->aead != RPT_AEAD_CHACHA20_POLY1305)
			KUNIT_ASSERT_EQ(test, 0,
					rpt_gcm_setkey(gcm, v->key.data,
						       v->key.len));
		ok = aead_open(v, gcm, text);
		expect(test, v->file, v->id, ok == (v->result == RPT_VEC_VALID));
		if (!ok)
			continue;
		expect(test, v->file, v->id, matches(&v->msg, text));
		aead_seal(v, gcm, text, tag);
		expect(test, v->file, v->id, matches(&v->ct, text) &&
		       matches(&v->tag, tag));
	}
}

/* Invalid: more output than 255 digests */
static void wycheproof_hkdf(struct kunit *test)
{
	const struct rpt_vec_hkdf *v = rpt_vec_hkdf;
	u8 prk[RPT_DIGEST_MAX];
	bool good;
	size_t i;
	u8 *okm;
	int err;

	need(test, HKDF_N, "HKDF");
	okm = kunit_kzalloc(test, U16_MAX, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, okm);
	for (i = 0; i < HKDF_N; i++, v++) {
		rpt_hkdf_extract(v->hash, v->salt.data, v->salt.len,
				 v->ikm.data, v->ikm.len, prk);
		err = rpt_hkdf_expand(v->hash, prk, v->info.data, v->info.len,
				      okm, v->size);
		good = v->result == RPT_VEC_VALID ?
		       !err && matches(&v->okm, okm) : err == -EINVAL;
		expect(test, v->file, v->id, good);
	}
}

/* Some vectors cut the code short; invalid ones differ in a bit. */
static void wycheproof_hmac(struct kunit *test)
{
	const struct rpt_vec_mac *v = rpt_vec_hmac;
	u8 tag[RPT_DIGEST_MAX];
	bool same;
	size_t i;

	need(test, HMAC_N, "HMAC");
	for (i = 0; i < HMAC_N; i++, v++) {
		KUNIT_ASSERT_LE(test, v->tag.len, sizeof(tag));
		rpt_hmac(v->hash, v->key.data, v->key.len, v->msg.data,
			 v->msg.len, tag);
		same = matches(&v->tag, tag);
		expect(test, v->file, v->id, same == (v->result == RPT_VEC_VALID));
	}
}

static struct kunit_case wycheproof_cases[] = {
	KUNIT_CASE(wycheproof_ecdsa),
	KUNIT_CASE_PARAM(wycheproof_ecdsa_backend, backend_gen_params),
	KUNIT_CASE(wycheproof_rsa_pss),
	KUNIT_CASE(wycheproof_rsa_pkcs1),
	KUNIT_CASE(wycheproof_rsa_key),
	KUNIT_CASE(wycheproof_ecdh),
	KUNIT_CASE_PARAM(wycheproof_ecdh_backend, backend_gen_params),
	KUNIT_CASE(wycheproof_x25519),
	KUNIT_CASE(wycheproof_aead),
	KUNIT_CASE(wycheproof_hkdf),
	KUNIT_CASE(wycheproof_hmac),
	{}
};

static struct kunit_suite wycheproof_suite = {
	.name = "riptides_wycheproof",
	.test_cases = wycheproof_cases,
};

kunit_test_suite(wycheproof_suite);

MODULE_DESCRIPTION("KUnit: Wycheproof vectors for riptides");
MODULE_LICENSE("GPL");
