// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sending and receiving: every call and flag does what it does on TCP
 */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <linux/sockios.h>

#include "kselftest_harness.h"

#define ULP_ONLY_TCP
#define ULP_NONBLOCK
#include "ulp_fixture.h"

#define CHUNK	65536

static char buf[1 << 20];
static char out[1 << 20];

/* One byte at a time, both ways, from the first write on. */
TEST_F(sock, single_bytes)
{
	int i;

	for (i = 0; i < 2 * ULP_BLOCK; i++) {
		ulp_fill(&self->kind, out, 1, i);
		ASSERT_EQ(1, ulp_send(self->p.c, out, 1));
		ASSERT_EQ(1, ulp_recv(self->p.a, buf, 1));
		EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 1, i));
		ASSERT_EQ(1, ulp_send(self->p.a, out, 1));
		ASSERT_EQ(1, ulp_recv(self->p.c, buf, 1));
		EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 1, i));
	}
}

/* A first write of two bytes must not stay in any buffer. */
TEST_F(sock, first_write_of_two)
{
	ulp_fill(&self->kind, out, 2, 0);
	ASSERT_EQ(2, ulp_send(self->p.a, out, 2));
	ASSERT_EQ(2, ulp_recv(self->p.c, buf, 2));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 2, 0));
	ASSERT_EQ(2, ulp_send(self->p.c, out, 2));
	ASSERT_EQ(2, ulp_recv(self->p.a, buf, 2));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 2, 0));
}

/* Around the sizes of a record. */
TEST_F(sock, record_sizes)
{
	static const size_t size[] = { 16383, 16384, 16385, 32768, 65535, 1 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(size); i++) {
		ulp_fill(&self->kind, out, size[i], 0);
		ASSERT_EQ(size[i], ulp_send(self->p.c, out, size[i]));
		ASSERT_EQ(size[i], ulp_recv(self->p.a, buf, size[i]));
		EXPECT_EQ(-1, ulp_differs(&self->kind, buf, size[i], 0));
	}
}

TEST_F(sock, empty_calls)
{
	EXPECT_EQ(0, send(self->p.c, out, 0, 0));
	EXPECT_EQ(0, write(self->p.c, out, 0));
	ASSERT_EQ(2, ulp_send(self->p.c, "ab", 2));
	ASSERT_EQ(POLLIN, ulp_wait(self->p.a, POLLIN, -1));
	EXPECT_EQ(0, recv(self->p.a, buf, 0, MSG_DONTWAIT));
	EXPECT_EQ(2, recv(self->p.a, buf, 10, 0));
}

TEST_F(sock, bad_pointers)
{
	void *hole = mmap(NULL, 3 * CHUNK, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);

	ASSERT_NE(MAP_FAILED, hole);
	EXPECT_EQ(-1, send(self->p.c, hole, 10, 0));
	EXPECT_EQ(EFAULT, errno);
	ASSERT_EQ(4, ulp_send(self->p.c, "good", 4));
	ASSERT_EQ(POLLIN, ulp_wait(self->p.a, POLLIN, -1));
	EXPECT_EQ(-1, recv(self->p.a, hole, 10, 0));
	EXPECT_EQ(EFAULT, errno);
	/* What could not be sent did no harm to what follows. */
	ASSERT_EQ(4, ulp_send(self->p.a, "back", 4));
	ASSERT_EQ(4, ulp_recv(self->p.c, buf, 4));
	EXPECT_EQ(0, memcmp(buf, "back", 4));
	munmap(hole, 3 * CHUNK);
}

TEST_F(sock, peek)
{
	ulp_fill(&self->kind, out, 100, 0);
	ASSERT_EQ(60, ulp_send(self->p.c, out, 60));
	ASSERT_EQ(POLLIN, ulp_wait(self->p.a, POLLIN, -1));
	EXPECT_EQ(10, recv(self->p.a, buf, 10, MSG_PEEK));
	EXPECT_EQ(60, recv(self->p.a, buf, 100, MSG_PEEK));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 60, 0));
	EXPECT_EQ(20, recv(self->p.a, buf, 20, 0));
	EXPECT_EQ(40, recv(self->p.a, buf, 100, MSG_PEEK));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 40, 20));
	ASSERT_EQ(40, ulp_send(self->p.c, out + 60, 40));
	/* what was peeked at is still there, in order */
	ASSERT_EQ(80, ulp_recv(self->p.a, buf, 80));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 80, 20));
}

