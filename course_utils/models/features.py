"""Features of photographs: computed once, batch by batch, and kept on disk."""

import errno
import hashlib
import json
import math
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import keras
import numpy as np

from course_utils.data.downloads import cache_home
from course_utils.files import FULL, whole_file
from course_utils.models.preprocessing import Kind, with_preprocessing
from course_utils.progress import progress

_VERSION = 1  # of what is computed and of how it is kept


class Images(Protocol):
    """What is needed of a data set; :class:`course_utils.data.Photographs` has it."""

    def size(self, split: str) -> int:
        """Return the number of images in a part."""

    def digest(self, split: str) -> str:
        """Return a text that changes when the images of a part do."""

    def arrays(self, split: str, image_size: int) -> tuple[np.ndarray, np.ndarray]:
        """Return images, uint8 (n, image_size, image_size, 3), and class numbers (n,)."""

    def dataset(
        self, split: str, image_size: int, batch_size: int, shuffle: bool = False, start: int = 0
    ) -> Any:
        """Return the same as a ``tf.data.Dataset`` of batches, from number ``start`` on."""


@dataclass(frozen=True, eq=False)
class Features:
    """Features of the images of one part of a data set.

    Attributes
    ----------
    x : numpy.ndarray
        float32 of shape (n, features).
    y : numpy.ndarray
        Class numbers, int64 of shape (n,).
    computed : int
        How many were computed just now; the others were in the cache.
    """

    x: np.ndarray
    y: np.ndarray
    computed: int

    def __repr__(self) -> str:
        return f"features of {len(self.x):,} images, {self.x[0].size:,} numbers each"

    def dataset(self, batch_size: int = 32, shuffle: bool = False) -> Any:
        """Return the features in batches, for ``fit``, as the photographs have them.

        On so little data Keras is busy with making batches of arrays: an epoch on these takes half
        the time.

        Parameters
        ----------
        batch_size : int, default 32
        shuffle : bool, default False
            A new order in each epoch; it follows the seed given to ``set_up``.

        Returns
        -------
        tf.data.Dataset
            Of pairs: features, float32 (n, features), and class numbers, int64 (n,).

        Examples
        --------
        >>> ten = Features(np.zeros((10, 3), "float32"), np.arange(10) % 2, computed=0)
        >>> [len(y) for _, y in ten.dataset(batch_size=4)]
        [4, 4, 2]
        """
        import tensorflow as tf

        examples = tf.data.Dataset.from_tensor_slices((self.x, self.y))
        if shuffle:
            examples = examples.shuffle(len(self.x))
        return examples.batch(batch_size)


def feature_model(backbone: keras.Model, kind: Kind | None = None) -> keras.Model:
    """Return a model from pixels to features: preprocessing, backbone, average over the image.

    Parameters
    ----------
    backbone : keras.Model
        Of Keras Applications, with ``include_top=False``. Its weights are shared, not copied.
    kind : str, optional
        The preprocessing; by default what
        :func:`~course_utils.models.preprocessing.preprocessing_kind` says.

    Returns
    -------
    keras.Model
        Images (n, height, width, 3), 0 to 255, to features (n, channels).

    Raises
    ------
    ValueError
        If it is not known what the backbone wants done to the pixels.

    Examples
    --------
    >>> base = keras.applications.MobileNetV2(
    ...     weights=None, include_top=False, input_shape=(32, 32, 3), alpha=0.35)
    >>> feature_model(base).output_shape
    (None, 1280)
    """
    model = with_preprocessing(backbone, kind)
    outputs = model.output
    if len(outputs.shape) == 4:
        outputs = keras.layers.GlobalAveragePooling2D(name="pool")(outputs)
    return keras.Model(model.inputs, outputs, name=f"{backbone.name}_features")


