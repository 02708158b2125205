// SPDX-License-Identifier: GPL-2.0-only
/*
 * Benchmark of connections: a small HTTP server and who asks it, in the lab;
 * bench_guest.py starts both.
 *
 *   bench_net serve PORT THREADS HOW DIR
 *   bench_net hold PORT 0 HOW DIR
 *   bench_net load PORT CONNECTIONS REQUESTS HOW DIR
 *   bench_net conn PORT THREADS CONNECTIONS HOW DIR
 *   bench_net bulk PORT CONNECTIONS OCTETS HOW DIR
 *   bench_net idle PORT CONNECTIONS HOW DIR
 *   bench_net burst PORT CONNECTIONS HOW DIR
 *
 * HOW is what the program itself does about security: tcp (nothing: what the
 * kernel or a proxy does, it does not know), ssl (libssl), ktls (the handshake
 * by libssl, then kernel TLS), agent (the same by an agent of net/handshake,
 * see bench_agent_kernel.c). DIR has ca.pem and {client,server}.{pem,key}.
 *
 * Prints a line of names and values. CPU is that of all CPUs of the machine,
 * as /proc/stat has it.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "bench_ulp.h"

#define BODY		1024
#define CHUNK		65536
#define STACK		(256 * 1024)

static enum { HOW_TCP, HOW_SSL, HOW_KTLS, HOW_AGENT } how;
static int agent;
static struct sockaddr_in address;
static uint8_t filler[CHUNK];
static atomic_long left;
static int listener;
static unsigned int chunks;	/* of bulk, for each connection */
static pthread_barrier_t ready;	/* all are connected */

/* A connection of either side */
struct end {
	int fd;
	SSL *ssl;
};

/* What a thread of the client counts */
struct worker {
	pthread_t thread;
	uint32_t *us10;		/* tenths of microseconds of each request */
	unsigned int n;
};

/* fail() - say why it does not work, and end */
void fail(const char *fmt, ...)
{
	va_list ap;

	fputs("bench_net: ", stderr);
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

/* CPU seconds since boot that were not idle */
static double busy(void)
{
	unsigned long long v[8] = {};
	FILE *file = fopen("/proc/stat", "r");

	if (!file || fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu",
			    &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6],
			    &v[7]) != 8)
		fail("/proc/stat: unknown form");
	fclose(file);
	return (double)(v[0] + v[1] + v[2] + v[5] + v[6]) /
		sysconf(_SC_CLK_TCK);
}

/* What the kernel and all programs have, once what waits for RCU is gone */
static double used(void)
{
	static const char * const names[] = {
		"Slab:", "VmallocUsed:", "Percpu:", "AnonPages:",
	};
	unsigned long value, sum = 0;
	char line[128];
	unsigned int i;
	FILE *file;

	/* kfree_rcu() collects for up to five seconds */
	sleep(6);
	file = fopen("/proc/meminfo", "r");
	if (!file)
		fail("/proc/meminfo: %m");
	while (fgets(line, sizeof(line), file)) {
		for (i = 0; i < 4; i++) {
			if (strncmp(line, names[i], strlen(names[i])))
				continue;
			value = strtoul(line + strlen(names[i]), NULL, 10);
			sum += value;
		}
	}
	fclose(file);
	return sum * 1024.0;
}

static ssize_t end_read(struct end *e, void *p, size_t len)
{
	return e->ssl ? SSL_read(e->ssl, p, len) : recv(e->fd, p, len, 0);
}

