// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is to be done, and doing it
 */
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "pem.h"
#include "plan.h"

static void add(struct plan *p, enum change_of of, enum change_kind kind, const char *name,
		const void *have, const void *want)
{
	struct change *c = vec_push(&p->arena, p);

	c->kind = kind;
	c->of = of;
	c->name = name;
	c->have = have;
	c->want = want;
	if (of == OF_RULE)
		p->rules = true;
}

static bool differs(u32 want, u32 have)
{
	return want && want != have;
}

static void plan_settings(struct plan *p)
{
	const struct settings *have = &p->have->settings, *want = &p->want->settings;

	if (differs(want->deadline_ms, have->deadline_ms) ||
	    differs(want->max_handshakes, have->max_handshakes) ||
	    differs(want->max_listener_handshakes, have->max_listener_handshakes) ||
	    differs(want->egress, have->egress) || differs(want->ingress, have->ingress) ||
	    differs(want->resumption, have->resumption) ||
	    differs(want->ticket_lifetime_s, have->ticket_lifetime_s))
		add(p, OF_SETTINGS, CHANGE_SET, "settings", have, want);
}

static void plan_bundles(struct plan *p)
{
	const struct bundle *b, *other;
	unsigned int i;

	for (i = 0; i < p->want->bundles.n; i++) {
		b = &p->want->bundles.v[i];
		/* Its URL has not answered yet: what the kernel has is the best there is */
		if (!b->certs.n)
			continue;
		other = state_bundle(p->have, b->trust_domain);
		if (!other)
			add(p, OF_BUNDLE, CHANGE_ADD, b->trust_domain, NULL, b);
		else if (!bundle_eq(b, other))
			add(p, OF_BUNDLE, CHANGE_SET, b->trust_domain, other, b);
	}
	for (i = 0; i < p->have->bundles.n; i++) {
		b = &p->have->bundles.v[i];
		if (!state_bundle(p->want, b->trust_domain))
			add(p, OF_BUNDLE, CHANGE_DEL, b->trust_domain, b, NULL);
	}
}

static void plan_identity(struct plan *p, const struct identity *id)
{
	const struct identity *other = state_identity(p->have, id->name);
	struct identity same;

	if (!other) {
		add(p, OF_IDENTITY, CHANGE_ADD, id->name, NULL, id);
		return;
	}
	/* Names that were not given came out of the imported leaf */
	same = *other;
	if (id->import.n && !id->dns.n)
		same.dns = id->dns;
	if (!identity_eq(id, &same))
		add(p, OF_IDENTITY, CHANGE_SET, id->name, other, id);
	else if (id->import.n && !blobs_eq(&id->import, &other->chain))
		add(p, OF_IDENTITY, CHANGE_CERT, id->name, other, id);
}

static void plan_identities(struct plan *p)
{
	const struct identity *id;
	unsigned int i;

	for (i = 0; i < p->want->identities.n; i++)
		plan_identity(p, &p->want->identities.v[i]);
	for (i = 0; i < p->have->identities.n; i++) {
		id = &p->have->identities.v[i];
		if (!state_identity(p->want, id->name))
			add(p, OF_IDENTITY, CHANGE_DEL, id->name, id, NULL);
	}
}

static int by_name(const void *a, const void *b)
{
	const struct rule *x = *(const struct rule *const *)a;
	const struct rule *y = *(const struct rule *const *)b;

	return strcmp(x->name, y->name);
}

static const struct rule **sorted_rules(struct plan *p, const struct rules *rules)
{
	const struct rule **v = arena_alloc(&p->arena, (rules->n + 1) * sizeof(*v));
	unsigned int i;

	for (i = 0; i < rules->n; i++)
		v[i] = &rules->v[i];
	qsort(v, rules->n, sizeof(*v), by_name);
	return v;
}

