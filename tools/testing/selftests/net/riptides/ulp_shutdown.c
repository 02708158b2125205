// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end: shutdown, close, half-close, reset, lingering, fork, passed descriptors
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <linux/sockios.h>

#include "kselftest_harness.h"

#define ULP_ONLY_TCP
#include "ulp_fixture.h"

static char buf[1 << 20];

TEST_F(sock, close_is_end)
{
	ASSERT_EQ(4, ulp_send(self->p.c, "last", 4));
	ASSERT_EQ(0, close(self->p.c));
	self->p.c = -1;
	EXPECT_EQ(4, ulp_recv(self->p.a, buf, 100));
	EXPECT_EQ(0, memcmp(buf, "last", 4));
	EXPECT_EQ(0, recv(self->p.a, buf, 1, 0));
	EXPECT_EQ(0, recv(self->p.a, buf, 1, 0));
}

TEST_F(sock, half_close_client)
{
	ASSERT_EQ(7, ulp_send(self->p.c, "request", 7));
	ASSERT_EQ(0, shutdown(self->p.c, SHUT_WR));
	EXPECT_EQ(7, ulp_recv(self->p.a, buf, 100));
	EXPECT_EQ(0, recv(self->p.a, buf, 1, 0));
	EXPECT_EQ(-1, send(self->p.c, "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(EPIPE, errno);
	ulp_fill(&self->kind, buf, 100000, 0);
	ASSERT_EQ(100000, ulp_send(self->p.a, buf, 100000));
	ASSERT_EQ(0, close(self->p.a));
	self->p.a = -1;
	memset(buf, 0, sizeof(buf));
	EXPECT_EQ(100000, ulp_recv(self->p.c, buf, sizeof(buf)));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 100000, 0));
}

TEST_F(sock, half_close_server)
{
	ASSERT_EQ(0, shutdown(self->p.a, SHUT_WR));
	EXPECT_EQ(0, recv(self->p.c, buf, 1, 0));
	ulp_fill(&self->kind, buf, 100000, 0);
	ASSERT_EQ(100000, ulp_send(self->p.c, buf, 100000));
	ASSERT_EQ(0, shutdown(self->p.c, SHUT_WR));
	memset(buf, 0, sizeof(buf));
	EXPECT_EQ(100000, ulp_recv(self->p.a, buf, sizeof(buf)));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 100000, 0));
	EXPECT_EQ(0, recv(self->p.a, buf, 1, 0));
}

TEST_F(sock, shut_read)
{
	ASSERT_EQ(0, shutdown(self->p.a, SHUT_RD));
	EXPECT_EQ(0, recv(self->p.a, buf, 1, 0));
	ASSERT_EQ(4, ulp_send(self->p.a, "more", 4));
	EXPECT_EQ(4, ulp_recv(self->p.c, buf, 4));
}

TEST_F(sock, shut_both)
{
	ASSERT_EQ(0, shutdown(self->p.c, SHUT_RDWR));
	EXPECT_EQ(0, recv(self->p.c, buf, 1, 0));
	EXPECT_EQ(-1, send(self->p.c, "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(EPIPE, errno);
	EXPECT_EQ(0, recv(self->p.a, buf, 1, 0));
	ASSERT_EQ(0, shutdown(self->p.a, SHUT_RDWR));
	EXPECT_EQ(-1, shutdown(self->p.c, 3));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, shutdown(self->p.c, -1));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(sock, shut_twice)
{
	ASSERT_EQ(0, shutdown(self->p.c, SHUT_WR));
	ASSERT_EQ(0, shutdown(self->p.c, SHUT_WR));
	EXPECT_EQ(0, recv(self->p.a, buf, 1, 0));
	ASSERT_EQ(0, shutdown(self->p.a, SHUT_WR));
	ASSERT_LT(0, ulp_wait(self->p.a, POLLHUP, -1) & POLLHUP);
	/* until the other end has acknowledged it: then TCP has closed */
	while (!shutdown(self->p.a, SHUT_WR))
		ASSERT_EQ(0, sched_yield());
	EXPECT_EQ(ENOTCONN, errno);
}

/* The first thing that is done with the connection is to end it. */
TEST_F(sock, end_at_once)
{
	ASSERT_EQ(0, shutdown(self->p.a, SHUT_WR));
	EXPECT_EQ(0, recv(self->p.c, buf, 1, 0));
	ASSERT_EQ(0, shutdown(self->p.c, SHUT_WR));
	EXPECT_EQ(0, recv(self->p.a, buf, 1, 0));
}

/* The client is gone before the server has accepted. */
TEST_F(sock, gone_before_accept)
{
	int fd;

	fd = ulp_socket(&self->kind);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ulp_connect(fd, &self->p.addr));
	ulp_fill(&self->kind, buf, 5000, 0);
	ASSERT_EQ(5000, ulp_send(fd, buf, 5000));
	ASSERT_EQ(0, close(fd));
	close(self->p.a);
	self->p.a = ulp_accept(self->p.l);
	ASSERT_LE(0, self->p.a);
	EXPECT_EQ(5000, ulp_recv(self->p.a, buf, sizeof(buf)));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 5000, 0));
	EXPECT_EQ(0, recv(self->p.a, buf, 1, 0));
}

