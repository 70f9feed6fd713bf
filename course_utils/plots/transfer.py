"""Accuracies with the intervals that hold the true ones."""

from collections.abc import Mapping, Sequence
from typing import Any

from course_utils.plots.figure import CourseFigure, new_figure
from course_utils.plots.style import COLOURS, GREY, SLIDE, course_style


@course_style()
def intervals(
    accuracies: Mapping[str, Sequence[float]],
    xlabel: str = "accuracy",
    title: str = "Accuracies with their intervals",
    chance: float | None = None,
    highlight: Sequence[str] = (),
) -> CourseFigure:
    """Draw one line for each accuracy: the value a dot, its interval a bar, the first on top.

    Parameters
    ----------
    accuracies : mapping of str to (float, float, float)
        Value, lower and upper end of the interval, as fractions.
    xlabel, title : str
    chance : float, optional
        What guessing gives, as a fraction: a dashed line.
    highlight : sequence of str
        Names in the second colour.

    Returns
    -------
    CourseFigure

    Raises
    ------
    ValueError
        If there is nothing to draw, a value is not within its interval, or a highlighted name is
        not there.
    """
    if not accuracies or not set(highlight) <= set(accuracies):
        raise ValueError("There must be accuracies, and the highlighted names must be among them.")
    fig = new_figure(height=max(2.8, min(SLIDE[1], 1.6 + 0.5 * len(accuracies))))
    ax = fig.subplots()
    said = []
    for row, (label, (value, low, high)) in enumerate(accuracies.items()):
        if not low <= value <= high:
            raise ValueError(f"{label!r}: {value} is not within its interval {low} to {high}.")
        colour = COLOURS[1 if label in highlight else 0]
        ax.plot(
            [100 * low, 100 * high],
            [row, row],
            color=colour,
            lw=5,
            alpha=0.4,
            solid_capstyle="butt",
        )
        ax.plot(100 * value, row, "o", color=colour, ms=11)
        text = f"{100 * value:.1f}% ({100 * low:.1f} to {100 * high:.1f})"
        ax.annotate(text, (1.01, row), xycoords=("axes fraction", "data"), va="center")
        said.append(f"{label} {text}")
    if chance is not None:
        ax.axvline(100 * chance, color=GREY, linestyle=(0, (3, 2)), lw=1.5, zorder=0.5)
        place: dict[str, Any] = {"xytext": (5, 0), "textcoords": "offset points", "va": "center"}
        ax.annotate("guessing", (100 * chance, -0.75), color=GREY, **place)
        said.append(f"guessing {100 * chance:.0f}%")
    ax.set_yticks(range(len(accuracies)), list(accuracies))
    ax.set_ylim(len(accuracies) - 0.4, -0.6 if chance is None else -1.0)
    ax.grid(axis="x")
    ax.margins(x=0.05)
    ax.set(xlabel=f"{xlabel} [%], bar: 95% interval", title=title)
    fig.set_label(f"{title}, {xlabel} with its 95% interval: {'; '.join(said)}.")
    return fig