static void plan_rules(struct plan *p)
{
	const struct rules *have = &p->have->rules, *want = &p->want->rules;
	const struct rule **a = sorted_rules(p, have), **b = sorted_rules(p, want);
	unsigned int i = 0, j = 0;
	int order;

	while (i < have->n || j < want->n) {
		order = i == have->n ? 1 : j == want->n ? -1 : strcmp(a[i]->name, b[j]->name);
		if (order < 0)
			add(p, OF_RULE, CHANGE_DEL, a[i]->name, a[i], NULL);
		else if (order > 0)
			add(p, OF_RULE, CHANGE_ADD, b[j]->name, NULL, b[j]);
		else if (!rule_eq(a[i], b[j]))
			add(p, OF_RULE, CHANGE_SET, b[j]->name, a[i], b[j]);
		i += order <= 0;
		j += order >= 0;
	}
	for (i = 0; !p->rules && i < want->n; i++) {
		if (strcmp(have->v[i].name, want->v[i].name))
			add(p, OF_RULE, CHANGE_ORDER, "rules", NULL, NULL);
	}
}

/**
 * plan_make() - find out what is to be done
 * @p: plan, empty
 * @have: what the kernel has; must outlive the plan
 * @want: what it is to have; likewise
 */
void plan_make(struct plan *p, const struct state *have, const struct state *want)
{
	p->have = have;
	p->want = want;
	plan_settings(p);
	plan_bundles(p);
	plan_identities(p);
	plan_rules(p);
}

/**
 * plan_free() - free a plan, which is empty afterwards
 * @p: plan
 */
void plan_free(struct plan *p)
{
	arena_free(&p->arena);
	memset(p, 0, sizeof(*p));
}

static const char *const of_names[] = { "settings", "trust domain", "identity", "rule" };
static const char *const kind_names[] = { "add", "change", "remove", "new chain", "reorder" };

static char *describe(const struct change *c, const void *object)
{
	struct out o = {};

	if (!object || c->of == OF_SETTINGS)
		return NULL;
	out_map(&o, NULL);
	if (c->of == OF_BUNDLE)
		out_bundle(&o, object, false);
	else if (c->of == OF_IDENTITY)
		out_identity(&o, object, false);
	else
		out_rule(&o, object, false);
	out_end(&o);
	return o.text.data;
}

static bool has_line(const char *text, const char *line, size_t len)
{
	const char *end;

	for (; text && *text; text = *end ? end + 1 : end) {
		end = strchrnul(text, '\n');
		if ((size_t)(end - text) == len && !memcmp(text, line, len))
			return true;
	}
	return false;
}

/* Lines of TEXT that OTHER has not; certificates would say nothing to anybody */
static void print_lines(FILE *to, char sign, const char *text, const char *other)
{
	const char *line, *end;
	bool in_pem = false;

	for (line = text; line && *line; line = *end ? end + 1 : end) {
		end = strchrnul(line, '\n');
		in_pem |= !!memmem(line, end - line, "-----BEGIN", 10);
		if (!in_pem && !has_line(other, line, end - line))
			fprintf(to, "    %c %.*s\n", sign, (int)(end - line), line);
		in_pem &= !memmem(line, end - line, "-----END", 8);
	}
}

static void print_counts(FILE *to, const struct change *c)
{
	const struct bundle *have = c->have, *want = c->want;

	if (c->of != OF_BUNDLE)
		return;
	if (!have)
		fprintf(to, "    + %u anchors, %u revocations\n", want->certs.n, want->revoked.n);
	else if (want)
		fprintf(to, "      %u anchors, %u revocations; there were %u and %u\n",
			want->certs.n, want->revoked.n, have->certs.n, have->revoked.n);
}

/**
 * plan_print() - tell people
 * @p: plan
 * @to: where
 */
void plan_print(const struct plan *p, FILE *to)
{
	const struct change *c;
	char *have, *want;

	for (c = p->v; c < p->v + p->n; c++) {
		fprintf(to, "%s %s%s%s\n", kind_names[c->kind], of_names[c->of],
			c->of == OF_SETTINGS || c->kind == CHANGE_ORDER ? "" : " ",
			c->of == OF_SETTINGS || c->kind == CHANGE_ORDER ? "" : c->name);
		if (c->kind == CHANGE_DEL)
			continue;
		print_counts(to, c);
		have = describe(c, c->have);
		want = describe(c, c->want);
		if (c->of != OF_BUNDLE) {
			print_lines(to, '-', have, want);
			print_lines(to, '+', want, have);
		}
		free(have);
		free(want);
	}
}

