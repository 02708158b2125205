// SPDX-License-Identifier: GPL-2.0-only
/*
 * SOL_RIPTIDES: values, lengths, states, and the errno of every refusal
 */
#include <limits.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "kselftest_harness.h"

#define ULP_ONLY_TLS
#include "ulp_fixture.h"

#define NUMBER(n)	{ .number = (n), .len = 4 }

/* A value that setsockopt() is given. */
struct value {
	union {
		unsigned char value[16];
		uint32_t number;
	};
	socklen_t len;
};

/* On a socket that is closed and attached. */
static const struct set_case {
	const char *what;
	int option;
	struct value v;
	int err;
} set_cases[] = {
	{ "role none", RIPTIDES_ROLE, NUMBER(0), 0 },
	{ "role client", RIPTIDES_ROLE, NUMBER(1), 0 },
	{ "role server", RIPTIDES_ROLE, NUMBER(2), 0 },
	{ "role 3", RIPTIDES_ROLE, NUMBER(3), EINVAL },
	{ "role -1", RIPTIDES_ROLE, NUMBER(-1), EINVAL },
	{ "role, no bytes", RIPTIDES_ROLE, { { {} }, 0 }, EINVAL },
	{ "role, 3 bytes", RIPTIDES_ROLE, { { {} }, 3 }, EINVAL },
	{ "role, 8 bytes", RIPTIDES_ROLE, { { {} }, 8 }, EINVAL },
	{ "mode mutual", RIPTIDES_MODE, NUMBER(0), 0 },
	{ "mode simple", RIPTIDES_MODE, NUMBER(1), 0 },
	{ "mode 2", RIPTIDES_MODE, NUMBER(2), EINVAL },
	{ "mode, 1 byte", RIPTIDES_MODE, { { {} }, 1 }, EINVAL },
	{ "datapath auto", RIPTIDES_DATAPATH, NUMBER(0), 0 },
	{ "datapath kernel TLS", RIPTIDES_DATAPATH, NUMBER(1), 0 },
	{ "datapath software", RIPTIDES_DATAPATH, NUMBER(2), 0 },
	{ "datapath 3", RIPTIDES_DATAPATH, NUMBER(3), EINVAL },
	{ "datapath 256", RIPTIDES_DATAPATH, NUMBER(256), EINVAL },
	{ "deadline default", RIPTIDES_DEADLINE, NUMBER(0), 0 },
	{ "deadline 1 ms", RIPTIDES_DEADLINE, NUMBER(1), 0 },
	{ "deadline longest", RIPTIDES_DEADLINE, NUMBER(RIPTIDES_DEADLINE_MAX), 0 },
	{ "deadline too long", RIPTIDES_DEADLINE, NUMBER(RIPTIDES_DEADLINE_MAX + 1),
	  EINVAL },
	{ "deadline -1", RIPTIDES_DEADLINE, NUMBER(-1), EINVAL },
	{ "confirm off", RIPTIDES_CONFIRM, NUMBER(0), 0 },
	{ "confirm on", RIPTIDES_CONFIRM, NUMBER(1), 0 },
	{ "confirm 2", RIPTIDES_CONFIRM, NUMBER(2), EINVAL },
	{ "name", RIPTIDES_SERVER_NAME, { { "a.example" }, 9 }, 0 },
	{ "name, terminated", RIPTIDES_SERVER_NAME, { { "a.example" }, 10 }, 0 },
	{ "name, terminated twice", RIPTIDES_SERVER_NAME, { { "a.example\0" }, 11 }, EINVAL },
	{ "name, NUL inside", RIPTIDES_SERVER_NAME, { { "a\0example" }, 9 }, EINVAL },
	{ "name, none", RIPTIDES_SERVER_NAME, { { "" }, 0 }, 0 },
	{ "name, NUL only", RIPTIDES_SERVER_NAME, { { "" }, 1 }, 0 },
	{ "name, wildcard", RIPTIDES_SERVER_NAME, { { "*.example" }, 9 }, EINVAL },
	{ "name, space", RIPTIDES_SERVER_NAME, { { "a example" }, 9 }, EINVAL },
	{ "name, empty label", RIPTIDES_SERVER_NAME, { { "a..example" }, 10 }, EINVAL },
	{ "name, not ASCII", RIPTIDES_SERVER_NAME, { { "\303\244.example" }, 10 }, EINVAL },
	{ "peer, ID", RIPTIDES_PEER_ID, { { "spiffe://td/a" }, 13 }, 0 },
	{ "peer, all below", RIPTIDES_PEER_ID, { { "spiffe://td/a/" }, 14 }, 0 },
	{ "peer, domain", RIPTIDES_PEER_ID, { { "spiffe://td" }, 11 }, 0 },
	{ "peer, any", RIPTIDES_PEER_ID, { { "" }, 0 }, 0 },
	{ "peer, no scheme", RIPTIDES_PEER_ID, { { "td/a" }, 4 }, EINVAL },
	{ "peer, other scheme", RIPTIDES_PEER_ID, { { "https://td/a" }, 12 }, EINVAL },
	{ "peer, no domain", RIPTIDES_PEER_ID, { { "spiffe:///a" }, 11 }, EINVAL },
	{ "peer, upper case domain", RIPTIDES_PEER_ID, { { "spiffe://TD/a" }, 13 }, EINVAL },
	{ "peer, port", RIPTIDES_PEER_ID, { { "spiffe://td:1/a" }, 15 }, EINVAL },
	{ "peer, dots", RIPTIDES_PEER_ID, { { "spiffe://td/.." }, 14 }, EINVAL },
	{ "peer, query", RIPTIDES_PEER_ID, { { "spiffe://td/a?b" }, 15 }, EINVAL },
	{ "peer, NUL inside", RIPTIDES_PEER_ID, { { "spiffe://td\0a" }, 13 }, EINVAL },
	{ "identity", RIPTIDES_IDENTITY, { { "web" }, 3 }, 0 },
	{ "identity, default", RIPTIDES_IDENTITY, { { "" }, 0 }, 0 },
	{ "identity, NUL inside", RIPTIDES_IDENTITY, { { "w\0b" }, 3 }, EINVAL },
	{ "ALPN", RIPTIDES_ALPN, { { "\2h2\3foo" }, 7 }, 0 },
	{ "ALPN, none", RIPTIDES_ALPN, { { "" }, 0 }, 0 },
	{ "ALPN, empty name", RIPTIDES_ALPN, { { "\2h2\0" }, 4 }, EINVAL },
	{ "ALPN, cut", RIPTIDES_ALPN, { { "\2h2\3fo" }, 6 }, EINVAL },
	{ "ALPN, no name", RIPTIDES_ALPN, { { "\3" }, 1 }, EINVAL },
	{ "start", RIPTIDES_START, { { {} }, 0 }, ENOTCONN },
	{ "start with a value", RIPTIDES_START, NUMBER(1), ENOTCONN },
	{ "rekey", RIPTIDES_REKEY, { { {} }, 0 }, ENOTCONN },
	{ "rekey both", RIPTIDES_REKEY, NUMBER(1), ENOTCONN },
	{ "rekey 2", RIPTIDES_REKEY, NUMBER(2), EINVAL },
	{ "rekey, 2 bytes", RIPTIDES_REKEY, { { {} }, 2 }, EINVAL },
	{ "info", RIPTIDES_INFO, NUMBER(0), ENOPROTOOPT },
	{ "chain", RIPTIDES_PEER_CHAIN, NUMBER(0), ENOPROTOOPT },
	{ "exporter", RIPTIDES_EXPORTER, NUMBER(0), ENOPROTOOPT },
	{ "option 0", 0, NUMBER(0), ENOPROTOOPT },
	{ "option after the last", RIPTIDES_EXPORTER + 1, NUMBER(0), ENOPROTOOPT },
	{ "option -1", -1, NUMBER(0), ENOPROTOOPT },
	{ "option INT_MAX", INT_MAX, NUMBER(0), ENOPROTOOPT },
};

