// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can be seen from outside: counters and tracepoints
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "kselftest_harness.h"

#define ULP_ONLY_TLS
#include "ulp_fixture.h"

#define TRACING	"/sys/kernel/tracing/"
#define ID	"spiffe://td.example/default"

static char buf[1 << 20];

static ssize_t slurp(const char *path)
{
	ssize_t n, len = 0;
	int fd;

	fd = open(path, O_RDONLY);
	if (fd < 0)
		return -errno;
	while ((n = read(fd, buf + len, sizeof(buf) - 1 - len)) > 0)
		len += n;
	close(fd);
	buf[len] = 0;
	return len;
}

static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		err = -errno;
	close(fd);
	return err;
}

/* Sockets are freed behind close(): wait until a gauge is what it has to be. */
static long gauge_falls(const char *name, long to)
{
	time_t end = time(NULL) + 120;
	long now;

	while ((now = ulp_counter(name)) != to && time(NULL) < end)
		poll(NULL, 0, 1);
	return now;
}

static int open_and_talk(const struct ulp_kind *kind, struct ulp_pair *p)
{
	char c;
	int err = ulp_open(kind, p);

	if (err)
		return err;
	if (ulp_send(p->c, "c", 1) != 1 || ulp_recv(p->a, &c, 1) != 1 ||
	    ulp_send(p->a, "a", 1) != 1 || ulp_recv(p->c, &c, 1) != 1)
		return -EIO;
	return 0;
}

TEST_F(tls, counters)
{
	static const char * const rise[] = {
		"RiptidesAttach", "RiptidesHandshakeDone", NULL, NULL,
		"RiptidesContexts", NULL, NULL,
	};
	bool ktls = self->kind.path == ULP_KTLS;
	const char *name[7];
	long before[7];
	int i;

	memcpy(name, rise, sizeof(rise));
	name[2] = ktls ? "RiptidesTxKtls" : "RiptidesTxSw";
	name[3] = ktls ? "RiptidesRxKtls" : "RiptidesRxSw";
	name[5] = ktls ? "RiptidesCurrTxKtls" : "RiptidesCurrTxSw";
	name[6] = ktls ? "RiptidesCurrRxKtls" : "RiptidesCurrRxSw";
	/* those of an earlier test may still be on their way out */
	ASSERT_EQ(0, gauge_falls("RiptidesContexts", 0));
	for (i = 0; i < 7; i++)
		before[i] = ulp_counter(name[i]);
	EXPECT_EQ(0, before[4]);
	EXPECT_EQ(0, before[5]);
	EXPECT_EQ(0, before[6]);

	ASSERT_EQ(0, open_and_talk(&self->kind, &self->p));
	EXPECT_EQ(0, ulp_counter("RiptidesHandshakeCurr"));
	/* listener, client and child; two ends of one handshake */
	EXPECT_EQ(before[0] + 3, ulp_counter(name[0]));
	EXPECT_EQ(before[1] + 2, ulp_counter(name[1]));
	EXPECT_EQ(before[2] + 2, ulp_counter(name[2]));
	EXPECT_EQ(before[3] + 2, ulp_counter(name[3]));
	EXPECT_EQ(3, ulp_counter(name[4]));
	EXPECT_EQ(2, ulp_counter(name[5]));
	EXPECT_EQ(2, ulp_counter(name[6]));

	ulp_close(&self->p);
	EXPECT_EQ(0, gauge_falls(name[4], 0));
	EXPECT_EQ(0, gauge_falls(name[5], 0));
	EXPECT_EQ(0, gauge_falls(name[6], 0));
}

/* A server that nobody trusts: both ends say so, and count it. */
static int be_refused(const struct ulp_kind *kind, struct ulp_pair *p)
{
	char c;
	int err;

	p->l = ulp_listen(kind, 5, &p->addr);
	if (p->l < 0)
		return p->l;
	err = ulp_option(p->l, RIPTIDES_IDENTITY, "wrong-ca", 8);
	if (err)
		return err;
	p->c = ulp_socket(kind);
	if (p->c < 0)
		return p->c;
	if (ulp_connect(p->c, &p->addr) != -EKEYREJECTED)
		return -EISCONN;
	p->a = ulp_accept(p->l);
	if (p->a < 0)
		return p->a;
	return recv(p->a, &c, 1, 0) < 0 && errno == EPROTO ? 0 : -EIO;
}

TEST_F(tls, failures)
{
	static const struct {
		const char *name;
		int more;
	} rise[] = {
		{ "RiptidesHandshakeClient", 1 }, { "RiptidesHandshakeServer", 1 },
		{ "RiptidesHandshakeDone", 0 }, { "RiptidesHandshakeFail", 2 },
		{ "RiptidesHandshakeTimeout", 0 }, { "RiptidesPeerRejected", 1 },
		{ "RiptidesAlertSent", 1 }, { "RiptidesAlertReceived", 1 },
		{ "RiptidesAttachRefused", 1 }, { "RiptidesTxKtls", 0 },
		{ "RiptidesTxSw", 0 }, { "RiptidesTruncated", 0 },
		{ "RiptidesDecryptError", 0 }, { "RiptidesNoMemory", 0 },
	};
	long before[ARRAY_SIZE(rise)];
	int i, fd;

	ASSERT_EQ(0, gauge_falls("RiptidesContexts", 0));
	for (i = 0; i < ARRAY_SIZE(rise); i++)
		before[i] = ulp_counter(rise[i].name);
	EXPECT_EQ(0, be_refused(&self->kind, &self->p));
	fd = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &(int){ 1 }, sizeof(int)));
	EXPECT_EQ(-EBUSY, ulp_attach(fd));
	close(fd);
	for (i = 0; i < ARRAY_SIZE(rise); i++)
		EXPECT_EQ(before[i] + rise[i].more, ulp_counter(rise[i].name)) {
			TH_LOG("%s", rise[i].name);
		}
	EXPECT_EQ(0, ulp_counter("RiptidesHandshakeCurr"));
	ulp_close(&self->p);
	EXPECT_EQ(0, gauge_falls("RiptidesContexts", 0));
}

