"""Golden files: what is printed, and what is refused in which sentence.

`WRITE_GOLDEN=1 pytest -n 0 tests/ROOM` writes them anew: read the difference.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


def same(path: Path, text: str) -> None:
    """Compare a text with what a file holds."""
    if "WRITE_GOLDEN" in os.environ:
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


def calls(
    path: Path, say: Callable[[str], str | list[str]], instead: Mapping[str, str] | None = None
) -> None:
    """Compare what is said of each call that a file holds with what stands below it.

    ``instead`` has words for what is called otherwise each time, such as a folder.
    """

    def below(call: str) -> str:
        said = say(call)
        text = said if isinstance(said, str) else "\n    ".join(said)
        for here, there in (instead or {}).items():
            text = text.replace(here, there)
        return f"{call}\n    {text}\n"

    lines = path.read_text("utf-8").splitlines()
    same(path, "".join(below(line) for line in lines if not line.startswith(" ")))


def refused(path: Path, names: Mapping[str, Any], first: Callable = lambda: None) -> None:
    """Compare how each call that a file holds is refused; ``first`` is done before each."""

    def say(call: str) -> str:
        first()
        try:
            eval(call, dict(names))
        except (ValueError, TypeError) as error:
            return f"{type(error).__name__}: {error}"
        return "is not refused"

    calls(path, say)
