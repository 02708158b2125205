// SPDX-License-Identifier: GPL-2.0-only
/*
 * The configuration: rules, selectors and services
 */
#include <string.h>

#include "conf.h"

static struct place *place_of(struct reader *r)
{
	return &r->conf->places.v[r->conf->places.n - 1];
}

static bool add_text(struct reader *r, const struct node *n, const char *what, size_t max,
		     struct strings *all)
{
	char *text;

	if (!read_text(r, n, what, max, &text))
		return false;
	*vec_push(r->a, all) = text;
	return true;
}

static bool read_path(struct reader *r, const struct node *n, void *into)
{
	if (!add_text(r, n, "path", 4095, into))
		return false;
	if (n->text[0] != '/')
		wrong(r, n, "path is absolute: it begins with /");
	return true;
}

static bool read_comm(struct reader *r, const struct node *n, void *into)
{
	return add_text(r, n, "comm", 15, into);
}

static bool read_cmdline(struct reader *r, const struct node *n, void *into)
{
	return add_text(r, n, "cmdline", 255, into);
}

static bool read_cgroup(struct reader *r, const struct node *n, void *into)
{
	return read_path(r, n, into);
}

static bool read_id(struct reader *r, const struct node *n, void *into)
{
	struct numbers *all = into;
	u32 id;

	if (!read_u32(r, n, "an ID of a user or group", UINT32_MAX - 1, &id))
		return false;
	*vec_push(r->a, all) = id;
	return true;
}

static bool read_digest(struct reader *r, const struct node *n, void *into)
{
	struct blobs *all = into;
	struct blob digest;
	char *text;

	if (!read_text(r, n, "verity", 192, &text))
		return false;
	/* as "fsverity digest" prints it */
	if (!strncmp(text, "sha256:", 7) || !strncmp(text, "sha512:", 7))
		text += 7;
	if (hex_parse(r->a, text, &digest) || (digest.len != 32 && digest.len != 64)) {
		wrong(r, n, "verity is a digest of 32 or 64 bytes in hexadecimal");
		return false;
	}
	*vec_push(r->a, all) = digest;
	return true;
}

static void set_path(struct reader *r, const struct node *n, void *into)
{
	struct selector *s = into;

	read_each(r, n, read_path, &s->path);
}

static void set_verity(struct reader *r, const struct node *n, void *into)
{
	struct selector *s = into;

	read_each(r, n, read_digest, &s->verity);
}

static void set_comm(struct reader *r, const struct node *n, void *into)
{
	struct selector *s = into;

	read_each(r, n, read_comm, &s->comm);
}

static void set_cmdline(struct reader *r, const struct node *n, void *into)
{
	struct selector *s = into;

	read_each(r, n, read_cmdline, &s->cmdline);
}

static void set_uid(struct reader *r, const struct node *n, void *into)
{
	struct selector *s = into;

	read_each(r, n, read_id, &s->uid);
}

static void set_gid(struct reader *r, const struct node *n, void *into)
{
	struct selector *s = into;

	read_each(r, n, read_id, &s->gid);
}

static void set_cgroup(struct reader *r, const struct node *n, void *into)
{
	struct selector *s = into;

	read_each(r, n, read_cgroup, &s->cgroup);
}

static const struct key selector_keys[] = {
	{ "path", set_path },
	{ "verity", set_verity },
	{ "comm", set_comm },
	{ "cmdline", set_cmdline },
	{ "uid", set_uid },
	{ "gid", set_gid },
	{ "cgroup", set_cgroup },
};

static void read_selector(struct reader *r, const struct node *n, struct rule *rule)
{
	struct selector *s = vec_push(r->a, &rule->selectors);
	bool strong;

	memset(s, 0, sizeof(*s));
	if (!read_map(r, n, "a selector", selector_keys, ARRAY_SIZE(selector_keys), s))
		return;
	strong = s->path.n || s->verity.n || s->uid.n || s->gid.n || s->cgroup.n;
	if (strong)
		return;
	if (s->comm.n || s->cmdline.n)
		wrong(r, n, "comm and cmdline are anybody's; add path, verity, uid, gid or cgroup");
	else if (!n->items.n)
		wrong(r, n, "a selector says nothing; leave \"who\" out for everybody");
}

static void set_who(struct reader *r, const struct node *n, void *into)
{
	unsigned int i;

	if (n->type == NODE_MAP) {
		read_selector(r, n, into);
		return;
	}
	if (!read_list(r, n, "who"))
		return;
	for (i = 0; i < n->items.n; i++)
		read_selector(r, n->items.v[i], into);
	if (!n->items.n)
		wrong(r, n, "\"who\" is empty; leave it out for everybody");
}

