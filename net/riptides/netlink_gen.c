// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/riptides.yaml */
/* YNL-GEN kernel source */
/* To regenerate run: tools/net/ynl/ynl-regen.sh */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/linux/riptides_netlink.h>

/* Integer value ranges */
static const struct netlink_range_validation riptides_a_settings_deadline_ms_range = {
	.min	= 1ULL,
	.max	= 600000ULL,
};

static const struct netlink_range_validation riptides_a_settings_max_handshakes_range = {
	.min	= 1ULL,
	.max	= 1048576ULL,
};

static const struct netlink_range_validation riptides_a_settings_max_listener_handshakes_range = {
	.min	= 1ULL,
	.max	= 1048576ULL,
};

static const struct netlink_range_validation riptides_a_settings_ticket_lifetime_range = {
	.min	= 1ULL,
	.max	= 604800ULL,
};

static const struct netlink_range_validation riptides_a_rule_wait_ms_range = {
	.max	= 60000ULL,
};

static const struct netlink_range_validation riptides_a_rule_max_session_age_range = {
	.min	= 1ULL,
	.max	= 1209600ULL,
};

/* Common nested types */
const struct nla_policy riptides_ports_nl_policy[RIPTIDES_A_PORTS_LAST + 1] = {
	[RIPTIDES_A_PORTS_FIRST] = { .type = NLA_U16, },
	[RIPTIDES_A_PORTS_LAST] = { .type = NLA_U16, },
};

const struct nla_policy riptides_prefix_nl_policy[RIPTIDES_A_PREFIX_LENGTH + 1] = {
	[RIPTIDES_A_PREFIX_ADDRESS] = NLA_POLICY_MAX_LEN(16),
	[RIPTIDES_A_PREFIX_LENGTH] = NLA_POLICY_MAX(NLA_U8, 128),
};

const struct nla_policy riptides_revocation_nl_policy[RIPTIDES_A_REVOCATION_SERIAL + 1] = {
	[RIPTIDES_A_REVOCATION_ISSUER] = NLA_POLICY_MAX_LEN(2048),
	[RIPTIDES_A_REVOCATION_SERIAL] = NLA_POLICY_MAX_LEN(21),
};

const struct nla_policy riptides_selector_nl_policy[RIPTIDES_A_SELECTOR_CGROUP + 1] = {
	[RIPTIDES_A_SELECTOR_PATH] = { .type = NLA_STRING, .len = 4095, },
	[RIPTIDES_A_SELECTOR_VERITY] = NLA_POLICY_MAX_LEN(64),
	[RIPTIDES_A_SELECTOR_COMM] = { .type = NLA_STRING, .len = 15, },
	[RIPTIDES_A_SELECTOR_CMDLINE] = { .type = NLA_STRING, .len = 255, },
	[RIPTIDES_A_SELECTOR_UID] = { .type = NLA_U32, },
	[RIPTIDES_A_SELECTOR_GID] = { .type = NLA_U32, },
	[RIPTIDES_A_SELECTOR_CGROUP] = { .type = NLA_STRING, .len = 4095, },
};

/* RIPTIDES_CMD_BUNDLE_GET - do */
static const struct nla_policy riptides_bundle_get_nl_policy[RIPTIDES_A_BUNDLE_TRUST_DOMAIN + 1] = {
	[RIPTIDES_A_BUNDLE_TRUST_DOMAIN] = { .type = NLA_NUL_STRING, .len = 255, },
};

/* RIPTIDES_CMD_BUNDLE_NEW - do */
static const struct nla_policy riptides_bundle_new_nl_policy[RIPTIDES_A_BUNDLE_REVOCATION + 1] = {
	[RIPTIDES_A_BUNDLE_TRUST_DOMAIN] = { .type = NLA_NUL_STRING, .len = 255, },
	[RIPTIDES_A_BUNDLE_CERTIFICATE] = NLA_POLICY_MAX_LEN(8192),
	[RIPTIDES_A_BUNDLE_REVOCATION] = NLA_POLICY_NESTED(riptides_revocation_nl_policy),
};

