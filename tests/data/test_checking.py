"""A look at photographs: whatever Keras would stop at, skip or misread is named, and repaired."""

import io
import os
import struct
import weakref
from importlib import import_module
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import numpy as np
import pytest
from PIL import Image, ImageFile

from course_utils.data import check_images, checking
from tests import golden
from tests.data.conftest import put

NOISE = np.random.default_rng(1).integers(0, 255, (48, 64, 3)).astype("uint8")
SMOOTH = Image.fromarray(NOISE[:6, :8]).resize((64, 48))  # JPEG changes it little


def picture(number=55):
    return Image.fromarray(np.roll(np.asarray(SMOOTH), number, 1))


def packed(kind="JPEG", image=None, **options):
    sink = io.BytesIO()
    (image or picture()).save(sink, kind, **options)
    return sink.getvalue()


def turned(orientation):
    exif = Image.Exif()
    exif[0x112] = orientation
    return packed(exif=exif)


@pytest.fixture
def tidy(tmp_path, monkeypatch):
    """Two classes of 3 photographs, nothing wrong with any: here 3 are not few."""
    monkeypatch.setattr(checking, "_FEW", 3)
    starts = {"a": 0, "b": 30}
    files = {
        f"{c}/0{n}.jpg": packed(image=picture(start + n))
        for c, start in starts.items()
        for n in range(3)
    }
    return put(tmp_path / "mine", files)


def found(checked, verdict=None):
    """What was said of each file, without the classes that are small."""
    return {
        file: what
        for file, found, what in checked.findings
        if verdict in (None, found) and "has only" not in what
    }


def keras_reads(folder, **options):
    """The files that Keras finds in a folder, in order, and how many images it makes of them."""
    from keras.utils import image_dataset_from_directory

    images = image_dataset_from_directory(
        folder, image_size=(48, 64), batch_size=1, shuffle=False, verbose=False, **options
    )
    paths = [os.path.relpath(path, folder) for path in images.file_paths]
    return paths, [image.numpy()[0] for image, _ in images]


def test_nothing_wrong(tidy):
    checked = check_images(str(tidy))
    assert checked.counts == {"": {"a": 3, "b": 3}}
    assert (checked.findings, checked.repaired, checked.files) == ((), None, 6)
    assert repr(checked) == "mine: training can read 6 of 6 files\n  a 3, b 3"


def test_it_looks_at_the_files_that_keras_reads(tidy):
    put(tidy, {
        "a/._00.jpg": b"Mac OS X", "a/deeper/X.JPEG": packed(), "a/x.webp": packed("WEBP"),
        "a/.DS_Store": b"", "a/labels.txt": b"a", "b/IMG": packed(), "c/1.gif": packed("GIF"),
        ".hidden/1.jpg": packed(), "loose.png": packed("PNG"), "b/thumb.PNG": packed("PNG"),
    })  # fmt: skip
    checked = check_images(tidy)
    with pytest.raises(Exception, match=r"Unknown image file format"):
        keras_reads(tidy)
    read = "and Keras reads .bmp, .gif, .jpeg, .jpg, .png"
    assert found(checked, "skipped") == {
        "a/x.webp": f"is a WEBP, {read}",
        "a/labels.txt": f"is nothing that can be read, {read}",
        "b/IMG": f"is a JPEG, {read}",
        "loose.png": "lies in no class",
    }
    assert list(found(checked, "broken")) == ["a/._00.jpg"]
    few = "has only 1: with 85% probability a random 15% has none of them"
    assert ("c", "split", few) in checked.findings
    assert checked.counts == {"": {"a": 4, "b": 4, "c": 1}}
    (tidy / "a/._00.jpg").unlink()
    names, images = keras_reads(tidy)
    assert len(images) == sum(checked.counts[""].values())
    assert "b/thumb.PNG" in names
    assert "a/deeper/X.JPEG" in names


OPAQUE = Image.new("L", (64, 48), 255)
PNG, JPG = packed("PNG", Image.fromarray(NOISE)), packed("JPEG", Image.fromarray(NOISE))
AT = PNG.index(b"IDAT") - 4
LENGTH = struct.unpack(">I", PNG[AT : AT + 4])[0]


