// SPDX-License-Identifier: GPL-2.0-only
/*
 * TLS 1.3 handshake: authentication messages, the same for both sides
 * (RFC 8446 section 4.4)
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <crypto/utils.h>
#include "hs_priv.h"

/* Section 4.4.3: what a CertificateVerify of either side signs */
static size_t signed_content(const struct rpt_hs *hs, bool by_server,
			     u8 out[RPT_HS_TBS_MAX])
{
	static const char server[] = "TLS 1.3, server CertificateVerify";
	static const char client[] = "TLS 1.3, client CertificateVerify";

	static_assert(sizeof(server) == 34 && sizeof(client) == 34);
	memset(out, ' ', 64);
	memcpy(out + 64, by_server ? server : client, sizeof(server));
	rpt_hs_hash_peek(hs, out + 64 + sizeof(server));
	return 64 + sizeof(server) + hs->suite->hash_len;
}

static bool list_has(const u16 *list, unsigned int n, u16 value)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (list[i] == value)
			return true;
	return false;
}

/* The peer's list, cut to what we know: we could use nothing else of it */
static u8 keep_sigs(u16 *out, struct rpt_blob list)
{
	unsigned int n = 0;
	size_t i;
	u16 id;

	for (i = 0; i + 1 < list.len && n < RPT_HS_SIGS_MAX; i += 2) {
		id = get_unaligned_be16(list.data + i);
		if (rpt_sig_find(id) && !list_has(out, n, id))
			out[n++] = id;
	}
	return n;
}

/**
 * rpt_auth_keep_sigs() - remember what signatures the peer accepts
 * @hs: the handshake
 * @sigs: signature_algorithms, two bytes each
 * @cert_sigs: signature_algorithms_cert; empty if it was absent, then @sigs
 *	stands for both (RFC 8446 section 4.2.3)
 *
 * Context: Any context.
 */
void rpt_auth_keep_sigs(struct rpt_hs *hs, struct rpt_blob sigs,
			struct rpt_blob cert_sigs)
{
	hs->n_sigs = keep_sigs(hs->sigs, sigs);
	hs->n_cert_sigs = keep_sigs(hs->cert_sigs,
				    cert_sigs.len ? cert_sigs : sigs);
}

/**
 * rpt_auth_offer() - describe the peer to a callback
 * @hs: the handshake
 * @offer: out: what the peer accepts; authorities are left empty
 *
 * Context: Any context.
 */
void rpt_auth_offer(const struct rpt_hs *hs, struct rpt_hs_offer *offer)
{
	memset(offer, 0, sizeof(*offer));
	offer->server = hs->p.server;
	if (hs->p.server && hs->server_name_len) {
		offer->server_name = hs->server_name;
		offer->server_name_len = hs->server_name_len;
	}
	offer->sigs = hs->sigs;
	offer->n_sigs = hs->n_sigs;
	offer->cert_sigs = hs->cert_sigs;
	offer->n_cert_sigs = hs->n_cert_sigs;
}

/**
 * rpt_auth_select() - have our identity chosen
 * @hs: the handshake
 * @authorities: the peer's certificate_authorities, or empty
 *
 * Context: Process context.
 * Return: 0; -ENOKEY or -ENOENT if we have none, nothing is failed yet; any
 * other errno: the handshake has failed by internal_error.
 */
int rpt_auth_select(struct rpt_hs *hs, struct rpt_blob authorities)
{
	const struct rpt_chain *chain = NULL;
	const struct rpt_sig_scheme *scheme;
	struct rpt_hs_offer offer;
	u16 sig = 0;
	int ret;

	if (!hs->p.ops->select_identity)
		return -ENOKEY;
	rpt_auth_offer(hs, &offer);
	offer.authorities = authorities;
	ret = hs->p.ops->select_identity(hs->p.ops_data, &offer, &chain, &sig);
	if (ret == -ENOKEY || ret == -ENOENT)
		return ret;
	scheme = rpt_sig_find(sig);
	if (!ret && (!chain || !chain->n || !scheme || scheme->cert_only ||
		     !list_has(hs->sigs, hs->n_sigs, sig)))
		ret = -EINVAL; /* the callback's mistake */
	if (ret)
		return rpt_hs_fail(hs, RPT_ALERT_INTERNAL_ERROR, ret);
	hs->own_chain = chain;
	hs->own_sig = sig;
	return 0;
}

