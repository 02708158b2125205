// SPDX-License-Identifier: GPL-2.0-only
/*
 * After the handshake: peers that send what they should not
 */
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "kselftest_harness.h"

#include "ulp_post_fixture.h"

/* A failure: @err, and nothing can be sent. */
static int failed(int fd, int err)
{
	if (recv(fd, buf, 1, 0) != -1 || errno != err)
		return -errno ?: -1;
	if (send(fd, buf, 1, MSG_NOSIGNAL) != -1 || (errno != EPIPE && errno != err))
		return -1000;
	return 0;
}

/* RFC 8446 section 5.1: nothing may come between a message's records. */
TEST_F(post, data_within_message)
{
	ASSERT_EQ(0, peer_key_update_message(self->t.p, false, msg));
	ASSERT_EQ(0, peer_seal(self->t.p, PEER_HANDSHAKE, msg, 2));
	ASSERT_EQ(0, peer_seal(self->t.p, PEER_DATA, "x", 1));
	ASSERT_EQ(0, peer_flush(self->t.p, 0));
	EXPECT_EQ(0, failed(self->t.k, EPROTO));
	EXPECT_EQ(0, peer_expect_alert(self->t.p, UNEXPECTED_MESSAGE));
	ASSERT_EQ(0, ulp_info(self->t.k, &info));
	EXPECT_EQ(RIPTIDES_STATE_FAILED, info.state);
	EXPECT_EQ(EPROTO, info.error);
	EXPECT_EQ(UNEXPECTED_MESSAGE, info.alert);
	EXPECT_EQ(RIPTIDES_F_ALERT_SENT, info.flags &
		  (RIPTIDES_F_ALERT_SENT | RIPTIDES_F_ALERT_RECEIVED));
}

/* RFC 8446 section 5.1: the key changes at a record's end. */
TEST_F(post, message_behind_key_update)
{
	ASSERT_EQ(0, peer_key_update_message(self->t.p, false, msg));
	memcpy(msg + 5, msg, 5);
	ASSERT_EQ(0, peer_seal(self->t.p, PEER_HANDSHAKE, msg, 10));
	ASSERT_EQ(0, peer_flush(self->t.p, 0));
	EXPECT_EQ(0, failed(self->t.k, EPROTO));
	EXPECT_EQ(0, peer_expect_alert(self->t.p, UNEXPECTED_MESSAGE));
}

/* Messages that have no place here. */
static const struct bad_message {
	const char *what;
	uint8_t bytes[12];
	uint8_t len;
	uint8_t alert;
} bad_messages[] = {
	{ "ClientHello", { 1, 0, 0, 2, 3, 3 }, 6, UNEXPECTED_MESSAGE },
	{ "Finished", { 20, 0, 0, 2, 0, 0 }, 6, UNEXPECTED_MESSAGE },
	{ "CertificateRequest", { 13, 0, 0, 3, 0, 0, 0 }, 7, UNEXPECTED_MESSAGE },
	{ "HelloRequest", { 0, 0, 0, 0 }, 4, UNEXPECTED_MESSAGE },
	{ "EndOfEarlyData", { 5, 0, 0, 0 }, 4, UNEXPECTED_MESSAGE },
	{ "KeyUpdate of 2 bytes", { 24, 0, 0, 2, 0, 0 }, 6, DECODE_ERROR },
	{ "KeyUpdate of none", { 24, 0, 0, 0 }, 4, DECODE_ERROR },
	{ "KeyUpdate 2", { 24, 0, 0, 1, 2 }, 5, ILLEGAL_PARAMETER },
	{ "type 99", { 99, 0, 0, 1, 0 }, 5, UNEXPECTED_MESSAGE },
};

TEST_F(post, bad_messages)
{
	struct peer_spec spec = { .suite = variant->suite };
	const struct bad_message *m;

	for (m = bad_messages; m < bad_messages + ARRAY_SIZE(bad_messages); m++) {
		ASSERT_EQ(0, peer_seal(self->t.p, PEER_HANDSHAKE, m->bytes, m->len));
		ASSERT_EQ(0, peer_flush(self->t.p, 0));
		EXPECT_EQ(0, failed(self->t.k, EPROTO)) {
			TH_LOG("%s", m->what);
		}
		EXPECT_EQ(0, peer_expect_alert(self->t.p, m->alert)) {
			TH_LOG("%s", m->what);
		}
		ulp_talk_close(&self->t);
		ASSERT_EQ(0, ulp_talk_open(&self->kind, variant->server, &spec, &self->t));
	}
}

