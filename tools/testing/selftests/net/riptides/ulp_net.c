// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a network namespace of its own shows: limits on handshakes, its settings,
 * and its end
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "kselftest_harness.h"

#include "ulp_net_fixture.h"

static char buf[65536];

/* What the first read says, which waits for the handshake. */
static int first_error(int fd)
{
	ssize_t n = ulp_recv(fd, buf, 1);

	return n < 0 ? n : -ENODATA;
}

static int connect_raw(const struct ulp_kind *kind, const struct ulp_addr *addr)
{
	int fd = ulp_raw_socket(kind), err;

	if (fd < 0)
		return fd;
	err = ulp_connect(fd, addr);
	if (!err)
		return fd;
	close(fd);
	return err;
}

TEST_F(net, listener_limit)
{
	int silent[2], child[2], other, c, i;
	struct ulp_addr addr;

	ASSERT_EQ(0, settings("--max-listener-handshakes 2"));
	self->p.l = ulp_listen(&self->kind, 16, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	for (i = 0; i < 2; i++) {
		silent[i] = connect_raw(&self->kind, &self->p.addr);
		ASSERT_LE(0, silent[i]);
		child[i] = ulp_accept(self->p.l);
		ASSERT_LE(0, child[i]);
	}
	EXPECT_EQ(2, becomes("HandshakeCurr", 2));
	EXPECT_EQ(0, counter("ListenerLimit"));

	/* one more is reset, and who accepts it is told */
	c = ulp_socket(&self->kind);
	ASSERT_LE(0, c);
	EXPECT_EQ(-ECONNRESET, ulp_connect(c, &self->p.addr));
	close(c);
	EXPECT_EQ(1, counter("ListenerLimit"));
	EXPECT_EQ(0, counter("HandshakeLimit"));
	c = ulp_accept(self->p.l);
	ASSERT_LE(0, c);
	EXPECT_EQ(-ECONNABORTED, first_error(c));
	close(c);
	EXPECT_EQ(2, becomes("HandshakeCurr", 2));

	/* of this listener; another one has its own */
	other = ulp_listen(&self->kind, 16, &addr);
	ASSERT_LE(0, other);
	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	EXPECT_EQ(0, ulp_connect(self->p.c, &addr));
	self->p.a = ulp_accept(other);
	ASSERT_LE(0, self->p.a);
	EXPECT_EQ(0, talk(&self->p));
	close(self->p.a);
	close(self->p.c);
	close(other);

	/* and once one has ended there is room again */
	close(silent[0]);
	EXPECT_EQ(-ECONNRESET, first_error(child[0]));
	close(child[0]);
	EXPECT_EQ(1, becomes("HandshakeCurr", 1));
	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	EXPECT_EQ(0, ulp_connect(self->p.c, &self->p.addr));
	self->p.a = ulp_accept(self->p.l);
	ASSERT_LE(0, self->p.a);
	EXPECT_EQ(0, talk(&self->p));
	EXPECT_EQ(1, counter("ListenerLimit"));
	close(silent[1]);
	close(child[1]);
}

TEST_F(net, limit)
{
	struct ulp_pair raw;
	int silent[2], child[2], c, i;

	ASSERT_EQ(0, settings("--max-handshakes 2"));
	ASSERT_EQ(0, ulp_open_raw(&self->kind, &raw));
	self->p.l = ulp_listen(&self->kind, 16, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	for (i = 0; i < 2; i++) {
		silent[i] = connect_raw(&self->kind, &self->p.addr);
		ASSERT_LE(0, silent[i]);
		child[i] = ulp_accept(self->p.l);
		ASSERT_LE(0, child[i]);
	}
	EXPECT_EQ(2, becomes("HandshakeCurr", 2));
	EXPECT_EQ(0, counter("HandshakeLimit"));

	/* a server's is reset, and its client may hear of it in connect() */
	c = connect_raw(&self->kind, &self->p.addr);
	EXPECT_EQ(-ECONNRESET, c < 0 ? c : first_error(c));
	if (c >= 0)
		close(c);
	EXPECT_EQ(1, counter("HandshakeLimit"));
	c = ulp_accept(self->p.l);
	ASSERT_LE(0, c);
	EXPECT_EQ(-ECONNABORTED, first_error(c));
	close(c);
	/* a client's does not begin */
	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	EXPECT_EQ(-ENOBUFS, ulp_connect(self->p.c, &self->p.addr));
	EXPECT_EQ(-ENOBUFS, ulp_connect(self->p.c, &self->p.addr));
	EXPECT_EQ(3, counter("HandshakeLimit"));
	/* nor does that of a socket that was connected before */
	ASSERT_EQ(0, ulp_setup(raw.c, &self->kind));
	ASSERT_EQ(0, ulp_option_u32(raw.c, RIPTIDES_ROLE, RIPTIDES_ROLE_CLIENT));
	EXPECT_EQ(-ENOBUFS, ulp_option(raw.c, RIPTIDES_START, NULL, 0));
	EXPECT_EQ(-1, send(raw.c, buf, 1, MSG_NOSIGNAL));
	EXPECT_EQ(ENOBUFS, errno);
	EXPECT_EQ(5, counter("HandshakeLimit"));
	EXPECT_EQ(2, counter("HandshakeCurr"));
	EXPECT_EQ(0, counter("ListenerLimit"));

	/* the same sockets, when there is room */
	for (i = 0; i < 2; i++) {
		close(silent[i]);
		EXPECT_EQ(-ECONNRESET, first_error(child[i]));
		close(child[i]);
	}
	EXPECT_EQ(0, becomes("HandshakeCurr", 0));
	EXPECT_EQ(0, ulp_connect(self->p.c, &self->p.addr));
	self->p.a = ulp_accept(self->p.l);
	ASSERT_LE(0, self->p.a);
	EXPECT_EQ(0, talk(&self->p));
	ASSERT_EQ(0, ulp_setup(raw.a, &self->kind));
	ASSERT_EQ(0, ulp_option_u32(raw.a, RIPTIDES_ROLE, RIPTIDES_ROLE_SERVER));
	EXPECT_EQ(0, ulp_option(raw.c, RIPTIDES_START, NULL, 0));
	EXPECT_EQ(0, ulp_option(raw.a, RIPTIDES_START, NULL, 0));
	EXPECT_EQ(0, talk(&raw));
	EXPECT_EQ(5, counter("HandshakeLimit"));
	ulp_close(&raw);
}

/* The namespace's own time for a handshake, where the socket has none. */
TEST_F(net, default_deadline)
{
	int fd;

	ASSERT_EQ(0, settings("--deadline-ms 100"));
	self->p.l = ulp_listen(&self->kind, 16, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	fd = connect_raw(&self->kind, &self->p.addr);
	ASSERT_LE(0, fd);
	self->p.a = ulp_accept(self->p.l);
	ASSERT_LE(0, self->p.a);
	EXPECT_EQ(-ETIMEDOUT, first_error(self->p.a));
	close(fd);
	ulp_close(&self->p);
	EXPECT_EQ(1, counter("HandshakeTimeout"));

	self->p.l = ulp_raw_listen(&self->kind, 16, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	EXPECT_EQ(-ETIMEDOUT, ulp_connect(self->p.c, &self->p.addr));
	EXPECT_EQ(2, counter("HandshakeTimeout"));
	EXPECT_EQ(2, counter("HandshakeFail"));
	EXPECT_EQ(0, counter("HandshakeCurr"));
}

/* A number of /proc/net/netstat: names and values take turns. */
static long count_of(const char *name)
{
	static char names[8192], values[8192];
	const char *delim = "\n ";
	FILE *f = fopen("/proc/net/netstat", "r");
	char *key, *value, *k, *v;
	long found = -1;

	if (!f)
		return -1;
	while (found < 0 && fgets(names, sizeof(names), f) &&
	       fgets(values, sizeof(values), f)) {
		key = strtok_r(names, delim, &k);
		value = strtok_r(values, delim, &v);
		while (key && value) {
			if (!strcmp(key, name))
				found = atol(value);
			key = strtok_r(NULL, delim, &k);
			value = strtok_r(NULL, delim, &v);
		}
	}
	fclose(f);
	return found;
}

/* Children that no request of theirs was kept for. */
TEST_F(net, syn_cookies)
{
	long before = count_of("SyncookiesRecv");
	int i;

	ASSERT_LE(0, before);
	ASSERT_EQ(0, command("echo 2 > /proc/sys/net/ipv4/tcp_syncookies"));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, ulp_open(&self->kind, &self->p));
		EXPECT_EQ(0, talk(&self->p));
		ulp_close(&self->p);
	}
	EXPECT_EQ(before + 3, count_of("SyncookiesRecv"));
	EXPECT_EQ(6, counter("HandshakeDone"));
	EXPECT_EQ(0, counter("HandshakeFail"));
}

/* Sockets in every state that there is. */
struct zoo {
	struct ulp_pair open;		/* each end has keys */
	struct ulp_pair fresh;		/* nobody has used it */
	struct ulp_pair client;		/* waits for a server that is silent */
	struct ulp_pair server;		/* waits for a client that is */
	struct ulp_pair half;		/* one end has ended */
	int waiting[2];			/* not accepted: silent, and a real one */
	int failed;
};

static int fill_zoo(const struct ulp_kind *kind, struct zoo *z)
{
	struct ulp_kind soft = *kind;
	int err;

	soft.nonblock = true;
	err = ulp_open(kind, &z->open) ?: talk(&z->open) ?: ulp_open(kind, &z->fresh) ?:
	      ulp_open(kind, &z->half) ?: talk(&z->half);
	if (err || shutdown(z->half.c, SHUT_WR))
		return err ?: -errno;
	z->client.l = ulp_raw_listen(kind, 4, &z->client.addr);
	z->client.c = ulp_socket(&soft);
	if (z->client.l < 0 || z->client.c < 0)
		return -EMFILE;
	if (!connect(z->client.c, &z->client.addr.sa, z->client.addr.len) ||
	    errno != EINPROGRESS)
		return -EISCONN;
	z->client.a = ulp_accept(z->client.l);
	if (z->client.a < 0 || ulp_recv(z->client.a, buf, 1) != 1)
		return -ENODATA;
	z->server.l = ulp_listen(kind, 4, &z->server.addr);
	z->server.c = connect_raw(kind, &z->server.addr);
	if (z->server.l < 0 || z->server.c < 0)
		return -EMFILE;
	z->server.a = ulp_accept(z->server.l);
	z->waiting[0] = connect_raw(kind, &z->server.addr);
	z->waiting[1] = ulp_socket(kind);
	if (z->server.a < 0 || z->waiting[0] < 0 || z->waiting[1] < 0)
		return -EMFILE;
	err = ulp_connect(z->waiting[1], &z->server.addr);
	if (err)
		return err;
	/* in clear to a server, which fails */
	z->failed = connect_raw(kind, &z->server.addr);
	return z->failed < 0 || ulp_send(z->failed, "clear", 5) != 5 ? -EIO : 0;
}

static void empty_zoo(struct zoo *z)
{
	ulp_close(&z->open);
	ulp_close(&z->server);
	ulp_close(&z->fresh);
	ulp_close(&z->client);
	ulp_close(&z->half);
	close(z->waiting[0]);
	close(z->waiting[1]);
	close(z->failed);
}

static bool goes(const char *link)
{
	time_t end = time(NULL) + PATIENCE;

	while (if_nametoindex(link) && time(NULL) < end)
		poll(NULL, 0, 1);
	return !if_nametoindex(link);
}

/* All who were in the namespace have left it, and only sockets keep it. */
TEST_F(net, sockets_outlive)
{
	struct zoo z;
	time_t end;
	FILE *stat;

	stat = fopen("/proc/net/riptides_stat", "r");
	ASSERT_NE(NULL, stat);
	setvbuf(stat, NULL, _IONBF, 0);
	ASSERT_EQ(0, fill_zoo(&self->kind, &z));
	ASSERT_EQ(0, setns(self->home, CLONE_NEWNET));
	EXPECT_EQ(0, talk(&z.open));
	EXPECT_EQ(0, talk(&z.fresh));
	EXPECT_NE(0, if_nametoindex(self->link));
	empty_zoo(&z);
	end = time(NULL) + PATIENCE;
	while (counter_in(stat, "Contexts") && time(NULL) < end)
		poll(NULL, 0, 1);
	EXPECT_EQ(0, counter_in(stat, "Contexts"));
	EXPECT_EQ(0, counter_in(stat, "HandshakeCurr"));
	EXPECT_EQ(0, counter_in(stat, "CurrTxKtls"));
	EXPECT_EQ(0, counter_in(stat, "CurrTxSw"));
	fclose(stat);
	EXPECT_TRUE(goes(self->link));
}

/* And nobody closes any of them: all that there is, is killed. */
TEST_F(net, killed)
{
	int report[2], i;
	struct zoo z;
	pid_t pid;
	char c;

	ASSERT_EQ(0, pipe(report));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		i = fill_zoo(&self->kind, &z);
		if (write(report[1], i ? "n" : "y", 1) == 1)
			pause();
		_exit(1);
	}
	ASSERT_EQ(0, setns(self->home, CLONE_NEWNET));
	ASSERT_EQ(1, read(report[0], &c, 1));
	EXPECT_EQ('y', c);
	EXPECT_NE(0, if_nametoindex(self->link));
	kill(pid, SIGKILL);
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
	EXPECT_TRUE(goes(self->link));
}

TEST_HARNESS_MAIN
