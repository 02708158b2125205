#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""/proc/riptides: what it tells, to whom, and under load.

Run by rules_live_test.py.
"""

import contextlib
import hashlib
import json
import os
import resource
import signal
import ssl
import subprocess
import threading

import nl
import policy_fixture as lab
from netlink_certs import key_number
from policy_fixture import CERTS, IN, ME, OUT, Server, connect, ns, policy, talk

FULL = bool(os.environ.get("RULES_FULL"))
LISTS = ("connections", "certificates", "trust-anchors")
NASTY = '"\\},[<%s'


def text(name, file, size=-1):
    """A file of a network namespace, read in pieces of a size."""
    with ns(name), open(f"/proc/riptides/{file}", "rb", 0) as proc:
        return b"".join(iter(lambda: proc.read(size), b"")) if size > 0 \
            else proc.read()


def told(name, file, size=-1):
    raw = text(name, file, size)
    assert all(0x20 <= octet < 0x7f or octet == 10 for octet in raw), raw
    return json.loads(raw)


def rows(name):
    return told(name, "connections")["connections"]


def fingerprint(path):
    with open(path, encoding="ascii") as pem:
        head, mark, body = pem.read().partition("-----BEGIN")
    assert mark, head
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(mark + body)).hexdigest()


# --- tests -------------------------------------------------------------------

def test_proc_connections():
    """rows tell what connection-get tells"""
    policy(a=[OUT], b=[IN])
    with Server(7060), connect(7060) as sock:
        talk(sock)
        row, = rows("a")
        same, = lab.connections("a")
        for key in ("id", "state", "mode", "role", "tx-datapath", "rx-datapath",
                    "own-id", "peer-id", "rule", "local-address", "local-port",
                    "peer-address", "peer-port", "tx-rekeys", "rx-rekeys",
                    "uid"):
            assert row[key] == same[key], f"{key}: {row} {same}"
        assert row["version"] == "TLS 1.3" and row["own-id"] == ME
        assert row["suite"].startswith("TLS_") and row["age-ms"] >= 0
        assert row["tx-bytes"] > 230 and row["rx-bytes"] > 230, row
        assert row["group"] in ("X25519MLKEM768", "x25519"), row
        assert "error" not in row and "alert" not in row


def test_proc_hostile():
    """names are told as they are, whatever is in them"""
    alpn = '"\\\n\x01\x7f'
    with ns("a"):
        nl.identity_new(NASTY, spiffe_id="spiffe://td.example/nasty")
    try:
        policy(a=[], b=[])
        for name, rule in (("a", ("egress", "mutual")),
                           ("b", ("ingress", "mutual"))):
            with ns(name):
                nl.rule_new(NASTY, *rule, identity="default", port=["7061"],
                            alpn=[alpn])
        with Server(7061), connect(7061) as sock:
            talk(sock)
            row, = rows("a")
            assert row["rule"] == NASTY and row["alpn"] == alpn, row
        for size in 1, 7, 100:
            named = [one for one in told("a", "certificates", size)
                     ["certificates"] if one["name"] == NASTY]
            assert len(named) == 1 and named[0]["state"] == "needs-csr", named
    finally:
        policy(a=[], b=[])
        with ns("a"):
            nl.identity_del(NASTY)


def test_proc_trust():
    """identities and trust anchors, with fingerprints"""
    identities = told("a", "certificates")["certificates"]
    with ns("a"):
        listed = nl.identity_list()
        bundles = nl.bundle_list()
    assert [one["name"] for one in identities] == \
        [one["name"] for one in listed]
    for one, same in zip(identities, listed):
        assert one["state"] == same["state"]
        assert one["spiffe-id"] == same["spiffe-id"]
        assert one["not-after"] == same["not-after"]
        assert one["sha256"] == [hashlib.sha256(der).hexdigest()
                                 for der in same["certificate"]]
    anchors, = told("a", "trust-anchors")["trust-anchors"]
    assert anchors["trust-domain"] == "td.example"
    assert anchors["generation"] == bundles[0]["generation"]
    assert anchors["revocations"] == bundles[0]["revocations"] > 0
    assert [one["sha256"] for one in anchors["certificates"]] == \
        [fingerprint(f"{CERTS}/ca.pem")]


def test_proc_health():
    """counts that anybody may read"""
    policy(a=[OUT], b=[])
    before = told("a", "health")
    assert before["status"] == "ok" and before["trust-domains"] == 1
    assert before["policy"]["rules"] == 1 and before["policy"]["egress"]
    with ns("a"):
        nl.identity_new("waiting", spiffe_id="spiffe://td.example/waiting")
        nl.settings_set(egress=0)
    try:
        after = told("a", "health")
        assert after["status"] == "degraded" and not after["policy"]["egress"]
        assert after["identities"]["all"] == before["identities"]["all"] + 1
        assert after["identities"]["usable"] == before["identities"]["usable"]
        assert told("b", "health")["status"] == "ok"
    finally:
        with ns("a"):
            nl.settings_set(egress=1)
            nl.identity_del("waiting")


def test_proc_unprivileged():
    """who may not ask by netlink may not read; a namespace's own root may"""
    read = "import sys; open('/proc/riptides/' + sys.argv[1]).read()"
    for user in (["setpriv", "--reuid=65534", "--clear-groups"],
                 ["setpriv", "--bounding-set=-net_admin",
                  "--inh-caps=-net_admin"],
                 # root of another user namespace is nobody here
                 ["unshare", "--user", "--map-root-user"]):
        for file in LISTS:
            got = subprocess.run([*user, "python3", "-c", read, file],
                                 capture_output=True, text=True, check=False)
            assert got.returncode and "PermissionError" in got.stderr, \
                f"{user} {file}: {got}"
        subprocess.run([*user, "python3", "-c", read, "health"], check=True)
    own = ["unshare", "--user", "--map-root-user", "--net", "python3", "-c",
           read]
    for file in (*LISTS, "health"):
        subprocess.run([*own, file], check=True)


