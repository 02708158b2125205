/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Curve arithmetic on s2n-bignum: what P-256 and P-384 have in common
 *
 * Everything here is inlined into p256.c and p384.c with a constant struct
 * s2n_curve, so that the calls in it are direct ones.
 *
 * Functions named vartime work on public numbers only; all others run in
 * constant time.
 */
#ifndef _RPT_EC_S2N_H
#define _RPT_EC_S2N_H

#include <asm/cpufeature.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include "burn.h"
#include "ec.h"
#include "s2n.h"

/* Of a number, an affine point, a point; who includes this sets S2N_WORDS. */
#define S2N_AFFINE	(2 * S2N_WORDS)
#define S2N_POINT	(3 * S2N_WORDS)

/* How deep s2n-bignum reaches into the stack with secrets, in KiB */
#define S2N_BURN	3

/* Odd multiples 1, 3, ... 15 of a public key: digits of 5 bits */
#define S2N_KEY_WIDTH	5
#define S2N_KEY_POINTS	(1 << (S2N_KEY_WIDTH - 2))

/**
 * struct s2n_curve - a curve and the functions for it
 * @width: bits of a digit in @table
 * @p: prime of the field
 * @n: order of the group
 * @p_r2: 2^(128 * S2N_WORDS) mod p, takes numbers into Montgomery form
 * @n_r2: the same mod n
 * @one: 1 in Montgomery form
 * @b: coefficient of the curve in Montgomery form
 * @g: base point, affine, in Montgomery form
 * @table: multiples of the base point, affine, in Montgomery form: row i has
 *	   2^(@width * i) * j * G for j = 1 to 2^(@width - 1)
 * @add: sum mod p
 * @sub: difference mod p
 * @mul: Montgomery product mod p
 * @sqr: Montgomery square mod p
 * @inv: inverse mod p, in Montgomery form
 * @mod_n: a number mod n
 * @jadd: sum of two points that are not the same
 * @jdouble: double of a point
 * @jmixadd: sum of a point and an affine one that are not the same
 * @jmul: product of a scalar and a point
 * @base: product of a scalar and the base point: affine, out of Montgomery
 *	  form
 */
struct s2n_curve {
	unsigned int width;
	const u64 *p;
	const u64 *n;
	const u64 *p_r2;
	const u64 *n_r2;
	const u64 *one;
	const u64 *b;
	const u64 *g;
	u64 *table;
	void (*add)(u64 *z, const u64 *x, const u64 *y);
	void (*sub)(u64 *z, const u64 *x, const u64 *y);
	void (*mul)(u64 *z, const u64 *x, const u64 *y);
	void (*sqr)(u64 *z, const u64 *x);
	void (*inv)(u64 *z, const u64 *x);
	void (*mod_n)(u64 *z, const u64 *x);
	void (*jadd)(u64 *p3, const u64 *p1, const u64 *p2);
	void (*jdouble)(u64 *p3, const u64 *p1);
	void (*jmixadd)(u64 *p3, const u64 *p1, const u64 *p2);
	void (*jmul)(u64 *res, const u64 *scalar, const u64 *point);
	void (*base)(u64 *res, const u64 *scalar);
};

#ifdef CONFIG_X86_64
static inline bool s2n_has_adx(void)
{
	return boot_cpu_has(X86_FEATURE_BMI2) && boot_cpu_has(X86_FEATURE_ADX);
}
#endif

static const u64 s2n_unit[S2N_WORDS] = { 1 };
static const u64 s2n_zero[S2N_WORDS];

static __always_inline void s2n_load(u64 *z, const u8 *be)
{
	unsigned int i;

	for (i = 0; i < S2N_WORDS; i++)
		z[i] = get_unaligned_be64(be + 8 * (S2N_WORDS - 1 - i));
}

static __always_inline void s2n_store(u8 *be, const u64 *x)
{
	unsigned int i;

	for (i = 0; i < S2N_WORDS; i++)
		put_unaligned_be64(x[i], be + 8 * (S2N_WORDS - 1 - i));
}

