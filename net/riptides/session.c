// SPDX-License-Identifier: GPL-2.0-only
/*
 * TLS 1.3 sessions: tickets, KeyUpdate, alerts and exporters
 * (RFC 8446 sections 4.6, 6, 7.2 and 7.5)
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "hs_msg.h"
#include "keysched.h"
#include "session.h"

/*
 * Everything of a NewSessionTicket but the ticket, 4 + 4 + 1 + 255 + 2 + 2, and
 * room for extensions that we don't know.
 */
#define TICKET_MSG_MAX	(RPT_TICKET_MAX + 512)

static int fail(struct rpt_post_actions *act, u8 alert, int err)
{
	act->alert = alert;
	return err;
}

/**
 * rpt_session_ticket_psk() - derive the PSK of a ticket
 * @s: the session
 * @nonce: ticket_nonce, different for each ticket of a session
 * @nonce_len: length of @nonce, at most 255
 * @t: out: hash, psk and psk_len are set
 *
 * RFC 8446 section 4.6.1.
 *
 * Context: Any context.
 * Return: 0, or -EINVAL for a nonce too long.
 */
int rpt_session_ticket_psk(const struct rpt_session *s, const u8 *nonce,
			   size_t nonce_len, struct rpt_ticket *t)
{
	if (nonce_len > 255)
		return -EINVAL;
	t->hash = s->suite->hash;
	t->psk_len = s->suite->hash_len;
	rpt_resumption_psk(s->suite, s->resumption, nonce, nonce_len, t->psk);
	return 0;
}

/**
 * rpt_session_ticket_write() - write NewSessionTicket
 * @t: lifetime, age_add and ticket are used
 * @nonce: ticket_nonce given to rpt_session_ticket_psk()
 * @nonce_len: length of @nonce
 * @msg: out: the message
 * @cap: size of @msg
 * @len: out: length of @msg
 *
 * RFC 8446 section 4.6.1.  Early data is never offered.
 *
 * Context: Any context.
 * Return: 0; -EINVAL for a lifetime above seven days, an empty ticket or a
 * nonce too long; -ENOSPC if @cap does not do.
 */
int rpt_session_ticket_write(const struct rpt_ticket *t, const u8 *nonce,
			     size_t nonce_len, u8 *msg, size_t cap, size_t *len)
{
	struct rpt_new_session_ticket nst = {
		.lifetime	= t->lifetime,
		.age_add	= t->age_add,
		.nonce		= { .data = nonce, .len = nonce_len },
		.ticket		= { .data = t->ticket, .len = t->ticket_len },
	};
	struct rpt_wr w;

	*len = 0;
	if (t->lifetime > RPT_TICKET_LIFETIME_MAX || nonce_len > 255 ||
	    !t->ticket_len || t->ticket_len > 0xffff)
		return -EINVAL;
	rpt_wr_init(&w, msg, cap);
	rpt_write_new_session_ticket(&w, &nst);
	if (w.err)
		return -ENOSPC;
	*len = w.len;
	return 0;
}

static int take_ticket(struct rpt_session *s, const u8 *body, size_t len,
		       struct rpt_post_actions *act)
{
	struct rpt_new_session_ticket nst;
	struct rpt_ticket t = {};
	u8 alert;
	int ret;

	ret = rpt_parse_new_session_ticket(body, len, &nst, &alert);
	if (ret)
		return fail(act, alert, ret);
	/* A lifetime of zero says to discard it at once */
	if (!act->ticket || !nst.lifetime || nst.ticket.len > RPT_TICKET_MAX)
		return 0;
	/* A flood of them is passed over */
	if (s->tickets_in_a_row == RPT_TICKETS_MAX)
		return 0;
	s->tickets_in_a_row++;

	t.lifetime = nst.lifetime;
	t.age_add = nst.age_add;
	t.max_early_data = nst.max_early_data;
	t.ticket = nst.ticket.data;
	t.ticket_len = nst.ticket.len;
	ret = rpt_session_ticket_psk(s, nst.nonce.data, nst.nonce.len, &t);
	if (!ret)
		act->ticket(act->ticket_data, &t);
	memzero_explicit(&t, sizeof(t));
	return ret;
}

