"""What the calculator prints, against the files in ``golden``.

Write them anew with ``python -m tests.costs.test_golden``, and read the difference.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from course_utils.costs import Network, zoo
from tests.costs.networks import NETWORKS, every_kind

GOLDEN = Path(__file__).parent / "golden"
BUILDERS = {**NETWORKS, "every_kind": every_kind}
NAMES = sorted(path.stem for path in GOLDEN.glob("*.txt"))


def printed(network: Network) -> str:
    """Return all that a network prints: the table, the arithmetic, the totals, the memory."""
    lines = [str(network), "", "name: shape | weights | multiply-adds | flops | steps, overhang"]
    lines += [
        f"{row.name}: {row.shape_formula} | {row.formula} | {row.macs_formula} | {row.flops} | "
        f"{row.effective_stride}, {row.effective_padding}"
        for row in network.rows
    ]
    return "\n".join([*lines, "", str(network.totals), "", str(network.memory("momentum")), ""])


@pytest.mark.parametrize("name", NAMES)
def test_text(name: str) -> None:
    assert printed(BUILDERS[name]()) == (GOLDEN / f"{name}.txt").read_text("utf-8")


def test_html() -> None:
    assert zoo.lenet5()._repr_html_() + "\n" == (GOLDEN / "lenet5.html").read_text("utf-8")


def test_seventeen_networks_are_compared() -> None:
    assert len(NAMES) == 17


if __name__ == "__main__":
    for name in NAMES:
        (GOLDEN / f"{name}.txt").write_text(printed(BUILDERS[name]()), "utf-8")
    (GOLDEN / "lenet5.html").write_text(zoo.lenet5()._repr_html_() + "\n", "utf-8")
