// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the messages: every length off by one, every truncation
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <kunit/test.h>
#include "hs_ext.h"
#include "hs_msg.h"

/**
 * struct message - a message that parses
 * @name: for people
 * @type: RPT_HS_*
 * @len: length of @body
 * @short_ok: lengths at which its beginning is a message, too
 * @retry: the random is that of a HelloRetryRequest
 * @fields: offsets of the low byte of each length within
 * @body: without the header
 */
struct message {
	const char *name;
	u8 type;
	u8 len;
	u8 short_ok;
	bool retry;
	u8 fields[24];
	u8 body[192];
};

static const struct message messages[] = {
	{
		"ClientHello", RPT_HS_CLIENT_HELLO, 123, 46, false,
		{ 34, 39, 44, 47, 51, 53, 56, 64, 66, 67, 73, 74, 80, 82, 88,
		  90, 94, 100, 102, 108, 110, 116, 122 },
		{
			3, 3,
			[34] = 3, 'i', 'd', '!',
			0, 4, 0x13, 1, 0x13, 2,		/* 38 */
			1, 0,				/* 44, 45 */
		},
	},
	{
		"ServerHello", RPT_HS_SERVER_HELLO, 56, 38, false,
		{ 34, 39, 43, 49, 53 },
		{
			3, 3,
			[34] = 0, 0x13, 1, 0,
			0, 16,				/* 38 */
			0, 43, 0, 2, 3, 4,		/* 40 */
			0, 51, 0, 6, 0, 0x1d, 0, 2, 7, 7, /* 46 */
		},
	},
	{
		"HelloRetryRequest", RPT_HS_SERVER_HELLO, 60, 38, true,
		{ 34, 39, 43, 49, 55, 57 },
		{
			3, 3,
			[34] = 0, 0x13, 1, 0,
			0, 20,				/* 38 */
			0, 43, 0, 2, 3, 4,
			0, 51, 0, 2, 0, 0x1d,		/* 46 */
			0, 44, 0, 4, 0, 2, 'c', 'k',	/* 52 */
		},
	},
	{
		"EncryptedExtensions", RPT_HS_ENCRYPTED_EXTENSIONS, 21, 0, false,
		{ 1, 5, 7, 8, 14, 20 },
		{
			0, 19,
			0, 16, 0, 5, 0, 3, 2, 'h', '2',	/* 2 */
			0, 28, 0, 2, 1, 0,		/* 11 */
			0, 0, 0, 0,			/* 17 */
		},
	},
	{
		"CertificateRequest", RPT_HS_CERTIFICATE_REQUEST, 24, 0, false,
		{ 0, 4, 8, 10, 16, 18, 20 },
		{
			2, 'c', 'x',
			0, 19,
			0, 13, 0, 4, 0, 2, 4, 3,	/* 5 */
			0, 47, 0, 7, 0, 5, 0, 3, 0x30, 1, 0, /* 13 */
		},
	},
	{
		"Certificate", RPT_HS_CERTIFICATE, 19, 0, false,
		{ 0, 3, 6, 9, 12, 18 },
		{
			0,
			0, 0, 15,
			0, 0, 1, 'a', 0, 0,		/* 4 */
			0, 0, 4, 'b', 'c', 'd', 'e', 0, 0, /* 10 */
		},
	},
	{
		"CertificateVerify", RPT_HS_CERTIFICATE_VERIFY, 7, 0, false,
		{ 3 },
		{ 4, 3, 0, 3, 's', 'i', 'g' },
	},
	{
		"NewSessionTicket", RPT_HS_NEW_SESSION_TICKET, 25, 0, false,
		{ 8, 12, 16, 20 },
		{
			0, 0, 1, 0, 9, 9, 9, 9,
			2, 0, 1,			/* 8 */
			0, 2, 't', 'k',			/* 11 */
			0, 8, 0, 42, 0, 4, 0, 0, 1, 0,	/* 15 */
		},
	},
	{
		"KeyUpdate", RPT_HS_KEY_UPDATE, 1, 0, false, {}, { 1 },
	},
};

