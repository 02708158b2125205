// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attaching: where it works, where it is refused, what it is inherited by
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <linux/bpf.h>

#include "kselftest_harness.h"

#define ULP_ONLY_TLS
#include "ulp_fixture.h"

static char buf[4096];

static int set_ulp(int fd, const char *name, socklen_t len)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_ULP, name, len) ? -errno : 0;
}

/* 0 if the socket's ULP is riptides. */
static int is_ours(int fd)
{
	char name[16] = "";
	socklen_t len = sizeof(name);
	int err = ulp_name(fd, name, &len);

	if (err)
		return err;
	return len >= 8 && !strcmp(name, "riptides") ? 0 : -ENOENT;
}

/* A call in a thread of its own. */
struct call {
	int fd;
	pid_t tid;
};

/* Data both ways. */
static int talk(const struct ulp_kind *kind, int x, int y)
{
	char sent[64], got[64];
	int i;

	ulp_fill(kind, sent, sizeof(sent), 0);
	for (i = 0; i < 2; i++) {
		if (ulp_send(i ? x : y, sent, sizeof(sent)) != sizeof(sent))
			return -EIO;
		if (ulp_recv(i ? y : x, got, sizeof(got)) != sizeof(got))
			return -EPIPE;
		if (memcmp(sent, got, sizeof(sent)))
			return -EILSEQ;
	}
	return 0;
}

TEST_F(tls, closed)
{
	ASSERT_EQ(0, ulp_open(&self->kind, &self->p));
	EXPECT_EQ(0, is_ours(self->p.l));
	EXPECT_EQ(0, is_ours(self->p.c));
	EXPECT_EQ(0, is_ours(self->p.a));
	EXPECT_EQ(0, talk(&self->kind, self->p.c, self->p.a));
	/* and still after the hand-over */
	EXPECT_EQ(0, is_ours(self->p.c));
	EXPECT_EQ(0, is_ours(self->p.a));
}

TEST_F(tls, bound)
{
	struct ulp_addr addr;

	self->p.l = ulp_raw_socket(&self->kind);
	ASSERT_LE(0, self->p.l);
	ASSERT_EQ(0, ulp_bind(self->p.l, &self->kind, true, &addr));
	ASSERT_EQ(0, ulp_setup(self->p.l, &self->kind));
	ASSERT_EQ(0, listen(self->p.l, 5));
	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	ASSERT_EQ(0, ulp_connect(self->p.c, &addr));
	self->p.a = ulp_accept(self->p.l);
	ASSERT_LE(0, self->p.a);
	EXPECT_EQ(0, talk(&self->kind, self->p.c, self->p.a));
}

/* A child that was there before is plain TCP, which nobody gets to see. */
TEST_F(tls, listening)
{
	struct ulp_addr addr;
	int early;

	self->p.l = ulp_raw_socket(&self->kind);
	ASSERT_LE(0, self->p.l);
	ASSERT_EQ(0, ulp_bind(self->p.l, &self->kind, false, &addr));
	ASSERT_EQ(0, listen(self->p.l, 5));
	early = ulp_raw_socket(&self->kind);
	ASSERT_LE(0, early);
	ASSERT_EQ(0, ulp_connect(early, &addr));
	ASSERT_LT(0, ulp_wait(self->p.l, POLLIN, -1));

	ASSERT_EQ(0, ulp_setup(self->p.l, &self->kind));
	EXPECT_EQ(0, is_ours(self->p.l));
	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	ASSERT_EQ(0, ulp_connect(self->p.c, &addr));
	EXPECT_EQ(-ECONNABORTED, ulp_accept(self->p.l));
	close(early);
	self->p.a = ulp_accept(self->p.l);
	ASSERT_LE(0, self->p.a);
	EXPECT_EQ(0, is_ours(self->p.a));
	EXPECT_EQ(0, talk(&self->kind, self->p.c, self->p.a));
}

