/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all of riptidesd uses: memory, strings, files, errors
 *
 * There is no recovery from a lack of memory: who allocates gets it, or the
 * program ends. Objects live in an arena and go with it, all at once.
 */
#ifndef _UTIL_H
#define _UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define __printf(f, a)	__attribute__((format(printf, f, a)))
#define __noreturn	__attribute__((noreturn))
#define __maybe_unused	__attribute__((unused))

/* Exit status; riptidesd.8 tells users */
enum {
	EXIT_OK		= 0,
	EXIT_FAILED	= 1,	/* the kernel, a signer or a file said no */
	EXIT_USAGE	= 2,
	EXIT_CONFIG	= 3,	/* the configuration has errors */
	EXIT_DIFFERS	= 4,	/* diff found something */
	EXIT_NO_KERNEL	= 5,	/* this kernel has no riptides */
};

/* Why something failed: one line, no newline */
struct error {
	int code;		/* errno, 0 if there is none that fits */
	char text[1024];
};

struct blob {
	u8 *data;
	size_t len;
};

struct blobs {
	struct blob *v;
	unsigned int n;
};

struct strings {
	char **v;
	unsigned int n;
};

struct numbers {
	u32 *v;
	unsigned int n;
};

struct arena_chunk;
struct arena {
	struct arena_chunk *chunks;
};

/* A growing string, always terminated */
struct buf {
	char *data;
	size_t len;
	size_t cap;
};

int fail(struct error *e, const char *fmt, ...) __printf(2, 3);
int fail_errno(struct error *e, const char *fmt, ...) __printf(2, 3);
void warn(const char *fmt, ...) __printf(1, 2);
void die(int status, const char *fmt, ...) __printf(2, 3) __noreturn;

void *arena_alloc(struct arena *a, size_t size);
void *arena_dup(struct arena *a, const void *data, size_t len);
char *arena_str(struct arena *a, const char *s);
char *arena_printf(struct arena *a, const char *fmt, ...) __printf(2, 3);
void *arena_grow(struct arena *a, void *v, unsigned int n, size_t size);
void arena_free(struct arena *a);

/* Room for one more at the end of a vector with the members v and n */
#define vec_push(arena, vec) ({						\
	__auto_type _vec = (vec);					\
	_vec->v = arena_grow(arena, _vec->v, _vec->n, sizeof(*_vec->v));\
	&_vec->v[_vec->n++];						\
})

void buf_add(struct buf *b, const void *data, size_t len);
void buf_str(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *fmt, ...) __printf(2, 3);
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) __printf(2, 0);
unsigned int buf_char(struct buf *b, const char *text);
void buf_text(struct buf *b, const char *text);
void buf_wipe(struct buf *b);
void buf_free(struct buf *b);

bool strings_have(const struct strings *s, const char *one);
char *hex_from(struct arena *a, const struct blob *b);
int hex_parse(struct arena *a, const char *text, struct blob *out);
bool blob_eq(const struct blob *a, const struct blob *b);
bool blobs_eq(const struct blobs *a, const struct blobs *b);

int file_read(const char *path, size_t max, struct buf *out, struct error *e);
int file_stage(const char *path, const void *data, size_t len, unsigned int mode,
	       struct error *e);
void file_unstage(const char *path);
int file_commit(const char *path, struct error *e);
int file_write(const char *path, const void *data, size_t len, unsigned int mode,
	       struct error *e);
int make_dir(const char *path, unsigned int mode, struct error *e);
s64 now_seconds(void);

#endif /* _UTIL_H */
