// SPDX-License-Identifier: GPL-2.0-only
/*
 * Benchmark of the ULP, the part that runs in the lab; bench_ulp.py starts it.
 *
 *   bench_ulp DIR ROUNDS TEST...
 *
 * DIR has ca.pem and {client,server}.{pem,key}; the namespace has identities
 * "client" and "server" of the same certificates. Each test runs all it
 * compares in each round, one after the other, and prints "TEST KIND VALUE".
 * Values are nanoseconds per unit (octet, round trip, connection) or octets
 * per socket. A round before the first one is for caches and is not printed.
 *
 * One thread drives both ends of a connection wherever that is possible:
 * then nothing depends on the scheduler, and instructions can be compared.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/riptides.h>

#include "bench_ulp.h"

#ifndef TCP_ULP
#define TCP_ULP		31
#endif

#define CHUNK		65536
#define REQUEST		1024
#define BUFFER		(256 * 1024)
#define SUITE		0x1301	/* TLS_AES_128_GCM_SHA256 */
#define GROUP		0x001d	/* X25519 */
#define GROUP_HYBRID	0x11ec	/* X25519MLKEM768, which is offered first */

static const char * const kind_names[KINDS] = {
	[KIND_TCP] = "tcp",
	[KIND_KTLS] = "ktls",
	[KIND_OPENSSL] = "openssl",
	[KIND_RIPTIDES] = "riptides",
	[KIND_SOFTWARE] = "software",
};

static struct sockaddr_in addresses[KINDS];
static int listeners[KINDS];
static unsigned int rounds;
static uint8_t buffer[CHUNK];

/* fail() - say why it does not work, and end */
void fail(const char *fmt, ...)
{
	va_list ap;

	fputs("bench_ulp: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void set(int fd, int level, int name, const void *value, size_t len)
{
	if (setsockopt(fd, level, name, value, len))
		fail("setsockopt(%d, %d): %m", level, name);
}

static void set_int(int fd, int level, int name, int value)
{
	set(fd, level, name, &value, sizeof(value));
}

/* A socket before connect() or listen(), the same for all kinds but the ULP. */
static int new_socket(enum kind kind, const char *identity)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		fail("socket: %m");
	set_int(fd, SOL_SOCKET, SO_SNDBUF, BUFFER);
	set_int(fd, SOL_SOCKET, SO_RCVBUF, BUFFER);
	/* delayed acknowledgments are not what is compared */
	set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	if (kind < KIND_RIPTIDES)
		return fd;
	set(fd, IPPROTO_TCP, TCP_ULP, "riptides", 8);
	set(fd, SOL_RIPTIDES, RIPTIDES_IDENTITY, identity, strlen(identity));
	/* the memory of many handshakes in progress takes time to look at */
	set_int(fd, SOL_RIPTIDES, RIPTIDES_DEADLINE, 120000);
	set_int(fd, SOL_RIPTIDES, RIPTIDES_DATAPATH, kind == KIND_SOFTWARE ?
		RIPTIDES_DATAPATH_SOFTWARE : RIPTIDES_DATAPATH_KTLS);
	return fd;
}

static void open_listener(enum kind kind)
{
	struct sockaddr_in *address = &addresses[kind];
	socklen_t len = sizeof(*address);
	int fd;

	if (address->sin_port)
		return;
	fd = new_socket(kind, "server");
	address->sin_family = AF_INET;
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (void *)address, len) || listen(fd, 4096) ||
	    getsockname(fd, (void *)address, &len))
		fail("listen: %m");
	listeners[kind] = fd;
}

static void put(int fd, size_t len)
{
	ssize_t n;

	while (len) {
		n = send(fd, buffer, len, MSG_NOSIGNAL);
		if (n <= 0)
			fail("send: %m");
		len -= n;
	}
}

static void put_file(int fd, int file, size_t len)
{
	off_t offset = 0;
	ssize_t n;

	while (len) {
		n = sendfile(fd, file, &offset, len);
		if (n <= 0)
			fail("sendfile: %m");
		len -= n;
	}
}

static void get(int fd, size_t len)
{
	static uint8_t sink[CHUNK];
	ssize_t n;

	while (len) {
		n = recv(fd, sink, len, 0);
		if (n <= 0)
			fail("recv: %s", n ? strerror(errno) : "closed");
		len -= n;
	}
}

