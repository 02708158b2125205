// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the protected flights: what is refused in them, and by which
 * alert; refused early data; limits on records
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "hs_test.h"

struct refused {
	const char *name;
	bool server;
	enum rpt_hs_state state;
	u8 len;
	u8 msg[64];
	int err;
	u8 alert;
};

#define EE	RPT_HS_EXPECT_ENCRYPTED_EXTENSIONS
#define CR	RPT_HS_EXPECT_CERTIFICATE_OR_REQUEST
#define CT	RPT_HS_EXPECT_CERTIFICATE
#define CV	RPT_HS_EXPECT_CERTIFICATE_VERIFY
#define FIN	RPT_HS_EXPECT_FINISHED

static const struct refused refused[] = {
	{ "EE malformed", false, EE, 6, { 8, 0, 0, 2, 0, 1 },
	  -EPROTO, RPT_ALERT_DECODE_ERROR },
	{ "EE with ALPN of our list", false, EE, 15,
	  { 8, 0, 0, 11, 0, 9, 0, 16, 0, 5, 0, 3, 2, 'h', '2' }, 0 },
	{ "EE with another ALPN", false, EE, 15,
	  { 8, 0, 0, 11, 0, 9, 0, 16, 0, 5, 0, 3, 2, 'h', '3' },
	  -EPROTO, RPT_ALERT_ILLEGAL_PARAMETER },
	{ "EE with half an ALPN", false, EE, 14,
	  { 8, 0, 0, 10, 0, 8, 0, 16, 0, 4, 0, 2, 1, 'h' },
	  -EPROTO, RPT_ALERT_ILLEGAL_PARAMETER },
	{ "EE with early_data", false, EE, 10,
	  { 8, 0, 0, 6, 0, 4, 0, 42, 0, 0 },
	  -EPROTO, RPT_ALERT_UNSUPPORTED_EXTENSION },
	{ "EE with max_fragment_length", false, EE, 11,
	  { 8, 0, 0, 7, 0, 5, 0, 1, 0, 1, 1 },
	  -EPROTO, RPT_ALERT_UNSUPPORTED_EXTENSION },
	{ "EE with key_share", false, EE, 12,
	  { 8, 0, 0, 8, 0, 6, 0, 51, 0, 2, 0, 0x1d },
	  -EPROTO, RPT_ALERT_ILLEGAL_PARAMETER },
	{ "EE with supported_groups", false, EE, 14,
	  { 8, 0, 0, 10, 0, 8, 0, 10, 0, 4, 0, 2, 0, 0x17 }, 0 },
	{ "CR with a context", false, CR, 16,
	  { 13, 0, 0, 12, 1, 'c', 0, 8, 0, 13, 0, 4, 0, 2, 4, 3 },
	  -EPROTO, RPT_ALERT_ILLEGAL_PARAMETER },
	{ "CR without signature_algorithms", false, CR, 11,
	  { 13, 0, 0, 7, 0, 0, 4, 0xfa, 0xfa, 0, 0 },
	  -EPROTO, RPT_ALERT_MISSING_EXTENSION },
	{ "CR with what we don't know", false, CR, 19,
	  { 13, 0, 0, 15, 0, 0, 12, 0, 13, 0, 4, 0, 2, 4, 3, 0xfa, 0xfa, 0, 0 },
	  0 },
	{ "CR with nothing that we can sign", false, CR, 15,
	  { 13, 0, 0, 11, 0, 0, 8, 0, 13, 0, 4, 0, 2, 8, 7 }, 0 },
	{ "CR with server_name", false, CR, 19,
	  { 13, 0, 0, 15, 0, 0, 12, 0, 13, 0, 4, 0, 2, 4, 3, 0, 0, 0, 0 },
	  -EPROTO, RPT_ALERT_ILLEGAL_PARAMETER },
	{ "CR malformed", false, CR, 4, { 13, 0, 0, 0 },
	  -EPROTO, RPT_ALERT_DECODE_ERROR },
	{ "no server certificate", false, CT, 8, { 11, 0, 0, 4, 0, 0, 0, 0 },
	  -EPROTO, RPT_ALERT_DECODE_ERROR },
	{ "no client certificate", true, CT, 8, { 11, 0, 0, 4, 0, 0, 0, 0 },
	  -EACCES, RPT_ALERT_CERTIFICATE_REQUIRED },
	{ "server certificate with a context", false, CT, 15,
	  { 11, 0, 0, 11, 1, 'c', 0, 0, 6, 0, 0, 1, 'x', 0, 0 },
	  -EPROTO, RPT_ALERT_ILLEGAL_PARAMETER },
	{ "client certificate with a context", true, CT, 15,
	  { 11, 0, 0, 11, 1, 'c', 0, 0, 6, 0, 0, 1, 'x', 0, 0 },
	  -EPROTO, RPT_ALERT_ILLEGAL_PARAMETER },
	{ "certificate with OCSP", false, CT, 18,
	  { 11, 0, 0, 14, 0, 0, 0, 10, 0, 0, 1, 'x', 0, 4, 0, 5, 0, 0 },
	  -EPROTO, RPT_ALERT_UNSUPPORTED_EXTENSION },
	{ "certificate that is none", false, CT, 14,
	  { 11, 0, 0, 10, 0, 0, 0, 6, 0, 0, 1, 'x', 0, 0 },
	  -EBADMSG, RPT_ALERT_BAD_CERTIFICATE },
	{ "certificate malformed", true, CT, 5, { 11, 0, 0, 1, 0 },
	  -EPROTO, RPT_ALERT_DECODE_ERROR },
	{ "CV of another key type", false, CV, 9,
	  { 15, 0, 0, 5, 5, 3, 0, 1, 's' },
	  -EPROTO, RPT_ALERT_ILLEGAL_PARAMETER },
	{ "CV of an unknown scheme", false, CV, 9,
	  { 15, 0, 0, 5, 8, 7, 0, 1, 's' },
	  -EPROTO, RPT_ALERT_ILLEGAL_PARAMETER },
	{ "CV with PKCS#1", true, CV, 9, { 15, 0, 0, 5, 4, 1, 0, 1, 's' },
	  -EPROTO, RPT_ALERT_ILLEGAL_PARAMETER },
	{ "CV that is not DER", true, CV, 9, { 15, 0, 0, 5, 4, 3, 0, 1, 's' },
	  -EKEYREJECTED, RPT_ALERT_DECRYPT_ERROR },
	{ "CV without signature", true, CV, 8, { 15, 0, 0, 4, 4, 3, 0, 0 },
	  -EKEYREJECTED, RPT_ALERT_DECRYPT_ERROR },
	{ "CV malformed", false, CV, 5, { 15, 0, 0, 1, 4 },
	  -EPROTO, RPT_ALERT_DECODE_ERROR },
	{ "Finished of zeroes", false, FIN, 36, { 20, 0, 0, 32 },
	  -EBADMSG, RPT_ALERT_DECRYPT_ERROR },
	{ "Finished of zeroes to the server", true, FIN, 36, { 20, 0, 0, 32 },
	  -EBADMSG, RPT_ALERT_DECRYPT_ERROR },
	{ "Finished too short", false, FIN, 35, { 20, 0, 0, 31 },
	  -EPROTO, RPT_ALERT_DECODE_ERROR },
	{ "Finished too long", true, FIN, 37, { 20, 0, 0, 33 },
	  -EPROTO, RPT_ALERT_DECODE_ERROR },
	{ "empty Finished", true, FIN, 4, { 20, 0, 0, 0 },
	  -EPROTO, RPT_ALERT_DECODE_ERROR },
};

