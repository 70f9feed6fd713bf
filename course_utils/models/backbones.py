"""Pretrained backbones from Keras Applications, each saying what its weights have learned on.

A backbone is a network without its classifier: images in, feature maps out. Where the weights from
ImageNet cannot be had, there are small ones that come with this package: ``embedded``, learned
from drawings of animals and plants.
"""

import atexit
import inspect
import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from unittest.mock import patch

import keras
import numpy as np

from course_utils.data import downloads

EMBEDDED = Path(__file__).with_name("embedded")
"""The folder of the weights that come with this package, and of how they were made."""


@dataclass(frozen=True)
class _Kind:
    """How a backbone is built, and where its weights are."""

    title: str
    build: Callable[..., keras.Model]
    settings: dict[str, Any]
    weights: str | None  # name in the registry of downloads; None: Keras finds them by itself

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
        now), ``"Keras"`` (one of the two), ``"embedded"`` (made from drawings, part of this
        package), or ``"random"`` (it has learned nothing).
    learned_on : str
        What the weights were learned on; empty if on nothing.
    note : str
        Empty in the normal case; otherwise why these are not the weights from ImageNet, or what
        was put right.
    """

    name: str
    model: keras.Model
    source: str
    learned_on: str = "ImageNet"
    note: str = ""

    @property
    def is_stand_in(self) -> bool:
        """Whether it has not learned on ImageNet."""
        return self.source in _MARKS

    def title(self, text: str) -> str:
        """Return a figure's title; "(stand-in weights)" or "(random weights)" where that is so."""
        return f"{text} ({_MARKS[self.source]} weights)" if self.is_stand_in else text

    def __repr__(self) -> str:
        count = f"{self.model.count_params():,}"
        line = f"{self.name}, {count} weights learned on {self.learned_on}"
        if self.source == "embedded":
            line += ", not on ImageNet"
        if self.source == "random":
            line = f"{self.name}, {count} random weights: it has learned nothing"
        return f"{line}; {self.note}" if self.note else line


_MARKS = {"embedded": "stand-in", "random": "random"}


def backbone(
    name: str = "mobilenet-v2", input_shape: tuple[int, int, int] = (224, 224, 3)
) -> Backbone:
    """Load a backbone by name: its weights from Keras's cache, else downloaded into it.

    Where neither can be, "mobilenet-v2" has the small weights that come with this package, and
    says so.

    Parameters
    ----------
    name : str, default "mobilenet-v2"
        That is MobileNetV2 with a width of 0.35, the smallest of Keras Applications (2 MB). Or any
        network of Keras Applications, such as ``"EfficientNetB0"``, in Keras's usual width.
    input_shape : (int, int, int), default (224, 224, 3)
        Height, width and channels of the images.

    Returns
    -------
    Backbone

    Raises
    ------
    ValueError
        If no backbone of this name is known, or it does not take images of this shape.
    OSError
        If the weights of another network than "mobilenet-v2" cannot be had, or those in this
        package are damaged.

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
    if kind.weights is None:
        return _from_keras(kind, input_shape)
    model = kind.model(input_shape)
    entry = downloads.REGISTRY[kind.weights]
    try:
        obtained = downloads.obtain(entry)
    except downloads.DownloadError as error:
        if isinstance(error, downloads.DamagedFile):
            downloads.warn(f"{error}: the weights that come with course_utils are used")
        note = f"the weights from ImageNet are not in Keras's cache, and {error}"
        return Backbone(kind.title, model, "embedded", _load_embedded(model, name), note)
    (file,) = entry.files
    with tempfile.TemporaryDirectory() as folder:  # the checked bytes, wherever they came from
        path = Path(folder) / file.name
        path.write_bytes(obtained.content[file.name])
        model.load_weights(path)
    source = "download" if obtained.downloaded else "cache"
    return Backbone(kind.title, model, source, note=obtained.note)


@dataclass(frozen=True)
class PretrainedWeights:
    """What to give to ``weights`` of ``keras.applications.MobileNetV2``.

    Attributes
    ----------
    weights : str
        ``"imagenet"``, or the path of a file with the weights that come with this package.
    learned_on : str
    note : str
        Empty, or why these are not the weights from ImageNet.
    """

    weights: str
    learned_on: str = "ImageNet"
    note: str = ""

    @property
    def is_stand_in(self) -> bool:
        """Whether they have not learned on ImageNet."""
        return self.weights != "imagenet"


def pretrained_weights() -> PretrainedWeights:
    """Find weights for MobileNetV2 0.35 without its top: ImageNet's, or those in this package.

    With it a cell in plain Keras runs on a machine without a network, too.

    Returns
    -------
    PretrainedWeights

    Raises
    ------
    OSError
        If the weights in this package are needed, and are damaged.

    Warns
    -----
    DataWarning
        If the file in Keras's cache was damaged or could not be kept.

    Examples
    --------
    >>> pretrained = pretrained_weights()
    >>> pretrained.is_stand_in == (pretrained.weights != "imagenet")
    True
    """
    try:
        downloads.obtain(downloads.REGISTRY["mobilenet-v2"])
    except downloads.DownloadError as error:
        if isinstance(error, downloads.DamagedFile):
            downloads.warn(f"{error}: the weights that come with course_utils are used")
        embedded = embedded_backbone()
        folder = tempfile.mkdtemp()
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        path = Path(folder, "embedded.weights.h5")
        embedded.model.save_weights(path)
        note = f"the weights from ImageNet are not in Keras's cache, and {error}"
        return PretrainedWeights(str(path), embedded.learned_on, note)
    return PretrainedWeights("imagenet")


def random_backbone(
    name: str = "mobilenet-v2", input_shape: tuple[int, int, int] = (224, 224, 3), seed: int = 0
) -> Backbone:
    """Return the same network as :func:`backbone`, its weights still random: the baseline.

    Parameters
    ----------
    name, input_shape
        As for :func:`backbone`.
    seed : int, default 0
        The same seed gives the same weights; no other random number is touched.

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
    return Backbone(kind.title, model, "random", "")


