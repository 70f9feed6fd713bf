"""How long a network takes for an image, measured on this machine."""

import time
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from course_utils.costs.keras_bridge import graph_of, no_graph
from course_utils.costs.layer import is_size

_WARM_UP = 2  # calls; the first one also builds the graph
_CALLS = 5  # at least so many are timed


@dataclass(frozen=True)
class _Latency:
    """Measured times of one network; prints as one line."""

    times: tuple[float, ...]  # milliseconds per image, one number for each timed call
    batch_size: int = 1

    @property
    def median(self) -> float:
        """Milliseconds per image: half of the calls were faster."""
        return float(np.median(self.times))

    @property
    def spread(self) -> tuple[float, float]:
        """Milliseconds per image between which the middle half of the calls lies."""
        low, high = np.percentile(self.times, (25, 75))
        return float(low), float(high)

    def __str__(self) -> str:
        low, high = self.spread
        return (
            f"{self.median:.1f} ms per image, half of {len(self.times)} calls {low:.1f} to "
            f"{high:.1f}, batch of {self.batch_size}"
        )


def latency(
    model: Any, batch_size: int = 1, seconds: float = 1.0, jit_compile: bool | None = None
) -> _Latency:
    """Measure how long a network takes to predict, from the pixels to the answer.

    The images are random, and so may be the weights: a multiplication takes the same time for
    all ordinary numbers. The network, with one input of a fixed size, runs as a compiled graph, as
    it would in use, and is left as it was. It is repeated for so many seconds, after warming up,
    but at least five times. With a larger batch the time is still that of one image: its share.

    ``jit_compile`` lets XLA compile the graph, or not. By default it is as Keras does it for a
    model that was not compiled otherwise: with TensorFlow not on a CPU, but on most GPUs.

    >>> import keras
    >>> layers = [keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(2)]
    >>> measured = latency(keras.Sequential(layers), batch_size=4, seconds=0.01)
    >>> len(measured.times) >= 5, measured.median > 0
    (True, True)
    """
    if not (is_size(batch_size) and isinstance(seconds, int | float) and seconds > 0):
        raise ValueError(
            f"batch_size must be a whole number, seconds more than 0: {batch_size!r}, {seconds!r}"
        )
    graph = graph_of(model)  # which is what is timed
    if graph is None:
        raise ValueError(no_graph(model))
    shapes = [tuple(one.shape) for one in graph.inputs]
    shape = shapes[0] if len(shapes) == 1 else ()
    if len(shape) != 4 or None in shape[1:] or shape[0] not in (None, batch_size):
        raise ValueError(
            f"{model.name!r} cannot be timed: latency takes a network with one input, "
            f"{batch_size} images of a fixed size, and the inputs of this are {shapes}"
        )
    images = np.random.default_rng(0).uniform(0, 255, (batch_size, *shape[1:])).astype("float32")
    runner = keras.Model(model.inputs, model.outputs)  # shares the weights, not the settings
    if jit_compile is not None:
        runner.jit_compile = jit_compile
    for _ in range(_WARM_UP):
        runner.predict_on_batch(images)  # returns NumPy, so the work is done when it returns
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < _CALLS or time.perf_counter() < end:
        start = time.perf_counter()
        runner.predict_on_batch(images)
        times.append(1000 * (time.perf_counter() - start) / batch_size)
    return _Latency(tuple(times), batch_size)
