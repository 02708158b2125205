// SPDX-License-Identifier: GPL-2.0-only
/*
 * Backends of the curves: each against BearSSL's, at the corners of the scalars
 * and where addition formulas fail
 */

#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../ec.h"
#include "ec-testvecs.h"

/* One backend of one curve, by its place in the curve's list */
struct ec_case {
	const char *name;
	const struct rpt_ec_curve *curve;
	unsigned int backend;
	const struct ec_vec *vecs;
	unsigned int n;
};

#define CASE(text, which, prefix, at)			\
{							\
	.name		= text,				\
	.curve		= &(which),			\
	.backend	= at,				\
	.vecs		= prefix##_vecs,		\
	.n		= ARRAY_SIZE(prefix##_vecs),	\
}

static const struct ec_case ec_cases[] = {
	CASE("P-256, 1st", rpt_ec_p256, p256, 0),
	CASE("P-256, 2nd", rpt_ec_p256, p256, 1),
	CASE("P-256, 3rd", rpt_ec_p256, p256, 2),
	CASE("P-384, 1st", rpt_ec_p384, p384, 0),
	CASE("P-384, 2nd", rpt_ec_p384, p384, 1),
	CASE("P-384, 3rd", rpt_ec_p384, p384, 2),
};

static void ec_desc(const struct ec_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(ec, ec_cases, ec_desc);

/* Skips the test where there is no such backend, or this CPU has not got it */
static const struct rpt_ec_ops *get_backend(struct kunit *test)
{
	const struct ec_case *c = test->param_value;
	const struct rpt_ec_ops *ops = NULL;
	unsigned int i;

	for (i = 0; i <= c->backend; i++) {
		ops = c->curve->backends[i];
		if (!ops)
			break;
	}
	if (!ops)
		kunit_skip(test, "%s has no such backend here", c->curve->name);
	if (ops->usable && !ops->usable())
		kunit_skip(test, "this CPU cannot run %s", ops->name);
	return ops;
}

/* In use is the first in the list that the CPU can run. */
static void ec_choice(struct kunit *test)
{
	static const struct rpt_ec_curve *const curves[] = {
		&rpt_ec_p256, &rpt_ec_p384
	};
	const struct rpt_ec_ops *const *ops;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(curves); i++) {
		ops = curves[i]->backends;
		while ((*ops)->usable && !(*ops)->usable())
			ops++;
		KUNIT_EXPECT_STREQ(test, curves[i]->ops->name, (*ops)->name);
		KUNIT_EXPECT_TRUE(test, curves[i]->ops->sign == (*ops)->sign);
		KUNIT_EXPECT_TRUE(test,
				  curves[i]->ops->verify == (*ops)->verify);
		while (ops[1])
			ops++;
		KUNIT_EXPECT_PTR_EQ(test, *ops, &rpt_ec_bearssl);
	}
}

static void ec_exceptions(struct kunit *test)
{
	static const u8 zero[RPT_EC_SCALAR_MAX];
	const struct ec_case *c = test->param_value;
	const struct rpt_ec_ops *ops = get_backend(test);
	const struct ec_vec *v;
	unsigned int i;
	int err;

	for (i = 0; i < c->n; i++) {
		v = &c->vecs[i];
		/* rpt_ecdsa_verify() keeps this from BearSSL, which fails. */
		if (ops == &rpt_ec_bearssl &&
		    !memcmp(v->e, zero, c->curve->len))
			continue;
		err = ops->verify(c->curve, (const u8 *)v->q,
				  (const u8 *)v->e, (const u8 *)v->rs);
		KUNIT_EXPECT_EQ_MSG(test, err, v->good ? 0 : -EKEYREJECTED,
				    "%s", v->name);
	}
}

/* What is computed about one scalar */
struct result {
	u8 pub[RPT_EC_POINT_MAX];
	u8 x[RPT_EC_SCALAR_MAX];
	u8 rs[2 * RPT_EC_SCALAR_MAX];
};

static void compute(struct kunit *test, const struct rpt_ec_curve *c,
		    const struct rpt_ec_ops *ops, const u8 *k, const u8 *peer,
		    const u8 *e, struct result *res)
{
	memset(res, 0, sizeof(*res));
	KUNIT_EXPECT_EQ(test, ops->pub(c, k, res->pub), 0);
	KUNIT_EXPECT_EQ(test, ops->ecdh(c, k, peer, res->x), 0);
	KUNIT_EXPECT_EQ(test, ops->sign(c, k, e, k, res->rs), 0);
}

/* The n-th scalar: at the ends, around powers of two, runs, then random ones */
static bool scalar(const struct rpt_ec_curve *c, unsigned int n, u8 *k)
{
	static const u8 runs[] = { 0x11, 0x77, 0x78, 0x80, 0x88, 0xaa, 0xf8 };
	unsigned int i = c->len;

	memset(k, 0, c->len);
	if (n < 4) {
		k[i - 1] = n + 1;
		return true;
	}
	n -= 4;
	if (n < 3) {
		memcpy(k, c->order, i);
		k[i - 1] -= n + 1;
		return true;
	}
	n -= 3;
	if (n < ARRAY_SIZE(runs)) {
		memset(k, runs[n], i);
		return true;
	}
	n -= ARRAY_SIZE(runs);
	if (n < 4) {
		k[0] = 0x80 >> (n & 1);
		if (n & 2)
			k[i - 1] = 1;
		return true;
	}
	n -= 4;
	if (n < 8) {
		do
			get_random_bytes(k, i);
		while (!rpt_ec_scalar_ok(c, k));
		return true;
	}
	return false;
}

static void ec_agree(struct kunit *test)
{
	const struct ec_case *c = test->param_value;
	const struct rpt_ec_ops *ops = get_backend(test);
	const struct rpt_ec_curve *curve = c->curve;
	u8 k[RPT_EC_SCALAR_MAX], d[RPT_EC_SCALAR_MAX];
	u8 e[RPT_EC_SCALAR_MAX];
	struct result *res;
	unsigned int n;
	u8 *peer;

	if (ops == &rpt_ec_bearssl)
		kunit_skip(test, "the others are compared with this one");
	res = kunit_kzalloc(test, 2 * sizeof(*res), GFP_KERNEL);
	peer = kunit_kzalloc(test, RPT_EC_POINT_MAX, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, res);
	KUNIT_ASSERT_NOT_NULL(test, peer);
	KUNIT_ASSERT_EQ(test, rpt_ec_keygen(curve, d, peer), 0);
	do
		get_random_bytes(e, curve->len);
	while (!rpt_ec_scalar_ok(curve, e));
	for (n = 0; scalar(curve, n, k); n++) {
		compute(test, curve, &rpt_ec_bearssl, k, peer, e,
			&res[0]);
		compute(test, curve, ops, k, peer, e, &res[1]);
		KUNIT_EXPECT_MEMEQ(test, &res[0], &res[1], sizeof(res[0]));
		KUNIT_EXPECT_EQ(test, 0, ops->check(curve, res[0].pub));
		KUNIT_EXPECT_EQ(test, 0, ops->verify(curve, res[0].pub, e,
						     res[1].rs));
	}
}

static struct kunit_case ec_test_cases[] = {
	KUNIT_CASE(ec_choice),
	KUNIT_CASE_PARAM(ec_exceptions, ec_gen_params),
	KUNIT_CASE_PARAM(ec_agree, ec_gen_params),
	{}
};

static struct kunit_suite ec_suite = {
	.name = "riptides_ec",
	.test_cases = ec_test_cases,
};

kunit_test_suite(ec_suite);

MODULE_DESCRIPTION("KUnit: backends of riptides' curves");
MODULE_LICENSE("GPL");
