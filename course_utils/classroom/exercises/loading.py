"""From a TOML file to exercises: texts are filled in, expressions worked out, mistakes named.

``README.md`` says how such a file is written, `vocabulary` which words its expressions know.
"""

import ast
import builtins
import difflib
import inspect
import re
import string
import tomllib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from course_utils.classroom import layers
from course_utils.classroom.choices import Choose, Explain, Match, Order
from course_utils.classroom.exercise import Exercise
from course_utils.classroom.exercises.vocabulary import WORDS
from course_utils.classroom.models import Debug, Model, Rule
from course_utils.classroom.programs import Code
from course_utils.classroom.value import Value
from course_utils.classroom.varies import varying

KINDS: dict[str, Callable[..., Any]] = {
    "value": Value,
    **{make.__name__: make for make in (layers.output_shape, layers.weights, layers.macs)},
    **{kind.__name__.lower(): kind for kind in (Code, Model, Debug, Choose, Match, Order, Explain)},
}
"""What makes an exercise of each kind. Its parameters are the fields of the kind."""

Names = dict[str, Any]


class ExerciseFileError(ValueError):
    """A mistake in a file of exercises; the text says where, and what."""


@cache
def load(path: Path) -> dict[str, Exercise]:
    """Return the exercises of a file, by their keys."""
    try:
        file = tomllib.loads(path.read_text("utf-8"))
    except ValueError as problem:
        raise ExerciseFileError(f"{path.name}: {problem}") from problem
    _known(path.name, file, ("names", "exercise"))
    names = _named(file.get("names", {}), {**WORDS, "__name__": path.name})
    found: dict[str, Exercise] = {}
    for entry in file.get("exercise", []):
        key = entry.get("key", "an exercise without key")
        place = f"{path.name}, {key}"
        if not key.startswith(f"{path.stem[3:]}."):
            raise ExerciseFileError(f"{place}: the key must begin with '{path.stem[3:]}.'.")
        if key in found:
            raise ExerciseFileError(f"{place}: this key is there twice.")
        found[key] = _exercise(entry, {**names, "__name__": place})
    return found


def _exercise(entry: Mapping[str, Any], names: Names) -> Exercise:
    place = names["__name__"]
    kind = entry.get("kind", "")
    if kind not in KINDS:
        raise ExerciseFileError(f"{place}: there is no kind {kind!r}{_near(kind, KINDS)}")
    own, choices = entry.get("names", {}), entry.get("varies", {})
    given = {field: it for field, it in entry.items() if field not in ("kind", "names", "varies")}
    if "mended" in given:
        given["program"] = given["broken"]
        for old, new in given.pop("mended"):
            given["program"] = given["program"].replace(old, new)
    fields = inspect.signature(KINDS[kind]).parameters
    _known(place, given, [field for field in fields if field != "varies"])
    for field, one in fields.items():
        if one.default is one.empty and field not in given:
            raise ExerciseFileError(f"{place}: the field {field!r} is missing.")

    def make(**drawn: Any) -> Any:
        known = _named({**own, **drawn}, names)
        read = {field: _READ.get(field, _text)(it, known) for field, it in given.items()}
        return KINDS[kind](**read)

    return varying(make, **choices) if choices else make()


def _known(place: str, given: Iterable[str], fields: Iterable[str]) -> None:
    for field in given:
        if field not in fields:
            raise ExerciseFileError(f"{place}: there is no field {field!r}{_near(field, fields)}")


def _near(word: str, words: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, words, n=1) or sorted(words)
    return f"; did you mean {near[0]!r}?" if len(near) == 1 else f"; there is {', '.join(near)}."


# --- expressions ---------------------------------------------------------------------------------


def _named(given: Mapping[str, Any], names: Names) -> Names:
    """Return the names and more of them, each of which may use those before it."""
    names = dict(names)
    for name, it in given.items():
        names[name] = _value(it, names)
    return names


def _value(given: Any, names: Names) -> Any:
    """Return a number as it is, a list as a tuple, and work out what is in quotes."""
    if not isinstance(given, str):
        return _frozen(given)
    code = _code(given, names)
    try:
        return eval(code, names)
    except Exception as problem:
        raise _wrong(given, names, f"{type(problem).__name__}: {problem}") from problem


