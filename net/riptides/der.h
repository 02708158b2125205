/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Strict DER (X.690 section 10) on top of the readers and writers of wire.h
 *
 * One encoding for a value, and no other, is read: definite and minimal
 * lengths, one-byte tags, minimal integers, clean bit strings, minimal OIDs,
 * TRUE as 0xff.  Errors are sticky as in wire.h, so a whole structure is read
 * and rpt_rd_done() asked once for each element that was opened.
 */
#ifndef _RPT_DER_H
#define _RPT_DER_H

#include <linux/time64.h>

#include "wire.h"

/* Identifier octets (X.690 section 8.1.2) of what we read and write */
enum rpt_asn1_tag {
	RPT_ASN1_BOOLEAN		= 0x01,
	RPT_ASN1_INTEGER		= 0x02,
	RPT_ASN1_BIT_STRING		= 0x03,
	RPT_ASN1_OCTET_STRING		= 0x04,
	RPT_ASN1_NULL			= 0x05,
	RPT_ASN1_OID			= 0x06,
	RPT_ASN1_UTF8_STRING		= 0x0c,
	RPT_ASN1_PRINTABLE_STRING	= 0x13,
	RPT_ASN1_TELETEX_STRING		= 0x14,
	RPT_ASN1_IA5_STRING		= 0x16,
	RPT_ASN1_UTC_TIME		= 0x17,
	RPT_ASN1_GENERALIZED_TIME	= 0x18,
	RPT_ASN1_UNIVERSAL_STRING	= 0x1c,
	RPT_ASN1_BMP_STRING		= 0x1e,
	RPT_ASN1_SEQUENCE		= 0x30,
	RPT_ASN1_SET			= 0x31,
};

/* Context-specific tags: [n] IMPLICIT of a primitive, and constructed */
#define RPT_ASN1_CTX(n)		(0x80 | (n))
#define RPT_ASN1_CTX_CONS(n)	(0xa0 | (n))

/* The longest element that is read or written has three length octets */
#define RPT_DER_LEN_MAX		0xffffff

/* Reading */
struct rpt_rd rpt_der_any(struct rpt_rd *r, u8 *tag, struct rpt_blob *raw);
struct rpt_rd rpt_der_enter(struct rpt_rd *r, u8 tag);
struct rpt_rd rpt_der_enter_raw(struct rpt_rd *r, u8 tag, struct rpt_blob *raw);
bool rpt_der_next_is(const struct rpt_rd *r, u8 tag);
void rpt_der_blob(struct rpt_rd *r, u8 tag, struct rpt_blob *out);
void rpt_der_oid(struct rpt_rd *r, struct rpt_blob *out);
void rpt_der_uint(struct rpt_rd *r, struct rpt_blob *out);
u32 rpt_der_u31(struct rpt_rd *r);
bool rpt_der_bool(struct rpt_rd *r);
void rpt_der_null(struct rpt_rd *r);
void rpt_der_bits(struct rpt_rd *r, struct rpt_blob *out, u8 *unused);
void rpt_der_bytes(struct rpt_rd *r, struct rpt_blob *out);
u16 rpt_der_flags(struct rpt_rd *r);
time64_t rpt_der_time(struct rpt_rd *r);

/* Writing */
size_t rpt_der_open(struct rpt_wr *w, u8 tag);
void rpt_der_close(struct rpt_wr *w, size_t mark);
void rpt_der_put(struct rpt_wr *w, u8 tag, const void *data, size_t len);
void rpt_der_put_uint(struct rpt_wr *w, const u8 *be, size_t len);
void rpt_der_put_u32(struct rpt_wr *w, u32 v);
void rpt_der_put_bool(struct rpt_wr *w, bool v);
void rpt_der_put_bits(struct rpt_wr *w, const void *data, size_t len);
void rpt_der_put_flags(struct rpt_wr *w, u16 flags);
void rpt_der_put_time(struct rpt_wr *w, time64_t t);

bool rpt_blob_eq(const struct rpt_blob *a, const struct rpt_blob *b);

#endif /* _RPT_DER_H */
