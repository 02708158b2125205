// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policy: which rule does a connection come under?
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/netlink.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <net/net_namespace.h>
#include <net/riptides.h>

#include "net.h"
#include "policy.h"
#include "policy_priv.h"

DEFINE_STATIC_KEY_FALSE(riptides_egress_key);
DEFINE_STATIC_KEY_FALSE(riptides_ingress_key);

static struct rpt_policy *policy_locked(const struct rpt_net *rn)
{
	return rcu_dereference_protected(rn->policy, lockdep_is_held(&rn->lock));
}

static bool has_rules(const struct rpt_policy *p, u8 direction)
{
	if (!p)
		return false;
	if (direction == RIPTIDES_DIRECTION_EGRESS)
		return p->n[RPT_CLASS_EGRESS];
	return p->n[RPT_CLASS_LISTEN] || p->n[RPT_CLASS_ACCEPT];
}

/* Hooks cost nothing as long as nobody has rules for them */
static void switch_keys(struct rpt_net *rn, const struct rpt_policy *p)
{
	struct static_key_false *key;
	bool on;
	u8 d;

	for (d = 0; d < RPT_DIRECTIONS; d++) {
		key = d == RIPTIDES_DIRECTION_EGRESS ? &riptides_egress_key :
						       &riptides_ingress_key;
		on = has_rules(p, d);
		if (on == rn->keyed[d])
			continue;
		rn->keyed[d] = on;
		if (on)
			static_branch_inc(key);
		else
			static_branch_dec(key);
	}
}

static void free_work(struct work_struct *work)
{
	rpt_policy_free(container_of(to_rcu_work(work), struct rpt_policy, free));
}

static void retire(struct rpt_policy *p)
{
	if (!p)
		return;
	INIT_RCU_WORK(&p->free, free_work);
	queue_rcu_work(system_dfl_wq, &p->free);
}

/* Compile and publish; takes over @rules */
static int publish(struct rpt_net *rn, struct rpt_rules *rules,
		   struct netlink_ext_ack *extack)
{
	u64 generation = rn->policy_generation + 1;
	struct rpt_policy *p;
	u32 i;

	p = rpt_policy_build(rules, extack);
	if (IS_ERR(p))
		return PTR_ERR(p);
	for (i = 0; i < p->rules.n; i++) {
		if (!p->rules.rule[i]->generation)	/* new: nobody else has it */
			p->rules.rule[i]->generation = generation;
	}
	p->generation = generation;
	rn->policy_generation = generation;
	switch_keys(rn, p);
	retire(rcu_replace_pointer(rn->policy, p, lockdep_is_held(&rn->lock)));
	return 0;
}

static const struct rpt_rules *rules_locked(const struct rpt_net *rn)
{
	static const struct rpt_rules none;
	const struct rpt_policy *p = policy_locked(rn);

	return p ? &p->rules : &none;
}

static int add_locked(struct rpt_net *rn, struct rpt_rule *rule,
		      struct netlink_ext_ack *extack)
{
	struct rpt_rules rules;
	int err;

	err = rpt_rules_copy(&rules, rules_locked(rn), NULL, 1);
	if (err)
		return err;
	err = rpt_rules_add(&rules, rule, extack);
	if (err) {
		rpt_rules_drop(&rules);
		return err;
	}
	rpt_rule_get(rule);	/* publish() drops what it cannot use */
	err = publish(rn, &rules, extack);
	if (!err)
		rpt_rule_put(rule);
	return err;
}

/**
 * rpt_policy_add() - add a rule to the policy
 * @rn: where
 * @rule: the rule; on success the policy takes over the caller's reference
 * @extack: where to say why not, or NULL
 *
 * All of the policy is compiled anew.
 *
 * Context: Process context.
 * Return: 0, or as rpt_rules_add() and rpt_policy_build().
 */
int rpt_policy_add(struct rpt_net *rn, struct rpt_rule *rule,
		   struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&rn->lock);
	err = add_locked(rn, rule, extack);
	mutex_unlock(&rn->lock);
	return err;
}

static int del_locked(struct rpt_net *rn, const char *name,
		      struct netlink_ext_ack *extack)
{
	const struct rpt_rule *rule = rpt_rules_find(rules_locked(rn), name);
	struct rpt_rules rules;
	int err;

