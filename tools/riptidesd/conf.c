// SPDX-License-Identifier: GPL-2.0-only
/*
 * The configuration: its frame and identities; what the rest is read by
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"

/**
 * wrong() - note something wrong with a value
 * @r: reader
 * @n: the value
 * @fmt: what is wrong
 */
void wrong(struct reader *r, const struct node *n, const char *fmt, ...)
{
	struct buf b = {};
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	problem(r->p, r->file, n, "%s", b.data);
	buf_free(&b);
}

struct key_names {
	const struct key *keys;
};

static const char *key_name(const void *ctx, unsigned int i)
{
	const struct key_names *k = ctx;

	return k->keys[i].name;
}

static const struct key *key_find(const struct key *keys, unsigned int n, const char *name)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (!strcmp(keys[i].name, name))
			return &keys[i];
	}
	return NULL;
}

/**
 * read_map() - set the members that a map has, all of which must be known
 * @r: reader
 * @n: the map
 * @what: what it describes, with its article
 * @keys: what members there may be
 * @n_keys: how many
 * @into: what they set
 *
 * Return: false if it is no map.
 */
bool read_map(struct reader *r, const struct node *n, const char *what,
	      const struct key *keys, unsigned int n_keys, void *into)
{
	struct key_names names = { keys };
	const struct key *key;
	const char *near;
	unsigned int i;

	if (n->type != NODE_MAP) {
		wrong(r, n, "%s is a map of keys and values", what);
		return false;
	}
	for (i = 0; i < n->items.n; i += 2) {
		key = key_find(keys, n_keys, n->items.v[i]->text);
		if (key) {
			key->set(r, n->items.v[i + 1], into);
			continue;
		}
		near = spell_nearest(n->items.v[i]->text, key_name, &names, n_keys);
		if (near)
			wrong(r, n->items.v[i], "%s has no key \"%s\"; did you mean \"%s\"?",
			      what, n->items.v[i]->text, near);
		else
			wrong(r, n->items.v[i], "%s has no key \"%s\"", what,
			      n->items.v[i]->text);
	}
	for (i = 0; i < n_keys; i++) {
		if (keys[i].needed && !node_get(n, keys[i].name))
			wrong(r, n, "%s needs \"%s\"", what, keys[i].name);
	}
	return true;
}

/**
 * read_list() - is it a list?
 * @r: reader
 * @n: value
 * @what: what it is about
 *
 * Return: true if so.
 */
bool read_list(struct reader *r, const struct node *n, const char *what)
{
	if (n->type == NODE_LIST)
		return true;
	wrong(r, n, "%s is a list", what);
	return false;
}

/**
 * read_each() - read a list, or a single scalar that stands for a list of one
 * @r: reader
 * @n: value
 * @one: reads one of them
 * @into: what @one sets
 */
void read_each(struct reader *r, const struct node *n, set_fn one, void *into)
{
	unsigned int i;

	if (n->type == NODE_MAP) {
		wrong(r, n, "a list is needed here, not a map");
		return;
	}
	if (n->type == NODE_SCALAR) {
		one(r, n, into);
		return;
	}
	if (!n->items.n)
		wrong(r, n, "an empty list; leave the key out");
	for (i = 0; i < n->items.n; i++)
		one(r, n->items.v[i], into);
}

/**
 * read_text() - read a string
 * @r: reader
 * @n: value
 * @what: what it is
 * @max: the most bytes that it may have
 * @out: where to put it
 *
 * Return: false with a problem noted.
 */
bool read_text(struct reader *r, const struct node *n, const char *what, size_t max,
	       char **out)
{
	if (n->type != NODE_SCALAR || !*n->text) {
		wrong(r, n, "%s is a string that is not empty", what);
		return false;
	}
	if (strlen(n->text) > max) {
		wrong(r, n, "%s has at most %zu bytes", what, max);
		return false;
	}
	*out = arena_str(r->a, n->text);
	return true;
}

/**
 * read_name() - read a name of an object
 * @r: reader
 * @n: value
 * @what: what it is
 * @out: where to put it
 *
 * Return: false with a problem noted.
 */
