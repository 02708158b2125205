// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the handshake: every message and every record in every state
 *
 * The table of what is legal is written down once more, from RFC 8446 appendix
 * A, and not taken from the code.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "hs_test.h"

/* States that a side can be brought to, and how */
struct place {
	bool server;
	enum rpt_hs_state state;
	bool psk;
	bool retry;
	u8 legal[2];
};

static const struct place places[] = {
	{ false, RPT_HS_EXPECT_SERVER_HELLO, false, false,
	  { RPT_HS_SERVER_HELLO } },
	{ false, RPT_HS_EXPECT_SECOND_SERVER_HELLO, false, true,
	  { RPT_HS_SERVER_HELLO } },
	{ false, RPT_HS_EXPECT_ENCRYPTED_EXTENSIONS, false, false,
	  { RPT_HS_ENCRYPTED_EXTENSIONS } },
	{ false, RPT_HS_EXPECT_CERTIFICATE_OR_REQUEST, false, false,
	  { RPT_HS_CERTIFICATE, RPT_HS_CERTIFICATE_REQUEST } },
	{ false, RPT_HS_EXPECT_CERTIFICATE, false, false,
	  { RPT_HS_CERTIFICATE } },
	{ false, RPT_HS_EXPECT_CERTIFICATE_VERIFY, false, false,
	  { RPT_HS_CERTIFICATE_VERIFY } },
	{ false, RPT_HS_EXPECT_FINISHED, false, false,
	  { RPT_HS_FINISHED } },
	{ false, RPT_HS_EXPECT_FINISHED, true, false,
	  { RPT_HS_FINISHED } },
	{ true, RPT_HS_EXPECT_CLIENT_HELLO, false, false,
	  { RPT_HS_CLIENT_HELLO } },
	{ true, RPT_HS_EXPECT_SECOND_CLIENT_HELLO, false, true,
	  { RPT_HS_CLIENT_HELLO } },
	{ true, RPT_HS_EXPECT_CERTIFICATE, false, false,
	  { RPT_HS_CERTIFICATE } },
	{ true, RPT_HS_EXPECT_CERTIFICATE_VERIFY, false, false,
	  { RPT_HS_CERTIFICATE_VERIFY } },
	{ true, RPT_HS_EXPECT_FINISHED, false, false,
	  { RPT_HS_FINISHED } },
	{ true, RPT_HS_EXPECT_FINISHED, true, false,
	  { RPT_HS_FINISHED } },
};

static void place_desc(const struct place *p, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s %s%s",
		 p->server ? "server" : "client", rpt_hs_state_name(p->state),
		 p->psk ? " psk" : "");
}

KUNIT_ARRAY_PARAM(place, places, place_desc);

static struct hs_test *arrive(struct kunit *test, const struct place *p,
			      struct hs_test_side **side)
{
	struct hs_test *t = hs_test_new(test);
	struct rpt_psk *psk = kunit_kzalloc(test, sizeof(*psk), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, psk);
	psk->identity = (const u8 *)"id";
	psk->identity_len = 2;
	psk->secret_len = 32;
	psk->external = true;
	if (p->psk) {
		t->c.p.psks = psk;
		t->c.p.n_psks = 1;
		t->s.psks[0] = *psk;
		t->s.n_psks = 1;
	}
	t->s.p.force_retry = p->retry;
	hs_test_create(t);
	*side = p->server ? &t->s : &t->c;
	hs_test_until(t, *side, p->state);
	hs_test_save(t, *side);
	return t;
}

static bool legal(const struct place *p, unsigned int type)
{
	return type == p->legal[0] || (p->legal[1] && type == p->legal[1]);
}

/* A type that is not legal is refused by its first byte */
static void test_messages(struct kunit *test)
{
	const struct place *p = test->param_value;
	struct hs_test_side *side;
	struct hs_test *t = arrive(test, p, &side);
	unsigned int type;
	u8 alert = 0;
	int ret;

	for (type = 0; type < 256; type++) {
		u8 msg = type;

		hs_test_restore(side);
		ret = hs_test_feed_msg(t, side, &msg, 1);
		if (legal(p, type)) {
			KUNIT_EXPECT_EQ_MSG(test, 0, ret, "type %u", type);
			continue;
		}
		KUNIT_EXPECT_EQ_MSG(test, -EPROTO, ret, "type %u", type);
		KUNIT_EXPECT_TRUE(test, rpt_hs_alert_sent(side->hs, &alert));
		KUNIT_EXPECT_EQ_MSG(test, RPT_ALERT_UNEXPECTED_MESSAGE, alert,
				    "type %u", type);
	}
	hs_test_destroy(t);
}

static size_t longest(u8 type)
{
	switch (type) {
	case RPT_HS_CLIENT_HELLO:
		return RPT_CH_MAX;
	case RPT_HS_CERTIFICATE:
		return RPT_CERT_MSG_MAX;
	default:
		return RPT_HS_MSG_MAX;
	}
}

