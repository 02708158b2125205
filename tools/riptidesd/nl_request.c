// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generic netlink family riptides: what can be asked of it
 */
#include <string.h>

#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include "nl_call.h"

#define REQUEST_SIZE	(96 * 1024)
/* An attribute has at most 64 KiB, also one with many others in it */
#define NEST_MAX	60000
#define KEY_MAX		4096

/* What attributes take: generous about headers and padding */
static size_t strings_size(const struct strings *s)
{
	size_t size = 0;
	unsigned int i;

	for (i = 0; i < s->n; i++)
		size += strlen(s->v[i]) + 16;
	return size;
}

static size_t blobs_size(const struct blobs *b)
{
	size_t size = 0;
	unsigned int i;

	for (i = 0; i < b->n; i++)
		size += b->v[i].len + 16;
	return size;
}

static size_t bundle_size(const struct bundle *b)
{
	size_t size = REQUEST_SIZE + blobs_size(&b->certs);
	unsigned int i;

	for (i = 0; i < b->revoked.n; i++)
		size += b->revoked.v[i].issuer.len + b->revoked.v[i].serial.len + 32;
	return size;
}

static size_t selector_size(const struct selector *s)
{
	return 16 + strings_size(&s->path) + blobs_size(&s->verity) + strings_size(&s->comm) +
	       strings_size(&s->cmdline) + strings_size(&s->cgroup) +
	       8 * ((size_t)s->uid.n + s->gid.n);
}

static size_t rule_size(const struct rule *r)
{
	size_t size = REQUEST_SIZE + strings_size(&r->peers) + strings_size(&r->alpn) +
		      32 * (size_t)r->prefixes.n + 32 * (size_t)r->ports.n;
	unsigned int i;

	for (i = 0; i < r->selectors.n; i++)
		size += selector_size(&r->selectors.v[i]);
	return size;
}

/*
 * Whoever made a certificate chose its size. An attribute's length has 16 bits,
 * and libnl does not look: what is too long would be a shorter attribute, and
 * others of its maker's choice behind it.
 */
static int check_certs(const struct blobs *certs, struct error *e)
{
	unsigned int i;

	for (i = 0; i < certs->n; i++) {
		if (certs->v[i].len > CERT_MAX)
			return fail(e, "certificate %u has %zu bytes; at most %u are taken",
				    i + 1, certs->v[i].len, CERT_MAX);
	}
	return 0;
}

static int check_key(const struct blob *key, struct error *e)
{
	if (key && key->len > KEY_MAX)
		return fail(e, "the private key has %zu bytes; at most %u are taken", key->len,
			    KEY_MAX);
	return 0;
}

/* libnl leaves a nest out that is too large: a rule without it is for more */
static int check_selectors(const struct rule *r, struct error *e)
{
	unsigned int i;

	for (i = 0; i < r->selectors.n; i++) {
		if (selector_size(&r->selectors.v[i]) > NEST_MAX)
			return fail(e, "selector %u is too large", i + 1);
	}
	return 0;
}

static void check_put(int err)
{
	if (err)
		die(EXIT_FAILED, "a request is too large");
}

static void put_string(struct nl_msg *msg, int type, const char *s)
{
	if (!s)
		return;
	check_put(strlen(s) > NEST_MAX);
	check_put(nla_put_string(msg, type, s));
}

static void put_strings(struct nl_msg *msg, int type, const struct strings *s)
{
	unsigned int i;

	for (i = 0; i < s->n; i++)
		put_string(msg, type, s->v[i]);
}

static void put_u32(struct nl_msg *msg, int type, u32 value)
{
	check_put(nla_put_u32(msg, type, value));
}

static void put_blob(struct nl_msg *msg, int type, const struct blob *b)
{
	check_put(b->len > NEST_MAX);
	check_put(nla_put(msg, type, b->len, b->data));
}

static void put_blobs(struct nl_msg *msg, int type, const struct blobs *b)
{
	unsigned int i;

	for (i = 0; i < b->n; i++)
		put_blob(msg, type, &b->v[i]);
}

static struct nlattr *nest(struct nl_msg *msg, int type)
{
	struct nlattr *attr = nla_nest_start(msg, type | NLA_F_NESTED);

	check_put(!attr);
	return attr;
}

