// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a socket tells: RIPTIDES_INFO, the peer's chain, the exporter
 */
#include <arpa/inet.h>
#include <stdlib.h>

#include "kselftest_harness.h"

#define ULP_ONLY_TLS
#include "ulp_fixture.h"

#define DEFAULT_ID	"spiffe://td.example/default"
#define SECOND_ID	"spiffe://td.example/second"

static char buf[70000];

/* A connection whose ends have said something: both handshakes are complete. */
static int open_and_talk(const struct ulp_kind *kind, struct ulp_pair *p)
{
	int err = ulp_open(kind, p);

	if (err)
		return err;
	if (ulp_send(p->c, "c", 1) != 1 || ulp_recv(p->a, buf, 1) != 1 ||
	    ulp_send(p->a, "a", 1) != 1 || ulp_recv(p->c, buf, 1) != 1)
		return -EIO;
	return 0;
}

static bool zeroes(const void *p, size_t len)
{
	const char *c = p;

	while (len--)
		if (*c++)
			return false;
	return true;
}

TEST_F(tls, complete)
{
	uint8_t path = self->kind.path == ULP_KTLS ? RIPTIDES_DATAPATH_KTLS :
			RIPTIDES_DATAPATH_SOFTWARE;
	struct riptides_info info[2];
	int i;

	ASSERT_EQ(0, open_and_talk(&self->kind, &self->p));
	ASSERT_EQ(0, ulp_info(self->p.c, &info[0]));
	ASSERT_EQ(0, ulp_info(self->p.a, &info[1]));
	EXPECT_EQ(RIPTIDES_ROLE_CLIENT, info[0].role);
	EXPECT_EQ(RIPTIDES_ROLE_SERVER, info[1].role);
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(RIPTIDES_STATE_OPEN, info[i].state);
		EXPECT_EQ(RIPTIDES_MODE_MUTUAL, info[i].mode);
		EXPECT_EQ(path, info[i].tx_datapath);
		EXPECT_EQ(path, info[i].rx_datapath);
		EXPECT_EQ(RIPTIDES_F_PEER_CERT | RIPTIDES_F_OWN_CERT, info[i].flags);
		EXPECT_EQ(0, info[i].error);
		EXPECT_EQ(0x0304, info[i].version);
		EXPECT_TRUE(info[i].suite >= 0x1301 && info[i].suite <= 0x1303);
		EXPECT_NE(0, info[i].group);
		EXPECT_EQ(0x0403, info[i].own_sig);
		EXPECT_EQ(0x0403, info[i].peer_sig);
		EXPECT_EQ(0, info[i].tx_rekeys);
		EXPECT_EQ(0, info[i].rx_rekeys);
		EXPECT_LT(0, info[i].handshake_us);
		EXPECT_EQ(0, info[i].alpn_len);
		ASSERT_EQ(strlen(DEFAULT_ID), info[i].own_id_len);
		ASSERT_EQ(strlen(DEFAULT_ID), info[i].peer_id_len);
		EXPECT_EQ(0, memcmp(info[i].own_id, DEFAULT_ID, strlen(DEFAULT_ID)));
		EXPECT_EQ(0, memcmp(info[i].peer_id, DEFAULT_ID, strlen(DEFAULT_ID)));
		/* nothing behind what is there, and nothing that is not told */
		EXPECT_TRUE(zeroes(info[i].own_id + info[i].own_id_len,
				   sizeof(info[i].own_id) - info[i].own_id_len));
		EXPECT_TRUE(zeroes(info[i].peer_id + info[i].peer_id_len,
				   sizeof(info[i].peer_id) - info[i].peer_id_len));
		EXPECT_TRUE(zeroes(info[i].alpn, sizeof(info[i].alpn)));
		EXPECT_EQ(0, info[i].alert);
		EXPECT_EQ(0, info[i].reserved);
		EXPECT_EQ(0, info[i].reserved2);
	}
	EXPECT_EQ(info[0].suite, info[1].suite);
	EXPECT_EQ(info[0].group, info[1].group);
}

