"""``reconcile``: a printed table against networks, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import prod

from course_utils.costs import zoo
from course_utils.costs.layer import CostError, Layer
from course_utils.costs.network import BYTES, Network, Row
from course_utils.costs.published import counting, judging
from course_utils.costs.published.findings import Finding, Findings
from course_utils.costs.published.judging import Judgement, Reading, judge, judge_text
from course_utils.costs.published.tables import Published, table
from course_utils.costs.table import shape_text

_LABELS = {
    "input_c": "input C",
    "input_hw": "input H/W",
    "output_c": "output C",
    "output_hw": "output H/W",
    "memory_kb": "memory (KB)",
    "params_k": "params (K)",
    "flop_m": "flop (M)",
    "memory_mb": "memory (MB)",
    "gflop": "GFLOP",
    "mflop": "MFLOP",
    "weights_with_bias": "weights",
    "top5_error": "top-5 error",
}


def reconcile(network: Network | Sequence[Network], published: Published | str) -> Findings:
    """Hold a printed table against a network, cell by cell.

    Parameters
    ----------
    network
        The network; several, in the table's order, if it compares some.
    published
        The table or its name.

    Returns
    -------
    Findings
        One per printed cell, with the computed value, a verdict and the reason for it. Nothing
        about them is stored: the conventions of :func:`table` decide.

    Examples
    --------
    >>> found = reconcile(zoo.alexnet(), "alexnet")
    >>> [(item.statement, item.printed, item.computed) for item in found.only("wrong")]
    [('conv4, flop (M)', '145', '149.52')]
    """
    printed = table(published) if isinstance(published, str) else published
    networks = (network,) if isinstance(network, Network) else tuple(network)
    if len(networks) != len(printed.networks):
        raise CostError(
            f"{printed.title!r} is about {len(printed.networks)} network(s), not {len(networks)}."
        )
    if printed.name in ("alexnet_vgg16", "stem_vgg16"):
        items = _compared(networks[0], networks[1], printed)
    elif printed.name == "resnet":
        items = _resnets(networks, printed)
    elif not networks:
        items = _empirical(printed)
    else:
        items = _layer_by_layer(networks[0], printed)
    notes = (f"Source: {printed.source}.", f"Conventions: {printed.conventions}.")
    return Findings(printed.title, tuple(items), notes)


def _finding(
    printed: Published, line: str, name: str, column: str, text: str, judgement: Judgement
) -> Finding:
    statement = f"{name}, {_LABELS.get(column, column.replace('_', ' '))}"
    where = f"{printed.notes}:{line}", printed.notebook, printed.title
    return Finding(*where, statement, text, *judgement)


# --------------------------------------------------------------------- tables of a row per layer


def _layer_by_layer(network: Network, printed: Published) -> Iterator[Finding]:
    names = dict.fromkeys(record["name"] for record in printed.rows)
    rows = {name: _row(network, name) for name in names if name != "total"}
    for record in printed.rows:
        name = record["name"]
        row = rows.get(name)
        for column, text in record.items():
            if column in ("line", "name") or not text:
                continue
            if row is None:
                judgement = judge(
                    text, counting.total_readings(list(rows.values()), counting.COLUMNS[column])
                )
            elif column == "output":
                judgement = judge_text(text, shape_text(row.output_shape))
            else:
                judgement = judge(text, counting.readings(row, counting.COLUMNS[column]))
            yield _finding(printed, record["line"], name, column, text, judgement)


def _row(network: Network, name: str) -> Row:
    """Return a row of the network, or one for its input."""
    if name != "input":
        return network.row(name)
    (shape,) = network.inputs.values()
    size = prod(shape) * BYTES[network.dtype]
    return Row("input", "Input", (shape,), shape, 0, 0, 0, 0, size, None, Layer())


# ------------------------------------------------------------------------- two networks compared


def _compared(first: Network, second: Network, printed: Published) -> Iterator[Finding]:
    """Judge one number of each of two networks, and their ratio, all counted in the same way.

    That way is the first one that gives the printed number of the first network.
    """
    for record in printed.rows:
        column, one, other = record["name"], record["first"], record["second"]
        ways = counting.COMPARED[column]
        ours, theirs = (
            counting.total_readings(counting.listed(network), ways) for network in (first, second)
        )
        fits = (judging.rounding(judging.parse(one), ours[at].value) for at in range(len(ways)))
        at = next((at for at, fit in enumerate(fits) if fit in ("exact", "rounded")), 0)
        same, beside = Fraction(ours[at].value), theirs[at]
        theirs = [beside, *theirs[:at], *theirs[at + 1 :]]
        ratios = [Reading(beside.value / same, beside.how)]
        quotient = judging.parse(other).value / judging.parse(one).value
        ratios.append(Reading(quotient, "dividing the two printed numbers", slip=True))
        ratios += [
            Reading(reading.value / same, reading.how, slip=True)
            for reading in theirs
            if reading.slip and judging.rounding(judging.parse(other), reading.value)
        ]
        names = [network.name.split(" (")[0] for network in (first, second)]
        for line, name, text, found in (
            (record["line"], names[0], one, ours),
            (record["second_line"], names[1], other, theirs),
            (record["second_line"], "ratio", record["ratio"], ratios),
        ):
            yield _finding(printed, line, name, column, text, judge(text, found))


# ----------------------------------------------------------------------------- the other tables


def _resnets(networks: Sequence[Network], printed: Published) -> Iterator[Finding]:
    """Judge a table that has a row per network: blocks and layers of each stage, and the cost."""
    for network, record in zip(networks, printed.rows, strict=True):
        for column, text in record.items():
            if column in ("line", "name"):
                continue
            if column == "block":
                bottleneck = any(row.name.endswith("_3_conv") for row in network.rows)
                judgement = judge_text(text, "Bottle" if bottleneck else "Basic")
            elif column == "top5_error":
                judgement = Judgement("external", "", "measured on ImageNet")
            elif column == "gflop":
                judgement = judge(text, _gflop_readings(network))
            else:
                judgement = judge(text, [Reading(_resnet_count(network, column))])
            yield _finding(printed, record["line"], record["name"], column, text, judgement)


def _resnet_count(network: Network, column: str) -> int:
    """Count the layers of the stem or the head, or the blocks or layers of a stage."""
    names = {row.name: row.kind for row in network.rows}
    if column == "stem":
        return sum(name.startswith("conv1") and kind == "Conv2D" for name, kind in names.items())
    if column == "fc":
        return sum(kind == "Dense" for kind in names.values())
    prefix = f"conv{int(column[5]) + 1}_"  # the paper counts the stem as conv1
    inside = [name for name in names if name.startswith(prefix)]
    if column.endswith("blocks"):
        return sum(name.endswith("_out") for name in inside)
    return sum(name.endswith("_conv") and "_0_" not in name for name in inside)


def _gflop_readings(network: Network) -> list[Reading]:
    """Return the multiply-adds as the paper's network makes them, and as its variants do."""
    variants = {"": network}
    if build := getattr(zoo, network.name.lower().replace("-", ""), None):
        variants["with shortcuts that have no weights (option A)"] = build(shortcut="padding")
        variants["with the stride in the 3x3 (v1.5)"] = build("v1.5")
    return [Reading(Fraction(net.totals.macs, 10**9), how) for how, net in variants.items()]


def _empirical(printed: Published) -> Iterator[Finding]:
    """List what somebody measured; there is nothing to compute."""
    for record in printed.rows:
        for column, text in record.items():
            if column not in ("line", "name"):
                judgement = Judgement("external", "", "measured by its authors")
                yield _finding(printed, record["line"], record["name"], column, text, judgement)
