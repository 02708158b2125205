// SPDX-License-Identifier: GPL-2.0-only
/*
 * TLS 1.3 handshake: client
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/string.h>
#include "hs_priv.h"

/* Last bytes of the random of a server that could have done better, 4.1.3 */
static const u8 downgrade[] = { 0x44, 0x4f, 0x57, 0x4e, 0x47, 0x52, 0x44 };

static int illegal(struct rpt_hs *hs)
{
	return rpt_hs_fail(hs, RPT_ALERT_ILLEGAL_PARAMETER, -EPROTO);
}

static int make_share(struct rpt_hs *hs, u16 group)
{
	unsigned int i = hs->n_kex++;

	return rpt_kex_keygen(&hs->kex[i], rpt_kex_find(group), hs->shares[i]);
}

static void write_shares(struct rpt_hs *hs, struct rpt_wr *w)
{
	size_t ext = rpt_ext_open(w, RPT_EXT_KEY_SHARE);
	size_t list = rpt_wr_open(w, 2);
	const struct rpt_kex_group *g;
	unsigned int i;

	for (i = 0; i < hs->n_kex; i++) {
		g = hs->kex[i].group;
		rpt_ext_write_share(w, g->id, hs->shares[i], g->client_share_len);
	}
	rpt_wr_close(w, list, 2);
	rpt_ext_close(w, ext);
}

/* All but pre_shared_key, which must be the last */
static void write_extensions(struct rpt_hs *hs, struct rpt_wr *w,
			     struct rpt_blob cookie)
{
	const struct rpt_hs_params *p = &hs->p;

	if (p->server_name)
		rpt_ext_write_server_name(w, p->server_name);
	rpt_ext_write_versions(w);
	rpt_ext_write_u16_list(w, RPT_EXT_SUPPORTED_GROUPS, p->groups,
			       p->n_groups);
	rpt_ext_write_u16_list(w, RPT_EXT_SIGNATURE_ALGORITHMS, p->sigs,
			       p->n_sigs);
	if (p->n_cert_sigs)
		rpt_ext_write_u16_list(w, RPT_EXT_SIGNATURE_ALGORITHMS_CERT,
				       p->cert_sigs, p->n_cert_sigs);
	if (p->alpn_len)
		rpt_ext_write_alpn(w, p->alpn, p->alpn_len);
	if (p->record_size_limit)
		rpt_ext_write_u16(w, RPT_EXT_RECORD_SIZE_LIMIT,
				  p->record_size_limit);
	if (p->n_authorities)
		rpt_ext_write_authorities(w, p->authorities, p->n_authorities);
	if (!p->no_tickets || p->n_psks)
		rpt_ext_write_modes(w);
	if (p->ask_ticket)
		rpt_ext_write_u16(w, RPT_EXT_TICKET_REQUEST, 1 << 8 | 1);
	if (cookie.len)
		rpt_ext_write_cookie(w, cookie.data, cookie.len);
	write_shares(hs, w);
}

/* What the server may answer to, by the extensions above */
static u64 asked_extensions(const struct rpt_hs *hs)
{
	const struct rpt_hs_params *p = &hs->p;
	u64 asked;

	asked = rpt_ext_bit(RPT_EXT_SUPPORTED_VERSIONS) |
		rpt_ext_bit(RPT_EXT_SUPPORTED_GROUPS) |
		rpt_ext_bit(RPT_EXT_SIGNATURE_ALGORITHMS) |
		rpt_ext_bit(RPT_EXT_KEY_SHARE);
	if (!p->no_tickets || p->n_psks)
		asked |= rpt_ext_bit(RPT_EXT_PSK_KEY_EXCHANGE_MODES);
	if (p->ask_ticket)
		asked |= rpt_ext_bit(RPT_EXT_TICKET_REQUEST);
	if (p->server_name)
		asked |= rpt_ext_bit(RPT_EXT_SERVER_NAME);
	if (p->alpn_len)
		asked |= rpt_ext_bit(RPT_EXT_ALPN);
	if (p->record_size_limit)
		asked |= rpt_ext_bit(RPT_EXT_RECORD_SIZE_LIMIT);
	if (hs->n_psk_sent)
		asked |= rpt_ext_bit(RPT_EXT_PRE_SHARED_KEY);
	return asked;
}

