"""From a TOML file to exercises: ``README.md`` says how such a file is written."""

import hashlib
import inspect
import itertools
import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any

from course_utils import costs
from course_utils.classroom import expressions, layer_questions
from course_utils.classroom.choices import Choose, Explain, Order, _choose
from course_utils.classroom.exercise import Exercise
from course_utils.classroom.exercises import vocabulary
from course_utils.classroom.expressions import _ExerciseFileError, _frozen, _Names, _text, _value
from course_utils.classroom.keras_models import Debug, Model, _Rule
from course_utils.classroom.programs import Code
from course_utils.classroom.value import Value

_FORMS: dict[str, Callable[..., Any]] = {
    "value": Value,
    **{what: partial(layer_questions._ask, what) for what in ("output_shape", "weights", "macs")},
    "choose": _choose,
    "match": Choose,
    **{form.__name__.lower(): form for form in (Code, Model, Debug, Order, Explain)},
}
"""What makes an exercise of each form. Its parameters are the fields of the form."""


@cache
def _load(path: Path) -> dict[str, Exercise]:
    """Return the exercises of a file, by their keys."""
    content = expressions._file(path)
    _known(path.name, content, ("names", "exercise"))
    if not isinstance(content.get("exercise", []), list):
        raise _ExerciseFileError(f"{path.name}: [[exercise]] stands in double brackets.")
    words: _Names = {}
    for known in (math, itertools, costs, vocabulary):
        words |= vars(known)
    names = expressions._named(content.get("names", {}), words | {"__name__": path.name})
    found: dict[str, Exercise] = {}
    for entry in content.get("exercise", []):
        key = entry.get("key", "an exercise without key")
        place = f"{path.name}, {key}"
        if key in found:
            raise _ExerciseFileError(f"{place}: this key is there twice.")
        found[key] = _exercise(entry, {**names, "__name__": place})
    return found


def _exercise(entry: Mapping[str, Any], names: _Names) -> Exercise:
    place = names["__name__"]
    form = entry.get("form", "")
    if form not in _FORMS:
        raise _ExerciseFileError(f"{place}: there is no form {form!r}.")
    own, choices = entry.get("names", {}), entry.get("varies", {})
    given = {field: it for field, it in entry.items() if field not in ("form", "names", "varies")}
    for old, new in given.pop("mended", ()):
        given["program"] = given.get("program", given.get("broken", "")).replace(old, new)
    fields = inspect.signature(_FORMS[form]).parameters
    _known(place, given, [field for field in fields if field != "varies"])
    _known(f"{place}, varies", choices, own)
    for field, one in fields.items():
        if one.default is one.empty and field not in given:
            raise _ExerciseFileError(f"{place}: the field {field!r} is missing.")

    def make(**drawn: Any) -> Any:
        known = expressions._named({**own, **drawn}, names)
        read = {field: _field(field, it, known) for field, it in given.items()}
        return _FORMS[form](**read)

    printed: Exercise = make()
    if not choices:
        return printed
    return replace(printed, varies=lambda name: make(**_numbers(printed.key, name, choices)))


def _numbers(key: str, name: str, choices: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """Return a student's numbers for the exercise with this key: others for each, always the same.

    For each number there are choices, at most 256. Capitals, and spaces around the name, make no
    difference.

    >>> _numbers("lab.side", "Ada", {"side": range(20, 40), "kernel": [3, 5, 7]})
    {'side': 37, 'kernel': 7}
    """
    drawn = hashlib.sha256(f"{key} {name.strip().casefold()}".encode()).digest()
    return {
        what: values[byte % len(values)]
        for byte, (what, values) in zip(drawn, choices.items(), strict=False)
    }


def _field(field: str, given: Any, names: _Names) -> Any:
    try:
        return _READ.get(field, _text)(given, names)
    except _ExerciseFileError:
        raise
    except Exception as problem:  # a list where a table should be, a brace that is not closed
        said = f"{names['__name__']}: {field!r} is not written as it should be: {problem}."
        raise _ExerciseFileError(said) from problem


def _known(place: str, given: Iterable[str], fields: Collection[str]) -> None:
    for field in given:
        if field not in fields:
            raise _ExerciseFileError(f"{place}: there is no field {field!r}.")


# --- fields that are no text ---------------------------------------------------------------------


def _inputs(given: str, names: _Names) -> Callable[[], Any]:
    expressions._compiled(f"{given},", {**names, "np": None})
    return lambda: _value(f"{given},", {**names, "np": import_module("numpy")})


def _cases(given: Iterable[str], names: _Names) -> Callable[[], list[Any]]:
    cases = [_inputs(one, names) for one in given]
    return lambda: [case() for case in cases]


def _rule(asked: str, sentence: str, names: _Names) -> _Rule:
    """Return a rule. What the test says itself stands before its sentence."""
    test = expressions._compiled(asked, {**names, "model": None})
    if "{" not in sentence:
        sentence = _text(sentence, names)

    def agrees(model: Any) -> bool | str:
        known = {**names, "model": model}
        found = eval(test, known)
        if isinstance(found, str):
            return f"{found} {sentence}".strip()
        return bool(found) or ("{" in sentence and _text(sentence, known))

    return agrees, "" if "{" in sentence else sentence


_READ: dict[str, Callable[[Any, _Names], Any]] = {
    **dict.fromkeys(("answer", "row", "adapt", "reads"), _value),
    **dict.fromkeys(
        ("tolerance", "right", "ideas", "beliefs", "program", "broken", "definite"), _frozen
    ),
    "mistakes": expressions._mistakes,
    "wrong": lambda given, names: [(old, new, _text(said, names)) for old, new, said in given],
    "cases": _cases,
    "inputs": _inputs,
    "rules": lambda given, names: [_rule(test, said, names) for test, said in given.items()],
}
