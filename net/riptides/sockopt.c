// SPDX-License-Identifier: GPL-2.0-only
/*
 * Socket options of level SOL_RIPTIDES
 *
 * Options make new struct rpt_opts and never change old ones, because children
 * are cloned from a listener without its lock.
 */

#include <linux/slab.h>
#include <linux/sockptr.h>
#include <net/tcp.h>

#include "sock.h"
#include "spiffe.h"
#include "x509.h"

#define EXPORTER_LABEL_MAX	249	/* RFC 8446 section 7.1: with "tls13 " */
#define EXPORTER_MAX		1024

/**
 * rpt_prot_forbids() - options of TCP that would go around us
 * @level: as for setsockopt()
 * @optname: likewise
 *
 * They read or set what is in TCP's queues: records, and before the hand-over
 * the handshake.
 *
 * Context: Any context.
 * Return: true if the option is to be refused.
 */
bool rpt_prot_forbids(int level, int optname)
{
	if (level != SOL_TCP)
		return false;
	switch (optname) {
	case TCP_REPAIR:
	case TCP_REPAIR_QUEUE:
	case TCP_REPAIR_OPTIONS:
	case TCP_REPAIR_WINDOW:
	case TCP_QUEUE_SEQ:
	case TCP_ZEROCOPY_RECEIVE:
		return true;
	}
	return false;
}

/* Options count when a handshake starts: none has, or this is a listener. */
static int may_change(const struct sock *sk, const struct rpt_sock *rs)
{
	switch (rs->state) {
	case RPT_SOCK_IDLE:
		return 0;
	case RPT_SOCK_HANDSHAKE:
		return -EBUSY;
	case RPT_SOCK_FAILED:
		return sk->sk_state == TCP_CLOSE ? 0 : -EBUSY;
	}
	return -EISCONN;
}

/* What a rule says is not for the application to change. */
static bool is_forbidden(const struct rpt_sock *rs, int optname)
{
	return rs->transparent && optname != RIPTIDES_REKEY;
}

/*
 * A text as the application gives it: @max octets at most, perhaps with a
 * terminating NUL, with none inside. *@text is NULL for an empty one.
 */
static int get_text(sockptr_t optval, unsigned int optlen, size_t max,
		    char **text)
{
	char *s;

	*text = NULL;
	if (optlen > max + 1)
		return -ENAMETOOLONG;
	s = memdup_sockptr_nul(optval, optlen);
	if (IS_ERR(s))
		return PTR_ERR(s);
	if (optlen && !s[optlen - 1])
		optlen--;
	if (strlen(s) != optlen) {
		kfree(s);
		return -EINVAL;
	}
	if (optlen > max) {
		kfree(s);
		return -ENAMETOOLONG;
	}
	if (!optlen) {
		kfree(s);
		return 0;
	}
	*text = s;
	return 0;
}

static int check_text(int optname, const char *text)
{
	if (!text)
		return 0;
	switch (optname) {
	case RIPTIDES_SERVER_NAME:
		return rpt_x509_dns_valid(text, strlen(text), false) ? 0 :
			-EINVAL;
	case RIPTIDES_PEER_ID:
		return rpt_spiffe_pattern_check(text, strlen(text)) ? -EINVAL :
			0;
	}
	return 0;
}

/* ProtocolNameList (RFC 7301 section 3.1) without its outer length */
static int check_alpn(const u8 *list, size_t len)
{
	size_t i = 0;

	while (i < len) {
		if (!list[i] || list[i] >= len - i)
			return -EINVAL;
		i += 1 + list[i];
	}
	return 0;
}

static int set_text(struct rpt_opts *opts, int optname, sockptr_t optval,
		    unsigned int optlen)
{
	static const u16 max[] = {
		[RIPTIDES_SERVER_NAME] = RIPTIDES_SERVER_NAME_MAX,
		[RIPTIDES_PEER_ID] = RIPTIDES_SPIFFE_ID_MAX,
		[RIPTIDES_IDENTITY] = RIPTIDES_NAME_MAX,
	};
	char *text, **to;
	int err;

	err = get_text(optval, optlen, max[optname], &text);
	if (!err)
		err = check_text(optname, text);
	if (err) {
		kfree(text);
		return err;
	}
	to = optname == RIPTIDES_SERVER_NAME ? &opts->server_name :
	     optname == RIPTIDES_PEER_ID ? &opts->peer_id : &opts->identity;
	kfree(*to);
	*to = text;
	return 0;
}