KUNIT_ARRAY_PARAM_DESC(message, messages, name);

/* The extensions of the ClientHello, behind its first 46 bytes */
static const u8 hello_extensions[] = {
	0, 75,						/* 46 */
	0, 0, 0, 9, 0, 7, 0, 0, 4, 'h', 'o', 's', 't',	/* 48 */
	0, 16, 0, 5, 0, 3, 2, 'h', '2',			/* 61 */
	0, 43, 0, 3, 2, 3, 4,				/* 70 */
	0, 10, 0, 4, 0, 2, 0, 0x1d,			/* 77 */
	0, 51, 0, 8, 0, 6, 0, 0x1d, 0, 2, 7, 7,		/* 85 */
	0, 13, 0, 4, 0, 2, 4, 3,			/* 97 */
	0, 44, 0, 4, 0, 2, 'c', 'k',			/* 105 */
	0, 28, 0, 2, 0x40, 1,				/* 113 */
	0, 49,						/* 119 */
};

static void load(const struct message *m, u8 *body, size_t *len)
{
	memcpy(body, m->body, sizeof(m->body));
	if (m->retry)
		memcpy(body + 2, rpt_retry_random, RPT_RANDOM_LEN);
	*len = m->len;
	if (m->type == RPT_HS_CLIENT_HELLO) {
		memcpy(body + 46, hello_extensions, sizeof(hello_extensions));
		/* post_handshake_auth, empty */
		body[121] = 0;
		body[122] = 0;
	}
}

/* Exactly sized, so that ASan and KASAN see a read behind the end */
static int parse(struct kunit *test, u8 type, const u8 *body, size_t len,
		 u8 *alert)
{
	struct rpt_blob context;
	struct rpt_chain chain;
	bool requested;
	u8 *exact;
	int ret;

	union {
		struct rpt_client_hello ch;
		struct rpt_server_hello sh;
		struct rpt_encrypted_extensions ee;
		struct rpt_certificate_request cr;
		struct rpt_certificate_verify cv;
		struct rpt_new_session_ticket nst;
	} u;

	exact = kmalloc(len ? len : 1, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, exact);
	memcpy(exact, body, len);
	*alert = 0;
	switch (type) {
	case RPT_HS_CLIENT_HELLO:
		ret = rpt_parse_client_hello(exact, len, &u.ch, alert);
		break;
	case RPT_HS_SERVER_HELLO:
		ret = rpt_parse_server_hello(exact, len, ~0ULL, &u.sh, alert);
		break;
	case RPT_HS_ENCRYPTED_EXTENSIONS:
		ret = rpt_parse_encrypted_extensions(exact, len, ~0ULL, &u.ee,
						     alert);
		break;
	case RPT_HS_CERTIFICATE_REQUEST:
		ret = rpt_parse_certificate_request(exact, len, &u.cr, alert);
		break;
	case RPT_HS_CERTIFICATE:
		ret = rpt_parse_certificate(exact, len, ~0ULL, &context, &chain,
					    alert);
		break;
	case RPT_HS_CERTIFICATE_VERIFY:
		ret = rpt_parse_certificate_verify(exact, len, &u.cv, alert);
		break;
	case RPT_HS_NEW_SESSION_TICKET:
		ret = rpt_parse_new_session_ticket(exact, len, &u.nst, alert);
		break;
	default:
		ret = rpt_parse_key_update(exact, len, &requested, alert);
		break;
	}
	kfree(exact);
	return ret;
}

/* Cut anywhere, it is malformed; so with a byte behind its end */
static void test_truncated(struct kunit *test)
{
	const struct message *m = test->param_value;
	u8 body[256] = {}, alert;
	size_t len, n;

	load(m, body, &len);
	KUNIT_ASSERT_EQ(test, 0, parse(test, m->type, body, len, &alert));
	for (n = 0; n <= len + 1; n++) {
		int want = n == len || (n && n == m->short_ok) ? 0 : -EPROTO;

		KUNIT_EXPECT_EQ_MSG(test, want,
				    parse(test, m->type, body, n, &alert),
				    "%zu bytes", n);
		if (want)
			KUNIT_EXPECT_EQ_MSG(test, RPT_ALERT_DECODE_ERROR, alert,
					    "%zu bytes", n);
	}
}

