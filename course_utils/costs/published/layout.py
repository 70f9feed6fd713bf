"""One way to show a table: aligned text for ``print``, HTML for Jupyter."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from html import escape, unescape
from typing import NamedTuple


class Layout(NamedTuple):
    """What there is to show.

    Attributes
    ----------
    headings, body
        The columns' names, and the cells, row by row. Cells are HTML: escaped, some of it bold.
    numbers
        The columns that are set flush right.
    notes
        Lines below the table.
    """

    headings: Sequence[str]
    body: Sequence[Sequence[str]]
    numbers: Container[int]
    notes: Iterable[str]


class Shown:
    """Something with a title that shows itself as a table."""

    title: str

    def layout(self) -> Layout:
        """Return what to show."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        headings, html, numbers, notes = self.layout()
        plain = [[unescape(cell.replace("<b>", "").replace("</b>", "")) for cell in row]
                 for row in html]  # fmt: skip
        widths = [max(map(len, column)) for column in zip(headings, *plain, strict=True)]

        def line(cells: Sequence[str]) -> str:
            return "  ".join(
                cell.rjust(width) if at in numbers else cell.ljust(width)
                for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
            ).rstrip()

        # The last column, if it is text, may run on beyond the rule.
        last = widths[-1] if len(widths) - 1 in numbers else len(headings[-1])
        rule = "-" * (sum(widths[:-1]) + last + 2 * (len(widths) - 1))
        return "\n".join([self.title, line(headings), rule, *map(line, plain), rule, *notes])

    def _repr_html_(self) -> str:
        headings, body, numbers, notes = self.layout()

        def line(tag: str, cells: Iterable[str]) -> str:
            return "".join(
                f'<{tag} style="text-align:{"right" if at in numbers else "left"}">{cell}</{tag}>'
                for at, cell in enumerate(cells)
            )

        rows = "".join(f"<tr>{line('td', row)}</tr>" for row in body)
        return (
            f"<table><caption>{escape(self.title)}</caption><thead>"
            f"<tr>{line('th', map(escape, headings))}</tr></thead><tbody>{rows}</tbody></table>"
            f"<small>{'<br>'.join(map(escape, notes))}</small>"
        )
