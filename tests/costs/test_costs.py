"""The calculator by itself: published numbers, properties, errors, tables."""

from __future__ import annotations

import subprocess
import sys
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.costs import (
    Activation,
    Add,
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Conv2DTranspose,
    CostError,
    Cropping2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    LayerNormalization,
    MaxPooling2D,
    Multiply,
    Network,
    Reshape,
    SeparableConv2D,
    UpSampling2D,
    ZeroPadding2D,
    zoo,
)

# --------------------------------------------------------------------------- published numbers


def params(network: Network) -> dict[str, int]:
    return {row.name: row.params for row in network.rows if row.params}


def test_lenet5_as_taught():
    assert params(zoo.lenet5()) == {
        "conv1": 156,
        "conv2": 2_416,
        "fc1": 48_120,
        "fc2": 10_164,
        "fc3": 850,
    }
    assert zoo.lenet5().totals.params == 61_706
    assert zoo.lenet5().totals.macs == 416_520


def test_lenet5_as_published():
    network = zoo.lenet5_1998()
    assert list(params(network).values()) == [156, 12, 1_516, 32, 48_120, 10_164]
    assert network.totals.params == network.totals.trainable_params == 60_000
    # The paper counts connections: products and biases of convolutions and dense layers, and for
    # subsampling the four inputs of each value and its bias. It gives 340,908 in all.
    connections = 0
    for row in network.rows:
        if row.kind == "Subsampling2D":
            height, width, maps = row.output_shape
            connections += height * width * maps * (4 + 1)
        else:
            connections += row.macs + row.layer.bias_adds(*row.input_shapes)
    assert connections == 340_908


def test_lab_cnn():
    network = zoo.lab_cnn()
    assert (network.totals.params, network.totals.trainable_params) == (29_130, 29_034)
    assert network.totals.macs == 2_838_080
    assert zoo.lab_cnn(use_bias=False).totals.params == 29_082
    assert [zoo.lab_cnn().row(n).output_shape for n in ("conv1", "pool1", "conv2", "pool2")] == [
        (28, 28, 16),
        (14, 14, 16),
        (14, 14, 32),
        (7, 7, 32),
    ]
    strided = zoo.lab_cnn(pooling="stride")
    assert strided.totals.params == network.totals.params
    assert strided.row("conv2").output_shape == (7, 7, 32)


def test_alexnets():
    assert zoo.alexnet().totals.params == 61_100_840
    assert zoo.alexnet().totals.macs == 716_767_232
    assert zoo.alexnet().row("conv4").macs == 149_520_384
    assert zoo.alexnet_paper().totals.params == 60_965_224
    assert zoo.alexnet_paper().totals.macs == 724_406_816
    assert zoo.alexnet_single_tower().totals.params == 62_378_344


def test_vggs():
    # Simonyan and Zisserman 2014, table 2, in millions
    totals = [net().totals.params for net in (zoo.vgg16, zoo.vgg19)]
    assert [round(total / 1e6) for total in totals] == [138, 144]
    assert zoo.vgg16().totals.macs == 15_470_264_320
    outputs = sum(row.activation_bytes for row in zoo.vgg16().rows if row.kind != "Flatten") // 4
    assert outputs + 224 * 224 * 3 == 15_237_608  # the values in the lecture's walk


# ------------------------------------------------------------------- a slow count of the places


sizes = st.integers(1, 40)
kernels = st.one_of(st.integers(1, 7), st.tuples(st.integers(1, 7), st.integers(1, 7)))
strides = st.one_of(st.integers(1, 4), st.tuples(st.integers(1, 4), st.integers(1, 4)))
paddings = st.one_of(
    st.sampled_from(["valid", "same"]),
    st.integers(0, 4),
    st.tuples(*[st.tuples(st.integers(0, 3), st.integers(0, 3))] * 2),
)
flags = st.booleans()


