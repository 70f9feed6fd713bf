"""The downloader against a real server on this machine that misbehaves on demand."""

import contextlib
import gzip
import hashlib
import io
import os
import socket
import subprocess
import sys
import time
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from unittest.mock import Mock

import pytest

from course_utils.data import DataWarning, downloads, registry
from course_utils.data.downloads import DamagedFile, DownloadError, Entry, RemoteFile
from tests.data.conftest import WELL

ROOT = Path(__file__).resolve().parents[2]
CONTENT = bytes(i * i % 251 for i in range(100_000)) * 20  # 2 MB: several chunks


@pytest.fixture(autouse=True)
def cache(empty_cache, server):
    server.files["/data.bin"] = CONTENT
    return empty_cache


def make_entry(server, name="data.bin", content=CONTENT):
    """An entry of one file, `content` being what it should hold once unpacked."""
    checksum = "sha256:" + hashlib.sha256(content).hexdigest()
    size = len(server.files[f"/{name}"])
    file = RemoteFile(f"{server.url}/{name}", f"datasets/deep/{name}", size, checksum)
    return Entry("test", "Test", "for tests", (file,))


@pytest.fixture
def entry(server):
    return make_entry(server)


def in_cache(cache):
    return sorted(path.name for path in cache.rglob("*") if path.is_file())


def check_whole(entry, cache):
    """The file is there, right, and nothing else is."""
    assert (cache / "datasets/deep/data.bin").read_bytes() == CONTENT
    assert in_cache(cache) == ["data.bin"]
    assert downloads.state(entry) == "present"


def begun(server):
    """Where each request has begun: at byte 0 if it did not say."""
    return [int(asked[6:-1]) if asked else 0 for asked in server.asked]


def put(entry, content, part=False):
    path = entry.files[0].part if part else entry.files[0].destination
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_file_is_downloaded_once(server, entry, cache, monkeypatch):
    told = []

    def counted(what, total):
        return contextlib.nullcontext(lambda done: told.append((what, done, total)))

    monkeypatch.setattr(downloads, "counted", counted)
    assert downloads.state(entry) == "missing"
    assert downloads.obtain(entry) == ({"data.bin": CONTENT}, "download")
    check_whole(entry, cache)
    assert told[-1] == ("Downloading data.bin, MB", 2, 2)
    assert told == sorted(told)
    downloads.fetch(entry)
    assert downloads.obtain(entry) == ({"data.bin": CONTENT}, "cache")
    assert server.asked == [""]


CUT = [0, 1_000_000, 1_500_000, 1_500_000, 1_500_001]
RESETS = [n * 90_000 for n in range(7)]
IN_VAIN = [0] + [700_000] * (1 + downloads.RETRIES)
LOG_IN = {"/data.bin": b"<!DOCTYPE html><title>Hotel</title>Please log in"}
HELLO = {"ranges": False, "kind": "text/html", "files": {"/data.bin": b"Hello"}}
PAGE = r"answered with a web page: .* log in first\?$"
GAVE_UP = "could not .*700,000 of 2,000,"


@pytest.mark.parametrize(
    # What the server does, how much is there, where each request begins, what is said, and kept.
    ("misbehaves", "part", "begins", "words", "kept"),
    [
        ({"cut_after": [1_000_000, 500_000, 0, 1]}, b"", CUT, "", 0),
        ({"cut_after": [90_000] * 6, "reset": True}, b"", RESETS, "", 0),
        ({"cut_after": [1_000_000], "ranges": False}, b"", [0, 1_000_000], "", 0),
        ({"length": "abc"}, b"", [0], "", 0),
        ({}, b"x" * 1_000_000, [1_000_000, 0], "", 0),
        ({}, CONTENT, [2_000_000], "", 0),
        ({}, CONTENT + b"extra", [2_000_005, 0], "", 0),
        ({"ranges": False, "files": LOG_IN}, b"", [0], PAGE, 0),
        (HELLO, CONTENT[:1_500_000], [1_500_000], PAGE, 1_500_000),
        ({"cut_after": [700_000] + [0] * 20}, b"", IN_VAIN, GAVE_UP, 700_000),
        ({"cut_after": [700_000] * 20, "ranges": False}, b"", IN_VAIN, GAVE_UP, 700_000),
        ({"files": {"/data.bin": b"another"}}, b"", [0], "from 127.*another file.*SHA256", 0),
        ({"status": 404}, b"", [0], "could not be downloaded: .* answered 404", 0),
    ],
)
def test_a_download_goes_on_where_it_stopped(
    server, entry, cache, misbehaves, part, begins, words, kept
):
    """Where it gives up, the next one goes on with what was kept."""
    if part:
        put(entry, part, part=True)
    vars(server).update(misbehaves)
    if words:
        with pytest.raises(DownloadError, match=rf"data\.bin.*{words}"):
            downloads.fetch(entry)
        assert begun(server) == begins
        assert in_cache(cache) == ["data.bin.part"] * (kept > 0)
        assert downloads.state(entry) == ("partial" if kept else "missing")
        vars(server).update(WELL, files={"/data.bin": CONTENT}, asked=[])
        begins = [kept]
    downloads.fetch(entry)
    assert begun(server) == begins
    check_whole(entry, cache)


