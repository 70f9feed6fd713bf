"""Exercises that ask for a function: it is run, and its result compared with that of our own."""

import contextlib
import copy
import inspect
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar

from course_utils.classroom import reading
from course_utils.classroom.comparing import _apart, _plain, _same, _shown, _size
from course_utils.classroom.exercise import Exercise, _NotWrittenError, _UnreadableError
from course_utils.classroom.running import _SECONDS, _enough_memory, _Run, _run

_CHANGES = "the function changes what it is given. Work on a copy of it."


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
