"""Every method of `interpret` on a model whose right answer is known in closed form."""

import warnings
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops
from numpy.testing import assert_allclose, assert_array_equal

from course_utils import interpret
from course_utils.costs import from_keras, to_keras, zoo
from course_utils.interpret import graph
from tests import golden
from tests.costs import own_calls
from tests.costs.own_calls import Called, OwnStep, Shifted, TwoViews, with_own_call

HERE = Path(__file__).parent
K = keras.layers
RNG, SEEDS = np.random.default_rng(0), keras.random.SeedGenerator(0)


def build(*layers, shape=(6, 6, 2), name=None):
    return keras.Sequential([keras.Input(shape), *layers], name=name)


def learned(layer, kernel, bias=0.0):
    """Return a layer that has learned these weights."""
    kernel = np.asarray(kernel, "float32")
    layer.build((None, *kernel.shape[:-1]))
    layer.set_weights([kernel, np.full(kernel.shape[-1], bias)][: len(layer.weights)])
    return layer


def conv(kernel, name=None, **how):
    *size, _, filters = np.shape(kernel)
    return learned(K.Conv2D(filters, size, use_bias=False, name=name, **how), kernel)


def dense(kernel, activation=None, bias=0.0, name=None):
    return learned(K.Dense(np.shape(kernel)[-1], activation, name=name), kernel, bias)


def linear_model(activation=None, units=3, shape=(4, 5, 2)):
    """Scores are weights times pixels plus a bias."""
    weights = RNG.normal(size=(int(np.prod(shape)), units))
    model = build(K.Flatten(), dense(weights, activation, bias=1), shape=shape)
    return model, weights.T.reshape(units, *shape)


NESTED = ["sequential", "functional", "training=False", "twice nested", "whole"]


def base_and_head(kind="sequential", activation="softmax"):
    """Return a transfer model and the weights of its last layer.

    The base copies the image's two channels into its two maps, so everything about it is known.
    """
    x = keras.Input((6, 6, 2))
    base = keras.Model(x, K.ReLU(name="relu")(conv([[np.eye(2)]], "maps")(x)), name="base")
    weights = RNG.normal(size=(2, 3))
    first, pool = K.Rescaling(0.5), K.GlobalAveragePooling2D(name="pool")
    head = dense(weights, activation, name="head")
    if kind == "sequential":
        model = build(first, base, pool, head)
    elif kind == "twice nested":
        model = build(build(first, base, name="inner"), pool, head)
    else:
        how = {"training": False} if kind == "training=False" else {}
        model = keras.Model(x, head(pool(base(first(x), **how))), name="inner")
        model = build(model) if kind == "whole" else model
    return model, weights


def predicted(model, images):
    """What Keras gives in prediction, also if `predict` itself is slow to start."""
    x = ops.convert_to_tensor(np.asarray(images, "float32"))
    return np.asarray(ops.convert_to_numpy(model(x, training=False)), "float32")


def scores_are_predicted(model, images, **tolerance):
    assert_allclose(
        interpret.scores(model, images), predicted(model, images), **{"rtol": 1e-4} | tolerance
    )


# --- looking into models ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", NESTED)
def test_grad_cam_looks_into_nested_models(kind):
    """With global average pooling and one dense layer, it is CAM (Zhou et al. 2016) over h * w."""
    model, weights = base_and_head(kind)
    assert list(interpret.layer_shapes(model)) == [row.name for row in from_keras(model)]
    assert interpret.layer_shapes(model)["relu"] == (6, 6, 2)
    images, classes = RNG.random((34, 6, 6, 2)), RNG.integers(0, 3, 34)  # more than a batch
    maps = images / 2  # what the base gives
    assert_allclose(graph._activations(model, images, "relu"), maps, rtol=1e-6)
    expected = np.maximum(np.einsum("nhwk,kn->nhw", maps, weights[:, classes]) / 36, 0)
    for layer in (None, "relu"):
        found = interpret.grad_cam(model, images, classes, layer)
        assert_allclose(found, expected, rtol=1e-4, atol=1e-7)


def test_layers_of_one_name_are_told_apart_as_by_the_calculator():
    twice, other = (build(K.Conv2D(2, 3, padding="same", name="conv"), name=n) for n in "ab")
    x = keras.Input((6, 6, 2))
    model = keras.Model(x, other(twice(twice(x))))
    names = list(interpret.layer_shapes(model))
    assert names == [row.name for row in from_keras(model)] == ["conv", "a/conv", "b/conv"]
    values = images = RNG.random((2, 6, 6, 2))
    for name, base in zip(names, (twice, twice, other), strict=True):
        values = predicted(base, values)
        assert_allclose(graph._activations(model, images, name), values, rtol=1e-4, atol=1e-6)
    model = build(K.Conv2D(3, 1, name="input"))  # called as the image is
    assert list(interpret.layer_shapes(model)) == [row.name for row in from_keras(model)]
    assert graph._activations(model, np.ones((1, 6, 6, 2)), "input:2").shape[-1] == 3


