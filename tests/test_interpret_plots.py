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
    fig = plots.map_sheet(maps, "Maps")
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


@pytest.mark.parametrize("channels", [1, 3, 2, 16])
def test_filters_of_any_depth(channels):
    filters = RNG.normal(size=(5, 3, 3, channels))
    filters[2] = 0
    text = alt(plots.filter_sheet(filters, "First layer"))
    assert text.startswith(f"First layer: 5 filters of 3 x 3 x {channels}, 0 is middle gray")
    assert "0 everywhere: 1 of 5 (number 2)" in text


def test_zero_is_middle_gray_in_filters():
    filters = np.array([[[[-1.0], [0.0], [0.5]]]])
    row = pixels(plots.filter_sheet(filters))[0, :, 0]
    np.testing.assert_allclose(row, [0, 0.5, 0.75], atol=0.01)


@pytest.mark.parametrize("channels", [1, 3])
def test_patches_with_and_without_reconstructions(channels):
    patches = RNG.integers(0, 256, (7, 4, 5, 5, channels), dtype=np.uint8)
    inside = np.ones((7, 4, 5, 5), bool)
    inside[0, 0, 0] = False
    titles = [f"filter {n}" for n in range(7)]
    fig = plots.patch_sheet(patches, inside, titles)
    assert "4 patches of 5 x 5 pixels for each of 7 filters: filter 0," in alt(fig)
    np.testing.assert_allclose(pixels(fig)[0, 0], 0.85, atol=0.01)  # outside: light gray
    traced = RNG.normal(size=patches.shape)
    assert "beside them what was traced back" in alt(
        plots.patch_sheet(patches, inside, titles, traced)
    )
    traced[[2, 5], [0, 3]] = 0
    text = alt(plots.patch_sheet(patches, inside, titles, traced))
    assert text.endswith("crossed out: nothing could be traced back, 2 times.")


def test_pictures_say_which_channel_nothing_excites():
    pictures = RNG.random((2, 8, 8, 3)) * 255
    plain = np.full((2, 8, 8, 3), 127.5)
    plain[0, 0, 0] = 200
    text = alt(plots.picture_sheet({"one way": pictures, "other": plain}, ["a", "b"]))
    assert text.endswith("rows one way, other; columns a, b; 1 plain: nothing excites them.")


@pytest.mark.parametrize(("n", "grid"), [(6, (2, 6)), (7, (4, 4)), (10, (4, 5)), (13, (6, 5))])
def test_many_pictures_take_several_lines(n, grid):
    titles = [f"class {number}" for number in range(n)]
    ways = {way: RNG.random((n, 6, 6, 1)) for way in ("plain", "regularised")}
    fig = plots.picture_sheet(ways, titles)
    alt(fig)
    assert fig.axes[0].get_gridspec().get_geometry() == grid
    assert sum(len(ax.get_images()) for ax in fig.axes) == 2 * n
    shown = [ax.get_title() for ax in fig.axes if ax.get_title()]
    assert shown == titles * (1 if n <= 6 else 2)


def test_explanations_say_what_is_empty():
    images = RNG.integers(0, 256, (2, 8, 8, 1), dtype=np.uint8)
    maps = {"gradient": RNG.normal(size=(2, 8, 8)), "Grad-CAM": RNG.random((2, 3, 3))}
    maps["Grad-CAM"][1] = 0
    text = alt(plots.explanation_grid(images, maps, ["shirt", "bag"]))
    assert "2 images (shirt, bag), explained by gradient, Grad-CAM" in text
    assert text.endswith("0 everywhere: Grad-CAM of bag.")


def test_scatter_names_every_class():
    points, labels = RNG.normal(size=(50, 2)), np.arange(50) % 10
    fig = plots.class_scatter({"PCA": points, "t-SNE": points}, labels, list("abcdefghij"))
    assert "50 images of 10 classes, by PCA and by t-SNE" in alt(fig)
    (legend,) = fig.legends
    assert [text.get_text() for text in legend.get_texts()] == list("abcdefghij")
    looks = {
        (tuple(dots.get_facecolor()[0]), str(dots.get_paths()[0].vertices.tolist()))
        for dots in fig.axes[0].collections
    }
    assert len(looks) == 10


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: plots.map_sheet(np.zeros((4, 4))), "shape"),
        (lambda: plots.filter_sheet(np.zeros((0, 3, 3, 1))), "shape"),
        (lambda: plots.patch_sheet(np.zeros((1, 2, 3, 3, 1)), np.ones((1, 2, 3, 2)), ["a"]), "ins"),
        (lambda: plots.patch_sheet(np.zeros((1, 2, 3, 3, 1)), np.ones((1, 2, 3, 3)), []), "title"),
        (lambda: plots.picture_sheet({"x": np.zeros((2, 4, 4, 1))}, ["a"]), "titles"),
        (lambda: plots.explanation_grid(np.zeros((4, 4, 1)), {}), "images"),
        (lambda: plots.explanation_grid(np.zeros((1, 4, 4, 1)), {"a": np.zeros((4, 4))}), "map"),
        (lambda: plots.class_scatter({"a": np.zeros((3, 2))}, [0, 1], "ab"), "labels"),
    ],
)
def test_what_does_not_fit_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
