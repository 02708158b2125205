// SPDX-License-Identifier: GPL-2.0-only
/*
 * TLS 1.3 handshake: records in and out (RFC 8446 section 5)
 *
 * Input is gathered into one record, opened, and its content gathered into
 * one message; a message goes to its handler only when it is complete and legal
 * in the present state.  Output is queued record by record.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "hs_priv.h"

/* Always left free in the output, so that an alert can be said */
#define ALERT_ROOM	(RPT_RECORD_OVERHEAD + RPT_ALERT_LEN)

/* Another buffer, of @want bytes; @have of the old one's stay. */
static int move(struct rpt_hs *hs, u8 **buf, size_t *cap, size_t have,
		size_t want)
{
	u8 *to = kvzalloc(want, hs->gfp);

	if (!to)
		return rpt_hs_fail(hs, RPT_ALERT_INTERNAL_ERROR, -ENOMEM);
	if (*buf)
		memcpy(to, *buf, have);
	kvfree_sensitive(*buf, *cap);
	*buf = to;
	*cap = want;
	return 0;
}

/* Room for @want bytes, and for others that come soon, but not beyond @most. */
static int grow(struct rpt_hs *hs, u8 **buf, size_t *cap, size_t have,
		size_t want, size_t most)
{
	if (likely(want <= *cap))
		return 0;
	return move(hs, buf, cap, have, max(want, min(2 * *cap, most)));
}

/*
 * Input
 */

static const struct rpt_hs_step *step_find(const struct rpt_hs *hs, u8 type)
{
	unsigned int i;

	for (i = 0; i < rpt_hs_steps_n; i++)
		if (rpt_hs_steps[i].state == hs->state &&
		    rpt_hs_steps[i].type == type)
			return &rpt_hs_steps[i];
	return NULL;
}

static size_t message_max(const struct rpt_hs *hs, u8 type)
{
	switch (type) {
	case RPT_HS_CLIENT_HELLO:
		return hs->p.max_client_hello;
	case RPT_HS_CERTIFICATE:
		return hs->p.max_cert_msg;
	default:
		/* Parameters can make the buffer smaller than that */
		return min_t(size_t, RPT_HS_MSG_MAX, hs->msg_max - RPT_HS_HDR);
	}
}

/*
 * Gather messages from the content of one record.  A message is refused by its
 * header, before its body is kept.
 */
static int handshake_input(struct rpt_hs *hs, const u8 *p, size_t len)
{
	const struct rpt_hs_step *step;
	size_t n, need;
	int ret;

	while (len) {
		n = max_t(size_t, min(hs->msg_len + len, hs->msg_max),
			  RPT_HS_HDR);
		ret = grow(hs, &hs->msg, &hs->msg_cap, hs->msg_len, n,
			   hs->msg_max);
		if (ret)
			return ret;
		if (hs->msg_len < RPT_HS_HDR) {
			n = min(len, RPT_HS_HDR - hs->msg_len);
			memcpy(hs->msg + hs->msg_len, p, n);
			hs->msg_len += n;
			p += n;
			len -= n;
		}
		/* One byte tells the type, and that may be enough to refuse */
		step = step_find(hs, hs->msg[0]);
		if (!step)
			return rpt_hs_fail(hs, RPT_ALERT_UNEXPECTED_MESSAGE,
					   -EPROTO);
		if (hs->msg_len < RPT_HS_HDR)
			return 0;

		need = get_unaligned_be24(hs->msg + 1);
		if (need > message_max(hs, step->type))
			return rpt_hs_fail(hs, RPT_ALERT_ILLEGAL_PARAMETER,
					   -EMSGSIZE);
		need += RPT_HS_HDR;
		n = min(len, need - hs->msg_len);
		if (WARN_ON_ONCE(hs->msg_len + n > hs->msg_cap))
			return rpt_hs_fail(hs, RPT_ALERT_INTERNAL_ERROR,
					   -EMSGSIZE);
		memcpy(hs->msg + hs->msg_len, p, n);
		hs->msg_len += n;
		p += n;
		len -= n;
		if (hs->msg_len < need)
			return 0;

		/* RFC 8446 section 5.1: messages do not span key changes */
		if (step->ends_record && len)
			return rpt_hs_fail(hs, RPT_ALERT_UNEXPECTED_MESSAGE,
					   -EPROTO);
		hs->msg_len = 0;
		ret = step->handle(hs, hs->msg, need);
		if (ret)
			return ret;
	}
	return 0;
}

static int nuisance(struct rpt_hs *hs)
{
	if (++hs->nuisance > RPT_EMPTY_RECORDS_MAX)
		return rpt_hs_fail(hs, RPT_ALERT_UNEXPECTED_MESSAGE, -EPROTO);
	return 0;
}

