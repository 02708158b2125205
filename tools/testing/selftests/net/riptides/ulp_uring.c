// SPDX-License-Identifier: GPL-2.0-only
/*
 * io_uring: send, recv, splice, accept and connect, as on TCP
 */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <linux/io_uring.h>

#include "kselftest_harness.h"

#define ULP_ONLY_TCP
#define ULP_NONBLOCK
#include "ulp_fixture.h"

#define ENTRIES	32

/**
 * struct ring - one io_uring, by its system calls
 * @fd: its descriptor
 * @sqes: requests
 * @sq_tail: how many were queued
 * @sq_mask: size of the ring - 1
 * @sq_array: which of @sqes
 * @cq_head: how many results were taken
 * @cq_tail: how many there are
 * @cq_mask: size of the ring - 1
 * @cqes: results
 */
struct ring {
	int fd;
	struct io_uring_sqe *sqes;
	unsigned int *sq_tail;
	unsigned int sq_mask;
	unsigned int *sq_array;
	unsigned int *cq_head;
	unsigned int *cq_tail;
	unsigned int cq_mask;
	struct io_uring_cqe *cqes;
};

static char buf[1 << 20];
static char out[1 << 20];

/* False: there is no io_uring. */
static bool ring_open(struct ring *r)
{
	struct io_uring_params p = {};
	char *sq, *cq;
	size_t len;

	r->fd = syscall(__NR_io_uring_setup, ENTRIES, &p);
	if (r->fd < 0)
		return false;
	len = p.sq_off.array + p.sq_entries * sizeof(unsigned int);
	sq = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd,
		  IORING_OFF_SQ_RING);
	len = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
	cq = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd,
		  IORING_OFF_CQ_RING);
	r->sqes = mmap(NULL, p.sq_entries * sizeof(*r->sqes), PROT_READ | PROT_WRITE,
		       MAP_SHARED, r->fd, IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || (void *)r->sqes == MAP_FAILED)
		return false;
	r->sq_tail = (void *)(sq + p.sq_off.tail);
	r->sq_mask = *(unsigned int *)(sq + p.sq_off.ring_mask);
	r->sq_array = (void *)(sq + p.sq_off.array);
	r->cq_head = (void *)(cq + p.cq_off.head);
	r->cq_tail = (void *)(cq + p.cq_off.tail);
	r->cq_mask = *(unsigned int *)(cq + p.cq_off.ring_mask);
	r->cqes = (void *)(cq + p.cq_off.cqes);
	return true;
}

/* A request for a later enter(). */
static void queue(struct ring *r, uint8_t op, int fd, const void *addr, size_t len,
		  uint64_t off, uint32_t flags, uint64_t tag)
{
	unsigned int tail = *r->sq_tail, i = tail & r->sq_mask;
	struct io_uring_sqe *sqe = &r->sqes[i];

	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = op;
	sqe->fd = fd;
	sqe->addr = (uintptr_t)addr;
	sqe->len = len;
	sqe->off = off;
	sqe->msg_flags = flags;
	sqe->user_data = tag;
	r->sq_array[i] = i;
	__atomic_store_n(r->sq_tail, tail + 1, __ATOMIC_RELEASE);
}

/* Start the next @n requests, in order, in one system call. */
static int enter(struct ring *r, unsigned int n)
{
	int done = syscall(__NR_io_uring_enter, r->fd, n, 0, 0, NULL, 0);

	if (done < 0)
		return -errno;
	return done == n ? 0 : -EAGAIN;
}

static int submit(struct ring *r, uint8_t op, int fd, const void *addr, size_t len,
		  uint64_t off, uint32_t flags, uint64_t tag)
{
	queue(r, op, fd, addr, len, off, flags, tag);
	return enter(r, 1);
}

/* Wait for a result; which one, in @tag. */
static int result(struct ring *r, uint64_t *tag)
{
	unsigned int head = *r->cq_head;
	struct io_uring_cqe *cqe;

	while (head == __atomic_load_n(r->cq_tail, __ATOMIC_ACQUIRE)) {
		if (syscall(__NR_io_uring_enter, r->fd, 0, 1, IORING_ENTER_GETEVENTS,
			    NULL, 0) < 0 && errno != EINTR)
			return -errno;
	}
	cqe = &r->cqes[head & r->cq_mask];
	*tag = cqe->user_data;
	head++;
	__atomic_store_n(r->cq_head, head, __ATOMIC_RELEASE);
	return cqe->res ? cqe->res : 0;
}

