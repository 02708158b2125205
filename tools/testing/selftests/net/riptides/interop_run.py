# SPDX-License-Identifier: GPL-2.0-only
"""Processes, ports and certificates for the interop test."""
import os
import random
import re
import socket
import subprocess
import threading
import time

# It only ends what hangs, however slow the machine is.
DEADLINE = 300


class Failure(Exception):
    """A test went wrong; the message says how."""


class Proc:
    """A child whose output can be waited for."""

    def __init__(self, argv, environment=None, **more):
        self.argv = argv
        self.child = subprocess.Popen(argv, env=environment, **{
            "stdin": subprocess.PIPE, "stdout": subprocess.PIPE,
            "stderr": subprocess.STDOUT, **more})
        self.seen = b""
        self.ended = False
        self.news = threading.Condition()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        source = self.child.stderr or self.child.stdout
        while True:
            part = os.read(source.fileno(), 65536)
            with self.news:
                self.seen += part
                self.ended = not part
                self.news.notify_all()
            if not part:
                return

    @property
    def text(self):
        return self.seen.decode(errors="replace")

    def expect(self, pattern, timeout=DEADLINE):
        """The first match in all that was said so far, when there is one."""
        with self.news:
            self.news.wait_for(
                lambda: re.search(pattern, self.text) or self.ended, timeout)
            match = re.search(pattern, self.text)
        if not match:
            raise Failure(f"no /{pattern}/ from {self.name}: "
                          f"{self.text[-300:]!r}")
        return match

    @property
    def name(self):
        return os.path.basename(self.argv[0])

    def send(self, text):
        try:
            self.child.stdin.write(text.encode())
            self.child.stdin.flush()
        except OSError:
            pass                # it is gone; what it said tells why

    def close_stdin(self):
        try:
            self.child.stdin.close()
        except OSError:
            pass

    def wait(self, timeout=DEADLINE):
        """The exit status."""
        try:
            code = self.child.wait(timeout)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.name} does not end: {self.text[-300:]!r}")
        self.reader.join(timeout)
        return code

    def stop(self):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        self.close_stdin()
        self.reader.join(DEADLINE)
        self.child.stdout.close()


class Ports:
    """Free ports, each given once.

    They lie below those that the kernel gives to clients, one of which could
    otherwise take the port before the server that it is meant for.
    """

    lock = threading.Lock()
    given = set()

    @classmethod
    def take(cls):
        with cls.lock:
            while True:
                port = random.randrange(10000, cls.lowest())
                if port in cls.given:
                    continue
                with socket.socket() as probe:
                    try:
                        probe.bind(("127.0.0.1", port))
                    except OSError:
                        continue
                cls.given.add(port)
                return port

    @staticmethod
    def lowest():
        with open("/proc/sys/net/ipv4/ip_local_port_range",
                  encoding="ascii") as text:
            return max(int(text.read().split()[0]), 11000)


def listening(port):
    """Does anybody listen there? Looked up, so that nobody is disturbed."""
    for name in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(name, encoding="ascii") as table:
                for line in table:
                    fields = line.split()
                    if fields[3] == "0A" and \
                            fields[1].endswith(f":{port:04X}"):
                        return True
        except OSError:
            pass
    return False


def await_listening(proc, port):
    end = time.monotonic() + DEADLINE
    while not listening(port):
        if proc.child.poll() is not None or time.monotonic() > end:
            raise Failure(f"{proc.name} does not listen: "
                          f"{proc.text[-300:]!r}")
        with proc.news:
            proc.news.wait(0.005)


