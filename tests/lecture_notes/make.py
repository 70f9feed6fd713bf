"""Judge every statement of the lecture notes: ``python3 tests/lecture_notes/make.py``.

A row of ``claims.csv`` is one statement:

``where``, ``notebook``, ``topic``, ``statement``, ``printed``
    Its place in the notes, the notebook that takes it up, what it is about, what it says.
``rule``
    One of those in :func:`judged`; or, where nothing is computed that could decide, the verdict.
``expression``
    What the calculator says, in Python over the names of this file.
``shown``, ``reason``
    Words for the reader. ``{...}`` holds a Python expression, which may use ``it``, the value of
    ``expression``, and the names that it binds with ``:=``.

The cells of the printed tables are judged one by one. What comes out is written to three
files: all of it to ``findings.csv``, what is wrong or needs a word to ``notebooks/errata.md`` and
to the table behind ``errata("07")``.
"""

import itertools
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from fractions import Fraction
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd
from scipy.signal import convolve2d, correlate2d  # noqa: F401 - in claims.csv

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))  # run as a script, it finds the package without being installed

# ruff: noqa: E402
from course_utils.costs import Conv2D, Dense, Network, Row, zoo  # noqa: F401
from course_utils.costs.published import _NAMES, _Finding, as_printed, compare, judging, reconcile
from course_utils.costs.published.compare import _finding, _memory, _per, _total_readings
from course_utils.costs.published.judging import Reading, _judge, _judge_text, _Judgement, _Number
from course_utils.costs.published.tables import _Published

# ------------------------------------------------------------------ what an expression may say

# The lecture's image and its filter.
IMAGE = ((1, 1, 1, 0, 0), (0, 1, 1, 1, 0), (0, 0, 1, 1, 1), (0, 0, 1, 1, 0), (0, 1, 1, 0, 0))
FILTER = ((1, 0, 1), (0, 1, 0), (1, 0, 1))
SAMPLES = [x / 4 for x in range(-20, 21)]
RESNETS = (18, 34, 50, 101, 152)

operations, window, arithmetic = compare._operations, compare._window, judging._arithmetic
slip = partial(Reading, slip=True)  # a value that a mistake with a name would give


@cache
def net(name: str, **settings: Any) -> Network:
    return getattr(zoo, name)(**settings)


def row(name: str, layer: str) -> Row:
    return net(name).row(layer)


def up_to(name: str, layer: str) -> Network:
    """Return a network cut off behind one of its layers."""
    network = net(name)
    count = [one.name for one in network.rows].index(layer) + 1
    return network.at(name=f"{network.name} up to {layer}", layers=network.layers[:count])


def rows(network: str | Network, kind: str = "", start: str = "") -> list[Row]:
    """Return the rows of one kind, or of those names."""
    found = net(network) if isinstance(network, str) else network
    return [r for r in found if kind in ("", r.kind) and r.name.startswith(start)]


def total(some: Iterable[Row], column: str) -> int:
    return sum(getattr(one, column) or 0 for one in some)


def values(some: Iterable[Row]) -> int:
    """Add up the values that come out."""
    return sum(math.prod(one.output_shape) for one in some)


def listed_values(name: str) -> int:
    """Add up what the deck's memory walk lists: the image, and all outputs but the flattened."""
    image = sum(map(math.prod, net(name).inputs.values()))
    return image + values(one for one in rows(name) if one.kind != "Flatten")


def depth(name: str, layer: str) -> int:
    """Count the layers with weights, one behind the other, on the longest way to a layer."""
    network = net(name)
    below = dict.fromkeys(network.inputs, 0)
    for one, sources in zip(network.rows, network.sources, strict=True):
        below[one.name] = max(below[source] for source in sources) + bool(one.params)
    return below[layer]


def alone(layer: Any, shape: tuple[int, ...]) -> Row:
    """Return what one layer costs by itself."""
    return Network("alone", shape, [layer]).rows[0]


def conv(filters: int, kernel: Any, shape: tuple[int, ...] = (32, 32, 3), **settings: Any) -> Row:
    """Return what a convolution costs, on an RGB image of 32 x 32 if no shape is given."""
    return alone(Conv2D(filters, kernel, **settings), shape)


