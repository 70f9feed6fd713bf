"""``python3 -m course_utils record garment_heads``: the two trained heads that come with the course.

One names garments on photographs, by features that MobileNetV2 0.35 has learned on ImageNet. The
other names drawn garments, by the features of the embedded weights, for machines without a network.
Each is a logistic regression, written down as kernel and bias of a dense layer: 26 kB in float16.
Needs the photographs of clothes and ImageNet's weights.
"""

import hashlib
from datetime import date

import keras
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from course_utils import machine
from course_utils.data import clothes, stand_in
from course_utils.data.pictures import CLASS_NAMES
from course_utils.files import whole_file, write_json
from course_utils.models.backbones import EMBEDDED, pretrained_weights
from course_utils.models.garments import SIZE, features


def photographs():
    """Return the official training photographs and what they show, in a fixed random order."""
    folder = clothes()
    if folder.is_stand_in or pretrained_weights().is_stand_in:
        raise SystemExit(
            "Photographs of clothes and weights from ImageNet are needed: "
            "python3 -m course_utils download"
        )
    paths = sorted(folder.train.glob("*/*.jpg"))
    np.random.default_rng(0).shuffle(paths)
    images = [  # read as notebook 00 does it
        keras.utils.load_img(path, target_size=(SIZE, SIZE), interpolation="bilinear")
        for path in paths
    ]
    y = [folder.class_names.index(path.parent.name) for path in paths]
    return np.array(images), np.array(y), folder.class_names


def drawings(number=3000):
    """Return drawn garments, enlarged to the size of the photographs, and what they are."""
    x, y, *_ = stand_in.load()
    x = keras.ops.image.resize(x[:number, ..., None], (SIZE, SIZE))
    x = np.repeat(keras.ops.convert_to_numpy(x), 3, axis=-1)
    return x, y[:number], CLASS_NAMES


def head(extract, x, y):
    """Return kernel, bias, and their accuracy on the last 15 %, which they have not learned from."""
    x = extract.predict(x, batch_size=32, verbose=0)
    learned = int(0.85 * len(x))
    scaler, linear = StandardScaler(), LogisticRegression(C=0.01, max_iter=1000)
    make_pipeline(scaler, linear).fit(x[:learned], y[:learned])
    kernel = linear.coef_.T / scaler.scale_[:, None]
    bias = linear.intercept_ - scaler.mean_ @ kernel
    kernel, bias = kernel.astype("float16"), bias.astype("float16")
    answers = (x[learned:] @ kernel.astype("float32") + bias).argmax(axis=1)
    return kernel, bias, float((answers == y[learned:]).mean())


def main():
    """Make both heads, and say how good they are."""
    machine.set_up()
    arrays, about = {}, {}
    for medium, (x, y, names) in {"photographs": photographs(), "drawings": drawings()}.items():
        kernel, bias, accuracy = head(features(medium), x, y)
        arrays |= {f"{medium} kernel": kernel, f"{medium} bias": bias}
        about[medium] = {"class_names": names, "images": len(x), "held_out_accuracy": accuracy}
        print(f"{medium}: {accuracy:.1%} of those that were held out")
    file = EMBEDDED / "garment-heads.npz"
    with whole_file(file) as part:
        np.savez_compressed(part, **arrays)
    facts = {
        "command": "python3 -m course_utils record garment_heads",
        "date": date.today().isoformat(),
        "machine": machine.describe(),
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
    }
    write_json(file.with_suffix(".json"), facts | about)


if __name__ == "__main__":
    main()