/* RFC 8446 section 6; the level is implied by the description */
static int alert_input(struct rpt_hs *hs, const u8 *p, size_t len)
{
	if (len != RPT_ALERT_LEN)
		return rpt_hs_fail(hs, RPT_ALERT_DECODE_ERROR, -EPROTO);
	if (p[1] == RPT_ALERT_USER_CANCELED && !hs->msg_len)
		return nuisance(hs); /* close_notify follows */

	hs->alert_received = p[1];
	return rpt_hs_fail_quietly(hs, p[1] == RPT_ALERT_CLOSE_NOTIFY ?
				       -ECONNRESET : -EPROTO);
}

/*
 * RFC 8446 section 5 and appendix D.4: between the first ClientHello and the
 * peer's Finished it is dropped, if it is what compatibility asks for; but not
 * within a message.
 */
static int ccs_input(struct rpt_hs *hs, const u8 *p, size_t len)
{
	if (hs->state == RPT_HS_EXPECT_CLIENT_HELLO || hs->msg_len ||
	    len != 1 || *p != RPT_CCS_BYTE)
		return rpt_hs_fail(hs, RPT_ALERT_UNEXPECTED_MESSAGE, -EPROTO);
	return nuisance(hs);
}

/* RFC 8446 section 4.2.10: pass over early data that we did not accept */
static bool skip_early(struct rpt_hs *hs, size_t len)
{
	len += RPT_RECORD_HDR; /* so that empty records end, too */
	if (len > hs->skip_left)
		return false;
	hs->skip_left -= len;
	return true;
}

static int content_input(struct rpt_hs *hs, u8 type, const u8 *p, size_t len)
{
	switch (type) {
	case RPT_CT_HANDSHAKE:
		if (!len)
			break;
		return handshake_input(hs, p, len);
	case RPT_CT_ALERT:
		return alert_input(hs, p, len);
	default:
		break;
	}
	return rpt_hs_fail(hs, RPT_ALERT_UNEXPECTED_MESSAGE, -EPROTO);
}

static int encrypted_input(struct rpt_hs *hs, size_t body)
{
	bool over = hs->rx_inner_max && body > hs->rx_inner_max + RPT_TAG_LEN;
	size_t len;
	u8 *plain;
	u8 type;
	int ret;

	/* RFC 8449 section 4; early data knew no limit of this handshake */
	if (over && !hs->skip_trial)
		return rpt_hs_fail(hs, RPT_ALERT_RECORD_OVERFLOW, -EMSGSIZE);

	ret = rpt_record_open(&hs->rx, hs->rec, hs->rec_need, &type, &plain,
			      &len);
	switch (ret) {
	case 0:
		hs->rx_opened = true;
		hs->skip_trial = false;
		if (over)
			return rpt_hs_fail(hs, RPT_ALERT_RECORD_OVERFLOW,
					   -EMSGSIZE);
		return content_input(hs, type, plain, len);
	case -EBADMSG:
		if (hs->skip_trial && skip_early(hs, body))
			return 0;
		return rpt_hs_fail(hs, RPT_ALERT_BAD_RECORD_MAC, ret);
	case -EMSGSIZE:
		return rpt_hs_fail(hs, RPT_ALERT_RECORD_OVERFLOW, ret);
	case -EPROTO:
		return rpt_hs_fail(hs, RPT_ALERT_UNEXPECTED_MESSAGE, ret);
	default:
		return rpt_hs_fail(hs, RPT_ALERT_INTERNAL_ERROR, ret);
	}
}

static int record_input(struct rpt_hs *hs)
{
	size_t len = hs->rec_need - RPT_RECORD_HDR;
	u8 *p = hs->rec + RPT_RECORD_HDR;
	u8 type = hs->rec[0];

	if (type == RPT_CT_CHANGE_CIPHER_SPEC)
		return ccs_input(hs, p, len);
	if (type == RPT_CT_APPLICATION_DATA && hs->rx.set)
		return encrypted_input(hs, len);
	if (type == RPT_CT_APPLICATION_DATA && hs->skip_outer && !hs->msg_len &&
	    skip_early(hs, len))
		return 0;
	/* In clear where keys are in force: only from a peer without keys */
	if (hs->rx.set && (type != RPT_CT_ALERT || hs->rx_opened))
		return rpt_hs_fail(hs, RPT_ALERT_UNEXPECTED_MESSAGE, -EPROTO);
	return content_input(hs, type, p, len);
}

