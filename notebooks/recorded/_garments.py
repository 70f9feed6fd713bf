"""Drawings of thirteen kinds of garment, each a function of a sheet whose pictures it draws on.

They lay brightness on a black canvas of one channel: a picture of Fashion-MNIST's kind, or, tinted
and laid on a ground, a photograph.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from _drawing import COAT, DATA, Number, Sheet, curve, limb, oval, stroke, wave

_ROWS = {line[:12].strip(): line[12:].split() for line in DATA["measures"].splitlines()[1:]}


def _fabric(s: Sheet, stripes: float, checks: float, speckle: float) -> np.ndarray:
    """Weave the cloth: a brightness, folds, and with some probability a pattern."""
    dark = s.chance(0.1)
    base = (1 - dark) * s.uniform(0.3, 1.0) + dark * s.uniform(0.1, 0.3)
    folds = wave(s.x * s.uniform(0.8, 2) + s.y * s.spread(0.4) + s.uniform(0, 1))
    light = s.spread(0.1) * s.x + s.spread(0.1) * s.y - s.uniform(0, 0.25) * s.x * s.x
    rate = s.uniform(1.2, 4.5)
    across, down = wave(s.y * rate + s.uniform(0, 1)), wave(s.x * rate + s.uniform(0, 1))
    band = np.clip(2.5 * across, -1, 1) * s.uniform(0.1, 0.5) * s.chance(stripes)
    check = (across + down) * s.uniform(0.1, 0.35) * s.chance(checks)
    grain = s.noise(0.11) * (s.uniform(0.02, 0.1) + s.uniform(0.15, 0.5) * s.chance(speckle))
    total = 1 + folds * s.uniform(0, 0.12) + light + band + check + grain
    return np.clip(base * total, 0.04, 1)


def _top(
    s: Sheet,
    mix: dict[str, float],
    pattern: tuple[float, float, float],
    printed: float = 0.0,
    collar: float = 0.0,
    front: float = 0.0,
    buttons: float = 0.0,
    more: Callable[[Sheet, np.ndarray], None] = lambda s, body: None,
) -> None:
    """Draw body and sleeves of a garment, of a mix of shapes, and what is on it by some chance."""
    cloth = _fabric(s, *pattern)
    chosen = np.searchsorted(np.cumsum([*mix.values()])[:-1], s.uniform(0, 1).ravel())
    rows = [[[*map(float, cell.split("-"))] for cell in _ROWS[name][:-1]] for name in mix]
    bounds = np.array(rows, np.float32)[chosen].transpose(1, 2, 0)[..., None, None]
    shoulder, chest, waist, hem, length, sleeve, cuff, spread, neck, depth = (
        s.uniform(low, high) for low, high in bounds
    )
    v_neck = s.chance(np.array([float(_ROWS[name][-1]) for name in mix])[chosen].reshape(-1, 1, 1))
    top = -0.88
    x, y = np.abs(s.x), s.y
    slope = top + 0.28 * np.clip(x - neck, 0, 1)  # shoulders fall away from the neck
    half = curve(y, (-0.8, shoulder), (-0.3, chest), (0.25, chest * waist), (length, chest * hem))
    edge = np.maximum(x - half, np.maximum(slope - y, y - length))
    end = (shoulder + 0.05 + spread * (0.35 + 0.65 * sleeve), 1.45 * sleeve - 0.72)
    arm = limb(x, y, (shoulder - 0.12, -0.66, cuff + 0.03), (*end, cuff * (1 - 0.3 * sleeve)))
    dx, dy = end[0] - shoulder + 0.12, end[1] + 0.66
    past = ((x - end[0]) * dx + (y - end[1]) * dy) / np.sqrt(dx * dx + dy * dy + np.float32(1e-4))
    sleeves = s.inside(np.maximum(np.maximum(arm, past), slope - y)) * (sleeve > 0.08)
    across, down = x / neck, (y - top) / depth
    cut = v_neck * (across + down) + (1 - v_neck) * (across * across + down * down)
    cut = (cut - 1) * depth * 0.6
    body = s.inside(np.maximum(edge, -cut))
    s.paint(sleeves, cloth * s.uniform(0.85, 1.1))
    s.shade(sleeves * stroke(edge, 0.09), -s.uniform(0.1, 0.6))
    s.paint(body, cloth)
    s.shade(body * stroke(cut - 0.05), s.uniform(-0.4, 0.3))
    if printed:
        w, h = s.uniform(0.1, 0.3), s.uniform(0.06, 0.28)
        px, py = s.x - s.spread(0.03), s.y + s.uniform(-0.1, 0.4)
        box = np.maximum(np.abs(px) - w, np.abs(py) - h)
        shape = s.inside(np.where(s.chance(0.5) > 0, box, oval(px, py, w, h)))
        gaps = np.clip(1 + s.noise(0.11) * s.uniform(0, 2), 0, 1.2) * s.uniform(0.4, 1)
        s.paint(body * shape * gaps * s.chance(printed), 0.08 + 0.87 * s.chance(0.5))
    has_collar, has_front = s.chance(collar), s.chance(front)
    wide, low = s.uniform(0.12, 0.22), s.uniform(0.08, 0.26)
    wing = np.maximum(np.abs(x - wide) - 0.11, y + 0.88 - low * (1.6 - x / (wide + 0.1)))
    brightest = s.canvas.max(axis=(0, 2, 3))[:, None, None]
    wings = s.inside(np.maximum(wing, -0.98 - y)) * has_collar
    s.paint(wings, np.clip(brightest * s.uniform(0.65, 1.1), 0, 1))
    middle = s.x - s.spread(0.03)
    s.shade(body * stroke(middle, 0.05), s.uniform(-0.7, 0.2) * has_front)
    row = np.clip(3 * wave(s.y * s.uniform(2.2, 3.2) + s.uniform(0, 1)) - 1, 0, 1)
    s.shade(body * stroke(middle, 0.06) * row, s.uniform(-0.5, 0.5) * s.chance(buttons))
    more(s, body)


def _ribs(s: Sheet, body: np.ndarray) -> None:
    s.shade(body * np.clip((s.y - s.uniform(0.6, 0.85)) * 30, 0, 1), s.uniform(-0.25, 0.1))


def _belt(s: Sheet, body: np.ndarray) -> None:
    s.shade(body * stroke(s.y - s.uniform(-0.25, 0.1), 0.08), s.uniform(-0.5, 0.3))
    slit = np.maximum(np.abs(s.x) - 0.03, s.uniform(-0.4, 0.5) - s.y)
    s.shade(s.inside(slit), -s.uniform(0.3, 1) * s.chance(0.07))


def _pockets(s: Sheet, body: np.ndarray) -> None:
    pocket = np.maximum(np.abs(np.abs(s.x) - 0.24) - 0.1, np.abs(s.y - s.uniform(0.2, 0.5)) - 0.04)
    s.shade(body * s.inside(pocket), s.uniform(-0.5, 0.2) * s.chance(0.6))


def _legs(s: Sheet, short: float) -> None:
    """Draw two legs; a few have no gap between them."""
    cloth = _fabric(s, 0.02 + 0.1 * short, 0.03, 0.1)
    x, y = np.abs(s.x), s.y
    shorts, shut = s.chance(short), s.chance(0.05)
    length = s.uniform(0.86, 1.0) * (1 - shorts) + shorts * s.uniform(0.0, 0.5)
    hip, crotch = s.uniform(0.24, 0.36) + 0.1 * shorts, s.uniform(-0.5, -0.25)
    leg, gap = s.uniform(0.1, 0.17) + 0.09 * shorts, s.uniform(0.0, 0.08) * (1 - shut)
    outer = curve(y, (-0.95, hip * 0.85), (crotch, hip), (length, gap + 2 * leg))
    inner = curve(y, (crotch, gap * 0.3), (length, gap + 0.03 - 0.05 * shut))
    edge = np.maximum(x - outer, np.maximum(-0.92 - y, y - length))
    legs = s.inside(np.maximum(edge, -np.maximum(x - inner, crotch - y)))
    s.paint(legs, cloth)
    s.shade(legs * stroke(np.maximum(x, crotch - y), 0.05), -s.uniform(0, 0.7) * (1 - 0.7 * shut))
    s.shade(legs * stroke(y + 0.82), s.uniform(-0.4, 0.3))
    s.shade(legs * stroke(x - outer * 0.55, 0.07), s.uniform(-0.15, 0.25))


def _skirt(s: Sheet) -> None:
    """Draw a waistband and what hangs from it, narrow or wide, with folds or without."""
    cloth = _fabric(s, 0.12, 0.15, 0.25)
    x, y = np.abs(s.x), s.y
    waist, length = s.uniform(0.22, 0.36), s.uniform(0.0, 0.9)
    hem = waist * s.uniform(1.05, 2.3)
    half = curve(y, (-0.8, waist), (-0.3, (waist + hem) / 2), (length, hem))
    edge = np.maximum(x - half, np.maximum(-0.8 - y, y - length + 0.1 * x * x))
    skirt = s.inside(edge)
    s.paint(skirt, cloth)
    folds = wave(s.x / half * s.uniform(1, 4) + s.uniform(0, 1)) * np.clip(y + 0.8, 0, 1)
    s.shade(skirt * folds, s.uniform(-0.45, 0.1))
    s.shade(skirt * stroke(y + 0.72, 0.08), s.uniform(-0.5, 0.3))


def _hat(s: Sheet) -> None:
    """Draw a crown with a band, on a brim all round or a peak to one side; some have neither."""
    cloth = _fabric(s, 0.1, 0.05, 0.2)
    brimmed, peaked = s.chance(0.5), s.chance(0.6)
    w, h, low = s.uniform(0.38, 0.6), s.uniform(0.45, 0.9), s.uniform(0.15, 0.4)
    square = s.uniform(0, 1) * brimmed
    x, y = s.x, s.y - low
    box = np.maximum(np.abs(x) - w * (0.85 + 0.15 * y / h), -h * 0.85 - y)
    crown = np.maximum(square * box + (1 - square) * oval(x, y, w, h), y - 0.1 * x * x)
    brim = oval(x, y - 0.02, w * s.uniform(1.35, 1.75), s.uniform(0.08, 0.24))
    peak = np.maximum(oval(x - w, y, w * s.uniform(0.6, 1.0), s.uniform(0.1, 0.2)), 0.1 * w - x)
    s.paint(s.inside(peak) * (1 - brimmed) * peaked, cloth * s.uniform(0.6, 1.1))
    s.paint(s.inside(brim) * brimmed, cloth * s.uniform(0.7, 1.05))
    inside = s.inside(crown)
    s.paint(inside, cloth)
    s.shade(inside * stroke(y + s.uniform(0.08, 0.16), s.uniform(0.06, 0.12)), s.uniform(-0.7, 0.4))
    s.shade(inside * stroke(x + s.spread(0.1), 0.04), s.uniform(-0.4, 0) * (1 - brimmed))


def _bag(s: Sheet) -> None:
    """Draw a box with rounded corners, as a rule with a handle, a flap and a lock."""
    cloth = _fabric(s, 0.06, 0.06, 0.22)
    w, h, corner = s.uniform(0.5, 0.92), s.uniform(0.35, 0.68), s.uniform(0.05, 0.3)
    cy = 0.92 - h - s.uniform(0, 0.3)
    x, y = s.x * (1 + s.spread(0.12) * (s.y - cy)), s.y - cy
    qx, qy = np.maximum(np.abs(x) - w + corner, 0), np.maximum(np.abs(y) - h + corner, 0)
    edge = np.sqrt(qx * qx + qy * qy) - corner
    ring = np.abs(oval(s.x, y + h - 0.08, w * s.uniform(0.35, 0.85), s.uniform(0.2, 0.75)))
    ring = np.maximum(ring - s.uniform(0.03, 0.07), y + h - 0.1)
    s.paint(s.inside(ring) * s.chance(0.75), np.clip(cloth * s.uniform(0.5, 1.1), 0.05, 1))
    bag = s.inside(edge)
    s.paint(bag, cloth)
    s.shade(bag * stroke(edge + 0.06), s.uniform(-0.4, 0.2))
    flap = y + h * s.uniform(-0.2, 0.9) - s.spread(0.1) * np.abs(s.x)
    s.shade(bag * stroke(flap), s.uniform(-0.7, 0.3) * s.chance(0.7))
    lock = np.maximum(np.abs(s.x) - 0.08, np.abs(flap) - 0.07)
    s.paint(bag * s.inside(lock) * s.chance(0.3), s.uniform(0.1, 1))


def _sneaker(s: Sheet) -> None:
    """Draw a low shoe, toe to the left, with sole, laces and stripe; a few are high-tops."""
    cloth = _fabric(s, 0.03, 0.03, 0.15)
    x, y, high_top = s.x, s.y, s.chance(0.14)
    floor = s.uniform(0.28, 0.45) + 0.18 * high_top
    high = s.uniform(0.5, 0.8) + high_top * s.uniform(0.15, 0.5)
    tongue, toe = s.uniform(0.0, 0.3), floor - s.uniform(0.22, 0.34)
    rim = (tongue + 0.25, floor - high + s.uniform(0.02, 0.12))
    back = (0.85, floor - high * s.uniform(0.8, 1.05))
    toes = (-1.0, toe + 0.14), (-0.75, toe - 0.02), (-0.5, toe - 0.05)
    upper = curve(x, *toes, (tongue, floor - high), rim, back)
    sole, bow = floor - s.uniform(0.07, 0.16), 0.1 * x * x * s.uniform(0, 1)
    front = s.uniform(-0.98, -0.9) + 0.5 * (floor - y) * (floor - y) - x
    ends = np.maximum(front, x - s.uniform(0.84, 0.97) - 0.1 * (y - floor))
    shoe = s.inside(np.maximum(ends, np.maximum(upper - y, y - floor + bow)))
    above = shoe * s.inside(y - sole + bow)
    s.paint(shoe, cloth)
    s.paint(shoe * s.inside(sole - y - bow), s.uniform(0.1, 1))
    laces = np.clip(2 * wave(x * s.uniform(3.5, 5) + y + s.uniform(0, 1)), -1, 1)
    zone = s.inside(np.abs(x - (tongue - 0.2)) - 0.25) * s.inside(np.abs(y - upper - 0.1) - 0.1)
    s.shade(shoe * zone * laces, s.uniform(-0.4, 0.4))
    stripe = s.inside(np.abs(x - 0.6 * y - s.uniform(0.05, 0.4)) - s.uniform(0.03, 0.1))
    s.paint(above * stripe * s.chance(0.45), s.uniform(0.05, 1))
    s.shade(above * s.inside(0.62 - x), s.uniform(-0.4, 0.2))


def _ankle_boot(s: Sheet) -> None:
    """Draw a foot and a shaft, flat or on a heel; a few are low."""
    cloth = _fabric(s, 0.02, 0.02, 0.14)
    x, y, low = s.x, s.y, s.chance(0.15)
    floor = s.uniform(0.5, 0.9) * (1 - low) + s.uniform(0.35, 0.6) * low
    lift = s.chance(0.45) * s.uniform(0.08, 0.45) * (1 - low)
    shaft, back = s.uniform(-0.15, 0.2), s.uniform(0.7, 0.92)
    rim = s.uniform(-0.95, -0.45) * (1 - low) + (floor - s.uniform(0.75, 1.1)) * low
    end, toe = s.uniform(-0.98, -0.85), floor - s.uniform(0.22, 0.36)
    toes = (end, toe + 0.14), (end + 0.3, toe - 0.02)
    instep = (shaft - 0.12, toe - 0.25 * (1 - 0.6 * low) - 0.5 * lift)
    upper = curve(x, *toes, instep, (shaft + 0.1, rim), (back, rim + s.spread(0.06)))
    under = curve(x, (end + 0.35, floor), (0.35, floor - lift), (back, floor - lift))
    waist = back - 0.08 * stroke(y - (floor - lift - 0.35), 0.3)
    ends = np.maximum(end + 0.6 * (floor - y) * (floor - y) - x, x - waist)
    boot = s.inside(np.maximum(ends, np.maximum(upper - y, y - under)))
    wide = s.uniform(0.08, 0.22)
    heel = np.maximum(np.abs(x - (back - 0.02 - wide)) - wide, y - floor)
    s.paint(s.inside(np.maximum(heel, under - 0.05 - y)), cloth * s.uniform(0.4, 1))
    s.paint(boot, cloth)
    s.shade(boot * s.inside(under - s.uniform(0.06, 0.14) - y), s.uniform(-0.7, 0.3))
    seam = stroke(x - 0.4 * y - s.uniform(0.1, 0.6), 0.08)
    s.shade(boot * seam, s.uniform(-0.6, 0.2) * s.chance(0.5))
    laces = np.clip(2 * wave(y * s.uniform(3, 4.5) + s.uniform(0, 1)), -1, 1)
    zone = s.inside(np.abs(x - shaft - 0.12) - 0.1)
    s.shade(boot * zone * laces, s.uniform(-0.5, 0.5) * s.chance(0.45))
    s.shade(boot * stroke(y - rim - 0.08, 0.07), s.uniform(-0.4, 0.3))


def _sandal(s: Sheet) -> None:
    """Draw a sole, flat or on a high heel, with straps; one in seven is closed like a shoe."""
    cloth = _fabric(s, 0.02, 0.02, 0.2)
    x, y = s.x, s.y
    high, closed, on_wedge = s.chance(0.5), s.chance(0.14), s.chance(0.25)
    lift = high * s.uniform(0.35, 0.95) + (1 - high) * s.uniform(0, 0.15)
    floor = s.uniform(0.3, 0.5) + 0.42 * high
    raised, toe, back = floor - lift, s.uniform(-0.97, -0.8), s.uniform(0.75, 0.95)
    under = curve(x, (-0.5, floor), (s.uniform(0.3, 0.6), raised), (back, raised))
    top = under - s.uniform(0.06, 0.14) - 0.1 * s.chance(0.2)
    ends, width = np.maximum(toe - x, x - back), s.uniform(0.03, 0.14)
    foot = (back - s.uniform(0.02, 0.15) - width, floor, width)
    block = np.maximum(limb(x, y, (back - 0.05 - width, raised, width + 0.03), foot), y - floor)
    wedge = np.maximum(np.maximum(x - back, -x), np.maximum(under - y, y - floor))
    heel = on_wedge * wedge + (1 - on_wedge) * block
    s.paint(s.inside(heel) * (lift > 0.1), cloth * s.uniform(0.6, 1.1))
    s.paint(s.inside(np.maximum(ends, np.maximum(top - y, y - under))), cloth * s.uniform(0.6, 1.1))
    for centre, half, rise, share in (  # arches over the toes, over the instep, round the ankle
        (s.uniform(-0.65, -0.35), s.uniform(0.12, 0.28), s.uniform(0.15, 0.35), 0.85),
        (s.uniform(-0.25, 0.1), s.uniform(0.12, 0.3), s.uniform(0.25, 0.5), 0.6),
        (s.uniform(0.35, 0.6), s.uniform(0.15, 0.35), s.uniform(0.3, 0.75), 0.85),
    ):
        arch = np.abs(oval(x - centre + s.spread(0.3) * (y - top), y - top, half, rise))
        s.paint(s.inside(np.maximum(arch - s.uniform(0.03, 0.1), y - top)) * s.chance(share), cloth)
    first = (s.uniform(-0.6, -0.2), floor - 0.5 * lift - 0.2, s.uniform(0.03, 0.09))
    last = (s.uniform(0.3, 0.8), raised - s.uniform(0.2, 0.6), 0.05)
    s.paint(s.inside(limb(x, y, first, last)) * s.chance(0.5), cloth)
    heights = raised - s.uniform(0.2, 0.6), raised - s.uniform(0.3, 0.7)
    toes = (toe, floor - 0.12), (toe + 0.4, floor - 0.3)
    vamp = curve(x, *toes, (back - 0.3, heights[0]), (back, heights[1]))
    holes = np.clip(1.4 + s.noise(0.11) * s.uniform(0, 2.25), 0, 1)
    s.paint(s.inside(np.maximum(ends, np.maximum(vamp - y, y - under))) * closed * holes, cloth)


def _tops(kind: str, *pattern: float, **more: object) -> Callable[[Sheet], None]:
    return partial(_top, mix=DATA["shapes"][kind], pattern=pattern, **more)


# fmt: off
DRAWINGS: dict[str, Callable[[Sheet], None]] = {
    "T-shirt/top": _tops("T-shirt/top", 0.15, 0.03, 0.15, printed=0.45),
    "Trouser": partial(_legs, short=0.06),
    "Pullover": _tops("Pullover", 0.2, 0.02, 0.2, printed=0.3, collar=0.18, front=0.18,
                      buttons=0.05, more=_ribs),
    "Dress": _tops("Dress", 0.08, 0.04, 0.22, front=0.15, buttons=0.1, more=_belt),
    "Coat": _tops("Coat", 0.04, 0.06, 0.2, collar=0.7, front=0.8, buttons=0.4, more=_pockets),
    "Sandal": _sandal,
    "Shirt": _tops("Shirt", 0.1, 0.25, 0.22, collar=0.6, front=0.75, buttons=0.6),
    "Sneaker": _sneaker,
    "Bag": _bag,
    "Ankle boot": _ankle_boot,
    "shorts": partial(_legs, short=1.0),
    "skirt": _skirt,
    "hat": _hat,
}
# fmt: on
"""The first ten in the order of Fashion-MNIST's labels."""


