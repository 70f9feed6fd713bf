"""Networks as boxes and arrows: what is in them, and what is frozen in them."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise, product
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Patch
from matplotlib.path import Path
from matplotlib.textpath import text_to_path

from course_utils.costs.network import Network, Row
from course_utils.plots import by_layer, figure, layout
from course_utils.plots.by_layer import _INPUT, _MARGIN, TIMES, _size_text
from course_utils.plots.figure import _DPI, _SLIDE, GREY, CourseFigure, course_style, new_figure
from course_utils.plots.layout import _Box, _boxes_of, _Branches, _Layout, _Series

_MERGE = ("merge", "#1a1a1a")
_BLOCK = ("block of layers", "#4d4d4d")
_SYMBOLS = {"Add": "\N{CIRCLED PLUS}", "Multiply": "\N{CIRCLED TIMES}"}
_UNITS = {"params": "weights", "macs": "multiply-adds"}
_COUNTED = (("convolution", "conv"), ("dense", "dense"), ("pooling", "pool"))

_LINE = 1.3  # from one line of text to the next, in units of the font size
_PAD = 0.55  # around the text of a box
_SMALLEST, _WHOLE, _LARGEST = 8, 10, 15  # points; below _WHOLE, a series is broken into rows
_ROWS = 8
_ROOM = (by_layer._WIDTH - 2 * _MARGIN, by_layer._HEIGHT - 104 - _MARGIN)  # below title, legend


@course_style()
def network_diagram(
    network: Network,
    *,
    title: str | None = None,
    first: str | None = None,
    last: str | None = None,
    fold: bool = False,
    quantity: str | None = None,
) -> CourseFigure:
    """Draw a network's layers as boxes, and what reads what as arrows.

    A layer with branches behind it is followed by all of them side by side; an arrow past a
    branch is a shortcut. A long network goes on in the next row, or in the next column. The
    letters are of 8 to 15 points; what would need smaller ones is refused with a part to draw.

    ``first`` and ``last`` name the layers to draw between, if not all; all ways to the last must go
    through the first. ``fold`` draws each module or block as one box: what lies between two layers
    that everything goes through, or layers whose names begin alike, such as "block1_conv1" and
    "block1_conv2". With a ``quantity``, "params" or "macs", each box that has any says how many.
    """
    if quantity not in (None, *_UNITS):
        raise ValueError(f"quantity must be one of {', '.join(_UNITS)}, not {quantity!r}.")
    series = layout._series_of(network, first, last, fold)
    loose, compact = (
        {box: _lines(network, box, quantity, short) for box in _boxes_of(series)}
        for short in (False, True)
    )
    families = {box: _family(network, box) for box in _boxes_of(series)}
    size, down, places, texts = _fitted(series, (loose, compact))
    if size < _SMALLEST:
        blocks = "" if fold else "each block as one box with fold=True, or "
        raise ValueError(
            f"{network.name} is too large for one slide in letters that can be read. Draw {blocks}"
            "a part of it, from a layer first=... to a layer last=..."
        )

    part = f", {first or 'input'} to {last or 'output'}" if first or last else ""
    name = title or f"{network.name}{part}"
    fig, ax = by_layer._slide(name, f"{name}: {_said(series, loose)}.")
    order = [_INPUT, *by_layer._FAMILIES]
    used = set(families.values())
    kinds = [family for family in order if family in used] + sorted(used - set(order))
    by_layer._explain_colours(
        ax, [Patch(lw=1.5, label=kind[0], **_colours(kind)) for kind in kinds]
    )

    em = size * _DPI / 72

    def place(u: float, v: float) -> tuple[float, float]:
        along, across = em * (u - places.length / 2), em * (v - places.width / 2)
        x, y = _MARGIN + _ROOM[0] / 2, _MARGIN + _ROOM[1] / 2
        return (x + across, y - along) if down else (x + along, y - across)

    for target, wire in places.wires:
        arrow = _arrow([place(u, v) for u, v in wire.points], down, size)
        arrow.set_gid(f"{' '.join(wire.source.layers)} -> {' '.join(target.layers)}")
        ax.add_patch(arrow)
    for box, (u0, v0, u1, v1) in places.boxes.items():
        _draw_box(ax, box, place(u0, v0), place(u1, v1), texts[box], families[box], size)
    return fig


# --- what is written -------------------------------------------------------------------------


def _lines(network: Network, box: _Box, quantity: str | None, compact: bool) -> list[str]:
    """Return the lines of a box; compact, kind and shape are one line."""
    times = TIMES if compact else f" {TIMES} "
    if box.layers[0] in network.inputs:
        return [box.layers[0], _size_text(network.inputs[box.layers[0]], times)]
    rows = [network.row(name) for name in box.layers]
    row = rows[-1] if box.block else rows[0]
    shape = _size_text(row.output_shape, times)
    more = ""
    if box.block:
        families = Counter(by_layer._family_of(row.kind)[0] for row in rows)
        counted = [f"{families[word]} {short}" for word, short in _COUNTED if families[word]]
        name, what = box.block, ", ".join(counted) or f"{len(rows)} layers"
    else:
        name, words = row.name, _words(row)
        what = "" if words in name.split("_") else words
        more = ", ".join(map(_words, rows[1:]))
        if row.kind in _SYMBOLS:
            name, what, shape = f"{_SYMBOLS[row.kind]} {name}", "", ""
        elif layout._works_by_value(name, network):
            shape = ""
    middle = [", ".join(filter(None, (what, shape)))] if compact else [what, shape]
    amount = ""
    if quantity is not None:
        values = [getattr(row, quantity) for row in rows]
        if None in values:
            amount = f"unknown {_UNITS[quantity]}"
        elif total := sum(values):
            amount = f"{total:,}" if total < 1e6 else f"{total / 1e6:,.1f} M"
            amount += f" {_UNITS[quantity]}"
    return [line for line in (name, *middle, more, amount) if line]


def _words(row: Row) -> str:
    """Return what a layer is, such as ``5×5 conv, stride 2``."""
    layer: Any = row.layer
    if row.kind == "Activation":
        return str(layer.activation)
    words = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", re.sub(r"\dD$", "", row.kind)).lower()
    words = words.replace("normalization", "norm").replace("pooling", "pool")
    if not hasattr(layer, "window"):
        return words
    kernel, strides, _ = layer.window
    text = f"{_size_text(kernel, TIMES)} {words}"
    if max(strides) > 1:
        sides = str(strides[0]) if strides[0] == strides[1] else _size_text(strides, TIMES)
        text += f", stride {sides}"
    return text


def _family(network: Network, box: _Box) -> tuple[str, str]:
    if box.layers[0] in network.inputs:
        return _INPUT
    row = network.row(box.layers[0])
    if box.block:
        return _BLOCK
    merges = len(row.input_shapes) > 1 or row.kind == "Concatenate"
    return _MERGE if merges else by_layer._family_of(row.kind)


def _said(series: _Series, lines: Mapping[_Box, list[str]]) -> str:
    """Describe a series in words."""
    words = []
    for item in series:
        if isinstance(item, _Box):
            name, *more = lines[item]
            words.append(f"{name} ({', '.join(more)})" if more else name)
        else:
            lanes = "; ".join(_said(lane, lines) or "a shortcut" for lane in item.lanes)
            words.append(f"{len(item.lanes)} branches [{lanes}]")
    return ", then ".join(words)


# --- how large -------------------------------------------------------------------------------

_Texts = Mapping[_Box, list[str]]


def _fitted(series: _Series, ways: Sequence[_Texts]) -> tuple[float, bool, _Layout, _Texts]:
    """Return the layout with the largest letters, unbroken if they need not be small for it.

    Chains run to the right and branches down, if the size of the letters does not decide.
    """
    branched = any(isinstance(item, _Branches) for item in series)
    found = []
    for rows, down in product(range(1, _ROWS + 1), (branched, not branched)):
        for texts in ways:
            sizes = {box: _size(lines, down) for box, lines in texts.items()}
            places = _Layout(series, sizes, rows)
            along, across = _ROOM[::-1] if down else _ROOM
            em = min(along / places.length, across / places.width)
            found.append((min(em * 72 / _DPI, _LARGEST), down, places, texts))
        best = max(found, key=lambda way: way[0])
        if rows == 1 and best[0] >= _WHOLE:
            break
    return best


def _size(lines: Sequence[str], down: bool) -> tuple[float, float]:
    """Return how long a box is along the arrows, and across them, in units of the font size."""
    widths = [_width(line, "normal" if at else "bold") for at, line in enumerate(lines)]
    width, height = max(widths) + 2 * _PAD, _LINE * len(lines) + _PAD
    return (height, width) if down else (width, height)


@cache
def _width(text: str, weight: str) -> float:
    font = FontProperties(family="DejaVu Sans", weight=weight, size=10)
    width: float = text_to_path.get_text_width_height_descent(text, font, False)[0]
    return width / 10


# --- drawing ---------------------------------------------------------------------------------


def _arrow(points: list[tuple[float, float]], down: bool, size: float) -> FancyArrowPatch:
    """Return an arrow through points in pixels, which swings from side to side between them."""
    path, codes = [points[0]], [Path.MOVETO]
    for (x0, y0), (x1, y1) in pairwise(points):
        if x0 == x1 or y0 == y1:
            codes.append(Path.LINETO)
        else:
            half = ((x0 + x1) / 2, (y0 + y1) / 2)
            path += [(x0, half[1]), (x1, half[1])] if down else [(half[0], y0), (half[0], y1)]
            codes += [Path.CURVE4] * 3
        path.append((x1, y1))
    return FancyArrowPatch(
        path=Path(path, codes),
        arrowstyle="-|>,head_length=0.45,head_width=0.22",
        mutation_scale=1.5 * size,
        color=GREY,
        lw=0.14 * size,
        capstyle="butt",
        shrinkA=0,
        shrinkB=0,
    )


def _draw_box(
    ax: Axes,
    box: _Box,
    corner: tuple[float, float],
    other: tuple[float, float],
    lines: Sequence[str],
    family: tuple[str, str],
    size: float,
) -> None:
    em = size * _DPI / 72
    x, y = min(corner[0], other[0]), min(corner[1], other[1])
    width, height = abs(corner[0] - other[0]), abs(corner[1] - other[1])
    rounding = 0.9 if family == _MERGE else 0.45 if box.block else 0.12
    look: dict[str, Any] = {
        "boxstyle": f"round,pad=0,rounding_size={rounding * em}",
        "lw": 0.14 * size,
        **_colours(family),
    }
    if box.block:  # a second sheet behind the first
        shift = 0.25 * em
        ax.add_patch(FancyBboxPatch((x + shift, y - shift), width, height, zorder=2, **look))
    patch = FancyBboxPatch((x, y), width, height, zorder=3, **look)
    patch.set_gid(" ".join(box.layers))  # what an SVG file calls it
    ax.add_patch(patch)
    for at, line in enumerate(lines):
        up = _LINE * em * ((len(lines) - 1) / 2 - at)
        text = ax.text(x + width / 2, y + height / 2 + up, line, size=size)
        text.set(ha="center", va="center_baseline", weight="normal" if at else "bold", zorder=4)


def _colours(family: tuple[str, str]) -> dict[str, Any]:
    """Return edge and face: the course's colour and a tint light enough for black letters."""
    colour = "black" if family == _INPUT else family[1]
    light = 0.93 if family == _BLOCK else 0.72
    tint = tuple(light + (1 - light) * channel for channel in to_rgb(colour))
    return {"ec": colour, "fc": "white" if family in (_INPUT, _MERGE) else tint}


