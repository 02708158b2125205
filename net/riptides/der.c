// SPDX-License-Identifier: GPL-2.0-only
/*
 * Strict DER (X.690 section 10)
 */
#include <linux/string.h>

#include "der.h"

#define SECS_PER_DAY	86400

/**
 * rpt_blob_eq() - are two views the same bytes?
 * @a: a view
 * @b: another; neither is secret
 *
 * Context: Any context.
 * Return: true if length and bytes are equal.
 */
bool rpt_blob_eq(const struct rpt_blob *a, const struct rpt_blob *b)
{
	return a->len == b->len && (!a->len || !memcmp(a->data, b->data, a->len));
}

/* A reader that has failed */
static struct rpt_rd failed(struct rpt_rd *r)
{
	struct rpt_rd sub;

	rpt_rd_fail(r);
	rpt_rd_init(&sub, NULL, 0);
	sub.err = true;
	return sub;
}

/* Is this universal type constructed if it has to be, and only then? */
static bool form_ok(u8 tag)
{
	bool constructed = tag & 0x20;

	if (tag & 0xc0)	/* not universal: up to its definition */
		return true;
	switch (tag & 0x1f) {
	case 0x00:	/* BER's end of contents */
		return false;
	case 0x08:	/* EXTERNAL */
	case 0x0b:	/* EMBEDDED PDV */
	case 0x10:	/* SEQUENCE */
	case 0x11:	/* SET */
	case 0x1d:	/* CHARACTER STRING */
		return constructed;
	default:	/* strings too: X.690 section 10.2 */
		return !constructed;
	}
}

/**
 * rpt_der_any() - open the next element, whatever it is
 * @r: reader; left behind the element
 * @tag: its identifier octet
 * @raw: NULL, or where to put the element with its header
 *
 * Tags above 30, strings in pieces, indefinite lengths, lengths that could have
 * been encoded in fewer octets, and elements of 16 MiB and more are errors
 * (X.690 sections 8.1.2.4, 10.1, 10.2).
 *
 * Context: Any context.
 * Return: a reader of the contents. On error it and @r have their error set.
 */
struct rpt_rd rpt_der_any(struct rpt_rd *r, u8 *tag, struct rpt_blob *raw)
{
	const u8 *start = r->p;
	struct rpt_rd sub;
	unsigned int n;
	const u8 *p;
	size_t len;

	*tag = rpt_rd_u8(r);
	len = rpt_rd_u8(r);
	if ((*tag & 0x1f) == 0x1f || !form_ok(*tag))
		return failed(r);
	if (len >= 0x80) {
		n = len & 0x7f;
		if (!n || n > 3)
			return failed(r);
		for (len = 0; n; n--) {
			len = len << 8 | rpt_rd_u8(r);
			if (!len)	/* leading zero octet */
				return failed(r);
		}
		if (len < 0x80)
			return failed(r);
	}

	p = rpt_rd_bytes(r, len);
	if (!p)
		return failed(r);
	rpt_rd_init(&sub, p, len);
	if (raw) {
		raw->data = start;
		raw->len = r->p - start;
	}
	return sub;
}

/**
 * rpt_der_enter_raw() - open an element of a known tag and keep its encoding
 * @r: reader; left behind the element
 * @tag: the identifier octet it must have
 * @raw: NULL, or where to put the element with its header
 *
 * Context: Any context.
 * Return: a reader of the contents. On error, another tag included, it and @r
 * have their error set.
 */
struct rpt_rd rpt_der_enter_raw(struct rpt_rd *r, u8 tag, struct rpt_blob *raw)
{
	struct rpt_rd sub;
	u8 found;

	if (raw) {
		raw->data = NULL;
		raw->len = 0;
	}
	if (!rpt_der_next_is(r, tag))
		return failed(r);
	sub = rpt_der_any(r, &found, raw);
	return sub;
}

/**
 * rpt_der_enter() - open an element of a known tag
 * @r: reader; left behind the element
 * @tag: the identifier octet it must have
 *
 * Context: Any context.
 * Return: as rpt_der_enter_raw().
 */
struct rpt_rd rpt_der_enter(struct rpt_rd *r, u8 tag)
{
	return rpt_der_enter_raw(r, tag, NULL);
}

/**
 * rpt_der_next_is() - is the next element of this tag?
 * @r: reader; not moved
 * @tag: identifier octet
 *
 * Context: Any context.
 * Return: false also at the end and after an error.
 */
bool rpt_der_next_is(const struct rpt_rd *r, u8 tag)
{
	return rpt_rd_ok(r) && rpt_rd_left(r) && *r->p == tag;
}

