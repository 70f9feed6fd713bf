"""Notebook 07: AlexNet's recipe on the slimmed AlexNet, each ingredient alone, and all of them."""

import keras
import numpy as np
from keras import layers

from course_utils.data import fashion_mnist
from course_utils.models.recording import main

PLAIN = {"activation": "relu", "rate": 0.01, "momentum": 0.9}
INGREDIENTS = {
    "plain": {},
    "tanh instead of ReLU": {"activation": "tanh"},
    "no momentum": {"momentum": 0.0},
    "no momentum, rate 0.1": {"momentum": 0.0, "rate": 0.1},
    "normalisation": {"normalise": True},
    "augmentation": {"augment": True},
    "dropout": {"dropout": 0.5},
    "all three": {"normalise": True, "augment": True, "dropout": 0.5},
}
SETTINGS = [{"images": 500, "epochs": 24, "batch_size": 128, "ingredients": list(INGREDIENTS)}]
QUICK = {"images": 256, "epochs": 1, "ingredients": ["plain", "all three"], "stand_in": True}
SCORED = 2_000  # validation images


class Normalise(layers.Layer):
    """Local response normalisation over five neighbouring maps, with the paper's constants."""

    def call(self, x):
        squares = keras.ops.pad(keras.ops.square(x), [[0, 0], [0, 0], [0, 0], [2, 2]])
        five = sum(squares[..., at : at + x.shape[-1]] for at in range(5))
        return x / (2 + 1e-4 * five) ** 0.75


def slim(activation: str, normalise=False, augment=False, dropout=0.0) -> keras.Model:
    """Return the slimmed AlexNet for pixels of mean 0 and deviation 1; logits out."""
    start = "he_normal" if activation == "relu" else "glorot_normal"
    own = {"activation": activation, "kernel_initializer": start}
    model = keras.Sequential([keras.Input((28, 28, 1))])
    if augment:
        model.add(layers.RandomFlip("horizontal"))
        model.add(layers.RandomTranslation(0.08, 0.08, "nearest", interpolation="nearest"))
    for at, filters in enumerate((16, 48, 96, 64, 64), start=1):
        kernel = 5 if at <= 2 else 3
        model.add(layers.Conv2D(filters, kernel, padding="same", **own))
        if normalise and at <= 2:
            model.add(Normalise())
        if at in (1, 2, 5):
            model.add(layers.MaxPooling2D(3, strides=2))
    model.add(layers.Flatten())
    for _ in range(2):
        model.add(layers.Dropout(dropout))
        model.add(layers.Dense(256, **own))
    model.add(layers.Dense(10))
    return model


def one(images: tuple, setting: dict, rate: float, momentum: float, **recipe) -> dict:
    """Train one network; return its accuracies on training and on validation images."""
    x, y, x_val, y_val = images
    model = slim(**recipe)
    model.compile(
        keras.optimizers.SGD(rate, momentum),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    fitted = model.fit(x, y, setting["batch_size"], setting["epochs"], verbose=0)
    parts = {"training": (x, y), "validation": (x_val, y_val)}
    result = {
        part: round(model.evaluate(*of, batch_size=500, verbose=0)[1], 4)
        for part, of in parts.items()
    }
    return result | {"loss": [round(float(value), 3) for value in fitted.history["loss"]]}


def train(setting: dict, seed: int) -> dict:
    """Train a network for each ingredient, on images of the seed's own."""
    data = fashion_mnist()
    if data.is_stand_in and not setting.get("stand_in"):
        raise SystemExit("The real data are needed: python3 -m course_utils download fashion-mnist")
    chosen = np.random.default_rng(seed).permutation(len(data.x_train))[: setting["images"]]
    x = data.x_train[chosen]
    mean, std = x.mean(), x.std()
    x, x_val = ((part.astype("float32") - mean) / std for part in (x, data.x_val[:SCORED]))
    images = (x, data.y_train[chosen], x_val, data.y_val[:SCORED])
    found = {}
    for ingredient in setting["ingredients"]:
        keras.utils.set_random_seed(seed)
        found[ingredient] = one(images, setting, **PLAIN | INGREDIENTS[ingredient])
    return found


if __name__ == "__main__":
    raise SystemExit(main(__file__, train, SETTINGS, seeds=(0, 1, 2), quick=QUICK))
