// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the DER reader and writer
 */
#include <kunit/test.h>
#include <linux/string.h>

#include "der.h"

/* One element as read by one of the readers: does it take it, as what? */
enum kind {
	ANY,
	SEQUENCE,
	OID,
	UINT,
	U31,
	BOOL,
	NUL,
	BITS,
	FLAGS,
};

struct read_case {
	const char *name;
	u8 kind;
	u8 len;
	bool ok;
	u32 value;
	u8 der[12];
};

#define GOOD(n, k, v, ...) \
	{ n, k, sizeof((u8[]){ __VA_ARGS__ }), true, v, { __VA_ARGS__ } }
#define BAD(n, k, ...) \
	{ n, k, sizeof((u8[]){ __VA_ARGS__ }), false, 0, { __VA_ARGS__ } }

static const struct read_case read_cases[] = {
	GOOD("empty sequence", ANY, 0, 0x30, 0x00),
	GOOD("sequence of one", SEQUENCE, 2, 0x30, 0x02, 0x05, 0x00),
	BAD("no length after a null tag", ANY, 0x00),
	BAD("no length", ANY, 0x30),
	BAD("content missing", ANY, 0x30, 0x01),
	BAD("indefinite length", ANY, 0x30, 0x80, 0x00, 0x00),
	BAD("long form of a short length", ANY, 0x30, 0x81, 0x01, 0x00),
	BAD("long form of 127", ANY, 0x30, 0x81, 0x7f),
	BAD("leading zero in the length", ANY, 0x30, 0x82, 0x00, 0x81),
	BAD("length octets missing", ANY, 0x30, 0x82, 0x01),
	BAD("four length octets", ANY, 0x30, 0x84, 0x01, 0x00, 0x00, 0x00),
	BAD("reserved length", ANY, 0x30, 0xff),
	BAD("tag of two octets", ANY, 0x3f, 0x21, 0x00),
	BAD("end of contents", ANY, 0x00, 0x00),
	BAD("sequence primitive", ANY, 0x10, 0x00),
	BAD("set primitive", ANY, 0x11, 0x00),
	BAD("string constructed", ANY, 0x2c, 0x03, 0x0c, 0x01, 0x61),
	BAD("boolean constructed", ANY, 0x21, 0x03, 0x01, 0x01, 0xff),
	GOOD("string", ANY, 1, 0x0c, 0x01, 0x61),
	GOOD("external", ANY, 0, 0x28, 0x00),
	GOOD("context-specific primitive", ANY, 1, 0x80, 0x01, 0x61),
	GOOD("context-specific constructed", ANY, 0, 0xa0, 0x00),
	BAD("other tag", SEQUENCE, 0x31, 0x00),
	GOOD("oid", OID, 3, 0x06, 0x03, 0x55, 0x1d, 0x11),
	GOOD("oid with a long arc", OID, 3, 0x06, 0x03, 0x2a, 0x86, 0x48),
	GOOD("oid with 80 inside of an arc", OID, 4, 0x06, 0x04, 0x2a, 0x81, 0x80, 0x01),
	BAD("empty oid", OID, 0x06, 0x00),
	BAD("oid arc not minimal", OID, 0x06, 0x03, 0x2a, 0x80, 0x01),
	BAD("oid starts with 80", OID, 0x06, 0x02, 0x80, 0x01),
	BAD("oid arc without end", OID, 0x06, 0x02, 0x2a, 0x86),
	GOOD("zero", UINT, 1, 0x02, 0x01, 0x00),
	GOOD("one", UINT, 1, 0x02, 0x01, 0x01),
	GOOD("sign octet needed", UINT, 1, 0x02, 0x02, 0x00, 0x80),
	BAD("empty integer", UINT, 0x02, 0x00),
	BAD("negative integer", UINT, 0x02, 0x01, 0x80),
	BAD("sign octet not needed", UINT, 0x02, 0x02, 0x00, 0x7f),
	BAD("two zeroes", UINT, 0x02, 0x02, 0x00, 0x00),
	GOOD("u31 small", U31, 5, 0x02, 0x01, 0x05),
	GOOD("u31 greatest", U31, 0x7fffffff, 0x02, 0x04, 0x7f, 0xff, 0xff, 0xff),
	GOOD("u31 of 32 bits", U31, 0x7fffffff, 0x02, 0x05, 0x00, 0x80, 0x00, 0x00, 0x00),
	GOOD("u31 of 40 bits", U31, 0x7fffffff, 0x02, 0x05, 0x01, 0x00, 0x00, 0x00, 0x00),
	BAD("u31 negative", U31, 0x02, 0x01, 0xff),
	GOOD("true", BOOL, 1, 0x01, 0x01, 0xff),
	GOOD("false", BOOL, 0, 0x01, 0x01, 0x00),
	BAD("true as 1", BOOL, 0x01, 0x01, 0x01),
	BAD("boolean of two", BOOL, 0x01, 0x02, 0xff, 0xff),
	BAD("empty boolean", BOOL, 0x01, 0x00),
	GOOD("null", NUL, 0, 0x05, 0x00),
	BAD("null with content", NUL, 0x05, 0x01, 0x00),
	GOOD("bits", BITS, 1, 0x03, 0x02, 0x00, 0xa5),
	GOOD("no bits", BITS, 0, 0x03, 0x01, 0x00),
	BAD("bits without count", BITS, 0x03, 0x00),
	BAD("eight unused bits", BITS, 0x03, 0x02, 0x08, 0x00),
	BAD("unused bits of nothing", BITS, 0x03, 0x01, 0x01),
	BAD("unused bits not zero", BITS, 0x03, 0x02, 0x01, 0x01),
	BAD("bits constructed", BITS, 0x23, 0x04, 0x03, 0x02, 0x00, 0xa5),
	GOOD("flags", FLAGS, 0x8000, 0x03, 0x02, 0x07, 0x80),
	GOOD("flags in two octets", FLAGS, 0x0080, 0x03, 0x03, 0x07, 0x00, 0x80),
	GOOD("no flags", FLAGS, 0, 0x03, 0x01, 0x00),
	BAD("flags with trailing zeroes", FLAGS, 0x03, 0x02, 0x06, 0x80),
	BAD("flags with a zero octet", FLAGS, 0x03, 0x03, 0x00, 0x80, 0x00),
	BAD("flags in three octets", FLAGS, 0x03, 0x04, 0x07, 0x00, 0x00, 0x80),
};

