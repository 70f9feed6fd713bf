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

def train(name, share=slice(None)):
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
    losses = model.fit(x, y, batch_size=batch, epochs=3, shuffle=False, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    np.savez(f"{name}.npz", *model.get_weights())
    return model.weights[0].value
"""
_ALONE = 'train("alone")\n'
_TENSORFLOW = """
import tensorflow as tf

(cpu,) = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, 2 * [tf.config.LogicalDeviceConfiguration()])
train("alone")
with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
    assert len(train("together").values) == 2
"""
_JAX = """
devices = keras.distribution.list_devices()
data = keras.distribution.DataParallel(devices=devices, auto_shard_dataset=False)
keras.distribution.set_distribution(data)
assert len(train("{}", slice({}, {})).sharding.device_set) == 2
"""
_INITIALIZE = 'keras.distribution.initialize("127.0.0.1:PORT", 2, {})'
_PROCESSES = [  # each reads its own half of every batch
    _INITIALIZE.format(rank) + _JAX.format(rank, 8 * rank, 8 * rank + 8) for rank in (0, 1)
]


def _start(code, folder, backend, devices):
    environment = {"KERAS_BACKEND": backend, "CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"}
    environment["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={devices}"
    said = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    command = [sys.executable, "-c", _TRAIN + code]
    return subprocess.Popen(command, cwd=folder, env=os.environ | environment, **said)


@pytest.mark.parametrize(
    ("backend", "devices", "codes"),
    [
        ("tensorflow", 2, [_TENSORFLOW]),
        ("jax", 2, [_ALONE + _JAX.format("together", 0, 16)]),
        ("jax", 1, [_ALONE, *_PROCESSES]),
    ],
    ids=["TensorFlow", "JAX", "two processes"],
)
def test_two_learn_the_same_weights_as_one(backend, devices, codes, tmp_path):
    pytest.importorskip(backend)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    processes = [_start(code.replace("PORT", port), tmp_path, backend, devices) for code in codes]
    try:
        for process in processes:
            _, errors = process.communicate(timeout=600)
            assert process.returncode == 0, errors
    finally:
        for process in processes:
            process.kill()  # one whose partner has failed would wait for it
    saved = {path.stem: [*np.load(path).values()] for path in tmp_path.iterdir()}
    alone = saved.pop("alone")
    assert (len(alone), len(saved)) == (8, max(1, len(codes) - 1))
    for weights in saved.values():
        for found, expected in zip(weights, alone, strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
