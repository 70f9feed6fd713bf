"""The things to play with, each with the figure that stands in its place."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np

from course_utils.costs import Conv2D, Network
from course_utils.play.widget import show_with
from course_utils.plots.convolution import convolution_step
from course_utils.plots.sheets import kernel_sheet


def window(
    image: Any,
    kernel: Any,
    at: tuple[int, int] = (0, 0),
    *,
    strides: int = 1,
    padding: int = 0,
    title: str | None = None,
) -> None:
    """Slide a window over an image, with its products and their sum.

    Stride, padding and dilation can be set, and the window moved. The arguments, and the picture,
    are those of :func:`course_utils.plots.convolution_step`, without channels.
    """
    pixels, weights = np.asarray(image), np.asarray(kernel)
    figure = convolution_step(pixels, weights, at, strides=strides, padding=padding, title=title)
    sizes = {}
    for step, frame, gap in product((1, 2, 3), (0, 1, 2), (1, 2, 3)):
        layer = Conv2D(1, weights.shape, strides=step, padding=frame, dilation_rate=gap)
        try:
            network = Network("one convolution", (*pixels.shape, 1), [layer])
        except ValueError:  # the kernel does not fit
            continue
        sizes[f"{step} {frame} {gap}"] = network.rows[-1].output_shape[:2]
    data = {"image": pixels.tolist(), "kernel": weights.tolist(), "at": at, "sizes": sizes}
    show_with(figure, "window", {**data, "strides": strides, "padding": padding})


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
    show_with(figure, "kernel", {**data, "height": pixels.shape[0], "width": pixels.shape[1]})
