"""Packages whose names are imported the first time that they are used."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module


def on_first_use(
    package: str, files: "Mapping[str, Sequence[str]]", packages: "Sequence[str]" = ()
) -> "tuple[Callable[[str], object], Callable[[], list[str]], list[str]]":
    """Return ``__getattr__``, ``__dir__`` and ``__all__`` of a package, in this order.

    ``files`` holds the names in each of its files or packages, ``packages`` those packages in it
    that are names themselves.
    """
    home = {name: file for file, names in files.items() for name in names}
    names = sorted([*home, *packages])

    def get(name: str) -> object:
        if name not in names:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        loaded = import_module(f"{package}.{home.get(name, name)}")
        return getattr(loaded, name) if name in home else loaded

    return get, lambda: names, names
