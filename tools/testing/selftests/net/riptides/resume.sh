#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Session resumption between sockets, and with OpenSSL, in a lab.
#
#   resume.sh [--only TEST]... [options of scripts/lab]
#
# Prints KTAP.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/ulp_lib.sh"

lab=()
only=()
while [ $# -gt 0 ]; do
	case $1 in
	--only)	only+=("$2"); shift ;;
	*)	lab+=("$1") ;;
	esac
	shift
done

temp=$(mktemp -d "$root/build/resume.test.XXXXXX") || fail "no directory"
trap 'rm -rf "$temp"' EXIT
"$here/ulp_certs.sh" "$temp/certs" || fail "no certificates"
"$root/scripts/lab" "${lab[@]}" -- env ULP_CERTS="$temp/certs" \
	python3 "$here/resume_test.py" "${only[@]}"
