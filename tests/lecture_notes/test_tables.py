"""Printed tables against the calculator: how a verdict is reached, and what comes out."""

import runpy
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.costs import Opaque, published, zoo
from course_utils.costs.published import NAMES, reconcile, table
from course_utils.costs.published.judging import arithmetic, parse, rounding
from tests import golden

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


def without_counts():
    """Return VGG-16 with a layer whose work nobody knows."""
    layers = [layer for layer in zoo.vgg16().layers if layer.name != "fc1"]
    layers.insert(-2, Opaque("Mine", (4096,), name="fc1"))
    return zoo.vgg16().at(layers=layers)


def test_another_network_gives_other_verdicts():
    found = {item.statement: item for item in reconcile(zoo.alexnet_paper(), "alexnet")}
    assert (found["conv1, filters"].verdict, found["conv1, filters"].computed) == ("wrong", "96")
    assert found["fc8, params (K)"].verdict == "exact"
    lenet5 = zoo.lenet5()
    narrow = replace(lenet5.row("conv2").layer, filters=15)  # one filter too few
    layers = [narrow if layer.name == "conv2" else layer for layer in lenet5.layers]
    found = reconcile(lenet5.at(layers=layers), "lenet5")
    assert [item.statement for item in found.only("wrong")] == [
        *("conv2, sum", "conv2, weights", "fc1, sum", "fc1, weights", "total, weights")
    ]


def test_what_cannot_be():
    names = {**vars(published), "zoo": zoo, **vars(MAKE), "without_counts": without_counts}
    golden.refused(Path(__file__).with_name("refused.txt"), names)


def test_findings_are_a_table_in_every_form():
    found = reconcile(zoo.alexnet(), "alexnet")
    odd = replace(found[0], reason="<b> & co")
    few = replace(found, items=(*found[49:52], *found.only("wrong"), odd))
    golden.same(Path(__file__).with_name("findings.txt"), f"{few}\n\n{few._repr_html_()}\n")
    assert (len(found), len(found[:11]), sum(found.counts.values())) == (109, 11, 109)
