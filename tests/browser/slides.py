"""Look at every slide of every unit in a real Chromium that has no network.

    python3 tests/browser/slides.py FOLDER [--shots DIR] [NN ...]

FOLDER holds what `python3 -m course_utils slides --pdf --out FOLDER` wrote (without `--pdf` the
handouts are not looked at). Like `play.py`, this is a command of its own.
"""

import re
from pathlib import Path
from typing import Any

from chromium import asked, chromium, watched

MAX_CODE_LINES = 20  # of one cell; what is longer is cut
SMALLEST = 0.65  # of the size that text has on a slide with room to spare

MEASURE = Path(__file__).with_name("slide.js").read_text("utf-8")


def faults(found: dict) -> list[str]:
    """Say what is wrong with one slide."""
    said = [f"falls off: {what!r}" for what in found["outside"]]
    counts = ("clipped", "broken", "maths", "invisible")
    said += [f"{found[key]} {key}" for key in counts if found[key]]
    if not found["seen"]:
        said.append("is empty")
    if found["text"] < SMALLEST:
        said.append(f"text at {found['text']:.2f} of its size")
    if found["code"] > MAX_CODE_LINES:
        said.append(f"{found['code']} lines of code")
    return said


def look_at(page: Any, html: Path, wrong: list[str], shots: Path | None) -> None:
    """Go through one unit's slides and note what is wrong with them."""
    page.goto(html.resolve().as_uri())
    page.wait_for_selector("body.ready", timeout=120_000)
    seen = []
    total = page.evaluate("Reveal.getTotalSlides()")
    for number in range(1, total + 1):
        seen.append(found := page.evaluate(MEASURE))
        wrong += [f"slide {number} {what}" for what in faults(found)]
        if shots:
            page.screenshot(path=shots / f"{html.stem[:2]}-{number:03}.png")
        page.evaluate("Reveal.configure({fragments: false}), Reveal.next()")
    handout = html.with_suffix(".pdf")
    if handout.exists():
        pages = len(re.findall(rb"/Type /Page\b", handout.read_bytes()))
        wrong += [f"{pages} pages in the handout for {total} slides"] * (pages != total)
    notes = page.evaluate("document.querySelectorAll('aside.notes').length")
    texts = [found["text"] for found in seen]
    small = sum(text < 0.8 for text in texts)
    letters, figure = (min(found[key] or 9999 for found in seen) for key in ("smallest", "figure"))
    print(
        f"{html.stem[:2]}: {total} slides, {small} with text below 0.8 (least {min(texts):.2f}), "
        f"smallest letters {letters:.0f} px, narrowest figure {figure:.0f} px, "
        f"{notes} slides with notes, {len(wrong)} faults",
        flush=True,
    )


def main() -> None:
    """Look at the decks in a folder."""
    given = asked(__doc__, folder={"type": Path}, numbers={"nargs": "*"})
    with chromium() as (browser, wrong):
        for html in sorted(given.folder.glob("[0-9][0-9]_*.html")):
            if not given.numbers or html.name[:2] in given.numbers:
                own: list[str] = []
                with watched(browser, own, "file:") as page:  # 1280 x 720
                    look_at(page, html, own, given.shots)
                wrong += [f"{html.name}: {what}" for what in own]


if __name__ == "__main__":
    main()
