"""What went wrong in a program: which slip, made in the course's own, gives the very same results.

``slips.toml`` has the slips: what becomes of the right results (negated, rounded, transposed), of
the inputs (exchanged, left out, upside down), or of the program (``<`` for ``<=``, a loop one round
short). The sentence of the first is said that agrees with the student's results in all cases.
"""

import contextlib
import copy
import inspect
import keyword
import re
import textwrap
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations, groupby, permutations, takewhile
from pathlib import Path
from typing import Any

import numpy as np

from course_utils.classroom.comparing import _plain, _same
from course_utils.classroom.expressions import _file
from course_utils.classroom.running import _SECONDS, _run

_Slip = tuple[Callable[..., Any], str]
_Change = tuple[str, str, int]

_SLIPS = _file(Path(__file__).with_suffix(".toml"))


def _slips(name: str, words: str = "it, first=None") -> list[_Slip]:
    """Return a table of ``slips.toml``, its expressions as functions."""
    known = {"np": np, "array": np.asarray, "same": _same, "plain": _plain, "inside": _inside}
    return [(eval(f"lambda {words}: {it}", known), said) for it, said in _SLIPS[name].items()]


def _inside(part: Any, whole: Any) -> bool:
    part = np.asarray(part)
    windows = np.lib.stride_tricks.sliding_window_view(np.asarray(whole), part.shape)
    return bool(np.isclose(windows, part, rtol=1e-4).all(tuple(range(-part.ndim, 0))).any())


def _recognised(given: Sequence[Any], right: Sequence[Any], exercise: Any) -> str:
    """Return the sentence of the slip in a `Code` with the results that are given, or nothing.

    A result that is given is None where the student's program stops. Shortly before the thread in
    which this runs has used up its seconds, only what is quickly tried is still tried.
    """
    cases, function = exercise.cases(), exercise.function()
    names = list(inspect.signature(function).parameters)
    told = [one for one in zip(given, right, cases, strict=True) if one[0] is not None]
    pairs = [(one, it) for one, it, _ in told]
    wrong = [pair for pair in pairs if not _same(*pair)]

    def agrees(slip: Callable[..., Any]) -> bool:
        with contextlib.suppress(Exception):
            return all(_same(one, _plain(slip(it, *copy.deepcopy(case)))) for one, it, case in told)
        return False

    def related(holds: Callable[..., Any]) -> bool:
        with contextlib.suppress(Exception):
            return all(holds(*pair) for pair in wrong)
        return False

    def first(slips: Iterable[_Slip], holds: Callable[..., bool] = agrees) -> str:
        in_time = takewhile(lambda _: holds is related or time.thread_time() < _SECONDS - 1, slips)
        return next((said for slip, said in in_time if holds(slip)), "")

    good = [_same(*pair) for pair in zip(given, right, strict=True)]
    if not wrong:  # it only changes its inputs, or stops
        return _common(cases, names, good)
    results = [
        (lambda it, *_, off=off: off(np.asarray(it)), said) for off, said in _slips("results", "it")
    ]
    parts = _slips("parts", "one, it")
    with np.errstate(all="ignore"):
        return (
            first(_slips("relations", "one, it"), related)
            or first(results)
            or first(_programs(exercise, names, cases[0]))
            or _scaled(pairs)
            or first(_inputs(function, names, cases[0]))
            or first(_two(exercise))
            or f"{first(parts, related) or _places(wrong)} {_common(cases, names, good)}".strip()
        )


def _stopped(problems: Iterable[str]) -> str:
    """Return what is to be done about the first error that is a usual one, or nothing."""
    for problem in problems:
        for pattern, said in _SLIPS["errors"].items():
            if found := re.search(pattern, problem):
                return str(said.format(*found.groups()))
    return ""


def _inputs(
    function: Callable[..., Any], names: Sequence[str], first: Sequence[Any]
) -> Iterator[_Slip]:
    """Yield what comes out for other inputs."""
    for i, j in combinations(range(len(names)), 2):
        places = [{i: j, j: i}.get(at, at) for at in range(len(names))]
        said = f"That comes out if `{names[i]}` and `{names[j]}` change places."
        yield lambda _, *case, places=places: function(*(case[at] for at in places)), said
    said = "That comes out with all matrices transposed: on which side of `@` does each belong?"
    yield lambda _, *case: function(*(it.T if np.ndim(it) == 2 else it for it in case)), said
    for i, (name, it) in enumerate(zip(names, first, strict=True)):
        what = "lists" if isinstance(it, list | tuple) else "arrays" if np.ndim(it) else "numbers"
        for alter, words in _slips(what):

            def altered(_: Any, *case: Any, i: int = i, it: Any = it, alter: Any = alter) -> Any:
                return function(*case[:i], alter(case[i], it), *case[i + 1 :])

            yield altered, f"That comes out {words.format(name)}"


