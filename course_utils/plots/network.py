"""Pictures of a network's rows: its volumes, what each layer costs, who is connected to whom.

Everything here reads the rows of a `course_utils.costs.Network` (``name``, ``kind``,
``output_shape``, ``activation_bytes``, ``params``, ``macs``), never a Keras model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Patch, Polygon, Rectangle
from matplotlib.text import Text

from course_utils.plots.figure import CourseFigure, new_figure
from course_utils.plots.rows import (
    INPUT,
    QUANTITIES,
    TIMES,
    family_of,
    number_text,
    size_text,
    unit_of,
)
from course_utils.plots.style import COLOURS, DPI, GREY, SLIDE, course_style

if TYPE_CHECKING:
    from course_utils.costs import Network, Row

_MARGIN = 24  # pixels around the volumes
_TOP = 130  # pixels for title and legend


@course_style()
def volume_diagram(network: Network, title: str | None = None) -> CourseFigure:
    """Draw the structure diagram: every layer's output as a volume, from the input on.

    Height, width and channels of a box are drawn to the square root of the numbers, so that
    1 x 1 x 4096 and 224 x 224 x 3 fit on one slide. Flat outputs (dense, flatten) are bars with a
    scale of their own. Branches are drawn one after the other, in the order of the rows.

    Parameters
    ----------
    network : Network
        Its ``inputs`` and ``rows`` are read.
    title : str, optional
        Default: the network's name.

    Returns
    -------
    CourseFigure
        1280 x 720 pixels. About 30 layers have room.

    Raises
    ------
    ValueError
        If there are more layers than labels fit on a slide.
    """
    name = title or f"Structure of {network.name}"
    items = [(label, shape, INPUT) for label, shape in network.inputs.items()]
    items += [(row.name, row.output_shape, family_of(row.kind)) for row in network.rows]
    said = [f"{label} {size_text(shape, ' x ')}" for label, shape, _ in items]
    alt = f"{name}: {', '.join(said)}."

    fig = new_figure(alt, layout="none")
    width, height = SLIDE[0] * DPI, SLIDE[1] * DPI
    ax = fig.add_axes((0, 0, 1, 1))  # one data unit is one pixel
    ax.set(xlim=(0, width), ylim=(0, height))
    ax.axis("off")
    ax.text(_MARGIN, height - 22, name, size=16, weight="bold", va="top")

    slot = (width - 2 * _MARGIN) / len(items)
    centres = _MARGIN + slot * (np.arange(len(items)) + 0.5)
    labels = _volume_labels(ax, centres, [(label, shape) for label, shape, _ in items], slot)
    floor = max(text.get_window_extent().height for text in labels) + 2 * _MARGIN + 12
    room = height - _TOP - floor

    boxes = [shape for _, shape, _ in items if len(shape) > 1]
    tallest = max((shape[0] for shape in boxes), default=1)
    widest = max((_depth(shape) for shape in boxes), default=1)
    thickest = max((shape[-1] for shape in boxes), default=1)
    longest = max((shape[0] for _, shape, _ in items if len(shape) == 1), default=1)
    slant = np.array([0.36 * slot, min(0.36 * slot, 0.25 * room)])

    middle = floor + room / 2
    ax.plot([centres[0], centres[-1]], [middle, middle], color="#d9d9d9", lw=2, zorder=0)
    for centre, (_, shape, (_, colour)) in zip(centres, items, strict=True):
        if len(shape) == 1:
            _bar(ax, centre, middle, 0.14 * slot, room * np.sqrt(shape[0] / longest), colour)
            continue
        back = slant * np.sqrt(_depth(shape) / widest)
        front = (room - slant[1]) * np.sqrt(shape[0] / tallest)
        thick = max(3.0, 0.46 * slot * np.sqrt(shape[-1] / thickest))
        _box(ax, centre, middle, thick, front, back, colour)

    families = dict(family for _, _, family in items)
    handles = [Patch(fc=colour, ec="black", label=label) for label, colour in families.items()]
    ax.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(_MARGIN - 8, height - 58),
        bbox_transform=ax.transData,
        ncols=len(handles),
        fontsize=11,
        handlelength=1.1,
        columnspacing=1.4,
        borderpad=0.2,
    )
    ax.text(
        width - _MARGIN,
        14,
        "Sides are drawn to the square root of their size, height x width x channels.",
        size=9,
        color=GREY,
        ha="right",
    )
    return fig


@course_style()
def cost_bars(
    network: Network | Mapping[str, Network],
    quantities: Sequence[str] = ("activation_bytes", "params", "macs"),
    title: str | None = None,
) -> CourseFigure:
    """Draw what each layer costs: bars of activation memory, weights and multiply-adds.

    Parameters
    ----------
    network : Network or mapping of str to Network
        Several networks are drawn side by side; their layers are matched by name.
    quantities : sequence of str
        Names of row columns, one panel each, such as ``"activation_bytes"``, ``"params"``,
        ``"macs"`` or ``"flops"``.
    title : str, optional
        Default: the names of the networks.

    Returns
    -------
    CourseFigure
        One slide; taller when there are more bars than a slide can hold. Memory is in KiB or MiB
        (1 KiB = 1024 bytes). A cost that is not known (None) gets no bar and the word "unknown".

    Raises
    ------
    ValueError
        If a quantity is not a column of the rows.
    """
    networks = network if isinstance(network, Mapping) else {network.name: network}
    rows = {label: {row.name: row for row in net.rows} for label, net in networks.items()}
    layers = list(dict.fromkeys(layer for table in rows.values() for layer in table))
    for quantity in quantities:
        for table in rows.values():
            if not all(hasattr(row, quantity) for row in table.values()):
                raise ValueError(
                    f"{quantity!r} is not a column of the rows; "
                    "try 'activation_bytes', 'params' or 'macs'."
                )
    name = title or "Cost of each layer: " + ", ".join(networks)
    words = ", ".join(QUANTITIES.get(quantity, quantity) for quantity in quantities)
    alt = f"{name}. Bars of {words} for {', '.join(layers)}. " + " ".join(
        _largest(label, table, quantity) for label, table in rows.items() for quantity in quantities
    )

    bars = len(layers) * len(networks)
    fig = new_figure(alt, height=max(SLIDE[1], 1.1 + 0.17 * bars))
    size = min(11.0, 72 * (fig.get_figheight() - 1.1) / bars * 0.75)
    axes = fig.subplots(1, len(quantities), sharey=True, squeeze=False)[0]
    thick = 0.8 / len(networks)
    for ax, quantity in zip(axes, quantities, strict=True):
        values = {
            label: [getattr(table.get(layer), quantity, 0) for layer in layers]
            for label, table in rows.items()
        }
        unit, divisor = unit_of(quantity, values)
        for i, (label, numbers) in enumerate(values.items()):
            at = np.arange(len(layers)) - 0.4 + thick * (i + 0.5)
            scaled = [(number or 0) / divisor for number in numbers]
            drawn = ax.barh(at, scaled, height=0.9 * thick, color=COLOURS[i])
            texts = [
                ""
                if layer not in rows[label]
                else "unknown"
                if number is None
                else number_text(number / divisor)
                for layer, number in zip(layers, numbers, strict=True)
            ]
            ax.bar_label(drawn, labels=texts, padding=4, fontsize=size)
        ax.set_xlabel(f"{QUANTITIES.get(quantity, quantity)}{unit}")
        ax.set_xlim(
            0, 1.5 * max([1e-9, *(max(bar.get_width() for bar in c) for c in ax.containers)])
        )
        ax.locator_params(axis="x", nbins=4)
        ax.xaxis.set_major_formatter(lambda x, _: number_text(x))
    axes[0].set_yticks(range(len(layers)), layers, fontsize=size)
    axes[0].set_ylim(len(layers) - 0.4, -0.6)  # the first layer on top, as in the table
    fig.suptitle(name)
    if len(networks) > 1:
        fig.legend(axes[0].containers, list(rows), loc="outside lower center", ncols=4)
    return fig


@course_style()
def connection_table(
    connections: Sequence[Sequence[int]], title: str = "Who sees whom"
) -> CourseFigure:
    """Draw which input map feeds which output map, as in Table I of LeCun et al. (1998).

    Parameters
    ----------
    connections : sequence of sequence of int
        For each output map the input maps it looks at, counted from 0, as in the ``connections``
        of a ``Conv2D``.
    title : str

    Returns
    -------
    CourseFigure

    Raises
    ------
    ValueError
        If nothing is connected.
    """
    if not any(connections):
        raise ValueError("connections must name at least one input map.")
    table = np.zeros((1 + max(map(max, filter(None, connections))), len(connections)), dtype=bool)
    for output, seen in enumerate(connections):
        table[list(seen), output] = True
    inputs, outputs = table.shape
    sees = table.sum(axis=0)
    alt = (
        f"{title}: {inputs} input maps in rows, {outputs} output maps in columns, "
        f"{table.sum()} of {table.size} squares filled; "
        f"each output map sees between {sees.min()} and {sees.max()} input maps."
    )
    fig = new_figure(alt)
    ax = fig.subplots()
    ax.imshow(np.where(table, 0.0, np.nan), cmap="Blues_r", vmin=-0.5, vmax=1)
    ax.set_xticks(range(outputs))
    ax.set_yticks(range(inputs))
    ax.set_xticks(np.arange(-0.5, outputs), minor=True)
    ax.set_yticks(np.arange(-0.5, inputs), minor=True)
    ax.grid(which="minor", linewidth=1)
    ax.tick_params(which="both", length=0)
    ax.set(xlabel="output map", ylabel="input map", title=title)
    top = ax.secondary_xaxis("top")
    top.set_xticks(range(outputs), [str(n) for n in sees])
    top.tick_params(length=0)
    top.set_xlabel("how many input maps it sees")
    return fig


# --- volumes -------------------------------------------------------------------------------


def _depth(shape: Sequence[int]) -> int:
    """Return the side drawn obliquely: the width of height x width x channels."""
    return shape[1] if len(shape) > 2 else 1


def _volume_labels(
    ax: Axes, centres: np.ndarray, items: list[tuple[str, tuple[int, ...]]], slot: float
) -> list[Text]:
    """Write name and shape under each volume: upright while they fit, else on their side."""
    for size, broken, rotation in (
        (12, False, 0),
        (12, True, 0),
        (11, True, 0),
        (10, False, 90),
        (8, False, 90),
    ):
        texts = []
        for centre, (name, shape) in zip(centres, items, strict=True):
            numbers = size_text(shape)
            if broken and len(shape) > 1:
                numbers = f"{size_text(shape[:-1])}\n{TIMES} {shape[-1]}"
            # Upright labels hang from one line; labels on their side start at it.
            text = ax.text(centre, 44, f"{name}\n{numbers}", size=size, rotation=rotation)
            text.set(ha="center", va="bottom", multialignment="center" if not rotation else "right")
            texts.append(text)
        if max(text.get_window_extent().width for text in texts) <= slot - 4:
            top = max(text.get_window_extent().y1 for text in texts)
            for text in texts:
                text.set(y=top, va="top")
            return texts
        for text in texts:
            text.remove()
    raise ValueError(
        f"{len(items) - 1} layers are too many for one slide. Draw a part of the network, "
        "or compare its layers with cost_bars(network)."
    )


def _bar(ax: Axes, x: float, y: float, width: float, height: float, colour: str) -> None:
    height = max(height, 3.0)
    ax.add_patch(Rectangle((x - width / 2, y - height / 2), width, height, fc=colour, ec="black"))


def _box(
    ax: Axes, x: float, y: float, width: float, height: float, back: np.ndarray, colour: str
) -> None:
    """Draw a box whose front face is width x height and whose edges recede by `back`, in pixels."""
    corner = np.array([x, y]) - np.array([width, height]) / 2 - back / 2
    right, up = np.array([width, 0]), np.array([0, height])
    faces = (
        (1.0, [corner, corner + right, corner + right + up, corner + up]),
        (0.8, [corner + up, corner + right + up, corner + right + up + back, corner + up + back]),
        (
            0.62,
            [
                corner + right,
                corner + right + back,
                corner + right + up + back,
                corner + right + up,
            ],
        ),
    )
    for shade, points in faces:
        ax.add_patch(
            Polygon([tuple(p) for p in points], fc=_shade(colour, shade), ec="black", lw=1)
        )


def _shade(colour: str, amount: float) -> tuple[float, ...]:
    return tuple(amount * channel for channel in to_rgb(colour))


# --- costs ---------------------------------------------------------------------------------


def _largest(label: str, table: Mapping[str, Row], quantity: str) -> str:
    known = [row for row in table.values() if getattr(row, quantity) is not None]
    if not known:
        return ""
    top = max(known, key=lambda row: getattr(row, quantity))
    word = QUANTITIES.get(quantity, quantity)
    unit = " bytes" if quantity.endswith("bytes") else ""
    return f"{label}: most {word} in {top.name}, {getattr(top, quantity):,}{unit}."
