"""Training, regularisation and transfer learning, where there is something to compute."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from course_utils.costs.published.claims.record import cases, holds, number, remark
from course_utils.costs.published.findings import Finding
from course_utils.costs.published.tables import table

TARGET = (0, 0, 1, 0)
AT_FIRST = ("0.2", "0.4", "0.1", "0.3")
LATER = ("0.1", "0.1", "0.7", "0.1")


def error(outputs: Sequence[str]) -> Fraction:
    """Return the deck's total error: half the squared differences from the target."""
    pairs = zip(outputs, TARGET, strict=True)
    return sum(((Fraction(y) - t) ** 2 for y, t in pairs), Fraction(0)) / 2


def claims() -> Iterator[Finding]:
    """Yield the statements about training that can be computed, and the wrong ones."""
    topic = "training"
    for where, outputs in (("001:706", AT_FIRST), ("001:712", LATER)):
        total = sum(map(Fraction, outputs))
        yield holds(
            where,
            topic,
            f"[{', '.join(outputs)}] are probabilities",
            total == 1,
            f"sum {total}, total error {float(error(outputs)):g}",
        )
    yield holds(
        "001:712",
        topic,
        "the second output is nearer to the target",
        error(LATER) < error(AT_FIRST),
        f"{float(error(AT_FIRST)):g} -> {float(error(LATER)):g}",
    )
    keep = Fraction(4, 5)
    mean = keep * 1 + (1 - keep) * 0  # of a unit that is there with probability keep
    yield cases(
        "002:213",
        "dropout",
        "at test time the weights are scaled by p",
        {
            "p the share that is kept": mean == keep,
            "Keras's rate, the share dropped": mean == 1 - keep,
        },
        f"kept {float(keep):g}, dropped {float(1 - keep):g}: "
        f"on average a unit is worth {float(mean):g}",
    )
    topic = "transfer learning"
    yield number(
        "004:101", topic, "a tenth of a learning rate of 0.01", "0.001", Fraction("0.01") / 10
    )
    yield remark(
        "004:85",
        topic,
        "the upper convolutions capture more generic information",
        "loose",
        "more generic than the dense layers above them, and less than the convolutions below",
    )
    rows = [row for row in table("zeiler_fergus").rows if row["name"].startswith("SVM")]
    falls = {}
    for name, column in (("Caltech-101", "caltech_101"), ("Caltech-256", "caltech_256")):
        scores = [[float(part) for part in row[column].split(" ± ")] for row in rows]
        for (lower, lower_spread), (upper, upper_spread) in pairwise(scores):
            if upper < lower:  # is it more than the two spreads explain?
                step = f"{name} {lower:g} ± {lower_spread:g} to {upper:g} ± {upper_spread:g}"
                falls[step] = lower - upper > math.hypot(lower_spread, upper_spread)
    yield holds(
        "004:127",
        topic,
        "features of higher layers tell classes apart better",
        not any(falls.values()),
        f"it falls at {len(falls)} step: {', '.join(falls)}",
        "generally; that fall is within the spreads of its two numbers",
    )
