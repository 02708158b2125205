#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Sockets with the riptides ULP, and the TLS of others at the other end.
#
#   ulp_peers.sh [--debug] [--sample] [--only PEER]... [--match REGEX]
#
# Peers are what scripts/peers has. ULP_SIZE bytes go each way where there is
# bulk: 100 MiB, or 4 MiB in the sample. Prints KTAP.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/ulp_lib.sh"

if [ "$1" = --guest ]; then
	shift
	mount -t tmpfs tmpfs /run || fail "no /run"
	ip link set lo up || fail "no loopback"
	exec python3 -B "$here/ulp_peers.py" "$@"
fi

lab=(--mem 1536)
options=()
size=$((100 << 20)) deadline=${ULP_DEADLINE:-600}
while [ $# -gt 0 ]; do
	case $1 in
	--debug) lab+=("$1") ;;
	--sample) size=$((4 << 20)); options+=("$1") ;;
	--only|--match) options+=("$1" "$2"); shift ;;
	*)	fail "unknown option $1" ;;
	esac
	shift
done

mkdir -p "$root/build/interop"
temp=$(mktemp -d "$root/build/ulp.peers.XXXXXX") || fail "no directory"
trap 'rm -rf "$temp"' EXIT
"$root/scripts/peers" > "$temp/peers" || fail "no peers"
# here, where a compiler is faster
python3 -B "$here/ulp_peers.py" --compile --peers "$temp/peers" \
	--build "$root/build/interop" || fail "no programs"
"$root/scripts/lab" "${lab[@]}" -- "$here/ulp_peers.sh" --guest \
	--peers "$temp/peers" --build "$root/build/interop" \
	--size "${ULP_SIZE:-$size}" --deadline "$deadline" "${options[@]}"
