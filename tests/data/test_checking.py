"""A look at photographs: whatever Keras would stop at, skip or misread is named, and repaired."""

import io
import os
import re
import weakref
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import numpy as np
import pytest
import tensorflow as tf
from keras.utils import image_dataset_from_directory
from PIL import Image, ImageFile

from course_utils.data import check_images, checking
from tests import golden
from tests.data.conftest import held, put

NOISE = np.random.default_rng(1).integers(0, 255, (48, 64, 3)).astype("uint8")
SMOOTH = Image.fromarray(NOISE[:6, :8]).resize((64, 48))  # JPEG changes it little


def picture(number=55):
    return Image.fromarray(np.roll(np.asarray(SMOOTH), number, 1))


def noise(number=0):
    return Image.fromarray(np.roll(NOISE, number))


def packed(kind="JPEG", image=None, **options):
    sink = io.BytesIO()
    (image or picture()).save(sink, kind, **options)
    return sink.getvalue()


def turned(orientation):
    exif = Image.Exif()
    exif[0x112] = orientation
    return packed(exif=exif)


# What ``photographs.txt`` speaks of.
OPAQUE = Image.new("L", (64, 48), 255)
PNG, JPG = packed("PNG", noise()), packed("JPEG", noise())
SUM = len(PNG) - 16  # where the check sum of the data is, before the 12 bytes of the end


@pytest.fixture
def tidy(tmp_path, monkeypatch):
    """Two classes of 3 photographs, nothing wrong with any: here 3 are not few."""
    monkeypatch.setattr(checking, "_FEW", 3)
    for start, name in enumerate(["a", "b"]):
        files = {f"{name}/0{n}.jpg": packed(image=picture(30 * start + n)) for n in range(3)}
        put(tmp_path / "mine", files)
    return tmp_path / "mine"


def broken(checked):
    return {file: what for file, verdict, what in checked.findings if verdict == "broken"}


def keras_reads(folder):
    """Say how many images of how many classes Keras makes of a folder, if it does not stop."""
    try:
        images = image_dataset_from_directory(folder, image_size=(48, 64), verbose=False)
        return f"{len(list(images.unbatch()))} images of {len(images.class_names)} classes"
    except (ValueError, tf.errors.OpError):
        return "nothing, as it stops"


def test_one_more_photograph_in_a_tidy_folder(tidy, tmp_path):
    """``photographs.txt`` has photographs, by their names, and what is said of each."""

    def say(call):
        name, content = eval(call)
        put(tidy, {f"a/{name}": content})
        checked, keras = check_images(tidy, tmp_path / name), keras_reads(tidy)
        (tidy / "a" / name).unlink()
        assert keras == ("nothing, as it stops" if broken(checked) else "7 images of 2 classes")
        assert checked.counts == {"": {"a": 3 if broken(checked) else 4, "b": 3}}
        said = [f"{what} ({kind})" for _, kind, what in checked.findings] or ["nothing"]
        copies = list(checked.repaired.glob(f"a/{name}*"))
        for copy in copies:
            with Image.open(copy) as image:
                colours = np.unique(image)
                one = f", all {colours[0]}" if len(colours) == 1 else ""
                said.append(f"copied: {image.format}, {image.mode}, {image.size}{one}")
        assert keras_reads(checked.repaired) == f"{6 + len(copies)} images of 2 classes"
        # What a decoder says on goes with its version.
        return re.sub(r"(decoded: [^.,;\n]*)[^;\n[]*", r"\1", "\n    ".join(said))

    golden.calls(Path(__file__).with_name("photographs.txt"), say)


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
    denied = "cannot be read (Permission denied); it cannot be copied"
    nothing = "is not a file; it cannot be copied"
    assert broken(checked) == {
        "a/00.jpg": denied, "b/00.jpg": denied, "a/gone.jpg": nothing, "a/queue.jpg": nothing,
    }  # fmt: skip
    checked = check_images(tidy, tmp_path / "copies")
    assert list(broken(checked)) == ["a/gone.jpg", "a/queue.jpg"], "nothing is remembered"
    assert (tmp_path / "copies/a/00.jpg").exists()


@pytest.mark.parametrize(("target", "name"), [(Image, "open"), (ImageFile.ImageFile, "load")])
def test_too_little_memory_is_no_damage(tidy, tmp_path, monkeypatch, target, name):
    put(tidy, {"a/turned.jpg": turned(6)})
    monkeypatch.setattr(target, name, Mock(side_effect=MemoryError))
    with pytest.raises(MemoryError):
        check_images(tidy, tmp_path / "copies")


def test_one_photograph_at_a_time_is_in_memory(tidy, tmp_path, monkeypatch):
    """Eight of 108 million pixels take no more than one."""
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


