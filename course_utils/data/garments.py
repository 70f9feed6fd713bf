"""Drawings of ten kinds of garment, for the stand-in of Fashion-MNIST.

A garment is a few implicit shapes - functions of the pixel's place that are negative inside - laid
over each other. Their measures are drawn at random for each picture, and hundreds of pictures are
drawn at once.

The bytes are the same on every machine: arithmetic is float32 with only those operations that IEEE
754 rounds exactly (+ - * / square root, comparisons; no sine, no exponential, no sums in an order
that a library may choose), and the random numbers are PCG64's raw output, which NumPy promises
never to change.
"""

from collections.abc import Callable

import numpy as np

Number = np.ndarray | float

SIZE = 28
_PIXEL = np.float32(2 / SIZE)


class Sheet:
    """`n` pictures that are drawn at once, and the random numbers to draw them with.

    Coordinates run from -1 (left, top) to 1 (right, bottom). Every random measure is an array of
    shape (n, 1, 1), every picture-sized quantity one of shape (n, 28, 28), float32.
    """

    def __init__(self, n: int, seed: list[int]) -> None:
        self.n = n
        self.bits = np.random.PCG64(seed)
        self.canvas = np.zeros((n, SIZE, SIZE), np.float32)
        centres = (np.arange(SIZE, dtype=np.float32) + np.float32(0.5)) * _PIXEL - 1
        # Half the tangent of the turn gives sine and cosine by division alone.
        t = self.spread(0.03)
        cos, sin = (1 - t * t) / (1 + t * t), 2 * t / (1 + t * t)
        x = (centres + self.spread(0.06)) * self.uniform(0.88, 1.06)
        y = (centres[:, np.newaxis] + self.spread(0.06)) * self.uniform(0.92, 1.06)
        self.x = cos * x + (sin + self.spread(0.03)) * y
        self.y = cos * y - sin * x

    def uniform(self, low: float, high: float) -> np.ndarray:
        """One number per picture, evenly between two bounds."""
        share = (self.bits.random_raw(self.n) >> 40).astype(np.float32) / np.float32(1 << 24)
        return (low + (high - low) * share).reshape(-1, 1, 1)

    def spread(self, size: float) -> np.ndarray:
        """One number per picture around zero, small ones more often (a triangle to +-2 sizes)."""
        return self.uniform(-size, size) + self.uniform(-size, size)

    def chance(self, probability: float) -> np.ndarray:
        """One for a share of the pictures, else zero."""
        return (self.uniform(0, 1) < probability).astype(np.float32)

    def noise(self) -> np.ndarray:
        """Smooth noise between -1 and 1, about two pixels wide."""
        words = self.bits.random_raw(self.n * (SIZE + 1) * 4).reshape(self.n, SIZE + 1, 4)
        grain = words.astype("<u8").view(np.uint8).reshape(self.n, SIZE + 1, 32)
        grain = grain[:, :, : SIZE + 1].astype(np.float32)
        total = grain[:, 1:, 1:] + grain[:, :-1, 1:] + grain[:, 1:, :-1] + grain[:, :-1, :-1]
        return total / np.float32(510) - 1

    def paint(self, cover: np.ndarray, value: Number) -> None:
        """Lay a brightness over what is there, as far as `cover` (0 to 1) says."""
        self.canvas += cover * (value - self.canvas)

    def shade(self, cover: np.ndarray, change: Number) -> None:
        """Make what is there brighter or darker by a share, as far as `cover` says."""
        self.canvas *= 1 + cover * change

    def pixels(self) -> np.ndarray:
        """Return the pictures as uint8, 0 black to 255 white."""
        return np.floor(np.clip(self.canvas, 0, 1) * 255 + 0.5).astype(np.uint8)


def _inside(distance: np.ndarray) -> np.ndarray:
    """Cover of a shape: 1 inside, 0 outside, the edge softened over one pixel."""
    return np.clip(0.5 - distance / _PIXEL, 0, 1)


def _stroke(distance: np.ndarray, width: float = 0.06) -> np.ndarray:
    """Cover of a line along a shape's edge."""
    return np.clip(1.3 - np.abs(distance) / width, 0, 1)


def _wave(phase: np.ndarray) -> np.ndarray:
    """Return a triangle wave between -1 and 1 of period 1."""
    return 4 * np.abs(phase - np.floor(phase) - np.float32(0.5)) - 1


