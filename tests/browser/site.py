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

MEASURE = Path(__file__).with_name("site.js").read_text("utf-8")


def look_at(page: Any, html: Path, least: dict[str, float]) -> list[str]:
    """Say what is wrong with one page, and note the least contrast of each kind of text."""
    from chromium import CONTRAST, LEAST_CONTRAST

    page.goto(html.as_uri())
    if page.locator("script[src*=tex-svg]").count():
        page.evaluate("MathJax.startup.promise")
    found = page.evaluate(MEASURE)
    wrong = [f"not set: {one}" for one in found["maths"]]
    for kind, (contrast, text) in page.locator("body").evaluate(CONTRAST).items():
        least[kind] = min(contrast, least.get(kind, 21))
        if contrast < LEAST_CONTRAST:
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
