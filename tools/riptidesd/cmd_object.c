// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands about one kind of object: identity, bundle, rule, csr
 */
#include <string.h>

#include "cmd.h"
#include "conf.h"
#include "pem.h"

static int finish(struct nl *nl, int err, const struct error *e)
{
	rnl_close(nl);
	return err ? cmd_fail(e) : EXIT_OK;
}

static char *number(struct arena *a, u64 n)
{
	return arena_printf(a, "%llu", (unsigned long long)n);
}

static char *joined(struct arena *a, const struct strings *s)
{
	char *text = arena_str(a, s->n ? s->v[0] : "");
	unsigned int i;

	for (i = 1; i < s->n; i++)
		text = arena_printf(a, "%s,%s", text, s->v[i]);
	return text;
}

static void identities_json(const struct state *s)
{
	struct out o = { .json = true };
	unsigned int i;

	out_list(&o, NULL);
	for (i = 0; i < s->identities.n; i++) {
		out_map(&o, NULL);
		out_str(&o, "name", s->identities.v[i].name);
		out_identity(&o, &s->identities.v[i], true);
		out_end(&o);
	}
	out_end(&o);
	cmd_print(&o);
}

static void identities_table(struct state *s)
{
	const struct identity *id;
	struct table t = {};
	unsigned int i;

	table_row(&t, "NAME", "STATE", "EXPIRES IN", "SPIFFE ID", "DNS", NULL);
	for (i = 0; i < s->identities.n; i++) {
		id = &s->identities.v[i];
		table_row(&t, id->name, state_name(id->state),
			  id->chain.n ? remaining_text(&s->arena, id->not_after - now_seconds()) :
			  "", id->spiffe_id, joined(&s->arena, &id->dns), NULL);
	}
	table_print(&t, stdout);
}

static int identity_list(struct cmd *c)
{
	struct state s = {};
	struct error e = {};
	struct nl nl;
	int err;

	cmd_open(&nl);
	err = rnl_dump_identities(&nl, &s, &e);
	if (!err && c->json)
		identities_json(&s);
	else if (!err)
		identities_table(&s);
	state_free(&s);
	return finish(&nl, err, &e);
}

static int identity_get(struct cmd *c)
{
	struct out o = { .json = c->json };
	struct identity id;
	struct error e = {};
	struct arena a = {};
	struct nl nl;
	int err;

	cmd_open(&nl);
	err = rnl_identity_get(&nl, &a, c->argv[0], &id, &e);
	if (!err) {
		out_map(&o, NULL);
		out_str(&o, "name", id.name);
		out_identity(&o, &id, true);
		out_end(&o);
		cmd_print(&o);
	}
	arena_free(&a);
	return finish(&nl, err, &e);
}

static int identity_add(struct cmd *c)
{
	struct identity id = {};
	struct error e = {};
	struct nl nl;

	if (c->argc < 2)
		cmd_usage("identity add takes NAME SPIFFE-ID [DNS]...");
	id.name = c->argv[0];
	id.spiffe_id = c->argv[1];
	id.dns.v = c->argv + 2;
	id.dns.n = c->argc - 2;
	cmd_open(&nl);
	return finish(&nl, rnl_identity_new(&nl, &id, NULL, &e), &e);
}

static int identity_cert(struct cmd *c)
{
	struct blobs chain = {};
	struct blob key = {};
	struct buf text = {};
	struct error e = {};
	struct arena a = {};
	struct nl nl;
	int err;

	if (c->argc < 2 || c->argc > 3)
		cmd_usage("identity cert takes NAME CHAIN.pem [KEY.pem]");
	cmd_open(&nl);
	err = file_read(c->argv[1], PEM_FILE_MAX, &text, &e) ||
	      pem_read(&a, c->argv[1], text.data, text.len, "CERTIFICATE", &chain, &e) ||
	      (c->argc == 3 && key_file_read(&a, c->argv[2], &key, &e)) ||
	      rnl_cert_set(&nl, c->argv[0], &chain, key.len ? &key : NULL, &e);
	if (key.data)
		explicit_bzero(key.data, key.len);
	buf_free(&text);
	arena_free(&a);
	return finish(&nl, err, &e);
}

