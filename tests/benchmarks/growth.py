"""How cost grows: the calculator with layers, `check_images` with files, records with processes.

    python tests/benchmarks/growth.py [--rounds 3]

A ratio of 1 says that ten times as much takes ten times as long.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from contest import Row, against, best, fresh, in_turns, report

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
    """Measure everything in turns."""
    microseconds_a_layer(10)
    chains = {f"{n:,} layers": (lambda n=n: microseconds_a_layer(n)) for n in LAYERS}
    values = in_turns(chains, rounds)
    for few, many in zip(chains, list(chains)[1:], strict=False):
        yield against(values, "count a chain, time of a layer", many, few, "us", aim=0.5)
    for what, unit in (("time", "ms a file"), ("memory", "MB")):
        looks = {
            f"{n:,} files": (lambda n=n, what=what: fresh(__file__, what, str(n))) for n in FILES
        }
        values = in_turns(looks, 1)
        for few, many in zip(looks, list(looks)[1:], strict=False):
            yield against(values, f"check_images, {what}", many, few, unit, aim=0.5)
    if (os.cpu_count() or 1) > 1:
        jobs = {f"{n} at a time": (lambda n=n: recorded(n)) for n in (2, 1)}
        yield against(in_turns(jobs, rounds), "record four trainings", *jobs, "s", aim=1.6)


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in ("time", "memory"):
        print(checked(int(sys.argv[2]), sys.argv[1]))
    else:
        report(rows, __doc__)
