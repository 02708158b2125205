// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generic netlink family riptides: the socket, requests and answers, events
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include "nl_call.h"

#ifndef SOL_NETLINK
#define SOL_NETLINK	270
#endif

/* Messages of a dump have up to 16 KiB */
#define RECEIVE_SIZE	(64 * 1024)
#define SEND_SIZE	(2 * 1024 * 1024)

/* A request under way */
struct call {
	u32 sequence;
	parse_fn parse;
	void *ctx;
	struct error *e;
	int code;		/* the kernel's errno */
	bool interrupted;
	bool malformed;
	bool done;
};

/* The kernel's sentence among the attributes behind an error */
static void take_sentence(struct call *c, const struct nlmsghdr *hdr, const void *tlvs)
{
	const struct nlattr *attr = tlvs;
	int left = (const char *)hdr + hdr->nlmsg_len - (const char *)tlvs;

	c->e->code = c->code;
	snprintf(c->e->text, sizeof(c->e->text), "%s", strerror(c->code));
	if (!(hdr->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	while (nla_ok(attr, left)) {
		if (nla_type(attr) == NLMSGERR_ATTR_MSG && nla_len(attr))
			snprintf(c->e->text, sizeof(c->e->text), "%.*s", nla_len(attr),
				 (const char *)nla_data(attr));
		attr = nla_next(attr, &left);
	}
}

/* What answers a request that failed half-way may still come */
static int on_sequence(struct nl_msg *msg, void *arg)
{
	struct call *c = arg;

	return nlmsg_hdr(msg)->nlmsg_seq == c->sequence ? NL_OK : NL_SKIP;
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *err, void *arg)
{
	struct nlmsghdr *hdr = (struct nlmsghdr *)((char *)err - NLMSG_HDRLEN);
	char *tlvs = (char *)(err + 1);
	struct call *c = arg;

	c->done = true;
	c->code = -err->error;
	if (c->code) {
		/* Behind the request's header, and all of it if it was quoted */
		if (!(hdr->nlmsg_flags & NLM_F_CAPPED) && err->msg.nlmsg_len >= NLMSG_HDRLEN)
			tlvs += NLMSG_ALIGN(err->msg.nlmsg_len) - NLMSG_HDRLEN;
		take_sentence(c, hdr, tlvs);
	}
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct call *c = arg;

	c->done = true;
	return NL_STOP;
}

static int on_finish(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	struct call *c = arg;
	int code;

	c->done = true;
	if (nlmsg_datalen(hdr) >= (int)sizeof(code)) {
		memcpy(&code, nlmsg_data(hdr), sizeof(code));
		c->code = code < 0 ? -code : 0;
		if (c->code)
			take_sentence(c, hdr, (char *)nlmsg_data(hdr) + sizeof(code));
	}
	return NL_STOP;
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct call *c = arg;

	if (c->parse && c->parse(nlmsg_hdr(msg), c->ctx))
		c->malformed = true;
	return NL_OK;
}

static int on_interrupt(struct nl_msg *msg, void *arg)
{
	struct call *c = arg;

	c->interrupted = true;
	return NL_OK;
}

static int receive(struct nl *nl, struct call *c)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_CUSTOM);
	int err = 0;

	if (!cb)
		die(EXIT_FAILED, "out of memory");
	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_sequence, c);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, c);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, c);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, c);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, c);
	nl_cb_set(cb, NL_CB_DUMP_INTR, NL_CB_CUSTOM, on_interrupt, c);
	while (!c->done && err >= 0)
		err = nl_recvmsgs(nl->sock, cb);
	nl_cb_put(cb);
	if (c->code)
		return -1;
	if (c->malformed)
		return fail(c->e, "the kernel's answer makes no sense");
	if (err < 0 && !c->interrupted)
		return fail(c->e, "netlink: %s", nl_geterror(err));
	return 0;
}

/**
 * rnl_request() - begin a request
 * @nl: handle
 * @command: command
 * @flags: of netlink
 * @size: room for attributes
 *
 * Return: the message.
 */
struct nl_msg *rnl_request(const struct nl *nl, u8 command, int flags, size_t size)
{
	struct nl_msg *msg = nlmsg_alloc_size(size + 256);

	if (!msg || !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, nl->family, 0, flags, command,
				 nl->version))
		die(EXIT_FAILED, "out of memory");
	return msg;
}

/**
 * rnl_call() - send a request and take what answers it
 * @nl: handle
 * @msg: request; consumed, and wiped, as there may be a key in it
 * @parse: called with each message of the answer; may be NULL
 * @ctx: for @parse
 * @e: why not
 *
 * Return: 0 or -1.
 */
int rnl_call(struct nl *nl, struct nl_msg *msg, parse_fn parse, void *ctx, struct error *e)
{
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	struct error unused;
	struct call c = { .parse = parse, .ctx = ctx, .e = e ? e : &unused };
	int err;

	err = nl_send_auto(nl->sock, msg);
	c.sequence = hdr->nlmsg_seq;
	explicit_bzero(nlmsg_data(hdr), nlmsg_datalen(hdr));
	nlmsg_free(msg);
	if (err < 0)
		return fail(c.e, "netlink: %s", nl_geterror(err));
	return receive(nl, &c);
}

