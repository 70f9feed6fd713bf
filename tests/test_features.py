"""Preprocessing inside the model, features and their cache, classifiers on them."""

import errno
import inspect
import math
import os
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from course_utils.models import features
from course_utils.models.classifiers import (
    cross_validated,
    linear_svm,
    logistic_regression,
    wilson,
)
from course_utils.models.features import extract_features, feature_model, model_digest
from course_utils.models.preprocessing import Kind, preprocessing_kind, with_preprocessing

K = keras.layers


class Dots:
    """20 little images, the brighter ones of class 1; it counts how many are read."""

    def __init__(self, n: int = 20, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self.y = np.arange(n) % 2
        noise = rng.integers(0, 60, (n, 16, 16, 3))
        self.x = (noise + 120 * self.y[:, np.newaxis, np.newaxis, np.newaxis]).astype(np.uint8)
        self.seed = seed
        self.batches_read = 0

    def size(self, split: str) -> int:
        return len(self.x)

    def digest(self, split: str) -> str:
        return f"{split} {self.seed} {len(self.x)}"

    def arrays(self, split: str, image_size: int) -> tuple[np.ndarray, np.ndarray]:
        return self.x[:, :image_size, :image_size], self.y

    def dataset(
        self, split: str, image_size: int, batch_size: int, shuffle: bool = False, start: int = 0
    ) -> "Dots.Batches":
        x = np.pad(self.x, ((0, 0), *[(0, max(0, image_size - 16))] * 2, (0, 0)), mode="reflect")
        return Dots.Batches(self, x[start:, :image_size, :image_size], self.y[start:], batch_size)

    class Batches:
        def __init__(self, dots: "Dots", x: np.ndarray, y: np.ndarray, size: int) -> None:
            self.dots, self.x, self.y, self.batch = dots, x, y, size

        def as_numpy_iterator(self) -> Any:
            for start in range(0, len(self.x), self.batch):
                self.dots.batches_read += 1
                here = slice(start, start + self.batch)
                yield self.x[here], self.y[here]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    return tmp_path / "course_utils" / "features"


def tiny(seed: int = 0, scale: float = 1 / 127.5, size: int | None = 16) -> keras.Model:
    """Preprocessing, one convolution, an average: eight features."""
    inputs = keras.Input((size, size, 3))
    x = K.Rescaling(scale, offset=-1)(inputs)
    x = K.Conv2D(8, 3, activation="relu", kernel_initializer=keras.initializers.HeNormal(seed))(x)
    return keras.Model(inputs, K.GlobalAveragePooling2D()(x), name="tiny")


# --- preprocessing -----------------------------------------------------------------------------

MODULES = {
    "Xception": "xception",
    "VGG": "vgg16",
    "ResNet": "resnet",
    "MobileNetV3": "mobilenet_v3",
    "MobileNetV2": "mobilenet_v2",
    "MobileNet": "mobilenet",
    "InceptionV3": "inception_v3",
    "InceptionResNetV2": "inception_resnet_v2",
    "DenseNet": "densenet",
    "NASNet": "nasnet",
    "EfficientNetV2": "efficientnet_v2",
    "EfficientNetB": "efficientnet",
    "ConvNeXt": "convnext",
}
GIVEN = {"MobileNet": "mobilenet_1.00_224", "MobileNetV2": "mobilenetv2_0.35_224"}


def applications() -> list[tuple[str, str]]:
    """Every network of Keras Applications, and the name that its function gives it."""
    functions = inspect.getmembers(keras.applications, inspect.isfunction)
    return [
        (name, GIVEN.get(name) or inspect.signature(function).parameters["name"].default)
        for name, function in functions
    ]


def module_of(application: str) -> Any:
    if application.startswith("ResNet") and application.endswith("V2"):
        return keras.applications.resnet_v2
    name = max((name for name in MODULES if application.startswith(name)), key=len)
    return getattr(keras.applications, MODULES[name])


def stub(name: str) -> keras.Model:
    """A network that gives back what it is given, under the name of a real one."""
    inputs = keras.Input((4, 5, 3))
    x = K.Rescaling(1.0)(inputs)  # also what tells that a network has its own preprocessing
    return keras.Model(inputs, x, name=name)


@pytest.mark.parametrize(("application", "name"), applications())
def test_preprocessing_is_that_of_keras(application: str, name: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2, 4, 5, 3)).astype("float32")
    wanted = module_of(application).preprocess_input(pixels.copy())
    model = with_preprocessing(stub(name))
    np.testing.assert_allclose(model(pixels), wanted, atol=2e-5)
    # And in the model that is saved and loaded.
    np.testing.assert_allclose(
        keras.Model.from_config(model.get_config())(pixels), wanted, atol=2e-5
    )