def side(size: int, kernel: int, stride: int = 1, pad: int = 0) -> int:
    """Return the side of what a convolution gives."""
    return conv(1, kernel, (size, size, 1), strides=stride, padding=pad).output_shape[0]


def seen(*layers: tuple[int, int]) -> Any:
    """Return what stacked convolutions of (kernel, stride) see."""
    stack = [Conv2D(1, kernel, strides=stride, padding="same") for kernel, stride in layers]
    return Network("stack", (64, 64, 1), stack).rows[-1].receptive_field


def fractions(text: str) -> list[Fraction]:
    return list(map(Fraction, text.split()))


def error(outputs: Sequence[Fraction]) -> float:
    """Return the deck's total error: half the squared differences from the target."""
    return float(sum((y - t) ** 2 for y, t in zip(outputs, (0, 0, 1, 0), strict=True)) / 2)


def falls(name: str) -> dict[str, bool]:
    """Say where an SVM gets worse on a higher layer, and whether the spreads explain it."""
    lines = [line for line in as_printed("zeiler_fergus").rows if line["name"].startswith("SVM")]
    printed = [line[name.lower().replace("-", "_")] for line in lines]
    explained = {}
    for one, other in itertools.pairwise(printed):
        (low, spread), (high, its_spread) = (map(float, text.split(" ± ")) for text in (one, other))
        if high < low:
            explained[f"{name} {one} to {other}"] = low - high <= math.hypot(spread, its_spread)
    return explained


def by(*numbers: int) -> str:
    """Write a shape as ``28x28``."""
    return "x".join(map(str, numbers))


def maps_first(one: Row) -> str:
    """Write a shape in the deck's order: maps, height, width."""
    *sides, maps = one.output_shape
    return by(maps, *sides)


def in_out(one: Row) -> str:
    """Write the sides before and behind a layer."""
    return f"{one.input_shapes[0][0]} -> {one.output_shape[0]}"


def share(part: float, whole: float) -> str:
    """Write a part of a whole in per cent."""
    return f"{part:,.0f} of {whole:,.0f} = {100 * part / whole:.1f}%"


# ---------------------------------------------------------------------------------- the rules


def judged(claim: Mapping[str, str]) -> _Finding:
    """Let a claim's rule turn what is computed into a verdict."""
    names = dict(globals())
    try:
        it = names["it"] = eval(claim["expression"] or "None", names)
        shown, reason = (eval(f'f"""{claim[text]}"""', names) for text in ("shown", "reason"))
    except Exception as failure:
        failure.add_note(f"in claims.csv, at {claim['where']}: {claim['statement']}")
        raise
    rule, printed = claim["rule"], claim["printed"]
    if rule == "number":  # the first value is the proper one
        listed = it if isinstance(it, list) else [it]
        read = [one if isinstance(one, Reading) else Reading(one) for one in listed]
        judgement = _judge(printed, read)
    elif rule == "equation":
        judgement = equation(printed, it)
    elif rule == "text":
        judgement = _judge_text(printed, it)
    elif rule == "holds":
        judgement = _Judgement("true" if it else "wrong", shown, reason)
    elif rule == "cases":
        judgement = cases(it, shown)
    elif rule == "below":
        judgement = below(it, arithmetic(printed))
    elif rule == "differs":  # from what is printed in another place
        judgement = _Judgement("true" if it == printed else "contradiction", shown, reason)
    else:
        judgement = _Judgement(rule, shown, reason)
    place = claim["where"], claim["notebook"], claim["topic"]
    return _Finding(*place, claim["statement"], printed, *judgement)


def equation(text: str, proper: _Number) -> _Judgement:
    """Judge a printed equation: its arithmetic, its result, and what both should be."""
    left, right = map(arithmetic, text.split("="))
    verdict = "wrong" if right != proper else "exact" if left == proper else "typo"
    return _Judgement(verdict, f"{proper:,}", f"the left side is {left:,}" * (left != proper))


def cases(tried: Mapping[str, bool], shown: str = "") -> _Judgement:
    """Judge a general statement: all, some or none of the cases may bear it out."""
    for_it = ", ".join(case for case, true in tried.items() if true)
    against = ", ".join(case for case, true in tried.items() if not true)
    verdict = "wrong" if not for_it else "convention" if against else "true"
    reasons = ["so for " + for_it] * bool(for_it) + ["not for " + against] * bool(against)
    return _Judgement(verdict, shown, "; ".join(reasons))


