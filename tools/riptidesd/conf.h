/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configuration: what riptides.conf.5 documents
 *
 * conf_parse() is pure: text in, structures or problems out. It looks at no
 * file, clock or kernel; names of files stay names until conf_load() reads what
 * they name.
 */
#ifndef _CONF_H
#define _CONF_H

#include "node.h"
#include "state.h"

enum signer_kind {
	SIGNER_NONE,		/* nobody signs for this trust domain here */
	SIGNER_EMBEDDED,
	SIGNER_EXEC,
	SIGNER_VAULT,
	SIGNER_EST,
};

struct signer {
	enum signer_kind kind;
	char *directory;	/* embedded: where key and root are */
	struct strings argv;	/* exec */
	char *url;		/* vault, est */
	char *token_file;	/* vault */
	char *user;		/* est, with ... */
	char *password_file;
	char *ca_file;		/* who vouches for the server; NULL: the system's */
	u32 ttl_ms;
	u32 timeout_ms;
};

struct text_at {
	char *text;
	const struct node *at;
};

struct texts {
	struct text_at *v;
	unsigned int n;
};

struct domain {
	char *name;
	const char *file;
	const struct node *at;
	struct texts anchors;	/* PEM, or names of files */
	struct revocations revoked;
	char *bundle_url;
	char *bundle_ca_file;
	u32 bundle_refresh_ms;
	struct signer signer;
};

struct service {
	char *name;
	const char *file;
	const struct node *at;
	struct prefixes prefixes;
	struct ports ports;
	struct strings peers;
	char *server_name;
};

/* Where in the configuration something was, for what is found out later */
struct place {
	const char *file;
	const struct node *at;
	const struct node *identity;
	struct texts peers;
	char *service;
	const struct node *service_at;
};

struct source {
	char *key_file;
	char *chain_file;
	const char *file;
	const struct node *at;
};

/**
 * struct conf - a configuration
 * @state: identities and rules, unsorted until conf_finish(); bundles only after
 *	conf_load()
 * @domains: trust domains, by name after conf_finish()
 * @services: by name, likewise
 * @places: of each rule
 * @sources: of each identity; sorted with them
 *
 * All lives in @state.arena.
 */
struct conf {
	struct state state;
	struct domains {
		struct domain *v;
		unsigned int n;
	} domains;
	struct services {
		struct service *v;
		unsigned int n;
	} services;
	struct places {
		struct place *v;
		unsigned int n;
	} places;
	struct sources {
		struct source *v;
		unsigned int n;
	} sources;
};

/* conf.c */
void conf_parse(struct conf *c, const char *file, const char *text, size_t len,
		struct problems *p);
void conf_free(struct conf *c);

/* conf_check.c */
void conf_finish(struct conf *c, struct problems *p);
struct domain *conf_domain(const struct conf *c, const char *name);
struct domain *conf_domain_of(const struct conf *c, const char *spiffe_id);

/* conf_settings.c */
void conf_setting(struct conf *c, char *key, char *value, struct problems *p);

/* conf_load.c */
int conf_load(struct conf *c, const char *path, bool make_ca, struct problems *p);

/*
 * Between the files of the parser: what sets a member of a structure from the
 * value of a key
 */
struct reader {
	struct conf *conf;
	struct arena *a;
	const char *file;
	struct problems *p;
};

struct key {
	const char *name;
	void (*set)(struct reader *r, const struct node *value, void *into);
	bool needed;
};

typedef bool (*set_fn)(struct reader *r, const struct node *n, void *into);

bool read_map(struct reader *r, const struct node *n, const char *what,
	      const struct key *keys, unsigned int n_keys, void *into);
bool read_list(struct reader *r, const struct node *n, const char *what);
void read_each(struct reader *r, const struct node *n, set_fn one, void *into);
bool read_text(struct reader *r, const struct node *n, const char *what, size_t max,
	       char **out);
bool read_u32(struct reader *r, const struct node *n, const char *what, u32 max, u32 *out);
bool read_flag(struct reader *r, const struct node *n, const char *what, bool *out);
bool read_duration(struct reader *r, const struct node *n, const char *what, u32 min_ms,
		   u32 *out);
int read_enum(struct reader *r, const struct node *n, const char *what,
	      const char *const *names, unsigned int count);
bool read_name(struct reader *r, const struct node *n, const char *what, char **out);
void wrong(struct reader *r, const struct node *n, const char *fmt, ...) __printf(3, 4);

/* conf_value.c */
bool trust_domain_valid(const char *s, size_t len);
const char *spiffe_fault(const char *s, bool pattern);
bool dns_valid(const char *s);
bool read_prefix(struct reader *r, const struct node *n, void *into);
bool read_ports(struct reader *r, const struct node *n, void *into);
bool read_peer(struct reader *r, const struct node *n, void *into);
bool read_dns(struct reader *r, const struct node *n, void *into);
bool read_revocation(struct reader *r, const struct node *n, void *into);

/* conf_domain.c, conf_rule.c, conf_settings.c */
void read_domain(struct reader *r, const struct node *key, const struct node *value);
void read_rule(struct reader *r, const struct node *n);
void read_service(struct reader *r, const struct node *key, const struct node *value);
void read_settings(struct reader *r, const struct node *n);

#endif /* _CONF_H */
