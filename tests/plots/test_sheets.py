"""Figures of `interpret`: every channel is drawn, and what is flat is said so."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils import plots

RNG = np.random.default_rng(0)


def alt(fig):
    fig.canvas.draw()  # a figure that cannot be drawn fails here
    return fig.get_label()


def pixels(fig, axes=0):
    return np.asarray(fig.axes[axes].get_images()[0].get_array())


@pytest.mark.parametrize("n", [1, 3, 16, 64, 65, 1280])
def test_all_maps_are_drawn(n):
    maps = np.zeros((4, 6, n))
    maps[1, 2] = 1 + np.arange(n)  # one bright pixel in each
    fig = plots.map_sheet(maps, title="Maps")
    assert alt(fig) == f"Maps: {n} map{'s' if n > 1 else ''} of 4 x 6."
    brightest = (np.abs(pixels(fig) - [0.987, 0.991, 0.750]) < 0.01).all(axis=-1)
    assert brightest.sum() == n


def test_flat_maps_are_crossed_out_and_counted():
    maps = RNG.random((5, 5, 6))
    maps[..., 1], maps[..., 4], maps[..., 5] = 0, 0, 2.5
    fig = plots.map_sheet(maps)
    assert alt(fig).endswith(
        "crossed out, 0 everywhere: 2 of 6 (number 1, 4); "
        "crossed out, one number everywhere: 1 of 6 (number 5)."
    )
    assert len(fig.axes[0].collections) == 3


def test_maps_on_one_scale_can_be_compared():
    maps = np.array([[[1.0, 2.0, 0.0], [0.5, 4.0, 0.0]]])
    brightest = [0.987, 0.991, 0.750]
    own = np.isclose(pixels(plots.map_sheet(maps)), brightest, atol=0.01).all(axis=-1)
    shared = plots.map_sheet(maps, one_scale=True)
    same = np.isclose(pixels(shared), brightest, atol=0.01).all(axis=-1)
    assert (own.sum(), same.sum()) == (2, 1)
    assert "3 maps of 1 x 2, all on one scale; crossed out, 0 everywhere: 1 of 3" in alt(shared)


def test_flat_maps_among_very_many_are_light_gray():
    maps = RNG.random((2, 2, 1280))
    maps[..., 7] = 0
    fig = plots.map_sheet(maps)
    assert alt(fig).endswith("light gray, 0 everywhere: 1 of 1280 (number 7).")
    assert not fig.axes[0].collections


def test_many_flat_maps_are_all_counted():
    assert "20 of 20 (number 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 8 more)" in alt(
        plots.map_sheet(np.zeros((2, 2, 20)))
    )


def test_explanations_say_what_is_empty():
    images = RNG.integers(0, 256, (2, 8, 8, 1), dtype=np.uint8)
    maps = {"gradient": RNG.normal(size=(2, 8, 8)), "Grad-CAM": RNG.random((2, 3, 3))}
    maps["Grad-CAM"][1] = 0
    text = alt(plots.explanation_grid(images, maps, ["shirt", "bag"]))
    assert "2 images (shirt, bag), explained by gradient, Grad-CAM" in text
    assert text.endswith("0 everywhere: Grad-CAM of bag.")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: plots.map_sheet(np.zeros((4, 4))), "shape"),
        (lambda: plots.explanation_grid(np.zeros((4, 4, 1)), {}), "images"),
        (lambda: plots.explanation_grid(np.zeros((1, 4, 4, 1)), {"a": np.zeros((4, 4))}), "map"),
    ],
)
def test_what_does_not_fit_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


# --- images and kernels --------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(5, 8, 8), (5, 8, 8, 1), (5, 8, 6, 3), (1, 8, 8)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_image_grid_draws_each_image(shape, dtype, texts_of):
    images = (np.random.default_rng(0).random(shape) * (255 if dtype == np.uint8 else 1)).astype(
        dtype
    )
    fig = plots.image_grid(images, titles=[f"image {i}" for i in range(shape[0])], title="Digits")
    drawn = [image for ax in fig.axes for image in ax.images]
    assert len(drawn) == shape[0]
    for image, given in zip(drawn, images, strict=True):
        np.testing.assert_allclose(image.get_array().data, given.squeeze())
    assert [ax.get_title() for ax in fig.axes[: shape[0]]] == [
        f"image {i}" for i in range(shape[0])
    ]
    assert f"Digits: {shape[0]} image" in fig.get_label()
    assert texts_of(fig)


def test_image_grid_keeps_one_scale_for_all_gray_images():
    images = np.stack([np.full((4, 4), 1.0), np.full((4, 4), 3.0)])
    scales = {image.get_clim() for ax in plots.image_grid(images).axes for image in ax.images}
    assert scales == {(1.0, 3.0)}


def test_image_grid_has_the_columns_asked_for():
    fig = plots.image_grid(np.zeros((10, 4, 4)), columns=5)
    assert fig.axes[0].get_gridspec().ncols == 5
    assert fig.axes[0].get_gridspec().nrows == 2


def test_images_that_are_none_are_refused():
    with pytest.raises(ValueError, match=r"not \(28, 28\)"):
        plots.image_grid(np.zeros((28, 28)))
    with pytest.raises(ValueError, match="2 titles for 3 images"):
        plots.image_grid(np.zeros((3, 4, 4)), titles=["a", "b"])


def test_a_sheet_says_the_sums_and_writes_fractions_as_fractions(texts_of):
    kernels = {
        "edge": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "blur": np.ones((3, 3)) / 9,
        "learned": [[0.31, -0.2], [0.05, 0.7]],
        "nothing": np.zeros((3, 3)),
    }
    image = np.linspace(-1, 2, 48).reshape(6, 8)
    fig = plots.kernel_sheet(kernels, dict.fromkeys(kernels, image))
    assert "edge (sum 0), blur (sum 1), learned (sum 0.86), nothing (sum 0)" in fig.get_label()
    below = [ax.texts[0].get_text() for ax in fig.axes[:4]]
    assert below[0].splitlines()[1] == " 1 \N{MINUS SIGN}4  1"
    assert below[1].splitlines()[1] == "1/9 \N{MULTIPLICATION SIGN} 1 1 1"
    assert below[2].splitlines()[0].split() == ["0.31", "\N{MINUS SIGN}0.2"]
    limits = [ax.images[0].get_clim() for ax in fig.axes[:3]]
    assert limits[0][0] == -limits[0][1]  # zero is middle gray
    assert limits[1] == limits[2] == (0, 1)
    assert texts_of(fig)


def test_a_sheet_wants_a_result_for_each_kernel():
    with pytest.raises(ValueError, match="differ"):
        plots.kernel_sheet({"a": np.eye(3)}, {"b": np.eye(3)})