/**
 * rpt_der_blob() - read an element's contents in place
 * @r: reader
 * @tag: the identifier octet it must have
 * @out: the contents; empty on error
 *
 * Context: Any context.
 */
void rpt_der_blob(struct rpt_rd *r, u8 tag, struct rpt_blob *out)
{
	struct rpt_rd sub = rpt_der_enter(r, tag);

	out->data = sub.p;
	out->len = rpt_rd_left(&sub);
}

/**
 * rpt_der_bytes() - read an OCTET STRING in place
 * @r: reader
 * @out: the contents; empty on error
 *
 * Context: Any context.
 */
void rpt_der_bytes(struct rpt_rd *r, struct rpt_blob *out)
{
	rpt_der_blob(r, RPT_ASN1_OCTET_STRING, out);
}

/**
 * rpt_der_oid() - read an OBJECT IDENTIFIER in place
 * @r: reader
 * @out: the contents; empty on error
 *
 * An arc with a leading 0x80 octet or without its last octet is an error
 * (X.690 section 8.19.2).
 *
 * Context: Any context.
 */
void rpt_der_oid(struct rpt_rd *r, struct rpt_blob *out)
{
	bool first = true;
	size_t i;

	rpt_der_blob(r, RPT_ASN1_OID, out);
	for (i = 0; i < out->len; i++) {
		if (first && out->data[i] == 0x80)
			break;
		first = !(out->data[i] & 0x80);
	}
	if (!out->len || i < out->len || !first) {
		rpt_rd_fail(r);
		out->len = 0;
	}
}

/**
 * rpt_der_uint() - read an INTEGER that is not negative
 * @r: reader
 * @out: big-endian magnitude, without the sign octet; one zero octet for zero;
 *	empty on error
 *
 * Encodings longer than need be are errors (X.690 section 8.3.2).
 *
 * Context: Any context.
 */
void rpt_der_uint(struct rpt_rd *r, struct rpt_blob *out)
{
	rpt_der_blob(r, RPT_ASN1_INTEGER, out);
	if (!out->len || (out->data[0] & 0x80))
		goto err;
	if (out->data[0] || out->len == 1)
		return;
	if (!(out->data[1] & 0x80))
		goto err;
	out->data++;
	out->len--;
	return;
err:
	rpt_rd_fail(r);
	out->len = 0;
}

/**
 * rpt_der_u31() - read a small INTEGER that is not negative
 * @r: reader
 *
 * Context: Any context.
 * Return: the value, 0x7fffffff for anything greater; 0 with the error set.
 */
u32 rpt_der_u31(struct rpt_rd *r)
{
	struct rpt_blob b;
	u32 v = 0;
	size_t i;

	rpt_der_uint(r, &b);
	if (b.len > 4 || (b.len == 4 && (b.data[0] & 0x80)))
		return 0x7fffffff;
	for (i = 0; i < b.len; i++)
		v = v << 8 | b.data[i];
	return v;
}

/**
 * rpt_der_bool() - read a BOOLEAN
 * @r: reader
 *
 * Any octet but 00 and ff is an error (X.690 section 11.1).
 *
 * Context: Any context.
 * Return: the value, false with the error set.
 */
bool rpt_der_bool(struct rpt_rd *r)
{
	struct rpt_blob b;

	rpt_der_blob(r, RPT_ASN1_BOOLEAN, &b);
	if (b.len != 1 || (b.data[0] && b.data[0] != 0xff)) {
		rpt_rd_fail(r);
		return false;
	}
	return b.data[0];
}

/**
 * rpt_der_null() - read a NULL
 * @r: reader
 *
 * Context: Any context.
 */
void rpt_der_null(struct rpt_rd *r)
{
	struct rpt_blob b;

	rpt_der_blob(r, RPT_ASN1_NULL, &b);
	if (b.len)
		rpt_rd_fail(r);
}

/**
 * rpt_der_bits() - read a BIT STRING in place
 * @r: reader
 * @out: its octets; empty on error
 * @unused: number of bits in the last octet that are not part of it
 *
 * Unused bits that are not zero are an error (X.690 section 11.2.1).
 *
 * Context: Any context.
 */
void rpt_der_bits(struct rpt_rd *r, struct rpt_blob *out, u8 *unused)
{
	*unused = 0;
	rpt_der_blob(r, RPT_ASN1_BIT_STRING, out);
	if (!out->len)
		goto err;
	*unused = *out->data++;
	out->len--;
	if (*unused > 7 || (*unused && !out->len))
		goto err;
	if (*unused && (out->data[out->len - 1] & ((1U << *unused) - 1)))
		goto err;
	return;
err:
	rpt_rd_fail(r);
	out->len = 0;
	*unused = 0;
}

