"""Costs of several networks beside each other."""

from unittest.mock import patch

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from course_utils.costs import Dense, Flatten, Network, Opaque, zoo
from course_utils.plots import cost_comparison

FAMOUS = {"AlexNet": zoo.alexnet(), "VGG-16": zoo.vgg16()}


def texts_off_the_page(fig: Figure) -> list[str]:
    """Texts that the figure's edge cuts, among those that are really drawn."""
    with patch.object(Text, "draw", autospec=True) as draw:
        fig.draw_without_rendering()
    drawn = {call.args[0]: call.args[0].get_window_extent() for call in draw.call_args_list}
    page = fig.bbox
    return [
        text.get_text()
        for text, box in drawn.items()
        if box.x0 < 0 or box.y0 < 0 or box.x1 > page.x1 or box.y1 > page.y1
    ]


@pytest.mark.parametrize("quantity", ["activation_bytes", "params", "macs"])
def test_bars_are_as_long_as_the_rows_say_on_one_scale(quantity: str) -> None:
    fig = cost_comparison(FAMOUS, quantity)
    assert len(fig.axes) == len(FAMOUS)
    assert len({ax.get_xlim() for ax in fig.axes}) == 1
    scales = set()
    for ax, network in zip(fig.axes, FAMOUS.values(), strict=True):
        rows = [row for row in network.rows if row.kind != "Flatten"]
        assert [tick.get_text() for tick in ax.get_yticklabels()] == [row.name for row in rows]
        widths = [patch.get_width() for patch in ax.patches]
        values = [getattr(row, quantity) for row in rows]
        scales.add(round(max(values) / max(widths)))
        assert widths == pytest.approx([value * max(widths) / max(values) for value in values])
    assert len(scales) == 1
    assert texts_off_the_page(fig) == []


def test_totals_are_written_above_and_said() -> None:
    fig = cost_comparison(FAMOUS, "params")
    assert [ax.get_title() for ax in fig.axes] == [
        "AlexNet: 61.1 million",
        "VGG-16: 138.4 million",
    ]
    assert "VGG-16 138.4 million, most in fc1, 102.8" in fig.get_label()
    assert fig.axes[0].get_xlabel() == "weights [million]"


def test_colours_are_explained() -> None:
    (legend,) = cost_comparison(FAMOUS, "macs").legends
    assert [text.get_text() for text in legend.get_texts()] == ["convolution", "pooling", "dense"]


def test_what_is_no_known_number_is_refused() -> None:
    with pytest.raises(ValueError, match="'wieghts' is not a number"):
        cost_comparison(FAMOUS, "wieghts")
    layers = [Opaque("Mystery", (4, 4, 2)), Flatten(), Dense(3)]
    with pytest.raises(ValueError, match="'macs' is not a number known"):
        cost_comparison({"odd": Network("odd", (4, 4, 2), layers)}, "macs")
