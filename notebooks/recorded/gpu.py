"""What a GPU gives: images per second, how busy it is, its memory, and the time to a good network.

    KERAS_BACKEND=jax python3 -m course_utils record gpu

Any backend of Keras will do, also where TensorFlow is not installed; what another backend or a
stopped run has measured stays. The last steps need the photographs of clothes, of which copies with
224 pixels are enough, and ImageNet's weights. Each step is a process of its own, because memory is
counted from the start of a process, and because one that runs out of it takes no other with it.
"""

import os
import shutil
import subprocess
import time
from importlib import import_module

import keras
import numpy as np
from garment_heads import photographs

from course_utils import machine
from course_utils.models import pretrained_weights
from course_utils.models.recording import main

ladder = import_module("17_what_transfer_is_worth")

BACKEND = keras.backend.backend()
POLICIES = ("float32", "mixed_bfloat16", "mixed_float16")
SIZES = {
    "size": 224,
    "images": 2048,  # in a round, of which there are as many as fit into so many
    "seconds": 5,
    "epochs": [3, 10],  # for the head, then for all
}
# Speed does not depend on what is in the pictures: there they are noise.
SPEEDS = [
    {"backend": BACKEND, "task": task, "policy": policy, "batch": batch, **SIZES, "seeds": (0,)}
    for policy in POLICIES
    for batch in (32, 128, 512)
    for task in ("inference", "head", "all")
]
TOP = {"backend": BACKEND, "task": "top", "batch": ladder.BATCH, **SIZES}
SETTINGS = SPEEDS + [TOP | {"policy": policy} for policy in POLICIES]
QUICK = {"policy": "float32", "batch": 4, "size": 32, "images": 8, "seconds": 0, "epochs": [1, 1]}
QUICK |= {"stand_in": True}
RATE = 5e-4
HELD_OUT = 0.15  # of the training images
TARGET = 0.88  # accuracy on those


def network(size, classes, weights=None):
    """Return the network of the ladder's top, augmentation in it, and its backbone, frozen."""
    base = ladder.backbone(size, weights)
    base.trainable = False
    model = ladder.classifier(base, classes, augmented=True)
    if BACKEND == "jax":
        # Keras compiles no model that shifts or zooms, because TensorFlow's compiler cannot.
        # JAX's can, and with nothing compiled JAX is many times slower.
        for layer in model.layers:
            layer.supports_jit = True
    return model, base


class Watch(keras.callbacks.Callback):
    """Counts rounds and seconds, and asks NVIDIA's driver how busy its GPU is.

    The first two rounds are not counted: in them everything is compiled.
    """

    def __init__(self, least):
        super().__init__()
        self.least, self.rounds, self.seconds, self.driver = least, -2, 0.0, None

    def is_over(self):
        """Count a round; say whether they took at least so many seconds."""
        self.rounds += 1
        if self.rounds == 0:
            self.began, self.driver = time.perf_counter(), ask_driver()
        if self.rounds <= 0:
            return False
        self.seconds = time.perf_counter() - self.began
        return self.seconds >= self.least

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = self.is_over()

    def gpu_busy(self):
        """Return the share of the time in which the GPU computed, or None if nobody can say."""
        if self.driver is None:
            return None
        self.driver.terminate()
        shares = [int(line) for line in self.driver.communicate()[0].split() if line.isdigit()]
        return round(sum(shares) / len(shares) / 100, 3) if shares else None


def ask_driver():
    command = shutil.which("nvidia-smi")
    if command is None:
        return None
    first = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]
    query = ["--query-gpu=utilization.gpu", "--format=csv,noheader,nounits", "--loop-ms=200"]
    said = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    return subprocess.Popen([command, f"--id={first}", *query], **said)


def peak_bytes():
    """Return the most memory that arrays took on the GPU since this process began."""
    framework = import_module(BACKEND)
    if BACKEND == "tensorflow":
        return int(framework.config.experimental.get_memory_info("GPU:0")["peak"])
    if BACKEND == "jax":
        return int(framework.devices()[0].memory_stats()["peak_bytes_in_use"])
    return int(framework.cuda.max_memory_allocated())


def speed(setting):
    """Measure images per second of one task, and what that takes of the GPU."""
    noise, batch = np.random.default_rng(0), setting["batch"]
    count, side = max(setting["images"], batch), setting["size"]
    images = noise.integers(0, 256, (count, side, side, 3), "uint8")
    labels = noise.integers(0, 10, count)
    model, base = network(side, classes=10)
    watch = Watch(setting["seconds"])
    if setting["task"] == "inference":
        while not watch.is_over():
            model.predict(images, batch_size=batch, verbose=0)
    else:
        if setting["task"] == "all":
            ladder.free(base, "Conv1")
        how = {"batch_size": batch, "shuffle": False, "callbacks": [watch]}
        ladder.fit(model, (images, labels), RATE, epochs=1_000_000, **how)
    return {
        "images_per_second": round(watch.rounds * count / watch.seconds, 1),
        "gpu_busy": watch.gpu_busy(),
        "jit_compile": bool(model.jit_compile),
    }


def time_to_top(setting, seed):
    """Train as at the top of the ladder; after each epoch, note the time and the accuracy."""
    x, y, names = photographs(setting["size"], setting.get("stand_in"))
    order = np.random.default_rng(seed).permutation(len(x))
    held_out, own = np.split(order, [round(HELD_OUT * len(x))])
    seconds, accuracies = [], []
    began = time.perf_counter()

    class Note(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seconds.append(round(time.perf_counter() - began, 2))
            accuracies.append(round(logs["val_accuracy"], 4))

    model, base = network(setting["size"], len(names), pretrained_weights().weights)
    how = {"validation_data": (x[held_out], y[held_out]), "callbacks": [Note()]}
    ladder.fit(model, (x[own], y[own]), 1e-3, setting["epochs"][0], **how)
    ladder.free(base, "Conv1")
    ladder.fit(model, (x[own], y[own]), RATE, setting["epochs"][1], cosine=True, **how)
    reached = [s for s, accuracy in zip(seconds, accuracies, strict=True) if accuracy >= TARGET]
    return {
        "seconds_by_epoch": seconds,
        "held_out": accuracies,
        "target": TARGET,
        "reached_after": reached[0] if reached else None,
    }


def train(setting, seed):
    """Do one step; its result names the GPU, too."""
    gpu = machine.describe()["gpu"]
    if gpu is None and not setting.get("stand_in"):
        raise SystemExit(f"Keras on {BACKEND} sees no GPU here; --quick tries this out on a CPU")
    keras.config.set_dtype_policy(setting["policy"])
    result = time_to_top(setting, seed) if setting["task"] == "top" else speed(setting)
    return result | {"peak_bytes": gpu and peak_bytes(), "gpu": gpu}


if __name__ == "__main__":
    raise SystemExit(main(__file__, train, SETTINGS, seeds=(0, 1, 2), quick=QUICK))
