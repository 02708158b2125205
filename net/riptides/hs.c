// SPDX-License-Identifier: GPL-2.0-only
/*
 * TLS 1.3 handshake: life cycle, state and failure
 *
 * Beside the context there are three buffers: one record of the peer, one message
 * of the peer, and our output.  What a peer may make us hold is bounded by the
 * parameters, and by twice what it has sent.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "hs_priv.h"
#include "session.h"

/*
 * All that a peer may send us, and when.  Whatever is not here is answered by
 * unexpected_message before its content is looked at.
 */
const struct rpt_hs_step rpt_hs_steps[] = {
	{ RPT_HS_EXPECT_SERVER_HELLO, RPT_HS_SERVER_HELLO, true,
	  rpt_client_server_hello },
	{ RPT_HS_EXPECT_SECOND_SERVER_HELLO, RPT_HS_SERVER_HELLO, true,
	  rpt_client_server_hello },
	{ RPT_HS_EXPECT_ENCRYPTED_EXTENSIONS, RPT_HS_ENCRYPTED_EXTENSIONS, false,
	  rpt_client_encrypted_extensions },
	{ RPT_HS_EXPECT_CERTIFICATE_OR_REQUEST, RPT_HS_CERTIFICATE_REQUEST, false,
	  rpt_client_certificate_request },
	{ RPT_HS_EXPECT_CERTIFICATE_OR_REQUEST, RPT_HS_CERTIFICATE, false,
	  rpt_auth_certificate },
	{ RPT_HS_EXPECT_CERTIFICATE, RPT_HS_CERTIFICATE, false,
	  rpt_auth_certificate },
	{ RPT_HS_EXPECT_CERTIFICATE_VERIFY, RPT_HS_CERTIFICATE_VERIFY, false,
	  rpt_auth_certificate_verify },
	{ RPT_HS_EXPECT_FINISHED, RPT_HS_FINISHED, true,
	  rpt_auth_finished },
	{ RPT_HS_EXPECT_CLIENT_HELLO, RPT_HS_CLIENT_HELLO, true,
	  rpt_server_client_hello },
	{ RPT_HS_EXPECT_SECOND_CLIENT_HELLO, RPT_HS_CLIENT_HELLO, true,
	  rpt_server_client_hello },
};

const unsigned int rpt_hs_steps_n = ARRAY_SIZE(rpt_hs_steps);

static const char * const state_names[RPT_HS_N_STATES] = {
	[RPT_HS_START]				= "START",
	[RPT_HS_EXPECT_SERVER_HELLO]		= "EXPECT_SERVER_HELLO",
	[RPT_HS_EXPECT_SECOND_SERVER_HELLO]	= "EXPECT_SECOND_SERVER_HELLO",
	[RPT_HS_EXPECT_ENCRYPTED_EXTENSIONS]	= "EXPECT_ENCRYPTED_EXTENSIONS",
	[RPT_HS_EXPECT_CERTIFICATE_OR_REQUEST]	= "EXPECT_CERTIFICATE_OR_REQUEST",
	[RPT_HS_EXPECT_CERTIFICATE]		= "EXPECT_CERTIFICATE",
	[RPT_HS_EXPECT_CERTIFICATE_VERIFY]	= "EXPECT_CERTIFICATE_VERIFY",
	[RPT_HS_EXPECT_FINISHED]		= "EXPECT_FINISHED",
	[RPT_HS_EXPECT_CLIENT_HELLO]		= "EXPECT_CLIENT_HELLO",
	[RPT_HS_EXPECT_SECOND_CLIENT_HELLO]	= "EXPECT_SECOND_CLIENT_HELLO",
	[RPT_HS_DONE]				= "DONE",
	[RPT_HS_FAILED]				= "FAILED",
};

static const u16 default_suites[] = {
	RPT_SUITE_AES_128_GCM_SHA256,
	RPT_SUITE_AES_256_GCM_SHA384,
	RPT_SUITE_CHACHA20_POLY1305_SHA256,
};

static const u16 default_groups[] = {
	RPT_GROUP_X25519,
	RPT_GROUP_SECP256R1,
	RPT_GROUP_SECP384R1,
};

