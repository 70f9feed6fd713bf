"""Files and folders that are there as a whole or not at all. Standard library only."""

import atexit
import contextlib
import errno
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

FULL = (errno.ENOSPC, errno.EDQUOT)
"""What the system says when a disk, or somebody's share of it, is full."""


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Write a file under a temporary name; it gets its own when the block is through.

    If the block fails, or is stopped, what was there before is there still.

    Parameters
    ----------
    path : Path
        Where the file is to be. Folders above it are made.

    Yields
    ------
    Path
        Where to write: in the same folder, with the same ending.

    Examples
    --------
    >>> path = Path(tempfile.mkdtemp()) / "numbers.txt"
    >>> with whole_file(path) as part:
    ...     _ = part.write_text("1, 2, 3", "utf-8")
    ...     path.exists()
    False
    >>> path.read_text("utf-8")
    '1, 2, 3'
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"part-{os.getpid()}-{path.name}")
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file, whole, such as a reader of changes likes it: a line for each value."""
    with whole_file(path) as part:
        part.write_text(json.dumps(content, indent=1) + "\n", "utf-8", newline="\n")


def whole_folder(place: Path, fill: Callable[[Path], None]) -> Path:
    """Make a folder in Keras's cache under a temporary name, fill it, then give it its name.

    Parameters
    ----------
    place : Path
        Where it is to be. Folders above it are made.
    fill : callable
        Is given the empty folder and writes into it.

    Returns
    -------
    Path
        Where the folder is: if the cache cannot be written, a temporary place until Python ends.

    Raises
    ------
    OSError
        If the disk is full.
    """
    try:
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            part = Path(tempfile.mkdtemp(dir=place.parent, prefix=f"{place.name}.", suffix=".part"))
        except OSError as error:
            if error.errno in FULL:
                raise
            part = Path(tempfile.mkdtemp(prefix="course-photographs-"))
            atexit.register(shutil.rmtree, part, ignore_errors=True)
            fill(part)
            return part
        try:
            fill(part)
            with contextlib.suppress(OSError):  # another process was faster
                part.rename(place)
            return place
        finally:
            shutil.rmtree(part, ignore_errors=True)
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise OSError(
            error.errno,
            f"the disk that holds {place.parent} is full: make room there, or set KERAS_HOME to "
            "another folder",
        ) from None


def lock(file: IO[bytes]) -> bool:
    """Lock an open file until it is closed; False if another process has locked it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(1 << 30)  # nothing is there: Windows locks against reading, too
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # Anything else is a network folder without locks: better unlocked than not at all.
        return error.errno != (errno.EACCES if sys.platform == "win32" else errno.EAGAIN)
    return True
