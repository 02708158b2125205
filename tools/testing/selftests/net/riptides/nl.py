#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Speak the generic netlink family riptides, for tests.

  nl.py bundle-new|bundle-set TRUST_DOMAIN CA.pem... [--revoke SERIAL[@CA.pem]]...
  nl.py bundle-del TRUST_DOMAIN
  nl.py bundle-get TRUST_DOMAIN
  nl.py bundle-list
  nl.py anchor-list [TRUST_DOMAIN]
  nl.py revocation-list [TRUST_DOMAIN]
  nl.py identity-new NAME --key KEY.pem --chain CHAIN.pem
  nl.py identity-new NAME --spiffe-id ID [--dns NAME]...
  nl.py identity-del NAME
  nl.py identity-get NAME
  nl.py identity-list
  nl.py csr NAME > CSR.pem
  nl.py cert-set NAME CHAIN.pem [--key KEY.pem]
  nl.py get
  nl.py set [--deadline-ms N] [--max-handshakes N] [--max-listener-handshakes N]
            [--egress 0|1] [--ingress 0|1] [--resumption 0|1|2]
            [--ticket-lifetime N]
  nl.py rule-new NAME egress|ingress MODE [--priority N] [--identity NAME]
            [--prefix ADDRESS/LENGTH]... [--ports FIRST[-LAST]]...
            [--selector KEY=VALUE[,KEY=VALUE]...]... [--peer PATTERN]...
            [--alpn NAME]... [--server-name NAME] [--confirm]
            [--allow-truncation] [--attest listen|accept] [--wait-ms N]
            [--pq prefer|require|off] [--max-session-age S] [--kill-on-revoke]
  nl.py rule-del NAME
  nl.py rule-get NAME
  nl.py rule-list
  nl.py policy-get
  nl.py policy-commit < RULES
  nl.py explain egress|ingress ADDRESS PORT [--pid PID]
  nl.py events [COUNT]
  nl.py connection-list
  nl.py connection-del ID

