// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policy: compilation; see policy_priv.h
 */
#include <linux/err.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/netlink.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <net/ipv6.h>

#include "policy_priv.h"

#define RULE_ENTRIES_MAX	65536
#define RULE_VALUES_MAX		(RPT_RULE_SIZE_MAX / 8)	/* each is an attribute */
#define PORT_BLOCKS_MAX		32
#define ANY_PORTS		65536
/* What one look-up may try: it may be in softirq, whoever has made the rules */
#define TRIES_MAX		4096

/**
 * struct block - an aligned block of ports
 * @port: first
 * @len: how many bits of a port count
 * @width: number of ports that the rule has in a row here
 */
struct block {
	u16 port;
	u8 len;
	u32 width;
};

/**
 * struct build - a compilation on its way
 * @p: policy that is being made
 * @extack: where to say why not, or NULL
 * @ids: numbers of the values of the selector at hand
 * @tries: by enum rpt_class and length of prefix: shapes of the node with most
 */
struct build {
	struct rpt_policy *p;
	struct netlink_ext_ack *extack;
	u32 ids[RULE_VALUES_MAX];
	u32 tries[RPT_CLASSES][RPT_PREFIX_LENS];
};

/* The least number of blocks that make up a range */
static unsigned int split_ports(const struct rpt_ports *r, struct block *b)
{
	u32 at = r->first, end = r->last + 1, size;
	unsigned int n = 0;

	if (r->first <= 1 && r->last == U16_MAX) {	/* there is no port 0 */
		b[0] = (struct block){ .width = U16_MAX };
		return 1;
	}
	while (at < end) {
		size = at & -at;
		while (at + size > end)
			size >>= 1;
		b[n].port = at;
		b[n].len = 16 - ilog2(size);
		b[n].width = end - r->first;
		n++;
		at += size;
	}
	return n;
}

static u32 count_blocks(const struct rpt_rule *rule)
{
	struct block b[PORT_BLOCKS_MAX];
	u32 i, n = 0;

	for (i = 0; i < rule->n_ports; i++)
		n += split_ports(&rule->ports[i], b);
	return n ?: 1;
}

/* Choices of one value for each attribute that is hashed */
static u64 count_choices(const struct rpt_selector *s)
{
	u32 per[RPT_ATTR_N] = {}, i;
	u64 n = 1;

	for (i = 0; i < s->n; i++)
		per[s->values[i].attribute]++;
	per[RPT_ATTR_CMDLINE] = 0;
	for (i = 0; i < RPT_ATTR_N; i++)
		n = min_t(u64, n * (per[i] ?: 1), U32_MAX);
	return n;
}

static u64 count_entries(const struct rpt_rule *rule)
{
	u64 n = 0;
	u32 i;

	for (i = 0; i < rule->n_selectors; i++)
		n += count_choices(&rule->selectors[i]);
	return (n ?: 1) * count_blocks(rule) * (rule->n_prefixes ?: 1);
}

static int count(struct build *b, u32 *n_prefixes, u32 *n_values)
{
	const struct rpt_rules *rules = &b->p->rules;
	const struct rpt_rule *rule;
	u64 n, all = 0;
	u32 i, k;

	*n_prefixes = 0;
	*n_values = 0;
	for (i = 0; i < rules->n; i++) {
		rule = rules->rule[i];
		n = count_entries(rule);
		if (n > RULE_ENTRIES_MAX) {
			NL_SET_ERR_MSG(b->extack,
				       "a rule takes at most 65536 of prefixes x ports x selectors");
			return -E2BIG;
		}
		all += n;
		if (all > RPT_ENTRIES_MAX) {
			NL_SET_ERR_MSG(b->extack,
				       "a policy takes at most 1048576 of prefixes x ports x selectors");
			return -ENOSPC;
		}
		*n_prefixes += rule->n_prefixes ?: 1;
		for (k = 0; k < rule->n_selectors; k++)
			*n_values += rule->selectors[k].n;
		cond_resched();
	}
	b->p->n_entries = all;
	return 0;
}

static int slots_init(struct rpt_slots *t, u32 n)
{
	u32 size = roundup_pow_of_two(max(2 * n, 8u));

	t->slot = kvcalloc(size, sizeof(*t->slot), GFP_KERNEL_ACCOUNT);
	t->mask = size - 1;
	return t->slot ? 0 : -ENOMEM;
}

