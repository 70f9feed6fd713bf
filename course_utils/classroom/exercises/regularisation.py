"""Exercises of unit 13: regularisation."""

import math

from course_utils.classroom.choices import Choose, Explain
from course_utils.classroom.models import Debug, has_learned, layers_of, toy
from course_utils.classroom.programs import Code
from course_utils.classroom.value import Value

_WEIGHTS, _LAMBDA = (0.5, -1.0, 2.0), 0.01
_PENALTY = _LAMBDA * sum(w**2 for w in _WEIGHTS)

_VALUE, _RATE = 3.0, 0.2
_KEPT = _VALUE / (1 - _RATE)

_VAL_LOSS = (0.90, 0.70, 0.60, 0.55, 0.57, 0.52, 0.54, 0.53, 0.56, 0.51)
_PATIENCE = 3


def _stops(losses: tuple[float, ...], patience: int) -> tuple[int, int]:
    """Return the epoch with the lowest loss so far, and the one after which patience is gone."""
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        if epoch - best == patience:
            return best + 1, epoch + 1
    return best + 1, len(losses)


_BEST, _STOP = _stops(_VAL_LOSS, _PATIENCE)
_FIRST_RISE, _FIRST_DIP = _stops(_VAL_LOSS, 1)[::-1]

_SMALL, _LARGE = 8, 128
_NOISE = math.sqrt(_LARGE / _SMALL)

