// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a network namespace of its own shows: limits on handshakes, sockets whose
 * owners keep them locked, and the end of the namespace
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "kselftest_harness.h"

#include "ulp.h"

#define WORKQUEUE	"/sys/devices/virtual/workqueue/riptides/max_active"
/* There is one wherever there is userfaultfd */
#define FAULTS		"/proc/sys/vm/unprivileged_userfaultfd"
/* How many the workqueue may run at once, and how many sockets are held then */
#define ACTIVE		2
#define HELD		8
/* As long as the machine may take for what has to happen */
#define PATIENCE	60

static char buf[65536];

static int command(const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return system(text);
}

/* A number of /proc/net/riptides_stat, which is that of our namespace. */
static long counter_in(FILE *f, const char *name)
{
	char line[128], key[64];
	long value, found = -1;

	rewind(f);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "Riptides%63s %ld", key, &value) == 2 &&
		    !strcmp(key, name))
			found = value;
	return found;
}

static long counter(const char *name)
{
	FILE *f = fopen("/proc/net/riptides_stat", "r");
	long found;

	if (!f)
		return -1;
	found = counter_in(f, name);
	fclose(f);
	return found;
}

/* Nobody tells when a counter changes: ask until it has. */
static long becomes(const char *name, long to)
{
	time_t end = time(NULL) + PATIENCE;
	long now;

	while ((now = counter(name)) != to && time(NULL) < end)
		poll(NULL, 0, 1);
	return now;
}

static int settings(const char *what)
{
	return command("python3 \"$ULP_NL\" set %s > /dev/null", what);
}

/*
 * A namespace with an identity, and with a link whose other end, in the namespace
 * that we come from, tells when it is gone.
 */
FIXTURE(net)
{
	struct ulp_kind kind;
	struct ulp_pair p;
	char link[IFNAMSIZ];
	int home;
};

FIXTURE_VARIANT(net)
{
	struct ulp_kind kind;
};

FIXTURE_SETUP(net)
{
	self->kind = variant->kind;
	self->p = (struct ulp_pair) { -1, -1, -1 };
	self->home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, self->home);
	snprintf(self->link, sizeof(self->link), "rpt%d", getpid());
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_EQ(0, command("ip link set lo up"));
	ASSERT_EQ(0, command("ip link add inner type veth peer name %s netns %d", self->link,
			     getppid()));
	ASSERT_EQ(0, command("python3 \"$ULP_NL\" bundle-new td.example \"$ULP_CERTS/ca.pem\""));
	ASSERT_EQ(0, chdir(getenv("ULP_CERTS") ?: "."));
	ASSERT_EQ(0, command("python3 \"$ULP_NL\" identity-new default --key %s --chain %s",
			     "default.key", "default.pem"));
	/* however slow the machine is */
	ASSERT_EQ(0, settings("--deadline-ms 600000"));
}

FIXTURE_TEARDOWN(net)
{
	ulp_close(&self->p);
	close(self->home);
}

FIXTURE_VARIANT_ADD(net, ktls_ipv4) { .kind = { ULP_KTLS, ULP_IPV4, false } };
FIXTURE_VARIANT_ADD(net, ktls_nonblock) { .kind = { ULP_KTLS, ULP_IPV6, true } };
FIXTURE_VARIANT_ADD(net, soft_ipv6) { .kind = { ULP_SOFTWARE, ULP_IPV6, false } };
FIXTURE_VARIANT_ADD(net, soft_nonblock) { .kind = { ULP_SOFTWARE, ULP_MAPPED, true } };

/* A byte each way. 0 or a negative errno. */
static int talk(const struct ulp_pair *p)
{
	char c;

	if (ulp_send(p->c, "c", 1) != 1 || ulp_recv(p->a, &c, 1) != 1 || c != 'c' ||
	    ulp_send(p->a, "a", 1) != 1 || ulp_recv(p->c, &c, 1) != 1 || c != 'a')
		return errno ? -errno : -EIO;
	return 0;
}

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

/*
 * A task that sleeps in the middle of a socket option, with the socket locked: the
 * second half of the value is on a page that we do not let it have.
 */
