"""The words of the exercise files: what their expressions may say besides Python's own.

With the calculator's and those of `math` and `itertools`. What can be asked of a model:
``has(model, "Conv2D", 2)`` is true or not; what returns a text instead says itself what is wrong.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from math import prod
from typing import Any
from zlib import crc32

from course_utils import costs
from course_utils.costs.published import as_printed  # noqa: F401
from course_utils.costs.published.imagenet import applications  # noqa: F401

# --- what a rule may ask of any model ------------------------------------------------------------


def layers_of(model: Any) -> Iterator[Any]:
    """Yield the layers of a model, those inside models and inside layers of one's own, too.

    What `keras.ops` or a ``+`` does in between is a layer here: ``Add``, ``Concatenate``, ``Relu``.
    """
    for layer in getattr(model, "operations", None) or getattr(model, "layers", model._layers):
        yield layer
        if getattr(layer, "_layers", None):
            yield from layers_of(layer)


def of_kind(model: Any, kind: str) -> list[Any]:
    """Return the layers of one kind: ``of_kind(model, "Conv2D")``."""
    return [layer for layer in layers_of(model) if type(layer).__name__ == kind]


def has(model: Any, kind: str, count: int) -> bool:
    """Say whether there are so many layers of one kind; without weights one may serve often."""
    found = of_kind(model, kind)
    uses = sum(len(one._inbound_nodes) for one in found)
    again = len(found) < count <= uses and not any(one.weights for one in found)
    return len(found) == count or again


def learning(model: Any) -> int:
    """Return how many numbers of a model learn."""
    return sum(prod(weight.shape) for weight in model.trainable_weights)


def activation(layer: Any) -> str:
    """Return the name of the activation that follows a layer, in it or as a layer of its own."""
    own = getattr(layer, "activation", None)
    name = getattr(own, "__name__", type(own).__name__).lower()
    if own is not None and name != "linear":
        return name  # type: ignore[no-any-return]
    for node in getattr(layer, "_outbound_nodes", []):
        after = node.operation
        kind = type(after).__name__
        passes = kind in ("Activation", "BatchNormalization", "Dropout")
        return activation(after) if passes else kind.lower()
    return "linear"


def last_activation(model: Any) -> str:
    """Return the name of what comes last: ``"softmax"``, ``"linear"`` ..."""
    last = list(layers_of(model))[-1]
    outputs = getattr(model, "outputs", None)
    last = outputs[0]._keras_history.operation if outputs else last
    name = activation(last)
    return type(last).__name__.lower() if name == "linear" else name


def each(model: Any, kind: str, **settings: Any) -> bool:
    """Ask that all layers of one kind have these settings: ``each(model, "Conv2D", groups=2)``."""
    found = of_kind(model, kind)
    return all(getattr(one, name) == it for one in found for name, it in settings.items())


def widths(model: Any, kind: str, name: str, wanted: Sequence[Any]) -> bool:
    """Ask for the filters or units of all layers of one kind, from the first to the last."""
    return [getattr(one, name) for one in of_kind(model, kind)] == [*wanted]


def follows(model: Any, name: str, kind: str, but: int = 0) -> bool:
    """Ask that an activation follows each layer of one kind, `but` the last ones."""
    found = of_kind(model, kind)
    return all(activation(one) == name for one in found[: len(found) - but])


def gives(model: Any, *shape: int) -> bool | str:
    """Ask for the shape that comes out."""
    found = " x ".join(map(str, model.output_shape[1:]))
    wanted = " x ".join(map(str, shape))
    flat = " Is keras.layers.Flatten() missing?" * (len(model.output_shape) > 2 > len(shape))
    return tuple(model.output_shape[1:]) == shape or f"{found} comes out, not {wanted}.{flat}"


_SETTINGS = ["filters", "units", "kernel_size", "pool_size", "strides", "padding", "rate"]
_SETTINGS += ["use_bias", "groups"]  # told if they are not 1, or True
_OPEN = {"InputLayer", "Activation", "ReLU", "Relu", "Tanh", "Softmax", "Reshape", "Add"}


def _unlike(model: Any, ours: Any) -> str:
    """Say where a model is not the one that is asked for: with the same weights it gives the same.

    Weights get their values by name and shape, so the order in which layers were made is open.
    """
    import keras
    import numpy as np

    def gives(one: Any) -> Any:
        for weight in one.weights:
            rng = np.random.default_rng(crc32(f"{weight.name} {weight.shape}".encode()))
            values = rng.uniform(-1, 1, weight.shape) / prod(weight.shape[:-1]) ** 0.5
            weight.assign(values + (weight.name in ("gamma", "moving_variance")))
        images = np.random.default_rng(0).uniform(-1, 1, (2, *ours.input_shape[1:]))
        return np.asarray(one(images.astype("float32"), training=True))

    def written(one: Any) -> str:
        settings = {name: getattr(one, name, True) for name in _SETTINGS}
        shown = ", ".join(f"{name}={it!r}" for name, it in settings.items() if it not in (True, 1))
        said = f"`{type(one).__name__}({shown})`"
        after = activation(one) if one.weights else ""  # or the kind of the next layer
        return f"{said}, then {after}" if hasattr(keras.activations, after or "no") else said

    given, wanted = (gives(one) for one in (model, ours))
    alike = given.shape == wanted.shape and np.allclose(given, wanted, atol=1e-4)
    if alike and model.count_params() == ours.count_params():
        return ""
    found, asked = (
        Counter(written(one) for one in layers_of(it) if type(one).__name__ not in _OPEN)
        for it in (model, ours)
    )
    for one in found - asked:
        return f"Compare with the question: it has {one}, which is not so there."
    return "All its layers are asked for. Is one missing, or does one read what it should not?"


def trained(model: Any) -> bool | str:
    """Say whether a model was trained, and just those weights that may learn."""
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None or not int(optimizer.iterations):
        return "It was not trained: compile() and fit() must come before `return`."
    before = {id(one) for one in optimizer._trainable_variables}
    return before == {id(one) for one in model.trainable_variables} or (
        "While fit() ran, other weights were free than now: what is frozen is frozen before it."
    )


def learns(model: Any) -> set[str]:
    """Return the names of the layers whose weights learn."""
    free = {id(one) for one in model.trainable_weights}
    return {layer.name for layer in model.layers if any(id(one) in free for one in layer.weights)}


def field_of(model: Any) -> int:
    """Return how many pixels of the image one value of the last layer sees, in one direction."""
    row = costs.from_keras(model).rows[-1]
    return int(row.field.rows.size) if row.field else 0


def toy(count: int = 400, seed: int = 0) -> list[Any]:
    """Return images on which any network that learns is soon right, and their labels.

    The upper or the lower half is the brighter one; pixels from 0 to 255.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, count)
    images = rng.uniform(0, 160, (count, 8, 8, 1))
    for image, label in zip(images, labels, strict=True):
        image[4 * label : 4 * label + 4] += 80
    return [images.astype("float32"), labels]


