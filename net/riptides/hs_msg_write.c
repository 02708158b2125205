// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handshake messages: writing (RFC 8446 section 4)
 *
 * The hellos and the messages that depend on what was negotiated are written by
 * the state machines.
 */
#include "hs_msg.h"

/**
 * rpt_msg_open() - begin a handshake message
 * @w: writer
 * @type: RPT_HS_*
 *
 * Context: Any context.
 * Return: mark for rpt_msg_close().
 */
size_t rpt_msg_open(struct rpt_wr *w, u8 type)
{
	rpt_wr_u8(w, type);
	return rpt_wr_open(w, 3);
}

/**
 * rpt_msg_close() - end a handshake message
 * @w: writer
 * @mark: what rpt_msg_open() gave
 *
 * Context: Any context.
 */
void rpt_msg_close(struct rpt_wr *w, size_t mark)
{
	rpt_wr_close(w, mark, 3);
}

/**
 * rpt_write_certificate() - write Certificate (RFC 8446 section 4.4.2)
 * @w: writer
 * @chain: our certificates, leaf first; NULL for none
 *
 * Context: Any context.
 */
void rpt_write_certificate(struct rpt_wr *w, const struct rpt_chain *chain)
{
	size_t msg = rpt_msg_open(w, RPT_HS_CERTIFICATE);
	size_t list, mark;
	unsigned int i;

	rpt_wr_u8(w, 0); /* certificate_request_context */
	list = rpt_wr_open(w, 3);
	for (i = 0; chain && i < chain->n; i++) {
		mark = rpt_wr_open(w, 3);
		rpt_wr_bytes(w, chain->cert[i].data, chain->cert[i].len);
		rpt_wr_close(w, mark, 3);
		rpt_wr_u16(w, 0); /* extensions */
	}
	rpt_wr_close(w, list, 3);
	rpt_msg_close(w, msg);
}

/**
 * rpt_write_certificate_verify() - write CertificateVerify (section 4.4.3)
 * @w: writer
 * @scheme: signature scheme
 * @sig: the signature
 * @len: length of @sig
 *
 * Context: Any context.
 */
void rpt_write_certificate_verify(struct rpt_wr *w, u16 scheme, const u8 *sig,
				  size_t len)
{
	size_t msg = rpt_msg_open(w, RPT_HS_CERTIFICATE_VERIFY);
	size_t mark;

	rpt_wr_u16(w, scheme);
	mark = rpt_wr_open(w, 2);
	rpt_wr_bytes(w, sig, len);
	rpt_wr_close(w, mark, 2);
	rpt_msg_close(w, msg);
}

/**
 * rpt_write_new_session_ticket() - write NewSessionTicket (section 4.6.1)
 * @w: writer
 * @nst: what it says; max_early_data is not written
 *
 * Context: Any context.
 */
void rpt_write_new_session_ticket(struct rpt_wr *w,
				  const struct rpt_new_session_ticket *nst)
{
	size_t msg = rpt_msg_open(w, RPT_HS_NEW_SESSION_TICKET);
	size_t mark;

	rpt_wr_u32(w, nst->lifetime);
	rpt_wr_u32(w, nst->age_add);
	mark = rpt_wr_open(w, 1);
	rpt_wr_bytes(w, nst->nonce.data, nst->nonce.len);
	rpt_wr_close(w, mark, 1);
	mark = rpt_wr_open(w, 2);
	rpt_wr_bytes(w, nst->ticket.data, nst->ticket.len);
	rpt_wr_close(w, mark, 2);
	rpt_wr_u16(w, 0); /* extensions */
	rpt_msg_close(w, msg);
}

/**
 * rpt_write_key_update() - write KeyUpdate (RFC 8446 section 4.6.3)
 * @w: writer
 * @request: ask the peer to update, too
 *
 * Context: Any context.
 */
void rpt_write_key_update(struct rpt_wr *w, bool request)
{
	size_t msg = rpt_msg_open(w, RPT_HS_KEY_UPDATE);

	rpt_wr_u8(w, request ? RPT_KEY_UPDATE_REQUESTED :
			       RPT_KEY_UPDATE_NOT_REQUESTED);
	rpt_msg_close(w, msg);
}
