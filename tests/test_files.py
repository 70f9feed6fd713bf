"""Files that are there as a whole or not at all."""

import json

import numpy as np
import pytest

from course_utils.files import whole_file, write_json


def test_json_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "run.json"
    write_json(path, {"a": 1})
    with pytest.raises(TypeError):
        write_json(path, {"a": object()})
    assert json.loads(path.read_text("utf-8")) == {"a": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_what_was_there_stays_when_the_writer_is_stopped(tmp_path):
    path = tmp_path / "deep" / "numbers.npz"
    with whole_file(path) as part:
        np.savez(part, x=np.arange(3))  # NumPy would add an ending that it misses

    def stopped():
        with whole_file(path) as part:
            part.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert np.load(path)["x"].tolist() == [0, 1, 2]
    assert list(path.parent.iterdir()) == [path]
