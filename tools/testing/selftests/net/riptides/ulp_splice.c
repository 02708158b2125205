// SPDX-License-Identifier: GPL-2.0-only
/*
 * sendfile() and splice() to and from a socket, MSG_ZEROCOPY
 */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#include "kselftest_harness.h"

#define ULP_ONLY_TCP
#define ULP_NONBLOCK
#include "ulp_fixture.h"

#define FILE_LEN	(3 << 20)

static char buf[1 << 20];
static char out[1 << 20];

/* A file whose content is ulp_fill()'s. */
static int make_file(const struct ulp_kind *kind, size_t len)
{
	int fd = memfd_create("ulp", MFD_CLOEXEC);
	size_t done = 0, n;

	while (fd >= 0 && done < len) {
		n = len - done < sizeof(out) ? len - done : sizeof(out);
		ulp_fill(kind, out, n, done);
		if (write(fd, out, n) != (ssize_t)n) {
			close(fd);
			return -1;
		}
		done += n;
	}
	return fd;
}

/* A child that sends @len bytes of a file. */
static pid_t file_sender(int fd, int file, off_t from, size_t len, size_t chunk)
{
	off_t at = from;
	pid_t child;
	ssize_t n;

	child = fork();
	if (child)
		return child;
	while (at < (off_t)(from + len)) {
		size_t left = from + len - at;

		n = sendfile(fd, file, &at, left < chunk ? left : chunk);
		if (n < 0 && errno == EAGAIN && ulp_wait(fd, POLLOUT, -1) > 0)
			continue;
		if (n <= 0)
			_exit(n ? errno : EPIPE);
	}
	_exit(0);
}

TEST_F(sock, send_file)
{
	int file = make_file(&self->kind, FILE_LEN);
	pid_t child;

	ASSERT_LE(0, file);
	child = file_sender(self->p.c, file, 0, FILE_LEN, FILE_LEN);
	ASSERT_LT(0, child);
	EXPECT_EQ(0, ulp_read_all(&self->kind, self->p.a, FILE_LEN, sizeof(buf)));
	EXPECT_EQ(0, ulp_join(child));
	/* in pieces that are no multiple of anything */
	child = file_sender(self->p.a, file, 0, FILE_LEN, 54321);
	ASSERT_LT(0, child);
	EXPECT_EQ(0, ulp_read_all(&self->kind, self->p.c, FILE_LEN, 5000));
	EXPECT_EQ(0, ulp_join(child));
	close(file);
}

/* Beyond the end of the file: what there is, then nothing. */
TEST_F(sock, send_file_end)
{
	int file = make_file(&self->kind, 1000);
	off_t at = 100;

	ASSERT_LE(0, file);
	ASSERT_EQ(900, sendfile(self->p.c, file, &at, 5000));
	ASSERT_EQ(0, sendfile(self->p.c, file, &at, 5000));
	ASSERT_EQ(900, ulp_recv(self->p.a, buf, 900));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 900, 100));
	/* and the next call's data follow at once */
	ulp_fill(&self->kind, out, 10, 0);
	ASSERT_EQ(10, ulp_send(self->p.c, out, 10));
	ASSERT_EQ(10, ulp_recv(self->p.a, buf, 10));
	close(file);
}

/* A header by MSG_MORE, then the file: the usual web server. */
TEST_F(sock, header_and_file)
{
	int file = make_file(&self->kind, 5000);
	off_t at = 100;

	ASSERT_LE(0, file);
	ulp_fill(&self->kind, out, 100, 0);
	ASSERT_EQ(100, send(self->p.c, out, 100, MSG_MORE));
	ASSERT_EQ(4900, sendfile(self->p.c, file, &at, 4900));
	ASSERT_EQ(5000, ulp_recv(self->p.a, buf, 5000));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 5000, 0));
	close(file);
}

TEST_F(sock, splice_out)
{
	int pipes[2], file = make_file(&self->kind, 200000);
	loff_t at = 0;
	ssize_t n, m;
	pid_t child;

	ASSERT_LE(0, file);
	ASSERT_EQ(0, pipe(pipes));
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(-ulp_read_all(&self->kind, self->p.a, 200000, 4096));
	while (at < 200000) {
		n = splice(file, &at, pipes[1], NULL, 30000, 0);
		ASSERT_LT(0, n);
		while (n) {
			m = splice(pipes[0], NULL, self->p.c, NULL, n,
				   at < 200000 ? SPLICE_F_MORE : 0);
			if (m < 0 && errno == EAGAIN) {
				ASSERT_LT(0, ulp_wait(self->p.c, POLLOUT, -1));
				continue;
			}
			ASSERT_LT(0, m);
			n -= m;
		}
	}
	EXPECT_EQ(0, ulp_join(child));
	close(pipes[0]);
	close(pipes[1]);
	close(file);
}

/* User pages given to the pipe. */
TEST_F(sock, splice_user_pages)
{
	struct iovec iov = { out, 20000 };
	int pipes[2];

	ASSERT_EQ(0, pipe(pipes));
	ulp_fill(&self->kind, out, 20000, 0);
	ASSERT_EQ(20000, vmsplice(pipes[1], &iov, 1, 0));
	ASSERT_EQ(20000, splice(pipes[0], NULL, self->p.c, NULL, 20000, 0));
	ASSERT_EQ(20000, ulp_recv(self->p.a, buf, 20000));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 20000, 0));
	close(pipes[0]);
	close(pipes[1]);
}

