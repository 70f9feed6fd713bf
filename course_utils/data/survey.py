"""Looking through a folder of photographs, file by file, before anything is read from it.

Pillow decodes every file once: TFDS stops at the first damaged one, in the middle of an epoch and
without saying which.
"""

import hashlib
import io
import warnings
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np

from course_utils.progress import progress

SPLITS = {"train": "training", "val": "validation", "test": "test"}
"""The parts of a data set, and what they are called in prose."""

SPLIT_OF = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
    "testing": "test",
}
_FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "AVIF", "JPEG2000", "PPM")
_PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".heic", ".tif", ".tiff")
_NOT_MEANT = ("thumbs.db", "desktop.ini", "__macosx")


@dataclass(frozen=True)
class Finding:
    """Something about one file of a folder.

    Attributes
    ----------
    file : str
        Its name within the folder: ``"train/bees/queen.jpg"``.
    what : str
        What is the matter with it, as the end of a sentence: ``"is empty"``.
    used : bool
        Whether it is used all the same.
    """

    file: str
    what: str
    used: bool

    def __str__(self) -> str:
        return f"{self.file} {self.what}"


@dataclass(frozen=True)
class File:
    """A file of a class, before it has been looked at."""

    split: str
    label: str
    path: Path
    name: str  # within the folder


@dataclass(frozen=True)
class Look:
    """What a look into a file has shown."""

    digest: str = ""
    suffix: str = ""
    broken: str = ""
    odd: str = ""
    converted: bytes = b""  # PNG, where TFDS would read the file wrongly or not at all


def survey(root: Path) -> tuple[list[File], list[Finding]]:
    """Find out how a folder is laid out; nothing is opened."""
    folders = [path for path in _visible(root) if path.is_dir()]
    if not folders:
        what = "photographs, but no folder for each class" if _visible(root) else "nothing"
        raise ValueError(f"{root} holds {what}; {_WANTED}")
    splits: dict[str, Path] = {}
    for folder in folders:
        split = SPLIT_OF.get(folder.name.lower(), "")
        if split and split in splits:
            raise ValueError(
                f"{root} has two folders for one part: {splits[split].name} and "
                f"{folder.name}; put them together"
            )
        if split:
            splits[split] = folder
    stray = []
    if "train" in splits:
        groups = {split: _visible(splits[split]) for split in SPLITS if split in splits}
        others = [path for path in _visible(root) if path not in splits.values()]
        stray += [_stray(root, path) for path in others if path.is_dir()]
    elif len(splits) == len(folders):
        raise ValueError(f"{root} has {listed(sorted(f.name for f in folders))}, but no train")
    else:
        groups = {"train": _visible(root)}

    files = []
    for split, paths in groups.items():
        for path in paths:
            if not path.is_dir():
                if path.suffix.lower() in _PICTURES:  # not a licence or a list
                    what = "lies outside the class folders"
                    stray.append(Finding(_within(root, path), what, False))
                continue
            for inner in _visible(path):
                if inner.is_dir():
                    stray.append(_stray(root, inner))
                else:
                    files.append(File(split, path.name, inner, _within(root, inner)))
            if not _visible(path):
                stray.append(Finding(_within(root, path), "is an empty folder", False))
    if not files:
        deeper = [f for f in folders if any(inner.is_dir() for inner in _visible(f))]
        hint = f"did you mean {deeper[0]}?" if deeper and "train" not in splits else _WANTED
        raise ValueError(f"there are no photographs in the class folders of {root}; {hint}")
    return files, stray


_WANTED = "it should hold class/*.jpg, or train/class/*.jpg and val/class/*.jpg"


def _visible(folder: Path) -> list[Path]:
    """Return what is in a folder, in order, without what systems hide there."""
    try:
        paths = sorted(folder.iterdir())
    except PermissionError:
        raise ValueError(f"{folder} may not be read: its permissions forbid it") from None
    return [p for p in paths if not p.name.startswith(".") and p.name.lower() not in _NOT_MEANT]


def _stray(root: Path, path: Path) -> Finding:
    return Finding(_within(root, path), "is a folder where none belongs; it is not read", False)