/* MSG_PEEK | MSG_WAITALL waits for all of it and takes nothing. */
TEST_F(sock, peek_all)
{
	ASSERT_EQ(0, ulp_blocking(self->p.a, true));
	ulp_fill(&self->kind, out, 100, 0);
	ASSERT_EQ(50, ulp_send(self->p.c, out, 50));
	ASSERT_EQ(50, ulp_send(self->p.c, out + 50, 50));
	ASSERT_EQ(100, recv(self->p.a, buf, 100, MSG_PEEK | MSG_WAITALL));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 100, 0));
	ASSERT_EQ(100, recv(self->p.a, buf, 100, MSG_WAITALL));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 100, 0));
}

TEST_F(sock, wait_all)
{
	pid_t child;

	ASSERT_EQ(0, ulp_blocking(self->p.a, true));
	child = ulp_writer(&self->kind, self->p.c, 200000, 999);
	ASSERT_LT(0, child);
	ASSERT_EQ(200000, recv(self->p.a, buf, 200000, MSG_WAITALL));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 200000, 0));
	EXPECT_EQ(0, ulp_join(child));
	/* ... but not beyond the end */
	ASSERT_EQ(5, ulp_send(self->p.c, "short", 5));
	ASSERT_EQ(0, shutdown(self->p.c, SHUT_WR));
	EXPECT_EQ(5, recv(self->p.a, buf, 100, MSG_WAITALL));
	EXPECT_EQ(0, recv(self->p.a, buf, 100, MSG_WAITALL));
}

TEST_F(sock, dont_wait)
{
	EXPECT_EQ(-1, recv(self->p.a, buf, 10, MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(-1, recv(self->p.a, buf, 10, MSG_DONTWAIT | MSG_PEEK));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(3, send(self->p.c, "now", 3, MSG_DONTWAIT));
	ASSERT_EQ(POLLIN, ulp_wait(self->p.a, POLLIN, -1));
	EXPECT_EQ(3, recv(self->p.a, buf, 10, MSG_DONTWAIT));
	EXPECT_EQ(-1, recv(self->p.a, buf, 10, MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
}

/* A sender that must not wait: EAGAIN when full, all that was taken arrives. */
TEST_F(sock, full)
{
	uint64_t sent = 0;
	ssize_t n;

	do {
		ulp_fill(&self->kind, out, CHUNK, sent);
		n = send(self->p.c, out, CHUNK, MSG_DONTWAIT);
		sent += n > 0 ? n : 0;
		ASSERT_LT(sent, 1ULL << 30);
	} while (n > 0);
	ASSERT_EQ(EAGAIN, errno);
	EXPECT_EQ(0, ulp_read_all(&self->kind, self->p.a, sent, sizeof(buf)));
	EXPECT_LT(0, ulp_wait(self->p.c, POLLOUT, -1) & POLLOUT);
	ulp_fill(&self->kind, out, 10, 0);
	EXPECT_EQ(10, ulp_send(self->p.c, out, 10));
	EXPECT_EQ(10, ulp_recv(self->p.a, buf, 10));
}

/* MSG_MORE may hold data back, but only until the call without it. */
TEST_F(sock, more)
{
	int i;

	ulp_fill(&self->kind, out, 1000, 0);
	for (i = 0; i < 10; i++)
		ASSERT_EQ(100, send(self->p.c, out + i * 100, 100,
				    i < 9 ? MSG_MORE : 0));
	ASSERT_EQ(1000, ulp_recv(self->p.a, buf, 1000));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 1000, 0));
	/* shutdown() lets go of it, too */
	ASSERT_EQ(100, send(self->p.c, out, 100, MSG_MORE));
	ASSERT_EQ(0, shutdown(self->p.c, SHUT_WR));
	ASSERT_EQ(100, ulp_recv(self->p.a, buf, 1000));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 100, 0));
}

TEST_F(sock, more_then_close)
{
	ulp_fill(&self->kind, out, 100, 0);
	ASSERT_EQ(100, send(self->p.c, out, 100, MSG_MORE));
	ASSERT_EQ(0, close(self->p.c));
	self->p.c = -1;
	ASSERT_EQ(100, ulp_recv(self->p.a, buf, 1000));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 100, 0));
}

TEST_F(sock, cork)
{
	int on = 1, off = 0;

	ulp_fill(&self->kind, out, 100, 0);
	ASSERT_EQ(0, setsockopt(self->p.c, IPPROTO_TCP, 3, &on, sizeof(on)));
	ASSERT_EQ(50, ulp_send(self->p.c, out, 50));
	ASSERT_EQ(50, ulp_send(self->p.c, out + 50, 50));
	ASSERT_EQ(0, setsockopt(self->p.c, IPPROTO_TCP, 3, &off, sizeof(off)));
	ASSERT_EQ(100, ulp_recv(self->p.a, buf, 100));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 100, 0));
}

