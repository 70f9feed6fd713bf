"""Reading what somebody has typed: numbers, shapes, letters. Says kindly what it cannot read."""

import contextlib
import math
import operator
import re
from itertools import islice
from typing import Any

from course_utils.classroom.exercise import _UnreadableError

_SPACES = " '_\u00a0\u202f"
_NUMBER = re.compile(rf"[+-]?(?:\d(?:[\d.,{_SPACES}]*\d)?\.?|\.\d+)(?:e[+-]?\d+)?", re.IGNORECASE)
_POWERS = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_ARITHMETIC = re.compile(r"[\d)]\s*(?:\*|/|\+|\*\*|\^|x|×)\s*[\d(]|\b(?:log\w*|ln|sqrt|exp)\b")
_UNITS = {"byte": 1, "bytes": 1, "b": 1, "seconds": 1, "s": 1, "milliseconds": 1e-3, "ms": 1e-3}
for _power, _letter in enumerate("kmgt", 1):
    _UNITS |= {f"{_letter}b": 1e3**_power, f"{_letter}ib": 1024**_power}
    _UNITS |= {f"{_letter}flop{end}": 1e3**_power for end in ("", "s", "/s")}
_UNITS |= {"kilobytes": 1e3, "megabytes": 1e6, "gigabytes": 1e9}
_WORDS = {"zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "ten": "10"}
_LARGEST, _LONGEST = 1e300, 400
_TOO_LARGE = "That number is far too large to be right: it has over 300 digits."

_Number = int | float


def _numbers(given: Any, parts: bool = False) -> list[_Number]:
    """Return the numbers that an answer may mean, the likeliest first.

    ``"240.000"`` is 240 in one country and 240,000 in another. With `parts`, the answer is a
    tuple because of a comma in a number: ``2,416`` is two numbers to Python.
    """
    if not parts:
        return _in_words(given) if isinstance(given, str) else [_plain(given)]
    found: list[_Number] = []
    if all(type(part) is int for part in given) and min(given[1:]) >= 0:
        if max(given[1:]) < 1000:
            found += _in_words(",".join([str(given[0]), *(f"{part:03d}" for part in given[1:])]))
        if len(given) == 2:
            found.append(float(f"{given[0]}.{given[1]}"))
    if not found:
        raise _UnreadableError(f"One number is asked for; you gave {len(given)}.")
    return found


def _in_words(text: str) -> list[_Number]:
    if _ARITHMETIC.search(text):
        return [_computed(text)]
    found = _NUMBER.findall(text) or [_WORDS[it] for it in text.lower().split() if it in _WORDS]
    beside = text.lower().replace(found[0].lower(), " ", 1) if found else ""
    beside = re.sub("(?<=[a-z])/(?=[a-z])", " per ", beside)  # TFLOP/s
    if len(found) != 1 or any(sign.isnumeric() or sign in "^*/" for sign in beside):  # 28², 28/
        raise _UnreadableError(f"I cannot read {_quoted(text)} as a number.")
    if len(found[0]) > _LONGEST:
        raise _UnreadableError(_TOO_LARGE)
    rest = re.sub(r"[^a-z%]+", " ", beside).split()
    power = math.prod(_POWERS[word] for word in rest if word in _POWERS)
    values = [_plain(value * power) for value in _spellings(found[0])]
    return values + ([value / 100 for value in values] if "%" in rest else [])


def _computed(text: str) -> _Number:
    """Return what plain arithmetic gives: ``"12 x 12"`` is 144, ``"1/4"`` is a quarter."""
    bare = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text).replace("^", "**")
    bare = re.sub("[x×]", "*", bare)
    huge = re.search(r"\*\*(?!\s*\d{1,2}(?![\d.]|\s*\*\*))|\*\*.*\*\*.*\*\*|[\d)]\s*\(|.{99}", bare)
    if re.fullmatch(r"[\d\s.()*/+-]+", bare) and not huge:
        with contextlib.suppress(ArithmeticError, SyntaxError, TypeError):
            return _plain(eval(bare, {}))
    raise _UnreadableError("Leave the quotes out, and Python computes it: `*` multiplies.")


def _unit(text: str) -> float:
    """Return how large the unit is that is asked for, or behind a number; 0 if there is none."""
    found = re.search(r"how many ([a-z/]+)|\d\W*([a-z]+(?:/s)?)\W*$", text.lower())
    return float(_UNITS.get(found[1] or found[2], 0)) if found else 0.0


def _spellings(text: str) -> list[_Number]:
    """Read a number by the habits of several countries, of ours first."""
    bare = re.sub(f"[{_SPACES}]", "", text)
    spellings = []
    if "," not in bare and bare.count(".") < 2:
        spellings.append(bare)
    if re.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?", bare):
        spellings.append(bare.replace(",", ""))
    if re.fullmatch(r"[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+", bare):
        spellings.append(bare.replace(".", "").replace(",", "."))
    if re.fullmatch(r"[+-]?[1-9]\d{0,2}(\.\d{3})+", bare):
        spellings.append(bare.replace(".", ""))
    if not spellings:
        raise _UnreadableError(f"I cannot read {_quoted(text)} as a number.")
    return [_plain(int(one) if one.lstrip("+-").isdigit() else float(one)) for one in spellings]


