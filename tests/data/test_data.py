"""The loaders: what they return, what they say about it, and what they do when files are wrong."""

import gzip
import hashlib
import io
import re
import warnings
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from course_utils import data as data_package
from course_utils.data import cached, letters, pictures, registry
from course_utils.data.image_data import _split_by_class
from course_utils.data.pictures import _LATIN
from tests import golden

PARTS = ("train", "val", "test")


def put_into_cache(monkeypatch, name, contents):
    """Put files into Keras's cache; their checksums are then the right ones."""
    entry, files = registry.REGISTRY[name], []
    for file, content in zip(entry.files, contents, strict=True):
        files.append(replace(file, checksum="md5:" + hashlib.md5(content).hexdigest()))
        file.destination.parent.mkdir(parents=True, exist_ok=True)
        packed = gzip.compress(content) if file.name.endswith(".gz") else content
        file.destination.write_bytes(packed)
    monkeypatch.setitem(registry.REGISTRY, name, replace(entry, files=tuple(files)))


@pytest.fixture
def small_sets(monkeypatch, bare):
    """Each set has 200 + 30 random pictures in Keras's cache."""
    rng, ten = np.random.default_rng(3), np.arange(10, dtype=np.uint8)
    x, x_test = (rng.integers(0, 256, (n, 28, 28), np.uint8) for n in (200, 30))
    arrays = x, np.repeat(ten, 20), x_test, np.repeat(ten, 3)
    headers = (bytes([0, 0, 8, a.ndim]) + np.array(a.shape, ">u4").tobytes() for a in arrays)
    files = [h + array.tobytes() for h, array in zip(headers, arrays, strict=True)]
    files = [files[at] for at in (1, 0, 3, 2)]  # of each part the labels come first
    put_into_cache(monkeypatch, "fashion-mnist", files)
    monkeypatch.setattr(pictures, "_HELD_OUT", 50)
    stream, names = io.BytesIO(), ("x_train", "y_train", "x_test", "y_test")
    np.savez(stream, **dict(zip(names, arrays, strict=True)))
    put_into_cache(monkeypatch, "mnist", [stream.getvalue()])
    return arrays


def check_contract(data, classes=10):
    """What every notebook relies on."""
    for part in PARTS:
        x, y = getattr(data, f"x_{part}"), getattr(data, f"y_{part}")
        assert (x.dtype, y.dtype, x.shape) == (np.uint8, np.int64, (len(y), 28, 28, 1))
        assert set(y) == set(range(classes))
    assert len(data.class_names) == classes
    with pytest.raises(FrozenInstanceError):
        data.source = "cache"


@pytest.mark.parametrize("load", [pictures.fashion_mnist, pictures.digits])
def test_from_keras_cache(load, small_sets):
    data = load()
    x, y, x_test, y_test = small_sets
    assert np.array_equal(data.x_test[..., 0], x_test)
    assert np.array_equal(data.y_test, y_test)
    together = zip([*data.x_train, *data.x_val], [*data.y_train, *data.y_val], strict=True)
    there = sorted((image.tobytes(), label) for image, label in together)
    expected = sorted((image.tobytes(), label) for image, label in zip(x, y, strict=True))
    assert there == expected, "nothing lost, none twice"
    assert np.bincount(data.y_val).tolist() == [5] * 10
    assert np.array_equal(data.x_val, load().x_val), "the split is the same every time"
    for part in PARTS:  # arrays can be changed
        getattr(data, f"x_{part}")[0] = getattr(data, f"y_{part}")[0] = 0


def test_what_is_there_of_a_set_and_what_is_said(small_sets):
    """``loaders.txt`` has sets, what is there of their last file, and what comes of that."""

    def load(entry, there):
        path = registry.REGISTRY[entry].files[-1].destination
        whole = path.read_bytes()
        content = {"whole": whole, "damaged": whole[:10], "missing": None}[there]
        path.unlink()
        if content:
            path.write_bytes(content)
        with warnings.catch_warnings(record=True, action="always") as caught:
            data = pictures.fashion_mnist() if entry == "fashion-mnist" else pictures.digits()
        check_contract(data)
        assert content == (path.read_bytes() if path.exists() else None)
        path.write_bytes(whole)
        said = [str(data), f"{data.source}, title: {data.title('Trousers')}"]
        said += [f"Warning: {one.message}" for one in caught]
        said = "\n    ".join(said).replace(str(path), "FILE")
        return re.sub(r"[0-9a-f]{8}\.\.\.", "...", said)  # what NumPy writes changes with it

    golden.calls(Path(__file__).with_name("loaders.txt"), lambda call: eval(call, {"load": load}))


