"""An accuracy over the layers of a network, with its spread."""

from collections.abc import Mapping

import numpy as np

from course_utils.plots.figure import CourseFigure, new_figure
from course_utils.plots.style import COLOURS, GREY, course_style


@course_style()
def layer_curves(
    panels: Mapping[str, Mapping[str, Mapping[str, tuple[float, float]]]],
    xlabel: str,
    ylabel: str,
    title: str,
    lines: Mapping[str, Mapping[str, float]] | None = None,
    share_y: bool = True,
) -> CourseFigure:
    """Draw curves over the layers of a network, each value with its spread, in panels.

    Parameters
    ----------
    panels : mapping of str to mapping of str to mapping of str to (float, float)
        ``{panel: {label: {layer: (mean, deviation)}}}``, as fractions. The layers, or other steps,
        stand in the order of a panel's first curve, and a later one may leave some out. A label has
        the same colour in all panels. The name of a single panel may be empty.
    xlabel, ylabel, title : str
    lines : mapping of str to mapping of str to float, optional
        ``{panel: {label: value}}``: values to compare with, as dashed lines.
    share_y : bool, default True
        Draw all panels on the same scale.

    Returns
    -------
    CourseFigure
        Up to three panels side by side, four in two rows.

    Raises
    ------
    ValueError
        If there is no curve, or a curve has a layer that the first one of its panel has not.
    """
    if not panels or not all(panels.values()):
        raise ValueError("Each panel needs at least one curve.")
    lines = lines or {}
    labels = list(dict.fromkeys(label for curves in panels.values() for label in curves))
    compared = list(dict.fromkeys(label for values in lines.values() for label in values))
    columns = len(panels) if len(panels) < 4 else 2
    rows = -(-len(panels) // columns)
    fig = new_figure()
    fig.suptitle(title)
    axes = fig.subplots(rows, columns, squeeze=False, sharey=share_y)
    said = []
    for number, (ax, (panel, curves)) in enumerate(zip(axes.flat, panels.items(), strict=False)):
        layers = list(next(iter(curves.values())))
        before = f"{panel}, " if panel else ""
        for label, values in curves.items():
            if not set(values) <= set(layers):
                raise ValueError(f"{label!r} is over {', '.join(values)}, not {', '.join(layers)}.")
            i = labels.index(label)
            means, deviations = 100 * np.array(list(values.values())).T
            # A little beside each other, so that no bar hides another.
            x = np.array([layers.index(layer) for layer in values], float)
            x += 0.06 * (i - (len(labels) - 1) / 2)
            marker = "os^Dv*"[i % 6]
            look = {"color": COLOURS[i % len(COLOURS)], "marker": marker, "capsize": 4}
            ax.errorbar(x, means, yerr=deviations, elinewidth=1.5, label=label, **look)
            listed = ", ".join(f"{n} {m:.1f}" for n, m in zip(values, means, strict=True))
            said.append(f"{before}{label}: {listed}")
        for label, value in lines.get(panel, {}).items():
            dashes = ((0, (4, 2)), (0, (1, 1)))[compared.index(label) % 2]
            ax.axhline(100 * value, color=GREY, linestyle=dashes, lw=2, label=label, zorder=1)
            said.append(f"{before}{label} {100 * value:.1f}")
        ax.set_xticks(range(len(layers)), layers)
        ax.set(title=panel, ylabel=ylabel + " [%]" if number % columns == 0 else "")
        if number // columns == rows - 1:
            ax.set_xlabel(xlabel)
        ax.grid(axis="y")
    for ax in axes.flat[len(panels) :]:
        ax.axis("off")
    known = {
        label: handle
        for ax in fig.axes
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)
    }
    fig.legend(known.values(), known, loc="outside lower center", ncols=min(len(known), 4))
    fig.set_label(f"{title}, {ylabel} in percent, mean and standard deviation. {'; '.join(said)}.")
    return fig
