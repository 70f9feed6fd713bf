"""Recorded runs: what was measured where there was time, kept as a small file."""

import json
from typing import Any

from course_utils.models.recording import _SCRIPTS


def recorded(name: str) -> dict[str, Any]:
    """Read a recorded run that comes with the course.

    ``name`` is that of a file in ``notebooks/recorded``, beside the script that wrote it. The run
    has ``command`` (which repeats it), ``date``, ``machine``, and ``runs``: for each training its
    ``setting``, its ``seed`` and its ``result``.

    >>> recorded("05_fashion_mnist_lab")["command"]
    'python3 -m course_utils record 05_fashion_mnist_lab'
    """
    files = {path.stem: path for path in _SCRIPTS.glob("*.json")}
    if name not in files:
        known = ", ".join(sorted(files)) or "none yet"
        raise ValueError(f"there is no recorded run {name!r}; there are: {known}")
    return dict(json.loads(files[name].read_text("utf-8")))


def results(run: dict[str, Any], **setting: Any) -> list[dict[str, Any]]:
    """Return the results of one setting of a recorded run, in the order of the seeds.

    ``setting`` is what it has to say, None for what it must not say; what is not named may be
    anything.

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


def variants(run: dict[str, Any], experiment: str) -> dict[str, list[dict[str, Any]]]:
    """Return the results of each ``variant`` of an ``experiment``, in the order of the seeds.

    >>> ladder = variants(recorded("05_fashion_mnist_lab"), "ladder")
    >>> [one["test"] for one in ladder["batches of 128"]]
    [0.8845, 0.8831, 0.895]
    """
    settings = [one["setting"] for one in run["runs"]]
    labels = dict.fromkeys(s["variant"] for s in settings if s.get("experiment") == experiment)
    if not labels:
        known = ", ".join(dict.fromkeys(s.get("experiment", "none") for s in settings))
        raise ValueError(f"there is no experiment {experiment!r} in this run; there are: {known}")
    return {label: results(run, experiment=experiment, variant=label) for label in labels}


def accuracies(
    run: dict[str, Any], experiment: str, on: str = "validation"
) -> dict[str, list[float]]:
    """Return the final accuracies of each variant of an experiment, one per seed.

    They are those on ``"validation"``, ``"test"`` or ``"test with mirrored"`` images. The last
    averages the network's answers to the image and its mirror image.

    >>> accuracies(recorded("05_fashion_mnist_lab"), "ladder", on="test")["batches of 128"]
    [0.8845, 0.8831, 0.895]
    """
    found = variants(run, experiment)
    for one in (one for results in found.values() for one in results):
        if on not in one:
            raise ValueError(f"{experiment!r} has no {on!r}; there is {', '.join(one)}")
    return {label: [one[on] for one in results] for label, results in found.items()}
