"""The calculator against what else counts a network: how fast, and whether the numbers agree.

torchinfo and fvcore, on torchvision's networks, are left out where they are not installed.
"""

import importlib.util
from collections.abc import Callable, Iterator
from functools import partial
from math import prod

from contest import Row, best, compare, fresh

FAMILIES = (
    *("VGG16", "ResNet50", "ResNet152V2", "InceptionV3", "InceptionResNetV2", "Xception"),
    *("MobileNet", "MobileNetV2", "MobileNetV3Small", "DenseNet201", "NASNetMobile"),
    *("EfficientNetB0", "EfficientNetV2S", "ConvNeXtTiny"),
)
SAME = {"vgg16": "VGG16", "resnet50": "ResNet50", "mobilenet_v2": "MobileNetV2"}  # zoo: Keras
TIMED = "import time; t = time.perf_counter(); {}; print(1000 * (time.perf_counter() - t))"


def milliseconds(work: Callable[[], object], repeats: int = 1) -> Callable[[], float]:
    """Return what measures the work."""
    return lambda: 1000 * best(work, repeats)


def rows(rounds: int) -> Iterator[Row]:
    printed = "from course_utils.costs import zoo; str(zoo.vgg16())"
    sides = {
        "course_utils": lambda: fresh(TIMED.format(printed)),
        "import keras alone": lambda: fresh(TIMED.format("import keras")),
    }
    yield from compare(rounds, "from nothing to the table of VGG-16", sides, "ms")
    yield from against_keras(rounds)
    if all(importlib.util.find_spec(name) for name in ("torchvision", "torchinfo", "fvcore")):
        yield from against_torch(rounds)
    else:
        print("(torchvision, torchinfo or fvcore is not installed: their rows are left out)")


def against_keras(rounds: int) -> Iterator[Row]:
    """Against building the network and `summary()`, and reading a model against building it."""
    import keras

    from course_utils.costs import from_keras, zoo

    def summed(name: str) -> None:
        build(name).summary(print_fn=lambda *_, **__: None)

    def counted(model: keras.Model, size: tuple | None) -> object:
        return from_keras(model, size).totals

    def build(name: str) -> keras.Model:
        keras.utils.clear_session()
        return getattr(keras.applications, name)(weights=None)

    build("VGG16")  # the first one also warms TensorFlow up
    for ours, name in SAME.items():
        count = getattr(zoo, ours)
        sides = {
            "the calculator": milliseconds(lambda count=count: str(count()), 20),
            "Keras, built and summary()": milliseconds(partial(summed, name)),
        }
        model = build(name)
        here, there = count().totals.params, model.count_params()
        # Keras's ResNets add biases before batch normalisation, which makes them pointless.
        why = f": {there - here:,} biases before batch normalisation" if there > here else ""
        note = f"weights {here:,}, Keras says {there:,}{why}"
        yield from compare(rounds, f"table of {name}", sides, "ms", note=note)
    for name in FAMILIES:
        model = build(name)
        size = None if all(model.input_shape[1:]) else (224, 224, 3)  # some leave it open
        sides = {
            "from_keras": milliseconds(partial(counted, model, size), 3),
            "building it": milliseconds(partial(build, name)),
        }
        yield from compare(1, f"read {name}", sides, "ms", aims={"building it": 1 / 0.014})


def against_torch(rounds: int) -> Iterator[Row]:
    """Against torchinfo and fvcore, on torchvision's networks."""
    import torch
    import torchinfo
    import torchvision
    from fvcore.nn import FlopCountAnalysis

    from course_utils.costs import zoo

    image = torch.zeros(1, 3, 224, 224)

    def summary(model: torch.nn.Module) -> str:
        return str(torchinfo.summary(model, input_data=image, verbose=0))

    # torchvision's ResNet-50 halves in the second convolution of a block.
    networks = {"vgg16": zoo.vgg16, "mobilenet_v2": zoo.mobilenet_v2}
    networks["resnet50"] = partial(zoo.resnet50, "v1.5")
    for name, count in networks.items():
        network, model = count(), getattr(torchvision.models, name)().eval()
        biases = sum(row.layer.bias_adds(*row.input_shapes) for row in network.rows)
        normed = [row.output_shape for row in network.rows if row.kind == "BatchNormalization"]
        learned = 2 * sum(shape[-1] for shape in normed)
        ends = ("GlobalAveragePooling2D", "Flatten")  # where torchvision pools
        pooled = sum(prod(row.input_shapes[0]) for row in network.rows if row.kind in ends)
        info = torchinfo.summary(model, input_data=image, verbose=0)
        flops = FlopCountAnalysis(model, image)
        flops.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
        params, macs = network.totals.params, network.totals.macs
        values = 2 * sum(map(prod, normed)) + pooled
        note = (
            f"{params:,} weights, torchinfo {info.total_params:,} (without {learned:,} means and "
            f"variances); {macs:,} multiply-adds, torchinfo {info.total_mult_adds:,} (with biases "
            f"and batch normalisation, which make ours {macs + biases + learned:,}), fvcore "
            f"{int(flops.total()):,} (with 2 for each value that is normalised and 1 for each "
            f"that is pooled, which make ours {macs + values:,})"
        )
        sides = {
            "the calculator": milliseconds(lambda count=count: str(count()), 20),
            "torchinfo": milliseconds(partial(summary, model)),
            "fvcore": milliseconds(lambda model=model: FlopCountAnalysis(model, image).total()),
        }
        yield from compare(rounds, f"count {SAME[name]}, built already", sides, "ms", note=note)
