// SPDX-License-Identifier: GPL-2.0-only
/*
 * Peers that are refused, or that refuse us: the errno at both ends
 */
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <net/if.h>

#include "kselftest_harness.h"

#define ULP_ONLY_TLS
#include "ulp_fixture.h"
#include "ulp_peer.h"

#define ANY_ALERT	-1
#define NO_ALERT	-2

static char buf[65536];
static struct riptides_info info;

/* What a socket's first call says: 0 or a negative errno. */
static int first_error(int fd)
{
	ssize_t n = recv(fd, buf, 1, 0);

	if (n >= 0)
		return n ? 0 : -ENODATA;
	return -errno;
}

/*
 * After the error: the end for readers, EPIPE for writers, and the reason. A
 * session that failed after its handshake may say why once more.
 */
static int is_over(int fd, int err)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP };

	ssize_t n = recv(fd, buf, 1, 0);

	if (n > 0 || (n && errno != err))
		return -1;
	if (send(fd, buf, 1, MSG_NOSIGNAL) != -1 || (errno != EPIPE && errno != err))
		return -2;
	if (poll(&p, 1, 0) != 1 || !(p.revents & POLLIN))
		return -3;
	if (ulp_info(fd, &info))
		return -4;
	if (info.state != RIPTIDES_STATE_FAILED || info.error != (unsigned int)err)
		return -5;
	return 0;
}

/*
 * Both ends are the kernel's, each with an identity and a demand.
 */
static const struct pair_case {
	const char *what;
	const char *client_identity;
	const char *client_wants;
	const char *server_identity;
	const char *server_wants;
	bool client_simple;
	bool server_simple;
	int connect_err;	/* what connect() says */
	int client_err;		/* what the client's first read says */
	int server_err;		/* what the server's first read says */
} pair_cases[] = {
	{ "server of another CA", .server_identity = "wrong-ca",
	  .connect_err = EKEYREJECTED, .server_err = EPROTO },
	{ "client of another CA", .client_identity = "wrong-ca",
	  .client_err = EPROTO, .server_err = EKEYREJECTED },
	{ "server of a domain that nobody trusts", .server_identity = "no-trust",
	  .connect_err = ENOKEY, .server_err = EPROTO },
	{ "client of a domain that nobody trusts", .client_identity = "no-trust",
	  .client_err = EPROTO, .server_err = ENOKEY },
	{ "revoked server", .server_identity = "revoked",
	  .connect_err = EKEYREVOKED, .server_err = EPROTO },
	{ "revoked client", .client_identity = "revoked",
	  .client_err = EPROTO, .server_err = EKEYREVOKED },
	{ "not the server that was asked for",
	  .client_wants = "spiffe://td.example/second",
	  .connect_err = EACCES, .server_err = EPROTO },
	{ "not the client that is allowed",
	  .server_wants = "spiffe://td.example/second",
	  .client_err = EPROTO, .server_err = EACCES },
	{ "the server that was asked for", .server_identity = "second",
	  .client_wants = "spiffe://td.example/second" },
	{ "a server below what was asked for", .server_identity = "second",
	  .client_wants = "spiffe://td.example/" },
	{ "a server of the domain", .server_identity = "second",
	  .client_wants = "spiffe://td.example" },
	{ "another domain", .client_wants = "spiffe://td.example.org",
	  .connect_err = EACCES, .server_err = EPROTO },
	{ "a beginning is not below", .client_wants = "spiffe://td.example/def/",
	  .connect_err = EACCES, .server_err = EPROTO },
	{ "no such identity at the server", .server_identity = "nobody",
	  .connect_err = EPROTO, .server_err = ENOKEY },
	{ "no such identity at the client", .client_identity = "nobody",
	  .connect_err = ENOKEY, .server_err = ECONNRESET },
	{ "client without certificate", .client_simple = true,
	  .client_err = EPROTO, .server_err = EACCES },
	{ "server that asks for none", .server_simple = true },
	{ "neither", .client_simple = true, .server_simple = true },
};

