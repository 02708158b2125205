// SPDX-License-Identifier: GPL-2.0-only
/*
 * RSA: raw operations over BearSSL, key checks, RSASSA-PKCS1-v1_5
 */

#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "bear.h"
#include "hash.h"
#include "rsa.h"

/* DER of DigestInfo up to the digest (RFC 8017 section 9.2, note 1) */
static const u8 digest_info[][19] = {
	[RPT_HASH_SHA256] = {
		0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
		0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20
	},
	[RPT_HASH_SHA384] = {
		0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
		0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30
	},
	[RPT_HASH_SHA512] = {
		0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
		0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40
	},
};

static u32 raw_public(u8 *x, size_t len, const br_rsa_public_key *key)
{
#ifdef __SIZEOF_INT128__
	return br_rsa_i62_public(x, len, key);
#else
	return br_rsa_i31_public(x, len, key);
#endif
}

static u32 raw_private(u8 *x, const br_rsa_private_key *key)
{
#ifdef __SIZEOF_INT128__
	return br_rsa_i62_private(x, key);
#else
	return br_rsa_i31_private(x, key);
#endif
}

static void bear_public_key(const struct rpt_pubkey *pk, br_rsa_public_key *key)
{
	key->n = (unsigned char *)pk->rsa.n;
	key->nlen = pk->rsa.nlen;
	key->e = (unsigned char *)pk->rsa.e;
	key->elen = pk->rsa.elen;
}

static void bear_private_key(const struct rpt_privkey *sk,
			     br_rsa_private_key *key)
{
	key->n_bitlen = 16 * sk->rsa.flen;
	key->p = (unsigned char *)sk->rsa.p;
	key->q = (unsigned char *)sk->rsa.q;
	key->dp = (unsigned char *)sk->rsa.dp;
	key->dq = (unsigned char *)sk->rsa.dq;
	key->iq = (unsigned char *)sk->rsa.iq;
	key->plen = sk->rsa.flen;
	key->qlen = sk->rsa.flen;
	key->dplen = sk->rsa.flen;
	key->dqlen = sk->rsa.flen;
	key->iqlen = sk->rsa.flen;
}

/**
 * rpt_rsa_bits() - size of a modulus
 * @pk: an RSA key
 *
 * Context: Any context.
 * Return: the number of bits, 0 for an empty modulus.
 */
unsigned int rpt_rsa_bits(const struct rpt_pubkey *pk)
{
	if (!pk->rsa.nlen)
		return 0;
	return 8 * (pk->rsa.nlen - 1) + fls(pk->rsa.n[0]);
}

/**
 * rpt_rsa_check() - do we take this RSA key?
 * @pk: an RSA key
 *
 * Context: Any context.
 * Return: 0, or -EINVAL unless the modulus is odd and has 2048 to 4096 bits,
 * the exponent is odd, at least 3 and at most 8 bytes long, and neither starts
 * with a zero byte.
 */
int rpt_rsa_check(const struct rpt_pubkey *pk)
{
	unsigned int bits;

	if (pk->rsa.nlen > RPT_RSA_MAX || !pk->rsa.elen ||
	    pk->rsa.elen > RPT_RSA_EXP_MAX)
		return -EINVAL;
	bits = rpt_rsa_bits(pk);
	if (bits < RPT_RSA_BITS_MIN || bits > RPT_RSA_BITS_MAX)
		return -EINVAL;
	if (!pk->rsa.n[0] || !(pk->rsa.n[pk->rsa.nlen - 1] & 1))
		return -EINVAL;
	if (!pk->rsa.e[0] || !(pk->rsa.e[pk->rsa.elen - 1] & 1))
		return -EINVAL;
	if (pk->rsa.elen == 1 && pk->rsa.e[0] < 3)
		return -EINVAL;
	return 0;
}

/**
 * rpt_rsa_public() - RSAVP1 (RFC 8017 section 5.2.2)
 * @pk: an RSA key
 * @sig: the signature
 * @siglen: length of @sig
 * @em: the message representative, as long as the modulus
 *
 * Context: Any context that allows 4 kB of stack.
 * Return: 0, -EINVAL for a key that rpt_rsa_check() refuses, -EBADMSG if the
 * signature is not as long as the modulus, -EKEYREJECTED if it is not less
 * than the modulus.
 */
int rpt_rsa_public(const struct rpt_pubkey *pk, const u8 *sig, size_t siglen,
		   u8 *em)
{
	br_rsa_public_key key;

	if (rpt_rsa_check(pk))
		return -EINVAL;
	if (siglen != pk->rsa.nlen)
		return -EBADMSG;
	bear_public_key(pk, &key);
	memcpy(em, sig, siglen);
	if (!raw_public(em, siglen, &key))
		return -EKEYREJECTED;
	return 0;
}

/**
 * rpt_rsa_private() - RSASP1 (RFC 8017 section 5.2.1)
 * @sk: an RSA key
 * @em: the message representative, as long as the modulus
 * @sig: the signature, as long as the modulus
 *
 * BearSSL's implementation runs in constant time.  The result is verified
 * before it is given out: one faulty half of the CRT would reveal the factors.
 *
 * Context: Any context that allows 5 kB of stack.
 * Return: 0, or -EIO if the representative is not less than the modulus or the
 * key's numbers do not belong together; @sig is then zero.
 */
int rpt_rsa_private(const struct rpt_privkey *sk, const u8 *em, u8 *sig)
{
	size_t len = 2 * sk->rsa.flen;
	br_rsa_private_key key;
	u8 back[RPT_RSA_MAX];
	int err = 0;

	bear_private_key(sk, &key);
	memcpy(sig, em, len);
	if (!raw_private(sig, &key) ||
	    rpt_rsa_public(&sk->pub, sig, len, back) ||
	    memcmp(back, em, len)) {
		memzero_explicit(sig, len);
		err = -EIO;
	}
	rpt_stack_burn(RPT_BURN_RSA);
	return err;
}

/**
 * rpt_rsa_pkcs1_open() - the digest within an EMSA-PKCS1-v1_5 encoding
 * @hash: enum rpt_hash_id
 * @em: the message representative
 * @len: its length
 * @digest: the digest, rpt_hash_size() bytes
 *
 * There is one encoding for a digest (RFC 8017 section 9.2), so everything
 * before the digest is compared, nothing parsed.
 *
 * Context: Any context.
 * Return: 0, or -EKEYREJECTED if this is not the encoding of a digest.
 */
int rpt_rsa_pkcs1_open(u8 hash, const u8 *em, size_t len, u8 *digest)
{
	size_t hash_len = rpt_hash_size(hash);
	size_t tail = sizeof(digest_info[0]) + hash_len;
	size_t i;

	if (hash >= ARRAY_SIZE(digest_info) || len < tail + 11)
		return -EKEYREJECTED;
	if (em[0] != 0x00 || em[1] != 0x01)
		return -EKEYREJECTED;
	for (i = 2; i < len - tail - 1; i++)
		if (em[i] != 0xff)
			return -EKEYREJECTED;
	if (em[i++] != 0x00)
		return -EKEYREJECTED;
	if (memcmp(em + i, digest_info[hash], sizeof(digest_info[0])))
		return -EKEYREJECTED;
	memcpy(digest, em + len - hash_len, hash_len);
	return 0;
}
