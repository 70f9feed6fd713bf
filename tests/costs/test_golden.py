"""What the calculator prints, against the files in ``golden``.

Write them anew with ``python -m tests.costs.test_golden``, and read the difference.
"""

from pathlib import Path

import pytest

from course_utils.costs import zoo
from tests.costs.networks import GOLDEN as NETWORKS

GOLDEN = Path(__file__).parent / "golden"


def overhang(row):
    """Return by how many pixels the first value looks over the edge: one number, or two."""
    if row.field is None:
        return None
    rows, columns = (-(axis.sees(0) or (0, 0))[0] for axis in (row.field.rows, row.field.columns))
    return rows if rows == columns else (rows, columns)


def printed(network):
    """Return all that a network prints: the table, the arithmetic, the totals, the memory."""
    lines = [str(network), "", "name: shape | weights | multiply-adds | flops | steps, overhang"]
    lines += [
        f"{row.name}: {row.shape_formula} | {row.formula} | {row.macs_formula} | {row.flops} | "
        f"{row.effective_stride}, {overhang(row)}"
        for row in network.rows
    ]
    return "\n".join([*lines, "", str(network.totals), "", str(network.memory("momentum")), ""])


@pytest.mark.parametrize("name", NETWORKS)
def test_text(name):
    assert printed(NETWORKS[name]()) == (GOLDEN / f"{name}.txt").read_text("utf-8")


def test_html():
    assert zoo.lenet5()._repr_html_() + "\n" == (GOLDEN / "lenet5.html").read_text("utf-8")


def test_every_file_is_compared():
    assert {path.stem for path in GOLDEN.glob("*")} == set(NETWORKS)


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for name, build in NETWORKS.items():
        (GOLDEN / f"{name}.txt").write_text(printed(build()), "utf-8")
    (GOLDEN / "lenet5.html").write_text(zoo.lenet5()._repr_html_() + "\n", "utf-8")
