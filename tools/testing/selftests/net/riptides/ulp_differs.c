// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where sockets of riptides are not quite as those of TCP, and what inet_diag tells
 * of them: what Documentation/networking/riptides.rst says
 */
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>

#include "kselftest_harness.h"

#define ULP_ONLY_TLS
#include "ulp_fixture.h"

#define PAYLOAD		40000
#ifndef SO_PEEK_OFF
#define SO_PEEK_OFF	42
#endif
/* INET_ULP_INFO_RIPTIDES, which this machine's headers need not know */
#define ULP_INFO	(INET_ULP_INFO_MPTCP + 1)

static char out[PAYLOAD], buf[PAYLOAD];

/* One way, all of it. */
static int carry(const struct ulp_kind *kind, int from, int to, size_t len)
{
	size_t got = 0;
	ssize_t n;

	ulp_fill(kind, out, len, 0);
	if (ulp_send(from, out, len) != (ssize_t)len)
		return -errno;
	while (got < len) {
		n = ulp_recv(to, buf + got, len - got);
		if (n <= 0)
			return n ? n : -ENODATA;
		got += n;
	}
	return memcmp(out, buf, len) ? -EILSEQ : 0;
}

/* What reaches into TCP's queues, where there are records. */
TEST_F(tls, forbidden_options)
{
	static const int options[] = {
		TCP_REPAIR, TCP_REPAIR_QUEUE, TCP_REPAIR_OPTIONS, TCP_REPAIR_WINDOW,
		TCP_QUEUE_SEQ, TCP_ZEROCOPY_RECEIVE,
	};
	char value[64] = { 1 };
	socklen_t len;
	unsigned int i;
	int round;

	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	for (round = 0; round < 2; round++) {
		for (i = 0; i < ARRAY_SIZE(options); i++) {
			EXPECT_EQ(-1, setsockopt(self->p.c, IPPROTO_TCP, options[i], value,
						 sizeof(int)));
			EXPECT_EQ(EOPNOTSUPP, errno);
			len = sizeof(value);
			EXPECT_EQ(-1, getsockopt(self->p.c, IPPROTO_TCP, options[i], value,
						 &len));
			EXPECT_EQ(EOPNOTSUPP, errno);
		}
		/* before the handshake, and after it */
		if (!round) {
			close(self->p.c);
			ASSERT_EQ(0, ulp_open(&self->kind, &self->p));
			ASSERT_EQ(0, carry(&self->kind, self->p.c, self->p.a, 100));
		}
	}
	EXPECT_EQ(0, carry(&self->kind, self->p.c, self->p.a, 100));
	EXPECT_EQ(0, carry(&self->kind, self->p.a, self->p.c, 100));
}

/* Flags that TLS has no place for are refused, and do no harm. */
TEST_F(tls, flags)
{
	struct iovec iov = { buf, 100 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	int fd[2], i, on = 1;

	ASSERT_EQ(0, ulp_open(&self->kind, &self->p));
	fd[0] = self->p.c;
	fd[1] = self->p.a;
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(-1, send(fd[i], out, 10, MSG_OOB));
		EXPECT_EQ(EOPNOTSUPP, errno);
		EXPECT_EQ(-1, recv(fd[i], buf, 10, MSG_OOB));
		EXPECT_EQ(EINVAL, errno);
		EXPECT_EQ(-1, send(fd[i], out, 10, MSG_ZEROCOPY));
		EXPECT_EQ(EOPNOTSUPP, errno);
		/* that TCP allows it makes no difference */
		ASSERT_EQ(0, setsockopt(fd[i], SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)));
		EXPECT_EQ(-1, send(fd[i], out, 10, MSG_ZEROCOPY));
		EXPECT_EQ(EOPNOTSUPP, errno);
		EXPECT_EQ(-1, send(fd[i], out, 10, MSG_EOR | MSG_MORE));
		EXPECT_EQ(EINVAL, errno);
		ulp_fill(&self->kind, out, 100, 0);
		EXPECT_EQ(100, send(fd[i], out, 100, MSG_EOR));
		ASSERT_EQ(100, recvmsg(fd[!i], &msg, MSG_WAITALL));
		EXPECT_EQ(0, memcmp(out, buf, 100));
		/* where records end is nobody's business */
		EXPECT_EQ(0, msg.msg_flags & MSG_EOR);
	}
	EXPECT_EQ(0, carry(&self->kind, self->p.c, self->p.a, PAYLOAD));
	EXPECT_EQ(0, carry(&self->kind, self->p.a, self->p.c, PAYLOAD));
}

