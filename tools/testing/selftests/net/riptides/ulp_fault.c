// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory runs out at each allocation of a connection's life, wherever it is made:
 * in a system call, in the worker, in softirq.
 *
 * For this the kernel has to have fault injection. ULP_FAULTS says about how many
 * allocations are tried, spread over all that there are; 0 is all of them.
 * ULP_FAULT tries a single one (0: all the same), and the kernel's log shows where.
 */
#include <fcntl.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <linux/if_packet.h>
#include <linux/if_ether.h>

#include "kselftest_harness.h"

#define ULP_ONLY_TCP
#define ULP_ONLY_TLS
#include "ulp_fixture.h"

#define FAULTS		"/sys/kernel/debug/"
/* Nothing here takes so long, unless somebody waits for what never comes */
#define PATIENCE	120000

/* Where a call that should have been woken was not */
static int hangs_at;

#define HANGS		(hangs_at = __LINE__, -ETIME)

/* No multiple of what a cipher's blocks and pages are */
#define RECORD		8100

static char buf[1 << 17];
static char out[1 << 17];

static int put(const char *kind, const char *knob, unsigned long value)
{
	char path[128], text[32];
	int fd, n, err = 0;

	snprintf(path, sizeof(path), FAULTS "%s/%s", kind, knob);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return -errno;
	n = snprintf(text, sizeof(text), "%lu", value);
	if (write(fd, text, n) != n)
		err = -errno;
	close(fd);
	return err;
}

static long get(const char *kind, const char *knob)
{
	char path[128], text[32] = "";
	int fd;

	snprintf(path, sizeof(path), FAULTS "%s/%s", kind, knob);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return -errno;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = 0;
	close(fd);
	return strtol(text, NULL, 0);
}

/*
 * The kernel counts allocations while a fault is due, and never starts again:
 * @count is what it has got to. An interval above it is met just once.
 */
static unsigned long count;

static int arm(const char *kind, unsigned long nth)
{
	count += nth;
	return put(kind, "interval", count) ?: put(kind, "times", 1);
}

/* Tests are processes of their own: they hand the count on. */
static void load_count(const char *kind)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/run/ulp_fault.%s", kind);
	file = fopen(path, "r");
	if (!file)
		return;
	if (fscanf(file, "%lu", &count) != 1)
		count = 0;
	fclose(file);
}

static void store_count(const char *kind)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/run/ulp_fault.%s", kind);
	file = fopen(path, "w");
	if (!file)
		return;
	fprintf(file, "%lu\n", count);
	fclose(file);
}

static bool is_due(const char *kind)
{
	return get(kind, "times") != 0;
}

/* Use up a fault that did not come, so that @count is right again. */
static int disarm(const char *kind)
{
	int fd, i;

	for (i = 0; is_due(kind) && i < 1000000; i++) {
		fd = open("/proc/self/status", O_RDONLY);
		if (fd < 0)
			continue;
		if (read(fd, out, sizeof(out)) < 0)
			out[0] = 0;
		close(fd);
	}
	return is_due(kind) ? -EBUSY : 0;
}

static long gauge(const char *name)
{
	char text[8192], *p;
	ssize_t n;
	int fd;

	fd = open("/proc/net/riptides_stat", O_RDONLY);
	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n < 0)
		return -EIO;
	text[n] = 0;
	p = strstr(text, name);
	return p ? atol(p + strlen(name)) : -ENOENT;
}

static bool falls(const char *name)
{
	time_t end = time(NULL) + PATIENCE / 1000;

	while (gauge(name) && time(NULL) < end)
		poll(NULL, 0, 1);
	return !gauge(name);
}

/* Everything on loopback, as far as there was memory to hear it. */
static int listen_in(void)
{
	struct sockaddr_ll lo = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(ETH_P_ALL)), size = 8 << 20;

	if (fd < 0)
		return -errno;
	lo.sll_ifindex = if_nametoindex("lo");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return bind(fd, (struct sockaddr *)&lo, sizeof(lo)) ? -errno : fd;
}

static bool in_clear(int wire, unsigned long *frames)
{
	bool clear = false;
	ssize_t n;

	while ((n = recv(wire, out, sizeof(out), 0)) > 0) {
		++*frames;
		clear |= !!memmem(out, n, ULP_SECRET, sizeof(ULP_SECRET) - 1);
	}
	return clear;
}

static bool short_of_memory(void)
{
	return errno == ENOMEM || errno == ENOBUFS;
}

/* How much of what is left goes into a call: to the next end of a record of
 * @record octets, which MSG_MORE keeps open but for the last HELD of them.
 */
#define HELD	100

