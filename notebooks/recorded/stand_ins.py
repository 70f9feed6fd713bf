"""``python3 -m course_utils record stand_ins``: draw anew what stands in for data that are not there.

Into ``course_utils/data/drawings`` go ``garments.webp``, little pictures in place of Fashion-MNIST,
and in ``clothes`` photographs of garments, in folders, in place of those that ``clothes()`` finds.
"""

from pathlib import Path

import numpy as np
from _drawing import DATA
from _garments import DRAWINGS, grey, photographs
from PIL import Image

from course_utils.data.stand_in import CLOTHES, COLUMNS, GARMENTS
from course_utils.files import whole_file

IMAGES, SIDE = 12_000, 28
SEED, BLOCK = 2017, 200

_KINDS = list(DRAWINGS)[:10]
_ALIKE, PHOTOGRAPHED = DATA["alike"], DATA["photographs"]
PARTS = {"train": 1.0, "validation": 0.2, "test": 0.2}


def _mixed(n: int, shares: dict[str, float], seed: list[int]) -> list[str]:
    """Return what each of `n` pictures shows, in an order of their own."""
    bounds = np.cumsum([*shares.values()])
    order = np.argsort(np.random.PCG64(seed).random_raw(n))
    places = np.searchsorted(bounds, (order + 0.5) / n * bounds[-1])
    return [list(shares)[place] for place in places]


def draw_garments(label: int, block: int) -> np.ndarray:
    """Draw 200 pictures of one class: uint8 of shape (200, 28, 28), in 32 levels of grey."""
    own = _KINDS[label]
    alike = _ALIKE.get(own, {})
    out = np.empty((BLOCK, SIDE, SIDE), np.uint8)
    kinds = _mixed(BLOCK, {own: 1 - sum(alike.values())} | alike, [label])
    for kind in dict.fromkeys(kinds):
        places = [place for place, shown in enumerate(kinds) if shown == kind]
        out[places] = grey(kind, len(places), [SEED, label, block, _KINDS.index(kind)])
    return np.rint(np.rint(out * (31 / 255)) * (255 / 31)).astype(np.uint8)


def draw_photograph(part: str, name: str, number: int, size: int = 128) -> np.ndarray:
    """Draw one photograph: uint8 of shape (size, size, 3)."""
    _, shares = PHOTOGRAPHED[name]
    seed = [list(PARTS).index(part), list(PHOTOGRAPHED).index(name)]
    kind = _mixed(_count(part, name), shares, seed)[number]
    return photographs(kind, 1, [*seed, number], size)[0]


def _count(part: str, name: str) -> int:
    return round(PARTS[part] * PHOTOGRAPHED[name][0])


def main() -> None:
    """Draw and write everything."""
    blocks = [
        np.stack([draw_garments(label, block) for label in range(10)], axis=1)
        for block in range(IMAGES // BLOCK // 10)
    ]
    rows = np.concatenate(blocks).reshape(-1, COLUMNS, SIDE, SIDE).transpose(0, 2, 1, 3)
    with whole_file(GARMENTS) as file:
        sheet = Image.fromarray(rows.reshape(-1, COLUMNS * SIDE))  # side by side, row by row
        sheet.save(file, "WEBP", lossless=True, quality=50)
    for part in PARTS:
        for name in PHOTOGRAPHED:
            for number in range(_count(part, name)):
                path = Path(CLOTHES, part, name, f"{number:03}.jpg")
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(draw_photograph(part, name, number)).save(path, quality=75)


if __name__ == "__main__":
    main()