def _curve(s: np.ndarray, *knots: tuple[Number, Number]) -> np.ndarray:
    """Return a smooth function of `s` through (place, value) knots, level at and beyond them."""
    place, value = knots[0]
    total: np.ndarray = value + np.zeros_like(s)
    for next_place, next_value in knots[1:]:
        t = np.clip((s - place) / (next_place - place), 0, 1)
        total += (next_value - value) * (t * t * (3 - 2 * t))
        place, value = next_place, next_value
    return total


def _limb(
    x: np.ndarray,
    y: np.ndarray,
    start: tuple[Number, Number],
    end: tuple[Number, Number],
    radii: tuple[Number, Number],
) -> np.ndarray:
    """Shape a sleeve, strap or heel: from start (round) to end (cut straight), of two radii."""
    px, py = x - start[0], y - start[1]
    dx, dy = end[0] - start[0], end[1] - start[1]
    length2 = dx * dx + dy * dy + 1e-4
    t = (px * dx + py * dy) / length2
    s = np.clip(t, 0, 1)
    ex, ey = px - s * dx, py - s * dy
    side = np.sqrt(ex * ex + ey * ey) - (radii[0] + (radii[1] - radii[0]) * s)
    return np.maximum(side, (t - 1) * np.sqrt(length2))


def _fabric(s: Sheet, stripes: float, checks: float, speckle: float) -> np.ndarray:
    """Weave the cloth: a brightness, folds, and with some probability a pattern."""
    dark = s.chance(0.1)
    base = (1 - dark) * s.uniform(0.3, 1.0) + dark * s.uniform(0.1, 0.3)
    folds = s.uniform(0, 0.12) * _wave(
        s.x * s.uniform(0.8, 2) + s.y * s.spread(0.4) + s.uniform(0, 1)
    )
    light = s.spread(0.1) * s.x + s.spread(0.1) * s.y - s.uniform(0, 0.25) * s.x * s.x
    rate = s.uniform(1.2, 4.5)
    across = _wave(s.y * rate + s.uniform(0, 1))
    down = _wave(s.x * rate + s.uniform(0, 1))
    band = np.clip(2.5 * across, -1, 1) * s.uniform(0.1, 0.5) * s.chance(stripes)
    check = (across + down) * s.uniform(0.1, 0.35) * s.chance(checks)
    grain = s.noise() * (s.uniform(0.02, 0.1) + s.uniform(0.15, 0.5) * s.chance(speckle))
    return np.clip(base * (1 + folds + light + band + check + grain), 0.04, 1)


def _top(
    s: Sheet,
    cloth: np.ndarray,
    *,
    shoulder: np.ndarray,
    chest: np.ndarray,
    waist: np.ndarray,
    hem: np.ndarray,
    length: np.ndarray,
    sleeve: np.ndarray,
    sleeve_width: np.ndarray,
    spread: np.ndarray,
    neck_width: np.ndarray,
    neck_depth: np.ndarray,
    v_neck: np.ndarray,
) -> np.ndarray:
    """Draw body and sleeves of a garment; return the body's cover.

    `sleeve` is its length, 0 none to 1 down to the hip; `spread` how far it stands off the body.
    """
    top = -0.88
    x, y = np.abs(s.x), s.y
    # Shoulders fall away from the neck.
    slope = top + 0.28 * np.clip(x - neck_width, 0, 1)
    half = _curve(y, (-0.8, shoulder), (-0.3, chest), (0.25, waist), (length, hem))
    edge = np.maximum(x - half, np.maximum(slope - y, y - length))
    cuff_x = shoulder + 0.05 + spread * (0.35 + 0.65 * sleeve)
    cuff_y = -0.72 + 1.45 * sleeve
    arm = _limb(
        x,
        y,
        (shoulder - 0.12, -0.66),
        (cuff_x, cuff_y),
        (sleeve_width + 0.03, sleeve_width * (1 - 0.3 * sleeve)),
    )
    arm = np.maximum(arm, slope - y)
    arm = arm + (sleeve < 0.08)
    across, down = x / neck_width, (y - top) / neck_depth
    round_cut, v_cut = across * across + down * down, across + down
    cut = (v_neck * v_cut + (1 - v_neck) * round_cut - 1) * neck_depth * 0.6
    sleeves, body = _inside(arm), _inside(np.maximum(edge, -cut))
    s.paint(sleeves, cloth * s.uniform(0.85, 1.1))
    s.shade(sleeves * _stroke(edge, 0.09), -s.uniform(0.1, 0.6))
    s.paint(body, cloth)
    s.shade(body * _stroke(cut - 0.05), s.uniform(-0.4, 0.3))
    return body