@pytest.mark.parametrize(
    ("name", "content", "why", "copied"),
    [
        ("end.png", PNG[:-12], "", True),
        ("end-damaged.png", PNG[:-4] + b"abcd", "", True),
        ("sum.png", PNG[: AT + 8 + LENGTH] + bytes(4) + PNG[AT + 12 + LENGTH :], "", True),
        ("cut.png", PNG[:-200], "", False),
        ("half.jpg", JPG[: len(JPG) // 2], "", False),
        ("zeros.jpg", JPG[: len(JPG) // 2] + bytes(len(JPG) // 2), "", True),
        ("empty.jpg", b"", "Input is empty", False),
        ("login.jpg", b"<html>log in", "Unknown image file format", False),
        ("photo.jpg", packed("TIFF"), "Unknown image file format", True),
        ("wide.png", packed("PNG", Image.new("L", (1_200_000, 1))), "", False),
        ("moving.jpg", packed("WEBP", save_all=True, append_images=[picture(9)]), "WebP", True),
    ],
)  # fmt: skip
def test_what_training_stops_at_is_named_and_repaired_if_pillow_can(
    tidy, tmp_path, name, content, why, copied
):
    put(tidy, {f"a/{name}": content})
    with pytest.raises(Exception, match=r"(?i)invalid|image|input|decode"):
        keras_reads(tidy)
    checked = check_images(tidy, tmp_path / "copies")
    ((file, verdict, what),) = checked.findings
    assert (file, verdict) == (f"a/{name}", "broken")
    end = "it was copied" if copied else "it cannot be copied"
    assert what.startswith(f"cannot be decoded: {why}")
    assert what.endswith(f"; {end}")
    assert "\n" not in what
    assert "[Op:" not in what
    assert checked.counts == {"": {"a": 3, "b": 3}}
    assert len(keras_reads(checked.repaired)[1]) == 6 + copied


@pytest.mark.skipif(os.name == "nt", reason="there are no queues")
def test_what_is_no_file_or_may_not_be_read(tidy, monkeypatch, tmp_path):
    (tidy / "a/gone.jpg").symlink_to("nowhere.jpg")
    os.mkfifo(tidy / "a/queue.jpg")
    real = checking.Path.read_bytes

    def read(path):  # the superuser may read everything
        if path.name == "00.jpg":
            raise PermissionError(13, "Permission denied")
        return real(path)

    with monkeypatch.context() as patch:
        patch.setattr(checking.Path, "read_bytes", read)
        checked = check_images(tidy, tmp_path / "copies")
    no = "; it cannot be copied"
    denied = f"cannot be read (Permission denied){no}"
    nothing = f"is not a file{no}"
    assert found(checked, "broken") == {
        "a/00.jpg": denied, "b/00.jpg": denied, "a/gone.jpg": nothing, "a/queue.jpg": nothing,
    }  # fmt: skip
    checked = check_images(tidy, tmp_path / "copies")
    assert list(found(checked, "broken")) == ["a/gone.jpg", "a/queue.jpg"], "nothing is remembered"
    assert (tmp_path / "copies/a/00.jpg").exists()


@pytest.mark.parametrize(("target", "name"), [(Image, "open"), (ImageFile.ImageFile, "load")])
def test_too_little_memory_is_no_damage(tidy, tmp_path, monkeypatch, target, name):
    put(tidy, {"a/turned.jpg": turned(6)})
    monkeypatch.setattr(target, name, Mock(side_effect=MemoryError))
    with pytest.raises(MemoryError):
        check_images(tidy, tmp_path / "copies")


def test_one_photograph_at_a_time_is_in_memory(tidy, tmp_path, monkeypatch):
    """Eight of 108 million pixels take no more than one."""
    tf = import_module("tensorflow")
    decoded, alive = [], []
    real = tf.io.decode_image

    def decode(*args, **options):
        alive.append(sum(array() is not None for array in decoded))
        array = real(*args, **options).numpy().copy()
        decoded.append(weakref.ref(array))
        return SimpleNamespace(numpy=lambda: array)

    put(tidy, {f"a/{n}.jpg": turned(6) for n in range(8)})
    monkeypatch.setattr(tf.io, "decode_image", decode)
    check_images(tidy, tmp_path / "copies")
    assert alive == [0] * 14


def test_far_too_many_pixels_are_not_decoded(tidy, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 5000)  # Pillow refuses twice as many
    put(tidy, {"a/huge.png": packed("PNG", Image.new("RGB", (200, 100)))})
    assert found(check_images(tidy)) == {"a/huge.png": "has too many pixels for a photograph"}


def test_what_is_odd_and_what_only_looks_so(tidy, tmp_path):
    """``odd.txt`` has photographs, by their names, and what is said of each."""

    def say(call):
        name, content = eval(call)
        put(tidy, {f"a/{name}": content})
        checked = check_images(tidy, tmp_path / name)
        (tidy / "a" / name).unlink()
        assert checked.counts[""]["a"] == 4
        copy = next(checked.repaired.glob(f"a/{name}*"))
        with Image.open(copy) as image, Image.open(io.BytesIO(content)) as original:
            assert (image.format, image.mode, image.size) == ("JPEG", "RGB", original.size)
        return (
            "; ".join(f"{at} {what} ({kind})" for at, kind, what in checked.findings) or "nothing"
        )

    golden.calls(Path(__file__).with_name("odd.txt"), say)


def test_sixteen_bits_and_transparency_are_copied_as_they_look(tmp_path):
    deep = packed("PNG", Image.fromarray(np.full((48, 64), 40_000, "uint16")))
    clear = packed("PNG", Image.new("RGBA", (64, 48), (9, 9, 9, 0)))
    folder = put(tmp_path / "mine", {"deep.png": deep, "clear.png": clear})
    for name, value in (("deep", 155), ("clear", 255)):
        copy = check_images(folder / f"{name}.png", tmp_path / "copies").repaired
        assert (np.asarray(Image.open(copy)) == value).all()


@pytest.mark.parametrize("orientation", range(2, 9))
def test_what_exif_turns_is_copied_upright(tidy, tmp_path, orientation):
    """Keras does not turn the photograph, but reads the copy as every other program does."""
    put(tidy, {"a/phone.jpg": turned(orientation)})
    checked = check_images(tidy, tmp_path / "copies")
    assert checked.findings == (("a/phone.jpg", "turned", f"has orientation {orientation}, not 1"),)
    seen = np.asarray(picture(), int)
    if orientation > 4:
        seen = seen.transpose(1, 0, 2)
    seen = {2: seen[:, ::-1], 3: seen[::-1, ::-1], 4: seen[::-1], 5: seen, 6: seen[:, ::-1],
            7: seen[::-1, ::-1], 8: seen[::-1]}[orientation]  # fmt: skip
    with Image.open(checked.repaired / "a/phone.jpg") as copy:
        assert copy.getexif().get(0x112, 1) == 1
        assert np.abs(np.asarray(copy, int) - seen).mean() < 8


# -- parts and classes -------------------------------------------------------------------------


def parts(tmp_path, counts):
    """Lay out so many photographs, no two alike: `counts["train/a"]`."""
    number, files = 0, {}
    for place, many in counts.items():
        (tmp_path / "mine" / place).mkdir(parents=True)
        for n in range(many):
            number += 1
            files[f"{place}/{n:03}.png"] = packed("PNG", Image.fromarray(np.roll(NOISE, number)))
    return put(tmp_path / "mine", files)


def test_parts_and_classes(tmp_path):
    """``parts.txt`` has how many photographs lie where, and what is said of them."""
    folders = (tmp_path / str(n) for n in count())

    def say(call):
        checked = check_images(parts(next(folders), eval(call)))
        return repr(checked).replace("\n", "\n    ")

    golden.calls(Path(__file__).with_name("parts.txt"), say)


def test_test_beside_the_classes_is_a_class_to_keras(tmp_path):
    folder = parts(tmp_path, {"ants": 20, "bees": 20, "test": 20})
    assert check_images(folder).findings == (
        ("test", "split", "is one more class, as there is no train"),
    )
    assert keras_reads(folder)[0][-1] == "test/019.png"


def test_photographs_in_no_class(tmp_path):
    loose = check_images(parts(tmp_path, {"a": 20}) / "a", tmp_path / "copies")
    assert loose.findings == ((".", "split", "has no folder for each class"),)
    assert loose.counts == {"": {"": 20}}
    assert len(list(loose.repaired.glob("*.jpg"))) == 20
    (tmp_path / "empty").mkdir()
    assert check_images(tmp_path / "empty").files == 0


def test_the_same_picture_twice(tmp_path):
    """By its pixels: other notes and another packing hide nothing."""
    folder = parts(tmp_path, {"train/a": 20, "train/b": 20, "test/a": 1, "test/b": 1})
    image = Image.open(folder / "train/a/000.png")
    put(folder, {
        "train/a/again.png": packed("PNG", image, compress_level=0),
        "train/b/again.png": packed("PNG", image, optimize=True),
        "test/a/again.bmp": packed("BMP", image),
        "test/b/nearly.jpg": packed("JPEG", image),
    })  # fmt: skip
    same = "is the same as train/a/000.png"
    assert check_images(folder).findings == (
        ("test/a/again.bmp", "split", same),
        ("train/a/again.png", "odd", same),
        ("train/b/again.png", "split", same),
    )


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode there")
def test_names_that_are_not_unicode(tidy, tmp_path):
    """TensorFlow cannot read them; the copies have names that it can."""
    os.rename(tidy / "a", os.fsencode(tidy) + b"/caf\xe9")
    with pytest.raises(ValueError, match="unicode"):
        keras_reads(tidy)
    checked = check_images(tidy, tmp_path / "copies")
    assert len(found(checked, "broken")) == 3
    assert found(checked)["caf\ufffd/00.jpg"] == "has a name that is not UTF-8; it was copied"
    assert "caf\ufffd" in repr(checked)
    assert len(keras_reads(checked.repaired)[1]) == 6


# -- copies ------------------------------------------------------------------------------------


def everything(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_good_jpegs_are_copied_as_they_are_and_the_source_is_left_alone(tidy, tmp_path):
    put(tidy, {"a/x.png": packed("PNG"), "a/x.png.jpg": packed(image=picture(25))})
    before = everything(tidy)
    checked = check_images(tidy, tmp_path / "copies")
    assert checked.repaired == tmp_path / "copies"
    assert everything(tidy) == before
    copies = {path.relative_to(tmp_path / "copies").as_posix(): content
              for path, content in everything(tmp_path / "copies").items()}  # fmt: skip
    assert len(copies) == 8 + 1
    for path, content in before.items():
        name = path.relative_to(tidy).as_posix()
        if name not in ("a/x.png", "a/x.png.jpg"):
            assert copies[name] == content
    assert copies["a/x.png.jpg.jpg"] == before[tidy / "a/x.png.jpg"]
    assert check_images(checked.repaired).findings == ()


def test_a_copy_of_what_is_gone_is_named(tidy, tmp_path):
    check_images(tidy, tmp_path / "copies")
    (tidy / "a/02.jpg").unlink()
    (row,) = (row for row in check_images(tidy, tmp_path / "copies").findings if "02" in row[0])
    assert row == ("a/02.jpg", "split",
                   f"is still in {tmp_path / 'copies'}, but no longer in {tidy}")  # fmt: skip


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_copy_is_whole_or_not_there(tidy, tmp_path, monkeypatch, error):
    real = checking.shutil.copyfile

    def copy(path, part):
        part.write_bytes(b"half")
        if part.parent.name == "b":
            raise error
        return real(path, part)

    with monkeypatch.context() as patch:
        patch.setattr(checking.shutil, "copyfile", copy)
        with pytest.raises(type(error)):
            check_images(tidy, tmp_path / "copies")
    assert [path.parent.name for path in (tmp_path / "copies").rglob("*.jpg")] == ["a"] * 3
    assert len(keras_reads(check_images(tidy, tmp_path / "copies").repaired)[1]) == 6


def test_no_copies_into_the_photographs_or_around_them(tidy):
    before = everything(tidy)
    for place in (".", "a/copies", "..", "copies/../a"):
        with pytest.raises(ValueError, match="or around it; name another folder"):
            check_images(tidy, tidy / place)
    assert everything(tidy) == before


def test_no_copies_over_other_files(tidy, tmp_path):
    put(tmp_path / "backup", {"a/00.jpg": b"precious"})
    with pytest.raises(ValueError, match="has other files in it; name another"):
        check_images(tidy, tmp_path / "backup")
    assert everything(tmp_path / "backup") == {tmp_path / "backup/a/00.jpg": b"precious"}
    check_images(tidy, tmp_path / "copies")
    other = put(tmp_path / "other", {"a/00.jpg": packed()})
    with pytest.raises(ValueError, match=r"has copies of .*mine in it; name another"):
        check_images(other, tmp_path / "copies")


# -- one photograph ----------------------------------------------------------------------------


def test_a_single_photograph(tmp_path):
    folder = put(tmp_path / "mine", {"me.jpg": turned(6), "you.webp": packed("WEBP"),
                                     "it.heic": b"\0\0\0 ftypheic"})  # fmt: skip
    me = check_images(folder / "me.jpg", folder / "checked")
    assert (me.repaired, me.counts) == (folder / "checked/me.jpg", {"": {"": 1}})
    assert Image.open(me.repaired).size == (48, 64)
    assert repr(me) == (
        "me.jpg: training can read 1 of 1 files\n"
        "1 turned by their EXIF notes, which Keras ignores\n"
        "  me.jpg has orientation 6, not 1"
    )
    assert check_images(folder / "you.webp", folder / "checked").repaired.name == "you.webp.jpg"
    it = check_images(folder / "it.heic", folder / "checked")
    assert it.repaired is None
    assert "it cannot be copied" in repr(it)
    assert check_images(folder / "me.jpg").repaired is None
    with pytest.raises(ValueError, match="or around it"):
        check_images(folder / "me.jpg", folder)


def test_no_such_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no folder or file .*nowhere"):
        check_images(tmp_path / "nowhere")


def test_of_many_rows_ten_are_printed(tmp_path):
    folder = put(tmp_path / "mine", {f"{n:02}.jpg": b"" for n in range(13)})
    lines = repr(check_images(folder)).splitlines()
    assert lines[1] == "13 broken: training stops at them"
    assert lines[2:4] == ["  00.jpg cannot be decoded: Input is empty",
                          "  01.jpg cannot be decoded: Input is empty"]  # fmt: skip
    assert lines[12] == "  and 3 more, in .findings"
