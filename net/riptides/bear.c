// SPDX-License-Identifier: GPL-2.0-only
/*
 * Adapters that the X.509 validator calls, and wiping behind BearSSL
 */

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "bear.h"
#include "ec.h"
#include "hash.h"
#include "rsa.h"

/**
 * rpt_bear_ecdsa_vrfy() - ECDSA verification for br_x509_minimal
 * @impl: not used
 * @hash: digest of the certificate
 * @hash_len: length of @hash
 * @pk: the issuer's key
 * @sig: DER signature
 * @sig_len: length of @sig
 *
 * Context: Any context that allows 5 kB of stack.
 * Return: 1 if the signature is good, 0 otherwise.
 */
uint32_t rpt_bear_ecdsa_vrfy(const br_ec_impl *impl,
			     const void *hash, size_t hash_len,
			     const br_ec_public_key *pk,
			     const void *sig, size_t sig_len)
{
	const struct rpt_ec_curve *c;

	if (hash_len < SHA256_DIGEST_SIZE)
		return 0;
	if (pk->curve == rpt_ec_p256.bear_id)
		c = &rpt_ec_p256;
	else if (pk->curve == rpt_ec_p384.bear_id)
		c = &rpt_ec_p384;
	else
		return 0;
	return !rpt_ecdsa_verify(c, pk->q, pk->qlen, hash, hash_len,
				 sig, sig_len);
}

/**
 * rpt_bear_rsa_vrfy() - RSASSA-PKCS1-v1_5 verification for br_x509_minimal
 * @x: the signature
 * @xlen: length of @x
 * @hash_oid: not used: the lengths tell SHA-256, SHA-384 and SHA-512 apart
 * @hash_len: length of the digest
 * @pk: the issuer's key
 * @hash_out: the digest that was signed
 *
 * Context: Any context that allows 5 kB of stack.
 * Return: 1 if the signature opens to a digest, 0 otherwise.
 */
uint32_t rpt_bear_rsa_vrfy(const unsigned char *x, size_t xlen,
			   const unsigned char *hash_oid, size_t hash_len,
			   const br_rsa_public_key *pk,
			   unsigned char *hash_out)
{
	struct rpt_pubkey key = { .type = RPT_KEY_RSA };
	u8 em[RPT_RSA_MAX];
	u8 hash;

	switch (hash_len) {
	case SHA256_DIGEST_SIZE:
		hash = RPT_HASH_SHA256;
		break;
	case SHA384_DIGEST_SIZE:
		hash = RPT_HASH_SHA384;
		break;
	case SHA512_DIGEST_SIZE:
		hash = RPT_HASH_SHA512;
		break;
	default:
		return 0;
	}
	if (pk->nlen > sizeof(key.rsa.n) || pk->elen > sizeof(key.rsa.e))
		return 0;
	key.rsa.nlen = pk->nlen;
	key.rsa.elen = pk->elen;
	memcpy(key.rsa.n, pk->n, pk->nlen);
	memcpy(key.rsa.e, pk->e, pk->elen);
	if (rpt_rsa_public(&key, x, xlen, em))
		return 0;
	return !rpt_rsa_pkcs1_open(hash, em, xlen, hash_out);
}

/**
 * rpt_bear_burn() - overwrite the stack that a computation has left behind
 * @kib: how deep it went
 *
 * BearSSL leaves intermediate values on the stack.  Call this from the function
 * that called BearSSL.
 *
 * Context: Any context that had room for the computation.
 */
noinline void rpt_bear_burn(unsigned int kib)
{
	u8 block[1024];

	memzero_explicit(block, sizeof(block));
	if (kib > 1)
		rpt_bear_burn(kib - 1);
	/* Not a tail call: the frames must lie below each other. */
	barrier();
}
