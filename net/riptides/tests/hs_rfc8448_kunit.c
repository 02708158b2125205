// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests that play RFC 8448's handshakes against the engine, as either
 * side.
 *
 * The engine makes its own random values and its own hello, so that these are
 * replaced by the trace's: private key, session ID and transcript. From there on
 * every byte must be the RFC's. Where the RFC signs with its RSA key of 1024
 * bits, which we refuse, CertificateVerify is taken into the transcript
 * unverified; the server of section 6 signs with P-256, and is verified.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/unaligned.h>
#include "../hs_priv.h"
#include "../session.h"
#include "rfc8448-testvecs.h"

#define FLIGHT_MAX	2048

/**
 * struct replay - one handshake being played
 * @test: KUnit's
 * @t: the trace
 * @p: parameters of the engine
 * @ops: its callbacks
 * @hs: the engine
 * @chain: the certificates of our side
 * @s: what the handshake leaves
 * @key: record keys apart from the engine's
 * @tickets: NewSessionTickets that came
 * @buf: a record, or the messages of a flight
 * @sk: key of our own server
 */
struct replay {
	struct kunit *test;
	const struct rfc8448_trace *t;
	struct rpt_hs_params p;
	struct rpt_hs_ops ops;
	struct rpt_hs *hs;
	struct rpt_chain chain;
	struct rpt_session s;
	struct rpt_record_key key;
	unsigned int tickets;
	u8 buf[FLIGHT_MAX];
	struct rpt_privkey sk;
};

static void trace_desc(const struct rfc8448_trace *t, char *desc)
{
	strscpy(desc, t->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(trace, rfc8448_traces, trace_desc);

/* The P-256 key of a certificate: the only one that we verify with */
static int replay_verify(void *data, const struct rpt_hs_peer *peer,
			 struct rpt_pubkey *leaf_key, u8 *alert)
{
	static const u8 bits[] = { 0x03, 0x42, 0x00, 0x04 };
	struct rpt_blob cert = peer->chain->cert[0];
	size_t i;

	memset(leaf_key, 0, sizeof(*leaf_key));
	leaf_key->type = RPT_KEY_RSA;
	for (i = 0; i + 68 <= cert.len; i++) {
		if (memcmp(cert.data + i, bits, sizeof(bits)))
			continue;
		leaf_key->type = RPT_KEY_EC_P256;
		leaf_key->ec.qlen = 65;
		memcpy(leaf_key->ec.q, cert.data + i + 3, 65);
	}
	return 0;
}

/* The trace's message of @type that our side sends, NULL if there is none */
static const struct rfc8448_msg *own_msg(const struct replay *r, u8 type)
{
	unsigned int i;

	for (i = 0; i < r->t->msgs; i++)
		if (r->t->msg[i].server == r->p.server && r->t->msg[i].data[0] == type)
			return &r->t->msg[i];
	return NULL;
}

static int client_select(void *data, const struct rpt_hs_offer *offer,
			 const struct rpt_chain **chain, u16 *scheme)
{
	const struct rfc8448_msg *m = own_msg(data, RPT_HS_CERTIFICATE);
	struct replay *r = data;

	if (!m)
		return -ENOKEY;
	/* type, length, context, list's length, certificate's length */
	r->chain.n = 1;
	r->chain.cert[0].data = m->data + 4 + 1 + 3 + 3;
	r->chain.cert[0].len = get_unaligned_be24(m->data + 4 + 1 + 3);
	*chain = &r->chain;
	*scheme = RPT_SIG_RSA_PSS_RSAE_SHA256;
	return 0;
}

/* The RFC's signature: its salt was random. */
static int client_sign(void *data, u16 scheme, const u8 *msg, size_t len,
		       u8 *sig, size_t cap, size_t *siglen)
{
	const struct rfc8448_msg *m = own_msg(data, RPT_HS_CERTIFICATE_VERIFY);

	*siglen = get_unaligned_be16(m->data + 6);
	if (*siglen > cap || get_unaligned_be16(m->data + 4) != scheme)
		return -EINVAL;
	memcpy(sig, m->data + 8, *siglen);
	return 0;
}

static int server_select(void *data, const struct rpt_hs_offer *offer,
			 const struct rpt_chain **chain, u16 *scheme)
{
	struct replay *r = data;

	r->chain.n = 1;
	r->chain.cert[0].data = r->sk.pub.ec.q;
	r->chain.cert[0].len = r->sk.pub.ec.qlen;
	*chain = &r->chain;
	*scheme = RPT_SIG_ECDSA_SECP256R1_SHA256;
	return 0;
}

static int server_sign(void *data, u16 scheme, const u8 *msg, size_t len,
		       u8 *sig, size_t cap, size_t *siglen)
{
	struct replay *r = data;

	return rpt_sig_sign(scheme, &r->sk, msg, len, sig, cap, siglen);
}

static int server_find_psk(void *data, const struct rpt_hs_offer *offer, struct rpt_psk *psk)
{
	struct replay *r = data;

	if (!r->t->resumed)
		return -ENOENT;
	psk->hash = RPT_HASH_SHA256;
	psk->secret_len = sizeof(r->t->psk);
	memcpy(psk->secret, r->t->psk, sizeof(r->t->psk));
	return 0;
}

static void replay_free(void *data)
{
	struct replay *r = data;

	rpt_hs_destroy(r->hs);
	rpt_session_wipe(&r->s);
}

static struct replay *replay_new(struct kunit *test, bool server)
{
	struct replay *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	const struct rfc8448_trace *t = test->param_value;

	KUNIT_ASSERT_NOT_NULL(test, r);
	r->test = test;
	r->t = t;
	r->ops.verify_peer = replay_verify;
	r->ops.select_identity = server ? server_select : client_select;
	r->ops.sign = server ? server_sign : client_sign;
	r->ops.find_psk = server_find_psk;
	r->p.server = server;
	r->p.ops = &r->ops;
	r->p.ops_data = r;
	r->p.record_size_limit = RPT_RECORD_SIZE_LIMIT_MAX;
	if (server) {
		r->p.request_client_cert = t->msg[t->msgs - 3].data[0] == RPT_HS_CERTIFICATE;
		KUNIT_ASSERT_EQ(test, rpt_privkey_generate(&r->sk, RPT_KEY_EC_P256), 0);
	} else {
		r->p.server_name = "server";
	}
	r->hs = rpt_hs_create(&r->p, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, r->hs);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, replay_free, r), 0);
	return r;
}