def _front(s: Sheet, body: np.ndarray, contrast: np.ndarray, buttons: np.ndarray) -> None:
    """Draw the opening down the front, and buttons on it."""
    middle = s.x - s.spread(0.03)
    s.shade(body * _stroke(middle, 0.05), contrast)
    row = np.clip(3 * _wave(s.y * s.uniform(2.2, 3.2) + s.uniform(0, 1)) - 1, 0, 1)
    s.shade(body * row * _stroke(middle - 0.04, 0.06), buttons)


def _collar(s: Sheet, width: np.ndarray, depth: np.ndarray, change: np.ndarray) -> None:
    """Draw the two points of a collar on either side of the neck; none where `change` is 0."""
    x, y = np.abs(s.x), s.y
    wing = np.maximum(np.abs(x - width) - 0.11, y + 0.88 - depth * (1.6 - x / (width + 0.1)))
    shape = _inside(np.maximum(wing, -0.98 - y))
    brightest = s.canvas.max(axis=(1, 2), keepdims=True)
    s.paint(shape * (change != 0), np.clip(brightest * (0.9 + change), 0, 1))


def _print(s: Sheet, body: np.ndarray, share: float) -> None:
    """Print something on the chest: a box or an oval, brighter or darker, with gaps in it."""
    w, h = s.uniform(0.1, 0.3), s.uniform(0.06, 0.28)
    x, y = (s.x - s.spread(0.03)) / w, (s.y + s.uniform(-0.1, 0.4)) / h
    box = np.maximum(np.abs(x), np.abs(y))
    oval = np.sqrt(x * x + y * y)
    kind = s.chance(0.5)
    shape = _inside((kind * box + (1 - kind) * oval - 1) * np.minimum(w, h))
    gaps = np.clip(1 + s.noise() * s.uniform(0, 2), 0, 1.2)
    target = 0.08 + 0.87 * s.chance(0.5)
    s.paint(body * shape * gaps * s.chance(share) * s.uniform(0.4, 1), target)


def _t_shirt(s: Sheet) -> None:
    """Draw short sleeves, or none; often something printed on it; some long like a tunic."""
    cloth = _fabric(s, 0.15, 0.03, 0.15)
    none, longer, tunic = s.chance(0.12), s.chance(0.08), s.chance(0.14)
    body = _top(
        s,
        cloth,
        shoulder=s.uniform(0.36, 0.48) - 0.1 * none - 0.1 * tunic,
        chest=(chest := s.uniform(0.38, 0.52) - 0.12 * tunic),
        waist=chest * s.uniform(0.86, 1.02),
        hem=chest * s.uniform(0.9, 1.12),
        length=s.uniform(0.7, 0.95) + 0.06 * tunic,
        sleeve=s.uniform(0.2, 0.42) * (1 - none) + s.uniform(0.3, 0.65) * longer,
        sleeve_width=s.uniform(0.15, 0.22),
        spread=s.uniform(0.25, 0.5),
        neck_width=s.uniform(0.16, 0.3),
        neck_depth=s.uniform(0.1, 0.3) + 0.1 * none,
        v_neck=s.chance(0.25),
    )
    _print(s, body, 0.45)


def _pullover(s: Sheet) -> None:
    """Draw long sleeves and a ribbed hem; stripes and prints; some open with a zip."""
    cloth = _fabric(s, 0.2, 0.02, 0.2)
    body = _top(
        s,
        cloth,
        shoulder=s.uniform(0.38, 0.5),
        chest=(chest := s.uniform(0.4, 0.54)),
        waist=chest * s.uniform(0.9, 1.05),
        hem=chest * s.uniform(0.85, 1.05),
        length=s.uniform(0.68, 0.95),
        sleeve=s.uniform(0.85, 1.12) - s.uniform(0.3, 0.7) * s.chance(0.07),
        sleeve_width=s.uniform(0.14, 0.2),
        spread=s.uniform(0.05, 0.35),
        neck_width=s.uniform(0.15, 0.27),
        neck_depth=s.uniform(0.07, 0.2),
        v_neck=s.chance(0.15),
    )
    _print(s, body, 0.3)
    s.shade(body * np.clip((s.y - s.uniform(0.6, 0.85)) * 30, 0, 1), s.uniform(-0.25, 0.1))
    zip_ = s.chance(0.18)
    _collar(s, s.uniform(0.14, 0.24), s.uniform(0.1, 0.3), s.uniform(-0.3, 0.2) * zip_)
    _front(s, body, s.uniform(-0.7, 0.25) * zip_, s.uniform(-0.4, 0.4) * zip_ * s.chance(0.3))


