"""Exercises of notebook 17: what transfer is worth."""

import math

from course_utils.classroom.choices import Explain
from course_utils.classroom.programs import Code
from course_utils.classroom.value import Value

_TRAIN, _CLASSES, _SKIRTS, _SHIRTS, _BATCH, _EPOCHS = 2608, 10, 96, 676, 32, 12

_STEPS = math.ceil(_TRAIN / _BATCH) * _EPOCHS
_MOMENTUM = 0.01 ** (1 / _STEPS)

_PIPELINE, _NETWORK = 300, 1200
_BUSY = 100 * _PIPELINE / _NETWORK

UNIT = 17
EXERCISES = (
    Value(
        "worth.undecided",
        question="Two recipes were trained with five seeds each. The paired difference is 0.9 "
        "points, and its 95% interval goes from -0.4 to 2.2. Which word says what you know of it?",
        answer="undecided",
        why="Zero lies in the interval, so the true difference may have either sign. More seeds "
        "would make the interval narrower.",
        next_step="Does the interval leave out zero?",
        mistakes=[
            ("better", "The mean is above zero, but the interval also holds differences below it."),
            ("worse", "The mean is above zero. But look at the interval, too."),
            ("equal", "That would need an interval that is very narrow around zero."),
        ],
    ),
    Value(
        "worth.momentum",
        question=f"A network learns {_TRAIN:,} photographs in batches of {_BATCH}, for {_EPOCHS} "
        "epochs. Which momentum of batch normalisation would leave exactly 1% of the first guess?",
        answer=_MOMENTUM,
        why=f"{math.ceil(_TRAIN / _BATCH)} steps in an epoch are {_STEPS} in all, and "
        f"momentum**{_STEPS} = 0.01, so momentum = 0.01**(1/{_STEPS}) = {_MOMENTUM:.4f}. With "
        f"0.999 it is {0.999**_STEPS:.0%}.",
        next_step="After n steps momentum**n is left. How many steps are there?",
        mistakes=[
            (0.01 ** (1 / _EPOCHS), "A step is a batch, not an epoch."),
            (0.01 ** (1 / math.ceil(_TRAIN / _BATCH)), f"That is one epoch. There are {_EPOCHS}."),
            (0.99 ** (1 / _STEPS), "That leaves 99%."),
            (0.999**_STEPS, "That is what a momentum of 0.999 leaves."),
            (0.999, f"That leaves {0.999**_STEPS:.0%}."),
            (0.99, f"That leaves {0.99**_STEPS:.4%}, much less than 1%."),
            (1 - _MOMENTUM, "That is what each step takes from the batch."),
        ],
        tolerance=0.0002,
    ),
    Value(
        "worth.busy",
        question=f"Your input pipeline makes {_PIPELINE} photographs ready per second, and your "
        f"GPU could learn from {_NETWORK:,}. What share of the time is the GPU busy, in percent?",
        answer=_BUSY,
        why=f"Training runs at {_PIPELINE} per second, and for these the GPU needs {_PIPELINE} / "
        f"{_NETWORK:,} = {_BUSY:g}% of each second. The rest of the time it waits.",
        next_step="How many photographs arrive in a second, and how long does the GPU need for "
        "them?",
        mistakes=[
            (100 - _BUSY, "That is how long it waits."),
            (_BUSY / 100, "That is the fraction. How many percent?"),
            (100, "It would be busy all the time only if the photographs came fast enough."),
            (
                100 * _PIPELINE / (_PIPELINE + _NETWORK),
                "That is so if one waits while the other works. With prefetch they work together.",
            ),
            (_NETWORK / _PIPELINE, "So many times faster is the GPU. Which share is it busy?"),
        ],
    ),
    Code(
        "worth.class_weights",
        question="Write a function `class_weights(labels, classes)`: 'balanced' weights for the "
        "classes 0, 1, ..., classes - 1, as an array. All classes count as if they were equally "
        "large, and the mean weight of an image is 1: images / (classes * images of the class).",
        program="""
def class_weights(labels, classes):
    counts = np.bincount(labels, minlength=classes)
    return len(labels) / (classes * counts)
""",
        cases=lambda np: [
            (np.array([0, 0, 0, 1]), 2),
            (np.array([2, 0, 1, 1, 2, 2, 2, 0, 2, 2]), 3),
        ],
        wrong=[
            ("(classes * counts)", "counts", "Divide by the number of classes, too."),
            (
                "len(labels) / (classes * counts)",
                "classes * counts / len(labels)",
                "The other way round: rare classes count more.",
            ),
            ("len(labels) / (classes * counts)", "counts / len(labels)", "That is the share."),
            ("len(labels) / (classes * counts)", "1 / counts", "The mean weight should be 1."),
            (
                "len(labels) / (classes * counts)",
                "counts.max() / counts",
                "That compares with the largest class. Compare with an equal share of all.",
            ),
            (
                "(classes * counts)",
                "(classes * counts)[labels]",
                "That is a weight for each image. One for each class is asked for.",
            ),
        ],
        steps=["np.bincount(labels, minlength=classes) counts the images of each class."],
        why="A rare class counts as often as a frequent one, though each of its images is rarer.",
    ),
    Code(
        "worth.interval",
        question="Write a function `interval(before, after)`: the mean of the paired differences "
        "after - before, minus and plus twice its standard error, as a pair (low, high). The "
        "standard error is the standard deviation with ddof=1, divided by the root of the number "
        "of pairs.",
        program="""
def interval(before, after):
    difference = after - before
    error = difference.std(ddof=1) / np.sqrt(len(difference))
    return difference.mean() - 2 * error, difference.mean() + 2 * error
""",
        cases=lambda np: [
            (np.array([80.0, 77, 79]), np.array([84.0, 81, 86])),
            (np.array([70.0, 72, 71, 69, 74]), np.array([71.0, 71, 73, 70, 74])),
        ],
        wrong=[
            ("after - before", "before - after", "What is gained is after - before."),
            ("ddof=1", "ddof=0", "With ddof=1: the mean was estimated from the same numbers."),
            (
                " / np.sqrt(len(difference))",
                "",
                "That is the spread of single runs, not of a mean.",
            ),
            ("np.sqrt(len(difference))", "len(difference)", "Divide by the root of the number."),
            ("2 * error", "error", "Twice the standard error."),
            (
                "    error = difference.std(ddof=1)",
                "    error = np.hypot(before.std(ddof=1), after.std(ddof=1))",
                "The seeds belong together: take the spread of the differences.",
            ),
        ],
        steps=["First the differences, seed by seed.", "Then their mean and standard error."],
        why="Paired: what a seed does to both is gone from the difference.",
    ),
    Explain(
        "worth.why_seeds",
        question="Why is one training run with each recipe not enough to say which is better?",
        model="Because another seed, that is other first weights and another order of images, "
        "changes the result as well, often by more than the recipes differ. Several seeds show how "
        "large that chance is.",
        ideas={
            "chance of a seed": r"seed|chance|random|luck|vary|varia|noise|spread|differ",
            "compared with the difference": r"more than|larger|difference|better|compare|interval",
        },
        step="What happens if you run the very same recipe once more?",
    ),
)