def two_outputs():
    """A base gives two; one is computed from the other, which must not be forgotten meanwhile."""
    inputs = keras.Input((2, 2, 1))
    low = K.Rescaling(2.0, name="low")(inputs)
    base = keras.Model(inputs, [low, K.Rescaling(3.0, name="high")(low)], name="base")
    x = keras.Input((2, 2, 1))
    return keras.Model(x, K.GlobalAveragePooling2D()(K.Concatenate()(base(x))))


def inputs_by_name():
    a, b = keras.Input((4, 4, 1), name="z"), keras.Input((4, 4, 1), name="a")
    inner = keras.Model({"z": a, "a": b}, K.Subtract()([a, b]))
    x = keras.Input((4, 4, 1))
    y = inner({"z": K.Rescaling(3.0)(x), "a": K.Rescaling(1.0)(x)})
    return keras.Model(x, K.Flatten()(y))


@pytest.mark.parametrize("make", [two_outputs, inputs_by_name, partial(with_own_call, OwnStep)])
def test_scores_are_what_keras_predicts(make):
    model = make()
    scores_are_predicted(model, RNG.random((2, *model.input_shape[1:])).astype("float32"))


@pytest.mark.parametrize("kind", [Shifted, TwoViews, Called])
def test_a_model_with_its_own_call_is_one_layer_inside_another(kind):
    inner, images = with_own_call(kind), RNG.normal(size=(2, 6, 6, 2)).astype("float32")
    model = build(K.Rescaling(0.5, name="half"), inner)
    names = list(interpret.layer_shapes(model))
    assert names == [row.name for row in from_keras(model)]
    assert names[:2] == ["half", "own"]  # and not "conv"
    scores_are_predicted(model, images)
    found = graph._activations(model, images, "own")
    assert_allclose(found, predicted(inner, images / 2), rtol=1e-4)


def two_inputs():
    a, b = keras.Input((4, 4, 1)), keras.Input((4, 4, 1))
    return keras.Model([a, b], K.Add()([a, b]))


def rows_of_pixels(*end):
    """A convolution that looks for a pixel brighter than the one below it to the right."""
    return build(pattern_model().layers[0], K.Reshape((36, 2), name="rows"), *end, shape=(7, 7, 1))


class Doubled(K.Dense):
    """A subclass that goes on after its activation."""

    def call(self, x, training=None):
        return 2 * super().call(x) - 1


def apart_from_their_mean():
    x = keras.Input((8,))
    p = K.Dense(3, "softmax", name="dense")(x)
    return keras.Model(x, p - ops.mean(p, axis=-1, keepdims=True))


def diverged():
    looks = conv(np.full((1, 1, 2, 1), np.nan), "conv", activation="relu")
    return build(looks, K.GlobalAveragePooling2D(), K.Dense(2), name="net")


def holding(pixel):
    images = np.zeros((2, 6, 6, 2), np.asarray(pixel).dtype)
    images[1, 2, 3, 0] = pixel
    return images


@pytest.mark.filterwarnings("ignore:(What .* are probabilities|overflow|Casting complex)")
def test_what_cannot_be_done_is_refused():
    """The calls of ``refused.txt``, for each of which Keras counts its names anew."""
    names = globals() | vars(interpret) | vars(own_calls)
    names["zeros"] = lambda *shape: np.zeros(shape)
    anew = partial(keras.utils.clear_session, free_memory=False)
    golden.refused(HERE / "refused.txt", names, anew)


# --- small models and images, whose answers can be found by hand -------------------------------


def dots(count, values, side=7):
    """Return black images with a few bright pixels: ``{(image, row, column): value}``."""
    images = np.zeros((count, side, side, 1), np.uint8)
    for place, value in values.items():
        images[place] = value
    return images


def pattern_model():
    """A convolution whose first filter looks for a bright pixel top left of a dark one."""
    kernel = np.zeros((2, 2, 1, 2))
    kernel[0, 0, 0, 0], kernel[1, 1, 0, 0] = 1, -1
    looks = conv(kernel, "conv", activation="relu")
    return build(looks, K.MaxPooling2D(2, name="pool"), shape=(7, 7, 1))


