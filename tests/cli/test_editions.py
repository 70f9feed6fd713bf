"""``student`` leaves out what a class should not see; ``instructor`` has all that helps."""

import ast
import json
import re
from unittest.mock import Mock

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from course_utils.classroom import check, desk, find_exercise, points
from course_utils.classroom.programs import Code
from course_utils.cli import editions, main, notebooks
from course_utils.cli.environment import ProblemError
from course_utils.cli.notebooks import source, tags


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    target = tmp_path_factory.mktemp("class") / "units"
    assert editions.student(str(target)) == 0
    return target


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    target = tmp_path_factory.mktemp("course")
    assert editions.instructor(str(target)) == 0
    return target


def cells(path, kind=""):
    return [cell for cell in notebooks.read(path)["cells"] if kind in ("", cell["cell_type"])]


def names(code, kind):
    trees = [node for text in code for node in ast.walk(ast.parse(text))]
    return {node.id for node in trees if isinstance(node, ast.Name) and isinstance(node.ctx, kind)}


def asked_in(some):
    return {key for cell in some for key in editions._keys(cell)}


def problems(path):
    """Return what is wrong, but for the median: exercises have no code to make up for."""
    return [one for one in notebooks.problems(notebooks.read(path)) if "median" not in one]


def test_questions_stay_and_solutions_go(unit, folder):
    before, after = cells(unit), cells(folder / unit.name)
    kept = {cell["id"] for cell in after}
    for cell in before:
        hidden = {"solution", "checks"} & set(tags(cell)) or notebooks.slide_type(cell) == "notes"
        assert (cell["id"] in kept) is not bool(hidden)
    text = json.dumps(after)
    assert not [one for one in ("SOLUTION", "For the teacher", '"Right.') if one in text]
    text = ""
    for cell in after:
        if cell["cell_type"] == "markdown":
            text += " ".join(source(cell).split())
        for key in editions._keys(cell):
            assert " ".join(find_exercise(key).question.split()) in text, key
    assert asked_in(after) == asked_in(before) != set()
    assert not problems(folder / unit.name)
    pages = {path.name for path in notebooks.FOLDER.glob("*.md")}  # which units link to
    assert {path.name for path in folder.glob("*.md")} == pages


def test_no_program_no_output_and_no_metadata_tells_an_answer(unit, folder):
    after = cells(folder / unit.name)
    exercises = "".join(map(source, after)).partition("## Exercises")[2]
    own = [cell for cell in after if editions._keys(cell)]
    told = json.dumps([cell["metadata"] for cell in after] + [cell["outputs"] for cell in own])
    for key in asked_in(own):
        exercise = find_exercise(key)
        answer = getattr(exercise, "answer", 0)
        if isinstance(answer, int) and answer > 99:
            assert not re.search(rf"\b({answer}|{answer:,})\b", told), key
        if isinstance(exercise, Code):
            assert exercise.program.strip().splitlines()[-1] not in exercises


def test_no_cell_needs_a_solution(unit, folder):
    ids = {cell["id"] for cell in cells(folder / unit.name)}
    code = cells(unit, "code")
    kept = [source(cell) for cell in code if cell["id"] in ids]
    made = names([source(cell) for cell in code if cell["id"] not in ids], ast.Store)
    made -= names(kept, ast.Store)
    made -= set(re.findall(r"^\s*def (\w+)", "\n".join(kept), re.MULTILINE))
    assert not made & names(kept, ast.Load)