/* A nest for each issuer, or several: that bounds their size */
static void put_revocations(struct nl_msg *msg, const struct revocations *r)
{
	struct nlattr *attr;
	unsigned int i = 0;
	size_t size;

	while (i < r->n) {
		const struct blob *issuer = &r->v[i].issuer;

		attr = nest(msg, RIPTIDES_A_BUNDLE_REVOCATION);
		if (issuer->len)
			put_blob(msg, RIPTIDES_A_REVOCATION_ISSUER, issuer);
		size = issuer->len;
		for (; i < r->n && size < NEST_MAX && blob_eq(&r->v[i].issuer, issuer); i++) {
			put_blob(msg, RIPTIDES_A_REVOCATION_SERIAL, &r->v[i].serial);
			size += r->v[i].serial.len + 8;
		}
		check_put(nla_nest_end(msg, attr));
	}
}

int rnl_bundle_put(struct nl *nl, const struct bundle *b, bool replace, struct error *e)
{
	u8 command = replace ? RIPTIDES_CMD_BUNDLE_SET : RIPTIDES_CMD_BUNDLE_NEW;
	struct nl_msg *msg;

	if (check_certs(&b->certs, e))
		return -1;
	msg = rnl_request(nl, command, NLM_F_ACK, bundle_size(b));
	put_string(msg, RIPTIDES_A_BUNDLE_TRUST_DOMAIN, b->trust_domain);
	put_blobs(msg, RIPTIDES_A_BUNDLE_CERTIFICATE, &b->certs);
	put_revocations(msg, &b->revoked);
	return rnl_call(nl, msg, NULL, NULL, e);
}

static int name_only(struct nl *nl, u8 command, int type, const char *name, parse_fn parse,
		     void *ctx, struct error *e)
{
	struct nl_msg *msg = rnl_request(nl, command, NLM_F_ACK, REQUEST_SIZE);

	put_string(msg, type, name);
	return rnl_call(nl, msg, parse, ctx, e);
}

int rnl_bundle_del(struct nl *nl, const char *trust_domain, struct error *e)
{
	return name_only(nl, RIPTIDES_CMD_BUNDLE_DEL, RIPTIDES_A_BUNDLE_TRUST_DOMAIN,
			 trust_domain, NULL, NULL, e);
}

int rnl_identity_new(struct nl *nl, const struct identity *id, const struct blob *key,
		     struct error *e)
{
	size_t size = REQUEST_SIZE + strings_size(&id->dns) + blobs_size(&id->import);
	struct nl_msg *msg;

	if (check_certs(&id->import, e) || check_key(key, e))
		return -1;
	msg = rnl_request(nl, RIPTIDES_CMD_IDENTITY_NEW, NLM_F_ACK, size);
	put_string(msg, RIPTIDES_A_IDENTITY_NAME, id->name);
	put_string(msg, RIPTIDES_A_IDENTITY_SPIFFE_ID, id->spiffe_id);
	put_strings(msg, RIPTIDES_A_IDENTITY_DNS_NAME, &id->dns);
	if (key) {
		put_blob(msg, RIPTIDES_A_IDENTITY_PRIVATE_KEY, key);
		put_blobs(msg, RIPTIDES_A_IDENTITY_CERTIFICATE, &id->import);
	}
	return rnl_call(nl, msg, NULL, NULL, e);
}

int rnl_identity_del(struct nl *nl, const char *name, struct error *e)
{
	return name_only(nl, RIPTIDES_CMD_IDENTITY_DEL, RIPTIDES_A_IDENTITY_NAME, name, NULL,
			 NULL, e);
}

struct into {
	struct arena *a;
	struct state *s;
	void *out;
};

static int on_identity(struct nlmsghdr *msg, void *ctx)
{
	struct into *into = ctx;

	return rnl_parse_identity(into->a, msg, into->out);
}

int rnl_identity_get(struct nl *nl, struct arena *a, const char *name, struct identity *out,
		     struct error *e)
{
	struct into into = { .a = a, .out = out };

	memset(out, 0, sizeof(*out));
	return name_only(nl, RIPTIDES_CMD_IDENTITY_GET, RIPTIDES_A_IDENTITY_NAME, name,
			 on_identity, &into, e);
}

static int on_csr(struct nlmsghdr *msg, void *ctx)
{
	struct into *into = ctx;

	return rnl_parse_csr(into->a, msg, into->out);
}

int rnl_csr(struct nl *nl, struct arena *a, const char *name, struct blob *csr,
	    struct error *e)
{
	struct into into = { .a = a, .out = csr };

	memset(csr, 0, sizeof(*csr));
	return name_only(nl, RIPTIDES_CMD_CSR_GET, RIPTIDES_A_IDENTITY_NAME, name, on_csr,
			 &into, e);
}

