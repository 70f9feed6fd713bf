"""What the course can use, as its loaders ask for it: from Keras's cache, or downloaded into it."""

import io
import os
from dataclasses import dataclass

from course_utils.data.registry import (
    REGISTRY,
    Archive,
    CannotStore,
    DamagedFile,
    DownloadError,
    Entry,
    RemoteFile,
    read,
    warn,
)
from course_utils.data.transfer import download, fill, reason


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
