// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/riptides/connections
 */

#include <linux/kernel.h>
#include <linux/user_namespace.h>
#include <linux/seq_file.h>

#include "conn.h"
#include "conn_row.h"
#include "json.h"
#include "kex.h"
#include "procfs.h"
#include "sock.h"
#include "suite.h"

/* As Documentation/netlink/specs/riptides.yaml has them */
static const char * const state_names[] = {
	[RIPTIDES_CONNECTION_STATE_IDLE]	= "idle",
	[RIPTIDES_CONNECTION_STATE_HANDSHAKE]	= "handshake",
	[RIPTIDES_CONNECTION_STATE_OPEN]	= "open",
	[RIPTIDES_CONNECTION_STATE_FAILED]	= "failed",
	[RIPTIDES_CONNECTION_STATE_WAITING]	= "waiting",
	[RIPTIDES_CONNECTION_STATE_CLEAR]	= "clear",
};

static const char * const mode_names[] = {
	[RIPTIDES_CONNECTION_MODE_MUTUAL]		= "mutual",
	[RIPTIDES_CONNECTION_MODE_SIMPLE]		= "simple",
	[RIPTIDES_CONNECTION_MODE_PERMISSIVE_PLAINTEXT]	= "permissive-plaintext",
};

static const char * const role_names[] = {
	[RIPTIDES_CONNECTION_ROLE_NONE]		= "none",
	[RIPTIDES_CONNECTION_ROLE_CLIENT]	= "client",
	[RIPTIDES_CONNECTION_ROLE_SERVER]	= "server",
};

static const char * const path_names[] = {
	[RIPTIDES_CONNECTION_DATAPATH_NONE]	= "none",
	[RIPTIDES_CONNECTION_DATAPATH_KTLS]	= "ktls",
	[RIPTIDES_CONNECTION_DATAPATH_SOFTWARE]	= "software",
};

static void put_name(struct rpt_json *j, const char *key, const char * const *names,
		     unsigned int n, u32 value)
{
	rpt_json_string(j, key, value < n ? names[value] : "unknown");
}

static void put_session(struct rpt_json *j, const struct rpt_conn_row *row)
{
	const struct rpt_kex_group *kex = rpt_kex_find(row->group);

	if (!row->suite)
		return;
	rpt_json_string(j, "version", row->version == 0x0304 ? "TLS 1.3" : "unknown");
	rpt_json_string(j, "suite", row->suite->name);
	rpt_json_string(j, "group", kex ? kex->name : "unknown");
	rpt_json_bool(j, "resumed", row->resumed);
	rpt_json_number(j, "tx-rekeys", row->tx_rekeys);
	rpt_json_number(j, "rx-rekeys", row->rx_rekeys);
	if (row->alpn_len)
		rpt_json_text(j, "alpn", row->alpn, row->alpn_len);
}

static void put_row(struct rpt_json *j, const struct rpt_conn_row *row)
{
	rpt_json_number(j, "id", row->id);
	put_name(j, "state", state_names, ARRAY_SIZE(state_names), row->state);
	put_name(j, "mode", mode_names, ARRAY_SIZE(mode_names), row->mode);
	put_name(j, "role", role_names, ARRAY_SIZE(role_names), row->role);
	put_name(j, "tx-datapath", path_names, ARRAY_SIZE(path_names), row->tx_datapath);
	put_name(j, "rx-datapath", path_names, ARRAY_SIZE(path_names), row->rx_datapath);
	rpt_json_address(j, "local-address", &row->local);
	rpt_json_number(j, "local-port", row->local_port);
	rpt_json_address(j, "peer-address", &row->peer);
	rpt_json_number(j, "peer-port", row->peer_port);
	rpt_json_string(j, "own-id", row->own_id);
	rpt_json_string(j, "peer-id", row->peer_id);
	rpt_json_string(j, "rule", row->rule);
	put_session(j, row);
	rpt_json_number(j, "age-ms", row->age_ms);
	rpt_json_number(j, "tx-bytes", row->tx_bytes);
	rpt_json_number(j, "rx-bytes", row->rx_bytes);
	rpt_json_number(j, "uid", from_kuid_munged(seq_user_ns(j->seq), row->uid));
	if (row->err)
		rpt_json_number(j, "error", row->err);
	if (row->alert >= 0)
		rpt_json_number(j, "alert", row->alert);
}

static bool find_conn(struct net *net, u64 *id)
{
	struct rpt_sock *rs = rpt_conn_next(net, *id);

	if (!rs)
		return false;
	*id = rs->id;
	rpt_sock_put(rs);
	return true;
}

static bool put_conn(struct net *net, u64 id, struct rpt_json *j)
{
	struct rpt_sock *rs = rpt_conn_next(net, id);
	struct rpt_conn_row row;
	bool is_one;

	if (!rs)
		return false;
	is_one = rs->id == id && rpt_conn_row_get(rs, &row);
	rpt_sock_put(rs);
	if (!is_one)
		return false;
	put_row(j, &row);
	rpt_conn_row_put(&row);
	return true;
}

const struct rpt_procfs_table rpt_procfs_connections = {
	.name	= "connections",
	.find	= find_conn,
	.put	= put_conn,
};
