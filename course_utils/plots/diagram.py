"""A network as a diagram: boxes and arrows, branches side by side.

The graph is taken apart into *series* (one thing after the other) and *branches* (things side by
side between two layers). Such a drawing needs no search for positions: a series is as long as its
parts together, branches are as wide as theirs together, and no arrow can cross another.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise, product, takewhile
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Patch
from matplotlib.path import Path
from matplotlib.textpath import text_to_path

from course_utils.plots.figure import CourseFigure, new_figure
from course_utils.plots.rows import FAMILIES, INPUT, TIMES, family_of, size_text
from course_utils.plots.style import DPI, GREY, SLIDE, course_style

if TYPE_CHECKING:
    from course_utils.costs import Network, Row

_MERGE = ("merge", "#1a1a1a")
_BLOCK = ("block of layers", "#4d4d4d")
_WHITE = (INPUT, _MERGE)
_SYMBOLS = {"Add": "\N{CIRCLED PLUS}", "Multiply": "\N{CIRCLED TIMES}"}
_UNITS = {"params": "weights", "macs": "multiply-adds"}

# Everything is laid out in units of the font size.
_LINE = 1.3  # from one line of text to the next
_PAD = 0.55  # around the text of a box
_GAP = 1.5  # between a box and the next, along the arrows
_APART = 1.3  # between branches
_LANE = 0.8  # half the room of a shortcut
_SIZES = [15 - step / 4 for step in range(29)]  # font sizes in points, down to 8
_WHOLE = 10  # points; below, a series is broken into rows to be larger

_MARGIN, _TOP = 24, 104  # pixels around the drawing; for title and legend


@course_style()
def network_diagram(
    network: Network,
    title: str | None = None,
    first: str | None = None,
    last: str | None = None,
    fold: bool = False,
    quantity: str | None = None,
) -> CourseFigure:
    """Draw a network's layers as boxes, and what reads what as arrows.

    A layer with branches behind it is followed by all of them side by side; an arrow past a
    branch is a shortcut. A long network goes on in the next row, or in the next column.

    Parameters
    ----------
    network : Network
        Its ``inputs``, ``rows`` and ``sources`` are read.
    title : str, optional
        Default: the network's name, and the layers that it is drawn between.
    first, last : str, optional
        Names of the first and the last layer to draw; default: all from the input on. All ways
        to the last layer must go through the first one.
    fold : bool
        Draw each module or block as one box: what lies between two layers that everything goes
        through, or layers whose names begin alike, such as "block1_conv1" and "block1_conv2".
    quantity : str, optional
        "params" or "macs": a further line in each box that has any.

    Returns
    -------
    CourseFigure
        One slide, in letters of 8 to 15 points.

    Raises
    ------
    ValueError
        If the network is too large for a slide, has several outputs, or branches that cannot be
        drawn side by side; the message says how to draw it, or a part of it.
    """
    if quantity not in (None, *_UNITS):
        raise ValueError(f"quantity must be 'params' or 'macs', not {quantity!r}.")
    graph = _Graph.of(network, first, last)
    series = graph.series()
    items = _folded(series, network) if fold else series
    _refuse_tangles(items)
    part = f", {first or 'input'} to {last or 'output'}" if first or last else ""
    name = title or f"{network.name}{part}"

    width, height = SLIDE[0] * DPI - 2 * _MARGIN, SLIDE[1] * DPI - _TOP - _MARGIN
    texts = [_Writer(network, quantity, compact).boxes(items) for compact in (False, True)]
    layout = _fitted(texts, width, height)
    if layout is None:
        raise ValueError(_too_large(network, series, fold))

    fig = new_figure(f"{name}: {_said(texts[0])}.", layout="none")
    ax = fig.add_axes((0, 0, 1, 1))  # one data unit is one pixel
    ax.set(xlim=(0, SLIDE[0] * DPI), ylim=(0, SLIDE[1] * DPI))
    ax.axis("off")
    ax.text(_MARGIN, SLIDE[1] * DPI - 20, name, size=16, weight="bold", va="top")
    _legend(ax, list(layout.boxes))
    layout.draw(ax, _MARGIN + width / 2, _MARGIN + height / 2)
    return fig


# --- the graph, taken apart ------------------------------------------------------------------


@dataclass(frozen=True)
class _Branches:
    """Series side by side; an empty one is a shortcut."""

    lanes: tuple[tuple[_Item, ...], ...]


@dataclass(frozen=True)
class _Block:
    """Layers in one box."""

    name: str
    layers: tuple[str, ...]


@dataclass(frozen=True)
class _Tangle:
    """Layers that are no series and no branches: their arrows would cross."""

    before: str
    layers: tuple[str, ...]
    after: str


_Item = Any  # str (the name of a layer or input), _Branches, _Block, _Tangle, and later _Leaf
_Edges = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class _Graph:
    """Layers and inputs in order, and who is read by whom."""

    nodes: tuple[str, ...]
    edges: _Edges

    @classmethod
    def of(cls, network: Network, first: str | None, last: str | None) -> _Graph:
        """Read a network, or the part of it between two layers."""
        names = [row.name for row in network.rows]
        for name in (first, last):
            if name is not None and name not in network.inputs:
                network.row(name)  # refuses a name that does not exist
        reads: dict[str, Sequence[str]] = dict.fromkeys(network.inputs, ())
        reads |= dict(zip(names, network.sources, strict=True))
        end = last or names[-1]
        needed = _upstream(reads, end)
        if last is None and len(needed) < len(reads):
            read = {source for sources in reads.values() for source in sources}
            ends = [name for name in names if name not in read]
            raise ValueError(
                f"{network.name} has {len(ends)} outputs, {', '.join(ends)}. Draw the way to one "
                f"of them: network_diagram(network, last={ends[0]!r})."
            )
        nodes = [name for name in reads if name in needed]
        if first is not None:
            whole = cls(tuple(nodes), _edges_of(reads, nodes))
            cuts = [item for item in whole.series() if isinstance(item, str)]
            if first not in nodes:
                raise ValueError(f"{first!r} is not on the way to {end!r}.")
            if first not in cuts:
                before = [name for name in nodes[: nodes.index(first)] if name in cuts] or cuts
                raise ValueError(
                    f"Not everything goes through {first!r} on its way to {end!r}; begin with "
                    f"first={before[-1]!r}."
                )
            nodes = nodes[nodes.index(first) :]
            reads = {**reads, first: ()}
        return cls(tuple(nodes), _edges_of(reads, nodes))

    def series(self) -> tuple[_Item, ...]:
        """Return the layers that everything goes through, and what is between them."""
        starts = {b for _, b in self.edges}
        sources = [node for node in self.nodes if node not in starts]
        edges = self.edges
        if len(sources) > 1:  # several inputs are branches behind an imaginary layer
            edges = [*(("", node) for node in sources), *edges]
        found = _series(self.nodes[:-1], edges, "", self.nodes[-1])
        return (*found, self.nodes[-1])


def _upstream(reads: Mapping[str, Sequence[str]], end: str) -> set[str]:
    """Return a layer and all that it is computed from."""
    found, todo = {end}, [end]
    while todo:
        new = set(reads[todo.pop()]) - found
        found |= new
        todo += new
    return found


def _edges_of(reads: Mapping[str, Sequence[str]], nodes: Sequence[str]) -> _Edges:
    return [(source, node) for node in nodes for source in reads[node]]


def _series(nodes: Sequence[str], edges: _Edges, before: str, after: str) -> tuple[_Item, ...]:
    """Take apart what lies between two layers, of which the ends are no part."""
    order = [before, *nodes, after]
    place = {name: at for at, name in enumerate(order)}
    furthest, cuts = 0, [before]
    reach = Counter[str]()
    for a, b in edges:
        reach[a] = max(reach[a], place[b])
    for at, name in enumerate(order):  # a layer is a cut if no arrow leads past it
        if 0 < at < len(order) - 1 and furthest <= at:
            cuts.append(name)
        furthest = max(furthest, reach[name])
    series: list[_Item] = []
    for a, b in pairwise([*cuts, after]):
        inside = order[place[a] + 1 : place[b]]
        series += _between(inside, edges, a, b)
        if b != after:
            series.append(b)
    return tuple(series)


def _between(nodes: Sequence[str], edges: _Edges, before: str, after: str) -> list[_Item]:
    """Return nothing, or the branches between two neighbouring cuts."""
    here = {before, after, *nodes}
    edges = [(a, b) for a, b in edges if a in here and b in here]
    shortcuts = edges.count((before, after))
    if not nodes:
        return [_Branches(((),) * shortcuts)] if shortcuts > 1 else []
    parts = _components(nodes, edges)
    if len(parts) == 1 and not shortcuts:
        return [_Tangle(before, tuple(nodes), after)]
    lanes = [_series(part, [e for e in edges if {*e} & {*part}], before, after) for part in parts]
    return [_Branches((*lanes, *((),) * shortcuts))]


def _components(nodes: Sequence[str], edges: _Edges) -> list[list[str]]:
    """Return the nodes in groups without an arrow between them, each in order."""
    group = {node: {node} for node in nodes}
    for a, b in edges:
        if a in group and b in group and group[a] is not group[b]:
            small, large = sorted((group[a], group[b]), key=len)
            large |= small
            for node in small:
                group[node] = large
    groups = {id(group[node]): group[node] for node in nodes}
    return [[node for node in nodes if node in members] for members in groups.values()]


def _names(items: Iterable[_Item]) -> Iterator[str]:
    """Yield the layers inside."""
    for item in items:
        if isinstance(item, str):
            yield item
        elif isinstance(item, _Branches):
            for lane in item.lanes:
                yield from _names(lane)
        else:
            yield from item.layers


def _refuse_tangles(items: Sequence[_Item]) -> None:
    for item in items:
        if isinstance(item, _Tangle):
            raise ValueError(
                f"The branches between {item.before!r} and {item.after!r} feed one another and "
                "cannot be drawn side by side. Draw them as one box: fold=True."
            )
        if isinstance(item, _Branches):
            for lane in item.lanes:
                _refuse_tangles(lane)


# --- blocks in one box -----------------------------------------------------------------------


def _folded(series: Sequence[_Item], network: Network) -> list[_Item]:
    """Put branches and the layer that joins them, or layers named alike, into one box."""
    groups: list[tuple[str, list[str]]] = []  # what the names have in common, and the names
    branched = ""  # the block with branches to which the next layer may belong
    inside: list[str] = []
    for item in series:
        names = list(_names([item]))
        if not isinstance(item, str):
            inside = names
            continue
        if inside:
            branched = _common([*inside, item])
            groups.append((branched, [*inside, item]))
            inside = []
            continue
        label, members = groups[-1] if groups else ("", [""])
        if branched and label == branched and item.startswith(f"{branched}_"):
            members.append(item)
            continue
        common = _common([*members, item])
        alike = common and (re.search(r"\d", common) or not _numbered([*members, item], common))
        if label != branched and alike and members[0] not in network.inputs:
            groups[-1] = (common, [*members, item])
        else:
            groups.append((item, [item]))
    return [
        names[0] if len(names) == 1 else _Block(label or names[-1], tuple(names))
        for label, names in groups
    ]


def _numbered(names: Sequence[str], common: str) -> bool:
    """Say whether the word after the common ones counts: "conv1", "conv2" of two blocks."""
    return any(re.search(r"\d", name[len(common) + 1 :].split("_")[0]) for name in names)


def _common(names: Sequence[str]) -> str:
    """Return what names have in common, in whole words: "block1" of block1_conv1, block1_pool."""
    words = zip(*(name.split("_") for name in names), strict=False)
    return "_".join(word for word, *_ in takewhile(lambda alike: len({*alike}) == 1, words))


# --- boxes -----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Leaf:
    """One box: the layers it stands for, what is written into it, and its kind."""

    layers: tuple[str, ...]
    lines: tuple[str, ...]
    family: tuple[str, str]
    folded: bool = False

    @cached_property
    def size(self) -> tuple[float, float]:
        """Width and height in units of the font size."""
        widths = [_text_width(text, bold=not at) for at, text in enumerate(self.lines)]
        return max(widths) + 2 * _PAD, _LINE * len(self.lines) + _PAD


def _text_width(text: str, bold: bool) -> float:
    font = FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal", size=10)
    width: float = text_to_path.get_text_width_height_descent(text, font, False)[0]
    return width / 10


@dataclass(frozen=True)
class _Writer:
    """Says what to write into the boxes.

    ``compact`` puts kind and shape into one line.
    """

    network: Network
    quantity: str | None
    compact: bool

    def boxes(self, series: Sequence[_Item]) -> tuple[_Item, ...]:
        """Return a series of boxes; a layer that works value by value joins the one before."""
        boxes: list[_Item] = []
        held: list[str] = []
        for item in [*series, None]:
            if held and not (isinstance(item, str) and self._joins(item)):
                boxes.append(self._layers(tuple(held)))
                held = []
            if isinstance(item, str) and item not in self.network.inputs:
                held.append(item)
            elif isinstance(item, str):
                shape = self.network.inputs[item]
                boxes.append(_Leaf((item,), (item, self._shape(shape)), INPUT))
            elif isinstance(item, _Block):
                boxes.append(self._block(item))
            elif item is not None:
                boxes.append(_Branches(tuple(map(self.boxes, item.lanes))))
        return tuple(boxes)

    def _joins(self, name: str) -> bool:
        if name in self.network.inputs:
            return False
        row = self.network.row(name)
        sized = row.macs or hasattr(row.layer, "window")
        return not sized and row.input_shapes == (row.output_shape,)

    def _layers(self, names: tuple[str, ...]) -> _Leaf:
        row, *others = (self.network.row(name) for name in names)
        more = [", ".join(map(_words, others))] if others else []
        words = _words(row)
        what = "" if words in row.name.split("_") else words
        merges = len(row.input_shapes) > 1 or row.kind == "Concatenate"
        family = _MERGE if merges else family_of(row.kind)
        if row.kind in _SYMBOLS:
            lines = [f"{_SYMBOLS[row.kind]} {row.name}"]
        elif self._joins(row.name):
            lines = [row.name, what]
        else:
            lines = [row.name, *self._joined(what, self._shape(row.output_shape))]
        lines += more + self._amount([row, *others])
        return _Leaf(names, tuple(filter(None, lines)), family)

    def _block(self, block: _Block) -> _Leaf:
        rows = [self.network.row(name) for name in block.layers]
        families = Counter(family_of(row.kind)[0] for row in rows)
        counted = [f"{families[word]} {short}" for word, short in _COUNTED if families[word]]
        what = ", ".join(counted) or f"{len(rows)} layers"
        lines = [block.name, *self._joined(what, self._shape(rows[-1].output_shape))]
        return _Leaf(block.layers, (*lines, *self._amount(rows)), _BLOCK, folded=True)

    def _shape(self, shape: Sequence[int]) -> str:
        return size_text(shape, TIMES) if self.compact else size_text(shape)

    def _joined(self, *lines: str) -> list[str]:
        return [", ".join(filter(None, lines))] if self.compact else list(lines)

    def _amount(self, rows: Sequence[Row]) -> list[str]:
        """Return the line with the weights or multiply-adds, if there are any."""
        if self.quantity is None:
            return []
        values = [getattr(row, self.quantity) for row in rows]
        if None in values:
            return [f"unknown {_UNITS[self.quantity]}"]
        total = sum(values)
        text = f"{total:,}" if total < 1e6 else f"{total / 1e6:,.1f} M"
        return [f"{text} {_UNITS[self.quantity]}"] if total else []


_COUNTED = (("convolution", "conv"), ("dense", "dense"), ("pooling", "pool"))


def _words(row: Row) -> str:
    """Return what a layer is, such as ``5×5 conv, stride 2``."""
    layer: Any = row.layer
    if row.kind == "Activation":
        return str(layer.activation)
    words = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", re.sub(r"\dD$", "", row.kind)).lower()
    words = words.replace("normalization", "norm").replace("pooling", "pool")
    if not hasattr(layer, "window"):
        return words
    kernel, strides, _ = layer.window()
    text = f"{size_text(kernel, TIMES)} {words}"
    if max(strides) > 1:
        sides = str(strides[0]) if strides[0] == strides[1] else size_text(strides, TIMES)
        text += f", stride {sides}"
    return text


# --- the layout ------------------------------------------------------------------------------

Span = tuple[float, float]


@dataclass
class _Wire:
    """An arrow on its way: where it comes from, and the points it has to go through.

    ``straight`` tells which of its pieces are lines; the others swing from side to side.
    """

    source: _Leaf
    start: float
    span: Span
    points: list[Span] = field(default_factory=list)
    straight: list[bool] = field(default_factory=list)

    def to(self, u: float, v: float, straight: bool = False) -> _Wire:
        """Return this wire, gone on to a point."""
        points = self.points or [(self.start, _clamped(v, self.span))]
        if points[-1] == (u, v):
            return replace(self, points=points)
        return _Wire(
            self.source,
            self.start,
            self.span,
            [*points, (u, v)],
            [*self.straight, straight],
        )


def _clamped(v: float, span: Span) -> float:
    """Return the place nearest to ``v`` on the side of a box, a little away from its corners."""
    margin = min(0.9, (span[1] - span[0]) / 2)
    return min(max(v, span[0] + margin), span[1] - margin)


class _Layout:
    """Boxes and arrows in units of the font size: u runs with the arrows, v across them."""

    def __init__(self, items: Sequence[_Item], down: bool, limit: float) -> None:
        self.down = down
        self.boxes: dict[_Leaf, tuple[float, float, float, float]] = {}
        self.wires: list[tuple[_Leaf, _Wire]] = []
        self.size = 1.0
        self.axis = 0.0
        rows = self._rows(items, limit)
        self.length = max(self._extent(row)[0] for row in rows) + (
            1.5 * _GAP if len(rows) > 1 else 0
        )
        self.width = 0.0
        wires: list[_Wire] = []
        left = _GAP if len(rows) > 1 else 0.0
        for row in rows:
            _, before, after = self._extent(row)
            axis = self.width + before
            if wires:  # out at the end of the last row, back in the room between, and in
                turn, back = wires[0].start + _GAP / 2, self.width - _GAP / 2
                here = _clamped(self.axis, wires[0].span)
                for u, v in ((turn, here), (turn, back), (0.0, back), (0.0, axis)):
                    wires = [wire.to(u, v, straight=True) for wire in wires]
            self.axis = axis
            wires = self._series(row, left, axis, wires)
            self.width = axis + after + _GAP
        self.width -= _GAP

    def _rows(self, items: Sequence[_Item], limit: float) -> list[list[_Item]]:
        """Break a series so that no row is longer than the limit, if that can be done.

        Rows come out about as long as one another.
        """
        rows = self._broken(items, limit)
        while len(rows) > 1:
            longest = max(self._extent(row)[0] for row in rows)
            shorter = self._broken(items, longest - 0.01)
            if max(self._extent(row)[0] for row in shorter) >= longest or len(shorter) > len(rows):
                break
            rows = shorter
        return rows

    def _broken(self, items: Sequence[_Item], limit: float) -> list[list[_Item]]:
        chunks: list[list[_Item]] = [[]]
        for item in items:
            chunks[-1].append(item)
            if isinstance(item, _Leaf):  # branches stay with the layer that joins them
                chunks.append([])
        rows: list[list[_Item]] = [[]]
        for chunk in filter(None, chunks):
            if rows[-1] and self._extent(rows[-1] + chunk)[0] > limit:
                rows.append([])
            rows[-1] += chunk
        return rows

    def _extent(self, series: Sequence[_Item]) -> tuple[float, float, float]:
        """Return how long a series is, and how far it reaches to either side of its axis."""
        length, before, after = -_GAP, _LANE, _LANE
        for item in series:
            if isinstance(item, _Leaf):
                width, height = item.size
                along, across = (height, width) if self.down else (width, height)
                size = (along, across / 2, across / 2)
            else:
                _, axis, total = self._lanes(item)
                size = (max(self._extent(lane)[0] for lane in item.lanes), axis, total - axis)
            length += max(size[0], 0.0) + _GAP
            before, after = max(before, size[1]), max(after, size[2])
        return max(length, 0.0), before, after

    def _lanes(self, item: _Branches) -> tuple[list[float], float, float]:
        """Return the axis of each lane, that of all together, and their width."""
        axes, total = [], 0.0
        for lane in item.lanes:
            _, before, after = self._extent(lane)
            axes.append(total + before)
            total += before + after + _APART
        total -= _APART
        full = [axis for axis, lane in zip(axes, item.lanes, strict=True) if lane] or axes
        return axes, (full[0] + full[-1]) / 2, total

    def _series(
        self, series: Sequence[_Item], u: float, axis: float, wires: list[_Wire]
    ) -> list[_Wire]:
        """Place a series from ``u`` on, and lead the wires that come in to its end."""
        for at, item in enumerate(series):
            length, before, after = self._extent([item])
            if isinstance(item, _Leaf):
                low, high = axis - before, axis + after
                for beside in (*series[max(at - 1, 0) : at], *series[at + 1 : at + 2]):
                    if _is_wide(item, beside):
                        _, more_before, more_after = self._extent([beside])
                        low, high = min(low, axis - more_before), max(high, axis + more_after)
                self.boxes[item] = (u, low, u + length, high)
                for wire in wires:
                    end = _clamped(wire.points[-1][1] if wire.points else axis, (low, high))
                    self.wires.append((item, wire.to(u, end)))
                wires = [_Wire(item, u + length, (low, high))]
            else:
                wires = self._branches(item, u, length, axis, wires)
            u += length + _GAP
        return wires

    def _branches(
        self, item: _Branches, u: float, length: float, axis: float, wires: list[_Wire]
    ) -> list[_Wire]:
        axes, middle, _ = self._lanes(item)
        out = []
        for lane, own in zip(item.lanes, axes, strict=True):
            at = axis - middle + own
            spare = (length - self._extent(lane)[0]) / 2 if lane else 0.0
            entering = [wire.to(u, at) for wire in wires]
            leaving = self._series(lane, u + spare, at, entering)
            out += [wire.to(u + length, at) for wire in leaving]
        return out

    def sized(self, width: float, height: float) -> _Layout:
        """Set the font size with which it fills so many pixels, and return it."""
        along, across = (height, width) if self.down else (width, height)
        em = min(along / self.length, across / self.width)
        self.size = min(em * 72 / DPI, _SIZES[0])
        return self

    # --- and its drawing

    def draw(self, ax: Axes, x: float, y: float) -> None:
        """Draw boxes and arrows around a middle, in pixels."""
        em = self.size * DPI / 72
        middle = (self.length / 2, self.width / 2)

        def place(u: float, v: float) -> tuple[float, float]:
            along, across = em * (u - middle[0]), em * (v - middle[1])
            return (x + across, y - along) if self.down else (x + along, y - across)

        for target, wire in self.wires:
            _arrow(ax, wire, place, self.size, f"{_gid(wire.source)} -> {_gid(target)}")
        for leaf, (u0, v0, u1, v1) in self.boxes.items():
            corners = sorted((place(u0, v0), place(u1, v1)))
            (left, one), (right, other) = corners
            _box(ax, leaf, left, min(one, other), right - left, abs(one - other), self.size)


def _is_wide(leaf: _Leaf, beside: _Item) -> bool:
    """Say whether a layer is drawn as wide as the branches beside it."""
    if not isinstance(beside, _Branches):
        return False
    return sum(map(bool, beside.lanes)) > 2 or any("concatenate" in line for line in leaf.lines)


def _fitted(texts: Sequence[Sequence[_Item]], width: float, height: float) -> _Layout | None:
    """Return the layout with the largest letters, unbroken if they need not be small for it.

    Chains run to the right and branches down, if the size of the letters does not decide.
    """
    branches = any(isinstance(item, _Branches) for item in texts[0])
    ways = (branches, not branches)
    for down in ways:
        whole = [_Layout(items, down, float("inf")).sized(width, height) for items in texts]
        best = max(whole, key=lambda layout: layout.size)
        if best.size >= _WHOLE:
            return best
    for size in _SIZES:
        for items, down in product(texts, ways):
            room = (height if down else width) / (size * DPI / 72) - 1.5 * _GAP
            layout = _Layout(items, down, room).sized(width, height)
            if layout.size >= size:
                return layout
    return None


def _too_large(network: Network, series: Sequence[_Item], fold: bool) -> str:
    """Say how to draw it nevertheless."""
    branches = [at for at, item in enumerate(series) if isinstance(item, _Branches)]
    cuts = [item for item in series if isinstance(item, str) and item not in network.inputs]
    first, last = cuts[0], cuts[len(cuts) // 3]
    if branches and not fold:
        first, last = series[max(branches[0] - 1, 0)], series[branches[0] + 1]
    whole = "" if fold else "each block as one box with fold=True, or "
    return (
        f"{network.name} is too large for one slide in letters that can be read. Draw {whole}"
        f"a part of it, such as first={first!r}, last={last!r}."
    )


# --- drawing ---------------------------------------------------------------------------------


def _arrow(ax: Axes, wire: _Wire, place: Any, size: float, name: str) -> None:
    points, codes = [place(*wire.points[0])], [Path.MOVETO]
    for (a, b), straight in zip(pairwise(wire.points), wire.straight, strict=True):
        if not straight and a[1] != b[1]:
            half = (a[0] + b[0]) / 2
            points += [place(half, a[1]), place(half, b[1])]
            codes += [Path.CURVE4, Path.CURVE4]
            codes.append(Path.CURVE4)
        else:
            codes.append(Path.LINETO)
        points.append(place(*b))
    arrow = FancyArrowPatch(
        path=Path(points, codes),
        arrowstyle="-|>,head_length=0.45,head_width=0.22",
        mutation_scale=1.5 * size,
        color=GREY,
        lw=0.14 * size,
        joinstyle="round",
        capstyle="butt",
        shrinkA=0,
        shrinkB=0,
        zorder=1,
    )
    arrow.set_gid(name)
    ax.add_patch(arrow)


def _box(
    ax: Axes, leaf: _Leaf, x: float, y: float, width: float, height: float, size: float
) -> None:
    em = size * DPI / 72
    rounding = 0.9 if leaf.family == _MERGE else 0.45 if leaf.folded else 0.12
    look: dict[str, Any] = {
        "boxstyle": f"round,pad=0,rounding_size={rounding * em}",
        "lw": 0.14 * size,
        **_colours(leaf.family),
    }
    if leaf.folded:  # a second sheet behind the first
        shift = 0.25 * em
        ax.add_patch(FancyBboxPatch((x + shift, y - shift), width, height, zorder=2, **look))
    box = FancyBboxPatch((x, y), width, height, zorder=3, **look)
    box.set_gid(_gid(leaf))
    ax.add_patch(box)
    for at, line in enumerate(leaf.lines):
        up = _LINE * em * ((len(leaf.lines) - 1) / 2 - at)
        text = ax.text(x + width / 2, y + height / 2 + up, line, size=size)
        text.set(ha="center", va="center_baseline", zorder=4)
        text.set_fontweight("normal" if at else "bold")


def _gid(leaf: _Leaf) -> str:
    """Return the names of a box's layers: what an SVG file calls it."""
    return " ".join(leaf.layers)


