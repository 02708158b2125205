// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands about connections
 */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

static const char *const states[] = {
	"idle", "handshake", "open", "failed", "waiting", "clear", NULL,
};

static const char *const modes[] = { "mutual", "simple", "permissive-plaintext", NULL };
static const char *const roles[] = { "none", "client", "server", NULL };
static const char *const datapaths[] = { "none", "ktls", "software", NULL };

static const struct code { u64 value; const char *name; } codes[] = {
	{ 0x0303, "TLS 1.2" },
	{ 0x0304, "TLS 1.3" },
	{ 0x1301, "TLS_AES_128_GCM_SHA256" },
	{ 0x1302, "TLS_AES_256_GCM_SHA384" },
	{ 0x1303, "TLS_CHACHA20_POLY1305_SHA256" },
	{ 0x0017, "secp256r1" },
	{ 0x0018, "secp384r1" },
	{ 0x001d, "x25519" },
	{ 0x11ec, "X25519MLKEM768" },
};

/* NULL if there is nothing to tell */
static const char *code_name(struct arena *a, u64 value)
{
	unsigned int i;

	if (!value)
		return NULL;
	for (i = 0; i < ARRAY_SIZE(codes); i++) {
		if (codes[i].value == value)
			return codes[i].name;
	}
	return arena_printf(a, "0x%04llx", (unsigned long long)value);
}

static const char *nth(const char *const *names, u64 value)
{
	if (value == NONE)
		return NULL;
	for (; *names && value; value--)
		names++;
	return *names ? *names : "unknown";
}

static void connection_json(struct out *o, struct arena *a, const struct connection *c)
{
	out_map(o, NULL);
	out_num(o, "id", c->id);
	out_str(o, "state", nth(states, c->state));
	out_str(o, "mode", nth(modes, c->mode));
	out_str(o, "role", nth(roles, c->role));
	out_str(o, "local", endpoint_text(a, &c->local));
	out_str(o, "peer", endpoint_text(a, &c->peer));
	out_str(o, "own-id", c->own_id);
	out_str(o, "peer-id", c->peer_id);
	out_str(o, "rule", c->rule);
	out_str(o, "tx-datapath", nth(datapaths, c->tx_datapath));
	out_str(o, "rx-datapath", nth(datapaths, c->rx_datapath));
	out_str(o, "version", code_name(a, c->version));
	out_str(o, "suite", code_name(a, c->suite));
	out_str(o, "group", code_name(a, c->group));
	if (c->resumed)
		out_bool(o, "resumed", true);
	out_str(o, "alpn", c->alpn);
	out_num(o, "age-ms", c->age_ms);
	out_num(o, "tx-bytes", c->tx_bytes);
	out_num(o, "rx-bytes", c->rx_bytes);
	out_num(o, "tx-rekeys", c->tx_rekeys);
	out_num(o, "rx-rekeys", c->rx_rekeys);
	out_num(o, "uid", c->uid);
	if (c->error)
		out_str(o, "error", strerrorname_np(c->error));
	if (c->alert != NONE)
		out_num(o, "alert", c->alert);
	out_end(o);
}

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

/* As it is: where nothing is protected, that is what it says */
static void connection_row(struct table *t, struct arena *a, const struct connection *c)
{
	const char *mode = nth(modes, c->mode);
	char *path;

	path = arena_printf(a, "%s/%s", nth(datapaths, c->tx_datapath),
			    nth(datapaths, c->rx_datapath));
	table_row(t, arena_printf(a, "%llu", (unsigned long long)c->id),
		  nth(states, c->state), or_empty(mode), or_empty(endpoint_text(a, &c->local)),
		  or_empty(endpoint_text(a, &c->peer)), or_empty(c->own_id),
		  or_empty(c->peer_id), path, or_empty(c->rule),
		  remaining_text(a, c->age_ms / 1000), NULL);
}

static int connection_list(struct cmd *c)
{
	struct connections all = {};
	struct out o = { .json = true };
	struct table t = {};
	struct error e = {};
	struct arena a = {};
	int status = EXIT_OK;
	unsigned int i;
	struct nl nl;

	cmd_open(&nl);
	if (rnl_dump_connections(&nl, &a, &all, &e)) {
		status = cmd_fail(&e);
	} else if (c->json) {
		out_list(&o, NULL);
		for (i = 0; i < all.n; i++)
			connection_json(&o, &a, &all.v[i]);
		out_end(&o);
		cmd_print(&o);
	} else {
		table_row(&t, "ID", "STATE", "MODE", "LOCAL", "PEER", "OWN SPIFFE ID",
			  "PEER SPIFFE ID", "TX/RX", "RULE", "AGE", NULL);
		for (i = 0; i < all.n; i++)
			connection_row(&t, &a, &all.v[i]);
		table_print(&t, stdout);
	}
	rnl_close(&nl);
	arena_free(&a);
	return status;
}

static int connection_kill(struct cmd *c)
{
	int status = EXIT_OK;
	struct error e = {};
	struct nl nl;
	char *end;
	u64 id;

	id = strtoull(c->argv[0], &end, 10);
	if (!id || *end || c->argv[0][0] == '-')
		cmd_usage("\"%s\" is not the number of a connection", c->argv[0]);
	cmd_open(&nl);
	if (rnl_connection_del(&nl, id, &e))
		status = cmd_fail(&e);
	rnl_close(&nl);
	return status;
}

int cmd_connections(struct cmd *c)
{
	static const struct subcommand subs[] = {
		{ "list", 0, connection_list },
		{ "kill", 1, connection_kill },
	};

	return cmd_sub(c, "connections", subs, ARRAY_SIZE(subs));
}
