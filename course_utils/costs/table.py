"""A network's rows as aligned text, as HTML, as a data frame."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from course_utils.costs.network import Network, Row

HEADINGS = ("layer", "kind", "output", "weights", "counted as", "multiply-adds", "memory", "sees")
_NUMBERS = {3, 5, 6, 7}  # columns set flush right


def binary_bytes(size: int) -> str:
    """Return a size with a unit fit to read, where KiB is 1024 bytes.

    >>> binary_bytes(802_816)
    '784.0 KiB'
    """
    value = float(size)
    for unit in ("B", "KiB", "MiB"):
        if value < 1024:
            return f"{size} B" if unit == "B" else f"{value:,.1f} {unit}"
        value /= 1024
    return f"{value:,.1f} GiB"


def shape_text(shape: Sequence[int]) -> str:
    """Return a shape as ``28 x 28 x 16``."""
    return " x ".join(map(str, shape))


def _cells(row: Row) -> tuple[str, ...]:
    arithmetic = row.formula.split(" = ")[0]
    sees = "-" if row.receptive_field is None else f"{row.receptive_field} / {row.effective_stride}"
    return (
        row.name,
        row.kind,
        shape_text(row.output_shape),
        f"{row.params:,}",
        "" if arithmetic == "0" else arithmetic,
        "?" if row.macs is None else f"{row.macs:,}",
        binary_bytes(row.activation_bytes),
        sees,
    )


def _body(network: Network) -> list[tuple[str, ...]]:
    totals = network.totals
    starts = [
        (name, "Input", shape_text(shape), "", "", "", "", "1 / 1")
        for name, shape in network.inputs.items()
    ]
    end = (
        "total",
        "",
        "",
        f"{totals.params:,}",
        f"{totals.trainable_params:,} trainable",
        f"{totals.macs:,}{' + ?' if totals.partial else ''}",
        binary_bytes(totals.activation_bytes),
        "",
    )
    return [*starts, *map(_cells, network.rows), end]


def _conventions(network: Network) -> str:
    images = "1 image" if network.batch_size == 1 else f"{network.batch_size} images"
    text = (
        f"Multiply-adds for {images}: products only, those with zero padding included, no bias. "
        f"Memory: the outputs in {network.dtype}, KiB = 1024 bytes. "
        "Sees: receptive field / effective stride, in input pixels."
    )
    if network.totals.partial:
        text += f" The total of multiply-adds is{network.totals.remark}."
    return text


def text_lines(rows: Sequence[Sequence[str]], numbers: Container[int]) -> tuple[list[str], int]:
    """Return rows as aligned lines, some columns flush right, and how wide they are."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.rjust(width) if at in numbers else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ).rstrip()
        for cells in rows
    ]
    return lines, sum(widths) + 2 * (len(widths) - 1)


def html_row(tag: str, cells: Iterable[str], numbers: Container[int]) -> str:
    """Return a row of an HTML table; the cells are HTML already."""
    row = "".join(
        f'<{tag} style="text-align:{"right" if at in numbers else "left"}">{cell}</{tag}>'
        for at, cell in enumerate(cells)
    )
    return f"<tr>{row}</tr>"


def as_text(network: Network) -> str:
    """Return an aligned table for ``print``."""
    (head, *body, end), width = text_lines([HEADINGS, *_body(network)], _NUMBERS)
    rule = "-" * width
    notes = _conventions(network).replace(". ", ".\n")
    return "\n".join([network.name, head, rule, *body, rule, end, notes])


def as_html(network: Network) -> str:
    """Return an HTML table for Jupyter."""
    head = html_row("th", HEADINGS, _NUMBERS)
    *body, end = ([escape(cell) for cell in row] for row in _body(network))
    rows = "".join(html_row("td", row, _NUMBERS) for row in body)
    return (
        f"<table><caption>{escape(network.name)}</caption>"
        f"<thead>{head}</thead><tbody>{rows}</tbody>"
        f"<tfoot>{html_row('th', end, _NUMBERS)}</tfoot></table>"
        f"<small>{escape(_conventions(network))}</small>"
    )


def as_frame(network: Network) -> pd.DataFrame:
    """Return the rows as a data frame; numbers stay numbers."""
    import pandas as pd

    columns = (
        *("name", "kind", "output_shape", "params", "trainable_params", "macs", "flops"),
        *("activation_bytes", "receptive_field", "effective_stride", "formula"),
    )
    rows = [{column: getattr(row, column) for column in columns} for row in network.rows]
    return pd.DataFrame(rows, columns=columns).set_index("name")