/* Who asks for no data path gets kernel TLS where there is one. */
TEST_F(tls, datapath)
{
	bool ktls = !access("/proc/net/tls_stat", F_OK);
	struct riptides_info info;
	int i;

	self->p.l = ulp_listen(&self->kind, 5, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	ASSERT_EQ(0, ulp_option_u32(self->p.l, RIPTIDES_DATAPATH, RIPTIDES_DATAPATH_AUTO));
	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	ASSERT_EQ(0, ulp_option_u32(self->p.c, RIPTIDES_DATAPATH, RIPTIDES_DATAPATH_AUTO));
	ASSERT_EQ(0, ulp_connect(self->p.c, &self->p.addr));
	self->p.a = ulp_accept(self->p.l);
	ASSERT_LE(0, self->p.a);
	ASSERT_EQ(1, ulp_send(self->p.c, "c", 1));
	ASSERT_EQ(1, ulp_recv(self->p.a, buf, 1));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, ulp_info(i ? self->p.a : self->p.c, &info));
		EXPECT_EQ(ktls ? RIPTIDES_DATAPATH_KTLS : RIPTIDES_DATAPATH_SOFTWARE,
			  info.tx_datapath);
		EXPECT_EQ(info.tx_datapath, info.rx_datapath);
	}
	if (ktls)
		return;
	/* and who wants nothing else does without a connection */
	close(self->p.c);
	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	ASSERT_EQ(0, ulp_option_u32(self->p.c, RIPTIDES_DATAPATH, RIPTIDES_DATAPATH_KTLS));
	EXPECT_EQ(-EOPNOTSUPP, ulp_connect(self->p.c, &self->p.addr));
	EXPECT_EQ(-1, send(self->p.c, "c", 1, MSG_NOSIGNAL));
	EXPECT_EQ(EPIPE, errno);
	ASSERT_EQ(0, ulp_info(self->p.c, &info));
	EXPECT_EQ(RIPTIDES_STATE_FAILED, info.state);
	EXPECT_EQ(EOPNOTSUPP, info.error);
}