	if (!rule) {
		NL_SET_ERR_MSG(extack, "there is no rule of that name");
		return -ENOENT;
	}
	err = rpt_rules_copy(&rules, rules_locked(rn), rule, 0);
	return err ?: publish(rn, &rules, extack);
}

/**
 * rpt_policy_del() - remove a rule from the policy
 * @rn: where
 * @name: name of the rule, terminated
 * @extack: where to say why not, or NULL
 *
 * Context: Process context.
 * Return: 0, -ENOENT if there is no such rule, -ENOMEM.
 */
int rpt_policy_del(struct rpt_net *rn, const char *name, struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&rn->lock);
	err = del_locked(rn, name, extack);
	mutex_unlock(&rn->lock);
	return err;
}

/* Rules that stay as they were keep their counters */
static void keep_old(const struct rpt_rules *old, struct rpt_rules *rules)
{
	struct rpt_rule *rule;
	u32 i;

	for (i = 0; i < rules->n; i++) {
		cond_resched();
		rule = rpt_rules_find(old, rules->rule[i]->name);
		if (!rule || !rpt_rule_same(rule, rules->rule[i]))
			continue;
		rpt_rule_put(rules->rule[i]);
		rules->rule[i] = rpt_rule_get(rule);
	}
}

/**
 * rpt_policy_commit() - replace the policy
 * @rn: where
 * @rules: the rules of the new one, as they are staged
 * @extack: where to say why not, or NULL
 *
 * @rules stay as they are, whatever comes of it.
 *
 * Context: Process context.
 * Return: 0, or as rpt_policy_build().
 */
int rpt_policy_commit(struct rpt_net *rn, const struct rpt_rules *rules,
		      struct netlink_ext_ack *extack)
{
	struct rpt_rules copy;
	int err;

	mutex_lock(&rn->lock);
	err = rpt_rules_copy(&copy, rules, NULL, 0);
	if (!err) {
		keep_old(rules_locked(rn), &copy);
		err = publish(rn, &copy, extack);
	}
	mutex_unlock(&rn->lock);
	return err;
}

/**
 * rpt_policy_rules() - the rules of the policy
 * @rn: where
 *
 * Context: Process context, rpt_net.lock held.
 * Return: the set of rules, as long as the lock is held.
 */
const struct rpt_rules *rpt_policy_rules(const struct rpt_net *rn)
{
	lockdep_assert_held(&rn->lock);
	return rules_locked(rn);
}

/**
 * rpt_policy_exit() - drop the policy
 * @rn: where; nobody looks anything up any more
 *
 * Context: Process context.
 */
void rpt_policy_exit(struct rpt_net *rn)
{
	struct rpt_policy *p;

	mutex_lock(&rn->lock);
	switch_keys(rn, NULL);
	p = rcu_replace_pointer(rn->policy, NULL, lockdep_is_held(&rn->lock));
	mutex_unlock(&rn->lock);
	rpt_policy_free(p);
}

/* The better one of what listens and what accepts; the latter may not be known */
static const struct rpt_entry *find_ingress(const struct rpt_policy *p,
					    const struct rpt_flow *flow,
					    struct rpt_verdict *v)
{
	u16 port = be16_to_cpu(flow->port);
	struct rpt_verdict accept;

	rpt_policy_find(p, RPT_CLASS_LISTEN, &flow->addr, port, flow->who, v);
	rpt_policy_find(p, RPT_CLASS_ACCEPT, &flow->addr, port, flow->acceptor, &accept);
	if (accept.rank < v->rank) {
		*v = accept;
		if (!flow->acceptor)
			v->lacks = 0;	/* to be asked again */
	}
	return v->rank == RPT_NONE ? NULL : &p->entries[v->rank];
}

/**
 * rpt_policy_search() - look up the best entry for a flow
 * @p: policy
 * @flow: the flow
 * @v: what of its subject would have to be known
 *
 * Context: Any context in which @p lives on.
 * Return: the entry, NULL if there is none.
 */
const struct rpt_entry *rpt_policy_search(const struct rpt_policy *p,
					  const struct rpt_flow *flow,
					  struct rpt_verdict *v)
{
	if (flow->direction == RIPTIDES_DIRECTION_INGRESS)
		return find_ingress(p, flow, v);
	rpt_policy_find(p, RPT_CLASS_EGRESS, &flow->addr, be16_to_cpu(flow->port),
			flow->who, v);
	return v->rank == RPT_NONE ? NULL : &p->entries[v->rank];
}

