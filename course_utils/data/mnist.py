"""Handwritten digits for LeNet-5: MNIST, or the real digits that come with scikit-learn."""

import io

import numpy as np

from course_utils.data import cached
from course_utils.data.image_data import _SPLIT_SEED, ImageData, _split_by_class, _with_validation

_CLASS_NAMES = tuple("0123456789")
_HELD_OUT = 5_000  # of MNIST, for validation


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

    MNIST: Y. LeCun et al., Gradient-based learning applied to document recognition, Proc. IEEE
    86(11) (1998), section III.A. scikit-learn's: E. Alpaydin and C. Kaynak, Optical recognition of
    handwritten digits, UCI Machine Learning Repository (1998), the test part.
    """
    found, source, note = cached.obtain_or("mnist", "", "the digits of scikit-learn are used")
    if not source:
        name, source, held_out = "Handwritten digits (scikit-learn)", "embedded", 200
        x, y = _embedded()
        kept, rest = _split_by_class(y, 400, _SPLIT_SEED)
        arrays = x[kept], y[kept], x[rest], y[rest]
    else:
        name, held_out = "MNIST", _HELD_OUT
        with np.load(io.BytesIO(found["mnist.npz"]), allow_pickle=False) as content:
            x, y = content["x_train"], content["y_train"]
            arrays = x, y, content["x_test"], content["y_test"]
    train, validation, test = _with_validation(arrays, held_out, _SPLIT_SEED + 1)
    return ImageData(name, source, *train, *validation, *test, _CLASS_NAMES, note)


def _embedded() -> tuple[np.ndarray, np.ndarray]:
    """Return scikit-learn's digits as uint8 (1797, 28, 28) and their labels."""
    from PIL import Image
    from scipy.ndimage import center_of_mass
    from sklearn.datasets import load_digits

    bunch = load_digits()
    # Share of ink in each of 8 x 8 blocks of the scan, in a frame of paper without ink.
    coverage = np.pad(bunch.images / 16, ((0, 0), (2, 2), (2, 2))).astype(np.float32)
    cubic = Image.Resampling.BICUBIC
    framed = [np.asarray(Image.fromarray(one).resize((30, 30), cubic)) for one in coverage]
    large = np.stack(framed)[:, 5:25, 5:25].astype(float)
    # An edge that interpolation has smeared over a block is made as crisp as MNIST's.
    crisp = np.rint(255 * np.clip(1.6 * large - 0.2, 0, 1)).astype(np.uint8)
    centred = np.zeros((len(crisp), 28, 28), np.uint8)
    for image, paper in zip(crisp, centred, strict=True):
        # The centre of mass comes into the middle as far as the image fits.
        top, left = np.rint(13.5 - np.array(center_of_mass(image))).clip(0, 8).astype(int)
        paper[top : top + 20, left : left + 20] = image
    return centred, bunch.target
