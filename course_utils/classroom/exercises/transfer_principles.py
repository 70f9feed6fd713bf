"""Exercises of notebook 15: what is taken over, what is trained, and how fast."""

import math
from typing import Any

from course_utils.classroom.choices import Choose, Explain
from course_utils.classroom.models import Model, made
from course_utils.classroom.value import Value
from course_utils.costs import Conv2D, Dense, Flatten, MaxPooling2D, Network
from course_utils.costs.published import table


def net(classes: int) -> Network:
    """Return the network of notebook 15."""
    return Network(
        "Small net",
        (28, 28, 1),
        [
            Conv2D(16, 5, strides=2, padding="same", name="conv1"),
            Conv2D(32, 3, padding="same", name="conv2"),
            MaxPooling2D(2, name="pool2"),
            Conv2D(32, 3, padding="same", name="conv3"),
            MaxPooling2D(2, name="pool3"),
            Flatten(name="flatten"),
            Dense(64, name="fc1"),
            Dense(classes, name="head"),
        ],
    )


_H_S, _H_T = net(26), net(10)
_CONV1, _CONV2, _CONV3, _FC1, _HEAD = (
    _H_T.row(name) for name in ("conv1", "conv2", "conv3", "fc1", "head")
)
_TOTAL = _H_T.totals.params
_INPUTS = _HEAD.input_shapes[0][-1]
_FLAT = _FC1.input_shapes[0][-1]
_FROM_FC1 = _FC1.params + _HEAD.params
_FIXED = _CONV1.params + _CONV2.params
_CUSTOM = _TOTAL - _FIXED

_BODY = sum(row.macs or 0 for row in (_CONV1, _CONV2, _CONV3, _FC1))
_IMAGES, _EPOCHS = 300, 40
_SAVED = _BODY * _IMAGES * (_EPOCHS - 1)

_PEAK = 0.04  # at which the notebook trains h_S
_MILD = _PEAK / 10


def _svm(layer: int) -> tuple[str, str]:
    """Return accuracy and spread on Caltech-101, as Zeiler and Fergus print them."""
    row = next(row for row in table("zeiler_fergus").rows if row["name"] == f"SVM ({layer})")
    accuracy, spread = row["caltech_101"].split(" ± ")
    return accuracy, spread


(_A5, _S5), (_A7, _S7) = _svm(5), _svm(7)
_SPREADS = float(_S5), float(_S7)
_SPREAD = round(math.hypot(*_SPREADS), 3)

# The 2 x 2 table of the lecture notes: similar or different, large or small.
_LINEAR = "keep the layers fixed, and train a linear classifier on top"
_CUSTOM_NET = "keep some of the first layers fixed, and train a small network on top"
_ENTIRE = "fine-tune the entire network"
_TEST = "train on the test images, too"


def _corner(key: str, scene: str, right: str, reasons: dict[str, str]) -> Choose:
    """Return a scenario of the table."""
    return Choose(
        f"transfer_principles.{key}",
        question=f"{scene} Which plan do you try first?",
        choices={**reasons, _TEST: "They are opened once, at the end, and never learned from."},
        right="ABC"[list(reasons).index(right)],
        step="Is the new task similar to the old one? And is your set large enough to fine-tune?",
    )


_FREE_ALL = """
def blocks():
    model = keras.Sequential([keras.Input((16, 16, 3))])
    for block in (1, 2, 3):
        for conv in (1, 2):
            name = f"block{block}_conv{conv}"
            model.add(keras.layers.Conv2D(8, 3, padding="same", activation="relu", name=name))
        model.add(keras.layers.MaxPooling2D(name=f"block{block}_pool"))
    model.add(keras.layers.GlobalAveragePooling2D(name="average"))
    model.add(keras.layers.Dense(5, activation="softmax", name="head"))
    return model
"""


def _learns(model: Any) -> set[str]:
    """Return the names of the layers whose weights learn."""
    free = {id(one) for one in model.trainable_weights}
    return {layer.name for layer in model.layers if any(id(one) in free for one in layer.weights)}


