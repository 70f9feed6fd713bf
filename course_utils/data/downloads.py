"""Files that the course can use, and a downloader that loses nothing.

``REGISTRY`` names every file with its address, its place in Keras's own cache and its checksum, so
that what is downloaded here is found by Keras, and the other way round. A download goes to a
``.part`` file beside its destination, is resumed where it was cut, is checked, and only then
renamed: a file under its final name is either whole or was put there by somebody else - and is
checked again whenever it is read. Of an archive the unpacked folder is kept, and comes into its
place likewise. Standard library only.
"""

import contextlib
import gzip
import hashlib
import io
import os
import shutil
import sys
import threading
import time
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import BinaryIO, Literal
from urllib.parse import urlsplit

from course_utils.files import FULL

OPEN_SECONDS = 5.0
"""How long a server may take to answer at all, name look-up included, before it is unreachable."""

STALL_SECONDS = 10.0
"""How long a running download may stand still before the connection counts as cut."""

RETRIES = 3
"""How often a cut connection is taken up again without a single new byte."""

_CHUNK = 1 << 18

_LOG_IN = "does this network want you to log in first?"

Progress = Callable[[str, int, int], None]
"""Called as ``progress(file_name, bytes_so_far, bytes_in_all)``; the last is 0 if unknown."""

State = Literal["present", "partial", "missing", "corrupt"]


class DownloadError(OSError):
    """A file could not be fetched; the message says why and what to do."""


class DamagedFile(DownloadError):
    """A file is there but is not what it should be; the message names it and what is wrong."""


class CannotStore(DownloadError):
    """A file could not be written to the cache: read-only folder, full disk."""


class DataWarning(UserWarning):
    """Something about a data file that its user should know."""


@dataclass(frozen=True)
class RemoteFile:
    """One file: where it comes from, where Keras keeps it, how to tell that it is right.

    Attributes
    ----------
    url : str
        Its address.
    path : str
        Its place below Keras's cache folder, with ``/``.
    bytes : int
        Size of the download, for information: mirrors may compress differently.
    checksum : str
        ``"md5:..."`` or ``"sha256:..."``; of the *unpacked* content where the name ends in ``.gz``.
    """

    url: str
    path: str
    bytes: int
    checksum: str

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.path.rsplit("/", 1)[-1]

    @property
    def destination(self) -> Path:
        """Where the file belongs on this machine."""
        return cache_home() / self.path

    @property
    def part(self) -> Path:
        """Where an unfinished download of it waits."""
        return self.destination.with_name(self.name + ".part")


@dataclass(frozen=True)
class Archive(RemoteFile):
    """A zip archive of photographs, of which the cache keeps the unpacked folder.

    The bytes of an archive that is packed on demand may change from day to day. So its checksums
    are of what is in it: of all ``part/class/name.jpg``, in the order of these names.

    Attributes
    ----------
    checksum : str
        Of the lines ``SHA-256 name``. It is compared when the archive is downloaded, and by the
        commands ``download`` and ``doctor``.
    listing : str
        Of the lines ``bytes name``. It takes no reading, and is compared at every use.
    """

    listing: str


@dataclass(frozen=True)
class Entry:
    """A data set or a set of weights: one line of ``python -m course_utils download --list``.

    Attributes
    ----------
    name : str
        Short name, as typed on the command line.
    title : str
        The name to read.
    purpose : str
        What the course uses it for.
    files : tuple of RemoteFile
        Its files.
    """

    name: str
    title: str
    purpose: str
    files: tuple[RemoteFile, ...] = field(repr=False)

    @property
    def bytes(self) -> int:
        """Size of the whole download in bytes."""
        return sum(file.bytes for file in self.files)


_KERAS = "https://storage.googleapis.com/tensorflow"


def _fashion(name: str, size: int, md5: str) -> RemoteFile:
    url = f"{_KERAS}/tf-keras-datasets/{name}"
    return RemoteFile(url, f"datasets/fashion-mnist/{name}", size, f"md5:{md5}")