TEST_F(tls, identities)
{
	struct riptides_info info;
	socklen_t len = sizeof(buf);

	self->p.l = ulp_listen(&self->kind, 5, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	ASSERT_EQ(0, ulp_option(self->p.l, RIPTIDES_IDENTITY, "second", 6));
	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	ASSERT_EQ(0, ulp_option(self->p.c, RIPTIDES_IDENTITY, "p384", 4));
	ASSERT_EQ(0, ulp_connect(self->p.c, &self->p.addr));
	self->p.a = ulp_accept(self->p.l);
	ASSERT_LE(0, self->p.a);
	ASSERT_EQ(1, ulp_send(self->p.c, "c", 1));
	ASSERT_EQ(1, ulp_recv(self->p.a, buf, 1));
	ASSERT_EQ(0, ulp_info(self->p.c, &info));
	ASSERT_EQ(strlen(SECOND_ID), info.peer_id_len);
	EXPECT_EQ(0, memcmp(info.peer_id, SECOND_ID, strlen(SECOND_ID)));
	EXPECT_EQ(0x0503, info.own_sig);
	EXPECT_EQ(0x0403, info.peer_sig);
	ASSERT_EQ(0, getsockopt(self->p.c, SOL_RIPTIDES, RIPTIDES_PEER_ID, buf, &len));
	ASSERT_EQ(strlen(SECOND_ID), len);
	EXPECT_EQ(0, memcmp(buf, SECOND_ID, len));
	ASSERT_EQ(0, ulp_info(self->p.a, &info));
	EXPECT_EQ(0, memcmp(info.own_id, SECOND_ID, strlen(SECOND_ID)));
	EXPECT_EQ(0, memcmp(info.peer_id, "spiffe://td.example/p384", 24));
	EXPECT_EQ(0x0503, info.peer_sig);
}

/* An RSA identity signs by RSA-PSS. */
TEST_F(tls, rsa)
{
	struct riptides_info info;

	self->p.l = ulp_listen(&self->kind, 5, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	ASSERT_EQ(0, ulp_option(self->p.l, RIPTIDES_IDENTITY, "rsa", 3));
	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	ASSERT_EQ(0, ulp_connect(self->p.c, &self->p.addr));
	ASSERT_EQ(0, ulp_info(self->p.c, &info));
	EXPECT_TRUE(info.peer_sig >= 0x0804 && info.peer_sig <= 0x0806);
}

/* Only the server shows a certificate. */
TEST_F(tls, simple)
{
	struct riptides_info info;
	socklen_t len;

	self->p.l = ulp_listen(&self->kind, 5, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	ASSERT_EQ(0, ulp_option_u32(self->p.l, RIPTIDES_MODE, RIPTIDES_MODE_SIMPLE));
	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	ASSERT_EQ(0, ulp_option_u32(self->p.c, RIPTIDES_MODE, RIPTIDES_MODE_SIMPLE));
	ASSERT_EQ(0, ulp_connect(self->p.c, &self->p.addr));
	self->p.a = ulp_accept(self->p.l);
	ASSERT_LE(0, self->p.a);
	ASSERT_EQ(1, ulp_send(self->p.c, "c", 1));
	ASSERT_EQ(1, ulp_recv(self->p.a, buf, 1));
	ASSERT_EQ(0, ulp_info(self->p.c, &info));
	EXPECT_EQ(RIPTIDES_MODE_SIMPLE, info.mode);
	EXPECT_EQ(RIPTIDES_F_PEER_CERT, info.flags);
	EXPECT_EQ(0, info.own_id_len);
	EXPECT_EQ(0, info.own_sig);
	EXPECT_EQ(strlen(DEFAULT_ID), info.peer_id_len);
	ASSERT_EQ(0, ulp_info(self->p.a, &info));
	EXPECT_EQ(RIPTIDES_MODE_SIMPLE, info.mode);
	EXPECT_EQ(RIPTIDES_F_OWN_CERT, info.flags);
	EXPECT_EQ(strlen(DEFAULT_ID), info.own_id_len);
	EXPECT_EQ(0, info.peer_id_len);
	EXPECT_EQ(0, info.peer_sig);
	len = sizeof(buf);
	EXPECT_EQ(-1, getsockopt(self->p.a, SOL_RIPTIDES, RIPTIDES_PEER_CHAIN, buf, &len));
	EXPECT_EQ(ENODATA, errno);
}

/* A caller gets the size that it knows, and no more is written. */
TEST_F(tls, sizes)
{
	static const socklen_t sizes[] = { 0, 1, 7, 8, 12, 56, 300, 4000 };
	struct riptides_info info;
	unsigned int i;
	socklen_t len;

	ASSERT_EQ(0, open_and_talk(&self->kind, &self->p));
	ASSERT_EQ(0, ulp_info(self->p.c, &info));
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		memset(buf, '#', sizeof(info) + 100);
		len = sizes[i];
		ASSERT_EQ(0, getsockopt(self->p.c, SOL_RIPTIDES, RIPTIDES_INFO, buf,
					&len));
		EXPECT_EQ(sizes[i], len);
		EXPECT_EQ(0, memcmp(buf, &info, len));
		EXPECT_EQ('#', buf[len]);
	}
	memset(buf, '#', sizeof(info) + 100);
	len = sizeof(info) + 100;
	ASSERT_EQ(0, getsockopt(self->p.c, SOL_RIPTIDES, RIPTIDES_INFO, buf, &len));
	EXPECT_EQ(sizeof(info), len);
	EXPECT_EQ('#', buf[sizeof(info)]);
}

TEST_F(tls, alpn)
{
	struct riptides_info info;
	socklen_t len;
	int i, fd[2];

	self->p.l = ulp_listen(&self->kind, 5, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	ASSERT_EQ(0, ulp_option(self->p.l, RIPTIDES_ALPN, "\3foo\2h2", 7));
	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	ASSERT_EQ(0, ulp_option(self->p.c, RIPTIDES_ALPN, "\2h2\3bar", 7));
	ASSERT_EQ(0, ulp_connect(self->p.c, &self->p.addr));
	self->p.a = ulp_accept(self->p.l);
	ASSERT_LE(0, self->p.a);
	ASSERT_EQ(1, ulp_send(self->p.c, "c", 1));
	ASSERT_EQ(1, ulp_recv(self->p.a, buf, 1));
	fd[0] = self->p.c;
	fd[1] = self->p.a;
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, ulp_info(fd[i], &info));
		EXPECT_EQ(2, info.alpn_len);
		EXPECT_EQ(0, memcmp(info.alpn, "h2", 2));
		len = sizeof(buf);
		ASSERT_EQ(0, getsockopt(fd[i], SOL_RIPTIDES, RIPTIDES_ALPN, buf, &len));
		ASSERT_EQ(2, len);
		EXPECT_EQ(0, memcmp(buf, "h2", 2));
		len = 1;
		EXPECT_EQ(-1, getsockopt(fd[i], SOL_RIPTIDES, RIPTIDES_ALPN, buf, &len));
		EXPECT_EQ(ERANGE, errno);
		EXPECT_EQ(2, len);
	}
}

/* DER certificates, each after its length; all or nothing. */
TEST_F(tls, chain)
{
	socklen_t len = sizeof(buf), whole;
	uint32_t n;

	ASSERT_EQ(0, open_and_talk(&self->kind, &self->p));
	ASSERT_EQ(0, getsockopt(self->p.c, SOL_RIPTIDES, RIPTIDES_PEER_CHAIN, buf, &len));
	ASSERT_LT(100, len);
	whole = len;
	memcpy(&n, buf, 4);
	n = ntohl(n);
	ASSERT_EQ(whole, n + 4);
	EXPECT_EQ(0x30, buf[4]);
	EXPECT_EQ((char)0x82, buf[5]);
	EXPECT_EQ(n - 4, (uint8_t)buf[6] << 8 | (uint8_t)buf[7]);
	EXPECT_NE(NULL, memmem(buf, len, DEFAULT_ID, strlen(DEFAULT_ID)));
	len = whole - 1;
	memset(buf, '#', 10);
	EXPECT_EQ(-1, getsockopt(self->p.c, SOL_RIPTIDES, RIPTIDES_PEER_CHAIN, buf, &len));
	EXPECT_EQ(ERANGE, errno);
	EXPECT_EQ(whole, len);
	EXPECT_EQ('#', buf[0]);
	len = 0;
	EXPECT_EQ(-1, getsockopt(self->p.c, SOL_RIPTIDES, RIPTIDES_PEER_CHAIN, buf, &len));
	EXPECT_EQ(ERANGE, errno);
	EXPECT_EQ(whole, len);
}

static int export(int fd, const char *label, const char *context, size_t context_len,
		  size_t out_len, void *out)
{
	struct riptides_exporter *x = (void *)buf;
	size_t n = strlen(label);
	socklen_t len;

	memset(x, 0, sizeof(*x));
	x->label_len = n;
	x->context_len = context_len;
	x->out_len = out_len;
	memcpy(x->data, label, n);
	memcpy(x->data + n, context, context_len);
	len = sizeof(*x) + n + context_len;
	if (len < out_len)
		len = out_len;
	if (getsockopt(fd, SOL_RIPTIDES, RIPTIDES_EXPORTER, buf, &len))
		return -errno;
	if (len != out_len)
		return -EMSGSIZE;
	memcpy(out, buf, out_len);
	return 0;
}

/* The same at both ends, and different for everything that goes into it. */
TEST_F(tls, exporter)
{
	char one[1024], two[1024], three[1024];
	struct ulp_pair q;

	ASSERT_EQ(0, open_and_talk(&self->kind, &self->p));
	ASSERT_EQ(0, export(self->p.c, "EXPORTER-test", "ctx", 3, 32, one));
	ASSERT_EQ(0, export(self->p.a, "EXPORTER-test", "ctx", 3, 32, two));
	EXPECT_EQ(0, memcmp(one, two, 32));
	EXPECT_FALSE(zeroes(one, 32));
	ASSERT_EQ(0, export(self->p.c, "EXPORTER-test", "ctx", 3, 32, two));
	EXPECT_EQ(0, memcmp(one, two, 32));
	ASSERT_EQ(0, export(self->p.c, "EXPORTER-Test", "ctx", 3, 32, three));
	EXPECT_NE(0, memcmp(one, three, 32));
	ASSERT_EQ(0, export(self->p.c, "EXPORTER-test", "Ctx", 3, 32, three));
	EXPECT_NE(0, memcmp(one, three, 32));
	ASSERT_EQ(0, export(self->p.c, "EXPORTER-test", "", 0, 32, three));
	EXPECT_NE(0, memcmp(one, three, 32));
	ASSERT_EQ(0, export(self->p.c, "EXPORTER-test", "ctx", 3, 1024, three));
	ASSERT_EQ(0, export(self->p.a, "EXPORTER-test", "ctx", 3, 1024, two));
	EXPECT_EQ(0, memcmp(two, three, 1024));
	EXPECT_NE(0, memcmp(one, three, 32));
	ASSERT_EQ(0, open_and_talk(&self->kind, &q));
	ASSERT_EQ(0, export(q.c, "EXPORTER-test", "ctx", 3, 32, three));
	EXPECT_NE(0, memcmp(one, three, 32));
	ulp_close(&q);
}

/* A KeyUpdate does not change it. */
TEST_F(tls, exporter_after_rekey)
{
	char one[32], two[32];

	ASSERT_EQ(0, open_and_talk(&self->kind, &self->p));
	ASSERT_EQ(0, export(self->p.c, "EXPORTER-test", "ctx", 3, 32, one));
	ASSERT_EQ(0, ulp_option_u32(self->p.c, RIPTIDES_REKEY, 1));
	ASSERT_EQ(1, ulp_send(self->p.c, "c", 1));
	ASSERT_EQ(1, ulp_recv(self->p.a, buf, 1));
	ASSERT_EQ(0, export(self->p.a, "EXPORTER-test", "ctx", 3, 32, two));
	EXPECT_EQ(0, memcmp(one, two, 32));
}

TEST_F(tls, exporter_refusals)
{
	static const struct {
		const char *what;
		struct riptides_exporter x;
		socklen_t len;
		int err;
	} cases[] = {
		{ "no label", { 0, 0, 32, 0 }, 100, EINVAL },
		{ "long label", { 250, 0, 32, 0 }, 1000, EINVAL },
		{ "longest label", { 249, 0, 32, 0 }, 1000, 0 },
		{ "long context", { 10, 1025, 32, 0 }, 2000, EINVAL },
		{ "longest context", { 10, 1024, 32, 0 }, 2000, 0 },
		{ "nothing wanted", { 10, 0, 0, 0 }, 100, EINVAL },
		{ "too much wanted", { 10, 0, 1025, 0 }, 2000, EINVAL },
		{ "reserved", { 10, 0, 32, 1 }, 100, EINVAL },
		{ "label is cut", { 10, 0, 8, 0 }, 17, EINVAL },
		{ "context is cut", { 10, 10, 8, 0 }, 27, EINVAL },
		{ "no room", { 10, 0, 64, 0 }, 63, EINVAL },
		{ "half a header", { 10, 0, 32, 0 }, 7, EINVAL },
		{ "nothing at all", { 10, 0, 32, 0 }, 0, EINVAL },
	};
	unsigned int i;
	socklen_t len;

	ASSERT_EQ(0, open_and_talk(&self->kind, &self->p));
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		memset(buf, 'x', sizeof(buf));
		memcpy(buf, &cases[i].x, sizeof(cases[i].x));
		len = cases[i].len;
		EXPECT_EQ(-!!cases[i].err,
			  getsockopt(self->p.c, SOL_RIPTIDES, RIPTIDES_EXPORTER, buf,
				     &len)) {
			TH_LOG("%s", cases[i].what);
		}
		if (cases[i].err) {
			EXPECT_EQ(cases[i].err, errno);
		}
	}
	/* not before there is something to be exported */
	ulp_close(&self->p);
	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	EXPECT_EQ(-ENOTCONN, export(self->p.c, "EXPORTER-test", "", 0, 32, buf + 9999));
}

