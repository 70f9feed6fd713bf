"""Notebook 06: the first filters of the lab's network before and after a short training.

Each seed trains twice from the same first weights: once all layers learn, and once the first
convolution keeps its random filters. This is the control of "the first layer has learned".
"""

import keras
import numpy as np
from _fashion_mnist import data_for
from keras import layers

from course_utils.models.recording import main

SETTINGS = [{"images": 4_000}]
EPOCHS, BATCH = 3, 32
CONV = {"kernel_size": 5, "padding": "same", "use_bias": False}


def network(images: np.ndarray) -> keras.Model:
    """Return the lab's network, as the notebook writes it."""
    mean, deviation = float(images.mean()), float(images.std())
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Rescaling(1 / deviation, offset=-mean / deviation),
            layers.Conv2D(16, name="conv1", **CONV),
            layers.BatchNormalization(name="bn1"),
            layers.ReLU(name="relu1"),
            layers.MaxPooling2D(name="pool1"),
            layers.Conv2D(32, name="conv2", **CONV),
            layers.BatchNormalization(name="bn2"),
            layers.ReLU(name="relu2"),
            layers.MaxPooling2D(name="pool2"),
            layers.Flatten(name="flatten"),
            layers.Dense(10, name="fc"),
        ]
    )


def train(setting: dict, seed: int) -> dict:
    """Train the network with learning and with random first filters."""
    data, x, y = data_for(setting)
    result: dict = {}
    for first, learns in (("learns", True), ("random", False)):
        keras.utils.set_random_seed(seed)
        model = network(x)
        conv1 = model.get_layer("conv1")
        result["before"] = _rounded(conv1.kernel)
        conv1.trainable = learns
        steps = len(x) // BATCH
        rate = keras.optimizers.schedules.CosineDecay(
            0.0, (EPOCHS - 1) * steps, warmup_target=0.004, warmup_steps=steps
        )
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"])
        model.fit(x, y, BATCH, EPOCHS, verbose=0)
        _, accuracy = model.evaluate(data.x_val, data.y_val, 500, verbose=0)
        result[first] = {"validation": round(float(accuracy), 4), "after": _rounded(conv1.kernel)}
    del result["random"]["after"]  # as before
    return result


def _rounded(kernel: keras.Variable) -> list:
    return np.round(keras.ops.convert_to_numpy(kernel).astype("float64"), 4).tolist()


if __name__ == "__main__":
    raise SystemExit(main(__file__, train, SETTINGS, quick={"images": 320, "stand_in": True}))