static void pair_connect(enum kind kind, struct pair *p)
{
	p->client = new_socket(kind, "client");
	if (connect(p->client, (void *)&addresses[kind], sizeof(addresses[0])))
		fail("%s: connect: %m", kind_names[kind]);
	p->server = accept4(listeners[kind], NULL, NULL, SOCK_CLOEXEC);
	if (p->server < 0)
		fail("%s: accept: %m", kind_names[kind]);
}

/* A connection over which data can flow; an octet has, where there are keys. */
static void pair_open(enum kind kind, struct pair *p)
{
	static const uint8_t keys[2][2][16] = {
		{ "the client's key", "client's IV" },
		{ "the server's key", "server's IV" },
	};

	pair_connect(kind, p);
	if (kind == KIND_KTLS) {
		key_ktls(p->client, keys[0], keys[1]);
		key_ktls(p->server, keys[1], keys[0]);
	}
	if (kind == KIND_OPENSSL)
		openssl_handshake(p);
	if (kind == KIND_TCP)
		return;
	put(p->client, 1);
	get(p->server, 1);
}

static void pair_close(const struct pair *p)
{
	close(p->client);
	close(p->server);
}

/* That what is measured is what is named. */
static void pair_check(enum kind kind, const struct pair *p)
{
	const int fd[2] = { p->client, p->server };
	struct riptides_info info;
	socklen_t len;
	int i;

	if (kind < KIND_RIPTIDES)
		return;
	for (i = 0; i < 2; i++) {
		len = sizeof(info);
		if (getsockopt(fd[i], SOL_RIPTIDES, RIPTIDES_INFO, &info, &len))
			fail("RIPTIDES_INFO: %m");
		if (info.tx_datapath != (kind == KIND_SOFTWARE ?
					 RIPTIDES_DATAPATH_SOFTWARE :
					 RIPTIDES_DATAPATH_KTLS) ||
		    info.rx_datapath != info.tx_datapath ||
		    info.suite != SUITE ||
		    (info.group != GROUP && info.group != GROUP_HYBRID) ||
		    !(info.flags & RIPTIDES_F_PEER_CERT))
			fail("%s: data path %u, suite %#x, group %#x, flags %#x",
			     kind_names[kind], info.tx_datapath, info.suite,
			     info.group, info.flags);
	}
}

static void report(const char *test, enum kind kind, unsigned int round,
		   double value)
{
	if (round)
		printf("%s %s %.6g\n", test, kind_names[kind], value);
	fflush(stdout);
}

/* The order changes from round to round, lest the first one always pay. */
static enum kind in_turn(const enum kind *kinds, unsigned int n,
			 unsigned int round, unsigned int i)
{
	return kinds[round % 2 ? i : n - 1 - i];
}

static double bulk_once(enum kind kind, unsigned int conns, int file,
			size_t bytes)
{
	size_t done, each = (size_t)conns * CHUNK;
	struct pair pairs[8];
	uint64_t begin = 0;
	unsigned int i;

	for (i = 0; i < conns; i++) {
		pair_open(kind, &pairs[i]);
		pair_check(kind, &pairs[i]);
	}
	/* the first turn is not counted: it grows windows and buffers */
	for (done = 0; done <= bytes; done += each) {
		if (done == each)
			begin = now();
		for (i = 0; i < conns; i++) {
			if (file < 0)
				put(pairs[i].client, CHUNK);
			else
				put_file(pairs[i].client, file, CHUNK);
		}
		for (i = 0; i < conns; i++)
			get(pairs[i].server, CHUNK);
	}
	begin = now() - begin;
	for (i = 0; i < conns; i++)
		pair_close(&pairs[i]);
	return (double)begin / (done - each);
}

static void bulk(size_t bytes)
{
	static const enum kind kinds[] = {
		KIND_KTLS, KIND_RIPTIDES, KIND_SOFTWARE,
	};
	int file = memfd_create("bench", MFD_CLOEXEC);
	unsigned int round, conns, i;
	enum kind kind;
	char name[32];
	double cost;
	int from;

	if (file < 0 || write(file, buffer, CHUNK) != CHUNK)
		fail("memfd: %m");
	for (round = 0; round <= rounds; round++) {
		for (conns = 1; conns <= 8; conns *= 8) {
			for (from = 0; from < 2; from++) {
				snprintf(name, sizeof(name), "%s-%u",
					 from ? "sendfile" : "send", conns);
				for (i = 0; i < 3; i++) {
					kind = in_turn(kinds, 3, round, i);
					cost = bulk_once(kind, conns,
							 from ? file : -1,
							 bytes);
					report(name, kind, round, cost);
				}
			}
		}
	}
	close(file);
}

