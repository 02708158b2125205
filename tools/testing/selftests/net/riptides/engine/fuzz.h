/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the fuzz targets share: a small world of certificates, and crypto that
 * lets a fuzzer through. Nothing of it is in the engine: fuzz_wrap.c stands
 * between it and the functions that it calls, by the linker's --wrap.
 */
#ifndef _RIPTIDES_ENGINE_FUZZ_H
#define _RIPTIDES_ENGINE_FUZZ_H

#include "link.h"
#include "party.h"
#include "ticket.h"

#define FUZZ_CERT_MAX	1024
#define FUZZ_NOW	1750000000LL	/* 2025-06-15 */
#define FUZZ_CONFIG_LEN	2		/* bytes in front of a conversation */

/* In the first byte of a conversation. */
enum fuzz_config {
	FUZZ_CHUNKS	= 1 << 0,	/* again in pieces: same outcome? */
	FUZZ_STRICT	= 1 << 1,	/* MACs and signatures must be right */
	FUZZ_PSK	= 1 << 2,	/* client offers, server knows a ticket */
	FUZZ_ALPN	= 1 << 3,
	FUZZ_MUTUAL	= 1 << 4,	/* both have a certificate */
	FUZZ_P256	= 1 << 5,	/* only that group */
	FUZZ_RETRY	= 1 << 6,	/* no share fits, cookie */
	FUZZ_LIMIT	= 1 << 7,	/* record_size_limit */
};

/**
 * struct fuzz_opening - how far crypto lets a fuzzer through
 * @aead: records are in clear, and good unless their tag begins with ff
 * @mac: comparisons of secrets always succeed
 * @sig: signatures are always right
 * @random: first byte of all randomness
 */
struct fuzz_opening {
	bool aead;
	bool mac;
	bool sig;
	u8 random;
};

/**
 * struct fuzz_world - who is who
 * @ca: root certificate
 * @ca_len: its length
 * @inter: intermediate
 * @inter_len: its length
 * @leaf: leaf of either end
 * @leaf_len: its length
 * @client: one end
 * @server: the other
 */
struct fuzz_world {
	u8 ca[FUZZ_CERT_MAX];
	size_t ca_len;
	u8 inter[FUZZ_CERT_MAX];
	size_t inter_len;
	u8 leaf[FUZZ_CERT_MAX];
	size_t leaf_len;
	struct party client;
	struct party server;
};

extern struct fuzz_opening fuzz_opening;
extern const struct rpt_ticket_key fuzz_ticket_key;

/* fuzz_world.c */
struct fuzz_world *fuzz_world(void);
void fuzz_check(bool ok, const char *what);

/* fuzz_talk.c */
void fuzz_params(struct rpt_hs_params *p, bool server, u8 config, u8 suite);
int fuzz_find_psk(void *data, const struct rpt_hs_offer *offer, struct rpt_psk *psk);
int fuzz_conversation(bool server, const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#endif /* _RIPTIDES_ENGINE_FUZZ_H */
