"""Two ways of doing the same thing, timed in turns in one run: what every benchmark here prints."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@dataclass(frozen=True)
class Row:
    """How many times as fast one way is as the other, in each of several rounds.

    ``values`` holds a pair for each round: one way, the other, in ``unit``. Where the unit is a
    rate (``images/s``), the larger value is the faster one; where it is a time, the smaller.
    ``aim`` is the ratio that we want at least.
    """

    what: str
    one: str
    other: str
    unit: str
    values: list[tuple[float, float]]
    aim: float | None = None
    note: str = ""

    @property
    def ratios(self) -> list[float]:
        """How many times as fast one way was, smallest first."""
        rate = self.unit.endswith("/s")
        return sorted(one / other if rate else other / one for one, other in self.values)

    @property
    def ratio(self) -> float:
        """The median of the ratios."""
        return median(self.ratios)

    @property
    def reached(self) -> bool:
        """Whether the median reaches the aim, if there is one."""
        return self.aim is None or self.ratio >= self.aim

    @property
    def sides(self) -> list[tuple[str, float]]:
        """Each side's name and the median of its values."""
        medians = [median(side) for side in zip(*self.values, strict=True)]
        return list(zip((self.one, self.other), medians, strict=True))

    def __str__(self) -> str:
        one, other = (f"{side} {value:,.4g} {self.unit}" for side, value in self.sides)
        spread = f"{self.ratio:.3g} x ({self.ratios[0]:.3g} to {self.ratios[-1]:.3g})"
        aim = "" if self.aim is None else f", aim {self.aim:g}{'' if self.reached else ', MISSED'}"
        note = f"\n    {self.note}" if self.note else ""
        return f"{self.what}: {one}, {other}: {spread}{aim}{note}"


def in_turns(sides: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Ask every side once in each round, so that a busy minute of the machine hits all of them."""
    values: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, measure in sides.items():
            values[name].append(measure())
    return values


def against(
    values: Mapping[str, list[float]], what: str, one: str, other: str, unit: str, **more: object
) -> Row:
    """Return the row of two sides that were measured in turns."""
    pairs = list(zip(values[one], values[other], strict=True))
    return Row(what, one, other, unit, pairs, **more)  # type: ignore[arg-type]


def best(work: Callable[[], object], repeats: int) -> float:
    """Return the seconds of the fastest of several runs."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def fresh(script: str, *arguments: str, **environment: str) -> float:
    """Return the number that a script of this folder, or code, prints last in a new process."""
    start = [script] if script.endswith(".py") else ["-c", script]
    command = [sys.executable, *start, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=os.environ | environment)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed; its message stands above.")
    return float(done.stdout.split()[-1])


def report(rows: Callable[[int], Iterable[Row]], description: str | None) -> None:
    """Print the rows as they come; the last line of each benchmark."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rounds", type=int, default=3, help="how often in turns (default: 3)")
    parser.add_argument("--json", type=Path, help="write the rows to this file, too")
    arguments = parser.parse_args()
    kept = []
    for row in rows(arguments.rounds):
        print(row, flush=True)
        kept.append(asdict(row))
    if arguments.json:
        arguments.json.write_text(json.dumps(kept), "utf-8")
