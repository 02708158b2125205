#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Private keys in the memory of a guest: where they are, and where no more.

Started by memory.sh, on the host: it reads all memory of the guest, which is
that of a process, and so has to be allowed to (root, or the same user). Nothing
in the guest ever has what is looked for, but for a program that wipes it.

Prints KTAP.
"""

import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
import traceback

import nl
from netlink_certs import Authority, key_number, openssl

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.realpath(os.path.join(HERE, *[".."] * 5))
TD = "td.example"
PATIENCE = 300		# seconds; only a test that fails waits for so long
PIECE, OVERLAP = 1 << 20, 8192
POINT = 65
NAMES = ("an imported key and one made in the kernel are found in use",
         "keys of requests that were refused are not found",
         "keys that were renewed are found no more",
         "keys of identities that were deleted are found no more")


class Unable(Exception):
    """The host does not let us look."""


def limbs(number, bits):
    """As arithmetic has them: words of so many bits, the lowest first."""
    value = int.from_bytes(number, "big")
    out = b""
    while value:
        out += (value & ((1 << bits) - 1)).to_bytes(4 if bits > 16 else 2, "little")
        value >>= bits
    return out


def forms(number):
    """Pieces of a number, each enough to know it by, in all likely forms."""
    swapped = b"".join(number[at:at + 4][::-1] for at in range(0, len(number), 4))
    halves = [piece for one in (number, number[::-1], swapped, limbs(number, 31))
              for piece in (one[:16], one[-16:])]
    return halves + [limbs(number, 30)[:16], limbs(number, 15)[:16],
                     number.hex().encode()[:32]]


class Guest:
    """A lab whose memory is read from outside."""

    def __init__(self, directory, *words):
        self.directory, self.words = directory, words
        self.lab, self.lines = None, queue.Queue()

    def begin(self):
        self.lab = subprocess.Popen(
            [os.path.join(ROOT, "scripts/lab"), "--mem", "256", "--timeout",
             str(4 * PATIENCE), "--scratch", self.directory, "--", "python3",
             os.path.join(HERE, "memory_guest.py"), self.directory, *self.words],
            stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in self.lab.stdout:
            self.lines.put(line.strip())
        self.lines.put(None)

    def hear(self, word):
        line = self.lines.get(timeout=PATIENCE)
        assert line == word, f"the guest says {line}, not {word}"

    def give(self, name, data=b""):
        with open(os.path.join(self.directory, name + ".new"), "wb") as file:
            file.write(data)
        os.rename(os.path.join(self.directory, name + ".new"),
                  os.path.join(self.directory, name))

    def pid(self):
        """Of the kernel: the lab's child."""
        for name in os.listdir("/proc"):
            try:
                with open(f"/proc/{name}/stat", encoding="utf-8") as file:
                    parent = file.read().rpartition(")")[2].split()[1]
                if int(parent) == self.lab.pid:
                    return int(name)
            except (OSError, IndexError, ValueError):
                continue
        raise AssertionError("no process of a kernel")

    def memory(self):
        """All of it, in pieces: what the kernel's own process can write to."""
        pid = self.pid()
        try:
            maps = open(f"/proc/{pid}/maps", encoding="utf-8")
            memory = open(f"/proc/{pid}/mem", "rb", 0)
        except PermissionError as error:
            raise Unable(str(error)) from error
        with maps, memory:
            for line in maps.read().splitlines():
                span, mode = line.split()[:2]
                first, last = (int(word, 16) for word in span.split("-"))
                if "w" not in mode:
                    continue
                for at in range(first, last, PIECE):
                    memory.seek(at)
                    try:
                        data = memory.read(min(PIECE + OVERLAP, last - at))
                    except OSError:	# [vvar] and its like
                        continue
                    if data.strip(b"\0"):
                        yield data

    def end(self, over):
        if not self.lab:
            return 1
        if not over:			# it may wait for what never comes
            self.lab.terminate()
        self.give("end")
        return self.lab.wait(PATIENCE)


def found(guest, wanted):
    """Names of what is in memory; WANTED has pieces by name."""
    names = set()
    for data in guest.memory():
        for name, pieces in wanted.items():
            if name not in names and any(piece in data for piece in pieces):
                names.add(name)
    return names


def until_gone(guest, wanted, gone):
    """What is found when these are found no more; RCU may keep them for a while."""
    end = time.monotonic() + PATIENCE
    while True:
        names = found(guest, wanted)
        if not names & gone or time.monotonic() > end:
            return names


def around(guest, point):
    """What lies behind each copy of a public key."""
    for data in guest.memory():
        at = data.find(point)
        while at >= 0:
            yield data[at:at + 4096]
            at = data.find(point, at + 1)


def is_key(number, point):
    """Does a number belong to a point? OpenSSL computes it (RFC 5915)."""
    der = bytes.fromhex("30310201010420") + number + \
        bytes.fromhex("a00a06082a8648ce3d030107")
    done = subprocess.run(["openssl", "ec", "-inform", "DER", "-pubout",
                           "-outform", "DER"], input=der, capture_output=True,
                          check=False)
    return done.stdout[-POINT:] == point