#undef EE
#undef CR
#undef CT
#undef CV
#undef FIN

KUNIT_ARRAY_PARAM_DESC(refused, refused, name);

static void test_refused(struct kunit *test)
{
	const struct refused *r = test->param_value;
	struct hs_test *t = hs_test_new(test);
	struct hs_test_side *side = r->server ? &t->s : &t->c;
	u8 alert = 0xff;

	t->c.p.alpn = (const u8 *)"\x02h2";
	t->c.p.alpn_len = 3;
	hs_test_create(t);
	hs_test_until(t, side, r->state);
	KUNIT_EXPECT_EQ(test, r->err, hs_test_feed_msg(t, side, r->msg, r->len));
	KUNIT_EXPECT_EQ(test, !!r->err, rpt_hs_alert_sent(side->hs, &alert));
	if (r->err)
		KUNIT_EXPECT_EQ(test, r->alert, alert);
	hs_test_destroy(t);
}

/* A client that cannot sign as the server asks sends no certificate */
static void test_cannot_sign(struct kunit *test)
{
	static const u16 sigs[] = { RPT_SIG_ECDSA_SECP384R1_SHA384 };
	struct hs_test *t = hs_test_new(test);

	t->s.p.sigs = sigs;
	t->s.p.n_sigs = 1;
	hs_test_create(t);
	hs_test_run(t, 0);
	hs_test_expect_failed(t, &t->s, RPT_ALERT_CERTIFICATE_REQUIRED, -EACCES);

	t->s.p.require_client_cert = false;
	t->s.p.request_client_cert = true;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_done(t);
	KUNIT_EXPECT_FALSE(test, t->ss.peer_cert);
	hs_test_destroy(t);
}

