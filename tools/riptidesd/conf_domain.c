// SPDX-License-Identifier: GPL-2.0-only
/*
 * The configuration: trust domains and who signs for them
 */
#include <string.h>

#include "conf.h"

#define TTL_MS		(3600 * 1000)
#define TIMEOUT_MS	(10 * 1000)
#define REFRESH_MS	(300 * 1000)
#define CA_DIRECTORY	"/var/lib/riptides"

static void set_directory(struct reader *r, const struct node *n, void *into)
{
	struct signer *s = into;

	read_text(r, n, "a directory", 4000, &s->directory);
}

static void set_ttl(struct reader *r, const struct node *n, void *into)
{
	struct signer *s = into;

	read_duration(r, n, "ttl", 1000, &s->ttl_ms);
}

static void set_timeout(struct reader *r, const struct node *n, void *into)
{
	struct signer *s = into;

	read_duration(r, n, "timeout", 1, &s->timeout_ms);
}

static void set_command(struct reader *r, const struct node *n, void *into)
{
	struct signer *s = into;
	unsigned int i;

	if (!read_list(r, n, "command"))
		return;
	for (i = 0; i < n->items.n; i++)
		read_text(r, n->items.v[i], "an argument", 4095,
			  vec_push(r->a, &s->argv));
	if (!s->argv.n || !s->argv.v[0] || s->argv.v[0][0] != '/')
		wrong(r, n, "command begins with the absolute path of a program");
}

static bool read_url(struct reader *r, const struct node *n, char **out)
{
	const char *host;

	if (!read_text(r, n, "a URL", 2048, out))
		return false;
	if (!strncmp(*out, "https://", 8) || !strncmp(*out, "http://", 7)) {
		host = strchr(*out, '/') + 2;
		if (!memchr(host, '@', strcspn(host, "/?#")))
			return true;
		wrong(r, n, "a URL has no user in it, as messages tell it");
		return false;
	}
	wrong(r, n, "a URL begins with https:// (or http://, where nobody listens)");
	return false;
}

static void set_url(struct reader *r, const struct node *n, void *into)
{
	struct signer *s = into;

	read_url(r, n, &s->url);
}

static void set_token_file(struct reader *r, const struct node *n, void *into)
{
	struct signer *s = into;

	read_text(r, n, "a file name", 4095, &s->token_file);
}

static void set_ca_file(struct reader *r, const struct node *n, void *into)
{
	struct signer *s = into;

	read_text(r, n, "a file name", 4095, &s->ca_file);
}

static void set_user(struct reader *r, const struct node *n, void *into)
{
	struct signer *s = into;

	read_text(r, n, "user", 255, &s->user);
}

static void set_password_file(struct reader *r, const struct node *n, void *into)
{
	struct signer *s = into;

	read_text(r, n, "a file name", 4095, &s->password_file);
}

static const struct key embedded_keys[] = {
	{ "directory", set_directory },
	{ "ttl", set_ttl },
};

static const struct key exec_keys[] = {
	{ "command", set_command, true },
	{ "timeout", set_timeout },
};

static const struct key vault_keys[] = {
	{ "url", set_url, true },
	{ "token-file", set_token_file },
	{ "ca-file", set_ca_file },
	{ "ttl", set_ttl },
	{ "timeout", set_timeout },
};

static const struct key est_keys[] = {
	{ "url", set_url, true },
	{ "user", set_user },
	{ "password-file", set_password_file },
	{ "ca-file", set_ca_file },
	{ "timeout", set_timeout },
};

static void set_kind(struct reader *r, const struct node *n, struct signer *s,
		     enum signer_kind kind, const struct key *keys, unsigned int n_keys)
{
	/* "embedded:" and nothing behind it is enough */
	bool empty = n->type == NODE_SCALAR && n->plain &&
		     (!*n->text || !strcmp(n->text, "null"));

	if (s->kind)
		wrong(r, n, "a signer is one of embedded, exec, vault and est");
	s->kind = kind;
	if (!empty)
		read_map(r, n, "such a signer", keys, n_keys, s);
	else if (keys[0].needed)
		wrong(r, n, "such a signer needs \"%s\"", keys[0].name);
}

static void set_embedded(struct reader *r, const struct node *n, void *into)
{
	set_kind(r, n, into, SIGNER_EMBEDDED, embedded_keys, ARRAY_SIZE(embedded_keys));
}

