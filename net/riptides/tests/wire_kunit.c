// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the bounds-checked reader and writer.
 *
 * Buffers are allocated at their exact length, so that KASAN (ASan in user
 * space) sees any step beyond.
 */
#include <kunit/test.h>
#include <linux/limits.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "../wire.h"

static u64 rd_int(struct rpt_rd *r, unsigned int width)
{
	switch (width) {
	case 1:
		return rpt_rd_u8(r);
	case 2:
		return rpt_rd_u16(r);
	case 3:
		return rpt_rd_u24(r);
	case 4:
		return rpt_rd_u32(r);
	default:
		return rpt_rd_u64(r);
	}
}

static void wr_int(struct rpt_wr *w, unsigned int width, u64 v)
{
	switch (width) {
	case 1:
		rpt_wr_u8(w, v);
		break;
	case 2:
		rpt_wr_u16(w, v);
		break;
	case 3:
		rpt_wr_u24(w, v);
		break;
	case 4:
		rpt_wr_u32(w, v);
		break;
	default:
		rpt_wr_u64(w, v);
		break;
	}
}

static const unsigned int widths[] = { 1, 2, 3, 4, 8 };

/* @len bytes f1 f2 f3..., exactly. */
static u8 *counting(struct kunit *test, size_t len)
{
	u8 *buf = kunit_kmalloc(test, len, GFP_KERNEL);
	size_t i;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	for (i = 0; i < len; i++)
		buf[i] = 0xf1 + i;
	return buf;
}

static void expect_failed(struct kunit *test, struct rpt_rd *r)
{
	u8 copy[2] = { 0xaa, 0xaa };
	struct rpt_rd sub;

	KUNIT_EXPECT_FALSE(test, rpt_rd_ok(r));
	KUNIT_EXPECT_FALSE(test, rpt_rd_done(r));
	KUNIT_EXPECT_EQ(test, rpt_rd_left(r), 0);

	/* Sticky, and harmless. */
	KUNIT_EXPECT_EQ(test, rpt_rd_u8(r), 0);
	KUNIT_EXPECT_EQ(test, rpt_rd_u16(r), 0);
	KUNIT_EXPECT_EQ(test, rpt_rd_u24(r), 0);
	KUNIT_EXPECT_EQ(test, rpt_rd_u32(r), 0);
	KUNIT_EXPECT_EQ(test, rpt_rd_u64(r), 0);
	KUNIT_EXPECT_NULL(test, rpt_rd_bytes(r, 0));
	KUNIT_EXPECT_NULL(test, rpt_rd_bytes(r, 1));
	rpt_rd_copy(r, copy, 1);
	KUNIT_EXPECT_EQ(test, copy[0], 0);
	KUNIT_EXPECT_EQ(test, copy[1], 0xaa);
	sub = rpt_rd_block(r, 1, 0, 255);
	KUNIT_EXPECT_FALSE(test, rpt_rd_ok(&sub));
	KUNIT_EXPECT_EQ(test, rpt_rd_left(&sub), 0);
	KUNIT_EXPECT_FALSE(test, rpt_rd_ok(r));
}

static void rd_integers(struct kunit *test)
{
	unsigned int i, j, width;
	struct rpt_rd r;
	size_t len;
	u64 want;
	u8 *buf;

	for (i = 0; i < ARRAY_SIZE(widths); i++) {
		width = widths[i];
		for (len = 0; len <= width + 1; len++) {
			buf = counting(test, len);
			rpt_rd_init(&r, buf, len);
			KUNIT_EXPECT_EQ(test, rpt_rd_left(&r), len);
			if (len < width) {
				KUNIT_EXPECT_EQ(test, rd_int(&r, width), 0);
				expect_failed(test, &r);
				continue;
			}
			for (j = 0, want = 0; j < width; j++)
				want = want << 8 | buf[j];
			KUNIT_EXPECT_EQ(test, rd_int(&r, width), want);
			KUNIT_EXPECT_TRUE(test, rpt_rd_ok(&r));
			KUNIT_EXPECT_EQ(test, rpt_rd_left(&r), len - width);
			KUNIT_EXPECT_EQ(test, rpt_rd_done(&r), len == width);
		}
	}
}

