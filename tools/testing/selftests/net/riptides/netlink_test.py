#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What the generic netlink family riptides does and what it refuses.

Started by netlink.sh inside the lab, as root: it sets the clock.
"""

import contextlib
import errno
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import traceback

import netlink_identity_test
import nl
from netlink_certs import Authority
from netlink_fixture import (CLONE_NEWNET, CLONE_NEWUSER, NL, TD, TREE, WEB, Skip,
                             child, fail_nth, in_netns, main, partial_dump,
                             refused_everything, refuses, send, tests_of, unshare)


# Settings

def test_settings(_):
    assert nl.settings_get() == {
        "deadline-ms": 10000, "max-handshakes": 4096,
        "max-listener-handshakes": 1024, "egress": 1, "ingress": 1,
        "resumption": 1, "ticket-lifetime": 3600}
    nl.settings_set(deadline_ms=1, max_listener_handshakes=1 << 20)
    nl.settings_set(max_handshakes=7, ingress=0)
    nl.settings_set(resumption=2, ticket_lifetime=604800)
    assert nl.settings_get() == {
        "deadline-ms": 1, "max-handshakes": 7,
        "max-listener-handshakes": 1 << 20, "egress": 1, "ingress": 0,
        "resumption": 2, "ticket-lifetime": 604800}
    refuses(errno.EINVAL, "no setting is given", nl.settings_set)
    for name, value in (("deadline_ms", 0), ("deadline_ms", 600001),
                        ("max_handshakes", 0),
                        ("max_handshakes", (1 << 20) + 1),
                        ("max_listener_handshakes", 0), ("egress", 2),
                        ("resumption", 3), ("ticket_lifetime", 0),
                        ("ticket_lifetime", 604801),
                        ("max_listener_handshakes", 0xffffffff)):
        refuses(errno.ERANGE, "integer out of range",
                nl.settings_set, **{name: value})
    assert nl.settings_get()["deadline-ms"] == 1


# Bundles

def test_bundle_life(ca):
    other = Authority("other")
    assert nl.bundle_list() == []
    nl.bundle_new(TD, ca.pem, revoke=["01:02", "0abc@" + ca.pem,
                                      "ff@" + ca.pem])
    first = nl.bundle_get(TD)
    assert (first["certificates"], first["revocations"]) == (1, 3)
    listed = nl.anchor_list()
    assert [one["certificate"] for one in listed] == [[ca.der]]
    name = nl.subject(ca.der)
    assert [one["revocation"] for one in nl.revocation_list(TD)] == [
        [{"serial": [b"\1\2"]}],
        [{"issuer": name, "serial": [b"\x0a\xbc"]}],
        [{"issuer": name, "serial": [b"\xff"]}]]

    nl.bundle_new("b.example", other.pem)
    nl.bundle_set(TD, ca.pem, other.pem)
    second = nl.bundle_get(TD)
    assert second["generation"] > first["generation"]
    assert (second["certificates"], second["revocations"]) == (2, 0)
    # What is replaced keeps its place.
    assert [one["trust-domain"] for one in nl.bundle_list()] == [
        TD, "b.example"]
    assert [one["certificate"] for one in nl.anchor_list(TD)] == [
        [ca.der], [other.der]]
    assert len(nl.anchor_list()) == 3
    assert nl.anchor_list("c.example") == nl.revocation_list() == []

    nl.bundle_del(TD)
    refuses(errno.ENOENT, "the trust domain has no bundle", nl.bundle_get, TD)
    nl.bundle_new(TD, ca.pem)
    third = nl.bundle_get(TD)
    assert third["generation"] > second["generation"]


def test_bundle_refusals(ca):
    leaf = ca.issue(WEB)
    weak = Authority("weak", "rsa:1024")
    cert = ("certificate", ca.der)
    domain = ("trust-domain", TD)
    name = nl.subject(ca.der)
    nl.bundle_new("taken.example", ca.pem)
    for command in ("bundle-new", "bundle-set"):
        for number, text, *values in (
                (errno.EINVAL, "trust domain is missing", cert),
                (errno.EINVAL, "a bundle needs at least one certificate",
                 domain),
                (errno.EINVAL,
                 "trust domain is not 1 to 255 of a-z 0-9 . - _",
                 ("trust-domain", "Example.org"), cert),
                (errno.EINVAL,
                 "trust domain is not 1 to 255 of a-z 0-9 . - _",
                 ("trust-domain", ""), cert),
                (errno.EINVAL, "certificate 2 is certificate 1 again",
                 domain, cert, cert),
                (errno.EBADMSG, "certificate 1 is not in strict DER",
                 domain, ("certificate", b"")),
                (errno.EBADMSG, "certificate 2 is not in strict DER",
                 domain, cert, ("certificate", ca.der + b"\0")),
                (errno.EINVAL, "certificate 1 is not a CA certificate",
                 domain, ("certificate", leaf.chain[0])),
                (errno.EKEYREJECTED, "certificate 1 has a weak or invalid key",
                 domain, ("certificate", weak.der)),
                (errno.EINVAL, "a revocation needs a serial number",
                 domain, cert, ("revocation", [])),
                (errno.EINVAL, "a revocation needs a serial number",
                 domain, cert, ("revocation", [("issuer", name)])),
                (errno.EINVAL, "a serial number has 1 to 21 octets",
                 domain, cert, ("revocation", [("serial", b"")])),
                (errno.EBADMSG, "issuer is not a name in strict DER",
                 domain, cert, ("revocation", [("serial", b"\1"),
                                               ("issuer", name + b"\0")])),
                (errno.EBADMSG, "issuer is not a name in strict DER",
                 domain, cert, ("revocation", [("issuer", b"\x30\0"),
                                               ("serial", b"\1")])),
                (errno.E2BIG, "a bundle takes at most 64 certificates",
                 domain, *[cert] * 65),
                (errno.E2BIG, "a bundle takes at most 4096 revocations",
                 domain, cert,
                 ("revocation", [("serial", b"\1")] * 4097))):
            refuses(number, text, send, command, *values)
    refuses(errno.EEXIST, "the trust domain has a bundle",
            nl.bundle_new, "taken.example", ca.pem)
    refuses(errno.ENOENT, "the trust domain has no bundle",
            nl.bundle_set, TD, ca.pem)
    refuses(errno.ENOENT, "the trust domain has no bundle", nl.bundle_del, TD)
    for command in ("bundle-del", "bundle-get"):
        refuses(errno.EINVAL, "trust domain is missing", send, command)
    assert [one["trust-domain"] for one in nl.bundle_list()] == [
        "taken.example"]


def test_bundle_limits(ca):
    family = nl.Family()
    many = [Authority(f"ca{n}", ca=ca) for n in range(64)]
    family.call("bundle-new", [("trust-domain", "most")] + [
        ("certificate", one.der) for one in many] + [
        ("revocation", [("serial", n.to_bytes(20, "big"))
                        for n in range(k, k + 1024)])
        for k in range(0, 4096, 1024)])
    assert [one["certificate"][0] for one in nl.anchor_list()] == [
        one.der for one in many]
    assert [one["revocation"][0]["serial"][0] for one in
            nl.revocation_list()] == [n.to_bytes(20, "big")
                                      for n in range(4096)]
    for n in range(1023):
        family.call("bundle-new", [("trust-domain", f"td{n}"),
                                   ("certificate", ca.der)])
    refuses(errno.ENOSPC, "a network namespace takes at most 1024 bundles",
            nl.bundle_new, TD, ca.pem)
    assert [one["trust-domain"] for one in nl.bundle_list()] == [
        "most"] + [f"td{n}" for n in range(1023)]
    nl.bundle_del("td500")
    nl.bundle_new(TD, ca.pem)
    assert nl.bundle_list()[-1]["trust-domain"] == TD


# Dumps

def test_dump_changes(ca):
    family = nl.Family()
    for n in range(600):
        family.call("bundle-new", [("trust-domain", f"td{n}"),
                                   ("certificate", ca.der)])
        family.call("identity-new", [("name", f"id{n}"), ("spiffe-id", WEB)])
    assert len(partial_dump("bundle-get", lambda: None)) < 600
    assert len(partial_dump("identity-get", lambda: None)) < 600
    for command, change in (
            ("bundle-get", lambda: nl.bundle_del("td599")),
            ("anchor-get", lambda: nl.bundle_set("td0", ca.pem)),
            ("identity-get", lambda: nl.csr("id0")),
            ("identity-get", lambda: nl.identity_del("id599"))):
        try:
            partial_dump(command, change)
        except nl.Inconsistent:
            continue
        raise AssertionError(f"{command} did not tell that it changed")
    # Of another kind: no matter.
    partial_dump("bundle-get", lambda: nl.identity_del("id1"))


# Privilege and namespaces

def test_unprivileged(ca):
    nl.bundle_new(TD, ca.pem)
    nl.Family().subscribe("events")

    def user():
        os.setgroups([])
        os.setresgid(1000, 1000, 1000)
        os.setresuid(1000, 1000, 1000)
        refused_everything()
        # All powers over a user namespace that does not own the network.
        unshare(CLONE_NEWUSER)
        refused_everything()
        # With a network of its own, it may do as it likes there.
        unshare(CLONE_NEWNET)
        nl.Family().subscribe("events")
        assert nl.bundle_list() == []
        nl.settings_set(deadline_ms=5)
        nl.identity_new("mine", spiffe_id=WEB)
        assert len(nl.csr("mine")) > 100

    os.chmod(ca.directory, 0o755)
    child(user)
    assert nl.settings_get()["deadline-ms"] == 10000
    assert nl.identity_list() == []
    assert len(nl.bundle_list()) == 1


def test_isolation(ca):
    other = Authority("other")
    leaf, its = ca.issue(WEB), other.issue(WEB)
    nl.bundle_new(TD, ca.pem)
    nl.identity_new("web", key=leaf.key, chain=leaf.path)

    def inside():
        assert nl.bundle_list() == nl.identity_list() == nl.anchor_list() == []
        refuses(errno.ENOENT, "there is no identity of that name",
                nl.identity_get, "web")
        nl.bundle_new(TD, other.pem)
        nl.identity_new("web", key=its.key, chain=its.path)
        nl.settings_set(deadline_ms=77)
        assert nl.identity_get("web")["certificate"] == its.chain
        assert nl.anchor_list()[0]["certificate"] == [other.der]

    # It ends with all that is in it.
    in_netns(inside)
    assert nl.identity_get("web")["certificate"] == leaf.chain
    assert nl.anchor_list()[0]["certificate"] == [ca.der]
    assert nl.settings_get()["deadline-ms"] == 10000


# Messages that no honest program sends

def raw_talk(command, payload):
    return nl.Family().talk(nl.CMD[command], payload)


def test_malformed(ca):
    cert = nl.attribute(3, ca.der)
    domain = nl.attribute(1, TD.encode() + b"\0")
    for number, text, command, payload in (
            (errno.EINVAL, "Unknown attribute type", "bundle-new",
             domain + cert + nl.attribute(9, b"")),
            (errno.EINVAL, "Unknown attribute type", "identity-get",
             nl.attribute(5, b"x")),
            (errno.EINVAL, "Attribute failed policy validation", "bundle-del",
             nl.attribute(1, b"no-nul")),
            (errno.EINVAL, "Attribute failed policy validation", "bundle-del",
             nl.attribute(1, b"a" * 256 + b"\0")),
            (errno.EINVAL, "Attribute failed policy validation",
             "identity-get", nl.attribute(1, b"a" * 64 + b"\0")),
            (errno.ERANGE, "binary attribute size out of range",
             "identity-new", nl.attribute(5, bytes(4097))),
            (errno.ERANGE, "binary attribute size out of range", "bundle-new",
             domain + nl.attribute(3, bytes(8193))),
            (errno.ERANGE, "binary attribute size out of range", "bundle-new",
             domain + cert + nl.attribute(4 | nl.NLA_F_NESTED, nl.attribute(
                 2, bytes(22)))),
            (errno.EINVAL, "NLA_F_NESTED is missing", "bundle-new",
             domain + cert + nl.attribute(4, nl.attribute(2, b"\1"))),
            (errno.EINVAL, "Unknown attribute type", "bundle-new",
             domain + cert + nl.attribute(4 | nl.NLA_F_NESTED, nl.attribute(
                 3, b"\1")))):
        refuses(number, text, raw_talk, command, payload)
    assert nl.bundle_list() == []


def test_mutations(ca):
    """Requests with a few bytes changed: any answer, and the kernel lives."""
    dice = random.Random(1)
    leaf = ca.issue(WEB)
    samples = [
        ("bundle-new", nl.contents(TD, [ca.pem], ["01@" + ca.pem, "0203"])),
        ("bundle-set", nl.contents(TD, [ca.pem], ["ff"])),
        ("identity-new", [("name", "web")] + nl.private_key(leaf.key) +
         [("certificate", leaf.chain[0])]),
        ("identity-new", [("name", "web"), ("spiffe-id", WEB),
                          ("dns-name", "a.test"), ("dns-name", "b.test")]),
        ("cert-set", [("name", "web")] + nl.private_key(leaf.key) +
         [("certificate", leaf.chain[0])]),
        ("csr-get", [("name", "web")]),
        ("identity-del", [("name", "web")]),
        ("bundle-del", [("trust-domain", TD)])]
    family = nl.Family()
    answers = set()
    for _ in range(1500):
        command, values = dice.choice(samples)
        payload = bytearray(nl.encode(nl.SPACE[command], values))
        for _ in range(dice.choice((0, 1, 1, 2, 8))):
            payload[dice.randrange(len(payload))] = dice.choice(
                (0, 1, 0x7f, 0x80, 0xff, dice.randrange(256)))
        if not dice.randrange(8):
            del payload[dice.randrange(len(payload)):]
        try:
            family.talk(nl.CMD[command], bytes(payload))
            answers.add(0)
        except nl.Refused as refused:
            answers.add(refused.errno)
    # They came to different ends, so it was not all refused at the door.
    assert {0, errno.EINVAL, errno.EBADMSG, errno.EEXIST} <= answers, answers


def test_no_memory(ca):
    """Each allocation of each command fails once: all of it is done or none."""
    knob = "/sys/kernel/debug/failslab/ignore-gfp-wait"
    if not os.path.exists(knob):
        raise Skip("no fault injection in this kernel")
    with open(knob, "w", encoding="ascii") as file:
        file.write("N")
    leaf = ca.issue(WEB, dns=["web.test"])
    inter = Authority("inter", ca=ca)
    key = nl.private_key(leaf.key)[0]
    certs = [("certificate", der) for der in leaf.chain]
    contents = nl.contents(TD, [ca.pem, inter.pem], ["01@" + ca.pem, "0203"])
    name = [("name", "web")]
    file = os.open("/proc/self/fail-nth", os.O_RDWR)

    def clean():
        for function, one in ((nl.bundle_del, TD), (nl.identity_del, "web")):
            with contextlib.suppress(nl.Refused):
                function(one)

    def imported():
        nl.identity_new("web", key=leaf.key, chain=leaf.path)

    def everything():
        told = nl.bundle_list() + nl.anchor_list() + nl.revocation_list() + \
            nl.identity_list() + [nl.settings_get()]
        for one in told:
            one.pop("generation", None)
        return told

    tried = {}
    for setup, command, values in (
            (None, "bundle-new", contents),
            (lambda: nl.bundle_new(TD, inter.pem), "bundle-set", contents),
            (lambda: nl.bundle_new(TD, ca.pem), "bundle-get", contents[:1]),
            (lambda: nl.bundle_new(TD, ca.pem), "bundle-del", contents[:1]),
            (None, "identity-new", name + [key] + certs),
            (None, "identity-new", name + [("spiffe-id", WEB)]),
            (imported, "csr-get", name),
            (imported, "cert-set", name + [key] + certs),
            (imported, "identity-get", name),
            (imported, "identity-del", name),
            (None, "settings-get", []),
            (None, "settings-set", [("deadline-ms", 5)])):
        number = 0
        while True:
            clean()
            nl.settings_set(deadline_ms=10000)
            if setup:
                setup()
            if not number:
                before = everything()
                send(command, *values)
                after = everything()
            elif not fail_nth(file, number, nl.Family(), command, values):
                break
            else:
                # Done, and perhaps only the answer was lost; or not done.
                assert everything() in (before, after), (
                    command, number, before, after, everything())
            number += 1
        tried[command] = max(number - 1, tried.get(command, 0))
    os.close(file)
    print("# allocations that failed: " + " ".join(
        f"{command} {n}" for command, n in tried.items()), flush=True)
    assert all(n > 2 for n in tried.values()), tried


def test_churn(ca):
    """Several tasks change and tell the same things at once."""
    leaves = [ca.issue(WEB) for _ in range(2)]
    faults = []

    def guarded(function):
        def body():
            try:
                for n in range(100):
                    function(n)
            except Exception:
                faults.append(traceback.format_exc())
        return threading.Thread(target=body)

    def either(*functions):
        """Do them; that another task was faster is no fault."""
        for function, *args in functions:
            try:
                function(*args)
            except nl.Refused as refused:
                assert refused.errno in (errno.EEXIST, errno.ENOENT,
                                         errno.ENOKEY), refused
            except nl.Inconsistent:
                pass

    def change(n):
        leaf = leaves[n % 2]
        either((nl.identity_new, "web", leaf.key, leaf.path),
               (nl.bundle_new, TD, ca.pem), (nl.csr, "web"),
               (nl.cert_set, "web", leaf.path, leaf.key),
               (nl.bundle_set, TD, ca.pem))
        if not n % 3:
            either((nl.identity_del, "web"), (nl.bundle_del, TD))

    def look(_):
        either((nl.identity_get, "web"), (nl.identity_list,),
               (nl.bundle_get, TD), (nl.anchor_list,))

    threads = [guarded(change), guarded(change), guarded(look), guarded(look)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults, faults[0]


# Programs

def test_command_line(ca):
    def run(*words):
        return subprocess.run([sys.executable, NL, *words], text=True,
                              capture_output=True, check=False)
    leaf = ca.issue(WEB)
    for words in (("bundle-new", TD, ca.pem, "--revoke", "0102"),
                  ("bundle-set", TD, ca.pem),
                  ("identity-new", "a", "--key", leaf.key, "--chain",
                   leaf.path),
                  ("identity-new", "b", "--spiffe-id", WEB, "--dns", "a.test"),
                  ("set", "--deadline-ms", "9")):
        done = run(*words)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), done
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(ca.sign(run("csr", "b").stdout).pem)
        file.flush()
        assert run("cert-set", "b", file.name).returncode == 0
    rows = [json.loads(line) for line in
            run("identity-list").stdout.splitlines()]
    assert [(row["name"], row["state"]) for row in rows] == [
        ("a", "valid"), ("b", "valid")]
    assert json.loads(run("get").stdout)["deadline-ms"] == 9
    assert run("identity-del", "a").returncode == 0
    done = run("identity-del", "a")
    assert (done.returncode, done.stdout, done.stderr) == (
        1, "", "nl.py: ENOENT: there is no identity of that name\n")


def test_ynl(ca):
    """The kernel's own program, from the specification alone."""
    cli = os.path.join(TREE, "tools/net/ynl/pyynl/cli.py")
    spec = os.path.join(TREE, "Documentation/netlink/specs/riptides.yaml")
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

    run("--do", "bundle-new", "--json", json.dumps(
        {"trust-domain": TD, "certificate": [ca.der.hex()],
         "revocation": [{"serial": ["0102"]}]}))
    run("--do", "identity-new", "--json", json.dumps(
        {"name": "web", "spiffe-id": WEB, "dns-name": ["a.test"]}))
    rows = run("--dump", "identity-get")
    assert [(row["name"], row["state"], row["dns-name"]) for row in rows] == [
        ("web", "needs-csr", ["a.test"])]
    assert run("--dump", "bundle-get")[0]["certificates"] == 1
    assert run("--dump", "anchor-get")[0]["certificate"] == [ca.der.hex()]
    row, = run("--dump", "revocation-get")
    assert row["revocation"] == [{"serial": ["0102"]}], row
    name = ("--json", json.dumps({"name": "web"}))
    csr = bytes.fromhex(run("--do", "csr-get", *name)["csr"])
    chain = ca.sign(nl.to_pem(csr, "CERTIFICATE REQUEST")).chain
    run("--do", "cert-set", "--json", json.dumps(
        {"name": "web", "certificate": [der.hex() for der in chain]}))
    row = run("--do", "identity-get", *name)
    assert (row["state"], row["certificate"]) == (
        "valid", [der.hex() for der in chain]), row
    run("--do", "settings-set", "--json", json.dumps(
        {"resumption": "none", "deadline-ms": 5}))
    told = run("--do", "settings-get")
    assert (told["resumption"], told["deadline-ms"]) == ("none", 5), told
    assert run("--dump", "connection-get") == []
    run("--do", "identity-del", *name)
    run("--do", "bundle-del", "--json", json.dumps({"trust-domain": TD}))
    assert nl.identity_list() == nl.bundle_list() == []


if __name__ == "__main__":
    sys.exit(main(tests_of(globals()) + tests_of(vars(netlink_identity_test))))
