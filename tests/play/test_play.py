"""A piece is a picture, a table of numbers that the script draws, and what the kernel answers."""

import sys
from unittest.mock import Mock

import numpy as np
import pytest
from scipy.signal import correlate2d

from course_utils import play
from course_utils.cli import notebooks
from course_utils.costs import Conv2D, Network, zoo
from course_utils.play import pieces, widget

IMAGE = np.arange(25).reshape(5, 5) % 3
KERNEL = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]])


@pytest.fixture
def data(monkeypatch):
    """What the next piece hands over, by name."""
    kept = {}

    def keep(figure, piece, data, answer=None):
        kept.update(alt=figure.get_label(), piece=piece, answer=answer, **data)

    monkeypatch.setattr(pieces, "show_with", keep)
    return kept


# --- a picture and a widget ------------------------------------------------------------------


def test_the_picture_comes_first_and_the_widget_behind_it(displayed):
    play.window(IMAGE, KERNEL, padding=1)
    picture, live = displayed
    assert picture["text/plain"].startswith("One value of a convolution: on an input of 5 x 5")
    assert f'alt="{picture["text/plain"][:20]}' in picture["text/html"]
    assert set(live) == {widget.VIEW}


def test_without_anywidget_the_picture_is_there_alone(displayed, monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    play.window(IMAGE, KERNEL)
    (picture,) = displayed
    assert "course-picture" in picture["text/html"]


def test_a_saved_notebook_has_the_picture_alone(displayed):
    play.window(IMAGE, KERNEL)
    saved = [{"output_type": "display_data", "metadata": {}, "data": one} for one in displayed]
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "1", "execution_count": 1}
    notebook = {"metadata": {"widgets": {}}, "cells": [{**cell, "outputs": saved}]}
    assert "a widget is saved" in notebooks.problems(notebook)
    notebooks.clean(notebook)
    assert "a widget is saved" not in notebooks.problems(notebook)
    (kept,) = notebook["cells"][0]["outputs"]
    assert set(kept["data"]) == {"text/html", "text/plain"}


def test_each_script_is_there_and_names_no_address():
    for name in ("common", *play.__all__):
        script = (widget._HERE / f"{name}.js").read_text("utf-8")
        assert "import(" not in script
        assert "//" not in script.replace("// ", "")


# --- the numbers -----------------------------------------------------------------------------


def test_a_window_knows_the_size_for_every_setting(data):
    play.window(IMAGE, KERNEL, (0, 1))
    assert data["sizes"]["1 0 1"] == (3, 3)
    assert data["sizes"]["2 1 1"] == (3, 3)
    assert data["sizes"]["1 0 2"] == (1, 1)
    assert "1 0 3" not in data["sizes"]  # seven pixels in a row of five
    assert (data["image"], data["at"]) == (IMAGE.tolist(), (0, 1))


def test_a_kernel_comes_with_its_photograph(data):
    image = np.linspace(0, 1, 30).reshape(5, 6)
    kernels = {"cross": KERNEL}
    play.kernel(image, kernels, {"cross": correlate2d(image, KERNEL, "valid")}, title="One")
    assert np.frombuffer(data["pixels"], np.float32) == pytest.approx(image.ravel())
    assert (data["kernels"], data["height"], data["width"]) == ({"cross": KERNEL.tolist()}, 5, 6)
    assert data["alt"].startswith("One: cross (sum 5)")


def test_a_cone_has_every_network_of_the_zoo(data):
    vgg = zoo.vgg16()
    play.cone(np.zeros((224, 224, 3), np.uint8), vgg, ["block2_conv2"])
    assert {"VGG-16", "LeNet-5 (1998)", "ResNet-152", "GoogLeNet"} <= set(data["networks"])
    for network in (vgg, zoo.resnet50(), zoo.googlenet()):
        for layer in data["networks"][network.name]["layers"]:
            row = network.row(layer["name"])
            assert row.field is not None
            for axis, known in zip(layer["axes"], (row.field.rows, row.field.columns), strict=True):
                moved = 3 * axis["advance"]
                assert (axis["low"] + moved, axis["high"] + moved) == known.sees(3)


def test_costs_are_those_of_the_calculator(data):

    def build(size, batch, width):
        layers = [Conv2D(int(8 * width), 3, padding="same")]
        return Network("small", (size, size, 3), layers, batch_size=batch)

    play.costs(build, (8, 16), (1, 4), (0.5, 1), start=(8, 1, 1), title="Doubled")
    network = build(16, 4, 0.5)
    memory = network.memory("momentum").training
    assert data["costs"]["16 4 0.5"] == [memory, 4 * 28, 4 * 16 * 16 * 27 * 4]
    assert len(data["costs"]) == 8
    assert "width 2" in data["alt"]


# --- what the kernel answers -----------------------------------------------------------------


def replied(answer, asked, *buffers):
    """Return what a widget sends when it is asked."""
    front = Mock()
    widget._reply(answer, front, asked, list(buffers))
    (call,) = front.send.call_args_list
    return call.args


def mean_and_rest(image):
    return [float(image.mean() / 255), float(1 - image.mean() / 255)]


def test_a_covered_photograph_is_asked_about(data):
    white = np.full((8, 8, 3), 255.0)
    play.cover(white, mean_and_rest, ["light", "dark"], size=4, title="Covered")
    assert data["whole"] == [1.0, 0.0]
    titled = f"light, 100%{4 * ', light, 87%'}"
    assert data["alt"] == f"Covered: 5 images of 8 x 8 pixels, titled {titled}."
    content, buffers = replied(data["answer"], {"at": [2, 2]})
    assert content["scores"] == pytest.approx([0.8745098, 0.1254902], 1e-5)
    assert (content["at"], buffers) == ([2, 2], [])


def test_a_drawing_comes_back_as_maps_and_shares(data):
    seen = []

    def answer(image):
        seen.append(image)
        return np.concatenate([image, 255.0 - image], axis=-1), mean_and_rest(image)

    play.pad(np.zeros((2, 3, 1), np.uint8), answer, ["light", "dark"], title="Two maps")
    content, (planes,) = replied(data["answer"], {}, memoryview(bytes([0, 255, 0, 0, 0, 51])))
    assert seen[-1][..., 0].tolist() == [[0, 255, 0], [0, 0, 51]]
    assert content["scores"] == pytest.approx([0.2, 0.8])
    assert list(planes) == [0, 255, 0, 0, 0, 51, 255, 0, 255, 255, 255, 204]


def test_an_error_of_the_readers_function_is_said_in_the_widget():
    def answer(asked, buffers):
        raise ValueError("no such layer")

    assert replied(answer, {}) == ({"error": "ValueError: no such layer"},)
