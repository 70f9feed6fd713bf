"""The Chromium without a network in which the scripts beside it look at pages.

Each takes ``--shots DIR``, prints what is wrong, and ends with status 1 if anything is.
"""

import argparse
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

PROGRAMS = ("chromium", "google-chrome", "chromium-browser")
LEAST_CONTRAST = 4.5

CONTRAST = Path(__file__).with_name("contrast.js").read_text("utf-8")


def asked(description: str, **more: dict[str, Any]) -> argparse.Namespace:
    """Read the command line, which holds more than a folder for pictures."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--shots", type=Path, metavar="DIR", help="save pictures here")
    for name, settings in more.items():
        parser.add_argument(name, **settings)
    return parser.parse_intermixed_args()


@contextmanager
def chromium() -> Iterator[tuple[Any, list[str]]]:
    """Start the browser; in the end, print what was found wrong."""
    program = next(filter(None, map(shutil.which, PROGRAMS)))
    flags = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    wrong: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        yield browser, wrong
        browser.close()
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)


@contextmanager
def watched(browser: Any, wrong: list[str], *known: str, **settings: Any) -> Iterator[Any]:
    """Open a page, and note its errors and what it asks for that does not begin as is known."""

    def asks(request: Any) -> None:
        if not request.url.startswith((*known, "data:", "blob:")):
            wrong.append(f"asks for {request.url[:80]}")

    page = browser.new_page(**settings)
    page.on("request", asks)
    page.on("requestfailed", lambda request: wrong.append(f"failed: {request.url[:80]}"))
    page.on("pageerror", lambda error: wrong.append(f"error: {str(error)[:120]}"))
    page.on("console", lambda said: said.type == "error" and wrong.append(f"console: {said.text}"))
    yield page
    page.close()


def faint(part: Any, least: dict[str, float]) -> list[str]:
    """Say which text of a part of a page is hard to read; note the least contrast of each kind."""
    wrong = []
    for kind, (contrast, text) in part.evaluate(CONTRAST).items():
        least[kind] = min(contrast, least.get(kind, 21))
        if contrast < LEAST_CONTRAST:
            wrong.append(f"contrast {contrast:.1f} of the {kind} {text[:30]!r}")
    return wrong
