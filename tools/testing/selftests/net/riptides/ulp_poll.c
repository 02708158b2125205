// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting: poll, epoll level and edge triggered, timeouts, signals, SO_RCVLOWAT
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/wait.h>

#include "kselftest_harness.h"

#define ULP_ONLY_TCP
#include "ulp_fixture.h"

static char buf[1 << 20];

TEST_F(sock, level)
{
	/* the server's handshake ends after the client's */
	ASSERT_LT(0, ulp_wait(self->p.a, POLLOUT, -1));
	EXPECT_EQ(POLLOUT, ulp_now(self->p.c));
	EXPECT_EQ(POLLOUT, ulp_now(self->p.a));
	EXPECT_EQ(0, ulp_now(self->p.l));
	ASSERT_EQ(4, ulp_send(self->p.c, "data", 4));
	ASSERT_EQ(POLLIN, ulp_wait(self->p.a, POLLIN, -1));
	EXPECT_EQ(POLLIN | POLLOUT, ulp_now(self->p.a));
	EXPECT_EQ(POLLOUT, ulp_now(self->p.c));
	/* as long as something is left */
	ASSERT_EQ(2, recv(self->p.a, buf, 2, 0));
	EXPECT_EQ(POLLIN | POLLOUT, ulp_now(self->p.a));
	ASSERT_EQ(2, recv(self->p.a, buf, 2, MSG_PEEK));
	EXPECT_EQ(POLLIN | POLLOUT, ulp_now(self->p.a));
	ASSERT_EQ(2, recv(self->p.a, buf, 2, 0));
	EXPECT_EQ(POLLOUT, ulp_now(self->p.a));
}

TEST_F(sock, listener)
{
	int fd;

	ASSERT_EQ(0, ulp_now(self->p.l));
	fd = ulp_socket(&self->kind);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ulp_connect(fd, &self->p.addr));
	EXPECT_EQ(POLLIN, ulp_wait(self->p.l, POLLIN, -1));
	close(self->p.a);
	self->p.a = ulp_accept(self->p.l);
	ASSERT_LE(0, self->p.a);
	EXPECT_EQ(0, ulp_now(self->p.l));
	close(fd);
}

TEST_F(sock, hangup)
{
	ASSERT_EQ(0, shutdown(self->p.c, SHUT_WR));
	ASSERT_LT(0, ulp_wait(self->p.a, POLLRDHUP, -1) & POLLRDHUP);
	EXPECT_EQ(POLLIN | POLLOUT | POLLRDHUP, ulp_now(self->p.a));
	EXPECT_EQ(0, recv(self->p.a, buf, 1, 0));
	EXPECT_EQ(POLLIN | POLLOUT | POLLRDHUP, ulp_now(self->p.a));
	EXPECT_EQ(POLLOUT, ulp_now(self->p.c));
	ASSERT_EQ(0, shutdown(self->p.a, SHUT_WR));
	ASSERT_LT(0, ulp_wait(self->p.c, POLLHUP, -1) & POLLHUP);
	EXPECT_EQ(POLLIN | POLLOUT | POLLRDHUP | POLLHUP, ulp_now(self->p.c));
	EXPECT_EQ(POLLIN | POLLOUT | POLLRDHUP | POLLHUP, ulp_now(self->p.a));
}

/* Not writable while the send buffer is full; again once it has drained. */
TEST_F(sock, writable)
{
	ssize_t n;

	memset(buf, 'x', sizeof(buf));
	/* what is acknowledged late makes room once more */
	do {
		do {
			n = send(self->p.c, buf, 65536, MSG_DONTWAIT);
		} while (n > 0);
		ASSERT_EQ(EAGAIN, errno);
	} while (ulp_now(self->p.c));
	ASSERT_EQ(0, shutdown(self->p.c, SHUT_WR));
	while ((n = ulp_recv(self->p.a, buf, sizeof(buf))) > 0)
		;
	EXPECT_EQ(0, n);
	EXPECT_LT(0, ulp_wait(self->p.c, POLLOUT, -1) & POLLOUT);
}

TEST_F(sock, select)
{
	fd_set in, out, bad;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&bad);
	FD_SET(self->p.a, &in);
	FD_SET(self->p.a, &out);
	FD_SET(self->p.a, &bad);
	ASSERT_EQ(1, select(self->p.a + 1, &in, &out, &bad, NULL));
	EXPECT_FALSE(FD_ISSET(self->p.a, &in));
	EXPECT_TRUE(FD_ISSET(self->p.a, &out));
	ASSERT_EQ(1, ulp_send(self->p.c, "x", 1));
	FD_SET(self->p.a, &in);
	ASSERT_EQ(1, select(self->p.a + 1, &in, NULL, NULL, NULL));
}

