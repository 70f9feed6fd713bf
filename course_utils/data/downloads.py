"""What is in Keras's cache, or can be brought there; what has arrived is never lost.

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
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import BinaryIO
from urllib.parse import urlsplit

from course_utils.data.registry import (
    REGISTRY,
    Archive,
    CannotStore,
    DamagedFile,
    DownloadError,
    Entry,
    RemoteFile,
    is_offline,
    members,
    read,
    verified,
    warn,
)
from course_utils.files import FULL, lock
from course_utils.waiting import counted

OPEN_SECONDS = 5.0  # for a server to answer at all, name look-up included, or it is unreachable
STALL_SECONDS = 10.0  # that a running download may stand still before it counts as cut
RETRIES = 3  # so often a cut connection is taken up again without a single new byte

_unreachable_hosts: dict[str, str] = {}  # and why: so a process waits for each once


def state(entry: Entry) -> str:
    """Say whether an entry's files are there and right; every byte is checked.

    ``"present"``: all there. ``"corrupt"``: a file is there and wrong. ``"partial"``: some files
    are there, or part of one. ``"missing"``: nothing is. ``"unreadable"``: that cannot be known.
    """
    found = 0
    for file in entry.files:
        try:
            read(file, thorough=True)
            found += 1
        except DamagedFile:
            return "corrupt"
        except FileNotFoundError:
            pass
        except OSError:
            return "unreadable"
    if found == len(entry.files):
        return "present"
    found += sum(os.path.exists(file.part) for file in entry.files)
    return "partial" if found else "missing"


def fetch(entry: Entry) -> None:
    """Bring an entry's files into Keras's cache; those already there and right are left alone.

    A damaged file is replaced, once its replacement has been downloaded and checked. Ctrl-C, a cut
    connection or a full disk keep what has arrived, and the next call goes on from there. A
    DownloadError says which file could not be fetched, checked or stored, and what to do.
    """
    for file in entry.files:
        try:
            read(file, thorough=True)
        except OSError:
            download(file)


@dataclass(frozen=True)
class Obtained:
    """Verified content of an entry's files by file name, where from, and what there is to know."""

    content: dict[str, bytes]
    source: str  # "cache" or "download"
    note: str


def obtain_or(name: str, what: str, instead: str) -> tuple[Obtained | None, str]:
    """Return what can be obtained, or None, and a note: what is damaged is warned about, too.

    ``what`` the entry holds may be missing without a note where that is empty; ``instead`` says
    what is used then.
    """
    try:
        found = obtain(REGISTRY[name])
        return found, found.note
    except DamagedFile as error:
        warn(note := f"{error}: {instead}")
        return None, note
    except DownloadError as error:
        return None, f"the real {what} are not in Keras's cache, and {error}" if what else ""


def obtain(entry: Entry) -> Obtained:
    """Return an entry's verified content: from the cache, else downloaded into it.

    Content is that of unpacked ``.gz`` files; of an archive there is none, ``registry.unpacked``
    finds its folder. Where the cache cannot be written the content is downloaded into memory. A
    damaged file is replaced if that can be done. What was put right, and what could not be kept, is
    warned about with :class:`DataWarning` and stands in the ``note``.
    """
    content: dict[str, bytes] = {}
    notes: list[str] = []
    source = "cache"
    for file in entry.files:
        damage = ""
        try:
            content[file.name] = read(file)
            continue
        except FileNotFoundError:
            pass
        except OSError as error:
            unreadable = f"{file.destination} cannot be read ({reason(error)})"
            damage = str(error) if isinstance(error, DamagedFile) else unreadable
        try:
            content[file.name], note = _downloaded(file)
        except DownloadError as error:
            if damage:
                raise DamagedFile(f"{damage}, and {error}") from None
            raise
        source = "download"
        if damage or note:
            notes.append("; ".join(filter(None, [damage, note or "it was downloaded again"])))
    for note in notes:
        warn(note)
    return Obtained(content, source, "; ".join(notes))


def _downloaded(file: RemoteFile) -> tuple[bytes, str]:
    """Return a file's content, and why it could not be kept."""
    try:
        return download(file), ""
    except CannotStore as error:
        if isinstance(file, Archive):  # photographs are of use only in a folder
            raise
        return fill(io.BytesIO(), file), str(error)


# --- One file ----------------------------------------------------------------------------------


def download(file: RemoteFile) -> bytes:
    """Download a file into the cache; return its verified content, unpacked."""
    _check_reachable(file)
    with _storing(file):
        file.destination.parent.mkdir(parents=True, exist_ok=True)
        sink = _part(file)
    try:
        with sink:
            with contextlib.suppress(OSError):  # whoever had the part file may have finished it
                return read(file, thorough=True)
            content = fill(sink, file)
            with _storing(file):
                os.fsync(sink.fileno())
                if isinstance(file, Archive):
                    _unpack(sink, file)
        # Closing comes first on Windows, where an open file cannot be renamed.
        with _storing(file), contextlib.suppress(FileNotFoundError):  # another has just done it
            if isinstance(file, Archive):
                file.part.unlink()
            else:
                os.replace(file.part, file.destination)
        return content
    finally:
        with contextlib.suppress(OSError):
            if file.part.stat().st_size == 0:
                file.part.unlink()


def _part(file: RemoteFile) -> BinaryIO:
    """Open a file's part file, as soon as no other process fills it."""
    while True:
        sink = open(file.part, "a+b", buffering=0)  # noqa: SIM115
        with contextlib.suppress(FileNotFoundError):  # it may have got its name meanwhile
            if lock(sink) and os.path.samestat(os.fstat(sink.fileno()), file.part.stat()):
                return sink
        sink.close()
        warn(f"another program is downloading {file.name}; this one waits for it")
        time.sleep(0.5)