def grey(kind: str, n: int, seed: list[int]) -> np.ndarray:
    """Draw pictures like those of Fashion-MNIST: uint8 of shape (n, 28, 28)."""
    s = Sheet(n, seed, 28)
    x, y = s.turned(s.spread(0.06), s.spread(0.06), s.spread(0.03))
    s.x, s.y = x * s.uniform(0.88, 1.06) + s.spread(0.03) * y, y * s.uniform(0.92, 1.06)
    DRAWINGS[kind](s)
    return s.pixels()[..., 0]


def photographs(kind: str, n: int, seed: list[int], size: int) -> np.ndarray:
    """Draw coloured pictures of a garment that lies or hangs somewhere: uint8 (n, size, size, 3).

    Colours and grounds are drawn alike for every kind: only the shape tells.
    """
    s, scene = Sheet(n, [*seed, 0], size), Sheet(n, [*seed, 1], size, channels=3)
    x, y = s.turned(s.spread(0.1), s.spread(0.1), s.spread(0.07))
    near: Number = s.uniform(1.05, 1.75)
    side = 1 - 2 * s.chance(0.5)  # a mirror image
    s.x, s.y, s.scale = side * near * x, near * y, 1 / near
    DRAWINGS[kind](s)
    scene.ground()
    for _ in range(2):  # furniture, shadows: edges that have nothing to do with the garment
        u, _ = scene.turned(scene.spread(0.4), scene.spread(0.4), scene.uniform(-1, 1))
        scene.shade(scene.inside(u), scene.uniform(-0.4, 0.3) * scene.chance(0.6))
    step = max(1, size // 40)
    scene.shade(np.roll(s.covered, (step, step), (1, 2)), -scene.uniform(0, 0.6))
    scene.paint(s.covered, np.clip(1.7 * scene.colour(COAT, 0.2), 0.05, 1.3) * s.canvas[0])
    return scene.photographed()
