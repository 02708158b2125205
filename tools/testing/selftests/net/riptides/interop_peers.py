# SPDX-License-Identifier: GPL-2.0-only
"""How each other implementation is started, spoken to and asked."""
import os
import re
import subprocess

from interop_run import DEADLINE, Failure, Proc

HERE = os.path.dirname(os.path.realpath(__file__))


class Peer:
    """One implementation; `can` names the kinds of test it takes part in.

    server, client       roles
    mutual-server, ...   with client certificates
    bulk-server          echoes any bytes
    silent               closes when it refuses us, or sends an alert that
                         can't be read
    rekey-server         answers our KeyUpdate; rekeys-server sends its own
    resume-server        gives tickets; resume-client uses ours
    large-server         long chains; bad-client: verifies us
    """

    can = set()
    lacks = ""      # why there is no post-quantum group

    def __init__(self, name, version, how, certs, build):
        self.name = name
        self.version = version
        self.how = how.split()
        self.certs = certs
        self.build = build

    def serve(self, case, port):
        """A Proc that serves TLS at the port."""
        raise NotImplementedError

    def connect(self, case, port):
        """Talk to our server; raise Failure when that does not work."""
        raise NotImplementedError

    def exchange(self, case):
        """What our client sends, and what this server answers."""
        return f"ping-{case.number}\\n", f"ping-{case.number}"

    def drive(self, case, proc):
        """Be this server's operator during a connection, if need be."""

    def finish(self, proc, want=0):
        code = proc.wait()
        if code != want:
            raise Failure(f"{proc.name} exits {code}: {proc.text[-400:]!r}")

    def identity(self, case, cert, key):
        """Options for our certificate."""
        return [cert, self.certs.chain(case.peer_cert),
                key, self.certs.key(case.peer_cert)]


class OpenSSL(Peer):
    can = {"server", "client", "mutual-server", "mutual-client",
           "retry-server", "retry-client", "rekey-server", "rekey-client",
           "rekeys-server", "rekeys-client", "resume-server", "resume-client",
           "large-server", "large-client", "bad-server", "bad-client",
           "refuse-server", "refuse-client", "nocert-client", "groups"}
    GROUPS = {"x25519": "X25519", "secp256r1": "P-256", "secp384r1": "P-384"}

    def server_argv(self, case, port):
        argv = [*self.how, "s_server", "-accept", f"127.0.0.1:{port}",
                "-tls1_3", *self.identity(case, "-cert", "-key"),
                "-cert_chain", self.certs.chain(case.peer_cert),
                "-CAfile", self.certs.ca(case.cert), "-no-CApath",
                "-no-CAstore"]
        if case.mutual:
            argv += ["-Verify", "9", "-verify_return_error"]
        return argv

    def serve(self, case, port):
        return Proc(self.server_argv(case, port) +
                    (["-rev"] if case.kind != "rekeys" else []))

    def exchange(self, case):
        if case.kind == "rekeys":
            return "ping\\n", "pong"
        return f"ping-{case.number}\\n", f"ping-{case.number}"[::-1]

    def drive(self, case, proc):
        if case.kind == "rekeys":
            proc.expect("ping")
            proc.send("K\n")
            proc.expect("SSL_do_handshake -> 1")
            proc.send("pong\n")

    def connect(self, case, port):
        session = os.path.join(self.certs.directory,
                               f"session-{self.name}-{port}")
        runs = [["-sess_out", session], ["-sess_in", session]] \
            if case.kind == "resume" else [[]]
        for more in runs:
            self.connect_once(case, port, more)

    def client_argv(self, case, port):
        argv = [*self.how, "s_client", "-connect", f"127.0.0.1:{port}",
                "-tls1_3", "-servername", "localhost", "-verify_hostname",
                "localhost", "-verify_return_error", "-CAfile",
                self.certs.ca(case.cert), "-no-CApath", "-no-CAstore"]
        if case.mutual:
            argv += [*self.identity(case, "-cert", "-key"),
                     "-cert_chain", self.certs.chain(case.peer_cert)]
        return argv

    def connect_once(self, case, port, more):
        argv = self.client_argv(case, port) + more
        if case.kind == "basic":        # a share that fits, or one to retry
            argv += ["-groups", self.GROUPS[case.group]
                     if case.number % 2 else "X25519:P-256:P-384"]
        if case.kind.startswith("pq"):
            argv += ["-groups", "X25519MLKEM768" if case.kind == "pq" else
                     "*P-256:X25519MLKEM768"]
        proc = Proc(argv)
        try:
            for turn in range(3 if case.kind == "rekeys" else 1):
                if turn:
                    proc.send("K\n" if turn == 1 else "k\n")
                    proc.expect(f"(?s)(KEYUPDATE.*){{{turn}}}")
                proc.send(f"hello-{turn}\n")
                proc.expect(f"hello-{turn}")
            proc.send("Q\n")
            self.finish(proc)
        finally:
            proc.stop()


