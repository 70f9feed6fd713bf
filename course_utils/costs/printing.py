"""One way to show a table: aligned text for ``print``, HTML for Jupyter."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from html import escape, unescape


@dataclass(frozen=True)
class _Table:
    """What there is to show."""

    title: str
    headings: Sequence[str]
    body: Sequence[Sequence[str]]  # HTML: escaped, some of it bold
    numbers: Container[int]  # the columns that are set flush right
    notes: Iterable[str]  # said below the table; a line break in one is one in the text only
    end: Sequence[str] = ()  # a last row below a rule of its own, such as a total

    def __str__(self) -> str:
        rows = [list(map(_plain, row)) for row in (self.headings, *self.body, self.end) if row]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        head, *lines = (
            "  ".join(
                cell.rjust(width) if at in self.numbers else cell.ljust(width)
                for at, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        )
        if len(widths) - 1 not in self.numbers:  # the last column, if it is text, may run on
            widths[-1] = len(self.headings[-1])
        rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
        lines.insert(len(self.body), rule)
        return "\n".join([self.title, head, rule, *lines, *self.notes])

    def _repr_html_(self) -> str:
        head = self._html_row("th", map(escape, self.headings))
        body = "".join(self._html_row("td", row) for row in self.body)
        end = f"<tfoot>{self._html_row('th', self.end)}</tfoot>" if self.end else ""
        notes = "<br>".join(escape(note).replace("\n", " ") for note in self.notes)
        return (
            f"<table><caption>{escape(self.title)}</caption><thead>{head}</thead>"
            f"<tbody>{body}</tbody>{end}</table><small>{notes}</small>"
        )

    def _html_row(self, tag: str, cells: Iterable[str]) -> str:
        row = "".join(
            f'<{tag} style="text-align:{"right" if at in self.numbers else "left"}">{cell}</{tag}>'
            for at, cell in enumerate(cells)
        )
        return f"<tr>{row}</tr>"


class _Shown:
    """Something that shows itself as a table."""

    def table(self) -> _Table:
        """Return what to show."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return str(self.table())

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


def _plain(cell: str) -> str:
    return unescape(cell.replace("<b>", "").replace("</b>", ""))


def _binary_bytes(size: int) -> str:
    """Return a size with a unit fit to read, where KiB is 1024 bytes.

    >>> _binary_bytes(802_816)
    '784.0 KiB'
    """
    value = float(size)
    for unit in ("B", "KiB", "MiB"):
        if value < 1024:
            return f"{size} B" if unit == "B" else f"{value:,.1f} {unit}"
        value /= 1024
    return f"{value:,.1f} GiB"


def _shape_text(shape: Sequence[int]) -> str:
    """Return a shape as ``28 x 28 x 16``."""
    return " x ".join(map(str, shape))