static void set_exec(struct reader *r, const struct node *n, void *into)
{
	set_kind(r, n, into, SIGNER_EXEC, exec_keys, ARRAY_SIZE(exec_keys));
}

static void set_vault(struct reader *r, const struct node *n, void *into)
{
	set_kind(r, n, into, SIGNER_VAULT, vault_keys, ARRAY_SIZE(vault_keys));
}

static void set_est(struct reader *r, const struct node *n, void *into)
{
	struct signer *s = into;

	set_kind(r, n, into, SIGNER_EST, est_keys, ARRAY_SIZE(est_keys));
	if (!s->user != !s->password_file)
		wrong(r, n, "user and password-file come together");
}

static const struct key signer_keys[] = {
	{ "embedded", set_embedded },
	{ "exec", set_exec },
	{ "vault", set_vault },
	{ "est", set_est },
};

static void set_signer(struct reader *r, const struct node *n, void *into)
{
	struct domain *d = into;

	if (n->type == NODE_SCALAR && !strcmp(n->text, "embedded")) {
		d->signer.kind = SIGNER_EMBEDDED;
		return;
	}
	if (n->type == NODE_SCALAR)
		wrong(r, n, "a signer is \"embedded\", or a map: embedded, exec, vault or est");
	else
		read_map(r, n, "a signer", signer_keys, ARRAY_SIZE(signer_keys),
			 &d->signer);
}

static bool read_anchor(struct reader *r, const struct node *n, void *into)
{
	struct texts *all = into;
	struct text_at one = { .at = n };

	if (!read_text(r, n, "an anchor", 1024 * 1024, &one.text))
		return false;
	*vec_push(r->a, all) = one;
	return true;
}

static void set_anchors(struct reader *r, const struct node *n, void *into)
{
	struct domain *d = into;

	read_each(r, n, read_anchor, &d->anchors);
}

static void set_revoked(struct reader *r, const struct node *n, void *into)
{
	struct domain *d = into;

	read_each(r, n, read_revocation, &d->revoked);
}

static void set_bundle_url(struct reader *r, const struct node *n, void *into)
{
	struct domain *d = into;

	read_url(r, n, &d->bundle_url);
}

static void set_bundle_refresh(struct reader *r, const struct node *n, void *into)
{
	struct domain *d = into;

	read_duration(r, n, "refresh", 1000, &d->bundle_refresh_ms);
}

static void set_bundle_ca_file(struct reader *r, const struct node *n, void *into)
{
	struct domain *d = into;

	read_text(r, n, "a file name", 4095, &d->bundle_ca_file);
}

static const struct key bundle_keys[] = {
	{ "url", set_bundle_url, true },
	{ "ca-file", set_bundle_ca_file },
	{ "refresh", set_bundle_refresh },
};

static void set_bundle(struct reader *r, const struct node *n, void *into)
{
	read_map(r, n, "a bundle", bundle_keys, ARRAY_SIZE(bundle_keys), into);
}

static const struct key domain_keys[] = {
	{ "anchors", set_anchors },
	{ "bundle", set_bundle },
	{ "revoked", set_revoked },
	{ "signer", set_signer },
};

/**
 * read_domain() - read a trust domain
 * @r: reader
 * @key: its name
 * @value: what it is
 */
void read_domain(struct reader *r, const struct node *key, const struct node *value)
{
	struct domain *d = vec_push(r->a, &r->conf->domains);

	memset(d, 0, sizeof(*d));
	d->name = key->text;
	d->file = arena_str(r->a, r->file);
	d->at = key;
	d->signer.ttl_ms = TTL_MS;
	d->signer.timeout_ms = TIMEOUT_MS;
	d->bundle_refresh_ms = REFRESH_MS;
	if (!trust_domain_valid(key->text, strlen(key->text)))
		wrong(r, key, "a trust domain is 1 to 255 of a-z, 0-9, . - _");
	if (!read_map(r, value, "a trust domain", domain_keys, ARRAY_SIZE(domain_keys), d))
		return;
	if (d->signer.kind == SIGNER_EMBEDDED && !d->signer.directory)
		d->signer.directory = arena_printf(r->a, "%s/%s", CA_DIRECTORY, d->name);
	if (d->signer.kind != SIGNER_EMBEDDED && !d->anchors.n && !d->bundle_url)
		wrong(r, key, "a trust domain needs anchors, a bundle, or an embedded signer");
	if (d->revoked.n > 4096)
		wrong(r, key, "a trust domain takes at most 4096 revocations");
}