RULES are lines of words as behind rule-new; they become the whole policy.
SERIAL is in hexadecimal. What is told is JSON, an object a line. A refusal
ends with status 1 and 'nl.py: ERRNO: the kernel's sentence'.
"""

import argparse
import base64
import errno
import json
import os
import re
import shlex
import socket
import struct
import sys

NETLINK_GENERIC = 16
SOL_NETLINK = 270
NETLINK_ADD_MEMBERSHIP, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK = 1, 11, 12
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 1, 4, 0x300
NLM_F_DUMP_INTR, NLM_F_CAPPED, NLM_F_ACK_TLVS = 0x10, 0x100, 0x200
NLMSG_ERROR, NLMSG_DONE = 2, 3
NLA_F_NESTED, NLA_TYPE_MASK = 0x8000, 0x3fff
NLMSGERR_ATTR_MSG = 1
GENL_ID_CTRL, CTRL_CMD_GETFAMILY = 16, 3
CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME, CTRL_ATTR_MCAST_GROUPS = 1, 2, 7
CTRL_ATTR_MCAST_GRP_NAME, CTRL_ATTR_MCAST_GRP_ID = 1, 2

# Documentation/netlink/specs/riptides.yaml
MESSAGES = ("bundle-get", "bundle-new", "bundle-set", "bundle-del",
            "anchor-get", "revocation-get", "identity-get", "identity-new",
            "identity-del", "csr-get", "cert-set", "settings-get",
            "settings-set", "rule-get", "rule-new", "rule-del", "policy-get",
            "policy-commit", "policy-discard", "explain", "csr-needed",
            "identity-expiring", "handshake-failed", "denied",
            "connection-get", "connection-del", "session-ended")
EVENTS = ("csr-needed", "identity-expiring", "handshake-failed", "denied",
          "session-ended")
COMMANDS = tuple(name for name in MESSAGES if name not in EVENTS)
CMD = {name: value for value, name in enumerate(MESSAGES, 1)}
STATES = ("needs-csr", "csr-pending", "valid", "renewing", "expired")
BUNDLE = ("trust-domain", "generation", "certificate", "revocation",
          "certificates", "revocations", "handshakes", "failures",
          "tx-bytes", "rx-bytes")
REVOCATION = ("issuer", "serial")
IDENTITY = ("name", "state", "spiffe-id", "dns-name", "private-key",
            "certificate", "csr", "not-before", "not-after", "handshakes",
            "failures", "tx-bytes", "rx-bytes")
SETTINGS = ("deadline-ms", "max-handshakes", "max-listener-handshakes",
            "egress", "ingress", "resumption", "ticket-lifetime")
RULE = ("name", "priority", "direction", "mode", "identity", "selector",
        "prefix", "ports", "peer", "alpn", "server-name", "confirm",
        "allow-truncation", "attest", "wait-ms", "staged", "generation",
        "handshakes", "failures", "pq", "max-session-age", "kill-on-revoke",
        "tx-bytes", "rx-bytes")
SELECTOR = ("path", "verity", "comm", "cmdline", "uid", "gid", "cgroup")
PREFIX = ("address", "length")
PORTS = ("first", "last")
POLICY = ("generation", "rules", "staged")
QUESTION = ("direction", "address", "port", "pid", "rule", "mode", "reason")
INCIDENT = ("rule", "direction", "error", "reason", "local-address",
            "local-port", "peer-address", "peer-port", "own-id", "peer-id",
            "alert")
CONNECTION = ("id", "state", "mode", "role", "tx-datapath", "rx-datapath",
              "version", "suite", "group", "own-id", "peer-id",
              "local-address", "local-port", "peer-address", "peer-port",
              "rule", "age-ms", "tx-bytes", "rx-bytes", "tx-rekeys",
              "rx-rekeys", "error", "alert", "alpn", "uid", "resumed")
SPACE = {name: (SETTINGS if name.startswith("settings") else
                RULE if name.startswith("rule") else
                POLICY if name.startswith("policy") else
                QUESTION if name == "explain" else
                INCIDENT if name in ("handshake-failed", "denied",
                                     "session-ended") else
                CONNECTION if name.startswith("connection") else
                IDENTITY if name[:2] in ("id", "cs", "ce") else BUNDLE)
         for name in MESSAGES}
NESTS = {"revocation": REVOCATION, "selector": SELECTOR, "prefix": PREFIX,
         "ports": PORTS}
MODES = ("mutual", "simple", "permissive", "passthrough", "plaintext", "deny")
DIRECTIONS = ("egress", "ingress")
ATTEST = ("listen", "accept")
PQ = ("prefer", "require", "off")
DATAPATHS = ("none", "ktls", "software")
# Of a connection, where the same words mean something else
CONNECTION_ENUMS = {
    "state": ("idle", "handshake", "open", "failed", "waiting", "clear"),
    "mode": ("mutual", "simple", "permissive-plaintext"),
    "role": ("none", "client", "server"),
    "tx-datapath": DATAPATHS, "rx-datapath": DATAPATHS}
ENUMS = {"direction": DIRECTIONS, "mode": MODES, "attest": ATTEST, "pq": PQ,
         "state": STATES}
STRINGS = ("trust-domain", "name", "spiffe-id", "dns-name", "identity", "peer",
           "server-name", "path", "comm", "cmdline", "cgroup", "rule", "reason",
           "own-id", "peer-id")
NUMBERS = ("generation", "certificates", "revocations", "state",
           "not-before", "not-after", "priority", "direction", "mode",
           "attest", "wait-ms", "handshakes", "failures", "uid", "gid",
           "length", "first", "last", "rules", "port", "pid", "error",
           "local-port", "peer-port", "alert", "pq",
           "max-session-age", "tx-bytes", "rx-bytes") + SETTINGS
WIDTHS = {name: "B" for name in ("length", "egress", "ingress", "alert")} | \
    {name: "H" for name in ("first", "last", "port")}
FLAGS = ("confirm", "allow-truncation", "kill-on-revoke")
SIGNED = ("not-before", "not-after")
LISTS = ("certificate", "revocation", "dns-name", "serial", "selector",
         "prefix", "ports", "peer", "alpn") + SELECTOR


class Refused(Exception):
    """The kernel said no: errno and its sentence, which may be empty."""

    def __init__(self, number, text):
        self.errno, self.text = number, text
        name = errno.errorcode.get(number, str(number))
        super().__init__(f"{name}: {text}")


class Inconsistent(Exception):
    """Something changed in the middle of a dump."""


def attribute(kind, data):
    head = struct.pack("=HH", len(data) + 4, kind)
    return head + data + bytes(-len(data) % 4)


def attributes(data):
    """(type, contents) of each attribute in a row of them."""
    at = 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        if length < 4 or at + length > len(data):
            raise ValueError("malformed attribute")
        yield kind & NLA_TYPE_MASK, data[at + 4:at + length]
        at += length + 3 & ~3


def encode(space, values):
    """Attributes of (name, value): what a request carries."""
    out = b""
    for name, value in values:
        kind = space.index(name) + 1
        if isinstance(value, list):
            out += attribute(kind | NLA_F_NESTED, encode(NESTS[name], value))
            continue
        if name in ENUMS and value in ENUMS[name]:
            value = ENUMS[name].index(value)
        if name in NUMBERS and isinstance(value, int):
            value = struct.pack("=" + WIDTHS.get(name, "I"), value)
        elif isinstance(value, str):
            value = value.encode() + b"\0"
        out += attribute(kind, value)
    return out


def decode(space, data):
    out = {}
    for kind, value in attributes(data):
        name = space[kind - 1]
        if name in NESTS:
            value = decode(NESTS[name], value)
        elif name in FLAGS or name == "resumed":
            value = True
        elif name in NUMBERS or name == "staged":
            value = int.from_bytes(value, sys.byteorder,
                                   signed=name in SIGNED)
        elif name in STRINGS:
            value = value.rstrip(b"\0").decode()
        if name in ENUMS:
            value = ENUMS[name][value]
        if name in LISTS:
            out.setdefault(name, []).append(value)
        else:
            out[name] = value
    return out


class Family:
    """A socket that talks to the family of this network namespace."""

    def __init__(self, size=1 << 16):
        self.size = size
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                                    NETLINK_GENERIC)
        self.socket.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
        self.socket.setsockopt(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1)
        for option in (7, 32):		# SO_SNDBUF, SO_SNDBUFFORCE
            try:
                self.socket.setsockopt(socket.SOL_SOCKET, option, 1 << 21)
            except PermissionError:
                pass
        self.socket.bind((0, 0))
        self.sequence = 0
        self.raw = b""		# what the last talk was answered, to be searched
        self.id = GENL_ID_CTRL
        self.groups = {}
        reply = self.talk(CTRL_CMD_GETFAMILY, attribute(
            CTRL_ATTR_FAMILY_NAME, b"riptides\0"))
        for kind, value in attributes(reply[0]):
            if kind == CTRL_ATTR_FAMILY_ID:
                self.id = struct.unpack("=H", value)[0]
            elif kind == CTRL_ATTR_MCAST_GROUPS:
                for _, group in attributes(value):
                    parts = dict(attributes(group))
                    name = parts[CTRL_ATTR_MCAST_GRP_NAME].rstrip(b"\0")
                    self.groups[name.decode()] = struct.unpack(
                        "=I", parts[CTRL_ATTR_MCAST_GRP_ID])[0]

    def subscribe(self, group):
        self.socket.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
                               self.groups[group])

    def message(self, command, payload, flags=NLM_F_ACK):
        body = struct.pack("=BBH", command, 1, 0) + payload
        return struct.pack("=IHHII", len(body) + 16, self.id,
                           flags | NLM_F_REQUEST, self.sequence, 0) + body

    def send(self, command, payload, flags=NLM_F_ACK):
        self.sequence += 1
        self.socket.send(self.message(command, payload, flags))

    def event(self):
        """The next event: its name and what it tells."""
        while True:
            data = self.socket.recv(self.size)
            length, kind, _, sequence, _ = struct.unpack_from("=IHHII", data)
            if kind == self.id and not sequence:
                name = MESSAGES[data[16] - 1]
                return name, decode(SPACE[name], data[20:length])

    def receive(self, multiple):
        """Bodies of the messages that answer the last request."""
        bodies, intact = [], True
        self.raw = b""
        while True:
            data = self.socket.recv(self.size)
            self.raw += data
            while data:
                length, kind, flags, sequence, _ = struct.unpack_from(
                    "=IHHII", data)
                body, data = data[16:length], data[length + 3 & ~3:]
                if sequence != self.sequence:
                    continue
                intact = intact and not flags & NLM_F_DUMP_INTR
                if kind in (NLMSG_ERROR, NLMSG_DONE):
                    check(kind, flags, body)
                    if not intact:
                        raise Inconsistent()
                    if kind == NLMSG_DONE or not multiple:
                        return bodies
                else:
                    bodies.append(body[4:])

    def talk(self, command, payload, dump=False):
        self.send(command, payload, NLM_F_DUMP if dump else NLM_F_ACK)
        return self.receive(dump)

    def call(self, name, values=(), dump=False):
        """Do or dump a command: a list of what the messages tell."""
        space = SPACE[name]
        return [decode(space, body) for body in
                self.talk(CMD[name], encode(space, values), dump)]


def check(kind, flags, body):
    """Raise what an error message or the end of a dump says."""
    code = -struct.unpack_from("=i", body)[0]
    if not code:
        return
    text, rest = "", b""
    if flags & NLM_F_ACK_TLVS:
        rest = body[4:]
        if kind == NLMSG_ERROR:
            # Behind the request's header, and all of it if it was quoted.
            quoted = 16 if flags & NLM_F_CAPPED else struct.unpack_from(
                "=I", body, 4)[0]
            rest = body[4 + (quoted + 3 & ~3):]
    for attr, value in attributes(rest):
        if attr == NLMSGERR_ATTR_MSG:
            text = value.rstrip(b"\0").decode()
    raise Refused(code, text)


def pem(path, label="CERTIFICATE"):
    """DER of each block of that kind."""
    with open(path, encoding="ascii") as file:
        blocks = re.findall(f"-----BEGIN {label}-----(.*?)-----END {label}-----",
                            file.read(), re.S)
    if not blocks:
        raise ValueError(f"{path} has no {label}")
    return [base64.b64decode(block) for block in blocks]


def to_pem(der, label):
    return f"-----BEGIN {label}-----\n" + \
        base64.encodebytes(der).decode() + f"-----END {label}-----\n"


def subject(der):
    """The subject of a certificate: what revocations call its issuer."""
    def element(data):
        length, head = data[1], 2
        if length & 0x80:
            head += length & 0x7f
            length = int.from_bytes(data[2:head], "big")
        return data[:head + length], data[head:head + length], \
            data[head + length:]
    rest = element(element(der)[1])[1]
    if rest[0] == 0xa0:
        rest = element(rest)[2]
    for _ in range(4):		# serial, algorithm, issuer, validity
        rest = element(rest)[2]
    return element(rest)[0]


def serial(text):
    """SERIAL or SERIAL@CA.pem as the attributes of a revocation."""
    number, _, ca = text.partition("@")
    number = number.replace(":", "")
    entry = [("serial", bytes.fromhex(number.zfill(len(number) + 1 & ~1)))]
    if ca:
        entry.insert(0, ("issuer", subject(pem(ca)[0])))
    return entry


def contents(trust_domain, certificates, revoke):
    return [("trust-domain", trust_domain)] + \
        [("certificate", der) for path in certificates for der in pem(path)] + \
        [("revocation", serial(text)) for text in revoke]


def bundle_new(trust_domain, *certificates, revoke=()):
    Family().call("bundle-new", contents(trust_domain, certificates, revoke))


def bundle_set(trust_domain, *certificates, revoke=()):
    Family().call("bundle-set", contents(trust_domain, certificates, revoke))


def bundle_del(trust_domain):
    Family().call("bundle-del", [("trust-domain", trust_domain)])


def bundle_get(trust_domain):
    return Family().call("bundle-get", [("trust-domain", trust_domain)])[0]


def bundle_list():
    return Family().call("bundle-get", dump=True)


def anchor_list(trust_domain=None):
    only = [("trust-domain", trust_domain)] if trust_domain else []
    return Family().call("anchor-get", only, dump=True)


def revocation_list(trust_domain=None):
    only = [("trust-domain", trust_domain)] if trust_domain else []
    return Family().call("revocation-get", only, dump=True)


def private_key(path):
    return [("private-key", pem(path, "PRIVATE KEY")[0])] if path else []


def identity_new(name, key=None, chain=None, spiffe_id=None, dns=()):
    values = [("name", name)] + private_key(key)
    if chain:
        values += [("certificate", der) for der in pem(chain)]
    if spiffe_id:
        values += [("spiffe-id", spiffe_id)]
    values += [("dns-name", one) for one in dns]
    Family().call("identity-new", values)


def identity_del(name):
    Family().call("identity-del", [("name", name)])


def identity_get(name):
    return Family().call("identity-get", [("name", name)])[0]


def identity_list():
    return Family().call("identity-get", dump=True)


def csr(name):
    return Family().call("csr-get", [("name", name)])[0]["csr"]


def cert_set(name, chain, key=None):
    Family().call("cert-set", [("name", name)] + private_key(key) +
                  [("certificate", der) for der in pem(chain)])


def settings_get():
    return Family().call("settings-get")[0]


def settings_set(**values):
    """settings_set(deadline_ms=..., max_handshakes=..., ...)"""
    Family().call("settings-set", [(name.replace("_", "-"), value)
                                   for name, value in values.items()
                                   if value is not None])


def packed(address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return socket.inet_pton(family, address)


def prefix(text):
    """ADDRESS[/LENGTH] as the attributes of a prefix."""
    address, _, length = text.partition("/")
    data = packed(address)
    return [("address", data), ("length", int(length or len(data) * 8))]


def ports(text):
    """FIRST[-LAST] as the attributes of a range."""
    first, _, last = str(text).partition("-")
    return [("first", int(first)), ("last", int(last or first))]


def selector(text):
    """KEY=VALUE,KEY=VALUE... as the attributes of a selector."""
    out = []
    for word in text.split(",") if text else ():
        key, _, value = word.partition("=")
        if key not in SELECTOR:
            raise ValueError(f"no selector {key}")
        out.append((key, int(value) if key in NUMBERS else
                    bytes.fromhex(value) if key == "verity" else value))
    return out


def rule(name, direction, mode, priority=0, identity=None, where=(), port=(),
         who=(), peer=(), alpn=(), server_name=None, confirm=False,
         allow_truncation=False, attest=None, wait_ms=None, staged=False,
         pq=None, max_session_age=None, kill_on_revoke=False):
    """What rule-new is sent."""
    values = [("name", name), ("priority", priority), ("direction", direction),
              ("mode", mode)]
    values += [(key, value) for key, value in (
        ("identity", identity), ("server-name", server_name),
        ("attest", attest), ("wait-ms", wait_ms), ("pq", pq),
        ("max-session-age", max_session_age)) if value is not None]
    values += [(key, b"") for key, value in (
        ("confirm", confirm), ("allow-truncation", allow_truncation),
        ("kill-on-revoke", kill_on_revoke), ("staged", staged)) if value]
    values += [("selector", selector(one)) for one in who]
    values += [("prefix", prefix(one)) for one in where]
    values += [("ports", ports(one)) for one in port]
    values += [("peer", one) for one in peer]
    return values + [("alpn", one.encode()) for one in alpn]


def rule_new(*args, family=None, **kwargs):
    (family or Family()).call("rule-new", rule(*args, **kwargs))


def rule_del(name):
    Family().call("rule-del", [("name", name)])


def rule_get(name):
    return Family().call("rule-get", [("name", name)])[0]


def rule_list():
    return Family().call("rule-get", dump=True)


def policy_get(family=None):
    return (family or Family()).call("policy-get")[0]


def policy_commit(family=None):
    return (family or Family()).call("policy-commit")[0]


def policy_discard(family=None):
    return (family or Family()).call("policy-discard")[0]


def explain(direction, address, port, pid=None):
    values = [("direction", direction), ("address", packed(address)),
              ("port", port)]
    values += [("pid", pid)] if pid is not None else []
    return Family().call("explain", values)[0]


def connection(body):
    """What a row of connection-get tells."""
    out = {}
    for kind, value in attributes(body):
        name = CONNECTION[kind - 1]
        if name in ("own-id", "peer-id", "rule"):
            out[name] = value.rstrip(b"\0").decode()
        elif name.endswith("address"):
            out[name] = socket.inet_ntop(
                socket.AF_INET6 if len(value) == 16 else socket.AF_INET, value)
        elif name == "alpn":
            out[name] = value.decode("latin-1")
        else:
            value = int.from_bytes(value, sys.byteorder)
            out[name] = CONNECTION_ENUMS[name][value] \
                if name in CONNECTION_ENUMS else value
    return out


def connection_list():
    return [connection(body) for body in
            Family().talk(CMD["connection-get"], b"", True)]


def connection_del(id):
    Family().talk(CMD["connection-del"], attribute(1, struct.pack("=Q", id)),
                  False)


def rule_options(parser):
    parser.add_argument("name")
    parser.add_argument("direction", choices=DIRECTIONS)
    parser.add_argument("mode", choices=MODES)
    for option, kind in (("priority", int), ("identity", str),
                         ("server-name", str), ("wait-ms", int),
                         ("max-session-age", int)):
        parser.add_argument("--" + option, type=kind,
                            default=0 if option == "priority" else None)
    parser.add_argument("--attest", choices=ATTEST)
    parser.add_argument("--pq", choices=PQ)
    for option in FLAGS:
        parser.add_argument("--" + option, action="store_true")
    for option, name in (("prefix", "where"), ("ports", "port"),
                         ("selector", "who"), ("peer", "peer"),
                         ("alpn", "alpn")):
        parser.add_argument("--" + option, dest=name, action="append",
                            default=[])


def commit_lines(lines):
    """Make rules, as words behind rule-new, the whole policy."""
    parser = argparse.ArgumentParser(prog="rule-new", add_help=False)
    rule_options(parser)
    family = Family()
    for line in lines:
        if line.strip():
            rule_new(family=family, staged=True,
                     **vars(parser.parse_args(shlex.split(line))))
    return policy_commit(family)


def events(count):
    """Events as they come, so many of them or for ever."""
    family = Family()
    family.subscribe("events")
    while count is None or count:
        name, told = family.event()
        print(json.dumps({"event": name} | told, default=bytes.hex), flush=True)
        count = count if count is None else count - 1


def parse_args():
    parser = argparse.ArgumentParser(
        prog="nl.py", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name, *words, **kinds):
        sub = commands.add_parser(name)
        for word in words:
            sub.add_argument(word, **kinds.get(word.strip("-").replace(
                "-", "_"), {}))

    many, some = {"action": "append", "default": []}, {"nargs": "+"}
    maybe, number = {"nargs": "?"}, {"type": int}
    for name in ("bundle-new", "bundle-set"):
        command(name, "trust_domain", "certificates", "--revoke",
                certificates=some, revoke=many)
    for name in ("bundle-del", "bundle-get"):
        command(name, "trust_domain")
    for name in ("anchor-list", "revocation-list"):
        command(name, "trust_domain", trust_domain=maybe)
    command("connection-del", "id", id={"type": int})
    for name in ("bundle-list", "identity-list", "connection-list", "get"):
        command(name)
    command("identity-new", "name", "--key", "--chain", "--spiffe-id", "--dns",
            dns=many)
    for name in ("identity-del", "identity-get", "csr"):
        command(name, "name")
    command("cert-set", "name", "chain", "--key")
    command("set", *("--" + name for name in SETTINGS),
            **{name.replace("-", "_"): number for name in SETTINGS})
    rule_options(commands.add_parser("rule-new"))
    for name in ("rule-del", "rule-get"):
        command(name, "name")
    for name in ("rule-list", "policy-get", "policy-commit"):
        command(name)
    command("explain", "direction", "address", "port", "--pid", port=number,
            pid=number, direction={"choices": DIRECTIONS})
    command("events", "count", count={"nargs": "?", "type": int})
    return vars(parser.parse_args())


def show(answer):
    for one in answer if isinstance(answer, list) else [answer]:
        print(json.dumps(one, default=bytes.hex))


def main():
    args = parse_args()
    name = args.pop("command")
    certificates = args.pop("certificates", [])
    first = [args.pop("trust_domain")] if certificates else []
    function = {"get": settings_get, "set": settings_set,
                "policy-commit": lambda: commit_lines(sys.stdin)}.get(
        name, globals().get(name.replace("-", "_")))
    try:
        answer = function(*first, *certificates, **args)
    except (Refused, OSError, ValueError) as error:
        if isinstance(error, OSError):
            error = f"{errno.errorcode.get(error.errno)}: {error.strerror}"
        print(f"nl.py: {error}", file=sys.stderr)
        return 1
    except Inconsistent:
        print("nl.py: EINTR: it changed while it was told", file=sys.stderr)
        return 1
    if name == "csr":
        sys.stdout.write(to_pem(answer, "CERTIFICATE REQUEST"))
    elif answer is not None:
        show(answer)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:
        os._exit(1)
