"""What each network of Keras Applications costs, counted by the calculator and timed here.

Each is built with random weights, at the size of its published accuracy: a multiplication takes as
long with them. Ten minutes on two cores that do nothing else.
"""

import time

import keras

from course_utils import models
from course_utils.costs import from_keras
from course_utils.costs.published import imagenet
from course_utils.models.recording import main

BATCH = 32
"""Photographs in a batch for which the memory of training is counted."""
SETTINGS = [{"network": name} for name in imagenet.applications()]


def count(model, backbone):
    """Return what the calculator and Keras say of a network with its head, and without."""
    network = from_keras(model)
    memory = network.at(batch_size=BATCH).memory("adam")
    return {
        "params": network.totals.params,
        "macs": network.totals.macs,
        "backbone_params": backbone.count_params(),
        "features": backbone.output_shape[-1],
        "training_bytes": memory.training,  # in float32, with Adam
        "training_activation_bytes": memory.training_activations,
        "inference_bytes": network.memory().inference,  # of one photograph
    }


def train(setting, seed):
    """Build, count and time one network; nothing is trained."""
    one = imagenet.applications()[setting["network"]]
    build = getattr(keras.applications, one.function)
    start = time.perf_counter()
    model = build(**one.settings)
    built = time.perf_counter() - start
    backbone = build(**one.settings, include_top=False, pooling="avg")
    counted = count(model, backbone)
    times = models.latency(model, seconds=1.0)
    low, high = times.spread
    return {
        **counted,
        "build_seconds": round(built, 3),
        "latency_ms": [round(value, 2) for value in (low, times.median, high)],
    }


if __name__ == "__main__":
    raise SystemExit(main(__file__, train, SETTINGS, seeds=[0]))
