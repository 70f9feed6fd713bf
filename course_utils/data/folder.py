"""Your own photographs: a folder with one sub-folder for each class, or a TFDS data set.

Where you name none, there are stand-in photographs that this package draws.

Both are read by TensorFlow Datasets. A folder is looked through first, file by file, because TFDS
stops at the first damaged one, in the middle of an epoch and without saying which. What can be
read is laid out as ``tfds.folder_dataset.ImageFolder`` wants it, as links in Keras's cache.
"""

import hashlib
import json
import logging
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import numpy as np

from course_utils.data import downloads, stand_in_photographs
from course_utils.data.image_data import SPLIT_SEED, Sourced, split_by_class
from course_utils.data.survey import (
    SPLIT_OF,
    SPLITS,
    File,
    Finding,
    Look,
    check_classes,
    listed,
    look_at_all,
    stamp,
    summary,
    survey,
)
from course_utils.files import whole_folder
from course_utils.progress import progress

VARIABLE = "COURSE_PHOTOGRAPHS"
"""The environment variable that says which photographs to use where a notebook does not."""

_VERSION = 1  # of the layout in the cache


@dataclass(frozen=True, eq=False, repr=False)
class Photographs(Sourced):
    """Labelled photographs of any size in parts: training, validation, perhaps test.

    Attributes
    ----------
    name : str
        The folder's own name, or that of the TFDS data set.
    source : {"folder", "tfds", "stand-in"}
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
        name = "Stand-in photographs, drawn by course_utils" if self.is_stand_in else self.name
        line = f"{name}: {listed(sizes)} photographs of {len(self.class_names)} classes"
        if self.held_out:
            line += "; the validation part is held out from the training part"
        skipped, odd = ([f for f in self.findings if f.used is used] for used in (False, True))
        lines = [line, *summary(skipped, "skipped"), *summary(odd, "used all the same")]
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
        options = tf.data.Options()
        # All cores from the first image on; finding out how many are best takes half a second.
        options.autotune.enabled = False
        return examples.batch(batch_size).prefetch(tf.data.AUTOTUNE).with_options(options)

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
            raise ValueError(f"{self.name} has no part {split!r}; it has {listed(self.counts)}")
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
        downloaded once. Default: what the environment variable ``COURSE_PHOTOGRAPHS`` says,
        and if it says nothing, stand-in photographs: beetles and spiders, drawn by this package.
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
    >>> import tempfile
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
        drawn = _from_folder(stand_in_photographs.folder(), broken, odd, held_out)
        return replace(drawn, name="stand-in photographs", source="stand-in")
    path = Path(where).expanduser()
    if path.is_dir():
        return _from_folder(path, broken, odd, held_out)
    if path.exists():
        raise ValueError(f"{path} is a file, not a folder; if it is an archive, unpack it first")
    if isinstance(where, str) and re.fullmatch(r"\w+(/\w+)?(:[\d.*]+)?", where):
        return _from_tfds(where, held_out)
    raise FileNotFoundError(f"there is no folder {path}")


# -- a folder ----------------------------------------------------------------------------------


def _from_folder(root: Path, broken: str, odd: str, held_out: float) -> Photographs:
    files, stray = survey(root)
    key = _digest([str(root.resolve()), broken, odd, held_out, _VERSION, *map(stamp, files)])
    laid_out = downloads.cache_home() / "course_utils" / "photographs" / key
    if not (laid_out / "index.json").exists():
        laid_out = _lay_out(root, files, stray, broken, odd, held_out, laid_out)
    index = json.loads((laid_out / "index.json").read_text("utf-8"))
    findings = tuple(Finding(**finding) for finding in index["findings"])
    skipped = [finding for finding in findings if not finding.used]
    if skipped:
        downloads.warn("\n".join([f"in {root.name}:", *summary(skipped, "skipped")]))

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


def _lay_out(
    root: Path,
    files: list[File],
    stray: list[Finding],
    broken: str,
    odd: str,
    held_out: float,
    place: Path,
) -> Path:
    """Look at all files and lay out the good ones for TFDS; return the folder."""
    looks = look_at_all(files)
    findings = [*stray]
    refused = [*stray] if broken == "refuse" else []
    good: list[tuple[File, Look]] = []
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
    for empty in sorted(folders.keys() - left):
        findings.append(Finding(folders[empty], "has no photograph that can be used", False))
    if refused:
        text = "\n".join(f"  {one}" for one in refused)
        raise ValueError(f"{root} has {len(refused)} files that are refused:\n{text}")
    check_classes(root, left)

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

    def fill(new: Path) -> None:
        for number, (split, file, look) in enumerate(entries):
            folder = new / split / file.label
            folder.mkdir(parents=True, exist_ok=True)
            # Numbered, so that no name can be a problem.
            if look.converted:
                (folder / f"{number:07}.png").write_bytes(look.converted)
            else:
                _link(file.path.resolve(), folder / f"{number:07}{look.suffix}")
        (new / "index.json").write_text(json.dumps(index), "utf-8")

    return whole_folder(place, fill)


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

    available = {SPLIT_OF[split]: split for split in builder.info.splits if split in SPLIT_OF}
    if "train" not in available:
        raise ValueError(
            f"the TFDS data set {name} has no part to train on; it has "
            f"{listed(builder.info.splits)}"
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


def _digest(facts: Any) -> str:
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:20]