def _within(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()


def stamp(file: File) -> list[Any]:
    """Return what tells without reading a file whether it is still the same."""
    try:
        status = file.path.stat()
    except OSError:
        return [file.name, 0, 0]
    return [file.name, status.st_size, status.st_mtime_ns]


def look_at_all(files: list[File]) -> list[Look]:
    """Look into every file, several at a time."""
    looks = []
    with (
        warnings.catch_warnings(),
        ThreadPoolExecutor() as pool,  # Pillow decodes outside Python's global lock
        progress("Looking at photographs", len(files)) as show,
    ):
        warnings.simplefilter("ignore")  # Pillow's remarks about metadata and large pictures
        jobs = [pool.submit(look, file.path) for file in files]
        try:
            for job in jobs:
                looks.append(job.result())
                show(len(looks))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return looks


def look(path: Path) -> Look:
    """Read and decode one file; say what is wrong or unusual about it."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        content = path.read_bytes()
    except OSError as error:
        return Look(broken=f"cannot be read ({error.strerror})")
    if not content:
        return Look(broken="is empty")
    digest = hashlib.sha256(content).hexdigest()
    try:
        image = Image.open(io.BytesIO(content), formats=_FORMATS)
        frames = getattr(image, "n_frames", 1)
        image.load()
        upright = ImageOps.exif_transpose(image)
    except UnidentifiedImageError:
        return Look(digest, broken=_not_a_picture(content))
    except Image.DecompressionBombError:
        return Look(digest, broken="has too many pixels to be a photograph")
    except Exception as error:  # damaged files raise anything
        return Look(digest, broken=f"is damaged or cut off ({error})")

    converted = True
    match image.mode, image.format:
        case _, ("GIF" | "WEBP" | "TIFF" | "PNG" | "AVIF") if frames > 1:
            odd = f"is an animated {image.format}; its first picture is taken"
        case _, other if other not in ("JPEG", "MPO", "PNG"):
            odd = f"is a {other}"
        case (("CMYK" | "YCCK"), _):
            odd = "has CMYK colours, made for printing"
        case _ if image.getexif().get(0x112, 1) != 1:  # orientation
            odd = "is to be turned, says its EXIF"
        case _ if image.has_transparency_data:
            odd = "is transparent in places; white is put behind it"
        case (("I" | "I;16" | "I;16B" | "F"), _):
            odd = "is grey with more than 8 bits"
        case (("L" | "1" | "LA"), _):
            odd, converted = "is grey", False
        case _:
            odd, converted = "", False
    suffix = ".png" if image.format == "PNG" else ".jpg"
    return Look(digest, suffix, odd=odd, converted=_as_png(upright) if converted else b"")


def _not_a_picture(content: bytes) -> str:
    start = content[:512]
    if start[4:8] == b"ftyp" and start[8:11] in (b"hei", b"hev", b"mif", b"msf"):
        return "is an HEIC photograph, which cannot be read here; save it as JPEG"
    if start.lstrip().lower().startswith((b"<!doctype", b"<html")):
        return "is a web page, not a picture"
    if not any(byte < 9 for byte in start):
        return "is text, not a picture"
    return "is not a picture, or its beginning is damaged"


def _as_png(image: Any) -> bytes:
    """Return a picture as an RGB PNG."""
    from PIL import Image

    if image.mode.startswith(("I", "F")):
        values = np.asarray(image, np.float64)
        values *= 255 / (65_535 if image.mode.startswith("I") else max(values.max(), 1e-9))
        image = Image.fromarray(values.clip(0, 255).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    packed = io.BytesIO()
    image.convert("RGB").save(packed, "PNG", compress_level=1)
    return packed.getvalue()


def check_classes(root: Path, left: set[tuple[str, str]]) -> None:
    """Refuse a folder from which nothing can be learned."""
    learned = sorted({label for split, label in left if split == "train"})
    for split, label in sorted(left):
        if label not in learned:
            near = get_close_matches(label.lower(), [name.lower() for name in learned], 1)
            hint = f"; the nearest is {near[0]!r}" if near else ""
            raise ValueError(
                f"{root}: class {label!r} is in {split} but not in train, so that it "
                f"cannot be learned{hint}"
            )
    if len(learned) < 2:
        only = f"only one class, {learned[0]!r}" if learned else "no photograph that can be used"
        raise ValueError(f"{root} has {only}; to tell classes apart takes two or more")


# -- words -----------------------------------------------------------------------------------------


def summary(findings: list[Finding], handled: str, most: int = 10) -> list[str]:
    """Return lines that name files, the first few of many."""
    if not findings:
        return []
    lines = [f"{len(findings)} {'file is' if len(findings) == 1 else 'files are'} {handled}:"]
    lines += [f"  {finding}" for finding in findings[:most]]
    if len(findings) > most:
        lines.append(f"  and {len(findings) - most} more; .findings names them all")
    return lines


def listed(words: Iterable[str]) -> str:
    """Return words with commas, and "and" before the last."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
