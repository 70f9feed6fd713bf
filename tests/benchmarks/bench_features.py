"""What features that are computed once gain in time, and how good classifiers on them are.

    COURSE_PHOTOGRAPHS=path/to/folder python tests/benchmarks/bench_features.py

Time: a new head is trained for 20 epochs on MobileNetV2 0.35, once on features that are computed
and kept first, and with the frozen backbone run in every epoch: on photographs that are read each
time, as most guides have it, and on photographs that stay in memory from the first epoch on.
Accuracy: on the validation part with Wilson's interval, and by cross-validation over all
photographs; C is the same everywhere and was not chosen by them.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from typing import Any
from unittest.mock import patch

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
    images.arrays(parts[0], IMAGE_SIZE)  # TensorFlow's own start is in no figure

    def fit(model: keras.Model, train: Any, val: Any) -> float:
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.Adam(0.001), loss, metrics=["accuracy"])
        start = time.perf_counter()
        model.fit(train, epochs=EPOCHS, validation_data=val, shuffle=False, verbose=0)
        return time.perf_counter() - start

    empty = tempfile.TemporaryDirectory()
    with empty, patch.dict(os.environ, KERAS_HOME=empty.name):  # nothing is kept from earlier
        start = time.perf_counter()
        model = feature_model(base.model)
        train, val = (extract_features(model, images, split) for split in parts)
        extraction = time.perf_counter() - start
        start = time.perf_counter()
        for split in parts:
            assert not extract_features(model, images, split).computed
        again = time.perf_counter() - start
        head = keras.Sequential([keras.Input(train.x.shape[1:]), keras.layers.Dense(2)])
        on_features = fit(head, train.dataset(shuffle=True), val.dataset())
        classes, cached = len(images.class_names), extraction + on_features
        read = [images.dataset(part, IMAGE_SIZE, shuffle=part == "train") for part in parts]
        reading = fit(transfer_model(base.model, classes), *read)
        in_memory = fit(transfer_model(base.model, classes), *(part.cache() for part in read))
        print(f"\nfeatures computed and kept   {extraction:7.2f} s")
        print(f"the same from the cache      {again:7.2f} s")
        print(f"{EPOCHS} epochs on features        {on_features:7.2f} s")
        print(f"{EPOCHS} epochs with the backbone, {reading / cached:.1f} times")
        print(f"  photographs read each time {reading:7.2f} s")
        print(f"  in memory: {in_memory / cached:.1f} times      {in_memory:7.2f} s\n")

    print(f"{'':47}{'validation part':>26}{'5-fold, 10 times':>26}")
    for label, sizes, mirror in (
        ("160 pixels", (160,), False),
        ("160 pixels, mirror", (160,), True),
        ("288 pixels", (288,), False),
        ("288 pixels, mirror", (288,), True),
        ("288 and 352 pixels, mirror", (288, 352), True),
    ):
        models = [feature_model(backbone("mobilenet-v2", (s, s, 3)).model) for s in sizes]
        found = {
            part: [extract_features(model, images, part, mirror=mirror) for model in models]
            for part in parts
        }
        x = {part: np.mean([one.x for one in several], axis=0) for part, several in found.items()}
        y = {part: several[0].y for part, several in found.items()}
        for make in (logistic_regression, linear_svm):
            answers = make().fit(x["train"], y["train"]).predict(x["val"])
            once = wilson(int(np.sum(answers == y["val"])), len(answers))
            everything = (np.concatenate([one[part] for part in parts]) for one in (x, y))
            often = cross_validated(make(), *everything)
            print(f"{f'{label}, {make.__name__}':47}{once!s:>26}{often!s:>26}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
