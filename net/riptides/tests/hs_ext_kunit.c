// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of extensions: where they may stand, and their syntax
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <kunit/test.h>
#include "hs_ext.h"
#include "hs_msg.h"

#define CH	RPT_EXT_IN_CH
#define SH	RPT_EXT_IN_SH
#define HRR	RPT_EXT_IN_HRR
#define EE	RPT_EXT_IN_EE
#define CT	RPT_EXT_IN_CT
#define CR	RPT_EXT_IN_CR
#define NST	RPT_EXT_IN_NST

struct rule {
	u16 type;
	u8 where;
	const char *name;
};

/* RFC 8446 section 4.2, row by row, and RFC 8449 */
static const struct rule rules[] = {
	{ 0, CH | EE, "server_name" },
	{ 1, CH | EE, "max_fragment_length" },
	{ 5, CH | CR | CT, "status_request" },
	{ 10, CH | EE, "supported_groups" },
	{ 13, CH | CR, "signature_algorithms" },
	{ 14, CH | EE, "use_srtp" },
	{ 15, CH | EE, "heartbeat" },
	{ 16, CH | EE, "application_layer_protocol_negotiation" },
	{ 18, CH | CR | CT, "signed_certificate_timestamp" },
	{ 19, CH | EE, "client_certificate_type" },
	{ 20, CH | EE, "server_certificate_type" },
	{ 21, CH, "padding" },
	{ 28, CH | EE, "record_size_limit" },
	{ 41, CH | SH, "pre_shared_key" },
	{ 42, CH | EE | NST, "early_data" },
	{ 43, CH | SH | HRR, "supported_versions" },
	{ 44, CH | HRR, "cookie" },
	{ 45, CH, "psk_key_exchange_modes" },
	{ 47, CH | CR, "certificate_authorities" },
	{ 48, CR, "oid_filters" },
	{ 49, CH, "post_handshake_auth" },
	{ 50, CH | CR, "signature_algorithms_cert" },
	{ 51, CH | SH | HRR, "key_share" },
	{ 58, CH | EE, "ticket_request" },
};

KUNIT_ARRAY_PARAM_DESC(rule, rules, name);

/* Bodies that are right, for what we look into */
struct sample {
	const char *name;
	u16 type;
	u8 where;
	u8 len;
	u8 body[96];
};

static const struct sample samples[] = {
	{ "server_name", 0, CH, 9, { 0, 7, 0, 0, 4, 'h', 'o', 's', 't' } },
	{ "server_name in EE", 0, EE, 0, {} },
	{ "supported_groups", 10, CH | EE, 6, { 0, 4, 0, 0x1d, 0, 0x17 } },
	{ "signature_algorithms", 13, CH | CR, 4, { 0, 2, 4, 3 } },
	{ "alpn", 16, CH, 8, { 0, 6, 2, 'h', '2', 2, 'h', '3' } },
	{ "alpn in EE", 16, EE, 5, { 0, 3, 2, 'h', '2' } },
	{ "record_size_limit", 28, CH | EE, 2, { 0, 64 } },
	{ "pre_shared_key", 41, CH, 44,
	  { 0, 7, 0, 1, 'i', 0, 0, 0, 0, 0, 33, 32 } },
	{ "pre_shared_key in SH", 41, SH, 2, { 0, 0 } },
	{ "early_data", 42, CH, 0, {} },
	{ "early_data in NST", 42, NST, 4, { 0, 0, 1, 0 } },
	{ "supported_versions", 43, CH, 3, { 2, 3, 4 } },
	{ "supported_versions in SH", 43, SH | HRR, 2, { 3, 4 } },
	{ "cookie", 44, CH | HRR, 4, { 0, 2, 'c', 'k' } },
	{ "psk_key_exchange_modes", 45, CH, 3, { 2, 0, 1 } },
	{ "certificate_authorities", 47, CH | CR, 9,
	  { 0, 7, 0, 2, 0x30, 0, 0, 1, 'x' } },
	{ "post_handshake_auth", 49, CH, 0, {} },
	{ "signature_algorithms_cert", 50, CH | CR, 4, { 0, 2, 4, 3 } },
	{ "key_share", 51, CH, 13,
	  { 0, 11, 0, 0x1d, 0, 2, 1, 2, 0, 0x17, 0, 1, 3 } },
	{ "key_share, empty", 51, CH, 2, { 0, 0 } },
	{ "key_share in SH", 51, SH, 6, { 0, 0x1d, 0, 2, 1, 2 } },
	{ "key_share in HRR", 51, HRR, 2, { 0, 0x1d } },
	{ "ticket_request", 58, CH, 2, { 1, 1 } },
	{ "ticket_request in EE", 58, EE, 1, { 1 } },
};

