/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Data paths: who seals and opens the records once the handshake is over
 */
#ifndef _RPT_PATH_H
#define _RPT_PATH_H

#include <linux/bits.h>

#include "sock.h"

/* Change to the key of session->tx_secret behind the record. */
#define RPT_PATH_REKEY	BIT(0)
/* Room or not, this must go out; never waits. */
#define RPT_PATH_FORCE	BIT(1)

/**
 * struct rpt_path - one data path
 *
 * A path calls rpt_post_control(), rpt_post_data() and rpt_post_eof() for what
 * it receives, rpt_post_tx_prepare() before it seals data, and
 * rpt_post_tx_end() before a FIN.
 */
struct rpt_path {
	/** @datapath: enum riptides_datapath */
	u8 datapath;
	/**
	 * @install: Take the keys of rs->session, and the socket.
	 * lock_sock() held, in a system call on the socket's file.
	 * Return: 0, or an errno and nothing has changed.
	 */
	int (*install)(struct sock *sk, struct rpt_sock *rs);
	/** @tx_lock: keep others from sealing; taken before lock_sock() */
	void (*tx_lock)(struct sock *sk, struct rpt_sock *rs);
	/** @tx_trylock: as @tx_lock, without waiting; whether it is held */
	bool (*tx_trylock)(struct sock *sk, struct rpt_sock *rs);
	/** @tx_unlock: undo @tx_lock */
	void (*tx_unlock)(struct sock *sk, struct rpt_sock *rs);
	/**
	 * @send_control: Seal and queue one record that is not data, with
	 * RPT_PATH_* flags. tx_lock held, socket not locked.
	 * Return: 0; -EAGAIN no room, nothing was sealed; -EPIPE; -ENOMEM.
	 */
	int (*send_control)(struct sock *sk, struct rpt_sock *rs, u8 type,
			    const u8 *buf, size_t len, unsigned int flags);
	/**
	 * @rx_rekey: The next record comes under session->rx_secret.
	 * lock_sock() held.
	 * Return: 0 or an errno.
	 */
	int (*rx_rekey)(struct sock *sk, struct rpt_sock *rs);
};

/* ktls.c */
extern const struct rpt_path rpt_ktls_path;
struct rpt_sock *rpt_ktls_sock(const struct sock *sk);

/* soft.c */
extern const struct rpt_path rpt_soft_path;

/* post.c */
int rpt_post_control(struct sock *sk, struct rpt_sock *rs, u8 type,
		     const u8 *data, size_t len);
int rpt_post_data(struct sock *sk, struct rpt_sock *rs);
int rpt_post_eof(struct sock *sk, struct rpt_sock *rs);
int rpt_post_broken(struct sock *sk, struct rpt_sock *rs, u8 alert, int err);
int rpt_post_tx_prepare(struct sock *sk, struct rpt_sock *rs, u64 seq);
void rpt_post_tx_end(struct sock *sk, struct rpt_sock *rs, bool closing);

#endif /* _RPT_PATH_H */
