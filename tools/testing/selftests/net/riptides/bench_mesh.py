# SPDX-License-Identifier: GPL-2.0-only
"""Rows of connections in the lab: riptides, programs with TLS, proxies."""

import json
import os
import shutil
import statistics
import subprocess
import sys

import bench_report
from bench_quiet import Quiet
from bench_report import Absent, Row, Section, number

HERE = os.path.dirname(os.path.realpath(__file__))
UML = ("User Mode Linux, {cpus} CPU, wall clock. Its kernel has no assembly "
       "for AES and SHA (programs have; masked: libssl without), system calls "
       "and page faults cost many times what they do elsewhere, the other "
       "work of the machine is in every figure. It flatters what stays in the "
       "kernel, so that goals are judged by instructions below.")
COUNTED = ("QEMU x86_64 -icount, one CPU, whose clock counts instructions; "
           "an AES instruction counts like any other, and so does a load that "
           "misses the cache. Masked: libssl without what the CPU has for "
           "cryptography, which riptides uses, so that no goal is judged by "
           "it.")
NAMES = {"plain": "plain TCP", "riptides": "riptides",
         "hybrid": "riptides, X25519MLKEM768",
         "resumed": "riptides, resumed",
         "ktls": "libssl, then kTLS", "ssl": "libssl",
         "masked": "libssl, masked", "haproxy": "pair of haproxy",
         "stunnel": "pair of stunnel", "nginx": "pair of nginx",
         "haproxy-masked": "pair of haproxy, masked",
         "stunnel-masked": "pair of stunnel, masked",
         "nginx-masked": "pair of nginx, masked"}
PROXIES = ("haproxy", "stunnel", "nginx")
NGINX_MODULE = "/usr/lib/nginx/modules/ngx_stream_module.so"


def kinds_of(wanted):
    """Those that are there, and rows for the others."""
    absent = [kind for kind in PROXIES
              if kind in wanted and
              (not (shutil.which(kind) or os.path.exists(f"/usr/sbin/{kind}"))
               or kind == "nginx" and not os.path.exists(NGINX_MODULE))]
    return ([kind for kind in wanted if kind not in absent],
            [Absent(NAMES[kind], f"{kind} is not installed (scripts/deps "
                    "bench)") for kind in absent])


def broken(console):
    """Did QEMU run code that the guest had replaced? See scripts/lab."""
    with open(console, encoding="utf-8", errors="replace") as log:
        return "Oops: int3" in log.read()


def lab(options, plan, *arguments):
    """Run a plan; returns {(test, kind, name): values}.

    None, if QEMU has broken a guest with --parallel again and again.
    """
    console = os.path.join(options.build, "console.log")
    parallel = "--parallel" in arguments
    for _ in range(3):
        done = subprocess.run(
            [os.path.join(options.root, "scripts", "lab"), *arguments,
             "--timeout", "900", "--console", console, "--", "python3", "-B",
             os.path.join(HERE, "bench_guest.py"), options.build,
             json.dumps(dict(plan, rounds=options.rounds))],
            stdout=subprocess.PIPE, text=True, check=False)
        if not done.returncode:
            break
        if not parallel or not broken(console):
            print(done.stdout[-2000:])
            sys.exit(f"bench: the lab ended with status {done.returncode}")
        print("   QEMU has broken the guest", flush=True)
    if done.returncode:
        return None
    values = {}
    for line in done.stdout.splitlines():
        test, kind, name, value = line.split()
        values.setdefault((test, kind, name), []).append(float(value))
    return values


def ratios(values, test, ours, theirs, name, invert=False):
    pairs = zip(values[test, ours, name], values[test, theirs, name])
    return [b / a if invert else a / b for a, b in pairs]


def middle(values, test, kind, name):
    return statistics.median(values[test, kind, name])


def per_second(values, test, kind):
    return f"{number(1e9 / middle(values, test, kind, 'ns'))}/s"


def microseconds(values, test, kind, name):
    return f"{number(middle(values, test, kind, name) / 1e3)} us"