static void read_desc(const struct read_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(read, read_cases, read_desc);

static u32 read_one(struct rpt_rd *r, u8 kind)
{
	struct rpt_blob b = { NULL, 0 };
	struct rpt_rd sub;
	u8 octet;

	switch (kind) {
	case ANY:
		sub = rpt_der_any(r, &octet, NULL);
		return rpt_rd_left(&sub);
	case SEQUENCE:
		sub = rpt_der_enter(r, RPT_ASN1_SEQUENCE);
		return rpt_rd_left(&sub);
	case OID:
		rpt_der_oid(r, &b);
		return b.len;
	case UINT:
		rpt_der_uint(r, &b);
		return b.len;
	case U31:
		return rpt_der_u31(r);
	case BOOL:
		return rpt_der_bool(r);
	case BITS:
		rpt_der_bits(r, &b, &octet);
		return b.len;
	case FLAGS:
		return rpt_der_flags(r);
	default:
		rpt_der_null(r);
		return 0;
	}
}

/* The reader takes the case as it says, and neither more nor fewer bytes */
static void der_read(struct kunit *test)
{
	const struct read_case *c = test->param_value;
	u8 *exact = kunit_kmalloc(test, c->len + 1, GFP_KERNEL);
	struct rpt_rd r;
	u32 v;

	KUNIT_ASSERT_NOT_NULL(test, exact);
	memcpy(exact, c->der, c->len);
	exact[c->len] = 0;
	rpt_rd_init(&r, exact, c->len);
	v = read_one(&r, c->kind);
	KUNIT_EXPECT_EQ(test, rpt_rd_done(&r), c->ok);
	KUNIT_EXPECT_EQ(test, v, c->value);
	if (!c->ok)
		return;

	rpt_rd_init(&r, exact, c->len + 1);
	read_one(&r, c->kind);
	KUNIT_EXPECT_EQ(test, rpt_rd_left(&r), 1);
	rpt_rd_init(&r, exact, c->len - 1);
	KUNIT_EXPECT_EQ(test, read_one(&r, c->kind), 0);
	KUNIT_EXPECT_FALSE(test, rpt_rd_ok(&r));
}

/* A length of 129 in two octets, where one is enough */
static void der_long_length(struct kunit *test)
{
	u8 *der = kunit_kzalloc(test, 4 + 129, GFP_KERNEL);
	struct rpt_rd r;

	KUNIT_ASSERT_NOT_NULL(test, der);
	memcpy(der, "\x30\x82\x00\x81", 4);
	rpt_rd_init(&r, der, 4 + 129);
	read_one(&r, ANY);
	KUNIT_EXPECT_FALSE(test, rpt_rd_ok(&r));
	memcpy(der, "\x30\x81\x81", 3);
	rpt_rd_init(&r, der, 3 + 129);
	KUNIT_EXPECT_EQ(test, read_one(&r, ANY), 129);
	KUNIT_EXPECT_TRUE(test, rpt_rd_done(&r));
}

struct time_case {
	const char *text;
	bool ok;
	time64_t t;
};

static const struct time_case time_cases[] = {
	{ "700101000000Z", true, 0 },
	{ "691231235959Z", true, -1 },
	{ "500101000000Z", true, -631152000 },
	{ "491231235959Z", true, 2524607999LL },
	{ "000229000000Z", true, 951782400 },
	{ "20500101000000Z", true, 2524608000LL },
	{ "21000228235959Z", true, 4107542399LL },
	{ "24000229000000Z", true, 13574563200LL },
	{ "99991231235959Z", true, 253402300799LL },
	{ "20491231235959Z", false },	/* UTCTime until 2049 */
	{ "21000229000000Z", false },	/* no leap year */
	{ "010229000000Z", false },
	{ "260431000000Z", false },
	{ "260001000000Z", false },
	{ "261301000000Z", false },
	{ "260100000000Z", false },
	{ "260101240000Z", false },
	{ "260101006000Z", false },
	{ "260101000060Z", false },
	{ "2601010000Z", false },	/* no seconds */
	{ "260101000000", false },	/* no zone */
	{ "260101000000+0000", false },
	{ "20600101000000.5Z", false },
	{ "2601010000000Z", false },
	{ "26010100000 Z", false },
	{ "2601010000/0Z", false },
	{ "2601010000:0Z", false },
	{ "", false },
};

static void der_time(struct kunit *test)
{
	const struct time_case *c;
	u8 buf[24], back[24];
	struct rpt_wr w;
	struct rpt_rd r;
	unsigned int i;
	time64_t t;
	size_t n;

	for (i = 0; i < ARRAY_SIZE(time_cases); i++) {
		c = &time_cases[i];
		n = strlen(c->text);
		buf[0] = n > 14 && n != 17 ? 0x18 : 0x17;
		if (strchr(c->text, '.'))
			buf[0] = 0x18;
		buf[1] = n;
		memcpy(buf + 2, c->text, n);
		rpt_rd_init(&r, buf, n + 2);
		t = rpt_der_time(&r);
		KUNIT_EXPECT_EQ_MSG(test, rpt_rd_done(&r), c->ok, "%s", c->text);
		KUNIT_EXPECT_EQ_MSG(test, t, c->t, "%s", c->text);
		if (!c->ok || c->t < 0)
			continue;
		rpt_wr_init(&w, back, sizeof(back));
		rpt_der_put_time(&w, c->t);
		KUNIT_EXPECT_FALSE(test, w.err);
		KUNIT_EXPECT_EQ(test, w.len, n + 2);
		KUNIT_EXPECT_MEMEQ(test, back, buf, n + 2);
	}
	rpt_wr_init(&w, back, sizeof(back));
	rpt_der_put_time(&w, -1);
	KUNIT_EXPECT_TRUE(test, w.err);
	rpt_wr_init(&w, back, sizeof(back));
	rpt_der_put_time(&w, 253402300800LL);
	KUNIT_EXPECT_TRUE(test, w.err);
}

/* Every day for 130 years, and then some: written and read again */
static void der_time_round_trip(struct kunit *test)
{
	u8 buf[24];
	struct rpt_wr w;
	struct rpt_rd r;
	time64_t t, back;

	for (t = 0; t < 253402300800LL; t += t < 4102444800LL ? 86399 : 8639913) {
		rpt_wr_init(&w, buf, sizeof(buf));
		rpt_der_put_time(&w, t);
		rpt_rd_init(&r, buf, w.len);
		back = rpt_der_time(&r);
		if (w.err || !rpt_rd_done(&r) || back != t) {
			KUNIT_FAIL(test, "%lld became %lld", (long long)t, (long long)back);
			return;
		}
	}
}

/* Contents of every length around those where the header grows */
static void der_write_lengths(struct kunit *test)
{
	static const u32 lengths[] = {
		0, 1, 0x7f, 0x80, 0x81, 0xff, 0x100, 0x101, 0xffff, 0x10000, 0x10001,
	};
	static const u8 headers[] = { 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5 };
	size_t cap = 0x10001 + 8, mark, n;
	u8 *buf = kunit_kmalloc(test, cap, GFP_KERNEL);
	struct rpt_blob raw;
	struct rpt_rd r, sub;
	unsigned int i;
	struct rpt_wr w;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		n = lengths[i];
		rpt_wr_init(&w, buf, cap);
		mark = rpt_der_open(&w, RPT_ASN1_OCTET_STRING);
		if (n)
			memset(rpt_wr_space(&w, n), 0xa5, n);
		rpt_der_close(&w, mark);
		KUNIT_ASSERT_FALSE(test, w.err);
		KUNIT_EXPECT_EQ(test, w.len, n + headers[i]);

		rpt_rd_init(&r, buf, w.len);
		sub = rpt_der_enter_raw(&r, RPT_ASN1_OCTET_STRING, &raw);
		KUNIT_EXPECT_TRUE(test, rpt_rd_done(&r));
		KUNIT_EXPECT_EQ(test, rpt_rd_left(&sub), n);
		KUNIT_EXPECT_EQ(test, raw.len, w.len);
		KUNIT_EXPECT_NULL(test, n ? memchr_inv(sub.p, 0xa5, n) : NULL);

		/* No room for the header to grow */
		rpt_wr_init(&w, buf, n + headers[i] - 1);
		mark = rpt_der_open(&w, RPT_ASN1_OCTET_STRING);
		rpt_wr_space(&w, n);
		rpt_der_close(&w, mark);
		KUNIT_EXPECT_TRUE(test, w.err);
	}
}

