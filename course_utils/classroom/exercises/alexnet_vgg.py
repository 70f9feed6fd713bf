"""Exercises of notebooks 07 and 08: the costs of AlexNet and VGG."""

from course_utils.classroom.choices import Explain
from course_utils.classroom.layers import macs, weights
from course_utils.classroom.models import Model, each, follows, gives, has, widths
from course_utils.classroom.programs import Code
from course_utils.classroom.value import Value
from course_utils.costs import Conv2D, Memory, Network, zoo

_ALEXNET = zoo.alexnet()
_CONV2 = _ALEXNET.row("conv2")
_BATCH = 16
_BYTES = _BATCH * _CONV2.activation_bytes
_KIB = _BYTES / 1024

_TOWERS, _TOWER = zoo.alexnet_paper().row("conv2"), zoo.alexnet_single_tower().row("conv2")
_GROUPS = 2

_CHANNELS = 256  # as in VGG's third stage


def _stack(kernel: int, convs: int) -> int:
    """Return the weights of convolutions one behind the other, biases left out."""
    layers = [Conv2D(_CHANNELS, kernel, padding="same", use_bias=False) for _ in range(convs)]
    return Network("stack", (56, 56, _CHANNELS), layers).totals.params


_LARGE, _SMALL = _stack(7, 1), _stack(3, 3)

_VGG = zoo.vgg16()
_GIB = 8
_ROOM = _GIB * 2**30


def _images(memory: Memory, room: int = _ROOM, fixed: int | None = None) -> int:
    """Return how many images' activations fit beside what is needed once."""
    once = memory.training - memory.training_activations if fixed is None else fixed
    return (room - once) // memory.training_activations


_MEMORY = _VGG.memory("momentum")
_ONCE = _MEMORY.training - _MEMORY.training_activations