static int take_key_update(struct rpt_session *s, const u8 *body, size_t len,
			   bool ends_record, struct rpt_post_actions *act)
{
	bool requested;
	u8 alert;
	int ret;

	ret = rpt_parse_key_update(body, len, &requested, &alert);
	if (ret)
		return fail(act, alert, ret);
	/* RFC 8446 section 5.1: messages do not span key changes */
	if (!ends_record)
		return fail(act, RPT_ALERT_UNEXPECTED_MESSAGE, -EPROTO);
	if (++s->rx_in_a_row > RPT_KEY_UPDATES_MAX)
		return fail(act, RPT_ALERT_UNEXPECTED_MESSAGE, -EPROTO);
	rpt_traffic_update(s->suite, s->rx_secret);
	s->rx_seq = 0;
	s->rx_updates++;
	act->rx_rekey = true;
	if (requested)
		act->tx_rekey = true;
	return 0;
}

static int take_message(struct rpt_session *s, const u8 *msg, size_t len,
			bool ends_record, struct rpt_post_actions *act)
{
	if (*msg == RPT_HS_NEW_SESSION_TICKET)
		return take_ticket(s, msg + RPT_HS_HDR, len - RPT_HS_HDR, act);
	return take_key_update(s, msg + RPT_HS_HDR, len - RPT_HS_HDR,
			       ends_record, act);
}

/* What may follow a handshake; post-handshake authentication is not offered */
static bool type_legal(const struct rpt_session *s, u8 type)
{
	switch (type) {
	case RPT_HS_KEY_UPDATE:
		return true;
	case RPT_HS_NEW_SESSION_TICKET:
		return !s->server;
	default:
		return false;
	}
}

static void part_drop(struct rpt_session *s)
{
	kfree_sensitive(s->part);
	s->part = NULL;
	s->part_len = 0;
	s->part_need = 0;
	s->part_skip = 0;
}

/*
 * With a whole header here: how long is the message, and do we keep it?
 */
static int part_start(struct rpt_session *s, struct rpt_post_actions *act)
{
	size_t need = get_unaligned_be24(s->part_hdr + 1);

	if (!need || (s->part_hdr[0] == RPT_HS_KEY_UPDATE && need != 1))
		return fail(act, RPT_ALERT_DECODE_ERROR, -EPROTO);
	if (need > TICKET_MSG_MAX) {
		/* 4 + 4 + 1 + 255 + 2 + 65535 + 2 + 65534 */
		if (need > 131337)
			return fail(act, RPT_ALERT_DECODE_ERROR, -EPROTO);
		s->part_skip = need;
		s->part_len = 0;
		return 0;
	}
	s->part_need = RPT_HS_HDR + need;
	s->part = kmalloc(s->part_need, GFP_KERNEL);
	if (!s->part)
		return fail(act, RPT_ALERT_INTERNAL_ERROR, -ENOMEM);
	memcpy(s->part, s->part_hdr, RPT_HS_HDR);
	return 0;
}

/* Add bytes to the message that has begun; *used of them belong to it */
static int part_add(struct rpt_session *s, const u8 *data, size_t len,
		    size_t *used, struct rpt_post_actions *act)
{
	size_t n;
	int ret;

	*used = 0;
	if (s->part_skip) {
		*used = min_t(size_t, len, s->part_skip);
		s->part_skip -= *used;
		return 0;
	}
	if (s->part_len < RPT_HS_HDR) {
		n = min_t(size_t, len, RPT_HS_HDR - s->part_len);
		memcpy(s->part_hdr + s->part_len, data, n);
		s->part_len += n;
		*used = n;
		if (!type_legal(s, s->part_hdr[0]))
			return fail(act, RPT_ALERT_UNEXPECTED_MESSAGE, -EPROTO);
		return s->part_len < RPT_HS_HDR ? 0 : part_start(s, act);
	}
	n = min_t(size_t, len, s->part_need - s->part_len);
	memcpy(s->part + s->part_len, data, n);
	s->part_len += n;
	*used = n;
	if (s->part_len < s->part_need)
		return 0;
	ret = take_message(s, s->part, s->part_need, len == n, act);
	part_drop(s);
	return ret;
}

/* A message that lies wholly in the record is taken where it is */
static size_t whole_message(const u8 *data, size_t len)
{
	size_t need;

	if (len < RPT_HS_HDR)
		return 0;
	need = RPT_HS_HDR + get_unaligned_be24(data + 1);
	return need <= len ? need : 0;
}

