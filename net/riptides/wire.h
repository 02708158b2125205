/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bounds-checked reader and writer of TLS's presentation language (RFC 8446
 * section 3): big-endian integers and length-prefixed vectors.
 *
 * Errors are sticky. A reader that was asked for more than it holds yields
 * zeroes and stays at its end; a writer that ran out of room writes nothing
 * more. Parse or build a whole structure, then look once at rpt_rd_done() or
 * at rpt_wr.err; nothing in between can touch memory out of bounds.
 */
#ifndef _RIPTIDES_WIRE_H
#define _RIPTIDES_WIRE_H

#include <linux/string.h>
#include <linux/types.h>
#include <linux/unaligned.h>

/**
 * struct rpt_blob - a view of bytes that somebody else owns
 * @data: first byte
 * @len: number of bytes
 */
struct rpt_blob {
	const u8 *data;
	size_t len;
};

/**
 * struct rpt_rd - reader
 * @p: next byte
 * @end: one past the last byte
 * @err: more was asked for than was there, or a length was illegal
 */
struct rpt_rd {
	const u8 *p;
	const u8 *end;
	bool err;
};

/**
 * struct rpt_wr - writer
 * @buf: the buffer
 * @len: bytes written so far
 * @cap: size of @buf
 * @err: something did not fit; @len no longer grows
 */
struct rpt_wr {
	u8 *buf;
	size_t len;
	size_t cap;
	bool err;
};

/**
 * rpt_rd_init() - start reading a buffer
 * @r: the reader
 * @buf: bytes to read; may be NULL when @len is 0
 * @len: number of bytes
 *
 * Context: Any context.
 */
static inline void rpt_rd_init(struct rpt_rd *r, const void *buf, size_t len)
{
	r->p = buf;
	r->end = len ? r->p + len : r->p;
	r->err = false;
}

/**
 * rpt_rd_left() - bytes not yet read
 * @r: the reader
 *
 * Context: Any context.
 * Return: the number of bytes, 0 after an error.
 */
static inline size_t rpt_rd_left(const struct rpt_rd *r)
{
	return r->end - r->p;
}

/**
 * rpt_rd_ok() - did everything read so far exist?
 * @r: the reader
 *
 * Context: Any context.
 * Return: true without an error.
 */
static inline bool __must_check rpt_rd_ok(const struct rpt_rd *r)
{
	return !r->err;
}

/**
 * rpt_rd_done() - was everything read, and nothing more?
 * @r: the reader
 *
 * Context: Any context.
 * Return: true without an error and at the end.
 */
static inline bool __must_check rpt_rd_done(const struct rpt_rd *r)
{
	return !r->err && r->p == r->end;
}

/**
 * rpt_rd_fail() - set the error
 * @r: the reader
 *
 * Nothing can be read afterwards.
 *
 * Context: Any context.
 */
static inline void rpt_rd_fail(struct rpt_rd *r)
{
	r->err = true;
	r->p = r->end;
}

/**
 * rpt_rd_bytes() - take bytes in place
 * @r: the reader
 * @n: how many
 *
 * Context: Any context.
 * Return: pointer to @n bytes within the buffer, or NULL with the error set.
 * With @n of 0 the pointer is not to be followed (it is NULL only on error or
 * for an empty reader that was made from NULL).
 */
static inline const u8 *rpt_rd_bytes(struct rpt_rd *r, size_t n)
{
	const u8 *p = r->p;

	if (r->err || n > rpt_rd_left(r)) {
		rpt_rd_fail(r);
		return NULL;
	}
	if (n)
		r->p += n;
	return p;
}

/**
 * rpt_rd_u8() - read one byte
 * @r: the reader
 *
 * Context: Any context.
 * Return: the value, 0 with the error set if it was not there.
 */
static inline u8 rpt_rd_u8(struct rpt_rd *r)
{
	const u8 *p = rpt_rd_bytes(r, 1);

	return p ? *p : 0;
}

/**
 * rpt_rd_u16() - read a 16-bit integer
 * @r: the reader
 *
 * Context: Any context.
 * Return: the value, 0 with the error set if it was not there.
 */
static inline u16 rpt_rd_u16(struct rpt_rd *r)
{
	const u8 *p = rpt_rd_bytes(r, 2);

	return p ? get_unaligned_be16(p) : 0;
}

/**
 * rpt_rd_u24() - read a 24-bit integer
 * @r: the reader
 *
 * Context: Any context.
 * Return: the value, 0 with the error set if it was not there.
 */
static inline u32 rpt_rd_u24(struct rpt_rd *r)
{
	const u8 *p = rpt_rd_bytes(r, 3);

	return p ? get_unaligned_be24(p) : 0;
}

/**
 * rpt_rd_u32() - read a 32-bit integer
 * @r: the reader
 *
 * Context: Any context.
 * Return: the value, 0 with the error set if it was not there.
 */
static inline u32 rpt_rd_u32(struct rpt_rd *r)
{
	const u8 *p = rpt_rd_bytes(r, 4);

	return p ? get_unaligned_be32(p) : 0;
}

/**
 * rpt_rd_u64() - read a 64-bit integer
 * @r: the reader
 *
 * Context: Any context.
 * Return: the value, 0 with the error set if it was not there.
 */
static inline u64 rpt_rd_u64(struct rpt_rd *r)
{
	const u8 *p = rpt_rd_bytes(r, 8);

	return p ? get_unaligned_be64(p) : 0;
}

/**
 * rpt_rd_copy() - read bytes into a buffer
 * @r: the reader
 * @dst: where to; zeroed when the bytes are not there
 * @n: how many
 *
 * Context: Any context.
 */