def over_the_edge():
    """Each value sees one pixel more on each side, of which it only reads the one in the middle."""
    centre = conv(np.pad([[[[1.0]]]], ((1, 1), (1, 1), (0, 0), (0, 0))), "conv", padding="same")
    return build(centre, K.Flatten(), dense([[1, -1]] * 16, name="sum"), shape=(4, 4, 1))


def sum_of(shape):
    return build(K.Flatten(), dense(np.ones((int(np.prod(shape)), 1))), shape=shape)


class Twice(K.Layer):
    def call(self, x):
        return 2 * x, 3 * x


def one_of_two_ways(layer):
    """What only the first score depends on: the second way bypasses the layer, or its output."""
    x = keras.Input((2, 2, 1))
    y = layer(x)
    one, other = y if isinstance(y, (list, tuple)) else (y, x)
    return keras.Model(x, K.GlobalAveragePooling2D()(K.Concatenate()([one, other])))


def three_pixels(rectify):
    """Three pixels, a ReLU for each in one of its spellings, and a sum with weights -1, 4 and 3."""
    x = keras.Input((1, 3, 1))
    return keras.Model([x], conv(np.reshape([-1.0, 4.0, 3.0], (1, 3, 1, 1)), "sum")(rectify(x)))


@pytest.mark.filterwarnings("error:The structure of .inputs.")  # which a notebook would show
@pytest.mark.parametrize("file", sorted((HERE / "by_hand").iterdir()), ids=lambda file: file.stem)
def test_what_can_be_found_by_hand(file):
    names = globals() | vars(interpret)

    def say(call):
        found = eval(call, names)
        arrays = vars(found) if isinstance(found, interpret.Patches) else {"": found}
        listed = (f"{name} {(one.round(4) + 0).tolist()}" for name, one in arrays.items())  # no -0
        return " ".join(listed).strip()

    golden.calls(file, say)


# --- as in prediction ------------------------------------------------------------------------

# Everything in keras.layers that changes images, and what it needs to be made.
NOTHING = (
    *("AugMix", "AutoContrast", "CutMix", "MixUp", "RandAugment", "RandomElasticTransform"),
    *("RandomFlip", "RandomGaussianBlur", "RandomPerspective"),
)
AUGMENTATIONS = {name: (0.5,) for name in dir(K) if name.startswith("Random")}
AUGMENTATIONS |= dict.fromkeys(NOTHING, ())
AUGMENTATIONS |= {"CenterCrop": (4, 4), "RandomCrop": (6, 6), "RandomTranslation": (0.3, 0.3)}
AUGMENTATIONS |= {"RandomPosterization": (4,), "Solarization": (0.5,)}


class Wrapped(K.Layer):
    """A layer that has another one inside, and no word about training."""

    def __init__(self, layer, name=None):
        super().__init__(name=name)
        self.layer = layer

    def get_config(self):
        return {"name": self.name, "layer": self.layer}

    def call(self, x):
        return self.layer(x)


def colourful(*first, activation=None, dtype=None):
    """Return a transfer model on colour images whose base has one convolution."""
    keras.utils.set_random_seed(3)
    maps = K.Conv2D(4, 3, activation="relu", name="maps")
    base = keras.Sequential([keras.Input((6, 6, 3)), maps, K.BatchNormalization()], name="base")
    head = K.GlobalAveragePooling2D(name="pool"), K.Dense(3, activation, name="head")
    inputs = keras.Input((6, 6, 3), dtype=dtype)
    return keras.Sequential([inputs, *first, K.Rescaling(1 / 127.5, -1), base, *head])


COLOURS = RNG.integers(0, 256, (3, 6, 6, 3)).astype("float32")


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_augmentation_is_off_and_what_changes_images_in_prediction_is_not(name):
    model = build(getattr(K, name)(*AUGMENTATIONS[name]), K.Flatten(), shape=(6, 6, 3))
    for _ in range(2):
        scores_are_predicted(model, COLOURS, atol=1e-4)


