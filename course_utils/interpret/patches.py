"""The pieces of images that excite a filter most."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import keras
import numpy as np

from course_utils.costs import from_keras
from course_utils.costs.layer import is_size
from course_utils.interpret import graph


@dataclass(frozen=True, eq=False)
class Patches:
    """What excites some channels of a layer most; k channels, m patches for each.

    ``pixels`` has the receptive field cut out of the image, 0 outside of it. Along an axis where
    the field is as large as the image, or larger, it is the whole image.
    """

    values: np.ndarray  # (k, m): how strongly the channel answers, the strongest first
    images: np.ndarray  # (k, m): in which image; no image twice for one channel
    corners: np.ndarray  # (k, m, 2): first row and column; negative where it begins outside
    pixels: np.ndarray  # (k, m, height, width, channels of the image)


def strongest_patches(
    model: keras.Model, images: Any, layer: str, channels: Sequence[int], count: int = 9
) -> Patches:
    """Find the patches of a data set that excite the channels of a layer most.

    Each is cut out with its true receptive field, which the calculator knows; those of one channel
    are from as many different images.

    Zeiler and Fergus, "Visualizing and understanding convolutional networks", ECCV 2014, figure 2.
    """
    given = graph._stacked(images)
    pixels = graph._as_images(model, given)
    graph._check_planar(model)
    name = graph._find_layer(model, layer)
    if not (is_size(count) and count <= len(pixels)):
        raise ValueError(f"{len(pixels)} images do not have {count} patches, one from each.")
    field = from_keras(model, tuple(pixels.shape[1:])).row(name).field
    if field is None:
        raise ValueError(
            f"What a value of {name!r} sees cannot be known: a layer before it is new "
            "to the calculator."
        )

    strongest, where = [], []
    for batch in graph._batches(len(pixels)):
        maps = graph._activations(model, pixels[batch], name)
        maps = maps.reshape(len(maps), -1, maps.shape[-1])  # dense units have one position
        if maps.shape[1] != prod(field.extent):
            raise ValueError(
                f"The values of {name!r} are no maps, nor does each see all of the image: take a "
                "layer before it."
            )
        strongest.append(maps.max(axis=1))
        where.append(maps.argmax(axis=1))
    answers, places = np.concatenate(strongest), np.concatenate(where)
    graph._check_channels(name, answers.shape[1], np.atleast_1d(channels).tolist())
    chosen = np.atleast_1d(channels).astype(int)[:, np.newaxis]

    best = np.argsort(-answers[:, chosen[:, 0]], axis=0, kind="stable")[:count].T
    rows, columns = np.divmod(places[best, chosen], field.extent[1])
    _, height, width, _ = pixels.shape
    sides = min(field.rows.size, height), min(field.columns.size, width)
    # The first pixel that each place sees, or 0 where that is the whole image.
    axes = (field.rows, rows, height), (field.columns, columns, width)
    firsts = [0 * at if axis.size >= side else axis.sees(at)[0] for axis, at, side in axes]
    corners = np.stack(firsts, axis=-1)
    cuts = [
        [_cut(given[image], corner, sides) for image, corner in zip(*pair, strict=True)]
        for pair in zip(best, corners, strict=True)
    ]
    return Patches(answers[best, chosen], best, corners, np.array(cuts))


def _cut(image: np.ndarray, corner: Any, sides: Any) -> np.ndarray:
    """Return a piece of an image, 0 outside of it."""
    padded = np.pad(image, [(side, side) for side in sides] + [(0, 0)])
    (top, left), (height, width) = corner + sides, sides
    return padded[top : top + height, left : left + width]