def _dress(s: Sheet) -> None:
    """Draw it slender, with waist and skirt, sleeves or none; some as wide as a coat."""
    cloth = _fabric(s, 0.08, 0.04, 0.22)
    none, wide = s.chance(0.5), s.chance(0.22)
    body = _top(
        s,
        cloth,
        shoulder=(shoulder := s.uniform(0.2, 0.34) + 0.13 * wide),
        chest=(chest := shoulder * s.uniform(0.85, 1.1)),
        waist=chest * s.uniform(0.7, 1.05),
        hem=chest * (s.uniform(0.9, 1.9) * (1 - wide) + s.uniform(0.9, 1.3) * wide),
        length=s.uniform(0.86, 1.0),
        sleeve=(1 - none) * (s.uniform(0.15, 0.4) + s.chance(0.35) * s.uniform(0.3, 0.6)),
        sleeve_width=s.uniform(0.08, 0.14) + 0.05 * wide,
        spread=s.uniform(0.05, 0.3),
        neck_width=s.uniform(0.1, 0.2),
        neck_depth=s.uniform(0.08, 0.34),
        v_neck=s.chance(0.4),
    )
    s.shade(body * _stroke(s.y - s.uniform(-0.25, 0.1), 0.08), s.uniform(-0.5, 0.3))
    slit = np.maximum(np.abs(s.x) - 0.03, s.uniform(-0.4, 0.5) - s.y)
    s.shade(_inside(slit), -s.uniform(0.3, 1) * s.chance(0.07))
    _front(s, body, s.uniform(-0.6, 0.3) * s.chance(0.15), s.uniform(-0.3, 0.3) * s.chance(0.1))


def _coat(s: Sheet) -> None:
    """Draw long sleeves, open down the front as a rule, collar, buttons, pockets."""
    cloth = _fabric(s, 0.04, 0.06, 0.2)
    slim = s.chance(0.1)
    body = _top(
        s,
        cloth,
        shoulder=s.uniform(0.38, 0.5) - 0.1 * slim,
        chest=(chest := s.uniform(0.4, 0.52) - 0.12 * slim),
        waist=chest * s.uniform(0.88, 1.02),
        hem=chest * s.uniform(0.9, 1.12),
        length=s.uniform(0.76, 1.0),
        sleeve=s.uniform(0.88, 1.15),
        sleeve_width=s.uniform(0.14, 0.2),
        spread=s.uniform(0.05, 0.32),
        neck_width=s.uniform(0.12, 0.24),
        neck_depth=s.uniform(0.1, 0.4),
        v_neck=s.chance(0.6),
    )
    _collar(s, s.uniform(0.14, 0.24), s.uniform(0.1, 0.3), s.uniform(-0.3, 0.2) * s.chance(0.7))
    _front(s, body, s.uniform(-0.8, 0.15) * s.chance(0.8), s.uniform(-0.5, 0.5) * s.chance(0.4))
    pocket = np.maximum(np.abs(np.abs(s.x) - 0.24) - 0.1, np.abs(s.y - s.uniform(0.2, 0.5)) - 0.04)
    s.shade(body * _inside(pocket), s.uniform(-0.5, 0.2) * s.chance(0.6))