static __always_inline void s2n_copy(u64 *z, const u64 *x, unsigned int words)
{
	memcpy(z, x, words * sizeof(*z));
}

static __always_inline u64 s2n_is_zero(const u64 *x)
{
	u64 bits = 0;
	unsigned int i;

	for (i = 0; i < S2N_WORDS; i++)
		bits |= x[i];
	return !bits;
}

static __always_inline bool s2n_vartime_eq(const u64 *x, const u64 *y)
{
	return !memcmp(x, y, S2N_WORDS * sizeof(*x));
}

static __always_inline bool s2n_vartime_less(const u64 *x, const u64 *y)
{
	unsigned int i;

	for (i = S2N_WORDS; i-- > 0;)
		if (x[i] != y[i])
			return x[i] < y[i];
	return false;
}

/* Montgomery form of a number below p */
static __always_inline void s2n_to_mont(const struct s2n_curve *c, u64 *z,
					const u64 *x)
{
	c->mul(z, x, c->p_r2);
}

static __always_inline void s2n_from_mont(const struct s2n_curve *c, u64 *z,
					  const u64 *x)
{
	c->mul(z, x, s2n_unit);
}

/* y^2 = x^3 - 3x + b, coordinates in Montgomery form (SP 800-186 2.1.1) */
static __always_inline bool s2n_vartime_on_curve(const struct s2n_curve *c,
						 const u64 *x, const u64 *y)
{
	u64 l[S2N_WORDS], r[S2N_WORDS];

	c->sqr(r, x);
	c->mul(r, r, x);
	c->sub(r, r, x);
	c->sub(r, r, x);
	c->sub(r, r, x);
	c->add(r, r, c->b);
	c->sqr(l, y);
	return s2n_vartime_eq(l, r);
}

/* A public point; the point at infinity has no such form */
static __always_inline int s2n_vartime_point(const struct s2n_curve *c,
					     u64 *point, const u8 *encoded)
{
	u64 *y = point + S2N_WORDS;

	s2n_load(point, encoded + 1);
	s2n_load(y, encoded + 1 + 8 * S2N_WORDS);
	if (!s2n_vartime_less(point, c->p) ||
	    !s2n_vartime_less(y, c->p))
		return -EINVAL;
	s2n_to_mont(c, point, point);
	s2n_to_mont(c, y, y);
	if (!s2n_vartime_on_curve(c, point, y))
		return -EINVAL;
	s2n_copy(y + S2N_WORDS, c->one, S2N_WORDS);
	return 0;
}

static __always_inline int s2n_check(const struct s2n_curve *c,
				     const u8 *encoded)
{
	u64 point[S2N_POINT];

	return s2n_vartime_point(c, point, encoded);
}

/* @count bits of a number from bit @at, of which some may lie beyond its end */
static __always_inline unsigned int s2n_bits(const u64 *k, unsigned int at,
					     unsigned int count)
{
	unsigned int word = at / 64;
	unsigned int shift = at % 64;
	u64 v = 0;

	if (word < S2N_WORDS)
		v = k[word] >> shift;
	if (shift && word + 1 < S2N_WORDS)
		v |= k[word + 1] << (64 - shift);
	return v & ((1U << count) - 1);
}

/* All ones if x is 0, else all zeroes */
static __always_inline u64 s2n_zero_mask(u64 x)
{
	u64 mask = 0 - ((~x & (x - 1)) >> 63);

	OPTIMIZER_HIDE_VAR(mask);
	return mask;
}

static __always_inline void s2n_select(u64 *z, const u64 *x, u64 mask,
				       unsigned int words)
{
	unsigned int i;

	for (i = 0; i < words; i++)
		z[i] ^= (z[i] ^ x[i]) & mask;
}

/*
 * k * G from the table, without doublings; affine, out of Montgomery form. For
 * curves of which s2n-bignum has no such function.
 *
 * Digits are in [-2^(width - 1), 2^(width - 1)]. What has been added up before
 * row i is less than the least that row i adds in magnitude, and both together
 * less than n but for a last row that holds a carry only; k being less than n,
 * no point is ever added to itself or its negative. Nothing is added for a
 * digit of zero: that sum is computed and dropped.
 */
