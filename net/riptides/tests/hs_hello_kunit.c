// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the hellos: what is refused in them, and by which alert
 *
 * A real hello is edited on its way.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "hs_test.h"

/**
 * struct hello - a hello being edited
 * @buf: the message with its header
 * @len: its length
 * @ext: offset of the extensions' length
 */
struct hello {
	u8 buf[2048];
	size_t len;
	size_t ext;
};

#define RANDOM_AT	(RPT_HS_HDR + 2)
#define SESSION_ID_AT	(RANDOM_AT + RPT_RANDOM_LEN)

static size_t at_suites(const struct hello *h)
{
	return SESSION_ID_AT + 1 + h->buf[SESSION_ID_AT];
}

/* Take the hello that waits in a side's output, and all that is behind it */
static struct hello *take(struct hs_test *t, struct hs_test_side *side)
{
	struct hello *h = kunit_kzalloc(t->test, sizeof(*h), GFP_KERNEL);
	size_t len, p;
	const u8 *out;

	KUNIT_ASSERT_NOT_NULL(t->test, h);
	out = rpt_hs_output(side->hs, &len);
	if (out[0] == RPT_CT_CHANGE_CIPHER_SPEC)
		out += 6;
	KUNIT_ASSERT_EQ(t->test, RPT_CT_HANDSHAKE, out[0]);
	h->len = get_unaligned_be16(out + 3);
	KUNIT_ASSERT_LT(t->test, h->len, sizeof(h->buf) - 256);
	memcpy(h->buf, out + RPT_RECORD_HDR, h->len);
	rpt_hs_output_done(side->hs, len);

	p = at_suites(h);
	if (h->buf[0] == RPT_HS_CLIENT_HELLO) {
		p += 2 + get_unaligned_be16(h->buf + p);
		p += 1 + h->buf[p];
	} else {
		p += 3;
	}
	h->ext = p;
	return h;
}

static void replace(struct hello *h, size_t at, size_t old, const u8 *with,
		    size_t len)
{
	memmove(h->buf + at + len, h->buf + at + old, h->len - at - old);
	if (len)
		memcpy(h->buf + at, with, len);
	h->len += len - old;
	if (at < h->ext)
		h->ext += len - old;
}

static size_t find(const struct hello *h, u16 type, size_t *size)
{
	size_t p = h->ext + 2;

	while (p < h->len && get_unaligned_be16(h->buf + p) != type)
		p += 4 + get_unaligned_be16(h->buf + p + 2);
	*size = p < h->len ? 4 + get_unaligned_be16(h->buf + p + 2) : 0;
	return p;
}

static void drop(struct hello *h, u16 type)
{
	size_t size, at = find(h, type, &size);

	replace(h, at, size, NULL, 0);
}

/* Change an extension, or put it where the first one is not pre_shared_key's */
static void set(struct hello *h, u16 type, const u8 *body, size_t len)
{
	size_t size, at = find(h, type, &size);
	u8 ext[256];

	put_unaligned_be16(type, ext);
	put_unaligned_be16(len, ext + 2);
	if (len)
		memcpy(ext + 4, body, len);
	if (!size && type != RPT_EXT_PRE_SHARED_KEY)
		at = h->ext + 2;
	replace(h, at, size, ext, 4 + len);
}

#define SET(h, type, ...)						\
	do {								\
		static const u8 body[] = { __VA_ARGS__ };		\
									\
		set(h, type, body, sizeof(body));			\
	} while (0)

static void give(struct hs_test *t, struct hs_test_side *side, struct hello *h)
{
	put_unaligned_be24(h->len - RPT_HS_HDR, h->buf + 1);
	if (h->len > h->ext)
		put_unaligned_be16(h->len - h->ext - 2, h->buf + h->ext);
	hs_test_feed_plain(side, RPT_CT_HANDSHAKE, h->buf, h->len);
}

struct edit {
	const char *name;
	void (*edit)(struct hello *h);
	int err;
	u8 alert;
};

#define EDIT(fn)	static void fn(struct hello *h)

