"""Each erratum is shown in the notebook in which a student meets the claim."""

from __future__ import annotations

import json

import pytest

from course_utils.cli import notebooks
from course_utils.costs.published import Finding, claims, errata
from course_utils.costs.published.topics import NOTEBOOKS, TOPICS
from course_utils.course_map import course_map

HERE = {path.name[:2]: path for path in notebooks.paths()}  # those that exist already


def shown(notebook: str) -> list[str]:
    """Return the lines that the notebook's code cells have printed or displayed as text."""
    outputs = [
        output
        for cell in json.loads(HERE[notebook].read_text("utf-8"))["cells"]
        for output in cell.get("outputs", [])
    ]
    texts = [o.get("text", o.get("data", {}).get("text/plain", [])) for o in outputs]
    return "".join("".join(text) + "\n" for text in texts).splitlines()


def test_every_topic_of_the_notes_has_a_notebook():
    assert {item.topic for item in claims()} == set(NOTEBOOKS)
    assert sum(map(len, TOPICS.values())) == len(NOTEBOOKS), "a topic is in two notebooks"
    assert set(TOPICS) <= {station.number for station in course_map()}


@pytest.mark.parametrize(
    "item", [item for item in errata() if item.notebook in HERE], ids=lambda item: item.reference
)
def test_the_notebook_shows_the_erratum(item: Finding):
    parts = (item.reference, item.statement, item.printed, item.computed, item.verdict, item.reason)
    assert any(all(part in line for part in parts) for line in shown(item.notebook)), (
        f"show errata({item.notebook!r}) or errata().at({item.reference!r}) in the notebook"
    )


def test_a_notebook_has_its_errata_and_no_others():
    for notebook in TOPICS:
        assert {item.notebook for item in errata(notebook)} <= {notebook}
    assert sum(len(errata(notebook)) for notebook in TOPICS) == len(errata())
    with pytest.raises(ValueError, match="one of 01, 02"):
        errata("1")
    with pytest.raises(ValueError, match="nothing at '001:1'"):
        errata().at("001:1")
    assert [item.statement for item in errata().at("001:800", "001:841")] == [
        "conv4, flop (M)",
        "convolutions in stage 3",
    ]