/* RFC 8446 section 4.1.2; the second one differs in shares, cookie and PSKs */
static int send_client_hello(struct rpt_hs *hs, struct rpt_blob cookie)
{
	size_t msg, list, binders_at = 0;
	struct rpt_wr w;
	unsigned int i;
	bool psk;
	int ret;

	rpt_hs_msg_begin(hs, &w);
	msg = rpt_msg_open(&w, RPT_HS_CLIENT_HELLO);
	rpt_wr_u16(&w, RPT_TLS12);
	rpt_wr_bytes(&w, hs->random, sizeof(hs->random));
	list = rpt_wr_open(&w, 1);
	rpt_wr_bytes(&w, hs->session_id, hs->session_id_len);
	rpt_wr_close(&w, list, 1);
	list = rpt_wr_open(&w, 2);
	for (i = 0; i < hs->p.n_suites; i++)
		rpt_wr_u16(&w, hs->p.suites[i]);
	rpt_wr_close(&w, list, 2);
	rpt_wr_u8(&w, 1);
	rpt_wr_u8(&w, RPT_COMPRESSION_NULL);
	list = rpt_wr_open(&w, 2);
	write_extensions(hs, &w, cookie);
	psk = rpt_psk_open(hs, &w, &binders_at);
	rpt_wr_close(&w, list, 2);
	rpt_msg_close(&w, msg);
	hs->asked = asked_extensions(hs);
	if (psk && !w.err) {
		ret = rpt_psk_bind(hs, w.buf, binders_at);
		if (ret)
			return rpt_hs_fail(hs, RPT_ALERT_INTERNAL_ERROR, ret);
	}
	return rpt_hs_msg_send(hs, &w);
}

/**
 * rpt_client_start() - make the key shares and queue the ClientHello
 * @hs: the handshake, fresh
 *
 * Context: Process context.
 * Return: 0; failed: errno of key generation.
 */
int rpt_client_start(struct rpt_hs *hs)
{
	struct rpt_blob no_cookie = {};
	unsigned int i;
	int ret;

	get_random_bytes(hs->random, sizeof(hs->random));
	if (!hs->p.no_compat) {
		hs->session_id_len = sizeof(hs->session_id);
		get_random_bytes(hs->session_id, sizeof(hs->session_id));
	}
	for (i = 0; i < hs->p.n_shares; i++) {
		ret = make_share(hs, hs->p.groups[i]);
		if (ret)
			return rpt_hs_fail_quietly(hs, ret);
	}
	ret = send_client_hello(hs, no_cookie);
	if (!ret)
		hs->state = RPT_HS_EXPECT_SERVER_HELLO;
	return ret;
}

static bool group_ours(const struct rpt_hs *hs, u16 group)
{
	unsigned int i;

	for (i = 0; i < hs->p.n_groups; i++)
		if (hs->p.groups[i] == group)
			return true;
	return false;
}

static int share_find(const struct rpt_hs *hs, u16 group)
{
	unsigned int i;

	for (i = 0; i < hs->n_kex; i++)
		if (hs->kex[i].group->id == group)
			return i;
	return -1;
}

static void shares_wipe(struct rpt_hs *hs)
{
	unsigned int i;

	for (i = 0; i < hs->n_kex; i++)
		rpt_kex_wipe(&hs->kex[i]);
	hs->n_kex = 0;
}

/* Section 4.1.4: it must change something, and to something that we named */
static int hello_retry(struct rpt_hs *hs, const struct rpt_server_hello *sh,
		       const u8 *msg, size_t len)
{
	int ret;

	if (hs->state != RPT_HS_EXPECT_SERVER_HELLO)
		return rpt_hs_fail(hs, RPT_ALERT_UNEXPECTED_MESSAGE, -EPROTO);
	if (!(sh->seen & rpt_ext_bit(RPT_EXT_KEY_SHARE)) && !sh->cookie.len)
		return illegal(hs);
	if (sh->seen & rpt_ext_bit(RPT_EXT_KEY_SHARE)) {
		if (!group_ours(hs, sh->group) || share_find(hs, sh->group) >= 0)
			return illegal(hs);
		shares_wipe(hs);
		ret = make_share(hs, sh->group);
		if (ret)
			return rpt_hs_fail(hs, RPT_ALERT_INTERNAL_ERROR, ret);
	}
	rpt_hs_hash_retry(hs);
	rpt_hs_hash(hs, msg, len);
	hs->retried = true;
	hs->state = RPT_HS_EXPECT_SECOND_SERVER_HELLO;
	rpt_hs_send_ccs(hs);
	return send_client_hello(hs, sh->cookie);
}

