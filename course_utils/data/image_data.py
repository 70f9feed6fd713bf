"""What every loader returns, and the one way in which a data set is split."""

from dataclasses import dataclass

import numpy as np

_Part = tuple[np.ndarray, np.ndarray]  # images and labels
_SPLIT_SEED = 2017  # of the train/validation split: one for everybody, so that accuracies compare


class _Sourced:
    """Data that knows where it comes from, and says so in the titles of figures."""

    source: str

    @property
    def is_stand_in(self) -> bool:
        """Whether the images were drawn by this package rather than photographed or scanned."""
        return self.source == "stand-in"

    def title(self, text: str) -> str:
        """Return a figure's title, with " (stand-in data)" added if that is what it shows."""
        return f"{text} (stand-in data)" if self.is_stand_in else text


@dataclass(frozen=True, eq=False, repr=False)
class ImageData(_Sourced):
    """Labelled grey images in three parts: training, validation and test.

    Pixels are as the data set has them (0 black to 255 white); dividing by 255 is left to you.
    ``note`` is empty, or says why this is not the real data.
    """

    name: str
    # "cache" (a file Keras had already downloaded), "download" (fetched just now), "embedded" (real
    # data that comes with an installed package) or "stand-in" (drawn by this package)
    source: str
    x_train: np.ndarray  # images: uint8 of shape (n, height, width, 1)
    y_train: np.ndarray  # class numbers 0, 1, ...: int64 of shape (n,)
    x_val: np.ndarray
    y_val: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    class_names: tuple[str, ...]  # `class_names[y]` is the name of class y
    note: str = ""

    def __repr__(self) -> str:
        height, width = self.x_train.shape[1:3]
        drawn = " stand-in, drawn by course_utils" if self.is_stand_in else ""
        line = (
            f"{self.name}{drawn}: {len(self.x_train):,} training, {len(self.x_val):,} validation "
            f"and {len(self.x_test):,} test images of {height} x {width}, "
            f"{len(self.class_names)} classes"
        )
        return f"{line}; {self.note}" if self.note else line


def _with_validation(
    arrays: tuple[np.ndarray, ...], held_out: int, seed: int
) -> tuple[_Part, _Part, _Part]:
    """Return the parts for training, validation and test; the first two are split by a seed.

    ``arrays`` are x_train, y_train, x_test and y_test, the images of shape (n, height, width).
    """
    x, y, x_test, y_test = arrays
    kept, validation = _split_by_class(y, held_out, seed)
    x, y = x[..., np.newaxis], y.astype(np.int64)
    test = x_test[..., np.newaxis].copy(), y_test.astype(np.int64)
    return (x[kept], y[kept]), (x[validation], y[validation]), test


def _split_by_class(labels: np.ndarray, held_out: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Split positions in two, at random within each class: class shares stay the same in both.

    Every position draws a random key. The positions with the smallest keys of their class are held
    out: ``held_out`` in all, shared among the classes in proportion to their size (largest
    remainders first). Keys are the raw output of PCG64, which NumPy promises never to change.
    Returned are the positions kept, and those held out, in increasing order.

    >>> kept, held_out = _split_by_class(np.array([0, 0, 0, 0, 1, 1]), held_out=3, seed=1)
    >>> len(kept), len(held_out)
    (3, 3)
    """
    n = len(labels)
    if not 0 <= held_out <= n:
        raise ValueError(f"cannot hold out {held_out} of {n} images: choose a number from 0 to {n}")
    keys = np.random.PCG64(seed).random_raw(n)
    counts = np.bincount(labels)
    quotas, remainders = np.divmod(counts * held_out, max(n, 1))
    quotas[np.argsort(-remainders, kind="stable")[: held_out - quotas.sum()]] += 1
    chosen = np.zeros(n, dtype=bool)
    for label, quota in enumerate(quotas):
        positions = np.flatnonzero(labels == label)
        chosen[positions[np.argsort(keys[positions], kind="stable")[:quota]]] = True
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)