# Addresses and places are those of keras/src/datasets and keras/src/applications (Keras 3.15);
# Keras has no photographs of clothes, they are kept where it would have them.
REGISTRY: dict[str, Entry] = {
    entry.name: entry
    for entry in (
        Entry(
            "fashion-mnist",
            "Fashion-MNIST",
            "70,000 pictures of clothes, in most notebooks (Zalando SE, MIT licence)",
            (
                _fashion("train-labels-idx1-ubyte.gz", 29_515, "9018921c3c673c538a1fc5bad174d6f9"),
                _fashion(
                    "train-images-idx3-ubyte.gz", 26_421_880, "f4a8712d7a061bf5bd6d2ca38dc4d50a"
                ),
                _fashion("t10k-labels-idx1-ubyte.gz", 5_148, "15d484375f8d13e6eb1aabb0c3f46965"),
                _fashion(
                    "t10k-images-idx3-ubyte.gz", 4_422_102, "8181f5470baa50b63fa0f6fddb340f0a"
                ),
            ),
        ),
        Entry(
            "mnist",
            "MNIST",
            "70,000 handwritten digits for LeNet-5 (LeCun and Cortes, CC BY-SA 3.0)",
            (
                RemoteFile(
                    f"{_KERAS}/tf-keras-datasets/mnist.npz",
                    "datasets/mnist.npz",
                    11_490_434,
                    "sha256:731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
                ),
            ),
        ),
        Entry(
            "mobilenet-v2",
            "MobileNetV2 0.35 weights",
            "ImageNet weights for transfer learning, from notebook 04 on (Apache-2.0)",
            (
                RemoteFile(
                    f"{_KERAS}/keras-applications/mobilenet_v2/"
                    "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5",
                    "models/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5",
                    2_028_672,
                    "sha256:d43c70f8ea04b1087170401b2f4739f41b94200e30892ea8d050ac65779146c6",
                ),
            ),
        ),
        Entry(
            "clothes",
            "Photographs of clothes",
            "3,781 photographs in ten classes, for transfer learning (A. Grigorev, CC0)",
            (
                Archive(
                    "https://github.com/alexeygrigorev/clothing-dataset-small/archive/"
                    "11961516512414bf9f6c150a832cfd21b54a6b54.zip",  # of 2020, and still the last
                    "datasets/clothing-dataset-small",
                    106_493_984,
                    "sha256:af0fa2a207223344f8fc49a7127bc31e208dde79cdd889e627345abd920ef7f4",
                    "sha256:6a9cb24ed7a00e1ea29145146f8814a7ac71412cf8cf7b254f515b9721850baa",
                ),
            ),
        ),
    )
}


def cache_home() -> Path:
    """Return Keras's cache folder, found as Keras finds it; it may not exist yet.

    ``KERAS_HOME`` if that is set, else ``.keras`` in the home folder, or in ``/tmp`` where the home
    folder cannot be written.

    Returns
    -------
    pathlib.Path
    """
    if "KERAS_HOME" in os.environ:
        return Path(os.environ["KERAS_HOME"]).expanduser()
    home = os.path.expanduser("~")
    return Path(home if os.access(home, os.W_OK) else "/tmp") / ".keras"


def is_offline() -> bool:
    """Whether ``COURSE_OFFLINE`` forbids every download."""
    return os.environ.get("COURSE_OFFLINE", "").strip().lower() not in ("", "0", "false", "no")


def state(entry: Entry) -> State:
    """Say whether an entry's files are there and right; every byte is checked.

    Parameters
    ----------
    entry : Entry
        An entry of ``REGISTRY``.

    Returns
    -------
    str
        ``"present"``: all there. ``"corrupt"``: a file is there and wrong. ``"partial"``: some
        files are there, or part of one. ``"missing"``: nothing is.

    Examples
    --------
    >>> state(Entry("none", "An entry without files", "shows that nothing is missing", ()))
    'present'
    """
    found = 0
    for file in entry.files:
        try:
            read(file, thorough=True)
            found += 1
        except DamagedFile:
            return "corrupt"
        except OSError:
            pass
    if found == len(entry.files):
        return "present"
    return (
        "partial" if found or any(os.path.exists(file.part) for file in entry.files) else "missing"
    )