class NewOpenSSL(OpenSSL):
    """3.5 and later know X25519MLKEM768."""
    can = OpenSSL.can | {"pq-server", "pq-client", "pqretry-server",
                         "pqretry-client"}


class GnuTLS(Peer):
    """Wants a key share in each HelloRetryRequest."""
    can = {"server", "client", "mutual-server", "mutual-client",
           "retry-server", "rekey-server", "rekey-client",
           "rekeys-client", "resume-server", "resume-client", "large-server",
           "large-client", "bad-server", "bad-client", "refuse-server",
           "refuse-client", "nocert-client"}
    PRIORITY = "NORMAL:-VERS-ALL:+VERS-TLS1.3"

    def server_argv(self, case, port):
        program = [part.replace("gnutls-cli", "gnutls-serv")
                   for part in self.how]
        argv = [*program, "--echo", "--port", str(port), "--priority",
                self.PRIORITY,
                *self.identity(case, "--x509certfile", "--x509keyfile"),
                "--x509cafile", self.certs.ca(case.cert)]
        if case.mutual:
            argv += ["--require-client-cert", "--verify-client-cert"]
        return argv

    def serve(self, case, port):
        return Proc(self.server_argv(case, port))

    def client_argv(self, case, port):
        argv = [*self.how, "127.0.0.1", "--port", str(port), "--priority",
                self.PRIORITY, "--x509cafile", self.certs.ca(case.cert),
                "--sni-hostname", "localhost", "--verify-hostname",
                "localhost", "--inline-commands"]
        if case.mutual:
            argv += self.identity(case, "--x509certfile", "--x509keyfile")
        return argv

    def connect(self, case, port):
        proc = Proc(self.client_argv(case, port) +
                    (["--resume"] if case.kind == "resume" else []))
        try:
            proc.expect("- Handshake was completed")
            if case.kind == "resume":
                proc.expect("This is a resumed session")
            proc.expect("Simple Client Mode")
            proc.send("hello-0\n")
            proc.expect("hello-0")
            if case.kind == "rekeys":
                for turn, command in ((1, "^rekey^"), (2, "^rekey1^")):
                    proc.send(command + "\n")
                    proc.send(f"hello-{turn}\n")
                    proc.expect(f"hello-{turn}")
            proc.close_stdin()
            self.finish(proc)
        finally:
            proc.stop()


class NewGnuTLS(GnuTLS):
    lacks = "Debian's GnuTLS 3.8 is built without ML-KEM"


