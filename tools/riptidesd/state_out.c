// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a kernel has, told as a configuration that would make it so
 */
#include <arpa/inet.h>
#include <string.h>

#include "out.h"
#include "pem.h"
#include "state.h"

/**
 * prefix_text() - write addresses as ADDRESS/LENGTH
 * @a: arena for the text
 * @p: addresses
 *
 * Return: the text; a single address has no length.
 */
char *prefix_text(struct arena *a, const struct prefix *p)
{
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop(p->size == 4 ? AF_INET : AF_INET6, p->address, text, sizeof(text));
	if (p->length == p->size * 8)
		return arena_str(a, text);
	return arena_printf(a, "%s/%u", text, p->length);
}

/**
 * ports_text() - write ports as FIRST-LAST
 * @a: arena for the text
 * @p: ports
 *
 * Return: the text; a single port is a number.
 */
char *ports_text(struct arena *a, const struct port_range *p)
{
	if (p->first == p->last)
		return arena_printf(a, "%u", p->first);
	return arena_printf(a, "%u-%u", p->first, p->last);
}

static void out_pem(struct out *o, const char *key, const struct blobs *certs)
{
	unsigned int i;
	struct buf b = {};

	if (!certs->n)
		return;
	out_list(o, key);
	for (i = 0; i < certs->n; i++) {
		pem_write(&b, "CERTIFICATE", &certs->v[i]);
		out_str(o, NULL, b.data);
		buf_free(&b);
	}
	out_end(o);
}

static void out_revoked(struct out *o, const struct revocations *revoked)
{
	struct arena a = {};
	unsigned int i;

	if (!revoked->n)
		return;
	out_list(o, "revoked");
	for (i = 0; i < revoked->n; i++) {
		out_map(o, NULL);
		out_str(o, "serial", hex_from(&a, &revoked->v[i].serial));
		if (revoked->v[i].issuer.len)
			out_str(o, "issuer", hex_from(&a, &revoked->v[i].issuer));
		out_end(o);
	}
	out_end(o);
	arena_free(&a);
}

static void out_counts(struct out *o, const struct counts *c)
{
	out_num(o, "handshakes", c->handshakes);
	out_num(o, "failures", c->failures);
	out_num(o, "tx-bytes", c->tx_bytes);
	out_num(o, "rx-bytes", c->rx_bytes);
}

/**
 * out_bundle() - the members of a bundle
 * @o: document, in a map
 * @b: bundle
 * @details: what is no configuration, too
 */
void out_bundle(struct out *o, const struct bundle *b, bool details)
{
	out_pem(o, "anchors", &b->certs);
	out_revoked(o, &b->revoked);
	if (details) {
		out_num(o, "generation", b->generation);
		out_counts(o, &b->counts);
	}
}

/**
 * out_identity() - the members of an identity
 * @o: document, in a map
 * @id: identity
 * @details: what is no configuration, too
 */
void out_identity(struct out *o, const struct identity *id, bool details)
{
	struct arena a = {};

	out_str(o, "spiffe-id", id->spiffe_id);
	out_strings(o, "dns", &id->dns);
	if (details) {
		out_str(o, "state", state_name(id->state));
		if (id->chain.n) {
			out_str(o, "not-before", time_text(&a, id->not_before));
			out_str(o, "not-after", time_text(&a, id->not_after));
			out_str(o, "serial", cert_serial(&a, &id->chain.v[0]));
			out_pem(o, "chain", &id->chain);
		}
		out_counts(o, &id->counts);
	}
	arena_free(&a);
}

static void out_numbers(struct out *o, const char *key, const struct numbers *n)
{
	unsigned int i;

	if (!n->n)
		return;
	out_list(o, key);
	for (i = 0; i < n->n; i++)
		out_num(o, NULL, n->v[i]);
	out_end(o);
}

static void out_selector(struct out *o, struct arena *a, const struct selector *s)
{
	unsigned int i;

	out_map(o, NULL);
	out_strings(o, "path", &s->path);
	if (s->verity.n) {
		out_list(o, "verity");
		for (i = 0; i < s->verity.n; i++)
			out_str(o, NULL, hex_from(a, &s->verity.v[i]));
		out_end(o);
	}
	out_strings(o, "comm", &s->comm);
	out_strings(o, "cmdline", &s->cmdline);
	out_numbers(o, "uid", &s->uid);
	out_numbers(o, "gid", &s->gid);
	out_strings(o, "cgroup", &s->cgroup);
	out_end(o);
}