TEST_F(tls, connected)
{
	ASSERT_EQ(0, ulp_open_raw(&self->kind, &self->p));
	ASSERT_EQ(0, ulp_setup(self->p.c, &self->kind));
	ASSERT_EQ(0, ulp_setup(self->p.a, &self->kind));
	EXPECT_EQ(0, is_ours(self->p.c));
	EXPECT_EQ(0, is_ours(self->p.a));
	ASSERT_EQ(0, ulp_option_u32(self->p.c, RIPTIDES_ROLE, RIPTIDES_ROLE_CLIENT));
	ASSERT_EQ(0, ulp_option_u32(self->p.a, RIPTIDES_ROLE, RIPTIDES_ROLE_SERVER));
	ASSERT_EQ(0, ulp_option(self->p.c, RIPTIDES_START, NULL, 0));
	ASSERT_EQ(0, ulp_option(self->p.a, RIPTIDES_START, NULL, 0));
	EXPECT_EQ(0, talk(&self->kind, self->p.c, self->p.a));
}

/* A child takes over the listener's options as they were at its birth. */
TEST_F(tls, children_inherit)
{
	static const char alpn[] = "\2h2\10http/1.1";
	struct riptides_info info;
	char got[64];
	socklen_t len = sizeof(got);

	self->p.l = ulp_listen(&self->kind, 5, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	ASSERT_EQ(0, ulp_option(self->p.l, RIPTIDES_ALPN, alpn, sizeof(alpn) - 1));
	ASSERT_EQ(0, ulp_option_u32(self->p.l, RIPTIDES_MODE, RIPTIDES_MODE_SIMPLE));
	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	ASSERT_EQ(0, ulp_option_u32(self->p.c, RIPTIDES_MODE, RIPTIDES_MODE_SIMPLE));
	ASSERT_EQ(0, ulp_option(self->p.c, RIPTIDES_ALPN, "\10http/1.1", 9));
	ASSERT_EQ(0, ulp_connect(self->p.c, &self->p.addr));
	self->p.a = ulp_accept(self->p.l);
	ASSERT_LE(0, self->p.a);
	ASSERT_EQ(0, talk(&self->kind, self->p.c, self->p.a));
	ASSERT_EQ(0, ulp_info(self->p.a, &info));
	EXPECT_EQ(RIPTIDES_MODE_SIMPLE, info.mode);
	EXPECT_EQ(self->kind.path == ULP_KTLS ? RIPTIDES_DATAPATH_KTLS :
		  RIPTIDES_DATAPATH_SOFTWARE, info.tx_datapath);
	ASSERT_EQ(0, getsockopt(self->p.a, SOL_RIPTIDES, RIPTIDES_ALPN, got, &len));
	ASSERT_EQ(8, len);
	EXPECT_EQ(0, memcmp(got, "http/1.1", 8));
}

TEST_F(tls, second_ulp)
{
	/* a kernel without it knows no such name */
	int tls = access("/proc/net/tls_stat", F_OK) ? -ENOENT : -EEXIST;

	ASSERT_EQ(0, ulp_open(&self->kind, &self->p));
	EXPECT_EQ(-EEXIST, ulp_attach(self->p.c));
	EXPECT_EQ(tls, set_ulp(self->p.c, "tls", 3));
	EXPECT_EQ(-EEXIST, ulp_attach(self->p.l));
	EXPECT_EQ(tls, set_ulp(self->p.l, "tls", 3));
	EXPECT_EQ(-EEXIST, ulp_attach(self->p.a));
	EXPECT_EQ(tls, set_ulp(self->p.a, "tls", 3));
	/* none of it did harm */
	EXPECT_EQ(0, talk(&self->kind, self->p.c, self->p.a));
	EXPECT_EQ(tls, set_ulp(self->p.a, "tls", 3));
	EXPECT_EQ(-ENOENT, set_ulp(self->p.a, "no-such", 7));
}

TEST_F(tls, after_tls_ulp)
{
	int err;

	ASSERT_EQ(0, ulp_open_raw(&self->kind, &self->p));
	err = set_ulp(self->p.c, "tls", 3);
	if (err == -ENOENT)
		SKIP(return, "no kernel TLS");
	ASSERT_EQ(0, err);
	EXPECT_EQ(-EEXIST, ulp_attach(self->p.c));
}

/* Neither closed nor listening nor connected. */
TEST_F(tls, wrong_state)
{
	struct ulp_addr addr;

	ASSERT_EQ(0, ulp_open_raw(&self->kind, &self->p));
	/* CLOSE_WAIT and FIN_WAIT2 */
	ASSERT_EQ(0, shutdown(self->p.c, SHUT_WR));
	ASSERT_EQ(0, ulp_recv(self->p.a, buf, 1));
	EXPECT_EQ(-ENOTCONN, ulp_attach(self->p.a));
	EXPECT_EQ(-ENOTCONN, ulp_attach(self->p.c));
	ulp_close(&self->p);

	/* SYN_SENT: nobody answers a SYN once the queue is full */
	self->p.l = ulp_raw_listen(&self->kind, 0, &addr);
	ASSERT_LE(0, self->p.l);
	self->p.a = ulp_raw_socket(&self->kind);
	ASSERT_LE(0, self->p.a);
	ASSERT_EQ(0, ulp_connect(self->p.a, &addr));
	ASSERT_LT(0, ulp_wait(self->p.l, POLLIN, -1));
	self->p.c = ulp_raw_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	ASSERT_EQ(0, ulp_blocking(self->p.c, false));
	ASSERT_EQ(-1, connect(self->p.c, &addr.sa, addr.len));
	ASSERT_EQ(EINPROGRESS, errno);
	EXPECT_EQ(-ENOTCONN, ulp_attach(self->p.c));
}

static void *write_on(void *arg)
{
	struct call *c = arg;

	__atomic_store_n(&c->tid, syscall(__NR_gettid), __ATOMIC_RELEASE);
	while (send(c->fd, buf, sizeof(buf), MSG_NOSIGNAL) > 0)
		;
	return NULL;
}

/* To attach while a writer waits for room, unless an ACK lets it go just then. */
static int attach_under_writer(const struct ulp_kind *kind)
{
	struct call c = {};
	struct ulp_pair p;
	pthread_t t;
	int err;

	err = ulp_open_raw(kind, &p);
	if (err)
		return err;
	c.fd = p.c;
	if (pthread_create(&t, NULL, write_on, &c))
		return -EAGAIN;
	while (!__atomic_load_n(&c.tid, __ATOMIC_ACQUIRE))
		sched_yield();
	err = ulp_asleep(c.tid, __NR_sendto);
	if (!err)
		err = ulp_attach(p.c);
	/* with what nobody has read: a reset, that ends the writer */
	close(p.a);
	p.a = -1;
	pthread_join(t, NULL);
	ulp_close(&p);
	return err;
}

/* TCP is in the middle of something that would go on in clear. */
TEST_F(tls, busy)
{
	int on = 1, off = 0, err, tries = 100;

	self->p.c = ulp_raw_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	ASSERT_EQ(0, setsockopt(self->p.c, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)));
	EXPECT_EQ(-EBUSY, ulp_attach(self->p.c));
	ASSERT_EQ(0, setsockopt(self->p.c, IPPROTO_TCP, TCP_REPAIR, &off, sizeof(off)));
	EXPECT_EQ(0, ulp_attach(self->p.c));
	close(self->p.c);

	do {
		err = attach_under_writer(&self->kind);
	} while (!err && --tries);
	EXPECT_EQ(-EBUSY, err);

	/* connect() has put its SYN off until there is data for it */
	self->p.l = ulp_raw_listen(&self->kind, 5, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	self->p.c = ulp_raw_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	ASSERT_EQ(0, setsockopt(self->p.c, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on,
				sizeof(on)));
	ASSERT_EQ(0, ulp_connect(self->p.c, &self->p.addr));
	EXPECT_EQ(-ENOTCONN, ulp_attach(self->p.c));
}

TEST_F(tls, mptcp)
{
	int fd = socket(self->kind.net == ULP_IPV4 ? AF_INET : AF_INET6,
			SOCK_STREAM, IPPROTO_MPTCP);

	if (fd < 0)
		SKIP(return, "no MPTCP");
	/* MPTCP sockets take no ULP at all */
	EXPECT_GT(0, ulp_attach(fd));
	EXPECT_EQ(set_ulp(fd, "tls", 3), ulp_attach(fd));
	EXPECT_EQ(-1, setsockopt(fd, SOL_RIPTIDES, RIPTIDES_START, NULL, 0));
	close(fd);
}

TEST_F(tls, other_sockets)
{
	static const int types[] = { SOCK_DGRAM, SOCK_SEQPACKET };
	unsigned int i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		fd = socket(i ? AF_UNIX : AF_INET, types[i], 0);
		ASSERT_LE(0, fd);
		EXPECT_GT(0, ulp_attach(fd));
		EXPECT_GT(0, ulp_option_u32(fd, RIPTIDES_ROLE, 1));
		close(fd);
	}
}

