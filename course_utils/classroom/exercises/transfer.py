"""Exercises of notebook 16: transfer learning with Keras Applications."""

import math
from typing import Any

from course_utils.classroom.choices import Explain, Order
from course_utils.classroom.models import (
    Debug,
    Model,
    ends,
    has_learned,
    layers,
    learning,
    toy,
)
from course_utils.classroom.value import Value

_SIZE, _STRIDE, _CHANNELS = 128, 32, 1280  # MobileNetV2: five times halved, 1,280 maps
_SIDE = _SIZE // _STRIDE

_TRAIN, _VAL, _EPOCHS, _BATCH = 2608, 460, 20, 32

_CLASSES = 10
_HEAD = (_CHANNELS + 1) * _CLASSES


_MOMENTUM, _LONG = 0.999, 10  # as Keras builds MobileNetV2
_STEPS = math.ceil(_TRAIN / _BATCH)
_LEFT = 100 * _MOMENTUM ** (_STEPS * _LONG)


def _held(model: Any) -> bool:
    """Say whether a batch of strange images leaves batch normalisation as it is."""
    import numpy as np

    norms = layers(model, "BatchNormalization")
    before = [np.asarray(one.moving_mean.numpy()) for one in norms]
    model(np.full((2, _SIZE, _SIZE, 3), 255.0, "float32"), training=True)
    pairs = zip(before, norms, strict=True)
    return bool(norms) and all(np.array_equal(old, one.moving_mean.numpy()) for old, one in pairs)


def _scaled(model: Any) -> bool | str:
    """Say whether the model itself brings pixels from 0 ... 255 to -1 ... 1."""
    import keras
    import numpy as np

    graph = keras.Model(model.inputs, model.outputs).operations
    first = next(one for one in graph if isinstance(one, keras.Model | keras.layers.Conv2D))
    if not getattr(first, "operations", True):  # a class of the student's own
        return bool(layers(model, "Rescaling"))
    read = keras.Model(model.inputs, first._inbound_nodes[-1].input_tensors[0])
    black, white = (read(np.full((1, _SIZE, _SIZE, 3), one, "float32")) for one in (0, 255))
    return bool(np.allclose(black, -1, atol=0.02) and np.allclose(white, 1, atol=0.02))


_BROKEN = """
def train(x, y):
    body = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(16, 3, activation="relu"),
            keras.layers.Flatten(),
        ]
    )
    model = keras.Sequential([body, keras.layers.Dense(2, activation="softmax")])
    model.trainable = False
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=8, verbose=0)
    return model
"""