static const u16 default_sigs[] = {
	RPT_SIG_ECDSA_SECP256R1_SHA256,
	RPT_SIG_ECDSA_SECP384R1_SHA384,
	RPT_SIG_RSA_PSS_RSAE_SHA256,
	RPT_SIG_RSA_PSS_RSAE_SHA384,
	RPT_SIG_RSA_PSS_RSAE_SHA512,
	RPT_SIG_RSA_PKCS1_SHA256,
	RPT_SIG_RSA_PKCS1_SHA384,
	RPT_SIG_RSA_PKCS1_SHA512,
};

static void params_default(struct rpt_hs_params *p)
{
	if (!p->suites) {
		p->suites = default_suites;
		p->n_suites = ARRAY_SIZE(default_suites);
	}
	if (!p->groups) {
		p->groups = default_groups;
		p->n_groups = ARRAY_SIZE(default_groups);
	}
	if (!p->sigs) {
		p->sigs = default_sigs;
		p->n_sigs = ARRAY_SIZE(default_sigs);
	}
	if (!p->n_shares)
		p->n_shares = 1;
	else if (p->n_shares == RPT_HS_NO_SHARES)
		p->n_shares = 0;
	p->n_shares = min_t(unsigned int, p->n_shares, RPT_HS_SHARES_MAX);
	p->n_shares = min(p->n_shares, p->n_groups);
	if (!p->max_client_hello)
		p->max_client_hello = RPT_CH_MAX;
	if (!p->max_cert_msg)
		p->max_cert_msg = RPT_CERT_MSG_MAX;
	if (!p->max_own_chain)
		p->max_own_chain = RPT_OWN_CERT_MSG_MAX;
	if (!p->max_early_skip)
		p->max_early_skip = RPT_EARLY_DATA_SKIP_MAX;
	if (p->require_client_cert)
		p->request_client_cert = true;
}

/* RFC 7301 section 3.1: names of 1 to 255 bytes */
static bool alpn_valid(const struct rpt_hs_params *p)
{
	struct rpt_rd r;

	if (p->alpn_len > RPT_ALPN_LIST_MAX)
		return false;
	rpt_rd_init(&r, p->alpn, p->alpn_len);
	while (rpt_rd_left(&r))
		(void)rpt_rd_block(&r, 1, 1, RPT_ALPN_MAX);
	return rpt_rd_ok(&r);
}

/* What the wire or our tables cannot carry is the caller's mistake */
static bool params_valid(const struct rpt_hs_params *p)
{
	unsigned int i;

	if (!p->ops || !p->ops->verify_peer || !p->n_suites || !p->n_groups ||
	    !p->n_sigs || p->n_psks > RPT_PSK_MAX || !alpn_valid(p))
		return false;
	if (p->n_suites > 16 || p->n_groups > 16 || p->n_sigs > 32 ||
	    p->n_cert_sigs > 32)
		return false;
	if (p->ops->select_identity && !p->ops->sign)
		return false;
	if (p->record_size_limit &&
	    (p->record_size_limit < RPT_RECORD_SIZE_LIMIT_MIN ||
	     p->record_size_limit > RPT_RECORD_SIZE_LIMIT_MAX))
		return false;
	if (p->server_name &&
	    (!*p->server_name || strlen(p->server_name) > RPT_SNI_MAX))
		return false;
	for (i = 0; i < p->n_suites; i++)
		if (!rpt_suite_find(p->suites[i]))
			return false;
	for (i = 0; i < p->n_groups; i++)
		if (!rpt_kex_find(p->groups[i]))
			return false;
	for (i = 0; i < p->n_psks; i++)
		if (!p->psks[i].secret_len || !p->psks[i].identity_len ||
		    p->psks[i].secret_len > RPT_PSK_SECRET_MAX)
			return false;
	return true;
}

static size_t message_space(const struct rpt_hs_params *p)
{
	size_t n = p->server ? p->max_client_hello : RPT_HS_MSG_MAX;

	if (!p->server || p->request_client_cert)
		n = max_t(size_t, n, p->max_cert_msg);
	return n + RPT_HS_HDR;
}

/* Our share, or our shares; after a retry it is one of any group */
static size_t shares_space(const struct rpt_hs_params *p)
{
	const struct rpt_kex_group *g;
	size_t all = 0, most = 0;
	unsigned int i;

	for (i = 0; i < p->n_groups; i++) {
		g = rpt_kex_find(p->groups[i]);
		most = max_t(size_t, most, max(g->client_share_len,
					       g->server_share_len));
		if (i < p->n_shares)
			all += g->client_share_len;
	}
	return p->server ? most : max(all, most);
}

