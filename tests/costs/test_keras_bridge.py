"""The calculator against Keras: every shape and weight, and receptive fields by gradient."""

from __future__ import annotations

import random

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from course_utils.costs import (
    Add,
    AveragePooling2D,
    Concatenate,
    Conv2D,
    Conv2DTranspose,
    CostError,
    Dense,
    DepthwiseConv2D,
    Flatten,
    MaxPooling2D,
    Multiply,
    Network,
    SeparableConv2D,
    Subsampling2D,
    UpSampling2D,
    ZeroPadding2D,
    from_keras,
    to_keras,
    zoo,
)
from tests.costs.keras_models import without_values

K = keras.layers


def keras_params(layer) -> int:
    return sum(int(np.prod(weight.shape)) for weight in layer.weights)


@pytest.mark.parametrize("build", [zoo.lenet5, zoo.lenet5_1998, zoo.lab_cnn])
def test_a_built_model_computes(build):
    network = build()
    images = np.random.default_rng(0).random((2, *network.input_shape), "float32")
    outputs = ops.convert_to_numpy(to_keras(network)(images))
    assert outputs.shape == (2, 10)
    assert np.isfinite(outputs).all()
    assert outputs.std() > 0


# ------------------------------------------------------------------- random layers against Keras


def reference_macs(layer, input_shape, output_shape) -> int:
    """Count products from the kernels that Keras made: an independent route to the number."""
    positions = int(np.prod(output_shape[:-1]))
    if isinstance(layer, K.SeparableConv2D):
        kernels = np.prod(layer.depthwise_kernel.shape) + np.prod(layer.pointwise_kernel.shape)
        return positions * int(kernels)
    if isinstance(layer, K.Conv2DTranspose):
        return int(np.prod(input_shape[:-1]) * np.prod(layer.kernel.shape))
    if isinstance(layer, (K.DepthwiseConv2D, K.Conv2D, K.Dense)):
        return positions * int(np.prod(layer.kernel.shape))
    return 0


def random_layer(rng: random.Random, channels: int):
    """Return one random Keras layer that accepts ``channels`` channels."""

    def side(most: int) -> int | tuple[int, int]:
        return rng.choice([rng.randint(1, most), (rng.randint(1, most), rng.randint(1, most))])

    padding = rng.choice(["valid", "same"])
    strides, dilation = (side(3), 1) if rng.random() < 0.6 else (1, side(3))
    common = {"padding": padding, "use_bias": rng.random() < 0.7}
    kinds = "conv conv depthwise separable transpose dense pool global norm pad crop up other"
    kind = rng.choice(kinds.split())
    if kind == "conv":
        groups = rng.choice([g for g in (1, 1, 2, 3, 4) if channels % g == 0])
        filters = groups * rng.randint(1, 6)
        return K.Conv2D(
            filters, side(7), strides=strides, dilation_rate=dilation, groups=groups, **common
        )
    if kind == "depthwise":
        return K.DepthwiseConv2D(
            side(5), strides=strides, dilation_rate=dilation,
            depth_multiplier=rng.randint(1, 3), **common,
        )  # fmt: skip
    if kind == "separable":
        return K.SeparableConv2D(
            rng.randint(1, 8), side(5), strides=strides, dilation_rate=dilation,
            depth_multiplier=rng.randint(1, 3), **common,
        )  # fmt: skip
    if kind == "transpose":
        extra = None if rng.random() < 0.6 or strides in (1, (1, 1)) else rng.randint(0, 1)
        return K.Conv2DTranspose(
            rng.randint(1, 8), side(5), strides=strides, dilation_rate=dilation,
            output_padding=extra, **common,
        )  # fmt: skip
    if kind == "dense":
        return K.Dense(rng.randint(1, 20), use_bias=rng.random() < 0.7)
    if kind == "pool":
        pool = rng.choice([K.MaxPooling2D, K.AveragePooling2D])
        return pool(side(4), strides=rng.choice([None, side(4)]), padding=padding)
    if kind == "global":
        pool = rng.choice([K.GlobalMaxPooling2D, K.GlobalAveragePooling2D])
        return pool(keepdims=rng.random() < 0.5)
    if kind == "norm":
        norm = rng.choice([K.BatchNormalization, K.LayerNormalization])
        return norm(scale=rng.random() < 0.7, center=rng.random() < 0.7)
    sides = tuple((rng.randint(0, 3), rng.randint(0, 3)) for _ in range(2))
    if kind == "pad":
        return K.ZeroPadding2D(sides)
    if kind == "crop":
        return K.Cropping2D(sides)
    if kind == "up":
        return K.UpSampling2D(side(3), interpolation=rng.choice(["nearest", "bilinear"]))
    return rng.choice([K.Flatten(), K.Activation("tanh"), K.ReLU(6.0), K.PReLU(), K.Dropout(0.1)])


