// SPDX-License-Identifier: GPL-2.0-only
/*
 * After the handshake: tickets, KeyUpdates, the end
 */
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <linux/sockios.h>

#include "kselftest_harness.h"

#include "ulp_post_fixture.h"

#define TX_MAX_PAYLOAD	5	/* TLS_TX_MAX_PAYLOAD_LEN */

TEST_F(post, both_ways)
{
	EXPECT_EQ(0, talk(&self->kind, &self->t));
	EXPECT_STREQ("spiffe://td.example/default", peer_other_id(self->t.p));
	ASSERT_EQ(0, ulp_info(self->t.k, &info));
	EXPECT_EQ(variant->suite, info.suite);
	EXPECT_EQ(peer_group(self->t.p), info.group);
}

TEST_F(post, exporter)
{
	struct riptides_exporter *x = (void *)buf;
	socklen_t len = 100;

	*x = (struct riptides_exporter) { 13, 3, 48, 0 };
	memcpy(x->data, "EXPORTER-peerctx", 16);
	ASSERT_EQ(0, talk(&self->kind, &self->t));
	*x = (struct riptides_exporter) { 13, 3, 48, 0 };
	memcpy(x->data, "EXPORTER-peerctx", 16);
	ASSERT_EQ(0, getsockopt(self->t.k, SOL_RIPTIDES, RIPTIDES_EXPORTER, buf, &len));
	ASSERT_EQ(48, len);
	ASSERT_EQ(0, peer_export(self->t.p, "EXPORTER-peer", "ctx", 3, out, 48));
	EXPECT_EQ(0, memcmp(buf, out, 48));
}

/* Empty records, one-byte records, padding: each record is good. */
TEST_F(post, small_records)
{
	int i;

	for (i = 0; i < 100; i++) {
		ulp_fill(&self->kind, out, 1, i);
		ASSERT_EQ(0, peer_seal(self->t.p, PEER_DATA, out, i & 1));
	}
	ASSERT_EQ(0, peer_flush(self->t.p, 0));
	ASSERT_EQ(50, ulp_recv(self->t.k, buf, 50));
	for (i = 0; i < 50; i++) {
		ulp_fill(&self->kind, out, 1, 2 * i + 1);
		ASSERT_EQ(out[0], buf[i]);
	}
	EXPECT_EQ(0, talk(&self->kind, &self->t));
}

/* RFC 8449: no record that we send is longer than the peer wants, whoever asks. */
TEST_F(post, record_size_limit)
{
	struct peer_spec spec = { .suite = variant->suite, .limit = 300 };
	const uint16_t most = 299, more = 300, less = 200;
	bool ktls = self->kind.path == ULP_KTLS;
	size_t want = most, got;
	uint8_t type;
	ssize_t n;
	int i;

	/* only who answers to it may name a limit */
	if (!variant->server)
		return;
	ulp_talk_close(&self->t);
	ASSERT_EQ(0, ulp_talk_open(&self->kind, true, &spec, &self->t));
	for (i = 0; i < 4; i++) {
		if (i == 1)
			EXPECT_EQ(-1, setsockopt(self->t.k, SOL_TLS, TX_MAX_PAYLOAD, &more,
						 sizeof(more)));
		if (i == 2 && ktls) {
			want = less;
			EXPECT_EQ(0, setsockopt(self->t.k, SOL_TLS, TX_MAX_PAYLOAD, &less,
						sizeof(less)));
		}
		if (i == 3 && ktls) {
			want = most;
			EXPECT_EQ(0, setsockopt(self->t.k, SOL_TLS, TX_MAX_PAYLOAD, &most,
						sizeof(most)));
		}
		ulp_fill(&self->kind, out, 2000, 0);
		ASSERT_EQ(2000, ulp_send(self->t.k, out, 2000));
		for (got = 0; got < 2000; got += n) {
			n = peer_read(self->t.p, &type, msg, sizeof(msg));
			ASSERT_LT(0, n);
			EXPECT_GE(want, n);
			if (type != PEER_DATA)
				n = 0;
			else
				EXPECT_EQ(0, memcmp(msg, out + got, n));
		}
	}
}

