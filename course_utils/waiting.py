"""One line that says how far long work has come: in a terminal, and in a notebook."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

_PATIENCE = 1.0  # seconds of work before anything is shown
_PAUSE = 0.2  # seconds between two updates


@contextlib.contextmanager
def counted(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show how far a loop has come, if it takes longer than a second.

    In a terminal the line is on standard error and wiped away in the end. In a notebook it is
    one output that changes, and stays as it was last. Elsewhere nothing is shown. The function that
    it yields is to be called with the number of steps that are done.

    >>> with counted("Counting", 3) as done:
    ...     for number in range(3):
    ...         done(number + 1)
    """
    write = _in_notebook() or _in_terminal()
    due, shown = time.monotonic() + _PATIENCE, False

    def show(done: int) -> None:
        nonlocal due, shown
        now = time.monotonic()
        if write and (now >= due or (shown and done == total)):
            due, shown = now + _PAUSE, True
            write(f"{what}: {done:,} of {total:,}")

    try:
        yield show
    finally:
        if write and shown:
            write("")


def _in_terminal() -> Callable[[str], None] | None:
    if sys.stderr is None or not sys.stderr.isatty():
        return None
    return lambda line: print(
        f"\r{line:<79}" if line else f"\r{'':<79}\r", end="", file=sys.stderr, flush=True
    )


def _in_notebook() -> Callable[[str], None] | None:
    ipython = sys.modules.get("IPython")
    if not hasattr(ipython.get_ipython() if ipython else None, "kernel"):
        return None
    handle: Any = import_module("IPython.display").DisplayHandle()
    show = handle.display

    def write(line: str) -> None:
        nonlocal show
        if line:
            show({"text/plain": line}, raw=True)
            show = handle.update

    return write
