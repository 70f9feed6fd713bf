"""Exercises of notebook 03: LeNet-5, counted by hand."""

from itertools import count

from course_utils.classroom.choices import Explain
from course_utils.classroom.layers import macs, weights
from course_utils.classroom.models import Model, each, ends, follows, gives, has, weighs, widths
from course_utils.classroom.programs import Code
from course_utils.classroom.value import Value
from course_utils.costs import Conv2D, Network, zoo

_TAUGHT = zoo.lenet5()
_OTHER = Network("", (14, 14, 6), [Conv2D(20, 3, name="c3")]).row("c3")
_TOTAL = _TAUGHT.totals.params
_SIDE = next(side for side in count(1) if side**2 > _TOTAL)

UNIT = 3
EXERCISES = (
    weights(
        "lenet5.c3.weights",
        _OTHER,
        "another C3, with more and smaller filters",
        extra=[(_TAUGHT.row("conv2").params, "That is LeNet-5's own C3. This one is another.")],
    ),
    macs("lenet5.c3.macs", _OTHER, "this other C3"),
    Value(
        "lenet5.dense_side",
        question="A fully connected layer with [n x n] weights has n inputs and n units; leave its "
        "biases out. For which smallest n has it alone more weights than all of LeNet-5?",
        answer=_SIDE,
        why=f"{_SIDE} * {_SIDE} = {_SIDE**2:,} is more than {_TOTAL:,}, "
        f"and {_SIDE - 1} * {_SIDE - 1} = {(_SIDE - 1) ** 2:,} is not.",
        next_step="You look for the first n with n * n above LeNet-5's total. Try its square root.",
        mistakes=[
            (
                _SIDE - 1,
                "Very close: n * n is still below LeNet-5's total. Is its root rounded down?",
            ),
            (_SIDE + 1, "Very close, and large enough. But is it the smallest?"),
            (1200, "That is the lecture's example. It is large enough, but far from the smallest."),
            (_TOTAL, "That is LeNet-5's total. Which n makes n * n pass it?"),
            (_SIDE**2, "That is n * n. Which n?"),
        ],
    ),
    Code(
        "lenet5.count_params",
        question="Write a function `conv_params(kernel, channels, filters, bias)`: the number of "
        "weights of a convolution with `filters` filters of `kernel` x `kernel` on `channels` "
        "channels. `bias` is True or False.",
        program="""
def conv_params(kernel, channels, filters, bias):
    one_filter = kernel * kernel * channels
    if bias:
        one_filter += 1
    return one_filter * filters
""",
        cases=lambda np: [
            (5, 1, 6, True),
            (5, 6, 16, True),
            (3, 64, 128, False),
            (1, 256, 64, True),
            (7, 3, 64, False),
        ],
        wrong=[
            (
                "kernel * kernel * channels",
                "kernel * channels",
                "The kernel is a square: it has kernel * kernel places.",
            ),
            (
                "kernel * kernel * channels",
                "kernel * kernel",
                "The depth is forgotten: a filter goes through all channels of its input.",
            ),
            (
                "if bias",
                "if False",
                "The bias is forgotten: each filter has one, if `bias` says so.",
            ),
            ("if bias", "if True", "You always count a bias. Look at `bias`."),
            (
                "    if bias:\n        one_filter += 1\n    return one_filter * filters",
                "    return one_filter * filters + bias",
                "One bias for each filter, not one for the whole layer.",
            ),
            ("+= 1", "+= channels", "One bias for each filter, not one for each of its slices."),
            ("return one_filter * filters", "return one_filter", "That is one filter only."),
            ("one_filter * filters", "one_filter + filters", "Multiply by the number of filters."),
        ],
        steps=[
            "Count one filter first: how many numbers has its kernel, through all channels?",
            "Add its bias, if there is one. Then multiply by the number of filters.",
        ],
        why="(kernel * kernel * channels + 1) * filters: the size of the image does not come in.",
    ),
    Model(
        "lenet5.model",
        question="Build LeNet-5 in Keras, as it is taught today, for gray images of 32 x 32: C1 "
        "with 6 filters of 5 x 5, average pooling 2 x 2, C3 with 16 filters of 5 x 5, average "
        "pooling 2 x 2, no padding; then dense layers of 120, 84 and 10 units. tanh everywhere, "
        "softmax at the end. Give the model.",
        program="""
def model():
    return keras.Sequential(
        [
            keras.Input((32, 32, 1)),
            keras.layers.Conv2D(6, 5, activation="tanh"),
            keras.layers.AveragePooling2D(2),
            keras.layers.Conv2D(16, 5, activation="tanh"),
            keras.layers.AveragePooling2D(2),
            keras.layers.Flatten(),
            keras.layers.Dense(120, activation="tanh"),
            keras.layers.Dense(84, activation="tanh"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
""",
        rules=[
            gives(10),
            widths("Conv2D", "filters", (6, 16), "Two convolutions: 6 filters, then 16."),
            each("Conv2D", "The kernels are 5 x 5.", kernel_size=(5, 5)),
            each(
                "Conv2D",
                "Without padding, which is Keras's default: the maps shrink by 4 pixels each time.",
                padding="valid",
            ),
            has("AveragePooling2D", 2, "An average pooling comes after each convolution."),
            widths("Dense", "units", (120, 84, 10), "Three dense layers: 120, 84 and 10 units."),
            ends("softmax", "Softmax comes at the end."),
            follows("tanh", "Conv2D", "tanh follows each layer with weights but the last."),
            follows("tanh", "Dense", "tanh follows each layer with weights but the last.", but=1),
            weighs(_TOTAL, "Compare model.summary() with the question, layer by layer."),
        ],
        reads=(32, 32, 1),
        steps=[
            "Ten lines in keras.Sequential, with keras.Input((32, 32, 1)) as the first.",
            "Between the poolings and the dense layers stands keras.layers.Flatten().",
        ],
        why=f"{_TOTAL:,} weights, and you know where each of them is.",
    ),
    Explain(
        "lenet5.why_work",
        question="In LeNet-5 the dense layers have most of the weights, but the convolutions do "
        "most of the work. Why?",
        model="Because a weight of a convolution is used again at every place of the image, while "
        "a weight of a dense layer is used once; and because a dense layer needs a weight of its "
        "own for each pair of input and unit.",
        ideas={
            "weights used again at each place": r"again|every (place|position)|each (place|"
            r"position)|share|reus|many times|slid|same",
            "dense weights used once": r"once|one time|single|every (pair|input|connection)|own",
        },
        step="How often is one weight of C1 used for one image, and how often one of F6?",
    ),
)