static __always_inline void s2n_comb(const struct s2n_curve *c, u64 *affine,
				     const u64 *k, unsigned int rows)
{
	unsigned int per_row = 1 << (c->width - 1);
	const u64 *row = c->table;
	struct {
		u64 acc[S2N_POINT], sum[S2N_POINT];
		u64 point[S2N_AFFINE], neg[S2N_WORDS];
		u64 zi[S2N_WORDS], zz[S2N_WORDS];
	} v = {};
	u64 digit, minus, carry = 0;
	unsigned int i, j;

	for (i = 0; i < rows; i++) {
		digit = s2n_bits(k, i * c->width, c->width) + carry;
		carry = (per_row - digit) >> 63;
		minus = 0 - carry;
		digit = (digit ^ minus) + carry + (carry << c->width);

		for (j = 1; j <= per_row; j++, row += S2N_AFFINE)
			s2n_select(v.point, row, s2n_zero_mask(j ^ digit),
				   S2N_AFFINE);
		c->sub(v.neg, s2n_zero, v.point + S2N_WORDS);
		s2n_select(v.point + S2N_WORDS, v.neg, minus, S2N_WORDS);
		c->jmixadd(v.sum, v.acc, v.point);
		s2n_select(v.acc, v.sum, ~s2n_zero_mask(digit), S2N_POINT);
	}
	c->inv(v.zi, v.acc + S2N_AFFINE);
	c->sqr(v.zz, v.zi);
	c->mul(affine, v.acc, v.zz);
	s2n_from_mont(c, affine, affine);
	c->mul(v.zz, v.zz, v.zi);
	c->mul(affine + S2N_WORDS, v.acc + S2N_WORDS, v.zz);
	s2n_from_mont(c, affine + S2N_WORDS, affine + S2N_WORDS);
	memzero_explicit(&v, sizeof(v));
}

static __always_inline int s2n_pub(const struct s2n_curve *c, const u8 *d,
				   u8 *encoded)
{
	u64 point[S2N_AFFINE];
	u64 k[S2N_WORDS];

	s2n_load(k, d);
	c->base(point, k);
	encoded[0] = 0x04;
	s2n_store(encoded + 1, point);
	s2n_store(encoded + 1 + 8 * S2N_WORDS, point + S2N_WORDS);
	memzero_explicit(k, sizeof(k));
	rpt_stack_burn(S2N_BURN);
	return 0;
}

static __always_inline int s2n_ecdh(const struct s2n_curve *c, const u8 *d,
				    const u8 *encoded, u8 *x)
{
	struct {
		u64 k[S2N_WORDS], point[S2N_POINT];
		u64 result[S2N_POINT], t[S2N_WORDS];
	} v;
	u64 infinity;
	int err;

	err = s2n_vartime_point(c, v.point, encoded);
	if (err)
		return err;
	s2n_load(v.k, d);
	c->jmul(v.result, v.k, v.point);
	/* Not with 0 < d < n and a group of prime order */
	infinity = s2n_is_zero(v.result + S2N_AFFINE);
	c->inv(v.t, v.result + S2N_AFFINE);
	c->sqr(v.t, v.t);
	c->mul(v.t, v.t, v.result);
	s2n_from_mont(c, v.t, v.t);
	s2n_store(x, v.t);
	memzero_explicit(&v, sizeof(v));
	rpt_stack_burn(S2N_BURN);
	return infinity ? -EINVAL : 0;
}