TEST_F(sock, epoll_level)
{
	int ep = ulp_watch(self->p.a, EPOLLIN);

	ASSERT_LE(0, ep);
	EXPECT_EQ(0, ulp_events(ep, 0));
	ASSERT_EQ(2, ulp_send(self->p.c, "xy", 2));
	EXPECT_EQ(EPOLLIN, ulp_events(ep, -1));
	EXPECT_EQ(EPOLLIN, ulp_events(ep, 0));
	ASSERT_EQ(1, recv(self->p.a, buf, 1, 0));
	EXPECT_EQ(EPOLLIN, ulp_events(ep, 0));
	ASSERT_EQ(1, recv(self->p.a, buf, 1, 0));
	EXPECT_EQ(0, ulp_events(ep, 0));
	close(ep);
}

TEST_F(sock, epoll_edge)
{
	int ep, i;

	/* the end of a handshake wakes more than once */
	ASSERT_LT(0, ulp_wait(self->p.a, POLLOUT, -1));
	ep = ulp_watch(self->p.a, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
	ASSERT_LE(0, ep);
	ASSERT_EQ(EPOLLOUT, ulp_events(ep, -1));
	EXPECT_EQ(0, ulp_events(ep, 0));
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(2, ulp_send(self->p.c, "xy", 2));
		ASSERT_EQ(EPOLLIN | EPOLLOUT, ulp_events(ep, -1));
		/* nothing new, no event, although there is something */
		EXPECT_EQ(0, ulp_events(ep, 0));
		/* to the end, as epoll(7) asks for: records queue up in kTLS */
		ASSERT_EQ(2, recv(self->p.a, buf, 2, 0));
		EXPECT_EQ(0, ulp_events(ep, 0));
	}
	ASSERT_EQ(0, shutdown(self->p.c, SHUT_WR));
	do {
		i = ulp_events(ep, -1);
		ASSERT_LT(0, i);
	} while (!(i & EPOLLRDHUP));
	close(ep);
}

TEST_F(sock, epoll_one_shot)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLONESHOT };
	int ep = ulp_watch(self->p.a, EPOLLIN | EPOLLONESHOT);

	ASSERT_LE(0, ep);
	ASSERT_EQ(1, ulp_send(self->p.c, "x", 1));
	EXPECT_EQ(EPOLLIN, ulp_events(ep, -1));
	EXPECT_EQ(0, ulp_events(ep, 0));
	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_MOD, self->p.a, &ev));
	EXPECT_EQ(EPOLLIN, ulp_events(ep, -1));
	close(ep);
}

/* An edge-triggered reader that drains misses nothing of a busy writer. */
TEST_F(sock, epoll_edge_stream)
{
	uint64_t total = 400000, done = 0;
	int ep = ulp_watch(self->p.a, EPOLLIN | EPOLLET);
	pid_t child;
	ssize_t n;

	ASSERT_LE(0, ep);
	ASSERT_EQ(0, ulp_blocking(self->p.a, false));
	child = ulp_writer(&self->kind, self->p.c, total, 777);
	ASSERT_LT(0, child);
	while (done < total) {
		ASSERT_LT(0, ulp_events(ep, -1) & EPOLLIN);
		for (;;) {
			n = recv(self->p.a, buf, 5000, 0);
			if (n < 0)
				break;
			ASSERT_LT(0, n);
			ASSERT_EQ(-1, ulp_differs(&self->kind, buf, n, done));
			done += n;
		}
		ASSERT_EQ(EAGAIN, errno);
	}
	EXPECT_EQ(0, ulp_join(child));
	close(ep);
}

