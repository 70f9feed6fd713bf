"""Pictures of a network's rows: its volumes, what each layer costs, who is connected to whom.

All but `connection_table` reads the rows of a `course_utils.costs.Network` (``name``, ``kind``,
``output_shape``, ``activation_bytes``, ``params``, ``macs``), never a Keras model.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Patch, Polygon, Rectangle
from matplotlib.text import Text

from course_utils.costs.layer import is_size
from course_utils.costs.network import Network, as_network
from course_utils.plots import figure
from course_utils.plots.charts import _legend_below
from course_utils.plots.figure import COLOURS, GREY, CourseFigure, course_style, new_figure

TIMES = "\N{MULTIPLICATION SIGN}"
_WIDTH, _HEIGHT = (side * figure._DPI for side in figure._SLIDE)  # of a slide in pixels
_MARGIN = 24  # pixels around a drawing

# The first word found in a row's kind decides its family: "DepthwiseConv2D" is a convolution.
_FAMILIES = {
    ("convolution", COLOURS[0]): ("conv",),
    ("pooling", COLOURS[1]): ("pool", "subsampling"),
    ("dense", COLOURS[2]): ("dense", "rbf"),
    ("normalisation", COLOURS[3]): ("norm",),
    ("activation", COLOURS[5]): ("activation", "relu", "softmax"),
    ("reshape", COLOURS[4]): ("flatten", "reshape"),
}
_INPUT = ("input", "#ffffff")
_QUANTITIES = {"activation_bytes": "activations", "params": "weights", "macs": "multiply-adds"}


def _family_of(kind: str) -> tuple[str, str]:
    """Return the family of a layer kind and its colour."""
    for family, words in _FAMILIES.items():
        if any(word in kind.lower() for word in words):
            return family
    return "other", "#d0d0d0"


def _size_text(shape: Sequence[int], times: str = f" {TIMES} ") -> str:
    """Return ``28 × 28 × 1,024``."""
    return times.join(f"{n:,}" for n in shape) or "1"


def _slide(title: str, alt: str) -> tuple[CourseFigure, Axes]:
    """Return an empty slide with a title, on which one data unit is one pixel."""
    fig = new_figure(alt, layout="none")
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, _WIDTH), ylim=(0, _HEIGHT))
    ax.axis("off")
    ax.text(_MARGIN, _HEIGHT - 20, title, size=16, weight="bold", va="top")
    return fig, ax


def _explain_colours(ax: Axes, handles: list[Patch]) -> None:
    """Put the legend of a slide below its title."""
    ax.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(_MARGIN - 8, _HEIGHT - 54),
        bbox_transform=ax.transData,
        ncols=len(handles),
        fontsize=11 if len(handles) < 7 else 9,
        handlelength=1.2,
        columnspacing=1.4,
        borderpad=0.2,
    )


# --- costs -----------------------------------------------------------------------------------


@course_style()
def cost_bars(
    networks: Network | Mapping[str, Network],
    quantities: str | Sequence[str] = ("activation_bytes", "params", "macs"),
    *,
    title: str | None = None,
) -> CourseFigure:
    """Draw what each layer costs: bars of activation memory, weights and multiply-adds.

    Memory is in KiB or MiB (1 KiB = 1024 bytes). A cost that is not known (None) gets no bar and
    the word "unknown". The figure is one slide, and taller when there are more bars than it holds.
    Each of the ``quantities`` has a panel.

    Several networks, by name, are drawn side by side on one scale, with several quantities in rows,
    the total of its bars above each; Flatten, which costs nothing, is left out.
    """
    many = networks if isinstance(networks, Mapping) else {as_network(networks).name: networks}
    figure._named("networks", many)
    alone = len(many) == 1
    names = [quantities] if isinstance(quantities, str) else list(quantities)
    rows = {
        label: [row for row in as_network(network).rows if alone or row.kind != "Flatten"]
        for label, network in many.items()
    }
    if unknown := sorted(set(names) - set(_QUANTITIES)):
        raise ValueError(f"quantities are {', '.join(_QUANTITIES)}, not {', '.join(unknown)}.")
    words = [_QUANTITIES[name] for name in names]
    title = title or f"Cost of each layer: {', '.join(many)}"
    longest = max(map(len, rows.values()))
    panels = [(label, name) for label in rows for name in names]
    deep = len(rows) if min(len(rows), len(names)) > 1 else 1
    height = max(figure._SLIDE[1] / deep, 1.5 + 0.165 * longest)
    fig = new_figure(height=deep * height)
    fig.suptitle(title)
    size = min(11.0, 72 * (height - 1.5) / longest * 0.8)
    axes = fig.subplots(deep, len(panels) // deep, squeeze=False, sharey=alone).flat
    families: dict[str, str] = {}
    said = []
    for ax, (label, name) in zip(axes, panels, strict=True):
        most = max(getattr(row, name) or 0 for listed in rows.values() for row in listed)
        unit, divisor = _unit_of(name, most)
        word = _QUANTITIES[name]
        values = [getattr(row, name) for row in rows[label]]
        lengths = np.array([value or 0 for value in values]) / divisor
        kinds = [_family_of(row.kind) for row in rows[label]]
        families |= dict(kinds)
        drawn = ax.barh(range(len(values)), lengths, color=[colour for _, colour in kinds])
        texts = ["unknown" if value is None else _number_text(value / divisor) for value in values]
        ax.bar_label(drawn, texts, padding=4, fontsize=size)
        ax.set_yticks(range(len(values)), [row.name for row in rows[label]], fontsize=size)
        ax.set_ylim(len(values) - 0.4, -0.6)  # the first layer on top, as in the table
        ax.set_xlim(0, (1.5 if alone else 1.25) * max(most / divisor, 1e-9))
        ax.locator_params(axis="x", nbins=4)
        ax.xaxis.set_major_formatter(lambda x, _: _number_text(x))
        ax.set_xlabel(f"{word}{f' [{unit}]' if unit else ''}")
        top, length = rows[label][int(np.argmax(lengths))].name, _number_text(np.max(lengths))
        unknown = [row.name for row in rows[label] if getattr(row, name) is None]
        how = f"unknown in {', '.join(unknown)}, else most" if unknown else "most"
        total = f"{'at least ' * bool(unknown)}{_number_text(lengths.sum())} {unit}".rstrip()
        if not alone:
            ax.set_title(f"{label}: {total}")
        if len(unknown) == len(values):
            said.append(f"{label}: {word} unknown in all layers")
        elif alone:
            counted = " bytes" if name.endswith("bytes") else ""
            said.append(f"{label}: {how} {word} in {top}, {most:,}{counted}")
        else:
            said.append(f"{label} {total}, {how} in {top}, {length}")
    _legend_below(fig, {family: Patch(color=colour) for family, colour in families.items()})
    layers = ", ".join(row.name for listed in rows.values() for row in listed)
    alt = f"{title}. Bars of {', '.join(words)} for {layers if alone else 'each layer'}. "
    fig.set_label(f"{alt}{('. ' if alone else '; ').join(said)}.")
    return fig


def _unit_of(quantity: str, most: float) -> tuple[str, float]:
    """Return the unit as text and its size, so that the largest value is easy to read."""
    if quantity.endswith("bytes"):
        return ("MiB", 1024**2) if most >= 1024**2 else ("KiB", 1024)
    return ("million", 1e6) if most >= 1e6 else ("", 1)


def _number_text(value: float) -> str:
    """Return ``48,120``, ``1.6`` or ``0.04``: only as many places as tell something."""
    if value == round(value) or value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2g}"


# --- volumes ---------------------------------------------------------------------------------


@course_style()
def volume_diagram(network: Network) -> CourseFigure:
    """Draw the structure diagram: every layer's output as a volume, from the input on.

    Height, width and channels of a box are drawn to the square root of the numbers, so that
    1 x 1 x 4096 and 224 x 224 x 3 fit on one slide. Flat outputs (dense, flatten) are bars with a
    scale of their own. Branches are drawn one after the other, in the order of the rows. About 30
    layers have room.
    """
    name = f"Structure of {as_network(network).name}"
    items = [(label, shape, _INPUT) for label, shape in network.inputs.items()]
    items += [(row.name, row.output_shape, _family_of(row.kind)) for row in network.rows]
    said = [f"{label} {_size_text(shape, ' x ')}" for label, shape, _ in items]
    fig, ax = _slide(name, f"{name}: {', '.join(said)}.")
    families = dict(family for _, _, family in items)
    _explain_colours(
        ax, [Patch(fc=fill, ec="black", label=word) for word, fill in families.items()]
    )
    note = "Sides are drawn to the square root of their size, height x width x channels."
    ax.text(_WIDTH - _MARGIN, 14, note, size=9, color=GREY, ha="right")

    slot = (_WIDTH - 2 * _MARGIN) / len(items)
    centres = _MARGIN + slot * (np.arange(len(items)) + 0.5)
    labels = _volume_labels(ax, centres, [(label, shape) for label, shape, _ in items], slot)
    floor = max(text.get_window_extent().height for text in labels) + 2 * _MARGIN + 12
    room = _HEIGHT - 130 - floor  # below title and legend

    boxes = [shape for _, shape, _ in items if len(shape) > 1]
    tallest = max((shape[0] for shape in boxes), default=1)
    widest = max((_depth(shape) for shape in boxes), default=1)
    thickest = max((shape[-1] for shape in boxes), default=1)
    longest = max((shape[0] for _, shape, _ in items if len(shape) == 1), default=1)
    slant = np.array([0.36 * slot, min(0.36 * slot, 0.25 * room)])
    middle = floor + room / 2
    ax.plot([centres[0], centres[-1]], [middle, middle], color="#d9d9d9", lw=2, zorder=0)
    for centre, (_, shape, (_, colour)) in zip(centres, items, strict=True):
        if len(shape) < 2:
            width, height = 0.14 * slot, max(room * np.sqrt(np.prod(shape) / longest), 3.0)
            corner = (centre - width / 2, middle - height / 2)
            ax.add_patch(Rectangle(corner, width, height, fc=colour, ec="black"))
            continue
        back = slant * np.sqrt(_depth(shape) / widest)
        height = (room - slant[1]) * np.sqrt(shape[0] / tallest)
        width = max(3.0, 0.46 * slot * np.sqrt(shape[-1] / thickest))
        _draw_volume(ax, np.array([centre, middle]), width, height, back, colour)
    return fig


def _depth(shape: Sequence[int]) -> int:
    """Return the side drawn obliquely: the width of height x width x channels."""
    return shape[1] if len(shape) > 2 else 1


def _volume_labels(
    ax: Axes, centres: np.ndarray, items: list[tuple[str, tuple[int, ...]]], slot: float
) -> list[Text]:
    """Write name and shape under each volume: upright while they fit, else on their side."""
    ways = ((12, False, 0), (12, True, 0), (11, True, 0), (10, False, 90), (8, False, 90))
    for size, broken, rotation in ways:
        texts = []
        for centre, (name, shape) in zip(centres, items, strict=True):
            numbers = _size_text(shape)
            if broken and len(shape) > 1:
                numbers = f"{_size_text(shape[:-1])}\n{TIMES} {shape[-1]}"
            # Upright labels hang from one line; labels on their side start at it.
            text = ax.text(centre, 44, f"{name}\n{numbers}", size=size, rotation=rotation)
            text.set(ha="center", va="bottom", multialignment="center" if not rotation else "right")
            texts.append(text)
        boxes = [text.get_window_extent() for text in texts]
        if max(box.width for box in boxes) <= slot - 4:
            for text in texts:
                text.set(y=max(box.y1 for box in boxes), va="top")
            return texts
        for text in texts:
            text.remove()
    raise ValueError(
        f"{len(items) - 1} layers are too many for one slide. Draw a part of the network, "
        "or compare its layers with cost_bars(network)."
    )


def _draw_volume(
    ax: Axes, centre: np.ndarray, width: float, height: float, back: np.ndarray, colour: str
) -> None:
    """Draw a box whose front face is width x height and whose edges recede by `back`, in pixels."""
    right, up = np.array([width, 0]), np.array([0, height])
    corner = centre - (right + up + back) / 2
    front = [corner, corner + right, corner + right + up, corner + up]
    top = [front[3], front[2], front[2] + back, front[3] + back]
    side = [front[1], front[1] + back, front[2] + back, front[2]]
    for shade, points in ((1.0, front), (0.8, top), (0.62, side)):
        fill = tuple(shade * channel for channel in to_rgb(colour))
        ax.add_patch(Polygon(np.array(points), fc=fill, ec="black", lw=1))


# --- connections -----------------------------------------------------------------------------


@course_style()
def connection_table(
    connections: Sequence[Sequence[int]], *, title: str = "Who sees whom"
) -> CourseFigure:
    """Draw which input map feeds which output map, as in Table I of LeCun et al. (1998).

    ``connections`` holds for each output map the input maps it looks at, counted from 0, as in the
    ``connections`` of a ``Conv2D``.
    """
    named = [n for seen in connections if np.iterable(seen) for n in seen]
    if not named or not all(is_size(n, 0) for n in named):
        raise ValueError("Name the input maps of each output map, counted from 0.")
    table = np.zeros((1 + max(named), len(connections)), dtype=bool)
    for output, seen in enumerate(connections):
        table[list(seen), output] = True
    inputs, outputs = table.shape
    sees = table.sum(axis=0)
    fig = new_figure(
        f"{title}: {inputs} input maps in rows, {outputs} output maps in columns, "
        f"{table.sum()} of {table.size} squares filled; "
        f"each output map sees between {sees.min()} and {sees.max()} input maps."
    )
    ax = fig.subplots()
    ax.imshow(np.where(table, 0.0, np.nan), cmap="Blues_r", vmin=-0.5, vmax=1)
    ax.set(xticks=range(outputs), yticks=range(inputs))
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
