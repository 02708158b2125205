#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# fuzz.sh [--corpus] BUILD TARGET...: run each fuzz target for FUZZ_TIME seconds
# from the committed corpus, as many at once as there are CPUs; print executions a
# second and edges covered. Fails on a crash, a leak or a time-out, and keeps what
# caused it under BUILD.
#
# --corpus instead makes the committed corpus anew: our own programs' seeds and
# what FUZZ_TIME seconds added, minimised: the seeds and the smallest of the rest.
set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
corpus=
[ "$1" != --corpus ] || { corpus=1; shift; }
build=$(cd "$1" && pwd -P)
shift
seconds=${FUZZ_TIME:-20}
seed=${FUZZ_SEED:-1}
options=(-seed="$seed" -timeout=60 -report_slow_units=5 -rss_limit_mb=2048 -max_len=20000
	 -print_final_stats=1 -detect_leaks=1 -use_value_profile=0)
# Bytes of what fuzzing added to a target's committed corpus.
budget=25000
children=()
failed=

minimise()
{
	local target=$1 from=$2 to=$here/corpus/$1 small=$build/fuzz.small

	rm -rf "$small" "$to"
	mkdir -p "$small" "$to"
	"$build/fuzz_$target" -merge=1 -timeout=5 "$small" "$build/fuzz.seeds/$target" \
		> "$build/fuzz_$target.merge.log" 2>&1
	cp "$small"/* "$to"
	"$build/fuzz_$target" -merge=1 -timeout=5 -max_len=4096 "$small" "$from" \
		>> "$build/fuzz_$target.merge.log" 2>&1
	find "$small" -type f -printf '%s %p\n' | sort -n | while read -r size name; do
		total=$((${total:-0} + size))
		[ $total -gt $budget ] || cp -n "$name" "$to"
	done
	echo "$target: $(find "$to" -type f | wc -l) inputs, $(du -sb "$to" | cut -f 1) bytes"
}

# stat NAME LOG: a number of libFuzzer's final statistics
stat()
{
	sed -n "s/^stat::$1: *//p" "$2"
}

# What took five seconds may have had a busy machine: a defect takes them each time.
slow()
{
	local target=$1 unit try

	for unit in "$build/fuzz.found/$target-slow-unit-"*; do
		[ -e "$unit" ] || continue
		for try in 1 2 3; do
			"$build/fuzz_$target" -timeout=5 "$unit" > /dev/null 2>&1 && break
		done && rm "$unit" && continue
		echo "fuzz $target FAILED: 5 s and more, $try times, for $unit"
		return 0
	done
	return 1
}

run()
{
	local target=$1 work=$build/fuzz.work/$1 log=$build/fuzz_$1.log begin=$SECONDS status=0

	mkdir -p "$work" "$build/fuzz.found"
	[ ! -d "$here/corpus/$target" ] || cp "$here/corpus/$target"/* "$work"
	"$build/fuzz_$target" "${options[@]}" -max_total_time="$seconds" \
		-artifact_prefix="$build/fuzz.found/$target-" "$work" > "$log" 2>&1 || status=$?
	if [ $status != 0 ]; then
		grep -E 'broken promise|ERROR|SUMMARY|runtime error|artifact' "$log" ||
			tail -5 "$log"
		echo "fuzz $target FAILED: exit $status, see $log"
		return 1
	fi
	! slow "$target" || return 1
	printf 'fuzz %-7s %9s runs %7s/s %6s edges %5s inputs %4d s\n' "$target" \
		"$(stat number_of_executed_units "$log")" \
		"$(stat average_exec_per_sec "$log")" \
		"$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -1)" \
		"$(find "$work" -type f | wc -l)" $((SECONDS - begin))
}

rm -rf "$build/fuzz.work"
if [ "$corpus" ]; then
	rm -rf "$build/fuzz.seeds"
	mkdir -p "$build/fuzz.seeds" "$here/corpus"
	"$build/fuzz_seeds" "$build/fuzz.seeds"
	cp -r "$build/fuzz.seeds" "$build/fuzz.work"
fi
for target; do
	while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do
		wait -n || :
	done
	run "$target" &
	children+=($!)
done
for child in "${children[@]}"; do
	wait "$child" || failed=1
done
[ -z "$corpus" ] || for target; do
	minimise "$target" "$build/fuzz.work/$target"
done
[ -z "$failed" ] || { echo "fuzz: FAILED"; exit 1; }