def extract_features(
    model: keras.Model,
    images: Images,
    split: str,
    image_size: int | None = None,
    mirror: bool = False,
    five_crops: bool = False,
    zoom: float = 1.0,
    batch_size: int = 32,
) -> Features:
    """Compute the features of photographs, or take them from the cache.

    Each batch is kept as soon as it is computed, in ``course_utils/features`` in Keras's cache;
    after Ctrl-C the next call goes on from there. What is kept is used only for the same model
    with the same weights, on the same images at the same size, and only if it is undamaged.

    Parameters
    ----------
    model : keras.Model
        From pixels, 0 to 255, to features, such as :func:`feature_model` returns.
    images : Photographs
        Or anything with its ``size``, ``digest`` and ``dataset``.
    split : {"train", "val", "test"}
    image_size : int, optional
        Height and width in pixels. Default: the model's own.
    mirror : bool, default False
        Average the features of each image and its mirror image.
    five_crops : bool, default False
        Average the features of five pieces of each image, which is read larger by 8/7: the four
        corners and the middle. Together with ``mirror`` this makes ten.
    zoom : float, default 1.0
        Above 1: take the piece of each image, which is read larger by this factor, where the maps
        of the whole image are strongest on average. Then `model` must be one of
        :func:`feature_model`.
    batch_size : int, default 32
        Images computed, and kept, at a time.

    Returns
    -------
    Features
        In the order of ``images.dataset(split)``.

    Raises
    ------
    ValueError
        If ``image_size`` is not given and the model leaves it open, or is not what it takes; if
        ``zoom`` is below 1, together with ``five_crops``, or the model has no maps to average.
    OSError
        If the disk is full; what is computed is kept.

    Notes
    -----
    Zooming in where the maps are strongest, without any label: after Wei et al., "Selective
    convolutional descriptor aggregation for fine-grained image retrieval", IEEE TIP 26, 2017. Five
    crops and their mirror images: Krizhevsky, Sutskever, Hinton, "ImageNet classification
    with deep convolutional neural networks", NeurIPS 2012, section 4.1.

    Examples
    --------
    >>> import tempfile
    >>> from PIL import Image
    >>> from course_utils.data import photographs
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name in ("sea", "sun"):
    ...     (folder / name).mkdir()
    ...     for number in range(5):
    ...         Image.new("RGB", (40 + number, 30), "gold" if name == "sun" else "navy").save(
    ...             folder / name / f"{number}.png")
    >>> pool = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.GlobalAveragePooling2D()])
    >>> extract_features(pool, photographs(folder), "train")
    features of 8 images, 3 numbers each
    """
    size = input_size(model, image_size)
    views = _Views(size, mirror, five_crops, zoom)
    n = images.size(split)
    facts = {
        "version": _VERSION,
        "model": model_digest(model),
        "images": images.digest(split),
        "settings": [*asdict(views).values(), batch_size],
    }
    key = hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:20]
    folder = cache_home() / "course_utils" / "features" / f"{model.name}-{key}"
    paths = [folder / f"{number:05}.npz" for number in range(-(-n // batch_size))]
    lengths = [min(batch_size, n - start) for start in range(0, n, batch_size)]
    kept = [_read(path, length) for path, length in zip(paths, lengths, strict=True)]
    missing = [number for number, batch in enumerate(kept) if batch is None]
    if missing:
        runner, maps = _runner(model), _maps(model) if zoom > 1 else None
        first = missing[0]
        batches = images.dataset(split, views.read_size, batch_size, start=first * batch_size)
        with progress("Computing features", n) as show:
            for number, (pixels, labels) in enumerate(batches.as_numpy_iterator(), start=first):
                if kept[number] is None:
                    x = _features(runner, maps, pixels, views, batch_size)
                    kept[number] = x, labels
                    _write(paths[number], x, labels)
                show(number * batch_size + len(labels))
                if number == missing[-1]:
                    break
    whole = [batch for batch in kept if batch is not None]
    return Features(
        x=np.concatenate([x for x, _ in whole]),
        y=np.concatenate([y for _, y in whole]),
        computed=sum(lengths[number] for number in missing),
    )


def model_digest(model: keras.Model) -> str:
    """Return a short text that tells models apart that compute differently.

    It follows from the layers, how they are connected, and every weight; not from names that
    Keras numbers through, nor from what is frozen.
    """
    config = json.loads(json.dumps(model.get_config(), default=str))
    del config["name"]
    computed = _without_noise(config, _layer_names(config, {}))
    content = hashlib.sha256(json.dumps(computed, sort_keys=True).encode())
    content.update(weights_digest(model).encode())
    return content.hexdigest()[:20]


def weights_digest(model: keras.Model) -> str:
    """Return a short text that follows from every weight of a model."""
    content = hashlib.sha256()
    for weight in model.weights:
        values = np.ascontiguousarray(keras.ops.convert_to_numpy(weight))
        content.update(f"{values.shape}{values.dtype}".encode())
        content.update(values.tobytes())
    return content.hexdigest()[:20]


def _without_noise(config: Any, known: dict[str, int]) -> Any:
    """Replace layers' names by numbers; leave out what does not change what is computed."""
    if isinstance(config, dict):
        left_out = ("trainable", "build_config", "compile_config", "shared_object_id")
        return {
            key: _without_noise(value, known)
            for key, value in config.items()
            if key not in left_out
        }
    if isinstance(config, list):
        return [_without_noise(value, known) for value in config]
    return known.get(config, config) if isinstance(config, str) else config


def _layer_names(config: Any, known: dict[str, int]) -> dict[str, int]:
    """Give each layer of a model, and of models in it, a number in the order of writing."""
    if isinstance(config, dict):
        layers = config.get("layers")
        for layer in layers if isinstance(layers, list) else []:
            known.setdefault(layer["config"]["name"], len(known))
        config = list(config.values())
    if isinstance(config, list):
        for value in config:
            _layer_names(value, known)
    return known


def input_size(model: keras.Model, image_size: int | None = None) -> int:
    """Return the side in pixels of the square images that a model takes; refuse another one."""
    _, height, width, _ = model.input_shape
    if image_size is None:
        image_size = height
    if image_size is None:
        raise ValueError(
            f"{model.name!r} takes images of any size: give image_size, or build it with "
            "an input_shape"
        )
    if (height or image_size, width or image_size) != (image_size, image_size):
        raise ValueError(
            f"{model.name!r} takes images of {height} x {width} pixels, and image_size is "
            f"{image_size}; build it with another input_shape"
        )
    return image_size


# -- views --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Views:
    """Which pieces of an image the features are averaged over; see :func:`extract_features`."""

    size: int
    mirror: bool
    five_crops: bool
    zoom: float

    def __post_init__(self) -> None:
        if not 1 <= self.zoom < math.inf:
            raise ValueError(f"zoom must be 1 or more, not {self.zoom}")
        if self.zoom > 1 and self.five_crops:
            raise ValueError("zoom and five_crops do not go together: choose one of them")

    @property
    def read_size(self) -> int:
        """Height and width at which an image is read."""
        return round(self.size * (8 / 7 if self.five_crops else self.zoom))

    def of(self, pixels: np.ndarray, maps: keras.Model | None) -> list[np.ndarray]:
        """Return the pieces of a batch of images: arrays (n, size, size, 3)."""
        size, rest = self.size, self.read_size - self.size
        if maps is not None:
            pieces = zip(pixels, self._strongest(pixels, maps), strict=True)
            views = [np.stack([x[top:, left:][:size, :size] for x, (top, left) in pieces])]
        else:
            corners = [(0, 0), (0, rest), (rest, 0), (rest, rest), (rest // 2, rest // 2)]
            corners = corners if self.five_crops else corners[:1]
            views = [pixels[:, top : top + size, left : left + size] for top, left in corners]
        return views + [view[:, :, ::-1] for view in views] if self.mirror else views

    def _strongest(self, pixels: np.ndarray, maps: keras.Model) -> list[tuple[int, int]]:
        """Return the corners of the pieces in which the maps of the whole images are strongest."""
        resize = keras.ops.image.resize
        whole = resize(pixels.astype("float32"), (self.size, self.size), antialias=True)
        strength = np.mean(np.asarray(maps.predict_on_batch(whole)), axis=-1, keepdims=True)
        fine = np.asarray(resize(strength, (self.read_size, self.read_size)))[..., 0]
        # Sums over all pieces at once: differences of the sums from the first row and column on.
        total = np.pad(fine.astype(float).cumsum(1).cumsum(2), ((0, 0), (1, 0), (1, 0)))
        high = total[:, self.size :] - total[:, : -self.size]
        sums = high[:, :, self.size :] - high[:, :, : -self.size]
        found = np.unravel_index(sums.reshape(len(sums), -1).argmax(axis=1), sums.shape[1:])
        return [(int(top), int(left)) for top, left in zip(*found, strict=True)]


_runners: WeakKeyDictionary[keras.Model, keras.Model] = WeakKeyDictionary()


def _runner(model: keras.Model) -> keras.Model:
    """Return a model that shares the weights, not the settings, compiled once for all calls."""
    if model not in _runners:
        runner = keras.Model(model.inputs, model.outputs)
        runner.jit_compile = keras.backend.backend() == "jax"
        _runners[model] = runner
    return _runners[model]


def _maps(model: keras.Model) -> keras.Model:
    """Return the part of a model of :func:`feature_model` that ends with the feature maps."""
    last = model.layers[-1]
    if not isinstance(last, keras.layers.GlobalAveragePooling2D):
        raise ValueError(f"zoom needs a model of feature_model, which {model.name!r} is not")
    maps = keras.Model(model.inputs, last.input)
    maps.jit_compile = keras.backend.backend() == "jax"
    return maps


def _features(
    model: keras.Model,
    maps: keras.Model | None,
    pixels: np.ndarray,
    views: _Views,
    batch_size: int,
) -> np.ndarray:
    # The last batch is filled up: another shape would cost another compilation.
    length = len(pixels)
    pixels = np.pad(pixels, ((0, batch_size - length), (0, 0), (0, 0), (0, 0)))
    answers = [model.predict_on_batch(view) for view in views.of(pixels, maps)]
    return np.mean([np.asarray(answer, "float32") for answer in answers], axis=0)[:length]


# -- the cache ---------------------------------------------------------------------------------


def _read(path: Path, length: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Return a batch that was kept; None if it is not there, or damaged."""
    try:
        with np.load(path, allow_pickle=False) as arrays:  # zip checks the CRC of each array
            x, y = arrays["x"], arrays["y"]
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile):
        return None
    return (x, y) if len(x) == len(y) == length else None


def _write(path: Path, x: np.ndarray, y: np.ndarray) -> None:
    """Keep a batch, and look whether it can be read again."""
    try:
        with whole_file(path) as part:
            np.savez(part, x=x, y=y)
            if _read(part, len(x)) is None:
                raise OSError(errno.EIO, f"{part} is not what was written to it")
    except OSError as error:
        if error.errno in (*FULL, errno.EIO):
            raise OSError(
                error.errno,
                f"the disk that holds {path.parent} is full or failing: make room there, or set "
                "KERAS_HOME to another folder; the batches so far are kept",
            ) from None
        # A cache that may not be written: the same work next time, and no reason to stop.
