"""The tables of the lecture notes, every cell as it is printed."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from course_utils.costs import zoo
from course_utils.costs.network import Network

_FOLDER = Path(__file__).parent / "printed"
NAMES = tuple(sorted(path.stem for path in _FOLDER.glob("*.csv")))


@dataclass(frozen=True)
class Published:
    """A printed table."""

    name: str
    title: str
    source: str  # where it is printed
    conventions: str  # how its numbers are counted
    networks: tuple[Network, ...]
    notes: str  # number of the lecture notes it is printed in
    notebook: str  # number of the one that takes it up
    rows: tuple[Mapping[str, str], ...]  # every cell as printed, empty where nothing is printed

    def __iter__(self) -> Iterator[Mapping[str, str]]:
        return iter(self.rows)


@cache
def table(name: str) -> Published:
    """Return one of the printed tables; ``NAMES`` lists them.

    Examples
    --------
    >>> table("alexnet").rows[5]["flop_m"]
    '145'
    """
    if name not in NAMES:
        raise ValueError(f"there is no table {name!r}; there is {', '.join(NAMES)}.")
    head, records = read(_FOLDER / f"{name}.csv")
    return Published(
        name,
        head["title"],
        head["source"],
        head["conventions"],
        tuple(_network(network) for network in head["networks"].split()),
        head["source"].split("(notes ")[1][:3],
        head["notebook"],
        tuple(records),
    )


def read(path: Path) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Read a table, and what the lines in front of it, ``# key: text``, say about it."""
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = (line[2:].split(":", 1) for line in lines if line.startswith("# "))
    head = {key: text.strip() for key, text in pairs}
    return head, list(csv.DictReader(line for line in lines if not line.startswith("#")))


@cache
def _network(name: str) -> Network:
    """Return a network of the zoo, or the part of one that a table is about."""
    if name == "inception_module_naive":
        return zoo.inception_module(naive=True)
    if name == "googlenet_stem":
        return up_to(zoo.googlenet(), "pool2")
    if name == "vgg16_to_28":
        return up_to(zoo.vgg16(), "block3_pool")
    build: Callable[[], Network] = getattr(zoo, name)
    return build()


def up_to(network: Network, last: str) -> Network:
    """Return a network cut off behind one of its layers."""
    names = [row.name for row in network.rows]
    layers = tuple(network.layers)[: names.index(last) + 1]
    return replace(network, name=f"{network.name} up to {last}", layers=layers)
