// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules: what is done with which connections
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/ipv6.h>
#include <net/netlink.h>

#include "attest.h"
#include "net.h"
#include "rule.h"
#include "spiffe.h"
#include "x509.h"

#define REFUSE(extack, text) ({			\
	NL_SET_ERR_MSG(extack, text);		\
	-EINVAL;				\
})

static bool encrypts(u8 mode)
{
	return mode != RIPTIDES_RULE_MODE_PLAINTEXT && mode != RIPTIDES_RULE_MODE_DENY;
}

static int check_tls(const struct rpt_rule_params *p, struct netlink_ext_ack *extack)
{
	if (!encrypts(p->mode)) {
		if (p->identity || p->server_name || p->n_alpn || p->n_peers ||
		    p->confirm || p->allow_truncation || p->pq || p->max_age ||
		    p->kill_on_revoke)
			return REFUSE(extack,
				      "modes plaintext and deny take nothing that is about TLS");
		return 0;
	}
	if (!p->identity && p->mode == RIPTIDES_RULE_MODE_MUTUAL)
		return REFUSE(extack, "mode mutual needs an identity");
	if (!p->identity && p->mode == RIPTIDES_RULE_MODE_PERMISSIVE)
		return REFUSE(extack, "mode permissive needs an identity");
	if (!p->identity && p->direction == RIPTIDES_DIRECTION_INGRESS)
		return REFUSE(extack, "a rule for ingress needs an identity");
	if (p->n_peers && p->mode == RIPTIDES_RULE_MODE_SIMPLE &&
	    p->direction == RIPTIDES_DIRECTION_INGRESS)
		return REFUSE(extack,
			      "mode simple knows no clients: for ingress it takes no peer");
	return 0;
}

static int check_mode(const struct rpt_rule_params *p, struct netlink_ext_ack *extack)
{
	bool ingress = p->direction == RIPTIDES_DIRECTION_INGRESS;

	if (p->pq == RIPTIDES_PQ_REQUIRE && !IS_ENABLED(CONFIG_RIPTIDES_MLKEM)) {
		NL_SET_ERR_MSG(extack, "this kernel is built without X25519MLKEM768");
		return -EOPNOTSUPP;
	}
	if (p->mode == RIPTIDES_RULE_MODE_PASSTHROUGH) {
		NL_SET_ERR_MSG(extack, "mode passthrough is not supported yet");
		return -EOPNOTSUPP;
	}
	if (p->mode == RIPTIDES_RULE_MODE_PERMISSIVE && !ingress)
		return REFUSE(extack, "mode permissive is for ingress only");
	if (p->has_wait && p->mode != RIPTIDES_RULE_MODE_PERMISSIVE)
		return REFUSE(extack, "only mode permissive waits");
	if (p->has_attest && !ingress)
		return REFUSE(extack, "attest is for ingress only");
	if (p->confirm && ingress)
		return REFUSE(extack, "confirm is for egress only");
	if (p->server_name && ingress)
		return REFUSE(extack, "a server name is for egress only");
	return check_tls(p, extack);
}

static int check_names(const struct rpt_rule_params *p, struct netlink_ext_ack *extack)
{
	size_t len = 0;
	unsigned int i;

	if (!rpt_name_valid(p->name))
		return REFUSE(extack,
			      "a name is 1 to 63 printable ASCII characters, no spaces");
	if (p->identity && !rpt_name_valid(p->identity))
		return REFUSE(extack,
			      "identity is not 1 to 63 printable ASCII characters, no spaces");
	if (p->server_name &&
	    !rpt_x509_dns_valid(p->server_name, strlen(p->server_name), false))
		return REFUSE(extack, "server name is not a DNS name");
	for (i = 0; i < p->n_peers; i++) {
		if (!rpt_spiffe_pattern_check((const char *)p->peers[i].data,
					      p->peers[i].len))
			continue;
		NL_SET_ERR_MSG_FMT(extack,
				   "peer %u is not a SPIFFE ID, a prefix of some, or a trust domain",
				   i + 1);
		return -EINVAL;
	}
	for (i = 0; i < p->n_alpn; i++) {
		if (!p->alpn[i].len || p->alpn[i].len > U8_MAX)
			return REFUSE(extack, "an application protocol has 1 to 255 octets");
		len += 1 + p->alpn[i].len;
	}
	if (len > RIPTIDES_ALPN_LIST_MAX)
		return REFUSE(extack, "all application protocols take at most 1024 octets");
	return 0;
}

