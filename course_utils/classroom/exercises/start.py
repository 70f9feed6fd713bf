"""Exercises of notebook 00: a few to see how exercises work."""

from math import prod

from course_utils.classroom.choices import Choose
from course_utils.classroom.programs import Code
from course_utils.classroom.value import Value
from course_utils.costs import zoo

_SHAPE = tuple(int(side) for side in zoo.lab_cnn().input_shape)
_HEIGHT, _WIDTH, _CHANNELS = _SHAPE
_PIXELS = prod(_SHAPE)
_BATCH = 32
_IMAGES = 60_000
_FLOAT = 4  # bytes of a float32, which is what Keras computes with
_MEGA = 1_000_000

UNIT = 0
EXERCISES = (
    Code(
        "start.accuracy",
        question="`named` and `true` are arrays with a number for each image: the garment that a "
        "network names, and the one that it is. Write a function `accuracy(named, true)`: the "
        "share of the images that it names correctly, from 0 to 1. One line is enough.",
        program="""
def accuracy(named, true):
    return np.mean(named == true)
""",
        cases=lambda np: [
            (np.array([1, 2, 3, 3]), np.array([1, 2, 0, 3])),
            (np.array([9, 5, 5]), np.array([5, 9, 5])),
            (np.array([0, 7]), np.array([0, 7])),
        ],
        wrong=[
            ("np.mean(", "np.sum(", "That is how many. Which share of all images is it?"),
            ("named == true", "named != true", "That is the share of wrong names."),
            ("np.mean(", "100 * np.mean(", "That is in percent. Give the share, from 0 to 1."),
            ("np.mean(named == true)", "named == true", "That is a yes or no for each image."),
            ("np.mean(named == true)", "np.all(named == true)", "Some may be wrong. How many?"),
        ],
        steps=[
            "`named == true` is True for each image that is named correctly. True counts as 1.",
            "np.mean gives the mean of an array.",
        ],
        why="The mean of ones and zeros is the share of ones.",
    ),
    Value(
        "start.batch_shape",
        question=f"An image of Fashion-MNIST is gray, and {_HEIGHT} pixels high and wide. Keras "
        f"trains on {_BATCH} of them at a time. Which shape "
        "(images, height, width, channels) has that batch?",
        answer=(_BATCH, *_SHAPE),
        why=f"{_BATCH} images, each {' x '.join(map(str, _SHAPE))}. A gray image has one channel, "
        "and Keras wants to see it.",
        next_step="Four numbers, in this order: how many images, how high, how wide, and how many "
        "numbers each pixel has.",
        mistakes=[
            ((_BATCH, _HEIGHT, _WIDTH, 3), "Three channels are a colour image. This one is gray."),
            ((_BATCH, _HEIGHT, _WIDTH), "Gray is a channel too: each pixel has one number."),
            (_SHAPE, "That is one image. How many are in the batch?"),
            ((_BATCH, _HEIGHT, _WIDTH, 0), "Gray is a channel too: each pixel has one number."),
            (
                (_BATCH, _CHANNELS, _HEIGHT, _WIDTH),
                "That is PyTorch's order. Keras puts the channels last.",
            ),
            ((*_SHAPE, _BATCH), "The images are counted first, not last."),
        ],
    ),
    Value(
        "start.megabytes",
        question=f"Fashion-MNIST has {_IMAGES:,} images to learn from. As float32, which takes "
        f"{_FLOAT} bytes a number, how many megabytes (1 MB = 1,000,000 bytes) are they?",
        answer=_IMAGES * _PIXELS * _FLOAT / _MEGA,
        why=f"{_IMAGES:,} * {_PIXELS} * {_FLOAT} bytes = {_IMAGES * _PIXELS * _FLOAT:,} bytes.",
        next_step="Images times numbers in an image times bytes in a number gives bytes.",
        mistakes=[
            (
                _IMAGES * _PIXELS / _MEGA,
                "That is one byte a number, as in the file. float32 has 4.",
            ),
            (_IMAGES * _PIXELS * 8 / _MEGA, "That is 8 bytes a number, a float64. float32 has 4."),
            (_IMAGES * _PIXELS * 32 / _MEGA, "float32 has 32 bits. How many bytes is that?"),
            (_IMAGES * _PIXELS * _FLOAT, "Those are the bytes. How many megabytes?"),
            (_PIXELS * _FLOAT / _MEGA, "That is one image. There are more."),
            (
                _IMAGES * _PIXELS * _FLOAT / 2**20,
                "That is in MiB, of 1,048,576 bytes each. In MB it is a little more.",
            ),
        ],
        tolerance=0.011,
    ),
    Choose(
        "start.split",
        question="Why are the images of the test looked at only once, at the end?",
        choices={
            "because predicting takes long": "It takes seconds. That is not the reason.",
            "because the network would learn from them": "It does not learn while it predicts. But "
            "somebody else does: you.",
            "because whoever looks and then changes something has chosen with their help": "Then "
            "they are no longer images that nobody has used, and the number is too good.",
            "because there are so few of them": "There are 10,000.",
        },
        right="C",
        step="Who decides what is changed after a look at a number?",
    ),
)
