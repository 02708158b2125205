// SPDX-License-Identifier: GPL-2.0-only
/*
 * One connection of rpt-tls: moves bytes between a socket and the engine, and
 * plays the client's script or the server's echo.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "kex.h"
#include "rpt-tls.h"

/* More output than this stops the reading. */
#define OUT_HIGH	1048576
#define REPLY_MAX	65536
/* How long a peer may take to see our alert. */
#define LINGER_NS	1000000000ULL

/**
 * struct talk - one connection
 * @o: what was asked for
 * @c: the engine's side
 * @fd: socket
 * @eof: the peer's FIN came
 * @shut: ours was sent
 * @tickets_sent: the server's tickets are out
 * @lines: client: lines sent
 * @answered: client: lines answered
 * @reply: client: what came since the last line
 * @reply_len: bytes in @reply
 * @bulk_out: client: bytes still to send
 * @bulk_in: client: bytes still to come
 * @deadline: in nanoseconds
 * @wrong: the bulk came back different
 */
struct talk {
	struct options *o;
	struct conn c;
	int fd;
	bool eof;
	bool shut;
	bool tickets_sent;
	unsigned int lines;
	unsigned int answered;
	char reply[REPLY_MAX + 1];
	size_t reply_len;
	size_t bulk_out;
	size_t bulk_in;
	u64 deadline;
	bool wrong;
};

static u8 bulk_byte(size_t left)
{
	return left * 31 + (left >> 8);
}

static int send_tickets(struct talk *t)
{
	struct rpt_ticket ticket = { };
	unsigned int i;
	int err = 0;

	for (i = 0; t->c.s.takes_tickets && i < t->o->tickets && !err; i++) {
		party_issue(&t->o->party, &ticket);
		err = conn_ticket(&t->c, &ticket, i);
		if (!err)
			party_keep(&t->o->party, &ticket);
	}
	t->tickets_sent = true;
	return err;
}

static void server_data(struct talk *t, const u8 *p, size_t len)
{
	static const char page[] =
		"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n"
		"Content-Length: 9\r\nConnection: close\r\n\r\nriptides\n";

	/* A failure shows in t->c.err. */
	if (!t->tickets_sent)
		t->c.err = t->c.err ? : send_tickets(t);
	if (!t->o->http) {
		t->c.err = t->c.err ? : conn_write(&t->c, p, len);
		return;
	}
	if (t->reply_len + len > REPLY_MAX)
		return;
	memcpy(t->reply + t->reply_len, p, len);
	t->reply_len += len;
	t->reply[t->reply_len] = 0;
	if (!strstr(t->reply, "\r\n\r\n") && !strstr(t->reply, "\n\n"))
		return;
	t->reply_len = 0;
	t->c.err = t->c.err ? : conn_write(&t->c, (const u8 *)page,
					   sizeof(page) - 1);
	t->c.err = t->c.err ? : conn_close(&t->c);
}

static void client_data(struct talk *t, const u8 *p, size_t len)
{
	if (t->answered < t->lines || !t->bulk_in) {
		len = min(len, REPLY_MAX - t->reply_len);
		memcpy(t->reply + t->reply_len, p, len);
		t->reply_len += len;
		t->reply[t->reply_len] = 0;
		return;
	}
	for (; len && t->bulk_in; len--, t->bulk_in--)
		if (*p++ != bulk_byte(t->bulk_in))
			t->wrong = true;
}

static void on_data(void *arg, const u8 *p, size_t len)
{
	struct talk *t = arg;

	if (t->o->server)
		server_data(t, p, len);
	else
		client_data(t, p, len);
}

static void on_ticket(void *arg, const struct rpt_ticket *ticket)
{
	struct talk *t = arg;

	party_keep(&t->o->party, ticket);
}

static int send_line(struct talk *t)
{
	t->reply_len = 0;
	t->reply[0] = 0;
	t->lines++;
	return conn_write(&t->c, (const u8 *)t->o->send, strlen(t->o->send));
}

static int send_bulk(struct talk *t)
{
	u8 buf[16384];
	size_t n, i;

	n = min(t->bulk_out, sizeof(buf));
	for (i = 0; i < n; i++)
		buf[i] = bulk_byte(t->bulk_out - i);
	t->bulk_out -= n;
	return conn_write(&t->c, buf, n);
}

/* The client's next step, when there is one. */
static int client_step(struct talk *t)
{
	struct options *o = t->o;
	int err = 0;

	if (t->lines > t->answered) {
		if (o->expect && !strstr(t->reply, o->expect))
			return 0;
		t->answered++;
	}
	if (o->send && t->lines <= o->key_updates) {
		if (t->lines)
			err = conn_key_update(&t->c, true);
		return err ? err : send_line(t);
	}
	if (t->bulk_out && t->c.out_len < OUT_HIGH)
		return send_bulk(t);
	if (t->bulk_out || t->bulk_in)
		return 0;
	/* A ticket may still be on its way. */
	if (o->resume && !o->party.next_ticket)
		return 0;
	return conn_close(&t->c);
}