/* Bits behind the prefix */
static bool prefix_valid(const struct rpt_prefix *p)
{
	unsigned int len = p->v4 ? p->len + 96 : p->len;
	struct in6_addr cut;

	if (len > 128 || p->v4 != ipv6_addr_v4mapped(&p->addr))
		return false;
	ipv6_addr_prefix(&cut, &p->addr, len);
	return ipv6_addr_equal(&cut, &p->addr);
}

static int check_where(const struct rpt_rule_params *p, struct netlink_ext_ack *extack)
{
	unsigned int i;

	for (i = 0; i < p->n_prefixes; i++) {
		if (prefix_valid(&p->prefixes[i]))
			continue;
		NL_SET_ERR_MSG_FMT(extack,
				   "prefix %u is not an IPv4 or IPv6 address with zeroes behind the prefix",
				   i + 1);
		return -EINVAL;
	}
	for (i = 0; i < p->n_ports; i++) {
		if (p->ports[i].first && p->ports[i].first <= p->ports[i].last)
			continue;
		NL_SET_ERR_MSG_FMT(extack,
				   "ports %u are not 1 to 65535, the first one not above the last",
				   i + 1);
		return -EINVAL;
	}
	return 0;
}

/* One that ends in a slash could not be meant for one file or cgroup */
static bool is_path(const struct rpt_blob *d)
{
	return d->len > 1 && d->len < PATH_MAX && d->data[0] == '/' &&
	       d->data[d->len - 1] != '/';
}

static const char *check_value(const struct rpt_value *v)
{
	static const u32 nobody = U32_MAX;
	const struct rpt_blob *d = &v->data;
	bool text = d->len && !memchr(d->data, 0, d->len);

	switch (v->attribute) {
	case RPT_ATTR_PATH:
		return text && is_path(d) ? NULL :
		       "a path begins with a slash, ends in none, and has at most 4095 octets";
	case RPT_ATTR_CGROUP:
		return text && (is_path(d) || (d->len == 1 && *d->data == '/')) ? NULL :
		       "a cgroup's path begins with a slash, ends in none, has at most 4095 octets";
	case RPT_ATTR_VERITY:
		return d->len == 32 || d->len == 64 ? NULL :
		       "a digest of fs-verity has 32 or 64 octets";
	case RPT_ATTR_COMM:
		return text && d->len <= 15 ? NULL : "comm has 1 to 15 characters";
	case RPT_ATTR_CMDLINE:
		return text && d->len <= RPT_CMDLINE_MAX ? NULL :
		       "cmdline has 1 to 255 characters";
	case RPT_ATTR_UID:
	case RPT_ATTR_GID:
		return d->len == sizeof(nobody) && memcmp(d->data, &nobody, d->len) ? NULL :
		       "4294967295 is no user and no group";
	}
	return "selector is not valid";
}

static unsigned int selector_mask(const struct rpt_selector *s)
{
	unsigned int i, mask = 0;

	for (i = 0; i < s->n; i++)
		mask |= BIT(s->values[i].attribute);
	return mask;
}

static unsigned int count_cmdlines(const struct rpt_selector *s)
{
	unsigned int i, n = 0;

	for (i = 0; i < s->n; i++)
		n += s->values[i].attribute == RPT_ATTR_CMDLINE;
	return n;
}

