"""Exercises that ask for a function: it is run where it cannot hurt, and its result compared."""

import contextlib
import copy
import ctypes
import inspect
import io
import linecache
import re
import sys
import textwrap
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from course_utils.classroom.exercise import Exercise, NotWrittenError, UnreadableError

SECONDS = 5.0
"""How long a student's function may take."""


class _TimeUp(BaseException):
    """Thrown into a function that takes too long; no ``except Exception`` holds it."""


@dataclass
class Run:
    """What became of one call: its result, or the sentence on what went wrong."""

    value: Any = None
    problem: str = ""
    printed: str = ""
    stopped: bool = False


def run(function: Callable[..., Any], inputs: Sequence[Any], seconds: float = SECONDS) -> Run:
    """Call a function in a thread of its own, and stop it if it takes too long.

    An exception is thrown into the thread, again and again until it ends, so that neither an
    endless loop nor a bare ``except`` goes on; Windows, macOS and Linux all know that. What it
    prints is caught. The calling thread is not touched: no signal, no trace function is left.
    """
    done, printed = Run(), io.StringIO()

    def work() -> None:
        try:
            done.value = function(*inputs)
        except _TimeUp:
            pass
        except RecursionError:
            done.stopped = True
            done.problem = "It calls itself without end" + _line(function)
        except BaseException as error:
            first = next(iter(str(error).strip().splitlines()), "").rstrip(".")
            name = type(error).__name__
            done.problem = f"It stops with {name}{': ' * bool(first)}{first}"[:300] + _line(
                function
            )

    thread = threading.Thread(target=work, daemon=True)
    late = True
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        thread.start()
        try:
            thread.join(seconds)
            late = thread.is_alive()
        finally:
            end = time.monotonic() + 2
            while thread.is_alive() and time.monotonic() < end:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(thread.ident or 0), ctypes.py_object(_TimeUp)
                )
                thread.join(0.05)
    if late:
        said = f"It does not come to an end: stopped after {seconds:g} seconds"
        return Run(problem=said, stopped=True)
    done.printed = printed.getvalue()
    return done


def _line(function: Callable[..., Any]) -> str:
    """Return the line of the function's own file in which the current exception passed last."""
    code = getattr(function, "__code__", None)
    frames = traceback.extract_tb(sys.exc_info()[2])
    own = [frame for frame in frames if code and frame.filename == code.co_filename]
    line = linecache.getline(own[-1].filename, own[-1].lineno or 0).strip() if own else ""
    return f", in the line `{line}`" if line else ""


def same(one: Any, other: Any) -> bool:
    """Say whether two results are equal, numbers and arrays within rounding."""
    if isinstance(one, str | bytes | dict | None) or isinstance(other, str | bytes | dict | None):
        return type(one) is type(other) and bool(one == other)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    import numpy as np

    try:
        left, right = np.asarray(one), np.asarray(other)
        if left.shape != right.shape:
            return False
        if left.dtype.kind in "iufb" and right.dtype.kind in "iufb":
            return bool(np.allclose(left, right, rtol=1e-4, atol=1e-6, equal_nan=True))
        return bool((left == right).all())
    except Exception:
        return False


def shown(value: Any) -> str:
    """Return a result as one line of text, arrays as lists of lists."""
    if hasattr(value, "numpy"):
        value = value.numpy()
    if hasattr(value, "tolist"):
        value = value.tolist()
    text = re.sub(
        r"-?\d+\.\d+(e[+-]?\d+)?", lambda found: f"{float(found[0]):.4g}", repr(value)
    ).replace("\n", " ")
    return text if len(text) <= 160 else text[:157] + "..."


def size(value: Any) -> str:
    """Return a shape as words, or nothing for what has none."""
    sides = getattr(value, "shape", ())
    return " x ".join(map(str, sides)) if len(sides) else ""


def source(code: str, **known: Any) -> dict[str, Any]:
    """Run a program of ours, and return the names that it has given."""
    names = dict(known)
    exec(compile(code, "<exercise>", "exec"), names)
    return names


def defined(code: str) -> str:
    """Return the name of the last function that a program defines."""
    return re.findall(r"^def (\w+)", code, re.MULTILINE)[-1]