struct hold {
	int fd;
	int err;
	void *value;
	pthread_t thread;
};

static void *hold(void *arg)
{
	struct hold *h = arg;

	if (setsockopt(h->fd, SOL_SOCKET, SO_LINGER, h->value, sizeof(struct linger)))
		h->err = -errno;
	return NULL;
}

static int new_faults(char **page)
{
	size_t size = sysconf(_SC_PAGESIZE);
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	int fd = syscall(__NR_userfaultfd, O_CLOEXEC);

	if (fd < 0)
		return -errno;
	*page = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		     -1, 0);
	if (*page == MAP_FAILED)
		return -errno;
	memset(*page, 0, size);
	*page += size;
	range.range.start = (uintptr_t)*page;
	range.range.len = size;
	if (ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range))
		return -errno;
	return fd;
}

/* Returns when it sleeps. */
static int start_hold(struct hold *h, int faults, int fd, char *page)
{
	struct uffd_msg msg;

	h->fd = fd;
	h->err = 0;
	h->value = page - sizeof(int);
	if (pthread_create(&h->thread, NULL, hold, h))
		return -EAGAIN;
	if (read(faults, &msg, sizeof(msg)) != sizeof(msg))
		return -errno;
	return msg.event == UFFD_EVENT_PAGEFAULT ? 0 : -EINVAL;
}

static int end_holds(struct hold *h, unsigned int n, int faults, char *page)
{
	size_t size = sysconf(_SC_PAGESIZE);
	struct uffdio_zeropage zero = { .range = { (uintptr_t)page, size } };
	unsigned int i;
	int err = 0;

	if (ioctl(faults, UFFDIO_ZEROPAGE, &zero))
		return -errno;
	for (i = 0; i < n; i++) {
		pthread_join(h[i].thread, NULL);
		err = err ?: h[i].err;
	}
	close(faults);
	munmap(page - size, 2 * size);
	return err;
}

