// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets for the tests of the riptides ULP
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ulp.h"

#define ULP_CHUNK_MAX	1048576

/* Attach riptides to a socket. */
int ulp_attach(int fd)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_ULP, "riptides",
			  sizeof("riptides") - 1) ? -errno : 0;
}

/* What TCP_ULP says. */
int ulp_name(int fd, char *name, socklen_t *len)
{
	return getsockopt(fd, IPPROTO_TCP, TCP_ULP, name, len) ? -errno : 0;
}

int ulp_option(int fd, int option, const void *value, socklen_t len)
{
	return setsockopt(fd, SOL_RIPTIDES, option, value, len) ? -errno : 0;
}

int ulp_option_u32(int fd, int option, uint32_t value)
{
	return ulp_option(fd, option, &value, sizeof(value));
}

int ulp_info(int fd, struct riptides_info *info)
{
	socklen_t len = sizeof(*info);

	memset(info, 0xee, sizeof(*info));
	if (getsockopt(fd, SOL_RIPTIDES, RIPTIDES_INFO, info, &len))
		return -errno;
	return len == sizeof(*info) ? 0 : -EMSGSIZE;
}

/* Make a socket what @kind says, unless that is plain TCP. */
int ulp_setup(int fd, const struct ulp_kind *kind)
{
	int err;

	if (kind->path == ULP_TCP)
		return 0;
	err = ulp_attach(fd);
	if (err)
		return err;
	return ulp_option_u32(fd, RIPTIDES_DATAPATH, kind->path == ULP_KTLS ?
			      RIPTIDES_DATAPATH_KTLS : RIPTIDES_DATAPATH_SOFTWARE);
}

/* A socket of the right family, without the ULP. */
int ulp_raw_socket(const struct ulp_kind *kind)
{
	int fd = socket(kind->net == ULP_IPV4 ? AF_INET : AF_INET6,
			SOCK_STREAM | SOCK_CLOEXEC |
			(kind->nonblock ? SOCK_NONBLOCK : 0), 0);

	return fd < 0 ? -errno : fd;
}

int ulp_socket(const struct ulp_kind *kind)
{
	int fd = ulp_raw_socket(kind), err;

	if (fd < 0)
		return fd;
	err = ulp_setup(fd, kind);
	if (!err)
		return fd;
	close(fd);
	return err;
}

static void set_address(struct ulp_addr *addr, int net, uint16_t port)
{
	memset(addr, 0, sizeof(*addr));
	if (net == ULP_IPV4) {
		addr->len = sizeof(addr->in);
		addr->in.sin_family = AF_INET;
		addr->in.sin_port = htons(port);
		addr->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		return;
	}
	addr->len = sizeof(addr->in6);
	addr->in6.sin6_family = AF_INET6;
	addr->in6.sin6_port = htons(port);
	addr->in6.sin6_addr = in6addr_loopback;
	if (net == ULP_MAPPED)
		inet_pton(AF_INET6, "::ffff:127.0.0.1", &addr->in6.sin6_addr);
}

/*
 * Listeners get their ports one after the other, whichever program of a lab and
 * process of it they belong to: to the port of an earlier test a client would
 * come with the ticket that it got there.
 */
#define ULP_PORTS	"/run/ulp.ports"

static unsigned int *ports_taken, ports_before;
static pid_t ports_owner;