def test_proc_isolation():
    """each network namespace tells of its own"""
    policy(a=[OUT], b=[IN])
    with Server(7062), connect(7062) as sock:
        talk(sock)
        assert rows("a")[0]["role"] == "client"
        assert rows("b")[0]["role"] == "server"
        for file in LISTS:
            with open(f"/proc/riptides/{file}", "rb") as proc:
                assert json.load(proc)[file] == [], file
        # a file that was opened there goes on telling of there
        with ns("b"):
            proc = open("/proc/riptides/connections", "rb")
        with proc:
            assert json.load(proc)["connections"][0]["role"] == "server"


def test_proc_under_load():
    """many connections, read in pieces while others come and go"""
    count = 10000 if FULL else 200
    resource.setrlimit(resource.RLIMIT_NOFILE, (4 * count + 1000,) * 2)
    policy(a=[OUT], b=[IN])
    over, failures = threading.Event(), []

    def churn():
        try:
            while not over.is_set():
                with connect(7064) as sock:
                    talk(sock, b"x")
                lab.wire.keep_up()
        except (OSError, AssertionError) as error:
            failures.append(repr(error))

    kept = []

    def keep(sock):
        kept.append(sock.dup())

    with Server(7063, keep), Server(7064), contextlib.ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(connect(7063))
        lab.until(lambda: len(kept) == count, "all accepted")
        threads = [threading.Thread(target=churn, daemon=True)
                   for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            for size in 1000, 65536, 4096:
                seen = told("a", "connections", size)["connections"]
                ids = [row["id"] for row in seen]
                assert ids == sorted(set(ids)), "twice, or out of order"
                ours = [row for row in seen if row["peer-port"] == 7063]
                assert len(ours) == count, f"{len(ours)} of {count}"
        finally:
            over.set()
            for thread in threads:
                thread.join()
        for sock in kept:
            sock.close()
    assert not failures, failures


def files(top):
    """What of a tree can be read without waiting for anything."""
    for directory, below, names in os.walk(top):
        # files of these do things when they are read
        below[:] = [name for name in below if name not in ("debug", "tracing")]
        for name in names:
            try:
                file = os.open(os.path.join(directory, name),
                               os.O_RDONLY | os.O_NONBLOCK)
            except OSError:
                continue
            try:
                yield os.read(file, 1 << 20)
            except OSError:
                pass
            finally:
                os.close(file)


def test_key_bytes():
    """no key in proc, sysfs, the log, or the core of a program that uses one"""
    key = key_number(f"{CERTS}/default.key")
    assert len(key) > 24
    client = f"""
import os, socket
sock = socket.create_connection(("{lab.B}", 7065))
sock.sendall(b"{lab.SECRET.decode()}")
assert sock.recv(1000)
os.abort()
"""
    pattern = "/proc/sys/kernel/core_pattern"
    if os.path.exists(pattern):
        with open(pattern, "w", encoding="ascii") as where:
            where.write("/run/core")
    policy(a=[OUT], b=[IN])
    with Server(7065), connect(7065) as sock:
        talk(sock)
        with ns("a"):
            # a core is what limits say it is, and whole
            done = subprocess.run(
                ["sh", "-c", 'ulimit -c unlimited; exec python3 -c "$1"', "sh",
                 client], capture_output=True, check=False)
            assert done.returncode == -signal.SIGABRT, done
            seen = [*files("/proc/thread-self/net"), *files("/sys")]
        if os.path.exists(pattern):
            with open("/run/core", "rb") as core:
                seen.append(core.read())
            assert lab.SECRET in seen[-1], "no core to be looked at"
        else:
            print("# this kernel dumps no core")
        seen.append(subprocess.run(["dmesg"], capture_output=True,
                                   check=True).stdout)
        assert any(b'"connections"' in one for one in seen)
        assert sum(map(len, seen)) > 1 << 16
        for one in seen:
            assert key not in one and key.hex().encode() not in one.lower()