/* RIPTIDES_CMD_BUNDLE_SET - do */
static const struct nla_policy riptides_bundle_set_nl_policy[RIPTIDES_A_BUNDLE_REVOCATION + 1] = {
	[RIPTIDES_A_BUNDLE_TRUST_DOMAIN] = { .type = NLA_NUL_STRING, .len = 255, },
	[RIPTIDES_A_BUNDLE_CERTIFICATE] = NLA_POLICY_MAX_LEN(8192),
	[RIPTIDES_A_BUNDLE_REVOCATION] = NLA_POLICY_NESTED(riptides_revocation_nl_policy),
};

/* RIPTIDES_CMD_BUNDLE_DEL - do */
static const struct nla_policy riptides_bundle_del_nl_policy[RIPTIDES_A_BUNDLE_TRUST_DOMAIN + 1] = {
	[RIPTIDES_A_BUNDLE_TRUST_DOMAIN] = { .type = NLA_NUL_STRING, .len = 255, },
};

/* RIPTIDES_CMD_ANCHOR_GET - dump */
static const struct nla_policy riptides_anchor_get_nl_policy[RIPTIDES_A_BUNDLE_TRUST_DOMAIN + 1] = {
	[RIPTIDES_A_BUNDLE_TRUST_DOMAIN] = { .type = NLA_NUL_STRING, .len = 255, },
};

/* RIPTIDES_CMD_REVOCATION_GET - dump */
static const struct nla_policy riptides_revocation_get_nl_policy[RIPTIDES_A_BUNDLE_TRUST_DOMAIN + 1] = {
	[RIPTIDES_A_BUNDLE_TRUST_DOMAIN] = { .type = NLA_NUL_STRING, .len = 255, },
};

/* RIPTIDES_CMD_IDENTITY_GET - do */
static const struct nla_policy riptides_identity_get_nl_policy[RIPTIDES_A_IDENTITY_NAME + 1] = {
	[RIPTIDES_A_IDENTITY_NAME] = { .type = NLA_NUL_STRING, .len = 63, },
};

/* RIPTIDES_CMD_IDENTITY_NEW - do */
static const struct nla_policy riptides_identity_new_nl_policy[RIPTIDES_A_IDENTITY_CERTIFICATE + 1] = {
	[RIPTIDES_A_IDENTITY_NAME] = { .type = NLA_NUL_STRING, .len = 63, },
	[RIPTIDES_A_IDENTITY_SPIFFE_ID] = { .type = NLA_NUL_STRING, .len = 2048, },
	[RIPTIDES_A_IDENTITY_DNS_NAME] = { .type = NLA_STRING, .len = 253, },
	[RIPTIDES_A_IDENTITY_PRIVATE_KEY] = NLA_POLICY_MAX_LEN(4096),
	[RIPTIDES_A_IDENTITY_CERTIFICATE] = NLA_POLICY_MAX_LEN(8192),
};

/* RIPTIDES_CMD_IDENTITY_DEL - do */
static const struct nla_policy riptides_identity_del_nl_policy[RIPTIDES_A_IDENTITY_NAME + 1] = {
	[RIPTIDES_A_IDENTITY_NAME] = { .type = NLA_NUL_STRING, .len = 63, },
};

/* RIPTIDES_CMD_CSR_GET - do */
static const struct nla_policy riptides_csr_get_nl_policy[RIPTIDES_A_IDENTITY_NAME + 1] = {
	[RIPTIDES_A_IDENTITY_NAME] = { .type = NLA_NUL_STRING, .len = 63, },
};