TEST_F(tls, rekeys)
{
	long tx, rx, bad;
	char c;

	ASSERT_EQ(0, open_and_talk(&self->kind, &self->p));
	tx = ulp_counter("RiptidesTxRekey");
	rx = ulp_counter("RiptidesRxRekey");
	bad = ulp_counter("RiptidesRekeyError");
	EXPECT_EQ(0, ulp_option_u32(self->p.c, RIPTIDES_REKEY, 0));
	EXPECT_EQ(1, ulp_send(self->p.c, "k", 1));
	EXPECT_EQ(1, ulp_recv(self->p.a, &c, 1));
	EXPECT_EQ(tx + 1, ulp_counter("RiptidesTxRekey"));
	EXPECT_EQ(rx + 1, ulp_counter("RiptidesRxRekey"));
	EXPECT_EQ(bad, ulp_counter("RiptidesRekeyError"));
}

/* How many events of the trace in @buf have all of these in their line. */
static int events(const char *name, const char *with, const char *and)
{
	char *line, *rest = strdup(buf), *all = rest;
	int n = 0;

	while ((line = strsep(&rest, "\n")))
		n += strstr(line, name) && strstr(line, with) &&
		     strstr(line, and);
	free(all);
	return n;
}

TEST_F(tls, tracepoints)
{
	bool ktls = self->kind.path == ULP_KTLS;
	const char *path = ktls ? "datapath=ktls err=0" : "datapath=software err=0";
	char to[32], c;

	if (access(TRACING "events/riptides", F_OK))
		SKIP(return, "a kernel without trace events");
	ASSERT_EQ(0, gauge_falls("RiptidesContexts", 0));
	ASSERT_EQ(0, put(TRACING "trace", "\n"));
	ASSERT_EQ(0, put(TRACING "events/riptides/enable", "1"));
	EXPECT_EQ(0, open_and_talk(&self->kind, &self->p));
	snprintf(to, sizeof(to), ":%d ", ntohs(self->p.addr.in.sin_port));
	EXPECT_EQ(0, ulp_option_u32(self->p.c, RIPTIDES_REKEY, 0));
	EXPECT_EQ(1, ulp_send(self->p.c, "k", 1));
	EXPECT_EQ(1, ulp_recv(self->p.a, &c, 1));
	ulp_close(&self->p);
	EXPECT_EQ(0, gauge_falls("RiptidesContexts", 0));
	EXPECT_EQ(0, put(TRACING "events/riptides/enable", "0"));

	ASSERT_LT(0, slurp(TRACING "trace"));
	EXPECT_EQ(3, events(" riptides_attach: ", "src=", "cgroup="));
	EXPECT_EQ(1, events(" riptides_handshake_start: ", "", "role=client"));
	EXPECT_EQ(1, events(" riptides_handshake_start: ", to, "role=server"));
	EXPECT_EQ(2, events(" riptides_handshake_done: ", to,
			    "own-id=" ID " peer-id=" ID));
	EXPECT_EQ(2, events(" riptides_promote: ", to, path));
	EXPECT_EQ(1, events(" riptides_rekey: ", to, "dir=tx count=1"));
	EXPECT_EQ(1, events(" riptides_rekey: ", to, "dir=rx count=1"));
	EXPECT_EQ(2, events(" riptides_close: ", to, "state=open err=0"));
	EXPECT_EQ(0, events(" riptides_handshake_fail: ", "", ""));
}

TEST_F(tls, tracepoints_of_failures)
{
	static const char fail[] = " riptides_handshake_fail: ";
	/* EKEYREJECTED, unknown_ca */
	static const char client[] =
		"role=client err=129 alert-sent=48 alert-received=-1 state=handshake us=";
	/* EPROTO */
	static const char server[] =
		"role=server err=71 alert-sent=-1 alert-received=48 state=handshake us=";
	char to[32];

	if (access(TRACING "events/riptides", F_OK))
		SKIP(return, "a kernel without trace events");
	ASSERT_EQ(0, gauge_falls("RiptidesContexts", 0));
	ASSERT_EQ(0, put(TRACING "trace", "\n"));
	ASSERT_EQ(0, put(TRACING "events/riptides/enable", "1"));
	EXPECT_EQ(0, be_refused(&self->kind, &self->p));
	snprintf(to, sizeof(to), ":%d ", ntohs(self->p.addr.in.sin_port));
	ulp_close(&self->p);
	EXPECT_EQ(0, gauge_falls("RiptidesContexts", 0));
	EXPECT_EQ(0, put(TRACING "events/riptides/enable", "0"));

	ASSERT_LT(0, slurp(TRACING "trace"));
	EXPECT_EQ(1, events(fail, to, client));
	EXPECT_EQ(1, events(fail, to, server));
	EXPECT_EQ(1, events(" riptides_alert: ", to, "dir=tx desc=48"));
	EXPECT_EQ(1, events(" riptides_alert: ", to, "dir=rx desc=48"));
	EXPECT_EQ(2, events(" riptides_close: ", to, "state=failed err="));
	EXPECT_EQ(0, events(" riptides_handshake_done: ", "", ""));
	EXPECT_EQ(0, events(" riptides_promote: ", "", ""));
}

TEST_HARNESS_MAIN
