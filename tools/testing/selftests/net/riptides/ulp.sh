#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The socket tests of the riptides ULP, in a lab.
#
#   ulp.sh [--arch ARCH] [--debug] [--no-tls] [--full] [--only PROGRAM]...
#	   [--console FILE] [-- ARGUMENTS]
#
# --no-tls is for the kernel of 'scripts/kernel --no-tls': the software data path.
# ARGUMENTS are passed to the programs (-v VARIANT, -t TEST of the kselftest
# harness). Everything on loopback is captured meanwhile and searched, but for
# ulp_net, ulp_fair, ulp_held, ulp_stress and ulp_fault. ULP_BULK, ULP_STRESS,
# ULP_CROWD, ULP_FAULTS and ULP_SEED are passed on; the kernel's log goes to
# --console FILE. Prints KTAP.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/ulp_lib.sh"
# ulp_stat first: it counts, and others leave sockets that TCP has yet to end
programs=(ulp_stat ulp_io ulp_splice ulp_uring ulp_attach ulp_options
	  ulp_poll ulp_shutdown ulp_handshake ulp_established ulp_info
	  ulp_refused ulp_confirm ulp_post ulp_hostile ulp_differs ulp_net ulp_fair
	  ulp_held ulp_stress)
# not captured: network namespaces of their own, too many connections for anybody
# to look at each, or no memory to hear all
apart=(ulp_net ulp_fair ulp_held ulp_stress ulp_fault)

# What happens inside of the lab: guest DIRECTORY PROGRAM... -- ARGUMENTS
guest()
{
	local dir=$1 program number=0 failed=0 status wire selected=() captured=()
	local others=()

	shift
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		selected+=("$1")
		shift
	done
	shift
	guest_setup

	for program in "${selected[@]}"; do
		if [[ " ${apart[*]} " == *" $program "* ]]; then
			others+=("$program")
		else
			captured+=("$program")
		fi
	done
	echo "TAP version 13"
	if [ ${#captured[@]} -eq 0 ]; then
		echo "1..${#others[@]}"
	else
		echo "1..$((${#selected[@]} + 1))"
		mkfifo /run/ready || fail "no fifo"
		"$dir/ulp_wire" /run/ready > /run/wire 2>&1 &
		wire=$!
		read -r -N 1 < /run/ready
		for program in "${captured[@]}"; do
			number=$((number + 1))
			guest_run "$number" "$program" "$dir/$program" "$@" ||
				failed=1
		done
		kill -TERM "$wire"
		wait "$wire"
		status=$?
		echo "# Subtest: ulp_wire"
		sed 's/^/    /' /run/wire
		number=$((number + 1))
		verdict "$status" "$number" ulp_wire || failed=1
	fi
	for program in "${others[@]}"; do
		number=$((number + 1))
		guest_run "$number" "$program" "$dir/$program" "$@" || failed=1
	done
	return "$failed"
}

if [ "$1" = --guest ]; then
	shift
	guest "$@"
	exit
fi

lab=()
only=()
excluded=()
while [ $# -gt 0 ]; do
	case $1 in
	--arch)	lab+=("$1" "$2"); [ "$2" = um ] || ULP_SLOW=1; shift ;;
	--debug) lab+=("$1"); ULP_SLOW=1; programs+=(ulp_fault) ;;
	--no-tls)
		lab+=("$1")
		for name in ipv4 ipv6 mapped nonblock client server client_aes128 \
			    server_aes256 client_chacha slab pages; do
			excluded+=(-V "ktls_$name")
		done
		;;
	--full)	ULP_BULK=$((100 << 20)) ULP_STRESS=100000 ULP_FAULTS=0 ;;
	--only)	only+=("$2"); shift ;;
	--console) lab+=("$1" "$2"); shift ;;
	--)	shift; break ;;
	*)	fail "unknown option $1" ;;
	esac
	shift
done
[ ${#only[@]} -gt 0 ] || only=("${programs[@]}")

prepare
"$root/scripts/lab" "${lab[@]}" -- env ULP_CERTS="$temp/certs" \
	${ULP_SLOW:+ULP_SLOW=1} ${ULP_BULK:+ULP_BULK="$ULP_BULK"} \
	${ULP_STRESS:+ULP_STRESS="$ULP_STRESS"} \
	${ULP_FAULTS:+ULP_FAULTS="$ULP_FAULTS"} \
	${ULP_FAULT:+ULP_FAULT="$ULP_FAULT"} \
	${ULP_CROWD:+ULP_CROWD="$ULP_CROWD"} ${ULP_SEED:+ULP_SEED="$ULP_SEED"} \
	"$here/ulp.sh" --guest "$root/build/ulp" "${only[@]}" -- \
	"${excluded[@]}" "$@"