KUNIT_ARRAY_PARAM_DESC(sample, samples, name);

static const u8 all_messages[] = { CH, SH, HRR, EE, CT, CR, NST };

/* A block of extensions, and the message around it */
struct block {
	struct rpt_wr w;
	u8 buf[1024];
};

static void add(struct block *b, u16 type, const u8 *body, size_t len)
{
	rpt_wr_u16(&b->w, type);
	rpt_wr_u16(&b->w, len);
	rpt_wr_bytes(&b->w, body, len);
}

/* Without supported_versions nothing else of a ServerHello is looked at */
static void start(struct block *b, u8 where, u16 type)
{
	static const u8 version[] = { 3, 4 };

	rpt_wr_init(&b->w, b->buf, sizeof(b->buf));
	if ((where == SH || where == HRR) && type != RPT_EXT_SUPPORTED_VERSIONS)
		add(b, RPT_EXT_SUPPORTED_VERSIONS, version, 2);
}

static void hello_start(struct rpt_wr *w, const u8 *random)
{
	rpt_wr_u16(w, RPT_TLS12);
	rpt_wr_bytes(w, random, RPT_RANDOM_LEN);
	rpt_wr_u8(w, 0);
}

/* Parse a message with the block; exactly sized, so that ASan sees its end */
static int parse(struct kunit *test, u8 where, const struct block *b, u64 asked,
		 u8 *alert)
{
	static const u8 zeroes[RPT_RANDOM_LEN];
	struct rpt_blob context;
	struct rpt_chain chain;
	struct rpt_wr w;
	u8 *msg, *exact;
	int ret;

	union {
		struct rpt_client_hello ch;
		struct rpt_server_hello sh;
		struct rpt_encrypted_extensions ee;
		struct rpt_certificate_request cr;
		struct rpt_new_session_ticket nst;
	} u;

	msg = kunit_kzalloc(test, 2048, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, msg);
	rpt_wr_init(&w, msg, 2048);
	switch (where) {
	case CH:
		hello_start(&w, zeroes);
		rpt_wr_u16(&w, 2);
		rpt_wr_u16(&w, RPT_SUITE_AES_128_GCM_SHA256);
		rpt_wr_u16(&w, 0x0100);
		break;
	case SH:
	case HRR:
		hello_start(&w, where == SH ? zeroes : rpt_retry_random);
		rpt_wr_u16(&w, RPT_SUITE_AES_128_GCM_SHA256);
		rpt_wr_u8(&w, 0);
		break;
	case CT:
		rpt_wr_u8(&w, 0);
		rpt_wr_u24(&w, 3 + 1 + 2 + b->w.len);
		rpt_wr_u24(&w, 1);
		rpt_wr_u8(&w, 'c');
		break;
	case CR:
		rpt_wr_u8(&w, 0);
		break;
	case NST:
		rpt_wr_u64(&w, 0);
		rpt_wr_u8(&w, 0);
		rpt_wr_u16(&w, 1);
		rpt_wr_u8(&w, 't');
		break;
	}
	rpt_wr_u16(&w, b->w.len);
	rpt_wr_bytes(&w, b->buf, b->w.len);
	KUNIT_ASSERT_FALSE(test, w.err || b->w.err);

	exact = kmemdup(msg, w.len, GFP_KERNEL);
	kunit_kfree(test, msg);
	KUNIT_ASSERT_NOT_NULL(test, exact);
	*alert = 0;
	switch (where) {
	case CH:
		ret = rpt_parse_client_hello(exact, w.len, &u.ch, alert);
		break;
	case SH:
	case HRR:
		ret = rpt_parse_server_hello(exact, w.len, asked, &u.sh, alert);
		break;
	case EE:
		ret = rpt_parse_encrypted_extensions(exact, w.len, asked, &u.ee,
						     alert);
		break;
	case CT:
		ret = rpt_parse_certificate(exact, w.len, asked, &context, &chain,
					    alert);
		break;
	case CR:
		ret = rpt_parse_certificate_request(exact, w.len, &u.cr, alert);
		break;
	default:
		ret = rpt_parse_new_session_ticket(exact, w.len, &u.nst, alert);
		break;
	}
	kfree(exact);
	return ret;
}

