"""Upright RGB JPEG copies of photographs: what every program reads in the same way."""

import io
import os
from pathlib import Path
from typing import Any

import numpy as np

from course_utils.files import whole_file

_LABEL = "check-images.txt"  # says in a folder of copies whose they are


def place_for_copies(place: Path, source: Path) -> Path:
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


def copy(path: Path, target: Path, image: Any, content: bytes) -> bool:
    """Write a copy, unless it is there and no older; say whether it is: not of the unreadable.

    `image` is Pillow's, or None; `content` is the file's if the copy is to be the same.
    """
    if not (image or content):
        return False
    time = path.stat().st_mtime_ns
    if target.is_file() and target.stat().st_mtime_ns == time:
        return True
    if not content:
        turned = upright(image)
        if turned is None or max(turned.size) > 65_500:  # more than a JPEG can have
            return False
        packed = io.BytesIO()
        turned.save(packed, "JPEG", quality=95)
        content = packed.getvalue()
    with whole_file(target) as part:
        part.write_bytes(content)
        os.utime(part, ns=(time, time))
    return True


def upright(image: Any) -> Any:
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
