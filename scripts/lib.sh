# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Shared by the lab's scripts: paths, messages, timing.
#
# shellcheck disable=SC2034 # the names are for those who read this file in

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
build=${RIPTIDES_BUILD:-$root/build}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/riptides
KERNEL=${KERNEL:-7.2}
[ "$KERNEL" = 7.2 ] && version_suffix='' || version_suffix=-$KERNEL
tree=$build/linux$version_suffix

say()
{
	printf '%s\n' "$*"
}

warn()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

die()
{
	warn "$*"
	exit 1
}

# step NAME COMMAND...: run a command, say what it is and how long it took
step()
{
	local name=$1 begin=$SECONDS

	shift
	say "== $name"
	"$@"
	say "== $name: done in $((SECONDS - begin)) s"
}

need()
{
	command -v "$1" >/dev/null || die "$1 is missing: run 'scripts/deps $2'"
}

# in_variant NAME: from here on it is about another tree and its kernels. They
# have the same names, one directory lower: ccache knows their files.
in_variant()
{
	build=$build/$1
	tree=$build/linux$version_suffix
}

# lab_dir ARCH [debug]: where the kernel of that lab is built
lab_dir()
{
	printf '%s/%s%s%s\n' "$build" "$1" "${2:+-debug}" "$version_suffix"
}
