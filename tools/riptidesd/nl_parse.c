// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generic netlink family riptides: from messages to structures
 *
 * The kernel is trusted, but not to be of our age: attributes that nobody here
 * knows are passed over, and none is believed to have the size that it should.
 */
#include <string.h>

#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include "nl.h"
#include "nl_attr.h"

/**
 * nl_attributes() - attributes of a message
 * @msg: message
 * @left: gets their length
 *
 * Return: the first one, NULL if it is no message.
 */
struct nlattr *nl_attributes(struct nlmsghdr *msg, int *left)
{
	struct genlmsghdr *genl;

	*left = 0;
	if (!genlmsg_valid_hdr(msg, 0))
		return NULL;
	genl = genlmsg_hdr(msg);
	*left = genlmsg_attrlen(genl, 0);
	return genlmsg_attrdata(genl, 0);
}

#define for_each_nested(attr, nest, left)					\
	for ((attr) = nla_data(nest), (left) = nla_len(nest); nla_ok(attr, left);\
	     (attr) = nla_next(attr, &(left)))

/**
 * nl_get_text() - a string, terminated or not
 * @a: arena for it
 * @attr: attribute
 *
 * Return: the string.
 */
char *nl_get_text(struct arena *a, struct nlattr *attr)
{
	return arena_dup(a, nla_data(attr), strnlen(nla_data(attr), nla_len(attr)));
}

static void get_blob(struct arena *a, struct nlattr *attr, struct blob *out)
{
	out->len = nla_len(attr);
	out->data = arena_dup(a, nla_data(attr), out->len);
}

/**
 * nl_get_number() - an integer of whatever size: sint and uint have 4 or 8 bytes
 * @attr: attribute
 * @is_signed: of 4 bytes, the first one is the sign
 *
 * Return: the number, 0 if it is none.
 */
u64 nl_get_number(struct nlattr *attr, bool is_signed)
{
	const void *data = nla_data(attr);
	u32 word;
	u64 value;
	u16 half;

	switch (nla_len(attr)) {
	case 1:
		return *(const u8 *)data;
	case 2:
		memcpy(&half, data, sizeof(half));
		return half;
	case 4:
		memcpy(&word, data, sizeof(word));
		return is_signed ? (u64)(s64)(int32_t)word : word;
	case 8:
		memcpy(&value, data, sizeof(value));
		return value;
	default:
		return 0;
	}
}

int rnl_parse_bundle(struct state *s, struct nlmsghdr *msg)
{
	struct bundle *b = vec_push(&s->arena, &s->bundles);
	struct nlattr *attr;
	int left;

	memset(b, 0, sizeof(*b));
	for_each_attribute(attr, msg, left) {
		switch (nla_type(attr)) {
		case RIPTIDES_A_BUNDLE_TRUST_DOMAIN:
			b->trust_domain = nl_get_text(&s->arena, attr);
			break;
		case RIPTIDES_A_BUNDLE_GENERATION:
			b->generation = nl_get_number(attr, false);
			break;
		case RIPTIDES_A_BUNDLE_HANDSHAKES:
			b->counts.handshakes = nl_get_number(attr, false);
			break;
		case RIPTIDES_A_BUNDLE_FAILURES:
			b->counts.failures = nl_get_number(attr, false);
			break;
		case RIPTIDES_A_BUNDLE_TX_BYTES:
			b->counts.tx_bytes = nl_get_number(attr, false);
			break;
		case RIPTIDES_A_BUNDLE_RX_BYTES:
			b->counts.rx_bytes = nl_get_number(attr, false);
			break;
		}
	}
	if (b->trust_domain)
		return 0;
	s->bundles.n--;
	return -1;
}

/* The bundle that a message is about; NULL if it came after the list of them */
static struct bundle *bundle_of(struct state *s, struct nlmsghdr *msg, int *err)
{
	struct nlattr *attr;
	struct bundle *b;
	char *name;
	int left;

	for_each_attribute(attr, msg, left) {
		if (nla_type(attr) != RIPTIDES_A_BUNDLE_TRUST_DOMAIN)
			continue;
		*err = 0;
		name = nl_get_text(&s->arena, attr);
		b = state_bundle(s, name);
		return b;
	}
	*err = -1;
	return NULL;
}

