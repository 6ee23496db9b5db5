"""Inventories that a server hands out: http_sd, pages, header lines, and what servers do wrong."""

import http.server
import json
import threading

from harness import Scan, Test, main

HTTP_SD = [{"targets": ["192.0.2.1:9100", "web2.test:9100"], "labels": {"env": "prod"}}]


def device(name, address):
    return {"name": name, "primary_ip": {"address": address}}


class Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.seen.append((self.path, self.headers.get("Authorization")))
        status, headers, body = self.server.answers.get(self.path, (404, {}, b""))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            pass  # the reader has had enough

    def log_message(self, *_):
        pass


class WebInventories(Test):
    def setUp(self):
        super().setUp()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
        self.server.answers, self.server.seen = {}, []
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"

    def answer(self, path, document, status=200, **headers):
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.server.answers[path] = status, headers, body

    def targets(self, path, *options):
        scan = Scan("targets", self.base + path, *options)
        return (scan.status, scan.out.splitlines() if scan.status == 0 else scan.err)

    def test_an_http_sd_names_targets(self):
        self.answer("/sd", HTTP_SD)
        self.assertEqual((0, ["web2.test:22", "192.0.2.1:22"]), self.targets("/sd"))

    def test_all_pages_are_read_from_one_server_only(self):
        self.answer("/devices", {"next": self.base + "/devices?page=2", "results": [device("a", "192.0.2.1/24")]})
        self.answer("/devices?page=2", {"next": None, "results": [device("b", "192.0.2.2/24")]})
        self.assertEqual((0, ["192.0.2.1:22", "192.0.2.2:22"]), self.targets("/devices"))
        self.answer("/away", {"next": "http://127.0.0.2:9/x", "results": [device("a", "192.0.2.1/24")]})
        status, told = self.targets("/away")
        self.assertEqual(2, status)
        self.assertIn("its next page is on another server", told)

    def test_header_lines_reach_the_server_and_nobody_else(self):
        token = self.write("headers", "# NetBox\nAuthorization: Token S3cret\n")
        self.answer("/sd", HTTP_SD)
        self.assertEqual(0, self.targets("/sd", "--web-headers", token)[0])
        self.assertEqual(("/sd", "Token S3cret"), self.server.seen[-1])
        self.answer("/moved", b"", 302, Location=self.base + "/sd")
        self.assertEqual(0, self.targets("/moved")[0])
        status, told = self.targets("/moved", "--web-headers", token)
        self.assertEqual(2, status)
        self.assertIn("the server answers 302", told)
        self.assertNotIn("S3cret", told)

    def test_a_server_that_does_wrong_is_an_error(self):
        self.answer("/large", b"x" * (65 << 20))
        self.answer("/file", b"", 302, Location="file:///etc/passwd")
        for path, told in (("/none", "the server answers 404"), ("/large", "sends more than 64 MiB"),
                           ("/file", "cannot be fetched")):
            status, text = self.targets(path)
            self.assertEqual((2, True), (status, told in text), text)

    def test_passwords_in_addresses_are_not_shown(self):
        scan = Scan("targets", self.base.replace("//", "//me:S3cret@") + "/none")
        self.assertEqual(2, scan.status)
        self.assertNotIn("S3cret", scan.out + scan.err)


if __name__ == "__main__":
    main()
