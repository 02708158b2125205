/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules: what is done with which connections
 */
#ifndef _RPT_RULE_H
#define _RPT_RULE_H

#include <linux/atomic.h>
#include <linux/in6.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <uapi/linux/riptides.h>
#include <uapi/linux/riptides_netlink.h>

#include "wire.h"

struct netlink_ext_ack;

#define RPT_WAIT_MS		300	/* of permissive rules, unless they say */

/* What one rule may have, so that a message holds all of it */
#define RPT_RULE_SIZE_MAX	15360

/* Command lines that one look-up may have to be compared with */
#define RPT_CMDLINES_MAX	64

/**
 * struct rpt_prefix - addresses
 * @addr: address, IPv4 as mapped into IPv6; zero behind the prefix
 * @len: bits that count, of 32 for IPv4 and of 128 for IPv6
 * @v4: IPv4; no IPv6 prefix has IPv4 addresses in it
 */
struct rpt_prefix {
	struct in6_addr addr;
	u8 len;
	bool v4;
};

/**
 * struct rpt_ports - ports
 * @first: lowest
 * @last: highest
 */
struct rpt_ports {
	u16 first;
	u16 last;
};

/**
 * struct rpt_value - a value that an attribute of a task may have
 * @attribute: enum rpt_attribute
 * @data: the value; a u32 for numbers, bytes for all else. Of a command line,
 *	how it begins
 */
struct rpt_value {
	u8 attribute;
	struct rpt_blob data;
};

/**
 * struct rpt_selector - a kind of tasks
 * @mask: RPT_NEED_*, attributes that it asks about; rpt_rule_create() sets it
 * @values: any of those of an attribute will do; in the order of attributes
 * @n: how many
 */
struct rpt_selector {
	unsigned int mask;
	const struct rpt_value *values;
	unsigned int n;
};

/**
 * struct rpt_rule_params - what a rule is made of; all is copied
 * @name: what it is called, terminated
 * @priority: the lowest number wins
 * @direction: enum riptides_direction
 * @mode: enum riptides_rule_mode
 * @attest: enum riptides_attest
 * @confirm: connect() waits for the server's verdict
 * @allow_truncation: the end of a stream without close_notify is one
 * @has_attest: @attest was given
 * @has_wait: @wait_ms was given
 * @kill_on_revoke: a session ends when nobody vouches for its peer any more
 * @pq: enum riptides_pq
 * @wait_ms: how long a permissive server waits before it writes first
 * @max_age: seconds that a session may last, 0: for ever
 * @identity: name of the identity to be used, terminated; or NULL
 * @server_name: DNS name to ask for, terminated; or NULL
 * @alpn: application protocols
 * @n_alpn: how many
 * @peers: patterns of SPIFFE IDs that the peer may have
 * @n_peers: how many
 * @selectors: tasks that it is for
 * @n_selectors: how many
 * @prefixes: addresses that it is for
 * @n_prefixes: how many
 * @ports: ports that it is for
 * @n_ports: how many
 */
struct rpt_rule_params {
	const char *name;
	u32 priority;
	u8 direction;
	u8 mode;
	u8 attest;
	bool confirm;
	bool allow_truncation;
	bool has_attest;
	bool has_wait;
	bool kill_on_revoke;
	u8 pq;
	u32 wait_ms;
	u32 max_age;
	const char *identity;
	const char *server_name;
	const struct rpt_blob *alpn;
	unsigned int n_alpn;
	const struct rpt_blob *peers;
	unsigned int n_peers;
	const struct rpt_selector *selectors;
	unsigned int n_selectors;
	const struct rpt_prefix *prefixes;
	unsigned int n_prefixes;
	const struct rpt_ports *ports;
	unsigned int n_ports;
};

/**
 * struct rpt_rule - a rule
 * @ref: references; policies and connections have them
 * @name: what it is called, the rest of the array zero
 * @priority: the lowest number wins
 * @direction: enum riptides_direction
 * @mode: enum riptides_rule_mode
 * @attest: enum riptides_attest
 * @confirm: connect() waits for the server's verdict
 * @allow_truncation: the end of a stream without close_notify is one
 * @kill_on_revoke: a session ends when nobody vouches for its peer any more
 * @pq: enum riptides_pq
 * @wait_ms: how long a permissive server waits before it writes first
 * @max_age: seconds that a session may last, 0: for ever
 * @identity: name of the identity to be used, terminated; or NULL
 * @server_name: DNS name to ask for, terminated; or NULL
 * @alpn: application protocols, each with a length octet before it; or NULL
 * @alpn_len: length of @alpn
 * @peers: patterns of SPIFFE IDs that the peer may have
 * @n_peers: how many; without any, all peers that a bundle vouches for
 * @selectors: tasks that it is for
 * @n_selectors: how many; without any, all tasks
 * @prefixes: addresses that it is for
 * @n_prefixes: how many; without any, all addresses
 * @ports: ports that it is for
 * @n_ports: how many; without any, all ports
 * @size: of what follows the rule in memory: all that the pointers point to
 * @generation: of the policy in which it was new
 * @handshakes: that ended well
 * @failures: connections that were refused or failed
 * @tx_bytes: of connections that are over: sent and acknowledged
 * @rx_bytes: the same, received
 *
 * All of it is one piece of memory. Once it is in a policy only the counters
 * and @ref ever change.
 */
struct rpt_rule {
	refcount_t ref;
	char name[RIPTIDES_NAME_MAX + 1];
	u32 priority;
	u8 direction;
	u8 mode;
	u8 attest;
	bool confirm;
	bool allow_truncation;
	bool kill_on_revoke;
	u8 pq;
	u32 wait_ms;
	u32 max_age;
	const char *identity;
	const char *server_name;
	const u8 *alpn;
	size_t alpn_len;
	const struct rpt_blob *peers;
	unsigned int n_peers;
	const struct rpt_selector *selectors;
	unsigned int n_selectors;
	const struct rpt_prefix *prefixes;
	unsigned int n_prefixes;
	const struct rpt_ports *ports;
	unsigned int n_ports;
	size_t size;
	u64 generation;
	atomic64_t handshakes;
	atomic64_t failures;
	atomic64_t tx_bytes;
	atomic64_t rx_bytes;
};

struct rpt_rule *rpt_rule_create(const struct rpt_rule_params *p,
				 struct netlink_ext_ack *extack);
struct rpt_rule *rpt_rule_get(struct rpt_rule *rule);
void rpt_rule_put(struct rpt_rule *rule);
bool rpt_rule_same(const struct rpt_rule *a, const struct rpt_rule *b);
bool rpt_rule_allows(const struct rpt_rule *rule, const char *spiffe_id, size_t len);

#endif /* _RPT_RULE_H */