@pytest.mark.parametrize("seed", range(20))
def test_random_layers_agree_with_keras(seed):
    rng = random.Random(seed)
    checked = 0
    while checked < 30:
        shape = (rng.randint(3, 33), rng.randint(3, 33), rng.randint(1, 12))
        try:
            layer = random_layer(rng, shape[-1])
            model = keras.Sequential([keras.Input(shape), layer])
            if min(model.output_shape[1:]) < 1:
                continue
        except ValueError:  # Keras refuses this combination, so there is nothing to agree on
            continue
        (row,) = from_keras(model).rows
        output = tuple(model.output_shape[1:])
        assert row.output_shape == output
        assert row.params == keras_params(layer)
        assert row.trainable_params == sum(
            int(np.prod(weight.shape)) for weight in layer.trainable_weights
        )
        assert row.macs == reference_macs(layer, shape, output), layer.get_config()
        checked += 1


def test_a_kernel_larger_than_its_input_is_refused_by_both():
    with pytest.raises(ValueError, match=r"[Cc]omputed output|negative dimension"):
        keras.Sequential([keras.Input((4, 4, 1)), K.Conv2D(1, 5)])
    with pytest.raises(CostError, match=r"Conv2D 'c': a window of 5 does not fit into height 4"):
        Network("n", (4, 4, 1), [Conv2D(1, 5, name="c")])


# --------------------------------------------------------------------------- whole architectures


def reference_total(model) -> int:
    """Add up the products of all layers of a model, nested ones included."""
    total = 0
    for layer in model.layers:
        if isinstance(layer, K.InputLayer):
            continue
        if hasattr(layer, "layers"):
            total += reference_total(layer)
        else:
            total += reference_macs(layer, layer.input.shape[1:], layer.output.shape[1:]) if (
                not isinstance(layer.input, list)
            ) else 0  # fmt: skip
    return total


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("MobileNet", {}),
        ("MobileNetV2", {"alpha": 0.35}),
        ("MobileNetV3Small", {"input_shape": (224, 224, 3)}),
        ("EfficientNetB0", {}),
        ("EfficientNetV2B0", {}),
        ("DenseNet121", {}),
        ("ResNet50", {}),
        ("ResNet50V2", {}),
        ("Xception", {}),
        ("NASNetMobile", {}),
        ("ConvNeXtTiny", {}),
        ("InceptionV3", {}),
        ("InceptionResNetV2", {}),
    ],
)
def test_keras_applications_agree(name, settings):
    model = without_values(getattr(keras.applications, name), weights=None, **settings)
    network = from_keras(model)
    assert network.totals.params == model.count_params()
    assert not network.totals.partial
    assert network.totals.macs == reference_total(model)
    rows = {row.name: row for row in network.rows}
    for layer in model.layers:
        if isinstance(layer, K.InputLayer):
            continue
        if hasattr(layer, "layers"):  # ConvNeXt nests its stem
            assert all(inner.name in rows for inner in layer.layers)
            continue
        assert rows[layer.name].output_shape == tuple(layer.output.shape[1:])
        assert rows[layer.name].params == keras_params(layer)
    if name == "ResNet50":
        last = rows["conv5_block3_out"]
        assert (last.receptive_field, last.effective_stride) == (483, 32)


# ------------------------------------------------------------- what from_keras must cope with


