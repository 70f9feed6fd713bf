"""Notebook 03: LeNet-5 as it is taught, with each of the three differences of 1998, and with all."""

from dataclasses import replace

import keras
import numpy as np
from _fashion_mnist import variants

from course_utils import costs
from course_utils.costs import zoo
from course_utils.data import digits
from course_utils.models.recording import main

PLAIN = {
    "images": 1_197,  # as many as scikit-learn's digits have to learn from
    "epochs": 40,
    "batch_size": 32,
    "rate": 0.001,
    "learned_pooling": False,
    "sparse": False,
    "fixed_output": False,
}
DIFFERENCES = {
    "subsampling learned": {"learned_pooling": True},
    "C3 sparse": {"sparse": True},
    "output fixed": {"fixed_output": True},
}
ALL = {name: True for difference in DIFFERENCES.values() for name in difference}
NETWORKS = {"as taught": {}, **DIFFERENCES, "of 1998": ALL}
SETTINGS = variants(
    {
        f"rate {rate:g}": {
            name: PLAIN | {"rate": rate} | difference for name, difference in NETWORKS.items()
        }
        for rate in (0.0003, 0.001, 0.003)  # one rate for all would not be fair
    }
)


def network(learned_pooling: bool, sparse: bool, fixed_output: bool) -> keras.Model:
    """Return LeNet-5 for digits of 32 x 32; its largest answer wins."""
    layers = {layer.name: layer for layer in zoo.lenet5().layers}
    if learned_pooling:  # in 1998 the subsampling squashed
        for conv, pool in (("conv1", "pool1"), ("conv2", "pool2")):
            layers[conv] = replace(layers[conv], activation=None)
            layers[pool] = costs.Subsampling2D(2, activation="tanh", name=pool)
    if sparse:
        connections = zoo.lenet5_1998().row("c3").layer.connections
        layers["conv2"] = replace(layers["conv2"], connections=connections)
    if fixed_output:
        layers["fc3"] = costs.RBF(10, name="fc3")
    image = keras.Input((32, 32, 1))
    answer = costs.to_keras(costs.Network("LeNet-5", (32, 32, 1), [*layers.values()]))(image)
    return keras.Model(image, -answer if fixed_output else answer)  # there, the nearest code wins


def train(setting: dict, seed: int) -> dict:
    """Train on the digits that are there, and look at the test digits once."""
    data = digits()

    def prepared(images: np.ndarray) -> np.ndarray:
        return np.pad(images, ((0, 0), (2, 2), (2, 2), (0, 0))).astype("float32") / 255

    x, y = prepared(data.x_train[: setting["images"]]), data.y_train[: setting["images"]]
    model = network(**{name: setting[name] for name in ALL})
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(setting["rate"]), loss, metrics=["accuracy"])
    how = {"batch_size": setting["batch_size"], "epochs": setting["epochs"]}
    history = model.fit(x, y, **how, verbose=0).history
    return {
        "data": data.name,
        "weights": sum(int(np.prod(weight.shape)) for weight in model.trainable_weights),
        "training": history["accuracy"][-1],
        "validation": model.evaluate(prepared(data.x_val), data.y_val, verbose=0)[1],
        "test": model.evaluate(prepared(data.x_test), data.y_test, verbose=0)[1],
    }


if __name__ == "__main__":
    raise SystemExit(main(__file__, train, SETTINGS, quick={"images": 256, "epochs": 2}))
