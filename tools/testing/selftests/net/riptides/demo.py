# SPDX-License-Identifier: GPL-2.0-only
"""curl and python3 -m http.server secured by riptidesd; every claim is checked.

Started by scripts/demo inside the lab, as root: it sets the clock.

  demo.py RIPTIDESD CONFIGURATION
"""

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time

import nl
from netlink_certs import openssl
from policy_fixture import B, DEADLINE, Wire, is_tls, network, ns, until
from policy_fixture import run as command
from riptidesd_fixture import SPOKEN, TOOL, Daemon, leaf_of, run, tell

PAGE = b"in clear to the application\n"
SIZE = 32 << 20		# more than all buffers on the way hold
PIECE = 2 << 20
WEB, SHOP, REPORTS, NOBODY = 33, 1000, 1001, 65534
PORT = 8000
URL = f"http://{B}:{PORT}/"
RECORDS = {20: "change_cipher_spec", 21: "alert", 22: "handshake",
           23: "application_data"}
ID = "spiffe://example.org/"
CA = "/var/lib/riptides/example.org/"


def title(text):
    print(f"== {text}", flush=True)


def show(text):
    for line in text.splitlines():
        print(f"   | {line}".rstrip(), flush=True)


def claim(text, true):
    assert true, f"not so: {text}"
    print(f"   ok: {text}", flush=True)


def start(name, uid, *words, **options):
    """A program of a user in a namespace; it knows nothing of riptides."""
    with ns(name):
        return subprocess.Popen(words, user=uid, group=uid, extra_groups=[],
                                cwd="/", **options)