/* s = (e + d * r) / k mod n (FIPS 186-5 section 6.4.1) */
static __always_inline int s2n_sign(const struct s2n_curve *c, const u8 *d,
				    const u8 *e, const u8 *k, u8 *rs)
{
	struct {
		u64 k[S2N_WORDS], d[S2N_WORDS], e[S2N_WORDS];
		u64 r[S2N_WORDS], s[S2N_WORDS], inv[S2N_WORDS];
		u64 point[S2N_AFFINE];
		u64 tmp[S2N_POINT];
	} v;
	u64 zero;

	s2n_load(v.k, k);
	s2n_load(v.d, d);
	s2n_load(v.e, e);

	/* r is the X coordinate of k * G, less than 2n, modulo n. */
	c->base(v.point, v.k);
	c->mod_n(v.r, v.point);

	/* A product of one factor in Montgomery form is an ordinary one. */
	bignum_modinv(S2N_WORDS, v.inv, v.k, c->n, v.tmp);
	bignum_montmul(S2N_WORDS, v.s, v.d, c->n_r2, c->n);
	bignum_montmul(S2N_WORDS, v.tmp, v.s, v.r, c->n);
	bignum_modadd(S2N_WORDS, v.s, v.tmp, v.e, c->n);
	bignum_montmul(S2N_WORDS, v.tmp, v.s, c->n_r2, c->n);
	bignum_montmul(S2N_WORDS, v.s, v.tmp, v.inv, c->n);

	s2n_store(rs, v.r);
	s2n_store(rs + 8 * S2N_WORDS, v.s);
	zero = s2n_is_zero(v.r) | s2n_is_zero(v.s);
	memzero_explicit(&v, sizeof(v));
	rpt_stack_burn(S2N_BURN);
	return zero ? -EAGAIN : 0;
}

/*
 * A number as a sum of digit[i] * 2^i, each digit 0 or odd and less than
 * 2^(@width - 1) in magnitude, with @width - 1 zeroes behind each that is not
 */
static __always_inline void s2n_vartime_wnaf(s8 *digit, const u64 *k,
					     unsigned int width)
{
	unsigned int carry = 0;
	unsigned int at = 0;
	unsigned int v;

	memset(digit, 0, 64 * S2N_WORDS + 1);
	while (at <= 64 * S2N_WORDS) {
		if (s2n_bits(k, at, 1) == carry) {
			at++;
			continue;
		}
		v = s2n_bits(k, at, width) + carry;
		carry = v >> (width - 1);
		digit[at] = (int)v - (int)(carry << width);
		at += width;
	}
}

/* p1 += p2 whatever they are, Z of p2 being 1 if it is @affine */
static __always_inline void s2n_vartime_add(const struct s2n_curve *c, u64 *p1,
					    const u64 *p2, bool affine)
{
	u64 sum[S2N_POINT], l[S2N_WORDS], r[S2N_WORDS];
	const u64 *z1 = p1 + S2N_AFFINE;
	const u64 *z2 = affine ? c->one : p2 + S2N_AFFINE;

	if (affine)
		c->jmixadd(sum, p1, p2);
	else
		c->jadd(sum, p1, p2);
	if (likely(!s2n_is_zero(sum + S2N_AFFINE))) {
		s2n_copy(p1, sum, S2N_POINT);
		return;
	}
	/* The same X: p2 is p1, or its negative and the sum is infinity. */
	c->sqr(l, z2);
	c->mul(l, l, z2);
	c->mul(l, l, p1 + S2N_WORDS);
	c->sqr(r, z1);
	c->mul(r, r, z1);
	c->mul(r, r, p2 + S2N_WORDS);
	if (s2n_vartime_eq(l, r) && !s2n_is_zero(z1))
		c->jdouble(p1, p1);
	else
		memset(p1, 0, S2N_POINT * sizeof(*p1));
}

/* acc += digit * P, of whose odd multiples there is a table */
static __always_inline void s2n_vartime_digit(const struct s2n_curve *c,
					      u64 *acc, int digit,
					      const u64 *multiple, bool affine)
{
	u64 p[S2N_POINT];

	s2n_copy(p, multiple, (affine ? 2 : 3) * S2N_WORDS);
	if (digit < 0)
		c->sub(p + S2N_WORDS, s2n_zero, p + S2N_WORDS);
	s2n_vartime_add(c, acc, p, affine);
}

/*
 * acc = u1 * G + u2 * Q; digits of u1 are as wide as those of the table. @step
 * is s2n_vartime_digit() for that curve, not inlined as the table is large.
 */