static void __attribute__((constructor)) begin_ports(void)
{
	FILE *f = fopen(ULP_PORTS, "r");

	ports_taken = mmap(NULL, sizeof(*ports_taken), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (ports_taken == MAP_FAILED)
		_exit(1);
	if (f) {
		if (fscanf(f, "%u", ports_taken) != 1)
			*ports_taken = 0;
		fclose(f);
	}
	ports_before = *ports_taken;
	ports_owner = getpid();
}

static void __attribute__((destructor)) end_ports(void)
{
	FILE *f;

	if (getpid() != ports_owner || *ports_taken == ports_before)
		return;
	f = fopen(ULP_PORTS, "w");
	if (!f)
		return;
	fprintf(f, "%u\n", *ports_taken);
	fclose(f);
}

/* Bind to a port of its own: one of those that carry TLS only, or any. */
int ulp_bind(int fd, const struct ulp_kind *kind, bool tls, struct ulp_addr *addr)
{
	unsigned int span = ULP_PORT_LAST - ULP_PORT_FIRST + 1, i, n;
	struct ulp_addr any;

	if (!tls || kind->clear) {
		set_address(&any, kind->net, 0);
		if (bind(fd, &any.sa, any.len))
			return -errno;
		goto name;
	}
	for (i = 0; i < span; i++) {
		n = __atomic_fetch_add(ports_taken, 1, __ATOMIC_RELAXED);
		set_address(&any, kind->net, ULP_PORT_FIRST + n % span);
		if (!bind(fd, &any.sa, any.len))
			goto name;
		if (errno != EADDRINUSE)
			return -errno;
	}
	return -EADDRINUSE;
name:
	*addr = any;
	return getsockname(fd, &addr->sa, &addr->len) ? -errno : 0;
}

static int open_listener(const struct ulp_kind *kind, bool raw, int backlog,
			 struct ulp_addr *addr)
{
	int fd = raw ? ulp_raw_socket(kind) : ulp_socket(kind), err;

	if (fd < 0)
		return fd;
	err = ulp_bind(fd, kind, !raw && kind->path != ULP_TCP, addr);
	if (!err && listen(fd, backlog))
		err = -errno;
	if (!err)
		return fd;
	close(fd);
	return err;
}

int ulp_raw_listen(const struct ulp_kind *kind, int backlog, struct ulp_addr *addr)
{
	return open_listener(kind, true, backlog, addr);
}

int ulp_listen(const struct ulp_kind *kind, int backlog, struct ulp_addr *addr)
{
	return open_listener(kind, false, backlog, addr);
}

/* Connect and be connected, whether the socket blocks or not. */
int ulp_connect(int fd, const struct ulp_addr *addr)
{
	socklen_t len = sizeof(int);
	int err = 0;

	if (!connect(fd, &addr->sa, addr->len))
		return 0;
	if (errno != EINPROGRESS)
		return -errno;
	err = ulp_wait(fd, POLLOUT, -1);
	if (err < 0)
		return err;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len))
		return -errno;
	return -err;
}

int ulp_accept(int fd)
{
	int flags = fcntl(fd, F_GETFL) & O_NONBLOCK ? SOCK_NONBLOCK : 0, child, err;

	for (;;) {
		child = accept4(fd, NULL, NULL, SOCK_CLOEXEC | flags);
		if (child >= 0)
			return child;
		if (errno != EAGAIN)
			return -errno;
		err = ulp_wait(fd, POLLIN, -1);
		if (err < 0)
			return err;
	}
}

static int open_pair(const struct ulp_kind *kind, bool raw, struct ulp_pair *pair)
{
	int err;

	pair->c = -1;
	pair->a = -1;
	pair->l = open_listener(kind, raw, 128, &pair->addr);
	if (pair->l < 0)
		return pair->l;
	pair->c = raw ? ulp_raw_socket(kind) : ulp_socket(kind);
	if (pair->c < 0)
		return pair->c;
	err = ulp_connect(pair->c, &pair->addr);
	if (err)
		return err;
	pair->a = ulp_accept(pair->l);
	return pair->a < 0 ? pair->a : 0;
}

/* A connection, its handshake complete on the client's side. */
int ulp_open(const struct ulp_kind *kind, struct ulp_pair *pair)
{
	return open_pair(kind, false, pair);
}

/* A connection without a ULP, on ports that may carry plain text. */
int ulp_open_raw(const struct ulp_kind *kind, struct ulp_pair *pair)
{
	return open_pair(kind, true, pair);
}