bool read_name(struct reader *r, const struct node *n, const char *what, char **out)
{
	const char *s;

	if (!read_text(r, n, what, 63, out))
		return false;
	for (s = *out; *s; s++) {
		if (*s <= ' ' || *s > '~') {
			wrong(r, n, "%s is 1 to 63 printable ASCII characters, no spaces", what);
			*out = NULL;
			return false;
		}
	}
	return true;
}

/**
 * read_u32() - read a number
 * @r: reader
 * @n: value
 * @what: what it is
 * @max: the highest that it may be
 * @out: where to put it
 *
 * Return: false with a problem noted.
 */
bool read_u32(struct reader *r, const struct node *n, const char *what, u32 max, u32 *out)
{
	const char *s = n->type == NODE_SCALAR ? n->text : "";
	u64 value = 0;

	for (; *s >= '0' && *s <= '9' && value <= max; s++)
		value = value * 10 + (*s - '0');
	if (n->type != NODE_SCALAR || !*n->text || *s || value > max) {
		wrong(r, n, "%s is a number up to %u", what, max);
		return false;
	}
	*out = value;
	return true;
}

/**
 * read_flag() - read true or false
 * @r: reader
 * @n: value
 * @what: what it is
 * @out: where to put it
 *
 * Return: false with a problem noted.
 */
bool read_flag(struct reader *r, const struct node *n, const char *what, bool *out)
{
	const char *s = n->type == NODE_SCALAR && n->plain ? n->text : "";

	*out = !strcmp(s, "true");
	if (*out || !strcmp(s, "false"))
		return true;
	wrong(r, n, "%s is true or false", what);
	return false;
}

/**
 * read_duration() - read a number with a unit
 * @r: reader
 * @n: value
 * @what: what it is
 * @min_ms: the shortest that it may be
 * @out: where to put it, milliseconds
 *
 * Return: false with a problem noted.
 */