/* Each length one more and one less, alone */
static void test_lengths(struct kunit *test)
{
	const struct message *m = test->param_value;
	u8 body[256] = {}, alert;
	unsigned int i;
	size_t len;
	int step;

	for (i = 0; i < ARRAY_SIZE(m->fields); i++) {
		if (i && !m->fields[i])
			break;
		if (m->type == RPT_HS_KEY_UPDATE)
			break;
		for (step = -1; step <= 1; step += 2) {
			load(m, body, &len);
			body[m->fields[i]] += step;
			KUNIT_EXPECT_EQ_MSG(test, -EPROTO,
					    parse(test, m->type, body, len,
						  &alert),
					    "byte %u by %d", m->fields[i], step);
		}
	}
}

/* Every byte to every value: whatever comes, nothing is read outside */
static void test_bytes(struct kunit *test)
{
	const struct message *m = test->param_value;
	unsigned int value, good = 0;
	u8 body[256] = {}, alert;
	size_t len, i;
	int ret;

	load(m, body, &len);
	for (i = 0; i < len; i++) {
		u8 byte = body[i];

		for (value = 0; value < 256; value++) {
			body[i] = value;
			ret = parse(test, m->type, body, len, &alert);
			if (!ret)
				good++;
			else if (ret != -EPROTO || !alert)
				KUNIT_FAIL(test, "byte %zu is %u: %d, alert %u",
					   i, value, ret, alert);
		}
		body[i] = byte;
	}
	kunit_info(test, "%s: %u of %zu parse", m->name, good, len * 256);
}

/* More certificates than a chain may have */
static void test_chain_max(struct kunit *test)
{
	unsigned int i, n;
	struct rpt_wr w;
	u8 body[128], alert;
	size_t list;

	for (n = RPT_CHAIN_MAX; n <= RPT_CHAIN_MAX + 1; n++) {
		rpt_wr_init(&w, body, sizeof(body));
		rpt_wr_u8(&w, 0);
		list = rpt_wr_open(&w, 3);
		for (i = 0; i < n; i++) {
			rpt_wr_u24(&w, 1);
			rpt_wr_u8(&w, 'c');
			rpt_wr_u16(&w, 0);
		}
		rpt_wr_close(&w, list, 3);
		KUNIT_EXPECT_EQ(test, n > RPT_CHAIN_MAX ? -EMSGSIZE : 0,
				parse(test, RPT_HS_CERTIFICATE, body, w.len,
				      &alert));
	}
	KUNIT_EXPECT_EQ(test, RPT_ALERT_BAD_CERTIFICATE, alert);
}

/* Values that are not lengths */
static void test_values(struct kunit *test)
{
	u8 body[256] = {}, alert;
	size_t len;

	body[0] = 2;
	KUNIT_EXPECT_EQ(test, -EPROTO,
			parse(test, RPT_HS_KEY_UPDATE, body, 1, &alert));
	KUNIT_EXPECT_EQ(test, RPT_ALERT_ILLEGAL_PARAMETER, alert);

	/* Seven days, and a second more */
	load(&messages[7], body, &len);
	put_unaligned_be32(RPT_TICKET_LIFETIME_MAX, body);
	KUNIT_EXPECT_EQ(test, 0, parse(test, RPT_HS_NEW_SESSION_TICKET, body, len,
				       &alert));
	put_unaligned_be32(RPT_TICKET_LIFETIME_MAX + 1, body);
	KUNIT_EXPECT_EQ(test, -EPROTO, parse(test, RPT_HS_NEW_SESSION_TICKET,
					     body, len, &alert));
	KUNIT_EXPECT_EQ(test, RPT_ALERT_ILLEGAL_PARAMETER, alert);
}

