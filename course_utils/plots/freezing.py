"""Which layers of a network are taken over, frozen, or learn: a row of boxes for each network."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.patches import FancyBboxPatch

from course_utils.plots.figure import CourseFigure, new_figure
from course_utils.plots.style import SLIDE, course_style

# What a layer's state looks like: the colours of its box and of the text in it.
_STATES = {
    "frozen": ("#d4d4d8", "black"),
    "copied": ("#bfd5ff", "black"),
    "learns": ("#3f6fd8", "white"),
    "new": ("#f89c20", "black"),
}


@course_style()
def freeze_diagram(
    networks: Mapping[str, Mapping[str, str]],
    title: str,
    images: Mapping[str, Any] | None = None,
    copied: bool = False,
) -> CourseFigure:
    """Draw networks as rows of boxes, a box for each layer, coloured by what happens to it.

    Parameters
    ----------
    networks : mapping of str to mapping of str to str
        ``{network: {layer: state}}``, the layers from the image up, where a state is ``"frozen"``
        (keeps its weights), ``"copied"`` (has those of another network), ``"learns"`` or ``"new"``
        (learns from random weights on).
    title : str
    images : mapping of str to array_like, optional
        ``{network: image}``: a gray image that goes into the network, drawn before its row.
    copied : bool, default False
        Draw an arrow from each layer of the first network down to the one of the second that is
        neither ``"new"`` nor missing.

    Returns
    -------
    CourseFigure

    Raises
    ------
    ValueError
        If there is no network, or a state is none of the four.
    """
    if not networks:
        raise ValueError("There is no network to draw.")
    images = images or {}
    gap = 0.9 if copied else 0.45
    height = 0.9 + len(networks) * (0.62 + gap) * 0.95
    fig = new_figure(height=min(SLIDE[1], height))
    ax = fig.subplots()
    ax.axis("off")
    said, longest = [], max(len(layers) for layers in networks.values())
    for row, (network, layers) in enumerate(networks.items()):
        y = -row * (1 + gap)
        above = not (copied and row)  # where arrows come from above, the name stands below
        name = ax.text(0, y + 1.08 if above else y - 0.08, network, fontweight="bold")
        name.set_verticalalignment("bottom" if above else "top")
        if network in images:
            pixels = np.asarray(images[network])
            ax.imshow(pixels, cmap="gray", extent=(0, 1, y, y + 1), aspect="auto", zorder=2)
            _arrow(ax, (1.02, y + 0.5), (1.28, y + 0.5))
        for column, (layer, state) in enumerate(layers.items()):
            if state not in _STATES:
                known = ", ".join(_STATES)
                raise ValueError(f"{layer!r} is {state!r}; a state is one of {known}.")
            x = column * 1.5 + (1.3 if images else 0)
            fill, ink = _STATES[state]
            corners = "round,pad=0,rounding_size=0.08"
            ax.add_patch(FancyBboxPatch((x, y), 1.2, 1, corners, fc=fill, ec="#3f3f46"))
            ax.text(x + 0.6, y + 0.63, layer, ha="center", va="center", color=ink)
            ax.text(x + 0.6, y + 0.28, state, ha="center", va="center", color=ink, fontsize=10)
            if column + 1 < len(layers):
                _arrow(ax, (x + 1.22, y + 0.5), (x + 1.48, y + 0.5))
            if copied and row == 1 and state != "new":
                _arrow(ax, (x + 0.6, -0.02), (x + 0.6, y + 1.02))
        listed = ", ".join(f"{layer} {state}" for layer, state in layers.items())
        said.append(f"{network}: {listed}")
    ax.set_xlim(-0.05, 1.5 * longest + (1.3 if images else 0))
    ax.set_ylim(-(len(networks) - 1) * (1 + gap) - (0.45 if copied else 0.1), 1.5)
    fig.suptitle(title)
    fig.set_label(f"{title}. {'; '.join(said)}.")
    return fig


def _arrow(ax: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": "#3f3f46", "lw": 1.5})
