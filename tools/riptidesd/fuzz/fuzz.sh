#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# fuzz.sh BUILD TARGET: run a fuzz target for FUZZ_TIME seconds, from the
# committed seeds; print executions and edges covered.
set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
build=$(cd "$1" && pwd -P)
target=$2
work=$build/fuzz.work/$target
log=$build/fuzz_$target.log
status=0

rm -rf "$work"
mkdir -p "$work" "$build/fuzz.found"
[ ! -d "$here/corpus/$target" ] || cp "$here/corpus/$target"/* "$work"
"$build/fuzz_$target" -seed="${FUZZ_SEED:-1}" -timeout=60 -report_slow_units=5 \
	-rss_limit_mb=2048 -max_len=8192 \
	-print_final_stats=1 -detect_leaks=1 -max_total_time="${FUZZ_TIME:-20}" \
	-artifact_prefix="$build/fuzz.found/$target-" "$work" > "$log" 2>&1 || status=$?
if [ $status != 0 ]; then
	grep -E 'broken promise|ERROR|SUMMARY|runtime error|artifact' "$log" || tail -5 "$log"
	echo "fuzz riptidesd-$target FAILED: exit $status, see $log"
	exit 1
fi
# What took five seconds may have had a busy machine: a defect takes them each time.
for unit in "$build/fuzz.found/$target-slow-unit-"*; do
	[ -e "$unit" ] || continue
	for try in 1 2 3; do
		"$build/fuzz_$target" -timeout=5 "$unit" > /dev/null 2>&1 && break
	done && rm "$unit" && continue
	echo "fuzz riptidesd-$target FAILED: 5 s and more, $try times, for $unit"
	exit 1
done
printf 'fuzz riptidesd-%-5s %9s runs %6s edges %5s inputs\n' "$target" \
	"$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" \
	"$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -1)" \
	"$(find "$work" -type f | wc -l)"
