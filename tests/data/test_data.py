"""The loaders: what they return, what they say about it, and what they do when files are wrong."""

import gzip
import hashlib
import io
import warnings
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from PIL import Image

from course_utils import data as data_package
from course_utils import plots
from course_utils.data import DataWarning, downloads, fashion, mnist, stand_in
from course_utils.data.image_data import split_by_class


@pytest.fixture
def quick_stand_in(monkeypatch):
    """A stand-in of 600 + 100 pictures."""
    y = np.tile(np.arange(10, dtype=np.uint8), 70)
    x = np.broadcast_to(y[:, None, None], (700, 28, 28)).copy()
    monkeypatch.setattr(stand_in, "load", lambda: (x[:600], y[:600], x[600:], y[600:]))
    monkeypatch.setattr(fashion, "N_VALIDATION", {"real": 50, "stand-in": 50})


def random_images():
    """Images and labels of a training and a test part."""
    rng, ten = np.random.default_rng(3), np.arange(10, dtype=np.uint8)
    x, x_test = (rng.integers(0, 256, (n, 28, 28), np.uint8) for n in (200, 30))
    return x, np.repeat(ten, 20), x_test, np.repeat(ten, 3)


def put_into_cache(monkeypatch, name, contents):
    """Put files into Keras's cache; their checksums are then the right ones."""
    entry, files = downloads.REGISTRY[name], []
    for file in entry.files:
        content = contents[file.name]
        files.append(replace(file, checksum="md5:" + hashlib.md5(content).hexdigest()))
        file.destination.parent.mkdir(parents=True, exist_ok=True)
        packed = gzip.compress(content) if file.name.endswith(".gz") else content
        file.destination.write_bytes(packed)
    monkeypatch.setitem(downloads.REGISTRY, name, replace(entry, files=tuple(files)))


def idx(array):
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return header + array.tobytes()


@pytest.fixture
def small_fashion(monkeypatch, bare, quick_stand_in):
    """A Fashion-MNIST of 200 + 30 random pictures in Keras's cache, with its own checksums."""
    kinds = ("images-idx3", "labels-idx1")
    names = [f"{part}-{kind}-ubyte.gz" for part in ("train", "t10k") for kind in kinds]
    arrays = dict(zip(names, random_images(), strict=True))
    put_into_cache(monkeypatch, "fashion-mnist", {name: idx(arrays[name]) for name in names})
    return arrays


def check_contract(data):
    """What every notebook relies on."""
    for part in ("train", "val", "test"):
        x, y = getattr(data, f"x_{part}"), getattr(data, f"y_{part}")
        assert x.dtype == np.uint8
        assert y.dtype == np.int64
        assert x.shape == (len(y), 28, 28, 1)
        assert set(np.unique(y)) == set(range(10))
    assert len(data.class_names) == 10
    assert data.source in ("cache", "download", "embedded", "stand-in")
    with pytest.raises(FrozenInstanceError):
        data.source = "cache"


# -- Fashion-MNIST -----------------------------------------------------------------------------


def test_from_keras_cache(small_fashion):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = fashion.fashion_mnist()
    check_contract(data)
    assert (data.source, data.is_stand_in, data.note) == ("cache", False, "")
    assert np.array_equal(data.x_test[..., 0], small_fashion["t10k-images-idx3-ubyte.gz"])
    assert np.array_equal(data.y_test, small_fashion["t10k-labels-idx1-ubyte.gz"])
    together = np.concatenate([data.x_train, data.x_val])[..., 0]
    labels = np.concatenate([data.y_train, data.y_val])
    rows = {image.tobytes(): label for image, label in zip(together, labels, strict=True)}
    pairs = zip(*list(small_fashion.values())[:2], strict=True)
    assert rows == {image.tobytes(): label for image, label in pairs}, "nothing lost, none twice"
    assert np.bincount(data.y_val).tolist() == [5] * 10
    assert repr(data) == (
        "Fashion-MNIST: 150 training, 50 validation and 30 test images of 28 x 28, 10 classes"
    )
    assert data.title("Trousers") == "Trousers"
    again = fashion.fashion_mnist()
    assert np.array_equal(data.x_val, again.x_val), "the split is the same every time"
    for part in (data.x_train, data.y_train, data.x_val, data.y_val, data.x_test, data.y_test):
        part[0] = 0  # arrays can be changed