static int set_active(int n, int *before)
{
	FILE *f = fopen(WORKQUEUE, "r+");
	int err = 0;

	if (!f)
		return -errno;
	if (before && fscanf(f, "%d", before) != 1)
		err = -EINVAL;
	rewind(f);
	if (fprintf(f, "%d\n", n) < 0)
		err = -EIO;
	if (fclose(f))
		err = -errno;
	return err;
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

/* Others' handshakes until @ms have passed, and one at least. */
static int others(const struct ulp_kind *kind, unsigned int ms)
{
	uint64_t end = now_ms() + ms;
	struct ulp_pair p;
	int err;

	do {
		err = ulp_open(kind, &p);
		err = err ?: talk(&p);
		ulp_close(&p);
	} while (!err && now_ms() < end);
	return err;
}

/*
 * Sockets are locked for as long as their owners like, more than there may be
 * workers: while their deadlines pass, other handshakes go on, and theirs are told
 * when the lock is free.
 */
TEST_F(net, held_past_deadline)
{
	/* if it passes before all are held, less is shown, and nothing fails */
	const unsigned int deadline = 500;
	struct ulp_kind raw = self->kind;
	int c[HELD], a[HELD], faults, i, before, err;
	socklen_t len = sizeof(err);
	struct hold h[HELD];
	char *page;

	if (access(FAULTS, F_OK))
		SKIP(return, "no userfaultfd");
	faults = new_faults(&page);
	ASSERT_LE(0, faults);
	self->p.l = ulp_raw_listen(&raw, HELD, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	ASSERT_EQ(0, set_active(ACTIVE, &before));
	for (i = 0; i < HELD; i++) {
		c[i] = ulp_socket(&self->kind);
		ASSERT_LE(0, c[i]);
		ASSERT_EQ(0, ulp_blocking(c[i], false));
		ASSERT_EQ(0, ulp_option_u32(c[i], RIPTIDES_DEADLINE, deadline));
		ASSERT_EQ(-1, connect(c[i], &self->p.addr.sa, self->p.addr.len));
		ASSERT_EQ(EINPROGRESS, errno);
		a[i] = ulp_accept(self->p.l);
		ASSERT_LE(0, a[i]);
		ASSERT_EQ(0, start_hold(&h[i], faults, c[i], page));
	}
	EXPECT_EQ(0, others(&self->kind, 3 * deadline));
	EXPECT_EQ(0, end_holds(h, HELD, faults, page));
	for (i = 0; i < HELD; i++) {
		EXPECT_LT(0, ulp_wait(c[i], POLLOUT, -1));
		EXPECT_EQ(0, getsockopt(c[i], SOL_SOCKET, SO_ERROR, &err, &len));
		EXPECT_EQ(ETIMEDOUT, err);
		close(c[i]);
		close(a[i]);
	}
	EXPECT_EQ(0, set_active(before, NULL));
	EXPECT_EQ(0, becomes("Contexts", 0));
}

/* The same at any moment of a handshake, which goes on when the lock is free. */
TEST_F(net, held_on_the_way)
{
	int c[HELD], a[HELD], faults, i, before;
	struct hold h[HELD];
	struct ulp_pair q;
	char *page;

	if (access(FAULTS, F_OK))
		SKIP(return, "no userfaultfd");
	faults = new_faults(&page);
	ASSERT_LE(0, faults);
	self->p.l = ulp_listen(&self->kind, HELD, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	ASSERT_EQ(0, set_active(ACTIVE, &before));
	for (i = 0; i < HELD; i++) {
		c[i] = ulp_socket(&self->kind);
		ASSERT_LE(0, c[i]);
		ASSERT_EQ(0, ulp_blocking(c[i], false));
		ASSERT_EQ(-1, connect(c[i], &self->p.addr.sa, self->p.addr.len));
		ASSERT_EQ(EINPROGRESS, errno);
		a[i] = ulp_accept(self->p.l);
		ASSERT_LE(0, a[i]);
		ASSERT_EQ(0, start_hold(&h[i], faults, i & 1 ? c[i] : a[i], page));
	}
	EXPECT_EQ(0, others(&self->kind, 0));
	EXPECT_EQ(0, end_holds(h, HELD, faults, page));
	for (i = 0; i < HELD; i++) {
		q.c = c[i];
		q.a = a[i];
		EXPECT_LT(0, ulp_wait(q.c, POLLOUT, -1));
		ASSERT_EQ(0, ulp_blocking(q.c, true));
		EXPECT_EQ(0, talk(&q));
		close(q.c);
		close(q.a);
	}
	EXPECT_EQ(0, set_active(before, NULL));
}

/* close() of one end while the other is held, with what the worker left for it. */
TEST_F(net, held_and_closed)
{
	int c[HELD], faults, i, before;
	struct hold h[HELD];
	char *page;

	if (access(FAULTS, F_OK))
		SKIP(return, "no userfaultfd");
	faults = new_faults(&page);
	ASSERT_LE(0, faults);
	self->p.l = ulp_listen(&self->kind, HELD, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	ASSERT_EQ(0, set_active(ACTIVE, &before));
	for (i = 0; i < HELD; i++) {
		c[i] = ulp_socket(&self->kind);
		ASSERT_LE(0, c[i]);
		ASSERT_EQ(0, ulp_blocking(c[i], false));
		ASSERT_EQ(-1, connect(c[i], &self->p.addr.sa, self->p.addr.len));
		ASSERT_EQ(EINPROGRESS, errno);
		ASSERT_EQ(0, start_hold(&h[i], faults, c[i], page));
	}
	/* the listener goes, with those of its children that nobody has accepted */
	close(self->p.l);
	self->p.l = -1;
	EXPECT_EQ(0, others(&self->kind, 0));
	EXPECT_EQ(0, end_holds(h, HELD, faults, page));
	for (i = 0; i < HELD; i++)
		close(c[i]);
	EXPECT_EQ(0, set_active(before, NULL));
	EXPECT_EQ(0, becomes("Contexts", 0));
	EXPECT_EQ(0, counter("HandshakeCurr"));
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
	time_t end = time(NULL) + PATIENCE;
	struct zoo z;
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
