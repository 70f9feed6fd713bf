"""Exercises of unit 02: sizes, channels, pooling."""

from course_utils.classroom.choices import Explain
from course_utils.classroom.models import Model, field_of
from course_utils.classroom.programs import Code

UNIT = 2
_CONVOLUTIONS = {"Conv2D", "DepthwiseConv2D", "SeparableConv2D"}
_ALLOWED = _CONVOLUTIONS | {"InputLayer", "MaxPooling2D", "AveragePooling2D", "ReLU", "Activation"}
_BUDGET, _FIELD = 10_000, 60

EXERCISES = (
    Code(
        "sizes.output_size",
        question="Write a function `output_size(size, kernel, stride, padding)`: how many places a "
        "window of `kernel` pixels finds along `size` pixels, if it moves `stride` pixels at a "
        "time, and `padding` pixels are added on both sides.",
        program="""
def output_size(size, kernel, stride, padding):
    return (size - kernel + 2 * padding) // stride + 1
""",
        cases=lambda np: [
            (32, 5, 1, 0),
            (28, 5, 1, 2),
            (12, 3, 3, 0),
            (55, 3, 2, 0),
            (224, 7, 2, 3),
            (224, 11, 4, 2),
        ],
        wrong=[
            ("// stride", "/ stride", "There is no half place: round down, with `//`."),
            ("2 * padding", "padding", "The padding is on both sides: it counts twice."),
            (" + 1", "", "The window has a first place, before any step: + 1."),
            (") // stride + 1", ") // (stride + 1)", "The + 1 comes after the division."),
            (" - kernel", "", "The window must stay inside: subtract its size first."),
            (" // stride", "", "The window moves `stride` pixels at a time: divide by it."),
            (" + 2 * padding", "", "The padding is forgotten: it adds pixels on both sides."),
            (
                "(size - kernel + 2 * padding) // stride",
                "-(-(size - kernel + 2 * padding) // stride)",
                "You round up. A last step that does not fit is left out: round down.",
            ),
            (
                "size - kernel + 2 * padding) // stride",
                "size + 2 * padding) // stride - kernel",
                "The brackets: first subtract the kernel, then divide.",
            ),
        ],
        steps=[
            "How far can the window move? The size with its padding, minus the window itself.",
            "Divide that by the stride, and round down with `//`. Then count the first place, too.",
        ],
        why="The window has a first place, and then as many whole steps as fit.",
    ),
    Code(
        "sizes.max_pool",
        question="Write a function `max_pool(image, size, stride)`: a window of `size` x `size` "
        "moves over the image, `stride` pixels at a time, and gives its largest value at each "
        "place. It never sticks out.",
        program="""
def max_pool(image, size, stride):
    height = (image.shape[0] - size) // stride + 1
    width = (image.shape[1] - size) // stride + 1
    result = np.zeros((height, width))
    for i in range(height):
        for j in range(width):
            top, left = i * stride, j * stride
            window = image[top : top + size, left : left + size]
            result[i, j] = window.max()
    return result
""",
        cases=lambda np: [
            (np.array([[1.0, 5, 2, 0], [3, 4, 8, 1], [0, 2, 1, 7], [9, 1, 6, 2]]), 2, 2),
            (np.array([[-1.5, -5, -2, -4, -3], [-6, -4, -8, -1, -2], [-9, -2, -7, -7, -5]]), 2, 2),
            (np.arange(42.0).reshape(6, 7) * 11 % 17, 3, 2),
            (np.arange(20.0).reshape(4, 5) * 7 % 11, 2, 1),
        ],
        wrong=[
            (
                ".max()",
                ".mean()",
                "That is the mean of the window. Its largest value is asked for.",
            ),
            (".max()", ".min()", "That is the smallest value of the window."),
            ("i * stride, j * stride", "i, j", "The window moves `stride` pixels at a time."),
            (
                ".max()",
                ".max(initial=0)",
                "Where all values are negative, you give 0. Start from the window's own values.",
            ),
            (
                "i * stride, j * stride",
                "j * stride, i * stride",
                "Rows and columns have changed places.",
            ),
            (
                "top + size, left : left + size",
                "top + stride, left : left + stride",
                "The window is `size` pixels wide; `stride` is how far it moves.",
            ),
            (
                "- size) // stride",
                "- size + stride - 1) // stride",
                "The last window sticks out. What does not fit is left out: round down.",
            ),
            ("- size) // stride + 1", "- size) // stride", "The last row and column are missing."),
            (
                "top + size, left : left + size",
                "top + size - 1, left : left + size - 1",
                "Your windows are a pixel too small: a slice leaves out its end.",
            ),
        ],
        steps=[
            "Begin with the size of the result: you know the formula.",
            "Two loops, over its rows i and its columns j. The window begins at row i * stride.",
            "`image[top : top + size, left : left + size].max()` is one value.",
        ],
        why="It has nothing to learn: it keeps the strongest answer of each window.",
    ),
    Code(
        "sizes.receptive_field",
        question="Write a function `receptive_field(layers)`. `layers` is a list of pairs (kernel, "
        "stride), from the image upwards. How many pixels of the image, in one direction, does one "
        "value of the last layer see? Without layers it is 1.",
        program="""
def receptive_field(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * step
        step *= stride
    return field
""",
        cases=lambda np: [
            ([(3, 1)],),
            ([(3, 1), (3, 1), (3, 1)],),
            ([(3, 1), (2, 2), (3, 1)],),
            ([(5, 1), (2, 2), (5, 1), (2, 2)],),
            ([(7, 2), (3, 2), (3, 1), (3, 1)],),
            ([],),
        ],
        wrong=[
            (" * step", "", "After a stride of 2 every step is two pixels of the image."),
            (
                "        field += (kernel - 1) * step\n        step *= stride",
                "        step *= stride\n        field += (kernel - 1) * step",
                "A layer's own stride counts only for the layers above it: widen the step after.",
            ),
            ("(kernel - 1)", "kernel", "A window of k adds k - 1 pixels: it has one already."),
            ("step *= stride", "step = stride", "The strides multiply: keep the product of all."),
            ("step *= stride", "step += stride", "The strides multiply, they do not add up."),
            ("field, step = 1, 1", "field, step = 0, 1", "Begin with 1: a pixel sees itself."),
            ("in layers", "in layers[:-1]", "The last layer is missing."),
            ("in layers", "in layers[::-1]", "Begin at the image, with the first layer."),
        ],
        steps=[
            "Begin with 1, and let each layer add to it.",
            "A window of k adds k - 1 steps. How many pixels is a step? Keep a second number.",
            "After each layer the step grows: multiply it by the layer's stride.",
        ],
        why="1 + the sum of (kernel - 1) * (product of the strides before).",
    ),
    Model(
        "sizes.budget",
        question=f"Design a network for gray images of 64 x 64 with fewer than {_BUDGET:,} weights "
        f"in which one value of the last layer sees at least {_FIELD} pixels in each direction. "
        "Use convolutions and poolings only. Give the model.",
        program="""
def model():
    return keras.Sequential(
        [
            keras.Input((64, 64, 1)),
            keras.layers.Conv2D(8, 5, strides=2, activation="relu"),
            keras.layers.Conv2D(8, 5, strides=2, activation="relu"),
            keras.layers.Conv2D(8, 5, strides=2, activation="relu"),
            keras.layers.Conv2D(8, 5, activation="relu"),
        ]
    )
""",
        rules=[
            (
                lambda model: {type(one).__name__ for one in model.layers} <= _ALLOWED,
                "Convolutions and poolings only: a dense layer sees everything, and costs most.",
            ),
            (
                lambda model: (
                    model.count_params() < _BUDGET
                    or f"It has {model.count_params():,} weights. Filters are what costs."
                ),
                "",
            ),
            (
                lambda model: (
                    field_of(model) >= _FIELD
                    or f"One value of its last layer sees {field_of(model)} pixels. Strides make "
                    "all that follows see more, and cost nothing."
                ),
                "",
            ),
        ],
        reads=(64, 64, 1),
        steps=[
            "A deeper stack sees more. What makes each further layer count for more pixels?",
            "A stride or a pooling doubles the step of all layers above it, and has no weights.",
        ],
        why="Strides and poolings widen the view without a single weight.",
    ),
    Explain(
        "sizes.why_pool",
        question="Why is a pooling, or a stride, put between convolutions?",
        model="It makes the maps smaller, so that the layers above cost less, and it lets each of "
        "their values see more of the image; besides, a small shift of the image changes less.",
        ideas={
            "smaller maps, less work": r"small|less|fewer|reduc|cheap|cost|work|memory",
            "a larger receptive field": r"receptive|field|sees? more|larger (part|area|region)|"
            r"more of the image|wider|context",
        },
        step="What happens to the number of values, and to what one value sees?",
    ),
)