static bool is_response(u8 where)
{
	return where & (SH | HRR | EE | CT);
}

static const struct sample *sample_for(u16 type, u8 where)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(samples); i++)
		if (samples[i].type == type && (samples[i].where & where))
			return &samples[i];
	return NULL;
}

/* Every extension in every message */
static void test_legality(struct kunit *test)
{
	const struct rule *rule = test->param_value;
	const struct sample *s;
	struct block *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);
	unsigned int i;
	u8 where, alert;
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, b);
	KUNIT_EXPECT_NE(test, 0, rpt_ext_bit(rule->type));
	for (i = 0; i < ARRAY_SIZE(all_messages); i++) {
		where = all_messages[i];
		s = sample_for(rule->type, where);
		start(b, where, rule->type);
		add(b, rule->type, s ? s->body : NULL, s ? s->len : 0);
		ret = parse(test, where, b, ~0ULL, &alert);
		if (rule->where & where) {
			KUNIT_EXPECT_EQ_MSG(test, 0, ret, "message %u", i);
		} else {
			KUNIT_EXPECT_EQ_MSG(test, -EPROTO, ret, "message %u", i);
			KUNIT_EXPECT_EQ_MSG(test, RPT_ALERT_ILLEGAL_PARAMETER,
					    alert, "message %u", i);
			continue;
		}

		/* An answer to a question that was not asked */
		if (is_response(where) &&
		    !(rule->type == RPT_EXT_COOKIE && where == HRR)) {
			ret = parse(test, where, b,
				    rpt_ext_bit(RPT_EXT_SUPPORTED_VERSIONS) &
				    ~rpt_ext_bit(rule->type), &alert);
			KUNIT_EXPECT_EQ_MSG(test, -EPROTO, ret, "message %u", i);
			KUNIT_EXPECT_EQ_MSG(test, RPT_ALERT_UNSUPPORTED_EXTENSION,
					    alert, "message %u", i);
		}

		/* Twice */
		if (rule->type == RPT_EXT_PRE_SHARED_KEY && where == CH)
			continue;
		add(b, rule->type, s ? s->body : NULL, s ? s->len : 0);
		ret = parse(test, where, b, ~0ULL, &alert);
		KUNIT_EXPECT_EQ_MSG(test, -EPROTO, ret, "message %u", i);
		KUNIT_EXPECT_EQ_MSG(test, RPT_ALERT_ILLEGAL_PARAMETER, alert,
				    "message %u", i);
	}
}

