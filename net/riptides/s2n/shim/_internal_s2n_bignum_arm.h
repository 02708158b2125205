/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What s2n-bignum's arm64 files expect around their instructions: linkage as
 * the kernel has it, a landing pad for branch target identification, and no
 * call frame information. Also used by the user-space build of the engine.
 */
#define S2N_BN_SYMBOL(name)			name
#define S2N_BN_SYM_VISIBILITY_DIRECTIVE(name)	.globl name
#define S2N_BN_SYM_PRIVACY_DIRECTIVE(name)
#define S2N_BN_FUNCTION_TYPE_DIRECTIVE(name)	.type name, %function
#define S2N_BN_SIZE_DIRECTIVE(name)		.size name, . - name
#define __LF					;

/* bti c, which older assemblers know by its number only */
#define CFI_START			hint #34
#define CFI_RET				ret
#define CFI_BL(target)			bl target
#define CFI_PUSH2(lo, hi)		stp lo, hi, [sp, #-16]!
#define CFI_PUSH1Z(reg)			stp reg, xzr, [sp, #-16]!
#define CFI_POP2(lo, hi)		ldp lo, hi, [sp], #16
#define CFI_POP1Z(reg)			ldp reg, xzr, [sp], #16
#define CFI_STACKSAVE2(lo, hi, offset)	stp lo, hi, [sp, #(offset)]
#define CFI_STACKSAVE2X(lo, hi, offset, offset8) \
	stp lo, hi, [sp, #(offset)]
#define CFI_STACKSAVE1Z(reg, offset)	stp reg, xzr, [sp, #(offset)]
#define CFI_STACKLOAD2(lo, hi, offset)	ldp lo, hi, [sp, #(offset)]
#define CFI_STACKLOAD1Z(reg, offset)	ldp reg, xzr, [sp, #(offset)]
#define CFI_INC_SP(offset)		add sp, sp, #(offset)
#define CFI_DEC_SP(offset)		sub sp, sp, #(offset)
