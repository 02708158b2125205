// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chains that were verified
 */
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include "chain_cache.h"

/**
 * struct chain_entry - a chain that was verified
 * @node: in its bucket
 * @lru: in the order in which they were needed
 * @key: by what
 * @not_before: when all of its path became valid
 * @not_after: when the first of its certificates ceases to be
 * @key_usage: of the leaf
 * @n_path: as in the result
 * @anchor: as in the result
 * @leaf_key: the peer's public key
 * @spiffe_len: length of @spiffe_id
 * @spiffe_id: the peer's SPIFFE ID
 */
struct chain_entry {
	struct hlist_node node;
	struct list_head lru;
	struct rpt_chain_key key;
	time64_t not_before;
	time64_t not_after;
	u16 key_usage;
	u8 n_path;
	unsigned int anchor;
	struct rpt_pubkey leaf_key;
	u16 spiffe_len;
	char spiffe_id[];
};

static struct hlist_head *bucket_of(struct rpt_chain_cache *cache,
				    const struct rpt_chain_key *key)
{
	return &cache->bucket[get_unaligned_be32(key->digest) %
			      RPT_CHAIN_CACHE_BUCKETS];
}

static void digest_add(struct rpt_hash *h, const void *p, size_t len)
{
	__be32 n = cpu_to_be32(len);

	rpt_hash_update(h, &n, sizeof(n));
	rpt_hash_update(h, p, len);
}

/**
 * rpt_chain_cache_key() - what a verification hangs on, but for the time
 * @p: what the chain must satisfy; anchors and revocations are told by
 *	@generation, addresses are not provided for
 * @generation: of the bundle that @p is from
 * @chain: the certificates, in the peer's order
 * @key: out: digest of it
 *
 * Context: Any context.
 */
void rpt_chain_cache_key(const struct rpt_chain_params *p, u64 generation,
			 const struct rpt_chain *chain,
			 struct rpt_chain_key *key)
{
	u8 purpose = p->purpose, spiffe = p->spiffe;
	struct rpt_hash h;
	unsigned int i;

	rpt_hash_init(&h, RPT_HASH_SHA256);
	digest_add(&h, &generation, sizeof(generation));
	digest_add(&h, &purpose, sizeof(purpose));
	digest_add(&h, &spiffe, sizeof(spiffe));
	digest_add(&h, p->trust_domain,
		   p->trust_domain ? strlen(p->trust_domain) : 0);
	digest_add(&h, p->dns_name, p->dns_name ? strlen(p->dns_name) : 0);
	for (i = 0; i < chain->n; i++)
		digest_add(&h, chain->cert[i].data, chain->cert[i].len);
	rpt_hash_final(&h, key->digest);
}

static void entry_drop(struct rpt_chain_cache *cache, struct chain_entry *entry)
{
	lockdep_assert_held(&cache->lock);
	hlist_del(&entry->node);
	list_del(&entry->lru);
	cache->n--;
	kfree(entry);
}

static struct chain_entry *entry_find(struct rpt_chain_cache *cache,
				      const struct rpt_chain_key *key)
{
	struct chain_entry *entry;

	lockdep_assert_held(&cache->lock);
	hlist_for_each_entry(entry, bucket_of(cache, key), node)
		if (!memcmp(&entry->key, key, sizeof(*key)))
			return entry;
	return NULL;
}

/**
 * rpt_chain_cache_find() - has this been verified before?
 * @rn: where
 * @key: what
 * @now: seconds since 1970
 * @res: out: what was found then; untouched if false
 *
 * Context: Any context but hard interrupts.
 * Return: true if so, and it would end in the same way now.
 */
