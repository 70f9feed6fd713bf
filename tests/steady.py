"""Run the units as unlucky readers do, and count the cells whose output is not the saved one.

    python3 tests/steady.py [again shuffled offline read-only memory twice] [--units 02 17]

* again: each unit five times in a row
* shuffled: all units once, in random order
* offline: with `COURSE_OFFLINE=1` and an empty cache, so that everything is a stand-in
* read-only: in a home that cannot be written to (root, who may write anywhere, gets it as a mount)
* memory: with 4 GiB for a kernel's data (Linux only)
* twice: half of the cells, drawn at random, run twice in a row, with the same random numbers, and
  the same numbers in the names that Keras gives to layers

Each runs through the README's own `test` command. All of it runs every unit ten times, so this is a
command of its own and no part of the tests.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
READ_ONLY = 'mount --bind "$HOME" "$HOME" && mount -o remount,ro,bind "$HOME" && exec "$@"'
SMALL = 'ulimit -d 4194304 && exec "$@"'  # kB

# Before a cell that runs twice, and between its two runs: chance begins with the same numbers.
KEEP = """
import collections as _collections, random as _random, numpy as _numpy
from keras.src.backend.common import global_state as _keras
from tensorflow.python.eager.context import context as _context
_kept = _random.getstate(), getattr(_context(), "_rng", _random).getstate()
_own = [it for it in globals().values() if isinstance(it, _numpy.random.Generator)]
_states = [it.bit_generator.state for it in _own]
_names = dict(_keras.get_global_attribute("object_name_uids") or {})
"""
AGAIN = """
_random.setstate(_kept[0])
getattr(_context(), "_rng", _random).setstate(_kept[1])
for _one, _state in zip(_own, _states):
    _one.bit_generator.state = _state
_keras.set_global_attribute("object_name_uids", _collections.defaultdict(int, _names))
"""


def circumstances(name: str, folder: Path) -> tuple[list[str], dict[str, str]]:
    """Return what stands before the command, and its environment."""
    environment, before = dict(os.environ), []
    if name == "offline":
        environment |= {"COURSE_OFFLINE": "1", "KERAS_HOME": str(folder)}
        environment.pop("COURSE_IMAGES", None)
    elif name == "read-only":
        environment |= {"HOME": str(folder), "USERPROFILE": str(folder)}
        folder.chmod(0o555)
        if os.getuid() == 0:
            before = ["unshare", "--mount", "sh", "-c", READ_ONLY, "sh"]
    elif name == "memory":
        before = ["sh", "-c", SMALL, "sh"]
    return before, environment


def hidden(cell: dict, name: str, code: str) -> dict:
    """Return a cell beside another one whose output is not compared."""
    tags = {"tags": ["nbval-ignore-output"]}
    return {**cell, "id": f"{cell['id'][:58]}-{name}", "metadata": tags, "source": code}


def with_repeats(path: Path, folder: Path, rng: random.Random) -> Path:
    """Write a copy of a notebook in which half of the code cells stand twice."""
    notebook = json.loads(path.read_text("utf-8"))
    cells = []
    for cell in notebook["cells"]:
        twice = cell["cell_type"] == "code" and rng.random() < 0.5
        cells += [hidden(cell, "keep", KEEP)] * twice + [cell]
        if twice:
            cells += [hidden(cell, "reset", AGAIN), {**cell, "id": f"{cell['id'][:58]}-again"}]
    target = folder / path.name
    target.write_text(json.dumps({**notebook, "cells": cells}), "utf-8")
    return target


def run(name: str, path: Path, rng: random.Random) -> list[str]:
    """Test one unit once; return what failed."""
    with tempfile.TemporaryDirectory(dir=ROOT, prefix=".steady-") as place:
        folder = Path(place)
        tested = with_repeats(path, folder, rng) if name == "twice" else path
        before, environment = circumstances(name, folder)
        command = [*before, sys.executable, "-m", "course_utils", "test", "-n", "0", "-rfE"]
        command += ["-p", "no:cacheprovider", str(tested.relative_to(ROOT))]
        said = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        done = subprocess.run(command, cwd=ROOT, env=environment, **said)
        folder.chmod(0o755)
    failed = re.findall(r"^(?:FAILED|ERROR) \S*?::(.*)", done.stdout, re.MULTILINE)
    return failed or ([done.stdout[-500:]] if done.returncode else [])


def main() -> int:
    """Run what is asked for, a line a unit."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = ("again", "shuffled", "offline", "read-only", "memory", "twice")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(names))
    parser.add_argument("--units", nargs="*", default=[], help="numbers such as 02; else all")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(names):
        parser.error(f"{', '.join(sorted(unknown))}: there are {', '.join(names)}")
    rng, total, runs = random.Random(asked.seed), 0, 0
    for name in asked.names or names:
        paths = sorted(ROOT.glob("notebooks/[0-9]*.ipynb"))
        paths = [path for path in paths if not asked.units or path.name[:2] in asked.units]
        if name == "shuffled":
            rng.shuffle(paths)
        for path in paths:
            for _ in range(5 if name == "again" else 1):
                start = time.monotonic()
                failed = run(name, path, rng)
                seconds = time.monotonic() - start
                line = f"{name:10}{path.name[:2]}  {seconds:4.0f} s  {failed or 'steady'}"
                print(line, flush=True)
                total, runs = total + len(failed), runs + 1
    print(f"{runs} runs, {total} cells or files not steady")
    return int(total > 0)


if __name__ == "__main__":
    sys.exit(main())