/**
 * rpt_der_flags() - read a BIT STRING of up to 16 named bits
 * @r: reader
 *
 * Trailing zero bits are an error (X.690 section 11.2.2).
 *
 * Context: Any context.
 * Return: the bits, number 0 being 0x8000; 0 with the error set or when none
 * is set.
 */
u16 rpt_der_flags(struct rpt_rd *r)
{
	struct rpt_blob b;
	u16 v = 0;
	u8 unused;

	rpt_der_bits(r, &b, &unused);
	if (b.len > 2 || (b.len && !(b.data[b.len - 1] >> unused & 1))) {
		rpt_rd_fail(r);
		return 0;
	}
	if (b.len)
		v = b.data[0] << 8;
	if (b.len == 2)
		v |= b.data[1];
	return v;
}

static bool leap(unsigned int y)
{
	return !(y % 4) && (y % 100 || !(y % 400));
}

static unsigned int month_days(unsigned int y, unsigned int m)
{
	static const u8 days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[m - 1] + (m == 2 && leap(y));
}

/* Days from 1970-01-01 to the first of January of @y, proleptic Gregorian */
static s32 year_days(s32 y)
{
	s32 p = y - 1;

	return 365 * (y - 1970) + (p / 4 - p / 100 + p / 400) - 477;
}

/* Two decimal digits; anything else fails the reader */
static unsigned int two_digits(struct rpt_rd *r)
{
	u8 hi = rpt_rd_u8(r) - '0';
	u8 lo = rpt_rd_u8(r) - '0';

	if (hi > 9 || lo > 9) {
		rpt_rd_fail(r);
		return 0;
	}
	return hi * 10 + lo;
}

/**
 * rpt_der_time() - read a Time as certificates have it
 * @r: reader
 *
 * UTCTime up to 2049, GeneralizedTime from 2050 on, both with seconds, in Z,
 * without fractions (RFC 5280 section 4.1.2.5).
 *
 * Context: Any context.
 * Return: seconds since 1970, 0 with the error set.
 */
time64_t rpt_der_time(struct rpt_rd *r)
{
	unsigned int year, month, day, hour, min, sec, m;
	bool utc = rpt_der_next_is(r, RPT_ASN1_UTC_TIME);
	struct rpt_rd t;
	s64 days;

	t = rpt_der_enter(r, utc ? RPT_ASN1_UTC_TIME : RPT_ASN1_GENERALIZED_TIME);
	year = two_digits(&t);
	if (utc)
		year += year < 50 ? 2000 : 1900;
	else
		year = year * 100 + two_digits(&t);
	month = two_digits(&t);
	day = two_digits(&t);
	hour = two_digits(&t);
	min = two_digits(&t);
	sec = two_digits(&t);
	if (rpt_rd_u8(&t) != 'Z' || !rpt_rd_done(&t) || (!utc && year < 2050) ||
	    month < 1 || month > 12 || day < 1 || day > month_days(year, month) ||
	    hour > 23 || min > 59 || sec > 59) {
		rpt_rd_fail(r);
		return 0;
	}

	days = year_days(year) + (s32)day - 1;
	for (m = 1; m < month; m++)
		days += month_days(year, m);
	return days * SECS_PER_DAY + hour * 3600 + min * 60 + sec;
}

/**
 * rpt_der_open() - begin an element
 * @w: writer
 * @tag: identifier octet
 *
 * Context: Any context.
 * Return: a mark for rpt_der_close().
 */
size_t rpt_der_open(struct rpt_wr *w, u8 tag)
{
	size_t mark = w->len;

	rpt_wr_u8(w, tag);
	rpt_wr_u8(w, 0);
	return mark;
}

/**
 * rpt_der_close() - end an element
 * @w: writer
 * @mark: what rpt_der_open() gave
 *
 * Moves the contents if the length needs more octets than one.
 *
 * Context: Any context.
 */
void rpt_der_close(struct rpt_wr *w, size_t mark)
{
	unsigned int extra = 0;
	size_t n, left;
	u8 *p;

	if (w->err)
		return;
	n = w->len - mark - 2;
	if (n > RPT_DER_LEN_MAX) {
		w->err = true;
		return;
	}
	if (n >= 0x80) {
		for (left = n; left; left >>= 8)
			extra++;
	}
	if (!rpt_wr_space(w, extra))
		return;

	p = w->buf + mark + 1;
	if (!extra) {
		*p = n;
		return;
	}
	memmove(p + 1 + extra, p + 1, n);
	*p = 0x80 | extra;
	for (left = n; extra; left >>= 8)
		p[extra--] = left;
}

