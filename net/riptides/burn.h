/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RPT_BURN_H
#define _RPT_BURN_H

void rpt_stack_burn(unsigned int kib);

#endif /* _RPT_BURN_H */
