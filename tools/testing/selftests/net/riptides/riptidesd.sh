#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# riptidesd: every command, its daemon, its signers, what it refuses.
#
#   riptidesd.sh [--asan] [options of scripts/lab] [-- TEST...]
#
# With --asan, under AddressSanitizer and UndefinedBehaviorSanitizer. Prints KTAP.

here=$(cd "$(dirname "$0")" && pwd -P)
root=$(cd "$here/../../../../.." && pwd -P)
out=$root/build/riptidesd
target=all
tool=$out/riptidesd
if [ "${1:-}" = --asan ]; then
	target=asan
	tool=$out/riptidesd-asan
	shift
fi
options=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	options+=("$1")
	shift
done
[ $# -eq 0 ] || shift

log=$(make -s -C "$root/tools/riptidesd" O="$out" "$target" 2>&1) || {
	printf 'Bail out! riptidesd does not build\n%s\n' "$log"
	exit 1
}
tree=$("$root/scripts/apps" 2>/dev/null) || tree=
exec "$root/scripts/lab" "${options[@]}" -- env APPS_TREE="$tree" \
	python3 "$here/riptidesd_test.py" "$tool" "$@"
