/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What remains of a TLS 1.3 connection once its handshake is over: traffic
 * secrets, and the messages that may follow (RFC 8446 sections 4.6 and 6)
 *
 * The record layer belongs to the caller (kTLS, or record.h).  It hands the
 * content of each handshake record to rpt_session_post() and obeys the actions.
 */
#ifndef _RPT_SESSION_H
#define _RPT_SESSION_H

#include <linux/types.h>
#include "wire.h"
#include "proto.h"
#include "suite.h"

/* KeyUpdates that a peer may send in a row without any other record. */
#define RPT_KEY_UPDATES_MAX	32
/* Tickets that we take in a row; more are passed over. */
#define RPT_TICKETS_MAX		32
/* Length of a KeyUpdate message. */
#define RPT_KEY_UPDATE_LEN	5

/**
 * struct rpt_session - an established TLS 1.3 connection
 * @suite: cipher suite
 * @version: RPT_TLS13
 * @group: key exchange group
 * @own_sig: scheme of our CertificateVerify, 0 if none was sent
 * @own_proven: the peer knows us by our certificate, shown now or earlier
 * @peer_sig: scheme of the peer's CertificateVerify, 0 if none came
 * @server: our role
 * @resumed: authenticated by a PSK
 * @psk_index: client: which of the offered PSKs was taken, if @resumed
 * @psk_external: the PSK was an external one
 * @retried: a HelloRetryRequest took place
 * @peer_cert: the peer proved possession of a certificate's key
 * @cert_requested: client: the server asked for a certificate
 * @takes_tickets: server: the client can use tickets; without, none should be
 *	sent (RFC 8446 section 4.2.9)
 * @tickets_asked: server: the client said how many it wants (RFC 9149)
 * @tickets_wanted: server: how many, if it did
 * @tx_limit: longest plaintext that the peer accepts in a record
 * @rx_limit: longest plaintext that we announced
 * @tx_seq: records already sent under @tx_secret
 * @rx_seq: records already received under @rx_secret
 * @tx_updates: KeyUpdates sent
 * @rx_updates: KeyUpdates received
 * @rx_in_a_row: KeyUpdates received since rpt_session_data()
 * @tickets_in_a_row: tickets taken since then
 * @tx_secret: our application traffic secret
 * @rx_secret: the peer's
 * @exporter: exporter_master_secret
 * @resumption: resumption_master_secret
 * @alpn_len: length of @alpn, 0: none agreed
 * @alpn: agreed application protocol
 * @server_name_len: length of @server_name, 0: none
 * @server_name: SNI sent or received, NUL-terminated
 * @part: a post-handshake message that has not wholly arrived, or NULL
 * @part_len: bytes of it that are here, header included
 * @part_need: its whole length, header included; 0: not known yet
 * @part_hdr: first bytes of it, until its length is known
 * @part_skip: bytes of a message too long to keep, still to be passed over
 */
struct rpt_session {
	const struct rpt_suite *suite;
	u16 version;
	u16 group;
	u16 own_sig;
	u16 peer_sig;
	bool server;
	bool own_proven;
	bool resumed;
	u8 psk_index;
	bool psk_external;
	bool retried;
	bool peer_cert;
	bool cert_requested;
	bool takes_tickets;
	bool tickets_asked;
	u8 tickets_wanted;
	u16 tx_limit;
	u16 rx_limit;
	u64 tx_seq;
	u64 rx_seq;
	u64 tx_updates;
	u64 rx_updates;
	u32 rx_in_a_row;
	u32 tickets_in_a_row;
	u8 tx_secret[RPT_HASH_MAX];
	u8 rx_secret[RPT_HASH_MAX];
	u8 exporter[RPT_HASH_MAX];
	u8 resumption[RPT_HASH_MAX];
	u8 alpn_len;
	u8 alpn[RPT_ALPN_MAX];
	u8 server_name_len;
	char server_name[RPT_SNI_MAX + 1];
	u8 *part;
	u32 part_len;
	u32 part_need;
	u32 part_skip;
	u8 part_hdr[4];
};

/**
 * struct rpt_ticket - a session ticket, received or to be sent
 * @lifetime: seconds, at most 604800
 * @age_add: mask of the ticket's age on the wire
 * @max_early_data: announced by the server, 0: none (we never use it)
 * @hash: enum rpt_hash_id that the PSK is bound to
 * @psk_len: length of @psk
 * @psk: the resumption PSK (RFC 8446 section 4.6.1)
 * @ticket: what identifies it; valid during the call only
 * @ticket_len: 1 to RPT_TICKET_MAX
 */
struct rpt_ticket {
	u32 lifetime;
	u32 age_add;
	u32 max_early_data;
	u8 hash;
	u8 psk_len;
	u8 psk[RPT_HASH_MAX];
	const u8 *ticket;
	size_t ticket_len;
};

/**
 * struct rpt_post_actions - what post-handshake messages ask for
 * @ticket: client: called for each ticket; may be NULL
 * @ticket_data: its first argument
 * @rx_rekey: out: rx_secret was rolled; the next record comes under it
 * @tx_rekey: out: answer by rpt_session_key_update(s, false, …) before the next
 *	application record
 * @alert: out: alert to send when an errno is returned
 */
struct rpt_post_actions {
	void (*ticket)(void *data, const struct rpt_ticket *ticket);
	void *ticket_data;
	bool rx_rekey;
	bool tx_rekey;
	u8 alert;
};

int __must_check rpt_session_post(struct rpt_session *s, const u8 *data,
				  size_t len, struct rpt_post_actions *act);
int __must_check rpt_session_key_update(struct rpt_session *s, bool request,
					u8 msg[RPT_KEY_UPDATE_LEN]);
int __must_check rpt_session_data(struct rpt_session *s);
int __must_check rpt_session_alert(const u8 *data, size_t len, u8 *alert);

int __must_check rpt_session_ticket_psk(const struct rpt_session *s,
					const u8 *nonce, size_t nonce_len,
					struct rpt_ticket *t);
int __must_check rpt_session_ticket_write(const struct rpt_ticket *t,
					  const u8 *nonce, size_t nonce_len,
					  u8 *msg, size_t cap, size_t *len);
int __must_check rpt_session_export(const struct rpt_session *s,
				    const char *label, const u8 *ctx,
				    size_t ctx_len, u8 *out, size_t out_len);
void rpt_session_wipe(struct rpt_session *s);

#endif /* _RPT_SESSION_H */
