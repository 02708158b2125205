// SPDX-License-Identifier: GPL-2.0-only
/*
 * TLS 1.3 handshake: server
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/string.h>
#include <crypto/utils.h>
#include "hs_priv.h"

static int illegal(struct rpt_hs *hs)
{
	return rpt_hs_fail(hs, RPT_ALERT_ILLEGAL_PARAMETER, -EPROTO);
}

static int missing(struct rpt_hs *hs)
{
	return rpt_hs_fail(hs, RPT_ALERT_MISSING_EXTENSION, -EPROTO);
}

static bool has(const struct rpt_client_hello *ch, u16 ext)
{
	return ch->seen & rpt_ext_bit(ext);
}

/*
 * What a ClientHello must be for a server that speaks TLS 1.3 only: sections
 * 4.1.2, 4.2.1, 9.2 and appendix D.
 */
static int check_client_hello(struct rpt_hs *hs,
			      const struct rpt_client_hello *ch)
{
	if (!rpt_u16_list_has(ch->versions, RPT_TLS13) ||
	    ch->legacy_version <= RPT_SSL30)
		return rpt_hs_fail(hs, RPT_ALERT_PROTOCOL_VERSION, -EPROTO);
	if (!ch->null_compression_only)
		return illegal(hs);
	if (has(ch, RPT_EXT_PRE_SHARED_KEY) &&
	    !has(ch, RPT_EXT_PSK_KEY_EXCHANGE_MODES))
		return missing(hs);
	if (!has(ch, RPT_EXT_PRE_SHARED_KEY) &&
	    !has(ch, RPT_EXT_SIGNATURE_ALGORITHMS))
		return missing(hs);
	/* Legal, but nothing that we could do: we have no psk_ke */
	if (has(ch, RPT_EXT_PRE_SHARED_KEY) &&
	    !has(ch, RPT_EXT_SUPPORTED_GROUPS) && !has(ch, RPT_EXT_KEY_SHARE))
		return rpt_hs_fail(hs, RPT_ALERT_HANDSHAKE_FAILURE, -EPROTO);
	if (!has(ch, RPT_EXT_SUPPORTED_GROUPS) || !has(ch, RPT_EXT_KEY_SHARE))
		return missing(hs);
	return 0;
}

/* Section 4.1.2: what may differ from the first, and what we asked for */
static int check_second_hello(struct rpt_hs *hs,
			      const struct rpt_client_hello *ch,
			      const u8 *msg, size_t len)
{
	u8 invariant[RPT_HASH_MAX];

	if (has(ch, RPT_EXT_EARLY_DATA))
		return illegal(hs);
	rpt_client_hello_invariant(msg + RPT_HS_HDR, len - RPT_HS_HDR,
				   invariant);
	if (memcmp(invariant, hs->invariant, sizeof(invariant)))
		return illegal(hs);
	if (hs->cookie_sent && !ch->cookie.len)
		return missing(hs);
	if (hs->cookie_sent && (ch->cookie.len != sizeof(hs->cookie) ||
				crypto_memneq(ch->cookie.data, hs->cookie,
					      sizeof(hs->cookie))))
		return illegal(hs);
	return 0;
}

static int select_suite(struct rpt_hs *hs, const struct rpt_client_hello *ch)
{
	unsigned int i;

	if (hs->suite)
		return 0;
	for (i = 0; i < hs->p.n_suites; i++) {
		if (!rpt_u16_list_has(ch->suites, hs->p.suites[i]))
			continue;
		hs->suite = rpt_suite_find(hs->p.suites[i]);
		return 0;
	}
	return rpt_hs_fail(hs, RPT_ALERT_HANDSHAKE_FAILURE, -EPROTO);
}

static bool share_find(struct rpt_blob shares, u16 group, struct rpt_blob *share)
{
	struct rpt_rd r;
	u16 id;

	rpt_rd_init(&r, shares.data, shares.len);
	while (rpt_rd_left(&r)) {
		*share = rpt_ext_read_share(&r, &id);
		if (id == group)
			return true;
	}
	return false;
}