static int set_alpn(struct rpt_opts *opts, sockptr_t optval,
		    unsigned int optlen)
{
	u8 *list = NULL;
	int err;

	if (optlen > RIPTIDES_ALPN_LIST_MAX)
		return -EINVAL;
	if (optlen) {
		list = memdup_sockptr(optval, optlen);
		if (IS_ERR(list))
			return PTR_ERR(list);
		err = check_alpn(list, optlen);
		if (err) {
			kfree(list);
			return err;
		}
	}
	kfree(opts->alpn);
	opts->alpn = list;
	opts->alpn_len = optlen;
	return 0;
}

static int get_u32(sockptr_t optval, unsigned int optlen, u32 max, u32 *value)
{
	if (optlen != sizeof(*value))
		return -EINVAL;
	if (copy_from_sockptr(value, optval, sizeof(*value)))
		return -EFAULT;
	return *value > max ? -EINVAL : 0;
}

static int set_number(struct rpt_opts *opts, int optname, sockptr_t optval,
		      unsigned int optlen)
{
	static const u32 max[] = {
		[RIPTIDES_ROLE] = RIPTIDES_ROLE_SERVER,
		[RIPTIDES_MODE] = RIPTIDES_MODE_SIMPLE,
		[RIPTIDES_DEADLINE] = RIPTIDES_DEADLINE_MAX,
		[RIPTIDES_CONFIRM] = 1,
		[RIPTIDES_DATAPATH] = RIPTIDES_DATAPATH_SOFTWARE,
	};
	u32 value;
	int err;

	err = get_u32(optval, optlen, max[optname], &value);
	if (err)
		return err;
	switch (optname) {
	case RIPTIDES_ROLE:
		opts->role = value;
		break;
	case RIPTIDES_MODE:
		opts->mode = value;
		break;
	case RIPTIDES_DEADLINE:
		opts->deadline_ms = value;
		break;
	case RIPTIDES_CONFIRM:
		opts->confirm = value;
		break;
	case RIPTIDES_DATAPATH:
		opts->datapath = value;
		break;
	}
	return 0;
}

/* A new set of options that differs from the socket's in one. */
static int change(struct sock *sk, struct rpt_sock *rs, int optname,
		  sockptr_t optval, unsigned int optlen)
{
	struct rpt_opts *old, *opts;
	int err;

	err = may_change(sk, rs);
	if (err)
		return err;
	old = rcu_dereference_protected(rs->opts, lockdep_sock_is_held(sk));
	opts = rpt_opts_copy(old);
	if (!opts)
		return -ENOMEM;
	switch (optname) {
	case RIPTIDES_SERVER_NAME:
	case RIPTIDES_PEER_ID:
	case RIPTIDES_IDENTITY:
		err = set_text(opts, optname, optval, optlen);
		break;
	case RIPTIDES_ALPN:
		err = set_alpn(opts, optval, optlen);
		break;
	default:
		err = set_number(opts, optname, optval, optlen);
	}
	/* STARTTLS injection: said before anybody asked for TLS */
	if (!err && optname == RIPTIDES_ROLE && rpt_tcp_connected(sk) &&
	    opts->role == RIPTIDES_ROLE_CLIENT && tcp_inq(sk))
		err = -EBUSY;
	if (err) {
		rpt_opts_put(opts);
		return err;
	}
	rcu_assign_pointer(rs->opts, opts);
	rpt_opts_put(old);
	return 0;
}

static int rekey(struct sock *sk, struct rpt_sock *rs, sockptr_t optval,
		 unsigned int optlen)
{
	u32 request = 0;
	int err;

	if (optlen) {
		err = get_u32(optval, optlen, 1, &request);
		if (err)
			return err;
	}
	/* no handshake begins by it */
	if (READ_ONCE(rs->state) == RPT_SOCK_IDLE)
		return -ENOTCONN;
	/* hands over, if that is still to be done */
	err = rpt_prot_is_open(sk) ? 0 : rpt_prot_enter(sk, 0);
	if (err)
		return err == -EAGAIN ? -ENOTCONN : err;
	return rpt_post_rekey(sk, rs, request);
}