@pytest.mark.parametrize("kind", ["sequential", "pipeline", "wrapped", "base", "training=True"])
def test_augmentation_is_off_wherever_it_is(kind):
    """Scores, saliency and Grad-CAM, twice, are those of the model without it."""
    layers = [K.RandomFlip(seed=1), K.RandomRotation(0.5, seed=2), K.RandomContrast(0.9, seed=3)]
    if kind == "sequential":
        model = colourful(keras.Sequential(layers))
    elif kind == "pipeline":
        model = colourful(K.Pipeline(layers))
    elif kind == "wrapped":
        model = colourful(*map(Wrapped, layers))
    elif kind == "base":
        model = colourful(build(*layers, K.GaussianNoise(0.9), K.Dropout(0.9), shape=(6, 6, 3)))
    else:  # Keras's own call and predict switch it off all the same
        x = keras.Input((6, 6, 3))
        model = keras.Model(x, colourful()(layers[0](x, training=True), training=True))
    plain = colourful()
    plain.set_weights(model.get_weights())
    for of in (interpret.scores, interpret.saliency, interpret.grad_cam):
        expected = of(plain, COLOURS)
        for _ in range(2):
            assert_allclose(of(model, COLOURS), expected, atol=1e-4 * np.abs(expected).max())
    scores_are_predicted(model, COLOURS, atol=1e-4)


# In bfloat16, with its 8 bits, a ReLU near 0 may open.
PRECISIONS = {"float32": 1e-5, "float64": 1e-5, "mixed_float16": 1e-2, "mixed_bfloat16": 0.15}


@pytest.mark.filterwarnings("ignore:Explicitly requested dtype .*float64")  # JAX has float32
@pytest.mark.parametrize("policy", PRECISIONS)
def test_every_method_in_every_precision(policy):
    keras.config.set_dtype_policy(policy)
    model = colourful(K.RandomFlip(seed=1), activation="softmax")
    keras.config.set_dtype_policy("float32")
    plain = colourful()
    plain.set_weights(model.get_weights())
    for name, *settings in (
        ("scores",),
        ("saliency", 0),
        ("integrated_gradients", 0, 4),
        ("occlusion", 0, 3, 3),
        ("grad_cam", 0, "maps"),
        ("guided_backpropagation", "pool", 0),
        ("strongest_patches", "maps", [0], 1),
    ):
        both = [getattr(interpret, name)(one, COLOURS, *settings) for one in (model, plain)]
        found, expected = (getattr(one, "values", one) for one in both)
        assert found.dtype == "float32", name
        assert np.abs(expected).max() > 0, name
        error = np.linalg.norm(found - expected) / np.linalg.norm(expected)
        assert error < PRECISIONS[policy], (name, error)


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float16"])
def test_images_in_the_type_that_a_model_asks_for(dtype):
    model = colourful(dtype=dtype)
    scores_are_predicted(model, COLOURS + (0.0 if dtype == "float16" else 0.75), atol=1e-4)
    # The gradient is that of the network behind the rounding, not 0.
    expected = interpret.saliency(colourful(), COLOURS, 1)
    assert_allclose(interpret.saliency(model, COLOURS, 1), expected, atol=1e-6)
    inputs = keras.Input((6, 6, 3), dtype=dtype)
    base = keras.Model(inputs, K.Rescaling(2.0)(inputs))
    scores_are_predicted(build(K.Rescaling(0.3), base, K.Flatten(), shape=(6, 6, 3)), COLOURS)


# --- any images, whose answers follow from the weights ----------------------------------------


@pytest.mark.parametrize("activation", [None, "softmax"])
def test_the_saliency_of_a_linear_model_is_its_weights(activation):
    model, weights = linear_model(activation)
    images, classes = RNG.normal(size=(20, 4, 5, 2)), RNG.integers(0, 3, 20)  # more than a batch
    before = predicted(model, images)
    assert_allclose(interpret.saliency(model, images, classes), weights[classes], rtol=1e-5)
    assert_allclose(interpret.saliency(model, images, 1), weights[[1] * 20], rtol=1e-5)
    shares = interpret.integrated_gradients(model, images, classes, steps=3)
    assert_allclose(shares, weights[classes] * images, rtol=1e-4, atol=1e-5)
    assert_array_equal(predicted(model, images), before)  # it was left alone


class Smooth(K.Layer):
    def call(self, x):
        return ops.softmax(x)


class Halves(K.Dense):
    """A subclass that mixes what it gives with what is in front of its activation."""

    def call(self, x, training=None):
        z = ops.matmul(x, self.kernel) + self.bias
        return z * self.activation(z)


class InWrapper(K.Wrapper):
    def call(self, x):
        return self.layer(x)


softmax_of_tensorflow = ops.softmax
if keras.backend.backend() == "tensorflow":
    from tensorflow.nn import softmax as softmax_of_tensorflow  # noqa: F401 - in the file


def in_steps():
    x = keras.Input((3,))
    powers = ops.exp(x - ops.max(x, axis=-1, keepdims=True))
    return keras.Model(x, powers / ops.sum(powers, axis=-1, keepdims=True))


def both(combined, units, activation):
    x = keras.Input((8,))
    two = [K.Dense(units, activation, name=name)(x) for name in ("one", "two")]
    return keras.Model(x, combined()(two))


