#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Which tasks rules are for, and what happens around their connections: ends
without close_notify, clocks that jump, memory that is short.

Run by rules_live_test.py.
"""

import contextlib
import os
import socket
import ssl
import subprocess
import threading

import nl
import policy_fixture as lab
from attest_test import mounted
from netlink_fixture import clock
from policy_fixture import (B, CERTS, IN, ME, OUT, SECRET, Server, connect, ns,
                         policy, talk)

YEAR = 365 * 86400
SECOND = "spiffe://td.example/second"
OTHER = "spiffe://td.example/wrong-ca"


def answer(sock):
    """A server of HTTP."""
    sock.recv(65536)
    sock.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + SECRET)


def curl(port, before=""):
    """The status that curl ends with in namespace a, where no mount is its own."""
    limit = f"--max-time {lab.TIMEOUT}"
    with ns("a"):
        done = subprocess.run(
            ["sh", "-c", before + f"exec curl -sS {limit} http://{B}:{port}/"],
            capture_output=True, timeout=3 * lab.TIMEOUT, check=False)
    assert done.returncode or done.stdout == SECRET, done
    return done.returncode


def context(server):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else
                         ssl.PROTOCOL_TLS_CLIENT)
    tls.minimum_version = ssl.TLSVersion.TLSv1_3
    tls.check_hostname = False
    tls.verify_mode = ssl.CERT_REQUIRED
    tls.load_verify_locations(f"{CERTS}/ca.pem")
    tls.load_cert_chain(f"{CERTS}/second.pem", f"{CERTS}/second.key")
    return tls


# --- tests -------------------------------------------------------------------

def test_path():
    """a rule for an executable is for no other one"""
    program = os.path.realpath("/usr/bin/curl")
    policy(a=[f"{OUT} --selector path={program}",
              "no egress deny --ports 7000-7999 --priority 5"], b=[IN])
    with Server(7070, answer):
        assert curl(7070) == 0
        assert lab.said(connect, 7070) == "EACCES"
        policy(a=[f"{OUT} --selector path=/usr/bin/wget",
                  "no egress deny --ports 7000-7999 --priority 5"])
        assert curl(7070) == 7
    lab.all_tls(7070)


def test_containers():
    """each container, a cgroup, has its identity, and those outside have none"""
    policy(a=["one egress mutual --identity default --ports 7071 "
              "--selector cgroup=/one",
              "two egress mutual --identity second --ports 7071 "
              "--selector cgroup=/two"],
           b=[f"in ingress mutual --identity default --ports 7071 --peer {ME}"])
    with mounted("none", "cgroup2") as top, Server(7071, answer):
        for name in "one", "two":
            os.mkdir(f"{top}/{name}")
        try:
            join = f"echo $$ > {top}/%s/cgroup.procs && "
            assert curl(7071, join % "one") == 0
            # the other container is somebody else, who may not
            assert curl(7071, join % "two") != 0
            lab.all_tls(7071, 2)
            # outside there is no rule, and so no TLS: the server refuses
            assert curl(7071) != 0
        finally:
            for name in "one", "two":
                lab.until(lambda name=name: not open(
                    f"{top}/{name}/cgroup.procs", encoding="ascii").read(),
                    "cgroup empty")
                os.rmdir(f"{top}/{name}")


def test_prefork():
    """workers of several users on one listener: each shows its own identity"""
    policy(a=[OUT],
           b=["in ingress mutual --identity second --ports 7072 "
              "--attest accept --selector uid=1001",
              "other ingress mutual --identity default --ports 7072 "
              "--attest accept --selector uid=1002"])
    with ns("b"):
        listener = socket.create_server((B, 7072), backlog=64)

    def work(uid):
        os.setresuid(uid, uid, uid)
        while True:
            sock, _ = listener.accept()
            with sock:
                with contextlib.suppress(OSError):
                    sock.sendall(b"%d" % uid + sock.recv(100))

    workers = []
    for uid in 1001, 1002, 1001, 1002:
        pid = os.fork()
        if not pid:
            try:
                work(uid)
            finally:
                os._exit(1)
        workers.append(pid)
    try:
        for _ in range(40):
            with connect(7072) as sock:
                sock.sendall(SECRET)
                uid = int(sock.recv(4))
                row, = [row for row in lab.connections("a")
                        if row["local-port"] == sock.getsockname()[1]]
                assert row["peer-id"] == {1001: SECOND, 1002: ME}[uid], row
    finally:
        for pid in workers:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
        listener.close()
    lab.all_tls(7072, 40)


def test_allow_truncation():
    """an end without close_notify is one only where the rule says so"""
    ends, told = [], threading.Semaphore(0)

    def serve(sock):
        ends.append(lab.said(lab.echo, sock) or "end of file")
        told.release()

    def truncate(sock):
        with context(True).wrap_socket(sock, server_side=True) as tls:
            tls.sendall(tls.recv(100))
            tls.shutdown(socket.SHUT_WR)	# FIN, and nothing before it
            with contextlib.suppress(OSError):
                sock.recv(1)

    for option, end in ("", "ECONNRESET"), (" --allow-truncation",
                                            "end of file"):
        policy(a=[], b=[IN + option])
        with Server(7073, serve), \
                context(False).wrap_socket(connect(7073)) as tls:
            talk(tls)
            tls.shutdown(socket.SHUT_WR)
            assert told.acquire(timeout=lab.TIMEOUT)
            assert ends.pop() == end, f"server{option}: {ends}"
        policy(a=[OUT + option], b=[])
        with Server(7074, truncate), connect(7074) as sock:
            talk(sock, SECRET)
            got = lab.said(sock.recv, 1) or "end of file"
            assert got == end, f"client{option}: {got}"
    lab.all_tls(7073, 2)
    lab.all_tls(7074, 2)


def test_federation():
    """the CA of one trust domain makes no members of another"""
    policy(a=[OUT], b=["in ingress mutual --identity wrong-ca --ports 7075"])
    for name in "a", "b":
        with ns(name):
            nl.bundle_new("other.example", f"{CERTS}/ca-other.pem")
    try:
        with Server(7075):
            # it is td.example/wrong-ca, says the CA of other.example
            assert lab.said(connect, 7075) == "ECONNREFUSED"
        policy(a=["out egress mutual --identity wrong-ca --ports 7076"],
               b=["in ingress mutual --identity default --ports 7076"])
        with Server(7076):
            assert lab.judged(7076)[0] == "ECONNRESET"
    finally:
        for name in "a", "b":
            with ns(name):
                nl.bundle_del("other.example")


@contextlib.contextmanager
def twins():
    """Namespaces c and d: addresses, names and rules of a and b; another CA."""
    try:
        for name in "c", "d":
            lab.run("ip", "netns", "add", name)
        lab.run("ip", "link", "add", "vc", "netns", "c", "type", "veth", "peer",
                "name", "vd", "netns", "d")
        for name, address in ("c", lab.A), ("d", B):
            lab.run("ip", "-n", name, "addr", "add", f"{address}/24", "dev",
                    f"v{name}")
            lab.run("ip", "-n", name, "link", "set", f"v{name}", "up")
            with ns(name):
                nl.settings_set(deadline_ms=lab.DEADLINE)
                nl.bundle_new("td.example", f"{CERTS}/ca-other.pem")
                nl.identity_new("default", key=f"{CERTS}/wrong-ca.key",
                                chain=f"{CERTS}/wrong-ca.pem")
        yield
    finally:
        for name in "c", "d":
            lab.run("ip", "netns", "del", name)


def test_same_addresses():
    """namespaces with the same addresses, names and rules share no trust"""
    with twins():
        policy(a=[OUT], b=[IN], c=[OUT], d=[IN])
        with Server(7079), Server(7079, name="d"), connect(7079) as one, \
                connect(7079, name="c") as two:
            talk(one)
            talk(two)
            for name, peer in ("a", ME), ("b", ME), ("c", OTHER), ("d", OTHER):
                row, = lab.connections(name)
                assert (row["peer-id"], row["peer-address"] in (lab.A, B)) == (
                    peer, True), row
            # what is trusted here, is so here only
            with ns("d"):
                nl.bundle_set("td.example", f"{CERTS}/ca.pem")
            assert lab.served(7079, name="c") in ("ECONNRESET", "EPIPE")
            with ns("c"):
                nl.bundle_set("td.example", f"{CERTS}/ca.pem")
            assert lab.said(connect, 7079, name="c") == "ECONNREFUSED"
            with connect(7079) as three:
                talk(three)
            for sock in one, two:
                talk(sock)


def test_clock():
    """the clock jumps: sessions go on, and only what is valid begins"""
    policy(a=[f"{OUT} --kill-on-revoke --max-session-age 86400"], b=[IN])
    with Server(7077), connect(7077) as sock:
        talk(sock)
        for jump in YEAR, -YEAR:
            with clock(jump):
                # a bundle comes again: the peer was valid when it was checked
                for name in "a", "b":
                    with ns(name):
                        nl.bundle_set("td.example", f"{CERTS}/ca.pem",
                                      revoke=["0f0f0f"])
                talk(sock)
                got = lab.said(connect, 7077)
                assert got == "EACCES", f"{jump}: {got}"
                talk(sock)
            with connect(7077) as other:
                talk(other)
        talk(sock)
    lab.all_tls(7077, 3)


def test_faults():
    """connect() without memory, at each allocation: TLS or an error"""
    knob, path = "/sys/kernel/debug/failslab/ignore-gfp-wait", \
        "/proc/thread-self/fail-nth"
    if not os.path.exists(path):
        print("# only a kernel with fault injection runs short of memory")
        return
    if not os.path.exists(knob):
        lab.run("mount", "-t", "debugfs", "none", "/sys/kernel/debug")
    with open(knob, "w", encoding="ascii") as file:
        file.write("N")
    policy(a=[OUT], b=[IN])
    good = failed = 0
    with Server(7078):
        for number in range(1, 2000):
            with ns("a"):
                sock = socket.socket()
            with sock, open(path, "r+b", 0) as nth:
                os.pwrite(nth.fileno(), b"%d" % number, 0)
                got = lab.said(sock.connect, (B, 7078))
                left = int(os.pread(nth.fileno(), 16, 0))
                os.pwrite(nth.fileno(), b"0", 0)
                if got:
                    failed += 1
                else:
                    good += 1
                    sock.settimeout(lab.TIMEOUT)
                    talk(sock)
            if left:
                break
        else:
            raise AssertionError("connect() allocates for ever")
    assert failed > 2, f"{failed} failed"
    print(f"# {failed} failed, {good} did not")
    lab.all_tls(7078)
