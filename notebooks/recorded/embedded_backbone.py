"""``python3 -m course_utils record embedded_backbone``: what the embedded weights are worth.

MobileNetV2 0.35 has learned to tell 21 kinds of drawn animals and plants apart, and never saw a
garment. Here its frozen features are compared with those of random weights, on the photographs that
stand in for clothes. The weights themselves were made by this script's last version but one, on
drawings that the package has no longer: ``embedded/mobilenet-v2.json`` names the commit.
"""

import json

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

SIZE = 160  # height and width in pixels


def photographs(part: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the images of a part, pixels from -1 to 1, and their labels."""
    how = {"image_size": (SIZE, SIZE), "batch_size": None, "shuffle": False, "verbose": False}
    images = keras.utils.image_dataset_from_directory(CLOTHES / part, **how)
    x, y = zip(*images.as_numpy_iterator(), strict=True)
    return np.stack(x) / np.float32(127.5) - 1, np.array(y)


def worth(backbone: keras.Model) -> list[float]:
    """Return the accuracy of logistic regression on frozen features, and its 95 % interval.

    It is measured on the photographs outside ``train``.
    """
    extract = keras.Sequential([backbone, keras.layers.GlobalAveragePooling2D()])
    linear = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=1000))
    x, y = photographs("train")
    linear.fit(extract.predict(x, verbose=0), y)
    right: list[bool] = []
    for part in ("validation", "test"):
        x, y = photographs(part)
        right += [*(linear.predict(extract.predict(x, verbose=0)) == y)]
    interval = binomtest(sum(right), len(right)).proportion_ci(method="wilson")
    return [round(float(number), 4) for number in (np.mean(right), *interval)]


def transfer_gain() -> dict[str, list[float]]:
    """Compare the embedded weights with random ones."""
    shape = (SIZE, SIZE, 3)
    keras.utils.set_random_seed(0)
    random = keras.applications.MobileNetV2(
        include_top=False, alpha=0.35, input_shape=shape, weights=None
    )
    return {"embedded": worth(embedded_backbone(shape)), "random": worth(random)}


def main() -> None:
    """Measure, and write it down beside the weights."""
    machine.set_up()
    file = EMBEDDED / "mobilenet-v2.json"
    about = json.loads(file.read_text("utf-8"))
    about["transfer"] = {"image_size": SIZE, **transfer_gain()}
    write_json(file, about)


if __name__ == "__main__":
    main()
