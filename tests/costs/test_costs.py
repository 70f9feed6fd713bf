"""The calculator by itself: properties, branches, memory, errors. ``golden`` has its numbers."""

from math import ceil
from pathlib import Path

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from course_utils import costs as c
from course_utils.costs import Conv2D, CostError, Network, zoo
from tests import golden

few = st.integers(1, 3)
edge = st.tuples(st.integers(0, 3), st.integers(0, 3))
paddings = st.one_of(st.sampled_from(["valid", "same"]), st.integers(0, 4), st.tuples(edge, edge))


def sides(most):
    return st.one_of(st.integers(1, most), st.tuples(st.integers(1, most), st.integers(1, most)))


@st.composite
def windows(draw):
    """Return a random convolution or pooling and a shape for its input."""
    kernel, filters, many = draw(sides(7)), 4 * draw(few), draw(few)
    pool = {"strides": draw(sides(4)), "padding": draw(paddings)}
    conv = {**pool, "use_bias": draw(st.booleans()), "dilation_rate": draw(few)}
    layers = [
        Conv2D(filters, kernel, groups=draw(st.sampled_from((1, 2, 4))), **conv),
        c.DepthwiseConv2D(kernel, depth_multiplier=many, **conv),
        c.SeparableConv2D(filters, kernel, depth_multiplier=many, **conv),
        c.MaxPooling2D(kernel, **pool),
        c.AveragePooling2D(kernel, **pool),
    ]
    shape = draw(st.integers(1, 40)), draw(st.integers(1, 40)), 4 * draw(few)
    return draw(st.sampled_from(layers)), shape


def alone(layer, shape):
    """Return a layer as a network, or pass over it if its window is larger than the image."""
    try:
        return Network("alone", shape, [layer])
    except CostError:
        kernel, _, dilation = layer.window
        pads = layer.pads(shape)
        assert layer.padding != "same"
        assert any((kernel[i] - 1) * dilation[i] + 1 > shape[i] + sum(pads[i]) for i in (0, 1))
        assume(False)


@given(windows())
def test_windows_stand_wherever_a_step_ends_on_the_image(case):
    layer, shape = case
    (row,) = alone(layer, shape).rows
    kernel, stride, dilation = layer.window
    for axis, field in enumerate((row.field.rows, row.field.columns)):
        before, after = layer.pads(shape)[axis]
        reach = (kernel[axis] - 1) * dilation[axis] + 1
        places = row.output_shape[axis]
        if layer.padding == "same":
            assert places == ceil(shape[axis] / stride[axis])
            assert 0 <= after - before <= 1
        assert places == len(range(-before, shape[axis] + after - reach + 1, stride[axis]))
        assert (field.size, field.stride) == (reach, stride[axis])


@given(windows(), st.integers(2, 64))
def test_a_batch_multiplies_work_and_memory_but_not_weights(case, batch):
    layer, shape = case
    one = alone(layer, shape)
    many, half = one.at(batch_size=batch).totals, one.at(dtype="float16")
    assert many.params == one.totals.params
    assert many.macs == batch * one.totals.macs
    assert many.activation_bytes == batch * one.totals.activation_bytes
    assert half.totals.activation_bytes * 2 == one.totals.activation_bytes
    assert half.memory().weights * 2 == one.memory().weights
    assert one.totals.flops == 2 * one.totals.macs
    assert one.at(count_bias=True).totals.flops == 2 * one.totals.macs + layer.bias_adds(shape)


def test_memory_knows_what_must_be_alive():
    layers = [
        Conv2D(8, 3, padding="same", name="stem"),
        Conv2D(8, 3, padding="same", name="body"),
        c.Add(inputs=("stem", "body"), name="add"),
        Conv2D(4, 1, name="left", inputs=("add",)),
        c.MaxPooling2D(3, strides=1, padding="same", name="right", inputs=("add",)),
        c.Concatenate(inputs=("left", "right"), name="concat"),
    ]
    network = Network("residual", (8, 8, 3), layers)
    volume = 8 * 8 * 8 * 4  # bytes of an 8x8x8 volume
    memory = network.memory("momentum")
    # While "add" is computed: stem (shortcut), body, and its own output.
    assert memory.inference_activations == 3 * volume
    assert memory.training_activations == 8 * 8 * 3 * 4 + 4 * volume + volume // 2 + volume * 3 // 2
    assert network.memory("sgd").optimizer_slots == 0
    assert network.memory("adam").optimizer_slots == 2 * memory.gradients
    # An output is held until the end: stem, beside left, right and concat.
    held = network.at(outputs=("stem", "concat")).memory()
    assert held.inference_activations == volume + volume // 2 + volume + volume * 3 // 2


def test_behind_a_gate_every_value_sees_the_whole_image():
    for inputs in (("conv", "excite"), ("excite", "conv")):
        layers = [
            Conv2D(4, 3, padding="same", name="conv"),
            c.GlobalAveragePooling2D(keepdims=True, name="squeeze"),
            c.Dense(4, name="excite"),
            c.Multiply(inputs=inputs, name="gate"),
        ]
        gate = Network("gate", (28, 28, 1), layers).row("gate").field
        assert [gate.rows.sees(at) for at in (0, 14, 27)] == [(-1, 28)] * 3
        assert gate.columns == gate.rows


def test_connections_of_lenet5_are_those_of_the_paper():
    # It counts the products and biases of convolutions and dense layers, and for subsampling the
    # four inputs of each value and its bias.
    connections = 0
    for row in zoo.lenet5_1998().rows:
        inputs = 4 if row.kind == "Subsampling2D" else 1
        connections += inputs * row.macs + row.layer.bias_adds(*row.input_shapes)
    assert connections == 340_908


def test_what_cannot_be():
    names = vars(c) | {"of": lambda *layers: Network("wrong", (5, 5, 3), layers)}
    golden.refused(Path(__file__).with_name("refused.txt"), names)


def test_numbers_of_numpy_and_layers_one_by_one_are_taken():
    layers = (Conv2D(4, 3) for _ in range(3))
    network = Network("n", tuple(np.array([16, 16, 3])), layers, batch_size=np.int64(2))
    assert [row.output_shape for row in network.rows] == [(14, 14, 4), (12, 12, 4), (10, 10, 4)]
    assert network.totals.macs == 2 * (196 * 27 + 144 * 36 + 100 * 36) * 4
