// SPDX-License-Identifier: GPL-2.0-only
/*
 * RIPTIDES_CONFIRM: a connect() that knows whether the client was accepted
 */
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sched.h>

#include "kselftest_harness.h"

#define ULP_ONLY_TLS
#include "ulp_fixture.h"
#include "ulp_peer.h"

static char buf[65536];
static char out[65536];
static uint8_t msg[65536];
static struct riptides_info info;

static int confirming_socket(const struct ulp_kind *kind, const char *identity)
{
	int fd = ulp_socket(kind), err;

	if (fd < 0)
		return fd;
	err = ulp_option_u32(fd, RIPTIDES_CONFIRM, 1);
	if (!err && identity)
		err = ulp_option(fd, RIPTIDES_IDENTITY, identity, strlen(identity));
	return err ?: fd;
}

/* A server of ours always says that it has accepted, to who wants to know. */
TEST_F(tls, accepted)
{
	uint32_t on = 0;
	socklen_t len = sizeof(on);

	self->p.l = ulp_listen(&self->kind, 5, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	self->p.c = confirming_socket(&self->kind, NULL);
	ASSERT_LE(0, self->p.c);
	ASSERT_EQ(0, getsockopt(self->p.c, SOL_RIPTIDES, RIPTIDES_CONFIRM, &on, &len));
	EXPECT_EQ(1, on);
	ASSERT_EQ(0, ulp_connect(self->p.c, &self->p.addr));
	/* nothing to be read came with it */
	EXPECT_EQ(-1, recv(self->p.c, buf, 1, MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(POLLOUT, ulp_now(self->p.c));
	self->p.a = ulp_accept(self->p.l);
	ASSERT_LE(0, self->p.a);
	ulp_fill(&self->kind, out, 40000, 0);
	ASSERT_EQ(40000, ulp_send(self->p.c, out, 40000));
	ASSERT_EQ(40000, ulp_recv(self->p.a, buf, 40000));
	ASSERT_EQ(40000, ulp_send(self->p.a, out, 40000));
	ASSERT_EQ(40000, ulp_recv(self->p.c, buf, 40000));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 40000, 0));
	ASSERT_EQ(0, shutdown(self->p.a, SHUT_WR));
	EXPECT_EQ(0, recv(self->p.c, buf, 1, 0));
}

/* Who is refused has it from connect(), and the reason from RIPTIDES_INFO. */
static const struct refused_case {
	const char *identity;
	int alert;
	int server_err;
} refused_cases[] = {
	{ "revoked", 44, EKEYREVOKED },
	{ "wrong-ca", 48, EKEYREJECTED },
	{ "no-trust", 48, ENOKEY },
	{ "second", 116, EACCES },	/* not whom the server wants */
};

TEST_F(tls, refused)
{
	const struct refused_case *t;
	socklen_t len = sizeof(int);
	unsigned int i;
	int err;

	for (i = 0; i < 2 * ARRAY_SIZE(refused_cases); i++) {
		t = &refused_cases[i / 2];
		self->p.l = ulp_listen(&self->kind, 5, &self->p.addr);
		ASSERT_LE(0, self->p.l);
		ASSERT_EQ(0, ulp_option(self->p.l, RIPTIDES_PEER_ID,
					t->server_err == EACCES ?
					"spiffe://td.example/default" : "", 27 *
					(t->server_err == EACCES)));
		self->p.c = confirming_socket(&self->kind, t->identity);
		ASSERT_LE(0, self->p.c);
		if (i & 1) {
			ASSERT_EQ(0, ulp_blocking(self->p.c, false));
			ASSERT_EQ(-1, connect(self->p.c, &self->p.addr.sa,
					      self->p.addr.len));
			ASSERT_EQ(EINPROGRESS, errno);
			ASSERT_LT(0, ulp_wait(self->p.c, POLLOUT, -1));
			ASSERT_EQ(0, getsockopt(self->p.c, SOL_SOCKET, SO_ERROR, &err,
						&len));
			err = -err;
		} else {
			err = ulp_connect(self->p.c, &self->p.addr);
		}
		EXPECT_EQ(-EPROTO, err) {
			TH_LOG("%s", t->identity);
		}
		ASSERT_EQ(0, ulp_info(self->p.c, &info));
		if (t->alert != 116) {
			EXPECT_EQ(t->alert, info.alert) {
				TH_LOG("%s", t->identity);
			}
		}
		EXPECT_EQ(RIPTIDES_F_ALERT_RECEIVED, info.flags &
			  (RIPTIDES_F_ALERT_SENT | RIPTIDES_F_ALERT_RECEIVED));
		EXPECT_EQ(EPROTO, info.error);
		/* connect() has cleaned up, if TCP was closed by then */
		if (info.state != RIPTIDES_STATE_IDLE) {
			EXPECT_EQ(RIPTIDES_STATE_FAILED, info.state);
		}
		EXPECT_EQ(-1, send(self->p.c, "x", 1, MSG_NOSIGNAL));
		EXPECT_EQ(EPIPE, errno);
		self->p.a = ulp_accept(self->p.l);
		ASSERT_LE(0, self->p.a);
		EXPECT_EQ(-1, recv(self->p.a, buf, 1, 0));
		EXPECT_EQ(t->server_err, errno) {
			TH_LOG("%s", t->identity);
		}
		ulp_close(&self->p);
	}
}

/* A socket whose client has refused may be used again. */
TEST_F(tls, try_again)
{
	int other;

	other = ulp_listen(&self->kind, 5, &self->p.addr);
	ASSERT_LE(0, other);
	ASSERT_EQ(0, ulp_option(other, RIPTIDES_PEER_ID, "spiffe://td.example/x", 21));
	self->p.c = confirming_socket(&self->kind, NULL);
	ASSERT_LE(0, self->p.c);
	EXPECT_EQ(-EPROTO, ulp_connect(self->p.c, &self->p.addr));
	self->p.a = ulp_accept(other);
	ASSERT_LE(0, self->p.a);
	close(self->p.a);
	close(other);
	self->p.l = ulp_listen(&self->kind, 5, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	/* once TCP has closed */
	while (ulp_connect(self->p.c, &self->p.addr))
		ASSERT_EQ(EISCONN, errno);
	self->p.a = ulp_accept(self->p.l);
	ASSERT_LE(0, self->p.a);
	ASSERT_EQ(2, ulp_send(self->p.a, "ok", 2));
	EXPECT_EQ(2, ulp_recv(self->p.c, buf, 2));
}

/* The other way to a handshake: attached when TCP was connected. */
TEST_F(tls, started)
{
	ASSERT_EQ(0, ulp_open_raw(&self->kind, &self->p));
	ASSERT_EQ(0, ulp_setup(self->p.a, &self->kind));
	ASSERT_EQ(0, ulp_option_u32(self->p.a, RIPTIDES_ROLE, RIPTIDES_ROLE_SERVER));
	ASSERT_EQ(0, ulp_setup(self->p.c, &self->kind));
	ASSERT_EQ(0, ulp_option_u32(self->p.c, RIPTIDES_ROLE, RIPTIDES_ROLE_CLIENT));
	ASSERT_EQ(0, ulp_option_u32(self->p.c, RIPTIDES_CONFIRM, 1));
	ASSERT_EQ(0, ulp_option(self->p.c, RIPTIDES_IDENTITY, "revoked", 7));
	ASSERT_EQ(0, ulp_option(self->p.a, RIPTIDES_START, NULL, 0));
	ASSERT_EQ(0, ulp_option(self->p.c, RIPTIDES_START, NULL, 0));
	EXPECT_EQ(-1, send(self->p.c, "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(EPROTO, errno);
}

/*
 * What a server may say first. It is not lost by having been looked at.
 */
enum first {
	TICKET, DATA, LONG_DATA, EMPTY_DATA, KEY_UPDATE, NOTIFY, CANCELED, ALERT,
	TINY_SEGMENTS, BAD_MAC, CLEAR_ALERT, FIN, HALF_THEN_FIN, RESET, NOTHING, N_FIRST,
};

static int say(struct ulp_talk *t, const struct ulp_kind *kind, enum first what)
{
	struct linger now = { 1, 0 };
	size_t len;
	ssize_t n;

	switch (what) {
	case TICKET:
		n = peer_ticket(t->p, msg, sizeof(msg));
		return n < 0 ? n : peer_seal(t->p, PEER_HANDSHAKE, msg, n) ?:
			peer_flush(t->p, 0);
	case DATA:
		return peer_send(t->p, "hello", 5);
	case LONG_DATA:
		ulp_fill(kind, out, 16384, 0);
		return peer_send(t->p, out, 16384);
	case EMPTY_DATA:
		return peer_seal(t->p, PEER_DATA, NULL, 0) ?: peer_flush(t->p, 0);
	case KEY_UPDATE:
		return peer_key_update(t->p, true);
	case NOTIFY:
		return peer_close_notify(t->p);
	case CANCELED:
		return peer_alert(t->p, 1, 90) ?: peer_send(t->p, "hello", 5);
	case ALERT:
		return peer_alert(t->p, 2, 44);
	case TINY_SEGMENTS:
		return peer_seal(t->p, PEER_DATA, "hello", 5) ?: peer_flush(t->p, 1);
	case BAD_MAC:
		if (peer_seal(t->p, PEER_DATA, "hello", 5))
			return -EIO;
		peer_spoil(t->p, 7);
		return peer_flush(t->p, 0);
	case CLEAR_ALERT:
		return send(t->fd, "\25\3\3\0\2\2\54", 7, 0) == 7 ? 0 : -errno;
	case FIN:
		return shutdown(t->fd, SHUT_WR) ? -errno : 0;
	case HALF_THEN_FIN:
		if (peer_seal(t->p, PEER_DATA, "hello", 5))
			return -EIO;
		peer_pending(t->p, &len);
		n = send(t->fd, peer_pending(t->p, &len), len - 1, 0);
		return n < 0 || shutdown(t->fd, SHUT_WR) ? -errno : 0;
	case RESET:
		setsockopt(t->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		close(t->fd);
		t->fd = -1;
		return 0;
	default:
		return 0;
	}
}

static const struct first_case {
	const char *what;
	int connect_err;
	int read;		/* what the first read gives, after connect() */
	bool over;		/* and the connection is over */
} first_cases[] = {
	[TICKET] = { "ticket", 0, -EAGAIN },
	[DATA] = { "data", 0, 5 },
	[LONG_DATA] = { "16 KiB of data", 0, 16384 },
	[EMPTY_DATA] = { "empty record", 0, -EAGAIN },
	[KEY_UPDATE] = { "KeyUpdate", 0, -EAGAIN },
	[NOTIFY] = { "close_notify", 0, 0 },
	[CANCELED] = { "user_canceled", 0, 5 },
	[ALERT] = { "alert", EPROTO },
	[TINY_SEGMENTS] = { "a byte for each segment", 0, 5 },
	[BAD_MAC] = { "bad record", 0, -EBADMSG, true },
	[CLEAR_ALERT] = { "alert in clear", 0, -EPROTO, true },
	[FIN] = { "FIN", ECONNRESET },
	[HALF_THEN_FIN] = { "half a record, FIN", ECONNRESET },
	[RESET] = { "reset", ECONNRESET },
	[NOTHING] = { "nothing", ETIMEDOUT },
};

/* A client that waits for what its server says first. */
static int begin_first(const struct ulp_kind *kind, uint32_t deadline, struct ulp_talk *t)
{
	struct peer_spec spec = {};
	int err = ulp_talk_prepare(kind, false, &spec, t);

	err = err ?: ulp_option_u32(t->k, RIPTIDES_CONFIRM, 1);
	err = err ?: ulp_option_u32(t->k, RIPTIDES_DEADLINE, deadline);
	err = err ?: ulp_talk_begin(kind, false, &spec, t);
	return err ?: peer_handshake(t->p);
}

TEST_F(tls, first)
{
	const struct first_case *c;
	unsigned int i, deadline;
	struct ulp_talk t;
	ssize_t n;
	int err;

	for (i = 0; i < N_FIRST; i++) {
		c = &first_cases[i];
		/* it ends the wait; but the handshake has to be complete by then */
		deadline = i == NOTHING ? 500 : 0;
		while ((err = begin_first(&self->kind, deadline, &t)) && deadline &&
		       deadline < RIPTIDES_DEADLINE_MAX / 4) {
			ulp_talk_close(&t);
			deadline *= 4;
		}
		ASSERT_EQ(0, err);
		/* the server has our Finished, and we go on waiting */
		if (i != NOTHING) {
			EXPECT_EQ(0, ulp_now(t.k)) {
				TH_LOG("%s: before it", c->what);
			}
		}
		ASSERT_EQ(0, say(&t, &self->kind, i));
		err = ulp_talk_finish(&t);
		/* poll() has read on, and met what is no refusal, but an end */
		if (!c->over || err != c->read) {
			EXPECT_EQ(-c->connect_err, err) {
				TH_LOG("%s", c->what);
			}
		}
		if (!c->connect_err) {
			n = recv(t.k, buf, c->read > 0 ? c->read : 1,
				 c->read > 0 ? MSG_WAITALL : MSG_DONTWAIT);
			EXPECT_EQ(c->read, n < 0 ? -errno : n) {
				TH_LOG("%s: read", c->what);
			}
			if (!c->over) {
				EXPECT_EQ(3, ulp_send(t.k, "abc", 3));
			}
		}
		ulp_talk_close(&t);
	}
}

/* Who takes tickets gets our first record at once; who does not, none. */
TEST_F(tls, server_speaks)
{
	unsigned int tickets;
	struct ulp_talk t;
	uint8_t type;

	for (tickets = 0; tickets < 2; tickets++) {
		struct peer_spec spec = { .tickets = tickets };

		ASSERT_EQ(0, ulp_talk_open(&self->kind, true, &spec, &t));
		ASSERT_EQ(2, ulp_send(t.k, "ok", 2));
		if (tickets) {
			ASSERT_LT(4, peer_read(t.p, &type, msg, sizeof(msg)));
			EXPECT_EQ(PEER_HANDSHAKE, type);
			EXPECT_EQ(PEER_NEW_SESSION_TICKET, msg[0]);
			/* 3600 s: as long as tickets live unless set */
			EXPECT_EQ(0, memcmp(msg + 4, "\0\0\16\20", 4));
		}
		EXPECT_EQ(0, peer_expect(t.p, "ok", 2));
		ulp_talk_close(&t);
	}
}

TEST_HARNESS_MAIN