static void rd_bytes(struct kunit *test)
{
	struct rpt_rd r;
	size_t len, n;
	const u8 *p;
	u8 *buf;
	u8 *dst;

	for (len = 0; len <= 5; len++) {
		for (n = 0; n <= 6; n++) {
			buf = counting(test, len);
			rpt_rd_init(&r, buf, len);
			p = rpt_rd_bytes(&r, n);
			if (n > len) {
				KUNIT_EXPECT_NULL(test, p);
				expect_failed(test, &r);
			} else {
				KUNIT_EXPECT_PTR_EQ(test, p, (const u8 *)buf);
				KUNIT_EXPECT_EQ(test, rpt_rd_left(&r), len - n);
			}

			dst = counting(test, n + 1);
			rpt_rd_init(&r, buf, len);
			rpt_rd_copy(&r, dst, n);
			KUNIT_EXPECT_EQ(test, dst[n], 0xf1 + n);
			KUNIT_EXPECT_EQ(test, rpt_rd_ok(&r), n <= len);
			if (n > len)
				KUNIT_EXPECT_NULL(test, memchr_inv(dst, 0, n));
			else
				KUNIT_EXPECT_MEMEQ(test, dst, buf, n);
		}
		rpt_rd_init(&r, buf, len);
		KUNIT_EXPECT_NULL(test, rpt_rd_bytes(&r, SIZE_MAX));
		expect_failed(test, &r);
	}
}

static void rd_empty(struct kunit *test)
{
	struct rpt_rd r;

	rpt_rd_init(&r, NULL, 0);
	KUNIT_EXPECT_TRUE(test, rpt_rd_ok(&r));
	KUNIT_EXPECT_TRUE(test, rpt_rd_done(&r));
	KUNIT_EXPECT_EQ(test, rpt_rd_left(&r), 0);
	rpt_rd_copy(&r, NULL, 0);
	KUNIT_EXPECT_NULL(test, rpt_rd_bytes(&r, 0));
	KUNIT_EXPECT_TRUE(test, rpt_rd_ok(&r));
	KUNIT_EXPECT_EQ(test, rpt_rd_u8(&r), 0);
	expect_failed(test, &r);

	rpt_rd_init(&r, "xyz", 3);
	rpt_rd_fail(&r);
	expect_failed(test, &r);
}

/* A prefix of @width saying @n before @have bytes, read with [@min, @max]. */
static void block_case(struct kunit *test, unsigned int width, size_t n, size_t have,
		       size_t min, size_t max)
{
	bool good = n >= min && n <= max && n <= have;
	u8 *buf = counting(test, width + have);
	struct rpt_rd r, sub;
	unsigned int i;

	for (i = 0; i < width; i++)
		buf[i] = n >> (8 * (width - 1 - i));
	rpt_rd_init(&r, buf, width + have);
	sub = rpt_rd_block(&r, width, min, max);
	KUNIT_EXPECT_EQ_MSG(test, rpt_rd_ok(&r), good,
			    "width %u, %zu of %zu in [%zu, %zu]", width, n, have, min, max);
	KUNIT_EXPECT_EQ(test, rpt_rd_ok(&sub), good);
	if (!good) {
		expect_failed(test, &r);
		expect_failed(test, &sub);
		return;
	}
	KUNIT_EXPECT_EQ(test, rpt_rd_left(&sub), n);
	KUNIT_EXPECT_EQ(test, rpt_rd_left(&r), have - n);
	if (n) {
		KUNIT_EXPECT_PTR_EQ(test, rpt_rd_bytes(&sub, n), (const u8 *)buf + width);
		KUNIT_EXPECT_TRUE(test, rpt_rd_done(&sub));
	}

	/* The inside ends where its length says, and fails alone. */
	rpt_rd_u8(&sub);
	expect_failed(test, &sub);
	KUNIT_EXPECT_TRUE(test, rpt_rd_ok(&r));
}

static void rd_block(struct kunit *test)
{
	struct rpt_rd r, sub;
	unsigned int width;
	size_t n, have;
	u8 *buf;

	for (width = 1; width <= 3; width++) {
		for (n = 0; n <= 6; n++) {
			for (have = n ? n - 1 : 0; have <= n + 1; have++) {
				block_case(test, width, n, have, 0, 255);
				block_case(test, width, n, have, n, n);
				block_case(test, width, n, have, n + 1, 255);
				if (n)
					block_case(test, width, n, have, 0, n - 1);
			}
		}
		/* The greatest length that the prefix can tell */
		n = (1UL << (8 * width)) - 1;
		block_case(test, width, n, 3, 0, SIZE_MAX);
		if (width < 3) {
			block_case(test, width, n, n, 0, n);
			block_case(test, width, n, n, 0, n - 1);
		}
		/* No whole prefix */
		for (have = 0; have < width; have++) {
			buf = counting(test, have);
			memset(buf, 0, have);
			rpt_rd_init(&r, buf, have);
			sub = rpt_rd_block(&r, width, 0, 255);
			expect_failed(test, &r);
			expect_failed(test, &sub);
		}
	}

	/* Widths that do not exist */
	for (width = 0; width <= 4; width += 4) {
		rpt_rd_init(&r, "\0\0\0\0\0", 5);
		sub = rpt_rd_block(&r, width, 0, 255);
		expect_failed(test, &r);
		expect_failed(test, &sub);
	}
}