/*
 * Section 4.2.8: a group of which the client sent a share; else one that it
 * can do, which costs a retry.  @share stays empty then.
 */
static int select_group(struct rpt_hs *hs, const struct rpt_client_hello *ch,
			struct rpt_blob *share)
{
	struct rpt_rd r;
	unsigned int i, n = 0;
	u16 id;

	rpt_rd_init(&r, ch->shares.data, ch->shares.len);
	while (rpt_rd_left(&r)) {
		(void)rpt_ext_read_share(&r, &id);
		if (!rpt_u16_list_has(ch->groups, id))
			return illegal(hs);
		n++;
	}

	/* After a retry that named a group: that one, and nothing else */
	if (hs->group) {
		if (n != 1 || !share_find(ch->shares, hs->group->id, share))
			return illegal(hs);
		return 0;
	}
	for (i = 0; i < hs->p.n_groups; i++) {
		if (!share_find(ch->shares, hs->p.groups[i], share))
			continue;
		hs->group = rpt_kex_find(hs->p.groups[i]);
		return 0;
	}
	memset(share, 0, sizeof(*share));
	for (i = 0; i < hs->p.n_groups; i++) {
		if (!rpt_u16_list_has(ch->groups, hs->p.groups[i]))
			continue;
		hs->group = rpt_kex_find(hs->p.groups[i]);
		return 0;
	}
	return rpt_hs_fail(hs, RPT_ALERT_HANDSHAKE_FAILURE, -EPROTO);
}

static void write_hello_start(struct rpt_hs *hs, struct rpt_wr *w,
			      const u8 random[RPT_RANDOM_LEN])
{
	size_t id;

	rpt_wr_u16(w, RPT_TLS12);
	rpt_wr_bytes(w, random, RPT_RANDOM_LEN);
	id = rpt_wr_open(w, 1);
	rpt_wr_bytes(w, hs->session_id, hs->session_id_len);
	rpt_wr_close(w, id, 1);
	rpt_wr_u16(w, hs->suite->id);
	rpt_wr_u8(w, RPT_COMPRESSION_NULL);
}

/* Section 4.1.4 */
static int send_retry(struct rpt_hs *hs, const struct rpt_client_hello *ch,
		      bool share_missing, const u8 *ch_msg, size_t ch_len)
{
	size_t msg, list;
	struct rpt_wr w;
	int ret;

	rpt_client_hello_invariant(ch_msg + RPT_HS_HDR, ch_len - RPT_HS_HDR,
				   hs->invariant);
	rpt_hs_hash(hs, ch_msg, ch_len);
	rpt_hs_hash_retry(hs);
	/* ch's views are in the input, which what follows does not touch */
	if (hs->p.send_cookie || !share_missing) {
		get_random_bytes(hs->cookie, sizeof(hs->cookie));
		hs->cookie_sent = true;
	}

	rpt_hs_msg_begin(hs, &w);
	msg = rpt_msg_open(&w, RPT_HS_SERVER_HELLO);
	write_hello_start(hs, &w, rpt_retry_random);
	list = rpt_wr_open(&w, 2);
	rpt_ext_write_u16(&w, RPT_EXT_SUPPORTED_VERSIONS, RPT_TLS13);
	if (share_missing)
		rpt_ext_write_u16(&w, RPT_EXT_KEY_SHARE, hs->group->id);
	if (hs->cookie_sent)
		rpt_ext_write_cookie(&w, hs->cookie, sizeof(hs->cookie));
	rpt_wr_close(&w, list, 2);
	rpt_msg_close(&w, msg);
	ret = rpt_hs_msg_send(hs, &w);
	if (ret)
		return ret;
	rpt_hs_send_ccs(hs);

	if (!share_missing)
		hs->group = NULL; /* free again, the shares will be the same */
	hs->skip_outer = has(ch, RPT_EXT_EARLY_DATA);
	hs->retried = true;
	hs->state = RPT_HS_EXPECT_SECOND_CLIENT_HELLO;
	return 0;
}

