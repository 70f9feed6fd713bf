"""Handwritten digits for LeNet-5: MNIST, or the real digits that come with scikit-learn."""

import io

import numpy as np

from course_utils.data import downloads
from course_utils.data.image_data import SPLIT_SEED, ImageData, split_by_class

CLASS_NAMES = tuple("0123456789")
N_VALIDATION = {"MNIST": 5_000, "embedded": 200}


def digits() -> ImageData:
    """Load handwritten digits as grey 28 x 28 images, white on black.

    MNIST if it is in Keras's cache or can be downloaded (11 MB, once): 55,000 + 5,000 + 10,000
    images. Otherwise the 1,797 digits that scikit-learn carries, written by 13 people and scanned
    at 8 x 8: real handwriting too, and not a stand-in. They are enlarged the way MNIST is laid out,
    the writing in a box of 20 x 20 and its centre of mass in the middle of 28 x 28, and split into
    1,197 + 200 + 400. Splits are stratified by class, by a fixed seed.

    Returns
    -------
    ImageData
        uint8 images of shape (n, 28, 28, 1), 0 black to 255 white, and int64 labels of shape (n,).

    Warns
    -----
    DataWarning
        If a file of MNIST was damaged or could not be kept.

    Notes
    -----
    MNIST: Y. LeCun et al., Gradient-based learning applied to document recognition, Proc. IEEE
    86(11) (1998), section III.A. scikit-learn's: E. Alpaydin and C. Kaynak, Optical recognition of
    handwritten digits, UCI Machine Learning Repository (1998), the test part.

    Examples
    --------
    >>> data = digits()
    >>> data.x_test.shape[1:], data.is_stand_in
    ((28, 28, 1), False)
    """
    note = ""
    try:
        obtained = downloads.obtain(downloads.REGISTRY["mnist"])
    except downloads.DownloadError as error:
        if isinstance(error, downloads.DamagedFile):
            note = f"{error}: the digits of scikit-learn are used"
            downloads.warn(note)
        name, source = "Handwritten digits (scikit-learn)", "embedded"
        n_validation = N_VALIDATION["embedded"]
        x, y = _embedded()
        kept, held_out = split_by_class(y, 400, SPLIT_SEED)
        x, y, x_test, y_test = x[kept], y[kept], x[held_out], y[held_out]
    else:
        name, source = "MNIST", "download" if obtained.downloaded else "cache"
        n_validation, note = N_VALIDATION["MNIST"], obtained.note
        with np.load(io.BytesIO(obtained.content["mnist.npz"]), allow_pickle=False) as arrays:
            x, y = arrays["x_train"], arrays["y_train"]
            x_test, y_test = arrays["x_test"], arrays["y_test"]
    kept, held_out = split_by_class(y, n_validation, SPLIT_SEED + 1)
    x, y = x[..., np.newaxis], y.astype(np.int64)
    return ImageData(
        name=name,
        source=source,
        x_train=x[kept],
        y_train=y[kept],
        x_val=x[held_out],
        y_val=y[held_out],
        x_test=x_test[..., np.newaxis],
        y_test=y_test.astype(np.int64),
        class_names=CLASS_NAMES,
        note=note,
    )


def _embedded() -> tuple[np.ndarray, np.ndarray]:
    """Return scikit-learn's digits as uint8 (1797, 28, 28) and their labels."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    coverage = bunch.images / 16  # share of ink in each of 8 x 8 blocks of the scan
    enlarge = _cubic_interpolation(8, 20)
    large = enlarge @ coverage @ enlarge.T
    # An edge that interpolation has smeared over a block is made as crisp as MNIST's.
    crisp = np.clip(1.6 * large - 0.2, 0, 1)
    return _centred(np.rint(255 * crisp).astype(np.uint8), 28), bunch.target


def _cubic_interpolation(n_in: int, n_out: int) -> np.ndarray:
    """Return the (n_out, n_in) matrix that resamples by Keys' cubic convolution (1981, a = -0.5).

    Pixels beyond the border are zero: paper without ink.
    """
    centres = (np.arange(n_out) + 0.5) * n_in / n_out - 0.5
    d = np.abs(centres[:, np.newaxis] - np.arange(n_in))
    near = (1.5 * d - 2.5) * d * d + 1
    far = ((-0.5 * d + 2.5) * d - 4) * d + 2
    return np.where(d < 1, near, np.where(d < 2, far, 0))


def _centred(images: np.ndarray, size: int) -> np.ndarray:
    """Lay images on black, size x size, their centre of mass in the middle as far as they fit."""
    n, box = images.shape[:2]
    room = size - box
    weights = images.astype(np.float64)
    mass = weights.sum(axis=(1, 2))
    placed = []
    for axis in (1, 2):
        profile = weights.sum(axis=3 - axis)
        centre = profile @ np.arange(box) / mass
        offset = np.clip(np.rint((size - 1) / 2 - centre), 0, room).astype(int)
        placed.append(offset[:, np.newaxis] + np.arange(box))
    canvas = np.zeros((n, size, size), images.dtype)
    rows, columns = placed
    canvas[
        np.arange(n)[:, np.newaxis, np.newaxis], rows[:, :, np.newaxis], columns[:, np.newaxis]
    ] = images
    return canvas