/* What a second ClientHello may change, and what it may not: section 4.1.2 */
static void test_invariant(struct kunit *test)
{
	u8 a[RPT_HASH_MAX], b[RPT_HASH_MAX], body[256] = {};
	size_t len, i;

	load(&messages[0], body, &len);
	rpt_client_hello_invariant(body, len, a);
	for (i = 0; i < len; i++) {
		/* Lengths apart, key_share and cookie only */
		bool free = (i > 88 && i < 97) || (i > 108 && i < 113);

		if ((i >= 85 && i <= 88) || (i >= 105 && i <= 108) ||
		    i == 46 || i == 47)
			continue;
		body[i] ^= 1;
		rpt_client_hello_invariant(body, len, b);
		body[i] ^= 1;
		if (free)
			KUNIT_EXPECT_MEMEQ_MSG(test, a, b, sizeof(a),
					       "byte %zu", i);
		else
			KUNIT_EXPECT_MEMNEQ_MSG(test, a, b, sizeof(a),
						"byte %zu", i);
	}
}

/* What we write, we read */
static void test_written(struct kunit *test)
{
	static const struct rpt_chain chain = {
		.n = 2, .cert = { { (const u8 *)"ab", 2 }, { (const u8 *)"c", 1 } },
	};
	struct rpt_certificate_verify cv;
	struct rpt_blob context;
	struct rpt_chain got;
	struct rpt_wr w;
	u8 buf[64], alert;

	rpt_wr_init(&w, buf, sizeof(buf));
	rpt_write_certificate(&w, &chain);
	KUNIT_ASSERT_FALSE(test, w.err);
	KUNIT_EXPECT_EQ(test, RPT_HS_CERTIFICATE, buf[0]);
	KUNIT_EXPECT_EQ(test, w.len - RPT_HS_HDR, get_unaligned_be24(buf + 1));
	KUNIT_ASSERT_EQ(test, 0,
			rpt_parse_certificate(buf + RPT_HS_HDR, w.len - RPT_HS_HDR,
					      0, &context, &got, &alert));
	KUNIT_EXPECT_EQ(test, 2, got.n);
	KUNIT_EXPECT_EQ(test, 2, got.cert[0].len);
	KUNIT_EXPECT_MEMEQ(test, "c", got.cert[1].data, 1);

	rpt_wr_init(&w, buf, sizeof(buf));
	rpt_write_certificate(&w, NULL);
	KUNIT_ASSERT_EQ(test, 0,
			rpt_parse_certificate(buf + RPT_HS_HDR, w.len - RPT_HS_HDR,
					      0, &context, &got, &alert));
	KUNIT_EXPECT_EQ(test, 0, got.n);

	rpt_wr_init(&w, buf, sizeof(buf));
	rpt_write_certificate_verify(&w, RPT_SIG_RSA_PSS_RSAE_SHA256,
				     (const u8 *)"sig", 3);
	KUNIT_ASSERT_EQ(test, 0,
			rpt_parse_certificate_verify(buf + RPT_HS_HDR,
						     w.len - RPT_HS_HDR, &cv,
						     &alert));
	KUNIT_EXPECT_EQ(test, RPT_SIG_RSA_PSS_RSAE_SHA256, cv.scheme);
	KUNIT_EXPECT_EQ(test, 3, cv.sig.len);

	/* No room */
	rpt_wr_init(&w, buf, 5);
	rpt_write_certificate(&w, &chain);
	KUNIT_EXPECT_TRUE(test, w.err);
}

static struct kunit_case hs_msg_cases[] = {
	KUNIT_CASE_PARAM(test_truncated, message_gen_params),
	KUNIT_CASE_PARAM(test_lengths, message_gen_params),
	KUNIT_CASE_PARAM(test_bytes, message_gen_params),
	KUNIT_CASE(test_chain_max),
	KUNIT_CASE(test_values),
	KUNIT_CASE(test_invariant),
	KUNIT_CASE(test_written),
	{}
};

static struct kunit_suite hs_msg_suite = {
	.name = "riptides_hs_msg",
	.test_cases = hs_msg_cases,
};

kunit_test_suite(hs_msg_suite);

MODULE_DESCRIPTION("KUnit tests of TLS 1.3 messages");
MODULE_LICENSE("GPL");
