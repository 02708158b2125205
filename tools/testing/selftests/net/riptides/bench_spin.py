# SPDX-License-Identifier: GPL-2.0-only
"""Who waits for which spinlock, in the lab: breakpoints on their slow path.

The tracepoint lock:contention_begin tells of a queued spinlock only when a
third one waits for it, so that two CPUs never hit it. perf_event_open() has
the CPU's breakpoints: one where the slow path begins, and the others where it
ends.
"""

import bisect
import ctypes
import mmap
import os
import struct

PERF_EVENT_OPEN = 298       # of x86_64
SET_OUTPUT = 0x2405
ENABLE, DISABLE = 0x2400, 0x2401
PAGES = 4096                # of the buffer of each CPU
SAMPLE = 9
IP, TID, TIME, CHAIN = 1, 2, 4, 0x20
libc = ctypes.CDLL(None, use_errno=True)


def symbols():
    """[(address, name)] of the kernel, in order."""
    with open("/proc/kallsyms", encoding="ascii") as file:
        lines = (line.split() for line in file)
        return sorted((int(line[0], 16), line[2]) for line in lines
                      if line[1] in "tT")


class Spins:
    """Of all CPUs from start() to stop()."""

    def __init__(self, name, ends):
        """name: the slow path; ends: where it returns, as offsets."""
        self.symbols = symbols()
        self.begin = next(at for at, what in self.symbols if what == name)
        self.buffers = []
        self.fds = []
        for cpu in range(os.cpu_count()):
            first = self.open(self.begin, cpu, CHAIN)
            self.buffers.append(mmap.mmap(first, (1 + PAGES) * mmap.PAGESIZE))
            for offset in ends[:3]:
                self.call("ioctl", self.open(self.begin + offset, cpu, 0),
                          SET_OUTPUT, first)

    def call(self, name, *words):
        done = getattr(libc, name)(*map(ctypes.c_long, words))
        if done < 0:
            raise OSError(ctypes.get_errno(), name)
        return done

    def open(self, address, cpu, more):
        """An event each time that this CPU gets there."""
        # type, size, config, period, what of it, and that of the kernel only
        attr = struct.pack("<IIQQQQQIIQQ", 5, 112, 0, 1,
                           IP | TID | TIME | CHAIN, 0,
                           1 | 1 << 4 | 1 << 22 | (0 if more else 1 << 21), 0,
                           4, address, 8).ljust(112, b"\0")
        buffer = ctypes.create_string_buffer(attr, len(attr))
        fd = libc.syscall(PERF_EVENT_OPEN, buffer, -1, cpu, -1, 0)
        if fd < 0:
            raise OSError(ctypes.get_errno(), "perf_event_open")
        self.fds.append(fd)
        return fd

    def name(self, address):
        at = bisect.bisect_right(self.symbols, (address, "~")) - 1
        return self.symbols[at][1]

    def start(self):
        for fd in self.fds:
            self.call("ioctl", fd, ENABLE, 0)

    def stop(self):
        """[(nanoseconds, stack)]"""
        for fd in self.fds:
            self.call("ioctl", fd, DISABLE, 0)
        found = []
        for buffer in self.buffers:
            waits = []
            for ip, when, chain in self.samples(buffer):
                if ip == self.begin:
                    waits.append((when, chain))
                elif waits:
                    # an interrupt's end before what it has interrupted
                    since, stack = waits.pop()
                    found.append((when - since,
                                  [self.name(frame) for frame in stack]))
        return found

    def samples(self, buffer):
        head = struct.unpack_from("<Q", buffer, 1024)[0]
        at, base = 0, mmap.PAGESIZE
        while at < head:
            kind, _, size = struct.unpack_from("<IHH", buffer, base + at)
            if kind == SAMPLE:
                ip, _, when, count = struct.unpack_from("<QQQQ", buffer,
                                                        base + at + 8)
                chain = struct.unpack_from(f"<{count}Q", buffer,
                                           base + at + 40)
                # some are marks, not addresses
                yield ip, when, [one for one in chain if one < 2**64 - 4096]
            at += size