def test_every_application_was_tried() -> None:
    names = [name for name, _ in applications()]
    assert len(names) >= 38
    assert {"MobileNetV2", "ResNet50", "VGG16", "ConvNeXtTiny", "EfficientNetV2B0"} <= {*names}


@pytest.mark.parametrize(
    ("application", "settings"),
    [
        ("MobileNetV2", {"alpha": 0.35}),
        ("MobileNet", {"alpha": 0.25}),
        ("MobileNetV3Small", {"alpha": 0.75}),
        ("EfficientNetB0", {}),
        ("EfficientNetV2B0", {}),
    ],
)
def test_real_networks_are_recognised(application: str, settings: dict[str, Any]) -> None:
    build = getattr(keras.applications, application)
    model = build(weights=None, include_top=False, input_shape=(32, 32, 3), **settings)
    expected = "-1 to 1" if application in GIVEN else "own"
    assert preprocessing_kind(model) == expected


def test_preprocessing_that_was_left_out_or_is_not_known() -> None:
    bare = keras.applications.MobileNetV3Small(
        weights=None,
        include_top=False,
        input_shape=(32, 32, 3),
        alpha=0.75,
        include_preprocessing=False,
    )
    with pytest.raises(ValueError, match="built without its preprocessing"):
        feature_model(bare)
    with pytest.raises(ValueError, match="say what it wants with with_preprocessing"):
        feature_model(stub("mine"))
    pixels = np.full((1, 4, 5, 3), 255.0)
    kinds: dict[Kind, float] = {"-1 to 1": 1.0, "own": 255.0}
    for kind, answer in kinds.items():
        answers = keras.ops.convert_to_numpy(feature_model(stub("mine"), kind)(pixels))
        assert float(answers.max()) == pytest.approx(answer)
    with pytest.raises(ValueError, match="kind must be"):
        feature_model(stub("mine"), "RGB")  # type: ignore[arg-type]


# --- features ----------------------------------------------------------------------------------


def test_features_are_what_the_model_gives() -> None:
    model, dots = tiny(), Dots()
    found = extract_features(model, dots, "train", batch_size=8)
    np.testing.assert_allclose(found.x, model.predict(dots.x, verbose=0), rtol=1e-5)
    np.testing.assert_array_equal(found.y, dots.y)
    assert found.computed == 20
    assert repr(found) == "features of 20 images, 8 numbers each"


def test_mirror_and_five_crops_are_averages() -> None:
    model, dots = tiny(size=None), Dots()
    mirror = extract_features(model, dots, "train", image_size=14, mirror=True).x
    x = dots.x[:, :14, :14]
    both = (model.predict(x, verbose=0) + model.predict(x[:, :, ::-1], verbose=0)) / 2
    np.testing.assert_allclose(mirror, both, rtol=1e-5)
    crops = extract_features(model, dots, "train", image_size=14, five_crops=True).x
    places = [(0, 0), (0, 2), (2, 0), (2, 2), (1, 1)]  # 16 is 14 * 8 / 7
    pieces = [dots.x[:, a : a + 14, b : b + 14] for a, b in places]
    five = np.mean([model.predict(piece, verbose=0) for piece in pieces], axis=0)
    np.testing.assert_allclose(crops, five, rtol=1e-5)


