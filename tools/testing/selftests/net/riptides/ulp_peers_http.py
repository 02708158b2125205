# SPDX-License-Identifier: GPL-2.0-only
"""curl and nginx as peers, and programs that know nothing of TLS."""
import ctypes
import errno
import functools
import hashlib
import http.server
import os
import queue
import socket
import sys
import threading

import ulp_sock
from interop_peers import Peer
from interop_run import Failure, Ports, Proc, await_listening
from ulp_sock import (attach, digest, ended, fails, info, limit, payload,
                      rekey, same, send)

WORK = "/run/http"


def stored(name, data):
    """A file that has it."""
    os.makedirs(os.path.join(WORK, "www"), exist_ok=True)
    path = os.path.join(WORK, name)
    with open(path, "wb") as out:
        out.write(data)
    return path


def summary(path):
    with open(path, "rb") as text:
        return hashlib.file_digest(text, "sha256").hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """Gives a payload, takes another, with KeyUpdates within."""
    protocol_version = "HTTP/1.1"
    timeout = None

    def log_message(self, *_):
        pass

    def answer(self, code, size):
        self.send_response(code)
        self.send_header("Content-Length", str(size))
        self.end_headers()

    def do_GET(self):
        data = payload(self.server.size, 1)
        self.answer(200, len(data))
        # who may close behind it asks for nothing: an answer that came after
        # that would reset the connection, and lose what is under way
        send(self.connection, data, [(.2, False), (.5, False), (.8, False)])

    def handle_expect_100(self):
        # the client waits for us: what it sends comes after its answer
        rekey(self.connection, True)
        return super().handle_expect_100()

    def do_PUT(self):
        left, sums = int(self.headers["Content-Length"]), hashlib.sha256()
        while left:
            part = self.rfile.read1(min(left, ulp_sock.CHUNK))
            if not part:
                raise Failure(f"end before {left} more bytes")
            sums.update(part)
            left -= len(part)
        self.answer(201, 0)
        self.server.events.put((sums.hexdigest(), info(self.connection),
                                ulp_sock.peer_id(self.connection)))


class Server(http.server.ThreadingHTTPServer):
    """That of the library, whose listener was given our options. What happens
    on its connections it puts into a queue."""

    def __init__(self, case, deadline, handler=Handler, **options):
        super().__init__(("127.0.0.1", 0), handler)
        attach(self.socket, **options)
        self.size, self.deadline = case.size, deadline
        self.events = queue.Queue()
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.serve_forever, daemon=True)
        self.thread.start()

    def get_request(self):
        sock, address = super().get_request()
        limit(sock, self.deadline)
        return sock, address

    def handle_error(self, *_):
        self.events.put(sys.exc_info()[1])

    def event(self):
        try:
            return self.events.get(timeout=self.deadline)
        except queue.Empty:
            raise Failure("nothing happened at the server") from None

    def failed(self, code):
        """A connection must have failed with CODE."""
        what = self.event()
        if not isinstance(what, OSError) or what.errno != code:
            raise Failure(f"{what!r:.200} in place of errno {code}")

    def __exit__(self, *_):
        self.shutdown()
        self.thread.join()
        self.server_close()


def took(case, server, data):
    """The server got DATA, over a connection as it should be."""
    event = server.event()
    if isinstance(event, Exception):
        raise event
    got, now, peer = event
    same(got, data, "by PUT")
    want = ulp_sock.PATHS[case.path]
    if (now.tx, now.rx) != (want, want):
        raise Failure(f"not on {case.path}: {now}")
    if bool(peer) != case.mutual:
        raise Failure(f"the peer is {peer}")
    return now


def request(sock, method, path, data=b"", rekeys=(), last=False):
    """One request; returns the status and the sum of what came back."""
    end = "Connection: close\r\n" if last else ""
    sock.sendall(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{end}"
                 f"Content-Length: {len(data)}\r\n\r\n".encode())
    send(sock, data, rekeys)
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        part = sock.recv(1)
        if not part:
            raise Failure(f"end of file within {head!r:.200}")
        head += part
    lines = head.decode().split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
    got = ulp_sock.receive(sock, int(fields.get("content-length", 0)))
    return int(lines[0].split()[1]), got