def embedded_backbone(input_shape: tuple[int, int, int] = (224, 224, 3)) -> Backbone:
    """Return MobileNetV2 0.35 with the weights that come with this package.

    Parameters
    ----------
    input_shape : (int, int, int), default (224, 224, 3)
        Height, width and channels of the images.

    Returns
    -------
    Backbone

    Raises
    ------
    OSError
        If the weights in this package are damaged.

    Notes
    -----
    ``embedded/mobilenet-v2.json`` says how they were made and what they are good for.

    Examples
    --------
    >>> embedded_backbone(input_shape=(32, 32, 3)).is_stand_in
    True
    """
    kind = _KNOWN["mobilenet-v2"]
    model = kind.model(input_shape)
    return Backbone(kind.title, model, "embedded", _load_embedded(model, "mobilenet-v2"))


def _known(name: str) -> _Kind:
    if name in _KNOWN:
        return _KNOWN[name]
    networks = dict(inspect.getmembers(keras.applications, inspect.isfunction))
    if name in networks:
        return _Kind(name, networks[name], {}, None)
    names = [*_KNOWN, *networks]
    lower = {one.lower(): one for one in names}
    near = [lower[one] for one in get_close_matches(name.lower(), lower)] or names
    raise ValueError(f"No backbone {name!r} is known; there is {', '.join(near)}.")


def _from_keras(kind: _Kind, input_shape: tuple[int, int, int]) -> Backbone:
    """Let Keras find the weights: in its cache, checked, or by a download into it."""

    def refuse(*arguments: Any) -> None:
        raise downloads.DownloadError("COURSE_OFFLINE forbids a download")

    offline = (  # Keras has no switch for it
        patch("keras.src.utils.file_utils.urlretrieve", refuse)
        if downloads.is_offline()
        else nullcontext()
    )
    kind.model(input_shape)  # an impossible shape is refused before anything is downloaded
    try:
        with offline:
            model = kind.build(input_shape=input_shape, include_top=False, weights="imagenet")
    except Exception as error:  # Keras has no class of its own for it
        raise downloads.DownloadError(
            f"the weights of {kind.title} are not in Keras's cache and could not be downloaded "
            f'({error}); "mobilenet-v2" needs no network'
        ) from error
    return Backbone(kind.title, model, "Keras")


def _load_embedded(model: keras.Model, name: str) -> str:
    """Give a model the weights that come with this package; return what they have learned on."""
    file = EMBEDDED / f"{name}.npz"
    try:
        about = json.loads(file.with_suffix(".json").read_text("utf-8"))
        with np.load(file, allow_pickle=False) as arrays:  # zip checks the CRC of each array
            for weight in model.weights:
                weight.assign(arrays[weight.path].astype("float32"))
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise OSError(
            f"{file.name}, which is part of course_utils, is damaged or missing ({error}): install "
            "the course anew"
        ) from None
    return f"drawings of {len(about['kinds'])} kinds of animals and plants"
