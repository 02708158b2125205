/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a kernel has, or is to have: bundles, identities, rules, settings
 *
 * The configuration becomes one, a dump of the kernel another; what is to be
 * done is the difference. All of it lives in one arena.
 */
#ifndef _STATE_H
#define _STATE_H

#include <linux/riptides_netlink.h>

#include "util.h"

struct out;

struct revocation {
	struct blob issuer;		/* Name in DER; empty: of whatever issuer */
	struct blob serial;
};

/* What the kernel counts */
struct counts {
	u64 handshakes;
	u64 failures;
	u64 tx_bytes;			/* of connections that are over */
	u64 rx_bytes;
};

struct bundle {
	char *trust_domain;
	struct blobs certs;		/* DER, ascending and different */
	struct revocations {
		struct revocation *v;	/* likewise */
		unsigned int n;
	} revoked;
	/* What the kernel tells */
	u64 generation;
	struct counts counts;
};

struct identity {
	char *name;
	char *spiffe_id;
	struct strings dns;
	/* Of a key made elsewhere: where it is, and its chain */
	char *key_file;
	struct blobs import;
	/* What the kernel tells */
	u32 state;			/* enum riptides_identity_state */
	struct blobs chain;
	s64 not_before;
	s64 not_after;
	struct counts counts;
};

struct prefix {
	u8 size;			/* of the address: 4 or 16 */
	u8 length;
	u8 address[16];
};

struct port_range {
	u16 first;
	u16 last;
};

struct selector {
	struct strings path;
	struct blobs verity;
	struct strings comm;
	struct strings cmdline;
	struct numbers uid;
	struct numbers gid;
	struct strings cgroup;
};

struct rule {
	char *name;
	u32 priority;
	u32 direction;
	u32 mode;
	char *identity;
	struct selectors {
		struct selector *v;
		unsigned int n;
	} selectors;
	struct prefixes {
		struct prefix *v;
		unsigned int n;
	} prefixes;
	struct ports {
		struct port_range *v;
		unsigned int n;
	} ports;
	struct strings peers;
	struct strings alpn;
	char *server_name;
	bool confirm;
	bool allow_truncation;
	u32 attest;
	u32 wait_ms;
	u32 pq;
	u32 max_age_s;			/* 0: for ever */
	bool kill_on_revoke;
	u64 generation;
	struct counts counts;
};

#define SWITCH_OFF	1
#define SWITCH_ON	2
#define RESUMPTION(n)	((n) + 1)	/* enum riptides_resumption */

/* 0: not given */
struct settings {
	u32 deadline_ms;
	u32 max_handshakes;
	u32 max_listener_handshakes;
	u32 egress;			/* SWITCH_...: do rules count? */
	u32 ingress;
	u32 resumption;			/* RESUMPTION() */
	u32 ticket_lifetime_s;
};

struct state {
	struct arena arena;
	struct bundles {
		struct bundle *v;	/* by trust domain */
		unsigned int n;
	} bundles;
	struct identities {
		struct identity *v;	/* by name */
		unsigned int n;
	} identities;
	struct rules {
		struct rule *v;		/* in the order of the policy */
		unsigned int n;
	} rules;
	struct settings settings;
};

#define ANCHORS_MAX	64		/* that the kernel takes in a bundle */
#define CERT_MAX	8192		/* bytes of each */

#define RULE_PRIORITY	1000		/* where a configuration gives none */
#define RULE_WAIT_MS	300
#define RULE_AGE_MAX_S	1209600U
#define TICKET_LIFETIME_MAX_S	604800U

void state_sort(struct state *s);
void state_free(struct state *s);
struct bundle *state_bundle(const struct state *s, const char *trust_domain);
struct identity *state_identity(const struct state *s, const char *name);

bool bundle_eq(const struct bundle *a, const struct bundle *b);
bool identity_eq(const struct identity *a, const struct identity *b);
bool rule_eq(const struct rule *a, const struct rule *b);

const char *state_name(u32 state);
const char *mode_name(u32 mode);
const char *direction_name(u32 direction);
int enum_find(const char *const *names, unsigned int n, const char *name);

extern const char *const state_names[5];
extern const char *const mode_names[6];
extern const char *const direction_names[2];
extern const char *const attest_names[2];
extern const char *const pq_names[3];
extern const char *const resumption_names[3];

/* state_out.c */
char *prefix_text(struct arena *a, const struct prefix *p);
char *ports_text(struct arena *a, const struct port_range *p);
void out_bundle(struct out *o, const struct bundle *b, bool details);
void out_identity(struct out *o, const struct identity *id, bool details);
void out_terms(struct out *o, const struct rule *r);
void out_rule(struct out *o, const struct rule *r, bool details);
void out_settings(struct out *o, const struct settings *s);
void out_state(struct out *o, const struct state *s, bool details);

#endif /* _STATE_H */
