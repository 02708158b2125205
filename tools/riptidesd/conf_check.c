// SPDX-License-Identifier: GPL-2.0-only
/*
 * The configuration: what its parts say about each other
 */
#include <stdlib.h>
#include <string.h>

#include "conf.h"

static int by_domain(const void *a, const void *b)
{
	const struct domain *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* Names may be missing, after an error */
static int by_service(const void *a, const void *b)
{
	const struct service *x = a, *y = b;

	return strcmp(x->name ? x->name : "", y->name ? y->name : "");
}

struct pair {
	struct identity identity;
	struct source source;
};

static int by_identity(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return strcmp(x->identity.name ? x->identity.name : "",
		      y->identity.name ? y->identity.name : "");
}

static void twice(struct problems *p, const char *file, const struct node *at,
		  const char *what, const char *name, const char *first_file,
		  const struct node *first)
{
	problem(p, file, at, "there is %s \"%s\" already, at %s:%u", what, name, first_file,
		first->line);
}

static void sort_domains(struct conf *c, struct problems *p)
{
	struct domain *d = c->domains.v;
	unsigned int i;

	if (c->domains.n)
		qsort(d, c->domains.n, sizeof(*d), by_domain);
	for (i = 1; i < c->domains.n; i++) {
		if (!by_domain(&d[i - 1], &d[i]))
			twice(p, d[i].file, d[i].at, "a trust domain", d[i].name, d[i - 1].file,
			      d[i - 1].at);
	}
}

static void sort_services(struct conf *c, struct problems *p)
{
	struct service *s = c->services.v;
	unsigned int i;

	if (c->services.n)
		qsort(s, c->services.n, sizeof(*s), by_service);
	for (i = 1; i < c->services.n; i++) {
		if (s[i].name && !by_service(&s[i - 1], &s[i]))
			twice(p, s[i].file, s[i].at, "a service", s[i].name, s[i - 1].file,
			      s[i - 1].at);
	}
}

/* Identities move, and where they came from with them */
static void sort_identities(struct conf *c, struct problems *p)
{
	unsigned int i, n = c->state.identities.n;
	struct source *s = c->sources.v;
	struct pair *pairs;

	if (!n)
		return;
	pairs = arena_alloc(&c->state.arena, n * sizeof(*pairs));
	for (i = 0; i < n; i++) {
		pairs[i].identity = c->state.identities.v[i];
		pairs[i].source = s[i];
	}
	qsort(pairs, n, sizeof(*pairs), by_identity);
	for (i = 0; i < n; i++) {
		c->state.identities.v[i] = pairs[i].identity;
		s[i] = pairs[i].source;
		if (i && pairs[i].identity.name && !by_identity(&pairs[i - 1], &pairs[i]))
			twice(p, s[i].file, s[i].at, "an identity", pairs[i].identity.name,
			      s[i - 1].file, s[i - 1].at);
	}
}

struct named_rule {
	const char *name;
	unsigned int i;
};

static int by_rule_name(const void *a, const void *b)
{
	const struct named_rule *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : (x->i > y->i) - (x->i < y->i);
}

/* Rules keep their order, which counts */
static void check_rule_names(struct conf *c, struct problems *p)
{
	unsigned int i, n = 0;
	struct named_rule *names;
	struct place *a, *b;

	names = arena_alloc(&c->state.arena, (c->state.rules.n + 1) * sizeof(*names));
	for (i = 0; i < c->state.rules.n; i++) {
		if (!c->state.rules.v[i].name)
			continue;
		names[n].name = c->state.rules.v[i].name;
		names[n++].i = i;
	}
	qsort(names, n, sizeof(*names), by_rule_name);
	for (i = 1; i < n; i++) {
		if (strcmp(names[i - 1].name, names[i].name))
			continue;
		a = &c->places.v[names[i - 1].i];
		b = &c->places.v[names[i].i];
		twice(p, b->file, b->at, "a rule", names[i].name, a->file, a->at);
	}
}

/**
 * conf_domain() - look a trust domain up
 * @c: finished configuration
 * @name: its name
 *
 * Return: the trust domain or NULL.
 */
struct domain *conf_domain(const struct conf *c, const char *name)
{
	struct domain key = { .name = (char *)name };

	if (!c->domains.n)
		return NULL;
	return bsearch(&key, c->domains.v, c->domains.n, sizeof(key), by_domain);
}

/**
 * conf_domain_of() - the trust domain of a SPIFFE ID
 * @c: finished configuration
 * @spiffe_id: valid SPIFFE ID, or what stands for several
 *
 * Return: the trust domain, NULL if it is not there.
 */
struct domain *conf_domain_of(const struct conf *c, const char *spiffe_id)
{
	char name[256];
	size_t len;

	if (strncmp(spiffe_id, "spiffe://", 9))
		return NULL;
	len = strcspn(spiffe_id + 9, "/");
	if (len >= sizeof(name))
		return NULL;
	memcpy(name, spiffe_id + 9, len);
	name[len] = '\0';
	return conf_domain(c, name);
}

static const char *domain_name(const void *ctx, unsigned int i)
{
	const struct conf *c = ctx;

	return c->domains.v[i].name;
}

static void need_domain(struct conf *c, struct problems *p, const char *file,
			const struct node *at, const char *spiffe_id)
{
	char td[33];
	const char *near;

	if (conf_domain_of(c, spiffe_id) || strncmp(spiffe_id, "spiffe://", 9))
		return;
	snprintf(td, sizeof(td), "%.*s", (int)strcspn(spiffe_id + 9, "/"), spiffe_id + 9);
	near = spell_nearest(td, domain_name, c, c->domains.n);
	if (near)
		problem(p, file, at, "\"%s\": no such trust domain; did you mean \"%s\"?",
			spiffe_id, near);
	else
		problem(p, file, at, "\"%s\": no such trust domain in trust-domains", spiffe_id);
}

static const char *identity_name(const void *ctx, unsigned int i)
{
	const struct conf *c = ctx;
	const char *name = c->state.identities.v[i].name;

	return name ? name : "";
}

static const char *service_name(const void *ctx, unsigned int i)
{
	const struct conf *c = ctx;
	const char *name = c->services.v[i].name;

	return name ? name : "";
}

static void no_such(struct problems *p, const char *file, const struct node *at,
		    const char *what, const char *name, const char *near)
{
	if (near)
		problem(p, file, at, "no %s \"%s\"; did you mean \"%s\"?", what, name, near);
	else
		problem(p, file, at, "no %s \"%s\"", what, name);
}

static struct identity *find_identity(struct conf *c, const char *name)
{
	struct pair key = { .identity.name = (char *)name };
	unsigned int low = 0, high = c->state.identities.n, mid;
	const char *other;
	int order;

	while (low < high) {
		mid = low + (high - low) / 2;
		other = c->state.identities.v[mid].name;
		order = strcmp(key.identity.name, other ? other : "");
		if (!order)
			return &c->state.identities.v[mid];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

/* A rule gets what its service says, where it says nothing itself */
static void use_service(struct conf *c, struct rule *rule, const struct place *place,
			struct problems *p)
{
	struct service key = { .name = place->service };
	const struct service *s = NULL;

	if (c->services.n)
		s = bsearch(&key, c->services.v, c->services.n, sizeof(key), by_service);
	if (!s) {
		no_such(p, place->file, place->service_at, "service", place->service,
			spell_nearest(place->service, service_name, c, c->services.n));
		return;
	}
	if (rule->prefixes.n) {
		problem(p, place->file, place->service_at,
			"addresses and service do not go together");
		return;
	}
	rule->prefixes = s->prefixes;
	if (!rule->ports.n)
		rule->ports = s->ports;
	if (!rule->peers.n && rule->direction == RIPTIDES_DIRECTION_EGRESS &&
	    rule->mode <= RIPTIDES_RULE_MODE_PASSTHROUGH)
		rule->peers = s->peers;
	if (!rule->server_name && rule->direction == RIPTIDES_DIRECTION_EGRESS &&
	    rule->mode <= RIPTIDES_RULE_MODE_PASSTHROUGH)
		rule->server_name = s->server_name;
}

static void check_rule(struct conf *c, struct rule *rule, const struct place *place,
		       struct problems *p)
{
	unsigned int i;

	if (rule->identity && place->identity && !find_identity(c, rule->identity))
		no_such(p, place->file, place->identity, "identity", rule->identity,
			spell_nearest(rule->identity, identity_name, c,
				      c->state.identities.n));
	for (i = 0; i < place->peers.n; i++)
		need_domain(c, p, place->file, place->peers.v[i].at, place->peers.v[i].text);
	if (place->service)
		use_service(c, rule, place, p);
}

/**
 * conf_finish() - put the parts of a configuration together
 * @c: configuration
 * @p: what is wrong with it; nothing is known to be consistent unless this stays
 *	empty
 */
void conf_finish(struct conf *c, struct problems *p)
{
	const struct service *s;
	unsigned int i, j;

	sort_domains(c, p);
	sort_services(c, p);
	sort_identities(c, p);
	check_rule_names(c, p);
	for (i = 0; i < c->state.identities.n; i++) {
		if (c->state.identities.v[i].spiffe_id)
			need_domain(c, p, c->sources.v[i].file, c->sources.v[i].at,
				    c->state.identities.v[i].spiffe_id);
	}
	for (i = 0; i < c->services.n; i++) {
		s = &c->services.v[i];
		for (j = 0; j < s->peers.n; j++)
			need_domain(c, p, s->file, s->at, s->peers.v[j]);
	}
	for (i = 0; i < c->state.rules.n; i++)
		check_rule(c, &c->state.rules.v[i], &c->places.v[i], p);
}