TEST_F(sock, vectors)
{
	struct iovec iov[16];
	size_t off = 0;
	int i;

	ulp_fill(&self->kind, out, 4096, 0);
	for (i = 0; i < 16; i++) {
		iov[i].iov_base = out + off;
		iov[i].iov_len = i * 16;
		off += i * 16;
	}
	ASSERT_EQ(off, writev(self->p.c, iov, 16));
	for (i = 0; i < 16; i++)
		iov[i].iov_base += buf - out;
	ASSERT_LT(0, ulp_wait(self->p.a, POLLIN, -1));
	ASSERT_EQ(off, readv(self->p.a, iov, 16));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 1920, 0));
}

TEST_F(sock, messages)
{
	char name[128], control[128];
	struct iovec iov = { out, 100 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	ulp_fill(&self->kind, out, 100, 0);
	ASSERT_EQ(100, sendmsg(self->p.c, &msg, 0));
	ASSERT_LT(0, ulp_wait(self->p.a, POLLIN, -1));
	iov.iov_base = buf;
	msg.msg_name = name;
	msg.msg_namelen = sizeof(name);
	msg.msg_control = control;
	msg.msg_controllen = sizeof(control);
	msg.msg_flags = -1;
	ASSERT_EQ(100, recvmsg(self->p.a, &msg, 0));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 100, 0));
	EXPECT_EQ(0, msg.msg_namelen);
	/* neither flags nor control messages that TCP doesn't give */
	EXPECT_EQ(0, msg.msg_controllen);
	EXPECT_EQ(0, msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC | MSG_OOB | MSG_EOR));
}

/* Without room for control messages, nothing says that one was cut. */
TEST_F(sock, no_control_cut)
{
	struct iovec iov = { buf, 100 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	ASSERT_EQ(3, ulp_send(self->p.c, "abc", 3));
	ASSERT_LT(0, ulp_wait(self->p.a, POLLIN, -1));
	ASSERT_EQ(3, recvmsg(self->p.a, &msg, 0));
	EXPECT_EQ(0, msg.msg_flags & MSG_CTRUNC);
}

TEST_F(sock, many_messages)
{
	struct mmsghdr msg[8] = {};
	struct iovec iov[8];
	int i, n, done;

	ulp_fill(&self->kind, out, 800, 0);
	for (i = 0; i < 8; i++) {
		iov[i].iov_base = out + i * 100;
		iov[i].iov_len = 100;
		msg[i].msg_hdr.msg_iov = &iov[i];
		msg[i].msg_hdr.msg_iovlen = 1;
	}
	ASSERT_EQ(8, sendmmsg(self->p.c, msg, 8, 0));
	for (i = 0; i < 8; i++) {
		EXPECT_EQ(100, msg[i].msg_len);
		iov[i].iov_base = buf + i * 100;
	}
	/* A stream: each message takes what is there; count the bytes. */
	for (done = 0; done < 800; ) {
		ASSERT_LT(0, ulp_wait(self->p.a, POLLIN, -1));
		for (i = 0; i < 8; i++) {
			iov[i].iov_base = buf + done + i * 100;
			iov[i].iov_len = 100;
		}
		n = recvmmsg(self->p.a, msg, (800 - done) / 100, MSG_WAITFORONE,
			     NULL);
		ASSERT_LT(0, n);
		for (i = 0; i < n; i++) {
			ASSERT_EQ(100, msg[i].msg_len);
			done += msg[i].msg_len;
		}
	}
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 800, 0));
}

/* On TCP, MSG_TRUNC throws the bytes away instead of copying them. */
TEST_F(sock, truncate)
{
	ulp_fill(&self->kind, out, 100, 0);
	memset(buf, 0x55, 100);
	ASSERT_EQ(100, ulp_send(self->p.c, out, 100));
	ASSERT_LT(0, ulp_wait(self->p.a, POLLIN, -1));
	ASSERT_EQ(60, recv(self->p.a, buf, 60, MSG_TRUNC));
	EXPECT_EQ(0x55, buf[0]);
	ASSERT_EQ(40, ulp_recv(self->p.a, buf, 40));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 40, 60));
}

TEST_F(sock, counts)
{
	int n = -1;

	ASSERT_EQ(0, ioctl(self->p.a, SIOCINQ, &n));
	EXPECT_EQ(0, n);
	ASSERT_EQ(0, ioctl(self->p.c, SIOCOUTQ, &n));
	ulp_fill(&self->kind, out, 100, 0);
	ASSERT_EQ(100, ulp_send(self->p.c, out, 100));
	ASSERT_LT(0, ulp_wait(self->p.a, POLLIN, -1));
	ASSERT_EQ(0, ioctl(self->p.a, SIOCINQ, &n));
	EXPECT_EQ(100, n);
	ASSERT_EQ(30, recv(self->p.a, buf, 30, 0));
	ASSERT_EQ(0, ioctl(self->p.a, FIONREAD, &n));
	EXPECT_EQ(70, n);
	ASSERT_EQ(70, recv(self->p.a, buf, 100, 0));
	ASSERT_EQ(0, ioctl(self->p.a, FIONREAD, &n));
	EXPECT_EQ(0, n);
}

