"""Convolution square by square, and what a value can see."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from course_utils.costs.layer import is_size
from course_utils.costs.network import Network, as_network
from course_utils.plots import figure
from course_utils.plots.by_layer import TIMES
from course_utils.plots.figure import COLOURS, GREY, CourseFigure, course_style, new_figure, short
from course_utils.plots.sheets import _as_colours

_WINDOW = "#f9c77f"  # orange, light enough for black numbers
_KERNEL = "#bcd3fd"  # blue, likewise
_PADDING = "#ececec"


# --- one step of the arithmetic --------------------------------------------------------------


@course_style()
def convolution_step(
    image: Any,
    kernel: Any,
    at: tuple[int, int] = (0, 0),
    *,
    strides: int = 1,
    padding: int = 0,
    title: str | None = None,
) -> CourseFigure:
    """Draw how one value of a convolution comes about: window, kernel, products, sum.

    The output is filled in reading order, up to the value in row and column ``at``, counted from 0,
    whose products are shown. As in every deep-learning library the kernel is not flipped: strictly,
    this is a cross-correlation.

    Image and kernel are of shape (height, width), or (height, width, channels) with as many
    channels each, which are drawn one below the other. The image is small: every number is written
    into its square. ``padding`` is how many rows and columns of zeros there are on every side.
    """
    pixels, weights = (
        np.atleast_3d(figure._finite("image and kernel", one)) for one in (image, kernel)
    )
    if not (is_size(strides) and is_size(padding, 0)):
        raise ValueError(
            f"strides is 1, 2, ... and padding 0, 1, ..., not {strides!r}, {padding!r}."
        )
    if any(a + 2 * padding < b for a, b in zip(pixels.shape, weights.shape[:2], strict=False)):
        raise ValueError("The kernel is larger than the image with its padding.")
    if pixels.shape[2] != weights.shape[2]:
        raise ValueError(
            f"The image has {pixels.shape[2]} channels and the kernel {weights.shape[2]}; "
            "a kernel has a slice for every channel of its input."
        )
    padded = np.pad(pixels, ((padding, padding), (padding, padding), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, weights.shape)
    windows = windows[::strides, ::strides, 0]
    rows, columns = windows.shape[:2]
    if not np.iterable(at) or tuple(at) not in np.ndindex(rows, columns):
        raise ValueError(f"There is no output value {at}: the output is {rows} x {columns}.")
    output = (windows * weights).sum(axis=(2, 3, 4))
    window, result = windows[at], short(output[at])
    sums = [short(value) for value in (window * weights).sum(axis=(0, 1))]
    terms = [f"{short(a)}*{short(b)}" for a, b in zip(window.flat, weights.flat, strict=True)]
    name = title or "One value of a convolution"
    around = f" in a frame of zeros, {padding} wide" if padding else ""
    fig = new_figure(
        f"{name}: on an input of {_sides(pixels.shape)}{around}, stride {strides}, the window of "
        f"output row {at[0]}, column {at[1]} gives "
        f"{' + '.join(terms if len(terms) <= 9 else sums)} = {result}. "
        f"The output has {rows} x {columns} values."
    )
    fig.suptitle(name)
    (tall, wide), (height, width, channels) = padded.shape[:2], weights.shape
    ratios = (wide, width, width, max(columns, 5))  # room for the sum below a small output
    axes = fig.subplots(channels, 4, squeeze=False, width_ratios=ratios)
    across, up = figure._SLIDE
    inches = across / (wide + 2 * width + columns + 4), up * 0.85 / channels / (tall + 0.5)
    font = max(7.0, min(17.0, 72 * min(inches) * 0.45))
    top, left = at[0] * strides, at[1] * strides
    ground = np.full((tall, wide), _PADDING, dtype=object)
    ground[padding : tall - padding, padding : wide - padding] = "white"
    ground[top : top + height, left : left + width] = _WINDOW
    for channel, (source, weight, product, _) in enumerate(axes):
        seen, factors = _words(window[..., channel]), _words(weights[..., channel])
        _cells(source, _words(padded[..., channel]), ground, font)
        _cells(weight, factors, _KERNEL, font)
        _cells(product, seen + TIMES + factors, _WINDOW, font * (0.85 if width < 5 else 0.6))
        if channels > 1:
            source.set_ylabel(f"channel {channel}", fontsize=14)
            product.text(width + 0.3, height / 2, f"sum {sums[channel]}", va="center", size=14)
    for ax in axes[1:, 3]:
        ax.axis("off")
    total = axes[0, 3]
    filled = _words(output)
    filled.flat[at[0] * columns + at[1] + 1 :] = ""
    ground = np.full(output.shape, "white", dtype=object)
    ground[at] = _WINDOW
    _cells(total, filled, ground, font)
    spare = (ratios[3] - columns) / 2  # squares as large as those of the input
    total.set_xlim(-0.1 - spare, columns + 0.1 + spare)
    added = " + ".join(sums) if channels > 1 else "sum of the products"
    total.set_xlabel(f"{added} = {result}", fontsize=13)
    for ax, words in zip(axes[0], ("input", "kernel", "products", "output"), strict=True):
        ax.set_title(words, fontsize=14)
    return fig


def _words(values: np.ndarray) -> Any:
    return np.array(np.vectorize(short, otypes=[object])(values))


def _cells(ax: Axes, words: Any, colours: Any, size: float) -> None:
    """Draw a grid of squares with a text in each, row 0 on top, without ticks and frame."""
    fills = np.broadcast_to(np.array(colours, dtype=object), words.shape)
    for (i, j), text in np.ndenumerate(words):
        ax.add_patch(Rectangle((j, i), 1, 1, fc=fills[i, j], ec=GREY, lw=1))
        ax.text(j + 0.5, i + 0.52, text, ha="center", va="center", size=size)
    rows, columns = words.shape
    ax.set(xlim=(-0.1, columns + 0.1), ylim=(rows + 0.1, -0.1), aspect="equal")
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)


def _sides(shape: Sequence[int]) -> str:
    return " x ".join(str(side) for side in shape if side != 1 or len(shape) < 3)


# --- what a value can see --------------------------------------------------------------------


@course_style()
def receptive_fields(image: Any, network: Network, layers: Sequence[str]) -> CourseFigure:
    """Draw on an image what the middle value of each of these layers sees.

    The image has the height and width that the network takes, without channels or with three:
    uint8, or floats from 0 to 1.
    """
    pixels = np.asarray(image)
    height, width, *_ = shape = next(iter(as_network(network).inputs.values()))
    if len(shape) != 3 or pixels.shape[:2] != shape[:2]:
        raise ValueError(
            f"{network.name} takes {_sides(shape[:2])} pixels, but the image has "
            f"{_sides(pixels.shape[:2])}."
        )
    name = f"{network.name}: what the middle value of a layer sees"
    fig = new_figure()
    fig.suptitle(name)
    ax = fig.subplots()
    ax.imshow(_as_colours(pixels) if pixels.ndim == 3 else pixels, cmap="gray")
    ax.set(xlabel="column [pixels]", ylabel="row [pixels]")
    said, shown = [], []
    # The widest first: the legend reads outside in.
    for i, row in enumerate(map(network.row, reversed(layers))):
        if row.field is None:
            raise ValueError(f"What {row.name} sees cannot be known.")
        middle = [side // 2 for side in row.field.extent]
        rows, columns = row.field.rows.sees(middle[0]), row.field.columns.sees(middle[1])
        tall, wide = rows[1] - rows[0] + 1, columns[1] - columns[0] + 1
        box = ((columns[0] - 0.5, rows[0] - 0.5), wide, tall)
        label = f"{row.name}: {tall} {TIMES} {wide}"
        ax.add_patch(Rectangle(*box, fill=False, ec="white", lw=4.5))
        colour = COLOURS[i % len(COLOURS)]
        shown.append(ax.add_patch(Rectangle(*box, fill=False, ec=colour, lw=2.5, label=label)))
        said.append(f"{row.name} {tall} x {wide}")
    ax.autoscale_view()
    fig.legend(handles=shown, loc="outside right center")
    fig.set_label(f"{name}, in pixels of {height} x {width}: {', '.join(reversed(said))}.")
    return fig