def _shirt(s: Sheet) -> None:
    """Draw short or long sleeves; collar, buttons and checks come and go: the hardest class."""
    cloth = _fabric(s, 0.1, 0.25, 0.22)
    short, slim = s.chance(0.4), s.chance(0.08)
    body = _top(
        s,
        cloth,
        shoulder=s.uniform(0.36, 0.48) - 0.1 * slim,
        chest=(chest := s.uniform(0.38, 0.52) - 0.12 * slim),
        waist=chest * s.uniform(0.86, 1.05),
        hem=chest * s.uniform(0.9, 1.15),
        length=s.uniform(0.7, 0.98),
        sleeve=short * s.uniform(0.22, 0.5) + (1 - short) * s.uniform(0.75, 1.1),
        sleeve_width=s.uniform(0.13, 0.2),
        spread=s.uniform(0.05, 0.38),
        neck_width=s.uniform(0.12, 0.26),
        neck_depth=s.uniform(0.08, 0.28),
        v_neck=s.chance(0.4),
    )
    _collar(s, s.uniform(0.12, 0.2), s.uniform(0.08, 0.2), s.uniform(-0.15, 0.25) * s.chance(0.6))
    _front(s, body, s.uniform(-0.4, 0.2) * s.chance(0.75), s.uniform(-0.5, 0.5) * s.chance(0.6))


def _trouser(s: Sheet) -> None:
    """Draw two legs; a few are shorts, and a few have no gap between the legs."""
    cloth = _fabric(s, 0.02, 0.03, 0.1)
    x, y = np.abs(s.x), s.y
    shorts = s.chance(0.06)
    length = s.uniform(0.86, 1.0) * (1 - shorts) + shorts * s.uniform(0.3, 0.6)
    hip = s.uniform(0.24, 0.36)
    crotch = s.uniform(-0.5, -0.25)
    leg = s.uniform(0.1, 0.17) + 0.05 * shorts
    shut = s.chance(0.05)
    gap = s.uniform(0.0, 0.08) * (1 - shut)
    outer = _curve(y, (-0.95, hip * 0.85), (crotch, hip), (length, gap + 2 * leg))
    inner = _curve(y, (crotch, gap * 0.3), (length, gap + 0.03 - 0.05 * shut))
    edge = np.maximum(x - outer, np.maximum(-0.92 - y, y - length))
    legs = _inside(np.maximum(edge, -np.maximum(x - inner, crotch - y)))
    s.paint(legs, cloth)
    s.shade(legs * _stroke(np.maximum(x, crotch - y), 0.05), -s.uniform(0, 0.7) * (1 - 0.7 * shut))
    s.shade(legs * _stroke(y + 0.82, 0.06), s.uniform(-0.4, 0.3))
    s.shade(legs * _stroke(x - outer * 0.55, 0.07), s.uniform(-0.15, 0.25))


def _bag(s: Sheet) -> None:
    """Draw a box with rounded corners, as a rule with a handle, a flap and a lock."""
    cloth = _fabric(s, 0.06, 0.06, 0.22)
    w, h = s.uniform(0.5, 0.92), s.uniform(0.35, 0.68)
    cy = 0.92 - h - s.uniform(0, 0.3)
    taper = 1 + s.spread(0.12) * (s.y - cy)
    corner = s.uniform(0.05, 0.3)
    qx = np.maximum(np.abs(s.x * taper) - (w - corner), 0)
    qy = np.maximum(np.abs(s.y - cy) - (h - corner), 0)
    edge = np.sqrt(qx * qx + qy * qy) - corner
    # The handle: an oval ring that stands on the bag, or a strap from its corners.
    rx, ry = w * s.uniform(0.35, 0.85), s.uniform(0.2, 0.75)
    ox, oy = s.x / rx, (s.y - (cy - h + 0.08)) / ry
    ring = np.maximum(
        np.abs(np.sqrt(ox * ox + oy * oy) - 1) * np.minimum(rx, ry) - s.uniform(0.03, 0.07),
        s.y - (cy - h + 0.1),
    )
    s.paint(_inside(ring) * s.chance(0.75), np.clip(cloth * s.uniform(0.5, 1.1), 0.05, 1))
    bag = _inside(edge)
    s.paint(bag, cloth)
    s.shade(bag * _stroke(edge + 0.06, 0.06), s.uniform(-0.4, 0.2))
    flap = s.y - (cy - h * s.uniform(-0.2, 0.9)) - s.spread(0.1) * np.abs(s.x)
    s.shade(bag * _stroke(flap, 0.06), s.uniform(-0.7, 0.3) * s.chance(0.7))
    lock = np.maximum(np.abs(s.x) - 0.08, np.abs(flap) - 0.07)
    s.paint(bag * _inside(lock) * s.chance(0.3), s.uniform(0.1, 1))


