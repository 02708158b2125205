// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policy: why a connection comes under a rule
 */
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <net/ipv6.h>

#include "net.h"
#include "policy.h"
#include "policy_priv.h"

static const char * const attribute_names[RPT_ATTR_N] = {
	[RPT_ATTR_PATH]		= "path",
	[RPT_ATTR_VERITY]	= "verity",
	[RPT_ATTR_COMM]		= "comm",
	[RPT_ATTR_CMDLINE]	= "cmdline",
	[RPT_ATTR_UID]		= "uid",
	[RPT_ATTR_GID]		= "gid",
	[RPT_ATTR_CGROUP]	= "cgroup",
};

static const char * const direction_names[RPT_DIRECTIONS] = {
	[RIPTIDES_DIRECTION_EGRESS]	= "egress",
	[RIPTIDES_DIRECTION_INGRESS]	= "ingress",
};

/**
 * struct text - words that are being put together
 * @at: where they go
 * @size: room there
 * @len: how many octets there are
 */
struct text {
	char *at;
	size_t size;
	size_t len;
};

static __printf(2, 3) void say(struct text *t, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	t->len += vscnprintf(t->at + t->len, t->size - t->len, format, args);
	va_end(args);
}

static void say_prefix(struct text *t, const struct rpt_node *node)
{
	if (!node->len)
		say(t, "any address");
	else if (node->len <= 33)
		say(t, "prefix %pI4/%u", &node->addr.s6_addr32[3], node->len - 1);
	else
		say(t, "prefix %pI6c/%u", &node->addr, node->len - 34);
}

/* What is in the rule: the entry has a part of it only */
static void say_ports(struct text *t, const struct rpt_rule *rule, u16 port)
{
	const struct rpt_ports *p, *best = NULL;

	for (p = rule->ports; p < rule->ports + rule->n_ports; p++) {
		if (port >= p->first && port <= p->last &&
		    (!best || p->last - p->first < best->last - best->first))
			best = p;
	}
	if (!best)
		say(t, ", any port");
	else if (best->first == best->last)
		say(t, ", port %u", best->first);
	else
		say(t, ", ports %u-%u", best->first, best->last);
}

static void say_value(struct text *t, u8 attribute, const struct rpt_blob *v)
{
	u32 number;

	say(t, " %s=", attribute_names[attribute]);
	if (attribute == RPT_ATTR_UID || attribute == RPT_ATTR_GID) {
		memcpy(&number, v->data, sizeof(number));
		say(t, "%u", number);
	} else if (attribute == RPT_ATTR_VERITY) {
		say(t, "%*phN", (int)v->len, v->data);
	} else {
		say(t, "%.*s", (int)v->len, (const char *)v->data);
	}
}

static void say_selector(struct text *t, unsigned int mask, const struct rpt_subject *who)
{
	unsigned int i;

	if (!mask) {
		say(t, ", any task");
		return;
	}
	say(t, ", a task with");
	for (i = 0; i < RPT_ATTR_N; i++) {
		if (mask & BIT(i))
			say_value(t, i, &who->value[i]);
	}
}

static void say_names(struct text *t, unsigned int mask)
{
	const char *between = " ";
	unsigned int i;

	for (i = 0; i < RPT_ATTR_N; i++) {
		if (!(mask & BIT(i)))
			continue;
		say(t, "%s%s", between, attribute_names[i]);
		between = ", ";
	}
}

/* What rules ask for and the task has not */
static void say_absent(struct text *t, unsigned int needs, const struct rpt_subject *who)
{
	unsigned int i, absent = 0;

	for (i = 0; i < RPT_ATTR_N; i++) {
		if ((needs & who->known & BIT(i)) && !who->value[i].data)
			absent |= BIT(i);
	}
	if (!absent)
		return;
	say(t, "; rules ask for what the task has not:");
	say_names(t, absent);
}

static void say_match(struct text *t, const struct rpt_policy *p,
		      const struct rpt_entry *e, const struct rpt_flow *flow)
{
	const struct rpt_rule *rule = p->rules.rule[e->rule];

	say(t, "%s, priority %u: ", direction_names[rule->direction], rule->priority);
	say_prefix(t, &p->nodes[e->node]);
	say_ports(t, rule, be16_to_cpu(flow->port));
	say_selector(t, e->mask, flow->who);
}

static struct rpt_rule *explain(struct text *t, const struct rpt_policy *p,
				const struct rpt_flow *flow)
{
	const struct rpt_entry *e;
	unsigned int needs;
	struct rpt_verdict v;

	if (flow->direction == RIPTIDES_DIRECTION_EGRESS) {
		needs = p->needs[RPT_CLASS_EGRESS];
		if (!p->n[RPT_CLASS_EGRESS])
			goto none;
	} else {
		needs = p->needs[RPT_CLASS_LISTEN] | p->needs[RPT_CLASS_ACCEPT];
		if (!p->n[RPT_CLASS_LISTEN] && !p->n[RPT_CLASS_ACCEPT])
			goto none;
	}
	e = rpt_policy_search(p, flow, &v);
	if (!e) {
		say(t, "no rule for %s matches", direction_names[flow->direction]);
		say_absent(t, needs, flow->who);
		return NULL;
	}
	if (v.lacks) {
		say(t, "the connection fails: rule %s may match, but it is not known of the task:",
		    p->rules.rule[e->rule]->name);
		say_names(t, v.lacks);
		return NULL;
	}
	say_match(t, p, e, flow);
	say_absent(t, needs, flow->who);
	return rpt_rule_get(p->rules.rule[e->rule]);
none:
	say(t, "there are no rules for %s", direction_names[flow->direction]);
	return NULL;
}

/**
 * rpt_policy_explain() - which rule does a connection come under, and why?
 * @rn: where
 * @flow: the connection; it has both subjects
 * @text: where to put the reason, in words
 * @size: room there
 *
 * Context: Any context but hard interrupts.
 * Return: the rule with a reference for the caller, NULL if there is none.
 */
struct rpt_rule *rpt_policy_explain(struct rpt_net *rn, const struct rpt_flow *flow,
				    char *text, size_t size)
{
	struct text t = { .at = text, .size = size };
	static const struct rpt_policy none;
	const struct rpt_policy *p;
	struct rpt_rule *rule;

	*text = 0;
	if (READ_ONCE(rn->ignored[flow->direction])) {
		say(&t, "rules for %s are switched off", direction_names[flow->direction]);
		return NULL;
	}
	rcu_read_lock();
	p = rcu_dereference(rn->policy);
	rule = explain(&t, p ?: &none, flow);
	rcu_read_unlock();
	return rule;
}