def distance(guest, point, number):
    """How far behind its public half the kernel has a key."""
    places = [data.find(number) for data in around(guest, point)]
    places = [at for at in places if at > 0]
    assert places, "no structure of a key"
    return min(places)


def made_key(guest, point, behind):
    """The key that the kernel has made, which it tells nobody."""
    for data in around(guest, point):
        number = data[behind:behind + 32]
        if any(number) and is_key(number, point):
            return number
    raise AssertionError("no structure of the key that was made")


class Keys:
    """Those that come from outside, and the requests that they come in."""

    def __init__(self, guest, ca):
        self.guest, self.ca, self.numbers = guest, ca, {}
        leaf, der = self.leaf("imported")
        self.point = openssl("pkey", "-in", leaf.key, "-pubout", "-outform",
                             "DER", binary=True)[-POINT:]
        name, chain = ("name", "imported"), ("certificate", leaf.chain[0])
        self.request("imported", "identity-new", name, ("private-key", der), chain)
        leaf, der = self.leaf("renewed")
        self.request("renewed", "cert-set", name, ("private-key", der),
                     ("certificate", leaf.chain[0]))
        # of another certificate, cut off, and of nobody; in small messages, and
        # in large ones, whose memory is not needed again so soon
        for n in range(6):
            name = f"refused{n}"
            der = self.leaf(name)[1]
            values = [("private-key", der[:-1] if n % 3 == 1 else der)]
            if n % 3 != 2:
                values.append(("name", name))
            self.request(name, "identity-new", *values, *[chain] * (n // 3 * 15 + 1))

    def leaf(self, name):
        leaf = self.ca.issue(f"spiffe://{TD}/imported")
        self.numbers[name] = key_number(leaf.key).rjust(32, b"\0")
        return leaf, nl.private_key(leaf.key)[0][1]

    def request(self, name, command, *values):
        data = bytes((nl.CMD[command], 1, 0, 0)) + nl.encode(
            nl.SPACE[command], values)
        self.guest.give(name, bytes(octet ^ 0xa5 for octet in data))

    def certify(self, number):
        """Sign what the guest asks for; the point that it is about."""
        self.guest.hear(f"csr{number}")
        with open(os.path.join(self.guest.directory, f"csr{number}"),
                  encoding="ascii") as file:
            request = file.read()
        self.guest.give(f"chain{number}", self.ca.sign(request).pem.encode())
        text = openssl("req", "-noout", "-pubkey", stdin=request)
        return openssl("pkey", "-pubin", "-outform", "DER", stdin=text.encode(),
                       binary=True)[-POINT:]

    def wanted(self, mark):
        return {"mark": [mark]} | {name: forms(number) for name, number
                                   in self.numbers.items()}


def results(guest, ca, mark):
    """One after the other: True, or why not."""
    keys = Keys(guest, ca)
    guest.begin()
    point = keys.certify(0)
    guest.hear("alive")
    behind = distance(guest, keys.point, keys.numbers["imported"])
    keys.numbers["made"] = made_key(guest, point, behind)
    names = found(guest, keys.wanted(mark))
    yield {"imported", "made", "mark"} <= names, names

    guest.give("refuse")
    guest.hear("refused")
    names = found(guest, keys.wanted(mark))
    yield names == {"imported", "made", "mark"}, names

    guest.give("renew")
    point = keys.certify(1)
    guest.hear("renewed")
    keys.numbers["made again"] = made_key(guest, point, behind)
    old = {"imported", "made"}
    names = until_gone(guest, keys.wanted(mark), old)
    yield names >= {"renewed", "made again", "mark"} and not names & old, names

    guest.give("delete")
    guest.hear("deleted")
    names = until_gone(guest, keys.wanted(mark), set(keys.numbers))
    yield names == {"mark"}, names


def main():
    masked = os.path.abspath(sys.argv[1])
    print(f"TAP version 13\n1..{len(NAMES)}", flush=True)
    failed, done, over = 0, 0, False
    with tempfile.TemporaryDirectory(dir=os.path.join(ROOT, "build")) as directory:
        os.chdir(directory)
        os.mkdir("scratch")
        ca, mark = Authority("ca"), os.urandom(32)
        guest = Guest(os.path.join(directory, "scratch"), masked)
        guest.give("mark", mark)
        with open(ca.pem, "rb") as file:
            guest.give("ca.pem", file.read())
        try:
            for done, (good, names) in enumerate(results(guest, ca, mark), 1):
                if not good:
                    failed = 1
                    print(f"# found: {', '.join(sorted(names))}")
                print(f"{'ok' if good else 'not ok'} {done} {NAMES[done - 1]}",
                      flush=True)
            over = True
        except Unable as error:
            for number, name in enumerate(NAMES, 1):
                print(f"ok {number} {name} # SKIP {error}")
        except (AssertionError, OSError, RuntimeError, queue.Empty):
            failed = 1
            for line in traceback.format_exc().splitlines():
                print(f"# {line}")
            print(f"not ok {done + 1} {NAMES[done]}", flush=True)
        finally:
            status = guest.end(over)
            if over and status:
                print(f"# the guest ended with status {status}")
                failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