static char big[70000];
static char got[70000];

TEST_F(tls, set)
{
	const struct set_case *t;

	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	for (t = set_cases; t < set_cases + ARRAY_SIZE(set_cases); t++) {
		EXPECT_EQ(-t->err, ulp_option(self->p.c, t->option, t->v.value,
					      t->v.len)) {
			TH_LOG("%s", t->what);
		}
	}
}

/* The length is what counts, not the bytes behind it; longest and one more. */
TEST_F(tls, long_texts)
{
	static const struct {
		int option;
		socklen_t max;
		const char *head;
	} cases[] = {
		{ RIPTIDES_PEER_ID, RIPTIDES_SPIFFE_ID_MAX, "spiffe://td/" },
		{ RIPTIDES_IDENTITY, RIPTIDES_NAME_MAX, "" },
	};
	unsigned int i;

	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		memset(big, 'x', sizeof(big));
		memcpy(big, cases[i].head, strlen(cases[i].head));
		EXPECT_EQ(0, ulp_option(self->p.c, cases[i].option, big, cases[i].max)) {
			TH_LOG("option %d", cases[i].option);
		}
		EXPECT_EQ(-ENAMETOOLONG, ulp_option(self->p.c, cases[i].option, big,
						    cases[i].max + 1));
		EXPECT_EQ(-ENAMETOOLONG, ulp_option(self->p.c, cases[i].option, big,
						    cases[i].max + 2));
		EXPECT_EQ(-ENAMETOOLONG, ulp_option(self->p.c, cases[i].option, big,
						    sizeof(big)));
		EXPECT_EQ(-ENAMETOOLONG, ulp_option(self->p.c, cases[i].option, big,
						    INT_MAX));
		big[cases[i].max] = '\0';
		EXPECT_EQ(0, ulp_option(self->p.c, cases[i].option, big,
					cases[i].max + 1));
	}
}

