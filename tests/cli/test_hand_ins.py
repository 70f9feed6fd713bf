"""``class`` reads made-up hand-ins: whole ones, and those of ``handed_in.toml``."""

import json
import tomllib
from pathlib import Path

from course_utils.classroom import check, diary, hint
from course_utils.cli import main
from tests import golden
from tests.data.conftest import held, put


def notebook(*replies):
    shown = [{"text/plain": [repr(reply)]} for reply in replies]
    outputs = [{"output_type": "execute_result", "data": data} for data in shown]
    cells = [{"cell_type": "code", "source": [], "outputs": outputs}, {"cell_type": "markdown"}]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4})


def test_what_can_be_read_is_read_and_the_rest_is_named(tmp_path, monkeypatch, capsys):
    """``golden/class.txt`` has the lines on what is left out, the table, and the CSV."""
    folder = tmp_path / "handed_in"
    monkeypatch.setattr(diary, "_entries", {})

    def student(path, *answers):
        monkeypatch.setenv("COURSE_PROGRESS", str(folder / path))
        for answer in answers:
            check(*answer)
        return folder / path

    student("ada.json", ("lenet5.c3.weights", 1080), ("lenet5.c3.weights", 1100))
    hint("lenet5.c3.macs")
    hint("lenet5.c3.macs")
    student("bob/progress.json", ("lenet5.c3.weights", 1080), ("lenet5.c3.weights", 1080))
    student("fay/progress.json", ("lenet5.c3.macs", 155520))
    wrong, right = check("lenet5.c3.weights", 1080), check("lenet5.dense_side", 249)
    zoe = student("Zoë 李.json", ("lenet5.count_params", lambda *_: 1 / 0))
    saved = json.loads(zoe.read_text("utf-8"))
    saved["exercises"]["lenet5.dense_side"] = {"tries": "many"}
    saved["exercises"]["music.scales"] = saved["exercises"]["lenet5.count_params"]
    zoe.write_text(json.dumps(saved), "utf-8")
    files = tomllib.loads(Path(__file__).with_name("handed_in.toml").read_text("utf-8"))
    files |= {"fay/03.ipynb": notebook(wrong, right), "emil.ipynb": notebook(wrong)}
    files["leo.ipynb"] = "[" * 100_000
    put(folder, {name: text.encode() for name, text in files.items()})
    put(folder, {"mia.json": '{"exercises": {}}'.encode("utf-16")})
    before = held(folder)
    assert main(["class", str(folder), "--csv", str(tmp_path / "class.csv")]) == 0
    said = capsys.readouterr().out.replace(str(tmp_path / "class.csv"), "class.csv")
    said += (tmp_path / "class.csv").read_text("utf-8-sig")
    golden.same(Path(__file__).with_name("golden") / "class.txt", said)
    assert held(folder) == before
