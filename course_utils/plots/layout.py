"""Where the boxes and arrows of a network's diagram go.

The graph is taken apart into a *series* (one thing after the other) of boxes and *branches*
(series side by side between two layers). Such a drawing needs no search for positions: a series is
as long as its parts together, branches are as wide as theirs together, and no arrow can cross
another.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise, takewhile

from course_utils.costs.network import Network, as_network


@dataclass(frozen=True)
class _Box:
    """Layers in one box: one with those that work on its values, or a block."""

    layers: tuple[str, ...]
    block: str = ""


@dataclass(frozen=True)
class _Branches:
    """Series side by side; an empty one is a shortcut."""

    lanes: "tuple[_Series, ...]"


_Item = _Box | _Branches
_Series = tuple[_Item, ...]
_Edges = Sequence[tuple[str, str]]


def _boxes_of(items: Iterable[_Item]) -> Iterator[_Box]:
    """Yield the boxes, also those in branches."""
    for item in items:
        if isinstance(item, _Box):
            yield item
        else:
            for lane in item.lanes:
                yield from _boxes_of(lane)


# --- the graph, taken apart ------------------------------------------------------------------


def _series_of(network: Network, first: str | None, last: str | None, fold: bool) -> _Series:
    """Take apart a network, or the part of it between two layers, with its blocks folded or not."""
    names = [row.name for row in as_network(network).rows]
    for name in (first, last):
        if name is not None and name not in network.inputs:
            network.row(name)  # refuses a name that does not exist
    reads: dict[str, Sequence[str]] = dict.fromkeys(network.inputs, ())
    reads |= zip(names, network.sources, strict=True)
    ends = network.outputs or network.ends
    end = last or ends[-1]
    needed = {end}
    for name in reversed(reads):
        if name in needed:
            needed |= set(reads[name])
    if last is None and len(ends) > 1 and len(needed) < len(reads):
        raise ValueError(
            f"{network.name} has {len(ends)} outputs, {', '.join(ends)}. Draw the way to one "
            f"of them: network_diagram(network, last={ends[0]!r})."
        )
    nodes = [name for name in reads if name in needed]
    edges = [(source, node) for node in nodes for source in reads[node]]
    sources = [node for node in nodes if not reads[node]]
    if len(sources) > 1:  # several inputs are branches behind an imaginary layer
        edges += [("", node) for node in sources]
    series = (*_between_cuts(nodes[:-1], edges, "", end), _Box((end,)))
    if first is not None:
        if (start := _Box((first,))) not in series:
            said = f"Not all ways to {end!r} go through {first!r}: begin with another layer."
            raise ValueError(said)
        series = series[series.index(start) :]
    return _joined(_folded(series, network) if fold else series, network)


def _between_cuts(nodes: Sequence[str], edges: _Edges, before: str, after: str) -> _Series:
    """Take apart what lies between two layers: those that everything goes through are cuts."""
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
        series += _side_by_side(order[place[a] + 1 : place[b]], edges, a, b)
        if b != after:
            series.append(_Box((b,)))
    return tuple(series)


def _side_by_side(nodes: Sequence[str], edges: _Edges, before: str, after: str) -> list[_Item]:
    """Return nothing, or the branches between two neighbouring cuts."""
    here = {before, after, *nodes}
    edges = [(a, b) for a, b in edges if a in here and b in here]
    shortcuts = edges.count((before, after))
    if not nodes:
        return [_Branches(((),) * shortcuts)] if shortcuts > 1 else []
    parts = _components(nodes, edges)
    if len(parts) == 1 and not shortcuts:
        raise ValueError(
            f"The branches between {before!r} and {after!r} feed one another and cannot be drawn "
            "side by side."
        )
    lanes = [
        _between_cuts(part, [e for e in edges if {*e} & {*part}], before, after) for part in parts
    ]
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


# --- several layers in one box ---------------------------------------------------------------


def _folded(series: _Series, network: Network) -> _Series:
    """Put branches and the layer that joins them, or layers named alike, into one box."""
    groups: list[tuple[str, list[str]]] = []  # what the names have in common, and the names
    branched = ""  # the block with branches to which the next layer may belong
    inside: list[str] = []
    for item in series:
        if isinstance(item, _Branches):
            inside = [layer for box in _boxes_of([item]) for layer in box.layers]
            continue
        (name,) = item.layers
        label, members = groups[-1] if groups else ("", [""])
        common = _common([*members, name])
        if inside:
            branched = _common([*inside, name])
            groups.append((branched, [*inside, name]))
            inside = []
        elif branched and label == branched and name.startswith(f"{branched}_"):
            members.append(name)
        elif label != branched and re.search(r"\d", common) and members[0] not in network.inputs:
            groups[-1] = (common, [*members, name])
        else:
            groups.append((name, [name]))
    return tuple(
        _Box((names[0],)) if len(names) == 1 else _Box(tuple(names), label or names[-1])
        for label, names in groups
    )


def _common(names: Sequence[str]) -> str:
    """Return what names have in common, in whole words: "block1" of block1_conv1, block1_pool."""
    words = zip(*(name.split("_") for name in names), strict=False)
    return "_".join(word for word, *_ in takewhile(lambda alike: len({*alike}) == 1, words))


def _joined(series: _Series, network: Network) -> _Series:
    """Put a layer that works value by value into the box of the layer before it."""
    found: list[_Item] = []
    for item in series:
        last = found[-1] if found else None
        if isinstance(item, _Branches):
            found.append(_Branches(tuple(_joined(lane, network) for lane in item.lanes)))
        elif (
            isinstance(last, _Box)
            and not (last.block or item.block or last.layers[0] in network.inputs)
            and _works_by_value(item.layers[0], network)
        ):
            found[-1] = _Box((*last.layers, *item.layers))
        else:
            found.append(item)
    return tuple(found)


def _works_by_value(name: str, network: Network) -> bool:
    """Say whether a layer has one input, and the same shape, and looks at one value at a time."""
    row = network.row(name)
    sized = row.macs != 0 or hasattr(row.layer, "window")  # None: it may do anything
    return not sized and row.input_shapes == (row.output_shape,)


# --- places ----------------------------------------------------------------------------------
# All lengths are in units of the font size: u runs with the arrows, v across them.

_GAP = 1.5  # between a box and the next, along the arrows
_APART = 1.3  # between branches
_LANE = 0.8  # half the room of a shortcut

_Sizes = Mapping[_Box, tuple[float, float]]


@dataclass(frozen=True)
class _Wire:
    """An arrow on its way from a side of a box, at ``start`` and ``span``, through points."""

    source: _Box
    start: float
    span: tuple[float, float]
    points: tuple[tuple[float, float], ...] = ()

    def to(self, u: float, v: float) -> "_Wire":
        """Return this wire, gone on to a point."""
        points = self.points or ((self.start, _clamped(v, self.span)),)
        if points[-1] != (u, v):
            points = (*points, (u, v))
        return replace(self, points=points)


def _clamped(v: float, span: tuple[float, float]) -> float:
    """Return the place nearest to ``v`` on the side of a box, a little away from its corners."""
    margin = min(0.9, (span[1] - span[0]) / 2)
    return min(max(v, span[0] + margin), span[1] - margin)


class _Layout:
    """The boxes and arrows of a series, in at most so many rows.

    ``sizes`` holds the length of each box along the arrows, and across them. Branches stay with
    the layer that joins them.
    """

    def __init__(self, series: _Series, sizes: _Sizes, rows: int) -> None:
        self.sizes = sizes
        self.extent = cache(self._extent)
        self.boxes: dict[_Box, tuple[float, float, float, float]] = {}
        self.wires: list[tuple[_Box, _Wire]] = []
        lines = self._broken(series, rows)
        left = _GAP if len(lines) > 1 else 0.0
        self.length = max(self.extent(line)[0] for line in lines) + 1.5 * left
        top, axis, wires = 0.0, 0.0, list[_Wire]()
        for line in lines:
            _, before, after = self.extent(line)
            if wires:  # out at the end of the last row, back in the room between, and in
                turn, back = wires[0].start + _GAP / 2, top - _GAP / 2
                here = _clamped(axis, wires[0].span)
                for u, v in ((turn, here), (turn, back), (0.0, back), (0.0, top + before)):
                    wires = [wire.to(u, v) for wire in wires]
            axis = top + before
            wires = self._place(line, left, axis, wires)
            top = axis + after + _GAP
        self.width = top - _GAP

    def _broken(self, series: _Series, rows: int) -> list[_Series]:
        """Return rows of about the same length."""
        chunks: list[_Series] = [()]
        for item in series:
            chunks[-1] += (item,)
            if isinstance(item, _Box):
                chunks.append(())
        limit = self.extent(series)[0] / rows
        while True:
            found: list[_Series] = [()]
            for chunk in chunks:
                if found[-1] and self.extent(found[-1] + chunk)[0] > limit:
                    found.append(())
                found[-1] += chunk
            if len(found) <= rows:
                return found
            limit *= 1.03

    def _extent(self, series: _Series) -> tuple[float, float, float]:
        """Return how long a series is, and how far it reaches to either side of its axis."""
        length, before, after = -_GAP, _LANE, _LANE
        for item in series:
            if isinstance(item, _Box):
                along, across = self.sizes[item]
                size = (along, across / 2, across / 2)
            else:
                _, axis, total = self._lanes(item)
                size = (max(self.extent(lane)[0] for lane in item.lanes), axis, total - axis)
            length += size[0] + _GAP
            before, after = max(before, size[1]), max(after, size[2])
        return max(length, 0.0), before, after

    def _lanes(self, item: _Branches) -> tuple[list[float], float, float]:
        """Return the axis of each lane, that of all together, and their width."""
        axes, total = [], 0.0
        for lane in item.lanes:
            _, before, after = self.extent(lane)
            axes.append(total + before)
            total += before + after + _APART
        full = [axis for axis, lane in zip(axes, item.lanes, strict=True) if lane] or axes
        return axes, (full[0] + full[-1]) / 2, total - _APART

    def _place(self, series: _Series, u: float, axis: float, wires: list[_Wire]) -> list[_Wire]:
        """Place a series from ``u`` on, and lead the wires that come in to its end."""
        for at, item in enumerate(series):
            length, before, after = self.extent((item,))
            if isinstance(item, _Box):
                for beside in series[max(at - 1, 0) : at + 2]:  # as wide as many branches
                    if isinstance(beside, _Branches) and sum(map(bool, beside.lanes)) > 2:
                        _, more_before, more_after = self.extent((beside,))
                        before, after = max(before, more_before), max(after, more_after)
                span = (axis - before, axis + after)
                self.boxes[item] = (u, span[0], u + length, span[1])
                for wire in wires:
                    end = _clamped(wire.points[-1][1] if wire.points else axis, span)
                    self.wires.append((item, wire.to(u, end)))
                wires = [_Wire(item, u + length, span)]
            else:
                axes, middle, _ = self._lanes(item)
                out = []
                for lane, own in zip(item.lanes, axes, strict=True):
                    v = axis - middle + own
                    spare = (length - self.extent(lane)[0]) / 2 if lane else 0.0
                    leaving = self._place(lane, u + spare, v, [wire.to(u, v) for wire in wires])
                    out += [wire.to(u + length, v) for wire in leaving]
                wires = out
            u += length + _GAP
        return wires
