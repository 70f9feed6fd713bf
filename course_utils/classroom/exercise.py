"""An exercise: its question, its computed answer, and the mistakes it knows."""

import html
import math
import numbers
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Answer = int | float | str | tuple[int, ...]

_GROUPED = re.compile(r"[+-]?\d{1,3}([ ,_'\u00a0\u202f]\d{3})+")
_SEPARATORS = re.compile(r"[ ,_'\u00a0\u202f]")


@dataclass(frozen=True)
class Feedback:
    """What `check` says. Prints as plain text; Jupyter shows it in a frame.

    Parameters
    ----------
    key : str
    state : str
        ``"blank"``, ``"right"``, ``"wrong"`` or ``"unreadable"``.
    message : str
    """

    key: str
    state: str
    message: str

    @property
    def correct(self) -> bool:
        """Whether the answer was right."""
        return self.state == "right"

    def __repr__(self) -> str:
        return f"{_HEADING[self.state]} ({self.key}) {self.message}"

    def _repr_html_(self) -> str:
        colour, sign = _LOOK[self.state]
        return (
            f'<div style="border-left: 5px solid {colour}; padding: 4px 12px">'
            f"<b>{sign} {_HEADING[self.state]}</b> {html.escape(self.message)}</div>"
        )


_HEADING = {"blank": "Question.", "right": "Right.", "wrong": "Not yet.", "unreadable": "Hm."}
_LOOK = {
    "blank": ("#5790fc", "?"),
    "right": ("#2e8b57", "✔"),
    "wrong": ("#f89c20", "✘"),
    "unreadable": ("#9c9ca1", "✎"),
}


@dataclass(frozen=True)
class Exercise:
    """One question that the package can answer itself.

    Parameters
    ----------
    key : str
        ``"module.subject.quantity"``; the first word is the module in ``exercises/``.
    question : str
    answer : int, float, tuple of int or str
        The right answer as the calculator gives it, never a typed constant.
    why : str
        The formula or sentence shown with a right answer.
    next_step : str
        What to try after a wrong answer that no mistake explains. It does not give the answer.
    mistakes : sequence of (value, hint)
        What a wrong way of counting gives, and what to say to whoever counted like that. The
        first fitting one speaks. A value that is ``None``, the right answer, or that of an
        earlier mistake is passed over, so the same list can serve many layers.
    tolerance : float
        Relative error allowed in a number; 0 for whole numbers.
    """

    key: str
    question: str
    answer: Answer
    why: str
    next_step: str
    mistakes: Sequence[tuple[Answer | None, str]] = ()
    tolerance: float = 0.0

    def check(self, given: Any = ...) -> Feedback:
        """Return feedback on an answer; ``...`` or ``None`` asks the question."""
        if given is ... or given is None or (isinstance(given, str) and not given.strip()):
            return Feedback(self.key, "blank", f"{self.question} {_how_to_answer(self.answer)}")
        try:
            value = _read(given, self.answer)
        except _UnreadableError as problem:
            return Feedback(self.key, "unreadable", str(problem))
        if self._same(value, self.answer):
            return Feedback(self.key, "right", self.why)
        hints = (hint for wrong, hint in self.known_mistakes() if self._same(value, wrong))
        return Feedback(self.key, "wrong", f"{_show(value)}? {next(hints, self.next_step)}")

    def known_mistakes(self) -> list[tuple[Answer, str]]:
        """Return the mistakes whose value is neither right nor that of an earlier one."""
        known: list[tuple[Answer, str]] = []
        for value, hint in self.mistakes:
            if value is not None and not any(
                self._same(value, other) for other in (self.answer, *(v for v, _ in known))
            ):
                known.append((value, hint))
        return known

    def _same(self, one: Any, other: Any) -> bool:
        if isinstance(one, int | float) and isinstance(other, int | float):
            return math.isclose(one, other, rel_tol=self.tolerance or 1e-12)
        return bool(one == other)


class _UnreadableError(Exception):
    """An answer that is of the wrong kind; the text says kindly which kind it should be."""


def _how_to_answer(right: Answer) -> str:
    where = "Replace the dots and run the cell again."
    if isinstance(right, tuple):
        batch = ", without the batch" if len(right) < 4 else ""
        return f"Give {len(right)} numbers in parentheses{batch}. {where}"
    return f"Give {'a word in quotes' if isinstance(right, str) else 'a number'}. {where}"


def _show(value: Answer) -> str:
    return repr(value) if isinstance(value, str | tuple) else f"{value:,}"


def _read(given: Any, right: Answer) -> Answer:
    """Return the given answer as the type of the right one."""
    if isinstance(right, str):
        if not isinstance(given, str):
            raise _UnreadableError(f"The answer is a word in quotes; you gave {given!r}.")
        return " ".join(given.lower().split())
    if isinstance(right, tuple):
        return _read_shape(given, len(right))
    return _read_number(given, whole=isinstance(right, int))


def _read_shape(given: Any, length: int) -> tuple[int, ...]:
    if isinstance(given, str):
        given = [part for part in re.split(r"[^\d.+-]+", given) if part]
    elif isinstance(given, numbers.Number):
        raise _UnreadableError(f"A shape is {length} numbers in parentheses; you gave one number.")
    try:
        sides = list(given)
    except TypeError:
        raise _UnreadableError(
            f"A shape is {length} numbers in parentheses; you gave a {type(given).__name__}."
        ) from None
    if len(sides) == length + 1 and sides[0] is None:
        sides = sides[1:]  # Keras's batch dimension
    sizes = [_read_number(side, whole=False) for side in sides]
    for size in sizes:
        if isinstance(size, float):
            raise _UnreadableError(
                f"{size:g} is not a whole number. Round down: a window that no longer fits is "
                "left out."
            )
    return tuple(int(side) for side in sizes)


def _read_number(given: Any, whole: bool) -> int | float:
    value = given
    if isinstance(given, str):
        text = given.strip()
        if _GROUPED.fullmatch(text):
            text = _SEPARATORS.sub("", text)
        try:
            value = float(text)
        except ValueError:
            raise _UnreadableError(f"I cannot read {given!r} as a number.") from None
    elif getattr(given, "ndim", None) == 0 and hasattr(given, "item"):
        value = given.item()  # a number inside a NumPy or Keras array
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise _UnreadableError(f"The answer is a number; you gave a {type(given).__name__}.")
    value = float(value) if not isinstance(value, numbers.Integral) else int(value)
    if not math.isfinite(value):
        raise _UnreadableError(f"The answer is an ordinary number; you gave {value}.")
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if whole and isinstance(value, float):
        raise _UnreadableError(f"The answer is a whole number; you gave {value:g}.")
    return value
