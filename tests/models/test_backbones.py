"""Backbones: real weights where they are, those of this package where they are not."""

from __future__ import annotations

import hashlib
import json

import keras
import numpy as np
import pytest
from embedded_backbone import transfer_gain
from scipy.stats import binomtest

from course_utils.data import downloads
from course_utils.data.clothing import CLASS_NAMES
from course_utils.data.downloads import DataWarning
from course_utils.models import backbones
from course_utils.models.backbones import (
    backbone,
    embedded_backbone,
    pretrained_weights,
    random_backbone,
)

# With images of another size than it has weights for, Keras says which ones it takes.
pytestmark = pytest.mark.filterwarnings("ignore:.input_shape. is undefined or non-square")
SMALL = (32, 32, 3)
ENTRY = downloads.REGISTRY["mobilenet-v2"]


@pytest.fixture(scope="module")
def embedded():
    return embedded_backbone(input_shape=SMALL).model


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


def test_the_weights_are_what_it_says(embedded):
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
    own = embedded.get_layer("Conv1").get_weights()[0]
    assert np.array_equal(kernel, own) == found.is_stand_in


def test_random_weights_follow_their_seed():
    found, same, other = (random_backbone(input_shape=SMALL, seed=seed) for seed in (1, 1, 2))
    assert found.title("Filters") == "Filters (random weights)"
    assert found.is_stand_in
    theirs = keras.applications.MobileNetV2(
        input_shape=SMALL, include_top=False, weights=None, alpha=0.35
    )
    models = found.model, same.model, other.model, theirs
    for one, again, another, plain in zip(*(m.get_weights() for m in models), strict=True):
        np.testing.assert_array_equal(one, again)
        if one.ndim == 4:  # as large as Keras would make them
            assert not np.array_equal(one, another)
            assert np.abs(one).max() == pytest.approx(np.abs(plain).max(), rel=0.1)
        else:
            np.testing.assert_array_equal(one, plain)


# --- the embedded weights ----------------------------------------------------------------------


def test_the_embedded_weights_are_small_and_those_that_were_measured():
    file = backbones.EMBEDDED / "mobilenet-v2.npz"
    assert file.stat().st_size < 2_500_000
    assert hashlib.sha256(file.read_bytes()).hexdigest() == about()["sha256"]
    assert len(about()["at_commit"]) == 40
    assert set(about()["kinds"]).isdisjoint(CLASS_NAMES)  # nothing is learned that is then tested


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


def test_the_embedded_weights_transfer():
    """The gain that is stated, measured anew with one random backbone."""
    found, stated = transfer_gain(seeds=(0,)), about()["transfer"]
    for name in ("embedded", "random 0"):
        # Another version of the JPEG decoder or of TensorFlow may turn a few of 200.
        assert found[name][0] == pytest.approx(stated[name][0], abs=0.03), name
    assert found["embedded"][1] > found["random 0"][2], "their intervals overlap"


def test_the_interval_of_the_stated_accuracy():
    share, *stated = about()["transfer"]["embedded"]
    expected = binomtest(round(share * 200), 200).proportion_ci(method="wilson")
    assert stated == pytest.approx(list(expected), abs=1e-3)


def test_plain_keras_takes_the_weights_of_this_package_where_there_are_no_others(
    empty_cache, embedded
):
    found = pretrained_weights()
    assert found.is_stand_in
    assert "COURSE_OFFLINE" in found.note
    model = keras.applications.MobileNetV2(
        include_top=False, alpha=0.35, input_tensor=keras.Input(SMALL), weights=found.weights
    )
    for weight, expected in zip(model.get_weights(), embedded.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, expected)