def test_stand_in_without_data_and_network(bare, quick_stand_in):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = fashion.fashion_mnist()
    check_contract(data)
    assert (data.source, data.is_stand_in) == ("stand-in", True)
    assert data.note == (
        "the real data are not in Keras's cache, and COURSE_OFFLINE forbids a download"
    )
    assert data.title("Trousers") == "Trousers (stand-in data)"
    assert repr(data).startswith("Fashion-MNIST stand-in, drawn by course_utils: 550 training, 50 ")
    assert repr(data).endswith(data.note)


def test_damaged_file_is_named_never_trusted_never_deleted(small_fashion):
    path = downloads.REGISTRY["fashion-mnist"].files[1].destination
    damaged = path.read_bytes()[:1000]
    path.write_bytes(damaged)
    with pytest.warns(DataWarning, match="it ends too early") as caught:
        data = fashion.fashion_mnist()
    assert [str(path) in str(warning.message) for warning in caught] == [True]
    assert data.is_stand_in
    assert "it ends too early" in data.note
    assert data.note in repr(data)
    assert path.read_bytes() == damaged


def test_the_real_thing_or_the_full_stand_in():
    """With Keras's cache filled: the published facts. Without: all drawings."""
    data = fashion.fashion_mnist()
    check_contract(data)
    sizes = (1_000, 100, 100) if data.is_stand_in else (5_500, 500, 1_000)
    for y, size in zip((data.y_train, data.y_val, data.y_test), sizes, strict=True):
        assert np.bincount(y).tolist() == [size] * 10
    assert data.class_names[0] == "T-shirt/top"
    if not data.is_stand_in:
        pixels = np.concatenate([data.x_train, data.x_val]) / np.float32(255)
        assert pixels.mean(dtype=np.float64) == pytest.approx(0.2860406, abs=1e-6)
        assert pixels.std(dtype=np.float64) == pytest.approx(0.3530242, abs=1e-6)
        assert downloads.state(downloads.REGISTRY["fashion-mnist"]) == "present"


# -- digits ------------------------------------------------------------------------------------


def test_embedded_digits(bare):
    data = mnist.digits()
    check_contract(data)
    assert (data.source, data.is_stand_in, data.note) == ("embedded", False, "")
    assert [len(x) for x in (data.x_train, data.x_val, data.x_test)] == [1_197, 200, 400]
    assert repr(data) == (
        "Handwritten digits (scikit-learn): 1,197 training, 200 validation and 400 test images "
        "of 28 x 28, 10 classes"
    )
    everything = np.concatenate([data.x_train, data.x_val, data.x_test])
    assert len({image.tobytes() for image in everything}) == 1_797, "no digit is in two parts"
    for y in (data.y_val, data.y_test):
        counts = np.bincount(y)
        assert counts.max() - counts.min() <= 2, "stratified"
    # Laid out like MNIST: full range, a margin, centre of mass in the middle.
    assert everything.max(axis=(1, 2, 3)).min() > 200
    ink = everything[..., 0].astype(float)
    positions = np.arange(28)
    mass = ink.sum(axis=(1, 2))
    for axis in (1, 2):
        centre = (ink.sum(axis=3 - axis) @ positions) / mass
        assert np.abs(centre - 13.5).max() < 1
        occupied = ink.any(axis=3 - axis).sum(axis=1)
        assert occupied.max() <= 20
    assert np.array_equal(data.x_test, mnist.digits().x_test)