def test_the_real_thing_or_the_full_stand_in():
    """With Keras's cache filled: the published facts. Without: all drawings."""
    data = pictures.fashion_mnist()
    check_contract(data)
    sizes = (1_000, 100, 100) if data.is_stand_in else (5_500, 500, 1_000)
    for y, size in zip((data.y_train, data.y_val, data.y_test), sizes, strict=True):
        assert np.bincount(y).tolist() == [size] * 10
    assert data.class_names[0] == "T-shirt/top"
    if not data.is_stand_in:
        pixels = np.concatenate([data.x_train, data.x_val]) / np.float32(255)
        assert pixels.mean(dtype=np.float64) == pytest.approx(0.2860406, abs=1e-6)
        assert pixels.std(dtype=np.float64) == pytest.approx(0.3530242, abs=1e-6)
        assert cached.state(registry.REGISTRY["fashion-mnist"]) == "present"


def test_embedded_digits(bare):
    data, original = pictures.digits(), load_digits()
    x = np.concatenate([data.x_train, data.x_val, data.x_test])[..., 0]
    y = np.concatenate([data.y_train, data.y_val, data.y_test])
    assert len({image.tobytes() for image in x}) == 1_797, "no digit is in two parts"
    # Laid out like MNIST: full range, a margin, centre of mass in the middle.
    assert x.max(axis=(1, 2)).min() > 200
    for axis in (1, 2):
        ink = x.sum(axis=axis, dtype=float)
        assert np.abs(ink @ np.arange(28) / ink.sum(axis=1) - 13.5).max() < 1
        assert (ink > 0).sum(axis=1).max() <= 20
    # Shrunk again, the average of each class is most like that of scikit-learn's.
    assert np.array_equal(np.bincount(y), np.bincount(original.target))
    means = [x[y == digit, 4:24, 4:24].mean(axis=0).astype(np.float32) for digit in range(10)]
    shrunk = [np.ravel(Image.fromarray(mean).resize((8, 8))) for mean in means]
    small = [original.images[original.target == digit].mean(axis=0).ravel() for digit in range(10)]
    alike = np.corrcoef(shrunk, small)[:10, 10:]
    assert np.array_equal(alike.argmax(axis=1), range(10))
    assert np.diag(alike).min() > 0.8


@pytest.mark.parametrize("held_out", [0, 1, 7, 50, 99, 100])
def test_split_is_complete_stratified_and_seeded(held_out):
    labels = np.random.default_rng(0).integers(0, 4, 100)
    kept, out = _split_by_class(labels, held_out, seed=5)
    assert sorted([*kept, *out]) == list(range(100))
    assert len(out) == held_out
    share = np.bincount(labels[out], minlength=4) - np.bincount(labels) * held_out / 100
    assert np.abs(share).max() < 1
    if held_out == 50:
        assert not np.array_equal(out, _split_by_class(labels, held_out, seed=6)[1])


def test_split_is_the_same_for_ever():
    """The keys are PCG64's raw output: a new NumPy must not move an image to another part."""
    assert _split_by_class(np.arange(20) % 2, 6, seed=1)[1].tolist() == [2, 9, 16, 17, 18, 19]


def test_letters_are_typed_the_same_again_and_each_differently():
    one, again = letters("АБВ", 30, 6, seed=3), letters("АБВ", 30, 6, seed=3)
    assert np.array_equal(one.x_train, again.x_train)
    check_contract(one, 3)
    assert one.class_names == ("А", "Б", "В")
    assert not one.is_stand_in
    assert [np.bincount(y).tolist() for y in (one.y_train, one.y_test)] == [[10] * 3, [2] * 3]
    everything = np.concatenate([one.x_train, one.x_val, one.x_test])
    assert len(np.unique(everything, axis=0)) == len(everything)
    assert (everything.max(axis=(1, 2, 3)) > 128).all()  # ink on each
    assert everything[:, 13:15].mean() > everything[:, :2].mean()  # and in the middle


def test_every_letter_of_every_alphabet_has_a_shape_of_its_own():
    alphabet = _LATIN + "БГДЖЗИЛПУФЦЧШЩЪЫЬЭЮЯ"
    data = letters(alphabet, 10 * len(alphabet), len(alphabet))
    means = [data.x_train[data.y_train == c].mean(axis=0) for c in range(len(alphabet))]
    missing = pictures._drawn(["\uffff"] * 10, np.random.default_rng(0)).mean(
        axis=0
    )  # drawn for "no such letter"
    assert all(np.abs(mean - missing).mean() > 5 for mean in means)
    assert len(np.unique(np.round(means), axis=0)) == len(alphabet)


def test_what_cannot_be():
    golden.refused(Path(__file__).with_name("refused.txt"), globals())


def test_public_names():
    assert all(getattr(data_package, name) is not None for name in data_package.__all__)
    assert dir(data_package) == sorted(data_package.__all__)
    with pytest.raises(AttributeError, match="no attribute 'cifar'"):
        _ = data_package.cifar
