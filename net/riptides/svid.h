/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * X.509-SVIDs of our own: a certificate chain and the key that belongs to it
 */
#ifndef _RPT_SVID_H
#define _RPT_SVID_H

#include <linux/refcount.h>
#include <linux/time64.h>
#include <linux/types.h>

#include "chain.h"
#include "hash.h"

struct netlink_ext_ack;
struct rpt_tally;

/**
 * struct rpt_svid - a key and its certificates
 * @ref: references
 * @rcu: frees it
 * @spiffe_id: the leaf's SPIFFE ID, terminated
 * @spiffe_len: its length
 * @chain: certificates, leaf first: views of @der
 * @der: the certificates, one after the other
 * @der_len: length of @der
 * @not_before: first second in which all of them are valid
 * @not_after: last second in which all of them are valid
 * @digest: SHA-256 of @der
 * @key: the leaf's private key; leaves by no way but being used
 * @tally: what is counted for the identity; NULL if it is not one's
 * @data: what @spiffe_id and @der point into
 *
 * Never changes: renewal makes a new one.
 */
struct rpt_svid {
	refcount_t ref;
	struct rcu_head rcu;
	char *spiffe_id;
	u16 spiffe_len;
	struct rpt_chain chain;
	u8 *der;
	size_t der_len;
	time64_t not_before;
	time64_t not_after;
	u8 digest[SHA256_DIGEST_SIZE];
	struct rpt_privkey key;
	struct rpt_tally *tally;
	u8 data[];
};

struct rpt_svid *rpt_svid_create(const struct rpt_chain *chain,
				 const struct rpt_privkey *key, time64_t now,
				 struct netlink_ext_ack *extack);
void rpt_svid_put(struct rpt_svid *svid);
bool rpt_svid_current(const struct rpt_svid *svid, time64_t now);
int rpt_svid_sign(const struct rpt_svid *svid, u16 scheme, const u8 *msg, size_t len,
		  u8 *sig, size_t cap, size_t *siglen);

#endif /* _RPT_SVID_H */
