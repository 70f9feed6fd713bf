"""A student's function is run where it cannot hurt, and what became of it is said.

It gets a thread of its own and so many seconds; it can neither end Python nor change it for good.
"""

import builtins
import contextlib
import ctypes
import inspect
import io
import itertools
import linecache
import os
import re
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_utils.classroom.comparing import _OddError

_SECONDS = 5.0  # of the processor, which a student's function may take
_WAITS = 4  # times as long on the clock: it may sleep, and the computer may have other work, too
_MEMORY = 4 * 2**30  # how many bytes it may take

_TOLD: dict[type[BaseException], str] = {
    RecursionError: "It calls itself without end{line}",
    SystemExit: "It wants to end Python with exit(). Give the result back with `return`",
    _OddError: "It gives {first}",
    EOFError: "It asks for input(). All it needs is in its arguments",
    BaseException: "It stops with {name}{line}",
}


class _TimeUp(BaseException):
    """Thrown into a function that takes too long; no ``except Exception`` holds it."""


class _SleepError(BaseException):
    """Thrown into a function that catches even `_TimeUp`: whoever catches this one never wakes."""

    def __new__(cls) -> "_SleepError":  # run by the thread that catches it
        bed = threading.Lock()
        bed.acquire()
        bed.acquire()
        raise AssertionError("unreachable")


@dataclass
class _Run:
    """What became of one call: its result, or the sentence on what went wrong."""

    value: Any = None
    problem: str = ""
    printed: str = ""
    stopped: bool = False
    spent: float = 0.0


def _run(
    function: Callable[..., Any],
    inputs: Sequence[Any],
    seconds: float = _SECONDS,
    read: Callable[[Any], Any] = lambda result: result,
) -> _Run:
    """Call a function, and read its result, in a thread of its own; stop it if it takes too long.

    Its seconds are those of the processor, so a busy computer stops no right program.
    An exception is thrown into the thread, again and again until it ends, and at last one that
    lets it sleep for good: neither an endless loop nor a bare ``except`` goes on. Windows, macOS
    and Linux all know that. What it prints is caught. The calling thread is not touched: no signal,
    no trace function is left, and what the function has changed in Python or NumPy is put back.
    """
    done, printed = _Run(), io.StringIO()

    def work() -> None:
        try:
            done.value = read(function(*inputs))
        except _TimeUp:
            done.stopped = True
        except BaseException as error:
            done.stopped = isinstance(error, RecursionError)
            done.problem = _told(error, function)

    thread = threading.Thread(target=work, daemon=True)
    late, took, begun, clock = True, 0.0, time.process_time(), time.monotonic()
    out, err = contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed)
    with _guarded() as changed, out, err:
        thread.start()
        try:
            while late and done.spent < seconds and took < _WAITS * seconds:
                thread.join(0.05)
                late = thread.is_alive()
                done.spent, took = time.process_time() - begun, time.monotonic() - clock
        finally:
            _end(thread, done)
    if late:
        computed = done.spent >= seconds
        after = f"{round(seconds if computed else _WAITS * seconds, 1):g} seconds"
        said = f"It does not come to an end: stopped after {after}{' of computing' * computed}"
        return _Run(problem=said, stopped=True)
    if changed and not done.problem:
        done.problem = f"It changes `{changed[0]}`, which is not its own. It is put back"
    done.printed = printed.getvalue()
    return done


def _end(thread: threading.Thread, done: _Run) -> None:
    begun = time.monotonic()
    while thread.is_alive() and not done.stopped and (spent := time.monotonic() - begun) < 2:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident or 0),
            ctypes.py_object(_TimeUp if spent < 1 else _SleepError),
        )
        thread.join(0.001)


_ENDLESS = (itertools.count, itertools.cycle, itertools.repeat, type(iter(int, 1)))
_OF_C: list[Any] = [*_ENDLESS[:-1], sum, min, max, any, all, iter]


def _in_steps(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return what C would go through without a stop so that Python goes through it."""

    def called(*given: Any, **named: Any) -> Any:
        if given and isinstance(given[0], range | Iterator):
            given = ((one for one in given[0]), *given[1:])
        found = function(*given, **named)
        return (one for one in found) if isinstance(found, _ENDLESS) else found

    return called


@contextlib.contextmanager
def _guarded() -> Iterator[list[str]]:
    """Let nobody end Python or ask for input, and put back what is changed in other modules."""

    def ends(*_: Any, **__: Any) -> None:
        raise SystemExit

    def asks(*_: Any, **__: Any) -> None:
        raise EOFError

    names = ("builtins", "itertools", "os", "math", "numpy", "keras", "keras.ops", "IPython")
    loaded = {name: sys.modules[name] for name in names if name in sys.modules}
    shell = loaded["IPython"].get_ipython() if "IPython" in loaded else None
    holders: list[Any] = [*loaded.values(), type(shell)]
    deepest = sys.getrecursionlimit()
    before = [(holder, dict(vars(holder))) for holder in holders]
    changed: list[str] = []
    builtins.input, os._exit = asks, ends  # type: ignore[assignment]
    if hasattr(shell, "ask_exit"):  # what exit() calls in a notebook
        setattr(type(shell), "ask_exit", ends)  # noqa: B010
    for one in _OF_C:
        setattr(sys.modules[one.__module__], one.__name__, _in_steps(one))
    guarded = [dict(vars(holder)) for holder in holders]
    try:
        yield changed
    finally:
        sys.modules.update(loaded)
        sys.setrecursionlimit(deepest)
        for (holder, kept), ours in zip(before, guarded, strict=True):
            for word, value in kept.items():
                now = vars(holder).get(word)
                if now is not value and not word.startswith("__"):
                    setattr(holder, word, value)
                    if now is not ours[word]:
                        changed.append(f"{holder.__name__}.{word}")


@contextlib.contextmanager
def _enough_memory() -> Iterator[None]:
    """Let an array of 100 GB be a MemoryError, where Linux would end Python."""
    if not sys.platform.startswith("linux"):  # macOS knows no limit, Windows needs none
        yield
        return
    import resource

    found = re.search(r"VmData:\s*(\d+) kB", Path("/proc/self/status").read_text())
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if found and soft == hard == resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_DATA, (int(found[1]) * 1024 + _MEMORY, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _told(error: BaseException, function: Callable[..., Any]) -> str:
    """Return what happened, with the line of the function's own file that it passed last."""
    first = ""
    with contextlib.suppress(Exception):
        lines = str(error).strip().splitlines()
        told = [line for line in lines if line.startswith("Received")]  # TensorFlow says it late
        first = next(iter(told + lines), "").rstrip(".")[:240]
    function = inspect.unwrap(function)
    code = getattr(getattr(function, "func", function), "__code__", None)
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if code and frame.filename == code.co_filename]
    line = linecache.getline(own[-1].filename, own[-1].lineno or 0).strip() if own else ""
    name = f"{type(error).__name__}{': ' * bool(first)}{first}"
    said = next(said for caught, said in _TOLD.items() if isinstance(error, caught))
    return said.format(first=first, name=name, line=f", in the line `{line}`" * bool(line))
