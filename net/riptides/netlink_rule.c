// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family riptides: rules
 */
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "attest.h"
#include "netlink.h"
#include "policy.h"
#include "policy_priv.h"

/* Room for all that may be told about a rule, headers and padding too */
#define RULE_SIZE	(RPT_RULE_SIZE_MAX + 1024)
/* What a request for a rule that is not too large may have beside its lists */
#define REQUEST_MAX	(RPT_RULE_SIZE_MAX + 4096)

/**
 * struct lists - what a request lists: views of it
 * @alpn: application protocols
 * @peers: patterns
 * @values: of all selectors, one behind another
 * @selectors: selectors
 * @prefixes: prefixes
 * @ports: ports
 */
struct lists {
	struct rpt_blob *alpn;
	struct rpt_blob *peers;
	struct rpt_value *values;
	struct rpt_selector *selectors;
	struct rpt_prefix *prefixes;
	struct rpt_ports *ports;
};

/* A string with or without its NUL; any other NUL stays in, to be refused */
static struct rpt_blob string_view(const struct nlattr *attr)
{
	struct rpt_blob s = { nla_data(attr), nla_len(attr) };

	if (s.len && !s.data[s.len - 1])
		s.len--;
	return s;
}

static const char *string_of(const struct genl_info *info, int type)
{
	return info->attrs[type] ? nla_data(info->attrs[type]) : NULL;
}

static bool is_text(u8 attribute)
{
	return attribute == RPT_ATTR_PATH || attribute == RPT_ATTR_COMM ||
	       attribute == RPT_ATTR_CMDLINE || attribute == RPT_ATTR_CGROUP;
}

/* In the order of attributes, whatever order they came in */
static void view_selector(const struct nlattr *nest, struct rpt_selector *s,
			  struct rpt_value **next)
{
	const struct nlattr *attr;
	int left;
	u8 a;

	s->values = *next;
	for (a = 0; a < RPT_ATTR_N; a++) {
		nla_for_each_nested_type(attr, a + 1, nest, left) {
			(*next)->attribute = a;
			(*next)->data = is_text(a) ? string_view(attr) :
				(struct rpt_blob){ nla_data(attr), nla_len(attr) };
			(*next)++;
			s->n++;
		}
	}
}

static int selectors_from(struct genl_info *info, struct rpt_rule_params *p,
			  struct lists *l)
{
	const struct nlattr *nest, *attr;
	unsigned int n_values = 0, i = 0;
	struct rpt_value *next;
	int rem, left;

	p->n_selectors = rpt_nl_count(info, RIPTIDES_A_RULE_SELECTOR);
	rpt_nl_for_each(nest, info, RIPTIDES_A_RULE_SELECTOR, rem) {
		nla_for_each_nested(attr, nest, left)
			n_values++;
	}
	l->selectors = kvzalloc_objs(*l->selectors, p->n_selectors);
	l->values = kvzalloc_objs(*l->values, n_values);
	if (!l->selectors || !l->values)
		return -ENOMEM;
	next = l->values;
	rpt_nl_for_each(nest, info, RIPTIDES_A_RULE_SELECTOR, rem)
		view_selector(nest, &l->selectors[i++], &next);
	p->selectors = l->selectors;
	return 0;
}

static int address_from(const struct nlattr *attr, struct in6_addr *addr, bool *v4)
{
	*v4 = nla_len(attr) == sizeof(struct in_addr);
	if (*v4)
		ipv6_addr_set_v4mapped(nla_get_in_addr(attr), addr);
	else if (nla_len(attr) == sizeof(*addr))
		*addr = nla_get_in6_addr(attr);
	else
		return -EINVAL;
	return 0;
}

static int prefixes_from(struct genl_info *info, struct rpt_rule_params *p,
			 struct lists *l)
{
	const struct nlattr *nest, *addr, *len;
	struct rpt_prefix *x;
	int rem;

