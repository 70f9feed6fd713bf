"""What the tests of all rooms share."""

from course_utils.cli import notebooks


def pytest_generate_tests(metafunc):
    """Run a test that takes a ``unit`` once for each notebook of the course, by its path."""
    if "unit" in metafunc.fixturenames:
        metafunc.parametrize("unit", notebooks.paths(), ids=lambda path: path.stem)
