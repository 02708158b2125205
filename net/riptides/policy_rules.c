// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policy: sets of rules
 */
#include <linux/jhash.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/netlink.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "policy_priv.h"

/* Where a name is, or would be */
static u32 *slot_of(const struct rpt_rules *set, const char *name)
{
	u32 mask = set->n_slots - 1, i;

	i = jhash(name, strlen(name), set->seed) & mask;
	while (set->slots[i] && strcmp(set->rule[set->slots[i] - 1]->name, name))
		i = (i + 1) & mask;
	return &set->slots[i];
}

/**
 * rpt_rules_init() - make an empty set
 * @set: the set
 * @cap: room for so many rules
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM, with nothing to drop.
 */
int rpt_rules_init(struct rpt_rules *set, u32 cap)
{
	memset(set, 0, sizeof(*set));
	set->cap = max(cap, 8u);
	set->n_slots = roundup_pow_of_two(2 * set->cap);
	set->seed = get_random_u32();
	set->rule = kvcalloc(set->cap, sizeof(*set->rule), GFP_KERNEL_ACCOUNT);
	set->slots = kvcalloc(set->n_slots, sizeof(*set->slots), GFP_KERNEL_ACCOUNT);
	if (set->rule && set->slots)
		return 0;
	rpt_rules_drop(set);
	return -ENOMEM;
}

static void put_rule(struct rpt_rules *set, struct rpt_rule *rule)
{
	*slot_of(set, rule->name) = set->n + 1;
	set->rule[set->n++] = rule;
}

static int grow(struct rpt_rules *set)
{
	struct rpt_rules larger;
	int err;

	err = rpt_rules_copy(&larger, set, NULL, set->cap);
	if (err)
		return err;
	rpt_rules_drop(set);
	*set = larger;
	return 0;
}

/**
 * rpt_rules_add() - add a rule
 * @set: the set
 * @rule: the rule; on success the set takes over the caller's reference
 * @extack: where to say why not, or NULL
 *
 * Context: Process context.
 * Return: 0, -EEXIST if the name is taken, -ENOSPC if there are too many,
 * -ENOMEM.
 */
int rpt_rules_add(struct rpt_rules *set, struct rpt_rule *rule,
		  struct netlink_ext_ack *extack)
{
	int err;

	if (rpt_rules_find(set, rule->name)) {
		NL_SET_ERR_MSG(extack, "there is a rule of that name");
		return -EEXIST;
	}
	if (set->n >= RPT_RULES_MAX) {
		NL_SET_ERR_MSG(extack, "a policy takes at most 131072 rules");
		return -ENOSPC;
	}
	if (set->n == set->cap) {
		err = grow(set);
		if (err)
			return err;
	}
	put_rule(set, rule);
	return 0;
}

/**
 * rpt_rules_copy() - make a set of the same rules
 * @to: the new set
 * @from: the set to copy
 * @except: a rule to leave out, or NULL
 * @more: room for so many rules more
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM, with nothing to drop.
 */
int rpt_rules_copy(struct rpt_rules *to, const struct rpt_rules *from,
		   const struct rpt_rule *except, u32 more)
{
	int err;
	u32 i;

	err = rpt_rules_init(to, from->n + more);
	if (err)
		return err;
	for (i = 0; i < from->n; i++) {
		if (from->rule[i] != except)
			put_rule(to, rpt_rule_get(from->rule[i]));
		cond_resched();
	}
	return 0;
}

/**
 * rpt_rules_find() - find a rule by its name
 * @set: the set, may be all zeroes
 * @name: name, terminated
 *
 * Context: Any context in which nobody changes the set.
 * Return: the rule, without a reference of its own; NULL if there is none.
 */
struct rpt_rule *rpt_rules_find(const struct rpt_rules *set, const char *name)
{
	u32 i = set->n ? *slot_of(set, name) : 0;

	return i ? set->rule[i - 1] : NULL;
}

/**
 * rpt_rules_drop() - let go of all rules and free the set's memory
 * @set: the set; is all zeroes afterwards
 *
 * Context: Process context.
 */
void rpt_rules_drop(struct rpt_rules *set)
{
	u32 i;

	for (i = 0; i < set->n; i++) {
		rpt_rule_put(set->rule[i]);
		cond_resched();
	}
	kvfree(set->rule);
	kvfree(set->slots);
	memset(set, 0, sizeof(*set));
}
