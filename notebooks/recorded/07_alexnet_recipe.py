"""Notebook 07: the slimmed AlexNet by the recipe of 2012, and with each ingredient left out."""

import keras
from _fashion_mnist import DEFAULTS, QUICK, trained, variants
from keras import layers

from course_utils.costs.keras_layers import LocalResponseNormalization
from course_utils.models.recording import main

RECIPE = DEFAULTS | {
    "images": 2_000,
    "validation": 2_000,
    "epochs": 20,
    "optimizer": "sgd",
    "peak": 0.01,
    "warm_up": False,
    "cosine": False,
    "cut": True,  # the rate by ten, when validation gets no better for three epochs
    "momentum": 0.9,
    "activation": "relu",
    "normalised": True,
    "pool": 3,  # 3 x 3 with stride 2: windows overlap
    "augmented": True,
    "dropout": 0.5,
    "l2": 0.00025,  # times the square of a weight: a decay of 0.0005
}

SETTINGS = variants(
    {
        "recipe": {
            "the recipe": RECIPE,
            "tanh, not ReLU": RECIPE | {"activation": "tanh"},
            "no normalisation": RECIPE | {"normalised": False},
            "no normalisation, rate 0.003": RECIPE | {"normalised": False, "peak": 0.003},
            "no overlapping pooling": RECIPE | {"pool": 2},
            "no augmentation": RECIPE | {"augmented": False},
            "no dropout": RECIPE | {"dropout": 0.0},
            "batches of 32": RECIPE | {"batch_size": 32},
            "no momentum": RECIPE | {"momentum": 0.0},
            "no momentum, rate 0.1": RECIPE | {"momentum": 0.0, "peak": 0.1},
            "rate never cut": RECIPE | {"cut": False},
            "no weight decay": RECIPE | {"l2": 0.0},
        }
    }
)


def network(setting: dict) -> keras.Model:
    """Return the network of the unit, with what the setting leaves of the recipe."""
    decay = keras.regularizers.L2(setting["l2"])
    weights = {"kernel_initializer": "he_normal", "kernel_regularizer": decay}
    usual = {"activation": setting["activation"], **weights}
    model = keras.Sequential([keras.Input((28, 28, 1))])
    if setting["augmented"]:
        model.add(layers.RandomFlip("horizontal"))
        model.add(layers.RandomTranslation(0.08, 0.08, "nearest"))
    for filters in (16, 48):
        model.add(layers.Conv2D(filters, 5, padding="same", **usual))
        if setting["normalised"]:
            model.add(LocalResponseNormalization())
        model.add(layers.MaxPooling2D(setting["pool"], strides=2))
    for filters in (96, 64, 64):
        model.add(layers.Conv2D(filters, 3, padding="same", **usual))
    model.add(layers.MaxPooling2D(setting["pool"], strides=2))
    model.add(layers.Flatten())
    for _ in range(2):
        model.add(layers.Dropout(setting["dropout"]))
        model.add(layers.Dense(256, **usual))
    model.add(layers.Dense(10, **weights))
    return model


def train(setting: dict, seed: int) -> dict:
    """Train it in one go, since the callback counts epochs."""
    plateau = keras.callbacks.ReduceLROnPlateau("val_accuracy", factor=0.1, patience=3)
    callbacks = [plateau] if setting["cut"] else []
    how = {"epochs": setting["epochs"], "callbacks": callbacks}
    return trained(network(setting), setting, shown=lambda images: [images], **how)


if __name__ == "__main__":
    raise SystemExit(main(__file__, train, SETTINGS, seeds=(0, 1, 2), quick=QUICK))
