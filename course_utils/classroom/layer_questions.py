"""Questions about one layer of a network: its output shape, its weights, its multiply-adds.

What is asked, and how one goes wrong, stands in ``layer_questions.toml``; here is what it counts
with. A question is about a row of a network (``zoo.lenet5().row("conv2")``); it has a label for it
("C3, the second convolution"), and mistakes that only this question knows.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from math import prod  # noqa: F401
from pathlib import Path
from typing import Any

from course_utils.classroom import expressions
from course_utils.classroom.value import Value, _Answer
from course_utils.costs import Conv2D, Dense, Layer, Row
from course_utils.costs.layer import Shape

_FILE = Path(__file__).with_suffix(".toml")


def _ask(
    what: str, key: str, row: Row, label: str, mistakes: Sequence[tuple[_Answer, str]] = ()
) -> Value:
    """Return a question of ``layer_questions.toml``, such as ``"weights"``, about one layer.

    The mistakes there do not add to those of this one question.
    """
    asked = expressions._file(_FILE)[what]
    names = globals() | {"row": row, "layer": row.layer, "shape": row.input_shapes[0]}
    names |= {"label": label, "__name__": f"{_FILE.name}, {what}"}
    names["right"] = expressions._value(asked["answer"], names)
    next_step, general = asked["next_step"], []
    for group in asked["groups"]:
        if expressions._value(group["where"], names):
            known = expressions._named(group.get("names", {}), names)
            general += expressions._mistakes(group.get("mistakes", {}), known)
            next_step = group.get("next_step", next_step)
    own = {value for value, _ in mistakes}
    return Value(
        key,
        question=expressions._text(asked["question"], names),
        answer=names["right"],
        why=expressions._text(asked["why"], names),
        next_step=expressions._text(next_step, names),
        mistakes=[*mistakes, *(mistake for mistake in general if mistake[0] not in own)],
    )


# --- how the question names a layer ----------------------------------------------------------


def size(sides: Shape) -> str:
    """``14 x 14 x 6``."""
    return f"{sides[0]:,} inputs" if len(sides) == 1 else " x ".join(map(str, sides))


def side(layer: Any) -> int:
    """Return the first side of a window."""
    return int(layer.window[0][0])


def described(layer: Any) -> str:
    """``16 filters of 5 x 5, stride 1, no padding``."""
    if isinstance(layer, Dense):
        return f"{layer.units:,} units" + ("" if layer.use_bias else " without bias")
    if not hasattr(layer, "window"):
        return str(layer.kind)
    window, strides, _ = layer.window
    text = f"of {size(window)}, stride {strides if len({*strides}) > 1 else strides[0]}"
    if hasattr(layer, "pool_size"):
        return f"windows {text}"
    text = f"{layer.filters} filters {text}" if hasattr(layer, "filters") else f"filters {text}"
    if isinstance(layer.padding, str):
        text += ", no padding" if layer.padding == "valid" else f", padding {layer.padding!r}"
    else:
        sides = {side for pair in layer.pads() for side in pair}
        text += f", padding {sides.pop() if len(sides) == 1 else layer.pads()}"
    return text + ("" if layer.use_bias else ", without bias")


# --- wrong ways to count ---------------------------------------------------------------------


def changed(layer: Any, shape: Shape, **settings: Any) -> Shape | None:
    """Return the output shape with other settings; None if that cannot be."""
    with contextlib.suppress(TypeError, ValueError):
        return replace(layer, **settings).output_shape(shape)
    return None


def rounded_up(layer: Any, shape: Shape) -> Shape | None:
    """Return the output shape if a partial last window counted."""
    if layer.padding == "same":
        return None
    grown = (side + step - 1 for side, step in zip(shape, layer.window[1], strict=False))
    return layer.output_shape((*grown, shape[2]))  # type: ignore[no-any-return]


def without_bias(layer: Any, shape: Shape) -> int:
    """Return the weights of a layer but its biases."""
    return sum(replace(layer, use_bias=False).weights(shape))


def all_channels(layer: Conv2D, **settings: Any) -> Layer:
    """Return a convolution each filter of which reads all channels, with other settings."""
    return replace(layer, connections=None, groups=1, **settings)


def full(layer: Conv2D, shape: Shape, depth: int = 0, **settings: Any) -> int:
    """Return the weights of such a convolution, on a volume of another depth if that is given."""
    depth = (depth or shape[-1]) // layer.groups or 1
    return sum(all_channels(layer, **settings).weights((*shape[:2], depth)))