def _sneaker(s: Sheet) -> None:
    """Draw a low shoe, toe to the left, with sole, laces and stripe; a few are high-tops."""
    cloth = _fabric(s, 0.03, 0.03, 0.15)
    x, y = s.x, s.y
    high_top = s.chance(0.14)
    floor = s.uniform(0.28, 0.45) + 0.18 * high_top
    high = s.uniform(0.5, 0.8) + high_top * s.uniform(0.15, 0.5)
    tongue = s.uniform(0.0, 0.3)
    toe = floor - s.uniform(0.22, 0.34)
    upper = _curve(
        x,
        (-1.0, toe + 0.14),
        (-0.75, toe - 0.02),
        (-0.5, toe - 0.05),
        (tongue, floor - high),
        (tongue + 0.25, floor - high + s.uniform(0.02, 0.12)),
        (0.85, floor - high * s.uniform(0.8, 1.05)),
    )
    toe_x = s.uniform(-0.98, -0.9)
    heel_x = s.uniform(0.84, 0.97)
    sole = floor - s.uniform(0.07, 0.16)
    bow = 0.1 * x * x * s.uniform(0, 1)
    ends = np.maximum(toe_x + 0.5 * (floor - y) * (floor - y) - x, x - heel_x - 0.1 * (y - floor))
    shoe = _inside(np.maximum(ends, np.maximum(upper - y, y - floor + bow)))
    s.paint(shoe, cloth)
    s.paint(shoe * _inside(sole - y - bow), s.uniform(0.1, 1))
    laces = np.clip(2 * _wave(x * s.uniform(3.5, 5) + y + s.uniform(0, 1)), -1, 1)
    zone = _inside(np.abs(x - (tongue - 0.2)) - 0.25) * _inside(np.abs(y - upper - 0.1) - 0.1)
    s.shade(shoe * zone * laces, s.uniform(-0.4, 0.4))
    slant = x - 0.6 * y - s.uniform(0.05, 0.4)
    stripe = _inside(np.abs(slant) - s.uniform(0.03, 0.1)) * _inside(y - sole + bow)
    s.paint(shoe * stripe * s.chance(0.45), s.uniform(0.05, 1))
    s.shade(shoe * _inside(0.62 - x) * _inside(y - sole + bow), s.uniform(-0.4, 0.2))


def _ankle_boot(s: Sheet) -> None:
    """Draw a foot and a shaft, flat or on a heel; a few are low."""
    cloth = _fabric(s, 0.02, 0.02, 0.14)
    x, y = s.x, s.y
    low = s.chance(0.15)
    floor = s.uniform(0.5, 0.9) * (1 - low) + s.uniform(0.35, 0.6) * low
    lift = s.chance(0.45) * s.uniform(0.08, 0.45) * (1 - low)
    shaft_x = s.uniform(-0.15, 0.2)
    back = s.uniform(0.7, 0.92)
    rim = s.uniform(-0.95, -0.45) * (1 - low) + (floor - s.uniform(0.75, 1.1)) * low
    toe_x = s.uniform(-0.98, -0.85)
    toe = floor - s.uniform(0.22, 0.36)
    upper = _curve(
        x,
        (toe_x, toe + 0.14),
        (toe_x + 0.3, toe - 0.02),
        (shaft_x - 0.12, toe - 0.25 * (1 - 0.6 * low) - 0.5 * lift),
        (shaft_x + 0.1, rim),
        (back, rim + s.spread(0.06)),
    )
    under = _curve(x, (toe_x + 0.35, floor), (0.35, floor - lift), (back, floor - lift))
    waist = back - 0.08 * _stroke(y - (floor - lift - 0.35), 0.3)
    boot = _inside(
        np.maximum(
            np.maximum(toe_x + 0.6 * (floor - y) * (floor - y) - x, x - waist),
            np.maximum(upper - y, y - under),
        )
    )
    heel_width = s.uniform(0.08, 0.22)
    heel = np.maximum(np.abs(x - (back - 0.02 - heel_width)) - heel_width, y - floor)
    heel = np.maximum(heel, under - 0.05 - y)
    s.paint(_inside(heel), cloth * s.uniform(0.4, 1))
    s.paint(boot, cloth)
    s.shade(boot * _inside(under - s.uniform(0.06, 0.14) - y), s.uniform(-0.7, 0.3))
    s.shade(
        boot * _stroke(x - 0.4 * y - s.uniform(0.1, 0.6), 0.08),
        s.uniform(-0.6, 0.2) * s.chance(0.5),
    )
    laces = np.clip(2 * _wave(y * s.uniform(3, 4.5) + s.uniform(0, 1)), -1, 1)
    zone = _inside(np.abs(x - shaft_x - 0.12) - 0.1)
    s.shade(boot * zone * laces, s.uniform(-0.5, 0.5) * s.chance(0.45))
    s.shade(boot * _stroke(y - rim - 0.08, 0.07), s.uniform(-0.4, 0.3))


