#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Handshakes of the engine with other TLS implementations, over loopback.

Each peer is client and server, with and without client certificates, for each
suite, group and kind of certificate, and then for what only some can do:
retries, KeyUpdate of either side, resumption, long chains, bulk data, bad
certificates. Prints KTAP and a matrix. A peer that is not there is a named
skip.
"""
import argparse
import collections
import concurrent.futures
import dataclasses
import os
import re
import subprocess
import sys
import tempfile
import time

import interop_peers
from interop_run import (DEADLINE, Certs, Failure, Ports, Proc,
                         await_listening)

HERE = os.path.dirname(os.path.realpath(__file__))
TOP = os.path.realpath(os.path.join(HERE, "../../../../.."))
SUITES = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
          "TLS_CHACHA20_POLY1305_SHA256")
GROUPS = ("x25519", "secp256r1", "secp384r1")
# Where mlkem-native was there to build it
HYBRID = "X25519MLKEM768"
CERTS = ("p256", "p384", "rsa")
ROLES = ("server", "client")
SIGS = {"p256": "ecdsa_secp256r1_sha256", "p384": "ecdsa_secp384r1_sha384",
        "rsa": "rsa_pss_rsae", "large": "ecdsa_secp256r1_sha256"}
UNKNOWN_CA, CERTIFICATE_REQUIRED = 48, 116


@dataclasses.dataclass
class Case:
    """One connection or two. role is the peer's."""
    peer: object
    role: str
    kind: str = "basic"
    suite: str = SUITES[0]
    group: str = GROUPS[0]
    cert: str = "p256"
    mutual: bool = True
    number: int = 0

    @property
    def peer_cert(self):
        return "bad" if self.kind == "bad" else self.cert

    @property
    def our_cert(self):
        return "bad" if self.kind == "refuse" else self.cert

    @property
    def title(self):
        text = f"{self.peer.name} {self.role} {self.kind}"
        if self.kind == "basic":
            text += (f" {self.suite[4:]} {self.group} {self.cert} "
                     f"{'mutual' if self.mutual else 'server-only'}")
        return text


def basics(peer, role, sample):
    """The sample has each pair of suite, group and certificate once."""
    mutual_possible = f"mutual-{role}" in peer.can
    for i, suite in enumerate(SUITES):
        for j, group in enumerate(GROUPS):
            for k, cert in enumerate(CERTS):
                if sample and (i + j + k) % 3:
                    continue
                modes = (False, True) if mutual_possible else (False,)
                if sample and mutual_possible:
                    modes = ((i + j) % 3 != 2,)
                for mutual in modes:
                    yield Case(peer, role, "basic", suite, group, cert, mutual)


def cases(peer, sample):
    for role in ROLES:
        if role not in peer.can:
            continue
        yield from basics(peer, role, sample)
        for kind in ("retry", "rekey", "rekeys", "resume", "large", "bulk",
                     "bad", "refuse", "nocert", "pq", "pqretry"):
            if f"{kind}-{role}" not in peer.can:
                continue
            if kind.startswith("pq") and not os.path.exists(
                    os.path.join(TOP, "build", "src", "mlkem-native")):
                continue
            # Who is judged must show a certificate.
            judged = (kind == "bad" and role == "client") or \
                (kind == "refuse" and role == "server")
            mutual = f"mutual-{role}" in peer.can
            if judged and not mutual:
                continue
            yield Case(peer, role, kind, cert="large" if kind == "large"
                       else "p256", mutual=mutual and kind != "nocert",
                       group=HYBRID if kind.startswith("pq") else GROUPS[0])