static int check_selectors(const struct rpt_rule_params *p, struct netlink_ext_ack *extack)
{
	const struct rpt_selector *s;
	const char *wrong;
	unsigned int i;

	for (s = p->selectors; s < p->selectors + p->n_selectors; s++) {
		if (!s->n)
			return REFUSE(extack, "a selector needs an attribute");
		if (!(selector_mask(s) & ~RPT_NEED_WEAK))
			return REFUSE(extack,
				      "comm and cmdline need an attribute beside them that a task cannot choose");
		if (count_cmdlines(s) > RPT_CMDLINES_MAX)
			return REFUSE(extack, "a selector takes at most 64 command lines");
		for (i = 0; i < s->n; i++) {
			wrong = check_value(&s->values[i]);
			if (i && s->values[i].attribute < s->values[i - 1].attribute)
				wrong = "selector is not in order";
			if (!wrong)
				continue;
			NL_SET_ERR_MSG_FMT(extack, "%s", wrong);
			return -EINVAL;
		}
	}
	return 0;
}

/* Of the message that tells all of it, about */
static int check_size(const struct rpt_rule_params *p, struct netlink_ext_ack *extack)
{
	size_t size = 0;
	unsigned int i, k;

	for (i = 0; i < p->n_peers; i++)
		size += nla_total_size(p->peers[i].len);
	for (i = 0; i < p->n_alpn; i++)
		size += nla_total_size(p->alpn[i].len);
	for (i = 0; i < p->n_selectors; i++) {
		size += nla_total_size(0);
		for (k = 0; k < p->selectors[i].n; k++)
			size += nla_total_size(p->selectors[i].values[k].data.len);
	}
	size += (size_t)p->n_prefixes * nla_total_size(nla_total_size(16) + nla_total_size(1));
	size += (size_t)p->n_ports * nla_total_size(2 * nla_total_size(2));
	if (size <= RPT_RULE_SIZE_MAX)
		return 0;
	NL_SET_ERR_MSG(extack, "all lists of a rule take at most 15360 octets");
	return -E2BIG;
}

static int check(const struct rpt_rule_params *p, struct netlink_ext_ack *extack)
{
	return check_size(p, extack) ?: check_names(p, extack) ?:
	       check_mode(p, extack) ?: check_where(p, extack) ?:
	       check_selectors(p, extack);
}

static size_t string_size(const char *s)
{
	return s ? strlen(s) + 1 : 0;
}

/* What lay_out() takes */
static size_t data_size(const struct rpt_rule_params *p)
{
	size_t size = p->n_selectors * sizeof(*p->selectors) +
		      p->n_peers * sizeof(*p->peers) +
		      p->n_prefixes * sizeof(*p->prefixes) +
		      p->n_ports * sizeof(*p->ports) +
		      string_size(p->identity) + string_size(p->server_name);
	unsigned int i, k;

	for (i = 0; i < p->n_selectors; i++) {
		for (k = 0; k < p->selectors[i].n; k++)
			size += sizeof(struct rpt_value) +
				p->selectors[i].values[k].data.len;
	}
	for (i = 0; i < p->n_peers; i++)
		size += p->peers[i].len;
	for (i = 0; i < p->n_alpn; i++)
		size += 1 + p->alpn[i].len;
	return size;
}

static void *take(u8 **at, const void *from, size_t len)
{
	void *to = *at;

	if (len)
		memcpy(to, from, len);
	*at += len;
	return to;
}

static const char *take_string(u8 **at, const char *s)
{
	return s ? take(at, s, strlen(s) + 1) : NULL;
}

