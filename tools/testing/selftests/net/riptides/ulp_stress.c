// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many at once, and the end at any moment
 *
 * ULP_STRESS says how often, ULP_CROWD how many at once, ULP_SEED makes a run
 * like another one.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "kselftest_harness.h"

#include "ulp_fixture.h"

#define DEADLINE	300000
#define WORKERS		4

/* Nobody tells when the last context is gone: ask until it is. */
static void wait_for_counter(const char *name, long value)
{
	while (ulp_counter(name) > value)
		poll(NULL, 0, 10);
}

static unsigned int next_random(unsigned int *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 8 & 0x7fffff;
}

static unsigned long how_many(const char *name, unsigned long sample)
{
	return ulp_count(name, ulp_slow() ? sample / 20 : sample);
}

/* A file descriptor for each, and some. */
static int many_files(unsigned long n)
{
	struct rlimit limit = { n + 100, n + 100 };

	return setrlimit(RLIMIT_NOFILE, &limit) ? -errno : 0;
}

/*
 * A server of many: it sends back what comes, and closes when the client does.
 */
static int serve(int l, unsigned long total)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = l }, got[64];
	unsigned long closed = 0;
	int ep = epoll_create1(EPOLL_CLOEXEC), n, i, fd;
	char buf[256];
	ssize_t len;

	if (ep < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, l, &ev))
		return -errno;
	while (closed < total) {
		n = epoll_wait(ep, got, 64, -1);
		for (i = 0; i < n; i++) {
			fd = got[i].data.fd;
			if (fd == l) {
				fd = accept4(l, NULL, NULL, SOCK_NONBLOCK);
				if (fd < 0)
					continue;
				ev.events = EPOLLIN;
				ev.data.fd = fd;
				if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev))
					return -errno;
				continue;
			}
			len = recv(fd, buf, sizeof(buf), 0);
			if (len < 0 && errno == EAGAIN)
				continue;
			if (len < 0)
				return -errno;
			if (len > 0 && send(fd, buf, len, MSG_NOSIGNAL) != len)
				return -EIO;
			if (!len) {
				close(fd);
				closed++;
			}
		}
	}
	return 0;
}

/*
 * A thousand clients, none of which waits for another.
 */
TEST_F(tls, crowd)
{
	unsigned long n = how_many("ULP_CROWD", 1000), i, ready = 0, done = 0;
	long before = ulp_counter("RiptidesContexts");
	struct epoll_event ev, got[64];
	char block[ULP_BLOCK];
	int *fd, ep, k, m;
	pid_t child;

	ASSERT_EQ(0, many_files(2 * n));
	fd = calloc(n, sizeof(*fd));
	ASSERT_NE(NULL, fd);
	self->p.l = ulp_listen(&self->kind, 4096, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	ASSERT_EQ(0, ulp_option_u32(self->p.l, RIPTIDES_DEADLINE, DEADLINE));
	ASSERT_EQ(0, ulp_blocking(self->p.l, false));
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(-serve(self->p.l, n));
	ep = epoll_create1(EPOLL_CLOEXEC);
	ASSERT_LE(0, ep);
	self->kind.nonblock = true;
	for (i = 0; i < n; i++) {
		fd[i] = ulp_socket(&self->kind);
		ASSERT_LE(0, fd[i]);
		ASSERT_EQ(0, ulp_option_u32(fd[i], RIPTIDES_DEADLINE, DEADLINE));
		ASSERT_EQ(-1, connect(fd[i], &self->p.addr.sa, self->p.addr.len));
		ASSERT_EQ(EINPROGRESS, errno);
		ev.events = EPOLLOUT;
		ev.data.u64 = i;
		ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, fd[i], &ev));
	}
	while (done < n) {
		m = epoll_wait(ep, got, 64, -1);
		ASSERT_LT(0, m);
		for (k = 0; k < m; k++) {
			i = got[k].data.u64;
			if (got[k].events & EPOLLOUT) {
				ulp_fill(&self->kind, block, sizeof(block), i * ULP_BLOCK);
				ASSERT_EQ(sizeof(block), send(fd[i], block, sizeof(block),
							      MSG_NOSIGNAL));
				ev.events = EPOLLIN;
				ev.data.u64 = i;
				ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_MOD, fd[i], &ev));
				ready++;
				continue;
			}
			ASSERT_EQ(sizeof(block), recv(fd[i], block, sizeof(block), 0));
			ASSERT_EQ(-1, ulp_differs(&self->kind, block, sizeof(block),
						  i * ULP_BLOCK));
			close(fd[i]);
			done++;
		}
	}
	EXPECT_EQ(n, ready);
	EXPECT_EQ(0, ulp_join(child));
	close(ep);
	ulp_close(&self->p);
	free(fd);
	wait_for_counter("RiptidesContexts", before);
	wait_for_counter("RiptidesHandshakeCurr", 0);
}