def test_enlarged_digits_are_the_same_digits(bare):
    """Shrunk again, the average of each class is most like that of scikit-learn's."""
    from sklearn.datasets import load_digits

    data, original = mnist.digits(), load_digits()
    x = np.concatenate([data.x_train, data.x_val, data.x_test])[:, 4:24, 4:24, 0]
    y = np.concatenate([data.y_train, data.y_val, data.y_test])
    assert np.array_equal(np.bincount(y), np.bincount(original.target))
    means = [x[y == digit].mean(axis=0).astype(np.float32) for digit in range(10)]
    shrunk = [np.ravel(Image.fromarray(mean).resize((8, 8))) for mean in means]
    small = [original.images[original.target == digit].mean(axis=0).ravel() for digit in range(10)]
    alike = np.corrcoef(shrunk, small)[:10, 10:]
    assert np.array_equal(alike.argmax(axis=1), range(10))
    assert np.diag(alike).min() > 0.8


@pytest.fixture
def small_mnist(monkeypatch, bare):
    """An MNIST of 200 + 30 random pictures in Keras's cache, with its own checksum."""
    names = ("x_train", "y_train", "x_test", "y_test")
    arrays = dict(zip(names, random_images(), strict=True))
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    put_into_cache(monkeypatch, "mnist", {"mnist.npz": stream.getvalue()})
    monkeypatch.setattr(mnist, "N_VALIDATION", {"MNIST": 50, "embedded": 200})
    return arrays


def test_mnist_from_keras_cache(small_mnist):
    data = mnist.digits()
    check_contract(data)
    assert (data.name, data.source, data.note) == ("MNIST", "cache", "")
    assert [len(x) for x in (data.x_train, data.x_val, data.x_test)] == [150, 50, 30]
    assert np.array_equal(data.x_test[..., 0], small_mnist["x_test"])
    assert np.bincount(data.y_val).tolist() == [5] * 10


def test_damaged_mnist_is_said_and_replaced_by_the_embedded_digits(small_mnist):
    path = downloads.REGISTRY["mnist"].files[0].destination
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.warns(DataWarning, match=r"mnist\.npz is damaged"):
        data = mnist.digits()
    assert data.source == "embedded"
    assert str(path) in data.note
    assert data.note.endswith("the digits of scikit-learn are used")
    assert path.exists()


# -- the split ---------------------------------------------------------------------------------


@pytest.mark.parametrize("held_out", [0, 1, 7, 50, 99, 100])
def test_split_is_complete_stratified_and_seeded(held_out):
    labels = np.random.default_rng(0).integers(0, 4, 100)
    kept, out = split_by_class(labels, held_out, seed=5)
    assert sorted([*kept, *out]) == list(range(100))
    assert len(out) == held_out
    share = np.bincount(labels[out], minlength=4) - np.bincount(labels) * held_out / 100
    assert np.abs(share).max() < 1
    assert np.array_equal(out, split_by_class(labels, held_out, seed=5)[1])
    if held_out == 50:
        assert not np.array_equal(out, split_by_class(labels, held_out, seed=6)[1])


def test_split_is_the_same_for_ever():
    """The keys are PCG64's raw output: a new NumPy must not move an image to another part."""
    assert split_by_class(np.arange(20) % 2, 6, seed=1)[1].tolist() == [2, 9, 16, 17, 18, 19]


@pytest.mark.parametrize("held_out", [-1, 11])
def test_impossible_split(held_out):
    with pytest.raises(ValueError, match=f"cannot hold out {held_out} of 10 images"):
        split_by_class(np.zeros(10, int), held_out, seed=0)


# -- the package -------------------------------------------------------------------------------


@pytest.mark.parametrize("package", [data_package, plots])
def test_public_names(package):
    assert all(getattr(package, name) is not None for name in package.__all__)
    assert dir(package) == sorted(package.__all__)
    with pytest.raises(AttributeError, match="no attribute 'cifar'"):
        _ = package.cifar
