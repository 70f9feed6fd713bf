"""Images, kernels and explanations, side by side."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from course_utils.plots import figure
from course_utils.plots.figure import _SLIDE, CourseFigure, course_style, new_figure, short


@course_style()
def image_grid(
    images: Any,
    titles: Sequence[Any] | None = None,
    columns: int | None = None,
    *,
    title: str | None = None,
) -> CourseFigure:
    """Draw images in rows and columns, each with one of the titles, on one slide.

    ``images`` are of shape (n, h, w), (n, h, w, 1) or (n, h, w, 3): uint8 from 0 to 255, or floats.
    Gray images in floats keep one common scale from the smallest to the largest value; colour
    images in floats are from 0 to 1. By default there are as many columns as fill a slide best.
    """
    pixels = figure._stacked(images)
    alone = pixels.ndim == 3 and pixels.shape[1] >= 8 and pixels.shape[2] in (1, 3)  # a photograph
    if pixels.ndim == 4 and pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
    fits = pixels.ndim == 3 or (pixels.ndim == 4 and pixels.shape[-1] == 3)
    if alone or not fits or not pixels.size:
        raise ValueError(
            f"images must have shape (n, h, w), (n, h, w, 1) or (n, h, w, 3), not {pixels.shape}; "
            "put a single image into a list: image_grid([image])."
        )
    count, height, width = pixels.shape[:3]
    if titles is not None and len(titles) != count:
        raise ValueError(f"{len(titles)} titles for {count} images; give one per image.")
    columns = min(columns or _columns(count, height, width), count)
    words = f"{count} image{'s' if count > 1 else ''} of {height} x {width} pixels"
    alt = f"{title}: {words}" if title else words.capitalize()
    if titles is not None:
        alt += f", titled {_listed(titles)}"
    # Few columns leave room for large titles, many do not. The page is as high as its content.
    size = max(7.0, min(13.0, 72 * _SLIDE[0] / columns / 9))
    words_above = [""] * count if titles is None else [str(words) for words in titles]
    lines = max(words.count("\n") + 1 for words in words_above)
    rows = math.ceil(count / columns)
    tall = rows * (_SLIDE[0] / columns * height / width + lines * 1.6 * size / 72) + 0.6
    fig = new_figure(f"{alt}.", height=min(_SLIDE[1], tall))
    fig.suptitle(title or "")
    if pixels.ndim == 4:
        pixels = _as_colours(pixels)
    seen = pixels[np.isfinite(pixels)]  # what is not is left blank
    if not seen.size:
        raise ValueError("There is no number in the images that can be drawn.")
    low, high = (0, 255) if pixels.dtype == np.uint8 else (float(seen.min()), float(seen.max()))
    if low == high:  # white is 1 then, and black 0
        low, high = min(low, 0.0), max(high, 1.0)
    axes = _axes(fig, rows, columns).flat
    for ax, image, words in zip(axes, pixels, words_above, strict=False):
        ax.imshow(image, cmap="gray", vmin=low, vmax=high)  # colours have no scale
        ax.set_title(words, fontsize=size)
    return fig


@course_style()
def explanation_grid(
    images: Any,
    explanations: Mapping[str, Any],
    titles: Sequence[str],
    *,
    title: str = "Which pixels count",
) -> CourseFigure:
    """Draw images in the first column, and what each method says about them beside it.

    ``images`` are of shape (n, height, width, 1 or 3), uint8 or floats from 0 to 1, and each has a
    title. ``explanations`` has maps of shape (n, map height, map width) by the name of the method.
    Signed maps are blue (against) and red (for), others dark (nothing) to bright. A coarse map is
    laid over the image. Each picture has a scale of its own; its brightest 0.5 percent are cut off.
    """
    pixels = figure._stacked(images)
    if pixels.ndim != 4 or pixels.shape[-1] not in (1, 3):
        raise ValueError(f"images must have shape (n, h, w, 1 or 3), not {pixels.shape}.")
    figure._named("explanations", explanations)
    n = len(pixels)
    if len(titles) != n or not n:
        raise ValueError(f"{len(titles)} titles for {n} images; give one per image.")
    shown = pixels / 255 if pixels.dtype == np.uint8 else _as_colours(pixels)
    fig = new_figure()
    axes = _axes(fig, n, len(explanations) + 1)
    empty = []
    for row, line in enumerate(axes):
        line[0].imshow(shown[row], cmap="gray", vmin=0, vmax=1)
        beside: dict[str, Any] = {"ha": "right", "va": "center", "rotation": 90, "size": 12}
        beside |= {"transform": line[0].transAxes, "multialignment": "center"}
        line[0].text(-0.04, 0.5, titles[row], **beside)
        for ax, (label, maps) in zip(line[1:], explanations.items(), strict=True):
            values = figure._finite(repr(label), maps)
            if values.ndim != 3 or len(values) != n:
                raise ValueError(f"{label!r} has shape {values.shape}; give one map for an image.")
            if not _explain(ax, shown[row].mean(axis=-1), values[row]):
                empty.append(" ".join(f"{label} of {titles[row]}".split()))
    for ax, label in zip(axes[0], ["image", *explanations], strict=True):
        ax.set_title(label, fontsize=13)
    fig.suptitle(title)
    alt = f"{title}: {n} images ({_listed(titles)}), explained by {', '.join(explanations)}"
    if empty:
        caption = f"0 everywhere: {'; '.join(empty)}"
        fig.supxlabel(caption, fontsize=11)
        alt += f"; {caption}"
    fig.set_label(f"{alt}.")
    return fig


def _explain(ax: Axes, gray: np.ndarray, heat: np.ndarray) -> bool:
    """Draw a map, over its image if it is coarse; say whether there was anything to draw."""
    height, width = gray.shape
    most = float(np.percentile(np.abs(heat), 99.5)) or float(np.abs(heat).max())
    look: dict[str, Any] = {"extent": (-0.5, width - 0.5, height - 0.5, -0.5)}
    if heat.shape != gray.shape:
        ax.imshow(gray, cmap="gray", vmin=0, vmax=1, **look)
        look |= {"alpha": 0.6, "interpolation": "bilinear"}
    if (heat < 0).any():
        ax.imshow(heat, cmap="RdBu_r", vmin=-most, vmax=most, **look)
    else:
        ax.imshow(heat, cmap="magma", vmin=0, vmax=most or 1, **look)
    return most > 0


@course_style()
def kernel_sheet(
    kernels: Mapping[str, Any],
    results: Mapping[str, Any],
    *,
    title: str = "Kernels and what they do",
) -> CourseFigure:
    """Draw the result of each kernel as an image, with its numbers below it.

    Kernels and results have the same names, and are of shape (height, width). The results are
    computed from an image with gray values from 0 (black) to 1 (white). Those of a kernel that sums
    to zero are shown with 0 as middle gray and a scale of their own; all others from 0 to 1.
    """
    figure._named("kernels", kernels)
    if kernels.keys() != results.keys():
        raise ValueError(f"The kernels are {', '.join(kernels)}, the results {', '.join(results)}.")
    columns = min(len(kernels), 4)
    fig = new_figure()
    said = []
    axes = _axes(fig, math.ceil(len(kernels) / columns), columns).flat
    for ax, name in zip(axes, kernels, strict=False):
        weights, pixels = (figure._finite(repr(name), of[name]) for of in (kernels, results))
        if weights.ndim != 2 or pixels.ndim != 2:
            raise ValueError(f"{name!r} needs a kernel and a result of (height, width).")
        total, low, high = weights.sum(), 0.0, 1.0
        if np.isclose(total, 0):
            # One very bright edge must not make all others invisible.
            high = float(np.percentile(np.abs(pixels), 99.5)) or 1.0
            low = -high
        smooth = "nearest" if pixels.shape[1] <= 320 else "auto"  # "auto" shrinks without moiré
        ax.imshow(pixels, cmap="gray", vmin=low, vmax=high, interpolation=smooth)
        ax.set_title(f"{name}\nsum {short(total)}", fontsize=12)
        below: dict[str, Any] = {"ha": "center", "va": "top", "family": "DejaVu Sans Mono"}
        below |= {"size": 10 if len(weights) <= 3 else 7, "linespacing": 1.05}
        ax.text(0.5, -0.04, _matrix(weights), transform=ax.transAxes, **below)
        said.append(f"{name} (sum {short(total)})")
    fig.suptitle(title)
    fig.set_label(f"{title}: {', '.join(said)}. Zero is middle gray where the sum is zero.")
    return fig


def _matrix(weights: np.ndarray) -> str:
    """Return a kernel as aligned whole numbers, with a common factor such as 1/16 in front."""
    least = np.abs(weights[weights != 0]).min(initial=np.inf)
    factor = ""
    if np.isfinite(least) and not np.allclose(weights, weights.round()):
        whole = weights / least
        if np.allclose(whole, whole.round()) and np.isclose(1 / least, round(1 / least)):
            weights, factor = whole, f"1/{round(1 / least)} \N{MULTIPLICATION SIGN} "
    cells = [[short(value) for value in line] for line in weights]
    width = max(len(cell) for line in cells for cell in line)
    lines = [" ".join(cell.rjust(width) for cell in line) for line in cells]
    middle = len(lines) // 2
    indent = " " * len(factor)
    return "\n".join((factor if i == middle else indent) + line for i, line in enumerate(lines))


def _as_colours(pixels: np.ndarray) -> np.ndarray:
    """Return images as Matplotlib shows them; refuse what it would show as white or black."""
    fits = -0.5 < pixels.min() <= pixels.max() <= 2  # what is a little outside is cut off
    if pixels.dtype != np.uint8 and not fits:
        raise ValueError(
            "images are uint8 from 0 to 255, or floats from 0 to 1, and these are "
            f"{pixels.dtype} from {pixels.min():g} to {pixels.max():g}: use .astype('uint8'), "
            "or divide."
        )
    return pixels if pixels.dtype == np.uint8 else pixels.astype(float).clip(0, 1)


# --- what they share -------------------------------------------------------------------------


def _axes(fig: CourseFigure, rows: int, columns: int) -> Any:
    """Return rows of places for images, without ticks and frames."""
    axes = fig.subplots(rows, columns, squeeze=False)
    for ax in axes.flat:
        ax.axis("off")
    return axes


def _columns(n: int, height: float, width: float) -> int:
    """Return the number of columns that makes the tiles largest on a slide."""
    across, up = _SLIDE[0], _SLIDE[1] * 0.82
    return max(
        range(1, n + 1), key=lambda c: min(across / (c * width), up / (math.ceil(n / c) * height))
    )


def _listed(titles: Any) -> str:
    return ", ".join(" ".join(str(title).split()) for title in titles)