static int setup_end(int fd, const char *identity, const char *wants, bool simple)
{
	int err = 0;

	if (identity)
		err = ulp_option(fd, RIPTIDES_IDENTITY, identity, strlen(identity));
	if (!err && wants)
		err = ulp_option(fd, RIPTIDES_PEER_ID, wants, strlen(wants));
	if (!err && simple)
		err = ulp_option_u32(fd, RIPTIDES_MODE, RIPTIDES_MODE_SIMPLE);
	return err;
}

TEST_F(tls, pairs)
{
	const struct pair_case *t;
	int err;

	for (t = pair_cases; t < pair_cases + ARRAY_SIZE(pair_cases); t++) {
		self->p.l = ulp_listen(&self->kind, 5, &self->p.addr);
		ASSERT_LE(0, self->p.l);
		ASSERT_EQ(0, setup_end(self->p.l, t->server_identity, t->server_wants,
				       t->server_simple));
		self->p.c = ulp_socket(&self->kind);
		ASSERT_LE(0, self->p.c);
		ASSERT_EQ(0, setup_end(self->p.c, t->client_identity, t->client_wants,
				       t->client_simple));
		EXPECT_EQ(-t->connect_err, ulp_connect(self->p.c, &self->p.addr)) {
			TH_LOG("%s: connect", t->what);
		}
		self->p.a = ulp_accept(self->p.l);
		ASSERT_LE(0, self->p.a) {
			TH_LOG("%s: accept", t->what);
		}
		if (!t->connect_err && !t->client_err) {
			EXPECT_EQ(1, ulp_send(self->p.c, "c", 1));
		}
		err = first_error(self->p.a);
		EXPECT_EQ(-t->server_err, err) {
			TH_LOG("%s: server", t->what);
		}
		if (err) {
			EXPECT_EQ(0, is_over(self->p.a, -err)) {
				TH_LOG("%s: server's end", t->what);
			}
		}
		if (t->client_err) {
			err = first_error(self->p.c);
			EXPECT_EQ(-t->client_err, err) {
				TH_LOG("%s: client", t->what);
			}
			EXPECT_EQ(0, is_over(self->p.c, -err)) {
				TH_LOG("%s: client's end", t->what);
			}
		}
		ulp_close(&self->p);
	}
}

/* A network namespace without identities and trust. */
TEST_F(tls, no_identity)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd;

	if (unshare(CLONE_NEWNET))
		SKIP(return, "no right to a network namespace");
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	ASSERT_EQ(0, ioctl(fd, SIOCSIFFLAGS, &lo));
	close(fd);
	self->p.l = ulp_listen(&self->kind, 5, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	EXPECT_EQ(-ENOKEY, ulp_connect(self->p.c, &self->p.addr));
}

/*
 * The other end is a peer of ours.
 */
static const struct peer_case {
	const char *what;
	bool server;		/* the kernel is */
	struct peer_spec spec;
	int err;		/* the kernel's */
	int alert;		/* what the peer is told */
} peer_cases[] = {
	{ "expired server", false, { .name = "expired" }, EKEYEXPIRED, 45 },
	{ "expired client", true, { .name = "expired" }, EKEYEXPIRED, 45 },
	{ "server whose time has not come", false, { .name = "early" }, EKEYEXPIRED, 45 },
	{ "client whose time has not come", true, { .name = "early" }, EKEYEXPIRED, 45 },
	{ "revoked server", false, { .name = "revoked" }, EKEYREVOKED, 44 },
	{ "revoked client", true, { .name = "revoked" }, EKEYREVOKED, 44 },
	{ "server of a domain without trust", false, { .name = "no-trust" }, ENOKEY, 48 },
	{ "client of a domain without trust", true, { .name = "no-trust" }, ENOKEY, 48 },
	{ "client without certificate", true, { .anonymous = true }, EACCES, 116 },
	{ "server that knows another CA", false,
	  { .trust_domain = "other.example" }, EPROTO, NO_ALERT },
	{ "client that knows another domain", true,
	  { .trust_domain = "other.example" }, EPROTO, NO_ALERT },
	{ "server without ALPN", false, { .name = "second" }, 0, 0 },
	{ "server that retries", false, { .retry = true }, 0, 0 },
	{ "server that only knows P-384", false, { .group = 24 }, 0, 0 },
	{ "client that only knows P-256", true, { .group = 23 }, 0, 0 },
	{ "client that only knows P-384", true, { .group = 24 }, 0, 0 },
	{ "one byte for each segment", true, { .chunk = 1 }, 0, 0 },
	{ "one byte for each segment", false, { .chunk = 1 }, 0, 0 },
	{ "short records only, client", true, { .limit = 64 }, 0, 0 },
};