/* RFC 7301 section 3.2: ours in our order; none in common is an error */
static int select_alpn(struct rpt_hs *hs, const struct rpt_client_hello *ch)
{
	struct rpt_rd ours, theirs, a, b;

	if (!ch->alpn.len || !hs->p.alpn_len)
		return 0;
	rpt_rd_init(&ours, hs->p.alpn, hs->p.alpn_len);
	while (rpt_rd_left(&ours)) {
		a = rpt_rd_block(&ours, 1, 1, RPT_ALPN_MAX);
		rpt_rd_init(&theirs, ch->alpn.data, ch->alpn.len);
		while (rpt_rd_left(&theirs)) {
			b = rpt_rd_block(&theirs, 1, 1, RPT_ALPN_MAX);
			if (rpt_rd_left(&a) != rpt_rd_left(&b) ||
			    memcmp(a.p, b.p, rpt_rd_left(&a)))
				continue;
			hs->alpn = a.p;
			hs->alpn_len = rpt_rd_left(&a);
			return 0;
		}
	}
	return rpt_hs_fail(hs, RPT_ALERT_NO_APPLICATION_PROTOCOL, -EPROTO);
}

/* Keep of the final ClientHello what outlives it */
static int keep_client_hello(struct rpt_hs *hs,
			     const struct rpt_client_hello *ch)
{
	hs->server_name_len = ch->server_name.len;
	if (ch->server_name.len)
		memcpy(hs->server_name, ch->server_name.data,
		       ch->server_name.len);
	if (ch->record_size_limit) {
		/* RFC 8449 section 4: both count, once we answer */
		hs->tx_limit = ch->record_size_limit - 1;
		hs->rx_inner_max = hs->p.record_size_limit ? :
				   RPT_RECORD_SIZE_LIMIT_MAX;
	}
	hs->takes_tickets = ch->psk_modes.len &&
			    memchr(ch->psk_modes.data, RPT_PSK_DHE_KE,
				   ch->psk_modes.len);
	hs->tickets_asked = has(ch, RPT_EXT_TICKET_REQUEST);
	hs->new_tickets = ch->new_tickets;
	hs->more_tickets = ch->more_tickets;
	rpt_auth_keep_sigs(hs, ch->sigs, ch->cert_sigs);
	return select_alpn(hs, ch);
}

/* Section 4.2.11 first, else certificates; the key schedule starts */
static int authenticate(struct rpt_hs *hs, const struct rpt_client_hello *ch,
			const u8 *msg, int *psk_index)
{
	struct rpt_psk psk = {};
	int ret;

	ret = rpt_psk_select(hs, msg, ch, &psk, psk_index);
	if (!ret)
		ret = select_suite(hs, ch);
	if (!ret) {
		ret = rpt_keysched_early(&hs->ks, hs->suite,
					 hs->psk_taken ? psk.secret : NULL,
					 psk.secret_len);
		if (ret)
			ret = rpt_hs_fail(hs, RPT_ALERT_INTERNAL_ERROR, ret);
	}
	memzero_explicit(&psk, sizeof(psk));
	if (ret || hs->psk_taken)
		return ret;

	if (!has(ch, RPT_EXT_SIGNATURE_ALGORITHMS))
		return missing(hs);
	ret = rpt_auth_select(hs, ch->authorities);
	if (ret == -ENOKEY)
		return rpt_hs_fail(hs, RPT_ALERT_HANDSHAKE_FAILURE, ret);
	if (ret == -ENOENT)
		return rpt_hs_fail(hs, RPT_ALERT_UNRECOGNIZED_NAME, -ENOKEY);
	return ret;
}

