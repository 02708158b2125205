/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is told about a connection
 */
#ifndef _RPT_CONN_ROW_H
#define _RPT_CONN_ROW_H

#include <linux/in6.h>
#include <linux/uidgid.h>
#include <uapi/linux/riptides_netlink.h>

#include "session.h"

struct rpt_opts;
struct rpt_peer;
struct rpt_sock;
struct rpt_suite;
struct rpt_svid;

/**
 * struct rpt_conn_row - a connection as it was at one moment
 * @id: its number
 * @state: enum riptides_connection_state
 * @mode: enum riptides_connection_mode
 * @role: enum riptides_connection_role
 * @tx_datapath: enum riptides_connection_datapath, who seals
 * @rx_datapath: the same, who opens
 * @version: protocol version; 0 as long as the handshake is not complete
 * @suite: cipher suite, or NULL
 * @group: key exchange group, or 0
 * @resumed: a ticket stood for certificates
 * @local: our address, IPv4 as mapped into IPv6
 * @peer: the peer's address
 * @local_port: our port
 * @peer_port: the peer's port
 * @age_ms: since when it has been ours
 * @tx_bytes: sent and acknowledged
 * @rx_bytes: received
 * @tx_rekeys: KeyUpdates sent
 * @rx_rekeys: KeyUpdates received
 * @err: errno, positive, that it failed with, or 0
 * @alert: last alert but close_notify, or -1
 * @uid: owner of the socket
 * @alpn_len: length of @alpn
 * @alpn: application protocol
 * @own_id: our SPIFFE ID, or NULL
 * @peer_id: the peer's SPIFFE ID, or NULL
 * @rule: name of the rule, or NULL
 * @svid: keeps @own_id
 * @who: keeps @peer_id
 * @opts: keeps @rule
 */
struct rpt_conn_row {
	u64 id;
	u32 state;
	u32 mode;
	u32 role;
	u32 tx_datapath;
	u32 rx_datapath;
	u16 version;
	const struct rpt_suite *suite;
	u16 group;
	bool resumed;
	struct in6_addr local;
	struct in6_addr peer;
	u16 local_port;
	u16 peer_port;
	s64 age_ms;
	u64 tx_bytes;
	u64 rx_bytes;
	u64 tx_rekeys;
	u64 rx_rekeys;
	int err;
	s16 alert;
	kuid_t uid;
	u8 alpn_len;
	u8 alpn[sizeof_field(struct rpt_session, alpn)];
	const char *own_id;
	const char *peer_id;
	const char *rule;
	struct rpt_svid *svid;
	struct rpt_peer *who;
	struct rpt_opts *opts;
};

bool rpt_conn_row_get(struct rpt_sock *rs, struct rpt_conn_row *row);
void rpt_conn_row_put(struct rpt_conn_row *row);

#endif /* _RPT_CONN_ROW_H */
