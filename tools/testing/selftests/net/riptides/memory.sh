#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Private keys are looked for in all memory of a guest, from outside.
#
#   memory.sh
#
# Prints KTAP.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/ulp_lib.sh"

temp=$(mktemp -d "$root/build/memory.test.XXXXXX") || fail "no directory"
trap 'rm -rf "$temp"' EXIT
gcc -O2 -Wall -o "$temp/netlink_masked" "$here/netlink_masked.c" ||
	fail "netlink_masked does not build"
# not exec: the trap is ours
python3 "$here/memory_test.py" "$temp/netlink_masked"
