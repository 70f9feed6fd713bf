"""How fast the calculator is, as ratios to what it replaces.

    python tests/benchmarks/bench_costs.py [--all]

Both sides are timed in one run on the same machine: the full table of VGG-16, and
``import course_utils``, against ``keras.applications.VGG16(weights=None)`` plus ``summary()``; and
``from_keras`` against building the model that it reads, for one network of each family of Keras
Applications, or for all of them.
"""

from __future__ import annotations

import argparse
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


FAMILIES = (
    *("VGG16", "ResNet50", "ResNet152V2", "InceptionV3", "InceptionResNetV2", "Xception"),
    *("MobileNet", "MobileNetV2", "MobileNetV3Small", "DenseNet201", "NASNetMobile"),
    *("EfficientNetB0", "EfficientNetV2S", "ConvNeXtTiny"),
)
TABLE_LIMIT = 0.020  # seconds for the table of ResNet-152
READING_LIMIT = 0.1  # of the time it took to build the model


def read_applications(names: tuple[str, ...] | None) -> float:
    """Print, network by network, building against reading; return the worst ratio."""
    import keras

    from course_utils.costs import from_keras
    from course_utils.costs.published import imagenet

    known = imagenet.applications()
    worst = 0.0
    print(f"\n{'Keras Application':<24}{'built':>10}{'from_keras':>14}{'share':>9}")
    for application in (known[name] for name in names or known):
        make = getattr(keras.applications, application.function)
        start = time.perf_counter()
        model = make(**application.settings)
        built = time.perf_counter() - start
        reading = best(lambda model=model: from_keras(model).totals, 3)
        share = reading / built
        worst = max(worst, share)
        print(f"{application.model:<24}{built:>8.2f} s{1000 * reading:>11.1f} ms{share:>9.1%}")
        del model
        keras.utils.clear_session()
    return worst


def main(all_applications: bool = False) -> bool:
    """Print the timings and their ratios; return whether they keep their limits."""
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

    worst = read_applications(None if all_applications else FAMILIES)
    print(f"\nResNet-152 in {1000 * deep:.1f} ms (limit {1000 * TABLE_LIMIT:.0f} ms)")
    print(f"from_keras in at most {worst:.1%} of the time to build (limit {READING_LIMIT:.0%})")
    return deep < TABLE_LIMIT and worst < READING_LIMIT


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Time the calculator.")
    parser.add_argument("--all", action="store_true", help="read all Keras Applications")
    sys.exit(0 if main(parser.parse_args().all) else 1)