static __always_inline void
s2n_vartime_combine(const struct s2n_curve *c, u64 *acc, const s8 *u1,
		    const s8 *u2, const u64 *q,
		    void (*step)(u64 *acc, int digit, const u64 *multiple,
				 bool affine))
{
	u64 table[S2N_KEY_POINTS * S2N_POINT];
	unsigned int stride = S2N_POINT;
	unsigned int i, j;

	/* No two terms are the same, as the order of Q is a large prime. */
	c->jdouble(acc, q);
	s2n_copy(table, q, stride);
	for (j = 1; j < S2N_KEY_POINTS; j++)
		c->jadd(table + j * stride, table + (j - 1) * stride, acc);

	memset(acc, 0, stride * sizeof(*acc));
	for (i = 64 * S2N_WORDS + 1; i-- > 0;) {
		if (!s2n_is_zero(acc + S2N_AFFINE))
			c->jdouble(acc, acc);
		j = (u2[i] < 0 ? -u2[i] : u2[i]) / 2;
		if (u2[i])
			step(acc, u2[i], table + j * stride, false);
		j = (u1[i] < 0 ? -u1[i] : u1[i]) - 1;
		if (u1[i])
			step(acc, u1[i], c->table + j * S2N_AFFINE, true);
	}
}

/* Is X / Z^2 mod p equal to r modulo n? */
static __always_inline bool s2n_vartime_x_is(const struct s2n_curve *c,
					     const u64 *point, const u64 *r)
{
	u64 zz[S2N_WORDS], t[S2N_WORDS];

	if (s2n_is_zero(point + S2N_AFFINE))
		return false;
	c->sqr(zz, point + S2N_AFFINE);
	s2n_to_mont(c, t, r);
	c->mul(t, t, zz);
	if (s2n_vartime_eq(t, point))
		return true;
	/* Reduction modulo n took n away if r + n is less than p, too. */
	c->add(t, r, c->n);
	if (s2n_vartime_less(t, r))
		return false;
	s2n_to_mont(c, t, t);
	c->mul(t, t, zz);
	return s2n_vartime_eq(t, point);
}

/* FIPS 186-5 section 6.4.2, up to the digits of u1 and u2 */
static __always_inline void s2n_vartime_digits(const struct s2n_curve *c,
					       const u8 *e, const u8 *rs,
					       s8 *u1, s8 *u2)
{
	u64 u[S2N_WORDS], w[S2N_WORDS], t[S2N_POINT];

	s2n_load(u, rs + 8 * S2N_WORDS);
	bignum_modinv(S2N_WORDS, w, u, c->n, t);
	bignum_montmul(S2N_WORDS, t, w, c->n_r2, c->n);
	s2n_load(w, e);
	bignum_montmul(S2N_WORDS, u, w, t, c->n);
	s2n_vartime_wnaf(u1, u, c->width);
	s2n_load(w, rs);
	bignum_montmul(S2N_WORDS, u, w, t, c->n);
	s2n_vartime_wnaf(u2, u, S2N_KEY_WIDTH);
}

/* At boot: the table, a row at a time, with one inversion for each */
static __always_inline void __init s2n_table_init(const struct s2n_curve *c,
						  u64 *jac, u64 *prefix,
						  unsigned int rows)
{
	unsigned int per_row = 1 << (c->width - 1);
	unsigned int stride = S2N_POINT;
	u64 inv[S2N_WORDS], zi[S2N_WORDS], zz[S2N_WORDS];
	u64 *row = c->table;
	unsigned int i, j;
	u64 *p;

	s2n_copy(jac, c->g, S2N_AFFINE);
	s2n_copy(jac + S2N_AFFINE, c->one, S2N_WORDS);
	for (i = 0; i < rows; i++) {
		c->jdouble(jac + stride, jac);
		for (j = 2; j < per_row; j++)
			c->jadd(jac + j * stride, jac + (j - 1) * stride, jac);

		/* prefix[j] = z[0] * ... * z[j], then back down. */
		s2n_copy(prefix, jac + S2N_AFFINE, S2N_WORDS);
		for (j = 1; j < per_row; j++)
			c->mul(prefix + j * S2N_WORDS, prefix + (j - 1) * S2N_WORDS,
			       jac + j * stride + S2N_AFFINE);
		c->inv(inv, prefix + (per_row - 1) * S2N_WORDS);
		for (j = per_row; j-- > 0;) {
			p = jac + j * stride;
			if (j)
				c->mul(zi, inv, prefix + (j - 1) * S2N_WORDS);
			else
				s2n_copy(zi, inv, S2N_WORDS);
			c->mul(inv, inv, p + S2N_AFFINE);
			c->sqr(zz, zi);
			c->mul(row + j * S2N_AFFINE, p, zz);
			c->mul(zz, zz, zi);
			c->mul(row + j * S2N_AFFINE + S2N_WORDS, p + S2N_WORDS, zz);
		}
		row += per_row * S2N_AFFINE;
		c->jdouble(jac, jac + (per_row - 1) * stride);
	}
}

