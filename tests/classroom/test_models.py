"""Exercises that ask for a model: right ones, and wrong ones with their sentences."""

from functools import partial

import keras
import pytest

from course_utils.classroom import check, find_exercise, keys
from course_utils.classroom.models import Debug, Model

MODELS = [key for key in keys() if isinstance(find_exercise(key), Model)]
DEBUGS = [key for key in MODELS if isinstance(find_exercise(key), Debug)]


def reply(key, program):
    exercise = find_exercise(key)
    function = exercise.made(program)
    return check(key, function if exercise.inputs else function())


@pytest.mark.parametrize("key", MODELS)
def test_the_courses_own_model_is_right(key):
    exercise = find_exercise(key)
    assert reply(key, exercise.program), check(key)
    assert exercise.hints


# What is broken in them is what Keras warns of.
@pytest.mark.filterwarnings("ignore:The model does not have any trainable weights")
@pytest.mark.filterwarnings("ignore:You are using a softmax over axis -1")
@pytest.mark.parametrize("key", DEBUGS)
def test_the_broken_script_is_shown_and_does_not_pass(key):
    exercise = find_exercise(key)
    assert exercise.broken.strip() in check(key).message
    said = reply(key, exercise.broken)
    assert said.state == "wrong"
    assert "does not learn" in said.message
    assert exercise.broken.strip() in said.question


WRONG = [
    ("lab.model", 'padding="same", ', "", "'valid'"),
    ("lab.model", "(16, 5", "(32, 5", "16 filters"),
    ("lab.model", "(16, 5", "(16, 3", "5 x 5"),
    ("lab.model", "softmax", "relu", "probabilities"),
    ("lab.model", '(32, 5, padding="same", activation="relu"', '(32, 5, padding="same"', "ReLU"),
    ("lab.model", "Flatten(),", "Flatten(), keras.layers.Dense(64),", "layer by layer"),
    ("lab.model", "(28, 28, 1)", "(28, 28, 3)", "should read (28, 28, 1)"),
    ("lenet5.model", "tanh", "relu", "tanh"),
    ("lenet5.model", "Average", "Max", "average pooling"),
    ("lenet5.model", "(120", "(100", "120, 84 and 10"),
    ("lenet5.model", "(6, 5, ", '(6, 5, padding="same", ', "Without padding"),
    ("vgg.block", "range(2)", "range(3)", "Two convolutions"),
    ("alexnet_vgg.stem", "MaxPooling2D(3, strides=2)", "MaxPooling2D(3)", "2 pixels at a time"),
    ("alexnet_vgg.stem", "256, 5", "192, 5", "then 256"),
    ("alexnet_vgg.stem", 'padding="same", ', "", "padding 'same'"),
    ("alexnet_vgg.stem", 'strides=4, activation="relu"', "strides=4", "A ReLU follows"),
    ("resnet.block", "Add()([x, y])", "Add()([y, y])", "no shortcut"),
    ("resnet.block", "return keras.layers.ReLU()(y)", "return y", "last ReLU"),
    ("resnet.block", '"use_bias": False', '"use_bias": True', "bias does nothing"),
    ("resnet.block", "Add", "Concatenate", "does not stack"),
    ("resnet.block", "        y = keras.layers.BatchNormalization()(y)\n", "", "A batch norm"),
    ("resnet.block", "        y = keras.layers.ReLU()(y)\n", "", "the first and the second"),
    ("resnet.block", "(16, 3)", "(16, 5)", "1x1, 3x3, 1x1"),
    ("transfer_principles.new_head", "model.layers[-2]", "model.layers[-1]", "still there"),
    ("transfer_principles.new_head", "model.layers[-2]", "model.layers[-4]", "comes out"),
    ("transfer_principles.new_head", "    body.trainable = False\n", "", "only the new head"),
    ("transfer_principles.new_head", ', activation="softmax"', "", "softmax"),
    ("vgg.block", ', padding="same"', "", "'valid'"),
    ("vgg.block", "MaxPooling2D(2)", "MaxPooling2D(3)", "37 x 37 x 128 comes out, not 56"),
    ("inception.module", "strides=1, ", "", "should stop"),
    ("inception.module", "conv(pooled, 32, 1)", "pooled", "Six convolutions"),
    ("inception.module", "conv(conv(x, 96, 1), 128, 3)", "conv(x, 128, 3)", "Six convolutions"),
    ("inception.module", "conv(pooled, 32, 1)", "conv(x, 32, 5)", "fourth branch"),
    ("inception.module", "(branches)", "(branches[::-1])", "in the order"),
    ("inception.module", "conv(conv(x, 16, 1), 32, 5)", "conv(conv(x, 32, 1), 32, 5)", "too many"),
    ("transfer_principles.freeze", '("block3", "head")', '("block2", "block3", "head")', "block2"),
    ("transfer_principles.freeze", '("block3", "head")', '("block3",)', "head does not learn"),
    ("transfer_principles.freeze", '("block3", "head")', '("head",)', "block3 does not learn"),
    ("transfer_principles.freeze", '("block3", "head")', '("block3_conv2", "head")', "All of"),
    ("transfer_principles.freeze", "    for", "    model.trainable = False\n    for", "Nothing"),
    ("transfer_principles.freeze", "    return model", "", "forget `return`"),
    ("transfer.model", "base.trainable = False", "pass", "backbone learns, too"),
    ("transfer.model", "(1 / 127.5, offset=-1)(inputs)", "", "-1 ... 1"),
    ("transfer.model", "softmax", "sigmoid", "softmax"),
    ("transfer.model", "GlobalAveragePooling2D", "Flatten", "numbers learn"),
    ("sizes.budget", "Conv2D(8, 5, strides=2", "Conv2D(8, 5", "pixels"),
    ("sizes.budget", "Conv2D(8, 5", "Conv2D(32, 5", "weights"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "old", "new", "word"), WRONG)
