"""What is wrong in the lecture notes: as an object for a notebook, and as a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from course_utils.costs.published.claims import claims
from course_utils.costs.published.findings import Finding, Findings

_COLUMNS = ("Line", "Notebook", "About", "Stated", "Printed", "Computed", "Why")
_SOURCES = {
    "000": "Notes 000: slides on LeNet-5 and transfer learning",
    "001": "Notes 001: the lecture deck",
    "002": "Notes 002: written notes",
    "003": "Notes 003: the lab sheet",
    "004": "Notes 004: slides on transfer learning",
}


def errata(notebook: str | None = None) -> Findings:
    """Return what is wrong in the notes, with what is right.

    Parameters
    ----------
    notebook
        Only what a student meets in this notebook, such as ``"05"``. Default: everything.

    Examples
    --------
    >>> sorted(errata().counts)
    ['typo', 'wrong']
    >>> [item.reference for item in errata("02")]
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
    >>> sorted(caveats("02").counts)
    ['loose']
    """
    verdicts = ("contradiction", "loose", "dubious", "convention")
    return _some("Not wrong, but", verdicts, notebook)


def _some(title: str, verdicts: tuple[str, ...], notebook: str | None) -> Findings:
    found = claims().only(*verdicts)
    notes = ("Where: number and line of the lecture notes.",)
    found = Findings(title, found.items, notes)
    return found.of_notebook(notebook) if notebook is not None else found


def page() -> str:
    """Return the errata page in Markdown.

    ``python -m course_utils.costs.published notebooks/errata.md`` writes it.
    """
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    found, wrong = claims(), errata()
    computed = sum(bool(item.computed) for item in found)
    places = len({item.reference for item in wrong})
    yield "# Errata"
    yield ""
    yield "<!-- Made by: python -m course_utils.costs.published notebooks/errata.md -->"
    yield ""
    yield (
        f"The course goes through {len(found)} numbers and statements of its lecture notes, and "
        f"computes {computed} of them afresh. At {places} places something is wrong: "
        f"{len(wrong)} numbers or statements in all. They are listed here. This page is made by "
        "the package: no result on it is typed."
    )
    yield ""
    yield (
        "*Computed* is the proper value under the conventions of the table it stands in; where a "
        "slip is known that gives the printed number, *Why* names it. Where nothing is computed, "
        "the mistake is one of words. *Notebook* is the one that takes it up."
    )
    yield from ("", "## Wrong")
    yield from _sections(wrong)
    yield ""
    yield "## Not wrong, but"
    yield ""
    yield (
        "These hold only under a condition or a convention, contradict another place in the "
        "notes, or say more than can be shown."
    )
    yield from _sections(caveats(), verdicts=True)


def _sections(found: Findings, verdicts: bool = False) -> Iterator[str]:
    """Write one table for each set of notes."""
    columns = (*_COLUMNS[:3], "Verdict", *_COLUMNS[3:]) if verdicts else _COLUMNS
    for number, source in _SOURCES.items():
        items = [item for item in found if item.reference.startswith(number)]
        if not items:
            continue
        yield from ("", f"### {source}", "", _line(columns), _line(["---"] * len(columns)))
        for item in items:
            yield _line(_cells(item, verdicts))


def _cells(item: Finding, verdicts: bool) -> Iterator[str]:
    yield item.reference.split(":")[1]
    yield item.notebook
    yield item.topic
    if verdicts:
        yield item.verdict
    yield from (item.statement, item.printed, item.computed, item.reason)


def _line(cells: Iterable[str]) -> str:
    plain = (cell.replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;") for cell in cells)
    return f"| {' | '.join(plain)} |"