/**
 * S2N_OPS() - the operations on a curve
 * @prefix: prefix of the functions, and of PREFIX_curve, which is constant
 * @text: name for people
 * @cpu_fits: tells if this CPU can run them, or NULL
 */
#define S2N_OPS(prefix, text, cpu_fits)					\
static int prefix##_check(const struct rpt_ec_curve *c, const u8 *point)\
{									\
	return s2n_check(&prefix##_curve, point);			\
}									\
									\
static int prefix##_pub(const struct rpt_ec_curve *c, const u8 *d,	\
		      u8 *point)					\
{									\
	return s2n_pub(&prefix##_curve, d, point);			\
}									\
									\
static int prefix##_ecdh(const struct rpt_ec_curve *c, const u8 *d,	\
		       const u8 *point, u8 *x)				\
{									\
	return s2n_ecdh(&prefix##_curve, d, point, x);			\
}									\
									\
static int prefix##_sign(const struct rpt_ec_curve *c, const u8 *d,	\
		       const u8 *e, const u8 *k, u8 *rs)		\
{									\
	return s2n_sign(&prefix##_curve, d, e, k, rs);			\
}									\
									\
static noinline_for_stack void						\
prefix##_step(u64 *acc, int digit, const u64 *multiple, bool affine)	\
{									\
	s2n_vartime_digit(&prefix##_curve, acc, digit, multiple, affine);\
}									\
									\
static noinline_for_stack void						\
prefix##_combine(u64 *acc, const s8 *u1, const s8 *u2, const u64 *q)	\
{									\
	s2n_vartime_combine(&prefix##_curve, acc, u1, u2, q, prefix##_step);\
}									\
									\
static noinline_for_stack void						\
prefix##_digits(const u8 *e, const u8 *rs, s8 *u1, s8 *u2)		\
{									\
	s2n_vartime_digits(&prefix##_curve, e, rs, u1, u2);		\
}									\
									\
static int prefix##_verify(const struct rpt_ec_curve *c, const u8 *q,	\
			 const u8 *e, const u8 *rs)			\
{									\
	s8 u1[64 * S2N_WORDS + 1], u2[64 * S2N_WORDS + 1];		\
	u64 point[S2N_POINT], sum[S2N_POINT];				\
	u64 r[S2N_WORDS];						\
									\
	if (s2n_vartime_point(&prefix##_curve, point, q))		\
		return -EKEYREJECTED;					\
	prefix##_digits(e, rs, u1, u2);					\
	prefix##_combine(sum, u1, u2, point);				\
	s2n_load(r, rs);						\
	return s2n_vartime_x_is(&prefix##_curve, sum, r) ? 0 : -EKEYREJECTED;\
}									\
									\
const struct rpt_ec_ops rpt_ec_##prefix = {				\
	.name	= text,							\
	.usable	= cpu_fits,						\
	.check	= prefix##_check,					\
	.pub	= prefix##_pub,						\
	.ecdh	= prefix##_ecdh,					\
	.sign	= prefix##_sign,					\
	.verify	= prefix##_verify,					\
}

#endif /* _RPT_EC_S2N_H */