/*
 * Our longest flight, even if the peer wants records of 64 bytes; but for our
 * certificates, for which rpt_hs_reserve() finds room.
 */
static size_t output_space(const struct rpt_hs_params *p)
{
	size_t n = 2048 + p->alpn_len;
	unsigned int i;

	for (i = 0; i < p->n_authorities; i++)
		n += 2 + p->authorities[i].len;
	n += DIV_ROUND_UP(n, RPT_RECORD_SIZE_LIMIT_MIN - 1) * RPT_RECORD_OVERHEAD;
	/* in hellos only */
	n += shares_space(p) + (p->server ? RPT_HS_COOKIE_LEN : RPT_COOKIE_MAX);
	for (i = 0; i < p->n_psks; i++)
		n += p->psks[i].identity_len;
	if (p->pad_to)
		n += 4 * min_t(size_t, p->pad_to, RPT_RECORD_MAX_PLAIN);
	return n;
}

/**
 * rpt_hs_create() - make a handshake
 * @p: parameters; copied, but what they point to must stay
 * @gfp: how to allocate
 *
 * Context: As @gfp allows.
 * Return: the handshake, to be freed by rpt_hs_destroy(); NULL when memory is
 * short or the parameters make no sense.
 */
struct rpt_hs *rpt_hs_create(const struct rpt_hs_params *p, gfp_t gfp)
{
	struct rpt_hs_params params = *p;
	struct rpt_hs *hs;

	params_default(&params);
	if (!params_valid(&params))
		return NULL;

	hs = kvzalloc_obj(*hs, gfp);
	if (!hs)
		return NULL;

	hs->p = params;
	hs->gfp = gfp;
	hs->msg_max = message_space(&params);
	hs->out_cap = output_space(&params);
	hs->out = kvzalloc(hs->out_cap, gfp);
	if (!hs->out) {
		kvfree(hs);
		return NULL;
	}
	hs->alert_sent = -1;
	hs->alert_received = -1;
	hs->tx_limit = RPT_RECORD_MAX_PLAIN;
	hs->skip_left = params.max_early_skip;
	hs->state = params.server ? RPT_HS_EXPECT_CLIENT_HELLO : RPT_HS_START;
	rpt_hs_hash_init(hs);
	return hs;
}

/**
 * rpt_hs_destroy() - wipe and free a handshake
 * @hs: the handshake, or NULL
 *
 * Context: Process context (kvfree).
 */
void rpt_hs_destroy(struct rpt_hs *hs)
{
	if (!hs)
		return;
	kvfree_sensitive(hs->rec, hs->rec_cap);
	kvfree_sensitive(hs->msg, hs->msg_cap);
	kvfree_sensitive(hs->out, hs->out_cap);
	kvfree_sensitive(hs, sizeof(*hs));
}

static void wipe_secrets(struct rpt_hs *hs)
{
	unsigned int i;

	rpt_keysched_wipe(&hs->ks);
	rpt_record_key_wipe(&hs->rx);
	rpt_record_key_wipe(&hs->tx);
	for (i = 0; i < hs->n_kex; i++)
		rpt_kex_wipe(&hs->kex[i]);
	hs->n_kex = 0;
	memzero_explicit(hs->cookie, sizeof(hs->cookie));
	if (hs->rec)
		memzero_explicit(hs->rec, hs->rec_cap);
}

/**
 * rpt_hs_fail_quietly() - give up without an alert
 * @hs: the handshake
 * @err: why, a negative errno
 *
 * For a peer that already gave up itself.  All secrets are wiped.
 *
 * Context: Any context.
 * Return: @err, or the first reason if it had failed before.
 */
int rpt_hs_fail_quietly(struct rpt_hs *hs, int err)
{
	if (hs->state == RPT_HS_FAILED)
		return hs->err;
	hs->state = RPT_HS_FAILED;
	hs->err = err;
	wipe_secrets(hs);
	return err;
}

/**
 * rpt_hs_fail() - give up and tell the peer why
 * @hs: the handshake
 * @alert: RPT_ALERT_*, sent as fatal (RFC 8446 section 6.2)
 * @err: why, a negative errno
 *
 * Context: Any context.
 * Return: @err, or the first reason if it had failed before.
 */