static void set_name(struct reader *r, const struct node *n, void *into)
{
	struct rule *rule = into;

	read_name(r, n, "the name of a rule", &rule->name);
}

static void set_priority(struct reader *r, const struct node *n, void *into)
{
	struct rule *rule = into;

	read_u32(r, n, "priority", UINT32_MAX - 1, &rule->priority);
}

static void set_direction(struct reader *r, const struct node *n, void *into)
{
	int found = read_enum(r, n, "direction", direction_names, ARRAY_SIZE(direction_names));
	struct rule *rule = into;

	if (found >= 0)
		rule->direction = found;
}

static void set_mode(struct reader *r, const struct node *n, void *into)
{
	int found = read_enum(r, n, "mode", mode_names, ARRAY_SIZE(mode_names));
	struct rule *rule = into;

	if (found >= 0)
		rule->mode = found;
}

static void set_identity(struct reader *r, const struct node *n, void *into)
{
	struct rule *rule = into;

	if (read_name(r, n, "the name of an identity", &rule->identity))
		place_of(r)->identity = n;
}

static void set_service(struct reader *r, const struct node *n, void *into)
{
	struct place *place = place_of(r);

	if (read_name(r, n, "the name of a service", &place->service))
		place->service_at = n;
}

static void set_addresses(struct reader *r, const struct node *n, void *into)
{
	struct rule *rule = into;

	read_each(r, n, read_prefix, &rule->prefixes);
}

static void set_ports(struct reader *r, const struct node *n, void *into)
{
	struct rule *rule = into;

	read_each(r, n, read_ports, &rule->ports);
}

static bool read_rule_peer(struct reader *r, const struct node *n, void *into)
{
	struct rule *rule = into;
	struct text_at one = { .at = n };

	if (!read_peer(r, n, &rule->peers))
		return false;
	one.text = rule->peers.v[rule->peers.n - 1];
	*vec_push(r->a, &place_of(r)->peers) = one;
	return true;
}

static void set_peers(struct reader *r, const struct node *n, void *into)
{
	read_each(r, n, read_rule_peer, into);
}

static bool read_alpn(struct reader *r, const struct node *n, void *into)
{
	return add_text(r, n, "an application protocol", 255, into);
}

static void set_alpn(struct reader *r, const struct node *n, void *into)
{
	struct rule *rule = into;

	read_each(r, n, read_alpn, &rule->alpn);
}

static bool read_host(struct reader *r, const struct node *n, char **out)
{
	if (!read_text(r, n, "server-name", 253, out))
		return false;
	if (dns_valid(*out) && **out != '*')
		return true;
	wrong(r, n, "\"%s\" is not the DNS name of a host", *out);
	return false;
}

static void set_server_name(struct reader *r, const struct node *n, void *into)
{
	struct rule *rule = into;

	read_host(r, n, &rule->server_name);
}

static void set_confirm(struct reader *r, const struct node *n, void *into)
{
	struct rule *rule = into;

	read_flag(r, n, "confirm", &rule->confirm);
}

static void set_allow_truncation(struct reader *r, const struct node *n, void *into)
{
	struct rule *rule = into;

	read_flag(r, n, "allow-truncation", &rule->allow_truncation);
}

static void set_attest(struct reader *r, const struct node *n, void *into)
{
	int found = read_enum(r, n, "attest", attest_names, ARRAY_SIZE(attest_names));
	struct rule *rule = into;

	if (found >= 0)
		rule->attest = found;
}

static void set_wait(struct reader *r, const struct node *n, void *into)
{
	struct rule *rule = into;

	if (read_duration(r, n, "wait", 1, &rule->wait_ms) && rule->wait_ms > 60000)
		wrong(r, n, "wait is at most 60s");
}

static void set_pq(struct reader *r, const struct node *n, void *into)
{
	int found = read_enum(r, n, "pq", pq_names, ARRAY_SIZE(pq_names));
	struct rule *rule = into;

	if (found >= 0)
		rule->pq = found;
}

static void set_max_age(struct reader *r, const struct node *n, void *into)
{
	struct rule *rule = into;
	u32 ms;

	if (!read_duration(r, n, "max-session-age", 1000, &ms))
		return;
	if (ms > RULE_AGE_MAX_S * 1000 || ms % 1000)
		wrong(r, n, "max-session-age is at most 14d, in whole seconds");
	rule->max_age_s = ms / 1000;
}

static void set_kill_on_revoke(struct reader *r, const struct node *n, void *into)
{
	struct rule *rule = into;

	read_flag(r, n, "kill-on-revoke", &rule->kill_on_revoke);
}

