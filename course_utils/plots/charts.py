"""Numbers as curves, rows, bars and squares.

Fractions come in. A label that ends in ``[%]`` has them printed in percent.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator, NullLocator, PercentFormatter

from course_utils.plots import figure
from course_utils.plots.figure import COLOURS, GREY, CourseFigure, course_style, new_figure, short

_Value = float | Sequence[float] | tuple[float, float, float]  # see `curves`
_DASHES = (0, (3, 2))
_HALO: list[Any] = [withStroke(linewidth=3, foreground="white")]  # keeps text readable on lines
_MARKERS = "os^Dv*"  # a curve is known by its marker, too: colours are not seen by all
_MARKED = 30  # curves of so many values, or fewer, have a marker at each


# --- curves ----------------------------------------------------------------------------------


@course_style()
def curves(
    panels: Mapping[str, Mapping[str, Any]],
    x: Any = None,
    *,
    title: str,
    xlabel: str,
    ylabel: str,
    log: bool = False,
    chance: float | None = None,
) -> CourseFigure:
    """Draw labelled curves, in one panel or several side by side.

    ``panels`` is ``{panel: {label: {x: value}}}``. A value is a number, a list of numbers, one for
    each seed, or a tuple ``(value, low, high)`` with its 95% interval. An x is a number, or a word
    such as the name of a layer; the words stand in the order of the panel's first curve. Where
    ``{label: values}`` gives values alone, ``x`` is what they are over; by default 1, 2, 3, ... The
    name of a single panel may be empty, and a label has the same look in all panels.

    If ylabel ends in ``[%]``, fractions are printed in percent, all panels on one scale. ``log``
    makes the x axis logarithmic, with a tick at each x. ``chance`` is what guessing gives: a dashed
    line.
    """
    figure._named("panels", panels)
    for panel, lines in panels.items():
        figure._named(f"The curves of {panel!r}", lines)
    labels = list(dict.fromkeys(label for lines in panels.values() for label in lines))
    scale, word = _unit(ylabel)
    fig = new_figure()
    fig.suptitle(title)
    said, handles = [], {}
    axes = fig.subplots(1, len(panels), squeeze=False, sharey=scale != 1)[0]
    for ax, (panel, lines) in zip(axes, panels.items(), strict=True):
        if chance is not None:
            handles["guessing"] = ax.axhline(scale * chance, color=GREY, ls=_DASHES, lw=1.5)
        given = {label: _points(label, curve, x) for label, curve in lines.items()}
        first = next(iter(given.values()))
        places = _places(ax, list(first), log)
        for label, points in given.items():
            if places and not set(points) <= set(places):
                raise ValueError(
                    f"{label!r} is over {', '.join(map(str, points))}, not {', '.join(first)}."
                )
            i = labels.index(label)
            # A little beside each other, so that no interval hides another.
            aside = 0.06 * (i - (len(labels) - 1) / 2)
            at = np.array([places[step] + aside if places else step for step in points])
            values = [scale * np.asarray(value, float) for value in points.values()]
            handles[label] = _draw_curve(ax, at, values, i, _form(points))
            said.append(f"{_in(panel)}{label}: {_curve_words(points, values, scale)}")
        ax.set(xlabel=xlabel, title=panel)
        ax.grid(axis="y" if places else "both")
    axes[0].set_ylabel(ylabel)
    if chance is not None and scale == 100:
        axes[0].set_ylim(0, 100)
    _legend_below(fig, handles)
    if _form(first) is tuple:
        over = f"{word}{' in percent' * (scale != 1)} with 95% intervals."
    elif _form(first) is list:
        over = f"{word}."
    else:
        steps = [step if places else short(step) for step in first]
        over = f"{ylabel}. {xlabel} from {steps[0]} to {steps[-1]}."
    fig.set_label(f"{title}, {over} {'; '.join(said)}.")
    return fig


def _points(label: str, curve: Any, x: Any) -> dict[Any, _Value]:
    if isinstance(curve, Mapping):
        curve, x = list(curve.values()), list(curve)
    over = range(1, len(curve) + 1) if x is None else np.asarray(x).tolist()
    if not len(curve) or len(curve) != len(over) or not all(np.size(value) for value in curve):
        raise ValueError(f"{label!r} has {len(curve)} values for {len(over)} of x.")
    for value in curve:
        if isinstance(value, tuple):
            _check_interval(label, value)
    return dict(zip(over, curve, strict=True))


def _check_interval(label: str, value: tuple[float, ...]) -> None:
    if len(value) != 3 or not value[1] <= value[0] <= value[2]:
        raise ValueError(f"{label!r}: {value[0]} is not within its interval {value[1:]}.")


def _places(ax: Axes, steps: list[Any], log: bool) -> dict[str, int]:
    """Set the ticks, and return the places of words."""
    if isinstance(steps[0], str):
        ax.set_xticks(range(len(steps)), steps)
        return {step: at for at, step in enumerate(steps)}
    if log:
        if min(steps) <= 0:
            raise ValueError(f"A logarithmic axis has no place for {min(steps):g}.")
        ax.set_xscale("log")
        ax.set_xticks(steps, [f"{step:g}" for step in steps])
        ax.xaxis.set_minor_locator(NullLocator())
    elif all(isinstance(step, int) for step in steps):  # there is no epoch 1.5
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    return {}


def _form(points: Mapping[Any, _Value]) -> type:
    """Return whether values are tuples with intervals, lists over seeds, or numbers."""
    value = next(iter(points.values()))
    return tuple if isinstance(value, tuple) else list if np.ndim(value) else float


def _draw_curve(ax: Axes, at: np.ndarray, values: list[np.ndarray], i: int, form: type) -> Any:
    marker = _MARKERS[i % len(_MARKERS)]
    look: dict[str, Any] = {
        "color": COLOURS[i % len(COLOURS)],
        "marker": marker if len(at) <= _MARKED else "",
        # More curves than colours: dashed from then on.
        "linestyle": ("solid", (0, (4, 1.5)), (0, (1, 1)))[i // len(COLOURS) % 3],
    }
    if form is tuple:
        value, low, high = np.array(values).T
        ends = [value - low, high - value]
        return ax.errorbar(at, value, yerr=ends, capsize=4, elinewidth=1.5, **look)
    for place, runs in zip(at, values, strict=True):
        if runs.size > 1:
            dots = {"marker": marker, "ms": 5, "mfc": "white", "color": look["color"]}
            ax.plot([place] * len(runs), runs, ls="", **dots)
    return ax.plot(at, [np.mean(value) for value in values], **look)[0]


def _curve_words(points: Mapping[Any, _Value], values: list[np.ndarray], scale: float) -> str:
    form = _form(points)
    places = [x if isinstance(x, str) else f"{x:g}" for x in points]
    if form is tuple:
        middles = [f"{v[0]:.1f}" if scale != 1 else short(v[0]) for v in values]
        return ", ".join(map(" ".join, zip(places, middles, strict=True)))
    if form is list:
        means = [f"{v.mean():.0f}%" if scale != 1 else short(v.mean()) for v in values]
        return ", ".join(map(" at ".join, zip(means, places, strict=True)))
    return f"from {short(values[0])} to {short(values[-1])}"


@course_style()
def learning_curves(histories: Any, *, title: str = "Learning curves") -> CourseFigure:
    """Draw loss and accuracy per epoch, training dashed and validation solid.

    ``histories`` is what ``model.fit`` returns, or its ``history``: lists under "loss", "val_loss",
    and an accuracy of whatever name. Or several of them, ``{label: history}``.
    """
    one = "loss" in getattr(histories, "history", histories)
    given = {"": histories} if one else histories
    figure._named("histories", given)
    runs = {label: _by_metric(getattr(run, "history", run)) for label, run in given.items()}
    before = {label: min(getattr(run, "epoch", [0]), default=0) for label, run in given.items()}
    metrics = [one for one in ("loss", "accuracy") if any(one in run for run in runs.values())]
    if not metrics or not all(len(values) for run in runs.values() for values in run.values()):
        raise ValueError("A history has a loss or an accuracy, of one epoch or more.")
    fig = new_figure()
    fig.suptitle(title)
    said = []
    for ax, metric in zip(fig.subplots(1, len(metrics), squeeze=False)[0], metrics, strict=True):
        for i, (label, run) in enumerate(runs.items()):
            own = _MARKERS[i % len(_MARKERS)]
            for key, dashes, marker in ((metric, _DASHES, ""), (f"val_{metric}", "-", own)):
                values = run.get(key, ())
                look: dict[str, Any] = {"color": COLOURS[i % len(COLOURS)], "ms": 4, "ls": dashes}
                look["marker"] = own if len(values) == 1 else marker  # one point makes no line
                most = len(run.get(metric, values))
                every = most // max(1, len(values))  # validation_freq
                if len(values) and most // every != len(values):
                    raise ValueError(f"{len(values)} values of {key}: at which epochs?")
                epochs = before[label] + every * np.arange(1, len(values) + 1)
                ax.plot(epochs, values, **look)
            last = run.get(f"val_{metric}", run.get(metric, [np.nan]))[-1]
            said.append(f"{label + ': ' if label else ''}last {metric} {last:.3f}")
        nats = metrics == ["loss", "accuracy"] and metric == "loss"  # not so without classes
        ax.set(xlabel="epoch", ylabel=f"{metric}{' [nats]' * nats}")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        ax.grid(axis="y")
        if metric == "accuracy":
            ax.yaxis.set_major_formatter(lambda share, _: f"{100 * share:g}%")
    handles = {}
    for word, start, dashes in (("training", "", _DASHES), ("validation", "val_", "-")):
        if any(f"{start}{one}" in run for one in metrics for run in runs.values()):
            handles[word] = Line2D([], [], color="black", linestyle=dashes)
    parts = " and ".join(handles)
    for i, label in enumerate(filter(None, runs)):
        look = {"color": COLOURS[i % len(COLOURS)], "marker": _MARKERS[i % len(_MARKERS)]}
        handles[label] = Line2D([], [], **look)
    _legend_below(fig, handles)
    fig.set_label(f"{title}, {parts} by epoch. {'; '.join(said)}.")
    return fig


def _by_metric(run: Any) -> dict[str, Any]:
    """Call an accuracy so, whatever Keras calls it; of several, the first."""
    found: dict[str, Any] = {}
    for key, values in run.items() if isinstance(run, Mapping) else ():
        found.setdefault(re.sub(r"^(val_)?(acc|\w*accuracy)$", r"\1accuracy", key), values)
    return found


# --- rows ------------------------------------------------------------------------------------


@course_style()
def spread(
    values: Mapping[str, Any],
    *,
    title: str = "Mean and spread over seeds",
    xlabel: str = "test accuracy [%]",
    chance: float | None = None,
    highlight: Sequence[str] = (),
) -> CourseFigure:
    """Draw a row for each label, the first on top: its runs and their spread, or an interval.

    Of ``values``, a list has a number for each seed: each is a dot, their mean a bar, and a line
    goes one standard deviation to each side. A tuple ``(value, low, high)`` is a dot on its
    interval. ``{panel: {label: value}}`` draws two panels in a row; a label may be missing in some.

    If xlabel ends in ``[%]``, fractions are printed in percent. ``chance`` is what guessing gives:
    a dashed line. The labels in ``highlight`` are in the second colour.
    """
    figure._named("values", values)
    nested = any(isinstance(value, Mapping) for value in values.values())
    panels: Mapping[str, Mapping[str, Any]] = values if nested else {"": values}
    labels = list(dict.fromkeys(label for rows in panels.values() for label in rows))
    every = [value for rows in panels.values() for value in rows.values()]
    if not every or not all(panels.values()) or not all(np.ndim(v) and len(v) for v in every):
        raise ValueError("Each row needs a list of at least one measured value.")
    if not set(highlight) <= set(labels):
        raise ValueError("The highlighted names must be among those of the values.")
    scale, word = _unit(xlabel)
    lines = -(-len(panels) // 2)
    height = 1.2 + lines * (0.8 + 0.33 * len(labels)) if nested else 1.6 + 0.5 * len(labels)
    fig = new_figure(height=max(2.7, min(figure._SLIDE[1], height)))
    axes = fig.subplots(lines, min(2, len(panels)), squeeze=False, sharex=True, sharey=True)
    said = []
    for ax, (panel, rows) in zip(axes.flat, panels.items(), strict=False):
        words = []
        for label, value in rows.items():
            i = labels.index(label)
            colour = COLOURS[i % len(COLOURS) if nested else int(label in highlight)]
            text = _draw_row(ax, i, label, value, colour, scale)
            brief = text.split("%" if scale != 1 else " (")[0] if nested else text
            ax.annotate(brief, (1.01, i), xycoords=("axes fraction", "data"), va="center")
            runs = "" if isinstance(value, tuple) else f" over {len(value)} run"
            words.append(f"{label} {brief}{runs}{'s' * (bool(runs) and len(value) > 1)}")
        said.append(_in(panel) + (", " if nested else "; ").join(words))
        ax.set_title(panel if nested else title)
        ax.grid(axis="x")
        ax.margins(x=0.06)
    for ax in axes.flat[len(panels) :]:
        ax.axis("off")
    axes[0, 0].set_yticks(range(len(labels)), labels)
    axes[0, 0].set_ylim(len(labels) - 0.4, -0.6 if chance is None else -1.0)
    if chance is not None:
        _mark(axes[0, 0], scale * chance, "guessing", -0.75)
        said.append(f"guessing {scale * chance:.0f}{'%' * (scale != 1)}")
    with_intervals = isinstance(every[0], tuple)
    what = ", mean ± standard deviation:"
    if with_intervals:
        what = " in percent with 95% intervals." if nested else " with its 95% interval:"
    for ax in axes[-1]:
        ax.set_xlabel(xlabel + ", bar: 95% interval" * (with_intervals and not nested))
    if nested:
        fig.suptitle(title)
    fig.set_label(f"{title}, {word}{what} {'; '.join(said)}.")
    return fig


def _draw_row(ax: Axes, i: int, label: str, value: Any, colour: str, scale: float) -> str:
    numbers = scale * figure._finite(repr(label), value)
    unit, one, two = ("%", ".1f", ".1f") if scale != 1 else ("", ".3g", ".2g")
    if isinstance(value, tuple):
        _check_interval(label, value)
        middle, low, high = numbers
        ax.plot([low, high], [i, i], color=colour, lw=3, solid_capstyle="butt")
        ax.plot(middle, i, "o", color=colour, ms=11)
        return f"{middle:{one}}{unit} ({low:{one}} to {high:{one}})"
    mean, deviation = numbers.mean(), numbers.std(ddof=1) if len(numbers) > 1 else 0.0
    ax.errorbar(mean, i, xerr=deviation, color=colour, capsize=7, lw=3, capthick=2)
    ax.plot(mean, i, "|", color=colour, ms=22, mew=4)
    ax.plot(numbers, np.full(len(numbers), i), "o", color=COLOURS[1], mec="white", ms=9, zorder=3)
    return f"{mean:{one}}{f' ± {deviation:{two}}' * (len(numbers) > 1)}{unit}"


@course_style()
def bars(
    values: Mapping[str, float],
    *,
    title: str = "",
    xlabel: str,
    highlight: Sequence[str] = (),
    line: float | None = None,
    line_label: str = "",
) -> CourseFigure:
    """Draw one named horizontal bar for each value, the first on top.

    If xlabel ends in ``[%]``, fractions are printed in percent. Those named in ``highlight`` are in
    the second colour; ``line`` is a value to compare with, and ``line_label`` what it is.
    """
    figure._named("values", values)
    if not set(highlight) <= set(values):
        raise ValueError("The highlighted names must be among those of the values.")
    scale, _ = _unit(xlabel)
    figure._finite("values", list(values.values()))
    shown = {name: scale * float(value) for name, value in values.items()}
    fig = new_figure(height=max(3.2, min(5.0, 1.4 + 0.45 * len(values))))
    ax = fig.subplots()
    colours = [COLOURS[int(name in highlight)] for name in values]
    drawn = ax.barh(range(len(values)), list(shown.values()), color=colours)
    texts = [short(value) for value in shown.values()]
    for number in ax.bar_label(drawn, texts, padding=5):
        number.set_path_effects(_HALO)
    ax.set_yticks(range(len(values)), list(values))
    ax.set_ylim(len(values) - 0.4, -0.6 if line is None else -1.1)
    said = ""
    if line is not None:
        words = f"{line_label} {scale * line:g}"
        _mark(ax, scale * line, words, -0.8)
        said = f"; for comparison {words}"
    ax.margins(x=0.12)
    ax.set(xlabel=xlabel, title=title)
    listed = ", ".join(f"{name} {text}" for name, text in zip(shown, texts, strict=True))
    fig.set_label(f"{title}, {xlabel}: {listed}{said}.")
    return fig


@course_style()
def confusion_matrix(
    matrix: Any, class_names: Sequence[str], *, title: str = "Confusion matrix"
) -> CourseFigure:
    """Draw how often each true class (row) was taken for each class (column).

    ``matrix`` holds the counts, shape (classes, classes), as scikit-learn has them. They are
    written as numbers; the colour is the share of the row.
    """
    counts, names = np.asarray(matrix), list(map(str, class_names))
    classes = len(names)
    if counts.shape != (wanted := (classes, classes)):
        raise ValueError(
            f"The matrix has shape {counts.shape}, but {classes} class names need {wanted}."
        )
    if not (np.mod(counts, 1) == 0).all() or counts.min() < 0:
        raise ValueError("The matrix must hold counts: shares of the rows are worked out here.")
    counts = counts.astype(int)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    alt = f"{title}: {np.trace(counts):,} of {counts.sum():,} on the diagonal."
    wrong = counts * (1 - np.eye(classes, dtype=int))
    if wrong.any():
        i, j = divmod(int(wrong.argmax()), classes)
        alt += f" Most frequent mistake: {names[i]} taken for {names[j]}, "
        alt += f"{wrong[i, j]:,} times."
    fig = new_figure(alt)
    ax = fig.subplots()
    drawn = ax.imshow(share, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    size = min(12.0, 130 / classes)
    if classes <= 20:
        for (i, j), number in np.ndenumerate(counts):
            if number:
                colour = "white" if share[i, j] > 0.72 else "black"  # on these blues
                ax.text(j, i, f"{number:,}", ha="center", va="center", color=colour, size=size)
    ax.set_xticks(range(classes), names, fontsize=size)
    if max(map(len, names)) > 4:
        for tick in ax.get_xticklabels():
            tick.set(rotation=35, ha="right", rotation_mode="anchor")
    ax.set_yticks(range(classes), names, fontsize=size)
    ax.spines[:].set_visible(False)
    ax.set(xlabel="predicted class", ylabel="true class", title=title)
    bar = fig.colorbar(drawn, ax=ax, label="share of the true class")
    bar.ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    return fig


# --- what they share -------------------------------------------------------------------------


def _unit(label: str) -> tuple[float, str]:
    """Return by what to multiply values, and what is measured, without the percent sign."""
    return (100, label.removesuffix(" [%]")) if label.endswith("[%]") else (1, label)


def _in(panel: str) -> str:
    return f"{panel}, " if panel else ""


def _mark(ax: Axes, value: float, words: str, y: float) -> None:
    """Draw a dashed line upwards, with words beside its top."""
    ax.axvline(value, color=GREY, linestyle=_DASHES, lw=1.5, zorder=1.5)
    place: dict[str, Any] = {"xytext": (5, 0), "textcoords": "offset points", "va": "center"}
    ax.annotate(words, (value, y), color=GREY, **place)


def _legend_below(fig: CourseFigure, handles: Mapping[str, Any]) -> None:
    """Explain the lines below the figure, in lines of about equal length."""
    # One entry takes about 115 pixels for its line and the gaps, and 14 for each letter.
    width = figure._SLIDE[0] * figure._DPI
    fit = max(1, int(width / (115 + 14 * max(map(len, handles)))))
    lines = -(-len(handles) // fit)
    columns = -(-len(handles) // lines)
    fig.legend(handles.values(), handles, loc="outside lower center", ncols=columns)
