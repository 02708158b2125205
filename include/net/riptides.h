/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * riptides: what the rest of the network stack sees of it
 *
 * Policy attaches TCP sockets without their applications' knowledge: in
 * connect() those that open a connection, at clone the children of listeners.
 * All of it hides behind static keys, but for riptides_accept(): a child may
 * wait in an accept queue for longer than the rule that attached it lives.
 */
#ifndef _NET_RIPTIDES_H
#define _NET_RIPTIDES_H

#include <linux/jump_label.h>
#include <linux/socket.h>
#include <net/inet_connection_sock.h>

struct request_sock;
struct sock;
struct socket;

#ifdef CONFIG_RIPTIDES
/* Some network namespace has rules for connections that its tasks open */
DECLARE_STATIC_KEY_FALSE(riptides_egress_key);
/* Some network namespace has rules for connections that come in */
DECLARE_STATIC_KEY_FALSE(riptides_ingress_key);
/* Some socket has become riptides' in a system call */
DECLARE_STATIC_KEY_FALSE(riptides_taken_key);

int __riptides_connect(struct sock *sk, struct sockaddr_unsized *uaddr,
		       int addr_len);
int __riptides_connect_deferred(struct sock *sk);
int riptides_stream_connect(struct socket *sock, struct sockaddr_unsized *uaddr,
			    int addr_len, int flags);
int __riptides_fastopen(struct socket *sock, struct msghdr *msg);
int __riptides_mptcp_connect(struct sock *sk, struct sockaddr_unsized *uaddr,
			     int addr_len);
int __riptides_mptcp_join(const struct sock *msk, const struct sock *ssk,
			  struct sockaddr_unsized *uaddr, int addr_len);
void __riptides_listen(struct sock *sk);
void __riptides_listen_stop(struct sock *sk);
void __riptides_clone(const struct sock *sk, const struct request_sock *req,
		      struct sock *newsk, gfp_t gfp);
bool __riptides_mptcp_forbids(const struct sock *sk,
			      const struct request_sock *req);
bool __riptides_mptcp_join_forbids(const struct sock *sk,
				   const struct request_sock *req);
void __riptides_accept(struct sock *newsk, struct socket *newsock);
bool __riptides_has_taken(const struct sock *sk);

/**
 * riptides_has_egress() - whether connect() may have to do with policy
 *
 * Context: Any context.
 * Return: true if so.
 */
static inline bool riptides_has_egress(void)
{
	return static_branch_unlikely(&riptides_egress_key);
}

/**
 * riptides_connect() - attach a socket that connects, if a rule says so
 * @sk: the socket, closed
 * @uaddr: whom to, as BPF has left it
 * @addr_len: length of @uaddr
 *
 * Context: Process context, lock_sock() held, right before sk_prot->connect().
 * Return: 0 go on, with the sk_prot that the socket has now; -EACCES a rule
 * forbids it; -EOPNOTSUPP; -ENOMEM.
 */
static inline int riptides_connect(struct sock *sk,
				   struct sockaddr_unsized *uaddr, int addr_len)
{
	if (!riptides_has_egress())
		return 0;
	return __riptides_connect(sk, uaddr, addr_len);
}

/**
 * riptides_connect_deferred() - ask again, when the SYN leaves at last
 * @sk: the socket, whose connect() was to wait for data
 *
 * Context: Process context, lock_sock() held, in a call of TCP's own.
 * Return: 0; -EACCES a rule wants TLS there by now, or nothing at all.
 */
static inline int riptides_connect_deferred(struct sock *sk)
{
	if (!riptides_has_egress())
		return 0;
	return __riptides_connect_deferred(sk);
}

/**
 * riptides_fastopen() - let no rule be passed by in the data of a SYN
 * @sock: a socket
 * @msg: what is sent on it
 *
 * Under a rule MSG_FASTOPEN becomes an ordinary connect(), and is taken from
 * @msg.
 *
 * Context: Process context, socket not locked.
 * Return: 0 go on; else as connect().
 */
static inline int riptides_fastopen(struct socket *sock, struct msghdr *msg)
{
	if (!riptides_has_egress() || !(msg->msg_flags & MSG_FASTOPEN))
		return 0;
	return __riptides_fastopen(sock, msg);
}

/**
 * riptides_mptcp_connect() - let no rule be passed by over MPTCP
 * @sk: the MPTCP socket, closed
 * @uaddr: whom to
 * @addr_len: length of @uaddr
 *
 * Context: Process context, lock_sock() held.
 * Return: 0; -EACCES a rule wants TLS there, or nothing at all.
 */
static inline int riptides_mptcp_connect(struct sock *sk,
					 struct sockaddr_unsized *uaddr,
					 int addr_len)
{
	if (!riptides_has_egress())
		return 0;
	return __riptides_mptcp_connect(sk, uaddr, addr_len);
}

/**
 * riptides_mptcp_join() - let no rule be passed by over another subflow
 * @msk: the MPTCP socket, connected
 * @ssk: the subflow's, closed
 * @uaddr: whom to
 * @addr_len: length of @uaddr
 *
 * Context: Process context of anybody, lock_sock() held on @msk.
 * Return: 0; -EACCES a rule may want TLS there, or nothing at all.
 */
