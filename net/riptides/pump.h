/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The handshake of one socket while it runs
 */
#ifndef _RPT_PUMP_H
#define _RPT_PUMP_H

#include "engine.h"
#include "sock.h"

struct rpt_resume_entry;

/* Bytes taken from the socket at a time: what struct rpt_pump leaves of 2 KiB */
#define RPT_PUMP_CHUNK	1704
/* A record longer than this is no alert, and may be longer than the window. */
#define RPT_PUMP_FIRST_MAX 512

/**
 * struct rpt_pump - everything that a handshake needs and what follows doesn't
 * @rs: the socket
 * @busy: the worker has it, outside of the socket's lock; who cancels a
 *	handshake then leaves the freeing to the worker, and kicks it
 * @settles: which the worker does itself, with the lock
 * @ops: which engine
 * @engine: its context, or NULL before the first step and once it is done
 * @session: what the engine left, or NULL
 * @err: what the worker's step has led to
 * @skb: what is to be sent after it, or NULL
 * @confirm: the client's handshake is over with the server's first record
 * @alert_sent: our alert, -1 if none
 * @alert_received: the peer's, -1 if none
 * @opts: the socket's options when the handshake started, or NULL
 * @svid: our identity once it is chosen
 * @peer: the peer once its certificates are verified
 * @entry: client: the ticket that is offered, or NULL
 * @candidate: who the peer is if the session is resumed, or NULL
 * @params: what the engine was told
 * @want: bytes that may still be taken without going beyond the record
 * @hdr_len: bytes of the record header that are here
 * @hdr: record header, to learn where the record ends
 * @in_len: bytes in @in
 * @in: bytes taken from the socket and not yet given to the engine
 */
struct rpt_pump {
	struct rpt_sock *rs;
	bool busy;
	bool settles;
	const struct rpt_engine_ops *ops;
	void *engine;
	struct rpt_session *session;
	int err;
	struct sk_buff *skb;
	bool confirm;
	s16 alert_sent;
	s16 alert_received;
	struct rpt_opts *opts;
	struct rpt_svid *svid;
	struct rpt_peer *peer;
	struct rpt_resume_entry *entry;
	struct rpt_peer *candidate;
	struct rpt_hs_params params;
	u32 want;
	u8 hdr_len;
	u8 hdr[RPT_RECORD_HDR];
	u16 in_len;
	u8 in[RPT_PUMP_CHUNK];
};

static_assert(sizeof(struct rpt_pump) <= 2048);

void rpt_pump_destroy(struct rpt_pump *pump);

/* pump_start.c */
bool rpt_pump_wants(const struct rpt_sock *rs);
void rpt_pump_arm(struct rpt_sock *rs);
void rpt_pump_set_deadline(struct rpt_sock *rs);
void rpt_pump_init(struct rpt_pump *pump, struct rpt_sock *rs);

/* pump_io.c */
void rpt_pump_read(struct sock *sk, struct rpt_pump *pump);
bool rpt_pump_peek(struct sock *sk, struct rpt_pump *pump);
bool rpt_pump_wants_peer(const struct rpt_pump *pump);
int rpt_pump_advance(struct rpt_pump *pump, struct sk_buff **skb);

/* verify.c */
bool rpt_verify_is_wanted(const struct rpt_opts *opts, const char *id,
			  size_t len);
struct rpt_svid *rpt_verify_own(struct rpt_pump *pump);

#endif /* _RPT_PUMP_H */