int rnl_cert_set(struct nl *nl, const char *name, const struct blobs *chain,
		 const struct blob *key, struct error *e)
{
	size_t size = REQUEST_SIZE + blobs_size(chain);
	struct nl_msg *msg;

	if (check_certs(chain, e) || check_key(key, e))
		return -1;
	msg = rnl_request(nl, RIPTIDES_CMD_CERT_SET, NLM_F_ACK, size);
	put_string(msg, RIPTIDES_A_IDENTITY_NAME, name);
	if (key)
		put_blob(msg, RIPTIDES_A_IDENTITY_PRIVATE_KEY, key);
	put_blobs(msg, RIPTIDES_A_IDENTITY_CERTIFICATE, chain);
	return rnl_call(nl, msg, NULL, NULL, e);
}

static void put_numbers(struct nl_msg *msg, int type, const struct numbers *n)
{
	unsigned int i;

	for (i = 0; i < n->n; i++)
		put_u32(msg, type, n->v[i]);
}

static void put_selector(struct nl_msg *msg, const struct selector *s)
{
	struct nlattr *attr = nest(msg, RIPTIDES_A_RULE_SELECTOR);

	put_strings(msg, RIPTIDES_A_SELECTOR_PATH, &s->path);
	put_blobs(msg, RIPTIDES_A_SELECTOR_VERITY, &s->verity);
	put_strings(msg, RIPTIDES_A_SELECTOR_COMM, &s->comm);
	put_strings(msg, RIPTIDES_A_SELECTOR_CMDLINE, &s->cmdline);
	put_numbers(msg, RIPTIDES_A_SELECTOR_UID, &s->uid);
	put_numbers(msg, RIPTIDES_A_SELECTOR_GID, &s->gid);
	put_strings(msg, RIPTIDES_A_SELECTOR_CGROUP, &s->cgroup);
	check_put(nla_nest_end(msg, attr));
}

static void put_where(struct nl_msg *msg, const struct rule *r)
{
	struct nlattr *attr;
	unsigned int i;

	for (i = 0; i < r->prefixes.n; i++) {
		attr = nest(msg, RIPTIDES_A_RULE_PREFIX);
		check_put(nla_put(msg, RIPTIDES_A_PREFIX_ADDRESS, r->prefixes.v[i].size,
				  r->prefixes.v[i].address));
		check_put(nla_put_u8(msg, RIPTIDES_A_PREFIX_LENGTH, r->prefixes.v[i].length));
		check_put(nla_nest_end(msg, attr));
	}
	for (i = 0; i < r->ports.n; i++) {
		attr = nest(msg, RIPTIDES_A_RULE_PORTS);
		check_put(nla_put_u16(msg, RIPTIDES_A_PORTS_FIRST, r->ports.v[i].first));
		check_put(nla_put_u16(msg, RIPTIDES_A_PORTS_LAST, r->ports.v[i].last));
		check_put(nla_nest_end(msg, attr));
	}
}

int rnl_rule_new(struct nl *nl, const struct rule *r, bool staged, struct error *e)
{
	struct nl_msg *msg;
	unsigned int i;

	if (check_selectors(r, e))
		return -1;
	msg = rnl_request(nl, RIPTIDES_CMD_RULE_NEW, NLM_F_ACK, rule_size(r));
	put_string(msg, RIPTIDES_A_RULE_NAME, r->name);
	put_u32(msg, RIPTIDES_A_RULE_PRIORITY, r->priority);
	put_u32(msg, RIPTIDES_A_RULE_DIRECTION, r->direction);
	put_u32(msg, RIPTIDES_A_RULE_MODE, r->mode);
	put_string(msg, RIPTIDES_A_RULE_IDENTITY, r->identity);
	for (i = 0; i < r->selectors.n; i++)
		put_selector(msg, &r->selectors.v[i]);
	put_where(msg, r);
	put_strings(msg, RIPTIDES_A_RULE_PEER, &r->peers);
	for (i = 0; i < r->alpn.n; i++)
		check_put(nla_put(msg, RIPTIDES_A_RULE_ALPN, strlen(r->alpn.v[i]),
				  r->alpn.v[i]));
	put_string(msg, RIPTIDES_A_RULE_SERVER_NAME, r->server_name);
	if (r->confirm)
		check_put(nla_put_flag(msg, RIPTIDES_A_RULE_CONFIRM));
	if (r->allow_truncation)
		check_put(nla_put_flag(msg, RIPTIDES_A_RULE_ALLOW_TRUNCATION));
	if (r->attest)
		put_u32(msg, RIPTIDES_A_RULE_ATTEST, r->attest);
	if (r->wait_ms)
		put_u32(msg, RIPTIDES_A_RULE_WAIT_MS, r->wait_ms);
	if (r->pq)
		put_u32(msg, RIPTIDES_A_RULE_PQ, r->pq);
	if (r->max_age_s)
		put_u32(msg, RIPTIDES_A_RULE_MAX_SESSION_AGE, r->max_age_s);
	if (r->kill_on_revoke)
		check_put(nla_put_flag(msg, RIPTIDES_A_RULE_KILL_ON_REVOKE));
	if (staged)
		check_put(nla_put_flag(msg, RIPTIDES_A_RULE_STAGED));
	return rnl_call(nl, msg, NULL, NULL, e);
}