static int allocate(struct build *b, u32 n_prefixes, u32 n_values)
{
	struct rpt_policy *p = b->p;
	unsigned int i;
	int err;

	p->entries = kvcalloc(p->n_entries, sizeof(*p->entries), GFP_KERNEL_ACCOUNT);
	p->nodes = kvcalloc(n_prefixes, sizeof(*p->nodes), GFP_KERNEL_ACCOUNT);
	p->values = kvcalloc(n_values, sizeof(*p->values), GFP_KERNEL_ACCOUNT);
	if ((!p->entries && p->n_entries) || (!p->nodes && n_prefixes) ||
	    (!p->values && n_values))
		return -ENOMEM;
	err = slots_init(&p->by_addr, n_prefixes) ?: slots_init(&p->by_value, n_values);
	for (i = 0; i < RPT_VIEWS && !err; i++)
		err = slots_init(&p->by_key[i], p->n_entries);
	return err;
}

static u8 prefix_index(const struct rpt_prefix *x)
{
	return x->v4 ? 1 + x->len : 34 + x->len;
}

static u32 add_node(struct rpt_policy *p, enum rpt_class class, u8 len,
		    const struct in6_addr *addr)
{
	struct rpt_slots *t = &p->by_addr;
	struct rpt_node *node;
	u32 i;

	i = rpt_policy_hash_addr(p, class, len, addr) & t->mask;
	for (; t->slot[i]; i = (i + 1) & t->mask) {
		node = &p->nodes[t->slot[i] - 1];
		if (node->len == len && node->class == class &&
		    ipv6_addr_equal(&node->addr, addr))
			return t->slot[i] - 1;
	}
	node = &p->nodes[p->n_nodes];
	node->addr = *addr;
	node->len = len;
	node->class = class;
	memset(node->shape, 0xff, sizeof(node->shape));
	memset(node->last, 0xff, sizeof(node->last));
	memset(node->only, 0xff, sizeof(node->only));
	t->slot[i] = ++p->n_nodes;
	return p->n_nodes - 1;
}

static u32 add_value(struct rpt_policy *p, const struct rpt_value *new)
{
	struct rpt_slots *t = &p->by_value;
	const struct rpt_value *v;
	u32 i;

	i = rpt_policy_hash_value(p, new->attribute, &new->data) & t->mask;
	for (; t->slot[i]; i = (i + 1) & t->mask) {
		v = &p->values[t->slot[i] - 1];
		if (v->attribute == new->attribute && v->data.len == new->data.len &&
		    !memcmp(v->data.data, new->data.data, new->data.len))
			return t->slot[i];
	}
	p->values[p->n_values] = *new;
	t->slot[i] = ++p->n_values;
	return p->n_values;
}

/* Each choice of values, like the wheels of an odometer */
static void put_choices(struct build *b, struct rpt_entry *e, u32 *n,
			const struct rpt_selector *s)
{
	u32 first[RPT_ATTR_N] = {}, per[RPT_ATTR_N] = {}, at[RPT_ATTR_N] = {};
	u32 i, a;

	for (i = 0; i < s->n; i++) {
		a = s->values[i].attribute;
		if (a == RPT_ATTR_CMDLINE)
			continue;
		if (!per[a]++)
			first[a] = i;
	}
	do {
		for (a = 0; a < RPT_ATTR_N; a++)
			e->id[a] = per[a] ? b->ids[first[a] + at[a]] : 0;
		b->p->entries[(*n)++] = *e;
		for (a = 0; a < RPT_ATTR_N; a++) {
			if (++at[a] < per[a])
				break;
			at[a] = 0;
		}
	} while (a < RPT_ATTR_N);
}

static void put_selectors(struct build *b, struct rpt_entry *e, u32 *n)
{
	const struct rpt_rule *rule = b->p->rules.rule[e->rule];
	const struct rpt_selector *s;
	u32 i, k;

	if (!rule->n_selectors) {
		e->selector = RPT_NONE;
		e->order = RPT_ATTR_N << 29 | e->rule;
		b->p->entries[(*n)++] = *e;
		return;
	}
	for (i = 0; i < rule->n_selectors; i++) {
		s = &rule->selectors[i];
		e->selector = i;
		e->mask = s->mask;
		e->order = (RPT_ATTR_N - hweight8(s->mask)) << 29 | e->rule;
		e->cmdlines = 0;
		for (k = 0; k < s->n; k++) {
			if (s->values[k].attribute != RPT_ATTR_CMDLINE)
				b->ids[k] = add_value(b->p, &s->values[k]);
			else
				e->cmdlines++;
		}
		put_choices(b, e, n, s);
	}
}