static int call(struct ring *r, uint8_t op, int fd, const void *addr, size_t len,
		uint32_t flags)
{
	uint64_t tag;
	int err;

	err = submit(r, op, fd, addr, len, 0, flags, 1);
	return err ? err : result(r, &tag);
}

/* Two descriptors, of which one is a pipe, and no offset in either. */
static int submit_splice(struct ring *r, int from, int to, size_t len)
{
	struct io_uring_sqe *sqe = &r->sqes[*r->sq_tail & r->sq_mask];

	queue(r, IORING_OP_SPLICE, to, (void *)-1, len, -1, 0, 1);
	sqe->splice_fd_in = from;
	return enter(r, 1);
}

static int call_splice(struct ring *r, int from, int to, size_t len)
{
	int err = submit_splice(r, from, to, len);
	uint64_t tag;

	return err ? err : result(r, &tag);
}

TEST_F(sock, send_recv)
{
	struct ring r;
	int i;

	if (!ring_open(&r))
		SKIP(return, "no io_uring");
	for (i = 0; i < 20; i++) {
		ulp_fill(&self->kind, out, 1000, i * 1000);
		ASSERT_EQ(1000, call(&r, IORING_OP_SEND, self->p.c, out, 1000, 0));
		ASSERT_EQ(1000, call(&r, IORING_OP_RECV, self->p.a, buf, 5000, 0));
		EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 1000, i * 1000));
	}
	close(r.fd);
}

/* The receiver is first: it waits inside the ring. */
TEST_F(sock, recv_waits)
{
	uint64_t tag = 0;
	struct ring r;
	int i;

	if (!ring_open(&r))
		SKIP(return, "no io_uring");
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, submit(&r, IORING_OP_RECV, self->p.a, buf, 5000, 0, 0, 7));
		ulp_fill(&self->kind, out, 100, i);
		ASSERT_EQ(100, ulp_send(self->p.c, out, 100));
		ASSERT_EQ(100, result(&r, &tag));
		EXPECT_EQ(7, tag);
		EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 100, i));
	}
	/* the end, too */
	ASSERT_EQ(0, submit(&r, IORING_OP_RECV, self->p.a, buf, 5000, 0, 0, 7));
	ASSERT_EQ(0, shutdown(self->p.c, SHUT_WR));
	EXPECT_EQ(0, result(&r, &tag));
	close(r.fd);
}

TEST_F(sock, recv_all)
{
	uint64_t tag = 0;
	struct ring r;
	pid_t child;

	if (!ring_open(&r))
		SKIP(return, "no io_uring");
	ASSERT_EQ(0, submit(&r, IORING_OP_RECV, self->p.a, buf, 300000, 0, MSG_WAITALL,
			    9));
	child = ulp_writer(&self->kind, self->p.c, 300000, 7000);
	ASSERT_LT(0, child);
	ASSERT_EQ(300000, result(&r, &tag));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 300000, 0));
	EXPECT_EQ(0, ulp_join(child));
	close(r.fd);
}

/* A send that is larger than the buffer: all of it, by MSG_WAITALL. */
TEST_F(sock, send_all)
{
	uint64_t tag = 0;
	struct ring r;
	pid_t child;

	if (!ring_open(&r))
		SKIP(return, "no io_uring");
	ulp_fill(&self->kind, out, sizeof(out), 0);
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(-ulp_read_all(&self->kind, self->p.a, sizeof(out), 50000));
	ASSERT_EQ(0, submit(&r, IORING_OP_SEND, self->p.c, out, sizeof(out), 0,
			    MSG_WAITALL, 3));
	ASSERT_EQ(sizeof(out), result(&r, &tag));
	EXPECT_EQ(0, ulp_join(child));
	close(r.fd);
}

TEST_F(sock, read_write)
{
	struct ring r;

	if (!ring_open(&r))
		SKIP(return, "no io_uring");
	ulp_fill(&self->kind, out, 1000, 0);
	ASSERT_EQ(1000, call(&r, IORING_OP_WRITE, self->p.c, out, 1000, 0));
	ASSERT_EQ(1000, call(&r, IORING_OP_READ, self->p.a, buf, 5000, 0));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 1000, 0));
	close(r.fd);
}

TEST_F(sock, messages)
{
	struct iovec iov[2] = { { out, 300 }, { out + 300, 700 } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	struct ring r;

	if (!ring_open(&r))
		SKIP(return, "no io_uring");
	ulp_fill(&self->kind, out, 1000, 0);
	ASSERT_EQ(1000, call(&r, IORING_OP_SENDMSG, self->p.c, &msg, 1, 0));
	iov[0].iov_base = buf;
	iov[1].iov_base = buf + 300;
	ASSERT_EQ(1000, call(&r, IORING_OP_RECVMSG, self->p.a, &msg, 1, MSG_WAITALL));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 1000, 0));
	close(r.fd);
}

