"""The rules that turn a printed number and a computed one into a verdict.

A printed number says how finely it was rounded: ``182`` stands for anything from 181.5 up to, but
not including, 182.5. A computed number comes as one or more :class:`Reading` - first the one that
the table's own conventions ask for, then others, each with a name. The verdict follows:

========== ==============================================================
exact      the first reading, to the last digit
rounded    the first reading, rounded as finely as the number is printed
convention another reading gives it, or the first one cut off
wrong      none of these; a *slip*, a mistake with a name, may explain it
========== ==============================================================
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import NamedTuple

_Number = int | float | Fraction

_SCALES = {"": 1, "%": 1, "x": 1, "K": 10**3, "M": 10**6, "G": 10**9, "B": 10**9}
_NUMBER = re.compile(r"~?(?P<digits>-?\d[\d,]*)(?P<decimals>\.\d+)?(?P<scale>[%xKMGB]?)")


@dataclass(frozen=True)
class Reading:
    """A computed value, and in words how it was counted.

    ``how`` is the convention, empty where a table states its own, or a ``slip``: a mistake, which
    explains a wrong number but does not excuse it.
    """

    value: _Number  # in the unit of what is printed; K, M and B are not units
    how: str = ""
    slip: bool = False


@dataclass(frozen=True)
class _Printed:
    """A number as it stands on paper."""

    value: Fraction
    step: Fraction  # one unit of its last printed digit
    zeros: int  # that end it; they may be digits or may only fill up
    decimals: int  # digits behind the point


class _Judgement(NamedTuple):
    """A verdict, the value it was reached against as text, and the reason."""

    verdict: str
    computed: str
    reason: str


def _parse(text: str) -> _Printed:
    """Read a printed number, or the result of a printed sum.

    >>> _parse("37,749").value == 37749, _parse("3.2M").step == 100_000
    (True, True)
    >>> _parse("28x28x128x1x1x256").value == 25690112
    True
    """
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        return _Printed(Fraction(_arithmetic(text)), Fraction(1), 0, 0)
    scale = _SCALES[found["scale"]]
    digits, decimals = found["digits"].replace(",", ""), found["decimals"] or ""
    value = Fraction(digits + decimals) * scale
    places = max(len(decimals) - 1, 0)
    zeros = len(digits) - len(digits.rstrip("0")) if value and not decimals else 0
    return _Printed(value, Fraction(scale, 10**places), zeros, places)


def _arithmetic(text: str) -> _Number:
    """Work out a printed sum of whole numbers; a cross between spaces or digits means times.

    >>> _arithmetic("6 x 15 x 5 x 5 + 16"), _arithmetic("(28 - 5 + 2(2)) / 1 + 1")
    (2266, 28)
    """
    plain = re.sub(r"(?<=[\d) ])x(?=[\d( ])", "*", text.replace(",", "").replace("×", "*"))
    plain = re.sub(r"(?<=\d)\(", "*(", plain).strip()
    if not re.fullmatch(r"[\d.+*/() -]+", plain) or "**" in plain:
        raise ValueError(f"this is no sum of numbers: {text!r}.")
    result: _Number = eval(plain, {"__builtins__": {}})  # digits, brackets, four operations
    return int(result) if result == int(result) else result


def _rounding(printed: _Printed, value: _Number) -> str | None:
    """Say how a value becomes what is printed: exact, rounded, cut off, or not at all.

    >>> _rounding(_parse("182"), 182.25), _rounding(_parse("800K"), 802_816)
    ('rounded', 'rounded')
    >>> _rounding(_parse("3.8"), 3.858), _rounding(_parse("145"), 149.52)
    ('cut off', None)
    """
    exact = Fraction(value)
    if exact == printed.value:
        return "exact"
    for zeros in range(printed.zeros + 1):
        step = printed.step * 10**zeros
        if floor(exact / step + Fraction(1, 2)) * step == printed.value:
            return "rounded"
    if printed.value and floor(exact / printed.step) * printed.step == printed.value:
        return "cut off"
    return None


def _judge(text: str, readings: Sequence[Reading]) -> _Judgement:
    """Judge a printed number against its readings, the first of which is the proper one."""
    printed, proper = _parse(text), readings[0]
    match = _rounding(printed, proper.value)
    computed = _number_text(proper.value, printed, finer=0 if match == "exact" else 2)
    if match in ("exact", "rounded"):
        return _Judgement(match, computed, proper.how)
    others = [
        f"{reading.how}: {_number_text(reading.value, printed)}"
        for reading in readings[1:]
        if not reading.slip and _rounding(printed, reading.value) in ("exact", "rounded")
    ]
    if match == "cut off":
        others.append("cut off instead of rounded")
    if others:
        return _Judgement("convention", computed, "; ".join(others))
    difference = Fraction(proper.value) - printed.value
    side = "more" if difference > 0 else "less"
    reasons = [f"{_number_text(abs(difference), printed)} {side} than printed"]
    nearer = {
        reading.value: reading.how
        for reading in reversed(readings[1:])
        if abs(Fraction(reading.value) - printed.value) < abs(difference) and not reading.slip
    }
    reasons += [f"{how}: {_number_text(value, printed)}" for value, how in nearer.items()]
    return _Judgement("wrong", computed, "; ".join([*reasons, *_explained(printed, readings)]))


def _explained(printed: _Printed, readings: Sequence[Reading]) -> list[str]:
    """Name the slips that give the printed number, rounded if any is, else cut off."""
    slips = [reading for reading in readings if reading.slip]
    by_rounding = {
        match: [slip for slip in slips if _rounding(printed, slip.value) == match]
        for match in ("exact", "rounded", "cut off")
    }
    best = next((found for found in by_rounding.values() if found), [])
    unlike = {slip.how.split(" (")[0]: slip for slip in reversed(best)}  # one way each, the first
    return [f"{slip.how} gives {_number_text(slip.value, printed)}" for slip in unlike.values()]


def _judge_text(text: str, proper: str) -> _Judgement:
    """Judge printed words or a printed shape, which are either right or not."""
    shapes = (re.sub(r"\s*[x×]\s*", "x", one.strip()) for one in (text, proper))
    plain, wanted = (re.sub(r"^1x1x(?=\d+$)", "", one) for one in shapes)  # such a map is a vector
    return _Judgement("exact" if plain == wanted else "wrong", proper, "")


def _number_text(value: _Number, printed: _Printed, finer: int = 2) -> str:
    """Write a computed value some decimals finer than what is printed; whole numbers whole."""
    exact = Fraction(value)
    if exact.denominator == 1:
        return f"{exact.numerator:,}"
    decimals = 0 if printed.step >= 1000 else printed.decimals + finer
    return f"{float(exact):,.{decimals}f}"