/**
 * rpt_auth_certificate() - take the peer's Certificate (section 4.4.2)
 * @hs: the handshake
 * @msg: whole message
 * @len: length of @msg
 *
 * Context: Process context; verify_peer() runs.
 * Return: 0; failed: -EPROTO, -EMSGSIZE, -EACCES, errno of verify_peer().
 */
int rpt_auth_certificate(struct rpt_hs *hs, const u8 *msg, size_t len)
{
	struct rpt_hs_peer peer;
	struct rpt_blob context;
	struct rpt_chain chain;
	u8 alert;
	int ret;

	/* We ask for nothing that a certificate's extensions could answer */
	ret = rpt_parse_certificate(msg + RPT_HS_HDR, len - RPT_HS_HDR, 0,
				    &context, &chain, &alert);
	if (ret)
		return rpt_hs_fail(hs, alert, ret);
	if (context.len)
		return rpt_hs_fail(hs, RPT_ALERT_ILLEGAL_PARAMETER, -EPROTO);

	if (!chain.n) {
		/* Section 4.4.2.4 */
		if (!hs->p.server)
			return rpt_hs_fail(hs, RPT_ALERT_DECODE_ERROR, -EPROTO);
		if (hs->p.require_client_cert)
			return rpt_hs_fail(hs, RPT_ALERT_CERTIFICATE_REQUIRED,
					   -EACCES);
		rpt_hs_hash(hs, msg, len);
		hs->state = RPT_HS_EXPECT_FINISHED;
		return 0;
	}

	peer.server = !hs->p.server;
	peer.chain = &chain;
	peer.server_name = hs->p.server ? NULL : hs->p.server_name;
	alert = RPT_ALERT_BAD_CERTIFICATE;
	ret = hs->p.ops->verify_peer(hs->p.ops_data, &peer, &hs->leaf_key,
				     &alert);
	if (ret)
		return rpt_hs_fail(hs, alert, ret < 0 ? ret : -EKEYREJECTED);

	rpt_hs_hash(hs, msg, len);
	hs->state = RPT_HS_EXPECT_CERTIFICATE_VERIFY;
	return 0;
}

/**
 * rpt_auth_certificate_verify() - take the peer's CertificateVerify
 * @hs: the handshake
 * @msg: whole message (RFC 8446 section 4.4.3)
 * @len: length of @msg
 *
 * Context: Process context; a signature is verified.
 * Return: 0; failed: -EPROTO, -EKEYREJECTED.
 */
int rpt_auth_certificate_verify(struct rpt_hs *hs, const u8 *msg, size_t len)
{
	const struct rpt_sig_scheme *scheme;
	struct rpt_certificate_verify cv;
	u8 content[RPT_HS_TBS_MAX];
	size_t n;
	u8 alert;
	int ret;

	ret = rpt_parse_certificate_verify(msg + RPT_HS_HDR, len - RPT_HS_HDR,
					   &cv, &alert);
	if (ret)
		return rpt_hs_fail(hs, alert, ret);

	scheme = rpt_sig_find(cv.scheme);
	if (!scheme || scheme->cert_only ||
	    scheme->key_type != hs->leaf_key.type ||
	    !list_has(hs->p.sigs, hs->p.n_sigs, cv.scheme))
		return rpt_hs_fail(hs, RPT_ALERT_ILLEGAL_PARAMETER, -EPROTO);

	n = signed_content(hs, !hs->p.server, content);
	ret = rpt_sig_verify(cv.scheme, &hs->leaf_key, content, n, cv.sig.data,
			     cv.sig.len);
	if (ret == -ENOMEM)
		return rpt_hs_fail(hs, RPT_ALERT_INTERNAL_ERROR, ret);
	if (ret)
		return rpt_hs_fail(hs, RPT_ALERT_DECRYPT_ERROR, -EKEYREJECTED);

	hs->peer_sig = cv.scheme;
	hs->peer_cert = true;
	rpt_hs_hash(hs, msg, len);
	hs->state = RPT_HS_EXPECT_FINISHED;
	return 0;
}

/**
 * rpt_auth_finished() - take the peer's Finished (RFC 8446 section 4.4.4)
 * @hs: the handshake
 * @msg: whole message
 * @len: length of @msg
 *
 * Context: Process context; a client then sends its own flight.
 * Return: 0; failed: -EPROTO wrong length, -EBADMSG wrong code, errno of our
 * own flight.
 */
