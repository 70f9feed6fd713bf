"""Published accuracies: complete, plausible, and in agreement with their second places."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from course_utils.costs.published import imagenet
from course_utils.models.applications import FILE, main, measure, recorded_applications

APPLICATIONS = imagenet.applications()


def test_every_number_has_a_source_that_is_explained():
    for table in (APPLICATIONS, imagenet.winners()):
        used = {item.source for item in table} | {
            item.second_source for item in table if getattr(item, "second_source", "")
        }
        assert used <= set(table.sources), table.title
    for item in APPLICATIONS:
        assert (item.second_top1 is None) == (not item.second_source), item.model
        assert item.second_source != item.source


def test_two_places_agree_to_within_a_point():
    differences = [
        abs(item.top1 - item.second_top1) for item in APPLICATIONS if item.second_top1 is not None
    ]
    assert len(differences) == 35
    assert max(differences) < 1
    assert np.median(differences) < 0.25


def test_accuracies_are_plausible():
    for item in APPLICATIONS:
        assert 50 < item.top1 < 90, item.model
        assert item.top5 is None or item.top1 + 5 < item.top5 < 100, item.model
        assert 2014 <= item.year <= 2022, item.model
        assert item.pixels >= 224


def test_rows_are_found_by_name_position_and_slice():
    assert APPLICATIONS["VGG16"].top1 == 71.3
    assert APPLICATIONS[0].model == "Xception"
    assert [item.model for item in APPLICATIONS[1:3]] == ["VGG16", "VGG19"]
    assert [item.model for item in APPLICATIONS.only("VGG19", "VGG16")] == ["VGG19", "VGG16"]
    with pytest.raises(KeyError, match=r"no 'VGG-16'.*there is Xception"):
        APPLICATIONS["VGG-16"]


def test_tables_print_show_html_and_become_frames():
    some = APPLICATIONS.only("ResNet50", "ConvNeXtBase")
    text, html = str(some), some._repr_html_()
    for word in ("ResNet50", "74.9", "ImageNet-21k", "keras.io/api/applications", "centre crop"):
        assert (word in text) == (word in html), word
    assert "one crop" in text
    assert "alpha" not in text, "no column without a value"
    assert some.to_frame().loc["ResNet50", "year"] == 2015
    assert imagenet.winners().to_frame().loc[2012, "network"] == "AlexNet"


def test_winners_get_better_each_year():
    errors = [winner.top5_error for winner in imagenet.winners()]
    assert errors == sorted(errors, reverse=True)
    assert [winner.year for winner in imagenet.winners()] == list(range(2010, 2018))
    assert all(
        winner.outside_data < winner.top5_error
        for winner in imagenet.winners()
        if winner.outside_data is not None
    )


def test_files_have_no_column_that_nobody_reads():
    folder = imagenet._FOLDER
    for name, kind in (
        ("keras_applications", imagenet.Application),
        ("imagenet_winners", imagenet.Winner),
    ):
        lines = (folder / f"{name}.csv").read_text("utf-8").splitlines()
        head = next(csv.reader(line for line in lines if not line.startswith("#")))
        assert head == list(kind.__dataclass_fields__)


# --- what was recorded about them --------------------------------------------------------------


def test_the_record_has_every_network_in_order():
    recorded = recorded_applications()
    assert list(recorded["applications"]) == [item.model for item in APPLICATIONS]
    assert recorded["command"].endswith("course_utils.models.applications")
    for name, row in recorded["applications"].items():
        low, median, high = row["latency_ms"]
        assert 0 < low <= median <= high, name
        assert row["training_bytes"] > 16 * row["params"] * 0.9, name
        assert row["macs"] > row["params"] / 2, name


def test_recorded_weights_agree_with_the_printed_ones():
    printed_wrong = set()
    for item in APPLICATIONS:
        counted = recorded_applications()["applications"][item.model]["params"] / 1e6
        if abs(counted / item.weights_m - 1) > 0.05:  # the smallest are printed with two digits
            printed_wrong.add(item.model)
    assert printed_wrong == {"MobileNetV3Small", "MobileNetV3Small 0.75"}


def test_counting_takes_less_than_a_tenth_of_building():
    for name, row in recorded_applications()["applications"].items():
        assert row["count_seconds"] < row["build_seconds"] / 10, name


@pytest.mark.parametrize("name", ["MobileNetV2 0.35", "MobileNetV3Small 0.75"])
def test_a_network_costs_what_was_recorded(name: str):
    recorded = recorded_applications()["applications"][name]
    measured = measure(APPLICATIONS[name], seconds=0.01)
    assert set(measured) == set(recorded)
    for exact in ("params", "macs", "training_bytes"):
        assert measured[exact] == recorded[exact]


def test_recording_goes_on_where_it_was(monkeypatch, tmp_path, capsys):
    file = tmp_path / "applications.json"
    calls = []

    def fake(application):
        calls.append(application.model)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return {"params": 1}

    monkeypatch.setattr("course_utils.models.applications.FILE", file)
    monkeypatch.setattr("course_utils.models.applications.measure", fake)
    monkeypatch.setattr(imagenet, "applications", lambda: APPLICATIONS[:2])
    assert main() == 130
    assert not file.exists()
    assert "goes on" in capsys.readouterr().err
    assert main() == 0
    assert calls == ["Xception", "VGG16", "VGG16"]
    assert list(json.loads(file.read_text("utf-8"))["applications"]) == ["Xception", "VGG16"]
    assert [path.name for path in tmp_path.iterdir()] == ["applications.json"]
    assert FILE.exists()
