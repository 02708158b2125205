// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of resumption: keys of tickets, tickets of servers
 */
#include <kunit/test.h>
#include <linux/string.h>
#include <uapi/linux/riptides_netlink.h>

#include "resume.h"

#define NOW_MS	5000000ULL
#define NOW	1700000000LL
#define LIFE_MS	(RPT_TICKET_LIFETIME * 1000ULL)

/* Two namespaces, and a ticket between them */
struct world {
	struct rpt_net net;
	struct rpt_net other;
	struct rpt_ticket_state state;
	struct rpt_ticket_state read;
	u8 ticket[RPT_TICKET_MAX];
	size_t len;
	u8 buf[RPT_TICKET_MAX];
	struct rpt_ticket given;
	struct rpt_resume_params p;
	u8 key[RPT_RESUME_KEY_LEN];
};

static int world_init(struct kunit *test)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	int err;

	if (!w)
		return -ENOMEM;
	err = rpt_net_setup(&w->net);
	if (err)
		return err;
	err = rpt_net_setup(&w->other);
	if (err) {
		rpt_net_cleanup(&w->net);
		return err;
	}
	test->priv = w;
	w->state.hash = RPT_HASH_SHA256;
	w->state.psk_len = 32;
	w->given.lifetime = 100;
	w->given.age_add = 77;
	w->given.hash = RPT_HASH_SHA256;
	w->given.psk_len = 32;
	memset(w->given.psk, 'p', 32);
	w->given.ticket = (const u8 *)"a ticket";
	w->given.ticket_len = 8;
	w->p.key = w->key;
	w->p.ticket = &w->given;
	w->p.now_ms = NOW_MS;
	w->p.since = NOW - 10;
	w->p.until = NOW + 50;
	w->p.generation = 9;
	w->p.own_cert = true;
	w->p.peer_id = "spiffe://td.example/x";
	w->p.peer_id_len = 21;
	w->p.chain = (const u8 *)"\0\0\0\1x";
	w->p.chain_len = 5;
	return 0;
}

static void world_exit(struct kunit *test)
{
	struct world *w = test->priv;

	if (!w)
		return;
	rpt_net_cleanup(&w->net);
	rpt_net_cleanup(&w->other);
}

static void seal(struct kunit *test, u64 now_ms)
{
	struct world *w = test->priv;

	KUNIT_ASSERT_EQ(test, 0,
			rpt_resume_seal(&w->net, &w->state, now_ms, w->ticket,
					sizeof(w->ticket), &w->len));
}

static int opened(struct kunit *test, struct rpt_net *net, u64 now_ms)
{
	struct world *w = test->priv;

	return rpt_resume_open(net, w->ticket, w->len, now_ms, w->buf,
			       sizeof(w->buf), &w->read);
}

/* A ticket opens where it was made, and nowhere else */
static void test_foreign(struct kunit *test)
{
	struct world *w = test->priv;
	u8 ticket[256];
	size_t len;

	seal(test, NOW_MS);
	KUNIT_EXPECT_EQ(test, 0, opened(test, &w->net, NOW_MS));
	KUNIT_EXPECT_EQ(test, -EBADMSG, opened(test, &w->other, NOW_MS));
	/* nor where there is a key */
	KUNIT_ASSERT_EQ(test, 0,
			rpt_resume_seal(&w->other, &w->state, NOW_MS, ticket,
					sizeof(ticket), &len));
	KUNIT_EXPECT_EQ(test, -EBADMSG, opened(test, &w->other, NOW_MS));
	w->len = 0;
	KUNIT_EXPECT_EQ(test, -EBADMSG, opened(test, &w->net, NOW_MS));
}

