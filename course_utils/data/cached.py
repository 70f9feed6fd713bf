"""What of the data sets and weights is in Keras's cache, and how to get it from there."""

import io
import os

from course_utils.data import registry
from course_utils.data.downloads import _download, _fill, _reason
from course_utils.data.registry import DamagedFile, DownloadError, _CannotStore, _DataSet, _read


def state(wanted: _DataSet) -> str:
    """Say whether a data set's files are there and right; every byte is checked.

    ``"present"``: all there. ``"corrupt"``: a file is there and wrong. ``"partial"``: some files
    are there, or part of one. ``"missing"``: nothing is. ``"unreadable"``: that cannot be known.
    """
    found = 0
    for file in wanted.files:
        try:
            _read(file)
            found += 1
        except DamagedFile:
            return "corrupt"
        except FileNotFoundError:
            pass
        except OSError:
            return "unreadable"
    if found == len(wanted.files):
        return "present"
    found += sum(os.path.exists(file.part) for file in wanted.files)
    return "partial" if found else "missing"


def fetch(wanted: _DataSet) -> None:
    """Bring a data set's files into Keras's cache; those already there and right are left alone.

    A damaged file is replaced, once its replacement has been downloaded and checked. Ctrl-C, a cut
    connection or a full disk keep what has arrived, and the next call goes on from there. A
    DownloadError says which file could not be fetched, checked or stored, and what to do.
    """
    for file in wanted.files:
        try:
            _read(file)
        except OSError:
            _download(file)


def obtain_or(name: str, what: str, instead: str) -> tuple[dict[str, bytes], str, str]:
    """Return the content of a data set's files by name, where it is from, and why it is not there.

    It comes from the ``"cache"`` or from a ``"download"``; that is empty where nothing can be had,
    and the note says why. ``what`` the data set holds may be missing without a note where that is
    empty; ``instead`` says what is used then.
    """
    try:
        return *_obtain(registry.REGISTRY[name]), ""
    except DamagedFile as error:
        registry._warn(note := f"{error}: {instead}")
    except DownloadError as error:
        note = f"the real {what} are not in Keras's cache, and {error}" if what else ""
    return {}, "", note


def _obtain(wanted: _DataSet) -> tuple[dict[str, bytes], str]:
    """Return the verified content of a data set's files: from the cache, else downloaded into it.

    Content is that of unpacked ``.gz`` files; of an archive there is none but its folder. Where the
    cache cannot be written the content is downloaded into memory. A damaged file is replaced if
    that can be done. What was put right, and what could not be kept, is warned about.
    """
    content: dict[str, bytes] = {}
    source = "cache"
    for file in wanted.files:
        try:
            content[file.name] = _read(file)
            continue
        except FileNotFoundError:
            damage = ""
        except DamagedFile as error:
            damage = str(error)
        except OSError as error:
            damage = f"{file.destination} cannot be read ({_reason(error)})"
        source, note = "download", damage and f"{damage}; it was downloaded again"
        try:
            try:
                content[file.name] = _download(file)
            except _CannotStore as error:
                if file.is_archive:  # photographs are of use only in a folder
                    raise
                note = str(error)
                content[file.name] = _fill(io.BytesIO(), file)
        except DownloadError as error:
            if damage:
                raise DamagedFile(f"{damage}, and {error}") from None
            raise
        if note:
            registry._warn(note)
    return content, source
