"""The Chromium without a network in which the scripts beside it look at pages."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

PROGRAMS = ("chromium", "google-chrome", "chromium-browser")
LEAST_CONTRAST = 4.5

# Of each kind of text: the least contrast as WCAG 2 has it, and where. MathJax's formulas have the
# colour of the text around them.
CONTRAST = r"""(root) => {
  const colour = (text) => {
    const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
    return [r, g, b, a];
  };
  const over = ([r, g, b, a], [x, y, z]) =>
    [r * a + x * (1 - a), g * a + y * (1 - a), b * a + z * (1 - a)];
  const light = (rgb) => rgb.map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, n) => sum + v * [0.2126, 0.7152, 0.0722][n], 0);
  const worst = {};
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const at = walk.currentNode.parentElement, style = getComputedStyle(at);
    if (!walk.currentNode.data.trim() || !at.getClientRects().length) continue;
    if (at.closest("script, style, svg, mjx-assistive-mml")) continue;
    if (style.visibility != "visible") continue;
    const behind = [];
    let seen = 1;
    for (let one = at; one; one = one.parentElement) {
      behind.push(colour(getComputedStyle(one).backgroundColor));
      seen *= getComputedStyle(one).opacity;
    }
    const ground = behind.reduceRight((below, one) => over(one, below), [255, 255, 255]);
    const [r, g, b, a] = colour(style.color);
    const both = [light(over([r, g, b, a * seen], ground)), light(ground)];
    const contrast = (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
    const kind = at.closest(".c1") ? "comment" : at.closest(".highlight") ? "code" :
      at.closest("a") ? "link" : "text";
    if (!(contrast >= worst[kind]?.[0])) worst[kind] = [contrast, walk.currentNode.data.trim()];
  }
  return worst;
}"""


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