TEST_F(tls, rekeys)
{
	struct riptides_info info;
	int i;

	ASSERT_EQ(0, open_and_talk(&self->kind, &self->p));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, ulp_option(self->p.c, RIPTIDES_REKEY, NULL, 0));
		ASSERT_EQ(1, ulp_send(self->p.c, "c", 1));
		ASSERT_EQ(1, ulp_recv(self->p.a, buf, 1));
	}
	ASSERT_EQ(0, ulp_info(self->p.c, &info));
	EXPECT_EQ(3, info.tx_rekeys);
	EXPECT_EQ(0, info.rx_rekeys);
	ASSERT_EQ(0, ulp_info(self->p.a, &info));
	EXPECT_EQ(0, info.tx_rekeys);
	EXPECT_EQ(3, info.rx_rekeys);
	/* and with a request, both */
	ASSERT_EQ(0, ulp_option_u32(self->p.a, RIPTIDES_REKEY, 1));
	ASSERT_EQ(1, ulp_send(self->p.a, "a", 1));
	ASSERT_EQ(1, ulp_recv(self->p.c, buf, 1));
	ASSERT_EQ(1, ulp_send(self->p.c, "c", 1));
	ASSERT_EQ(1, ulp_recv(self->p.a, buf, 1));
	ASSERT_EQ(0, ulp_info(self->p.a, &info));
	EXPECT_EQ(1, info.tx_rekeys);
	EXPECT_EQ(4, info.rx_rekeys);
}

