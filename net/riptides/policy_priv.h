/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Policy: how it is compiled
 *
 * Each rule is taken apart into entries, one for each combination of a prefix,
 * a block of ports (aligned, a power of two of them) and a value of each
 * attribute that a selector asks about. Of these all can be found by hashing,
 * as they are equal to something or not. A command line, of which only the
 * beginning counts, is compared.
 *
 * Entries are sorted by precedence, so that the index of an entry is its rank.
 * The address of a flow is looked up once for each length of prefix that the
 * policy has: that gives a node, which knows what shapes its entries have, that
 * is, lengths of blocks and sets of attributes. For each shape one look-up more
 * finds the best entry. Lengths and shapes know the best rank they may lead to,
 * and the search ends when there is a better one.
 *
 * So the cost depends on how many different lengths there are, and shapes behind
 * the flow's own addresses, and not on how many rules. Entries with the same key
 * differ in command lines only; they may have RPT_CMDLINES_MAX of those. A policy
 * that asks for more than some thousands of look-ups is refused.
 *
 * What of a subject is not known might match anything. For flows whose subject
 * lacks something there are two more views of the same entries, in which only
 * the attributes that a socket holds count, or none. If the best entry of such a
 * view asks for more, the answer is that there is none.
 */
#ifndef _RPT_POLICY_PRIV_H
#define _RPT_POLICY_PRIV_H

#include <linux/in6.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "attest.h"
#include "rule.h"

struct netlink_ext_ack;

#define RPT_RULES_MAX		131072	/* in a policy */
#define RPT_STAGED_MAX		262144	/* in a network namespace */
#define RPT_ENTRIES_MAX		1048576	/* in a policy */
#define RPT_PREFIX_LENS		(1 + 33 + 129)	/* any, IPv4, IPv6 */
#define RPT_NONE		U32_MAX

/* Attributes that are found by hashing */
#define RPT_NEED_HASHED		(RPT_NEED_ALL & ~RPT_NEED_CMDLINE)

/**
 * struct rpt_rules - rules by name, in the order in which they were added
 * @rule: the rules, each held
 * @n: how many
 * @cap: room for so many
 * @slots: by hash of the name, index of a rule plus one; 0 if free
 * @n_slots: a power of two, at least twice @cap
 * @seed: of the hash; nobody can choose names that are all at the same place
 */
struct rpt_rules {
	struct rpt_rule **rule;
	u32 n;
	u32 cap;
	u32 *slots;
	u32 n_slots;
	u32 seed;
};

/* Whose subject counts */
enum rpt_class {
	RPT_CLASS_EGRESS,
	RPT_CLASS_LISTEN,
	RPT_CLASS_ACCEPT,
	RPT_CLASSES,
};

/* How much is known of it */
enum rpt_view {
	RPT_VIEW_ALL,
	RPT_VIEW_SOCK,
	RPT_VIEW_NONE,
	RPT_VIEWS,
};

/**
 * struct rpt_entry - one way in which a rule may match
 * @rank: precedence, lowest first: priority, length of prefix, number of ports
 * @order: and then: number of attributes, order of the rules
 * @node: struct rpt_node that it is of
 * @rule: index of its rule
 * @selector: index of the rule's selector; RPT_NONE if there is none
 * @next: entry of the same key and the next rank, or RPT_NONE
 * @port: first of its block of ports, or 0
 * @port_len: how many bits of a port count
 * @mask: RPT_NEED_*, attributes that it asks about
 * @cmdlines: how many command lines it has
 * @id: by enum rpt_attribute: the value's number, or 0
 */
struct rpt_entry {
	u64 rank;
	u32 order;
	u32 node;
	u32 rule;
	u32 selector;
	u32 next;
	u16 port;
	u8 port_len;
	u8 mask;
	u8 cmdlines;
	u32 id[RPT_ATTR_N];
};

/**
 * struct rpt_shape - what entries of a node look like
 * @best: lowest rank of them
 * @next: shape of the same node and the next best rank, or RPT_NONE
 * @port_len: how many bits of a port count
 * @mask: which attributes count
 */
struct rpt_shape {
	u32 best;
	u32 next;
	u8 port_len;
	u8 mask;
};

/**
 * struct rpt_node - a prefix that entries have
 * @addr: address
 * @len: of the prefix, as rpt_prefix_index() counts
 * @class: enum rpt_class
 * @shape: first shape for each view, or RPT_NONE
 * @last: last one
 * @only: for each view, the first entry of its only key; RPT_NONE if it has none
 *	or several
 *
 * Many nodes have but one key. Its entry is then found without a look at shapes
 * and at another hash table, which are in no cache when there are many rules.
 */
struct rpt_node {
	struct in6_addr addr;
	u8 len;
	u8 class;
	u32 shape[RPT_VIEWS];
	u32 last[RPT_VIEWS];
	u32 only[RPT_VIEWS];
};

