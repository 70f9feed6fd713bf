"""Printed tables against the calculator: how a verdict is reached, and what comes out."""

import runpy
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.costs import CostError, Opaque, zoo
from course_utils.costs.published import NAMES, reconcile, table
from course_utils.costs.published.judging import Reading, arithmetic, judge, parse, rounding

MAKE = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "make.py")))

# --------------------------------------------------------------------------------- the verdicts


@pytest.mark.parametrize("text", ["", "about ten", "5 +", "__import__('os')", "2 ** 9"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises((ValueError, SyntaxError)):
        arithmetic(text)


@given(
    value=st.fractions(min_value=1, max_value=10**9),
    decimals=st.integers(0, 4),
    off=st.integers(1, 9),
)
def test_a_rounded_number_is_recognised_and_its_neighbours_are_not(value, decimals, off):
    step = Fraction(1, 10**decimals)
    nearest = int(value / step + Fraction(1, 2)) * step
    text = f"{float(nearest):.{decimals}f}"
    if Fraction(text) != nearest:  # too many digits for a float to print
        return
    assert rounding(parse(text), value) in ("exact", "rounded")
    neighbour = f"{float(nearest + (off + 1) * step):.{decimals}f}"
    if not neighbour.endswith("0"):
        assert rounding(parse(neighbour), value) is None


@pytest.mark.parametrize(
    ("text", "value", "how"),
    [
        ("182", Fraction("182.25"), "rounded"),
        ("254", Fraction("253.5"), "rounded"),  # halves go up
        ("800K", 802_816, "rounded"),  # its zeros only fill up
        ("25K", 25_088, "rounded"),
        ("~2B", 1_600_000_000, "rounded"),
        ("4.1G", 4_089_184_256, "rounded"),
        ("5×5 x 6", 150, "exact"),
        ("4,096", 4096, "exact"),
        ("3.8", Fraction("3.858"), "cut off"),
        ("0", Fraction("0.42"), "rounded"),
        ("0", Fraction("3.9"), None),
        ("145", Fraction("149.52"), None),
        ("24M", 15_237_608, None),
    ],
)
def test_rounding(text, value, how):
    assert rounding(parse(text), value) == how


def test_a_convention_excuses_and_a_slip_only_explains():
    readings = [Reading(100), Reading(97, "in another unit"), Reading(90, "forgetting ten", True)]
    assert judge("100", readings).verdict == "exact"
    assert judge("97", readings).verdict == "convention"
    assert judge("97", readings).reason == "in another unit: 97"
    forgotten = judge("90", readings)
    assert forgotten.verdict == "wrong"
    assert "10 more than printed" in forgotten.reason
    assert forgotten.reason.endswith("forgetting ten gives 90")
    assert judge("12", readings).verdict == "wrong"
    assert "ten" not in judge("12", readings).reason


# ----------------------------------------------------------------------------------- the tables


@pytest.mark.parametrize("name", NAMES)
def test_every_table_says_what_it_is_and_every_printed_cell_is_judged(name):
    printed = table(name)
    assert printed.title
    assert printed.conventions
    assert printed.source.count(f"(notes {printed.notes})") == 1
    found = MAKE.in_table(name)
    labels = {"line", "second_line", "name"}
    cells = [text for row in printed for column, text in row.items() if column not in labels]
    assert len(found) == sum(map(bool, cells))
    for row in printed:
        assert None not in row  # no cell without a heading
        assert None not in row.values()  # no row cut short


def test_no_two_tables_have_one_title():
    assert len({table(name).title for name in NAMES}) == len(NAMES)


def test_another_network_gives_other_verdicts():
    paper = reconcile(zoo.alexnet_paper(), "alexnet")
    found = {item.statement: item for item in paper}
    assert found["conv1, filters"].verdict == "wrong"
    assert found["conv1, filters"].computed == "96"
    assert found["fc8, params (K)"].verdict == "exact"
    with pytest.raises(CostError, match=r"no rows for the layers .* it is about 5 networks"):
        reconcile(zoo.resnet50(), "resnet")


def test_a_network_of_ones_own_can_be_held_against_a_table():
    lenet5 = zoo.lenet5()
    narrow = replace(lenet5.row("conv2").layer, filters=15)  # one filter too few
    layers = [narrow if layer.name == "conv2" else layer for layer in lenet5.layers]
    found = reconcile(lenet5.at(layers=layers), "lenet5")
    assert [item.statement for item in found.only("wrong")] == [
        *("conv2, sum", "conv2, weights", "fc1, sum", "fc1, weights", "total, weights")
    ]
    with pytest.raises(CostError, match=r"has no layer 'fc3'"):
        reconcile(MAKE.up_to("lenet5", "fc2"), "lenet5")


def test_what_nobody_has_counted_is_no_zero():
    layers = [layer for layer in zoo.vgg16().layers if layer.name != "fc1"]
    layers.insert(-2, Opaque("Mine", (4096,), name="fc1"))
    with pytest.raises(CostError, match="nobody knows the multiply-adds of 'fc1', a Mine"):
        reconcile(zoo.vgg16().at(layers=layers), "vgg16_head")


def test_errors_name_what_there_is():
    with pytest.raises(ValueError, match=r"no table 'alexnett'; there is alexnet, "):
        table("alexnett")
    with pytest.raises(ValueError, match=r"verdict must be one of exact, .* not 'false'"):
        reconcile(zoo.alexnet(), "alexnet").only("false")


# ---------------------------------------------------------------------------------- the results


def test_findings_are_a_table_in_every_form():
    found = reconcile(zoo.alexnet(), "alexnet")
    lines = str(found).splitlines()
    assert lines[0] == "AlexNet, layer by layer"
    assert len(lines) == len(found) + 7  # title, headings, two rules, counts, source, conventions
    starts = {line.index("wrong") for line in lines[3:] if "  wrong  " in line}
    assert starts == {lines[1].index("verdict")}
    assert "Source: Lecture deck (notes 001)" in lines[-2]
    html = found._repr_html_()
    assert html.count("<tr") == len(found) + 1
    assert html.count("<b>wrong</b>") == len(found.only("wrong")) == 1
    assert [item.printed for item in found.only("wrong")] == ["145"]
    assert found[0].printed == "3"
    assert len(found[:11]) == 11
    assert sum(found.counts.values()) == len(found)


def test_html_is_escaped():
    found = reconcile(zoo.alexnet(), "alexnet")
    spoiled = replace(found, items=(replace(found[0], reason="<b> & co"),))
    assert "&lt;b&gt; &amp; co" in spoiled._repr_html_()