static inline void rpt_rd_copy(struct rpt_rd *r, void *dst, size_t n)
{
	const u8 *p = rpt_rd_bytes(r, n);

	if (!n)
		return;
	if (p)
		memcpy(dst, p, n);
	else
		memset(dst, 0, n);
}

/**
 * rpt_rd_block() - open a length-prefixed vector (RFC 8446 section 3.4)
 * @r: the reader; left behind the vector
 * @len_bytes: size of the length prefix: 1, 2 or 3
 * @min: least legal length
 * @max: greatest legal length
 *
 * Context: Any context.
 * Return: a reader of the vector's inside. When the prefix or the bytes are
 * not there, or the length is outside [@min, @max], both readers have their
 * error set.
 */
static inline struct rpt_rd rpt_rd_block(struct rpt_rd *r, unsigned int len_bytes,
					 size_t min, size_t max)
{
	struct rpt_rd sub;
	const u8 *p;
	size_t n;

	switch (len_bytes) {
	case 1:
		n = rpt_rd_u8(r);
		break;
	case 2:
		n = rpt_rd_u16(r);
		break;
	case 3:
		n = rpt_rd_u24(r);
		break;
	default:
		rpt_rd_fail(r);
		n = 0;
		break;
	}
	if (n < min || n > max)
		rpt_rd_fail(r);

	p = rpt_rd_bytes(r, n);
	rpt_rd_init(&sub, p, p ? n : 0);
	sub.err = r->err;
	return sub;
}

/**
 * rpt_wr_init() - start writing a buffer
 * @w: the writer
 * @buf: the buffer
 * @cap: its size
 *
 * Context: Any context.
 */
static inline void rpt_wr_init(struct rpt_wr *w, void *buf, size_t cap)
{
	w->buf = buf;
	w->len = 0;
	w->cap = cap;
	w->err = false;
}

/**
 * rpt_wr_space() - reserve bytes for the caller to fill
 * @w: the writer
 * @n: how many
 *
 * Context: Any context.
 * Return: pointer to @n bytes, or NULL with the error set.
 */
static inline u8 *rpt_wr_space(struct rpt_wr *w, size_t n)
{
	u8 *p;

	if (w->err || n > w->cap - w->len) {
		w->err = true;
		return NULL;
	}
	p = w->buf + w->len;
	w->len += n;
	return p;
}

/**
 * rpt_wr_u8() - write one byte
 * @w: the writer
 * @v: the value
 *
 * Context: Any context.
 */
static inline void rpt_wr_u8(struct rpt_wr *w, u8 v)
{
	u8 *p = rpt_wr_space(w, 1);

	if (p)
		*p = v;
}

/**
 * rpt_wr_u16() - write a 16-bit integer
 * @w: the writer
 * @v: the value
 *
 * Context: Any context.
 */
static inline void rpt_wr_u16(struct rpt_wr *w, u16 v)
{
	u8 *p = rpt_wr_space(w, 2);

	if (p)
		put_unaligned_be16(v, p);
}

/**
 * rpt_wr_u24() - write a 24-bit integer
 * @w: the writer
 * @v: the value; one that does not fit is an error
 *
 * Context: Any context.
 */
static inline void rpt_wr_u24(struct rpt_wr *w, u32 v)
{
	u8 *p;

	if (v >> 24) {
		w->err = true;
		return;
	}
	p = rpt_wr_space(w, 3);
	if (p)
		put_unaligned_be24(v, p);
}

/**
 * rpt_wr_u32() - write a 32-bit integer
 * @w: the writer
 * @v: the value
 *
 * Context: Any context.
 */
static inline void rpt_wr_u32(struct rpt_wr *w, u32 v)
{
	u8 *p = rpt_wr_space(w, 4);

	if (p)
		put_unaligned_be32(v, p);
}

/**
 * rpt_wr_u64() - write a 64-bit integer
 * @w: the writer
 * @v: the value
 *
 * Context: Any context.
 */
static inline void rpt_wr_u64(struct rpt_wr *w, u64 v)
{
	u8 *p = rpt_wr_space(w, 8);

	if (p)
		put_unaligned_be64(v, p);
}

/**
 * rpt_wr_bytes() - write bytes
 * @w: the writer
 * @src: the bytes
 * @n: how many
 *
 * Context: Any context.
 */
static inline void rpt_wr_bytes(struct rpt_wr *w, const void *src, size_t n)
{
	u8 *p = rpt_wr_space(w, n);

	if (p && n)
		memcpy(p, src, n);
}

/**
 * rpt_wr_open() - begin a length-prefixed vector (RFC 8446 section 3.4)
 * @w: the writer
 * @len_bytes: size of the length prefix: 1, 2 or 3
 *
 * Context: Any context.
 * Return: a mark for rpt_wr_close().
 */
static inline size_t rpt_wr_open(struct rpt_wr *w, unsigned int len_bytes)
{
	u8 *p = rpt_wr_space(w, len_bytes);

	if (p)
		memset(p, 0, len_bytes);
	return w->len;
}

/**
 * rpt_wr_close() - end a length-prefixed vector
 * @w: the writer
 * @mark: what rpt_wr_open() gave
 * @len_bytes: the same as for rpt_wr_open()
 *
 * Fills in the prefix. A content too long for the prefix is an error.
 *
 * Context: Any context.
 */
static inline void rpt_wr_close(struct rpt_wr *w, size_t mark, unsigned int len_bytes)
{
	size_t n = w->len - mark;
	unsigned int i;

	if (w->err)
		return;
	if (!len_bytes || len_bytes > 3 || n >> (8 * len_bytes)) {
		w->err = true;
		return;
	}
	for (i = 1; i <= len_bytes; i++) {
		w->buf[mark - i] = n;
		n >>= 8;
	}
}

#endif /* _RIPTIDES_WIRE_H */
