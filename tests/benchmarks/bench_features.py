"""What features that are computed once gain in time, and how good classifiers on them are.

    COURSE_IMAGES=path/to/folder python tests/benchmarks/bench_features.py

Time: a new head is trained for 20 epochs on MobileNetV2 0.35, once on features that are computed
and kept first, once with the frozen backbone run in every epoch. Both begin with the photographs
in memory. Accuracy: on the validation part with Wilson's interval, and by cross-validation over
all photographs; C is the same everywhere and was not chosen by them.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time

import numpy as np

from course_utils.machine import set_up

IMAGE_SIZE = 160
EPOCHS = 20


def main() -> None:
    """Print the timings and the accuracies."""
    set_up(seed=0)
    import keras

    from course_utils.data import photographs
    from course_utils.models.backbones import backbone
    from course_utils.models.classifiers import (
        cross_validated,
        linear_svm,
        logistic_regression,
        wilson,
    )
    from course_utils.models.features import extract_features, feature_model
    from course_utils.models.transfer import transfer_model

    images = photographs()
    base = backbone("mobilenet-v2", (IMAGE_SIZE, IMAGE_SIZE, 3))
    print(images, base, sep="\n")
    parts = ("train", "val")
    arrays = {split: images.arrays(split, IMAGE_SIZE) for split in parts}

    def fit(model: keras.Model, data: dict[str, tuple[np.ndarray, np.ndarray]]) -> float:
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.Adam(0.001), loss, metrics=["accuracy"])
        x, y = data["train"]
        start = time.perf_counter()
        model.fit(x, y, epochs=EPOCHS, validation_data=data["val"], verbose=0)
        return time.perf_counter() - start

    with tempfile.TemporaryDirectory() as empty:
        os.environ["KERAS_HOME"] = empty  # nothing is kept from an earlier run
        model = feature_model(base.model)
        start = time.perf_counter()
        plain = {split: extract_features(model, images, split) for split in parts}
        extraction = time.perf_counter() - start
        start = time.perf_counter()
        for split in parts:
            assert not extract_features(model, images, split).computed
        again = time.perf_counter() - start
        head = keras.Sequential([keras.Input(plain["train"].x.shape[1:]), keras.layers.Dense(2)])
        on_features = fit(head, {split: (f.x, f.y) for split, f in plain.items()})
        naive = fit(transfer_model(base.model, len(images.class_names)), arrays)
        cached = extraction + on_features
        print(f"\nfeatures computed and kept   {extraction:7.2f} s")
        print(f"the same from the cache      {again:7.2f} s")
        print(f"{EPOCHS} epochs on features        {on_features:7.2f} s")
        print(
            f"{EPOCHS} epochs with the backbone  {naive:7.2f} s, {naive / cached:.1f} x as long\n"
        )

        print(f"{'':34}{'validation part':>26}{'5-fold, 10 times, over all':>30}")
        for views in ({}, {"mirror": True}, {"mirror": True, "five_crops": True}):
            found = {split: extract_features(model, images, split, **views) for split in parts}
            train, val = found["train"], found["val"]
            x, y = np.concatenate([train.x, val.x]), np.concatenate([train.y, val.y])
            for make in (logistic_regression, linear_svm):
                right = int(np.sum(make().fit(train.x, train.y).predict(val.x) == val.y))
                label = f"{make.__name__} {' '.join(views)}"
                once, often = wilson(right, len(val.y)), cross_validated(make(), x, y)
                print(f"{label:34}{once!s:>26}{often!s:>30}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
