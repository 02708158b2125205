/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A client and a server in memory, for tests of the handshake
 */
#ifndef _RPT_HS_TEST_H
#define _RPT_HS_TEST_H

#include <kunit/test.h>
#include "hs_priv.h"
#include "session.h"

#define HS_TEST_CHUNK_ALL	0
#define HS_TEST_TICKET_LEN	40

/**
 * struct hs_test_identity - a key and a stand-in for its certificate
 * @sk: private key
 * @cert: what our verify_peer() takes for a certificate: type and point
 * @chain: it, as a chain
 * @scheme: signature scheme
 */
struct hs_test_identity {
	struct rpt_privkey sk;
	u8 cert[1 + RPT_EC_POINT_MAX];
	struct rpt_chain chain;
	u16 scheme;
};

/**
 * struct hs_test_side - one side
 * @hs: its handshake
 * @p: its parameters
 * @ops: its callbacks
 * @id: its identity; key NULL: none
 * @err: what rpt_hs_input() said last
 * @verify_err: what its verify_peer() answers
 * @verify_alert: alert that goes with @verify_err, 0: the default
 * @sign_err: what its sign() answers
 * @select_err: what its select_identity() answers
 * @n_verify: calls of verify_peer()
 * @n_select: calls of select_identity()
 * @n_authorities: names in the last offer
 * @chain_n: certificates in the last chain judged
 * @sni: last server name that select_identity() or verify_peer() saw
 * @psks: server: what find_psk() knows
 * @n_psks: number of @psks
 * @psk_no_cert: its PSKs stand for nobody's certificate
 * @find_err: what its find_psk() answers instead
 * @psk_age: age of the last ticket that find_psk() saw
 * @n_age: client: calls of a psk_age()
 * @saved: copy of @hs by hs_test_save()
 */
struct hs_test_side {
	struct rpt_hs *hs;
	struct rpt_hs_params p;
	struct rpt_hs_ops ops;
	struct hs_test_identity *id;
	int err;
	int verify_err;
	u8 verify_alert;
	int sign_err;
	int select_err;
	unsigned int n_verify;
	unsigned int n_select;
	unsigned int n_authorities;
	unsigned int chain_n;
	char sni[RPT_SNI_MAX + 1];
	struct rpt_psk psks[RPT_PSK_MAX];
	unsigned int n_psks;
	bool psk_no_cert;
	int find_err;
	u32 psk_age;
	unsigned int n_age;
	void *saved;
};

/**
 * struct hs_test - the pair
 * @test: KUnit's
 * @c: client
 * @s: server
 * @cs: session of the client
 * @ss: session of the server
 * @p256: an identity
 * @p384: another
 */
struct hs_test {
	struct kunit *test;
	struct hs_test_side c;
	struct hs_test_side s;
	struct rpt_session cs;
	struct rpt_session ss;
	struct hs_test_identity p256;
	struct hs_test_identity p384;
};

struct hs_test *hs_test_new(struct kunit *test);
void hs_test_create(struct hs_test *t);
void hs_test_destroy(struct hs_test *t);
void hs_test_again(struct hs_test *t);
bool hs_test_pump(struct hs_test_side *from, struct hs_test_side *to,
		  size_t chunk);
void hs_test_run(struct hs_test *t, size_t chunk);
void hs_test_expect_done(struct hs_test *t);
void hs_test_expect_failed(struct hs_test *t, struct hs_test_side *side,
			   u8 alert, int err);
void hs_test_until(struct hs_test *t, struct hs_test_side *side,
		   enum rpt_hs_state state);

/* Snapshots; each side is one allocation, so a copy of it is all of it */
void hs_test_save(struct hs_test *t, struct hs_test_side *side);
void hs_test_restore(struct hs_test_side *side);

/* Records and messages made by hand, protected as the receiver expects */
int hs_test_feed(struct hs_test_side *side, const u8 *data, size_t len);
int hs_test_feed_plain(struct hs_test_side *side, u8 type, const u8 *data,
		       size_t len);
int hs_test_feed_sealed(struct hs_test *t, struct hs_test_side *side, u8 type,
			const u8 *data, size_t len);
int hs_test_feed_msg(struct hs_test *t, struct hs_test_side *side,
		     const u8 *msg, size_t len);

#endif /* _RPT_HS_TEST_H */
