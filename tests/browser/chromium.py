"""The Chromium without a network in which the scripts beside it look at pages."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAMS = ("chromium", "google-chrome", "chromium-browser")
LEAST_CONTRAST = 4.5

CONTRAST = Path(__file__).with_name("contrast.js").read_text("utf-8")


@contextmanager
def chromium() -> Iterator[Any]:
    """Start the browser."""
    from playwright.sync_api import sync_playwright  # pytest, which looks in here, needs none

    program = next(filter(None, map(shutil.which, PROGRAMS)))
    flags = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        yield browser
        browser.close()


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
