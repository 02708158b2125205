// SPDX-License-Identifier: GPL-2.0-only
/*
 * One TLS connection over the engine, without I/O.
 */
#include "link.h"

static int conn_put(struct conn *c, const u8 *data, size_t len)
{
	size_t need = c->out_len + len, cap = c->out_cap ? c->out_cap : 4096;
	u8 *p;

	while (cap < need)
		cap *= 2;
	if (cap != c->out_cap) {
		p = realloc(c->out, cap);
		if (!p)
			return -ENOMEM;
		c->out = p;
		c->out_cap = cap;
	}
	if (data)
		memcpy(c->out + c->out_len, data, len);
	c->out_len += data ? len : 0;
	return 0;
}

static int conn_fail(struct conn *c, u8 alert, int err)
{
	u8 msg[RPT_ALERT_LEN] = { RPT_ALERT_LEVEL_FATAL, alert };

	if (c->err)
		return c->err;
	c->err = err;
	if (c->alert_received < 0 && !conn_send(c, RPT_CT_ALERT, msg, sizeof(msg)))
		c->alert_sent = alert;
	c->tx_closed = true;
	return err;
}

/* What the handshake wants to send, and what became of it. */
static int conn_hs_output(struct conn *c)
{
	const u8 *p;
	size_t n;
	u8 alert;
	int err;

	p = rpt_hs_output(c->hs, &n);
	while (n) {
		err = conn_put(c, p, n);
		if (err)
			return err;
		rpt_hs_output_done(c->hs, n);
		p = rpt_hs_output(c->hs, &n);
	}
	if (rpt_hs_alert_sent(c->hs, &alert))
		c->alert_sent = alert;
	if (rpt_hs_alert_received(c->hs, &alert))
		c->alert_received = alert;
	return 0;
}

static int conn_hs_finish(struct conn *c)
{
	int err;

	err = rpt_hs_finish(c->hs, &c->s);
	rpt_hs_destroy(c->hs);
	c->hs = NULL;
	if (err)
		return err;
	c->up = true;
	err = rpt_record_key_set(&c->rx, c->s.suite, c->s.rx_secret);
	if (!err)
		err = rpt_record_key_set(&c->tx, c->s.suite, c->s.tx_secret);
	c->rx.seq = c->s.rx_seq;
	c->tx.seq = c->s.tx_seq;
	return err;
}

int conn_open(struct conn *c, const struct rpt_hs_params *p)
{
	int err;

	memset(c, 0, sizeof(*c));
	c->alert_sent = -1;
	c->alert_received = -1;
	c->hs = rpt_hs_create(p, GFP_KERNEL);
	if (!c->hs)
		return c->err = -ENOMEM;
	err = rpt_hs_start(c->hs);
	if (!err)
		err = conn_hs_output(c);
	c->err = err;
	return err;
}

/* Seal one record of any type under the session's keys. */
int conn_send(struct conn *c, u8 type, const u8 *data, size_t len)
{
	size_t pad, n, cap = len + c->pad + RPT_RECORD_OVERHEAD;
	int err;

	if (!c->up || c->tx_closed)
		return -EPIPE;
	err = conn_put(c, NULL, cap);
	if (err)
		return err;
	pad = min(c->pad, c->s.tx_limit - min_t(size_t, len, c->s.tx_limit));
	err = rpt_record_seal(&c->tx, type, data, len, pad,
			      c->out + c->out_len, cap, &n);
	if (!err)
		c->out_len += n;
	return err;
}

int conn_write(struct conn *c, const u8 *data, size_t len)
{
	size_t most = c->s.tx_limit, n;
	int err = 0;

	if (c->tx_max && c->tx_max < most)
		most = c->tx_max;
	while (len && !err) {
		if (rpt_record_exhausted(&c->tx)) {
			err = conn_key_update(c, false);
			if (err)
				break;
		}
		n = min(len, most);
		err = conn_send(c, RPT_CT_APPLICATION_DATA, data, n);
		data += n;
		len -= n;
	}
	return err;
}

int conn_key_update(struct conn *c, bool request)
{
	u8 msg[RPT_KEY_UPDATE_LEN];
	int err;

	if (!c->up || c->tx_closed)
		return -EPIPE;
	err = rpt_session_key_update(&c->s, request, msg);
	if (!err)
		err = conn_send(c, RPT_CT_HANDSHAKE, msg, sizeof(msg));
	if (!err)
		err = rpt_record_key_set(&c->tx, c->s.suite, c->s.tx_secret);
	return err;
}

/* Send a ticket that the caller has named; its PSK is filled in. */
int conn_ticket(struct conn *c, struct rpt_ticket *t, u8 nonce)
{
	u8 msg[RPT_TICKET_MAX + 64];
	size_t len;
	int err;

	err = rpt_session_ticket_psk(&c->s, &nonce, sizeof(nonce), t);
	if (!err)
		err = rpt_session_ticket_write(t, &nonce, sizeof(nonce),
					       msg, sizeof(msg), &len);
	if (!err)
		err = conn_send(c, RPT_CT_HANDSHAKE, msg, len);
	return err;
}