/* Keys change, and each is accepted for as long as its tickets may live */
static void test_rotation(struct kunit *test)
{
	struct world *w = test->priv;
	struct rpt_resume *r = w->net.resume;
	u8 name[RPT_TICKET_NAME_LEN];

	seal(test, NOW_MS);
	memcpy(name, r->keys[0].name, sizeof(name));
	seal(test, NOW_MS + LIFE_MS - 1);
	KUNIT_EXPECT_MEMEQ(test, name, r->keys[0].name, sizeof(name));

	/* in use no longer, but accepted */
	KUNIT_EXPECT_EQ(test, 0, opened(test, &w->net, NOW_MS + 2 * LIFE_MS - 2));
	memcpy(w->buf, w->ticket, w->len);
	KUNIT_ASSERT_EQ(test, 0,
			rpt_resume_seal(&w->net, &w->state, NOW_MS + LIFE_MS,
					w->buf, sizeof(w->buf), &w->given.ticket_len));
	KUNIT_EXPECT_MEMNEQ(test, name, r->keys[0].name, sizeof(name));
	KUNIT_EXPECT_MEMEQ(test, name, r->keys[1].name, sizeof(name));
	KUNIT_EXPECT_EQ(test, 0, opened(test, &w->net, NOW_MS + 2 * LIFE_MS - 2));
	KUNIT_EXPECT_EQ(test, -EBADMSG,
			opened(test, &w->net, NOW_MS + 2 * LIFE_MS - 1));

	/* and wiped, when its time is over */
	rpt_resume_expire(r, NOW_MS + 2 * LIFE_MS - 2);
	KUNIT_EXPECT_NOT_NULL(test, memchr_inv(&r->keys[1], 0, sizeof(r->keys[1])));
	rpt_resume_expire(r, NOW_MS + 2 * LIFE_MS - 1);
	KUNIT_EXPECT_NULL(test, memchr_inv(&r->keys[1], 0, sizeof(r->keys[1])));
	KUNIT_EXPECT_NOT_NULL(test, memchr_inv(&r->keys[0], 0, sizeof(r->keys[0])));
	rpt_resume_expire(r, NOW_MS + 2 * LIFE_MS);
	KUNIT_EXPECT_NULL(test, memchr_inv(r->keys, 0, sizeof(r->keys)));
}

/* A key ends with the tickets that it has sealed, not with its predecessor's */
static void test_shorter(struct kunit *test)
{
	struct world *w = test->priv;
	struct rpt_resume *r = w->net.resume;

	seal(test, NOW_MS);
	w->net.ticket_lifetime = 60;
	seal(test, NOW_MS + 60000);
	KUNIT_EXPECT_EQ(test, NOW_MS + LIFE_MS, r->key_until_ms[1]);
	KUNIT_EXPECT_EQ(test, NOW_MS + 120000, r->key_until_ms[0]);
	rpt_resume_expire(r, NOW_MS + 120000);
	KUNIT_EXPECT_NULL(test, memchr_inv(&r->keys[0], 0, sizeof(r->keys[0])));

	/* and the other one when its tickets are too old, as of today */
	rpt_resume_shorten(&w->net, NOW_MS + 120000);
	KUNIT_EXPECT_EQ(test, 0, r->key_until_ms[0]);
	KUNIT_EXPECT_EQ(test, NOW_MS + 180000, r->key_until_ms[1]);
	rpt_resume_expire(r, NOW_MS + 179999);
	KUNIT_EXPECT_NOT_NULL(test, memchr_inv(&r->keys[1], 0, sizeof(r->keys[1])));
	rpt_resume_expire(r, NOW_MS + 180000);
	KUNIT_EXPECT_NULL(test, memchr_inv(r->keys, 0, sizeof(r->keys)));
	/* longer is for those to come */
	seal(test, NOW_MS + 200000);
	w->net.ticket_lifetime = 3600;
	rpt_resume_shorten(&w->net, NOW_MS + 200000);
	KUNIT_EXPECT_EQ(test, NOW_MS + 260000, r->key_until_ms[0]);
}

