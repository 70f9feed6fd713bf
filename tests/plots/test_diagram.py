"""Network diagrams: everything is drawn, nothing is drawn over anything else."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.transforms import Bbox

from course_utils import costs as c
from course_utils.costs import Network, zoo
from course_utils.plots import freeze_diagram, network_diagram


def conv(name, *inputs):
    return c.Conv2D(8, 3, padding="same", name=name, inputs=inputs)


SHORTCUTS_AROUND_SHORTCUTS = [
    conv("down"),
    c.MaxPooling2D(name="pool"),
    conv("bottom"),
    c.Add(name="add", inputs=("pool", "bottom")),
    c.Opaque("Conv2DTranspose", (32, 32, 8), name="up"),
    c.Concatenate(name="join", inputs=("down", "up")),
]
# A gate inside a residual block, and a layer that is read twice by one and the same.
GATED = [
    conv("conv"),
    c.GlobalAveragePooling2D(keepdims=True, name="squeeze"),
    c.Conv2D(2, 1, activation="relu", name="reduce"),
    c.Conv2D(8, 1, activation="sigmoid", name="expand"),
    c.Multiply(name="excite", inputs=("conv", "expand")),
    c.Add(name="add", inputs=("input", "excite")),
    c.Multiply(name="square", inputs=("add", "add")),
]
# Branches that begin and end with branches, and two inputs.
NESTED = [
    c.Add(name="both", inputs=("left", "right")),
    c.BatchNormalization(name="bn"),
    conv("a", "bn"),
    conv("b", "bn"),
    c.Add(name="a_b", inputs=("a", "b")),
    conv("c", "bn"),
    c.Activation("relu", name="c_relu"),
    c.Concatenate(name="end", inputs=("a_b", "c_relu", "bn")),
]
# The branches feed one another, as in a NASNet cell.
TANGLED = [
    conv("a", "input"),
    conv("b", "input"),
    c.Add(name="a_b", inputs=("a", "b")),
    c.Add(name="b_too", inputs=("b", "input")),
    c.Concatenate(name="cell_out", inputs=("a_b", "b_too")),
    conv("end"),
]
TANGLE = Network("Tangle", (8, 8, 8), TANGLED)

WHOLE = {
    **{name: getattr(zoo, name)() for name in ("lenet5", "lenet5_1998", "alexnet", "vgg19")},
    "lab_cnn with batch norm": zoo.lab_cnn(batch_norm=True),
    "inception_module": zoo.inception_module(),
    "naive inception_module": zoo.inception_module(naive=True),
    "residual": zoo.residual(8),
    "U-Net": Network("U-Net", (32, 32, 3), SHORTCUTS_AROUND_SHORTCUTS),
    "squeeze and excitation": Network("Gated", (16, 16, 8), GATED),
    "nested": Network("Nested", {"left": (8, 8, 8), "right": (8, 8, 8)}, NESTED),
}
FOLDED = {
    **{name: getattr(zoo, name)() for name in ("googlenet", "resnet34", "resnet50")},
    **{name: getattr(zoo, name)() for name in ("mobilenet_v2", "vgg16", "lenet5")},
    "plain": zoo.plain(20),
}
PARTS = {
    "padded block": (zoo.resnet18(shortcut="padding"), "conv2_block2_out", "conv3_block1_out"),
    "stage of GoogLeNet": (zoo.googlenet(), "pool2", "pool3"),
    "auxiliary head": (zoo.googlenet(True), "inception_4a_output", "aux_4a_predictions"),
    "MobileNetV2's block": (zoo.mobilenet_v2(), "block_1_project_BN", "block_2_add"),
}


def drawn(fig):
    """Return boxes and arrows by what they are called."""
    patches = [patch for patch in fig.axes[0].patches if patch.get_gid()]
    boxes = [patch for patch in patches if isinstance(patch, FancyBboxPatch)]
    arrows = [patch for patch in patches if isinstance(patch, FancyArrowPatch)]
    return {b.get_gid(): b for b in boxes}, {a.get_gid(): a for a in arrows}


def frames(boxes):
    """Return where boxes lie, by their names."""
    edges = {n: (b.get_x(), b.get_y(), b.get_width(), b.get_height()) for n, b in boxes.items()}
    return {name: Bbox.from_bounds(*four) for name, four in edges.items()}


def polyline(arrow):
    (points,) = arrow._path_original.to_polygons(closed_only=False)
    return points


def check_complete(fig, network, first=None, last=None):
    """Each layer, at least the first and the last, is drawn once, with all arrows to it."""
    boxes, arrows = drawn(fig)
    layers = [layer for gid in boxes for layer in gid.split(" ")]
    home = {layer: gid for gid in boxes for layer in gid.split(" ")}
    names = [first, last] if first else [*network.inputs, *(row.name for row in network.rows)]
    assert set(names) <= set(layers)
    assert len(layers) == len(home) >= len(names)
    rows = zip(network.rows, network.sources, strict=True)
    edges = {(a, row.name) for row, sources in rows for a in sources if row.name in home}
    edges = {(home[a], home[b]) for a, b in edges if b != first}  # from outside only to the first
    assert set(arrows) == {f"{a} -> {b}" for a, b in edges if a != b}


def inside(outer, inner):
    return (Bbox.union([outer, inner]).extents == outer.extents).all()


def check_geometry(fig):
    """Nothing lies on anything else, or off the page."""
    fig.canvas.draw()
    ax = fig.axes[0]
    boxes, arrows = drawn(fig)
    boxes, lines = frames(boxes), {name: polyline(arrow) for name, arrow in arrows.items()}
    width, height = fig.bbox.size
    room = Bbox.from_extents(10, 10, width - 10, height - 90)
    assert all(inside(room, box) for box in boxes.values())
    assert not [pair for pair in combinations(boxes, 2) if boxes[pair[0]].overlaps(boxes[pair[1]])]
    for text in ax.texts[1:]:  # the first one is the title
        extent = text.get_window_extent()
        assert any(inside(box, extent) for box in boxes.values()), text.get_text()
        assert text.get_fontsize() >= 8
    for name, line in lines.items():
        points = np.concatenate([np.linspace(a, b, 50) for a, b in pairwise(line)])
        assert (points >= 0).all()
        assert (points <= (width, height - 60)).all()
        for box, frame in boxes.items():
            within = (frame.min + 1 < points) & (points < frame.max - 1)
            assert not within.all(axis=1).any(), f"{name} runs through {box}"
    assert not [pair for pair in combinations(lines, 2) if cross(lines[pair[0]], lines[pair[1]])]
    legend = ax.get_legend().get_window_extent()
    assert legend.x1 <= width
    assert legend.y0 >= max(box.y1 for box in boxes.values())


def cross(one, other):
    """Say whether two lines go through each other; running together for a while is allowed."""
    p, q = one[:-1, None], one[1:, None]
    r, s = other[None, :-1], other[None, 1:]

    def turn(a, b, c):
        (ux, uy), (vx, vy) = np.moveaxis(b - a, -1, 0), np.moveaxis(c - a, -1, 0)
        return ux * vy - uy * vx

    far = 1.0  # square pixels: not the noise where two lines begin together
    apart = (turn(p, q, r) * turn(p, q, s) < -far) & (turn(r, s, p) * turn(r, s, q) < -far)
    return bool(apart.any())


@pytest.mark.parametrize("label", [*WHOLE, *(f"{name}, folded" for name in FOLDED)])
def test_whole_networks(label):
    name, _, fold = label.partition(", ")
    network = FOLDED[name] if fold else WHOLE[name]
    quantity = "params" if fold else "macs"
    fig = network_diagram(network, fold=bool(fold), quantity=quantity)
    check_complete(fig, network)
    check_geometry(fig)


@pytest.mark.parametrize("label", PARTS)
def test_parts(label):
    network, first, last = PARTS[label]
    fig = network_diagram(network, first=first, last=last)
    check_complete(fig, network, first, last)
    check_geometry(fig)


def texts(fig):
    return [text.get_text() for text in fig.axes[0].texts]


def test_freeze_diagram_names_each_layer_and_its_state():
    networks = {
        "h_S": {"conv1": "learns", "head": "learns"},
        "h_T": {"conv1": "copied", "head": "new"},
    }
    fig = freeze_diagram(networks, title="Copied", images={"h_S": np.zeros((28, 28))}, copied=True)
    assert list(filter(None, texts(fig)))[-5:] == ["h_T", "conv1", "copied", "head", "new"]
    down = [a for a in fig.axes[0].texts if not a.get_text() and a.xy[0] == a.xyann[0]]
    assert len(down) == 1  # to conv1, and none to the new head
    (box, *_, head) = fig.axes[0].patches[:4]
    assert box.get_facecolor() != head.get_facecolor()
