"""How fast the calculator is, as ratios to what it replaces.

    python tests/benchmarks/bench_costs.py

Both sides are timed in one run on the same machine: the full table of VGG-16, and
``import course_utils``, against ``keras.applications.VGG16(weights=None)`` plus ``summary()``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def best(work: Callable[[], object], repeats: int) -> float:
    """Return the seconds of the fastest of several runs."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def fresh(code: str) -> float:
    """Return the seconds that ``code`` takes in a fresh interpreter, without its start."""
    timed = f"import time; t = time.perf_counter(); {code}; print(time.perf_counter() - t)"
    command = [sys.executable, "-c", timed]
    return min(
        float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        for _ in range(5)
    )


def main() -> None:
    """Print the timings and their ratios."""
    from course_utils.costs import zoo

    table = best(lambda: (zoo.vgg16().rows, str(zoo.vgg16())), 20)
    deep = best(lambda: (zoo.resnet152().rows, str(zoo.resnet152())), 20)
    package = fresh("import course_utils")
    calculator = fresh("from course_utils.costs import zoo; str(zoo.vgg16())")

    from course_utils.machine import set_up

    set_up(seed=0)
    import keras

    from course_utils.costs import from_keras

    lines: list[str] = []
    model = keras.applications.VGG16(weights=None)  # the first one also warms TensorFlow up

    def build() -> None:
        keras.applications.VGG16(weights=None).summary(print_fn=lines.append)

    reference = best(build, 3)
    reading = best(lambda: from_keras(model).rows, 5)
    for name, seconds in (
        ("VGG-16, rows and printed table", table),
        ("ResNet-152, rows and printed table", deep),
        ("import course_utils (fresh)", package),
        ("import and print VGG-16 (fresh)", calculator),
        ("from_keras(VGG16)", reading),
        ("Keras VGG16(weights=None) + summary()", reference),
    ):
        print(f"{name:<40}{1000 * seconds:>10.2f} ms{reference / seconds:>10.0f} x")


if __name__ == "__main__":
    main()