int conn_close(struct conn *c)
{
	static const u8 msg[RPT_ALERT_LEN] = {
		RPT_ALERT_LEVEL_WARNING, RPT_ALERT_CLOSE_NOTIFY
	};
	int err;

	if (!c->up || c->tx_closed)
		return 0;
	err = conn_send(c, RPT_CT_ALERT, msg, sizeof(msg));
	c->tx_closed = true;
	return err;
}

static int conn_post(struct conn *c, const u8 *p, size_t len)
{
	struct rpt_post_actions act = { .ticket = c->ticket, .ticket_data = c->arg };
	int err;

	err = rpt_session_post(&c->s, p, len, &act);
	if (err)
		return conn_fail(c, act.alert, err);
	if (act.rx_rekey) {
		err = rpt_record_key_set(&c->rx, c->s.suite, c->s.rx_secret);
		if (err)
			return conn_fail(c, RPT_ALERT_INTERNAL_ERROR, err);
	}
	if (act.tx_rekey && !c->tx_closed)
		err = conn_key_update(c, false);
	return err;
}

static int conn_alert(struct conn *c, const u8 *p, size_t len)
{
	u8 alert = 0;
	int err;

	err = rpt_session_alert(p, len, &alert);
	if (err == -EBADMSG)
		return conn_fail(c, alert, err);
	if (err == -EAGAIN)
		return 0;
	c->alert_received = alert;
	c->rx_closed = true;
	c->err = err;
	return err;
}

/* One whole record is in c->rec. */
static int conn_record(struct conn *c)
{
	size_t len;
	u8 type;
	u8 *p;
	int err;

	err = rpt_record_open(&c->rx, c->rec, c->rec_len, &type, &p, &len);
	if (err == -EBADMSG)
		return conn_fail(c, RPT_ALERT_BAD_RECORD_MAC, err);
	if (err == -EMSGSIZE)
		return conn_fail(c, RPT_ALERT_RECORD_OVERFLOW, err);
	if (err)
		return conn_fail(c, RPT_ALERT_UNEXPECTED_MESSAGE, err);
	switch (type) {
	case RPT_CT_APPLICATION_DATA:
		err = rpt_session_data(&c->s);
		if (err)
			return conn_fail(c, RPT_ALERT_UNEXPECTED_MESSAGE, err);
		if (c->data)
			c->data(c->arg, p, len);
		return 0;
	case RPT_CT_HANDSHAKE:
		return conn_post(c, p, len);
	case RPT_CT_ALERT:
		return conn_alert(c, p, len);
	default:
		return conn_fail(c, RPT_ALERT_UNEXPECTED_MESSAGE, -EPROTO);
	}
}

/* Bytes of a record, as many as it still needs. */
static int conn_gather(struct conn *c, const u8 *data, size_t len, size_t *used)
{
	bool header = c->rec_len >= RPT_RECORD_HDR;
	size_t need = RPT_RECORD_HDR, body, n;
	u8 type;
	int err;

	if (header) {
		err = rpt_record_header(c->rec, true, &type, &body);
		if (err)
			return conn_fail(c, err == -EMSGSIZE ? RPT_ALERT_RECORD_OVERFLOW :
					 RPT_ALERT_UNEXPECTED_MESSAGE, err);
		need += body;
	}
	n = min(need - c->rec_len, len);
	memcpy(c->rec + c->rec_len, data, n);
	c->rec_len += n;
	*used = n;
	if (c->rec_len < need || !header)
		return 0;
	err = conn_record(c);
	c->rec_len = 0;
	return err;
}

int conn_input(struct conn *c, const u8 *data, size_t len)
{
	size_t used;
	int err;

	while (len && !c->err && !c->rx_closed) {
		if (!c->up) {
			err = rpt_hs_input(c->hs, data, len, &used);
			if (conn_hs_output(c))
				return c->err = -ENOMEM;
			if (!err && rpt_hs_is_done(c->hs))
				err = conn_hs_finish(c);
			else if (!err && used < len)
				err = -EIO;	/* the engine promises not to */
			c->err = err;
		} else {
			err = conn_gather(c, data, len, &used);
		}
		if (err)
			return err;
		data += used;
		len -= used;
	}
	return c->err;
}

void conn_sent(struct conn *c, size_t n)
{
	memmove(c->out, c->out + n, c->out_len - n);
	c->out_len -= n;
}

void conn_free(struct conn *c)
{
	rpt_hs_destroy(c->hs);
	if (c->up)
		rpt_session_wipe(&c->s);
	rpt_record_key_wipe(&c->rx);
	rpt_record_key_wipe(&c->tx);
	free(c->out);
	memzero_explicit(c, sizeof(*c));
}
