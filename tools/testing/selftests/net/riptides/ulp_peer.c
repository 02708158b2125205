// SPDX-License-Identifier: GPL-2.0-only
/*
 * One end is the kernel's, the other a peer that does what it is told
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <unistd.h>

#include "ulp_peer.h"

/*
 * The kernel's socket @t->k, made and not yet connected (a listener, when it
 * is to be the server), so that its options can still be set.
 */
int ulp_talk_prepare(const struct ulp_kind *kind, bool server, struct peer_spec *spec,
		     struct ulp_talk *t)
{
	*t = (struct ulp_talk) { .l = -1, .k = -1, .fd = -1 };
	spec->server = !server;
	if (!spec->certs)
		spec->certs = getenv("ULP_CERTS");
	if (!spec->certs)
		return -ENOENT;
	if (!spec->name)
		spec->name = "second";
	t->k = server ? ulp_listen(kind, 5, &t->addr) : ulp_socket(kind);
	return t->k < 0 ? t->k : 0;
}

/* TCP is connected, and the kernel's handshake may have begun. */
int ulp_talk_begin(const struct ulp_kind *kind, bool server, struct peer_spec *spec,
		   struct ulp_talk *t)
{
	int one = 1, err;

	if (server) {
		t->l = t->k;
		t->k = -1;
		t->fd = ulp_raw_socket(kind);
		if (t->fd < 0)
			return t->fd;
		err = ulp_connect(t->fd, &t->addr);
	} else {
		t->l = ulp_raw_socket(kind);
		if (t->l < 0)
			return t->l;
		err = ulp_bind(t->l, kind, true, &t->addr);
		if (!err && listen(t->l, 5))
			err = -errno;
		if (!err)
			err = ulp_blocking(t->k, false);
		if (!err && connect(t->k, &t->addr.sa, t->addr.len) &&
		    errno != EINPROGRESS)
			err = -errno;
		if (!err) {
			t->fd = ulp_accept(t->l);
			err = t->fd < 0 ? t->fd : 0;
		}
	}
	if (err)
		return err;
	setsockopt(t->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	t->p = peer_new(t->fd, spec);
	return t->p ? 0 : -ENOMEM;
}

/* How the handshake ended for the kernel: its socket blocks from here on. */
int ulp_talk_finish(struct ulp_talk *t)
{
	socklen_t len = sizeof(int);
	int err;

	if (t->k < 0) {
		t->k = ulp_accept(t->l);
		return t->k < 0 ? t->k : 0;
	}
	err = ulp_wait(t->k, POLLOUT, -1);
	if (err < 0)
		return err;
	if (getsockopt(t->k, SOL_SOCKET, SO_ERROR, &err, &len))
		return -errno;
	return -err ?: ulp_blocking(t->k, true);
}

/* A connection whose handshake is complete, at the peer's end at least. */
int ulp_talk_open(const struct ulp_kind *kind, bool server, struct peer_spec *spec,
		  struct ulp_talk *t)
{
	int err = ulp_talk_prepare(kind, server, spec, t);

	err = err ?: ulp_talk_begin(kind, server, spec, t);
	err = err ?: peer_handshake(t->p);
	return err ?: ulp_talk_finish(t);
}

void ulp_talk_close(struct ulp_talk *t)
{
	peer_free(t->p);
	t->p = NULL;
	if (t->l >= 0)
		close(t->l);
	if (t->k >= 0)
		close(t->k);
	if (t->fd >= 0)
		close(t->fd);
	t->l = -1;
	t->k = -1;
	t->fd = -1;
}
