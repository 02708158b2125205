// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting while the handshake is not complete
 */
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"

#define ULP_ONLY_TLS
#include "ulp_fixture.h"

static char buf[4096];

/*
 * A peer that says nothing.
 */
FIXTURE(silent)
{
	struct ulp_kind kind;
	struct ulp_pair p;
};

FIXTURE_VARIANT(silent)
{
	struct ulp_kind kind;
	bool server;
};

FIXTURE_SETUP(silent)
{
	self->kind = variant->kind;
	ASSERT_EQ(0, ulp_open_raw(&self->kind, &self->p));
	ASSERT_EQ(0, ulp_setup(self->p.a, &self->kind));
	ASSERT_EQ(0, ulp_option_u32(self->p.a, RIPTIDES_ROLE, variant->server ?
				    RIPTIDES_ROLE_SERVER : RIPTIDES_ROLE_CLIENT));
	ASSERT_EQ(0, ulp_option(self->p.a, RIPTIDES_START, NULL, 0));
}

FIXTURE_TEARDOWN(silent)
{
	ulp_close(&self->p);
}

FIXTURE_VARIANT_ADD(silent, ktls_client) { { ULP_KTLS, ULP_IPV4, false }, false };
FIXTURE_VARIANT_ADD(silent, ktls_server) { { ULP_KTLS, ULP_IPV6, false }, true };
FIXTURE_VARIANT_ADD(silent, soft_client) { { ULP_SOFTWARE, ULP_IPV4, false }, false };
FIXTURE_VARIANT_ADD(silent, soft_server) { { ULP_SOFTWARE, ULP_IPV6, false }, true };