def _sandal(s: Sheet) -> None:
    """Draw a sole, flat or on a high heel, with straps; one in seven is closed like a shoe."""
    cloth = _fabric(s, 0.02, 0.02, 0.2)
    x, y = s.x, s.y
    high, closed, on_wedge = s.chance(0.5), s.chance(0.14), s.chance(0.25)
    lift = high * s.uniform(0.35, 0.95) + (1 - high) * s.uniform(0, 0.15)
    floor = s.uniform(0.3, 0.5) + 0.42 * high
    raised = floor - lift
    toe, back = s.uniform(-0.97, -0.8), s.uniform(0.75, 0.95)
    under = _curve(x, (-0.5, floor), (s.uniform(0.3, 0.6), raised), (back, raised))
    top = under - s.uniform(0.06, 0.14) - 0.1 * s.chance(0.2)
    ends = np.maximum(toe - x, x - back)
    width = s.uniform(0.03, 0.14)
    block = _limb(
        x,
        y,
        start=(back - 0.05 - width, raised),
        end=(back - s.uniform(0.02, 0.15) - width, floor),
        radii=(width + 0.03, width),
    )
    wedge = np.maximum(np.maximum(x - back, -x), np.maximum(under - y, y - floor))
    heel = on_wedge * wedge + (1 - on_wedge) * block
    s.paint(_inside(heel) * (lift > 0.1), cloth * s.uniform(0.6, 1.1))
    s.paint(_inside(np.maximum(ends, np.maximum(top - y, y - under))), cloth * s.uniform(0.6, 1.1))
    # Straps: arches over the toes, over the instep and round the ankle, and one that leans.
    for centre, half, rise, share in (
        (s.uniform(-0.65, -0.35), s.uniform(0.12, 0.28), s.uniform(0.15, 0.35), 0.85),
        (s.uniform(-0.25, 0.1), s.uniform(0.12, 0.3), s.uniform(0.25, 0.5), 0.6),
        (s.uniform(0.35, 0.6), s.uniform(0.15, 0.35), s.uniform(0.3, 0.75), 0.85),
    ):
        across, up = (x - centre + s.spread(0.3) * (y - top)) / half, (y - top) / rise
        arch = np.abs(np.sqrt(across * across + up * up) - 1) * np.minimum(half, rise)
        s.paint(_inside(np.maximum(arch - s.uniform(0.03, 0.1), y - top)) * s.chance(share), cloth)
    leaning = _limb(
        x,
        y,
        start=(s.uniform(-0.6, -0.2), floor - 0.5 * lift - 0.2),
        end=(s.uniform(0.3, 0.8), raised - s.uniform(0.2, 0.6)),
        radii=(s.uniform(0.03, 0.09), 0.05),
    )
    s.paint(_inside(leaning) * s.chance(0.5), cloth)
    vamp = _curve(
        x,
        (toe, floor - 0.12),
        (toe + 0.4, floor - 0.3),
        (back - 0.3, raised - s.uniform(0.2, 0.6)),
        (back, raised - s.uniform(0.3, 0.7)),
    )
    holes = np.clip(1.4 + s.noise() * s.uniform(0, 2.25), 0, 1)
    s.paint(_inside(np.maximum(ends, np.maximum(vamp - y, y - under))) * closed * holes, cloth)


DRAWINGS: dict[str, Callable[[Sheet], None]] = {
    "T-shirt/top": _t_shirt,
    "Trouser": _trouser,
    "Pullover": _pullover,
    "Dress": _dress,
    "Coat": _coat,
    "Sandal": _sandal,
    "Shirt": _shirt,
    "Sneaker": _sneaker,
    "Bag": _bag,
    "Ankle boot": _ankle_boot,
}
"""Each draws its garment on all pictures of a sheet. In the order of Fashion-MNIST's labels."""
