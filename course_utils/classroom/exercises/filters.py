"""Exercises of notebooks 06 and 18: filters, feature maps, explanations."""

from course_utils.classroom.choices import Choose, Explain
from course_utils.classroom.programs import Code
from course_utils.classroom.value import Value
from course_utils.classroom.varies import varying
from course_utils.costs import zoo

_LAB = zoo.lab_cnn()
_CONV1, _POOL1, _CONV2 = (_LAB.row(name) for name in ("conv1", "pool1", "conv2"))
_IN, _OUT = _POOL1.output_shape[-1], _CONV2.output_shape[-1]
_KERNEL = 5


def _sees(name: str) -> int:
    field = _LAB.row(name).field
    return field.rows.size if field else 0


_FIELD = _sees("conv2")
_SIDE = 28

_MAPS = zoo.mobilenet_v2(0.35).row("out_relu")
_STRIDE = _MAPS.field.rows.advance if _MAPS.field else 0


def _saturating(x: float) -> float:
    return _LIMIT - max(0.0, _LIMIT - x)


_LIMIT, _AT = 2, 5.0


def _occlusion(square: int = 6, step: int = 2) -> Value:
    steps = (_SIDE - square) // step + 1
    return Value(
        "filters.occlusion",
        question=f"A square of {square} x {square} moves over an image of {_SIDE} x {_SIDE} in "
        f"steps of {step}, and never sticks out. How many covered images must the network judge?",
        answer=steps**2,
        why=f"(({_SIDE} - {square}) / {step} + 1)^2 = {steps}^2 = {steps**2}. This is why "
        "occlusion is slow.",
        next_step="It is a window with a stride: count its positions in one row first.",
        mistakes=[
            (steps, "Those are the positions in one row. How many rows of them are there?"),
            ((steps - 1) ** 2, "The first position, before any step, counts too."),
            (
                (_SIDE - square + 1) ** 2,
                f"That is with steps of 1 pixel. This square moves {step} at a time.",
            ),
            ((_SIDE // step) ** 2, "At the last of those positions the square sticks out."),
            (2 * steps, "It moves along rows and along columns: multiply."),
        ],
    )


UNIT = 6
EXERCISES = (
    Value(
        "filters.slices",
        question=f"The second convolution of the lab has {_OUT} filters of {_KERNEL} x {_KERNEL}, "
        f"and reads {_IN} maps. How many gray images of {_KERNEL} x {_KERNEL} does it take to show "
        "all its weights (but the biases)?",
        answer=_IN * _OUT,
        why=f"{_OUT} filters * {_IN} input maps = {_IN * _OUT}: a slice for each pair.",
        next_step="A filter has a slice for every map that it reads. How many slices has one?",
        mistakes=[
            (
                _OUT,
                "That would be one image for each filter. But a filter is as deep as its input.",
            ),
            (_IN, "Those are the slices of one filter. How many filters are there?"),
            (_IN + _OUT, "Every filter has a slice for every map: multiply."),
            (_IN * _OUT * _KERNEL**2, "Those are the weights. How many images are they?"),
            (_CONV2.params, "Those are the weights, biases included. How many images are they?"),
        ],
    ),
    Value(
        "filters.patch",
        question="One value of the lab's second convolution: how many pixels of the image, in one "
        "direction, does it see?",
        answer=_FIELD,
        why=f"{_KERNEL} for the first convolution, 1 more for the pooling, and {_KERNEL - 1} steps "
        f"of 2 pixels: {_KERNEL} + 1 + {_KERNEL - 1} * 2 = {_FIELD}.",
        next_step="Start with 1 and add (kernel - 1) * (product of the strides before), for the "
        "first convolution, the pooling and the second convolution.",
        mistakes=[
            (_KERNEL, "That is what it sees of the maps before it. How much of the image is that?"),
            (1 + 2 * (_KERNEL - 1), "Those are the two convolutions. There is a pooling between."),
            (
                _KERNEL + 1 + _KERNEL - 1,
                "Behind the pooling, which has stride 2, every step is two pixels of the image.",
            ),
            (
                _KERNEL + 2 + 2 * (_KERNEL - 1),
                "A pooling window of 2 adds 1, not 2: its size minus one.",
            ),
            (_sees("pool2"), "That is what a value after the second pooling sees."),
            (_sees("pool1"), "That is what a value after the first pooling sees."),
            (_FIELD**2, "That is the area. How many in one direction?"),
            (_SIDE, "It does not see the whole image. Only the dense layer does."),
        ],
    ),
    varying(_occlusion, square=(4, 6, 8, 10, 12, 14)),
    Value(
        "filters.saturated",
        question=f"A network gives f(x) = {_LIMIT} - relu({_LIMIT} - x). At x = {_AT:g} its "
        "slope is 0, so the saliency of x is 0. What do integrated gradients say, with the "
        "baseline x = 0?",
        answer=_saturating(_AT) - _saturating(0),
        why=f"f({_AT:g}) - f(0) = {_saturating(_AT):g} - {_saturating(0):g} = {_LIMIT}. There is "
        "only one pixel, and by completeness it gets all of the difference.",
        next_step="You need no integral: what do the shares of all pixels add up to?",
        mistakes=[
            (
                0.0,
                "That is the slope at the end of the way. On the way there, it was not always 0.",
            ),
            (_AT, "That would be right if the slope were 1 all the way. It is 1 only up to x = 2."),
            (
                _LIMIT / _AT,
                "That is the mean slope on the way. It is multiplied by how far x has moved.",
            ),
        ],
        tolerance=0.001,
    ),
    Value(
        "filters.coarse",
        question="The last maps of MobileNetV2 are 7 x 7 for an image of 224 x 224. How many "
        "pixels of the image lie between one value of a Grad-CAM map and the next?",
        answer=_STRIDE,
        why=f"The product of all strides, 2 * 2 * 2 * 2 * 2 = {_STRIDE}, or 224 / 7.",
        next_step="Seven values share 224 pixels.",
        mistakes=[
            (7, "Those are the values in a row. How many pixels is each?"),
            (_STRIDE**2, "That is the area. How many in one direction?"),
            (
                _MAPS.field.rows.size if _MAPS.field else None,
                "That is how much each of them sees. How far apart are they?",
            ),
        ],
    ),
    Code(
        "filters.to_gray",
        question="Weights may be negative, and an image may not. Write a function "
        "`to_gray(weights)` that stretches an array so that its smallest number becomes 0, and its "
        "largest one 1.",
        program="""
def to_gray(weights):
    lowest, highest = np.min(weights), np.max(weights)
    return (weights - lowest) / (highest - lowest)
""",
        cases=lambda np: [
            (np.array([[-1.0, 0.0], [1.0, 3.0]]),),
            (np.array([2.0, 4.0, 3.0]),),
            (np.array([[-0.5, -0.25, -0.75]]),),
        ],
        wrong=[
            (" - lowest) / (highest - lowest)", ") / highest", "The smallest should become 0."),
            ("/ (highest - lowest)", "/ highest", "Divide by the range: largest minus smallest."),
            (" / (highest - lowest)", "", "The largest should become 1: divide by the range."),
            (
                "(weights - lowest) / (highest - lowest)",
                "np.clip(weights, 0, 1)",
                "Cutting off what is below 0 loses all negative weights. Stretch instead.",
            ),
            (
                "(weights - lowest) / (highest - lowest)",
                "np.abs(weights) / np.abs(weights).max()",
                "Without its sign, -1 looks like +1. Subtract the smallest instead.",
            ),
            ("weights - lowest", "weights + lowest", "Subtract the smallest: it becomes 0."),
        ],
        steps=["Subtract the smallest number.", "Then divide by the largest minus the smallest."],
        why="Gray is not zero: where zero lies, the picture does not tell any more.",
    ),
    Code(
        "filters.strongest",
        question="`maps` has the shape (images, height, width, channels). Write a function "
        "`strongest(maps, channel, count)` that returns the numbers of the `count` images in which "
        "this channel has its largest value, the strongest first.",
        program="""
def strongest(maps, channel, count):
    largest = maps[..., channel].max(axis=(1, 2))
    return np.argsort(-largest)[:count]
""",
        cases=lambda np: [
            (np.arange(48.0).reshape(4, 2, 2, 3) * 7 % 43, 0, 2),
            (np.arange(48.0).reshape(4, 2, 2, 3) * 5 % 41, 2, 3),
            (np.arange(80.0).reshape(5, 2, 4, 2) * 29 % 83, 1, 4),
        ],
        wrong=[
            ("-largest", "largest", "Those are the weakest. argsort puts the smallest first."),
            (".max(axis=(1, 2))", ".mean(axis=(1, 2))", "You took the mean of the map."),
            ("np.argsort(-largest)", "-np.sort(-largest)", "Those are values. Which images?"),
            (
                "[..., channel].max(axis=(1, 2))",
                ".max(axis=(1, 2, 3))",
                "That is the largest of all channels. Take this one only.",
            ),
            ("[:count]", "[:count][::-1]", "The strongest comes first."),
        ],
        steps=[
            "maps[..., channel] is this channel of all images. What is the largest in each?",
            "np.argsort gives the order, smallest first: sort the negative values.",
        ],
        why="This is how one looks for what a channel has learned to see.",
    ),
    Choose(
        "filters.control",
        question="The feature maps of a trained network show the outlines of a shirt. What has to "
        "be looked at before one may say that it has learned to see outlines?",
        choices={
            "more shirts": "They would show outlines, too: that does not tell where they are from.",
            "the maps of the same network with random weights": "They show outlines, too. Only "
            "what they lack has been learned.",
            "the accuracy": "It tells that something was learned, not what.",
            "the test images": "They show the same as other images.",
        },
        right="B",
        step="What could show outlines without any learning?",
    ),
    Explain(
        "filters.why_deep",
        question="Why can the filters of the first layer be looked at as pictures, and those of "
        "the second one hardly?",
        model="Because the first layer reads pixels, so a weight belongs to a gray value or a "
        "colour. The second one reads the maps of the first, so each of its filters has a slice "
        "for each map, and no slice stands for a colour.",
        ideas={
            "the first reads pixels": r"pixel|image|colou?r|gray|rgb",
            "the second reads maps": r"map|channel|feature|output of|slice|deep",
        },
        step="What does each of the two layers read?",
    ),
)
