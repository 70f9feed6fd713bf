"""A server on this machine that misbehaves on demand, and an empty cache."""

import http.server
import socket
import struct
import threading
import time

import pytest

from course_utils.data import downloads


class Server:
    """What is served, how it misbehaves, and what was asked."""

    def __init__(self):
        self.files = {}
        self.ranges = True  # honour Range
        self.cut_after = []  # cut the n-th answer after so many bytes
        self.reset = False  # cut it by a reset, not by an end
        self.kind = "application/octet-stream"
        self.length = ""  # say this in place of the length
        self.status = 0  # answer this instead
        self.stall = threading.Event()  # while set, nothing is answered
        self.pause = 0  # stand still behind this byte, until the test is over
        self.over = threading.Event()
        self.asked = []  # the Range of every request

    def handler(self):
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked = self.headers.get("Range", "")
                server.asked.append(asked)
                while server.stall.is_set():
                    time.sleep(0.02)
                if server.status:
                    self.send_error(server.status)
                    return
                content, start = server.files[self.path], 0
                if asked and server.ranges:
                    start = int(asked.removeprefix("bytes=").removesuffix("-"))
                    if start >= len(content):
                        self.send_error(416)
                        return
                    self.send_response(206)
                    span = f"bytes {start}-{len(content) - 1}/{len(content)}"
                    self.send_header("Content-Range", span)
                else:
                    self.send_response(200)
                self.send_header("Content-Type", server.kind)
                self.send_header("Content-Length", server.length or str(len(content) - start))
                self.end_headers()
                end = start + server.cut_after.pop(0) if server.cut_after else len(content)
                if server.pause:
                    self.wfile.write(content[start : server.pause])
                    server.over.wait()
                    return
                self.wfile.write(content[start:end])
                if server.reset and end < len(content):
                    time.sleep(0.3)  # until the other side has read it
                    self.connection.setsockopt(
                        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                    )
                    self.connection.close()

            def log_message(self, *args):
                pass

        return Handler


@pytest.fixture
def server():
    server = Server()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), server.handler()) as httpd:
        server.url = f"http://127.0.0.1:{httpd.server_port}"
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield server
        server.stall.clear()
        server.over.set()
        httpd.shutdown()


@pytest.fixture
def empty_cache(monkeypatch, tmp_path):
    """An empty cache, with a network and without waiting."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    proxies = ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
    for name in ("COURSE_OFFLINE", "COURSE_IMAGES", *proxies):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(downloads, "_unreachable_hosts", {})
    monkeypatch.setattr(downloads.time, "sleep", lambda seconds: None)
    return tmp_path / "keras"