/* A legal type that is too long is refused by its header */
static void test_too_long(struct kunit *test)
{
	const struct place *p = test->param_value;
	struct hs_test_side *side;
	struct hs_test *t = arrive(test, p, &side);
	unsigned int i;
	u8 alert = 0;
	size_t len;

	for (i = 0; i < ARRAY_SIZE(p->legal) && p->legal[i]; i++) {
		u8 msg[RPT_HS_HDR] = { p->legal[i] };

		len = longest(p->legal[i]);
		put_unaligned_be24(len, msg + 1);
		hs_test_restore(side);
		KUNIT_EXPECT_EQ(test, 0, hs_test_feed_msg(t, side, msg, 4));
		put_unaligned_be24(len + 1, msg + 1);
		hs_test_restore(side);
		KUNIT_EXPECT_EQ(test, -EMSGSIZE,
				hs_test_feed_msg(t, side, msg, 4));
		KUNIT_EXPECT_TRUE(test, rpt_hs_alert_sent(side->hs, &alert));
		KUNIT_EXPECT_EQ(test, RPT_ALERT_ILLEGAL_PARAMETER, alert);
	}
	hs_test_destroy(t);
}

/* Content types, in clear and protected */
static void test_records(struct kunit *test)
{
	const struct place *p = test->param_value;
	struct hs_test_side *side;
	struct hs_test *t = arrive(test, p, &side);
	bool encrypted = side->hs->rx.set;
	unsigned int type;
	u8 byte = 1, alert;
	int ret, want;

	for (type = 0; type < 256; type++) {
		hs_test_restore(side);
		ret = hs_test_feed_plain(side, type, &byte, 1);
		want = -EPROTO;
		alert = RPT_ALERT_UNEXPECTED_MESSAGE;
		switch (type) {
		case RPT_CT_CHANGE_CIPHER_SPEC:
			/* Not before the first ClientHello */
			if (p->state != RPT_HS_EXPECT_CLIENT_HELLO)
				want = 0;
			break;
		case RPT_CT_HANDSHAKE:
			if (!encrypted && legal(p, byte))
				want = 0;
			break;
		case RPT_CT_ALERT:
			/* Once a record was authenticated, none in clear */
			if (!encrypted || !side->hs->rx_opened)
				alert = RPT_ALERT_DECODE_ERROR;
			break;
		case RPT_CT_APPLICATION_DATA:
			if (encrypted) {
				want = -EBADMSG;
				alert = RPT_ALERT_BAD_RECORD_MAC;
			}
			break;
		}
		KUNIT_EXPECT_EQ_MSG(test, want, ret, "content type %u", type);
		if (want) {
			u8 got = 0;

			KUNIT_EXPECT_TRUE(test, rpt_hs_alert_sent(side->hs, &got));
			KUNIT_EXPECT_EQ_MSG(test, alert, got,
					    "content type %u", type);
		}
	}
	hs_test_destroy(t);
}

/* RFC 8446 section 5: what a change_cipher_spec must be, and how often */
static void test_ccs(struct kunit *test)
{
	const struct place *p = test->param_value;
	bool first = p->state == RPT_HS_EXPECT_CLIENT_HELLO;
	static const u8 bytes[] = { 1, 1, 0, 2 };
	struct hs_test_side *side;
	struct hs_test *t = arrive(test, p, &side);
	unsigned int i;

	for (i = 2; i < 4; i++) {
		KUNIT_EXPECT_EQ(test, -EPROTO,
				hs_test_feed_plain(side, RPT_CT_CHANGE_CIPHER_SPEC,
						   bytes + i, 1));
		hs_test_restore(side);
	}
	KUNIT_EXPECT_EQ(test, -EPROTO,
			hs_test_feed_plain(side, RPT_CT_CHANGE_CIPHER_SPEC,
					   bytes, 2));
	hs_test_restore(side);
	KUNIT_EXPECT_EQ(test, -EPROTO,
			hs_test_feed_plain(side, RPT_CT_CHANGE_CIPHER_SPEC,
					   bytes, 0));
	hs_test_restore(side);
	KUNIT_EXPECT_EQ(test, first ? -EPROTO : 0,
			hs_test_feed_plain(side, RPT_CT_CHANGE_CIPHER_SPEC,
					   bytes, 1));
	hs_test_restore(side);

	/* Not within a message */
	KUNIT_EXPECT_EQ(test, 0, hs_test_feed_msg(t, side, p->legal, 1));
	KUNIT_EXPECT_EQ(test, -EPROTO,
			hs_test_feed_plain(side, RPT_CT_CHANGE_CIPHER_SPEC,
					   bytes, 1));
	hs_test_restore(side);

	/* Not for ever */
	while (!first && side->hs->nuisance < RPT_EMPTY_RECORDS_MAX)
		KUNIT_ASSERT_EQ(test, 0,
				hs_test_feed_plain(side,
						   RPT_CT_CHANGE_CIPHER_SPEC,
						   bytes, 1));
	KUNIT_EXPECT_EQ(test, -EPROTO,
			hs_test_feed_plain(side, RPT_CT_CHANGE_CIPHER_SPEC,
					   bytes, 1));
	hs_test_destroy(t);
}