def fetch(entry: Entry, progress: Progress | None = None) -> None:
    """Bring an entry's files into Keras's cache; those already there and right are left alone.

    A damaged file is replaced, once its replacement has been downloaded and checked. Ctrl-C, a cut
    connection or a full disk keep what has arrived, and the next call goes on from there.

    Parameters
    ----------
    entry : Entry
        An entry of ``REGISTRY``.
    progress : callable, optional
        Called as ``progress(file_name, bytes_so_far, bytes_in_all)``; default
        :func:`show_progress`, a line on standard error.

    Raises
    ------
    DownloadError
        If a file cannot be fetched, checked or stored; the message says which and what to do.
    """
    for file in entry.files:
        try:
            read(file, thorough=True)
        except OSError:
            _download(file, progress or show_progress)


@dataclass(frozen=True)
class Obtained:
    """Verified content of an entry's files by file name, where from, and what there is to know."""

    content: dict[str, bytes]
    downloaded: bool
    note: str


def obtain(entry: Entry, progress: Progress | None = None) -> Obtained:
    """Return an entry's verified content: from the cache, else downloaded into it.

    Where the cache cannot be written the content is downloaded into memory. A damaged file is
    replaced if that can be done. What was put right, and what could not be kept, is warned about
    with :class:`DataWarning` and stands in the ``note``.

    Parameters
    ----------
    entry : Entry
        An entry of ``REGISTRY``.
    progress : callable, optional
        As for :func:`fetch`.

    Returns
    -------
    Obtained
        With ``.gz`` files unpacked; without the content of an archive, which is in a folder:
        :func:`unpacked` finds it.

    Raises
    ------
    DownloadError
        If a file is missing or damaged and cannot be downloaded.
    """
    content: dict[str, bytes] = {}
    notes: list[str] = []
    downloaded = False
    for file in entry.files:
        try:
            content[file.name] = read(file)
            continue
        except FileNotFoundError:
            damage = ""
        except DamagedFile as error:
            damage = str(error)
        except OSError as error:
            damage = f"{file.destination} cannot be read ({_reason(error)})"
        try:
            try:
                content[file.name] = _download(file, progress or show_progress)
                if damage:
                    notes.append(f"{damage}; it was downloaded again")
            except CannotStore as error:
                if isinstance(file, Archive):  # photographs are of use only in a folder
                    raise
                content[file.name] = _download_to_memory(file, progress or show_progress)
                notes.append(f"{damage}; {error}" if damage else str(error))
        except DownloadError as error:
            if damage:
                raise DamagedFile(f"{damage}, and {error}") from None
            raise
        downloaded = True
    for note in notes:
        warn(note)
    return Obtained(content, downloaded, "; ".join(notes))


def warn(message: str) -> None:
    """Issue a :class:`DataWarning` that is shown once, without pointing at a line of code."""
    import warnings

    warnings.warn_explicit(message, DataWarning, "course_utils.data", 1)


def show_progress(name: str, done: int, total: int) -> None:
    """Draw a download's progress as one line on standard error; wiped away when it is done.

    Parameters
    ----------
    name : str
        The file.
    done, total : int
        Bytes so far and in all; ``total`` is 0 if unknown.
    """
    if total and done >= total:
        line = ""
    elif total:
        filled = 24 * done // total
        bar = "#" * filled + "." * (24 - filled)
        line = f"{name} [{bar}] {done / 1e6:.1f} of {total / 1e6:.1f} MB"
    else:
        line = f"{name} {done / 1e6:.1f} MB"
    sys.stderr.write(f"\r{line:<79}\r" if not line else f"\r{line:<79}")
    sys.stderr.flush()


