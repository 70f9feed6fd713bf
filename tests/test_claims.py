"""Every statement of the lecture notes that can be computed, computed again."""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest

from course_utils.costs.published import VERDICTS, claims, errata
from course_utils.costs.published.claims import record
from course_utils.costs.published.claims.remarks import REMARKS
from course_utils.costs.published.errata import page

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "notebooks" / "errata.md"
CLAIMS = ROOT / "course_utils" / "costs" / "published" / "claims"

# The places at which a review of the notes by hand found a mistake.
REVIEWED = {
    "000": [118],
    "001": [
        *(104, 229, 290, 601, 650, 800, 841, 900, 914, 931, 941, 942, 959, 961, 1010, 1060, 1134),
        *(1137, 1138, 1139, 1158, 1180, 1257, 1338, 1355),
    ],
    "002": [67, 72, 83, 95],
}


def test_the_rules_find_the_mistakes_that_a_review_found_and_no_others():
    reviewed = [f"{notes}:{line}" for notes, lines in REVIEWED.items() for line in lines]
    assert list(dict.fromkeys(item.reference for item in errata())) == reviewed
    assert [item.reference for item in errata() if item.verdict == "typo"] == [
        "002:72",
        "002:83",
        "002:95",
    ]


def test_claims_are_complete_and_in_order():
    found = claims()
    assert all(re.fullmatch(r"00[0-4]:\d+", item.reference) for item in found)
    places = [tuple(map(int, item.reference.split(":"))) for item in found]
    assert places == sorted(places)
    assert set(found.counts) == set(VERDICTS)
    assert len({(i.reference, i.topic, i.statement, i.printed) for i in found}) == len(found)
    for item in found:
        assert item.topic
        assert item.statement
        if item.verdict in ("exact", "rounded"):
            assert item.printed
            assert item.computed
        if item.verdict in ("wrong", "typo", "contradiction", "loose", "dubious", "external"):
            assert item.reason or item.computed, item


@pytest.mark.parametrize(
    ("reference", "computed"),
    [
        ("000:118", "stride 2 gives 5x5, stride 1 gives 10x10"),
        ("001:61", "1,600,000,000"),
        ("001:229", "10 filters of 5x5 on RGB have 760 weights; shared they would have 260"),
        ("001:290", "at fan-in 75 a layer keeps 0.00444 of the variance"),
        ("001:447", "VGG-16 212, ResNet-50 483, MobileNetV2 491 pixels, of 224"),
        ("001:818", "58,631,144 of 61,100,840 = 96.0%"),
        ("001:825", "658,145,280 of 716,767,232 = 91.8%"),
        ("001:898", "123,642,856 of 138,357,544 = 89.4%"),
        ("001:938", "22"),
        ("001:941", "6,998,552"),
        ("001:942", "8.73"),
        ("001:1062", "3.15 times less"),
        ("001:1167", "0 weights; flattening first would need 50,176,000"),
        ("001:1350", "17 depthwise layers with 64,224; full 3x3 there would have 40,610,304"),
        ("002:116", "10"),
        ("003:42", "dense 15,690 instead of 250,890; convolution 12,832 either way"),
        ("003:155", "1,568"),
        ("004:83", "conv5 sees 163 of 227 pixels"),
        ("004:127", "it falls at 1 step: Caltech-101 86.2 ± 0.8 to 85.5 ± 0.4"),
    ],
)
def test_computed_values(reference, computed):
    assert [item.computed for item in claims() if item.reference == reference] == [computed]


def test_a_verdict_follows_from_its_computation():
    assert record.holds("000:1", "t", "s", True, "").verdict == "true"
    assert record.holds("000:1", "t", "s", False, "").verdict == "wrong"
    assert record.cases("000:1", "t", "s", {"a": True, "b": True}).verdict == "true"
    some = record.cases("000:1", "t", "s", {"a": True, "b": False})
    assert (some.verdict, some.reason) == ("convention", "so for a; not for b")
    none = record.cases("000:1", "t", "s", {"a": False})
    assert (none.verdict, none.reason) == ("wrong", "not for a")
    assert record.below("000:1", "t", "s", "p", 99, 100).verdict == "true"
    assert record.below("000:1", "t", "s", "p", 9, 100).verdict == "loose"
    assert record.below("000:1", "t", "s", "p", 100, 100).verdict == "wrong"
    assert record.differs("000:1", "t", "s", "1", "2", "there").verdict == "contradiction"
    assert record.differs("000:1", "t", "s", "1", "1", "there").verdict == "true"


def _calls(name: str) -> list[ast.Call]:
    return [
        node
        for path in sorted(CLAIMS.glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name
    ]


def test_no_remark_types_a_number():
    """Where a verdict is not computed, its reason may not pretend to be."""
    literal = [call.args[4] for call in _calls("remark") if len(call.args) > 4]
    reasons = [ast.literal_eval(reason) for reason in literal if isinstance(reason, ast.Constant)]
    reasons += [reason for *_, reason in REMARKS]
    assert len(reasons) > 60
    for reason in reasons:
        names = re.sub(r"(ResNet|VGG|LeNet|Inception-v|MobileNetV)-?\d+|\d+x\d+", "", reason)
        assert not re.search(r"\d", names), reason


def test_the_page_is_what_the_package_makes():
    remedy = "run: python -m course_utils.costs.published notebooks/errata.md"
    assert PAGE.read_text("utf-8") == page(), remedy


def test_the_page_is_sound_markdown():
    lines = page().splitlines()
    for before, line in pairwise(lines):
        if line.startswith("|"):
            bars = len(re.findall(r"(?<!\\)\|", line))
            assert not before.startswith("|") or bars == len(re.findall(r"(?<!\\)\|", before))
            assert before == "" or before.startswith("|")
    rows = [line for line in lines if re.match(r"\| \d", line)]
    assert len(rows) == sum(
        item.verdict in ("wrong", "typo", "contradiction", "loose", "dubious", "convention")
        for item in claims()
    )
