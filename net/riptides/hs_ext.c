// SPDX-License-Identifier: GPL-2.0-only
/*
 * Extensions: legality and reading
 *
 * RFC 8446 section 4.2, and for each extension the RFC that defines it.
 *
 * The readers check the whole syntax of a body, lists within lists included,
 * so that whoever walks through a returned view later need not doubt it.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "hs_ext.h"

#define CH	RPT_EXT_IN_CH
#define SH	RPT_EXT_IN_SH
#define HRR	RPT_EXT_IN_HRR
#define EE	RPT_EXT_IN_EE
#define CT	RPT_EXT_IN_CT
#define CR	RPT_EXT_IN_CR
#define NST	RPT_EXT_IN_NST

/*
 * The table of RFC 8446 section 4.2 and IANA's "TLS 1.3" column.  Extensions of
 * TLS 1.2 stand in the ClientHello of a client that speaks both.
 */
const struct rpt_ext_rule rpt_ext_rules[] = {
	{ RPT_EXT_SERVER_NAME,			CH | EE,	"server_name" },
	{ RPT_EXT_MAX_FRAGMENT_LENGTH,		CH | EE,	"max_fragment_length" },
	{ RPT_EXT_STATUS_REQUEST,		CH | CR | CT,	"status_request" },
	{ RPT_EXT_SUPPORTED_GROUPS,		CH | EE,	"supported_groups" },
	{ RPT_EXT_EC_POINT_FORMATS,		CH,		"ec_point_formats" },
	{ RPT_EXT_SIGNATURE_ALGORITHMS,		CH | CR,	"signature_algorithms" },
	{ RPT_EXT_USE_SRTP,			CH | EE,	"use_srtp" },
	{ RPT_EXT_HEARTBEAT,			CH | EE,	"heartbeat" },
	{ RPT_EXT_ALPN,				CH | EE,	"alpn" },
	{ RPT_EXT_SCT,				CH | CR | CT,	"signed_certificate_timestamp" },
	{ RPT_EXT_CLIENT_CERTIFICATE_TYPE,	CH | EE,	"client_certificate_type" },
	{ RPT_EXT_SERVER_CERTIFICATE_TYPE,	CH | EE,	"server_certificate_type" },
	{ RPT_EXT_PADDING,			CH,		"padding" },
	{ RPT_EXT_ENCRYPT_THEN_MAC,		CH,		"encrypt_then_mac" },
	{ RPT_EXT_EXTENDED_MASTER_SECRET,	CH,		"extended_master_secret" },
	{ RPT_EXT_COMPRESS_CERTIFICATE,		CH | CR,	"compress_certificate" },
	{ RPT_EXT_RECORD_SIZE_LIMIT,		CH | EE,	"record_size_limit" },
	{ RPT_EXT_SESSION_TICKET,		CH,		"session_ticket" },
	{ RPT_EXT_PRE_SHARED_KEY,		CH | SH,	"pre_shared_key" },
	{ RPT_EXT_EARLY_DATA,			CH | EE | NST,	"early_data" },
	{ RPT_EXT_SUPPORTED_VERSIONS,		CH | SH | HRR,	"supported_versions" },
	{ RPT_EXT_COOKIE,			CH | HRR,	"cookie" },
	{ RPT_EXT_PSK_KEY_EXCHANGE_MODES,	CH,		"psk_key_exchange_modes" },
	{ RPT_EXT_CERTIFICATE_AUTHORITIES,	CH | CR,	"certificate_authorities" },
	{ RPT_EXT_OID_FILTERS,			CR,		"oid_filters" },
	{ RPT_EXT_POST_HANDSHAKE_AUTH,		CH,		"post_handshake_auth" },
	{ RPT_EXT_SIGNATURE_ALGORITHMS_CERT,	CH | CR,	"signature_algorithms_cert" },
	{ RPT_EXT_KEY_SHARE,			CH | SH | HRR,	"key_share" },
	{ RPT_EXT_TICKET_REQUEST,		CH | EE,	"ticket_request" },
	{ RPT_EXT_RENEGOTIATION_INFO,		CH,		"renegotiation_info" },
};

const unsigned int rpt_ext_rules_n = ARRAY_SIZE(rpt_ext_rules);

static_assert(ARRAY_SIZE(rpt_ext_rules) <= 64, "one bit each in a u64");

#undef CH
#undef SH
#undef HRR
#undef EE
#undef CT
#undef CR
#undef NST

static const struct rpt_ext_rule *rule_find(u16 type)
{
	unsigned int i;

	for (i = 0; i < rpt_ext_rules_n; i++)
		if (rpt_ext_rules[i].type == type)
			return &rpt_ext_rules[i];
	return NULL;
}

/**
 * rpt_ext_bit() - the bit that stands for an extension in a set
 * @type: code point
 *
 * Context: Any context.
 * Return: one bit, or 0 for an extension that is not in the table.
 */
