"""All benchmarks of the course in one table, and one picture.

    python3 tests/benchmarks/all.py [--rounds 3] [training calculator photographs growth waiting]

Every row is a ratio taken in one run on one machine, with the smallest and the largest of its
rounds. The rows are kept beside this file with machine and date: `results.json`, the table
`results.md` and the picture `results.png`. What is named is measured anew, the other rows stay.
Rows against PyTorch, JAX, torchinfo, fvcore and torchvision need these in the environment:
`pip install torch torchvision torchinfo fvcore jax`. Leave the machine alone meanwhile.
"""

import argparse
import json
import os
from dataclasses import asdict
from datetime import date
from importlib import import_module
from statistics import median

from contest import HERE, Row

from course_utils.machine import describe

KEPT, TABLE, PICTURE = (HERE / f"results.{end}" for end in ("json", "md", "png"))
SCRIPTS = ("training", "calculator", "photographs", "growth", "waiting")
HEAD = """# What was measured

Written by `python3 tests/benchmarks/all.py`. A ratio says how many times as fast the first side is
as the second: the median of the rounds, with the smallest and the largest. The values are medians,
too. A larger ratio is better everywhere, and the aim is the smallest that we want.

![Every ratio with its spread and its aim](results.png)
"""


def written(name: str, kept: dict) -> str:
    """Return one script's rows as a table in Markdown."""
    known = (f"{name} {value}" for name, value in kept["machine"].items() if value is not None)
    rows = [Row(**row) for row in kept["rows"]]
    lines = [
        f"\n## {name.capitalize()}\n\n{kept['date']}, {', '.join(known)}\n",
        "| what | one | the other | ratio | aim |",
        "| --- | --- | --- | --- | --- |",
        *map(str, rows),
    ]
    notes = [f"* {row.what}: {row.note}" for row in rows if row.note]
    return "\n".join([*lines, *([""] if notes else []), *notes]) + "\n"


def draw(rows: list[Row]) -> None:
    """Draw every ratio with its spread, and the aims."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(13, 0.26 * len(rows) + 1.5), layout="constrained")
    for place, row in enumerate(rows):
        axes.plot((row.ratios[0], row.ratios[-1]), (place, place), color="tab:blue", linewidth=3)
        colour = "tab:blue" if row.reached else "tab:orange"
        axes.plot(median(row.ratios), place, "o", color=colour)
        if row.aim is not None:
            axes.plot(row.aim, place, "|", color="black", markersize=12, markeredgewidth=2)
    labels = [f"{row.what}: {row.one} / {row.other}" for row in rows]
    axes.set_yticks(range(len(rows)), labels, fontsize=8)
    axes.set(xscale="log", ylim=(len(rows), -1))
    axes.set_xlabel("times as fast, with its spread; the black bar is the aim, orange: aim missed")
    axes.axvline(1, color="gray", linewidth=1)
    axes.set_xticks([0.3, 1, 3, 10, 30, 100, 300, 1000], minor=False)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.minorticks_off()
    axes.grid(axis="x", alpha=0.3)
    figure.savefig(PICTURE, dpi=80)


def main() -> None:
    """Measure, keep, and write and draw what was measured so far."""
    shape = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=shape)
    parser.add_argument("scripts", nargs="*", default=SCRIPTS, metavar="SCRIPT")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    kept = json.loads(KEPT.read_text("utf-8")) if KEPT.is_file() else {}
    for name in arguments.scripts:
        rows = []
        for row in import_module(name).rows(arguments.rounds):
            print(row, flush=True)
            rows.append(asdict(row))
        kept[name] = {"date": date.today().isoformat(), "machine": describe(), "rows": rows}
        KEPT.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    measured = {name: kept[name] for name in SCRIPTS if name in kept}
    table = HEAD + "".join(written(name, rows) for name, rows in measured.items())
    TABLE.write_text(table, "utf-8")
    draw([Row(**row) for one in measured.values() for row in one["rows"]])
    print(table)


if __name__ == "__main__":
    main()