/* Arrays whose elements hold pointers go first, so that they are aligned */
static void lay_out(struct rpt_rule *rule, const struct rpt_rule_params *p)
{
	u8 *at = (u8 *)(rule + 1), *alpn, len;
	struct rpt_selector *selectors;
	struct rpt_value *values;
	struct rpt_blob *peers;
	unsigned int i, k;

	selectors = take(&at, p->selectors, p->n_selectors * sizeof(*selectors));
	for (i = 0; i < p->n_selectors; i++) {
		selectors[i].mask = selector_mask(&p->selectors[i]);
		selectors[i].values = take(&at, p->selectors[i].values,
					   p->selectors[i].n * sizeof(*values));
	}
	peers = take(&at, p->peers, p->n_peers * sizeof(*peers));
	rule->prefixes = take(&at, p->prefixes, p->n_prefixes * sizeof(*p->prefixes));
	rule->ports = take(&at, p->ports, p->n_ports * sizeof(*p->ports));
	for (i = 0; i < p->n_selectors; i++) {
		values = (struct rpt_value *)selectors[i].values;
		for (k = 0; k < selectors[i].n; k++)
			values[k].data.data = take(&at, values[k].data.data,
						   values[k].data.len);
	}
	for (i = 0; i < p->n_peers; i++)
		peers[i].data = take(&at, peers[i].data, peers[i].len);
	alpn = at;
	for (i = 0; i < p->n_alpn; i++) {
		len = p->alpn[i].len;
		take(&at, &len, 1);
		take(&at, p->alpn[i].data, len);
	}
	rule->alpn_len = at - alpn;
	rule->alpn = rule->alpn_len ? alpn : NULL;
	rule->identity = take_string(&at, p->identity);
	rule->server_name = take_string(&at, p->server_name);
	rule->selectors = selectors;
	rule->peers = peers;
	WARN_ON_ONCE(at != (u8 *)(rule + 1) + rule->size);
}

/**
 * rpt_rule_create() - make a rule
 * @p: what it is made of
 * @extack: where to say why not, or NULL
 *
 * Context: Process context.
 * Return: the rule with one reference; -EINVAL if something is wrong with it,
 * -E2BIG if it is too large, -EOPNOTSUPP for its mode, -ENOMEM.
 */
struct rpt_rule *rpt_rule_create(const struct rpt_rule_params *p,
				 struct netlink_ext_ack *extack)
{
	struct rpt_rule *rule;
	size_t size;
	int err;

	err = check(p, extack);
	if (err)
		return ERR_PTR(err);
	size = data_size(p);
	rule = kvzalloc(sizeof(*rule) + size, GFP_KERNEL_ACCOUNT);
	if (!rule)
		return ERR_PTR(-ENOMEM);
	refcount_set(&rule->ref, 1);
	strscpy_pad(rule->name, p->name);
	rule->priority = p->priority;
	rule->direction = p->direction;
	rule->mode = p->mode;
	rule->attest = p->has_attest ? p->attest : RIPTIDES_ATTEST_LISTEN;
	rule->confirm = p->confirm;
	rule->allow_truncation = p->allow_truncation;
	rule->kill_on_revoke = p->kill_on_revoke;
	rule->pq = p->pq;
	rule->max_age = p->max_age;
	rule->wait_ms = p->has_wait ? p->wait_ms : RPT_WAIT_MS;
	rule->n_peers = p->n_peers;
	rule->n_selectors = p->n_selectors;
	rule->n_prefixes = p->n_prefixes;
	rule->n_ports = p->n_ports;
	rule->size = size;
	lay_out(rule, p);
	return rule;
}

/**
 * rpt_rule_get() - hold a rule
 * @rule: the rule
 *
 * Context: Any context.
 * Return: the rule.
 */
struct rpt_rule *rpt_rule_get(struct rpt_rule *rule)
{
	refcount_inc(&rule->ref);
	return rule;
}

/**
 * rpt_rule_put() - let go of a rule
 * @rule: the rule, or NULL
 *
 * Whoever finds a rule under RCU finds it in a policy, which holds it for as
 * long as it can be found: no grace period has to pass here.
 *
 * Context: Any context but hard interrupts.
 */