def more(values, test, other, what):
    """Memory that a connection takes: a difference, not a ratio."""
    each = [a - b for a, b in zip(values[test, "riptides", "octets"],
                                  values[test, other, "octets"])]
    return [f"memory more for each of {what}, both ends",
            number(statistics.median(each)) + " B",
            f"{number(min(each))} to {number(max(each))} B", "", "",
            f"{number(middle(values, test, 'riptides', 'octets'))} B",
            f"{number(middle(values, test, other, 'octets'))} B"]


def plot(section, name, title, unit, values, test, kinds, key, scale):
    """A bar for each kind."""
    rows = []
    for kind in kinds:
        all_ = sorted(scale(v) for v in values[test, kind, key])
        rows.append((NAMES[kind], statistics.median(all_), all_[0], all_[-1]))
    section.plots.append((name, bench_report.bars(title, unit, rows)))


def connections(options):
    """Connect, handshake, one request, close."""
    kinds, absent = kinds_of(["plain", "riptides", "hybrid", "resumed", "ktls",
                              "ssl", "masked", *PROXIES])
    values = lab(options, {
        "kinds": kinds, "tests": [
            {"name": "conn", "role": "conn",
             "words": [4, 20 if options.quick else 100]}]}, "--cpus", "1")
    section = Section(
        "Connections: connect, handshake, one request, close",
        UML.format(cpus=1) + " Four at a time; full handshakes, mutual, "
        "P-256, AES-128-GCM, X25519 (riptides has a second row with "
        "X25519MLKEM768, its default). No session is resumed where that is "
        "not named; riptides remembers the chains that it has verified.")
    connection_rows(section, values, kinds)
    section.rows += absent
    plot(section, "connections", "Connections", "per second", values, "conn",
         [kind for kind in kinds if kind != "plain"], "ns",
         lambda v: 1e9 / v)
    return [section]


def connection_rows(section, values, kinds, unit=None):
    """By the clock of UML, or by instructions, which judge."""
    for kind in kinds:
        if kind in ("plain", "hybrid", "resumed"):
            continue
        for ours in ("riptides", "hybrid", "resumed"):
            if ours not in kinds or ours == kind or \
                    (kind == "riptides") != (ours == "resumed"):
                continue
            section.rows.append(Row(
                f"connections/s of {NAMES[ours]} to {NAMES[kind]}",
                ratios(values, "conn", ours, kind, "ns", True), ">= 1",
                *(f"{number(middle(values, 'conn', who, 'ns'))} {unit}"
                  if unit else per_second(values, "conn", who)
                  for who in (ours, kind)), judged=bool(unit)))
        if unit or kind == "riptides":
            continue
        section.rows.append(Row(
            "CPU each to " + NAMES[kind],
            ratios(values, "conn", "riptides", kind, "cpu"), "<= 1",
            microseconds(values, "conn", "riptides", "cpu"),
            microseconds(values, "conn", kind, "cpu"), judged=False))