def test_zoom_takes_the_piece_where_the_maps_are_strongest() -> None:
    """Nine bright pixels lie in one place each, on the border too: the piece has them all."""
    dots = Dots()
    dots.x = np.zeros((20, 16, 16, 3), "float32")
    places = np.random.default_rng(0).integers(0, 14, (20, 2))
    places[:4] = [(0, 0), (0, 13), (13, 0), (13, 13)]
    for x, (top, left) in zip(dots.x, places, strict=True):
        x[top : top + 3, left : left + 3] = 200
    inputs = keras.Input((8, 8, 3))
    maps = K.Conv2D(2, 1, kernel_initializer="ones", use_bias=False)(inputs)
    model = keras.Model(inputs, K.GlobalAveragePooling2D()(maps))
    for mirror in (False, True):
        found = extract_features(model, dots, "train", zoom=2, mirror=mirror, batch_size=8)
        np.testing.assert_allclose(found.x, 600 * 9 / 64, rtol=1e-5)
    assert extract_features(model, dots, "train", zoom=2, batch_size=8).computed == 0
    assert extract_features(model, dots, "train", zoom=1.5, batch_size=8).computed == 20


def test_zooms_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="zoom must be 1 or more"):
        extract_features(tiny(), Dots(), "train", zoom=0.5)
    with pytest.raises(ValueError, match="choose one of them"):
        extract_features(tiny(), Dots(), "train", zoom=2, five_crops=True)
    flat = keras.Sequential([keras.Input((8, 8, 3)), K.Flatten()])
    with pytest.raises(ValueError, match="needs a model of feature_model"):
        extract_features(flat, Dots(), "train", zoom=2)


def test_features_come_in_batches_in_their_order_or_in_a_new_one_each_epoch() -> None:
    x = np.arange(300, dtype="float32").reshape(100, 3)
    known = features.Features(x, np.arange(100), computed=0)
    for pixels, labels in known.dataset(batch_size=32):
        assert np.array_equal(pixels, x[labels.numpy()])
    assert np.concatenate([y for _, y in known.dataset()]).tolist() == list(range(100))
    shuffled = known.dataset(shuffle=True)
    first, second = (np.concatenate([y for _, y in shuffled]).tolist() for _ in range(2))
    assert first != second
    assert sorted(first) == sorted(second) == list(range(100))


def test_a_second_run_computes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    dots = Dots()
    first = extract_features(tiny(), dots, "train", batch_size=8)
    read = dots.batches_read
    again = extract_features(tiny(), dots, "train", batch_size=8)  # built anew, with other names
    assert (again.computed, dots.batches_read) == (0, read)
    np.testing.assert_array_equal(again.x, first.x)
    np.testing.assert_array_equal(again.y, first.y)


def test_the_cache_is_for_this_model_and_these_images_alone() -> None:
    base, dots = tiny(), Dots()
    extract_features(base, dots, "train")
    for other in (tiny(seed=1), tiny(scale=1 / 255)):
        assert extract_features(other, dots, "train").computed == 20
    assert extract_features(base, Dots(seed=1), "train").computed == 20
    assert extract_features(base, dots, "val").computed == 20
    assert extract_features(base, dots, "train", mirror=True).computed == 20
    base.trainable = False
    assert extract_features(base, dots, "train").computed == 0
    changed = [weight + 1e-6 for weight in base.get_weights()]
    base.set_weights(changed)
    assert extract_features(base, dots, "train").computed == 20


def test_models_that_differ_only_in_a_setting_have_other_digests() -> None:
    def model(**settings: Any) -> keras.Model:
        inputs = keras.Input((8, 8, 3))
        layer = K.Conv2D(2, 3, kernel_initializer="ones", **settings)
        return keras.Model(inputs, layer(inputs))

    settings = ({}, {"strides": 2}, {"activation": "relu"}, {"dtype": "bfloat16"}, {})
    digests = [model_digest(model(**one)) for one in settings]
    assert len({*digests}) == 4
    assert digests[0] == digests[-1]


class Stop(Dots):
    """Is interrupted when the third batch is read."""

    def dataset(self, *arguments: Any, **options: Any) -> Any:
        batches = super().dataset(*arguments, **options)

        class Stopped(Dots.Batches):
            def as_numpy_iterator(self) -> Any:
                for number, batch in enumerate(super().as_numpy_iterator()):
                    if number == 2:
                        raise KeyboardInterrupt
                    yield batch

        return Stopped(self, batches.x, batches.y, batches.batch)