/* Readable only when as much is there as was asked for. */
TEST_F(sock, low_water)
{
	int mark = 100, i;

	ASSERT_EQ(0, setsockopt(self->p.a, SOL_SOCKET, SO_RCVLOWAT, &mark, sizeof(mark)));
	memset(buf, 'x', 200);
	ASSERT_EQ(50, ulp_send(self->p.c, buf, 50));
	/* the other direction shows that the first 50 have arrived */
	ASSERT_EQ(1, ulp_send(self->p.a, "a", 1));
	ASSERT_EQ(1, ulp_recv(self->p.c, buf + 300, 1));
	EXPECT_EQ(POLLOUT, ulp_now(self->p.a));
	ASSERT_EQ(50, ulp_send(self->p.c, buf, 50));
	EXPECT_EQ(POLLIN, ulp_wait(self->p.a, POLLIN, -1));
	/* and a blocking read waits for it, too */
	ASSERT_EQ(100, recv(self->p.a, buf, 200, 0));
	for (i = 0; i < 2; i++)
		ASSERT_EQ(60, ulp_send(self->p.c, buf, 60));
	EXPECT_EQ(120, recv(self->p.a, buf, 200, 0));
	/* the end of the file is always readable */
	ASSERT_EQ(0, shutdown(self->p.c, SHUT_WR));
	EXPECT_EQ(POLLIN, ulp_wait(self->p.a, POLLIN, -1));
	EXPECT_EQ(0, recv(self->p.a, buf, 200, 0));
}

TEST_F(sock, receive_timeout)
{
	ASSERT_EQ(0, ulp_timeout(self->p.a, SO_RCVTIMEO, 20));
	EXPECT_EQ(-1, recv(self->p.a, buf, 1, 0));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(-1, recv(self->p.a, buf, 1, MSG_PEEK));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(-1, recv(self->p.a, buf, 100, MSG_WAITALL));
	EXPECT_EQ(EAGAIN, errno);
	/* what came before the time was over */
	ASSERT_EQ(3, ulp_send(self->p.c, "abc", 3));
	ASSERT_LT(0, ulp_wait(self->p.a, POLLIN, -1));
	EXPECT_EQ(3, recv(self->p.a, buf, 100, MSG_WAITALL));
}

TEST_F(sock, send_timeout)
{
	uint64_t sent = 0;
	ssize_t n;

	ASSERT_EQ(0, ulp_timeout(self->p.c, SO_SNDTIMEO, 20));
	do {
		ulp_fill(&self->kind, buf, 100000, sent);
		n = send(self->p.c, buf, 100000, 0);
		sent += n > 0 ? n : 0;
	} while (n > 0);
	EXPECT_EQ(EAGAIN, errno);
	/* exactly what was counted is on its way */
	EXPECT_EQ(0, ulp_read_all(&self->kind, self->p.a, sent, 50000));
	ASSERT_EQ(0, shutdown(self->p.c, SHUT_WR));
	EXPECT_EQ(0, ulp_recv(self->p.a, buf, 1));
}

TEST_F(sock, signal_interrupts)
{
	ssize_t n;

	ASSERT_EQ(0, ulp_start_alarms(false));
	EXPECT_EQ(-1, recv(self->p.a, buf, 1, 0));
	EXPECT_EQ(EINTR, errno);
	EXPECT_EQ(-1, recv(self->p.a, buf, 100, MSG_WAITALL));
	EXPECT_EQ(EINTR, errno);
	EXPECT_EQ(-1, accept(self->p.l, NULL, NULL));
	EXPECT_EQ(EINTR, errno);
	do {
		n = send(self->p.c, buf, sizeof(buf), 0);
	} while (n > 0);
	EXPECT_EQ(EINTR, errno);
	ulp_stop_alarms();
}

/* What was taken before the signal is told, and not lost. */
TEST_F(sock, signal_cuts)
{
	uint64_t sent = 0;
	ssize_t n;

	ASSERT_EQ(0, ulp_start_alarms(false));
	do {
		ulp_fill(&self->kind, buf, sizeof(buf), sent);
		n = send(self->p.c, buf, sizeof(buf), 0);
		sent += n > 0 ? n : 0;
	} while (n > 0);
	ulp_stop_alarms();
	ASSERT_EQ(EINTR, errno);
	EXPECT_EQ(0, ulp_read_all(&self->kind, self->p.a, sent, sizeof(buf)));
	ASSERT_EQ(0, shutdown(self->p.c, SHUT_WR));
	EXPECT_EQ(0, ulp_recv(self->p.a, buf, 1));
}

/* With SA_RESTART the call goes on. */
TEST_F(sock, signal_restarts)
{
	pid_t child;

	ASSERT_EQ(0, ulp_start_alarms(true));
	child = fork();		/* which inherits no timer */
	ASSERT_LE(0, child);
	if (!child) {
		/* wait for the reader's answer to a question of ours */
		if (ulp_send(self->p.c, "q", 1) != 1)
			_exit(EIO);
		if (ulp_recv(self->p.c, buf, 1) != 1)
			_exit(EPIPE);
		/* three of its alarms, by a clock of our own */
		poll(NULL, 0, 70);
		_exit(ulp_send(self->p.c, "r", 1) == 1 ? 0 : EIO);
	}
	ASSERT_EQ(1, recv(self->p.a, buf, 1, 0));
	ASSERT_EQ(1, send(self->p.a, "a", 1, 0));
	EXPECT_EQ(1, recv(self->p.a, buf, 1, 0));
	ulp_stop_alarms();
	EXPECT_EQ('r', buf[0]);
	EXPECT_EQ(0, ulp_join(child));
}