static double latency_once(enum kind kind, unsigned int n)
{
	struct pair p;
	uint64_t begin;
	unsigned int i;
	int status;
	pid_t pid;

	pair_open(kind, &p);
	pair_check(kind, &p);
	pid = fork();
	if (pid < 0)
		fail("fork: %m");
	if (!pid) {
		close(p.client);
		for (i = 0; i < n + 10; i++) {
			get(p.server, REQUEST);
			put(p.server, REQUEST);
		}
		_exit(0);
	}
	close(p.server);
	for (i = 0; i < 10; i++) {
		put(p.client, REQUEST);
		get(p.client, REQUEST);
	}
	begin = now();
	for (i = 0; i < n; i++) {
		put(p.client, REQUEST);
		get(p.client, REQUEST);
	}
	begin = now() - begin;
	close(p.client);
	if (waitpid(pid, &status, 0) != pid || status)
		fail("the other end failed");
	return (double)begin / n;
}

static void latency(size_t n)
{
	static const enum kind kinds[] = {
		KIND_KTLS, KIND_RIPTIDES, KIND_SOFTWARE,
	};
	unsigned int round, i;
	enum kind kind;

	for (round = 0; round <= rounds; round++) {
		for (i = 0; i < 3; i++) {
			kind = in_turn(kinds, 3, round, i);
			report("latency", kind, round, latency_once(kind, n));
		}
	}
}

static double connect_once(enum kind kind, unsigned int n)
{
	struct pair p;
	uint64_t begin;
	unsigned int i;

	begin = now();
	for (i = 0; i < n; i++) {
		pair_open(kind, &p);
		pair_close(&p);
	}
	return (double)(now() - begin) / n;
}

static void handshake(size_t n)
{
	static const enum kind kinds[] = { KIND_OPENSSL, KIND_RIPTIDES };
	unsigned int round, i;
	enum kind kind;

	for (round = 0; round <= rounds; round++) {
		for (i = 0; i < 2; i++) {
			kind = in_turn(kinds, 2, round, i);
			report("handshake", kind, round, connect_once(kind, n));
		}
	}
}

static void accept_close(size_t n)
{
	unsigned int round;

	for (round = 0; round <= rounds; round++)
		report("accept", KIND_TCP, round, connect_once(KIND_TCP, n));
}

/* What the kernel has allocated, once what waits for RCU is gone. */
static double memory_used(void)
{
	const char * const names[] = { "Slab:", "VmallocUsed:", "Percpu:" };
	unsigned long value, sum = 0;
	unsigned int i, seen = 0;
	char line[128];
	FILE *file;

	/* kfree_rcu() collects for up to five seconds */
	sleep(6);
	file = fopen("/proc/meminfo", "r");
	if (!file)
		fail("/proc/meminfo: %m");
	while (fgets(line, sizeof(line), file)) {
		for (i = 0; i < 3; i++) {
			if (strncmp(line, names[i], strlen(names[i])))
				continue;
			value = strtoul(line + strlen(names[i]), NULL, 10);
			sum += value;
			seen++;
		}
	}
	fclose(file);
	if (seen < 2)
		fail("/proc/meminfo: unknown form");
	return sum * 1024.0;
}

static double memory_idle(enum kind kind, struct pair *pairs, unsigned int n)
{
	double before = memory_used(), after;
	unsigned int i;

	for (i = 0; i < n; i++)
		pair_open(kind, &pairs[i]);
	after = memory_used();
	for (i = 0; i < n; i++)
		pair_close(&pairs[i]);
	return (after - before) / (2 * n);
}