	p->n_prefixes = rpt_nl_count(info, RIPTIDES_A_RULE_PREFIX);
	l->prefixes = kvzalloc_objs(*l->prefixes, p->n_prefixes);
	if (!l->prefixes)
		return -ENOMEM;
	p->prefixes = l->prefixes;
	x = l->prefixes;
	rpt_nl_for_each(nest, info, RIPTIDES_A_RULE_PREFIX, rem) {
		addr = nla_find_nested(nest, RIPTIDES_A_PREFIX_ADDRESS);
		len = nla_find_nested(nest, RIPTIDES_A_PREFIX_LENGTH);
		if (!addr || !len || address_from(addr, &x->addr, &x->v4)) {
			GENL_SET_ERR_MSG(info,
					 "a prefix needs an address of 4 or 16 octets and a length");
			NL_SET_BAD_ATTR(info->extack, nest);
			return -EINVAL;
		}
		x->len = nla_get_u8(len);
		x++;
	}
	return 0;
}

static int ports_from(struct genl_info *info, struct rpt_rule_params *p, struct lists *l)
{
	const struct nlattr *nest, *first, *last;
	struct rpt_ports *x;
	int rem;

	p->n_ports = rpt_nl_count(info, RIPTIDES_A_RULE_PORTS);
	l->ports = kvzalloc_objs(*l->ports, p->n_ports);
	if (!l->ports)
		return -ENOMEM;
	p->ports = l->ports;
	x = l->ports;
	rpt_nl_for_each(nest, info, RIPTIDES_A_RULE_PORTS, rem) {
		first = nla_find_nested(nest, RIPTIDES_A_PORTS_FIRST);
		last = nla_find_nested(nest, RIPTIDES_A_PORTS_LAST);
		if (!first) {
			GENL_SET_ERR_MSG(info, "ports need a first one");
			NL_SET_BAD_ATTR(info->extack, nest);
			return -EINVAL;
		}
		x->first = nla_get_u16(first);
		x->last = last ? nla_get_u16(last) : x->first;
		x++;
	}
	return 0;
}

static int blobs_from(struct genl_info *info, struct rpt_rule_params *p, struct lists *l)
{
	const struct nlattr *attr;
	unsigned int i = 0;
	int rem;

	p->n_peers = rpt_nl_count(info, RIPTIDES_A_RULE_PEER);
	p->n_alpn = rpt_nl_count(info, RIPTIDES_A_RULE_ALPN);
	l->peers = kvzalloc_objs(*l->peers, p->n_peers);
	l->alpn = kvzalloc_objs(*l->alpn, p->n_alpn);
	if (!l->peers || !l->alpn)
		return -ENOMEM;
	rpt_nl_for_each(attr, info, RIPTIDES_A_RULE_PEER, rem)
		l->peers[i++] = string_view(attr);
	i = 0;
	rpt_nl_for_each(attr, info, RIPTIDES_A_RULE_ALPN, rem)
		l->alpn[i++] = (struct rpt_blob){ nla_data(attr), nla_len(attr) };
	p->peers = l->peers;
	p->alpn = l->alpn;
	return 0;
}