UNIT = 7
EXERCISES = (
    Value(
        "alexnet_vgg.conv2.memory",
        question="How many KiB, of 1,024 bytes each, does the output of AlexNet's conv2 take for "
        f"a batch of {_BATCH} images - {' x '.join(map(str, _CONV2.output_shape))} values of 4 "
        "bytes for each image?",
        answer=_KIB,
        why=f"{_BATCH} * {' * '.join(map(str, _CONV2.output_shape))} * 4 / 1024 = {_KIB:,.0f} KiB.",
        next_step="How many values are there: images * height * width * channels? Then bytes, then "
        "KiB.",
        mistakes=[
            (_BYTES / 1000, "That is KB of 1,000 bytes. A KiB has 1,024."),
            (_BYTES, "Those are bytes. How many KiB?"),
            (_BYTES / 4, "Those are values. Each takes 4 bytes, and 1,024 bytes are a KiB."),
            (_KIB / 4, "Each value takes 4 bytes, not one."),
            (_KIB * 2, "float32 has 32 bits, and 8 bits make a byte: 4 bytes each."),
            (_KIB / _BATCH, f"That is one image. There are {_BATCH}."),
            (_KIB / 1024, "That is in MiB. How many KiB?"),
            (
                _BATCH * _ALEXNET.row("pool2").activation_bytes / 1024,
                "That is behind the pooling. The convolution's own output is larger.",
            ),
            (
                _CONV2.params * 4 / 1024,
                "Those are its weights. What the layer gives out is asked for.",
            ),
        ],
        tolerance=0.002,
    ),
    macs(
        "alexnet_vgg.conv4.macs",
        _ALEXNET.row("conv4"),
        "AlexNet's conv4",
        extra=[
            (145, "That is what the table prints, in millions. Count it yourself, and exactly."),
            (145_000_000, "That is what the table prints. Count it yourself, and exactly."),
            (150, "In millions, rounded. How many exactly?"),
        ],
    ),
    weights(
        "alexnet_vgg.towers.weights",
        _TOWERS,
        f"conv2 of the published AlexNet, in {_GROUPS} groups that see half of the maps each",
        extra=[
            (
                _TOWER.params,
                "That is without the groups. A filter sees the maps of its own half only.",
            ),
            (
                _TOWER.params // _TOWER.output_shape[-1],
                "That is one filter, and without the groups: it sees the maps of its half only.",
            ),
            (
                _TOWER.params // _GROUPS,
                "Nearly. The kernels are halved, but each filter keeps its whole bias.",
            ),
            (
                _TOWERS.params // _GROUPS,
                "Halved once too often: half of the inputs, but all of the filters.",
            ),
        ],
    ),
    Value(
        "alexnet_vgg.stack.saved",
        question=f"From {_CHANNELS} maps to {_CHANNELS} maps: how many weights do three "
        "convolutions of 3 x 3 save against a single one of 7 x 7? Leave the biases out.",
        answer=_LARGE - _SMALL,
        why=f"(7*7 - 3 * 3*3) * {_CHANNELS} * {_CHANNELS} = {_LARGE - _SMALL:,}.",
        next_step="Count the products of kernel, input maps and filters: once for 7 x 7, and three "
        "times for 3 x 3.",
        mistakes=[
            (_LARGE, "That is the single one of 7 x 7. What do the three of 3 x 3 have?"),
            (_SMALL, "Those are the three of 3 x 3. How many fewer than the one of 7 x 7?"),
            (
                _LARGE - _stack(3, 1),
                "There are three convolutions of 3 x 3, each with weights of its own.",
            ),
            (_SMALL - _LARGE, "The sign: fewer weights are a saving."),
            (
                _stack(5, 1) - _stack(3, 2),
                "That is two of 3 x 3 against one of 5 x 5. Here it is three against 7 x 7.",
            ),
            ((_LARGE - _SMALL) // _CHANNELS, "Input maps times filters: twice 256."),
            (7 * 7 - 3 * 3 * 3, "That is for one input map and one filter."),
            (_LARGE - _SMALL - 2 * _CHANNELS, "Leave the biases out."),
            (100 * (1 - _SMALL / _LARGE), "That is the saving in percent. How many weights is it?"),
            (1 - _SMALL / _LARGE, "That is the share that is saved. How many weights is it?"),
        ],
    ),
    Value(
        "alexnet_vgg.batch",
        question=f"How many images at a time can VGG-16 learn from within {_GIB} GiB? Once: "
        "weights, gradients and one slot of momentum for each weight. For each image: all that "
        "memory() calls training_activations. Round down.",
        answer=_images(_MEMORY),
        why=f"floor(({_ROOM:,} - {_ONCE:,}) / {_MEMORY.training_activations:,}) "
        f"= {_images(_MEMORY)}.",
        next_step="First take away from the bytes what is needed once: three numbers for each "
        "weight. Then divide by what one image needs.",
        mistakes=[
            (_images(_MEMORY, fixed=0), "Weights, gradients and momentum also need room."),
            (
                _images(_MEMORY, fixed=_MEMORY.weights),
                "Beside the weights: a gradient and a slot of momentum for each.",
            ),
            (
                _images(_MEMORY, fixed=2 * _MEMORY.weights),
                "Weights, gradients, and momentum: three numbers for each weight.",
            ),
            (
                _images(_VGG.memory("adam")),
                "Adam keeps two slots for each weight; momentum keeps one.",
            ),
            (
                _images(_MEMORY) + 1,
                (
                    "One too many. Either it is rounded up, and part of an image does not help; "
                    "or the "
                    "image itself, the input, is left out, and training keeps it, too."
                ),
            ),
            (_ROOM // _MEMORY.training, "Weights, gradients and momentum are there only once."),
            (_images(_MEMORY, room=_GIB * 10**9), "A GiB has 1,024 * 1,024 * 1,024 bytes."),
            (
                (_ROOM - _ONCE) // _MEMORY.inference_activations,
                "That is what prediction holds at once. Training keeps every output.",
            ),
        ],
    ),
    Code(
        "alexnet_vgg.count_macs",
        question="Write a function `conv_macs(shape, kernel, filters, stride)`: the multiply-adds "
        "of a convolution for one image of `shape` (height, width, channels), with `filters` "
        "filters of `kernel` x `kernel`, without padding. Leave the biases out.",
        program="""
def conv_macs(shape, kernel, filters, stride):
    height, width, channels = shape
    rows = (height - kernel) // stride + 1
    columns = (width - kernel) // stride + 1
    return rows * columns * filters * kernel * kernel * channels
""",
        cases=lambda np: [
            ((14, 14, 6), 5, 16, 1),
            ((227, 227, 3), 11, 96, 4),
            ((9, 12, 4), 3, 5, 2),
            ((28, 20, 256), 1, 64, 1),
        ],
        wrong=[
            ("filters * kernel * kernel", "filters * kernel", "The window is kernel x kernel."),
            (" * channels", "", "The depth is forgotten: a filter goes through all channels."),
            (
                "rows * columns * filters",
                "filters",
                "Those are the weights. How often is each used?",
            ),
            ("columns * filters", "columns", "That is one filter only."),
            (
                "rows * columns * filters",
                "height * width * filters",
                "The window is used once for each place of the output, not of the input.",
            ),
            ("rows * columns", "rows * rows", "The image need not be square: rows * columns."),
            ("return rows", "return 2 * rows", "Those are flops: a product and a sum. Count once."),
            ("// stride + 1", "// stride", "The window has a first place, before any step: + 1."),
            ("// stride", "", "The window moves `stride` pixels at a time."),
            (
                "kernel * kernel * channels",
                "(kernel * kernel * channels + 1)",
                "The biases are additions: leave them out.",
            ),
        ],
        steps=[
            "How many numbers come out: rows * columns * filters?",
            "And how many products make one of them: kernel * kernel * channels?",
        ],
        why="The numbers that come out, times the products behind one of them.",
    ),
    Model(
        "alexnet_vgg.stem",
        question="Write a function `stem(x)` in Keras: the beginning of AlexNet, for x of "
        "227 x 227 x 3. A convolution with 96 filters of 11 x 11 and stride 4, ReLU; max pooling "
        "3 x 3 with stride 2; a convolution with 256 filters of 5 x 5, padding 'same', ReLU; max "
        "pooling 3 x 3 with stride 2. Nothing else has padding.",
        inputs=((227, 227, 3),),
        program="""
def stem(x):
    x = keras.layers.Conv2D(96, 11, strides=4, activation="relu")(x)
    x = keras.layers.MaxPooling2D(3, strides=2)(x)
    x = keras.layers.Conv2D(256, 5, padding="same", activation="relu")(x)
    return keras.layers.MaxPooling2D(3, strides=2)(x)
""",
        rules=[
            widths("Conv2D", "filters", (96, 256), "Two convolutions: 96 filters, then 256."),
            widths(
                "Conv2D", "kernel_size", ((11, 11), (5, 5)), "The kernels are 11 x 11 and 5 x 5."
            ),
            widths(
                "Conv2D", "strides", ((4, 4), (1, 1)), "Only the first convolution has stride 4."
            ),
            widths(
                "Conv2D", "padding", ("valid", "same"), "Only the second one has padding 'same'."
            ),
            has("MaxPooling2D", 2, "A max pooling follows each of the two convolutions."),
            each("MaxPooling2D", "The pooling windows are 3 x 3.", pool_size=(3, 3)),
            each(
                "MaxPooling2D", "The poolings move 2 pixels at a time: strides=2.", strides=(2, 2)
            ),
            gives(13, 13, 256),
            follows("relu", "Conv2D", "A ReLU follows each convolution."),
        ],
        steps=[
            "Keras's pooling moves by its own size, unless you say strides=2.",
            'Only the second convolution has padding="same": 27 stays 27.',
        ],
        why="227, 55, 27, 27, 13: windows of 3 with stride 2 overlap by one pixel.",
    ),
    Explain(
        "alexnet_vgg.why_memory",
        question="Why does training need so much more memory than prediction?",
        model="Because training keeps the output of every layer until the way back has used it for "
        "the gradients, and because it needs a gradient, and often a momentum, for each weight. "
        "Prediction forgets a layer's output as soon as the next layer has read it.",
        ideas={
            "outputs are kept for the way back": r"activation|output|feature map|intermediate|"
            r"back(ward|prop)|way back",
            "gradients and momentum for each weight": r"gradient|momentum|optimi[sz]er|slot|adam",
        },
        step="What does the way back need of each layer?",
    ),
)
