"""Pretrained backbones from Keras Applications: with their weights, or saying that they have none.

A backbone is a network without its classifier: images in, feature maps out.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from course_utils.data import downloads


@dataclass(frozen=True)
class _Kind:
    """How a backbone is built, and where its weights are."""

    title: str
    build: Callable[..., keras.Model]
    settings: dict[str, Any]
    weights: str  # name in the registry of downloads

    def model(self, input_shape: tuple[int, int, int]) -> keras.Model:
        """Return the network with the weights that Keras gives it."""
        return self.build(input_shape=input_shape, include_top=False, weights=None, **self.settings)


_KNOWN = {
    "mobilenet-v2": _Kind(
        "MobileNetV2 0.35", keras.applications.MobileNetV2, {"alpha": 0.35}, "mobilenet-v2"
    ),
}


@dataclass(frozen=True, eq=False, repr=False)
class Backbone:
    """A backbone, and where its weights come from.

    Attributes
    ----------
    name : str
        For titles and messages: ``"MobileNetV2 0.35"``.
    model : keras.Model
        As Keras Applications builds it, with ``include_top=False``. Its preprocessing is not in
        it: MobileNetV2 wants pixels from -1 to 1.
    source : str
        ``"cache"`` (weights that Keras had already downloaded), ``"download"`` (fetched just
        now), or ``"random"`` (asked for, or no weights to be had: it has learned nothing).
    note : str
        Empty in the normal case; otherwise why there are no weights, or what was put right.
    """

    name: str
    model: keras.Model
    source: str
    note: str = ""

    @property
    def is_stand_in(self) -> bool:
        """Whether it has not learned what it should have."""
        return self.source == "random"

    def title(self, text: str) -> str:
        """Return a figure's title, with " (random weights)" added if that is what it shows."""
        return f"{text} (random weights)" if self.is_stand_in else text

    def __repr__(self) -> str:
        count = f"{self.model.count_params():,}"
        learned = f"{count} weights learned on ImageNet"
        if self.is_stand_in:
            learned = f"{count} random weights: it has learned nothing"
        line = f"{self.name}, {learned}"
        return f"{line}; {self.note}" if self.note else line


def backbone(
    name: str = "mobilenet-v2", input_shape: tuple[int, int, int] = (224, 224, 3)
) -> Backbone:
    """Load a backbone by name: its weights from Keras's cache, else downloaded into it.

    Where neither can be, the same network with random weights is returned, and says so.

    Parameters
    ----------
    name : str, default "mobilenet-v2"
        That is MobileNetV2 with a width of 0.35, the smallest of Keras Applications (2 MB).
    input_shape : (int, int, int), default (224, 224, 3)
        Height, width and channels of the images.

    Returns
    -------
    Backbone

    Raises
    ------
    ValueError
        If no backbone of this name is known.

    Warns
    -----
    DataWarning
        If the file was damaged or could not be kept.

    Notes
    -----
    Sandler et al., "MobileNetV2: Inverted residuals and linear bottlenecks", CVPR 2018. Weights of
    Keras Applications, Apache-2.0.
    """
    kind = _known(name)
    entry = downloads.REGISTRY[kind.weights]
    try:
        obtained = downloads.obtain(entry)
    except downloads.DownloadError as error:
        if isinstance(error, downloads.DamagedFile):
            downloads.warn(f"{error}: random weights are used")
        note = f"the weights are not in Keras's cache, and {error}"
        return replace(random_backbone(name, input_shape), note=note)
    (file,) = entry.files
    model = kind.model(input_shape)
    with tempfile.TemporaryDirectory() as folder:  # the checked bytes, wherever they came from
        path = Path(folder) / file.name
        path.write_bytes(obtained.content[file.name])
        model.load_weights(path)
    source = "download" if obtained.downloaded else "cache"
    return Backbone(kind.title, model, source, obtained.note)


def random_backbone(
    name: str = "mobilenet-v2", input_shape: tuple[int, int, int] = (224, 224, 3), seed: int = 0
) -> Backbone:
    """Return the same network as :func:`backbone` with random weights: the baseline.

    Parameters
    ----------
    name, input_shape
        As for :func:`backbone`.
    seed : int, default 0
        The same seed gives the same weights.

    Returns
    -------
    Backbone

    Raises
    ------
    ValueError
        If no backbone of this name is known.

    Examples
    --------
    >>> random_backbone(input_shape=(32, 32, 3))
    MobileNetV2 0.35, 410,208 random weights: it has learned nothing
    """
    kind = _known(name)
    model = kind.model(input_shape)
    seeds = np.random.SeedSequence(seed).generate_state(len(model.weights))
    for weight, own in zip(model.weights, seeds, strict=True):
        if len(weight.shape) == 4:  # convolutions; batch normalisation begins with 0 and 1
            weight.assign(keras.initializers.GlorotUniform(int(own))(weight.shape))
    return Backbone(kind.title, model, "random")


def _known(name: str) -> _Kind:
    if name not in _KNOWN:
        raise ValueError(f"No backbone {name!r} is known; there is {', '.join(_KNOWN)}.")
    return _KNOWN[name]