def curl(uid, path="page"):
    """How it ends, what it gets, what it says."""
    with start("a", uid, "curl", "-sS", "--noproxy", "*", URL + path,
               stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        out, err = process.communicate()
    return process.returncode, out, err.decode().strip()


def riptidesd(name, *words):
    with ns(name):
        return run(*words).out


def connections(name):
    """Those that are open."""
    with ns(name):
        return [one for one in tell("connections") if one["state"] == "open"]


@contextlib.contextmanager
def capture():
    """What goes over the wire meanwhile."""
    wire = Wire()
    wire.start()
    try:
        yield wire
    finally:
        wire.over = True
        wire.thread.join()
        wire.socket.close()


def records(port, flow):
    """The first ones of both directions, as text."""
    lines = []
    for way, data in zip((f"{port} > {PORT}", f"{PORT} > {port}"), flow):
        for _ in range(4):
            if len(data) >= 5:
                length = int.from_bytes(data[3:5], "big")
                lines.append(f"{way}: {RECORDS.get(data[0], 'NOT TLS')}, "
                             f"{length} octets: {data[5:5 + min(length, 12)].hex(' ')}")
                data = data[5 + length:]
    return "\n".join(lines)


def in_clear():
    """The page, and how it came."""
    with capture() as wire:
        got = curl(SHOP)
        flows = wire.of(PORT)
    show(f"$ curl {URL}page\n" + next(iter(flows.values()))[1].decode(
        errors="replace").split("\r\n", 1)[0])
    claim("curl gets the page", got == (0, PAGE, ""))
    claim("the wire carries it in clear",
          any(PAGE in back for _, back in flows.values()))


def secured():
    with capture() as wire:
        got = curl(SHOP)
        flows = wire.of(PORT)
    for flow in flows.items():
        show(records(*flow))
    claim("the same command gets the same page from the same server",
          got == (0, PAGE, ""))
    claim("the wire carries TLS records, a handshake first, nothing else",
          flows and all(is_tls(one) and one[:1] == b"\x16"
                        for flow in flows.values() for one in flow))
    claim("the server's chooses TLS 1.3", all(
        b"\x00\x2b\x00\x02\x03\x04" in back[:5 + int.from_bytes(
            back[3:5], "big")] for _, back in flows.values()))
    claim("and nothing of it in clear", not any(
        PAGE in one or b"HTTP" in one for flow in flows.values()
        for one in flow))


def refused():
    """Who may not come in, and what is said about it."""
    with ns("b"), subprocess.Popen([TOOL, "events"], stdout=subprocess.PIPE,
                                   text=True) as process:
        os.set_blocking(process.stdout.fileno(), False)
        said, before = [], web_in()["failures"]

        def told():
            # Nobody says when it listens: so the stranger comes again
            status, out, err = curl(REPORTS)
            assert status and not out, "who must be refused was served"
            line = process.stdout.readline()
            said.extend([line, err] if line else [])
            return line

        try:
            until(told, "an event")
        finally:
            process.terminate()
    show(f"$ curl {URL}page   # user {REPORTS}, {ID}reports\n{said[1]}\n"
         f"riptidesd events: {said[0]}")
    claim("a SPIFFE ID that the rule does not name is refused, and an event "
          "tells why", "rule web-in" in said[0] and
          "the peer's SPIFFE ID is not allowed" in said[0])
    refusals = web_in()["failures"]
    claim("and the rule counts it", refusals > before)
    status, out, err = curl(NOBODY)
    show(f"$ curl {URL}page   # user {NOBODY}, in clear\n{err}")
    claim("a process that no rule gives an identity is refused",
          status and not out)
    until(lambda: web_in()["failures"] > refusals, "a failure counted")
    claim("and counted", web_in()["handshakes"] == 1)


def web_in():
    """The server's rule and its counters."""
    return next(one for one in tell_in("b", "rule") if one["name"] == "web-in")


def tell_in(name, *words):
    with ns(name):
        return tell(*words)


def certificate(who):
    """Of the configuration's CA, for somebody who is not on these kernels."""
    with open("extensions", "w", encoding="ascii") as file:
        file.write(f"keyUsage=critical,digitalSignature\n"
                   f"subjectAltName=URI:{ID}{who}\n")
    request = openssl("req", "-new", "-newkey", "ec", "-pkeyopt",
                      "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                      f"{who}.key", "-subj", f"/CN={who}")
    with open(f"{who}.pem", "w", encoding="ascii") as file:
        file.write(openssl("x509", "-req", "-CA", CA + "root.pem", "-CAkey",
                           CA + "root.key", "-days", "1", "-set_serial", "77",
                           "-extfile", "extensions", stdin=request))


def outside():
    """OpenSSL instead of riptides at the other end."""
    certificate("shop")
    words = ["openssl", "s_client", "-ign_eof", "-CAfile", CA + "root.pem",
             "-verify_return_error", "-connect", f"{B}:{PORT}"]
    answers = []
    for more in (["-cert", "shop.pem", "-key", "shop.key"], []):
        with ns("a"):
            done = subprocess.run(
                words + more, capture_output=True, text=True, check=False,
                input="GET /page HTTP/1.0\r\n\r\n")
        answers.append(done.stdout + done.stderr)
    claim("an outside peer, OpenSSL with a certificate, is served",
          PAGE.decode() in answers[0])
    claim("without one it is refused, and told why", PAGE.decode() not in
          answers[1] and "alert certificate required" in answers[1])


class Download:
    """By curl; it waits whenever nobody takes what it has."""

    def __init__(self):
        self.digest, self.size = hashlib.sha256(), 0
        self.curl = start("a", SHOP, "curl", "-sS", "--noproxy", "*",
                          URL + "large", stdout=subprocess.PIPE)

    def take(self, size):
        """Some more of it, or what there is left."""
        data = self.curl.stdout.read(size)
        self.digest.update(data)
        self.size += len(data)
        return data

    def all(self):
        while self.take(PIECE):
            pass
        return self.curl.wait()


def download(daemons, digest):
    """What must not disturb it."""
    flow = Download()
    claim(f"{len(flow.take(PIECE)) >> 20} MiB have come",
          flow.size == PIECE)
    for name, own, peer in ("a", "shop", "web"), ("b", "web", "shop"):
        until(lambda name=name: len(connections(name)) == 1,
              "those before it gone")
        show(("client" if name == "a" else "server") +
             ": $ riptidesd connections\n" + riptidesd(name, "connections"))
        rows = connections(name)
        claim("both SPIFFE IDs are told, of TLS 1.3 by mutual proof",
              [(one["own-id"], one["peer-id"], one["mode"], one["version"])
               for one in rows] ==
              [(ID + own, ID + peer, "mutual", "TLS 1.3")])
    numbers = [one["id"] for name in daemons for one in connections(name)]

    for daemon in daemons.values():
        daemon.end(signal.SIGKILL)
    claim("riptidesd is killed on both ends; the download goes on",
          len(flow.take(PIECE)) == PIECE)
    for name in daemons:
        daemons[name] = daemon_in(name)
        show(daemons[name].ready())
        claim("riptidesd starts again and has nothing to change",
              "(0 changes, 0 certificates)" in daemons[name].log[-1])
    claim("the download goes on", len(flow.take(PIECE)) == PIECE)

    old = leaves()
    time.clock_settime(time.CLOCK_REALTIME, time.time() + 45 * 60)
    for name, who in ("a", "shop"), ("b", "web"):
        show(daemons[name].wait(f"identity {who}: new certificate"))
    claim("45 minutes on the clock later, both have new certificates",
          all(one != two for one, two in zip(old, leaves())))
    claim("and the download is still the same connection", numbers == [
        one["id"] for name in daemons for one in connections(name)])
    claim(f"it ends well: {SIZE >> 20} MiB", flow.all() == 0 and
          flow.size == SIZE)
    claim(f"and whole: sha256 {digest[:16]}...",
          flow.digest.hexdigest() == digest)
    claim("who comes next, comes with the new certificates",
          curl(SHOP) == (0, PAGE, ""))


def leaves():
    found = []
    for name, who in ("a", "shop"), ("b", "web"):
        with ns(name):
            found.append(leaf_of(who))
    return found


def daemon_in(name):
    with ns(name):
        return Daemon("conf")


def prepare():
    """What there is before riptides: two hosts, a web server, its files."""
    network()
    for name in "a", "b":
        with ns(name):
            nl.settings_set(deadline_ms=DEADLINE)
    # not that of the machine whose files these are
    os.makedirs("/var/lib/riptides", exist_ok=True)
    command("mount", "-t", "tmpfs", "tmpfs", "/var/lib/riptides")
    os.makedirs("/run/demo/www")
    shutil.copytree(sys.argv[2], "/run/demo/conf")
    os.chdir("/run/demo")
    with open("www/page", "wb") as file:
        file.write(PAGE)
    digest = hashlib.sha256()
    with open("www/large", "wb") as file:
        while file.tell() < SIZE:
            data = os.urandom(1 << 20)
            digest.update(data)
            file.write(data)
    return digest.hexdigest()


def scene(digest):
    title("python3 -m http.server and curl on two hosts, without riptidesd")
    in_clear()

    title("riptidesd starts on both, with tools/riptidesd/example")
    daemons = {}
    try:
        for name in "b", "a":
            daemons[name] = daemon_in(name)
            show(daemons[name].ready())
        claim("each has its identities signed, and the rules",
              all(one["state"] == "valid" for name in "ab"
                  for one in tell_in(name, "identity")))
        secured()

        title("who is refused, and who is not")
        refused()
        outside()

        title("a long download, while much happens")
        download(daemons, digest)

        title("riptidesd disable")
        for name in "ab":
            riptidesd(name, "disable")
        in_clear()
    finally:
        for daemon in daemons.values():
            daemon.end(signal.SIGKILL)


def main():
    digest = prepare()
    server = start("b", WEB, "python3", "-m", "http.server", str(PORT),
                   "--directory", "/run/demo/www", stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    try:
        until(lambda: str(PORT) in command("ip", "netns", "exec", "b", "ss",
                                           "-ltnH"), "http.server")
        scene(digest)
    except AssertionError as error:
        print(f"demo: {error}", file=sys.stderr)
        sys.stderr.writelines(
            f"-- {line.rstrip()}\n" for line in SPOKEN
            if line.startswith("riptidesd: "))
        return 1
    finally:
        server.kill()
        server.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