/* MSG_PEEK shows what comes next, whatever the offset. */
TEST_F(tls, peek_offset)
{
	int offset = 0, i;

	ASSERT_EQ(0, ulp_open(&self->kind, &self->p));
	setsockopt(self->p.a, SOL_SOCKET, SO_PEEK_OFF, &offset, sizeof(offset));
	ulp_fill(&self->kind, out, 100, 0);
	ASSERT_EQ(100, ulp_send(self->p.c, out, 100));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(10, recv(self->p.a, buf, 10, MSG_PEEK));
		EXPECT_EQ(0, memcmp(out, buf, 10));
	}
	ASSERT_EQ(100, ulp_recv(self->p.a, buf, 100));
	EXPECT_EQ(0, memcmp(out, buf, 100));
}

/* TCP_INQ may be set, and tells nothing. */
TEST_F(tls, inq)
{
	char control[256];
	struct iovec iov = { buf, 10 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	int one = 1;

	ASSERT_EQ(0, ulp_open(&self->kind, &self->p));
	EXPECT_EQ(0, setsockopt(self->p.a, IPPROTO_TCP, TCP_INQ, &one, sizeof(one)));
	ASSERT_EQ(100, ulp_send(self->p.c, out, 100));
	ASSERT_EQ(10, recvmsg(self->p.a, &msg, 0));
	EXPECT_EQ(0, msg.msg_controllen);
	EXPECT_EQ(0, msg.msg_flags);
}

/* Options of kernel TLS that do not concern keys: where it has the data path. */
TEST_F(tls, kernel_tls_options)
{
	static const struct {
		int option;
		int value;
		socklen_t len;
	} options[] = {
		{ 3, 1, sizeof(int) },		/* TLS_TX_ZEROCOPY_RO */
		{ 4, 1, sizeof(int) },		/* TLS_RX_EXPECT_NO_PAD */
		{ 5, 512, sizeof(__u16) },	/* TLS_TX_MAX_PAYLOAD_LEN */
	};
	bool ktls = self->kind.path == ULP_KTLS;
	unsigned int i;
	int got, want;
	socklen_t len;

	ASSERT_EQ(0, ulp_open(&self->kind, &self->p));
	ASSERT_EQ(0, carry(&self->kind, self->p.c, self->p.a, 100));
	for (i = 0; i < ARRAY_SIZE(options); i++) {
		want = options[i].value;
		EXPECT_EQ(ktls ? 0 : -1, setsockopt(self->p.c, SOL_TLS, options[i].option,
						    &want, options[i].len)) {
			TH_LOG("option %d: %s", options[i].option, strerror(errno));
		}
		got = 0;
		len = options[i].len;
		EXPECT_EQ(ktls ? 0 : -1, getsockopt(self->p.c, SOL_TLS, options[i].option,
						    &got, &len)) {
			TH_LOG("option %d: %s", options[i].option, strerror(errno));
		}
		if (ktls)
			EXPECT_EQ(want, got);
	}
	EXPECT_EQ(0, carry(&self->kind, self->p.c, self->p.a, PAYLOAD));
	EXPECT_EQ(0, carry(&self->kind, self->p.a, self->p.c, PAYLOAD));
}

/* TCP_CORK keeps back what is less than a segment, and loses nothing. */
TEST_F(tls, cork)
{
	int one = 1, none = 0;

	ASSERT_EQ(0, ulp_open(&self->kind, &self->p));
	ASSERT_EQ(0, setsockopt(self->p.c, IPPROTO_TCP, TCP_CORK, &one, sizeof(one)));
	EXPECT_EQ(PAYLOAD, ulp_send(self->p.c, out, PAYLOAD));
	ASSERT_EQ(0, setsockopt(self->p.c, IPPROTO_TCP, TCP_CORK, &none, sizeof(none)));
	ASSERT_EQ(PAYLOAD, recv(self->p.a, buf, PAYLOAD, MSG_WAITALL));
	EXPECT_EQ(0, memcmp(out, buf, PAYLOAD));
}

static void set_side(const struct ulp_addr *addr, __be16 *port, __be32 *ip)
{
	if (addr->sa.sa_family == AF_INET) {
		*port = addr->in.sin_port;
		*ip = addr->in.sin_addr.s_addr;
		return;
	}
	*port = addr->in6.sin6_port;
	memcpy(ip, &addr->in6.sin6_addr, sizeof(addr->in6.sin6_addr));
}

/* What inet_diag says of a connected socket; the length or a negative errno. */
static ssize_t ask_diag(int fd)
{
	struct {
		struct nlmsghdr h;
		struct inet_diag_req_v2 r;
	} req = {
		.h.nlmsg_len = sizeof(req),
		.h.nlmsg_type = SOCK_DIAG_BY_FAMILY,
		.h.nlmsg_flags = NLM_F_REQUEST,
		.r.sdiag_protocol = IPPROTO_TCP,
		.r.idiag_ext = 1 << (INET_DIAG_INFO - 1),
		.r.idiag_states = -1,
		.r.id.idiag_cookie = { INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE },
	};
	struct ulp_addr own = { .len = sizeof(own.in6) }, peer = { .len = sizeof(peer.in6) };
	ssize_t n;
	int nl;

	if (getsockname(fd, &own.sa, &own.len) || getpeername(fd, &peer.sa, &peer.len))
		return -errno;
	req.r.sdiag_family = own.sa.sa_family;
	set_side(&own, &req.r.id.idiag_sport, req.r.id.idiag_src);
	set_side(&peer, &req.r.id.idiag_dport, req.r.id.idiag_dst);
	nl = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (nl < 0)
		return -errno;
	n = send(nl, &req, sizeof(req), 0);
	if (n == sizeof(req))
		n = recv(nl, buf, sizeof(buf), 0);
	close(nl);
	return n;
}

static struct rtattr *find_attr(void *at, int len, int type)
{
	struct rtattr *rta;

	for (rta = at; RTA_OK(rta, len); rta = RTA_NEXT(rta, len))
		if ((rta->rta_type & NLA_TYPE_MASK) == type)
			return rta;
	return NULL;
}

static int attr_number(struct rtattr *nest, int type)
{
	struct rtattr *rta = find_attr(RTA_DATA(nest), RTA_PAYLOAD(nest), type);
	__u16 two;

	if (!rta)
		return -1;
	if (RTA_PAYLOAD(rta) == 1)
		return *(__u8 *)RTA_DATA(rta);
	memcpy(&two, RTA_DATA(rta), sizeof(two));
	return two;
}

/* What ss -ti shows. */
TEST_F(tls, diag)
{
	struct nlmsghdr *h = (struct nlmsghdr *)buf;
	struct rtattr *ulp, *name, *ours;
	struct inet_diag_msg *msg;
	int fd[2], i, path;
	ssize_t n;

	path = self->kind.path == ULP_KTLS ? RIPTIDES_DATAPATH_KTLS :
					     RIPTIDES_DATAPATH_SOFTWARE;
	ASSERT_EQ(0, ulp_open(&self->kind, &self->p));
	ASSERT_EQ(0, carry(&self->kind, self->p.c, self->p.a, 100));
	fd[0] = self->p.c;
	fd[1] = self->p.a;
	for (i = 0; i < 2; i++) {
		n = ask_diag(fd[i]);
		ASSERT_LT(sizeof(*h) + sizeof(*msg), n);
		ASSERT_EQ(SOCK_DIAG_BY_FAMILY, h->nlmsg_type);
		msg = NLMSG_DATA(h);
		ulp = find_attr(msg + 1, h->nlmsg_len - NLMSG_LENGTH(sizeof(*msg)),
				INET_DIAG_ULP_INFO);
		ASSERT_NE(NULL, ulp);
		name = find_attr(RTA_DATA(ulp), RTA_PAYLOAD(ulp), INET_ULP_INFO_NAME);
		ASSERT_NE(NULL, name);
		EXPECT_STREQ("riptides", RTA_DATA(name));
		ours = find_attr(RTA_DATA(ulp), RTA_PAYLOAD(ulp), ULP_INFO);
		ASSERT_NE(NULL, ours);
		EXPECT_EQ(RIPTIDES_STATE_OPEN, attr_number(ours, RIPTIDES_DIAG_STATE));
		EXPECT_EQ(i ? RIPTIDES_ROLE_SERVER : RIPTIDES_ROLE_CLIENT,
			  attr_number(ours, RIPTIDES_DIAG_ROLE));
		EXPECT_EQ(path, attr_number(ours, RIPTIDES_DIAG_TX));
		EXPECT_EQ(path, attr_number(ours, RIPTIDES_DIAG_RX));
		EXPECT_EQ(0x0304, attr_number(ours, RIPTIDES_DIAG_VERSION));
		EXPECT_NE(NULL, find_attr(RTA_DATA(ours), RTA_PAYLOAD(ours),
					  RIPTIDES_DIAG_PEER_ID));
	}
}

TEST_HARNESS_MAIN
