"""``student`` leaves out what a class should not see, and nothing else."""

import ast
import json
import re
from pathlib import Path

import pytest

from course_utils.classroom import find_exercise
from course_utils.classroom.programs import Code
from course_utils.cli import notebooks, student
from course_utils.cli.environment import ProblemError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("class") / "units"
    assert student.main(str(target)) == 0
    return target


def cells(path: Path) -> list[dict]:
    return json.loads(path.read_text("utf-8"))["cells"]


def names(code: list[str], kind: type[ast.expr_context]) -> set[str]:
    trees = [node for text in code for node in ast.walk(ast.parse(text))]
    return {node.id for node in trees if isinstance(node, ast.Name) and isinstance(node.ctx, kind)}


@pytest.mark.parametrize("path", notebooks.paths(), ids=lambda path: path.stem)
def test_questions_stay_and_solutions_go(path: Path, folder: Path) -> None:
    before, after = cells(path), cells(folder / path.name)
    asked = [re.findall(r'check\("[\w.]+"', "".join(cell["source"])) for cell in before]
    keys = {key for found in asked for key in found}
    text = json.dumps(after)
    assert keys
    for key in keys:
        assert json.dumps(key)[1:-1] in text, key
    for cell in before:
        hidden = {"solution", "checks"} & set(cell["metadata"].get("tags", []))
        assert (cell["id"] in {one["id"] for one in after}) is not bool(hidden)
    assert "SOLUTION" not in text
    found = notebooks.problems({**json.loads(path.read_text("utf-8")), "cells": after})
    assert not [sentence for sentence in found if "median" not in sentence]


def test_the_pages_that_units_link_to_come_along(folder: Path) -> None:
    pages = {path.name for path in notebooks.FOLDER.glob("*.md")}
    assert {path.name for path in folder.glob("*.md")} == pages


@pytest.mark.parametrize("path", notebooks.paths(), ids=lambda path: path.stem)
def test_no_program_that_is_asked_for_is_handed_out(path: Path, folder: Path) -> None:
    below = "".join("".join(cell["source"]) for cell in cells(folder / path.name))
    _, _, exercises = below.partition("## Exercises")
    for key in set(re.findall(r'check\("([\w.]+)"', exercises)):
        exercise = find_exercise(key)
        if isinstance(exercise, Code):
            assert exercise.program.strip().splitlines()[-1] not in exercises


@pytest.mark.parametrize("path", notebooks.paths(), ids=lambda path: path.stem)
def test_no_cell_needs_a_solution(path: Path, folder: Path) -> None:
    code = [
        [cell["id"], "".join(cell["source"])] for cell in cells(path) if cell["cell_type"] == "code"
    ]
    kept = {cell["id"] for cell in cells(folder / path.name)}
    made = names([text for ident, text in code if ident not in kept], ast.Store)
    made -= names([text for ident, text in code if ident in kept], ast.Store)
    functions = {
        node.name
        for ident, text in code
        if ident in kept
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
    }
    used = names([text for ident, text in code if ident in kept], ast.Load)
    assert not (made - functions) & used


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ProblemError, match="not empty"):
        student.main(str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ProblemError, match="cannot be written"):
        student.main(str(tmp_path / "file" / "units"))