def _plain(given: Any) -> _Number:
    """Return the number inside whatever Python, NumPy, Keras or TensorFlow call one."""
    _refuse_what_is_no_number(given)
    value = given
    if hasattr(value, "shape") and math.prod(tuple(value.shape)) != 1:
        raise _UnreadableError(
            f"The answer is one number; you gave an array of shape {tuple(value.shape)}."
        )
    if hasattr(value, "numpy"):
        value = value.numpy()
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool | complex) or not hasattr(value, "__float__"):
        raise _UnreadableError(f"The answer is a number; you gave {_called(given)}.")
    try:
        value = operator.index(value)
    except TypeError:
        value = float(value)
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise _UnreadableError(_TOO_LARGE)
    if not math.isfinite(value):
        raise _UnreadableError(f"The answer is an ordinary number; you gave {value}.")
    nearest = round(value)
    return nearest if math.isclose(value, nearest, rel_tol=1e-9, abs_tol=0) else value


def _refuse_what_is_no_number(given: Any) -> None:
    said, name = "", type(given).__name__
    if name == "KerasTensor":
        said = "That is a Keras tensor, with a shape, but no numbers yet. The answer is a number."
    elif hasattr(given, "count_params"):
        said = "That is a layer or a model. Which number of it is asked for?"
    elif callable(given) and not hasattr(given, "shape"):
        said = f"That is {_called(given)}. What it gives is asked for: put () behind its name."
    elif isinstance(given, list | tuple | set | dict | range):
        said = f"The answer is one number; you gave a {name} of {len(given)}."
    if said:
        raise _UnreadableError(said)


def _shape(given: Any, length: int) -> tuple[int, ...]:
    """Return a shape; Keras's None for the batch is left out."""
    wanted = f"A shape is {length} numbers in parentheses"
    name = type(given).__name__
    if isinstance(given, str):
        sides: list[Any] = re.findall(r"[+-]?\d+(?:\.\d+)?|None", given)
        sides = [None if side == "None" else side for side in sides]
        if not sides:
            raise _UnreadableError(f"{wanted}; I cannot read {_quoted(given)}.")
    elif name == "KerasTensor" or len(getattr(given, "shape", ())) > 1:
        raise _UnreadableError(f"{wanted}. You gave the tensor itself: its .shape is asked for.")
    elif isinstance(given, type | set | dict | bytes | bytearray):  # not in order, or no numbers
        raise _UnreadableError(f"{wanted}; you gave {_called(given)}.")
    elif hasattr(given, "__float__") and not getattr(given, "shape", ()):
        raise _UnreadableError(f"{wanted}; you gave one number.")
    else:
        try:
            sides = list(islice(iter(given), 9))
        except Exception:
            raise _UnreadableError(f"{wanted}; you gave {_called(given)}.") from None
    if len(sides) == length + 1 and sides[0] is None:
        sides = sides[1:]
    if any(side is None for side in sides):
        raise _UnreadableError("None is Keras's word for a size that is open. Here all are known.")
    return tuple(_side(side) for side in sides)


def _side(given: Any) -> int:
    value = _numbers(given)[0]
    if not isinstance(value, int):
        raise _UnreadableError(
            f"{value:g} is not a whole number. Round down: a window that no longer fits is left "
            "out."
        )
    return value


def _rows(given: Any, height: int, width: int) -> list[list[_Number]]:
    """Return rows of numbers, such as a kernel's."""
    import numpy as np

    with contextlib.suppress(Exception):  # no list, or no numbers in it
        if [len(line) for line in given] == [width] * height:
            return np.asarray(given, float).tolist()
    raise _UnreadableError(f"{height} rows of {width} numbers each are asked for, in a list.")


def _letters(given: Any, allowed: str) -> str:
    """Return the letters of an answer, in capitals: ``"b, c"`` is ``"BC"``."""
    if isinstance(given, list | tuple):
        given = " ".join(map(str, given))
    if not isinstance(given, str):
        raise _UnreadableError(
            f"The answer is letters in quotes, of {', '.join(allowed)}; you gave {_called(given)}."
        )
    found = re.sub(r"[\W\d_]+", "", given).upper()
    strange = sorted(set(found) - set(allowed))
    if strange or not found:
        raise _UnreadableError(
            f"The answer is letters of {', '.join(allowed)}; I cannot read {_quoted(given)}."
        )
    return found


def _quoted(text: str) -> str:
    """Return a text in quotes, not more than a line of it."""
    return repr(text if len(text) <= 40 else text[:37] + "...")


_FUNCTIONS = ("_ArrayFunctionDispatcher", "builtin_function_or_method", "method", "ufunc")
_NAMES = {"NoneType": "None", "type": "a class"} | dict.fromkeys(_FUNCTIONS, "a function")


def _called(given: Any) -> str:
    """Return what one calls a thing: ``"a list"``, ``"a function"``."""
    name = type(given).__name__[:40]
    article = "an" if name[0].lower() in "aeiou" else "a"
    return _NAMES.get(name, f"{article} {name}")
