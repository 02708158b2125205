# SPDX-License-Identifier: GPL-2.0-only
"""riptidesd run: files that change, kills, clocks, storms, and what it remembers.

Run by riptidesd_test.py.
"""

import json
import os
import signal
import time

import nl
from netlink_certs import Authority, key_number, openssl
from riptidesd_fixture import (HOUR, PATIENCE, SPOKEN, TD, TOOL, Daemon, Pair, config,
                               identity, jump, leaf_of, memory, missed, rule, run, secret,
                               spiffe, tell, write)


def test_daemon():
    write("conf/a.yaml", config(rules=[rule("a")]))
    with Daemon("conf") as daemon:
        daemon.ready()
        assert identity("web")["state"] == "valid"
        other = run("run", "--config", "conf", status=1)
        assert "another riptidesd runs in this network namespace" in other.err
        # A file more, a file changed, one that is wrong, and none of them
        write("conf/b.yaml", json.dumps({"rules": [rule("b")]}))
        daemon.ready()
        assert [one["name"] for one in tell("rule")] == ["a", "b"]
        write("conf/b.yaml", json.dumps({"rules": [rule("c")]}))
        daemon.ready()
        write("conf/b.yaml", "rules: [{}]\n")
        daemon.wait(r'^conf/b.yaml:1:9: a rule needs "name"$')
        daemon.wait("what was in force stays so")
        assert [one["name"] for one in tell("rule")] == ["a", "c"]
        os.unlink("conf/b.yaml")
        daemon.ready()
        assert [one["name"] for one in tell("rule")] == ["a"]
        assert daemon.end() == 0
    # What is in force stays so without a daemon, too
    assert [one["name"] for one in tell("rule")] == ["a"]
    write("conf/a.yaml", "x: y")
    daemon = Daemon("conf")
    assert daemon.end(0) == 3


def uncounted():
    """What the kernel has of identities and bundles, but for its counters."""
    return [{key: value for key, value in row.items()
             if key not in ("handshakes", "failures", "tx-bytes", "rx-bytes")}
            for row in nl.identity_list() + nl.bundle_list()]


def test_killed_under_traffic():
    write("conf/a.yaml", config(rules=[rule("a", ports=1)]))
    with Daemon("conf") as daemon:
        daemon.ready()
        before = uncounted(), run("show").out
        pair = Pair()
        assert daemon.end(signal.SIGKILL) == -signal.SIGKILL
        pair.turn()
    with Daemon("conf") as daemon:
        line = daemon.ready()
        assert "(0 changes, 0 certificates)" in line, line
        assert (uncounted(), run("show").out) == before
        pair.turn()


def test_renewal():
    write("conf/a.yaml", config())
    with Daemon("conf") as daemon:
        daemon.ready()
        first = leaf_of("web")
        pair = Pair()
        jump(HOUR * 3 / 5)
        daemon.wait("the clock was set")
        assert leaf_of("web") == first
        jump(HOUR / 10)
        daemon.wait("identity web: new certificate")
        second = leaf_of("web")
        assert second != first
        pair.turn()
        # Killed when it would have been due: the next one makes up for it
        daemon.end(signal.SIGKILL)
    jump(HOUR * 3 / 4)
    with Daemon("conf") as daemon:
        daemon.ready()
        assert leaf_of("web") != second
        third = leaf_of("web")
        # A clock that goes back makes the leaf one of the future
        jump(-HOUR / 2)
        daemon.wait("identity web: new certificate")
        assert leaf_of("web") != third
        Pair().turn()


def test_emptied_kernel():
    write("conf/a.yaml", config(rules=[rule("a")]))
    with Daemon("conf") as daemon:
        daemon.ready()
        # Events tell of an identity that needs a chain
        run("identity", "del", "web")
        run("identity", "add", "web", spiffe("web"))
        daemon.wait("identity web: new certificate")
        run("rule", "del", "a")
        run("identity", "del", "web")
        run("bundle", "del", TD)
        daemon.hang_up()
        daemon.ready()
        assert identity("web")["state"] == "valid"
        assert [one["name"] for one in tell("rule")] == ["a"]


def test_lost_events():
    write("conf/a.yaml", config())
    with Daemon("conf") as daemon:
        daemon.ready()
        daemon.kick(signal.SIGSTOP)
        family = nl.Family()
        while not missed():
            family.call("identity-del", [("name", "web")])
            family.call("identity-new", [("name", "web"),
                                         ("spiffe-id", spiffe("web"))])
        daemon.kick(signal.SIGCONT)
        daemon.wait("events were lost; looking at everything")
        # Those that were not lost may have told of the last one before
        end = time.monotonic() + PATIENCE
        while identity("web")["state"] != "valid":
            assert time.monotonic() < end, "it has no certificate"
            time.sleep(0.01)


def test_many():
    # a sanitizer makes each take longer
    count = 300 if "asan" in TOOL else 1000
    names = [f"service-{number}" for number in range(count)]
    write("c.yaml", config(identities=names, rules=[
        rule(name, identity=name, ports=[1000 + number])
        for number, name in enumerate(names)]))
    with Daemon("c.yaml") as daemon:
        line = daemon.ready()
        assert f"{count} identities, {count} rules" in line, line
        assert all(row["state"] == "valid" for row in nl.identity_list())
        # All of them are due at once
        jump(HOUR * 2 / 3 + 60)
        for _ in range(count):
            daemon.wait("new certificate")
    jump(-HOUR * 2 / 3 - 60)


def test_no_secret_stays_in_memory():
    if "asan" in os.path.basename(TOOL):
        return			# what is freed, it keeps
    ca = Authority("ca")
    leaf = ca.issue(spiffe("in"))
    text = json.loads(config(identities=["web", "in"]))
    text["identities"]["in"].update({"key-file": leaf.key,
                                     "chain-file": leaf.path})
    write("conf/a.yaml", json.dumps(text))
    with Daemon("conf") as daemon:
        daemon.ready()
        spans = list(memory(daemon.process.pid))
        assert any(spiffe("web").encode() in span for span in spans)
        for number in (key_number("ca/root.key"), key_number(leaf.key)):
            for form in (number, number[::-1], number[:16], number[::-1][:16]):
                assert not any(form in span for span in spans), "a key stays"


def test_no_secret_is_told():
    write("conf/a.yaml", config(rules=[rule("a")]))
    with Daemon("conf") as daemon:
        daemon.ready()
        for words in (("show",), ("identity",), ("bundle",), ("rule",),
                      ("csr", "web"), ("identity", "get", "web"),
                      ("--config", "conf", "ca", "show", TD)):
            run(*words)
            if words[0] != "--config":
                tell(*words)
        jump(HOUR * 2 / 3 + 10)
        daemon.wait("new certificate")
    secret(key_number("ca/root.key"))
    text = "".join(SPOKEN)
    assert "PRIVATE KEY" not in text
    der = openssl("pkey", "-in", "ca/root.key", "-outform", "DER", binary=True)
    secret(der[36:68])