@st.composite
def windows(draw):
    """Return a random convolution or pooling and a shape for its input."""
    channels = draw(st.integers(1, 8))
    shape = (draw(sizes), draw(sizes), channels)
    common = {"strides": draw(strides), "padding": draw(paddings)}
    kind = draw(st.sampled_from(["conv", "depthwise", "separable", "max", "average"]))
    if kind in ("max", "average"):
        pool = MaxPooling2D if kind == "max" else AveragePooling2D
        rounding = {} if common["padding"] == "same" else {"ceil_mode": draw(flags)}
        return pool(draw(kernels), **common, **rounding), shape
    common |= {"use_bias": draw(flags), "dilation_rate": draw(st.integers(1, 3))}
    if kind == "depthwise":
        return DepthwiseConv2D(
            draw(kernels), depth_multiplier=draw(st.integers(1, 3)), **common
        ), shape
    filters = draw(st.integers(1, 12))
    if kind == "separable":
        return SeparableConv2D(filters, draw(kernels), **common), shape
    groups = draw(st.sampled_from([g for g in (1, 2, 4) if channels % g == filters % g == 0]))
    return Conv2D(filters, draw(kernels), groups=groups, **common), shape


def positions(size, kernel, stride, dilation, before, after, ceil_mode):
    """Slide a window along one axis the slow way and count where it can stand."""
    reach = (kernel - 1) * dilation + 1
    count, start = 0, -before
    while start + reach <= size + after:
        count, start = count + 1, start + stride
    # a partial last window counts if the one before it left something out, and starts inside
    last_end = start - stride + reach
    if ceil_mode and count and last_end < size + after and start < size:
        count += 1
    return count


@given(windows())
def test_windows_stand_where_a_slow_count_says(case):
    layer, shape = case
    try:
        network = Network("one", shape, [layer])
    except CostError:
        kernel, _, dilation = layer.window()
        pads = layer.pads(shape)
        assert layer.padding != "same"
        assert any((kernel[i] - 1) * dilation[i] + 1 > shape[i] + sum(pads[i]) for i in (0, 1))
        return
    (row,) = network.rows
    kernel, stride, dilation = layer.window()
    for axis in (0, 1):
        before, after = layer.pads(shape)[axis]
        if layer.padding == "same":
            assert row.output_shape[axis] == ceil(shape[axis] / stride[axis])
            assert 0 <= after - before <= 1
        slow = positions(
            shape[axis], kernel[axis], stride[axis], dilation[axis], before, after,
            getattr(layer, "ceil_mode", False),
        )  # fmt: skip
        assert row.output_shape[axis] == slow
    reach = tuple((kernel[axis] - 1) * dilation[axis] + 1 for axis in (0, 1))
    assert (row.field.rows.size, row.field.columns.size) == reach
    assert (row.field.rows.stride, row.field.columns.stride) == stride


@given(windows(), st.integers(2, 64))
def test_a_batch_multiplies_work_and_memory_but_not_weights(case, batch):
    layer, shape = case
    try:
        one = Network("one", shape, [layer])
    except CostError:
        return
    many = one.at(batch_size=batch)
    assert many.totals.params == one.totals.params
    assert many.totals.macs == batch * one.totals.macs
    assert many.totals.activation_bytes == batch * one.totals.activation_bytes
    assert one.at(dtype="float16").totals.activation_bytes * 2 == one.totals.activation_bytes
    assert one.totals.flops == 2 * one.totals.macs
    biases = one.layers[0].bias_adds(shape)
    assert one.at(count_bias=True).totals.flops == 2 * one.totals.macs + biases


@given(st.lists(st.sampled_from(["conv", "pool", "up", "transpose"]), min_size=1, max_size=6))
def test_intervals_move_on_by_the_effective_stride(parts):
    makers = {
        "conv": lambda: Conv2D(2, 3, padding="same"),
        "pool": lambda: AveragePooling2D(2, padding="same"),
        "up": lambda: UpSampling2D(2),
        "transpose": lambda: Conv2DTranspose(2, 3, strides=2, padding="same"),
    }
    row = Network("n", (16, 16, 1), [makers[part]() for part in parts]).rows[-1]
    axis = row.field.rows
    period = len(axis.phases)
    assert axis.stride * period == axis.advance
    for index in (0, 5):
        a, b = axis.sees(index), axis.sees(index + period)
        assert (b[0] - a[0], b[1] - a[1]) == (axis.advance, axis.advance)


@given(st.integers(1, 6), st.sampled_from([1, 3, 5, 7]))
def test_stacked_convolutions_see_one_plus_l_times_k_minus_one(layers, kernel):
    stack = [Conv2D(1, kernel, padding="same") for _ in range(layers)]
    row = Network("stack", (9, 9, 1), stack).rows[-1]
    assert row.receptive_field == 1 + layers * (kernel - 1)
    assert row.effective_stride == 1
    assert row.effective_padding == layers * (kernel - 1) // 2


