/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Chains that were verified: the next time the signatures in them need not be
 *
 * An entry is found by a digest of all that the result hangs on, and holds for
 * the time in which all certificates of its path are valid.
 */
#ifndef _RPT_CHAIN_CACHE_H
#define _RPT_CHAIN_CACHE_H

#include <linux/list.h>
#include <linux/spinlock_types.h>
#include <linux/types.h>

#include "bundle.h"
#include "chain.h"
#include "hash.h"
#include "net.h"

#define RPT_CHAIN_CACHE_BUCKETS	128
#define RPT_CHAIN_CACHE_MAX	512	/* in a network namespace */

/**
 * struct rpt_chain_key - what a chain was verified by
 * @digest: of the certificates, the trust domain, the bundle's generation (which
 *	is that of its revocations, too), the purpose and the DNS name
 */
struct rpt_chain_key {
	u8 digest[SHA256_DIGEST_SIZE];
};

/**
 * struct rpt_chain_cache - what a network namespace has of them
 * @lock: protects the rest
 * @bucket: struct chain_entry, by key
 * @lru: all of them, the one that was not needed for the longest time first
 * @n: how many
 */
struct rpt_chain_cache {
	spinlock_t lock;	/* never held for longer than a bucket is walked */
	struct hlist_head bucket[RPT_CHAIN_CACHE_BUCKETS];
	struct list_head lru;
	unsigned int n;
};

int rpt_chain_cache_init(struct rpt_net *rn);
void rpt_chain_cache_exit(struct rpt_net *rn);

void rpt_chain_cache_key(const struct rpt_chain_params *p, u64 generation,
			 const struct rpt_chain *chain,
			 struct rpt_chain_key *key);
bool __must_check rpt_chain_cache_find(struct rpt_net *rn,
				       const struct rpt_chain_key *key,
				       time64_t now,
				       struct rpt_chain_result *res);
void rpt_chain_cache_add(struct rpt_net *rn, const struct rpt_chain_key *key,
			 const struct rpt_chain_params *p,
			 const struct rpt_chain *chain,
			 const struct rpt_chain_result *res);

#endif /* _RPT_CHAIN_CACHE_H */
