/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Handshakes a second, ours beside OpenSSL's.
 */
#ifndef _RIPTIDES_ENGINE_BENCH_H
#define _RIPTIDES_ENGINE_BENCH_H

#include "shim.h"

#define BENCH_DER_MAX	2048

/**
 * struct bench_files - keys and chain of both ends, the same for both libraries
 * @ca: root, DER
 * @ca_len: its length
 * @inter: intermediate
 * @inter_len: its length
 * @leaf: leaf that either end shows
 * @leaf_len: its length
 * @key: its key, PKCS#8
 * @key_len: its length
 */
struct bench_files {
	u8 ca[BENCH_DER_MAX];
	size_t ca_len;
	u8 inter[BENCH_DER_MAX];
	size_t inter_len;
	u8 leaf[BENCH_DER_MAX];
	size_t leaf_len;
	u8 key[BENCH_DER_MAX];
	size_t key_len;
};

/**
 * struct bench_result - CPU time of handshakes
 * @client_ns: nanoseconds of one client side
 * @server_ns: nanoseconds of one server side
 */
struct bench_result {
	double client_ns;
	double server_ns;
};

u64 bench_cpu_ns(void);

/* bench_openssl.c */
void bench_openssl_setup(const struct bench_files *f);
void bench_openssl_run(unsigned int n, struct bench_result *r);
bool bench_openssl_group(const char *name);
bool bench_openssl_resumption(bool on);
size_t bench_openssl_memory(void);

/* bench_ec.c */
void bench_ec_run(void);

/* bench_split.c: time inside the primitives, while @bench_split is set */
enum bench_primitive {
	BENCH_SIGN, BENCH_VERIFY, BENCH_KEX, BENCH_HASH, BENCH_AEAD, BENCH_PRIMITIVES,
};

extern bool bench_split;
extern u64 bench_ticks[BENCH_PRIMITIVES];
extern unsigned int bench_calls[BENCH_PRIMITIVES];
extern size_t bench_bytes;
extern size_t bench_bytes_peak;

u64 bench_clock(void);

#endif /* _RIPTIDES_ENGINE_BENCH_H */