EDIT(nothing) { }
EDIT(ssl3) { h->buf[5] = 0; }
EDIT(old_major) { h->buf[4] = 2; }
EDIT(tls10) { h->buf[5] = 1; }
EDIT(no_versions) { drop(h, RPT_EXT_SUPPORTED_VERSIONS); }
EDIT(only_tls12) { SET(h, RPT_EXT_SUPPORTED_VERSIONS, 2, 3, 3); }
EDIT(grease) { SET(h, RPT_EXT_SUPPORTED_VERSIONS, 6, 0x7a, 0x7a, 3, 3, 3, 4); }
EDIT(no_extensions) { h->len = h->ext; }
EDIT(compression) { h->buf[h->ext - 1] = 1; }
EDIT(no_sigs) { drop(h, RPT_EXT_SIGNATURE_ALGORITHMS); }
EDIT(no_groups) { drop(h, RPT_EXT_SUPPORTED_GROUPS); }
EDIT(no_shares) { drop(h, RPT_EXT_KEY_SHARE); }
EDIT(strange_sigs) { SET(h, RPT_EXT_SIGNATURE_ALGORITHMS, 0, 2, 8, 7); }
EDIT(early_data) { set(h, RPT_EXT_EARLY_DATA, NULL, 0); }
EDIT(cookie) { SET(h, RPT_EXT_COOKIE, 0, 1, 'c'); }
EDIT(unknown_ext) { SET(h, 0xfafa, 1, 2, 3); }
EDIT(padding) { SET(h, RPT_EXT_PADDING, 0, 0, 0, 0); }
EDIT(psk_ke) { SET(h, RPT_EXT_PSK_KEY_EXCHANGE_MODES, 1, 0); }

EDIT(more_compression)
{
	static const u8 methods[] = { 2, 0, 1 };

	replace(h, h->ext - 2, 2, methods, 3);
}

EDIT(strange_suites)
{
	static const u8 suites[] = { 0, 4, 0x13, 4, 0x13, 5 };
	size_t at = at_suites(h);

	replace(h, at, 2 + get_unaligned_be16(h->buf + at), suites, 6);
}

EDIT(share_not_listed)
{
	SET(h, RPT_EXT_SUPPORTED_GROUPS, 0, 2, 0, 0x17);
}

EDIT(strange_groups)
{
	SET(h, RPT_EXT_SUPPORTED_GROUPS, 0, 2, 0, 0x19);
	SET(h, RPT_EXT_KEY_SHARE, 0, 0);
}

EDIT(short_share) { SET(h, RPT_EXT_KEY_SHARE, 0, 6, 0, 0x1d, 0, 2, 1, 2); }

EDIT(zero_share)
{
	u8 body[2 + 4 + 32] = { 0, 36, 0, 0x1d, 0, 32 };

	set(h, RPT_EXT_KEY_SHARE, body, sizeof(body));
}

EDIT(empty_shares) { SET(h, RPT_EXT_KEY_SHARE, 0, 0); }
EDIT(psk) { u8 b[44] = { 0, 7, 0, 1, 'i', 0, 0, 0, 0, 0, 33, 32 };
	set(h, RPT_EXT_PRE_SHARED_KEY, b, sizeof(b)); }
EDIT(psk_no_modes) { psk(h); drop(h, RPT_EXT_PSK_KEY_EXCHANGE_MODES); }
EDIT(psk_only_ke) { psk(h); psk_ke(h); }
EDIT(psk_no_sigs) { psk(h); no_sigs(h); }
EDIT(psk_no_dhe) { psk_only_ke(h); no_groups(h); no_shares(h); }

EDIT(long_session_id)
{
	u8 id[34] = { 33 };

	replace(h, SESSION_ID_AT, 33, id, sizeof(id));
}

