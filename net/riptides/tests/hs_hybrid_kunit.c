// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of X25519MLKEM768 in a handshake: each bad share ends it with the
 * right alert, and a ciphertext that was changed is noticed by nobody but the
 * record behind it
 */
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include "hs_test.h"
#include "kex.h"
#include "mlkem.h"

static const u16 hybrid[] = { RPT_GROUP_X25519MLKEM768 };

/* A record with a share in it, on its way */
struct flight {
	u8 buf[8192];
	size_t len;
	size_t share;		/* where key_exchange begins */
	size_t share_len;
	bool client;
};

static struct hs_test *start(struct kunit *test)
{
	struct hs_test *t = hs_test_new(test);

	t->c.p.groups = hybrid;
	t->c.p.n_groups = ARRAY_SIZE(hybrid);
	t->s.p.groups = hybrid;
	t->s.p.n_groups = ARRAY_SIZE(hybrid);
	hs_test_create(t);
	return t;
}

/* Take all that a side has to send; its first record has the share. */
static struct flight *take(struct hs_test *t, struct hs_test_side *side)
{
	struct flight *f = kunit_kzalloc(t->test, sizeof(*f), GFP_KERNEL);
	const u8 *out;
	size_t i;

	KUNIT_ASSERT_NOT_NULL(t->test, f);
	f->client = side == &t->c;
	f->share_len = f->client ? 1184 + 32 : 1088 + 32;
	out = rpt_hs_output(side->hs, &f->len);
	KUNIT_ASSERT_LT(t->test, f->len, sizeof(f->buf) - 1);
	memcpy(f->buf, out, f->len);
	rpt_hs_output_done(side->hs, f->len);
	KUNIT_ASSERT_EQ(t->test, RPT_CT_HANDSHAKE, f->buf[0]);
	for (i = RPT_RECORD_HDR; i + 4 + f->share_len <= f->len; i++)
		if (get_unaligned_be16(f->buf + i) ==
		    RPT_GROUP_X25519MLKEM768 &&
		    get_unaligned_be16(f->buf + i + 2) == f->share_len)
			f->share = i + 4;
	KUNIT_ASSERT_NE(t->test, 0, f->share);
	return f;
}

static void add16(struct flight *f, size_t at, int delta)
{
	put_unaligned_be16(get_unaligned_be16(f->buf + at) + delta,
			   f->buf + at);
}

/* Where the length of the hello's extensions is */
static size_t at_extensions(const struct flight *f)
{
	size_t p = RPT_RECORD_HDR + RPT_HS_HDR + 2 + RPT_RANDOM_LEN;

	p += 1 + f->buf[p];
	if (!f->client)
		return p + 3;
	p += 2 + get_unaligned_be16(f->buf + p);
	return p + 1 + f->buf[p];
}

/* The share is longer by one octet or shorter, and all lengths are right. */
static void resize(struct flight *f, int delta)
{
	size_t end = f->share + f->share_len;

	memmove(f->buf + end + delta, f->buf + end, f->len - end);
	f->len += delta;
	add16(f, 3, delta);				/* record */
	add16(f, RPT_RECORD_HDR + 2, delta);		/* message */
	add16(f, at_extensions(f), delta);
	add16(f, f->share - 2, delta);			/* key_exchange */
	if (f->client) {
		add16(f, f->share - 6, delta);		/* client_shares */
		add16(f, f->share - 8, delta);		/* extension */
	} else {
		add16(f, f->share - 6, delta);
	}
}

struct edit {
	const char *name;
	void (*edit)(struct flight *f);
	u8 alert;
	int err;
};

#define EDIT(fn)	static void fn(struct flight *f)

EDIT(shorter) { resize(f, -1); }
EDIT(longer) { resize(f, 1); }
EDIT(no_point) { memset(f->buf + f->share + f->share_len - 32, 0, 32); }

/* The first coefficient is 3329, the least that is not reduced. */
EDIT(not_reduced)
{
	f->buf[f->share] = 0x01;
	f->buf[f->share + 1] = (f->buf[f->share + 1] & 0xf0) | 0x0d;
}

EDIT(all_ones) { memset(f->buf + f->share, 0xff, RPT_MLKEM_EK_LEN); }
EDIT(first_bit) { f->buf[f->share] ^= 1; }
EDIT(last_bit) { f->buf[f->share + RPT_MLKEM_CT_LEN - 1] ^= 0x80; }
EDIT(zero_ciphertext) { memset(f->buf + f->share, 0, RPT_MLKEM_CT_LEN); }
EDIT(other_point) { f->buf[f->share + f->share_len - 32] ^= 1; }