/* What we don't know: ignored in a request, refused in an answer */
static void test_unknown(struct kunit *test)
{
	struct block *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);
	unsigned int i, n;
	u8 where, alert;
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, b);
	KUNIT_EXPECT_EQ(test, 0, rpt_ext_bit(0xfafa));
	for (i = 0; i < ARRAY_SIZE(all_messages); i++) {
		where = all_messages[i];
		start(b, where, 0xfafa);
		add(b, 0xfafa, (const u8 *)"?", 1);
		ret = parse(test, where, b, ~0ULL, &alert);
		if (is_response(where)) {
			KUNIT_EXPECT_EQ_MSG(test, -EPROTO, ret, "message %u", i);
			KUNIT_EXPECT_EQ(test, RPT_ALERT_UNSUPPORTED_EXTENSION,
					alert);
			continue;
		}
		KUNIT_EXPECT_EQ_MSG(test, 0, ret, "message %u", i);

		add(b, 0xfafa, NULL, 0);
		KUNIT_EXPECT_EQ(test, -EPROTO, parse(test, where, b, 0, &alert));
		KUNIT_EXPECT_EQ(test, RPT_ALERT_ILLEGAL_PARAMETER, alert);

		/* Not any number of them */
		start(b, where, 0);
		for (n = 0; n < RPT_EXTENSIONS_MAX; n++)
			add(b, 0xe000 + n, NULL, 0);
		KUNIT_EXPECT_EQ(test, 0, parse(test, where, b, 0, &alert));
		add(b, 0xe000 + n, NULL, 0);
		KUNIT_EXPECT_EQ(test, -EPROTO, parse(test, where, b, 0, &alert));
		KUNIT_EXPECT_EQ(test, RPT_ALERT_ILLEGAL_PARAMETER, alert);
	}
}

/* Every sample is taken; a byte less or more at its end is not */
static void test_lengths(struct kunit *test)
{
	const struct sample *s = test->param_value;
	struct block *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);
	unsigned int i, n;
	u8 body[97] = {};
	u8 where, alert;

	KUNIT_ASSERT_NOT_NULL(test, b);
	for (i = 0; i < ARRAY_SIZE(all_messages); i++) {
		where = all_messages[i];
		if (!(s->where & where))
			continue;
		for (n = 0; n <= s->len + 1U; n++) {
			memcpy(body, s->body, s->len);
			start(b, where, s->type);
			add(b, s->type, body, n);
			KUNIT_EXPECT_EQ_MSG(test, n == s->len ? 0 : -EPROTO,
					    parse(test, where, b, ~0ULL, &alert),
					    "%u bytes", n);
			if (n != s->len)
				KUNIT_EXPECT_EQ_MSG(test, RPT_ALERT_DECODE_ERROR,
						    alert, "%u bytes", n);
		}
	}
}

/* Inner lengths off by one, one field at a time */
static void test_inner_lengths(struct kunit *test)
{
	static const struct {
		u16 type;
		u8 where;
		u8 at[3];
	} fields[] = {
		{ 0, CH, { 1, 4 } },
		{ 10, CH, { 1 } },
		{ 13, CH, { 1 } },
		{ 13, CR, { 1 } },
		{ 16, CH, { 1, 2, 5 } },
		{ 16, EE, { 1, 2 } },
		{ 41, CH, { 1, 3, 10 } },
		{ 41, CH, { 11 } },
		{ 43, CH, { 0xff } },
		{ 44, CH, { 1 } },
		{ 45, CH, { 0xff } },
		{ 47, CR, { 1, 3, 7 } },
		{ 50, CH, { 1 } },
		{ 51, CH, { 1, 5, 11 } },
		{ 51, SH, { 3 } },
	};
	struct block *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);
	const struct sample *s;
	unsigned int i, j, at;
	u8 body[96], alert;
	int step;

	KUNIT_ASSERT_NOT_NULL(test, b);
	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		s = sample_for(fields[i].type, fields[i].where);
		KUNIT_ASSERT_NOT_NULL(test, s);
		for (j = 0; j < 3 && fields[i].at[j]; j++) {
			at = fields[i].at[j] == 0xff ? 0 : fields[i].at[j];
			for (step = -1; step <= 1; step += 2) {
				memcpy(body, s->body, sizeof(body));
				body[at] += step;
				start(b, fields[i].where, s->type);
				add(b, s->type, body, s->len);
				KUNIT_EXPECT_EQ_MSG(test, -EPROTO,
						    parse(test, fields[i].where,
							  b, ~0ULL, &alert),
						    "%s at %u by %d", s->name,
						    at, step);
			}
		}
	}
}