/* The right certificate, but another's key */
static void test_other_key(struct kunit *test)
{
	struct hs_test *t = hs_test_new(test);
	struct hs_test_identity *thief;

	thief = kunit_kzalloc(test, sizeof(*thief), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, thief);
	*thief = t->p256;
	KUNIT_ASSERT_EQ(test, 0, rpt_privkey_generate(&thief->sk,
						      RPT_KEY_EC_P256));
	t->s.id = thief;
	hs_test_create(t);
	hs_test_run(t, 0);
	hs_test_expect_failed(t, &t->c, RPT_ALERT_DECRYPT_ERROR, -EKEYREJECTED);

	t->s.id = &t->p256;
	t->c.id = thief;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_failed(t, &t->s, RPT_ALERT_DECRYPT_ERROR, -EKEYREJECTED);
	hs_test_destroy(t);
}

static int bad_select(void *data, const struct rpt_hs_offer *offer,
		      const struct rpt_chain **chain, u16 *scheme)
{
	struct hs_test_side *side = data;

	*chain = &side->id->chain;
	*scheme = side->n_select;
	return 0;
}

/* A callback that chooses what the peer did not ask for */
static void test_bad_select(struct kunit *test)
{
	static const u16 schemes[] = {
		0, RPT_SIG_RSA_PKCS1_SHA256, RPT_SIG_ED25519,
		RPT_SIG_ECDSA_SECP384R1_SHA384,
	};
	static const u16 only[] = {
		RPT_SIG_ECDSA_SECP256R1_SHA256, RPT_SIG_RSA_PKCS1_SHA256,
	};
	struct hs_test *t = hs_test_new(test);
	unsigned int i;

	t->s.ops.select_identity = bad_select;
	t->c.p.sigs = only;
	t->c.p.n_sigs = ARRAY_SIZE(only);
	for (i = 0; i < ARRAY_SIZE(schemes); i++) {
		t->s.n_select = schemes[i];
		hs_test_again(t);
		hs_test_run(t, 0);
		hs_test_expect_failed(t, &t->s, RPT_ALERT_INTERNAL_ERROR,
				      -EINVAL);
	}
	hs_test_destroy(t);
}

/* The ClientHello of a client that sends 0-RTT data */
static void feed_early_hello(struct hs_test *t)
{
	static const u8 ext[] = { 0, RPT_EXT_EARLY_DATA, 0, 0 };
	u8 rec[1024];
	size_t len, p;
	const u8 *out;

	out = rpt_hs_output(t->c.hs, &len);
	KUNIT_ASSERT_LT(t->test, len + sizeof(ext), sizeof(rec));
	memcpy(rec, out, len);
	memcpy(rec + len, ext, sizeof(ext));
	len += sizeof(ext);
	p = RPT_RECORD_HDR + RPT_HS_HDR + 2 + RPT_RANDOM_LEN + 33;
	p += 2 + get_unaligned_be16(rec + p) + 2;
	put_unaligned_be16(len - p - 2, rec + p);
	put_unaligned_be24(len - RPT_RECORD_HDR - RPT_HS_HDR,
			   rec + RPT_RECORD_HDR + 1);
	put_unaligned_be16(len - RPT_RECORD_HDR, rec + 3);
	KUNIT_ASSERT_EQ(t->test, 0, hs_test_feed(&t->s, rec, len));
}