TEST_F(silent, not_ready)
{
	int ep = ulp_watch(self->p.a, EPOLLIN | EPOLLOUT | EPOLLET);

	ASSERT_LE(0, ep);
	EXPECT_EQ(0, ulp_now(self->p.a));
	EXPECT_EQ(0, ulp_events(ep, 0));
	EXPECT_EQ(-1, send(self->p.a, buf, 1, MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(-1, recv(self->p.a, buf, 1, MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(0, ulp_now(self->p.a));
	close(ep);
}

TEST_F(silent, timeouts)
{
	ASSERT_EQ(0, ulp_timeout(self->p.a, SO_RCVTIMEO, 20));
	ASSERT_EQ(0, ulp_timeout(self->p.a, SO_SNDTIMEO, 20));
	EXPECT_EQ(-1, recv(self->p.a, buf, 1, 0));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(-1, send(self->p.a, buf, 1, 0));
	EXPECT_EQ(EAGAIN, errno);
}

TEST_F(silent, signals)
{
	ASSERT_EQ(0, ulp_start_alarms(false));
	EXPECT_EQ(-1, recv(self->p.a, buf, 1, 0));
	EXPECT_EQ(EINTR, errno);
	EXPECT_EQ(-1, send(self->p.a, buf, 1, 0));
	EXPECT_EQ(EINTR, errno);
	ulp_stop_alarms();
}

/* The deadline comes by itself, wakes poll() and is told once. */
TEST_F(silent, deadline)
{
	struct riptides_info info;
	struct ulp_pair q;

	ASSERT_EQ(0, ulp_open_raw(&self->kind, &q));
	ASSERT_EQ(0, ulp_setup(q.a, &self->kind));
	ASSERT_EQ(0, ulp_option_u32(q.a, RIPTIDES_ROLE, variant->server ?
				    RIPTIDES_ROLE_SERVER : RIPTIDES_ROLE_CLIENT));
	ASSERT_EQ(0, ulp_option_u32(q.a, RIPTIDES_DEADLINE, 50));
	ASSERT_EQ(0, ulp_option(q.a, RIPTIDES_START, NULL, 0));
	EXPECT_LT(0, ulp_wait(q.a, POLLIN, -1) & POLLIN);
	EXPECT_EQ(-1, recv(q.a, buf, 1, 0));
	EXPECT_EQ(ETIMEDOUT, errno);
	EXPECT_EQ(0, recv(q.a, buf, 1, 0));
	EXPECT_EQ(-1, send(q.a, buf, 1, MSG_NOSIGNAL));
	EXPECT_EQ(EPIPE, errno);
	ASSERT_EQ(0, ulp_info(q.a, &info));
	EXPECT_EQ(RIPTIDES_STATE_FAILED, info.state);
	EXPECT_EQ(ETIMEDOUT, info.error);
	ulp_close(&q);
}

static void *end_it(void *arg)
{
	int *fd = arg;

	/* the ClientHello or nothing: the reader is (about to be) blocked */
	shutdown(*fd, SHUT_RDWR);
	return NULL;
}

TEST_F(silent, shutdown_wakes)
{
	pthread_t t;

	ASSERT_EQ(0, pthread_create(&t, NULL, end_it, &self->p.a));
	/* the end of the file, as on TCP, or the failure that it is */
	if (recv(self->p.a, buf, 1, 0)) {
		EXPECT_EQ(ECONNABORTED, errno);
	}
	EXPECT_EQ(0, recv(self->p.a, buf, 1, 0));
	ASSERT_EQ(0, pthread_join(t, NULL));
	EXPECT_EQ(-1, send(self->p.a, buf, 1, MSG_NOSIGNAL));
	EXPECT_EQ(EPIPE, errno);
}

TEST_F(silent, peer_resets)
{
	struct linger now = { 1, 0 };

	ASSERT_EQ(0, setsockopt(self->p.c, SOL_SOCKET, SO_LINGER, &now, sizeof(now)));
	close(self->p.c);
	self->p.c = -1;
	EXPECT_EQ(-1, recv(self->p.a, buf, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
	EXPECT_EQ(0, recv(self->p.a, buf, 1, 0));
}

TEST_F(silent, peer_closes)
{
	ASSERT_EQ(0, shutdown(self->p.c, SHUT_WR));
	EXPECT_EQ(-1, recv(self->p.a, buf, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
	EXPECT_EQ(0, recv(self->p.a, buf, 1, 0));
}

/* The other end takes part at last. */
static int join_in(const struct ulp_kind *kind, int fd, bool server)
{
	int err = ulp_setup(fd, kind);

	err = err ?: ulp_option_u32(fd, RIPTIDES_ROLE, server ? RIPTIDES_ROLE_SERVER :
				    RIPTIDES_ROLE_CLIENT);
	return err ?: ulp_option(fd, RIPTIDES_START, NULL, 0);
}

/* A child goes on with the handshake, when its parent has closed the socket. */
TEST_F(silent, forked)
{
	pid_t child = fork();

	ASSERT_LE(0, child);
	if (!child) {
		close(self->p.c);
		if (ulp_recv(self->p.a, buf, 5) != 5)
			_exit(EPIPE);
		_exit(ulp_send(self->p.a, buf, 5) == 5 ? 0 : EIO);
	}
	close(self->p.a);
	self->p.a = -1;
	ASSERT_EQ(0, join_in(&self->kind, self->p.c, !variant->server));
	ASSERT_EQ(5, ulp_send(self->p.c, "hello", 5));
	EXPECT_EQ(5, ulp_recv(self->p.c, buf, 100));
	EXPECT_EQ(0, memcmp(buf, "hello", 5));
	EXPECT_EQ(0, ulp_join(child));
}

/* It goes on without anybody, while the socket is on its way to somebody else. */
TEST_F(silent, passed)
{
	int sv[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	ASSERT_EQ(0, ulp_pass(sv[0], self->p.a));
	close(self->p.a);
	self->p.a = -1;
	ASSERT_EQ(0, join_in(&self->kind, self->p.c, !variant->server));
	EXPECT_EQ(POLLOUT, ulp_wait(self->p.c, POLLOUT, -1));
	ASSERT_EQ(5, ulp_send(self->p.c, "hello", 5));
	self->p.a = ulp_take(sv[1]);
	ASSERT_LE(0, self->p.a);
	EXPECT_EQ(5, ulp_recv(self->p.a, buf, 5));
	EXPECT_EQ(5, ulp_send(self->p.a, buf, 5));
	EXPECT_EQ(5, ulp_recv(self->p.c, buf, 5));
	close(sv[0]);
	close(sv[1]);
}

/* And it is reset if nobody takes it from there. */
TEST_F(silent, lost)
{
	int sv[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	ASSERT_EQ(0, ulp_pass(sv[0], self->p.a));
	close(self->p.a);
	self->p.a = -1;
	close(sv[0]);
	close(sv[1]);
	ASSERT_LT(0, ulp_wait(self->p.c, POLLHUP, -1) & POLLHUP);
}

struct reader {
	int fd;
	pid_t tid;
	int err;
};

static void *read_one(void *arg)
{
	struct reader *r = arg;
	char byte;

	__atomic_store_n(&r->tid, syscall(__NR_gettid), __ATOMIC_RELEASE);
	r->err = recv(r->fd, &byte, 1, 0) < 0 ? errno : 0;
	return NULL;
}

/* As on TCP, close() by one thread does not end what another one waits for. */
TEST_F(silent, closed_under_reader)
{
	struct reader r = { .fd = self->p.a };
	pthread_t t;

	ASSERT_EQ(0, pthread_create(&t, NULL, read_one, &r));
	while (!__atomic_load_n(&r.tid, __ATOMIC_ACQUIRE))
		sched_yield();
	ASSERT_EQ(0, ulp_asleep(r.tid, __NR_recvfrom));
	close(self->p.a);
	self->p.a = -1;
	ASSERT_EQ(0, join_in(&self->kind, self->p.c, !variant->server));
	ASSERT_EQ(1, ulp_send(self->p.c, "x", 1));
	ASSERT_EQ(0, pthread_join(t, NULL));
	EXPECT_EQ(0, r.err);
	/* and then it is closed */
	EXPECT_EQ(0, ulp_recv(self->p.c, buf, 1));
}

/*
 * connect() that must not wait, to a server whose handshake takes its time.
 */
TEST_F(tls, connect_in_progress)
{
	struct pollfd p;
	socklen_t len = sizeof(int);
	int err = -1, l;

	/* a raw listener: TCP connects, the handshake doesn't go on */
	l = ulp_raw_listen(&self->kind, 5, &self->p.addr);
	ASSERT_LE(0, l);
	self->p.l = l;
	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	ASSERT_EQ(0, ulp_blocking(self->p.c, false));
	EXPECT_EQ(-1, connect(self->p.c, &self->p.addr.sa, self->p.addr.len));
	EXPECT_EQ(EINPROGRESS, errno);
	self->p.a = ulp_accept(l);
	ASSERT_LE(0, self->p.a);
	ASSERT_LT(0, ulp_wait(self->p.a, POLLIN, -1));
	EXPECT_EQ(-1, connect(self->p.c, &self->p.addr.sa, self->p.addr.len));
	EXPECT_EQ(EALREADY, errno);
	EXPECT_EQ(0, ulp_now(self->p.c));
	EXPECT_EQ(-1, send(self->p.c, buf, 1, 0));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(-1, recv(self->p.c, buf, 1, 0));
	EXPECT_EQ(EAGAIN, errno);
	/* the server is attached now and takes part */
	ASSERT_EQ(0, ulp_setup(self->p.a, &self->kind));
	ASSERT_EQ(0, ulp_option_u32(self->p.a, RIPTIDES_ROLE, RIPTIDES_ROLE_SERVER));
	ASSERT_EQ(0, ulp_option(self->p.a, RIPTIDES_START, NULL, 0));
	p.fd = self->p.c;
	p.events = POLLIN | POLLOUT;
	ASSERT_EQ(1, poll(&p, 1, -1));
	EXPECT_EQ(POLLOUT, p.revents);
	ASSERT_EQ(0, getsockopt(self->p.c, SOL_SOCKET, SO_ERROR, &err, &len));
	EXPECT_EQ(0, err);
	EXPECT_EQ(0, connect(self->p.c, &self->p.addr.sa, self->p.addr.len));
	EXPECT_EQ(-1, connect(self->p.c, &self->p.addr.sa, self->p.addr.len));
	EXPECT_EQ(EISCONN, errno);
	ulp_fill(&self->kind, buf, 40, 0);
	ASSERT_EQ(40, ulp_send(self->p.c, buf, 40));
	ASSERT_EQ(40, ulp_recv(self->p.a, buf, 40));
}

/* A connect() that was interrupted goes on, and is completed by the next. */
TEST_F(tls, connect_interrupted)
{
	self->p.l = ulp_raw_listen(&self->kind, 5, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	ASSERT_EQ(0, ulp_start_alarms(false));
	EXPECT_EQ(-1, connect(self->p.c, &self->p.addr.sa, self->p.addr.len));
	EXPECT_EQ(EINTR, errno);
	ulp_stop_alarms();
	ASSERT_EQ(0, ulp_timeout(self->p.c, SO_SNDTIMEO, 20));
	EXPECT_EQ(-1, connect(self->p.c, &self->p.addr.sa, self->p.addr.len));
	/* EALREADY by TCP's rule, or EINPROGRESS by the timeout's */
	EXPECT_TRUE(errno == EALREADY || errno == EINPROGRESS);
	self->p.a = ulp_accept(self->p.l);
	ASSERT_LE(0, self->p.a);
	ASSERT_EQ(0, ulp_setup(self->p.a, &self->kind));
	ASSERT_EQ(0, ulp_option_u32(self->p.a, RIPTIDES_ROLE, RIPTIDES_ROLE_SERVER));
	ASSERT_EQ(0, ulp_option(self->p.a, RIPTIDES_START, NULL, 0));
	ASSERT_EQ(0, ulp_timeout(self->p.c, SO_SNDTIMEO, 0));
	EXPECT_EQ(0, connect(self->p.c, &self->p.addr.sa, self->p.addr.len));
	ASSERT_EQ(2, ulp_send(self->p.a, "ok", 2));
	ASSERT_EQ(2, ulp_recv(self->p.c, buf, 2));
}

/* accept() does not wait for the handshake; the first I/O does. */
TEST_F(tls, accept_first)
{
	char hello[16] = { 22, 3, 1, 2, 0 };

	self->p.l = ulp_listen(&self->kind, 5, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	self->p.c = ulp_raw_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	ASSERT_EQ(0, ulp_connect(self->p.c, &self->p.addr));
	self->p.a = ulp_accept(self->p.l);
	ASSERT_LE(0, self->p.a);
	/* half a header, and half a ClientHello */
	ASSERT_EQ(3, ulp_send(self->p.c, hello, 3));
	EXPECT_EQ(-1, recv(self->p.a, buf, 1, MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	ASSERT_EQ(5, ulp_send(self->p.c, hello + 3, 5));
	ASSERT_EQ(0, ulp_timeout(self->p.a, SO_RCVTIMEO, 20));
	EXPECT_EQ(-1, recv(self->p.a, buf, 1, 0));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(0, ulp_now(self->p.a));
}

/* Everything above, by a client whose calls never wait. */
TEST_F(tls, epoll_connect)
{
	int ep, events;

	self->p.l = ulp_listen(&self->kind, 5, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	ASSERT_EQ(0, ulp_blocking(self->p.c, false));
	ep = ulp_watch(self->p.c, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
	ASSERT_LE(0, ep);
	ASSERT_EQ(EPOLLOUT | EPOLLHUP, ulp_events(ep, 0));
	EXPECT_EQ(-1, connect(self->p.c, &self->p.addr.sa, self->p.addr.len));
	EXPECT_EQ(EINPROGRESS, errno);
	EXPECT_EQ(EPOLLOUT, ulp_events(ep, -1));
	self->p.a = ulp_accept(self->p.l);
	ASSERT_LE(0, self->p.a);
	ASSERT_EQ(2, ulp_send(self->p.a, "ok", 2));
	/* the ticket before it wakes, too, if it comes alone */
	do {
		events = ulp_events(ep, -1);
	} while (events == EPOLLOUT);
	EXPECT_EQ(EPOLLIN | EPOLLOUT, events);
	EXPECT_EQ(2, recv(self->p.c, buf, 10, 0));
	close(ep);
}

TEST_HARNESS_MAIN
