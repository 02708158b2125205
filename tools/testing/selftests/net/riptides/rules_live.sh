#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What rules say of sessions that are there, in a lab.
#
#   rules_live.sh [--full] [--only TEST]... [options of scripts/lab]
#
# Prints KTAP.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/ulp_lib.sh"

lab=()
only=()
full=
while [ $# -gt 0 ]; do
	case $1 in
	--full)	full=y ;;
	--only)	only+=("$2"); shift ;;
	*)	lab+=("$1") ;;
	esac
	shift
done

temp=$(mktemp -d "$root/build/rules.test.XXXXXX") || fail "no directory"
trap 'rm -rf "$temp"' EXIT
"$here/ulp_certs.sh" "$temp/certs" || fail "no certificates"
"$root/scripts/lab" "${lab[@]}" -- env ULP_CERTS="$temp/certs" RULES_FULL=$full \
	python3 "$here/rules_live_test.py" "${only[@]}"