/* A client sends no tickets. */
TEST_F(post, ticket_of_client)
{
	ssize_t n;

	if (!variant->server)
		return;
	n = peer_ticket(self->t.p, msg, sizeof(msg));
	ASSERT_LT(0, n);
	ASSERT_EQ(0, peer_seal(self->t.p, PEER_HANDSHAKE, msg, n));
	ASSERT_EQ(0, peer_flush(self->t.p, 0));
	EXPECT_EQ(0, failed(self->t.k, EPROTO));
	EXPECT_EQ(0, peer_expect_alert(self->t.p, UNEXPECTED_MESSAGE));
}

/* What follows a close_notify is ignored (RFC 8446 section 6.1). */
TEST_F(post, data_after_close_notify)
{
	ASSERT_EQ(0, peer_close_notify(self->t.p));
	ASSERT_EQ(0, peer_send(self->t.p, "evil", 4));
	EXPECT_EQ(0, recv(self->t.k, buf, 100, 0));
	EXPECT_EQ(0, recv(self->t.k, buf, 100, 0));
}

/* A FIN without close_notify may be an attacker's: an error, every time. */
TEST_F(post, truncated)
{
	long before = ulp_counter("RiptidesTruncated");

	ASSERT_EQ(0, peer_send(self->t.p, "most", 4));
	ASSERT_EQ(0, shutdown(self->t.fd, SHUT_WR));
	EXPECT_EQ(4, recv(self->t.k, buf, 4, MSG_WAITALL));
	EXPECT_EQ(-1, recv(self->t.k, buf, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
	EXPECT_EQ(-1, recv(self->t.k, buf, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
	EXPECT_EQ(before + 1, ulp_counter("RiptidesTruncated"));
	ASSERT_EQ(0, ulp_info(self->t.k, &info));
	EXPECT_EQ(0, info.flags & RIPTIDES_F_CLOSE_RECEIVED);
	EXPECT_EQ(ECONNRESET, info.error);
}

TEST_F(post, truncated_in_record)
{
	size_t len;

	ASSERT_EQ(0, peer_seal(self->t.p, PEER_DATA, "hello", 5));
	peer_pending(self->t.p, &len);
	ASSERT_EQ(len - 1, send(self->t.fd, peer_pending(self->t.p, &len), len - 1, 0));
	ASSERT_EQ(0, shutdown(self->t.fd, SHUT_WR));
	EXPECT_EQ(-1, recv(self->t.k, buf, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
}

TEST_F(post, reset)
{
	struct linger now = { 1, 0 };

	ASSERT_EQ(0, talk(&self->kind, &self->t));
	ASSERT_EQ(0, setsockopt(self->t.fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)));
	close(self->t.fd);
	self->t.fd = -1;
	EXPECT_EQ(-1, recv(self->t.k, buf, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
	/* nobody has said that the data was complete, and nobody will */
	EXPECT_EQ(-1, recv(self->t.k, buf, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
}

/* The same if somebody else has taken the error of TCP. */
TEST_F(post, reset_unseen)
{
	struct linger now = { 1, 0 };
	socklen_t len = sizeof(int);
	int err = 0;

	ASSERT_EQ(0, talk(&self->kind, &self->t));
	ASSERT_EQ(0, peer_send(self->t.p, "most", 4));
	ASSERT_EQ(4, recv(self->t.k, buf, 4, MSG_WAITALL));
	ASSERT_EQ(0, setsockopt(self->t.fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)));
	close(self->t.fd);
	self->t.fd = -1;
	ASSERT_LT(0, ulp_wait(self->t.k, POLLERR, -1) & POLLERR);
	ASSERT_EQ(0, getsockopt(self->t.k, SOL_SOCKET, SO_ERROR, &err, &len));
	EXPECT_EQ(ECONNRESET, err);
	EXPECT_EQ(-1, recv(self->t.k, buf, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
	EXPECT_EQ(-1, recv(self->t.k, buf, 1, MSG_PEEK | MSG_DONTWAIT));
	EXPECT_EQ(ECONNRESET, errno);
}

/* A session that has failed never reads as one that has ended. */
TEST_F(post, failed_for_good)
{
	socklen_t len = sizeof(int);
	int i, err = 0;

	ASSERT_EQ(0, talk(&self->kind, &self->t));
	ASSERT_EQ(0, peer_alert(self->t.p, 2, INTERNAL_ERROR));
	ASSERT_LT(0, ulp_wait(self->t.k, POLLERR, -1) & POLLERR);
	ASSERT_EQ(0, getsockopt(self->t.k, SOL_SOCKET, SO_ERROR, &err, &len));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(-1, recv(self->t.k, buf, 1, 0));
		EXPECT_EQ(EPROTO, errno);
	}
}

/* What is wrong is told to the peer, though nobody waits for that. */
TEST_F(post, alert_then_close)
{
	struct peer_spec spec = { .suite = variant->suite, .trust_domain = "td.example" };
	uint8_t type;
	ssize_t n;
	int i;

	for (i = 0; i < 10; i++) {
		if (i) {
			ASSERT_EQ(0, ulp_talk_open(&self->kind, variant->server, &spec,
						   &self->t));
		}
		ASSERT_EQ(0, peer_seal(self->t.p, PEER_HANDSHAKE, "\1\0\0\0", 4));
		ASSERT_EQ(0, peer_flush(self->t.p, 0));
		EXPECT_EQ(-1, recv(self->t.k, buf, 1, 0));
		EXPECT_EQ(EPROTO, errno);
		ASSERT_EQ(0, close(self->t.k));
		self->t.k = -1;
		/* a server of ours may have said something first */
		do {
			n = peer_read(self->t.p, &type, msg, sizeof(msg));
		} while (n > 0 && type != PEER_ALERT);
		ASSERT_EQ(2, n) {
			TH_LOG("no alert, round %d", i);
		}
		EXPECT_EQ(2, msg[0]);
		EXPECT_EQ(UNEXPECTED_MESSAGE, msg[1]);
		ulp_talk_close(&self->t);
	}
}

/* Each alert but two means that the peer has given up. */
TEST_F(post, fatal_alert)
{
	static const uint8_t alerts[] = { HANDSHAKE_FAILURE, BAD_RECORD_MAC,
					  INTERNAL_ERROR, 49, 200 };
	struct peer_spec spec = { .suite = variant->suite };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(alerts); i++) {
		/* level warning makes no difference (RFC 8446 section 6) */
		ASSERT_EQ(0, peer_alert(self->t.p, 1 + (i & 1), alerts[i]));
		EXPECT_EQ(0, failed(self->t.k, EPROTO)) {
			TH_LOG("alert %d", alerts[i]);
		}
		ASSERT_EQ(0, ulp_info(self->t.k, &info));
		EXPECT_EQ(RIPTIDES_STATE_FAILED, info.state);
		EXPECT_EQ(alerts[i], info.alert);
		EXPECT_EQ(RIPTIDES_F_ALERT_RECEIVED, info.flags &
			  (RIPTIDES_F_ALERT_SENT | RIPTIDES_F_ALERT_RECEIVED));
		EXPECT_EQ(EPROTO, info.error);
		ulp_talk_close(&self->t);
		ASSERT_EQ(0, ulp_talk_open(&self->kind, variant->server, &spec, &self->t));
	}
}

/* user_canceled is followed by close_notify, and is none itself. */
TEST_F(post, user_canceled)
{
	ASSERT_EQ(0, peer_alert(self->t.p, 1, USER_CANCELED));
	ASSERT_EQ(0, peer_send(self->t.p, "x", 1));
	EXPECT_EQ(1, recv(self->t.k, buf, 1, 0));
	ASSERT_EQ(0, peer_close_notify(self->t.p));
	EXPECT_EQ(0, recv(self->t.k, buf, 1, 0));
}

TEST_F(post, bad_alerts)
{
	static const uint8_t alerts[][4] = { { 1 }, { 1, 0, 0 }, { 2, 0, 2, 0 } };
	struct peer_spec spec = { .suite = variant->suite };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(alerts); i++) {
		ASSERT_EQ(0, peer_seal(self->t.p, PEER_ALERT, alerts[i],
				       i == 0 ? 1 : i + 2));
		ASSERT_EQ(0, peer_flush(self->t.p, 0));
		EXPECT_EQ(0, failed(self->t.k, EPROTO));
		ulp_talk_close(&self->t);
		ASSERT_EQ(0, ulp_talk_open(&self->kind, variant->server, &spec, &self->t));
	}
}

/* A record that was touched on its way. */
TEST_F(post, forged)
{
	long before = ulp_counter("RiptidesDecryptError");
	long sent = ulp_counter("RiptidesAlertSent");

	ASSERT_EQ(0, talk(&self->kind, &self->t));
	ASSERT_EQ(0, peer_seal(self->t.p, PEER_DATA, "hello", 5));
	peer_spoil(self->t.p, 7);
	ASSERT_EQ(0, peer_flush(self->t.p, 0));
	EXPECT_EQ(0, failed(self->t.k, EBADMSG));
	EXPECT_EQ(0, peer_expect_alert(self->t.p, BAD_RECORD_MAC));
	EXPECT_EQ(before + 1, ulp_counter("RiptidesDecryptError"));
	EXPECT_EQ(sent + 1, ulp_counter("RiptidesAlertSent"));
	ASSERT_EQ(0, ulp_info(self->t.k, &info));
	EXPECT_EQ(RIPTIDES_STATE_FAILED, info.state);
	EXPECT_EQ(EBADMSG, info.error);
}

/* RFC 8446 section 5.4: authentic, and zeroes to the end, where the type should be. */
TEST_F(post, nothing_but_padding)
{
	static const size_t len[] = { 1, 2, 1000, PEER_RECORD_MAX };
	struct peer_spec spec = { .suite = variant->suite };
	long before = ulp_counter("RiptidesDecryptError");
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(len); i++) {
		ulp_talk_close(&self->t);
		ASSERT_EQ(0, ulp_talk_open(&self->kind, variant->server, &spec, &self->t));
		ASSERT_EQ(0, talk(&self->kind, &self->t));
		ASSERT_EQ(0, peer_seal_padding(self->t.p, len[i]));
		ASSERT_EQ(0, peer_flush(self->t.p, 0));
		EXPECT_EQ(0, failed(self->t.k, EPROTO));
		EXPECT_EQ(0, peer_expect_alert(self->t.p, UNEXPECTED_MESSAGE)) {
			TH_LOG("%zu zeroes", len[i]);
		}
	}
	EXPECT_EQ(before, ulp_counter("RiptidesDecryptError"));
}

/* What was good before it is not lost. */
TEST_F(post, forged_behind_data)
{
	size_t len;

	ulp_fill(&self->kind, out, 1000, 0);
	ASSERT_EQ(0, peer_seal(self->t.p, PEER_DATA, out, 1000));
	peer_pending(self->t.p, &len);
	ASSERT_EQ(0, peer_seal(self->t.p, PEER_DATA, "evil", 4));
	peer_spoil(self->t.p, len + 6);
	ASSERT_EQ(0, peer_flush(self->t.p, 0));
	EXPECT_EQ(1000, recv(self->t.k, buf, 1000, MSG_WAITALL));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 1000, 0));
	EXPECT_EQ(0, failed(self->t.k, EBADMSG));
}

/* Bytes on the wire that no record can begin with, and a length too long. */
TEST_F(post, garbage)
{
	static const struct {
		uint8_t bytes[16];
		uint8_t alert;
	} cases[] = {
		{ "HTTP/1.1 200 OK", UNEXPECTED_MESSAGE },
		{ { 23, 3, 3, 0x48, 0x00, 1, 2, 3 }, RECORD_OVERFLOW },
		{ { 22, 3, 3, 0, 5, 24, 0, 0, 1, 0 }, UNEXPECTED_MESSAGE },
		{ { 20, 3, 3, 0, 1, 1 }, UNEXPECTED_MESSAGE },
		{ { 21, 3, 3, 0, 2, 1, 0 }, UNEXPECTED_MESSAGE },
	};
	struct peer_spec spec = { .suite = variant->suite };
	unsigned int i;
	ssize_t n;

	self->kind.clear = true;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		ulp_talk_close(&self->t);
		ASSERT_EQ(0, ulp_talk_open(&self->kind, variant->server, &spec, &self->t));
		ASSERT_EQ(16, send(self->t.fd, cases[i].bytes, 16, 0));
		n = recv(self->t.k, buf, 1, 0);
		EXPECT_EQ(-1, n) {
			TH_LOG("case %u", i);
		}
		EXPECT_TRUE(errno == EPROTO || errno == EBADMSG) {
			TH_LOG("case %u: errno %d", i, errno);
		}
		EXPECT_EQ(-1, send(self->t.k, "x", 1, MSG_NOSIGNAL));
		EXPECT_EQ(0, peer_expect_alert(self->t.p, cases[i].alert)) {
			TH_LOG("case %u", i);
		}
		ASSERT_EQ(0, ulp_info(self->t.k, &info));
		EXPECT_EQ(cases[i].alert, info.alert) {
			TH_LOG("case %u", i);
		}
	}
}

/* A flood of what an honest peer sends now and then. */
TEST_F(post, floods)
{
	struct peer_spec spec = { .suite = variant->suite };
	int i;

	for (i = 0; i < 40; i++)
		ASSERT_EQ(0, peer_key_update(self->t.p, false));
	peer_send(self->t.p, "x", 1);
	EXPECT_EQ(0, failed(self->t.k, EPROTO));
	ulp_talk_close(&self->t);
	ASSERT_EQ(0, ulp_talk_open(&self->kind, variant->server, &spec, &self->t));
	/* empty records are allowed, but never the end of the file */
	for (i = 0; i < 200; i++)
		ASSERT_EQ(0, peer_seal(self->t.p, PEER_DATA, "", 0));
	ASSERT_EQ(0, peer_seal(self->t.p, PEER_DATA, "x", 1));
	ASSERT_EQ(0, peer_flush(self->t.p, 0));
	EXPECT_EQ(1, recv(self->t.k, buf, 100, 0));
}

/* Records of one byte each count as what they take, not as what they carry. */
TEST_F(post, tiny_records)
{
	const int count = 6000, rcvbuf = 32768, sndbuf = 1 << 22, lowat = 2000;
	int i, n = 0, got = 0;

	ASSERT_EQ(0, setsockopt(self->t.k, SOL_SOCKET, SO_RCVBUF, &rcvbuf,
				sizeof(rcvbuf)));
	ASSERT_EQ(0, setsockopt(self->t.fd, SOL_SOCKET, SO_SNDBUFFORCE, &sndbuf,
				sizeof(sndbuf)));
	for (i = 1; i <= count; i++) {
		ASSERT_EQ(0, peer_seal(self->t.p, PEER_DATA, "x", 1));
		if (!(i % 100))
			ASSERT_EQ(0, peer_flush(self->t.p, 0));
	}
	/* what is asked for is not what is read: as on the wire, and no more */
	for (i = 0; i < 1000; i++)
		ASSERT_EQ(0, ioctl(self->t.k, FIONREAD, &n));
	EXPECT_LE(n * (5 + 1 + 1 + 16), 2 * rcvbuf);
	/* who waits for more than that gets it all the same */
	ASSERT_EQ(0, setsockopt(self->t.k, SOL_SOCKET, SO_RCVLOWAT, &lowat,
				sizeof(lowat)));
	ASSERT_LT(0, ulp_wait(self->t.k, POLLIN, -1));
	while (got < count) {
		n = recv(self->t.k, buf, count - got, 0);
		ASSERT_LT(0, n);
		got += n;
	}
	EXPECT_EQ(count, got);
}

TEST_HARNESS_MAIN