/**
 * plan_out() - tell programs
 * @p: plan
 * @o: document
 */
void plan_out(const struct plan *p, struct out *o)
{
	const struct change *c;

	out_map(o, NULL);
	out_list(o, "changes");
	for (c = p->v; c < p->v + p->n; c++) {
		out_map(o, NULL);
		out_str(o, "change", kind_names[c->kind]);
		out_str(o, "of", of_names[c->of]);
		out_str(o, "name", c->name);
		out_end(o);
	}
	out_end(o);
	out_end(o);
}

static int prefix(struct error *e, const struct change *c)
{
	struct error old = *e;

	snprintf(e->text, sizeof(e->text), "%s %s: %.900s", of_names[c->of], c->name, old.text);
	e->code = old.code;
	return -1;
}

/* The key is in memory for as long as this takes */
static int put_import(struct nl *nl, const struct identity *id, bool is_new, struct error *e)
{
	struct blob key = {};
	struct arena a = {};
	int err;

	err = key_file_read(&a, id->key_file, &key, e);
	if (!err)
		err = is_new ? rnl_identity_new(nl, id, &key, e) :
		      rnl_cert_set(nl, id->name, &id->import, &key, e);
	if (key.data)
		explicit_bzero(key.data, key.len);
	arena_free(&a);
	return err;
}

static int put_identity(struct nl *nl, const struct change *c, struct error *e)
{
	const struct identity *id = c->want;

	if (c->kind == CHANGE_CERT)
		return put_import(nl, id, false, e);
	if (c->kind == CHANGE_SET && rnl_identity_del(nl, c->name, e))
		return -1;
	/* A configuration of "riptidesd show" knows no files: a key is made then */
	return id->import.n && id->key_file ? put_import(nl, id, true, e) :
	       rnl_identity_new(nl, id, NULL, e);
}

/**
 * plan_add() - first: what the new policy needs
 * @p: plan
 * @nl: kernel
 * @e: why not
 *
 * Return: 0; -1 when some of it may have been done.
 */
int plan_add(struct plan *p, struct nl *nl, struct error *e)
{
	const struct change *c;
	int err;

	for (c = p->v; c < p->v + p->n; c++) {
		err = 0;
		if (c->kind == CHANGE_DEL)
			continue;
		if (c->of == OF_SETTINGS)
			err = rnl_settings_set(nl, c->want, e);
		else if (c->of == OF_BUNDLE)
			err = rnl_bundle_put(nl, c->want, c->kind == CHANGE_SET, e);
		else if (c->of == OF_IDENTITY)
			err = put_identity(nl, c, e);
		if (err) {
			p->refused = c;
			return prefix(e, c);
		}
	}
	return 0;
}

/**
 * plan_policy() - then: the policy, at once
 * @p: plan
 * @nl: kernel
 * @e: why not
 *
 * Return: 0; -1 with the old policy in force.
 */
int plan_policy(const struct plan *p, struct nl *nl, struct error *e)
{
	struct change c = { .of = OF_RULE };
	struct error unused;
	unsigned int i;

	if (!p->rules)
		return 0;
	if (rnl_policy_discard(nl, e))
		return -1;
	for (i = 0; i < p->want->rules.n; i++) {
		c.name = p->want->rules.v[i].name;
		if (rnl_rule_new(nl, &p->want->rules.v[i], true, e)) {
			rnl_policy_discard(nl, &unused);
			return prefix(e, &c);
		}
	}
	return rnl_policy_commit(nl, NULL, e);
}

/**
 * plan_remove() - last: what nothing needs any more
 * @p: plan
 * @nl: kernel
 * @e: why not
 *
 * Return: 0 or -1.
 */
int plan_remove(const struct plan *p, struct nl *nl, struct error *e)
{
	const struct change *c;
	int err;

	for (c = p->v; c < p->v + p->n; c++) {
		err = 0;
		if (c->kind != CHANGE_DEL)
			continue;
		if (c->of == OF_BUNDLE)
			err = rnl_bundle_del(nl, c->name, e);
		else if (c->of == OF_IDENTITY)
			err = rnl_identity_del(nl, c->name, e);
		if (err)
			return prefix(e, c);
	}
	return 0;
}
