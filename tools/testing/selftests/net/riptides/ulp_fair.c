// SPDX-License-Identifier: GPL-2.0-only
/*
 * A crowd of handshakes leaves room for others: applications, and softirqs
 *
 * Nothing here is about time: what others have done is counted, and how many
 * handshakes have become complete meanwhile.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "kselftest_harness.h"

#include "ulp.h"

#define DEADLINE	300000
/* Handshakes that wait or run, from the first turn to the last */
#define CROWD		200
/* What has to happen before this many of them are complete ... */
#define LIMIT		(50 * CROWD)
/* ... round trips between two tasks, over TCP and over a session ... */
#define TURNS		100
/* ... timers of the wheel, which softirqs run ... */
#define TICKS		10
/* ... and of the handshakes themselves at least these */
#define LEAST		CROWD
/* Of what epoll tells: the server's end */
#define SERVED		0x100000000ULL

/* What all tasks see */
struct shared {
	atomic_long done;	/* handshakes */
	atomic_long ticks;
	atomic_bool full;	/* the crowd is there */
};

FIXTURE(fair)
{
	struct ulp_kind kind;
	struct ulp_pair p;	/* a session */
	struct ulp_pair raw;	/* TCP */
	struct shared *shared;
};

FIXTURE_VARIANT(fair)
{
	struct ulp_kind kind;
};

FIXTURE_SETUP(fair)
{
	/* many, as ends of servers are closed later */
	struct rlimit limit = { 20 * CROWD, 20 * CROWD };

	self->kind = variant->kind;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	self->shared = mmap(NULL, sizeof(*self->shared), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->shared);
	ASSERT_EQ(0, ulp_open(&self->kind, &self->p));
	ASSERT_EQ(0, ulp_open_raw(&self->kind, &self->raw));
}

FIXTURE_TEARDOWN(fair)
{
	ulp_close(&self->p);
	ulp_close(&self->raw);
	munmap(self->shared, sizeof(*self->shared));
}

FIXTURE_VARIANT_ADD(fair, ktls_ipv4) { .kind = { ULP_KTLS, ULP_IPV4, false } };
FIXTURE_VARIANT_ADD(fair, soft_ipv6) { .kind = { ULP_SOFTWARE, ULP_IPV6, false } };

/* One more client, of which epoll will say that it is connected. */
static int join_crowd(const struct ulp_kind *kind, const struct ulp_addr *addr, int ep)
{
	struct epoll_event ev = { .events = EPOLLOUT };
	struct linger reset = { .l_onoff = 1 };
	int fd = ulp_socket(kind), err;

	if (fd < 0)
		return fd;
	/* nobody is to wait for the ends of so many */
	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)))
		return -errno;
	err = ulp_option_u32(fd, RIPTIDES_DEADLINE, DEADLINE);
	if (err)
		return err;
	if (!connect(fd, &addr->sa, addr->len) || errno != EINPROGRESS)
		return -EIO;
	ev.data.u64 = fd;
	return epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) ? -errno : 0;
}

/* The server's end of one: it goes when the client has gone. */
static int serve(int l, int ep)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int fd = accept4(l, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return errno == EAGAIN || errno == ECONNABORTED ? 0 : -errno;
	ev.data.u64 = fd | SERVED;
	return epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) ? -errno : 0;
}

/* A client's handshake is over: another one instead. */
static int replace(const struct ulp_kind *kind, const struct ulp_addr *addr, int ep, int fd,
		   struct shared *shared)
{
	socklen_t len = sizeof(int);
	int err;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len))
		return -errno;
	close(fd);
	if (err)
		return -err;
	atomic_fetch_add(&shared->done, 1);
	return join_crowd(kind, addr, ep);
}

