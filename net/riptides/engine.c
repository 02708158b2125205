// SPDX-License-Identifier: GPL-2.0-only
/*
 * The TLS 1.3 handshake of hs.h as an engine
 */
#include "engine.h"
#include "hs.h"

static void *engine_create(const struct rpt_hs_params *p, gfp_t gfp)
{
	return rpt_hs_create(p, gfp);
}

static int engine_start(void *ctx)
{
	return rpt_hs_start(ctx);
}

static int engine_input(void *ctx, const u8 *data, size_t len, size_t *consumed)
{
	return rpt_hs_input(ctx, data, len, consumed);
}

static const u8 *engine_output(const void *ctx, size_t *len)
{
	return rpt_hs_output(ctx, len);
}

static void engine_output_done(void *ctx, size_t n)
{
	rpt_hs_output_done(ctx, n);
}

static int engine_abort(void *ctx, u8 alert, int err)
{
	return rpt_hs_abort(ctx, alert, err);
}

static bool engine_is_done(const void *ctx)
{
	return rpt_hs_is_done(ctx);
}

static int engine_finish(void *ctx, struct rpt_session *s)
{
	return rpt_hs_finish(ctx, s);
}

static void engine_destroy(void *ctx)
{
	rpt_hs_destroy(ctx);
}

const struct rpt_engine_ops rpt_tls13_engine = {
	.name		= "tls13",
	.version_min	= RPT_TLS13,
	.version_max	= RPT_TLS13,
	.create		= engine_create,
	.start		= engine_start,
	.input		= engine_input,
	.output		= engine_output,
	.output_done	= engine_output_done,
	.abort		= engine_abort,
	.is_done	= engine_is_done,
	.finish		= engine_finish,
	.destroy	= engine_destroy,
};
