// SPDX-License-Identifier: GPL-2.0-only
/*
 * Our client, talking to the fuzzer.
 */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	return fuzz_conversation(false, data, size);
}