static int send_server_hello(struct rpt_hs *hs, const u8 *share, int psk_index)
{
	size_t msg, list, ext;
	struct rpt_wr w;

	get_random_bytes(hs->random, sizeof(hs->random));
	rpt_hs_msg_begin(hs, &w);
	msg = rpt_msg_open(&w, RPT_HS_SERVER_HELLO);
	write_hello_start(hs, &w, hs->random);
	list = rpt_wr_open(&w, 2);
	rpt_ext_write_u16(&w, RPT_EXT_SUPPORTED_VERSIONS, RPT_TLS13);
	ext = rpt_ext_open(&w, RPT_EXT_KEY_SHARE);
	rpt_ext_write_share(&w, hs->group->id, share,
			    hs->group->server_share_len);
	rpt_ext_close(&w, ext);
	if (psk_index >= 0)
		rpt_ext_write_u16(&w, RPT_EXT_PRE_SHARED_KEY, psk_index);
	rpt_wr_close(&w, list, 2);
	rpt_msg_close(&w, msg);
	return rpt_hs_msg_send(hs, &w);
}

/* Section 4.3.1 */
static int send_encrypted_extensions(struct rpt_hs *hs)
{
	struct rpt_wr w;
	size_t msg, list;

	rpt_hs_msg_begin(hs, &w);
	msg = rpt_msg_open(&w, RPT_HS_ENCRYPTED_EXTENSIONS);
	list = rpt_wr_open(&w, 2);
	if (hs->server_name_len && !hs->psk_taken)
		rpt_ext_write_empty(&w, RPT_EXT_SERVER_NAME);
	if (hs->alpn_len)
		rpt_ext_write_alpn_choice(&w, hs->alpn, hs->alpn_len);
	if (hs->rx_inner_max)
		rpt_ext_write_u16(&w, RPT_EXT_RECORD_SIZE_LIMIT,
				  hs->rx_inner_max);
	rpt_wr_close(&w, list, 2);
	rpt_msg_close(&w, msg);
	return rpt_hs_msg_send(hs, &w);
}

/* Section 4.3.2 */
static int send_certificate_request(struct rpt_hs *hs)
{
	const struct rpt_hs_params *p = &hs->p;
	struct rpt_wr w;
	size_t msg, list;

	rpt_hs_msg_begin(hs, &w);
	msg = rpt_msg_open(&w, RPT_HS_CERTIFICATE_REQUEST);
	rpt_wr_u8(&w, 0); /* certificate_request_context */
	list = rpt_wr_open(&w, 2);
	rpt_ext_write_u16_list(&w, RPT_EXT_SIGNATURE_ALGORITHMS, p->sigs,
			       p->n_sigs);
	if (p->n_cert_sigs)
		rpt_ext_write_u16_list(&w, RPT_EXT_SIGNATURE_ALGORITHMS_CERT,
				       p->cert_sigs, p->n_cert_sigs);
	if (p->n_authorities)
		rpt_ext_write_authorities(&w, p->authorities, p->n_authorities);
	rpt_wr_close(&w, list, 2);
	rpt_msg_close(&w, msg);
	hs->cert_requested = true;
	return rpt_hs_msg_send(hs, &w);
}

/* EncryptedExtensions to Finished, all under the handshake traffic key */
static int send_encrypted_flight(struct rpt_hs *hs)
{
	u8 th[RPT_HASH_MAX];
	int ret;

	ret = send_encrypted_extensions(hs);
	if (!ret && !hs->psk_taken && hs->p.request_client_cert)
		ret = send_certificate_request(hs);
	if (!ret && !hs->psk_taken)
		ret = rpt_auth_send_certificate(hs);
	if (!ret)
		ret = rpt_auth_send_finished(hs);
	if (ret)
		return ret;

	rpt_hs_hash_peek(hs, th);
	rpt_keysched_master(&hs->ks, th);
	/* From here on our records, a refusal of the client too, are these */
	ret = rpt_hs_keys_tx_app(hs);
	if (ret)
		return rpt_hs_fail(hs, RPT_ALERT_INTERNAL_ERROR, ret);
	return 0;
}

