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
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import keras
import numpy as np

from course_utils.data import downloads

EMBEDDED = Path(__file__).with_name("embedded")
"""The folder of the weights that come with this package, and of how they were made."""


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

    Raises
    ------
    ValueError
        If no backbone of this name is known, or it does not take images of this shape.
    OSError
        If the weights of another network than "mobilenet-v2" cannot be had, or those in this
        package are damaged.

    Notes
    -----
    Sandler et al., "MobileNetV2: Inverted residuals and linear bottlenecks", CVPR 2018. Weights of
    Keras Applications, Apache-2.0.
    """
    title, build = _known(name)
    model = build(input_shape=input_shape, weights=None)
    if name != _SMALLEST:
        return Backbone(title, _found_by_keras(title, build, input_shape), "Keras")
    obtained, note = _from_imagenet()
    if obtained is None:
        return Backbone(title, model, "embedded", _load_embedded(model), note)
    ((file, content),) = obtained.content.items()
    with tempfile.TemporaryDirectory() as folder:  # the checked bytes, wherever they came from
        path = Path(folder) / file
        path.write_bytes(content)
        model.load_weights(path)
    source = "download" if obtained.downloaded else "cache"
    return Backbone(title, model, source, note=obtained.note)


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

    Examples
    --------
    >>> pretrained = pretrained_weights()
    >>> pretrained.is_stand_in == (pretrained.weights != "imagenet")
    True
    """
    obtained, note = _from_imagenet()
    if obtained is not None:
        return PretrainedWeights("imagenet")
    embedded = embedded_backbone()
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = Path(folder, "embedded.weights.h5")
    embedded.model.save_weights(path)
    return PretrainedWeights(str(path), embedded.learned_on, note)


def random_backbone(
    name: str = "mobilenet-v2", input_shape: tuple[int, int, int] = (224, 224, 3), seed: int = 0
) -> Backbone:
    """Return the same network as :func:`backbone`, its weights still random: the baseline.

    The same seed gives the same weights, and no other random number is touched.

    Examples
    --------
    >>> random_backbone(input_shape=(32, 32, 3))
    MobileNetV2 0.35, 410,208 random weights: it has learned nothing
    """
    title, build = _known(name)
    model = build(input_shape=input_shape, weights=None)
    seeds = np.random.SeedSequence(seed).generate_state(len(model.weights))
    for weight, own in zip(model.weights, seeds, strict=True):
        if len(weight.shape) == 4:  # convolutions; batch normalisation begins with 0 and 1
            weight.assign(keras.initializers.GlorotUniform(int(own))(weight.shape))
    return Backbone(title, model, "random", "")


def embedded_backbone(input_shape: tuple[int, int, int] = (224, 224, 3)) -> Backbone:
    """Return MobileNetV2 0.35 with the weights that come with this package.

    ``embedded/mobilenet-v2.json`` says how they were made and what they are good for.

    Examples
    --------
    >>> embedded_backbone(input_shape=(32, 32, 3)).is_stand_in
    True
    """
    title, build = _known(_SMALLEST)
    model = build(input_shape=input_shape, weights=None)
    return Backbone(title, model, "embedded", _load_embedded(model))


_SMALLEST = "mobilenet-v2"  # also the name of its files


def _known(name: str) -> tuple[str, Callable[..., keras.Model]]:
    """Return the title of a network, and what builds it without its classifier."""
    networks = dict(inspect.getmembers(keras.applications, inspect.isfunction))
    if name == _SMALLEST:
        return "MobileNetV2 0.35", partial(networks["MobileNetV2"], include_top=False, alpha=0.35)
    if name in networks:
        return name, partial(networks[name], include_top=False)
    lower = {one.lower(): one for one in (_SMALLEST, *networks)}
    near = [lower[one] for one in get_close_matches(name.lower(), lower)] or lower.values()
    raise ValueError(f"No backbone {name!r} is known; there is {', '.join(near)}.")


def _from_imagenet() -> tuple[downloads.Obtained | None, str]:
    """Return the file with ImageNet's weights, or why it cannot be had."""
    try:
        return downloads.obtain(downloads.REGISTRY[_SMALLEST]), ""
    except downloads.DownloadError as error:
        if isinstance(error, downloads.DamagedFile):
            downloads.warn(f"{error}: the weights that come with course_utils are used")
        return None, f"the weights from ImageNet are not in Keras's cache, and {error}"


def _found_by_keras(
    title: str, build: Callable[..., keras.Model], input_shape: tuple[int, int, int]
) -> keras.Model:
    """Let Keras find the weights: in its cache, checked, or by a download into it."""

    def refuse(*arguments: Any) -> None:
        raise downloads.DownloadError("COURSE_OFFLINE forbids a download")

    offline = (  # Keras has no switch for it
        patch("keras.src.utils.file_utils.urlretrieve", refuse)
        if downloads.is_offline()
        else nullcontext()
    )
    try:
        with offline:
            return build(input_shape=input_shape, weights="imagenet")
    except Exception as error:  # Keras has no class of its own for it
        raise downloads.DownloadError(
            f"the weights of {title} are not in Keras's cache and could not be downloaded "
            f'({error}); "{_SMALLEST}" needs no network'
        ) from error


@contextmanager
def embedded(name: str) -> Iterator[tuple[dict[str, Any], Mapping[str, np.ndarray]]]:
    """Give what comes with this package under a name: a description, and arrays."""
    file = EMBEDDED / f"{name}.npz"
    try:
        about = json.loads(file.with_suffix(".json").read_text("utf-8"))
        with np.load(file, allow_pickle=False) as arrays:  # zip checks the CRC of each array
            yield about, arrays
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise OSError(
            f"{file.name}, which is part of course_utils, is damaged or missing ({error}): install "
            "the course anew"
        ) from None


def _load_embedded(model: keras.Model) -> str:
    """Give a model the weights that come with this package; return what they have learned on."""
    with embedded(_SMALLEST) as (about, arrays):
        for weight in model.weights:
            weight.assign(arrays[weight.path].astype("float32"))
        count = len(about["kinds"])
    return f"drawings of {count} kinds of animals and plants"
