"""Backbones: real weights where they are, those of this package where they are not."""

import hashlib
import json

import keras
import numpy as np
import pytest
from embedded_backbone import transfer_gain

from course_utils.data import cached, registry
from course_utils.data.clothing import _CLASS_NAMES
from course_utils.models import backbones
from course_utils.models.backbones import embedded_backbone, pretrained_weights

# With images of another size than it has weights for, Keras says which ones it takes.
pytestmark = pytest.mark.filterwarnings("ignore:.input_shape. is undefined or non-square")
SMALL = (32, 32, 3)
ENTRY = registry.REGISTRY["mobilenet-v2"]


def about(name="mobilenet-v2"):
    return json.loads((backbones.EMBEDDED / f"{name}.json").read_text("utf-8"))


def test_damaged_weights_are_named(bare, monkeypatch):
    said = []
    monkeypatch.setattr(registry, "_warn", said.append)
    path = ENTRY.files[0].destination
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not weights")
    assert pretrained_weights().is_stand_in
    assert said[0].endswith("the weights that come with course_utils are used")
    assert path.read_bytes() == b"not weights"


def test_with_imagenet_it_is_imagenet():
    """With the real weights in the cache, or not: it must be true of what is there."""
    found = pretrained_weights()
    present = cached.state(ENTRY) == "present"
    assert (found.weights == "imagenet", found.learned_on == "ImageNet") == (present, present)


@pytest.mark.parametrize(("name", "size"), [("mobilenet-v2", 2.5e6), ("garment-heads", 55e3)])
def test_what_is_shipped_is_small_and_what_was_measured(name, size):
    content = (backbones.EMBEDDED / f"{name}.npz").read_bytes()
    assert len(content) < size
    assert hashlib.sha256(content).hexdigest() == about(name)["sha256"]


def test_nothing_is_learned_that_is_then_tested():
    assert len(about()["at_commit"]) == 40
    assert set(about()["kinds"]).isdisjoint(_CLASS_NAMES)


def test_the_embedded_weights_transfer():
    """The gain that is stated, measured anew with one random backbone."""
    found, stated = transfer_gain(), about()["transfer"]
    for name in ("embedded", "random"):
        # Another version of the JPEG decoder or of TensorFlow may turn a few of 200.
        assert found[name][0] == pytest.approx(stated[name][0], abs=0.03), name
    assert found["embedded"][1] > found["random"][2], "their intervals overlap"


def test_plain_keras_takes_the_weights_of_this_package_where_there_are_no_others(bare):
    found = pretrained_weights()
    assert found.is_stand_in
    assert found.learned_on == "drawings of 21 kinds of animals and plants"
    model = keras.applications.MobileNetV2(
        include_top=False, alpha=0.35, input_tensor=keras.Input(SMALL), weights=found.weights
    )
    embedded = embedded_backbone(input_shape=(97, 131, 3))  # they fit every size
    for weight, expected in zip(model.get_weights(), embedded.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, expected)
