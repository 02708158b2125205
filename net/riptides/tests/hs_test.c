// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client and a server in memory, for tests of the handshake
 *
 * Certificates are stand-ins: one byte of key type and the public point.  Keys
 * are made at test time.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "hs_test.h"

static int test_verify(void *data, const struct rpt_hs_peer *peer,
		       struct rpt_pubkey *leaf_key, u8 *alert)
{
	struct hs_test_side *side = data;
	struct rpt_blob leaf = peer->chain->cert[0];

	side->n_verify++;
	side->chain_n = peer->chain->n;
	strscpy(side->sni, peer->server_name ? peer->server_name : "",
		sizeof(side->sni));
	if (side->verify_err) {
		if (side->verify_alert)
			*alert = side->verify_alert;
		return side->verify_err;
	}
	if (leaf.len < 2 || leaf.len > 1 + RPT_EC_POINT_MAX)
		return -EBADMSG;
	memset(leaf_key, 0, sizeof(*leaf_key));
	leaf_key->type = leaf.data[0];
	leaf_key->ec.qlen = leaf.len - 1;
	memcpy(leaf_key->ec.q, leaf.data + 1, leaf.len - 1);
	return 0;
}

static int test_select(void *data, const struct rpt_hs_offer *offer,
		       const struct rpt_chain **chain, u16 *scheme)
{
	struct rpt_blob list = offer->authorities, name;
	struct hs_test_side *side = data;
	unsigned int i;

	side->n_select++;
	side->n_authorities = 0;
	while (rpt_hs_next_authority(&list, &name))
		side->n_authorities++;
	strscpy(side->sni, offer->server_name ? offer->server_name : "",
		sizeof(side->sni));
	if (side->select_err)
		return side->select_err;
	if (!side->id)
		return -ENOKEY;
	for (i = 0; i < offer->n_sigs; i++) {
		if (offer->sigs[i] != side->id->scheme)
			continue;
		*chain = &side->id->chain;
		*scheme = side->id->scheme;
		return 0;
	}
	return -ENOKEY;
}

static int test_sign(void *data, u16 scheme, const u8 *msg, size_t len,
		     u8 *sig, size_t cap, size_t *siglen)
{
	struct hs_test_side *side = data;

	if (side->sign_err)
		return side->sign_err;
	return rpt_sig_sign(scheme, &side->id->sk, msg, len, sig, cap, siglen);
}

static int test_find_psk(void *data, const struct rpt_hs_offer *offer,
			 struct rpt_psk *psk)
{
	struct hs_test_side *side = data;
	const struct rpt_psk *known;
	unsigned int i;

	if (side->find_err)
		return side->find_err;
	side->psk_age = psk->obfuscated_age;
	for (i = 0; i < side->n_psks; i++) {
		known = &side->psks[i];
		if (known->identity_len != psk->identity_len ||
		    memcmp(known->identity, psk->identity, psk->identity_len))
			continue;
		psk->external = known->external;
		psk->hash = known->hash;
		psk->peer_cert = !side->psk_no_cert;
		psk->secret_len = known->secret_len;
		memcpy(psk->secret, known->secret, sizeof(psk->secret));
		return 0;
	}
	return -ENOENT;
}

static void identity_make(struct kunit *test, struct hs_test_identity *id,
			  enum rpt_key_type type, u16 scheme)
{
	KUNIT_ASSERT_EQ(test, 0, rpt_privkey_generate(&id->sk, type));
	id->cert[0] = type;
	memcpy(id->cert + 1, id->sk.pub.ec.q, id->sk.pub.ec.qlen);
	id->chain.n = 1;
	id->chain.cert[0].data = id->cert;
	id->chain.cert[0].len = 1 + id->sk.pub.ec.qlen;
	id->scheme = scheme;
}

static void side_init(struct hs_test_side *side, bool server,
		      struct hs_test_identity *id)
{
	side->ops.verify_peer = test_verify;
	side->ops.select_identity = test_select;
	side->ops.sign = test_sign;
	side->ops.find_psk = test_find_psk;
	side->p.server = server;
	side->p.ops = &side->ops;
	side->p.ops_data = side;
	side->id = id;
}

