"""What the layers of several networks cost, network beside network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Patch

from course_utils.plots.figure import CourseFigure, new_figure
from course_utils.plots.rows import QUANTITIES, family_of, number_text, unit_of
from course_utils.plots.style import SLIDE, course_style

if TYPE_CHECKING:
    from course_utils.costs import Network


@course_style()
def cost_comparison(
    networks: Mapping[str, Network], quantity: str, title: str | None = None
) -> CourseFigure:
    """Draw what each layer costs: a panel of bars for each network, all on the same scale.

    For networks whose layers have nothing to do with each other; for those with layers in common
    there is :func:`~course_utils.plots.cost_bars`.

    Parameters
    ----------
    networks : mapping of str to Network
    quantity : str
        Name of a column of the rows: ``"activation_bytes"``, ``"params"``, ``"macs"``, ...
    title : str, optional
        Default: the quantity and the names of the networks.

    Returns
    -------
    CourseFigure
        Flatten gets no bar, as it costs nothing that the layer before it has not cost. The
        colours are those of :func:`~course_utils.plots.volume_diagram`; above each panel stands
        the total of its bars. Memory is in KiB or MiB.

    Raises
    ------
    ValueError
        If the quantity is not one of numbers that are known for every row.
    """
    rows = {
        label: [row for row in network.rows if row.kind != "Flatten"]
        for label, network in networks.items()
    }
    values: dict[str, list[Any]] = {
        label: [getattr(row, quantity, None) for row in listed] for label, listed in rows.items()
    }
    if not all(isinstance(value, int) for numbers in values.values() for value in numbers):
        raise ValueError(
            f"{quantity!r} is not a number known for every row; "
            "try 'activation_bytes', 'params' or 'macs'."
        )
    unit, divisor = unit_of(quantity, values)
    word = QUANTITIES.get(quantity, quantity)
    name = title or f"{word.capitalize()}: {' and '.join(networks)}"
    longest = max(len(listed) for listed in rows.values())
    fig = new_figure(height=max(SLIDE[1], 1.5 + 0.165 * longest))
    size = min(11.0, 72 * (fig.get_figheight() - 1.5) / longest * 0.8)
    panels = fig.subplots(1, len(networks), sharex=True, squeeze=False)[0]
    most = max(np.max(numbers) for numbers in values.values()) / divisor
    families: dict[str, str] = {}
    said = []
    for ax, (label, listed) in zip(panels, rows.items(), strict=True):
        numbers = np.array(values[label]) / divisor
        kinds = [family_of(row.kind) for row in listed]
        families |= dict(kinds)
        bars = ax.barh(range(len(listed)), numbers, color=[colour for _, colour in kinds])
        ax.bar_label(bars, [number_text(number) for number in numbers], padding=4, fontsize=size)
        ax.set_yticks(range(len(listed)), [row.name for row in listed], fontsize=size)
        ax.set_ylim(len(listed) - 0.4, -0.6)  # the first layer on top, as in the table
        ax.set_xlim(0, 1.25 * max(most, 1e-9))
        ax.locator_params(axis="x", nbins=4)
        ax.xaxis.set_major_formatter(lambda x, _: number_text(x))
        total = f"{number_text(numbers.sum())}{unit.replace('[', '').replace(']', '')}"
        ax.set(xlabel=f"{word}{unit}", title=f"{label}: {total}")
        top = listed[int(numbers.argmax())].name
        said.append(f"{label} {total}, most in {top}, {number_text(numbers.max())}")
    fig.suptitle(name)
    handles = [Patch(color=colour, label=family) for family, colour in families.items()]
    fig.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    fig.set_label(f"{name}. Bars of {word} for each layer. {'; '.join(said)}.")
    return fig