int rpt_hs_fail(struct rpt_hs *hs, u8 alert, int err)
{
	if (hs->state != RPT_HS_FAILED) {
		hs->alert_sent = alert;
		rpt_hs_send_alert(hs, alert);
	}
	return rpt_hs_fail_quietly(hs, err);
}

/**
 * rpt_hs_abort() - make a handshake fail from outside
 * @hs: the handshake, possibly complete
 * @alert: RPT_ALERT_* to send
 * @err: negative errno for rpt_hs_error()
 *
 * No alert is sent before rpt_hs_start() of a client, nor after rpt_hs_finish(),
 * which hands the keys over.
 *
 * Context: Any context.
 * Return: @err, or the first reason if it had failed before.
 */
int rpt_hs_abort(struct rpt_hs *hs, u8 alert, int err)
{
	/* Nothing was said yet, or the keys are somebody else's by now */
	if (hs->state == RPT_HS_START ||
	    (hs->state == RPT_HS_DONE && !hs->tx.set))
		return rpt_hs_fail_quietly(hs, err);
	return rpt_hs_fail(hs, alert, err);
}

/**
 * rpt_hs_start() - begin
 * @hs: the handshake
 *
 * A client queues its ClientHello.  Nothing to do for a server.
 *
 * Context: Process context.
 * Return: 0; -EINVAL if already started; errno of key generation.
 */
int rpt_hs_start(struct rpt_hs *hs)
{
	if (hs->p.server)
		return 0;
	if (hs->state != RPT_HS_START)
		return -EINVAL;
	return rpt_client_start(hs);
}

/**
 * rpt_hs_input() - take bytes from the peer
 * @hs: the handshake
 * @data: bytes
 * @len: number of bytes
 * @consumed: out: how many were taken
 *
 * Bytes are taken as far as the handshake needs them: never one behind the
 * record that holds the peer's last handshake message.  A record that has not
 * wholly arrived is kept.  Pointers from rpt_hs_output() become invalid.
 *
 * Context: Process context; signs and verifies.
 * Return: 0 go on. Once an errno, always that one; the alert is in the output:
 * -EPROTO protocol violated, or the peer sent an alert; -EBADMSG a record or a
 * Finished that does not authenticate; -EMSGSIZE longer than allowed;
 * -ECONNRESET closed by the peer; -EKEYREJECTED false signature; -EACCES
 * required certificate absent; -ENOKEY no identity for this peer; -EINVAL not
 * started; errno of a callback.
 */
int rpt_hs_input(struct rpt_hs *hs, const u8 *data, size_t len,
		 size_t *consumed)
{
	*consumed = 0;
	if (hs->state == RPT_HS_FAILED)
		return hs->err;
	if (hs->state == RPT_HS_START)
		return -EINVAL;
	return rpt_hs_record_input(hs, data, len, consumed);
}

/**
 * rpt_hs_output() - bytes for the peer
 * @hs: the handshake
 * @len: out: how many
 *
 * Context: Any context.
 * Return: the bytes, valid until the next call that is not a query.
 */
const u8 *rpt_hs_output(const struct rpt_hs *hs, size_t *len)
{
	*len = hs->out_len - hs->out_pos;
	return hs->out + hs->out_pos;
}

/**
 * rpt_hs_output_done() - forget bytes that were sent
 * @hs: the handshake
 * @n: how many, no more than rpt_hs_output() told
 *
 * Context: Any context.
 */
void rpt_hs_output_done(struct rpt_hs *hs, size_t n)
{
	hs->out_pos += min(n, hs->out_len - hs->out_pos);
	if (hs->out_pos == hs->out_len) {
		hs->out_pos = 0;
		hs->out_len = 0;
	}
}

/**
 * rpt_hs_state() - what the handshake waits for
 * @hs: the handshake
 *
 * Context: Any context.
 * Return: the state.
 */
enum rpt_hs_state rpt_hs_state(const struct rpt_hs *hs)
{
	return hs->state;
}

/**
 * rpt_hs_state_name() - name of a state, for people
 * @state: the state
 *
 * Context: Any context.
 * Return: the name without RPT_HS_, "?" for an unknown state.
 */
const char *rpt_hs_state_name(enum rpt_hs_state state)
{
	return state < RPT_HS_N_STATES ? state_names[state] : "?";
}

/**
 * rpt_hs_is_done() - is the handshake complete?
 * @hs: the handshake
 *
 * Output may still wait to be sent.
 *
 * Context: Any context.
 * Return: true if so.
 */