/* The transcript becomes the trace's first @n messages. */
static void replay_transcript(struct replay *r, unsigned int n)
{
	unsigned int i;

	rpt_hs_hash_init(r->hs);
	for (i = 0; i < n; i++) {
		if (r->t->hrr && i == 1)
			rpt_hs_hash_retry(r->hs);
		rpt_hs_hash(r->hs, r->t->msg[i].data, r->t->msg[i].len);
	}
}

static void drop_output(struct replay *r)
{
	size_t n;

	rpt_hs_output(r->hs, &n);
	rpt_hs_output_done(r->hs, n);
}

static int feed(struct replay *r, const u8 *data, size_t len)
{
	size_t used = 0;
	int ret;

	ret = rpt_hs_input(r->hs, data, len, &used);
	KUNIT_EXPECT_EQ(r->test, used, len);
	return ret;
}

static int feed_plain(struct replay *r, u16 version, const struct rfc8448_msg *m)
{
	KUNIT_ASSERT_LE(r->test, m->len + RPT_RECORD_HDR, sizeof(r->buf));
	r->buf[0] = RPT_CT_HANDSHAKE;
	put_unaligned_be16(version, r->buf + 1);
	put_unaligned_be16(m->len, r->buf + 3);
	memcpy(r->buf + RPT_RECORD_HDR, m->data, m->len);
	return feed(r, r->buf, RPT_RECORD_HDR + m->len);
}

static const struct rfc8448_record *flight(const struct rfc8448_trace *t, bool server)
{
	unsigned int i;

	for (i = 0; i < t->records; i++)
		if (t->record[i].server == server && t->record[i].epoch == RFC8448_HS)
			return &t->record[i];
	return NULL;
}

/* Can the engine verify the signature of the flight @f? */
static bool verifiable(const struct rfc8448_trace *t, const struct rfc8448_record *f)
{
	unsigned int i;

	for (i = f->msg; i < f->msg + f->msgs; i++)
		if (t->msg[i].data[0] == RPT_HS_CERTIFICATE_VERIFY)
			return t->msg[i].data[4] == RPT_SIG_ECDSA_SECP256R1_SHA256 >> 8;
	return true;
}

static int deliver(struct replay *r, const struct rfc8448_msg *m)
{
	struct rpt_hs *hs = r->hs;
	unsigned int i;

	if (m->data[0] == RPT_HS_CERTIFICATE_VERIFY) {
		KUNIT_EXPECT_EQ(r->test, hs->state, RPT_HS_EXPECT_CERTIFICATE_VERIFY);
		rpt_hs_hash(hs, m->data, m->len);
		hs->state = RPT_HS_EXPECT_FINISHED;
		return 0;
	}
	for (i = 0; i < rpt_hs_steps_n; i++)
		if (rpt_hs_steps[i].state == hs->state && rpt_hs_steps[i].type == m->data[0])
			return rpt_hs_steps[i].handle(hs, m->data, m->len);
	return -EPROTO;
}