UNIT = 13
EXERCISES = (
    Value(
        "regularisation.penalty",
        question=f"A layer has the weights {', '.join(f'{w:g}' for w in _WEIGHTS)}. How much does "
        f"keras.regularizers.L2({_LAMBDA}) add to the loss?",
        answer=_PENALTY,
        why=f"{_LAMBDA} * ({' + '.join(f'{w * w:g}' for w in _WEIGHTS)}) = {_PENALTY:g}. The "
        "largest weight pays most of it.",
        next_step="Square each weight, add up, and multiply by lambda.",
        mistakes=[
            (_LAMBDA * sum(map(abs, _WEIGHTS)), "Those are absolute values: lasso, Keras's L1."),
            (_LAMBDA * sum(_WEIGHTS), "Square the weights: a negative one costs as much."),
            (_PENALTY / 2, "Many books halve it. The notes and Keras do not."),
            (sum(w**2 for w in _WEIGHTS), "That is the sum of the squares. Lambda is missing."),
            (_LAMBDA * sum(_WEIGHTS) ** 2, "First square, then add up."),
            (
                _LAMBDA * math.sqrt(sum(w**2 for w in _WEIGHTS)),
                "No root: the penalty is on the squares.",
            ),
            (_PENALTY / len(_WEIGHTS), "It is the sum over the weights, not their mean."),
        ],
        tolerance=1e-6,
    ),
    Value(
        "regularisation.dropout",
        question=f"A unit has the value {_VALUE:g}. In training it goes through "
        f"keras.layers.Dropout({_RATE}) and happens to be kept. What comes out?",
        answer=_KEPT,
        why=f"{_VALUE:g} / (1 - {_RATE}) = {_KEPT:g}: kept in 80% of the cases, it is "
        f"{_VALUE:g} on average.",
        next_step="Keras's rate is the share that is dropped. On average over kept and dropped, "
        "the value must stay as it was.",
        mistakes=[
            (_VALUE, "Then the average would fall to 80%. Keras makes up for that in training."),
            (
                _VALUE * (1 - _RATE),
                (
                    "That is the factor of the notes, for the weights at test time. Keras scales "
                    "in training, the other way round."
                ),
            ),
            (_VALUE / _RATE, "You took the rate for the share that is kept. It is dropped."),
            (_VALUE * _RATE, "The rate is the share that is dropped; and the value must grow."),
            (0, "That would be a unit that is dropped. This one is kept."),
            (_VALUE * (1 + _RATE), "Nearly. Multiply by the share that is kept: is it 3 again?"),
        ],
        tolerance=1e-6,
    ),
    Value(
        "regularisation.stop",
        question=f"The validation loss of ten epochs: {', '.join(f'{v:.2f}' for v in _VAL_LOSS)}. "
        f"Early stopping has a patience of {_PATIENCE}. After which epoch, counted from 1, does "
        "the training stop?",
        answer=_STOP,
        why=f"The lowest so far is epoch {_BEST}; epochs {_BEST + 1} to {_STOP} bring nothing "
        "lower, and the patience is used up.",
        next_step="After each epoch, count how many have passed since the lowest loss so far.",
        mistakes=[
            (
                _FIRST_RISE,
                "There the loss rises for the first time. Patience bears more than that.",
            ),
            (_BEST, "That epoch is the best so far. But nobody knows it yet."),
            (
                _STOP - 1,
                "One too few. Count the epochs since the lowest loss, and the first epoch as 1.",
            ),
            (_FIRST_DIP, "That was the best so far, but a better one follows in time."),
            (_FIRST_DIP + _PATIENCE, "A new lowest value on the way sets the counter back to 0."),
            (len(_VAL_LOSS), "The training does not get as far as that."),
        ],
    ),
    Value(
        "regularisation.restored",
        question="And with restore_best_weights=True, the weights of which epoch does the network "
        "have in the end?",
        answer=_BEST,
        why=f"Epoch {_BEST}, with {_VAL_LOSS[_BEST - 1]:.2f}. Epoch {len(_VAL_LOSS)} would have "
        "been lower still: patience is a guess.",
        next_step="It goes back to the lowest validation loss that it has seen before it stopped.",
        mistakes=[
            (_STOP, "That is the last one, which it has without restore_best_weights."),
            (
                len(_VAL_LOSS),
                "That one is lowest of all, but the training has stopped before it.",
            ),
            (_FIRST_DIP, "A later one is lower still, and within the patience."),
            (_BEST - 1, "Count from 1, as the question says."),
        ],
    ),
    Value(
        "regularisation.noise",
        question=f"The images of a batch are drawn independently. How many times as much noise has "
        f"the gradient of a batch of {_SMALL} as that of a batch of {_LARGE}?",
        answer=_NOISE,
        why=f"sqrt({_LARGE} / {_SMALL}) = {_NOISE:g}: the deviation of a mean falls with the root "
        "of the number.",
        next_step="The gradient of a batch is the mean over its images. How does the standard "
        "deviation of a mean depend on their number?",
        mistakes=[
            (_LARGE / _SMALL, "That is the ratio of the variances. Take the root."),
            (1 / _NOISE, "The other way round: fewer images, more noise."),
            (_SMALL / _LARGE, "Fewer images have more noise; and it is a root."),
            (math.sqrt(_SMALL), "And relative to the larger batch?"),
            (math.sqrt(_LARGE), "And relative to the smaller batch?"),
            (1, "The gradient is the same on average, but not its noise."),
        ],
        tolerance=1e-6,
    ),
    Code(
        "regularisation.drop",
        question="Write a function `dropout(x, rate, chance)`: dropout, as Keras does it in "
        "training. `chance` is an array as large as x with random numbers from 0 to 1: where one "
        "of them is smaller than `rate`, the value of x becomes 0. The others grow, so that the "
        "mean stays as it was.",
        program="""
def dropout(x, rate, chance):
    kept = chance >= rate
    return x * kept / (1 - rate)
""",
        cases=lambda np: [
            (np.array([4.0, 4.0, 4.0, 4.0]), 0.5, np.array([0.1, 0.7, 0.4, 0.9])),
            (np.arange(1.0, 7.0).reshape(2, 3), 0.2, np.array([[0.1, 0.3, 0.9], [0.5, 0.0, 0.7]])),
        ],
        wrong=[
            (" / (1 - rate)", "", "The mean falls: divide by the share that is kept."),
            ("/ (1 - rate)", "* (1 - rate)", "Dividing makes up for what is dropped."),
            ("chance >= rate", "chance < rate", "rate is the share that is dropped, not kept."),
            ("/ (1 - rate)", "/ rate", "Divide by the share that is kept, 1 - rate."),
            ("x * kept / (1 - rate)", "x * (1 - rate)", "Nothing is dropped: that is its mean."),
            (
                "x * kept / (1 - rate)",
                "(x * kept)[kept] / (1 - rate)",
                "What is dropped becomes 0. It keeps its place.",
            ),
        ],
        steps=["`chance >= rate` is True where a value is kept.", "x * kept, and then the scale."],
        why="On average each value is as before, so prediction needs no change.",
    ),
    Code(
        "regularisation.early_stop",
        question="Write a function `last_epoch(losses, patience)`: after which epoch, counted from "
        "1, does early stopping end the training? It stops as soon as `patience` epochs have gone "
        "by since the lowest loss so far. If it never does, it is the last epoch.",
        program="""
def last_epoch(losses, patience):
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        if epoch - best == patience:
            return epoch + 1
    return len(losses)
""",
        cases=lambda np: [
            ([0.9, 0.7, 0.8, 0.75, 0.6, 0.5], 2),
            ([0.9, 0.7, 0.6, 0.65, 0.55, 0.6, 0.58, 0.57, 0.4], 3),
            ([0.5, 0.4, 0.3], 1),
            ([0.5, 0.5, 0.5, 0.5], 2),
            ([0.9, 0.95, 0.92, 0.91, 0.8], 3),
        ],
        wrong=[
            ("return epoch + 1", "return epoch", "Count from 1: epoch 0 of Python is the first."),
            ("== patience", "> patience", "You wait one epoch too long."),
            ("== patience", "== patience - 1", "You stop one epoch too early."),
            ("return epoch + 1", "return best + 1", "That is the best epoch. When does it stop?"),
            (
                "loss < losses[best]",
                "epoch and loss < losses[epoch - 1]",
                "Compare with the lowest loss so far, not with the epoch before.",
            ),
            ("loss < losses[best]", "loss <= losses[best]", "An equal loss is not a lower one."),
            ("return len(losses)", "return None", "If it never stops: after the last epoch."),
        ],
        steps=["Keep the place of the lowest loss so far.", "How many epochs since then?"],
        why="That is all keras.callbacks.EarlyStopping does.",
    ),
    Debug(
        "regularisation.debug",
        question="This network was to keep 95% of its units in training. It hardly learns. x has "
        "400 images of 8 x 8, y their labels, 0 or 1.",
        broken="""
def train(x, y):
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(4, 3, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.95),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=8, verbose=0)
    return model
""",
        program="""
def train(x, y):
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(4, 3, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.05),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=8, verbose=0)
    return model
""",
        inputs=toy,
        rules=[
            (
                lambda model: all(getattr(one, "rate", 0) <= 0.5 for one in layers_of(model)),
                "It does not learn as it should yet: nearly all units are dropped at each step.",
            ),
            (
                lambda model: any(getattr(one, "rate", 0) > 0 for one in layers_of(model)),
                "The dropout is gone. It was to stay, and to keep 95% of the units.",
            ),
            (has_learned, ""),
        ],
        steps=["What does the number in Dropout(...) mean in Keras?"],
        why="Keras's rate is the share that is dropped. Some papers and books give the other one.",
    ),
    Choose(
        "regularisation.curves",
        question="The training loss still falls, the validation loss has risen for five epochs. "
        "What do you do first?",
        choices={
            "train longer": "It overfits already; longer makes it worse.",
            "make the network larger": "A larger one can remember even more.",
            "stop, and take the weights of the lowest validation loss": "That costs nothing; then "
            "try more data, augmentation or dropout.",
            "look at the test images": "They are opened once, at the end.",
        },
        right="C",
        step="What is the network learning in these epochs, if not what holds for new images?",
    ),
    Explain(
        "regularisation.why_dropout",
        question="Why does dropout help against overfitting?",
        model="Because a unit can never rely on another one being there: each has to be useful on "
        "its own, and the network cannot remember single images by a few units that only work "
        "together.",
        ideas={
            "units cannot rely on others": r"\brel(y|ies)\b|depend|co-?adapt|other|alone|"
            r"on its own|redundan|together",
            "less is remembered": r"memor|remember|overfit|by heart|general|many networks|average",
        },
        step="What can a unit not do any more, if its neighbours are missing at random?",
    ),
)
