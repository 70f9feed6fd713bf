"""Every statement of the lecture notes that can be computed, computed again."""

import re
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.costs import Opaque, published, zoo
from course_utils.costs.published import _NAMES, _VERDICTS, as_printed, errata, reconcile
from course_utils.costs.published.judging import _arithmetic, _parse, _rounding
from tests import golden
from tests.lecture_notes import make

CLAIMS, FINDINGS = make.read("claims.csv"), make.findings()


def test_the_rules_find_the_mistakes_that_a_review_found_and_no_others():
    """``reviewed.txt`` has the places at which a review by hand found a mistake."""
    reviewed = Path(__file__).with_name("reviewed.txt").read_text("utf-8").split()
    assert list(dict.fromkeys(item.reference for item in errata())) == reviewed
    typos = [item.reference for item in errata() if item.verdict == "typo"]
    assert typos == ["002:72", "002:83", "002:95"]


def test_findings_are_complete_and_in_order():
    assert all(re.fullmatch(r"00[0-4]:\d+", item.reference) for item in FINDINGS)
    assert {item.verdict for item in FINDINGS} == set(_VERDICTS)
    assert len({(i.reference, i.topic, i.statement, i.printed) for i in FINDINGS}) == len(FINDINGS)
    for item in FINDINGS:
        assert "" not in (item.topic, item.statement), item
        if item.verdict in ("exact", "rounded"):
            assert "" not in (item.printed, item.computed), item
        elif item.verdict not in ("true", "convention"):
            assert item.reason or item.computed, item


EMPTY = dict.fromkeys(CLAIMS[0], "")
JUDGED = make.read("verdicts.csv")


@pytest.mark.parametrize("row", JUDGED, ids=lambda row: f"{row['rule']} {row['expression'][:30]}")
def test_a_verdict_follows_from_its_computation(row):
    found = make.judged(EMPTY | row)
    assert [found.verdict, found.computed, found.reason] == [*row.values()][-3:]


def test_a_claim_that_cannot_be_computed_is_named():
    claim = {"where": "001:539", "statement": "side after two", "expression": "sides(32, 5)"}
    with pytest.raises(NameError) as caught:
        make.judged(EMPTY | claim)
    assert caught.value.__notes__ == ["in claims.csv, at 001:539: side after two"]


def test_no_verdict_without_a_rule_types_a_number():
    """Where a verdict is not computed, its reason may not pretend to be."""
    reasons = [claim["reason"] for claim in CLAIMS if claim["rule"] in _VERDICTS]
    assert len(reasons) > 60
    for reason in reasons:
        names = re.sub(r"(ResNet|VGG|LeNet|Inception-v|MobileNetV)-?\d+|\d+x\d+", "", reason)
        assert not re.search(r"\d", names), reason


@pytest.mark.parametrize("path", make.made(), ids=lambda path: path.name)
def test_the_files_hold_what_is_computed(path):
    remedy = "run: python3 tests/lecture_notes/make.py"
    assert path.read_text("utf-8") == make.made()[path], remedy


@pytest.mark.parametrize("text", ["", "about ten", "5 +", "__import__('os')", "2 ** 9"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises((ValueError, SyntaxError)):
        _arithmetic(text)


@given(st.decimals(1, 10**9, places=6), st.integers(0, 4), st.integers(1, 9))
def test_a_rounded_number_is_recognised_and_its_neighbours_are_not(value, decimals, off):
    step = Decimal(1).scaleb(-decimals)
    nearest = value.quantize(step, ROUND_HALF_UP)
    assert _rounding(_parse(f"{nearest}"), Fraction(value)) in ("exact", "rounded")
    neighbour = f"{nearest + (off + 1) * step}"
    if not neighbour.endswith("0"):
        assert _rounding(_parse(neighbour), Fraction(value)) is None


@pytest.mark.parametrize("name", _NAMES)
def test_every_table_says_what_it_is_and_every_printed_cell_is_judged(name):
    printed = as_printed(name)
    assert [other for other in _NAMES if as_printed(other).title == printed.title] == [name]
    assert printed.conventions
    assert printed.source.count(f"(notes {printed.notes})") == 1
    found = make.in_table(name)
    labels = {"line", "second_line", "name"}
    cells = [text for row in printed.rows for column, text in row.items() if column not in labels]
    assert len(found) == sum(map(bool, cells))
    for row in printed.rows:
        assert None not in row  # no cell without a heading
        assert None not in row.values()  # no row cut short


def test_what_cannot_be():
    names = {**vars(published), **vars(make), "Opaque": Opaque}
    golden.refused(Path(__file__).with_name("refused.txt"), names)


def test_findings_are_a_table_in_every_form_and_others_for_another_network():
    found = reconcile(zoo.alexnet(), "alexnet")
    odd = replace(found[0], reason="<b> & co")
    wrong = (item for item in found if item.verdict == "wrong")
    few = replace(found, items=(*found[49:52], *wrong, odd))
    lenet5 = zoo.lenet5()  # with one filter too few:
    layers = [replace(one, filters=15) if one.name == "conv2" else one for one in lenet5.layers]
    other = reconcile(lenet5.at(layers=layers), "lenet5")
    said = f"{few}\n\n{few._repr_html_()}\n\n{other}\n"
    golden.same(Path(__file__).with_name("findings.txt"), said)
    assert len(found) == sum(found.counts.values()) == 109
