#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# forwarders.sh OUT DIR...: make a header in OUT for each kernel header that
# the C files of the DIRs include, which leads to the shim.
#
# libc's headers include a few of these names themselves, so that those
# forwarders go to the real one first. A header that did not change is left
# alone.
set -eu

out=$1
shift

put() {
	file=$out/$1
	text=$2
	[ "$(cat "$file" 2>/dev/null || :)" = "$text" ] && return
	mkdir -p "$(dirname "$file")"
	printf '%s\n' "$text" > "$file.$$"
	mv "$file.$$" "$file"
}

top='linux\|uapi\|crypto\|asm\|net\|kunit\|keys'
include='^[[:space:]]*#[[:space:]]*include[[:space:]]*'
names=$(for dir in "$@"; do cat "$dir"/*.[ch] 2>/dev/null || :; done |
	sed -n "s/$include<\(\($top\)\/[^>]*\)>.*/\1/p" |
	sort -u)

for name in $names; do
	case $name in
	crypto/aes-gcm.h)
		# The shim is the library of 7.2, which has no such header.
		rm -f "$out/$name" ;;
	kunit/*)
		put "$name" '#include "kunit.h"' ;;
	uapi/*)
		put "$name" "#include <${name#uapi/}>
#include \"shim.h\"" ;;
	linux/errno.h | linux/limits.h | linux/types.h | linux/tls.h)
		put "$name" "#include_next <$name>
#include \"shim.h\"" ;;
	*)
		put "$name" '#include "shim.h"' ;;
	esac
done