u64 rpt_ext_bit(u16 type)
{
	const struct rpt_ext_rule *rule = rule_find(type);

	return rule ? BIT_ULL(rule - rpt_ext_rules) : 0;
}

/**
 * rpt_ext_walk_init() - walk through extensions that open an exchange
 * @w: the walk
 * @block: inside of the block
 * @msg: the message, one of RPT_EXT_IN_*
 *
 * Context: Any context.
 */
void rpt_ext_walk_init(struct rpt_ext_walk *w, struct rpt_rd block, u8 msg)
{
	w->rd = block;
	w->msg = msg;
	w->response = false;
	w->asked = 0;
	w->seen = 0;
	w->n = 0;
	w->alert = 0;
}

/**
 * rpt_ext_walk_init_response() - walk through extensions that answer ours
 * @w: the walk
 * @block: inside of the block
 * @msg: the message, one of RPT_EXT_IN_*
 * @asked: rpt_ext_bit() of each extension that may be answered
 *
 * Context: Any context.
 */
void rpt_ext_walk_init_response(struct rpt_ext_walk *w, struct rpt_rd block,
				u8 msg, u64 asked)
{
	rpt_ext_walk_init(w, block, msg);
	w->response = true;
	w->asked = asked;
}

static int walk_fail(struct rpt_ext_walk *w, u8 alert)
{
	w->alert = alert;
	return -EPROTO;
}

/**
 * rpt_ext_walk_next() - step to the next extension
 * @w: the walk; on success @w->type and @w->body are the extension
 *
 * RFC 8446 section 4.2: an extension that we know in a message where it may not
 * stand, a second one of a type: illegal_parameter; an answer to a question
 * that was not asked: unsupported_extension.
 *
 * Context: Any context.
 * Return: 1 there is one, 0 the block is over, -EPROTO with @w->alert set.
 */
int rpt_ext_walk_next(struct rpt_ext_walk *w)
{
	const struct rpt_ext_rule *rule;
	unsigned int i;
	u64 bit;

	if (rpt_rd_done(&w->rd))
		return 0;

	w->type = rpt_rd_u16(&w->rd);
	w->body = rpt_rd_block(&w->rd, 2, 0, 0xffff);
	if (!rpt_rd_ok(&w->rd))
		return walk_fail(w, RPT_ALERT_DECODE_ERROR);

	for (i = 0; i < w->n; i++)
		if (w->types[i] == w->type)
			return walk_fail(w, RPT_ALERT_ILLEGAL_PARAMETER);
	if (w->n == ARRAY_SIZE(w->types))
		return walk_fail(w, RPT_ALERT_ILLEGAL_PARAMETER);
	w->types[w->n++] = w->type;

	/* Section 4.2.11: the binders cover all that precedes them */
	if (w->msg == RPT_EXT_IN_CH && w->n > 1 &&
	    w->types[w->n - 2] == RPT_EXT_PRE_SHARED_KEY)
		return walk_fail(w, RPT_ALERT_ILLEGAL_PARAMETER);

	rule = rule_find(w->type);
	bit = rpt_ext_bit(w->type);
	w->seen |= bit;
	if (rule && !(rule->messages & w->msg))
		return walk_fail(w, RPT_ALERT_ILLEGAL_PARAMETER);
	if (w->response && !(w->asked & bit))
		return walk_fail(w, RPT_ALERT_UNSUPPORTED_EXTENSION);
	return 1;
}

static struct rpt_blob blob_of(const struct rpt_rd *r)
{
	struct rpt_blob b = { .data = r->p, .len = rpt_rd_left(r) };

	return b;
}

static const struct rpt_blob no_blob;

/* Errors of a list within a body are errors of the body */
static struct rpt_blob checked(struct rpt_rd *r, const struct rpt_rd *walk,
			       struct rpt_blob b)
{
	if (!rpt_rd_ok(walk) || !rpt_rd_done(r)) {
		rpt_rd_fail(r);
		return no_blob;
	}
	return b;
}

/**
 * rpt_ext_read_u16_list() - read a list of code points
 * @r: body of supported_groups, signature_algorithms or
 *	signature_algorithms_cert (RFC 8446 sections 4.2.3, 4.2.7)
 *
 * Context: Any context.
 * Return: the values, two bytes each; empty with @r's error set if malformed.
 */
struct rpt_blob rpt_ext_read_u16_list(struct rpt_rd *r)
{
	struct rpt_rd list = rpt_rd_block(r, 2, 2, 0xfffe);

	if (rpt_rd_left(&list) & 1)
		rpt_rd_fail(&list);
	return checked(r, &list, blob_of(&list));
}