/**
 * struct rpt_level - a length of prefix that entries have
 * @best: lowest rank of them
 * @len: as rpt_prefix_index() counts
 */
struct rpt_level {
	u32 best;
	u8 len;
};

/**
 * struct rpt_slots - a hash table of indices
 * @slot: index plus one, 0 if free
 * @mask: number of slots less one
 */
struct rpt_slots {
	u32 *slot;
	u32 mask;
};

/**
 * struct rpt_policy - a compiled policy
 * @rules: its rules
 * @generation: differs from that of any other policy of the network namespace
 * @seed: of the hashes
 * @needs: by enum rpt_class: RPT_NEED_* of all its rules
 * @n: by enum rpt_class: number of rules
 * @levels: by enum rpt_class: lengths of prefixes, by best rank
 * @n_levels: how many
 * @entries: by rank
 * @n_entries: how many
 * @nodes: prefixes
 * @n_nodes: how many
 * @shapes: of all nodes
 * @n_shapes: how many
 * @cap_shapes: room for so many
 * @values: values of attributes; an entry's id is the index plus one
 * @n_values: how many
 * @by_addr: nodes by class, length and address
 * @by_key: by enum rpt_view: first entries by node, ports and ids
 * @by_value: values by attribute and contents
 * @free: frees it
 */
struct rpt_policy {
	struct rpt_rules rules;
	u64 generation;
	u32 seed;
	u8 needs[RPT_CLASSES];
	u32 n[RPT_CLASSES];
	struct rpt_level levels[RPT_CLASSES][RPT_PREFIX_LENS];
	u8 n_levels[RPT_CLASSES];
	struct rpt_entry *entries;
	u32 n_entries;
	struct rpt_node *nodes;
	u32 n_nodes;
	struct rpt_shape *shapes;
	u32 n_shapes;
	u32 cap_shapes;
	struct rpt_value *values;
	u32 n_values;
	struct rpt_slots by_addr;
	struct rpt_slots by_key[RPT_VIEWS];
	struct rpt_slots by_value;
	struct rcu_work free;
};

/**
 * struct rpt_verdict - what a look-up found
 * @rank: best entry, or RPT_NONE
 * @lacks: RPT_NEED_*, what it asks about and is not known
 */
struct rpt_verdict {
	u32 rank;
	unsigned int lacks;
};

/* Attributes that count in a view */
static inline u8 rpt_view_mask(enum rpt_view view)
{
	switch (view) {
	case RPT_VIEW_ALL:
		return RPT_NEED_HASHED;
	case RPT_VIEW_SOCK:
		return RPT_NEED_SOCK;
	default:
		return 0;
	}
}

static inline enum rpt_class rpt_rule_class(const struct rpt_rule *rule)
{
	if (rule->direction == RIPTIDES_DIRECTION_EGRESS)
		return RPT_CLASS_EGRESS;
	return rule->attest == RIPTIDES_ATTEST_ACCEPT ? RPT_CLASS_ACCEPT :
							RPT_CLASS_LISTEN;
}

/* policy_rules.c */
int rpt_rules_init(struct rpt_rules *set, u32 cap);
int rpt_rules_add(struct rpt_rules *set, struct rpt_rule *rule,
		  struct netlink_ext_ack *extack);
int rpt_rules_copy(struct rpt_rules *to, const struct rpt_rules *from,
		   const struct rpt_rule *except, u32 more);
struct rpt_rule *rpt_rules_find(const struct rpt_rules *set, const char *name);
void rpt_rules_drop(struct rpt_rules *set);

/* policy_build.c */
struct rpt_policy *rpt_policy_build(struct rpt_rules *rules,
				    struct netlink_ext_ack *extack);
void rpt_policy_free(struct rpt_policy *p);

/* policy.c */
struct rpt_flow;
const struct rpt_entry *rpt_policy_search(const struct rpt_policy *p,
					  const struct rpt_flow *flow,
					  struct rpt_verdict *v);

/* policy_find.c */
void rpt_policy_find(const struct rpt_policy *p, enum rpt_class class,
		     const struct in6_addr *addr, u16 port,
		     const struct rpt_subject *who, struct rpt_verdict *v);
u32 rpt_policy_hash_addr(const struct rpt_policy *p, enum rpt_class class, u8 len,
			 const struct in6_addr *addr);
u32 rpt_policy_hash_value(const struct rpt_policy *p, u8 attribute,
			  const struct rpt_blob *data);
u32 rpt_policy_hash_key(const struct rpt_policy *p, const struct rpt_entry *key, u8 mask);
bool rpt_policy_same_key(const struct rpt_entry *a, const struct rpt_entry *b, u8 mask);
void rpt_policy_cut(struct in6_addr *to, const struct in6_addr *addr, u8 len);

#endif /* _RPT_POLICY_PRIV_H */