TEST_F(tls, long_server_name)
{
	unsigned int i;

	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	/* labels of 63, RFC 1035 */
	for (i = 0; i < 300; i++)
		big[i] = i % 64 == 63 ? '.' : 'a';
	EXPECT_EQ(0, ulp_option(self->p.c, RIPTIDES_SERVER_NAME, big,
				RIPTIDES_SERVER_NAME_MAX));
	EXPECT_EQ(-ENAMETOOLONG, ulp_option(self->p.c, RIPTIDES_SERVER_NAME, big,
					    RIPTIDES_SERVER_NAME_MAX + 1));
	EXPECT_EQ(-ENAMETOOLONG, ulp_option(self->p.c, RIPTIDES_SERVER_NAME, big, 300));
	big[63] = 'a';
	EXPECT_EQ(-EINVAL, ulp_option(self->p.c, RIPTIDES_SERVER_NAME, big, 100));
}

TEST_F(tls, long_alpn)
{
	unsigned int i;

	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	memset(big, 'x', sizeof(big));
	for (i = 0; i < RIPTIDES_ALPN_LIST_MAX; i += 256)
		big[i] = (char)255;
	EXPECT_EQ(0, ulp_option(self->p.c, RIPTIDES_ALPN, big, RIPTIDES_ALPN_LIST_MAX));
	big[RIPTIDES_ALPN_LIST_MAX] = 1;
	EXPECT_EQ(-EINVAL, ulp_option(self->p.c, RIPTIDES_ALPN, big,
				      RIPTIDES_ALPN_LIST_MAX + 2));
	EXPECT_EQ(-EINVAL, ulp_option(self->p.c, RIPTIDES_ALPN, big, INT_MAX));
}

TEST_F(tls, bad_pointers)
{
	void *hole = mmap(NULL, 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	socklen_t len = 4;
	int option;

	ASSERT_NE(MAP_FAILED, hole);
	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	for (option = RIPTIDES_ROLE; option <= RIPTIDES_DATAPATH; option++) {
		if (option == RIPTIDES_START)
			continue;
		EXPECT_EQ(-EFAULT, ulp_option(self->p.c, option, hole, 4)) {
			TH_LOG("option %d", option);
		}
	}
	EXPECT_EQ(-1, getsockopt(self->p.c, SOL_RIPTIDES, RIPTIDES_ROLE, hole, &len));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, getsockopt(self->p.c, SOL_RIPTIDES, RIPTIDES_ROLE, got, hole));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, getsockopt(self->p.c, SOL_RIPTIDES, RIPTIDES_INFO, got, hole));
	EXPECT_EQ(EFAULT, errno);
	len = 100;
	EXPECT_EQ(-1, getsockopt(self->p.c, SOL_RIPTIDES, RIPTIDES_INFO, hole, &len));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, getsockopt(self->p.c, SOL_RIPTIDES, RIPTIDES_EXPORTER, hole, &len));
	EXPECT_EQ(EFAULT, errno);
	munmap(hole, 65536);
}