static void out_where(struct out *o, struct arena *a, const struct rule *r)
{
	unsigned int i;

	if (r->prefixes.n) {
		out_list(o, "addresses");
		for (i = 0; i < r->prefixes.n; i++)
			out_str(o, NULL, prefix_text(a, &r->prefixes.v[i]));
		out_end(o);
	}
	if (r->ports.n) {
		out_list(o, "ports");
		for (i = 0; i < r->ports.n; i++)
			out_str(o, NULL, ports_text(a, &r->ports.v[i]));
		out_end(o);
	}
}

/**
 * out_terms() - what a rule asks of sessions
 * @o: document, in a map
 * @r: rule
 */
void out_terms(struct out *o, const struct rule *r)
{
	struct arena a = {};

	out_strings(o, "peers", &r->peers);
	out_strings(o, "alpn", &r->alpn);
	out_str(o, "server-name", r->server_name);
	if (r->confirm)
		out_bool(o, "confirm", true);
	if (r->allow_truncation)
		out_bool(o, "allow-truncation", true);
	if (r->attest)
		out_str(o, "attest", attest_names[1]);
	if (r->wait_ms)
		out_str(o, "wait", duration_text(&a, r->wait_ms));
	if (r->pq && r->pq < ARRAY_SIZE(pq_names))
		out_str(o, "pq", pq_names[r->pq]);
	if (r->max_age_s)
		out_str(o, "max-session-age", duration_text(&a, r->max_age_s * 1000ULL));
	if (r->kill_on_revoke)
		out_bool(o, "kill-on-revoke", true);
	arena_free(&a);
}

/**
 * out_rule() - the members of a rule
 * @o: document, in a map
 * @r: rule
 * @details: what is no configuration, too
 */
void out_rule(struct out *o, const struct rule *r, bool details)
{
	struct arena a = {};
	unsigned int i;

	out_str(o, "name", r->name);
	out_num(o, "priority", r->priority);
	out_str(o, "direction", direction_name(r->direction));
	out_str(o, "mode", mode_name(r->mode));
	out_str(o, "identity", r->identity);
	if (r->selectors.n) {
		out_list(o, "who");
		for (i = 0; i < r->selectors.n; i++)
			out_selector(o, &a, &r->selectors.v[i]);
		out_end(o);
	}
	out_where(o, &a, r);
	out_terms(o, r);
	if (details)
		out_counts(o, &r->counts);
	arena_free(&a);
}

/**
 * out_settings() - the settings that are given
 * @o: document, in a map
 * @s: settings
 */
void out_settings(struct out *o, const struct settings *s)
{
	struct arena a = {};

	if (s->deadline_ms)
		out_str(o, "deadline", duration_text(&a, s->deadline_ms));
	if (s->max_handshakes)
		out_num(o, "max-handshakes", s->max_handshakes);
	if (s->max_listener_handshakes)
		out_num(o, "max-listener-handshakes", s->max_listener_handshakes);
	if (s->egress)
		out_bool(o, "egress", s->egress == SWITCH_ON);
	if (s->ingress)
		out_bool(o, "ingress", s->ingress == SWITCH_ON);
	if (s->resumption && s->resumption <= ARRAY_SIZE(resumption_names))
		out_str(o, "resumption", resumption_names[s->resumption - 1]);
	if (s->ticket_lifetime_s)
		out_str(o, "ticket-lifetime", duration_text(&a, s->ticket_lifetime_s * 1000ULL));
	arena_free(&a);
}

/**
 * out_state() - all of it
 * @o: empty document
 * @s: state
 * @details: what is no configuration, too
 */
void out_state(struct out *o, const struct state *s, bool details)
{
	unsigned int i;

	out_map(o, NULL);
	out_map(o, "settings");
	out_settings(o, &s->settings);
	out_end(o);
	out_map(o, "trust-domains");
	for (i = 0; i < s->bundles.n; i++) {
		out_map(o, s->bundles.v[i].trust_domain);
		out_bundle(o, &s->bundles.v[i], details);
		out_end(o);
	}
	out_end(o);
	out_map(o, "identities");
	for (i = 0; i < s->identities.n; i++) {
		out_map(o, s->identities.v[i].name);
		out_identity(o, &s->identities.v[i], details);
		if (!details)
			out_note(o, "%s", state_name(s->identities.v[i].state));
		out_end(o);
	}
	out_end(o);
	out_list(o, "rules");
	for (i = 0; i < s->rules.n; i++) {
		out_map(o, NULL);
		out_rule(o, &s->rules.v[i], details);
		out_end(o);
	}
	out_end(o);
	out_end(o);
}
