"""The words of the exercise files: what their expressions may say besides Python's own.

The calculator, some mathematics, and what can be asked of a model: ``has(model, "Conv2D", 2)`` is
true or not; what returns a text instead says itself what is wrong.
"""

from collections.abc import Callable, Sequence
from itertools import count
from math import ceil, hypot, log, log2, log10, prod
from typing import Any

from course_utils.classroom.exercise import UnreadableError
from course_utils.classroom.models import (
    activation,
    field_of,
    has,
    has_learned,
    last_activation,
    layers,
    layers_of,
    learning,
    toy,
)
from course_utils.costs import (
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Flatten,
    MaxPooling2D,
    Network,
    SeparableConv2D,
    zoo,
)

# --- what a rule may ask of any model ------------------------------------------------------------


def each(model: Any, kind: str, **settings: Any) -> bool:
    """Ask that all layers of one kind have these settings: ``each(model, "Conv2D", groups=2)``."""
    found = layers(model, kind)
    return all(getattr(one, name) == it for one in found for name, it in settings.items())


def widths(model: Any, kind: str, name: str, wanted: Sequence[Any]) -> bool:
    """Ask for the filters or units of all layers of one kind, from the first to the last."""
    return [getattr(one, name) for one in layers(model, kind)] == [*wanted]


def follows(model: Any, name: str, kind: str, but: int = 0) -> bool:
    """Ask that an activation follows each layer of one kind, `but` the last ones."""
    found = layers(model, kind)
    return all(activation(one) == name for one in found[: len(found) - but])


def ends(model: Any, name: str) -> bool:
    """Ask for the last activation."""
    return bool(last_activation(model) == name)


def stacked(model: Any) -> list[int]:
    """Return how many maps each input of the first concatenation has."""
    inputs = layers(model, "Concatenate")[0]._inbound_nodes[-1].input_tensors
    return [one.shape[-1] for one in inputs]


def gives(model: Any, *shape: int) -> bool | str:
    """Ask for the shape that comes out."""
    found = " x ".join(map(str, model.output_shape[1:]))
    wanted = " x ".join(map(str, shape))
    return tuple(model.output_shape[1:]) == shape or f"{found} comes out, not {wanted}."


def weighs(model: Any, count: int) -> bool | str:
    """Ask for a number of weights."""
    found = model.count_params()
    many = "many" if found > count else "few"
    return found == count or f"It has {found:,} weights, which is too {many}."


def learns(model: Any) -> set[str]:
    """Return the names of the layers whose weights learn."""
    free = {id(one) for one in model.trainable_weights}
    return {layer.name for layer in model.layers if any(id(one) in free for one in layer.weights)}


# --- what is published: only two units need it, so it is loaded when it is used ------------------


def table(name: str) -> Any:
    """Return a table of a lecture or a paper."""
    from course_utils.costs import published

    return published.table(name)


def application(name: str) -> Any:
    """Return what is published of a network of Keras Applications."""
    from course_utils.costs.published import imagenet

    return imagenet.applications()[name]


# --- what one exercise needs ---------------------------------------------------------------------


def kernel_effect(kernel: object) -> Callable[..., object]:
    """Return what a kernel of 3 x 3 does to an image."""
    import numpy as np

    weights = np.asarray(kernel, dtype=float)
    if weights.shape != (3, 3):
        raise UnreadableError("The kernel is 3 x 3: three rows of three numbers.")
    windows = np.lib.stride_tricks.sliding_window_view
    return lambda image: np.sum(windows(image, (3, 3)) * weights, axis=(2, 3))