static void test_forget(struct kunit *test)
{
	struct world *w = test->priv;
	struct rpt_resume *r = w->net.resume;

	seal(test, NOW_MS);
	rpt_resume_keep(&w->net, &w->p);
	rpt_resume_forget(&w->net);
	KUNIT_EXPECT_EQ(test, -EBADMSG, opened(test, &w->net, NOW_MS));
	KUNIT_EXPECT_NULL(test, memchr_inv(r->keys, 0, sizeof(r->keys)));
	KUNIT_EXPECT_EQ(test, 0, r->n);
	KUNIT_EXPECT_EQ(test, 0, r->bytes);
	/* a ticket that comes when it is switched off is not kept */
	w->net.resumption = RIPTIDES_RESUMPTION_NONE;
	rpt_resume_keep(&w->net, &w->p);
	KUNIT_EXPECT_EQ(test, 0, r->n);
}

static struct rpt_resume_entry *take(struct kunit *test, u64 ms, s64 s)
{
	struct world *w = test->priv;

	return rpt_resume_take(&w->net, w->key, NOW_MS + ms, NOW + s);
}

static void test_take(struct kunit *test)
{
	struct world *w = test->priv;
	struct rpt_resume_entry *e;

	KUNIT_EXPECT_NULL(test, take(test, 0, 0));
	rpt_resume_keep(&w->net, &w->p);
	w->key[31] ^= 1;
	KUNIT_EXPECT_NULL(test, take(test, 0, 0));
	w->key[31] ^= 1;
	KUNIT_EXPECT_NULL(test, rpt_resume_take(&w->other, w->key, NOW_MS, NOW));
	e = take(test, 1000, 1);
	KUNIT_ASSERT_NOT_NULL(test, e);
	KUNIT_EXPECT_EQ(test, 8, e->psk.identity_len);
	KUNIT_EXPECT_MEMEQ(test, (const u8 *)"a ticket", e->psk.identity, 8);
	KUNIT_EXPECT_EQ(test, 1000 + 77,
			rpt_ticket_age(e->received_ms, NOW_MS + 1000, e->age_add));
	KUNIT_EXPECT_EQ(test, 32, e->psk.secret_len);
	KUNIT_EXPECT_MEMEQ(test, w->given.psk, e->psk.secret, 32);
	KUNIT_EXPECT_FALSE(test, e->psk.external);
	KUNIT_EXPECT_EQ(test, 9, e->generation);
	KUNIT_EXPECT_TRUE(test, e->own_cert);
	KUNIT_EXPECT_EQ(test, 21, e->peer_id_len);
	KUNIT_EXPECT_MEMEQ(test, w->p.peer_id, e->peer_id, 21);
	KUNIT_EXPECT_EQ(test, 5, e->chain_len);
	KUNIT_EXPECT_MEMEQ(test, w->p.chain, e->chain, 5);
	rpt_resume_free(e);
	/* once */
	KUNIT_EXPECT_NULL(test, take(test, 1000, 1));
	KUNIT_EXPECT_EQ(test, 0, w->net.resume->bytes);
}

static const struct when {
	const char *name;
	u64 ms;		/* since it came, by the clock that nobody sets */
	s64 s;		/* by the one that somebody may */
	bool good;
} whens[] = {
	{ "at once", 0, 0, true },
	{ "at the end", 99999, 50, true },
	{ "its lifetime is over", 100000, 50, false },
	{ "a certificate has ended", 60000, 51, false },
	{ "the clock was set forward", 1, 100000, false },
	{ "the clock was set back", 1, -11, false },
	{ "as far as it may", 1, -10, true },
};

KUNIT_ARRAY_PARAM_DESC(when, whens, name);

static void test_when(struct kunit *test)
{
	const struct when *t = test->param_value;
	struct world *w = test->priv;
	struct rpt_resume_entry *e;

	rpt_resume_keep(&w->net, &w->p);
	e = take(test, t->ms, t->s);
	KUNIT_EXPECT_EQ(test, t->good, !!e);
	rpt_resume_free(e);
	/* taken or dropped, it is gone */
	KUNIT_EXPECT_EQ(test, 0, w->net.resume->n);
}

