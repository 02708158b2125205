# SPDX-License-Identifier: GPL-2.0-only
"""Rows of the engine on arm64, by instructions of an emulated machine."""

import os
import subprocess

import bench_engine
from bench_report import Absent, Row, Section, number

LAB = ("QEMU arm64 -icount, one CPU: instructions, not time. The engine as a "
       "program, as above, whose curves and X25519 are the kernel's own for "
       "arm64; AES, SHA and the OpenSSL beside it are Debian's libcrypto. "
       "Kernel and program boot for each round.")
KERNEL = os.path.join("build", "arm64", "arch", "arm64", "boot", "Image")
# libcrypto.a has a function of this name, and it is the kernel's, too
RENAMED = "-Dpoly1305_init=kernel_poly1305_init"


def said(options, *words):
    """The last line that a script of ours says; '' if it fails."""
    done = subprocess.run(
        [os.path.join(options.root, "scripts", words[0]), *words[1:]],
        capture_output=True, text=True, check=False)
    lines = done.stdout.split()
    return lines[-1] if not done.returncode and lines else ""


def program(options):
    """The engine with its benchmark for arm64: its path, or why not."""
    said(options, "sources", "--only", "libssl-arm64")
    ssl = said(options, "sources", "--print", "libssl-arm64")
    if not ssl:
        return "", "libssl-dev for arm64 is not in the archive"
    where = os.path.join(options.root, "build", "engine-arm64")
    compiler = ("aarch64-linux-gnu-gcc", "-static", RENAMED,
                "-isystem", os.path.join(ssl, "include"),
                "-isystem", os.path.join(ssl, "include", "aarch64-linux-gnu"),
                "-L" + os.path.join(ssl, "lib", "aarch64-linux-gnu"))
    why = bench_engine.build(
        ["make", "-C", bench_engine.ENGINE, "O=" + where,
         "CC=" + " ".join(compiler), "AR=aarch64-linux-gnu-ar", "bench-build"])
    path = os.path.join(where, "bench")
    return path, "" if os.path.exists(path) else why or "it was not built"


def arm64(options):
    """Full and resumed handshakes, and what they are made of."""
    section = Section("Engine on arm64: instructions of a handshake", LAB)
    path, why = "", "that kernel was not built (scripts/kernel --arch arm64)"
    if os.path.exists(os.path.join(options.root, KERNEL)):
        path, why = program(options)
    if why:
        section.rows.append(Absent("full, to OpenSSL", why))
        return [section]
    values, split = {}, {}
    for _ in range(options.rounds):
        done = subprocess.run(
            [os.path.join(options.root, "scripts", "lab"), "--arch", "arm64",
             "--icount", "--timeout", "600", "--", path, "--rows",
             "5" if options.quick else "20"],
            capture_output=True, text=True, check=True)
        bench_engine.collect(done.stdout, "", values, split)
    for what, goal in (("full", "<= 0.75"), ("resumed", "<= 0.5")):
        ours, theirs = values["ours", what], values["openssl", what]
        section.rows.append(Row(
            f"{what}, to OpenSSL 3.0",
            [sum(x) / sum(y) for x, y in zip(ours, theirs)], goal,
            *(number(sorted(map(sum, each))[len(each) // 2]) + " instr."
              for each in (ours, theirs))))
    if ("ours", "pq") in values:
        section.rows.append(Row(
            "X25519MLKEM768 to X25519, both ours",
            [sum(x) / sum(y) for x, y in zip(values["ours", "pq"],
                                             values["ours", "full"])]))
    parts = bench_engine.breakdown(
        split, "What a full handshake on arm64 is made of",
        "As above: instructions, of both ends.", "instructions", 1)
    return [section, parts]