def counted(options):
    """The same, and kept connections, by instructions."""
    kinds, absent = kinds_of(["plain", "riptides", "hybrid", "resumed", "ktls",
                              "ssl", *PROXIES])
    quick = options.quick
    kept = [kind for kind in kinds if kind not in ("hybrid", "resumed")]
    masked = ["masked"] + [kind + "-masked" for kind in PROXIES
                           if kind in kinds]
    values = lab(options, {
        "kinds": kinds + masked, "tests": [
            {"name": "conn", "role": "conn", "words": [1, 2 if quick else 5],
             "kinds": kinds},
            {"name": "one", "role": "load", "words": [1, 10 if quick else 50],
             "kinds": kept},
            {"name": "load", "role": "load",
             "words": [16, 32 if quick else 200], "kinds": kept},
            {"name": "bulk", "role": "bulk",
             "words": [1, (4 if quick else 30) * 65536], "kinds": kept},
            {"name": "bulk", "role": "bulk", "words": [1, 4 * 65536],
             "kinds": masked}]},
                 "--arch", "x86_64", "--icount", "--mem", "1024")
    section = Section(
        "Connections, requests and bulk beside programs and proxies, by "
        "instructions", COUNTED)
    connection_rows(section, values, kinds, "instr.")
    for kind in kept:
        if kind == "riptides":
            continue
        section.rows.append(Row(
            f"latency, 1 KiB on a kept connection, to {NAMES[kind]}",
            ratios(values, "one", "riptides", kind, "p50"),
            "<= 1" if kind in PROXIES else "",
            f"{number(middle(values, 'one', 'riptides', 'p50'))} instr.",
            number(middle(values, "one", kind, "p50"))))
    section.rows.append(added(values))
    for kind in kept:
        if kind == "riptides":
            continue
        section.rows.append(Row(
            f"requests/s on 16 connections, to {NAMES[kind]}",
            ratios(values, "load", "riptides", kind, "ns", True),
            ">= 1" if kind in PROXIES else "",
            f"{number(middle(values, 'load', 'riptides', 'ns'))} instr.",
            number(middle(values, "load", kind, "ns"))))
    for kind in kept + masked:
        if kind == "riptides":
            continue
        section.rows.append(Row(
            f"bulk to {NAMES[kind]}",
            ratios(values, "bulk", "riptides", kind, "ns", True),
            ">= 3" if kind in PROXIES else ">= 0.98" if kind == "ktls" else "",
            f"{number(middle(values, 'bulk', 'riptides', 'ns'))} "
            "instr./octet",
            number(middle(values, "bulk", kind, "ns"))))
    section.rows += absent
    plot(section, "counted-latency", "A request of 1 KiB", "instructions",
         values, "one", kept, "p50", float)
    plot(section, "counted-bulk", "Bulk", "instructions an octet", values,
         "bulk", kept, "ns", float)
    return section


def added(values):
    """The latency that is added, in the terms of others' measurements."""
    more_ = [a / b - 1 for a, b in zip(values["one", "riptides", "p50"],
                                       values["one", "plain", "p50"])]
    return ["latency added to 1 KiB by riptides",
            f"{100 * statistics.median(more_):.0f} %",
            f"{100 * min(more_):.0f} to {100 * max(more_):.0f} %", "", "",
            "", "elsewhere: Istio sidecars 166 %, Cilium 99 %, Linkerd 33 %, "
            "Istio ambient 8 % (arXiv 2411.02267)"]


def mesh(options):
    """HTTP on kept connections, bulk, and what they weigh."""
    kinds, absent = kinds_of(["plain", "riptides", *PROXIES])
    quick = options.quick
    chunk = 65536
    values = lab(options, {
        "kinds": kinds, "hold": True, "tests": [
            {"name": "load", "role": "load",
             "words": [16, 200 if quick else 1500]},
            {"name": "one", "role": "load",
             "words": [1, 100 if quick else 500]},
            {"name": "bulk", "role": "bulk",
             "words": [1, (10 if quick else 30) * chunk]},
            {"name": "idle", "role": "idle",
             "words": [20 if quick else 200], "rounds": 1, "cold": True}]},
        "--mem", "1024", "--cpus", "1")
    section = Section(
        "A mesh of HTTP services",
        UML.format(cpus=1) + " Answers of 1 KiB on 16 kept connections, and "
        "on one. A pair of proxies is on the same machine as both ends, as "
        "sidecars of two services on one node are.")
    others = [kind for kind in kinds if kind != "riptides"]
    for test, what in (("load", "16 conn."), ("one", "1 conn.")):
        for kind in others:
            proxied = kind in PROXIES
            section.rows.append(Row(
                f"requests/s to {NAMES[kind]}, {what}",
                ratios(values, test, "riptides", kind, "ns", True),
                ">= 1" if proxied else "",
                per_second(values, test, "riptides"),
                per_second(values, test, kind), judged=False))
            for name in ("p50", "p99") if test == "load" else ("p50",):
                section.rows.append(Row(
                    f"{name} latency to {NAMES[kind]}, {what}",
                    ratios(values, test, "riptides", kind, name),
                    "<= 1" if proxied else "",
                    microseconds(values, test, "riptides", name),
                    microseconds(values, test, kind, name), judged=False))
            if test == "load":
                section.rows.append(Row(
                    f"CPU/request to {NAMES[kind]}",
                    ratios(values, test, "riptides", kind, "cpu"),
                    "<= 1" if proxied else "",
                    microseconds(values, test, "riptides", "cpu"),
                    microseconds(values, test, kind, "cpu"), judged=False))
    for kind in others:
        section.rows.append(Row(
            f"bulk to {NAMES[kind]}",
            ratios(values, "bulk", "riptides", kind, "ns", True),
            ">= 3" if kind in PROXIES else "",
            f"{number(1e3 / middle(values, 'bulk', 'riptides', 'ns'))} MB/s",
            f"{number(1e3 / middle(values, 'bulk', kind, 'ns'))} MB/s",
            judged=False))
    for kind in others:
        section.rows.append(more(values, "idle", kind,
                                 "connections, to " + NAMES[kind]))
    section.rows.append(added(values))
    section.rows += absent
    plot(section, "mesh-requests", "HTTP requests, 16 connections",
         "per second", values, "load", kinds, "ns", lambda v: 1e9 / v)
    plot(section, "mesh-cpu", "CPU of a request", "microseconds", values,
         "load", kinds, "cpu", lambda v: v / 1e3)
    return [section]


