// SPDX-License-Identifier: GPL-2.0-only
/*
 * ECDSA: hedged nonces, range checks, strict DER
 */

#include <linux/errno.h>
#include <linux/string.h>

#include "ec.h"
#include "hash.h"
#include "wire.h"

#define EXTRA_MAX	32

/* HMAC_DRBG of RFC 6979 section 3.2 */
struct nonce {
	u8 hash;
	size_t hash_len;
	u8 key[RPT_DIGEST_MAX];
	u8 v[RPT_DIGEST_MAX];
	u8 buf[RPT_DIGEST_MAX + 1 + 2 * RPT_EC_SCALAR_MAX + EXTRA_MAX];
};

/* K = HMAC_K(V || tag || seed); V = HMAC_K(V) */
static void nonce_mix(struct nonce *g, u8 tag, size_t seed_len)
{
	memcpy(g->buf, g->v, g->hash_len);
	g->buf[g->hash_len] = tag;
	rpt_hmac(g->hash, g->key, g->hash_len, g->buf,
		 g->hash_len + 1 + seed_len, g->key);
	rpt_hmac(g->hash, g->key, g->hash_len, g->v, g->hash_len, g->v);
}

/* Steps a to g; @extra is k' of section 3.6 */
static void nonce_init(struct nonce *g, const struct rpt_ec_curve *c, u8 hash,
		       const u8 *d, const u8 *e,
		       const u8 *extra, size_t extra_len)
{
	u8 *seed;

	g->hash = hash;
	g->hash_len = rpt_hash_size(hash);
	memset(g->v, 0x01, g->hash_len);
	memset(g->key, 0x00, g->hash_len);

	seed = g->buf + g->hash_len + 1;
	memcpy(seed, d, c->len);
	memcpy(seed + c->len, e, c->len);
	if (extra_len)
		memcpy(seed + 2 * c->len, extra, extra_len);
	nonce_mix(g, 0x00, 2 * c->len + extra_len);
	nonce_mix(g, 0x01, 2 * c->len + extra_len);
}

/* Step h: the order of each curve has a multiple of 8 bits */
static void nonce_next(struct nonce *g, const struct rpt_ec_curve *c, u8 *k)
{
	size_t done = 0;
	size_t n;

	while (done < c->len) {
		rpt_hmac(g->hash, g->key, g->hash_len, g->v, g->hash_len,
			 g->v);
		n = c->len - done;
		if (n > g->hash_len)
			n = g->hash_len;
		memcpy(k + done, g->v, n);
		done += n;
	}
}

/* The leftmost bits of the digest, as a number in [0, n-1] */
static void digest_to_scalar(const struct rpt_ec_curve *c, const u8 *digest,
			     size_t len, u8 *e)
{
	unsigned int borrow = 0;
	unsigned int i;
	u8 t[RPT_EC_SCALAR_MAX];
	u8 mask;

	if (len > c->len)
		len = c->len;
	memset(e, 0, c->len - len);
	memcpy(e + c->len - len, digest, len);

	/* Both orders exceed half of the range: one subtraction is enough. */
	for (i = c->len; i-- > 0;) {
		borrow = e[i] - c->order[i] - borrow;
		t[i] = borrow;
		borrow = (borrow >> 8) & 1;
	}
	mask = borrow - 1;
	for (i = 0; i < c->len; i++)
		e[i] = (t[i] & mask) | (e[i] & (u8)~mask);
	memzero_explicit(t, sizeof(t));
}

static void put_integer(struct rpt_wr *w, const u8 *be, size_t len)
{
	while (len > 1 && !be[0]) {
		be++;
		len--;
	}
	rpt_wr_u8(w, 0x02);
	rpt_wr_u8(w, len + (be[0] >> 7));
	if (be[0] >> 7)
		rpt_wr_u8(w, 0);
	rpt_wr_bytes(w, be, len);
}

/* DER of SEQUENCE { INTEGER r, INTEGER s }; every length fits in one byte */
static int encode(const struct rpt_ec_curve *c, const u8 *rs, u8 *sig,
		  size_t cap, size_t *siglen)
{
	struct rpt_wr w;
	size_t mark;

	rpt_wr_init(&w, sig, cap);
	rpt_wr_u8(&w, 0x30);
	mark = rpt_wr_open(&w, 1);
	put_integer(&w, rs, c->len);
	put_integer(&w, rs + c->len, c->len);
	rpt_wr_close(&w, mark, 1);
	if (w.err)
		return -ENOSPC;
	*siglen = w.len;
	return 0;
}

