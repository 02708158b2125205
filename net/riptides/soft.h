/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The software data path: our own record layer on a TCP socket
 */
#ifndef _RPT_SOFT_H
#define _RPT_SOFT_H

#include <linux/list.h>
#include <linux/mutex.h>

#include "path.h"
#include "record.h"
#include "sock.h"

/**
 * struct rpt_soft_record - a record as it arrives, then its data until read
 * @list: in struct rpt_soft.plain
 * @need: bytes of @buf that the record fills
 * @have: bytes of it that are here
 * @data: the plaintext that is not yet read, in @buf
 * @len: its length
 * @buf: the record
 */
struct rpt_soft_record {
	struct list_head list;
	u32 need;
	u32 have;
	u8 *data;
	u32 len;
	u8 buf[];
};

/**
 * struct rpt_soft - state of the software data path
 * @tx_lock: one sealer at a time; taken before the socket's lock
 * @tx: key of our records, under @tx_lock
 * @rx: key of the peer's records; this and the rest under the socket's lock
 * @hdr: header of the record that arrives
 * @hdr_len: bytes of it that are here
 * @rcvlowat: SO_RCVLOWAT, in bytes of plaintext
 * @record: the record that arrives, or NULL before its header is complete
 * @plain: data to be read
 * @plain_len: bytes in @plain
 * @kept: memory that @plain takes, which for small records is much more
 */
struct rpt_soft {
	struct mutex tx_lock;	/* one sealer at a time */
	struct rpt_record_key tx;
	struct rpt_record_key rx;
	u8 hdr[RPT_RECORD_HDR];
	u8 hdr_len;
	int rcvlowat;
	struct rpt_soft_record *record;
	struct list_head plain;
	u32 plain_len;
	u32 kept;
};

/* soft.c */
void rpt_soft_init(void);
bool rpt_soft_is(const struct sock *sk);
void rpt_soft_destroy(struct rpt_soft *soft);

/* soft_rx.c */
int rpt_soft_fill(struct sock *sk, struct rpt_sock *rs, size_t target);
bool rpt_soft_full(const struct sock *sk, const struct rpt_soft *soft);
bool rpt_soft_ended(const struct sock *sk, const struct rpt_sock *rs);
void rpt_soft_free_record(struct rpt_soft_record *record);
int rpt_soft_recvmsg(struct sock *sk, struct msghdr *msg, size_t len,
		     int flags);

/* soft_tx.c */
int rpt_soft_send_record(struct sock *sk, struct rpt_soft *soft, u8 type,
			 const u8 *data, size_t len);
int rpt_soft_sendmsg(struct sock *sk, struct msghdr *msg, size_t size);

#endif /* _RPT_SOFT_H */