static int on_one_rule(struct nlmsghdr *msg, void *ctx)
{
	struct into *into = ctx;

	return rnl_parse_rule(into->a, msg, into->out);
}

int rnl_rule_get(struct nl *nl, struct arena *a, const char *name, struct rule *out,
		 struct error *e)
{
	struct into into = { .a = a, .out = out };

	memset(out, 0, sizeof(*out));
	return name_only(nl, RIPTIDES_CMD_RULE_GET, RIPTIDES_A_RULE_NAME, name, on_one_rule,
			 &into, e);
}

int rnl_rule_del(struct nl *nl, const char *name, struct error *e)
{
	return name_only(nl, RIPTIDES_CMD_RULE_DEL, RIPTIDES_A_RULE_NAME, name, NULL, NULL, e);
}

static int on_policy(struct nlmsghdr *msg, void *ctx)
{
	return rnl_parse_policy(msg, ctx);
}

static int policy_call(struct nl *nl, u8 command, struct policy *out, struct error *e)
{
	struct nl_msg *msg = rnl_request(nl, command, NLM_F_ACK, 0);
	struct policy unused;

	return rnl_call(nl, msg, on_policy, out ? out : &unused, e);
}

int rnl_policy_commit(struct nl *nl, struct policy *out, struct error *e)
{
	return policy_call(nl, RIPTIDES_CMD_POLICY_COMMIT, out, e);
}

int rnl_policy_discard(struct nl *nl, struct error *e)
{
	return policy_call(nl, RIPTIDES_CMD_POLICY_DISCARD, NULL, e);
}

int rnl_policy_get(struct nl *nl, struct policy *out, struct error *e)
{
	return policy_call(nl, RIPTIDES_CMD_POLICY_GET, out, e);
}

static int on_answer(struct nlmsghdr *msg, void *ctx)
{
	struct into *into = ctx;

	return rnl_parse_answer(into->a, msg, into->out);
}

int rnl_explain(struct nl *nl, struct arena *a, const struct question *q,
		struct answer *out, struct error *e)
{
	struct nl_msg *msg = rnl_request(nl, RIPTIDES_CMD_EXPLAIN, NLM_F_ACK, REQUEST_SIZE);
	struct into into = { .a = a, .out = out };

	memset(out, 0, sizeof(*out));
	put_u32(msg, RIPTIDES_A_QUESTION_DIRECTION, q->direction);
	check_put(nla_put(msg, RIPTIDES_A_QUESTION_ADDRESS, q->size, q->address));
	check_put(nla_put_u16(msg, RIPTIDES_A_QUESTION_PORT, q->port));
	if (q->pid)
		put_u32(msg, RIPTIDES_A_QUESTION_PID, q->pid);
	return rnl_call(nl, msg, on_answer, &into, e);
}

static int on_settings(struct nlmsghdr *msg, void *ctx)
{
	return rnl_parse_settings(msg, ctx);
}

int rnl_settings_get(struct nl *nl, struct settings *out, struct error *e)
{
	struct nl_msg *msg = rnl_request(nl, RIPTIDES_CMD_SETTINGS_GET, NLM_F_ACK, 0);

	return rnl_call(nl, msg, on_settings, out, e);
}

int rnl_settings_set(struct nl *nl, const struct settings *s, struct error *e)
{
	struct nl_msg *msg = rnl_request(nl, RIPTIDES_CMD_SETTINGS_SET, NLM_F_ACK, REQUEST_SIZE);

	if (s->deadline_ms)
		put_u32(msg, RIPTIDES_A_SETTINGS_DEADLINE_MS, s->deadline_ms);
	if (s->max_handshakes)
		put_u32(msg, RIPTIDES_A_SETTINGS_MAX_HANDSHAKES, s->max_handshakes);
	if (s->max_listener_handshakes)
		put_u32(msg, RIPTIDES_A_SETTINGS_MAX_LISTENER_HANDSHAKES,
			s->max_listener_handshakes);
	if (s->egress)
		check_put(nla_put_u8(msg, RIPTIDES_A_SETTINGS_EGRESS, s->egress == SWITCH_ON));
	if (s->ingress)
		check_put(nla_put_u8(msg, RIPTIDES_A_SETTINGS_INGRESS, s->ingress == SWITCH_ON));
	if (s->resumption)
		put_u32(msg, RIPTIDES_A_SETTINGS_RESUMPTION, s->resumption - 1);
	if (s->ticket_lifetime_s)
		put_u32(msg, RIPTIDES_A_SETTINGS_TICKET_LIFETIME, s->ticket_lifetime_s);
	return rnl_call(nl, msg, NULL, NULL, e);
}

