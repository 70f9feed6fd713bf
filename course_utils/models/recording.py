"""Recorded runs as scripts: many trainings, each in a process of its own, kept in one JSON file.

A script ``notebooks/recorded/NN_topic.py`` says in plain Keras what one training is, and which
there are; its results lie beside it. The file is written after each training, and a training that
is in it is not done again: a run that was stopped goes on where it was.
"""

import argparse
import json
import os
import runpy
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import date
from pathlib import Path
from typing import Any

from course_utils.files import ROOT, whole_file
from course_utils.machine import describe, set_up

_SCRIPTS = ROOT / "notebooks" / "recorded"
"""The scripts of recorded runs; beside each lies the JSON file that it wrote."""

_LABELS = ("experiment", "variant")
"""What a setting is called. Settings that differ in nothing else are the same training."""

_Setting = dict[str, Any]
_Train = Callable[[_Setting, int], dict[str, Any]]

_REFUSED = 3  # the exit status of a training that cannot be done on this machine


def run_script(argv: list[str]) -> int:
    """Run one of the scripts, in this process: if it is killed, there is no other to live on.

    ``argv`` is the script's name, and its own arguments; what is returned, the exit status.
    """
    scripts = {path.stem: path for path in sorted(_SCRIPTS.glob("[!_]*.py"))}
    parser = argparse.ArgumentParser(prog="python3 -m course_utils record", add_help=False)
    parser.add_argument("name", choices=scripts)  # whoever names none is told them all
    script = scripts[parser.parse_args(argv[:1]).name]
    try:
        tempfile.gettempdir()  # without one TensorFlow does not start
    except OSError as error:
        print(f"{error}. Is the disk full?", file=sys.stderr)
        return 1
    sys.argv = [str(script), *argv[1:]]
    sys.path.insert(0, str(_SCRIPTS))  # as where Python runs a script
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    runpy.run_path(str(script), run_name="__main__")  # ends with the script's own status
    return 0


def main(
    script: str,
    train: _Train,
    settings: Iterable[_Setting],
    seeds: Sequence[int] = (0, 1, 2, 3, 4),
    quick: Mapping[str, Any] | None = None,
) -> int:
    """Do the trainings of a script that are not in its JSON file yet; the script's last line.

    The exit status is returned: 0 when all went well, 1 if a training failed, 130 when stopped.

    ``script`` is its ``__file__``. ``train(setting, seed)`` does one training and returns its
    results, as JSON can hold them. Where the machine lacks what it needs, it raises ``SystemExit``
    and says what. ``settings`` are in the order in which they are trained. A setting may have
    ``"seeds"`` of its own, and stand twice: first with a few seeds, at the end with all. Settings
    that differ in their ``_LABELS`` only share one training. ``quick`` is what ``--quick`` changes
    in each.
    """
    parser = argparse.ArgumentParser(
        description="Repeat a recorded run. It can be stopped with Ctrl-C at any time; the same "
        "command goes on where it was. Delete the JSON file to begin anew."
    )
    parser.add_argument("--jobs", type=int, default=1, help="trainings at a time (default: 1)")
    parser.add_argument("--quick", action="store_true", help="try it out; the file is left alone")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)  # in a training's own process
    arguments = parser.parse_args()
    if arguments.one:
        return _one(arguments.one, train)
    if arguments.jobs < 1:
        parser.error(f"--jobs must be 1 or more, and this is {arguments.jobs}")
    place = Path(script).resolve().with_suffix(".json")
    trainings = _trainings(settings, seeds)
    if arguments.quick:
        place = Path(tempfile.mkdtemp()) / place.name
        trainings = [(one | dict(quick or {}), n) for one, n in trainings if n == seeds[0]]
    try:
        return _record(Path(script).resolve(), place, trainings, arguments.jobs)
    except KeyboardInterrupt:
        print("\nStopped. What is done is kept; the same command goes on.", file=sys.stderr)
        return 130
    except OSError as error:
        print(f"The results cannot be kept: {error}. The same command goes on.", file=sys.stderr)
        return 1


def _trainings(settings: Iterable[_Setting], seeds: Sequence[int]) -> list[tuple[_Setting, int]]:
    """Return each setting with each of its seeds, once, where it comes first."""
    found = {}
    for setting in settings:
        own = {key: value for key, value in setting.items() if key != "seeds"}
        for seed in setting.get("seeds", seeds):
            found[json.dumps(own), seed] = own, seed
    return list(found.values())


