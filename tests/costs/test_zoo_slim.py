"""The slimmed AlexNet and VGG: what is kept of the originals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from course_utils.costs import Conv2D, MaxPooling2D, Network, to_keras, zoo

SLIM = zoo.alexnet_slim, zoo.vgg_slim


def kinds(network: Network) -> list[str]:
    return [row.kind for row in network.rows]


def filters(network: Network) -> list[int]:
    return [row.output_shape[2] for row in network.rows if row.kind == "Conv2D"]


def test_alexnet_keeps_its_plan_and_a_quarter_of_its_filters() -> None:
    full, slim = zoo.alexnet(), zoo.alexnet_slim()
    assert [row.name for row in slim.rows] == [row.name for row in full.rows]
    assert kinds(slim) == kinds(full)
    assert [4 * count for count in filters(slim)] == filters(full)
    for ours, theirs in zip(slim.rows, full.rows, strict=True):
        if isinstance(theirs.layer, Conv2D | MaxPooling2D) and theirs.name != "conv1":
            kernel, strides, _ = theirs.layer.window()
            assert ours.layer.window()[:2] == (kernel, strides)  # type: ignore[attr-defined]
            assert ours.layer.pads(ours.input_shapes[0]) == theirs.layer.pads(  # type: ignore[attr-defined]
                theirs.input_shapes[0]
            )


def test_vgg_keeps_three_stages_and_a_quarter_of_the_filters() -> None:
    full, slim = zoo.vgg16(), zoo.vgg_slim()
    at = [row.name for row in full.rows].index("block3_pool") + 1
    assert [row.name for row in slim.rows[:at]] == [row.name for row in full.rows[:at]]
    for ours, theirs in zip(slim.rows[:at], full.rows[:at], strict=True):
        assert theirs.output_shape[0] // 8 == ours.output_shape[0] or ours.name == "block3_pool"
        assert theirs.output_shape[2] == 4 * ours.output_shape[2]
        if ours.kind == "Conv2D" and ours.name != "block1_conv1":
            assert ours.macs * 1024 == theirs.macs  # type: ignore[operator]
    assert kinds(slim)[at:] == kinds(full)[-4:]


def test_the_two_need_about_the_same_work() -> None:
    work = [build().totals.macs for build in SLIM]
    assert all(8e6 < macs < 10e6 for macs in work)


@pytest.mark.parametrize("build", SLIM)
def test_they_give_logits(build: Callable[[], Network]) -> None:
    model = to_keras(build())
    logits = model.predict(np.ones((2, 28, 28, 1), "float32"), verbose=0)
    assert logits.shape == (2, 10)
    assert not np.isclose(logits.sum(), 2.0)
