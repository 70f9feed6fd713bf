"""Accuracies with their intervals: as curves over layers or sizes, or beside each other."""

from collections.abc import Mapping

import numpy as np

from course_utils.plots.figure import CourseFigure, new_figure
from course_utils.plots.style import COLOURS, SLIDE, course_style

Value = tuple[float, float, float]
"""An accuracy, and the lower and upper end of its interval, as fractions."""


@course_style()
def interval_curves(
    panels: Mapping[str, Mapping[str, Mapping[str, Value]]],
    xlabel: str,
    title: str,
    ylabel: str = "test accuracy",
) -> CourseFigure:
    """Draw curves over the layers of a network, or other steps, each value with its interval.

    Parameters
    ----------
    panels : mapping of str to mapping of str to mapping of str to (float, float, float)
        ``{panel: {label: {step: (value, low, high)}}}``. The steps stand in the order of a panel's
        first curve, and a later one may leave some out. A label has the same colour in all panels.
        The name of a single panel may be empty.
    xlabel, title, ylabel : str

    Returns
    -------
    CourseFigure
        The panels side by side, on one scale.

    Raises
    ------
    ValueError
        If there is no curve, or a curve has a step that the first one of its panel has not.
    """
    if not panels or not all(panels.values()):
        raise ValueError("Each panel needs at least one curve.")
    labels = list(dict.fromkeys(label for curves in panels.values() for label in curves))
    fig = new_figure()
    said, known = [], {}
    axes = fig.subplots(1, len(panels), squeeze=False, sharey=True)[0]
    for ax, (panel, curves) in zip(axes, panels.items(), strict=True):
        steps = list(next(iter(curves.values())))
        for label, values in curves.items():
            if not set(values) <= set(steps):
                raise ValueError(f"{label!r} is over {', '.join(values)}, not {', '.join(steps)}.")
            i = labels.index(label)
            value, low, high = 100 * np.array(list(values.values())).T
            # A little beside each other, so that no bar hides another.
            x = np.array([steps.index(step) for step in values], float)
            x += 0.06 * (i - (len(labels) - 1) / 2)
            look = {"color": COLOURS[i % len(COLOURS)], "marker": "os^Dv*"[i % 6], "capsize": 4}
            known[label] = ax.errorbar(
                x, value, yerr=[value - low, high - value], elinewidth=1.5, **look
            )
            said.append(f"{_in(panel)}{label}: {_listed(values)}")
        ax.set_xticks(range(len(steps)), steps)
        ax.set(title=panel, xlabel=xlabel)
        ax.grid(axis="y")
    axes[0].set_ylabel(f"{ylabel} [%]")
    fig.suptitle(title)
    fig.legend(known.values(), known, loc="outside lower center", ncols=min(len(known), 4))
    fig.set_label(f"{title}, {ylabel} in percent with 95% intervals. {'; '.join(said)}.")
    return fig


@course_style()
def interval_panels(
    panels: Mapping[str, Mapping[str, Value]],
    title: str,
    xlabel: str = "test accuracy",
    columns: int = 2,
) -> CourseFigure:
    """Draw panels with a line for each accuracy: the value a dot, its interval a bar.

    Parameters
    ----------
    panels : mapping of str to mapping of str to (float, float, float)
        ``{panel: {label: (value, low, high)}}``. A label has one line and one colour in all panels,
        and may be missing in some.
    title, xlabel : str
    columns : int, default 2

    Returns
    -------
    CourseFigure

    Raises
    ------
    ValueError
        If there is nothing to draw.
    """
    if not panels or not all(panels.values()):
        raise ValueError("Each panel needs at least one accuracy.")
    labels = list(dict.fromkeys(label for values in panels.values() for label in values))
    rows = -(-len(panels) // columns)
    fig = new_figure(height=min(SLIDE[1], 1.2 + rows * (0.8 + 0.33 * len(labels))))
    axes = fig.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    said = []
    for ax, (panel, values) in zip(axes.flat, panels.items(), strict=False):
        for label, (value, low, high) in values.items():
            row = labels.index(label)
            colour = COLOURS[row % len(COLOURS)]
            ax.plot(
                [100 * low, 100 * high],
                [row, row],
                c=colour,
                lw=5,
                alpha=0.4,
                solid_capstyle="butt",
            )
            ax.plot(100 * value, row, "o", color=colour, ms=9)
            ax.annotate(
                f"{100 * value:.0f}", (1.01, row), xycoords=("axes fraction", "data"), va="center"
            )
        said.append(f"{_in(panel)}{_listed(values)}")
        ax.set_title(panel)
        ax.grid(axis="x")
    for ax in axes.flat[len(panels) :]:
        ax.axis("off")
    for ax in axes[-1]:
        ax.set_xlabel(f"{xlabel} [%]")
    axes[0, 0].set_yticks(range(len(labels)), labels)
    axes[0, 0].set_ylim(len(labels) - 0.4, -0.6)  # the first on top
    fig.suptitle(title)
    fig.set_label(f"{title}, {xlabel} in percent with 95% intervals. {'; '.join(said)}.")
    return fig


def _in(panel: str) -> str:
    return f"{panel}, " if panel else ""


def _listed(values: Mapping[str, Value]) -> str:
    return ", ".join(f"{name} {100 * value:.1f}" for name, (value, _, _) in values.items())
