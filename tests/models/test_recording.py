"""Recorded runs as scripts: resumed through their JSON file."""

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from unittest.mock import Mock

import pytest

from course_utils import models
from course_utils.models import recording

ROOT = Path(__file__).resolve().parents[2]

SCRIPT = """
import os, sys, time
from course_utils.models import recording

recording.set_up = recording.describe = lambda *seed: {"cpu": "none"}  # Keras is not needed

def train(setting, seed):
    if setting["rung"] == "broken":
        os._exit(5)
    if setting["rung"] == "impossible":
        raise SystemExit("no photographs")
    if setting["rung"] == "long":
        print("begun", os.getpid(), flush=True)
        time.sleep(600)
    return {"accuracy": seed / 10, "epochs": setting["epochs"]}

RUNGS = os.environ.get("RUNGS", "first second").split()
SETTINGS = [{"rung": rung, "epochs": 5} for rung in RUNGS]
SETTINGS.insert(0, SETTINGS[0] | {"seeds": (0,)})  # once more below, with all seeds

if __name__ == "__main__":
    options = {"seeds": (0, 1), "quick": {"epochs": 1}}
    raise SystemExit(recording.main(__file__, train, SETTINGS, **options))
"""


@pytest.fixture
def script(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    path = tmp_path / "20_topic.py"
    path.write_text(SCRIPT, "utf-8")
    return path


def run(script, *arguments, rungs="first second", replace=("", "")):
    """Run the script, changed, and return what it did; whatever goes wrong, it is a sentence."""
    script.write_text(SCRIPT.replace(*replace), "utf-8")
    command = [sys.executable, str(script), *arguments]
    environ = os.environ | {"RUNGS": rungs}
    done = subprocess.run(command, capture_output=True, text=True, env=environ)
    assert "Traceback" not in done.stderr
    return done


def written(script):
    return json.loads(script.with_suffix(".json").read_text("utf-8"))


def test_a_run_is_kept_and_goes_on_where_it_was(script):
    first = run(script, "--jobs", "2")
    assert first.returncode == 0, first.stderr
    before = written(script)
    assert before["command"] == "python3 -m course_utils record 20_topic"
    trained = [(one["setting"]["rung"], one["seed"]) for one in before["runs"]]
    assert trained == [(rung, seed) for rung in ("first", "second") for seed in (0, 1)]
    assert [one["accuracy"] for one in models.results(before, rung="second")] == [0.0, 0.1]
    # A training that fails costs nothing of what was done, and is tried again the next time.
    second = run(script, rungs="first second broken", replace=("seed / 10", "seed / 5"))
    assert second.returncode == 1
    assert "6 trainings, 4 of them already done" in second.stdout
    assert "rung broken, epochs 5, seed 0: FAILED with status 5" in second.stderr
    assert written(script)["runs"] == before["runs"]


def test_settings_that_differ_in_their_labels_only_are_one_training(script):
    rungs = '[{"experiment": e, "variant": v, "rung": v, "epochs": 5} for e in "ab" for v in "xy"]'
    done = run(script, replace=('[{"rung": rung, "epochs": 5} for rung in RUNGS]', rungs))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("kept") == 4  # two rungs, two seeds
    found = {name: models.accuracies(written(script), name, on="accuracy") for name in "ab"}
    assert found["a"] == found["b"] == {"x": [0.0, 0.1], "y": [0.0, 0.1]}
    assert [one["setting"]["variant"] for one in written(script)["runs"]] == [*"xxyy"] * 2


def test_what_cannot_be_done_here_is_said_once(script):
    done = run(script, rungs="first impossible second")
    assert done.returncode == 1
    assert done.stderr.strip() == "no photographs"
    assert "2 of 6 trainings are in" in done.stdout


def test_quick_leaves_the_file_alone(script):
    script.with_suffix(".json").write_text("kept", "utf-8")
    done = run(script, "--quick")
    assert done.returncode == 0, done.stderr
    assert "2 trainings, 0 of them already done" in done.stdout
    assert script.with_suffix(".json").read_text("utf-8") == "kept"


COMMAND = """
import sys
from pathlib import Path
from course_utils.models import recording
recording.SCRIPTS = Path(sys.argv[1]).parent
raise SystemExit(recording.run([Path(sys.argv[1]).stem]))
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("kill", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("command", [[], ["-c", COMMAND]], ids=["script", "record"])
def test_a_stopped_run_leaves_no_process_behind(script, kill, command, monkeypatch):
    monkeypatch.setenv("RUNGS", "long")
    command = [sys.executable, "-u", *command, str(script)]
    hear = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # tests in the background do not
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=hear) as process:
        assert process.stdout is not None
        line = next(line for line in process.stdout if line.startswith("begun"))
        child = int(line.split()[1])
        process.send_signal(kill)
        assert process.wait(30) == (130 if kill == signal.SIGINT else -signal.SIGKILL)
    for _ in range(100):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    os.kill(child, signal.SIGKILL)
    pytest.fail("the training's own process lives on")


@pytest.mark.parametrize("arguments", [["no-such-run"], []])
def test_wrong_arguments_say_what_is_right(arguments, capsys):
    with pytest.raises(SystemExit, match="2"):
        recording.run(arguments)
    assert "usage: python3 -m course_utils record" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_one_clear_error(script):
    script.with_suffix(".json").mkdir()
    done = run(script)
    assert done.returncode == 1
    assert done.stderr.startswith("The results cannot be kept: ")


def test_without_room_for_temporary_files_one_sentence_says_so(monkeypatch, capsys):
    none = FileNotFoundError(2, "No usable temporary directory found in ['/tmp']")
    monkeypatch.setattr(recording.tempfile, "gettempdir", Mock(side_effect=none))
    assert recording.run(["06_filters"]) == 1
    assert "No usable temporary directory" in capsys.readouterr().err


def test_a_result_that_cannot_be_written_stops_the_run(script):
    harm = "    os.remove(sys.argv[2]), os.mkdir(sys.argv[2])\n    return {"
    done = run(script, replace=("    return {", harm))
    assert done.returncode == 1
    assert done.stderr.count("The result cannot be kept: ") == 1
