"""Grey pictures of 28 x 28: Fashion-MNIST or its stand-in, handwritten digits, typed letters."""

import io
import unicodedata
from pathlib import Path

import numpy as np

from course_utils.costs.layer import is_size
from course_utils.data import cached, registry, stand_in
from course_utils.data.image_data import _SPLIT_SEED, ImageData, _split_by_class, _with_validation

CLASS_NAMES = tuple(registry.REGISTRY["fashion-mnist"].class_names)
_HELD_OUT = 5_000  # of the real images, for validation


def fashion_mnist() -> ImageData:
    """Load Fashion-MNIST: 70,000 grey 28 x 28 pictures of clothes in ten classes.

    Looked for in Keras's own cache, then downloaded into it (31 MB, once), and where neither is
    possible replaced by drawings that come with this package. Real files are used only if their
    checksum is right. The 60,000 training images are split into 55,000 for training and 5,000 for
    validation, 500 of each class, by a fixed seed; the 10,000 test images are left alone. Of the
    drawings there are 10,000 + 1,000 + 1,000: whoever asks for more gets these.

    ``source`` and ``is_stand_in`` say what was found, ``note`` why.

    >>> data = fashion_mnist()
    >>> data.x_train.shape[1:], len(data.x_train) in (10_000, 55_000)
    ((28, 28, 1), True)
    >>> data.class_names[9]
    'Ankle boot'

    H. Xiao, K. Rasul, R. Vollgraf: Fashion-MNIST: a novel image dataset for benchmarking machine
    learning algorithms, arXiv:1708.07747 (2017), Table 2. Zalando SE, MIT licence.
    """
    found, source, note = cached.obtain_or("fashion-mnist", "data", "the stand-in is used")
    if source:
        y, x, y_test, x_test = map(_parse_idx, found.values())  # in the order of registry.toml
        held_out, arrays = _HELD_OUT, (x, y, x_test, y_test)
    else:
        source, held_out, arrays = "stand-in", 1_000, stand_in.load()
    train, validation, test = _with_validation(arrays, held_out, _SPLIT_SEED)
    return ImageData("Fashion-MNIST", source, *train, *validation, *test, CLASS_NAMES, note)


def _parse_idx(content: bytes) -> np.ndarray:
    """Read an IDX file of bytes: two zeros, type 8, number of axes, big-endian sizes, data."""
    ndim = content[3]
    shape = np.frombuffer(content, ">u4", count=ndim, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * ndim).reshape(shape)


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
    return ImageData(name, source, *train, *validation, *test, tuple("0123456789"), note)


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


# --- typed ---------------------------------------------------------------------------------------

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
    if wrong := [one for one in classes if unicodedata.name(one, "?").split()[0] not in _SCRIPTS]:
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