static int header_input(struct rpt_hs *hs)
{
	bool encrypted = hs->rx.set;
	size_t len;
	u8 type;
	int ret;

	if (hs->skip_outer && hs->rec_hdr[0] == RPT_CT_APPLICATION_DATA)
		encrypted = true;
	ret = rpt_record_header(hs->rec_hdr, encrypted, &type, &len);
	if (ret == -EMSGSIZE)
		return rpt_hs_fail(hs, RPT_ALERT_RECORD_OVERFLOW, ret);
	if (ret)
		return rpt_hs_fail(hs, RPT_ALERT_UNEXPECTED_MESSAGE, ret);
	hs->rec_need = RPT_RECORD_HDR + len;
	ret = grow(hs, &hs->rec, &hs->rec_cap, 0, RPT_RECORD_HDR,
		   hs->rec_need);
	if (!ret)
		memcpy(hs->rec, hs->rec_hdr, RPT_RECORD_HDR);
	return ret;
}

/* @len bytes more of a record of which the header is known */
static int body_input(struct rpt_hs *hs, const u8 *data, size_t len)
{
	size_t end = hs->rec_len + len;
	int ret;

	ret = grow(hs, &hs->rec, &hs->rec_cap, hs->rec_len, end,
		   hs->rec_need);
	if (!ret)
		memcpy(hs->rec + hs->rec_len, data, len);
	return ret;
}

/**
 * rpt_hs_record_input() - take bytes from the peer
 * @hs: the handshake, under way
 * @data: bytes
 * @len: number of bytes
 * @consumed: out: how many were taken
 *
 * Context: Process context.
 * Return: as rpt_hs_input().
 */
int rpt_hs_record_input(struct rpt_hs *hs, const u8 *data, size_t len,
			size_t *consumed)
{
	size_t want, n;
	int ret = 0;

	while (*consumed < len && !ret && hs->state != RPT_HS_DONE) {
		want = hs->rec_need ? hs->rec_need : RPT_RECORD_HDR;
		n = min(len - *consumed, want - hs->rec_len);
		if (hs->rec_need)
			ret = body_input(hs, data + *consumed, n);
		else
			memcpy(hs->rec_hdr + hs->rec_len, data + *consumed, n);
		if (ret)
			break;
		hs->rec_len += n;
		*consumed += n;
		if (hs->rec_len < want)
			break;

		if (!hs->rec_need) {
			ret = header_input(hs);
			if (ret || hs->rec_need > RPT_RECORD_HDR)
				continue;
		}
		ret = record_input(hs);
		hs->rec_len = 0;
		hs->rec_need = 0;
	}
	return ret;
}

/*
 * Output
 */

static size_t room(const struct rpt_hs *hs)
{
	return hs->out_cap - hs->out_len - ALERT_ROOM;
}

/* Padding that brings the inner plaintext to a multiple of pad_to */
static size_t padding(const struct rpt_hs *hs, size_t len)
{
	size_t pad;

	if (!hs->p.pad_to)
		return 0;
	pad = DIV_ROUND_UP(len + 1, hs->p.pad_to) * hs->p.pad_to - (len + 1);
	return min(pad, hs->tx_limit - len);
}

/* Make a record of bytes that stand at the end of the output, header's room kept */
static int seal(struct rpt_hs *hs, u8 type, size_t len, size_t space)
{
	u8 *rec = hs->out + hs->out_len;
	size_t n;
	int ret;

	if (!hs->tx.set) {
		rec[0] = type;
		/* RFC 8446 section 5.1: 0x0301 only in an initial ClientHello */
		put_unaligned_be16(hs->state == RPT_HS_START ? RPT_TLS10 :
							       RPT_TLS12, rec + 1);
		put_unaligned_be16(len, rec + 3);
		hs->out_len += RPT_RECORD_HDR + len;
		return 0;
	}
	ret = rpt_record_seal(&hs->tx, type, rec + RPT_RECORD_HDR, len,
			      type == RPT_CT_HANDSHAKE ? padding(hs, len) : 0,
			      rec, space, &n);
	if (!ret)
		hs->out_len += n;
	return ret;
}

/* To the front with what nobody has fetched yet. */
static void compact(struct rpt_hs *hs)
{
	if (!hs->out_pos)
		return;
	memmove(hs->out, hs->out + hs->out_pos, hs->out_len - hs->out_pos);
	hs->out_len -= hs->out_pos;
	hs->out_pos = 0;
}

/**
 * rpt_hs_reserve() - find room for our certificates, and for what follows them
 * @hs: the handshake
 * @len: length of the Certificate message
 *
 * Context: As the allocation of @hs.
 * Return: 0, or fails the handshake by internal_error: -EMSGSIZE more than the
 * parameters provide for; -ENOMEM.
 */