static int feed_garbage(struct hs_test *t, size_t len)
{
	static const u8 garbage[1000];

	return hs_test_feed_plain(&t->s, RPT_CT_APPLICATION_DATA, garbage, len);
}

/* RFC 8446 section 4.2.10: refused by trial decryption */
static void test_early_data(struct kunit *test)
{
	const u8 type = RPT_HS_CERTIFICATE;
	struct hs_test *t = hs_test_new(test);
	unsigned int i;
	u8 alert = 0;

	t->s.p.max_early_skip = 5050;
	hs_test_create(t);
	feed_early_hello(t);
	hs_test_save(t, &t->s);

	/* As much as the limit allows */
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_EQ(test, 0, feed_garbage(t, 1000));
	KUNIT_EXPECT_EQ(test, -EBADMSG, feed_garbage(t, 1000));
	KUNIT_EXPECT_TRUE(test, rpt_hs_alert_sent(t->s.hs, &alert));
	KUNIT_EXPECT_EQ(test, RPT_ALERT_BAD_RECORD_MAC, alert);

	/* Records without content count, too */
	hs_test_restore(&t->s);
	for (i = 0; i < 5050 / RPT_RECORD_HDR; i++)
		KUNIT_ASSERT_EQ(test, 0, feed_garbage(t, 0));
	KUNIT_EXPECT_EQ(test, -EBADMSG, feed_garbage(t, 0));

	/* Once a record is good, every one must be */
	hs_test_restore(&t->s);
	KUNIT_EXPECT_EQ(test, 0, feed_garbage(t, 100));
	KUNIT_EXPECT_EQ(test, 0, hs_test_feed_msg(t, &t->s, &type, 1));
	KUNIT_EXPECT_EQ(test, -EBADMSG, feed_garbage(t, 100));

	/* Without the extension there is nothing to skip */
	hs_test_again(t);
	hs_test_pump(&t->c, &t->s, 0);
	KUNIT_EXPECT_EQ(test, -EBADMSG, feed_garbage(t, 100));
	hs_test_destroy(t);
}

/* The same with a retry: refused by content type */
static void test_early_data_retry(struct kunit *test)
{
	struct hs_test *t = hs_test_new(test);
	unsigned int i;
	u8 alert = 0;

	t->s.p.max_early_skip = 5050;
	t->s.p.force_retry = true;
	hs_test_create(t);
	feed_early_hello(t);
	KUNIT_EXPECT_EQ(test, RPT_HS_EXPECT_SECOND_CLIENT_HELLO,
			rpt_hs_state(t->s.hs));
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_EQ(test, 0, feed_garbage(t, 1000));
	KUNIT_EXPECT_EQ(test, -EPROTO, feed_garbage(t, 1000));
	KUNIT_EXPECT_TRUE(test, rpt_hs_alert_sent(t->s.hs, &alert));
	KUNIT_EXPECT_EQ(test, RPT_ALERT_UNEXPECTED_MESSAGE, alert);

	/* Without the extension: none at all */
	hs_test_again(t);
	hs_test_pump(&t->c, &t->s, 0);
	KUNIT_EXPECT_EQ(test, -EPROTO, feed_garbage(t, 100));
	hs_test_destroy(t);
}

/* Not within a message: section 5.1 */
static void test_early_data_interleaved(struct kunit *test)
{
	const u8 type = RPT_HS_CLIENT_HELLO;
	struct hs_test *t = hs_test_new(test);
	u8 alert = 0;

	t->s.p.force_retry = true;
	hs_test_create(t);
	feed_early_hello(t);
	KUNIT_EXPECT_EQ(test, 0, feed_garbage(t, 100));
	KUNIT_EXPECT_EQ(test, 0, hs_test_feed_msg(t, &t->s, &type, 1));
	KUNIT_EXPECT_EQ(test, -EPROTO, feed_garbage(t, 100));
	KUNIT_EXPECT_TRUE(test, rpt_hs_alert_sent(t->s.hs, &alert));
	KUNIT_EXPECT_EQ(test, RPT_ALERT_UNEXPECTED_MESSAGE, alert);
	hs_test_destroy(t);
}

/*
 * A limit of this handshake is not one of its early data, which was sent before
 * the client could know: RFC 8449 section 4.
 */
