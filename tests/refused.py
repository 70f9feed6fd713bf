"""What is refused, and in which sentence: a text file of calls, each with what is said of it below.

`WRITE_GOLDEN=1 pytest -n 0 tests/ROOM` writes the sentences anew: read the difference.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def compare(path: Path, names: Mapping[str, Any]) -> None:
    """Make each call of a file, and compare what is said of it with what stands below it."""
    kept = path.read_text("utf-8")
    calls = [line for line in kept.splitlines() if not line.startswith(" ")]
    found = "".join(f"{call}\n    {said(call, names)}\n" for call in calls)
    if "WRITE_GOLDEN" in os.environ:
        path.write_text(found, "utf-8")
    assert found == kept


def said(call: str, names: Mapping[str, Any]) -> str:
    """Return how a call is refused."""
    try:
        eval(call, dict(names))
    except (ValueError, TypeError) as error:
        return f"{type(error).__name__}: {error}"
    return "is not refused"