int rnl_parse_anchor(struct state *s, struct nlmsghdr *msg)
{
	struct nlattr *attr;
	struct bundle *b;
	int left, err;

	b = bundle_of(s, msg, &err);
	if (!b)
		return err;
	for_each_attribute(attr, msg, left) {
		if (nla_type(attr) == RIPTIDES_A_BUNDLE_CERTIFICATE)
			get_blob(&s->arena, attr, vec_push(&s->arena, &b->certs));
	}
	return 0;
}

static void get_revocation(struct state *s, struct bundle *b, struct nlattr *nest)
{
	struct revocation *r;
	struct blob issuer = {};
	struct nlattr *attr;
	int left;

	for_each_nested(attr, nest, left) {
		if (nla_type(attr) == RIPTIDES_A_REVOCATION_ISSUER)
			get_blob(&s->arena, attr, &issuer);
	}
	for_each_nested(attr, nest, left) {
		if (nla_type(attr) != RIPTIDES_A_REVOCATION_SERIAL)
			continue;
		r = vec_push(&s->arena, &b->revoked);
		r->issuer = issuer;
		get_blob(&s->arena, attr, &r->serial);
	}
}

int rnl_parse_revocation(struct state *s, struct nlmsghdr *msg)
{
	struct nlattr *attr;
	struct bundle *b;
	int left, err;

	b = bundle_of(s, msg, &err);
	if (!b)
		return err;
	for_each_attribute(attr, msg, left) {
		if (nla_type(attr) == RIPTIDES_A_BUNDLE_REVOCATION)
			get_revocation(s, b, attr);
	}
	return 0;
}

int rnl_parse_identity(struct arena *a, struct nlmsghdr *msg, struct identity *out)
{
	struct nlattr *attr;
	int left;

	memset(out, 0, sizeof(*out));
	for_each_attribute(attr, msg, left) {
		switch (nla_type(attr)) {
		case RIPTIDES_A_IDENTITY_NAME:
			out->name = nl_get_text(a, attr);
			break;
		case RIPTIDES_A_IDENTITY_STATE:
			out->state = nl_get_number(attr, false);
			break;
		case RIPTIDES_A_IDENTITY_SPIFFE_ID:
			out->spiffe_id = nl_get_text(a, attr);
			break;
		case RIPTIDES_A_IDENTITY_DNS_NAME:
			*vec_push(a, &out->dns) = nl_get_text(a, attr);
			break;
		case RIPTIDES_A_IDENTITY_CERTIFICATE:
			get_blob(a, attr, vec_push(a, &out->chain));
			break;
		case RIPTIDES_A_IDENTITY_NOT_BEFORE:
			out->not_before = nl_get_number(attr, true);
			break;
		case RIPTIDES_A_IDENTITY_NOT_AFTER:
			out->not_after = nl_get_number(attr, true);
			break;
		case RIPTIDES_A_IDENTITY_HANDSHAKES:
			out->counts.handshakes = nl_get_number(attr, false);
			break;
		case RIPTIDES_A_IDENTITY_FAILURES:
			out->counts.failures = nl_get_number(attr, false);
			break;
		case RIPTIDES_A_IDENTITY_TX_BYTES:
			out->counts.tx_bytes = nl_get_number(attr, false);
			break;
		case RIPTIDES_A_IDENTITY_RX_BYTES:
			out->counts.rx_bytes = nl_get_number(attr, false);
			break;
		}
	}
	if (!out->spiffe_id)
		out->spiffe_id = arena_str(a, "");
	if (out->name)
		return 0;
	out->name = arena_str(a, "");
	return -1;
}

int rnl_parse_csr(struct arena *a, struct nlmsghdr *msg, struct blob *csr)
{
	struct nlattr *attr;
	int left;

	for_each_attribute(attr, msg, left) {
		if (nla_type(attr) == RIPTIDES_A_IDENTITY_CSR)
			get_blob(a, attr, csr);
	}
	return csr->len ? 0 : -1;
}

