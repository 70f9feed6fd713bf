"""What stands in for data that are not there: drawings that come with this package.

``notebooks/recorded/stand_ins.py`` has made them: 12,000 little grey pictures in place of
Fashion-MNIST, and coloured photographs in place of those of clothes.
"""

from pathlib import Path

import numpy as np

_FOLDER = Path(__file__).with_name("drawings")
GARMENTS, COLUMNS = _FOLDER / "garments.webp", 100
CLOTHES = _FOLDER / "clothes"
_TEST_IMAGES = 1_000


def load() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return little pictures of garments: x_train and y_train of 11,000, x_test, y_test of 1,000.

    Images are uint8 of shape (n, 28, 28), labels uint8. The classes follow each other in turn.
    """
    from PIL import Image

    with Image.open(GARMENTS) as opened:
        sheet = np.asarray(opened.convert("L"))
    x = sheet.reshape(-1, 28, COLUMNS, 28).transpose(0, 2, 1, 3).reshape(-1, 28, 28)
    y = (np.arange(len(x)) % 10).astype(np.uint8)
    return x[:-_TEST_IMAGES], y[:-_TEST_IMAGES], x[-_TEST_IMAGES:], y[-_TEST_IMAGES:]