static int run_peer(const struct ulp_kind *kind, const struct peer_case *c,
		    struct ulp_talk *t)
{
	struct peer_spec spec = c->spec;
	int err, got;

	err = ulp_talk_prepare(kind, c->server, &spec, t);
	err = err ?: ulp_talk_begin(kind, c->server, &spec, t);
	if (err)
		return err;
	/* whether it fails here is not what this is about */
	peer_handshake(t->p);
	got = ulp_talk_finish(t);
	if (got && c->server)
		return got;
	if (!got && c->err)
		got = first_error(t->k);
	if (got != -c->err)
		return got ?: -EALREADY;
	if (c->err)
		return is_over(t->k, c->err) && c->server ? -EBUSY : 0;
	if (ulp_send(t->k, "some data", 9) != 9)
		return -EIO;
	return peer_expect(t->p, "some data", 9);
}

TEST_F(tls, peers)
{
	const struct peer_case *c;
	struct ulp_talk t;
	uint8_t type;

	for (c = peer_cases; c < peer_cases + ARRAY_SIZE(peer_cases); c++) {
		EXPECT_EQ(0, run_peer(&self->kind, c, &t)) {
			TH_LOG("%s", c->what);
		}
		if (c->err && c->alert != NO_ALERT) {
			/* a client is refused after its handshake is complete */
			if (peer_alert_received(t.p) < 0) {
				EXPECT_EQ(0, peer_expect_alert(t.p, c->alert)) {
					TH_LOG("%s: alert", c->what);
				}
			} else {
				EXPECT_EQ(c->alert, peer_alert_received(t.p)) {
					TH_LOG("%s: alert", c->what);
				}
			}
			EXPECT_EQ(-EPIPE, peer_read(t.p, &type, buf, sizeof(buf))) {
				TH_LOG("%s: FIN", c->what);
			}
		}
		ulp_talk_close(&t);
	}
}

/*
 * Peers that don't speak TLS, stop speaking it, or go away.
 */
static const struct raw_case {
	const char *what;
	const char *bytes;
	size_t len;
	int err;
} raw_cases[] = {
	{ "HTTP", "GET / HTTP/1.0\r\n\r\n", 18, EPROTO },
	{ "SSH", "SSH-2.0-OpenSSH_9.2\r\n", 21, EPROTO },
	{ "zeroes", "\0\0\0\0\0\0\0\0\0", 9, EPROTO },
	{ "application data", "\27\3\3\0\1x", 6, EPROTO },
	{ "too long a record", "\26\3\3\177\377xxxx", 9, EPROTO },
	{ "empty handshake record", "\26\3\3\0\0", 5, EPROTO },
	{ "change_cipher_spec first", "\24\3\3\0\2\1\1", 7, EPROTO },
	{ "fatal alert", "\25\3\3\0\2\2\50", 7, EPROTO },
	{ "close_notify", "\25\3\3\0\2\1\0", 7, ECONNRESET },
	{ "short hello", "\26\3\1\0\5\1\0\0\1\0", 10, EPROTO },
	{ "nothing", "", 0, ECONNRESET },
	{ "half a header", "\26\3", 2, ECONNRESET },
	{ "half a record", "\26\3\1\0\100\1\0\0", 8, ECONNRESET },
};

