"""The files that the course can use: where each comes from, where it lies, and whether it is right.

``registry.toml`` names every file with its address, its place in Keras's own cache and its
checksum, so that what is downloaded here is found by Keras, and the other way round. A file is
checked whenever it is read. Of an archive the unpacked folder is kept. Standard library only.
"""

import gzip
import hashlib
import io
import os
import tomllib
import warnings
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path


class DownloadError(OSError):
    """A file could not be fetched; the message says why and what to do."""


class DamagedFile(DownloadError):
    """A file is there but is not what it should be; the message names it and what is wrong."""


class _CannotStore(DownloadError):
    """A file could not be written to the cache: read-only folder, full disk."""


class DataWarning(UserWarning):
    """Something about a data file that its user should know."""


def _warn(message: str) -> None:
    """Issue a :class:`DataWarning` that is shown once, without pointing at a line of code."""
    warnings.warn_explicit(message, DataWarning, "course_utils.data", 1)


def is_offline() -> bool:
    """Whether ``COURSE_OFFLINE`` forbids every download."""
    said = os.environ.get("COURSE_OFFLINE", "").strip().lower()
    return said not in ("", "0", "false", "no", "off")


@dataclass(frozen=True)
class _RemoteFile:
    """One file, as `registry.toml` describes it.

    Of a zip archive, which holds photographs, the cache keeps the unpacked folder. As its bytes may
    change from day to day where it is packed on demand, its checksum is that of the lines
    ``SHA-256 name`` of all ``part/class/name.jpg`` in it, in the order of these names.
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
    def is_archive(self) -> bool:
        """Whether the cache keeps a folder of it."""
        return self.url.endswith(".zip")

    @property
    def destination(self) -> Path:
        """Where the file belongs on this machine."""
        return cache_home() / self.path

    @property
    def part(self) -> Path:
        """Where an unfinished download of it waits."""
        return self.destination.with_name(self.name + ".part")


@dataclass(frozen=True)
class _DataSet:
    """A data set or a set of weights: one line of ``python3 -m course_utils download --list``."""

    name: str
    title: str
    purpose: str
    files: tuple[_RemoteFile, ...]
    class_names: Sequence[str] = ()  # of what it has labels for, from class 0 on

    @property
    def bytes(self) -> int:
        """Size of the whole download in bytes."""
        return sum(file.bytes for file in self.files)


REGISTRY: dict[str, _DataSet] = {}
for _name, _said in tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8")).items():
    _said["files"] = tuple(_RemoteFile(**file) for file in _said["files"])
    REGISTRY[_name] = _DataSet(_name, **_said)


def cache_home() -> Path:
    """Return Keras's cache folder, found as Keras finds it; it may not exist yet.

    ``KERAS_HOME`` if that is set, else ``.keras`` in the home folder, or in ``/tmp`` where the home
    folder cannot be written.
    """
    if named := os.environ.get("KERAS_HOME"):
        return Path(os.path.expanduser(named))
    home = os.path.expanduser("~")
    return Path(home if os.access(home, os.W_OK) else "/tmp") / ".keras"


def _read(file: _RemoteFile) -> bytes:
    """Return a file's content from the cache, unpacked if its name ends in ``.gz``, and checked.

    Of an archive, which is in a folder, there is no content. FileNotFoundError: it is not there.
    DamagedFile: it is not what it should be; it is left as it is.
    """
    path = file.destination
    if file.is_archive:
        _check_folder(path, file)
        return b""
    if path.is_fifo():  # reading it would wait for ever
        raise DamagedFile(f"{path} is not a file")
    return _verified(path.read_bytes(), file, str(path))


def _check_folder(folder: Path, archive: _RemoteFile) -> None:
    """Raise DamagedFile unless a folder holds an archive's photographs, all and no others."""
    os.stat(folder)  # or it is not there, or may not be entered
    paths = {path.relative_to(folder).as_posix(): path for path in folder.glob("*/*/*.jpg")}
    found = ((name, path.read_bytes() if path.is_file() else b"") for name, path in paths.items())
    if _digest(_lines(found), archive.checksum) != archive.checksum:
        raise DamagedFile(
            f"{folder} is not as it was published: of its {len(paths):,} photographs some are "
            "damaged, missing or others"
        )


def _members(opened: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return an archive's photographs by name, without the folder that holds all of it."""
    inner = {info.filename.partition("/")[2]: info for info in opened.infolist()}
    return {
        name: info for name, info in inner.items() if name.count("/") == 2 and name.endswith(".jpg")
    }


def _verified(packed: bytes, file: _RemoteFile, where: str) -> bytes:
    """Return a file's unpacked content, or of an archive what its checksum is of, if it is right.

    If it is not, a DamagedFile says `where` it lies.
    """
    content = packed
    try:
        if file.name.endswith(".gz"):
            content = gzip.decompress(packed)
        elif file.is_archive:
            with zipfile.ZipFile(io.BytesIO(packed)) as opened:
                content = _lines((name, opened.read(at)) for name, at in _members(opened).items())
    except MemoryError:
        raise
    except Exception as error:  # damaged archives raise anything
        raise DamagedFile(f"{where} is damaged: it cannot be unpacked ({error})") from None
    found = _digest(content, file.checksum)
    if found != file.checksum:
        algorithm, _, expected = file.checksum.partition(":")
        raise DamagedFile(
            f"{where} is damaged or another file: its content has {algorithm.upper()} "
            f"{found.partition(':')[2][:8]}..., not {expected[:8]}..."
        )
    return content


def _lines(photographs: Iterable[tuple[str, bytes]]) -> bytes:
    """Return what the checksum of an archive is of."""
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in photographs}
    text = "".join(f"{sums[name]} {name}\n" for name in sorted(sums))
    return text.encode("utf-8", "surrogateescape")


def _digest(content: bytes, like: str) -> str:
    """Return the checksum of a content by the algorithm of another checksum."""
    algorithm = like.partition(":")[0]
    return f"{algorithm}:{hashlib.new(algorithm, content, usedforsecurity=False).hexdigest()}"