static inline int riptides_mptcp_join(const struct sock *msk,
				      const struct sock *ssk,
				      struct sockaddr_unsized *uaddr,
				      int addr_len)
{
	if (!riptides_has_egress())
		return 0;
	return __riptides_mptcp_join(msk, ssk, uaddr, addr_len);
}

/**
 * riptides_listen() - remember who listens
 * @sk: the socket, about to listen
 *
 * Context: Process context, lock_sock() held.
 */
static inline void riptides_listen(struct sock *sk)
{
	/* it may have come under a rule when it was connected */
	if (inet_csk(sk)->icsk_ulp_ops ||
	    static_branch_unlikely(&riptides_ingress_key))
		__riptides_listen(sk);
}

/**
 * riptides_listen_stop() - forget who listened
 * @sk: the socket, no more listening
 *
 * Context: Process context, lock_sock() held.
 */
static inline void riptides_listen_stop(struct sock *sk)
{
	/* against a child that is just being cloned, see attach_listener() */
	smp_mb();
	if (rcu_access_pointer(inet_csk(sk)->icsk_accept_queue.rskq_riptides))
		__riptides_listen_stop(sk);
}

/**
 * riptides_clone() - attach a listener's new child, if a rule says so
 * @sk: the listener
 * @req: what the child comes of
 * @newsk: the child, which has no ULP
 * @gfp: how to allocate
 *
 * Context: Softirq, @newsk locked and seen by nobody else.
 */
static inline void riptides_clone(const struct sock *sk,
				  const struct request_sock *req,
				  struct sock *newsk, gfp_t gfp)
{
	if (static_branch_unlikely(&riptides_ingress_key))
		__riptides_clone(sk, req, newsk, gfp);
}

/**
 * riptides_mptcp_forbids() - whether a connection must not become MPTCP
 * @sk: the listener
 * @req: the connection
 *
 * Context: Softirq.
 * Return: true if a rule may want TLS on it, or nothing at all.
 */
static inline bool riptides_mptcp_forbids(const struct sock *sk,
					  const struct request_sock *req)
{
	if (!static_branch_unlikely(&riptides_ingress_key))
		return false;
	return __riptides_mptcp_forbids(sk, req);
}

/**
 * riptides_mptcp_join_forbids() - whether a subflow must not join
 * @sk: the listener, or the MPTCP socket where the listener tells nothing
 * @req: the subflow
 *
 * Context: Softirq.
 * Return: true if a rule may want TLS on it, or nothing at all.
 */
static inline bool riptides_mptcp_join_forbids(const struct sock *sk,
					       const struct request_sock *req)
{
	if (!static_branch_unlikely(&riptides_ingress_key))
		return false;
	return __riptides_mptcp_join_forbids(sk, req);
}

/**
 * riptides_accept() - a child gets its file
 * @newsk: the child
 * @newsock: its new socket, with the listener's ops, not yet seen by anybody
 *
 * Context: Process context, lock_sock() held on @newsk.
 */
static inline void riptides_accept(struct sock *newsk, struct socket *newsock)
{
	if (sk_is_tcp(newsk) && inet_csk(newsk)->icsk_ulp_ops)
		__riptides_accept(newsk, newsock);
}

/**
 * riptides_has_taken() - whether a call of TCP's has come too late
 * @sk: the socket
 *
 * Somebody looked up what TCP does, waited for the lock, and meanwhile somebody
 * else has attached the socket.
 *
 * Context: Process context, lock_sock() held, in a call of TCP's own that moves
 * data.
 * Return: true: there is nothing in the socket for TCP's call to do.
 */
static inline bool riptides_has_taken(const struct sock *sk)
{
	if (!static_branch_unlikely(&riptides_taken_key))
		return false;
	return __riptides_has_taken(sk);
}
#else
static inline bool riptides_has_egress(void)
{
	return false;
}

static inline int riptides_stream_connect(struct socket *sock,
					  struct sockaddr_unsized *uaddr,
					  int addr_len, int flags)
{
	return -EOPNOTSUPP;
}

static inline int riptides_connect(struct sock *sk,
				   struct sockaddr_unsized *uaddr, int addr_len)
{
	return 0;
}

static inline int riptides_connect_deferred(struct sock *sk)
{
	return 0;
}

static inline int riptides_fastopen(struct socket *sock, struct msghdr *msg)
{
	return 0;
}

static inline int riptides_mptcp_connect(struct sock *sk,
					 struct sockaddr_unsized *uaddr,
					 int addr_len)
{
	return 0;
}

static inline int riptides_mptcp_join(const struct sock *msk,
				      const struct sock *ssk,
				      struct sockaddr_unsized *uaddr,
				      int addr_len)
{
	return 0;
}

static inline void riptides_listen(struct sock *sk)
{
}

static inline void riptides_listen_stop(struct sock *sk)
{
}

static inline void riptides_clone(const struct sock *sk,
				  const struct request_sock *req,
				  struct sock *newsk, gfp_t gfp)
{
}

static inline bool riptides_mptcp_forbids(const struct sock *sk,
					  const struct request_sock *req)
{
	return false;
}

static inline bool riptides_mptcp_join_forbids(const struct sock *sk,
					       const struct request_sock *req)
{
	return false;
}

static inline void riptides_accept(struct sock *newsk, struct socket *newsock)
{
}

static inline bool riptides_has_taken(const struct sock *sk)
{
	return false;
}
#endif

#endif /* _NET_RIPTIDES_H */
