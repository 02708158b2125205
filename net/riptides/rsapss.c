// SPDX-License-Identifier: GPL-2.0-only
/*
 * EMSA-PSS (RFC 8017 section 9.1) as TLS 1.3 uses it: MGF1 with the hash of
 * the message, and a salt as long as the digest (RFC 8446 section 4.2.3)
 */

#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include "hash.h"
#include "rsa.h"

/* XOR with MGF1 (RFC 8017 appendix B.2.1) */
static void mgf1_xor(u8 hash, const u8 *seed, u8 *data, size_t len)
{
	size_t hash_len = rpt_hash_size(hash);
	struct rpt_hash h;
	u8 block[RPT_DIGEST_MAX];
	u8 counter[4];
	size_t i, n;
	u32 c;

	for (c = 0; len; c++) {
		put_unaligned_be32(c, counter);
		rpt_hash_init(&h, hash);
		rpt_hash_update(&h, seed, hash_len);
		rpt_hash_update(&h, counter, sizeof(counter));
		rpt_hash_final(&h, block);
		n = min(len, hash_len);
		for (i = 0; i < n; i++)
			data[i] ^= block[i];
		data += n;
		len -= n;
	}
}

/* H = Hash(00 00 00 00 00 00 00 00 || mHash || salt) */
static void pss_hash(u8 hash, const u8 *digest, const u8 *salt, u8 *out)
{
	static const u8 zero[8] = {};
	struct rpt_hash h;

	rpt_hash_init(&h, hash);
	rpt_hash_update(&h, zero, sizeof(zero));
	rpt_hash_update(&h, digest, rpt_hash_size(hash));
	rpt_hash_update(&h, salt, rpt_hash_size(hash));
	rpt_hash_final(&h, out);
}

/**
 * rpt_rsapss_encode() - EMSA-PSS-ENCODE (RFC 8017 section 9.1.1)
 * @hash: enum rpt_hash_id
 * @digest: digest of the message
 * @salt: random bytes, as many as @digest has
 * @bits: size of the modulus
 * @em: the encoding, as long as the modulus; when @bits - 1 is a multiple of 8
 *	its first byte is zero and not part of EM
 *
 * Nothing here depends on secrets: the signature reveals digest and salt.
 *
 * Context: Any context.
 * Return: 0, or -EINVAL if the modulus is too short for the hash.
 */
int rpt_rsapss_encode(u8 hash, const u8 *digest, const u8 *salt,
		      unsigned int bits, u8 *em)
{
	size_t em_len = (bits + 6) / 8;
	size_t hash_len = rpt_hash_size(hash);
	size_t db_len;
	u8 *h;

	if (em_len < 2 * hash_len + 2)
		return -EINVAL;
	if (bits % 8 == 1)
		*em++ = 0;
	db_len = em_len - hash_len - 1;
	h = em + db_len;

	memset(em, 0, db_len - hash_len - 1);
	em[db_len - hash_len - 1] = 0x01;
	memcpy(em + db_len - hash_len, salt, hash_len);
	pss_hash(hash, digest, salt, h);
	mgf1_xor(hash, h, em, db_len);
	em[0] &= 0xff >> (8 * em_len - (bits - 1));
	em[em_len - 1] = 0xbc;
	return 0;
}

/**
 * rpt_rsapss_verify() - EMSA-PSS-VERIFY (RFC 8017 section 9.1.2)
 * @hash: enum rpt_hash_id
 * @digest: digest of the message
 * @bits: size of the modulus
 * @em: the encoding, as long as the modulus; overwritten
 *
 * Context: Any context.
 * Return: 0, or -EKEYREJECTED if this is not an encoding of the digest with a
 * salt as long as the digest.
 */
int rpt_rsapss_verify(u8 hash, const u8 *digest, unsigned int bits, u8 *em)
{
	size_t em_len = (bits + 6) / 8;
	size_t hash_len = rpt_hash_size(hash);
	u8 expected[RPT_DIGEST_MAX];
	size_t db_len, i;
	u8 mask;

	if (em_len < 2 * hash_len + 2)
		return -EKEYREJECTED;
	if (bits % 8 == 1 && *em++ != 0)
		return -EKEYREJECTED;
	mask = 0xff >> (8 * em_len - (bits - 1));
	if (em[em_len - 1] != 0xbc || (em[0] & ~mask))
		return -EKEYREJECTED;

	db_len = em_len - hash_len - 1;
	mgf1_xor(hash, em + db_len, em, db_len);
	em[0] &= mask;
	for (i = 0; i < db_len - hash_len - 1; i++)
		if (em[i])
			return -EKEYREJECTED;
	if (em[i] != 0x01)
		return -EKEYREJECTED;

	pss_hash(hash, digest, em + db_len - hash_len, expected);
	if (memcmp(expected, em + db_len, hash_len))
		return -EKEYREJECTED;
	return 0;
}
