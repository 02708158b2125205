/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of the handshake: shared by hs*.c and their tests only
 */
#ifndef _RPT_HS_PRIV_H
#define _RPT_HS_PRIV_H

#include "hs.h"
#include "hs_ext.h"
#include "hs_msg.h"
#include "keysched.h"
#include "kex.h"
#include "record.h"

/* Key shares of one ClientHello */
#define RPT_HS_SHARES_MAX	3
/* Cookies that we make */
#define RPT_HS_COOKIE_LEN	32
/* 64 spaces, context string, zero, hash: RFC 8446 section 4.4.3 */
#define RPT_HS_TBS_MAX		(64 + 33 + 1 + RPT_HASH_MAX)

/**
 * struct rpt_hs - one handshake
 *
 * @p: parameters, defaults filled in
 * @gfp: how to allocate the buffers
 * @state: what we wait for
 * @err: why we failed
 * @alert_sent: alert that we sent, -1: none
 * @alert_received: alert that came, -1: none
 * @suite: agreed suite, NULL until then
 * @group: agreed group, NULL until then
 * @ks: key schedule
 * @transcript: SHA-256 and SHA-384, both until the suite is known
 * @rx: keys of the peer's records
 * @tx: keys of ours
 * @rx_opened: a record of the peer was authenticated
 * @tx_limit: longest plaintext of our encrypted records
 * @rx_inner_max: longest TLSInnerPlaintext of the peer's records, 0: RFC 8446's
 * @asked: rpt_ext_bit() of the extensions of our ClientHello
 * @retried: a HelloRetryRequest was sent or received
 * @ccs_sent: change_cipher_spec was sent
 * @psk_taken: a PSK authenticates this handshake
 * @psk_external: and it is an external one
 * @takes_tickets: server: the client can resume by psk_dhe_ke
 * @tickets_asked: server: the client named how many tickets it wants
 * @new_tickets: server: how many of them for a new session
 * @more_tickets: server: how many of them for a resumed one
 * @psk_index: client: which of @p.psks
 * @psk_sent: client: which of @p.psks each offered identity is
 * @n_psk_sent: number of @psk_sent
 * @cert_requested: a CertificateRequest was sent or received
 * @peer_cert: the peer proved possession of its certificate's key
 * @own_sig: scheme of our CertificateVerify, 0 until chosen
 * @peer_sig: scheme of the peer's
 * @own_chain: our certificates, NULL: none
 * @leaf_key: public key of the peer's leaf
 * @random: our random
 * @session_id: legacy_session_id, ours or the client's
 * @session_id_len: its length
 * @kex: client: private halves of our shares
 * @shares: client: public halves
 * @n_kex: number of @kex
 * @cookie: server: the cookie that we sent
 * @cookie_sent: there is one
 * @invariant: server: digest of the first ClientHello
 * @skip_trial: server: records that don't authenticate may be early data
 * @skip_outer: server: application_data records are early data
 * @skip_left: bytes of early data that we still pass over
 * @nuisance: records without effect so far
 * @alpn: chosen protocol, within @p.alpn
 * @alpn_len: its length
 * @server_name: the name that the client asked for
 * @server_name_len: its length, 0: none
 * @sigs: the peer's signature_algorithms
 * @cert_sigs: the peer's signature_algorithms_cert
 * @n_sigs: number of @sigs
 * @n_cert_sigs: number of @cert_sigs
 * @rec_hdr: header of the record that comes
 * @rec: buffer for one record, NULL before the first
 * @rec_cap: size of @rec
 * @rec_len: bytes of the record that are here
 * @rec_need: its whole length with header, 0: header incomplete
 * @msg: buffer for one message, NULL before the first
 * @msg_max: how large it may become
 * @msg_cap: size of @msg
 * @msg_len: bytes of the message that are here
 * @out: buffer of output
 * @out_cap: size of @out
 * @out_pos: bytes of it already taken
 * @out_len: end of what is in it
 */
struct rpt_hs {
	struct rpt_hs_params p;
	gfp_t gfp;
	enum rpt_hs_state state;
	int err;
	s16 alert_sent;
	s16 alert_received;

	const struct rpt_suite *suite;
	const struct rpt_kex_group *group;
	struct rpt_keysched ks;
	struct rpt_hash transcript[2];
	struct rpt_record_key rx;
	struct rpt_record_key tx;
	bool rx_opened;
	u16 tx_limit;
	u16 rx_inner_max;

	u64 asked;
	bool retried;
	bool ccs_sent;
	bool psk_taken;
	bool psk_external;
	bool takes_tickets;
	bool tickets_asked;
	u8 new_tickets;
	u8 more_tickets;
	u8 psk_index;
	u8 psk_sent[RPT_PSK_MAX];
	u8 n_psk_sent;
	bool cert_requested;
	bool peer_cert;
	u16 own_sig;
	u16 peer_sig;
	const struct rpt_chain *own_chain;
	struct rpt_pubkey leaf_key;