int rpt_auth_finished(struct rpt_hs *hs, const u8 *msg, size_t len)
{
	u8 th[RPT_HASH_MAX], mac[RPT_HASH_MAX];
	size_t n = hs->suite->hash_len;
	bool good;

	if (len != RPT_HS_HDR + n)
		return rpt_hs_fail(hs, RPT_ALERT_DECODE_ERROR, -EPROTO);

	rpt_hs_hash_peek(hs, th);
	rpt_finished_mac(hs->suite, hs->p.server ? hs->ks.c_hs : hs->ks.s_hs,
			 th, mac);
	good = !crypto_memneq(mac, msg + RPT_HS_HDR, n);
	memzero_explicit(mac, sizeof(mac));
	if (!good)
		return rpt_hs_fail(hs, RPT_ALERT_DECRYPT_ERROR, -EBADMSG);

	rpt_hs_hash(hs, msg, len);
	return hs->p.server ? rpt_server_finish(hs) : rpt_client_finish(hs);
}

static int send_certificate_verify(struct rpt_hs *hs)
{
	u8 content[RPT_HS_TBS_MAX];
	size_t n, mark, sig_at;
	struct rpt_wr w;
	size_t len = 0;
	int ret;

	n = signed_content(hs, hs->p.server, content);
	rpt_hs_msg_begin(hs, &w);
	mark = rpt_msg_open(&w, RPT_HS_CERTIFICATE_VERIFY);
	rpt_wr_u16(&w, hs->own_sig);
	sig_at = rpt_wr_open(&w, 2);
	if (w.err || w.cap - w.len < RPT_SIG_MAX)
		return rpt_hs_fail(hs, RPT_ALERT_INTERNAL_ERROR, -EMSGSIZE);
	ret = hs->p.ops->sign(hs->p.ops_data, hs->own_sig, content, n,
			      w.buf + w.len, w.cap - w.len, &len);
	if (ret)
		return rpt_hs_fail(hs, RPT_ALERT_INTERNAL_ERROR, ret);
	(void)rpt_wr_space(&w, len);
	rpt_wr_close(&w, sig_at, 2);
	rpt_msg_close(&w, mark);
	return rpt_hs_msg_send(hs, &w);
}

/**
 * rpt_auth_send_certificate() - send Certificate and CertificateVerify
 * @hs: the handshake, rpt_auth_select() done; a client without an identity sends
 *	an empty Certificate alone (RFC 8446 section 4.4.2)
 *
 * Context: Process context; sign() runs.
 * Return: 0; failed by internal_error: -EMSGSIZE, -ENOMEM, errno of sign().
 */
int rpt_auth_send_certificate(struct rpt_hs *hs)
{
	/* context and list */
	size_t len = RPT_HS_HDR + 1 + 3;
	struct rpt_wr w;
	unsigned int i;
	int ret;

	/* each with its length and its extensions' */
	for (i = 0; hs->own_chain && i < hs->own_chain->n; i++)
		len += 3 + hs->own_chain->cert[i].len + 2;
	ret = rpt_hs_reserve(hs, len);
	if (ret)
		return ret;
	rpt_hs_msg_begin(hs, &w);
	rpt_write_certificate(&w, hs->own_chain);
	ret = rpt_hs_msg_send(hs, &w);
	if (ret || !hs->own_chain)
		return ret;
	return send_certificate_verify(hs);
}

/**
 * rpt_auth_send_finished() - send Finished (RFC 8446 section 4.4.4)
 * @hs: the handshake
 *
 * Context: Any context.
 * Return: 0; failed by internal_error: -EMSGSIZE.
 */
int rpt_auth_send_finished(struct rpt_hs *hs)
{
	u8 th[RPT_HASH_MAX];
	struct rpt_wr w;
	size_t mark;
	u8 *mac;

	rpt_hs_hash_peek(hs, th);
	rpt_hs_msg_begin(hs, &w);
	mark = rpt_msg_open(&w, RPT_HS_FINISHED);
	mac = rpt_wr_space(&w, hs->suite->hash_len);
	if (mac)
		rpt_finished_mac(hs->suite, hs->p.server ? hs->ks.s_hs :
				 hs->ks.c_hs, th, mac);
	rpt_msg_close(&w, mark);
	return rpt_hs_msg_send(hs, &w);
}