def test_nested_models_are_opened_up():
    base = keras.Sequential(
        [keras.Input((None, None, 3)), K.Conv2D(4, 3, name="conv"), K.MaxPooling2D(name="pool")],
        name="base",
    )
    base.trainable = False
    inputs = keras.Input((20, 20, 3))
    x = base(inputs)
    x = K.GlobalAveragePooling2D(name="gap")(x)
    model = keras.Model(inputs, K.Dense(2, name="conv")(x), name="transfer")
    network = from_keras(model)
    assert [row.name for row in network.rows] == ["conv", "pool", "gap", "conv:2"]
    assert network.row("conv").output_shape == (18, 18, 4)
    assert network.row("conv").trainable_params == 0
    assert network.row("conv").macs == 18 * 18 * 3 * 3 * 3 * 4
    assert network.totals.trainable_params == 4 * 2 + 2
    assert network.totals.params == model.count_params()


def test_a_shared_layer_counts_its_weights_once_and_its_work_twice():
    conv = K.Conv2D(4, 3, name="conv")
    a, b = keras.Input((8, 8, 1), name="a"), keras.Input((10, 10, 1), name="b")
    model = keras.Model([a, b], [conv(a), conv(b)])
    network = from_keras(model)
    assert network.inputs == {"a": (8, 8, 1), "b": (10, 10, 1)}
    assert network.totals.params == model.count_params() == 40
    assert network.totals.macs == (6 * 6 + 8 * 8) * 9 * 4
    assert {row.formula for row in network.rows} == {
        "(3*3*1 + 1) * 4 = 40",
        "0 (shares the weights of conv)",
    }
    assert to_keras(network).count_params() == 40


def test_operations_without_a_layer_are_rows_too():
    inputs = keras.Input((8, 8, 2))
    x = K.Conv2D(3, 3, name="conv")(inputs)
    gate = ops.mean(x, axis=(1, 2), keepdims=True)
    model = keras.Model(inputs, ops.relu(x * gate + 3.0))
    network = from_keras(model)
    assert [row.macs for row in network.rows] == [6 * 6 * 9 * 2 * 3, 0, 0, 0, 0]
    assert network.rows[-1].output_shape == (6, 6, 3)
    assert not network.totals.partial


def test_a_custom_layer_makes_the_total_partial():
    @keras.saving.register_keras_serializable("tests")
    class Mystery(K.Layer):
        def build(self, shape):
            self.w = self.add_weight(shape=(shape[-1], 7))

        def call(self, x):
            return ops.matmul(x, self.w)

    class MyConv(K.Conv2D):
        pass

    model = keras.Sequential(
        [keras.Input((8, 8, 2)), K.Conv2D(3, 3), Mystery(name="mystery"), MyConv(2, 3, name="mine")]
    )
    network = from_keras(model)
    assert network.row("mystery").macs is None
    assert network.row("mystery").output_shape == (6, 6, 7)
    assert network.row("mystery").params == 3 * 7
    assert network.row("mystery").receptive_field is None
    assert network.row("mine").macs is None
    assert network.totals.partial
    assert network.totals.uncounted == ("mystery", "mine")
    assert network.totals.macs == 6 * 6 * 9 * 2 * 3
    for text in (str(network), str(network.totals), network._repr_html_()):
        assert "partial: without mystery, mine" in text
    with pytest.raises(CostError, match="cannot be built again"):
        to_keras(network)


class TwoViews(keras.Sequential):
    """It has a graph, and computes it twice."""

    def call(self, x, training=None):
        return (super().call(x) + super().call(ops.flip(x, axis=2))) / 2


class OwnStep(keras.Sequential):
    """Only how it learns is its own."""

    def train_step(self, data):
        return {}


def test_a_graph_is_not_taken_for_a_model_that_computes_something_else():
    layers = [keras.Input((8, 8, 2)), K.Conv2D(3, 3), K.Flatten(), K.Dense(2)]
    with pytest.raises(CostError, match=r"'views' has no graph to read: .* a call\(\) of its own"):
        from_keras(TwoViews(layers, name="views"))
    network = from_keras(keras.Sequential([keras.Input((8, 8, 2)), TwoViews(layers, name="views")]))
    assert [row.name for row in network.rows] == ["views"]
    assert network.totals.uncounted == ("views",)
    assert network.totals.params == 3 * 19 + 2 * 109
    assert not from_keras(OwnStep(layers)).totals.partial