class Runner:
    def __init__(self, program, certs):
        self.program = program
        self.certs = certs

    def options(self, case):
        argv = ["--suites", case.suite, "--groups", case.group,
                "--ca", self.certs.ca(case.cert), "--timeout", str(DEADLINE)]
        server = case.role == "client"
        if server or case.mutual:
            argv += ["--cert", self.certs.chain(case.our_cert),
                     "--key", self.certs.key(case.our_cert)]
        if server and (case.mutual or case.kind == "nocert"):
            argv += ["--require"]
        if case.kind == "retry" or (case.kind == "pqretry" and not server):
            argv += ["--retry"] if server else ["--shares", "0"]
        return argv

    def line(self, proc, pattern):
        match = re.search(pattern, proc.text, re.M)
        if not match:
            raise Failure(f"rpt-tls says: {proc.text[-500:]!r}")
        return match

    def judge(self, case, proc, code, updates):
        """What our own side must have said."""
        if case.kind in ("bad", "nocert"):
            alert = UNKNOWN_CA if case.kind == "bad" else CERTIFICATE_REQUIRED
            self.line(proc, f"failed .* alert-sent={alert} ")
            want = 2
        elif case.kind == "refuse":
            self.line(proc, "failed " if "silent" in case.peer.can else
                      r"failed .* alert-received=\d+ ")
            want = code if code in (2, 3) else 2
        else:
            line = self.line(proc, r"TLSv1\.3 suite=(\S+) group=(\S+) "
                             r"peer-sig=(\S+) .* retried=(\d)")
            if line[1] != case.suite or line[2] != case.group:
                raise Failure(f"agreed on {line[1]} {line[2]}")
            if (case.mutual or case.role == "server") and \
                    not line[3].startswith(SIGS[case.cert]):
                raise Failure(f"peer signed with {line[3]}")
            if "retry" in case.kind and line[4] != "1":
                raise Failure("there was no retry")
            if case.kind == "resume":
                self.line(proc, "resumed=1")
            if updates:
                done = self.line(proc, r"key-updates=(\d+)/(\d+)")
                if int(done[1]) < 1 or int(done[2]) < 1:
                    raise Failure(f"rekeyed {done[1]}/{done[2]} times")
            want = 0
        if code != want:
            raise Failure(f"rpt-tls exits {code}: {proc.text[-400:]!r}")

    def peer_serves(self, case):
        port = Ports.take()
        theirs = case.peer.serve(case, port)
        ours = None
        try:
            await_listening(theirs, port)
            send, expect = case.peer.exchange(case)
            argv = [self.program, "client", f"127.0.0.1:{port}", "--name",
                    "localhost", *self.options(case)]
            if send:
                argv += ["--send", send, "--expect", expect]
            if case.kind == "rekey":
                argv += ["--key-updates", "2"]
            if case.kind == "resume":
                argv += ["--resume", "1"]
            if case.kind == "bulk":
                argv += ["--bulk", "300000"]
            ours = Proc(argv)
            case.peer.drive(case, theirs)
            code = ours.wait()
            self.judge(case, ours, code, case.kind in ("rekey", "rekeys"))
        except Failure as error:
            raise Failure(f"{error}; {theirs.name} says "
                          f"{theirs.text[-300:]!r}")
        finally:
            theirs.stop()
            if ours:
                ours.stop()

    def peer_connects(self, case):
        argv = [self.program, "server", "0", *self.options(case)]
        if "http" in case.peer.can:
            argv += ["--http"]
        if case.kind == "resume":
            argv += ["--connections", "2"]
        ours = Proc(argv)
        refused = case.kind in ("bad", "refuse", "nocert")
        try:
            port = int(ours.expect(r"listening (\d+)")[1])
            try:
                case.peer.connect(case, port)
                worked = True
            except Failure as error:
                worked = False
                if not refused:
                    raise Failure(f"{error}; rpt-tls says "
                                  f"{ours.text[-300:]!r}")
            # In TLS 1.3 a client may be through before it is refused.
            if worked and case.kind == "refuse":
                raise Failure("the peer accepted a certificate of a "
                              "stranger")
            code = ours.wait()
            self.judge(case, ours, code, case.kind == "rekeys")
        finally:
            ours.stop()

    def attempt(self, case):
        """What went wrong, or nothing."""
        try:
            if case.role == "server":
                self.peer_serves(case)
            else:
                self.peer_connects(case)
            return ""
        except (Failure, OSError) as error:
            return (str(error) or repr(error)).replace("\n", " ")

    def run(self, case):
        begin = time.monotonic()
        return case, self.attempt(case), time.monotonic() - begin


