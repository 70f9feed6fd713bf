"""The downloader against a real server on this machine that misbehaves on demand."""

import contextlib
import gzip
import hashlib
import io
import os
import shutil
import socket
import subprocess
import sys
import time
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from unittest.mock import Mock

import pytest

from course_utils.data import cached, downloads, registry
from course_utils.data.registry import DamagedFile, DownloadError, _DataSet, _RemoteFile
from tests import golden
from tests.data.conftest import WELL, held, put, tried

ROOT = Path(__file__).resolve().parents[2]
CONTENT = bytes(i * i % 251 for i in range(100_000)) * 20  # 2 MB: several chunks
NAME = "datasets/deep/data.bin"  # in the cache


@pytest.fixture(autouse=True)
def cache(empty_cache, server):
    server.files["/data.bin"] = CONTENT
    return empty_cache


def make_entry(server, name="data.bin", content=CONTENT):
    """An entry of one file, `content` being what it should hold once unpacked."""
    checksum = "sha256:" + hashlib.sha256(content).hexdigest()
    size = len(server.files[f"/{name}"])
    file = _RemoteFile(f"{server.url}/{name}", f"datasets/deep/{name}", size, checksum)
    return _DataSet("test", "Test", "for tests", (file,))


@pytest.fixture
def entry(server):
    return make_entry(server)


def test_a_download_is_counted(entry, monkeypatch):
    told = []

    def counted(what, total):
        return contextlib.nullcontext(lambda done: told.append((what, done, total)))

    monkeypatch.setattr(downloads, "counted", counted)
    cached.fetch(entry)
    assert told[-1] == ("Downloading data.bin, MB", 2, 2)
    assert told == sorted(told)


def failing(error):
    """Return what writes to a file until it holds a megabyte, and then fails."""
    append = downloads._append

    def append_some(sink, piece):
        room = len(piece) if isinstance(sink, io.BytesIO) else 1_000_000 - sink.tell()
        append(sink, piece[:room])
        if room <= len(piece) and not isinstance(sink, io.BytesIO):
            raise error

    return downloads, "_append", append_some


# What ``downloads.txt`` speaks of.
FULL, STOPPED = failing(OSError(28, "No space left on device")), failing(KeyboardInterrupt())
IMPATIENT = downloads, "_STALL_SECONDS", 0.2
REFUSED = socket, "create_connection", Mock(side_effect=ConnectionRefusedError(111, "Refused"))
DENIED = Path, "mkdir", Mock(side_effect=PermissionError(13, "Permission denied"))
LOG_IN = {"/data.bin": b"<!DOCTYPE html><title>Hotel</title>Please log in"}
HELLO, ANOTHER = {"/data.bin": b"Hello"}, {"/data.bin": b"another"}


def test_a_download_goes_on_where_it_stopped(server, entry, cache, monkeypatch):
    """``downloads.txt`` has what a server does and what is there, and what comes of it."""
    file, good = entry.files[0], {"/data.bin": CONTENT}

    def called(get):
        def content():
            got = get(entry)
            return f"all, from the {got[1]}" if got and got[0]["data.bin"] == CONTENT else got

        said = tried(server, content)
        for name, kept in held(cache).items():
            said.append(f"{name}, {'whole' if kept == CONTENT else f'{len(kept):,} bytes'}")
        return [*said, cached.state(entry) if cache.exists() else "not even a folder"]

    def do(get, part=b"", there=None, harm=None, offline="", **does):
        shutil.rmtree(cache, ignore_errors=True)
        kept = {f"{NAME}.part": part or None, NAME: there}
        put(cache, {name: content for name, content in kept.items() if content is not None})
        vars(server).update(WELL | {"files": good} | does)
        with monkeypatch.context() as patch:
            patch.setenv("COURSE_OFFLINE", offline)
            patch.setattr(downloads, "_unreachable_hosts", {})
            if harm:
                patch.setattr(*harm)
            said = called(get)
        vars(server).update(WELL, files=good)
        if said[-1] != "present":
            said += [f"then {line}" for line in called(cached.fetch)]
        return said

    names = {"fetch": partial(do, cached.fetch), "obtain": partial(do, cached._obtain)}
    instead = {str(file.destination): "FILE", str(file.part.parent): "FOLDER"}
    instead[server.url[7:]] = "HOST"
    path = Path(__file__).with_name("downloads.txt")
    golden.calls(path, lambda call: eval(call, globals() | names), instead)