static const struct edit client_edits[] = {
	{ "short share", shorter, RPT_ALERT_ILLEGAL_PARAMETER, -EPROTO },
	{ "long share", longer, RPT_ALERT_ILLEGAL_PARAMETER, -EPROTO },
	{ "coefficient of 3329", not_reduced, RPT_ALERT_ILLEGAL_PARAMETER,
	  -EPROTO },
	{ "coefficients of 4095", all_ones, RPT_ALERT_ILLEGAL_PARAMETER,
	  -EPROTO },
	{ "point of low order", no_point, RPT_ALERT_ILLEGAL_PARAMETER,
	  -EPROTO },
};

/* What changes the secret is seen in the record that it protects. */
static const struct edit server_edits[] = {
	{ "short share", shorter, RPT_ALERT_ILLEGAL_PARAMETER, -EPROTO },
	{ "long share", longer, RPT_ALERT_ILLEGAL_PARAMETER, -EPROTO },
	{ "point of low order", no_point, RPT_ALERT_ILLEGAL_PARAMETER,
	  -EPROTO },
	{ "ciphertext, first bit", first_bit, RPT_ALERT_BAD_RECORD_MAC,
	  -EBADMSG },
	{ "ciphertext, last bit", last_bit, RPT_ALERT_BAD_RECORD_MAC,
	  -EBADMSG },
	{ "ciphertext of zeroes", zero_ciphertext, RPT_ALERT_BAD_RECORD_MAC,
	  -EBADMSG },
	{ "another point", other_point, RPT_ALERT_BAD_RECORD_MAC, -EBADMSG },
};

static void edit_desc(const struct edit *e, char *desc)
{
	strscpy(desc, e->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(client_edit, client_edits, edit_desc);
KUNIT_ARRAY_PARAM(server_edit, server_edits, edit_desc);

static void hybrid_agreed(struct kunit *test)
{
	struct hs_test *t = start(test);

	hs_test_run(t, HS_TEST_CHUNK_ALL);
	hs_test_expect_done(t);
	KUNIT_EXPECT_EQ(test, RPT_GROUP_X25519MLKEM768, t->cs.group);
	KUNIT_EXPECT_EQ(test, RPT_GROUP_X25519MLKEM768, t->ss.group);
	hs_test_destroy(t);
}

static void judge(struct hs_test *t, struct hs_test_side *side,
		  const struct edit *e)
{
	u8 alert = 0xff;

	KUNIT_EXPECT_EQ(t->test, e->err, side->err);
	KUNIT_EXPECT_EQ(t->test, e->err, rpt_hs_error(side->hs));
	KUNIT_EXPECT_TRUE(t->test, rpt_hs_alert_sent(side->hs, &alert));
	KUNIT_EXPECT_EQ(t->test, e->alert, alert);
	KUNIT_EXPECT_FALSE(t->test, rpt_hs_is_done(side->hs));
}

static void hybrid_client_share(struct kunit *test)
{
	const struct edit *e = test->param_value;
	struct hs_test *t = start(test);
	struct flight *f = take(t, &t->c);

	e->edit(f);
	hs_test_feed(&t->s, f->buf, f->len);
	judge(t, &t->s, e);
	hs_test_destroy(t);
}

static void hybrid_server_share(struct kunit *test)
{
	const struct edit *e = test->param_value;
	struct hs_test *t = start(test);
	struct flight *f;

	hs_test_pump(&t->c, &t->s, HS_TEST_CHUNK_ALL);
	f = take(t, &t->s);
	e->edit(f);
	hs_test_feed(&t->c, f->buf, f->len);
	judge(t, &t->c, e);
	hs_test_destroy(t);
}

static struct kunit_case hs_hybrid_cases[] = {
	KUNIT_CASE(hybrid_agreed),
	KUNIT_CASE_PARAM(hybrid_client_share, client_edit_gen_params),
	KUNIT_CASE_PARAM(hybrid_server_share, server_edit_gen_params),
	{}
};

static struct kunit_suite hs_hybrid_suite = {
	.name = "riptides_hs_hybrid",
	.test_cases = hs_hybrid_cases,
};

kunit_test_suite(hs_hybrid_suite);

MODULE_DESCRIPTION("KUnit: X25519MLKEM768 in handshakes of riptides");
MODULE_LICENSE("GPL");
