"""``notebooks/recorded/gpu.py`` on a CPU, with small networks: ready for a GPU that is borrowed."""

import json
import os
import re
import sys
import time
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import keras
import numpy as np
import pytest
from PIL import Image

from course_utils import machine
from tests import golden

TOP = {"backend": "tensorflow", "task": "top", "policy": "float32", "batch": 32}


@pytest.fixture
def script(monkeypatch):
    """Return the script as a module, with a backbone that compiles in no time."""
    script = import_module("gpu")  # here, because it also sets variables of the environment

    def small(size, weights=None):
        layers = keras.layers.Conv2D(4, 3, strides=2), keras.layers.BatchNormalization()
        model = keras.Sequential([keras.Input((size, size, 3)), *layers])
        if weights == "ones":
            model.set_weights([np.ones_like(array) for array in model.get_weights()])
        return model

    monkeypatch.setattr(script, "backbone", small)
    return script


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder of photographs: caps are red, ties are blue."""
    place = tmp_path_factory.mktemp("clothes")
    for part, count in (("train", 10), ("validation", 1), ("test", 2)):
        for name, colour in (("tie", (0, 0, 200)), ("cap", (200, 0, 0))):
            (place / part / name).mkdir(parents=True)
            for number in range(count):
                Image.new("RGB", (50, 40), colour).save(place / part / name / f"{number}.jpg")
    return place


def test_it_imports_only_what_a_borrowed_machine_has(script):
    lines = re.findall(r"^ *(?:import|from) (\w+)", script.SCRIPT.read_text("utf-8"), re.MULTILINE)
    assert set(lines) - sys.stdlib_module_names == {"numpy", "keras", "PIL"}


def test_photographs_and_weights_travel_in_one_file(script, folder, tmp_path, monkeypatch):
    place = tmp_path / "packed"  # no ending is added to it
    count, size = script.pack(place, folder, size=32, weights="ones")
    assert (count, size) == (26, place.stat().st_size)
    images, labels, names, weights = script.unpack(place, "train")
    assert names == ["cap", "tie"]
    assert labels.tolist() == 10 * [0] + 10 * [1]
    assert images.shape == (20, 32, 32, 3)
    assert np.abs(images[0] - np.array([200.0, 0, 0])).max() < 6
    assert np.abs(images[-1] - np.array([0.0, 0, 200])).max() < 6
    assert len(script.unpack(place, "test")[0]) == 4
    assert [array.shape for array in weights] == [(3, 3, 3, 4), (4,), (4,), (4,), (4,), (4,)]
    assert all((array == 1).all() for array in weights)
    monkeypatch.setattr(script, "LIMIT", 1000)
    with pytest.raises(ValueError, match="more than 1,000"):
        script.pack(place, folder, size=32)
    assert not place.exists(), "what is too large to travel is not left"


def test_what_learns(script, monkeypatch):
    """The head alone, or all but batch normalisation, of the real network."""
    monkeypatch.undo()
    model, base = script.network(32, classes=5)
    script.prepare(model, base, False, 0.1)
    assert [weight.name for weight in model.trainable_weights] == ["kernel", "bias"]
    script.prepare(model, base, True, 0.1)
    assert len(model.trainable_weights) == 2 + 52  # of convolutions, which have no bias
    assert not any("gamma" in weight.path for weight in model.trainable_weights)


@pytest.mark.parametrize("task", ["inference", "head", "all"])
def test_speed(script, task):
    setting = {"task": task, "policy": "float32", "batch": 4}
    found = script.do({"setting": setting, "seed": 0, "quick": True})
    assert found["images_per_second"] > 0
    assert (found["peak_bytes"] is None) == (script.about()["gpu"] is None)
    assert found["jit_compile"] is False


@pytest.mark.parametrize("target", [0.0, 1.1])
def test_time_to_top(script, folder, tmp_path, monkeypatch, target):
    script.pack(tmp_path / "packed", folder, size=32)
    step = {"setting": TOP, "seed": 0, "quick": True, "photographs": str(tmp_path / "packed")}
    monkeypatch.setattr(script, "TARGET", target)
    found = script.do(step)
    before, after = found["seconds"]  # an epoch of the head, one of all
    assert 0 < before < after
    assert all(0 <= accuracy <= 1 for accuracy in found["held_out"])
    assert found["reached_after"] == (before if target == 0 else None)


def test_the_driver_says_how_busy_the_gpu_is(script, tmp_path, monkeypatch):
    driver = tmp_path / "nvidia-smi"
    driver.write_text("#!/bin/sh\nwhile echo 80; do echo 60; sleep 0.05; done\n")
    driver.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    watch = script.Watch(least=0.01)
    assert [watch.is_over(), watch.is_over()] == [False, False]  # those that compile
    time.sleep(1)
    assert watch.is_over()
    assert watch.rounds == 1
    assert watch.seconds >= 1
    assert watch.gpu_busy() == pytest.approx(0.7, abs=0.1)
    driver.write_text("#!/bin/sh\nexit 9\n")  # a driver that does not answer
    watch = script.Watch(least=0)
    assert [watch.is_over() for _ in range(3)] == [False, False, True]
    assert watch.gpu_busy() is None


CARD = SimpleNamespace(name="/physical_device:GPU:0", platform="gpu", device_kind="Fast One")
CARD.memory_stats = lambda: {"peak_bytes_in_use": 7}
ANSWERS = {
    "tensorflow": {
        "config.list_physical_devices": [CARD],
        "config.experimental.get_device_details": {"device_name": "Fast One"},
        "config.experimental.get_memory_info": {"current": 5, "peak": 7},
    },
    "jax": {"devices": [CARD]},
    "torch": {
        "cuda.is_available": True,
        "cuda.get_device_name": "Fast One",
        "cuda.max_memory_allocated": 7,
    },
}


@pytest.mark.parametrize("backend", ANSWERS)
def test_each_backend_is_asked_in_its_own_words(script, backend, monkeypatch):
    answers = {f"{name}.return_value": answer for name, answer in ANSWERS[backend].items()}
    monkeypatch.setitem(sys.modules, backend, Mock(**answers))
    monkeypatch.setattr(script, "BACKEND", backend)
    assert script.gpu() == ("Fast One", 7)
    assert machine._gpu(backend) == "Fast One"


def test_what_is_measured_and_what_is_said(script, tmp_path, monkeypatch, capsys):
    """``gpu.txt`` has one call after the other, what each says, and what is then kept."""

    def measure(name, photographs=None, backend="jax", gpu="Fast One", fails="", takes=0, **how):
        spent = [0]

        def ask(question, seconds):
            spent.append(min(takes, seconds))
            if not question:
                return {"gpu": gpu, backend: "1.0"}
            if fails in question["setting"].values() or seconds < takes:
                return None
            return {"images_per_second": 1.5}

        monkeypatch.setattr(script, "ask", ask)
        monkeypatch.setattr(script, "BACKEND", backend)
        monkeypatch.setattr(script, "time", SimpleNamespace(monotonic=lambda: sum(spent)))
        place = tmp_path / name
        ended = script.measure(place, photographs, minutes=8, **({"quick": False} | how))
        said = [*capsys.readouterr().out.splitlines(), f"{ended} ({sum(spent)} s)"]
        if place.exists():
            kept = json.loads(place.read_text("utf-8"))
            said += [f"of {kept['machine']}, {len(kept['runs'])} runs, the last:"]
            said += [str(kept["runs"][-1])]
        return "\n".join(said).replace("\n", "\n    ")

    golden.calls(Path(__file__).with_name("gpu.txt"), lambda call: eval(call, {"measure": measure}))
    assert {path.name for path in tmp_path.iterdir()} == {"gpu.json", "fails.json", "slow.json"}


def test_a_question_is_answered_in_a_process_of_its_own(script, tmp_path, monkeypatch):
    assert script.ask({}, 600) == script.about()
    assert script.ask({}, 0.01) is None
    monkeypatch.setattr(script, "SCRIPT", tmp_path / "which_is_not_there.py")
    assert script.ask({}, 600) is None
