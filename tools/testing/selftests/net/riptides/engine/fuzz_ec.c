// SPDX-License-Identifier: GPL-2.0-only
/*
 * Curves: every backend against OpenSSL's points and big numbers. Scalars come
 * out of the fuzzer's bytes in forms that hit the corners: next to 0, to n and
 * to powers of two, and in runs of equal digits.
 */
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include "ec.h"
#include "fuzz.h"

/* A curve as OpenSSL has it, and numbers to compute with */
struct theirs {
	const struct rpt_ec_curve *c;
	EC_GROUP *group;
	const BIGNUM *n;
	BN_CTX *ctx;
	BIGNUM *d, *d2, *k, *e, *r, *s, *u1, *u2, *t;
	EC_POINT *q, *p;
};

/* What one case is about, in our form */
struct ours {
	u8 d[RPT_EC_SCALAR_MAX], k[RPT_EC_SCALAR_MAX], e[RPT_EC_SCALAR_MAX];
	u8 q[RPT_EC_POINT_MAX], rs[2 * RPT_EC_SCALAR_MAX];
};

static struct theirs *curve(unsigned int i)
{
	static struct theirs curves[2];
	struct theirs *t = &curves[i];

	if (t->group)
		return t;
	t->c = i ? &rpt_ec_p384 : &rpt_ec_p256;
	t->group = EC_GROUP_new_by_curve_name(i ? NID_secp384r1 : NID_X9_62_prime256v1);
	t->n = EC_GROUP_get0_order(t->group);
	t->ctx = BN_CTX_new();
	BN_CTX_start(t->ctx);
	t->d = BN_CTX_get(t->ctx);
	t->d2 = BN_CTX_get(t->ctx);
	t->k = BN_CTX_get(t->ctx);
	t->e = BN_CTX_get(t->ctx);
	t->r = BN_CTX_get(t->ctx);
	t->s = BN_CTX_get(t->ctx);
	t->u1 = BN_CTX_get(t->ctx);
	t->u2 = BN_CTX_get(t->ctx);
	t->t = BN_CTX_get(t->ctx);
	t->q = EC_POINT_new(t->group);
	t->p = EC_POINT_new(t->group);
	return t;
}

static void scalar(struct theirs *t, struct rpt_rd *r, BIGNUM *out)
{
	u8 raw[RPT_EC_SCALAR_MAX] = { };
	u8 form = rpt_rd_u8(r);
	size_t n;

	switch (form % 5) {
	case 0:
		BN_set_word(out, rpt_rd_u8(r));
		break;
	case 1:
		BN_set_word(out, rpt_rd_u8(r));
		BN_sub(out, t->n, out);
		break;
	case 2:
		BN_one(out);
		BN_lshift(out, out, rpt_rd_u8(r) * 2 + (form >> 7));
		if (form & 0x40)
			BN_add_word(out, rpt_rd_u8(r));
		else
			BN_sub_word(out, rpt_rd_u8(r));
		break;
	case 3:
		memset(raw, rpt_rd_u8(r), t->c->len);
		BN_bin2bn(raw, t->c->len, out);
		break;
	default:
		n = min((size_t)t->c->len, rpt_rd_left(r));
		if (n)
			memcpy(raw, rpt_rd_bytes(r, n), n);
		BN_bin2bn(raw, t->c->len, out);
		break;
	}
	BN_nnmod(out, out, t->n, t->ctx);
}

/* The same without 0 */
static void nonzero(struct theirs *t, struct rpt_rd *r, BIGNUM *out)
{
	scalar(t, r, out);
	if (BN_is_zero(out))
		BN_one(out);
}

static void put(const struct theirs *t, const BIGNUM *x, u8 *out)
{
	BN_bn2binpad(x, out, t->c->len);
}

static void put_point(const struct theirs *t, const EC_POINT *p, u8 *out)
{
	EC_POINT_point2oct(t->group, p, POINT_CONVERSION_UNCOMPRESSED, out,
			   t->c->point_len, t->ctx);
}

/* The X coordinate modulo n */
static void x_mod_n(const struct theirs *t, const EC_POINT *p, BIGNUM *out)
{
	EC_POINT_get_affine_coordinates(t->group, p, out, NULL, t->ctx);
	BN_nnmod(out, out, t->n, t->ctx);
}

/* The definition: FIPS 186-5 section 6.4.2, for r and s in range */
static bool theirs_verify(const struct theirs *t)
{
	BIGNUM *w = BN_mod_inverse(NULL, t->s, t->n, t->ctx);
	bool ok = false;

	BN_mod_mul(t->u1, t->e, w, t->n, t->ctx);
	BN_mod_mul(t->u2, t->r, w, t->n, t->ctx);
	EC_POINT_mul(t->group, t->p, t->u1, t->q, t->u2, t->ctx);
	if (!EC_POINT_is_at_infinity(t->group, t->p)) {
		x_mod_n(t, t->p, t->t);
		ok = !BN_cmp(t->t, t->r);
	}
	BN_free(w);
	return ok;
}

/* The next backend that this CPU runs; BearSSL, which is slow, on demand */
static const struct rpt_ec_ops *backend(const struct theirs *t, unsigned int *i, bool bear)
{
	const struct rpt_ec_ops *ops;

	while ((ops = t->c->backends[*i])) {
		(*i)++;
		if ((!ops->usable || ops->usable()) && (bear || ops != &rpt_ec_bearssl))
			return ops;
	}
	return NULL;
}

