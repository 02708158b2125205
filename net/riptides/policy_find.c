// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policy: look-ups; see policy_priv.h
 */
#include <linux/bitops.h>
#include <linux/jhash.h>
#include <linux/string.h>
#include <net/ipv6.h>

#include "policy_priv.h"

/**
 * struct search - a look-up on its way
 * @p: policy
 * @class: whose subject it is
 * @view: how much is known of it
 * @who: the subject, or NULL
 * @resolved: RPT_NEED_*, attributes of which @key.id is set
 * @key: what is looked for
 * @best: lowest rank so far
 */
struct search {
	const struct rpt_policy *p;
	enum rpt_class class;
	enum rpt_view view;
	const struct rpt_subject *who;
	u8 resolved;
	struct rpt_entry key;
	u32 best;
};

/**
 * rpt_policy_hash_addr() - hash a prefix
 * @p: policy
 * @class: whose subject counts
 * @len: length of the prefix, as rpt_prefix_index() counts
 * @addr: address
 *
 * Context: Any context.
 * Return: the hash.
 */
u32 rpt_policy_hash_addr(const struct rpt_policy *p, enum rpt_class class, u8 len,
			 const struct in6_addr *addr)
{
	return jhash2((__force const u32 *)addr->s6_addr32, 4,
		      p->seed ^ (class << 8 | len));
}

/**
 * rpt_policy_hash_value() - hash the value of an attribute
 * @p: policy
 * @attribute: enum rpt_attribute
 * @data: value
 *
 * Context: Any context.
 * Return: the hash.
 */
u32 rpt_policy_hash_value(const struct rpt_policy *p, u8 attribute,
			  const struct rpt_blob *data)
{
	return jhash(data->data, data->len, p->seed ^ attribute);
}

/**
 * rpt_policy_hash_key() - hash what entries are found by
 * @p: policy
 * @key: an entry
 * @mask: RPT_NEED_*, attributes that count
 *
 * Context: Any context.
 * Return: the hash.
 */
u32 rpt_policy_hash_key(const struct rpt_policy *p, const struct rpt_entry *key, u8 mask)
{
	unsigned long left = mask;
	u32 hash, i;

	hash = jhash_3words(key->node, key->port << 16 | key->port_len << 8 | mask, 0,
			    p->seed);
	for_each_set_bit(i, &left, RPT_ATTR_N)
		hash = jhash_1word(key->id[i], hash);
	return hash;
}

/**
 * rpt_policy_same_key() - are two entries found by the same key?
 * @a: an entry
 * @b: an entry
 * @mask: RPT_NEED_*, attributes that count of those that the view has
 *
 * The callers compare which attributes that is.
 *
 * Context: Any context.
 * Return: true if they are.
 */
bool rpt_policy_same_key(const struct rpt_entry *a, const struct rpt_entry *b, u8 mask)
{
	unsigned long left = mask;
	u32 i;

	if (a->node != b->node || a->port != b->port || a->port_len != b->port_len)
		return false;
	for_each_set_bit(i, &left, RPT_ATTR_N) {
		if (a->id[i] != b->id[i])
			return false;
	}
	return true;
}

static bool is_v4(u8 len)
{
	return len && len <= 33;
}

/**
 * rpt_policy_cut() - the bits of an address within a prefix
 * @to: where to put them, the rest zero
 * @addr: address
 * @len: length of the prefix: 0 for none, 1 to 33 for IPv4, above for IPv6
 *
 * Context: Any context.
 */
void rpt_policy_cut(struct in6_addr *to, const struct in6_addr *addr, u8 len)
{
	if (!len)
		*to = in6addr_any;
	else
		ipv6_addr_prefix(to, addr, is_v4(len) ? 96 + len - 1 : len - 34);
}

static u32 find_node(const struct search *s, u8 len, const struct in6_addr *addr)
{
	const struct rpt_slots *t = &s->p->by_addr;
	const struct rpt_node *node;
	struct in6_addr cut;
	u32 i;

	rpt_policy_cut(&cut, addr, len);
	i = rpt_policy_hash_addr(s->p, s->class, len, &cut) & t->mask;
	for (; t->slot[i]; i = (i + 1) & t->mask) {
		node = &s->p->nodes[t->slot[i] - 1];
		if (node->len == len && node->class == s->class &&
		    ipv6_addr_equal(&node->addr, &cut))
			return t->slot[i] - 1;
	}
	return RPT_NONE;
}

/* Values that no rule has get the number 0 */
static u32 find_value(const struct rpt_policy *p, u8 attribute,
		      const struct rpt_blob *data)
{
	const struct rpt_slots *t = &p->by_value;
	const struct rpt_value *v;
	u32 i;

	if (!data->data)
		return 0;
	i = rpt_policy_hash_value(p, attribute, data) & t->mask;
	for (; t->slot[i]; i = (i + 1) & t->mask) {
		v = &p->values[t->slot[i] - 1];
		if (v->attribute == attribute && v->data.len == data->len &&
		    !memcmp(v->data.data, data->data, data->len))
			return t->slot[i];
	}
	return 0;
}

