"""``refresh`` saves clean notebooks or none."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from course_utils.cli import environment, notebooks, refresh

ROOT = Path(__file__).parents[2]
PHOTOGRAPHS = ("real-photographs",)


def _save(path, *sources, tags=()):
    metadata = {"slideshow": {"slide_type": "slide"}, "tags": list(tags)}
    cells = [new_code_cell(it, id=f"step-{n}", metadata=metadata) for n, it in enumerate(sources)]
    nbformat.write(new_notebook(cells=cells), path)
    return path.read_bytes()


def test_a_kernel_inherits_a_folder_for_matplotlib_without_settings(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "environ", {"MPLCONFIGDIR": str(tmp_path)})
    notebooks._steady_environment()
    assert "MPLCONFIGDIR" in os.environ
    (tmp_path / "matplotlibrc").touch()
    notebooks._steady_environment()
    assert "MPLCONFIGDIR" not in os.environ


def test_refresh_saves_clean(tmp_path):
    path = tmp_path / "90_trial.ipynb"
    _save(path, "print('one\\rtwo')", "object()")
    assert refresh._refreshed(path)
    saved = nbformat.read(path, as_version=4)
    assert [cell.id for cell in saved.cells] == ["step-0", "step-1"]
    assert [cell.execution_count for cell in saved.cells] == [1, 2]
    assert saved.cells[0].outputs[0].text == "two\n"
    assert [file.name for file in tmp_path.iterdir()] == ["90_trial.ipynb"]
    notebooks._clean(saved)
    assert f"{nbformat.writes(saved)}\n" == path.read_text("utf-8"), "clean is clean"


def test_refresh_leaves_the_file_when_a_cell_misbehaves(tmp_path, capsys):
    path = tmp_path / "90_trial.ipynb"
    warns = "import sys\nprint('careful', file=sys.stderr)"
    for source, said in (("1 / 0", "ZeroDivisionError"), (warns, "wrote to stderr: careful")):
        before = _save(path, "1 + 1", source)
        assert not refresh._refreshed(path)
        text = capsys.readouterr().out
        assert (said in text, "step-1" in text) == (True, True)
        assert path.read_bytes() == before


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C through its console only")
def test_ctrl_c_in_refresh_stops_it_and_leaves_the_file(tmp_path):
    path = tmp_path / "90_trial.ipynb"
    before = _save(path, "1 + 1", "import time\ntime.sleep(300)")
    code = "import pathlib, sys; from course_utils.cli import refresh\ntry:\n"
    code += "    refresh._refreshed(pathlib.Path(sys.argv[1]))\n"
    code += "except KeyboardInterrupt:\n    print('Stopped')"
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    options["preexec_fn"] = lambda: signal.signal(signal.SIGINT, signal.default_int_handler)
    options["env"] = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", code, str(path)], **options) as process:
        begun = b""
        while b"cell 1 of 2" not in begun:
            begun += (more := process.stdout.read1(100))
            assert more, begun
        process.send_signal(signal.SIGINT)
        said, errors = process.communicate(timeout=120)
    assert (said.split()[-1], b"Traceback" in errors) == (b"Stopped", False)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("tags", "said"),
    [((), "only the stand-in is here. Run: .* fashion-mnist"), (PHOTOGRAPHS, "set COURSE_IMAGES")],
)
def test_refresh_asks_for_the_real_data(tags, said, tmp_path, monkeypatch):
    """It lifts COURSE_OFFLINE, so no network is an address that nobody answers."""
    no_network = Mock(side_effect=OSError("Network is unreachable"))
    monkeypatch.setattr("course_utils.data.downloads.urllib.request.urlopen", no_network)
    monkeypatch.setattr(notebooks, "_FOLDER", tmp_path)
    if tags:
        real = SimpleNamespace(is_stand_in=False)
        monkeypatch.setattr("course_utils.data.pictures.fashion_mnist", lambda: real)
    monkeypatch.delenv("COURSE_IMAGES", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "empty"))
    monkeypatch.setenv("COURSE_OFFLINE", "")
    before = _save(tmp_path / "90_trial.ipynb", "1 + 1", tags=tags)
    with pytest.raises(environment.ProblemError, match=said):
        refresh.main(["90"])
    assert (tmp_path / "90_trial.ipynb").read_bytes() == before
