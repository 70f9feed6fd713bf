"""Files that are there as a whole or not at all."""

import json

import pytest

from course_utils.files import whole_file, write_json


def test_a_file_is_there_as_a_whole_or_as_it_was(tmp_path):
    path = tmp_path / "deep" / "run.json"
    write_json(path, {"a": 1})

    def stopped():
        with whole_file(path) as part:
            assert part.suffix == path.suffix  # NumPy and Pillow write what the ending says
            part.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert json.loads(path.read_text("utf-8")) == {"a": 1}
    assert list(path.parent.iterdir()) == [path]