/**
 * rpt_ext_read_versions() - read supported_versions of a ClientHello
 * @r: body (RFC 8446 section 4.2.1)
 *
 * Context: Any context.
 * Return: the versions, two bytes each; empty with @r's error set if malformed.
 */
struct rpt_blob rpt_ext_read_versions(struct rpt_rd *r)
{
	struct rpt_rd list = rpt_rd_block(r, 1, 2, 254);

	if (rpt_rd_left(&list) & 1)
		rpt_rd_fail(&list);
	return checked(r, &list, blob_of(&list));
}

/**
 * rpt_ext_read_server_name() - read the one host name of a ClientHello
 * @r: body (RFC 6066 section 3)
 *
 * Context: Any context.
 * Return: the name; empty with @r's error set if malformed, if there is no
 * host_name or more than one name, or if it holds a zero byte.
 */
struct rpt_blob rpt_ext_read_server_name(struct rpt_rd *r)
{
	struct rpt_rd list = rpt_rd_block(r, 2, 1, 0xffff);
	struct rpt_rd name;

	if (rpt_rd_u8(&list) != RPT_SNI_HOST_NAME)
		rpt_rd_fail(&list);
	name = rpt_rd_block(&list, 2, 1, RPT_SNI_MAX);
	if (!rpt_rd_done(&list) || memchr(name.p, 0, rpt_rd_left(&name)))
		rpt_rd_fail(&list);
	return checked(r, &list, blob_of(&name));
}

/**
 * rpt_ext_read_alpn() - read a list of protocol names
 * @r: body (RFC 7301 section 3.1)
 *
 * Context: Any context.
 * Return: the list, names with one length byte each; empty with @r's error set
 * if malformed.
 */
struct rpt_blob rpt_ext_read_alpn(struct rpt_rd *r)
{
	struct rpt_rd list = rpt_rd_block(r, 2, 2, 0xffff);
	struct rpt_blob b = blob_of(&list);

	while (rpt_rd_left(&list))
		(void)rpt_rd_block(&list, 1, 1, RPT_ALPN_MAX);
	return checked(r, &list, b);
}

/**
 * rpt_ext_read_alpn_choice() - read the one protocol name of a server
 * @r: body (RFC 7301 section 3.1)
 *
 * Context: Any context.
 * Return: the name; empty with @r's error set if malformed or not exactly one.
 */
struct rpt_blob rpt_ext_read_alpn_choice(struct rpt_rd *r)
{
	struct rpt_rd list = rpt_rd_block(r, 2, 2, 0xffff);
	struct rpt_rd name = rpt_rd_block(&list, 1, 1, RPT_ALPN_MAX);

	if (!rpt_rd_done(&list))
		rpt_rd_fail(&list);
	return checked(r, &list, blob_of(&name));
}

/**
 * rpt_ext_read_share() - read one KeyShareEntry
 * @r: reader, left behind the entry (RFC 8446 section 4.2.8)
 * @group: out: the group
 *
 * Context: Any context.
 * Return: the key_exchange; empty with @r's error set if malformed.
 */
struct rpt_blob rpt_ext_read_share(struct rpt_rd *r, u16 *group)
{
	struct rpt_rd share;

	*group = rpt_rd_u16(r);
	share = rpt_rd_block(r, 2, 1, 0xffff);
	return blob_of(&share);
}

/**
 * rpt_ext_read_shares() - read key_share of a ClientHello
 * @r: body (RFC 8446 section 4.2.8)
 * @alert: out: illegal_parameter for two shares of a group or more than
 *	RPT_KEY_SHARES_MAX of them; otherwise untouched
 *
 * Context: Any context.
 * Return: the list of KeyShareEntry, which may be empty; @r's error is set if
 * malformed.
 */
struct rpt_blob rpt_ext_read_shares(struct rpt_rd *r, u8 *alert)
{
	struct rpt_rd list = rpt_rd_block(r, 2, 0, 0xffff);
	struct rpt_blob b = blob_of(&list);
	u16 groups[RPT_KEY_SHARES_MAX];
	unsigned int i, n = 0;
	u16 group;

	while (rpt_rd_left(&list)) {
		(void)rpt_ext_read_share(&list, &group);
		if (!rpt_rd_ok(&list))
			break;
		for (i = 0; i < n; i++)
			if (groups[i] == group)
				break;
		if (i < n || n == ARRAY_SIZE(groups)) {
			*alert = RPT_ALERT_ILLEGAL_PARAMETER;
			rpt_rd_fail(&list);
			break;
		}
		groups[n++] = group;
	}
	return checked(r, &list, b);
}

/**
 * rpt_ext_read_cookie() - read a cookie
 * @r: body (RFC 8446 section 4.2.2)
 *
 * Context: Any context.
 * Return: the cookie; empty with @r's error set if malformed or longer than
 * RPT_COOKIE_MAX.
 */
