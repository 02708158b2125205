/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A TLS peer that does what it is told, record by record
 *
 * For tests of the kernel's side: the other end of a connection, over a socket
 * of the caller's, with the user-space engine. Nothing happens by itself after
 * the handshake; each record is sent and read by a call. This header needs
 * nothing of the kernel's.
 */
#ifndef _RIPTIDES_ENGINE_PEER_H
#define _RIPTIDES_ENGINE_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PEER_RECORD_MAX		16384

enum peer_type {
	PEER_ALERT = 21,
	PEER_HANDSHAKE = 22,
	PEER_DATA = 23,
};

#define PEER_NEW_SESSION_TICKET	4
#define PEER_KEY_UPDATE		24

/**
 * struct peer_spec - how a peer behaves in the handshake
 * @server: role
 * @optional: server: asks for a certificate and goes on without one
 * @anonymous: server: asks for none; client: has none
 * @retry: server: answers the first ClientHello by HelloRetryRequest
 * @tickets: client: takes them
 * @blind: accepts any certificate
 * @certs: directory with ca.pem, NAME.pem and NAME.key
 * @name: which identity to show, NULL for none
 * @trust_domain: SPIFFE trust domain that the other end must be in, or NULL
 * @suite: the only cipher suite, 0 for all
 * @group: the only group, 0 for all
 * @limit: record_size_limit, 0 for none
 * @alpn: ALPN list, or NULL
 * @alpn_len: length of @alpn
 * @chunk: bytes for each write, 0: all at once
 */
struct peer_spec {
	bool server;
	bool optional;
	bool anonymous;
	bool retry;
	bool tickets;
	bool blind;
	const char *certs;
	const char *name;
	const char *trust_domain;
	uint16_t suite;
	uint16_t group;
	uint16_t limit;
	const void *alpn;
	size_t alpn_len;
	size_t chunk;
};

struct peer;

/* All return 0, a length or a negative errno. */
struct peer *peer_new(int fd, const struct peer_spec *spec);
void peer_free(struct peer *p);
int peer_handshake(struct peer *p);
int peer_handshake_part(struct peer *p, unsigned int records, bool *done);

/* Make a record now, send all that was made by peer_flush(). */
int peer_seal(struct peer *p, uint8_t type, const void *data, size_t len);
/* The same of nothing but padding: @len zeroes, no type. */
int peer_seal_padding(struct peer *p, size_t len);
int peer_flush(struct peer *p, size_t chunk);
const void *peer_pending(const struct peer *p, size_t *len);
void peer_spoil(struct peer *p, size_t offset);

int peer_send(struct peer *p, const void *data, size_t len);
int peer_alert(struct peer *p, uint8_t level, uint8_t description);
int peer_close_notify(struct peer *p);

/* One record: its content's length, -EPIPE for a FIN. */
ssize_t peer_read(struct peer *p, uint8_t *type, void *data, size_t cap);
/* Read data records, and nothing else, until @len bytes are there. */
int peer_expect(struct peer *p, const void *data, size_t len);
/* Read one alert. */
int peer_expect_alert(struct peer *p, uint8_t description);

/* Messages; a KeyUpdate's key is used from peer_next_key() on. */
ssize_t peer_ticket(struct peer *p, void *msg, size_t cap);
int peer_key_update_message(struct peer *p, bool request, uint8_t msg[5]);
int peer_next_key(struct peer *p);
int peer_key_update(struct peer *p, bool request);

int peer_export(struct peer *p, const char *label, const void *ctx, size_t ctx_len,
		void *out, size_t len);
int peer_alert_received(const struct peer *p);
int peer_alert_sent(const struct peer *p);
const char *peer_other_id(const struct peer *p);
uint16_t peer_suite(const struct peer *p);
uint16_t peer_group(const struct peer *p);

#endif /* _RIPTIDES_ENGINE_PEER_H */