	u8 random[RPT_RANDOM_LEN];
	u8 session_id[RPT_SESSION_ID_MAX];
	u8 session_id_len;
	struct rpt_kex kex[RPT_HS_SHARES_MAX];
	u8 shares[RPT_HS_SHARES_MAX][RPT_KEX_SHARE_MAX];
	u8 n_kex;

	u8 cookie[RPT_HS_COOKIE_LEN];
	bool cookie_sent;
	u8 invariant[RPT_HASH_MAX];
	bool skip_trial;
	bool skip_outer;
	u32 skip_left;
	u32 nuisance;

	const u8 *alpn;
	u8 alpn_len;
	u8 server_name_len;
	char server_name[RPT_SNI_MAX + 1];
	u16 sigs[RPT_HS_SIGS_MAX];
	u16 cert_sigs[RPT_HS_SIGS_MAX];
	u8 n_sigs;
	u8 n_cert_sigs;

	u8 rec_hdr[RPT_RECORD_HDR];
	u8 *rec;
	size_t rec_cap;
	size_t rec_len;
	size_t rec_need;
	u8 *msg;
	size_t msg_max;
	size_t msg_cap;
	size_t msg_len;
	u8 *out;
	size_t out_cap;
	size_t out_pos;
	size_t out_len;
};

/**
 * struct rpt_hs_step - a message that is legal in a state
 * @state: the state
 * @type: the message, RPT_HS_*
 * @ends_record: keys change behind it, so it must end its record
 * @handle: takes the whole message with its header
 */
struct rpt_hs_step {
	u8 state;
	u8 type;
	bool ends_record;
	int (*handle)(struct rpt_hs *hs, const u8 *msg, size_t len);
};

extern const struct rpt_hs_step rpt_hs_steps[];
extern const unsigned int rpt_hs_steps_n;

/* hs.c */
int rpt_hs_fail(struct rpt_hs *hs, u8 alert, int err);
int rpt_hs_fail_quietly(struct rpt_hs *hs, int err);

/* hs_record.c */
int rpt_hs_record_input(struct rpt_hs *hs, const u8 *data, size_t len,
			size_t *consumed);
int __must_check rpt_hs_reserve(struct rpt_hs *hs, size_t len);
void rpt_hs_msg_begin(struct rpt_hs *hs, struct rpt_wr *w);
int __must_check rpt_hs_msg_send(struct rpt_hs *hs, struct rpt_wr *w);
void rpt_hs_send_ccs(struct rpt_hs *hs);
void rpt_hs_send_alert(struct rpt_hs *hs, u8 alert);

/* hs_transcript.c */
void rpt_hs_hash_init(struct rpt_hs *hs);
void rpt_hs_hash(struct rpt_hs *hs, const u8 *msg, size_t len);
void rpt_hs_hash_peek(const struct rpt_hs *hs, u8 *out);
void rpt_hs_hash_retry(struct rpt_hs *hs);
int __must_check rpt_hs_keys_handshake(struct rpt_hs *hs, const u8 *secret);
int __must_check rpt_hs_keys_tx_app(struct rpt_hs *hs);
void rpt_hs_keys_done(struct rpt_hs *hs);

/* hs_auth.c */
int rpt_auth_certificate(struct rpt_hs *hs, const u8 *msg, size_t len);
int rpt_auth_certificate_verify(struct rpt_hs *hs, const u8 *msg, size_t len);
int rpt_auth_finished(struct rpt_hs *hs, const u8 *msg, size_t len);
int __must_check rpt_auth_select(struct rpt_hs *hs, struct rpt_blob authorities);
int __must_check rpt_auth_send_certificate(struct rpt_hs *hs);
int __must_check rpt_auth_send_finished(struct rpt_hs *hs);
void rpt_auth_keep_sigs(struct rpt_hs *hs, struct rpt_blob sigs,
			struct rpt_blob cert_sigs);
void rpt_auth_offer(const struct rpt_hs *hs, struct rpt_hs_offer *offer);

/* hs_psk.c */
bool rpt_psk_open(struct rpt_hs *hs, struct rpt_wr *w, size_t *binders_at);
int __must_check rpt_psk_bind(struct rpt_hs *hs, u8 *msg, size_t binders_at);
int __must_check rpt_psk_select(struct rpt_hs *hs, const u8 *msg,
				const struct rpt_client_hello *ch,
				struct rpt_psk *psk, int *index);

/* hs_client.c */
int __must_check rpt_client_start(struct rpt_hs *hs);
int rpt_client_server_hello(struct rpt_hs *hs, const u8 *msg, size_t len);
int rpt_client_encrypted_extensions(struct rpt_hs *hs, const u8 *msg,
				    size_t len);
int rpt_client_certificate_request(struct rpt_hs *hs, const u8 *msg,
				   size_t len);
int __must_check rpt_client_finish(struct rpt_hs *hs);

/* hs_server.c */
int rpt_server_client_hello(struct rpt_hs *hs, const u8 *msg, size_t len);
int __must_check rpt_server_finish(struct rpt_hs *hs);

#endif /* _RPT_HS_PRIV_H */
