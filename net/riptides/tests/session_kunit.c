// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of sessions: tickets, resumption, KeyUpdate, alerts, exporters
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "hs_test.h"

/* A client's ticket store */
struct store {
	unsigned int n;
	struct rpt_ticket last;
	u8 ticket[RPT_TICKET_MAX];
};

static void keep(void *data, const struct rpt_ticket *t)
{
	struct store *store = data;

	store->n++;
	store->last = *t;
	memcpy(store->ticket, t->ticket, t->ticket_len);
	store->last.ticket = store->ticket;
}

static struct hs_test *connected(struct kunit *test)
{
	struct hs_test *t = hs_test_new(test);

	hs_test_create(t);
	hs_test_run(t, 0);
	hs_test_expect_done(t);
	return t;
}

static size_t make_ticket(struct hs_test *t, size_t ticket_len, u8 *msg,
			  size_t cap, struct rpt_ticket *out)
{
	static const u8 nonce[] = { 0, 1 };
	static u8 ticket[RPT_TICKET_MAX + 600];
	size_t len = 0;

	memset(ticket, 't', sizeof(ticket));
	memset(out, 0, sizeof(*out));
	out->lifetime = 3600;
	out->age_add = 0x01020304;
	out->ticket = ticket;
	out->ticket_len = ticket_len;
	KUNIT_ASSERT_EQ(t->test, 0,
			rpt_session_ticket_psk(&t->ss, nonce, sizeof(nonce), out));
	KUNIT_ASSERT_EQ(t->test, 0,
			rpt_session_ticket_write(out, nonce, sizeof(nonce), msg,
						 cap, &len));
	return len;
}

