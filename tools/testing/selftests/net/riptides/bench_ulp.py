#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What the ULP costs, as ratios against its own kernel without it.

  bench_ulp.py [--only um|icount|without|memory]... [--rounds N]

'make bench-ulp' builds the kernels first. Two labs:

um      User Mode Linux and its clock. The machine's other work is in every
        figure, system calls and page faults cost many times what they do
        elsewhere, and the kernel has no assembly for its cryptography.
icount  QEMU, x86_64, one CPU, whose clock advances by 1 ns with each
        instruction. It repeats within a per mille, so that ratios near 1 mean
        something; but all instructions cost the same there, whether they are
        an AES round, a division or a load that misses the cache. Memory is
        measured there, too: it is the kernel's allocations that count.

Nothing here passes or fails by a figure. The exit status tells whether
everything worked.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.realpath(os.path.join(HERE, *[".."] * 5))
BUILD = os.path.join(ROOT, "build", "bench-ulp")
PROGRAM = os.path.join(BUILD, "bench_ulp")
SOURCES = ("bench_ulp.c", "bench_ulp_openssl.c")

# Work in each lab, scaled so that all of it takes a few minutes.
COUNTS = {
    "um": ("bulk=8000000", "latency=1000", "handshake=50"),
    "icount": ("bulk=4000000", "latency=500", "handshake=20"),
    "memory": ("memory=250",),
    "memory-um": ("memory=250",),
    "with": ("accept=400",),
    "without": ("accept=400",),
}


def die(text):
    sys.exit(f"bench_ulp: {text}")


def build_program():
    os.makedirs(BUILD, exist_ok=True)
    sources = [os.path.join(HERE, name) for name in SOURCES]
    try:
        subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-o", PROGRAM,
                        "-I", os.path.join(ROOT, "include", "uapi"),
                        *sources, "-lssl", "-lcrypto"], check=True)
    except FileNotFoundError:
        die("gcc is missing: run 'scripts/deps build'")
    except subprocess.CalledProcessError:
        die("cannot build bench_ulp: it needs 'scripts/deps build'")


def openssl(*words):
    try:
        done = subprocess.run(["openssl", *words], capture_output=True,
                              text=True, check=False, cwd=BUILD)
    except FileNotFoundError:
        die("openssl is missing: run 'scripts/deps demo'")
    if done.returncode:
        die(f"openssl {words[0]}: {done.stderr}")


def identities():
    """A root and two identities, all P-256."""
    with open(os.path.join(BUILD, "openssl.cnf"), "w",
              encoding="ascii") as file:
        file.write("[req]\ndistinguished_name = name\n[name]\n[ca]\n"
                   "basicConstraints = critical, CA:TRUE\n"
                   "keyUsage = critical, keyCertSign, cRLSign\n")
        for who in ("client", "server"):
            file.write(f"[{who}]\nkeyUsage = critical, digitalSignature\n"
                       "extendedKeyUsage = serverAuth, clientAuth\n"
                       f"subjectAltName = URI:spiffe://example.org/{who}, "
                       f"DNS:{who}\n")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
           "-config", "openssl.cnf")
    openssl("req", "-x509", *key, "-extensions", "ca", "-subj", "/O=bench",
            "-days", "30", "-keyout", "ca.key", "-out", "ca.pem")
    for who in ("client", "server"):
        openssl("req", *key, "-subj", f"/CN={who}", "-keyout", f"{who}.key",
                "-out", f"{who}.csr")
        openssl("x509", "-req", "-in", f"{who}.csr", "-CA", "ca.pem",
                "-CAkey", "ca.key", "-CAcreateserial", "-days", "30",
                "-extfile", "openssl.cnf", "-extensions", who,
                "-out", f"{who}.pem")


def guest(what, rounds):
    """In the lab: load the identities, then become the program."""
    if what != "without":
        import nl  # pylint: disable=import-outside-toplevel
        os.chdir(BUILD)
        nl.bundle_new("example.org", "ca.pem")
        for who in ("client", "server"):
            nl.identity_new(who, key=f"{who}.key", chain=f"{who}.pem")
        # full handshakes: what is compared has no others
        nl.settings_set(resumption=0)
    os.execv(PROGRAM, [PROGRAM, BUILD, str(rounds), *COUNTS[what]])


def lab(what, rounds):
    """Run one part; returns {(test, kind): values}."""
    options = {"memory": ["--mem", "1024"], "memory-um": ["--mem", "1024"],
               "without": ["--without"]}.get(what, [])
    if what not in ("um", "memory-um"):
        options = ["--arch", "x86_64", "--icount", *options]
    begin = time.monotonic()
    print(f"-- {what}: {' '.join(COUNTS[what])}", flush=True)
    done = subprocess.run(
        [os.path.join(ROOT, "scripts", "lab"), *options, "--timeout", "600",
         "--console", os.path.join(BUILD, f"console.{what}"), "--", "python3",
         os.path.join(HERE, "bench_ulp.py"), "--guest", what,
         "--rounds", str(rounds), "--counts", " ".join(COUNTS[what])],
        stdout=subprocess.PIPE, text=True,
        check=False)
    if done.returncode:
        print(done.stdout)
        die(f"{what}: the lab ended with status {done.returncode}")
    values = {}
    for line in done.stdout.splitlines():
        test, kind, value = line.split()
        values.setdefault((test, kind), []).append(float(value))
    print(f"   {time.monotonic() - begin:.0f} s", flush=True)
    return values


