"""Notebook 11: plain and residual networks of growing depth, trained alike."""

import keras
from _fashion_mnist import DEFAULTS, QUICK, trained, variants

from course_utils.costs import to_keras, zoo
from course_utils.models.recording import main

NARROW = DEFAULTS | {
    "images": 5_000,
    "batch_size": 128,
    "epochs": 10,
    "optimizer": "sgd",
    "peak": 0.1,
    "filters": 8,
}

DEPTHS = (8, 20, 44)
EACH = {
    f"{kind}, {depth} layers": NARROW | {"kind": kind, "depth": depth}
    for kind in ("plain", "residual")
    for depth in DEPTHS
}
SETTINGS = variants(
    {
        f"rate {rate:g}": {name: setting | {"peak": rate} for name, setting in EACH.items()}
        for rate in (0.1, 0.03, 0.01)
    }
)


def network(setting: dict) -> keras.Model:
    """Return a narrow network for images of half the size, so that depth is affordable."""
    build = getattr(zoo, setting["kind"])  # plain or residual
    net = build(setting["depth"], filters=setting["filters"], input_shape=(14, 14, 1))
    half = keras.layers.AveragePooling2D(2, name="half")
    return keras.Sequential([keras.Input((28, 28, 1)), half, to_keras(net)])


def train(setting: dict, seed: int) -> dict:
    """Train one of the networks."""
    return trained(network(setting), setting)


if __name__ == "__main__":
    raise SystemExit(main(__file__, train, SETTINGS, seeds=(0, 1, 2), quick=QUICK))
