"""Published accuracies: complete and plausible. What unit 19 prints of them is held there."""

import runpy
from pathlib import Path

import pandas as pd
import pytest

from course_utils import models
from course_utils.costs.published import imagenet
from course_utils.costs.published.tables import _read_csv

RECORDED = Path(__file__).parents[2] / "notebooks" / "recorded"
SCRIPT = runpy.run_path(str(RECORDED / "19_choosing_an_architecture.py"))
PUBLISHED = imagenet.applications().to_frame()
COSTS = {run["setting"]["network"]: run["result"] for run in models.recorded("19_costs")["runs"]}
MEASURED = pd.DataFrame(COSTS).T


def test_every_number_has_a_source_that_is_explained():
    used = {
        "imagenet_winners": {winner.source for winner in imagenet.winners()},
        "keras_applications": {*PUBLISHED.source, *PUBLISHED.second_source} - {""},
    }
    for name, sources in used.items():
        head, _ = _read_csv(Path(imagenet.__file__).parent / "literature" / f"{name}.csv")
        assert sources <= {key.removeprefix("source ") for key in head}, name
    assert not (PUBLISHED.source == PUBLISHED.second_source).any()
    assert (PUBLISHED.second_top1.isna() == (PUBLISHED.second_source == "")).all()


def test_accuracies_are_plausible():
    assert PUBLISHED.top1.between(50, 90).all()
    top5 = PUBLISHED.top5.dropna()
    assert top5.between(PUBLISHED.top1[top5.index] + 5, 100).all()
    assert PUBLISHED.year.between(2014, 2022).all()
    assert (PUBLISHED.pixels >= 224).all()
    winners = pd.DataFrame(imagenet.winners())
    helped = winners[winners.outside_data.notna()]
    assert 0 < len(helped) == (helped.outside_data < helped.top5_error).sum()
    # The same architectures, trained by others.
    assert (imagenet.transferred().top1 - PUBLISHED.top1).abs().dropna().max() < 2.5


def test_a_counter_with_two_digits_agrees():
    timm = PUBLISHED.timm_g.dropna()  # and it has two operations for each normalised value
    macs = MEASURED.macs[timm.index].astype(float) / 1e9
    assert len(timm) == 42
    assert timm.between(macs - 0.005, 1.1 * macs + 0.005).all()


def test_the_record_has_every_network_in_order():
    assert list(COSTS) == list(PUBLISHED.index)
    assert all(0 < low <= median <= high for low, median, high in MEASURED.latency_ms)
    assert (MEASURED.training_bytes > 16 * 0.9 * MEASURED.params).all()
    assert (MEASURED.training_activation_bytes < MEASURED.training_bytes).all()
    assert (MEASURED.macs > MEASURED.params / 2).all()
    assert (MEASURED.backbone_params < MEASURED.params).all()


def test_recorded_weights_agree_with_the_printed_ones():
    shares = (MEASURED.params / 1e6 / PUBLISHED.weights_m).astype(float)
    differ = shares[(shares - 1).abs() > 0.05]
    assert {*differ.index} == {"MobileNetV3Small", "MobileNetV3Small 0.75"}  # of two digits


@pytest.mark.parametrize("name", ["MobileNetV2 0.35", "MobileNetV3Small 0.75"])
def test_a_network_costs_what_was_recorded(name):
    measured = runpy.run_path(str(RECORDED / "19_costs.py"))["train"]({"network": name}, 0)
    assert set(measured) == set(COSTS[name]) - {"seconds"}
    for exact in set(measured) - {"build_seconds", "latency_ms"}:
        assert measured[exact] == COSTS[name][exact], exact


def test_every_setting_builds_a_backbone_of_one_vector_an_image():
    run = models.recorded("19_choosing_an_architecture")
    assert {one["network"] for one in SCRIPT["SETTINGS"]} <= {*PUBLISHED.function}
    for weights in ("imagenet", "embedded", "random"):  # the real ones, and their controls
        setting = {"network": "MobileNetV2", "alpha": 0.35, "weights": weights}
        assert setting in SCRIPT["SETTINGS"]
        assert len(models.results(run, **setting)) >= 3
        if weights != "imagenet":
            assert SCRIPT["backbone"](**setting).output_shape == (None, 1280)


def test_weights_that_cannot_be_had_are_named(monkeypatch, bare, capsys):
    monkeypatch.setattr("keras.src.utils.file_utils.config.keras_home", lambda: str(bare))
    assert not SCRIPT["at_hand"]({"network": "MobileNetV3Small", "weights": "imagenet"})
    assert "left out: MobileNetV3Small, imagenet (COURSE_OFFLINE" in capsys.readouterr().out
