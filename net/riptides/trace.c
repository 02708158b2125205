// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tracepoints: the one place where their code is made
 */

#define CREATE_TRACE_POINTS
#include <trace/events/riptides.h>
