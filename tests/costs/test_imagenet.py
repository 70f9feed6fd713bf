"""Published accuracies: complete, plausible, and in agreement with their second places."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from course_utils import models
from course_utils.costs.published import imagenet
from course_utils.costs.published.tables import read

LITERATURE = Path(imagenet.__file__).parent / "literature"
RECORDED = Path(__file__).parents[2] / "notebooks" / "recorded"
APPLICATIONS = [*imagenet.applications().values()]
COSTS = {run["setting"]["network"]: run["result"] for run in models.recorded("19_costs")["runs"]}


def test_every_number_has_a_source_that_is_explained():
    both = {"imagenet_winners": imagenet.winners(), "keras_applications": APPLICATIONS}
    for name, items in both.items():
        head, _ = read(LITERATURE / f"{name}.csv")
        explained = {key.removeprefix("source ") for key in head}
        assert {item.source for item in items} <= explained, name
    for item in APPLICATIONS:
        assert item.second_source in {"", *explained} - {item.source}
        assert (item.second_top1 is None) == (not item.second_source), item.model


def test_two_places_agree_to_within_a_point():
    twice = [item for item in APPLICATIONS if item.second_top1 is not None]
    differences = [abs(item.top1 - item.second_top1) for item in twice]
    assert len(differences) == 35
    assert max(differences) < 1
    assert np.median(differences) < 0.25


def test_accuracies_are_plausible():
    for item in APPLICATIONS:
        assert 50 < item.top1 < 90, item.model
        assert item.top5 is None or item.top1 + 5 < item.top5 < 100, item.model
        assert 2014 <= item.year <= 2022, item.model
        assert item.pixels >= 224


def test_networks_are_found_by_name():
    frame = imagenet.applications().to_frame()
    assert frame.loc["ResNet50", "year"] == 2015
    assert list(frame.index) == [item.model for item in APPLICATIONS]
    with pytest.raises(KeyError, match=r"no 'VGG-16'.*there is Xception"):
        imagenet.applications()["VGG-16"]


def test_winners_get_better_each_year():
    winners = imagenet.winners()
    errors = [winner.top5_error for winner in winners]
    assert errors == sorted(errors, reverse=True)
    assert [winner.year for winner in winners] == list(range(2010, 2018))
    helped = [winner for winner in winners if winner.outside_data is not None]
    assert helped
    assert all(winner.outside_data < winner.top5_error for winner in helped)


def test_three_counters_agree_but_for_other_networks_of_the_same_name():
    torchvision = {item.model: item.torchvision_g for item in APPLICATIONS if item.torchvision_g}
    timm = {item.model: item.timm_g for item in APPLICATIONS if item.timm_g}
    assert (len(torchvision), len(timm)) == (27, 42)
    macs = {name: COSTS[name]["macs"] / 1e9 for name in COSTS}
    apart = {name for name, g in torchvision.items() if abs(g - macs[name]) > 0.0006}
    assert apart == {"ResNet50", "ResNet101", "ResNet152", "EfficientNetB2"}
    for name, g in timm.items():  # two digits, and two operations for each normalised value
        assert macs[name] - 0.005 < g < 1.1 * macs[name] + 0.005, name


def test_the_networks_that_were_transferred_are_those_of_keras_and_two_more():
    table = imagenet.transferred()
    known = {item.model: item for item in APPLICATIONS}
    assert set(table.index) - set(known) == {"GoogLeNet", "MNASNet"}
    assert table.shape == (10, 9)
    assert ((table > 50) & (table < 100)).all(axis=None)
    for model in set(table.index) & set(known):  # the same architectures, trained by others
        assert abs(table.top1[model] - known[model].top1) < 2.5, model


# --- what was recorded about them --------------------------------------------------------------


def test_the_record_has_every_network_in_order():
    assert list(COSTS) == [item.model for item in APPLICATIONS]
    for name, row in COSTS.items():
        low, median, high = row["latency_ms"]
        assert 0 < low <= median <= high, name
        assert row["training_bytes"] > 16 * row["params"] * 0.9, name
        assert row["training_activation_bytes"] < row["training_bytes"], name
        assert row["macs"] > row["params"] / 2, name
        assert row["backbone_params"] < row["params"], name


def test_recorded_weights_agree_with_the_printed_ones():
    shares = {one.model: COSTS[one.model]["params"] / 1e6 / one.weights_m for one in APPLICATIONS}
    apart = {name for name, share in shares.items() if abs(share - 1) > 0.05}
    assert apart == {"MobileNetV3Small", "MobileNetV3Small 0.75"}  # printed with two digits


@pytest.mark.parametrize("name", ["MobileNetV2 0.35", "MobileNetV3Small 0.75"])
def test_a_network_costs_what_was_recorded(name):
    measured = runpy.run_path(str(RECORDED / "19_costs.py"))["train"]({"network": name}, 0)
    assert set(measured) == set(COSTS[name]) - {"seconds"}
    for exact in set(measured) - {"build_seconds", "latency_ms"}:
        assert measured[exact] == COSTS[name][exact], exact


# --- frozen features of the photographs of clothes ----------------------------------------------


def test_every_setting_builds_a_backbone_of_one_vector_an_image():
    script = runpy.run_path(str(RECORDED / "19_choosing_an_architecture.py"))
    setting = {"network": "MobileNetV2", "alpha": 0.35, "weights": "random"}
    assert setting in script["SETTINGS"]
    networks = {one["network"] for one in script["SETTINGS"]}
    assert networks <= {item.function for item in APPLICATIONS}
    for weights in ("random", "embedded"):
        assert script["backbone"](**{**setting, "weights": weights}).output_shape == (None, 1280)


def test_weights_that_cannot_be_had_are_named(monkeypatch, bare, capsys):
    monkeypatch.setattr("keras.src.utils.file_utils.config.keras_home", lambda: str(bare))
    script = runpy.run_path(str(RECORDED / "19_choosing_an_architecture.py"))
    assert not script["at_hand"]({"network": "MobileNetV3Small", "weights": "imagenet"})
    assert "left out: MobileNetV3Small, imagenet (COURSE_OFFLINE" in capsys.readouterr().out


def test_the_record_has_the_real_weights_and_their_controls():
    run = models.recorded("19_choosing_an_architecture")
    for weights in ("imagenet", "embedded", "random"):
        found = models.results(run, network="MobileNetV2", alpha=0.35, weights=weights)
        assert len(found) >= 3
        assert all(0.1 < one["accuracy"] < 1 for one in found)
