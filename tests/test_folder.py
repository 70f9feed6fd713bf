"""Photographs in a folder: what is found, what is wrong with it, and what TFDS then reads."""

import errno
import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from course_utils.data import downloads, folder, photographs, scenes, stand_in_photographs, survey
from course_utils.data.survey import Finding

Colour = tuple[int, int, int]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.delenv("COURSE_PHOTOGRAPHS", raising=False)
    return tmp_path / "home" / "course_utils" / "photographs"


def picture(number: int, colour: Colour = (200, 40, 40)) -> Image.Image:
    """A picture that no other number has: a stripe in a colour."""
    pixels = np.full((30, 40, 3), colour, np.uint8)
    pixels[:, number % 40] = 255 - number // 40
    return Image.fromarray(pixels)


def make(root: Path, counts: dict[str, int]) -> Path:
    for where, n in counts.items():
        (root / where).mkdir(parents=True)
        red = "red" in where
        for number in range(n):
            colour = (200, 40, 40) if red else (40, 40, 200)
            picture(number + 40 * ("val" in where.lower()), colour).save(
                root / where / f"{number}.jpg"
            )
    return root


@pytest.fixture
def flat(tmp_path: Path) -> Path:
    return make(tmp_path / "signs", {"red": 10, "blue": 5})


# --- what is found -----------------------------------------------------------------------------


def test_parts_of_a_folder(tmp_path: Path) -> None:
    root = make(
        tmp_path / "signs",
        {"train/red": 3, "train/blue": 2, "Validation/red": 1, "Validation/blue": 2},
    )
    images = photographs(root)
    assert images.source == "folder"
    assert images.class_names == ("blue", "red")
    assert images.counts == {"train": {"blue": 2, "red": 3}, "val": {"blue": 2, "red": 1}}
    assert not images.held_out
    assert images.findings == ()
    assert repr(images) == "signs: 5 training and 3 validation photographs of 2 classes"


def test_a_flat_folder_gets_a_validation_part_with_the_same_shares(flat: Path) -> None:
    images = photographs(flat)
    assert images.counts == {"train": {"blue": 4, "red": 8}, "val": {"blue": 1, "red": 2}}
    assert images.held_out
    assert "held out" in repr(images)
    assert set(images.files("train")).isdisjoint(images.files("val"))
    assert len({*images.files("train"), *images.files("val")}) == 15


def test_train_and_test_alone_get_a_validation_part_from_train(tmp_path: Path) -> None:
    root = make(tmp_path / "s", {f"{s}/{c}": 5 for s in ("train", "test") for c in ("red", "b")})
    images = photographs(root)
    assert {split: images.size(split) for split in images.counts} == {
        "train": 8,
        "val": 2,
        "test": 10,
    }


def test_pictures_labels_and_names_belong_together(flat: Path) -> None:
    images = photographs(flat)
    for split in ("train", "val"):
        x, y = images.arrays(split, image_size=20)
        assert x.shape == (images.size(split), 20, 20, 3)
        assert x.dtype == np.uint8
        assert y.dtype == np.int64
        reddish = x[..., 0].mean((1, 2)) > x[..., 2].mean((1, 2))
        names = [images.class_names[label] for label in y]
        assert names == ["red" if red else "blue" for red in reddish]
        assert [file.split("/")[0] for file in images.files(split)] == names


def test_the_order_is_steady_and_can_be_entered_in_the_middle(flat: Path) -> None:
    images = photographs(flat)
    x, y = images.arrays("train", image_size=16)
    rest = list(images.dataset("train", 16, batch_size=5, start=5).as_numpy_iterator())
    assert [len(labels) for _, labels in rest] == [5, 2]
    np.testing.assert_array_equal(np.concatenate([batch for batch, _ in rest]), x[5:])
    np.testing.assert_array_equal(np.concatenate([labels for _, labels in rest]), y[5:])
    shuffled = images.dataset("train", 16, batch_size=12, shuffle=True)
    epochs = [next(shuffled.as_numpy_iterator())[0] for _ in range(3)]
    assert any(not np.array_equal(epoch, x) for epoch in epochs)
    assert all(sorted(epoch.sum((1, 2, 3))) == sorted(x.sum((1, 2, 3))) for epoch in epochs)


