/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Key exchange groups of TLS 1.3 (RFC 8446 section 4.2.7 and 4.2.8)
 *
 * Groups are rows of a table.  The interface is that of a KEM, so that a
 * hybrid group fits without a special case: the client makes a share, the
 * server answers it with a share of its own and a secret in one call, and the
 * client finishes with the server's share.
 */
#ifndef _RPT_KEX_H
#define _RPT_KEX_H

#include <linux/types.h>

#define RPT_KEX_PRIV_MAX	96	/* longest private part kept by a client */
#define RPT_KEX_SHARE_MAX	1216	/* longest share: X25519MLKEM768 */
#define RPT_KEX_SECRET_MAX	64	/* longest shared secret */

struct rpt_ec_curve;
struct rpt_kex;

/**
 * struct rpt_kex_group - one key exchange group
 * @id: NamedGroup code point, RPT_GROUP_*
 * @client_share_len: exact length of the client's key_exchange
 * @server_share_len: exact length of the server's key_exchange
 * @secret_len: exact length of the shared secret
 * @priv_len: length of the client's private part in struct rpt_kex
 * @name: name as in the IANA registry
 * @curve: the curve of a secp*r1 group, NULL otherwise
 * @keygen: make a private part and the client's share
 * @accept: server side; the peer's share has the right length
 * @finish: client side; the peer's share has the right length
 */
struct rpt_kex_group {
	u16 id;
	u16 client_share_len;
	u16 server_share_len;
	u16 secret_len;
	u16 priv_len;
	const char *name;
	const struct rpt_ec_curve *curve;
	int (*keygen)(struct rpt_kex *k, u8 *share);
	int (*accept)(const struct rpt_kex_group *g, const u8 *peer,
		      u8 *share, u8 *secret);
	int (*finish)(const struct rpt_kex *k, const u8 *peer, u8 *secret);
};

/**
 * struct rpt_kex - a client's private half of one key exchange
 * @group: the group, NULL while there is no key
 * @priv: private part, @group->priv_len bytes; a big-endian scalar for the
 *	  secp*r1 groups
 */
struct rpt_kex {
	const struct rpt_kex_group *group;
	u8 priv[RPT_KEX_PRIV_MAX];
};

extern const struct rpt_kex_group rpt_kex_groups[];
extern const unsigned int rpt_kex_groups_n;

/* kex.c */
const struct rpt_kex_group *rpt_kex_find(u16 id);
int __must_check rpt_kex_keygen(struct rpt_kex *k,
				const struct rpt_kex_group *g, u8 *share);
int __must_check rpt_kex_accept(const struct rpt_kex_group *g, const u8 *peer,
				size_t peer_len, u8 *share, u8 *secret);
int __must_check rpt_kex_finish(struct rpt_kex *k, const u8 *peer,
				size_t peer_len, u8 *secret);
void rpt_kex_wipe(struct rpt_kex *k);

/* kex_mlkem.c, with CONFIG_RIPTIDES_MLKEM */
int rpt_kex_mlkem_keygen(struct rpt_kex *k, u8 *share);
int rpt_kex_mlkem_accept(const struct rpt_kex_group *g, const u8 *peer,
			 u8 *share, u8 *secret);
int rpt_kex_mlkem_finish(const struct rpt_kex *k, const u8 *peer, u8 *secret);

#endif /* _RPT_KEX_H */
