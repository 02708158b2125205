#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What riptides costs, beside what else can be had, in one run.

  bench.py [--only PART]... [--quick] [--rounds N]

'make bench' builds what is needed first. Prints a table and writes
build/bench/report.md with plots. Each row is a ratio against a named peer: the
median of the rounds, and the least and the most; all that is compared takes
its turn in each round. A peer that is not there is named with the reason.

Nothing passes or fails by a figure: the exit status tells whether everything
worked. --quick has one round of little, to see that it does.
"""

import argparse
import datetime
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time

import bench_agent
import bench_arm64
import bench_engine
import bench_mesh
import bench_parallel
import bench_report
import bench_ulp
from bench_quiet import Quiet
from bench_report import Absent, Row, Section, number

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = bench_ulp.ROOT
BUILD = os.path.join(ROOT, "build", "bench")
PARTS = ("engine", "arm64", "icount", "agent", "unused", "connections",
         "parallel", "mesh", "growth")


def build():
    """The programs of the lab, and the identities that all of them use."""
    os.makedirs(BUILD, exist_ok=True)
    bench_ulp.build_program()
    bench_ulp.identities()
    done = subprocess.run(
        ["gcc", "-O2", "-Wall", "-Wextra", "-pthread", "-o",
         os.path.join(BUILD, "bench_net"), "-I",
         os.path.join(ROOT, "include", "uapi"),
         *(os.path.join(HERE, name) for name in
           ("bench_net.c", "bench_ulp_openssl.c")), "-lssl", "-lcrypto"],
        check=False)
    if done.returncode:
        sys.exit("bench: cannot build bench_net: it needs 'scripts/deps "
                 "build'")
    for name in ("ca.pem", "client.pem", "client.key", "server.pem",
                 "server.key"):
        shutil.copy(os.path.join(bench_ulp.BUILD, name), BUILD)
    for who in ("client", "server"):
        with open(os.path.join(BUILD, who + ".both"), "w",
                  encoding="ascii") as both:
            for kind in (".pem", ".key"):
                with open(os.path.join(BUILD, who + kind),
                          encoding="ascii") as part:
                    both.write(part.read())


def save(sections, options, began):
    head = (f"{datetime.date.today()}, Linux {options.kernel}, "
            f"{platform.machine()}; {options.rounds} rounds"
            f"{' (quick: figures mean nothing)' if options.quick else ''}; "
            f"took {time.monotonic() - began.began:.0f} s. {began.text()}")
    notes = ("A ratio is ours to theirs, of each round; the median of the "
             "rounds is shown, with the least and the most. Goals are those "
             "of the project; rows of labs that cannot judge a goal say so.")
    with open(os.path.join(BUILD, "report.md"), "w",
              encoding="utf-8") as file:
        file.write("# Benchmark of riptides\n\n" + head + "\n\n" + notes +
                   "\n" + "\n".join(map(bench_report.markdown, sections)) +
                   "\n")
    with open(os.path.join(BUILD, "report.rst"), "w",
              encoding="utf-8") as file:
        file.write(head + "\n\n" + notes + "\n" +
                   "\n".join(map(bench_report.rest, sections)) + "\n")
    for section in sections:
        for name, svg in section.plots:
            with open(os.path.join(BUILD, name + ".svg"), "w",
                      encoding="utf-8") as file:
                file.write(svg)


def icount(options):
    """Rows of bench_ulp's lab of counted instructions."""
    bench_ulp.COUNTS["icount"] = (
        ("bulk=1100000", "latency=20") if options.quick else
        ("bulk=2200000", "latency=100"))
    values = bench_ulp.lab("icount", options.rounds)
    section = Section(
        "Bulk and latency against plain kTLS, by instructions",
        "QEMU x86_64 -icount, one CPU: instructions, not time; an AES "
        "instruction counts like any other.")

    def each(test, kind):
        return statistics.median(values[test, kind])

    for conns in (1, 8):
        for call in ("send", "sendfile"):
            test = f"{call}-{conns}"
            for kind in ("riptides", "software"):
                section.rows.append(Row(
                    f"throughput of {kind} to kTLS, {call}, {conns} conn.",
                    bench_ulp.compare(values, test, kind, "ktls", True),
                    ">= 0.98" if kind == "riptides" else "",
                    f"{number(each(test, kind))} instr./octet",
                    number(each(test, "ktls"))))
    for kind in ("riptides", "software"):
        section.rows.append(Row(
            f"latency of {kind} to kTLS, 1 KiB",
            bench_ulp.compare(values, "latency", kind, "ktls", False),
            "<= 1.02" if kind == "riptides" else "",
            f"{number(each('latency', kind))} instr./turn",
            number(each("latency", "ktls"))))
    return [bench_mesh.counted(options), section]


def unused(options):
    """Two kernels cannot take turns in one boot."""
    section = Section(
        "Cost when unused",
        "QEMU x86_64 -icount: plain TCP on a kernel with riptides built in "
        "and no rules, against the same kernel without any of it.")
    if not os.path.exists(os.path.join(
            ROOT, "build", "without", "x86_64", "arch", "x86", "boot",
            "bzImage")):
        section.rows.append(Absent(
            "connect, accept and close each second", "that kernel was not "
            "built (scripts/kernel --arch x86_64 --without)"))
        return [section]
    if options.quick:
        for what in ("with", "without"):
            bench_ulp.COUNTS[what] = ("accept=20",)
    values = {}
    for what in ("with", "without"):
        bench_ulp.merge(values.setdefault(what, {}),
                        bench_ulp.lab(what, options.rounds))
    ours, theirs = (values[what]["accept", "tcp"]
                    for what in ("with", "without"))
    section.rows.append(Row(
        "connect, accept and close each second",
        [b / a for a, b in zip(ours, theirs)], ">= 0.99",
        f"{number(statistics.median(ours))} instr.",
        number(statistics.median(theirs))))
    return [section]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--only", action="append", choices=PARTS)
    parser.add_argument("--quick", action="store_true",
                        help="one round of little: does it work at all?")
    parser.add_argument("--rounds", type=int)
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.quick else 5)
    options.build = BUILD
    options.root = ROOT
    release = os.path.join(ROOT, "build", "um", "include", "config",
                           "kernel.release")
    options.kernel = "?"
    if os.path.exists(release):
        with open(release, encoding="ascii") as file:
            options.kernel = file.read().strip()
    began = Quiet()
    build()
    sections = []
    for part in options.only or PARTS:
        run = {"engine": bench_engine.engine, "arm64": bench_arm64.arm64,
               "icount": icount,
               "agent": bench_agent.agent, "unused": unused,
               "connections": bench_mesh.connections,
               "mesh": bench_mesh.mesh, "growth": bench_mesh.growth,
               "parallel": bench_parallel.parallel}[part]
        begin = time.monotonic()
        print(f"-- {part}", flush=True)
        more = run(options)
        for section in more:
            print(bench_report.text(section), flush=True)
        sections += more
        print(f"   {part}: {time.monotonic() - begin:.0f} s", flush=True)
        save(sections, options, began)
    print("\nbuild/bench/report.md has it, with plots")


if __name__ == "__main__":
    main()
