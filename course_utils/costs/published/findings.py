"""What came out of holding printed numbers against computed ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from html import escape
from typing import TYPE_CHECKING, overload

from course_utils.costs.published.judging import Judgement
from course_utils.costs.published.topics import NOTEBOOKS, TOPICS

if TYPE_CHECKING:
    import pandas as pd

# In the order in which they are counted.
VERDICTS = (
    *("exact", "rounded", "convention", "true", "external"),
    *("wrong", "typo", "contradiction", "loose", "dubious"),
)
_NUMBERS = {2, 3}  # columns set flush right


@dataclass(frozen=True)
class Finding:
    """One printed number or statement beside what is computed.

    Attributes
    ----------
    reference
        Where it is printed: the number of the lecture notes and the line.
    topic
        What it is about.
    statement
        The cell of a table (``conv4 flop_m``), or the statement in our words.
    printed, computed
        As text; ``computed`` is empty where nothing can be computed.
    verdict
        One of ``VERDICTS``.
    reason
        Why.
    """

    reference: str
    topic: str
    statement: str
    printed: str
    computed: str
    verdict: str
    reason: str

    @classmethod
    def of(
        cls, reference: str, topic: str, statement: str, printed: str, judgement: Judgement
    ) -> Finding:
        """Put a judgement on record."""
        return cls(
            reference,
            topic,
            statement,
            printed,
            judgement.computed,
            judgement.verdict,
            judgement.reason,
        )

    @property
    def notebook(self) -> str:
        """The number of the notebook in which a student meets it."""
        return NOTEBOOKS[self.topic]


_HEADINGS = ("where", "what", "printed", "computed", "verdict", "reason")
_MARKS = {"wrong": "!", "typo": "!", "convention": "~"}


@dataclass(frozen=True, repr=False)
class Findings(Sequence[Finding]):
    """Findings in order: ``print`` gives a table, Jupyter HTML, ``to_frame`` pandas.

    Attributes
    ----------
    title
        What was compared.
    items
        The findings.
    notes
        Sources and conventions, printed below the table.
    """

    title: str
    items: tuple[Finding, ...]
    notes: tuple[str, ...] = ()

    @overload
    def __getitem__(self, at: int) -> Finding: ...
    @overload
    def __getitem__(self, at: slice) -> Findings: ...
    def __getitem__(self, at: int | slice) -> Finding | Findings:
        if isinstance(at, slice):
            return replace(self, items=self.items[at])
        return self.items[at]

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.items)

    @property
    def counts(self) -> dict[str, int]:
        """How many findings have each verdict."""
        counted = Counter(item.verdict for item in self.items)
        return {verdict: counted[verdict] for verdict in VERDICTS if counted[verdict]}

    def only(self, *verdicts: str) -> Findings:
        """Return the findings with these verdicts.

        Raises
        ------
        ValueError
            If there is no such verdict.
        """
        for verdict in verdicts:
            if verdict not in VERDICTS:
                raise ValueError(f"verdict must be one of {', '.join(VERDICTS)}, not {verdict!r}.")
        return replace(self, items=tuple(i for i in self.items if i.verdict in verdicts))

    def at(self, *references: str) -> Findings:
        """Return the findings at these places of the notes.

        Raises
        ------
        ValueError
            If there is nothing at one of them.

        Examples
        --------
        >>> from course_utils.costs.published import errata
        >>> errata().at("001:800").items[0].computed
        '149.52'
        """
        known = {item.reference for item in self.items}
        for reference in references:
            if reference not in known:
                raise ValueError(f"nothing at {reference!r} in {self.title!r}.")
        return replace(self, items=tuple(i for i in self.items if i.reference in references))

    def of_notebook(self, notebook: str) -> Findings:
        """Return the findings that a student meets in one notebook, such as ``"05"``.

        Raises
        ------
        ValueError
            If no topic of the notes belongs to such a notebook.
        """
        if notebook not in TOPICS:
            raise ValueError(f"notebook must be one of {', '.join(TOPICS)}, not {notebook!r}.")
        title = f"{self.title}: notebook {notebook}"
        return replace(
            self, title=title, items=tuple(i for i in self.items if i.notebook == notebook)
        )

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        lines = aligned(_HEADINGS, self._body(), _NUMBERS)
        return "\n".join([self.title, *lines, self.summary, *self.notes])

    @property
    def summary(self) -> str:
        """The counts as a sentence."""
        return ", ".join(f"{count} {verdict}" for verdict, count in self.counts.items())

    def _body(self) -> list[tuple[str, ...]]:
        """Return the cells, with the topics where there are several."""
        several = len({item.topic for item in self.items}) > 1
        return [
            (
                item.reference,
                f"{item.topic}: {item.statement}" if several else item.statement,
                item.printed,
                item.computed,
                item.verdict,
                item.reason,
            )
            for item in self.items
        ]

    def _repr_html_(self) -> str:
        rows = [list(map(escape, cells)) for cells in self._body()]
        for row, item in zip(rows, self.items, strict=True):
            if item.verdict in ("wrong", "typo"):
                row[4] = f"<b>{row[4]}</b>"
        return html_table(self.title, _HEADINGS, rows, _NUMBERS, (self.summary, *self.notes))

    def grid(self, *columns: str) -> Grid:
        """Return the findings of a table in the table's own shape.

        Parameters
        ----------
        columns
            Headings of the columns to show, such as ``"flop (M)"``; all of them by default.

        Examples
        --------
        >>> from course_utils.costs import zoo
        >>> from course_utils.costs.published import reconcile
        >>> found = reconcile(zoo.alexnet(), "alexnet")
        >>> print(found.grid("params (K)", "flop (M)")[4:6])  # doctest: +ELLIPSIS
        AlexNet, layer by layer
               params (K)      flop (M)
        -------------------------------
        conv3         664           112
        conv4         885  145 ! 149.52
        -------------------------------
        ! wrong, with the computed number; ~ only under a convention that is not stated
        conv4, flop (M): 4.52 more than printed
        Source: Lecture deck (notes 001), AlexNet table.
        Conventions: ...
        """
        return Grid(self.title, self.items, self.notes, columns)

    def to_frame(self) -> pd.DataFrame:
        """Return the findings as a pandas data frame."""
        import pandas as pd

        columns = [field.name for field in fields(Finding)]
        return pd.DataFrame(
            [[getattr(item, column) for column in columns] for item in self.items],
            columns=columns,
        )


@dataclass(frozen=True)
class Grid:
    """A printed table in its own shape, each cell marked that does not simply reproduce.

    ``print`` gives an aligned table, Jupyter HTML; a slice keeps some of the rows.
    """

    title: str
    items: tuple[Finding, ...]
    notes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        headings = dict.fromkeys(_place(item)[1] for item in self.items)
        for column in self.columns:
            if column not in headings:
                raise ValueError(f"there is no column {column!r}; there is {', '.join(headings)}.")
        object.__setattr__(self, "columns", self.columns or tuple(headings))

    @property
    def rows(self) -> tuple[str, ...]:
        """The names of the rows, in order."""
        return tuple(dict.fromkeys(_place(item)[0] for item in self.items))

    def __getitem__(self, at: slice) -> Grid:
        kept = self.rows[at]
        return replace(self, items=tuple(i for i in self.items if _place(i)[0] in kept))

    def _shown(self) -> list[Finding]:
        return [item for item in self.items if _place(item)[1] in self.columns]

    def _body(self, mark: Callable[[Finding], str]) -> list[list[str]]:
        cells = {_place(item): mark(item) for item in self._shown()}
        return [[row, *(cells.get((row, column), "") for column in self.columns)]
                for row in self.rows]  # fmt: skip

    def _legend(self) -> tuple[str, ...]:
        marked = [item for item in self._shown() if item.verdict in _MARKS]
        key = "! wrong, with the computed number; ~ only under a convention that is not stated"
        reasons = tuple(f"{item.statement}: {item.reason}" for item in marked)
        return (key, *reasons, *self.notes) if marked else self.notes

    def __str__(self) -> str:
        def mark(item: Finding) -> str:
            sign = _MARKS.get(item.verdict)
            return f"{item.printed} {sign} {item.computed}" if sign else item.printed

        numbers = set(range(1, len(self.columns) + 1))
        lines = aligned(("", *self.columns), self._body(mark), numbers)
        return "\n".join([self.title, *lines, *self._legend()])

    def _repr_html_(self) -> str:
        def mark(item: Finding) -> str:
            sign, printed = _MARKS.get(item.verdict), escape(item.printed)
            return f"{printed} <b>{sign} {escape(item.computed)}</b>" if sign else printed

        numbers = set(range(1, len(self.columns) + 1))
        return html_table(
            self.title, ("", *self.columns), self._body(mark), numbers, self._legend()
        )


def _place(item: Finding) -> tuple[str, str]:
    """Return row and column of a table's cell."""
    row, _, column = item.statement.rpartition(", ")
    return row, column


