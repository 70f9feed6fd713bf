"""Filters, feature maps, patches, explanations and embeddings, drawn from arrays.

However many channels there are, all are drawn. What is the same number everywhere is crossed out
and counted in the caption, not drawn blank.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from course_utils.plots.figure import CourseFigure, new_figure
from course_utils.plots.style import COLOURS, GREY, SLIDE, course_style

_SIGNED, _POSITIVE = "RdBu_r", "magma"
_OUTSIDE = 0.85  # light gray: not part of the image
_NUMBERED = 64  # up to so many tiles carry their number
_CROSSED = 600  # up to so many can be crossed out; of more, the flat ones are plain light gray
_ACROSS = 6  # up to so many pictures in a row
_LISTED = 12  # up to so many numbers stand in a caption


@course_style()
def filter_sheet(filters: Any, title: str = "Filters") -> CourseFigure:
    """Draw all filters of a convolution; those of a first layer are small images.

    Parameters
    ----------
    filters : array_like, shape (filters, height, width, channels)
        With 1 or 3 channels each filter is one image, gray or colour, in which 0 is middle gray.
        With any other number it is a line of gray slices, one for each channel.
    title : str

    Returns
    -------
    CourseFigure
        Each filter has a scale of its own.

    Raises
    ------
    ValueError
        If the shape is another.
    """
    weights = np.asarray(filters, dtype=float)
    if weights.ndim != 4 or not weights.size:
        raise ValueError(f"filters must have shape (n, h, w, channels), not {weights.shape}.")
    n, height, width, channels = weights.shape
    flat = _flat(weights.reshape(n, -1))
    scale = np.abs(weights).max(axis=(1, 2, 3), keepdims=True)
    weights = 0.5 + 0.5 * np.divide(weights, scale, out=np.zeros_like(weights), where=scale > 0)
    words = f"{n} filter{'s' if n > 1 else ''} of {height} x {width} x {channels}"
    fig = new_figure()
    ax = fig.subplots()
    if channels in (1, 3):
        tiles = weights if channels == 3 else weights[..., 0]
        caption = _draw_tiles(ax, tiles, flat, "gray", (0, 1))
    else:
        wide = n > channels  # the longer side lies along the slide
        slices = np.moveaxis(weights, -1, 0 if wide else 1).reshape(-1, height, width)
        numbers = np.arange(n * channels).reshape((channels, n) if wide else (n, channels))
        empty = (numbers.T if wide else numbers)[[number for number, _ in flat]].ravel()
        crossed = [(int(number), 0.0) for number in empty]
        across = n if wide else channels
        _draw_tiles(ax, slices, crossed, "gray", (0, 1), columns=across, numbered=False)
        ax.set(xlabel="filter" if wide else "input channel")
        ax.set(ylabel="input channel" if wide else "filter")
        caption = _caption(flat, n)
    return _finished(fig, title, f"{words}, 0 is middle gray", caption)


@course_style()
def map_sheet(maps: Any, title: str = "Feature maps", one_scale: bool = False) -> CourseFigure:
    """Draw all feature maps of one image, or one filter's maps of many images.

    Parameters
    ----------
    maps : array_like, shape (height, width, n)
    title : str
    one_scale : bool, default False
        Whether all maps share one scale, so that they can be compared, as those of one filter can.

    Returns
    -------
    CourseFigure
        Unless `one_scale`, each map has a scale of its own, from its smallest value (dark) to its
        largest (bright).

    Raises
    ------
    ValueError
        If the shape is another.
    """
    values = np.asarray(maps, dtype=float)
    if values.ndim != 3 or not values.size:
        raise ValueError(f"maps must have shape (height, width, n), not {values.shape}.")
    tiles = np.moveaxis(values, -1, 0)
    axes = None if one_scale else (1, 2)
    low, high = (f(tiles, axis=axes, keepdims=True) for f in (np.min, np.max))
    scaled = np.divide(tiles - low, high - low, out=np.zeros_like(tiles), where=high > low)
    fig = new_figure()
    flat = _flat(tiles.reshape(len(tiles), -1))
    caption = _draw_tiles(fig.subplots(), scaled, flat, _POSITIVE, (0, 1))
    height, width, n = values.shape
    words = f"{n} map{'s' if n > 1 else ''} of {height} x {width}"
    return _finished(fig, title, words + ", all on one scale" * one_scale, caption)


@course_style()
def patch_sheet(
    pixels: Any,
    inside: Any,
    titles: Sequence[str],
    reconstructions: Any = None,
    title: str = "What excites these filters most",
) -> CourseFigure:
    """Draw the patches that excite filters most, and beside them what was traced back.

    Parameters
    ----------
    pixels : array_like, shape (filters, patches, height, width, channels)
        uint8, or floats from 0 to 1; gray or colour.
    inside : array_like of bool, shape (filters, patches, height, width)
        Whether a pixel lies inside its image; what does not is drawn light gray.
    titles : sequence of str
        One for each filter.
    reconstructions : array_like, shape of the pixels, optional
        Each is drawn on a scale of its own with 0 as middle gray; crossed out if it is 0.
    title : str

    Returns
    -------
    CourseFigure

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    patches, visible = np.asarray(pixels), np.asarray(inside, dtype=bool)
    traced = None if reconstructions is None else np.asarray(reconstructions, dtype=float)
    if patches.ndim != 5 or visible.shape != patches.shape[:4]:
        raise ValueError(
            f"pixels have shape (filters, patches, h, w, channels) and inside the same without "
            f"the last, not {patches.shape} and {visible.shape}."
        )
    if traced is not None and traced.shape != patches.shape:
        raise ValueError(f"reconstructions have shape {traced.shape}, not {patches.shape}.")
    if len(titles) != len(patches):
        raise ValueError(f"{len(titles)} titles for {len(patches)} filters; give one for each.")
    filters, count, height, width, _ = patches.shape
    shown = patches / 255 if patches.dtype == np.uint8 else patches.clip(0, 1)
    halves = [np.where(visible[..., np.newaxis], shown, _OUTSIDE)]
    flat: list[_Flat] = [[] for _ in range(filters)]
    if traced is not None:
        flat = [_flat(one.reshape(count, -1)) for one in traced]
        size = np.abs(traced).max(axis=(2, 3, 4), keepdims=True)
        scaled = np.divide(traced, size, out=np.zeros_like(traced), where=size > 0)
        halves.append(np.where(visible[..., np.newaxis], 0.5 + 0.5 * scaled, _OUTSIDE))
    side = math.ceil(math.sqrt(count))
    # Room for the title counts as a part of a block's height.
    across = _columns(filters, round(side * height * 1.15), side * width * len(halves))
    fig = new_figure()
    for ax in fig.subplots(math.ceil(filters / across), across, squeeze=False).flat:
        ax.axis("off")
    for ax, title_of_one, number in zip(fig.axes, titles, range(filters), strict=False):
        gray = [_squeezed(half[number]) for half in halves]
        blocks = [_tiled(tiles, side, flat[number] * at) for at, tiles in enumerate(gray)]
        between = np.ones((blocks[0].shape[0], round(0.3 * width) + 2, 3))
        canvas = blocks[0] if traced is None else np.hstack([blocks[0], between, blocks[1]])
        ax.imshow(canvas, interpolation="antialiased" if canvas.shape[1] > 400 else "nearest")
        for at, _ in flat[number]:
            left = blocks[0].shape[1] + between.shape[1] + at % side * (width + _gap(height, width))
            _cross(ax, width, height, at // side * (height + _gap(height, width)), left)
        ax.set_title(title_of_one, fontsize=12 if across <= 6 else 9)
    nothing = sum(map(len, flat))
    words = f"{count} patches of {height} x {width} pixels for each of {filters} filters"
    below = "" if traced is None else ", beside them what was traced back"
    caption = f"crossed out: nothing could be traced back, {nothing} times" if nothing else ""
    said = ", ".join(" ".join(text.split()) for text in titles)
    return _finished(fig, title, f"{words}{below}: {said}", caption)


@course_style()
def picture_sheet(
    pictures: Mapping[str, Any], titles: Sequence[str], title: str = "Made to excite"
) -> CourseFigure:
    """Draw images that were made to excite channels: one row for each way of making them.

    Parameters
    ----------
    pictures : mapping of str to array_like, shape (n, height, width, 1 or 3)
    titles : sequence of str
        One for each channel.
    title : str

    Returns
    -------
    CourseFigure
        Brightness and contrast of each image are made alike. An image that is plain is crossed
        out: nothing excites that channel.

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    lines = math.ceil(len(titles) / _ACROSS)  # of each way, where there are many channels
    across = math.ceil(len(titles) / lines)
    fig = new_figure()
    axes = fig.subplots(len(pictures) * lines, across, squeeze=False)
    for ax in axes.flat:
        ax.axis("off")
    plain = 0
    blocks = axes.reshape(len(pictures), -1)
    for block, (label, images) in zip(blocks, pictures.items(), strict=True):
        values = np.asarray(images, dtype=float)
        if values.ndim != 4 or len(values) != len(titles):
            raise ValueError(
                f"{label!r} has shape {values.shape}; {len(titles)} titles need as many images."
            )
        mean = values.mean(axis=(1, 2), keepdims=True)
        spread = values.std(axis=(1, 2, 3), keepdims=True)
        flat = _flat(values.reshape(len(values), -1))
        plain += len(flat)
        values = np.divide(values - mean, spread, out=np.zeros_like(values), where=spread > 0)
        for at, (ax, image) in enumerate(zip(block, 0.5 + 0.22 * values, strict=False)):
            mine = [(0, 0.0)] if any(at == number for number, _ in flat) else []
            _draw_tiles(ax, _squeezed(image[np.newaxis]), mine, "gray", (0, 1), 1, numbered=False)
            if lines > 1 or ax in axes[0]:
                ax.set_title(titles[at], fontsize=12)
        block[0].text(
            -0.06, 0.5, label, transform=block[0].transAxes, ha="right", va="center", fontsize=12
        )
    said = ", ".join(" ".join(text.split()) for text in titles)
    words = f"rows {', '.join(' '.join(label.split()) for label in pictures)}; columns {said}"
    return _finished(fig, title, words, f"{plain} plain: nothing excites them" if plain else "")


@course_style()
def explanation_grid(
    images: Any,
    explanations: Mapping[str, Any],
    titles: Sequence[str] | None = None,
    title: str = "Which pixels count",
) -> CourseFigure:
    """Draw images in the first column, and what each method says about them beside it.

    Parameters
    ----------
    images : array_like, shape (n, height, width, 1 or 3)
        uint8, or floats from 0 to 1.
    explanations : mapping of str to array_like, shape (n, map height, map width)
        Signed maps are blue (against) and red (for), others dark (nothing) to bright. A coarse map
        is laid over the image.
    titles : sequence of str, optional
        One for each image.
    title : str

    Returns
    -------
    CourseFigure
        Each picture has a scale of its own; its brightest 0.5 percent are cut off.

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    pixels = np.asarray(images)
    if pixels.ndim != 4 or pixels.shape[-1] not in (1, 3):
        raise ValueError(f"images must have shape (n, h, w, 1 or 3), not {pixels.shape}.")
    n, height, width, _ = pixels.shape
    shown = pixels / 255 if pixels.dtype == np.uint8 else pixels.clip(0, 1)
    gray = shown.mean(axis=-1)
    fig = new_figure()
    axes = fig.subplots(n, len(explanations) + 1, squeeze=False)
    extent = (-0.5, width - 0.5, height - 0.5, -0.5)
    empty = []
    for row, line in enumerate(axes):
        line[0].imshow(_squeezed(shown[row : row + 1])[0], cmap="gray", vmin=0, vmax=1)
        if titles is not None:
            line[0].set_ylabel(titles[row], fontsize=12)
        for ax, (label, maps) in zip(line[1:], explanations.items(), strict=True):
            values = np.asarray(maps, dtype=float)
            if values.ndim != 3 or len(values) != n:
                raise ValueError(f"{label!r} has shape {values.shape}; give one map for an image.")
            heat = values[row]
            most = float(np.percentile(np.abs(heat), 99.5)) or float(np.abs(heat).max())
            coarse = heat.shape != (height, width)
            if coarse:
                ax.imshow(gray[row], cmap="gray", vmin=0, vmax=1, extent=extent)
            if most == 0:
                _cross(ax, width, height)
                of = titles[row] if titles is not None else f"image {row}"
                empty.append(" ".join(f"{label} of {of}".split()))
            else:
                signed = bool((heat < 0).any())
                ax.imshow(
                    heat,
                    cmap=_SIGNED if signed else _POSITIVE,
                    vmin=-most if signed else 0,
                    vmax=most,
                    extent=extent,
                    alpha=0.6 if coarse else 1.0,
                    interpolation="bilinear" if coarse else "nearest",
                )
        for ax in line:
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set_visible(False)
    for ax, label in zip(axes[0], ["image", *explanations], strict=True):
        ax.set_title(label, fontsize=13)
    named = "" if titles is None else f" ({', '.join(' '.join(t.split()) for t in titles)})"
    caption = f"0 everywhere: {'; '.join(empty)}" if empty else ""
    words = f"{n} images{named}, explained by {', '.join(explanations)}"
    return _finished(fig, title, words, caption)


@course_style()
def class_scatter(
    panels: Mapping[str, Any],
    labels: Any,
    class_names: Sequence[str],
    title: str = "The last layer in two dimensions",
    axes: tuple[str, str] = ("first coordinate", "second coordinate"),
) -> CourseFigure:
    """Draw points coloured and shaped by their class.

    Parameters
    ----------
    panels : mapping of str to array_like, shape (n, 2)
        One panel for each.
    labels : array_like of int, shape (n,)
        Class numbers.
    class_names : sequence of str
    title : str
    axes : (str, str)
        Names of the coordinates.

    Returns
    -------
    CourseFigure

    Raises
    ------
    ValueError
        If there is not one label for each point.
    """
    numbers = np.asarray(labels)
    fig = new_figure()
    for ax, (label, points) in zip(
        fig.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True
    ):
        places = np.asarray(points, dtype=float)
        if places.shape != (len(numbers), 2):
            raise ValueError(f"{label!r} has shape {places.shape} for {len(numbers)} labels.")
        drawn = [
            ax.scatter(
                *places[numbers == number].T,
                s=16,
                color=COLOURS[number % len(COLOURS)],
                marker="o^sP"[number // len(COLOURS) % 4],
                linewidths=0,
                label=class_names[number],
            )
            for number in np.unique(numbers)
        ]
        ax.set(title=label, xlabel=axes[0], ylabel=axes[1] if ax is fig.axes[0] else "")
        ax.set(xticks=[], yticks=[])
    fig.legend(handles=drawn, loc="outside lower center", ncols=5, markerscale=2, fontsize=11)
    words = f"{len(numbers):,} images of {len(np.unique(numbers))} classes"
    return _finished(fig, title, f"{words}, by {' and by '.join(panels)}", "")


# --- tiles -----------------------------------------------------------------------------------

_Flat = list[tuple[int, float]]


def _flat(rows: np.ndarray) -> _Flat:
    """Return which rows are the same number everywhere, and which number."""
    low, high = rows.min(axis=1), rows.max(axis=1)
    same = high - low <= 1e-6 * np.maximum(np.abs(low), np.abs(high))
    return [(int(number), float(low[number])) for number in np.flatnonzero(same)]


def _caption(flat: _Flat, total: int) -> str:
    """Say which of all tiles are the same number everywhere."""
    said = []
    for words, chosen in (
        ("0 everywhere", [number for number, value in flat if value == 0]),
        ("one number everywhere", [number for number, value in flat if value != 0]),
    ):
        if chosen:
            listed = ", ".join(map(str, chosen[:_LISTED]))
            more = f" and {len(chosen) - _LISTED} more" if len(chosen) > _LISTED else ""
            mark = "crossed out" if total <= _CROSSED else "light gray"
            said.append(f"{mark}, {words}: {len(chosen)} of {total} (number {listed}{more})")
    return "; ".join(said)


def _squeezed(tiles: np.ndarray) -> np.ndarray:
    """Return gray images without their channel axis."""
    return tiles[..., 0] if tiles.shape[-1] == 1 else tiles.clip(0, 1)


def _draw_tiles(
    ax: Axes,
    tiles: np.ndarray,
    flat: _Flat,
    cmap: str,
    limits: tuple[float, float],
    columns: int | None = None,
    numbered: bool = True,
) -> str:
    """Draw images of one size in rows, as a single large one; return the caption."""
    n, height, width = tiles.shape[:3]
    columns = columns or _columns(n, height, width)
    rows = math.ceil(n / columns)
    down, right = height + _gap(height, width), width + _gap(height, width)
    if tiles.ndim == 3:
        tiles = colormaps[cmap]((tiles - limits[0]) / (limits[1] - limits[0]))[..., :3]
    canvas = _tiled(tiles, columns, flat)
    for number, _ in flat if n <= _CROSSED else []:
        _cross(ax, width, height, number // columns * down, number % columns * right)
    # Larger tiles than pixels to draw them on are averaged, not sampled.
    dense = canvas.shape[1] > 1200 or canvas.shape[0] > 650
    ax.imshow(canvas, interpolation="antialiased" if dense else "nearest")
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    if numbered and n <= _NUMBERED:
        for number in range(n):
            place = number % columns * right - 0.5, number // columns * down - 0.5
            box = {"boxstyle": "square,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.7}
            look: dict[str, Any] = {"size": 8, "ha": "left", "va": "top", "bbox": box}
            ax.text(place[0], place[1], str(number), **look)
    elif numbered:
        step = max(1, math.ceil(rows / 16))
        marks = range(0, rows, step)
        ax.set_yticks(
            [row * down + height / 2 for row in marks], [str(row * columns) for row in marks]
        )
        ax.tick_params(length=0, labelsize=10)
        ax.set_ylabel("number of the first in the row")
    return _caption(flat, n)


def _gap(height: int, width: int) -> int:
    """Return the pixels between one tile and the next."""
    return max(1, round(0.06 * max(height, width)))


def _tiled(tiles: np.ndarray, columns: int, flat: _Flat) -> np.ndarray:
    """Return images in rows as one large one, white between them; flat ones are light gray."""
    n, height, width = tiles.shape[:3]
    rows, gap = math.ceil(n / columns), _gap(height, width)
    canvas = np.ones((rows * (height + gap) - gap, columns * (width + gap) - gap, 3))
    gray = {number for number, _ in flat}
    for number, tile in enumerate(tiles):
        top, left = number // columns * (height + gap), number % columns * (width + gap)
        place = canvas[top : top + height, left : left + width]
        place[...] = _OUTSIDE if number in gray else tile.reshape(height, width, -1)
    return canvas


def _cross(ax: Axes, width: float, height: float, top: float = 0, left: float = 0) -> None:
    low, high = (left - 0.5, top - 0.5), (left + width - 0.5, top + height - 0.5)
    lines = [[low, high], [(low[0], high[1]), (high[0], low[1])]]
    ax.add_collection(LineCollection(lines, colors=GREY, linewidths=1))


def _columns(n: int, height: int, width: int) -> int:
    """Return the number of columns that makes the tiles largest on a slide."""
    across, up = SLIDE[0], SLIDE[1] * 0.82
    return max(
        range(1, n + 1), key=lambda c: min(across / (c * width), up / (math.ceil(n / c) * height))
    )


def _finished(fig: CourseFigure, title: str, words: str, caption: str) -> CourseFigure:
    """Set the title, the caption below and the alternative text."""
    fig.suptitle(title)
    if caption:
        fig.supxlabel(caption, fontsize=11)
    fig.set_label(f"{title}: {words}{'; ' if caption else ''}{caption}.")
    return fig
