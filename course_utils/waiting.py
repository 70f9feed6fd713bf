"""One line that says how far long work has come: in a terminal, and in a notebook."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import TextIO

_PATIENCE = 1.0  # seconds of work before anything is shown
_PAUSE = 0.2  # seconds between two updates


@contextlib.contextmanager
def counted(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show how far a loop has come, if it takes longer than a second.

    The line is wiped away in the end. Where it would not be seen, such as in a file, nothing is
    written. The function that it yields is to be called with the number of steps that are done.
    """
    seen, due, shown = _screen(), time.monotonic() + _PATIENCE, False

    def show(done: int) -> None:
        nonlocal due, shown
        if seen and time.monotonic() >= due:
            due, shown = time.monotonic() + _PAUSE, True
            print(f"\r{f'{what}: {done:,} of {total:,}':<79}", end="", file=seen, flush=True)

    try:
        yield show
    finally:
        if shown:
            print(f"\r{'':<79}\r", end="", file=seen, flush=True)


def _screen() -> TextIO | None:
    """Return the terminal, or the output of a notebook, which can go back to its line, too."""
    if sys.stderr is not None and sys.stderr.isatty():
        return sys.stderr
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return sys.stdout if hasattr(shell, "kernel") else None
