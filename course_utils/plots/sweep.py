"""A measured value over the learning rate."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.ticker import NullLocator

from course_utils.plots.figure import CourseFigure, new_figure
from course_utils.plots.style import COLOURS, GREY, course_style


@course_style()
def rate_sweep(
    rates: Sequence[float],
    results: Mapping[str, Sequence[Sequence[float]]],
    ylabel: str = "validation accuracy",
    title: str = "Accuracy over the learning rate",
    chance: float | None = None,
) -> CourseFigure:
    """Draw an accuracy over the learning rate, on a logarithmic axis.

    Parameters
    ----------
    rates : sequence of float
    results : mapping of str to sequence of sequence of float
        For each network, for each rate, the measured values as fractions, one per seed. Each is a
        dot, and the line goes through the means.
    ylabel, title : str
    chance : float, optional
        What guessing gives: a dashed line.

    Returns
    -------
    CourseFigure

    Raises
    ------
    ValueError
        If a network does not have values for each rate.
    """
    fig = new_figure()
    ax = fig.subplots()
    said, drawn = [], []
    if chance is not None:
        drawn = [ax.axhline(100 * chance, color=GREY, ls=(0, (3, 2)), lw=1.5, label="guessing")]
    for i, (label, values) in enumerate(results.items()):
        if len(values) != len(rates) or not all(len(runs) for runs in values):
            raise ValueError(f"{label!r} needs one or more values for each of {len(rates)} rates.")
        colour, marker = COLOURS[i % len(COLOURS)], "os^Dv*"[i % 6]
        means = 100 * np.array([np.mean(runs) for runs in values])
        drawn += ax.plot(rates, means, color=colour, marker=marker, label=label)
        for rate, runs in zip(rates, values, strict=True):
            if len(runs) > 1:
                dots = 100 * np.asarray(runs)
                ax.plot([rate] * len(dots), dots, ls="", marker=marker, ms=5, mfc="white", c=colour)
        found = ", ".join(f"{m:.0f}% at {r:g}" for r, m in zip(rates, means, strict=True))
        said.append(f"{label}: {found}")
    ax.set_xscale("log")
    ax.set_xticks(rates, [f"{rate:g}" for rate in rates])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set(xlabel="learning rate", ylabel=f"{ylabel} [%]", ylim=(0, 100), title=title)
    ax.grid()
    fig.legend(handles=drawn, loc="outside lower center", ncols=min(len(results) + 1, 4))
    fig.set_label(f"{title}, {ylabel}. {'; '.join(said)}.")
    return fig