/* The kernel's SIGPIPE, and its absence. */
static volatile sig_atomic_t pipes;

static void on_pipe(int sig)
{
	pipes++;
}

TEST_F(sock, signal_pipe)
{
	ASSERT_NE(SIG_ERR, signal(SIGPIPE, on_pipe));
	ASSERT_EQ(0, shutdown(self->p.c, SHUT_WR));
	EXPECT_EQ(-1, send(self->p.c, buf, 1, MSG_NOSIGNAL));
	EXPECT_EQ(EPIPE, errno);
	EXPECT_EQ(0, pipes);
	EXPECT_EQ(-1, send(self->p.c, buf, 1, 0));
	EXPECT_EQ(EPIPE, errno);
	EXPECT_EQ(1, pipes);
}

/* SIGIO and fasync */
static volatile sig_atomic_t ios;

static void on_io(int sig)
{
	ios++;
}

TEST_F(sock, signal_io)
{
	ASSERT_NE(SIG_ERR, signal(SIGIO, on_io));
	ASSERT_EQ(0, fcntl(self->p.a, F_SETOWN, getpid()));
	ASSERT_EQ(0, fcntl(self->p.a, F_SETFL, O_ASYNC | O_NONBLOCK));
	ASSERT_EQ(1, ulp_send(self->p.c, "x", 1));
	while (!ios)
		ulp_wait(self->p.a, 0, 10);
	EXPECT_LT(0, ulp_wait(self->p.a, POLLIN, -1));
}

struct reader {
	int fd;
	size_t got;
	int err;
};

static void *read_some(void *arg)
{
	struct reader *r = arg;
	char part[7];
	ssize_t n;

	while ((n = recv(r->fd, part, sizeof(part), 0)) > 0)
		r->got += n;
	r->err = n ? errno : 0;
	return NULL;
}

/* Several blocked readers: each byte to one of them, the end to all. */
TEST_F(sock, many_readers)
{
	struct reader r[4];
	pthread_t t[4];
	size_t sum = 0;
	int i;

	for (i = 0; i < 4; i++) {
		r[i] = (struct reader) { .fd = self->p.a };
		ASSERT_EQ(0, pthread_create(&t[i], NULL, read_some, &r[i]));
	}
	for (i = 0; i < 500; i++)
		ASSERT_EQ(20, ulp_send(self->p.c, buf, 20));
	ASSERT_EQ(0, shutdown(self->p.c, SHUT_WR));
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, pthread_join(t[i], NULL));
		EXPECT_EQ(0, r[i].err);
		sum += r[i].got;
	}
	EXPECT_EQ(500 * 20, sum);
}

struct writer {
	struct ulp_kind *kind;
	int fd;
	int err;
};

static void *write_some(void *arg)
{
	struct writer *w = arg;
	char block[ULP_BLOCK];
	int i;

	ulp_fill(w->kind, block, sizeof(block), 0);
	for (i = 0; i < 500 && !w->err; i++)
		if (send(w->fd, block, sizeof(block), 0) != sizeof(block))
			w->err = errno;
	return NULL;
}

/* Several writers of one socket: no call's bytes come apart. */
TEST_F(sock, many_writers)
{
	char block[ULP_BLOCK];
	struct writer w[4];
	pthread_t t[4];
	int i;

	for (i = 0; i < 4; i++) {
		w[i] = (struct writer) { .kind = &self->kind, .fd = self->p.c };
		ASSERT_EQ(0, pthread_create(&t[i], NULL, write_some, &w[i]));
	}
	for (i = 0; i < 4 * 500; i++) {
		ASSERT_EQ(sizeof(block), ulp_recv(self->p.a, block, sizeof(block)));
		ASSERT_EQ(-1, ulp_differs(&self->kind, block, sizeof(block), 0));
	}
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, pthread_join(t[i], NULL));
		EXPECT_EQ(0, w[i].err);
	}
	EXPECT_EQ(POLLOUT, ulp_now(self->p.a));
}

TEST_HARNESS_MAIN