static int feed_alert(struct hs_test *t, struct hs_test_side *side,
		      const u8 *bytes, size_t len)
{
	if (side->hs->rx.set)
		return hs_test_feed_sealed(t, side, RPT_CT_ALERT, bytes, len);
	return hs_test_feed_plain(side, RPT_CT_ALERT, bytes, len);
}

/* Alerts: RFC 8446 section 6 */
static void test_alerts(struct kunit *test)
{
	static const u8 close[] = { 1, 0 }, canceled[] = { 1, 90 };
	static const u8 warning[] = { 1, RPT_ALERT_UNRECOGNIZED_NAME };
	static const u8 fatal[] = { 2, RPT_ALERT_HANDSHAKE_FAILURE, 0 };
	const struct place *p = test->param_value;
	struct hs_test_side *side;
	struct hs_test *t = arrive(test, p, &side);
	u8 alert = 0;
	u32 n;

	KUNIT_EXPECT_EQ(test, -EPROTO, feed_alert(t, side, fatal, 2));
	KUNIT_EXPECT_TRUE(test, rpt_hs_alert_received(side->hs, &alert));
	KUNIT_EXPECT_EQ(test, RPT_ALERT_HANDSHAKE_FAILURE, alert);
	KUNIT_EXPECT_FALSE(test, rpt_hs_alert_sent(side->hs, &alert));

	hs_test_restore(side);
	KUNIT_EXPECT_EQ(test, -ECONNRESET, feed_alert(t, side, close, 2));
	hs_test_restore(side);
	/* Whatever it calls itself */
	KUNIT_EXPECT_EQ(test, -EPROTO, feed_alert(t, side, warning, 2));
	hs_test_restore(side);
	KUNIT_EXPECT_EQ(test, 0, feed_alert(t, side, canceled, 2));
	KUNIT_EXPECT_EQ(test, -ECONNRESET, feed_alert(t, side, close, 2));

	/* One alert a record, whole */
	hs_test_restore(side);
	KUNIT_EXPECT_EQ(test, -EPROTO, feed_alert(t, side, fatal, 1));
	KUNIT_EXPECT_TRUE(test, rpt_hs_alert_sent(side->hs, &alert));
	KUNIT_EXPECT_EQ(test, RPT_ALERT_DECODE_ERROR, alert);
	hs_test_restore(side);
	KUNIT_EXPECT_EQ(test, -EPROTO, feed_alert(t, side, fatal, 3));
	KUNIT_EXPECT_TRUE(test, rpt_hs_alert_sent(side->hs, &alert));

	/* A warning within a message */
	hs_test_restore(side);
	KUNIT_EXPECT_EQ(test, 0, hs_test_feed_msg(t, side, p->legal, 1));
	KUNIT_EXPECT_EQ(test, -EPROTO, feed_alert(t, side, canceled, 2));

	/* No more than a limit of warnings */
	hs_test_restore(side);
	for (n = side->hs->nuisance; n < RPT_EMPTY_RECORDS_MAX; n++)
		KUNIT_ASSERT_EQ(test, 0, feed_alert(t, side, canceled, 2));
	KUNIT_EXPECT_EQ(test, -EPROTO, feed_alert(t, side, canceled, 2));
	hs_test_destroy(t);
}

/* Protected records of a wrong kind */
static void test_sealed(struct kunit *test)
{
	const struct place *p = test->param_value;
	struct hs_test_side *side;
	struct hs_test *t = arrive(test, p, &side);
	u8 byte = 1, alert = 0;

	if (!side->hs->rx.set) {
		hs_test_destroy(t);
		return;
	}
	KUNIT_EXPECT_EQ(test, -EPROTO,
			hs_test_feed_sealed(t, side, RPT_CT_APPLICATION_DATA,
					    &byte, 1));
	KUNIT_EXPECT_TRUE(test, rpt_hs_alert_sent(side->hs, &alert));
	KUNIT_EXPECT_EQ(test, RPT_ALERT_UNEXPECTED_MESSAGE, alert);
	hs_test_restore(side);
	KUNIT_EXPECT_EQ(test, -EPROTO,
			hs_test_feed_sealed(t, side, RPT_CT_APPLICATION_DATA,
					    &byte, 0));
	hs_test_destroy(t);
}