/* Into the socket and out of it, by workers of the ring. */
TEST_F(sock, splice)
{
	int pipes[2], i, n, done;
	uint64_t tag = 0;
	struct ring r;

	if (!ring_open(&r))
		SKIP(return, "no io_uring");
	ASSERT_EQ(0, pipe(pipes));
	for (i = 0; i < 10; i++) {
		ulp_fill(&self->kind, out, 20000, i * 20000);
		ASSERT_EQ(20000, write(pipes[1], out, 20000));
		ASSERT_EQ(20000, call_splice(&r, pipes[0], self->p.c, 20000));
		for (done = 0; done < 20000; done += n) {
			ASSERT_LT(0, ulp_wait(self->p.a, POLLIN, -1));
			n = call_splice(&r, self->p.a, pipes[1], 20000 - done);
			ASSERT_LT(0, n);
			ASSERT_EQ(n, read(pipes[0], buf + done, n));
		}
		EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 20000, i * 20000));
	}
	/* nothing there: at once, or when there is */
	ASSERT_EQ(0, ulp_blocking(self->p.a, false));
	EXPECT_EQ(-EAGAIN, call_splice(&r, self->p.a, pipes[1], 100));
	ASSERT_EQ(0, ulp_blocking(self->p.a, true));
	ASSERT_EQ(0, submit_splice(&r, self->p.a, pipes[1], 100));
	ASSERT_EQ(100, ulp_send(self->p.c, out, 100));
	ASSERT_EQ(100, result(&r, &tag));
	ASSERT_EQ(100, read(pipes[0], buf, 100));
	EXPECT_EQ(0, memcmp(out, buf, 100));
	/* the end, too */
	ASSERT_EQ(0, submit_splice(&r, self->p.a, pipes[1], 100));
	ASSERT_EQ(0, shutdown(self->p.c, SHUT_WR));
	EXPECT_EQ(0, result(&r, &tag));
	close(pipes[0]);
	close(pipes[1]);
	close(r.fd);
}

/* MSG_ZEROCOPY by another name: what leaves is not what the pages hold. */
TEST_F(sock, send_zero_copy)
{
	bool tcp = self->kind.path == ULP_TCP;
	struct ring r;

	if (!ring_open(&r))
		SKIP(return, "no io_uring");
	ulp_fill(&self->kind, out, 1000, 0);
	EXPECT_EQ(tcp ? 1000 : -EOPNOTSUPP,
		  call(&r, IORING_OP_SEND_ZC, self->p.c, out, 1000, 0));
	if (!tcp)
		ASSERT_EQ(1000, ulp_send(self->p.c, out, 1000));
	ASSERT_EQ(1000, ulp_recv(self->p.a, buf, 1000));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 1000, 0));
	close(r.fd);
}

/* One request that accepts them all. */
TEST_F(sock, accept_many)
{
	struct io_uring_sqe *sqe;
	int fd[5], child, i;
	uint64_t tag = 0;
	struct ring r;

	if (!ring_open(&r))
		SKIP(return, "no io_uring");
	sqe = &r.sqes[*r.sq_tail & r.sq_mask];
	queue(&r, IORING_OP_ACCEPT, self->p.l, NULL, 0, 0, 0, 1);
	sqe->ioprio = IORING_ACCEPT_MULTISHOT;
	ASSERT_EQ(0, enter(&r, 1));
	for (i = 0; i < 5; i++) {
		fd[i] = ulp_socket(&self->kind);
		ASSERT_LE(0, fd[i]);
		ASSERT_EQ(0, ulp_connect(fd[i], &self->p.addr));
		child = result(&r, &tag);
		ASSERT_LT(0, child);
		ulp_fill(&self->kind, out, 100, i);
		ASSERT_EQ(100, ulp_send(child, out, 100));
		ASSERT_EQ(100, ulp_recv(fd[i], buf, 100));
		EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 100, i));
		close(child);
	}
	for (i = 0; i < 5; i++)
		close(fd[i]);
	close(r.fd);
}

