"""Figures of training: learning curves, confusion matrix, spread over seeds."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from course_utils.plots.figure import CourseFigure, new_figure
from course_utils.plots.style import COLOURS, SLIDE, course_style


@course_style()
def learning_curves(histories: Any, title: str = "Learning curves") -> CourseFigure:
    """Draw loss and accuracy per epoch, training dashed and validation solid.

    Parameters
    ----------
    histories : mapping
        One Keras history (``model.fit(...).history``, lists under "loss", "val_loss", "accuracy",
        "val_accuracy"), or ``{label: history}``, or ``{label: [history, ...]}`` where the list
        holds one history per seed: each is a thin line.
    title : str

    Returns
    -------
    CourseFigure
        One panel per measured quantity that has values, loss first.

    Raises
    ------
    ValueError
        If there is no curve to draw.
    """
    runs = _runs(histories)
    metrics = [
        metric
        for metric in ("loss", "accuracy")
        if any(metric in h or f"val_{metric}" in h for many in runs.values() for h in many)
    ]
    if not metrics:
        raise ValueError(
            "There is no 'loss' or 'accuracy' in these histories; pass model.fit(...).history."
        )
    fig = new_figure()
    said = []
    for ax, metric in zip(fig.subplots(1, len(metrics), squeeze=False)[0], metrics, strict=True):
        for colour, (label, many) in zip(_colours(len(runs)), runs.items(), strict=True):
            thin = {"linewidth": 2.5 if len(many) == 1 else 1.3, "color": colour}
            for history in many:
                for key, dashes, dots in (
                    (metric, (0, (3, 2)), ""),
                    (f"val_{metric}", "solid", "o"),
                ):
                    if key in history:
                        epochs = range(1, len(history[key]) + 1)
                        marker = dots if len(epochs) > 1 else "o"  # one point makes no line
                        ax.plot(epochs, history[key], ls=dashes, marker=marker, ms=4, **thin)
            last = np.mean([h.get(f"val_{metric}", h.get(metric, [np.nan]))[-1] for h in many])
            said.append(f"{label + ': ' if label else ''}last {metric} {last:.3f}")
        ax.set(xlabel="epoch", ylabel=f"{metric}{' [nats]' if metric == 'loss' else ''}")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        ax.grid(axis="y")
        if metric == "accuracy":
            ax.yaxis.set_major_formatter(lambda share, _: f"{100 * share:g}%")
    fig.set_label(f"{title}, training and validation by epoch. {'; '.join(said)}.")
    handles = [Line2D([], [], color="black", linestyle=(0, (3, 2)), label="training")]
    handles += [Line2D([], [], color="black", label="validation")]
    if any(runs):
        for colour, label in zip(_colours(len(runs)), runs, strict=True):
            handles.append(Line2D([], [], color=colour, label=label))
    fig.suptitle(title)
    fig.legend(handles=handles, loc="outside lower center", ncols=min(len(handles), 4))
    return fig


@course_style()
def confusion_matrix(
    matrix: Any, class_names: Sequence[str], title: str = "Confusion matrix"
) -> CourseFigure:
    """Draw how often each true class was taken for each class.

    Parameters
    ----------
    matrix : array_like of int, shape (classes, classes)
        Row: true class, column: predicted class, as scikit-learn counts.
    class_names : sequence of str
    title : str

    Returns
    -------
    CourseFigure
        Counts as numbers; the colour is the share of the row.

    Raises
    ------
    ValueError
        If the matrix is not square or does not fit the class names.
    """
    counts = np.asarray(matrix)
    classes = len(class_names)
    if counts.shape != (classes, classes):
        raise ValueError(
            f"The matrix has shape {counts.shape}, but {classes} class names need "
            f"({classes}, {classes})."
        )
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    fig = new_figure(_confusion_alt(title, counts, class_names))
    ax = fig.subplots()
    drawn = ax.imshow(share, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    size = min(12.0, 130 / classes)
    if classes <= 20:
        for (i, j), number in np.ndenumerate(counts):
            if number:
                colour = "white" if share[i, j] > 0.5 else "black"
                ax.text(j, i, f"{number:,}", ha="center", va="center", color=colour, size=size)
    long = max(len(name) for name in class_names) > 4
    ax.set_xticks(range(classes), class_names, fontsize=size, rotation=35 if long else 0)
    if long:
        for tick in ax.get_xticklabels():
            tick.set(ha="right", rotation_mode="anchor")
    ax.set_yticks(range(classes), class_names, fontsize=size)
    ax.spines[:].set_visible(False)
    ax.set(xlabel="predicted class", ylabel="true class", title=title)
    bar = fig.colorbar(drawn, ax=ax, label="share of the true class")
    bar.ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    return fig


@course_style()
def spread(
    results: Mapping[str, Sequence[float]],
    xlabel: str = "test accuracy",
    title: str = "Mean and spread over seeds",
    percent: bool = True,
) -> CourseFigure:
    """Draw one line per variant: each run a dot, the mean a bar, one deviation to each side.

    Parameters
    ----------
    results : mapping of str to sequence of float
        The measured values of each variant, one per seed.
    xlabel, title : str
    percent : bool
        Show the values, which are fractions, in percent.

    Returns
    -------
    CourseFigure
        The interval is the mean plus and minus the sample standard deviation; one run has none.

    Raises
    ------
    ValueError
        If a variant has no value.
    """
    if not results or any(len(values) == 0 for values in results.values()):
        raise ValueError("Each variant needs at least one measured value.")
    scale = 100.0 if percent else 1.0
    unit = "%" if percent else ""
    fig = new_figure(height=max(2.6, min(SLIDE[1], 1.6 + 0.5 * len(results))))
    ax = fig.subplots()
    said = []
    for i, (label, numbers) in enumerate(results.items()):
        values = scale * np.asarray(numbers, dtype=float)
        mean = values.mean()
        deviation = values.std(ddof=1) if len(values) > 1 else 0.0
        ax.errorbar(mean, i, xerr=deviation, color=COLOURS[0], capsize=7, lw=3, capthick=2)
        ax.plot(mean, i, "|", color=COLOURS[0], ms=22, mew=4)
        ax.plot(values, np.full(len(values), i), "o", color=COLOURS[1], mec="white", ms=9, zorder=3)
        text = f"{mean:.1f}" if percent else f"{mean:.3g}"
        if len(values) > 1:
            text += f" ± {deviation:.1f}" if percent else f" ± {deviation:.2g}"
        ax.annotate(f"{text}{unit}", (1.01, i), xycoords=("axes fraction", "data"), va="center")
        said.append(f"{label} {text}{unit} over {len(values)} run{'s' if len(values) > 1 else ''}")
    ax.set_yticks(range(len(results)), list(results))
    ax.set_ylim(len(results) - 0.4, -0.6)
    ax.grid(axis="x")
    ax.margins(x=0.08)
    ax.set(xlabel=f"{xlabel} [%]" if percent else xlabel, title=title)
    fig.set_label(f"{title}, {xlabel}, mean ± standard deviation: {'; '.join(said)}.")
    return fig


def _runs(histories: Any) -> dict[str, list[Mapping[str, Sequence[float]]]]:
    """Return ``{label: [history, ...]}`` from one history, or histories with or without seeds."""
    histories = getattr(histories, "history", histories)
    if not isinstance(histories, Mapping):
        raise TypeError("Pass model.fit(...).history, or {label: history}.")
    if any(metric in histories for metric in ("loss", "val_loss", "accuracy", "val_accuracy")):
        return {"": [histories]}
    runs: dict[str, list[Mapping[str, Sequence[float]]]] = {}
    for label, given in histories.items():
        many = given if isinstance(given, list | tuple) else [given]
        runs[str(label)] = [one if isinstance(one, Mapping) else one.history for one in many]
    return runs


def _colours(count: int) -> list[str]:
    return [COLOURS[i % len(COLOURS)] for i in range(count)]


def _confusion_alt(title: str, counts: np.ndarray, class_names: Sequence[str]) -> str:
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    right, total = int(np.trace(counts)), int(counts.sum())
    alt = f"{title}: {right:,} of {total:,} on the diagonal."
    if wrong.any():
        i, j = divmod(int(wrong.argmax()), len(class_names))
        alt += f" Most frequent mistake: {class_names[i]} taken for {class_names[j]}, "
        alt += f"{wrong[i, j]:,} times."
    return alt