def test_a_second_look_reads_no_file_again(flat: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = photographs(flat)
    monkeypatch.setattr(survey, "look", lambda path: pytest.fail(f"{path} was opened again"))
    second = photographs(flat)
    assert repr(second) == repr(first)
    assert second.digest("train") == first.digest("train")


def test_the_digest_follows_what_is_in_the_files(flat: Path, tmp_path: Path) -> None:
    first = photographs(flat)
    moved = photographs(Path(shutil.copytree(flat, tmp_path / "elsewhere")))
    assert moved.digest("train") == first.digest("train")
    assert first.digest("train") != first.digest("val")
    changed = next(flat / name for name in first.files("train") if name.startswith("red"))
    picture(39, (250, 250, 0)).save(changed)
    assert photographs(flat).digest("train") != first.digest("train")
    assert photographs(flat).digest("val") == first.digest("val")


def test_the_variable_names_the_folder(flat: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_PHOTOGRAPHS", str(flat))
    assert photographs().name == "signs"


def test_unicode_names_spaces_and_hidden_files(flat: Path) -> None:
    (flat / "red").rename(flat / "röd – красный 红")
    (flat / "blue" / "0.jpg").rename(flat / "blue" / "mötley crüe [1] 蓝 100%.JPG")
    (flat / "blue" / "1.jpg").rename(flat / "blue" / os.fsdecode(b"latin-\xe9.jpg"))
    (flat / ".ipynb_checkpoints").mkdir()
    (flat / "__MACOSX").mkdir()
    for name in (".DS_Store", "._0.jpg", "Thumbs.db"):
        (flat / "blue" / name).write_bytes(b"\0\0\0")
    images = photographs(flat)
    assert images.class_names == ("blue", "röd – красный 红")
    assert images.findings == ()
    names = {*images.files("train"), *images.files("val")}
    assert "blue/mötley crüe [1] 蓝 100%.JPG" in names
    assert len(images.arrays("train", 8)[0]) == 12


# --- broken and odd files ----------------------------------------------------------------------


@pytest.fixture
def odd(flat: Path) -> Path:
    """A folder with every kind of trouble."""
    into = flat / "blue"
    whole = (into / "0.jpg").read_bytes()
    (into / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (into / "end.jpg").write_bytes(whole[:-2])
    (into / "empty.jpg").touch()
    (into / "letter.jpg").write_text("Dear photograph")
    (into / "page.jpg").write_text("<!DOCTYPE html><html>404</html>")
    (into / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    (into / "album").mkdir()
    (flat / "green").mkdir()
    (flat / "notes.txt").write_text("mine")
    shutil.copy(into / "1.jpg", flat / "lost.jpg")

    blue = picture(20, (40, 40, 200))
    blue.convert("CMYK").save(into / "print.jpg")
    picture(21).convert("L").save(into / "grey.jpg")
    blue.save(into / "moving.gif", save_all=True, append_images=[picture(2), picture(3)])
    (into / "moving.gif").rename(into / "moving.jpg")
    blue.save(into / "modern.webp")
    exif = Image.Exif()
    exif[0x112] = 6
    picture(22, (40, 40, 200)).save(into / "turned.jpg", exif=exif)
    clear = picture(23, (40, 40, 200)).convert("RGBA")
    clear.putalpha(0)
    clear.save(into / "clear.png")
    deep = np.full((30, 40), 30_000, np.uint16)
    Image.fromarray(deep).save(into / "deep.png")
    shutil.copy(into / "0.jpg", flat / "red" / "copy.jpg")
    return flat


BROKEN = {
    "blue/cut.jpg": "is damaged or cut off",
    "blue/end.jpg": "is damaged or cut off",
    "blue/empty.jpg": "is empty",
    "blue/letter.jpg": "is text, not a picture",
    "blue/page.jpg": "is a web page, not a picture",
    "blue/phone.heic": "is an HEIC photograph",
    "blue/album": "is a folder where none belongs",
    "green": "is an empty folder",
    "lost.jpg": "lies outside the class folders",
}
ODD = {
    "blue/print.jpg": "has CMYK colours",
    "blue/grey.jpg": "is grey",
    "blue/moving.jpg": "is an animated GIF; its first picture is taken",
    "blue/modern.webp": "is a WEBP",
    "blue/turned.jpg": "is to be turned, says its EXIF",
    "blue/clear.png": "is transparent in places",
    "blue/deep.png": "is grey with more than 8 bits",
    "red/copy.jpg": "is the same as blue/0.jpg",
}


def found(findings: tuple[Finding, ...], used: bool) -> dict[str, str]:
    return {one.file: one.what for one in findings if one.used is used}


def assert_says(said: dict[str, str], expected: dict[str, str]) -> None:
    assert said.keys() == expected.keys()
    for file, words in expected.items():
        assert said[file].startswith(words), file


def test_broken_files_are_named_and_skipped_odd_ones_used(odd: Path) -> None:
    with pytest.warns(downloads.DataWarning, match="9 files are skipped") as warned:
        images = photographs(odd)
    assert len(warned) == 1
    assert "blue/cut.jpg is damaged or cut off" in str(warned[0].message)
    assert_says(found(images.findings, used=False), BROKEN)
    assert_says(found(images.findings, used=True), ODD)
    assert images.size("train") + images.size("val") == 15 + len(ODD)
    assert "blue/turned.jpg is to be turned" in repr(images)
    assert "8 files are used all the same" in repr(images)


def test_odd_files_are_read_as_a_person_sees_them(odd: Path) -> None:
    with pytest.warns(downloads.DataWarning):
        images = photographs(odd)
    seen: dict[str, Any] = {}
    for split in ("train", "val"):
        seen |= dict(zip(images.files(split), images.arrays(split, 40)[0], strict=True))
    blue = np.array([40, 40, 200])
    for name in ("print.jpg", "moving.jpg", "modern.webp"):
        assert np.abs(seen[f"blue/{name}"][:, :10].mean((0, 1)) - blue).max() < 12, name
    grey = seen["blue/grey.jpg"]
    assert np.ptp(grey, axis=-1).max() == 0
    turned = seen["blue/turned.jpg"].astype(int)
    # The bright stripe was upright at column 22 of 40; turned clockwise it is level.
    assert turned[:, :, 0].mean(axis=1).argmax() == 22
    assert turned[:, :, 0].mean(axis=0).std() < 5
    assert seen["blue/clear.png"].min() == 255
    assert np.abs(seen["blue/deep.png"].astype(int) - 30_000 * 255 // 65_535).max() <= 1


def test_odd_files_can_be_skipped(odd: Path) -> None:
    with pytest.warns(downloads.DataWarning, match="17 files are skipped"):
        images = photographs(odd, odd="skip")
    assert images.size("train") + images.size("val") == 15
    assert found(images.findings, used=True) == {}


def test_refused_files_are_all_named_at_once(odd: Path, home: Path) -> None:
    with pytest.raises(ValueError, match="9 files that are refused") as refused:
        photographs(odd, broken="refuse")
    assert all(name in str(refused.value) for name in BROKEN)
    assert not any(name in str(refused.value) for name in ODD)
    with pytest.raises(ValueError, match="8 files that are refused") as refused:
        photographs(odd, odd="refuse")
    assert all(name in str(refused.value) for name in ODD)
    assert not home.exists()


def test_many_findings_are_summed_up(flat: Path) -> None:
    for number in range(30):
        (flat / "red" / f"empty{number:02}.jpg").touch()
    with pytest.warns(downloads.DataWarning, match="and 20 more"):
        images = photographs(flat)
    assert len(images.findings) == 30


def test_a_class_without_a_photograph_is_left_out_by_name(flat: Path) -> None:
    (flat / "green").mkdir()
    (flat / "green" / "x.jpg").touch()
    with pytest.warns(downloads.DataWarning, match="green has no photograph that can be used"):
        images = photographs(flat)
    assert images.class_names == ("blue", "red")


# --- wrong folders -----------------------------------------------------------------------------


def test_only_one_class(flat: Path) -> None:
    shutil.rmtree(flat / "blue")
    with pytest.raises(ValueError, match="only one class, 'red'"):
        photographs(flat)


def test_wrong_folders(flat: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="photographs, but no folder for each class"):
        photographs(flat / "red")
    with pytest.raises(ValueError, match=r"did you mean .*signs\?"):
        photographs(make(tmp_path / "above", {"signs/red/a": 1, "signs/blue/a": 1}))
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        photographs(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="unpack it first"):
        photographs(flat / "red" / "0.jpg")
    (tmp_path / "void").mkdir()
    with pytest.raises(ValueError, match="holds nothing; it should hold class"):
        photographs(tmp_path / "void")


def test_parts_that_do_not_fit_together(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="test and val, but no train"):
        photographs(make(tmp_path / "a", {"val/red": 1, "test/red": 1}))
    with pytest.raises(ValueError, match="two folders for one part: val and validation"):
        photographs(make(tmp_path / "b", {"train/red": 1, "val/red": 1, "validation/red": 1}))
    with pytest.raises(ValueError, match=r"'Red' is in val but not in train.*nearest is 'red'"):
        photographs(make(tmp_path / "c", {"train/red": 1, "train/blue": 1, "val/Red": 1}))


def test_wrong_arguments(flat: Path) -> None:
    with pytest.raises(ValueError, match="broken must be one of skip, refuse"):
        photographs(flat, broken="use")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="share between 0 and 1"):
        photographs(flat, held_out=20)
    images = photographs(flat)
    with pytest.raises(ValueError, match="no part 'test'; it has train and val"):
        images.dataset("test")
    with pytest.raises(ValueError, match="must be 1 or more"):
        images.dataset("train", image_size=0)


# --- the cache ---------------------------------------------------------------------------------


def test_a_cache_that_may_not_be_written_is_no_trouble(
    flat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file"))  # no folder can be made in it
    assert photographs(flat).size("train") == 12


def test_a_full_disk_is_one_clear_error(
    flat: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(folder, "_link", full)
    with pytest.raises(OSError, match="is full: make room there, or set KERAS_HOME"):
        photographs(flat)
    assert list(home.iterdir()) == []


def test_stopping_in_the_middle_leaves_nothing_half_done(
    flat: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(source: Path, target: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(folder, "_link", stop)
        with pytest.raises(KeyboardInterrupt):
            photographs(flat)
    assert list(home.iterdir()) == []
    assert photographs(flat).size("train") == 12


def test_files_are_copied_where_links_are_not_allowed(
    flat: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*paths: Path) -> None:
        raise OSError(errno.EPERM, "a privilege is missing")

    monkeypatch.setattr(os, "symlink", forbidden)
    monkeypatch.setattr(os, "link", forbidden)
    assert len(photographs(flat).arrays("train", 8)[0]) == 12
    assert not any(path.is_symlink() for path in home.rglob("*"))


# --- the stand-in ------------------------------------------------------------------------------


def few(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = {"train": {"beetles": 4, "spiders": 3}, "val": {"beetles": 2, "spiders": 3}}
    monkeypatch.setattr(stand_in_photographs, "COUNTS", counts)


def test_without_a_folder_there_are_stand_in_photographs(monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch)
    images = photographs()
    assert (images.source, images.is_stand_in) == ("stand-in", True)
    assert images.title("Errors") == "Errors (stand-in data)"
    assert repr(images) == (
        "Stand-in photographs, drawn by course_utils: 7 training and 5 validation photographs of "
        "2 classes"
    )
    assert images.counts == stand_in_photographs.COUNTS
    assert images.findings == ()
    x, y = images.arrays("train", 192)
    drawn = {
        tuple(file.split("/")[1:]): pixels
        for file, pixels in zip(images.files("train"), x, strict=True)
    }
    for number in range(3):
        expected = stand_in_photographs.draw("train", "spiders", number).astype(int)
        found = drawn["spiders", f"spiders-{number:03}.jpg"]
        assert np.abs(found - expected).mean() < 6  # JPEG loses a little
    assert sorted(y) == [0] * 4 + [1] * 3


def test_a_folder_of_ones_own_is_no_stand_in(flat: Path) -> None:
    images = photographs(flat)
    assert not images.is_stand_in
    assert images.title("Errors") == "Errors"


def test_the_stand_in_is_drawn_once_and_again_when_files_are_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few(monkeypatch)
    place = stand_in_photographs.folder()
    first = {path: path.read_bytes() for path in place.rglob("*.jpg")}
    assert len(first) == 12
    with monkeypatch.context() as patch:
        patch.setattr(stand_in_photographs, "draw", lambda *which: pytest.fail("drawn again"))
        assert stand_in_photographs.folder() == place
    next(iter(first)).unlink()
    assert stand_in_photographs.folder() == place
    assert {path: path.read_bytes() for path in place.rglob("*.jpg")} == first
    assert [path.name for path in place.parent.iterdir()] == [place.name]


def test_stopping_while_drawing_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch)

    def stop(*which: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(stand_in_photographs, "draw", stop)
        with pytest.raises(KeyboardInterrupt):
            photographs()
    assert photographs().size("train") == 7


def test_the_stand_in_without_a_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch)
    (tmp_path / "file").touch()
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file"))
    assert photographs().size("val") == 5


def test_drawings_are_the_same_everywhere_and_no_two_are_alike() -> None:
    pictures = [
        scenes.draw(kind, 3, [7], size=48) for kind in (*scenes.KINDS, *scenes.STAND_IN_KINDS)
    ]
    every = np.concatenate(pictures)
    assert every.shape == (3 * (len(scenes.KINDS) + 2), 48, 48, 3)
    assert every.std((1, 2, 3)).min() > 5
    assert len(np.unique(every.reshape(len(every), -1), axis=0)) == len(every)
    np.testing.assert_array_equal(scenes.draw("ant", 3, [7], size=48), pictures[0])
    assert hashlib.sha256(every.tobytes()).hexdigest()[:16] == "9a1c7815e557d3ed"


def test_nothing_is_learned_that_is_then_tested() -> None:
    assert scenes.KINDS.keys().isdisjoint(scenes.STAND_IN_KINDS)


# --- TFDS data sets ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tiny_flowers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prepare a data set of one part as TFDS keeps it after downloading."""
    import tensorflow_datasets as tfds

    class TinyFlowers(tfds.core.GeneratorBasedBuilder):
        VERSION = tfds.core.Version("1.0.0")

        def _info(self) -> Any:
            features = {
                "image": tfds.features.Image(shape=(None, None, 1)),
                "label": tfds.features.ClassLabel(names=["even", "odd"]),
            }
            return self.dataset_info_from_configs(
                features=tfds.features.FeaturesDict(features), supervised_keys=("image", "label")
            )

        def _split_generators(self, dl_manager: Any) -> Any:
            return {"train": self._generate_examples()}

        def _generate_examples(self) -> Any:
            for number in range(20):
                image = np.full((9, 7, 1), number, np.uint8)
                yield number, {"image": image, "label": number % 2}

    folder = tmp_path_factory.mktemp("tfds")
    TinyFlowers(data_dir=str(folder)).download_and_prepare()
    return folder


def test_a_tfds_data_set_by_name(tiny_flowers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFDS_DATA_DIR", str(tiny_flowers))
    images = photographs("tiny_flowers", held_out=0.25)
    assert images.source == "tfds"
    assert images.class_names == ("even", "odd")
    assert images.held_out
    assert {split: images.size(split) for split in images.counts} == {"train": 15, "val": 5}
    x, y = images.arrays("train", 8)
    assert x.shape == (15, 8, 8, 3)
    np.testing.assert_array_equal(x[:, 0, 0, 0] % 2, y)
    others, _ = images.arrays("val", 8)
    assert sorted([*x[:, 0, 0, 1], *others[:, 0, 0, 2]]) == list(range(20))
    assert images.files("val")[0] == "val 0"
    assert images.digest("train") != images.digest("val")


def test_unknown_and_missing_data_sets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="did you mean tf_flowers"):
        photographs("tf_flowrs")
    with pytest.raises(ValueError, match="not made of images with a class each"):
        photographs("coco")
    with pytest.raises(downloads.DownloadError, match="COURSE_OFFLINE forbids"):
        photographs("tf_flowers")


def test_no_network_is_noticed_in_seconds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("COURSE_OFFLINE")
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))

    def unreachable(*arguments: Any, **options: Any) -> None:
        raise OSError("Name or service not known")

    monkeypatch.setattr("urllib.request.urlopen", unreachable)
    monkeypatch.setattr(downloads, "_unreachable_hosts", {})
    with pytest.raises(downloads.DownloadError, match=r"tf_flowers is not on this .* be reached"):
        photographs("tf_flowers")


def test_the_index_names_no_folder_of_this_machine(flat: Path, home: Path, tmp_path: Path) -> None:
    photographs(flat)
    (index,) = home.glob("*/index.json")
    assert str(tmp_path) not in index.read_text("utf-8")
    assert len(json.loads(index.read_text("utf-8"))["used"]) == 15
