"""Which pixels a score depends on: saliency, integrated gradients, occlusion, Grad-CAM.

All of them explain the same number, the *score* of a class: what the network gives in prediction,
before a final softmax or sigmoid, in which the scores of the other classes would have a say. A
network with a single sigmoid unit has two classes: the score of class 1 is what the unit gives,
that of class 0 its negative.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any

import keras
import numpy as np
from keras import ops

from course_utils.costs.keras_bridge import is_keras
from course_utils.costs.layer import is_size
from course_utils.interpret import graph, nonlinear
from course_utils.interpret.gradients import _Function, _gradient
from course_utils.interpret.nonlinear import _Before

_Classes = int | Sequence[int] | np.ndarray | None

# Steps of which a ReLU can be made, as in (z + abs(z)) / 2.
_COMPARING = re.compile("Absolute|Greater.*|Less.*|Maximum|Minimum|Where")
_BATCH = 16  # images whose gradients are computed at once


def scores(model: keras.Model, images: Any) -> np.ndarray:
    """Return the score of every class, before a final softmax or sigmoid.

    The model gives one row of numbers for each image, and so does this. All the methods here warn
    if they are still probabilities, of a softmax that cannot be taken off.

    >>> dense = keras.layers.Dense(2, "softmax", kernel_initializer="ones")
    >>> model = keras.Sequential([keras.Input((1, 1, 3)), keras.layers.Flatten(), dense])
    >>> scores(model, np.ones((1, 1, 1, 3)))
    array([[3., 3.]], dtype=float32)
    """
    pixels = graph._as_images(model, images)
    before = nonlinear._before_squashing(model)
    rows = _rows(model, pixels, before)
    nonlinear._check_scores(model, rows, before)
    return rows


def saliency(model: keras.Model, images: Any, classes: _Classes = None) -> np.ndarray:
    """Return how the score of a class changes with each pixel: the gradient.

    Images are of shape (n, height, width, channels), as the model takes them. ``classes`` is one
    class number for all or one for each, by default that with the highest score. The gradient has
    the shape of the images, and its sign; the paper shows ``abs(...).max(axis=-1)``.

    Simonyan, Vedaldi and Zisserman, "Deep inside convolutional networks", ICLR workshop 2014,
    section 3.
    """
    pixels, before, chosen = _asked(model, images, classes)
    return _slopes(lambda at: _score_of(model, chosen[at], before), pixels)


def integrated_gradients(
    model: keras.Model, images: Any, classes: _Classes = None, steps: int = 32
) -> np.ndarray:
    """Share the difference between an image's score and that of an image of zeros among the pixels.

    The gradient is averaged along the straight way from the zeros to the image, in so many steps,
    and multiplied by how far each pixel goes. So nothing black is ever found important. The shares
    have the shape of the images. Their sum over an image is the score of the image minus that of
    the zeros: exactly for very many steps (*completeness*).

    Sundararajan, Taly and Yan, "Axiomatic attribution for deep networks", ICML 2017. The mean is
    taken at the middle of each step.
    """
    if not is_size(steps):
        raise ValueError(f"steps must be a whole number, 1 or more, not {steps}.")
    pixels, before, chosen = _asked(model, images, classes)
    image, step = np.divmod(np.arange(len(pixels) * steps), steps)
    share = ((step + 0.5) / steps).astype("float32").reshape(-1, *[1] * (pixels.ndim - 1))
    mean = np.zeros_like(pixels)
    for batch in graph._batches(len(image), _BATCH):
        i = image[batch]
        score = _score_of(model, chosen[i], before)
        np.add.at(mean, i, _gradient(score, share[batch] * pixels[i]) / steps)
    return mean * pixels


def occlusion(
    model: keras.Model, images: Any, classes: _Classes = None, size: int = 8, stride: int = 4
) -> np.ndarray:
    """Return how far the score of a class falls when a square of the image is covered.

    ``size`` is the side of the square, which has the mean colour of the image, and ``stride`` the
    steps in which it moves, in pixels. The last step is shorter where it must be: every pixel is
    covered. What comes back is, for each pixel, the mean fall over all squares that cover it.

    Zeiler and Fergus, "Visualizing and understanding convolutional networks", ECCV 2014,
    section 4.2.
    """
    graph._check_planar(model)
    pixels, before, chosen = _asked(model, images, classes)
    n, height, width, _ = pixels.shape
    if not (is_size(size) and size <= min(height, width)):
        raise ValueError(
            f"size must be a whole number from 1 to {min(height, width)}, not {size!r}."
        )
    if not (is_size(stride) and stride <= size):
        raise ValueError(
            f"In steps of {stride} a square of {size} leaves gaps: choose 1 to {size}."
        )
    full = (_rows(model, pixels, before) * chosen).sum(axis=1)
    # For each square the rows and the columns that it covers.
    rows, columns = _covered(height, size, stride), _covered(width, size, stride)
    rows, columns = np.repeat(rows, len(columns), axis=0), np.tile(columns, (len(rows), 1))
    fall, times = np.zeros((n, height, width), "float32"), rows.T.astype("float32") @ columns
    for i, image in enumerate(pixels):
        for batch in graph._batches(len(rows)):
            squares = rows[batch, :, np.newaxis] & columns[batch, np.newaxis]
            covered = np.where(squares[..., np.newaxis], image.mean(axis=(0, 1)), image)
            left = (_rows(model, covered, before) * chosen[i]).sum(axis=1)
            fall[i] += np.tensordot(full[i] - left, squares, 1)
    return fall / times


def grad_cam(
    model: keras.Model, images: Any, classes: _Classes = None, layer: str | None = None
) -> np.ndarray:
    """Return where a layer's feature maps speak for a class.

    Each map is weighted by the mean gradient of the score at that map; the weighted maps are
    added up, and what is negative is set to 0. The layer may be inside a nested model; by default
    it is the last one that gives feature maps. What comes back has the size of these maps, which
    says how coarse it is.

    Selvaraju et al., "Grad-CAM: visual explanations from deep networks via gradient-based
    localization", ICCV 2017, equations 1 and 2.
    """
    pixels, before, chosen = _asked(model, images, classes)
    name = graph._last_maps(model) if layer is None else graph._find_layer(model, layer)
    if len(graph.layer_shapes(model)[name]) != 3:
        raise ValueError(f"{name!r} gives no feature maps; take a layer before it.")
    batches = graph._batches(len(pixels), _BATCH)
    return np.concatenate([_cam(model, pixels[at], before, chosen[at], name) for at in batches])


def guided_backpropagation(
    model: keras.Model, images: Any, layer: str, channels: int | Sequence[int] | np.ndarray
) -> np.ndarray:
    """Follow what excited a channel of a layer most back to the pixels.

    It is the gradient, with another rule at every ReLU. On the way back, the gradient stops where
    the ReLU's input was negative; guided backpropagation stops what is negative itself, too.

    ``channels`` is which channel of the layer: one for all images or one for each. Of a feature map
    it takes the place where the channel is strongest.

    Springenberg et al., "Striving for simplicity: the all convolutional net", ICLR workshop 2015,
    figure 1.
    """
    pixels = graph._as_images(model, images)
    name = graph._find_layer(model, layer)
    places = _strongest(name, graph._activations(model, pixels, name), channels)
    relus, calls = nonlinear._relus(model), graph._listing(model).calls
    for at, call in islice(calls.items(), list(calls).index(name) + 1):
        layer, compares = call.operation, _COMPARING.fullmatch(type(call.operation).__name__)
        whole = is_keras(layer) and not getattr(layer, "_layers", None) and not compares
        if not whole and at not in relus:
            raise ValueError(
                f"{at!r} may have a ReLU inside, or be a part of one, where its own rule cannot "
                "reach it."
            )
    if not relus:
        raise ValueError(f"{model.name!r} has no ReLU, and guided backpropagation is about ReLUs.")
    instead = {at: _guided(parts) for at, parts in relus.items()}
    axes = tuple(range(1, places.ndim))

    def value_of(at: slice) -> _Function:
        run = partial(graph._run, model, instead=instead, until=name)
        return lambda x: ops.sum(ops.multiply(run({"input": x}), places[at]), axis=axes)

    return _slopes(value_of, pixels)


# --- scores ----------------------------------------------------------------------------------


def _scores(model: keras.Model, given: Mapping[str, Any], before: _Before) -> Any:
    output = graph._run(model, given, before.instead, before.until)
    if len(output.shape) != 2:
        raise ValueError(
            f"{model.name!r} gives {tuple(output.shape[1:])} for an image, not one score for each "
            "class."
        )
    return ops.concatenate([-output, output], axis=-1) if output.shape[-1] == 1 else output


def _rows(model: keras.Model, pixels: np.ndarray, before: _Before) -> np.ndarray:
    """Return the scores of all images, batch by batch."""
    inputs = ({"input": ops.convert_to_tensor(pixels[at])} for at in graph._batches(len(pixels)))
    rows = np.concatenate([graph._to_numpy(_scores(model, x, before)) for x in inputs])
    return graph._finite(model.name, rows)


def _slopes(function_of: Callable[[slice], _Function], pixels: np.ndarray) -> np.ndarray:
    """Return the gradients of all images, batch by batch."""
    batches = graph._batches(len(pixels), _BATCH)
    return np.concatenate([_gradient(function_of(at), pixels[at]) for at in batches])


def _score_of(model: keras.Model, chosen: np.ndarray, before: _Before) -> _Function:
    """Return the function from images to the scores of their chosen classes."""
    return lambda x: ops.sum(ops.multiply(_scores(model, {"input": x}, before), chosen), axis=-1)


def _cam(
    model: keras.Model, pixels: np.ndarray, before: _Before, chosen: np.ndarray, name: str
) -> np.ndarray:
    """Return the Grad-CAM of a batch; what bypasses the maps is computed, and has no slope."""
    x = ops.convert_to_tensor(pixels)
    given = graph._run(model, {"input": x}, until=name)

    def score(maps: Any) -> Any:
        rows = _scores(model, {"input": x, name: ops.cast(maps, given.dtype)}, before)
        return ops.sum(ops.multiply(rows, chosen), axis=-1)

    maps = graph._to_numpy(given)
    weights = _gradient(score, maps).mean(axis=(1, 2), keepdims=True)
    return np.maximum((weights * maps).sum(axis=-1), 0)


def _asked(
    model: keras.Model, images: Any, classes: _Classes
) -> tuple[np.ndarray, _Before, np.ndarray]:
    """Return images, what to compute for scores, and for each image a row with a 1 at its class."""
    pixels, before = graph._as_images(model, images), nonlinear._before_squashing(model)
    found = _rows(model, pixels if classes is None else pixels[:1], before)
    nonlinear._check_scores(model, found, before)
    count = found.shape[1]
    if classes is None:
        classes = found.argmax(axis=1)
    numbers = np.asarray(classes)
    if numbers.dtype.kind not in "iu" or numbers.shape not in ((), (len(pixels),)):
        raise ValueError(
            f"classes must be one class number, or one for each of the {len(pixels)} images."
        )
    if wrong := set(numbers.ravel().tolist()) - set(range(count)):
        raise ValueError(f"The model has the classes 0 to {count - 1}, not {min(wrong)}.")
    chosen = np.eye(count, dtype="float32")[np.broadcast_to(numbers, len(pixels))]
    return pixels, before, chosen


def _covered(side: int, size: int, stride: int) -> np.ndarray:
    """Return for each place of a square along one axis which pixels it covers."""
    starts = np.array(sorted({*range(0, side - size, stride), side - size}))[:, np.newaxis]
    return (np.arange(side) >= starts) & (np.arange(side) < starts + size)


# --- one value of a layer --------------------------------------------------------------------


def _strongest(name: str, maps: np.ndarray, channels: Any) -> np.ndarray:
    """Return an array like ``maps`` with a 1 for each image, where its channel is strongest."""
    n, depth = len(maps), maps.shape[-1]
    numbers = np.asarray(channels)
    if numbers.shape not in ((), (n,)):
        raise ValueError(f"channels must be one number, or one for each of the {n} images.")
    graph._check_channels(name, depth, numbers.ravel().tolist())
    numbers = np.broadcast_to(numbers.astype(int), n)
    flat = np.zeros((n, maps[0].size // depth, depth), "float32")
    places = maps.reshape(flat.shape)[np.arange(n), :, numbers].argmax(axis=1)
    flat[np.arange(n), places, numbers] = 1
    return flat.reshape(maps.shape)


def _guided(parts: nonlinear._Parts) -> graph._Compute:
    """Return what to compute instead of a layer that ends in a ReLU: the same, another way back."""

    @ops.custom_gradient  # type: ignore[untyped-decorator]
    def relu(x: Any) -> tuple[Any, Any]:
        y = parts.function(x)

        def backward(*args: Any, upstream: Any = None) -> Any:
            passed = ops.maximum(args[0] if upstream is None else upstream, 0)
            # y < x: a ReLU with a maximum is flat above it, too
            return ops.where((y > 0) & (y >= x), passed, 0)

        return y, backward

    return lambda *tensors: relu(parts.linear(*tensors))
