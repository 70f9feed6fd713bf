"""What the tests of all rooms share."""

import pytest

from course_utils.cli import notebooks

collect_ignore_glob = ["browser/*"]  # where there are no doctests, and Playwright need not be there


def pytest_generate_tests(metafunc):
    """Run a test that takes a ``unit`` once for each notebook of the course, by its path."""
    if "unit" in metafunc.fixturenames:
        metafunc.parametrize("unit", notebooks._paths(), ids=lambda path: path.stem)


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """An empty cache of Keras's, and no network."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    return tmp_path


@pytest.fixture
def displayed(monkeypatch):
    """A list that fills with the outputs that are handed to Jupyter."""
    outputs = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: outputs.append(data))
    return outputs