/* What was sent and not acknowledged; nothing of it, once all is read. */
TEST_F(sock, counts_out)
{
	int n = -1, full = 0;

	memset(out, 'x', CHUNK);
	while (send(self->p.c, out, CHUNK, MSG_DONTWAIT) > 0)
		full++;
	ASSERT_EQ(EAGAIN, errno);
	ASSERT_LT(0, full);
	ASSERT_EQ(0, ioctl(self->p.c, SIOCOUTQ, &n));
	EXPECT_LT(0, n);
	ASSERT_EQ(0, shutdown(self->p.c, SHUT_WR));
	while (ulp_recv(self->p.a, buf, sizeof(buf)) > 0)
		;
	/* TCP acknowledges a FIN at once, and all before it */
	ASSERT_EQ(0, shutdown(self->p.a, SHUT_WR));
	ASSERT_LT(0, ulp_wait(self->p.c, POLLHUP, -1) & POLLHUP);
	ASSERT_EQ(0, ioctl(self->p.c, SIOCOUTQ, &n));
	EXPECT_EQ(0, n);
}

static int shrink(int fd)
{
	int least = 1, little = 4096;

	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &least, sizeof(least)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &little, sizeof(little)))
		return -errno;
	return 0;
}

/* Buffers that no record fits into, whichever way it goes. */
TEST_F(sock, small_buffers)
{
	unsigned long total = 50000;
	pid_t child;

	ulp_close(&self->p);
	self->p.l = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.l);
	ASSERT_EQ(0, shrink(self->p.l));
	ASSERT_EQ(0, ulp_bind(self->p.l, &self->kind, self->kind.path != ULP_TCP,
			      &self->p.addr));
	ASSERT_EQ(0, listen(self->p.l, 5));
	self->p.c = ulp_socket(&self->kind);
	ASSERT_LE(0, self->p.c);
	ASSERT_EQ(0, shrink(self->p.c));
	ASSERT_EQ(0, ulp_connect(self->p.c, &self->p.addr));
	self->p.a = ulp_accept(self->p.l);
	ASSERT_LE(0, self->p.a);
	child = ulp_writer(&self->kind, self->p.c, total, 20000);
	ASSERT_LT(0, child);
	EXPECT_EQ(0, ulp_read_all(&self->kind, self->p.a, total, 5000));
	EXPECT_EQ(0, ulp_join(child));
	child = ulp_writer(&self->kind, self->p.a, total, 500);
	ASSERT_LT(0, child);
	EXPECT_EQ(0, ulp_read_all(&self->kind, self->p.c, total, 20000));
	EXPECT_EQ(0, ulp_join(child));
}

TEST_F(sock, bulk)
{
	unsigned long total = ulp_count("ULP_BULK", 8 << 20);
	pid_t up, down;

	up = ulp_writer(&self->kind, self->p.c, total, 100000);
	ASSERT_LT(0, up);
	EXPECT_EQ(0, ulp_read_all(&self->kind, self->p.a, total, sizeof(buf)));
	EXPECT_EQ(0, ulp_join(up));
	down = ulp_writer(&self->kind, self->p.a, total, 7777);
	ASSERT_LT(0, down);
	EXPECT_EQ(0, ulp_read_all(&self->kind, self->p.c, total, 33333));
	EXPECT_EQ(0, ulp_join(down));
}

/* Both ways at once, so that each end's reader meets its own writer. */
TEST_F(sock, bulk_duplex)
{
	unsigned long total = ulp_count("ULP_BULK", 8 << 20) / 4;
	pid_t up, down, other;

	up = ulp_writer(&self->kind, self->p.c, total, 65536);
	ASSERT_LT(0, up);
	down = ulp_writer(&self->kind, self->p.a, total, 16000);
	ASSERT_LT(0, down);
	other = fork();
	ASSERT_LE(0, other);
	if (!other)
		_exit(-ulp_read_all(&self->kind, self->p.c, total, 5000));
	EXPECT_EQ(0, ulp_read_all(&self->kind, self->p.a, total, 50000));
	EXPECT_EQ(0, ulp_join(other));
	EXPECT_EQ(0, ulp_join(up));
	EXPECT_EQ(0, ulp_join(down));
}

TEST_HARNESS_MAIN
