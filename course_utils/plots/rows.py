"""How the rows of a network are coloured and written in all figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from course_utils.plots.style import COLOURS

TIMES = "\N{MULTIPLICATION SIGN}"

# The first word found in a row's kind decides its family: "DepthwiseConv2D" is a convolution.
FAMILIES = (
    ("conv", "convolution", COLOURS[0]),
    ("pool", "pooling", COLOURS[1]),
    ("subsampling", "pooling", COLOURS[1]),
    ("dense", "dense", COLOURS[2]),
    ("rbf", "dense", COLOURS[2]),
    ("norm", "normalisation", COLOURS[3]),
    ("activation", "activation", COLOURS[5]),
    ("relu", "activation", COLOURS[5]),
    ("softmax", "activation", COLOURS[5]),
    ("flatten", "reshape", COLOURS[4]),
    ("reshape", "reshape", COLOURS[4]),
)
INPUT = ("input", "#ffffff")
_OTHER = ("other", "#d0d0d0")

QUANTITIES = {
    "activation_bytes": "activations",
    "params": "weights",
    "trainable_params": "trainable weights",
    "macs": "multiply-adds",
    "flops": "floating point operations",
}


def family_of(kind: str) -> tuple[str, str]:
    """Return the family of a layer kind and its colour."""
    for word, family, colour in FAMILIES:
        if word in kind.lower():
            return family, colour
    return _OTHER


def size_text(shape: Sequence[int], times: str = f" {TIMES} ") -> str:
    """Return ``28 × 28 × 1,024``."""
    return times.join(f"{n:,}" for n in shape)


def unit_of(quantity: str, values: Mapping[str, Sequence[float | None]]) -> tuple[str, float]:
    """Return the unit as text and its size, so that the largest value is easy to read."""
    most = max((n for numbers in values.values() for n in numbers if n is not None), default=0)
    if quantity.endswith("bytes"):
        return (" [MiB]", 1024**2) if most >= 1024**2 else (" [KiB]", 1024)
    return (" [million]", 1e6) if most >= 1e6 else ("", 1)


def number_text(value: float) -> str:
    """Return ``48,120``, ``1.6`` or ``0.04``: only as many places as tell something."""
    if value == round(value) or value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2g}"
