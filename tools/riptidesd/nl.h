/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Generic netlink family riptides: the only one who speaks to the kernel
 *
 * Functions return 0 or -1 with the kernel's own sentence. Documentation/
 * netlink/specs/riptides.yaml says what the messages mean.
 */
#ifndef _NL_H
#define _NL_H

#include "state.h"

struct nl_sock;
struct nlattr;
struct nlmsghdr;

struct nl {
	struct nl_sock *sock;
	int family;
	u8 version;
	u32 commands;			/* has the kernel this one? bit by number */
};

struct policy {
	u64 generation;
	u32 rules;
	u32 staged;
};

struct question {
	u32 direction;
	u8 address[16];
	u8 size;
	u16 port;
	u32 pid;			/* 0: the sender */
};

struct answer {
	char rule[64];			/* empty: none */
	u32 mode;
	char *reason;
};

enum event_kind {
	EVENT_CSR_NEEDED,
	EVENT_EXPIRING,
	EVENT_HANDSHAKE_FAILED,
	EVENT_DENIED,
	EVENT_SESSION_ENDED,
	EVENT_OTHER,
};

struct endpoint {
	u8 address[16];
	u8 size;			/* 0: unknown */
	u16 port;
};

struct event {
	enum event_kind kind;
	const char *name;		/* as the specification has it */
	char *identity;
	u32 state;
	char *spiffe_id;
	s64 not_after;
	char *rule;
	s64 direction;			/* -1: unknown */
	u32 error;
	char *reason;
	struct endpoint local;
	struct endpoint peer;
	char *own_id;
	char *peer_id;
	s64 alert;			/* -1: none */
};

#define NONE	UINT64_MAX

/* As the specification has it */
struct connection {
	u64 id;
	u64 state;
	u64 mode;			/* NONE: not known yet */
	u64 role;
	u64 tx_datapath;
	u64 rx_datapath;
	u64 version;
	u64 suite;
	u64 group;
	u64 age_ms;
	u64 tx_bytes;
	u64 rx_bytes;
	u64 tx_rekeys;
	u64 rx_rekeys;
	u64 error;
	u64 uid;
	u64 alert;			/* NONE: there was none */
	bool resumed;
	char *own_id;
	char *peer_id;
	char *rule;
	char *alpn;
	struct endpoint local;
	struct endpoint peer;
};

struct connections {
	struct connection *v;
	unsigned int n;
};

int rnl_open(struct nl *nl, struct error *e);
void rnl_close(struct nl *nl);

int rnl_bundle_put(struct nl *nl, const struct bundle *b, bool replace, struct error *e);
int rnl_bundle_del(struct nl *nl, const char *trust_domain, struct error *e);
int rnl_identity_new(struct nl *nl, const struct identity *id, const struct blob *key,
		     struct error *e);
int rnl_identity_del(struct nl *nl, const char *name, struct error *e);
int rnl_identity_get(struct nl *nl, struct arena *a, const char *name, struct identity *out,
		     struct error *e);
int rnl_csr(struct nl *nl, struct arena *a, const char *name, struct blob *csr,
	    struct error *e);
int rnl_cert_set(struct nl *nl, const char *name, const struct blobs *chain,
		 const struct blob *key, struct error *e);
int rnl_rule_new(struct nl *nl, const struct rule *r, bool staged, struct error *e);
int rnl_rule_get(struct nl *nl, struct arena *a, const char *name, struct rule *out,
		 struct error *e);
int rnl_rule_del(struct nl *nl, const char *name, struct error *e);
int rnl_policy_commit(struct nl *nl, struct policy *out, struct error *e);
int rnl_policy_discard(struct nl *nl, struct error *e);
int rnl_policy_get(struct nl *nl, struct policy *out, struct error *e);
int rnl_explain(struct nl *nl, struct arena *a, const struct question *q,
		struct answer *out, struct error *e);
int rnl_settings_get(struct nl *nl, struct settings *out, struct error *e);
int rnl_settings_set(struct nl *nl, const struct settings *s, struct error *e);

int rnl_dump_bundles(struct nl *nl, struct state *s, struct error *e);
int rnl_dump_identities(struct nl *nl, struct state *s, struct error *e);
int rnl_dump_rules(struct nl *nl, struct state *s, struct error *e);
int rnl_dump_state(struct nl *nl, struct state *s, struct error *e);

/* nl_connection.c */
int rnl_dump_connections(struct nl *nl, struct arena *a, struct connections *out,
			 struct error *e);
int rnl_connection_del(struct nl *nl, u64 id, struct error *e);
int rnl_parse_connection(struct arena *a, struct nlmsghdr *msg, struct connection *out);

typedef void (*event_fn)(const struct event *ev, void *ctx);

int rnl_subscribe(struct nl *nl, struct error *e);
int rnl_fd(const struct nl *nl);
int rnl_events(struct nl *nl, event_fn fn, void *ctx, bool *lost, struct error *e);

/* nl_parse.c: from messages to structures; any bytes may come */
int rnl_parse_bundle(struct state *s, struct nlmsghdr *msg);
int rnl_parse_anchor(struct state *s, struct nlmsghdr *msg);
int rnl_parse_revocation(struct state *s, struct nlmsghdr *msg);
int rnl_parse_identity(struct arena *a, struct nlmsghdr *msg, struct identity *out);
int rnl_parse_csr(struct arena *a, struct nlmsghdr *msg, struct blob *csr);
int rnl_parse_rule(struct arena *a, struct nlmsghdr *msg, struct rule *out);
int rnl_parse_policy(struct nlmsghdr *msg, struct policy *out);
int rnl_parse_settings(struct nlmsghdr *msg, struct settings *out);
int rnl_parse_answer(struct arena *a, struct nlmsghdr *msg, struct answer *out);
int rnl_parse_event(struct arena *a, struct nlmsghdr *msg, struct event *out);

#endif /* _NL_H */
