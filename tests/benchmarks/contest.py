"""Two ways of doing the same thing, timed in turns in one run: what the benchmarks measure."""

import os
import subprocess
import sys
import timeit
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Row:
    """How many times as fast one way is as the other; prints as a row of a table in Markdown.

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
    def reached(self) -> bool:
        """Whether the median reaches the aim, if there is one."""
        return self.aim is None or median(self.ratios) >= self.aim

    def __str__(self) -> str:
        medians = [median(side) for side in zip(*self.values, strict=True)]
        sides = zip((self.one, self.other), medians, strict=True)
        one, other = (f"{side} {value:,.4g} {self.unit}" for side, value in sides)
        low, high = min(self.ratios), max(self.ratios)
        spread = f" ({low:.3g} to {high:.3g})" if low != high else ""
        aim = "" if self.aim is None else f"{self.aim:g}{'' if self.reached else ' **missed**'}"
        return f"| {self.what} | {one} | {other} | {median(self.ratios):.3g}{spread} | {aim} |"


def compare(
    rounds: int,
    what: str,
    sides: Mapping[str, Callable[[], float]],
    unit: str,
    pairs: list[tuple[str, str]] | None = None,
    aims: Mapping[str, float] | None = None,
    note: str = "",
) -> Iterator[Row]:
    """Measure every side once in each round, so that a busy minute hits all of them.

    Compared are the pairs, by default the first side with each other one; an aim is of the latter.
    """
    values: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, measure in sides.items():
            values[name].append(measure())
    first, *others = sides
    for one, other in pairs or [(first, other) for other in others]:
        both = list(zip(values[one], values[other], strict=True))
        yield Row(what, one, other, unit, both, (aims or {}).get(other), note)
        note = ""


def best(work: Callable[[], object], repeats: int = 1) -> float:
    """Return the seconds of the fastest of several runs."""
    return min(timeit.repeat(work, "gc.enable()", repeat=repeats, number=1))


def fresh(code: str, **environment: str) -> float:
    """Return the number that code prints last in a new process, in this folder."""
    command = [sys.executable, "-c", code]
    environ = os.environ | environment
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environ, cwd=HERE)
    if done.returncode:
        raise SystemExit(f"{code} failed; its message stands above.")
    return float(done.stdout.split()[-1])
