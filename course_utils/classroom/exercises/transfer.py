"""Exercises of notebook 16: transfer learning with Keras Applications."""

import math

from course_utils.classroom.exercise import Exercise

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

EXERCISES = (
    Exercise(
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
    Exercise(
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
    Exercise(
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
    Exercise(
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
    Exercise(
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
)