/* RIPTIDES_CMD_CERT_SET - do */
static const struct nla_policy riptides_cert_set_nl_policy[RIPTIDES_A_IDENTITY_CERTIFICATE + 1] = {
	[RIPTIDES_A_IDENTITY_NAME] = { .type = NLA_NUL_STRING, .len = 63, },
	[RIPTIDES_A_IDENTITY_PRIVATE_KEY] = NLA_POLICY_MAX_LEN(4096),
	[RIPTIDES_A_IDENTITY_CERTIFICATE] = NLA_POLICY_MAX_LEN(8192),
};

/* RIPTIDES_CMD_SETTINGS_SET - do */
static const struct nla_policy riptides_settings_set_nl_policy[RIPTIDES_A_SETTINGS_TICKET_LIFETIME + 1] = {
	[RIPTIDES_A_SETTINGS_DEADLINE_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &riptides_a_settings_deadline_ms_range),
	[RIPTIDES_A_SETTINGS_MAX_HANDSHAKES] = NLA_POLICY_FULL_RANGE(NLA_U32, &riptides_a_settings_max_handshakes_range),
	[RIPTIDES_A_SETTINGS_MAX_LISTENER_HANDSHAKES] = NLA_POLICY_FULL_RANGE(NLA_U32, &riptides_a_settings_max_listener_handshakes_range),
	[RIPTIDES_A_SETTINGS_EGRESS] = NLA_POLICY_MAX(NLA_U8, 1),
	[RIPTIDES_A_SETTINGS_INGRESS] = NLA_POLICY_MAX(NLA_U8, 1),
	[RIPTIDES_A_SETTINGS_RESUMPTION] = NLA_POLICY_MAX(NLA_U32, 2),
	[RIPTIDES_A_SETTINGS_TICKET_LIFETIME] = NLA_POLICY_FULL_RANGE(NLA_U32, &riptides_a_settings_ticket_lifetime_range),
};

/* RIPTIDES_CMD_RULE_GET - do */
static const struct nla_policy riptides_rule_get_nl_policy[RIPTIDES_A_RULE_NAME + 1] = {
	[RIPTIDES_A_RULE_NAME] = { .type = NLA_NUL_STRING, .len = 63, },
};

/* RIPTIDES_CMD_RULE_NEW - do */
static const struct nla_policy riptides_rule_new_nl_policy[RIPTIDES_A_RULE_KILL_ON_REVOKE + 1] = {
	[RIPTIDES_A_RULE_NAME] = { .type = NLA_NUL_STRING, .len = 63, },
	[RIPTIDES_A_RULE_PRIORITY] = { .type = NLA_U32, },
	[RIPTIDES_A_RULE_DIRECTION] = NLA_POLICY_MAX(NLA_U32, 1),
	[RIPTIDES_A_RULE_MODE] = NLA_POLICY_MAX(NLA_U32, 5),
	[RIPTIDES_A_RULE_IDENTITY] = { .type = NLA_NUL_STRING, .len = 63, },
	[RIPTIDES_A_RULE_SELECTOR] = NLA_POLICY_NESTED(riptides_selector_nl_policy),
	[RIPTIDES_A_RULE_PREFIX] = NLA_POLICY_NESTED(riptides_prefix_nl_policy),
	[RIPTIDES_A_RULE_PORTS] = NLA_POLICY_NESTED(riptides_ports_nl_policy),
	[RIPTIDES_A_RULE_PEER] = { .type = NLA_STRING, .len = 2048, },
	[RIPTIDES_A_RULE_ALPN] = NLA_POLICY_MAX_LEN(255),
	[RIPTIDES_A_RULE_SERVER_NAME] = { .type = NLA_NUL_STRING, .len = 253, },
	[RIPTIDES_A_RULE_CONFIRM] = { .type = NLA_FLAG, },
	[RIPTIDES_A_RULE_ALLOW_TRUNCATION] = { .type = NLA_FLAG, },
	[RIPTIDES_A_RULE_ATTEST] = NLA_POLICY_MAX(NLA_U32, 1),
	[RIPTIDES_A_RULE_WAIT_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &riptides_a_rule_wait_ms_range),
	[RIPTIDES_A_RULE_PQ] = NLA_POLICY_MAX(NLA_U32, 2),
	[RIPTIDES_A_RULE_MAX_SESSION_AGE] = NLA_POLICY_FULL_RANGE(NLA_U32, &riptides_a_rule_max_session_age_range),
	[RIPTIDES_A_RULE_KILL_ON_REVOKE] = { .type = NLA_FLAG, },
	[RIPTIDES_A_RULE_STAGED] = { .type = NLA_FLAG, },
};