/*
 * More clients than the accept queue takes: those that come too late are
 * served when there is room again, or fail; none hangs.
 */
TEST_F(tls, queue_full)
{
	int fd[12], i, accepted = 0, settled = 0, err;
	socklen_t len = sizeof(err);
	struct pollfd p[13];

	self->p.l = ulp_listen(&self->kind, 2, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	ASSERT_EQ(0, ulp_option_u32(self->p.l, RIPTIDES_DEADLINE, DEADLINE));
	self->kind.nonblock = true;
	for (i = 0; i < 12; i++) {
		fd[i] = ulp_socket(&self->kind);
		ASSERT_LE(0, fd[i]);
		ASSERT_EQ(0, ulp_option_u32(fd[i], RIPTIDES_DEADLINE, DEADLINE));
		ASSERT_EQ(-1, connect(fd[i], &self->p.addr.sa, self->p.addr.len));
		p[i].fd = fd[i];
		p[i].events = POLLOUT;
	}
	p[12].fd = self->p.l;
	p[12].events = POLLIN;
	/* the first are complete although nobody has accepted them */
	ASSERT_LT(0, poll(p, 12, -1));
	while (settled < 12 || accepted < settled) {
		ASSERT_LT(0, poll(p, 13, -1));
		if (p[12].revents & POLLIN) {
			int child = ulp_accept(self->p.l);

			ASSERT_LE(0, child);
			accepted++;
			close(child);
		}
		for (i = 0; i < 12; i++) {
			if (!(p[i].revents & (POLLOUT | POLLERR | POLLHUP)))
				continue;
			len = sizeof(err);
			ASSERT_EQ(0, getsockopt(fd[i], SOL_SOCKET, SO_ERROR, &err, &len));
			EXPECT_TRUE(!err || err == ECONNRESET || err == EPIPE ||
				    err == EPROTO) {
				TH_LOG("errno %d", err);
			}
			settled++;
			close(fd[i]);
			p[i].fd = -1;
			p[i].revents = 0;
		}
		if (settled == 12 && accepted < 12 &&
		    ulp_wait(self->p.l, POLLIN, 3000) < 0)
			break;
	}
	EXPECT_EQ(12, settled);
}

/* The listener goes away while its children are in the middle of it. */
TEST_F(tls, listener_gone)
{
	unsigned int seed = ulp_count("ULP_SEED", 1), j;
	long before = ulp_counter("RiptidesContexts");
	unsigned long n = how_many("ULP_STRESS", 2000) / 40, k;
	char byte;
	int fd[8], i;

	for (k = 0; k < n; k++) {
		self->kind.nonblock = false;
		self->p.l = ulp_listen(&self->kind, 16, &self->p.addr);
		ASSERT_LE(0, self->p.l);
		self->kind.nonblock = true;
		for (i = 0; i < 8; i++) {
			fd[i] = ulp_socket(&self->kind);
			ASSERT_LE(0, fd[i]);
			ASSERT_EQ(-1, connect(fd[i], &self->p.addr.sa, self->p.addr.len));
		}
		for (j = next_random(&seed) % 300; j; j--)
			sched_yield();
		if (k & 1) {
			ASSERT_EQ(0, shutdown(self->p.l, SHUT_RDWR));
		}
		close(self->p.l);
		self->p.l = -1;
		for (i = 0; i < 8; i++) {
			do {
				/* the reset may be here before the handshake's end */
				ASSERT_LT(0, ulp_wait(fd[i], POLLIN, -1));
				ASSERT_EQ(-1, recv(fd[i], &byte, 1, 0));
			} while (errno == EAGAIN);
			EXPECT_TRUE(errno == ECONNRESET || errno == EPIPE ||
				    errno == ECONNREFUSED) {
				TH_LOG("errno %d", errno);
			}
			close(fd[i]);
		}
	}
	wait_for_counter("RiptidesContexts", before);
}

/* What one thread does to a socket while another one uses it. */
struct victim {
	int fd;
	unsigned int seed;
};

static void *user(void *arg)
{
	struct victim *v = arg;
	char buf[3000] = {};
	ssize_t n;

	do {
		if (next_random(&v->seed) & 1)
			n = send(v->fd, buf, next_random(&v->seed) % sizeof(buf),
				 MSG_NOSIGNAL);
		else
			n = recv(v->fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			n = ulp_wait(v->fd, POLLIN | POLLOUT, 10) >= 0;
	} while (n > 0);
	return NULL;
}

static void disturb(int fd, unsigned int what)
{
	struct linger now = { 1, 0 };
	struct sockaddr sa = { .sa_family = AF_UNSPEC };
	struct riptides_info info;
	char byte;

	switch (what % 10) {
	case 0:
		shutdown(fd, SHUT_WR);
		break;
	case 1:
		shutdown(fd, SHUT_RD);
		break;
	case 2:
		shutdown(fd, SHUT_RDWR);
		break;
	case 3:
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		break;
	case 4:
		send(fd, "x", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
		break;
	case 5:
		recv(fd, &byte, 1, MSG_DONTWAIT);
		break;
	case 6:
		ulp_wait(fd, POLLIN | POLLOUT, 0);
		break;
	case 7:
		ulp_option_u32(fd, RIPTIDES_REKEY, what >> 4 & 1);
		break;
	case 8:
		connect(fd, &sa, sizeof(sa));
		break;
	case 9:
		ulp_info(fd, &info);
		break;
	}
}

/* One connection, disturbed at a random moment at each end, then closed. */
static int one_life(const struct ulp_kind *kind, unsigned int *seed)
{
	struct ulp_kind k = *kind;
	struct ulp_pair p = { -1, -1, -1 };
	struct victim v = { .seed = *seed };
	pthread_t t;
	bool thread = false;
	unsigned int i, n, r = next_random(seed);

	p.l = ulp_listen(&k, 4, &p.addr);
	if (p.l < 0)
		return p.l;
	k.nonblock = true;
	p.c = ulp_socket(&k);
	if (p.c < 0)
		return p.c;
	fcntl(p.l, F_SETFL, O_NONBLOCK);
	connect(p.c, &p.addr.sa, p.addr.len);
	if (r & 1) {
		v.fd = p.c;
		thread = !pthread_create(&t, NULL, user, &v);
	}
	n = next_random(seed) % 6;
	for (i = 0; i < n; i++) {
		r = next_random(seed);
		if (p.a < 0)
			p.a = accept4(p.l, NULL, NULL, SOCK_NONBLOCK);
		if (r & 1)
			ulp_wait(p.c, POLLIN | POLLOUT, r >> 4 & 7);
		else if (r & 2 && p.a >= 0)
			ulp_wait(p.a, POLLIN | POLLOUT, r >> 4 & 7);
		else
			sched_yield();
		disturb(r & 4 && p.a >= 0 ? p.a : p.c, r >> 8);
		if (!(r & 0x70) && p.l >= 0) {
			close(p.l);
			p.l = -1;
			break;
		}
	}
	if (thread) {
		shutdown(p.c, SHUT_RDWR);
		pthread_join(t, NULL);
	}
	ulp_close(&p);
	return 0;
}

static void live_on(const struct ulp_kind *kind, unsigned int seed)
{
	for (;;)
		if (one_life(kind, &seed))
			pause();
}

/* Each worker lives many lives; some are killed in the middle of one. */
TEST_F_TIMEOUT(tls, random_ends, 1800)
{
	/* six variants share the number */
	unsigned long n = how_many("ULP_STRESS", 5000) / 6 / WORKERS, j;
	unsigned int seed = ulp_count("ULP_SEED", time(NULL)), i;
	long before = ulp_counter("RiptidesContexts");
	pid_t child[WORKERS], doomed;

	TH_LOG("ULP_SEED=%u", seed);
	for (i = 0; i < WORKERS; i++) {
		child[i] = fork();
		ASSERT_LE(0, child[i]);
		if (child[i])
			continue;
		seed += i * 7919 + self->kind.path;
		for (j = 0; j < n; j++) {
			int err;

			if (j % 16 == 15) {
				doomed = fork();
				if (!doomed)
					live_on(&self->kind, seed);
				for (err = next_random(&seed) % 20; err; err--)
					poll(NULL, 0, 1);
				kill(doomed, SIGKILL);
				waitpid(doomed, NULL, 0);
				next_random(&seed);
				continue;
			}
			err = one_life(&self->kind, &seed);
			if (err)
				_exit(-err);
		}
		_exit(0);
	}
	for (i = 0; i < WORKERS; i++)
		EXPECT_EQ(0, ulp_join(child[i]));
	wait_for_counter("RiptidesContexts", before);
	wait_for_counter("RiptidesHandshakeCurr", 0);
}

/* Plain TCP says whether it is the test that is wrong. */
TEST_F(sock, random_ends)
{
	unsigned int seed = ulp_count("ULP_SEED", time(NULL));
	unsigned long n = 50, j;

	for (j = 0; j < n; j++)
		ASSERT_EQ(0, one_life(&self->kind, &seed));
	ASSERT_EQ(1, ulp_send(self->p.c, "x", 1));
}

TEST_HARNESS_MAIN
