// SPDX-License-Identifier: GPL-2.0-only
/*
 * The embedded CA: what it has issued and revoked, and the bundle
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "ca.h"
#include "ca_book.h"
#include "pem.h"

#define BOOK_MAX	(256 * 1024 * 1024)
/* Whenever it has so much more, a book is rewritten without what has expired */
#define BOOK_LARGE	(1024 * 1024)

/* SERIAL NOT_AFTER [IDENTITY] */
static bool parse_line(struct arena *a, char *line, struct ca_entry *out)
{
	struct blob serial;
	char *word, *end;

	memset(out, 0, sizeof(*out));
	word = strsep(&line, " ");
	if (!word || hex_parse(a, word, &serial) || serial.len > 21)
		return false;
	out->serial = arena_str(a, word);
	word = strsep(&line, " ");
	if (!word || !*word)
		return false;
	out->not_after = strtoll(word, &end, 10);
	if (*end)
		return false;
	out->identity = arena_str(a, line ? line : "");
	return true;
}

static int book_read(struct arena *a, const char *path, struct ca_entries *out,
		     struct error *e)
{
	struct buf text = {};
	unsigned int n = 0;
	char *at, *line;
	int err = 0;

	if (access(path, F_OK) && errno == ENOENT)
		return 0;
	if (file_read(path, BOOK_MAX, &text, e)) {
		buf_free(&text);
		return -1;
	}
	at = text.data;
	while ((line = strsep(&at, "\n"))) {
		n++;
		if (!*line)
			continue;
		if (!parse_line(a, line, vec_push(a, out))) {
			/* The last one may be half of one: the machine stopped */
			out->n--;
			if (!at)
				break;
			err = fail(e, "%s:%u:1: not a serial number and a time", path, n);
			break;
		}
	}
	buf_free(&text);
	return err;
}

static int book_write(const char *path, const struct ca_entries *entries, s64 now,
		      unsigned int mode, struct error *e)
{
	const struct ca_entry *one;
	struct buf text = {};
	int err;

	buf_add(&text, "", 0);
	for (one = entries->v; one < entries->v + entries->n; one++) {
		if (one->not_after < now)
			continue;
		buf_printf(&text, "%s %lld%s%s\n", one->serial, (long long)one->not_after,
			   *one->identity ? " " : "", one->identity);
	}
	err = file_write(path, text.data, text.len, mode, e);
	buf_free(&text);
	return err;
}

static int prune(struct arena *a, const char *path, struct error *e)
{
	struct ca_entries all = {};

	return book_read(a, path, &all, e) || book_write(path, &all, now_seconds(), 0600, e);
}

/**
 * ca_book_prune() - forget what has expired, if there is a lot of it
 * @dir: the CA's directory, locked
 * @e: why not
 *
 * Return: 0 or -1.
 */
int ca_book_prune(const char *dir, struct error *e)
{
	struct arena a = {};
	struct stat st;
	char *path;
	int err = 0;

	path = ca_path(&a, dir, "issued");
	if (!stat(path, &st) && st.st_size > BOOK_LARGE)
		err = prune(&a, path, e);
	arena_free(&a);
	return err;
}

/* The machine stopped within a line: nobody got what it was about */
static int drop_half_line(int fd, off_t *keep)
{
	off_t end = lseek(fd, 0, SEEK_END);
	char last;

	*keep = end;
	while (*keep > 0 && pread(fd, &last, 1, *keep - 1) == 1 && last != '\n')
		--*keep;
	return *keep == end ? 0 : ftruncate(fd, *keep);
}

/**
 * ca_book_issued() - note what was signed, before anybody gets it
 * @dir: the CA's directory
 * @serial: serial number, hexadecimal
 * @not_after: when it expires
 * @identity: whose it is
 * @e: why not
 *
 * Return: 0 or -1.
 */
int ca_book_issued(const char *dir, const char *serial, s64 not_after, const char *identity,
		   struct error *e)
{
	struct arena a = {};
	char *path = ca_path(&a, dir, "issued");
	int fd, lock, err = -1;
	off_t end, len;
	char *line;