/* The peer's encrypted flight: as a record, or by message around its signature */
static void feed_flight(struct replay *r)
{
	const struct rfc8448_record *f = flight(r->t, !r->p.server);
	unsigned int i;
	size_t n = 0, len;
	u8 *plain;
	u8 type;

	if (verifiable(r->t, f)) {
		KUNIT_ASSERT_EQ(r->test, feed(r, f->record, f->record_len), 0);
		return;
	}

	KUNIT_ASSERT_LE(r->test, f->record_len, sizeof(r->buf));
	memcpy(r->buf, f->record, f->record_len);
	KUNIT_ASSERT_EQ(r->test, rpt_record_open(&r->hs->rx, r->buf, f->record_len,
						 &type, &plain, &len), 0);
	for (i = f->msg; i < f->msg + f->msgs; i++) {
		KUNIT_ASSERT_LE(r->test, n + r->t->msg[i].len, len);
		KUNIT_EXPECT_MEMEQ(r->test, plain + n, r->t->msg[i].data, r->t->msg[i].len);
		n += r->t->msg[i].len;
		KUNIT_ASSERT_EQ(r->test, deliver(r, &r->t->msg[i]), 0);
	}
	KUNIT_EXPECT_EQ(r->test, n, len);
}

/* Our flight, in as many records as there may be, is the RFC's. */
static void expect_flight(struct replay *r)
{
	const struct rfc8448_record *f = flight(r->t, r->p.server);
	size_t left, n = 0, len, plain_len;
	unsigned int i = f->msg;
	const u8 *out;
	u8 *plain;
	u8 type;

	KUNIT_ASSERT_EQ(r->test, rpt_record_key_set(&r->key, r->hs->suite, r->t->c_hs), 0);
	out = rpt_hs_output(r->hs, &left);
	if (r->hs->session_id_len) {
		KUNIT_ASSERT_GE(r->test, left, 6);
		KUNIT_EXPECT_MEMEQ(r->test, out, "\x14\x03\x03\x00\x01\x01", 6);
		out += 6;
		left -= 6;
	}
	if (f->msgs == 1) {
		KUNIT_ASSERT_EQ(r->test, left, f->record_len);
		KUNIT_EXPECT_MEMEQ(r->test, out, f->record, left);
	}
	while (left) {
		len = RPT_RECORD_HDR + get_unaligned_be16(out + 3);
		KUNIT_ASSERT_LE(r->test, len, left);
		KUNIT_ASSERT_LE(r->test, len, sizeof(r->buf));
		memcpy(r->buf, out, len);
		KUNIT_ASSERT_EQ(r->test, rpt_record_open(&r->key, r->buf, len, &type, &plain,
							 &plain_len), 0);
		out += len;
		left -= len;
		while (plain_len) {
			KUNIT_ASSERT_LT(r->test, i, f->msg + f->msgs);
			len = min(plain_len, r->t->msg[i].len - n);
			KUNIT_EXPECT_MEMEQ(r->test, plain, r->t->msg[i].data + n, len);
			plain += len;
			plain_len -= len;
			n += len;
			if (n == r->t->msg[i].len) {
				n = 0;
				i++;
			}
		}
	}
	KUNIT_EXPECT_EQ(r->test, i, f->msg + f->msgs);
	KUNIT_EXPECT_EQ(r->test, n, 0);
}

static void got_ticket(void *data, const struct rpt_ticket *ticket)
{
	struct replay *r = data;

	r->tickets++;
	KUNIT_EXPECT_EQ(r->test, ticket->lifetime, 30);
	KUNIT_EXPECT_EQ(r->test, ticket->age_add, 0xfad6aac5);
	KUNIT_ASSERT_EQ(r->test, ticket->psk_len, 32);
	KUNIT_EXPECT_MEMEQ(r->test, ticket->psk, r->t->ticket_psk, 32);
}