def growth(options):
    """More of it: rules, idle connections, handshakes at once."""
    quick = options.quick
    counts = [1, 100, 1000] if quick else [1, 1000, 100000]
    idle = [100] if quick else [100, 1000, 10000]
    burst = [1, 10] if quick else [1, 10, 100, 1000]
    quiet = Quiet()
    values = lab(options, {
        "kinds": ["plain", "riptides"], "hold": True, "tests": [
            {"name": f"burst{n}", "role": "burst", "words": [n],
             "kinds": ["riptides"]} for n in burst] + [
            {"name": f"idle{n}", "role": "idle", "words": [n],
             "kinds": ["riptides", "plain"], "rounds": 1, "cold": True}
            for n in idle],
        "policies": {"counts": counts,
                     "words": [1, 50 if quick else 300]}},
                 "--mem", "2048", "--cpus", "1")
    section = Section("Growth", UML.format(cpus=1) + " " + quiet.text())
    section.rows.append(Row(
        f"connect with {counts[-1]:,} rules to 1 rule",
        ratios(values, "rules", str(counts[-1]), str(counts[0]), "p50"),
        "<= 1.2",
        microseconds(values, "rules", str(counts[-1]), "p50"),
        microseconds(values, "rules", str(counts[0]), "p50"),
        judged=quiet.is_quiet()))
    for n in burst:
        section.rows.append(Row(
            f"{n:,} handshakes at once, each, to {burst[0]}",
            ratios(values, f"burst{n}", "riptides", "riptides", "ns")
            if n == burst[0] else
            [a / b for a, b in zip(values[f"burst{n}", "riptides", "ns"],
                                   values[f"burst{burst[0]}", "riptides",
                                          "ns"])],
            "", microseconds(values, f"burst{n}", "riptides", "ns"), ""))
    for n in idle:
        section.rows.append(more(values, f"idle{n}", "plain",
                                 f"{n:,} idle connections"))
    section.plots.append(("growth-rules", bench_report.lines(
        "Connecting, by the number of rules", "microseconds", counts,
        [("plain TCP", [middle(values, "rules", str(n), "p50") / 1e3
                        for n in counts])])))
    section.plots.append(("growth-burst", bench_report.lines(
        "A handshake, by how many there are at once", "microseconds", burst,
        [("riptides", [middle(values, f"burst{n}", "riptides", "ns") / 1e3
                       for n in burst])])))
    section.plots.append(("growth-memory", bench_report.lines(
        "Memory of an idle connection, both ends", "octets", idle,
        [(NAMES[kind], [middle(values, f"idle{n}", kind, "octets")
                        for n in idle]) for kind in ("riptides", "plain")])))
    return [section]
