"""A folder in Keras's cache that is there as a whole or not at all."""

import atexit
import contextlib
import errno
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

_FULL = (errno.ENOSPC, errno.EDQUOT)


def make_folder(place: Path, fill: Callable[[Path], None]) -> Path:
    """Make a folder under a temporary name, fill it, then give it its name.

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
            if error.errno in _FULL:
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
        if error.errno not in _FULL:
            raise
        raise OSError(
            error.errno,
            f"the disk that holds {place.parent} is full: make room there, or set KERAS_HOME to "
            "another folder",
        ) from None
