"""Training on several devices gives what training on one gives, with each backend's own engine.

How many devices there are is settled when a backend starts, so this happens in a process of its
own. Two of them stand in for two GPUs, TensorFlow's logical and JAX's host devices, on one CPU;
and two processes on this machine for two machines.
"""

import os
import socket
import subprocess
import sys

import numpy as np
import pytest

# Batches of 16 are 8 for each of two devices. Batch normalisation is held, as in fine-tuning:
# if it learned, TensorFlow's would take its mean over each 8.
_TRAIN = """
import keras, numpy as np

def train(share=slice(None)):
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).integers(0, 256, (4, 16, 8, 8, 3), "uint8")[:, share]
    y = np.tile(np.arange(16) % 2, (4, 1))[:, share]
    batch, x, y = x.shape[1], x.reshape(-1, 8, 8, 3), y.reshape(-1)
    inputs = keras.Input((8, 8, 3))
    held = keras.layers.BatchNormalization(trainable=False)
    features = held(keras.layers.Conv2D(4, 3)(keras.layers.Rescaling(1 / 255)(inputs)))
    pooled = keras.layers.GlobalAveragePooling2D()(keras.layers.ReLU()(features))
    model = keras.Model(inputs, keras.layers.Dense(2)(pooled))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9), loss, metrics=["accuracy"])
    before = model.get_weights()
    losses = model.fit(x, y, batch_size=batch, epochs=3, shuffle=False, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    return before, model
"""

_TENSORFLOW = """
import tensorflow as tf

(cpu,) = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, 2 * [tf.config.LogicalDeviceConfiguration()])
before, alone = train()
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
with strategy.scope():
    same, together = train()
assert len(together.weights[0].value.values) == 2
"""

_JAX = """
before, alone = train()
devices = keras.distribution.list_devices()
keras.distribution.set_distribution(keras.distribution.DataParallel(devices=devices))
same, together = train()
assert len(together.weights[0].value.sharding.device_set) == 2
"""

_COMPARE = """
assert len(before) == 8
for a, b in zip(before, same, strict=True):
    np.testing.assert_array_equal(a, b)
for a, b in zip(alone.get_weights(), together.get_weights(), strict=True):
    np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
"""


# Each process reads its own half of every batch.
_PROCESS = """
keras.distribution.initialize("127.0.0.1:PORT", 2, RANK)
devices = keras.distribution.list_devices()
keras.distribution.set_distribution(
    keras.distribution.DataParallel(devices=devices, auto_shard_dataset=False)
)
before, model = train(slice(8 * RANK, 8 * RANK + 8))
assert len(model.weights[0].value.sharding.device_set) == 2
np.savez(f"{RANK}.npz", *model.get_weights())
"""


def _start(code, folder, backend, devices):
    environment = os.environ | {
        "KERAS_BACKEND": backend,
        "CUDA_VISIBLE_DEVICES": "",
        "JAX_PLATFORMS": "cpu",
        "XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}",
    }
    said = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    command = [sys.executable, "-c", code]
    return subprocess.Popen(command, cwd=folder, env=environment, **said)


@pytest.mark.parametrize(("backend", "engine"), [("tensorflow", _TENSORFLOW), ("jax", _JAX)])
def test_two_devices_learn_the_same_weights_as_one(backend, engine, tmp_path):
    pytest.importorskip(backend)
    process = _start(_TRAIN + engine + _COMPARE, tmp_path, backend, 2)
    _, errors = process.communicate()
    assert process.returncode == 0, errors


def test_two_processes_learn_the_same_weights_as_one(tmp_path):
    pytest.importorskip("jax")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    code = _TRAIN + _PROCESS.replace("PORT", port)
    alone = _TRAIN + "np.savez('alone.npz', *train()[1].get_weights())"
    codes = [code.replace("RANK", "0"), code.replace("RANK", "1"), alone]
    processes = [_start(one, tmp_path, "jax", 1) for one in codes]
    try:
        for process in processes:
            _, errors = process.communicate(timeout=600)
            assert process.returncode == 0, errors
    finally:
        for process in processes:
            process.kill()  # one whose partner has failed would wait for it
    saved = [np.load(tmp_path / f"{name}.npz") for name in ("alone", "0", "1")]
    for expected, *others in zip(*(one.values() for one in saved), strict=True):
        for weights in others:
            np.testing.assert_allclose(weights, expected, rtol=1e-4, atol=1e-6)
    assert len(saved[0].files) == 8
