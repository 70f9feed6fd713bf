"""All benchmarks of the course in one table, and one picture.

    python3 tests/benchmarks/all.py [--rounds 3] [training calculator photographs growth waiting]

Every row is a ratio taken in one run on one machine, with the smallest and the largest of its
rounds. The rows are kept beside this file with machine and date: `results.json`, the table
`results.md` and the picture `results.png`. What is named is measured anew, the other rows stay.
Rows against PyTorch, JAX, torchinfo, fvcore and torchvision need these in the environment:
`pip install torch torchvision torchinfo fvcore jax`. Leave the machine alone meanwhile.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from contest import Row

from course_utils.machine import describe

HERE = Path(__file__).resolve().parent
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
    known = {name: value for name, value in kept["machine"].items() if value is not None}
    machine = ", ".join(f"{name} {value}" for name, value in known.items())
    lines = [
        f"\n## {name.capitalize()}\n\n{kept['date']}, {machine}\n",
        "| what | one | the other | ratio | aim |",
        "| --- | --- | --- | --- | --- |",
    ]
    notes = []
    for row in (Row(**row) for row in kept["rows"]):
        one, other = (f"{side} {value:,.4g} {row.unit}" for side, value in row.sides)
        low, *_, high = row.ratios if len(row.ratios) > 1 else row.ratios * 2
        spread = f"{row.ratio:.3g}" + (f" ({low:.3g} to {high:.3g})" if low != high else "")
        aim = "" if row.aim is None else f"{row.aim:g}{'' if row.reached else ' **missed**'}"
        lines.append(f"| {row.what} | {one} | {other} | {spread} | {aim} |")
        notes += [f"* {row.what}: {row.note}"] * bool(row.note)
    return "\n".join([*lines, *([""] * bool(notes)), *notes]) + "\n"


def draw(rows: list[Row]) -> None:
    """Draw every ratio with its spread, and the aims."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(13, 0.26 * len(rows) + 1.5), layout="constrained")
    for place, row in enumerate(rows):
        axes.plot((row.ratios[0], row.ratios[-1]), (place, place), color="tab:blue", linewidth=3)
        axes.plot(row.ratio, place, "o", color="tab:blue" if row.reached else "tab:orange")
        if row.aim is not None:
            axes.plot(row.aim, place, "|", color="black", markersize=12, markeredgewidth=2)
    labels = [f"{row.what}: {row.one} / {row.other}" for row in rows]
    axes.set_yticks(range(len(rows)), labels, fontsize=8)
    axes.set(xscale="log", ylim=(len(rows), -1))
    axes.set_xlabel("times as fast, with its spread; the black bar is the aim, orange: aim missed")
    axes.axvline(1, color="gray", linewidth=1)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter("{x:g}")
    axes.grid(axis="x", alpha=0.3)
    figure.savefig(PICTURE, dpi=80)


def publish(kept: dict) -> None:
    """Write and print the table of what was measured so far, and draw it."""
    measured = {name: kept[name] for name in SCRIPTS if name in kept}
    table = HEAD + "".join(written(name, rows) for name, rows in measured.items())
    TABLE.write_text(table, "utf-8")
    draw([Row(**row) for one in measured.values() for row in one["rows"]])
    print(table)


def main() -> None:
    """Measure, keep, draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("scripts", nargs="*", default=SCRIPTS, metavar="SCRIPT")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    kept = json.loads(KEPT.read_text("utf-8")) if KEPT.is_file() else {}
    for name in arguments.scripts:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "rows.json"
            command = [sys.executable, str(HERE / f"{name}.py"), "--json", str(place)]
            subprocess.run([*command, "--rounds", str(arguments.rounds)], check=True)
            rows = json.loads(place.read_text("utf-8"))
        kept[name] = {"date": date.today().isoformat(), "machine": describe(), "rows": rows}
        KEPT.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    publish(kept)


if __name__ == "__main__":
    main()
