"""How cost grows: the calculator with layers, `check_images` with files, records with processes.

A ratio of 1 says that ten times as much takes ten times as long.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
from contest import Row, best, compare, fresh

LAYERS = (10, 100, 1_000, 10_000)
FILES = (100, 1_000, 10_000)
RECORD = """
import sys
import time
from course_utils.models.recording import main
def train(setting, seed):
    end = time.process_time() + 4
    while time.process_time() < end:
        pass
    return {"accuracy": 0.0}
sys.exit(main(__file__, train, [{"width": 8}], seeds=(0, 1, 2, 3), prepare=lambda seed: {}))
"""


def microseconds_a_layer(number: int) -> float:
    """Count a chain of convolutions."""
    from course_utils.costs import Conv2D, Network

    chain = [Conv2D(8, 3, padding="same") for _ in range(number)]
    repeats = max(1, 1_000 // number)
    seconds = best(lambda: str(Network("chain", (32, 32, 3), chain)), repeats)
    return 1e6 * seconds / number


def checked(number: int, what: str) -> float:
    """Return the milliseconds a file, or the peak memory in MB, of a look at so many files."""
    from PIL import Image

    from course_utils.data import check_images

    with tempfile.TemporaryDirectory() as folder:
        rng = np.random.default_rng(0)
        for label in ("hat", "skirt"):
            Path(folder, label).mkdir()
        for place in range(number):
            pixels = rng.integers(0, 255, (12, 12, 3), "uint8")
            picture = Image.fromarray(pixels).resize((400, 500))
            picture.save(Path(folder, ("hat", "skirt")[place % 2], f"{place}.jpg"))
        start = time.perf_counter()
        check_images(folder)
        seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return 1000 * seconds / number if what == "time" else peak


def recorded(jobs: int) -> float:
    """Return the seconds of a record of four trainings of four seconds each."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "99_nothing.py")
        script.write_text(RECORD, "utf-8")
        start = time.perf_counter()
        command = [sys.executable, str(script), "--jobs", str(jobs)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - start


def rows(rounds: int) -> Iterator[Row]:
    def steps(rounds: int, what: str, sides: Mapping, unit: str) -> Iterator[Row]:
        pairs = [(many, few) for few, many in pairwise(sides)]
        return compare(rounds, what, sides, unit, pairs, dict.fromkeys(sides, 0.5))

    microseconds_a_layer(10)
    chains = {f"{n:,} layers": partial(microseconds_a_layer, n) for n in LAYERS}
    yield from steps(rounds, "count a chain, time of a layer", chains, "us")
    for what, unit in (("time", "ms a file"), ("memory", "MB")):
        code = f"import growth; print(growth.checked({{}}, {what!r}))"
        looks = {f"{n:,} files": partial(fresh, code.format(n)) for n in FILES}
        yield from steps(1, f"check_images, {what}", looks, unit)
    if (os.cpu_count() or 1) > 1:
        jobs = {f"{n} at a time": partial(recorded, n) for n in (2, 1)}
        aims = dict.fromkeys(jobs, 1.6)
        yield from compare(rounds, "record four trainings", jobs, "s", aims=aims)
