/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What s2n-bignum's x86_64 files expect around their instructions: linkage as
 * the kernel has it, return thunks, and no call frame information, as objtool
 * finds out by itself. Also used by the user-space build of the engine.
 */
#ifdef __KERNEL__
#include <linux/linkage.h>
#define _CET_ENDBR	ENDBR
#define CFI_RET		RET
#define S2N_BN_FUNCTION_TYPE_DIRECTIVE(name) \
	.text ; SYM_F_ALIGN ; .type name, @function
/*
 * What follows a function are its tables, which objtool would disassemble. Two
 * functions have a second name, whose size is not given.
 */
#define S2N_BN_SIZE_IF(name)	.ifdef name ; .size name, . - name ; .endif
#define S2N_BN_SIZE_DIRECTIVE(name) \
	.text ; .size name, . - name ; \
	S2N_BN_SIZE_IF(curve25519_x25519base_byte) ; \
	S2N_BN_SIZE_IF(curve25519_x25519base_byte_alt) ; \
	.section .rodata ; .balign 64
#else
#define _CET_ENDBR	endbr64
#define CFI_RET		ret
#define S2N_BN_FUNCTION_TYPE_DIRECTIVE(name)	.type name, @function
#define S2N_BN_SIZE_DIRECTIVE(name)		.size name, . - name
#endif

#define S2N_BN_SYMBOL(name)			name
#define S2N_BN_SYM_VISIBILITY_DIRECTIVE(name)	.globl name
#define S2N_BN_SYM_PRIVACY_DIRECTIVE(name)

#define CFI_START
#define CFI_CALL(target)		call target
#define CFI_PUSH(reg)			pushq reg
#define CFI_POP(reg)			popq reg
#define CFI_INC_RSP(offset)		addq $offset, %rsp
#define CFI_DEC_RSP(offset)		subq $offset, %rsp
#define CFI_STACKSAVE(reg, offset)	movq reg, offset(%rsp)
#define CFI_STACKLOAD(reg, offset)	movq offset(%rsp), reg