/* One positive INTEGER of at most @c->len bytes, minimally encoded */
static bool get_integer(struct rpt_rd *r, const struct rpt_ec_curve *c, u8 *out)
{
	struct rpt_rd body;
	size_t n;

	if (rpt_rd_u8(r) != 0x02)
		return false;
	body = rpt_rd_block(r, 1, 1, c->len + 1);
	if (!rpt_rd_ok(&body) || (body.p[0] & 0x80))
		return false;
	n = rpt_rd_left(&body);
	if (!body.p[0] && n > 1) {
		if (!(body.p[1] & 0x80))
			return false;
		rpt_rd_u8(&body);
		n--;
	}
	if (n > c->len)
		return false;
	memset(out, 0, c->len - n);
	rpt_rd_copy(&body, out + c->len - n, n);
	return true;
}

static int decode(const struct rpt_ec_curve *c, const u8 *sig, size_t len,
		  u8 *rs)
{
	struct rpt_rd r, seq;

	rpt_rd_init(&r, sig, len);
	if (rpt_rd_u8(&r) != 0x30)
		return -EBADMSG;
	seq = rpt_rd_block(&r, 1, 0, 0x7f);
	if (!rpt_rd_done(&r) || !get_integer(&seq, c, rs) ||
	    !get_integer(&seq, c, rs + c->len) || !rpt_rd_done(&seq))
		return -EBADMSG;
	return 0;
}

/**
 * rpt_ecdsa_sign() - sign a digest (FIPS 186-5 section 6.4.1)
 * @c: the curve
 * @d: private scalar, @c->len bytes
 * @hash: enum rpt_hash_id of @digest, also used to derive the nonce
 * @digest: digest of the message
 * @extra: random bytes that hedge the nonce
 * @extra_len: their number, at most 32; 0 makes the nonce and the signature
 *	       deterministic
 * @sig: where the DER signature goes
 * @cap: room at @sig
 * @siglen: length of the signature
 *
 * The nonce comes from the key, the digest and @extra by RFC 6979 section 3.6:
 * it stays secret and unique if the random number generator fails, and faults
 * can't make it repeat while the generator works.
 *
 * Context: Any context that allows 5 kB of stack.
 * Return: 0, -EINVAL for a private scalar out of range or too much @extra,
 * -ENOSPC when the signature does not fit, -EIO if no nonce was good.
 */
int rpt_ecdsa_sign(const struct rpt_ec_curve *c, const u8 *d,
		   u8 hash, const u8 *digest,
		   const u8 *extra, size_t extra_len,
		   u8 *sig, size_t cap, size_t *siglen)
{
	u8 rs[2 * RPT_EC_SCALAR_MAX];
	u8 e[RPT_EC_SCALAR_MAX];
	u8 k[RPT_EC_SCALAR_MAX];
	struct nonce g = {};
	unsigned int tries;
	int err = -EIO;

	if (extra_len > EXTRA_MAX || !rpt_ec_scalar_ok(c, d))
		return -EINVAL;
	digest_to_scalar(c, digest, rpt_hash_size(hash), e);
	nonce_init(&g, c, hash, d, e, extra, extra_len);
	for (tries = 0; tries < 8; tries++) {
		nonce_next(&g, c, k);
		if (rpt_ec_scalar_ok(c, k)) {
			err = c->ops->sign(c, d, e, k, rs);
			if (err != -EAGAIN)
				break;
			err = -EIO;
		}
		nonce_mix(&g, 0x00, 0);
	}
	if (!err)
		err = encode(c, rs, sig, cap, siglen);
	memzero_explicit(k, sizeof(k));
	memzero_explicit(&g, sizeof(g));
	return err;
}

/**
 * rpt_ecdsa_verify() - verify a signature of a digest (FIPS 186-5 section
 * 6.4.2)
 * @c: the curve
 * @q: public point
 * @qlen: length of @q
 * @digest: digest of the message
 * @digest_len: its length; what exceeds the curve's order is cut off
 * @sig: DER signature (RFC 3279 section 2.2.3)
 * @siglen: length of @sig
 *
 * BER that is not DER, trailing bytes, and r or s outside [1, n-1] are
 * refused.  A digest that is 0 modulo n, which nobody can find, is too: the
 * backends are not asked to add the point at infinity.
 *
 * Context: Any context that allows 5 kB of stack.
 * Return: 0, -EBADMSG for a malformed signature, -EINVAL for a key of another
 * curve, -EKEYREJECTED if the signature is false or the key not on the curve.
 */
int rpt_ecdsa_verify(const struct rpt_ec_curve *c, const u8 *q, size_t qlen,
		     const u8 *digest, size_t digest_len,
		     const u8 *sig, size_t siglen)
{
	u8 rs[2 * RPT_EC_SCALAR_MAX];
	u8 e[RPT_EC_SCALAR_MAX];
	int err;

	if (qlen != c->point_len || q[0] != 0x04)
		return -EINVAL;
	err = decode(c, sig, siglen, rs);
	if (err)
		return err;
	digest_to_scalar(c, digest, digest_len, e);
	if (!rpt_ec_scalar_ok(c, rs) || !rpt_ec_scalar_ok(c, rs + c->len) ||
	    !rpt_ec_scalar_ok(c, e))
		return -EKEYREJECTED;
	return c->ops->verify(c, q, e, rs);
}