/**
 * rpt_setsockopt() - set an option of level SOL_RIPTIDES
 * @sk: the socket
 * @rs: its state
 * @optname: enum riptides_option
 * @optval: value
 * @optlen: its length in bytes
 *
 * Context: Process context, nothing locked.
 * Return: 0; -ENOPROTOOPT no such option, or not to be set; -EINVAL bad length
 * or value; -ENAMETOOLONG; -EFAULT; -ENOMEM; -EPERM a rule has attached the
 * socket; -EBUSY while a handshake runs, or a client role with bytes to be read;
 * -EISCONN after it; for RIPTIDES_START see rpt_prot_start(), for RIPTIDES_REKEY
 * see rpt_post_rekey(), -ENOTCONN before the handshake is complete.
 */
int rpt_setsockopt(struct sock *sk, struct rpt_sock *rs, int optname,
		   sockptr_t optval, unsigned int optlen)
{
	int err;

	if (is_forbidden(rs, optname))
		return -EPERM;
	switch (optname) {
	case RIPTIDES_ROLE:
	case RIPTIDES_SERVER_NAME:
	case RIPTIDES_PEER_ID:
	case RIPTIDES_IDENTITY:
	case RIPTIDES_ALPN:
	case RIPTIDES_MODE:
	case RIPTIDES_DEADLINE:
	case RIPTIDES_CONFIRM:
	case RIPTIDES_DATAPATH:
		lock_sock(sk);
		err = change(sk, rs, optname, optval, optlen);
		release_sock(sk);
		return err;
	case RIPTIDES_START:
		lock_sock(sk);
		err = rpt_prot_start(sk, rs);
		release_sock(sk);
		return err;
	case RIPTIDES_REKEY:
		return rekey(sk, rs, optval, optlen);
	}
	return -ENOPROTOOPT;
}

/* Give @len bytes to a caller who has room for *@optlen: all or ERANGE. */
static int put_bytes(const void *data, size_t len, char __user *optval,
		     int __user *optlen)
{
	int room;

	if (get_user(room, optlen))
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	if (put_user(len, optlen))
		return -EFAULT;
	if (room < len)
		return -ERANGE;
	return copy_to_user(optval, data, len) ? -EFAULT : 0;
}

static int put_u32(u32 value, char __user *optval, int __user *optlen)
{
	int room;

	if (get_user(room, optlen))
		return -EFAULT;
	if (room < (int)sizeof(value))
		return -EINVAL;
	if (put_user(sizeof(value), optlen) ||
	    copy_to_user(optval, &value, sizeof(value)))
		return -EFAULT;
	return 0;
}

static int put_text(const char *text, char __user *optval, int __user *optlen)
{
	return put_bytes(text, text ? strlen(text) : 0, optval, optlen);
}

static int get_opt(const struct rpt_opts *opts, int optname,
		   char __user *optval, int __user *optlen)
{
	switch (optname) {
	case RIPTIDES_ROLE:
		return put_u32(opts ? opts->role : 0, optval, optlen);
	case RIPTIDES_MODE:
		return put_u32(opts ? opts->mode : 0, optval, optlen);
	case RIPTIDES_DEADLINE:
		return put_u32(opts ? opts->deadline_ms : 0, optval, optlen);
	case RIPTIDES_CONFIRM:
		return put_u32(opts && opts->confirm, optval, optlen);
	case RIPTIDES_DATAPATH:
		return put_u32(opts ? opts->datapath : 0, optval, optlen);
	case RIPTIDES_SERVER_NAME:
		return put_text(opts ? opts->server_name : NULL, optval,
				optlen);
	case RIPTIDES_IDENTITY:
		return put_text(opts ? opts->identity : NULL, optval, optlen);
	}
	return -ENOPROTOOPT;
}

/* Whom we want, before the handshake; whom we have, once that is proved. */
static int get_peer_id(struct sock *sk, struct rpt_sock *rs,
		       char __user *optval, int __user *optlen)
{
	struct rpt_opts *opts = NULL;
	struct rpt_peer *peer;
	int err;

	lock_sock(sk);
	peer = rs->peer;
	if (peer)
		refcount_inc(&peer->ref);
	else if (rs->state == RPT_SOCK_IDLE)
		opts = rpt_opts_get(rs);
	release_sock(sk);
	if (peer)
		err = put_bytes(peer->id, peer->id_len, optval, optlen);
	else
		err = put_text(opts ? opts->peer_id : NULL, optval, optlen);
	rpt_peer_put(peer);
	rpt_opts_put(opts);
	return err;
}

static int get_alpn(struct sock *sk, struct rpt_sock *rs, char __user *optval,
		    int __user *optlen)
{
	u8 alpn[RPT_ALPN_MAX];
	size_t len = 0;

	lock_sock(sk);
	if (rs->session) {
		len = rs->session->alpn_len;
		memcpy(alpn, rs->session->alpn, len);
	}
	release_sock(sk);
	return put_bytes(alpn, len, optval, optlen);
}