static const struct edit client_hellos[] = {
	{ "untouched", nothing },
	{ "legacy_version SSL 3", ssl3, -EPROTO, RPT_ALERT_PROTOCOL_VERSION },
	{ "legacy_version 0x0203", old_major, -EPROTO,
	  RPT_ALERT_PROTOCOL_VERSION },
	{ "legacy_version TLS 1.0 is not looked at", tls10 },
	{ "no supported_versions", no_versions, -EPROTO,
	  RPT_ALERT_PROTOCOL_VERSION },
	{ "TLS 1.2 only", only_tls12, -EPROTO, RPT_ALERT_PROTOCOL_VERSION },
	{ "strange versions, too", grease },
	{ "no extensions", no_extensions, -EPROTO, RPT_ALERT_PROTOCOL_VERSION },
	{ "compression", compression, -EPROTO, RPT_ALERT_ILLEGAL_PARAMETER },
	{ "compression as a choice", more_compression, -EPROTO,
	  RPT_ALERT_ILLEGAL_PARAMETER },
	{ "no signature_algorithms", no_sigs, -EPROTO,
	  RPT_ALERT_MISSING_EXTENSION },
	{ "no supported_groups", no_groups, -EPROTO,
	  RPT_ALERT_MISSING_EXTENSION },
	{ "no key_share", no_shares, -EPROTO, RPT_ALERT_MISSING_EXTENSION },
	{ "no signature in common", strange_sigs, -ENOKEY,
	  RPT_ALERT_HANDSHAKE_FAILURE },
	{ "no suite in common", strange_suites, -EPROTO,
	  RPT_ALERT_HANDSHAKE_FAILURE },
	{ "share of a group not listed", share_not_listed, -EPROTO,
	  RPT_ALERT_ILLEGAL_PARAMETER },
	{ "no group in common", strange_groups, -EPROTO,
	  RPT_ALERT_HANDSHAKE_FAILURE },
	{ "share too short", short_share, -EPROTO, RPT_ALERT_ILLEGAL_PARAMETER },
	{ "share of zeroes", zero_share, -EPROTO, RPT_ALERT_ILLEGAL_PARAMETER },
	{ "no shares: a retry", empty_shares },
	{ "early_data", early_data },
	{ "a cookie that nobody sent", cookie, -EPROTO,
	  RPT_ALERT_ILLEGAL_PARAMETER },
	{ "unknown extension", unknown_ext },
	{ "unknown PSK", psk },
	{ "PSK without modes", psk_no_modes, -EPROTO,
	  RPT_ALERT_MISSING_EXTENSION },
	{ "PSK for psk_ke only", psk_only_ke },
	{ "PSK without (EC)DHE, as section 9.2 allows", psk_no_dhe, -EPROTO,
	  RPT_ALERT_HANDSHAKE_FAILURE },
	{ "unknown PSK, no signature_algorithms", psk_no_sigs, -EPROTO,
	  RPT_ALERT_MISSING_EXTENSION },
	{ "session ID of 33", long_session_id, -EPROTO,
	  RPT_ALERT_DECODE_ERROR },
};

KUNIT_ARRAY_PARAM_DESC(client_hello, client_hellos, name);

static void judge(struct kunit *test, const struct edit *e,
		  struct hs_test_side *side)
{
	u8 alert = 0xff;

	KUNIT_EXPECT_EQ(test, e->err, side->err);
	KUNIT_EXPECT_EQ(test, !!e->err, rpt_hs_alert_sent(side->hs, &alert));
	if (e->err)
		KUNIT_EXPECT_EQ(test, e->alert, alert);
}

/* Section 4.2.9: tickets are for those who can use them */
static void test_takes_tickets(struct kunit *test)
{
	struct hs_test *t = hs_test_new(test);
	struct hello *h;

	hs_test_create(t);
	h = take(t, &t->c);
	give(t, &t->s, h);
	KUNIT_EXPECT_TRUE(test, t->s.hs->takes_tickets);

	hs_test_again(t);
	h = take(t, &t->c);
	psk_ke(h);
	give(t, &t->s, h);
	KUNIT_EXPECT_EQ(test, 0, t->s.err);
	KUNIT_EXPECT_FALSE(test, t->s.hs->takes_tickets);

	hs_test_again(t);
	h = take(t, &t->c);
	drop(h, RPT_EXT_PSK_KEY_EXCHANGE_MODES);
	give(t, &t->s, h);
	KUNIT_EXPECT_EQ(test, 0, t->s.err);
	KUNIT_EXPECT_FALSE(test, t->s.hs->takes_tickets);
	hs_test_destroy(t);
}

