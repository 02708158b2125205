#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Inside the lab: keys come, are used and go; memory_test.py looks for them.

Started by memory_test.py with a directory that both sides can write to.
"""

import contextlib
import os
import socket
import subprocess
import sys
import time

import nl
from ulp_sock import attach

SCRATCH, MASKED = sys.argv[1], sys.argv[2]
TD = "td.example"
CLOCK_REALTIME_COARSE = 5


def path(name):
    return os.path.join(SCRATCH, name)


def wait(name):
    """For a file, which comes from another kernel: there are no events."""
    while not os.path.exists(path(name)):
        time.sleep(0.05)
    return path(name)


def past(file):
    """Its certificate is valid by the other kernel's clock: by ours, too."""
    while time.clock_gettime(CLOCK_REALTIME_COARSE) <= \
            os.stat(file).st_mtime + 1:
        time.sleep(0.05)
    return file


def tell(word):
    print(word, flush=True)


def send(name, status):
    """A request with a private key, by a program that keeps nothing of it."""
    done = subprocess.run([MASKED, str(nl.Family().id), past(path(name))],
                          check=False)
    assert done.returncode == status, f"{name}: {done.returncode}"


def certify(number):
    with open(path("csr.new"), "w", encoding="ascii") as file:
        file.write(nl.to_pem(nl.csr("made"), "CERTIFICATE REQUEST"))
    os.rename(path("csr.new"), path(f"csr{number}"))
    tell(f"csr{number}")
    nl.cert_set("made", past(wait(f"chain{number}")))


@contextlib.contextmanager
def connection(client, server):
    """Both identities make a signature each."""
    with socket.create_server(("127.0.0.1", 0)) as listener, \
            attach(socket.socket(), identity=client) as one:
        attach(listener, identity=server)
        one.connect(listener.getsockname())
        two, _ = listener.accept()
        with two:
            for here, there in (one, two), (two, one):
                here.sendall(b"some data")
                assert there.recv(9, socket.MSG_WAITALL) == b"some data"
            yield


def contexts():
    """How many sockets have a context."""
    with open("/proc/net/riptides_stat", encoding="ascii") as file:
        return [int(line.split()[1]) for line in file
                if line.split()[0] == "RiptidesContexts"][0]


def main():
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with open(path("mark"), "rb") as file:
        mark = file.read()
    nl.settings_set(resumption=0)
    nl.bundle_new(TD, path("ca.pem"))
    send("imported", 0)
    nl.identity_new("made", spiffe_id=f"spiffe://{TD}/made")
    certify(0)
    with connection("imported", "made"), connection("made", "imported"):
        tell("alive")
        wait("refuse")
        for n in range(6):
            send(f"refused{n}", 2)
        tell("refused")
        wait("renew")
    certify(1)
    send("renewed", 0)
    with connection("imported", "made"), connection("made", "imported"):
        tell("renewed")
        wait("delete")
    nl.identity_del("imported")
    nl.identity_del("made")
    nl.bundle_del(TD)
    assert nl.identity_list() == nl.bundle_list() == []
    while contexts():
        time.sleep(0.05)
    tell("deleted")
    wait("end")
    assert mark


if __name__ == "__main__":
    main()
