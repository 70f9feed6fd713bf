"""Every method of `interpret` on a model whose right answer is known in closed form."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import ops

from course_utils import interpret
from course_utils.costs import from_keras, to_keras, zoo

K = keras.layers
RNG = np.random.default_rng(0)


def build(*layers, shape=(6, 6, 2)):
    return keras.Sequential([keras.Input(shape), *layers])


def set_kernel(layer, kernel, bias=None):
    weights = [np.asarray(kernel, "float32")]
    if layer.use_bias:
        weights.append(np.zeros(weights[0].shape[-1]) if bias is None else np.asarray(bias))
    layer.set_weights(weights)


def linear_model(activation=None, units=3, shape=(4, 5, 2)):
    """Scores are weights times pixels plus a bias."""
    dense = K.Dense(units, activation=activation)
    model = build(K.Flatten(), dense, shape=shape)
    weights = RNG.normal(size=(int(np.prod(shape)), units)).astype("float32")
    dense.set_weights([weights, np.arange(units, dtype="float32")])
    return model, weights.T.reshape(units, *shape)


def base_and_head(kind="sequential", activation="softmax", with_training=False):
    """Return a transfer model, its base, and the weights of its last layer.

    The base copies the image's two channels into its two maps, so everything about it is known.
    """
    inputs = keras.Input((6, 6, 2))
    conv = K.Conv2D(2, 1, use_bias=False, name="maps")
    outputs = K.ReLU(name="relu")(conv(inputs))
    base = keras.Model(inputs, outputs, name="base")
    set_kernel(conv, np.eye(2)[np.newaxis, np.newaxis])
    head = K.Dense(3, activation=activation, name="head")
    first, pool = K.Rescaling(0.5), K.GlobalAveragePooling2D(name="pool")
    if kind == "sequential":
        model = build(first, base, pool, head)
    elif kind == "functional":
        x = keras.Input((6, 6, 2))
        y = base(first(x), training=False) if with_training else base(first(x))
        model = keras.Model(x, head(pool(y)))
    elif kind == "twice nested":
        model = build(keras.Sequential([keras.Input((6, 6, 2)), first, base]), pool, head)
    else:
        y = head(pool(base(first(x := keras.Input((6, 6, 2))))))
        model = build(keras.Model(x, y, name="whole"))
    weights = RNG.normal(size=(2, 3)).astype("float32")
    head.set_weights([weights, np.zeros(3)])
    return model, base, weights


NESTED = ["sequential", "functional", "twice nested", "whole"]


# --- looking into models ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", NESTED)
def test_layers_have_the_names_of_the_calculator(kind):
    model, _, _ = base_and_head(kind)
    assert list(interpret.layer_shapes(model)) == [row.name for row in from_keras(model)]
    assert interpret.layer_shapes(model)["relu"] == (6, 6, 2)


def test_layers_of_one_name_are_told_apart_as_by_the_calculator():
    def base(name):
        return keras.Sequential(
            [keras.Input((8, 8, 2)), K.Conv2D(2, 3, padding="same", name="conv")], name=name
        )

    twice, x = base("a"), keras.Input((8, 8, 2))
    model = keras.Model(x, base("b")(twice(twice(x))))
    names = list(interpret.layer_shapes(model))
    assert names == [row.name for row in from_keras(model)] == ["conv", "a/conv", "b/conv"]
    images = RNG.random((2, 8, 8, 2))
    values = interpret.activations(model, images, names)
    first = ops.convert_to_numpy(twice(images.astype("float32")))
    np.testing.assert_allclose(values["conv"], first, rtol=1e-4, atol=1e-6)
    second = ops.convert_to_numpy(twice(first))
    np.testing.assert_allclose(values["a/conv"], second, rtol=1e-4, atol=1e-6)
    whole = ops.convert_to_numpy(model(images))
    np.testing.assert_allclose(values["b/conv"], whole, rtol=1e-4, atol=1e-6)


def test_a_real_network_computes_what_keras_computes():
    base = keras.applications.MobileNetV2((32, 32, 3), 0.35, include_top=False, weights=None)
    model = build(K.Rescaling(1 / 127.5, -1), base, shape=(32, 32, 3))
    images = RNG.integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    inside = "block_3_expand_relu"
    ours = interpret.activations(model, images, [base.name, inside], batch_size=2)
    tapped = keras.Model(base.inputs, [base.output, base.get_layer(inside).output])
    for name, expected in zip(ours, tapped(images / 127.5 - 1), strict=True):
        theirs = ops.convert_to_numpy(expected)
        np.testing.assert_allclose(ours[name], theirs, rtol=1e-3, atol=1e-5)


def test_names_are_found_with_their_path_and_by_the_nested_model():
    model, _, _ = base_and_head()
    images = RNG.random((1, 6, 6, 2))
    values = interpret.activations(model, images, ["relu", "base/relu", "base"])
    np.testing.assert_array_equal(values["relu"], values["base/relu"])
    np.testing.assert_array_equal(values["relu"], values["base"])
    np.testing.assert_allclose(values["relu"], images / 2, rtol=1e-6)


def test_an_unknown_layer_is_answered_with_the_nearest():
    model, _, _ = base_and_head()
    with pytest.raises(ValueError, match="no layer 'reluu'; there is relu"):
        interpret.activations(model, np.zeros((1, 6, 6, 2)), ["reluu"])


def test_models_without_a_graph_are_refused():
    class Own(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(ValueError, match="no graph to look into"):
        interpret.layer_shapes(Own())
    with pytest.raises(ValueError, match="no graph to look into"):
        interpret.layer_shapes(keras.Sequential([K.Dense(1)]))


def test_two_inputs_are_refused():
    a, b = keras.Input((4, 4, 1)), keras.Input((4, 4, 1))
    with pytest.raises(ValueError, match="2 inputs"):
        interpret.layer_shapes(keras.Model([a, b], K.Add()([a, b])))


def test_channels_first_is_refused():
    conv = K.Conv2D(2, 3, data_format="channels_first", name="conv")
    with pytest.raises(ValueError, match="channels first"):
        interpret.layer_shapes(build(conv, shape=(2, 6, 6)))


@pytest.mark.parametrize("shape", [(6, 6, 2), (1, 6, 6, 1), (0, 6, 6, 2), (1, 5, 6, 2)])
def test_images_of_another_shape_are_refused(shape):
    model, _, _ = base_and_head()
    with pytest.raises(ValueError, match=r"takes images of shape \(n, 6, 6, 2\), not") as caught:
        interpret.saliency(model, np.zeros(shape))
    assert ("image[np.newaxis]" in str(caught.value)) == (len(shape) == 3)


# --- features --------------------------------------------------------------------------------


def test_filters_are_the_kernels():
    conv = K.Conv2D(3, (2, 4), name="conv")
    model = build(K.Rescaling(2.0), conv)
    kernel = RNG.normal(size=(2, 4, 2, 3)).astype("float32")
    set_kernel(conv, kernel)
    found = interpret.filters(model)
    assert found.shape == (3, 2, 4, 2)
    for number in range(3):
        np.testing.assert_array_equal(found[number], kernel[..., number])


def test_depthwise_filters_have_one_channel_each():
    depthwise = K.DepthwiseConv2D(3, depth_multiplier=2, name="depthwise")
    model = build(depthwise)
    kernel = RNG.normal(size=(3, 3, 2, 2)).astype("float32")
    set_kernel(depthwise, kernel, np.zeros(4))
    found = interpret.filters(model, "depthwise")
    assert found.shape == (4, 3, 3, 1)
    np.testing.assert_array_equal(found[3, ..., 0], kernel[..., 1, 1])  # channel 1, its second


def test_filters_of_what_has_none():
    with pytest.raises(ValueError, match="is a Flatten"):
        interpret.filters(build(K.Conv2D(1, 1), K.Flatten(name="flat")), "flat")
    with pytest.raises(ValueError, match="no convolution"):
        interpret.filters(build(K.Flatten()))


def test_channel_states():
    maps = np.zeros((4, 5, 5, 3))
    maps[..., 1] = 0.7
    maps[3, 2, 2, 2] = 1e-3  # on one image, at one place
    assert interpret.channel_states(maps) == ["dead", "constant", "alive"]


def test_principal_components_find_a_line():
    along = np.array([3.0, -1, -2, 0])
    direction = np.array([3, 4]) / 5
    points = along[:, np.newaxis] * direction + np.array([10, 20])
    coordinates, share = interpret.principal_components(points, 1)
    np.testing.assert_allclose(coordinates[:, 0], along, atol=1e-12)
    np.testing.assert_allclose(share, [1])


def test_principal_components_keep_distances():
    points = RNG.normal(size=(20, 3, 1))
    coordinates, share = interpret.principal_components(points, 3)
    before = np.linalg.norm((points[:, np.newaxis] - points)[..., 0], axis=-1)
    after = np.linalg.norm(coordinates[:, np.newaxis] - coordinates, axis=-1)
    np.testing.assert_allclose(after, before, atol=1e-10)
    assert share.sum() == pytest.approx(1)
    assert list(share) == sorted(share, reverse=True)


def test_principal_components_of_too_little():
    with pytest.raises(ValueError, match="do not have 4 directions"):
        interpret.principal_components(np.zeros((9, 3)), 4)
    with pytest.raises(ValueError, match="All vectors are equal"):
        interpret.principal_components(np.ones((9, 3)), 2)


# --- patches ---------------------------------------------------------------------------------


def pattern_model():
    """A convolution whose first filter looks for a bright pixel top left of a dark one."""
    conv = K.Conv2D(2, 2, activation="relu", name="conv")
    model = build(conv, K.MaxPooling2D(2, name="pool"), shape=(7, 7, 1))
    kernel = np.zeros((2, 2, 1, 2))
    kernel[0, 0, 0, 0], kernel[1, 1, 0, 0] = 1, -1
    set_kernel(conv, kernel)
    return model


def test_the_strongest_patches_are_where_they_were_put():
    images = np.zeros((5, 7, 7, 1), np.uint8)
    images[1, 2, 3] = 50
    images[3, 5, 5] = 90
    found = interpret.strongest_patches(pattern_model(), images, "conv", count=2, batch_size=2)
    assert found.states == ("alive", "dead")
    assert found.values[0].tolist() == [90, 50]
    assert found.images[0].tolist() == [3, 1]
    assert found.positions[0].tolist() == [[5, 5], [2, 3]]
    assert found.corners[0].tolist() == [[5, 5], [2, 3]]
    assert found.receptive_field == (2, 2)
    assert found.pixels.dtype == np.uint8
    assert found.pixels[0, ..., 0].tolist() == [[[90, 0], [0, 0]], [[50, 0], [0, 0]]]
    assert found.inside.all()


def test_patches_have_the_receptive_field_of_the_calculator():
    images = np.zeros((1, 7, 7, 1))
    images[0, 2, 3] = 1
    found = interpret.strongest_patches(pattern_model(), images, "pool", [0], count=1)
    assert found.receptive_field == (3, 3)
    assert found.corners[0, 0].tolist() == [2, 2]  # the pooling window of rows 2, 3, columns 2, 3
    assert np.argwhere(found.pixels[0, 0, ..., 0]).tolist() == [[0, 1]]


def test_a_patch_over_the_edge_says_so():
    conv = K.Conv2D(1, 3, padding="same", name="conv")
    model = build(conv, shape=(5, 6, 1))
    set_kernel(conv, np.pad(np.ones((1, 1, 1, 1)), ((1, 1), (1, 1), (0, 0), (0, 0))))
    images = np.zeros((1, 5, 6, 1))
    images[0, 0, 5] = 4
    found = interpret.strongest_patches(model, images, "conv", count=1)
    assert found.corners[0, 0].tolist() == [-1, 4]
    assert found.pixels[0, 0, ..., 0].tolist() == [[0, 0, 0], [0, 4, 0], [0, 0, 0]]
    assert found.inside[0, 0].tolist() == [[False] * 3, [True, True, False], [True, True, False]]
    again = found.cut(images[np.newaxis])
    np.testing.assert_array_equal(again, found.pixels)


def test_a_field_larger_than_the_image_gives_the_image():
    model = to_keras(zoo.lab_cnn())
    images = RNG.random((3, 28, 28, 1))
    found = interpret.strongest_patches(model, images, "fc", [4, 0], count=1)
    assert found.pixels.shape == (2, 1, 28, 28, 1)
    np.testing.assert_array_equal(found.pixels[0, 0], images[found.images[0, 0]])
    scores = ops.convert_to_numpy(model(images))
    assert found.images[:, 0].tolist() == scores.argmax(axis=0)[[4, 0]].tolist()


def test_patches_refuse_what_is_not_there():
    model = pattern_model()
    with pytest.raises(ValueError, match="do not have 3 patches"):
        interpret.strongest_patches(model, np.zeros((2, 7, 7, 1)), "conv", count=3)
    with pytest.raises(ValueError, match="channels 0 to 1, not 2"):
        interpret.strongest_patches(model, np.zeros((2, 7, 7, 1)), "conv", [2], count=1)


# --- scores and gradients --------------------------------------------------------------------


@pytest.mark.parametrize("activation", [None, "softmax"])
def test_the_saliency_of_a_linear_model_is_its_weights(activation):
    model, weights = linear_model(activation)
    images = RNG.normal(size=(4, 4, 5, 2))
    np.testing.assert_allclose(
        interpret.saliency(model, images, [2, 0, 1, 1], batch_size=3), weights[[2, 0, 1, 1]]
    )
    best = interpret.scores(model, images).argmax(axis=1)
    np.testing.assert_allclose(interpret.saliency(model, images), weights[best])
    np.testing.assert_allclose(interpret.saliency(model, images, 1), weights[[1] * 4])


def test_a_single_sigmoid_has_two_classes():
    model, weights = linear_model("sigmoid", units=1)
    images = RNG.normal(size=(2, 4, 5, 2))
    expected = (weights[0] * images).sum(axis=(1, 2, 3))
    scores = interpret.scores(model, images)
    np.testing.assert_allclose(scores, np.stack([-expected, expected], axis=1), rtol=1e-4)
    np.testing.assert_allclose(interpret.saliency(model, images, [0, 1]), [-weights[0], weights[0]])


@pytest.mark.parametrize("last", [K.Softmax(), K.Activation("softmax"), "function"])
def test_scores_are_taken_before_any_kind_of_softmax(last):
    x = keras.Input((2, 2, 1))
    y = K.Flatten()(x)
    model = keras.Model(x, ops.softmax(y) if last == "function" else last(y))
    images = RNG.normal(size=(3, 2, 2, 1)).astype("float32")
    np.testing.assert_allclose(interpret.scores(model, images), images.reshape(3, 4))


def test_models_and_their_layers_are_left_alone():
    model, _ = linear_model("softmax")
    before = model.get_weights()
    images = RNG.normal(size=(2, 4, 5, 2))
    outputs = ops.convert_to_numpy(model(images))
    interpret.saliency(model, images)
    interpret.maximise(model, model.layers[-1].name, steps=2)
    interpret.randomised(model)
    assert model.layers[-1].activation is keras.activations.softmax
    np.testing.assert_array_equal(ops.convert_to_numpy(model(images)), outputs)
    for one, other in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)


def test_dropout_and_batch_norm_behave_as_in_prediction():
    norm = K.BatchNormalization(epsilon=0.0)
    model = build(norm, K.Dropout(0.9), K.Flatten(), shape=(1, 1, 2))
    norm.set_weights(np.array([[3.0, 1], [0, 5], [1, 2], [4, 1]]))  # scale, shift, mean, variance
    images = RNG.normal(size=(4, 1, 1, 2))
    np.testing.assert_allclose(
        interpret.saliency(model, images, 0), np.tile([1.5, 0], (4, 1, 1, 1)), rtol=1e-5
    )
    np.testing.assert_allclose(
        interpret.scores(model, images), images.reshape(4, 2) * [1.5, 1] + [-1.5, 3], rtol=1e-4
    )


def test_classes_that_are_not_there():
    model, _ = linear_model()
    images = np.zeros((2, 4, 5, 2))
    with pytest.raises(ValueError, match="classes 0 to 2, not 3"):
        interpret.saliency(model, images, 3)
    with pytest.raises(ValueError, match="one for each of the 2 images"):
        interpret.saliency(model, images, [0, 1, 2])
    with pytest.raises(ValueError, match="not one score for each class"):
        interpret.saliency(pattern_model(), np.zeros((1, 7, 7, 1)))


# --- integrated gradients --------------------------------------------------------------------


def test_integrated_gradients_of_a_linear_model_are_weights_times_change():
    model, weights = linear_model()
    images = RNG.normal(size=(2, 4, 5, 2))
    found = interpret.integrated_gradients(model, images, [0, 2], baseline=0.5, steps=3)
    np.testing.assert_allclose(found, weights[[0, 2]] * (images - 0.5), rtol=1e-4, atol=1e-5)


def test_integrated_gradients_see_what_saturates():
    """The classic example of the paper: 1 - relu(1 - x) at x = 2, where the gradient is 0."""
    x = keras.Input((1, 1, 1))
    model = keras.Model(x, K.Flatten()(1 - ops.relu(1 - x)))
    image = np.full((1, 1, 1, 1), 2.0)
    assert interpret.saliency(model, image, 1).item() == 0
    assert interpret.integrated_gradients(model, image, 1, steps=64).item() == pytest.approx(1)


def test_integrated_gradients_are_complete():
    """The axiom of completeness: the shares add up to the difference of the scores."""
    layers = [
        K.Conv2D(4, 3, activation="elu"),
        K.AveragePooling2D(2),
        K.Conv2D(4, 2, activation="tanh"),
    ]
    keras.utils.set_random_seed(1)
    model = build(*layers, K.Flatten(), K.Dense(3, activation="softmax"), shape=(8, 8, 3))
    images = RNG.normal(size=(3, 8, 8, 3))
    baseline = RNG.normal(size=(8, 8, 3))
    found = interpret.integrated_gradients(model, images, [0, 1, 2], baseline, steps=100)
    difference = interpret.scores(model, images) - interpret.scores(model, baseline[np.newaxis])
    wanted = difference[range(3), range(3)]
    np.testing.assert_allclose(found.sum(axis=(1, 2, 3)), wanted, rtol=1e-3, atol=1e-4)


# --- occlusion -------------------------------------------------------------------------------


def test_occlusion_of_a_linear_model_pixel_by_pixel():
    model, weights = linear_model(shape=(4, 5, 1))
    images = RNG.normal(size=(2, 4, 5, 1))
    found = interpret.occlusion(model, images, [0, 1], size=1, stride=1, fill=0.25, batch_size=7)
    expected = (weights[[0, 1]] * (images - 0.25))[..., 0]
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5)


def test_occlusion_averages_over_the_squares_that_cover_a_pixel():
    model, weights = linear_model(shape=(3, 4, 1))
    image = RNG.normal(size=(1, 3, 4, 1))
    found = interpret.occlusion(model, image, 2, size=2, stride=2, fill=0.0)[0]
    share = (weights[2] * image[0])[..., 0]
    corners = [(0, 0), (0, 2), (1, 0), (1, 2)]  # the last row of squares starts where it must
    fall = {(r, c): share[r : r + 2, c : c + 2].sum() for r, c in corners}
    np.testing.assert_allclose(found[0, 0], fall[0, 0], rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(found[1, 3], (fall[0, 2] + fall[1, 2]) / 2, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(found[2, 1], fall[1, 0], rtol=1e-3, atol=1e-5)


def test_covering_with_the_colour_that_is_there_changes_nothing():
    model, _ = linear_model()
    images = np.stack([np.full((4, 5, 2), [3.0, 7.0]), np.full((4, 5, 2), [1.0, 2.0])])
    np.testing.assert_allclose(interpret.occlusion(model, images, 0, 3, 2), 0, atol=1e-4)


@pytest.mark.parametrize(
    ("size", "stride", "words"), [(5, 1, "does not fit"), (2, 3, "leaves gaps"), (2, 0, "gaps")]
)
def test_squares_that_do_not_fit(size, stride, words):
    model, _ = linear_model()
    with pytest.raises(ValueError, match=words):
        interpret.occlusion(model, np.zeros((1, 4, 5, 2)), 0, size, stride)


# --- Grad-CAM --------------------------------------------------------------------------------


@pytest.mark.parametrize("with_training", [False, True])
@pytest.mark.parametrize("kind", NESTED)
def test_grad_cam_is_the_weighted_sum_of_the_maps(kind, with_training):
    """With global average pooling and one dense layer, it is CAM (Zhou et al. 2016) over h * w."""
    model, _, weights = base_and_head(kind, with_training=with_training)
    images = RNG.random((4, 6, 6, 2))
    maps = images / 2  # what the base gives
    classes = [0, 1, 2, 1]
    expected = np.maximum(np.einsum("nhwk,kn->nhw", maps, weights[:, classes]) / 36, 0)
    for layer in (None, "relu", "base"):
        found = interpret.grad_cam(model, images, classes, layer, batch_size=3)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-7)


def test_grad_cam_through_a_skip_connection():
    """The score bypasses the layer, too; only what goes through it counts."""
    x = keras.Input((4, 4, 1))
    y = K.Conv2D(1, 1, use_bias=False, name="conv")(x)
    z = K.GlobalAveragePooling2D()(K.Add()([x, y]))
    model = keras.Model(x, K.Concatenate()([z, -z]))
    set_kernel(model.get_layer("conv"), [[[[2.0]]]])
    image = RNG.random((1, 4, 4, 1)).astype("float32")
    found = interpret.grad_cam(model, image, 0, "conv")
    np.testing.assert_allclose(found, 2 * image[..., 0] / 16, rtol=1e-5)
    assert not interpret.grad_cam(model, image, 1, "conv").any()


def test_grad_cam_finds_the_channel_that_is_the_class():
    model, _, _ = base_and_head()
    model.get_layer("head").set_weights([np.array([[1.0, 0, 0], [0, 1, 0]]), np.zeros(3)])
    images = np.zeros((1, 6, 6, 2))
    images[0, 1, 1, 0], images[0, 4, 2, 1] = 1, 1
    for number, place in ((0, (1, 1)), (1, (4, 2))):
        found = interpret.grad_cam(model, images, number)[0]
        assert np.unravel_index(found.argmax(), found.shape) == place
        assert np.count_nonzero(found) == 1


def test_grad_cam_needs_maps():
    model, _, _ = base_and_head()
    with pytest.raises(ValueError, match="'pool' gives no feature maps"):
        interpret.grad_cam(model, np.zeros((1, 6, 6, 2)), 0, "pool")
    with pytest.raises(ValueError, match="no layer whose output is feature maps"):
        interpret.grad_cam(build(K.Flatten()), np.zeros((1, 6, 6, 2)), 0)


# --- guided backpropagation ------------------------------------------------------------------

X = np.array([2.0, -3.0])
RULES = {"gradient": [-1, 0], "deconvnet": [0, 4], "guided": [0, 0]}


def relu_net(activation):
    """Two pixels, a ReLU for each, and a sum with weights -1 and 4."""
    x = keras.Input((1, 2, 1))
    if activation == "layer":
        y = K.ReLU()(x)
    elif activation == "function":
        y = ops.relu(x)
    elif activation == "activation":
        y = K.Activation("relu")(x)
    else:
        conv = K.Conv2D(1, 1, activation=activation, use_bias=False)
        y = conv(x)
        set_kernel(conv, [[[[1.0]]]])
    total = K.Conv2D(1, (1, 2), use_bias=False, name="sum")
    model = keras.Model(x, total(y))
    set_kernel(total, np.reshape([-1.0, 4.0], (1, 2, 1, 1)))
    return model


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("activation", ["layer", "function", "activation", "relu", "relu6"])
def test_each_rule_stops_what_it_says(activation, rule):
    """Pixel 0 is positive, but what comes back to it is not; with pixel 1 it is the reverse."""
    model = relu_net(activation)
    found = interpret.guided_backpropagation(model, X.reshape(1, 1, 2, 1), "sum", 0, rule=rule)
    assert found.ravel().tolist() == RULES[rule]


def test_guided_backpropagation_is_flat_above_the_maximum_of_a_relu():
    x = keras.Input((1, 3, 1))
    model = keras.Model(x, K.Conv2D(1, 1, name="same", use_bias=False)(K.ReLU(6.0)(x)))
    set_kernel(model.get_layer("same"), [[[[1.0]]]])
    image = np.reshape([7.0, 5.0, -1.0], (1, 1, 3, 1))
    for place, slope in enumerate([0, 1, 0]):
        found = interpret.guided_backpropagation(model, image, "same", 0, [[0, place]])
        assert found.ravel().tolist() == [slope if i == place else 0 for i in range(3)]


def test_what_a_first_layer_saw_is_its_kernel():
    """Back through one convolution: its kernel, at the place of the value."""
    model = pattern_model()
    images = np.zeros((2, 7, 7, 1))
    images[:, 2, 3] = 1
    found = interpret.guided_backpropagation(model, images, "conv", [0, 0], [[2, 3], [1, 1]])
    assert np.argwhere(found[0, ..., 0]).tolist() == [[2, 3], [3, 4]]
    assert found[0, 2, 3, 0] == 1
    assert found[0, 3, 4, 0] == -1
    assert not found[1].any()  # the ReLU gives 0 there
    strongest = interpret.guided_backpropagation(model, images, "conv", 0)
    np.testing.assert_array_equal(strongest[0], found[0])


def test_guided_backpropagation_refuses():
    model, images = pattern_model(), np.zeros((2, 7, 7, 1))
    with pytest.raises(ValueError, match="rule must be"):
        interpret.guided_backpropagation(model, images, "conv", 0, rule="magic")
    with pytest.raises(ValueError, match="inside 6 x 6"):
        interpret.guided_backpropagation(model, images, "conv", 0, [[0, 6], [0, 0]])
    with pytest.raises(ValueError, match="one for each of the 2 images"):
        interpret.guided_backpropagation(model, images, "conv", [0, 1, 0])
    smooth = build(K.Conv2D(1, 1, activation="gelu", name="conv"))
    with pytest.raises(ValueError, match="has no ReLU"):
        interpret.guided_backpropagation(smooth, np.zeros((1, 6, 6, 2)), "conv", 0)


# --- activation maximisation -----------------------------------------------------------------


def test_the_best_image_for_a_linear_unit_has_the_signs_of_its_weights():
    model, weights = linear_model("softmax")
    plain = {"jitter": 0, "smoothing": 0, "total_variation": 0, "limits": (-1, 3)}
    name = model.layers[-1].name
    found = interpret.maximise(model, name, [2, 0], steps=200, rate=0.1, **plain)
    assert found.shape == (2, 4, 5, 2)
    clear = np.abs(weights[[2, 0]]) > 0.1
    np.testing.assert_array_equal(found[clear], np.where(weights[[2, 0]] > 0, 3, -1)[clear])


def test_l2_pulls_towards_gray():
    model, _ = linear_model()
    plain = {"jitter": 0, "smoothing": 0, "total_variation": 0}
    name = model.layers[-1].name
    free = interpret.maximise(model, name, [0], steps=50, **plain)
    held = interpret.maximise(model, name, [0], steps=50, l2=0.3, **plain)
    assert np.abs(held - 127.5).mean() < np.abs(free - 127.5).mean() / 3


@pytest.mark.parametrize("regulariser", [{"total_variation": 0.1}, {"smoothing": 1.0}])
def test_smoothing_regularisers_prefer_coarse_forms(regulariser):
    """A unit likes a wave and a chessboard equally well."""
    rows, columns = np.mgrid[:16, :16]
    wave, board = np.sin(rows * np.pi / 8) * np.sqrt(2), (-1.0) ** (rows + columns)
    model = build(K.Flatten(), K.Dense(1, name="unit"), shape=(16, 16, 1))
    set_kernel(model.get_layer("unit"), (wave + board).reshape(-1, 1))
    plain = {"jitter": 0, "smoothing": 0, "total_variation": 0, "steps": 12}

    def share_of_wave(**settings):
        image = interpret.maximise(model, "unit", **(plain | settings))[0, ..., 0] - 127.5
        return (image * wave).mean() / ((image * board).mean() + (image * wave).mean())

    assert share_of_wave() == pytest.approx(0.5, abs=0.02)
    assert share_of_wave(**regulariser) > 0.6


def test_a_relu_that_begins_dead_is_climbed_out_of():
    conv = K.Conv2D(1, 1, activation="relu", name="conv")
    model = build(conv, shape=(4, 4, 1))
    set_kernel(conv, [[[[1.0]]]], [-200.0])  # gray is 127.5
    found = interpret.maximise(model, "conv", steps=200, smoothing=0, total_variation=0)
    assert interpret.activations(model, found, ["conv"])["conv"].mean() > 50


def test_a_channel_that_nothing_excites_stays_gray():
    conv = K.Conv2D(2, 1, name="conv")
    model = build(conv, shape=(4, 4, 1))
    set_kernel(conv, np.reshape([0.0, 1.0], (1, 1, 1, 2)))
    dead, alive = interpret.maximise(model, "conv", steps=60)
    assert (dead == 127.5).all()
    assert alive.mean() > 180


def test_maximise_needs_a_size():
    with pytest.raises(ValueError, match="leaves its input size open"):
        interpret.maximise(build(K.Conv2D(1, 1, name="c"), shape=(None, None, 3)), "c")


# --- the sanity check ------------------------------------------------------------------------


def test_randomised_shuffles_from_a_layer_up():
    model = to_keras(zoo.lab_cnn())
    shuffled = interpret.randomised(model, "conv2")
    for name in ("conv1", "bn1"):
        for one, other in zip(
            model.get_layer(name).get_weights(), shuffled.get_layer(name).get_weights(), strict=True
        ):
            np.testing.assert_array_equal(one, other)
    for name in ("conv2", "fc"):
        one, other = (m.get_layer(name).get_weights()[0] for m in (model, shuffled))
        assert (one != other).mean() > 0.9
        np.testing.assert_array_equal(np.sort(one.ravel()), np.sort(other.ravel()))
    again = interpret.randomised(model, "conv2")
    np.testing.assert_array_equal(again.get_layer("fc").get_weights()[0], other)


@pytest.mark.parametrize("kind", NESTED)
def test_randomised_reaches_into_nested_models(kind):
    model, _, _ = base_and_head(kind)
    images = RNG.random((1, 6, 6, 2))
    kept = interpret.randomised(model, "head")
    np.testing.assert_allclose(interpret.activations(kept, images, ["relu"])["relu"], images / 2)
    head = interpret.scores(kept, images) - interpret.scores(model, images)
    assert np.abs(head).max() > 1e-3
    swapped = [interpret.filters(interpret.randomised(model, seed=s)) for s in range(5)]
    assert any((one != interpret.filters(model)).any() for one in swapped)


def test_rank_correlation():
    a = np.array([[[1.0, 5.0], [2.0, 3.0]]])
    assert interpret.rank_correlation(a, a**3).tolist() == [1]
    assert interpret.rank_correlation(a, -a).tolist() == [-1]
    assert np.isnan(interpret.rank_correlation(a, np.ones_like(a))).all()
    # With ties: ranks 0, 1.5, 1.5, 3 against 0, 1, 2, 3.
    tied = interpret.rank_correlation([[0, 4, 4, 9]], [[0, 1, 2, 3]])[0]
    assert tied == pytest.approx(4.5 / np.sqrt(4.5 * 5))
    with pytest.raises(ValueError, match="different shapes"):
        interpret.rank_correlation(a, a[0])


def test_batch_sizes():
    model, _ = linear_model()
    with pytest.raises(ValueError, match="batch_size must be 1 or more"):
        interpret.scores(model, np.zeros((1, 4, 5, 2)), batch_size=0)