/* An element that is longer than this module writes */
static void der_write_too_long(struct kunit *test)
{
	u8 buf[8];
	struct rpt_wr w;

	rpt_wr_init(&w, buf, sizeof(buf));
	rpt_der_open(&w, RPT_ASN1_OCTET_STRING);
	w.len += RPT_DER_LEN_MAX + 1;	/* never followed: refused first */
	w.cap = w.len;
	rpt_der_close(&w, 0);
	KUNIT_EXPECT_TRUE(test, w.err);
}

static void expect_written(struct kunit *test, const struct rpt_wr *w,
			   const u8 *want, size_t len)
{
	KUNIT_EXPECT_FALSE(test, w->err);
	KUNIT_ASSERT_EQ(test, w->len, len);
	KUNIT_EXPECT_MEMEQ(test, w->buf, want, len);
}

static void der_write_values(struct kunit *test)
{
	static const u8 zeros[] = { 0, 0 }, high[] = { 0, 0x80, 0x01 };
	static const u8 want[] = {
		0x02, 0x01, 0x00,
		0x02, 0x01, 0x00,
		0x02, 0x03, 0x00, 0x80, 0x01,
		0x02, 0x01, 0x7f,
		0x02, 0x02, 0x00, 0x80,
		0x02, 0x05, 0x00, 0xff, 0xff, 0xff, 0xff,
		0x01, 0x01, 0xff,
		0x01, 0x01, 0x00,
		0x03, 0x03, 0x00, 0x00, 0x80,
		0x03, 0x01, 0x00,
		0x03, 0x02, 0x07, 0x80,
		0x03, 0x02, 0x01, 0x06,
		0x03, 0x03, 0x07, 0x80, 0x80,
		0x05, 0x00,
	};
	u8 buf[sizeof(want)];
	struct rpt_wr w;

	rpt_wr_init(&w, buf, sizeof(buf));
	rpt_der_put_uint(&w, NULL, 0);
	rpt_der_put_uint(&w, zeros, sizeof(zeros));
	rpt_der_put_uint(&w, high, sizeof(high));
	rpt_der_put_u32(&w, 0x7f);
	rpt_der_put_u32(&w, 0x80);
	rpt_der_put_u32(&w, 0xffffffff);
	rpt_der_put_bool(&w, true);
	rpt_der_put_bool(&w, false);
	rpt_der_put_bits(&w, high + 0, 2);
	rpt_der_put_flags(&w, 0);
	rpt_der_put_flags(&w, 0x8000);
	rpt_der_put_flags(&w, 0x0600);
	rpt_der_put_flags(&w, 0x8080);
	rpt_der_put(&w, RPT_ASN1_NULL, NULL, 0);
	expect_written(test, &w, want, sizeof(want));
}