bool read_duration(struct reader *r, const struct node *n, const char *what, u32 min_ms,
		   u32 *out)
{
	static const struct { const char *name; u32 ms; } units[] = {
		{ "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 },
	};
	const char *s = n->type == NODE_SCALAR ? n->text : "";
	u64 value = 0;
	unsigned int i;

	for (; *s >= '0' && *s <= '9' && value <= UINT32_MAX; s++)
		value = value * 10 + (*s - '0');
	for (i = 0; i < ARRAY_SIZE(units) && n->type == NODE_SCALAR && s != n->text; i++) {
		if (strcmp(s, units[i].name))
			continue;
		if (value > UINT32_MAX / units[i].ms) {
			wrong(r, n, "%s is at most 49d", what);
			return false;
		}
		if (value * units[i].ms < min_ms) {
			wrong(r, n, "%s is at least %u ms", what, min_ms);
			return false;
		}
		*out = value * units[i].ms;
		return true;
	}
	wrong(r, n, "%s is a number and a unit: ms, s, m, h or d, as in 90s", what);
	return false;
}

static const char *enum_name(const void *ctx, unsigned int i)
{
	const char *const *names = ctx;

	return names[i];
}

/**
 * read_enum() - read one of several words
 * @r: reader
 * @n: value
 * @what: what it is
 * @names: the words
 * @count: how many
 *
 * Return: number of the word, -1 with a problem noted.
 */
int read_enum(struct reader *r, const struct node *n, const char *what,
	      const char *const *names, unsigned int count)
{
	const char *word = n->type == NODE_SCALAR ? n->text : "";
	int found = enum_find(names, count, word);
	struct buf all = {};
	const char *near;
	unsigned int i;

	if (found >= 0)
		return found;
	near = spell_nearest(word, enum_name, names, count);
	for (i = 0; i < count; i++)
		buf_printf(&all, "%s%s", i ? i + 1 == count ? " or " : ", " : "", names[i]);
	if (near)
		wrong(r, n, "no %s \"%s\"; did you mean \"%s\"?", what, word, near);
	else
		wrong(r, n, "%s is %s", what, all.data);
	buf_free(&all);
	return -1;
}

static void set_spiffe_id(struct reader *r, const struct node *n, void *into)
{
	struct identity *id = into;
	const char *fault;

	if (!read_text(r, n, "a SPIFFE ID", 2048, &id->spiffe_id))
		return;
	fault = spiffe_fault(id->spiffe_id, false);
	if (fault)
		wrong(r, n, "\"%s\": %s", id->spiffe_id, fault);
}

static void set_dns(struct reader *r, const struct node *n, void *into)
{
	struct identity *id = into;

	read_each(r, n, read_dns, &id->dns);
	if (id->dns.n > 16)
		wrong(r, n, "an identity takes at most 16 DNS names");
}

static struct source *source_of(struct reader *r)
{
	return &r->conf->sources.v[r->conf->sources.n - 1];
}

static void set_key_file(struct reader *r, const struct node *n, void *into)
{
	read_text(r, n, "a file name", 4095, &source_of(r)->key_file);
}

static void set_chain_file(struct reader *r, const struct node *n, void *into)
{
	read_text(r, n, "a file name", 4095, &source_of(r)->chain_file);
}

static const struct key identity_keys[] = {
	{ "spiffe-id", set_spiffe_id, true },
	{ "dns", set_dns },
	{ "key-file", set_key_file },
	{ "chain-file", set_chain_file },
};

static void read_identity(struct reader *r, const struct node *key, const struct node *value)
{
	struct identity *id = vec_push(r->a, &r->conf->state.identities);
	struct source *source = vec_push(r->a, &r->conf->sources);

	memset(id, 0, sizeof(*id));
	memset(source, 0, sizeof(*source));
	source->file = arena_str(r->a, r->file);
	source->at = key;
	read_name(r, key, "the name of an identity", &id->name);
	read_map(r, value, "an identity", identity_keys, ARRAY_SIZE(identity_keys), id);
	if (!source->key_file != !source->chain_file)
		wrong(r, key, "key-file and chain-file come together");
}

/* A map from names to objects */
static void read_named(struct reader *r, const struct node *n, const char *what,
		       void (*one)(struct reader *r, const struct node *key,
				   const struct node *value))
{
	unsigned int i;

	if (n->type != NODE_MAP) {
		wrong(r, n, "%s is a map from names to what they name", what);
		return;
	}
	for (i = 0; i < n->items.n; i += 2)
		one(r, n->items.v[i], n->items.v[i + 1]);
}

static void set_domains(struct reader *r, const struct node *n, void *into)
{
	read_named(r, n, "trust-domains", read_domain);
}

static void set_identities(struct reader *r, const struct node *n, void *into)
{
	read_named(r, n, "identities", read_identity);
}

static void set_services(struct reader *r, const struct node *n, void *into)
{
	read_named(r, n, "services", read_service);
}

static void set_settings(struct reader *r, const struct node *n, void *into)
{
	read_settings(r, n);
}

static void set_rules(struct reader *r, const struct node *n, void *into)
{
	unsigned int i;

	if (!read_list(r, n, "rules"))
		return;
	for (i = 0; i < n->items.n; i++)
		read_rule(r, n->items.v[i]);
}

static const struct key top_keys[] = {
	{ "trust-domains", set_domains },
	{ "identities", set_identities },
	{ "services", set_services },
	{ "rules", set_rules },
	{ "settings", set_settings },
};

/**
 * conf_parse() - add what a file says to a configuration
 * @c: configuration, zeroed before the first one
 * @file: name of the file, for messages
 * @text: its contents, any bytes
 * @len: their length
 * @p: what is wrong with it
 *
 * conf_finish() comes after the last one.
 */
void conf_parse(struct conf *c, const char *file, const char *text, size_t len,
		struct problems *p)
{
	struct reader r = {
		.conf	= c,
		.a	= &c->state.arena,
		.file	= file,
		.p	= p,
	};
	struct node *root = node_parse(r.a, file, text, len, p);

	if (!root)
		return;
	if (root->type == NODE_SCALAR && !*root->text)
		return;		/* comments and nothing else */
	read_map(&r, root, "the configuration", top_keys, ARRAY_SIZE(top_keys), NULL);
}

/**
 * conf_free() - free a configuration, which is empty afterwards
 * @c: configuration
 */
void conf_free(struct conf *c)
{
	state_free(&c->state);
	memset(c, 0, sizeof(*c));
}