/**
 * rpt_session_post() - take the content of a handshake record
 * @s: the session
 * @data: content of one record, of type handshake
 * @len: length of @data
 * @act: in: what to do with tickets; out: what to do next
 *
 * Messages may share a record or span several.  When @act->rx_rekey is set, the
 * next record comes under the new @s->rx_secret, sequence number 0.
 *
 * Context: Process context; may allocate with GFP_KERNEL.
 * Return: 0; -EPROTO protocol violated, -ENOMEM; @act->alert is set then.
 */
int rpt_session_post(struct rpt_session *s, const u8 *data, size_t len,
		     struct rpt_post_actions *act)
{
	size_t n;
	int ret;

	act->rx_rekey = false;
	act->tx_rekey = false;
	act->alert = 0;
	if (!len)
		return fail(act, RPT_ALERT_UNEXPECTED_MESSAGE, -EPROTO);

	while (len) {
		n = 0;
		if (!s->part_len && !s->part_skip) {
			if (!type_legal(s, *data))
				return fail(act, RPT_ALERT_UNEXPECTED_MESSAGE,
					    -EPROTO);
			n = whole_message(data, len);
		}
		if (n)
			ret = take_message(s, data, n, n == len, act);
		else
			ret = part_add(s, data, len, &n, act);
		if (ret) {
			part_drop(s);
			return ret;
		}
		data += n;
		len -= n;
	}
	return 0;
}

/**
 * rpt_session_data() - application data came: the peer does not only rekey
 * @s: the session
 *
 * To be called now and then; resets the limits on KeyUpdates and on tickets in
 * a row.  A message that has begun may not be interrupted (RFC 8446 section
 * 5.1).
 *
 * Context: Any context.
 * Return: 0; -EPROTO if a handshake message is incomplete: unexpected_message.
 */
int rpt_session_data(struct rpt_session *s)
{
	s->rx_in_a_row = 0;
	s->tickets_in_a_row = 0;
	return s->part_len || s->part_skip ? -EPROTO : 0;
}

/**
 * rpt_session_key_update() - change our sending keys
 * @s: the session
 * @request: ask the peer to change its own, too
 * @msg: out: KeyUpdate, to be sent as the last record under the old key
 *
 * @s->tx_secret becomes the new one, with sequence number 0.
 *
 * Context: Any context.
 * Return: 0.
 */
int rpt_session_key_update(struct rpt_session *s, bool request,
			   u8 msg[RPT_KEY_UPDATE_LEN])
{
	struct rpt_wr w;

	rpt_wr_init(&w, msg, RPT_KEY_UPDATE_LEN);
	rpt_write_key_update(&w, request);
	rpt_traffic_update(s->suite, s->tx_secret);
	s->tx_seq = 0;
	s->tx_updates++;
	return 0;
}

/**
 * rpt_session_alert() - take the content of an alert record
 * @data: content of one record, of type alert
 * @len: length of @data
 * @alert: out: what the peer says, or on -EBADMSG what to answer
 *
 * RFC 8446 section 6.
 *
 * Context: Any context.
 * Return: 0 close_notify: the peer sends nothing more; -EAGAIN user_canceled: to
 * be ignored; -EPROTO any other: the connection is over; -EBADMSG malformed.
 */
int rpt_session_alert(const u8 *data, size_t len, u8 *alert)
{
	if (len != RPT_ALERT_LEN) {
		*alert = RPT_ALERT_DECODE_ERROR;
		return -EBADMSG;
	}
	*alert = data[1];
	switch (*alert) {
	case RPT_ALERT_CLOSE_NOTIFY:
		return 0;
	case RPT_ALERT_USER_CANCELED:
		return -EAGAIN;
	default:
		return -EPROTO;
	}
}

/**
 * rpt_session_export() - keying material for another protocol
 * @s: the session
 * @label: label (RFC 8446 section 7.5)
 * @ctx: context value, or NULL
 * @ctx_len: length of @ctx
 * @out: out: the material
 * @out_len: how much
 *
 * Context: Any context.
 * Return: 0, or -EINVAL for a label or a length that HKDF can't do.
 */
int rpt_session_export(const struct rpt_session *s, const char *label,
		       const u8 *ctx, size_t ctx_len, u8 *out, size_t out_len)
{
	return rpt_exporter(s->suite, s->exporter, label, ctx, ctx_len, out,
			    out_len);
}

/**
 * rpt_session_wipe() - forget a session
 * @s: the session
 *
 * Context: Any context that may kfree().
 */
void rpt_session_wipe(struct rpt_session *s)
{
	part_drop(s);
	memzero_explicit(s, sizeof(*s));
}
