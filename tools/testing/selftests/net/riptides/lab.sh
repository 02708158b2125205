#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What scripts/lab promises: status and output passed through, the host left
# alone, namespaces that work, and no defect of the kernel that goes unseen.
#
#   lab.sh [--arch ARCH] [--debug]
#
# shellcheck disable=SC2317 # the checks are called by name

here=$(cd "$(dirname "$0")" && pwd -P)
root=$(cd "$here/../../../../.." && pwd -P)
lab=("$root/scripts/lab" "$@")
temp=$(mktemp -d "$root/build/lab.test.XXXXXX")
trap 'rm -rf "$temp"' EXIT
number=0
failed=0

# verdict NAME STATUS: one KTAP line, and what the last guest did after a bad one
verdict()
{
	local file

	number=$((number + 1))
	if [ "$2" -eq 0 ]; then
		echo "ok $number $1"
		return
	fi
	echo "not ok $number $1"
	failed=1
	echo "# status $status"
	for file in err out; do
		head -c 8192 "$temp/$file" | cat -v | sed "s/^/# $file: /"
		echo
	done | grep .
}

# guest COMMAND...: run it in the lab; its output and status stay in $temp
guest()
{
	"${lab[@]}" "${options[@]}" -- "$@" > "$temp/out" 2> "$temp/err"
	status=$?
}

check_status()
{
	guest sh -c 'exit 0' && [ "$status" -eq 0 ] || return 1
	guest sh -c 'exit 7'
	[ "$status" -eq 7 ] || return 1
	guest sh -c 'kill -9 $$'
	[ "$status" -eq 137 ]
}

check_output()
{
	guest sh -c 'printf "a\nb\r\n\001\377\n"; echo to-stderr >&2'
	printf 'a\nb\r\n\001\377\n' | cmp -s - "$temp/out" &&
		[ "$(cat "$temp/err")" = to-stderr ]
}

check_bulk()
{
	guest sh -c 'head -c 1000000 /dev/zero | tr "\0" x'
	[ "$(tr -d -c x < "$temp/out" | wc -c)" -eq 1000000 ]
}

check_ulp()
{
	guest cat /proc/sys/net/ipv4/tcp_available_ulp
	[ "$status" -eq 0 ] && grep -qw riptides "$temp/out"
}

# A socket that says yes must never talk in clear: without an identity there
# is an error, and not one byte of the application on the wire.
check_refusal()
{
	cat > "$temp/attach.py" <<-'EOF'
	import errno, socket
	TCP_ULP = 31
	with socket.create_server(("127.0.0.1", 0)) as server, \
	     socket.socket() as client:
	    client.setsockopt(socket.IPPROTO_TCP, TCP_ULP, b"riptides")
	    assert client.connect_ex(server.getsockname()) == errno.ENOKEY
	    try:
	        client.send(b"in clear")
	    except BrokenPipeError:
	        pass
	    else:
	        raise SystemExit("sent without a key")
	    assert server.accept()[0].recv(9) == b""
	EOF
	guest python3 "$temp/attach.py"
	[ "$status" -eq 0 ]
}

check_host()
{
	local mark=riptides-lab-$$

	guest sh -c "touch /etc/$mark '$root/$mark' /tmp/$mark '$temp/$mark'"
	[ "$status" -eq 0 ] && [ ! -e "/etc/$mark" ] && [ ! -e "/tmp/$mark" ] &&
		[ ! -e "$root/$mark" ] && [ -e "$temp/$mark" ]
}

check_scratch()
{
	local scratch

	scratch=$(mktemp -d)
	options=(--scratch "$scratch")
	guest sh -c "echo kept > '$scratch/file'"
	options=()
	[ "$status" -eq 0 ] && [ "$(cat "$scratch/file")" = kept ]
	set -- $?
	rm -rf "$scratch"
	return "$1"
}

check_namespaces()
{
	cat > "$temp/netns.sh" <<-'EOF'
	set -e
	ip netns add a
	ip netns add b
	ip link add a0 netns a type veth peer name b0 netns b
	ip -n a addr add 192.0.2.1/24 dev a0
	ip -n b addr add 192.0.2.2/24 dev b0
	ip -n a link set a0 up
	ip -n b link set b0 up
	mkfifo /tmp/ready
	ip netns exec a python3 -c '
	import socket
	with socket.create_server(("192.0.2.1", 80)) as server:
	    open("/tmp/ready", "w").close()
	    server.accept()[0].sendall(b"over veth\n")' &
	cat /tmp/ready
	ip netns exec b python3 -c '
	import socket
	with socket.create_connection(("192.0.2.1", 80)) as s:
	    print(s.makefile().read(), end="")'
	wait
	EOF
	guest bash "$temp/netns.sh"
	[ "$status" -eq 0 ] && [ "$(cat "$temp/out")" = "over veth" ]
}

check_isolation()
{
	guest sh -c 'ls /sys/class/net; cat /proc/net/route'
	[ "$status" -eq 0 ] && [ "$(grep -c . "$temp/out")" -eq 2 ] &&
		grep -qx lo "$temp/out"
}

check_counters()
{
	guest sh -c 'ip netns add a && ip netns exec a cat /proc/net/riptides_stat'
	[ "$status" -eq 0 ] && grep -q '^RiptidesContexts' "$temp/out" &&
		! grep -qEv '^Riptides[A-Za-z]+ *	0$' "$temp/out"
}

check_tracepoints()
{
	guest sh -c 'cd /sys/kernel/tracing && echo 1 > events/riptides/enable &&
		cat set_event'
	[ "$status" -eq 0 ] && [ "$(sort "$temp/out")" = "$(printf \
		'riptides:riptides_%s\n' alert attach close deny handshake_done \
		handshake_fail handshake_start promote rekey)" ]
}

# A CPU must see code that another has changed: one changes the scheduler's,
# which the other runs through whenever a sleeper wakes.
check_patching()
{
	cat > "$temp/patch.py" <<-'EOF'
	import os, signal, time
	child = os.fork()
	if not child:
	    os.sched_setaffinity(0, {1})
	    while True:
	        time.sleep(0.001)
	os.sched_setaffinity(0, {0})
	features = os.open("/sys/kernel/debug/sched/features", os.O_WRONLY)
	for turn in range(2000):
	    os.write(features, (b"NO_HRTICK", b"HRTICK")[turn % 2])
	os.kill(child, signal.SIGKILL)
	EOF
	guest python3 "$temp/patch.py"
	[ "$status" -eq 0 ]
}

check_splat()
{
	guest sh -c 'echo WARNING > /sys/kernel/debug/provoke-crash/DIRECT'
	[ "$status" -eq 124 ] && grep -q 'WARNING: ' "$temp/err"
}

check_panic()
{
	guest sh -c 'echo PANIC > /sys/kernel/debug/provoke-crash/DIRECT'
	[ "$status" -eq 124 ] && grep -q 'Kernel panic' "$temp/err"
}

check_deadline()
{
	options=(--timeout 20)
	guest sh -c 'echo started; exec cat < /dev/tty0 > /dev/null ||
		exec tail -f /dev/null'
	options=()
	[ "$status" -eq 126 ]
}

check_missing()
{
	guest no-such-command
	[ "$status" -eq 127 ]
}

options=()
tests=(status output bulk ulp refusal host scratch namespaces isolation
	counters tracepoints patching splat panic deadline missing)
echo "TAP version 13"
echo "1..${#tests[@]}"
for name in "${tests[@]}"; do
	"check_$name"
	verdict "lab_$name" $?
done
exit "$failed"
