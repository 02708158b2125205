#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The ULP over bad networks: loss, reordering, duplication, corruption, delay,
# tiny segments.
#
#   ulp_netem.sh [--arch ARCH] [--debug] [-- ARGUMENTS]
#
# What is tested is what must not depend on the network: both ways of bulk,
# the end of a connection, refusals and the peer that is told each record.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/ulp_lib.sh"

faults=("loss 3%" "delay 2ms 1ms reorder 25%" "duplicate 10%" "corrupt 2%"
	"delay 20ms" "loss 1% duplicate 3% corrupt 1% delay 1ms reorder 10%" tiny)
# What depends on how quickly or in which pieces bytes arrive is for ulp.sh.
tests=(ulp_io:bulk_duplex ulp_io:first_write_of_two ulp_splice:send_file
	ulp_shutdown:close_is_end ulp_shutdown:half_close_client
	ulp_shutdown:end_when_full ulp_refused:pairs ulp_post:rekey_under_load
	ulp_post:key_update_requested ulp_post:we_close ulp_hostile:forged
	ulp_hostile:truncated)

# guest DIRECTORY -- ARGUMENTS
guest()
{
	local dir=$1 number=0 failed=0 fault test

	shift 2
	guest_setup
	echo "TAP version 13"
	echo "1..$((${#faults[@]} * ${#tests[@]}))"
	for fault in "${faults[@]}"; do
		tc qdisc del dev lo root 2> /dev/null
		if [ "$fault" = tiny ]; then
			# segments of 48 bytes and less
			ip route change table local local 127.0.0.0/8 dev lo \
				proto kernel scope host src 127.0.0.1 advmss 88 ||
				fail "no small segments"
		else
			# shellcheck disable=SC2086 # several words
			tc qdisc add dev lo root netem limit 10000 $fault ||
				fail "no netem: $fault"
		fi
		for test in "${tests[@]}"; do
			number=$((number + 1))
			guest_run "$number" "$test with $fault" "$dir/${test%%:*}" \
				-V tcp_ipv6 -V tcp_mapped -V ktls_ipv6 -V ktls_mapped \
				-V soft_ipv6 -V soft_mapped -V tcp_nonblock \
				-V ktls_nonblock -V soft_nonblock \
				"$@" -t "${test#*:}" || failed=1
		done
	done
	return "$failed"
}

if [ "$1" = --guest ]; then
	shift
	guest "$@"
	exit
fi

lab=()
ULP_BULK=1048576
while [ $# -gt 0 ]; do
	case $1 in
	--arch)	lab+=("$1" "$2"); [ "$2" = um ] || ULP_SLOW=1; shift ;;
	--debug) lab+=("$1"); ULP_SLOW=1 ;;
	--full)	ULP_BULK=$((10 << 20)) ;;
	--)	shift; break ;;
	*)	fail "unknown option $1" ;;
	esac
	shift
done

prepare
"$root/scripts/lab" "${lab[@]}" -- env ULP_CERTS="$temp/certs" \
	${ULP_SLOW:+ULP_SLOW=1} ULP_BULK="$ULP_BULK" \
	"$here/ulp_netem.sh" --guest "$root/build/ulp" -- "$@"