/*
 * Data in one direction only, and now and then a KeyUpdate that asks for one:
 * however many answers come in a row, each was asked for.
 */
TEST_F(tls, rekeys_one_way)
{
	int i;

	ASSERT_EQ(0, open_and_talk(&self->kind, &self->p));
	for (i = 0; i < 100; i++) {
		ASSERT_EQ(0, ulp_option_u32(self->p.c, RIPTIDES_REKEY, 1));
		ASSERT_EQ(1, ulp_send(self->p.c, "c", 1));
		ASSERT_EQ(1, ulp_recv(self->p.a, buf, 1));
	}
	ASSERT_EQ(1, ulp_send(self->p.a, "a", 1));
	EXPECT_EQ(1, ulp_recv(self->p.c, buf, 1));
	EXPECT_EQ('a', buf[0]);
}

/* No room for it now: it comes before what is sent next. */
TEST_F(tls, rekey_when_full)
{
	static char block[65536];
	struct riptides_info info;
	uint64_t sent = 0;
	ssize_t n;

	ASSERT_EQ(0, open_and_talk(&self->kind, &self->p));
	do {
		ulp_fill(&self->kind, block, sizeof(block), sent);
		n = send(self->p.c, block, sizeof(block), MSG_DONTWAIT);
		sent += n > 0 ? n : 0;
	} while (n > 0);
	ASSERT_EQ(EAGAIN, errno);
	EXPECT_EQ(0, ulp_option_u32(self->p.c, RIPTIDES_REKEY, 0));
	ASSERT_EQ(0, ulp_read_all(&self->kind, self->p.a, sent, sizeof(block)));
	ASSERT_EQ(1, ulp_send(self->p.c, "c", 1));
	ASSERT_EQ(1, ulp_recv(self->p.a, buf, 1));
	ASSERT_EQ(0, ulp_info(self->p.c, &info));
	EXPECT_EQ(1, info.tx_rekeys);
	ASSERT_EQ(0, ulp_info(self->p.a, &info));
	EXPECT_EQ(1, info.rx_rekeys);
}

