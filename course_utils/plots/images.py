"""Images in a grid."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from course_utils.plots.figure import CourseFigure, new_figure
from course_utils.plots.style import SLIDE, course_style


@course_style()
def image_grid(
    images: Any,
    titles: Sequence[Any] | None = None,
    columns: int | None = None,
    title: str | None = None,
) -> CourseFigure:
    """Draw images in rows and columns, each with its title, on one slide.

    Parameters
    ----------
    images : array_like, shape (n, h, w), (n, h, w, 1) or (n, h, w, 3)
        uint8 from 0 to 255, or floats. Gray images in floats keep one common scale from the
        smallest to the largest value; colour images in floats are clipped to 0..1.
    titles : sequence, optional
        One per image.
    columns : int, optional
        Default: what fills a slide best.
    title : str, optional
        Title of the whole figure.

    Returns
    -------
    CourseFigure

    Raises
    ------
    ValueError
        If the shape is not one of the three, or the number of titles is not that of the images.
    """
    pixels = np.asarray(images)
    if pixels.ndim == 4 and pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
    if not (pixels.ndim == 3 or (pixels.ndim == 4 and pixels.shape[-1] == 3)) or not pixels.size:
        raise ValueError(
            f"images must have shape (n, h, w), (n, h, w, 1) or (n, h, w, 3), not {pixels.shape}; "
            "put a single image into a list: image_grid([image])."
        )
    count, height, width = pixels.shape[:3]
    if titles is not None and len(titles) != count:
        raise ValueError(f"{len(titles)} titles for {count} images; give one per image.")
    columns = min(columns or _columns(count, width / height), count)
    rows = math.ceil(count / columns)

    words = f"{count} image{'s' if count > 1 else ''} of {height} x {width} pixels"
    alt = f"{title}: {words}" if title else words.capitalize()
    if titles is not None:
        alt += ", titled " + ", ".join(" ".join(str(t).split()) for t in titles)
    fig = new_figure(alt + ".")
    # Few columns leave room for large titles, many do not.
    size = max(7.0, min(13.0, 72 * SLIDE[0] / columns / 9))
    scale: dict[str, Any] = {"cmap": "gray"} if pixels.ndim == 3 else {}
    if pixels.ndim == 3:
        scale["vmin"], scale["vmax"] = (
            (0, 255) if pixels.dtype == np.uint8 else (pixels.min(), pixels.max())
        )
    elif pixels.dtype != np.uint8:
        pixels = pixels.clip(0, 1)
    for i, ax in enumerate(fig.subplots(rows, columns, squeeze=False).flat):
        ax.axis("off")
        if i < count:
            ax.imshow(pixels[i], **scale)
            if titles is not None:
                ax.set_title(str(titles[i]), fontsize=size)
    if title:
        fig.suptitle(title)
    return fig


def _columns(count: int, aspect: float) -> int:
    """Return the number of columns that makes the images largest on a slide."""
    slide_width, slide_height = SLIDE
    return max(
        range(1, count + 1),
        key=lambda n: min(slide_width / n / aspect, slide_height / math.ceil(count / n) * 0.8),
    )