/* What is left of the handshake, and the records that follow it */
static void expect_session(struct replay *r)
{
	struct rpt_post_actions act = { .ticket = got_ticket, .ticket_data = r };
	const struct rfc8448_trace *t = r->t;
	const struct rfc8448_record *rec;
	size_t len;
	u8 *plain;
	u8 type;

	KUNIT_ASSERT_TRUE(r->test, rpt_hs_is_done(r->hs));
	KUNIT_ASSERT_EQ(r->test, rpt_hs_finish(r->hs, &r->s), 0);
	KUNIT_EXPECT_MEMEQ(r->test, r->s.tx_secret, r->p.server ? t->s_app : t->c_app, 32);
	KUNIT_EXPECT_MEMEQ(r->test, r->s.rx_secret, r->p.server ? t->c_app : t->s_app, 32);
	KUNIT_EXPECT_MEMEQ(r->test, r->s.exporter, t->exporter, 32);
	KUNIT_EXPECT_MEMEQ(r->test, r->s.resumption, t->resumption, 32);
	KUNIT_EXPECT_EQ(r->test, r->s.suite->id, RPT_SUITE_AES_128_GCM_SHA256);

	KUNIT_ASSERT_EQ(r->test, rpt_record_key_set(&r->key, r->s.suite, r->s.rx_secret), 0);
	for (rec = t->record; rec < t->record + t->records; rec++) {
		if (rec->epoch != RFC8448_APP || rec->server == r->p.server)
			continue;
		memcpy(r->buf, rec->record, rec->record_len);
		KUNIT_ASSERT_EQ(r->test, rpt_record_open(&r->key, r->buf, rec->record_len, &type,
							 &plain, &len), 0);
		KUNIT_EXPECT_EQ(r->test, type, rec->type);
		if (type == RPT_CT_HANDSHAKE)
			KUNIT_EXPECT_EQ(r->test, rpt_session_post(&r->s, plain, len, &act), 0);
	}
	KUNIT_EXPECT_EQ(r->test, r->tickets, !r->p.server && t->has_ticket);
}

/* After our ClientHello was made: we are the RFC's client. */
static void become_client(struct replay *r)
{
	const u8 *ch = r->t->msg[0].data;
	struct rpt_hs *hs = r->hs;

	drop_output(r);
	replay_transcript(r, 1);
	/* type, length, version, random */
	hs->session_id_len = ch[4 + 2 + 32];
	memcpy(hs->session_id, ch + 4 + 2 + 32 + 1, hs->session_id_len);
	KUNIT_ASSERT_EQ(r->test, hs->kex[0].group->id, RPT_GROUP_X25519);
	memcpy(hs->kex[0].priv, r->t->client_priv, 32);
}

static void rfc8448_client(struct kunit *test)
{
	const struct rfc8448_trace *t = test->param_value;
	struct rpt_psk psk = { .identity = "ticket", .identity_len = 6 };
	struct replay *r = replay_new(test, false);
	struct rpt_hs *hs = r->hs;
	unsigned int i = 1;

	KUNIT_ASSERT_EQ(test, rpt_hs_start(hs), 0);
	become_client(r);
	if (t->resumed) {
		psk.hash = RPT_HASH_SHA256;
		psk.secret_len = 32;
		memcpy(psk.secret, t->psk, 32);
		hs->p.psks = &psk;
		hs->p.n_psks = 1;
		hs->n_psk_sent = 1;
		hs->asked |= rpt_ext_bit(RPT_EXT_PRE_SHARED_KEY);
	}
	if (t->hrr) {
		KUNIT_ASSERT_EQ(test, feed_plain(r, RPT_TLS12, &t->msg[i]), 0);
		KUNIT_EXPECT_EQ(test, hs->state, RPT_HS_EXPECT_SECOND_SERVER_HELLO);
		KUNIT_ASSERT_EQ(test, hs->kex[0].group->id, RPT_GROUP_SECP256R1);
		memcpy(hs->kex[0].priv, t->client_priv, 32);
		drop_output(r);
		replay_transcript(r, 3);
		i = 3;
	}

	KUNIT_ASSERT_EQ(test, feed_plain(r, RPT_TLS12, &t->msg[i]), 0);
	KUNIT_EXPECT_EQ(test, hs->state, RPT_HS_EXPECT_ENCRYPTED_EXTENSIONS);
	KUNIT_EXPECT_MEMEQ(test, hs->ks.c_hs, t->c_hs, 32);
	KUNIT_EXPECT_MEMEQ(test, hs->ks.s_hs, t->s_hs, 32);
	KUNIT_EXPECT_EQ(test, hs->psk_taken, t->resumed);
	if (t->resumed) {
		/* It accepts early data, for which we would never have asked. */
		hs->p.psks = NULL;
		hs->p.n_psks = 0;
		KUNIT_EXPECT_EQ(test, feed(r, flight(t, true)->record,
					   flight(t, true)->record_len), -EPROTO);
		KUNIT_EXPECT_EQ(test, hs->alert_sent, RPT_ALERT_UNSUPPORTED_EXTENSION);
		return;
	}

	feed_flight(r);
	KUNIT_ASSERT_EQ(test, hs->state, RPT_HS_DONE);
	KUNIT_EXPECT_EQ(test, hs->peer_cert, verifiable(t, flight(t, true)));
	expect_flight(r);
	expect_session(r);
}