static void test_expire(struct kunit *test)
{
	struct world *w = test->priv;
	struct rpt_resume *r = w->net.resume;

	rpt_resume_keep(&w->net, &w->p);
	w->given.lifetime = U32_MAX;
	rpt_resume_keep(&w->net, &w->p);
	rpt_resume_expire(r, NOW_MS + 99999);
	KUNIT_EXPECT_EQ(test, 2, r->n);
	rpt_resume_expire(r, NOW_MS + 100000);
	KUNIT_EXPECT_EQ(test, 1, r->n);
	/* no server can make it more than seven days */
	rpt_resume_expire(r, NOW_MS + RPT_TICKET_LIFETIME_MAX * 1000ULL - 1);
	KUNIT_EXPECT_EQ(test, 1, r->n);
	rpt_resume_expire(r, NOW_MS + RPT_TICKET_LIFETIME_MAX * 1000ULL);
	KUNIT_EXPECT_EQ(test, 0, r->n);
	KUNIT_EXPECT_EQ(test, 0, r->bytes);
}

/* Bounded: a few for one use, so many in all, so many bytes */
static void test_bounds(struct kunit *test)
{
	struct world *w = test->priv;
	struct rpt_resume *r = w->net.resume;
	struct rpt_resume_entry *e;
	unsigned int i;
	u8 *big;

	for (i = 0; i <= RPT_RESUME_ALIKE_MAX; i++) {
		w->given.age_add = i;
		rpt_resume_keep(&w->net, &w->p);
	}
	KUNIT_EXPECT_EQ(test, RPT_RESUME_ALIKE_MAX, r->n);
	/* the newest is taken first, and the oldest was lost */
	for (i = RPT_RESUME_ALIKE_MAX; i; i--) {
		e = take(test, 0, 0);
		KUNIT_ASSERT_NOT_NULL(test, e);
		KUNIT_EXPECT_EQ(test, i, e->age_add);
		rpt_resume_free(e);
	}
	KUNIT_EXPECT_EQ(test, 0, r->n);

	for (i = 0; i < RPT_RESUME_MAX + 10; i++) {
		w->key[8] = i;
		w->key[9] = i >> 8;
		rpt_resume_keep(&w->net, &w->p);
	}
	KUNIT_EXPECT_EQ(test, RPT_RESUME_MAX, r->n);
	w->key[8] = 0;
	w->key[9] = 0;
	KUNIT_EXPECT_NULL(test, take(test, 0, 0));

	big = kunit_kzalloc(test, RPT_CERT_MSG_MAX, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, big);
	w->p.chain = big;
	w->p.chain_len = RPT_CERT_MSG_MAX;
	for (i = 0; i < RPT_RESUME_MAX; i++) {
		w->key[8] = i;
		w->key[9] = i >> 8;
		rpt_resume_keep(&w->net, &w->p);
	}
	KUNIT_EXPECT_LE(test, r->bytes, RPT_RESUME_BYTES_MAX);
	KUNIT_EXPECT_GT(test, r->n, 100);

	/* what no engine of ours would have taken */
	i = r->n;
	w->given.ticket_len = 0;
	rpt_resume_keep(&w->net, &w->p);
	w->given.ticket_len = RPT_TICKET_MAX + 1;
	rpt_resume_keep(&w->net, &w->p);
	w->given.ticket_len = 8;
	w->given.psk_len = RPT_PSK_SECRET_MAX + 1;
	rpt_resume_keep(&w->net, &w->p);
	KUNIT_EXPECT_EQ(test, i, r->n);
}

static struct kunit_case resume_cases[] = {
	KUNIT_CASE(test_foreign),
	KUNIT_CASE(test_rotation),
	KUNIT_CASE(test_shorter),
	KUNIT_CASE(test_forget),
	KUNIT_CASE(test_take),
	KUNIT_CASE_PARAM(test_when, when_gen_params),
	KUNIT_CASE(test_expire),
	KUNIT_CASE(test_bounds),
	{}
};

static struct kunit_suite resume_suite = {
	.name = "riptides_resume",
	.init = world_init,
	.exit = world_exit,
	.test_cases = resume_cases,
};

kunit_test_suite(resume_suite);

MODULE_LICENSE("GPL");