static void get_selector(struct arena *a, struct nlattr *nest, struct selector *s)
{
	struct nlattr *attr;
	int left;

	memset(s, 0, sizeof(*s));
	for_each_nested(attr, nest, left) {
		switch (nla_type(attr)) {
		case RIPTIDES_A_SELECTOR_PATH:
			*vec_push(a, &s->path) = nl_get_text(a, attr);
			break;
		case RIPTIDES_A_SELECTOR_VERITY:
			get_blob(a, attr, vec_push(a, &s->verity));
			break;
		case RIPTIDES_A_SELECTOR_COMM:
			*vec_push(a, &s->comm) = nl_get_text(a, attr);
			break;
		case RIPTIDES_A_SELECTOR_CMDLINE:
			*vec_push(a, &s->cmdline) = nl_get_text(a, attr);
			break;
		case RIPTIDES_A_SELECTOR_UID:
			*vec_push(a, &s->uid) = nl_get_number(attr, false);
			break;
		case RIPTIDES_A_SELECTOR_GID:
			*vec_push(a, &s->gid) = nl_get_number(attr, false);
			break;
		case RIPTIDES_A_SELECTOR_CGROUP:
			*vec_push(a, &s->cgroup) = nl_get_text(a, attr);
			break;
		}
	}
}

/**
 * nl_get_address() - an IP address
 * @attr: attribute
 * @address: where to put it
 * @size: its size
 *
 * Return: 0, -1 if it is none.
 */
int nl_get_address(struct nlattr *attr, u8 *address, u8 *size)
{
	if (nla_len(attr) != 4 && nla_len(attr) != 16)
		return -1;
	*size = nla_len(attr);
	memcpy(address, nla_data(attr), *size);
	return 0;
}

static int get_prefix(struct nlattr *nest, struct prefix *p)
{
	struct nlattr *attr;
	int left;

	memset(p, 0, sizeof(*p));
	for_each_nested(attr, nest, left) {
		switch (nla_type(attr)) {
		case RIPTIDES_A_PREFIX_ADDRESS:
			if (nl_get_address(attr, p->address, &p->size))
				return -1;
			break;
		case RIPTIDES_A_PREFIX_LENGTH:
			p->length = nl_get_number(attr, false);
			break;
		}
	}
	return p->size && p->length <= p->size * 8 ? 0 : -1;
}

static void get_ports(struct nlattr *nest, struct port_range *p)
{
	struct nlattr *attr;
	int left;

	memset(p, 0, sizeof(*p));
	for_each_nested(attr, nest, left) {
		if (nla_type(attr) == RIPTIDES_A_PORTS_FIRST)
			p->first = nl_get_number(attr, false);
		else if (nla_type(attr) == RIPTIDES_A_PORTS_LAST)
			p->last = nl_get_number(attr, false);
	}
	if (p->last < p->first)
		p->last = p->first;
}

/* The attributes that hold others, or several */
static int get_rule_part(struct arena *a, struct nlattr *attr, struct rule *out)
{
	switch (nla_type(attr)) {
	case RIPTIDES_A_RULE_SELECTOR:
		get_selector(a, attr, vec_push(a, &out->selectors));
		break;
	case RIPTIDES_A_RULE_PREFIX:
		return get_prefix(attr, vec_push(a, &out->prefixes));
	case RIPTIDES_A_RULE_PORTS:
		get_ports(attr, vec_push(a, &out->ports));
		break;
	case RIPTIDES_A_RULE_PEER:
		*vec_push(a, &out->peers) = nl_get_text(a, attr);
		break;
	case RIPTIDES_A_RULE_ALPN:
		*vec_push(a, &out->alpn) = nl_get_text(a, attr);
		break;
	}
	return 0;
}

