"""Look at every page of the site in a real Chromium that has no network, in both themes.

    python3 tests/browser/site.py DIR [--shots DIR]

DIR is what `python3 -m course_utils site DIR` wrote. This is a command of its own and no part of
the tests. It needs `pip install playwright` and a Chromium or Chrome on the PATH. It fails on text
whose contrast is below 4.5, formulas that are not set, broken images, pages wider than the window,
and any request for what is not in DIR.
"""

import argparse
import sys
from itertools import product
from pathlib import Path
from typing import Any

# Contrast as WCAG 2 has it, of all text, also what is closed; MathJax's formulas have the colour of
# the text around them.
MEASURE = r"""() => {
  document.head.append(Object.assign(document.createElement("style"),
    {textContent: "* {animation: none !important; transition: none !important}"}));
  for (const one of document.querySelectorAll("details")) one.open = true;
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
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
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
  return {
    worst, wide: document.documentElement.scrollWidth - innerWidth,
    maths: document.querySelector("article").innerText.match(/\$[^$\n]{1,60}\$/g) ?? [],
    broken: [...document.images].filter((one) => one.complete && !one.naturalWidth).length,
  };
}"""


def look_at(page: Any, html: Path, least: dict[str, float]) -> list[str]:
    """Say what is wrong with one page, and note the least contrast of each kind of text."""
    page.goto(html.as_uri())
    if page.locator("script[src*=tex-svg]").count():
        page.evaluate("MathJax.startup.promise")
    found = page.evaluate(MEASURE)
    wrong = [f"not set: {one}" for one in found["maths"]]
    for kind, (contrast, text) in found["worst"].items():
        least[kind] = min(contrast, least.get(kind, 21))
        if contrast < 4.5:
            wrong.append(f"contrast {contrast:.1f} of the {kind} {text[:30]!r}")
    wrong += [f"{found[key]} {key}" for key in ("wide", "broken") if found[key] > 0]
    return wrong


def main() -> int:
    """Look at all pages; the status is 1 if anything is wrong."""
    from chromium import chromium, watched  # beside this script, which pytest does not know

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shots", type=Path, help="save a picture of the top of every page here")
    given = parser.parse_args()
    wrong: list[str] = []
    folder = given.folder.resolve()
    with chromium() as browser:
        for width, theme in product((1280, 390), ("light", "dark")):
            least: dict[str, float] = {}
            looks = {"viewport": {"width": width, "height": 720}, "color_scheme": theme}
            with watched(browser, wrong, folder.as_uri(), **looks) as page:
                for html in sorted(folder.rglob("*.html")):
                    name = f"{html.stem}-{theme}-{width}"
                    wrong += [f"{name}: {what}" for what in look_at(page, html, least)]
                    if given.shots:
                        page.screenshot(path=given.shots / f"{name}.png")
            kinds = ", ".join(f"{kind} {least[kind]:.1f}" for kind in sorted(least))
            print(f"{width} wide, {theme}: least contrast of {kinds}", flush=True)
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
