// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of SPIFFE IDs and patterns
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "proto.h"
#include "spiffe.h"

struct id_case {
	const char *id;
	const char *td;		/* NULL: not a SPIFFE ID */
	const char *path;
};

static const struct id_case id_cases[] = {
	{ "spiffe://example.org/web", "example.org", "/web" },
	{ "spiffe://example.org", "example.org", "" },
	{ "spiffe://a_b-c.9/x", "a_b-c.9", "/x" },
	{ "spiffe://1.2.3.4/svc", "1.2.3.4", "/svc" },
	{ "spiffe://td/A-Z_a.z/09/...", "td", "/A-Z_a.z/09/..." },
	{ "spiffe://td/.x/x./..y", "td", "/.x/x./..y" },
	{ "" },
	{ "spiffe" },
	{ "spiffe:/" },
	{ "spiffe:/td/x" },
	{ "spiffe://" },
	{ "spiffe:///x" },
	{ "Spiffe://td/x" },
	{ "SPIFFE://td/x" },
	{ "https://td/x" },
	{ " spiffe://td/x" },
	{ "spiffe://TD/x" },
	{ "spiffe://td:443/x" },
	{ "spiffe://user@td/x" },
	{ "spiffe://td%2e/x" },
	{ "spiffe://[::1]/x" },
	{ "spiffe://t d/x" },
	{ "spiffe://t\xc3\xa4/x" },
	{ "spiffe://td?x" },
	{ "spiffe://td/x?q" },
	{ "spiffe://td/x#f" },
	{ "spiffe://td/" },
	{ "spiffe://td/x/" },
	{ "spiffe://td//x" },
	{ "spiffe://td/x//y" },
	{ "spiffe://td/." },
	{ "spiffe://td/.." },
	{ "spiffe://td/./x" },
	{ "spiffe://td/x/../y" },
	{ "spiffe://td/x%41" },
	{ "spiffe://td/x y" },
	{ "spiffe://td/x\\y" },
	{ "spiffe://td/\xc3\xa4" },
	{ "spiffe://td/x\n" },
	{ "spiffe://td/x+y" },
	{ "spiffe://td/x~" },
};