def test_augmentation_costs_nothing_and_hides_nothing():
    model = keras.Sequential(
        [keras.Input((8, 8, 3)), K.RandomFlip(), K.RandAugment(), K.Conv2D(2, 3, name="conv")]
    )
    network = from_keras(model)
    assert network.totals.macs == network.row("conv").macs
    assert network.row("conv").receptive_field == 3


def test_one_and_three_dimensional_convolutions_are_counted():
    model = keras.Sequential([keras.Input((30, 4)), K.Conv1D(6, 5), K.MaxPooling1D(2)])
    assert [row.macs for row in from_keras(model).rows] == [26 * 5 * 4 * 6, 0]
    cube = keras.Sequential([keras.Input((6, 6, 6, 2)), K.Conv3D(3, 3)])
    assert from_keras(cube).totals.macs == 4**3 * 27 * 2 * 3


FIRST = {"data_format": "channels_first"}


@pytest.mark.parametrize(
    ("shape", "layer", "macs"),
    [
        ((3, 100), lambda: K.Conv1D(8, 5, **FIRST), 96 * 5 * 3 * 8),
        ((3, 100), lambda: K.Conv1D(9, 5, strides=3, groups=3, **FIRST), 32 * 5 * 9),
        ((2, 6, 7, 8), lambda: K.Conv3D(5, 3, **FIRST), 4 * 5 * 6 * 27 * 2 * 5),
        ((3, 100), lambda: K.DepthwiseConv1D(5, **FIRST), 96 * 15),
        ((3, 100), lambda: K.SeparableConv1D(8, 5, **FIRST), 96 * (15 + 24)),
        ((100, 3), lambda: K.Conv1D(8, 5, padding="causal"), 100 * 15 * 8),
        ((100, 3), lambda: K.Conv1DTranspose(8, 5), None),
        ((3, 100), lambda: K.Conv1DTranspose(8, 5, **FIRST), None),
        ((4, 5, 6, 2), lambda: K.Conv3DTranspose(5, 3), None),
    ],
)
def test_other_ranks_are_counted_right_or_not_at_all(shape, layer, macs):
    model = keras.Sequential([keras.Input(shape), layer()])
    (row,) = from_keras(model).rows
    assert row.macs == macs
    assert from_keras(model).totals.partial == (macs is None)
    assert row.params == model.count_params()


@pytest.mark.parametrize("layer", [K.Conv2D(4, 3, **FIRST), K.MaxPooling2D(**FIRST)])
def test_images_with_their_channels_first_are_refused(layer):
    model = keras.Sequential([keras.Input((8, 8, 8)), K.Conv2D(8, 1), layer, K.Flatten()])
    with pytest.raises(CostError, match=f"'{layer.name}' has its channels first"):
        from_keras(model)
    flatten = keras.Sequential([keras.Input((8, 8, 3)), K.Flatten(**FIRST, name="f")])
    with pytest.raises(CostError, match="'f' has its channels first"):
        from_keras(flatten)


