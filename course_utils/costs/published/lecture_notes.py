"""What is wrong in the lecture notes, and what needs a word."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from course_utils.costs.published.findings import Finding, Findings


def errata(notebook: str | None = None) -> Findings:
    """Return what is wrong in the notes, with what is right.

    Parameters
    ----------
    notebook
        Only what a student meets in this notebook, such as ``"07"``. Default: everything.

    Raises
    ------
    ValueError
        If there is neither an erratum nor a caveat for such a notebook.

    Examples
    --------
    >>> sorted(errata().counts)
    ['typo', 'wrong']
    >>> [item.reference for item in errata("03")]
    ['000:118', '002:67', '002:72', '002:83', '002:95']
    """
    return _some("Errata of the lecture notes", ("wrong", "typo"), notebook)


def caveats(notebook: str | None = None) -> Findings:
    """Return what is not wrong in the notes, but needs a word.

    It holds only under a condition or a convention, contradicts another place in the notes, or
    says more than can be shown.

    Parameters
    ----------
    notebook
        As in :func:`errata`.

    Examples
    --------
    >>> sorted(caveats("03").counts)
    ['loose']
    """
    verdicts = ("contradiction", "loose", "dubious", "convention")
    return _some("Not wrong, but", verdicts, notebook)


@cache
def _findings() -> tuple[Finding, ...]:
    """Read what ``tests/lecture_notes/make.py`` found."""
    with open(Path(__file__).with_suffix(".csv"), encoding="utf-8", newline="") as file:
        return tuple(Finding(**record) for record in csv.DictReader(file))


def _some(title: str, verdicts: tuple[str, ...], notebook: str | None) -> Findings:
    notes = ("Where: number and line of the lecture notes.",)
    found = Findings(title, _findings(), notes).only(*verdicts)
    if notebook is None:
        return found
    known = sorted({item.notebook for item in _findings()})
    if notebook not in known:
        raise ValueError(f"notebook must be one of {', '.join(known)}, not {notebook!r}.")
    items = tuple(item for item in found if item.notebook == notebook)
    return Findings(f"{title}: notebook {notebook}", items, notes)