static int identity_del(struct cmd *c)
{
	struct error e = {};
	struct nl nl;

	cmd_open(&nl);
	return finish(&nl, rnl_identity_del(&nl, c->argv[0], &e), &e);
}

int cmd_identity(struct cmd *c)
{
	static const struct subcommand subs[] = {
		{ "list", 0, identity_list },
		{ "get", 1, identity_get },
		{ "add", -1, identity_add },
		{ "cert", -1, identity_cert },
		{ "del", 1, identity_del },
	};

	return cmd_sub(c, "identity", subs, ARRAY_SIZE(subs));
}

int cmd_csr(struct cmd *c)
{
	struct buf pem = {};
	struct error e = {};
	struct arena a = {};
	struct blob csr;
	struct out o = { .json = true };
	struct nl nl;
	int err;

	if (c->argc != 1)
		cmd_usage("csr takes the name of an identity");
	cmd_open(&nl);
	err = rnl_csr(&nl, &a, c->argv[0], &csr, &e);
	if (!err) {
		pem_write(&pem, "CERTIFICATE REQUEST", &csr);
		if (c->json) {
			out_map(&o, NULL);
			out_str(&o, "name", c->argv[0]);
			out_str(&o, "csr", pem.data);
			out_end(&o);
			cmd_print(&o);
		} else {
			fputs(pem.data, stdout);
		}
	}
	buf_free(&pem);
	arena_free(&a);
	return finish(&nl, err, &e);
}

static void bundle_json(struct out *o, const struct bundle *b)
{
	out_map(o, NULL);
	out_str(o, "trust-domain", b->trust_domain);
	out_bundle(o, b, true);
	out_end(o);
}

static void bundles_show(struct cmd *c, struct state *s)
{
	struct out o = { .json = true };
	struct table t = {};
	struct bundle *b;
	unsigned int i;

	if (c->json) {
		out_list(&o, NULL);
		for (i = 0; i < s->bundles.n; i++)
			bundle_json(&o, &s->bundles.v[i]);
		out_end(&o);
		cmd_print(&o);
		return;
	}
	table_row(&t, "TRUST DOMAIN", "ANCHORS", "REVOCATIONS", "GENERATION", "HANDSHAKES",
		  "FAILURES", NULL);
	for (i = 0; i < s->bundles.n; i++) {
		b = &s->bundles.v[i];
		table_row(&t, b->trust_domain, number(&s->arena, b->certs.n),
			  number(&s->arena, b->revoked.n), number(&s->arena, b->generation),
			  number(&s->arena, b->counts.handshakes),
			  number(&s->arena, b->counts.failures), NULL);
	}
	table_print(&t, stdout);
}

static int bundle_list(struct cmd *c)
{
	struct state s = {};
	struct error e = {};
	struct nl nl;
	int err;

	cmd_open(&nl);
	err = rnl_dump_bundles(&nl, &s, &e);
	if (!err)
		bundles_show(c, &s);
	state_free(&s);
	return finish(&nl, err, &e);
}

static int bundle_get(struct cmd *c)
{
	struct out o = { .json = c->json };
	struct state s = {};
	struct error e = {};
	struct bundle *b;
	struct nl nl;
	int err;

	cmd_open(&nl);
	err = rnl_dump_bundles(&nl, &s, &e);
	b = err ? NULL : state_bundle(&s, c->argv[0]);
	if (b) {
		bundle_json(&o, b);
		cmd_print(&o);
	} else if (!err) {
		err = fail(&e, "there is no bundle of that trust domain");
	}
	state_free(&s);
	return finish(&nl, err, &e);
}

static int bundle_set(struct cmd *c)
{
	struct state s = {};
	struct error e = {};
	struct buf text = {};
	struct bundle b = {};
	struct bundle *old;
	struct nl nl;
	int i, err;

	if (c->argc < 2)
		cmd_usage("bundle set takes TRUST-DOMAIN FILE...");
	cmd_open(&nl);
	err = rnl_dump_bundles(&nl, &s, &e);
	b.trust_domain = c->argv[0];
	for (i = 1; !err && i < c->argc; i++) {
		err = file_read(c->argv[i], PEM_FILE_MAX, &text, &e) ||
		      certs_read(&s.arena, c->argv[i], text.data, text.len, &b.certs, &e);
		buf_free(&text);
	}
	if (!err) {
		old = state_bundle(&s, b.trust_domain);
		if (old)
			b.revoked = old->revoked;
		err = rnl_bundle_put(&nl, &b, old, &e);
	}
	state_free(&s);
	return finish(&nl, err, &e);
}

