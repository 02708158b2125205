/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A TCP socket that riptides is attached to
 *
 * Locking. "The socket's lock" means lock_sock(), or for a child that nobody
 * has accepted yet its spinlock alone, with BH disabled and the socket not
 * owned (see rpt_sock_trylock()). It protects struct rpt_sock unless a field says
 * otherwise. Order: kTLS's tx_lock, then the socket's lock.
 *
 * Lifetime. The socket holds one reference on its struct rpt_sock, given up
 * by the ULP's release. Work and timer hold one each, and one on the socket.
 */
#ifndef _RPT_SOCK_H
#define _RPT_SOCK_H

#include <linux/bitops.h>
#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/timer.h>
#include <linux/workqueue.h>
#include <net/sock.h>
#include <net/tls.h>
#include <uapi/linux/riptides.h>

#include "chain.h"
#include "hs.h"
#include "session.h"

struct rpt_path;
struct rpt_pump;
struct rpt_rule;
struct rpt_soft;
struct rpt_subject;
struct rpt_svid;
struct rpt_tally;

/**
 * struct rpt_listener - what is known of a listener whose children rules attach
 * @ref: the listener's accept queue, and children until their handshakes end
 * @rcu: children are cloned without the listener's lock
 * @handshakes: those of children that run now
 * @who: the task that called listen(); NULL if that was before there were rules
 */
struct rpt_listener {
	refcount_t ref;
	struct rcu_head rcu;
	atomic_t handshakes;
	struct rpt_subject *who;
};

/**
 * struct rpt_opts - what the application asked for by socket options, or a rule
 * @ref: sockets that share it: a listener and its children
 * @rcu: for readers that clone a listener without its lock
 * @deadline_ms: time for the handshake, 0: the namespace's default
 * @role: enum riptides_role
 * @mode: enum riptides_mode
 * @datapath: enum riptides_datapath
 * @confirm: client: the handshake is over with the server's first record
 * @server_name: SNI, terminated, or NULL
 * @peer_id: pattern of the peer's SPIFFE ID, terminated, or NULL for any
 * @identity: name of our identity, terminated, or NULL for the default
 * @alpn: ProtocolNameList without its outer length, or NULL
 * @alpn_len: length of @alpn
 * @rule: rule that all of it comes from, to which the strings belong; or NULL
 *
 * Never changed once a socket points to it: an option makes a new one.
 */
struct rpt_opts {
	refcount_t ref;
	struct rcu_head rcu;
	u32 deadline_ms;
	u8 role;
	u8 mode;
	u8 datapath;
	bool confirm;
	char *server_name;
	char *peer_id;
	char *identity;
	u8 *alpn;
	u16 alpn_len;
	struct rpt_rule *rule;
};

/**
 * struct rpt_peer - who the peer proved to be
 * @ref: references
 * @rcu: for readers without the socket's lock
 * @id: SPIFFE ID, terminated; empty if it showed none
 * @id_len: length of @id
 * @tally: of the bundle that vouches for it
 * @verified: when its certificates were, seconds since 1970
 * @generation: of the bundle that it was judged by
 * @since: seconds since 1970 when its certificates became valid
 * @until: and when the first of them ceases to be, or the proof is too old
 * @chain_len: length of @chain, 0: it has resumed a session
 * @chain: its certificates as RIPTIDES_PEER_CHAIN gives them
 */
struct rpt_peer {
	refcount_t ref;
	struct rcu_head rcu;
	char *id;
	u16 id_len;
	struct rpt_tally *tally;
	time64_t verified;
	u64 generation;
	time64_t since;
	time64_t until;
	u32 chain_len;
	u8 chain[];
};

/**
 * enum rpt_sock_state - where a socket stands
 * @RPT_SOCK_IDLE: attached, no handshake (yet); listeners stay so
 * @RPT_SOCK_HANDSHAKE: the worker drives the engine
 * @RPT_SOCK_DONE: the handshake is complete, the keys are still here
 * @RPT_SOCK_OPEN: kTLS or the software data path has the keys
 * @RPT_SOCK_FAILED: over
 * @RPT_SOCK_WAIT: a child of which policy does not know yet what becomes of it
 * @RPT_SOCK_CLEAR: policy leaves it to TCP, to which the next system call gives
 *	it back
 */