def _record(script: Path, place: Path, trainings: list[tuple[_Setting, int]], jobs: int) -> int:
    runs = json.loads(place.read_text("utf-8"))["runs"] if place.is_file() else []
    done = [(run["setting"], run["seed"]) for run in runs]
    missing = [one for one in trainings if one not in done]
    print(f"{len(trainings)} trainings, {len(trainings) - len(missing)} of them already done.")
    order = {json.dumps(one): number for number, one in enumerate(trainings)}
    shared: dict[str, list[tuple[_Setting, int]]] = {}
    for setting, seed in missing:
        unnamed = {key: value for key, value in setting.items() if key not in _LABELS}
        shared.setdefault(json.dumps([unnamed, seed], sort_keys=True), []).append((setting, seed))
    failed, stop, started = 0, threading.Event(), time.monotonic()
    with ThreadPoolExecutor(jobs) as pool:
        try:
            begun = {
                pool.submit(_in_a_process, script, jobs, stop, *asked[0]): asked
                for asked in shared.values()
            }
            for future in as_completed(begun):
                answer, asked = future.result(), begun[future]
                if answer is None:
                    failed += len(asked)
                    continue
                result = answer["run"]["result"]
                runs += [{"setting": s, "seed": n, "result": result} for s, n in asked]
                # A run that the script no longer asks for stays: somebody has paid for it.
                runs.sort(key=lambda run: order.get(json.dumps([run["setting"], run["seed"]]), -1))
                _write(place, script, answer["machine"], runs)
                seconds = time.monotonic() - started
                print(f"{answer['label']}: kept, after {seconds:,.0f} s in all", flush=True)
        except BaseException:
            stop.set()  # the processes see that nobody listens any more, and end
            raise
    print(f"{len(trainings) - failed} of {len(trainings)} trainings are in {place}")
    return 1 if failed else 0


def _write(place: Path, script: Path, machine: dict[str, Any], runs: list[dict[str, Any]]) -> None:
    """Write the file: a line for each run, so that a reader of changes sees which are new."""
    head = {
        "command": f"python3 -m course_utils record {script.stem}",
        "date": date.today().isoformat(),
        "machine": machine,
    }
    lines = ",\n".join(f"  {json.dumps(run)}" for run in runs)
    text = json.dumps(head, indent=1).removesuffix("\n}") + f',\n "runs": [\n{lines}\n ]\n}}\n'
    with whole_file(place) as part:
        part.write_text(text, "utf-8", newline="\n")


def _in_a_process(
    script: Path, jobs: int, stop: threading.Event, setting: _Setting, seed: int
) -> dict[str, Any] | None:
    """Do one training in a fresh process: none depends on what ran before it."""
    if stop.is_set():
        return None
    named = {key: setting[key] for key in _LABELS if key in setting} or setting
    label = f"{', '.join(f'{key} {value}' for key, value in named.items())}, seed {seed}"
    threads = str(max(1, (os.cpu_count() or 1) // jobs))
    environment = os.environ | {"TF_NUM_INTRAOP_THREADS": threads, "OMP_NUM_THREADS": threads}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "run.json"
        place.write_text(json.dumps({"setting": setting, "seed": seed}), "utf-8")
        command = [sys.executable, str(script), "--one", str(place)]
        # In a session of its own it hears of Ctrl-C through its closed input, and says nothing.
        own: dict[str, Any] = {"stdin": subprocess.PIPE, "start_new_session": True}
        with subprocess.Popen(command, env=environment, **own) as process:
            while process.poll() is None and not stop.wait(0.2):
                pass
            # Leaving the block closes its standard input: a process that still runs then ends.
        if process.returncode == _REFUSED:
            stop.set()
        if process.returncode != 0:
            if not stop.is_set():
                print(f"{label}: FAILED with status {process.returncode}", file=sys.stderr)
            return None
        return {"label": label, **json.loads(place.read_text("utf-8"))}


def _one(place: Path, train: _Train) -> int:
    """Do the training that a file asks for, and put its result there."""

    def end_with_parent() -> None:
        while os.read(0, 1):  # until the other end is closed
            pass
        os._exit(1)

    threading.Thread(target=end_with_parent, daemon=True).start()
    asked = json.loads(place.read_text("utf-8"))
    set_up(asked["seed"])
    machine = describe()
    started = time.monotonic()
    try:
        result = train(asked["setting"], asked["seed"])
    except SystemExit as refusal:
        print(refusal, file=sys.stderr)
        return _REFUSED
    result["seconds"] = round(time.monotonic() - started, 1)
    answer = {"machine": machine, "run": {**asked, "result": result}}
    try:
        place.write_text(json.dumps(answer), "utf-8")
    except OSError as error:  # it would be the same with all that follow
        print(f"The result cannot be kept: {error}. The same command goes on.", file=sys.stderr)
        return _REFUSED
    return 0