# -- checking ----------------------------------------------------------------------------------


def read(file: RemoteFile, thorough: bool = False) -> bytes:
    """Read a file from the cache, unpack it if its name ends in ``.gz``, and check it.

    Parameters
    ----------
    file : RemoteFile
        A file of an entry.
    thorough : bool, default False
        Whether to check an archive's folder byte by byte, too. All else always is.

    Returns
    -------
    bytes
        The unpacked content; its checksum is right. Nothing of an archive, see :func:`unpacked`.

    Raises
    ------
    FileNotFoundError
        If it is not there.
    DamagedFile
        If it is not what it should be; the file is left as it is.
    """
    if isinstance(file, Archive):
        unpacked(file, thorough)
        return b""
    path = file.destination
    if path.is_fifo():
        raise DamagedFile(f"{path} is not a file")
    return _verified(path.read_bytes(), file, str(path))


def unpacked(archive: Archive, thorough: bool = False) -> Path:
    """Return the folder in the cache that holds an archive's photographs.

    It may have been unpacked there by hand: the name that GitHub gives to the archive's own folder
    is as good, also as a folder in the folder.

    Parameters
    ----------
    archive : Archive
    thorough : bool, default False
        As for :func:`check_folder`.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    FileNotFoundError
        If there is none.
    DamagedFile
        If it does not hold the photographs that were published.
    """
    place = archive.destination
    by_hand = f"{place.name}-master"
    there = [
        folder
        for parent in (place.parent, place, place.with_name(by_hand))
        for folder in (parent / place.name, parent / by_hand)
        if folder.is_dir()
    ]
    problems: list[OSError] = []
    for folder in sorted(there, key=lambda folder: not (folder / "train").is_dir()):
        try:
            check_folder(folder, archive, thorough)
            return folder
        except OSError as error:
            problems.append(error)
    raise problems[0] if problems else FileNotFoundError(f"{place} is not there")


def check_folder(folder: Path, archive: Archive, thorough: bool = False) -> None:
    """Make sure that a folder holds an archive's photographs, all of them and no others.

    Parameters
    ----------
    folder : pathlib.Path
        It holds ``part/class/name.jpg``.
    archive : Archive
    thorough : bool, default False
        Whether to read them. Otherwise names and sizes are compared.

    Raises
    ------
    DamagedFile
        If it does not.
    """
    files = {path.relative_to(folder).as_posix(): path for path in folder.glob("*/*/*.jpg")}
    sizes = {name: path.stat().st_size for name, path in files.items()}
    if _digest(_lines(sizes), archive.listing) != archive.listing:
        raise DamagedFile(
            f"{folder} is not as it was published: of its {len(files):,} photographs some are "
            "damaged, missing or others"
        )
    if thorough:
        sums = {name: _sha256(path.read_bytes()) for name, path in files.items()}
        _compare(_lines(sums), archive, str(folder))


def _verified(packed: bytes, file: RemoteFile, where: str) -> bytes:
    content = packed
    if not packed:
        raise DamagedFile(f"{where} is damaged: it is empty")
    if file.name.endswith(".gz"):
        try:
            content = gzip.decompress(packed)
        except EOFError:
            raise DamagedFile(
                f"{where} is damaged: it ends too early, after {len(packed):,} bytes"
            ) from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise DamagedFile(f"{where} is damaged: it cannot be unpacked ({error})") from None
    elif isinstance(file, Archive):
        content = _packed_lines(packed, file, where)
    _compare(content, file, where)
    return content


