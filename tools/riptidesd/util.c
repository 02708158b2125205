// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory, strings, errors
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util.h"

struct arena_chunk {
	struct arena_chunk *next;
	size_t used;
	size_t size;
	max_align_t data[];
};

#define CHUNK	(16 * 1024)

static void out_of_memory(void)
{
	fputs("riptidesd: out of memory\n", stderr);
	exit(EXIT_FAILED);
}

/**
 * fail() - say why something failed
 * @e: where; may be NULL
 * @fmt: one line
 *
 * Return: -1, so that callers can return it.
 */
int fail(struct error *e, const char *fmt, ...)
{
	va_list ap;

	if (!e)
		return -1;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	e->code = 0;
	return -1;
}

/**
 * fail_errno() - say why something failed, with errno's message at the end
 * @e: where; may be NULL
 * @fmt: what failed
 *
 * Return: -1.
 */
int fail_errno(struct error *e, const char *fmt, ...)
{
	int code = errno;
	va_list ap;
	int len;

	if (!e)
		return -1;
	va_start(ap, fmt);
	len = vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	if (len >= 0 && (size_t)len < sizeof(e->text))
		snprintf(e->text + len, sizeof(e->text) - len, ": %s", strerror(code));
	e->code = code;
	return -1;
}

/* A line at once; it may have words of others */
static void say(const char *fmt, va_list ap)
{
	struct buf raw = {}, line = {};

	buf_vprintf(&raw, fmt, ap);
	buf_str(&line, "riptidesd: ");
	buf_text(&line, raw.data);
	buf_str(&line, "\n");
	fputs(line.data, stderr);
	buf_free(&raw);
	buf_free(&line);
}

/**
 * warn() - a line on stderr
 * @fmt: the line
 */
void warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

/**
 * die() - a line on stderr, and the end
 * @status: exit status
 * @fmt: the line
 */
void die(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	exit(status);
}

/**
 * arena_alloc() - zeroed memory that lives as long as an arena
 * @a: arena
 * @size: how much
 *
 * Return: the memory.
 */
void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_chunk *c = a->chunks;
	size_t room = size > CHUNK ? size : CHUNK;
	void *p;

	size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
	if (room < size)
		room = size;
	if (!c || c->size - c->used < size) {
		c = calloc(1, sizeof(*c) + room);
		if (!c)
			out_of_memory();
		c->size = room;
		c->next = a->chunks;
		a->chunks = c;
	}
	p = (char *)c->data + c->used;
	c->used += size;
	return p;
}

/**
 * arena_dup() - copy bytes and put a NUL behind them
 * @a: arena
 * @data: bytes
 * @len: how many
 *
 * Return: the copy.
 */
void *arena_dup(struct arena *a, const void *data, size_t len)
{
	char *p = arena_alloc(a, len + 1);

	if (len)
		memcpy(p, data, len);
	return p;
}

/**
 * arena_str() - copy a string
 * @a: arena
 * @s: string, or NULL
 *
 * Return: the copy, NULL for NULL.
 */
char *arena_str(struct arena *a, const char *s)
{
	return s ? arena_dup(a, s, strlen(s)) : NULL;
}

/**
 * arena_printf() - make a string
 * @a: arena
 * @fmt: how
 *
 * Return: the string.
 */
char *arena_printf(struct arena *a, const char *fmt, ...)
{
	struct buf b = {};
	va_list ap;
	char *s;

	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	s = arena_dup(a, b.data, b.len);
	buf_free(&b);
	return s;
}

/**
 * arena_grow() - make room for one more element
 * @a: arena
 * @v: the elements, NULL for none
 * @n: how many they are
 * @size: of each
 *
 * Doubles, whenever @n is a power of two; what was moved goes with the arena.
 *
 * Return: the elements.
 */
void *arena_grow(struct arena *a, void *v, unsigned int n, size_t size)
{
	void *grown;

	if (n && (n & (n - 1)))
		return v;
	grown = arena_alloc(a, (n ? 2 * (size_t)n : 1) * size);
	if (n)
		memcpy(grown, v, n * size);
	return grown;
}

/**
 * arena_free() - free all that an arena holds
 * @a: arena, empty and usable again afterwards
 */
void arena_free(struct arena *a)
{
	struct arena_chunk *c;

	while ((c = a->chunks)) {
		a->chunks = c->next;
		free(c);
	}
}

/**
 * buf_add() - append bytes
 * @b: buffer
 * @data: bytes
 * @len: how many
 */
