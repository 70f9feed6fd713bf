"""Numbers of one's own: for each student others, for the same student always the same."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from course_utils.classroom.value import Value


def numbers(key: str, name: str, choices: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """Return a student's numbers for the exercise with this key.

    For each number there are choices, at most 256. Capitals, and spaces around the name, make no
    difference.

    Examples
    --------
    >>> numbers("lab.side", "Ada", {"side": range(20, 40), "kernel": [3, 5, 7]})
    {'side': 37, 'kernel': 7}
    """
    drawn = hashlib.sha256(f"{key} {name.strip().casefold()}".encode()).digest()
    return {
        what: values[byte % len(values)]
        for byte, (what, values) in zip(drawn, choices.items(), strict=False)
    }


def varying(make: Callable[..., Value], **choices: Sequence[Any]) -> Value:
    """Return the exercise that a function makes: as printed, or with a student's own numbers.

    The function's parameters are the numbers, and their defaults are the printed ones.
    """
    printed = make()
    return replace(printed, varies=lambda name: make(**numbers(printed.key, name, choices)))
