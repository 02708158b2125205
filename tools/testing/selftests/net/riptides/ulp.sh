#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The socket tests of the riptides ULP, in a lab.
#
#   ulp.sh [--arch ARCH] [--debug] [--full] [--only PROGRAM]... [-- ARGUMENTS]
#
# ARGUMENTS are passed to the programs (-v VARIANT, -t TEST of the kselftest
# harness). Everything on loopback is captured meanwhile and searched. Prints
# KTAP.

here=$(cd "$(dirname "$0")" && pwd -P)
root=$(cd "$here/../../../../.." && pwd -P)
programs=(ulp_io ulp_splice ulp_uring ulp_attach ulp_options ulp_poll ulp_shutdown
	  ulp_established ulp_info ulp_refused ulp_post ulp_hostile)

fail()
{
	echo "Bail out! $*"
	exit 1
}

# What happens inside of the lab: guest DIRECTORY PROGRAM... -- ARGUMENTS
guest()
{
	local dir=$1 program number=0 failed=0 status wire selected=()

	shift
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		selected+=("$1")
		shift
	done
	shift
	mount -t tmpfs tmpfs /run 2>/dev/null
	ip link set lo up || fail "no loopback"
	# server side Fast Open, too: it must not change anything
	echo 1543 > /proc/sys/net/ipv4/tcp_fastopen
	python3 "$here/nl.py" bundle-new td.example "$ULP_CERTS/ca.pem" \
		--revoke "$(cat "$ULP_CERTS/revoked.serial")" || fail "no bundle"
	for name in default second p384 rsa revoked wrong-ca no-trust; do
		python3 "$here/nl.py" identity-new "$name" \
			--key "$ULP_CERTS/$name.key" \
			--chain "$ULP_CERTS/$name.pem" || fail "no identity $name"
	done

	echo "TAP version 13"
	echo "1..$((${#selected[@]} + 1))"
	mkfifo /run/ready || fail "no fifo"
	"$dir/ulp_wire" /run/ready > /run/wire 2>&1 &
	wire=$!
	read -r -N 1 < /run/ready
	for program in "${selected[@]}"; do
		number=$((number + 1))
		echo "# Subtest: $program"
		"$dir/$program" "$@" 2>&1 | report
		status=${PIPESTATUS[0]}
		verdict "$status" "$number" "$program" || failed=1
	done
	kill -TERM "$wire"
	wait "$wire"
	status=$?
	echo "# Subtest: ulp_wire"
	sed 's/^/    /' /run/wire
	verdict "$status" $((number + 1)) ulp_wire || failed=1
	return "$failed"
}

# The results, indented, with the reasons of those that failed.
report()
{
	awk '/^# +RUN/ { said = ""; next }
	     /^not ok/ { printf "%s", said }
	     /^(ok|not ok|1\.\.|TAP|# Totals)/ { print "    " $0; said = ""; next }
	     { said = said "    # " $0 "\n" }
	     END { printf "%s", said }' | sed 's/^    # # /    # /'
}

verdict()
{
	if [ "$1" -eq 0 ]; then
		echo "ok $2 $3"
	else
		echo "not ok $2 $3"
		return 1
	fi
}

if [ "$1" = --guest ]; then
	shift
	guest "$@"
	exit
fi

lab=()
only=()
while [ $# -gt 0 ]; do
	case $1 in
	--arch)	lab+=("$1" "$2"); [ "$2" = um ] || ULP_SLOW=1; shift ;;
	--debug) lab+=("$1"); ULP_SLOW=1 ;;
	--full)	ULP_BULK=$((100 << 20)) ;;
	--only)	only+=("$2"); shift ;;
	--)	shift; break ;;
	*)	fail "unknown option $1" ;;
	esac
	shift
done
[ ${#only[@]} -gt 0 ] || only=("${programs[@]}")

temp=$(mktemp -d "$root/build/ulp.test.XXXXXX") || fail "no directory"
trap 'rm -rf "$temp"' EXIT
make -s -C "$here" O="$root/build/ulp" > "$temp/make" 2>&1 ||
	fail "make: $(tail -5 "$temp/make")"
"$here/ulp_certs.sh" "$temp/certs" || fail "no certificates"
"$root/scripts/lab" "${lab[@]}" -- env ULP_CERTS="$temp/certs" \
	${ULP_SLOW:+ULP_SLOW=1} ${ULP_BULK:+ULP_BULK="$ULP_BULK"} \
	"$here/ulp.sh" --guest "$root/build/ulp" "${only[@]}" -- "$@"
