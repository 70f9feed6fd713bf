"""The stand-ins are drawn by their maker, balanced, and as hard as the real set."""

import io

import numpy as np
import pytest
import stand_ins
from PIL import Image
from sklearn.linear_model import LogisticRegression

from course_utils.data import check_images, pictures, stand_in


def linear_classifier(x, y, x_test, y_test):
    """Return the test accuracy of softmax regression on 3,000 images with standardised pixels."""
    x, y = x[:3_000], y[:3_000]
    mean, std = x.mean(), x.std()
    x, x_test = (((part - mean) / std).reshape(len(part), -1) for part in (x, x_test))
    found = LogisticRegression(C=0.002, max_iter=40, tol=0.01).fit(x.astype("f4"), y)
    return found.score(x_test.astype("f4"), y_test)


@pytest.fixture(scope="module")
def drawn():
    return stand_in.load()


def test_the_maker_draws_what_is_shipped(drawn):
    everything = np.concatenate([drawn[0], drawn[2]]).reshape(-1, 10, 28, 28)
    for label, block in ((0, 0), (6, 3), (9, 5)):
        places = slice(block * stand_ins.BLOCK, (block + 1) * stand_ins.BLOCK)
        assert np.array_equal(everything[places, label], stand_ins.draw_garments(label, block))
    for part, name, number in (("train", "dress", 3), ("test", "shoes", 7)):
        packed = io.BytesIO()
        drawing = Image.fromarray(stand_ins.draw_photograph(part, name, number))
        drawing.save(packed, "JPEG", quality=75)
        shipped = Image.open(stand_in.CLOTHES / part / name / f"{number:03}.jpg")
        difference = np.asarray(shipped, int) - np.asarray(Image.open(packed), int)
        assert np.abs(difference).mean() < 1, "another version of the JPEG encoder changes less"


def test_the_drawings_are_balanced_and_every_one_is_another(drawn):
    x_train, y_train, x_test, y_test = drawn
    assert np.bincount(y_train).tolist() == [1_100] * 10
    assert np.bincount(y_test).tolist() == [100] * 10
    assert y_train[:10].tolist() == list(range(10))
    images = np.concatenate([x_train, x_test]).reshape(-1, 784)
    assert len({image.tobytes() for image in images}) == 12_000
    covered = (images > 0).mean(axis=1)
    assert covered.min() > 0.02, "a picture is empty"
    assert covered.max() < 0.95, "a picture has no background"
    assert images.max(axis=1).min() > 15, "a picture is all but black"


def test_as_hard_as_the_real_set_for_a_linear_classifier(drawn):
    accuracy = linear_classifier(*drawn)
    assert 0.75 < accuracy < 0.84
    data = pictures.fashion_mnist()
    if not data.is_stand_in:
        real = linear_classifier(data.x_train, data.y_train, data.x_test, data.y_test)
        assert abs(accuracy - real) < 0.04


def test_photographs_are_small_files_no_two_alike():
    paths = sorted(stand_in.CLOTHES.glob("*/*/*.jpg"))
    assert len({path.read_bytes() for path in paths}) == len(paths) == 700
    assert check_images(stand_in.CLOTHES).findings == ()
    assert {path.parent.name for path in paths} == set(stand_ins.PHOTOGRAPHED)
    files = [path for path in stand_in._FOLDER.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 5_100_000  # with weights 6 MB
    pixels = np.stack([np.asarray(Image.open(path)) for path in paths])
    assert pixels.shape[1:] == (128, 128, 3)
    assert pixels.std(axis=(1, 2, 3)).min() > 5