static size_t piece(size_t sent, size_t total, size_t record, int *flags)
{
	size_t at;

	*flags = 0;
	if (!record)
		return total - sent;
	at = sent % record;
	if (at >= record - HELD)
		return record - at;
	*flags = MSG_MORE;
	return record - HELD - at;
}

/* Data from one end to the other. What has failed for want of memory is tried
 * again.
 */
static int transfer_records(const struct ulp_kind *kind, int from, int to, size_t total,
			    size_t record)
{
	size_t sent = 0, got = 0;
	/* if it fails twice it has failed for good, whatever it says then */
	bool told = false, late = false;
	ssize_t n;

	while (got < total) {
		struct pollfd p[2] = { { to, POLLIN }, { from, POLLOUT } };
		bool moved = false;
		size_t size;
		int flags;

		if (sent < total) {
			size = piece(sent, total, record, &flags);
			ulp_fill(kind, out, size, sent);
			n = send(from, out, size, flags | MSG_DONTWAIT | MSG_NOSIGNAL);
			if (n < 0 && errno != EAGAIN && (told || !short_of_memory()))
				return told ? -ENOMEM : -errno;
			told |= n < 0 && short_of_memory();
			sent += n > 0 ? n : 0;
			moved |= n > 0 || errno != EAGAIN;
		}
		n = recv(to, buf, sizeof(buf), MSG_DONTWAIT);
		if (!n)
			return -ENODATA;
		if (n < 0 && errno != EAGAIN && (told || !short_of_memory()))
			return told ? -ENOMEM : -errno;
		told |= n < 0 && short_of_memory();
		if (n > 0 && ulp_differs(kind, buf, n, got) >= 0)
			return -EILSEQ;
		got += n > 0 ? n : 0;
		moved |= n > 0 || errno != EAGAIN;
		if (late)
			return HANGS;
		if (!moved && got < total)
			late = !poll(p, 1 + (sent < total), PATIENCE);
	}
	return 0;
}

static int transfer(const struct ulp_kind *kind, int from, int to, size_t total)
{
	return transfer_records(kind, from, to, total, 0);
}

/* The end: what one side's shutdown() makes of the other. */
static int ends(int from, int to)
{
	bool told = false;
	ssize_t n;

	if (shutdown(from, SHUT_WR))
		return -errno;
	for (;;) {
		n = recv(to, buf, sizeof(buf), MSG_DONTWAIT);
		if (!n)
			return 0;
		if (n > 0)
			return -EILSEQ;
		if (errno == EAGAIN) {
			if (ulp_wait(to, POLLIN, PATIENCE) == -ETIMEDOUT)
				return HANGS;
			continue;
		}
		if (told || !short_of_memory())
			return -errno;
		told = true;
	}
}

/*
 * The client waits for the server, and the server takes whoever comes: a child
 * without memory for its state is there, but its handshake never starts.
 */
static int meet(struct ulp_pair *p)
{
	struct pollfd fds[2] = { { p->c, POLLOUT }, { p->l, POLLIN } };
	socklen_t len = sizeof(int);
	int err;

	while (p->a < 0 || !(fds[0].revents & POLLOUT)) {
		err = poll(fds, 1 + (p->a < 0), PATIENCE);
		if (!err)
			return HANGS;
		if (err < 0 && !short_of_memory())
			return -errno;
		if (err < 0)
			continue;
		if (fds[0].revents & (POLLERR | POLLHUP))
			break;
		if (p->a >= 0 || !(fds[1].revents & POLLIN))
			continue;
		p->a = accept4(p->l, NULL, NULL, SOCK_NONBLOCK);
		if (p->a < 0 && errno != EAGAIN)
			return -errno;
		if (p->a >= 0 && recv(p->a, buf, 1, MSG_DONTWAIT) < 0 &&
		    errno == ECONNABORTED)
			return -errno;
	}
	if (getsockopt(p->c, SOL_SOCKET, SO_ERROR, &err, &len))
		return -errno;
	return -err;
}

static int connects(const struct ulp_kind *kind, struct ulp_pair *p)
{
	int err;

	p->l = ulp_listen(kind, 5, &p->addr);
	if (p->l < 0)
		return p->l;
	p->c = ulp_socket(kind);
	if (p->c < 0)
		return p->c;
	err = ulp_option_u32(p->c, RIPTIDES_CONFIRM, 1) ?:
	      ulp_option(p->c, RIPTIDES_ALPN, "\2h2", 3) ?:
	      ulp_option(p->c, RIPTIDES_SERVER_NAME, "localhost", 9);
	if (err)
		return err;
	if (connect(p->c, &p->addr.sa, p->addr.len) && errno != EINPROGRESS)
		return -errno;
	return meet(p);
}