/* Each byte in a segment of its own. */
TEST_F(post, tiny_segments)
{
	ulp_fill(&self->kind, out, 1000, 0);
	ASSERT_EQ(0, peer_seal(self->t.p, PEER_DATA, out, 500));
	ASSERT_EQ(0, peer_flush(self->t.p, 1));
	ASSERT_EQ(500, ulp_recv(self->t.k, buf, 500));
	ASSERT_EQ(0, peer_key_update_message(self->t.p, true, msg));
	ASSERT_EQ(0, peer_seal(self->t.p, PEER_HANDSHAKE, msg, 5));
	ASSERT_EQ(0, peer_next_key(self->t.p));
	ASSERT_EQ(0, peer_seal(self->t.p, PEER_DATA, out + 500, 500));
	ASSERT_EQ(0, peer_flush(self->t.p, 1));
	ASSERT_EQ(500, ulp_recv(self->t.k, buf + 500, 500));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 1000, 0));
}

/* A client whose ClientHello comes with its SYN: the child waits for its ACK. */
TEST_F(post, fast_open)
{
	struct peer_spec spec = { .suite = variant->suite, .trust_domain = "td.example" };
	struct ulp_talk *t = &self->t;
	struct tcp_info tcp;
	socklen_t len = sizeof(tcp);
	int on = 1;

	if (!variant->server)
		return;
	ulp_talk_close(t);
	ASSERT_EQ(0, ulp_talk_prepare(&self->kind, true, &spec, t));
	t->l = t->k;
	t->k = -1;
	t->fd = ulp_raw_socket(&self->kind);
	ASSERT_LE(0, t->fd);
	ASSERT_EQ(0, setsockopt(t->fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on,
				sizeof(on)));
	ASSERT_EQ(0, ulp_connect(t->fd, &t->addr));
	t->p = peer_new(t->fd, &spec);
	ASSERT_NE(NULL, t->p);
	ASSERT_EQ(0, peer_handshake(t->p));
	ASSERT_EQ(0, ulp_talk_finish(t));
	EXPECT_EQ(0, talk(&self->kind, t));
	ASSERT_EQ(0, getsockopt(t->fd, IPPROTO_TCP, TCP_INFO, &tcp, &len));
	EXPECT_EQ(TCPI_OPT_SYN_DATA, tcp.tcpi_options & TCPI_OPT_SYN_DATA);
}

/* A KeyUpdate that asks for nothing: only our reading key changes. */
TEST_F(post, key_update)
{
	int i;

	for (i = 0; i < 5; i++) {
		ASSERT_EQ(0, peer_key_update(self->t.p, false));
		ASSERT_EQ(0, talk(&self->kind, &self->t));
	}
	ASSERT_EQ(0, ulp_info(self->t.k, &info));
	EXPECT_EQ(5, info.rx_rekeys);
	EXPECT_EQ(0, info.tx_rekeys);
}

/* RFC 8446 section 4.6.3: the answer comes before our next data record. */
TEST_F(post, key_update_requested)
{
	uint8_t type = 0;
	ssize_t n;
	int i;

	for (i = 0; i < 3; i++) {
		ulp_fill(&self->kind, out, 100, 0);
		ASSERT_EQ(0, peer_key_update(self->t.p, true));
		ASSERT_EQ(0, peer_send(self->t.p, out, 100));
		/* the request has been read once the data behind it has */
		ASSERT_EQ(100, ulp_recv(self->t.k, buf, 100));
		ASSERT_EQ(100, ulp_send(self->t.k, out, 100));
		n = peer_read(self->t.p, &type, msg, sizeof(msg));
		ASSERT_EQ(5, n);
		ASSERT_EQ(PEER_HANDSHAKE, type);
		EXPECT_EQ(0, memcmp(msg, "\30\0\0\1\0", 5));
		ASSERT_EQ(0, peer_expect(self->t.p, out, 100));
	}
	ASSERT_EQ(0, ulp_info(self->t.k, &info));
	EXPECT_EQ(3, info.rx_rekeys);
	EXPECT_EQ(3, info.tx_rekeys);
}

/* Also when nobody here has anything to send. */
TEST_F(post, key_update_requested_idle)
{
	uint8_t type = 0;

	ulp_fill(&self->kind, out, 100, 0);
	ASSERT_EQ(0, peer_key_update(self->t.p, true));
	ASSERT_EQ(0, peer_send(self->t.p, out, 100));
	ASSERT_EQ(100, ulp_recv(self->t.k, buf, 100));
	ASSERT_EQ(5, peer_read(self->t.p, &type, msg, sizeof(msg)));
	EXPECT_EQ(PEER_HANDSHAKE, type);
	EXPECT_EQ(0, memcmp(msg, "\30\0\0\1\0", 5));
	EXPECT_EQ(0, talk(&self->kind, &self->t));
}