def has_learned(model: Any) -> bool | str:
    """Say whether a model names new images of `toy` rightly."""
    import numpy as np

    images, labels = toy(200, seed=1)
    scores = np.asarray(model.predict(images, verbose=0))
    if not np.isfinite(scores).all():
        return "It does not learn: its predictions are not numbers any more."
    guesses = scores.argmax(-1) if scores.shape[-1] > 1 else scores[..., 0] > 0.5
    right = float(np.mean(guesses == labels))
    return right >= 0.75 or (
        f"It does not learn yet: of 100 new images it names {100 * right:.0f} rightly. Guessing "
        "names 50."
    )


# --- what one exercise needs ---------------------------------------------------------------------


def kernel_effect(kernel: object) -> Callable[..., object]:
    """Return what a kernel of 3 x 3 does to an image."""
    from scipy.signal import correlate2d

    return lambda image: correlate2d(image, kernel, "valid")


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
    return keras.Model(net.inputs[0], net.outputs[0])  # a Sequential alone has no input yet


def norm_held(model: Any, size: int) -> bool:
    """Say whether a batch of strange images leaves batch normalisation as it is."""
    import numpy as np

    norms = of_kind(model, "BatchNormalization")
    before = [np.asarray(one.moving_mean.numpy()) for one in norms]
    model(np.full((2, size, size, 3), 255.0, "float32"), training=True)
    pairs = zip(before, norms, strict=True)
    return bool(norms) and all(np.array_equal(old, one.moving_mean.numpy()) for old, one in pairs)


def pixels_scaled(model: Any, size: int) -> bool | str:
    """Say whether the model itself brings pixels from 0 ... 255 to -1 ... 1, or to what."""
    import keras
    import numpy as np

    graph = keras.Model(model.inputs, model.outputs).operations
    first = next(one for one in graph if isinstance(one, keras.Model | keras.layers.Conv2D))
    if not getattr(first, "operations", True):  # a class of the student's own
        return bool(of_kind(model, "Rescaling"))
    read = keras.Model(model.inputs, first._inbound_nodes[-1].input_tensors[0])
    black, white = (read([np.full((1, size, size, 3), one, "float32")]) for one in (0, 255))
    reached = [float(np.mean(one)) for one in (black, white)]
    return np.allclose(reached, [-1, 1], atol=2e-3) or (
        f"Black is {reached[0]:.4g} and white is {reached[1]:.4g} where the backbone reads them."
    )
