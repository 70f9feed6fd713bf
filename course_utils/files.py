"""Files that are there as a whole or not at all. Standard library only."""

import contextlib
import errno
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[1]  # the checkout
FULL = (errno.ENOSPC, errno.EDQUOT)
"""What the system says when a disk, or somebody's share of it, is full."""


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary name to write to; the file gets its own when the block is through.

    If the block fails, or is stopped, what was there before is there still. The temporary file is
    in the same folder, which is made, and has the same ending.
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
