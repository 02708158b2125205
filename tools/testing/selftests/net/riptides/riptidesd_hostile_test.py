# SPDX-License-Identifier: GPL-2.0-only
"""riptidesd and those who want to harm it: signers, bundles, files of others.

Run by riptidesd_test.py.
"""

import base64
import json
import os

import nl
from netlink_certs import Authority
from riptidesd_fixture import (TD, Daemon, config, identity, rule, run, said, spiffe, tell,
                               write)


def jwks(*certificates):
    return json.dumps({"keys": [
        {"kty": "EC", "use": "x509-svid", "x5c": [base64.b64encode(one).decode()]}
        for one in certificates]})


def anchors(trust_domain):
    return sorted(row["certificate"][0] for row in nl.anchor_list(trust_domain))


def even(name):
    """A CA whose certificate has a multiple of four bytes."""
    while True:
        ca = Authority(name)
        if not len(ca.der) % 4:
            return ca
        name += "x"


def test_smuggled_attributes():
    """What is longer than 16 bits can say is no short attribute and more of them."""
    good, evil = Authority("good"), even("evil")
    text = json.loads(config())
    text["trust-domains"]["other.example"] = {"anchors": "other.json"}
    write("c.yaml", json.dumps(text))
    write("other.json", jwks(good.der))
    run("apply", "c.yaml")
    before = anchors(TD)
    attribute = nl.encode(nl.BUNDLE, [("trust-domain", TD)])
    assert not 65536 % len(attribute)
    write("other.json", jwks(evil.der + attribute * (65536 // len(attribute))))
    done = run("apply", "c.yaml", status=1)
    assert anchors(TD) == before, "another trust domain's anchors are ours now"
    assert anchors("other.example") == [good.der]
    assert done.err.endswith(
        "riptidesd: trust domain other.example: certificate 1 has "
        f"{len(evil.der) + 65536} bytes; at most 8192 are taken\n"), done


def test_large_selectors():
    """A rule is refused, not taken without what is too large of it."""
    write("c.yaml", config(rules=[rule("a", who={
        "path": [f"/opt/{number:060}" for number in range(1000)]})]))
    done = run("--json", "apply", "c.yaml", status=1)
    assert done.err.endswith("\nriptidesd: rule a: selector 1 is too large\n"), done
    assert not tell("rule")


def signer_of(authority, extensions, more=""):
    """A program that signs whatever it is asked, with extensions of its choice."""
    write("signer.ext", extensions)
    return write("signer", f"""#!/bin/sh
{more}
exec openssl x509 -req -CA {authority.pem} -CAkey {authority.key} -extfile \
    {os.path.abspath("signer.ext")} -set_serial 77 -days 1 2> /dev/null
""", 0o755)


LEAF = f"keyUsage=critical,digitalSignature\nsubjectAltName=URI:{spiffe('web')}\n"


def test_large_leaf():
    """It is refused, and the daemon lives."""
    ca = Authority("ca")
    path = signer_of(ca, LEAF + "1.2.3.4=DER:0481" + "00" * 70000 + "\n")
    write("conf/a.yaml", config(anchors=ca.pem, rules=[rule("a")], signer={
        "exec": {"command": [os.path.abspath(path)]}}))
    with Daemon("conf") as daemon:
        daemon.wait(r"identity web: no certificate: certificate 1 has 7\d{4} bytes; "
                    "at most 8192 are taken")
        daemon.ready()
        assert [one["name"] for one in tell("rule")] == ["a"]
        signer_of(ca, LEAF)
        daemon.wait("identity web: new certificate")
    assert identity("web")["state"] == "valid"