/* RFC 9149: how many tickets a client asks for */
static void test_ticket_request(struct kunit *test)
{
	struct hs_test *t = hs_test_new(test);
	struct hello *h;

	hs_test_create(t);
	hs_test_run(t, 0);
	hs_test_expect_done(t);
	KUNIT_EXPECT_FALSE(test, t->ss.tickets_asked);

	t->c.p.ask_ticket = true;
	t->c.p.no_tickets = true;
	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_done(t);
	KUNIT_EXPECT_TRUE(test, t->ss.tickets_asked);
	KUNIT_EXPECT_EQ(test, 1, t->ss.tickets_wanted);
	KUNIT_EXPECT_FALSE(test, t->ss.takes_tickets);

	hs_test_again(t);
	h = take(t, &t->c);
	SET(h, RPT_EXT_TICKET_REQUEST, 3, 2);
	give(t, &t->s, h);
	KUNIT_EXPECT_EQ(test, 0, t->s.err);
	KUNIT_EXPECT_EQ(test, 3, t->s.hs->new_tickets);
	KUNIT_EXPECT_EQ(test, 2, t->s.hs->more_tickets);
	hs_test_destroy(t);
}

static void test_client_hello(struct kunit *test)
{
	const struct edit *e = test->param_value;
	struct hs_test *t = hs_test_new(test);
	struct hello *h;

	hs_test_create(t);
	h = take(t, &t->c);
	e->edit(h);
	give(t, &t->s, h);
	judge(test, e, &t->s);
	hs_test_destroy(t);
}

EDIT(other_random) { h->buf[RANDOM_AT + 7] ^= 1; }
EDIT(other_session_id) { h->buf[SESSION_ID_AT + 5] ^= 1; }
EDIT(other_suite) { h->buf[at_suites(h) + 3] ^= 0x10; }
EDIT(other_sigs) { SET(h, RPT_EXT_SIGNATURE_ALGORITHMS, 0, 2, 4, 3); }
EDIT(no_cookie) { drop(h, RPT_EXT_COOKIE); }
EDIT(other_ech) { SET(h, RPT_EXT_ENCRYPTED_CLIENT_HELLO, 0, 0, 1); }

EDIT(two_shares)
{
	u8 body[2 + 4 + 97 + 4 + 1] = { 0, 106, 0, 0x18, 0, 97 };

	body[103] = 0;
	body[104] = 0x1d;
	body[106] = 1;
	set(h, RPT_EXT_KEY_SHARE, body, sizeof(body));
}

EDIT(share_of_first) { SET(h, RPT_EXT_KEY_SHARE, 0, 5, 0, 0x1d, 0, 1, 1); }
EDIT(bad_point)
{
	u8 body[2 + 4 + 97] = { 0, 101, 0, 0x18, 0, 97, 4 };

	set(h, RPT_EXT_KEY_SHARE, body, sizeof(body));
}

static const struct edit second_hellos[] = {
	{ "untouched", nothing },
	{ "padding may come", padding },
	{ "encrypted_client_hello may change", other_ech },
	{ "random changed", other_random, -EPROTO, RPT_ALERT_ILLEGAL_PARAMETER },
	{ "session ID changed", other_session_id, -EPROTO,
	  RPT_ALERT_ILLEGAL_PARAMETER },
	{ "suite changed", other_suite, -EPROTO, RPT_ALERT_ILLEGAL_PARAMETER },
	{ "signatures changed", other_sigs, -EPROTO,
	  RPT_ALERT_ILLEGAL_PARAMETER },
	{ "extension added", unknown_ext, -EPROTO, RPT_ALERT_ILLEGAL_PARAMETER },
	{ "extension removed", psk_ke, -EPROTO, RPT_ALERT_ILLEGAL_PARAMETER },
	{ "early_data again", early_data, -EPROTO, RPT_ALERT_ILLEGAL_PARAMETER },
	{ "no cookie", no_cookie, -EPROTO, RPT_ALERT_MISSING_EXTENSION },
	{ "another cookie", cookie, -EPROTO, RPT_ALERT_ILLEGAL_PARAMETER },
	{ "no share", empty_shares, -EPROTO, RPT_ALERT_ILLEGAL_PARAMETER },
	{ "two shares", two_shares, -EPROTO, RPT_ALERT_ILLEGAL_PARAMETER },
	{ "share of the first group", share_of_first, -EPROTO,
	  RPT_ALERT_ILLEGAL_PARAMETER },
	{ "not a point", bad_point, -EPROTO, RPT_ALERT_ILLEGAL_PARAMETER },
};