/* A whole life. 0 or what went wrong first. */
static int live(const struct ulp_kind *kind, struct ulp_pair *p)
{
	static const uint32_t ask = 1;
	int err;

	p->l = -1;
	p->c = -1;
	p->a = -1;
	err = connects(kind, p);
	if (err)
		return err;
	if (p->a < 0)
		return -ECONNABORTED;
	err = transfer(kind, p->c, p->a, 40000) ?: transfer(kind, p->a, p->c, 20000);
	if (err)
		return err;
	if (setsockopt(p->c, SOL_RIPTIDES, RIPTIDES_REKEY, &ask, sizeof(ask)))
		return -errno;
	err = transfer(kind, p->c, p->a, 300) ?: transfer(kind, p->a, p->c, 300);
	return err ?: ends(p->c, p->a) ?: ends(p->a, p->c);
}

/* And how the other end of one that failed takes it. */
static int other_end(struct ulp_pair *p)
{
	bool told = false;
	ssize_t n;

	if (p->c >= 0)
		close(p->c);
	p->c = -1;
	if (p->l < 0)
		return 0;
	if (p->a < 0)
		p->a = accept4(p->l, NULL, NULL, SOCK_NONBLOCK);
	if (p->a < 0)
		return 0;
	for (;;) {
		n = recv(p->a, buf, sizeof(buf), MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN) {
			if (ulp_wait(p->a, POLLIN, PATIENCE) == -ETIMEDOUT)
				return HANGS;
		} else if (n < 0 && (told || !short_of_memory())) {
			return -errno;
		} else if (!n) {
			return 0;
		}
		told |= n < 0 && errno != EAGAIN;
	}
}

/* What an application may be told. */
static bool is_honest(int err)
{
	switch (-err) {
	case 0:
	case ENOMEM:
	case ENOBUFS:
	case ENFILE:		/* the file system's word for it */
	case EPIPE:
	case EPROTO:		/* the other end's internal_error */
	case ECONNRESET:
	case ECONNABORTED:
	case EADDRINUSE:	/* TCP's answer if there is no memory for a port */
	case EADDRNOTAVAIL:
		return true;
	}
	return false;
}

FIXTURE(fault)
{
	struct ulp_pair p;
	int wire;
};

FIXTURE_VARIANT(fault)
{
	struct ulp_kind kind;
	const char *fault;
};

FIXTURE_SETUP(fault)
{
	self->wire = -1;
	self->p = (struct ulp_pair) { -1, -1, -1 };
	if (get(variant->fault, "times") < -1)
		SKIP(return, "no fault injection in this kernel");
	ASSERT_EQ(0, mlockall(MCL_CURRENT | MCL_FUTURE));
	/* with a stack in the kernel's log */
	ASSERT_EQ(0, put(variant->fault, "verbose", getenv("ULP_FAULT") ? 2 : 0));
	put(variant->fault, "verbose_ratelimit_interval_ms", 0);
	put(variant->fault, "task-filter", 0);
	ASSERT_EQ(0, put(variant->fault, "ignore-gfp-wait", 0));
	put(variant->fault, "min-order", 0);
	ASSERT_EQ(0, put(variant->fault, "times", 0));
	ASSERT_EQ(0, put(variant->fault, "probability", 100));
	self->wire = listen_in();
	ASSERT_LE(0, self->wire);
}

FIXTURE_TEARDOWN(fault)
{
	put(variant->fault, "times", 0);
	put(variant->fault, "probability", 0);
	ulp_close(&self->p);
	close(self->wire);
}

FIXTURE_VARIANT_ADD(fault, ktls_slab) {
	{ ULP_KTLS, ULP_IPV4, true }, "failslab"
};

FIXTURE_VARIANT_ADD(fault, soft_slab) {
	{ ULP_SOFTWARE, ULP_IPV6, true }, "failslab"
};

FIXTURE_VARIANT_ADD(fault, ktls_pages) {
	{ ULP_KTLS, ULP_IPV6, true }, "fail_page_alloc"
};

FIXTURE_VARIANT_ADD(fault, soft_pages) {
	{ ULP_SOFTWARE, ULP_IPV4, true }, "fail_page_alloc"
};

struct sweep {
	const struct ulp_kind *kind;
	const char *fault;
	struct ulp_pair *p;
	int wire;
	unsigned long tried;
	unsigned long failed;
	unsigned long frames;
};