def gather(only, certs, build, program):
    """The peers that are there, and the reasons of the others."""
    had, missing = [], []
    if not only or "rpt-tls" in only:
        had.append(interop_peers.Ourselves("rpt-tls", "this one", program,
                                           certs, build))
    listing = subprocess.run(
        [os.path.join(TOP, "scripts", "peers"), "--list"],
        capture_output=True, text=True, check=True).stdout
    for line in listing.splitlines():
        state, name, version, how = line.split("\t")
        if name not in interop_peers.CLASSES or (only and name not in only):
            continue
        if state == "missing":
            missing.append((name, version))
            continue
        try:
            had.append(interop_peers.CLASSES[name](name, version, how, certs,
                                                   build))
            if had[-1].lacks:
                missing.append((name + " pq", had[-1].lacks))
        except (Failure, OSError) as error:
            missing.append((name, str(error)))
    return had, missing


def matrix(results, peers):
    kinds = ["basic", "retry", "rekey", "rekeys", "resume", "large", "bulk",
             "bad", "refuse", "nocert", "pq", "pqretry"]
    table = collections.defaultdict(lambda: [0, 0])
    for case, problem, _ in results:
        cell = table[case.peer.name, case.role, case.kind]
        cell[0] += not problem
        cell[1] += 1
    print("# peer         role    " + " ".join(f"{k:>7}" for k in kinds))
    for peer in peers:
        for role in ROLES:
            row = []
            for kind in kinds:
                good, total = table[peer.name, role, kind]
                row.append(f"{good}/{total}" if total else "-")
            print(f"# {peer.name:12} {role:7} " +
                  " ".join(f"{text:>7}" for text in row))


def main():
    parser = argparse.ArgumentParser(
        description="Meet other TLS implementations on loopback.")
    parser.add_argument("--sample", action="store_true",
                        help="the part that CI runs")
    parser.add_argument("--peer", action="append", metavar="NAME",
                        help="only this one (may be repeated)")
    parser.add_argument("--match", metavar="REGEX",
                        help="only tests whose title matches")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--program",
                        default=os.path.join(TOP, "build/engine/rpt-tls"))
    options = parser.parse_args()
    build = os.path.join(TOP, "build", "interop")
    os.makedirs(build, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=build) as scratch:
        certs = Certs(scratch)
        peers, missing = gather(options.peer, certs, build,
                                options.program)
        todo = [case for peer in peers for case in cases(peer, options.sample)]
        if options.match:
            todo = [case for case in todo
                    if re.search(options.match, case.title)]
        for number, case in enumerate(todo, 1):
            case.number = number
        for cert in {case.peer_cert for case in todo
                     if case.peer.name == "nss"}:
            certs.nss(cert)     # before two jobs want the same
        return run(Runner(options.program, certs), peers, missing, todo,
                   options.jobs)


def run(runner, peers, missing, todo, jobs):
    begin, results = time.monotonic(), []
    print(f"KTAP version 1\n1..{len(todo) + len(missing)}")
    for peer in peers:
        print(f"# {peer.name}: {peer.version}")
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for case, problem, took in pool.map(runner.run, todo):
            results.append((case, problem, took))
            word = "not ok" if problem else "ok"
            print(f"{word} {case.number} {case.title}", flush=True)
            if problem:
                print(f"# {problem}")
    for number, (name, reason) in enumerate(missing, len(todo) + 1):
        print(f"ok {number} {name} # SKIP {reason}")
    matrix(results, peers)
    failed = sum(bool(problem) for _, problem, _ in results)
    print(f"# {time.monotonic() - begin:.0f} s")
    print(f"# Totals: pass:{len(results) - failed} fail:{failed} xfail:0 "
          f"xpass:0 skip:{len(missing)} error:0")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