static int get_number(int fd, int option, uint32_t *value)
{
	socklen_t len = sizeof(*value);

	*value = -1;
	if (getsockopt(fd, SOL_RIPTIDES, option, value, &len))
		return -errno;
	return len == sizeof(*value) ? 0 : -EMSGSIZE;
}

TEST_F(tls, read_numbers)
{
	static const struct {
		int option;
		uint32_t def;
		uint32_t value;
	} cases[] = {
		{ RIPTIDES_ROLE, RIPTIDES_ROLE_NONE, RIPTIDES_ROLE_SERVER },
		{ RIPTIDES_MODE, RIPTIDES_MODE_MUTUAL, RIPTIDES_MODE_SIMPLE },
		{ RIPTIDES_DEADLINE, 0, 12345 },
		{ RIPTIDES_CONFIRM, 0, 1 },
		{ RIPTIDES_DATAPATH, RIPTIDES_DATAPATH_AUTO, RIPTIDES_DATAPATH_SOFTWARE },
	};
	uint32_t value;
	unsigned int i;
	socklen_t len;

	self->p.c = ulp_raw_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	ASSERT_EQ(0, ulp_attach(self->p.c));
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		ASSERT_EQ(0, get_number(self->p.c, cases[i].option, &value));
		EXPECT_EQ(cases[i].def, value);
		ASSERT_EQ(0, ulp_option_u32(self->p.c, cases[i].option, cases[i].value));
		ASSERT_EQ(0, get_number(self->p.c, cases[i].option, &value));
		EXPECT_EQ(cases[i].value, value);
		/* a refused value changes nothing */
		ASSERT_EQ(-EINVAL, ulp_option_u32(self->p.c, cases[i].option, -1));
		ASSERT_EQ(0, get_number(self->p.c, cases[i].option, &value));
		EXPECT_EQ(cases[i].value, value);
		len = 3;
		EXPECT_EQ(-1, getsockopt(self->p.c, SOL_RIPTIDES, cases[i].option, got,
					 &len));
		EXPECT_EQ(EINVAL, errno);
		len = 100;
		EXPECT_EQ(0, getsockopt(self->p.c, SOL_RIPTIDES, cases[i].option, got,
					&len));
		EXPECT_EQ(4, len);
	}
}

TEST_F(tls, read_texts)
{
	static const struct {
		int option;
		const char *value;
	} cases[] = {
		{ RIPTIDES_SERVER_NAME, "www.example.org" },
		{ RIPTIDES_PEER_ID, "spiffe://td/ns/default/sa/" },
		{ RIPTIDES_IDENTITY, "web-server" },
	};
	socklen_t len, want;
	unsigned int i;

	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		want = strlen(cases[i].value);
		len = 100;
		ASSERT_EQ(0, getsockopt(self->p.c, SOL_RIPTIDES, cases[i].option, got,
					&len));
		EXPECT_EQ(0, len);
		ASSERT_EQ(0, ulp_option(self->p.c, cases[i].option, cases[i].value, want));
		len = 100;
		ASSERT_EQ(0, getsockopt(self->p.c, SOL_RIPTIDES, cases[i].option, got,
					&len));
		EXPECT_EQ(want, len);
		EXPECT_EQ(0, memcmp(got, cases[i].value, want));
		/* all or nothing, and the length that it takes */
		memset(got, '#', 100);
		len = want - 1;
		EXPECT_EQ(-1, getsockopt(self->p.c, SOL_RIPTIDES, cases[i].option, got,
					 &len));
		EXPECT_EQ(ERANGE, errno);
		EXPECT_EQ(want, len);
		EXPECT_EQ('#', got[0]);
		/* taken back */
		ASSERT_EQ(0, ulp_option(self->p.c, cases[i].option, NULL, 0));
		len = 100;
		ASSERT_EQ(0, getsockopt(self->p.c, SOL_RIPTIDES, cases[i].option, got,
					&len));
		EXPECT_EQ(0, len);
	}
}

