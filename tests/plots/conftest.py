"""What the tests of figures share: which texts are drawn, where, and what is said of a figure."""

import json
import os
from pathlib import Path
from unittest.mock import patch

import pytest
from matplotlib.text import Text

GOLDEN = Path(__file__).with_name("alternative_texts.json")


def drawn_texts(fig):
    """Words and boxes of the texts that are really drawn: no tick beyond the end of its axis."""
    with patch.object(Text, "draw", autospec=True) as draw:
        fig.draw_without_rendering()
    drawn = dict.fromkeys(call.args[0] for call in draw.call_args_list)
    found = [text for text in drawn if text.get_visible() and text.get_text().strip()]
    return [(text.get_text(), text.get_window_extent()) for text in found]


@pytest.fixture
def texts_of():
    """All words on a figure, none of which its edge cuts."""

    def texts(fig):
        found = drawn_texts(fig)
        page = fig.bbox
        cut = [
            words
            for words, box in found
            if box.x0 < 0 or box.y0 < 0 or box.x1 > page.x1 or box.y1 > page.y1
        ]
        assert cut == []
        return [words for words, _ in found]

    return texts


@pytest.fixture
def boxes_of():
    """Words and boxes of the texts on a figure."""
    return drawn_texts


@pytest.fixture
def said(request):
    """Compare the alternative texts of a test's figures with the golden file.

    `WRITE_GOLDEN=1 pytest -n 0 tests/plots` writes it anew: read the difference.
    """
    figures = []
    yield figures.append
    name, texts = request.node.name, [fig.get_label() for fig in figures]
    golden = json.loads(GOLDEN.read_text("utf-8"))
    if "WRITE_GOLDEN" in os.environ:
        golden[name] = texts
        GOLDEN.write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n", "utf-8")
    assert texts == golden.get(name)
