"""The things to play with, each with the figure that stands in its place."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import product
from typing import Any

import numpy as np

from course_utils.costs import Conv2D, Network, zoo
from course_utils.play.widget import _show_with
from course_utils.plots.by_layer import TIMES
from course_utils.plots.convolution import convolution_step, receptive_fields
from course_utils.plots.figure import COLOURS, GREY, CourseFigure, course_style, new_figure, short
from course_utils.plots.sheets import image_grid, kernel_sheet


def window(image: Any, kernel: Any, at: tuple[int, int] = (0, 0), **settings: Any) -> None:
    """Slide a window over an image, with its products and their sum.

    Stride, padding and dilation can be set, and the window moved. The arguments, and the picture,
    are those of :func:`course_utils.plots.convolution_step`, without channels.
    """
    pixels, weights = np.asarray(image), np.asarray(kernel)
    figure = convolution_step(pixels, weights, at, **settings)
    sizes = {}
    for step, frame, gap in product((1, 2, 3), (0, 1, 2), (1, 2, 3)):
        layer = Conv2D(1, weights.shape, strides=step, padding=frame, dilation_rate=gap)
        with suppress(ValueError):  # the kernel does not fit
            sizes[f"{step} {frame} {gap}"] = layer.output_shape((*pixels.shape, 1))[:2]
    data = {"image": pixels.tolist(), "kernel": weights.tolist(), "at": at, "sizes": sizes}
    start = {name: settings.get(name, usual) for name, usual in (("strides", 1), ("padding", 0))}
    _show_with(figure, "window", data | start)


def kernel(
    image: Any, kernels: Mapping[str, Any], results: Mapping[str, Any], *, title: str
) -> None:
    """Edit the nine numbers of a kernel, beside what it makes of a photograph.

    ``image`` has gray values from 0 to 1; its kernels, and the ``results`` for the picture, are
    those of :func:`course_utils.plots.kernel_sheet`. All kernels are 3 x 3.
    """
    pixels = np.asarray(image, dtype=np.float32)
    figure = kernel_sheet(kernels, results, title=title)
    weights = {name: np.asarray(one).tolist() for name, one in kernels.items()}
    data = {"pixels": pixels.tobytes(), "kernels": weights, "start": next(iter(weights))}
    _show_with(figure, "kernel", {**data, "height": pixels.shape[0], "width": pixels.shape[1]})


def cone(image: Any, network: Network, layers: Sequence[str]) -> None:
    """Move over a photograph what a value of any layer sees, of any network in the zoo.

    It begins with the last of the layers. The arguments, and the picture, are those of
    :func:`course_utils.plots.receptive_fields`.
    """
    pixels = np.asarray(image)
    figure = receptive_fields(pixels, network, layers)
    builders = {name: build for name, build in vars(zoo).items() if callable(build)}
    others = (builders[name]() for name in sorted(builders) if name != "inception_module")
    tables = {one.name: _cone(one) for one in (network, *others)}
    shown = pixels if pixels.dtype == np.uint8 else np.uint8(255 * pixels)
    data = {"pixels": shown.tobytes(), "height": len(pixels), "width": len(pixels[0])}
    _show_with(figure, "cone", {**data, "networks": tables, "start": layers[-1]})


def _cone(network: Network) -> dict[str, Any]:
    """Return what the values of each layer see, as long as a layer has height and width."""
    height, width, channels = next(iter(network.inputs.values()))
    layers, before = [], None
    for row in network.rows:
        if len(row.output_shape) < 3:
            break
        if row.field is None or row.field == before:  # a ReLU sees what the layer below it sees
            continue
        axes = [
            {"low": axis.low, "high": axis.high, "advance": axis.advance}
            for axis in (row.field.rows, row.field.columns)
        ]
        layers.append({"name": row.name, "size": row.output_shape[:2], "axes": axes})
        before = row.field
    return {"height": height, "width": width, "channels": channels, "layers": layers}


_COSTS = (
    ("memory in training", "MiB", 2**20),
    ("weights", "million", 10**6),
    ("multiply-adds", "billion", 10**9),
)


def scaling(
    build: Callable[[int, int, float], Network],
    sizes: Sequence[int],
    batches: Sequence[int],
    widths: Sequence[float],
    *,
    start: tuple[int, int, float],
    title: str,
) -> None:
    """Set size, batch and width, and see memory, weights and multiply-adds follow.

    ``build(size, batch, width)`` returns the network; ``start`` is the setting to begin with, and
    the picture shows what each of the three does to it when it is doubled.
    """
    size, batch, width = start
    doubled = {
        f"{size} {TIMES} {size}, batch {batch}, width {width:g}": start,
        f"size {2 * size} {TIMES} {2 * size}": (2 * size, batch, width),
        f"batch {2 * batch}": (size, 2 * batch, width),
        f"width {2 * width:g}": (size, batch, 2 * width),
    }
    shown = {name: _amounts(build(*setting)) for name, setting in doubled.items()}
    table = {
        " ".join(f"{one:g}" for one in setting): _amounts(build(*setting))
        for setting in product(sizes, batches, widths)
    }
    given = {"image size": sizes, "batch": batches, "width": widths}
    choices = [{"name": name, "values": list(values)} for name, values in given.items()]
    units = [{"name": name, "unit": unit, "divisor": divisor} for name, unit, divisor in _COSTS]
    data = {"costs": table, "choices": choices, "units": units, "start": list(start)}
    _show_with(_cost_figure(shown, title), "scaling", data)


def _amounts(network: Network) -> list[int | None]:
    totals = network.totals
    return [network.memory("momentum").training, totals.params, totals.macs]


@course_style()
def _cost_figure(shown: Mapping[str, Sequence[int | None]], title: str) -> CourseFigure:
    fig = new_figure(height=3.4)
    fig.suptitle(title)
    said = []
    for n, (ax, (name, unit, divisor)) in enumerate(
        zip(fig.subplots(1, 3, sharey=True), _COSTS, strict=True)
    ):
        values = [(costs[n] or 0) / divisor for costs in shown.values()]
        texts = [short(value) for value in values]
        drawn = ax.barh(range(len(values)), values, color=[GREY, *[COLOURS[0]] * 3])
        ax.bar_label(drawn, texts, padding=4)
        ax.set(xlabel=f"{name} [{unit}]", xlim=(0, 1.35 * max(values)))
        ax.set_yticks(range(len(values)), list(shown))
        ax.set_ylim(len(values) - 0.4, -0.6)
        ax.locator_params(axis="x", nbins=3)
        listed = zip(shown, texts, strict=True)
        said.append(f"{name} [{unit}]: {', '.join(f'{text} for {of}' for of, text in listed)}")
    fig.set_label(f"{title}. {'. '.join(said)}.")
    return fig


def cover(
    image: Any,
    answer: Callable[[np.ndarray], Any],
    class_names: Sequence[str],
    *,
    size: int,
    title: str,
) -> None:
    """Drag a gray square over a photograph; what the network says follows.

    ``answer(image)`` returns the share of each class for an image like this one, with values from 0
    to 255. In the picture the square lies at four places.
    """
    pixels = np.asarray(image, dtype=np.float32)
    height, width, _ = pixels.shape

    def covered(at: Sequence[int] | None) -> np.ndarray:
        seen = pixels.copy()
        if at is not None:
            seen[at[0] : at[0] + size, at[1] : at[1] + size] = 127
        return seen

    def scores(at: Sequence[int] | None) -> list[float]:
        return [float(share) for share in np.asarray(answer(covered(at)))]

    rows, columns = (np.linspace(0, side - size, 4).astype(int) for side in (height, width))
    places = [None, *((int(i), int(j)) for i, j in zip(rows, columns, strict=True))]
    each = [scores(at) for at in places]
    best = int(np.argmax(each[0]))
    words = [f"{class_names[best]}, {one[best]:.0%}" for one in each]
    shown = np.array([covered(at) for at in places]).astype(np.uint8)
    figure = image_grid(shown, words, columns=len(shown), title=title)
    data = {"pixels": pixels.astype(np.uint8).tobytes(), "height": height, "width": width}
    data |= {"names": list(class_names), "size": size, "whole": each[0], "at": places[2]}

    def reply(asked: dict[str, Any], _: list[memoryview]) -> tuple[dict[str, Any], list[bytes]]:
        return {"at": asked["at"], "scores": scores(asked["at"])}, []

    _show_with(figure, "cover", data, reply)


def pad(
    image: Any,
    answer: Callable[[np.ndarray], tuple[Any, Any]],
    class_names: Sequence[str],
    *,
    title: str,
) -> None:
    """Draw on an image; the feature maps, and what the network says, follow the pen.

    ``answer(image)`` returns the feature maps, shape (height, width, maps), and the share of each
    class, for an image like this one, shape (height, width, 1), uint8. The picture shows the
    feature maps of ``image``.
    """
    start = np.asarray(image, dtype=np.uint8)

    def answered(drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found, shares = (np.asarray(one, dtype=np.float32) for one in answer(drawn))
        low, high = found.min(axis=(0, 1)), found.max(axis=(0, 1))  # a scale for each map
        gray = 255 * (found - low) / np.maximum(high - low, 1e-9)
        return np.moveaxis(gray.astype(np.uint8), -1, 0), shares

    def reply(_: Any, buffers: list[memoryview]) -> tuple[dict[str, Any], list[bytes]]:
        planes, shares = answered(np.frombuffer(buffers[0], np.uint8).reshape(start.shape))
        return {"scores": [float(share) for share in shares]}, [planes.tobytes()]

    maps, _ = answered(start)
    count, map_height, map_width = maps.shape
    figure = image_grid(maps, title=title)
    figure.set_label(f"{title}: {count} maps of {map_height} x {map_width}.")
    data = {"pixels": start.tobytes(), "names": list(class_names)}
    data |= {"height": start.shape[0], "width": start.shape[1], "maps": count}
    data |= {"map_height": map_height, "map_width": map_width}
    _show_with(figure, "pad", data, reply)