struct bad {
	const char *name;
	u16 type;
	u8 where;
	u8 len;
	u8 body[64];
	u8 alert;
};

static const struct bad bad[] = {
	{ "no host_name", 0, CH, 9, { 0, 7, 1, 0, 4, 'h', 'o', 's', 't' },
	  RPT_ALERT_DECODE_ERROR },
	{ "two names", 0, CH, 10, { 0, 8, 0, 0, 1, 'a', 0, 0, 1, 'b' },
	  RPT_ALERT_DECODE_ERROR },
	{ "empty name", 0, CH, 5, { 0, 3, 0, 0, 0 }, RPT_ALERT_DECODE_ERROR },
	{ "zero byte in a name", 0, CH, 9, { 0, 7, 0, 0, 4, 'h', 0, 's', 't' },
	  RPT_ALERT_DECODE_ERROR },
	{ "name in EE", 0, EE, 9, { 0, 7, 0, 0, 4, 'h', 'o', 's', 't' },
	  RPT_ALERT_DECODE_ERROR },
	{ "no groups", 10, CH, 2, { 0, 0 }, RPT_ALERT_DECODE_ERROR },
	{ "half a group", 10, CH, 5, { 0, 3, 0, 0x1d, 0 },
	  RPT_ALERT_DECODE_ERROR },
	{ "no protocol", 16, CH, 2, { 0, 0 }, RPT_ALERT_DECODE_ERROR },
	{ "empty protocol", 16, CH, 6, { 0, 4, 0, 2, 'h', '2' },
	  RPT_ALERT_DECODE_ERROR },
	{ "two protocols chosen", 16, EE, 8, { 0, 6, 2, 'h', '2', 2, 'h', '3' },
	  RPT_ALERT_DECODE_ERROR },
	{ "record_size_limit 63", 28, CH, 2, { 0, 63 },
	  RPT_ALERT_ILLEGAL_PARAMETER },
	{ "record_size_limit 63 in EE", 28, EE, 2, { 0, 63 },
	  RPT_ALERT_ILLEGAL_PARAMETER },
	{ "no identity", 41, CH, 37, { 0, 0, 0, 33, 32 },
	  RPT_ALERT_DECODE_ERROR },
	{ "empty identity", 41, CH, 43, { 0, 6, 0, 0, 0, 0, 0, 0, 0, 33, 32 },
	  RPT_ALERT_DECODE_ERROR },
	{ "two identities, one binder", 41, CH, 51,
	  { 0, 14, 0, 1, 'i', 0, 0, 0, 0, 0, 1, 'j', 0, 0, 0, 0, 0, 33, 32 },
	  RPT_ALERT_ILLEGAL_PARAMETER },
	{ "short binder", 41, CH, 44,
	  { 0, 7, 0, 1, 'i', 0, 0, 0, 0, 0, 33, 31 }, RPT_ALERT_DECODE_ERROR },
	{ "no version", 43, CH, 1, { 0 }, RPT_ALERT_DECODE_ERROR },
	{ "half a version", 43, CH, 4, { 3, 3, 4, 3 }, RPT_ALERT_DECODE_ERROR },
	{ "empty cookie", 44, CH, 2, { 0, 0 }, RPT_ALERT_DECODE_ERROR },
	{ "empty cookie in HRR", 44, HRR, 2, { 0, 0 }, RPT_ALERT_DECODE_ERROR },
	{ "no mode", 45, CH, 1, { 0 }, RPT_ALERT_DECODE_ERROR },
	{ "no authority", 47, CR, 2, { 0, 0 }, RPT_ALERT_DECODE_ERROR },
	{ "empty authority", 47, CR, 5, { 0, 3, 0, 0, 0 },
	  RPT_ALERT_DECODE_ERROR },
	{ "two shares of a group", 51, CH, 12,
	  { 0, 10, 0, 0x1d, 0, 1, 1, 0, 0x1d, 0, 1, 2 },
	  RPT_ALERT_ILLEGAL_PARAMETER },
	{ "empty share", 51, CH, 6, { 0, 4, 0, 0x1d, 0, 0 },
	  RPT_ALERT_DECODE_ERROR },
	{ "empty share in SH", 51, SH, 4, { 0, 0x1d, 0, 0 },
	  RPT_ALERT_DECODE_ERROR },
	{ "half a ticket_request", 58, CH, 1, { 1 }, RPT_ALERT_DECODE_ERROR },
	{ "ticket_request in EE as in CH", 58, EE, 2, { 1, 1 },
	  RPT_ALERT_DECODE_ERROR },
	{ "share in HRR", 51, HRR, 6, { 0, 0x1d, 0, 2, 1, 2 },
	  RPT_ALERT_DECODE_ERROR },
};

