// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets that are attached when they are connected already (STARTTLS)
 */
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <linux/sockios.h>

#include "kselftest_harness.h"

#define ULP_ONLY_TLS
#include "ulp_fixture.h"

static char buf[200000];

static int role(int fd, int role)
{
	return ulp_option_u32(fd, RIPTIDES_ROLE, role);
}

static int start(int fd)
{
	return ulp_option(fd, RIPTIDES_START, NULL, 0);
}

static int ready(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP };

	return poll(&p, 1, 0) < 0 ? -errno : p.revents;
}

/* A clear-text connection whose ends are attached, without roles. */
static int attach_both(const struct ulp_kind *kind, struct ulp_pair *p)
{
	int err = ulp_open_raw(kind, p);

	err = err ?: ulp_setup(p->c, kind);
	return err ?: ulp_setup(p->a, kind);
}

TEST_F(tls, role_is_mandatory)
{
	ASSERT_EQ(0, attach_both(&self->kind, &self->p));
	EXPECT_EQ(-EDESTADDRREQ, start(self->p.c));
	EXPECT_EQ(-1, send(self->p.c, "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(EDESTADDRREQ, errno);
	EXPECT_EQ(-1, recv(self->p.c, buf, 1, 0));
	EXPECT_EQ(EDESTADDRREQ, errno);
	/* and nothing of it has left */
	EXPECT_EQ(0, ready(self->p.a));
	/* with a role it goes on */
	ASSERT_EQ(0, role(self->p.c, RIPTIDES_ROLE_CLIENT));
	ASSERT_EQ(0, role(self->p.a, RIPTIDES_ROLE_SERVER));
	ASSERT_EQ(0, start(self->p.c));
	ASSERT_EQ(0, start(self->p.a));
	ASSERT_EQ(1, ulp_send(self->p.c, "y", 1));
	ASSERT_EQ(1, ulp_recv(self->p.a, buf, 1));
	EXPECT_EQ('y', buf[0]);
}

/* Attached and not started: nothing moves by itself. */
TEST_F(tls, idle)
{
	ASSERT_EQ(0, attach_both(&self->kind, &self->p));
	ASSERT_EQ(0, role(self->p.c, RIPTIDES_ROLE_CLIENT));
	ASSERT_EQ(0, role(self->p.a, RIPTIDES_ROLE_SERVER));
	EXPECT_EQ(0, ready(self->p.c));
	EXPECT_EQ(0, ready(self->p.a));
	/* starting one makes a ClientHello, which is not for the application */
	ASSERT_EQ(0, start(self->p.c));
	EXPECT_EQ(-EALREADY, start(self->p.c));
	EXPECT_EQ(0, ready(self->p.c));
	EXPECT_EQ(0, ready(self->p.a) & POLLIN);
	ASSERT_EQ(0, start(self->p.a));
	EXPECT_LT(0, ulp_wait(self->p.c, POLLOUT, -1));
	EXPECT_LT(0, ulp_wait(self->p.a, POLLOUT, -1));
	EXPECT_EQ(POLLOUT, ready(self->p.c));
	EXPECT_EQ(POLLOUT, ready(self->p.a));
	EXPECT_EQ(-EISCONN, start(self->p.c));
}

static void *first_read(void *arg)
{
	static char got[64];
	ssize_t n;

	n = ulp_recv(*(int *)arg, got, sizeof(got));
	if (n == sizeof(got))
		n = ulp_send(*(int *)arg, got, sizeof(got));
	return (void *)n;
}

/* No RIPTIDES_START: the first call starts it, whichever it is. */
TEST_F(tls, first_call_starts)
{
	pthread_t t;
	void *ret;

	ASSERT_EQ(0, attach_both(&self->kind, &self->p));
	ASSERT_EQ(0, role(self->p.c, RIPTIDES_ROLE_CLIENT));
	ASSERT_EQ(0, role(self->p.a, RIPTIDES_ROLE_SERVER));
	ASSERT_EQ(0, pthread_create(&t, NULL, first_read, &self->p.a));
	ulp_fill(&self->kind, buf, 64, 0);
	ASSERT_EQ(64, ulp_send(self->p.c, buf, 64));
	memset(buf, 0, 64);
	ASSERT_EQ(64, ulp_recv(self->p.c, buf, 64));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 64, 0));
	ASSERT_EQ(0, pthread_join(t, &ret));
	EXPECT_EQ(64, (long)ret);
}

/* The end that accepted may be the client. */
TEST_F(tls, roles_reversed)
{
	ASSERT_EQ(0, attach_both(&self->kind, &self->p));
	ASSERT_EQ(0, role(self->p.c, RIPTIDES_ROLE_SERVER));
	ASSERT_EQ(0, role(self->p.a, RIPTIDES_ROLE_CLIENT));
	ASSERT_EQ(0, start(self->p.c));
	ASSERT_EQ(0, start(self->p.a));
	ulp_fill(&self->kind, buf, 100, 0);
	ASSERT_EQ(100, ulp_send(self->p.c, buf, 100));
	ASSERT_EQ(100, ulp_recv(self->p.a, buf, 100));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 100, 0));
}