def test_no_answer_costs_its_time_once(server, entry, monkeypatch):
    monkeypatch.setattr(downloads, "_OPEN_SECONDS", 0.3)
    server.stall = True
    start = time.perf_counter()
    for _ in range(20):
        with pytest.raises(DownloadError, match=r"be reached \(no answer within 0\.3 seconds\)"):
            cached._obtain(entry)
    assert time.perf_counter() - start < 3  # waiting each time would be 20 * 0.3
    assert len(server.asked) == 1


def test_a_folder_in_the_files_place(server, entry, cache):
    entry.files[0].destination.mkdir(parents=True)
    with pytest.raises(DownloadError, match=r"could not be kept: .*cannot be written"):
        cached.fetch(entry)
    assert held(cache) == {f"{NAME}.part": CONTENT}, "what has arrived is kept"
    with pytest.warns(registry.DataWarning, match=r"could not be kept: .*cannot be written"):
        assert cached._obtain(entry)[0] == {"data.bin": CONTENT}


def test_packed_file_is_checked_unpacked(server, cache):
    """Mirrors may pack differently: only the content counts."""
    server.files["/data.gz"] = gzip.compress(CONTENT, 1)
    entry = make_entry(server, "data.gz")
    packed = gzip.compress(CONTENT, 9)
    path = put(cache, {"datasets/deep/data.gz": packed}) / "datasets/deep/data.gz"
    assert cached.state(entry) == "present"
    for wrong, what in (
        (packed[:-20], "cannot be unpacked .*ended before"),
        (b"<html>", "cannot be unpacked"),
        (packed[:200] + b"\xff" * 50 + packed[250:], "damaged"),
        (gzip.compress(b"another"), "another file"),
    ):
        path.write_bytes(wrong)
        with pytest.raises(DamagedFile, match=f"{path} .*{what}"):
            registry._read(entry.files[0])
    cached.fetch(entry)
    assert cached.state(entry) == "present"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are none on Windows")
def test_a_queue_in_the_files_place(server, entry, cache):
    """Reading it would wait for ever."""
    entry.files[0].destination.parent.mkdir(parents=True)
    os.mkfifo(entry.files[0].destination)
    assert cached.state(entry) == "corrupt"
    cached.fetch(entry)
    assert held(cache) == {NAME: CONTENT}


def test_several_processes_take_turns(server, entry, cache):
    """The first one downloads, the others wait for it: not a byte is asked for twice."""
    code = "from course_utils.data.registry import _DataSet, _RemoteFile\n"
    code += "from course_utils.data.cached import _obtain\n"
    code += f"print(len(_obtain({entry!r})[0]['data.bin']))"
    command, how = [sys.executable, "-c", code], {"stdout": subprocess.PIPE, "cwd": ROOT}
    server.stall = True
    started = [subprocess.Popen(command, **how) for _ in range(3)]
    while not server.asked:
        assert all(process.poll() is None for process in started)
    server.stall = False
    assert [process.communicate(timeout=60)[0].strip() for process in started] == [b"2000000"] * 3
    assert server.asked == [""]
    assert held(cache) == {NAME: CONTENT}


def test_several_files(server, cache):
    server.files["/other.bin"] = b"other"
    one, other = make_entry(server), make_entry(server, "other.bin", b"other")
    both = _DataSet("both", "Both", "two files", one.files + other.files)
    assert both.bytes == len(CONTENT) + 5
    cached.fetch(one)
    assert cached.state(both) == "partial"
    cached.fetch(both)
    assert cached.state(both) == "present"
    put(cache, {"datasets/deep/other.bin": b"wrong"})
    assert cached.state(both) == "corrupt"


def test_registry_agrees_with_keras():
    """Keras's own source, installed here, names the same addresses, folders and checksums."""
    (root,) = find_spec("keras").submodule_search_locations
    folders = {"fashion-mnist": "datasets", "mnist": "datasets", "mobilenet-v2": "applications"}
    for name, folder in folders.items():
        where = Path(root, "src", folder, f"{name.replace('-', '_')}.py")
        source = where.read_text(encoding="utf-8")
        for file in registry.REGISTRY[name].files:
            base, _, own = file.url.rpartition("/")
            assert f"{base}/" in source
            assert own == file.name
            assert own in source or name == "mobilenet-v2"  # put together there
            assert name != "mnist" or file.checksum.split(":")[1] in source
