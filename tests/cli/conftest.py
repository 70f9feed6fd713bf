"""What the tests of commands share."""

import os
from pathlib import Path

import pytest


@pytest.fixture
def golden():
    """Compare a text with a file in ``golden``; with ``WRITE_GOLDEN=1`` it is written anew."""

    def compare(name, text):
        path = Path(__file__).with_name("golden") / name
        if "WRITE_GOLDEN" in os.environ:
            path.write_text(text, "utf-8")
        assert text == path.read_text("utf-8")

    return compare