static void put_ports(struct build *b, struct rpt_entry *e, u8 len, u32 *n)
{
	const struct rpt_rule *rule = b->p->rules.rule[e->rule];
	struct block blocks[PORT_BLOCKS_MAX] = { { .width = ANY_PORTS } };
	u32 i, k, n_blocks;

	for (i = 0; i < (rule->n_ports ?: 1); i++) {
		n_blocks = 1;
		if (rule->n_ports)
			n_blocks = split_ports(&rule->ports[i], blocks);
		for (k = 0; k < n_blocks; k++) {
			e->port = blocks[k].port;
			e->port_len = blocks[k].len;
			e->rank = (u64)rule->priority << 32 | (u32)(U8_MAX - len) << 24 |
				  blocks[k].width;
			e->mask = 0;
			put_selectors(b, e, n);
		}
	}
}

static void put_rule(struct build *b, u32 index, u32 *n)
{
	const struct rpt_rule *rule = b->p->rules.rule[index];
	enum rpt_class class = rpt_rule_class(rule);
	struct rpt_entry e;
	u32 i;
	u8 len;

	b->p->n[class]++;
	for (i = 0; i < rule->n_selectors; i++)
		b->p->needs[class] |= rule->selectors[i].mask;
	memset(&e, 0, sizeof(e));
	e.rule = index;
	e.next = RPT_NONE;
	if (!rule->n_prefixes) {
		e.node = add_node(b->p, class, 0, &in6addr_any);
		put_ports(b, &e, 0, n);
	}
	for (i = 0; i < rule->n_prefixes; i++) {
		len = prefix_index(&rule->prefixes[i]);
		e.node = add_node(b->p, class, len, &rule->prefixes[i].addr);
		put_ports(b, &e, len, n);
	}
}

static int by_rank(const void *x, const void *y)
{
	const struct rpt_entry *a = x, *b = y;

	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	return 0;
}

static int add_shape(struct rpt_policy *p, struct rpt_node *node, enum rpt_view view,
		     const struct rpt_entry *e, u32 rank)
{
	u8 mask = e->mask & rpt_view_mask(view);
	struct rpt_shape *shape;
	u32 i, cap;

	for (i = node->shape[view]; i != RPT_NONE; i = p->shapes[i].next) {
		if (p->shapes[i].mask == mask && p->shapes[i].port_len == e->port_len)
			return 0;
	}
	if (p->n_shapes == p->cap_shapes) {
		cap = p->cap_shapes ? 2 * p->cap_shapes : 64;
		shape = kvrealloc(p->shapes, array_size(cap, sizeof(*shape)),
				  GFP_KERNEL_ACCOUNT);
		if (!shape)
			return -ENOMEM;
		p->shapes = shape;
		p->cap_shapes = cap;
	}
	i = p->n_shapes++;
	shape = &p->shapes[i];
	shape->best = rank;
	shape->next = RPT_NONE;
	shape->port_len = e->port_len;
	shape->mask = mask;
	if (node->last[view] == RPT_NONE)
		node->shape[view] = i;
	else
		p->shapes[node->last[view]].next = i;
	node->last[view] = i;
	return 0;
}

/*
 * Behind an entry of the same key: nothing behind one that needs no more than
 * the key can ever be found.
 */
static int chain(struct build *b, u32 at, u32 rank)
{
	struct rpt_entry *e = &b->p->entries[at];
	unsigned int n = e->cmdlines + b->p->entries[rank].cmdlines;

	while (e->mask & RPT_NEED_CMDLINE) {
		if (e->next != RPT_NONE) {
			e = &b->p->entries[e->next];
			n += e->cmdlines;
			continue;
		}
		if (n <= RPT_CMDLINES_MAX) {
			e->next = rank;
			return 0;
		}
		NL_SET_ERR_MSG(b->extack,
			       "rules that differ in command lines only take at most 64 of those");
		return -E2BIG;
	}
	return 0;
}

static int add_key(struct build *b, enum rpt_view view, u32 rank)
{
	struct rpt_policy *p = b->p;
	const struct rpt_entry *other, *e = &p->entries[rank];
	u8 seen = rpt_view_mask(view), mask = e->mask & seen;
	struct rpt_slots *t = &p->by_key[view];
	struct rpt_node *node = &p->nodes[e->node];
	u32 i;

	i = rpt_policy_hash_key(p, e, mask) & t->mask;
	for (; t->slot[i]; i = (i + 1) & t->mask) {
		other = &p->entries[t->slot[i] - 1];
		if ((other->mask & seen) == mask && rpt_policy_same_key(other, e, mask))
			return view == RPT_VIEW_ALL ? chain(b, t->slot[i] - 1, rank) : 0;
	}
	t->slot[i] = rank + 1;
	node->only[view] = node->shape[view] == RPT_NONE ? rank : RPT_NONE;
	return add_shape(p, node, view, e, rank);
}

