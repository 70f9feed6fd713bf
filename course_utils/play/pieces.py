"""The things to play with, each with the figure that stands in its place."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from course_utils.costs import Conv2D, Network
from course_utils.play.widget import show_with
from course_utils.plots.convolution import convolution_step


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