/**
 * hs_test_new() - a pair that does mutual authentication with P-256 keys
 * @test: KUnit's
 *
 * Change its parameters, then hs_test_create().
 *
 * Context: Process context.
 * Return: the pair, freed with the test; its handshakes by hs_test_destroy().
 */
struct hs_test *hs_test_new(struct kunit *test)
{
	struct hs_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->test = test;
	identity_make(test, &t->p256, RPT_KEY_EC_P256,
		      RPT_SIG_ECDSA_SECP256R1_SHA256);
	identity_make(test, &t->p384, RPT_KEY_EC_P384,
		      RPT_SIG_ECDSA_SECP384R1_SHA384);
	side_init(&t->c, false, &t->p256);
	side_init(&t->s, true, &t->p256);
	t->s.p.require_client_cert = true;
	return t;
}

/**
 * hs_test_create() - make and start both handshakes
 * @t: the pair
 *
 * Context: Process context.
 */
void hs_test_create(struct hs_test *t)
{
	t->c.err = 0;
	t->s.err = 0;
	t->c.hs = rpt_hs_create(&t->c.p, GFP_KERNEL);
	t->s.hs = rpt_hs_create(&t->s.p, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(t->test, t->c.hs);
	KUNIT_ASSERT_NOT_NULL(t->test, t->s.hs);
	KUNIT_ASSERT_EQ(t->test, 0, rpt_hs_start(t->c.hs));
	KUNIT_ASSERT_EQ(t->test, 0, rpt_hs_start(t->s.hs));
}

/**
 * hs_test_destroy() - free both handshakes and sessions
 * @t: the pair
 *
 * Context: Process context.
 */
void hs_test_destroy(struct hs_test *t)
{
	rpt_hs_destroy(t->c.hs);
	rpt_hs_destroy(t->s.hs);
	t->c.hs = NULL;
	t->s.hs = NULL;
	rpt_session_wipe(&t->cs);
	rpt_session_wipe(&t->ss);
}

/**
 * hs_test_again() - hs_test_destroy() and hs_test_create()
 * @t: the pair
 *
 * Context: Process context.
 */
void hs_test_again(struct hs_test *t)
{
	hs_test_destroy(t);
	hs_test_create(t);
}

/**
 * hs_test_pump() - carry the output of one side to the other
 * @from: one side
 * @to: the other
 * @chunk: how many bytes at once, HS_TEST_CHUNK_ALL: all
 *
 * Stops when @to is done or failed.
 *
 * Context: Process context.
 * Return: true if a byte was taken.
 */
bool hs_test_pump(struct hs_test_side *from, struct hs_test_side *to,
		  size_t chunk)
{
	bool progress = false;
	size_t len, n, used;
	const u8 *out;

	for (;;) {
		out = rpt_hs_output(from->hs, &len);
		n = chunk ? min(len, chunk) : len;
		if (!n || to->err || rpt_hs_is_done(to->hs))
			return progress;
		to->err = rpt_hs_input(to->hs, out, n, &used);
		rpt_hs_output_done(from->hs, used);
		if (used)
			progress = true;
		else if (!to->err)
			return progress;
	}
}

/**
 * hs_test_run() - carry bytes until nothing moves
 * @t: the pair
 * @chunk: as for hs_test_pump()
 *
 * Context: Process context.
 */
void hs_test_run(struct hs_test *t, size_t chunk)
{
	bool progress;

	do {
		progress = hs_test_pump(&t->c, &t->s, chunk);
		progress |= hs_test_pump(&t->s, &t->c, chunk);
	} while (progress);
}

static bool one_byte(struct hs_test_side *from, struct hs_test_side *to)
{
	size_t len, used;
	const u8 *out = rpt_hs_output(from->hs, &len);

	if (!len || to->err || rpt_hs_is_done(to->hs))
		return false;
	to->err = rpt_hs_input(to->hs, out, 1, &used);
	rpt_hs_output_done(from->hs, used);
	return used;
}

/**
 * hs_test_until() - carry bytes until a side waits for a message
 * @t: the pair
 * @side: the side
 * @state: the state to be reached
 *
 * Context: Process context.
 */
void hs_test_until(struct hs_test *t, struct hs_test_side *side,
		   enum rpt_hs_state state)
{
	struct hs_test_side *other = side == &t->c ? &t->s : &t->c;

	while (rpt_hs_state(side->hs) != state) {
		if (!one_byte(other, side) && !hs_test_pump(side, other, 0))
			break;
	}
	KUNIT_ASSERT_STREQ(t->test, rpt_hs_state_name(state),
			   rpt_hs_state_name(rpt_hs_state(side->hs)));
}

/**
 * hs_test_expect_done() - both sides are complete, and agree
 * @t: the pair; its sessions are filled
 *
 * Context: Process context.
 */
void hs_test_expect_done(struct hs_test *t)
{
	struct kunit *test = t->test;

	KUNIT_ASSERT_EQ(test, 0, t->c.err);
	KUNIT_ASSERT_EQ(test, 0, t->s.err);
	KUNIT_ASSERT_TRUE(test, rpt_hs_is_done(t->c.hs));
	KUNIT_ASSERT_TRUE(test, rpt_hs_is_done(t->s.hs));
	KUNIT_ASSERT_EQ(test, 0, rpt_hs_finish(t->c.hs, &t->cs));
	KUNIT_ASSERT_EQ(test, 0, rpt_hs_finish(t->s.hs, &t->ss));
	KUNIT_EXPECT_PTR_EQ(test, t->cs.suite, t->ss.suite);
	KUNIT_EXPECT_EQ(test, t->cs.group, t->ss.group);
	KUNIT_EXPECT_EQ(test, t->cs.own_sig, t->ss.peer_sig);
	KUNIT_EXPECT_EQ(test, t->cs.peer_sig, t->ss.own_sig);
	KUNIT_EXPECT_EQ(test, t->cs.retried, t->ss.retried);
	KUNIT_EXPECT_EQ(test, t->cs.resumed, t->ss.resumed);
	KUNIT_EXPECT_EQ(test, t->cs.tx_limit, t->ss.rx_limit);
	KUNIT_EXPECT_EQ(test, t->cs.rx_limit, t->ss.tx_limit);
	KUNIT_EXPECT_MEMEQ(test, t->cs.tx_secret, t->ss.rx_secret, RPT_HASH_MAX);
	KUNIT_EXPECT_MEMEQ(test, t->cs.rx_secret, t->ss.tx_secret, RPT_HASH_MAX);
	KUNIT_EXPECT_MEMEQ(test, t->cs.exporter, t->ss.exporter, RPT_HASH_MAX);
	KUNIT_EXPECT_MEMEQ(test, t->cs.resumption, t->ss.resumption,
			   RPT_HASH_MAX);
	KUNIT_EXPECT_EQ(test, t->cs.alpn_len, t->ss.alpn_len);
	KUNIT_EXPECT_MEMEQ(test, t->cs.alpn, t->ss.alpn, t->cs.alpn_len);
	KUNIT_EXPECT_STREQ(test, t->cs.server_name, t->ss.server_name);
}

/**
 * hs_test_expect_failed() - a side failed by itself, the other heard of it
 * @t: the pair, after hs_test_run()
 * @side: the side
 * @alert: alert that it sent
 * @err: errno that it failed with
 *
 * Context: Process context.
 */
void hs_test_expect_failed(struct hs_test *t, struct hs_test_side *side,
			   u8 alert, int err)
{
	struct hs_test_side *other = side == &t->c ? &t->s : &t->c;
	u8 got = 0xff;

	KUNIT_EXPECT_EQ(t->test, err, side->err);
	KUNIT_EXPECT_EQ(t->test, err, rpt_hs_error(side->hs));
	KUNIT_EXPECT_TRUE(t->test, rpt_hs_alert_sent(side->hs, &got));
	KUNIT_EXPECT_EQ(t->test, alert, got);
	if (rpt_hs_is_done(other->hs))
		return; /* it is for the record layer to read the alert */
	KUNIT_EXPECT_EQ(t->test, -EPROTO, other->err);
	got = 0xff;
	KUNIT_EXPECT_TRUE(t->test, rpt_hs_alert_received(other->hs, &got));
	KUNIT_EXPECT_EQ(t->test, alert, got);
}

/**
 * hs_test_save() - remember a side as it is
 * @t: the pair
 * @side: the side
 *
 * Context: Process context.
 */
void hs_test_save(struct hs_test *t, struct hs_test_side *side)
{
	const struct rpt_hs *hs = side->hs;
	u8 *to = kunit_kzalloc(t->test, sizeof(*hs) + hs->rec_len +
			       hs->msg_len + hs->out_len, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(t->test, to);
	side->saved = to;
	memcpy(to, hs, sizeof(*hs));
	to += sizeof(*hs);
	if (hs->rec)
		memcpy(to, hs->rec, hs->rec_len);
	to += hs->rec_len;
	if (hs->msg)
		memcpy(to, hs->msg, hs->msg_len);
	memcpy(to + hs->msg_len, hs->out, hs->out_len);
}

/**
 * hs_test_restore() - make a side what it was at hs_test_save()
 * @side: the side
 *
 * Its buffers, which only ever grow, stay the ones that it has.
 *
 * Context: Process context.
 */
void hs_test_restore(struct hs_test_side *side)
{
	const struct rpt_hs *saved = side->saved;
	const u8 *from = (const u8 *)(saved + 1);
	struct rpt_hs *hs = side->hs;
	struct rpt_hs now = *hs;

	*hs = *saved;
	hs->rec = now.rec;
	hs->rec_cap = now.rec_cap;
	hs->msg = now.msg;
	hs->msg_cap = now.msg_cap;
	hs->out = now.out;
	hs->out_cap = now.out_cap;
	if (hs->rec)
		memcpy(hs->rec, from, hs->rec_len);
	from += hs->rec_len;
	if (hs->msg)
		memcpy(hs->msg, from, hs->msg_len);
	memcpy(hs->out, from + hs->msg_len, hs->out_len);
	side->err = 0;
}

/**
 * hs_test_feed() - give bytes to a side
 * @side: the side
 * @data: bytes
 * @len: number of bytes
 *
 * Context: Process context.
 * Return: what rpt_hs_input() says.
 */
int hs_test_feed(struct hs_test_side *side, const u8 *data, size_t len)
{
	size_t used;

	side->err = rpt_hs_input(side->hs, data, len, &used);
	return side->err;
}

/**
 * hs_test_feed_plain() - give a record in clear to a side
 * @side: the side
 * @type: content type
 * @data: content
 * @len: length of @data
 *
 * Context: Process context.
 * Return: what rpt_hs_input() says.
 */
int hs_test_feed_plain(struct hs_test_side *side, u8 type, const u8 *data,
		       size_t len)
{
	u8 hdr[RPT_RECORD_HDR] = { type, 3, 3, len >> 8, len };
	int ret = hs_test_feed(side, hdr, sizeof(hdr));

	return ret || !len ? ret : hs_test_feed(side, data, len);
}

/**
 * hs_test_feed_sealed() - give a protected record to a side
 * @t: the pair
 * @side: the side; the record is made with its own receiving key
 * @type: content type
 * @data: content
 * @len: length of @data
 *
 * Context: Process context.
 * Return: what rpt_hs_input() says.
 */
int hs_test_feed_sealed(struct hs_test *t, struct hs_test_side *side, u8 type,
			const u8 *data, size_t len)
{
	size_t cap = len + RPT_RECORD_OVERHEAD, n;
	struct rpt_record_key key = side->hs->rx;
	u8 *rec = kzalloc(cap, GFP_KERNEL);
	int ret;

	KUNIT_ASSERT_NOT_NULL(t->test, rec);
	ret = rpt_record_seal(&key, type, data, len, 0, rec, cap, &n);
	if (!ret)
		ret = hs_test_feed(side, rec, n);
	kfree(rec);
	return ret;
}

/**
 * hs_test_feed_msg() - give a handshake record to a side, as it expects it
 * @t: the pair
 * @side: the side
 * @msg: content
 * @len: length of @msg
 *
 * Context: Process context.
 * Return: what rpt_hs_input() says.
 */
int hs_test_feed_msg(struct hs_test *t, struct hs_test_side *side,
		     const u8 *msg, size_t len)
{
	if (side->hs->rx.set)
		return hs_test_feed_sealed(t, side, RPT_CT_HANDSHAKE, msg, len);
	return hs_test_feed_plain(side, RPT_CT_HANDSHAKE, msg, len);
}