/* Servers that have answered a ClientHello, and wait. */
static double memory_servers(enum kind kind, struct pair *pairs,
			     unsigned int n)
{
	double before = memory_used(), after;
	uint8_t hello[2048], answer[8192];
	size_t len = openssl_hello(hello, sizeof(hello));
	unsigned int i;

	for (i = 0; i < n; i++) {
		pairs[i].client = new_socket(KIND_TCP, NULL);
		if (connect(pairs[i].client, (void *)&addresses[kind],
			    sizeof(addresses[0])) ||
		    send(pairs[i].client, hello, len, 0) != (ssize_t)len)
			fail("ClientHello: %m");
	}
	for (i = 0; kind == KIND_RIPTIDES && i < n; i++)
		if (recv(pairs[i].client, answer, sizeof(answer), 0) < 500)
			fail("no flight of the server");
	after = memory_used();
	for (i = 0; i < n; i++) {
		pairs[i].server = accept(listeners[kind], NULL, NULL);
		if (pairs[i].server < 0)
			fail("accept: %m");
		pair_close(&pairs[i]);
	}
	return (after - before) / n;
}

/* Clients that have sent a ClientHello, and wait. */
static double memory_clients(enum kind kind, struct pair *pairs,
			     unsigned int n)
{
	double before = memory_used(), after;
	uint8_t hello[2048];
	unsigned int i;

	for (i = 0; i < n; i++) {
		pairs[i].client = new_socket(kind, "client");
		fcntl(pairs[i].client, F_SETFL, O_NONBLOCK);
		if (connect(pairs[i].client, (void *)&addresses[KIND_TCP],
			    sizeof(addresses[0])) && errno != EINPROGRESS)
			fail("connect: %m");
		pairs[i].server = accept(listeners[KIND_TCP], NULL, NULL);
		if (pairs[i].server < 0)
			fail("accept: %m");
	}
	for (i = 0; kind == KIND_RIPTIDES && i < n; i++)
		if (recv(pairs[i].server, hello, sizeof(hello), 0) < 100)
			fail("no ClientHello");
	after = memory_used();
	for (i = 0; i < n; i++)
		pair_close(&pairs[i]);
	return (after - before) / n;
}

static void memory(size_t n)
{
	static const enum kind idle[] = { KIND_KTLS, KIND_RIPTIDES };
	static const enum kind going[] = { KIND_TCP, KIND_RIPTIDES };
	struct pair *pairs = calloc(n, sizeof(*pairs));
	unsigned int round, i;
	enum kind kind;

	for (round = 0; pairs && round <= rounds; round++) {
		for (i = 0; i < 2; i++) {
			kind = in_turn(idle, 2, round, i);
			report("idle", kind, round,
			       memory_idle(kind, pairs, n));
		}
		for (i = 0; i < 2; i++) {
			kind = in_turn(going, 2, round, i);
			report("in-server", kind, round,
			       memory_servers(kind, pairs, n));
			report("in-client", kind, round,
			       memory_clients(kind, pairs, n));
		}
	}
	free(pairs);
}

static const struct {
	const char *name;
	void (*run)(size_t n);
	unsigned int kinds;
} tests[] = {
	{ "bulk", bulk, 1 << KIND_KTLS | 1 << KIND_RIPTIDES |
			1 << KIND_SOFTWARE },
	{ "latency", latency, 1 << KIND_KTLS | 1 << KIND_RIPTIDES |
			      1 << KIND_SOFTWARE },
	{ "handshake", handshake, 1 << KIND_OPENSSL | 1 << KIND_RIPTIDES },
	{ "accept", accept_close, 1 << KIND_TCP },
	{ "memory", memory, 1 << KIND_TCP | 1 << KIND_KTLS |
			    1 << KIND_OPENSSL | 1 << KIND_RIPTIDES },
};

/* TEST=COUNT */
static void run(const char *word, const char *dir)
{
	const char *count = strchr(word, '=');
	unsigned int i, kind;

	for (i = 0; count && i < ARRAY_SIZE(tests); i++) {
		if (strncmp(word, tests[i].name, count - word) ||
		    tests[i].name[count - word])
			continue;
		for (kind = 0; kind < KINDS; kind++)
			if (tests[i].kinds & 1 << kind)
				open_listener(kind);
		if (tests[i].kinds & 1 << KIND_OPENSSL)
			openssl_setup(dir);
		tests[i].run(strtoul(count + 1, NULL, 10));
		return;
	}
	fail("no test %s", word);
}

int main(int argc, char **argv)
{
	int i;

	if (argc < 4)
		fail("usage: bench_ulp DIR ROUNDS TEST=COUNT...");
	rounds = strtoul(argv[2], NULL, 10);
	for (i = 0; i < CHUNK; i++)
		buffer[i] = i * 31;
	for (i = 3; i < argc; i++)
		run(argv[i], argv[1]);
	return 0;
}
