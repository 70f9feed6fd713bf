"""What came out of holding printed numbers against computed ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from html import escape
from typing import TYPE_CHECKING, overload

from course_utils.costs.published.judging import Judgement

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


@dataclass(frozen=True)
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
            return Findings(self.title, self.items[at], self.notes)
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
        return Findings(
            self.title, tuple(i for i in self.items if i.verdict in verdicts), self.notes
        )

    def __str__(self) -> str:
        headings = ("where", "what", "printed", "computed", "verdict", "reason")
        body = self._body()
        widths = [max(map(len, column)) for column in zip(headings, *body, strict=True)]

        def line(cells: Sequence[str]) -> str:
            return "  ".join(
                cell.rjust(width) if at in _NUMBERS else cell.ljust(width)
                for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
            ).rstrip()

        rule = "-" * (sum(widths[:-1]) + 2 * (len(widths) - 1) + len(headings[-1]))
        rows = [self.title, line(headings), rule, *map(line, body), rule, self.summary]
        return "\n".join([*rows, *self.notes])

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
        def cells(tag: str, row: Iterable[str]) -> str:
            return "".join(
                f'<{tag} style="text-align:{"right" if at in _NUMBERS else "left"}">{escape(cell)}'
                f"</{tag}>"
                for at, cell in enumerate(row)
            )

        headings = ("where", "what", "printed", "computed", "verdict", "reason")
        body = []
        for item, texts in zip(self.items, self._body(), strict=True):
            row = cells("td", texts)
            bold = item.verdict in ("wrong", "typo")
            body.append(f'<tr style="font-weight:bold">{row}</tr>' if bold else f"<tr>{row}</tr>")
        notes = "<br>".join(map(escape, (self.summary, *self.notes)))
        return (
            f"<table><caption>{escape(self.title)}</caption>"
            f"<thead><tr>{cells('th', headings)}</tr></thead><tbody>{''.join(body)}</tbody>"
            f"</table><small>{notes}</small>"
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the findings as a pandas data frame."""
        import pandas as pd

        columns = [field.name for field in fields(Finding)]
        return pd.DataFrame(
            [[getattr(item, column) for column in columns] for item in self.items],
            columns=columns,
        )
