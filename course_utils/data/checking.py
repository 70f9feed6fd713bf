"""A look at one's own photographs before training: what it would stop at, skip or misunderstand."""

import hashlib
import io
import os
import shutil
import warnings  # Pillow makes remarks about notes and large pictures
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from keras.src.utils.image_dataset_utils import ALLOWLIST_FORMATS as FORMATS
from PIL import Image, ImageOps

from course_utils.files import whole_file
from course_utils.waiting import counted

_VERDICTS = {
    "broken": "broken: training stops at them",
    "split": "split wrongly: accuracies would mislead",
    "skipped": "skipped by Keras without a word",
    "turned": "turned by their EXIF notes, which Keras ignores",
    "odd": "odd",
}
_TRAIN = ("", "train", "training")
_PARTS = (*_TRAIN, "val", "valid", "validation", "dev", "test", "testing")
_FEW = 20  # a random 15% of the photographs has none of so few once in 26 times
_AnyPath = str | os.PathLike[str]
_Row = tuple[str, str, str]


@dataclass(frozen=True, repr=False)
class CheckedImages:
    """What a look at photographs has shown; prints as a report.

    ``counts["train"]["hat"]`` of all ``files`` can be read for training (without parts it is
    ``counts[""]``). ``findings`` are rows: file or folder, one of ``_VERDICTS``, and why.
    ``repaired`` is the folder of the copies, or the copy of the one file.
    """

    name: str
    files: int
    counts: dict[str, dict[str, int]]
    findings: tuple[_Row, ...]
    repaired: Path | None

    def __repr__(self) -> str:
        total = sum(sum(part.values()) for part in self.counts.values())
        lines = [f"{self.name}: training can read {total:,} of {self.files:,} files"]
        for part, labels in self.counts.items():
            named = ", ".join(f"{label} {n:,}" for label, n in labels.items() if label)
            lines += [f"  {part}: {named}" if part else f"  {named}"] if named else []
        for verdict, title in _VERDICTS.items():
            rows = [f"  {file} {what}" for file, found, what in self.findings if found == verdict]
            lines += [f"{len(rows):,} {title}", *rows[:10]] if rows else []
            lines += [f"  and {len(rows) - 10:,} more, in .findings"] if len(rows) > 10 else []
        return "\n".join(line.replace("\n", "\\n") for line in lines)


def check_images(folder: _AnyPath, repaired: _AnyPath | None = None) -> CheckedImages:
    """Decode every photograph of a folder, or a single one, just as training will.

    A folder has ``class/*.jpg``, or ``train/class/*.jpg`` with ``validation`` and ``test``. Upright
    RGB JPEG copies of all that can be read by any means go into ``repaired``, a folder of their
    own. Two pictures are the same if all their pixels are: a resized copy is not noticed.
    """
    source = Path(os.path.expanduser(folder))
    if not (os.fspath(folder) and source.exists()):
        raise FileNotFoundError(f"there is no folder or file {os.fspath(folder)!r}")
    root = source if source.is_dir() else source.parent
    copies = _place_for_copies(Path(os.path.expanduser(repaired)), source) if repaired else None
    rows: list[_Row] = []
    files = _files(root, rows) if root == source else {("", ""): [source]}
    counts = {part: {label: 0 for one, label in files if one == part} for part, _ in files}
    first: dict[bytes, tuple[str, tuple[str, str]]] = {}
    copied: dict[str, bool] = {}
    todo = [(place, path) for place, paths in files.items() for path in paths]
    with counted("Checking images", len(todo)) as done, warnings.catch_warnings(action="ignore"):
        for number, (place, path) in enumerate(todo, start=1):
            name, end = _readable(path.relative_to(root)), ""
            found, image, pixels = _look(path)
            if copies:
                new = name if name.lower().endswith((".jpg", ".jpeg")) else f"{name}.jpg"
                while new in copied:
                    new += ".jpg"
                copied[new] = _copy(path, copies / new, image, found)
                end = "; it was copied" if copied[new] else "; it cannot be copied"
                if pixels and not copied[new]:
                    found.append(("odd", "cannot be copied"))
            rows += [(name, verdict, what + end * (not pixels)) for verdict, what in found]
            if pixels:
                counts[place[0]][place[1]] += 1
                other, where = first.setdefault(pixels, (name, place))
                verdict = "odd" if where == place else "split"
                rows += [(name, verdict, f"is the same as {other}")] if other != name else []
            del image  # before the next one is decoded: there is one in memory at a time
            done(number)
    if root == source:
        rows += _uneven(counts)
        for path in copies.rglob("*.[jJ][pP]*[gG]") if copies else ():
            new = _readable(path.relative_to(copies or root))
            if new not in copied and not path.is_dir():
                rows.append((new, "split", f"is still in {copies}, but no longer in {root}"))
    elif copies:
        copies = next((copies / new for new, good in copied.items() if good), None)
    title = _readable(Path(source.resolve().name))
    return CheckedImages(title, len(todo), counts, tuple(sorted(rows)), copies)