enum rpt_sock_state {
	RPT_SOCK_IDLE,
	RPT_SOCK_HANDSHAKE,
	RPT_SOCK_DONE,
	RPT_SOCK_OPEN,
	RPT_SOCK_FAILED,
	RPT_SOCK_WAIT,
	RPT_SOCK_CLEAR,
};

/* A KeyUpdate is owed before our next record ... */
#define RPT_OWED_UPDATE		0
/* ... and shall ask the peer for one; set before the other, cleared after it */
#define RPT_OWED_REQUEST	1
/* A ticket is, before our first record of data */
#define RPT_OWED_TICKET		2

/**
 * enum rpt_wait - what a socket in RPT_SOCK_WAIT waits for
 * @RPT_WAIT_ACCEPT: the task that accepts it
 * @RPT_WAIT_BYTES: the client's first bytes
 */
enum rpt_wait {
	RPT_WAIT_ACCEPT,
	RPT_WAIT_BYTES,
};

/**
 * struct rpt_sock - a socket's TLS state, about 500 bytes
 * @ref: references
 * @rcu: freed after a grace period: callbacks and clone look without a lock
 * @sk: the socket
 * @work: drives the handshake
 * @deadline: ends it, and then the session that is too old for its rule
 * @post: sends what the session owes an idle peer: KeyUpdate, alert
 * @state: enum rpt_sock_state; written under the lock, read anywhere
 * @err: positive errno that the handshake or session failed with
 * @lost: @err of a handshake that a failed connect() has forgotten, or 0
 * @armed: sk_data_ready and sk_state_change are ours
 * @server: our role in the handshake
 * @counted: the handshake counts against the limits
 * @timed: the handshake, or the session, ends at @expires
 * @tallied: its handshake is counted, and its bytes are to be
 * @stale: bundles have changed: the peer is to be checked again. Without a lock
 * @ending: why the session is over, a positive errno: nothing passes any more,
 *	and it is reset when nobody owns the socket. Without a lock
 * @deferred: the worker waits for the socket's owner to release it; under the
 *	spinlock
 * @shut_rd: shutdown(SHUT_RD) came during the handshake, or the wait for it
 * @shut_wr: shutdown(SHUT_WR) did
 * @close_sent: our close_notify is queued; under tx_lock once kTLS is there
 * @close_received: the peer's close_notify came
 * @transparent: attached by policy: the application knows nothing of us
 * @waits: enum rpt_wait, in RPT_SOCK_WAIT
 * @waited: the rule's wait is over: a server that writes first does so in clear
 * @owed: RPT_OWED_*, bit by bit and without a lock
 * @asked: how many we have asked for that have not come
 * @post_tries: how often @post has found the socket in use; its own
 * @datapath: enum riptides_datapath in use, 0 before
 * @alert_owed: alert that @post has to send, -1 if none
 * @alert_sent: last alert of ours, -1 if none
 * @alert_received: last alert of the peer's, -1 if none
 * @opts: options, NULL for defaults only
 * @listener: the listener whose limit the handshake counts against, or NULL
 * @from: the same of one that is not ours itself, or NULL
 * @children: listener: handshakes of its children that run now
 * @who: who listened, until somebody accepts; or NULL
 * @node: in the list of connections
 * @id: number in that list
 * @names: taken to change which @session, @svid and @peer there are, beside the
 *	socket's lock: whoever tells about a connection waits for no owner
 * @pump: the handshake in progress, or NULL
 * @stepped: one that has made a step for which the worker has had no chance to
 *	take the lock yet, or NULL; the worker's own
 * @session: what the handshake left, or NULL
 * @path: the data path, or NULL before the hand-over
 * @soft: state of the software data path, or NULL
 * @svid: our identity, or NULL
 * @peer: the peer's, or NULL
 * @expires: when it does, in jiffies; the timer itself only wakes the worker, as
 *	it may still run when the next handshake has begun
 * @start: when the handshake began
 * @created: when it was attached
 * @handshake_us: how long it took
 * @data_ready: sk_data_ready before us
 * @state_change: sk_state_change before us
 */