# ------------------------------------------------------------------------------- other layers


def test_layers_that_only_rearrange():
    network = Network(
        "r",
        (6, 8, 3),
        [
            ZeroPadding2D(((1, 2), (0, 3))),
            Cropping2D(1),
            UpSampling2D((1, 2)),
            Reshape((-1, 3)),
            Reshape((7, 18, 3)),
            GlobalAveragePooling2D(keepdims=True),
            LayerNormalization(),
            BatchNormalization(scale=False),
            Activation("relu"),
            Dropout(0.2),
            Flatten(),
            Dense(5, use_bias=False),
        ],
    )
    shapes = [row.output_shape for row in network.rows]
    assert shapes[:6] == [(9, 11, 3), (7, 9, 3), (7, 18, 3), (126, 3), (7, 18, 3), (1, 1, 3)]
    assert [row.params for row in network.rows[6:]] == [6, 9, 0, 0, 0, 15]
    assert network.row("batch_normalization").trainable_params == 3


def test_frozen_layers_train_nothing():
    network = Network("f", (8, 8, 1), [Conv2D(2, 3, trainable=False), BatchNormalization()])
    assert network.totals.params == 20 + 8
    assert network.totals.trainable_params == 4


def residual(shortcut: tuple[str, ...] = ("stem", "body")) -> Network:
    layers = [
        Conv2D(8, 3, padding="same", name="stem"),
        Conv2D(8, 3, padding="same", name="body"),
        Add(inputs=shortcut, name="add"),
        Conv2D(4, 1, name="left", inputs=("add",)),
        MaxPooling2D(3, strides=1, padding="same", name="right", inputs=("add",)),
        Concatenate(inputs=("left", "right"), name="concat"),
    ]
    return Network("residual", (8, 8, 3), layers)


def test_branches():
    network = residual()
    assert network.row("add").receptive_field == 5
    assert network.row("concat").output_shape == (8, 8, 12)
    assert network.row("concat").receptive_field == 7
    assert network.row("concat").shape_formula == "4 + 8 = 12"


def test_memory_knows_what_must_be_alive():
    network = residual()
    volume = 8 * 8 * 8 * 4  # bytes of an 8x8x8 volume
    memory = network.memory("momentum")
    # While "add" is computed: stem (shortcut), body, and its own output.
    assert memory.inference_activations == 3 * volume
    assert memory.training_activations == 8 * 8 * 3 * 4 + 4 * volume + volume // 2 + volume * 3 // 2
    assert memory.weights == memory.gradients == memory.optimizer_slots
    assert memory.training == 3 * memory.weights + memory.training_activations
    assert network.memory("sgd").optimizer_slots == 0
    assert network.memory("adam").optimizer_slots == 2 * memory.gradients
    with pytest.raises(CostError, match="optimizer must be one of"):
        network.memory("lion")


# ------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Conv2D(4, 0, name="c"), r"Conv2D 'c': kernel_size must be whole numbers"),
        (lambda: Conv2D(4, 3, strides=0.5), r"Conv2D: strides .* To enlarge .* Conv2DTranspose"),
        (lambda: Conv2D(-4, 3), "filters must be a whole number, at least 1, but is -4"),
        (lambda: Conv2D(6, 3, groups=4), "6 filters cannot be split into 4 groups"),
        (lambda: Conv2D(6, 3, padding="full"), "padding must be 'valid', 'same' or sizes"),
        (lambda: Conv2D(6, 3, padding=-1), "at least 0, but is -1"),
        (lambda: Conv2D(2, (3, 3, 3)), r"one number or \(height, width\)"),
        (lambda: Conv2D(2, 3, connections=((0,),)), "connections lists 1 filters, but there are 2"),
        (lambda: Dense(2.5), "units must be a whole number"),
        (lambda: Dropout(1.5), "rate is a probability"),
        (lambda: MaxPooling2D(2, padding="same", ceil_mode=True), "ceil_mode has no meaning"),
        (lambda: UpSampling2D(2, interpolation="magic"), "interpolation must be one of"),
        (lambda: Conv2DTranspose(2, 3, output_padding=1), "must be smaller than strides"),
        (lambda: zoo.lenet5(pooling="median"), "pooling must be one of max, average"),
    ],
)
def test_a_layer_that_cannot_be(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([Conv2D(2, 7, name="c")], "'c': a window of 7 does not fit into height 5 with padding 0"),
        ([Conv2D(2, 3, groups=2)], "3 input channels cannot be split into 2 groups"),
        ([Flatten(), Conv2D(2, 3, name="c")], r"'c': it works on volumes .* shape \(75,\)"),
        ([Reshape((4, 4))], r"75 values \(5, 5, 3\) do not fill the shape \(4, 4\)"),
        ([Cropping2D(3)], "leaves nothing of 5x5"),
        ([Conv2D(2, 1, name="a"), Conv2D(2, 1, name="a")], "name is used twice"),
        ([Conv2D(2, 1, inputs=("inptu",))], "Did you mean 'input'"),
        ([Add(inputs=("input",))], "reads 1 layer.* at least 2"),
        ([Conv2D(2, 3, name="a"), Add(inputs=("a", "input"))], "cannot be combined value by value"),
        ([Conv2D(2, 3, name="a"), Concatenate(inputs=("a", "input"))], "differ in more than axis"),
        ([Conv2D(2, 3, connections=((0,), (5,)))], "a channel that the 3 do not have"),
    ],
)
def test_a_network_that_cannot_be(layers, message):
    with pytest.raises(CostError, match=message):
        Network("wrong", (5, 5, 3), layers)


