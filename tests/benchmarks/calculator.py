"""The calculator against what else counts a network: how fast, and whether the numbers agree.

torchinfo and fvcore, on torchvision's networks, are left out where they are not installed.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from functools import partial

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
    """Measure everything in turns."""
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
        note = f"weights {here:,}, Keras says {there:,}"
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

    for name in SAME:
        network, model = getattr(zoo, name)(), getattr(torchvision.models, name)().eval()
        biases = sum(row.layer.bias_adds(*row.input_shapes) for row in network.rows)
        info = torchinfo.summary(model, input_data=image, verbose=0)
        flops = FlopCountAnalysis(model, image)
        flops.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
        note = (
            f"weights {network.totals.params:,}, torchinfo {info.total_params:,}; multiply-adds "
            f"{network.totals.macs:,} (and {biases:,} biases added), torchinfo "
            f"{info.total_mult_adds:,}, fvcore {int(flops.total()):,}"
        )
        count = getattr(zoo, name)
        sides = {
            "the calculator": milliseconds(lambda count=count: str(count()), 20),
            "torchinfo": milliseconds(partial(summary, model)),
            "fvcore": milliseconds(lambda model=model: FlopCountAnalysis(model, image).total()),
        }
        yield from compare(rounds, f"count {SAME[name]}, built already", sides, "ms", note=note)