/* After our flight was made: we are the RFC's server. */
static void become_server(struct replay *r)
{
	const struct rfc8448_trace *t = r->t;
	struct rpt_hs *hs = r->hs;
	unsigned int n;

	for (n = 0; n < t->msgs; n++)
		if (t->msg[n].server && t->msg[n].data[0] == RPT_HS_FINISHED)
			break;
	replay_transcript(r, n + 1);
	KUNIT_ASSERT_EQ(r->test, rpt_keysched_early(&hs->ks, hs->suite, NULL, 0), 0);
	rpt_keysched_handshake(&hs->ks, t->ecdhe, sizeof(t->ecdhe), t->th_hello);
	rpt_keysched_master(&hs->ks, t->th_server);
	KUNIT_ASSERT_EQ(r->test, rpt_record_key_set(&hs->rx, hs->suite, hs->ks.c_hs), 0);
}

static void rfc8448_server(struct kunit *test)
{
	static const u8 ccs[] = { RPT_CT_CHANGE_CIPHER_SPEC, 3, 3, 0, 1, RPT_CCS_BYTE };
	const struct rfc8448_trace *t = test->param_value;
	struct replay *r = replay_new(test, true);
	struct rpt_hs *hs = r->hs;

	KUNIT_ASSERT_EQ(test, rpt_hs_start(hs), 0);
	KUNIT_ASSERT_EQ(test, feed_plain(r, RPT_TLS10, &t->msg[0]), 0);
	KUNIT_ASSERT_NOT_NULL(test, hs->suite);
	KUNIT_EXPECT_EQ(test, hs->suite->id, RPT_SUITE_AES_128_GCM_SHA256);
	KUNIT_EXPECT_EQ(test, hs->group->id, RPT_GROUP_X25519);
	KUNIT_EXPECT_EQ(test, hs->psk_taken, t->resumed);
	drop_output(r);
	if (t->resumed) {
		/* The binder was right; the early data is passed over. */
		KUNIT_EXPECT_EQ(test, hs->state, RPT_HS_EXPECT_FINISHED);
		KUNIT_EXPECT_EQ(test, t->record[1].epoch, RFC8448_EARLY);
		KUNIT_EXPECT_EQ(test, feed(r, t->record[1].record, t->record[1].record_len), 0);
		KUNIT_EXPECT_EQ(test, hs->rx.seq, 0);
		return;
	}

	become_server(r);
	if (hs->session_id_len)
		KUNIT_EXPECT_EQ(test, feed(r, ccs, sizeof(ccs)), 0);
	feed_flight(r);
	KUNIT_ASSERT_EQ(test, hs->state, RPT_HS_DONE);
	expect_session(r);
}

/* One bit wrong in the binder of section 4, and there is no such key. */
static void rfc8448_binder(struct kunit *test)
{
	const struct rfc8448_trace *t = test->param_value;
	struct rfc8448_msg bad;
	struct replay *r;
	u8 *copy;

	if (!t->resumed) {
		kunit_skip(test, "no PSK");
		return;
	}
	r = replay_new(test, true);
	copy = kunit_kmalloc(test, t->msg[0].len, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, copy);
	memcpy(copy, t->msg[0].data, t->msg[0].len);
	copy[t->msg[0].len - 1] ^= 1;
	bad.data = copy;
	bad.len = t->msg[0].len;
	KUNIT_ASSERT_EQ(test, rpt_hs_start(r->hs), 0);
	KUNIT_EXPECT_LT(test, feed_plain(r, RPT_TLS10, &bad), 0);
	KUNIT_EXPECT_EQ(test, r->hs->alert_sent, RPT_ALERT_DECRYPT_ERROR);
}

static struct kunit_case rfc8448_cases[] = {
	KUNIT_CASE_PARAM(rfc8448_client, trace_gen_params),
	KUNIT_CASE_PARAM(rfc8448_server, trace_gen_params),
	KUNIT_CASE_PARAM(rfc8448_binder, trace_gen_params),
	{}
};

static struct kunit_suite rfc8448_suite = {
	.name = "riptides_hs_rfc8448",
	.test_cases = rfc8448_cases,
};

kunit_test_suite(rfc8448_suite);

MODULE_DESCRIPTION("KUnit tests of riptides' handshake with RFC 8448's traces");
MODULE_LICENSE("GPL");
