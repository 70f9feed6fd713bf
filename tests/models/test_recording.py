"""Recorded runs as scripts: resumed through their JSON file."""

import json
import os
import re
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from unittest.mock import Mock

import psutil
import pytest

from course_utils.models import recording
from tests import golden

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
    if setting["rung"] == "full":
        os.remove(sys.argv[2]), os.mkdir(sys.argv[2])
    return {"accuracy": seed / 10}

SETTINGS = []
for rung in os.environ["RUNGS"].split():
    experiment, _, rung = rung.rpartition(":")
    labels = {"experiment": experiment, "variant": rung} if experiment else {}
    SETTINGS.append({**labels, "rung": rung, "epochs": 5})
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


def test_a_run_is_kept_and_goes_on_where_it_was(script):
    """``recording.txt`` has one call after the other, what each says, and what is then kept."""
    kept = script.with_suffix(".json")

    def record(rungs, *arguments):
        command, environ = [sys.executable, str(script), *arguments], os.environ | {"RUNGS": rungs}
        done = subprocess.run(command, capture_output=True, text=True, env=environ)
        said = [*sorted(done.stdout.splitlines()), *done.stderr.splitlines()]
        said = [re.sub(r"\d+ s in all|in \S+json$|\[Errno.*", "...", line) for line in said]
        said.append(f"status {done.returncode}")
        if kept.is_file():
            run = json.loads(kept.read_text("utf-8"))
            assert run["command"] == "python3 -m course_utils record 20_topic"
            for one in run["runs"]:
                said.append(f"{one['setting']}, {one['seed']}: {one['result']['accuracy']}")
        return "\n    ".join(said)

    names = {"record": record, "kept": kept}
    golden.calls(Path(__file__).with_name("recording.txt"), lambda call: eval(call, names))


COMMAND = """
import sys
from pathlib import Path
from course_utils.models import recording
recording._SCRIPTS = Path(sys.argv[1]).parent
raise SystemExit(recording.run_script([Path(sys.argv[1]).stem]))
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("kill", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("command", [[], ["-c", COMMAND]], ids=["script", "record"])
def test_a_stopped_run_leaves_no_process_behind(script, kill, command, monkeypatch):
    monkeypatch.setenv("RUNGS", "long")
    command = [sys.executable, "-u", *command, str(script)]
    hear = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # tests in the background do not
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=hear) as process:
        line = next(line for line in process.stdout if line.startswith("begun"))
        child = psutil.Process(int(line.split()[1]))
        process.send_signal(kill)
        assert process.wait(30) == (130 if kill == signal.SIGINT else -signal.SIGKILL)
    _, alive = psutil.wait_procs([child], timeout=10)
    for one in alive:
        one.kill()
    assert not alive, "the training's own process lives on"


@pytest.mark.parametrize("arguments", [["no-such-run"], []])
def test_wrong_arguments_say_what_is_right(arguments, capsys):
    with pytest.raises(SystemExit, match="2"):
        recording.run_script(arguments)
    assert "usage: python3 -m course_utils record" in capsys.readouterr().err


def test_without_room_for_temporary_files_one_sentence_says_so(monkeypatch, capsys):
    none = FileNotFoundError(2, "No usable temporary directory found in ['/tmp']")
    monkeypatch.setattr(recording.tempfile, "gettempdir", Mock(side_effect=none))
    assert recording.run_script(["06_filters"]) == 1
    assert "No usable temporary directory" in capsys.readouterr().err