def test_settings_that_cannot_be():
    with pytest.raises(CostError, match="dtype must be one of"):
        zoo.lenet5().at(dtype="int4")
    with pytest.raises(CostError, match="batch_size"):
        zoo.lenet5().at(batch_size=0)
    with pytest.raises(CostError, match="shape of whole numbers"):
        zoo.lenet5().at(input_shape=(32, 0, 1))
    with pytest.raises(CostError, match="has no layer 'conv'; there is conv"):
        zoo.lenet5().row("conv")


def test_broadcasting_merge():
    network = Network("g", (4, 4, 2), [GlobalAveragePooling2D(keepdims=True, name="g"),
                                       Multiply(inputs=("input", "g"))])  # fmt: skip
    assert network.rows[-1].output_shape == (4, 4, 2)


def test_behind_a_gate_every_value_sees_the_whole_image():
    layers = [
        Conv2D(4, 3, padding="same", name="conv"),
        GlobalAveragePooling2D(keepdims=True, name="squeeze"),
        Dense(4, name="excite"),
        Multiply(inputs=("conv", "excite"), name="gate"),
    ]
    network = Network("gate", (28, 28, 1), layers)
    assert network.row("conv").field.rows.sees(14) == (13, 15)
    assert network.row("excite").field.rows.sees(0) == (-1, 28)
    gate = network.row("gate").field
    assert [gate.rows.sees(at) for at in (0, 14, 27)] == [(-1, 28)] * 3
    assert gate.columns == gate.rows
    upside_down = network.at(layers=[*layers[:3], Multiply(inputs=("excite", "conv"), name="gate")])
    assert upside_down.row("gate").field == gate


# ------------------------------------------------------------------------------------- tables


def test_text_is_aligned_and_says_its_conventions():
    text = str(zoo.lenet5())
    lines = text.splitlines()
    assert lines[0] == "LeNet-5 as taught"
    ends = {line.index("16 x 16") if "16 x 16" in line else None for line in lines}
    assert ends == {None}
    assert "(5*5*6 + 1) * 16" in text
    assert "61,706 trainable" in text
    assert "KiB = 1024 bytes" in text
    assert "products only" in text
    table = [line for line in lines if line.startswith(("conv", "fc", "total"))]
    column = lines[1].index("weights") + len("weights")
    assert all(line[column - 1].isdigit() and line[column] == " " for line in table)


def test_html_has_one_row_per_layer_and_a_foot():
    html = zoo.lab_cnn()._repr_html_()
    assert html.count("<tr>") == 1 + 1 + len(zoo.lab_cnn()) + 1
    assert "29,130" in html
    assert "<script" not in html


def test_frame():
    frame = zoo.vgg16().to_frame()
    assert frame["macs"].sum() == zoo.vgg16().totals.macs
    assert frame.loc["fc1", "formula"] == "(25088 + 1) * 4096 = 102,764,544"


def test_nothing_heavy_is_imported():
    code = (
        "import sys, course_utils, course_utils.costs as c; c.zoo.vgg16().rows; str(c.zoo.vgg16());"
        "heavy = {'numpy', 'keras', 'tensorflow', 'matplotlib', 'pandas'} & set(sys.modules);"
        "print(sorted(heavy))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