/* Before and after. */
TEST_F(tls, closing)
{
	struct riptides_info info;

	ASSERT_EQ(0, open_and_talk(&self->kind, &self->p));
	ASSERT_EQ(0, shutdown(self->p.c, SHUT_WR));
	ASSERT_EQ(0, ulp_recv(self->p.a, buf, 1));
	ASSERT_EQ(0, ulp_info(self->p.c, &info));
	EXPECT_EQ(RIPTIDES_STATE_OPEN, info.state);
	EXPECT_EQ(RIPTIDES_F_CLOSE_SENT,
		  info.flags & (RIPTIDES_F_CLOSE_SENT | RIPTIDES_F_CLOSE_RECEIVED));
	ASSERT_EQ(0, ulp_info(self->p.a, &info));
	EXPECT_EQ(RIPTIDES_F_CLOSE_RECEIVED,
		  info.flags & (RIPTIDES_F_CLOSE_SENT | RIPTIDES_F_CLOSE_RECEIVED));
}

TEST_F(tls, idle)
{
	struct riptides_info info;

	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	ASSERT_EQ(0, ulp_option_u32(self->p.c, RIPTIDES_ROLE, RIPTIDES_ROLE_CLIENT));
	ASSERT_EQ(0, ulp_info(self->p.c, &info));
	EXPECT_EQ(RIPTIDES_STATE_IDLE, info.state);
	EXPECT_EQ(RIPTIDES_ROLE_CLIENT, info.role);
	EXPECT_EQ(RIPTIDES_MODE_MUTUAL, info.mode);
	EXPECT_TRUE(zeroes((char *)&info + 3, sizeof(info) - 3));
}

TEST_HARNESS_MAIN