TEST_F(tls, no_tls_client)
{
	const struct raw_case *c;
	int err;

	for (c = raw_cases; c < raw_cases + ARRAY_SIZE(raw_cases); c++) {
		/* not one of the ports that carry TLS only */
		self->p.l = ulp_socket(&self->kind);
		ASSERT_LE(0, self->p.l);
		ASSERT_EQ(0, ulp_bind(self->p.l, &self->kind, false, &self->p.addr));
		ASSERT_EQ(0, listen(self->p.l, 5));
		self->p.c = ulp_raw_socket(&self->kind);
		ASSERT_LE(0, self->p.c);
		ASSERT_EQ(0, ulp_connect(self->p.c, &self->p.addr));
		ASSERT_EQ(c->len, ulp_send(self->p.c, c->bytes, c->len));
		if (c->err == ECONNRESET) {
			ASSERT_EQ(0, shutdown(self->p.c, SHUT_WR));
		}
		self->p.a = ulp_accept(self->p.l);
		ASSERT_LE(0, self->p.a);
		err = first_error(self->p.a);
		EXPECT_EQ(-c->err, err) {
			TH_LOG("%s", c->what);
		}
		EXPECT_EQ(0, is_over(self->p.a, -err)) {
			TH_LOG("%s: end", c->what);
		}
		ulp_close(&self->p);
	}
}

/* Nobody looked before it was gone: what it said tells more than its reset. */
TEST_F(tls, gone_unheard)
{
	struct linger now = { 1, 0 };
	const struct raw_case *c;
	int err, turn;

	for (turn = 0; turn < 2 * ARRAY_SIZE(raw_cases); turn++) {
		c = raw_cases + turn / 2;
		self->p.l = ulp_socket(&self->kind);
		ASSERT_LE(0, self->p.l);
		ASSERT_EQ(0, ulp_bind(self->p.l, &self->kind, false, &self->p.addr));
		ASSERT_EQ(0, listen(self->p.l, 5));
		self->p.c = ulp_raw_socket(&self->kind);
		ASSERT_LE(0, self->p.c);
		ASSERT_EQ(0, setsockopt(self->p.c, SOL_SOCKET, SO_LINGER, &now,
					sizeof(now)));
		ASSERT_EQ(0, ulp_connect(self->p.c, &self->p.addr));
		ASSERT_EQ(c->len, ulp_send(self->p.c, c->bytes, c->len));
		/* at once, or behind our own end */
		if (turn & 1 && c->err != ECONNRESET) {
			ASSERT_LT(0, ulp_wait(self->p.c, POLLRDHUP, -1));
		}
		ASSERT_EQ(0, close(self->p.c));
		self->p.c = -1;
		self->p.a = ulp_accept(self->p.l);
		ASSERT_LE(0, self->p.a);
		err = first_error(self->p.a);
		EXPECT_EQ(-c->err, err) {
			TH_LOG("%s", c->what);
		}
		ulp_close(&self->p);
	}
}

/* The same at a client: asleep in connect() while it was refused and reset. */
TEST_F(tls, refused_unheard)
{
	struct peer_spec spec = { .trust_domain = "other.example" };
	struct linger now = { 1, 0 };
	struct ulp_talk t;
	int turn;

	for (turn = 0; turn < 2; turn++) {
		ASSERT_EQ(0, ulp_talk_prepare(&self->kind, false, &spec, &t));
		ASSERT_EQ(0, ulp_talk_begin(&self->kind, false, &spec, &t));
		EXPECT_NE(0, peer_handshake(t.p));
		/* behind a FIN a reset is EPIPE */
		if (turn) {
			ASSERT_EQ(0, shutdown(t.fd, SHUT_WR));
		}
		ASSERT_EQ(0, setsockopt(t.fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)));
		ASSERT_EQ(0, close(t.fd));
		t.fd = -1;
		EXPECT_EQ(0, ulp_connect(t.k, &t.addr)) {
			TH_LOG("turn %d", turn);
		}
		EXPECT_EQ(0, ulp_blocking(t.k, true));
		EXPECT_EQ(-EPROTO, first_error(t.k)) {
			TH_LOG("turn %d", turn);
		}
		EXPECT_EQ(0, is_over(t.k, EPROTO));
		ulp_talk_close(&t);
	}
}

