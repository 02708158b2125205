/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sockets for the tests of the riptides ULP
 *
 * Every test of plain socket semantics also runs on plain TCP, which says what
 * is right; a test that passes there and fails on riptides found a defect.
 */
#ifndef _RIPTIDES_ULP_H
#define _RIPTIDES_ULP_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <linux/riptides.h>

#ifndef TCP_ULP
#define TCP_ULP			31
#endif
#ifndef SOL_TLS
#define SOL_TLS			282
#endif
#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP		262
#endif

/*
 * Seconds for each test. They only end what hangs: the harness's own 30 are too
 * few on a machine that has other work to do.
 */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT	600

/*
 * Listeners of TLS sockets bind to ports of this range, and nobody else:
 * ulp_wire demands that everything on them is made of TLS records.
 */
#define ULP_PORT_FIRST		20000
#define ULP_PORT_LAST		29999

/* What application data consists of; ulp_wire looks for both. */
#define ULP_BLOCK		32
#define ULP_SECRET		"riptides-secret-"
#define ULP_PUBLIC		"riptides-public-"

enum ulp_path {
	ULP_TCP,		/* no ULP at all */
	ULP_KTLS,
	ULP_SOFTWARE,
};

enum ulp_net {
	ULP_IPV4,
	ULP_IPV6,
	ULP_MAPPED,		/* IPv4 on IPv6 sockets */
};

/**
 * struct ulp_kind - which sockets a test is about
 * @path: enum ulp_path
 * @net: enum ulp_net
 * @nonblock: with O_NONBLOCK
 * @clear: on ports that may carry something else than TLS
 */
struct ulp_kind {
	int path;
	int net;
	bool nonblock;
	bool clear;
};

/**
 * struct ulp_addr - an address of either family
 * @len: length of @sa
 * @sa: the address
 */
struct ulp_addr {
	socklen_t len;
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	};
};

/**
 * struct ulp_pair - two ends of a connection
 * @l: the listener
 * @c: the end that connected
 * @a: the end that was accepted
 * @addr: of the listener
 */
struct ulp_pair {
	int l;
	int c;
	int a;
	struct ulp_addr addr;
};

/* All return 0 (or a descriptor, a length) or a negative errno. */
int ulp_attach(int fd);
int ulp_name(int fd, char *name, socklen_t *len);
int ulp_option(int fd, int option, const void *value, socklen_t len);
int ulp_option_u32(int fd, int option, uint32_t value);
int ulp_info(int fd, struct riptides_info *info);
int ulp_setup(int fd, const struct ulp_kind *kind);

int ulp_raw_socket(const struct ulp_kind *kind);
int ulp_socket(const struct ulp_kind *kind);
int ulp_bind(int fd, const struct ulp_kind *kind, bool tls, struct ulp_addr *addr);
int ulp_raw_listen(const struct ulp_kind *kind, int backlog, struct ulp_addr *addr);
int ulp_listen(const struct ulp_kind *kind, int backlog, struct ulp_addr *addr);
int ulp_connect(int fd, const struct ulp_addr *addr);
int ulp_accept(int fd);
int ulp_open(const struct ulp_kind *kind, struct ulp_pair *pair);
int ulp_open_raw(const struct ulp_kind *kind, struct ulp_pair *pair);
void ulp_close(struct ulp_pair *pair);

int ulp_wait(int fd, short events, int timeout_ms);
int ulp_now(int fd);
int ulp_watch(int fd, uint32_t events);
int ulp_events(int ep, int timeout_ms);
int ulp_start_alarms(bool restart);
void ulp_stop_alarms(void);
int ulp_blocking(int fd, bool blocking);
int ulp_timeout(int fd, int option, unsigned int ms);
ssize_t ulp_send(int fd, const void *buf, size_t len);
ssize_t ulp_recv(int fd, void *buf, size_t len);
int ulp_pass(int through, int fd);
int ulp_take(int through);

void ulp_fill(const struct ulp_kind *kind, void *buf, size_t len, uint64_t offset);
ssize_t ulp_differs(const struct ulp_kind *kind, const void *buf, size_t len,
		    uint64_t offset);
pid_t ulp_writer(const struct ulp_kind *kind, int fd, uint64_t total, size_t chunk);
int ulp_read_all(const struct ulp_kind *kind, int fd, uint64_t total, size_t chunk);
int ulp_join(pid_t child);
int ulp_asleep(pid_t tid, long call);
long ulp_counter(const char *name);
unsigned long ulp_count(const char *name, unsigned long sample);
bool ulp_slow(void);

#endif /* _RIPTIDES_ULP_H */
