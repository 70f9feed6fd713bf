"""A piece is a picture, a table of numbers that the script draws, and what the kernel answers."""

import json
import sys
from pathlib import Path
from unittest.mock import Mock

import numpy as np
from scipy.signal import correlate2d  # noqa: F401 - for pieces.txt

from course_utils import play
from course_utils.cli import notebooks
from course_utils.costs import Conv2D, Network, zoo
from course_utils.play import pieces, widget
from tests import golden

IMAGE = np.arange(25).reshape(5, 5) % 3
KERNEL = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]])
GRAY = np.linspace(0, 1, 30).reshape(5, 6)


def test_the_picture_comes_first_and_the_widget_behind_it_where_one_can_be(displayed, monkeypatch):
    play.window(IMAGE, KERNEL, padding=1)
    monkeypatch.setitem(sys.modules, "anywidget", None)
    play.window(IMAGE, KERNEL, padding=1)
    picture, live, alone = displayed
    assert picture == alone
    assert picture["text/plain"].startswith("One value of a convolution: on an input of 5 x 5")
    assert f'alt="{picture["text/plain"][:20]}' in picture["text/html"]
    assert 'class="course-picture"' in picture["text/html"]
    assert set(live) == {widget._VIEW} == {notebooks._WIDGET}  # which is not saved


def test_each_script_is_there_and_names_no_address():
    for name in ("common", *play.__all__):
        script = (widget._HERE / f"{name}.js").read_text("utf-8")
        assert "import(" not in script
        assert "//" not in script.replace("// ", "")


def replied(answer, asked, *buffers):
    """Return what a widget sends when it is asked."""
    front = Mock()
    widget._reply(answer, front, asked, list(buffers))
    (call,) = front.send.call_args_list
    return call.args


def handed_over(monkeypatch, make):
    """Return what a piece hands over, by name, with what it replies."""
    kept = {}
    asked = {"cover": ({"at": [2, 2]},), "pad": ({}, memoryview(bytes([0, 255, 0, 0, 0, 51])))}

    def keep(figure, piece, data, answer=None):
        kept.update(alt=figure.get_label(), piece=piece, **data)
        if answer:
            kept["reply"] = replied(answer, *asked[piece])

    monkeypatch.setattr(pieces, "_show_with", keep)
    make()
    return kept


def small(size, batch, width):
    layers = [Conv2D(int(8 * width), 3, padding="same")]
    return Network("small", (size, size, 3), layers, batch_size=batch)


def mean_and_rest(image):
    mean = round(float(image.mean() / 255), 6)
    return [mean, round(1 - mean, 6)]


def two_maps(image):
    return np.concatenate([image, 255.0 - image], axis=-1), mean_and_rest(image)


def test_what_pieces_hand_over(monkeypatch):
    names = globals() | {name: getattr(play, name) for name in play.__all__}

    def plain(value):
        return value.hex(" ") if isinstance(value, bytes) else value.tolist()

    def say(call):
        kept = handed_over(monkeypatch, lambda: eval(call, dict(names)))
        return json.dumps(kept, default=plain, ensure_ascii=False)

    golden.calls(Path(__file__).with_name("pieces.txt"), say)


def test_a_cone_has_every_network_of_the_zoo(monkeypatch):
    vgg = zoo.vgg16()
    photo = np.zeros((224, 224, 3), np.uint8)
    data = handed_over(monkeypatch, lambda: play.cone(photo, vgg, ["block2_conv2"]))
    assert {"VGG-16", "LeNet-5 (1998)", "ResNet-152", "GoogLeNet"} <= set(data["networks"])
    for network in (vgg, zoo.resnet50(), zoo.googlenet()):
        for layer in data["networks"][network.name]["layers"]:
            row = network.row(layer["name"])
            for axis, known in zip(layer["axes"], (row.field.rows, row.field.columns), strict=True):
                moved = 3 * axis["advance"]
                assert (axis["low"] + moved, axis["high"] + moved) == known.sees(3)


def test_an_error_of_the_readers_function_is_said_in_the_widget():
    def answer(asked, buffers):
        raise ValueError("no such layer")

    assert replied(answer, {}) == ({"error": "ValueError: no such layer"},)