static void resume(struct hs_test *t, const struct rpt_ticket *ct,
		   const struct rpt_ticket *st)
{
	struct rpt_psk *psk = kunit_kzalloc(t->test, sizeof(*psk), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(t->test, psk);
	psk->identity = ct->ticket;
	psk->identity_len = ct->ticket_len;
	psk->obfuscated_age = 1000 + ct->age_add;
	psk->hash = ct->hash;
	psk->secret_len = ct->psk_len;
	memcpy(psk->secret, ct->psk, ct->psk_len);
	t->c.p.psks = psk;
	t->c.p.n_psks = 1;
	t->s.psks[0] = *psk;
	memcpy(t->s.psks[0].secret, st->psk, st->psk_len);
	t->s.n_psks = 1;
}

/* RFC 8446 sections 4.6.1 and 2.2: a ticket, and the handshake that uses it */
static void test_resume(struct kunit *test)
{
	struct store *store = kunit_kzalloc(test, sizeof(*store), GFP_KERNEL);
	struct rpt_post_actions act = { .ticket = keep, .ticket_data = store };
	struct hs_test *t = connected(test);
	struct rpt_ticket st;
	u8 msg[256];
	size_t len;

	KUNIT_ASSERT_NOT_NULL(test, store);
	KUNIT_EXPECT_TRUE(test, t->ss.takes_tickets);
	len = make_ticket(t, 100, msg, sizeof(msg), &st);
	KUNIT_ASSERT_EQ(test, 0, rpt_session_post(&t->cs, msg, len, &act));
	KUNIT_ASSERT_EQ(test, 1, store->n);
	KUNIT_EXPECT_FALSE(test, act.rx_rekey || act.tx_rekey);
	KUNIT_EXPECT_EQ(test, 3600, store->last.lifetime);
	KUNIT_EXPECT_EQ(test, 0x01020304, store->last.age_add);
	KUNIT_EXPECT_EQ(test, 100, store->last.ticket_len);
	KUNIT_EXPECT_EQ(test, st.psk_len, store->last.psk_len);
	KUNIT_EXPECT_MEMEQ(test, st.psk, store->last.psk, st.psk_len);

	resume(t, &store->last, &st);
	t->c.n_verify = 0;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_done(t);
	KUNIT_EXPECT_TRUE(test, t->cs.resumed);
	KUNIT_EXPECT_FALSE(test, t->cs.psk_external);
	KUNIT_EXPECT_FALSE(test, t->cs.peer_cert || t->ss.peer_cert);
	KUNIT_EXPECT_EQ(test, 0, t->c.n_verify);

	/* A ticket of nobody is no way around a certificate */
	t->s.psk_no_cert = true;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_done(t);
	KUNIT_EXPECT_FALSE(test, t->ss.resumed);
	KUNIT_EXPECT_TRUE(test, t->ss.peer_cert);
	t->s.p.require_client_cert = false;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_done(t);
	KUNIT_EXPECT_TRUE(test, t->ss.resumed);
	t->s.p.require_client_cert = true;
	t->s.psk_no_cert = false;

	/* With a retry between */
	t->s.p.force_retry = true;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_done(t);
	KUNIT_EXPECT_TRUE(test, t->cs.resumed && t->cs.retried);

	/* Another secret under the same ticket: the binder does not fit */
	t->s.psks[0].secret[0] ^= 1;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_failed(t, &t->s, RPT_ALERT_DECRYPT_ERROR, -EBADMSG);
	t->s.p.force_retry = false;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_failed(t, &t->s, RPT_ALERT_DECRYPT_ERROR, -EBADMSG);

	/* The binders' labels differ: section 7.1 */
	t->s.psks[0].secret[0] ^= 1;
	t->s.psks[0].external = true;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_failed(t, &t->s, RPT_ALERT_DECRYPT_ERROR, -EBADMSG);

	/* find_psk() that breaks, or answers nonsense */
	t->s.find_err = -EIO;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_failed(t, &t->s, RPT_ALERT_INTERNAL_ERROR, -EIO);
	t->s.find_err = 0;
	t->s.psks[0].secret_len = 0;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_failed(t, &t->s, RPT_ALERT_INTERNAL_ERROR, -EINVAL);
	t->s.psks[0].secret_len = RPT_PSK_SECRET_MAX + 1;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_failed(t, &t->s, RPT_ALERT_INTERNAL_ERROR, -EINVAL);

	/* Of a hash that the client has no suite for: full handshake */
	t->s.psks[0].secret_len = 32;
	t->s.psks[0].hash = RPT_HASH_SHA384;
	t->c.p.suites = (const u16[]){ RPT_SUITE_CHACHA20_POLY1305_SHA256 };
	t->c.p.n_suites = 1;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_done(t);
	KUNIT_EXPECT_FALSE(test, t->cs.resumed);
	hs_test_destroy(t);
}

/* Messages in one record, in many, and both */
static void test_fragments(struct kunit *test)
{
	struct store *store = kunit_kzalloc(test, sizeof(*store), GFP_KERNEL);
	struct rpt_post_actions act = { .ticket = keep, .ticket_data = store };
	struct hs_test *t = connected(test);
	struct rpt_ticket st;
	u8 msg[1024];
	size_t len, i;

	KUNIT_ASSERT_NOT_NULL(test, store);
	len = make_ticket(t, 100, msg, sizeof(msg), &st);
	len += make_ticket(t, 101, msg + len, sizeof(msg) - len, &st);
	KUNIT_ASSERT_EQ(test, 0,
			rpt_session_key_update(&t->ss, true, msg + len));
	len += RPT_KEY_UPDATE_LEN;

	/* All in one */
	KUNIT_ASSERT_EQ(test, 0, rpt_session_post(&t->cs, msg, len, &act));
	KUNIT_EXPECT_EQ(test, 2, store->n);
	KUNIT_EXPECT_EQ(test, 101, store->last.ticket_len);
	KUNIT_EXPECT_TRUE(test, act.rx_rekey && act.tx_rekey);
	KUNIT_EXPECT_MEMEQ(test, t->cs.rx_secret, t->ss.tx_secret, RPT_HASH_MAX);

	/* Byte by byte */
	rpt_traffic_update(t->ss.suite, t->ss.tx_secret);
	for (i = 0; i < len; i++) {
		KUNIT_ASSERT_EQ(test, 0, rpt_session_post(&t->cs, msg + i, 1, &act));
		KUNIT_EXPECT_EQ(test, i == len - 1, act.rx_rekey);
	}
	KUNIT_EXPECT_EQ(test, 4, store->n);
	KUNIT_EXPECT_NULL(test, t->cs.part);
	KUNIT_EXPECT_MEMEQ(test, t->cs.rx_secret, t->ss.tx_secret, RPT_HASH_MAX);

	/* Every way to cut in two */
	for (i = 1; i < len; i++) {
		store->n = 0;
		rpt_traffic_update(t->ss.suite, t->ss.tx_secret);
		KUNIT_ASSERT_EQ(test, 0, rpt_session_data(&t->cs));
		KUNIT_ASSERT_EQ(test, 0, rpt_session_post(&t->cs, msg, i, &act));
		KUNIT_ASSERT_EQ(test, 0,
				rpt_session_post(&t->cs, msg + i, len - i, &act));
		KUNIT_EXPECT_EQ(test, 2, store->n);
		KUNIT_EXPECT_TRUE(test, act.rx_rekey);
	}
	KUNIT_EXPECT_MEMEQ(test, t->cs.rx_secret, t->ss.tx_secret, RPT_HASH_MAX);

	/* Data within a message: RFC 8446 section 5.1 */
	KUNIT_ASSERT_EQ(test, 0, rpt_session_post(&t->cs, msg, 10, &act));
	KUNIT_EXPECT_EQ(test, -EPROTO, rpt_session_data(&t->cs));
	/* Closed within a message: nothing leaks (KUnit and kmemleak look) */
	hs_test_destroy(t);
}

/* Tickets that are too long are passed over, however they are cut */
static void test_long_ticket(struct kunit *test)
{
	struct store *store = kunit_kzalloc(test, sizeof(*store), GFP_KERNEL);
	struct rpt_post_actions act = { .ticket = keep, .ticket_data = store };
	size_t cap = RPT_TICKET_MAX + 1024, len, n, i;
	u8 *msg = kunit_kzalloc(test, cap, GFP_KERNEL);
	struct hs_test *t = connected(test);
	struct rpt_ticket st;

	KUNIT_ASSERT_NOT_NULL(test, store);
	KUNIT_ASSERT_NOT_NULL(test, msg);
	len = make_ticket(t, RPT_TICKET_MAX + 600, msg, cap, &st);
	n = make_ticket(t, 33, msg + len, cap - len, &st);
	for (i = 1; i < len + n; i += 7) {
		store->n = 0;
		KUNIT_ASSERT_EQ(test, 0, rpt_session_data(&t->cs));
		KUNIT_ASSERT_EQ(test, 0, rpt_session_post(&t->cs, msg, i, &act));
		KUNIT_ASSERT_EQ(test, 0,
				rpt_session_post(&t->cs, msg + i, len + n - i,
						 &act));
		KUNIT_EXPECT_EQ(test, 1, store->n);
		KUNIT_EXPECT_EQ(test, 33, store->last.ticket_len);
	}

	/* A little too long: parsed, but not kept */
	len = make_ticket(t, RPT_TICKET_MAX + 1, msg, cap, &st);
	store->n = 0;
	KUNIT_EXPECT_EQ(test, 0, rpt_session_post(&t->cs, msg, 100, &act));
	KUNIT_EXPECT_EQ(test, 0, rpt_session_post(&t->cs, msg + 100, len - 100,
						  &act));
	KUNIT_EXPECT_EQ(test, 0, store->n);

	/* No TLS message has this length */
	memset(msg + 1, 0xff, 3);
	KUNIT_EXPECT_EQ(test, -EPROTO, rpt_session_post(&t->cs, msg, 100, &act));
	KUNIT_EXPECT_EQ(test, RPT_ALERT_DECODE_ERROR, act.alert);

	/* Nobody wants tickets; a lifetime of 0 */
	act.ticket = NULL;
	len = make_ticket(t, 10, msg, cap, &st);
	KUNIT_EXPECT_EQ(test, 0, rpt_session_post(&t->cs, msg, len, &act));
	act.ticket = keep;
	memset(msg + RPT_HS_HDR, 0, 4);
	KUNIT_EXPECT_EQ(test, 0, rpt_session_post(&t->cs, msg, len, &act));
	KUNIT_EXPECT_EQ(test, 0, store->n);
	hs_test_destroy(t);
}

struct refused {
	const char *name;
	bool to_server;
	u8 len;
	u8 bytes[24];
	u8 alert;
};

static const struct refused refused[] = {
	{ "empty record", false, 0, {}, RPT_ALERT_UNEXPECTED_MESSAGE },
	{ "ticket to a server", true, 4, { 4, 0, 0, 0 },
	  RPT_ALERT_UNEXPECTED_MESSAGE },
	{ "HelloRequest", false, 4, { 0, 0, 0, 0 }, RPT_ALERT_UNEXPECTED_MESSAGE },
	{ "ClientHello", true, 4, { 1, 0, 0, 0 }, RPT_ALERT_UNEXPECTED_MESSAGE },
	{ "ServerHello", false, 1, { 2 }, RPT_ALERT_UNEXPECTED_MESSAGE },
	{ "CertificateRequest", false, 4, { 13, 0, 0, 0 },
	  RPT_ALERT_UNEXPECTED_MESSAGE },
	{ "Finished", true, 4, { 20, 0, 0, 0 }, RPT_ALERT_UNEXPECTED_MESSAGE },
	{ "KeyUpdate, no content", false, 4, { 24, 0, 0, 0 },
	  RPT_ALERT_DECODE_ERROR },
	{ "KeyUpdate too long", false, 6, { 24, 0, 0, 2, 0, 0 },
	  RPT_ALERT_DECODE_ERROR },
	{ "KeyUpdate too long, cut", false, 4, { 24, 0, 0, 2 },
	  RPT_ALERT_DECODE_ERROR },
	{ "KeyUpdate of 2", true, 5, { 24, 0, 0, 1, 2 },
	  RPT_ALERT_ILLEGAL_PARAMETER },
	{ "KeyUpdate not last", true, 6, { 24, 0, 0, 1, 0, 24 },
	  RPT_ALERT_UNEXPECTED_MESSAGE },
	{ "two KeyUpdates in a record", false, 10,
	  { 24, 0, 0, 1, 0, 24, 0, 0, 1, 0 }, RPT_ALERT_UNEXPECTED_MESSAGE },
	{ "NewSessionTicket, no content", false, 4, { 4, 0, 0, 0 },
	  RPT_ALERT_DECODE_ERROR },
	{ "empty ticket", false, 17,
	  { 4, 0, 0, 13, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0 },
	  RPT_ALERT_DECODE_ERROR },
	{ "more than seven days", false, 18,
	  { 4, 0, 0, 14, 0, 9, 0x3a, 0x81, 0, 0, 0, 0, 0, 0, 1, 't', 0, 0 },
	  RPT_ALERT_ILLEGAL_PARAMETER },
};

KUNIT_ARRAY_PARAM_DESC(refused, refused, name);

static void test_refused(struct kunit *test)
{
	const struct refused *r = test->param_value;
	struct rpt_post_actions act = {};
	struct hs_test *t = connected(test);
	struct rpt_session *s = r->to_server ? &t->ss : &t->cs;

	KUNIT_EXPECT_EQ(test, -EPROTO, rpt_session_post(s, r->bytes, r->len, &act));
	KUNIT_EXPECT_EQ(test, r->alert, act.alert);
	hs_test_destroy(t);
}

/* Nothing more needs to come before this is refused */
static void test_empty_cut(struct kunit *test)
{
	static const u8 msg[] = { 4, 0, 0, 0 };
	struct rpt_post_actions act = {};
	struct hs_test *t = connected(test);

	KUNIT_EXPECT_EQ(test, 0, rpt_session_post(&t->cs, msg, 3, &act));
	KUNIT_EXPECT_EQ(test, -EPROTO, rpt_session_post(&t->cs, msg + 3, 1, &act));
	KUNIT_EXPECT_EQ(test, RPT_ALERT_DECODE_ERROR, act.alert);
	hs_test_destroy(t);
}

/* A KeyUpdate that ends in the next record, together with another message */
static void test_key_update_spans(struct kunit *test)
{
	static const u8 first[] = { 24, 0, 0 }, second[] = { 1, 0, 24 };
	struct rpt_post_actions act = {};
	struct hs_test *t = connected(test);

	KUNIT_EXPECT_EQ(test, 0, rpt_session_post(&t->ss, first, 3, &act));
	KUNIT_EXPECT_EQ(test, -EPROTO, rpt_session_post(&t->ss, second, 3, &act));
	KUNIT_EXPECT_EQ(test, RPT_ALERT_UNEXPECTED_MESSAGE, act.alert);
	hs_test_destroy(t);
}

/* Both directions stay in step; an end that only rekeys is cut off */
static void test_key_update(struct kunit *test)
{
	struct rpt_post_actions act = {};
	struct hs_test *t = connected(test);
	u8 msg[RPT_KEY_UPDATE_LEN], before[RPT_HASH_MAX];
	unsigned int i;

	memcpy(before, t->cs.tx_secret, sizeof(before));
	for (i = 0; i < RPT_KEY_UPDATES_MAX; i++) {
		KUNIT_ASSERT_EQ(test, 0, rpt_session_key_update(&t->cs, i & 1, msg));
		KUNIT_ASSERT_EQ(test, 0, rpt_session_post(&t->ss, msg, sizeof(msg),
							  &act));
		KUNIT_EXPECT_TRUE(test, act.rx_rekey);
		KUNIT_EXPECT_EQ(test, i & 1, act.tx_rekey);
		KUNIT_EXPECT_MEMEQ(test, t->cs.tx_secret, t->ss.rx_secret,
				   RPT_HASH_MAX);
	}
	KUNIT_EXPECT_MEMNEQ(test, t->cs.tx_secret, before, 32);
	KUNIT_EXPECT_EQ(test, i, t->cs.tx_updates);
	KUNIT_EXPECT_EQ(test, i, t->ss.rx_updates);
	KUNIT_EXPECT_EQ(test, -EPROTO,
			rpt_session_post(&t->ss, msg, sizeof(msg), &act));
	KUNIT_EXPECT_EQ(test, RPT_ALERT_UNEXPECTED_MESSAGE, act.alert);
	KUNIT_EXPECT_EQ(test, 0, rpt_session_data(&t->ss));
	KUNIT_EXPECT_EQ(test, 0, rpt_session_post(&t->ss, msg, sizeof(msg), &act));
	hs_test_destroy(t);
}

/* A server that sends nothing but tickets does not make us store them all */
static void test_ticket_flood(struct kunit *test)
{
	struct store *store = kunit_kzalloc(test, sizeof(*store), GFP_KERNEL);
	struct rpt_post_actions act = { .ticket = keep, .ticket_data = store };
	struct hs_test *t = connected(test);
	struct rpt_ticket st;
	unsigned int i;
	u8 msg[64];
	size_t len;

	KUNIT_ASSERT_NOT_NULL(test, store);
	len = make_ticket(t, 10, msg, sizeof(msg), &st);
	for (i = 0; i < 2 * RPT_TICKETS_MAX; i++)
		KUNIT_ASSERT_EQ(test, 0, rpt_session_post(&t->cs, msg, len, &act));
	KUNIT_EXPECT_EQ(test, RPT_TICKETS_MAX, store->n);
	KUNIT_EXPECT_EQ(test, 0, rpt_session_data(&t->cs));
	KUNIT_EXPECT_EQ(test, 0, rpt_session_post(&t->cs, msg, len, &act));
	KUNIT_EXPECT_EQ(test, RPT_TICKETS_MAX + 1, store->n);
	hs_test_destroy(t);
}

static void test_alerts(struct kunit *test)
{
	static const u8 close[] = { 1, 0, 0 }, canceled[] = { 1, 90 };
	static const u8 fatal[] = { 2, 40 };
	u8 alert;

	KUNIT_EXPECT_EQ(test, 0, rpt_session_alert(close, 2, &alert));
	KUNIT_EXPECT_EQ(test, -EAGAIN, rpt_session_alert(canceled, 2, &alert));
	KUNIT_EXPECT_EQ(test, -EPROTO, rpt_session_alert(fatal, 2, &alert));
	KUNIT_EXPECT_EQ(test, RPT_ALERT_HANDSHAKE_FAILURE, alert);
	KUNIT_EXPECT_EQ(test, -EBADMSG, rpt_session_alert(close, 1, &alert));
	KUNIT_EXPECT_EQ(test, -EBADMSG, rpt_session_alert(close, 3, &alert));
	KUNIT_EXPECT_EQ(test, RPT_ALERT_DECODE_ERROR, alert);
}

static void test_exporter(struct kunit *test)
{
	struct hs_test *t = connected(test);
	char label[RPT_LABEL_MAX + 2];
	u8 a[100], b[100];

	KUNIT_EXPECT_EQ(test, 0, rpt_session_export(&t->cs, "EXPORTER-x",
						    (const u8 *)"c", 1, a, 100));
	KUNIT_EXPECT_EQ(test, 0, rpt_session_export(&t->ss, "EXPORTER-x",
						    (const u8 *)"c", 1, b, 100));
	KUNIT_EXPECT_MEMEQ(test, a, b, 100);
	KUNIT_EXPECT_EQ(test, 0, rpt_session_export(&t->ss, "EXPORTER-x", NULL, 0,
						    b, 100));
	KUNIT_EXPECT_MEMNEQ(test, a, b, 100);
	KUNIT_EXPECT_EQ(test, 0, rpt_session_export(&t->ss, "EXPORTER-y",
						    (const u8 *)"c", 1, b, 100));
	KUNIT_EXPECT_MEMNEQ(test, a, b, 100);
	memset(label, 'l', sizeof(label) - 1);
	label[sizeof(label) - 1] = 0;
	KUNIT_EXPECT_EQ(test, -EINVAL, rpt_session_export(&t->ss, label, NULL, 0,
							  b, 100));
	hs_test_destroy(t);
}

static void test_ticket_limits(struct kunit *test)
{
	struct hs_test *t = connected(test);
	struct rpt_ticket ticket;
	u8 msg[64], nonce[256] = {};
	size_t len;

	len = make_ticket(t, 10, msg, sizeof(msg), &ticket);
	KUNIT_EXPECT_EQ(test, -ENOSPC,
			rpt_session_ticket_write(&ticket, nonce, 2, msg, len - 1,
						 &len));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			rpt_session_ticket_write(&ticket, nonce, 256, msg, 64,
						 &len));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			rpt_session_ticket_psk(&t->ss, nonce, 256, &ticket));
	ticket.ticket_len = 0;
	KUNIT_EXPECT_EQ(test, -EINVAL,
			rpt_session_ticket_write(&ticket, nonce, 2, msg, 64, &len));
	ticket.ticket_len = 0x10000;
	KUNIT_EXPECT_EQ(test, -EINVAL,
			rpt_session_ticket_write(&ticket, nonce, 2, msg, 64, &len));
	ticket.ticket_len = 10;
	ticket.lifetime = RPT_TICKET_LIFETIME_MAX + 1;
	KUNIT_EXPECT_EQ(test, -EINVAL,
			rpt_session_ticket_write(&ticket, nonce, 2, msg, 64, &len));
	hs_test_destroy(t);
}

