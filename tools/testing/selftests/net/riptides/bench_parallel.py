# SPDX-License-Identifier: GPL-2.0-only
"""Rows of one CPU beside two, and where they wait for each other."""

import glob
import os
import re
import statistics
import subprocess

from bench_mesh import NAMES, lab, middle, per_second
from bench_quiet import Quiet
from bench_report import Absent, Row, Section, number

LAB = ("QEMU x86_64 with two CPUs, each in a thread of its own "
       "(scripts/lab --parallel), wall clock. Each round is done with the "
       "second CPU on and off. {others} Both ends of a connection and who "
       "asks are in one guest, so that all of it has to scale: plain TCP says "
       "what the lab itself allows. {threads} threads, connect, handshake, "
       "one request, close.")
# Who waits is not who takes: frames that only wait, from the innermost up.
SLOW = re.compile(r"queued_(spin|read|write)_lock_slowpath$|__mutex_lock|"
                  r"mutex_lock|rwsem_down|percpu_down|__percpu|rt_mutex|down")
RAW = re.compile(r"_raw_|__raw_|mutex_lock|down_(read|write)")
RECORD = re.compile(r"-(\d+)\s+\[(\d+)\]\s+\S+\s+(\d+\.\d+): (.*)")
BEGIN = re.compile(r"contention_begin: (\S+) \(flags=(\S*)\)")
END = re.compile(r"contention_end: (\S+) ")


def functions(options):
    """Those of net/riptides, static ones included."""
    names = set()
    for path in glob.glob(os.path.join(options.root, "build", "x86_64", "net",
                                       "riptides", "**", "*.o"),
                          recursive=True):
        listing = subprocess.run(["nm", "--defined-only", path],
                                 capture_output=True, text=True,
                                 check=False).stdout
        names.update(line.split()[2] for line in listing.splitlines()
                     if line.split()[1] in "tT")
    return names


def taker(stack):
    """The function that takes the lock, and who calls it."""
    slow = [i for i, frame in enumerate(stack) if SLOW.search(frame)]
    frames = stack[slow[-1] + 1:] if slow else stack
    while frames and RAW.match(frames[0]):
        frames = frames[1:]
    return " < ".join(frames[:2]) or "?"


def contentions(path):
    """What the guest wrote: {(functions, kind): [how often, seconds]}."""
    # each: kind, stack, seconds; the last of each CPU, whose stack follows
    waits, last, begun = [], {}, {}
    with open(path, encoding="ascii") as file:
        for line in file:
            if line.startswith("spins "):
                _, took, *stack = line.split()
                waits.append(["spins", stack, int(took) / 1e9])
            elif line.startswith(" => ") and waits:
                waits[-1][1].append(line[4:].split("+")[0].strip())
            match = RECORD.search(line)
            if not match:
                continue
            task, cpu, when, text = match.groups()
            begin, end = BEGIN.match(text), END.match(text)
            # a queued spinlock is among the others
            if begin and begin.group(2) != "SPIN":
                kind = "spins" if "SPIN" in begin.group(2) else "sleeps"
                last[cpu] = [kind, [], 0.0]
                begun[task, begin.group(1)] = last[cpu], float(when)
            elif end and (task, end.group(1)) in begun:
                wait, since = begun.pop((task, end.group(1)))
                wait[2] = float(when) - since
            elif "<stack trace>" in text and cpu in last:
                waits.append(last.pop(cpu))
    found = {}
    for kind, stack, seconds in waits:
        entry = found.setdefault((taker(stack), kind), [0, 0.0])
        entry[0] += 1
        entry[1] += seconds
    return found


