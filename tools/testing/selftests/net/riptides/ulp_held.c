// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets whose owners keep them locked: nobody else's handshake waits for them
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

#include "kselftest_harness.h"

#include "ulp_net_fixture.h"

#define WORKQUEUE	"/sys/devices/virtual/workqueue/riptides/max_active"
/* There is one wherever there is userfaultfd */
#define FAULTS		"/proc/sys/vm/unprivileged_userfaultfd"
/* How many the workqueue may run at once, and how many sockets are held then */
#define ACTIVE		2
#define HELD		8

/*
 * A task that sleeps in the middle of a socket option, with the socket locked: the
 * second half of the value is on a page that we do not let it have.
 */
struct hold {
	int fd;
	int err;
	void *value;
	pthread_t thread;
};

static void *hold(void *arg)
{
	struct hold *h = arg;

	if (setsockopt(h->fd, SOL_SOCKET, SO_LINGER, h->value, sizeof(struct linger)))
		h->err = -errno;
	return NULL;
}

static int new_faults(char **page)
{
	size_t size = sysconf(_SC_PAGESIZE);
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	int fd = syscall(__NR_userfaultfd, O_CLOEXEC);

	if (fd < 0)
		return -errno;
	*page = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		     -1, 0);
	if (*page == MAP_FAILED)
		return -errno;
	memset(*page, 0, size);
	*page += size;
	range.range.start = (uintptr_t)*page;
	range.range.len = size;
	if (ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range))
		return -errno;
	return fd;
}

/* Returns when it sleeps. */
static int start_hold(struct hold *h, int faults, int fd, char *page)
{
	struct uffd_msg msg;

	h->fd = fd;
	h->err = 0;
	h->value = page - sizeof(int);
	if (pthread_create(&h->thread, NULL, hold, h))
		return -EAGAIN;
	if (read(faults, &msg, sizeof(msg)) != sizeof(msg))
		return -errno;
	return msg.event == UFFD_EVENT_PAGEFAULT ? 0 : -EINVAL;
}

static int end_holds(struct hold *h, unsigned int n, int faults, char *page)
{
	size_t size = sysconf(_SC_PAGESIZE);
	struct uffdio_zeropage zero = { .range = { (uintptr_t)page, size } };
	unsigned int i;
	int err = 0;

	if (ioctl(faults, UFFDIO_ZEROPAGE, &zero))
		return -errno;
	for (i = 0; i < n; i++) {
		pthread_join(h[i].thread, NULL);
		err = err ?: h[i].err;
	}
	close(faults);
	munmap(page - size, 2 * size);
	return err;
}

