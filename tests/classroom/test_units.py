"""The exercises of each unit: how many, of which forms, and that nothing gives them away."""

import ast
import contextlib
import html
import re
from functools import cache

import numpy as np
import pytest

from course_utils.classroom import find_exercise, keys
from course_utils.classroom.exercises import unit
from course_utils.classroom.keras_models import Debug
from course_utils.classroom.programs import Code, _Program
from course_utils.classroom.value import Value
from course_utils.cli import notebooks

TAUGHT = {
    "images.correlate": "how one window is cut out; the loops and the size are asked for",
    "transfer.model": "Rescaling(1 / 127.5, offset=-1), one line of nine",
}
"""Of these programs one expression stands above, because it is what the unit teaches."""


def cells(path):
    """Return what a student meets: not the solutions, nor the cells that serve the tests."""
    found = notebooks._read(path)["cells"]
    return [cell for cell in found if notebooks._LEFT_OUT.isdisjoint(notebooks._tags(cell))]


@cache
def code(path):
    found = [notebooks._source(one) for one in cells(path) if one["cell_type"] == "code"]
    return [re.sub(r"^[%!].*", "", one, flags=re.MULTILINE) for one in found]


@cache
def text(path):
    """Return all that can be read: texts, programs, outputs."""
    found = []
    for cell in cells(path):
        found.append(re.sub(r"\]\(\S+\)", "]", notebooks._source(cell)))  # an address is no text
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            found += ["".join([*output.get("text", ""), *data.get("text/plain", "")])]
            found += [html.unescape(re.sub(r"<[^>]*>", " ", "".join(data.get("text/html", ""))))]
    # A time that was measured may be any number, and an answer only by chance.
    return re.sub(r".* ms per image.*", "", "\n".join(found))


def asked(path):
    """Return the keys of a notebook's exercises, in its order."""
    return [key for one in code(path) for key in re.findall(r"\bcheck\(\s*\"([\w.]+)\"", one)]


EXERCISES = [(path, key) for path in notebooks._paths() for key in asked(path)]


def test_a_program_has_the_name_that_its_reply_asks_for(unit):
    for cell in code(unit):
        for key, after in re.findall(r"\bcheck\(\s*\"([\w.]+)\", (.+)\)", cell):
            if isinstance(found := find_exercise(key), _Program):
                given = cell.rpartition("dots: ")[2].strip() if after == "..." else after
                assert given == found.name


def test_a_unit_has_four_to_six_exercises_of_several_forms(unit):
    forms = [find_exercise(key).form for key in asked(unit)]
    assert 4 <= len(forms) <= 6, forms
    # The first unit shows how exercises work, before any Python is taught.
    written = sum(form in ("code", "model", "debug") for form in forms)
    assert written >= 1 + (unit.stem != "00_start_here"), forms
    assert {"choose", "order", "explain"} & set(forms), forms


def test_every_exercise_is_asked_in_one_notebook():
    assert sorted(key for _, key in EXERCISES) == sorted(keys())
    assert [key for path, key in EXERCISES if unit(key) != int(path.name[:2])] == []


NUMBER = re.compile(r"(?<![\w.,])\d+(?:(?:,\d{3})+)?(?:\.\d+)?(?![\w]|[.,]\d)")
SHAPE = re.compile(r"\d+(?:\s*(?:[x×,*]|\\times)\s*\d+){2,3}")


@cache
def numbers(of):
    """Return the numbers of three digits or more."""
    found = [one.replace(",", "") for one in set(NUMBER.findall(of))]
    long = [one for one in found if len(one.replace(".", "").strip("0")) > 1 and len(one) > 2]
    return [float(one) if "." in one else int(one) for one in long]


@cache
def shapes(of):
    return [tuple(map(int, re.findall(r"\d+", one))) for one in set(SHAPE.findall(of))]


@cache
def telling(program):
    """Return the larger expressions of a program, whatever names and numbers stand in them."""
    found = [node for node in ast.walk(ast.parse(program)) if isinstance(node, ast.expr)]
    return {_nameless(node) for node in found if len(list(ast.walk(node))) >= 12}


def _nameless(node):
    known = r"(?!(?:np|keras|for|in|if|else|and|or|not|lambda)\b)"
    word = rf"(?<![\w.]){known}(?:[a-z_]\w*(?!\w|\()|\d+(?:\.\d+)?)"
    names = {}
    return re.sub(word, lambda one: names.setdefault(one[0], f"n{len(names)}"), ast.unparse(node))


def functions(path):
    """Yield the functions that a notebook defines, with NumPy for all they need."""
    for one in code(path):
        if "check(" in one or "def " not in one:
            continue
        for node in ast.parse(one).body:
            if isinstance(node, ast.FunctionDef) and not node.decorator_list:
                names = {"np": np}
                with contextlib.suppress(NameError):  # a default of the notebook's own
                    exec(compile(ast.Module([node], []), str(path), "exec"), names)
                    yield names[node.name]


def spoilers(path, exercise):
    """Return what gives an exercise away."""
    if isinstance(exercise, _Program):
        known = telling(exercise.broken) if isinstance(exercise, Debug) else set()
        shown = set().union(*map(telling, code(path)))
        found = sorted((telling(exercise.program) - known) & shown)
        if isinstance(exercise, Code) and not exercise.adapt:
            count = len(exercise.cases()[0])
            fitting = [one for one in functions(path) if one.__code__.co_argcount == count]
            found += [one.__name__ for one in fitting if exercise.check(one)]
        return found
    if not isinstance(exercise, Value) or isinstance(exercise.answer, str):
        return []
    if isinstance(exercise.answer, tuple):
        size = len(exercise.answer)
        return [shape for shape in shapes(text(path)) if shape[-size:] == exercise.answer]
    return [number for number in numbers(text(path)) if exercise.check(number)]


@pytest.mark.parametrize(("path", "key"), EXERCISES, ids=lambda one: getattr(one, "stem", one))
def test_no_answer_stands_in_its_notebook(path, key):
    found = spoilers(path, find_exercise(key))
    assert len(found) > 0 if key in TAUGHT else found == []


def test_a_spoiler_is_found():
    """The search itself finds numbers, shapes and programs."""
    assert set(numbers("1,234 and 0.567, v2 of 12, 100")) == {1234, 0.567}
    assert sorted(shapes("28 x 28 x 6 and (7, 7, 3)")) == [(7, 7, 3), (28, 28, 6)]
    mine = telling("y = (size - kernel + 2 * padding) // stride + 1")
    assert mine & telling("print((n - k + 2 * p) // s + 1)")
    assert not mine & telling("print((n - k + p) // s + 1)")
