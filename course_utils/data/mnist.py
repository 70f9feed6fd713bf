"""Handwritten digits for LeNet-5: MNIST, or the real digits that come with scikit-learn."""

import io

import numpy as np

from course_utils.data import downloads
from course_utils.data.image_data import SPLIT_SEED, ImageData, split_by_class, with_validation

CLASS_NAMES = tuple("0123456789")
N_VALIDATION = {"MNIST": 5_000, "embedded": 200}


def digits() -> ImageData:
    """Load handwritten digits as grey 28 x 28 images, white on black.

    MNIST if it is in Keras's cache or can be downloaded (11 MB, once): 55,000 + 5,000 + 10,000
    images. Otherwise the 1,797 digits that scikit-learn carries, written by 13 people and scanned
    at 8 x 8: real handwriting too, and not a stand-in. They are enlarged the way MNIST is laid out,
    the writing in a box of 20 x 20 and its centre of mass in the middle of 28 x 28, and split into
    1,197 + 200 + 400. Splits are stratified by class, by a fixed seed.

    >>> data = digits()
    >>> data.x_test.shape[1:], data.is_stand_in
    ((28, 28, 1), False)

    Notes
    -----
    MNIST: Y. LeCun et al., Gradient-based learning applied to document recognition, Proc. IEEE
    86(11) (1998), section III.A. scikit-learn's: E. Alpaydin and C. Kaynak, Optical recognition of
    handwritten digits, UCI Machine Learning Repository (1998), the test part.
    """
    found, source, note = downloads.obtain_or("mnist", "", "the digits of scikit-learn are used")
    if not source:
        name, source, held_out = "Handwritten digits (scikit-learn)", "embedded", "embedded"
        x, y = _embedded()
        kept, test = split_by_class(y, 400, SPLIT_SEED)
        arrays = x[kept], y[kept], x[test], y[test]
    else:
        name = held_out = "MNIST"
        with np.load(io.BytesIO(found["mnist.npz"]), allow_pickle=False) as content:
            x, y = content["x_train"], content["y_train"]
            arrays = x, y, content["x_test"], content["y_test"]
    return with_validation(
        name, source, arrays, N_VALIDATION[held_out], SPLIT_SEED + 1, CLASS_NAMES, note
    )


def _embedded() -> tuple[np.ndarray, np.ndarray]:
    """Return scikit-learn's digits as uint8 (1797, 28, 28) and their labels."""
    from PIL import Image
    from sklearn.datasets import load_digits

    bunch = load_digits()
    # Share of ink in each of 8 x 8 blocks of the scan, in a frame of paper without ink.
    coverage = np.pad(bunch.images / 16, ((0, 0), (2, 2), (2, 2))).astype(np.float32)
    cubic = Image.Resampling.BICUBIC
    framed = [np.asarray(Image.fromarray(one).resize((30, 30), cubic)) for one in coverage]
    large = np.stack(framed)[:, 5:25, 5:25].astype(float)
    # An edge that interpolation has smeared over a block is made as crisp as MNIST's.
    crisp = np.clip(1.6 * large - 0.2, 0, 1)
    return _centred(np.rint(255 * crisp).astype(np.uint8), 28), bunch.target


def _centred(images: np.ndarray, size: int) -> np.ndarray:
    """Lay images on black, size x size, their centre of mass in the middle as far as they fit."""
    from scipy.ndimage import center_of_mass

    box = images.shape[1]
    canvas = np.zeros((len(images), size, size), images.dtype)
    for image, paper in zip(images, canvas, strict=True):
        offset = np.rint((size - 1) / 2 - np.array(center_of_mass(image)))
        top, left = offset.clip(0, size - box).astype(int)
        paper[top : top + box, left : left + box] = image
    return canvas