/* A SYN with data would carry them in clear. */
TEST_F(tls, fast_open)
{
	ulp_fill(&self->kind, buf, 64, 0);
	self->p.l = ulp_listen(&self->kind, 5, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	EXPECT_EQ(-1, sendto(self->p.c, buf, 64, MSG_FASTOPEN, &self->p.addr.sa,
			     self->p.addr.len));
	EXPECT_EQ(EOPNOTSUPP, errno);
	/* it can still connect as usual */
	ASSERT_EQ(0, ulp_connect(self->p.c, &self->p.addr));
	self->p.a = ulp_accept(self->p.l);
	ASSERT_LE(0, self->p.a);
	EXPECT_EQ(-1, sendto(self->p.a, buf, 64, MSG_FASTOPEN, &self->p.addr.sa,
			     self->p.addr.len));
	EXPECT_EQ(0, talk(&self->kind, self->p.c, self->p.a));
}

/* TCP_FASTOPEN_CONNECT: refused, or an ordinary connect; ulp_wire looks. */
TEST_F(tls, fast_open_connect)
{
	int on = 1, i, before;

	self->p.l = ulp_listen(&self->kind, 5, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	/* twice, for the cookie; set before the attachment, and after */
	for (i = 0; i < 4; i++) {
		before = i & 1;
		self->p.c = ulp_raw_socket(&self->kind);
		ASSERT_LE(0, self->p.c);
		if (before) {
			ASSERT_EQ(0, setsockopt(self->p.c, IPPROTO_TCP,
						TCP_FASTOPEN_CONNECT, &on,
						sizeof(on)));
		}
		ASSERT_EQ(0, ulp_setup(self->p.c, &self->kind));
		if (!before && setsockopt(self->p.c, IPPROTO_TCP,
					  TCP_FASTOPEN_CONNECT, &on, sizeof(on))) {
			EXPECT_EQ(EOPNOTSUPP, errno);
		}
		ASSERT_EQ(0, ulp_connect(self->p.c, &self->p.addr));
		self->p.a = ulp_accept(self->p.l);
		ASSERT_LE(0, self->p.a);
		EXPECT_EQ(0, talk(&self->kind, self->p.c, self->p.a));
		close(self->p.c);
		close(self->p.a);
		self->p.c = -1;
		self->p.a = -1;
	}
}

static int new_sockmap(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_SOCKMAP,
		.key_size = sizeof(int),
		.value_size = sizeof(int),
		.max_entries = 2,
	};

	return syscall(__NR_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
}

static int add_to_map(int map, int fd)
{
	int key = 0;
	union bpf_attr attr = {
		.map_fd = map,
		.key = (uintptr_t)&key,
		.value = (uintptr_t)&fd,
	};

	return syscall(__NR_bpf, BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr)) ?
	       -errno : 0;
}

TEST_F(tls, sockmap)
{
	int map = new_sockmap();
	struct ulp_pair q;

	if (map < 0)
		SKIP(return, "no sockmap");
	/* ours can't be put into a map: it would go around us */
	ASSERT_EQ(0, ulp_open(&self->kind, &self->p));
	EXPECT_GT(0, add_to_map(map, self->p.c));
	EXPECT_GT(0, add_to_map(map, self->p.l));
	EXPECT_EQ(0, talk(&self->kind, self->p.c, self->p.a));
	EXPECT_GT(0, add_to_map(map, self->p.c));
	EXPECT_EQ(0, talk(&self->kind, self->p.c, self->p.a));
	/* and what is in one can't be ours */
	ASSERT_EQ(0, ulp_open_raw(&self->kind, &q));
	ASSERT_EQ(0, add_to_map(map, q.c));
	EXPECT_EQ(-EBUSY, ulp_attach(q.c));
	ulp_close(&q);
	close(map);
}

/* Whoever may open a socket may protect it. */
TEST_F(tls, unprivileged)
{
	pid_t child = fork();

	ASSERT_LE(0, child);
	if (!child) {
		if (!getuid() && (setgid(65534) || setuid(65534)))
			_exit(EPERM);
		if (ulp_open(&self->kind, &self->p))
			_exit(ECONNREFUSED);
		_exit(-talk(&self->kind, self->p.c, self->p.a));
	}
	EXPECT_EQ(0, ulp_join(child));
}

/* The length that getsockopt() is given is the most that it writes. */
TEST_F(tls, name_lengths)
{
	char name[32];
	socklen_t len, i;

	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	for (i = 0; i < sizeof(name); i++) {
		memset(name, '#', sizeof(name));
		len = i;
		ASSERT_EQ(0, ulp_name(self->p.c, name, &len));
		EXPECT_LE(len, i);
		EXPECT_EQ(0, memcmp(name, "riptides", len < 8 ? len : 8));
		EXPECT_EQ('#', name[i < sizeof(name) - 1 ? i : len]);
	}
}

/* Neither data nor control calls do anything that TCP wouldn't. */
TEST_F(tls, not_connected)
{
	struct pollfd p;

	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	EXPECT_EQ(-1, send(self->p.c, buf, 1, MSG_NOSIGNAL));
	EXPECT_EQ(EPIPE, errno);
	EXPECT_EQ(-1, recv(self->p.c, buf, 1, 0));
	EXPECT_EQ(ENOTCONN, errno);
	EXPECT_EQ(-1, shutdown(self->p.c, SHUT_WR));
	EXPECT_EQ(ENOTCONN, errno);
	p.fd = self->p.c;
	p.events = POLLIN | POLLOUT;
	EXPECT_EQ(1, poll(&p, 1, 0));
	EXPECT_EQ(POLLOUT | POLLHUP, p.revents);
	/* a listener does not talk either */
	self->p.l = ulp_listen(&self->kind, 5, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	EXPECT_EQ(-1, send(self->p.l, buf, 1, MSG_NOSIGNAL));
	EXPECT_EQ(EPIPE, errno);
	EXPECT_EQ(-1, recv(self->p.l, buf, 1, 0));
	EXPECT_EQ(ENOTCONN, errno);
}

/* A refused connect may be tried again, on the same socket. */
TEST_F(tls, connect_again)
{
	struct ulp_addr none;
	int fd;

	fd = ulp_raw_listen(&self->kind, 5, &none);
	ASSERT_LE(0, fd);
	close(fd);
	self->p.l = ulp_listen(&self->kind, 5, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	EXPECT_EQ(-ECONNREFUSED, ulp_connect(self->p.c, &none));
	EXPECT_EQ(0, ulp_connect(self->p.c, &self->p.addr));
	self->p.a = ulp_accept(self->p.l);
	ASSERT_LE(0, self->p.a);
	EXPECT_EQ(0, talk(&self->kind, self->p.c, self->p.a));
	EXPECT_EQ(-1, connect(self->p.c, &self->p.addr.sa, self->p.addr.len));
	EXPECT_EQ(EISCONN, errno);
}

/* connect() to AF_UNSPEC: allowed before the hand-over, then as with kTLS */
TEST_F(tls, disconnect)
{
	struct sockaddr sa = { .sa_family = AF_UNSPEC };

	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	EXPECT_EQ(0, connect(self->p.c, &sa, sizeof(sa)));
	EXPECT_EQ(0, is_ours(self->p.c));
	close(self->p.c);
	ASSERT_EQ(0, ulp_open(&self->kind, &self->p));
	ASSERT_EQ(0, talk(&self->kind, self->p.c, self->p.a));
	EXPECT_EQ(-1, connect(self->p.c, &sa, sizeof(sa)));
	EXPECT_EQ(EOPNOTSUPP, errno);
	EXPECT_EQ(0, talk(&self->kind, self->p.c, self->p.a));
}

/* A listener that is shut down and listens again. */
TEST_F(tls, listen_again)
{
	self->p.l = ulp_listen(&self->kind, 5, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	ASSERT_EQ(0, shutdown(self->p.l, SHUT_RDWR));
	ASSERT_EQ(0, listen(self->p.l, 5));
	EXPECT_EQ(0, is_ours(self->p.l));
	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	ASSERT_EQ(0, ulp_connect(self->p.c, &self->p.addr));
	self->p.a = ulp_accept(self->p.l);
	ASSERT_LE(0, self->p.a);
	EXPECT_EQ(0, talk(&self->kind, self->p.c, self->p.a));
}

/* TCP's own options go on working, before and after the hand-over. */
TEST_F(tls, tcp_options)
{
	int fd[2], one = 1, got, i, j;
	struct tcp_info tcp;
	socklen_t len;

	ASSERT_EQ(0, ulp_open(&self->kind, &self->p));
	fd[0] = self->p.c;
	fd[1] = self->p.a;
	for (j = 0; j < 2; j++) {
		for (i = 0; i < 2; i++) {
			one = !j;
			ASSERT_EQ(0, setsockopt(fd[i], IPPROTO_TCP, TCP_NODELAY, &one,
						sizeof(one)));
			len = sizeof(got);
			ASSERT_EQ(0, getsockopt(fd[i], IPPROTO_TCP, TCP_NODELAY, &got,
						&len));
			EXPECT_EQ(one, !!got);
			ASSERT_EQ(0, setsockopt(fd[i], SOL_SOCKET, SO_KEEPALIVE, &one,
						sizeof(one)));
			len = sizeof(tcp);
			ASSERT_EQ(0, getsockopt(fd[i], IPPROTO_TCP, TCP_INFO, &tcp,
						&len));
			EXPECT_EQ(TCP_ESTABLISHED, tcp.tcpi_state);
		}
		EXPECT_EQ(0, talk(&self->kind, self->p.c, self->p.a));
	}
}

/* The keys are nobody's but the kernel's. */
TEST_F(tls, no_keys)
{
	char keys[64] = "\4\3\63";
	int get = EPERM, set = EPERM, level;
	socklen_t len = 40;

	/* the software path knows no more of kernel TLS than plain TCP does */
	self->p.l = ulp_raw_socket(&self->kind);
	ASSERT_LE(0, self->p.l);
	if (self->kind.path != ULP_KTLS) {
		ASSERT_EQ(-1, getsockopt(self->p.l, SOL_TLS, 1, buf, &len));
		get = errno;
		ASSERT_EQ(-1, setsockopt(self->p.l, SOL_TLS, 1, keys, 40));
		set = errno;
	}
	close(self->p.l);

	ASSERT_EQ(0, ulp_open(&self->kind, &self->p));
	ASSERT_EQ(0, talk(&self->kind, self->p.c, self->p.a));
	for (level = 1; level <= 2; level++) {	/* TLS_TX, TLS_RX */
		len = 40;
		EXPECT_EQ(-1, getsockopt(self->p.c, SOL_TLS, level, buf, &len));
		EXPECT_EQ(get, errno);
		EXPECT_EQ(-1, setsockopt(self->p.c, SOL_TLS, level, keys, 40));
		EXPECT_EQ(set, errno);
	}
	EXPECT_EQ(0, talk(&self->kind, self->p.c, self->p.a));
}

/* Nor can an application make records of other types. */
TEST_F(tls, no_record_types)
{
	char control[CMSG_SPACE(1)];
	struct iovec iov = { "\1", 2 };		/* a close_notify */
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	ASSERT_EQ(0, ulp_open(&self->kind, &self->p));
	ASSERT_EQ(0, talk(&self->kind, self->p.c, self->p.a));
	cmsg->cmsg_level = SOL_TLS;
	cmsg->cmsg_type = 1;			/* TLS_SET_RECORD_TYPE */
	cmsg->cmsg_len = CMSG_LEN(1);
	*CMSG_DATA(cmsg) = 21;
	EXPECT_EQ(-1, sendmsg(self->p.c, &msg, 0));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(0, talk(&self->kind, self->p.c, self->p.a));
}

TEST_HARNESS_MAIN
