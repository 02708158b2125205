/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a TLS engine looks like from outside, so that another version or
 * another implementation can stand behind the same sockets
 */
#ifndef _RPT_ENGINE_H
#define _RPT_ENGINE_H

#include <linux/types.h>

struct rpt_hs_params;
struct rpt_session;

/**
 * struct rpt_engine_ops - one implementation of the TLS handshake
 *
 * The context is opaque; semantics are those of the functions of hs.h that
 * have the same names.
 */
struct rpt_engine_ops {
	/** @name: for logs and diagnostics */
	const char *name;
	/** @version_min: lowest protocol version it negotiates */
	u16 version_min;
	/** @version_max: highest protocol version it negotiates */
	u16 version_max;
	/** @create: allocate a context; NULL when memory is short */
	void *(*create)(const struct rpt_hs_params *p, gfp_t gfp);
	/** @start: begin; a client queues its first message */
	int (*start)(void *ctx);
	/** @input: take bytes from the peer */
	int (*input)(void *ctx, const u8 *data, size_t len, size_t *consumed);
	/** @output: bytes for the peer */
	const u8 *(*output)(const void *ctx, size_t *len);
	/** @output_done: forget the first @n bytes of the output */
	void (*output_done)(void *ctx, size_t n);
	/** @abort: fail from outside, queueing an alert */
	int (*abort)(void *ctx, u8 alert, int err);
	/** @is_done: the handshake is complete */
	bool (*is_done)(const void *ctx);
	/** @finish: move the result to a session */
	int (*finish)(void *ctx, struct rpt_session *s);
	/** @destroy: wipe and free */
	void (*destroy)(void *ctx);
};

extern const struct rpt_engine_ops rpt_tls13_engine;

#endif /* _RPT_ENGINE_H */
