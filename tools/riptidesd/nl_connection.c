// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generic netlink family riptides: connections
 */
#include <string.h>

#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include "nl_attr.h"
#include "nl_call.h"

static void get_endpoints(struct connection *c, struct nlattr *attr)
{
	switch (nla_type(attr)) {
	case RIPTIDES_A_CONNECTION_LOCAL_ADDRESS:
		nl_get_address(attr, c->local.address, &c->local.size);
		break;
	case RIPTIDES_A_CONNECTION_LOCAL_PORT:
		c->local.port = nl_get_number(attr, false);
		break;
	case RIPTIDES_A_CONNECTION_PEER_ADDRESS:
		nl_get_address(attr, c->peer.address, &c->peer.size);
		break;
	case RIPTIDES_A_CONNECTION_PEER_PORT:
		c->peer.port = nl_get_number(attr, false);
		break;
	}
}

static void get_strings(struct arena *a, struct connection *c, struct nlattr *attr)
{
	switch (nla_type(attr)) {
	case RIPTIDES_A_CONNECTION_OWN_ID:
		c->own_id = nl_get_text(a, attr);
		break;
	case RIPTIDES_A_CONNECTION_PEER_ID:
		c->peer_id = nl_get_text(a, attr);
		break;
	case RIPTIDES_A_CONNECTION_RULE:
		c->rule = nl_get_text(a, attr);
		break;
	case RIPTIDES_A_CONNECTION_ALPN:
		c->alpn = nl_get_text(a, attr);
		break;
	}
}

/* Where the numbers go */
static u64 *number_of(struct connection *c, int type)
{
	switch (type) {
	case RIPTIDES_A_CONNECTION_ID:
		return &c->id;
	case RIPTIDES_A_CONNECTION_STATE:
		return &c->state;
	case RIPTIDES_A_CONNECTION_MODE:
		return &c->mode;
	case RIPTIDES_A_CONNECTION_ROLE:
		return &c->role;
	case RIPTIDES_A_CONNECTION_TX_DATAPATH:
		return &c->tx_datapath;
	case RIPTIDES_A_CONNECTION_RX_DATAPATH:
		return &c->rx_datapath;
	case RIPTIDES_A_CONNECTION_VERSION:
		return &c->version;
	case RIPTIDES_A_CONNECTION_SUITE:
		return &c->suite;
	case RIPTIDES_A_CONNECTION_GROUP:
		return &c->group;
	case RIPTIDES_A_CONNECTION_AGE_MS:
		return &c->age_ms;
	case RIPTIDES_A_CONNECTION_TX_BYTES:
		return &c->tx_bytes;
	case RIPTIDES_A_CONNECTION_RX_BYTES:
		return &c->rx_bytes;
	case RIPTIDES_A_CONNECTION_TX_REKEYS:
		return &c->tx_rekeys;
	case RIPTIDES_A_CONNECTION_RX_REKEYS:
		return &c->rx_rekeys;
	case RIPTIDES_A_CONNECTION_ERROR:
		return &c->error;
	case RIPTIDES_A_CONNECTION_UID:
		return &c->uid;
	}
	return NULL;
}

int rnl_parse_connection(struct arena *a, struct nlmsghdr *msg, struct connection *out)
{
	struct nlattr *attr;
	u64 *number;
	int left;

	memset(out, 0, sizeof(*out));
	out->mode = NONE;
	out->alert = NONE;
	for_each_attribute(attr, msg, left) {
		number = number_of(out, nla_type(attr));
		if (number)
			*number = nl_get_number(attr, false);
		else if (nla_type(attr) == RIPTIDES_A_CONNECTION_ALERT)
			out->alert = nl_get_number(attr, false);
		else if (nla_type(attr) == RIPTIDES_A_CONNECTION_RESUMED)
			out->resumed = true;
		else
			get_endpoints(out, attr);
		get_strings(a, out, attr);
	}
	return out->id ? 0 : -1;
}

struct into {
	struct arena *a;
	struct connections *all;
};

static void clear(void *ctx)
{
	struct into *into = ctx;

	memset(into->all, 0, sizeof(*into->all));
}

static int on_connection(struct nlmsghdr *msg, void *ctx)
{
	struct into *into = ctx;

	return rnl_parse_connection(into->a, msg, vec_push(into->a, into->all));
}

/**
 * rnl_dump_connections() - all connections, the oldest first
 * @nl: handle
 * @a: arena for them
 * @out: where to put them
 * @e: why not
 *
 * They come and go while they are told of: that is no reason to begin anew.
 *
 * Return: 0 or -1.
 */
int rnl_dump_connections(struct nl *nl, struct arena *a, struct connections *out,
			 struct error *e)
{
	struct into into = { a, out };

	return rnl_dump(nl, RIPTIDES_CMD_CONNECTION_GET, on_connection, clear, &into, e);
}

/**
 * rnl_connection_del() - end a connection
 * @nl: handle
 * @id: its number
 * @e: why not
 *
 * Return: 0 or -1.
 */
int rnl_connection_del(struct nl *nl, u64 id, struct error *e)
{
	struct nl_msg *msg = rnl_request(nl, RIPTIDES_CMD_CONNECTION_DEL, NLM_F_ACK, 64);
	u32 small = id;
	int err;

	/* As the specification's uint: 4 bytes where they do */
	if (small == id)
		err = nla_put_u32(msg, RIPTIDES_A_CONNECTION_ID, small);
	else
		err = nla_put(msg, RIPTIDES_A_CONNECTION_ID, sizeof(id), &id);
	if (err)
		die(EXIT_FAILED, "a request is too large");
	return rnl_call(nl, msg, NULL, NULL, e);
}
