/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One TLS connection over the engine, without I/O: the handshake, then the
 * record layer that the kernel leaves to kTLS. A test vehicle.
 */
#ifndef _RIPTIDES_ENGINE_LINK_H
#define _RIPTIDES_ENGINE_LINK_H

#include "shim.h"
#include "hs.h"
#include "record.h"
#include "session.h"

/**
 * struct conn - a connection
 * @hs: the handshake, NULL once it is over
 * @s: the session, valid once @up
 * @rx: keys of what comes
 * @tx: keys of what goes
 * @up: the handshake succeeded
 * @rx_closed: the peer sent close_notify
 * @tx_closed: we did
 * @err: 0, or why the connection failed
 * @alert_sent: alert that we sent, -1: none
 * @alert_received: alert that came, -1: none
 * @tx_max: longest plaintext of a record of ours, 0: what the peer allows
 * @pad: bytes of padding in each record of ours
 * @data: called with application data
 * @ticket: called with each ticket, may be NULL
 * @arg: first argument of both
 * @rec: buffer for one record
 * @rec_len: bytes in it
 * @out: bytes for the peer
 * @out_len: how many
 * @out_cap: room at @out
 */
struct conn {
	struct rpt_hs *hs;
	struct rpt_session s;
	struct rpt_record_key rx;
	struct rpt_record_key tx;
	bool up;
	bool rx_closed;
	bool tx_closed;
	int err;
	int alert_sent;
	int alert_received;
	size_t tx_max;
	size_t pad;
	void (*data)(void *arg, const u8 *p, size_t len);
	void (*ticket)(void *arg, const struct rpt_ticket *t);
	void *arg;
	u8 rec[RPT_RECORD_HDR + RPT_RECORD_MAX_CIPHER];
	size_t rec_len;
	u8 *out;
	size_t out_len;
	size_t out_cap;
};

int conn_open(struct conn *c, const struct rpt_hs_params *p);
int conn_input(struct conn *c, const u8 *data, size_t len);
int conn_write(struct conn *c, const u8 *data, size_t len);
int conn_send(struct conn *c, u8 type, const u8 *data, size_t len);
int conn_key_update(struct conn *c, bool request);
int conn_ticket(struct conn *c, struct rpt_ticket *t, u8 nonce);
int conn_close(struct conn *c);
void conn_sent(struct conn *c, size_t n);
void conn_free(struct conn *c);

#endif /* _RIPTIDES_ENGINE_LINK_H */
