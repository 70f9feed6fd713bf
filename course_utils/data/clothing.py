"""Photographs of clothes as folders, ready for ``keras.utils.image_dataset_from_directory``."""

import os
from dataclasses import dataclass
from pathlib import Path

from course_utils.data import cached, registry, stand_in
from course_utils.data.image_data import _Sourced

_CLASS_NAMES = tuple(registry.REGISTRY["clothes"].class_names)
_PARTS = ("train", "validation", "test")
_VARIABLE = "COURSE_IMAGES"  # names the folder of clothes where it is not in Keras's cache


@dataclass(frozen=True, repr=False)
class Clothes(_Sourced):
    """Three folders of photographs, each with one sub-folder for each class.

    ``note`` is empty in the normal case; otherwise it says why these are not the real photographs,
    or not exactly those that were published.
    """

    train: Path
    validation: Path
    test: Path
    class_names: tuple[str, ...]  # as Keras counts them: `class_names[y]` is the name of class y
    source: str  # "folder", "cache", "download" or "stand-in"
    note: str = ""

    def __repr__(self) -> str:
        name = "Stand-in photographs, drawn by course_utils" if self.is_stand_in else "Clothes"
        counts = [sum(1 for _ in getattr(self, part).glob("*/*.jpg")) for part in _PARTS]
        line = (
            f"{name}: {counts[0]:,} photographs in train, {counts[1]:,} in validation and "
            f"{counts[2]:,} in test, of {len(self.class_names)} classes"
        )
        return f"{line}; {self.note}" if self.note else line


def clothes() -> Clothes:
    """Find photographs of clothes: 3,781 in ten classes, in the parts train, validation and test.

    Looked for in the folder that the environment variable ``COURSE_IMAGES`` names, then in Keras's
    cache (``datasets/clothing-dataset-small``), then downloaded into it (106 MB, once). Where none
    of that is possible there are 700 drawings of the same ten classes in their place, which come
    with this package. ``source`` and ``is_stand_in`` say what was found, ``note`` why.

    >>> data = clothes()
    >>> data.train.name, data.validation.name, data.test.name
    ('train', 'validation', 'test')

    A. Grigorev: Clothing dataset (subset), https://github.com/alexeygrigorev/clothing-dataset-small
    (2020), contributed by volunteers, free for any use (CC0).
    """
    (archive,) = registry.REGISTRY["clothes"].files
    if named := os.environ.get(_VARIABLE):
        folder, source, note = Path(os.path.expanduser(named)), "folder", ""
        _check_classes(folder)
        try:
            registry._check_folder(folder, archive)
        except registry.DamagedFile as error:
            note = str(error)
    else:
        _, source, note = cached.obtain_or("clothes", "photographs", "the stand-in is used")
        folder = archive.destination if source else stand_in.CLOTHES
    train, validation, test = (folder / part for part in _PARTS)
    return Clothes(train, validation, test, _CLASS_NAMES, source or "stand-in", note)


def _check_classes(folder: Path) -> None:
    """Refuse a folder that does not hold the ten classes of clothes, all in each of the parts."""
    where = f"{_VARIABLE} names {folder}"
    if not folder.is_dir():
        raise ValueError(f"{where}, and there is no such folder")
    for part in _PARTS:
        there = {path.name for path in (folder / part).glob("[!.]*") if path.is_dir()}
        filled = {path.parent.name for path in (folder / part).glob("*/*.jpg")}
        if wrong := sorted((there - set(_CLASS_NAMES)) | (set(_CLASS_NAMES) - filled)):
            named = ", ".join(wrong[:12]) + (", ..." if len(wrong) > 12 else "")
            raise ValueError(
                f"{where}, in whose {part} these are missing, empty or no classes of clothes: "
                f"{named}; photographs of your own go into the notebook's constant MY_PHOTOGRAPHS"
            )
