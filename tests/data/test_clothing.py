"""Photographs of clothes: where they are looked for, and what may go wrong on the way."""

import hashlib
import io
import re
import shutil
import zipfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from course_utils.cli import doctor
from course_utils.data import cached, clothes, registry
from course_utils.data.clothing import _CLASS_NAMES, _PARTS
from tests import golden
from tests.data.conftest import held, put, tried

NAME = "clothing-dataset-small"
FILES = {  # two photographs of each class in each part; they are never opened here
    f"{part}/{name}/{number}.jpg": f"{part} {name} {number}".encode() * 50
    for part in _PARTS
    for name in _CLASS_NAMES
    for number in range(2)
}


def packed(files=FILES, how=zipfile.ZIP_DEFLATED):
    """A zip as GitHub makes it: all in one folder, with files that are no photographs."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as opened:
        for name, content in ({"README.md": "Clothing dataset"} | files).items():
            opened.writestr(f"clothing-dataset-small-1196151/{name}", content, how)
    return sink.getvalue()


def failing(error):
    """Return what writes all photographs but one."""
    real = Path.write_bytes

    def write(path, content):
        if path.parts[-3:] == ("test", "hat", "1.jpg"):
            raise error
        return real(path, content)

    return Path, "write_bytes", write


# What ``clothes.txt`` speaks of.
NOTES, HAT = {"my notes.txt": b"mine"}, "train/hat/1.jpg"
BUT_ONE = {name: content for name, content in FILES.items() if name != HAT}
ZIP, DAMAGED = packed(), packed(how=zipfile.ZIP_STORED).replace(b"train hat 0", b"train hat 7", 1)
FULL, STOPPED = failing(OSError(28, "No space left on device")), failing(KeyboardInterrupt())


@pytest.fixture(autouse=True)
def cache(monkeypatch, server, empty_cache):
    """An empty cache; `FILES` are on a server like GitHub, which packs an archive for each call."""
    server.files["/clothes.zip"], server.kind, server.ranges = packed(), "application/zip", False
    entry, place = registry.REGISTRY["clothes"], f"{server.url}/clothes.zip"
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(FILES.items())}
    whole = hashlib.sha256("".join(f"{sums[name]} {name}\n" for name in sums).encode())
    archive = replace(entry.files[0], url=place, checksum=f"sha256:{whole.hexdigest()}")
    monkeypatch.setitem(registry.REGISTRY, "clothes", replace(entry, files=(archive,)))
    return empty_cache / "datasets"


def test_folder_that_course_images_names(tmp_path, server, monkeypatch):
    """``folders_of_clothes.txt`` has what lies there, if it is there, and what is said of it."""
    folder = tmp_path / "my clothes"
    monkeypatch.setenv("COURSE_IMAGES", str(folder))

    def say(call):
        shutil.rmtree(folder, ignore_errors=True)
        put(folder, eval(call))
        try:
            data = clothes()
            assert list(data.class_names) == sorted(_CLASS_NAMES)  # as Keras counts them
            assert [data.train, data.validation, data.test] == [folder / part for part in _PARTS]
            said = f"{data} (from a {data.source}, title: {data.title('Clothes')})"
        except ValueError as error:
            said = str(error)
        (line,) = [line for line in doctor._about_data() if line.subject == "Photographs"]
        return [said, f"{line.state} {line.what}"]

    path = Path(__file__).with_name("folders_of_clothes.txt")
    golden.calls(path, say, {str(folder): "FOLDER"})
    assert server.asked == []


def test_where_clothes_come_from(cache, server, monkeypatch):
    """``clothes.txt`` has what is there and what a server sends, and what comes of it."""
    entry = registry.REGISTRY["clothes"]

    def find():
        data = clothes()
        return f"{data} ({data.source}, title: {data.title('Clothes')})"

    def called(get, there=None):
        said = tried(server, get)
        for place in sorted(cache.glob("*")):
            kept = held(place)
            known = {"as published": FILES, "as it was": there, "a file": {}}
            what = next(what for what, files in known.items() if kept == files)
            said.append(re.sub(r"damaged-\d+", "damaged-...", f"{place.name}: {what}"))
        return [*said, cached.state(entry)]

    def do(get, there=None, harm=None, offline="", archive=ZIP, **others):
        shutil.rmtree(cache, ignore_errors=True)
        server.files["/clothes.zip"] = archive
        for name, files in {NAME: there or {}, **others}.items():
            put(cache / name, files)
        said = [f"is {cached.state(entry)}"]
        with monkeypatch.context() as patch:
            patch.setenv("COURSE_OFFLINE", offline)
            if harm:
                patch.setattr(*harm)
            said += called(get, there)
        server.files["/clothes.zip"] = ZIP
        if said[-1] != "present" and not offline:
            said += [f"then {line}" for line in called(find)]
        return said

    names = {"find": partial(do, find), "fetch": partial(do, partial(cached.fetch, entry))}
    instead = {str(cache): "CACHE", server.url[7:]: "HOST", f"[{len(ZIP)}]": "its end"}
    path = Path(__file__).with_name("clothes.txt")
    golden.calls(path, lambda call: eval(call, globals() | names), instead)
