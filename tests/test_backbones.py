"""Backbones: real weights where they are, those of this package where they are not."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from scipy.stats import binomtest

from course_utils.data import downloads, scenes
from course_utils.data.downloads import DataWarning
from course_utils.models import backbones
from course_utils.models.backbones import (
    backbone,
    embedded_backbone,
    pretrained_weights,
    random_backbone,
)

MAKER = Path(__file__).resolve().parents[1] / "notebooks" / "recorded" / "embedded_backbone.py"
_spec = importlib.util.spec_from_file_location("embedded_backbone", MAKER)
assert _spec is not None
assert _spec.loader is not None
pretrain = importlib.util.module_from_spec(_spec)
sys.modules["embedded_backbone"] = pretrain  # its dataclasses look themselves up there
_spec.loader.exec_module(pretrain)

SMALL = (32, 32, 3)
ENTRY = downloads.REGISTRY["mobilenet-v2"]


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    return tmp_path


def about() -> dict:
    return json.loads((backbones.EMBEDDED / "mobilenet-v2.json").read_text("utf-8"))


def test_without_imagenet_it_says_what_it_has_learned_on(empty_cache):
    found = backbone(input_shape=SMALL)
    assert (found.source, found.is_stand_in) == ("embedded", True)
    assert found.title("Filters") == "Filters (stand-in weights)"
    assert repr(found).startswith(
        "MobileNetV2 0.35, 410,208 weights learned on drawings of 21 kinds of animals and plants, "
        "not on ImageNet; the weights from ImageNet are not in Keras's cache, and COURSE_OFFLINE"
    )
    assert found.model.output_shape == (None, 1, 1, 1280)


def test_damaged_weights_are_named(empty_cache):
    path = ENTRY.files[0].destination
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not weights")
    with pytest.warns(DataWarning, match="weights that come with course_utils are used"):
        found = backbone(input_shape=SMALL)
    assert found.source == "embedded"
    assert path.read_bytes() == b"not weights"


def test_unknown_names_are_refused_with_the_nearest():
    for load in (backbone, random_backbone):
        with pytest.raises(ValueError, match=r"'resnet-9000' is known; there is ResNet\d"):
            load("resnet-9000")
        with pytest.raises(ValueError, match="there is EfficientNetB0"):
            load("efficientnet-b0")


def test_every_network_of_keras_goes_by_its_name():
    found = random_backbone("MobileNet", SMALL)
    assert (found.name, found.model.output_shape) == ("MobileNet", (None, 1, 1, 1024))


def test_another_network_without_its_weights_is_one_clear_error(empty_cache):
    message = (
        r"MobileNet are not in Keras's cache .*COURSE_OFFLINE forbids .*\"mobilenet-v2\" needs"
    )
    with pytest.raises(downloads.DownloadError, match=message):
        backbone("MobileNet", SMALL)
    assert not [path for path in empty_cache.rglob("*") if path.is_file()]
    with pytest.raises(ValueError, match="at least 32x32"):
        backbone("MobileNet", (8, 8, 3))


def test_another_network_has_the_weights_that_keras_finds(monkeypatch):
    build = keras.applications.MobileNet

    def found_by_keras(**settings):
        model = build(**settings | {"weights": None})
        if settings["weights"] == "imagenet":
            model.get_layer("conv1").kernel.assign(np.ones((3, 3, 3, 32)))
        return model

    monkeypatch.setattr(keras.applications, "MobileNet", found_by_keras)
    found = backbone("MobileNet", SMALL)
    assert (found.source, found.is_stand_in) == ("Keras", False)
    assert repr(found) == "MobileNet, 3,228,864 weights learned on ImageNet"
    assert (found.model.get_layer("conv1").get_weights()[0] == 1).all()


def test_the_weights_are_what_it_says():
    """With the real weights in the cache, or not: both must be true of what is there."""
    found = backbone(input_shape=SMALL)
    assert repr(found).startswith(
        f"MobileNetV2 0.35, 410,208 weights learned on {found.learned_on}"
    )
    if downloads.state(ENTRY) == "present":
        assert found.source in ("cache", "download")
        assert found.learned_on == "ImageNet"
        assert found.title("Filters") == "Filters"
    kernel = found.model.get_layer("Conv1").get_weights()[0]
    own = embedded_backbone(input_shape=SMALL).model.get_layer("Conv1").get_weights()[0]
    assert np.array_equal(kernel, own) == found.is_stand_in


def test_random_weights_follow_their_seed_and_touch_no_other():
    def kernels(seed: int) -> list[np.ndarray]:
        model = random_backbone(input_shape=SMALL, seed=seed).model
        return [weight for weight in model.get_weights() if weight.ndim == 4]

    for one, same, other in zip(kernels(1), kernels(1), kernels(2), strict=True):
        np.testing.assert_array_equal(one, same)
        assert not np.array_equal(one, other)
    keras.utils.set_random_seed(5)
    expected = float(keras.random.uniform(()))
    keras.utils.set_random_seed(5)
    found = random_backbone(input_shape=SMALL)
    assert found.title("Filters") == "Filters (random weights)"
    assert found.is_stand_in
    model = keras.applications.MobileNetV2(
        input_shape=SMALL, include_top=False, weights=None, alpha=0.35
    )
    for ours, theirs in zip(found.model.get_weights(), model.get_weights(), strict=True):
        if ours.ndim == 4:  # as large as Keras would make them
            assert np.abs(ours).max() == pytest.approx(np.abs(theirs).max(), rel=0.1)
        else:
            np.testing.assert_array_equal(ours, theirs)
    assert 0 <= expected <= 1


# --- the embedded weights ----------------------------------------------------------------------


def test_the_embedded_weights_are_small_and_those_that_were_measured():
    file = backbones.EMBEDDED / "mobilenet-v2.npz"
    assert file.stat().st_size < 2_500_000
    assert hashlib.sha256(file.read_bytes()).hexdigest() == about()["sha256"]
    assert about()["kinds"] == list(scenes.KINDS)


@pytest.mark.parametrize("shape", [(32, 32, 3), (97, 131, 3), (160, 160, 3), (None, None, 3)])
def test_the_embedded_weights_fit_every_size(shape):
    found = embedded_backbone(input_shape=shape)
    size = [side or 64 for side in shape[:2]]
    answer = found.model(np.zeros((1, *size, 3), "float32"))
    assert answer.shape == (1, -(-size[0] // 32), -(-size[1] // 32), 1280)
    assert np.isfinite(keras.ops.convert_to_numpy(answer)).all()


def test_damaged_embedded_weights_are_one_clear_error(tmp_path, monkeypatch):
    whole = (backbones.EMBEDDED / "mobilenet-v2.npz").read_bytes()
    (tmp_path / "mobilenet-v2.json").write_text(json.dumps(about()))
    monkeypatch.setattr(backbones, "EMBEDDED", tmp_path)
    for content in (whole[:-2000], whole[:4000] + b"\0" * 40_000 + whole[44_000:]):
        (tmp_path / "mobilenet-v2.npz").write_bytes(content)
        with pytest.raises(OSError, match=r"damaged or missing .* install the course anew"):
            embedded_backbone(input_shape=SMALL)


def test_the_embedded_weights_transfer(tmp_path, monkeypatch):
    """The gain that is stated, measured anew with one random backbone."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    found, stated = pretrain.transfer_gain(seeds=(0,)), about()["transfer"]
    for name in ("embedded", "random 0"):
        # Another version of the JPEG decoder or of TensorFlow may turn a few of 153.
        assert found[name][0] == pytest.approx(stated[name][0], abs=0.03), name
    assert found["embedded"][1] > found["random 0"][2], "their intervals overlap"