TEST_F(tls, two_clients)
{
	ASSERT_EQ(0, attach_both(&self->kind, &self->p));
	ASSERT_EQ(0, role(self->p.c, RIPTIDES_ROLE_CLIENT));
	ASSERT_EQ(0, role(self->p.a, RIPTIDES_ROLE_CLIENT));
	ASSERT_EQ(0, start(self->p.c));
	EXPECT_EQ(-1, recv(self->p.a, buf, 1, MSG_DONTWAIT));
	/* its bytes are there, or they come as soon as it has begun */
	EXPECT_TRUE(errno == EBUSY || errno == EAGAIN);
	if (errno == EAGAIN) {
		EXPECT_EQ(-1, recv(self->p.a, buf, 1, 0));
		EXPECT_EQ(EPROTO, errno);
	}
}

TEST_F(tls, two_servers)
{
	ASSERT_EQ(0, attach_both(&self->kind, &self->p));
	ASSERT_EQ(0, role(self->p.c, RIPTIDES_ROLE_SERVER));
	ASSERT_EQ(0, role(self->p.a, RIPTIDES_ROLE_SERVER));
	ASSERT_EQ(0, ulp_option_u32(self->p.c, RIPTIDES_DEADLINE, 50));
	ASSERT_EQ(0, start(self->p.c));
	ASSERT_EQ(0, start(self->p.a));
	EXPECT_EQ(-1, recv(self->p.c, buf, 1, 0));
	EXPECT_EQ(ETIMEDOUT, errno);
	/* the other one gets its alert, or just the end */
	EXPECT_EQ(-1, recv(self->p.a, buf, 1, 0));
	EXPECT_TRUE(errno == EPROTO || errno == ECONNRESET);
}

/* A dialogue in clear, then TLS on the same connection. */
TEST_F(tls, upgrade)
{
	ASSERT_EQ(0, ulp_open_raw(&self->kind, &self->p));
	ASSERT_EQ(5, ulp_send(self->p.a, "220-\n", 5));
	ASSERT_EQ(5, ulp_recv(self->p.c, buf, 5));
	ASSERT_EQ(9, ulp_send(self->p.c, "STARTTLS\n", 9));
	ASSERT_EQ(9, ulp_recv(self->p.a, buf, 9));
	ASSERT_EQ(3, ulp_send(self->p.a, "ok\n", 3));
	ASSERT_EQ(3, ulp_recv(self->p.c, buf, 3));
	ASSERT_EQ(0, ulp_setup(self->p.c, &self->kind));
	ASSERT_EQ(0, role(self->p.c, RIPTIDES_ROLE_CLIENT));
	ASSERT_EQ(0, start(self->p.c));
	/* the server is late: the ClientHello is there before its role */
	ASSERT_LT(0, ulp_wait(self->p.a, POLLIN, -1));
	ASSERT_EQ(0, ulp_setup(self->p.a, &self->kind));
	ASSERT_EQ(0, role(self->p.a, RIPTIDES_ROLE_SERVER));
	ASSERT_EQ(0, start(self->p.a));
	ulp_fill(&self->kind, buf, 100000, 0);
	ASSERT_EQ(100000, ulp_send(self->p.c, buf, 100000));
	memset(buf, 0, 100000);
	ASSERT_EQ(100000, ulp_recv(self->p.a, buf, 100000));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 100000, 0));
}

/*
 * STARTTLS injection: what a client finds in its queue was said by somebody
 * who has proved nothing, and must not be taken for what the server says.
 */
TEST_F(tls, injected_before_role)
{
	ASSERT_EQ(0, ulp_open_raw(&self->kind, &self->p));
	ASSERT_EQ(0, ulp_setup(self->p.c, &self->kind));
	ASSERT_EQ(8, ulp_send(self->p.a, "injected", 8));
	/* a server's role would not mind; a client's does */
	while (role(self->p.c, RIPTIDES_ROLE_CLIENT) == 0)
		ASSERT_EQ(0, role(self->p.c, RIPTIDES_ROLE_NONE));
	EXPECT_EQ(-EBUSY, role(self->p.c, RIPTIDES_ROLE_CLIENT));
	EXPECT_EQ(-EDESTADDRREQ, start(self->p.c));
}

TEST_F(tls, injected_before_start)
{
	struct riptides_info info;
	int err;

	ASSERT_EQ(0, ulp_open_raw(&self->kind, &self->p));
	ASSERT_EQ(8, ulp_send(self->p.a, "injected", 8));
	ASSERT_LT(0, ulp_wait(self->p.c, POLLIN, -1));
	ASSERT_EQ(0, ulp_setup(self->p.c, &self->kind));
	err = role(self->p.c, RIPTIDES_ROLE_CLIENT);
	EXPECT_EQ(-EBUSY, err);
	EXPECT_GT(0, start(self->p.c));
	EXPECT_EQ(-1, recv(self->p.c, buf, 8, MSG_DONTWAIT));
	EXPECT_EQ(-1, send(self->p.c, buf, 8, MSG_DONTWAIT | MSG_NOSIGNAL));
	ASSERT_EQ(0, ulp_info(self->p.c, &info));
	EXPECT_EQ(RIPTIDES_STATE_IDLE, info.state);
}