def _unpack(packed: BinaryIO, archive: Archive) -> None:
    """Unpack a verified archive into its place; a damaged folder there is moved aside."""
    place = archive.destination
    folder = place.with_name(f"{place.name}.unpacked")
    shutil.rmtree(folder, ignore_errors=True)  # of a process that was killed
    try:
        with zipfile.ZipFile(packed) as opened:
            for name, info in members(opened).items():  # known names: the listing was compared
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(opened.read(info))
        if place.exists():  # there may be something of its owner's in it
            place.rename(place.with_name(f"{place.name}.damaged-{time.time():.0f}"))
        folder.rename(place)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def fill(sink: BinaryIO, file: RemoteFile) -> bytes:
    """Complete `sink` and return its verified content; what was there before may be wrong."""
    resumed = sink.seek(0, io.SEEK_END) > 0
    _transfer(file, sink)
    sink.seek(0)
    try:
        return verified(sink.read(), file, f"{file.name} from {urlsplit(file.url).netloc}")
    except DamagedFile:
        sink.seek(0)
        sink.truncate()
        if not resumed:
            raise
    return fill(sink, file)


def _transfer(file: RemoteFile, sink: BinaryIO) -> None:
    """Append to `sink` what it lacks, taking the connection up again where it was cut."""
    failures, most = 0, sink.seek(0, io.SEEK_END)
    with counted(f"Downloading {file.name}, MB", round(file.bytes / 1e6)) as show:
        while problem := _receive(file, sink, show):
            # A server that always begins anew, and is always cut, brings nothing new.
            kept = sink.seek(0, io.SEEK_END)
            failures = 0 if kept > most else failures + 1
            most = max(most, kept)
            if failures > RETRIES:
                raise DownloadError(
                    f"{file.name} could not be downloaded: {problem}; try again later"
                )
            time.sleep(min(failures, 2))


def _receive(file: RemoteFile, sink: BinaryIO, show: Callable[[int], None]) -> str:
    """Append what one connection brings; return why that is not all, or nothing."""
    start = sink.seek(0, io.SEEK_END)
    try:
        response = _open(file, start)
        if response is None:  # nothing lies beyond `start`
            return ""
        with response:
            piece = response.read1(1 << 18)  # what is there: not to lose it if the rest never comes
            page = piece[:512].lstrip().lower().startswith((b"<!doctype", b"<html"))
            if page or response.headers.get_content_type() == "text/html":
                raise DownloadError(
                    f"{file.name} could not be downloaded: {urlsplit(file.url).netloc} answered "
                    "with a web page: does this network want you to log in first?"
                )
            with _storing(file):
                if response.status != 206:
                    start = sink.seek(0)
                    sink.truncate()
            length = response.headers.get("Content-Length", "")
            total = start + int(length) if length.isdigit() else 0
            while piece:
                with _storing(file):
                    _append(sink, piece)
                show(sink.tell() // 1_000_000)
                piece = response.read1(1 << 18)
        done = sink.tell()
        return f"the connection was cut after {done:,} of {total:,} bytes" if done < total else ""
    except DownloadError:
        raise
    except (OSError, HTTPException) as error:
        return f"the connection failed ({reason(error)})"


def _append(sink: BinaryIO, piece: bytes) -> None:
    """Write a piece whole: an unbuffered file may take only a part of it."""
    rest = memoryview(piece)
    while rest:
        rest = rest[sink.write(rest) :]


def _open(file: RemoteFile, start: int) -> HTTPResponse | None:
    """Open a file's address from byte `start` on; None if there is nothing further.

    The work is done in a thread, because looking a name up has no time limit of its own.
    """
    _check_reachable(file)
    host = urlsplit(file.url).netloc
    headers = {"User-Agent": "course_utils", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    request = urllib.request.Request(file.url, headers=headers)
    answer: list[HTTPResponse | Exception] = []

    def ask() -> None:
        try:
            answer.append(urllib.request.urlopen(request, timeout=STALL_SECONDS))
        except Exception as error:
            answer.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(OPEN_SECONDS)
    result = answer[0] if answer else TimeoutError(f"no answer within {OPEN_SECONDS:g} seconds")
    if isinstance(result, urllib.error.HTTPError):
        if result.code == 416:  # the range starts at, or beyond, the end
            return None
        raise DownloadError(
            f"{file.name} could not be downloaded: {host} answered {result.code} {result.reason}"
        )
    if isinstance(result, Exception):
        _unreachable_hosts[host] = f"{host} could not be reached ({reason(result)})"
        raise DownloadError(_unreachable_hosts[host])
    return result


def _check_reachable(file: RemoteFile) -> None:
    """Raise if a download is forbidden, or known not to work, before anything is touched."""
    if is_offline():
        raise DownloadError("COURSE_OFFLINE forbids a download")
    if problem := _unreachable_hosts.get(urlsplit(file.url).netloc):
        raise DownloadError(problem)


def reason(error: BaseException) -> str:
    """Return the plain words in an error, without its number and file name."""
    inner = getattr(error, "reason", None)
    if isinstance(inner, BaseException):
        return reason(inner)
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


@contextlib.contextmanager
def _storing(file: RemoteFile) -> Iterator[None]:
    """Turn a failure to write into one sentence that says what to do."""
    try:
        yield
    except OSError as error:
        folder = file.destination.parent
        if error.errno in FULL:
            what = f"the disk that holds {folder} is full: free {file.bytes / 1e6:.0f} MB there"
        else:
            what = f"{folder} cannot be written ({reason(error)})"
        raise CannotStore(
            f"{file.name} could not be kept: {what}, or set KERAS_HOME to another folder"
        ) from None
