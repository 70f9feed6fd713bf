"""Exercises of notebooks 07 and 08: the costs of AlexNet and VGG."""

from math import prod

from course_utils.classroom.exercise import Exercise
from course_utils.classroom.layers import macs, weights
from course_utils.costs import Conv2D, Memory, Network, zoo

_ALEXNET = zoo.alexnet()
_CONV2 = _ALEXNET.row("conv2")
_VALUES = prod(_CONV2.output_shape)
_KIB = _CONV2.activation_bytes / 1024

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

EXERCISES = (
    Exercise(
        "alexnet_vgg.conv2.memory",
        question="How many KiB, of 1,024 bytes each, does the output of AlexNet's conv2 take - "
        f"{' x '.join(map(str, _CONV2.output_shape))} values of 4 bytes?",
        answer=_KIB,
        why=f"{' * '.join(map(str, _CONV2.output_shape))} * 4 / 1024 = {_KIB:,.2f} KiB.",
        next_step="How many values are there: height * width * channels? Then bytes, then KiB.",
        mistakes=[
            (_CONV2.activation_bytes / 1000, "That is KB of 1,000 bytes. A KiB has 1,024."),
            (_CONV2.activation_bytes, "Those are bytes. How many KiB?"),
            (_VALUES, "Those are values. Each takes 4 bytes, and 1,024 bytes are a KiB."),
            (_VALUES / 1024, "Each value takes 4 bytes, not one."),
            (_VALUES * 8 / 1024, "float32 has 32 bits, and 8 bits make a byte: 4 bytes each."),
            (
                _ALEXNET.row("pool2").activation_bytes / 1024,
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
                _TOWER.params // _GROUPS,
                "Nearly. The kernels are halved, but each filter keeps its whole bias.",
            ),
            (
                _TOWERS.params // _GROUPS,
                "Halved once too often: half of the inputs, but all of the filters.",
            ),
        ],
    ),
    Exercise(
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
        ],
    ),
    Exercise(
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
            (_images(_MEMORY) + 1, "Round down: part of an image does not help."),
            (_ROOM // _MEMORY.training, "Weights, gradients and momentum are there only once."),
            (_images(_MEMORY, room=_GIB * 10**9), "A GiB has 1,024 * 1,024 * 1,024 bytes."),
            (
                (_ROOM - _ONCE) // _MEMORY.inference_activations,
                "That is what prediction holds at once. Training keeps every output.",
            ),
        ],
    ),
)