def _colours(family: tuple[str, str]) -> dict[str, Any]:
    """Return edge and face: the course's colour and a tint light enough for black letters."""
    colour = "black" if family == INPUT else family[1]
    light = 0.93 if family == _BLOCK else 0.72
    tint = "white" if family in _WHITE else tuple(light + (1 - light) * c for c in to_rgb(colour))
    return {"ec": colour, "fc": tint}


def _legend(ax: Axes, leaves: Iterable[_Leaf]) -> None:
    """Say what the colours mean, in the order of the kinds."""
    used = {leaf.family for leaf in leaves}
    order = dict.fromkeys([INPUT, *((word, c) for _, word, c in FAMILIES)])
    families = [family for family in order if family in used]
    families += sorted(used - set(families))
    handles = [Patch(lw=1.5, label=family[0], **_colours(family)) for family in families]
    ax.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(_MARGIN - 8, SLIDE[1] * DPI - 54),
        bbox_transform=ax.transData,
        ncols=len(handles),
        fontsize=11 if len(handles) < 7 else 9,
        handlelength=1.3,
        columnspacing=1.4,
        borderpad=0.2,
    )


def _said(items: Sequence[_Item]) -> str:
    """Describe a series in words."""
    words = []
    for item in items:
        if isinstance(item, _Leaf):
            words.append(f"{item.lines[0]} ({', '.join(item.lines[1:])})".replace(" ()", ""))
        else:
            lanes = "; ".join(_said(lane) or "a shortcut" for lane in item.lanes)
            words.append(f"{len(item.lanes)} branches [{lanes}]")
    return ", then ".join(words)