def test_a_folder_that_cannot_be_written_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ProblemError, match="not empty"):
        editions.student(str(tmp_path))
    with pytest.raises(ProblemError, match="cannot be written"):
        editions.student(str(tmp_path / "mine.txt" / "units"))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_folder_that_was_not_finished_says_so_and_is_finished_next_time(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(editions, "write_json", Mock(side_effect=OSError(28, "No space left")))
        with pytest.raises(ProblemError, match="No space left"):
            editions.student(str(tmp_path / "units"))
    assert (tmp_path / "units" / "UNFINISHED.txt").exists()
    editions.student(str(tmp_path / "units"))
    assert not (tmp_path / "units" / "UNFINISHED.txt").exists()
    assert len(list(tmp_path.glob("units/*.ipynb"))) == len(notebooks.paths())


def test_each_check_has_its_solution_and_its_points(unit, course):
    before, after = cells(unit), cells(course / "source" / unit.stem / unit.name)
    graded = []
    marked = [cell for cell in after if "nbgrader" in cell["metadata"]]
    assert len({cell["metadata"]["nbgrader"]["grade_id"] for cell in marked}) == len(marked)
    for number, cell in enumerate(after):
        said, text = cell["metadata"].get("nbgrader"), source(cell)
        assert ("### BEGIN SOLUTION" in text) is bool(said and said["solution"])
        if not said or not said["grade"]:
            continue
        assert said["points"] == editions.POINTS
        if said["solution"]:  # marked by hand: nobody else can judge a text
            assert find_exercise(editions._keys(cell)[-1]).kind == "explain"
            graded += set(editions._keys(cell))
        else:
            graded += re.findall(r'points\("([\w.]+)"', text)
            above = "".join(map(source, after[:number]))
            assert f'check("{graded[-1]}"' in above.rpartition("### BEGIN SOLUTION")[0]
            assert said["locked"]
    assert sorted(graded) == sorted(asked_in(before))
    solved = [source(cell) for cell in before if "solution" in tags(cell)]
    text = "".join(map(source, after))
    assert solved
    assert all(solution in text for solution in solved)
    assert not any(cell["metadata"].get("jupyter") for cell in marked if editions._keys(cell))


def test_an_instructor_sees_minutes_notes_and_call_outs(course, tmp_path):
    (unit,) = course.glob("source/03_*/*.ipynb")
    after = cells(unit)
    plan = source(after[1])
    assert "* The network: 3 min\n" in plan
    assert "* `lenet5.count_params`: code" in plan
    call_outs = [cell for cell in after if "lecture-note" in tags(cell)]
    assert call_outs
    assert all(cell["source"][0] == "<details open>\n" for cell in call_outs)
    text = "<details>\n<summary>For the teacher: ask</summary>\n"
    note = new_markdown_cell(text, metadata={"slideshow": {"slide_type": "notes"}}, id="a")
    notebook = {"cells": [note, {**note, "id": "b"}], "metadata": {}}
    assert not editions.without_solutions(notebook)["cells"]
    kept = editions.with_solutions(notebook)["cells"]
    assert [cell["id"] for cell in kept] == ["a", "plan", "b"]
    assert all("notes" in tags(cell) for cell in kept)  # nbgrader leaves them out by it
    assert kept[0]["source"][0] == kept[2]["source"][0] == "<details open>\n"
    (start,) = course.glob("source/00_*/*.ipynb")
    assert "](../05_fashion_mnist_lab/05_fashion_mnist_lab.ipynb)" in start.read_text("utf-8")


def test_points_are_for_right_answers_of_this_kernel(monkeypatch):
    monkeypatch.setattr(desk, "_solved", set())
    for answer, worth in ((..., 0), (1080, 0), (1100, 1), (..., 1)):
        check("lenet5.c3.weights", answer)
        assert points("lenet5.c3.weights") == worth
    assert points("no.such.key") == 0


def test_a_student_has_numbers_of_ones_own(tmp_path):
    assert main(["student", str(tmp_path), "--seed", "Ada"]) == 0
    text = "".join(path.read_text("utf-8") for path in tmp_path.glob("*.ipynb"))
    for key in ("filters.occlusion", "choosing.features", "regularisation.dropout"):
        own, printed = find_exercise(key, "Ada"), find_exercise(key, "")
        assert own.question != printed.question
        assert text.count(own.question) == 3  # above its check, and twice in the output
        assert printed.question not in text
    for path in tmp_path.glob("*.ipynb"):
        assert source(cells(path, "code")[0]).endswith("os.environ[\"COURSE_STUDENT\"] = 'Ada'")
        assert not problems(path)


def test_a_question_in_the_text_gets_the_numbers_too():
    printed, own = (find_exercise("filters.occlusion", name) for name in ("", "Ada"))
    output = new_output("execute_result", execution_count=1)
    text = new_markdown_cell(printed.question.replace(" ", "\n"))
    code = new_code_cell('check("filters.occlusion", ...)', execution_count=1, outputs=[output])
    made = editions.without_solutions({"cells": [text, code]}, "Ada")["cells"]
    assert [cell["cell_type"] for cell in made] == ["markdown", "code", "code"]
    assert made[0]["source"] == [own.question]
