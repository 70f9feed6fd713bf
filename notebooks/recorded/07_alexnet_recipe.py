"""Notebook 07: AlexNet's recipe on the slimmed AlexNet, one ingredient at a time, and all of it."""

import keras
import numpy as np
from keras import layers

from course_utils.data import fashion_mnist
from course_utils.models.recording import main

# What all of them share. The recipe's normalisation, augmentation, dropout, weight decay and
# falling rate are left out; its ReLU, its batches of 128 and its momentum are in.
PLAIN = {"activation": "relu", "batch_size": 128, "momentum": 0.9, "rate": 0.01}
CHANGES = {
    "plain": {},
    "tanh, not ReLU": {"activation": "tanh"},
    "batches of 32": {"batch_size": 32},
    "no momentum, rate 0.1": {"momentum": 0.0, "rate": 0.1},
    "normalisation": {"normalise": True},
    "augmentation": {"augment": True},
    "dropout": {"dropout": 0.5},
    "weight decay": {"decay": 0.0005},
    "cut on a plateau": {"plateau": True},
}
CHANGES["all five"] = dict(pair for added in list(CHANGES.values())[4:] for pair in added.items())
SETTINGS = [{"images": 1_000, "epochs": 20, "changes": list(CHANGES)}]
QUICK = {"images": 256, "epochs": 1, "changes": ["plain", "all five"], "stand_in": True}
WATCHED = 500  # validation images for the plateau; the others give the score


class Normalise(layers.Layer):
    """Local response normalisation over five neighbouring maps, with the paper's constants."""

    def call(self, x):
        squares = keras.ops.pad(x**2, [[0, 0], [0, 0], [0, 0], [2, 2]])
        five = sum(squares[..., at : at + x.shape[-1]] for at in range(5))
        return x / (2 + 1e-4 * five) ** 0.75


def slim(activation: str, normalise=False, augment=False, dropout=0.0, decay=0.0) -> keras.Model:
    """Return the slimmed AlexNet for pixels of mean 0 and deviation 1; logits out."""
    start = {"relu": "he_normal", "tanh": "glorot_normal"}[activation]
    penalty = keras.regularizers.L2(decay / 2) if decay else None  # its slope is decay * w
    own = {"kernel_initializer": start, "kernel_regularizer": penalty}
    model = keras.Sequential([keras.Input((28, 28, 1))])
    if augment:
        model.add(layers.RandomFlip("horizontal"))
        model.add(layers.RandomTranslation(0.08, 0.08, "nearest"))
    for at, filters in enumerate((16, 48, 96, 64, 64), start=1):
        kernel = 5 if at <= 2 else 3
        model.add(layers.Conv2D(filters, kernel, padding="same", activation=activation, **own))
        if normalise and at <= 2:
            model.add(Normalise())
        if at in (1, 2, 5):
            model.add(layers.MaxPooling2D(3, strides=2))
    model.add(layers.Flatten())
    for _ in range(2):
        model.add(layers.Dropout(dropout))
        model.add(layers.Dense(256, activation=activation, **own))
    model.add(layers.Dense(10, **own))
    return model


def one(data: dict, epochs: int, change: dict) -> dict:
    """Train one network; return its accuracies on training and on validation images."""
    how = PLAIN | change
    batch_size, plateau = how.pop("batch_size"), how.pop("plateau", False)
    sgd = keras.optimizers.SGD(how.pop("rate"), how.pop("momentum"))
    model = slim(**how)
    model.compile(
        sgd,
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=False,  # XLA would compile for longer than the training takes
    )
    cut = keras.callbacks.ReduceLROnPlateau("val_accuracy", factor=0.1, patience=3)
    history = model.fit(
        *data["training"],
        batch_size,
        epochs,
        validation_data=data["watched"] if plateau else None,
        callbacks=[cut] if plateau else [],
        verbose=0,
    ).history
    found = {
        part: round(model.evaluate(*data[part], batch_size=500, verbose=0)[1], 4)
        for part in ("training", "validation")
    }
    loss = [round(float(value), 3) for value in history["loss"]]
    return found | {"loss": loss, "last rate": float(sgd.learning_rate)}


def train(setting: dict, seed: int) -> dict:
    """Train a network for each change, on training images of the seed's own."""
    data = fashion_mnist()
    if data.is_stand_in and not setting.get("stand_in"):
        raise SystemExit("The real data are needed: python3 -m course_utils download fashion-mnist")
    chosen = np.random.default_rng(seed).permutation(len(data.x_train))[: setting["images"]]
    mean, std = data.x_train[chosen].mean(), data.x_train[chosen].std()
    parts = {
        "training": (data.x_train[chosen], data.y_train[chosen]),
        "watched": (data.x_val[:WATCHED], data.y_val[:WATCHED]),
        "validation": (data.x_val[WATCHED:], data.y_val[WATCHED:]),
    }
    parts = {name: (((x - mean) / std).astype("float32"), y) for name, (x, y) in parts.items()}
    found = {}
    for change in setting["changes"]:
        keras.utils.set_random_seed(seed)
        found[change] = one(parts, setting["epochs"], CHANGES[change])
    return found


if __name__ == "__main__":
    raise SystemExit(main(__file__, train, SETTINGS, seeds=(0, 1, 2), quick=QUICK))
