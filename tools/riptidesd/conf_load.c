// SPDX-License-Identifier: GPL-2.0-only
/*
 * The configuration: from files and directories, and the files that it names
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ca.h"
#include "conf.h"
#include "fetch.h"
#include "pem.h"

#define FILE_MAX	(256 * 1024 * 1024)

static void load_file(struct conf *c, const char *path, struct problems *p)
{
	const char *name = strcmp(path, "-") ? path : "standard input";
	struct buf text = {};
	struct error e = {};

	if (file_read(path, FILE_MAX, &text, &e))
		problem(p, name, NULL, "%s", strrchr(e.text, ':') ?
			strrchr(e.text, ':') + 2 : e.text);
	else
		conf_parse(c, name, text.data, text.len, p);
	buf_free(&text);
}

static int is_conf(const struct dirent *d)
{
	const char *dot = strrchr(d->d_name, '.');

	return d->d_name[0] != '.' && dot && (!strcmp(dot, ".yaml") || !strcmp(dot, ".yml"));
}

static void load_dir(struct conf *c, const char *path, struct problems *p)
{
	struct dirent **names;
	char file[4096];
	int i, n;

	n = scandir(path, &names, is_conf, alphasort);
	if (n < 0) {
		problem(p, path, NULL, "%s", strerror(errno));
		return;
	}
	if (!n)
		problem(p, path, NULL, "has no file that ends in .yaml");
	for (i = 0; i < n; i++) {
		snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
		load_file(c, file, p);
		free(names[i]);
	}
	free(names);
}

/* Names of files are relative to that of the file that names them */
static char *beside(struct conf *c, const char *file, char *name)
{
	const char *slash = strrchr(file, '/');

	if (!name || name[0] == '/' || !slash)
		return name;
	return arena_printf(&c->state.arena, "%.*s/%s", (int)(slash - file), file, name);
}

static void load_anchors(struct conf *c, struct domain *d, struct bundle *b,
			 struct problems *p)
{
	struct buf text = {};
	struct error e = {};
	const char *name;
	unsigned int i;
	int err;

	for (i = 0; i < d->anchors.n; i++) {
		name = d->anchors.v[i].text;
		if (!strncmp(name, "-----BEGIN ", 11)) {
			err = certs_read(&c->state.arena, "this", name, strlen(name), &b->certs,
					 &e);
		} else {
			name = beside(c, d->file, d->anchors.v[i].text);
			err = file_read(name, PEM_FILE_MAX, &text, &e) ||
			      certs_read(&c->state.arena, name, text.data, text.len, &b->certs,
					 &e);
			buf_free(&text);
		}
		if (err)
			problem(p, d->file, d->anchors.v[i].at, "%s", e.text);
	}
}

/*
 * Only what was fetched before: who checks a configuration waits for nobody. What
 * others say is no error of it.
 */
static void load_fetched(struct conf *c, const struct domain *d, struct bundle *b)
{
	unsigned int own = b->certs.n;

	if (!d->bundle_url)
		return;
	fetch_bundle_cached(&c->state.arena, d->bundle_url, &b->certs);
	if (own > ANCHORS_MAX || b->certs.n <= ANCHORS_MAX)
		return;
	warn("trust domain %s: its anchors are used without the %u of %s: they are more than %u",
	     d->name, b->certs.n - own, d->bundle_url, ANCHORS_MAX);
	b->certs.n = own;
}

static void load_domain(struct conf *c, struct domain *d, bool make_ca, struct problems *p)
{
	struct bundle *b = vec_push(&c->state.arena, &c->state.bundles);
	struct signer *s = &d->signer;
	struct error e = {};
	bool made;

	memset(b, 0, sizeof(*b));
	b->trust_domain = d->name;
	s->directory = beside(c, d->file, s->directory);
	s->token_file = beside(c, d->file, s->token_file);
	s->password_file = beside(c, d->file, s->password_file);
	s->ca_file = beside(c, d->file, s->ca_file);
	d->bundle_ca_file = beside(c, d->file, d->bundle_ca_file);
	b->revoked = d->revoked;
	load_anchors(c, d, b, p);
	load_fetched(c, d, b);
	if (s->kind != SIGNER_EMBEDDED)
		return;
	if ((make_ca && ca_init(s->directory, d->name, &made, &e)) ||
	    ca_bundle(&c->state.arena, s->directory, b, &e))
		problem(p, d->file, d->at, "%s", e.text);
	else if (make_ca && made)
		warn("%s: made a CA for %s", s->directory, d->name);
}

static void load_identity(struct conf *c, struct identity *id, struct source *s,
			  struct problems *p)
{
	struct buf text = {};
	struct error e = {};

	s->chain_file = beside(c, s->file, s->chain_file);
	id->key_file = beside(c, s->file, s->key_file);
	if (file_read(s->chain_file, PEM_FILE_MAX, &text, &e) ||
	    pem_read(&c->state.arena, s->chain_file, text.data, text.len, "CERTIFICATE",
		     &id->import, &e))
		problem(p, s->file, s->at, "%s", e.text);
	buf_free(&text);
}

/**
 * conf_load() - read a configuration and all that it names
 * @c: configuration, empty
 * @path: file, directory, or "-" for standard input
 * @make_ca: make what embedded CAs there are to be and are not
 * @p: what is wrong with it
 *
 * Return: 0; -1 if there are problems, and then @c is good for nothing but
 * conf_free().
 */
int conf_load(struct conf *c, const char *path, bool make_ca, struct problems *p)
{
	unsigned int i;
	struct stat st;

	if (strcmp(path, "-") && !stat(path, &st) && S_ISDIR(st.st_mode))
		load_dir(c, path, p);
	else
		load_file(c, path, p);
	conf_finish(c, p);
	if (p->n)
		return -1;
	for (i = 0; i < c->domains.n; i++)
		load_domain(c, &c->domains.v[i], make_ca, p);
	for (i = 0; i < c->state.identities.n; i++) {
		if (c->sources.v[i].key_file)
			load_identity(c, &c->state.identities.v[i], &c->sources.v[i], p);
	}
	state_sort(&c->state);
	for (i = 0; i < c->state.bundles.n; i++) {
		if (c->state.bundles.v[i].certs.n > ANCHORS_MAX)
			problem(p, path, NULL, "%s has more than %u anchors",
				c->state.bundles.v[i].trust_domain, ANCHORS_MAX);
	}
	return p->n ? -1 : 0;
}