static bool end_write(struct end *e, const void *p, size_t len)
{
	ssize_t n;

	while (len) {
		n = e->ssl ? SSL_write(e->ssl, p, len) :
		    send(e->fd, p, len, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		p += n;
		len -= n;
	}
	return true;
}

static void end_close(struct end *e)
{
	if (e->ssl) {
		SSL_shutdown(e->ssl);
		SSL_free(e->ssl);
	}
	close(e->fd);
}

/* Have the agent secure a connection, and see that it has. */
static void agent_end(int fd, bool server)
{
	struct {
		int fd;
		unsigned int server;
		char peername[56];
	} request = { fd, server, "server" };
	struct tls_crypto_info info;
	socklen_t len = sizeof(info);

	while (write(agent, &request, sizeof(request)) < 0) {
		if (errno != ESRCH)
			fail("agent: %m");
		/* nobody listens yet */
		usleep(1000);
	}
	if (getsockopt(fd, SOL_TLS, TLS_TX, &info, &len) ||
	    info.version != TLS_1_3_VERSION)
		fail("agent: no kernel TLS 1.3");
}

static void end_secure(struct end *e, bool server)
{
	int one = 1;

	e->ssl = NULL;
	setsockopt(e->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (how == HOW_AGENT)
		agent_end(e->fd, server);
	else if (how != HOW_TCP)
		e->ssl = openssl_end(e->fd, server, how == HOW_KTLS);
}

static void end_connect(struct end *e)
{
	struct linger reset = { .l_onoff = 0 };

	e->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (e->fd < 0)
		fail("socket: %m");
	setsockopt(e->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	if (connect(e->fd, (void *)&address, sizeof(address)))
		fail("connect to port %u: %m", ntohs(address.sin_port));
	end_secure(e, false);
}

/* One request: the first digit of its path is how many chunks it wants. */
static bool serve_one(struct end *e)
{
	static const char header[] =
		"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
		"Content-Length: 1024\r\n\r\n";
	char request[512], answer[sizeof(header) - 1 + BODY];
	size_t have = 0;
	unsigned int n;
	ssize_t got;

	do {
		got = end_read(e, request + have, sizeof(request) - 1 - have);
		if (got <= 0)
			return false;
		have += got;
		request[have] = 0;
	} while (!strstr(request, "\r\n\r\n"));
	n = strtoul(request + strlen("GET /"), NULL, 10);
	if (!n) {
		memcpy(answer, header, sizeof(header) - 1);
		memset(answer + sizeof(header) - 1, 'x', BODY);
		return end_write(e, answer, sizeof(answer));
	}
	while (n--)
		if (!end_write(e, filler, CHUNK))
			return false;
	return true;
}

static void *serve(void *unused)
{
	struct end e;

	for (;;) {
		e.fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (e.fd < 0)
			continue;
		end_secure(&e, true);
		while (serve_one(&e))
			;
		end_close(&e);
	}
	return unused;
}

static void ask(struct end *e, unsigned int n)
{
	static uint8_t sink[CHUNK];
	char request[128];
	uint8_t answer[2048], *into = n ? sink : answer;
	size_t want = n ? (size_t)n * CHUNK : 0, have = 0;
	char *body;
	ssize_t got;
	int len;

	len = snprintf(request, sizeof(request),
		       "GET /%u HTTP/1.1\r\nHost: bench.example.org\r\n"
		       "User-Agent: bench\r\n\r\n", n);
	if (!end_write(e, request, len))
		fail("request: %m");
	do {
		got = n ? end_read(e, into, CHUNK) :
		      end_read(e, into + have, sizeof(answer) - 1 - have);
		if (got <= 0)
			fail("answer: %s", got ? strerror(errno) : "closed");
		have += got;
		if (!want) {
			answer[have] = 0;
			body = strstr((char *)answer, "\r\n\r\n");
			if (body)
				want = body + 4 - (char *)answer + BODY;
		}
	} while (!want || have < want);
}

/* Once all are ready the clock is read, then all begin. */
static void together(void)
{
	pthread_barrier_wait(&ready);
	pthread_barrier_wait(&ready);
}

static void *load(void *arg)
{
	struct worker *w = arg;
	struct end e;
	uint64_t t;

	end_connect(&e);
	ask(&e, 0);
	together();
	while (atomic_fetch_sub(&left, 1) > 0) {
		t = now();
		ask(&e, 0);
		w->us10[w->n++] = (now() - t) / 100;
	}
	end_close(&e);
	return NULL;
}

static void *conn(void *arg)
{
	struct worker *w = arg;
	struct end e;
	uint64_t t;

	together();
	while (atomic_fetch_sub(&left, 1) > 0) {
		t = now();
		end_connect(&e);
		ask(&e, 0);
		end_close(&e);
		w->us10[w->n++] = (now() - t) / 100;
	}
	return NULL;
}

static void *bulk(void *arg)
{
	struct worker *w = arg;
	struct end e;

	end_connect(&e);
	ask(&e, 1);
	together();
	ask(&e, chunks);
	end_close(&e);
	w->n++;
	return NULL;
}

static int ascending(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static pthread_t start(void *(*run)(void *), void *arg)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	if (pthread_create(&thread, &attr, run, arg))
		fail("thread: %m");
	return thread;
}

/* All threads at once; then what each thing took */
static void client(void *(*run)(void *), unsigned int threads,
		   unsigned int things, double units)
{
	struct worker *workers = calloc(threads, sizeof(*workers));
	uint32_t *all = calloc(things + threads, sizeof(*all));
	unsigned int i, n = 0;
	uint64_t begin;
	double cpu;

	atomic_store(&left, things);
	pthread_barrier_init(&ready, NULL, threads + 1);
	for (i = 0; i < threads; i++) {
		workers[i].us10 = calloc(things + 1, sizeof(*all));
		workers[i].thread = start(run, &workers[i]);
	}
	pthread_barrier_wait(&ready);
	cpu = busy();
	begin = now();
	pthread_barrier_wait(&ready);
	for (i = 0; i < threads; i++) {
		pthread_join(workers[i].thread, NULL);
		memcpy(all + n, workers[i].us10,
		       workers[i].n * sizeof(*all));
		n += workers[i].n;
		free(workers[i].us10);
	}
	begin = now() - begin;
	cpu = busy() - cpu;
	qsort(all, n, sizeof(*all), ascending);
	printf("ns %.6g cpu %.6g p50 %.6g p99 %.6g\n", begin / units,
	       cpu * 1e9 / units, all[n / 2] * 100.0,
	       all[(size_t)n * 99 / 100] * 100.0);
	free(workers);
	free(all);
}

/* Connections that have been used once, and are kept */
static void idle(unsigned int n)
{
	struct end *ends = calloc(n, sizeof(*ends));
	double before = used();
	unsigned int i;

	for (i = 0; i < n; i++) {
		end_connect(&ends[i]);
		if (!end_write(&ends[i], "G", 1))
			fail("octet: %m");
	}
	printf("octets %.6g\n", (used() - before) / n);
	fflush(stdout);
	_exit(0);
}

/* As many handshakes at once as there are connections */
static void burst(unsigned int n)
{
	struct pollfd *fds = calloc(n, sizeof(*fds));
	uint64_t begin = now();
	unsigned int i, done = 0;
	socklen_t len;
	int err;

	for (i = 0; i < n; i++) {
		fds[i].fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		fds[i].events = POLLOUT;
		if (fds[i].fd < 0 ||
		    (connect(fds[i].fd, (void *)&address, sizeof(address)) &&
		     errno != EINPROGRESS))
			fail("connect: %m");
	}
	while (done < n) {
		if (poll(fds, n, 60000) <= 0)
			fail("%u of %u are not connected", n - done, n);
		for (i = 0; i < n; i++) {
			if (!fds[i].revents)
				continue;
			len = sizeof(err);
			getsockopt(fds[i].fd, SOL_SOCKET, SO_ERROR, &err, &len);
			if (err)
				fail("connection: %s", strerror(err));
			fds[i].fd = -1 - fds[i].fd;
			done++;
		}
	}
	printf("ns %.6g\n", (double)(now() - begin) / n);
	fflush(stdout);
	_exit(0);
}

/* Take an octet of each connection, and keep it. */
static void hold(void)
{
	struct end e;
	char octet;

	for (;;) {
		e.fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (e.fd < 0)
			fail("accept: %m");
		end_secure(&e, true);
		if (end_read(&e, &octet, 1) != 1)
			end_close(&e);
	}
}

static void server(unsigned int threads)
{
	int one = 1;

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (listener < 0 || bind(listener, (void *)&address, sizeof(address)) ||
	    listen(listener, 4096))
		fail("listen on %u: %m", ntohs(address.sin_port));
	puts("ready");
	fflush(stdout);
	if (!threads)
		hold();
	while (threads--)
		start(serve, NULL);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	struct rlimit files = { 40000, 40000 };
	unsigned int a, b;
	const char *word;

	signal(SIGPIPE, SIG_IGN);
	setrlimit(RLIMIT_NOFILE, &files);
	if (argc < 6)
		fail("usage: bench_net ROLE PORT ... HOW DIR");
	word = argv[argc - 2];
	how = !strcmp(word, "ssl") ? HOW_SSL :
	      !strcmp(word, "ktls") ? HOW_KTLS :
	      !strcmp(word, "agent") ? HOW_AGENT : HOW_TCP;
	if (how == HOW_AGENT) {
		agent = open("/proc/bench_agent", O_WRONLY | O_CLOEXEC);
		if (agent < 0)
			fail("/proc/bench_agent: %m");
	} else if (how != HOW_TCP) {
		openssl_setup(argv[argc - 1]);
	}
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons(strtoul(argv[2], NULL, 10));
	a = strtoul(argv[3], NULL, 10);
	b = argc > 6 ? strtoul(argv[4], NULL, 10) : 0;
	word = argv[1];
	if (!strcmp(word, "serve") || !strcmp(word, "hold")) {
		server(a);
	} else if (!strcmp(word, "load")) {
		client(load, a, b, b);
	} else if (!strcmp(word, "conn")) {
		client(conn, a, b, b);
	} else if (!strcmp(word, "idle")) {
		idle(a);
	} else if (!strcmp(word, "burst")) {
		burst(a);
	} else if (!strcmp(word, "bulk")) {
		chunks = b / a / CHUNK;
		client(bulk, a, a, (double)chunks * CHUNK * a);
	} else {
		fail("no role %s", word);
	}
	return 0;
}
