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
# Only where it cannot be had is libest not met
status=0
why=$(mktemp)
tree=$("$root/scripts/apps" 2> "$why") || status=$?
said=$(tail -1 "$why")
rm -f "$why"
if [ $status != 0 ] && [ $status != 4 ]; then
	printf 'Bail out! scripts/apps: %s\n' "$said"
	exit 1
fi
exec "$root/scripts/lab" "${options[@]}" -- env APPS_TREE="$tree" APPS_WHY="$said" \
	python3 "$here/riptidesd_test.py" "$tool" "$@"