static int set_active(int n, int *before)
{
	FILE *f = fopen(WORKQUEUE, "r+");
	int err = 0;

	if (!f)
		return -errno;
	if (before && fscanf(f, "%d", before) != 1)
		err = -EINVAL;
	rewind(f);
	if (fprintf(f, "%d\n", n) < 0)
		err = -EIO;
	if (fclose(f))
		err = -errno;
	return err;
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

/* Others' handshakes until @ms have passed, and one at least. */
static int others(const struct ulp_kind *kind, unsigned int ms)
{
	uint64_t end = now_ms() + ms;
	struct ulp_pair p;
	int err;

	do {
		err = ulp_open(kind, &p);
		err = err ?: talk(&p);
		ulp_close(&p);
	} while (!err && now_ms() < end);
	return err;
}

/*
 * Sockets are locked for as long as their owners like, more than there may be
 * workers: while their deadlines pass, other handshakes go on, and theirs are told
 * when the lock is free.
 */
TEST_F(net, held_past_deadline)
{
	/* if it passes before all are held, less is shown, and nothing fails */
	const unsigned int deadline = 500;
	struct ulp_kind raw = self->kind;
	int c[HELD], a[HELD], faults, i, before, err;
	socklen_t len = sizeof(err);
	struct hold h[HELD];
	char *page;

	if (access(FAULTS, F_OK))
		SKIP(return, "no userfaultfd");
	faults = new_faults(&page);
	ASSERT_LE(0, faults);
	self->p.l = ulp_raw_listen(&raw, HELD, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	ASSERT_EQ(0, set_active(ACTIVE, &before));
	for (i = 0; i < HELD; i++) {
		c[i] = ulp_socket(&self->kind);
		ASSERT_LE(0, c[i]);
		ASSERT_EQ(0, ulp_blocking(c[i], false));
		ASSERT_EQ(0, ulp_option_u32(c[i], RIPTIDES_DEADLINE, deadline));
		ASSERT_EQ(-1, connect(c[i], &self->p.addr.sa, self->p.addr.len));
		ASSERT_EQ(EINPROGRESS, errno);
		a[i] = ulp_accept(self->p.l);
		ASSERT_LE(0, a[i]);
		ASSERT_EQ(0, start_hold(&h[i], faults, c[i], page));
	}
	EXPECT_EQ(0, others(&self->kind, 3 * deadline));
	EXPECT_EQ(0, end_holds(h, HELD, faults, page));
	for (i = 0; i < HELD; i++) {
		EXPECT_LT(0, ulp_wait(c[i], POLLOUT, -1));
		EXPECT_EQ(0, getsockopt(c[i], SOL_SOCKET, SO_ERROR, &err, &len));
		EXPECT_EQ(ETIMEDOUT, err);
		close(c[i]);
		close(a[i]);
	}
	EXPECT_EQ(0, set_active(before, NULL));
	EXPECT_EQ(0, becomes("Contexts", 0));
}

/* The same at any moment of a handshake, which goes on when the lock is free. */
TEST_F(net, held_on_the_way)
{
	int c[HELD], a[HELD], faults, i, before;
	struct hold h[HELD];
	struct ulp_pair q;
	char *page;

	if (access(FAULTS, F_OK))
		SKIP(return, "no userfaultfd");
	faults = new_faults(&page);
	ASSERT_LE(0, faults);
	self->p.l = ulp_listen(&self->kind, HELD, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	ASSERT_EQ(0, set_active(ACTIVE, &before));
	for (i = 0; i < HELD; i++) {
		c[i] = ulp_socket(&self->kind);
		ASSERT_LE(0, c[i]);
		ASSERT_EQ(0, ulp_blocking(c[i], false));
		ASSERT_EQ(-1, connect(c[i], &self->p.addr.sa, self->p.addr.len));
		ASSERT_EQ(EINPROGRESS, errno);
		a[i] = ulp_accept(self->p.l);
		ASSERT_LE(0, a[i]);
		ASSERT_EQ(0, start_hold(&h[i], faults, i & 1 ? c[i] : a[i], page));
	}
	EXPECT_EQ(0, others(&self->kind, 0));
	EXPECT_EQ(0, end_holds(h, HELD, faults, page));
	for (i = 0; i < HELD; i++) {
		q.c = c[i];
		q.a = a[i];
		EXPECT_LT(0, ulp_wait(q.c, POLLOUT, -1));
		ASSERT_EQ(0, ulp_blocking(q.c, true));
		EXPECT_EQ(0, talk(&q));
		close(q.c);
		close(q.a);
	}
	EXPECT_EQ(0, set_active(before, NULL));
}

/* close() of one end while the other is held, with what the worker left for it. */
TEST_F(net, held_and_closed)
{
	int c[HELD], faults, i, before;
	struct hold h[HELD];
	char *page;

	if (access(FAULTS, F_OK))
		SKIP(return, "no userfaultfd");
	faults = new_faults(&page);
	ASSERT_LE(0, faults);
	self->p.l = ulp_listen(&self->kind, HELD, &self->p.addr);
	ASSERT_LE(0, self->p.l);
	ASSERT_EQ(0, set_active(ACTIVE, &before));
	for (i = 0; i < HELD; i++) {
		c[i] = ulp_socket(&self->kind);
		ASSERT_LE(0, c[i]);
		ASSERT_EQ(0, ulp_blocking(c[i], false));
		ASSERT_EQ(-1, connect(c[i], &self->p.addr.sa, self->p.addr.len));
		ASSERT_EQ(EINPROGRESS, errno);
		ASSERT_EQ(0, start_hold(&h[i], faults, c[i], page));
	}
	/* the listener goes, with those of its children that nobody has accepted */
	close(self->p.l);
	self->p.l = -1;
	EXPECT_EQ(0, others(&self->kind, 0));
	EXPECT_EQ(0, end_holds(h, HELD, faults, page));
	for (i = 0; i < HELD; i++)
		close(c[i]);
	EXPECT_EQ(0, set_active(before, NULL));
	EXPECT_EQ(0, becomes("Contexts", 0));
	EXPECT_EQ(0, counter("HandshakeCurr"));
}

/* The number that nl.py and what is behind it in a pipe tell. */
static long answers(const char *words)
{
	char text[512];
	long n = -1;
	FILE *f;

	snprintf(text, sizeof(text), "python3 \"$ULP_NL\" %s", words);
	f = popen(text, "r");
	if (!f || fscanf(f, "%ld", &n) != 1)
		n = -1;
	if (f && pclose(f))
		n = -1;
	return n;
}

/* Who looks at connections, and who ends one, does not wait for its owner. */
TEST_F(net, held_and_told)
{
	socklen_t len = sizeof(int);
	struct hold h[2];
	int faults, err;
	char *page, c;
	long id;

	if (access(FAULTS, F_OK))
		SKIP(return, "no userfaultfd");
	faults = new_faults(&page);
	ASSERT_LE(0, faults);
	ASSERT_EQ(0, ulp_open(&self->kind, &self->p));
	ASSERT_EQ(0, talk(&self->p));
	ASSERT_EQ(0, start_hold(&h[0], faults, self->p.c, page));
	ASSERT_EQ(0, start_hold(&h[1], faults, self->p.a, page));
	EXPECT_EQ(0, command("test $(grep -c td.example /proc/riptides/connections) = 2"));
	id = answers("connection-list | sed -n '/\"client\"/s/.*\"id\": \\([0-9]*\\).*/\\1/p'");
	ASSERT_LT(0, id);
	EXPECT_EQ(0, command("python3 \"$ULP_NL\" connection-del %ld", id));
	EXPECT_EQ(0, end_holds(h, 2, faults, page));
	/* it is reset now that its owner has let go */
	EXPECT_LT(0, ulp_wait(self->p.c, POLLHUP, -1));
	EXPECT_EQ(0, getsockopt(self->p.c, SOL_SOCKET, SO_ERROR, &err, &len));
	EXPECT_EQ(ECONNABORTED, err);
	EXPECT_EQ(-ECONNRESET, ulp_recv(self->p.a, &c, 1));
}

/*
 * Zero-copy receive, without a device: io_uring copies. These may be newer than the
 * system's headers.
 */
#define RECV_ZC		58
#define REGISTER_ZCRX	32
#define ZCRX_NODEV	2
#define REGION_USER	1
#define CQE_SIZE	32

struct zc_region {
	uint64_t addr;
	uint64_t size;
	uint32_t flags;
	uint32_t id;
	uint64_t offset;
	uint64_t reserved[4];
};

struct zc_area {
	uint64_t addr;
	uint64_t len;
	uint64_t token;
	uint32_t flags;
	uint32_t dmabuf;
	uint64_t reserved[2];
};

struct zc_queue {
	uint32_t if_idx;
	uint32_t if_rxq;
	uint32_t entries;
	uint32_t flags;
	uint64_t area;
	uint64_t region;
	uint32_t offsets[8];
	uint32_t id;
	uint32_t buf_len;
	uint64_t event;
	uint64_t reserved[2];
};

/* One request, by a thread of its own: whose ring it is may use it. */
struct zc_call {
	int fd;
	int res;
	pid_t tid;
	pthread_t thread;
};

static char *zc_pages(size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
}

static int zc_register(int ring, unsigned int *id)
{
	size_t size = 16 * sysconf(_SC_PAGESIZE);
	struct zc_region region = { .size = size, .flags = REGION_USER };
	struct zc_area area = { .len = size };
	struct zc_queue queue = {
		.entries = 16, .flags = ZCRX_NODEV,
		.area = (uintptr_t)&area, .region = (uintptr_t)&region,
	};

	region.addr = (uintptr_t)zc_pages(size);
	area.addr = (uintptr_t)zc_pages(size);
	if (syscall(__NR_io_uring_register, ring, REGISTER_ZCRX, &queue, 1))
		return -errno;
	*id = queue.id;
	return 0;
}

/* What the first result says; -EINVAL if there is no such thing here. */
static int zc_recv(int fd, pid_t *tid)
{
	struct io_uring_params p = {
		.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
			 IORING_SETUP_CQE32,
	};
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	unsigned int id, *array;
	int ring, err;
	char *rings;

	ring = syscall(__NR_io_uring_setup, 4, &p);
	if (ring < 0)
		return -EINVAL;
	err = zc_register(ring, &id);
	if (err)
		goto out;
	rings = mmap(NULL, p.cq_off.cqes + p.cq_entries * CQE_SIZE, PROT_READ | PROT_WRITE,
		     MAP_SHARED, ring, IORING_OFF_SQ_RING);
	sqe = mmap(NULL, sizeof(*sqe), PROT_READ | PROT_WRITE, MAP_SHARED, ring,
		   IORING_OFF_SQES);
	err = -ENOMEM;
	if (rings == MAP_FAILED || (void *)sqe == MAP_FAILED)
		goto out;
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = RECV_ZC;
	sqe->fd = fd;
	sqe->ioprio = IORING_RECV_MULTISHOT;
	sqe->file_index = id;
	array = (void *)(rings + p.sq_off.array);
	*array = 0;
	__atomic_store_n((unsigned int *)(rings + p.sq_off.tail), 1, __ATOMIC_RELEASE);
	__atomic_store_n(tid, syscall(__NR_gettid), __ATOMIC_RELEASE);
	if (syscall(__NR_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1) {
		err = -errno;
		goto out;
	}
	cqe = (void *)(rings + p.cq_off.cqes);
	err = cqe->res;
out:
	close(ring);
	return err;
}

static void *zc_run(void *arg)
{
	struct zc_call *c = arg;

	c->res = zc_recv(c->fd, &c->tid);
	return NULL;
}

static void *attach_run(void *arg)
{
	struct zc_call *c = arg;

	__atomic_store_n(&c->tid, syscall(__NR_gettid), __ATOMIC_RELEASE);
	c->res = ulp_attach(c->fd);
	return NULL;
}

/* Returns when it waits for the lock that somebody holds. */
static int zc_start(struct zc_call *c, int fd, void *(*run)(void *), long call)
{
	c->fd = fd;
	c->tid = 0;
	if (pthread_create(&c->thread, NULL, run, c))
		return -EAGAIN;
	while (!__atomic_load_n(&c->tid, __ATOMIC_ACQUIRE))
		sched_yield();
	return ulp_asleep(c->tid, call);
}

/*
 * Somebody asks io_uring for what comes while TCP has the socket, and gets the lock
 * behind somebody who attaches it: the ClientHello that waits is not for him.
 */
TEST_F(net, held_for_zero_copy)
{
	struct zc_call attach = {}, recv = {};
	struct ulp_kind raw = self->kind;
	struct hold h;
	char *page;
	int faults;
	pid_t tid;

	if (access(FAULTS, F_OK))
		SKIP(return, "no userfaultfd");
	faults = new_faults(&page);
	ASSERT_LE(0, faults);
	ASSERT_EQ(0, ulp_open_raw(&raw, &self->p));
	ASSERT_EQ(2, ulp_send(self->p.c, "ab", 2));
	recv.res = zc_recv(self->p.a, &tid);
	if (recv.res == -EINVAL)
		SKIP(return, "no zero-copy receive without a device");
	ASSERT_EQ(2, recv.res);

	ASSERT_EQ(0, ulp_attach(self->p.c));
	ASSERT_EQ(0, ulp_option_u32(self->p.c, RIPTIDES_ROLE, RIPTIDES_ROLE_CLIENT));
	ASSERT_EQ(0, ulp_blocking(self->p.c, false));
	ASSERT_EQ(0, setsockopt(self->p.c, SOL_RIPTIDES, RIPTIDES_START, NULL, 0));
	ASSERT_EQ(POLLIN, ulp_wait(self->p.a, POLLIN, -1));

	ASSERT_EQ(0, start_hold(&h, faults, self->p.a, page));
	ASSERT_EQ(0, zc_start(&attach, self->p.a, attach_run, __NR_setsockopt));
	ASSERT_EQ(0, zc_start(&recv, self->p.a, zc_run, __NR_io_uring_enter));
	EXPECT_EQ(0, end_holds(&h, 1, faults, page));
	pthread_join(attach.thread, NULL);
	pthread_join(recv.thread, NULL);
	ASSERT_EQ(0, attach.res);
	EXPECT_EQ(-EPROTONOSUPPORT, recv.res);

	ASSERT_EQ(0, ulp_option_u32(self->p.a, RIPTIDES_ROLE, RIPTIDES_ROLE_SERVER));
	ASSERT_EQ(0, setsockopt(self->p.a, SOL_RIPTIDES, RIPTIDES_START, NULL, 0));
	EXPECT_LT(0, ulp_wait(self->p.c, POLLOUT, -1));
	ASSERT_EQ(0, ulp_blocking(self->p.c, true));
	EXPECT_EQ(0, talk(&self->p));
}

TEST_HARNESS_MAIN