class Curl(Peer):
    """The command, as a client of ours."""
    kinds = {"client": "bulk refuse bad nocert"}

    def run(self, case, port, *more):
        argv = [*self.how, "-sS", "--tlsv1.3", "--noproxy", "*", "--cacert",
                self.certs.ca(case.cert), "--resolve",
                f"localhost:{port}:127.0.0.1"]
        if case.mutual:
            argv += self.identity(case, "--cert", "--key")
        return Proc(argv + [part.replace("@", f"https://localhost:{port}")
                            for part in more])

    def status(self, proc, deadline):
        try:
            return proc.wait(deadline)
        finally:
            proc.stop()

    def bulk(self, case, server, deadline):
        """Both ways over one connection."""
        out, back = payload(case.size, 1), payload(case.size, 2)
        got = os.path.join(WORK, "got")
        proc = self.run(case, server.port, "-o", got, "@/", "--next", "-sS",
                        "-T", stored("put", back), *self.again(case), "@/put")
        if self.status(proc, deadline):
            raise Failure(f"curl says {proc.text[-300:]!r}")
        same(summary(got), out, "by GET")
        now = took(case, server, back)
        if now.tx_rekeys < 1 or now.rx_rekeys < 1:
            raise Failure(f"rekeyed {now.tx_rekeys}/{now.rx_rekeys} times")

    def again(self, case):
        """--next forgets options."""
        argv = ["--tlsv1.3", "--noproxy", "*", "--cacert",
                self.certs.ca(case.cert)]
        if case.mutual:
            argv += self.identity(case, "--cert", "--key")
        return argv

    def attempt(self, case, runner):
        stored("put", b"")
        with Server(case, runner.deadline, **runner.options(case)) as server:
            if case.kind == "bulk":
                self.bulk(case, server, runner.deadline)
                return
            proc = self.run(case, server.port, "@/")
            if not self.status(proc, runner.deadline):
                raise Failure("curl was content")
            server.failed({"refuse": errno.EPROTO, "bad": errno.EKEYREJECTED,
                           "nocert": errno.EACCES}[case.kind])


class Nginx(Peer):
    """One process of it: a server with files, or a client by proxy_pass."""
    kinds = {"server": "bulk cut refuse bad", "client": "bulk refuse bad nocert"}

    def start(self, port, text, listener=None):
        """Returns it once it listens; TEXT configures its one server. It
        inherits LISTENER as it would from its predecessor."""
        temps = "".join(f"{name}_temp_path {WORK}/{name};"
                        for name in ("client_body", "proxy", "fastcgi",
                                     "uwsgi", "scgi"))
        conf = stored("nginx.conf", f"""
daemon off; master_process off; pid {WORK}/pid;
events {{ }}
http {{
    access_log off; client_max_body_size 0; {temps}
    server {{ listen 127.0.0.1:{port} {text} }}
}}""".encode())
        more = {"pass_fds": [listener.fileno()],
                "environment": dict(os.environ, NGINX=f"{listener.fileno()};")
                } if listener else {}
        proc = Proc([*self.how, "-p", WORK, "-c", conf, "-e", "stderr"],
                    **more)
        try:
            await_listening(proc, port)
        except Failure:
            proc.stop()
            raise
        return proc

    def serve(self, case, port):
        verify = f"""ssl_client_certificate {self.certs.ca(case.cert)};
            ssl_verify_client on; ssl_verify_depth 9;""" if case.mutual else ""
        return self.start(port, f"""ssl; ssl_protocols TLSv1.3;
            ssl_certificate {self.certs.chain(case.peer_cert)};
            ssl_certificate_key {self.certs.key(case.peer_cert)}; {verify}
            root {WORK}/www; location / {{ dav_methods PUT; }}""")

    def proxy(self, case, port, to):
        own = f"""proxy_ssl_certificate {self.certs.chain(case.peer_cert)};
            proxy_ssl_certificate_key {self.certs.key(case.peer_cert)};""" \
            if case.mutual else ""
        return self.start(port, f"""; location / {{
            proxy_pass https://127.0.0.1:{to}; proxy_http_version 1.1;
            proxy_ssl_protocols TLSv1.3; proxy_ssl_verify on;
            proxy_ssl_trusted_certificate {self.certs.ca(case.cert)};
            proxy_ssl_verify_depth 9; proxy_ssl_name localhost;
            proxy_ssl_server_name on; {own}
            proxy_request_buffering off; proxy_buffering off; }}""")

    def attempt(self, case, runner):
        port = Ports.take()
        if case.role == "client":
            with Server(case, runner.deadline,
                        **runner.options(case)) as server:
                proc = self.proxy(case, port, server.port)
                try:
                    self.through(case, server, port, runner)
                except (Failure, OSError) as error:
                    raise Failure(f"{error}; nginx says "
                                  f"{proc.text[-300:]!r}") from None
                finally:
                    proc.stop()
            return
        out = payload(case.size, 1)
        stored("www/get", out)
        proc = self.serve(case, port)
        try:
            if case.kind == "bad":
                fails(errno.EKEYREJECTED, ulp_sock.connect, port,
                      runner.deadline, **runner.options(case))
                return
            with ulp_sock.connect(port, runner.deadline,
                                  **runner.options(case)) as sock:
                getattr(self, case.kind)(case, sock, proc, runner)
        except (Failure, OSError) as error:
            raise Failure(f"{error}; nginx says {proc.text[-300:]!r}") \
                from None
        finally:
            proc.stop()

    def bulk(self, case, sock, proc, runner):
        out, back = payload(case.size, 1), payload(case.size, 2)
        tickets = ulp_sock.counter("TicketReceived")
        rekey(sock, True)
        if request(sock, "GET", "/get") != (200, digest(out)):
            raise Failure("GET")
        rekeys = [(.2, True), (.5, False), (.8, True)]
        code, _ = request(sock, "PUT", "/put", back, rekeys, last=True)
        if code not in (201, 204):
            raise Failure(f"PUT answers {code}")
        same(summary(WORK + "/www/put"), back, "by PUT")
        runner.rekeyed(case, sock, 4, 1)
        ended(sock)
        if ulp_sock.counter("TicketReceived") == tickets:
            raise Failure("it sent no ticket")

    def cut(self, case, sock, proc, runner):
        if request(sock, "GET", "/get")[0] != 200:
            raise Failure("GET")
        proc.child.kill()
        proc.child.wait()
        for _ in range(2):
            fails(errno.ECONNRESET, sock.recv, 1)

    def refuse(self, case, sock, proc, runner):
        """nginx tells it by HTTP."""
        code, _ = request(sock, "GET", "/get")
        if code != 400:
            raise Failure(f"GET answers {code}")

    def through(self, case, server, port, runner):
        """A plain client, nginx, our server."""
        with socket.create_connection(("127.0.0.1", port)) as plain:
            limit(plain, runner.deadline)
            if case.kind != "bulk":
                code, _ = request(plain, "GET", "/")
                if code != 502:
                    raise Failure(f"GET answers {code}")
                # it refuses us after the handshake, and just closes
                if case.kind != "refuse":
                    server.failed({"bad": errno.EKEYREJECTED,
                                   "nocert": errno.EACCES}[case.kind])
                return
            out, back = payload(case.size, 1), payload(case.size, 2)
            if request(plain, "GET", "/") != (200, digest(out)):
                raise Failure("GET")
            code, _ = request(plain, "PUT", "/", back)
            if code != 201:
                raise Failure(f"PUT answers {code}")
            took(case, server, back)