def test_a_wrong_model_gets_its_sentence(key, old, new, word):
    program = find_exercise(key).program
    assert old in program
    if word == "-1 ... 1":
        old, new = "keras.layers.Rescaling(1 / 127.5, offset=-1)(inputs)", "inputs"
    said = reply(key, program.replace(old, new))
    assert said.state == "wrong"
    if word == "should stop":
        assert "Concatenate" in said.message or "ValueError" in said.message
    else:
        assert word in said.message


@pytest.mark.parametrize("given", [3, "model", keras.layers.Dense(3), keras.Model, [1], object()])
def test_what_is_no_model_is_told(given):
    assert check("lab.model", given).state == "unreadable"
    if not isinstance(given, keras.Layer):  # a layer of one's own is a function of tensors
        assert check("resnet.block", given).state == "unreadable"


def test_a_model_without_an_input_is_tried_on_images_of_the_question():
    said = check("lab.model", keras.Sequential([keras.layers.Dense(3)])).message
    assert "28 x 28 x 3 comes out, not 10" in said


class Lab(keras.Model):
    """The network of the lab as a class: one pooling and one ReLU serve several times."""

    relu = True

    def __init__(self):
        super().__init__()
        self.dense, self.pool = keras.layers.Dense(10), keras.layers.MaxPooling2D(2)
        self.first = keras.layers.Conv2D(16, 5, padding="same")
        self.second = keras.layers.Conv2D(32, 5, padding="same")
        self.after = keras.layers.ReLU()

    def call(self, x, training=False):
        for convolution in (self.first, self.second):
            x = convolution(x)
            x = self.pool(self.after(x) if self.relu else x)
        return keras.ops.softmax(self.dense(keras.layers.Flatten()(x)))


def test_a_class_of_ones_own_is_looked_into():
    assert check("lab.model", Lab())
    blind = Lab()
    blind.relu = False
    assert "A ReLU follows" in check("lab.model", blind).message
    blind.first = None
    assert "TypeError" in check("lab.model", blind).message


def test_operations_count_as_layers():
    def module(x):
        conv = partial(keras.layers.Conv2D, padding="same", activation="relu")
        pooled = keras.layers.MaxPooling2D(3, 1, "same")(x)
        pairs = [(64, x), (128, conv(96, 1)(x)), (32, conv(16, 1)(x)), (32, pooled)]
        sizes = (1, 3, 5, 1)
        found = [conv(width, size)(y) for size, (width, y) in zip(sizes, pairs, strict=True)]
        return keras.ops.concatenate(found, axis=-1)

    assert check("inception.module", module)
    block = find_exercise("resnet.block").program
    assert reply("resnet.block", block.replace("keras.layers.Add()([x, y])", "x + y"))


@pytest.mark.parametrize(
    ("given", "word"), [(3, "not an int"), (keras.layers.Dense(3), "A layer is called on")]
)
def test_what_is_no_tensor_is_told(given, word):
    assert word in check("vgg.block", lambda x: given).message
    assert "one input" in check("vgg.block", lambda: given).message


def test_a_mended_script_may_be_mended_in_another_way():
    program = find_exercise("lab.debug").program.replace('Dense(1, activation="sigmoid")',
        'Dense(2, activation="softmax")').replace("binary_crossentropy",
        "sparse_categorical_crossentropy")  # fmt: skip
    assert reply("lab.debug", program)


def test_a_program_may_use_keras():
    def correlate(image, kernel):
        image = image.astype("float32")[None, :, :, None]
        return keras.ops.conv(image, kernel.astype("float32")[:, :, None, None])[0, :, :, 0]

    assert check("images.correlate", correlate)
    assert check("learning.softmax", keras.ops.softmax)