static void add_level(struct rpt_policy *p, const struct rpt_node *node, u32 rank)
{
	u8 class = node->class;
	u32 i;

	for (i = 0; i < p->n_levels[class]; i++) {
		if (p->levels[class][i].len == node->len)
			return;
	}
	p->levels[class][i].len = node->len;
	p->levels[class][i].best = rank;
	p->n_levels[class]++;
}

/* No other view has more shapes than that of all attributes */
static u32 count_shapes(const struct rpt_policy *p, const struct rpt_node *node)
{
	u32 i, n = 0;

	for (i = node->shape[RPT_VIEW_ALL]; i != RPT_NONE; i = p->shapes[i].next)
		n++;
	return n;
}

static int check_tries(struct build *b)
{
	const struct rpt_policy *p = b->p;
	const struct rpt_node *node;
	u32 i, k, n, *most;

	for (i = 0; i < p->n_nodes; i++) {
		node = &p->nodes[i];
		most = &b->tries[node->class][node->len];
		*most = max(*most, count_shapes(p, node));
		cond_resched();
	}
	for (i = 0; i < RPT_CLASSES; i++) {
		for (k = 0, n = 0; k < RPT_PREFIX_LENS; k++)
			n += b->tries[i][k];
		if (n <= TRIES_MAX)
			continue;
		NL_SET_ERR_MSG(b->extack,
			       "a look-up takes at most 4096 kinds of prefix x ports x selector");
		return -E2BIG;
	}
	return 0;
}

static int compile(struct build *b)
{
	struct rpt_policy *p = b->p;
	u32 i, n = 0, n_prefixes, n_values;
	unsigned int view;
	int err;

	err = count(b, &n_prefixes, &n_values) ?: allocate(b, n_prefixes, n_values);
	if (err)
		return err;
	for (i = 0; i < p->rules.n; i++) {
		put_rule(b, i, &n);
		cond_resched();
	}
	if (WARN_ON_ONCE(n != p->n_entries))
		return -EINVAL;
	sort_nonatomic(p->entries, n, sizeof(*p->entries), by_rank, NULL);
	for (i = 0; i < n && !err; i++) {
		add_level(p, &p->nodes[p->entries[i].node], i);
		for (view = 0; view < RPT_VIEWS && !err; view++)
			err = add_key(b, view, i);
		cond_resched();
	}
	return err ?: check_tries(b);
}

/**
 * rpt_policy_build() - compile a policy
 * @rules: its rules; the policy takes them over, also when it fails
 * @extack: where to say why not, or NULL
 *
 * Context: Process context.
 * Return: the policy; -E2BIG or -ENOSPC if it is too large, -ENOMEM.
 */
struct rpt_policy *rpt_policy_build(struct rpt_rules *rules,
				    struct netlink_ext_ack *extack)
{
	struct rpt_policy *p = kvzalloc(sizeof(*p), GFP_KERNEL_ACCOUNT);
	struct build *b = kvzalloc(sizeof(*b), GFP_KERNEL);
	int err = -ENOMEM;

	if (!p || !b) {
		rpt_rules_drop(rules);
		goto out;
	}
	b->p = p;
	b->extack = extack;
	p->rules = *rules;
	memset(rules, 0, sizeof(*rules));
	p->seed = get_random_u32();
	err = compile(b);
out:
	kvfree(b);
	if (!err)
		return p;
	rpt_policy_free(p);
	return ERR_PTR(err);
}

/**
 * rpt_policy_free() - free a policy
 * @p: policy that nobody can look at any more, or NULL
 *
 * Context: Process context.
 */
void rpt_policy_free(struct rpt_policy *p)
{
	unsigned int i;

	if (!p)
		return;
	rpt_rules_drop(&p->rules);
	kvfree(p->entries);
	kvfree(p->nodes);
	kvfree(p->shapes);
	kvfree(p->values);
	kvfree(p->by_addr.slot);
	kvfree(p->by_value.slot);
	for (i = 0; i < RPT_VIEWS; i++)
		kvfree(p->by_key[i].slot);
	kvfree(p);
}
