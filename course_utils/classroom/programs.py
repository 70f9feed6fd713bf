"""Exercises that ask for a function: it is run where it cannot hurt, and its result compared."""

import builtins
import contextlib
import copy
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
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

from course_utils.classroom import reading
from course_utils.classroom.comparing import _apart, _OddError, _plain, _same, _shown, _size
from course_utils.classroom.exercise import Exercise, _NotWrittenError, _UnreadableError

_SECONDS = 5.0  # of the processor, which a student's function may take
_WAITS = 4  # times as long on the clock: it may sleep, and the computer may have other work, too
_MEMORY = 4 * 2**30  # how many bytes it may take
_CHANGES = "the function changes what it is given. Work on a copy of it."

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
    said = next(said for kind, said in _TOLD.items() if isinstance(error, kind))
    return said.format(first=first, name=name, line=f", in the line `{line}`" * bool(line))


@dataclass(frozen=True)
class _Program(Exercise):
    """A question whose answer is a program: the course's own is a few lines that define a function.

    What the fields hold is said in ``exercises/README.md``.
    """

    modules: ClassVar[dict[str, str]] = {"np": "numpy"}
    """What its programs can use without importing it."""

    program: str
    steps: Sequence[str]
    why: str

    @property
    def name(self) -> str:
        """What the function of the course's own answer is called."""
        return re.findall(r"^def (\w+)", self.program, re.MULTILINE)[-1]  # type: ignore[no-any-return]

    @property
    def how(self) -> str:
        return f"Write `{self.name}` in the cell, in the place of the dots, and run it."

    @property
    def hints(self) -> tuple[str, ...]:
        return tuple(self.steps)

    @property
    def solution(self) -> str:
        return f"```python\n{self.program.strip()}\n```\n{self.why}"

    def made(self, program: str = "") -> Any:
        """Return the function that a program of ours defines, at first the right one."""
        names: dict[str, Any] = {name: import_module(it) for name, it in self.modules.items()}
        exec(compile(program or self.program, "<exercise>", "exec"), names)
        return names[self.name]

    def takes(self, function: Callable[..., Any], count: int, names: str) -> None:
        """See to it that a function can be called with so many inputs."""
        inputs = "one input" if count == 1 else f"{count} inputs"
        said = f"The function is called with {inputs}{names}, and yours does not take that."
        with contextlib.suppress(ValueError):  # some built-in functions do not tell
            try:
                inspect.signature(function).bind(*range(count))
            except TypeError:
                raise _UnreadableError(said) from None


@dataclass(frozen=True)
class Code(_Program):
    """A question that asks for a function.

    ``cases`` returns the inputs on which it is run, as tuples.
    """

    cases: Callable[[], Sequence[tuple[Any, ...]]]
    wrong: Sequence[tuple[str, str, str]]
    adapt: Callable[[Any], Callable[..., Any]] | None = None

    def function(self, program: str = "") -> Callable[..., Any]:
        """Return a program of ours as a function, at first the right one."""
        found = self.made(program)
        return self.adapt(found()) if self.adapt else found  # type: ignore[no-any-return]

    def results(self, program: str = "") -> list[Any]:
        """Return what a program of ours gives, None where it stops."""
        found: list[Any] = []
        for inputs in self.cases():
            found.append(None)
            with contextlib.suppress(Exception):
                found[-1] = _plain(self.function(program)(*inputs))
        return found

    def judge(self, given: Any) -> tuple[str, ...]:
        """Run the function on all cases; name the first that fails, and why if that is known."""
        function = self._given(given)
        runs: list[_Run] = []
        failed = ""
        with warnings.catch_warnings(), _enough_memory():
            warnings.simplefilter("ignore")
            right = self.results()  # before anything of the student's has run
            for inputs, wanted in zip(self.cases(), right, strict=True):
                own = copy.deepcopy(inputs)
                left = _SECONDS - sum(one.spent for one in runs)
                done = _run(function, own, max(0.1, left), _plain)
                runs.append(done)
                failed = failed or self._fault(done, wanted, inputs, own, len(runs) > 1)
                if done.stopped:
                    break
            if not failed:
                return "right", self.why
            sentence = "" if runs[-1].stopped else self._recognise(function, runs, right, failed)
        stops = next((re.split(", in |: ", done.problem)[0] for done in runs if done.problem), "")
        return "wrong", f"{failed} {sentence}".strip(), sentence or stops or failed

    def _fault(self, done: _Run, wanted: Any, inputs: Any, own: Any, several: bool) -> str:
        call = f"For `{self.name}({', '.join(map(_shown, inputs))})`"
        if done.value is ...:
            raise _NotWrittenError
        if done.problem:
            return f"{call}: {done.problem}."
        if done.value is None and several:
            return f"{call} it gives None: some way through it ends without a `return`."
        if done.value is None:
            told = " It prints its result; give it back with `return`." * bool(done.printed)
            return f"Got None: did you forget `return`?{told}"
        pairs = [pair for pair in zip(inputs, own, strict=True) if not callable(pair[0])]
        if not all(_same(_plain(before), _plain(after)) for before, after in pairs):
            return f"{call} {_CHANGES}"
        if _same(done.value, wanted):
            return ""
        given, asked = _size(done.value), _size(wanted)
        if given != asked and given and asked:
            return f"{call} its result is {given}, and it should be {asked}."
        return f"{call} {_apart(done.value, wanted)}."

    def _recognise(self, function: Any, runs: list[_Run], right: list[Any], failed: str) -> str:
        """Return the sentence of a wrong program that does the very same."""
        from course_utils.classroom import slips

        given = [done.value for done in runs]
        for old, new, sentence in self.wrong:
            if all(map(_same, given, self.results(self.program.replace(old, new)))):
                return sentence
        if _CHANGES in failed:
            return ""
        stopped = slips._stopped(done.problem for done in runs)
        if all(one is None for one in given):
            return stopped or slips._repaired(function, self.cases(), right)
        again = [_run(function, case, _SECONDS, _plain).value for case in self.cases()]
        if not all(map(_same, given, again)):
            return "Called again, it gives something else: does it draw at random, or keep a value?"
        if found := slips._repaired(function, self.cases(), right):
            return found
        found = _run(slips._recognised, [given, right, self]).value or ""
        if found.startswith("So far"):  # it tells where, and not why
            return f"{found} {stopped}".strip()
        there = next((done.problem for done in runs if done.problem), "")
        if found or there:
            elsewhere = f"For another input: {there}." if there not in failed else ""
            return found or f"{elsewhere} {stopped}".strip()
        if count := sum(map(_same, given, right)):
            several = f"For {count} of {len(given)} inputs it is right."
            return f"{several} What is special about this one?"
        return "Work this case out by hand, and print what your lines give."

    def _given(self, given: Any) -> Callable[..., Any]:
        if self.adapt:
            return self.adapt(reading._rows(given, 3, 3))
        if not callable(given) or hasattr(given, "shape"):
            asked = f"give its name, {self.name}, without parentheses behind it."
            raise _UnreadableError(f"A function is asked for: {asked}")
        names = ", ".join(inspect.signature(self.function()).parameters)
        self.takes(given, len(self.cases()[0]), f", ({names})")
        return given  # type: ignore[no-any-return]