def test_ctrl_c_keeps_the_batches_that_are_done(cache: Path) -> None:
    model = tiny()
    with pytest.raises(KeyboardInterrupt):
        extract_features(model, Stop(), "train", batch_size=4)
    assert len(list(cache.glob("*/*.npz"))) == 2
    dots = Dots()
    found = extract_features(model, dots, "train", batch_size=4)
    assert found.computed == 12
    assert dots.batches_read == 3
    np.testing.assert_allclose(found.x, model.predict(dots.x, verbose=0), rtol=1e-5)
    np.testing.assert_array_equal(found.y, dots.y)
    assert not list(cache.glob("*/part-*"))


def test_a_damaged_batch_is_found_and_computed_again(cache: Path) -> None:
    model, dots = tiny(), Dots()
    whole = extract_features(model, dots, "train", batch_size=4).x
    files = sorted(cache.glob("*/*.npz"))
    content = bytearray(files[1].read_bytes())
    content[content.find(b"'shape'") + 200] ^= 1  # one bit in the numbers
    files[1].write_bytes(content)
    files[3].write_bytes(files[3].read_bytes()[:100])
    files[4].write_bytes(b"")
    found = extract_features(model, dots, "train", batch_size=4)
    assert found.computed == 12
    np.testing.assert_allclose(found.x, whole, rtol=1e-6)
    assert extract_features(model, dots, "train", batch_size=4).computed == 0


def test_a_full_disk_is_one_clear_error(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: Any, **options: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(features.np, "savez", full)
    with pytest.raises(OSError, match="make room there, or set KERAS_HOME"):
        extract_features(tiny(), Dots(), "train")
    assert not list(cache.glob("*/*"))


def test_a_cache_that_may_not_be_written_is_no_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file"))
    assert extract_features(tiny(), Dots(), "train").x.shape == (20, 8)


def test_sizes_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="takes images of 16 x 16 pixels, and image_size is 20"):
        extract_features(tiny(), Dots(), "train", image_size=20)
    with pytest.raises(ValueError, match="give image_size"):
        extract_features(tiny(size=None), Dots(), "train")


# --- classifiers -------------------------------------------------------------------------------


def test_wilson_is_the_published_interval() -> None:
    # Newcombe (1998), Statistics in Medicine 17, table I, method 3.
    for correct, n, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605)):
        interval = wilson(correct, n)
        assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)
    assert (round(wilson(0, 20).high, 4), wilson(0, 20).low) == (0.1611, 0.0)
    assert wilson(20, 20).high == 1.0
    for impossible in ((0, 0), (3, 2), (-1, 2)):
        with pytest.raises(ValueError, match="cannot be correct"):
            wilson(*impossible)


def test_cross_validation_gives_mean_and_corrected_interval() -> None:
    from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score

    rng = np.random.default_rng(0)
    y = np.arange(80) % 2
    x = rng.normal(size=(80, 5)) + y[:, np.newaxis]
    classifier = logistic_regression(C=1.0)
    found = cross_validated(classifier, x, y, folds=4, repeats=5)
    deals = RepeatedStratifiedKFold(n_splits=4, n_repeats=5, random_state=0)
    scores = cross_val_score(classifier, x, y, cv=deals)
    assert found.value == pytest.approx(scores.mean())
    half = 2.0930 * scores.std(ddof=1) * math.sqrt(1 / 20 + 1 / 3)  # t with 19 degrees of freedom
    assert found.high - found.value == pytest.approx(half, rel=1e-3)
    assert found.value - found.low == pytest.approx(half, rel=1e-3)
    assert str(found) == f"{found.value:.1%} ({found.low:.1%} to {found.high:.1%})"
    with pytest.raises(ValueError, match="5 folds need 5 images of each class, and one has 2"):
        cross_validated(classifier, x[:4], y[:4])


def test_classifiers_learn_from_features() -> None:
    dots = Dots(60)
    found = extract_features(tiny(), dots, "train")
    for classifier in (logistic_regression(), linear_svm()):
        assert classifier.fit(found.x[:40], found.y[:40]).score(found.x[40:], found.y[40:]) == 1.0


def test_nothing_of_this_machine_is_in_the_cache(cache: Path) -> None:
    extract_features(tiny(), Dots(), "train")
    (folder,) = cache.iterdir()
    assert folder.name.startswith("tiny-")
    assert os.listdir(folder) == ["00000.npz"]
