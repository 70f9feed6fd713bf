"""How sure a mean over seeds is, and a difference of two."""

import math
import statistics
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

import numpy as np


class _Interval(NamedTuple):
    """A mean and the interval that holds the true one, 95 times in 100; printed as percentages."""

    mean: float
    low: float
    high: float

    @property
    def is_decided(self) -> bool:
        """Whether the interval leaves out zero: of a difference, whether its sign is known."""
        return self.low > 0 or self.high < 0

    def __str__(self) -> str:
        return f"{100 * self.mean:.1f} ({100 * self.low:.1f} to {100 * self.high:.1f})"


def interval(values: Sequence[float]) -> _Interval:
    """Return the mean over seeds with its interval, by Student's t.

    It says how the training varies with its seed; the images on which it was scored are the same,
    so that it says nothing of other images.

    >>> print(interval([0.80, 0.82, 0.84]))
    82.0 (77.0 to 87.0)
    """
    from scipy.stats import t

    values = _numbers(values)
    mean = statistics.mean(values)
    half = t.ppf(0.975, len(values) - 1) * statistics.stdev(values) / math.sqrt(len(values))
    return _Interval(mean, mean - half, mean + half)


def paired(after: Sequence[float], before: Sequence[float]) -> _Interval:
    """Return the mean difference of two settings with its interval, seed by seed.

    What a seed does to both, such as the images it holds out, is in neither difference.

    >>> difference = paired([0.82, 0.85, 0.87], [0.80, 0.82, 0.84])
    >>> print(difference, difference.is_decided)
    2.7 (1.2 to 4.1) True
    """
    if len(after) != len(before):
        raise ValueError(f"{len(after)} values and {len(before)} are no pairs: one for each seed")
    return interval(np.subtract(_numbers(after), _numbers(before)).tolist())


def _numbers(values: Sequence[float]) -> list[float]:
    """Return what an interval can be taken of; statistics does not know NumPy's integers."""
    with suppress(TypeError, ValueError):
        array = np.asarray(values, float)
        if array.ndim == 1 and len(array) > 1 and np.isfinite(array).all():
            return list(map(float, array))
    raise ValueError(f"an interval needs a list of two finite values or more, not {values!r}")
