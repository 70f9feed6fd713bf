"""Plain and residual networks of growing depth: notebook 07's recipes, recorded run, exercises."""

from statistics import mean

import pytest

from course_utils.classroom import check
from course_utils.models.records import recorded
from course_utils.models.runs.depth import EXPERIMENTS, DepthRecipe


@pytest.mark.parametrize("label", EXPERIMENTS["plain"])
def test_plain_and_residual_differ_in_the_shortcuts_only(label: str) -> None:
    plain, residual = (EXPERIMENTS[kind][label].network() for kind in ("plain", "residual"))
    assert plain.totals.params == residual.totals.params
    assert plain.totals.macs == residual.totals.macs
    kinds = {row.kind for row in residual.rows} - {row.kind for row in plain.rows}
    assert kinds == {"Add", "ChannelPadding"} | ({"MaxPooling2D"} & kinds)
    depth = int(label.split()[0])
    for network in (plain, residual):
        assert sum(row.kind in ("Conv2D", "Dense") for row in network.rows) == depth
        assert network.row("half").output_shape == (14, 14, 1)


def test_the_variants_are_trained_alike() -> None:
    recipes = [recipe for variants in EXPERIMENTS.values() for recipe in variants.values()]
    for setting in ("images", "batch_size", "epochs", "optimizer", "peak", "filters"):
        assert len({getattr(recipe, setting) for recipe in recipes}) == 1
    with pytest.raises(ValueError, match="6n"):
        DepthRecipe(depth=10).network()


def _final(kind: str) -> dict[str, list[float]]:
    variants = recorded("depth")["experiments"][kind]
    return {
        label: [one["history"]["accuracy"][-1] for one in variant["runs"]]
        for label, variant in variants.items()
    }


def test_recorded_depth_hurts_the_plain_network_on_its_training_images() -> None:
    plain, residual = _final("plain"), _final("residual")
    shallow, middle, deep = plain
    assert min(plain[shallow]) > max(plain[middle]) > min(plain[middle]) > max(plain[deep])
    assert mean(residual[shallow]) - mean(residual[deep]) < 0.01
    assert min(residual[deep]) > max(plain[middle])


@pytest.mark.parametrize(
    ("key", "right"),
    [
        ("zero_block", 3),
        ("depth", 152),
        ("bottleneck.weights", "69,632"),
        ("separable.macs", 28 * 28 * (9 * 128 + 128 * 128)),
        ("vit.tokens", 14 * 14),
    ],
)
def test_right_answers(key: str, right: object) -> None:
    assert check(f"resnet.{key}", right).correct


@pytest.mark.parametrize(
    ("key", "given", "word"),
    [
        ("zero_block", 0, "The shortcut adds"),
        ("depth", 50, "Those are blocks"),
        ("depth", 150, "One convolution comes before"),
        ("depth", 156, "on shortcuts"),
        ("bottleneck.weights", 73_728, "basic block"),
        ("bottleneck.weights", 70_016, "no biases"),
        ("separable.macs", 115_605_504, "ordinary convolution"),
        ("separable.macs", 2 * 13_748_224, "flops"),
        ("vit.tokens", 256, "pixels of one patch"),
    ],
)
def test_hints(key: str, given: int, word: str) -> None:
    assert word in check(f"resnet.{key}", given).message
