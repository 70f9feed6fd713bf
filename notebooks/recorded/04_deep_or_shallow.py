"""Notebook 04: one hidden layer, two or four, with equally many weights in all."""

import keras
from _fashion_mnist import data_for
from keras import layers

from course_utils.models.recording import main

# How wide each layer is, so that all networks of a kind have about 10,000 weights.
WIDTHS = {
    "dense": {1: 48, 2: 40, 4: 32},
    "convolutions": {1: 500, 2: 32, 4: 19},
}
SETTINGS = [{"images": 2_000, "epochs": 8, "batch_size": 32}]
QUICK = {"images": 128, "epochs": 1, "stand_in": True}


def network(kind: str, depth: int) -> keras.Model:
    """Return so many hidden layers, equally wide, for images of 14 x 14."""
    model = keras.Sequential([keras.Input((14, 14, 1))])
    if kind == "dense":
        model.add(layers.Flatten())
    how = {"activation": "relu", "kernel_initializer": "he_uniform"}
    for _ in range(depth):
        width = WIDTHS[kind][depth]
        if kind == "dense":
            model.add(layers.Dense(width, **how))
        else:
            model.add(layers.Conv2D(width, 3, padding="same", **how))
    if kind == "convolutions":
        model.add(layers.GlobalAveragePooling2D())
    model.add(layers.Dense(10))
    return model


def train(setting: dict, seed: int) -> dict:
    """Train each of them; return its weights and its accuracy on validation images."""
    data, x, y = data_for(setting)
    x, x_val = (part.reshape(-1, 14, 2, 14, 2, 1).mean((2, 4)) / 255 for part in (x, data.x_val))
    found: dict = {}
    for kind, widths in WIDTHS.items():
        for depth in widths:
            keras.utils.set_random_seed(seed)
            model = network(kind, depth)
            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            model.compile("adam", loss, metrics=["accuracy"], jit_compile=False)
            model.fit(x, y, setting["batch_size"], setting["epochs"], verbose=0)
            _, right = model.evaluate(x_val, data.y_val, batch_size=500, verbose=0)
            result = {"weights": model.count_params(), "validation": round(right, 4)}
            found.setdefault(kind, {})[str(depth)] = result
    return found


if __name__ == "__main__":
    raise SystemExit(main(__file__, train, SETTINGS, seeds=(0, 1, 2), quick=QUICK))