def row(name, ratios, goal, detail):
    middle = statistics.median(ratios)
    sign, limit = goal[:2], goal[2:].strip()
    missed = limit and (middle < float(limit) if sign == ">=" else
                        middle > float(limit))
    print(f"{name:<42} {middle:>8.4g}  {min(ratios):>7.4g} .. "
          f"{max(ratios):<7.4g} {goal:<8} {'MISSED' if missed else '':<7}"
          f"{detail}")


def compare(values, test, kind, base, invert):
    """Ratios of each round; inverted, where less time is more of the unit."""
    try:
        pairs = list(zip(values[test, kind], values[test, base]))
    except KeyError:
        die(f"{test}: nothing was measured for {kind} and {base}")
    return [b / a if invert else a / b for a, b in pairs]


def median(values, test, kind):
    return statistics.median(values[test, kind])


def heading(text):
    print(f"\n{text}\n{'':<42} {'median':>8}  {'least .. most':^18} "
          f"{'goal':<8}")


def show_speed(values, unit):
    """Throughput, latency and handshakes of one lab."""
    judged = unit == "instructions"
    for conns in (1, 8):
        for call in ("send", "sendfile"):
            test = f"{call}-{conns}"
            for kind in ("riptides", "software"):
                row(f"throughput, {call}, {conns} conn., {kind}",
                    compare(values, test, kind, "ktls", True),
                    ">= 0.98" if kind == "riptides" and judged else "",
                    "%.3f and %.3f %s/octet" % (
                        median(values, test, kind),
                        median(values, test, "ktls"), unit))
    for kind in ("riptides", "software"):
        row(f"latency, 1 KiB, {kind}",
            compare(values, "latency", kind, "ktls", False),
            "<= 1.02" if kind == "riptides" and judged else "",
            "%.0f and %.0f %s/turn" % (
                median(values, "latency", kind),
                median(values, "latency", "ktls"), unit))
    row("handshakes/s against OpenSSL",
        compare(values, "handshake", "riptides", "openssl", True), "",
        "%.0f and %.0f %s each" % (
            median(values, "handshake", "riptides"),
            median(values, "handshake", "openssl"), unit))


def show_accept(values):
    """Plain TCP: two kernels, each booted more than once."""
    ours = values["with"]["accept", "tcp"]
    theirs = values["without"]["accept", "tcp"]
    row("plain TCP connect/accept/close",
        [b / a for a, b in zip(ours, theirs)], ">= 0.99",
        "%.0f and %.0f instructions" % (statistics.median(ours),
                                        statistics.median(theirs)))


def show_memory(values):
    for test, base, name, goal in (
            ("idle", "ktls", "idle established socket over kTLS", "<= 2048"),
            ("in-server", "tcp", "handshake, server's, over TCP", ""),
            ("in-client", "tcp", "handshake, client's, over TCP", "")):
        more = [a - b for a, b in zip(values[test, "riptides"],
                                      values[test, base])]
        row(name, more, goal, "%.0f and %.0f octets" % (
            median(values, test, "riptides"), median(values, test, base)))


def merge(into, values):
    for name, more in values.items():
        into.setdefault(name, []).extend(more)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--only", action="append",
                        choices=("um", "icount", "without", "memory",
                                 "memory-um"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--guest", choices=sorted(COUNTS),
                        help=argparse.SUPPRESS)
    parser.add_argument("--counts", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.rounds < 1:
        parser.error("--rounds takes at least 1")
    if args.guest:
        COUNTS[args.guest] = args.counts.split()
        guest(args.guest, args.rounds)
    only = args.only or ("um", "icount", "without", "memory")
    build_program()
    identities()
    values = {}
    for what in ("um", "icount", "memory", "memory-um"):
        if what in only:
            values[what] = lab(what, args.rounds)
    if "without" in only:
        # two kernels cannot take turns in one boot
        for what in ("with", "without", "with", "without"):
            merge(values.setdefault(what, {}), lab(what, args.rounds))

    print("\nmedian of each round's ratio; beside it what riptides and what "
          "it is compared with took")
    if "um" in values:
        heading("User Mode Linux, wall clock: the machine's other work is in "
                "it, so no goal is judged")
        show_speed(values["um"], "ns")
    if "icount" in values:
        heading("QEMU x86_64 -icount, one CPU: instructions, not time; an "
                "AES instruction\ncounts like any other. Of handshakes, "
                "'make bench-engine' has the parts")
        show_speed(values["icount"], "instructions")
    if "without" in values:
        heading("the same, a kernel with riptides idle and one without")
        show_accept(values)
    for what in ("memory", "memory-um"):
        if what in values:
            heading(f"{what}: slab, vmalloc and per-CPU, octets a socket")
            show_memory(values[what])


if __name__ == "__main__":
    main()
