/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Benchmark of the ULP: what its parts share.
 */
#ifndef BENCH_ULP_H
#define BENCH_ULP_H

#include <stdint.h>
#include <stddef.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define __noreturn	__attribute__((__noreturn__))
#define __printf(a, b)	__attribute__((__format__(printf, a, b)))

/**
 * enum kind - how two sockets are connected
 * @KIND_TCP: not secured at all
 * @KIND_KTLS: kernel TLS, keyed by hand
 * @KIND_OPENSSL: kernel TLS, keyed by a handshake of libssl
 * @KIND_RIPTIDES: riptides, which hands over to kernel TLS
 * @KIND_SOFTWARE: riptides with its own record layer
 * @KINDS: how many there are
 */
enum kind {
	KIND_TCP,
	KIND_KTLS,
	KIND_OPENSSL,
	KIND_RIPTIDES,
	KIND_SOFTWARE,
	KINDS,
};

/**
 * struct pair - a connection, both ends of it
 * @client: the end that connected
 * @server: the end that was accepted
 */
struct pair {
	int client;
	int server;
};

/* bench_ulp.c */
void fail(const char *fmt, ...) __noreturn __printf(1, 2);
void key_ktls(int fd, const uint8_t tx[2][16], const uint8_t rx[2][16]);

/* bench_ulp_openssl.c */
void openssl_setup(const char *dir);
void openssl_handshake(const struct pair *p);
struct ssl_st *openssl_end(int fd, int server, int ktls);
size_t openssl_hello(uint8_t *buf, size_t cap);

#endif /* BENCH_ULP_H */
