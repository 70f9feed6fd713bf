"""Points: named ones with their names beside them, and those of classes in colours."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.ticker import LogLocator, NullLocator

from course_utils.plots import figure
from course_utils.plots.charts import _HALO
from course_utils.plots.figure import _DPI, COLOURS, GREY, CourseFigure, course_style, new_figure

_LARGEST = 62  # points across the largest bubble
_PLAIN = 11  # points across a point without a size


@course_style()
def bubbles(
    x: Mapping[str, float],
    y: Mapping[str, float],
    area: Mapping[str, float] | None = None,
    shade: Mapping[str, float] | None = None,
    *,
    title: str = "",
    xlabel: str,
    ylabel: str,
    area_label: str = "",
    shade_label: str = "",
    log: str = "x",
    front: bool = False,
    labels: Sequence[str] | None = None,
) -> CourseFigure:
    """Draw up to four quantities of named things: place, area and shade of a bubble.

    Each quantity has a value for each name; ``shade`` is a colour on a logarithmic scale. The
    names, or those in ``labels`` alone, are written beside the bubbles, never on one another. The
    labels of axes and shade have units; that of the area is one, such as ``"million weights"``.

    ``log`` names the axes with a logarithmic scale: ``""``, ``"x"``, ``"y"`` or ``"xy"``. ``front``
    joins those than which no other has both a smaller x and a larger y.
    """
    names = _checked(x, y, area, shade, log)
    written = names if labels is None else list(labels)
    if not set(written) <= set(names):
        raise ValueError(f"There is no {', '.join(sorted(set(written) - set(names)))} to label.")
    fig = new_figure()
    ax = fig.subplots()
    across = np.full(len(names), float(_PLAIN))
    if area:
        sizes = np.array([area[name] for name in names])
        across = np.maximum(_LARGEST * np.sqrt(sizes / sizes.max()), 7)
    order = np.argsort(-across)  # the small ones on top
    colours: dict[str, Any] = {"color": COLOURS[0]}
    if shade:
        values = np.array([shade[name] for name in names])[order]
        colours = {"c": values, "cmap": "cividis_r", "norm": LogNorm(values.min(), values.max())}
    drawn = ax.scatter(
        [x[names[i]] for i in order],
        [y[names[i]] for i in order],
        s=across[order] ** 2,
        edgecolor="black",
        linewidth=0.8,
        alpha=0.85 if area else 1,
        zorder=2,
        **colours,
    )
    for name in log:
        ax.set(**{f"{name}scale": "log"})
        _plain_ticks(getattr(ax, f"{name}axis"))
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.grid(zorder=0)
    ax.margins(0.13, 0.17)  # room for the largest bubble and for names
    if shade:
        bar = fig.colorbar(drawn, ax=ax, label=shade_label, pad=0.01, aspect=30)
        _plain_ticks(bar.ax.yaxis)
    best: list[str] = []
    for name in sorted(x, key=lambda name: (x[name], -y[name])) if front else ():
        if not best or y[name] > y[best[-1]]:
            best.append(name)
    if best:
        ax.plot([x[n] for n in best], [y[n] for n in best], color=GREY, lw=1.6, ls="--", zorder=1)
    fig.suptitle(title)
    if area:
        _area_legend(ax, sizes, area_label)
    by_x = sorted(written, key=lambda name: x[name])
    listed = "; ".join(f"{name} {figure.short(x[name])}, {figure.short(y[name])}" for name in by_x)
    joined = f" On the front: {', '.join(best)}." if best else ""
    fig.set_label(f"{title}. {xlabel} across, {ylabel} upwards: {listed}.{joined}")
    fig.canvas.draw()  # constrained layout settles; only now are pixels known
    _write_names(ax, names, np.array([(x[n], y[n]) for n in names]), across, set(written))
    return fig


# --- names beside the points -----------------------------------------------------------------
# Boxes are rows (left, bottom, right, top) in pixels.


def _write_names(
    ax: Axes, names: Sequence[str], places: np.ndarray, across: np.ndarray, written: set[str]
) -> None:
    """Write each name where it covers nothing, as near to its point as there is room."""
    fig: Any = ax.figure
    renderer = fig.canvas.get_renderer()
    frame = np.array(ax.get_window_extent().extents)
    middles = ax.transData.transform(places)
    radii = across * _DPI / 72 / 2
    bubbles = np.hstack([middles - radii[:, None], middles + radii[:, None]])
    legend = ax.get_legend()
    taken = [np.array(legend.get_window_extent().extents)] if legend else []
    for i in np.argsort(-middles[:, 1], kind="stable"):  # from the top, each time the same
        if names[i] not in written:
            continue
        text: Any = ax.annotate(names[i], places[i], fontsize=12, zorder=4, annotation_clip=False)
        text.set_path_effects(_HALO)
        size = np.array(text.get_window_extent(renderer).size)
        others = np.delete(bubbles, i, axis=0)
        box, far = _room(middles[i], radii[i], size, frame, np.array(taken), others)
        taken.append(box)
        text.xyann = tuple((box[:2] - middles[i]) * 72 / _DPI)
        text.set_va("bottom")
        text.anncoords = "offset points"
        if far:  # too far away to be seen as belonging together: a line
            end = np.clip(middles[i], box[:2], box[2:])
            ends = ax.transData.inverted().transform([middles[i], end])
            ax.plot(*ends.T, color="black", lw=0.9, zorder=3, scalex=False, scaley=False)


_STEPS = np.array([4, 14, 30, 50, 75, 105, 140, 180])  # pixels between a bubble and its name
_AROUND = np.array([-3, -3, 3, 3])  # pixels between two names
_ANGLES = np.radians([0, 180, 90, 270, 30, 150, 330, 210, 60, 120, 300, 240])
_ALONG = np.round(np.column_stack([np.cos(_ANGLES), np.sin(_ANGLES)]), 6)


def _room(
    middle: np.ndarray,
    radius: float,
    size: np.ndarray,
    frame: np.ndarray,
    taken: np.ndarray,
    others: np.ndarray,
) -> tuple[np.ndarray, bool]:
    """Return the best box for a name, and whether it needs a line to its point."""
    steps = np.repeat(_STEPS, len(_ALONG))
    along = np.tile(_ALONG, (len(_STEPS), 1))
    centres = middle + along * ((radius + steps)[:, None] + size / 2)
    boxes = np.hstack([centres - size / 2, centres + size / 2])
    cost = steps / 20 + 100 * (1 - _shared(boxes, frame[None])[:, 0])
    if len(taken):
        cost += 100 * _shared(boxes, taken + _AROUND).sum(axis=1)
    cost += 30 * _shared(boxes, others).sum(axis=1)
    best = int(np.argmin(np.round(cost, 6)))
    return boxes[best], bool(steps[best] > 14)


def _shared(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return which part of each box lies in each of the others, shape (boxes, others)."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    common = np.prod(np.clip(high - low, 0, None), axis=2)
    return np.asarray(common / np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)[:, None])


# --- axes and legend -------------------------------------------------------------------------


def _plain_ticks(axis: Any) -> None:
    """Write 20, 50, 100 on a logarithmic axis instead of powers of ten."""
    axis.set_major_locator(LogLocator(10, subs=(1, 2, 5)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(lambda value, _: figure.short(value))


def _area_legend(ax: Axes, sizes: np.ndarray, label: str) -> None:
    """Show how large round values are drawn."""
    top = 10 ** np.floor(np.log10(sizes.max()))
    shown = [value for value in (top / 10, top / 2) if value >= sizes.min() / 2]
    largest = _LARGEST * np.sqrt(max(shown, default=0) / sizes.max()) / 12  # in font sizes
    for value in shown:
        size = _LARGEST**2 * value / sizes.max()
        ax.scatter([], [], s=size, color="white", edgecolor="black", label=f"{value:g} {label}")
    ax.legend(
        loc="lower right",
        frameon=True,
        scatteryoffsets=[0.5],
        handlelength=largest,
        handleheight=largest / 2,
        labelspacing=1.2,
        borderpad=0.9,
    )


def _checked(
    x: Mapping[str, float], y: Mapping[str, float], area: Any, shade: Any, log: str
) -> list[str]:
    """Return the names, if each has a value everywhere, and a positive one where it must be."""
    more = [given for given in (area, shade) if given is not None]
    for given in (x, y, *more):
        figure._named("x, y, area and shade", given)
        if wrong := sorted(set(given) ^ set(x)):
            raise ValueError(f"Each name needs a value everywhere; look at {', '.join(wrong)}.")
        figure._finite("values", list(given.values()))
    if not set(log) <= {"x", "y"}:
        raise ValueError(f"log names the axes x and y, not {log!r}.")
    for given in (*more, *([x] if "x" in log else []), *([y] if "y" in log else [])):
        if min(given.values()) <= 0:
            raise ValueError("Areas, shades and logarithmic scales need positive values.")
    return list(x)
