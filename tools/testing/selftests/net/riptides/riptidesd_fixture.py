# SPDX-License-Identifier: GPL-2.0-only
"""riptidesd to order, for riptidesd_test.py: commands, a daemon, HTTP servers, traffic."""

import base64
import http.server
import json
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time

import nl
from netlink_certs import openssl

TOOL = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "riptidesd")
# To look for leaks, a sanitizer stops the process by ptrace, and under UML it
# may not go on; the unit tests and fuzzers look for them outside. What is freed
# is kept for a while: not too much of it, as under UML each page may become a
# mapping of the host's, of which a process has 65530, and then hangs.
os.environ.setdefault("ASAN_OPTIONS", "detect_leaks=0:quarantine_size_mb=16")
PATIENCE = 300		# seconds; only a test that fails waits for so long
DEADLINE = 600000	# of a handshake, in ms: a busy machine may be very slow
TD = "td.example"
HOUR = 3600
TCP_ULP, SOL_RIPTIDES, RIPTIDES_DEADLINE = 31, 288, 8
SPOKEN = []		# all that the tool has ever said, to be searched for secrets


def spiffe(name):
    return f"spiffe://{TD}/{name}"


class Done:
    """What a command said and how it ended."""

    def __init__(self, words, status, out, err):
        self.words, self.status, self.out, self.err = words, status, out, err

    def __str__(self):
        return f"{' '.join(self.words)}: {self.status}\n{self.out}\n{self.err}"


def run(*words, status=0, stdin=None, **options):
    """Run a command that must end with this status."""
    done = subprocess.run([TOOL, *words], capture_output=True, text=True,
                          input=stdin, check=False, timeout=PATIENCE,
                          **options)
    done = Done(words, done.returncode, done.stdout, done.stderr)
    SPOKEN.extend((done.out, done.err))
    assert done.status == status, done
    return done


def said(*words, status=1, err, **options):
    """A command that fails and says exactly this."""
    done = run(*words, status=status, **options)
    assert done.err == err + "\n", f"{done}\ninstead of: {err}"
    return done


def tell(*words, **options):
    """What a command says in JSON."""
    return json.loads(run("--json", *words, **options).out)