def residual_hands_on(model: Any) -> bool | str:
    """Say whether a residual block of zero weights, but for the last shift, gives ReLU(x + 0.5)."""
    import numpy as np

    for weight in model.trainable_weights:
        weight.assign(np.zeros(weight.shape))
    last = [one for one in layers(model, "BatchNormalization") if one.beta is not None][-1]
    last.beta.assign(np.full(last.beta.shape, 0.5))
    x = np.linspace(-1, 1, 8 * 8 * 64, dtype="float32").reshape(1, 8, 8, 64)
    given = np.asarray(model.predict(x, verbose=0))
    if np.allclose(given, np.maximum(x + 0.5, 0), atol=1e-5):
        return True
    if np.allclose(given, x + 0.5, atol=1e-5):
        return "The last ReLU is missing, or comes before the addition: it comes after it."
    if np.allclose(given, np.maximum(x, 0) + 0.5, atol=1e-5):
        return "The shortcut adds x itself, as it is: no ReLU comes before the addition."
    if np.ptp(given) < 1e-5:
        return "With all weights 0 nothing comes out: there is no shortcut yet. Add x at the end."
    return (
        "With all weights 0 the block should give ReLU(x): does the shortcut start from x itself, "
        "before the first convolution?"
    )


def small_net(classes: int) -> Network:
    """Return the network of notebook 15."""
    return Network(
        "Small net",
        (28, 28, 1),
        [
            Conv2D(16, 5, strides=2, padding="same", name="conv1"),
            Conv2D(32, 3, padding="same", name="conv2"),
            MaxPooling2D(2, name="pool2"),
            Conv2D(32, 3, padding="same", name="conv3"),
            MaxPooling2D(2, name="pool3"),
            Flatten(name="flatten"),
            Dense(64, name="fc1"),
            Dense(classes, name="head"),
        ],
    )


def three_blocks() -> Any:
    """Return a Keras model of block1_..., block2_..., block3_... and a head of five classes."""
    import keras

    net = keras.Sequential([keras.Input((16, 16, 3))])
    for block in (1, 2, 3):
        for conv in (1, 2):
            name = f"block{block}_conv{conv}"
            net.add(keras.layers.Conv2D(8, 3, padding="same", activation="relu", name=name))
            net.layers[-1].learned = True  # a copy of the layer has no such mark
        net.add(keras.layers.MaxPooling2D(name=f"block{block}_pool"))
    net.add(keras.layers.GlobalAveragePooling2D(name="average"))
    net.add(keras.layers.Dense(5, activation="softmax", name="head"))
    return keras.Model(net.inputs, net.outputs)  # a Sequential that was never called has no input


def norm_held(model: Any, size: int) -> bool:
    """Say whether a batch of strange images leaves batch normalisation as it is."""
    import numpy as np

    norms = layers(model, "BatchNormalization")
    before = [np.asarray(one.moving_mean.numpy()) for one in norms]
    model(np.full((2, size, size, 3), 255.0, "float32"), training=True)
    pairs = zip(before, norms, strict=True)
    return bool(norms) and all(np.array_equal(old, one.moving_mean.numpy()) for old, one in pairs)


def pixels_scaled(model: Any, size: int) -> bool:
    """Say whether the model itself brings pixels from 0 ... 255 to -1 ... 1."""
    import keras
    import numpy as np

    graph = keras.Model(model.inputs, model.outputs).operations
    first = next(one for one in graph if isinstance(one, keras.Model | keras.layers.Conv2D))
    if not getattr(first, "operations", True):  # a class of the student's own
        return bool(layers(model, "Rescaling"))
    read = keras.Model(model.inputs, first._inbound_nodes[-1].input_tensors[0])
    black, white = (read([np.full((1, size, size, 3), one, "float32")]) for one in (0, 255))
    return bool(np.allclose(black, -1, atol=0.02) and np.allclose(white, 1, atol=0.02))


def _steep(image: Any) -> Any:
    """Return the slopes of a score, which is the sum of all pixels cubed."""
    return 3 * image**2


WORDS: dict[str, Any] = {
    "zoo": zoo,
    **{
        word.__name__: word
        for word in (
            *(ceil, count, hypot, log, log2, log10, prod),
            *(Conv2D, Dense, DepthwiseConv2D, Flatten, MaxPooling2D, Network, SeparableConv2D),
            *(activation, field_of, has_learned, last_activation, layers, layers_of, learning, toy),
            *(has, each, widths, follows, ends, stacked, gives, weighs, learns, table, application),
            *(kernel_effect, residual_hands_on, small_net, three_blocks, norm_held),
            *(pixels_scaled, _steep),
        )
    },
}
