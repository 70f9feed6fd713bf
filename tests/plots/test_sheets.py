"""Sheets: every image and channel is drawn, and what is flat is said so."""

import numpy as np
import pytest

from course_utils import plots

RNG = np.random.default_rng(0)


# --- maps and explanations -----------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 3, 64])
def test_all_maps_are_drawn(n, said):
    maps = np.zeros((4, 6, n))
    maps[1, 2] = 1 + np.arange(n)  # one bright pixel in each
    fig = plots.map_sheet(maps, title="Maps")
    pixels = np.asarray(fig.axes[0].get_images()[0].get_array())
    assert (np.abs(pixels - [0.987, 0.991, 0.750]) < 0.01).all(axis=-1).sum() == n
    fig.canvas.draw()
    said(fig)


def test_flat_maps_are_crossed_out_and_counted(drawn):
    maps = np.random.default_rng(0).random((5, 5, 6))
    maps[..., 1], maps[..., 4], maps[..., 5] = 0, 0, 2.5
    drawn(plots.map_sheet(maps))
    drawn(plots.map_sheet(np.zeros((2, 2, 20))))


def test_explanations_say_what_is_empty(drawn):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2, 8, 8, 1), dtype=np.uint8)
    maps = {"gradient": rng.normal(size=(2, 8, 8)), "Grad-CAM": rng.random((2, 3, 3))}
    maps["Grad-CAM"][1] = 0
    drawn(plots.explanation_grid(images, maps, ["shirt", "bag"]))


# --- images and kernels --------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(5, 8, 8), (5, 8, 8, 1), (5, 8, 6, 3), (1, 8, 8)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_image_grid_draws_each_image(shape, dtype, texts_of):
    images = (RNG.random(shape) * (255 if dtype == np.uint8 else 1)).astype(dtype)
    titles = [f"image {i}" for i in range(shape[0])]
    fig = plots.image_grid(images, titles=titles, title="Digits")
    drawn = [image for ax in fig.axes for image in ax.images]
    for image, given in zip(drawn, images, strict=True):
        np.testing.assert_allclose(image.get_array().data, given.squeeze())
    assert [ax.get_title() for ax in fig.axes[: shape[0]]] == titles
    assert texts_of(fig)


def test_image_grid_of_masks_and_of_a_gray_image_with_a_hole():
    masks = RNG.random((2, 4, 4, 3)) > 0.5
    drawn = [image for ax in plots.image_grid(masks).axes for image in ax.images]
    np.testing.assert_array_equal(drawn[0].get_array(), masks[0].astype(float))
    holed = np.array([[[0.2, np.nan], [0.4, 0.6]]])
    assert plots.image_grid(holed).axes[0].images[0].get_clim() == (0.2, 0.6)


def test_image_grid_keeps_one_scale_and_the_columns_asked_for(drawn):
    images = np.stack([np.full((4, 4), 1.0), np.full((4, 4), 3.0)] * 5)
    fig = plots.image_grid(images, columns=5, title="Gray")
    assert fig.axes[0].get_gridspec().get_geometry() == (2, 5)
    drawn(fig)


def test_a_sheet_says_the_sums_and_writes_fractions_as_fractions(drawn):
    kernels = {
        "edge": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "blur": np.ones((3, 3)) / 9,
        "learned": [[0.31, -0.2], [0.05, 0.7]],
        "nothing": np.zeros((3, 3)),
    }
    image = np.linspace(-1, 2, 48).reshape(6, 8)
    drawn(plots.kernel_sheet(kernels, dict.fromkeys(kernels, image)))
