"""Your own photographs: a folder with one sub-folder for each class, or a TFDS data set.

Both are read by TensorFlow Datasets. A folder is looked through first, file by file, because TFDS
stops at the first damaged one, in the middle of an epoch and without saying which. What can be
read is laid out as ``tfds.folder_dataset.ImageFolder`` wants it, as links in Keras's cache.
"""

import contextlib
import errno
import hashlib
import io
import json
import logging
import os
import re
import shutil
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import numpy as np

from course_utils.data import downloads
from course_utils.data.image_data import SPLIT_SEED, split_by_class
from course_utils.progress import progress

VARIABLE = "COURSE_IMAGES"
"""The environment variable that says which photographs to use where a notebook does not."""

SPLITS = {"train": "training", "val": "validation", "test": "test"}
"""The parts of a data set, and what they are called in prose."""

_SPLIT_OF = {
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
_VERSION = 1  # of the layout in the cache


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


@dataclass(frozen=True, eq=False, repr=False)
class Photographs:
    """Labelled photographs of any size in parts: training, validation, perhaps test.

    Attributes
    ----------
    name : str
        The folder's own name, or that of the TFDS data set.
    source : {"folder", "tfds"}
    class_names : tuple of str
        ``class_names[y]`` is the name of class ``y``.
    counts : dict of str to dict
        ``counts["train"]["bees"]`` is the number of such photographs.
    held_out : bool
        Whether the validation part was taken from the training part here, because there was none.
    findings : tuple of Finding
        What is odd or broken, file by file.
    """

    name: str
    source: str
    class_names: tuple[str, ...]
    counts: dict[str, dict[str, int]]
    held_out: bool
    findings: tuple[Finding, ...]
    _digests: dict[str, str] = field(repr=False)
    _builder: Any = field(repr=False)
    _slices: dict[str, str] = field(repr=False)  # what each part is called in TFDS
    _files: tuple[str, ...] = field(repr=False)  # a file's name by its number in the cache

    def __repr__(self) -> str:
        sizes = [f"{self.size(split):,} {SPLITS[split]}" for split in self.counts]
        line = f"{self.name}: {_listed(sizes)} photographs of {len(self.class_names)} classes"
        if self.held_out:
            line += "; the validation part is held out from the training part"
        skipped, odd = ([f for f in self.findings if f.used is used] for used in (False, True))
        lines = [line, *_summary(skipped, "skipped"), *_summary(odd, "used all the same")]
        return "\n".join(lines)

    def size(self, split: str) -> int:
        """Return the number of photographs in a part."""
        return sum(self.counts[self._known(split)].values())

    def digest(self, split: str) -> str:
        """Return a short text that changes when the photographs of a part or their order do."""
        return self._digests[self._known(split)]

    def files(self, split: str) -> tuple[str, ...]:
        """Return the photographs' names within the folder, in the order of :meth:`dataset`.

        Those of a TFDS data set have none; they are numbered.
        """
        if self.source == "tfds":
            return tuple(f"{split} {number}" for number in range(self.size(split)))
        paths = (example["image/filename"] for example in self._encoded(split))
        return tuple(self._files[int(Path(os.fsdecode(path.numpy())).stem)] for path in paths)

    def dataset(
        self,
        split: str,
        image_size: int = 160,
        batch_size: int = 32,
        shuffle: bool = False,
        start: int = 0,
    ) -> Any:
        """Return the photographs of a part in batches, decoded and resized as they are needed.

        Parameters
        ----------
        split : {"train", "val", "test"}
        image_size : int, default 160
            Height and width in pixels. The whole photograph is squeezed into the square.
        batch_size : int, default 32
        shuffle : bool, default False
            A new order in each epoch; it follows the seed given to ``set_up``.
        start : int, default 0
            Leave out so many photographs at the beginning; they are not decoded.

        Returns
        -------
        tf.data.Dataset
            Of pairs: images, uint8 (n, image_size, image_size, 3), 0 to 255, and class numbers,
            int64 (n,).

        Raises
        ------
        ValueError
            If there is no such part, or a size is not positive.
        """
        if image_size < 1 or batch_size < 1:
            raise ValueError(
                f"image_size and batch_size must be 1 or more, not {image_size} and {batch_size}"
            )
        tf = import_module("tensorflow")
        image_key, label_key = self._keys()
        decode = self._builder.info.features[image_key].decode_example

        def prepare(example: Any) -> Any:
            image = decode(example[image_key])
            if image.shape[-1] == 1:
                image = tf.image.grayscale_to_rgb(image)
            image = tf.image.resize(image, (image_size, image_size), antialias=True)
            image = tf.cast(tf.clip_by_value(tf.round(image), 0, 255), tf.uint8)
            return image, example[label_key]

        examples = self._encoded(split).skip(start)
        if shuffle:
            examples = examples.shuffle(min(self.size(split), 2000))
        examples = examples.map(prepare, num_parallel_calls=tf.data.AUTOTUNE)
        return examples.batch(batch_size).prefetch(tf.data.AUTOTUNE)

    def arrays(self, split: str, image_size: int = 160) -> tuple[np.ndarray, np.ndarray]:
        """Return all photographs of a part at once; for parts that fit into memory.

        Parameters
        ----------
        split : {"train", "val", "test"}
        image_size : int, default 160
            As for :meth:`dataset`.

        Returns
        -------
        x : numpy.ndarray
            uint8 of shape (n, image_size, image_size, 3).
        y : numpy.ndarray
            int64 of shape (n,).
        """
        n = self.size(split)
        x = np.empty((n, image_size, image_size, 3), np.uint8)
        y = np.empty(n, np.int64)
        done = 0
        with progress("Reading photographs", n) as show:
            for images, labels in self.dataset(split, image_size).as_numpy_iterator():
                end = done + len(labels)
                x[done:end], y[done:end] = images, labels
                done = end
                show(done)
        return x, y

    def _encoded(self, split: str) -> Any:
        """Return the examples of a part in a fixed order, the images still as in their files."""
        tfds = import_module("tensorflow_datasets")
        image_key, _ = self._keys()
        return self._builder.as_dataset(
            split=self._slices[self._known(split)],
            decoders={image_key: tfds.decode.SkipDecoding()},
        )

    def _keys(self) -> tuple[str, str]:
        image_key, label_key = self._builder.info.supervised_keys
        return image_key, label_key

    def _known(self, split: str) -> str:
        if split not in self.counts:
            raise ValueError(f"{self.name} has no part {split!r}; it has {_listed(self.counts)}")
        return split


def photographs(
    where: str | os.PathLike[str] | None = None,
    broken: Literal["skip", "refuse"] = "skip",
    odd: Literal["use", "skip", "refuse"] = "use",
    held_out: float = 0.2,
) -> Photographs:
    """Find photographs and say what is there; every file of a folder is looked at.

    Parameters
    ----------
    where : str or path, optional
        A folder ``class/*.jpg``, or ``train/class/*.jpg`` with ``val`` and ``test`` beside it if
        you have them; or the name of an image data set in TFDS such as ``"tf_flowers"``, which is
        downloaded once. Default: what the environment variable ``COURSE_IMAGES`` says.
    broken : {"skip", "refuse"}
        What to do with files that cannot be used: empty, cut off, no picture at all; and with
        classes of which no photograph is left.
    odd : {"use", "skip", "refuse"}
        What to do with files that have something unusual: grey or CMYK colours, transparency,
        more than one picture (the first is taken), a turn that only the camera's notes (EXIF)
        tell of (it is carried out), a format other than JPEG and PNG, and copies of another file.
    held_out : float, default 0.2
        Where there is no validation part, this share of the training part becomes it: of each
        class in a folder, of all in a TFDS data set, always the same ones.

    Returns
    -------
    Photographs
        Prints as what was found.

    Warns
    -----
    DataWarning
        If files are skipped; it names them.

    Raises
    ------
    FileNotFoundError
        If there is no such folder and no such data set.
    ValueError
        If the folder is laid out differently, holds fewer than two classes, or has files that
        are refused; all of them are named.
    DownloadError
        If the data set has to be downloaded and cannot be.
    OSError
        If the disk is full.

    Examples
    --------
    >>> from PIL import Image
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name, colour in (("sea", "navy"), ("sun", "gold")):
    ...     (folder / name).mkdir()
    ...     for number in range(5):
    ...         Image.new("RGB", (40, 30), colour).resize((40 + number, 30)).save(
    ...             folder / name / f"{number}.png")
    >>> images = photographs(folder)
    >>> images.counts
    {'train': {'sea': 4, 'sun': 4}, 'val': {'sea': 1, 'sun': 1}}
    >>> x, y = images.arrays("val", image_size=16)
    >>> x.shape, x.dtype
    ((2, 16, 16, 3), dtype('uint8'))
    """
    for name, value, known in (
        ("broken", broken, ("skip", "refuse")),
        ("odd", odd, ("use", "skip", "refuse")),
    ):
        if value not in known:
            raise ValueError(f"{name} must be one of {', '.join(known)}, not {value!r}")
    if not 0 < held_out < 1:
        raise ValueError(f"held_out is a share between 0 and 1, and this is {held_out}")
    where = where if where is not None else os.environ.get(VARIABLE)
    if not where:
        raise ValueError(
            "say which photographs: photographs('path/to/folder'), the name of a TFDS data set, "
            f"or the environment variable {VARIABLE} with either"
        )
    path = Path(where).expanduser()
    if path.is_dir():
        return _from_folder(path, broken, odd, held_out)
    if path.exists():
        raise ValueError(f"{path} is a file, not a folder; if it is an archive, unpack it first")
    if isinstance(where, str) and re.fullmatch(r"\w+(/\w+)?(:[\d.*]+)?", where):
        return _from_tfds(where, held_out)
    raise FileNotFoundError(f"there is no folder {path}")


# -- a folder ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _File:
    """A file of a class, before it has been looked at."""

    split: str
    label: str
    path: Path
    name: str  # within the folder


@dataclass(frozen=True)
class _Look:
    """What a look into a file has shown."""

    digest: str = ""
    suffix: str = ""
    broken: str = ""
    odd: str = ""
    converted: bytes = b""  # PNG, where TFDS would read the file wrongly or not at all


def _from_folder(root: Path, broken: str, odd: str, held_out: float) -> Photographs:
    files, stray = _survey(root)
    key = _digest([str(root.resolve()), broken, odd, held_out, _VERSION, *map(_stamp, files)])
    home = downloads.cache_home() / "course_utils" / "photographs"
    laid_out = home / key
    if not (laid_out / "index.json").exists():
        laid_out = _lay_out(root, files, stray, broken, odd, held_out, home, key)
    index = json.loads((laid_out / "index.json").read_text("utf-8"))
    findings = tuple(Finding(**finding) for finding in index["findings"])
    skipped = [finding for finding in findings if not finding.used]
    if skipped:
        downloads.warn("\n".join([f"in {root.name}:", *_summary(skipped, "skipped")]))

    tfds = import_module("tensorflow_datasets")
    # Three channels whatever the file has; TFDS repeats a grey one.
    builder = tfds.folder_dataset.ImageFolder(str(laid_out), shape=(None, None, 3))
    used = index["used"]
    splits = [split for split in SPLITS if any(one[0] == split for one in used)]
    labels = tuple(builder.info.features["label"].names)
    counts = Counter((split, label) for split, label, _, _ in used)
    return Photographs(
        name=root.resolve().name,
        source="folder",
        class_names=labels,
        counts={split: {label: counts[split, label] for label in labels} for split in splits},
        held_out=index["held_out"],
        findings=findings,
        _digests={
            split: _digest([[one[1], one[3]] for one in used if one[0] == split])
            for split in splits
        },
        _builder=builder,
        _slices={split: split for split in splits},
        _files=tuple(name for _, _, name, _ in used),
    )


def _survey(root: Path) -> tuple[list[_File], list[Finding]]:
    """Find out how a folder is laid out; nothing is opened."""
    folders = [path for path in _visible(root) if path.is_dir()]
    if not folders:
        what = "photographs, but no folder for each class" if _visible(root) else "nothing"
        raise ValueError(f"{root} holds {what}; {_WANTED}")
    splits: dict[str, Path] = {}
    for folder in folders:
        split = _SPLIT_OF.get(folder.name.lower(), "")
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
        raise ValueError(f"{root} has {_listed(sorted(f.name for f in folders))}, but no train")
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
                    files.append(_File(split, path.name, inner, _within(root, inner)))
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


def _stamp(file: _File) -> list[Any]:
    """Return what tells without reading a file whether it is still the same."""
    try:
        status = file.path.stat()
    except OSError:
        return [file.name, 0, 0]
    return [file.name, status.st_size, status.st_mtime_ns]


def _lay_out(
    root: Path,
    files: list[_File],
    stray: list[Finding],
    broken: str,
    odd: str,
    held_out: float,
    home: Path,
    key: str,
) -> Path:
    """Look at all files and lay out the good ones for TFDS; return the folder."""
    looks = _look_at_all(files)
    findings = [*stray]
    refused = [*stray] if broken == "refuse" else []
    good: list[tuple[_File, _Look]] = []
    first: dict[str, str] = {}
    for file, look in zip(files, looks, strict=True):
        unusual = look.odd
        if look.digest in first:
            copy = f"is the same as {first[look.digest]}"
            unusual = f"{unusual}, and {copy}" if unusual else copy
        first.setdefault(look.digest, file.name)
        what, policy = (look.broken, broken) if look.broken else (unusual, odd)
        if what:
            findings.append(Finding(file.name, what, used=policy == "use"))
            if policy == "refuse":
                refused.append(findings[-1])
        if not what or policy == "use":
            good.append((file, look))
    left = {(file.split, file.label) for file, _ in good}
    folders = {(file.split, file.label): file.name.rpartition("/")[0] for file in files}
    for place in sorted(folders.keys() - left):
        findings.append(Finding(folders[place], "has no photograph that can be used", False))
    if refused:
        text = "\n".join(f"  {one}" for one in refused)
        raise ValueError(f"{root} has {len(refused)} files that are refused:\n{text}")
    _check_classes(root, left)

    splits = [file.split for file, _ in good]
    missing = "val" not in splits
    if missing:
        splits = _with_validation([(file.split, file.label) for file, _ in good], held_out)
    entries = [(split, file, look) for split, (file, look) in zip(splits, good, strict=True)]
    index = {
        "used": [[split, file.label, file.name, look.digest] for split, file, look in entries],
        "findings": [asdict(finding) for finding in findings],
        "held_out": missing,
    }

    with _storing(home):
        try:
            home.mkdir(parents=True, exist_ok=True)
            part_folder = Path(tempfile.mkdtemp(dir=home, prefix=f"{key}.", suffix=".part"))
            kept = True
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise
            # A cache that may not be written: the same look next time.
            part_folder, kept = Path(tempfile.mkdtemp(prefix="course-photographs-")), False
            _remove_at_exit(part_folder)
        try:
            for number, (split, file, look) in enumerate(entries):
                folder = part_folder / split / file.label
                folder.mkdir(parents=True, exist_ok=True)
                # Numbered, so that no name can be a problem.
                if look.converted:
                    (folder / f"{number:07}.png").write_bytes(look.converted)
                else:
                    _link(file.path.resolve(), folder / f"{number:07}{look.suffix}")
            (part_folder / "index.json").write_text(json.dumps(index), "utf-8")
            if not kept:
                return part_folder
            with contextlib.suppress(OSError):  # another process was faster
                part_folder.rename(home / key)
            return home / key
        finally:
            if kept:
                shutil.rmtree(part_folder, ignore_errors=True)


def _look_at_all(files: list[_File]) -> list[_Look]:
    looks = []
    with (
        warnings.catch_warnings(),
        ThreadPoolExecutor() as pool,  # Pillow decodes outside Python's global lock
        progress("Looking at photographs", len(files)) as show,
    ):
        warnings.simplefilter("ignore")  # Pillow's remarks about metadata and large pictures
        jobs = [pool.submit(_look, file.path) for file in files]
        try:
            for job in jobs:
                looks.append(job.result())
                show(len(looks))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return looks


def _look(path: Path) -> _Look:
    """Read and decode one file; say what is wrong or unusual about it."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        content = path.read_bytes()
    except OSError as error:
        return _Look(broken=f"cannot be read ({error.strerror})")
    if not content:
        return _Look(broken="is empty")
    digest = hashlib.sha256(content).hexdigest()
    try:
        image = Image.open(io.BytesIO(content), formats=_FORMATS)
        frames = getattr(image, "n_frames", 1)
        image.load()
        upright = ImageOps.exif_transpose(image)
    except UnidentifiedImageError:
        return _Look(digest, broken=_not_a_picture(content))
    except Image.DecompressionBombError:
        return _Look(digest, broken="has too many pixels to be a photograph")
    except Exception as error:  # damaged files raise anything
        return _Look(digest, broken=f"is damaged or cut off ({error})")

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
    return _Look(digest, suffix, odd=odd, converted=_as_png(upright) if converted else b"")


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


def _check_classes(root: Path, left: set[tuple[str, str]]) -> None:
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


def _with_validation(places: list[tuple[str, str]], share: float) -> list[str]:
    """Return the part of each file, with a share of each class of train moved to val."""
    train = [number for number, (split, _) in enumerate(places) if split == "train"]
    _, labels = np.unique([places[number][1] for number in train], return_inverse=True)
    _, chosen = split_by_class(labels, max(1, round(share * len(train))), SPLIT_SEED)
    splits = [split for split, _ in places]
    for position in chosen:
        splits[train[position]] = "val"
    return splits


def _link(source: Path, target: Path) -> None:
    """Make a file appear at another place without copying it, where the system allows."""
    ways: tuple[Callable[[Path, Path], Any], ...] = (os.symlink, os.link, shutil.copyfile)
    for way in ways[:-1]:
        try:
            way(source, target)
            return
        except (OSError, NotImplementedError):  # Windows: symlinks are a privilege
            continue
    ways[-1](source, target)


def _remove_at_exit(folder: Path) -> None:
    import atexit

    atexit.register(shutil.rmtree, folder, ignore_errors=True)


@contextlib.contextmanager
def _storing(home: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise OSError(
            error.errno,
            f"the disk that holds {home} is full: make room there, or set KERAS_HOME to another "
            "folder",
        ) from None


# -- a TFDS data set ---------------------------------------------------------------------------


def _from_tfds(name: str, held_out: float) -> Photographs:
    tfds = import_module("tensorflow_datasets")
    logging.getLogger("absl").setLevel("ERROR")  # TFDS remarks on what an earlier try has left
    try:
        builder = tfds.builder(name, data_dir=os.environ.get("TFDS_DATA_DIR"))
    except tfds.core.DatasetNotFoundError:
        near = get_close_matches(name, tfds.list_builders(with_community_datasets=False), n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise FileNotFoundError(
            f"there is no folder {name!r} here, and no TFDS data set of that name{hint}"
        ) from None
    features, keys = builder.info.features, builder.info.supervised_keys
    if not (
        keys is not None
        and len(keys) == 2
        and isinstance(features[keys[0]], tfds.features.Image)
        and isinstance(features[keys[1]], tfds.features.ClassLabel)
    ):
        raise ValueError(f"the TFDS data set {name} is not made of images with a class each")
    if not builder.is_prepared():
        _prepare(tfds, builder, name)

    available = {_SPLIT_OF[split]: split for split in builder.info.splits if split in _SPLIT_OF}
    if "train" not in available:
        raise ValueError(
            f"the TFDS data set {name} has no part to train on; it has "
            f"{_listed(builder.info.splits)}"
        )
    missing = "val" not in available
    if missing:
        cut = min(max(1, round(100 * (1 - held_out))), 99)
        train = available["train"]
        available |= {"train": f"{train}[:{cut}%]", "val": f"{train}[{cut}%:]"}
    slices = {split: available[split] for split in SPLITS if split in available}
    labels = tuple(features[keys[1]].names)
    skip = {keys[0]: tfds.decode.SkipDecoding()}
    counts = {}
    for split, part in slices.items():
        examples = builder.as_dataset(split=part, decoders=skip).as_numpy_iterator()
        found = np.bincount([one[keys[1]] for one in examples], minlength=len(labels))
        counts[split] = dict(zip(labels, found.tolist(), strict=True))
    return Photographs(
        name=builder.info.name,
        source="tfds",
        class_names=labels,
        counts=counts,
        held_out=missing,
        findings=(),
        _digests={
            split: _digest([builder.info.full_name, part, counts[split]])
            for split, part in slices.items()
        },
        _builder=builder,
        _slices=slices,
        _files=(),
    )


def _prepare(tfds: Any, builder: Any, name: str) -> None:
    """Let TFDS download a data set, with its own progress bars."""
    what = f"the TFDS data set {name} is not on this machine, and"
    try:
        for url in list(builder.url_infos)[:1]:  # empty for the few that download nothing
            downloads.check_answers(url)
    except downloads.DownloadError as error:
        raise downloads.DownloadError(f"{what} {error}") from None
    try:
        builder.download_and_prepare(
            # Asking Google's storage for a copy that is ready can take minutes.
            download_config=tfds.download.DownloadConfig(try_download_gcs=False)
        )
    except Exception as error:  # anything that can go wrong on the way
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise downloads.DownloadError(f"{what} could not be downloaded: {reason}") from error


# -- words -------------------------------------------------------------------------------------


def _summary(findings: list[Finding], handled: str, most: int = 10) -> list[str]:
    """Return lines that name files, the first few of many."""
    if not findings:
        return []
    lines = [f"{len(findings)} {'file is' if len(findings) == 1 else 'files are'} {handled}:"]
    lines += [f"  {finding}" for finding in findings[:most]]
    if len(findings) > most:
        lines.append(f"  and {len(findings) - most} more; .findings names them all")
    return lines


def _listed(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _digest(facts: Any) -> str:
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:20]
