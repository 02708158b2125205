// SPDX-License-Identifier: GPL-2.0-only
/*
 * YAML as a tree
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "node.h"

/* Bounds on what a hostile document may cost */
#define DEPTH_MAX	16
#define NODES_MAX	4000000
#define PROBLEMS_MAX	50

struct parse {
	struct arena *a;
	yaml_parser_t *yaml;
	const char *file;
	struct problems *p;
	unsigned int nodes;
};

/**
 * problem() - note something wrong
 * @p: list to add it to
 * @file: name of the file
 * @at: where in it; NULL if nowhere in particular
 * @fmt: what is wrong
 */
void problem(struct problems *p, const char *file, const struct node *at,
	     const char *fmt, ...)
{
	struct problem *new;
	struct buf b = {};
	va_list ap;

	if (p->n == PROBLEMS_MAX) {
		p->more++;
		return;
	}
	new = vec_push(&p->arena, p);
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	new->file = arena_str(&p->arena, file);
	new->text = arena_str(&p->arena, b.data);
	new->line = at ? at->line : 0;
	new->column = at ? at->column : 0;
	buf_free(&b);
}

/**
 * problems_print() - a line for each, as compilers do
 * @p: list
 * @out: where to print it
 */
void problems_print(const struct problems *p, FILE *out)
{
	const struct problem *one;
	struct buf line = {};

	for (one = p->v; one < p->v + p->n; one++) {
		buf_text(&line, one->file);
		if (one->line)
			buf_printf(&line, ":%u:%u", one->line, one->column);
		buf_str(&line, ": ");
		buf_text(&line, one->text);
		fprintf(out, "%s\n", line.data);
		buf_free(&line);
	}
	if (p->more)
		fprintf(out, "and %u more\n", p->more);
}

/**
 * problems_free() - forget all of them
 * @p: list
 */
void problems_free(struct problems *p)
{
	arena_free(&p->arena);
	memset(p, 0, sizeof(*p));
}

static void at_mark(struct node *n, const yaml_mark_t *mark)
{
	n->line = mark->line + 1;
	n->column = mark->column + 1;
}

static struct node *new_node(struct parse *ps, const yaml_event_t *ev, enum node_type type)
{
	struct node *n = arena_alloc(ps->a, sizeof(*n));

	n->type = type;
	at_mark(n, &ev->start_mark);
	if (++ps->nodes > NODES_MAX) {
		problem(ps->p, ps->file, n, "the document is too large");
		return NULL;
	}
	return n;
}

static bool next_event(struct parse *ps, yaml_event_t *ev)
{
	const yaml_parser_t *yaml = ps->yaml;
	struct node at = {};

	if (yaml_parser_parse(ps->yaml, ev))
		return true;
	if (yaml->error == YAML_READER_ERROR) {
		problem(ps->p, ps->file, NULL, "%s at byte %zu",
			yaml->problem ? yaml->problem : "not readable", yaml->problem_offset);
		return false;
	}
	at_mark(&at, &yaml->problem_mark);
	problem(ps->p, ps->file, &at, "%s%s%s", yaml->problem ? yaml->problem : "not YAML",
		yaml->context ? " " : "", yaml->context ? yaml->context : "");
	return false;
}

static const char *forbidden(const yaml_event_t *ev)
{
	switch (ev->type) {
	case YAML_ALIAS_EVENT:
		return "aliases are not supported";
	case YAML_SCALAR_EVENT:
		if (ev->data.scalar.anchor)
			return "anchors are not supported";
		if (ev->data.scalar.tag)
			return "tags are not supported";
		if (memchr(ev->data.scalar.value, 0, ev->data.scalar.length))
			return "a string has a NUL in it";
		return NULL;
	case YAML_SEQUENCE_START_EVENT:
		if (ev->data.sequence_start.anchor)
			return "anchors are not supported";
		return ev->data.sequence_start.tag ? "tags are not supported" : NULL;
	case YAML_MAPPING_START_EVENT:
		if (ev->data.mapping_start.anchor)
			return "anchors are not supported";
		return ev->data.mapping_start.tag ? "tags are not supported" : NULL;
	default:
		return NULL;
	}
}

static int by_text(const void *a, const void *b)
{
	const struct node *x = *(struct node *const *)a, *y = *(struct node *const *)b;
	int order = strcmp(x->text, y->text);

	return order ? order : (x->line > y->line) - (x->line < y->line);
}

static bool keys_differ(struct parse *ps, const struct node *map)
{
	unsigned int i, n = map->items.n / 2;
	struct node **keys;
	bool ok = true;

	if (n < 2)
		return true;
	keys = arena_alloc(ps->a, n * sizeof(*keys));
	for (i = 0; i < n; i++)
		keys[i] = map->items.v[2 * i];
	qsort(keys, n, sizeof(*keys), by_text);
	for (i = 1; i < n; i++) {
		if (!strcmp(keys[i - 1]->text, keys[i]->text)) {
			problem(ps->p, ps->file, keys[i], "\"%s\" is here twice, first on line %u",
				keys[i]->text, keys[i - 1]->line);
			ok = false;
		}
	}
	return ok;
}

