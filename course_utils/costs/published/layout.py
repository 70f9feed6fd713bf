"""One way to show a table: aligned text for ``print``, HTML for Jupyter."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from html import escape, unescape
from typing import NamedTuple

from course_utils.costs.table import html_row, text_lines


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
        (head, *body), width = text_lines([headings, *plain], numbers)
        if len(headings) - 1 not in numbers:  # the last column, if it is text, may run on
            width -= max(len(row[-1]) for row in [headings, *plain]) - len(headings[-1])
        rule = "-" * width
        return "\n".join([self.title, head, rule, *body, rule, *notes])

    def _repr_html_(self) -> str:
        headings, body, numbers, notes = self.layout()
        head = html_row("th", map(escape, headings), numbers)
        rows = "".join(html_row("td", row, numbers) for row in body)
        return (
            f"<table><caption>{escape(self.title)}</caption><thead>"
            f"{head}</thead><tbody>{rows}</tbody></table>"
            f"<small>{'<br>'.join(map(escape, notes))}</small>"
        )
