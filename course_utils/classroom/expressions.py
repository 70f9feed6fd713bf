"""What stands in a file of exercises: expressions are worked out, texts filled in."""

import ast
import builtins
import re
import string
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

_Names = dict[str, Any]
"""What an expression may say. ``__name__`` is the place that an error names."""


class _ExerciseFileError(ValueError):
    """A mistake in a file of exercises; the text says where, and what."""


@cache
def _file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except ValueError as problem:
        raise _ExerciseFileError(f"{path.name}: {problem}") from problem


# --- expressions ---------------------------------------------------------------------------------


def _named(given: Mapping[str, Any], names: _Names) -> _Names:
    """Return the names and more of them, each of which may use those before it."""
    names = dict(names)
    for name, it in given.items():
        names[name] = _value(it, names)
    return names


def _value(given: Any, names: _Names) -> Any:
    """Return a number as it is, a list as a tuple, and work out what is in quotes."""
    if not isinstance(given, str):
        return _frozen(given)
    code = _compiled(given, names)
    try:
        return eval(code, names)
    except Exception as problem:
        raise _wrong(given, names, f"{type(problem).__name__}: {problem}") from problem


def _compiled(expression: str, names: _Names) -> Any:
    """Return an expression as code, once it is sure that all its names are known."""
    try:
        code, needed = _parsed(expression)
    except SyntaxError as problem:
        raise _wrong(expression, names, problem.msg) from problem
    for name in needed:
        if name not in names and not hasattr(builtins, name):
            raise _wrong(expression, names, f"there is no {name!r}.")
    return code


@cache
def _parsed(expression: str) -> tuple[Any, frozenset[str]]:
    tree = ast.parse(f"({expression}\n)", "<exercise>", "eval")
    used = [one for one in ast.walk(tree) if isinstance(one, ast.Name)]
    bound = {one.id for one in used if not isinstance(one.ctx, ast.Load)}
    bound |= {one.arg for one in ast.walk(tree) if isinstance(one, ast.arg)}
    return compile(tree, "<exercise>", "eval"), frozenset({one.id for one in used} - bound)


def _wrong(expression: str, names: _Names, problem: str) -> _ExerciseFileError:
    return _ExerciseFileError(f"{names['__name__']}: in `{expression.strip()}`: {problem}")


def _frozen(given: Any, *_: _Names) -> Any:
    """Return lists as tuples, all else as it is."""
    return tuple(map(_frozen, given)) if isinstance(given, list) else given


# --- texts ---------------------------------------------------------------------------------------


class _Filled(string.Formatter):
    """Text in which ``{...}`` holds an expression, and perhaps a format: ``{weights:,}``."""

    def get_field(self, name: str, args: Any, names: Any) -> tuple[Any, str]:
        return _value(name, names), ""


def _text(given: Any, names: _Names) -> Any:
    """Return a text on one line, but for blank lines and fenced code, and filled in; or several."""
    if isinstance(given, list):
        return tuple(_text(one, names) for one in given)
    if isinstance(given, dict):
        return {_text(one, names): _text(it, names) for one, it in given.items()}
    if not isinstance(given, str):
        raise _ExerciseFileError(f"{names['__name__']}: {given!r} stands where a text should.")
    pieces = re.split(r"(```.*?```)", given, flags=re.DOTALL)
    pieces[::2] = [re.sub(r"(?<=\S) *\n *(?=\S)", " ", piece) for piece in pieces[::2]]
    joined = re.sub(r"(?<!```)\s+\Z", "", "".join(pieces))
    return _Filled().vformat(joined, (), names) if re.search("[{}]", joined) else joined


def _mistakes(given: Mapping[str, str], names: _Names) -> list[tuple[Any, str]]:
    """Return wrong values, each with its sentence."""
    return [(_value(one, names), _text(said, names)) for one, said in given.items()]
