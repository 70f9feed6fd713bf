"""What came out of holding printed numbers and statements against computed ones."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from course_utils.costs.printing import _Shown, _Table
from course_utils.costs.published.tables import _read_csv

# In the order in which they are counted.
_VERDICTS = (
    *("exact", "rounded", "convention", "true", "external"),
    *("wrong", "typo", "contradiction", "loose", "dubious"),
)


@dataclass(frozen=True)
class _Finding:
    """One printed number or statement beside what is computed, both as text."""

    reference: str  # where it is printed: the number of the lecture notes and the line
    notebook: str  # the number of the one in which a student meets it
    topic: str
    statement: str  # the cell of a table (``conv4, flop (M)``), or the statement in our words
    printed: str
    verdict: str  # one of ``VERDICTS``
    computed: str  # empty where nothing can be computed
    reason: str


@dataclass(frozen=True, repr=False)
class _Findings(_Shown, Sequence[_Finding]):
    """Findings in order: ``print`` gives a table, Jupyter HTML."""

    title: str
    items: tuple[_Finding, ...]
    notes: tuple[str, ...] = ()  # sources and conventions, printed below the table

    def __getitem__(self, at: Any) -> Any:
        return self.items[at]

    def __len__(self) -> int:
        return len(self.items)

    @property
    def counts(self) -> dict[str, int]:
        """How many findings have each verdict."""
        counted = Counter(item.verdict for item in self.items)
        return {verdict: counted[verdict] for verdict in _VERDICTS if counted[verdict]}

    def table(self) -> _Table:
        """Return a row for each finding, with the topics where there are several."""
        several = len({item.topic for item in self.items}) > 1
        body = []
        for item in self.items:
            what = f"{item.topic}: {item.statement}" if several else item.statement
            texts = (item.reference, what, item.printed, item.computed, item.verdict, item.reason)
            cells = list(map(escape, texts))
            if item.verdict in ("wrong", "typo"):
                cells[4] = f"<b>{cells[4]}</b>"
            body.append(cells)
        headings = ("where", "what", "printed", "computed", "verdict", "reason")
        counts = ", ".join(f"{count} {verdict}" for verdict, count in self.counts.items())
        return _Table(self.title, headings, body, {2, 3}, (counts, *self.notes))


# ------------------------------------------------------------------- those about the notes


def errata(notebook: str | None = None) -> _Findings:
    """Return what is wrong in the notes, with what is right.

    With the number of a notebook, such as ``"07"``, only what a student meets there.

    >>> sorted(errata().counts)
    ['typo', 'wrong']
    >>> [item.reference for item in errata("03")]
    ['000:118', '002:67', '002:72', '002:83', '002:95']
    """
    return _some("Errata of the lecture notes", ("wrong", "typo"), notebook)


def caveats(notebook: str | None = None) -> _Findings:
    """Return what is not wrong in the notes, but needs a word.

    It holds only under a condition or a convention, contradicts another place in the notes, or
    says more than can be shown. ``notebook`` is as in :func:`errata`.

    >>> sorted(caveats("03").counts)
    ['loose']
    """
    verdicts = ("contradiction", "loose", "dubious", "convention")
    return _some("Not wrong, but", verdicts, notebook)


@cache
def _findings() -> tuple[_Finding, ...]:
    """Read what ``tests/lecture_notes/make.py`` found."""
    _, lines = _read_csv(Path(__file__).with_name("lecture_notes.csv"))
    return tuple(_Finding(**line) for line in lines)


def _some(title: str, verdicts: tuple[str, ...], notebook: str | None) -> _Findings:
    known = sorted({item.notebook for item in _findings()})
    if notebook is not None:
        if notebook not in known:
            raise ValueError(f"notebook must be one of {', '.join(known)}, not {notebook!r}.")
        title, known = f"{title}: notebook {notebook}", [notebook]
    chosen = (i for i in _findings() if i.verdict in verdicts and i.notebook in known)
    return _Findings(title, tuple(chosen), ("Where: number and line of the lecture notes.",))
