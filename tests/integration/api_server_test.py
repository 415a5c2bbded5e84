"""The HTTP server against real sockets: curl, Python's http.client, and clients that mean no good.
The other side is tests/fakes/api_server.cpp: the room `api` with a few routes that misbehave on request."""

import concurrent.futures
import http.client
import json
import os
import pathlib
import resource
import signal
import socket
import stat
import subprocess
import tempfile
import threading
import time
import unittest

PROGRAM = os.environ["API_SERVER"]
P = "/api/public/v1"
TOKEN_FORM = "grant_type=client_credentials&client_id=tester&client_secret=secret-of-tester"


class Server:
    def __init__(self, **limits):
        self.dir = tempfile.TemporaryDirectory(prefix="wharf-api-")
        self.socket = os.path.join(self.dir.name, "wharf.sock")
        self.log = open(os.path.join(self.dir.name, "log"), "w+")
        arguments = [f"{name}={value}" for name, value in limits.items()]
        self.process = subprocess.Popen([PROGRAM, f"socket={self.socket}", *arguments],
                                        stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.port = int(self.process.stdout.readline().split()[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """SIGTERM; seconds until the end."""
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        self.process.stdout.close()
        seconds = time.monotonic() - began
        self.log.seek(0)
        self.said = self.log.read()
        self.log.close()
        self.dir.cleanup()
        assert code == 0, f"exit {code}\n{self.said}"
        return seconds

    def connect(self, timeout=30, receive_buffer=None):
        one = socket.socket()
        if receive_buffer:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        one.settimeout(timeout)
        one.connect(("127.0.0.1", self.port))
        return one

    def client(self, timeout=30):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def get(self, path, timeout=30):
        """Status and body of one request on a connection of its own."""
        client = self.client(timeout)
        try:
            client.request("GET", path)
            answer = client.getresponse()
            return answer.status, answer.read()
        finally:
            client.close()

    def token(self):
        client = self.client()
        client.request("POST", "/applications/token", TOKEN_FORM)
        body = json.loads(client.getresponse().read())
        client.close()
        return body["access_token"]

    def curl(self, *arguments):
        done = subprocess.run(["curl", "-sS", "-i", "--max-time", "30", *arguments],
                              capture_output=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def status(self, name):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in text.splitlines() if line.startswith(name + ":")).split()[1])


def talk(one, text):
    """Everything that comes back after `text`, until the other side closes."""
    one.sendall(text if isinstance(text, bytes) else text.encode())
    return rest(one)


def rest(one):
    told = b""
    try:
        while part := one.recv(65536):
            told += part
    except ConnectionResetError:
        pass
    return told


def status_of(answer):
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else None


class Conversations(unittest.TestCase):
    """What good clients do. One server for all."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.token = cls.server.token()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def test_health_has_its_text_and_the_headers_of_every_answer(self):
        client = self.server.client()
        client.request("GET", P + "/health")
        answer = client.getresponse()
        self.assertEqual((answer.status, answer.read()), (200, b"Successful operation"))
        for name, value in {"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
                            "Cache-Control": "no-store", "Connection": "keep-alive"}.items():
            self.assertEqual(answer.headers[name], value)
        self.assertIn("frame-ancestors 'none'", answer.headers["Content-Security-Policy"])
        self.assertIsNone(answer.headers["Access-Control-Allow-Origin"])
        self.assertIsNotNone(answer.headers["Date"])
        client.close()

    def test_one_connection_carries_a_thousand_requests_and_then_ends(self):
        client = self.server.client()
        client.connect()
        first = client.sock
        for number in range(1000):
            client.request("GET", P + "/health")
            answer = client.getresponse()
            answer.read()
            self.assertEqual(answer.status, 200)
            self.assertEqual(answer.headers["Connection"], "keep-alive" if number < 999 else "close")
            self.assertTrue(number == 999 or client.sock is first)
        client.close()

    def test_pipelined_requests_are_answered_in_order(self):
        with self.server.connect() as one:
            asked = "".join(f"GET {P}/big?bytes={size} HTTP/1.1\r\nHost: localhost\r\n\r\n"
                            for size in range(50))
            last = f"GET {P}/big?bytes=50 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            told = talk(one, asked + last)
        self.assertEqual(told.count(b"HTTP/1.1 200 OK"), 51)
        lengths = [int(line.split(b":")[1]) for line in told.splitlines()
                   if line.startswith(b"Content-Length")]
        self.assertEqual(lengths, list(range(51)))

    def test_head_has_the_headers_of_get_and_no_body(self):
        with self.server.connect() as one:
            told = talk(one, f"HEAD {P}/big?bytes=1234 HTTP/1.1\r\nHost: localhost\r\n\r\n"
                             f"HEAD {P}/download?pieces=3 HTTP/1.1\r\nHost: localhost\r\n"
                             "Connection: close\r\n\r\n")
        self.assertEqual(told.count(b"HTTP/1.1 200"), 2)
        self.assertIn(b"Content-Length: 1234\r\n", told)
        self.assertTrue(told.endswith(b"\r\n\r\n"))
        self.assertNotIn(b"x" * 20, told)
        self.assertNotIn(b"dddd", told)

    def test_options_and_unknown_methods_tell_what_there_is(self):
        for method, status in (("OPTIONS", 204), ("PUT", 405), ("BREW", 405)):
            client = self.server.client()
            client.request(method, P + "/echo", headers={"Authorization": "Bearer " + self.token})
            answer = client.getresponse()
            body = answer.read()
            self.assertEqual(answer.status, status)
            self.assertEqual(answer.headers["Allow"], "GET, HEAD, POST, OPTIONS")
            self.assertEqual(answer.headers["Content-Length"] is None, status == 204)
            self.assertEqual(body == b"", status == 204)
            client.close()

    def test_curl_gets_a_token_in_each_spelling_and_uses_it(self):
        for path in ("/applications/token", "/v1/applications/token", "/api/v1/applications/token/",
                     P + "/applications/token"):
            for more in (["-d", TOKEN_FORM],
                         ["-d", '{"client_id":"tester","client_secret":"secret-of-tester"}'],
                         ["-H", "content-type: application/json", "-d",
                          '{"client_id":"tester","client_secret":"secret-of-tester",'
                          '"grant-type":"client_credentials"}']):
                code, told, _ = self.server.curl(*more, self.server.url(path))
                self.assertEqual((code, status_of(told)), (0, 200))
                body = json.loads(told.split(b"\r\n\r\n", 1)[1])
                self.assertEqual((body["token_type"], body["expires_in"]), ("Bearer", 900))
        code, told, _ = self.server.curl("-H", "Authorization: Bearer " + body["access_token"],
                                         self.server.url(P + "/echo/"))
        self.assertIn(b'"subject":"client:tester"', told)

    def test_a_wrong_secret_no_token_and_a_foreign_host_are_refused(self):
        curl, url = self.server.curl, self.server.url
        self.assertEqual(status_of(curl("-d", "client_id=tester&client_secret=x",
                                        url("/applications/token"))[1]), 401)
        told = curl(url(P + "/echo"))[1]
        self.assertEqual(status_of(told), 401)
        self.assertIn(b"WWW-Authenticate: Bearer", told)
        self.assertEqual(status_of(curl("-H", "Host: evil.example", url(P + "/health"))[1]), 403)
        self.assertEqual(status_of(curl("-H", "Origin: http://evil.example", "-d", "{}",
                                        "-H", "Authorization: Bearer " + self.token,
                                        url(P + "/echo"))[1]), 403)

    def test_a_body_of_ten_megabytes_arrives_and_one_byte_more_is_413(self):
        most = 10 * 1024 * 1024
        with tempfile.NamedTemporaryFile() as file:
            for size, chunked in ((most, False), (most, True), (most + 1, False), (most + 1, True)):
                file.truncate(size)
                more = ["-H", "Transfer-Encoding: chunked"] if chunked else []
                code, told, error = self.server.curl(
                    *more, "-H", "Authorization: Bearer " + self.token, "--data-binary",
                    "@" + file.name, self.server.url(P + "/echo"))
                with self.subTest(size=size, chunked=chunked):
                    self.assertEqual(code, 0, error)
                    final = told.split(b"HTTP/1.1 ")[-1]
                    self.assertEqual(final[:3], b"200" if size == most else b"413")
                    if size == most:
                        self.assertIn(b'"bytes":%d' % most, final)

    def test_who_sends_too_much_without_asking_reads_why(self):
        # No `Expect`: the whole body is on its way before anything is read of the answer.
        with self.server.connect() as one:
            body = bytes(11 * 1024 * 1024)
            one.sendall(f"POST {P}/json HTTP/1.1\r\nHost: localhost\r\n"
                        f"Content-Length: {len(body)}\r\n\r\n".encode())
            one.sendall(body)
            told = rest(one)
        self.assertEqual(status_of(told), 413)
        self.assertIn(b"Connection: close", told)

    def test_bad_requests_are_answered_and_closed(self):
        host = "Host: localhost\r\n"
        for text, status in (("hello\r\n\r\n", 400),
                             (f"GET {P}/health HTTP/1.1\r\n\r\n", 400),
                             (f"GET {P}/health HTTP/3.7\r\n{host}\r\n", 400),
                             ("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", 400),
                             (f"GET /x HTTP/1.1\r\n{host}X: {'y' * 20000}\r\n\r\n", 431),
                             (f"GET /{'y' * 20000} HTTP/1.1\r\n", 431),
                             (f"POST {P}/json HTTP/1.1\r\n{host}Content-Length: 2\r\n"
                              "Content-Encoding: gzip\r\n\r\nab", 415),
                             (f"POST {P}/json HTTP/1.1\r\n{host}Content-Length: 3\r\n"
                              "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400)):
            with self.subTest(text=text[:60]), self.server.connect(timeout=5) as one:
                closing = text if status != 400 or "HTTP/1.1\r\n\r\n" not in text else \
                    text.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")
                told = talk(one, closing)
                self.assertEqual(status_of(told), status)
                self.assertIn(b'"title"', told)

    def test_json_that_does_not_parse_is_422(self):
        for body in ("{", "[1]", "not json"):
            code, told, _ = self.server.curl("-d", body, self.server.url(P + "/json"))
            self.assertEqual(status_of(told), 422)

    def test_an_exception_tells_an_id_and_no_more(self):
        status, body = self.server.get(P + "/throws")
        self.assertEqual(status, 500)
        self.assertNotIn(b"secret", body)
        self.assertIn("errorId", json.loads(body))

    def test_a_download_comes_in_pieces_and_http_1_0_gets_it_too(self):
        status, body = self.server.get(P + "/download?pieces=100")
        self.assertEqual((status, len(body)), (200, 100_000))
        code, told, _ = self.server.curl("--http1.0", self.server.url(P + "/download?pieces=100"))
        self.assertEqual((code, told.count(b"d" * 1000)), (0, 100))
        self.assertNotIn(b"chunked", told)

    def test_a_download_that_breaks_off_is_known_as_such(self):
        with self.assertRaises(http.client.IncompleteRead):
            self.server.get(P + "/download?pieces=3&breaks=1")

    def test_a_client_that_leaves_early_is_no_matter(self):
        for text in ("", "GET", f"GET {P}/slow?ms=50 HTTP/1.1\r\nHost: localhost\r\n\r\n",
                     f"POST {P}/json HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nab"):
            with self.server.connect() as one:
                one.sendall(text.encode())
        self.assertEqual(self.server.get(P + "/health")[0], 200)

    def test_the_unix_socket_knows_its_peer_and_asks_for_no_token(self):
        mode = os.stat(self.server.socket).st_mode
        self.assertTrue(stat.S_ISSOCK(mode))
        self.assertEqual(stat.S_IMODE(mode), 0o660)
        with socket.socket(socket.AF_UNIX) as one:
            one.connect(self.server.socket)
            told = talk(one, f"GET {P}/echo HTTP/1.1\r\nHost: anything\r\nConnection: close\r\n\r\n")
        body = json.loads(told.split(b"\r\n\r\n", 1)[1])
        self.assertEqual((body["subject"], body["local"], body["pid"]),
                         (f"uid:{os.getuid()}", True, os.getpid()))
        code, told, _ = self.server.curl("--unix-socket", self.server.socket, "-d", "{}",
                                         "http://wharf" + P + "/echo")
        self.assertEqual(status_of(told), 200)

    def test_beyond_loopback_nobody_listens_by_mistake(self):
        done = subprocess.run([PROGRAM, "tcp=0.0.0.0:0"], capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 3)
        self.assertIn("--insecure", done.stdout)
        with Server(tcp="0.0.0.0:0", insecure=1) as open_to_all:
            self.assertEqual(open_to_all.get(P + "/health")[0], 200)

    def test_a_port_that_is_taken_is_named(self):
        done = subprocess.run([PROGRAM, f"tcp=127.0.0.1:{self.server.port}"], capture_output=True,
                              text=True, timeout=30)
        self.assertEqual(done.returncode, 3)
        self.assertIn(f"127.0.0.1:{self.server.port}: bind: Address already in use", done.stdout)

    def test_a_second_server_does_not_take_the_socket_away(self):
        done = subprocess.run([PROGRAM, f"socket={self.server.socket}"], capture_output=True,
                              text=True, timeout=30)
        self.assertEqual(done.returncode, 3)
        self.assertIn("another process listens", done.stdout)


class Limits(unittest.TestCase):
    """What others do. A server with limits of its own for each."""

    def test_a_header_that_trickles_in_has_one_deadline(self):
        with Server(header_ms=600) as server, server.connect() as one:
            began = time.monotonic()
            one.sendall(b"GET /x HTTP/1.1\r\n")
            told = b""
            one.settimeout(0.05)
            while not told and time.monotonic() < began + 20:
                try:
                    one.sendall(b"X: y\r\n")
                    told = one.recv(1000)
                except TimeoutError:
                    pass
            self.assertEqual(status_of(told), 408)
            self.assertGreater(time.monotonic() - began, 0.5)
            self.assertLess(time.monotonic() - began, 10)

    def test_a_body_that_trickles_in_has_one_deadline(self):
        with Server(body_ms=600) as server, server.connect() as one:
            one.sendall(f"POST {P}/json HTTP/1.1\r\nHost: localhost\r\n"
                        "Content-Length: 1000\r\n\r\n".encode())
            told = b""
            one.settimeout(0.05)
            until = time.monotonic() + 20
            while not told and time.monotonic() < until:
                try:
                    one.sendall(b"x")
                    told = one.recv(1000)
                except TimeoutError:
                    pass
            self.assertEqual(status_of(told), 408)

    def test_an_idle_connection_is_closed_in_silence(self):
        with Server(idle_ms=300) as server:
            with server.connect(timeout=20) as one:
                self.assertEqual(rest(one), b"")
            client = server.client()
            client.request("GET", P + "/health")
            client.getresponse().read()
            self.assertEqual(client.sock.recv(1), b"")
            client.close()

    def test_with_a_thousand_idle_connections_a_new_request_is_answered(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < 1200:
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
        with Server() as server:
            crowd = [server.connect() for _ in range(1000)]
            began = time.monotonic()
            self.assertEqual(server.get(P + "/health")[0], 200)
            first = time.monotonic() - began
            began = time.monotonic()
            self.assertEqual(server.get(P + "/health")[0], 200)
            second = time.monotonic() - began
            print(f"1,000 idle connections: answered after {first:.3f} s, then {second:.3f} s; "
                  f"resident {server.status('VmRSS')} kB, {server.status('Threads')} threads")
            self.assertLess(first, 20)
            self.assertLess(second, 20)
            for one in crowd:
                one.close()

    def test_who_is_busy_is_not_closed_for_another_who_hears_503(self):
        with Server(connections=4) as server:
            busy = [server.connect() for _ in range(4)]
            for one in busy:
                one.sendall(f"GET {P}/slow?ms=3000 HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            status, body = server.get(P + "/health")
            self.assertEqual(status, 503)
            self.assertIn(b"too many connections", body)
            # The other door is not full.
            done = server.curl("--unix-socket", server.socket, "http://x" + P + "/health")
            self.assertEqual(status_of(done[1]), 200)
            for one in busy:
                self.assertEqual(status_of(one.recv(2000)), 200)
                one.close()
            self.assertEqual(server.get(P + "/health")[0], 200)

    def test_idle_ones_make_room_after_a_second(self):
        with Server(connections=3) as server:
            idle = [server.connect() for _ in range(3)]
            began = time.monotonic()
            self.assertEqual(server.get(P + "/health")[0], 200)
            self.assertLess(time.monotonic() - began, 10)
            self.assertEqual(idle[0].recv(1), b"")
            for one in idle:
                one.close()

    def test_headers_that_trickle_in_make_room_too(self):
        with Server(connections=3) as server:
            slow = [server.connect() for _ in range(3)]
            for one in slow:
                one.sendall(b"GET /x HTTP/1.1\r\n")
            began = time.monotonic()
            self.assertEqual(server.get(P + "/health")[0], 200)
            self.assertLess(time.monotonic() - began, 5)
            for one in slow:
                one.close()

    @unittest.skipIf(os.environ.get("SANITIZED"), "UBSan takes descriptors of its own to look at objects")
    def test_without_descriptors_the_longest_idle_makes_room(self):
        with Server() as server:
            resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (30, 30))
            crowd = [server.connect() for _ in range(100)]
            began = time.monotonic()
            self.assertEqual(server.get(P + "/health")[0], 200)
            self.assertLess(time.monotonic() - began, 20)
            for one in crowd:
                one.close()

    def test_all_uploads_together_have_a_limit(self):
        head = f"POST {P}/json HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\n".encode()
        with Server(bodies_bytes=2_000_000) as server:
            several = [server.connect(timeout=5) for _ in range(4)]
            told = []
            for one in several:
                one.sendall(head + bytes(800_000))
            for one in several:
                try:
                    told.append(status_of(one.recv(1000)))
                except TimeoutError:
                    told.append(None)
                one.close()
            self.assertEqual(sorted(told, key=str), [503, 503, None, None])
            self.assertEqual(server.get(P + "/health")[0], 200)

    def test_a_follower_ends_with_its_cursor(self):
        with Server(follow_ms=700) as server:
            began = time.monotonic()
            status, body = server.get(P + "/follow?lines=3")
            self.assertEqual((status, body), (200, b"line 0\nline 1\nline 2\ncursor 3\n"))
            self.assertGreater(time.monotonic() - began, 0.6)

    def test_followers_have_few_places_and_the_others_go_on(self):
        with Server(followers=2, follow_ms=20_000) as server:
            several = [server.connect(timeout=10) for _ in range(3)]
            told = []
            for one in several:
                one.sendall(f"GET {P}/follow?lines=1 HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                told.append(status_of(one.recv(2000)))
            self.assertEqual(told, [200, 200, 429])
            self.assertEqual(server.get(P + "/health")[0], 200)
            # Who leaves gives his place back.
            several[0].close()
            status = 429
            until = time.monotonic() + 10
            while status == 429 and time.monotonic() < until:
                with server.connect() as one:
                    one.sendall(f"GET {P}/follow HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                    status = status_of(one.recv(2000))
            self.assertEqual(status, 200)
            for one in several[1:]:
                one.close()

    def test_a_follower_that_never_reads_is_left_behind(self):
        with Server(write_ms=500, followers=1) as server:
            with server.connect(receive_buffer=4096) as deaf:
                deaf.sendall(f"GET {P}/flood HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                until = time.monotonic() + 20
                status = 429
                while status == 429 and time.monotonic() < until:
                    with server.connect() as one:
                        one.sendall(f"GET {P}/follow HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                        status = status_of(one.recv(2000))
                self.assertEqual(status, 200)
            # AddressSanitizer keeps what is freed, 256 MB of it.
            self.assertLess(server.status("VmRSS"), 500_000 if os.environ.get("SANITIZED") else 100_000)

    def test_a_client_that_never_reads_its_answer_is_left_behind(self):
        with Server(write_ms=500) as server, server.connect(receive_buffer=4096) as deaf:
            deaf.sendall(f"GET {P}/big?bytes=50000000 HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            time.sleep(2)
            self.assertLess(len(rest(deaf)), 50_000_000)

    def test_handlers_run_side_by_side_and_their_threads_end(self):
        with Server(thread_idle_ms=500) as server:
            before = server.status("Threads")
            with concurrent.futures.ThreadPoolExecutor(100) as pool:
                began = time.monotonic()
                answers = list(pool.map(lambda _: server.get(P + "/slow?ms=500")[0], range(100)))
                seconds = time.monotonic() - began
            self.assertEqual(answers, [200] * 100)
            self.assertLessEqual(server.status("Threads"), before + 64)
            self.assertLess(seconds, 10)
            until = time.monotonic() + 30
            while server.status("Threads") > before and time.monotonic() < until:
                time.sleep(0.2)
            self.assertEqual(server.status("Threads"), before)


class Endings(unittest.TestCase):
    def test_a_request_in_flight_is_answered_before_the_end(self):
        server = Server()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            slow = pool.submit(server.get, P + "/slow?ms=1000")
            idle, half = server.connect(), server.connect()
            half.sendall(b"GET /half")
            time.sleep(0.3)
            seconds = server.stop()
            self.assertEqual(slow.result(), (200, b"slow"))
            self.assertLess(seconds, 4)
            self.assertEqual((rest(idle), rest(half)), (b"", b""))
            idle.close()
            half.close()

    def test_patience_has_an_end(self):
        server = Server(patience_ms=200)
        with server.connect(receive_buffer=4096) as deaf:
            deaf.sendall(f"GET {P}/flood HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            deaf.recv(10)
            self.assertLess(server.stop(), 3)

    def test_a_follower_gets_its_cursor_when_the_daemon_ends(self):
        server = Server()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            follower = pool.submit(server.get, P + "/follow?lines=2")
            time.sleep(0.5)
            self.assertLess(server.stop(), 4)
            self.assertEqual(follower.result(), (200, b"line 0\nline 1\ncursor 2\n"))

    def test_nobody_is_let_in_any_more(self):
        server = Server()
        port = server.port
        stopped = threading.Thread(target=server.stop)
        slow = server.connect()
        slow.sendall(f"GET {P}/slow?ms=1500 HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        time.sleep(0.3)
        path = server.socket
        stopped.start()
        time.sleep(0.5)
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        self.assertFalse(os.path.exists(path))
        self.assertEqual(status_of(slow.recv(2000)), 200)
        slow.close()
        stopped.join()

    def test_a_dead_server_leaves_a_socket_file_that_the_next_one_replaces(self):
        server = Server()
        server.process.kill()
        server.process.wait()
        self.assertTrue(os.path.exists(server.socket))
        again = subprocess.Popen([PROGRAM, f"socket={server.socket}"], stdout=subprocess.PIPE,
                                 text=True)
        self.assertTrue(again.stdout.readline().startswith("port"))
        again.terminate()
        self.assertEqual(again.wait(30), 0)
        again.stdout.close()
        server.process.stdout.close()
        server.log.close()
        self.assertFalse(os.path.exists(server.socket))
        server.dir.cleanup()

    def test_ending_under_fire_loses_no_thread_and_breaks_nothing(self):
        for _ in range(5):
            server = Server(patience_ms=100)
            over = threading.Event()

            def hammer():
                while not over.is_set():
                    try:
                        server.get(P + "/slow?ms=20", timeout=5)
                    except (OSError, http.client.HTTPException):
                        pass

            clients = [threading.Thread(target=hammer) for _ in range(16)]
            for one in clients:
                one.start()
            time.sleep(0.3)
            seconds = server.stop()
            over.set()
            for one in clients:
                one.join()
            self.assertLess(seconds, 10)


if __name__ == "__main__":
    unittest.main(verbosity=2)