# --- how they are made -------------------------------------------------------------------------


SHORT = pretrain.Stage(size=32, extents=(0.4,), away=0.05, easy=2, epochs=2, peak=0.01)
LARGER = pretrain.Stage(size=40, extents=(0.4, 0.6), away=0.1, easy=0, epochs=2, peak=0.01)


def test_pretraining_goes_on_where_it_was_stopped(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(backbones, "EMBEDDED", tmp_path / "embedded")
    monkeypatch.setattr(pretrain, "transfer_gain", dict)
    small = pretrain.Pretraining(pictures=10, stages=(SHORT, LARGER), batch_size=13)
    monkeypatch.setattr(pretrain, "Pretraining", lambda: small)
    minutes = iter([0.0, 0.0, 100.0])  # asked at the start, and before each epoch
    with monkeypatch.context() as patch:
        patch.setattr(pretrain.time, "monotonic", lambda: next(minutes))
        assert pretrain.main(["--minutes", "1"]) == 3
    assert "1 of 2 epochs are done" in capsys.readouterr().out
    assert pretrain.main([]) == 0
    made = json.loads((tmp_path / "embedded" / "mobilenet-v2.json").read_text("utf-8"))
    assert [len(stage["loss"]) for stage in made["training"]] == [2, 2]
    assert all(stage["drawing_seconds"] > 0 for stage in made["training"])
    kernel = embedded_backbone(input_shape=SMALL).model.get_layer("Conv1").get_weights()[0]
    assert np.isfinite(kernel).all()
    assert not list((tmp_path / "embedded").glob("part-*"))


def test_pictures_are_shown_in_ever_new_ways():
    recipe = pretrain.Pretraining(batch_size=105)
    x, y = pretrain.draw_pictures(SHORT, 5, [0])
    assert x.shape == (105, 40, 40, 3)
    ((first, labels),) = pretrain.batches(x, y, recipe, SHORT, epoch=10)
    ((same, _),) = pretrain.batches(x, y, recipe, SHORT, epoch=10)
    ((other, _),) = pretrain.batches(x, y, recipe, SHORT, epoch=11)
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)
    assert sorted(labels) == sorted(y)
    assert (first.min(), first.max()) >= (-1, -1)
    assert first.max() <= 1
    assert np.abs(first.mean()) < 0.5


def test_pictures_become_harder():
    """In the first epochs there are only the easiest, whose ground is all of one colour."""
    recipe = pretrain.Pretraining(batch_size=105)
    x, y = pretrain.draw_pictures(SHORT, 5, [0])
    border = np.ones((32, 32), bool)
    border[2:-2, 2:-2] = False

    def uneven(epoch: int) -> float:
        ((images, _),) = pretrain.batches(x, y, recipe, SHORT, epoch)
        return float(np.median(images[:, border].std(axis=1)))

    assert uneven(0) < uneven(3) < uneven(20)


def test_the_interval_of_the_stated_accuracy():
    share, *stated = about()["transfer"]["embedded"]
    expected = binomtest(round(share * 153), 153).proportion_ci(method="wilson")
    assert stated == pytest.approx(list(expected), abs=1e-3)


def test_plain_keras_takes_the_weights_of_this_package_where_there_are_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    found = pretrained_weights()
    assert found.is_stand_in
    assert "COURSE_OFFLINE" in found.note
    model = keras.applications.MobileNetV2(
        include_top=False, alpha=0.35, input_tensor=keras.Input(SMALL), weights=found.weights
    )
    own = embedded_backbone(input_shape=SMALL).model
    for weight, expected in zip(model.get_weights(), own.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, expected)
