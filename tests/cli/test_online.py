"""Links for Colab, Kaggle and Binder, and the cell that fetches the course there."""

import os
import subprocess
import sys

from course_utils.cli import editions, notebooks
from course_utils.cli.notebooks import _source
from tests.data.conftest import put


def opened(unit, address="ada/convnets"):
    return editions._opened_at(notebooks._read(unit), address, f"notebooks/{unit.name}")


def test_links_name_the_unit_and_nothing_else_changes(unit):
    before, after = notebooks._read(unit), opened(unit)
    assert notebooks._problems(after) == []
    links, fetch = (one for one in after["cells"] if one["id"] in ("online", "fetch"))
    assert _source(links).count(f"ada/convnets/blob/main/notebooks/{unit.name}") == 2
    assert f"ada/convnets/main?urlpath=lab/tree/notebooks/{unit.name}" in _source(links)
    code = [one for one in after["cells"] if one["cell_type"] == "code"]
    assert code[0] is fetch
    rest = [one for one in after["cells"] if one is not links and one is not fetch]
    assert [_source(one) for one in rest] == [_source(one) for one in before["cells"]]
    again = editions._opened_at(opened(unit), "ada/second", f"notebooks/{unit.name}")
    assert again == opened(unit, "ada/second")  # which takes the place of the first


def test_the_cell_fetches_the_course_where_it_is_not_and_only_once(tmp_path):
    there = put(tmp_path / "there", {"course_utils/__init__.py": b"print('the course')\n"})
    settings = f'[url "{there.as_uri()}"]\n insteadOf = https://github.com/ada/convnets\n'
    settings += "[user]\n name = Ada\n email = ada@example.org\n"
    put(tmp_path, {"gitconfig": settings.encode()})
    environ = {**os.environ, "GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig")}
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "The course"]):
        subprocess.run(["git", *command], cwd=there, env=environ, check=True)

    empty = tmp_path / "empty"
    empty.mkdir()
    fetch = next(one for one in opened(notebooks._paths()[0])["cells"] if one["id"] == "fetch")
    code = f"{_source(fetch)}\nimport course_utils"
    for _ in range(2):  # the second time in a new kernel: the folder is there
        command = [sys.executable, "-I", "-S", "-c", code]
        done = subprocess.run(command, cwd=empty, env=environ, capture_output=True, text=True)
        assert (done.stdout, done.stderr) == ("the course\n", "")
    assert [one.name for one in empty.iterdir()] == ["course"]
