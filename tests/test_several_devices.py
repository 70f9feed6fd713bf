"""Training on several devices gives what training on one gives."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

_STEP = """
import sys
import tensorflow as tf
count = int(sys.argv[1])
(cpu,) = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(
    cpu, [tf.config.LogicalDeviceConfiguration() for _ in range(count)])

from course_utils import machine, set_up
set_up(seed=0)
import keras, numpy as np
from course_utils.models import fine_tune, layer_rates, transfer_model, unfreeze

class Images:  # as course_utils.data.Photographs
    def size(self, split): return 16
    def digest(self, split): return split
    def arrays(self, split, image_size):
        x = np.random.default_rng(0).integers(0, 256, (16, image_size, image_size, 3))
        return x.astype("uint8"), np.arange(16) % 2

def backbone():
    inputs = x = keras.Input((8, 8, 3))
    for number in (1, 2):
        x = keras.layers.Conv2D(4, 3, use_bias=False, name=f"block_{number}_conv")(x)
        x = keras.layers.ReLU()(keras.layers.BatchNormalization()(x))
    return keras.Model(inputs, x, name="mobilenetv2_tiny")

def train():
    keras.utils.set_random_seed(0)
    with together.scope():
        base = backbone()
        model = transfer_model(base, classes=2, dropout=0)
        unfreeze(base, "block_2")
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        optimizer = layer_rates(model, {"block_2": 0.01, "head": 0.1}, keras.optimizers.SGD)
        model.compile(optimizer, loss, metrics=["accuracy"])
    history = fine_tune(model, Images(), "both", epochs=2, batch_size=16)
    return history, model.predict(Images().arrays("val", 8)[0], verbose=0)

together = machine.strategy()
history, answers = train()
again, same = train()  # from what is kept
assert history == again and np.array_equal(answers, same)
print(together.num_replicas_in_sync, history["loss"], history["val_loss"])
"""


def test_two_devices_learn_the_same_as_one(tmp_path: Path) -> None:
    """A batch of 16 is 8 for each of two logical CPU devices; the gradients are averaged."""
    found = {}
    for count in (1, 2):
        code = _STEP.replace("sys.argv[1]", repr(count))
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={
                **os.environ,
                "KERAS_HOME": str(tmp_path / str(count)),
                "KERAS_BACKEND": "tensorflow",
                "CUDA_VISIBLE_DEVICES": "",
            },
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        devices, losses = done.stdout.split(maxsplit=1)
        assert int(devices) == count
        found[count] = [float(number) for number in re.findall(r"[\d.]+", losses)]
    assert len(found[1]) == 4
    assert found[1][1] < found[1][0]
    assert found[2] == pytest.approx(found[1], rel=1e-4)
