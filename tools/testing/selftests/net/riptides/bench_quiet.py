# SPDX-License-Identifier: GPL-2.0-only
"""What else the machine did while something was measured."""

import os
import resource
import time


def _taken():
    """CPU seconds of the machine, and those of what we have started."""
    with open("/proc/stat", encoding="ascii") as file:
        words = [int(word) for word in file.readline().split()[1:9]]
    user, nice, system, _, _, irq, softirq, steal = words
    all_ = (user + nice + system + irq + softirq + steal) / \
        os.sysconf("SC_CLK_TCK")
    ours = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(who)
        ours += usage.ru_utime + usage.ru_stime
    return all_, ours


class Quiet:
    """From when it is made until it is asked."""

    ENOUGH = 0.1        # of a CPU

    def __init__(self):
        self.began = time.monotonic()
        self.taken = _taken()

    def others(self):
        """How many CPUs other programs took, and other machines on this."""
        now = _taken()
        all_, ours = (b - a for a, b in zip(self.taken, now))
        return max(all_ - ours, 0) / max(time.monotonic() - self.began, 1e-3)

    def is_quiet(self):
        return self.others() <= self.ENOUGH

    def text(self):
        return (f"Meanwhile other programs took {self.others():.2f} of the "
                f"machine's {os.cpu_count()} CPUs.")