static void verify(const struct theirs *t, struct ours *o, bool bear)
{
	const struct rpt_ec_ops *ops;
	bool good = theirs_verify(t);
	unsigned int i = 0;
	int err;

	put(t, t->e, o->e);
	put(t, t->r, o->rs);
	put(t, t->s, o->rs + t->c->len);
	put_point(t, t->q, o->q);
	/* BearSSL is never asked to verify 0: rpt_ecdsa_verify() sees to it. */
	while ((ops = backend(t, &i, bear && !BN_is_zero(t->e)))) {
		err = ops->verify(t->c, o->q, o->e, o->rs);
		fuzz_check(err == (good ? 0 : -EKEYREJECTED), "the definition of verification");
	}
}

/* Any scalars: all agree on public keys, signatures and shared secrets. */
static void agree(struct theirs *t, struct rpt_rd *r, bool bear)
{
	u8 point[RPT_EC_POINT_MAX], x[RPT_EC_SCALAR_MAX], want[RPT_EC_SCALAR_MAX];
	const struct rpt_ec_ops *ops;
	static struct ours o;
	unsigned int i = 0;
	BIGNUM *inv;
	u8 rs[2 * RPT_EC_SCALAR_MAX];
	bool zero;

	nonzero(t, r, t->d);
	nonzero(t, r, t->k);
	scalar(t, r, t->e);
	nonzero(t, r, t->d2);
	put(t, t->d, o.d);
	put(t, t->k, o.k);
	put(t, t->e, o.e);

	EC_POINT_mul(t->group, t->p, t->k, NULL, NULL, t->ctx);
	x_mod_n(t, t->p, t->r);
	inv = BN_mod_inverse(NULL, t->k, t->n, t->ctx);
	BN_mod_mul(t->s, t->d, t->r, t->n, t->ctx);
	BN_mod_add(t->s, t->s, t->e, t->n, t->ctx);
	BN_mod_mul(t->s, t->s, inv, t->n, t->ctx);
	BN_free(inv);
	zero = BN_is_zero(t->r) || BN_is_zero(t->s);
	put(t, t->r, o.rs);
	put(t, t->s, o.rs + t->c->len);

	EC_POINT_mul(t->group, t->q, t->d2, NULL, NULL, t->ctx);
	EC_POINT_mul(t->group, t->p, NULL, t->q, t->d, t->ctx);
	EC_POINT_get_affine_coordinates(t->group, t->p, t->t, NULL, t->ctx);
	put(t, t->t, want);
	put_point(t, t->q, o.q);
	while ((ops = backend(t, &i, bear))) {
		fuzz_check(!ops->ecdh(t->c, o.d, o.q, x) && !memcmp(x, want, t->c->len),
			   "the same shared secret");
		fuzz_check(ops->sign(t->c, o.d, o.e, o.k, rs) == (zero ? -EAGAIN : 0),
			   "a signature, but of no zero");
		fuzz_check(zero || !memcmp(rs, o.rs, 2 * t->c->len), "the same signature");
	}
	EC_POINT_mul(t->group, t->q, t->d, NULL, NULL, t->ctx);
	put_point(t, t->q, o.q);
	i = 0;
	while ((ops = backend(t, &i, bear)))
		fuzz_check(!ops->pub(t->c, o.d, point) &&
			   !memcmp(point, o.q, t->c->point_len), "the same public key");
}

/* Signatures by way of what verification computes: u1, u2 and the key. */
static void combine(struct theirs *t, struct rpt_rd *r, bool bear)
{
	static struct ours o;
	BIGNUM *inv;

	nonzero(t, r, t->d);
	scalar(t, r, t->u1);
	nonzero(t, r, t->u2);
	nonzero(t, r, t->k);
	EC_POINT_mul(t->group, t->q, t->d, NULL, NULL, t->ctx);
	EC_POINT_mul(t->group, t->p, t->u1, t->q, t->u2, t->ctx);
	if (EC_POINT_is_at_infinity(t->group, t->p))
		BN_copy(t->r, t->k);
	else
		x_mod_n(t, t->p, t->r);
	if (BN_is_zero(t->r))
		return;
	inv = BN_mod_inverse(NULL, t->u2, t->n, t->ctx);
	BN_mod_mul(t->s, t->r, inv, t->n, t->ctx);
	BN_mod_mul(t->e, t->u1, t->s, t->n, t->ctx);
	BN_free(inv);
	verify(t, &o, bear);
	/* And something else that is wrong in all likelihood */
	BN_mod_add(t->e, t->e, t->k, t->n, t->ctx);
	verify(t, &o, bear);
}

/* Any bytes as a point, and any r, s and e with it */
static void raw(struct theirs *t, struct rpt_rd *r, bool bear)
{
	const struct rpt_ec_ops *ops;
	static struct ours o;
	unsigned int i = 0;
	bool good;

	memset(&o, 0, sizeof(o));
	o.q[0] = 0x04;
	rpt_rd_copy(r, o.q + 1, min((size_t)t->c->point_len - 1, rpt_rd_left(r)));
	nonzero(t, r, t->r);
	nonzero(t, r, t->s);
	scalar(t, r, t->e);
	good = EC_POINT_oct2point(t->group, t->q, o.q, t->c->point_len, t->ctx);
	while ((ops = backend(t, &i, bear)))
		fuzz_check(ops->check(t->c, o.q) == (good ? 0 : -EINVAL), "the same points");
	if (good)
		verify(t, &o, bear);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct theirs *t;
	struct rpt_rd r;
	bool bear;
	u8 what;

	rpt_rd_init(&r, data, size);
	what = rpt_rd_u8(&r);
	t = curve(what & 1);
	bear = what >> 4 == 0;
	switch (what >> 1 & 3) {
	case 0:
		agree(t, &r, bear);
		break;
	case 1:
	case 2:
		combine(t, &r, bear);
		break;
	default:
		raw(t, &r, bear);
		break;
	}
	return 0;
}
