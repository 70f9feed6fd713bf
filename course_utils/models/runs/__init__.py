"""The course's recorded runs, one module each: what ``record`` trains.

A module ``NAME.py`` holds ``EXPERIMENTS``: for each experiment, a recipe for each variant.
"""

from importlib import import_module
from pathlib import Path

from course_utils.models.recipe import Recipe

Experiments = dict[str, dict[str, Recipe]]


def names() -> list[str]:
    """Return the names of the recorded runs.

    Examples
    --------
    >>> "fashion-mnist-lab" in names()
    True
    """
    files = Path(__file__).parent.glob("[a-z]*.py")
    return sorted(file.stem.replace("_", "-") for file in files)


def experiments(name: str) -> Experiments:
    """Return what a recorded run trains.

    Parameters
    ----------
    name : str
        One of :func:`names`.

    Examples
    --------
    >>> list(experiments("fashion-mnist-lab"))
    ['long', 'ladder', 'ablation']
    """
    module = import_module(f"{__name__}.{name.replace('-', '_')}")
    found: Experiments = module.EXPERIMENTS
    return found
