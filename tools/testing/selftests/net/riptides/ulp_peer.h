/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One end is the kernel's, the other a peer that does what it is told
 */
#ifndef _RIPTIDES_ULP_PEER_H
#define _RIPTIDES_ULP_PEER_H

#include <poll.h>
#include <stdlib.h>

#include "engine/peer.h"
#include "ulp.h"

/**
 * struct ulp_talk - a connection with a peer
 * @l: listener of either, or -1
 * @k: the kernel's end
 * @fd: the peer's
 * @p: the peer
 * @addr: of the listener
 */
struct ulp_talk {
	int l;
	int k;
	int fd;
	struct peer *p;
	struct ulp_addr addr;
};

int ulp_talk_prepare(const struct ulp_kind *kind, bool server, struct peer_spec *spec,
		     struct ulp_talk *t);
int ulp_talk_begin(const struct ulp_kind *kind, bool server, struct peer_spec *spec,
		   struct ulp_talk *t);
int ulp_talk_finish(struct ulp_talk *t);
int ulp_talk_open(const struct ulp_kind *kind, bool server, struct peer_spec *spec,
		  struct ulp_talk *t);
void ulp_talk_close(struct ulp_talk *t);

#endif /* _RIPTIDES_ULP_PEER_H */