UNIT = 16
EXERCISES = (
    Value(
        "transfer.maps",
        question=f"MobileNetV2 halves the sides of the image five times and ends with "
        f"{_CHANNELS:,} maps. Which shape (height, width, channels) comes out of the backbone for "
        f"an image of {_SIZE} x {_SIZE}?",
        answer=(_SIDE, _SIDE, _CHANNELS),
        why=f"{_SIZE} / 2**5 = {_SIDE}, and {_CHANNELS:,} channels: {_SIDE}*{_SIDE}*{_CHANNELS} = "
        f"{_SIDE * _SIDE * _CHANNELS:,} numbers. The average over all places leaves {_CHANNELS:,}.",
        next_step=f"Halve {_SIZE} five times. The number of maps is the number of channels.",
        mistakes=[
            ((224 // _STRIDE, 224 // _STRIDE, _CHANNELS), "That is for an image of 224 x 224."),
            ((_CHANNELS, _SIDE, _SIDE), "The channels come last in Keras."),
            ((1, 1, _CHANNELS), "That is after the average over all places, the next layer."),
            ((_SIDE, _SIDE, 3), "Those are the channels of the image, not of the maps."),
            (
                (_SIZE // 2**4, _SIZE // 2**4, _CHANNELS),
                "That is halved four times. It is five.",
            ),
            (
                (_SIZE // 5, _SIZE // 5, _CHANNELS),
                "Halved five times is divided by 2**5 = 32, not by 5.",
            ),
        ],
    ),
    Value(
        "transfer.momentum",
        question=f"At each step MobileNetV2's batch normalisation keeps {_MOMENTUM} of its old "
        f"mean and takes {1 - _MOMENTUM:.3f} from the batch. {_TRAIN} photographs are learned in "
        f"batches of {_BATCH} for {_LONG} epochs. How many percent of the old mean are left?",
        answer=_LEFT,
        why=f"{_STEPS} steps in an epoch, {_STEPS * _LONG} in all: 100 * {_MOMENTUM}**"
        f"{_STEPS * _LONG} = {_LEFT:.1f}.",
        next_step=f"How many batches are in an epoch, and in {_LONG}? Each multiplies what is left "
        f"by {_MOMENTUM}.",
        mistakes=[
            (100 * _MOMENTUM**_LONG, "That is one step for each epoch. There are more batches."),
            (100 * _MOMENTUM**_STEPS, f"That is one epoch. It is {_LONG}."),
            (100 - _LEFT, "That is what has come new."),
            (_LEFT / 100, "That is the share. How many percent?"),
            (100 * _MOMENTUM ** (_TRAIN * _LONG), "A step takes a whole batch, not one image."),
            (100 * 0.99 ** (_STEPS * _LONG), "With 0.99, Keras's default. Here it is 0.999."),
            (100 * 0.9 ** (_STEPS * _LONG), "With 0.9, PyTorch's default. Here it is 0.999."),
            (
                100 * _MOMENTUM ** (_TRAIN // _BATCH * _LONG),
                "The last, smaller batch of an epoch is a step, too.",
            ),
            (
                100 * (1 - _STEPS * _LONG * (1 - _MOMENTUM)),
                "Nearly: each step takes its share of what is left, so multiply.",
            ),
        ],
        tolerance=0.0008,
    ),
    Order(
        "transfer.order",
        question="Put the five steps of transfer learning with Keras in order.",
        steps=(
            "Train the new head.",
            "Load the backbone with its weights, without its head.",
            "Unfreeze the upper layers, compile again, and train on at a small rate.",
            "Freeze it.",
            "Put a new head on top.",
        ),
        right="BDEAC",
        reasons={
            "BD": "only what is loaded can be frozen.",
            "DE": "the head comes on top of what is frozen; in Keras both orders run, and this "
            "one cannot be forgotten.",
            "DA": "otherwise the random head spoils the backbone at once.",
            "EA": "only what is there can be trained.",
            "AC": "with a random head, its large errors would spoil the backbone.",
        },
        step="When is the head still random, and what would its errors do?",
        why="Fine-tuning comes last, when the head no longer makes large errors.",
    ),
    Model(
        "transfer.model",
        question=f"Build a transfer model for photographs of {_SIZE} x {_SIZE} x 3 with pixels "
        "from "
        f"0 to 255 and {_CLASSES} classes: the pixels are brought to -1 ... 1 inside the model; "
        "keras.applications.MobileNetV2 without its head, frozen, called with training=False; "
        "global average pooling; a dense layer with softmax. weights=None is enough here. Give "
        "the model.",
        program=f"""
def model():
    base = keras.applications.MobileNetV2(
        include_top=False, weights=None, input_shape=({_SIZE}, {_SIZE}, 3)
    )
    base.trainable = False
    inputs = keras.Input(({_SIZE}, {_SIZE}, 3))
    x = keras.layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    x = base(x, training=False)
    x = keras.layers.GlobalAveragePooling2D()(x)
    outputs = keras.layers.Dense({_CLASSES}, activation="softmax")(x)
    return keras.Model(inputs, outputs)
""",
        rules=[
            (
                lambda model: tuple(model.output_shape) == (None, _CLASSES),
                (
                    f"It should end with {_CLASSES} numbers for each photograph. Is the old head "
                    "left out, with include_top=False, and are the places averaged?"
                ),
            ),
            (
                lambda model: bool(layers(model, "BatchNormalization")),
                "The backbone, keras.applications.MobileNetV2, is missing.",
            ),
            (
                _scaled,
                (
                    "The pixels from 0 to 255 reach the backbone as they are, and it wants "
                    "-1 ... 1: put keras.layers.Rescaling(1 / 127.5, offset=-1) into the model."
                ),
            ),
            (
                lambda model: learning(model) > 0,
                "Nothing learns. Freeze the backbone only, not the whole model.",
            ),
            (
                lambda model: (
                    not any(one.trainable_weights for one in layers(model, "DepthwiseConv2D"))
                ),
                "The backbone learns, too: base.trainable = False.",
            ),
            (
                lambda model: (
                    learning(model) == _HEAD
                    or f"{learning(model):,} numbers learn. One dense layer on the averaged maps "
                    "has another number of weights: is something between, or no average taken?"
                ),
                "",
            ),
            (_held, "Batch normalisation still takes the batch's mean: call training=False."),
            ends("softmax", "The last layer should give probabilities: softmax."),
        ],
        reads=(_SIZE, _SIZE, 3),
        steps=[
            (
                "base = keras.applications.MobileNetV2(include_top=False, weights=None, "
                "input_shape="
                "...), then base.trainable = False."
            ),
            (
                "inputs, Rescaling, base(x, training=False), GlobalAveragePooling2D, Dense; at "
                "the end "
                "keras.Model(inputs, outputs)."
            ),
        ],
        why=f"{_HEAD:,} numbers learn, and the model takes photographs as they are.",
    ),
    Debug(
        "transfer.debug",
        question="The body of this network was to be frozen, and a new head to learn. Its loss "
        "does "
        "not change at all. x has 400 images of 8 x 8, y their labels, 0 or 1.",
        broken=_BROKEN,
        program=_BROKEN.replace("    model.trainable = False\n", "").replace(
            "    model = keras", "    body.trainable = False\n    model = keras"
        ),
        inputs=toy,
        rules=[
            (
                lambda model: learning(model) > 0,
                "It does not learn yet: nothing in it is trainable, the head neither.",
            ),
            (
                lambda model: not any(one.trainable_weights for one in layers(model, "Conv2D")),
                "Now the body learns, too. It was to stay frozen.",
            ),
            (has_learned, ""),
        ],
        steps=["How many weights learn? Print len(model.trainable_weights).", "What is frozen?"],
        why="Freezing a model freezes all that is in it. Here only the body was meant.",
    ),
    Explain(
        "transfer.why_inside",
        question="Why does the preprocessing belong inside the model?",
        model="Because then it cannot be forgotten, or done differently, when the model is used: "
        "whoever loads it gives it photographs as they are.",
        ideas={
            "it cannot be forgotten": r"forg[eo]t|miss|always|same|mistake|wrong|differ|twice",
            "whoever uses the model": r"use|load|predict|deploy|sav|someone|later|new|photograph",
        },
        step="Who will use the saved model, and what will they know?",
    ),
)
