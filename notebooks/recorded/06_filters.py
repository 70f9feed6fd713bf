"""Notebook 06: the first filters of the lab's network before and after a short training.

Each seed trains twice from the same first weights: once all layers learn, and once the first
convolution keeps its random filters. This is the control of "the first layer has learned".
"""

import keras
import numpy as np
from _fashion_mnist import DEFAULTS, compiled, data_for

from course_utils.costs import to_keras, zoo
from course_utils.models.recording import main

SETTINGS = [{"images": 4_000}]
HOW = DEFAULTS | {"batch_size": 32, "epochs": 3}


def train(setting: dict, seed: int) -> dict:
    """Train the network with learning and with random first filters."""
    data, x, y = data_for(setting)
    result: dict = {}
    for first, learns in (("learns", True), ("random", False)):
        keras.utils.set_random_seed(seed)
        network = to_keras(zoo.lab_cnn(use_bias=False))
        conv1 = network.get_layer("conv1")
        result["before"] = _rounded(conv1.kernel)
        conv1.trainable = learns
        model = compiled(network, HOW, x)
        model.fit(x, y, HOW["batch_size"], HOW["epochs"], verbose=0)
        _, accuracy = model.evaluate(data.x_val, data.y_val, 500, verbose=0)
        result[first] = {"validation": round(float(accuracy), 4), "after": _rounded(conv1.kernel)}
    del result["random"]["after"]  # as before
    return result


def _rounded(kernel: keras.Variable) -> list:
    return np.round(keras.ops.convert_to_numpy(kernel).astype("float64"), 4).tolist()


if __name__ == "__main__":
    raise SystemExit(main(__file__, train, SETTINGS, quick={"images": 320, "stand_in": True}))