/* Section 4.2.11: a PSK that we offered, for a suite that it is bound to */
static int early_secret(struct rpt_hs *hs, const struct rpt_server_hello *sh)
{
	const struct rpt_psk *psk = NULL;
	int ret;

	if (sh->psk >= 0) {
		if (sh->psk >= hs->n_psk_sent)
			return illegal(hs);
		hs->psk_index = hs->psk_sent[sh->psk];
		psk = &hs->p.psks[hs->psk_index];
		if (psk->hash != hs->suite->hash)
			return illegal(hs);
		hs->psk_taken = true;
		hs->psk_external = psk->external;
	}
	ret = rpt_keysched_early(&hs->ks, hs->suite, psk ? psk->secret : NULL,
				 psk ? psk->secret_len : 0);
	if (ret)
		return rpt_hs_fail(hs, RPT_ALERT_INTERNAL_ERROR, ret);
	return 0;
}

/* Section 4.2.8: the server's half, for one of our shares */
static int shared_secret(struct rpt_hs *hs, const struct rpt_server_hello *sh,
			 u8 secret[RPT_SECRET_MAX])
{
	int i, ret;

	/* psk_ke is not offered, so there is always a share */
	if (!(sh->seen & rpt_ext_bit(RPT_EXT_KEY_SHARE)))
		return rpt_hs_fail(hs, RPT_ALERT_MISSING_EXTENSION, -EPROTO);
	i = share_find(hs, sh->group);
	if (i < 0)
		return illegal(hs);
	hs->group = hs->kex[i].group;
	ret = rpt_kex_finish(&hs->kex[i], sh->share.data, sh->share.len, secret);
	if (ret == -EINVAL)
		return illegal(hs);
	if (ret)
		return rpt_hs_fail(hs, RPT_ALERT_INTERNAL_ERROR, ret);
	shares_wipe(hs);
	return 0;
}

/* Section 4.1.3, what ServerHello and HelloRetryRequest have in common */
static int check_server_hello(struct rpt_hs *hs,
			      const struct rpt_server_hello *sh)
{
	const u8 *tail = sh->random + RPT_RANDOM_LEN - sizeof(downgrade) - 1;
	unsigned int i;

	if (!sh->seen) {
		/* Appendix D.1 and section 4.1.3: older, or made to seem so */
		if (!memcmp(tail, downgrade, sizeof(downgrade)) &&
		    tail[sizeof(downgrade)] <= 1)
			return illegal(hs);
		return rpt_hs_fail(hs, RPT_ALERT_PROTOCOL_VERSION, -EPROTO);
	}
	if (sh->legacy_version <= RPT_SSL30) /* appendix D.5 */
		return rpt_hs_fail(hs, RPT_ALERT_PROTOCOL_VERSION, -EPROTO);
	if (sh->legacy_version != RPT_TLS12 || sh->version != RPT_TLS13 ||
	    sh->compression != RPT_COMPRESSION_NULL ||
	    sh->session_id.len != hs->session_id_len ||
	    memcmp(sh->session_id.data, hs->session_id, hs->session_id_len))
		return illegal(hs);

	for (i = 0; i < hs->p.n_suites; i++)
		if (hs->p.suites[i] == sh->suite)
			break;
	if (i == hs->p.n_suites || (hs->retried && hs->suite->id != sh->suite))
		return illegal(hs);
	return 0;
}

/**
 * rpt_client_server_hello() - take ServerHello or HelloRetryRequest
 * @hs: the handshake
 * @msg: whole message (RFC 8446 sections 4.1.3 and 4.1.4)
 * @len: length of @msg
 *
 * Context: Process context.
 * Return: 0; failed: -EPROTO, errno of our own side.
 */
int rpt_client_server_hello(struct rpt_hs *hs, const u8 *msg, size_t len)
{
	u8 secret[RPT_SECRET_MAX];
	struct rpt_server_hello sh;
	u8 alert;
	int ret;

	ret = rpt_parse_server_hello(msg + RPT_HS_HDR, len - RPT_HS_HDR,
				     hs->asked, &sh, &alert);
	if (ret)
		return rpt_hs_fail(hs, alert, ret);
	ret = check_server_hello(hs, &sh);
	if (ret)
		return ret;
	hs->suite = rpt_suite_find(sh.suite);
	if (sh.retry)
		return hello_retry(hs, &sh, msg, len);

	ret = early_secret(hs, &sh);
	if (ret)
		return ret;
	ret = shared_secret(hs, &sh, secret);
	if (!ret) {
		rpt_hs_hash(hs, msg, len);
		ret = rpt_hs_keys_handshake(hs, secret);
	}
	memzero_explicit(secret, sizeof(secret));
	if (ret)
		return rpt_hs_fail(hs, RPT_ALERT_INTERNAL_ERROR, ret);
	hs->state = RPT_HS_EXPECT_ENCRYPTED_EXTENSIONS;
	return 0;
}

