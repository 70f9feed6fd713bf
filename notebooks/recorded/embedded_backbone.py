"""``python3 -m course_utils record embedded_backbone``: what the embedded weights are worth.

MobileNetV2 0.35 has learned to tell 21 kinds of drawn animals and plants apart, and never saw a
garment. Here its frozen features are compared with those of random weights, on the photographs that
stand in for clothes. The weights themselves were made by this script's last version but one, on
drawings that the package has no longer: ``embedded/mobilenet-v2.json`` names the commit.
"""

import json
from typing import Any

import keras
import numpy as np
from scipy.stats import binomtest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from course_utils import machine
from course_utils.data.stand_in import CLOTHES
from course_utils.files import write_json
from course_utils.models.backbones import EMBEDDED, embedded_backbone

PARTS = ("train", "validation", "test")


def photographs(image_size: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return the images of each part, pixels from -1 to 1, and their labels."""
    found = {}
    for part in PARTS:
        images = keras.utils.image_dataset_from_directory(
            CLOTHES / part, image_size=(image_size,) * 2, shuffle=False, verbose=False
        )
        x, y = zip(*((x.numpy(), y.numpy()) for x, y in images), strict=True)
        found[part] = np.concatenate(x) / np.float32(127.5) - 1, np.concatenate(y)
    return found


def worth(backbone: keras.Model, parts: dict[str, tuple[np.ndarray, np.ndarray]]) -> list[float]:
    """Return the accuracy of logistic regression on frozen features, and its 95 % interval.

    It is measured on the photographs outside ``train``.
    """
    extract = keras.Sequential([backbone, keras.layers.GlobalAveragePooling2D()])
    found = {part: (extract.predict(x, verbose=0), y) for part, (x, y) in parts.items()}
    linear = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=1000))
    linear.fit(*found.pop("train"))
    right = int(sum((linear.predict(x) == y).sum() for x, y in found.values()))
    n = sum(len(y) for _, y in found.values())
    interval = binomtest(right, n).proportion_ci(method="wilson")
    return [round(float(number), 4) for number in (right / n, *interval)]


def random_backbone(shape: tuple[int, int, int], seed: int) -> keras.Model:
    """Return the same network with random weights; each layer has a seed of its own."""
    model = keras.applications.MobileNetV2(
        include_top=False, alpha=0.35, input_shape=shape, weights=None
    )
    seeds = np.random.SeedSequence(seed).generate_state(len(model.weights))
    for weight, own in zip(model.weights, seeds, strict=True):
        if len(weight.shape) == 4:  # convolutions; batch normalisation begins with 0 and 1
            weight.assign(keras.initializers.GlorotUniform(int(own))(weight.shape))
    return model


def transfer_gain(image_size: int = 160, seeds: tuple[int, ...] = (0, 1, 2)) -> dict[str, Any]:
    """Compare the embedded weights with random ones, drawn by each of the seeds."""
    shape, parts = (image_size, image_size, 3), photographs(image_size)
    result = {"image_size": image_size, "embedded": worth(embedded_backbone(shape), parts)}
    for seed in seeds:
        result[f"random {seed}"] = worth(random_backbone(shape, seed), parts)
    return result


def main() -> None:
    """Measure, and write it down beside the weights."""
    machine.set_up()
    file = EMBEDDED / "mobilenet-v2.json"
    about = json.loads(file.read_text("utf-8"))
    about["transfer"] = transfer_gain()
    write_json(file, about)
    print(about["transfer"])


if __name__ == "__main__":
    main()