static int send_flight(struct rpt_hs *hs, struct rpt_blob peer_share,
		       int psk_index)
{
	u8 *share = hs->shares[0];	/* which only a client needs otherwise */
	u8 secret[RPT_SECRET_MAX];
	int ret;

	ret = rpt_kex_accept(hs->group, peer_share.data, peer_share.len, share,
			     secret);
	if (ret == -EINVAL)
		return illegal(hs);
	if (ret)
		return rpt_hs_fail(hs, RPT_ALERT_INTERNAL_ERROR, ret);
	ret = send_server_hello(hs, share, psk_index);
	if (!ret) {
		rpt_hs_send_ccs(hs);
		ret = rpt_hs_keys_handshake(hs, secret);
		if (ret)
			ret = rpt_hs_fail(hs, RPT_ALERT_INTERNAL_ERROR, ret);
	}
	memzero_explicit(secret, sizeof(secret));
	if (ret)
		return ret;
	return send_encrypted_flight(hs);
}

/**
 * rpt_server_client_hello() - take a ClientHello
 * @hs: the handshake
 * @msg: whole message (RFC 8446 section 4.1.2)
 * @len: length of @msg
 *
 * Answers by a HelloRetryRequest, or by the whole flight of the server.
 *
 * Context: Process context; find_psk(), select_identity() and sign() run.
 * Return: 0; failed: -EPROTO, -ENOKEY, -EBADMSG, errno of our own side.
 */
int rpt_server_client_hello(struct rpt_hs *hs, const u8 *msg, size_t len)
{
	bool second = hs->state == RPT_HS_EXPECT_SECOND_CLIENT_HELLO;
	struct rpt_client_hello ch;
	struct rpt_blob share = {};
	int ret, psk_index = -1;
	u8 alert;

	ret = rpt_parse_client_hello(msg + RPT_HS_HDR, len - RPT_HS_HDR, &ch,
				     &alert);
	if (ret)
		return rpt_hs_fail(hs, alert, ret);
	ret = check_client_hello(hs, &ch);
	if (!ret && second)
		ret = check_second_hello(hs, &ch, msg, len);
	if (ret)
		return ret;
	/* A cookie that we did not send */
	if (has(&ch, RPT_EXT_COOKIE) && !hs->cookie_sent)
		return illegal(hs);

	ret = select_group(hs, &ch, &share);
	if (ret)
		return ret;
	hs->session_id_len = ch.session_id.len;
	memcpy(hs->session_id, ch.session_id.data, ch.session_id.len);
	if (!second && (!share.len || hs->p.force_retry)) {
		ret = select_suite(hs, &ch);
		if (ret)
			return ret;
		return send_retry(hs, &ch, !share.len, msg, len);
	}
	if (!share.len)
		return illegal(hs);

	ret = keep_client_hello(hs, &ch);
	if (!ret)
		ret = authenticate(hs, &ch, msg, &psk_index);
	if (ret)
		return ret;
	hs->skip_outer = false;
	hs->skip_trial = has(&ch, RPT_EXT_EARLY_DATA);
	rpt_hs_hash(hs, msg, len);
	ret = send_flight(hs, share, psk_index);
	if (ret)
		return ret;
	hs->state = hs->cert_requested ? RPT_HS_EXPECT_CERTIFICATE :
					 RPT_HS_EXPECT_FINISHED;
	return 0;
}

/**
 * rpt_server_finish() - after the client's Finished
 * @hs: the handshake; its transcript ends with the client's Finished
 *
 * Context: Any context.
 * Return: 0.
 */
int rpt_server_finish(struct rpt_hs *hs)
{
	rpt_hs_keys_done(hs);
	hs->state = RPT_HS_DONE;
	return 0;
}
