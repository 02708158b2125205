// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of JSON
 */
#include <kunit/test.h>
#include <linux/seq_file.h>
#include <net/ipv6.h>

#include "json.h"

/* A file without one: what is written stays in its buffer */
static struct rpt_json *document(struct kunit *test)
{
	struct seq_file *seq = kunit_kzalloc(test, sizeof(*seq), GFP_KERNEL);
	struct rpt_json *j = kunit_kzalloc(test, sizeof(*j), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, seq);
	KUNIT_ASSERT_NOT_NULL(test, j);
	seq->size = 4096;
	seq->buf = kunit_kzalloc(test, seq->size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, seq->buf);
	j->seq = seq;
	return j;
}

static void expect(struct kunit *test, struct rpt_json *j, const char *text)
{
	KUNIT_ASSERT_LT(test, j->seq->count, j->seq->size);
	j->seq->buf[j->seq->count] = 0;
	KUNIT_EXPECT_STREQ(test, text, j->seq->buf);
	j->seq->count = 0;
	j->more = false;
}

static void test_escapes(struct kunit *test)
{
	static const struct {
		const char *in;
		size_t len;
		const char *out;
	} cases[] = {
		{ "", 0, "\"\"" },
		{ "plain", 5, "\"plain\"" },
		{ "a\"b", 3, "\"a\\\"b\"" },
		{ "a\\", 2, "\"a\\\\\"" },
		{ "\\\"", 2, "\"\\\\\\\"\"" },
		{ "\n\t\r\b", 4, "\"\\u000a\\u0009\\u000d\\u0008\"" },
		{ "\0x", 2, "\"\\u0000x\"" },
		{ "\x1b[2J", 4, "\"\\u001b[2J\"" },
		{ "\x7f\x80\xff", 3, "\"\\u007f\\u0080\\u00ff\"" },
		{ "\xe2\x80\xa8", 3, "\"\\u00e2\\u0080\\u00a8\"" },
		{ "</script>%s%n", 13, "\"</script>%s%n\"" },
		{ "\", \"x\": \"", 9, "\"\\\", \\\"x\\\": \\\"\"" },
	};
	struct rpt_json *j = document(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		rpt_json_text(j, NULL, cases[i].in, cases[i].len);
		expect(test, j, cases[i].out);
	}
}

/* Whatever goes in, what comes out is printable and ends where it should */
static void test_every_octet(struct kunit *test)
{
	struct rpt_json *j = document(test);
	unsigned int octet;
	size_t i, end;
	u8 c;

	for (octet = 0; octet < 256; octet++) {
		c = octet;
		rpt_json_text(j, NULL, &c, 1);
		end = j->seq->count - 1;
		KUNIT_EXPECT_EQ(test, '"', j->seq->buf[0]);
		KUNIT_EXPECT_EQ(test, '"', j->seq->buf[end]);
		for (i = 1; i < end; i++) {
			c = j->seq->buf[i];
			KUNIT_EXPECT_TRUE(test, c >= 0x20 && c < 0x7f);
			if (c == '\\')
				i++;	/* and what stands behind it */
			else
				KUNIT_EXPECT_NE(test, '"', c);
		}
		KUNIT_EXPECT_EQ(test, end, i);
		j->seq->count = 0;
		j->more = false;
	}
}

static void test_documents(struct kunit *test)
{
	static const u8 octets[] = { 0x00, 0x0f, 0xa0, 0xff };
	struct rpt_json *j = document(test);
	struct in6_addr addr;

	rpt_json_begin(j, NULL, '{');
	rpt_json_end(j, '}');
	expect(test, j, "{}");
	rpt_json_begin(j, NULL, '{');
	rpt_json_begin(j, "a", '[');
	rpt_json_end(j, ']');
	rpt_json_begin(j, "b", '[');
	rpt_json_number(j, NULL, -1);
	rpt_json_number(j, NULL, S64_MAX);
	rpt_json_end(j, ']');
	rpt_json_end(j, '}');
	expect(test, j, "{\"a\": [], \"b\": [-1, 9223372036854775807]}");
	rpt_json_begin(j, NULL, '{');
	rpt_json_begin(j, "c", '{');
	rpt_json_bool(j, "d", true);
	rpt_json_bool(j, "e", false);
	rpt_json_end(j, '}');
	rpt_json_string(j, "none", NULL);
	rpt_json_hex(j, "f", octets, sizeof(octets));
	rpt_json_end(j, '}');
	expect(test, j, "{\"c\": {\"d\": true, \"e\": false}, \"f\": \"000fa0ff\"}");
	ipv6_addr_set_v4mapped(htonl(0x0a000001), &addr);
	rpt_json_address(j, NULL, &addr);
	expect(test, j, "\"10.0.0.1\"");
	addr = in6addr_loopback;
	rpt_json_address(j, NULL, &addr);
	expect(test, j, "\"::1\"");
}

static struct kunit_case json_cases[] = {
	KUNIT_CASE(test_escapes),
	KUNIT_CASE(test_every_octet),
	KUNIT_CASE(test_documents),
	{}
};

static struct kunit_suite json_suite = {
	.name = "riptides_json",
	.test_cases = json_cases,
};

kunit_test_suite(json_suite);

MODULE_DESCRIPTION("Tests of what riptides tells in /proc");
MODULE_LICENSE("GPL");
