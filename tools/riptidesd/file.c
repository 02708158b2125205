// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

static int read_all(int fd, const char *path, size_t max, struct buf *out, struct error *e)
{
	char chunk[16384];
	ssize_t n;

	for (;;) {
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		if (out->len + n > max) {
			explicit_bzero(chunk, sizeof(chunk));
			return fail(e, "%s: larger than %zu bytes", path, max);
		}
		buf_add(out, chunk, n);
	}
	explicit_bzero(chunk, sizeof(chunk));
	return n < 0 ? fail_errno(e, "%s", path) : 0;
}

/**
 * file_read() - read a file
 * @path: its name, "-" for standard input
 * @max: refuse what is larger
 * @out: where to append its contents
 * @e: why not
 *
 * Return: 0 or -1.
 */
int file_read(const char *path, size_t max, struct buf *out, struct error *e)
{
	int fd, err;

	if (!strcmp(path, "-"))
		return read_all(STDIN_FILENO, "standard input", max, out, e);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return fail_errno(e, "%s", path);
	err = read_all(fd, path, max, out, e);
	close(fd);
	if (!out->data)
		buf_add(out, "", 0);
	return err;
}

static int write_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	while (len) {
		n = write(fd, data, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data += n;
		len -= n;
	}
	return 0;
}

/* A file's name is in its directory: without this, the old one may come back */
static int sync_dir_of(const char *path, struct error *e)
{
	const char *slash = strrchr(path, '/');
	char dir[4096];
	int fd, err;

	snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - path + 1) : 1,
		 slash ? path : ".");
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	err = fd < 0 || fsync(fd);
	if (err)
		fail_errno(e, "%s", dir);
	if (fd >= 0)
		close(fd);
	return err ? -1 : 0;
}

/* What a file is called until it is complete; NULL if that is too long */
static const char *stage_name(char *out, size_t size, const char *path)
{
	return snprintf(out, size, "%s.new", path) < (int)size ? out : NULL;
}

/**
 * file_stage() - write a file beside another one, which it is to replace
 * @path: the other's name
 * @data: what is to be in it
 * @len: how much that is
 * @mode: who may read it; exactly so, whatever the umask
 * @e: why not
 *
 * Return: 0 or -1.
 */
int file_stage(const char *path, const void *data, size_t len, unsigned int mode,
	       struct error *e)
{
	char temp[4096];
	int fd;

	if (!stage_name(temp, sizeof(temp), path))
		return fail(e, "%s: name too long", path);
	unlink(temp);
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fail_errno(e, "%s", temp);
	if (fchmod(fd, mode) || write_all(fd, data, len) || fsync(fd)) {
		fail_errno(e, "%s", temp);
		close(fd);
		unlink(temp);
		return -1;
	}
	close(fd);
	return 0;
}

/**
 * file_unstage() - forget what file_stage() has written
 * @path: name that was given to it
 */
void file_unstage(const char *path)
{
	char temp[4096];

	if (stage_name(temp, sizeof(temp), path))
		unlink(temp);
}

/**
 * file_commit() - let what file_stage() has written replace a file
 * @path: its name
 * @e: why not
 *
 * Return: 0 or -1.
 */
int file_commit(const char *path, struct error *e)
{
	char temp[4096];

	if (!stage_name(temp, sizeof(temp), path))
		return fail(e, "%s: name too long", path);
	if (rename(temp, path)) {
		fail_errno(e, "%s", path);
		unlink(temp);
		return -1;
	}
	return sync_dir_of(path, e);
}

/**
 * file_write() - write a file, all of it or nothing
 * @path: its name
 * @data: what is to be in it
 * @len: how much that is
 * @mode: who may read it; exactly so, whatever the umask
 * @e: why not
 *
 * Whoever reads it meanwhile gets the old or the new contents, also when the
 * machine stops in the middle.
 *
 * Return: 0 or -1.
 */
int file_write(const char *path, const void *data, size_t len, unsigned int mode,
	       struct error *e)
{
	return file_stage(path, data, len, mode, e) || file_commit(path, e) ? -1 : 0;
}

/**
 * make_dir() - make a directory, and those above it
 * @path: its name
 * @mode: who may do what in those that are made
 * @e: why not
 *
 * Return: 0, also if it was there; or -1.
 */
int make_dir(const char *path, unsigned int mode, struct error *e)
{
	char part[4096];
	char *slash;

	if (snprintf(part, sizeof(part), "%s", path) >= (int)sizeof(part))
		return fail(e, "%s: name too long", path);
	for (slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(part, 0755) && errno != EEXIST)
			return fail_errno(e, "%s", part);
		*slash = '/';
	}
	if (mkdir(part, mode) && errno != EEXIST)
		return fail_errno(e, "%s", part);
	return 0;
}
