"""Exercises of notebook 16: transfer learning with Keras Applications."""

import math
from typing import Any

from course_utils.classroom.choices import Choose, Explain, Order
from course_utils.classroom.models import (
    Debug,
    Model,
    has_learned,
    last_activation,
    layers_of,
    learning,
    toy,
)
from course_utils.classroom.value import Value

_SIZE, _STRIDE, _CHANNELS = 96, 32, 1280  # MobileNetV2: five times halved, 1,280 maps
_SIDE = _SIZE // _STRIDE

_TRAIN, _VAL, _EPOCHS, _BATCH = 2608, 460, 20, 32
_TEST = 713
_NAIVE = _EPOCHS * (_TRAIN + _VAL)

_CLASSES = 10
_HEAD = (_CHANNELS + 1) * _CLASSES

_POINT = 100 / _TEST

_MOMENTUM, _LONG = 0.999, 10  # as Keras builds MobileNetV2
_STEPS = math.ceil(_TRAIN / _BATCH)
_LEFT = 100 * _MOMENTUM ** (_STEPS * _LONG)


def _held(model: Any) -> bool:
    """Say whether a batch of strange images leaves batch normalisation as it is."""
    import numpy as np

    norms = [one for one in layers_of(model) if type(one).__name__ == "BatchNormalization"]
    before = [np.asarray(one.moving_mean.numpy()) for one in norms]
    model(np.full((2, _SIZE, _SIZE, 3), 255.0, "float32"), training=True)
    pairs = zip(before, norms, strict=True)
    return bool(norms) and all(np.array_equal(old, one.moving_mean.numpy()) for old, one in pairs)