@dataclass(frozen=True)
class Code(Exercise):
    """A question that asks for a function.

    Parameters
    ----------
    program : str
        The course's own answer: a few lines that define the function. NumPy is there as ``np``.
    cases : callable
        Is given NumPy, and returns the inputs on which the function is run, as tuples.
    wrong : sequence of (old, new, sentence)
        Typical wrong programs: the right one with a place changed, and what to say to whoever
        wrote it like that.
    steps : sequence of str
        Hints, each a step further.
    why : str
        Shown with a right answer.
    adapt : callable, optional
        Makes a function of what is asked for, where that is not a function itself.
    """

    kind: ClassVar[str] = "code"

    program: str
    cases: Callable[[Any], Iterable[tuple[Any, ...]]]
    wrong: Sequence[tuple[str, str, str]]
    steps: Sequence[str]
    why: str
    adapt: Callable[[Any], Callable[..., Any]] | None = None

    @property
    def name(self) -> str:
        """What the function is called."""
        return defined(self.program)

    @property
    def how(self) -> str:
        """How the answer is to be given."""
        return f"Write `{self.name}` in the cell, in the place of the dots, and run it."

    @property
    def hints(self) -> tuple[str, ...]:
        """The steps."""
        return tuple(self.steps)

    @property
    def solution(self) -> str:
        """The program, and why it is right."""
        return f"```python\n{textwrap.dedent(self.program).strip()}\n```\n{self.why}"

    def right(self) -> Callable[..., Any]:
        """Return the course's own answer, as a function."""
        return self._function(self.program)

    def mutants(self) -> list[tuple[Callable[..., Any], str]]:
        """Return the typical wrong programs, as functions, each with its sentence."""
        return [
            (self._function(self.program.replace(old, new)), sentence)
            for old, new, sentence in self.wrong
        ]

    def _function(self, code: str) -> Callable[..., Any]:
        import numpy as np

        found = source(textwrap.dedent(code), np=np)[self.name]
        return self.adapt(found()) if self.adapt else found  # type: ignore[no-any-return]

    def inputs(self) -> list[tuple[Any, ...]]:
        """Return the inputs of all cases."""
        import numpy as np

        return [tuple(case) for case in self.cases(np)]

    def judge(self, given: Any) -> tuple[str, ...]:
        """Run the function on all cases; name the first that fails, and why if that is known."""
        function, right = self._given(given), self.right()
        runs: list[Run] = []
        failed = None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for inputs in self.inputs():
                done, said = self._fault(function, right, inputs)
                failed = failed or said
                runs.append(done)
                if done.stopped:
                    break
            if failed is None:
                return "right", self.why
            sentence = "" if runs[-1].stopped else self._recognise(runs)
        if not sentence and not any(done.problem or done.value is None for done in runs):
            sentence = "Work this case out by hand, and print what your lines give."
        stops = next((re.split(", in |: ", done.problem)[0] for done in runs if done.problem), "")
        return "wrong", f"{failed} {sentence}".strip(), sentence or stops or failed

    def _fault(
        self, function: Callable[..., Any], right: Callable[..., Any], inputs: tuple[Any, ...]
    ) -> tuple[Run, str | None]:
        """Run the function on one case, and say what is wrong with the result, if anything."""
        own = copy.deepcopy(inputs)
        done = run(function, own)
        call = f"For `{self.name}({', '.join(map(shown, inputs))})`"
        if done.value is ...:
            raise NotWrittenError
        if done.problem:
            return done, f"{call}: {done.problem}."
        if done.value is None:
            told = " It prints its result; give it back with `return`." if done.printed else ""
            return done, f"Got None: did you forget `return`?{told}"
        if not same(own, inputs):
            return done, (f"{call} the function changes what it is given. Work on a copy of it.")
        wanted = right(*copy.deepcopy(inputs))
        if same(done.value, wanted):
            return done, None
        sizes = [size(done.value), size(wanted)]
        if sizes[0] != sizes[1] and all(sizes):
            return done, f"{call} its result is {sizes[0]}, and it should be {sizes[1]}."
        return done, f"{call} it gives {shown(done.value)}, and it should give {shown(wanted)}."

    def _recognise(self, runs: list[Run]) -> str:
        """Return the sentence of the wrong program that does the very same."""
        for function, sentence in self.mutants():
            if all(
                same(done.value, self._value(function, inputs))
                for done, inputs in zip(runs, self.inputs(), strict=True)
            ):
                return sentence
        return ""

    def _value(self, function: Callable[..., Any], inputs: tuple[Any, ...]) -> Any:
        """Return what one of our wrong programs gives, None if it stops."""
        with contextlib.suppress(Exception):
            return function(*copy.deepcopy(inputs))

    def _given(self, given: Any) -> Callable[..., Any]:
        if self.adapt:
            return self.adapt(given)
        if not callable(given) or hasattr(given, "shape"):
            raise UnreadableError(
                f"A function is asked for: give its name, {self.name}, without parentheses behind "
                "it."
            )
        count = len(self.inputs()[0])
        with contextlib.suppress(ValueError):  # some built-in functions do not tell
            try:
                inspect.signature(given).bind(*range(count))
            except TypeError:
                names = ", ".join(inspect.signature(self.right()).parameters)
                raise UnreadableError(
                    f"The function is called with {count} inputs, ({names}), and yours does not "
                    "take them."
                ) from None
        return given  # type: ignore[no-any-return]
