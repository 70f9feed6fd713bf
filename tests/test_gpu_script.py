"""``notebooks/recorded/gpu.py`` on a CPU, with a small network: ready for a borrowed GPU."""

import os
import sys
import time
from importlib import import_module
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from course_utils import machine
from course_utils.data.stand_in import CLOTHES

gpu = import_module("gpu")


@pytest.fixture
def small(monkeypatch):
    """A backbone that compiles in no time, and few photographs of two colours."""

    def backbone(size, weights=None):
        inputs = keras.Input((size, size, 3))
        x = keras.layers.Conv2D(4, 3, strides=2, name="Conv1")(inputs)
        return keras.Model(inputs, keras.layers.BatchNormalization()(x))

    colours = np.tile(np.eye(3, dtype="uint8")[:2, None, None] * 200, (10, 32, 32, 1))
    found = colours, np.tile([0, 1], 10), ("red", "green")
    monkeypatch.setattr(gpu.ladder, "backbone", backbone)
    monkeypatch.setattr(gpu, "photographs", lambda size, stand_in: found)


def test_every_step_is_asked_for_once():
    steps = [(one["task"], one["policy"], one["batch"]) for one in gpu.SETTINGS]
    assert len(set(steps)) == len(steps) == 3 * (3 * 3 + 1)
    assert steps[0] == ("inference", "float32", 32)
    assert {policy for *_, policy, _ in steps} == {"float32", "mixed_bfloat16", "mixed_float16"}


def test_without_a_gpu_it_is_only_tried_out():
    if machine.describe()["gpu"] is None:
        with pytest.raises(SystemExit, match="sees no GPU here; --quick"):
            gpu.train(gpu.SETTINGS[0], seed=0)


@pytest.mark.parametrize("task", ["inference", "head", "all"])
@pytest.mark.usefixtures("small")
def test_speed(task):
    found = gpu.train(gpu.SETTINGS[0] | gpu.QUICK | {"task": task}, seed=0)
    assert found["images_per_second"] > 0
    assert (found["peak_bytes"] is None) == (found["gpu"] is None)
    assert found["jit_compile"] is False


@pytest.mark.parametrize("target", [0.0, 1.1])
@pytest.mark.usefixtures("small")
def test_time_to_top(monkeypatch, target):
    monkeypatch.setattr(gpu, "TARGET", target)
    found = gpu.train(gpu.SETTINGS[-1] | gpu.QUICK, seed=0)
    before, after = found["seconds_by_epoch"]  # an epoch of the head, one of all
    assert 0 < before < after
    assert all(0 <= accuracy <= 1 for accuracy in found["held_out"])
    assert found["reached_after"] == (before if target == 0 else None)


def test_photographs_are_read_in_any_size(monkeypatch):
    monkeypatch.setenv("COURSE_IMAGES", str(CLOTHES))
    x, y, names = import_module("garment_heads").photographs(32, stand_in=True)
    assert (x.shape, x.dtype, len(y), len(names)) == ((500, 32, 32, 3), "uint8", 500, 10)


def test_what_learns():
    """The head alone, or all but batch normalisation, of the real network."""
    model, base = gpu.network(32, classes=5)
    assert [weight.name for weight in model.trainable_weights] == ["kernel", "bias"]
    gpu.ladder.free(base, "Conv1")
    assert len(model.trainable_weights) == 2 + 52  # of convolutions, which have no bias
    assert not any("gamma" in weight.path for weight in model.trainable_weights)


def test_the_driver_says_how_busy_the_gpu_is(tmp_path, monkeypatch):
    driver = tmp_path / "nvidia-smi"
    driver.write_text(
        f"#!{sys.executable}\nimport time\n"
        "while True:\n    print('80\\n60', flush=True)\n    time.sleep(0.05)\n"
    )
    driver.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    watch = gpu.Watch(least=0.01)
    assert [watch.is_over(), watch.is_over()] == [False, False]  # those that compile
    time.sleep(1)
    assert watch.is_over()
    assert watch.rounds == 1
    assert watch.gpu_busy() == pytest.approx(0.7, abs=0.1)
    driver.write_text("#!/bin/sh\nexit 9\n")  # a driver that does not answer
    watch = gpu.Watch(least=0)
    assert [watch.is_over() for _ in range(3)] == [False, False, True]
    assert watch.gpu_busy() is None


CONFIG = SimpleNamespace(
    list_physical_devices=lambda kind: [SimpleNamespace(name="/physical_device:GPU:0")],
    experimental=SimpleNamespace(
        get_device_details=lambda device: {"device_name": "Fast One"},
        get_memory_info=lambda device: {"current": 5, "peak": 7},
    ),
)
DEVICE = {"platform": "gpu", "device_kind": "Fast One"}
DEVICE = SimpleNamespace(**DEVICE, memory_stats=lambda: {"peak_bytes_in_use": 7})
CUDA = {"is_available": lambda: True, "get_device_name": lambda number: "Fast One"}
CUDA = SimpleNamespace(**CUDA, max_memory_allocated=lambda: 7)
FRAMEWORKS = {"tensorflow": {"config": CONFIG}, "jax": {"devices": lambda: [DEVICE]}}
FRAMEWORKS |= {"torch": {"cuda": CUDA}}


@pytest.mark.parametrize("backend", FRAMEWORKS)
def test_each_backend_is_asked_in_its_own_words(backend, monkeypatch):
    monkeypatch.setitem(sys.modules, backend, SimpleNamespace(**FRAMEWORKS[backend]))
    monkeypatch.setattr(gpu, "BACKEND", backend)
    assert gpu.peak_bytes() == 7
    assert machine._gpu(backend) == "Fast One"