def _readable(path: Path) -> str:
    """Return a path with what is not UTF-8 in it replaced, so that it can be printed."""
    return os.fsencode(path.as_posix()).decode("utf-8", "replace")


def _folders(folder: Path) -> dict[str, Path]:  # those that are classes to Keras
    return {_readable(Path(path.name)): path for path in sorted(folder.glob("[!.]*/"))}


def _files(root: Path, rows: list[_Row]) -> dict[tuple[str, str], list[Path]]:
    """Return the files of each part and class; add rows for what is laid out wrongly."""
    parts = _folders(root)
    named = [name for one in _PARTS for name in parts if name.lower() == one]
    # A class may be called "train", too: then its photographs lie in it, and no classes.
    if any(name.lower() in _TRAIN and _folders(parts[name]) for name in named):
        rows += [(one, "skipped", "lies beside the parts") for one in parts if one not in named]
    else:
        one_more = [name for name in named if name.lower() not in _TRAIN]
        rows += [(name, "split", "is one more class, as there is no train") for name in one_more]
        parts, named = {"": root}, [""]
    files: dict[tuple[str, str], list[Path]] = {}
    for part in named:
        classes = _folders(parts[part])
        rows += [] if classes else [(part or ".", "split", "has no folder for each class")]
        for path in parts[part].iterdir() if classes else ():
            if path.suffix.lower() in FORMATS and not path.is_dir():
                rows.append((_readable(path.relative_to(root)), "skipped", "lies in no class"))
        for label, place in (classes or {"": parts[part]}).items():
            own = sorted(path for path in place.rglob("*") if not path.is_dir())  # hidden, too
            files[part, label] = [
                p for p in own if p.name.lower().endswith(FORMATS) or p.name[0] != "."
            ]
    return files


def _uneven(counts: dict[str, dict[str, int]]) -> list[_Row]:
    """Return rows for classes that are too small or missing."""
    labels = sorted({label for part in counts.values() for label in part} - {""})
    rows = [(".", "split", "has only one class")] if len(labels) == 1 else []
    for part, found in counts.items():
        for label in labels:
            n, what = found.get(label, 0), ""
            if label not in found:
                what = "is missing, so that Keras gives the classes after it other numbers"
            elif n == 0:
                what = "has no photograph that training can read"
            elif n < _FEW and part.lower() in _TRAIN:
                what = f"has only {n}: with {0.85**n:.0%} probability a random 15% has none of them"
            rows += [(f"{part}/{label}".strip("/"), "split", what)] if what else []
    return rows