bool rpt_hs_is_done(const struct rpt_hs *hs)
{
	return hs->state == RPT_HS_DONE;
}

/**
 * rpt_hs_error() - why it failed
 * @hs: the handshake
 *
 * Context: Any context.
 * Return: negative errno, 0 while it has not failed.
 */
int rpt_hs_error(const struct rpt_hs *hs)
{
	return hs->err;
}

/**
 * rpt_hs_alert_sent() - did we send an alert?
 * @hs: the handshake
 * @alert: out: which
 *
 * Context: Any context.
 * Return: true if so.
 */
bool rpt_hs_alert_sent(const struct rpt_hs *hs, u8 *alert)
{
	if (hs->alert_sent < 0)
		return false;
	*alert = hs->alert_sent;
	return true;
}

/**
 * rpt_hs_alert_received() - did the peer end it by an alert?
 * @hs: the handshake
 * @alert: out: which
 *
 * Context: Any context.
 * Return: true if so.
 */
bool rpt_hs_alert_received(const struct rpt_hs *hs, u8 *alert)
{
	if (hs->alert_received < 0)
		return false;
	*alert = hs->alert_received;
	return true;
}

/**
 * rpt_hs_next_authority() - walk through an offer's authorities
 * @list: what is left of rpt_hs_offer.authorities, copied by the caller
 * @name: out: the next distinguished name, DER
 *
 * Context: Any context.
 * Return: true if there was one.
 */
bool rpt_hs_next_authority(struct rpt_blob *list, struct rpt_blob *name)
{
	struct rpt_rd r, dn;

	rpt_rd_init(&r, list->data, list->len);
	dn = rpt_rd_block(&r, 2, 1, 0xffff);
	if (!rpt_rd_ok(&r))
		return false;
	name->data = dn.p;
	name->len = rpt_rd_left(&dn);
	list->data = r.p;
	list->len = rpt_rd_left(&r);
	return true;
}

/**
 * rpt_hs_finish() - move the result of a complete handshake to a session
 * @hs: the handshake; only rpt_hs_output() and rpt_hs_destroy() may follow
 * @s: out: the session
 *
 * Context: Any context.
 * Return: 0; -EINVAL if the handshake is not complete or was moved before.
 */
int rpt_hs_finish(struct rpt_hs *hs, struct rpt_session *s)
{
	const u8 *tx, *rx;

	if (hs->state != RPT_HS_DONE || hs->ks.stage != RPT_KS_DONE)
		return -EINVAL;

	memset(s, 0, sizeof(*s));
	tx = hs->p.server ? hs->ks.s_app : hs->ks.c_app;
	rx = hs->p.server ? hs->ks.c_app : hs->ks.s_app;
	s->suite = hs->suite;
	s->version = RPT_TLS13;
	s->group = hs->group->id;
	s->own_sig = hs->own_chain ? hs->own_sig : 0;
	s->own_proven = s->own_sig;
	s->peer_sig = hs->peer_sig;
	s->server = hs->p.server;
	s->resumed = hs->psk_taken;
	s->psk_index = hs->psk_index;
	s->psk_external = hs->psk_external;
	s->retried = hs->retried;
	s->peer_cert = hs->peer_cert;
	s->cert_requested = hs->cert_requested;
	s->takes_tickets = hs->takes_tickets;
	s->tickets_asked = hs->tickets_asked;
	s->tickets_wanted = hs->psk_taken ? hs->more_tickets : hs->new_tickets;
	s->tx_limit = hs->tx_limit;
	s->rx_limit = hs->rx_inner_max ? hs->rx_inner_max - 1 :
					 RPT_RECORD_MAX_PLAIN;
	s->tx_seq = hs->tx.seq;
	memcpy(s->tx_secret, tx, hs->suite->hash_len);
	memcpy(s->rx_secret, rx, hs->suite->hash_len);
	memcpy(s->exporter, hs->ks.exporter, hs->suite->hash_len);
	memcpy(s->resumption, hs->ks.resumption, hs->suite->hash_len);
	s->alpn_len = hs->alpn_len;
	if (hs->alpn_len)
		memcpy(s->alpn, hs->alpn, hs->alpn_len);
	s->server_name_len = hs->server_name_len;
	memcpy(s->server_name, hs->server_name, hs->server_name_len);
	wipe_secrets(hs);
	return 0;
}
