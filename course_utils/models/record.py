"""``python3 -m course_utils record``: repeat a recorded run.

A recorded run is a list of variants, each a :class:`~course_utils.models.recipe.Recipe`, trained
with several seeds. Each training is a process of its own, so that no one depends on what ran before
it (short ones, which seed all generators, share one), and its result is kept in Keras's cache when
it is done: a run that was stopped goes on where it was, and two variants that are the same are
trained once.
"""

import argparse
import hashlib
import json
import math
import os
import signal
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from datetime import date
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Any

from course_utils.data.downloads import cache_home
from course_utils.files import write_json
from course_utils.models import runs
from course_utils.models.recipe import Recipe
from course_utils.models.records import FOLDER, SCRIPTS, table

SEEDS: tuple[int, ...] = (0, 1, 2)


@dataclass(frozen=True)
class _Training:
    """One training: what a process is given to do."""

    recipe: Recipe
    seed: int
    label: str
    kept: Path  # where its result is kept

    def result(self) -> dict[str, Any] | None:
        """Return the result if it is there."""
        try:
            found: dict[str, Any] = json.loads(self.kept.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):  # not trained yet, or damaged: train
            return None
        return found


def main(argv: list[str]) -> int:
    """Repeat a recorded run and write its file.

    Parameters
    ----------
    argv : list of str
        The arguments after ``python3 -m course_utils record``.

    Returns
    -------
    int
        The exit status: 0 when all went well, 130 when it was stopped.
    """
    parser = argparse.ArgumentParser(
        prog="python3 -m course_utils record",
        description="Repeat a recorded run: training that is too long for class. It can be "
        "stopped with Ctrl-C at any time; the same command goes on where it was.",
    )
    scripts = {path.stem: path for path in sorted(SCRIPTS.glob("*.py"))}
    if argv and argv[0] in scripts:
        command = [sys.executable, str(scripts[argv[0]]), *argv[1:]]
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
        return subprocess.run(command, env=environment).returncode
    known = [*runs.names(), *scripts]
    parser.add_argument("run", choices=known, metavar="RUN", help=f"one of: {', '.join(known)}")
    parser.add_argument("--jobs", type=int, default=1, help="trainings at a time (default: 1)")
    parser.add_argument(
        "--quick",
        action="store_true",
        help="try it out: 2 epochs, 1 seed, 2,000 images; the file of the course is left alone",
    )
    arguments = parser.parse_args(argv)
    if arguments.jobs < 1:
        parser.error(f"--jobs must be 1 or more, and this is {arguments.jobs}")

    experiments, seeds, folder = runs.experiments(arguments.run), SEEDS, FOLDER
    run = f"{arguments.run}-quick" if arguments.quick else arguments.run
    cache = cache_home() / "course_utils" / run
    if arguments.quick:
        folder, seeds = cache, SEEDS[:1]
        experiments = {
            name: {label: replace(recipe, epochs=2, images=2000) for label, recipe in one.items()}
            for name, one in experiments.items()
        }
    try:
        first = next(recipe for one in experiments.values() for recipe in one.values())
        with _pool(1, arguments.jobs) as pool:
            about = pool.submit(_about, first).result()
        if about["is_stand_in"] and not arguments.quick:
            print(
                "The real data are needed for a recorded run, and only the stand-in is here. "
                f"{first.how_to_get_data}",
                file=sys.stderr,
            )
            return 1
        cache = cache / _digest(about)
        cache.mkdir(parents=True, exist_ok=True)
        trainings = {
            (name, label, seed): _Training(
                recipe,
                seed,
                f"{name}: {label}, seed {seed}",
                cache / f"{_digest(_facts(recipe, seed))}.json",
            )
            for name, variants in experiments.items()
            for label, recipe in variants.items()
            for seed in seeds
        }
        _train_all(list(trainings.values()), arguments.jobs)
        recorded = {
            "command": f"python3 -m course_utils record {arguments.run}",
            "date": date.today().isoformat(),
            "machine": about["machine"],
            "data": about["data"],
            "seeds": list(seeds),
            "experiments": {
                name: {
                    label: _summary(recipe, [trainings[name, label, seed] for seed in seeds])
                    for label, recipe in variants.items()
                }
                for name, variants in experiments.items()
            },
        }
        path = folder / f"{arguments.run}.json"
        write_json(path, recorded)
    except KeyboardInterrupt:
        print("\nStopped. What is done is kept; the same command goes on.", file=sys.stderr)
        return 130
    except OSError as error:
        print(
            f"The results cannot be kept: {error}. Make room or choose a folder you may write to "
            "with the variable KERAS_HOME; what is done is kept.",
            file=sys.stderr,
        )
        return 1
    for name in experiments:
        print(f"\n{table(recorded, name)}")
    print(f"\nWritten: {path}")
    return 0


