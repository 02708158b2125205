#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Ordinary programs that rules secure without their knowledge, in a lab.
#
#   apps.sh [--full] [--only TEST]... [options of scripts/lab]
#
# scripts/apps fetches them; where that cannot be, all is skipped and it is said
# why. Prints KTAP.

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

temp=$(mktemp -d "$root/build/apps.test.XXXXXX") || fail "no directory"
trap 'rm -rf "$temp"' EXIT
status=0
tree=$("$root/scripts/apps" 2> "$temp/why") || status=$?
if [ $status = 4 ]; then
	printf 'TAP version 13\n1..1\nok 1 apps # SKIP %s\n' \
		"$(tail -1 "$temp/why")"
	exit 0
fi
[ $status = 0 ] || fail "scripts/apps: $(tail -1 "$temp/why")"
"$here/ulp_certs.sh" "$temp/certs" || fail "no certificates"
"$root/scripts/lab" "${lab[@]}" -- env ULP_CERTS="$temp/certs" APPS_FULL=$full \
	APPS_TREE="$tree" python3 "$here/apps_test.py" "${only[@]}"