def test_too_many_pixels_for_pillow_are_decoded_if_tensorflow_does(tidy, tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 5000)  # Pillow refuses twice as many
    large = packed("PNG", Image.new("RGB", (200, 100)))
    put(tidy, {"a/large.png": large, "a/huge.png": large[:99]})
    checked = check_images(tidy, tmp_path / "copies")
    assert broken(checked) == {"a/huge.png": "has too many pixels; it cannot be copied"}
    assert ("a/large.png", "odd", "cannot be copied") in checked.findings


# As the standard of EXIF has them, from 2 on.
SEEN = "FLIP_LEFT_RIGHT ROTATE_180 FLIP_TOP_BOTTOM TRANSPOSE ROTATE_270 TRANSVERSE ROTATE_90"


@pytest.mark.parametrize(("orientation", "seen"), [*enumerate(SEEN.split(), start=2)])
def test_what_exif_turns_is_copied_upright(tmp_path, orientation, seen):
    """Keras does not turn the photograph, but reads the copy as every other program does."""
    folder = put(tmp_path / "mine", {"phone.jpg": turned(orientation)})
    checked = check_images(folder / "phone.jpg", tmp_path / "copies")
    assert checked.findings == (("phone.jpg", "turned", f"has orientation {orientation}, not 1"),)
    upright = picture().transpose(Image.Transpose[seen])
    with Image.open(checked.repaired) as copy:
        assert copy.getexif().get(0x112, 1) == 1
        assert np.abs(np.asarray(copy, int) - np.asarray(upright)).mean() < 8


def test_parts_and_classes(tmp_path):
    """``folders.txt`` has what lies where, or how many photographs, no two alike."""
    folders = (tmp_path / str(n) / "mine" for n in count())

    def say(call):
        folder, numbers = next(folders), count(1)
        folder.mkdir(parents=True)
        for place, what in eval(call).items():
            if isinstance(what, bytes):
                put(folder, {place: what})
                continue
            (folder / place).mkdir(parents=True, exist_ok=True)
            for n in range(what):
                put(folder / place, {f"{n:03}.png": packed("PNG", noise(next(numbers)))})
        copies = folder.with_name("copies")
        said = repr(check_images(str(folder), copies)).splitlines()
        return [*said, f"Keras reads {keras_reads(folder)}; copied, {keras_reads(copies)}"]

    golden.calls(Path(__file__).with_name("folders.txt"), say)


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode there")
def test_names_that_are_not_unicode(tidy, tmp_path):
    """TensorFlow cannot read them; the copies have names that it can."""
    os.rename(tidy / "a", os.fsencode(tidy) + b"/caf\xe9")
    assert keras_reads(tidy) == "nothing, as it stops"
    checked = check_images(tidy, tmp_path / "copies")
    assert len(broken(checked)) == 3
    assert broken(checked)["caf\ufffd/00.jpg"] == "has a name that is not UTF-8; it was copied"
    assert "caf\ufffd" in repr(checked)
    assert keras_reads(checked.repaired) == "6 images of 2 classes"


def test_good_jpegs_are_copied_as_they_are_and_the_source_is_left_alone(tidy, tmp_path):
    put(tidy, {"a/x.png": packed("PNG"), "a/x.png.jpg": packed(image=picture(25))})
    before = held(tidy)
    checked = check_images(tidy, tmp_path / "copies")
    assert checked.repaired == tmp_path / "copies"
    assert held(tidy) == before
    copies, expected = held(tmp_path / "copies"), dict(before)
    del expected["a/x.png"], copies["a/x.png.jpg"], copies["check-images.txt"]
    copies["a/x.png.jpg"] = copies.pop("a/x.png.jpg.jpg")
    assert copies == expected
    assert check_images(checked.repaired).findings == ()
    (tidy / "a/02.jpg").unlink()
    gone = f"is still in {tmp_path / 'copies'}, but no longer in {tidy}"
    assert ("a/02.jpg", "split", gone) in check_images(tidy, tmp_path / "copies").findings


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
    check_images(tidy, tmp_path / "copies")
    assert keras_reads(tmp_path / "copies") == "6 images of 2 classes"


def test_single_photographs_and_where_copies_may_lie(tidy, tmp_path):
    """``places.txt`` has what is looked at, where copies should go, and what comes of it."""
    files = {"me.jpg": turned(6), "you.webp": packed("WEBP"), "it.heic": b"\0\0\0 ftypheic"}
    put(tmp_path / "single", files)
    put(tmp_path, {"backup/a/00.jpg": b"precious", "other/a/00.jpg": packed()})

    def say(call):
        before = held(tmp_path)
        try:
            checked = check_images(*(tmp_path / place for place in call.split()))
            return [*repr(checked).splitlines(), f"{checked.counts} in {checked.repaired}"]
        except (FileNotFoundError, ValueError) as error:
            assert held(tmp_path) == before
            return f"{type(error).__name__}: {error}"

    instead = {f"{tmp_path}{os.sep}": "", str(tmp_path): ".", os.sep: "/"}
    golden.calls(Path(__file__).with_name("places.txt"), say, instead)
