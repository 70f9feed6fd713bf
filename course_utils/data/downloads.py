"""Bring a file into Keras's cache, so that what has arrived is never lost.

Keras's own ``get_file``, and pooch, begin a download anew that was cut, and wait for a server as
long as it likes. Here a download goes to a ``.part`` file beside its destination, goes on where it
was cut, is checked, and only then gets its name: a file under its final name is either whole or was
put there by somebody else. Standard library only.
"""

import contextlib
import io
import os
import shutil
import threading
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from http.client import HTTPException, HTTPResponse
from typing import BinaryIO
from urllib.parse import urlsplit

from course_utils.data import registry
from course_utils.data.registry import DamagedFile, DownloadError, _RemoteFile
from course_utils.files import FULL, lock
from course_utils.waiting import counted

_OPEN_SECONDS = 5.0  # for a server to answer at all, name look-up included, or it is unreachable
_STALL_SECONDS = 10.0  # that a running download may stand still before it counts as cut
_RETRIES = 3  # so often a cut connection is taken up again without a single new byte

_unreachable_hosts: dict[str, str] = {}  # and why: so a process waits for each once


def _download(file: _RemoteFile) -> bytes:
    """Download a file into the cache; return its verified content, unpacked."""
    if registry.is_offline():
        raise DownloadError("COURSE_OFFLINE forbids a download")
    if problem := _unreachable_hosts.get(urlsplit(file.url).netloc):
        raise DownloadError(problem)
    folder = file.destination.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _in_its_place(file)
    except DownloadError:
        raise
    except OSError as error:
        what = f"{folder} cannot be written ({_reason(error)})"
        if error.errno in FULL:
            what = f"the disk that holds {folder} is full: free {file.bytes / 1e6:.0f} MB there"
        raise registry._CannotStore(
            f"{file.name} could not be kept: {what}, or set KERAS_HOME to another folder"
        ) from None
    finally:
        with contextlib.suppress(OSError):
            if file.part.stat().st_size == 0:
                file.part.unlink()


def _in_its_place(file: _RemoteFile) -> bytes:
    """Complete a file's part file, and give it its name."""
    with _part(file) as sink:
        with contextlib.suppress(OSError):  # whoever had the part file may have finished it
            return registry._read(file)
        content = _fill(sink, file)
        os.fsync(sink.fileno())
        if file.is_archive:
            _unpack(sink, file)
    # Closing comes first on Windows, where an open file cannot be renamed.
    with contextlib.suppress(FileNotFoundError):  # another has just done it
        if file.is_archive:
            file.part.unlink()
        else:
            os.replace(file.part, file.destination)
    return content


def _part(file: _RemoteFile) -> BinaryIO:
    """Open a file's part file, as soon as no other process fills it."""
    while True:
        sink = open(file.part, "a+b", buffering=0)  # noqa: SIM115
        with contextlib.suppress(FileNotFoundError):  # it may have got its name meanwhile
            if lock(sink) and os.path.samestat(os.fstat(sink.fileno()), file.part.stat()):
                return sink
        sink.close()
        registry._warn(f"another program is downloading {file.name}; this one waits for it")
        time.sleep(0.5)


def _unpack(packed: BinaryIO, archive: _RemoteFile) -> None:
    """Unpack a verified archive into its place; a damaged folder there is moved aside."""
    place = archive.destination
    folder = place.with_name(f"{place.name}.unpacked")
    shutil.rmtree(folder, ignore_errors=True)  # of a process that was killed
    try:
        with zipfile.ZipFile(packed) as opened:
            for name, info in registry._members(opened).items():  # known names: they were compared
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(opened.read(info))
        if place.exists():  # there may be something of its owner's in it
            place.rename(place.with_name(f"{place.name}.damaged-{time.time():.0f}"))
        folder.rename(place)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fill(sink: BinaryIO, file: _RemoteFile) -> bytes:
    """Complete `sink` and return its verified content; what was there before may be wrong."""
    while True:
        resumed = sink.seek(0, io.SEEK_END) > 0
        _transfer(file, sink)
        sink.seek(0)
        try:
            return registry._verified(
                sink.read(), file, f"{file.name} from {urlsplit(file.url).netloc}"
            )
        except DamagedFile:
            sink.truncate(0)
            if not resumed:
                raise


