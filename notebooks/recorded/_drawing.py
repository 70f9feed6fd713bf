"""One way to draw for all that this folder draws: garments, in grey and in colour, and animals.

Pictures are made of implicit shapes - functions of the pixel's place that are negative inside -
laid over each other. Their measures are random for each picture, and many pictures are drawn at
once. The pixels are the same on every machine: float32, only operations that IEEE 754 rounds
exactly (+ - * / square root, comparisons), and PCG64's raw numbers, which NumPy promises to keep.
"""

import tomllib
from itertools import pairwise
from pathlib import Path

import numpy as np

Number = np.ndarray | float

DATA = tomllib.loads(Path(__file__).with_name("drawings.toml").read_text("utf-8"))
GROUND, COAT = (np.array(DATA[name], np.float32) for name in ("ground", "coat"))


class Sheet:
    """`n` square pictures that are drawn at once, and the random numbers to draw them with.

    Coordinates run from -extent (left, top) to extent (right, bottom). Every random measure has the
    shape (n, 1, 1), every picture-sized quantity (n, size, size), the canvas one more axis in front
    for its channels: 1 is grey, 3 are red, green and blue. ``covered`` (0 to 1) is where something
    has been painted.
    """

    def __init__(self, n: int, seed: list[int], size: int, channels: int = 1, extent: float = 1.0):
        self.n, self.size, self.extent = n, size, extent
        self.bits = np.random.PCG64(seed)
        self.pixel = np.float32(2 * extent / size)
        line = (np.arange(size, dtype=np.float32) + np.float32(0.5)) * self.pixel
        self.x = np.broadcast_to(line - np.float32(extent), (n, size, size))
        self.y = self.x.transpose(0, 2, 1)
        self.scale: Number = 1.0  # how large one unit of x and y is seen
        self.canvas = np.zeros((channels, n, size, size), np.float32)
        self.covered = np.zeros((n, size, size), np.float32)

    # -- random numbers

    def uniform(self, low: Number, high: Number) -> np.ndarray:
        """One number per picture, evenly between two bounds."""
        share = (self.bits.random_raw(self.n) >> 40).astype(np.float32) / np.float32(1 << 24)
        low, high = np.float32(low), np.float32(high)
        return low + (high - low) * share.reshape(-1, 1, 1)

    def spread(self, size: float) -> np.ndarray:
        """One number per picture around zero, small ones more often (a triangle to +-2 sizes)."""
        return self.uniform(-size, size) + self.uniform(-size, size)

    def chance(self, probability: Number) -> np.ndarray:
        """One for a share of the pictures, else zero."""
        return (self.uniform(0, 1) < probability).astype(np.float32)

    def colour(self, palette: np.ndarray, spread: float = 0.07) -> np.ndarray:
        """One colour per picture, near one of a palette: shape (3, n, 1, 1)."""
        chosen = palette[self.bits.random_raw(self.n) % len(palette)].T[..., None, None]
        light = self.uniform(0.75, 1.25)
        return chosen * light + np.stack([self.spread(spread / 2) for _ in range(3)])

    def noise(self, wide: float) -> np.ndarray:
        """Smooth noise between -1 and 1, of patches so wide."""
        cells = max(1, round(2 * self.extent / wide))
        words = self.bits.random_raw(self.n * (cells + 1) ** 2) >> 40
        grid = words.astype(np.float32).reshape(self.n, cells + 1, cells + 1)
        place = (np.arange(self.size, dtype=np.float32) + np.float32(0.5)) * np.float32(
            cells / self.size
        )
        index = place.astype(int)
        t = place - index
        t = (t * t * (3 - 2 * t)).astype(np.float32)
        rows = grid[:, index] + (grid[:, index + 1] - grid[:, index]) * t[:, None]
        smooth = rows[..., index] + (rows[..., index + 1] - rows[..., index]) * t
        return smooth / np.float32(1 << 23) - 1

    # -- places and painting

    def turned(self, left: Number, top: Number, tangent: Number) -> tuple[np.ndarray, np.ndarray]:
        """Coordinates around a place, turned; half the tangent of the turn gives sine and cosine."""
        cos, sin = (1 - tangent * tangent) / (1 + tangent * tangent), 2 * tangent / (1 + tangent**2)
        x, y = self.x - left, self.y - top
        return cos * x + sin * y, cos * y - sin * x

    def inside(self, distance: np.ndarray) -> np.ndarray:
        """Cover of a shape: 1 inside, 0 outside, the edge softened over one pixel."""
        return np.clip(0.5 - distance * (self.scale / self.pixel), 0, 1)

    def paint(self, cover: np.ndarray, colour: Number) -> None:
        """Lay a brightness or colour over what is there, as far as `cover` (0 to 1) says."""
        self.canvas += cover * (colour - self.canvas)
        self.covered += cover * (1 - self.covered)

    def shade(self, cover: np.ndarray, change: Number) -> None:
        """Make what is there brighter or darker by a share, as far as `cover` says."""
        self.canvas *= 1 + cover * change

    def ground(self, rough: float = 1.0) -> None:
        """Fill colour pictures with uneven ground of two colours."""
        first, second = self.colour(GROUND), self.colour(GROUND)
        mix = np.clip(0.5 + 0.9 * self.noise(0.55) * self.uniform(0.2, 1), 0, 1) * np.float32(rough)
        u, v = self.turned(0.0, 0.0, self.uniform(-1, 1))
        uneven = self.noise(0.35)
        streaks = wave(u * self.uniform(3, 14) + uneven * self.uniform(0.2, 1.5) + 0.15 * v)
        texture = uneven * self.uniform(0.05, 0.2) + self.noise(0.09) * self.uniform(0.05, 0.3)
        texture += self.noise(0.04) * self.uniform(0.02, 0.25)
        texture += streaks * self.uniform(0.05, 0.3) * self.chance(0.5)
        self.canvas[:] = (first + (second - first) * mix) * (1 + np.float32(rough) * texture)

    def photographed(self) -> np.ndarray:
        """Return the pictures as a camera gives them: uint8 of shape (n, size, size, channels)."""
        light = self.uniform(0.75, 1.2) * (
            1 + self.spread(0.12) * self.x + self.spread(0.12) * self.y
        )
        near = np.pad(self.canvas, ((0, 0), (0, 0), (1, 1), (1, 1)), "edge")
        rows = (near[:, :, :-2] + near[:, :, 1:-1] + near[:, :, 2:]) / np.float32(3)
        soft = (rows[..., :-2] + rows[..., 1:-1] + rows[..., 2:]) / np.float32(3)
        words = self.bits.random_raw(self.covered.size // 8 + 1).astype("<u8").view(np.uint8)
        grain = words[: self.covered.size].reshape(self.covered.shape) / np.float32(127.5) - 1
        self.canvas += (soft - self.canvas) * self.uniform(0, 1)
        self.canvas = self.canvas * light + grain * self.uniform(0.01, 0.05)
        return self.pixels()

    def pixels(self) -> np.ndarray:
        """Return the pictures as uint8 of shape (n, size, size, channels)."""
        levels = np.floor(np.clip(self.canvas, 0, 1) * 255 + np.float32(0.5))
        return levels.astype(np.uint8).transpose(1, 2, 3, 0)


# -- shapes ------------------------------------------------------------------------------------


def stroke(distance: np.ndarray, width: Number = 0.06) -> np.ndarray:
    """Cover of a line along a shape's edge."""
    return np.clip(1.3 - np.abs(distance) / width, 0, 1)


def wave(phase: np.ndarray) -> np.ndarray:
    """Return a triangle wave between -1 and 1 of period 1."""
    return 4 * np.abs(phase - np.floor(phase) - np.float32(0.5)) - 1


def curve(s: np.ndarray, *knots: tuple[Number, Number]) -> np.ndarray:
    """Return a smooth function of `s` through (place, value) knots, level at and beyond them."""
    place, value = knots[0]
    total = value + np.zeros_like(s)
    for next_place, next_value in knots[1:]:
        t = np.clip((s - place) / (next_place - place), 0, 1)
        total += (next_value - value) * (t * t * (3 - 2 * t))
        place, value = next_place, next_value
    return total


def oval(x: np.ndarray, y: np.ndarray, half_width: Number, half_height: Number) -> np.ndarray:
    """Shape an ellipse around the origin."""
    across, down = x / half_width, y / half_height
    return (np.sqrt(across * across + down * down) - 1) * np.minimum(half_width, half_height)


def limb(x: np.ndarray, y: np.ndarray, *joints: tuple[Number, Number, Number]) -> np.ndarray:
    """Shape limbs one behind the other, through joints of (x, y, radius)."""
    parts = []
    for (x0, y0, r0), (x1, y1, r1) in pairwise(joints):
        px, py, dx, dy = x - x0, y - y0, x1 - x0, y1 - y0
        t = np.clip((px * dx + py * dy) / (dx * dx + dy * dy + np.float32(1e-4)), 0, 1)
        ex, ey = px - t * dx, py - t * dy
        parts.append(np.sqrt(ex * ex + ey * ey) - (r0 + (r1 - r0) * t))
    return np.minimum.reduce(parts)