def slow_path(options):
    """Of spinlocks: its name, and where in it it ends."""
    listing = subprocess.run(
        ["objdump", "-d", "--no-show-raw-insn",
         "--disassemble=queued_spin_lock_slowpath",
         os.path.join(options.root, "build", "x86_64", "vmlinux")],
        capture_output=True, text=True, check=True).stdout
    base = int(re.search(r"^(\w+) <queued_spin_lock_slowpath>:", listing,
                         re.M).group(1), 16)
    return ["queued_spin_lock_slowpath",
            [int(at, 16) - base for at in re.findall(
                r"^(\w+):\s+(?:ret|jmp\s.*return_thunk)", listing, re.M)]]


def locks(options, values, quiet):
    """The table that stands for lockstat's, of the counted run."""
    path = os.path.join(options.build, "contention.txt")
    found = contentions(path)
    own = functions(options)
    done = middle(values, "contention", "riptides", "conns")
    span = middle(values, "contention", "riptides", "ns") * done / 1e9
    section = Section(
        "Contended locks during handshakes on two CPUs",
        f"The same lab: {number(done)} connections of riptides in "
        f"{number(span)} s; by breakpoints on the slow path of "
        "spinlocks, and the tracepoints lock:contention_begin and "
        "contention_end of other locks, with the stack of who waits "
        "(CONFIG_LOCK_STAT would change what is measured). Named is the "
        "function that takes the lock, and its caller; the three that "
        "are contended most often, and the three that cost most time. "
        "A CPU that the machine takes from the guest while it holds a lock "
        "makes others wait: " + quiet.text(),
        head=["lock taken in", "who waits", "times", "a connection",
              "waited", "of two CPUs"])

    def cells(name, kind, times, waited):
        return [name, kind, number(times), number(times / done),
                f"{1e3 * waited:.1f} ms", f"{50 * waited / span:.2f} %"]

    shown = {key for rank in (0, 1) for key in
             sorted(found, key=lambda k: -found[k][rank])[:3]}
    for key in sorted(shown, key=lambda k: -found[k][1]):
        section.rows.append(cells(*key, *found[key]))
    for name, which in (
            ("all locks that spin", lambda key: key[1] == "spins"),
            ("all locks that sleep", lambda key: key[1] == "sleeps"),
            ("all that functions of net/riptides take",
             lambda key: key[0].split(" < ")[0] in own)):
        each = [found[key] for key in found if which(key)]
        section.rows.append(cells(name, "", sum(n for n, _ in each),
                                  sum(t for _, t in each)))
    return section


def parallel(options):
    """The same connections on one CPU and on two."""
    quick, threads = options.quick, 8
    kinds = ["plain", "riptides", "hybrid"]
    counts = {"plain": 100, "riptides": 20, "hybrid": 20} if quick else \
        {"plain": 2000, "riptides": 300, "hybrid": 300}
    quiet = Quiet()
    values = lab(options, {
        "kinds": kinds, "tests": [
            {"name": f"{kind}-{cpus}", "role": "conn", "kinds": [kind],
             "words": [threads, counts[kind]], "cpus": cpus}
            for kind in kinds for cpus in (1, 2)],
        "contention": {"kind": "riptides", "file": "contention.txt",
                       "words": [threads, counts["riptides"]],
                       "slow": slow_path(options)}},
                 "--arch", "x86_64", "--parallel", "--cpus", "2",
                 "--mem", "1024", "--append", "oops=panic")
    section = Section("Parallelism", LAB.format(
        others=quiet.text(), threads=threads))
    if not values:
        section.rows.append(Absent(
            "connections/s, 2 CPUs to 1", "QEMU has broken each guest, as "
            "those before 10 may (scripts/lab)"))
        return [section]
    for kind in ("riptides", "hybrid", "plain"):
        one, two = (values[f"{kind}-{n}", kind, "ns"] for n in (1, 2))
        section.rows.append(Row(
            f"connections/s of {NAMES[kind]}, 2 CPUs to 1",
            [a / b for a, b in zip(one, two)],
            "" if kind == "plain" else ">= 1.8",
            per_second(values, f"{kind}-2", kind),
            per_second(values, f"{kind}-1", kind), judged=quiet.is_quiet()))
    return [section, locks(options, values, quiet)]