void buf_add(struct buf *b, const void *data, size_t len)
{
	size_t cap = b->cap ? b->cap : 256;
	char *p;

	while (cap - b->len <= len)
		cap *= 2;
	if (cap != b->cap) {
		/* Not realloc(): what is left behind may be secret */
		p = malloc(cap);
		if (!p)
			out_of_memory();
		if (b->len)
			memcpy(p, b->data, b->len);
		if (b->data)
			explicit_bzero(b->data, b->len);
		free(b->data);
		b->data = p;
		b->cap = cap;
	}
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

/**
 * buf_str() - append a string
 * @b: buffer
 * @s: string
 */
void buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

/**
 * buf_vprintf() - append formatted text
 * @b: buffer
 * @fmt: format
 * @ap: its arguments
 */
void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	char *s;
	int len;

	len = vasprintf(&s, fmt, ap);
	if (len < 0)
		out_of_memory();
	buf_add(b, s, len);
	free(s);
}

/**
 * buf_printf() - append formatted text
 * @b: buffer
 * @fmt: format
 */
void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

/* Length of the UTF-8 character at @s, 0 if it is none (RFC 3629 section 4) */
static unsigned int utf8_length(const unsigned char *s)
{
	unsigned int i, n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;

	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

/**
 * buf_char() - append a character that may be shown
 * @b: buffer
 * @text: where it is; not at the end
 *
 * Control characters, those of C1 too, are escaped: terminals obey them, and
 * lines would look like those of others.
 *
 * Return: how many bytes it had.
 */
unsigned int buf_char(struct buf *b, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	unsigned int n = 1;

	if (*s == '\n') {
		buf_str(b, "\\n");
	} else if (*s < 0x20 || *s == 0x7f) {
		buf_printf(b, "\\u%04x", *s);
	} else if (*s < 0x80) {
		buf_add(b, s, 1);
	} else {
		n = utf8_length(s);
		if (!n) {
			buf_str(b, "\\ufffd");
			n = 1;
		} else if (s[0] == 0xc2 && s[1] < 0xa0) {
			buf_printf(b, "\\u00%02x", s[1]);
		} else {
			buf_add(b, s, n);
		}
	}
	return n;
}

/**
 * buf_text() - append text that may be shown
 * @b: buffer
 * @text: any text
 */
void buf_text(struct buf *b, const char *text)
{
	while (*text)
		text += buf_char(b, text);
}

/**
 * buf_free() - free a buffer, which is empty and usable again afterwards
 * @b: buffer
 */
void buf_free(struct buf *b)
{
	free(b->data);
	memset(b, 0, sizeof(*b));
}

/**
 * buf_wipe() - free a buffer that held a secret
 * @b: buffer
 */
void buf_wipe(struct buf *b)
{
	if (b->data)
		explicit_bzero(b->data, b->cap);
	buf_free(b);
}

/**
 * strings_have() - is a string among several?
 * @s: strings
 * @one: string
 *
 * Return: true if so.
 */
bool strings_have(const struct strings *s, const char *one)
{
	unsigned int i;

	for (i = 0; i < s->n; i++) {
		if (!strcmp(s->v[i], one))
			return true;
	}
	return false;
}

/**
 * hex_from() - write bytes in hexadecimal
 * @a: arena for the text
 * @b: bytes
 *
 * Return: the text.
 */
char *hex_from(struct arena *a, const struct blob *b)
{
	static const char digits[] = "0123456789abcdef";
	char *s = arena_alloc(a, 2 * b->len + 1);
	size_t i;

	for (i = 0; i < b->len; i++) {
		s[2 * i] = digits[b->data[i] >> 4];
		s[2 * i + 1] = digits[b->data[i] & 15];
	}
	return s;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/**
 * hex_parse() - read hexadecimal, colons between bytes allowed
 * @a: arena for the bytes
 * @text: text
 * @out: where to put them
 *
 * Return: 0, -1 if it is none.
 */
int hex_parse(struct arena *a, const char *text, struct blob *out)
{
	int high, low;

	out->data = arena_alloc(a, strlen(text) / 2 + 1);
	out->len = 0;
	while (*text) {
		if (*text == ':' && out->len) {
			text++;
			continue;
		}
		high = hex_digit(text[0]);
		low = high < 0 ? -1 : hex_digit(text[1]);
		if (low < 0)
			return -1;
		out->data[out->len++] = high << 4 | low;
		text += 2;
	}
	return out->len ? 0 : -1;
}

/**
 * blob_eq() - are these the same bytes?
 * @a: some
 * @b: others
 *
 * Return: true if so.
 */
bool blob_eq(const struct blob *a, const struct blob *b)
{
	return a->len == b->len && (!a->len || !memcmp(a->data, b->data, a->len));
}

/**
 * blobs_eq() - are these the same, in the same order?
 * @a: some
 * @b: others
 *
 * Return: true if so.
 */
bool blobs_eq(const struct blobs *a, const struct blobs *b)
{
	unsigned int i;

	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++) {
		if (!blob_eq(&a->v[i], &b->v[i]))
			return false;
	}
	return true;
}

/**
 * now_seconds() - what time is it?
 *
 * Return: seconds since 1970.
 */
s64 now_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec;
}