bool rpt_chain_cache_find(struct rpt_net *rn, const struct rpt_chain_key *key,
			  time64_t now, struct rpt_chain_result *res)
{
	struct rpt_chain_cache *cache = rn->chains;
	struct chain_entry *entry;

	/* nobody has set the clock: nothing is valid */
	if (now < RPT_CLOCK_MIN)
		return false;
	spin_lock_bh(&cache->lock);
	entry = entry_find(cache, key);
	/* not dropped: the clock may be set again, and it is bounded */
	if (!entry || now < entry->not_before || now > entry->not_after) {
		spin_unlock_bh(&cache->lock);
		return false;
	}
	list_move_tail(&entry->lru, &cache->lru);
	memset(res, 0, sizeof(*res));
	res->leaf_key = entry->leaf_key;
	memcpy(res->spiffe_id, entry->spiffe_id, entry->spiffe_len);
	res->spiffe_len = entry->spiffe_len;
	res->not_before = entry->not_before;
	res->not_after = entry->not_after;
	res->key_usage = entry->key_usage;
	res->n_path = entry->n_path;
	res->anchor = entry->anchor;
	spin_unlock_bh(&cache->lock);
	return true;
}

/* Nothing but the path, and perhaps the anchor that it ends in */
static bool is_plain(const struct rpt_chain_params *p,
		     const struct rpt_chain *chain,
		     const struct rpt_chain_result *res)
{
	const struct rpt_anchor *anchor;
	const struct rpt_blob *last;

	if (chain->n != res->n_path + 1)
		return chain->n == res->n_path;
	anchor = &p->anchors[res->anchor];
	last = &chain->cert[chain->n - 1];
	return last->len == anchor->der_len &&
	       !memcmp(last->data, anchor->der, last->len);
}

/**
 * rpt_chain_cache_add() - keep the result of a verification
 * @rn: where
 * @key: what was verified
 * @p: as for @key
 * @chain: the certificates
 * @res: the result, a good one
 *
 * It is not kept if memory is short, nor if @chain has certificates that have
 * not been needed. Whoever sends it has not proved yet that it is his own, and
 * could make as many of one chain as it takes to drive all others out.
 *
 * Context: Process context.
 */
void rpt_chain_cache_add(struct rpt_net *rn, const struct rpt_chain_key *key,
			 const struct rpt_chain_params *p,
			 const struct rpt_chain *chain,
			 const struct rpt_chain_result *res)
{
	struct rpt_chain_cache *cache = rn->chains;
	struct chain_entry *entry, *old;

	if (!is_plain(p, chain, res))
		return;
	entry = kzalloc_flex(*entry, spiffe_id, res->spiffe_len,
			     GFP_KERNEL_ACCOUNT);
	if (!entry)
		return;
	entry->key = *key;
	entry->not_before = res->not_before;
	entry->not_after = res->not_after;
	entry->key_usage = res->key_usage;
	entry->n_path = res->n_path;
	entry->anchor = res->anchor;
	entry->leaf_key = res->leaf_key;
	entry->spiffe_len = res->spiffe_len;
	memcpy(entry->spiffe_id, res->spiffe_id, res->spiffe_len);

	spin_lock_bh(&cache->lock);
	/* two handshakes may have verified it at once */
	old = entry_find(cache, key);
	if (!old && cache->n >= RPT_CHAIN_CACHE_MAX)
		old = list_first_entry(&cache->lru, struct chain_entry, lru);
	if (old)
		entry_drop(cache, old);
	hlist_add_head(&entry->node, bucket_of(cache, key));
	list_add_tail(&entry->lru, &cache->lru);
	cache->n++;
	spin_unlock_bh(&cache->lock);
}

/**
 * rpt_chain_cache_init() - begin with nothing
 * @rn: where
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM.
 */
int rpt_chain_cache_init(struct rpt_net *rn)
{
	struct rpt_chain_cache *cache = kzalloc_obj(*cache, GFP_KERNEL_ACCOUNT);

	if (!cache)
		return -ENOMEM;
	spin_lock_init(&cache->lock);
	INIT_LIST_HEAD(&cache->lru);
	rn->chains = cache;
	return 0;
}

/**
 * rpt_chain_cache_exit() - drop all of it
 * @rn: where; nobody verifies anything any more
 *
 * Context: Process context.
 */
void rpt_chain_cache_exit(struct rpt_net *rn)
{
	struct rpt_chain_cache *cache = rn->chains;
	struct chain_entry *entry, *next;

	spin_lock_bh(&cache->lock);
	list_for_each_entry_safe(entry, next, &cache->lru, lru)
		entry_drop(cache, entry);
	spin_unlock_bh(&cache->lock);
	kfree(cache);
	rn->chains = NULL;
}