static void wr_integers(struct kunit *test)
{
	const u64 v = 0x0123456789abcdefULL;
	unsigned int i, j, width;
	struct rpt_wr w;
	size_t cap;
	u64 mask;
	u8 *buf;

	for (i = 0; i < ARRAY_SIZE(widths); i++) {
		width = widths[i];
		mask = width == 8 ? U64_MAX : (1ULL << (8 * width)) - 1;
		for (cap = 0; cap <= width + 1; cap++) {
			buf = counting(test, cap);
			rpt_wr_init(&w, buf, cap);
			wr_int(&w, width, v & mask);
			if (cap < width) {
				KUNIT_EXPECT_TRUE(test, w.err);
				KUNIT_EXPECT_EQ(test, w.len, 0);
				for (j = 0; j < cap; j++)
					KUNIT_EXPECT_EQ(test, buf[j], 0xf1 + j);
				continue;
			}
			KUNIT_EXPECT_FALSE(test, w.err);
			KUNIT_EXPECT_EQ(test, w.len, width);
			for (j = 0; j < width; j++)
				KUNIT_EXPECT_EQ(test, buf[j],
						(u8)(v >> (8 * (width - 1 - j))));
			if (cap > width)
				KUNIT_EXPECT_EQ(test, buf[width], 0xf1 + width);
		}
	}

	/* Too great for 24 bits */
	buf = counting(test, 3);
	rpt_wr_init(&w, buf, 3);
	rpt_wr_u24(&w, 0xffffff);
	KUNIT_EXPECT_FALSE(test, w.err);
	rpt_wr_init(&w, buf, 3);
	rpt_wr_u24(&w, 0x1000000);
	KUNIT_EXPECT_TRUE(test, w.err);
	KUNIT_EXPECT_EQ(test, w.len, 0);
}

static void wr_bytes(struct kunit *test)
{
	struct rpt_wr w;
	size_t cap, n;
	u8 *buf;

	for (cap = 0; cap <= 4; cap++) {
		for (n = 0; n <= 5; n++) {
			buf = counting(test, cap);
			rpt_wr_init(&w, buf, cap);
			rpt_wr_bytes(&w, "abcdef", n);
			KUNIT_EXPECT_EQ(test, w.err, n > cap);
			KUNIT_EXPECT_EQ(test, w.len, n > cap ? 0 : n);
			if (n <= cap)
				KUNIT_EXPECT_MEMEQ(test, buf, "abcdef", n);
		}
		rpt_wr_init(&w, buf, cap);
		KUNIT_EXPECT_PTR_EQ(test, rpt_wr_space(&w, cap), buf);
		KUNIT_EXPECT_EQ(test, w.len, cap);
		KUNIT_EXPECT_NULL(test, rpt_wr_space(&w, 1));
		KUNIT_EXPECT_TRUE(test, w.err);
		KUNIT_EXPECT_EQ(test, w.len, cap);
		rpt_wr_init(&w, buf, cap);
		KUNIT_EXPECT_NULL(test, rpt_wr_space(&w, SIZE_MAX));
	}

	/* Sticky: what would fit does not go in after what did not. */
	buf = counting(test, 2);
	rpt_wr_init(&w, buf, 2);
	rpt_wr_u32(&w, 0);
	rpt_wr_u8(&w, 0);
	rpt_wr_bytes(&w, "", 0);
	KUNIT_EXPECT_NULL(test, rpt_wr_space(&w, 0));
	rpt_wr_close(&w, rpt_wr_open(&w, 1), 1);
	KUNIT_EXPECT_TRUE(test, w.err);
	KUNIT_EXPECT_EQ(test, w.len, 0);
	KUNIT_EXPECT_EQ(test, buf[0], 0xf1);
}