def _scaled(model: Any) -> bool:
    """Say whether the model itself brings pixels from 0 ... 255 to -1 ... 1."""
    names = {type(one).__name__ for one in model.operations}
    return bool(names & {"Rescaling", "Normalization", "TrueDivide", "Divide", "Multiply"})


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
        "transfer.passes",
        question=f"A new head learns for {_EPOCHS} epochs from {_TRAIN} photographs, and after "
        f"each epoch it is tested on {_VAL} others. How many images go through the frozen "
        "backbone, if nothing is kept?",
        answer=_NAIVE,
        why=f"{_EPOCHS} * ({_TRAIN} + {_VAL}) = {_NAIVE:,}, and each time the same features come "
        f"out. Kept after the first time, it is {_TRAIN + _VAL}: {_EPOCHS} times fewer.",
        next_step="How many images pass in one epoch, tested ones included? Then all epochs.",
        mistakes=[
            (_EPOCHS * _TRAIN, "The test after each epoch also needs features."),
            (_TRAIN + _VAL, "That is one epoch, or all of them if features are kept."),
            (_EPOCHS * _TRAIN + _VAL, "It is tested after each epoch, not once in the end."),
            (
                _EPOCHS * math.ceil(_TRAIN / _BATCH),
                f"Those are batches of {_BATCH}. How many images are in them?",
            ),
            (
                3 * _EPOCHS * _TRAIN + _EPOCHS * _VAL,
                "A frozen backbone needs no backward pass: count each image once.",
            ),
        ],
    ),
    Value(
        "transfer.point",
        question=f"An accuracy is measured on {_TEST} photographs. How many percentage points is "
        "one photograph?",
        answer=_POINT,
        why=f"100 / {_TEST} = {_POINT:.2f} points. Two networks that differ by one point differ in "
        "seven photographs.",
        next_step="All photographs together are 100 %.",
        mistakes=[
            (1 / _TEST, "That is the share. In percentage points it is 100 times as much."),
            (100 / (_TRAIN + _TEST), f"Only the {_TEST} are tested."),
            (100 / _TRAIN, f"Those are the ones it has learned from. It is tested on {_TEST}."),
            (_TEST / 100, "The other way round: 100 percent are shared out among them."),
            (
                100 * math.sqrt(0.25 / _TEST),
                "That is a standard error, of an accuracy of 50 %. The question is simpler.",
            ),
        ],
        tolerance=0.01,
    ),
    Value(
        "transfer.head",
        question=f"The backbone is frozen and gives {_CHANNELS:,} numbers for each image. A dense "
        f"layer makes {_CLASSES} classes of them. How many weights learn, biases included?",
        answer=_HEAD,
        why=f"({_CHANNELS} + 1) * {_CLASSES} = {_HEAD:,}. The 410,208 of the backbone stay as they "
        "are.",
        next_step="Each class has a weight for every number, and a bias.",
        mistakes=[
            (_CHANNELS * _CLASSES, "Nearly. Each class also has a bias."),
            (_CHANNELS + _CLASSES, "Each class has its own weight for every number."),
            (_CHANNELS + 1, "That is for one class."),
            (_CHANNELS * _CLASSES + 1, "One bias for each class."),
            (410_208 + _HEAD, "Those are all weights. The backbone's do not learn."),
            (410_208, "Those are the backbone's, and it is frozen."),
            (
                (_SIDE * _SIDE * _CHANNELS + 1) * _CLASSES,
                "That is on flattened maps. Here their average is taken first.",
            ),
            (0, "Frozen is only the backbone. The new layer learns."),
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
                lambda model: tuple(model.input_shape) == (None, _SIZE, _SIZE, 3),
                f"The input should be ({_SIZE}, {_SIZE}, 3).",
            ),
            (
                lambda model: tuple(model.output_shape) == (None, _CLASSES),
                (
                    f"It should end with {_CLASSES} numbers for each photograph. Is the old head "
                    f"left "
                    "out, with include_top=False, and are the places averaged?"
                ),
            ),
            (
                lambda model: any(
                    type(one).__name__ == "BatchNormalization" for one in layers_of(model)
                ),
                "The backbone, keras.applications.MobileNetV2, is missing.",
            ),
            (
                lambda model: _scaled(model),
                (
                    "The pixels from 0 to 255 reach the backbone as they are, and it wants -1 "
                    "... 1: "
                    "put keras.layers.Rescaling(1 / 127.5, offset=-1) into the model."
                ),
            ),
            (
                lambda model: learning(model) > 0,
                "Nothing learns. Freeze the backbone only, not the whole model.",
            ),
            (
                lambda model: (
                    not any(
                        one.trainable_weights
                        for one in layers_of(model)
                        if type(one).__name__ == "DepthwiseConv2D"
                    )
                ),
                "The backbone learns, too: base.trainable = False.",
            ),
            (
                lambda model: (
                    learning(model) == _HEAD
                    or f"{learning(model):,} numbers learn. One dense layer on the averaged maps "
                    f"has "
                    "another number of weights: is something between, or no average taken?"
                ),
                "",
            ),
            (_held, "Batch normalisation still takes the batch's mean: call training=False."),
            (
                lambda model: last_activation(model) == "softmax",
                "The last layer should give probabilities: softmax.",
            ),
        ],
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
        broken="""
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
""",
        program="""
def train(x, y):
    body = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(16, 3, activation="relu"),
            keras.layers.Flatten(),
        ]
    )
    body.trainable = False
    model = keras.Sequential([body, keras.layers.Dense(2, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=8, verbose=0)
    return model
""",
        inputs=toy,
        rules=[
            (
                lambda model: learning(model) > 0,
                "It does not learn yet: nothing in it is trainable, the head neither.",
            ),
            (
                lambda model: (
                    learning(model) < 1_200
                    and not any(
                        one.trainable_weights
                        for one in layers_of(model)
                        if type(one).__name__ == "Conv2D"
                    )
                ),
                "Now the body learns, too. It was to stay frozen.",
            ),
            (has_learned, ""),
        ],
        steps=["How many weights learn? Print len(model.trainable_weights).", "What is frozen?"],
        why="Freezing a model freezes all that is in it. Here only the body was meant.",
    ),
    Choose(
        "transfer.when_compile",
        question="You unfreeze the upper layers after the head has learned. What must you not "
        "forget?",
        choices={
            "to compile again, with a small rate": "compile takes up what is trainable, and a "
            "large "
            "rate would spoil what is known.",
            "to load the weights again": "Then the training of the head would be lost for the "
            "body.",
            "to set training=True for batch normalisation": "It stays in inference mode, or its "
            "means would be replaced by those of few images.",
            "to make a new head": "The one you have has learned already.",
        },
        right="A",
        step="When does Keras find out which weights learn?",
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
