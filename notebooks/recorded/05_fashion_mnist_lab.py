"""Notebook 05: how far the lab's CNN goes, what gave it, and what its parts are good for."""

import numpy as np
from _fashion_mnist import DEFAULTS, QUICK, trained, variants

from course_utils.costs import to_keras, zoo
from course_utils.models.recording import main

NETWORK = {
    "filters": [16, 32],
    "use_bias": False,
    "batch_norm": True,
    "activation": "relu",
    "pooling": "max",
}
WELL = DEFAULTS | NETWORK
TUTORIAL = WELL | {
    "use_bias": True,
    "standardize": False,
    "batch_size": 32,
    "peak": 0.001,
    "warm_up": False,
    "cosine": False,
}
BATCH = TUTORIAL | {"batch_size": 128}
STANDARD = BATCH | {"standardize": True}
COSINE = STANDARD | {"cosine": True}
WARM = COSINE | {"warm_up": True, "peak": 0.004}
WITHOUT = WELL | {"batch_norm": False, "use_bias": True}

SETTINGS = variants(
    {
        "long": {
            f"{first} and {2 * first} filters": WELL
            | {"augment": True, "epochs": 30, "filters": [first, 2 * first]}
            for first in (16, 17, 18, 20)
        },
        "ladder": {  # each step keeps the ones above it
            "as most tutorials write it": TUTORIAL,
            "batches of 128": BATCH,
            "standardised pixels": STANDARD,
            "rate falls to zero": COSINE,
            "warm-up to 0.004": WARM,
            "no biases before batch norm": WARM | {"use_bias": False},
        },
        "ablation": {  # each changes one thing
            "complete": WELL,
            "no batch norm": WITHOUT,
            "no batch norm, rate 0.001": WITHOUT | {"peak": 0.001},
            "no ReLU": WELL | {"activation": None},
            "stride 2, no pooling": WELL | {"pooling": "stride"},
        },
    }
)


def train(setting: dict, seed: int) -> dict:
    """Train the lab's CNN."""
    network = to_keras(zoo.lab_cnn(**{name: setting[name] for name in NETWORK}))
    if not setting["augment"]:
        return trained(network, setting)
    rng = np.random.default_rng(seed)
    return trained(
        network, setting, lambda x: (flip_and_shift(x, rng) for _ in range(setting["epochs"]))
    )


def flip_and_shift(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Mirror each image half of the time, and shift it by up to a pixel; black comes in."""
    n, height, width, _ = images.shape
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(1, 2))
    down, right = rng.integers(0, 3, (2, n))
    shifted = np.moveaxis(windows[np.arange(n), down, right], 1, -1)  # channels last again
    return np.where(rng.random((n, 1, 1, 1)) < 0.5, shifted[:, :, ::-1], shifted)


if __name__ == "__main__":
    raise SystemExit(main(__file__, train, SETTINGS, seeds=(0, 1, 2), quick=QUICK))