static int get_info(struct sock *sk, struct rpt_sock *rs, char __user *optval,
		    int __user *optlen)
{
	struct riptides_info *info;
	int err = 0;
	int room;

	if (get_user(room, optlen))
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	info = kzalloc_obj(*info);
	if (!info)
		return -ENOMEM;
	lock_sock(sk);
	rpt_info_fill(rs, info);
	release_sock(sk);
	room = min_t(int, room, sizeof(*info));
	if (put_user(room, optlen) || copy_to_user(optval, info, room))
		err = -EFAULT;
	kfree(info);
	return err;
}

static int get_chain(struct sock *sk, struct rpt_sock *rs, char __user *optval,
		     int __user *optlen)
{
	struct rpt_peer *peer;
	int err;

	lock_sock(sk);
	peer = rs->peer;
	if (peer)
		refcount_inc(&peer->ref);
	release_sock(sk);
	if (!peer)
		return -ENODATA;
	/* a ticket tells a server who the client is, and no more */
	err = -ENODATA;
	if (peer->chain_len)
		err = put_bytes(peer->chain, peer->chain_len, optval, optlen);
	rpt_peer_put(peer);
	return err;
}

/* RFC 8446 section 7.5 */
static int get_exporter(struct sock *sk, struct rpt_sock *rs,
			char __user *optval, int __user *optlen)
{
	char label[EXPORTER_LABEL_MAX + 1];
	struct riptides_exporter req;
	u8 *buf, *out;
	size_t len;
	int room;
	int err;

	if (get_user(room, optlen))
		return -EFAULT;
	if (room < (int)sizeof(req))
		return -EINVAL;
	if (copy_from_user(&req, optval, sizeof(req)))
		return -EFAULT;
	len = req.label_len + req.context_len;
	if (!req.label_len || req.label_len > EXPORTER_LABEL_MAX ||
	    req.context_len > EXPORTER_MAX || !req.out_len ||
	    req.out_len > EXPORTER_MAX || req.reserved ||
	    room - sizeof(req) < len || room < req.out_len)
		return -EINVAL;
	buf = memdup_user(optval + sizeof(req), len);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	out = kzalloc(req.out_len, GFP_KERNEL);
	err = -ENOMEM;
	if (!out)
		goto free_buf;
	memcpy(label, buf, req.label_len);
	label[req.label_len] = '\0';
	err = -EINVAL;
	if (strlen(label) != req.label_len)
		goto free_out;
	lock_sock(sk);
	err = -ENOTCONN;
	if (rs->session)
		err = rpt_session_export(rs->session, label,
					 buf + req.label_len, req.context_len,
					 out, req.out_len);
	release_sock(sk);
	if (!err)
		err = put_bytes(out, req.out_len, optval, optlen);
free_out:
	kfree_sensitive(out);
free_buf:
	kfree(buf);
	return err;
}

/**
 * rpt_getsockopt() - read an option of level SOL_RIPTIDES
 * @sk: the socket
 * @rs: its state
 * @optname: enum riptides_option
 * @optval: where to put the value
 * @optlen: in: room there; out: length of the value
 *
 * Context: Process context, nothing locked.
 * Return: 0; -ENOPROTOOPT no such option, or not to be read; -EINVAL; -EFAULT;
 * -ERANGE not enough room, *@optlen tells how much is needed; -ENODATA the peer
 * showed no certificate; -ENOTCONN no session; -ENOMEM.
 */
int rpt_getsockopt(struct sock *sk, struct rpt_sock *rs, int optname,
		   char __user *optval, int __user *optlen)
{
	struct rpt_opts *opts;
	int err;

	switch (optname) {
	case RIPTIDES_INFO:
		return get_info(sk, rs, optval, optlen);
	case RIPTIDES_PEER_CHAIN:
		return get_chain(sk, rs, optval, optlen);
	case RIPTIDES_EXPORTER:
		return get_exporter(sk, rs, optval, optlen);
	case RIPTIDES_ALPN:
		return get_alpn(sk, rs, optval, optlen);
	case RIPTIDES_PEER_ID:
		return get_peer_id(sk, rs, optval, optlen);
	}
	opts = rpt_opts_get(rs);
	err = get_opt(opts, optname, optval, optlen);
	rpt_opts_put(opts);
	return err;
}