static void test_early_data_limit(struct kunit *test)
{
	u8 msg[100] = { RPT_HS_CERTIFICATE, 0, 0, 96 };
	struct hs_test *t = hs_test_new(test);
	u8 alert = 0;

	t->c.p.record_size_limit = 64;
	t->s.p.record_size_limit = 64;
	hs_test_create(t);
	feed_early_hello(t);
	KUNIT_EXPECT_EQ(test, 0, feed_garbage(t, 1000));
	hs_test_save(t, &t->s);
	KUNIT_EXPECT_EQ(test, 0, hs_test_feed_msg(t, &t->s, msg, 63));
	hs_test_restore(&t->s);
	KUNIT_EXPECT_EQ(test, -EMSGSIZE, hs_test_feed_msg(t, &t->s, msg, 64));
	KUNIT_EXPECT_TRUE(test, rpt_hs_alert_sent(t->s.hs, &alert));
	KUNIT_EXPECT_EQ(test, RPT_ALERT_RECORD_OVERFLOW, alert);
	hs_test_destroy(t);
}

/* RFC 8449: a peer that agreed to a limit and breaks it */
static void test_record_size_limit(struct kunit *test)
{
	struct hs_test *t = hs_test_new(test);
	u8 msg[100] = { RPT_HS_CERTIFICATE, 0, 0, 96 };
	u8 alert = 0;

	t->c.p.record_size_limit = 64;
	t->s.p.record_size_limit = 80;
	hs_test_create(t);
	hs_test_until(t, &t->c, RPT_HS_EXPECT_CERTIFICATE);
	hs_test_save(t, &t->c);
	KUNIT_EXPECT_EQ(test, 0, hs_test_feed_msg(t, &t->c, msg, 63));
	hs_test_restore(&t->c);
	KUNIT_EXPECT_EQ(test, -EMSGSIZE, hs_test_feed_msg(t, &t->c, msg, 64));
	KUNIT_EXPECT_TRUE(test, rpt_hs_alert_sent(t->c.hs, &alert));
	KUNIT_EXPECT_EQ(test, RPT_ALERT_RECORD_OVERFLOW, alert);

	hs_test_again(t);
	hs_test_until(t, &t->s, RPT_HS_EXPECT_CERTIFICATE);
	KUNIT_EXPECT_EQ(test, 0, hs_test_feed_msg(t, &t->s, msg, 79));
	KUNIT_EXPECT_EQ(test, -EMSGSIZE, hs_test_feed_msg(t, &t->s, msg, 80));
	hs_test_destroy(t);
}

/* Lower limits on messages, by parameter */
static void test_message_limits(struct kunit *test)
{
	struct hs_test *t = hs_test_new(test);

	t->s.p.max_client_hello = 100;
	hs_test_create(t);
	hs_test_run(t, 0);
	hs_test_expect_failed(t, &t->s, RPT_ALERT_ILLEGAL_PARAMETER, -EMSGSIZE);

	t->s.p.max_client_hello = 0;
	t->s.p.max_cert_msg = 20;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_failed(t, &t->s, RPT_ALERT_ILLEGAL_PARAMETER, -EMSGSIZE);

	t->s.p.max_cert_msg = 0;
	t->c.p.max_cert_msg = 20;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_failed(t, &t->c, RPT_ALERT_ILLEGAL_PARAMETER, -EMSGSIZE);
	hs_test_destroy(t);
}

/* A buffer made small by parameters is no reason to warn about a peer */
static void test_small_buffer(struct kunit *test)
{
	u8 msg[RPT_HS_HDR] = { RPT_HS_FINISHED };
	struct hs_test *t = hs_test_new(test);
	u8 alert = 0;

	t->s.p.max_client_hello = 1000;
	t->s.p.require_client_cert = false;
	hs_test_create(t);
	hs_test_until(t, &t->s, RPT_HS_EXPECT_FINISHED);
	put_unaligned_be24(RPT_HS_MSG_MAX, msg + 1);
	KUNIT_EXPECT_EQ(test, -EMSGSIZE, hs_test_feed_msg(t, &t->s, msg, 4));
	KUNIT_EXPECT_TRUE(test, rpt_hs_alert_sent(t->s.hs, &alert));
	KUNIT_EXPECT_EQ(test, RPT_ALERT_ILLEGAL_PARAMETER, alert);
	hs_test_destroy(t);
}