struct rpt_blob rpt_ext_read_cookie(struct rpt_rd *r)
{
	struct rpt_rd cookie = rpt_rd_block(r, 2, 1, RPT_COOKIE_MAX);

	return checked(r, &cookie, blob_of(&cookie));
}

/**
 * rpt_ext_read_authorities() - read certificate_authorities
 * @r: body (RFC 8446 section 4.2.4)
 *
 * Context: Any context.
 * Return: the list, distinguished names with two length bytes each; empty with
 * @r's error set if malformed.
 */
struct rpt_blob rpt_ext_read_authorities(struct rpt_rd *r)
{
	struct rpt_rd list = rpt_rd_block(r, 2, 3, 0xffff);
	struct rpt_blob b = blob_of(&list);

	while (rpt_rd_left(&list))
		(void)rpt_rd_block(&list, 2, 1, 0xffff);
	return checked(r, &list, b);
}

/**
 * rpt_ext_read_modes() - read psk_key_exchange_modes
 * @r: body (RFC 8446 section 4.2.9)
 *
 * Context: Any context.
 * Return: the modes, one byte each; empty with @r's error set if malformed.
 */
struct rpt_blob rpt_ext_read_modes(struct rpt_rd *r)
{
	struct rpt_rd list = rpt_rd_block(r, 1, 1, 255);

	return checked(r, &list, blob_of(&list));
}

/**
 * rpt_ext_read_size_limit() - read record_size_limit
 * @r: body (RFC 8449 section 4)
 * @alert: out: illegal_parameter for less than 64; otherwise untouched
 *
 * Context: Any context.
 * Return: the limit, cut to what TLS 1.3 allows; @r's error is set if
 * malformed or too small.
 */
u16 rpt_ext_read_size_limit(struct rpt_rd *r, u8 *alert)
{
	u16 limit = rpt_rd_u16(r);

	if (!rpt_rd_done(r)) {
		rpt_rd_fail(r);
		return 0;
	}
	if (limit < RPT_RECORD_SIZE_LIMIT_MIN) {
		*alert = RPT_ALERT_ILLEGAL_PARAMETER;
		rpt_rd_fail(r);
		return 0;
	}
	return min_t(u16, limit, RPT_RECORD_SIZE_LIMIT_MAX);
}

/**
 * rpt_ext_psk_next() - take the next PskIdentity of a list
 * @identities: reader of the list (RFC 8446 section 4.2.11)
 * @identity: out: the identity
 * @age: out: its obfuscated_ticket_age
 *
 * Context: Any context.
 * Return: true if there was one.
 */
bool rpt_ext_psk_next(struct rpt_rd *identities, struct rpt_blob *identity,
		      u32 *age)
{
	struct rpt_rd id;

	if (!rpt_rd_left(identities))
		return false;
	id = rpt_rd_block(identities, 2, 1, 0xffff);
	*identity = blob_of(&id);
	*age = rpt_rd_u32(identities);
	return rpt_rd_ok(identities);
}

/**
 * rpt_ext_read_psks() - read pre_shared_key of a ClientHello
 * @r: body (RFC 8446 section 4.2.11)
 * @identities: out: list of PskIdentity
 * @binders: out: list of PskBinderEntry, as many as identities
 * @alert: out: illegal_parameter if the numbers differ; otherwise untouched
 *
 * Context: Any context. @r's error is set if malformed.
 */
void rpt_ext_read_psks(struct rpt_rd *r, struct rpt_blob *identities,
		       struct rpt_blob *binders, u8 *alert)
{
	struct rpt_rd ids = rpt_rd_block(r, 2, 7, 0xffff);
	struct rpt_rd macs = rpt_rd_block(r, 2, 33, 0xffff);
	unsigned int n_ids = 0, n_macs = 0;
	struct rpt_blob id;
	u32 age;

	*identities = blob_of(&ids);
	*binders = blob_of(&macs);
	while (rpt_ext_psk_next(&ids, &id, &age))
		n_ids++;
	while (rpt_rd_left(&macs)) {
		(void)rpt_rd_block(&macs, 1, 32, 255);
		n_macs++;
	}
	if (!rpt_rd_ok(&ids) || !rpt_rd_ok(&macs) || !rpt_rd_done(r)) {
		rpt_rd_fail(r);
	} else if (n_ids != n_macs) {
		*alert = RPT_ALERT_ILLEGAL_PARAMETER;
		rpt_rd_fail(r);
	}
}

/**
 * rpt_u16_list_has() - look a code point up in a list from the wire
 * @list: two bytes each
 * @value: the code point
 *
 * Context: Any context.
 * Return: true if it is there.
 */
bool rpt_u16_list_has(struct rpt_blob list, u16 value)
{
	size_t i;

	for (i = 0; i + 1 < list.len; i += 2)
		if (get_unaligned_be16(list.data + i) == value)
			return true;
	return false;
}