# --- what is frozen ---------------------------------------------------------------------------

# What a layer's state looks like: the colours of its box and of the text in it.
_STATES = {
    "frozen": ("#d4d4d8", "black"),
    "copied": ("#bfd5ff", "black"),
    "learns": ("#3f6fd8", "white"),
    "new": ("#f89c20", "black"),
}


@course_style()
def freeze_diagram(
    networks: Mapping[str, Mapping[str, str]],
    *,
    title: str,
    images: Mapping[str, Any] | None = None,
    copied: bool = False,
) -> CourseFigure:
    """Draw networks as rows of boxes, a box for each layer, coloured by what happens to it.

    ``networks`` is ``{network: {layer: state}}``, the layers from the image up, where a state is
    ``"frozen"`` (keeps its weights), ``"copied"`` (has those of another network), ``"learns"`` or
    ``"new"`` (learns from random weights on). ``images`` may hold, by the same names, a gray image
    that goes into the network. With ``copied`` an arrow leads from each layer of the first network
    down to the one of the second that is neither ``"new"`` nor missing.
    """
    figure._named("networks", networks)
    images = images or {}
    states = {state for layers in networks.values() for state in layers.values()}
    if unknown := sorted(states - set(_STATES)):
        raise ValueError(f"A layer is {', '.join(_STATES)}, and not {', '.join(unknown)}.")
    gap = 0.9 if copied else 0.45
    height = 0.9 + len(networks) * (0.62 + gap) * 0.95
    fig = new_figure(height=min(_SLIDE[1], height))
    ax = fig.subplots()
    ax.axis("off")
    said, longest = [], max(len(layers) for layers in networks.values())
    for row, (network, layers) in enumerate(networks.items()):
        y = -row * (1 + gap)
        above = not (copied and row)  # where arrows come from above, the name stands below
        name = ax.text(0, y + 1.08 if above else y - 0.08, network, fontweight="bold")
        name.set_verticalalignment("bottom" if above else "top")
        if network in images:
            pixels = np.asarray(images[network])
            ax.imshow(pixels, cmap="gray", extent=(0, 1, y, y + 1), aspect="auto", zorder=2)
            _point(ax, (1.02, y + 0.5), (1.28, y + 0.5))
        for column, (layer, state) in enumerate(layers.items()):
            x = column * 1.5 + (1.3 if images else 0)
            fill, ink = _STATES[state]
            corners = "round,pad=0,rounding_size=0.08"
            ax.add_patch(FancyBboxPatch((x, y), 1.2, 1, corners, fc=fill, ec="#3f3f46"))
            ax.text(x + 0.6, y + 0.63, layer, ha="center", va="center", color=ink)
            ax.text(x + 0.6, y + 0.28, state, ha="center", va="center", color=ink, fontsize=10)
            if column + 1 < len(layers):
                _point(ax, (x + 1.22, y + 0.5), (x + 1.48, y + 0.5))
            if copied and row == 1 and state != "new":
                _point(ax, (x + 0.6, -0.02), (x + 0.6, y + 1.02))
        listed = ", ".join(f"{layer} {state}" for layer, state in layers.items())
        said.append(f"{network}: {listed}")
    ax.set_xlim(-0.05, 1.5 * longest + (1.3 if images else 0))
    ax.set_ylim(-(len(networks) - 1) * (1 + gap) - (0.45 if copied else 0.1), 1.5)
    fig.suptitle(title)
    fig.set_label(f"{title}. {'; '.join(said)}.")
    return fig


def _point(ax: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": "#3f3f46", "lw": 1.5})