/* The one allocation of a session fails */
static void test_no_memory(struct kunit *test)
{
#ifdef RPT_USER_ENGINE
	struct rpt_post_actions act = {};
	struct hs_test *t = connected(test);
	struct rpt_ticket ticket;
	u8 msg[64];

	make_ticket(t, 10, msg, sizeof(msg), &ticket);
	shim_fail_nth = 1;
	KUNIT_EXPECT_EQ(test, -ENOMEM, rpt_session_post(&t->cs, msg, 9, &act));
	shim_fail_nth = 0;
	KUNIT_EXPECT_EQ(test, RPT_ALERT_INTERNAL_ERROR, act.alert);
	hs_test_destroy(t);
#else
	kunit_skip(test, "allocations are made to fail in user space");
#endif
}

/* Nothing of a session is left */
static void test_wipe(struct kunit *test)
{
	static const struct rpt_session zero;
	struct hs_test *t = connected(test);

	rpt_session_wipe(&t->cs);
	KUNIT_EXPECT_MEMEQ(test, &t->cs, &zero, sizeof(zero));
	hs_test_destroy(t);
}

static struct kunit_case session_cases[] = {
	KUNIT_CASE(test_resume),
	KUNIT_CASE(test_fragments),
	KUNIT_CASE(test_long_ticket),
	KUNIT_CASE_PARAM(test_refused, refused_gen_params),
	KUNIT_CASE(test_empty_cut),
	KUNIT_CASE(test_key_update_spans),
	KUNIT_CASE(test_key_update),
	KUNIT_CASE(test_ticket_flood),
	KUNIT_CASE(test_alerts),
	KUNIT_CASE(test_exporter),
	KUNIT_CASE(test_ticket_limits),
	KUNIT_CASE(test_no_memory),
	KUNIT_CASE(test_wipe),
	{}
};

static struct kunit_suite session_suite = {
	.name = "riptides_session",
	.test_cases = session_cases,
};

kunit_test_suite(session_suite);

MODULE_DESCRIPTION("KUnit tests of TLS 1.3 sessions");
MODULE_LICENSE("GPL");
