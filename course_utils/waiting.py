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

    Examples
    --------
    >>> with counted("Counting", 3) as done:
    ...     for number in range(3):
    ...         done(number + 1)
    """
    write = _in_notebook() or _in_terminal()
    if write is None:
        yield lambda done: None
        return
    last, shown = time.monotonic() + _PATIENCE - _PAUSE, False

    def show(done: int) -> None:
        nonlocal last, shown
        now = time.monotonic()
        if now - last >= _PAUSE or (shown and done == total):
            last, shown = now, True
            write(f"{what}: {done:,} of {total:,}")

    try:
        yield show
    finally:
        if shown:
            write("")


def _in_terminal() -> Callable[[str], None] | None:
    if sys.stderr is None or not sys.stderr.isatty():
        return None

    def write(line: str) -> None:
        sys.stderr.write(f"\r{line:<79}" if line else f"\r{'':<79}\r")
        sys.stderr.flush()

    return write


def _in_notebook() -> Callable[[str], None] | None:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None or not hasattr(shell, "kernel"):
        return None
    display: Any = import_module("IPython.display").display
    handle: Any = None

    def write(line: str) -> None:
        nonlocal handle
        if not line:
            return
        content = {"text/plain": line}
        if handle is None:
            handle = display(content, raw=True, display_id=True)
        else:
            handle.update(content, raw=True)

    return write