def write(path, text, mode=0o644):
    """Replace a file at once, as careful editors do."""
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    temp = path + ".new"
    with open(temp, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(temp, mode)
    os.rename(temp, path)
    return path


def config(signer=None, identities=("web",), rules=(), dns=(), more="", **domain):
    """A configuration; JSON is YAML."""
    domain["signer"] = signer or {"embedded": {"directory": os.path.abspath("ca"),
                                               "ttl": "1h"}}
    return json.dumps({
        "trust-domains": {TD: domain},
        "identities": {name: {"spiffe-id": spiffe(name),
                              **({"dns": list(dns)} if dns else {})}
                       for name in identities},
        "rules": list(rules)}) + more


def rule(name, direction="egress", identity="web", **more):
    return {"name": name, "direction": direction, "identity": identity,
            **{key.replace("_", "-"): value for key, value in more.items()}}


def identity(name):
    """What the kernel has of it."""
    return nl.identity_get(name)


def leaf_of(name):
    return nl.identity_get(name)["certificate"][0]


def leaf_text(name):
    return openssl("x509", "-inform", "DER", "-noout", "-text",
                   stdin=leaf_of(name), binary=True).decode()


class Daemon:
    """riptidesd run, whose log is read as it comes."""

    def __init__(self, path, *words):
        # Not a pipe of ours that it may fill: a thread reads all of it
        self.process = subprocess.Popen(
            [TOOL, "run", "--config", path, *words], stderr=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        self.lines = queue.Queue()
        self.log = []
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in self.process.stderr:
            SPOKEN.append(line)
            self.lines.put(line.rstrip("\n"))
        self.lines.put(None)

    def wait(self, pattern):
        """The first line from here on that matches."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                line = self.lines.get(timeout=max(end - time.monotonic(), 0.01))
            except queue.Empty:
                line = None
            if line is None:
                raise AssertionError(f"no line like {pattern!r} after:\n" +
                                     "\n".join(self.log[-20:]))
            self.log.append(line)
            if re.search(pattern, line):
                return line

    def wait_each(self, *patterns):
        """Lines that match all of them, in any order."""
        left = list(patterns)
        while left:
            line = self.wait("|".join(left))
            left = [one for one in left if not re.search(one, line)]

    def ready(self, what=""):
        """What is there now is in force, or what came of that, if it is said."""
        return self.wait("in force: .*" + what)

    def kick(self, number):
        self.process.send_signal(number)

    def hang_up(self):
        self.kick(signal.SIGHUP)

    def end(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.kick(number)
        return self.process.wait(PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.end()


def missed():
    """Has anybody who listens missed an event?"""
    with open("/proc/thread-self/net/netlink", encoding="ascii") as table:
        drops = next(table).split().index("Drops")
        return any(int(line.split()[drops]) for line in table)


class Server:
    """An HTTP server; a subclass says what it answers."""

    def __init__(self):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                status, body = outer.answer(self.command, self.path, self.headers,
                                            self.rfile.read(length))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.asked = 0
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, method, path, headers, body):
        raise NotImplementedError

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.server.shutdown()
        self.server.server_close()


class Vault(Server):
    """pki/sign as Vault has it."""

    def __init__(self, authority, token):
        self.authority, self.token = authority, token
        self.chain_key = "ca_chain"
        super().__init__()

    def answer(self, method, path, headers, body):
        self.asked += 1
        if method != "POST" or path != "/v1/pki/sign/workload":
            return 404, b'{"errors":["no handler for route"]}'
        if headers.get("X-Vault-Token") != self.token:
            return 403, b'{"errors":["permission denied"]}'
        wish = json.loads(body)
        if sorted(wish) != ["alt_names", "csr", "format", "ttl", "uri_sans"] or \
                wish["uri_sans"] != spiffe("web") or wish["ttl"] != "1800s":
            return 400, b'{"errors":["not what was expected"]}'
        chain = self.authority.sign(wish["csr"])
        with open(self.authority.pem, encoding="ascii") as file:
            own = file.read()
        above = [own] if self.chain_key == "ca_chain" else own
        return 200, json.dumps({"request_id": "1", "data": {
            "certificate": chain.pem, self.chain_key: above,
            "expiration": 1, "serial_number": "01:02"}}).encode()


class Est(Server):
    """RFC 7030's simpleenroll, with a password."""

    def __init__(self, authority, login):
        self.authority = authority
        self.login = "Basic " + base64.b64encode(login.encode()).decode()
        super().__init__()

    def answer(self, method, path, headers, body):
        self.asked += 1
        if method != "POST" or path != "/.well-known/est/simpleenroll" or \
                headers.get("Content-Type") != "application/pkcs10":
            return 404, b""
        if headers.get("Authorization") != self.login:
            return 401, b"who are you?"
        request = nl.to_pem(base64.b64decode(body), "CERTIFICATE REQUEST")
        chain = self.authority.sign(request)
        with open("est.pem", "w", encoding="ascii") as file:
            # Any order will do
            with open(self.authority.pem, encoding="ascii") as own:
                file.write(own.read() + chain.pem)
        der = openssl("crl2pkcs7", "-nocrl", "-certfile", "est.pem", "-outform",
                      "DER", binary=True)
        return 200, base64.encodebytes(der)


class Bundle(Server):
    """A SPIFFE bundle end point."""

    def __init__(self, *authorities):
        self.authorities = authorities
        super().__init__()

    def answer(self, method, path, headers, body):
        self.asked += 1
        keys = [{"kty": "EC", "use": "x509-svid",
                 "x5c": [base64.b64encode(one.der).decode()]}
                for one in self.authorities]
        return 200, json.dumps({"keys": keys + [{"kty": "EC", "use": "jwt-svid"}],
                                "spiffe_sequence": self.asked}).encode()


def jump(seconds):
    time.clock_settime(time.CLOCK_REALTIME, time.time() + seconds)


def attach(sock):
    sock.setsockopt(socket.IPPROTO_TCP, TCP_ULP, b"riptides")
    sock.setsockopt(SOL_RIPTIDES, RIPTIDES_DEADLINE, DEADLINE)
    return sock


def listening():
    return attach(socket.create_server(("127.0.0.1", 0)))


class Pair:
    """A connection over the ULP, which goes on whatever happens around it."""

    def __init__(self, listener=None):
        own = None if listener else listening()
        listener = listener or own
        self.client = attach(socket.socket())
        self.client.settimeout(PATIENCE)
        self.client.connect(listener.getsockname())
        self.server = listener.accept()[0]
        self.server.settimeout(PATIENCE)
        if own:
            own.close()
        self.turn()

    def turn(self):
        for one, two in ((self.client, self.server),
                         (self.server, self.client)):
            data = os.urandom(9000)
            one.sendall(data)
            got = b""
            while len(got) < len(data):
                got += two.recv(65536)
            assert got == data


def secret(data):
    """Nothing that the tool has said has it, in any form."""
    text = "\n".join(SPOKEN)
    for form in (data.hex(), data.decode("latin1"),
                 base64.b64encode(data)[4:-4].decode()):
        assert form not in text and form.upper() not in text


def memory(pid):
    """All that a process can write to."""
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, \
            open(f"/proc/{pid}/mem", "rb") as file:
        for line in maps:
            words = line.split()
            if not words[1].startswith("rw"):
                continue
            first, last = (int(word, 16) for word in words[0].split("-"))
            file.seek(first)
            try:
                yield file.read(last - first)
            except OSError:		# [vvar] and its like
                pass
