"""The recorded fine-tuning of notebook 10: what a recipe does, and what was measured with it."""

from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Any

import keras
import numpy as np
import pytest

from course_utils.models.records import accuracies, recorded
from course_utils.models.runs.fine_tuning import EXPERIMENTS, FineTuning


class Dots:
    """Little images, the brighter ones of class 1."""

    class_names = ("dark", "bright")

    def size(self, split: str) -> int:
        return 16 if split == "train" else 8

    def digest(self, split: str) -> str:
        return split

    def arrays(self, split: str, image_size: int) -> tuple[np.ndarray, np.ndarray]:
        n = self.size(split)
        y = np.arange(n) % 2
        x = np.random.default_rng(n).integers(0, 100, (n, image_size, image_size, 3))
        return (x + 100 * y[:, np.newaxis, np.newaxis, np.newaxis]).astype(np.uint8), y

    def dataset(
        self, split: str, image_size: int, batch_size: int, shuffle: bool = False, start: int = 0
    ) -> Any:
        import tensorflow as tf

        return tf.data.Dataset.from_tensor_slices(self.arrays(split, image_size)).batch(batch_size)


SMALL = FineTuning(image_size=32, pretrained=False, head_epochs=2, epochs=3, batch_size=8)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))


@pytest.fixture
def base(monkeypatch: pytest.MonkeyPatch) -> keras.Model:
    """The backbone that the recipe trains, with the weights it has before."""
    keras.utils.set_random_seed(0)
    base = SMALL.backbone()
    monkeypatch.setattr(FineTuning, "backbone", lambda self: base)
    return base


def changed(base: keras.Model, recipe: FineTuning) -> tuple[dict[str, Any], set[str]]:
    """Train; return what is recorded, and the paths of the backbone's weights that changed."""
    before = base.get_weights()
    result = recipe.run(Dots(), seed=0)  # type: ignore[arg-type]
    pairs = zip(base.weights, before, base.get_weights(), strict=True)
    return result, {weight.path for weight, a, b in pairs if not np.array_equal(a, b)}


def test_the_head_alone_leaves_the_backbone_as_it_was(base: keras.Model) -> None:
    epochs: list[int] = []
    result = replace(SMALL, epochs=2).run(
        Dots(),  # type: ignore[arg-type]
        seed=0,
        report=lambda epoch, history: epochs.append(epoch),
    )
    assert epochs == [1, 2]
    assert (result["n"], result["moved"]) == (8, 0)
    assert result["right"] == round(8 * result["history"]["val_accuracy"][-1])


def test_the_top_learns_and_the_statistics_stay(base: keras.Model) -> None:
    result, paths = changed(base, replace(SMALL, free_from="block_16"))
    blocks = {path.split("/")[0] for path in paths}
    assert blocks == {"block_16_expand", "block_16_depthwise", "block_16_project", "Conv_1"}
    assert result["moved"] == 0
    assert [len(values) for values in result["history"].values()] == [3] * 4


def test_batch_norm_learns_only_where_the_recipe_says_so(base: keras.Model) -> None:
    result, paths = changed(base, replace(SMALL, free_from="block_16", batch_norm="learning"))
    assert {"Conv_1_bn/moving_mean", "block_16_project_BN/gamma"} <= paths
    assert not any(path.startswith(("Conv1", "bn_Conv1", "block_1_")) for path in paths)
    rates = (("Conv1", 1e-5), ("head", 1e-3))
    result, paths = changed(base, replace(SMALL, free_from="Conv1", augment=True, rates=rates))
    assert result["moved"] == 0
    assert "Conv1/kernel" in paths
    assert not any("moving" in path or "gamma" in path for path in paths)


# --- the recorded run --------------------------------------------------------------------------


def _in_use(experiment: str) -> dict[str, float]:
    found = accuracies(recorded("fine-tuning"), experiment, on="in use")
    return {label: mean(values) for label, values in found.items()}


def test_recorded_every_variant_has_every_seed() -> None:
    run = recorded("fine-tuning")
    assert run["experiments"].keys() == EXPERIMENTS.keys()
    for name, variants in EXPERIMENTS.items():
        assert run["experiments"][name].keys() == variants.keys()
        for label, recipe in variants.items():
            results = run["experiments"][name][label]["runs"]
            assert len(results) == len(run["seeds"]) == 3
            for one in results:
                assert len(one["history"]["loss"]) == recipe.epochs
                assert one["n"] == 153
                moves = recipe.batch_norm == "learning" and recipe.free_from is not None
                assert (one["moved"] > 0) == moves


def test_recorded_what_the_notebook_says() -> None:
    steps, mistakes, more = (_in_use(name) for name in ("steps", "mistakes", "refinements"))
    pretrained = [steps[label] for label in steps if "random" not in label]
    assert max(*pretrained, *more.values()) - min(*pretrained, *more.values()) < 0.01
    assert steps["random backbone, head alone"] < 0.56
    order = [
        "pixels not scaled in use",
        "all at 0.001",
        "pixels never scaled",
        "0.001, batch norm learns",
        "head not trained first",
        "batch norm learns",
    ]
    values = [mistakes[label] for label in order]
    assert values == sorted(values)
    assert mistakes["0.001, batch norm learns"] - mistakes["all at 0.001"] > 0.1
    assert abs(mistakes["batch norm learns"] - steps["then all at 0.0001"]) < 0.01