KUNIT_ARRAY_PARAM_DESC(bad, bad, name);

static void test_bad(struct kunit *test)
{
	const struct bad *v = test->param_value;
	struct block *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);
	u8 alert;

	KUNIT_ASSERT_NOT_NULL(test, b);
	start(b, v->where, v->type);
	add(b, v->type, v->body, v->len);
	KUNIT_EXPECT_EQ(test, -EPROTO, parse(test, v->where, b, ~0ULL, &alert));
	KUNIT_EXPECT_EQ(test, v->alert, alert);
}

/* More shares than anybody needs */
static void test_many_shares(struct kunit *test)
{
	struct block *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);
	unsigned int i, n;
	size_t ext, list;
	u8 alert;

	KUNIT_ASSERT_NOT_NULL(test, b);
	for (n = RPT_KEY_SHARES_MAX; n <= RPT_KEY_SHARES_MAX + 1; n++) {
		start(b, CH, 0);
		ext = rpt_ext_open(&b->w, RPT_EXT_KEY_SHARE);
		list = rpt_wr_open(&b->w, 2);
		for (i = 0; i < n; i++)
			rpt_ext_write_share(&b->w, i, (const u8 *)"s", 1);
		rpt_wr_close(&b->w, list, 2);
		rpt_ext_close(&b->w, ext);
		KUNIT_EXPECT_EQ(test, n > RPT_KEY_SHARES_MAX ? -EPROTO : 0,
				parse(test, CH, b, 0, &alert));
	}
	KUNIT_EXPECT_EQ(test, RPT_ALERT_ILLEGAL_PARAMETER, alert);
}

/* RFC 8446 section 4.2.11: pre_shared_key is the last of a ClientHello */
static void test_psk_last(struct kunit *test)
{
	const struct sample *s = sample_for(RPT_EXT_PRE_SHARED_KEY, CH);
	struct block *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);
	u8 alert;

	KUNIT_ASSERT_NOT_NULL(test, b);
	start(b, CH, 0);
	add(b, 0xfafa, NULL, 0);
	add(b, s->type, s->body, s->len);
	KUNIT_EXPECT_EQ(test, 0, parse(test, CH, b, 0, &alert));
	add(b, 0xfafb, NULL, 0);
	KUNIT_EXPECT_EQ(test, -EPROTO, parse(test, CH, b, 0, &alert));
	KUNIT_EXPECT_EQ(test, RPT_ALERT_ILLEGAL_PARAMETER, alert);
}

static struct kunit_case hs_ext_cases[] = {
	KUNIT_CASE_PARAM(test_legality, rule_gen_params),
	KUNIT_CASE(test_unknown),
	KUNIT_CASE_PARAM(test_lengths, sample_gen_params),
	KUNIT_CASE(test_inner_lengths),
	KUNIT_CASE_PARAM(test_bad, bad_gen_params),
	KUNIT_CASE(test_many_shares),
	KUNIT_CASE(test_psk_last),
	{}
};

static struct kunit_suite hs_ext_suite = {
	.name = "riptides_hs_ext",
	.test_cases = hs_ext_cases,
};

kunit_test_suite(hs_ext_suite);

MODULE_DESCRIPTION("KUnit tests of TLS 1.3 extensions");
MODULE_LICENSE("GPL");
