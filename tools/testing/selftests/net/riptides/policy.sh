#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Sockets that policy attaches, in a lab: programs that know nothing of it.
#
#   policy.sh [--full] [--gaps] [--only TEST]... [options of scripts/lab]
#
# With --gaps, the ways around rules. Prints KTAP. POLICY_SWAPS says how often the policy is replaced under traffic.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/ulp_lib.sh"

lab=()
only=()
tests=policy_test.py
while [ $# -gt 0 ]; do
	case $1 in
	--full)	POLICY_SWAPS=1000 ;;
	--gaps)	tests=policy_gaps_test.py ;;
	--only)	only+=("$2"); shift ;;
	*)	lab+=("$1") ;;
	esac
	shift
done

temp=$(mktemp -d "$root/build/policy.test.XXXXXX") || fail "no directory"
trap 'rm -rf "$temp"' EXIT
"$here/ulp_certs.sh" "$temp/certs" || fail "no certificates"
"$root/scripts/lab" "${lab[@]}" -- env ULP_CERTS="$temp/certs" \
	POLICY_SWAPS="${POLICY_SWAPS:-50}" \
	python3 "$here/$tests" "${only[@]}"
