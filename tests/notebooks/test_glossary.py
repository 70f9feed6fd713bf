"""The glossary links each term to the heading under which a unit explains it.

``python3 tests/notebooks/test_glossary.py`` mends the links after a unit was renamed, or the
minutes of a heading have changed.
"""

import json
import re
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "notebooks"
PAGE = FOLDER / "glossary.md"
LINE = re.compile(
    r"\* \*\*(?P<term>[^*]+)\*\*: (?P<text>[^\[\]]+\.) "
    r"\[(?P<unit>\d\d), (?P<heading>[^\]]+)\]\((?P<link>\S+)\)"
)
MINUTES = re.compile(r" \(\d+ minutes?\)$")


def sections():
    """Return the link and the text of all sections, by unit and heading without minutes."""
    found = {}
    for path in sorted(FOLDER.glob("[0-9][0-9]_*.ipynb")):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
        for part in re.split(r"^#+ ", text, flags=re.MULTILINE)[1:]:
            heading, _, rest = part.partition("\n")
            words = " ".join(f"{heading} {rest}".replace("*", "").split())
            anchor = heading.replace(" ", "-")  # as JupyterLab does
            key = path.name[:2], MINUTES.sub("", heading)
            found[key] = f"{path.name}#{anchor}", words
    return found


def lines():
    """Return the lines of the page, matched."""
    written = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("* ")]
    matched = [LINE.fullmatch(line) for line in written]
    assert None not in matched, written[matched.index(None)]
    return matched


def test_terms_are_in_order_and_link_to_headings_that_explain_them():
    known, found = sections(), lines()
    terms = [line["term"].casefold() for line in found]
    assert terms == sorted(set(terms))
    for term, line in zip(terms, found, strict=True):
        link, text = known[line["unit"], line["heading"]]
        assert line["link"] == link, f"{term}: run python3 {__file__}"
        assert term in text.casefold(), term


if __name__ == "__main__":
    page, known = PAGE.read_text("utf-8"), sections()
    for one in lines():
        if section := known.get((one["unit"], one["heading"])):
            page = page.replace(one[0], one[0].replace(one["link"], section[0]))
    PAGE.write_text(page, "utf-8")