/* RFC 7301 section 3.1: one of those that we named */
static int alpn_chosen(struct rpt_hs *hs, struct rpt_blob name)
{
	struct rpt_rd list, ours;

	rpt_rd_init(&list, hs->p.alpn, hs->p.alpn_len);
	while (rpt_rd_left(&list)) {
		ours = rpt_rd_block(&list, 1, 1, RPT_ALPN_MAX);
		if (rpt_rd_left(&ours) == name.len &&
		    !memcmp(ours.p, name.data, name.len)) {
			hs->alpn = ours.p;
			hs->alpn_len = name.len;
			return 0;
		}
	}
	return illegal(hs);
}

/**
 * rpt_client_encrypted_extensions() - take EncryptedExtensions
 * @hs: the handshake
 * @msg: whole message (RFC 8446 section 4.3.1)
 * @len: length of @msg
 *
 * Context: Any context.
 * Return: 0; failed: -EPROTO.
 */
int rpt_client_encrypted_extensions(struct rpt_hs *hs, const u8 *msg,
				    size_t len)
{
	struct rpt_encrypted_extensions ee;
	u8 alert;
	int ret;

	ret = rpt_parse_encrypted_extensions(msg + RPT_HS_HDR, len - RPT_HS_HDR,
					     hs->asked, &ee, &alert);
	if (ret)
		return rpt_hs_fail(hs, alert, ret);
	if (ee.alpn.len) {
		ret = alpn_chosen(hs, ee.alpn);
		if (ret)
			return ret;
	}
	if (ee.record_size_limit) {
		hs->tx_limit = ee.record_size_limit - 1;
		hs->rx_inner_max = hs->p.record_size_limit;
	}
	if (hs->p.server_name) {
		hs->server_name_len = strlen(hs->p.server_name);
		memcpy(hs->server_name, hs->p.server_name, hs->server_name_len);
	}
	rpt_hs_hash(hs, msg, len);
	hs->state = hs->psk_taken ? RPT_HS_EXPECT_FINISHED :
				    RPT_HS_EXPECT_CERTIFICATE_OR_REQUEST;
	return 0;
}

/**
 * rpt_client_certificate_request() - take CertificateRequest
 * @hs: the handshake
 * @msg: whole message (RFC 8446 section 4.3.2)
 * @len: length of @msg
 *
 * Our identity is chosen now, while the server's wishes are at hand.
 *
 * Context: Process context; select_identity() runs.
 * Return: 0; failed: -EPROTO, errno of select_identity().
 */
int rpt_client_certificate_request(struct rpt_hs *hs, const u8 *msg, size_t len)
{
	struct rpt_certificate_request cr;
	u8 alert;
	int ret;

	ret = rpt_parse_certificate_request(msg + RPT_HS_HDR, len - RPT_HS_HDR,
					    &cr, &alert);
	if (ret)
		return rpt_hs_fail(hs, alert, ret);
	if (cr.context.len)
		return illegal(hs);
	if (!cr.sigs.len)
		return rpt_hs_fail(hs, RPT_ALERT_MISSING_EXTENSION, -EPROTO);

	rpt_hs_hash(hs, msg, len);
	hs->cert_requested = true;
	rpt_auth_keep_sigs(hs, cr.sigs, cr.cert_sigs);
	ret = rpt_auth_select(hs, cr.authorities);
	if (ret && ret != -ENOKEY && ret != -ENOENT)
		return ret;
	hs->state = RPT_HS_EXPECT_CERTIFICATE;
	return 0;
}

/**
 * rpt_client_finish() - after the server's Finished: our flight
 * @hs: the handshake; its transcript ends with the server's Finished
 *
 * Context: Process context; sign() may run.
 * Return: 0; failed by internal_error: errno of our own side.
 */
int rpt_client_finish(struct rpt_hs *hs)
{
	u8 th[RPT_HASH_MAX];
	int ret;

	rpt_hs_hash_peek(hs, th);
	rpt_keysched_master(&hs->ks, th);
	rpt_hs_send_ccs(hs);
	if (hs->cert_requested) {
		ret = rpt_auth_send_certificate(hs);
		if (ret)
			return ret;
	}
	ret = rpt_auth_send_finished(hs);
	if (ret)
		return ret;
	rpt_hs_keys_done(hs);
	ret = rpt_hs_keys_tx_app(hs);
	if (ret)
		return rpt_hs_fail(hs, RPT_ALERT_INTERNAL_ERROR, ret);
	hs->state = RPT_HS_DONE;
	return 0;
}