TEST_F(sock, splice_in)
{
	int pipes[2], total = 400000, done = 0;
	ssize_t n;
	pid_t child;

	ASSERT_EQ(0, pipe(pipes));
	child = ulp_writer(&self->kind, self->p.c, total, 30000);
	ASSERT_LT(0, child);
	while (done < total) {
		n = splice(self->p.a, NULL, pipes[1], NULL, 50000, 0);
		if (n < 0 && errno == EAGAIN) {
			ASSERT_LT(0, ulp_wait(self->p.a, POLLIN, -1));
			continue;
		}
		ASSERT_LT(0, n);
		ASSERT_EQ(n, read(pipes[0], buf, sizeof(buf)));
		ASSERT_EQ(-1, ulp_differs(&self->kind, buf, n, done));
		done += n;
	}
	EXPECT_EQ(0, ulp_join(child));
	/* the rest of a record that was read in part */
	ulp_fill(&self->kind, out, 100, 0);
	ASSERT_EQ(100, ulp_send(self->p.c, out, 100));
	ASSERT_LT(0, ulp_wait(self->p.a, POLLIN, -1));
	ASSERT_EQ(30, recv(self->p.a, buf, 30, 0));
	ASSERT_EQ(70, splice(self->p.a, NULL, pipes[1], NULL, 500, 0));
	ASSERT_EQ(70, read(pipes[0], buf, sizeof(buf)));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 70, 30));
	/* and the other way round */
	ASSERT_EQ(100, ulp_send(self->p.c, out, 100));
	ASSERT_LT(0, ulp_wait(self->p.a, POLLIN, -1));
	ASSERT_EQ(30, splice(self->p.a, NULL, pipes[1], NULL, 30, 0));
	ASSERT_EQ(70, recv(self->p.a, buf, 100, 0));
	EXPECT_EQ(-1, ulp_differs(&self->kind, buf, 70, 30));
	close(pipes[0]);
	close(pipes[1]);
}

/* TCP goes by the socket's O_NONBLOCK, not by SPLICE_F_NONBLOCK. */
TEST_F(sock, splice_nonblocking)
{
	int pipes[2];

	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(0, ulp_blocking(self->p.a, false));
	EXPECT_EQ(-1, splice(self->p.a, NULL, pipes[1], NULL, 100, SPLICE_F_NONBLOCK));
	EXPECT_EQ(EAGAIN, errno);
	ASSERT_EQ(2, ulp_send(self->p.c, "ab", 2));
	ASSERT_LT(0, ulp_wait(self->p.a, POLLIN, -1));
	EXPECT_EQ(2, splice(self->p.a, NULL, pipes[1], NULL, 100, SPLICE_F_NONBLOCK));
	ASSERT_EQ(0, shutdown(self->p.c, SHUT_WR));
	ASSERT_LT(0, ulp_wait(self->p.a, POLLRDHUP, -1));
	EXPECT_EQ(0, splice(self->p.a, NULL, pipes[1], NULL, 100, 0));
	close(pipes[0]);
	close(pipes[1]);
}

/* From one socket to the other, as a proxy does it. */
TEST_F(sock, splice_through)
{
	struct ulp_pair q;
	int pipes[2], done = 0, total = 100000;
	pid_t writer, reader;
	ssize_t n, m;

	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(0, ulp_open(&self->kind, &q));
	ASSERT_EQ(0, ulp_blocking(self->p.a, true));
	ASSERT_EQ(0, ulp_blocking(q.c, true));
	writer = ulp_writer(&self->kind, self->p.c, total, 9999);
	ASSERT_LT(0, writer);
	reader = fork();
	ASSERT_LE(0, reader);
	if (!reader)
		_exit(-ulp_read_all(&self->kind, q.a, total, 4096));
	while (done < total) {
		n = splice(self->p.a, NULL, pipes[1], NULL, 65536, SPLICE_F_MOVE);
		ASSERT_LT(0, n);
		done += n;
		while (n) {
			m = splice(pipes[0], NULL, q.c, NULL, n, SPLICE_F_MOVE);
			ASSERT_LT(0, m);
			n -= m;
		}
	}
	EXPECT_EQ(0, ulp_join(writer));
	EXPECT_EQ(0, ulp_join(reader));
	ulp_close(&q);
	close(pipes[0]);
	close(pipes[1]);
}

/* A file that is changed while it is sent: records must still be sound. */
TEST_F(sock, file_changes)
{
	int file = make_file(&self->kind, FILE_LEN), i;
	char *map, stop;
	int tell[2];
	ssize_t n, done = 0;
	pid_t child, writer;

	ASSERT_LE(0, file);
	ASSERT_EQ(0, pipe(tell));
	map = mmap(NULL, FILE_LEN, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	ASSERT_NE(MAP_FAILED, map);
	writer = fork();
	ASSERT_LE(0, writer);
	if (!writer) {
		close(tell[1]);
		fcntl(tell[0], F_SETFL, O_NONBLOCK);
		while (read(tell[0], &stop, 1) < 0)
			for (i = 0; i < FILE_LEN; i += 4096)
				map[i]++;
		_exit(0);
	}
	child = file_sender(self->p.c, file, 0, FILE_LEN, FILE_LEN);
	ASSERT_LT(0, child);
	while (done < FILE_LEN) {
		n = ulp_recv(self->p.a, buf, sizeof(buf));
		ASSERT_LT(0, n);
		done += n;
	}
	EXPECT_EQ(0, ulp_join(child));
	close(tell[1]);
	close(tell[0]);
	EXPECT_EQ(0, ulp_join(writer));
	munmap(map, FILE_LEN);
	close(file);
}

TEST_HARNESS_MAIN
