"""Notebook 10: a deep network with and without batch normalisation, over the learning rate."""

import keras
from _fashion_mnist import DEFAULTS, QUICK, trained, variants
from keras import layers

from course_utils.models.recording import main

STACK = DEFAULTS | {
    "images": 5_000,
    "batch_size": 32,
    "epochs": 4,
    "optimizer": "sgd",
    "warm_up": False,
    "batch_norm": True,
    "initializer": "glorot_uniform",
}
KINDS = {
    "batch norm": STACK,
    "none": STACK | {"batch_norm": False},
    "none, He's first weights": STACK | {"batch_norm": False, "initializer": "he_uniform"},
}
RATES = (0.003, 0.01, 0.03, 0.1, 0.3)

# The other way round than usual: an experiment for each network, a variant for each rate.
SIGMOID = {"activation": "sigmoid"}
SETTINGS = variants(
    {
        kind: {f"{rate:g}": setting | {"peak": rate} for rate in RATES}
        for kind, setting in KINDS.items()
    }
    | {
        "batch norm, sigmoid": {"0.05": STACK | SIGMOID | {"peak": 0.05}},
        "none, sigmoid": {"0.05": KINDS["none"] | SIGMOID | {"peak": 0.05}},
        "batch norm, x5": {"0.05": STACK | {"peak": 0.05}},
    }
)


def stack(batch_norm: bool, initializer: str, activation: str = "relu") -> keras.Model:
    """Return eight convolutions one behind the other, in two blocks; the first steps by 2.

    ``initializer`` says how widely the first kernels are spread: as Keras does by default, or
    sqrt(2) times as wide for equally many channels in and out, since a ReLU sets half of the values
    to 0 (He et al. 2015, arXiv:1502.01852).
    """
    model = keras.Sequential([keras.Input((28, 28, 1))])
    for block, filters in (("1", 16), ("2", 32)):
        if block == "2":
            model.add(layers.MaxPooling2D(name="pool"))
        for number in ("_1", "_2", "_3", "_4"):
            at = block + number
            how = {"padding": "same", "use_bias": not batch_norm, "name": f"conv{at}"}
            model.add(layers.Conv2D(filters, 3, strides=2 if at == "1_1" else 1, **how))
            if batch_norm:
                model.add(layers.BatchNormalization(name=f"bn{at}"))
            model.add(layers.Activation(activation, name=f"{activation}{at}"))
    model.add(layers.GlobalAveragePooling2D(name="avg_pool"))
    model.add(layers.Dense(10, name="fc"))
    # Drawn when all layers are there: so it was when the run was recorded, and each seed gives
    # the same weights again.
    for layer in model.layers:
        if isinstance(layer, layers.Conv2D):
            layer.kernel.assign(keras.initializers.get(initializer)(layer.kernel.shape))
    model.supports_jit = False  # XLA would compile for longer than the training takes
    return model


def train(setting: dict, seed: int) -> dict:
    """Train the stack."""
    activation = setting.get("activation", "relu")
    return trained(stack(setting["batch_norm"], setting["initializer"], activation), setting)


if __name__ == "__main__":
    raise SystemExit(main(__file__, train, SETTINGS, seeds=(0, 1, 2), quick=QUICK))
