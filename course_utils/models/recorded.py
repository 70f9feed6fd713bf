"""Recorded runs: what was measured where there was time, kept as a small file."""

import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("recorded_runs")


def recorded(name: str) -> dict[str, Any]:
    """Read a recorded run that comes with the course.

    Parameters
    ----------
    name : str
        For example ``"fashion-mnist-lab"``.

    Returns
    -------
    dict
        ``command`` (which repeats the run), ``date``, ``machine``, ``data``, ``seeds`` and
        ``experiments``: for each of them, for each variant, its ``recipe``, its number of
        ``weights`` and its ``runs``, one per seed.

    Raises
    ------
    ValueError
        If no run of this name was recorded.

    Examples
    --------
    >>> recorded("fashion-mnist-lab")["command"]
    'python3 -m course_utils record fashion-mnist-lab'
    """
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in FOLDER.glob("*.json"))) or "none yet"
        raise ValueError(f"there is no recorded run {name!r}; there are: {known}")
    run: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return run


def mean_and_spread(values: Sequence[float]) -> tuple[float, float]:
    """Return the mean and the sample standard deviation.

    Parameters
    ----------
    values : sequence of float
        At least two, for example one accuracy per seed.

    Examples
    --------
    >>> mean_and_spread([0.90, 0.91, 0.92])
    (0.91, 0.01)
    """
    return statistics.mean(values), statistics.stdev(values)
