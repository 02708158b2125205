/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which extension may stand in which message (RFC 8446 section 4.2), and the
 * walk through a block of extensions that enforces it
 */
#ifndef _RPT_HS_EXT_H
#define _RPT_HS_EXT_H

#include <linux/bits.h>
#include <linux/types.h>
#include "wire.h"
#include "proto.h"

/* Messages that carry extensions, as bits of rpt_ext_rule.messages */
enum rpt_ext_msg {
	RPT_EXT_IN_CH	= BIT(0),	/* ClientHello */
	RPT_EXT_IN_SH	= BIT(1),	/* ServerHello */
	RPT_EXT_IN_HRR	= BIT(2),	/* HelloRetryRequest */
	RPT_EXT_IN_EE	= BIT(3),	/* EncryptedExtensions */
	RPT_EXT_IN_CT	= BIT(4),	/* Certificate */
	RPT_EXT_IN_CR	= BIT(5),	/* CertificateRequest */
	RPT_EXT_IN_NST	= BIT(6),	/* NewSessionTicket */
};

#define RPT_EXT_N_MSGS	7

/**
 * struct rpt_ext_rule - a row of the table of RFC 8446 section 4.2
 * @type: code point, RPT_EXT_*
 * @messages: where it may stand, RPT_EXT_IN_*
 * @name: name for people
 */
struct rpt_ext_rule {
	u16 type;
	u8 messages;
	const char *name;
};

extern const struct rpt_ext_rule rpt_ext_rules[];
extern const unsigned int rpt_ext_rules_n;

u64 rpt_ext_bit(u16 type);

/**
 * struct rpt_ext_walk - a walk through one block of extensions
 * @rd: what is left of the block
 * @msg: the message it stands in, one of RPT_EXT_IN_*
 * @response: the message answers one of ours, which asked for @asked
 * @asked: rpt_ext_bit() of each extension that we sent
 * @seen: rpt_ext_bit() of each known extension met so far
 * @n: number of extensions met so far
 * @types: their types
 * @type: type of the present one
 * @body: content of the present one
 * @alert: alert to send, after an error
 */
struct rpt_ext_walk {
	struct rpt_rd rd;
	u8 msg;
	bool response;
	u64 asked;
	u64 seen;
	unsigned int n;
	u16 types[RPT_EXTENSIONS_MAX];
	u16 type;
	struct rpt_rd body;
	u8 alert;
};

void rpt_ext_walk_init(struct rpt_ext_walk *w, struct rpt_rd block, u8 msg);
void rpt_ext_walk_init_response(struct rpt_ext_walk *w, struct rpt_rd block,
				u8 msg, u64 asked);
int __must_check rpt_ext_walk_next(struct rpt_ext_walk *w);

/* Bodies of extensions: readers leave the error in @r */
struct rpt_blob rpt_ext_read_u16_list(struct rpt_rd *r);
struct rpt_blob rpt_ext_read_server_name(struct rpt_rd *r);
struct rpt_blob rpt_ext_read_alpn(struct rpt_rd *r);
struct rpt_blob rpt_ext_read_alpn_choice(struct rpt_rd *r);
struct rpt_blob rpt_ext_read_shares(struct rpt_rd *r, u8 *alert);
struct rpt_blob rpt_ext_read_share(struct rpt_rd *r, u16 *group);
struct rpt_blob rpt_ext_read_cookie(struct rpt_rd *r);
struct rpt_blob rpt_ext_read_authorities(struct rpt_rd *r);
struct rpt_blob rpt_ext_read_modes(struct rpt_rd *r);
struct rpt_blob rpt_ext_read_versions(struct rpt_rd *r);
u16 rpt_ext_read_size_limit(struct rpt_rd *r, u8 *alert);
void rpt_ext_read_psks(struct rpt_rd *r, struct rpt_blob *identities,
		       struct rpt_blob *binders, u8 *alert);

bool rpt_u16_list_has(struct rpt_blob list, u16 value);
bool rpt_ext_psk_next(struct rpt_rd *identities, struct rpt_blob *identity,
		      u32 *age);

/* Writers of whole extensions */
size_t rpt_ext_open(struct rpt_wr *w, u16 type);
void rpt_ext_close(struct rpt_wr *w, size_t mark);
void rpt_ext_write_empty(struct rpt_wr *w, u16 type);
void rpt_ext_write_u16(struct rpt_wr *w, u16 type, u16 value);
void rpt_ext_write_u16_list(struct rpt_wr *w, u16 type, const u16 *list,
			    unsigned int n);
void rpt_ext_write_server_name(struct rpt_wr *w, const char *name);
void rpt_ext_write_alpn(struct rpt_wr *w, const u8 *list, size_t len);
void rpt_ext_write_alpn_choice(struct rpt_wr *w, const u8 *name, size_t len);
void rpt_ext_write_versions(struct rpt_wr *w);
void rpt_ext_write_modes(struct rpt_wr *w);
void rpt_ext_write_cookie(struct rpt_wr *w, const u8 *cookie, size_t len);
void rpt_ext_write_authorities(struct rpt_wr *w, const struct rpt_blob *cas,
			       unsigned int n);
void rpt_ext_write_share(struct rpt_wr *w, u16 group, const u8 *share,
			 size_t len);

#endif /* _RPT_HS_EXT_H */
