"""Weights for MobileNetV2 0.35: ImageNet's, or the small ones that come with this package."""

import atexit
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from course_utils.data import cached

EMBEDDED = Path(__file__).with_name("embedded")
"""The folder of the weights that come with this package, and of how they were made."""

_NAME = "mobilenet-v2"  # of its files, and in the registry of downloads


@dataclass(frozen=True)
class _PretrainedWeights:
    """What to give to ``weights`` of ``keras.applications.MobileNetV2``."""

    weights: str  # "imagenet", or the path of a file with those that come with this package
    learned_on: str = "ImageNet"

    @property
    def is_stand_in(self) -> bool:
        """Whether they have not learned on ImageNet."""
        return self.weights != "imagenet"


def pretrained_weights() -> _PretrainedWeights:
    """Find weights for MobileNetV2 0.35 without its top: ImageNet's, or those in this package.

    With it a cell in plain Keras runs on a machine without a network, too. ImageNet's are in
    Keras's cache already, or are downloaded into it.

    Sandler et al., "MobileNetV2: Inverted residuals and linear bottlenecks", CVPR 2018. Weights of
    Keras Applications, Apache-2.0.
    """
    instead = "the weights that come with course_utils are used"
    if cached.obtain_or(_NAME, "", instead)[0]:
        return _PretrainedWeights("imagenet")
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = Path(folder, "embedded.weights.h5")
    embedded_backbone().save_weights(path)
    with _embedded(_NAME) as (about, _):
        kinds = len(about["kinds"])
    return _PretrainedWeights(str(path), f"drawings of {kinds} kinds of animals and plants")


def embedded_backbone(input_shape: tuple[int, int, int] = (224, 224, 3)) -> keras.Model:
    """Return MobileNetV2 0.35 without its top, with the weights that come with this package.

    ``embedded/mobilenet-v2.json`` says how they were made and what they are good for. It wants
    pixels from -1 to 1.
    """
    if np.size(input_shape) != 3 or input_shape[2] != 3:
        raise ValueError(f"input_shape must be (height, width, 3), not {input_shape}")
    model = keras.applications.MobileNetV2(
        include_top=False, alpha=0.35, input_shape=input_shape, weights=None
    )
    with _embedded(_NAME) as (_, arrays):
        for weight in model.weights:
            weight.assign(arrays[weight.path].astype("float32"))
    return model


@contextmanager
def _embedded(name: str) -> Iterator[tuple[dict[str, Any], Mapping[str, np.ndarray]]]:
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