def _facts(recipe: Recipe, seed: int) -> dict[str, Any]:
    """Return all that a training follows from; if any of it changes, it is done anew."""
    network = recipe.network()
    layers = [network.input_shape, *(repr(row.layer) for row in network.rows)]
    return {"recipe": asdict(recipe), "network": layers, "seed": seed}


def _digest(facts: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


# --- in other processes ----------------------------------------------------------------------


def _pool(workers: int, jobs: int) -> ProcessPoolExecutor:
    """Return a pool of fresh processes."""
    # Read by the backends when a process starts: share the cores, take GPU memory as needed.
    os.environ["TF_NUM_INTRAOP_THREADS"] = str(max(1, (os.cpu_count() or 1) // jobs))
    os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"
    return ProcessPoolExecutor(
        workers,
        mp_context=get_context("spawn"),
        initializer=signal.signal,  # Ctrl-C is for this process, which ends the others
        initargs=(signal.SIGINT, signal.SIG_IGN),
    )


def _about(recipe: Recipe) -> dict[str, Any]:
    """Say on what this runs."""
    from course_utils.machine import describe, set_up

    set_up()
    data = recipe.data()
    return {"machine": describe(), "data": repr(data), "is_stand_in": data.is_stand_in}


def _train(training: _Training) -> None:
    """Train one variant with one seed and keep the result."""
    from course_utils.machine import set_up

    set_up(training.seed)  # before anything else imports Keras: it does so quietly

    def report(epoch: int, history: dict[str, list[float]]) -> None:
        print(
            f"{training.label}: epoch {epoch} of {training.recipe.epochs}, "
            f"validation {history['val_accuracy'][-1]:.2%}",
            flush=True,
        )

    recipe = training.recipe
    result = recipe.run(recipe.data(), training.seed, report)
    result["history"] = {
        k: [round(v, 4) if math.isfinite(v) else None for v in values]  # NaN is not JSON
        for k, values in result["history"].items()
    }
    write_json(training.kept, {"seed": training.seed, **result})


# --- in this process -------------------------------------------------------------------------


def _train_all(trainings: list[_Training], jobs: int) -> None:
    different = {training.kept: training for training in reversed(trainings)}
    missing = [t for t in reversed(different.values()) if t.result() is None]
    print(f"{len(different)} trainings, {len(different) - len(missing)} of them already done.")
    per_process = min((training.recipe.per_process for training in missing), default=1)
    for start in range(0, len(missing), jobs * per_process):
        # A new pool each time: max_tasks_per_child can hang in Python 3.11 (python/cpython#115634).
        pool = _pool(jobs, jobs)
        try:
            now = missing[start : start + jobs * per_process]
            done = [pool.submit(_train, training) for training in now]
            for number, future in enumerate(as_completed(done), start=start + 1):
                future.result()
                print(f"--- {number} of {len(missing)} done", flush=True)
        except KeyboardInterrupt:
            for process in active_children():
                process.terminate()
            raise
        finally:
            pool.shutdown(cancel_futures=True)


def _summary(recipe: Recipe, trainings: list[_Training]) -> dict[str, Any]:
    runs = [result for training in trainings if (result := training.result())]
    return {
        "weights": recipe.network().totals.params,
        "recipe": asdict(recipe),
        "runs": runs,
    }
