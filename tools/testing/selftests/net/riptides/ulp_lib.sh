#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What ulp.sh and ulp_netem.sh share.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(cd "$here/../../../../.." && pwd -P)

fail()
{
	echo "Bail out! $*"
	exit 1
}

# On the host: programs and certificates, the latter in $temp/certs.
prepare()
{
	temp=$(mktemp -d "$root/build/ulp.test.XXXXXX") || fail "no directory"
	trap 'rm -rf "$temp"' EXIT
	make -s -C "$here" O="$root/build/ulp" > "$temp/make" 2>&1 ||
		fail "make: $(tail -5 "$temp/make")"
	"$here/ulp_certs.sh" "$temp/certs" || fail "no certificates"
}

# In the lab: loopback, identities and trust.
guest_setup()
{
	local name

	export ULP_NL="$here/nl.py"
	mount -t tmpfs tmpfs /run 2>/dev/null
	ip link set lo up || fail "no loopback"
	# however slow the machine is; tests of deadlines set their own
	python3 "$here/nl.py" set --deadline-ms 600000 > /dev/null ||
		fail "no settings"
	# server side Fast Open, too: it must not change anything
	echo 1543 > /proc/sys/net/ipv4/tcp_fastopen
	python3 "$here/nl.py" bundle-new td.example "$ULP_CERTS/ca.pem" \
		--revoke "$(cat "$ULP_CERTS/revoked.serial")" || fail "no bundle"
	for name in default second p384 rsa revoked wrong-ca no-trust; do
		python3 "$here/nl.py" identity-new "$name" \
			--key "$ULP_CERTS/$name.key" \
			--chain "$ULP_CERTS/$name.pem" || fail "no identity $name"
	done
}

# guest_run NUMBER NAME COMMAND...: one program as a subtest
guest_run()
{
	local number=$1 name=$2 status

	shift 2
	echo "# Subtest: $name"
	"$@" 2>&1 | report
	status=${PIPESTATUS[0]}
	verdict "$status" "$number" "$name"
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
