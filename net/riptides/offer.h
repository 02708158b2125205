/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * By what a handshake may resume an earlier session, and what a session leaves
 * for later ones
 */
#ifndef _RPT_OFFER_H
#define _RPT_OFFER_H

#include "pump.h"
#include "resume.h"

void rpt_offer_prepare(struct rpt_pump *pump);
int rpt_offer_find_psk(void *data, const struct rpt_hs_offer *offer,
		       struct rpt_psk *psk);
u32 rpt_offer_psk_age(void *data, const struct rpt_psk *psk);
int __must_check rpt_offer_settle(struct rpt_pump *pump,
				  struct rpt_session *s);
void rpt_offer_free(struct rpt_pump *pump);
u8 *rpt_offer_ticket(struct net *net, const struct rpt_session *s,
		     const struct rpt_svid *svid, const struct rpt_peer *peer,
		     const struct rpt_opts *opts, size_t *len);
bool rpt_offer_owes_ticket(const struct net *net, const struct rpt_session *s);
void rpt_offer_keep(struct rpt_sock *rs, const struct rpt_ticket *ticket);

#endif /* _RPT_OFFER_H */