/**
 * rnl_dump() - take all that a dump has
 * @nl: handle
 * @command: command
 * @parse: called with each message
 * @clear: called before each try: a dump that was interrupted begins anew
 * @ctx: for @parse and @clear
 * @e: why not
 *
 * Return: 0 or -1.
 */
int rnl_dump(struct nl *nl, u8 command, parse_fn parse, void (*clear)(void *ctx),
	     void *ctx, struct error *e)
{
	struct call c = { .parse = parse, .ctx = ctx, .e = e };
	struct nl_msg *msg;
	unsigned int i;
	int err;

	for (i = 0; i < NL_DUMP_TRIES; i++) {
		clear(ctx);
		msg = rnl_request(nl, command, NLM_F_DUMP, 0);
		err = nl_send_auto(nl->sock, msg);
		c.sequence = nlmsg_hdr(msg)->nlmsg_seq;
		nlmsg_free(msg);
		if (err < 0)
			return fail(e, "netlink: %s", nl_geterror(err));
		c.interrupted = false;
		c.done = false;
		if (receive(nl, &c))
			return -1;
		if (!c.interrupted)
			return 0;
	}
	return fail(e, "the kernel's configuration changes too often to be read");
}

static void raise_buffers(struct nl *nl, int receive_size)
{
	int size = SEND_SIZE, fd = nl_socket_get_fd(nl->sock);

	/* The second one needs privileges; where both fail, less may do */
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_size, sizeof(receive_size));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &receive_size, sizeof(receive_size));
}

/**
 * rnl_open() - find the family
 * @nl: handle
 * @e: why not; its code is ENOENT if this kernel has no riptides
 *
 * Return: 0 or -1.
 */
int rnl_open(struct nl *nl, struct error *e)
{
	int err, on = 1;

	memset(nl, 0, sizeof(*nl));
	nl->sock = nl_socket_alloc();
	if (!nl->sock)
		die(EXIT_FAILED, "out of memory");
	err = genl_connect(nl->sock);
	if (err < 0) {
		fail(e, "netlink: %s", nl_geterror(err));
		goto err_close;
	}
	nl->version = RIPTIDES_FAMILY_VERSION;
	nl->family = genl_ctrl_resolve(nl->sock, RIPTIDES_FAMILY_NAME);
	if (nl->family < 0) {
		fail(e, "this kernel has no riptides: no generic netlink family of that name");
		e->code = ENOENT;
		goto err_close;
	}
	nl_socket_disable_msg_peek(nl->sock);
	nl_socket_set_msg_buf_size(nl->sock, RECEIVE_SIZE);
	setsockopt(nl_socket_get_fd(nl->sock), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	/* A refusal that quotes a large request would not fit */
	setsockopt(nl_socket_get_fd(nl->sock), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	setsockopt(nl_socket_get_fd(nl->sock), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on,
		   sizeof(on));
	raise_buffers(nl, 1024 * 1024);
	return 0;

err_close:
	rnl_close(nl);
	return -1;
}

void rnl_close(struct nl *nl)
{
	if (nl->sock)
		nl_socket_free(nl->sock);
	memset(nl, 0, sizeof(*nl));
}

int rnl_subscribe(struct nl *nl, struct error *e)
{
	int group = genl_ctrl_resolve_grp(nl->sock, RIPTIDES_FAMILY_NAME,
					  RIPTIDES_MCGRP_EVENTS);
	int err = group < 0 ? group : nl_socket_add_membership(nl->sock, group);

	if (err < 0)
		return fail(e, "events: %s", nl_geterror(err));
	nl_socket_set_nonblocking(nl->sock);
	return 0;
}

int rnl_fd(const struct nl *nl)
{
	return nl_socket_get_fd(nl->sock);
}

struct event_call {
	event_fn fn;
	void *ctx;
};

static int on_event(struct nl_msg *msg, void *arg)
{
	const struct event_call *c = arg;
	struct arena a = {};
	struct event ev;

	if (!rnl_parse_event(&a, nlmsg_hdr(msg), &ev))
		c->fn(&ev, c->ctx);
	arena_free(&a);
	return NL_OK;
}

/* Events answer nothing */
static int any_sequence(struct nl_msg *msg, void *arg)
{
	return NL_OK;
}

/**
 * rnl_events() - take the events that have come
 * @nl: handle that is subscribed
 * @fn: called with each
 * @ctx: for @fn
 * @lost: set if there were more than the socket had room for
 * @e: why not
 *
 * Return: 0, also if there are none; or -1.
 */
int rnl_events(struct nl *nl, event_fn fn, void *ctx, bool *lost, struct error *e)
{
	struct event_call c = { fn, ctx };
	struct nl_cb *cb = nl_cb_alloc(NL_CB_CUSTOM);
	int err = 0;

	if (!cb)
		die(EXIT_FAILED, "out of memory");
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_event, &c);
	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, any_sequence, NULL);
	while (err >= 0) {
		errno = 0;
		err = nl_recvmsgs(nl->sock, cb);
		/* libnl calls both of them a lack of memory */
		if (err == -NLE_NOMEM && errno == ENOBUFS) {
			*lost = true;
			err = 0;
		}
	}
	nl_cb_put(cb);
	return err == -NLE_AGAIN ? 0 : fail(e, "events: %s", nl_geterror(err));
}