/* A connection that io_uring makes at both ends. */
TEST_F(sock, connect_accept)
{
	int seen = 0, fd, child = -1, i;
	uint64_t tag = 0;
	struct ring r;

	if (!ring_open(&r))
		SKIP(return, "no io_uring");
	fd = ulp_socket(&self->kind);
	ASSERT_LE(0, fd);
	/* the length of the address goes into the offset */
	ASSERT_EQ(0, submit(&r, IORING_OP_ACCEPT, self->p.l, NULL, 0, 0, 0, 1));
	ASSERT_EQ(0, submit(&r, IORING_OP_CONNECT, fd, &self->p.addr.sa, 0,
			    self->p.addr.len, 0, 2));
	for (i = 0; i < 2; i++) {
		int res = result(&r, &tag);

		ASSERT_LE(0, res);
		seen |= tag;
		if (tag == 1)
			child = res;
	}
	ASSERT_EQ(3, seen);
	ulp_fill(&self->kind, out, 100, 0);
	ASSERT_EQ(100, call(&r, IORING_OP_SEND, fd, out, 100, 0));
	ASSERT_EQ(100, call(&r, IORING_OP_RECV, child, buf, 200, 0));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 100, 0));
	ASSERT_EQ(0, call(&r, IORING_OP_SHUTDOWN, fd, NULL, SHUT_WR, 0));
	EXPECT_EQ(0, call(&r, IORING_OP_RECV, child, buf, 200, 0));
	ASSERT_EQ(0, call(&r, IORING_OP_CLOSE, child, NULL, 0, 0));
	EXPECT_EQ(0, ulp_recv(fd, buf, 1));
	close(fd);
	close(r.fd);
}

/* One request completes while the next reads: to the kernel that looks like a
 * signal, and the reader has a record to pass over (close_notify) before its
 * end of file. On TCP nothing is interrupted that does not wait.
 */
TEST_F(sock, recv_while_another_completes)
{
	int other[2], i, res;
	uint64_t tag = 0;
	struct ring r;

	if (!ring_open(&r))
		SKIP(return, "no io_uring");
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, other));
	ASSERT_EQ(0, shutdown(self->p.c, SHUT_WR));
	queue(&r, IORING_OP_RECV, other[0], out, 1, 0, 0, 1);
	queue(&r, IORING_OP_SEND, other[1], "x", 1, 0, 0, 2);
	queue(&r, IORING_OP_RECV, self->p.a, buf, 200, 0, 0, 3);
	ASSERT_EQ(0, enter(&r, 3));
	for (i = 0; i < 3; i++) {
		res = result(&r, &tag);
		EXPECT_EQ(tag == 3 ? 0 : 1, res)
			TH_LOG("request %d", (int)tag);
	}
	close(other[0]);
	close(other[1]);
	close(r.fd);
}

TEST_F(sock, refused)
{
	struct ulp_addr none;
	uint64_t tag = 0;
	struct ring r;
	int fd;

	if (!ring_open(&r))
		SKIP(return, "no io_uring");
	fd = ulp_raw_listen(&self->kind, 5, &none);
	ASSERT_LE(0, fd);
	close(fd);
	fd = ulp_socket(&self->kind);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, submit(&r, IORING_OP_CONNECT, fd, &none.sa, 0, none.len, 0, 2));
	EXPECT_EQ(-ECONNREFUSED, result(&r, &tag));
	close(fd);
	close(r.fd);
}

TEST_F(sock, poll_add)
{
	uint64_t tag = 0;
	struct ring r;

	if (!ring_open(&r))
		SKIP(return, "no io_uring");
	ASSERT_EQ(0, submit(&r, IORING_OP_POLL_ADD, self->p.a, NULL, 0, 0, POLLIN, 5));
	ASSERT_EQ(1, ulp_send(self->p.c, "x", 1));
	EXPECT_EQ(POLLIN, result(&r, &tag) & POLLIN);
	EXPECT_EQ(1, recv(self->p.a, buf, 1, 0));
	close(r.fd);
}

/* A request waits when its process, which has the last reference, ends. */
TEST_F(sock, cancelled)
{
	struct ring r;
	pid_t child;
	int fd;

	ASSERT_EQ(0, ulp_blocking(self->p.c, true));
	/* who closes before its handshake is over, resets */
	ASSERT_EQ(0, ulp_blocking(self->p.a, true));
	ASSERT_EQ(1, ulp_send(self->p.a, "x", 1));
	ASSERT_EQ(1, recv(self->p.c, buf, 1, 0));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		close(self->p.c);
		if (!ring_open(&r))
			_exit(0);
		_exit(-submit(&r, IORING_OP_RECV, self->p.a, buf, 5000, 0, 0, 7));
	}
	fd = self->p.a;
	self->p.a = -1;
	close(fd);
	EXPECT_EQ(0, recv(self->p.c, buf, 1, 0))
		TH_LOG("%s", strerror(errno));
	EXPECT_EQ(0, ulp_join(child));
}

TEST_HARNESS_MAIN