def _look(path: Path) -> tuple[list[tuple[str, str]], Any, bytes]:
    """Return what is wrong with a file, Pillow's image, and a digest of what training sees."""
    image, turned, huge = None, 1, False
    try:
        if not os.path.isfile(path):  # reading a queue would never end
            return [("broken", "is not a file")], None, b""
        content = path.read_bytes()
        image = Image.open(io.BytesIO(content))
        turned = image.getexif().get(0x112, 1)
    except Image.DecompressionBombError:
        huge = True  # for Pillow; a PNG may have even more for TensorFlow
    except Exception as error:  # damaged files raise anything
        if isinstance(error, MemoryError):
            raise
        if isinstance(error, OSError) and error.errno:
            return [("broken", f"cannot be read ({error.strerror})")], None, b""
    if not path.name.lower().endswith(FORMATS):
        what = f"is a {image.format}" if image else "is nothing that can be read"
        return [("skipped", f"{what}, and Keras reads {', '.join(FORMATS)}")], image, b""
    if _readable(path) != path.as_posix():
        return [("broken", "has a name that is not UTF-8")], image, b""
    try:
        seen = tf.io.decode_image(content, channels=3, expand_animations=False).numpy()
    except (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError) as error:
        why = error.message.splitlines()[0].rpartition("}} ")[2].partition("[Op:")[0]
        what = "has too many pixels" if huge else f"cannot be decoded: {why.strip('. ')}"
        return [("broken", what)], image, b""
    found = [("turned", f"has orientation {turned}, not 1")] * (turned in range(2, 9))
    if seen.size > 3 * 50e6:
        found.append(("odd", f"has {seen.size / 3e6:.0f} million pixels"))
    found += [("odd", what) for what in _oddities(image, path.suffix, seen)] if image else []
    return found, image, hashlib.blake2b(seen, key=str(seen.shape).encode()).digest()


def _oddities(image: Any, ending: str, seen: np.ndarray) -> list[str]:
    """Return what is unusual about a Pillow image that training sees as `seen`."""
    encoding, mode, (width, height) = image.format.replace("MPO", "JPEG"), image.mode, image.size
    odd = {
        f"is a {encoding}": encoding != Image.registered_extensions().get(ending.lower()),
        "is animated": encoding in ("GIF", "PNG") and image.is_animated,
        "is grey": mode in ("1", "L", "LA") or mode.startswith(("I", "F")),
        f"is only {width} x {height}": min(width, height) < 32,  # too small for Keras Applications
    }
    if mode != "RGB" or image.has_transparency_data:
        shown, some = _upright(image), np.s_[:: 1 + max(width, height) // 200]
        if shown and (shown.height, shown.width) == seen.shape[:2]:
            difference = seen[some, some] - np.asarray(shown)[some, some].astype(float)
            odd["has other colours for training than for you"] = np.abs(difference).mean() > 8
    return [what for what, holds in odd.items() if holds]


def _place_for_copies(place: Path, source: Path) -> Path:
    """Make the folder of copies of `source`; refuse one that has anything else in it."""
    source, target, label = source.resolve(), place.resolve(), place / "check-images.txt"
    if source == target or source in target.parents or target in source.parents:
        raise ValueError(f"{place} lies in {source} or around it; name another folder for copies")
    own = f"copies of {_readable(source if source.is_dir() else source.parent)}"
    held = label.read_text("utf-8") if label.exists() else "other files" * any(place.glob("*"))
    if held not in ("", own):
        raise ValueError(f"{place} has {held} in it; name another folder for copies")
    place.mkdir(parents=True, exist_ok=True)
    label.write_text(own, "utf-8")
    return place


def _copy(path: Path, target: Path, image: Any, found: list[tuple[str, str]]) -> bool:
    """Copy a good JPEG as it is, others as Pillow's image shows them; say if that worked."""
    as_it_is = image and not found and (image.format, image.mode) == ("JPEG", "RGB")
    upright = image if as_it_is else _upright(image)
    if upright is None or max(upright.size) > 65_500:  # more than a JPEG can have
        return False
    with whole_file(target) as part:
        if as_it_is:
            shutil.copyfile(path, part)
        else:
            upright.save(part, "JPEG", quality=95)
    return True


def _upright(image: Any) -> Any:
    """Turn a Pillow image as its EXIF says; return it in RGB, on white; None if it is damaged."""
    try:
        ImageOps.exif_transpose(image, in_place=True)  # another copy of a large one is 300 MB
        if image.mode.startswith(("I", "F")):
            image = Image.fromarray(np.uint8(np.clip(np.asarray(image, float) / 257, 0, 255)))
        if image.has_transparency_data:
            image = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
        return image if image.mode == "RGB" else image.convert("RGB")
    except MemoryError:
        raise
    except Exception:  # damaged files raise anything
        return None
