"""Photographs of clothes: where they are looked for, and what may go wrong on the way."""

import hashlib
import io
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from course_utils.cli import doctor
from course_utils.data import DataWarning, check_images, clothes, downloads
from course_utils.data.clothing import CLASS_NAMES, PARTS
from tests import golden
from tests.data.conftest import held, put

NAME = "clothing-dataset-small"
FILES = {  # two photographs of each class in each part; they are never opened here
    f"{part}/{name}/{number}.jpg": f"{part} {name} {number}".encode() * 50
    for part in PARTS
    for name in CLASS_NAMES
    for number in range(2)
}


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def packed(files=FILES, how=zipfile.ZIP_DEFLATED):
    """A zip as GitHub makes it: all in one folder, with files that are no photographs.

    It holds no time of its making, because its bytes are in the names of tests.
    """
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as opened:
        for name, content in ({"README.md": "Clothing dataset"} | files).items():
            opened.writestr(zipfile.ZipInfo(f"clothing-dataset-small-1196151/{name}"), content, how)
    return sink.getvalue()


DAMAGED = packed(how=zipfile.ZIP_STORED).replace(b"train hat 0", b"train hat 7", 1)


@pytest.fixture(autouse=True)
def cache(monkeypatch, server, empty_cache):
    """An empty cache; the archive and its checksums are those of `FILES`, on a server like GitHub.

    It packs its archives on demand: it begins anew each time.
    """
    server.files["/clothes.zip"], server.kind, server.ranges = packed(), "application/zip", False
    entry, place = downloads.REGISTRY["clothes"], f"{server.url}/clothes.zip"
    lines = "".join(f"{sha256(FILES[name])} {name}\n" for name in sorted(FILES))
    archive = replace(entry.files[0], url=place, checksum=f"sha256:{sha256(lines.encode())}")
    monkeypatch.setitem(downloads.REGISTRY, "clothes", replace(entry, files=(archive,)))
    return empty_cache / "datasets"


def state():
    return downloads.state(downloads.REGISTRY["clothes"])


def test_folder_that_course_images_names(tmp_path, server, monkeypatch):
    """``folders_of_clothes.txt`` has what lies there, if it is there, and what is said of it."""
    folder = tmp_path / "my clothes"
    monkeypatch.setenv("COURSE_IMAGES", str(folder))

    def say(call):
        shutil.rmtree(folder, ignore_errors=True)
        put(folder, eval(call))
        try:
            data = clothes()
            assert list(data.class_names) == sorted(CLASS_NAMES)  # as Keras counts them
            assert [data.train, data.validation, data.test] == [folder / part for part in PARTS]
            said = f"{data} (from a {data.source}, title: {data.title('Clothes')})"
        except ValueError as error:
            said = str(error)
        (line,) = [line for line in doctor._data() if line.subject == "Photographs"]
        return f"{said}\n    {line.state} {line.what}".replace(str(folder), "FOLDER")

    golden.calls(Path(__file__).with_name("folders_of_clothes.txt"), say)
    assert server.asked == []


@pytest.mark.parametrize(
    "harm",
    [
        Path.unlink,
        lambda path: path.write_bytes(path.read_bytes()[::-1]),
        lambda path: path.rename(path.parent.parent / "shoes/hat.jpg"),
        lambda path: path.with_name("mine.jpg").write_bytes(b"mine"),
    ],
)
def test_damaged_folder_is_downloaded_again_and_nothing_of_it_is_lost(cache, server, harm):
    folder = put(cache / NAME, FILES)
    (folder / "my notes.txt").write_text("mine")
    harm(folder / "train/hat/1.jpg")
    assert "Photographs of clothes is damaged" in [line.what for line in doctor._data()]
    before = sorted(folder.rglob("*"))
    with pytest.warns(DataWarning, match="not as it was published.*downloaded again"):
        data = clothes()
    assert (data.source, held(folder)) == ("download", FILES)
    (aside,) = (path for path in cache.iterdir() if path != folder)
    assert aside.name.startswith("clothing-dataset-small.damaged-")
    assert sorted(aside.rglob("*")) == [aside / path.relative_to(folder) for path in before]


def test_download(cache, server):
    assert state() == "missing"
    data = clothes()
    assert (data.source, data.note, state()) == ("download", "", "present")
    assert held(cache / NAME) == FILES
    assert [path.name for path in cache.iterdir()] == [NAME]
    assert clothes().source == "cache"
    assert server.asked == [""]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (packed()[:-100], "cannot be unpacked"),
        (packed().replace(b"train/hat/0", b"train/hat/7"), "has SHA256"),
        (packed(FILES | {"../../evil.jpg": b"out"}), "has SHA256"),
        (packed(FILES | {"test/hat/1.jpg": b"x" * 500}), "has SHA256"),
        (DAMAGED, r"cannot be unpacked \(Bad CRC-32 for file"),
    ],
)
def test_what_is_no_archive_of_clothes(cache, server, content, reason):
    """One reason, and nothing is left behind."""
    server.files["/clothes.zip"] = content
    with pytest.raises(downloads.DownloadError, match=reason):
        downloads.fetch(downloads.REGISTRY["clothes"])
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "raised", "words"),
    [
        (OSError(28, "No space left"), downloads.CannotStore, "the disk .* is full: free"),
        (KeyboardInterrupt(), KeyboardInterrupt, "^$"),
    ],
)
def test_stopped_while_unpacking(cache, server, monkeypatch, error, raised, words):
    real = Path.write_bytes

    def write(path, content):
        if path.parts[-3:] == ("test", "hat", "1.jpg"):
            raise error
        return real(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", write)
        with pytest.raises(raised, match=words):
            downloads.fetch(downloads.REGISTRY["clothes"])
    assert [path.name for path in cache.iterdir()] == [f"{NAME}.part"]
    assert state() == "partial"
    assert clothes().source == "download"
    assert [path.name for path in cache.iterdir()] == [NAME]


def test_what_a_killed_process_left_is_cleared_away(cache, server):
    put(cache / f"{NAME}.unpacked", {"train/hat/half.jpg": b"half"})
    assert clothes().source == "download"
    assert [path.name for path in cache.iterdir()] == [NAME]


def test_stand_in(server, monkeypatch):
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    data = clothes()
    assert (data.source, data.is_stand_in) == ("stand-in", True)
    assert data.title("Clothes") == "Clothes (stand-in data)"
    why = "the real photographs are not in Keras's cache, and COURSE_OFFLINE forbids a download"
    assert data.note == why
    assert repr(data).startswith("Stand-in photographs, drawn by course_utils: 500 photographs in")
    checked = check_images(data.train.parent)
    assert checked.findings == ()
    counts = {part: sum(found.values()) for part, found in checked.counts.items()}
    assert counts == {"train": 500, "validation": 100, "test": 100}
    assert server.asked == []