KUNIT_ARRAY_PARAM_DESC(second_hello, second_hellos, name);

static const u16 only_p384[] = { RPT_GROUP_SECP384R1 };

static void test_second_client_hello(struct kunit *test)
{
	const struct edit *e = test->param_value;
	struct hs_test *t = hs_test_new(test);
	struct hello *h;

	t->s.p.groups = only_p384;
	t->s.p.n_groups = 1;
	t->s.p.send_cookie = true;
	hs_test_create(t);
	hs_test_pump(&t->c, &t->s, 0);
	hs_test_pump(&t->s, &t->c, 0);
	h = take(t, &t->c);
	e->edit(h);
	give(t, &t->s, h);
	judge(test, e, &t->s);
	hs_test_destroy(t);
}

/* ServerHello, HelloRetryRequest */
EDIT(tls11) { h->buf[5] = 2; }
EDIT(shorter_session_id) { replace(h, SESSION_ID_AT + 1, 1, NULL, 0); h->buf[SESSION_ID_AT]--; }
EDIT(suite_unknown) { h->buf[at_suites(h) + 1] = 5; }
EDIT(suite_not_offered) { h->buf[at_suites(h) + 1] = 2; }
EDIT(compression_chosen) { h->buf[at_suites(h) + 2] = 1; }
EDIT(version_tls12) { SET(h, RPT_EXT_SUPPORTED_VERSIONS, 3, 3); }
EDIT(version_zero) { SET(h, RPT_EXT_SUPPORTED_VERSIONS, 0, 0); }
EDIT(downgrade_12) { no_versions(h); memcpy(h->buf + RANDOM_AT + 24, "DOWNGRD\x01", 8); }
EDIT(downgrade_11) { no_versions(h); memcpy(h->buf + RANDOM_AT + 24, "DOWNGRD\x00", 8); }
EDIT(downgrade_2) { no_versions(h); memcpy(h->buf + RANDOM_AT + 24, "DOWNGRD\x02", 8); }
EDIT(share_unasked) { SET(h, RPT_EXT_KEY_SHARE, 0, 0x17, 0, 1, 4); }
EDIT(share_short) { SET(h, RPT_EXT_KEY_SHARE, 0, 0x1d, 0, 1, 4); }
EDIT(share_zero)
{
	u8 body[4 + 32] = { 0, 0x1d, 0, 32 };

	set(h, RPT_EXT_KEY_SHARE, body, sizeof(body));
}

EDIT(psk_chosen) { SET(h, RPT_EXT_PRE_SHARED_KEY, 0, 0); }
EDIT(name_in_hello) { set(h, RPT_EXT_SERVER_NAME, NULL, 0); }

EDIT(make_retry)
{
	memcpy(h->buf + RANDOM_AT, rpt_retry_random, RPT_RANDOM_LEN);
	drop(h, RPT_EXT_KEY_SHARE);
}

EDIT(retry_same_group) { make_retry(h); SET(h, RPT_EXT_KEY_SHARE, 0, 0x1d); }
EDIT(retry_strange_group) { make_retry(h); SET(h, RPT_EXT_KEY_SHARE, 0, 0x19); }
EDIT(retry_cookie) { make_retry(h); cookie(h); }
EDIT(retry_group) { make_retry(h); SET(h, RPT_EXT_KEY_SHARE, 0, 0x17); }
EDIT(retry_unknown) { retry_group(h); unknown_ext(h); }