TEST_F(tls, read_nothing)
{
	static const int options[] = { 0, RIPTIDES_START, RIPTIDES_REKEY,
				       RIPTIDES_EXPORTER + 1, -1, INT_MIN };
	unsigned int i;
	socklen_t len;

	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	for (i = 0; i < ARRAY_SIZE(options); i++) {
		len = 100;
		EXPECT_EQ(-1, getsockopt(self->p.c, SOL_RIPTIDES, options[i], got, &len));
		EXPECT_EQ(ENOPROTOOPT, errno);
	}
	len = -1;
	EXPECT_EQ(-1, getsockopt(self->p.c, SOL_RIPTIDES, RIPTIDES_INFO, got, &len));
	EXPECT_EQ(EINVAL, errno);
	len = -1;
	EXPECT_EQ(-1, getsockopt(self->p.c, SOL_RIPTIDES, RIPTIDES_PEER_ID, got, &len));
	EXPECT_EQ(EINVAL, errno);
	len = 100;
	EXPECT_EQ(-1, getsockopt(self->p.c, SOL_RIPTIDES, RIPTIDES_PEER_CHAIN, got, &len));
	EXPECT_EQ(ENODATA, errno);
}

/* A socket without the ULP knows no such level. */
TEST_F(tls, not_attached)
{
	socklen_t len = sizeof(got);

	self->p.c = ulp_raw_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	EXPECT_EQ(-ENOPROTOOPT, ulp_option_u32(self->p.c, RIPTIDES_ROLE, 1));
	EXPECT_EQ(-1, getsockopt(self->p.c, SOL_RIPTIDES, RIPTIDES_INFO, got, &len));
	/* IPv4's word for it differs from IPv6's */
	EXPECT_EQ(self->kind.net == ULP_IPV4 ? EOPNOTSUPP : ENOPROTOOPT, errno);
}

static const int configuration[] = {
	RIPTIDES_ROLE, RIPTIDES_SERVER_NAME, RIPTIDES_PEER_ID, RIPTIDES_IDENTITY,
	RIPTIDES_ALPN, RIPTIDES_MODE, RIPTIDES_DEADLINE, RIPTIDES_CONFIRM,
	RIPTIDES_DATAPATH,
};

static bool is_number(int option)
{
	return option != RIPTIDES_SERVER_NAME && option != RIPTIDES_PEER_ID &&
	       option != RIPTIDES_IDENTITY && option != RIPTIDES_ALPN;
}

