// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signature schemes of TLS 1.3 (RFC 8446 section 4.2.3)
 */

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/string.h>

#include "ec.h"
#include "hash.h"
#include "proto.h"
#include "rsa.h"
#include "sig.h"

#define HEDGE_LEN	32

const struct rpt_sig_scheme rpt_sig_schemes[] = {
	{
		.id		= RPT_SIG_ECDSA_SECP256R1_SHA256,
		.key_type	= RPT_KEY_EC_P256,
		.hash		= RPT_HASH_SHA256,
		.name		= "ecdsa_secp256r1_sha256",
	}, {
		.id		= RPT_SIG_ECDSA_SECP384R1_SHA384,
		.key_type	= RPT_KEY_EC_P384,
		.hash		= RPT_HASH_SHA384,
		.name		= "ecdsa_secp384r1_sha384",
	}, {
		.id		= RPT_SIG_RSA_PSS_RSAE_SHA256,
		.key_type	= RPT_KEY_RSA,
		.hash		= RPT_HASH_SHA256,
		.pss		= true,
		.name		= "rsa_pss_rsae_sha256",
	}, {
		.id		= RPT_SIG_RSA_PSS_RSAE_SHA384,
		.key_type	= RPT_KEY_RSA,
		.hash		= RPT_HASH_SHA384,
		.pss		= true,
		.name		= "rsa_pss_rsae_sha384",
	}, {
		.id		= RPT_SIG_RSA_PSS_RSAE_SHA512,
		.key_type	= RPT_KEY_RSA,
		.hash		= RPT_HASH_SHA512,
		.pss		= true,
		.name		= "rsa_pss_rsae_sha512",
	}, {
		.id		= RPT_SIG_RSA_PKCS1_SHA256,
		.key_type	= RPT_KEY_RSA,
		.hash		= RPT_HASH_SHA256,
		.cert_only	= true,
		.name		= "rsa_pkcs1_sha256",
	}, {
		.id		= RPT_SIG_RSA_PKCS1_SHA384,
		.key_type	= RPT_KEY_RSA,
		.hash		= RPT_HASH_SHA384,
		.cert_only	= true,
		.name		= "rsa_pkcs1_sha384",
	}, {
		.id		= RPT_SIG_RSA_PKCS1_SHA512,
		.key_type	= RPT_KEY_RSA,
		.hash		= RPT_HASH_SHA512,
		.cert_only	= true,
		.name		= "rsa_pkcs1_sha512",
	},
};

const unsigned int rpt_sig_schemes_n = ARRAY_SIZE(rpt_sig_schemes);

/**
 * rpt_sig_find() - look a scheme up
 * @id: SignatureScheme code point
 *
 * Context: Any context.
 * Return: the scheme, NULL if we don't know it.
 */
const struct rpt_sig_scheme *rpt_sig_find(u16 id)
{
	unsigned int i;

	for (i = 0; i < rpt_sig_schemes_n; i++)
		if (rpt_sig_schemes[i].id == id)
			return &rpt_sig_schemes[i];
	return NULL;
}

/**
 * rpt_sig_for_key() - choose the scheme for our CertificateVerify
 * @pk: the public half of the signing key
 * @schemes: what the peer takes, in host byte order
 * @n: number of @schemes
 *
 * Our own order of preference decides; schemes that are for certificates only
 * are never chosen (RFC 8446 section 4.4.3).
 *
 * Context: Any context.
 * Return: the code point, 0 if no scheme fits the key.
 */
u16 rpt_sig_for_key(const struct rpt_pubkey *pk, const u16 *schemes, size_t n)
{
	const struct rpt_sig_scheme *s;
	unsigned int i;
	size_t j;

	for (i = 0; i < rpt_sig_schemes_n; i++) {
		s = &rpt_sig_schemes[i];
		if (s->cert_only || s->key_type != pk->type)
			continue;
		for (j = 0; j < n; j++)
			if (schemes[j] == s->id)
				return s->id;
	}
	return 0;
}

/* Its buffers must not lie below the curves' deeper stack */
static noinline_for_stack int rsa_verify(const struct rpt_sig_scheme *s,
					 const struct rpt_pubkey *pk, const u8 *digest,
					 const u8 *sig, size_t siglen)
{
	u8 opened[RPT_DIGEST_MAX];
	u8 em[RPT_RSA_MAX];
	int err;

	err = rpt_rsa_public(pk, sig, siglen, em);
	if (err)
		return err;
	if (s->pss)
		return rpt_rsapss_verify(s->hash, digest, rpt_rsa_bits(pk), em);

	err = rpt_rsa_pkcs1_open(s->hash, em, siglen, opened);
	if (err)
		return err;
	if (memcmp(opened, digest, rpt_hash_size(s->hash)))
		return -EKEYREJECTED;
	return 0;
}