def test_no_answer_costs_its_time_once(server, entry, monkeypatch):
    monkeypatch.setattr(downloads, "OPEN_SECONDS", 0.3)
    server.stall = True
    start = time.perf_counter()
    for _ in range(20):
        with pytest.raises(DownloadError, match=r"be reached \(no answer within 0\.3 seconds\)"):
            downloads.obtain(entry)
    assert time.perf_counter() - start < 3  # waiting each time would be 20 * 0.3
    assert len(server.asked) == 1


def test_nobody_listens(entry):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/x"
    with pytest.raises(DownloadError, match="could not be reached"):
        downloads.obtain(replace(entry, files=(replace(entry.files[0], url=url),)))


def test_a_connection_that_stands_still_is_cut(entry, server, monkeypatch):
    monkeypatch.setattr(downloads, "STALL_SECONDS", 0.2)
    server.pause = 100
    with pytest.raises(DownloadError, match="timed out"):
        downloads.fetch(entry)


def test_offline_forbids_the_attempt(server, entry, cache, monkeypatch):
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    with pytest.raises(DownloadError, match="COURSE_OFFLINE forbids"):
        downloads.obtain(entry)
    assert server.asked == []
    assert not cache.exists(), "nothing is touched"
    monkeypatch.setenv("COURSE_OFFLINE", "0")
    assert downloads.obtain(entry)[1] == "download"


def fails_after_a_megabyte(patch, error):
    """Let what is written to a file fail as soon as a megabyte is there."""
    real_append = downloads._append

    def full(sink, chunk):
        if not isinstance(sink, io.BytesIO) and sink.tell() > 1_000_000:
            raise error
        real_append(sink, chunk)

    patch.setattr(downloads, "_append", full)


