"""A look at one's own photographs before training: what it would stop at, skip or misunderstand."""

import hashlib
import io
import os
import re
import warnings
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from course_utils.files import whole_file
from course_utils.waiting import counted

VERDICTS = {
    "broken": "broken: training stops at them",
    "split": "split wrongly: accuracies would mislead",
    "skipped": "skipped by Keras without a word",
    "turned": "turned by their EXIF notes, which Keras ignores",
    "odd": "odd",
}
_TRAIN = ("", "train", "training")
_PARTS = (*_TRAIN, "val", "valid", "validation", "dev", "test", "testing")
_FEW = 20  # a random 15% of the photographs has none of so few once in 26 times
_SMALL = 32  # no network of Keras Applications takes smaller pictures
_LARGE = 50e6  # pixels, to be decoded anew in every epoch
_LABEL = "check-images.txt"  # says in a folder of copies whose they are

Row = tuple[str, str, str]


@dataclass(frozen=True, repr=False)
class CheckedImages:
    """What a look at photographs has shown; prints as a report.

    ``counts["train"]["hat"]`` of all ``files`` can be read for training (a part, or a class, that
    there is not is called ``""``). ``findings`` are rows: a file or folder, which of ``VERDICTS``
    it falls under, and why. ``repaired`` is the folder of the copies, or the copy of the one file.
    """

    name: str
    files: int
    counts: dict[str, dict[str, int]]
    findings: tuple[Row, ...]
    repaired: Path | None

    def __repr__(self) -> str:
        total = sum(sum(part.values()) for part in self.counts.values())
        lines = [f"{self.name}: training can read {total:,} of {self.files:,} files"]
        for part, labels in self.counts.items():
            named = ", ".join(f"{label} {n:,}" for label, n in labels.items() if label)
            lines += [f"  {part}: {named}" if part else f"  {named}"] if named else []
        for verdict, title in VERDICTS.items():
            rows = [f"  {file} {what}" for file, found, what in self.findings if found == verdict]
            lines += [f"{len(rows):,} {title}", *rows[:10]] if rows else []
            lines += [f"  and {len(rows) - 10:,} more, in .findings"] if len(rows) > 10 else []
        return "\n".join(line.replace("\n", "\\n") for line in lines)


def check_images(
    folder: str | os.PathLike[str], repaired: str | os.PathLike[str] | None = None
) -> CheckedImages:
    """Decode every photograph of a folder, or a single one, just as training will.

    Files are found and decoded as ``keras.utils.image_dataset_from_directory`` does it. Two
    pictures are the same if all their pixels are, whatever notes are beside these: a copy that was
    resized, or saved anew as a JPEG, is not noticed.

    Parameters
    ----------
    folder : str or path
        ``class/*.jpg``, or ``train/class/*.jpg`` with ``validation`` and ``test`` beside it; or one
        file.
    repaired : str or path, optional
        A folder of its own for copies, in the same sub-folders, of everything that can be read by
        any means: upright, RGB, JPEG. Called again, only what has changed is copied again.
    """
    source = Path(os.path.expanduser(folder))
    if not (os.fspath(folder) and source.exists()):
        raise FileNotFoundError(f"there is no folder or file {os.fspath(folder)!r}")
    root = source if source.is_dir() else source.parent
    copies = _place_for_copies(Path(os.path.expanduser(repaired)), source) if repaired else None
    rows: list[Row] = []
    files = _files(root, rows) if root == source else {("", ""): [source]}
    counts: dict[str, dict[str, int]] = {part: {} for part, _ in files}
    for part, label in files:
        counts[part][label] = 0
    first: dict[bytes, tuple[str, tuple[str, str]]] = {}
    copied: dict[str, bool] = {}
    todo = [(place, path) for place, paths in files.items() for path in paths]
    with counted("Checking photographs", len(todo)) as done, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's remarks about notes and large pictures
        for number, (place, path) in enumerate(todo, start=1):
            name, look, end = _readable(path.relative_to(root)), _look(path), ""
            if copies:
                new = name if name.lower().endswith((".jpg", ".jpeg")) else f"{name}.jpg"
                while new in copied:
                    new += ".jpg"
                copied[new] = _copy(path, copies / new, look.image, look.content)
                end = "; it was copied" if copied[new] else "; it cannot be copied"
            for verdict, what in look.found:
                rows.append((name, verdict, what + end * (verdict in ("broken", "skipped"))))
            if look.pixels:
                counts[place[0]][place[1]] += 1
                other, where = first.setdefault(look.pixels, (name, place))
                verdict = "odd" if where == place else "split"
                rows += [(name, verdict, f"is the same as {other}")] if other != name else []
            del look  # before the next one is decoded: there is one in memory at a time
            done(number)
    if root == source:
        rows += _uneven(counts)
        for path in copies.rglob("*.[jJ][pP]*[gG]") if copies else ():
            if (new := _readable(path.relative_to(copies or root))) not in copied:
                rows.append((new, "split", f"is still in {copies}, but no longer in {root}"))
    elif copies:
        copies = next((copies / new for new, good in copied.items() if good), None)
    title = _readable(Path(source.resolve().name))
    return CheckedImages(title, len(todo), counts, tuple(sorted(rows)), copies)