/* A handshake that nobody answers: nothing can be changed meanwhile. */
TEST_F(tls, set_during_handshake)
{
	struct riptides_info info;
	uint32_t value = 0;
	unsigned int i;

	self->p.l = ulp_raw_listen(&self->kind, 5, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	ASSERT_EQ(0, ulp_blocking(self->p.c, false));
	ASSERT_EQ(-1, connect(self->p.c, &self->p.addr.sa, self->p.addr.len));
	ASSERT_EQ(EINPROGRESS, errno);
	self->p.a = ulp_accept(self->p.l);
	ASSERT_LE(0, self->p.a);
	/* the ClientHello is there: it runs */
	ASSERT_LT(0, ulp_wait(self->p.a, POLLIN, -1));
	for (i = 0; i < ARRAY_SIZE(configuration); i++)
		EXPECT_EQ(-EBUSY, ulp_option(self->p.c, configuration[i], &value, 4)) {
			TH_LOG("option %d", configuration[i]);
		}
	EXPECT_EQ(-EALREADY, ulp_option(self->p.c, RIPTIDES_START, NULL, 0));
	EXPECT_EQ(-ENOTCONN, ulp_option(self->p.c, RIPTIDES_REKEY, NULL, 0));
	ASSERT_EQ(0, ulp_info(self->p.c, &info));
	EXPECT_EQ(RIPTIDES_STATE_HANDSHAKE, info.state);
	EXPECT_EQ(RIPTIDES_ROLE_CLIENT, info.role);
	EXPECT_EQ(0, info.tx_datapath);
	EXPECT_EQ(0, info.error);
}

TEST_F(tls, set_after_handshake)
{
	uint32_t value = 0;
	unsigned int i, j;
	int fd[2];

	ASSERT_EQ(0, ulp_open(&self->kind, &self->p));
	/* what comes shows that the server's is complete, too */
	ASSERT_EQ(1, ulp_send(self->p.c, "x", 1));
	ASSERT_EQ(1, ulp_recv(self->p.a, got, 1));
	fd[0] = self->p.c;
	fd[1] = self->p.a;
	for (j = 0; j < 2; j++) {
		for (i = 0; i < ARRAY_SIZE(configuration); i++)
			EXPECT_EQ(-EISCONN, ulp_option(fd[j], configuration[i], &value,
						       4)) {
				TH_LOG("option %d", configuration[i]);
			}
		EXPECT_EQ(-EISCONN, ulp_option(fd[j], RIPTIDES_START, NULL, 0));
		EXPECT_EQ(-ENOPROTOOPT, ulp_option(fd[j], RIPTIDES_INFO, &value, 4));
		EXPECT_EQ(-ENOPROTOOPT, ulp_option(fd[j], 99, &value, 4));
		EXPECT_EQ(-EINVAL, ulp_option_u32(fd[j], RIPTIDES_REKEY, 2));
		EXPECT_EQ(-EINVAL, ulp_option(fd[j], RIPTIDES_REKEY, &value, 3));
		EXPECT_EQ(0, ulp_option(fd[j], RIPTIDES_REKEY, NULL, 0));
		EXPECT_EQ(0, ulp_option_u32(fd[j], RIPTIDES_REKEY, 0));
		EXPECT_EQ(0, ulp_option_u32(fd[j], RIPTIDES_REKEY, 1));
	}
	ASSERT_EQ(1, ulp_send(self->p.c, "y", 1));
	ASSERT_EQ(1, ulp_recv(self->p.a, got, 1));
	EXPECT_EQ('y', got[0]);
	ASSERT_EQ(1, ulp_send(self->p.a, "z", 1));
	ASSERT_EQ(1, ulp_recv(self->p.c, got, 1));
	EXPECT_EQ('z', got[0]);
}

/* No key is changed before there is one, and nothing begins for its sake. */
TEST_F(tls, rekey_idle)
{
	struct riptides_info info;

	self->p.l = ulp_raw_listen(&self->kind, 5, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	self->p.c = ulp_raw_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	ASSERT_EQ(0, connect(self->p.c, &self->p.addr.sa, self->p.addr.len));
	ASSERT_EQ(0, ulp_attach(self->p.c));
	ASSERT_EQ(0, ulp_option_u32(self->p.c, RIPTIDES_ROLE, RIPTIDES_ROLE_CLIENT));
	EXPECT_EQ(-ENOTCONN, ulp_option(self->p.c, RIPTIDES_REKEY, NULL, 0));
	EXPECT_EQ(-ENOTCONN, ulp_option_u32(self->p.c, RIPTIDES_REKEY, 1));
	ASSERT_EQ(0, ulp_info(self->p.c, &info));
	EXPECT_EQ(RIPTIDES_STATE_IDLE, info.state);
}

static int tcp_state(int fd)
{
	struct tcp_info tcp;
	socklen_t len = sizeof(tcp);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &tcp, &len))
		return -errno;
	return tcp.tcpi_state;
}

