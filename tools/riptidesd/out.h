/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is told: YAML or JSON of the same calls, and tables
 */
#ifndef _OUT_H
#define _OUT_H

#include "util.h"

#define OUT_DEPTH	12

/**
 * struct out - a document that is being written
 * @text: so far
 * @json: JSON, else YAML
 * @line: JSON on one line
 * @depth: of nesting
 * @count: how many members the map or list at each depth has
 * @list: is it a list?
 * @bullet: YAML: a list's dash waits for the first member of its map
 */
struct out {
	struct buf text;
	bool json;
	bool line;
	unsigned int depth;
	unsigned int count[OUT_DEPTH];
	bool list[OUT_DEPTH];
	bool bullet;
};

/* KEY is NULL for members of lists, and for the document itself */
void out_map(struct out *o, const char *key);
void out_list(struct out *o, const char *key);
void out_end(struct out *o);
void out_str(struct out *o, const char *key, const char *value);
void out_num(struct out *o, const char *key, s64 value);
void out_bool(struct out *o, const char *key, bool value);
void out_strings(struct out *o, const char *key, const struct strings *s);
void out_note(struct out *o, const char *fmt, ...) __printf(2, 3);
void out_print(struct out *o, FILE *to);

/* A table: cells that nobody has to count or measure */
struct table {
	struct arena arena;
	struct strings cells;
	unsigned int columns;
};

void table_row(struct table *t, const char *first, ...) __attribute__((sentinel));
void table_print(struct table *t, FILE *to);

char *duration_text(struct arena *a, u64 ms);
char *remaining_text(struct arena *a, s64 seconds);
char *time_text(struct arena *a, s64 when);

#endif /* _OUT_H */
