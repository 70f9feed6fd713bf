"""A network that names garments, and a picture for it: for the first ten minutes of the course."""

import atexit
import os
import shutil
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

import keras

from course_utils.data import stand_in
from course_utils.data.checking import check_images
from course_utils.data.clothing import clothes
from course_utils.models.backbones import _embedded, embedded_backbone, pretrained_weights

SIZE = 160  # height and width in pixels of the images that the network takes


@dataclass(frozen=True)
class _GarmentPicture:
    """A file with a picture of a garment, which any program that reads it sees upright."""

    path: Path
    medium: str  # "photographs" or "drawings"
    what: str  # what it is, without what it shows: "a drawn garment"

    def __repr__(self) -> str:
        return f"The picture: {self.what}"


def garment_picture(photo: str | os.PathLike[str] | None = None) -> _GarmentPicture:
    """Return your photograph, upright; without one, a photograph of the clothes' test part.

    Where these photographs or the weights from ImageNet cannot be had, there is a drawn garment.
    Phones store photographs lying on their side, with a note that Keras ignores, so of yours there
    is a copy.
    """
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    if photo is not None:
        path = Path(os.path.expanduser(photo))
        if not path.is_file():
            what = "this is a folder" if path.is_dir() else f"there is no such file in {Path.cwd()}"
            raise FileNotFoundError(f"{path}: {what}; give the path of one photograph")
        checked = check_images(path, repaired=folder)
        if checked.repaired is None:
            why = "; ".join(what for *_, what in checked.findings)
            raise ValueError(f"{path} is no photograph that can be read: {why}")
        return _GarmentPicture(checked.repaired, "photographs", f"your photograph {path.name}")
    photographs = None if pretrained_weights().is_stand_in else clothes()
    if photographs and not photographs.is_stand_in:
        path = sorted((photographs.test / "longsleeve").glob("*.jpg"))[:4][-1]
        return _GarmentPicture(path, "photographs", "a photograph of the test part of clothes")
    path = folder / "drawn.png"
    keras.utils.save_img(path, stand_in.load()[2][0, ..., None], scale=False)
    return _GarmentPicture(path, "drawings", "a garment drawn by course_utils")


@dataclass(frozen=True, eq=False)
class _GarmentClassifier:
    """A network that names ten kinds of garment."""

    model: keras.Model  # from images of shape (n, 160, 160, 3), 0 to 255, to probabilities (n, 10)
    class_names: tuple[str, ...]
    learned_on: str  # "photographs" or "drawings"
    held_out_accuracy: float  # on such images that it had not learned from

    def __repr__(self) -> str:
        features = {"photographs": "ImageNet's", "drawings": "the course's own"}[self.learned_on]
        share = f"{self.held_out_accuracy:.0%}"
        return (
            f"The network: MobileNetV2 0.35 with {features} weights. Its head has learned on\n"
            f"{self.learned_on} of garments, and names {share} of others correctly."
        )


def garment_classifier(medium: str = "photographs") -> _GarmentClassifier:
    """Return MobileNetV2 0.35 with a head that has learned to name garments.

    For ``"photographs"`` it takes ImageNet's weights; where they cannot be had, it is the network
    for ``"drawings"`` all the same, and says so.

    >>> garment_classifier("drawings").class_names[:3]
    ('T-shirt/top', 'Trouser', 'Pullover')
    """
    if medium not in ("photographs", "drawings"):
        raise ValueError(f"garments on photographs or drawings can be named, not on {medium!r}")
    if medium == "photographs" and pretrained_weights().is_stand_in:
        medium = "drawings"
    with _embedded("garment-heads") as (description, arrays):
        about = description[medium]
        names, accuracy = tuple(about["class_names"]), about["held_out_accuracy"]
        weights = [arrays[f"{medium} {part}"].astype("float32") for part in ("kernel", "bias")]
    model = keras.Sequential([features(medium), keras.layers.Dense(len(names), "softmax")])
    model.layers[-1].set_weights(weights)
    return _GarmentClassifier(model, names, medium, accuracy)


def features(medium: str) -> keras.Model:
    """Return preprocessing, backbone and pooling as one model: pixels to 1,280 numbers."""
    shape = (SIZE, SIZE, 3)
    if medium == "drawings":
        base = embedded_backbone(shape)
    else:
        with warnings.catch_warnings():  # that the weights were learned at 224 pixels is known
            warnings.filterwarnings("ignore", message=".*input_shape.*")
            base = keras.applications.MobileNetV2(
                include_top=False, alpha=0.35, input_tensor=keras.Input(shape), weights="imagenet"
            )
    inputs = keras.Input(shape)
    maps = base(keras.layers.Rescaling(1 / 127.5, offset=-1)(inputs))
    return keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(maps))
