"""Fashion-MNIST, or the stand-in for it."""

import numpy as np

from course_utils.data import downloads, stand_in
from course_utils.data.image_data import SPLIT_SEED, ImageData, split_by_class

CLASS_NAMES = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)
N_VALIDATION = {"real": 5_000, "stand-in": 1_000}


def fashion_mnist() -> ImageData:
    """Load Fashion-MNIST: 70,000 grey 28 x 28 pictures of clothes in ten classes.

    Looked for in Keras's own cache, then downloaded into it (31 MB, once), and where neither is
    possible replaced by drawings that come with this package. Real files are used only if their
    checksum is right. The 60,000 training images are split into 55,000 for training and 5,000 for
    validation, 500 of each class, by a fixed seed; the 10,000 test images are left alone. Of the
    drawings there are 10,000 + 1,000 + 1,000: whoever asks for more gets these.

    Returns
    -------
    ImageData
        uint8 images of shape (n, 28, 28, 1), 0 black to 255 white, and int64 labels of shape (n,).
        Its ``source`` and ``is_stand_in`` say what it is, its ``note`` why.

    Warns
    -----
    DataWarning
        If a file was damaged or could not be kept.

    Notes
    -----
    H. Xiao, K. Rasul, R. Vollgraf: Fashion-MNIST: a novel image dataset for benchmarking machine
    learning algorithms, arXiv:1708.07747 (2017), Table 2. Zalando SE, MIT licence.

    Examples
    --------
    >>> data = fashion_mnist()
    >>> data.x_train.shape[1:], len(data.x_train) in (10_000, 55_000)
    ((28, 28, 1), True)
    >>> data.class_names[9]
    'Ankle boot'
    """
    note = ""
    try:
        obtained = downloads.obtain(downloads.REGISTRY["fashion-mnist"])
    except downloads.DownloadError as error:
        if isinstance(error, downloads.DamagedFile):
            note = f"{error}: the stand-in is used"
            downloads.warn(note)
        else:
            note = f"the real data are not in Keras's cache, and {error}"
        source, n_validation = "stand-in", N_VALIDATION["stand-in"]
        x, y, x_test, y_test = stand_in.load()
    else:
        source, note = ("download" if obtained.downloaded else "cache"), obtained.note
        n_validation = N_VALIDATION["real"]
        x, y, x_test, y_test = (
            _parse_idx(obtained.content[f"{part}-idx{ndim}-ubyte.gz"])
            for part, ndim in (
                ("train-images", 3),
                ("train-labels", 1),
                ("t10k-images", 3),
                ("t10k-labels", 1),
            )
        )
    kept, held_out = split_by_class(y, n_validation, SPLIT_SEED)
    x, y = x[..., np.newaxis], y.astype(np.int64)
    return ImageData(
        name="Fashion-MNIST",
        source=source,
        x_train=x[kept],
        y_train=y[kept],
        x_val=x[held_out],
        y_val=y[held_out],
        x_test=x_test[..., np.newaxis].copy(),
        y_test=y_test.astype(np.int64),
        class_names=CLASS_NAMES,
        note=note,
    )


def _parse_idx(content: bytes) -> np.ndarray:
    """Read an IDX file of bytes: two zeros, type 8, number of axes, big-endian sizes, data."""
    ndim = content[3]
    shape = np.frombuffer(content, ">u4", count=ndim, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * ndim).reshape(shape)
