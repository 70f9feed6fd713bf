"""The drawings that stand in for photographs."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from course_utils.data import scenes, stand_in_photographs


@pytest.fixture(autouse=True)
def few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    counts = {"train": {"beetles": 3, "spiders": 2}, "test": {"beetles": 1, "spiders": 1}}
    counts["validation"] = counts["test"]
    monkeypatch.setattr(stand_in_photographs, "COUNTS", counts)


def test_they_are_drawn_once_and_again_when_files_are_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    place = stand_in_photographs.folder()
    first = {path: path.read_bytes() for path in place.rglob("*.jpg")}
    assert len(set(first.values())) == len(first) == 9
    with monkeypatch.context() as patch:
        patch.setattr(stand_in_photographs, "draw", lambda *which: pytest.fail("drawn again"))
        assert stand_in_photographs.folder() == place
    next(iter(first)).unlink()
    assert stand_in_photographs.folder() == place
    assert {path: path.read_bytes() for path in place.rglob("*.jpg")} == first
    assert [path.name for path in place.parent.iterdir()] == [place.name]


def test_stopping_while_drawing_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*which: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(stand_in_photographs, "draw", stop)
        with pytest.raises(KeyboardInterrupt):
            stand_in_photographs.folder()
    assert len(list(stand_in_photographs.folder().rglob("*.jpg"))) == 9


def test_without_a_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file"))
    assert len(list(stand_in_photographs.folder().rglob("*.jpg"))) == 9


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