def aligned(
    headings: Sequence[str], body: Sequence[Sequence[str]], numbers: Container[int]
) -> list[str]:
    """Return a table's lines; the last column, if it is text, may run on."""
    widths = [max(map(len, column)) for column in zip(headings, *body, strict=True)]

    def line(cells: Sequence[str]) -> str:
        return "  ".join(
            cell.rjust(width) if at in numbers else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ).rstrip()

    last = widths[-1] if len(widths) - 1 in numbers else len(headings[-1])
    rule = "-" * (sum(widths[:-1]) + last + 2 * (len(widths) - 1))
    return [line(headings), rule, *map(line, body), rule]


def html_table(
    title: str,
    headings: Sequence[str],
    body: Sequence[Sequence[str]],
    numbers: Container[int],
    notes: Iterable[str],
) -> str:
    """Return a table for Jupyter; the cells of ``body`` are HTML already."""

    def line(tag: str, cells: Iterable[str]) -> str:
        return "".join(
            f'<{tag} style="text-align:{"right" if at in numbers else "left"}">{cell}</{tag}>'
            for at, cell in enumerate(cells)
        )

    rows = "".join(f"<tr>{line('td', row)}</tr>" for row in body)
    return (
        f"<table><caption>{escape(title)}</caption>"
        f"<thead><tr>{line('th', map(escape, headings))}</tr></thead><tbody>{rows}</tbody></table>"
        f"<small>{'<br>'.join(map(escape, notes))}</small>"
    )