def test_scores_are_taken_before_any_softmax_or_a_warning_says_that_they_are_not():
    """``last_layers.txt`` has the spellings of such models, and others."""
    images = RNG.normal(size=(4, 2, 2, 2)).astype("float32")

    def say(layers):
        keras.utils.set_random_seed(0)
        model = build(K.Flatten(), *eval(f"[{layers}]"), shape=(2, 2, 2), name="net")
        kernel, bias, *others = model.get_weights()
        model.set_weights([kernel, bias + 1, *others])
        results, said = [], []
        for method in (interpret.scores, interpret.saliency, interpret.integrated_gradients):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always", UserWarning)
                results.append(method(model, images))
            said.append({str(one.message) for one in caught if one.category is UserWarning})
        assert said[0] == said[1] == said[2]
        if said[0]:
            return f"UserWarning: {' '.join(said[0])}"
        found, slopes, _ = results
        if "between" in layers:  # that is what the softmax takes
            taken = keras.Model(model.inputs, model.get_layer("between").output)
            assert_allclose(found, predicted(taken, images), rtol=1e-4)
            return "what comes out between"
        kernel, given = kernel.reshape(8, -1), predicted(model, images)
        linear = images.reshape(4, 8) @ kernel + 1
        if kernel.shape[1] == 1:  # two classes
            kernel, linear = (np.hstack([-one, one]) for one in (kernel, linear))
        if found.shape == given.shape and np.allclose(found, given):
            return "what Keras gives"
        sign = 1 if np.allclose(found, linear, 1e-2, 1e-2) else -1
        assert_allclose(found, sign * linear, rtol=1e-2, atol=1e-2)
        best = found.argmax(axis=1)
        assert_allclose(slopes, sign * kernel.T[best].reshape(4, 2, 2, 2), rtol=1e-2)
        assert given.max() <= 1.001  # it was there
        return "the scores before it" if sign == 1 else "the scores before it, turned"

    golden.calls(HERE / "last_layers.txt", say)


def test_randomised_shuffles_from_a_layer_up():
    model = to_keras(zoo.lab_cnn())
    before = model.get_weights()
    shuffled, again = (interpret.randomised(model, "conv2") for _ in range(2))
    for one, other in zip(model.get_weights(), before, strict=True):
        assert_array_equal(one, other)
    for name in ("conv1", "bn1", "conv2", "fc"):
        one, other, same = (m.get_layer(name).get_weights()[0] for m in (model, shuffled, again))
        assert_array_equal(other, same)
        if name in ("conv1", "bn1"):
            assert_array_equal(one, other)
        else:
            assert (one != other).mean() > 0.9
            assert_array_equal(np.sort(one.ravel()), np.sort(other.ravel()))


@pytest.mark.parametrize("kind", NESTED)
def test_randomised_reaches_into_nested_models(kind):
    model, _ = base_and_head(kind)
    images = RNG.random((4, 6, 6, 2))  # the scores of one may add up to 1
    kept = interpret.randomised(model, "head")
    assert_allclose(graph._activations(kept, images, "relu"), images / 2)
    head = interpret.scores(kept, images) - interpret.scores(model, images)
    assert np.abs(head).max() > 1e-3
    swapped = [interpret.randomised(model, seed=s).get_weights() for s in range(5)]
    for kernel, *others in zip(model.get_weights(), *swapped, strict=True):
        if kernel.ndim > 1:
            assert any((other != kernel).any() for other in others)


@pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64")  # JAX has int32
def test_randomised_keeps_what_a_model_computes():
    """A call inside, a lambda, an unusual loss, shared layers, and what an adapted layer knows."""
    adapted = K.Normalization()
    adapted.adapt(RNG.normal(5, 3, (8, 6, 6, 2)))
    inner, shared = with_own_call(TwoViews), K.Conv2D(2, 3, padding="same", name="shared")
    x = keras.Input((6, 6, 2))
    model = keras.Model(x, inner(shared(build(shared)(K.Lambda(ops.tanh)(adapted(x) / 2)))))
    model.compile("sgd", loss=lambda y, z: ops.mean(y - z))
    copy = interpret.randomised(model, "own")
    assert interpret.layer_shapes(copy) == interpret.layer_shapes(model)
    assert len(copy.weights) == len(model.weights)
    inner.set_weights(copy.get_layer("own").get_weights())
    images = RNG.normal(size=(2, 6, 6, 2)).astype("float32")
    assert_allclose(predicted(copy, images), predicted(model, images), rtol=1e-4)
