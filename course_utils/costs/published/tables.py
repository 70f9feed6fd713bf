"""The tables of the lecture notes, every cell as it is printed."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "printed"
_NAMES = tuple(sorted(path.stem for path in _FOLDER.glob("*.csv")))


@dataclass(frozen=True)
class _Published:
    """A printed table."""

    title: str
    source: str  # where it is printed
    conventions: str  # how its numbers are counted
    networks: tuple[str, ...]  # names of those that it is about
    notes: str  # number of the lecture notes it is printed in
    notebook: str  # number of the one that takes it up
    rows: tuple[Mapping[str, str], ...]  # every cell as printed, empty where nothing is printed


@cache
def as_printed(name: str) -> _Published:
    """Return one of the printed tables; ``_NAMES`` lists them.

    >>> as_printed("alexnet").rows[5]["flop (M)"]
    '145'
    """
    if name not in _NAMES:
        raise ValueError(f"there is no table {name!r}; there is {', '.join(_NAMES)}.")
    head, rows = _read_csv(_FOLDER / f"{name}.csv")
    networks, notes = tuple(head.pop("networks").split()), head["source"].split("(notes ")[1][:3]
    return _Published(networks=networks, notes=notes, rows=tuple(rows), **head)


def _read_csv(path: Path) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Read a table, and what the lines in front of it, ``# key: text``, say about it."""
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = (line[2:].split(":", 1) for line in lines if line.startswith("# "))
    head = {key: text.strip() for key, text in pairs}
    return head, list(csv.DictReader(line for line in lines if not line.startswith("#")))
