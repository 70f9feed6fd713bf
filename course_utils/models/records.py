"""Recorded runs: what was measured where there was time, kept as a small file."""

import json
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("recorded_runs")
SCRIPTS = Path(__file__).resolve().parents[2] / "notebooks" / "recorded"
"""The scripts of recorded runs; beside each lies the JSON file that it wrote."""


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
    files = {path.stem: path for folder in (FOLDER, SCRIPTS) for path in folder.glob("*.json")}
    path = files.get(name)
    if path is None:
        known = ", ".join(sorted(files)) or "none yet"
        raise ValueError(f"there is no recorded run {name!r}; there are: {known}")
    run: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return run


def results(run: dict[str, Any], **setting: Any) -> list[dict[str, Any]]:
    """Return the results of one setting of a recorded run, in the order of the seeds.

    Parameters
    ----------
    run : dict
        From :func:`recorded`, written by a script of ``notebooks/recorded``.
    **setting
        What the setting has to say, None for what it must not say; what is not named may be
        anything.

    Raises
    ------
    ValueError
        If no training has such a setting.

    Examples
    --------
    >>> run = {"runs": [{"setting": {"rung": "head"}, "seed": 0, "result": {"accuracy": 0.8}}]}
    >>> results(run, rung="head")
    [{'accuracy': 0.8}]
    """
    found = [
        one
        for one in run["runs"]
        if all(one["setting"].get(key) == value for key, value in setting.items())
    ]
    if not found:
        raise ValueError(f"no training of this run has {setting}")
    return [one["result"] for one in sorted(found, key=lambda one: int(one["seed"]))]


def mean_and_spread(values: Sequence[float]) -> tuple[float, float]:
    """Return the mean and the sample standard deviation.

    Parameters
    ----------
    values : sequence of float
        At least two, for example one accuracy per seed.

    Examples
    --------
    >>> mean_and_spread([1.0, 2.0, 3.0])
    (2.0, 1.0)
    """
    return statistics.mean(values), statistics.stdev(values)


def accuracies(
    run: dict[str, Any], experiment: str, on: str = "validation"
) -> dict[str, list[float]]:
    """Return the final accuracies of each variant of an experiment, one per seed.

    Parameters
    ----------
    run : dict
        From :func:`recorded`.
    experiment : str
        For example ``"ladder"``.
    on : {"validation", "test", "test with mirrored", "in use"}
        Which images. The third averages the network's answers to the image and its mirror image.
        Where there are no test images, "in use" is the accuracy on the validation images of the
        network as it is used in the end.

    Raises
    ------
    ValueError
        If there is no such experiment, or no such accuracy.

    Examples
    --------
    >>> lab = recorded("fashion-mnist-lab")
    >>> len(accuracies(lab, "ladder")["batches of 128"])
    3
    """
    if experiment not in run["experiments"]:
        known = ", ".join(run["experiments"])
        raise ValueError(f"there is no experiment {experiment!r} in this run; there are: {known}")
    if on not in _ACCURACY:
        raise ValueError(f"on must be one of {', '.join(_ACCURACY)}, not {on!r}")
    return {
        label: [_ACCURACY[on](one) for one in variant["runs"]]
        for label, variant in run["experiments"][experiment].items()
    }


_ACCURACY: dict[str, Callable[[dict[str, Any]], float]] = {
    "validation": lambda one: float(one["history"]["val_accuracy"][-1]),
    "test": lambda one: float(one["test_accuracy"]),
    "test with mirrored": lambda one: float(one["test_accuracy_with_mirrored"]),
    "in use": lambda one: float(one["right"] / one["n"]),
}


def table(run: dict[str, Any], experiment: str) -> str:
    """Return an experiment as an aligned text: weights, and accuracies as mean ± spread.

    The columns are those that were recorded; "test with mirrored" is there if the networks have
    seen mirrored images in training.

    Parameters
    ----------
    run : dict
        From :func:`recorded`.
    experiment : str
        For example ``"long"``.

    Raises
    ------
    ValueError
        If there is no such experiment.
    """
    columns = {"validation": accuracies(run, experiment)}
    variants = run["experiments"][experiment]
    if "right" in next(iter(variants.values()))["runs"][0]:
        others = ["in use"]
    elif all(variant["recipe"]["augment"] for variant in variants.values()):
        others = ["test", "test with mirrored"]
    else:
        others = ["test"]
    columns |= {on: accuracies(run, experiment, on) for on in others}
    lines = [f"{experiment:28}{'weights':>8}" + "".join(f"{on:>20}" for on in columns)]
    for label, variant in variants.items():
        cells = [_mean_and_spread_text(column[label]) for column in columns.values()]
        lines.append(f"{label:28}{variant['weights']:>8,}" + "".join(f"{c:>20}" for c in cells))
    return "\n".join(lines)


def _mean_and_spread_text(values: list[float]) -> str:
    if len(values) == 1:
        return f"{values[0]:.2%}"
    mean, deviation = mean_and_spread(values)
    return f"{100 * mean:.2f} ± {100 * deviation:.2f} %"