TEST_F(sock, half_gone_before_accept)
{
	int fd;

	fd = ulp_socket(&self->kind);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ulp_connect(fd, &self->p.addr));
	ASSERT_EQ(5, ulp_send(fd, "early", 5));
	ASSERT_EQ(0, shutdown(fd, SHUT_WR));
	close(self->p.a);
	self->p.a = ulp_accept(self->p.l);
	ASSERT_LE(0, self->p.a);
	EXPECT_EQ(5, ulp_recv(self->p.a, buf, 100));
	ASSERT_EQ(5, ulp_send(self->p.a, "reply", 5));
	EXPECT_EQ(5, ulp_recv(fd, buf, 5));
	close(fd);
}

/* Closing with unread bytes resets, as on TCP. */
TEST_F(sock, close_unread)
{
	ASSERT_EQ(4, ulp_send(self->p.c, "data", 4));
	ASSERT_LT(0, ulp_wait(self->p.a, POLLIN, -1));
	ASSERT_EQ(0, close(self->p.a));
	self->p.a = -1;
	ASSERT_LT(0, ulp_wait(self->p.c, POLLERR, -1) & POLLERR);
	EXPECT_EQ(-1, recv(self->p.c, buf, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
	/* TLS goes on saying so: nothing has told the end */
	EXPECT_EQ(self->kind.path == ULP_TCP ? 0 : -1, recv(self->p.c, buf, 1, 0));
	EXPECT_EQ(-1, send(self->p.c, "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(EPIPE, errno);
}

TEST_F(sock, reset)
{
	struct linger now = { 1, 0 };

	/* in the middle of a session, not of its handshake */
	ASSERT_EQ(1, ulp_send(self->p.c, "x", 1));
	ASSERT_EQ(1, ulp_recv(self->p.a, buf, 1));
	ASSERT_EQ(0, setsockopt(self->p.c, SOL_SOCKET, SO_LINGER, &now, sizeof(now)));
	ASSERT_EQ(0, close(self->p.c));
	self->p.c = -1;
	EXPECT_EQ(-1, recv(self->p.a, buf, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
	/* TLS goes on saying so: nothing has told the end */
	EXPECT_EQ(self->kind.path == ULP_TCP ? 0 : -1, recv(self->p.a, buf, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
}

/* close() waits until the other end has everything. */
TEST_F(sock, linger)
{
	struct linger wait = { 1, 60 };
	unsigned int total = 0;
	int tell[2], fd;
	pid_t child;
	ssize_t n;

	ASSERT_EQ(0, pipe(tell));
	ASSERT_EQ(0, setsockopt(self->p.c, SOL_SOCKET, SO_LINGER, &wait, sizeof(wait)));
	do {
		ulp_fill(&self->kind, buf, 65536, total);
		n = send(self->p.c, buf, 65536, MSG_DONTWAIT);
		total += n > 0 ? n : 0;
	} while (n > 0);
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		/* ours is the last descriptor once the parent's is closed */
		if (read(tell[0], buf, 1) != 1)
			_exit(EPIPE);
		_exit(close(self->p.c) ? errno : 0);
	}
	fd = self->p.c;
	self->p.c = -1;
	ASSERT_EQ(0, close(fd));
	ASSERT_EQ(1, write(tell[1], "x", 1));
	EXPECT_EQ(0, ulp_read_all(&self->kind, self->p.a, total, sizeof(buf)));
	EXPECT_EQ(0, recv(self->p.a, buf, 1, 0));
	ASSERT_EQ(0, shutdown(self->p.a, SHUT_WR));
	EXPECT_EQ(0, ulp_join(child));
	close(tell[0]);
	close(tell[1]);
}

/* The send buffer is full: the end must not be lost behind it. */
TEST_F(sock, end_when_full)
{
	uint64_t total = 0;
	ssize_t n;

	do {
		ulp_fill(&self->kind, buf, 65536, total);
		n = send(self->p.c, buf, 65536, MSG_DONTWAIT);
		total += n > 0 ? n : 0;
	} while (n > 0);
	ASSERT_EQ(EAGAIN, errno);
	ASSERT_EQ(0, shutdown(self->p.c, SHUT_WR));
	EXPECT_EQ(0, ulp_read_all(&self->kind, self->p.a, total, 30000));
	EXPECT_EQ(0, recv(self->p.a, buf, 1, 0));
}

TEST_F(sock, close_when_full)
{
	uint64_t total = 0;
	ssize_t n;

	ASSERT_LT(0, ulp_wait(self->p.a, POLLOUT, -1));
	do {
		ulp_fill(&self->kind, buf, 65536, total);
		n = send(self->p.a, buf, 65536, MSG_DONTWAIT);
		total += n > 0 ? n : 0;
	} while (n > 0);
	ASSERT_EQ(EAGAIN, errno);
	ASSERT_EQ(0, close(self->p.a));
	self->p.a = -1;
	EXPECT_EQ(0, ulp_read_all(&self->kind, self->p.c, total, 30000));
	EXPECT_EQ(0, recv(self->p.c, buf, 1, 0));
}

struct call {
	int fd;
	int how;
};

static void *shut_it(void *arg)
{
	struct call *c = arg;

	shutdown(c->fd, c->how);
	return NULL;
}

TEST_F(sock, shutdown_wakes_reader)
{
	struct call c = { self->p.a, SHUT_RDWR };
	pthread_t t;

	ASSERT_EQ(0, pthread_create(&t, NULL, shut_it, &c));
	EXPECT_EQ(0, recv(self->p.a, buf, 1, 0));
	ASSERT_EQ(0, pthread_join(t, NULL));
}

TEST_F(sock, shutdown_wakes_writer)
{
	struct call c = { self->p.c, SHUT_RDWR };
	pthread_t t;
	ssize_t n;

	memset(buf, 'x', sizeof(buf));
	do {
		n = send(self->p.c, buf, sizeof(buf), MSG_DONTWAIT);
	} while (n > 0);
	ASSERT_EQ(0, pthread_create(&t, NULL, shut_it, &c));
	do {
		n = send(self->p.c, buf, sizeof(buf), MSG_NOSIGNAL);
	} while (n > 0);
	EXPECT_EQ(-1, n);
	EXPECT_EQ(EPIPE, errno);
	ASSERT_EQ(0, pthread_join(t, NULL));
}

/* A reader keeps the file open although another thread has closed it. */
static void *close_it(void *arg)
{
	close(*(int *)arg);
	return NULL;
}

TEST_F(sock, close_under_reader)
{
	int fd = dup(self->p.a);
	pthread_t t;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, pthread_create(&t, NULL, close_it, &self->p.a));
	ASSERT_EQ(0, pthread_join(t, NULL));
	self->p.a = fd;
	ASSERT_EQ(2, ulp_send(self->p.c, "ok", 2));
	EXPECT_EQ(2, recv(fd, buf, 10, 0));
}

struct loop {
	int fd;
	bool write;
	int err;
};

static void *loop_until_over(void *arg)
{
	struct loop *l = arg;
	char part[1000] = {};
	ssize_t n;

	do {
		n = l->write ? send(l->fd, part, sizeof(part), MSG_NOSIGNAL) :
			       recv(l->fd, part, sizeof(part), 0);
	} while (n > 0);
	l->err = n ? errno : 0;
	return NULL;
}

/* Readers and writers on both ends, ended in the middle. */
TEST_F(sock, shutdown_under_load)
{
	struct loop l[8];
	pthread_t t[8];
	int i;

	for (i = 0; i < 8; i++) {
		l[i].fd = i & 1 ? self->p.c : self->p.a;
		l[i].write = i & 2;
		l[i].err = -1;
		ASSERT_EQ(0, pthread_create(&t[i], NULL, loop_until_over, &l[i]));
	}
	/* some work for all of them before the end comes */
	for (i = 0; i < 300; i++)
		ASSERT_LT(0, ulp_send(self->p.c, buf, 100));
	ASSERT_EQ(0, shutdown(self->p.c, SHUT_RDWR));
	/* if it is not over yet */
	shutdown(self->p.a, SHUT_RDWR);
	for (i = 0; i < 8; i++) {
		ASSERT_EQ(0, pthread_join(t[i], NULL));
		EXPECT_TRUE(l[i].err == (l[i].write ? EPIPE : 0) ||
			    l[i].err == ECONNRESET)
			TH_LOG("%s of %s: %s", l[i].write ? "write" : "read",
			       i & 1 ? "client" : "server", strerror(l[i].err));
	}
}

/* A child has the connection, the parent has closed it. */
TEST_F(sock, forked)
{
	int tell[2], fd;
	pid_t child;

	ASSERT_EQ(0, pipe(tell));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		close(tell[1]);
		/* until the parent has closed everything */
		if (read(tell[0], buf, 1) != 0)
			_exit(EIO);
		if (ulp_recv(self->p.a, buf, 5) != 5)
			_exit(EPIPE);
		_exit(ulp_send(self->p.a, buf, 5) == 5 ? 0 : EIO);
	}
	fd = self->p.a;
	self->p.a = -1;
	close(fd);
	close(tell[0]);
	ASSERT_EQ(5, ulp_send(self->p.c, "hello", 5));
	close(tell[1]);
	EXPECT_EQ(5, ulp_recv(self->p.c, buf, 100));
	EXPECT_EQ(0, ulp_join(child));
}

/* Descriptors handed to another process, which alone goes on. */
TEST_F(sock, passed)
{
	int sv[2], fd;
	pid_t child;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		ulp_close(&self->p);
		close(sv[0]);
		fd = ulp_take(sv[1]);
		if (fd < 0)
			_exit(-fd);
		if (ulp_recv(fd, buf, 5) != 5)
			_exit(EPIPE);
		_exit(ulp_send(fd, buf, 5) == 5 ? 0 : EIO);
	}
	close(sv[1]);
	ASSERT_EQ(5, ulp_send(self->p.c, "hello", 5));
	ASSERT_EQ(0, ulp_pass(sv[0], self->p.a));
	fd = self->p.a;
	self->p.a = -1;
	close(fd);
	EXPECT_EQ(5, ulp_recv(self->p.c, buf, 100));
	EXPECT_EQ(0, ulp_join(child));
	close(sv[0]);
}

/* Killed in the middle: the other end sees an end or a reset, and no garbage. */
TEST_F(sock, killed)
{
	uint64_t done = 0;
	pid_t child;
	ssize_t n;
	int fd;

	child = ulp_writer(&self->kind, self->p.c, 1ULL << 40, 50000);
	ASSERT_LT(0, child);
	fd = self->p.c;
	self->p.c = -1;
	close(fd);
	for (;;) {
		n = recv(self->p.a, buf, sizeof(buf), 0);
		if (n <= 0)
			break;
		ASSERT_EQ(-1, ulp_differs(&self->kind, buf, n, done));
		done += n;
		if (done > 500000)
			kill(child, SIGKILL);
	}
	EXPECT_EQ(0, n);
	EXPECT_LT(500000, done);
	EXPECT_EQ(-ECHILD, ulp_join(child));
}

/* A listener that closes takes its unaccepted children with it. */
TEST_F(sock, listener_closes)
{
	int fd[3], i;

	for (i = 0; i < 3; i++) {
		fd[i] = ulp_socket(&self->kind);
		ASSERT_LE(0, fd[i]);
		ASSERT_EQ(0, ulp_connect(fd[i], &self->p.addr));
	}
	ASSERT_EQ(3, ulp_send(fd[0], "abc", 3));
	ASSERT_EQ(0, close(self->p.l));
	self->p.l = -1;
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(-1, recv(fd[i], buf, 1, 0));
		EXPECT_EQ(ECONNRESET, errno);
		close(fd[i]);
	}
	/* but not those that were accepted */
	ASSERT_EQ(2, ulp_send(self->p.c, "ok", 2));
	EXPECT_EQ(2, ulp_recv(self->p.a, buf, 2));
}

TEST_HARNESS_MAIN