static void der_blob_eq(struct kunit *test)
{
	struct rpt_blob a = { (const u8 *)"abc", 3 }, b = { (const u8 *)"abd", 3 };
	struct rpt_blob empty = { NULL, 0 }, prefix = { a.data, 2 };

	KUNIT_EXPECT_TRUE(test, rpt_blob_eq(&a, &a));
	KUNIT_EXPECT_TRUE(test, rpt_blob_eq(&empty, &empty));
	KUNIT_EXPECT_FALSE(test, rpt_blob_eq(&a, &b));
	KUNIT_EXPECT_FALSE(test, rpt_blob_eq(&a, &prefix));
	KUNIT_EXPECT_FALSE(test, rpt_blob_eq(&a, &empty));
}

static struct kunit_case der_cases[] = {
	KUNIT_CASE_PARAM(der_read, read_gen_params),
	KUNIT_CASE(der_long_length),
	KUNIT_CASE(der_time),
	KUNIT_CASE(der_time_round_trip),
	KUNIT_CASE(der_write_lengths),
	KUNIT_CASE(der_write_too_long),
	KUNIT_CASE(der_write_values),
	KUNIT_CASE(der_blob_eq),
	{}
};

static struct kunit_suite der_suite = {
	.name = "riptides_der",
	.test_cases = der_cases,
};

kunit_test_suite(der_suite);

MODULE_DESCRIPTION("KUnit tests of riptides' DER reader and writer");
MODULE_LICENSE("GPL");