UNIT = 15
EXERCISES = (
    Value(
        "transfer_principles.new_head",
        question="The head of h_S, for 26 letters, is deleted. How many weights, biases included, "
        "has the new one, for ten classes?",
        answer=_HEAD.params,
        why=f"{_HEAD.formula}: all that is learned anew. The other "
        f"{_TOTAL - _HEAD.params:,} weights are taken over.",
        next_step=f"The layer before it gives {_INPUTS} numbers, and each of ten units has a "
        "weight for each of them, and a bias.",
        mistakes=[
            (_HEAD.params - 10, "Each unit has a bias, too."),
            (_H_S.row("head").params, "That is the old head, for 26 classes."),
            (_H_S.row("head").params - 26, "That is the old head, and without its biases."),
            (_TOTAL, "That is the whole of h_T. Only the head is new."),
            (_TOTAL - _HEAD.params, "Those are the weights that are taken over."),
            (_FLAT * 10 + 10, "The head does not see the flattened maps: fc1 is between."),
        ],
    ),
    Value(
        "transfer_principles.learning",
        question="h_T is trained from fc1 on; everything below is frozen. How many weights, "
        "biases included, learn?",
        answer=_FROM_FC1,
        why=f"fc1 {_FC1.formula}, head {_HEAD.formula}; together {_FROM_FC1:,} of {_TOTAL:,}.",
        next_step="From fc1 on means fc1 and everything above it.",
        mistakes=[
            (_FC1.params, "The head learns, too. It must: it is new."),
            (_HEAD.params, "That is the head alone. fc1 learns as well."),
            (_TOTAL - _FROM_FC1, "Those are the frozen ones."),
            (_FROM_FC1 + _CONV3.params, "conv3 is below fc1, and frozen."),
            (_TOTAL, "That is all of them. The convolutions are frozen."),
            (
                _FC1.params + _H_S.row("head").params,
                "The head of h_S is gone. The new one has ten units.",
            ),
        ],
    ),
    Value(
        "transfer_principles.custom",
        question="In the fourth corner conv1 and conv2 are fixed, and a custom network is trained "
        "on top of them: a new conv3, fc1 and head. How many weights, biases included, learn?",
        answer=_CUSTOM,
        why=f"All {_TOTAL:,} but those of conv1, {_CONV1.formula}, and of conv2, "
        f"{_CONV2.formula}. What is fixed is a small part of the weights, because most of them "
        "are in fc1.",
        next_step="Take all weights of h_T, and subtract those of the two layers that are fixed.",
        mistakes=[
            (_FIXED, "Those are the weights that are fixed."),
            (_FROM_FC1, "conv3 is new, and learns, too."),
            (_CUSTOM - _HEAD.params, "The head belongs to the custom network."),
            (_TOTAL, "That is all of them. conv1 and conv2 are fixed."),
            (_TOTAL - _CONV1.params, "conv2 is fixed, too."),
            (_TOTAL - _CONV2.params, "conv1 is fixed, too."),
        ],
    ),
    Value(
        "transfer_principles.spread",
        question=f"On Caltech-101 an SVM reaches {_A5} ± {_S5}% on layer 5 of Zeiler and Fergus's "
        f"network, and {_A7} ± {_S7}% on layer 7. The variances of two independent numbers add "
        "up in their difference. What is the ± of this difference, in points?",
        answer=_SPREAD,
        why=f"sqrt({_S5}^2 + {_S7}^2) = {_SPREAD:g} points. The difference itself, "
        f"{float(_A5) - float(_A7):.1f}, is smaller. So these numbers do not decide which of the "
        "two layers is better.",
        next_step="Square both, add, and take the square root.",
        mistakes=[
            (sum(_SPREADS), "Spreads do not add up, their squares do."),
            (round(sum(s * s for s in _SPREADS), 6), "That is the variance. Take the root."),
            (
                round(float(_S5) - float(_S7), 6),
                "A difference is less certain than either number, never more.",
            ),
            (round(float(_A5) - float(_A7), 6), "That is the difference. How far off may it be?"),
            (round(sum(_SPREADS) / 2, 6), "The mean of the two is not the spread of a difference."),
        ],
        tolerance=0.01,
    ),
    Value(
        "transfer_principles.mild",
        question="The slides advise a rate of 0.001 for layers that are taken over, assuming "
        f"that 0.01 was the original one. Our h_S was trained at {_PEAK:g}. Which rate does the "
        "rule give?",
        answer=_MILD,
        why=f"A tenth of the original rate: {_PEAK:g} / 10 = {_MILD:g}. The ratio is the rule, not "
        "the number.",
        next_step="The rule is a ratio: how many times smaller than the original rate is 0.001?",
        mistakes=[
            (0.001, "That is for an original rate of 0.01. Ours was larger."),
            (_PEAK, "That is the original rate. Layers that know something learn more gently."),
            (0.01, "That is the slides' rate for new layers."),
            (_PEAK / 100, "A tenth, not a hundredth."),
            (_PEAK * 10, "Gently: smaller, not larger."),
        ],
        tolerance=1e-6,
    ),
    Value(
        "transfer_principles.saved",
        question=f"With the body frozen, its features of {_IMAGES} images can be computed once, "
        f"and not again in each of {_EPOCHS} epochs. How many multiply-adds does that save? Count "
        f"the forward pass of the four layers below the head: {_BODY:,} for an image.",
        answer=_SAVED,
        why=f"{_BODY:,} * {_IMAGES} * ({_EPOCHS} - 1) = {_SAVED:,}.",
        next_step="How often is each image sent through the body, and how often is enough?",
        mistakes=[
            (_BODY * _IMAGES * _EPOCHS, "Once they must be computed. Only the repeats are saved."),
            (_BODY * _IMAGES, "That is what one epoch costs. The others are saved."),
            (_BODY * (_EPOCHS - 1), f"That is for one image, and there are {_IMAGES}."),
            (2 * _SAVED, "A multiply-add is a product and a sum, counted once."),
            (
                _H_T.totals.macs * _IMAGES * (_EPOCHS - 1),
                "The head must run in each epoch: it is what learns.",
            ),
        ],
    ),
    _corner(
        "dogs",
        "A network has learned ImageNet, in which there are dogs and cats. You have 200 "
        "photographs "
        "of dogs and cats.",
        _LINEAR,
        {
            _LINEAR: "Similar and small: the features fit already, and there is too little to "
            "learn better ones from.",
            _CUSTOM_NET: "That is for a task that is different. Here the upper layers fit, too.",
            _ENTIRE: "With 200 images that would overfit before it helps much.",
        },
    ),
    _corner(
        "breeds",
        "A network has learned ImageNet. You have 100,000 photographs of dogs, of 120 breeds.",
        _ENTIRE,
        {
            _LINEAR: "That works, and it leaves most of your 100,000 images unused.",
            _CUSTOM_NET: "That is for a small and different set. This one is large and similar.",
            _ENTIRE: "Similar and large: it is fine to fine-tune everything, at a mild rate.",
        },
    ),
    _corner(
        "x_rays",
        "A network has learned ImageNet. You have 300 X-ray images of hands.",
        _CUSTOM_NET,
        {
            _LINEAR: "The upper layers know dogs and cups, which are of little use for bones.",
            _CUSTOM_NET: "Different and small: edges and corners are of use, the rest is not.",
            _ENTIRE: "With 300 images that would overfit.",
        },
    ),
    _corner(
        "satellite",
        "A network has learned ImageNet. You have 400,000 satellite images of fields.",
        _ENTIRE,
        {
            _LINEAR: "The upper layers know other things, and you have enough images to change "
            "them.",
            _CUSTOM_NET: "That is for a small set. Yours is large enough to change everything.",
            _ENTIRE: "Different and large: fine-tune everything; from scratch may do as well.",
        },
    ),
    Model(
        "transfer_principles.freeze",
        question="Write a function `freeze(model)`: of a model with the blocks block1_..., "
        "block2_... and block3_..., and a layer called head, only block3 and the head shall learn. "
        "It returns the model.",
        inputs=lambda: [made(_FREE_ALL)()],
        program="""
def freeze(model):
    for layer in model.layers:
        layer.trainable = layer.name.startswith(("block3", "head"))
    return model
""",
        rules=[
            (
                lambda model: bool(_learns(model)),
                (
                    "Nothing learns any more. If model.trainable is False, no layer of it learns, "
                    "whatever the layer itself says: set model.trainable = True first."
                ),
            ),
            (
                lambda model: "head" in _learns(model),
                "The head does not learn. It must: it is new.",
            ),
            (
                lambda model: any(name.startswith("block3") for name in _learns(model)),
                "block3 does not learn. Only the blocks below it are frozen.",
            ),
            (
                lambda model: not any(name.startswith("block2") for name in _learns(model)),
                "block2 still learns.",
            ),
            (
                lambda model: not any(name.startswith("block1") for name in _learns(model)),
                "block1 still learns.",
            ),
            (
                lambda model: {"block3_conv1", "block3_conv2"} <= _learns(model),
                "All of block3 shall learn, both of its convolutions.",
            ),
        ],
        steps=[
            "Go through model.layers, and set layer.trainable to True or False.",
            'layer.name.startswith("block3") tells whether a layer belongs to the last block.',
        ],
        why="Frozen layers keep what they know; compile the model again after such a change.",
    ),
    Explain(
        "transfer_principles.why_lower",
        question="Why are the lower layers taken over, rather than the upper ones?",
        model="Because the lower layers see edges, corners and colours, which every task needs, "
        "while the upper ones have put them together to what the old task asked for.",
        ideas={
            "lower layers are general": r"general|edge|corner|colou?r|simple|texture|every|basic",
            "upper layers belong to their task": r"upper|task|specific|special|class|object|old",
        },
        step="What do the first filters see, and what do the last ones?",
    ),
)
