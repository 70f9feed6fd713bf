"""A model is used elsewhere: one file, a fresh process, nothing of this package, same answers."""

import os
import subprocess
import sys
from pathlib import Path
from typing import get_args

import keras
import numpy as np

from course_utils.models import transfer_model, unfreeze
from course_utils.models.preprocessing import Kind

K = keras.layers

_ELSEWHERE = """
import sys
from pathlib import Path

import keras
import numpy as np

images = np.load("images.npy")
for path in Path().glob("*.keras"):
    np.save(path.with_suffix(".npy"), keras.models.load_model(path).predict(images, verbose=0))
assert "course_utils" not in sys.modules
"""


def model(kind: Kind) -> keras.Model:
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 3))
    x = K.Conv2D(4, 3, use_bias=False, name="block_1_conv")(inputs)
    x = K.ReLU()(K.BatchNormalization(name="block_1_bn")(x))
    base = keras.Model(inputs, x, name="tiny")
    whole = transfer_model(base, 2, augmentation=K.RandomFlip("horizontal", seed=0), kind=kind)
    unfreeze(base)
    whole.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return whole


def test_preprocessing_survives_in_the_file(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 3)).astype(np.uint8)
    np.save(tmp_path / "images.npy", images)
    expected = {}
    for kind in get_args(Kind):
        one = model(kind)
        one.fit(images, np.arange(6) % 2, verbose=0)
        one.save(tmp_path / f"{kind}.keras")
        expected[kind] = one.predict(images, verbose=0)
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", _ELSEWHERE], cwd=tmp_path, env=environ, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
    for kind, answers in expected.items():
        found = np.load(tmp_path / f"{kind}.npy")
        np.testing.assert_allclose(found, answers, rtol=1e-5, atol=1e-5, err_msg=kind)
    different = {answers.round(3).tobytes() for answers in expected.values()}
    assert len(different) == len(expected), "the kinds of preprocessing make no difference"