/**
 * rpt_sig_verify() - verify a signature
 * @scheme: SignatureScheme code point; those for certificates only are taken,
 *	    so a caller that reads CertificateVerify looks at cert_only first
 * @pk: the signer's key
 * @msg: what was signed
 * @len: length of @msg
 * @sig: the signature
 * @siglen: length of @sig
 *
 * Context: Process context; needs 5 kB of stack.
 * Return: 0, -EOPNOTSUPP for an unknown scheme, -EINVAL if the key is not of
 * the scheme's type or not one that we take, -EBADMSG for a malformed signature
 * (DER, length), -EKEYREJECTED for a false one.
 */
int rpt_sig_verify(u16 scheme, const struct rpt_pubkey *pk,
		   const u8 *msg, size_t len, const u8 *sig, size_t siglen)
{
	const struct rpt_sig_scheme *s = rpt_sig_find(scheme);
	u8 digest[RPT_DIGEST_MAX];

	if (!s)
		return -EOPNOTSUPP;
	if (s->key_type != pk->type)
		return -EINVAL;
	rpt_hash_oneshot(s->hash, msg, len, digest);
	if (s->key_type == RPT_KEY_RSA)
		return rsa_verify(s, pk, digest, sig, siglen);
	return rpt_ecdsa_verify(rpt_ec_curve_find(s->key_type), pk->ec.q,
				pk->ec.qlen, digest, rpt_hash_size(s->hash),
				sig, siglen);
}

static int ec_sign(const struct rpt_sig_scheme *s, const struct rpt_privkey *sk,
		   const u8 *digest, u8 *sig, size_t cap, size_t *siglen)
{
	u8 hedge[HEDGE_LEN];
	int err;

	get_random_bytes(hedge, sizeof(hedge));
	err = rpt_ecdsa_sign(rpt_ec_curve_find(s->key_type), sk->ec.d,
			     s->hash, digest, hedge, sizeof(hedge),
			     sig, cap, siglen);
	memzero_explicit(hedge, sizeof(hedge));
	return err;
}

static noinline_for_stack int rsa_sign(const struct rpt_sig_scheme *s,
				       const struct rpt_privkey *sk, const u8 *digest,
				       u8 *sig, size_t cap, size_t *siglen)
{
	u8 salt[RPT_DIGEST_MAX];
	u8 em[RPT_RSA_MAX];
	int err;

	if (cap < sk->pub.rsa.nlen)
		return -ENOSPC;
	get_random_bytes(salt, rpt_hash_size(s->hash));
	err = rpt_rsapss_encode(s->hash, digest, salt, rpt_rsa_bits(&sk->pub),
				em);
	if (!err)
		err = rpt_rsa_private(sk, em, sig);
	if (!err)
		*siglen = sk->pub.rsa.nlen;
	memzero_explicit(salt, sizeof(salt));
	return err;
}

/**
 * rpt_sig_sign() - sign
 * @scheme: SignatureScheme code point, not one for certificates only
 * @sk: the key
 * @msg: what to sign
 * @len: length of @msg
 * @sig: where the signature goes
 * @cap: room at @sig; RPT_SIG_MAX is always enough
 * @siglen: length of the signature
 *
 * Context: Process context; needs 5 kB of stack.
 * Return: 0, -EOPNOTSUPP for an unknown scheme or one for certificates only,
 * -EINVAL if the key is not of the scheme's type, -ENOSPC when the signature
 * does not fit, -EIO if the computation failed.
 */
int rpt_sig_sign(u16 scheme, const struct rpt_privkey *sk,
		 const u8 *msg, size_t len, u8 *sig, size_t cap, size_t *siglen)
{
	const struct rpt_sig_scheme *s = rpt_sig_find(scheme);
	u8 digest[RPT_DIGEST_MAX];

	if (!s || s->cert_only)
		return -EOPNOTSUPP;
	if (s->key_type != sk->type)
		return -EINVAL;
	rpt_hash_oneshot(s->hash, msg, len, digest);
	if (s->key_type == RPT_KEY_RSA)
		return rsa_sign(s, sk, digest, sig, cap, siglen);
	return ec_sign(s, sk, digest, sig, cap, siglen);
}