/**
 * rpt_der_put() - write a primitive element
 * @w: writer
 * @tag: identifier octet
 * @data: contents
 * @len: their length
 *
 * Context: Any context.
 */
void rpt_der_put(struct rpt_wr *w, u8 tag, const void *data, size_t len)
{
	size_t mark = rpt_der_open(w, tag);

	rpt_wr_bytes(w, data, len);
	rpt_der_close(w, mark);
}

/**
 * rpt_der_put_uint() - write an INTEGER that is not negative
 * @w: writer
 * @be: big-endian magnitude; leading zero octets are dropped
 * @len: its length
 *
 * Context: Any context.
 */
void rpt_der_put_uint(struct rpt_wr *w, const u8 *be, size_t len)
{
	size_t mark = rpt_der_open(w, RPT_ASN1_INTEGER);

	while (len && !*be) {
		be++;
		len--;
	}
	if (!len || (*be & 0x80))
		rpt_wr_u8(w, 0);
	rpt_wr_bytes(w, be, len);
	rpt_der_close(w, mark);
}

/**
 * rpt_der_put_u32() - write a small INTEGER
 * @w: writer
 * @v: the value
 *
 * Context: Any context.
 */
void rpt_der_put_u32(struct rpt_wr *w, u32 v)
{
	u8 be[4];

	put_unaligned_be32(v, be);
	rpt_der_put_uint(w, be, sizeof(be));
}

/**
 * rpt_der_put_bool() - write a BOOLEAN
 * @w: writer
 * @v: the value
 *
 * Context: Any context.
 */
void rpt_der_put_bool(struct rpt_wr *w, bool v)
{
	u8 octet = v ? 0xff : 0;

	rpt_der_put(w, RPT_ASN1_BOOLEAN, &octet, 1);
}

/**
 * rpt_der_put_bits() - write a BIT STRING of whole octets
 * @w: writer
 * @data: the octets
 * @len: how many
 *
 * Context: Any context.
 */
void rpt_der_put_bits(struct rpt_wr *w, const void *data, size_t len)
{
	size_t mark = rpt_der_open(w, RPT_ASN1_BIT_STRING);

	rpt_wr_u8(w, 0);
	rpt_wr_bytes(w, data, len);
	rpt_der_close(w, mark);
}

/**
 * rpt_der_put_flags() - write a BIT STRING of up to 16 named bits
 * @w: writer
 * @flags: the bits, number 0 being 0x8000
 *
 * Context: Any context.
 */
void rpt_der_put_flags(struct rpt_wr *w, u16 flags)
{
	size_t mark = rpt_der_open(w, RPT_ASN1_BIT_STRING);
	u16 last = flags & 0xff ? flags : flags >> 8;
	u8 unused = 0;

	while (last && !(last >> unused & 1))
		unused++;
	rpt_wr_u8(w, unused);
	if (flags)
		rpt_wr_u8(w, flags >> 8);
	if (flags & 0xff)
		rpt_wr_u8(w, flags);
	rpt_der_close(w, mark);
}

static void put_two_digits(struct rpt_wr *w, unsigned int v)
{
	rpt_wr_u8(w, '0' + v / 10);
	rpt_wr_u8(w, '0' + v % 10);
}

/**
 * rpt_der_put_time() - write a Time as RFC 5280 section 4.1.2.5 wants it
 * @w: writer
 * @t: seconds since 1970; before that and after 9999 is an error
 *
 * Context: Any context.
 */
void rpt_der_put_time(struct rpt_wr *w, time64_t t)
{
	unsigned int year = 1970, month = 1, secs;
	size_t mark;
	s32 days;

	if (t < 0 || t > 253402300799LL) {
		w->err = true;
		return;
	}
	/* 86400 is 128 * 675: no 64-bit division */
	days = (u32)(t >> 7) / 675;
	secs = t - (s64)days * SECS_PER_DAY;
	year += days / 366;
	while (year_days(year + 1) <= days)
		year++;
	days -= year_days(year);
	while (days >= (s32)month_days(year, month))
		days -= month_days(year, month++);

	mark = rpt_der_open(w, year < 2050 ? RPT_ASN1_UTC_TIME : RPT_ASN1_GENERALIZED_TIME);
	if (year >= 2050)
		put_two_digits(w, year / 100);
	put_two_digits(w, year % 100);
	put_two_digits(w, month);
	put_two_digits(w, days + 1);
	put_two_digits(w, secs / 3600);
	put_two_digits(w, secs / 60 % 60);
	put_two_digits(w, secs % 60);
	rpt_wr_u8(w, 'Z');
	rpt_der_close(w, mark);
}