void rpt_rule_put(struct rpt_rule *rule)
{
	if (rule && refcount_dec_and_test(&rule->ref))
		kvfree(rule);
}

static bool same_blob(const struct rpt_blob *a, const struct rpt_blob *b)
{
	return a->len == b->len && (!a->len || !memcmp(a->data, b->data, a->len));
}

static bool same_string(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool same_selectors(const struct rpt_rule *a, const struct rpt_rule *b)
{
	const struct rpt_selector *s, *t;
	unsigned int i, k;

	if (a->n_selectors != b->n_selectors)
		return false;
	for (i = 0; i < a->n_selectors; i++) {
		s = &a->selectors[i];
		t = &b->selectors[i];
		if (s->n != t->n)
			return false;
		for (k = 0; k < s->n; k++) {
			if (s->values[k].attribute != t->values[k].attribute ||
			    !same_blob(&s->values[k].data, &t->values[k].data))
				return false;
		}
	}
	return true;
}

static bool same_where(const struct rpt_rule *a, const struct rpt_rule *b)
{
	unsigned int i;

	if (a->n_prefixes != b->n_prefixes || a->n_ports != b->n_ports)
		return false;
	for (i = 0; i < a->n_prefixes; i++) {
		if (a->prefixes[i].len != b->prefixes[i].len ||
		    a->prefixes[i].v4 != b->prefixes[i].v4 ||
		    !ipv6_addr_equal(&a->prefixes[i].addr, &b->prefixes[i].addr))
			return false;
	}
	for (i = 0; i < a->n_ports; i++) {
		if (a->ports[i].first != b->ports[i].first ||
		    a->ports[i].last != b->ports[i].last)
			return false;
	}
	return true;
}

static bool same_tls(const struct rpt_rule *a, const struct rpt_rule *b)
{
	unsigned int i;

	if (!same_string(a->identity, b->identity) ||
	    !same_string(a->server_name, b->server_name) ||
	    a->alpn_len != b->alpn_len || a->n_peers != b->n_peers ||
	    (a->alpn_len && memcmp(a->alpn, b->alpn, a->alpn_len)))
		return false;
	for (i = 0; i < a->n_peers; i++) {
		if (!same_blob(&a->peers[i], &b->peers[i]))
			return false;
	}
	return true;
}

/**
 * rpt_rule_same() - does a rule say what another one says?
 * @a: a rule
 * @b: a rule
 *
 * Lists that differ in their order are different.
 *
 * Context: Any context.
 * Return: true if they differ in nothing but their counters and generation.
 */
bool rpt_rule_same(const struct rpt_rule *a, const struct rpt_rule *b)
{
	return !memcmp(a->name, b->name, sizeof(a->name)) &&
	       a->priority == b->priority && a->direction == b->direction &&
	       a->mode == b->mode && a->attest == b->attest &&
	       a->confirm == b->confirm && a->wait_ms == b->wait_ms &&
	       a->allow_truncation == b->allow_truncation &&
	       a->kill_on_revoke == b->kill_on_revoke &&
	       a->pq == b->pq && a->max_age == b->max_age &&
	       same_tls(a, b) && same_where(a, b) && same_selectors(a, b);
}

/**
 * rpt_rule_allows() - may a peer have this SPIFFE ID?
 * @rule: rule that the connection is under
 * @spiffe_id: what the peer proved, not necessarily terminated
 * @len: its length
 *
 * Context: Any context.
 * Return: true if the rule names no peers, or one that fits.
 */
bool rpt_rule_allows(const struct rpt_rule *rule, const char *spiffe_id, size_t len)
{
	struct rpt_spiffe id;
	unsigned int i;

	if (rpt_spiffe_parse(spiffe_id, len, &id))
		return false;
	for (i = 0; i < rule->n_peers; i++) {
		if (rpt_spiffe_match((const char *)rule->peers[i].data,
				     rule->peers[i].len, &id))
			return true;
	}
	return !rule->n_peers;
}