/* RIPTIDES_CMD_RULE_DEL - do */
static const struct nla_policy riptides_rule_del_nl_policy[RIPTIDES_A_RULE_NAME + 1] = {
	[RIPTIDES_A_RULE_NAME] = { .type = NLA_NUL_STRING, .len = 63, },
};

/* RIPTIDES_CMD_EXPLAIN - do */
static const struct nla_policy riptides_explain_nl_policy[RIPTIDES_A_QUESTION_PID + 1] = {
	[RIPTIDES_A_QUESTION_DIRECTION] = NLA_POLICY_MAX(NLA_U32, 1),
	[RIPTIDES_A_QUESTION_ADDRESS] = NLA_POLICY_MAX_LEN(16),
	[RIPTIDES_A_QUESTION_PORT] = { .type = NLA_U16, },
	[RIPTIDES_A_QUESTION_PID] = { .type = NLA_U32, },
};

/* RIPTIDES_CMD_CONNECTION_DEL - do */
static const struct nla_policy riptides_connection_del_nl_policy[RIPTIDES_A_CONNECTION_ID + 1] = {
	[RIPTIDES_A_CONNECTION_ID] = { .type = NLA_UINT, },
};

/* Ops table for riptides */
static const struct genl_split_ops riptides_nl_ops[] = {
	{
		.cmd		= RIPTIDES_CMD_BUNDLE_GET,
		.doit		= riptides_nl_bundle_get_doit,
		.policy		= riptides_bundle_get_nl_policy,
		.maxattr	= RIPTIDES_A_BUNDLE_TRUST_DOMAIN,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= RIPTIDES_CMD_BUNDLE_GET,
		.dumpit	= riptides_nl_bundle_get_dumpit,
		.flags	= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= RIPTIDES_CMD_BUNDLE_NEW,
		.doit		= riptides_nl_bundle_new_doit,
		.policy		= riptides_bundle_new_nl_policy,
		.maxattr	= RIPTIDES_A_BUNDLE_REVOCATION,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= RIPTIDES_CMD_BUNDLE_SET,
		.doit		= riptides_nl_bundle_set_doit,
		.policy		= riptides_bundle_set_nl_policy,
		.maxattr	= RIPTIDES_A_BUNDLE_REVOCATION,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= RIPTIDES_CMD_BUNDLE_DEL,
		.doit		= riptides_nl_bundle_del_doit,
		.policy		= riptides_bundle_del_nl_policy,
		.maxattr	= RIPTIDES_A_BUNDLE_TRUST_DOMAIN,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= RIPTIDES_CMD_ANCHOR_GET,
		.dumpit		= riptides_nl_anchor_get_dumpit,
		.policy		= riptides_anchor_get_nl_policy,
		.maxattr	= RIPTIDES_A_BUNDLE_TRUST_DOMAIN,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= RIPTIDES_CMD_REVOCATION_GET,
		.dumpit		= riptides_nl_revocation_get_dumpit,
		.policy		= riptides_revocation_get_nl_policy,
		.maxattr	= RIPTIDES_A_BUNDLE_TRUST_DOMAIN,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= RIPTIDES_CMD_IDENTITY_GET,
		.doit		= riptides_nl_identity_get_doit,
		.policy		= riptides_identity_get_nl_policy,
		.maxattr	= RIPTIDES_A_IDENTITY_NAME,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= RIPTIDES_CMD_IDENTITY_GET,
		.dumpit	= riptides_nl_identity_get_dumpit,
		.flags	= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= RIPTIDES_CMD_IDENTITY_NEW,
		.doit		= riptides_nl_identity_new_doit,
		.post_doit	= riptides_nl_wipe,
		.policy		= riptides_identity_new_nl_policy,
		.maxattr	= RIPTIDES_A_IDENTITY_CERTIFICATE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= RIPTIDES_CMD_IDENTITY_DEL,
		.doit		= riptides_nl_identity_del_doit,
		.policy		= riptides_identity_del_nl_policy,
		.maxattr	= RIPTIDES_A_IDENTITY_NAME,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= RIPTIDES_CMD_CSR_GET,
		.doit		= riptides_nl_csr_get_doit,
		.policy		= riptides_csr_get_nl_policy,
		.maxattr	= RIPTIDES_A_IDENTITY_NAME,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= RIPTIDES_CMD_CERT_SET,
		.doit		= riptides_nl_cert_set_doit,
		.post_doit	= riptides_nl_wipe,
		.policy		= riptides_cert_set_nl_policy,
		.maxattr	= RIPTIDES_A_IDENTITY_CERTIFICATE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= RIPTIDES_CMD_SETTINGS_GET,
		.doit	= riptides_nl_settings_get_doit,
		.flags	= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= RIPTIDES_CMD_SETTINGS_SET,
		.doit		= riptides_nl_settings_set_doit,
		.policy		= riptides_settings_set_nl_policy,
		.maxattr	= RIPTIDES_A_SETTINGS_TICKET_LIFETIME,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= RIPTIDES_CMD_RULE_GET,
		.doit		= riptides_nl_rule_get_doit,
		.policy		= riptides_rule_get_nl_policy,
		.maxattr	= RIPTIDES_A_RULE_NAME,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= RIPTIDES_CMD_RULE_GET,
		.dumpit	= riptides_nl_rule_get_dumpit,
		.flags	= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= RIPTIDES_CMD_RULE_NEW,
		.doit		= riptides_nl_rule_new_doit,
		.policy		= riptides_rule_new_nl_policy,
		.maxattr	= RIPTIDES_A_RULE_KILL_ON_REVOKE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= RIPTIDES_CMD_RULE_DEL,
		.doit		= riptides_nl_rule_del_doit,
		.policy		= riptides_rule_del_nl_policy,
		.maxattr	= RIPTIDES_A_RULE_NAME,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= RIPTIDES_CMD_POLICY_GET,
		.doit	= riptides_nl_policy_get_doit,
		.flags	= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= RIPTIDES_CMD_POLICY_COMMIT,
		.doit	= riptides_nl_policy_commit_doit,
		.flags	= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= RIPTIDES_CMD_POLICY_DISCARD,
		.doit	= riptides_nl_policy_discard_doit,
		.flags	= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= RIPTIDES_CMD_EXPLAIN,
		.doit		= riptides_nl_explain_doit,
		.policy		= riptides_explain_nl_policy,
		.maxattr	= RIPTIDES_A_QUESTION_PID,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= RIPTIDES_CMD_CONNECTION_GET,
		.start	= riptides_nl_connection_start,
		.dumpit	= riptides_nl_connection_get_dumpit,
		.flags	= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= RIPTIDES_CMD_CONNECTION_DEL,
		.doit		= riptides_nl_connection_del_doit,
		.policy		= riptides_connection_del_nl_policy,
		.maxattr	= RIPTIDES_A_CONNECTION_ID,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
};

static const struct genl_multicast_group riptides_nl_mcgrps[] = {
	[RIPTIDES_NLGRP_EVENTS] = { "events", },
};

struct genl_family riptides_nl_family __ro_after_init = {
	.name		= RIPTIDES_FAMILY_NAME,
	.version	= RIPTIDES_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.split_ops	= riptides_nl_ops,
	.n_split_ops	= ARRAY_SIZE(riptides_nl_ops),
	.mcgrps		= riptides_nl_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(riptides_nl_mcgrps),
};