void ulp_close(struct ulp_pair *pair)
{
	int *fd[] = { &pair->l, &pair->c, &pair->a };
	unsigned int i;

	for (i = 0; i < 3; i++) {
		if (*fd[i] >= 0)
			close(*fd[i]);
		*fd[i] = -1;
	}
}

/* Wait for events; what came, or -ETIMEDOUT. */
int ulp_wait(int fd, short events, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = events };
	int n = poll(&p, 1, timeout_ms);

	if (n < 0)
		return -errno;
	return n ? p.revents : -ETIMEDOUT;
}

/* What poll() says now. */
int ulp_now(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP };

	return poll(&p, 1, 0) < 0 ? -errno : p.revents;
}

/* An epoll instance for one descriptor. */
int ulp_watch(int fd, uint32_t events)
{
	struct epoll_event ev = { .events = events };
	int ep = epoll_create1(EPOLL_CLOEXEC);

	if (ep >= 0 && epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev)) {
		close(ep);
		return -errno;
	}
	return ep;
}

/* What it tells, 0 for nothing within the time. */
int ulp_events(int ep, int timeout_ms)
{
	struct epoll_event ev = {};
	int n = epoll_wait(ep, &ev, 1, timeout_ms);

	return n < 0 ? -errno : n ? (int)ev.events : 0;
}

static void on_alarm(int sig)
{
}

/* A signal that comes again and again, so that no call can miss it. */
int ulp_start_alarms(bool restart)
{
	struct sigaction sa = {
		.sa_handler = on_alarm,
		.sa_flags = restart ? SA_RESTART : 0,
	};
	struct itimerval every = { { 0, 20000 }, { 0, 20000 } };

	if (sigaction(SIGALRM, &sa, NULL))
		return -errno;
	return setitimer(ITIMER_REAL, &every, NULL) ? -errno : 0;
}

void ulp_stop_alarms(void)
{
	struct itimerval never = {};

	setitimer(ITIMER_REAL, &never, NULL);
}

int ulp_blocking(int fd, bool blocking)
{
	int flags = fcntl(fd, F_GETFL);

	flags = blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
	return fcntl(fd, F_SETFL, flags) ? -errno : 0;
}

/* SO_RCVTIMEO or SO_SNDTIMEO */
int ulp_timeout(int fd, int option, unsigned int ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	return setsockopt(fd, SOL_SOCKET, option, &tv, sizeof(tv)) ? -errno : 0;
}