/* Headers that announce too much */
static void test_record_overflow(struct kunit *test)
{
	const struct place *p = test->param_value;
	struct hs_test_side *side;
	struct hs_test *t = arrive(test, p, &side);
	bool encrypted = side->hs->rx.set;
	u8 hdr[RPT_RECORD_HDR] = { RPT_CT_HANDSHAKE, 3, 3 };
	size_t max = RPT_RECORD_MAX_PLAIN;
	u8 alert = 0;

	if (encrypted) {
		hdr[0] = RPT_CT_APPLICATION_DATA;
		max = RPT_RECORD_MAX_CIPHER;
	}
	put_unaligned_be16(max, hdr + 3);
	KUNIT_EXPECT_EQ(test, 0, hs_test_feed(side, hdr, sizeof(hdr)));
	hs_test_restore(side);
	put_unaligned_be16(max + 1, hdr + 3);
	KUNIT_EXPECT_EQ(test, -EMSGSIZE, hs_test_feed(side, hdr, sizeof(hdr)));
	KUNIT_EXPECT_TRUE(test, rpt_hs_alert_sent(side->hs, &alert));
	KUNIT_EXPECT_EQ(test, RPT_ALERT_RECORD_OVERFLOW, alert);
	hs_test_destroy(t);
}

/* Keys change behind these: they must end their record, section 5.1 */
static void test_ends_record(struct kunit *test)
{
	static const struct place ends[] = {
		{ false, RPT_HS_EXPECT_SERVER_HELLO, false, false },
		{ false, RPT_HS_EXPECT_SERVER_HELLO, false, true },
		{ false, RPT_HS_EXPECT_SECOND_SERVER_HELLO, false, true },
		{ false, RPT_HS_EXPECT_FINISHED, false, false },
		{ true, RPT_HS_EXPECT_CLIENT_HELLO, false, false },
		{ true, RPT_HS_EXPECT_SECOND_CLIENT_HELLO, false, true },
		{ true, RPT_HS_EXPECT_FINISHED, false, false },
	};
	struct hs_test_side *side, *other;
	u8 *plain, *rec, type, alert;
	size_t len, plain_len;
	struct hs_test *t;
	unsigned int i;
	const u8 *out;

	rec = kunit_kmalloc(test, 2048, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, rec);
	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		t = arrive(test, &ends[i], &side);
		other = side == &t->c ? &t->s : &t->c;
		hs_test_pump(side, other, 0);
		out = rpt_hs_output(other->hs, &len);
		if (out[0] == RPT_CT_CHANGE_CIPHER_SPEC) {
			rpt_hs_output_done(other->hs, 6);
			out = rpt_hs_output(other->hs, &len);
		}
		KUNIT_ASSERT_GT(test, len, RPT_RECORD_HDR);
		len = RPT_RECORD_HDR + get_unaligned_be16(out + 3);
		KUNIT_ASSERT_LT(test, len, 2048);
		memcpy(rec, out, len);
		if (side->hs->rx.set) {
			struct rpt_record_key key = side->hs->rx;

			KUNIT_ASSERT_EQ(test, 0,
					rpt_record_open(&key, rec, len, &type,
							&plain, &plain_len));
		} else {
			plain = rec + RPT_RECORD_HDR;
			plain_len = len - RPT_RECORD_HDR;
		}
		/* What would come next, so that only its place is wrong */
		plain[plain_len] = i == 0 ? RPT_HS_ENCRYPTED_EXTENSIONS :
					    RPT_HS_CERTIFICATE;
		KUNIT_EXPECT_EQ_MSG(test, -EPROTO,
				    hs_test_feed_msg(t, side, plain,
						     plain_len + 1),
				    "case %u", i);
		KUNIT_EXPECT_TRUE(test, rpt_hs_alert_sent(side->hs, &alert));
		KUNIT_EXPECT_EQ(test, RPT_ALERT_UNEXPECTED_MESSAGE, alert);
		hs_test_destroy(t);
	}
}

static struct kunit_case hs_state_cases[] = {
	KUNIT_CASE_PARAM(test_messages, place_gen_params),
	KUNIT_CASE_PARAM(test_too_long, place_gen_params),
	KUNIT_CASE_PARAM(test_records, place_gen_params),
	KUNIT_CASE_PARAM(test_ccs, place_gen_params),
	KUNIT_CASE_PARAM(test_alerts, place_gen_params),
	KUNIT_CASE_PARAM(test_sealed, place_gen_params),
	KUNIT_CASE_PARAM(test_record_overflow, place_gen_params),
	KUNIT_CASE(test_ends_record),
	{}
};

static struct kunit_suite hs_state_suite = {
	.name = "riptides_hs_state",
	.test_cases = hs_state_cases,
};

kunit_test_suite(hs_state_suite);

MODULE_DESCRIPTION("KUnit tests of the handshake's states");
MODULE_LICENSE("GPL");