def _formats() -> tuple[str, ...]:
    """Return the endings that Keras reads."""
    return import_module("keras.src.utils.image_dataset_utils").ALLOWLIST_FORMATS


def _readable(path: Path) -> str:
    """Return a path with what is not UTF-8 in it replaced, so that it can be printed."""
    return os.fsencode(path.as_posix()).decode("utf-8", "replace")


def _files(root: Path, rows: list[Row]) -> dict[tuple[str, str], list[Path]]:
    """Return the files of each part and class; add rows for what is laid out wrongly."""

    def folders(folder: Path) -> dict[str, Path]:  # those that are classes to Keras
        found = sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] != ".")
        return {_readable(Path(path.name)): path for path in found}

    inside = folders(root)
    parts = {name: inside[name] for one in _PARTS for name in inside if name.lower() == one}
    # A class may be called "train", too: then its photographs lie in it, and no classes.
    if any(name.lower() in _TRAIN and folders(path) for name, path in parts.items()):
        rows += [(one, "skipped", "lies beside the parts") for one in inside if one not in parts]
    else:
        one_more = [name for name in parts if name.lower() not in _TRAIN]
        rows += [(name, "split", "is one more class, as there is no train") for name in one_more]
        parts = {"": root}
    files: dict[tuple[str, str], list[Path]] = {}
    for part, folder in parts.items():
        classes = folders(folder)
        rows += [] if classes else [(part or ".", "split", "has no folder for each class")]
        for path in folder.iterdir() if classes else ():
            if path.name.lower().endswith(_formats()) and not path.is_dir():
                rows.append((_readable(path.relative_to(root)), "skipped", "lies in no class"))
        for label, place in (classes or {"": folder}).items():
            files[part, label] = [
                Path(inner, name)
                for inner, _, names in sorted(os.walk(place))
                for name in sorted(names)
                if name[0] != "." or name.lower().endswith(_formats())  # Keras reads these
            ]
    return files


def _uneven(counts: dict[str, dict[str, int]]) -> list[Row]:
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


class _Look(NamedTuple):
    found: list[tuple[str, str]]
    image: Any = None  # Pillow's, not decoded
    content: bytes = b""  # of the file, if the copy is to be the same
    pixels: bytes = b""  # a digest of them, if training can read them


def _look(path: Path) -> _Look:
    """Decode a file as training does."""
    from PIL import Image

    tf = import_module("tensorflow")
    try:
        if not path.is_file():  # reading a queue would never end
            return _Look([("broken", "is not a file")])
        content = path.read_bytes()
    except OSError as error:
        return _Look([("broken", f"cannot be read ({error.strerror})")])
    image: Any = None
    turned = 1
    try:
        image = Image.open(io.BytesIO(content))
        turned = image.getexif().get(0x112, 1)
        turned = turned if turned in range(2, 9) else 1  # some cameras write 0
    except Image.DecompressionBombError:
        return _Look([("broken", "has too many pixels for a photograph")])
    except MemoryError:
        raise
    except Exception:  # damaged files raise anything
        image = None
    if not path.name.lower().endswith(_formats()):
        what = f"is a {image.format}" if image else "is nothing that can be read"
        return _Look([("skipped", f"{what}, and Keras reads {', '.join(_formats())}")], image)
    try:
        str(path).encode()
        seen = tf.io.decode_image(content, channels=3, expand_animations=False).numpy()
    except UnicodeEncodeError:
        return _Look([("broken", "has a name that is not UTF-8")], image)
    except (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError) as error:
        why = re.sub(r"{{.*?}} ?|[. ]*\[Op:.*", "", error.message.splitlines()[0])
        return _Look([("broken", f"cannot be decoded: {why}")], image)
    found = [("turned", f"has orientation {turned}, not 1")] if turned != 1 else []
    found += [("odd", what) for what in _oddities(image, path.suffix, seen)]
    plain = image and (image.format, image.mode, turned) == ("JPEG", "RGB", 1)
    digest = hashlib.blake2b(seen, key=str(seen.shape).encode()).digest()
    return _Look(found, image, content if plain else b"", digest)


