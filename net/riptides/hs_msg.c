// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handshake messages: parsing (RFC 8446 section 4)
 */
#include <linux/errno.h>
#include <linux/string.h>
#include <crypto/utils.h>
#include "hs_ext.h"
#include "hs_msg.h"

/* SHA-256 of "HelloRetryRequest", RFC 8446 section 4.1.3 */
const u8 rpt_retry_random[RPT_RANDOM_LEN] = {
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11,
	0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e,
	0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

static struct rpt_blob blob_of(const struct rpt_rd *r)
{
	struct rpt_blob b = { .data = r->p, .len = rpt_rd_left(r) };

	return b;
}

static int malformed(u8 *alert)
{
	*alert = RPT_ALERT_DECODE_ERROR;
	return -EPROTO;
}

/*
 * Close one extension: everything read, nothing left.  @alert was preset to
 * decode_error and may have been sharpened by the reader.
 */
static int ext_end(const struct rpt_rd *body)
{
	return rpt_rd_done(body) ? 0 : -EPROTO;
}

static int client_hello_ext(struct rpt_client_hello *ch, const u8 *start,
			    struct rpt_ext_walk *w)
{
	struct rpt_rd *r = &w->body;

	w->alert = RPT_ALERT_DECODE_ERROR;
	switch (w->type) {
	case RPT_EXT_SUPPORTED_VERSIONS:
		ch->versions = rpt_ext_read_versions(r);
		break;
	case RPT_EXT_SUPPORTED_GROUPS:
		ch->groups = rpt_ext_read_u16_list(r);
		break;
	case RPT_EXT_SIGNATURE_ALGORITHMS:
		ch->sigs = rpt_ext_read_u16_list(r);
		break;
	case RPT_EXT_SIGNATURE_ALGORITHMS_CERT:
		ch->cert_sigs = rpt_ext_read_u16_list(r);
		break;
	case RPT_EXT_KEY_SHARE:
		ch->shares = rpt_ext_read_shares(r, &w->alert);
		break;
	case RPT_EXT_SERVER_NAME:
		ch->server_name = rpt_ext_read_server_name(r);
		break;
	case RPT_EXT_ALPN:
		ch->alpn = rpt_ext_read_alpn(r);
		break;
	case RPT_EXT_COOKIE:
		ch->cookie = rpt_ext_read_cookie(r);
		break;
	case RPT_EXT_CERTIFICATE_AUTHORITIES:
		ch->authorities = rpt_ext_read_authorities(r);
		break;
	case RPT_EXT_PSK_KEY_EXCHANGE_MODES:
		ch->psk_modes = rpt_ext_read_modes(r);
		break;
	case RPT_EXT_RECORD_SIZE_LIMIT:
		ch->record_size_limit = rpt_ext_read_size_limit(r, &w->alert);
		break;
	case RPT_EXT_PRE_SHARED_KEY:
		rpt_ext_read_psks(r, &ch->psk_identities, &ch->psk_binders,
				  &w->alert);
		if (rpt_rd_ok(r))
			ch->binders_at = ch->psk_binders.data - 2 - start;
		break;
	case RPT_EXT_TICKET_REQUEST:
		ch->new_tickets = rpt_rd_u8(r);
		ch->more_tickets = rpt_rd_u8(r);
		break;
	case RPT_EXT_EARLY_DATA:
	case RPT_EXT_POST_HANDSHAKE_AUTH:
		break;
	default:
		return 0;
	}
	return ext_end(r);
}

/**
 * rpt_parse_client_hello() - parse ClientHello (RFC 8446 section 4.1.2)
 * @body: the message after its header
 * @len: length of @body
 * @ch: out: what it says
 * @alert: out: alert to send, on error
 *
 * Context: Any context.
 * Return: 0, or -EPROTO: decode_error if malformed, illegal_parameter for a
 * repeated or misplaced extension.
 */
int rpt_parse_client_hello(const u8 *body, size_t len,
			   struct rpt_client_hello *ch, u8 *alert)
{
	struct rpt_rd r, id, suites, methods, block;
	struct rpt_ext_walk w;
	int ret;

	memset(ch, 0, sizeof(*ch));
	rpt_rd_init(&r, body, len);
	ch->legacy_version = rpt_rd_u16(&r);
	ch->random = rpt_rd_bytes(&r, RPT_RANDOM_LEN);
	id = rpt_rd_block(&r, 1, 0, RPT_SESSION_ID_MAX);
	suites = rpt_rd_block(&r, 2, 2, 0xfffe);
	methods = rpt_rd_block(&r, 1, 1, 255);
	if (!rpt_rd_ok(&r) || (rpt_rd_left(&suites) & 1))
		return malformed(alert);

	ch->session_id = blob_of(&id);
	ch->suites = blob_of(&suites);
	ch->null_compression_only = rpt_rd_left(&methods) == 1 &&
				    *methods.p == RPT_COMPRESSION_NULL;
	if (rpt_rd_done(&r))
		return 0; /* an old client without extensions */

	block = rpt_rd_block(&r, 2, 0, 0xffff);
	if (!rpt_rd_done(&r))
		return malformed(alert);
	ch->extensions = true;
	rpt_ext_walk_init(&w, block, RPT_EXT_IN_CH);
	while ((ret = rpt_ext_walk_next(&w)) > 0) {
		ret = client_hello_ext(ch, body, &w);
		if (ret)
			break;
	}
	ch->seen = w.seen;
	*alert = w.alert;
	return ret;
}

/* May a second ClientHello differ from the first in this extension? */
static bool ext_may_change(u16 type)
{
	switch (type) {
	case RPT_EXT_KEY_SHARE:
	case RPT_EXT_EARLY_DATA:
	case RPT_EXT_COOKIE:
	case RPT_EXT_PRE_SHARED_KEY:
	case RPT_EXT_PADDING:
	case RPT_EXT_ENCRYPTED_CLIENT_HELLO: /* RFC 9849 section 6.1.5 */
		return true;
	default:
		return false;
	}
}

/**
 * rpt_client_hello_invariant() - digest what a retry may not change
 * @body: a ClientHello that rpt_parse_client_hello() accepted
 * @len: length of @body
 * @out: digest of its fixed part and of every extension other than those that
 *	RFC 8446 section 4.1.2 lets a second ClientHello change
 *
 * The order of extensions does not count.
 *
 * Context: Any context.
 */
void rpt_client_hello_invariant(const u8 *body, size_t len,
				u8 out[RPT_HASH_MAX])
{
	u8 digest[RPT_HASH_MAX];
	struct rpt_rd r, block, ext;
	const u8 *start;
	size_t size;
	u16 type;

	rpt_rd_init(&r, body, len);
	(void)rpt_rd_bytes(&r, 2 + RPT_RANDOM_LEN);
	(void)rpt_rd_block(&r, 1, 0, 255);
	(void)rpt_rd_block(&r, 2, 0, 0xffff);
	(void)rpt_rd_block(&r, 1, 0, 255);

	memset(out, 0, RPT_HASH_MAX);
	size = rpt_hash_size(RPT_HASH_SHA256);
	rpt_hash_oneshot(RPT_HASH_SHA256, body, r.p - body, out);
	block = rpt_rd_block(&r, 2, 0, 0xffff);
	while (rpt_rd_left(&block)) {
		start = block.p;
		type = rpt_rd_u16(&block);
		ext = rpt_rd_block(&block, 2, 0, 0xffff);
		if (!rpt_rd_ok(&ext) || ext_may_change(type))
			continue;
		rpt_hash_oneshot(RPT_HASH_SHA256, start, block.p - start,
				 digest);
		crypto_xor(out, digest, size);
	}
}

/* Only supported_versions tells a TLS 1.3 ServerHello from an older one */
static bool has_version(struct rpt_rd block)
{
	u16 type;

	while (rpt_rd_left(&block)) {
		type = rpt_rd_u16(&block);
		(void)rpt_rd_block(&block, 2, 0, 0xffff);
		if (type == RPT_EXT_SUPPORTED_VERSIONS)
			return true;
	}
	return false;
}

static int server_hello_ext(struct rpt_server_hello *sh, struct rpt_ext_walk *w)
{
	struct rpt_rd *r = &w->body;

	w->alert = RPT_ALERT_DECODE_ERROR;
	switch (w->type) {
	case RPT_EXT_SUPPORTED_VERSIONS:
		sh->version = rpt_rd_u16(r);
		break;
	case RPT_EXT_KEY_SHARE:
		if (sh->retry)
			sh->group = rpt_rd_u16(r);
		else
			sh->share = rpt_ext_read_share(r, &sh->group);
		break;
	case RPT_EXT_COOKIE:
		sh->cookie = rpt_ext_read_cookie(r);
		break;
	case RPT_EXT_PRE_SHARED_KEY:
		sh->psk = rpt_rd_u16(r);
		break;
	default:
		return 0;
	}
	return ext_end(r);
}

/**
 * rpt_parse_server_hello() - parse ServerHello or HelloRetryRequest
 * @body: the message after its header (RFC 8446 sections 4.1.3 and 4.1.4)
 * @len: length of @body
 * @asked: rpt_ext_bit() of the extensions of our ClientHello
 * @sh: out: what it says
 * @alert: out: alert to send, on error
 *
 * Context: Any context.
 * Return: 0, or -EPROTO: decode_error if malformed, illegal_parameter for a
 * repeated or misplaced extension, unsupported_extension for one that we did
 * not ask for.
 */
int rpt_parse_server_hello(const u8 *body, size_t len, u64 asked,
			   struct rpt_server_hello *sh, u8 *alert)
{
	struct rpt_ext_walk w;
	struct rpt_rd r, id, block;
	int ret;

	memset(sh, 0, sizeof(*sh));
	sh->psk = -1;
	rpt_rd_init(&r, body, len);
	sh->legacy_version = rpt_rd_u16(&r);
	sh->random = rpt_rd_bytes(&r, RPT_RANDOM_LEN);
	id = rpt_rd_block(&r, 1, 0, RPT_SESSION_ID_MAX);
	sh->suite = rpt_rd_u16(&r);
	sh->compression = rpt_rd_u8(&r);
	if (!rpt_rd_ok(&r))
		return malformed(alert);
	sh->session_id = blob_of(&id);
	sh->retry = !memcmp(sh->random, rpt_retry_random, RPT_RANDOM_LEN);
	if (rpt_rd_done(&r))
		return 0; /* an old server without extensions */

	block = rpt_rd_block(&r, 2, 0, 0xffff);
	if (!rpt_rd_done(&r))
		return malformed(alert);
	if (!has_version(block))
		return 0;

	/* A cookie is the one thing that a server may send unasked */
	if (sh->retry)
		asked |= rpt_ext_bit(RPT_EXT_COOKIE);
	rpt_ext_walk_init_response(&w, block, sh->retry ? RPT_EXT_IN_HRR :
							  RPT_EXT_IN_SH, asked);
	while ((ret = rpt_ext_walk_next(&w)) > 0) {
		ret = server_hello_ext(sh, &w);
		if (ret)
			break;
	}
	sh->seen = w.seen;
	*alert = w.alert;
	return ret;
}

static int encrypted_ext(struct rpt_encrypted_extensions *ee,
			 struct rpt_ext_walk *w)
{
	struct rpt_rd *r = &w->body;

	w->alert = RPT_ALERT_DECODE_ERROR;
	switch (w->type) {
	case RPT_EXT_ALPN:
		ee->alpn = rpt_ext_read_alpn_choice(r);
		break;
	case RPT_EXT_RECORD_SIZE_LIMIT:
		ee->record_size_limit = rpt_ext_read_size_limit(r, &w->alert);
		break;
	case RPT_EXT_SUPPORTED_GROUPS:
		/* For a later connection; we keep to our own list */
		(void)rpt_ext_read_u16_list(r);
		break;
	case RPT_EXT_TICKET_REQUEST:
		(void)rpt_rd_u8(r); /* how many tickets to expect */
		break;
	case RPT_EXT_SERVER_NAME:
		break;
	default:
		return 0;
	}
	return ext_end(r);
}

/**
 * rpt_parse_encrypted_extensions() - parse EncryptedExtensions
 * @body: the message after its header (RFC 8446 section 4.3.1)
 * @len: length of @body
 * @asked: rpt_ext_bit() of the extensions of our ClientHello
 * @ee: out: what it says
 * @alert: out: alert to send, on error
 *
 * Context: Any context.
 * Return: 0, or -EPROTO: decode_error if malformed, illegal_parameter for a
 * repeated or misplaced extension, unsupported_extension for one that we did
 * not ask for.
 */
int rpt_parse_encrypted_extensions(const u8 *body, size_t len, u64 asked,
				   struct rpt_encrypted_extensions *ee,
				   u8 *alert)
{
	struct rpt_ext_walk w;
	struct rpt_rd r, block;
	int ret;

	memset(ee, 0, sizeof(*ee));
	rpt_rd_init(&r, body, len);
	block = rpt_rd_block(&r, 2, 0, 0xffff);
	if (!rpt_rd_done(&r))
		return malformed(alert);
	rpt_ext_walk_init_response(&w, block, RPT_EXT_IN_EE, asked);
	while ((ret = rpt_ext_walk_next(&w)) > 0) {
		ret = encrypted_ext(ee, &w);
		if (ret)
			break;
	}
	ee->seen = w.seen;
	*alert = w.alert;
	return ret;
}

static int request_ext(struct rpt_certificate_request *cr,
		       struct rpt_ext_walk *w)
{
	struct rpt_rd *r = &w->body;

	w->alert = RPT_ALERT_DECODE_ERROR;
	switch (w->type) {
	case RPT_EXT_SIGNATURE_ALGORITHMS:
		cr->sigs = rpt_ext_read_u16_list(r);
		break;
	case RPT_EXT_SIGNATURE_ALGORITHMS_CERT:
		cr->cert_sigs = rpt_ext_read_u16_list(r);
		break;
	case RPT_EXT_CERTIFICATE_AUTHORITIES:
		cr->authorities = rpt_ext_read_authorities(r);
		break;
	default:
		return 0;
	}
	return ext_end(r);
}

/**
 * rpt_parse_certificate_request() - parse CertificateRequest
 * @body: the message after its header (RFC 8446 section 4.3.2)
 * @len: length of @body
 * @cr: out: what it says
 * @alert: out: alert to send, on error
 *
 * Context: Any context.
 * Return: 0, or -EPROTO: decode_error if malformed, illegal_parameter for a
 * repeated or misplaced extension.
 */
int rpt_parse_certificate_request(const u8 *body, size_t len,
				  struct rpt_certificate_request *cr, u8 *alert)
{
	struct rpt_rd r, context, block;
	struct rpt_ext_walk w;
	int ret;

	memset(cr, 0, sizeof(*cr));
	rpt_rd_init(&r, body, len);
	context = rpt_rd_block(&r, 1, 0, 255);
	block = rpt_rd_block(&r, 2, 2, 0xffff);
	if (!rpt_rd_done(&r))
		return malformed(alert);
	cr->context = blob_of(&context);
	rpt_ext_walk_init(&w, block, RPT_EXT_IN_CR);
	while ((ret = rpt_ext_walk_next(&w)) > 0) {
		ret = request_ext(cr, &w);
		if (ret)
			break;
	}
	cr->seen = w.seen;
	*alert = w.alert;
	return ret;
}

/**
 * rpt_parse_certificate() - parse Certificate (RFC 8446 section 4.4.2)
 * @body: the message after its header
 * @len: length of @body
 * @asked: rpt_ext_bit() of the extensions that an entry may carry
 * @context: out: certificate_request_context
 * @chain: out: the certificates, possibly none
 * @alert: out: alert to send, on error
 *
 * Context: Any context.
 * Return: 0; -EPROTO: decode_error if malformed, illegal_parameter or
 * unsupported_extension for an extension; -EMSGSIZE: bad_certificate for more
 * than RPT_CHAIN_MAX certificates.
 */
int rpt_parse_certificate(const u8 *body, size_t len, u64 asked,
			  struct rpt_blob *context, struct rpt_chain *chain,
			  u8 *alert)
{
	struct rpt_rd r, ctx, list, cert, block;
	struct rpt_ext_walk w;
	int ret;

	memset(chain, 0, sizeof(*chain));
	rpt_rd_init(&r, body, len);
	ctx = rpt_rd_block(&r, 1, 0, 255);
	list = rpt_rd_block(&r, 3, 0, 0xffffff);
	if (!rpt_rd_done(&r))
		return malformed(alert);
	*context = blob_of(&ctx);

	while (rpt_rd_left(&list)) {
		cert = rpt_rd_block(&list, 3, 1, 0xffffff);
		block = rpt_rd_block(&list, 2, 0, 0xffff);
		if (!rpt_rd_ok(&list))
			return malformed(alert);
		if (chain->n == RPT_CHAIN_MAX) {
			*alert = RPT_ALERT_BAD_CERTIFICATE;
			return -EMSGSIZE;
		}
		chain->cert[chain->n++] = blob_of(&cert);

		rpt_ext_walk_init_response(&w, block, RPT_EXT_IN_CT, asked);
		do {
			ret = rpt_ext_walk_next(&w);
		} while (ret > 0);
		if (ret) {
			*alert = w.alert;
			return ret;
		}
	}
	if (!rpt_rd_ok(&list))
		return malformed(alert);
	return 0;
}

/**
 * rpt_parse_certificate_verify() - parse CertificateVerify
 * @body: the message after its header (RFC 8446 section 4.4.3)
 * @len: length of @body
 * @cv: out: what it says
 * @alert: out: alert to send, on error
 *
 * Context: Any context.
 * Return: 0, or -EPROTO with decode_error if malformed.
 */
int rpt_parse_certificate_verify(const u8 *body, size_t len,
				 struct rpt_certificate_verify *cv, u8 *alert)
{
	struct rpt_rd r, sig;

	rpt_rd_init(&r, body, len);
	cv->scheme = rpt_rd_u16(&r);
	sig = rpt_rd_block(&r, 2, 0, 0xffff);
	if (!rpt_rd_done(&r))
		return malformed(alert);
	cv->sig = blob_of(&sig);
	return 0;
}

/**
 * rpt_parse_new_session_ticket() - parse NewSessionTicket
 * @body: the message after its header (RFC 8446 section 4.6.1)
 * @len: length of @body
 * @nst: out: what it says
 * @alert: out: alert to send, on error
 *
 * Context: Any context.
 * Return: 0, or -EPROTO: decode_error if malformed, illegal_parameter for a
 * repeated or misplaced extension or a lifetime above seven days.
 */
int rpt_parse_new_session_ticket(const u8 *body, size_t len,
				 struct rpt_new_session_ticket *nst, u8 *alert)
{
	struct rpt_rd r, nonce, ticket, block;
	struct rpt_ext_walk w;
	int ret;

	memset(nst, 0, sizeof(*nst));
	rpt_rd_init(&r, body, len);
	nst->lifetime = rpt_rd_u32(&r);
	nst->age_add = rpt_rd_u32(&r);
	nonce = rpt_rd_block(&r, 1, 0, 255);
	ticket = rpt_rd_block(&r, 2, 1, 0xffff);
	block = rpt_rd_block(&r, 2, 0, 0xfffe);
	if (!rpt_rd_done(&r))
		return malformed(alert);
	nst->nonce = blob_of(&nonce);
	nst->ticket = blob_of(&ticket);

	rpt_ext_walk_init(&w, block, RPT_EXT_IN_NST);
	while ((ret = rpt_ext_walk_next(&w)) > 0) {
		if (w.type != RPT_EXT_EARLY_DATA)
			continue;
		nst->max_early_data = rpt_rd_u32(&w.body);
		if (!rpt_rd_done(&w.body))
			return malformed(alert);
	}
	if (!ret && nst->lifetime > RPT_TICKET_LIFETIME_MAX) {
		w.alert = RPT_ALERT_ILLEGAL_PARAMETER;
		ret = -EPROTO;
	}
	*alert = w.alert;
	return ret;
}

/**
 * rpt_parse_key_update() - parse KeyUpdate (RFC 8446 section 4.6.3)
 * @body: the message after its header
 * @len: length of @body
 * @requested: out: the peer wants us to update, too
 * @alert: out: alert to send, on error
 *
 * Context: Any context.
 * Return: 0, or -EPROTO: decode_error if malformed, illegal_parameter for an
 * unknown value.
 */
int rpt_parse_key_update(const u8 *body, size_t len, bool *requested, u8 *alert)
{
	if (len != 1)
		return malformed(alert);
	*requested = *body == RPT_KEY_UPDATE_REQUESTED;
	if (*body > RPT_KEY_UPDATE_REQUESTED) {
		*alert = RPT_ALERT_ILLEGAL_PARAMETER;
		return -EPROTO;
	}
	return 0;
}