def _packed_lines(packed: bytes, archive: Archive, where: str) -> bytes:
    """Return the lines of an archive that is still packed; its listing is right."""
    if packed[:512].lstrip().lower().startswith((b"<!doctype", b"<html")):
        raise DamagedFile(f"{where} is a web page and no archive: {_LOG_IN}")
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as opened:
            members = _members(opened)
            sizes = {name: info.file_size for name, info in members.items()}
            if _digest(_lines(sizes), archive.listing) != archive.listing:
                raise DamagedFile(f"{where} holds other photographs than it should")
            return _lines({name: _sha256(opened.read(info)) for name, info in members.items()})
    except (DamagedFile, MemoryError):
        raise
    except Exception as error:  # damaged archives raise anything
        raise DamagedFile(f"{where} is damaged: it cannot be unpacked ({error})") from None


def _members(opened: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return an archive's photographs by name, without the folder that holds all of it."""
    inner = {info.filename.partition("/")[2]: info for info in opened.infolist()}
    return {
        name: info for name, info in inner.items() if name.count("/") == 2 and name.endswith(".jpg")
    }


def _lines(measures: Mapping[str, object]) -> bytes:
    text = "".join(f"{measure} {name}\n" for name, measure in sorted(measures.items()))
    return text.encode("utf-8", "surrogateescape")


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _digest(content: bytes, like: str) -> str:
    """Return the checksum of a content by the algorithm of another checksum."""
    algorithm = like.partition(":")[0]
    return f"{algorithm}:{hashlib.new(algorithm, content, usedforsecurity=False).hexdigest()}"


def _compare(content: bytes, file: RemoteFile, where: str) -> None:
    found = _digest(content, file.checksum)
    if found != file.checksum:
        algorithm, _, expected = file.checksum.partition(":")
        raise DamagedFile(
            f"{where} is damaged or another file: its content has {algorithm.upper()} "
            f"{found.partition(':')[2][:8]}..., not {expected[:8]}..."
        )


# -- downloading -------------------------------------------------------------------------------


_unreachable_hosts: dict[str, str] = {}
"""Why a host could not be reached, so that a process waits for it once."""


def _download(file: RemoteFile, progress: Progress) -> bytes:
    """Download a file into the cache; return its verified content, unpacked."""
    _check_reachable(file)
    with _storing(file):
        file.destination.parent.mkdir(parents=True, exist_ok=True)
    with _part_file(file) as (sink, part):
        content = _fill(sink, file, progress)
        with _storing(file):
            sink.flush()
            os.fsync(sink.fileno())
        # Closing comes first on Windows, where an open file cannot be renamed.
        sink.close()
        with _storing(file):
            if isinstance(file, Archive):
                _unpack(part, file)
                part.unlink()
            else:
                os.replace(part, file.destination)
    return content


def _unpack(packed: Path, archive: Archive) -> None:
    """Unpack a verified archive into its place; a damaged folder there is moved aside."""
    place = archive.destination
    folder = packed.with_suffix(".unpacked")
    shutil.rmtree(folder, ignore_errors=True)  # of a process that was killed
    try:
        with zipfile.ZipFile(packed) as opened:
            for name, info in _members(opened).items():  # known names: the listing was compared
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(opened.read(info))
        with contextlib.suppress(OSError):
            check_folder(place, archive, thorough=True)
            return  # another process was faster
        if place.exists():  # there may be something of its owner's in it
            place.rename(place.with_name(f"{place.name}.damaged-{time.time():.0f}"))
        folder.rename(place)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _download_to_memory(file: RemoteFile, progress: Progress) -> bytes:
    return _fill(io.BytesIO(), file, progress)


def _fill(sink: BinaryIO, file: RemoteFile, progress: Progress) -> bytes:
    """Complete `sink` and return its verified content; what was there before may be wrong."""
    resumed = sink.seek(0, io.SEEK_END) > 0
    _transfer(file, sink, progress)
    sink.seek(0)
    try:
        return _verified(sink.read(), file, f"{file.name} from {urlsplit(file.url).netloc}")
    except DamagedFile:
        sink.seek(0)
        sink.truncate()
        if not resumed:
            raise
    return _fill(sink, file, progress)


def _transfer(file: RemoteFile, sink: BinaryIO, progress: Progress) -> None:
    """Append to `sink` what it lacks, taking the connection up again where it was cut."""
    failures = 0
    most = sink.seek(0, io.SEEK_END)
    while True:
        start = sink.seek(0, io.SEEK_END)
        try:
            response = _open(file, start)
            if response is None:  # nothing lies beyond `start`
                return
            with response:
                if response.headers.get_content_type() == "text/html":
                    host = urlsplit(file.url).netloc
                    raise DownloadError(
                        f"{file.name} could not be downloaded: {host} answered with a web page: "
                        f"{_LOG_IN}"
                    )
                if response.status != 206:
                    start = sink.seek(0)
                    sink.truncate()
                length = int(response.headers.get("Content-Length") or 0)
                total = start + length if length else 0
                done = start
                while chunk := response.read(_CHUNK):
                    with _storing(file):
                        _append(sink, chunk)
                    done += len(chunk)
                    progress(file.name, done, total or (file.bytes if done < file.bytes else 0))
            if not total or done >= total:
                progress(file.name, done, done)
                return
            problem = f"the connection was cut after {done:,} of {total:,} bytes"
        except DownloadError:
            raise
        except (OSError, HTTPException) as error:
            problem = f"the connection failed ({_reason(error)})"
        # A server that always begins anew, and is always cut, brings nothing new.
        kept = sink.seek(0, io.SEEK_END)
        failures = 0 if kept > most else failures + 1
        most = max(most, kept)
        if failures > RETRIES:
            raise DownloadError(f"{file.name} could not be downloaded: {problem}; try again later")
        time.sleep(min(failures, 2))


def _append(sink: BinaryIO, chunk: bytes) -> None:
    rest = memoryview(chunk)
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
        _unreachable_hosts[host] = f"{host} could not be reached ({_reason(result)})"
        raise DownloadError(_unreachable_hosts[host])
    return result


def _check_reachable(file: RemoteFile) -> None:
    """Raise if a download is forbidden, or known not to work, before anything is touched."""
    if is_offline():
        raise DownloadError("COURSE_OFFLINE forbids a download")
    if problem := _unreachable_hosts.get(urlsplit(file.url).netloc):
        raise DownloadError(problem)


def _reason(error: BaseException) -> str:
    """Return the plain words in an error, without its number and file name."""
    inner = getattr(error, "reason", None)
    if isinstance(inner, BaseException):
        return _reason(inner)
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
            what = f"{folder} cannot be written ({_reason(error)})"
        raise CannotStore(
            f"{file.name} could not be kept: {what}, or set KERAS_HOME to another folder"
        ) from None


@contextlib.contextmanager
def _part_file(file: RemoteFile) -> Iterator[tuple[BinaryIO, Path]]:
    """Open a file's part file for this process alone; it stays where it is, to be resumed.

    While another process is filling it, this one uses a temporary file that does not stay.
    """
    with _storing(file):
        sink: BinaryIO = open(file.part, "a+b", buffering=0)  # noqa: SIM115
    part, temporary = file.part, False
    # The other process may have finished, and renamed the file, between our opening and locking.
    if not (
        _lock(sink) and part.exists() and os.path.samestat(os.fstat(sink.fileno()), part.stat())
    ):
        sink.close()
        with _storing(file):
            part, temporary = file.part.with_name(f"{file.name}.{os.getpid()}.part"), True
            sink = open(part, "w+b", buffering=0)  # noqa: SIM115
    try:
        yield sink, part
    finally:
        sink.close()
        empty = part.exists() and not part.stat().st_size
        if temporary or empty:
            part.unlink(missing_ok=True)


def _lock(sink: BinaryIO) -> bool:
    """Lock an open file for this process; False if another one has it. Closing releases it."""
    if sys.platform == "win32":
        import msvcrt

        sink.seek(1 << 30)  # a byte that is never written: Windows locks against reading too
        try:
            msvcrt.locking(sink.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(sink, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a network folder without locks: better unlocked than not at all
        return True
    return True