static int step(struct talk *t)
{
	/* A failure's alert is still to be sent. */
	if (!t->c.up || t->c.err)
		return 0;
	if (t->o->server) {
		if (!t->tickets_sent)
			return send_tickets(t);
		return t->c.rx_closed ? conn_close(&t->c) : 0;
	}
	return t->c.tx_closed ? 0 : client_step(t);
}

static int write_out(struct talk *t)
{
	ssize_t n;

	if (t->c.out_len) {
		n = send(t->fd, t->c.out, t->c.out_len, MSG_NOSIGNAL);
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		conn_sent(&t->c, n);
	}
	if (!t->c.out_len && !t->shut && (t->c.tx_closed || t->c.err)) {
		shutdown(t->fd, SHUT_WR);
		t->shut = true;
		if (t->c.err)
			t->deadline = min(t->deadline, ktime_get_ns() + LINGER_NS);
	}
	return 0;
}

static int read_in(struct talk *t)
{
	u8 buf[8192];
	ssize_t n;

	n = recv(t->fd, buf, sizeof(buf), 0);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	if (!n) {
		t->eof = true;
		return t->c.up ? 0 : -ECONNRESET;
	}
	/* A failure shows in t->c.err, too; its alert must still go out. */
	conn_input(&t->c, buf, n);
	return 0;
}

static bool over(const struct talk *t)
{
	/* Closing with bytes unread would reset what we said last. */
	if (t->c.err)
		return t->shut && t->eof;
	return t->eof || ((t->c.rx_closed || t->o->http) && t->shut);
}

static int loop(struct talk *t)
{
	struct pollfd p = { .fd = t->fd };
	size_t before;
	s64 left;
	int err;

	while (!over(t)) {
		do {
			before = t->c.out_len;
			err = step(t);
			if (err)
				return err;
		} while (t->c.out_len > before && t->c.out_len < OUT_HIGH);
		p.events = 0;
		if (!t->eof && t->c.out_len < OUT_HIGH)
			p.events |= POLLIN;
		if (t->c.out_len || (!t->shut && (t->c.tx_closed || t->c.err)))
			p.events |= POLLOUT;
		left = (s64)(t->deadline - ktime_get_ns()) / 1000000;
		if (left <= 0 || !poll(&p, 1, left))
			return -ETIMEDOUT;
		if (p.revents & POLLOUT) {
			err = write_out(t);
			if (err)
				return err;
		}
		if (p.revents & (POLLIN | POLLHUP | POLLERR)) {
			err = read_in(t);
			if (err)
				return err;
		}
	}
	return 0;
}

static void say_session(const struct talk *t)
{
	const struct rpt_session *s = &t->c.s;
	const struct rpt_kex_group *g = rpt_kex_find(s->group);
	const struct rpt_sig_scheme *sig = rpt_sig_find(s->peer_sig);

	printf("%s: TLSv1.3 suite=%s group=%s peer-sig=%s peer-id=%s ",
	       t->o->server ? "server" : "client", s->suite->name,
	       g ? g->name : "-", sig ? sig->name : "-",
	       t->o->party.peer_id[0] ? t->o->party.peer_id : "-");
	printf("resumed=%d retried=%d alpn=%.*s sni=%s tx-limit=%u\n",
	       s->resumed, s->retried, s->alpn_len ? s->alpn_len : 1,
	       s->alpn_len ? (const char *)s->alpn : "-",
	       s->server_name_len ? s->server_name : "-", s->tx_limit);
}

static const char *err_name(int err)
{
	const char *name = strerrorname_np(err);

	return name ? name : "?";
}

static int verdict(const struct talk *t, int err)
{
	const char *who = t->o->server ? "server" : "client";
	const struct conn *c = &t->c;

	if (c->err)
		err = c->err;
	if (t->wrong)
		err = -EILSEQ;
	if (!err && !t->o->server && (t->bulk_in || t->answered < t->lines ||
				      (t->o->send && !t->lines)))
		err = -ENODATA;
	if (!err) {
		printf("%s: done end=%s key-updates=%llu/%llu\n", who,
		       c->rx_closed ? "close_notify" : "fin",
		       c->s.tx_updates, c->s.rx_updates);
		return 0;
	}
	printf("%s: failed err=%s alert-sent=%d alert-received=%d reason=%s\n", who,
	       err_name(-err), c->alert_sent, c->alert_received,
	       t->o->party.reason ? : "-");
	return err == -ETIMEDOUT ? 4 : c->up ? 3 : 2;
}

int transfer(struct options *o, int fd)
{
	struct talk *t;
	int err;

	t = calloc(1, sizeof(*t));
	if (!t)
		return 1;
	t->o = o;
	t->fd = fd;
	t->bulk_in = o->bulk;
	t->bulk_out = o->bulk;
	t->deadline = ktime_get_ns() + o->timeout * 1000000000ULL;
	o->party.peer_id[0] = 0;
	o->party.reason = NULL;
	err = conn_open(&t->c, &o->p);
	t->c.data = on_data;
	t->c.ticket = on_ticket;
	t->c.arg = t;
	t->c.tx_max = o->tx_max;
	t->c.pad = o->pad;
	if (!err)
		err = loop(t);
	if (t->c.up)
		say_session(t);
	err = verdict(t, err);
	conn_free(&t->c);
	free(t);
	return err;
}