static void id_desc(const struct id_case *c, char *desc)
{
	strscpy(desc, c->td ? "good" : "bad", KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(id, id_cases, id_desc);

static void spiffe_parse(struct kunit *test)
{
	const struct id_case *c = test->param_value;
	struct rpt_spiffe s;
	int err;

	err = rpt_spiffe_parse(c->id, strlen(c->id), &s);
	KUNIT_EXPECT_EQ_MSG(test, err, c->td ? 0 : -EINVAL, "%s", c->id);
	if (err || !c->td)
		return;
	KUNIT_EXPECT_PTR_EQ(test, s.id, c->id);
	KUNIT_EXPECT_EQ(test, s.len, strlen(c->id));
	KUNIT_ASSERT_EQ(test, s.td_len, strlen(c->td));
	KUNIT_EXPECT_MEMEQ(test, s.td, c->td, s.td_len);
	KUNIT_ASSERT_EQ(test, s.path_len, strlen(c->path));
	KUNIT_EXPECT_EQ(test, memcmp(s.path, c->path, s.path_len), 0);
}

/* A NUL is a character like others: not allowed, and not the end */
static void spiffe_nul(struct kunit *test)
{
	static const char id[] = "spiffe://td/x\0y";
	struct rpt_spiffe s;

	KUNIT_EXPECT_EQ(test, rpt_spiffe_parse(id, sizeof(id) - 1, &s), -EINVAL);
	KUNIT_EXPECT_EQ(test, rpt_spiffe_parse(id, sizeof(id) - 2, &s), -EINVAL);
	KUNIT_EXPECT_EQ(test, rpt_spiffe_parse(id, sizeof(id) - 3, &s), 0);
	KUNIT_EXPECT_EQ(test, rpt_spiffe_parse(NULL, 0, &s), -EINVAL);
}

static void spiffe_lengths(struct kunit *test)
{
	static const char prefix[] = "spiffe://";
	char *id = kunit_kmalloc(test, RPT_SPIFFE_MAX + 1, GFP_KERNEL);
	size_t n = strlen(prefix);
	struct rpt_spiffe s;

	KUNIT_ASSERT_NOT_NULL(test, id);
	memset(id, 'a', RPT_SPIFFE_MAX + 1);
	memcpy(id, prefix, n);
	id[n + 255] = '/';
	KUNIT_EXPECT_EQ(test, rpt_spiffe_parse(id, RPT_SPIFFE_MAX, &s), 0);
	KUNIT_EXPECT_EQ(test, s.td_len, 255);
	KUNIT_EXPECT_EQ(test, s.len, RPT_SPIFFE_MAX);
	KUNIT_EXPECT_EQ(test, rpt_spiffe_parse(id, RPT_SPIFFE_MAX + 1, &s), -ENAMETOOLONG);
	KUNIT_EXPECT_EQ(test, rpt_spiffe_pattern_check(id, RPT_SPIFFE_MAX + 1),
			-ENAMETOOLONG);

	id[n + 255] = 'a';
	id[n + 256] = '/';
	KUNIT_EXPECT_EQ(test, rpt_spiffe_parse(id, RPT_SPIFFE_MAX, &s), -EINVAL);
	KUNIT_EXPECT_FALSE(test, rpt_spiffe_td_valid(id + n, 256));
	KUNIT_EXPECT_TRUE(test, rpt_spiffe_td_valid(id + n, 255));
	KUNIT_EXPECT_FALSE(test, rpt_spiffe_td_valid(id + n, 0));
}

struct match_case {
	const char *pattern;
	const char *id;
	bool match;
};

static const struct match_case match_cases[] = {
	{ "spiffe://td/web", "spiffe://td/web", true },
	{ "spiffe://td/web", "spiffe://td/web2", false },
	{ "spiffe://td/web", "spiffe://td/we", false },
	{ "spiffe://td/web", "spiffe://td/web/1", false },
	{ "spiffe://td/web", "spiffe://td/Web", false },
	{ "spiffe://td/web", "spiffe://te/web", false },
	{ "spiffe://td/web", "spiffe://td", false },
	{ "spiffe://td/web/", "spiffe://td/web/1", true },
	{ "spiffe://td/web/", "spiffe://td/web/1/2", true },
	{ "spiffe://td/web/", "spiffe://td/web", false },
	{ "spiffe://td/web/", "spiffe://td/website", false },
	{ "spiffe://td/web/", "spiffe://td/x/web/1", false },
	{ "spiffe://td/web/", "spiffe://tdx/web/1", false },
	{ "spiffe://td", "spiffe://td/anything", true },
	{ "spiffe://td", "spiffe://td/any/thing", true },
	{ "spiffe://td", "spiffe://td", false },
	{ "spiffe://td", "spiffe://td.evil/x", false },
	{ "spiffe://td", "spiffe://t/x", false },
	{ "spiffe://td/", "spiffe://td/anything", true },
	{ "spiffe://td/", "spiffe://td", false },
	/* What is no pattern matches nothing, not even itself */
	{ "", "spiffe://td/web", false },
	{ "/", "spiffe://td/web", false },
	{ "spiffe://", "spiffe://td/web", false },
	{ "spiffe://td//", "spiffe://td/web", false },
	{ "spiffe://td/web//", "spiffe://td/web/1", false },
	{ "spiffe://td/*", "spiffe://td/web", false },
	{ "td/web", "spiffe://td/web", false },
};

static void spiffe_match(struct kunit *test)
{
	const struct match_case *c;
	struct rpt_spiffe s;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(match_cases); i++) {
		c = &match_cases[i];
		KUNIT_ASSERT_EQ(test, rpt_spiffe_parse(c->id, strlen(c->id), &s), 0);
		KUNIT_EXPECT_EQ_MSG(test, rpt_spiffe_match(c->pattern, strlen(c->pattern), &s),
				    c->match, "%s on %s", c->pattern, c->id);
	}
	KUNIT_EXPECT_EQ(test, rpt_spiffe_pattern_check("spiffe://td/", 12), 0);
	KUNIT_EXPECT_EQ(test, rpt_spiffe_pattern_check("spiffe://td//", 13), -EINVAL);
	KUNIT_EXPECT_EQ(test, rpt_spiffe_pattern_check("", 0), -EINVAL);
}

static void spiffe_in_td(struct kunit *test)
{
	struct rpt_spiffe s;

	KUNIT_ASSERT_EQ(test, rpt_spiffe_parse("spiffe://td/x", 13, &s), 0);
	KUNIT_EXPECT_TRUE(test, rpt_spiffe_in_td(&s, "td", 2));
	KUNIT_EXPECT_FALSE(test, rpt_spiffe_in_td(&s, "t", 1));
	KUNIT_EXPECT_FALSE(test, rpt_spiffe_in_td(&s, "tdx", 3));
	KUNIT_EXPECT_FALSE(test, rpt_spiffe_in_td(&s, "TD", 2));
	memset(&s, 0, sizeof(s));
	KUNIT_EXPECT_FALSE(test, rpt_spiffe_in_td(&s, "", 0));
}

static struct kunit_case spiffe_cases[] = {
	KUNIT_CASE_PARAM(spiffe_parse, id_gen_params),
	KUNIT_CASE(spiffe_nul),
	KUNIT_CASE(spiffe_lengths),
	KUNIT_CASE(spiffe_match),
	KUNIT_CASE(spiffe_in_td),
	{}
};

static struct kunit_suite spiffe_suite = {
	.name = "riptides_spiffe",
	.test_cases = spiffe_cases,
};

kunit_test_suite(spiffe_suite);

MODULE_DESCRIPTION("KUnit tests of riptides' SPIFFE IDs");
MODULE_LICENSE("GPL");