static int bundle_del(struct cmd *c)
{
	struct error e = {};
	struct nl nl;

	cmd_open(&nl);
	return finish(&nl, rnl_bundle_del(&nl, c->argv[0], &e), &e);
}

int cmd_bundle(struct cmd *c)
{
	static const struct subcommand subs[] = {
		{ "list", 0, bundle_list },
		{ "get", 1, bundle_get },
		{ "set", -1, bundle_set },
		{ "del", 1, bundle_del },
	};

	return cmd_sub(c, "bundle", subs, ARRAY_SIZE(subs));
}

static char *where_text(struct arena *a, const struct rule *r)
{
	struct strings s = {};
	char *addresses, *ports;
	unsigned int i;

	for (i = 0; i < r->prefixes.n; i++)
		*vec_push(a, &s) = prefix_text(a, &r->prefixes.v[i]);
	addresses = s.n ? joined(a, &s) : arena_str(a, "any");
	memset(&s, 0, sizeof(s));
	for (i = 0; i < r->ports.n; i++)
		*vec_push(a, &s) = ports_text(a, &r->ports.v[i]);
	ports = s.n ? joined(a, &s) : arena_str(a, "any");
	return arena_printf(a, "%s port %s", addresses, ports);
}

static void rules_show(struct cmd *c, struct state *s)
{
	struct out o = { .json = true };
	struct table t = {};
	const struct rule *r;
	unsigned int i;

	if (c->json) {
		out_list(&o, NULL);
		for (i = 0; i < s->rules.n; i++) {
			out_map(&o, NULL);
			out_rule(&o, &s->rules.v[i], true);
			out_end(&o);
		}
		out_end(&o);
		cmd_print(&o);
		return;
	}
	table_row(&t, "PRIORITY", "NAME", "DIRECTION", "MODE", "IDENTITY", "HANDSHAKES",
		  "FAILURES", "WHERE", NULL);
	for (i = 0; i < s->rules.n; i++) {
		r = &s->rules.v[i];
		table_row(&t, number(&s->arena, r->priority), r->name,
			  direction_name(r->direction), mode_name(r->mode),
			  r->identity ? r->identity : "", number(&s->arena, r->counts.handshakes),
			  number(&s->arena, r->counts.failures), where_text(&s->arena, r), NULL);
	}
	table_print(&t, stdout);
}

static int rule_list(struct cmd *c)
{
	struct state s = {};
	struct error e = {};
	struct nl nl;
	int err;

	cmd_open(&nl);
	err = rnl_dump_rules(&nl, &s, &e);
	if (!err)
		rules_show(c, &s);
	state_free(&s);
	return finish(&nl, err, &e);
}

static int rule_get(struct cmd *c)
{
	struct out o = { .json = c->json };
	struct error e = {};
	struct arena a = {};
	struct rule r;
	struct nl nl;
	int err;

	cmd_open(&nl);
	err = rnl_rule_get(&nl, &a, c->argv[0], &r, &e);
	if (!err) {
		out_map(&o, NULL);
		out_rule(&o, &r, true);
		out_end(&o);
		cmd_print(&o);
	}
	arena_free(&a);
	return finish(&nl, err, &e);
}

static int rule_del(struct cmd *c)
{
	struct error e = {};
	struct nl nl;

	cmd_open(&nl);
	return finish(&nl, rnl_rule_del(&nl, c->argv[0], &e), &e);
}

int cmd_rule(struct cmd *c)
{
	static const struct subcommand subs[] = {
		{ "list", 0, rule_list },
		{ "get", 1, rule_get },
		{ "del", 1, rule_del },
	};

	return cmd_sub(c, "rule", subs, ARRAY_SIZE(subs));
}