/* Does the subject have some value that rules have, of all these attributes? */
static bool resolve(struct search *s, u8 mask)
{
	unsigned long left = mask & ~s->resolved;
	u32 i;

	for_each_set_bit(i, &left, RPT_ATTR_N)
		s->key.id[i] = find_value(s->p, i, &s->who->value[i]);
	s->resolved |= mask;
	left = mask;
	for_each_set_bit(i, &left, RPT_ATTR_N) {
		if (!s->key.id[i])
			return false;
	}
	return true;
}

static bool cmdline_matches(const struct search *s, const struct rpt_entry *e)
{
	const struct rpt_blob *own = &s->who->value[RPT_ATTR_CMDLINE];
	const struct rpt_selector *sel;
	const struct rpt_value *v;

	sel = &s->p->rules.rule[e->rule]->selectors[e->selector];
	for (v = sel->values; v < sel->values + sel->n; v++) {
		if (v->attribute == RPT_ATTR_CMDLINE && own->data &&
		    v->data.len <= own->len &&
		    !memcmp(v->data.data, own->data, v->data.len))
			return true;
	}
	return false;
}

/* The first entry of a key, which is the one of the lowest rank */
static u32 find_entry(const struct search *s, u8 mask)
{
	const struct rpt_slots *t = &s->p->by_key[s->view];
	u8 view = rpt_view_mask(s->view);
	const struct rpt_entry *e;
	u32 i;

	i = rpt_policy_hash_key(s->p, &s->key, mask) & t->mask;
	for (; t->slot[i]; i = (i + 1) & t->mask) {
		e = &s->p->entries[t->slot[i] - 1];
		if ((e->mask & view) == mask && rpt_policy_same_key(e, &s->key, mask))
			return t->slot[i] - 1;
	}
	return RPT_NONE;
}

/* Entries of the right key, beginning with the first */
static void search_chain(struct search *s, u32 i)
{
	const struct rpt_entry *e;

	while (i < s->best) {
		e = &s->p->entries[i];
		if (s->view != RPT_VIEW_ALL || !(e->mask & RPT_NEED_CMDLINE) ||
		    cmdline_matches(s, e)) {
			s->best = i;
			return;
		}
		i = e->next;
	}
}

static bool prepare(struct search *s, u8 port_len, u8 mask, u16 port)
{
	s->key.port_len = port_len;
	s->key.port = port & ~(0xffff >> port_len);
	return resolve(s, mask);
}

static void search_only(struct search *s, u32 first, u16 port)
{
	const struct rpt_entry *e = &s->p->entries[first];
	u8 mask = e->mask & rpt_view_mask(s->view);

	if (first < s->best && prepare(s, e->port_len, mask, port) &&
	    rpt_policy_same_key(e, &s->key, mask))
		search_chain(s, first);
}

static void search_level(struct search *s, u8 len, const struct in6_addr *addr,
			 u16 port)
{
	const struct rpt_shape *shape;
	const struct rpt_node *node;
	u32 i;

	s->key.node = find_node(s, len, addr);
	if (s->key.node == RPT_NONE)
		return;
	node = &s->p->nodes[s->key.node];
	if (node->only[s->view] != RPT_NONE) {
		search_only(s, node->only[s->view], port);
		return;
	}
	i = node->shape[s->view];
	while (i != RPT_NONE) {
		shape = &s->p->shapes[i];
		if (shape->best >= s->best)
			return;
		if (prepare(s, shape->port_len, shape->mask, port))
			search_chain(s, find_entry(s, shape->mask));
		i = shape->next;
	}
}

/* How much is known of what the rules ask for? */
static enum rpt_view view_of(u8 needs, unsigned int known)
{
	if (!(needs & ~known))
		return RPT_VIEW_ALL;
	if (!(needs & RPT_NEED_SOCK & ~known))
		return RPT_VIEW_SOCK;
	return RPT_VIEW_NONE;
}

/**
 * rpt_policy_find() - look up the best entry for a flow
 * @p: policy
 * @class: whose subject @who is
 * @addr: address, IPv4 as mapped into IPv6
 * @port: port
 * @who: what is known of the task, or NULL
 * @v: what was found
 *
 * Context: Any context in which @p lives on.
 */
void rpt_policy_find(const struct rpt_policy *p, enum rpt_class class,
		     const struct in6_addr *addr, u16 port,
		     const struct rpt_subject *who, struct rpt_verdict *v)
{
	bool v4 = ipv6_addr_v4mapped(addr);
	const struct rpt_level *level;
	struct search s = {
		.p	= p,
		.class	= class,
		.view	= view_of(p->needs[class], who ? who->known : 0),
		.who	= who,
		.best	= RPT_NONE,
	};
	u32 i;

	for (i = 0; i < p->n_levels[class]; i++) {
		level = &p->levels[class][i];
		if (level->best >= s.best)
			break;
		if (!level->len || is_v4(level->len) == v4)
			search_level(&s, level->len, addr, port);
	}
	v->rank = s.best;
	v->lacks = 0;
	if (s.best != RPT_NONE && s.view != RPT_VIEW_ALL)
		v->lacks = p->entries[s.best].mask & ~rpt_view_mask(s.view);
}
