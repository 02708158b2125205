# SPDX-License-Identifier: GPL-2.0-only
#
# How BearSSL 0.6 is built and used: no system randomness or clock, no code
# that needs CPU features, 64x64->128 multiplications where the compiler has
# them. Included by Kbuild here, by the Makefile above (for the files that call
# BearSSL) and by the user-space build of the engine.

bearssl-defs := -DBR_USE_URANDOM=0 -DBR_USE_UNIX_TIME=0 -DBR_RDRAND=0 \
		-DBR_AES_X86NI=0 -DBR_SSE2=0