TEST_F(tls, injected_after_role)
{
	int unacked;

	ASSERT_EQ(0, ulp_open_raw(&self->kind, &self->p));
	ASSERT_EQ(0, ulp_setup(self->p.c, &self->kind));
	ASSERT_EQ(0, role(self->p.c, RIPTIDES_ROLE_CLIENT));
	ASSERT_EQ(8, ulp_send(self->p.a, "injected", 8));
	/* TCP acknowledges a FIN at once, and all before it */
	ASSERT_EQ(0, shutdown(self->p.a, SHUT_WR));
	do {
		ASSERT_EQ(0, sched_yield());
		ASSERT_EQ(0, ioctl(self->p.a, SIOCOUTQ, &unacked));
	} while (unacked);
	EXPECT_EQ(-EBUSY, start(self->p.c));
	EXPECT_EQ(-1, recv(self->p.c, buf, 8, 0));
	EXPECT_EQ(EBUSY, errno);
	EXPECT_EQ(-1, send(self->p.c, buf, 8, MSG_NOSIGNAL));
	EXPECT_EQ(EBUSY, errno);
}

/* The same to a server is no more than a peer that speaks no TLS. */
TEST_F(tls, clear_text_to_server)
{
	ASSERT_EQ(0, ulp_open_raw(&self->kind, &self->p));
	ASSERT_EQ(14, ulp_send(self->p.c, "GET / HTTP/1.0", 14));
	ASSERT_EQ(0, ulp_setup(self->p.a, &self->kind));
	ASSERT_EQ(0, role(self->p.a, RIPTIDES_ROLE_SERVER));
	ASSERT_EQ(0, start(self->p.a));
	EXPECT_EQ(-1, recv(self->p.a, buf, 100, 0));
	EXPECT_EQ(EPROTO, errno);
	EXPECT_EQ(0, recv(self->p.a, buf, 100, 0));
}

/* What was queued for sending in clear leaves before the handshake. */
TEST_F(tls, queued_before)
{
	ssize_t n, total = 0;

	ASSERT_EQ(0, ulp_open_raw(&self->kind, &self->p));
	memset(buf, 'x', sizeof(buf));
	do {
		n = send(self->p.c, buf, sizeof(buf), MSG_DONTWAIT);
		total += n > 0 ? n : 0;
	} while (n > 0);
	ASSERT_EQ(0, ulp_setup(self->p.c, &self->kind));
	ASSERT_EQ(0, role(self->p.c, RIPTIDES_ROLE_CLIENT));
	ASSERT_EQ(0, start(self->p.c));
	while (total) {
		n = recv(self->p.a, buf, total < 100000 ? total : 100000, 0);
		ASSERT_LT(0, n);
		ASSERT_EQ(NULL, memchr(buf, 22, n));
		total -= n;
	}
	ASSERT_EQ(0, ulp_setup(self->p.a, &self->kind));
	ASSERT_EQ(0, role(self->p.a, RIPTIDES_ROLE_SERVER));
	ASSERT_EQ(0, start(self->p.a));
	ASSERT_EQ(2, ulp_send(self->p.c, "ok", 2));
	ASSERT_EQ(2, ulp_recv(self->p.a, buf, 2));
	EXPECT_EQ(0, memcmp(buf, "ok", 2));
}

/* The connection ends before the handshake begins. */
TEST_F(tls, ended_before_start)
{
	ASSERT_EQ(0, ulp_open_raw(&self->kind, &self->p));
	ASSERT_EQ(0, ulp_setup(self->p.c, &self->kind));
	ASSERT_EQ(0, role(self->p.c, RIPTIDES_ROLE_CLIENT));
	ASSERT_EQ(0, close(self->p.a));
	self->p.a = -1;
	EXPECT_EQ(-1, recv(self->p.c, buf, 1, 0));
	EXPECT_TRUE(errno == ECONNRESET || errno == ENOTCONN);
	EXPECT_GE(0, recv(self->p.c, buf, 1, 0));
}

TEST_F(tls, shut_before_start)
{
	ASSERT_EQ(0, attach_both(&self->kind, &self->p));
	ASSERT_EQ(0, role(self->p.c, RIPTIDES_ROLE_CLIENT));
	ASSERT_EQ(0, shutdown(self->p.c, SHUT_RDWR));
	EXPECT_GT(0, start(self->p.c));
	EXPECT_EQ(-1, send(self->p.c, "x", 1, MSG_NOSIGNAL));
	EXPECT_GE(0, recv(self->p.c, buf, 1, 0));
}

TEST_HARNESS_MAIN