/* Secrets do not outlive a failure, whatever stays allocated */
static void test_wiped(struct kunit *test)
{
	static const struct rpt_record_key no_key;
	static const struct rpt_keysched no_keys;
	struct hs_test *t = hs_test_new(test);

	t->c.verify_err = -EKEYREJECTED;
	t->c.p.n_shares = 3;
	hs_test_create(t);
	KUNIT_EXPECT_EQ(test, 3, t->c.hs->n_kex);
	hs_test_run(t, 0);
	KUNIT_EXPECT_EQ(test, -EKEYREJECTED, t->c.err);
	KUNIT_EXPECT_MEMEQ(test, &no_keys, &t->c.hs->ks, sizeof(no_keys));
	KUNIT_EXPECT_MEMEQ(test, &no_keys, &t->s.hs->ks, sizeof(no_keys));
	KUNIT_EXPECT_MEMEQ(test, &no_key, &t->c.hs->rx, sizeof(no_key));
	KUNIT_EXPECT_MEMEQ(test, &no_key, &t->c.hs->tx, sizeof(no_key));
	KUNIT_EXPECT_MEMEQ(test, &no_key, &t->s.hs->rx, sizeof(no_key));
	KUNIT_EXPECT_NULL(test, memchr_inv(t->c.hs->kex, 0,
					   sizeof(t->c.hs->kex)));

	t->c.verify_err = 0;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_done(t);
	KUNIT_EXPECT_MEMEQ(test, &no_keys, &t->c.hs->ks, sizeof(no_keys));
	KUNIT_EXPECT_MEMEQ(test, &no_key, &t->s.hs->tx, sizeof(no_key));
	hs_test_destroy(t);
}

/* Every allocation fails once: clean errors, nothing leaks */
static void test_no_memory(struct kunit *test)
{
#ifdef RPT_USER_ENGINE
	struct hs_test *t = hs_test_new(test);
	int err, sites = 0;
	long n;

	for (n = 1; n < 1000; n++) {
		hs_test_destroy(t);
		t->c.err = 0;
		t->s.err = 0;
		shim_fail_nth = n;
		t->c.hs = rpt_hs_create(&t->c.p, GFP_KERNEL);
		t->s.hs = rpt_hs_create(&t->s.p, GFP_KERNEL);
		err = t->c.hs && t->s.hs ? rpt_hs_start(t->c.hs) : -ENOMEM;
		if (!err)
			hs_test_run(t, 0);
		if (shim_fail_nth > 0)
			break;
		sites++;
		KUNIT_EXPECT_TRUE_MSG(test, err == -ENOMEM ||
				      t->c.err == -ENOMEM ||
				      t->s.err == -ENOMEM,
				      "allocation %ld: %d %d %d", n, err,
				      t->c.err, t->s.err);
	}
	shim_fail_nth = 0;
	KUNIT_EXPECT_GE(test, sites, 2);
	kunit_info(test, "%d allocations in a handshake", sites);
	hs_test_expect_done(t);
	hs_test_destroy(t);
#else
	kunit_skip(test, "allocations are made to fail in user space");
#endif
}

static struct kunit_case hs_flight_cases[] = {
	KUNIT_CASE_PARAM(test_refused, refused_gen_params),
	KUNIT_CASE(test_cannot_sign),
	KUNIT_CASE(test_other_key),
	KUNIT_CASE(test_bad_select),
	KUNIT_CASE(test_early_data),
	KUNIT_CASE(test_early_data_retry),
	KUNIT_CASE(test_early_data_interleaved),
	KUNIT_CASE(test_early_data_limit),
	KUNIT_CASE(test_record_size_limit),
	KUNIT_CASE(test_message_limits),
	KUNIT_CASE(test_small_buffer),
	KUNIT_CASE(test_wiped),
	KUNIT_CASE(test_no_memory),
	{}
};

static struct kunit_suite hs_flight_suite = {
	.name = "riptides_hs_flight",
	.test_cases = hs_flight_cases,
};

kunit_test_suite(hs_flight_suite);

MODULE_DESCRIPTION("KUnit tests of the protected flights of TLS 1.3");
MODULE_LICENSE("GPL");