static const struct key rule_keys[] = {
	{ "name", set_name, true },
	{ "direction", set_direction, true },
	{ "priority", set_priority },
	{ "mode", set_mode },
	{ "identity", set_identity },
	{ "who", set_who },
	{ "service", set_service },
	{ "addresses", set_addresses },
	{ "ports", set_ports },
	{ "peers", set_peers },
	{ "alpn", set_alpn },
	{ "server-name", set_server_name },
	{ "confirm", set_confirm },
	{ "allow-truncation", set_allow_truncation },
	{ "attest", set_attest },
	{ "wait", set_wait },
	{ "pq", set_pq },
	{ "max-session-age", set_max_age },
	{ "kill-on-revoke", set_kill_on_revoke },
};

static bool has_tls(const struct rule *rule)
{
	return rule->mode == RIPTIDES_RULE_MODE_MUTUAL ||
	       rule->mode == RIPTIDES_RULE_MODE_SIMPLE ||
	       rule->mode == RIPTIDES_RULE_MODE_PERMISSIVE ||
	       rule->mode == RIPTIDES_RULE_MODE_PASSTHROUGH;
}

/* What a rule's members mean to each other */
static void check_rule(struct reader *r, const struct node *n, struct rule *rule)
{
	bool egress = rule->direction == RIPTIDES_DIRECTION_EGRESS;
	bool client_only = egress && rule->mode == RIPTIDES_RULE_MODE_SIMPLE;
	const char *mode = mode_name(rule->mode);
	bool tls = has_tls(rule);

	if (tls && !client_only && !rule->identity)
		wrong(r, n, "mode %s needs an identity", mode);
	if (!tls && (rule->identity || rule->peers.n || rule->alpn.n || rule->server_name ||
		     rule->confirm || rule->allow_truncation || rule->pq ||
		     rule->max_age_s || rule->kill_on_revoke))
		wrong(r, n, "mode %s has no TLS: nothing that is about TLS goes with it", mode);
	if (egress && rule->mode == RIPTIDES_RULE_MODE_PERMISSIVE)
		wrong(r, n, "mode permissive is for ingress: the first bytes of a client decide");
	if (egress && rule->attest)
		wrong(r, n, "attest is for ingress: who connects is always the one that counts");
	if (!egress && (rule->server_name || rule->confirm))
		wrong(r, n, "server-name and confirm are for egress");
	if (!egress && rule->mode == RIPTIDES_RULE_MODE_SIMPLE && rule->peers.n)
		wrong(r, n, "clients do not say who they are in mode simple: no peers");
	if (rule->mode == RIPTIDES_RULE_MODE_PERMISSIVE) {
		if (!rule->wait_ms)
			rule->wait_ms = RULE_WAIT_MS;
	} else if (rule->wait_ms) {
		wrong(r, n, "wait is for mode permissive");
	}
}

/**
 * read_rule() - read a rule
 * @r: reader
 * @n: what it is
 */
void read_rule(struct reader *r, const struct node *n)
{
	struct rule *rule = vec_push(r->a, &r->conf->state.rules);
	struct place *place = vec_push(r->a, &r->conf->places);
	unsigned int before = r->p->n + r->p->more;

	memset(rule, 0, sizeof(*rule));
	memset(place, 0, sizeof(*place));
	rule->priority = RULE_PRIORITY;
	place->file = arena_str(r->a, r->file);
	place->at = n;
	if (read_map(r, n, "a rule", rule_keys, ARRAY_SIZE(rule_keys), rule) &&
	    r->p->n + r->p->more == before)
		check_rule(r, n, rule);
}

static void set_service_addresses(struct reader *r, const struct node *n, void *into)
{
	struct service *s = into;

	read_each(r, n, read_prefix, &s->prefixes);
}

static void set_service_ports(struct reader *r, const struct node *n, void *into)
{
	struct service *s = into;

	read_each(r, n, read_ports, &s->ports);
}

static void set_service_peers(struct reader *r, const struct node *n, void *into)
{
	struct service *s = into;

	read_each(r, n, read_peer, &s->peers);
}

static void set_service_name(struct reader *r, const struct node *n, void *into)
{
	struct service *s = into;

	read_host(r, n, &s->server_name);
}

static const struct key service_keys[] = {
	{ "addresses", set_service_addresses, true },
	{ "ports", set_service_ports },
	{ "peers", set_service_peers },
	{ "server-name", set_service_name },
};

/**
 * read_service() - read a service: addresses that rules call by a name
 * @r: reader
 * @key: its name
 * @value: what it is
 */
void read_service(struct reader *r, const struct node *key, const struct node *value)
{
	struct service *s = vec_push(r->a, &r->conf->services);

	memset(s, 0, sizeof(*s));
	s->file = arena_str(r->a, r->file);
	s->at = key;
	read_name(r, key, "the name of a service", &s->name);
	read_map(r, value, "a service", service_keys, ARRAY_SIZE(service_keys), s);
}