static int scalars_from(struct genl_info *info, struct rpt_rule_params *p)
{
	struct nlattr **a = info->attrs;

	if (!rpt_nl_need(info, RIPTIDES_A_RULE_NAME, "name") ||
	    !rpt_nl_need(info, RIPTIDES_A_RULE_PRIORITY, "priority") ||
	    !rpt_nl_need(info, RIPTIDES_A_RULE_DIRECTION, "direction") ||
	    !rpt_nl_need(info, RIPTIDES_A_RULE_MODE, "mode"))
		return -EINVAL;
	p->name = nla_data(a[RIPTIDES_A_RULE_NAME]);
	p->priority = nla_get_u32(a[RIPTIDES_A_RULE_PRIORITY]);
	p->direction = nla_get_u32(a[RIPTIDES_A_RULE_DIRECTION]);
	p->mode = nla_get_u32(a[RIPTIDES_A_RULE_MODE]);
	p->identity = string_of(info, RIPTIDES_A_RULE_IDENTITY);
	p->server_name = string_of(info, RIPTIDES_A_RULE_SERVER_NAME);
	p->confirm = nla_get_flag(a[RIPTIDES_A_RULE_CONFIRM]);
	p->allow_truncation = nla_get_flag(a[RIPTIDES_A_RULE_ALLOW_TRUNCATION]);
	p->has_attest = a[RIPTIDES_A_RULE_ATTEST];
	p->attest = nla_get_u32_default(a[RIPTIDES_A_RULE_ATTEST], 0);
	p->pq = nla_get_u32_default(a[RIPTIDES_A_RULE_PQ], RIPTIDES_PQ_PREFER);
	p->max_age = nla_get_u32_default(a[RIPTIDES_A_RULE_MAX_SESSION_AGE], 0);
	p->kill_on_revoke = nla_get_flag(a[RIPTIDES_A_RULE_KILL_ON_REVOKE]);
	p->has_wait = a[RIPTIDES_A_RULE_WAIT_MS];
	p->wait_ms = nla_get_u32_default(a[RIPTIDES_A_RULE_WAIT_MS], 0);
	return 0;
}

static struct rpt_rule *rule_from(struct genl_info *info)
{
	struct rpt_rule_params p = {};
	struct rpt_rule *rule;
	struct lists l = {};
	int err;

	if (info->nlhdr->nlmsg_len > REQUEST_MAX) {
		GENL_SET_ERR_MSG(info, "all lists of a rule take at most 15360 octets");
		return ERR_PTR(-E2BIG);
	}
	err = scalars_from(info, &p) ?: blobs_from(info, &p, &l) ?:
	      selectors_from(info, &p, &l) ?: prefixes_from(info, &p, &l) ?:
	      ports_from(info, &p, &l);
	rule = err ? ERR_PTR(err) : rpt_rule_create(&p, info->extack);
	kvfree(l.alpn);
	kvfree(l.peers);
	kvfree(l.values);
	kvfree(l.selectors);
	kvfree(l.prefixes);
	kvfree(l.ports);
	return rule;
}

/**
 * riptides_nl_rule_new_doit() - add or stage a rule
 * @skb: request
 * @info: request
 *
 * Context: Process context.
 * Return: 0 or a negative errno.
 */
int riptides_nl_rule_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct rpt_rule *rule = rule_from(info);
	int err;

	if (IS_ERR(rule))
		return PTR_ERR(rule);
	if (info->attrs[RIPTIDES_A_RULE_STAGED])
		err = rpt_nl_stage(skb, info, rule);
	else
		err = rpt_policy_add(rpt_net(genl_info_net(info)), rule, info->extack);
	if (err)
		rpt_rule_put(rule);
	return err;
}

/**
 * riptides_nl_rule_del_doit() - remove a rule
 * @skb: request
 * @info: request
 *
 * Context: Process context.
 * Return: 0 or a negative errno.
 */
int riptides_nl_rule_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *name = rpt_nl_need(info, RIPTIDES_A_RULE_NAME, "name");

	if (!name)
		return -EINVAL;
	return rpt_policy_del(rpt_net(genl_info_net(info)), nla_data(name), info->extack);
}

/* Strings go with their NUL, which what is kept of them need not have */
static int put_text(struct sk_buff *skb, int type, const struct rpt_blob *s)
{
	struct nlattr *attr = nla_reserve(skb, type, s->len + 1);
	char *to;

	if (!attr)
		return -EMSGSIZE;
	to = nla_data(attr);
	memcpy(to, s->data, s->len);
	to[s->len] = 0;
	return 0;
}

