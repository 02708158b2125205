/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sealing and opening one TLS 1.3 record (RFC 8446 section 5).
 */
#ifndef _RIPTIDES_RECORD_H
#define _RIPTIDES_RECORD_H

#include <linux/types.h>
#include <crypto/chacha.h>
#include "gcm.h"
#include "proto.h"
#include "suite.h"

/**
 * struct rpt_record_key - the keys of one direction in one epoch
 * @suite: the suite
 * @seq: sequence number of the next record
 * @iv: write IV of RFC 8446 section 7.3
 * @gcm: expanded key of the AES-GCM suites
 * @chacha: key of ChaCha20-Poly1305
 * @set: there is a key
 */
struct rpt_record_key {
	const struct rpt_suite *suite;
	u64 seq;
	u8 iv[RPT_IV_LEN];
	union {
		struct aes_gcm_key gcm;
		u8 chacha[CHACHA_KEY_SIZE];
	};
	bool set;
};

/* Bytes that sealing adds: header, inner content type, tag */
#define RPT_RECORD_OVERHEAD	(RPT_RECORD_HDR + 1 + RPT_TAG_LEN)

int __must_check rpt_record_key_set(struct rpt_record_key *k, const struct rpt_suite *suite,
				    const u8 *traffic_secret);
void rpt_record_key_wipe(struct rpt_record_key *k);

int __must_check rpt_record_seal(struct rpt_record_key *k, u8 type, const u8 *in, size_t len,
				 size_t pad, u8 *out, size_t out_cap, size_t *out_len);
int __must_check rpt_record_open(struct rpt_record_key *k, u8 *rec, size_t len,
				 u8 *type, u8 **plain, size_t *plain_len);
int __must_check rpt_record_header(const u8 hdr[RPT_RECORD_HDR], bool encrypted,
				   u8 *type, size_t *len);

/**
 * rpt_record_exhausted() - must the key be updated before the next record?
 * @k: the key
 *
 * Context: Any context.
 * Return: true when the suite's limit is reached (RFC 8446 section 5.5).
 */
static inline bool rpt_record_exhausted(const struct rpt_record_key *k)
{
	return k->set && k->seq >= k->suite->record_limit;
}

#endif /* _RIPTIDES_RECORD_H */