class Certs:
    """Certificates of three key types, made by openssl."""

    TYPES = {
        "p256": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
        "p384": ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
        "rsa": ["rsa:2048"],
    }
    LEAF = ("basicConstraints=critical,CA:FALSE\n"
            "keyUsage=critical,digitalSignature{more}\n"
            "extendedKeyUsage=serverAuth,clientAuth\n"
            "subjectAltName=DNS:localhost,URI:spiffe://interop.test/{name}\n")
    CA = ("basicConstraints=critical,CA:TRUE\n"
          "keyUsage=critical,keyCertSign,cRLSign\n")
    # Each intermediate of the large chain carries this that nobody knows.
    BULK = "1.2.3.4.5.6=ASN1:UTF8String:" + "x" * 5000 + "\n"

    def __init__(self, directory):
        self.directory = directory
        self.serial = 1
        os.makedirs(directory, exist_ok=True)
        for kind in self.TYPES:
            self.root(f"ca-{kind}", kind)
            self.issue(f"int-{kind}", kind, f"ca-{kind}", self.CA)
            self.leaf(f"leaf-{kind}", kind, f"int-{kind}")
        self.root("ca-bad", "p256")
        self.leaf("leaf-bad", "p256", "ca-bad")
        self.large()

    def path(self, name, suffix=".pem"):
        return os.path.join(self.directory, name + suffix)

    def openssl(self, *argv):
        done = subprocess.run(["openssl", *argv], capture_output=True,
                              text=True, check=False)
        if done.returncode:
            raise Failure(f"openssl {argv[0]}: {done.stderr[-300:]}")

    def request(self, name, kind, *more):
        self.openssl("req", "-newkey", *self.TYPES[kind], "-nodes", "-keyout",
                     self.path(name, ".key"), "-subj",
                     f"/O=riptides interop/CN={name}", *more)

    def root(self, name, kind):
        self.request(name, kind, "-x509", "-days", "30", "-out",
                     self.path(name), "-addext",
                     "keyUsage=critical,keyCertSign,cRLSign")

    def issue(self, name, kind, issuer, extensions):
        self.request(name, kind, "-out", self.path(name, ".csr"))
        with open(self.path(name, ".ext"), "w", encoding="ascii") as text:
            text.write(extensions)
        self.serial += 1
        self.openssl("x509", "-req", "-in", self.path(name, ".csr"), "-CA",
                     self.path(issuer), "-CAkey", self.path(issuer, ".key"),
                     "-set_serial", str(self.serial), "-days", "20",
                     "-sha384" if kind == "p384" else "-sha256", "-extfile",
                     self.path(name, ".ext"), "-out", self.path(name))

    def leaf(self, name, kind, issuer, above=()):
        # NSS asks that of RSA keys, even in TLS 1.3.
        more = ",keyEncipherment" if kind == "rsa" else ""
        self.issue(name, kind, issuer,
                   self.LEAF.format(name=name, more=more))
        chain = [name, *((issuer,) if issuer.startswith("int") else ()),
                 *above]
        with open(self.path(name, ".chain"), "w", encoding="ascii") as out:
            for member in chain:
                with open(self.path(member), encoding="ascii") as part:
                    out.write(part.read())

    def large(self):
        """A leaf below four intermediates of 5 KiB and more."""
        above, issuer = [], "ca-p256"
        for level in range(4):
            name = f"big-{level}"
            self.issue(name, "p256", issuer, self.CA + self.BULK)
            above.insert(0, name)
            issuer = name
        self.leaf("leaf-large", "p256", issuer, above)

    def chain(self, kind):
        return self.path(f"leaf-{kind}", ".chain")

    def key(self, kind):
        return self.path(f"leaf-{kind}", ".key")

    def ca(self, kind):
        return self.path("ca-" + ("p256" if kind == "large" else kind))

    def nss(self, kind):
        """A database of NSS with our identity and our CA."""
        directory = self.path(f"nss-{kind}", "")
        if os.path.isdir(directory):
            return directory
        p12 = self.path(f"leaf-{kind}", ".p12")
        self.openssl("pkcs12", "-export", "-in", self.chain(kind), "-inkey",
                     self.key(kind), "-name", "leaf", "-out", p12,
                     "-passout", "pass:x")
        os.makedirs(directory + ".new", exist_ok=True)
        for argv in (["certutil", "-N", "--empty-password"],
                     ["certutil", "-A", "-n", "root", "-t", "CT,C,C", "-i",
                      self.ca("p256" if kind == "bad" else kind)],
                     ["pk12util", "-i", p12, "-W", "x"]):
            done = subprocess.run([*argv, "-d", directory + ".new"],
                                  capture_output=True, text=True, check=False)
            if done.returncode:
                raise Failure(f"{argv[0]}: {done.stderr[-200:]}")
        os.rename(directory + ".new", directory)
        return directory