int rpt_hs_reserve(struct rpt_hs *hs, size_t len)
{
	size_t limit = hs->tx.set ? hs->tx_limit : RPT_RECORD_MAX_PLAIN;
	size_t n = len + RPT_SIG_MAX + RPT_HASH_MAX + 4 * RPT_HS_HDR;

	if (len > hs->p.max_own_chain)
		return rpt_hs_fail(hs, RPT_ALERT_INTERNAL_ERROR, -EMSGSIZE);
	/* each message ends a record */
	n += (DIV_ROUND_UP(n, limit) + 3) * RPT_RECORD_OVERHEAD;
	if (hs->p.pad_to)
		n += 3 * min_t(size_t, hs->p.pad_to, limit);
	n += ALERT_ROOM;
	compact(hs);
	if (n <= hs->out_cap - hs->out_len)
		return 0;
	return move(hs, &hs->out, &hs->out_cap, hs->out_len, hs->out_len + n);
}

/**
 * rpt_hs_msg_begin() - start to write a message
 * @hs: the handshake
 * @w: out: writer into the output's end
 *
 * Context: Any context.
 */
void rpt_hs_msg_begin(struct rpt_hs *hs, struct rpt_wr *w)
{
	size_t skip = RPT_RECORD_HDR;
	size_t tail = hs->tx.set ? RPT_RECORD_OVERHEAD - RPT_RECORD_HDR : 0;

	compact(hs);
	if (room(hs) < skip + tail) {
		rpt_wr_init(w, NULL, 0);
		w->err = true;
		return;
	}
	rpt_wr_init(w, hs->out + hs->out_len + skip, room(hs) - skip - tail);
}

/**
 * rpt_hs_msg_send() - queue the message that was written
 * @hs: the handshake
 * @w: the writer of rpt_hs_msg_begin(), whole messages written
 *
 * Adds it to the transcript.  A message longer than the peer's records may be
 * is cut: it moves to the buffer's end, from where piece after piece is taken
 * to the front to become a record.
 *
 * Context: Any context.
 * Return: 0, or fails the handshake by internal_error: -EMSGSIZE our flight is
 * longer than the parameters provide for; errno of rpt_record_seal().
 */
int rpt_hs_msg_send(struct rpt_hs *hs, struct rpt_wr *w)
{
	size_t end = hs->out_cap - ALERT_ROOM;
	size_t limit = hs->tx.set ? hs->tx_limit : RPT_RECORD_MAX_PLAIN;
	size_t left = w->len, n, next;
	int ret = 0;

	if (w->err)
		return rpt_hs_fail(hs, RPT_ALERT_INTERNAL_ERROR, -EMSGSIZE);

	rpt_hs_hash(hs, w->buf, w->len);
	if (left <= limit) {
		ret = seal(hs, RPT_CT_HANDSHAKE, left, end - hs->out_len);
		left = 0;
	} else {
		memmove(hs->out + end - left, w->buf, left);
	}
	while (left && !ret) {
		n = min(left, limit);
		next = end - left + n;
		if (hs->out_len + n + RPT_RECORD_OVERHEAD > next) {
			ret = -EMSGSIZE;
			break;
		}
		memmove(hs->out + hs->out_len + RPT_RECORD_HDR,
			hs->out + end - left, n);
		ret = seal(hs, RPT_CT_HANDSHAKE, n, next - hs->out_len);
		left -= n;
	}
	if (ret)
		return rpt_hs_fail(hs, RPT_ALERT_INTERNAL_ERROR, ret);
	return 0;
}

/**
 * rpt_hs_send_ccs() - queue a change_cipher_spec, once
 * @hs: the handshake
 *
 * For middleboxes (RFC 8446 appendix D.4), if the client wants it so, which a
 * legacy_session_id says.
 *
 * Context: Any context.
 */
void rpt_hs_send_ccs(struct rpt_hs *hs)
{
	static const u8 ccs[] = {
		RPT_CT_CHANGE_CIPHER_SPEC, 0x03, 0x03, 0x00, 0x01, RPT_CCS_BYTE,
	};

	if (hs->ccs_sent || !hs->session_id_len || room(hs) < sizeof(ccs))
		return;
	memcpy(hs->out + hs->out_len, ccs, sizeof(ccs));
	hs->out_len += sizeof(ccs);
	hs->ccs_sent = true;
}

/**
 * rpt_hs_send_alert() - queue an alert
 * @hs: the handshake
 * @alert: RPT_ALERT_*; all but the closure alerts of RFC 8446 section 6.1 are
 *	fatal
 *
 * There is always room for one.
 *
 * Context: Any context.
 */
void rpt_hs_send_alert(struct rpt_hs *hs, u8 alert)
{
	u8 *p = hs->out + hs->out_len + RPT_RECORD_HDR;

	if (hs->out_cap - hs->out_len < ALERT_ROOM)
		return;
	p[0] = alert == RPT_ALERT_CLOSE_NOTIFY || alert == RPT_ALERT_USER_CANCELED ?
	       RPT_ALERT_LEVEL_WARNING : RPT_ALERT_LEVEL_FATAL;
	p[1] = alert;
	(void)seal(hs, RPT_CT_ALERT, RPT_ALERT_LEN, hs->out_cap - hs->out_len);
}
