"""The two heads that come with the course name garments as well as their record says."""

from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from course_utils.data import clothes, stand_in
from course_utils.data.pictures import CLASS_NAMES
from course_utils.models import backbones, garments
from course_utils.models.backbones import EMBEDDED, _PretrainedWeights, pretrained_weights
from course_utils.models.garments import garment_classifier, garment_picture


def test_drawn_garments_are_named():
    with pytest.raises(ValueError, match=r"on photographs or drawings .* not on 'paintings'"):
        garment_classifier("paintings")
    network = garment_classifier("drawings")
    assert network.learned_on == "drawings"
    assert network.class_names == CLASS_NAMES
    x, y = (array[:300] for array in stand_in.load()[2:])
    images = keras.ops.image.resize(np.repeat(x[..., None], 3, axis=-1), (160, 160))
    probabilities = network.model.predict(images, verbose=0)
    assert (probabilities.shape, probabilities.dtype) == ((300, 10), "float32")
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    right = (probabilities.argmax(axis=1) == y).mean()
    assert right == pytest.approx(network.held_out_accuracy, abs=0.07)  # 300 of them: 3 sigma
    assert f"names {network.held_out_accuracy:.0%} of others correctly" in repr(network)


def answers(network, paths):
    """Read photographs as the notebook does it, and have them named."""
    how = {"target_size": (160, 160), "interpolation": "bilinear"}
    images = np.array([keras.utils.load_img(path, **how) for path in paths])
    return network.model.predict(images, verbose=0).argmax(axis=1).tolist()


def test_photographs_are_named_with_the_real_weights():
    if pretrained_weights().is_stand_in or clothes().is_stand_in:
        pytest.skip("ImageNet's weights and the photographs of clothes are not here")
    network = garment_classifier()
    assert network.learned_on == "photographs"
    assert network.class_names == clothes().class_names
    paths = sorted(clothes().validation.glob("*/*.jpg"))[::4]  # so many will do
    names = [network.class_names[answer] for answer in answers(network, paths)]
    right = np.mean([name == path.parent.name for name, path in zip(names, paths, strict=True)])
    assert right == pytest.approx(network.held_out_accuracy, abs=0.12)


def test_without_the_weights_from_imagenet_it_is_the_network_for_drawings(monkeypatch):
    monkeypatch.setattr(garments, "pretrained_weights", lambda: _PretrainedWeights("embedded.h5"))
    picture = garment_picture()
    assert (picture.medium, picture.what) == ("drawings", "a garment drawn by course_utils")
    network = garment_classifier("photographs")
    assert network.learned_on == "drawings"
    assert "MobileNetV2 0.35 with the course's own weights" in repr(network)
    assert answers(network, [picture.path]) == [stand_in.load()[3][0]]


HEADS, ABOUT = ((EMBEDDED / f"garment-heads.{end}").read_bytes() for end in ("npz", "json"))
DAMAGED = {
    "cut off": (HEADS[:-2000], ABOUT),
    "zeros inside": (HEADS[:30_000] + bytes(100) + HEADS[30_100:], ABOUT),
    "missing": (None, ABOUT),
    "record empty": (HEADS, b"{}"),
}


@pytest.mark.parametrize(("heads", "about"), DAMAGED.values(), ids=DAMAGED)
def test_damaged_heads_are_one_clear_error(tmp_path, monkeypatch, heads, about):
    (tmp_path / "garment-heads.json").write_bytes(about)
    if heads:
        (tmp_path / "garment-heads.npz").write_bytes(heads)
    monkeypatch.setattr(backbones, "EMBEDDED", tmp_path)
    with pytest.raises(OSError, match=r"garment-heads.npz.* damaged or missing .*install .* anew"):
        garment_classifier("drawings")


def test_a_photograph_that_lies_on_its_side_is_turned(tmp_path):
    exif = Image.Exif()
    exif[0x112] = 6  # "rotate by 90 degrees to see it upright"
    Image.new("RGB", (80, 40)).save(tmp_path / "mine.jpg", exif=exif)
    picture = garment_picture(str(tmp_path / "mine.jpg"))
    assert repr(picture) == "The picture: your photograph mine.jpg"
    assert keras.utils.load_img(picture.path).size == (40, 80)


@pytest.mark.parametrize(
    ("name", "content", "error", "why"),
    [
        ("nowhere.jpg", None, FileNotFoundError, "there is no such file"),
        ("", None, FileNotFoundError, "is a folder"),
        ("text.jpg", b"not an image", ValueError, "cannot be decoded"),
        ("phone.heic", b"\0\0\0\x18ftypheic", ValueError, "and Keras reads .*jpg"),
    ],
)
def test_what_is_no_photograph_is_said(tmp_path, name, content, error, why):
    path = Path(tmp_path, name)
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error, match=f"{path}.*{why}"):
        garment_picture(path)