/* As many handshakes as ever at any time, until we are killed */
static int crowd(struct ulp_kind kind, struct shared *shared)
{
	struct epoll_event ev = { .events = EPOLLIN }, got[64];
	struct ulp_addr addr;
	int ep, l, i, n, err;

	kind.nonblock = true;
	ep = epoll_create1(EPOLL_CLOEXEC);
	l = ulp_listen(&kind, 4096, &addr);
	if (ep < 0 || l < 0)
		return -EMFILE;
	err = ulp_option_u32(l, RIPTIDES_DEADLINE, DEADLINE);
	ev.data.u64 = l;
	if (err || epoll_ctl(ep, EPOLL_CTL_ADD, l, &ev))
		return err ?: -errno;
	for (i = 0; i < CROWD && !err; i++)
		err = join_crowd(&kind, &addr, ep);
	atomic_store(&shared->full, true);
	while (!err) {
		n = epoll_wait(ep, got, 64, -1);
		for (i = 0; i < n && !err; i++) {
			int fd = got[i].data.fd;

			if (got[i].data.u64 & SERVED)
				close(fd);
			else if (fd == l)
				err = serve(l, ep);
			else
				err = replace(&kind, &addr, ep, fd, shared);
		}
	}
	return err;
}

/* Send back each byte that comes, on each of two sockets in turn. */
static int echo(int one, int other)
{
	int fd[] = { one, other }, i;
	char c;

	for (i = 0;; i = !i) {
		if (ulp_recv(fd[i], &c, 1) != 1)
			return -EPIPE;
		if (ulp_send(fd[i], &c, 1) != 1)
			return -EIO;
	}
}

/* As fork(); nothing outlives a test that has failed. */
static pid_t child_of(pid_t parent)
{
	pid_t child = fork();

	if (!child && (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent))
		_exit(1);
	return child;
}

static int turn(int one, int other)
{
	int fd[] = { one, other }, i;
	char c;

	for (i = 0; i < 2; i++) {
		c = 'a' + i;
		if (ulp_send(fd[i], &c, 1) != 1 || ulp_recv(fd[i], &c, 1) != 1 ||
		    c != 'a' + i)
			return -EIO;
	}
	return 0;
}

/* Nothing ever comes; each time, the socket's timeout says so. */
static void *tick(void *arg)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct shared *shared = arg;
	char c;

	if (fd < 0 || ulp_timeout(fd, SO_RCVTIMEO, 1))
		return NULL;
	while (recv(fd, &c, 1, 0) < 0 && errno == EAGAIN)
		atomic_fetch_add(&shared->ticks, 1);
	return NULL;
}

/* The crowd only ends by an error. */
static bool is_over(pid_t child)
{
	int status;

	if (!waitpid(child, &status, WNOHANG))
		return false;
	fprintf(stderr, "the crowd has ended: %s\n", strerror(WEXITSTATUS(status)));
	return true;
}

TEST_F(fair, crowd)
{
	struct shared *shared = self->shared;
	long from, ticks, turns = 0, done = 0;
	pid_t echoes, crowds;
	pthread_t timers;

	fflush(NULL);
	echoes = child_of(getpid());
	ASSERT_LE(0, echoes);
	if (!echoes)
		_exit(-echo(self->raw.a, self->p.a));
	ASSERT_EQ(0, turn(self->raw.c, self->p.c));
	crowds = child_of(getpid());
	ASSERT_LE(0, crowds);
	if (!crowds)
		_exit(-crowd(self->kind, shared));
	while (!atomic_load(&shared->full))
		ASSERT_FALSE(is_over(crowds));
	ASSERT_EQ(0, pthread_create(&timers, NULL, tick, shared));
	from = atomic_load(&shared->done);
	do {
		ASSERT_EQ(0, turn(self->raw.c, self->p.c));
		turns++;
		ASSERT_FALSE(is_over(crowds));
		done = atomic_load(&shared->done) - from;
		ticks = atomic_load(&shared->ticks);
	} while (done < LIMIT && (turns < TURNS || ticks < TICKS || done < LEAST));
	EXPECT_LE(TURNS, turns);
	EXPECT_LE(TICKS, ticks);
	EXPECT_LE(LEAST, done);
	TH_LOG("%ld turns and %ld ticks in %ld handshakes", turns, ticks, done);
	pthread_cancel(timers);
	pthread_join(timers, NULL);
	kill(crowds, SIGKILL);
	kill(echoes, SIGKILL);
	waitpid(crowds, NULL, 0);
	waitpid(echoes, NULL, 0);
}

TEST_HARNESS_MAIN
