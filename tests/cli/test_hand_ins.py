"""``class`` reads ten made-up hand-ins: whole, broken, foreign, empty."""

import json
from pathlib import Path

import pytest

from course_utils.classroom import check, diary, hint
from course_utils.cli import hand_ins, main
from tests import golden

BIAS = "The bias is forgotten: each filter has one."


def notebook(*replies):
    shown = [{"text/plain": [repr(reply)]} for reply in replies]
    outputs = [{"output_type": "execute_result", "data": data} for data in shown]
    cells = [{"cell_type": "code", "source": [], "outputs": outputs}, {"cell_type": "markdown"}]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("handed_in")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(diary, "_entries", {})

        def student(path, *answers):
            patch.setenv("COURSE_PROGRESS", str(folder / path))
            for answer in answers:
                check(*answer)
            return folder / path

        student("ada.json", ("lenet5.c3.weights", 1080), ("lenet5.c3.weights", 1100))
        hint("lenet5.c3.macs")
        hint("lenet5.c3.macs")
        student("bob/progress.json", ("lenet5.c3.weights", 1080), ("lenet5.c3.weights", 1080))
        student("fay/progress.json", ("lenet5.c3.macs", 155520))
        wrong, right = check("lenet5.c3.weights", 1080), check("lenet5.dense_side", 249)
        (folder / "fay" / "03.ipynb").write_text(notebook(wrong, right), "utf-8")
        (folder / "emil.ipynb").write_text(notebook(wrong), "utf-8")
        path = student("Zoë 李.json", ("lenet5.count_params", lambda *_: 1 / 0))
    saved = json.loads(path.read_text("utf-8"))
    saved["exercises"]["lenet5.dense_side"] = {"tries": "many"}
    saved["exercises"]["music.scales"] = saved["exercises"]["lenet5.count_params"]
    path.write_text(json.dumps(saved), "utf-8")
    odd = {"carl.json": b"", "dora.json": (folder / "ada.json").read_bytes()[:60]}
    odd |= {"gus.json": b"[1, 2]", "hu.pdf": b"%PDF\xff", ".DS_Store": b"\0"}
    for name, content in (odd | {"ida.json": b'{"exercises": {}}'}).items():
        (folder / name).write_bytes(content)
    return folder


def test_what_can_be_read_is_read_and_the_rest_is_named(folder):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    found, unread = hand_ins.read(folder)
    assert sorted(found) == ["Zoë 李", "ada", "bob", "emil", "fay", "ida"]
    assert unread == [
        "Zoë 李.json: music.scales left out: not in this course.",
        "carl.json: is empty.",
        "dora.json: is damaged.",
        "gus.json: is no progress file of this course.",
        "hu.pdf: is no progress file and no notebook.",
    ]
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert found["ada"]["lenet5.c3.weights"] == diary.Entry(2, True, 0, 0, {BIAS: 1})
    assert found["emil"] == {"lenet5.c3.weights": diary.Entry(1, False, 0, 0, {BIAS: 1})}
    solved = {key for key, known in found["fay"].items() if known.done}
    assert solved == {"lenet5.c3.macs", "lenet5.dense_side"}


def test_the_table_says_who_solved_what_and_the_usual_mistakes(folder, tmp_path, capsys):
    assert main(["class", str(folder), "--csv", str(tmp_path / "class.csv")]) == 0
    said = capsys.readouterr().out.replace(str(tmp_path / "class.csv"), "class.csv")
    said += (tmp_path / "class.csv").read_text("utf-8-sig")
    golden.same(Path(__file__).with_name("golden") / "class.txt", said)


def test_a_name_or_a_reply_is_no_formula_in_a_spreadsheet(tmp_path):
    said = {"=HYPERLINK(1)": 1}
    hand_ins._write(tmp_path / "a.csv", {"@a": {"lab.model": diary.Entry(mistakes=said)}})
    line = (tmp_path / "a.csv").read_text("utf-8-sig").splitlines()[1]
    assert line == "'@a,lab.model,0,0,0,0,'=HYPERLINK(1) (1)"


def test_a_file_may_say_anything(tmp_path):
    entries = '{"exercises": {"lab.model": 3, "lab.debug": null}}'
    for number, text in enumerate((entries, '{"exercises": []}', "NaN", "[" * 100_000)):
        (tmp_path / f"{number}.json").write_text(text, "utf-8")
        (tmp_path / f"{number}.ipynb").write_text(text, "utf-8")
    (tmp_path / "utf16.json").write_bytes('{"exercises": {}}'.encode("utf-16"))
    found, unread = hand_ins.read(tmp_path)
    assert (found, len(unread)) == ({"0": {}}, 8)
