"""Results of programs: as plain values, compared, and shown."""

import contextlib
import math
import re
from collections.abc import Coroutine, Generator, Iterator
from typing import Any

_MANY = 24  # an array of more numbers is not shown


def _plain(value: Any) -> Any:
    """Return a result as Python's and NumPy's own values; nothing of the student's is left in it.

    Called inside the thread: an array that never ends, or an ``==`` that says yes to everything,
    does no harm there.
    """
    import numpy as np

    if type(value) is int and abs(value) > 10**300:
        raise OverflowError("its result has over 300 digits")
    if value is None or value is ... or type(value) in (bool, int, float, str, bytes):
        return value
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {_plain(key): _plain(one) for key, one in value.items()}
    array = np.array(value.numpy() if hasattr(value, "numpy") else value)
    if array.dtype.kind == "U" and not array.ndim:
        return str(array)
    if array.dtype.kind in "OUS":
        if isinstance(value, Generator):
            raise _OddError("a generator: `yield` gives one, `return` a result")
        odd = isinstance(value, Iterator | Coroutine) or not hasattr(value, "__float__")
        if odd or array.ndim:
            raise _OddError(f"a {type(value).__name__}, where a number or an array is asked for")
        return float(value)
    return array


class _OddError(Exception):
    """A result of a kind that nothing can be compared with."""


def _same(one: Any, other: Any) -> bool:
    """Say whether two plain results are equal, numbers and arrays within rounding."""
    if isinstance(one, str | bytes | dict | None) or isinstance(other, str | bytes | dict | None):
        return type(one) is type(other) and bool(one == other)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    import numpy as np

    try:
        left, right = np.asarray(one), np.asarray(other)
        kinds = {left.dtype.kind, right.dtype.kind}
        if left.shape == right.shape and kinds <= {*"iuO"}:  # counts; of 20 digits: objects
            return bool(np.all(left == right))
        if left.shape != right.shape or not kinds <= {*"iufb"}:
            return False
        return bool(np.allclose(left, right, rtol=1e-4, atol=1e-6, equal_nan=True))
    except (TypeError, ValueError):  # rows of different lengths
        return False


def _shown(value: Any) -> str:
    """Return a result as one line of text, arrays as lists of lists."""
    if math.prod(getattr(value, "shape", ())) > _MANY:
        return f"{_size(value)} numbers"
    text = getattr(value, "__name__", None) or repr(_listed(value))
    text = re.sub(r"-?\d+\.\d+(e[+-]?\d+)?", lambda found: f"{float(found[0]):.4g}", text)
    text = text.replace("\n", " ")
    return text if len(text) <= 160 else text[:157] + "..."


def _apart(given: Any, wanted: Any) -> str:
    """Say what is given and wanted: of a large array the first number that is not right."""
    import numpy as np

    sides, at = getattr(wanted, "shape", ()), ""
    if isinstance(given, list):
        with contextlib.suppress(TypeError, ValueError):  # rows of different lengths
            given = np.array(given, float)
    if _size(given) == _size(wanted) and math.prod(sides) > _MANY:
        place = next(one for one in np.ndindex(sides) if not _same(given[one], wanted[one]))
        given, wanted, at = given[place], wanted[place], f"at {list(place)} "
    return f"{at}it gives {_shown(given)}, and it should give {_shown(wanted)}"


def _listed(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(map(_listed, value))
    return value.tolist() if hasattr(value, "tolist") else value


def _size(value: Any) -> str:
    """Return a shape as words, or nothing for what has none."""
    sides = getattr(value, "shape", ())
    return " x ".join(map(str, sides)) if len(sides) else ""