/* A handshake that has failed: nothing until TCP has closed, then all again. */
TEST_F(tls, set_after_failure)
{
	socklen_t len = sizeof(int);
	uint32_t value = 0;
	unsigned int i;
	int err = 0;

	self->p.l = ulp_raw_listen(&self->kind, 5, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	ASSERT_EQ(0, ulp_blocking(self->p.c, false));
	ASSERT_EQ(-1, connect(self->p.c, &self->p.addr.sa, self->p.addr.len));
	ASSERT_EQ(EINPROGRESS, errno);
	self->p.a = ulp_accept(self->p.l);
	ASSERT_LE(0, self->p.a);
	ASSERT_EQ(8, ulp_send(self->p.a, "HTTP/1.1", 8));
	ASSERT_LT(0, ulp_wait(self->p.c, POLLERR, -1) & POLLERR);
	ASSERT_EQ(0, getsockopt(self->p.c, SOL_SOCKET, SO_ERROR, &err, &len));
	ASSERT_EQ(EPROTO, err);
	for (i = 0; i < ARRAY_SIZE(configuration); i++)
		EXPECT_EQ(-EBUSY, ulp_option(self->p.c, configuration[i], &value, 4)) {
			TH_LOG("option %d", configuration[i]);
		}
	EXPECT_EQ(-ECONNABORTED, ulp_option(self->p.c, RIPTIDES_START, NULL, 0));
	EXPECT_EQ(-EPIPE, ulp_option(self->p.c, RIPTIDES_REKEY, NULL, 0));
	len = sizeof(got);
	EXPECT_EQ(-1, getsockopt(self->p.c, SOL_RIPTIDES, RIPTIDES_PEER_CHAIN, got, &len));
	EXPECT_EQ(ENODATA, errno);

	/* hello, alert, FIN; then ours */
	while (recv(self->p.a, got, sizeof(got), 0) > 0)
		;
	close(self->p.a);
	self->p.a = -1;
	while ((err = tcp_state(self->p.c)) != TCP_CLOSE) {
		ASSERT_LE(0, err);
		ASSERT_EQ(0, sched_yield());
	}
	for (i = 0; i < ARRAY_SIZE(configuration); i++)
		EXPECT_EQ(0, ulp_option(self->p.c, configuration[i], &value,
					is_number(configuration[i]) ? 4 : 0)) {
			TH_LOG("option %d", configuration[i]);
		}
	EXPECT_EQ(-ECONNABORTED, ulp_option(self->p.c, RIPTIDES_START, NULL, 0));
}

/* Nothing can be sent any more. */
TEST_F(tls, set_after_shutdown)
{
	ASSERT_EQ(0, ulp_open_raw(&self->kind, &self->p));
	ASSERT_EQ(0, ulp_setup(self->p.c, &self->kind));
	ASSERT_EQ(0, ulp_option_u32(self->p.c, RIPTIDES_ROLE, RIPTIDES_ROLE_CLIENT));
	ASSERT_EQ(0, shutdown(self->p.c, SHUT_WR));
	EXPECT_EQ(-EPIPE, ulp_option(self->p.c, RIPTIDES_START, NULL, 0));
	ulp_close(&self->p);

	ASSERT_EQ(0, ulp_open(&self->kind, &self->p));
	ASSERT_EQ(1, ulp_send(self->p.c, "x", 1));
	ASSERT_EQ(1, ulp_recv(self->p.a, got, 1));
	ASSERT_EQ(0, shutdown(self->p.c, SHUT_WR));
	EXPECT_EQ(-EPIPE, ulp_option(self->p.c, RIPTIDES_REKEY, NULL, 0));
	EXPECT_EQ(-EPIPE, ulp_option_u32(self->p.c, RIPTIDES_REKEY, 1));
	/* the other end still can */
	EXPECT_EQ(0, ulp_option(self->p.a, RIPTIDES_REKEY, NULL, 0));
	ASSERT_EQ(1, ulp_send(self->p.a, "y", 1));
	EXPECT_EQ(1, ulp_recv(self->p.c, got, 1));
}

/* Options of a listener may change at any time; old children keep theirs. */
TEST_F(tls, set_listening)
{
	struct riptides_info info;

	self->p.l = ulp_listen(&self->kind, 5, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	ASSERT_EQ(0, ulp_option_u32(self->p.l, RIPTIDES_MODE, RIPTIDES_MODE_SIMPLE));
	EXPECT_EQ(-ENOTCONN, ulp_option(self->p.l, RIPTIDES_START, NULL, 0));
	EXPECT_EQ(-ENOTCONN, ulp_option(self->p.l, RIPTIDES_REKEY, NULL, 0));
	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	ASSERT_EQ(0, ulp_option_u32(self->p.c, RIPTIDES_MODE, RIPTIDES_MODE_SIMPLE));
	ASSERT_EQ(0, ulp_connect(self->p.c, &self->p.addr));
	ASSERT_EQ(0, ulp_option_u32(self->p.l, RIPTIDES_MODE, RIPTIDES_MODE_MUTUAL));
	self->p.a = ulp_accept(self->p.l);
	ASSERT_LE(0, self->p.a);
	ASSERT_EQ(0, ulp_info(self->p.a, &info));
	EXPECT_EQ(RIPTIDES_MODE_SIMPLE, info.mode);
	ASSERT_EQ(0, ulp_info(self->p.l, &info));
	EXPECT_EQ(RIPTIDES_MODE_MUTUAL, info.mode);
	EXPECT_EQ(RIPTIDES_STATE_IDLE, info.state);
}

TEST_HARNESS_MAIN
