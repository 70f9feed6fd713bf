"""Drawings of small animals and plants on natural ground: photographs for machines without any.

A picture is a ground of smooth noise with leaves, pebbles and twigs on it, an animal or a plant of
one kind in any place, size, pose and colour, and blades of grass before it. Light, focus and grain
are a camera's. Colours, ground and clutter are drawn alike for every kind: only the shape tells.

:data:`KINDS` are what the embedded backbone learns, :data:`STAND_IN_KINDS` what the stand-in
photographs show; no kind is in both. As in ``garments``, the pixels are the same on every machine:
float32, only operations that IEEE 754 rounds exactly, and PCG64's raw numbers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

Number = np.ndarray | float

# Pixels: more do not fit a processor's nearest cache, and take three times longer.
_AT_ONCE = 40_000

_GROUND = np.array(
    [
        (0.30, 0.44, 0.18),  # grass
        (0.20, 0.33, 0.14),
        (0.60, 0.54, 0.32),  # dry grass
        (0.37, 0.28, 0.20),  # soil
        (0.74, 0.66, 0.50),  # sand
        (0.54, 0.53, 0.51),  # stone
        (0.48, 0.32, 0.20),  # fallen leaves
        (0.78, 0.74, 0.72),  # petals
    ],
    np.float32,
)
_COAT = np.array(
    [
        (0.09, 0.08, 0.08),
        (0.20, 0.13, 0.09),
        (0.38, 0.22, 0.11),
        (0.76, 0.43, 0.13),
        (0.82, 0.72, 0.24),
        (0.33, 0.49, 0.17),
        (0.66, 0.17, 0.12),
        (0.48, 0.47, 0.46),
        (0.80, 0.75, 0.66),
        (0.17, 0.27, 0.44),
    ],
    np.float32,
)


class Scene:
    """`n` pictures that are drawn at once, and the random numbers to draw them with.

    Coordinates run from -extent (left, top) to extent (right, bottom); an animal is about as long
    as 1. Every random measure has shape (n, 1, 1), every picture-sized quantity (n, size, size).

    Parameters
    ----------
    n : int
    seed : list of int
    size : int
        Height and width in pixels.
    extent : float
        How much is seen.
    away : float
        How far from the middle the animal may be.
    clutter : int
        Things on the ground.
    rough : float
        How uneven the ground is: 0 not at all, 1 as in nature.
    """

    def __init__(
        self,
        n: int,
        seed: list[int],
        size: int,
        extent: float,
        away: float,
        clutter: int,
        rough: float,
    ) -> None:
        self.n, self.size = n, size
        self.bits = np.random.PCG64(seed)
        self.pixel = np.float32(2 * extent / size)
        self.extent = extent
        line = (np.arange(size, dtype=np.float32) + np.float32(0.5)) * self.pixel
        line = line - np.float32(extent)
        self.across = np.broadcast_to(line, (n, size, size))
        self.down = np.broadcast_to(line[:, np.newaxis], (n, size, size))
        self.canvas = self._ground(np.float32(rough))
        for _ in range(clutter):
            self._lay_something()
        # The animal's own coordinates: it looks to -y and is 2 long.
        self.x, self.y = self.turned(self.spread(away / 2), self.spread(away / 2))
        self.scale = self.uniform(0.26, 0.46)
        squeeze = self.uniform(0.88, 1.14)  # seen a little from the side
        self.x = self.x / (self.scale * squeeze)
        self.y = self.y / (self.scale / squeeze)
        self.x = self.x + self.spread(0.09) * self.y * self.y
        self.side = np.sign(self.x)
        self.mirror = np.abs(self.x)

    # -- random numbers

    def uniform(self, low: float, high: float) -> np.ndarray:
        """One number per picture, evenly between two bounds."""
        share = (self.bits.random_raw(self.n) >> 40).astype(np.float32) / np.float32(1 << 24)
        return (np.float32(low) + np.float32(high - low) * share).reshape(-1, 1, 1)

    def spread(self, size: float) -> np.ndarray:
        """One number per picture around zero, small ones more often (a triangle to +-2 sizes)."""
        return self.uniform(-size, size) + self.uniform(-size, size)

    def chance(self, probability: float) -> np.ndarray:
        """One for a share of the pictures, else zero."""
        return (self.uniform(0, 1) < probability).astype(np.float32)

    def colour(self, palette: np.ndarray, spread: float = 0.07) -> np.ndarray:
        """One colour per picture, near one of a palette: shape (3, n, 1, 1)."""
        chosen = palette[self.bits.random_raw(self.n) % len(palette)]
        light = self.uniform(0.75, 1.25)
        return np.stack([chosen[:, c].reshape(-1, 1, 1) * light for c in range(3)]) + np.stack(
            [self.spread(spread / 2) for _ in range(3)]
        )

    def noise(self, wide: float) -> np.ndarray:
        """Smooth noise between -1 and 1, of patches so wide."""
        cells = max(1, round(2 * self.extent / wide))
        words = self.bits.random_raw(self.n * (cells + 1) ** 2)
        grid = ((words >> 40).astype(np.float32) / np.float32(1 << 23) - 1).reshape(
            self.n, cells + 1, cells + 1
        )
        place = (np.arange(self.size, dtype=np.float32) + np.float32(0.5)) * np.float32(
            cells / self.size
        )
        index = place.astype(int)
        t = place - index.astype(np.float32)
        t = t * t * (3 - 2 * t)
        above, below = grid[:, index], grid[:, index + 1]
        rows = above + (below - above) * t[:, np.newaxis]
        left, right = rows[:, :, index], rows[:, :, index + 1]
        return left + (right - left) * t

    # -- places

    def turned(self, left: np.ndarray, top: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Coordinates around a place, turned at random."""
        a, b = self.uniform(-1, 1), self.uniform(-1, 1)
        length = np.sqrt(a * a + b * b) + np.float32(1e-6)
        cos, sin = a / length, b / length
        x, y = self.across - left, self.down - top
        return cos * x + sin * y, cos * y - sin * x

    # -- painting

    def cover(self, distance: np.ndarray, scale: Number | None = None) -> np.ndarray:
        """1 inside of a shape, 0 outside, the edge softened over one pixel."""
        scale = self.scale if scale is None else scale
        return np.clip(0.5 - distance * (scale / self.pixel), 0, 1)

    def paint(self, cover: np.ndarray, colour: np.ndarray) -> None:
        """Lay a colour over what is there, as far as `cover` (0 to 1) says."""
        for channel, value in zip(self.canvas, colour, strict=True):
            channel += cover * (value - channel)

    def shade(self, cover: np.ndarray, change: Number) -> None:
        """Make what is there brighter or darker by a share, as far as `cover` says."""
        factor = 1 + cover * change
        for channel in self.canvas:
            channel *= factor

    def shadow(self, distance: np.ndarray) -> None:
        """Darken the ground around a shape."""
        near = np.clip(1 - distance / self.uniform(0.1, 0.35), 0, 1)
        self.shade(near, -self.uniform(0.15, 0.55))

    def body(self, distance: np.ndarray, colour: np.ndarray) -> None:
        """Paint a shape that looks round: darker to its edge, light from one side."""
        cover = self.cover(distance)
        self.paint(cover, colour)
        self.shade(cover * np.clip(1 + distance / self.uniform(0.08, 0.25), 0, 1), -0.5)
        light = self.light[0] * self.x + self.light[1] * self.y
        self.shade(cover, np.clip(light, -0.4, 0.5))

    def _ground(self, rough: np.float32) -> list[np.ndarray]:
        first, second = self.colour(_GROUND), self.colour(_GROUND)
        mix = np.clip(0.5 + 0.9 * self.noise(0.55) * self.uniform(0.2, 1), 0, 1) * rough
        canvas = [a + (b - a) * mix for a, b in zip(first, second, strict=True)]
        u, v = self.turned(self.spread(0.2), self.spread(0.2))
        uneven = self.noise(0.35)
        streaks = _wave(u * self.uniform(3, 14) + uneven * self.uniform(0.2, 1.5) + 0.15 * v)
        texture = (
            uneven * self.uniform(0.05, 0.2)
            + self.noise(0.09) * self.uniform(0.05, 0.3)
            + self.noise(0.04) * self.uniform(0.02, 0.25)
            + streaks * self.uniform(0.05, 0.3) * self.chance(0.5)
        )
        self.light = [self.spread(0.25), self.spread(0.25)]
        return [channel * (1 + rough * texture) for channel in canvas]

    def _lay_something(self) -> None:
        """Lay a leaf, a pebble or a twig on the ground."""
        reach = self.extent
        x, y = self.turned(self.uniform(-reach, reach), self.uniform(-reach, reach))
        leaf, pebble = self.chance(0.4), self.chance(0.5)
        long = self.uniform(0.12, 0.4)
        wide = leaf * self.uniform(0.25, 0.5) + (1 - leaf) * (
            pebble * self.uniform(0.6, 1) + (1 - pebble) * self.uniform(0.04, 0.12)
        )
        across, along = x / (long * wide), y / long
        blunt = along * along * (1 - leaf) + leaf * np.abs(along)
        distance = (np.sqrt(across * across + blunt * blunt) - 1) * np.minimum(wide * long, long)
        cover = self.cover(distance, 1.0)
        self.shade(np.clip(1 - distance / 0.06, 0, 1), -self.uniform(0, 0.5))
        self.paint(cover, self.colour(_GROUND, 0.1))
        self.shade(cover, across * self.spread(0.15) + along * self.spread(0.15))
        rib = np.clip(1 - np.abs(x) / 0.015, 0, 1) * leaf
        self.shade(cover * rib, self.uniform(-0.3, 0.3))

    def blades(self, count: int) -> None:
        """Draw blades of grass before everything."""
        for _ in range(count):
            x, y = self.turned(self.spread(0.35), self.spread(0.35))
            bent = x + self.spread(0.3) * y * y
            width = self.uniform(0.008, 0.035) * self.chance(0.6)
            cover = self.cover(np.abs(bent) - width, 1.0) * (width > 0)
            self.paint(cover, self.colour(_GROUND[:3], 0.1))
            self.shade(cover * np.clip(bent / 0.03, -1, 1), 0.25)

    def pixels(self) -> np.ndarray:
        """Return the pictures as a camera gives them: uint8 of shape (n, size, size, 3)."""
        blur, gain = self.uniform(0, 1), self.uniform(0.75, 1.2)
        light = gain * (1 + self.spread(0.12) * self.across + self.spread(0.12) * self.down)
        grain = self.uniform(0.01, 0.05)
        out = np.empty((self.n, self.size, self.size, 3), np.uint8)
        fine = self.bits.random_raw(self.n * self.size * self.size // 8 + 1).astype("<u8")
        speckle = fine.view(np.uint8)[: self.n * self.size * self.size].astype(np.float32)
        speckle = (speckle / np.float32(127.5) - 1).reshape(self.n, self.size, self.size) * grain
        for number, channel in enumerate(self.canvas):
            soft = channel.copy()
            soft[:, 1:-1] = (channel[:, :-2] + channel[:, 1:-1] + channel[:, 2:]) / np.float32(3)
            soft[:, :, 1:-1] = (soft[:, :, :-2] + soft[:, :, 1:-1] + soft[:, :, 2:]) / np.float32(3)
            value = (channel + (soft - channel) * blur) * light + speckle
            out[..., number] = np.clip(value * 255 + np.float32(0.5), 0, 255)
        return out


# -- shapes: distances that are negative inside ------------------------------------------------


def _wave(phase: np.ndarray) -> np.ndarray:
    """Return a triangle wave between -1 and 1 of period 1."""
    return 4 * np.abs(phase - np.floor(phase) - np.float32(0.5)) - 1


def _oval(x: np.ndarray, y: np.ndarray, half_width: Number, half_length: Number) -> np.ndarray:
    across, along = x / half_width, y / half_length
    return (np.sqrt(across * across + along * along) - 1) * np.minimum(half_width, half_length)


def _limb(
    x: np.ndarray,
    y: np.ndarray,
    start: tuple[Number, Number],
    end: tuple[Number, Number],
    radii: tuple[Number, Number],
) -> np.ndarray:
    """Shape an arm or a leg: round at both ends, of two radii."""
    px, py = x - start[0], y - start[1]
    dx, dy = end[0] - start[0], end[1] - start[1]
    t = np.clip((px * dx + py * dy) / (dx * dx + dy * dy + np.float32(1e-4)), 0, 1)
    ex, ey = px - t * dx, py - t * dy
    return np.sqrt(ex * ex + ey * ey) - (radii[0] + (radii[1] - radii[0]) * t)


def _jointed(
    x: np.ndarray, y: np.ndarray, points: list[tuple[Number, Number]], radii: list[Number]
) -> np.ndarray:
    """Shape limbs one behind the other."""
    parts = [
        _limb(x, y, points[i], points[i + 1], (radii[i], radii[i + 1]))
        for i in range(len(points) - 1)
    ]
    return np.minimum.reduce(parts)


# -- animals -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """How an animal is built; lengths in halves of the animal.

    Attributes
    ----------
    parts : tuple of (float, float, float)
        Ovals from tail to head: place along the body, half width, half length.
    legs : int
        Pairs.
    hips : (float, float)
        Where along the body the first and the last pair begin.
    reach : float
        Length of a leg.
    leg : float
        Its thickness.
    fan : float
        How far the outer pairs point forward and back.
    feelers : float
        Length.
    claws : float
        Length of the arms that carry them.
    tail : (float, float)
        Length and thickness.
    wings : tuple of (float, float, float)
        Pairs: length, width, and how far they point forward.
    ears : float
        Radius.
    pattern : str
        ``"plain"``, ``"seam"``, ``"bands"``, ``"spots"`` or ``"plates"``.
    """

    parts: tuple[tuple[float, float, float], ...]
    legs: int = 0
    hips: tuple[float, float] = (-0.3, 0.2)
    reach: float = 0.6
    leg: float = 0.05
    fan: float = 0.9
    feelers: float = 0.0
    claws: float = 0.0
    tail: tuple[float, float] = (0.0, 0.05)
    wings: tuple[tuple[float, float, float], ...] = ()
    ears: float = 0.0
    pattern: str = "plain"


def _animal(s: Scene, plan: Plan) -> None:
    """Draw an animal that is built to a plan, seen from above."""
    coat = s.colour(_COAT)
    dark = coat * s.uniform(0.35, 1.0)
    x, y, side = s.mirror, s.y, s.side
    limbs = [np.full_like(s.x, 9)]
    half = max(width for _, width, _ in plan.parts) * 0.6
    thick = plan.leg * s.uniform(0.75, 1.3)
    for number in range(plan.legs):
        share = number / max(1, plan.legs - 1)
        hip = plan.hips[0] + (plan.hips[1] - plan.hips[0]) * share
        lean = plan.fan * (2 * share - 1) + s.spread(0.12) + side * s.spread(0.12)
        reach = plan.reach * s.uniform(0.85, 1.15)
        knee = (half + 0.45 * reach, hip + 0.25 * reach * lean - 0.05)
        foot = (half + reach, hip + 0.8 * reach * lean + s.spread(0.05))
        limbs.append(_jointed(x, y, [(half * 0.3, hip), knee, foot], [thick, thick, 0.6 * thick]))
    front = plan.parts[-1][0] - plan.parts[-1][2]
    if plan.feelers:
        bend = s.uniform(0.2, 0.6) + side * s.spread(0.06)
        tip = (plan.feelers * bend + 0.1, front - plan.feelers * s.uniform(0.5, 0.9))
        middle = (plan.feelers * 0.35, front - plan.feelers * 0.25)
        limbs.append(_jointed(x, y, [(0.05, front + 0.08), middle, tip], [0.028, 0.028, 0.02]))
    if plan.claws:
        out = plan.claws * s.uniform(0.7, 1.0)
        elbow = (half + out * 0.7, front - 0.05 + s.spread(0.05))
        hand = (half + out * s.uniform(0.3, 0.6), front - out * s.uniform(0.45, 0.7))
        limbs.append(_jointed(x, y, [(half * 0.5, front + 0.15), elbow, hand], [0.06, 0.06, 0.08]))
        claw = _oval(x - hand[0], y - hand[1] + 0.08, 0.11, 0.2)
        gap = _oval(x - hand[0], y - hand[1] + 0.24, 0.04, 0.16)
        limbs.append(np.maximum(claw, -gap))
    if plan.tail[0]:
        end = plan.parts[0][0] + plan.parts[0][2] - 0.1
        long_tail = plan.tail[0] * s.uniform(0.8, 1.15)
        swing = s.spread(0.2)
        bend = (swing * long_tail, end + 0.5 * long_tail)
        tip = (swing * long_tail * s.uniform(-0.5, 2), end + long_tail)
        radii: list[Number] = [plan.tail[1], plan.tail[1] * 0.7, plan.tail[1] * 0.25]
        limbs.append(_jointed(s.x, y, [(0.0, end), bend, tip], radii))
    if plan.ears:
        limbs.append(_oval(x - plan.parts[-1][1] * 0.9, y - front - 0.1, plan.ears, plan.ears))
    parts = []
    for place, width, length in plan.parts:
        wide, long = width * s.uniform(0.88, 1.12), length * s.uniform(0.92, 1.08)
        parts.append(_oval(s.x, y - place, wide, long))
    legs, body = np.minimum.reduce(limbs), np.minimum.reduce(parts)
    whole = np.minimum(legs, body)
    wings = []
    if plan.wings:
        wing_coat, glass = s.colour(_COAT), s.uniform(0.35, 1.0)
        for length, width, forward in plan.wings:
            way = forward + s.spread(0.12)
            norm = np.sqrt(1 + way * way)
            px, py = x - half * 0.3, y + 0.2
            along, across = (px - way * py) / norm, (py + way * px) / norm
            wings.append(_oval(across, along - length * 0.52, width, length * 0.52))
        wing = np.minimum.reduce(wings)
        s.shadow(np.minimum(wing, whole))
        cover = s.cover(wing)
        s.paint(cover * glass, wing_coat)
        rim = np.clip(1 - np.abs(wing + 0.04) / 0.06, 0, 1)
        s.shade(cover * rim, s.uniform(-0.6, 0.2))
        spots = np.clip(
            4 * _wave(s.mirror * s.uniform(1, 2.5)) * _wave(y * s.uniform(1, 2.5)), 0, 1
        )
        s.shade(cover * spots, s.uniform(-0.7, 0.5) * s.chance(0.6))
    else:
        s.shadow(whole)
    s.paint(s.cover(legs), dark)
    for part in parts:
        s.body(part, coat * s.uniform(0.8, 1.15))
    inside = s.cover(body)
    if plan.pattern == "seam":
        place, _, length = plan.parts[0]
        line = np.maximum(np.abs(s.x) - 0.025, np.abs(y - place) - length)
        s.shade(inside * s.cover(line), -s.uniform(0.3, 0.8))
    if plan.pattern in ("spots", "seam"):
        rate = s.uniform(1.4, 2.6)
        dots = _wave(s.mirror * rate + 0.25) * _wave(y * rate + s.uniform(0, 1))
        change = s.uniform(-0.8, 0.6) * s.chance(0.8 if plan.pattern == "spots" else 0.35)
        s.shade(inside * np.clip(6 * (dots - 0.25), 0, 1), change)
    if plan.pattern in ("bands", "plates"):
        arch = 0.3 * s.mirror if plan.pattern == "bands" else 0.0
        bands = np.clip(3 * _wave((y + arch) * s.uniform(2, 4)), 0, 1)
        s.shade(inside * bands, s.uniform(-0.7, 0.5))
    if plan.pattern == "plates":
        lines = np.clip(3 * _wave(s.mirror * s.uniform(2, 3) + 0.5), 0, 1)
        s.shade(inside * lines, -s.uniform(0.1, 0.5))


def _chain(count: int, width: float, length: float) -> tuple[tuple[float, float, float], ...]:
    """Return parts of one size, one behind the other."""
    step = 1.8 / count
    return tuple((0.9 - step * (i + 0.5), width, length) for i in range(count))


# -- other things ------------------------------------------------------------------------------


def _star(s: Scene, arms: int, slim: float, petals: bool) -> None:
    """Draw arms around a middle: a starfish, a flower."""
    coat = s.colour(_COAT)
    slim_ = slim * s.uniform(0.85, 1.15)
    shapes = []
    turn = 2 * np.pi / arms
    for number in range(arms):
        cos, sin = (np.float32(round(f(number * turn), 5)) for f in (np.cos, np.sin))
        along, across = cos * s.x + sin * s.y, cos * s.y - sin * s.x
        if petals:
            shapes.append(_oval(across, along - 0.55, slim_, 0.42 * s.uniform(0.85, 1.1)))
        else:
            shapes.append(_limb(across, along, (0, 0), (s.spread(0.1), 0.95), (slim_, 0.05)))
    shape = np.minimum.reduce(shapes)
    s.shadow(shape)
    s.body(shape, coat)
    middle = _oval(s.x, s.y, 0.2, 0.2)
    if petals:
        s.body(middle, s.colour(_COAT))
    grains = _wave(s.x * 6) * _wave(s.y * 6)
    s.shade(s.cover(shape) * np.clip(3 * grains, 0, 1), s.uniform(-0.4, 0.4) * s.chance(0.5))


def _leaf(s: Scene, lobes: float, leaflets: int = 0) -> None:
    """Draw a leaf with veins, or a frond of leaflets."""
    coat = s.colour(np.concatenate([_COAT, _GROUND]))
    stem = _limb(s.x, s.y, (0.0, -0.9), (s.spread(0.05), 1.1), (0.02, 0.045))
    if leaflets:
        shapes = []
        for number in range(leaflets):
            place = -0.8 + 1.5 * number / leaflets
            long = (0.25 + 0.5 * number / leaflets) * s.uniform(0.9, 1.1)
            end = (long, place - 0.3 * long)
            shapes.append(_limb(s.mirror, s.y, (0.0, place), end, (0.06, 0.03)))
        shape = np.minimum.reduce(shapes)
    else:
        edge = 1 + lobes * _wave(s.y * s.uniform(2.5, 4))
        half = 0.5 * s.uniform(0.75, 1.2) * edge
        along = np.clip(s.y * s.y, 0, 2)
        shape = np.maximum((s.mirror - half * (1 - along)) * 0.7, np.abs(s.y) - 1)
    s.shadow(np.minimum(shape, stem))
    s.paint(s.cover(stem), coat * 0.6)
    s.body(shape, coat)
    if not leaflets:
        inside = s.cover(shape)
        veins = np.clip(1 - (1 - _wave((s.y + 0.7 * s.mirror) * 3)) / 0.3, 0, 1)
        s.shade(inside * veins, s.uniform(-0.35, 0.35))
        s.shade(inside * s.cover(np.abs(s.x) - 0.025), s.uniform(-0.5, 0.4))


def _mushroom(s: Scene) -> None:
    """Draw a cap on a stalk, from the side."""
    stalk = _limb(s.x, s.y, (0.0, -0.2), (s.spread(0.08), 0.85), (0.14, s.uniform(0.14, 0.24)))
    wide = s.uniform(0.55, 0.85)
    cap = np.maximum(_oval(s.x, s.y + 0.1, wide, s.uniform(0.5, 0.8)), s.y + 0.08)
    s.shadow(np.minimum(stalk, cap))
    s.body(stalk, s.colour(_COAT[7:9]))
    s.body(cap, s.colour(_COAT))
    dots = _wave(s.x * 2.2 + s.uniform(0, 1)) * _wave(s.y * 2.2)
    s.shade(s.cover(cap) * np.clip(6 * (dots - 0.3), 0, 1), s.uniform(0, 1) * s.chance(0.5))


def _snail(s: Scene) -> None:
    """Draw a shell with turns on a long foot with two horns, from the side."""
    foot = _jointed(
        s.x, s.y, [(-0.9, 0.5), (0.5, 0.5), (0.9, 0.1 + s.spread(0.1))], [0.05, 0.15, 0.14]
    )
    horn = _limb(s.x, s.y, (0.9, 0.1), (1.05, -0.3 + s.spread(0.1)), (0.03, 0.03))
    other = _limb(s.x, s.y, (0.85, 0.1), (0.8, -0.25 + s.spread(0.1)), (0.03, 0.03))
    round_ = s.uniform(0.5, 0.62)
    px, py = s.x + 0.1, s.y + 0.05
    shell = _oval(px, py, round_, round_)
    soft = np.minimum(np.minimum(foot, horn), other)
    s.shadow(np.minimum(soft, shell))
    s.body(soft, s.colour(_COAT))
    s.body(shell, s.colour(_COAT))
    lean = np.clip(px, -0.3, 0.3)
    turns = _wave(np.sqrt(px * px + py * py) * s.uniform(3, 4.5) + lean)
    s.shade(s.cover(shell) * np.clip(2 * turns, 0, 1), s.uniform(-0.7, -0.2))


def _fish(s: Scene) -> None:
    """Draw a fish from the side."""
    coat = s.colour(_COAT)
    high = s.uniform(0.28, 0.48)
    body = _oval(s.x, s.y + 0.15, high, 0.75)
    fin = np.maximum(s.mirror - np.clip((s.y - 0.45) * s.uniform(0.6, 1.1), 0.02, 1), s.y - 0.95)
    fin = np.maximum(fin, 0.45 - s.y)
    back = np.maximum(np.abs(s.y + 0.05) - 0.3, s.mirror - high - s.uniform(0.08, 0.2))
    whole = np.minimum(np.minimum(body, fin), back)
    s.shadow(whole)
    s.paint(s.cover(np.minimum(fin, back)), coat * s.uniform(0.5, 1.2))
    s.body(body, coat)
    inside = s.cover(body)
    bands = np.clip(3 * _wave(s.y * s.uniform(1.5, 4)), 0, 1)
    s.shade(inside * bands, s.uniform(-0.6, 0.5) * s.chance(0.6))
    scales = _wave(s.x * 5) * _wave(s.y * 5)
    s.shade(inside * scales, s.uniform(0, 0.3))
    s.paint(s.cover(_oval(s.x - 0.12, s.y + 0.65, 0.06, 0.06)), s.colour(_COAT[:2]))


KINDS: dict[str, Callable[[Scene], None]] = {
    "ant": partial(
        _animal,
        plan=Plan(
            parts=((0.6, 0.26, 0.38), (0.05, 0.13, 0.24), (-0.5, 0.22, 0.24)),
            legs=3,
            hips=(-0.1, 0.2),
            reach=0.75,
            leg=0.04,
            feelers=0.5,
        ),
    ),
    "butterfly": partial(
        _animal,
        plan=Plan(
            parts=((0.25, 0.08, 0.55), (-0.4, 0.1, 0.18)),
            feelers=0.45,
            wings=((1.05, 0.42, 0.6), (0.85, 0.4, -0.5)),
        ),
    ),
    "dragonfly": partial(
        _animal,
        plan=Plan(
            parts=((0.35, 0.06, 0.65), (-0.35, 0.13, 0.25), (-0.7, 0.14, 0.12)),
            wings=((1.1, 0.15, 0.2), (1.05, 0.17, -0.2)),
            pattern="bands",
        ),
    ),
    "fly": partial(
        _animal,
        plan=Plan(
            parts=((0.45, 0.3, 0.42), (-0.1, 0.27, 0.3), (-0.5, 0.24, 0.15)),
            legs=3,
            reach=0.5,
            leg=0.035,
            wings=((0.95, 0.24, -1.1),),
        ),
    ),
    "scorpion": partial(
        _animal,
        plan=Plan(
            parts=((0.1, 0.2, 0.4), (-0.3, 0.24, 0.22)),
            legs=4,
            hips=(-0.3, 0.15),
            reach=0.5,
            leg=0.035,
            claws=0.6,
            tail=(0.8, 0.12),
            pattern="bands",
        ),
    ),
    "crab": partial(
        _animal,
        plan=Plan(
            parts=((0.0, 0.62, 0.4),),
            legs=4,
            hips=(-0.15, 0.3),
            reach=0.55,
            leg=0.06,
            fan=0.7,
            claws=0.5,
        ),
    ),
    "centipede": partial(
        _animal,
        plan=Plan(
            parts=_chain(9, 0.14, 0.13),
            legs=8,
            hips=(-0.75, 0.75),
            reach=0.32,
            leg=0.03,
            fan=0.2,
            feelers=0.35,
        ),
    ),
    "caterpillar": partial(_animal, plan=Plan(parts=_chain(6, 0.24, 0.22), pattern="spots")),
    "lizard": partial(
        _animal,
        plan=Plan(
            parts=((0.0, 0.17, 0.42), (-0.55, 0.14, 0.2)),
            legs=2,
            hips=(-0.3, 0.25),
            reach=0.42,
            leg=0.06,
            fan=0.8,
            tail=(0.95, 0.12),
            pattern="bands",
        ),
    ),
    "turtle": partial(
        _animal,
        plan=Plan(
            parts=((-0.75, 0.15, 0.2), (0.05, 0.52, 0.6)),
            legs=2,
            hips=(-0.35, 0.45),
            reach=0.4,
            leg=0.12,
            fan=0.8,
            pattern="plates",
        ),
    ),
    "frog": partial(
        _animal,
        plan=Plan(
            parts=((0.15, 0.34, 0.45), (-0.4, 0.3, 0.25)),
            legs=2,
            hips=(-0.3, 0.55),
            reach=0.5,
            leg=0.1,
            fan=-0.6,
            pattern="spots",
        ),
    ),
    "mouse": partial(
        _animal,
        plan=Plan(
            parts=((0.1, 0.32, 0.5), (-0.5, 0.2, 0.32)),
            legs=2,
            hips=(-0.25, 0.35),
            reach=0.18,
            leg=0.06,
            tail=(0.9, 0.045),
            ears=0.13,
        ),
    ),
    "fish": _fish,
    "snail": _snail,
    "mushroom": _mushroom,
    "starfish": partial(_star, arms=5, slim=0.24, petals=False),
    "daisy": partial(_star, arms=11, slim=0.12, petals=True),
    "clover": partial(_star, arms=4, slim=0.34, petals=True),
    "leaf": partial(_leaf, lobes=0.05),
    "oak leaf": partial(_leaf, lobes=0.4),
    "fern": partial(_leaf, lobes=0.0, leaflets=8),
}
"""What the embedded backbone learns to tell apart."""

STAND_IN_KINDS: dict[str, Callable[[Scene], None]] = {
    "beetles": partial(
        _animal,
        plan=Plan(
            parts=((0.25, 0.4, 0.58), (-0.4, 0.34, 0.22), (-0.66, 0.2, 0.16)),
            legs=3,
            hips=(-0.35, 0.35),
            reach=0.6,
            leg=0.045,
            feelers=0.3,
            pattern="seam",
        ),
    ),
    "spiders": partial(
        _animal,
        plan=Plan(
            parts=((0.35, 0.38, 0.48), (-0.3, 0.26, 0.28)),
            legs=4,
            hips=(-0.4, 0.0),
            reach=0.75,
            leg=0.045,
            fan=1.1,
            pattern="spots",
        ),
    ),
}
"""What the stand-in photographs show."""


def draw(
    kind: str,
    n: int,
    seed: list[int],
    size: int = 192,
    extent: float = 1.0,
    away: float = 0.5,
    clutter: int = 8,
    blades: int = 3,
    rough: float = 1.0,
) -> np.ndarray:
    """Draw pictures of one kind.

    Parameters
    ----------
    kind : str
        Of :data:`KINDS` or :data:`STAND_IN_KINDS`.
    n : int
    seed : list of int
        The same seed gives the same pictures on every machine.
    size : int, default 192
        Height and width in pixels.
    extent : float, default 1.0
        How much is seen: an animal is about as long as 0.7, the picture twice this.
    away : float, default 0.5
        How far from the middle the animal may be.
    clutter : int, default 8
        Leaves, pebbles and twigs on the ground.
    blades : int, default 3
        Of grass before everything; about half of them are not there.
    rough : float, default 1.0
        How uneven the ground is: 0 not at all, 1 as in nature.

    Returns
    -------
    numpy.ndarray
        uint8 of shape (n, size, size, 3), red first.

    Examples
    --------
    >>> draw("snail", 2, seed=[0], size=32).shape
    (2, 32, 32, 3)
    """
    block = max(1, _AT_ONCE // (size * size))
    pictures = []
    for start in range(0, n, block):
        scene = Scene(min(block, n - start), [*seed, start], size, extent, away, clutter, rough)
        (KINDS | STAND_IN_KINDS)[kind](scene)
        scene.blades(blades)
        pictures.append(scene.pixels())
    return np.concatenate(pictures)