/* Let one allocation fail. False: there are not so many. */
static bool one_fault(struct __test_metadata *_metadata, struct sweep *s, unsigned long nth)
{
	bool came;
	int err;

	if (getenv("ULP_TALK"))
		fprintf(stderr, "# %lu\n", nth);
	EXPECT_EQ(0, arm(s->fault, nth));
	err = live(s->kind, s->p);
	came = !is_due(s->fault);
	EXPECT_TRUE(came || !err) {
		TH_LOG("without a fault: %s", strerror(-err));
	}
	s->tried++;
	s->failed += !!err;
	EXPECT_TRUE(is_honest(err)) {
		TH_LOG("allocation %lu (line %d): %s", nth, err == -ETIME ? hangs_at : 0,
		       strerror(-err));
	}
	if (err) {
		err = other_end(s->p);
		EXPECT_TRUE(is_honest(err)) {
			TH_LOG("allocation %lu, other end: %s", nth, strerror(-err));
		}
	}
	ulp_close(s->p);
	EXPECT_EQ(0, disarm(s->fault));
	EXPECT_FALSE(in_clear(s->wire, &s->frames)) {
		TH_LOG("allocation %lu: application data on the wire", nth);
	}
	EXPECT_TRUE(falls("RiptidesContexts ")) {
		TH_LOG("allocation %lu: %ld contexts are left", nth,
		       gauge("RiptidesContexts "));
	}
	EXPECT_TRUE(falls("RiptidesHandshakeCurr ")) {
		TH_LOG("allocation %lu: a handshake is left", nth);
	}
	return came;
}

TEST_F_TIMEOUT(fault, each_allocation, 7200)
{
	struct sweep s = { &variant->kind, variant->fault, &self->p, self->wire };
	unsigned long faults = ulp_count("ULP_FAULTS", 60), low = 0, high = 32, nth, step = 1;
	unsigned long only = ulp_count("ULP_FAULT", 0);
	time_t begin = time(NULL);

	load_count(variant->fault);
	EXPECT_TRUE(falls("RiptidesContexts "));
	if (only) {
		one_fault(_metadata, &s, only);
		store_count(variant->fault);
		return;
	}
	/* how many there are */
	while (one_fault(_metadata, &s, high)) {
		low = high;
		high *= 2;
	}
	while (high - low > 1 + high / 64) {
		nth = (low + high) / 2;
		if (one_fault(_metadata, &s, nth))
			low = nth;
		else
			high = nth;
	}
	if (faults)
		step = high / faults ?: 1;
	for (nth = 1 + ulp_count("ULP_SEED", 0) % step; nth < high; nth += step)
		one_fault(_metadata, &s, nth);
	TH_LOG("%lu of about %lu allocations, %lu connections failed", s.tried, high,
	       s.failed);
	TH_LOG("%lu frames heard, %ld s", s.frames, (long)(time(NULL) - begin));
	EXPECT_LT(0, s.failed);
	EXPECT_LT(0, s.frames);
	store_count(variant->fault);
}

static long fail_nth(int fd, unsigned long nth)
{
	char text[32] = "";
	long left;

	if (pread(fd, text, sizeof(text) - 1, 0) <= 0)
		return -errno;
	left = atol(text);
	snprintf(text, sizeof(text), "%lu", nth);
	return pwrite(fd, text, strlen(text), 0) < 0 ? -errno : left;
}

/*
 * Records that are sealed where they lie, in pages that end in the middle of a
 * block: a cipher that finds no memory there has done some of it. Allocations
 * fail in our own calls only.
 */
TEST_F_TIMEOUT(fault, half_sealed, 1200)
{
	const struct ulp_kind *kind = &variant->kind;
	unsigned long nth, frames = 0, failed = 0;
	bool came = true;
	int fd, err;

	fd = open("/proc/thread-self/fail-nth", O_RDWR);
	ASSERT_LE(0, fd);
	for (nth = 1; came; nth++) {
		err = connects(kind, &self->p);
		ASSERT_EQ(0, err);
		ASSERT_LE(0, self->p.a);
		ASSERT_EQ(0, fail_nth(fd, nth));
		err = transfer_records(kind, self->p.c, self->p.a, 10 * RECORD, RECORD);
		came = !fail_nth(fd, 0);
		failed += !!err;
		EXPECT_TRUE(is_honest(err)) {
			TH_LOG("allocation %lu (line %d): %s", nth,
			       err == -ETIME ? hangs_at : 0, strerror(-err));
		}
		EXPECT_TRUE(came || !err);
		ulp_close(&self->p);
		EXPECT_FALSE(in_clear(self->wire, &frames)) {
			TH_LOG("allocation %lu: application data on the wire", nth);
		}
		self->p = (struct ulp_pair) { -1, -1, -1 };
	}
	close(fd);
	TH_LOG("%lu allocations, %lu connections failed, %lu frames heard", nth - 2, failed,
	       frames);
	EXPECT_LT(1, nth);
	EXPECT_LT(0, frames);
	EXPECT_TRUE(falls("RiptidesContexts "));
}

TEST_HARNESS_MAIN
