"""Golden files: what is printed, and what is refused in which sentence.

`WRITE_GOLDEN=1 pytest -n 0 tests/ROOM` writes them anew: read the difference.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def same(path: Path, text: str) -> None:
    """Compare a text with what a file holds."""
    if "WRITE_GOLDEN" in os.environ:
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


def refused(path: Path, names: Mapping[str, Any]) -> None:
    """Make each call that a file holds, and compare what is said of it with what stands below."""
    lines = path.read_text("utf-8").splitlines()
    calls = [line for line in lines if not line.startswith(" ")]
    same(path, "".join(f"{call}\n    {said(call, names)}\n" for call in calls))


def said(call: str, names: Mapping[str, Any]) -> str:
    """Return how a call is refused."""
    try:
        eval(call, dict(names))
    except (ValueError, TypeError) as error:
        return f"{type(error).__name__}: {error}"
    return "is not refused"
