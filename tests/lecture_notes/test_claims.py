"""Every statement of the lecture notes that can be computed, computed again."""

import csv
import re
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from course_utils.costs.published import VERDICTS, errata

MAKE = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "make.py")))
FINDINGS = MAKE.findings()

# The places at which a review of the notes by hand found a mistake.
REVIEWED = {
    "000": [118],
    "001": [
        *(104, 229, 601, 650, 800, 841, 900, 914, 931, 941, 942, 959, 961, 1010, 1060, 1134),
        *(1137, 1138, 1139, 1158, 1180, 1257, 1338, 1355),
    ],
    "002": [67, 72, 83, 95],
}


def test_the_rules_find_the_mistakes_that_a_review_found_and_no_others():
    reviewed = [f"{notes}:{line}" for notes, lines in REVIEWED.items() for line in lines]
    assert list(dict.fromkeys(item.reference for item in errata())) == reviewed
    typos = [item.reference for item in errata() if item.verdict == "typo"]
    assert typos == ["002:72", "002:83", "002:95"]


def test_findings_are_complete_and_in_order():
    assert all(re.fullmatch(r"00[0-4]:\d+", item.reference) for item in FINDINGS)
    places = [tuple(map(int, item.reference.split(":"))) for item in FINDINGS]
    assert places == sorted(places)
    assert {item.verdict for item in FINDINGS} == set(VERDICTS)
    assert len({(i.reference, i.topic, i.statement, i.printed) for i in FINDINGS}) == len(FINDINGS)
    for item in FINDINGS:
        assert item.topic
        assert item.statement
        if item.verdict in ("exact", "rounded"):
            assert item.printed
            assert item.computed
        elif item.verdict not in ("true", "convention"):
            assert item.reason or item.computed, item


def judged(rule, expression, **texts):
    """Return the verdict on a claim, what is computed, and why."""
    names = ("where", "notebook", "topic", "statement", "printed", "shown", "reason")
    claim = dict.fromkeys(names, "") | {"rule": rule, "expression": expression} | texts
    found = MAKE.judged(claim)
    return found.verdict, found.computed, found.reason


with Path(__file__).with_name("verdicts.csv").open(encoding="utf-8", newline="") as file:
    VERDICT_ROWS = list(csv.reader(file))[1:]


@pytest.mark.parametrize(
    ("rule", "expression", "printed", "verdict", "computed", "reason"), VERDICT_ROWS
)
def test_a_verdict_follows_from_its_computation(
    rule, expression, printed, verdict, computed, reason
):
    assert judged(rule, expression, printed=printed) == (verdict, computed, reason)


def test_words_may_compute():
    texts = {"shown": "{size} pixels, {size * 1000:,}", "reason": "it is {it}"}
    words = ("true", "28 pixels, 28,000", "it is True")
    assert judged("holds", "(size := side(32, 5)) == 28", **texts) == words
    assert judged("holds", "(size := side(32, 5)) == 32", **texts)[0] == "wrong"
    assert judged("dubious", "", shown="{side(32, 3)}") == ("dubious", "30", "")


def test_a_claim_that_cannot_be_computed_is_named():
    with pytest.raises(NameError) as caught:
        judged("number", "sides(32, 5)", where="001:539", statement="side after two")
    assert caught.value.__notes__ == ["in claims.csv, at 001:539: side after two"]


def test_no_verdict_without_a_rule_types_a_number():
    """Where a verdict is not computed, its reason may not pretend to be."""
    reasons = [claim["reason"] for claim in MAKE.claims() if claim["rule"] in VERDICTS]
    assert len(reasons) > 60
    for reason in reasons:
        names = re.sub(r"(ResNet|VGG|LeNet|Inception-v|MobileNetV)-?\d+|\d+x\d+", "", reason)
        assert not re.search(r"\d", names), reason


@pytest.mark.parametrize("path", MAKE.made(), ids=lambda path: path.name)
def test_the_files_hold_what_is_computed(path):
    remedy = "run: python3 tests/lecture_notes/make.py"
    assert path.read_text("utf-8") == MAKE.made()[path], remedy