class Own(Peer):
    """A program of ours over somebody's library; see peers/."""

    can = {"server", "client", "mutual-server", "mutual-client",
           "retry-server", "retry-client", "bulk-server", "bulk-client",
           "large-server", "large-client", "bad-server", "bad-client",
           "refuse-server", "refuse-client", "nocert-client"}

    def __init__(self, *args):
        super().__init__(*args)
        self.program = self.compile()

    def compile(self):
        raise NotImplementedError

    def run(self, *argv):
        done = subprocess.run(argv, capture_output=True, text=True,
                              check=False, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise Failure(f"{argv[0]}: {done.stderr[-300:]}")

    def argv(self, case, role, port):
        return [*self.program, role, str(port),
                self.certs.chain(case.peer_cert),
                self.certs.key(case.peer_cert), self.certs.ca(case.cert),
                "1" if case.mutual else "0"]

    def serve(self, case, port):
        return Proc(self.argv(case, "server", port))

    def connect(self, case, port):
        bulk = "300000" if case.kind == "bulk" else "64"
        times = 2 if case.kind == "resume" else 1
        proc = Proc([*self.argv(case, "client", port), "localhost", bulk,
                     str(times)])
        try:
            self.finish(proc)
            lines = re.findall("^ok .*", proc.text, re.M)
            if len(lines) != times:
                raise Failure(f"{proc.name}: {proc.text[-300:]!r}")
            if times == 2 and not re.search("resumed=(true|1)", lines[1]):
                raise Failure(f"{proc.name} did not resume: {lines[1]}")
        finally:
            proc.stop()


class Go(Own):
    can = Own.can | {"rekey-server", "rekey-client", "resume-server",
                     "resume-client"}

    def compile(self):
        out = os.path.join(self.build, "peer-go")
        environment = dict(os.environ, GOFLAGS="-mod=mod", GOPROXY="off",
                           GOCACHE=os.path.join(self.build, "go-cache"))
        done = subprocess.run(
            [*self.how, "build", "-o", out,
             os.path.join(HERE, "peers", "peer.go")], env=environment,
            capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failure(f"go build: {done.stderr[-300:]}")
        return [out]


class NewGo(Go):
    """1.24 and later know X25519MLKEM768, and offer it first."""
    can = {"server", "client", "mutual-server", "mutual-client", "pq-server",
           "pq-client", "bulk-server", "bulk-client", "resume-server",
           "resume-client"}

    def compile(self):
        out = os.path.join(self.build, "peer-go-new")
        environment = dict(os.environ, GOFLAGS="-mod=mod", GOPROXY="off",
                           GOTOOLCHAIN="local", CGO_ENABLED="0",
                           GOCACHE=os.path.join(self.build, "go-new-cache"))
        done = subprocess.run(
            [*self.how, "build", "-o", out,
             os.path.join(HERE, "peers", "peer.go")], env=environment,
            capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failure(f"go build: {done.stderr[-300:]}")
        return [out]


class Node(Own):
    can = Own.can | {"silent", "rekey-server", "rekey-client", "resume-server",
                     "resume-client"}

    def compile(self):
        return [*self.how, os.path.join(HERE, "peers", "peer.js")]


class NewNode(Node):
    """24 and later know X25519MLKEM768."""
    can = {"server", "client", "mutual-server", "mutual-client", "pq-server",
           "pq-client", "bulk-server", "bulk-client", "resume-server",
           "resume-client"}


class WolfSSL(Own):
    """Limits the length of a certificate message."""
    can = (Own.can | {"rekey-server", "rekeys-client", "resume-client"}) - \
        {"large-server", "large-client"}

    def compile(self):
        out = os.path.join(self.build, "peer-wolfssl")
        self.run("gcc", "-O1", "-o", out,
                 os.path.join(HERE, "peers", "peer_wolfssl.c"), "-lwolfssl")
        return [out]


class MbedTLS(Own):
    """Newer than the machine's, so built against its unpacked package.

    Knows neither KeyUpdate nor handshake messages over several records; wants
    a key share in each HelloRetryRequest; seals a late alert with handshake
    keys.
    """
    can = (Own.can | {"silent"}) - {"large-server", "large-client",
                                    "retry-client"}

    def compile(self):
        tree, out = self.how[0], os.path.join(self.build, "peer-mbedtls")
        include = os.path.join(self.build, "mbedtls-include")
        libraries = os.path.join(tree, "usr/lib/x86_64-linux-gnu")
        os.makedirs(include, exist_ok=True)
        for name in ("mbedtls", "psa"):
            link = os.path.join(include, name)
            if not os.path.islink(link):
                os.symlink(os.path.join(tree, "usr/include", name), link)
        self.run("gcc", "-O1", "-I", include, "-o", out,
                 os.path.join(HERE, "peers", "peer_mbedtls.c"), "-L",
                 libraries, "-Wl,--allow-shlib-undefined", "-lmbedtls",
                 "-lmbedx509", "-lmbedcrypto")
        return [os.path.join(tree, "usr/lib64/ld-linux-x86-64.so.2"),
                "--library-path", libraries, out]


class NSS(Peer):
    can = {"server", "client", "mutual-server", "mutual-client",
           "retry-server", "retry-client", "large-server", "large-client",
           "bad-server", "bad-client", "refuse-client", "http",
           "resume-server"}

    def serve(self, case, port):
        argv = ["selfserv", "-d", self.certs.nss(case.peer_cert), "-n",
                "leaf" if case.peer_cert == "rsa" else "none", "-p", str(port), "-V",
                "tls1.3:tls1.3", "-I", "x25519,P256,P384", "-u"]
        if case.peer_cert != "rsa":
            argv[argv.index("-n"):argv.index("-n") + 2] = ["-e", "leaf"]
        if case.mutual:
            argv += ["-r", "-r"]
        return Proc(argv)

    def exchange(self, case):
        return "GET / HTTP/1.0\\r\\n\\r\\n", "200 OK"

    def connect(self, case, port):
        argv = ["tstclnt", "-4", "-h", "127.0.0.1", "-a", "localhost", "-p",
                str(port), "-d", self.certs.nss(case.peer_cert), "-V",
                "tls1.3:tls1.3", "-I", "x25519,P256,P384"]
        if case.mutual:
            argv += ["-n", "leaf"]
        proc = Proc(argv)
        try:
            proc.send("GET / HTTP/1.0\r\n\r\n")
            # It waits for its operator afterwards.
            if proc.expect("\nriptides\n|rror")[0] != "\nriptides\n":
                raise Failure(f"tstclnt: {proc.text[-300:]!r}")
        finally:
            proc.stop()


class Botan(Peer):
    """Its command line can't ask for a client certificate, nor (3.7) show one
    in TLS 1.3; its server says nothing to a client."""
    can = {"server", "client", "retry-server", "retry-client", "large-server",
           "large-client", "bad-server", "refuse-client", "pq-server",
           "pq-client"}
    GROUPS = {"": "x25519 secp256r1 secp384r1", "-pq": "x25519/ML-KEM-768"}

    def __init__(self, *args):
        super().__init__(*args)
        # Here, where no second job can be writing the same.
        for which, groups in self.GROUPS.items():
            with open(self.policy("botan" + which), "w",
                      encoding="ascii") as text:
                text.write("allow_tls12 = false\nallow_tls13 = true\n"
                           f"key_exchange_groups = {groups}\n"
                           "minimum_rsa_bits = 2048\n"
                           "require_cert_revocation_info = false\n")

    def policy(self, name):
        return self.certs.path(name + "-policy", ".txt")

    def policy_of(self, case):
        return "--policy=" + self.policy(
            "botan-pq" if case.kind == "pq" else "botan")

    def serve(self, case, port):
        return Proc([*self.how, "tls_server",
                     self.certs.chain(case.peer_cert),
                     self.certs.key(case.peer_cert), f"--port={port}",
                     self.policy_of(case)])

    def exchange(self, case):
        return "", ""

    def connect(self, case, port):
        argv = [*self.how, "tls_client", "localhost", f"--port={port}",
                "--tls-version=1.3", "--skip-system-cert-store",
                "--trusted-cas=" + self.certs.ca(case.cert),
                self.policy_of(case)]
        proc = Proc(argv)
        try:
            proc.expect("Handshake complete|[Hh]andshake.*complete")
            proc.send("hello-0\n")
            proc.expect("hello-0")
            proc.close_stdin()
            proc.wait(DEADLINE)
        finally:
            proc.stop()


class Ourselves(Peer):
    """rpt-tls as the client. It sends its request in one piece with its
    Finished, which others do only now and then, on a busy machine."""
    can = {"client", "mutual-client", "retry-client", "resume-client",
           "large-client", "http"}

    def connect(self, case, port):
        argv = [*self.how, "client", f"127.0.0.1:{port}", "--name",
                "localhost", "--ca", self.certs.ca(case.cert), "--send",
                "GET / HTTP/1.0\\r\\n\\r\\n", "--expect", "200 OK",
                "--timeout", str(DEADLINE)]
        if case.mutual:
            argv += self.identity(case, "--cert", "--key")
        if case.kind == "resume":
            argv += ["--resume", "1"]
        proc = Proc(argv)
        try:
            self.finish(proc)
        finally:
            proc.stop()


CLASSES = {"openssl": OpenSSL, "openssl-new": NewOpenSSL, "gnutls": GnuTLS,
           "gnutls-new": NewGnuTLS, "go": Go, "go-new": NewGo, "node": Node,
           "node-new": NewNode, "nss": NSS,
           "mbedtls": MbedTLS, "wolfssl": WolfSSL, "botan": Botan}