def below(value: int, bound: _Number) -> _Judgement:
    """Judge "less than a layer of so many weights": loose if ten times less would do."""
    verdict = "wrong" if value >= bound else "loose" if 10 * value < bound else "true"
    return _Judgement(verdict, f"{value:,}", f"{bound / value:.1f} times less")


# ---------------------------------------------------------- the printed tables, cell by cell

PARTS = {  # what a table calls a part or another form of a network of the zoo
    "inception_module_naive": lambda: net("inception_module", naive=True),
    "googlenet_stem": lambda: up_to("googlenet", "pool2"),
    "vgg16_to_28": lambda: up_to("vgg16", "block3_pool"),
}
COMPARED = {  # totals of two networks, in each way that one might count them
    "memory (MB)": {
        "MB of 10^6 bytes, all rows": _per(10**6, _memory),
        "MiB, poolings and flatten left out": _per(2**20, _memory, "Conv2D", "Dense"),
        "MiB, all rows": _per(2**20, _memory),
        "MiB, convolutions only": _per(2**20, _memory, "Conv2D"),
    },
    "params": {"with the biases": compare._with_bias, "without the biases": compare._without_bias},
}
WORK = {"multiply-adds": compare._macs, "poolings counted": operations}
WORK["two per multiply-add"] = lambda one: 2 * compare._macs(one)
COMPARED["GFLOP"] = {how: _per(10**9, count) for how, count in WORK.items()}
first = {"poolings counted": operations}  # as the stem's own table does
COMPARED["MFLOP"] = {how: _per(10**6, count) for how, count in (first | WORK).items()}


def in_table(name: str) -> list[_Finding]:
    """Judge each cell of a printed table against the networks that it is about."""
    printed = as_printed(name)
    networks = [PARTS[one]() if one in PARTS else net(one) for one in printed.networks]
    if name == "resnet":
        return list(resnets(networks, printed))
    if len(networks) == 2:
        return list(compared(networks, printed))
    return list(reconcile(*networks, name) if networks else empirical(printed))


def compared(networks: Sequence[Network], printed: _Published) -> Iterator[_Finding]:
    """Judge one number of each of two networks, and their ratio, all counted in the same way.

    That way is the first one that gives the printed number of the first network.
    """
    names = [network.name.split(" (")[0] for network in networks]
    # Local normalisation works in place there.
    kept = [[r for r in some if r.kind != "LocalResponseNormalization"] for some in networks]
    for record in printed.rows:
        column, one, other = record["name"], record["first"], record["second"]
        ours, theirs = (_total_readings(some, COMPARED[column]) for some in kept)
        ways = [_judge(one, [reading]).verdict for reading in ours if not reading.slip]
        at = next((at for at, it in enumerate(ways) if it in ("exact", "rounded")), 0)
        same, beside = Fraction(ours[at].value), theirs.pop(at)
        quotient = judging._parse(other).value / judging._parse(one).value
        ratios = [Reading(beside.value / same, beside.how)]
        ratios += [slip(quotient, "dividing the two printed numbers")]
        for reading in theirs:
            if reading.slip and judging._rounding(judging._parse(other), reading.value):
                ratios.append(slip(reading.value / same, reading.how))
        for place, name, text, found in (
            ("line", names[0], one, ours),
            ("second_line", names[1], other, [beside, *theirs]),
            ("second_line", "ratio", record["ratio"], ratios),
        ):
            yield _finding(printed, record[place], name, column, text, _judge(text, found))


