# SPDX-License-Identifier: GPL-2.0-only
"""Rows of connections beside an agent of net/handshake.

Kernel consumers only (NFS, NVMe/TCP) can have an agent secure their sockets.
The kernel of scripts/kernel --agent has one more, bench_agent_kernel.c, which
does it for a program; all kinds take their turns on that kernel.
"""

import os
import subprocess

import bench_mesh
from bench_report import Absent, Row, Section, number

NAME = "agent of net/handshake (tlshd)"
LAB = ("QEMU x86_64 -icount, one CPU, whose clock counts instructions. The "
       "agent ({version}) is held to X25519 and AES-128-GCM, as the others "
       "are; it would choose P-256 and AES-256-GCM. One connection at a time. "
       "Its kernel has no keys, so that it is spared making one of each "
       "certificate.")
IMAGE = ("build", "agent", "x86_64", "arch", "x86", "boot", "bzImage")


def tlshd(options):
    """How it is started and its version, or why it is not there."""
    done = subprocess.run(
        [os.path.join(options.root, "scripts", "peers"), "--list"],
        stdout=subprocess.PIPE, text=True, check=True)
    for line in done.stdout.splitlines():
        state, name, version, how = (line + "\t").split("\t")[:4]
        if name == "tlshd":
            return (how.split(), version) if state == "had" else \
                (None, version)
    return None, "unknown to scripts/peers"


def rows(values):
    for ours in ("riptides", "hybrid", "resumed", "ktls"):
        yield Row(f"connections/s of {bench_mesh.NAMES[ours]} to {NAME}",
                  bench_mesh.ratios(values, "conn", ours, "agent", "ns", True),
                  ">= 10" if ours in ("riptides", "hybrid") else "",
                  *(f"{number(bench_mesh.middle(values, 'conn', who, 'ns'))} "
                    "instr." for who in (ours, "agent")))


def agent(options):
    how, version = tlshd(options)
    section = Section("Connections beside an agent of net/handshake, by "
                      "instructions", "Nothing ran.")
    reason = version
    if how and not os.path.exists(os.path.join(options.root, *IMAGE)):
        reason = ("that kernel was not built (scripts/kernel --arch x86_64 "
                  "--agent)")
        how = None
    if not how:
        section.rows.append(Absent(NAME, reason))
        return [section]
    try:
        values = bench_mesh.lab(options, {
            "kinds": ["riptides", "hybrid", "resumed", "ktls", "agent"],
            "agent": how, "tests": [
                {"name": "conn", "role": "conn",
                 "words": [1, 2 if options.quick else 5]}]},
            "--arch", "x86_64", "--agent", "--icount", "--mem", "1024")
    except SystemExit as error:
        # the others' figures are good without it
        section.rows.append(Absent(NAME, str(error)))
        return [section]
    section.lab = LAB.format(version=version)
    section.rows += rows(values)
    return [section]
