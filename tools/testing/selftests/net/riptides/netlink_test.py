#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What the generic netlink family riptides does and what it refuses.

Started by netlink.sh inside the lab, as root: it sets the clock.
"""

import contextlib
import ctypes
import errno
import json
import os
import random
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback

import nl
from netlink_certs import Authority, DAY, at, key_number, new_key, openssl, spiffe

NL = os.path.join(os.path.dirname(os.path.realpath(__file__)), "nl.py")
LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET, CLONE_NEWUSER = 0x40000000, 0x10000000
TD = "example.org"
WEB = f"spiffe://{TD}/web"


class Skip(Exception):
    """A test that cannot run here."""


def refuses(number, text, function, *args, **kwargs):
    """The kernel says no, with this errno and this sentence."""
    try:
        function(*args, **kwargs)
    except nl.Refused as refused:
        got = errno.errorcode.get(refused.errno), refused.text
        want = errno.errorcode[number], text
        assert got == want, f"{got} instead of {want}"
    else:
        raise AssertionError(f"taken, instead of: {text}")


def send(command, *values):
    return nl.Family().call(command, values)


def child(function, *args):
    """Run it in a process of its own; what goes wrong there is told here."""
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        status = 1
        try:
            function(*args)
            status = 0
        except BaseException:		# anything: it must not get out
            os.write(writer, traceback.format_exc().encode())
        os._exit(status)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    _, status = os.waitpid(pid, 0)
    assert not status, text or f"status {status}"


def unshare(flags):
    if LIBC.unshare(flags):		# os.unshare() is of Python 3.12
        raise OSError(ctypes.get_errno(), "unshare")


def in_netns(function, *args):
    """Run it in a network namespace that ends with it."""
    def inside():
        unshare(CLONE_NEWNET)
        function(*args)
    child(inside)


@contextlib.contextmanager
def clock(offset):
    """The wall clock jumps, and comes back."""
    time.clock_settime(time.CLOCK_REALTIME, time.time() + offset)
    try:
        yield
    finally:
        time.clock_settime(time.CLOCK_REALTIME, time.time() - offset)


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

def partial_dump(command, change):
    """The rest of a dump, with a change after its first piece."""
    family = nl.Family(size=8192)
    family.send(nl.CMD[command], b"", nl.NLM_F_DUMP)
    first = family.socket.recv(8192)
    assert struct.unpack_from("=IH", first)[1] == family.id
    change()
    return family.receive(True)


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


# Identities

def public_key(pem_text, *command):
    return openssl(*command, "-noout", "-pubkey", stdin=pem_text)


def request(name):
    """A certification request, in PEM, and its public key."""
    pem = nl.to_pem(nl.csr(name), "CERTIFICATE REQUEST")
    return pem, public_key(pem, "req")


def test_identity_generate(ca):
    nl.identity_new("web", spiffe_id=WEB, dns=["web.example.org", "*.b.test"])
    assert nl.identity_get("web") == {
        "name": "web", "spiffe-id": WEB, "state": "needs-csr",
        "dns-name": ["web.example.org", "*.b.test"], "handshakes": 0,
        "failures": 0, "tx-bytes": 0, "rx-bytes": 0}
    csr, public = request("web")
    text = openssl("req", "-verify", "-noout", "-text", stdin=csr)
    for part in ("prime256v1", "URI:" + WEB, "DNS:web.example.org",
                 "DNS:*.b.test", "Digital Signature"):
        assert part in text, text
    # To ask again spoils nothing.
    assert request("web")[1] == public
    assert nl.identity_get("web")["state"] == "csr-pending"

    chain = ca.sign(csr)
    nl.cert_set("web", chain.path)
    got = nl.identity_get("web")
    assert got["state"] == "valid"
    assert got["certificate"] == chain.chain
    assert (got["not-before"], got["not-after"]) == chain.validity()
    refuses(errno.ENOKEY, "no certification request was made",
            nl.cert_set, "web", chain.path)

    csr, renewed = request("web")
    assert renewed != public
    got = nl.identity_get("web")
    assert (got["state"], got["certificate"]) == ("renewing", chain.chain)
    refuses(errno.EKEYREJECTED, "the leaf is not for this private key",
            nl.cert_set, "web", chain.path)
    assert nl.identity_get("web")["state"] == "renewing"
    chain = ca.sign(csr)
    nl.cert_set("web", chain.path)
    got = nl.identity_get("web")
    assert (got["state"], got["certificate"]) == ("valid", chain.chain)
    nl.identity_del("web")
    refuses(errno.ENOENT, "there is no identity of that name",
            nl.identity_get, "web")
    assert nl.identity_list() == []


def test_identity_import(ca):
    inter = Authority("inter", ca=ca)
    for n, kind in enumerate(("ec:prime256v1", "ec:secp384r1", "rsa:2048")):
        leaf = inter.issue(spiffe(TD, f"w{n}"), key=kind, dns=["a.b.test"])
        nl.identity_new(f"w{n}", key=leaf.key, chain=leaf.path)
        got = nl.identity_get(f"w{n}")
        assert got["state"] == "valid"
        assert got["spiffe-id"] == spiffe(TD, f"w{n}")
        assert got["dns-name"] == ["a.b.test"]
        assert got["certificate"] == leaf.chain and len(leaf.chain) == 2
    assert [one["name"] for one in nl.identity_list()] == ["w0", "w1", "w2"]
    # Renewed with another key of somebody else's making,
    leaf = inter.issue(spiffe(TD, "w1"), key="rsa:3072")
    csr, _ = request("w1")
    nl.cert_set("w1", leaf.path, key=leaf.key)
    got = nl.identity_get("w1")
    assert (got["state"], got["certificate"]) == ("valid", leaf.chain)
    # which leaves the request for nothing; or with a key made here.
    refuses(errno.ENOKEY, "no certification request was made",
            nl.cert_set, "w1", ca.sign(csr).path)
    csr, _ = request("w0")
    assert "DNS:a.b.test" in openssl("req", "-noout", "-text", stdin=csr)
    nl.cert_set("w0", ca.sign(csr).path)
    assert nl.identity_get("w0")["state"] == "valid"


NAME_TEXT = "a name is 1 to 63 printable ASCII characters, no spaces"
KEY_TEXT = "private key is not PKCS#8 in strict DER"


def test_identity_refusals(ca):
    leaf = ca.issue(WEB)
    key = nl.private_key(leaf.key)[0]
    cert = ("certificate", leaf.chain[0])
    name, web = ("name", "web"), ("spiffe-id", WEB)
    dns = ("dns-name", "a.test")
    ed25519 = openssl("genpkey", "-algorithm", "ED25519", "-outform", "DER",
                      binary=True)
    weak = nl.private_key(new_key("rsa:1024"))[0]
    nl.identity_new("taken", spiffe_id=WEB)
    for number, text, *values in (
            (errno.EINVAL, "name is missing", web),
            (errno.EINVAL, "SPIFFE ID is missing", name),
            (errno.EINVAL, NAME_TEXT, ("name", ""), web),
            (errno.EINVAL, NAME_TEXT, ("name", "a b"), web),
            (errno.EINVAL, NAME_TEXT, ("name", "\x7f"), web),
            (errno.EINVAL, NAME_TEXT, ("name", "\u00e9"), web),
            (errno.EINVAL, "an identity needs a SPIFFE ID with a path",
             name, ("spiffe-id", f"spiffe://{TD}")),
            (errno.EINVAL, "an identity needs a SPIFFE ID with a path",
             name, ("spiffe-id", "https://example.org/web")),
            (errno.EINVAL, "an identity needs a SPIFFE ID with a path",
             name, ("spiffe-id", "")),
            (errno.EINVAL, "DNS name 2 is not one",
             name, web, dns, ("dns-name", "a..b")),
            (errno.EINVAL, "DNS name 1 is not one",
             name, web, ("dns-name", b"a.test\0x")),
            (errno.ERANGE, "Attribute failed policy validation",
             name, web, ("dns-name", b"")),
            (errno.E2BIG, "an identity takes at most 16 DNS names",
             name, web, *[dns] * 17),
            (errno.EEXIST, "there is an identity of that name",
             ("name", "taken"), web),
            (errno.EEXIST, "there is an identity of that name",
             ("name", "taken"), key, cert),
            (errno.EINVAL, "a chain comes with its private key, or by cert-set",
             name, web, cert),
            (errno.EINVAL, "a chain needs at least one certificate", name, key),
            (errno.E2BIG, "a chain takes at most 8 certificates",
             name, key, *[cert] * 9),
            (errno.EBADMSG, KEY_TEXT, name, cert, ("private-key", b"")),
            (errno.EBADMSG, KEY_TEXT, name, cert, (key[0], key[1] + b"\0")),
            (errno.EBADMSG, KEY_TEXT, name, cert, (key[0], key[1][:-1])),
            (errno.EOPNOTSUPP,
             "private key is of a type or curve that is not supported",
             name, cert, ("private-key", ed25519)),
            (errno.EINVAL, "private key is not valid",
             name, cert, weak),
            (errno.EINVAL, "the leaf has another SPIFFE ID",
             name, key, cert, ("spiffe-id", WEB + "2"))):
        refuses(number, text, send, "identity-new", *values)
    for command in ("identity-get", "identity-del", "csr-get", "cert-set"):
        refuses(errno.EINVAL, "name is missing", send, command)
        refuses(errno.ENOENT, "there is no identity of that name",
                send, command, name)
    refuses(errno.E2BIG, "a chain takes at most 8 certificates",
            send, "cert-set", ("name", "taken"), *[cert] * 9)
    refuses(errno.EBADMSG, KEY_TEXT, send, "cert-set", ("name", "taken"), cert,
            ("private-key", b"\x30\0"))
    assert [one["name"] for one in nl.identity_list()] == ["taken"]


def test_chain_refusals(ca):
    other, inter = Authority("other"), Authority("inter", ca=ca)
    fine = inter.issue(WEB)
    key = nl.private_key(fine.key)[0]
    plain = nl.private_key(ca.issue(WEB).key)[0]
    cases = [
        (errno.EKEYREJECTED, "the leaf is not for this private key",
         plain, fine.chain),
        (errno.EKEYREJECTED, "certificate 2 did not issue certificate 1",
         key, [fine.chain[0], ca.der]),
        (errno.EKEYREJECTED, "certificate 2 did not issue certificate 1",
         key, [fine.chain[0], Authority("inter", ca=ca).der]),
        (errno.EKEYREJECTED, "certificate 2 did not issue certificate 1",
         key, [fine.chain[0], fine.chain[0]]),
        (errno.EKEYREJECTED, "certificate 3 did not issue certificate 2",
         key, fine.chain + [other.der]),
        (errno.EKEYREJECTED, "the leaf is a CA", key, [inter.der]),
        (errno.EBADMSG, "certificate 2 is not in strict DER",
         key, [fine.chain[0], b"\x30\0"]),
    ]
    for text, more in (
            ("the leaf is a CA", {"basic": "critical,CA:TRUE"}),
            ("the leaf has no key usage", {"usage": None}),
            ("the leaf may not make signatures", {"usage": "keyAgreement"}),
            ("the leaf may sign certificates or CRLs",
             {"usage": "digitalSignature,keyCertSign"}),
            ("the leaf may sign certificates or CRLs",
             {"usage": "digitalSignature,cRLSign"}),
            ("the leaf is for neither TLS clients nor servers",
             {"eku": "codeSigning"}),
            ("the leaf has no URI name", {"san": "DNS:a.test"}),
            ("the leaf has no URI name", {"san": None}),
            ("the leaf has more than one URI name",
             {"san": f"URI:{WEB},URI:{WEB}"}),
            ("the URI name of the leaf is not a SPIFFE ID",
             {"san": "URI:https://example.org/web"}),
            ("the SPIFFE ID of the leaf has no path",
             {"san": f"URI:spiffe://{TD}"}),
            ("certificate 1: unknown critical extension",
             {"more": "1.2.3.4=critical,DER:0500"})):
        leaf = inter.issue(WEB, **more)
        cases.append((errno.EKEYREJECTED, text, nl.private_key(leaf.key)[0],
                      leaf.chain))
    with at(-9 * DAY):
        late = ca.issue(WEB, days=1)
    with at(9 * DAY):
        early = ca.issue(WEB)
    for text, leaf in (("certificate 1 has expired", late),
                       ("certificate 1 is not yet valid", early)):
        cases.append((errno.EKEYEXPIRED, text, nl.private_key(leaf.key)[0],
                      leaf.chain))
    big = inter.issue(WEB, san="URI:%s,%s" % (WEB, ",".join(
        f"DNS:{'a' * 60}.{n}.test" for n in range(60))))
    cases.append((errno.EMSGSIZE, "a chain takes at most 8 KiB",
                  nl.private_key(big.key)[0], big.chain[:1] * 2))

    nl.identity_new("web", key=fine.key, chain=fine.path)
    before = nl.identity_get("web")
    for number, text, secret, chain in cases:
        values = [secret] + [("certificate", der) for der in chain]
        for command, name in (("identity-new", "new"), ("cert-set", "web")):
            refuses(number, text, send, command, ("name", name), *values)
    refuses(errno.EINVAL, "the leaf has another SPIFFE ID", nl.cert_set, "web",
            *(lambda leaf: (leaf.path, leaf.key))(ca.issue(WEB + "2")))
    # Nothing of all that has changed anything.
    assert nl.identity_list() == [before]


def test_expiry(ca):
    leaf = ca.issue(WEB, days=2)
    nl.identity_new("web", key=leaf.key, chain=leaf.path)
    events = nl.Family()
    events.subscribe("events")
    events.socket.settimeout(60)	# or the lab would wait for ever
    with clock(DAY):
        assert nl.identity_get("web")["state"] == "valid"
    with clock(3 * DAY):
        # By then the kernel makes a new key, and tells when it did.
        assert events.event()[0] == "csr-needed"
        assert nl.identity_get("web")["state"] == "expired"
    with clock(-DAY):
        assert nl.identity_get("web")["state"] == "expired"
    with clock(DAY):
        assert nl.identity_get("web")["state"] == "renewing"
    with clock(3 * DAY):
        csr, _ = request("web")
        assert nl.identity_get("web")["state"] == "expired"
        with at(0):
            nl.cert_set("web", Authority("later").sign(csr).path)
        assert nl.identity_get("web")["state"] == "valid"
    # Its new certificate is of the future now.
    assert nl.identity_get("web")["state"] == "expired"


# Secrets

def test_key_bytes(ca):
    leaf, other = ca.issue(WEB), ca.issue(WEB + "2")
    rsa = ca.issue(WEB, key="rsa:2048")
    heard = bytearray()

    def talk(command, *values, dump=False):
        family = nl.Family()
        try:
            family.call(command, values, dump)
        except nl.Refused:
            pass
        heard.extend(family.raw)
        return family.raw

    def certs(one):
        return [("certificate", der) for der in one.chain]

    for one in (leaf, other, rsa):
        assert key_number(one.key) in nl.private_key(one.key)[0][1]
    for n, one in enumerate((leaf, rsa)):
        key = nl.private_key(one.key)[0]
        talk("identity-new", ("name", f"w{n}"), key, *certs(one))
        talk("cert-set", ("name", f"w{n}"), key, *certs(one))
        # Refused: the acknowledgment quotes the request, but for the key.
        for command, values in (
                ("identity-new", [("name", f"w{n}"), key] + certs(one)),
                ("identity-new", [("name", "x"), key] + certs(other)),
                ("identity-new", [("name", "x"), key, key] + certs(other)),
                ("identity-new", [("name", "x"), ("private-key", key[1][:-1])]),
                ("identity-new", [key] + certs(one)),
                ("cert-set", [("name", f"w{n}"), key] + certs(other)),
                ("cert-set", [("name", "absent"), key] + certs(one))):
            raw = talk(command, *values)
            assert bytes(len(key[1]) - 1) in raw, "not quoted"
            if len(values) > 2:
                assert values[-1][1] in raw, "not quoted"
    nl.csr("w0")
    talk("csr-get", ("name", "w0"))
    talk("identity-get", ("name", "w0"))
    talk("identity-get", dump=True)
    assert rsa.chain[0] in heard
    for one in (leaf, other, rsa):
        assert key_number(one.key) not in heard
    assert [one["state"] for one in nl.identity_list()] == [
        "renewing", "valid"]


# Privilege and namespaces

def refused_everything():
    for command in nl.COMMANDS:
        for dump in (False, True):
            try:
                nl.Family().call(command, dump=dump)
            except nl.Refused as refused:
                only_do = command not in (
                    "bundle-get", "identity-get", "anchor-get", "rule-get",
                    "revocation-get", "connection-get")
                only_dump = command in ("anchor-get", "revocation-get",
                                        "connection-get")
                if only_do if dump else only_dump:
                    assert refused.errno == errno.EOPNOTSUPP
                else:
                    assert refused.errno == errno.EPERM, refused
            else:
                raise AssertionError(f"{command} is for everybody")
    try:
        nl.Family().subscribe("events")
    except PermissionError:
        return
    raise AssertionError("events are for everybody")


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


def fail_nth(file, number, family, command, values):
    """Let an allocation of a request fail; False when it has so many not."""
    payload = nl.encode(nl.SPACE[command], values)
    try:
        os.pwrite(file, b"%d" % number, 0)
        try:
            family.send(nl.CMD[command], payload)
        finally:
            left = int(os.pread(file, 16, 0))
            os.pwrite(file, b"0", 0)
        family.receive(False)
    except nl.Refused as refused:
        assert refused.errno == errno.ENOMEM, refused
    except OSError as error:		# there was no memory for the answer
        assert error.errno in (errno.ENOMEM, errno.ENOBUFS), error
    return not left


def test_no_memory(ca):
    """Each allocation of each command fails once: all of it is done or none."""
    knob = "/sys/kernel/debug/failslab/ignore-gfp-wait"
    if not os.path.exists(knob):
        raise Skip("no fault injection in this kernel")
    with open(knob, "w", encoding="ascii") as file:
        file.write("N")
    leaf, inter = ca.issue(WEB), Authority("inter", ca=ca)
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
        number = 1
        while True:
            clean()
            if setup:
                setup()
            if not fail_nth(file, number, nl.Family(), command, values):
                break
            number += 1
            for bundle in nl.bundle_list():
                assert len(nl.anchor_list()) == bundle["certificates"]
            for identity in nl.identity_list():
                assert identity["spiffe-id"] == WEB
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


def tests_of(names):
    """The tests of a module, in the order in which it has them."""
    return sorted((value for name, value in names.items()
                   if name.startswith("test_")),
                  key=lambda test: test.__code__.co_firstlineno)


def main(all_tests):
    with open("/proc/cmdline", encoding="ascii") as file:
        if "lab.run=" not in file.read() or os.geteuid():
            print("# runs as root in the lab only")
            return 4
    wanted = sys.argv[2:]
    tests = [test for test in all_tests if not wanted or
             test.__name__.removeprefix("test_") in wanted]
    failed = 0
    print(f"TAP version 13\n1..{len(tests)}", flush=True)
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        ca = Authority("ca")
        for number, test in enumerate(tests, 1):
            name = test.__name__.removeprefix("test_")
            try:
                # Each begins with a namespace that nobody configured.
                in_netns(test, ca)
            except AssertionError as error:
                if "Skip: " in str(error):
                    print(f"ok {number} {name} # SKIP " +
                          str(error).rsplit("Skip: ", 1)[1].strip(), flush=True)
                    continue
                failed = 1
                for line in str(error).splitlines():
                    print(f"# {line}")
                print(f"not ok {number} {name}", flush=True)
            else:
                print(f"ok {number} {name}", flush=True)
    return failed


TREE = sys.argv[1] if len(sys.argv) > 1 else ""

if __name__ == "__main__":
    sys.exit(main(tests_of(globals())))