/* Many requests before one answer: one is enough (section 4.6.3). */
TEST_F(post, key_updates_requested)
{
	unsigned int answers = 0;
	uint8_t type;
	ssize_t n;
	int i;

	ulp_fill(&self->kind, out, 100, 0);
	for (i = 0; i < 10; i++)
		ASSERT_EQ(0, peer_key_update(self->t.p, true));
	ASSERT_EQ(0, peer_send(self->t.p, out, 100));
	ASSERT_EQ(100, ulp_recv(self->t.k, buf, 100));
	ASSERT_EQ(100, ulp_send(self->t.k, out, 100));
	for (;;) {
		n = peer_read(self->t.p, &type, msg, sizeof(msg));
		ASSERT_LT(0, n);
		if (type == PEER_DATA)
			break;
		ASSERT_EQ(PEER_HANDSHAKE, type);
		answers++;
	}
	EXPECT_TRUE(answers >= 1 && answers <= 10);
	EXPECT_EQ(0, memcmp(msg, out, 100));
}

/* RIPTIDES_REKEY: what we send, and the peer's answer. */
TEST_F(post, rekey_option)
{
	uint8_t type = 0;

	ASSERT_LT(0, ulp_wait(self->t.k, POLLOUT, -1));
	ASSERT_EQ(0, ulp_option(self->t.k, RIPTIDES_REKEY, NULL, 0));
	ASSERT_EQ(5, peer_read(self->t.p, &type, msg, sizeof(msg)));
	EXPECT_EQ(PEER_HANDSHAKE, type);
	EXPECT_EQ(0, memcmp(msg, "\30\0\0\1\0", 5));
	ASSERT_EQ(0, talk(&self->kind, &self->t));
	ASSERT_EQ(0, ulp_option_u32(self->t.k, RIPTIDES_REKEY, 1));
	ASSERT_EQ(5, peer_read(self->t.p, &type, msg, sizeof(msg)));
	EXPECT_EQ(0, memcmp(msg, "\30\0\0\1\1", 5));
	ASSERT_EQ(0, peer_key_update(self->t.p, false));
	ASSERT_EQ(0, talk(&self->kind, &self->t));
	ASSERT_EQ(0, ulp_info(self->t.k, &info));
	EXPECT_EQ(2, info.tx_rekeys);
	EXPECT_EQ(1, info.rx_rekeys);
}

struct asker {
	pthread_barrier_t *start;
	int fd;
	bool request;
	int err;
};

static void *ask(void *arg)
{
	struct asker *a = arg;

	pthread_barrier_wait(a->start);
	a->err = ulp_option_u32(a->fd, RIPTIDES_REKEY, a->request);
	return NULL;
}

