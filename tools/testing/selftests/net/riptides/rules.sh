#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Rules and attestation by generic netlink: every command, refusal and selector.
#
#   rules.sh [--full] [options of scripts/lab]

here=$(cd "$(dirname "$0")" && pwd -P)
root=$(cd "$here/../../../../.." && pwd -P)

full=
if [ "${1:-}" = --full ]; then
	full=--full
	shift
fi

tree=$root/build/linux
case ${KERNEL:-7.2} in
7.2) ;;
*) tree=$tree-$KERNEL ;;
esac

exec "$root/scripts/lab" "$@" -- python3 "$here/rules_test.py" "$tree" $full