int rnl_parse_rule(struct arena *a, struct nlmsghdr *msg, struct rule *out)
{
	struct nlattr *attr;
	int left, err = 0;

	memset(out, 0, sizeof(*out));
	for_each_attribute(attr, msg, left) {
		switch (nla_type(attr)) {
		case RIPTIDES_A_RULE_NAME:
			out->name = nl_get_text(a, attr);
			break;
		case RIPTIDES_A_RULE_PRIORITY:
			out->priority = nl_get_number(attr, false);
			break;
		case RIPTIDES_A_RULE_DIRECTION:
			out->direction = nl_get_number(attr, false);
			break;
		case RIPTIDES_A_RULE_MODE:
			out->mode = nl_get_number(attr, false);
			break;
		case RIPTIDES_A_RULE_IDENTITY:
			out->identity = nl_get_text(a, attr);
			break;
		case RIPTIDES_A_RULE_SERVER_NAME:
			out->server_name = nl_get_text(a, attr);
			break;
		case RIPTIDES_A_RULE_CONFIRM:
			out->confirm = true;
			break;
		case RIPTIDES_A_RULE_ALLOW_TRUNCATION:
			out->allow_truncation = true;
			break;
		case RIPTIDES_A_RULE_ATTEST:
			out->attest = nl_get_number(attr, false);
			break;
		case RIPTIDES_A_RULE_WAIT_MS:
			out->wait_ms = nl_get_number(attr, false);
			break;
		case RIPTIDES_A_RULE_PQ:
			out->pq = nl_get_number(attr, false);
			break;
		case RIPTIDES_A_RULE_MAX_SESSION_AGE:
			out->max_age_s = nl_get_number(attr, false);
			break;
		case RIPTIDES_A_RULE_KILL_ON_REVOKE:
			out->kill_on_revoke = true;
			break;
		case RIPTIDES_A_RULE_GENERATION:
			out->generation = nl_get_number(attr, false);
			break;
		case RIPTIDES_A_RULE_HANDSHAKES:
			out->counts.handshakes = nl_get_number(attr, false);
			break;
		case RIPTIDES_A_RULE_FAILURES:
			out->counts.failures = nl_get_number(attr, false);
			break;
		case RIPTIDES_A_RULE_TX_BYTES:
			out->counts.tx_bytes = nl_get_number(attr, false);
			break;
		case RIPTIDES_A_RULE_RX_BYTES:
			out->counts.rx_bytes = nl_get_number(attr, false);
			break;
		default:
			err |= get_rule_part(a, attr, out);
			break;
		}
	}
	/* 300 ms whether told or not; and of no meaning elsewhere */
	if (out->mode != RIPTIDES_RULE_MODE_PERMISSIVE)
		out->wait_ms = 0;
	else if (!out->wait_ms)
		out->wait_ms = RULE_WAIT_MS;
	if (out->name)
		return err;
	out->name = arena_str(a, "");
	return -1;
}

int rnl_parse_policy(struct nlmsghdr *msg, struct policy *out)
{
	struct nlattr *attr;
	int left;

	memset(out, 0, sizeof(*out));
	for_each_attribute(attr, msg, left) {
		switch (nla_type(attr)) {
		case RIPTIDES_A_POLICY_GENERATION:
			out->generation = nl_get_number(attr, false);
			break;
		case RIPTIDES_A_POLICY_RULES:
			out->rules = nl_get_number(attr, false);
			break;
		case RIPTIDES_A_POLICY_STAGED:
			out->staged = nl_get_number(attr, false);
			break;
		}
	}
	return 0;
}

int rnl_parse_settings(struct nlmsghdr *msg, struct settings *out)
{
	struct nlattr *attr;
	int left;

	memset(out, 0, sizeof(*out));
	for_each_attribute(attr, msg, left) {
		switch (nla_type(attr)) {
		case RIPTIDES_A_SETTINGS_DEADLINE_MS:
			out->deadline_ms = nl_get_number(attr, false);
			break;
		case RIPTIDES_A_SETTINGS_MAX_HANDSHAKES:
			out->max_handshakes = nl_get_number(attr, false);
			break;
		case RIPTIDES_A_SETTINGS_MAX_LISTENER_HANDSHAKES:
			out->max_listener_handshakes = nl_get_number(attr, false);
			break;
		case RIPTIDES_A_SETTINGS_EGRESS:
			out->egress = nl_get_number(attr, false) ? SWITCH_ON : SWITCH_OFF;
			break;
		case RIPTIDES_A_SETTINGS_INGRESS:
			out->ingress = nl_get_number(attr, false) ? SWITCH_ON : SWITCH_OFF;
			break;
		case RIPTIDES_A_SETTINGS_RESUMPTION:
			out->resumption = RESUMPTION(nl_get_number(attr, false));
			break;
		case RIPTIDES_A_SETTINGS_TICKET_LIFETIME:
			out->ticket_lifetime_s = nl_get_number(attr, false);
			break;
		}
	}
	return 0;
}

