"""Notebook 05: which part of the lab's CNN bears a shifted image, and which a noisy one."""

from collections.abc import Iterator

import numpy as np
from _fashion_mnist import DEFAULTS, QUICK, compiled, data_for, variants

from course_utils.costs import to_keras, zoo
from course_utils.models.recording import main

SHORT = DEFAULTS | {"images": 8_000, "batch_size": 64, "epochs": 3, "shifted": 0}
SHIFTS = (0, 1, 2, 3, 4)  # pixels
NOISE = (0, 25, 50, 75)  # standard deviation, on pixels from 0 to 255

SETTINGS = variants(
    {
        "shifts": {
            "max pooling": SHORT | {"pooling": "max"},
            "stride 2": SHORT | {"pooling": "stride"},
            "neither": SHORT | {"pooling": None},
            "max pooling, shown shifted": SHORT | {"pooling": "max", "shifted": 3},
        },
    }
)


def train(setting: dict, seed: int) -> dict:
    """Train the lab's CNN, then show it the validation images shifted, and with noise."""
    data, x, y = data_for(setting)
    rng = np.random.default_rng(seed)
    network = to_keras(zoo.lab_cnn(use_bias=False, pooling=setting["pooling"]))
    model = compiled(network, setting, x)
    for images in shown(x, setting, rng):
        model.fit(images, y, batch_size=setting["batch_size"], verbose=0)
    noise = rng.normal(size=data.x_val.shape)

    def right(images: np.ndarray) -> float:
        logits = model.predict(images, batch_size=500, verbose=0)
        return float(np.mean(logits.argmax(axis=1) == data.y_val))

    return {
        "weights": model.count_params(),
        "shift": {str(by): right(moved(data.x_val, by)) for by in SHIFTS},
        "noise": {
            str(sd): right((data.x_val + sd * noise).clip(0, 255).astype("float32")) for sd in NOISE
        },
    }


def shown(x: np.ndarray, setting: dict, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Give the images of each epoch: as they are, or each one moved anew, to the left or right."""
    far = setting["shifted"]
    for _ in range(setting["epochs"]):
        by = rng.integers(-far, far + 1, len(x))
        images = x.copy()
        for pixels in range(-far, far + 1):
            images[by == pixels] = moved(x[by == pixels], pixels)
        yield images


def moved(images: np.ndarray, by: int) -> np.ndarray:
    """Move images to the right; what comes in is black, and nothing comes round."""
    width = images.shape[2]
    padded = np.pad(images, ((0, 0), (0, 0), (max(by, 0), max(-by, 0)), (0, 0)))
    return padded[:, :, max(-by, 0) : max(-by, 0) + width]


if __name__ == "__main__":
    raise SystemExit(main(__file__, train, SETTINGS, seeds=(0, 1, 2), quick=QUICK))
