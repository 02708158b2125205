/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RPT_X25519_H
#define _RPT_X25519_H

#include <linux/compiler.h>
#include <linux/types.h>

#define RPT_X25519_LEN	32

/**
 * struct rpt_x25519_ops - a backend of X25519 (RFC 7748)
 * @name: what it is called
 * @usable: can this CPU run it? NULL if any can
 * @base: public key of a clamped private key; false if there is none
 * @mul: product of a clamped private key and a point; false if it is zero
 */
struct rpt_x25519_ops {
	const char *name;
	bool (*usable)(void);
	bool (*base)(u8 *share, const u8 *priv);
	bool (*mul)(u8 *secret, const u8 *priv, const u8 *peer);
};

/* The best first; the last one runs everywhere, then NULL */
extern const struct rpt_x25519_ops *const rpt_x25519_backends[];

const struct rpt_x25519_ops *rpt_x25519_chosen(void);
int rpt_x25519_keygen(u8 *priv, u8 *share);
int __must_check rpt_x25519(const u8 *priv, const u8 *peer, u8 *secret);

#endif /* _RPT_X25519_H */