def test_keyboard_interrupt_leaves_a_part_that_is_resumed(server, entry, cache, monkeypatch):
    with monkeypatch.context() as patch:
        fails_after_a_megabyte(patch, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            downloads.fetch(entry)
    assert in_cache(cache) == ["data.bin.part"]
    kept = entry.files[0].part.stat().st_size
    assert kept >= 1_000_000
    downloads.fetch(entry)
    assert begun(server) == [0, kept]
    check_whole(entry, cache)


def full_disk(entry, patch):
    fails_after_a_megabyte(patch, OSError(28, "No space left on device"))


def read_only_folder(entry, patch):
    # The superuser, who may run the tests, can write anywhere.
    patch.setattr(Path, "mkdir", Mock(side_effect=PermissionError(13, "Permission denied")))


def folder_in_its_place(entry, patch):
    entry.files[0].destination.mkdir(parents=True)


@pytest.mark.parametrize(
    ("harm", "words", "kept"),
    [
        (full_disk, "the disk .* is full: free 2 MB", ["data.bin.part"]),
        (read_only_folder, r"cannot be written \(Permission denied\).*KERAS_HOME", []),
        (folder_in_its_place, "cannot be written", ["data.bin.part"]),
    ],
)
def test_what_cannot_be_stored_is_one_sentence_and_used_from_memory(
    server, entry, cache, monkeypatch, harm, words, kept
):
    with monkeypatch.context() as patch:
        harm(entry, patch)
        with pytest.raises(DownloadError, match=f"could not be kept: .*{words}"):
            downloads.fetch(entry)
        assert in_cache(cache) == kept, "what has arrived is kept"
        with pytest.warns(DataWarning, match=f"could not be kept: .*{words}"):
            assert downloads.obtain(entry)[0] == {"data.bin": CONTENT}
    if harm is full_disk:
        downloads.fetch(entry)
        check_whole(entry, cache)


@pytest.mark.parametrize("content", [b"", CONTENT[:-1], b"something else"])
def test_damaged_file_is_replaced_by_a_good_one(server, entry, cache, content, monkeypatch):
    path = put(entry, content)
    assert downloads.state(entry) == "corrupt"
    with monkeypatch.context() as patch:  # it stays while it cannot be replaced
        patch.setenv("COURSE_OFFLINE", "1")
        with pytest.raises(DamagedFile, match=r"damaged.*and COURSE_OFFLINE forbids"):
            downloads.obtain(entry)
    assert path.read_bytes() == content
    with pytest.warns(DataWarning, match=f"{path} is damaged.*downloaded again"):
        assert downloads.obtain(entry)[0] == {"data.bin": CONTENT}
    check_whole(entry, cache)


def test_packed_file_is_checked_unpacked(server, cache):
    """Mirrors may pack differently: only the content counts."""
    server.files["/data.gz"] = gzip.compress(CONTENT, 1)
    entry = make_entry(server, "data.gz")
    packed = gzip.compress(CONTENT, 9)
    path = put(entry, packed)
    assert downloads.state(entry) == "present"
    for wrong, what in (
        (packed[:-20], "cannot be unpacked .*ended before"),
        (b"<html>", "cannot be unpacked"),
        (packed[:200] + b"\xff" * 50 + packed[250:], "damaged"),
        (gzip.compress(b"another"), "another file"),
    ):
        path.write_bytes(wrong)
        with pytest.raises(DamagedFile, match=f"{path} .*{what}"):
            downloads.read(entry.files[0])
    downloads.fetch(entry)
    assert downloads.state(entry) == "present"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are none on Windows")
def test_a_queue_in_the_files_place(server, entry, cache):
    """Reading it would wait for ever."""
    path = put(entry, b"")
    path.unlink()
    os.mkfifo(path)
    assert downloads.state(entry) == "corrupt"
    downloads.fetch(entry)
    check_whole(entry, cache)


def test_several_processes_take_turns(server, entry, cache):
    """The first one downloads, the others wait for it: not a byte is asked for twice."""
    code = "from course_utils.data.downloads import Entry, RemoteFile, obtain\n"
    code += f"print(len(obtain({entry!r})[0]['data.bin']))"
    command, how = [sys.executable, "-c", code], {"stdout": subprocess.PIPE, "cwd": ROOT}
    server.stall = True
    started = [subprocess.Popen(command, **how) for _ in range(3)]
    while not server.asked:
        assert all(process.poll() is None for process in started)
    server.stall = False
    assert [process.communicate(timeout=60)[0].strip() for process in started] == [b"2000000"] * 3
    assert server.asked == [""]
    check_whole(entry, cache)


def test_several_files(server, cache):
    server.files["/other.bin"] = b"other"
    one, other = make_entry(server), make_entry(server, "other.bin", b"other")
    both = Entry("both", "Both", "two files", one.files + other.files)
    assert both.bytes == len(CONTENT) + 5
    downloads.fetch(one)
    assert downloads.state(both) == "partial"
    downloads.fetch(both)
    assert downloads.state(both) == "present"
    put(other, b"wrong")
    assert downloads.state(both) == "corrupt"


def test_cache_home_as_keras_finds_it(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", "~nobody-has-this-name/k")
    assert registry.cache_home() == Path("~nobody-has-this-name/k")
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert registry.cache_home() == tmp_path / ".keras"


def test_registry_agrees_with_keras():
    """Keras's own source, installed here, names the same addresses, folders and checksums."""
    (root,) = find_spec("keras").submodule_search_locations
    folders = {"fashion-mnist": "datasets", "mnist": "datasets", "mobilenet-v2": "applications"}
    for name, folder in folders.items():
        where = Path(root, "src", folder, f"{name.replace('-', '_')}.py")
        source = where.read_text(encoding="utf-8")
        for file in downloads.REGISTRY[name].files:
            base, _, own = file.url.rpartition("/")
            assert f"{base}/" in source
            assert own == file.name
            assert own in source or name == "mobilenet-v2"  # put together there
            assert name != "mnist" or file.checksum.split(":")[1] in source
