/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * P-256 and P-384 behind a table
 *
 * A backend does the arithmetic (struct rpt_ec_ops); range and format checks,
 * key generation, ECDSA nonces and encodings are ours and the same for all of
 * them.  All numbers are big endian and as long as the field of the curve,
 * points are uncompressed (04 || X || Y).
 */
#ifndef _RPT_EC_H
#define _RPT_EC_H

#include <linux/types.h>
#include "sig.h"

struct rpt_ec_curve;

/**
 * struct rpt_ec_ops - arithmetic of one curve
 * @name: name of the implementation
 * @usable: tells if this CPU can run it; NULL if any can
 * @check: 0 if the point is on the curve, -EINVAL otherwise
 * @pub: point = d * G
 * @ecdh: x = X coordinate of d * point, -EINVAL if the point is not on the
 *	  curve
 * @sign: one ECDSA signature (r || s) of the number e with the nonce k,
 *	  -EAGAIN if that nonce yields a zero r or s
 * @verify: ECDSA verification of (r || s) over the number e, -EKEYREJECTED if
 *	    false or if q is not on the curve
 *
 * Scalars (d, k, r, s) have been checked to be in [1, n-1] and e to be in
 * [0, n-1].  All but @check and @verify run in constant time.
 */
struct rpt_ec_ops {
	const char *name;
	bool (*usable)(void);
	int (*check)(const struct rpt_ec_curve *c, const u8 *point);
	int (*pub)(const struct rpt_ec_curve *c, const u8 *d, u8 *point);
	int (*ecdh)(const struct rpt_ec_curve *c, const u8 *d, const u8 *point,
		    u8 *x);
	int (*sign)(const struct rpt_ec_curve *c, const u8 *d, const u8 *e,
		    const u8 *k, u8 *rs);
	int (*verify)(const struct rpt_ec_curve *c, const u8 *q, const u8 *e,
		      const u8 *rs);
};

/**
 * struct rpt_ec_curve - one curve
 * @name: name of the curve
 * @key_type: enum rpt_key_type of its keys
 * @len: length of a coordinate and of a scalar
 * @point_len: length of a point, 1 + 2 * @len
 * @bear_id: BearSSL's number of the curve
 * @order: order n of the group, @len bytes
 * @ops: arithmetic: the first of @backends that this CPU can run
 * @backends: all there are, the fastest first and NULL last
 */
struct rpt_ec_curve {
	const char *name;
	u8 key_type;
	u8 len;
	u8 point_len;
	u8 bear_id;
	const u8 *order;
	const struct rpt_ec_ops *ops;
	const struct rpt_ec_ops *const *backends;
};

/* ec.c */
extern const struct rpt_ec_curve rpt_ec_p256;
extern const struct rpt_ec_curve rpt_ec_p384;

const struct rpt_ec_curve *rpt_ec_curve_find(u8 key_type);
bool rpt_ec_scalar_ok(const struct rpt_ec_curve *c, const u8 *s);
int __must_check rpt_ec_point_check(const struct rpt_ec_curve *c,
				    const u8 *point, size_t len);
int __must_check rpt_ec_keygen(const struct rpt_ec_curve *c, u8 *d, u8 *point);
int __must_check rpt_ec_ecdh(const struct rpt_ec_curve *c, const u8 *d,
			     const u8 *point, size_t len, u8 *x);

/* ecdsa.c */
int __must_check rpt_ecdsa_sign(const struct rpt_ec_curve *c, const u8 *d,
				u8 hash, const u8 *digest,
				const u8 *extra, size_t extra_len,
				u8 *sig, size_t cap, size_t *siglen);
int __must_check rpt_ecdsa_verify(const struct rpt_ec_curve *c,
				  const u8 *q, size_t qlen,
				  const u8 *digest, size_t digest_len,
				  const u8 *sig, size_t siglen);

/* p256.c, p384.c: with CONFIG_RIPTIDES_S2N; adx on x86_64 only */
extern const struct rpt_ec_ops rpt_ec_p256_adx;
extern const struct rpt_ec_ops rpt_ec_p256_alt;
extern const struct rpt_ec_ops rpt_ec_p384_adx;
extern const struct rpt_ec_ops rpt_ec_p384_alt;

/* ec_bearssl.c */
extern const struct rpt_ec_ops rpt_ec_bearssl;

#endif /* _RPT_EC_H */
