// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a kernel has, or is to have
 */
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "state.h"

const char *const state_names[5] = {
	"needs-csr", "csr-pending", "valid", "renewing", "expired",
};

const char *const mode_names[6] = {
	"mutual", "simple", "permissive", "passthrough", "plaintext", "deny",
};

const char *const direction_names[2] = { "egress", "ingress" };
const char *const attest_names[2] = { "listen", "accept" };
const char *const pq_names[3] = { "prefer", "require", "off" };
const char *const resumption_names[3] = { "none", "deferred", "any" };

const char *state_name(u32 state)
{
	return state < ARRAY_SIZE(state_names) ? state_names[state] : "unknown";
}

const char *mode_name(u32 mode)
{
	return mode < ARRAY_SIZE(mode_names) ? mode_names[mode] : "unknown";
}

const char *direction_name(u32 direction)
{
	return direction < ARRAY_SIZE(direction_names) ? direction_names[direction] : "unknown";
}

/**
 * enum_find() - look a name up
 * @names: names of 0, 1, ...
 * @n: how many there are
 * @name: name
 *
 * Return: its value, -1 if it is none.
 */
int enum_find(const char *const *names, unsigned int n, const char *name)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (!strcmp(names[i], name))
			return i;
	}
	return -1;
}

static int blob_order(const struct blob *a, const struct blob *b)
{
	size_t len = a->len < b->len ? a->len : b->len;
	int order = len ? memcmp(a->data, b->data, len) : 0;

	return order ? order : (a->len > b->len) - (a->len < b->len);
}

static int by_blob(const void *a, const void *b)
{
	return blob_order(a, b);
}

static int by_revocation(const void *a, const void *b)
{
	const struct revocation *x = a, *y = b;
	int order = blob_order(&x->issuer, &y->issuer);

	return order ? order : blob_order(&x->serial, &y->serial);
}

static int by_trust_domain(const void *a, const void *b)
{
	const struct bundle *x = a, *y = b;

	return strcmp(x->trust_domain, y->trust_domain);
}

static int by_name(const void *a, const void *b)
{
	const struct identity *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* Sort, and leave one of each; returns how many are left */
static unsigned int sort_unique(void *v, unsigned int n, size_t size,
				int (*order)(const void *, const void *))
{
	unsigned int i, kept = 0;
	char *at = v;

	if (n < 2)
		return n;
	qsort(v, n, size, order);
	for (i = 1; i < n; i++) {
		if (!order(at + kept * size, at + i * size))
			continue;
		kept++;
		memmove(at + kept * size, at + i * size, size);
	}
	return kept + 1;
}

static void bundle_sort(struct bundle *b)
{
	struct blob *serial;
	unsigned int i;

	for (i = 0; i < b->revoked.n; i++) {
		serial = &b->revoked.v[i].serial;
		while (serial->len > 1 && !serial->data[0]) {
			serial->data++;
			serial->len--;
		}
	}
	b->certs.n = sort_unique(b->certs.v, b->certs.n, sizeof(*b->certs.v), by_blob);
	b->revoked.n = sort_unique(b->revoked.v, b->revoked.n, sizeof(*b->revoked.v),
				   by_revocation);
}

/**
 * state_sort() - bring all into the order that struct state promises
 * @s: state
 */
void state_sort(struct state *s)
{
	unsigned int i;

	if (s->bundles.n)
		qsort(s->bundles.v, s->bundles.n, sizeof(*s->bundles.v), by_trust_domain);
	if (s->identities.n)
		qsort(s->identities.v, s->identities.n, sizeof(*s->identities.v), by_name);
	for (i = 0; i < s->bundles.n; i++)
		bundle_sort(&s->bundles.v[i]);
}

/**
 * state_free() - free a state, which is empty afterwards
 * @s: state
 */
void state_free(struct state *s)
{
	arena_free(&s->arena);
	memset(s, 0, sizeof(*s));
}

/**
 * state_bundle() - look a bundle up
 * @s: sorted state
 * @trust_domain: its trust domain
 *
 * Return: the bundle or NULL.
 */
struct bundle *state_bundle(const struct state *s, const char *trust_domain)
{
	struct bundle key = { .trust_domain = (char *)trust_domain };

	if (!s->bundles.n)
		return NULL;
	return bsearch(&key, s->bundles.v, s->bundles.n, sizeof(key), by_trust_domain);
}

/**
 * state_identity() - look an identity up
 * @s: sorted state
 * @name: its name
 *
 * Return: the identity or NULL.
 */
struct identity *state_identity(const struct state *s, const char *name)
{
	struct identity key = { .name = (char *)name };

	if (!s->identities.n)
		return NULL;
	return bsearch(&key, s->identities.v, s->identities.n, sizeof(key), by_name);
}

/**
 * bundle_eq() - do two bundles hold the same?
 * @a: sorted bundle
 * @b: sorted bundle
 *
 * Return: true if so.
 */
bool bundle_eq(const struct bundle *a, const struct bundle *b)
{
	unsigned int i;

	if (!blobs_eq(&a->certs, &b->certs) || a->revoked.n != b->revoked.n)
		return false;
	for (i = 0; i < a->revoked.n; i++) {
		if (by_revocation(&a->revoked.v[i], &b->revoked.v[i]))
			return false;
	}
	return true;
}

/**
 * identity_eq() - are two identities the same but for their certificates?
 * @a: identity
 * @b: identity
 *
 * Return: true if so.
 */
bool identity_eq(const struct identity *a, const struct identity *b)
{
	unsigned int i;

	if (strcmp(a->spiffe_id, b->spiffe_id) || a->dns.n != b->dns.n)
		return false;
	for (i = 0; i < a->dns.n; i++) {
		if (strcmp(a->dns.v[i], b->dns.v[i]))
			return false;
	}
	return true;
}

/**
 * rule_eq() - are two rules the same but for their counters?
 * @a: rule
 * @b: rule
 *
 * What they look like is all there is to them.
 *
 * Return: true if so.
 */
bool rule_eq(const struct rule *a, const struct rule *b)
{
	struct out x = {}, y = {};
	bool same;

	out_rule(&x, a, false);
	out_rule(&y, b, false);
	same = x.text.len == y.text.len && !memcmp(x.text.data, y.text.data, x.text.len);
	buf_free(&x.text);
	buf_free(&y.text);
	return same;
}