TEST_F(tls, no_tls_server)
{
	const struct raw_case *c;
	int err;

	for (c = raw_cases; c < raw_cases + ARRAY_SIZE(raw_cases); c++) {
		self->p.l = ulp_raw_listen(&self->kind, 5, &self->p.addr);
		ASSERT_LE(0, self->p.l);
		self->p.c = ulp_socket(&self->kind);
		ASSERT_LE(0, self->p.c);
		ASSERT_EQ(0, ulp_blocking(self->p.c, false));
		ASSERT_EQ(-1, connect(self->p.c, &self->p.addr.sa, self->p.addr.len));
		ASSERT_EQ(EINPROGRESS, errno);
		self->p.a = ulp_accept(self->p.l);
		ASSERT_LE(0, self->p.a);
		ASSERT_EQ(c->len, ulp_send(self->p.a, c->bytes, c->len));
		if (c->err == ECONNRESET) {
			ASSERT_EQ(0, shutdown(self->p.a, SHUT_WR));
		}
		ASSERT_LT(0, ulp_wait(self->p.c, POLLOUT, -1));
		/* connect() asked again tells the error, as SO_ERROR would */
		err = connect(self->p.c, &self->p.addr.sa, self->p.addr.len) ? errno : 0;
		EXPECT_EQ(c->err, err) {
			TH_LOG("%s", c->what);
		}
		ulp_close(&self->p);
	}
}