def test_errors_say_what_to_do():
    with pytest.raises(CostError, match="not built yet"):
        from_keras(keras.Sequential([K.Dense(3)]))
    open_size = keras.Sequential([keras.Input((None, None, 3)), K.Conv2D(2, 3)])
    with pytest.raises(CostError, match="input_shape="):
        from_keras(open_size)
    assert from_keras(open_size, input_shape=(9, 9, 3)).totals.macs == 49 * 27 * 2

    class Subclassed(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(CostError, match=r"a call\(\) of its own"):
        from_keras(Subclassed())


# ------------------------------------------------------- receptive fields against a gradient


def support(model, output_position) -> tuple[int, int, int, int]:
    """Return the input rows and columns that one output value really depends on."""
    shape = model.input_shape[1:]
    for weight in model.weights:  # ones: nothing cancels, and float32 adds them exactly
        if len(weight.shape) > 1:
            weight.assign(np.ones(weight.shape))
    base = np.ones((1, *shape), "float32")
    height, width = shape[:2]
    # Change one row (column) at a time and see whether the output notices.
    rows = np.repeat(base, height, axis=0)
    rows[np.arange(height), np.arange(height)] += 1.0
    columns = np.repeat(base, width, axis=0)
    columns[np.arange(width), :, np.arange(width)] += 1.0
    at = (slice(None), *output_position)
    start = ops.convert_to_numpy(model(base))[at][0]
    seen = []
    for changed in (rows, columns):
        moved = np.abs(ops.convert_to_numpy(model(changed))[at] - start).max(axis=-1) > 0
        where = np.flatnonzero(moved)
        seen += [int(where[0]), int(where[-1])]
    return tuple(seen)


CASES = {
    "strided": [
        Conv2D(2, 3, strides=2, name="a"),
        Conv2D(2, (1, 5), padding="same", name="b"),
        AveragePooling2D(2, name="c"),
    ],
    "dilated": [Conv2D(2, 3, dilation_rate=2, name="a"), DepthwiseConv2D(3, name="b")],
    "padded": [ZeroPadding2D(((2, 1), (0, 3)), name="a"), SeparableConv2D(2, 4, name="b")],
    "transposed": [
        Conv2D(2, 3, strides=2, name="a"),
        Conv2DTranspose(2, 3, strides=2, name="b"),
        Conv2D(1, 3, name="c"),
    ],
    "transposed same": [
        AveragePooling2D(2, name="a"),
        Conv2DTranspose(2, 4, strides=2, padding="same", name="b"),
        Conv2D(1, 2, name="c"),
    ],
    "upsampled": [
        AveragePooling2D(3, name="a"),
        UpSampling2D(2, name="b"),
        Conv2D(1, 3, name="c"),
    ],
    "bilinear": [
        AveragePooling2D(2, name="a"),
        UpSampling2D(2, interpolation="bilinear", name="b"),
    ],
    "branches": [
        Conv2D(2, 3, strides=2, padding="same", name="stem"),
        Conv2D(2, 3, padding="same", name="left", inputs=("stem",)),
        Conv2D(2, (5, 1), padding="same", name="right", inputs=("stem",)),
        Concatenate(inputs=("left", "right", "stem"), name="merge"),
        Conv2D(6, 3, padding="same", name="body", inputs=("merge",)),
        Add(inputs=("body", "merge"), name="residual"),
    ],
}


@pytest.mark.parametrize("case", CASES)
def test_receptive_fields_are_the_support_of_the_output(case):
    network = Network(case, (33, 31, 1), CASES[case])
    model = to_keras(network)
    row = network.rows[-1]
    height, width, _ = row.output_shape
    sizes = []
    for i in (height // 2, height // 2 + 1):
        for j in (width // 2, width // 2 + 1):
            top, bottom, left, right = support(model, (0, i, j)[1:])
            assert row.field.rows.sees(i) == (top, bottom)
            assert row.field.columns.sees(j) == (left, right)
            sizes.append((bottom - top + 1, right - left + 1))
    widest = tuple(map(max, zip(*sizes, strict=True)))
    field = row.receptive_field
    assert widest == (field if isinstance(field, tuple) else (field, field))


def smooth(network, last, input_shape):
    """Cut a network after ``last`` and let its poolings average, so that gradients reach all."""
    layers = []
    for layer in network.layers:
        if isinstance(layer, MaxPooling2D):
            layer = AveragePooling2D(
                layer.pool_size, strides=layer.strides, padding=layer.padding, name=layer.name,
                inputs=layer.inputs,
            )  # fmt: skip
        layers.append(layer)
        if layer.name == last:
            return Network(network.name, input_shape, layers)
    raise AssertionError(last)


def resnet50():
    return from_keras(without_values(keras.applications.ResNet50, weights=None))


@pytest.mark.parametrize(
    ("build", "last", "size", "size_of_field", "stride"),
    [
        (zoo.lenet5, "pool2", 32, 16, 4),
        (zoo.vgg16, "block5_conv3", 256, 196, 16),
        (zoo.vgg16, "block5_pool", 256, 212, 32),
        (resnet50, "conv5_block3_out", 544, 483, 32),
    ],
)
def test_famous_receptive_fields_are_the_support_of_a_gradient(
    build, last, size, size_of_field, stride
):
    original = build()
    row = original.row(last)
    assert (row.receptive_field, row.effective_stride) == (size_of_field, stride)
    channels = original.input_shape[2]
    for shape in ((size, 32, channels), (32, size, channels)):  # narrow, to spare memory
        network = smooth(original, last, shape)
        model = to_keras(network)
        for weight in model.weights:  # means: positive, and neither growing nor vanishing
            if len(weight.shape) > 1:
                weight.assign(np.full(weight.shape, 1.0 / np.prod(weight.shape[:-1])))
        image = tf.ones((1, *shape))
        with tf.GradientTape() as tape:
            tape.watch(image)
            outputs = model(image, training=False)
            at = tuple(side // 2 for side in outputs.shape[1:3])
            value = outputs[(0, *at, 0)]
        gradient = tape.gradient(value, image).numpy()[0].max(axis=-1)
        axis = shape.index(size)
        field = network.rows[-1].field
        seen = np.flatnonzero(gradient.max(axis=1 - axis))
        expected = (field.rows, field.columns)[axis].sees(at[axis])
        assert (seen[0], seen[-1]) == expected
        assert seen[-1] - seen[0] + 1 == size_of_field


def test_a_gate_sees_the_whole_image():
    network = Network(
        "gate",
        (16, 16, 1),
        [
            Conv2D(4, 3, padding="same", name="conv"),
            MaxPooling2D(16, name="squeeze"),
            Conv2D(4, 1, name="excite"),
            Multiply(inputs=("conv", "excite"), name="gate"),
        ],
    )
    row = network.row("gate")
    assert row.output_shape == (16, 16, 4)
    assert row.receptive_field == 18  # the 16 pixels and one of padding on each side
    assert row.effective_stride == 1


def test_subsampling_is_built_as_a_sum():
    network = Network("sum", (5, 5, 1), [Subsampling2D(3, strides=2, padding="same", name="sum")])
    model = to_keras(network)
    model.get_layer("sum").set_weights([np.array([1.0]), np.array([0.5])])
    outputs = ops.convert_to_numpy(model(np.ones((1, 5, 5, 1), "float32")))
    assert outputs[0, :, :, 0].tolist() == [[4.5, 6.5, 4.5], [6.5, 9.5, 6.5], [4.5, 6.5, 4.5]]


def test_ceil_mode_is_built_with_a_partial_window():
    network = Network("caffe", (6, 6, 1), [MaxPooling2D(3, strides=2, ceil_mode=True, name="p")])
    image = np.arange(36, dtype="float32").reshape(1, 6, 6, 1)
    outputs = ops.convert_to_numpy(to_keras(network)(image))
    assert network.row("p").output_shape == (3, 3, 1)
    assert outputs[0, :, :, 0].tolist() == [[14, 16, 17], [26, 28, 29], [32, 34, 35]]
    mean = Network("m", (6, 6, 1), [AveragePooling2D(3, strides=2, ceil_mode=True, name="p")])
    with pytest.raises(CostError, match="partial window"):
        to_keras(mean)


def test_dense_after_flatten_sees_everything():
    network = Network("d", (8, 6, 1), [Conv2D(1, 3, name="c"), Flatten(), Dense(2, name="d")])
    assert network.row("flatten").receptive_field == 3
    assert network.row("d").receptive_field == (8, 6)


def test_the_layers_of_our_own_survive_saving(tmp_path):
    model = to_keras(zoo.lenet5_1998())
    model.save(tmp_path / "lenet5.keras")
    again = keras.models.load_model(tmp_path / "lenet5.keras")
    images = np.random.default_rng(0).random((3, 32, 32, 1), "float32")
    for weight, other in zip(model.weights, again.weights, strict=True):
        assert np.array_equal(weight, other)
    assert np.array_equal(ops.convert_to_numpy(model(images)), ops.convert_to_numpy(again(images)))
    assert from_keras(again).totals == from_keras(model).totals