/*
 * Anchors and revocations come with their bundle's generation, or it is not the
 * bundle that was told of: then all of it is read again.
 */
static void clear_bundles(void *ctx)
{
	struct state *s = ctx;

	memset(&s->bundles, 0, sizeof(s->bundles));
}

static void clear_anchors(void *ctx)
{
	struct state *s = ctx;
	unsigned int i;

	for (i = 0; i < s->bundles.n; i++)
		memset(&s->bundles.v[i].certs, 0, sizeof(s->bundles.v[i].certs));
}

static void clear_revocations(void *ctx)
{
	struct state *s = ctx;
	unsigned int i;

	for (i = 0; i < s->bundles.n; i++)
		memset(&s->bundles.v[i].revoked, 0, sizeof(s->bundles.v[i].revoked));
}

static int on_bundle(struct nlmsghdr *msg, void *ctx)
{
	return rnl_parse_bundle(ctx, msg);
}

static int on_anchor(struct nlmsghdr *msg, void *ctx)
{
	return rnl_parse_anchor(ctx, msg);
}

static int on_revocation(struct nlmsghdr *msg, void *ctx)
{
	return rnl_parse_revocation(ctx, msg);
}

static bool bundles_same(const struct state *a, const struct state *b)
{
	unsigned int i;

	if (a->bundles.n != b->bundles.n)
		return false;
	for (i = 0; i < a->bundles.n; i++) {
		if (strcmp(a->bundles.v[i].trust_domain, b->bundles.v[i].trust_domain) ||
		    a->bundles.v[i].generation != b->bundles.v[i].generation)
			return false;
	}
	return true;
}

int rnl_dump_bundles(struct nl *nl, struct state *s, struct error *e)
{
	struct state again = {};
	unsigned int i;
	bool same;

	for (i = 0; i < NL_DUMP_TRIES; i++) {
		if (rnl_dump(nl, RIPTIDES_CMD_BUNDLE_GET, on_bundle, clear_bundles, s, e))
			return -1;
		state_sort(s);
		if (rnl_dump(nl, RIPTIDES_CMD_ANCHOR_GET, on_anchor, clear_anchors, s, e) ||
		    rnl_dump(nl, RIPTIDES_CMD_REVOCATION_GET, on_revocation, clear_revocations,
			     s, e) ||
		    rnl_dump(nl, RIPTIDES_CMD_BUNDLE_GET, on_bundle, clear_bundles, &again, e))
			return -1;
		state_sort(&again);
		same = bundles_same(s, &again);
		state_free(&again);
		if (same) {
			state_sort(s);
			return 0;
		}
	}
	return fail(e, "the kernel's bundles change too often to be read");
}

static void clear_identities(void *ctx)
{
	struct state *s = ctx;

	memset(&s->identities, 0, sizeof(s->identities));
}

static int on_identity_dump(struct nlmsghdr *msg, void *ctx)
{
	struct state *s = ctx;

	return rnl_parse_identity(&s->arena, msg, vec_push(&s->arena, &s->identities));
}

int rnl_dump_identities(struct nl *nl, struct state *s, struct error *e)
{
	if (rnl_dump(nl, RIPTIDES_CMD_IDENTITY_GET, on_identity_dump, clear_identities, s, e))
		return -1;
	state_sort(s);
	return 0;
}

static void clear_rules(void *ctx)
{
	struct state *s = ctx;

	memset(&s->rules, 0, sizeof(s->rules));
}

static int on_rule(struct nlmsghdr *msg, void *ctx)
{
	struct state *s = ctx;

	return rnl_parse_rule(&s->arena, msg, vec_push(&s->arena, &s->rules));
}

int rnl_dump_rules(struct nl *nl, struct state *s, struct error *e)
{
	return rnl_dump(nl, RIPTIDES_CMD_RULE_GET, on_rule, clear_rules, s, e);
}

int rnl_dump_state(struct nl *nl, struct state *s, struct error *e)
{
	return rnl_settings_get(nl, &s->settings, e) || rnl_dump_bundles(nl, s, e) ||
	       rnl_dump_identities(nl, s, e) ||
	       rnl_dump_rules(nl, s, e) ? -1 : 0;
}