/* The same, by a call that blocks and by SO_ERROR. */
TEST_F(tls, error_once)
{
	socklen_t len = sizeof(int);
	int err = 0;

	self->p.l = ulp_raw_listen(&self->kind, 5, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	ASSERT_EQ(0, ulp_blocking(self->p.c, false));
	ASSERT_EQ(-1, connect(self->p.c, &self->p.addr.sa, self->p.addr.len));
	self->p.a = ulp_accept(self->p.l);
	ASSERT_LE(0, self->p.a);
	ASSERT_EQ(4, ulp_send(self->p.a, "HTTP", 4));
	ASSERT_EQ(4, ulp_send(self->p.a, "/1.1", 4));
	EXPECT_LT(0, ulp_wait(self->p.c, POLLERR, -1) & POLLERR);
	ASSERT_EQ(0, getsockopt(self->p.c, SOL_SOCKET, SO_ERROR, &err, &len));
	EXPECT_EQ(EPROTO, err);
	ASSERT_EQ(0, getsockopt(self->p.c, SOL_SOCKET, SO_ERROR, &err, &len));
	EXPECT_EQ(0, err);
	ASSERT_EQ(0, ulp_info(self->p.c, &info));
	EXPECT_EQ(EPROTO, info.error);
	EXPECT_EQ(RIPTIDES_F_ALERT_SENT, info.flags);
	EXPECT_EQ(10, info.alert);	/* unexpected_message */
	/* what the server got: hello, alert, FIN; no data of ours, no reset */
	while (recv(self->p.a, buf, sizeof(buf), 0) > 0)
		;
	EXPECT_EQ(0, recv(self->p.a, buf, 1, 0));
}

/* A failed socket can connect again: it is a new connection. */
TEST_F(tls, try_again)
{
	struct ulp_addr other;
	int bad;

	bad = ulp_raw_listen(&self->kind, 5, &other);
	ASSERT_LE(0, bad);
	self->p.l = ulp_listen(&self->kind, 5, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	ASSERT_EQ(0, ulp_blocking(self->p.c, false));
	ASSERT_EQ(-1, connect(self->p.c, &other.sa, other.len));
	self->p.a = ulp_accept(bad);
	ASSERT_LE(0, self->p.a);
	/* closed with the hello unread: a reset */
	ASSERT_LT(0, ulp_wait(self->p.a, POLLIN, -1));
	close(self->p.a);
	close(bad);
	ASSERT_LT(0, ulp_wait(self->p.c, POLLOUT, -1));
	ASSERT_EQ(-1, connect(self->p.c, &other.sa, other.len));
	EXPECT_EQ(ECONNRESET, errno);
	ASSERT_EQ(0, ulp_connect(self->p.c, &self->p.addr));
	self->p.a = ulp_accept(self->p.l);
	ASSERT_LE(0, self->p.a);
	ASSERT_EQ(2, ulp_send(self->p.a, "ok", 2));
	ASSERT_EQ(0, ulp_blocking(self->p.c, true));
	EXPECT_EQ(2, ulp_recv(self->p.c, buf, 2));
}

/*
 * A handshake fails, and TCP closes by itself: what it leaves behind belongs to the
 * connection that failed.
 */
static int fail_until_closed(const struct ulp_kind *kind, int c)
{
	struct tcp_info tcp = {};
	socklen_t len = sizeof(tcp);
	struct ulp_addr addr;
	int l, a, err = 0;

	l = ulp_raw_listen(kind, 5, &addr);
	if (l < 0)
		return l;
	if (ulp_blocking(c, false) || !connect(c, &addr.sa, addr.len))
		return -EISCONN;
	a = ulp_accept(l);
	close(l);
	if (a < 0)
		return a;
	if (ulp_send(a, "HTTP/1.1", 8) != 8 || ulp_wait(c, POLLOUT, -1) < 0 ||
	    !connect(c, &addr.sa, addr.len) || errno != EPROTO)
		err = -EIO;
	/* hello, alert, FIN; then our FIN behind bytes that nobody will read */
	while (recv(a, buf, sizeof(buf), 0) > 0)
		;
	if (ulp_send(a, "more", 4) != 4)
		err = -EPIPE;
	close(a);
	while (!err && tcp.tcpi_state != TCP_CLOSE) {
		if (getsockopt(c, IPPROTO_TCP, TCP_INFO, &tcp, &len))
			err = -errno;
		sched_yield();
	}
	return err ?: ulp_blocking(c, true);
}

TEST_F(tls, try_again_later)
{
	self->p.l = ulp_listen(&self->kind, 5, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	ASSERT_EQ(0, fail_until_closed(&self->kind, self->p.c));
	ASSERT_EQ(0, ulp_connect(self->p.c, &self->p.addr));
	self->p.a = ulp_accept(self->p.l);
	ASSERT_LE(0, self->p.a);
	ASSERT_EQ(2, ulp_send(self->p.a, "ok", 2));
	EXPECT_EQ(2, ulp_recv(self->p.c, buf, 2));
	ASSERT_EQ(2, ulp_send(self->p.c, "ok", 2));
	EXPECT_EQ(2, ulp_recv(self->p.a, buf, 2));
}

TEST_F(tls, listen_later)
{
	self->p.l = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.l);
	ASSERT_EQ(0, fail_until_closed(&self->kind, self->p.l));
	ASSERT_EQ(0, ulp_bind(self->p.l, &self->kind, true, &self->p.addr));
	ASSERT_EQ(0, listen(self->p.l, 5));
	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	ASSERT_EQ(0, ulp_connect(self->p.c, &self->p.addr));
	/* who waits already is woken, and options can be set as on any listener */
	self->p.a = ulp_accept(self->p.l);
	ASSERT_LE(0, self->p.a);
	ASSERT_EQ(2, ulp_send(self->p.a, "ok", 2));
	EXPECT_EQ(2, ulp_recv(self->p.c, buf, 2));
	EXPECT_EQ(0, ulp_option_u32(self->p.l, RIPTIDES_CONFIRM, 0));
}

/* A peer that says nothing at all. */
TEST_F(tls, silence)
{
	struct ulp_addr addr;
	int l, fd, child;

	/* the kernel as server */
	self->p.l = ulp_listen(&self->kind, 5, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	ASSERT_EQ(0, ulp_option_u32(self->p.l, RIPTIDES_DEADLINE, 100));
	fd = ulp_raw_socket(&self->kind);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ulp_connect(fd, &self->p.addr));
	self->p.a = ulp_accept(self->p.l);
	ASSERT_LE(0, self->p.a);
	EXPECT_EQ(-ETIMEDOUT, first_error(self->p.a));
	EXPECT_EQ(0, is_over(self->p.a, ETIMEDOUT));
	close(fd);
	/* and as client */
	l = ulp_raw_listen(&self->kind, 5, &addr);
	ASSERT_LE(0, l);
	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	ASSERT_EQ(0, ulp_option_u32(self->p.c, RIPTIDES_DEADLINE, 100));
	EXPECT_EQ(-ETIMEDOUT, ulp_connect(self->p.c, &addr));
	child = ulp_accept(l);
	close(child);
	close(l);
}

/* A reset at each record of the handshake. */
TEST_F(tls, reset_at_each_record)
{
	struct linger now = { 1, 0 };
	unsigned int part, server;
	struct ulp_talk t;
	bool done;
	int err;

	for (server = 0; server < 2; server++) {
		for (part = 0, done = false; !done && part < 20; part++) {
			struct peer_spec spec = {};

			ASSERT_EQ(0, ulp_talk_prepare(&self->kind, server, &spec, &t));
			ASSERT_EQ(0, ulp_talk_begin(&self->kind, server, &spec, &t));
			ASSERT_EQ(0, peer_handshake_part(t.p, part, &done));
			setsockopt(t.fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
			if (done)
				break;
			close(t.fd);
			t.fd = -1;
			err = ulp_talk_finish(&t);
			if (!err && (server || part))
				err = first_error(t.k);
			EXPECT_EQ(-ECONNRESET, err) {
				TH_LOG("%s, record %u", server ? "server" : "client", part);
			}
			ulp_talk_close(&t);
		}
		EXPECT_LT(0, part);
		ulp_talk_close(&t);
	}
}

/* The same with a FIN, and with a silent peer and our own close(). */
TEST_F(tls, fin_at_each_record)
{
	unsigned int part, server, how;
	struct ulp_talk t;
	bool done;
	int err;

	for (how = 0; how < 4; how++) {
		server = how & 1;
		for (part = 0, done = false; !done && part < 20; part++) {
			struct peer_spec spec = {};

			ASSERT_EQ(0, ulp_talk_prepare(&self->kind, server, &spec, &t));
			ASSERT_EQ(0, ulp_talk_begin(&self->kind, server, &spec, &t));
			ASSERT_EQ(0, peer_handshake_part(t.p, part, &done));
			if (done)
				break;
			if (how & 2) {
				/* ours: close() in the middle of it */
				if (server) {
					t.k = ulp_accept(t.l);
				}
				ASSERT_EQ(0, close(t.k));
				t.k = -1;
			} else {
				ASSERT_EQ(0, shutdown(t.fd, SHUT_WR));
				err = ulp_talk_finish(&t);
				/*
				 * A server tells by its first call, and a
				 * client that has had the whole flight.
				 */
				if (!err && (server || part))
					err = first_error(t.k);
				EXPECT_EQ(-ECONNRESET, err) {
					TH_LOG("%s, record %u",
					       server ? "server" : "client", part);
				}
			}
			ulp_talk_close(&t);
		}
		EXPECT_LT(0, part);
		ulp_talk_close(&t);
	}
}

TEST_HARNESS_MAIN