struct rpt_sock {
	refcount_t ref;
	struct rcu_head rcu;
	struct sock *sk;
	struct delayed_work work;
	struct timer_list deadline;
	struct delayed_work post;
	u8 state;
	int err;
	int lost;
	int ending;
	bool armed;
	bool server;
	bool counted;
	bool timed;
	bool stale;
	bool deferred;
	bool tallied;
	bool shut_rd;
	bool shut_wr;
	bool close_sent;
	bool close_received;
	bool transparent;
	u8 waits;
	bool waited;
	u32 asked;
	unsigned long owed;
	u8 post_tries;
	u8 datapath;
	s16 alert_owed;
	s16 alert_sent;
	s16 alert_received;
	struct rpt_opts __rcu *opts;
	struct rpt_sock *listener;
	struct rpt_listener *from;
	atomic_t children;
	struct rpt_subject *who;
	struct rb_node node;
	u64 id;
	spinlock_t names;	/* BH is off under it */
	struct rpt_pump *pump;
	struct rpt_pump *stepped;
	struct rpt_session *session;
	const struct rpt_path *path;
	struct rpt_soft *soft;
	struct rpt_svid *svid;
	struct rpt_peer *peer;
	unsigned long expires;
	ktime_t start;
	ktime_t created;
	u64 handshake_us;
	void (*data_ready)(struct sock *sk);
	void (*state_change)(struct sock *sk);
};

static inline bool rpt_is_v6(const struct sock *sk)
{
	return sk->sk_family == AF_INET6;
}

/* TCP is connected as far as a handshake is concerned. */
static inline bool rpt_tcp_connected(const struct sock *sk)
{
	return (1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT |
				      TCPF_FIN_WAIT1 | TCPF_FIN_WAIT2);
}

/* sock.c */
int rpt_wq_init(void);
struct rpt_sock *rpt_sock_create(struct sock *sk, gfp_t gfp);
struct rpt_sock *rpt_sock_of(const struct sock *sk);
struct rpt_sock *rpt_sock_get(struct sock *sk);
void rpt_sock_release(struct rpt_sock *rs);
void rpt_sock_forget_names(struct rpt_sock *rs);
void rpt_sock_hold(struct rpt_sock *rs);
void rpt_sock_put(struct rpt_sock *rs);
void rpt_sock_put_state(struct rpt_sock *rs);
bool rpt_sock_trylock(struct sock *sk, bool *owned);
void rpt_sock_unlock(struct sock *sk);
int rpt_sock_wait(struct rpt_sock *rs, long *timeo, bool tx);
int rpt_sock_errno(const struct rpt_sock *rs, int err);
struct rpt_opts *rpt_opts_copy(const struct rpt_opts *from);
struct rpt_opts *rpt_opts_of_rule(struct rpt_rule *rule, gfp_t gfp);
struct rpt_opts *rpt_opts_get(const struct rpt_sock *rs);
void rpt_opts_put(struct rpt_opts *opts);
struct rpt_peer *rpt_peer_create(const char *id, size_t id_len,
				 const struct rpt_chain *chain);
void rpt_peer_put(struct rpt_peer *peer);