/**
 * rpt_policy_lookup() - which rule does a connection come under?
 * @rn: where
 * @flow: the connection
 *
 * Context: Any context but hard interrupts.
 * Return: as rpt_policy_match().
 */
struct rpt_rule *rpt_policy_lookup(struct rpt_net *rn, const struct rpt_flow *flow)
{
	const struct rpt_policy *p;
	const struct rpt_entry *e;
	struct rpt_rule *rule = NULL;
	struct rpt_verdict v;

	if (READ_ONCE(rn->ignored[flow->direction]))
		return NULL;
	rcu_read_lock();
	p = rcu_dereference(rn->policy);
	e = p ? rpt_policy_search(p, flow, &v) : NULL;
	if (e)
		rule = v.lacks ? ERR_PTR(-EACCES) :
				 rpt_rule_get(p->rules.rule[e->rule]);
	rcu_read_unlock();
	return rule;
}

/**
 * rpt_policy_match() - which rule does a connection come under?
 * @net: network namespace
 * @flow: the connection
 *
 * For a flow that comes in and that nobody has accepted yet, a rule about the
 * task that accepts is the answer as soon as its addresses and ports fit: its
 * attest says so, and it is time to ask again when the task is known.
 *
 * Context: Any context but hard interrupts.
 * Return: the rule with a reference for the caller; NULL if none matches: leave
 * the connection alone; -EACCES if the answer depends on something that is not
 * known of the task: let the connection fail.
 */
struct rpt_rule *rpt_policy_match(struct net *net, const struct rpt_flow *flow)
{
	return rpt_policy_lookup(rpt_net(net), flow);
}

/**
 * rpt_policy_match_current() - which rule does a connection of this task come under?
 * @net: network namespace
 * @flow: the connection; its subject is set: @flow->acceptor of one that comes
 *	in, else @flow->who. The caller puts that
 *
 * A policy that is replaced meanwhile and asks for more is no reason to fail.
 *
 * Context: Process context; may sleep.
 * Return: as rpt_policy_match(), or -ENOMEM.
 */
struct rpt_rule *rpt_policy_match_current(struct net *net, struct rpt_flow *flow)
{
	const struct rpt_subject **subject;
	unsigned int needs, known = 0;
	struct rpt_subject *who;
	struct rpt_rule *rule;

	subject = flow->direction == RIPTIDES_DIRECTION_INGRESS ? &flow->acceptor :
								  &flow->who;
	*subject = NULL;
	for (;;) {
		needs = rpt_policy_needs(net, flow->direction) | known;
		if (!needs)
			return NULL;
		who = rpt_attest_current(needs);
		rpt_subject_put((struct rpt_subject *)*subject);
		*subject = NULL;
		if (IS_ERR(who))
			return ERR_CAST(who);
		*subject = who;
		rule = rpt_policy_match(net, flow);
		known = needs;
		if (rule != ERR_PTR(-EACCES) ||
		    !(rpt_policy_needs(net, flow->direction) & ~known))
			return rule;
	}
}

static unsigned int needs_of(const struct rpt_policy *p, u8 direction)
{
	unsigned int needs = 0;

	if (!has_rules(p, direction))
		return 0;
	if (direction == RIPTIDES_DIRECTION_EGRESS) {
		needs = p->needs[RPT_CLASS_EGRESS];
	} else {
		needs = p->needs[RPT_CLASS_LISTEN] | p->needs[RPT_CLASS_ACCEPT];
		if (p->n[RPT_CLASS_ACCEPT])
			needs |= RPT_NEED_ACCEPT;
	}
	return needs | RPT_NEED_ANY;
}

/**
 * rpt_policy_needs() - what do the rules ask about tasks?
 * @net: network namespace
 * @direction: enum riptides_direction
 *
 * Context: Any context.
 * Return: RPT_NEED_*; 0 if no rule counts for that direction.
 */
unsigned int rpt_policy_needs(struct net *net, u8 direction)
{
	struct rpt_net *rn = rpt_net(net);
	unsigned int needs;

	if (READ_ONCE(rn->ignored[direction]))
		return 0;
	rcu_read_lock();
	needs = needs_of(rcu_dereference(rn->policy), direction);
	rcu_read_unlock();
	return needs;
}
