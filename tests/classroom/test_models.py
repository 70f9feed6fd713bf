"""Exercises that ask for a model: right ones, and wrong ones with their sentences."""

import tomllib
from functools import partial
from pathlib import Path

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


WRONG = tomllib.loads(Path(__file__).with_name("wrong_models.toml").read_text("utf-8"))


@pytest.mark.parametrize("key", WRONG)
def test_a_wrong_model_gets_its_sentence(key):
    program = find_exercise(key).program
    for old, new, words in WRONG[key]:
        assert old in program
        said = reply(key, program.replace(old, new))
        assert (said.state, words in said.message) == ("wrong", True), (new, said.message)


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


def test_the_backbone_of_the_questions_is_that_of_keras():
    shape = {"include_top": False, "input_shape": (128, 128, 3)}
    base = keras.applications.MobileNetV2(alpha=0.35, weights=None, **shape)
    assert check("transfer.maps", base.output_shape)
    norms = [one for one in base.layers if isinstance(one, keras.layers.BatchNormalization)]
    assert {norm.momentum for norm in norms} == {0.999}