/* Two of these at once: the one that asks the peer is not lost in the other. */
TEST_F(post, rekey_race)
{
	struct timeval tv = { .tv_sec = 120 };
	pthread_barrier_t start;
	struct asker a[2] = {};
	uint8_t type;
	pthread_t t;
	int i, j;

	ASSERT_EQ(0, setsockopt(self->t.fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	ASSERT_EQ(0, talk(&self->kind, &self->t));
	pthread_barrier_init(&start, NULL, 2);
	for (i = 0; i < 50; i++) {
		for (j = 0; j < 2; j++)
			a[j] = (struct asker) { &start, self->t.k, j };
		ASSERT_EQ(0, pthread_create(&t, NULL, ask, &a[1]));
		ask(&a[0]);
		ASSERT_EQ(0, pthread_join(t, NULL));
		ASSERT_EQ(0, a[0].err);
		ASSERT_EQ(0, a[1].err);
		do {
			ASSERT_EQ(5, peer_read(self->t.p, &type, msg, sizeof(msg))) {
				TH_LOG("round %d", i);
			}
			ASSERT_EQ(PEER_HANDSHAKE, type);
		} while (!msg[4]);
		ASSERT_EQ(1, ulp_send(self->t.k, "x", 1));
		do {
			ASSERT_LT(0, peer_read(self->t.p, &type, msg, sizeof(msg)));
		} while (type != PEER_DATA);
		ASSERT_EQ('x', msg[0]);
	}
	pthread_barrier_destroy(&start);
	EXPECT_EQ(0, talk(&self->kind, &self->t));
}

/* RFC 8446 section 4.6.1: tickets are the server's. They wake nobody. */
TEST_F(post, ticket)
{
	int unread = -1;
	ssize_t n;

	if (variant->server)
		return;
	n = peer_ticket(self->t.p, msg, sizeof(msg));
	ASSERT_LT(0, n);
	ASSERT_EQ(0, peer_seal(self->t.p, PEER_HANDSHAKE, msg, n));
	ASSERT_EQ(0, peer_flush(self->t.p, 0));
	/* what follows shows that it has arrived, and then it was read first */
	ASSERT_EQ(0, ulp_blocking(self->t.k, false));
	EXPECT_EQ(-1, recv(self->t.k, buf, 1, 0));
	EXPECT_EQ(EAGAIN, errno);
	ASSERT_EQ(0, ioctl(self->t.k, SIOCINQ, &unread));
	EXPECT_EQ(0, unread);
	EXPECT_EQ(POLLOUT, ulp_wait(self->t.k, POLLIN | POLLOUT, -1));
	ASSERT_EQ(0, ulp_blocking(self->t.k, true));
	EXPECT_EQ(0, talk(&self->kind, &self->t));
}

/* Several messages in one record: tickets, then a KeyUpdate at its end. */
TEST_F(post, many_in_one_record)
{
	size_t len = 0;
	ssize_t n;
	int i;

	for (i = 0; i < 3 && !variant->server; i++) {
		n = peer_ticket(self->t.p, msg + len, sizeof(msg) - len);
		ASSERT_LT(0, n);
		len += n;
	}
	ASSERT_EQ(0, peer_key_update_message(self->t.p, false, msg + len));
	ASSERT_EQ(0, peer_seal(self->t.p, PEER_HANDSHAKE, msg, len + 5));
	ASSERT_EQ(0, peer_next_key(self->t.p));
	EXPECT_EQ(0, talk(&self->kind, &self->t));
	ASSERT_EQ(0, ulp_info(self->t.k, &info));
	EXPECT_EQ(1, info.rx_rekeys);
}

/* One message over several records, down to a byte for each. */
TEST_F(post, one_over_many_records)
{
	ssize_t n = 0;
	int i;

	if (!variant->server) {
		n = peer_ticket(self->t.p, msg, sizeof(msg));
		ASSERT_LT(0, n);
		for (i = 0; i < n; i++)
			ASSERT_EQ(0, peer_seal(self->t.p, PEER_HANDSHAKE, msg + i, 1));
	}
	ASSERT_EQ(0, peer_key_update_message(self->t.p, false, msg));
	ASSERT_EQ(0, peer_seal(self->t.p, PEER_HANDSHAKE, msg, 1));
	ASSERT_EQ(0, peer_seal(self->t.p, PEER_HANDSHAKE, msg + 1, 3));
	ASSERT_EQ(0, peer_seal(self->t.p, PEER_HANDSHAKE, msg + 4, 1));
	ASSERT_EQ(0, peer_next_key(self->t.p));
	EXPECT_EQ(0, talk(&self->kind, &self->t));
	ASSERT_EQ(0, ulp_info(self->t.k, &info));
	EXPECT_EQ(1, info.rx_rekeys);
}

TEST_F(post, close_notify)
{
	ASSERT_EQ(0, talk(&self->kind, &self->t));
	ASSERT_EQ(0, peer_send(self->t.p, "last", 4));
	ASSERT_EQ(0, peer_close_notify(self->t.p));
	EXPECT_EQ(4, ulp_recv(self->t.k, buf, 100));
	EXPECT_EQ(0, recv(self->t.k, buf, 1, 0));
	EXPECT_EQ(0, recv(self->t.k, buf, 1, 0));
	/* the other half is still open */
	EXPECT_LT(0, ulp_wait(self->t.k, POLLRDHUP, -1) & POLLRDHUP);
	ulp_fill(&self->kind, out, 5000, 0);
	ASSERT_EQ(5000, ulp_send(self->t.k, out, 5000));
	ASSERT_EQ(0, peer_expect(self->t.p, out, 5000));
	ASSERT_EQ(0, shutdown(self->t.k, SHUT_WR));
	EXPECT_EQ(0, peer_expect_alert(self->t.p, CLOSE_NOTIFY));
	EXPECT_EQ(-EPIPE, peer_read(self->t.p, msg, buf, sizeof(buf)));
}

/* close() says close_notify, then FIN. */
TEST_F(post, we_close)
{
	uint8_t type;

	ulp_fill(&self->kind, out, 100, 0);
	ASSERT_EQ(100, ulp_send(self->t.k, out, 100));
	ASSERT_EQ(0, close(self->t.k));
	self->t.k = -1;
	ASSERT_EQ(0, peer_expect(self->t.p, out, 100));
	EXPECT_EQ(0, peer_expect_alert(self->t.p, CLOSE_NOTIFY));
	EXPECT_EQ(-EPIPE, peer_read(self->t.p, &type, buf, sizeof(buf)));
}

/* Nothing was ever sent or received here; the handshake is complete, though. */
TEST_F(post, we_close_at_once)
{
	uint8_t type;

	do {
		ASSERT_EQ(0, ulp_info(self->t.k, &info));
		ASSERT_EQ(0, sched_yield());
	} while (info.state == RIPTIDES_STATE_HANDSHAKE);

	ASSERT_EQ(0, close(self->t.k));
	self->t.k = -1;
	EXPECT_EQ(0, peer_expect_alert(self->t.p, CLOSE_NOTIFY));
	EXPECT_EQ(-EPIPE, peer_read(self->t.p, &type, buf, sizeof(buf)));
}

/* The peer does not read: we wait, then go on where we stopped. */
TEST_F(post, zero_window)
{
	uint8_t type;
	uint64_t sent = 0, got = 0;
	ssize_t n;

	ASSERT_LT(0, ulp_wait(self->t.k, POLLOUT, -1));
	do {
		ulp_fill(&self->kind, out, 65536, sent);
		n = send(self->t.k, out, 65536, MSG_DONTWAIT);
		sent += n > 0 ? n : 0;
	} while (n > 0);
	ASSERT_EQ(EAGAIN, errno);
	/* its request can't be answered now, and must not be forgotten */
	ASSERT_EQ(0, peer_key_update(self->t.p, true));
	ASSERT_EQ(0, peer_send(self->t.p, "x", 1));
	ASSERT_EQ(1, recv(self->t.k, buf, 1, 0));
	ASSERT_EQ(0, ulp_timeout(self->t.k, SO_SNDTIMEO, 30));
	/* there may be room for a byte in an open record, but not for long */
	do {
		ulp_fill(&self->kind, out, 65536, sent);
		n = send(self->t.k, out, 65536, 0);
		sent += n > 0 ? n : 0;
	} while (n > 0);
	ASSERT_EQ(EAGAIN, errno);
	while (got < sent) {
		n = peer_read(self->t.p, &type, buf, sizeof(buf));
		ASSERT_LE(0, n);
		if (type != PEER_DATA)
			continue;
		ASSERT_EQ(-1, ulp_differs(&self->kind, buf, n, got));
		got += n;
	}
	ASSERT_EQ(sent, got);
	ASSERT_EQ(0, ulp_timeout(self->t.k, SO_SNDTIMEO, 0));
	ASSERT_EQ(1, ulp_send(self->t.k, "y", 1));
	do {
		n = peer_read(self->t.p, &type, buf, sizeof(buf));
		ASSERT_LT(0, n);
	} while (type == PEER_HANDSHAKE);
	EXPECT_EQ('y', buf[0]);
	ASSERT_EQ(0, ulp_info(self->t.k, &info));
	EXPECT_EQ(1, info.tx_rekeys);
}

/* close_notify goes out although the send buffer was full. */
TEST_F(post, close_behind_zero_window)
{
	uint64_t sent = 0, got = 0;
	uint8_t type;
	ssize_t n;

	ASSERT_LT(0, ulp_wait(self->t.k, POLLOUT, -1));
	do {
		ulp_fill(&self->kind, out, 65536, sent);
		n = send(self->t.k, out, 65536, MSG_DONTWAIT);
		sent += n > 0 ? n : 0;
	} while (n > 0);
	ASSERT_EQ(EAGAIN, errno);
	ASSERT_EQ(0, close(self->t.k));
	self->t.k = -1;
	while (got < sent) {
		n = peer_read(self->t.p, &type, buf, sizeof(buf));
		ASSERT_LT(0, n);
		ASSERT_EQ(PEER_DATA, type);
		ASSERT_EQ(-1, ulp_differs(&self->kind, buf, n, got));
		got += n;
	}
	EXPECT_EQ(0, peer_expect_alert(self->t.p, CLOSE_NOTIFY));
	EXPECT_EQ(-EPIPE, peer_read(self->t.p, &type, buf, sizeof(buf)));
}

/* KeyUpdates in the middle of bulk, in both directions, both ends loaded. */
TEST_F(post, rekey_under_load)
{
	/* fewer than the requests in a row that our engine puts up with */
	uint64_t total = 1500000, done = 0, got = 0;
	unsigned int n, updates = 0;
	uint8_t type;
	ssize_t len;
	pid_t reader;

	reader = fork();
	ASSERT_LE(0, reader);
	if (!reader)
		_exit(-ulp_read_all(&self->kind, self->t.k, total, 30000));
	while (done < total) {
		n = total - done < 50000 ? total - done : 50000;
		ulp_fill(&self->kind, out, n, done);
		ASSERT_EQ(0, peer_send(self->t.p, out, n));
		done += n;
		if (done < total) {
			ASSERT_EQ(0, peer_key_update(self->t.p, true));
		}
	}
	EXPECT_EQ(0, ulp_join(reader));
	ulp_fill(&self->kind, out, 100, 0);
	ASSERT_EQ(100, ulp_send(self->t.k, out, 100));
	while (got < 100) {
		len = peer_read(self->t.p, &type, buf, sizeof(buf));
		ASSERT_LT(0, len);
		updates += type == PEER_HANDSHAKE;
		got += type == PEER_DATA ? len : 0;
	}
	EXPECT_LT(0, updates);
	EXPECT_EQ(0, talk(&self->kind, &self->t));
}

/* In the middle of a splice: what is not data never reaches the pipe. */
TEST_F(post, splice_across_messages)
{
	int pipes[2], i, done = 0;
	ssize_t n;

	ASSERT_EQ(0, pipe(pipes));
	for (i = 0; i < 20; i++) {
		ulp_fill(&self->kind, out, 1000, i * 1000);
		ASSERT_EQ(0, peer_send(self->t.p, out, 1000));
		ASSERT_EQ(0, peer_key_update(self->t.p, i & 1));
		if (!variant->server) {
			n = peer_ticket(self->t.p, msg, sizeof(msg));
			ASSERT_EQ(0, peer_seal(self->t.p, PEER_HANDSHAKE, msg, n));
			ASSERT_EQ(0, peer_flush(self->t.p, 0));
		}
	}
	while (done < 20000) {
		n = splice(self->t.k, NULL, pipes[1], NULL, 3333, 0);
		ASSERT_LT(0, n);
		ASSERT_EQ(n, read(pipes[0], buf, sizeof(buf)));
		ASSERT_EQ(-1, ulp_differs(&self->kind, buf, n, done));
		done += n;
	}
	ASSERT_EQ(0, peer_close_notify(self->t.p));
	EXPECT_EQ(0, splice(self->t.k, NULL, pipes[1], NULL, 3333, 0));
	close(pipes[0]);
	close(pipes[1]);
}

/* Who polls misses none of the data between them. */
TEST_F(post, poll_across_messages)
{
	int ep = ulp_watch(self->t.k, EPOLLIN | EPOLLET), i, done = 0;
	const int total = 300 * 40;
	pid_t child;
	ssize_t n;

	ASSERT_LE(0, ep);
	ASSERT_EQ(0, ulp_blocking(self->t.k, false));
	child = fork();
	ASSERT_LE(0, child);
	for (i = 0; !child && i < 300; i++) {
		n = variant->server ? 0 : peer_ticket(self->t.p, msg, sizeof(msg));
		if (n < 0 || (n && (peer_seal(self->t.p, PEER_HANDSHAKE, msg, n) ||
				    peer_flush(self->t.p, 0))))
			_exit(EIO);
		if (i % 3 == 1 && peer_key_update(self->t.p, false))
			_exit(EIO);
		ulp_fill(&self->kind, out, 40, i * 40);
		if (peer_send(self->t.p, out, 40))
			_exit(EPIPE);
	}
	if (!child)
		_exit(0);
	while (done < total) {
		ASSERT_LT(0, ulp_events(ep, -1) & EPOLLIN);
		while ((n = recv(self->t.k, buf, sizeof(buf), 0)) > 0) {
			ASSERT_EQ(-1, ulp_differs(&self->kind, buf, n, done));
			done += n;
		}
		ASSERT_EQ(-1, n);
		ASSERT_EQ(EAGAIN, errno);
	}
	EXPECT_EQ(total, done);
	EXPECT_EQ(0, ulp_join(child));
	ASSERT_EQ(0, ulp_info(self->t.k, &info));
	EXPECT_EQ(100, info.rx_rekeys);
	close(ep);
}

TEST_HARNESS_MAIN