static struct node *parse_node(struct parse *ps, const yaml_event_t *ev, unsigned int depth);

/* Items up to the event that ends the list or map */
static bool parse_items(struct parse *ps, struct node *n, yaml_event_type_t end,
			unsigned int depth)
{
	struct node *item;
	yaml_event_t ev;
	bool ok = true;

	while (ok) {
		if (!next_event(ps, &ev))
			return false;
		if (ev.type == end) {
			yaml_event_delete(&ev);
			return n->type != NODE_MAP || keys_differ(ps, n);
		}
		item = parse_node(ps, &ev, depth + 1);
		yaml_event_delete(&ev);
		ok = item;
		if (!ok)
			break;
		if (n->type == NODE_MAP && !(n->items.n & 1) && item->type != NODE_SCALAR) {
			problem(ps->p, ps->file, item, "a key must be a string");
			ok = false;
		}
		*vec_push(ps->a, &n->items) = item;
	}
	return false;
}

static struct node *parse_node(struct parse *ps, const yaml_event_t *ev, unsigned int depth)
{
	const char *why = forbidden(ev);
	struct node at = {};
	struct node *n;

	at_mark(&at, &ev->start_mark);
	if (!why && depth > DEPTH_MAX)
		why = "nested too deeply";
	if (why) {
		problem(ps->p, ps->file, &at, "%s", why);
		return NULL;
	}
	switch (ev->type) {
	case YAML_SCALAR_EVENT:
		n = new_node(ps, ev, NODE_SCALAR);
		if (!n)
			return NULL;
		n->plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
		n->text = arena_dup(ps->a, ev->data.scalar.value, ev->data.scalar.length);
		return n;
	case YAML_SEQUENCE_START_EVENT:
		n = new_node(ps, ev, NODE_LIST);
		return n && parse_items(ps, n, YAML_SEQUENCE_END_EVENT, depth) ? n : NULL;
	case YAML_MAPPING_START_EVENT:
		n = new_node(ps, ev, NODE_MAP);
		return n && parse_items(ps, n, YAML_MAPPING_END_EVENT, depth) ? n : NULL;
	default:
		problem(ps->p, ps->file, &at, "not expected here");
		return NULL;
	}
}

/* The one document; an empty text is an empty map */
static struct node *parse_stream(struct parse *ps)
{
	struct node *root = NULL;
	struct node at = {};
	yaml_event_t ev;
	bool end;

	for (;;) {
		if (!next_event(ps, &ev))
			return NULL;
		end = ev.type == YAML_STREAM_END_EVENT;
		at_mark(&at, &ev.start_mark);
		switch (ev.type) {
		case YAML_STREAM_START_EVENT:
		case YAML_STREAM_END_EVENT:
		case YAML_DOCUMENT_END_EVENT:
			break;
		case YAML_DOCUMENT_START_EVENT:
			if (!root)
				break;
			problem(ps->p, ps->file, &at, "only one document a file");
			yaml_event_delete(&ev);
			return NULL;
		default:
			root = parse_node(ps, &ev, 0);
			if (root)
				break;
			yaml_event_delete(&ev);
			return NULL;
		}
		yaml_event_delete(&ev);
		if (end)
			break;
	}
	if (!root) {
		root = arena_alloc(ps->a, sizeof(*root));
		root->type = NODE_MAP;
		root->line = 1;
		root->column = 1;
	}
	return root;
}

/**
 * node_parse() - parse YAML
 * @a: arena for the tree
 * @file: what to call the text in messages
 * @text: the text, any bytes
 * @len: its length
 * @p: what is wrong with it
 *
 * Return: the tree; NULL with something added to @p.
 */
struct node *node_parse(struct arena *a, const char *file, const char *text, size_t len,
			struct problems *p)
{
	struct parse ps = { .a = a, .file = file, .p = p };
	struct node *root;
	yaml_parser_t yaml;

	if (!yaml_parser_initialize(&yaml))
		die(EXIT_FAILED, "out of memory");
	ps.yaml = &yaml;
	yaml_parser_set_encoding(&yaml, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&yaml, (const unsigned char *)text, len);
	root = parse_stream(&ps);
	yaml_parser_delete(&yaml);
	return root;
}

/**
 * node_get() - a member of a map
 * @map: a node
 * @key: name of the member
 *
 * Return: its value, NULL if there is none, or @map is NULL or not a map.
 */
struct node *node_get(const struct node *map, const char *key)
{
	unsigned int i;

	if (!map || map->type != NODE_MAP)
		return NULL;
	for (i = 0; i < map->items.n; i += 2) {
		if (!strcmp(map->items.v[i]->text, key))
			return map->items.v[i + 1];
	}
	return NULL;
}

/**
 * node_text() - a string that is a member of a map
 * @map: a node
 * @key: name of the member
 *
 * Return: the string, NULL if there is none.
 */
const char *node_text(const struct node *map, const char *key)
{
	const struct node *n = node_get(map, key);

	return n && n->type == NODE_SCALAR ? n->text : NULL;
}
