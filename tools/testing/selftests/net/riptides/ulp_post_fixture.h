/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fixture of the tests whose other end is a peer of ours: included by each
 * program after the harness
 */
#ifndef _RIPTIDES_ULP_POST_FIXTURE_H
#define _RIPTIDES_ULP_POST_FIXTURE_H

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "ulp_peer.h"

enum alert {
	CLOSE_NOTIFY = 0,
	UNEXPECTED_MESSAGE = 10,
	BAD_RECORD_MAC = 20,
	RECORD_OVERFLOW = 22,
	HANDSHAKE_FAILURE = 40,
	ILLEGAL_PARAMETER = 47,
	DECODE_ERROR = 50,
	INTERNAL_ERROR = 80,
	USER_CANCELED = 90,
};

static char buf[1 << 20];
static char out[1 << 20];
static uint8_t msg[65536];

FIXTURE(post)
{
	struct ulp_kind kind;
	struct ulp_talk t;
};

FIXTURE_VARIANT(post)
{
	struct ulp_kind kind;
	bool server;
	uint16_t suite;
};

FIXTURE_SETUP(post)
{
	struct peer_spec spec = { .suite = variant->suite, .trust_domain = "td.example" };
	int err;

	self->kind = variant->kind;
	err = ulp_talk_open(&self->kind, variant->server, &spec, &self->t);
	ASSERT_EQ(0, err);
}

FIXTURE_TEARDOWN(post)
{
	ulp_talk_close(&self->t);
}

/* Each suite once for each data path, each data path in each role. */
FIXTURE_VARIANT_ADD(post, ktls_client_aes128) {
	{ ULP_KTLS, ULP_IPV4, false }, false, 0x1301
};

FIXTURE_VARIANT_ADD(post, ktls_server_aes256) {
	{ ULP_KTLS, ULP_IPV6, false }, true, 0x1302
};

FIXTURE_VARIANT_ADD(post, ktls_client_chacha) {
	{ ULP_KTLS, ULP_MAPPED, false }, false, 0x1303
};

FIXTURE_VARIANT_ADD(post, soft_server_aes128) {
	{ ULP_SOFTWARE, ULP_IPV4, false }, true, 0x1301
};

FIXTURE_VARIANT_ADD(post, soft_client_aes256) {
	{ ULP_SOFTWARE, ULP_IPV6, false }, false, 0x1302
};

FIXTURE_VARIANT_ADD(post, soft_server_chacha) {
	{ ULP_SOFTWARE, ULP_MAPPED, false }, true, 0x1303
};

static struct riptides_info info;

/* Data in both directions, of a few records. */
static int talk(const struct ulp_kind *kind, struct ulp_talk *t)
{
	int err;

	ulp_fill(kind, out, 40000, 0);
	err = peer_send(t->p, out, 40000);
	if (err)
		return err;
	if (ulp_recv(t->k, buf, 40000) != 40000 || memcmp(buf, out, 40000))
		return -EILSEQ;
	if (ulp_send(t->k, out, 5000) != 5000)
		return -EIO;
	return peer_expect(t->p, out, 5000);
}

#endif /* _RIPTIDES_ULP_POST_FIXTURE_H */
