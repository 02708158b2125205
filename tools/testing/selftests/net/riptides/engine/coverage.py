#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Lines and branches of the engine that the user-space suites reached.

Reads gcov's JSON for the named objects and prints a line a file and the
total; --missing adds the lines that nothing reached.
"""

import argparse
import collections
import gzip
import json
import os
import subprocess
import sys
import tempfile


def ranges(numbers):
    """[1, 2, 3, 7] as '1-3 7'."""
    out = []
    for n in sorted(numbers):
        if out and n == out[-1][1] + 1:
            out[-1][1] = n
        else:
            out.append([n, n])
    return " ".join(str(a) if a == b else f"{a}-{b}" for a, b in out)


def collect(gcov, objects, names):
    """{file: ({line: hits}, {(line, branch): hits})} over all objects."""
    lines = collections.defaultdict(collections.Counter)
    branches = collections.defaultdict(collections.Counter)
    with tempfile.TemporaryDirectory() as tmp:
        for name in names:
            gcda = os.path.join(objects, name + ".gcda")
            if not os.path.exists(gcda):
                gcda = os.path.join(objects, name + ".gcno")
            run = subprocess.run([gcov, "--json-format", "--branch-probabilities", gcda],
                                 cwd=tmp, capture_output=True, check=False)
            if run.returncode:
                sys.exit(f"coverage: {gcov} {gcda}: {run.stderr.decode()}")
        for entry in os.listdir(tmp):
            if not entry.endswith(".gcov.json.gz"):
                continue
            with gzip.open(os.path.join(tmp, entry)) as f:
                data = json.load(f)
            for file in data["files"]:
                path = file["file"]
                for line in file["lines"]:
                    number = line["line_number"]
                    lines[path][number] += line["count"]
                    for i, branch in enumerate(line["branches"]):
                        branches[path][number, i] += branch["count"]
    return lines, branches


def percent(part, whole):
    return 100.0 * part / whole if whole else 100.0


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    p.add_argument("--gcov", default="gcov")
    p.add_argument("--source", required=True, help="directory whose files count")
    p.add_argument("--objects", required=True, help="directory of .gcno and .gcda")
    p.add_argument("--missing", action="store_true", help="list lines not reached")
    p.add_argument("--min-lines", type=float, help="fail below this percentage")
    p.add_argument("names", nargs="+", help="objects, without suffix")
    args = p.parse_args()

    lines, branches = collect(args.gcov, args.objects, args.names)
    source = os.path.realpath(args.source)
    total = [0, 0, 0, 0]
    print(f"{'file':<24} {'lines':>12} {'':>7} {'branches':>12}")
    for path in sorted(lines):
        if os.path.dirname(os.path.realpath(path)) != source:
            continue
        row = [sum(1 for c in lines[path].values() if c), len(lines[path]),
               sum(1 for c in branches[path].values() if c), len(branches[path])]
        total = [a + b for a, b in zip(total, row)]
        show(os.path.basename(path), row)
        missed = [n for n, c in lines[path].items() if not c]
        if args.missing and missed:
            print(f"    not reached: {ranges(missed)}")
    show("total", total)
    if args.min_lines is not None and percent(total[0], total[1]) < args.min_lines:
        sys.exit(f"coverage: fewer than {args.min_lines} % of the lines")


def show(name, row):
    print(f"{name:<24} {row[0]:>5}/{row[1]:<6} {percent(row[0], row[1]):>6.1f}%"
          f" {row[2]:>5}/{row[3]:<6} {percent(row[2], row[3]):>6.1f}%")


if __name__ == "__main__":
    main()