static const struct edit server_hellos[] = {
	{ "untouched", nothing },
	{ "legacy_version", tls11, -EPROTO, RPT_ALERT_ILLEGAL_PARAMETER },
	{ "legacy_version SSL 3", ssl3, -EPROTO, RPT_ALERT_PROTOCOL_VERSION },
	{ "session ID changed", other_session_id, -EPROTO,
	  RPT_ALERT_ILLEGAL_PARAMETER },
	{ "session ID shorter", shorter_session_id, -EPROTO,
	  RPT_ALERT_ILLEGAL_PARAMETER },
	{ "suite unknown", suite_unknown, -EPROTO, RPT_ALERT_ILLEGAL_PARAMETER },
	{ "suite not offered", suite_not_offered, -EPROTO,
	  RPT_ALERT_ILLEGAL_PARAMETER },
	{ "compression", compression_chosen, -EPROTO,
	  RPT_ALERT_ILLEGAL_PARAMETER },
	{ "TLS 1.2", no_versions, -EPROTO, RPT_ALERT_PROTOCOL_VERSION },
	{ "TLS 1.2 without extensions", no_extensions, -EPROTO,
	  RPT_ALERT_PROTOCOL_VERSION },
	{ "downgraded from 1.3 to 1.2", downgrade_12, -EPROTO,
	  RPT_ALERT_ILLEGAL_PARAMETER },
	{ "downgraded to less", downgrade_11, -EPROTO,
	  RPT_ALERT_ILLEGAL_PARAMETER },
	{ "no sentinel", downgrade_2, -EPROTO, RPT_ALERT_PROTOCOL_VERSION },
	{ "TLS 1.2 as TLS 1.3 says it", version_tls12, -EPROTO,
	  RPT_ALERT_ILLEGAL_PARAMETER },
	{ "version 0", version_zero, -EPROTO, RPT_ALERT_ILLEGAL_PARAMETER },
	{ "no share", no_shares, -EPROTO, RPT_ALERT_MISSING_EXTENSION },
	{ "share of another group", share_unasked, -EPROTO,
	  RPT_ALERT_ILLEGAL_PARAMETER },
	{ "share too short", share_short, -EPROTO, RPT_ALERT_ILLEGAL_PARAMETER },
	{ "share of zeroes", share_zero, -EPROTO, RPT_ALERT_ILLEGAL_PARAMETER },
	{ "PSK that was not offered", psk_chosen, -EPROTO,
	  RPT_ALERT_UNSUPPORTED_EXTENSION },
	{ "unknown extension", unknown_ext, -EPROTO,
	  RPT_ALERT_UNSUPPORTED_EXTENSION },
	{ "server_name", name_in_hello, -EPROTO, RPT_ALERT_ILLEGAL_PARAMETER },
	{ "retry", retry_group },
	{ "retry for a cookie", retry_cookie },
	{ "retry for nothing", make_retry, -EPROTO, RPT_ALERT_ILLEGAL_PARAMETER },
	{ "retry for the same group", retry_same_group, -EPROTO,
	  RPT_ALERT_ILLEGAL_PARAMETER },
	{ "retry for a strange group", retry_strange_group, -EPROTO,
	  RPT_ALERT_ILLEGAL_PARAMETER },
	{ "retry, unknown extension", retry_unknown, -EPROTO,
	  RPT_ALERT_UNSUPPORTED_EXTENSION },
};

KUNIT_ARRAY_PARAM_DESC(server_hello, server_hellos, name);

static const u16 two_suites[] = {
	RPT_SUITE_AES_128_GCM_SHA256, RPT_SUITE_CHACHA20_POLY1305_SHA256,
};

static void test_server_hello(struct kunit *test)
{
	const struct edit *e = test->param_value;
	struct hs_test *t = hs_test_new(test);
	struct hello *h;

	t->c.p.suites = two_suites;
	t->c.p.n_suites = ARRAY_SIZE(two_suites);
	hs_test_create(t);
	hs_test_pump(&t->c, &t->s, 0);
	h = take(t, &t->s);
	e->edit(h);
	give(t, &t->c, h);
	judge(test, e, &t->c);
	hs_test_destroy(t);
}

