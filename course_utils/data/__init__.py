"""Data sets: the real one first, a stand-in where there is none, and each says which it is.

``fashion_mnist()`` and ``digits()`` return arrays, ``clothes()`` and
``check_images()`` are for photographs. Nothing is imported before it is used: the commands
``doctor`` and ``download`` look at data also where NumPy is not installed.
"""

from course_utils.lazy import on_first_use

_FILES = {
    "checking": ("check_images",),
    "clothing": ("clothes",),
    "pictures": ("digits", "fashion_mnist", "letters"),
}
__getattr__, __dir__, __all__ = on_first_use(__name__, _FILES)
