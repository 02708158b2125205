/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What we call of s2n-bignum
 *
 * Numbers are arrays of 64-bit words, the lowest first.  Functions modulo p
 * take and return numbers below p; what is called mont works in Montgomery
 * form.  Points are X, Y, Z in Jacobian coordinates and Montgomery form, with
 * Z = 0 at infinity; those of two coordinates are affine.  Everything runs in
 * constant time, uses no vector registers, and needs no more than 2 kB of
 * stack.
 *
 * Of a pair, the function without _alt needs BMI2 and ADX on x86_64, and
 * vector registers for some on arm64.
 */
#ifndef _RPT_S2N_H
#define _RPT_S2N_H

#include <linux/types.h>

/* k words, modulo an odd m; z must not be one of the operands */
void bignum_modadd(u64 k, u64 *z, const u64 *x, const u64 *y, const u64 *m);
void bignum_modinv(u64 k, u64 *z, const u64 *a, const u64 *m, u64 *tmp);
void bignum_montmul(u64 k, u64 *z, const u64 *x, const u64 *y, const u64 *m);

/* P-256, modulo p and n */
void bignum_add_p256(u64 *z, const u64 *x, const u64 *y);
void bignum_sub_p256(u64 *z, const u64 *x, const u64 *y);
void bignum_mod_n256_4(u64 *z, const u64 *x);
void bignum_montinv_p256(u64 *z, const u64 *x);
void bignum_montmul_p256(u64 *z, const u64 *x, const u64 *y);
void bignum_montmul_p256_alt(u64 *z, const u64 *x, const u64 *y);
void bignum_montsqr_p256(u64 *z, const u64 *x);
void bignum_montsqr_p256_alt(u64 *z, const u64 *x);

/* P-256, points; adding a point to itself gives infinity, which is wrong */
void p256_montjadd(u64 *p3, const u64 *p1, const u64 *p2);
void p256_montjadd_alt(u64 *p3, const u64 *p1, const u64 *p2);
void p256_montjdouble(u64 *p3, const u64 *p1);
void p256_montjdouble_alt(u64 *p3, const u64 *p1);
void p256_montjmixadd(u64 *p3, const u64 *p1, const u64 *p2);
void p256_montjmixadd_alt(u64 *p3, const u64 *p1, const u64 *p2);
void p256_montjscalarmul(u64 *res, const u64 *scalar, const u64 *point);
void p256_montjscalarmul_alt(u64 *res, const u64 *scalar, const u64 *point);
void p256_scalarmulbase(u64 *res, const u64 *scalar, u64 width,
			const u64 *table);
void p256_scalarmulbase_alt(u64 *res, const u64 *scalar, u64 width,
			    const u64 *table);

/* P-384, modulo p and n */
void bignum_add_p384(u64 *z, const u64 *x, const u64 *y);
void bignum_sub_p384(u64 *z, const u64 *x, const u64 *y);
void bignum_mod_n384_6(u64 *z, const u64 *x);
void bignum_montinv_p384(u64 *z, const u64 *x);
void bignum_montmul_p384(u64 *z, const u64 *x, const u64 *y);
void bignum_montmul_p384_alt(u64 *z, const u64 *x, const u64 *y);
void bignum_montsqr_p384(u64 *z, const u64 *x);
void bignum_montsqr_p384_alt(u64 *z, const u64 *x);

/* P-384, points */
void p384_montjadd(u64 *p3, const u64 *p1, const u64 *p2);
void p384_montjadd_alt(u64 *p3, const u64 *p1, const u64 *p2);
void p384_montjdouble(u64 *p3, const u64 *p1);
void p384_montjdouble_alt(u64 *p3, const u64 *p1);
void p384_montjmixadd(u64 *p3, const u64 *p1, const u64 *p2);
void p384_montjmixadd_alt(u64 *p3, const u64 *p1, const u64 *p2);
void p384_montjscalarmul(u64 *res, const u64 *scalar, const u64 *point);
void p384_montjscalarmul_alt(u64 *res, const u64 *scalar, const u64 *point);

/*
 * X25519 (RFC 7748): scalars are clamped, the result is zero for points of low
 * order
 */
void curve25519_x25519(u64 *res, const u64 *scalar, const u64 *point);
void curve25519_x25519_alt(u64 *res, const u64 *scalar, const u64 *point);
void curve25519_x25519base(u64 *res, const u64 *scalar);
void curve25519_x25519base_alt(u64 *res, const u64 *scalar);

#endif /* _RPT_S2N_H */