EDIT(suite_changed) { h->buf[at_suites(h) + 1] = 3; }
EDIT(old_share) { share_unasked(h); h->buf[h->len - 4] = 0x1d; }

static const struct edit second_server_hellos[] = {
	{ "untouched", nothing },
	{ "suite changed", suite_changed, -EPROTO, RPT_ALERT_ILLEGAL_PARAMETER },
	{ "retry again", retry_cookie, -EPROTO, RPT_ALERT_UNEXPECTED_MESSAGE },
	{ "share of the first group", old_share, -EPROTO,
	  RPT_ALERT_ILLEGAL_PARAMETER },
};

KUNIT_ARRAY_PARAM_DESC(second_server_hello, second_server_hellos, name);

static void test_second_server_hello(struct kunit *test)
{
	const struct edit *e = test->param_value;
	struct hs_test *t = hs_test_new(test);
	struct hello *h;

	t->s.p.groups = only_p384;
	t->s.p.n_groups = 1;
	hs_test_create(t);
	hs_test_pump(&t->c, &t->s, 0);
	hs_test_pump(&t->s, &t->c, 0);
	hs_test_pump(&t->c, &t->s, 0);
	h = take(t, &t->s);
	e->edit(h);
	give(t, &t->c, h);
	judge(test, e, &t->c);
	hs_test_destroy(t);
}

EDIT(psk_out_of_range) { SET(h, RPT_EXT_PRE_SHARED_KEY, 0, 1); }
EDIT(psk_other_hash) { h->buf[at_suites(h) + 1] = 2; }

static const struct edit psk_server_hellos[] = {
	{ "untouched", nothing },
	{ "identity out of range", psk_out_of_range, -EPROTO,
	  RPT_ALERT_ILLEGAL_PARAMETER },
	{ "suite of another hash", psk_other_hash, -EPROTO,
	  RPT_ALERT_ILLEGAL_PARAMETER },
	{ "no share", no_shares, -EPROTO, RPT_ALERT_MISSING_EXTENSION },
};

KUNIT_ARRAY_PARAM_DESC(psk_server_hello, psk_server_hellos, name);

static void test_psk_server_hello(struct kunit *test)
{
	const struct edit *e = test->param_value;
	struct hs_test *t = hs_test_new(test);
	struct rpt_psk *psk = kunit_kzalloc(test, sizeof(*psk), GFP_KERNEL);
	struct hello *h;

	KUNIT_ASSERT_NOT_NULL(test, psk);
	psk->identity = (const u8 *)"id";
	psk->identity_len = 2;
	psk->secret_len = 32;
	t->c.p.psks = psk;
	t->c.p.n_psks = 1;
	t->s.psks[0] = *psk;
	t->s.n_psks = 1;
	hs_test_create(t);
	hs_test_pump(&t->c, &t->s, 0);
	h = take(t, &t->s);
	e->edit(h);
	give(t, &t->c, h);
	judge(test, e, &t->c);
	hs_test_destroy(t);
}

static struct kunit_case hs_hello_cases[] = {
	KUNIT_CASE_PARAM(test_client_hello, client_hello_gen_params),
	KUNIT_CASE(test_takes_tickets),
	KUNIT_CASE(test_ticket_request),
	KUNIT_CASE_PARAM(test_second_client_hello, second_hello_gen_params),
	KUNIT_CASE_PARAM(test_server_hello, server_hello_gen_params),
	KUNIT_CASE_PARAM(test_second_server_hello,
			 second_server_hello_gen_params),
	KUNIT_CASE_PARAM(test_psk_server_hello, psk_server_hello_gen_params),
	{}
};

static struct kunit_suite hs_hello_suite = {
	.name = "riptides_hs_hello",
	.test_cases = hs_hello_cases,
};

kunit_test_suite(hs_hello_suite);

MODULE_DESCRIPTION("KUnit tests of the hellos of TLS 1.3");
MODULE_LICENSE("GPL");