/* Send all of it, whether the socket blocks or not. */
ssize_t ulp_send(int fd, const void *buf, size_t len)
{
	size_t done = 0;
	ssize_t n;
	int err;

	while (done < len) {
		n = send(fd, buf + done, len - done, MSG_NOSIGNAL);
		if (n > 0) {
			done += n;
		} else if (!n) {
			return -EIO;
		} else if (errno == EAGAIN) {
			err = ulp_wait(fd, POLLOUT, -1);
			if (err < 0)
				return err;
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return done;
}

/* Receive until @len bytes are there, or the end of the file. */
ssize_t ulp_recv(int fd, void *buf, size_t len)
{
	size_t done = 0;
	ssize_t n;
	int err;

	while (done < len) {
		n = recv(fd, buf + done, len - done, 0);
		if (n > 0) {
			done += n;
		} else if (!n) {
			break;
		} else if (errno == EAGAIN) {
			err = ulp_wait(fd, POLLIN, -1);
			if (err < 0)
				return err;
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return done;
}

/* Hand a descriptor on through a socket of AF_UNIX. */
int ulp_pass(int through, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = {};
	struct iovec iov = { "x", 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	return sendmsg(through, &msg, 0) == 1 ? 0 : -errno;
}

/* And take it out of there. */
int ulp_take(int through)
{
	char control[CMSG_SPACE(sizeof(int))] = {};
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	int fd;

	if (recvmsg(through, &msg, 0) != 1 || !CMSG_FIRSTHDR(&msg))
		return -EPIPE;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

/*
 * Application data: blocks that start with a word that a capture can be
 * searched for, and go on with their own number, so that no byte can be lost,
 * doubled or moved unseen.
 */
static void make_block(const struct ulp_kind *kind, char *block, uint64_t number)
{
	snprintf(block, ULP_BLOCK + 1, "%s%016llx",
		 kind->path == ULP_TCP ? ULP_PUBLIC : ULP_SECRET,
		 (unsigned long long)number);
}

void ulp_fill(const struct ulp_kind *kind, void *buf, size_t len, uint64_t offset)
{
	char block[ULP_BLOCK + 1];
	size_t skip, n;

	while (len) {
		make_block(kind, block, offset / ULP_BLOCK);
		skip = offset % ULP_BLOCK;
		n = ULP_BLOCK - skip < len ? ULP_BLOCK - skip : len;
		memcpy(buf, block + skip, n);
		buf += n;
		offset += n;
		len -= n;
	}
}

/* -1, or where @buf isn't what ulp_fill() makes. */
ssize_t ulp_differs(const struct ulp_kind *kind, const void *buf, size_t len,
		    uint64_t offset)
{
	char block[ULP_BLOCK + 1];
	const char *p = buf;
	size_t i;

	for (i = 0; i < len; i++) {
		if (!i || (offset + i) % ULP_BLOCK == 0)
			make_block(kind, block, (offset + i) / ULP_BLOCK);
		if (p[i] != block[(offset + i) % ULP_BLOCK])
			return i;
	}
	return -1;
}

/* A child that writes @total bytes, @chunk at a time; join it by ulp_join(). */
pid_t ulp_writer(const struct ulp_kind *kind, int fd, uint64_t total, size_t chunk)
{
	static char buf[ULP_CHUNK_MAX];
	uint64_t done = 0;
	pid_t child;
	ssize_t err;
	size_t n;

	fflush(stdout);
	fflush(stderr);
	child = fork();
	if (child)
		return child < 0 ? -errno : child;
	if (chunk > sizeof(buf))
		_exit(EINVAL);
	while (done < total) {
		n = total - done < chunk ? total - done : chunk;
		ulp_fill(kind, buf, n, done);
		err = ulp_send(fd, buf, n);
		if (err < 0)
			_exit(-err);
		done += n;
	}
	_exit(0);
}

/* Read @total bytes that ulp_writer() sent and compare them. */
int ulp_read_all(const struct ulp_kind *kind, int fd, uint64_t total, size_t chunk)
{
	static char buf[ULP_CHUNK_MAX];
	uint64_t done = 0;
	ssize_t n;

	while (done < total) {
		n = ulp_recv(fd, buf, total - done < chunk ? total - done : chunk);
		if (n < 0)
			return n;
		if (!n)
			return -EPIPE;
		if (ulp_differs(kind, buf, n, done) >= 0)
			return -EILSEQ;
		done += n;
	}
	return 0;
}

/* The errno that a child ended with, negative; -ECHILD if it crashed. */
int ulp_join(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECHILD;
}

/* Wait until a thread of ours sleeps in a system call. */
int ulp_asleep(pid_t tid, long call)
{
	char path[64], text[256];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", tid);
	for (;;) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return -errno;
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
		if (n < 0)
			return -errno;
		text[n] = 0;
		/* "running" if it does */
		if (*text >= '0' && *text <= '9' && strtol(text, NULL, 10) == call)
			return 0;
		poll(NULL, 0, 1);
	}
}

/* A counter of this network namespace, -1 if there is none of that name. */
long ulp_counter(const char *name)
{
	char line[128], key[64];
	long value, found = -1;
	FILE *f = fopen("/proc/net/riptides_stat", "r");

	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%63s %ld", key, &value) == 2 && !strcmp(key, name))
			found = value;
	fclose(f);
	return found;
}

/* How often: what the environment says, or the sample's number. */
unsigned long ulp_count(const char *name, unsigned long sample)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 0) : sample;
}

/* A machine on which nothing may be expected to be quick. */
bool ulp_slow(void)
{
	return getenv("ULP_SLOW");
}