class LibCurl:
    """Fetches http:// by the library; its own hook gives each socket our
    option before it connects."""
    OPTIONS = {"url": 10002, "write": 20011, "sockopt": 20148,
               "noproxy": 10177}
    WRITE = ctypes.CFUNCTYPE(ctypes.c_size_t, ctypes.c_void_p, ctypes.c_size_t,
                             ctypes.c_size_t, ctypes.c_void_p)
    SOCKOPT = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int,
                               ctypes.c_int)

    def __init__(self):
        self.lib = ctypes.CDLL("libcurl.so.4")
        self.lib.curl_easy_init.restype = ctypes.c_void_p

    def fetch(self, url, **options):
        sums = hashlib.sha256()
        error = []

        def write(data, size, count, _):
            sums.update(ctypes.string_at(data, size * count))
            return size * count

        def sockopt(_, fd, __):
            sock = socket.socket(fileno=fd)
            try:
                attach(sock, **options)
            except OSError as problem:
                error.append(problem)
            sock.detach()
            return len(error)

        easy = ctypes.c_void_p(self.lib.curl_easy_init())
        callbacks = self.WRITE(write), self.SOCKOPT(sockopt)
        for name, value in (("url", ctypes.c_char_p(url.encode())),
                            ("noproxy", ctypes.c_char_p(b"*")),
                            ("write", callbacks[0]),
                            ("sockopt", callbacks[1])):
            self.lib.curl_easy_setopt(easy, self.OPTIONS[name], value)
        code = self.lib.curl_easy_perform(easy)
        self.lib.curl_easy_cleanup(easy)
        if code or error:
            raise Failure(f"libcurl: {code} {error}")
        return sums.hexdigest()


class Files(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Unmodified(Curl):
    """Programs that know nothing of TLS: Python's http.server, whose listener
    has our option, meets curl, and libcurl, whose socket has it. nginx, which
    speaks http on a listener that it inherits, meets both."""

    def __init__(self, curl, nginx, certs, build):
        super().__init__("unmodified", curl.version, " ".join(curl.how),
                         certs, build)
        self.nginx = nginx
        self.kinds = {"server": "http.server"}
        if nginx:
            self.kinds["server"] += " nginx"

    def both(self, case, port, runner):
        out = digest(payload(case.size, 1))
        got = os.path.join(WORK, "got")
        if self.status(self.run(case, port, "-o", got, "@/get"),
                       runner.deadline) or summary(got) != out:
            raise Failure("curl got something else")
        if LibCurl().fetch(f"http://127.0.0.1:{port}/get", path=case.path,
                           mutual=case.mutual) != out:
            raise Failure("libcurl got something else")

    def attempt(self, case, runner):
        stored("www/get", payload(case.size, 1))
        if case.kind == "http.server":
            files = functools.partial(Files, directory=WORK + "/www")
            with Server(case, runner.deadline, files,
                        **runner.options(case)) as server:
                self.both(case, server.port, runner)
                if not server.events.empty():
                    raise Failure(f"{server.event()!r}")
            return
        with ulp_sock.listen(runner.deadline,
                             **runner.options(case)) as listener:
            port = listener.getsockname()[1]
            proc = self.nginx.start(port, f"; root {WORK}/www;", listener)
            try:
                self.both(case, port, runner)
            finally:
                proc.stop()
