#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The generic netlink family riptides: every command, every refusal.
#
#   netlink.sh [options of scripts/lab]

here=$(cd "$(dirname "$0")" && pwd -P)
root=$(cd "$here/../../../../.." && pwd -P)

tree=$root/build/linux
case ${KERNEL:-7.2} in
7.2) ;;
*) tree=$tree-$KERNEL ;;
esac

exec "$root/scripts/lab" "$@" -- python3 "$here/netlink_test.py" \
	"$tree"
