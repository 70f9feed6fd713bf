"""Typed letters: as many as you like, from the fonts that come with Matplotlib."""

import unicodedata
from pathlib import Path

import numpy as np

from course_utils.costs.layer import is_size
from course_utils.data.image_data import ImageData

_SCRIPTS = ("LATIN", "GREEK", "CYRILLIC", "DIGIT")  # how Unicode's names begin
_LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_FACES = (
    *("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSansMono"),
    *("DejaVuSansMono-Bold", "DejaVuSerif", "DejaVuSerif-Bold", "DejaVuSerif-Italic"),
    *("STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic", "STIXGeneralBolIta"),
)
_SIZES = (16, 24)  # pixels
_SHIFT, _TURN = 2.5, 12.0  # pixels at most; standard deviation in degrees


def letters(
    alphabet: str = _LATIN, images: int = 10_000, held_out: int = 1_000, seed: int = 0
) -> ImageData:
    """Type letters as gray 28 x 28 images, white on black.

    Each comes in one of twelve faces, 16 to 23 pixels high, a little turned and out of the centre.
    There is nothing to download: the fonts, DejaVu and STIX, come with Matplotlib.

    Each letter of the alphabet is a class: Latin, Cyrillic and Greek letters and digits can be
    typed. There are so many images for training, and `held_out` each for validation and test. The
    classes follow each other in turn, so that the first images hold equally many of each.

    >>> letters("ABC", images=30, held_out=3)
    Typed letters: 30 training, 3 validation and 3 test images of 28 x 28, 3 classes
    """
    classes = tuple(alphabet)
    if len(set(classes)) < len(classes):
        raise ValueError(f"each letter is a class and comes once, unlike in {alphabet!r}")
    scripts = {letter: unicodedata.name(letter, "?").split()[0] for letter in classes}
    if wrong := [one for one in classes if scripts[one] not in _SCRIPTS]:
        raise ValueError(f"only Latin, Cyrillic and Greek letters and digits, not {wrong[0]!r}")
    if not classes or not (is_size(images, len(classes)) and is_size(held_out, len(classes))):
        raise ValueError(
            f"{len(classes)} letters need as many images, or more, in each part, and at least one "
            f"letter: images is {images}, held_out is {held_out}"
        )
    labels = [np.arange(count) % len(classes) for count in (images, held_out, held_out)]
    texts = [classes[label] for label in np.concatenate(labels)]
    typed = _drawn(texts, np.random.default_rng(seed))
    x = np.split(typed, [images, images + held_out])
    train, validation, test = zip(x, labels, strict=True)
    return ImageData("Typed letters", "embedded", *train, *validation, *test, classes)


def _drawn(texts: list[str], rng: np.random.Generator) -> np.ndarray:
    """Return one image for each letter, uint8 (n, 28, 28, 1)."""
    from matplotlib import get_data_path
    from PIL import Image, ImageDraw, ImageFont

    folder = Path(get_data_path()) / "fonts" / "ttf"
    fonts = [
        [ImageFont.truetype(folder / f"{face}.ttf", size) for size in range(*_SIZES)]
        for face in _FACES
    ]
    n = len(texts)
    faces, sizes = rng.integers(len(_FACES), size=n), rng.integers(len(fonts[0]), size=n)
    centres, turns = 14 + rng.uniform(-_SHIFT, _SHIFT, (n, 2)), rng.normal(0, _TURN, n)
    typed = np.empty((n, 28, 28, 1), np.uint8)
    for i, text in enumerate(texts):
        paper = Image.new("L", (28, 28))
        font = fonts[faces[i]][sizes[i]]
        ImageDraw.Draw(paper).text(tuple(centres[i]), text, fill=255, font=font, anchor="mm")
        typed[i, :, :, 0] = np.asarray(paper.rotate(turns[i], Image.Resampling.BILINEAR))
    return typed
