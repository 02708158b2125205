// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is told
 */
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "out.h"

static void quote(struct buf *b, const char *text)
{
	buf_str(b, "\"");
	while (*text) {
		if (*text == '"' || *text == '\\')
			buf_printf(b, "\\%c", *text++);
		else
			text += buf_char(b, text);
	}
	buf_str(b, "\"");
}

/* May YAML have it without quotes, and read a string again? */
static bool is_plain(const char *s)
{
	static const char *const special[] = {
		"true", "false", "yes", "no", "on", "off", "null", "y", "n",
	};
	unsigned int i;

	if (!((s[0] >= 'a' && s[0] <= 'z') || s[0] == '/'))
		return false;
	for (i = 0; i < ARRAY_SIZE(special); i++) {
		if (!strcmp(s, special[i]))
			return false;
	}
	for (; *s; s++) {
		if ((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
		    (*s >= '0' && *s <= '9') || strchr("/._-", *s))
			continue;
		if (*s == ':' && s[1] && s[1] != ' ')
			continue;
		return false;
	}
	return true;
}

static bool is_block(const char *s)
{
	size_t len = strlen(s);

	return len && !strncmp(s, "-----BEGIN ", 11) && s[len - 1] == '\n';
}

static void put_text(struct out *o, const char *s)
{
	const char *end;

	if (o->json || !(is_plain(s) || is_block(s))) {
		quote(&o->text, s);
		return;
	}
	if (!is_block(s)) {
		buf_str(&o->text, s);
		return;
	}
	buf_str(&o->text, "|");
	for (; *s; s = end + 1) {
		end = strchr(s, '\n');
		buf_printf(&o->text, "\n%*s%.*s", (int)(2 * o->depth), "", (int)(end - s), s);
	}
}

static void indent(struct out *o)
{
	buf_printf(&o->text, "\n%*s", (int)(2 * o->depth), "");
}

/* All that stands before a value */
static void begin(struct out *o, const char *key)
{
	unsigned int *count = &o->count[o->depth];

	if (!o->depth)
		return;
	if (o->json) {
		if (*count)
			buf_str(&o->text, o->line ? ", " : ",");
		if (!o->line)
			indent(o);
		if (key) {
			quote(&o->text, key);
			buf_str(&o->text, ": ");
		}
	} else {
		if (!o->bullet && o->text.len)
			buf_printf(&o->text, "\n%*s", (int)(2 * (o->depth - 1)), "");
		o->bullet = false;
		if (key) {
			put_text(o, key);
			buf_str(&o->text, ":");
		} else {
			buf_str(&o->text, "-");
		}
	}
	++*count;
}

static void push(struct out *o, bool list)
{
	if (++o->depth == OUT_DEPTH)
		die(EXIT_FAILED, "output nested too deeply");
	o->count[o->depth] = 0;
	o->list[o->depth] = list;
}

/**
 * out_map() - begin a map
 * @o: document
 * @key: its name
 */
void out_map(struct out *o, const char *key)
{
	bool in_list = o->depth && o->list[o->depth];

	begin(o, key);
	if (o->json)
		buf_str(&o->text, "{");
	else if (in_list)
		buf_str(&o->text, " ");
	push(o, false);
	o->bullet = !o->json && in_list;
}

/**
 * out_list() - begin a list
 * @o: document
 * @key: its name
 */
void out_list(struct out *o, const char *key)
{
	begin(o, key);
	if (o->json)
		buf_str(&o->text, "[");
	push(o, true);
}

/**
 * out_end() - end the map or list that was begun last
 * @o: document
 */
void out_end(struct out *o)
{
	unsigned int count = o->count[o->depth];
	bool list = o->list[o->depth];

	o->depth--;
	if (o->json) {
		if (count && !o->line)
			indent(o);
		buf_str(&o->text, list ? "]" : "}");
	} else if (!count) {
		if (o->text.len && !o->bullet)
			buf_str(&o->text, " ");
		buf_str(&o->text, list ? "[]" : "{}");
		o->bullet = false;
	}
}

/**
 * out_str() - a string
 * @o: document
 * @key: its name
 * @value: the string; NULL: leave the member out
 */
void out_str(struct out *o, const char *key, const char *value)
{
	if (!value)
		return;
	begin(o, key);
	if (!o->json)
		buf_str(&o->text, " ");
	put_text(o, value);
}

/**
 * out_num() - a number
 * @o: document
 * @key: its name
 * @value: the number
 */
void out_num(struct out *o, const char *key, s64 value)
{
	begin(o, key);
	buf_printf(&o->text, "%s%lld", o->json ? "" : " ", (long long)value);
}

/**
 * out_bool() - true or false
 * @o: document
 * @key: its name
 * @value: which of them
 */
void out_bool(struct out *o, const char *key, bool value)
{
	begin(o, key);
	buf_printf(&o->text, "%s%s", o->json ? "" : " ", value ? "true" : "false");
}

/**
 * out_strings() - a list of strings
 * @o: document
 * @key: its name
 * @s: the strings; if there are none, the member is left out
 */
void out_strings(struct out *o, const char *key, const struct strings *s)
{
	unsigned int i;

	if (!s->n)
		return;
	out_list(o, key);
	for (i = 0; i < s->n; i++)
		out_str(o, NULL, s->v[i]);
	out_end(o);
}

/**
 * out_note() - a comment, where the document can have them
 * @o: document; between members of a map
 * @fmt: the comment, without a newline
 */
void out_note(struct out *o, const char *fmt, ...)
{
	va_list ap;

	if (o->json)
		return;
	buf_str(&o->text, "  # ");
	va_start(ap, fmt);
	buf_vprintf(&o->text, fmt, ap);
	va_end(ap);
}

/**
 * out_print() - end a document, print it and begin an empty one
 * @o: document
 * @to: where to print it
 */
void out_print(struct out *o, FILE *to)
{
	if (o->text.len)
		fprintf(to, "%s\n", o->text.data);
	buf_free(&o->text);
}

/**
 * table_row() - a row of a table; the first one names the columns
 * @t: table
 * @first: its cells, up to a NULL; all rows have as many
 */
void table_row(struct table *t, const char *first, ...)
{
	unsigned int before = t->cells.n;
	const char *cell;
	struct buf b = {};
	va_list ap;

	va_start(ap, first);
	for (cell = first; cell; cell = va_arg(ap, const char *)) {
		/* What would be escaped in JSON is so here, without the quotes */
		quote(&b, *cell ? cell : "-");
		*vec_push(&t->arena, &t->cells) = arena_dup(&t->arena, b.data + 1, b.len - 2);
		buf_free(&b);
	}
	va_end(ap);
	if (!t->columns)
		t->columns = t->cells.n - before;
}

/* How many columns of a terminal it takes, more or less */
static int width(const char *s)
{
	int n = 0;

	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

/**
 * table_print() - print a table and free it
 * @t: table
 * @to: where to print it
 */
void table_print(struct table *t, FILE *to)
{
	int *widths = arena_alloc(&t->arena, (t->columns + 1) * sizeof(*widths));
	unsigned int i, column;
	const char *cell;
	int w;

	for (i = 0; i < t->cells.n; i++) {
		w = width(t->cells.v[i]);
		if (w > widths[i % t->columns])
			widths[i % t->columns] = w;
	}
	for (i = 0; i < t->cells.n; i++) {
		cell = t->cells.v[i];
		column = i % t->columns;
		if (column == t->columns - 1)
			fprintf(to, "%s\n", cell);
		else
			fprintf(to, "%s%*s", cell, widths[column] - width(cell) + 2, "");
	}
	arena_free(&t->arena);
	memset(t, 0, sizeof(*t));
}

/**
 * duration_text() - write a duration as the configuration has them
 * @a: arena for the text
 * @ms: milliseconds
 *
 * Return: the text.
 */
char *duration_text(struct arena *a, u64 ms)
{
	static const struct { u64 ms; const char *name; } units[] = {
		{ 86400000, "d" }, { 3600000, "h" }, { 60000, "m" }, { 1000, "s" },
	};
	unsigned int i;

	for (i = 0; ms && i < ARRAY_SIZE(units); i++) {
		if (!(ms % units[i].ms))
			return arena_printf(a, "%llu%s",
					    (unsigned long long)(ms / units[i].ms),
					    units[i].name);
	}
	return arena_printf(a, "%llums", (unsigned long long)ms);
}

/**
 * remaining_text() - write how long something lasts, for people
 * @a: arena for the text
 * @seconds: how long
 *
 * Return: the text.
 */
char *remaining_text(struct arena *a, s64 seconds)
{
	long long s = seconds;

	if (s < 0)
		return arena_str(a, "expired");
	if (s < 3600)
		return arena_printf(a, "%lldm%02llds", s / 60, s % 60);
	if (s < 86400)
		return arena_printf(a, "%lldh%02lldm", s / 3600, s / 60 % 60);
	return arena_printf(a, "%lldd%02lldh", s / 86400, s / 3600 % 24);
}

/**
 * time_text() - write a point in time (RFC 3339)
 * @a: arena for the text
 * @when: seconds since 1970
 *
 * Return: the text.
 */
char *time_text(struct arena *a, s64 when)
{
	time_t t = when;
	char text[64];
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(text, sizeof(text), "%FT%TZ", &tm))
		return arena_printf(a, "%lld", (long long)when);
	return arena_str(a, text);
}
