"""How pytest treats the course: `pytest` alone runs doctests, unit tests and all notebooks."""

import hashlib
import os
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings
from nbval.plugin import IPyNbCell

from course_utils.cli import notebooks
from course_utils.cli.environment import ROOT

if "CI" not in os.environ:  # there, hypothesis has its own steady profile
    settings.register_profile("course", deadline=None)
    settings.load_profile("course")


def pytest_configure(config: pytest.Config) -> None:
    notebooks.steady_environment()
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)  # for the notebooks' kernels
    # nbval opens the file relative to the current folder; the course's is always this one.
    config.option.nbval_sanitize_with = str(ROOT / "tests" / "nbval_sanitize.cfg")


@cache
def _have_real_data() -> bool:
    from course_utils.data.fashion import fashion_mnist

    return not fashion_mnist().is_stand_in


@cache
def _have_real_weights() -> bool:
    from course_utils.data import downloads

    return downloads.state(downloads.REGISTRY["mobilenet-v2"]) == "present"


# Of the names and sizes of the 398 ants and bees with which notebook 10 is saved.
_HYMENOPTERA = "5f58fc27a977d0f9de2df4b39395d45fb2c7ea25b0fbb1d53f37466320dd151c"


@cache
def _have_real_photographs() -> bool:
    folder = Path(os.environ.get("COURSE_IMAGES") or "nowhere")
    files = sorted((path.relative_to(folder).as_posix(), path) for path in folder.rglob("*.jpg"))
    listed = "".join(f"{name} {path.stat().st_size}\n" for name, path in files)
    return hashlib.sha256(listed.encode()).hexdigest() == _HYMENOPTERA and _have_real_weights()


_ONLY_IF = {
    "real-data": _have_real_data,
    "real-weights": _have_real_weights,
    "real-photographs": _have_real_photographs,
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run cells with a tag of `_ONLY_IF` without what it names, too, but compare nothing."""
    for item in items:
        if isinstance(item, IPyNbCell):
            for tag in _ONLY_IF.keys() & set(item.cell.metadata.get("tags", [])):
                item.options["check"] = item.options["check"] and _ONLY_IF[tag]()
