// SPDX-License-Identifier: GPL-2.0-only
/*
 * Backends of X25519: known answers, each against the kernel's library, and
 * the points that give nothing
 */

#include <crypto/curve25519.h>
#include <kunit/test.h>
#include <linux/random.h>
#include <linux/string.h>

#include "../x25519.h"

#define MANY	200

static const unsigned int places[] = { 0, 1, 2 };

static void place_desc(const unsigned int *place, char *desc)
{
	static const char * const names[] = { "1st", "2nd", "3rd" };

	strscpy(desc, names[*place], KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(place, places, place_desc);

/* Skips the test where there is no such backend, or this CPU has not got it */
static const struct rpt_x25519_ops *get_backend(struct kunit *test)
{
	const unsigned int *place = test->param_value;
	const struct rpt_x25519_ops *ops = NULL;
	unsigned int i;

	for (i = 0; i <= *place; i++) {
		ops = rpt_x25519_backends[i];
		if (!ops)
			kunit_skip(test, "no such backend here");
	}
	if (ops->usable && !ops->usable())
		kunit_skip(test, "this CPU cannot run %s", ops->name);
	return ops;
}

/* The last one runs everywhere. */
static const struct rpt_x25519_ops *reference(void)
{
	unsigned int i = 0;

	while (rpt_x25519_backends[i + 1])
		i++;
	return rpt_x25519_backends[i];
}

/* In use is the first in the list that the CPU can run. */
static void x25519_choice(struct kunit *test)
{
	const struct rpt_x25519_ops *const *ops = rpt_x25519_backends;

	while ((*ops)->usable && !(*ops)->usable())
		ops++;
	KUNIT_EXPECT_STREQ(test, rpt_x25519_chosen()->name, (*ops)->name);
	KUNIT_EXPECT_TRUE(test, rpt_x25519_chosen()->mul == (*ops)->mul);
	KUNIT_EXPECT_TRUE(test, rpt_x25519_chosen()->base == (*ops)->base);
	KUNIT_EXPECT_STREQ(test, reference()->name, "lib/crypto");
	KUNIT_EXPECT_NULL(test, reference()->usable);
}

/* RFC 7748 section 5.2: the function, again and again */
static void x25519_iterated(struct kunit *test)
{
	static const u8 once[] = {
		0x42, 0x2c, 0x8e, 0x7a, 0x62, 0x27, 0xd7, 0xbc,
		0xa1, 0x35, 0x0b, 0x3e, 0x2b, 0xb7, 0x27, 0x9f,
		0x78, 0x97, 0xb8, 0x7b, 0xb6, 0x85, 0x4b, 0x78,
		0x3c, 0x60, 0xe8, 0x03, 0x11, 0xae, 0x30, 0x79,
	};
	static const u8 thousand[] = {
		0x68, 0x4c, 0xf5, 0x9b, 0xa8, 0x33, 0x09, 0x55,
		0x28, 0x00, 0xef, 0x56, 0x6f, 0x2f, 0x4d, 0x3c,
		0x1c, 0x38, 0x87, 0xc4, 0x93, 0x60, 0xe3, 0x87,
		0x5f, 0x2e, 0xb9, 0x4d, 0x99, 0x53, 0x2c, 0x51,
	};
	const struct rpt_x25519_ops *ops = get_backend(test);
	u8 k[RPT_X25519_LEN] = { 9 }, u[RPT_X25519_LEN] = { 9 };
	u8 clamped[RPT_X25519_LEN], r[RPT_X25519_LEN];
	unsigned int i;

	for (i = 1; i <= 1000; i++) {
		memcpy(clamped, k, sizeof(k));
		curve25519_clamp_secret(clamped);
		KUNIT_ASSERT_TRUE(test, ops->mul(r, clamped, u));
		memcpy(u, k, sizeof(u));
		memcpy(k, r, sizeof(k));
		if (i == 1)
			KUNIT_EXPECT_MEMEQ(test, k, once, sizeof(once));
	}
	KUNIT_EXPECT_MEMEQ(test, k, thousand, sizeof(thousand));
}

/* Buffers of any alignment; the top bit of a point says nothing. */
static void x25519_same(struct kunit *test)
{
	const struct rpt_x25519_ops *ops = get_backend(test);
	const struct rpt_x25519_ops *ref = reference();
	u8 k[RPT_X25519_LEN + 8], p[RPT_X25519_LEN + 8];
	u8 ours[RPT_X25519_LEN + 8], theirs[RPT_X25519_LEN];
	unsigned int i, at;

	for (i = 0; i < MANY; i++) {
		at = i % 8;
		get_random_bytes(k, sizeof(k));
		get_random_bytes(p, sizeof(p));
		if (i < 4)	/* the outermost scalars */
			memset(k, i & 1 ? 0xff : 0, sizeof(k));
		if (i >= 2 && i < 6)	/* not reduced */
			memset(p, 0xff, sizeof(p));
		curve25519_clamp_secret(k + at);
		memset(ours, 0xaa, sizeof(ours));

		KUNIT_EXPECT_EQ(test, ops->mul(ours + at, k + at, p + at),
				ref->mul(theirs, k + at, p + at));
		KUNIT_EXPECT_MEMEQ(test, ours + at, theirs, sizeof(theirs));
		p[at + RPT_X25519_LEN - 1] ^= 0x80;
		ops->mul(ours + at, k + at, p + at);
		KUNIT_EXPECT_MEMEQ(test, ours + at, theirs, sizeof(theirs));

		KUNIT_EXPECT_TRUE(test, ops->base(ours + at, k + at));
		KUNIT_EXPECT_TRUE(test, ref->base(theirs, k + at));
		KUNIT_EXPECT_MEMEQ(test, ours + at, theirs, sizeof(theirs));
	}
}

/* Zero whatever the scalar: 0, 1, -1, two of order 8, and 0 and 1 again + p */
static void x25519_no_secret(struct kunit *test)
{
	static const u8 points[][RPT_X25519_LEN] = {
		{ 0 },
		{ 1 },
		{ 0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae,
		  0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
		  0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd,
		  0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00 },
		{ 0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24,
		  0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b,
		  0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86,
		  0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57 },
		{ 0xec, [1 ... 30] = 0xff, [31] = 0x7f },
		{ 0xed, [1 ... 30] = 0xff, [31] = 0x7f },
		{ 0xee, [1 ... 30] = 0xff, [31] = 0x7f },
	};
	const struct rpt_x25519_ops *ops = get_backend(test);
	u8 k[RPT_X25519_LEN], p[RPT_X25519_LEN], secret[RPT_X25519_LEN];
	unsigned int i;

	for (i = 0; i < 2 * ARRAY_SIZE(points); i++) {
		get_random_bytes(k, sizeof(k));
		curve25519_clamp_secret(k);
		memcpy(p, points[i / 2], sizeof(p));
		p[31] |= i & 1 ? 0x80 : 0;
		memset(secret, 0xaa, sizeof(secret));
		KUNIT_EXPECT_FALSE(test, ops->mul(secret, k, p));
		KUNIT_EXPECT_NULL(test, memchr_inv(secret, 0, sizeof(secret)));
	}
}

static struct kunit_case x25519_cases[] = {
	KUNIT_CASE(x25519_choice),
	KUNIT_CASE_PARAM(x25519_iterated, place_gen_params),
	KUNIT_CASE_PARAM(x25519_same, place_gen_params),
	KUNIT_CASE_PARAM(x25519_no_secret, place_gen_params),
	{}
};

static struct kunit_suite x25519_suite = {
	.name = "riptides_x25519",
	.test_cases = x25519_cases,
};

kunit_test_suite(x25519_suite);

MODULE_DESCRIPTION("KUnit: backends of X25519 of riptides");
MODULE_LICENSE("GPL");