def resnets(networks: Sequence[Network], printed: _Published) -> Iterator[_Finding]:
    """Judge a table that has a row per network: blocks and layers of each stage, and the cost."""
    for network, record in zip(networks, printed.rows, strict=True):
        build = getattr(zoo, network.name.lower().replace("-", ""))
        variants = {  # as the paper's network makes them, and as others of its name do
            "": network,
            "with shortcuts that have no weights (option A)": build(shortcut="padding"),
            "with the stride in the 3x3 (v1.5)": build("v1.5"),
        }
        gflop = [Reading(Fraction(one.totals.macs, 10**9), how) for how, one in variants.items()]
        block = "Bottle" if rows(network, start="conv2_block1_3_conv") else "Basic"
        found = {
            "block": _judge_text(record["block"], block),
            "GFLOP": _judge(record["GFLOP"], gflop),
            "top-5 error": _Judgement("external", "", "measured on ImageNet"),
        }
        counts = {"stem": rows(network, "Conv2D", "conv1"), "fc": rows(network, "Dense")}
        for stage in range(1, 5):  # the paper counts the stem as conv1
            inside = rows(network, start=f"conv{stage + 1}_")
            counts[f"stage{stage}_blocks"] = [one for one in inside if one.name.endswith("_out")]
            own = [one for one in inside if one.kind == "Conv2D" and "_0_" not in one.name]
            counts[f"stage{stage}_layers"] = own
        found |= {at: _judge(record[at], [Reading(len(some))]) for at, some in counts.items()}
        for column, text in list(record.items())[2:]:
            yield _finding(printed, record["line"], record["name"], column, text, found[column])


def empirical(printed: _Published) -> Iterator[_Finding]:
    """List what somebody measured; there is nothing to compute."""
    for record in printed.rows:
        judgement = _Judgement("external", "", "measured by its authors")
        for column, text in list(record.items())[2:]:
            yield _finding(printed, record["line"], record["name"], column, text, judgement)


# ------------------------------------------------------------------------- all that was found


def read(name: str) -> list[dict[str, Any]]:
    """Read the rows of a file beside this one, all of it as text."""
    return pd.read_csv(HERE / name, dtype=str, keep_default_na=False).to_dict("records")


@cache
def findings() -> list[_Finding]:
    """Judge all statements, those in tables cell by cell, in the order of the notes."""
    found = [item for name in _NAMES for item in in_table(name)]
    found += map(judged, read("claims.csv"))
    return sorted(found, key=lambda item: tuple(map(int, item.reference.split(":"))))


# ---------------------------------------------------------------------------- the three files

WRONG = ("wrong", "typo")
CAVEATS = ("contradiction", "loose", "dubious", "convention")
SOURCES = {
    "000": "Notes 000: slides on LeNet-5 and transfer learning",
    "001": "Notes 001: the lecture deck",
    "002": "Notes 002: written notes",
    "003": "Notes 003: the lab sheet",
    "004": "Notes 004: slides on transfer learning",
}


def made() -> dict[Path, str]:
    """Return what the files must hold."""
    found = findings()
    wrong = [item for item in found if item.verdict in WRONG]
    caveats = [item for item in found if item.verdict in CAVEATS]
    page = (HERE / "errata_page.md").read_text("utf-8").rstrip("\n")
    page = page.format(
        all=len(found),
        computed=sum(bool(item.computed) for item in found),
        places=len({item.reference for item in wrong}),
        wrong=len(wrong),
        errata="".join(sections(wrong, verdicts=False)),
        caveats="".join(sections(caveats, verdicts=True)),
    )
    shipped = ROOT / "course_utils" / "costs" / "published" / "lecture_notes.csv"
    return {
        ROOT / "notebooks" / "errata.md": page,
        shipped: as_csv(item for item in found if item.verdict in WRONG + CAVEATS),
        HERE / "findings.csv": as_csv(found),
    }


def as_csv(found: Iterable[_Finding]) -> str:
    """Write findings as rows."""
    return pd.DataFrame(map(asdict, found)).to_csv(index=False, lineterminator="\n")


def sections(found: Sequence[_Finding], verdicts: bool) -> Iterator[str]:
    """Write one table in Markdown for each set of notes."""
    headings = ["Line", "Notebook", "About", "Stated", "Printed", "Computed", "Why"]
    headings[3:3] = ["Verdict"] * verdicts
    for number, source in SOURCES.items():
        if items := [item for item in found if item.reference.startswith(number)]:
            yield f"\n### {source}\n\n{line(headings)}{line(['---'] * len(headings))}"
            for item in items:
                cells = [item.reference.split(":")[1], item.notebook, item.topic]
                cells += [item.verdict] * verdicts
                yield line([*cells, item.statement, item.printed, item.computed, item.reason])


def line(cells: Iterable[str]) -> str:
    """Write one line of a table in Markdown."""
    plain = (cell.replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;") for cell in cells)
    return f"| {' | '.join(plain)} |\n"


if __name__ == "__main__":
    for path, text in made().items():
        path.write_text(text, encoding="utf-8", newline="\n")
