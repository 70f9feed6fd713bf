"""Figures: displayed with alternative text, in few bytes, in colours that can be told apart."""

import base64
import io
import re

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image
from sklearn.datasets import load_sample_image

from course_utils import plots
from course_utils.plots import confusion_matrix, image_grid, learning_curves, new_figure, show
from course_utils.plots.convolution import _KERNEL, _PADDING, _WINDOW
from course_utils.plots.diagram import _STATES
from course_utils.plots.figure import COLOURS, GREY

HISTORY = {"loss": [0.9, 0.5], "val_loss": [1.0, 0.6], "val_accuracy": [0.6, 0.8]}


def image_in(output):
    """The file of the image that is handed to Jupyter."""
    return io.BytesIO(base64.b64decode(re.search(r"base64,([^\"]+)", output["text/html"])[1]))


def image_of(fig):
    return image_in(fig._repr_mimebundle_())


def test_show_gives_an_image_with_its_sentence(displayed):
    fig = new_figure()
    fig.subplots().plot([1, 2, 3])
    show(fig, 'A line that rises from 1 to 3,\n"straight".')
    (output,) = displayed
    assert output["text/plain"] == 'A line that rises from 1 to 3, "straight".'
    assert 'alt="A line that rises from 1 to 3, &quot;straight&quot;."' in output["text/html"]
    image = Image.open(image_in(output))
    assert (image.format, image.width) == ("WEBP", 1280)
    assert "max-width: 100%" in output["text/html"]
    assert set(re.findall(r"<(\w+)", output["text/html"])) == {"img"}


def test_the_same_figure_gives_the_same_bytes_also_at_the_end_of_a_cell(displayed):
    before = mpl.rcParams["font.size"]
    for _ in range(2):
        show(learning_curves(HISTORY))
    assert displayed[0] == displayed[1] == learning_curves(HISTORY)._repr_mimebundle_()
    assert mpl.rcParams["font.size"] == before  # the course's style is gone


def test_show_closes_a_pyplot_figure(displayed):
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    fig, ax = plt.subplots()
    ax.plot([1, 2])
    show(fig, "A line.")
    assert not plt.fignum_exists(fig.number)


def test_a_colour_photograph_keeps_every_colour():
    pixels = np.random.default_rng(0).integers(0, 256, (1, 80, 80, 3), dtype=np.uint8)
    saved = Image.open(image_of(image_grid(pixels)))
    assert saved.mode == "RGB"
    colours = {colour for _, colour in saved.getcolors(1_000_000)}
    assert {tuple(colour) for colour in pixels.reshape(-1, 3).tolist()} <= colours


@pytest.mark.parametrize(
    ("draw", "smaller", "most", "mean"),  # differences, of 255
    [
        (lambda: plots.bars({"one": 1, "two": 2}, title="Two", xlabel="numbers"), 2, 8, 8),
        (lambda: image_grid(load_sample_image("china.jpg")[None, :400, :400]), 4, 255, 3),
    ],
    ids=["drawing", "photograph"],
)
def test_few_bytes_look_alike(draw, smaller, most, mean):
    fig, whole = draw(), io.BytesIO()
    fig.savefig(whole, format="png", dpi=144)
    small = image_of(fig)
    assert len(small.getvalue()) < len(whole.getvalue()) / smaller
    images = (np.asarray(Image.open(one).convert("RGB"), dtype=int) for one in (whole, small))
    difference = np.abs(np.subtract(*images))
    assert difference.max() <= most
    assert difference.mean() < mean


def test_a_picture_is_as_high_as_what_is_on_its_canvas():
    fig = new_figure("Two words.", height=5, layout="none")
    for up, word in ((0.9, "above"), (0.3, "below")):
        fig.text(0.5, up, word)
    rows = np.asarray(Image.open(image_of(fig)).convert("L")).min(axis=1) > 250
    blank = [len(run) for run in "".join("01"[int(one)] for one in rows).split("0") if run]
    assert blank == [40, 40, 40]  # above the words, between and below them


def contrast(one, other="white"):
    """The contrast of two colours as WCAG 2 has it, from 1 to 21."""
    channels = np.array([to_rgb(one), to_rgb(other)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    darker, lighter = sorted(linear @ (0.2126, 0.7152, 0.0722))
    return (lighter + 0.05) / (darker + 0.05)


def test_lines_and_words_stand_out_from_their_ground():
    """WCAG 2 asks for 3 where there are lines and points, and for 4.5 where there are words."""
    assert contrast("black") == pytest.approx(21)
    assert min(map(contrast, COLOURS)) >= 3
    words = [(GREY, "white"), *((ink, fill) for fill, ink in _STATES.values())]
    words += [("black", fill) for fill in (_WINDOW, _KERNEL, _PADDING)]
    assert min(contrast(ink, fill) for ink, fill in words) >= 4.5


def test_numbers_of_a_confusion_matrix_stand_out_from_every_blue():
    right = np.arange(51, 91, 2)
    counts = np.diag(right) + np.roll(np.diag(100 - right), 1, axis=1)
    ax = confusion_matrix(counts, [str(n) for n in range(20)]).axes[0]
    fills = ax.images[0].to_rgba(ax.images[0].get_array())
    assert len(ax.texts) == 40
    for text in ax.texts:
        j, i = text.get_position()
        assert contrast(text.get_color(), fills[i, j]) >= 4.5, text.get_text()
