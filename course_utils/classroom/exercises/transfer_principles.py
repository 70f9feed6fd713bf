"""Exercises of notebook 15: what is taken over, what is trained, and how fast."""

import math
from typing import Any

from course_utils.classroom.choices import Explain, Match
from course_utils.classroom.models import Model, ends, gives, layers, learning, made
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
_FROM_FC1 = _FC1.params + _HEAD.params
_FIXED = _CONV1.params + _CONV2.params
_CUSTOM = _TOTAL - _FIXED


def _svm(layer: int) -> tuple[str, str]:
    """Return accuracy and spread on Caltech-101, as Zeiler and Fergus print them."""
    row = next(row for row in table("zeiler_fergus").rows if row["name"] == f"SVM ({layer})")
    accuracy, spread = row["caltech_101"].split(" ± ")
    return accuracy, spread


(_A5, _S5), (_A7, _S7) = _svm(5), _svm(7)
_SPREADS = float(_S5), float(_S7)
_SPREAD = round(math.hypot(*_SPREADS), 3)

_TEST = "They are opened once, at the end, and never learned from."

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
    Match(
        "transfer_principles.corners",
        question="A network has learned ImageNet: photographs of animals, tools, vehicles. Which "
        "plan do you try first with each of these sets of your own?",
        plans=(
            "keep the layers fixed, and train a linear classifier on top",
            "keep some of the first layers fixed, and train a small network on top",
            "fine-tune the entire network",
            "train on the test images, too",
        ),
        scenes={
            "200 photographs of dogs and cats": (
                "A",
                "Similar and small: the features fit, and there is too little to learn others.",
                "That is for a task that is different. Here the upper layers fit, too.",
                "With 200 images that would overfit before it helps much.",
                _TEST,
            ),
            "100,000 photographs of dogs, of 120 breeds": (
                "C",
                "That works, and it leaves most of your 100,000 images unused.",
                "That is for a small and different set. This one is large and similar.",
                "Similar and large: it is fine to fine-tune everything, at a mild rate.",
                _TEST,
            ),
            "300 X-ray images of hands": (
                "B",
                "The upper layers know dogs and cups, which are of little use for bones.",
                "Different and small: edges and corners are of use, the rest is not.",
                "With 300 images that would overfit.",
                _TEST,
            ),
            "400,000 satellite images of fields": (
                "C",
                "The upper layers know other things, and you have enough images to change them.",
                "That is for a small set. Yours is large enough to change everything.",
                "Different and large: fine-tune everything; from scratch may do as well.",
                _TEST,
            ),
        },
        step="Is the new task similar to the old one? And is your set large enough to fine-tune?",
    ),
    Model(
        "transfer_principles.new_head",
        question="Write a function `new_head(model, classes)`: it returns a model that shares all "
        "layers of `model` but the last one, and ends in a new dense layer with softmax for "
        "`classes` classes. The shared layers are frozen, the new one learns. The check calls it "
        "with a model of five classes, and wants three.",
        inputs=lambda: [made(_FREE_ALL, "blocks")(), 3],
        program="""
def new_head(model, classes):
    body = keras.Model(model.inputs, model.layers[-2].output)
    body.trainable = False
    head = keras.layers.Dense(classes, activation="softmax")
    return keras.Model(body.inputs, head(body.output))
""",
        rules=[
            gives(3),
            ends("softmax", "The new layer should give probabilities: softmax."),
            (
                lambda model: sum(one.units for one in layers(model, "Dense")) == 3,
                "The old head is still there. The new one reads what the layer before it gives.",
            ),
            (
                lambda model: len(layers(model, "Conv2D")) == 6,
                "All layers but the last one are taken over: six convolutions.",
            ),
            (
                lambda model: learning(model) > 0,
                "Nothing learns. Freeze the shared layers only; the new head learns.",
            ),
            (
                lambda model: (
                    learning(model) == (8 + 1) * 3
                    or f"{learning(model):,} numbers learn, and only the new head should: "
                    "(8 + 1) * 3. Freeze the shared layers."
                ),
                "",
            ),
        ],
        steps=[
            "model.layers[-2].output is what the layer before the old head gives.",
            "body = keras.Model(model.inputs, that), body.trainable = False, and a Dense on top.",
        ],
        why="The body keeps what it has learned, and the head begins anew.",
    ),
    Model(
        "transfer_principles.freeze",
        question="Write a function `freeze(model)`: of a model with the blocks block1_..., "
        "block2_... and block3_..., and a layer called head, only block3 and the head shall learn. "
        "It returns the model.",
        inputs=lambda: [made(_FREE_ALL, "blocks")()],
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
