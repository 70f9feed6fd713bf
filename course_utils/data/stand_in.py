"""A stand-in for Fashion-MNIST, drawn by this package.

What the notebooks run on where the real pictures cannot be had: ten classes of little garments,
60,000 + 10,000 grey images of 28 x 28, the same bytes on every machine. ``garments`` draws them.

It is made as hard as the real set. Test accuracy after training on all 60,000 images:

=====================================  =========  ==============
classifier                             stand-in   Fashion-MNIST
=====================================  =========  ==============
softmax regression on pixels           83.9%      84.6%
the lab's CNN, 3 epochs                91.2%      90.7%
=====================================  =========  ==============

Softmax regression: standardised pixels, Adam from 0.002 linearly to zero, batches of 128, 12
epochs. CNN: 5x5 convolutions of 16 and 32 filters, each with batch normalisation, ReLU and pooling,
one dense layer, trained as in the lab (batches of 128, Adam, warm-up to 0.004, cosine to zero),
seed 0. Measured with Keras 3.15.1 on TensorFlow 2.21.0; ``python tests/test_stand_in.py`` repeats
it. As in the real set, shirts are hardest and are taken for T-shirts, pullovers and coats.
"""

import contextlib
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from course_utils.data import downloads
from course_utils.data.garments import DRAWINGS, Sheet
from course_utils.files import whole_file

CLASS_NAMES = tuple(DRAWINGS)

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]

CHECKSUM = "e3096937fba438baa647b28e5f9f8eedc1c84381d1a254f8b3adf8071a747ace"
"""SHA-256 of all images and labels; drawing differently means a new one, and a new cache file."""

_SEED = 2017
_BLOCK = 500  # pictures drawn at once: their canvas just fits a processor's cache
_BLOCKS_TRAIN, _BLOCKS_TEST = 12, 2  # of each class

_LOOKALIKES: dict[str, dict[str, int]] = {
    "T-shirt/top": {"Shirt": 20, "Dress": 6, "Pullover": 4},
    "Trouser": {"Dress": 8},
    "Dress": {"T-shirt/top": 8, "Shirt": 5, "Coat": 5},
    "Sandal": {"Sneaker": 10, "Ankle boot": 3},
    "Sneaker": {"Ankle boot": 8, "Sandal": 4},
    "Ankle boot": {"Sneaker": 12},
}
"""Of each 500 pictures of a class, how many are drawn like another: a long T-shirt, sold as one,
that anybody would call a dress. The real labels have as many of these."""


def load() -> Arrays:
    """Return the stand-in: drawn in a few seconds the first time, then kept beside Keras's data.

    Returns
    -------
    x_train, y_train, x_test, y_test : numpy.ndarray
        60,000 + 10,000 uint8 images of shape (n, 28, 28) and their uint8 labels, shape (n,); each
        class has 6,000 + 1,000 of them.
    """
    path = downloads.cache_home() / "datasets" / f"course-fashion-stand-in-{CHECKSUM[:8]}.npz"
    try:
        with np.load(path, allow_pickle=False) as arrays:  # zip checks every member's CRC
            return arrays["x_train"], arrays["y_train"], arrays["x_test"], arrays["y_test"]
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile):
        pass
    x_train, y_train, x_test, y_test = draw()
    # Not being able to keep it costs the same seconds next time, and is no reason to complain.
    with contextlib.suppress(OSError), whole_file(path) as part:
        np.savez(part, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    return x_train, y_train, x_test, y_test


def draw() -> Arrays:
    """Draw the whole stand-in anew; the same bytes every time.

    Returns
    -------
    x_train, y_train, x_test, y_test : numpy.ndarray
        As from :func:`load`.
    """
    blocks = range(_BLOCKS_TRAIN + _BLOCKS_TEST)
    with ThreadPoolExecutor() as pool:  # NumPy computes outside Python's global lock
        jobs = [
            pool.submit(draw_block, label, block)
            for block in blocks
            for label in range(len(CLASS_NAMES))
        ]
        x = np.concatenate([job.result() for job in jobs])
    y = np.tile(np.repeat(np.arange(len(CLASS_NAMES), dtype=np.uint8), _BLOCK), len(blocks))
    n_train = _BLOCKS_TRAIN * len(CLASS_NAMES) * _BLOCK
    keys = np.random.PCG64(_SEED).random_raw(len(x))
    train, test = np.argsort(keys[:n_train]), n_train + np.argsort(keys[n_train:])
    return x[train], y[train], x[test], y[test]


def draw_block(label: int, block: int) -> np.ndarray:
    """Draw 500 pictures of one class.

    Parameters
    ----------
    label : int
        The class, 0 to 9.
    block : int
        Which 500: 0 to 11 are for training, 12 and 13 for testing.

    Returns
    -------
    numpy.ndarray
        uint8 of shape (500, 28, 28).
    """
    own = CLASS_NAMES[label]
    counts = _LOOKALIKES.get(own, {})
    images = []
    for name, n in {own: _BLOCK - sum(counts.values()), **counts}.items():
        sheet = Sheet(n, [_SEED, label, block, CLASS_NAMES.index(name)])
        DRAWINGS[name](sheet)
        images.append(sheet.pixels())
    return np.concatenate(images)
