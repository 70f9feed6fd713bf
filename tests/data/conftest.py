"""A server on this machine that misbehaves on demand, and an empty cache."""

import http.server
import socket
import struct
import threading
import time
import warnings

import pytest

from course_utils.data import downloads, registry

WELL = {
    "ranges": True,  # honour Range
    "cut_after": [],  # cut the n-th answer after so many bytes
    "reset": False,  # cut it by a reset, not by an end
    "kind": "application/octet-stream",
    "length": "",  # say this in place of the length
    "status": 0,  # answer this instead
    "stall": False,  # answer nothing as long as this is true
    "pause": 0,  # stand still behind this byte, until the test is over
}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        how, asked = self.server, self.headers.get("Range", "")
        how.asked.append(asked)
        while how.stall:
            time.sleep(0.02)
        content = how.files[self.path]
        start = int(asked[6:-1]) if asked and how.ranges else 0  # bytes=1000-
        if how.status or start >= len(content) > 0:
            self.send_error(how.status or 416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Type", how.kind)
        self.send_header("Content-Length", how.length or str(len(content) - start))
        self.end_headers()
        end = start + how.cut_after.pop(0) if how.cut_after else len(content)
        self.wfile.write(content[start : how.pause or end])
        if how.pause:
            how.over.wait()
        elif how.reset and end < len(content):
            time.sleep(0.3)  # until the other side has read it
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    """What is served, how it misbehaves, and what was asked."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.url = f"http://127.0.0.1:{server.server_port}"
        vars(server).update(WELL, files={}, asked=[])  # asked: the Range of every request
        server.over = threading.Event()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.stall = False
        server.over.set()
        server.shutdown()


def put(folder, files):
    """Write files, by their names in a folder, and return it."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def held(folder):
    """What the files in a folder hold, by their names."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def tried(server, get):
    """What a call returns or raises, warns of, and from which bytes on it has asked a server."""
    server.asked.clear()
    with warnings.catch_warnings(record=True, action="always") as caught:
        try:
            said = [str(get() or "done")]
        except (registry.DownloadError, KeyboardInterrupt) as error:
            said = [f"{type(error).__name__}: {error}".removesuffix(": ")]
    said += [f"Warning: {one.message}" for one in caught if one.category is registry.DataWarning]
    return [*said, f"asked from {[int(asked[6:-1] or 0) for asked in server.asked]}"]


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
