"""Data sets: the real one first, a stand-in where there is none, and each says which it is.

``fashion_mnist()`` and ``digits()`` return an :class:`ImageData`, ``clothes()`` and
``check_images()`` are for photographs. Nothing is imported before it is used: the commands
``doctor`` and ``download`` look at data also where NumPy is not installed.
"""

from importlib import import_module

_LAZY = {
    "CheckedImages": "course_utils.data.checking",
    "Clothes": "course_utils.data.clothing",
    "DamagedFile": "course_utils.data.downloads",
    "DataWarning": "course_utils.data.downloads",
    "DownloadError": "course_utils.data.downloads",
    "ImageData": "course_utils.data.image_data",
    "check_images": "course_utils.data.checking",
    "clothes": "course_utils.data.clothing",
    "digits": "course_utils.data.mnist",
    "fashion_mnist": "course_utils.data.fashion",
    "letters": "course_utils.data.typed",
}

__all__ = list(_LAZY)


def __getattr__(name: str) -> object:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'course_utils.data' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
