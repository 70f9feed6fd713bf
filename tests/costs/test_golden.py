"""What the calculator prints, against the files in ``golden``."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from course_utils.costs import Network, Row, zoo
from tests import golden
from tests.costs.networks import GOLDEN as NETWORKS
from tests.costs.networks import ZOO

FOLDER = Path(__file__).parent / "golden"


def overhang(row: Row) -> int | tuple[int, int] | None:
    """Return by how many pixels the first value looks over the edge: one number, or two."""
    if row.field is None:
        return None
    rows, columns = -row.field.rows.low, -row.field.columns.low
    return rows if rows == columns else (rows, columns)


def printed(network: Network) -> str:
    """Return all that a network prints: the table, the arithmetic, the memory."""
    lines = [str(network), "", "name: shape | weights | multiply-adds | flops | steps, overhang"]
    lines += [
        f"{row.name}: {row.shape_formula} | {row.formula} | {row.macs_formula} | {row.flops} | "
        f"{row.effective_stride}, {overhang(row)}"
        for row in network.rows
    ]
    return "\n".join([*lines, "", str(network.memory("momentum")), ""])


def longest_path(network: Network) -> int:
    """Count the layers with kernels along the longest path; normalisation has none."""
    depth = dict.fromkeys(network.inputs, 0)
    for row, sources in zip(network.rows, network.sources, strict=True):
        depth[row.name] = max(depth[source] for source in sources) + bool(row.macs)
    return depth[network.rows[-1].name]


def totals() -> str:
    """Return what the networks cost, with the deepest forms, which papers and torchvision print."""
    more: dict[str, Callable[[], Network]] = {
        f"{build.args[0]} layers, {version}": partial(build, version)
        for build in (zoo.resnet18, zoo.resnet34, zoo.resnet50, zoo.resnet101, zoo.resnet152)
        for version in ("v1", "v1.5")
    }
    more |= {f"residual {depth}": partial(zoo.residual, depth) for depth in (8, 56, 110)}
    more |= {f"plain {depth}": partial(zoo.plain, depth) for depth in (8, 56, 110)}
    lines = ["name: weights, trainable, multiply-adds, layers with kernels on the longest path\n"]
    for name, build in (ZOO | more).items():
        network, cost = build(), build().totals
        numbers = f"{cost.params:,}, {cost.trainable_params:,}, {cost.macs:,}"
        lines.append(f"{name}: {numbers}, {longest_path(network)}\n")
    return "".join(lines)


FILES: dict[str, Callable[[], str]] = {
    **{f"{name}.txt": lambda build=build: printed(build()) for name, build in NETWORKS.items()},
    "lenet5.html": lambda: f"{zoo.lenet5()._repr_html_()}\n",
    "totals.txt": totals,
}


@pytest.mark.parametrize("name", sorted({*FILES, *(path.name for path in FOLDER.iterdir())}))
def test_text(name):
    golden.same(FOLDER / name, FILES[name]())
