"""Look at every page of the site in a real Chromium that has no network, in both themes.

    python3 tests/browser/site.py DIR [--shots DIR]

DIR is what `python3 -m course_utils site DIR` wrote. It fails on text whose contrast is below 4.5,
formulas that are not set, broken images, pages wider than the window, and any request for what is
not in DIR. Like `play.py`, this is a command of its own.
"""

from itertools import product
from pathlib import Path
from typing import Any

from chromium import asked, chromium, faint, watched

MEASURE = Path(__file__).with_name("site.js").read_text("utf-8")


def look_at(page: Any, html: Path, least: dict[str, float]) -> list[str]:
    """Say what is wrong with one page, and note the least contrast of each kind of text."""
    page.goto(html.as_uri())
    if page.locator("script[src*=tex-svg]").count():
        page.evaluate("MathJax.startup.promise")
    found = page.evaluate(MEASURE)
    wrong = [f"not set: {one}" for one in found["maths"]]
    wrong += faint(page.locator("body"), least)
    wrong += [f"{found[key]} {key}" for key in ("wide", "broken") if found[key] > 0]
    return wrong


def main() -> None:
    """Look at all pages."""
    given = asked(__doc__, folder={"type": lambda name: Path(name).resolve()})
    with chromium() as (browser, wrong):
        for width, theme in product((1280, 390), ("light", "dark")):
            least: dict[str, float] = {}
            looks = {"viewport": {"width": width, "height": 720}, "color_scheme": theme}
            with watched(browser, wrong, given.folder.as_uri(), **looks) as page:
                for html in sorted(given.folder.rglob("*.html")):
                    name = f"{html.stem}-{theme}-{width}"
                    wrong += [f"{name}: {what}" for what in look_at(page, html, least)]
                    if given.shots:
                        page.screenshot(path=given.shots / f"{name}.png")
            kinds = ", ".join(f"{kind} {least[kind]:.1f}" for kind in sorted(least))
            print(f"{width} wide, {theme}: least contrast of {kinds}", flush=True)


if __name__ == "__main__":
    main()
