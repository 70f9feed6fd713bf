"""Backbones: real weights where they are, random ones that say so where they are not."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from course_utils.data import downloads
from course_utils.data.downloads import DataWarning
from course_utils.models.backbones import backbone, random_backbone

SMALL = (32, 32, 3)
ENTRY = downloads.REGISTRY["mobilenet-v2"]


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    return tmp_path


def test_without_weights_it_says_so(empty_cache):
    found = backbone(input_shape=SMALL)
    assert (found.source, found.is_stand_in) == ("random", True)
    assert found.title("Filters") == "Filters (random weights)"
    assert repr(found).startswith("MobileNetV2 0.35, 410,208 random weights: it has learned not")
    assert "COURSE_OFFLINE" in found.note
    assert found.model.output_shape == (None, 1, 1, 1280)


def test_damaged_weights_are_named(empty_cache):
    path = ENTRY.files[0].destination
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not weights")
    with pytest.warns(DataWarning, match="random weights are used"):
        found = backbone(input_shape=SMALL)
    assert found.is_stand_in
    assert path.read_bytes() == b"not weights"


def test_unknown_names_are_refused():
    for load in (backbone, random_backbone):
        with pytest.raises(ValueError, match="there is mobilenet-v2"):
            load("resnet-9000")


def test_the_weights_are_what_it_says():
    """With the real weights in the cache, or not: both must be true of what is there."""
    found = backbone(input_shape=SMALL)
    if downloads.state(ENTRY) == "present":
        assert found.source in ("cache", "download")
        assert repr(found).startswith("MobileNetV2 0.35, 410,208 weights learned on ImageNet")
    kernel = found.model.get_layer("Conv1").get_weights()[0]
    assert (np.abs(kernel).max() > 0.5) != found.is_stand_in  # no initialiser goes that far
    assert found.title("Filters") == "Filters" + " (random weights)" * found.is_stand_in


def test_random_weights_follow_their_seed_and_are_as_large_as_those_of_keras():
    def kernels(seed: int) -> list[np.ndarray]:
        model = random_backbone(input_shape=SMALL, seed=seed).model
        return [weight for weight in model.get_weights() if weight.ndim == 4]

    for one, same, other in zip(kernels(1), kernels(1), kernels(2), strict=True):
        np.testing.assert_array_equal(one, same)
        assert not np.array_equal(one, other)
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
