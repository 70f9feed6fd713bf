"""Exercises that ask for a number, a shape or a word, and know how one goes wrong."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any, ClassVar

from course_utils.classroom import reading
from course_utils.classroom.exercise import _DOTS, Exercise, _UnreadableError
from course_utils.classroom.expressions import _file

_Answer = int | float | str | tuple[int, ...]


@dataclass(frozen=True)
class Value(Exercise):
    """A question whose answer the calculator gives; an int is a count, and wanted exactly.

    A mistake is what a wrong way of counting gives, and what to say to whoever counted like that.
    If its value is None or right it is passed over, so the same list can serve many layers.
    """

    answer: _Answer
    why: str
    next_step: str  # said of a wrong answer that no mistake explains
    mistakes: Sequence[tuple[_Answer | None, str]] = ()
    tolerance: float = 0.0  # relative, beyond sensible rounding, of a number that is no count

    stands_above: ClassVar[bool] = False

    @property
    def form(self) -> str:
        return {"tuple": "shape", "str": "choose"}.get(type(self.answer).__name__, "number")

    @property
    def how(self) -> str:
        if isinstance(self.answer, tuple):
            batch = ", without the batch" if len(self.answer) < 4 else ""
            return f"Give {len(self.answer)} numbers in parentheses{batch}. {_DOTS}"
        return f"Give {'a word in quotes' if isinstance(self.answer, str) else 'a number'}. {_DOTS}"

    @property
    def hints(self) -> tuple[str, ...]:
        way = re.sub(r"= (?:sqrt\([^)]*\) = )?[\d.,]*\d%?", "= ?", self.why)
        said = _show(self.answer)
        product = "*".join(map(str, self.answer)) if isinstance(self.answer, tuple) else said
        told = f"{re.escape(said)}|{re.escape(product)}"
        if way == self.why or re.search(rf"(?<![\w.,])(?:{told})(?![\w])", way):
            return (self.next_step,)
        return self.next_step, f"The way: {way}"

    @property
    def solution(self) -> str:
        return f"{_show(self.answer)}. {self.why}"

    def judge(self, given: Any) -> tuple[str, ...]:
        readings = self._read(given)
        if any(self._right(value) for value in readings):
            return "right", self.why
        for value in readings:
            if hint := self._diagnosis(value):
                return "wrong", f"{_show(value)}? {hint}", hint
        value = readings[0]
        if isinstance(given, tuple) and not isinstance(self.answer, tuple):
            said = "Or are the commas inside of one? Leave them out."
            raise _UnreadableError(f"One number is asked for; you gave {len(given)}. {said}")
        if isinstance(self.answer, int) and isinstance(value, float):
            raise _UnreadableError(f"The answer is a whole number; you gave {_show(value)}.")
        return "wrong", f"{_show(value)}? {self.next_step}"

    def known_mistakes(self) -> list[tuple[_Answer, str]]:
        """Return each wrong value once. If several mistakes lead to it, the hint names them all."""
        known: dict[_Answer, list[str]] = {}
        for value, hint in self.mistakes:
            if value is None or self._same(value, self.answer):
                continue
            hints = known.setdefault(value, [])
            if hint not in hints:
                hints.append(hint)
        many = "This comes out in more than one wrong way. "
        return [
            (value, many * (len(hints) > 1) + " Or: ".join(hints)) for value, hints in known.items()
        ]

    def _read(self, given: Any) -> list[Any]:
        if isinstance(self.answer, tuple):
            return [reading._shape(given, len(self.answer))]
        if isinstance(self.answer, str):
            if not isinstance(given, str):
                said = reading._called(given)
                raise _UnreadableError(f"The answer is a word in quotes; you gave {said}.")
            words = re.sub(r"[^\w\s.+-]+", " ", given.lower()).strip(" .").split()
            known = {self.answer, *(value for value, _ in self.mistakes)}.intersection(words)
            return list(known if len(known) == 1 and "not" not in words else [" ".join(words)])
        found = reading._numbers(given, parts=isinstance(given, tuple) and len(given) > 1)
        units = [reading._unit(text) for text in (str(given), self.question)]
        same = not all(units) or units[0] == units[1]  # "0.19 GB", where MB are asked for
        return found if same else [value * units[0] / units[1] for value in found]

    def _right(self, value: Any) -> bool:
        if isinstance(self.answer, float):
            near = math.isclose(value, self.answer, rel_tol=self.tolerance or 1e-9)
            return near or _rounded(value) == _rounded(self.answer)
        return bool(value == self.answer)

    def _same(self, one: Any, other: Any) -> bool:
        if isinstance(one, float) or isinstance(other, float):
            return not isinstance(one, str | tuple) and math.isclose(one, other, rel_tol=1e-9)
        return bool(one == other)

    def _nearly(self, value: float, wrong: Any) -> bool:
        """Say whether a number is a wrong one, rounded. A small count has nothing to round."""
        if isinstance(self.answer, int) and isinstance(wrong, int):
            return value > 10_000 and value in [_rounded(wrong, digits) for digits in range(3, 7)]
        return math.isclose(value, wrong, **_ROUNDED)

    def _diagnosis(self, value: Any) -> str | None:
        known = self.known_mistakes()
        for wrong, hint in known:
            if self._same(value, wrong):
                return hint
        if isinstance(self.answer, tuple):
            slip = _shape_slip(value, self.answer)
            return f"{slip} {self.next_step}" if slip and slip.startswith("Right so") else slip
        if isinstance(self.answer, str):
            listed = re.search(rf"\b{self.answer}\b", self.question)
            return f"One word of the question is asked for. {self.next_step}" if listed else None
        near = [(abs(value - wrong), hint) for wrong, hint in known if self._nearly(value, wrong)]
        slip = (
            _rounding_slip(value, self.answer)
            or min(near, default=(0, ""))[1]
            or _number_slip(value, self.answer, self.question)
            or self._in_another_unit(value)
        )
        close = math.isclose(value, self.answer, rel_tol=0.03) and value > _EVERYDAY
        said = (
            _made_of(value, self.question)
            or _impossible(value, self.answer, self.question)
            or "That is less than 3% away: look at what is small, or compute once more." * close
        )
        return slip or (f"{said} {self.next_step}" if said else None)

    def _in_another_unit(self, value: float) -> str | None:
        """Say what is wrong if a number is a known mistake, and in another unit besides."""
        tolerance = 1e-6 if isinstance(self.answer, int) else 0.005
        for wrong, hint in self.known_mistakes():
            for factor, unit in _UNITS[type(self.answer).__name__]:
                if abs(wrong) > 1 and math.isclose(value, wrong * factor, rel_tol=tolerance):  # type: ignore[arg-type, operator]
                    return f"{hint} And the unit: {unit[0].lower()}{unit[1:]}"
        return None


def _show(value: Any) -> str:
    if isinstance(value, str):
        return reading._quoted(value)
    if isinstance(value, tuple):
        return repr(value)
    if isinstance(value, int) or value == 0:
        return f"{value:,}"
    digits = max(0, 4 - math.floor(math.log10(abs(value))))
    if digits > 12:
        return f"{value:.4g}"
    return re.sub(r"\.?0*$", "", f"{value:,.{digits}f}") if digits else f"{value:,.0f}"


def _rounded(value: float, digits: int = 3) -> float:
    """Return a number with so many significant digits: three will do where nothing is counted."""
    return float(f"{value:.{digits - 1}e}")


_UNITS = _file(Path(__file__).with_name("slips.toml"))["units"]
_ROUNDED = {"rel_tol": 0.005}  # what three digits can be apart
_SHARE = r"share|percent|momentum|probabilit"
_AMOUNT = rf"{_SHARE}|how (?:many|large|much)|which shape"
_EVERYDAY = 100  # below, a factor of 2, 4 or 8 is chance


def _rounding_slip(value: float, answer: float) -> str | None:
    """Say so if a number is the right one, rounded too much, or not to a whole number."""
    count = isinstance(answer, int)
    if count and abs(value - answer) == 1:
        beside = "Very close. Count once more where it begins and ends."
        return beside if answer > _EVERYDAY else None
    if count and 0 < abs(value - answer) < 1:
        return "It is a count, so a whole number. Up or down: what does the question say?"
    if value == _rounded(answer, 2) or (not count and value == _rounded(answer, 1)):
        return f"Right as far as it goes. Give {'all its digits' if count else 'three digits'}."
    if count and value in [_rounded(answer, digits) for digits in range(3, 9)]:
        return "Right, but rounded. It is a count: give all its digits."
    return None


def _number_slip(value: float, answer: float, question: str) -> str | None:
    """Say what is wrong if a number is the right one in another unit."""
    count = isinstance(answer, int)
    if not value or not answer:
        return None
    in_bytes = bool(re.search(r"[KMG]i?B\b|\bbyte", question))
    large = _UNITS["bytes"] * in_bytes + _UNITS["large"] * (abs(answer) >= _EVERYDAY)
    for factor, sentence in _UNITS[type(answer).__name__] + large:
        exact = count and isinstance(value, int) and 0.1 <= abs(factor) <= 10
        if math.isclose(value, answer * factor, rel_tol=1e-6 if exact else 0.005):
            return str(sentence)
    if not count and math.isclose(value * answer, 1, **_ROUNDED):
        return "The other way round: divide the other number."
    given, least = _numbers_in(question), 2 if answer > _EVERYDAY else 9
    for one in given:
        near = {"rel_tol": 1e-6} if count else _ROUNDED
        if one > least and any(
            math.isclose(value, it, **near) for it in (answer * one, answer / one)
        ):
            return f"It is off by a factor of {one:,g}: does {one:,g} count twice, or not at all?"
    if count and abs(value - answer) in given and answer > _EVERYDAY:
        many = "many" if value > answer else "few"
        return f"It is {abs(value - answer):,g} too {many}: do they count, and how often?"
    square = answer > 2 and math.isclose(value, answer**2, **_ROUNDED)
    return "That is the square of it." if square else None


def _impossible(value: float, answer: float, question: str) -> str | None:
    """Say so if no such number can be the answer: out of range, or of another size."""
    asked, whole = question.lower(), 100 if answer > 1 else 1
    if answer > 0 > value and re.search(_AMOUNT, asked):
        return "It cannot be less than 0."
    if re.search("percent" if answer > 1 else _SHARE, asked) and 0 < answer < whole < value:
        return f"It lies between 0 and {whole}."
    ratio = abs(value / answer) if value and answer else 1
    factor = max(ratio, 1 / ratio)
    if 2 < factor < 1000 and answer > 9 and math.isclose(factor, round(factor), rel_tol=1e-6):
        return f"It is off by a factor of {factor:.0f}: is something left out, or counted twice?"
    if not 1 / 20 < ratio < 20 and not (isinstance(answer, int) and isinstance(value, float)):
        size = "large" if ratio > 1 else "small"
        return f"That is far too {size}: estimate first what is possible."
    return None


def _numbers_in(question: str) -> list[float]:
    """Return the numbers of a question, the smallest first."""
    found = re.findall(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?(?![\w,]*\d)", question.split("```")[0])
    return sorted({float(one.replace(",", "")) for one in found})


def _made_of(value: float, question: str) -> str | None:
    """Say so if a number stands in the question, or is made of two that do."""
    given = _numbers_in(question)
    if value in given:
        return "That is a number of the question itself."
    for one, other in combinations_with_replacement(given, 2):
        made = {f"{one:,g} * {other:,g}": one * other}
        if one != other:
            made |= {f"{one:,g} + {other:,g}": one + other, f"{other:,g} - {one:,g}": other - one}
        for said, result in made.items():
            if value > 10 and math.isclose(value, result):
                return f"That is {said}."
    return None


def _shape_slip(value: tuple[int, ...], answer: tuple[int, ...]) -> str | None:
    """Say what is wrong if a shape has the right numbers."""
    if len(value) == len(answer) and sorted(value) == sorted(answer):
        return "The numbers are right, their order is not. Keras puts the channels last."
    if value[1:] == answer:
        return "The numbers are right. Leave the batch out."
    if len(value) < len(answer):
        return f"A shape has {len(answer)} numbers here. Which one is missing?"
    if len(value) > len(answer):
        return f"A shape has {len(answer)} numbers here, and you gave {len(value)}."
    if value[:-1] == answer[:-1]:
        return "Height and width are right. Who decides how many channels there are?"
    names = ("images", "height", "width", "channels")[-len(answer) :]
    right = [name for name, one, it in zip(names, value, answer, strict=True) if one == it]
    return f"Right so far: {' and '.join(right)}. Look at the others." if right else None
