"""Stand-in photographs: drawn by this package where nobody has said which to use.

Beetles and spiders on natural ground, in as many JPEG files as a small real collection has. They
are an ordinary folder ``train|validation|test/class/*.jpg``, and are read like any other.
"""

import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from course_utils.data import scenes
from course_utils.data.downloads import cache_home
from course_utils.files import whole_folder
from course_utils.progress import progress

COUNTS: Mapping[str, Mapping[str, int]] = {
    "train": {"beetles": 123, "spiders": 122},
    "validation": {"beetles": 38, "spiders": 38},
    "test": {"beetles": 38, "spiders": 39},
}
"""How many there are of each."""

VERSION = 3
"""Drawing them differently means a new one, and a new folder in the cache."""

_SEED = 1758


def folder() -> Path:
    """Return the folder of the stand-in photographs; it is drawn the first time.

    That takes a few seconds. Where Keras's cache cannot be written the folder is a temporary one.

    Returns
    -------
    pathlib.Path
        With folders ``train``, ``validation`` and ``test``.

    Raises
    ------
    OSError
        If the disk is full.
    """
    place = cache_home() / "course_utils" / "stand-in-photographs" / f"version-{VERSION}"
    if all((place / name).is_file() for *_, name in _names()):
        return place
    shutil.rmtree(place, ignore_errors=True)  # somebody has deleted files
    return whole_folder(place, _write)


def draw(split: str, kind: str, number: int) -> np.ndarray:
    """Draw one photograph; the same pixels every time.

    Parameters
    ----------
    split : {"train", "validation", "test"}
    kind : {"beetles", "spiders"}
    number : int

    Returns
    -------
    numpy.ndarray
        uint8 of shape (192, 192, 3).
    """
    if split == "test":  # the second half of what was drawn for validation
        number += COUNTS["validation"][kind]
    seed = [_SEED, int(split != "train"), list(scenes.STAND_IN_KINDS).index(kind), number]
    return scenes.draw(kind, 1, seed, extent=0.6, away=0.1, clutter=3, blades=1, rough=0.6)[0]


def _names() -> list[tuple[str, str, int, str]]:
    return [
        (split, kind, number, f"{split}/{kind}/{kind}-{number:03}.jpg")
        for split, kinds in COUNTS.items()
        for kind, count in kinds.items()
        for number in range(count)
    ]


def _write(place: Path) -> None:
    from PIL import Image

    names = _names()
    for split, kinds in COUNTS.items():
        for kind in kinds:
            (place / split / kind).mkdir(parents=True)

    def write(split: str, kind: str, number: int, name: str) -> None:
        Image.fromarray(draw(split, kind, number)).save(place / name, "JPEG", quality=90)

    with (
        ThreadPoolExecutor() as pool,  # NumPy computes outside Python's global lock
        progress("Drawing stand-in photographs", len(names)) as show,
    ):
        jobs = [pool.submit(write, *name) for name in names]
        try:
            for done, job in enumerate(jobs, start=1):
                job.result()
                show(done)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