static void wr_block(struct kunit *test)
{
	unsigned int width, i;
	struct rpt_wr w;
	size_t cap, n;
	size_t mark;
	size_t most;
	u8 *buf;

	for (width = 1; width <= 3; width++) {
		for (n = 0; n <= 3; n++) {
			for (cap = 0; cap <= width + n + 1; cap++) {
				buf = counting(test, cap);
				rpt_wr_init(&w, buf, cap);
				mark = rpt_wr_open(&w, width);
				rpt_wr_bytes(&w, "abc", n);
				rpt_wr_close(&w, mark, width);
				KUNIT_EXPECT_EQ(test, w.err, cap < width + n);
				if (w.err)
					continue;
				KUNIT_EXPECT_EQ(test, w.len, width + n);
				for (i = 0; i + 1 < width; i++)
					KUNIT_EXPECT_EQ(test, buf[i], 0);
				KUNIT_EXPECT_EQ(test, buf[width - 1], n);
				KUNIT_EXPECT_MEMEQ(test, buf + width, "abc", n);
			}
		}

		/* The greatest length that the prefix can tell; only it is touched. */
		most = (1UL << (8 * width)) - 1;
		buf = counting(test, width);
		rpt_wr_init(&w, buf, SIZE_MAX);
		mark = rpt_wr_open(&w, width);
		rpt_wr_space(&w, most);
		rpt_wr_close(&w, mark, width);
		KUNIT_EXPECT_FALSE(test, w.err);
		KUNIT_EXPECT_NULL(test, memchr_inv(buf, 0xff, width));

		rpt_wr_init(&w, buf, SIZE_MAX);
		mark = rpt_wr_open(&w, width);
		rpt_wr_space(&w, most + 1);
		rpt_wr_close(&w, mark, width);
		KUNIT_EXPECT_TRUE(test, w.err);
		KUNIT_EXPECT_NULL(test, memchr_inv(buf, 0, width));
	}

	/* Widths that do not exist */
	buf = counting(test, 8);
	for (width = 0; width <= 4; width += 4) {
		rpt_wr_init(&w, buf, 8);
		rpt_wr_close(&w, rpt_wr_open(&w, width), width);
		KUNIT_EXPECT_TRUE(test, w.err);
	}
}

/* struct { u16; opaque<0..2^8-1>; struct { u8; u24; } list<1..2^16-1>; u64; } */
static void wire_nested(struct kunit *test)
{
	struct rpt_rd r, name, list;
	size_t mark, len, cap;
	struct rpt_wr w;
	unsigned int i;
	u8 *buf;
	u8 *cut;

	buf = counting(test, 64);
	for (cap = 0, len = 64; cap <= len; cap++) {
		rpt_wr_init(&w, buf, cap);
		rpt_wr_u16(&w, 0x1301);
		mark = rpt_wr_open(&w, 1);
		rpt_wr_bytes(&w, "name", 4);
		rpt_wr_close(&w, mark, 1);
		mark = rpt_wr_open(&w, 2);
		for (i = 0; i < 3; i++) {
			rpt_wr_u8(&w, i);
			rpt_wr_u24(&w, 0x10000 + i);
		}
		rpt_wr_close(&w, mark, 2);
		rpt_wr_u64(&w, 1);
		len = 2 + 5 + 2 + 12 + 8;
		KUNIT_EXPECT_EQ(test, w.err, cap < len);
	}
	KUNIT_EXPECT_EQ(test, w.len, len);

	for (cap = 0; cap <= len + 1; cap++) {
		cut = kunit_kmalloc(test, cap, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, cut);
		memcpy(cut, buf, cap);
		rpt_rd_init(&r, cut, cap);
		rpt_rd_u16(&r);
		name = rpt_rd_block(&r, 1, 0, 255);
		list = rpt_rd_block(&r, 2, 1, 65535);
		rpt_rd_u64(&r);
		KUNIT_EXPECT_EQ(test, rpt_rd_done(&r), cap == len);
		KUNIT_EXPECT_EQ(test, rpt_rd_ok(&r), cap >= len);
		if (cap < len)
			continue;
		KUNIT_EXPECT_MEMEQ(test, rpt_rd_bytes(&name, 4), "name", 4);
		KUNIT_EXPECT_TRUE(test, rpt_rd_done(&name));
		for (i = 0; i < 3; i++) {
			KUNIT_EXPECT_EQ(test, rpt_rd_u8(&list), i);
			KUNIT_EXPECT_EQ(test, rpt_rd_u24(&list), 0x10000 + i);
		}
		KUNIT_EXPECT_TRUE(test, rpt_rd_done(&list));
	}
}

static struct kunit_case wire_cases[] = {
	KUNIT_CASE(rd_integers),
	KUNIT_CASE(rd_bytes),
	KUNIT_CASE(rd_empty),
	KUNIT_CASE(rd_block),
	KUNIT_CASE(wr_integers),
	KUNIT_CASE(wr_bytes),
	KUNIT_CASE(wr_block),
	KUNIT_CASE(wire_nested),
	{}
};

static struct kunit_suite wire_suite = {
	.name = "riptides_wire",
	.test_cases = wire_cases,
};

kunit_test_suite(wire_suite);

MODULE_DESCRIPTION("KUnit tests of riptides' reader and writer");
MODULE_LICENSE("GPL");
