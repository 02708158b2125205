// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hashes, HMAC and HKDF (RFC 5869) by number, over the kernel's library.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include "hash.h"

/**
 * rpt_hash_size() - digest size
 * @id: enum rpt_hash_id
 *
 * Context: Any context.
 * Return: bytes of a digest.
 */
size_t rpt_hash_size(u8 id)
{
	switch (id) {
	case RPT_HASH_SHA256:
		return SHA256_DIGEST_SIZE;
	case RPT_HASH_SHA384:
		return SHA384_DIGEST_SIZE;
	default:
		return SHA512_DIGEST_SIZE;
	}
}

/**
 * rpt_hash_init() - start a hash
 * @h: the hash
 * @id: enum rpt_hash_id
 *
 * Context: Any context.
 */
void rpt_hash_init(struct rpt_hash *h, u8 id)
{
	h->id = id;
	switch (id) {
	case RPT_HASH_SHA256:
		sha256_init(&h->s256);
		break;
	case RPT_HASH_SHA384:
		sha384_init(&h->s384);
		break;
	default:
		sha512_init(&h->s512);
		break;
	}
}

/**
 * rpt_hash_update() - hash more data
 * @h: the hash
 * @p: the data
 * @n: its length
 *
 * Context: Any context.
 */
void rpt_hash_update(struct rpt_hash *h, const void *p, size_t n)
{
	switch (h->id) {
	case RPT_HASH_SHA256:
		sha256_update(&h->s256, p, n);
		break;
	case RPT_HASH_SHA384:
		sha384_update(&h->s384, p, n);
		break;
	default:
		sha512_update(&h->s512, p, n);
		break;
	}
}

/**
 * rpt_hash_final() - finish a hash
 * @h: the hash; wiped
 * @out: the digest, rpt_hash_size() bytes
 *
 * Context: Any context.
 */
void rpt_hash_final(struct rpt_hash *h, u8 *out)
{
	switch (h->id) {
	case RPT_HASH_SHA256:
		sha256_final(&h->s256, out);
		break;
	case RPT_HASH_SHA384:
		sha384_final(&h->s384, out);
		break;
	default:
		sha512_final(&h->s512, out);
		break;
	}
	memzero_explicit(h, sizeof(*h));
}

/**
 * rpt_hash_peek() - the digest of what was hashed so far
 * @h: the hash, which goes on
 * @out: the digest, rpt_hash_size() bytes
 *
 * This is Transcript-Hash of RFC 8446 section 4.4.1.
 *
 * Context: Any context.
 */
void rpt_hash_peek(const struct rpt_hash *h, u8 *out)
{
	struct rpt_hash copy = *h;

	rpt_hash_final(&copy, out);
}

/**
 * rpt_hash_oneshot() - hash a buffer
 * @id: enum rpt_hash_id
 * @p: the data
 * @n: its length
 * @out: the digest, rpt_hash_size() bytes
 *
 * Context: Any context.
 */
void rpt_hash_oneshot(u8 id, const void *p, size_t n, u8 *out)
{
	switch (id) {
	case RPT_HASH_SHA256:
		sha256(p, n, out);
		break;
	case RPT_HASH_SHA384:
		sha384(p, n, out);
		break;
	default:
		sha512(p, n, out);
		break;
	}
}

/**
 * rpt_hmac() - HMAC of a buffer (RFC 2104)
 * @id: enum rpt_hash_id
 * @key: the key, of any length
 * @key_len: its length
 * @data: the message
 * @len: its length
 * @out: the code, rpt_hash_size() bytes; may be the key or the message
 *
 * Context: Any context.
 */
void rpt_hmac(u8 id, const u8 *key, size_t key_len, const void *data, size_t len, u8 *out)
{
	switch (id) {
	case RPT_HASH_SHA256:
		hmac_sha256_usingrawkey(key, key_len, data, len, out);
		break;
	case RPT_HASH_SHA384:
		hmac_sha384_usingrawkey(key, key_len, data, len, out);
		break;
	default:
		hmac_sha512_usingrawkey(key, key_len, data, len, out);
		break;
	}
}

/**
 * rpt_hkdf_extract() - HKDF-Extract (RFC 5869 section 2.2)
 * @id: enum rpt_hash_id
 * @salt: the salt; an empty one is the same as zeroes
 * @salt_len: its length
 * @ikm: the input keying material
 * @ikm_len: its length
 * @prk: the pseudorandom key, rpt_hash_size() bytes; may be @salt or @ikm
 *
 * Context: Any context.
 */
void rpt_hkdf_extract(u8 id, const u8 *salt, size_t salt_len,
		      const u8 *ikm, size_t ikm_len, u8 *prk)
{
	rpt_hmac(id, salt, salt_len, ikm, ikm_len, prk);
}

/* T(i) = HMAC(PRK, T(i - 1) | info | i), where T(0) is empty. */
static void hkdf_block(u8 id, const u8 *prk, u8 *t, size_t t_len,
		       const u8 *info, size_t info_len, u8 counter)
{
	size_t key_len = rpt_hash_size(id);
	union {
		struct hmac_sha256_ctx s256;
		struct hmac_sha384_ctx s384;
		struct hmac_sha512_ctx s512;
	} mac;

	switch (id) {
	case RPT_HASH_SHA256:
		hmac_sha256_init_usingrawkey(&mac.s256, prk, key_len);
		hmac_sha256_update(&mac.s256, t, t_len);
		hmac_sha256_update(&mac.s256, info, info_len);
		hmac_sha256_update(&mac.s256, &counter, 1);
		hmac_sha256_final(&mac.s256, t);
		break;
	case RPT_HASH_SHA384:
		hmac_sha384_init_usingrawkey(&mac.s384, prk, key_len);
		hmac_sha384_update(&mac.s384, t, t_len);
		hmac_sha384_update(&mac.s384, info, info_len);
		hmac_sha384_update(&mac.s384, &counter, 1);
		hmac_sha384_final(&mac.s384, t);
		break;
	default:
		hmac_sha512_init_usingrawkey(&mac.s512, prk, key_len);
		hmac_sha512_update(&mac.s512, t, t_len);
		hmac_sha512_update(&mac.s512, info, info_len);
		hmac_sha512_update(&mac.s512, &counter, 1);
		hmac_sha512_final(&mac.s512, t);
		break;
	}
	memzero_explicit(&mac, sizeof(mac));
}

/**
 * rpt_hkdf_expand() - HKDF-Expand (RFC 5869 section 2.3)
 * @id: enum rpt_hash_id
 * @prk: the pseudorandom key, rpt_hash_size() bytes
 * @info: context information
 * @info_len: its length
 * @out: the output keying material; must not overlap the inputs
 * @out_len: how much of it
 *
 * Context: Any context.
 * Return: 0, or -EINVAL when @out_len is more than 255 digests; then @out is
 * untouched.
 */
int rpt_hkdf_expand(u8 id, const u8 *prk, const u8 *info, size_t info_len,
		    u8 *out, size_t out_len)
{
	size_t size = rpt_hash_size(id);
	u8 t[RPT_DIGEST_MAX];
	size_t t_len = 0;
	u8 counter = 1;
	size_t n;

	if (out_len > 255 * size)
		return -EINVAL;

	while (out_len) {
		hkdf_block(id, prk, t, t_len, info, info_len, counter++);
		t_len = size;
		n = min(out_len, size);
		memcpy(out, t, n);
		out += n;
		out_len -= n;
	}
	memzero_explicit(t, sizeof(t));
	return 0;
}
