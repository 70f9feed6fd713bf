"""What went wrong in a program: which slip, made in the course's own, gives the very same results.

``slips.toml`` has the slips: what becomes of the right results (negated, rounded, transposed), of
the inputs (exchanged, left out, upside down), or of the program (``<`` for ``<=``, a loop one round
short). The sentence of the first is said that agrees with the student's results in all cases.
"""

import contextlib
import copy
import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.classroom.expressions import file
from course_utils.classroom.results import plain, same

if TYPE_CHECKING:
    from course_utils.classroom.programs import Code

Slip = tuple[Callable[..., Any], str]


def _table(name: str, *, words: str = "it, first=None") -> list[Slip]:
    """Return a table of ``slips.toml``, its expressions as functions."""
    found = file(Path(__file__).with_suffix(".toml"))[name]
    known = {"np": np, "array": np.asarray, "same": same, "plain": plain, "inside": _inside}
    return [(eval(f"lambda {words}: {it}", known), said) for it, said in found.items()]


def _inside(part: Any, whole: Any) -> bool:
    part = np.asarray(part)
    windows = np.lib.stride_tricks.sliding_window_view(np.asarray(whole), part.shape)
    return bool(np.isclose(windows, part, rtol=1e-4).all(tuple(range(-part.ndim, 0))).any())


def recognised(given: Sequence[Any], right: Sequence[Any], exercise: "Code") -> str:
    """Return the sentence of the slip with the results that are given, or nothing.

    Parameters
    ----------
    given, right : sequence
        A student's results and the right ones, None where the student's program stops.
    exercise : Code
    """
    cases = exercise.inputs()
    names = list(inspect.signature(exercise.function()).parameters)
    there = [
        (one, it, case)
        for one, it, case in zip(given, right, cases, strict=True)
        if one is not None
    ]
    pairs = [(one, it) for one, it, _ in there]
    wrong = [pair for pair in pairs if not same(*pair)]

    def agrees(slip: Callable[..., Any]) -> bool:
        differs = False
        for one, it, case in there:
            found = plain(slip(it, *copy.deepcopy(case)))
            if not same(one, found):
                return False
            differs = differs or not same(found, it)
        return differs

    def related(table: str) -> str:
        for holds, said in _table(table, words="one, it"):
            with contextlib.suppress(Exception):
                if all(holds(*pair) for pair in wrong):
                    return said
        return ""

    if not wrong:  # it only changes its inputs
        return ""
    with np.errstate(all="ignore"):
        if said := related("relations"):
            return said
        for slip, said in _slips(exercise, names, cases[0]):
            with contextlib.suppress(Exception):
                if said and agrees(slip):
                    return said
                if not said and (said := _scaled(pairs)):
                    return said
        with contextlib.suppress(Exception):
            if said := related("parts") or _places(wrong):
                return said
    return _common(cases, names, [same(*pair) for pair in zip(given, right, strict=True)])


def _slips(exercise: "Code", names: Sequence[str], first: Sequence[Any]) -> Iterator[Slip]:
    """Yield functions of the right result and the inputs of a case, each with its sentence."""
    for alter, said in _table("results"):
        yield lambda it, *_, alter=alter: alter(np.asarray(it)), said
    numbers = [name for name, it in zip(names, first, strict=True) if type(it) in (int, float)]
    for program, said in _programs(exercise.program, numbers):
        with contextlib.suppress(Exception):
            made = exercise.function(program)
            yield lambda _, *case, made=made: made(*case), said
    yield abs, ""  # now look whether there is a scale
    for place, name in enumerate(names):
        for off, said in _table("quantities"):
            yield (
                lambda it, *case, place=place, off=off: off(np.asarray(it), _quantity(case[place])),
                said.format(name if np.ndim(first[place]) == 0 else f"len({name})"),
            )
    own = exercise.function()
    for change, said in _inputs(names, first):
        yield lambda _, *case, change=change: own(*change(list(case))), f"That comes out {said}"


def _quantity(given: Any) -> Any:
    return given if np.ndim(given) == 0 else len(given)


def _inputs(names: Sequence[str], first: Sequence[Any]) -> Iterator[Slip]:
    """Yield ways to change the inputs of a case."""

    def put(**new: Callable[[list[Any]], Any]) -> Callable[[list[Any]], list[Any]]:
        return lambda case: [
            new[name](case) if name in new else it for name, it in zip(names, case, strict=True)
        ]

    tables = {name: _table(name) for name in ("numbers", "arrays", "lists")}
    for (i, one), (j, two) in permutations(enumerate(names), 2):
        if i < j:
            both = put(**{one: lambda case, j=j: case[j], two: lambda case, i=i: case[i]})
            yield both, f"if `{one}` and `{two}` change places."
    for i, (name, it) in enumerate(zip(names, first, strict=True)):
        kind = "lists" if isinstance(it, list | tuple) else "arrays" if np.ndim(it) else "numbers"
        for alter, said in tables[kind]:
            change = put(**{name: lambda case, i=i, it=it, alter=alter: alter(case[i], it)})
            yield change, said.format(name)