def _programs(exercise: Any, names: Sequence[str], first: Sequence[Any]) -> Iterator[_Slip]:
    """Yield programs with one slip in each: in one place, in all of a line, or everywhere."""
    program = exercise.program
    begin = program.index(":\n") + 1
    types = dict(zip(names, map(type, first), strict=True))
    words = set(re.findall(r"\w+", exercise.question)) - {*keyword.kwlist}
    said_there = dict.fromkeys(re.findall(r"\b[a-z]\w*\b", program[begin:]))
    numbers = [one for one in said_there if one in words and types.get(one, int) in (int, float)]
    pairs = permutations(numbers, 2)
    named = [(one, two, f"`{two}` stands where `{one}` should.") for one, two in pairs]
    named += [(one, f"({one} * {one})", f"`{one}` counts once too often.") for one in numbers]
    whole = [one for one in numbers if types.get(one, int) is int]
    named += [(one, f"({one} + 1)", f"`{one}` + 1 stands where `{one}` should.") for one in whole]
    named = [(rf"\b{one}\b(?! = )", other, f"In one place {said}") for one, other, said in named]
    for slipped, said, _ in _changed(program, begin, [*_SLIPS["programs"]["slips"], *named]):
        with contextlib.suppress(Exception):
            made = exercise.function(slipped)
            yield lambda _, *case, made=made: made(*case), said


def _changed(program: str, begin: int, rows: Iterable[Sequence[Any]]) -> Iterator[_Change]:
    """Yield a program with one change of the rows each, what is said to it, and its place."""
    for old, new, said in rows:
        places = list(re.compile(old).finditer(program, begin))
        sets = [[one] for one in places]
        for text in {one[0] for one in places}:
            alike = [one for one in places if one[0] == text]
            sets += [alike, alike[1:], alike[:-1]] if len(alike) > 2 else []
        lines = groupby(places, lambda one: program.count("\n", 0, one.start()))
        sets += [list(in_line) for _, in_line in lines]
        for found in [*sets, places] if len(places) > 1 else sets:
            slipped = program
            for one in reversed(found):
                put = new(one) if callable(new) else one.expand(new)
                slipped = slipped[: one.start()] + put + slipped[one.end() :]
            yield slipped, said.format(*found[0].groups()), found[0].start()


def _repaired(function: Callable[..., Any], cases: Sequence[Any], right: Sequence[Any]) -> str:
    """Return the sentence about the line of a student's own program that a change makes right."""
    end = time.process_time() + _SECONDS / 2
    with contextlib.suppress(Exception):  # its text is not known, or it is none that we can read
        program = textwrap.dedent(inspect.getsource(function)).rstrip() + "\n"
        known = {**function.__globals__, **inspect.getclosurevars(function).nonlocals}
        rows = _repairs(function.__code__.co_varnames) if program.startswith("def ") else []
        for changed, said, place in _changed(program, program.index(":\n") + 1, rows):
            if time.process_time() > end:
                break
            if _right(changed, dict(known), function.__name__, cases, right):
                line = program.splitlines()[program.count("\n", 0, place)].strip()
                return f"Look at `{line if len(line) < 90 else line[:87] + '...'}`: {said}"
    return ""


def _repairs(names: Iterable[str]) -> Iterator[Sequence[Any]]:
    table = _SLIPS["programs"]
    for one, other in map(str.split, table["swaps"].split(",")):
        for old, new in ((one, other), (other, one)):
            word = rf"\b{old}\b" if old.isalpha() else rf"(?<![-+*/<>=!]){re.escape(old)}(?![*/=])"
            yield word, new, f"`{old}` or `{new}`?"
    yield from table["repairs"]
    for one, other in permutations(dict.fromkeys(names), 2):
        yield r"\[0\]", f"[{one}]", "is it always the first?"
        yield rf"(?<=[\[ ])({one})(?=[\],])", rf"\1 + {other}", "should something be added to `{}`?"
        never = r"(?<![\w.])(?<!\bin )(?<!append\()(?<!extend\()"  # a list that holds itself
        yield rf"{never}({one})\b(?! = )", other, "is `{}` what belongs there?"
    for one, other in combinations(dict.fromkeys(names), 2):
        exchanged = {one: other, other: one}
        said = f"have `{one}` and `{other}` changed places?"
        yield rf"(?<![\w.])(?:{one}|{other})\b", lambda it, by=exchanged: by[it[0]], said


