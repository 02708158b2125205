/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * YAML (and so JSON) as a tree whose nodes know where they stood
 *
 * A subset: one document, no anchors and aliases, no tags. Pure: bytes in, a
 * tree or a message out.
 */
#ifndef _NODE_H
#define _NODE_H

#include "util.h"

enum node_type {
	NODE_SCALAR,
	NODE_LIST,
	NODE_MAP,
};

struct node;
struct nodes {
	struct node **v;
	unsigned int n;
};

/**
 * struct node - a scalar, a list or a map
 * @type: which of them
 * @plain: a scalar without quotes
 * @line: where it begins, from 1
 * @column: likewise
 * @text: of a scalar, terminated; has no other NUL
 * @items: of a list, or of a map: key, value, key, value, ...; keys are scalars
 *	and no two are the same
 */
struct node {
	enum node_type type;
	bool plain;
	unsigned int line;
	unsigned int column;
	char *text;
	struct nodes items;
};

/* What is wrong with a text, and where; a line of 0 means nowhere in it */
struct problem {
	const char *file;
	unsigned int line;
	unsigned int column;
	char *text;
};

struct problems {
	struct problem *v;
	unsigned int n;
	unsigned int more;	/* not kept */
	struct arena arena;
};

void problem(struct problems *p, const char *file, const struct node *at,
	     const char *fmt, ...) __printf(4, 5);
void problems_print(const struct problems *p, FILE *out);
void problems_free(struct problems *p);

struct node *node_parse(struct arena *a, const char *file, const char *text, size_t len,
			struct problems *p);
struct node *node_get(const struct node *map, const char *key);
const char *node_text(const struct node *map, const char *key);

const char *spell_nearest(const char *word, const char *(*name)(const void *ctx, unsigned int i),
			  const void *ctx, unsigned int n);

#endif /* _NODE_H */
