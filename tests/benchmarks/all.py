"""All benchmarks of the course in one table, and one picture.

    python tests/benchmarks/all.py [--rounds 3] [training calculator photographs growth waiting]

Every row is a ratio taken in one run on one machine, with the smallest and the largest of its
rounds. The rows are kept with machine and date in `all.json` beside this file, and drawn in
`notebooks/images/benchmarks.png`. What is named is measured anew, the other rows stay.
Rows against PyTorch, JAX, torchinfo, fvcore and torchvision need these in the environment:
`pip install torch torchvision torchinfo fvcore jax`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from statistics import median

from contest import Row

from course_utils.machine import describe

HERE = Path(__file__).resolve().parent
KEPT, PICTURE = HERE / "all.json", HERE.parents[1] / "notebooks" / "images" / "benchmarks.png"
SCRIPTS = ("training", "calculator", "photographs", "growth", "waiting")


def draw(groups: dict[str, list[Row]]) -> None:
    """Draw every ratio with its spread, and the aims."""
    import matplotlib.pyplot as plt

    rows = [(group, row) for group, those in groups.items() for row in those]
    figure, axes = plt.subplots(figsize=(12, 0.28 * len(rows) + 1.5), layout="constrained")
    for place, (_, row) in enumerate(rows):
        low, high = row.ratios[0], row.ratios[-1]
        axes.plot((low, high), (place, place), color="tab:blue", linewidth=3)
        axes.plot(median(row.ratios), place, "o", color="tab:blue")
        if row.aim is not None:
            axes.plot(row.aim, place, "|", color="black", markersize=12, markeredgewidth=2)
    labels = [f"{row.what}: {row.one} / {row.other}" for _, row in rows]
    axes.set_yticks(range(len(rows)), labels, fontsize=8)
    axes.set(xscale="log", ylim=(len(rows), -1), xlabel="times as fast; the bar is what we aim at")
    axes.axvline(1, color="gray", linewidth=1)
    axes.grid(axis="x", alpha=0.3)
    figure.savefig(PICTURE, dpi=100)


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
    draw({name: [Row(**row) for row in kept[name]["rows"]] for name in SCRIPTS if name in kept})


if __name__ == "__main__":
    main()
