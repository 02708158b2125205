#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Rules, policy and events of riptides: what they do and what is refused.

Started by rules.sh inside the lab, as root; --full for all counts.
"""

import contextlib
import errno
import json
import os
import random
import socket
import subprocess
import sys
import threading

import netlink_fixture
import nl
from netlink_fixture import (CLONE_NEWNET, CLONE_NEWUSER, WEB, Skip, child, clock,
                             fail_nth, in_netns, refuses, unshare)

FULL = "--full" in sys.argv
NETLINK_NO_ENOBUFS = 5
PEERS = ("spiffe://example.org/db", "spiffe://example.org/api/",
         "spiffe://other.test")


def staged(count, family):
    for n in range(count):
        nl.rule_new(f"r{n}", "egress", "deny", staged=True, family=family,
                    where=[f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}"])


def names():
    return [one["name"] for one in nl.rule_list()]


# What is told is what was given

def test_round_trip(_):
    nl.rule_new("all", "egress", "mutual", 7, "web",
                where=["10.0.0.0/8", "2001:db8::/32", "::/0", "0.0.0.0/0"],
                port=["443", "8000-8999"],
                who=["path=/usr/bin/curl,path=/usr/bin/wget,uid=1000",
                     "verity=" + "ab" * 32 + ",comm=curl,cmdline=curl -s,gid=5,"
                     "cgroup=/system.slice"],
                peer=PEERS, alpn=["h2", "http/1.1"], server_name="db.test",
                confirm=True, allow_truncation=True, pq="off",
                max_session_age=1209600, kill_on_revoke=True)
    told = nl.rule_get("all")
    generation = told.pop("generation")
    assert generation == nl.policy_get()["generation"]
    assert told == {
        "name": "all", "priority": 7, "direction": "egress", "mode": "mutual",
        "identity": "web", "server-name": "db.test", "confirm": True,
        "allow-truncation": True, "peer": list(PEERS), "pq": "off",
        "max-session-age": 1209600, "kill-on-revoke": True,
        "alpn": [b"h2", b"http/1.1"],
        "selector": [
            {"path": ["/usr/bin/curl", "/usr/bin/wget"], "uid": [1000]},
            {"verity": [b"\xab" * 32], "comm": ["curl"],
             "cmdline": ["curl -s"], "gid": [5], "cgroup": ["/system.slice"]}],
        "prefix": [
            {"address": nl.packed("10.0.0.0"), "length": 8},
            {"address": nl.packed("2001:db8::"), "length": 32},
            {"address": nl.packed("::"), "length": 0},
            {"address": nl.packed("0.0.0.0"), "length": 0}],
        "ports": [{"first": 443, "last": 443}, {"first": 8000, "last": 8999}],
        "handshakes": 0, "failures": 0, "tx-bytes": 0, "rx-bytes": 0}, told
    nl.rule_new("in", "ingress", "permissive", identity="web", attest="accept")
    told = nl.rule_get("in")
    assert (told["attest"], told["wait-ms"]) == ("accept", 300)
    nl.rule_new("bare", "egress", "plaintext")
    assert sorted(nl.rule_get("bare")) == [
        "direction", "failures", "generation", "handshakes", "mode", "name",
        "priority", "rx-bytes", "tx-bytes"]
    assert names() == ["all", "in", "bare"]


def test_life(_):
    first = nl.policy_get()
    assert first == {"generation": first["generation"], "rules": 0, "staged": 0}
    nl.rule_new("a", "egress", "deny")
    nl.rule_new("b", "egress", "deny")
    assert nl.policy_get()["rules"] == 2
    assert nl.rule_get("b")["generation"] > nl.rule_get("a")["generation"]
    nl.rule_del("a")
    assert names() == ["b"]
    refuses(errno.ENOENT, "there is no rule of that name", nl.rule_del, "a")
    refuses(errno.ENOENT, "there is no rule of that name", nl.rule_get, "a")
    nl.rule_new("a", "egress", "deny")
    assert names() == ["b", "a"]
    refuses(errno.EEXIST, "there is a rule of that name",
            nl.rule_new, "a", "ingress", "deny")
    generation = nl.policy_get()["generation"]
    assert generation > first["generation"]


def test_commit(_):
    nl.rule_new("kept", "egress", "deny", where=["10.0.0.1"])
    nl.rule_new("changed", "egress", "deny")
    nl.rule_new("gone", "egress", "deny")
    before = nl.rule_get("kept")
    family, other = nl.Family(), nl.Family()
    nl.rule_new("changed", "egress", "deny", 1, staged=True, family=family)
    nl.rule_new("kept", "egress", "deny", where=["10.0.0.1"], staged=True,
                family=family)
    refuses(errno.EEXIST, "there is a rule of that name", nl.rule_new, "kept",
            "egress", "deny", staged=True, family=family)
    # Nobody sees it, and another socket stages for itself.
    assert names() == ["kept", "changed", "gone"]
    nl.rule_new("kept", "egress", "plaintext", staged=True, family=other)
    assert nl.policy_get(family)["staged"] == 2
    assert nl.policy_get(other)["staged"] == 1
    done = nl.policy_commit(family)
    assert (done["rules"], done["staged"]) == (2, 0)
    assert names() == ["changed", "kept"]
    assert nl.rule_get("kept") == before
    assert nl.rule_get("changed")["generation"] == done["generation"]
    assert nl.policy_discard(other)["staged"] == 0
    # What nobody committed is gone with its socket.
    nl.rule_new("late", "egress", "deny", staged=True, family=other)
    other.socket.close()
    assert names() == ["changed", "kept"]
    # With nothing staged, no rules.
    assert nl.policy_commit(family)["rules"] == 0
    assert names() == []


def test_commit_at_once(_):
    """Tasks that share a socket stage, discard and commit at once."""
    family = nl.Family()

    def message(command, values=()):
        return family.message(nl.CMD[command],
                              nl.encode(nl.SPACE[command], values), 0)

    def stage(task, then):
        """They need no answer, and have all that they say ready."""
        todo = []
        for n in range(500):
            todo.append(message("rule-new", nl.rule(
                f"{task}-{n}", "egress", "deny", staged=True)))
            if then and not n % 20:
                todo.append(message(then))
        for one in todo:
            family.socket.send(one)

    def together(*whats):
        tasks = [threading.Thread(target=child, args=(stage, n, what))
                 for n, what in enumerate(whats)]
        for task in tasks:
            task.start()
        for task in tasks:
            task.join()

    together(None, None, None)
    assert nl.policy_get(family)["staged"] == 1500
    assert nl.policy_commit(family)["rules"] == 1500
    assert sorted(names()) == sorted(f"{task}-{n}" for task in range(3)
                                     for n in range(500))
    family = nl.Family()
    # What commits and discards tell, nobody reads.
    family.socket.setsockopt(nl.SOL_NETLINK, NETLINK_NO_ENOBUFS, 1)
    together("policy-discard", "policy-commit", "policy-discard", None)
    family.socket.close()
    family = nl.Family()
    staged(3, family)
    assert nl.policy_commit(family)["rules"] == 3
    assert names() == ["r0", "r1", "r2"]


def test_refusals(_):
    new = nl.rule_new
    bad_name = "a name is 1 to 63 printable ASCII characters, no spaces"
    bad_prefix = "prefix {} is not an IPv4 or IPv6 address with zeroes behind " \
        "the prefix"
    bad_ports = "ports {} are not 1 to 65535, the first one not above the last"
    no_tls = "modes plaintext and deny take nothing that is about TLS"
    bad_path = "a path begins with a slash, ends in none, and has at most 4095 octets"
    bad_cgroup = "a cgroup's path begins with a slash, ends in none, has at " \
        "most 4095 octets"
    weak = "comm and cmdline need an attribute beside them that a task " \
        "cannot choose"
    for text, mode, options in (
            ("mode mutual needs an identity", "mutual", {}),
            ("identity is not 1 to 63 printable ASCII characters, no spaces",
             "mutual", {"identity": "a b"}),
            (no_tls, "deny", {"identity": "web"}),
            (no_tls, "plaintext", {"peer": PEERS}),
            (no_tls, "deny", {"alpn": ["h2"]}),
            (no_tls, "deny", {"server_name": "a.test"}),
            (no_tls, "deny", {"confirm": True}),
            (no_tls, "plaintext", {"allow_truncation": True}),
            (no_tls, "plaintext", {"pq": "off"}),
            (no_tls, "deny", {"max_session_age": 1}),
            (no_tls, "plaintext", {"kill_on_revoke": True}),
            ("mode permissive is for ingress only", "permissive",
             {"identity": "web"}),
            ("only mode permissive waits", "simple", {"wait_ms": 5}),
            ("attest is for ingress only", "simple", {"attest": "listen"}),
            ("server name is not a DNS name", "simple",
             {"server_name": "10.0.0.1"}),
            ("peer 2 is not a SPIFFE ID, a prefix of some, or a trust domain",
             "simple",
             {"peer": [PEERS[0], "https://example.org"]}),
            ("an application protocol has 1 to 255 octets", "simple",
             {"alpn": [""]}),
            ("all application protocols take at most 1024 octets", "simple",
             {"alpn": ["x" * 255] * 5}),
            (bad_prefix.format(1), "deny", {"where": ["10.0.0.1/8"]}),
            (bad_prefix.format(2), "deny",
             {"where": ["10.0.0.0/8", "2001:db8::1/64"]}),
            (bad_prefix.format(1), "deny", {"where": ["10.0.0.0/33"]}),
            (bad_prefix.format(1), "deny", {"where": ["::ffff:10.0.0.0/120"]}),
            (bad_ports.format(1), "deny", {"port": ["0"]}),
            (bad_ports.format(2), "deny", {"port": ["80", "90-80"]}),
            ("a selector needs an attribute", "deny", {"who": [""]}),
            (weak, "deny", {"who": ["comm=curl"]}),
            (weak, "deny", {"who": ["uid=0", "comm=curl,cmdline=curl"]}),
            (bad_path, "deny", {"who": ["path=curl"]}),
            (bad_path, "deny", {"who": ["path=/usr/bin/"]}),
            (bad_path, "deny", {"who": ["path=/"]}),
            (bad_cgroup, "deny", {"who": ["cgroup=a"]}),
            (bad_cgroup, "deny", {"who": ["cgroup=/a/"]}),
            ("a digest of fs-verity has 32 or 64 octets", "deny",
             {"who": ["verity=" + "00" * 48]}),
            ("comm has 1 to 15 characters", "deny", {"who": ["uid=0,comm="]}),
            ("cmdline has 1 to 255 characters", "deny",
             {"who": ["uid=0,cmdline="]}),
            ("4294967295 is no user and no group", "deny",
             {"who": ["uid=4294967295"]})):
        refuses(errno.EINVAL, text, new, "r", "egress", mode, **options)
    for text, mode, options in (
            ("a rule for ingress needs an identity", "simple", {}),
            ("mode permissive needs an identity", "permissive", {}),
            ("mode simple knows no clients: for ingress it takes no peer",
             "simple", {"identity": "web", "peer": PEERS}),
            ("confirm is for egress only", "mutual",
             {"identity": "web", "confirm": True}),
            ("a server name is for egress only", "mutual",
             {"identity": "web", "server_name": "a.test"})):
        refuses(errno.EINVAL, text, new, "r", "ingress", mode, **options)
    for name in ("", "a b", "\t", "\u00e4"):
        refuses(errno.EINVAL, bad_name, new, name, "egress", "deny")
    refuses(errno.EOPNOTSUPP, "mode passthrough is not supported yet",
            new, "r", "egress", "passthrough", identity="web")
    big = "all lists of a rule take at most 15360 octets"
    refuses(errno.E2BIG, big, new, "r", "egress", "deny",
            who=[f"path=/{'x' * 4000}{n}" for n in range(4)])
    refuses(errno.E2BIG, big, new, "r", "egress", "deny",
            port=[str(n) for n in range(1, 2000)])
    refuses(errno.E2BIG, "a rule takes at most 65536 of prefixes x ports x "
            "selectors", new, "r", "egress", "deny",
            where=[f"10.0.0.{n}" for n in range(100)],
            port=[str(n) for n in range(1, 67)],
            who=[",".join(f"uid={n}" for n in range(10))])
    assert names() == []


def test_missing(_):
    full = nl.rule("r", "egress", "deny")
    for name in ("name", "priority", "direction", "mode"):
        refuses(errno.EINVAL, f"{name} is missing", netlink_fixture.send,
                "rule-new", *(one for one in full if one[0] != name))
    for command in ("rule-get", "rule-del"):
        refuses(errno.EINVAL, "name is missing", netlink_fixture.send, command)
    nest = "a prefix needs an address of 4 or 16 octets and a length"
    for text, value in (
            (nest, ("prefix", [("length", 8)])),
            (nest, ("prefix", [("address", b"\x0a\0\0\0")])),
            (nest, ("prefix", [("address", bytes(5)), ("length", 8)])),
            ("ports need a first one", ("ports", [("last", 8)]))):
        refuses(errno.EINVAL, text, netlink_fixture.send, "rule-new", *full, value)
    for name in ("direction", "address", "port"):
        values = [("direction", 0), ("address", bytes(4)), ("port", 80)]
        refuses(errno.EINVAL, f"{name} is missing", netlink_fixture.send, "explain",
                *(one for one in values if one[0] != name))
    refuses(errno.EINVAL, "an address has 4 or 16 octets", netlink_fixture.send,
            "explain", ("direction", 0), ("address", bytes(7)), ("port", 80))
    refuses(errno.ESRCH, "there is no such task", nl.explain, "egress",
            "10.0.0.1", 80, 0x3fffffff)
    for name, value in (("direction", 2), ("mode", 6)):
        refuses(errno.ERANGE, "integer out of range", netlink_fixture.send,
                "rule-new", *(one for one in full if one[0] != name),
                (name, value))


# Precedence, as explain tells it (and KUnit in all detail)

def test_precedence(_):
    def hit(address="10.1.2.3", port=80, direction="egress"):
        return nl.explain(direction, address, port).get("rule")
    assert nl.explain("egress", "10.1.2.3", 80) == {
        "reason": "there are no rules for egress"}
    nl.rule_new("any", "egress", "deny", 5)
    assert hit() == "any"
    nl.rule_new("wide", "egress", "deny", 5, where=["10.0.0.0/8"])
    assert hit() == "wide"
    nl.rule_new("narrow", "egress", "deny", 5, where=["10.1.0.0/16"])
    assert hit() == "narrow"
    nl.rule_new("ports", "egress", "deny", 5, where=["10.1.0.0/16"],
                port=["1-1024"])
    assert hit() == "ports"
    nl.rule_new("port", "egress", "deny", 5, where=["10.1.0.0/16"], port=["80"])
    assert (hit(), hit(port=81)) == ("port", "ports")
    nl.rule_new("uid", "egress", "deny", 5, where=["10.1.0.0/16"], port=["80"],
                who=["uid=0"])
    assert hit() == "uid"
    nl.rule_new("both", "egress", "deny", 5, where=["10.1.0.0/16"],
                port=["80"], who=["uid=0,gid=0"])
    assert hit() == "both"
    nl.rule_new("later", "egress", "deny", 5, where=["10.1.0.0/16"],
                port=["80"], who=["uid=0,gid=0"])
    assert hit() == "both"
    nl.rule_new("first", "egress", "plaintext", 4)
    told = nl.explain("egress", "10.1.2.3", 80)
    assert told == {"rule": "first", "mode": "plaintext", "reason":
                    "egress, priority 4: any address, any port, any task"}
    nl.rule_del("first")
    assert nl.explain("egress", "10.1.2.3", 80)["reason"] == \
        "egress, priority 5: prefix 10.1.0.0/16, port 80, a task with " \
        "uid=0 gid=0"
    assert nl.explain("egress", "10.1.2.3", 1000)["reason"] == \
        "egress, priority 5: prefix 10.1.0.0/16, ports 1-1024, any task"
    assert (hit("2001:db8::1"), hit(direction="ingress")) == ("any", None)
    nl.settings_set(egress=0)
    assert nl.explain("egress", "10.1.2.3", 80) == {
        "reason": "rules for egress are switched off"}
    nl.settings_set(egress=1)
    assert hit() == "both"


# Dumps

def test_dumps(_):
    count = 100000 if FULL else 1000
    family = nl.Family()
    staged(count, family)
    assert nl.policy_commit(family)["rules"] == count
    assert names() == [f"r{n}" for n in range(count)]
    assert nl.explain("egress", "10.0.1.2", 9)["rule"] == "r258"
    netlink_fixture.partial_dump("rule-get", lambda: None)
    for change in (lambda: nl.rule_del("r7"), lambda: nl.rule_new(
            "late", "ingress", "deny"), nl.policy_commit):
        try:
            netlink_fixture.partial_dump("rule-get", change)
        except nl.Inconsistent:
            continue
        raise AssertionError("the dump did not tell that it changed")
    assert names() == []


def test_many_identities(ca):
    """As many as rules, in one dump; those at its ends are what they are."""
    count = 100000 if FULL else 1000
    family = nl.Family()
    for n in range(count):
        family.call("identity-new", [("name", f"id{n}"), ("spiffe-id", WEB)])
    listed = nl.identity_list()
    assert [one["name"] for one in listed] == [f"id{n}" for n in range(count)]
    csr = nl.csr(f"id{count - 1}")
    nl.cert_set(f"id{count - 1}",
                ca.sign(nl.to_pem(csr, "CERTIFICATE REQUEST")).path)
    assert nl.identity_list()[-1]["state"] == "valid"
    nl.identity_del("id0")
    assert len(nl.identity_list()) == count - 1


def test_largest(_):
    """A rule as large as can be is told in one message."""
    nl.rule_new("x" * 63, "egress", "mutual", 0xffffffff, "y" * 63,
                where=[f"2001:db8::{n:x}" for n in range(100)],
                who=[f"path=/{'x' * 4000}"] * 2,
                peer=["spiffe://example.org/" + "z" * 1900],
                server_name=".".join(["a" * 60] * 4))
    one = nl.rule_get("x" * 63)
    assert [one] == nl.rule_list()
    assert len(one["prefix"]) == 100
    refuses(errno.ENOSPC, "a policy takes at most 1048576 of prefixes x ports x "
            "selectors", too_many)


def too_many():
    family = nl.Family()
    for n in range(20):
        nl.rule_new(f"r{n}", "egress", "deny", staged=True, family=family,
                    where=[f"10.0.{n}.{m}" for m in range(250)],
                    port=[str(m) for m in range(1, 27)],
                    who=[",".join(f"uid={m}" for m in range(10))])
    try:
        nl.policy_commit(family)
    finally:
        # A commit that failed leaves all as it was.
        assert nl.policy_get(family)["staged"] == 20
        assert len(nl.rule_list()) == 1


def test_limits(_):
    if not FULL:
        raise Skip("takes a while")
    first, second, third = nl.Family(), nl.Family(), nl.Family()
    staged(131072, first)
    refuses(errno.ENOSPC, "a policy takes at most 131072 rules",
            nl.rule_new, "more", "egress", "deny", staged=True, family=first)
    staged(131072, second)
    refuses(errno.ENOSPC,
            "a network namespace takes at most 262144 staged rules",
            nl.rule_new, "more", "egress", "deny", staged=True, family=third)
    second.socket.close()
    nl.rule_new("more", "egress", "deny", staged=True, family=third)
    assert nl.policy_commit(first)["rules"] == 131072
    refuses(errno.ENOSPC, "a policy takes at most 131072 rules",
            nl.rule_new, "more", "egress", "deny")


# Privilege and namespaces

def test_unprivileged(_):
    nl.rule_new("secret", "egress", "deny")
    pid = os.getpid()

    def user():
        os.setgroups([])
        os.setresgid(1000, 1000, 1000)
        os.setresuid(1000, 1000, 1000)
        netlink_fixture.refused_everything()
        unshare(CLONE_NEWUSER)
        netlink_fixture.refused_everything()
        unshare(CLONE_NEWNET)
        assert nl.rule_list() == []
        nl.rule_new("mine", "egress", "deny")
        assert nl.explain("egress", "10.0.0.1", 1)["rule"] == "mine"
        # It learns nothing of a task that it may not look into.
        refuses(errno.EPERM, "only who may trace a task may ask about it",
                nl.explain, "egress", "10.0.0.1", 1, pid)

    child(user)
    assert names() == ["secret"]


def test_isolation(_):
    nl.rule_new("a", "egress", "deny")

    def inside():
        assert nl.rule_list() == []
        nl.rule_new("a", "egress", "plaintext")
        nl.settings_set(egress=0)
        nl.policy_commit()

    in_netns(inside)
    assert nl.rule_get("a")["mode"] == "deny"
    assert nl.settings_get()["egress"] == 1


# Events

@contextlib.contextmanager
def listening():
    family = nl.Family()
    family.subscribe("events")
    family.socket.settimeout(300)	# or the lab would wait for ever
    yield family
    family.socket.close()


def test_renewal(ca):
    """At two thirds there is a new key, at nine tenths a warning."""
    leaf = ca.issue(WEB)
    with listening() as events:
        nl.identity_new("new", spiffe_id=WEB)
        assert events.event() == ("csr-needed", {
            "name": "new", "state": "needs-csr", "spiffe-id": WEB})
        nl.identity_new("web", key=leaf.key, chain=leaf.path)
        known = nl.identity_get("web")
        begin, end = known["not-before"], known["not-after"]
        offset = begin - int(netlink_fixture.time.time())
        with clock(offset + (end - begin) * 2 // 3 + 5):
            assert events.event() == ("csr-needed", {
                "name": "web", "state": "renewing", "spiffe-id": WEB,
                "not-after": end})
            assert nl.identity_get("web")["state"] == "renewing"
            assert nl.identity_get("web")["certificate"] == leaf.chain
        with clock(offset + (end - begin) * 9 // 10 + 5):
            name, told = events.event()
            assert (name, told["state"]) == ("identity-expiring", "renewing")
        with clock(offset + end - begin + 5):
            name, told = events.event()
            assert (name, told["state"]) == ("identity-expiring", "expired")
        # Late, but better than never; and it begins anew.
        fresh = ca.issue(WEB)
        nl.cert_set("web", fresh.path, fresh.key)
        assert nl.identity_get("web")["state"] == "valid"


def test_renewal_storm(ca):
    """All at once: each is told once, and none is forgotten."""
    count = 1000 if FULL else 100
    leaf = ca.issue(WEB)
    with listening() as events:
        events.socket.setsockopt(socket.SOL_SOCKET, 33, 1 << 24)
        for n in range(count):		# SO_RCVBUFFORCE above
            nl.identity_new(f"id{n}", key=leaf.key, chain=leaf.path)
        known = nl.identity_get("id0")
        begin, end = known["not-before"], known["not-after"]
        offset = begin - int(netlink_fixture.time.time())
        with clock(offset + (end - begin) * 2 // 3 + 5):
            told = [events.event() for _ in range(count)]
            assert {name for name, _ in told} == {"csr-needed"}
            assert {one["name"] for _, one in told} == {
                f"id{n}" for n in range(count)}
            assert {one["state"] for one in nl.identity_list()} == {"renewing"}


def test_overrun(ca):
    """Who does not listen fast enough is told so."""
    with listening() as events, listening() as other:
        events.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        for n in range(200):
            nl.identity_new(f"id{n}", spiffe_id=WEB)
            other.event()
        try:
            for _ in range(200):
                events.event()
        except OSError as error:
            assert error.errno == errno.ENOBUFS, error
        else:
            raise AssertionError("no event was lost")


# Messages that no honest program sends

def test_mutations(_):
    dice = random.Random(2)
    samples = [
        ("rule-new", nl.rule("r", "egress", "mutual", 1, "web", [
            "10.0.0.0/8", "2001:db8::/32"], ["80-90"], [
                "path=/a,uid=5,comm=c,cmdline=c"], PEERS, ["h2"], "a.test")),
        ("rule-new", nl.rule("s", "ingress", "permissive", 1, "web",
                             attest="accept", wait_ms=7, staged=True)),
        ("rule-get", [("name", "r")]), ("rule-del", [("name", "r")]),
        ("explain", [("direction", 0), ("address", bytes(16)), ("port", 80),
                     ("pid", os.getpid())]),
        ("policy-commit", []), ("policy-discard", [])]
    family = nl.Family()
    answers = set()
    for _ in range(3000):
        command, values = dice.choice(samples)
        payload = bytearray(nl.encode(nl.SPACE[command], values))
        for _ in range(dice.choice((0, 1, 1, 2, 8)) if payload else 0):
            payload[dice.randrange(len(payload))] = dice.choice(
                (0, 1, 0x7f, 0x80, 0xff, dice.randrange(256)))
        if payload and not dice.randrange(8):
            del payload[dice.randrange(len(payload)):]
        try:
            family.talk(nl.CMD[command], bytes(payload))
            answers.add(0)
        except nl.Refused as refused:
            answers.add(refused.errno)
    assert {0, errno.EINVAL, errno.EEXIST, errno.ENOENT} <= answers, answers
    nl.rule_list()


def test_no_memory(_):
    """Each allocation of each command fails once: all of it is done or none."""
    knob = "/sys/kernel/debug/failslab/ignore-gfp-wait"
    if not os.path.exists(knob):
        raise Skip("no fault injection in this kernel")
    with open(knob, "w", encoding="ascii") as file:
        file.write("N")
    rule = nl.rule("r", "egress", "mutual", 1, "web", ["10.0.0.0/8"], ["80-90"],
                   ["path=/a,uid=5", "gid=7,cmdline=x"], PEERS, ["h2"])
    name = [("name", "r")]
    file = os.open("/proc/self/fail-nth", os.O_RDWR)
    tried = {}
    for command, values in (
            ("rule-new", rule), ("rule-new", rule + [("staged", b"")]),
            ("rule-get", name), ("rule-del", name), ("policy-get", []),
            ("policy-commit", []), ("policy-discard", []),
            ("explain", [("direction", 0), ("address", bytes(4)),
                         ("port", 80)])):
        number = 1
        while True:
            family = nl.Family()
            nl.policy_commit()
            nl.rule_new("base", "egress", "deny", 9)
            if command in ("rule-get", "rule-del"):
                netlink_fixture.send("rule-new", *rule)
            nl.rule_new("next", "egress", "deny", 9, staged=True, family=family)
            before = names()
            if not fail_nth(file, number, family, command, values):
                break
            number += 1
            # Unless only the answer was lost.
            assert names() in (before, ["base", "r"], ["base"], ["next"], []), \
                (command, number, names())
            nl.explain("egress", "10.0.0.1", 80)
        tried[command] = max(number - 1, tried.get(command, 0))
    os.close(file)
    print("# allocations that failed: " + " ".join(
        f"{command} {n}" for command, n in tried.items()), flush=True)
    assert all(n > 2 for n in tried.values()), tried


# Programs

def test_command_line(_):
    def run(*words, given=""):
        return subprocess.run([sys.executable, netlink_fixture.NL, *words],
                              text=True, input=given, capture_output=True,
                              check=False)
    done = run("rule-new", "a", "egress", "mutual", "--identity", "web",
               "--prefix", "10.0.0.0/8", "--ports", "80-90", "--selector",
               "uid=0", "--peer", PEERS[0], "--alpn", "h2")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), done
    assert json.loads(run("rule-get", "a").stdout)["peer"] == [PEERS[0]]
    told = json.loads(run("explain", "egress", "10.0.0.1", "80").stdout)
    assert told["rule"] == "a"
    done = run("policy-commit", given="b egress deny\nc ingress deny\n")
    assert json.loads(done.stdout)["rules"] == 2, done
    assert run("rule-del", "b").returncode == 0
    done = run("rule-del", "b")
    assert (done.returncode, done.stdout, done.stderr) == (
        1, "", "nl.py: ENOENT: there is no rule of that name\n")


def test_ynl(_):
    """The kernel's own program, from the specification alone."""
    tree = netlink_fixture.TREE
    cli = os.path.join(tree, "tools/net/ynl/pyynl/cli.py")
    spec = os.path.join(tree, "Documentation/netlink/specs/riptides.yaml")
    try:
        import yaml		# noqa: it is what the program needs
    except ImportError as error:
        raise Skip("no python3-yaml") from error
    del yaml

    def run(*words):
        done = subprocess.run([sys.executable, cli, "--spec", spec,
                               "--output-json", *words], text=True,
                              capture_output=True, check=False)
        assert not done.returncode, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    run("--do", "rule-new", "--json", json.dumps(
        {"name": "a", "priority": 3, "direction": "egress", "mode": "deny",
         "prefix": [{"address": "0a000000", "length": 8}],
         "ports": [{"first": 80}], "selector": [{"uid": [0, 5]}]}))
    row = run("--dump", "rule-get")[0]
    assert (row["name"], row["mode"], row["selector"]) == (
        "a", "deny", [{"uid": [0, 5]}]), row
    told = run("--do", "explain", "--json", json.dumps(
        {"direction": "egress", "address": "0a000001", "port": 80}))
    assert told["rule"] == "a", told
    assert run("--do", "policy-commit", "--json", "{}")["rules"] == 0


if __name__ == "__main__":
    import attest_test
    if FULL:
        sys.argv.remove("--full")
    here = netlink_fixture.tests_of(globals())
    sys.exit(netlink_fixture.main(here + netlink_fixture.tests_of(vars(attest_test))))
