"""Exercises of notebook 17: what transfer is worth."""

import math

from course_utils.classroom.exercise import Exercise

_BEFORE, _AFTER = (80, 77, 79), (84, 81, 86)
_DIFFERENCES = [after - before for after, before in zip(_AFTER, _BEFORE, strict=True)]
_MEAN = sum(_DIFFERENCES) / len(_DIFFERENCES)

_TRAIN, _CLASSES, _SKIRTS, _SHIRTS, _BATCH, _EPOCHS = 2608, 10, 96, 676, 32, 12
_WEIGHT = _TRAIN / (_CLASSES * _SKIRTS)

_STEPS = math.ceil(_TRAIN / _BATCH) * _EPOCHS
_MOMENTUM = 0.01 ** (1 / _STEPS)

_PIPELINE, _NETWORK = 300, 1200
_BUSY = 100 * _PIPELINE / _NETWORK

EXERCISES = (
    Exercise(
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
    Exercise(
        "worth.paired",
        question="Three seeds gave "
        + ", ".join(f"{value}%" for value in _BEFORE)
        + " before fine-tuning and, in the same order, "
        + ", ".join(f"{value}%" for value in _AFTER)
        + " after it. What is the mean of the paired differences, in points?",
        answer=_MEAN,
        why=f"({' + '.join(map(str, _DIFFERENCES))}) / 3 = {_MEAN:g}. Each seed is compared with "
        "itself.",
        next_step="Subtract seed by seed, then take the mean.",
        mistakes=[
            (-_MEAN, "Points *gained*: after minus before."),
            (max(_AFTER) - max(_BEFORE), "Those are the two best ones, from different seeds."),
            (sum(_DIFFERENCES), "That is the sum. There are three seeds."),
            (max(_DIFFERENCES), "That is the luckiest seed. Take the mean of all three."),
            (min(_DIFFERENCES), "That is the unluckiest seed. Take the mean of all three."),
            (_MEAN / 100, "That is a fraction. In points it is 100 times as much."),
        ],
    ),
    Exercise(
        "worth.weight",
        question=f"{_TRAIN:,} photographs show {_CLASSES} classes, {_SKIRTS} of them are skirts. "
        "'Balanced' class weights are such that each class counts as if all were equally large, "
        "and the mean weight of a photograph is 1. What is the weight of a skirt?",
        answer=_WEIGHT,
        why=f"An equal share would be {_TRAIN} / {_CLASSES} = {_TRAIN / _CLASSES:g} photographs; "
        f"there are {_SKIRTS}, so each counts {_TRAIN / _CLASSES:g} / {_SKIRTS} = {_WEIGHT:.2f} "
        "times.",
        next_step=f"How many skirts would there be if all {_CLASSES} classes were equally large?",
        mistakes=[
            (1 / _WEIGHT, "The other way round: rare classes count more."),
            (_TRAIN / _SKIRTS, f"Divide by the {_CLASSES} classes, too."),
            (_SKIRTS / _TRAIN, "That is the share of skirts. Rare classes count more."),
            (
                _SHIRTS / _SKIRTS,
                "That compares with T-shirts alone. Compare with an equal share of all.",
            ),
            (_TRAIN / _CLASSES, "That is how many there would be. How much does each count?"),
        ],
        tolerance=0.004,
    ),
    Exercise(
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
    Exercise(
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
)