class _Cut(Exception):
    """A connection has ended too early; the message says how."""


def _transfer(file: _RemoteFile, sink: BinaryIO) -> None:
    """Append to `sink` what it lacks, taking the connection up again where it was cut."""
    failures, kept = 0, sink.seek(0, io.SEEK_END)
    with counted(f"Downloading {file.name}, MB", round(file.bytes / 1e6)) as show:
        while True:
            before = kept
            try:
                for at, piece in _pieces(file, kept):
                    sink.seek(at)
                    sink.truncate()
                    _append(sink, piece)
                    show(sink.tell() // 1_000_000)
                return
            except _Cut as cut:
                # A server that always begins anew, and is always cut, brings nothing new.
                kept = sink.seek(0, io.SEEK_END)
                failures = 0 if kept > before else failures + 1
                if failures > _RETRIES:
                    raise DownloadError(
                        f"{file.name} could not be downloaded: {cut}; try again later"
                    ) from None
                time.sleep(min(failures, 2))


def _append(sink: BinaryIO, piece: bytes) -> None:
    """Write a piece whole: an unbuffered file may take only a part of it."""
    rest = memoryview(piece)
    while rest:
        rest = rest[sink.write(rest) :]


def _pieces(file: _RemoteFile, start: int) -> Iterator[tuple[int, bytes]]:
    """Yield what one connection brings from byte `start` on, and where each piece begins."""
    try:
        response = _open(file, start)
        if response is None:  # nothing lies beyond `start`
            return
        with response:
            piece = response.read1(1 << 18)  # what is there: not to lose it if the rest never comes
            page = piece[:512].lstrip().lower().startswith((b"<!doctype", b"<html"))
            if page or response.headers.get_content_type() == "text/html":
                raise DownloadError(
                    f"{file.name} could not be downloaded: {urlsplit(file.url).netloc} answered "
                    "with a web page: does this network want you to log in first?"
                )
            at = start if response.status == 206 else 0
            length = response.headers.get("Content-Length", "")
            total = at + int(length) if length.isdigit() else 0
            while piece:
                yield at, piece
                at += len(piece)
                piece = response.read1(1 << 18)
    except DownloadError:
        raise
    except (OSError, HTTPException) as error:
        raise _Cut(f"the connection failed ({_reason(error)})") from None
    if at < total:
        raise _Cut(f"the connection was cut after {at:,} of {total:,} bytes")


def _open(file: _RemoteFile, start: int) -> HTTPResponse | None:
    """Open a file's address from byte `start` on; None if there is nothing further.

    The work is done in a thread, because looking a name up has no time limit of its own.
    """
    host = urlsplit(file.url).netloc
    headers = {"User-Agent": "course_utils", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    request = urllib.request.Request(file.url, headers=headers)
    answer: list[HTTPResponse | Exception] = []

    def ask() -> None:
        try:
            answer.append(urllib.request.urlopen(request, timeout=_STALL_SECONDS))
        except Exception as error:
            answer.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(_OPEN_SECONDS)
    result = answer[0] if answer else TimeoutError(f"no answer within {_OPEN_SECONDS:g} seconds")
    if isinstance(result, urllib.error.HTTPError):
        if result.code == 416:  # the range starts at, or beyond, the end
            return None
        raise DownloadError(
            f"{file.name} could not be downloaded: {host} answered {result.code} {result.reason}"
        )
    if isinstance(result, Exception):
        _unreachable_hosts[host] = f"{host} could not be reached ({_reason(result)})"
        raise DownloadError(_unreachable_hosts[host])
    return result


def _reason(error: BaseException) -> str:
    """Return the plain words in an error, without its number and file name."""
    inner = getattr(error, "reason", error)  # of what urllib wraps
    return getattr(inner, "strerror", None) or str(inner) or type(inner).__name__