@cache
def _parsed(expression: str) -> tuple[Any, frozenset[str]]:
    """Return an expression as code, and the names that it needs."""
    tree = ast.parse(f"({expression}\n)", "<exercise>", "eval")
    used = [one for one in ast.walk(tree) if isinstance(one, ast.Name)]
    bound = {one.id for one in used if not isinstance(one.ctx, ast.Load)}
    bound |= {one.arg for one in ast.walk(tree) if isinstance(one, ast.arg)}
    return compile(tree, "<exercise>", "eval"), frozenset({one.id for one in used} - bound)


def _code(expression: str, names: Names) -> Any:
    """Return an expression as code, once all that it says is known."""
    try:
        code, needed = _parsed(expression)
    except SyntaxError as problem:
        raise _wrong(expression, names, problem.msg) from problem
    for name in needed:
        if name not in names and not hasattr(builtins, name):
            near = _near(name, names) if difflib.get_close_matches(name, names) else "."
            raise _wrong(expression, names, f"there is no {name!r}{near}")
    return code


def _wrong(expression: str, names: Names, problem: str) -> ExerciseFileError:
    return ExerciseFileError(f"{names['__name__']}: in `{expression.strip()}`: {problem}")


def _frozen(given: Any, *_: Names) -> Any:
    return tuple(map(_frozen, given)) if isinstance(given, list) else given


# --- texts ---------------------------------------------------------------------------------------


class _Filled(string.Formatter):
    """Text in which ``{...}`` holds an expression, and perhaps a format: ``{weights:,}``."""

    def get_field(self, name: str, args: Any, names: Any) -> tuple[Any, str]:
        return _value(name, names), ""


def _text(given: Any, names: Names) -> Any:
    """Return a text on one line, but for blank lines and code, and filled in; or several."""
    if isinstance(given, list):
        return tuple(_text(one, names) for one in given)
    if isinstance(given, dict):
        return {_text(one, names): _text(it, names) for one, it in given.items()}
    if not isinstance(given, str):
        raise ExerciseFileError(f"{names['__name__']}: {given!r} stands where a text should.")
    pieces = re.split(r"(```.*?```)", given, flags=re.DOTALL)
    pieces[::2] = [re.sub(r"(?<=\S) *\n *(?=\S)", " ", piece) for piece in pieces[::2]]
    text = re.sub(r"(?<!```)\s+\Z", "", "".join(pieces))
    return _Filled().vformat(text, (), names) if re.search("[{}]", text) else text


# --- fields that are neither ---------------------------------------------------------------------


def _mistakes(given: Mapping[str, str], names: Names) -> list[tuple[Any, str]]:
    return [(_value(one, names), _text(said, names)) for one, said in given.items()]


def _wrong_programs(given: Any, names: Names) -> list[tuple[str, str, str]]:
    return [(old, new, _text(said, names)) for old, new, said in given]


def _cases(given: Iterable[str], names: Names) -> Callable[[Any], list[Any]]:
    for one in given:
        _code(f"{one},", {**names, "np": None})
    return lambda np: [_value(f"{one},", {**names, "np": np}) for one in given]


def _inputs(given: str, names: Names) -> Callable[[], Any]:
    _code(f"{given},", names)
    return lambda: _value(f"{given},", names)


def _rules(given: Mapping[str, str], names: Names) -> list[Rule]:
    known = {**names, "model": None}
    return [_rule(_code(test, known), sentence, names) for test, sentence in given.items()]


def _rule(test: Any, sentence: str, names: Names) -> Rule:
    """Return a rule. What the test says itself stands before its sentence."""
    if "{" not in sentence:
        sentence = _text(sentence, names)

    def agrees(model: Any) -> bool | str:
        known = {**names, "model": model}
        found = eval(test, known)
        if isinstance(found, str):
            return f"{found} {sentence}".strip()
        return bool(found) or ("{" in sentence and _text(sentence, known))

    return agrees, "" if "{" in sentence else sentence


_READ: dict[str, Callable[[Any, Names], Any]] = {
    **dict.fromkeys(("answer", "row", "adapt", "reads"), _value),
    **dict.fromkeys(("tolerance", "right", "ideas", "program", "broken"), _frozen),
    "mistakes": _mistakes,
    "wrong": _wrong_programs,
    "cases": _cases,
    "inputs": _inputs,
    "rules": _rules,
}
"""How the fields are read that are no text."""