def _right(
    program: str, names: dict[str, Any], name: str, cases: Sequence[Any], right: Sequence[Any]
) -> bool:
    with contextlib.suppress(Exception), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(program, "<changed>", "exec"), names)
        runs = (_run(names[name], copy.deepcopy(case), 0.2, _plain) for case in cases)
        return all(_same(done.value, it) for done, it in zip(runs, right, strict=True))
    return False


def _two(exercise: Any) -> Iterator[_Slip]:
    """Yield two mistakes of the exercise's own at once."""
    for (old, new, said), (other, another, also) in permutations(exercise.wrong, 2):
        slipped = exercise.program.replace(old, new)
        if other in slipped and new not in another:
            with contextlib.suppress(Exception):
                both = exercise.function(slipped.replace(other, another))
                yield lambda _, *case, both=both: both(*case), f"Two things. {said} And: {also}"


def _scaled(pairs: Sequence[tuple[Any, Any]]) -> str:
    """Say how a straight line leads from the right numbers to those that are given."""
    if not all(np.shape(one) == np.shape(it) for one, it in pairs):
        return ""
    sides = zip(*pairs, strict=True)
    given, right = (np.concatenate([np.ravel(one) for one in side]) for side in sides)
    if {given.dtype.kind, right.dtype.kind} - {*"biuf"}:  # texts
        return ""
    if len(pairs) > 1 and np.ptp(given) == 0 < np.ptp(right):
        return "It gives the same whatever the inputs are. Does it use them?"
    if len(np.unique(right)) < 3:
        return ""
    factor, more = np.polyfit(right, given, 1)
    if not factor or not _same(given, factor * right + more):
        return ""
    if np.isclose(factor, 1) and abs(more) > 1e-9:
        return f"Each number is {abs(more):.4g} too {'large' if more > 0 else 'small'}."
    if abs(more) > 1e-6 * np.max(abs(given)):
        return f"Each number is {factor:.4g} times the right one, plus {more:.4g}."
    known = [said for scale, said in _SLIPS["scales"].items() if np.isclose(factor, float(scale))]
    return known[0] if known else f"Everything is {factor:.4g} times as large as it should be."


def _places(wrong: Sequence[tuple[Any, Any]]) -> str:
    """Say where in an array the wrong numbers are."""
    if not all(np.shape(one) == np.shape(it) and np.ndim(it) for one, it in wrong):
        return ""
    wrong = [(np.asarray(one, float), np.asarray(it, float)) for one, it in wrong]
    off = [~np.isclose(one, it, rtol=1e-4, equal_nan=True) for one, it in wrong]
    axes = {1: ("number",), 2: ("row", "column")}.get(off[0].ndim, ("image",))
    for axis, what in enumerate(axes):
        for side, word in ((-1, "last"), (0, "first")):
            if all(it.shape[axis] > 1 and not np.delete(it, side, axis).any() for it in off):
                return f"Only the {word} {what} is wrong, all else is right."
    if all(_same(np.sort(one, None), np.sort(it, None)) for one, it in wrong):
        return "The numbers are right, but not in the right places."
    return ""


_RARE = ("is 0", "is empty", "is True", "is False")  # one such case is enough


def _common(cases: Sequence[Any], names: Sequence[str], good: Sequence[bool]) -> str:
    """Say what the inputs have in common for which the results are right, or those that are not."""
    for place, name in enumerate(names):
        for holds, words in _slips("common"):
            with contextlib.suppress(Exception):
                found = [bool(holds(case[place])) for case in cases]
                if len({*good}) < 2 or (sum(found) < 2 and words not in _RARE):
                    continue
                if found == good:
                    return f"So far it is right only if `{name}` {words}."
                if not any(a == b for a, b in zip(found, good, strict=True)):
                    return f"So far it is right, but not if `{name}` {words}."
    return ""