int rnl_parse_answer(struct arena *a, struct nlmsghdr *msg, struct answer *out)
{
	struct nlattr *attr;
	int left;

	for_each_attribute(attr, msg, left) {
		switch (nla_type(attr)) {
		case RIPTIDES_A_QUESTION_RULE:
			snprintf(out->rule, sizeof(out->rule), "%s", nl_get_text(a, attr));
			break;
		case RIPTIDES_A_QUESTION_MODE:
			out->mode = nl_get_number(attr, false);
			break;
		case RIPTIDES_A_QUESTION_REASON:
			out->reason = nl_get_text(a, attr);
			break;
		}
	}
	return 0;
}

static void parse_incident(struct arena *a, struct nlmsghdr *msg, struct event *out)
{
	struct nlattr *attr;
	int left;

	for_each_attribute(attr, msg, left) {
		switch (nla_type(attr)) {
		case RIPTIDES_A_INCIDENT_RULE:
			out->rule = nl_get_text(a, attr);
			break;
		case RIPTIDES_A_INCIDENT_DIRECTION:
			out->direction = nl_get_number(attr, false);
			break;
		case RIPTIDES_A_INCIDENT_ERROR:
			out->error = nl_get_number(attr, false);
			break;
		case RIPTIDES_A_INCIDENT_REASON:
			out->reason = nl_get_text(a, attr);
			break;
		case RIPTIDES_A_INCIDENT_LOCAL_ADDRESS:
			nl_get_address(attr, out->local.address, &out->local.size);
			break;
		case RIPTIDES_A_INCIDENT_LOCAL_PORT:
			out->local.port = nl_get_number(attr, false);
			break;
		case RIPTIDES_A_INCIDENT_PEER_ADDRESS:
			nl_get_address(attr, out->peer.address, &out->peer.size);
			break;
		case RIPTIDES_A_INCIDENT_PEER_PORT:
			out->peer.port = nl_get_number(attr, false);
			break;
		case RIPTIDES_A_INCIDENT_OWN_ID:
			out->own_id = nl_get_text(a, attr);
			break;
		case RIPTIDES_A_INCIDENT_PEER_ID:
			out->peer_id = nl_get_text(a, attr);
			break;
		case RIPTIDES_A_INCIDENT_ALERT:
			out->alert = nl_get_number(attr, false);
			break;
		}
	}
}

int rnl_parse_event(struct arena *a, struct nlmsghdr *msg, struct event *out)
{
	struct identity id;

	memset(out, 0, sizeof(*out));
	out->direction = -1;
	out->alert = -1;
	if (!genlmsg_valid_hdr(msg, 0))
		return -1;
	switch (genlmsg_hdr(msg)->cmd) {
	case RIPTIDES_CMD_CSR_NEEDED:
		out->kind = EVENT_CSR_NEEDED;
		out->name = "csr-needed";
		break;
	case RIPTIDES_CMD_IDENTITY_EXPIRING:
		out->kind = EVENT_EXPIRING;
		out->name = "identity-expiring";
		break;
	case RIPTIDES_CMD_HANDSHAKE_FAILED:
		out->kind = EVENT_HANDSHAKE_FAILED;
		out->name = "handshake-failed";
		break;
	case RIPTIDES_CMD_DENIED:
		out->kind = EVENT_DENIED;
		out->name = "denied";
		break;
	case RIPTIDES_CMD_SESSION_ENDED:
		out->kind = EVENT_SESSION_ENDED;
		out->name = "session-ended";
		break;
	default:
		out->kind = EVENT_OTHER;
		out->name = "other";
		return 0;
	}
	if (out->kind >= EVENT_HANDSHAKE_FAILED) {
		parse_incident(a, msg, out);
		return 0;
	}
	if (rnl_parse_identity(a, msg, &id))
		return -1;
	out->identity = id.name;
	out->state = id.state;
	out->spiffe_id = id.spiffe_id;
	out->not_after = id.not_after;
	return 0;
}
