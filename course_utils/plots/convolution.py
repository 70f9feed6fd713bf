"""Convolution cell by cell, what a value can see, and what kernels do to a photograph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from course_utils.plots.figure import CourseFigure, new_figure
from course_utils.plots.rows import TIMES
from course_utils.plots.style import COLOURS, DPI, GREY, SLIDE, course_style

if TYPE_CHECKING:
    from course_utils.costs import Network, Row

_WINDOW = "#f9c77f"  # COLOURS[1], light enough for black numbers
_KERNEL = "#bcd3fd"  # COLOURS[0], likewise
_PADDING = "#ececec"
_MINUS = "\N{MINUS SIGN}"

Interval = tuple[int, int]


# --- one step of the arithmetic --------------------------------------------------------------


@course_style()
def convolution_step(
    image: Any,
    kernel: Any,
    at: tuple[int, int] = (0, 0),
    strides: int = 1,
    padding: int = 0,
    title: str | None = None,
) -> CourseFigure:
    """Draw how one value of a convolution comes about: window, kernel, products, sum.

    The output is filled in reading order, up to the value whose products are shown. As in every
    deep-learning library the kernel is not flipped: strictly, this is a cross-correlation.

    Parameters
    ----------
    image : array_like, shape (height, width) or (height, width, channels)
        Small: every number is written into its square. Channels are drawn one below the other.
    kernel : array_like, shape (height, width) or (height, width, channels)
        With as many channels as the image.
    at : (int, int)
        Row and column of the output value, counted from 0.
    strides, padding : int
        Pixels from one window to the next; rows and columns of zeros on every side.
    title : str, optional

    Returns
    -------
    CourseFigure

    Raises
    ------
    ValueError
        If kernel and image do not fit together, or there is no such output value.
    """
    pixels, weights = (_with_channels(array) for array in (image, kernel))
    if pixels.shape[2] != weights.shape[2]:
        raise ValueError(
            f"The image has {pixels.shape[2]} channels and the kernel {weights.shape[2]}; "
            "a kernel has a slice for every channel of its input."
        )
    padded = np.pad(pixels, ((padding, padding), (padding, padding), (0, 0)))
    size = weights.shape[:2]
    rows, columns = ((padded.shape[i] - size[i]) // strides + 1 for i in (0, 1))
    if min(rows, columns) < 1:
        raise ValueError(f"A kernel of {_sides(size)} does not fit into {_sides(padded.shape)}.")
    if not (0 <= at[0] < rows and 0 <= at[1] < columns):
        raise ValueError(f"There is no output value {at}: the output is {rows} x {columns}.")
    windows = np.lib.stride_tricks.sliding_window_view(padded, size, axis=(0, 1))
    windows = windows[::strides, ::strides].transpose(0, 1, 3, 4, 2)
    output = (windows * weights).sum(axis=(2, 3, 4))
    window = windows[at]

    sums = (window * weights).sum(axis=(0, 1))
    terms = [f"{_text(a)}*{_text(b)}" for a, b in zip(window.flat, weights.flat, strict=True)]
    said = " + ".join(terms if len(terms) <= 9 else map(_text, sums))
    name = title or "One value of a convolution"
    around = f" in a frame of zeros, {padding} wide" if padding else ""
    fig = new_figure(
        f"{name}: on an input of {_sides(pixels.shape)}{around}, stride {strides}, the window of "
        f"output row {at[0]}, column {at[1]} gives {said} = {_text(output[at])}. "
        f"The output has {rows} x {columns} values."
    )
    fig.suptitle(name)
    channels = pixels.shape[2]
    heights, widths = padded.shape[:2], (padded.shape[1], size[1], size[1], columns)
    ratios = (*widths[:3], max(widths[3], 5))  # room for the sum below a small output
    axes = fig.subplots(channels, 4, squeeze=False, width_ratios=ratios)
    inches = min(SLIDE[0] / (sum(widths) + 4), SLIDE[1] * 0.85 / (channels * (heights[0] + 0.5)))
    font = max(7.0, min(17.0, 72 * inches * 0.45))
    top, left = at[0] * strides, at[1] * strides
    for channel, (source, weight, product, total) in enumerate(axes):
        first = channel == 0
        colours = np.full(heights, _PADDING, dtype=object)
        colours[padding : heights[0] - padding, padding : heights[1] - padding] = "white"
        colours[top : top + size[0], left : left + size[1]] = _WINDOW
        _cells(source, padded[..., channel], colours, font, "input" if first else "")
        if channels > 1:
            source.set_ylabel(f"channel {channel}", fontsize=14)
        colours = np.full(size, _KERNEL, dtype=object)
        _cells(weight, weights[..., channel], colours, font, "kernel" if first else "")
        colours[:] = _WINDOW
        texts = np.vectorize(lambda a, b: f"{_text(a)}{TIMES}{_text(b)}", otypes=[object])
        words = texts(window[..., channel], weights[..., channel])
        heading = "products" if first else ""
        _cells(product, words, colours, font * (0.85 if size[1] < 5 else 0.6), heading)
        if channels > 1:
            at_right = {"ha": "left", "va": "center", "size": 14}
            product.text(size[1] + 0.3, size[0] / 2, f"sum {_text(sums[channel])}", **at_right)
        if first:
            shown = np.array(np.vectorize(_text, otypes=[object])(output))
            shown.flat[at[0] * columns + at[1] + 1 :] = ""
            colours = np.full(output.shape, "white", dtype=object)
            colours[at] = _WINDOW
            _cells(total, shown, colours, font, "output")
            spare = (ratios[3] - columns) / 2  # squares as large as those of the input
            total.set_xlim(-0.1 - spare, columns + 0.1 + spare)
            more = f"{' + '.join(map(_text, sums))}" if channels > 1 else "sum of the products"
            total.set_xlabel(f"{more} = {_text(output[at])}", fontsize=13)
        else:
            total.axis("off")
    return fig


def _with_channels(array: Any) -> np.ndarray:
    values = np.asarray(array)
    if values.ndim not in (2, 3) or not values.size:
        raise ValueError(
            f"image and kernel have shape (height, width) or (height, width, channels), "
            f"not {values.shape}."
        )
    return values if values.ndim == 3 else values[..., None]


def _cells(ax: Axes, values: np.ndarray, colours: np.ndarray, size: float, title: str) -> None:
    """Draw a grid of squares with a number or a text in each."""
    rows, columns = values.shape
    for (i, j), value in np.ndenumerate(values):
        ax.add_patch(Rectangle((j, i), 1, 1, fc=colours[i, j], ec=GREY, lw=1))
        text = value if isinstance(value, str) else _text(value)
        ax.text(j + 0.5, i + 0.52, text, ha="center", va="center", size=size)
    _blank(ax, rows, columns)
    ax.set_title(title, fontsize=14)


def _blank(ax: Axes, rows: int, columns: int) -> None:
    """Make room for squares: no ticks, no frame, row 0 on top."""
    ax.set(xlim=(-0.1, columns + 0.1), ylim=(rows + 0.1, -0.1), aspect="equal")
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)


def _text(value: Any) -> str:
    """Return ``4``, ``-1`` or ``0.25``, with a true minus sign."""
    return f"{float(value):.3g}".replace("-", _MINUS)


def _sides(shape: Sequence[int]) -> str:
    return " x ".join(str(side) for side in shape if side != 1 or len(shape) < 3)


# --- what a value can see --------------------------------------------------------------------


@course_style()
def receptive_field_grids(
    networks: Network | Mapping[str, Network],
    at: tuple[int, int] | None = None,
    title: str = "What one value sees",
) -> CourseFigure:
    """Draw every volume of small networks as squares, and what one last value sees in each.

    Parameters
    ----------
    networks : Network or mapping of str to Network
        Convolutions and poolings in one row, on inputs of at most about 20 pixels. Several
        networks are drawn one below the other.
    at : (int, int), optional
        Row and column of the last value, counted from 0; default: the middle one.
    title : str

    Returns
    -------
    CourseFigure

    Raises
    ------
    ValueError
        If a network has branches.
    """
    many = networks if isinstance(networks, Mapping) else {networks.name: networks}
    fig = new_figure()
    fig.suptitle(title)
    columns = max(len(network.rows) for network in many.values()) + 1
    axes = fig.subplots(len(many), columns, squeeze=False)
    widest = max(max(_input(network)[:2]) for network in many.values())
    said = []
    for line, (label, network) in zip(axes, many.items(), strict=True):
        volumes = [("input", _input(network)[:2])]
        volumes += [(row.name, row.output_shape[:2]) for row in network.rows]
        fields = _seen(network.rows, at)
        words = []
        for ax in line:
            ax.axis("off")
        for ax, (name, sides), (rows, cols) in zip(line, volumes, fields, strict=False):
            for i, j in np.ndindex(*sides):
                inside = rows[0] <= i <= rows[1] and cols[0] <= j <= cols[1]
                colour = _WINDOW if inside else "white"
                ax.add_patch(Rectangle((j, i), 1, 1, fc=colour, ec=GREY, lw=0.8))
            sees = f"{rows[1] - rows[0] + 1} x {cols[1] - cols[0] + 1}"
            words.append(f"{sees} of {name}'s {sides[0]} x {sides[1]}")
            _blank(ax, widest, widest)  # one scale: a smaller volume is drawn smaller
            ax.axis("off")
            ax.set_title(f"{name}\n{sees} of {sides[0]} x {sides[1]}", fontsize=13)
        line[0].text(-0.6, widest / 2, label, rotation=90, va="center", ha="right", size=13)
        said.append(f"{label}: one value sees {', '.join(reversed(words[:-1]))}")
    fig.set_label(f"{title}. {'; '.join(said)}.")
    return fig


def _input(network: Network) -> tuple[int, ...]:
    return next(iter(network.inputs.values()))


def _seen(rows: Sequence[Row], at: tuple[int, int] | None) -> list[tuple[Interval, Interval]]:
    """Return the rows and columns that one last value sees, of the input and of every volume."""
    if any(len(row.input_shapes) != 1 for row in rows):
        raise ValueError("The network has branches; draw one path through it.")
    height, width = rows[-1].output_shape[:2]
    last = at if at is not None else (height // 2, width // 2)
    fields = [((last[0], last[0]), (last[1], last[1]))]
    for row in reversed(rows):
        layer: Any = row.layer
        if not hasattr(layer, "window"):  # an activation sees what its input sees
            fields.append(fields[-1])
            continue
        kernel, strides, dilation = layer.window()
        pads = layer.pads(row.input_shapes[0])
        ahead = []
        for axis, (low, high) in enumerate(fields[-1]):
            start = low * strides[axis] - pads[axis][0]
            reach = (kernel[axis] - 1) * dilation[axis]
            ahead.append((start, high * strides[axis] - pads[axis][0] + reach))
        fields.append((ahead[0], ahead[1]))
    return fields[::-1]


@course_style()
def receptive_fields(
    image: Any,
    network: Network,
    layers: Sequence[str] | None = None,
    title: str | None = None,
) -> CourseFigure:
    """Draw on an image what the middle value of each layer sees.

    Parameters
    ----------
    image : array_like, shape (height, width) or (height, width, 3)
        Of the height and width that the network takes; uint8, or floats from 0 to 1.
    network : Network
    layers : sequence of str, optional
        Names of the layers to draw; default: all convolutions and poolings.
    title : str, optional

    Returns
    -------
    CourseFigure

    Raises
    ------
    ValueError
        If the image has another size, or what a layer sees cannot be known.
    """
    pixels = np.asarray(image)
    height, width = _input(network)[:2]
    if pixels.shape[:2] != (height, width):
        raise ValueError(
            f"{network.name} takes {height} x {width} pixels, but the image has "
            f"{_sides(pixels.shape[:2])}."
        )
    chosen = [row for row in network.rows if hasattr(row.layer, "window")]
    if layers is not None:
        chosen = [network.row(name) for name in layers]
    name = title or f"{network.name}: what the middle value of a layer sees"
    fig = new_figure()
    fig.suptitle(name)
    ax = fig.subplots()
    ax.imshow(pixels, cmap="gray")
    ax.set(xlabel="column [pixels]", ylabel="row [pixels]")
    said, shown = [], []
    for i, row in enumerate(reversed(chosen)):  # the widest first: the legend reads outside in
        if row.field is None:
            raise ValueError(f"What {row.name} sees cannot be known.")
        middle = [side // 2 for side in row.output_shape[:2]]
        rows, columns = row.field.rows.sees(middle[0]), row.field.columns.sees(middle[1])
        if rows is None or columns is None:
            continue
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


# --- kernels on a photograph -----------------------------------------------------------------


@course_style()
def kernel_sheet(
    kernels: Mapping[str, Any],
    results: Mapping[str, Any],
    title: str = "Kernels and what they do",
) -> CourseFigure:
    """Draw the result of each kernel as an image, with its numbers below it.

    Parameters
    ----------
    kernels : mapping of str to array_like, shape (height, width)
    results : mapping of str to array_like, shape (height, width)
        One for each kernel, computed from an image with gray values from 0 (black) to 1 (white).
        Those of a kernel that sums to zero are shown with 0 as middle gray and a scale of their
        own; all others from 0 to 1.
    title : str

    Returns
    -------
    CourseFigure

    Raises
    ------
    ValueError
        If the two do not have the same names.
    """
    if list(kernels) != list(results):
        raise ValueError(f"kernels {list(kernels)} and results {list(results)} differ.")
    columns = min(len(kernels), 4)
    lines = -(-len(kernels) // columns)
    fig = new_figure()
    fig.suptitle(title)
    said = []
    axes = fig.subplots(lines, columns, squeeze=False).flat
    for ax in axes:
        ax.axis("off")
    for ax, (name, kernel) in zip(fig.axes, kernels.items(), strict=False):
        weights, pixels = np.asarray(kernel, dtype=float), np.asarray(results[name])
        total = weights.sum()
        limits = (0.0, 1.0)
        if np.isclose(total, 0):
            # One very bright edge must not make all others invisible.
            most = float(np.percentile(np.abs(pixels), 99.5)) or 1.0
            limits = (-most, most)
        smooth = "nearest" if pixels.shape[1] <= 320 else "auto"  # "auto" shrinks without moiré
        ax.imshow(pixels, cmap="gray", vmin=limits[0], vmax=limits[1], interpolation=smooth)
        ax.set_title(f"{name}\nsum {_text(total)}", fontsize=12)
        numbers = _matrix(weights)
        size = 10 if len(weights) <= 3 else 7
        ax.text(0.5, -0.04, numbers, transform=ax.transAxes, ha="center", va="top").set(
            family="DejaVu Sans Mono", size=size, linespacing=1.05
        )
        said.append(f"{name} (sum {_text(total)})")
    fig.set_label(f"{title}: {', '.join(said)}. Zero is middle gray where the sum is zero.")
    return fig


def _matrix(weights: np.ndarray) -> str:
    """Return a kernel as aligned whole numbers, with a common factor such as 1/16 in front."""
    least = np.abs(weights[weights != 0]).min(initial=np.inf)
    factor = ""
    if np.isfinite(least) and not np.allclose(weights, weights.round()):
        whole = weights / least
        if np.allclose(whole, whole.round()) and np.isclose(1 / least, round(1 / least)):
            weights, factor = whole, f"1/{round(1 / least)} {TIMES} "
    cells = [[_text(value) for value in line] for line in weights]
    width = max(len(cell) for line in cells for cell in line)
    lines = [" ".join(cell.rjust(width) for cell in line) for line in cells]
    middle = len(lines) // 2
    indent = " " * len(factor)
    return "\n".join((factor if i == middle else indent) + line for i, line in enumerate(lines))


# --- curves ----------------------------------------------------------------------------------


@course_style()
def curves(
    x: Any,
    panels: Mapping[str, Mapping[str, Any]],
    xlabel: str,
    ylabel: str,
    title: str,
    dots: bool = False,
) -> CourseFigure:
    """Draw labelled curves over the same x, in one panel or several side by side.

    Parameters
    ----------
    x : array_like, shape (n,)
    panels : mapping of str to mapping of str to array_like
        ``{panel: {label: y}}``; a label has the same colour in all panels. The name of a single
        panel may be empty.
    xlabel, ylabel, title : str
        Labels with their units.
    dots : bool
        Mark every value: for measured curves.

    Returns
    -------
    CourseFigure

    Raises
    ------
    ValueError
        If a curve is not as long as x.
    """
    points = np.asarray(x)
    labels = list(dict.fromkeys(label for lines in panels.values() for label in lines))
    fig = new_figure()
    fig.suptitle(title)
    said = []
    for ax, (panel, lines) in zip(
        fig.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True
    ):
        for label, values in lines.items():
            y = np.asarray(values)
            if y.shape != points.shape:
                raise ValueError(f"{label!r} has {y.size} values for {points.size} of x.")
            i = labels.index(label)
            again = i // len(COLOURS)  # more curves than colours: dashed from then on
            style = ("solid", (0, (4, 1.5)), (0, (1, 1)))[again % 3]
            ax.plot(
                points,
                y,
                color=COLOURS[i % len(COLOURS)],
                linestyle=style,
                marker="os^Dv*"[i % 6] if dots else "",
                label=label,
            )
            ends = f"{_text(y[0])} to {_text(y[-1])}"
            said.append(f"{panel + ', ' if panel else ''}{label}: from {ends}")
        ax.set(xlabel=xlabel, ylabel=ylabel if ax is fig.axes[0] else "", title=panel)
        if points.dtype.kind in "iu":  # there is no epoch 1.5
            ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        ax.grid()
    handles = {str(line.get_label()): line for ax in fig.axes for line in ax.get_lines()}
    # One entry takes about 115 pixels for its line and the gaps, and 14 for each letter.
    fit = max(1, int(SLIDE[0] * DPI / (115 + 14 * max(map(len, handles), default=1))))
    lines_of_legend = -(-len(handles) // fit)
    columns = -(-len(handles) // max(lines_of_legend, 1))  # lines of about equal length
    fig.legend(handles.values(), handles, loc="outside lower center", ncols=max(columns, 1))
    span = f"{xlabel} from {_text(points[0])} to {_text(points[-1])}"
    fig.set_label(f"{title}, {ylabel}. {span}. {'; '.join(said)}.")
    return fig