def _programs(program: str, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield programs with one slip in each."""
    begin = program.index(":\n") + 1
    named = [
        *(
            (one, two, f"`{two}` stands where `{one}` should.")
            for one, two in permutations(names, 2)
        ),
        *((one, f"({one} * {one})", f"`{one}` counts once too often.") for one in names),
        *((one, f"({one} + 1)", f"`{one}` + 1 stands where `{one}` should.") for one in names),
    ]
    named = [(rf"\b{one}\b", other, f"In one place {said}") for one, other, said in named]
    for old, new, said in [*file(Path(__file__).with_suffix(".toml"))["programs"]["slips"], *named]:
        places = list(re.compile(old).finditer(program, begin))
        lines = [program.count("\n", 0, one.start()) for one in places]
        some = [[one] for one in places]  # one of them, those of one line, all
        some += [
            [o for o, at in zip(places, lines, strict=True) if at == line] for line in {*lines}
        ]
        for found in [*some, places] if len(places) > 1 else some:
            slipped = program
            for one in reversed(found):
                slipped = slipped[: one.start()] + one.expand(new) + slipped[one.end() :]
            yield slipped, said.format(*found[0].groups())


_SCALES = {100: "in percent", 1e-2: "a hundredth of it",
           4: "4 times as much: bytes, where numbers are meant",
           8: "8 times as much: bits, where bytes are meant",
           1e-3: "in thousands", 1e-6: "in millions",
           255: "from 0 to 255", 2**-20: "in units of 2^20"}  # fmt: skip


def _scaled(pairs: Sequence[tuple[Any, Any]]) -> str:
    """Say how a straight line leads from the right numbers to those that are given."""
    if not all(np.shape(one) == np.shape(it) for one, it in pairs):
        return ""
    given, right = (
        np.concatenate([np.ravel(one) for one in side]).astype(float)
        for side in zip(*pairs, strict=True)
    )
    if len(pairs) > 1 and np.ptp(given) == 0 < np.ptp(right):
        return "It gives the same whatever the inputs are. Does it use them?"
    factor, more = np.polyfit(right, given, 1)
    if len(np.unique(right)) < 3 or not factor or not same(given, factor * right + more):
        return ""
    if np.isclose(factor, 1) and abs(more) > 1e-9:
        return f"Each number is {abs(more):.4g} too {'large' if more > 0 else 'small'}."
    if abs(more) > 1e-6 * np.max(abs(given)):
        return f"Each number is {factor:.4g} times the right one, plus {more:.4g}."
    known = [said for scale, said in _SCALES.items() if np.isclose(factor, scale)]
    return (
        f"That is {known[0]}."
        if known
        else f"Everything is {factor:.4g} times as large as it should be."
    )


def _places(wrong: Sequence[tuple[Any, Any]]) -> str:
    """Say where in an array the wrong numbers are."""
    wrong = [(np.asarray(one), np.asarray(it)) for one, it in wrong]
    if not all(one.shape == it.shape and it.ndim for one, it in wrong):
        return ""
    off = [~np.isclose(one, it, rtol=1e-4, equal_nan=True) for one, it in wrong]
    for axis, kind in enumerate(("row", "column") if off[0].ndim == 2 else ("number",)):
        for side, word in ((-1, "last"), (0, "first")):
            if all(it.shape[axis] > 1 and not np.delete(it, side, axis).any() for it in off):
                return f"Only the {word} {kind} is wrong, all else is right."
    for sign, word in ((-1, "negative"), (0, "0"), (1, "positive")):
        if not all(map(np.all, off)) and all(
            (at == (np.sign(it) == sign)).all() for at, (_, it) in zip(off, wrong, strict=True)
        ):
            return f"It is wrong just where the right number is {word}."
    if all(same(np.sort(one, None), np.sort(it, None)) for one, it in wrong):
        return "The numbers are right, but not in the right places."
    return ""


_RARE = ("is 0", "is empty", "is True", "is False")
"""One such case is enough."""


def _common(cases: Sequence[Any], names: Sequence[str], good: Sequence[bool]) -> str:
    """Say what the inputs have in common for which the results are right, or those that are not."""
    for place, name in enumerate(names):
        for holds, words in _table("common"):
            with contextlib.suppress(Exception):
                found = [bool(holds(case[place])) for case in cases]
                if len({*good}) < 2 or (sum(found) < 2 and words not in _RARE):
                    continue
                if found == good:
                    return f"So far it is right only if `{name}` {words}."
                if not any(a == b for a, b in zip(found, good, strict=True)):
                    return f"So far it is right, but not if `{name}` {words}."
    return ""