	lock = ca_lock(dir, e);
	if (lock < 0)
		goto out_free;
	line = arena_printf(&a, "%s %lld %s\n", serial, (long long)not_after, identity);
	len = strlen(line);
	fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		fail_errno(e, "%s", path);
		goto out_unlock;
	}
	errno = ENOSPC;		/* of which a write of less does not tell */
	if (drop_half_line(fd, &end) || write(fd, line, len) != len)
		fail_errno(e, "%s", path);
	else
		err = 0;
	close(fd);
	if (!err && (end + len) / BOOK_LARGE != end / BOOK_LARGE)
		err = prune(&a, path, e);
out_unlock:
	close(lock);
out_free:
	arena_free(&a);
	return err;
}

/**
 * ca_issued() - tell what was issued
 * @a: arena for it
 * @dir: the CA's directory
 * @out: where to put it
 * @e: why not
 *
 * Return: 0 or -1.
 */
int ca_issued(struct arena *a, const char *dir, struct ca_entries *out, struct error *e)
{
	return book_read(a, ca_path(a, dir, "issued"), out, e);
}

static bool listed(const struct ca_entries *all, const char *serial)
{
	unsigned int i;

	for (i = 0; i < all->n; i++) {
		if (!strcmp(all->v[i].serial, serial))
			return true;
	}
	return false;
}

/**
 * ca_revoke() - trust certificates no longer
 * @dir: the CA's directory
 * @serial: the one with this number, hexadecimal; or NULL
 * @identity: all of this identity that have not expired; or NULL
 * @revoked: how many that were
 * @e: why not
 *
 * Return: 0 or -1.
 */
int ca_revoke(const char *dir, const char *serial, const char *identity,
	      unsigned int *revoked, struct error *e)
{
	struct ca_entries issued = {}, list = {};
	struct blob number;
	struct arena a = {};
	int lock, err = -1;
	unsigned int i;
	s64 now = now_seconds();
	char *path;

	*revoked = 0;
	if (serial && (hex_parse(&a, serial, &number) || number.len > 21)) {
		fail(e, "\"%s\" is not a serial number in hexadecimal", serial);
		goto out_free;
	}
	lock = ca_lock(dir, e);
	if (lock < 0)
		goto out_free;
	path = ca_path(&a, dir, "revoked");
	if (book_read(&a, ca_path(&a, dir, "issued"), &issued, e) ||
	    book_read(&a, path, &list, e))
		goto out;
	for (i = 0; i < issued.n; i++) {
		if (serial ? strcmp(issued.v[i].serial, hex_from(&a, &number)) :
		    strcmp(issued.v[i].identity, identity))
			continue;
		if (issued.v[i].not_after < now || listed(&list, issued.v[i].serial))
			continue;
		*vec_push(&a, &list) = issued.v[i];
		++*revoked;
	}
	if (!*revoked) {
		fail(e, "nothing of \"%s\" is valid here and not revoked",
		     serial ? serial : identity);
		goto out;
	}
	err = book_write(path, &list, now, 0644, e);
out:
	close(lock);
out_free:
	arena_free(&a);
	return err;
}

/* Those that have expired need no revocation any more */
static int add_revocations(struct arena *a, const struct ca_entries *list,
			   struct bundle *b, s64 now)
{
	struct revocation *r;
	unsigned int i;

	for (i = 0; i < list->n; i++) {
		if (list->v[i].not_after < now)
			continue;
		r = vec_push(a, &b->revoked);
		memset(r, 0, sizeof(*r));
		if (hex_parse(a, list->v[i].serial, &r->serial))
			return -1;
	}
	return 0;
}

/**
 * ca_bundle() - add a CA's roots and revocations to a bundle
 * @a: arena for them
 * @dir: the CA's directory
 * @b: bundle
 * @e: why not
 *
 * Serial numbers are random: that they come without an issuer hurts nobody.
 *
 * Return: 0, also if there is no CA yet; or -1.
 */
int ca_bundle(struct arena *a, const char *dir, struct bundle *b, struct error *e)
{
	char *path = ca_path(a, dir, "root.pem");
	struct ca_entries revoked = {};
	struct buf text = {};
	int err;

	if (access(path, F_OK) && errno == ENOENT)
		return 0;
	err = file_read(path, PEM_FILE_MAX, &text, e) ||
	      pem_read(a, path, text.data, text.len, "CERTIFICATE", &b->certs, e) ||
	      book_read(a, ca_path(a, dir, "revoked"), &revoked, e) ||
	      add_revocations(a, &revoked, b, now_seconds());
	buf_free(&text);
	return err ? -1 : 0;
}