def _oddities(image: Any, ending: str, seen: np.ndarray) -> list[str]:
    """Return what is unusual about a Pillow image that training sees as `seen`."""
    from PIL import Image

    if image is None:
        return []
    kind, mode, (width, height) = image.format.replace("MPO", "JPEG"), image.mode, image.size
    odd = {
        f"is a {kind}": kind != Image.registered_extensions().get(ending.lower()),
        "is animated: training sees its first picture": kind != "JPEG"
        and getattr(image, "is_animated", False),
        "has the colours of print (CMYK)": mode == "CMYK",
        "is grey": mode in ("1", "L", "LA") or mode.startswith(("I", "F")),
        f"is only {width} x {height}": min(width, height) < _SMALL,
        f"has {width * height / 1e6:.0f} million pixels": width * height > _LARGE,
    }
    plain = mode == "RGB" and not image.has_transparency_data
    if seen.shape[:2] != (height, width):
        odd[f"is {seen.shape[1]} x {seen.shape[0]} to training, not {width} x {height}"] = True
    elif not plain and (shown := _upright(image)) and shown.size == (width, height):
        step = 1 + max(width, height) // 200  # these pixels are enough to compare
        difference = seen[::step, ::step] - np.asarray(shown, float)[::step, ::step]
        odd["has other colours for training than for you"] = np.abs(difference).mean() > 8
    return [what for what, holds in odd.items() if holds]


# --- upright RGB JPEG copies: what every program reads in the same way ---------------------------


def _place_for_copies(place: Path, source: Path) -> Path:
    """Make the folder of copies of `source`; refuse one that has anything else in it."""
    root, target = (source if source.is_dir() else source.parent).resolve(), place.resolve()
    within = root in target.parents or target in root.parents
    if root == target or (within and source.is_dir()):
        raise ValueError(f"{place} lies in {source} or around it; name another folder for copies")
    label, own = target / _LABEL, f"copies of {os.fsencode(root).decode('utf-8', 'replace')}"
    held = label.read_text("utf-8") if label.exists() else "other files" * any(target.glob("*"))
    if held not in ("", own):
        raise ValueError(f"{place} has {held} in it; name another folder for copies")
    target.mkdir(parents=True, exist_ok=True)
    label.write_text(own, "utf-8")
    return place


def _copy(path: Path, target: Path, image: Any, content: bytes) -> bool:
    """Write a copy, unless it is there and no older; say whether it is: not of the unreadable.

    `image` is Pillow's, or None; `content` is the file's if the copy is to be the same.
    """
    if not (image or content):
        return False
    time = path.stat().st_mtime_ns
    if target.is_file() and target.stat().st_mtime_ns == time:
        return True
    if not content:
        turned = _upright(image)
        if turned is None or max(turned.size) > 65_500:  # more than a JPEG can have
            return False
        packed = io.BytesIO()
        turned.save(packed, "JPEG", quality=95)
        content = packed.getvalue()
    with whole_file(target) as part:
        part.write_bytes(content)
        os.utime(part, ns=(time, time))
    return True


def _upright(image: Any) -> Any:
    """Turn a Pillow image as its EXIF says; return it in RGB, on white; None if it is damaged."""
    from PIL import Image, ImageOps

    try:
        ImageOps.exif_transpose(image, in_place=True)  # another copy of a large one is 300 MB
        if image.mode.startswith(("I", "F")):
            values = np.asarray(image, float)
            image = Image.fromarray((values * (255 / max(65535, values.max()))).astype(np.uint8))
        if image.has_transparency_data:
            image = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
        return image if image.mode == "RGB" else image.convert("RGB")
    except MemoryError:
        raise
    except Exception:  # damaged files raise anything
        return None