/* pump.c */
void rpt_pump_kick(struct rpt_sock *rs, unsigned long delay);
void rpt_pump_release_cb(struct sock *sk);
void rpt_pump_work(struct work_struct *work);
void rpt_pump_deadline(struct timer_list *timer);
void rpt_pump_set_timer(struct rpt_sock *rs, u32 ms);
bool rpt_pump_is_late(const struct rpt_sock *rs);
int rpt_pump_start(struct rpt_sock *rs, bool server);
void rpt_pump_start_child(struct rpt_sock *rs, struct rpt_sock *listener);
void rpt_pump_start_wait(struct rpt_sock *rs, enum rpt_wait what, u32 ms);
void rpt_pump_start_refused(struct rpt_sock *rs, int err);
void rpt_pump_clear(struct rpt_sock *rs);
int rpt_pump_kill(struct rpt_sock *rs, int err);
void rpt_pump_kill_locked(struct rpt_sock *rs, int err);
void rpt_pump_disarm(struct rpt_sock *rs);
void rpt_pump_cancel(struct rpt_sock *rs);
void rpt_pump_fail(struct rpt_sock *rs, int err, struct sk_buff *last);

/* life.c */
void rpt_life_begin(struct rpt_sock *rs);
void rpt_life_end(struct rpt_sock *rs);
void rpt_life_check(struct rpt_sock *rs);
bool rpt_life_stop(struct rpt_sock *rs, int err);
void rpt_life_bundles(const struct net *net);

/* verify.c */
extern const struct rpt_hs_ops rpt_verify_ops;

/* promote.c */
int rpt_promote(struct sock *sk, struct rpt_sock *rs);
int rpt_promote_close_notify(struct sock *sk, struct rpt_sock *rs);
struct sk_buff *rpt_promote_seal(struct rpt_session *s, u8 type, const u8 *data,
				 size_t len, gfp_t gfp);

/* post.c */
int rpt_post_init(void);
void rpt_post_work(struct work_struct *work);
int rpt_post_rekey(struct sock *sk, struct rpt_sock *rs, bool request);

/* prot.c */
extern struct proto rpt_prot[2];
extern struct proto_ops rpt_proto_ops[2];
const struct proto *rpt_base_prot(const struct sock *sk);
const struct proto_ops *rpt_base_ops(const struct sock *sk);
void rpt_prot_init(void);
int rpt_prot_enter(struct sock *sk, long timeo);
int rpt_prot_start(struct sock *sk, struct rpt_sock *rs);
bool rpt_prot_is_open(const struct sock *sk);
void rpt_prot_forget(struct rpt_sock *rs);
int rpt_prot_error(struct sock *sk, const struct rpt_sock *rs);
bool rpt_prot_hand_over(struct sock *sk, struct rpt_sock *rs);
bool rpt_prot_is_cut(const struct sock *sk, const struct rpt_sock *rs);

/* prot_connect.c */
int rpt_prot_renew(struct sock *sk, struct rpt_sock *rs);
int rpt_prot_connect(struct sock *sk, struct sockaddr_unsized *uaddr, int len);

/* sockopt.c */
bool rpt_prot_forbids(int level, int optname);
int rpt_setsockopt(struct sock *sk, struct rpt_sock *rs, int optname,
		   sockptr_t optval, unsigned int optlen);
int rpt_getsockopt(struct sock *sk, struct rpt_sock *rs, int optname,
		   char __user *optval, int __user *optlen);

/* diag.c */
u8 rpt_info_state(const struct rpt_sock *rs);
void rpt_info_fill(const struct rpt_sock *rs, struct riptides_info *info);
int rpt_diag_info(struct sock *sk, struct sk_buff *skb, bool net_admin);
size_t rpt_diag_info_size(const struct sock *sk, bool net_admin);

/* ulp.c */
extern struct tcp_ulp_ops rpt_ulp_ops;
int rpt_ulp_check(struct sock *sk);
void rpt_prot_set(struct sock *sk);
void rpt_prot_take(struct sock *sk);
void rpt_prot_unset(struct sock *sk);

/* attach.c */
void rpt_attach_detach(struct sock *sk);

/* attach_child.c */
void rpt_attach_clear(struct rpt_sock *rs);
void rpt_listener_put(struct rpt_listener *listener);
bool rpt_attach_decide(struct rpt_sock *rs);

#endif /* _RPT_SOCK_H */
