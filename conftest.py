"""How pytest treats the course: `pytest` alone runs doctests, unit tests and all notebooks."""

import math
import os
import re
from collections.abc import Generator
from functools import cache

import pytest
from hypothesis import settings
from nbval.plugin import IPyNbCell

from course_utils.cli import notebooks
from course_utils.files import ROOT

if "CI" not in os.environ:  # there, hypothesis has its own steady profile
    settings.register_profile("course", deadline=None)
    settings.load_profile("course")


def pytest_configure(config: pytest.Config) -> None:
    notebooks._steady_environment()
    # Side by side, kernels that each want all cores wait for each other.
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers > 1:
        threads = str(max(1, (os.cpu_count() or 1) // workers))
        os.environ.update(TF_NUM_INTRAOP_THREADS=threads, OMP_NUM_THREADS=threads)
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)  # for the notebooks' kernels
    # nbval opens the file relative to the current folder; the course's is always this one.
    config.option.nbval_sanitize_with = str(ROOT / "tests" / "nbval_sanitize.cfg")


@cache
def _have_real_data() -> bool:
    from course_utils.data import fashion_mnist

    return not fashion_mnist().is_stand_in


@cache
def _have_real_weights() -> bool:
    from course_utils.data import cached, registry

    return cached.state(registry.REGISTRY["mobilenet-v2"]) == "present"


@cache
def _have_real_photographs() -> bool:
    from course_utils.data.clothing import clothes

    try:
        found = clothes()
    except ValueError:  # COURSE_IMAGES names something else: let the notebook's own cell say so
        return False
    # A note: these are not, or not exactly, the photographs with which notebooks are saved.
    return not found.is_stand_in and not found.note and _have_real_weights()


_ONLY_IF = {
    "real-data": _have_real_data,
    "real-weights": _have_real_weights,
    "real-photographs": _have_real_photographs,
}


# No part of a word: not conv2, block_13, 3x3, 5ms, ResNet-50, 20-layer, 3.15.1.
_NUMBER = re.compile(
    r"""(?<![\w.]) (?<![^\W\d]-)  # before it neither a digit, a letter, nor a letter's hyphen
    ( [-+]? (?: (?> \d{1,3} (?: ,\d{3} )+ (?!\d) | \d+ ) (?: \.\d* )? | \.\d+ ) (?: e[-+]?\d+ )?
    | [-+]? nan )
    (?! \w | \.\d | -[^\W\d] )  # nor after it""",
    re.VERBOSE | re.IGNORECASE,
)


def differences(saved: str, new: str, tolerance: float) -> list[str]:
    """Say where an output differs from the saved one: in words, numbers, or how many numbers.

    Two numbers may be apart by the fraction `tolerance` of the larger. So only 0 equals 0, and at
    2 % integers below 50 must be equal. Spaces do not count, since numbers move them in a table.
    """
    texts = _NUMBER.split(saved), _NUMBER.split(new)  # words, a number, words, a number, ... words
    found = []
    for place, (old, now) in enumerate(zip(*texts, strict=False)):
        if place % 2 == 0:
            if old.split() != now.split():
                found.append(f"words: saved {old.strip()!r}, new {now.strip()!r}")
        elif not math.isclose(*(float(n.replace(",", "")) for n in (old, now)), rel_tol=tolerance):
            where = f"number {place // 2 + 1}, after {texts[0][place - 1].strip()[-40:]!r}"
            found.append(f"{where}: saved {old}, new {now}, tolerance {100 * tolerance:g} %")
    saved_count, new_count = (len(text) // 2 for text in texts)
    if saved_count != new_count:  # what comes after the first gap is compared with its neighbour
        return [f"saved {saved_count} numbers, new {new_count}", *found[:1]]
    return found


def _compare_numbers_within(cell: IPyNbCell, tolerance: float) -> None:
    class Output(str):
        def __ne__(self, new: object) -> bool:  # what nbval asks of each saved and new output
            return bool(differences(self, str(new), tolerance))

    sanitize = cell.sanitize

    def explain(key: str, saved: str, new: str) -> None:
        cell.comparison_traceback += [f"{key}:", *differences(saved, new, tolerance)]

    cell.sanitize = lambda output: Output(sanitize(str(output)))  # JSON's are dictionaries
    cell.format_output_compare = explain


def _heed_tags(cell: IPyNbCell) -> None:
    tags = cell.cell.metadata.get("tags", [])
    for tag in _ONLY_IF.keys() & set(tags):
        cell.options["check"] = cell.options["check"] and _ONLY_IF[tag]()
    for match in filter(None, map(notebooks._APPROX.fullmatch, tags)):
        _compare_numbers_within(cell, float(match[1] or 0.02))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Let the tags of a notebook's cells say how their outputs are compared, and whether.

    With a tag of `_ONLY_IF` and without what it names, a cell runs but is not compared.
    """
    report = yield
    for item in report.result:
        if isinstance(item, IPyNbCell):
            _heed_tags(item)
    return report