static int put_selector(struct sk_buff *skb, const struct rpt_selector *s)
{
	struct nlattr *nest = nla_nest_start(skb, RIPTIDES_A_RULE_SELECTOR);
	const struct rpt_value *v;
	int err;

	if (!nest)
		return -EMSGSIZE;
	for (v = s->values; v < s->values + s->n; v++) {
		if (is_text(v->attribute))
			err = put_text(skb, v->attribute + 1, &v->data);
		else
			err = nla_put(skb, v->attribute + 1, v->data.len, v->data.data);
		if (err)
			return err;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int put_prefix(struct sk_buff *skb, const struct rpt_prefix *x)
{
	struct nlattr *nest = nla_nest_start(skb, RIPTIDES_A_RULE_PREFIX);
	int err;

	if (!nest)
		return -EMSGSIZE;
	if (x->v4)
		err = nla_put_in_addr(skb, RIPTIDES_A_PREFIX_ADDRESS, x->addr.s6_addr32[3]);
	else
		err = nla_put_in6_addr(skb, RIPTIDES_A_PREFIX_ADDRESS, &x->addr);
	if (err || nla_put_u8(skb, RIPTIDES_A_PREFIX_LENGTH, x->len))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_ports(struct sk_buff *skb, const struct rpt_ports *x)
{
	struct nlattr *nest = nla_nest_start(skb, RIPTIDES_A_RULE_PORTS);

	if (!nest || nla_put_u16(skb, RIPTIDES_A_PORTS_FIRST, x->first) ||
	    nla_put_u16(skb, RIPTIDES_A_PORTS_LAST, x->last))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_where(struct sk_buff *skb, const struct rpt_rule *rule)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < rule->n_selectors && !err; i++)
		err = put_selector(skb, &rule->selectors[i]);
	for (i = 0; i < rule->n_prefixes && !err; i++)
		err = put_prefix(skb, &rule->prefixes[i]);
	for (i = 0; i < rule->n_ports && !err; i++)
		err = put_ports(skb, &rule->ports[i]);
	return err;
}

static int put_tls(struct sk_buff *skb, const struct rpt_rule *rule)
{
	const u8 *alpn = rule->alpn;
	unsigned int i;
	int err = 0;

	if ((rule->identity &&
	     nla_put_string(skb, RIPTIDES_A_RULE_IDENTITY, rule->identity)) ||
	    (rule->server_name &&
	     nla_put_string(skb, RIPTIDES_A_RULE_SERVER_NAME, rule->server_name)) ||
	    (rule->confirm && nla_put_flag(skb, RIPTIDES_A_RULE_CONFIRM)) ||
	    (rule->allow_truncation &&
	     nla_put_flag(skb, RIPTIDES_A_RULE_ALLOW_TRUNCATION)) ||
	    (rule->pq && nla_put_u32(skb, RIPTIDES_A_RULE_PQ, rule->pq)) ||
	    (rule->max_age &&
	     nla_put_u32(skb, RIPTIDES_A_RULE_MAX_SESSION_AGE, rule->max_age)) ||
	    (rule->kill_on_revoke &&
	     nla_put_flag(skb, RIPTIDES_A_RULE_KILL_ON_REVOKE)) ||
	    (rule->direction == RIPTIDES_DIRECTION_INGRESS &&
	     nla_put_u32(skb, RIPTIDES_A_RULE_ATTEST, rule->attest)) ||
	    (rule->mode == RIPTIDES_RULE_MODE_PERMISSIVE &&
	     nla_put_u32(skb, RIPTIDES_A_RULE_WAIT_MS, rule->wait_ms)))
		return -EMSGSIZE;
	for (i = 0; i < rule->n_peers && !err; i++)
		err = put_text(skb, RIPTIDES_A_RULE_PEER, &rule->peers[i]);
	for (; alpn < rule->alpn + rule->alpn_len && !err; alpn += 1 + *alpn)
		err = nla_put(skb, RIPTIDES_A_RULE_ALPN, *alpn, alpn + 1);
	return err;
}

static void *put_rule(struct sk_buff *skb, const struct genl_info *info, int flags,
		      const struct rpt_rule *rule)
{
	void *hdr = __genlmsg_iput(skb, info, flags);

	if (!hdr)
		return NULL;
	if (nla_put_string(skb, RIPTIDES_A_RULE_NAME, rule->name) ||
	    nla_put_u32(skb, RIPTIDES_A_RULE_PRIORITY, rule->priority) ||
	    nla_put_u32(skb, RIPTIDES_A_RULE_DIRECTION, rule->direction) ||
	    nla_put_u32(skb, RIPTIDES_A_RULE_MODE, rule->mode) ||
	    put_tls(skb, rule) || put_where(skb, rule) ||
	    nla_put_uint(skb, RIPTIDES_A_RULE_GENERATION, rule->generation) ||
	    nla_put_uint(skb, RIPTIDES_A_RULE_HANDSHAKES,
			 atomic64_read(&rule->handshakes)) ||
	    nla_put_uint(skb, RIPTIDES_A_RULE_FAILURES,
			 atomic64_read(&rule->failures)) ||
	    nla_put_uint(skb, RIPTIDES_A_RULE_TX_BYTES,
			 atomic64_read(&rule->tx_bytes)) ||
	    nla_put_uint(skb, RIPTIDES_A_RULE_RX_BYTES,
			 atomic64_read(&rule->rx_bytes))) {
		genlmsg_cancel(skb, hdr);
		return NULL;
	}
	return hdr;
}

/**
 * riptides_nl_rule_get_doit() - tell about a rule
 * @skb: request
 * @info: request
 *
 * Context: Process context.
 * Return: 0 or a negative errno.
 */
int riptides_nl_rule_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *name = rpt_nl_need(info, RIPTIDES_A_RULE_NAME, "name");
	struct rpt_net *rn = rpt_net(genl_info_net(info));
	const struct rpt_rule *rule;
	struct sk_buff *msg;
	void *hdr = NULL;

	if (!name)
		return -EINVAL;
	msg = genlmsg_new(RULE_SIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	mutex_lock(&rn->lock);
	rule = rpt_rules_find(rpt_policy_rules(rn), nla_data(name));
	if (rule)
		hdr = put_rule(msg, info, 0, rule);
	mutex_unlock(&rn->lock);
	if (hdr)
		return rpt_nl_reply(msg, hdr, info);
	nlmsg_free(msg);
	if (rule)
		return -EMSGSIZE;
	GENL_SET_ERR_MSG(info, "there is no rule of that name");
	return -ENOENT;
}

static int dump_rules(struct sk_buff *skb, struct netlink_callback *cb,
		      const struct rpt_rules *rules)
{
	struct rpt_nl_dump *at = rpt_nl_dump(cb);
	void *hdr;

	for (; at->id < rules->n; at->id++) {
		hdr = put_rule(skb, genl_info_dump(cb), NLM_F_MULTI, rules->rule[at->id]);
		if (!hdr)
			return -EMSGSIZE;
		genl_dump_check_consistent(cb, hdr);
		genlmsg_end(skb, hdr);
	}
	at->done = true;
	return 0;
}

/**
 * riptides_nl_rule_get_dumpit() - tell about all rules
 * @skb: answer
 * @cb: dump
 *
 * Context: Process context.
 * Return: length of the answer, 0 at the end, or a negative errno.
 */
int riptides_nl_rule_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct rpt_net *rn = rpt_net(sock_net(skb->sk));
	int err;

	if (rpt_nl_dump(cb)->done)
		return 0;
	mutex_lock(&rn->lock);
	cb->seq = rn->policy_generation;
	err = dump_rules(skb, cb, rpt_policy_rules(rn));
	mutex_unlock(&rn->lock);
	return skb->len ?: err;
}
