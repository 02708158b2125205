// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of what goes out before data: the KeyUpdates that the peer or the
 * application asks for, and those that the limit of the AEAD does
 */
#include <kunit/test.h>
#include <linux/in.h>
#include <linux/net.h>
#include <linux/string.h>
#include <net/net_namespace.h>

#include "path.h"

/* A session on a data path that only notes what it is told to send */
struct fake {
	struct rpt_sock rs;
	struct rpt_session session;
	struct socket *sock;
	unsigned int sent;
	int err;
	u8 type;
	u8 msg[RPT_KEY_UPDATE_LEN];
	size_t len;
	unsigned int flags;
};

static int fake_send_control(struct sock *sk, struct rpt_sock *rs, u8 type,
			     const u8 *buf, size_t len, unsigned int flags)
{
	struct fake *f = container_of(rs, struct fake, rs);

	f->sent++;
	f->type = type;
	f->len = len;
	f->flags = flags;
	memcpy(f->msg, buf, min(len, sizeof(f->msg)));
	return f->err;
}

static const struct rpt_path fake_path = {
	.send_control = fake_send_control,
};

static int fake_init(struct kunit *test)
{
	struct fake *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	int err;

	if (!f)
		return -ENOMEM;
	err = sock_create_kern(&init_net, PF_INET, SOCK_STREAM, IPPROTO_TCP,
			       &f->sock);
	if (err)
		return err;
	f->rs.sk = f->sock->sk;
	f->rs.state = RPT_SOCK_OPEN;
	f->rs.session = &f->session;
	f->rs.path = &fake_path;
	f->session.suite = &rpt_suites[0];
	test->priv = f;
	return 0;
}

static void fake_exit(struct kunit *test)
{
	struct fake *f = test->priv;

	if (f)
		sock_release(f->sock);
}

static int prepare(struct fake *f, u64 seq)
{
	return rpt_post_tx_prepare(f->rs.sk, &f->rs, seq);
}

static void expect_update(struct kunit *test, struct fake *f, bool request)
{
	const u8 want[RPT_KEY_UPDATE_LEN] = { 24, 0, 0, 1, request };

	KUNIT_EXPECT_EQ(test, f->type, RPT_CT_HANDSHAKE);
	KUNIT_ASSERT_EQ(test, f->len, sizeof(want));
	KUNIT_EXPECT_MEMEQ(test, f->msg, want, sizeof(want));
	KUNIT_EXPECT_EQ(test, f->flags, RPT_PATH_REKEY);
	KUNIT_EXPECT_EQ(test, f->rs.owed, 0);
}

/* RFC 8446 section 5.5: a key protects so many records and not one more. */
static void test_limit(struct kunit *test)
{
	struct fake *f = test->priv;
	const struct rpt_suite *suite;
	u8 secret[RPT_HASH_MAX];
	unsigned int i;

	for (i = 0; i < rpt_suites_n; i++) {
		suite = &rpt_suites[i];
		f->session.suite = suite;
		f->sent = 0;
		f->session.tx_updates = 0;
		memcpy(secret, f->session.tx_secret, sizeof(secret));
		KUNIT_EXPECT_EQ(test, prepare(f, 0), 0);
		KUNIT_EXPECT_EQ(test, prepare(f, suite->record_limit - 1), 0);
		KUNIT_EXPECT_EQ(test, f->sent, 0);
		KUNIT_EXPECT_MEMEQ(test, f->session.tx_secret, secret,
				   sizeof(secret));
		KUNIT_EXPECT_EQ(test, prepare(f, suite->record_limit), 0);
		KUNIT_EXPECT_EQ(test, f->sent, 1);
		expect_update(test, f, false);
		KUNIT_EXPECT_EQ(test, f->session.tx_updates, 1);
		KUNIT_EXPECT_NE(test, 0, memcmp(f->session.tx_secret, secret,
						sizeof(secret)));
		/* the new key has sealed nothing yet */
		KUNIT_EXPECT_EQ(test, prepare(f, 0), 0);
		KUNIT_EXPECT_EQ(test, f->sent, 1);
	}
}

/* What could not be said has not been done, and no data passes it. */
static void test_no_room(struct kunit *test)
{
	struct fake *f = test->priv;
	u64 limit = f->session.suite->record_limit;
	u8 secret[RPT_HASH_MAX];

	memcpy(secret, f->session.tx_secret, sizeof(secret));
	f->err = -EAGAIN;
	KUNIT_EXPECT_EQ(test, prepare(f, limit), -EAGAIN);
	KUNIT_EXPECT_EQ(test, prepare(f, limit), -EAGAIN);
	KUNIT_EXPECT_EQ(test, f->sent, 2);
	KUNIT_EXPECT_EQ(test, f->session.tx_updates, 0);
	KUNIT_EXPECT_MEMEQ(test, f->session.tx_secret, secret, sizeof(secret));
	f->err = 0;
	KUNIT_EXPECT_EQ(test, prepare(f, limit), 0);
	KUNIT_EXPECT_EQ(test, f->session.tx_updates, 1);
	expect_update(test, f, false);
}

static void test_owed(struct kunit *test)
{
	struct fake *f = test->priv;

	__set_bit(RPT_OWED_UPDATE, &f->rs.owed);
	KUNIT_EXPECT_EQ(test, prepare(f, 3), 0);
	KUNIT_EXPECT_EQ(test, f->sent, 1);
	expect_update(test, f, false);
	KUNIT_EXPECT_EQ(test, f->rs.asked, 0);
	__set_bit(RPT_OWED_REQUEST, &f->rs.owed);
	__set_bit(RPT_OWED_UPDATE, &f->rs.owed);
	/* nobody is to believe that it was asked */
	f->err = -EAGAIN;
	KUNIT_EXPECT_EQ(test, prepare(f, 3), -EAGAIN);
	KUNIT_EXPECT_EQ(test, f->rs.asked, 0);
	f->err = 0;
	KUNIT_EXPECT_EQ(test, prepare(f, 3), 0);
	expect_update(test, f, true);
	KUNIT_EXPECT_EQ(test, f->rs.asked, 1);
	KUNIT_EXPECT_EQ(test, f->session.tx_updates, 2);
}

/* The end of what is sent is the end of KeyUpdates, too. */
static void test_over(struct kunit *test)
{
	struct fake *f = test->priv;

	__set_bit(RPT_OWED_UPDATE, &f->rs.owed);
	f->rs.close_sent = true;
	KUNIT_EXPECT_EQ(test, prepare(f, U64_MAX), -EPIPE);
	f->rs.close_sent = false;
	f->rs.state = RPT_SOCK_FAILED;
	KUNIT_EXPECT_EQ(test, prepare(f, U64_MAX), -EPIPE);
	KUNIT_EXPECT_EQ(test, f->sent, 0);
}

static struct kunit_case post_cases[] = {
	KUNIT_CASE(test_limit),
	KUNIT_CASE(test_no_room),
	KUNIT_CASE(test_owed),
	KUNIT_CASE(test_over),
	{}
};

static struct kunit_suite post_suite = {
	.name = "riptides_post",
	.init = fake_init,
	.exit = fake_exit,
	.test_cases = post_cases,
};

kunit_test_suite(post_suite);
