"""Links in units and pages are well formed, and lead to files that exist.

Whether an address on the web still answers is checked by hand: ``python3
tests/notebooks/test_links.py`` prints all of them, and where they stand.
"""

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[2]
UNITS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "notebooks").glob("*.md"))]
FILES = UNITS + PAGES
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
LINK = re.compile(
    r"\[(?P<text>(?:[^\[\]]|\n(?!\n))+)\]\((?P<target>[^\s()]+(?:\([^\s()]*\)[^\s()]*)?)\)"
)


def text_of(path):
    """Return the Markdown of a unit or a page, without code."""
    text = path.read_text("utf-8")
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    return CODE.sub("", text)


def addresses(path):
    """Return where the links of a file lead."""
    return [match["target"] for match in LINK.finditer(text_of(path))]


def faults(text):
    """Return what is wrong with the links of a text."""
    rest = LINK.sub("", text)
    kinds = {
        r"\]\(": "a broken link",
        r"\]\s+\((?:https?:|\w+\.(?:ipynb|md))": "a gap inside a link",
        r"https?://|www\.": "an address without a link",
    }
    return [name for kind, name in kinds.items() if re.search(kind, rest)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_links_are_well_formed(path):
    assert faults(text_of(path)) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("see [the page](https://keras.io", "a broken link"),
        ("see [the page](two words)", "a broken link"),
        ("see [](https://keras.io)", "a broken link"),
        ("see [the page] (glossary.md)", "a gap inside a link"),
        ("see https://keras.io", "an address without a link"),
    ],
)
def test_faults_are_found(text, fault):
    assert fault in faults(text)
    assert faults("see [the page](01_a.ipynb#A-(5-minutes)), and [this](https://keras.io).") == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    for address in addresses(path):
        parts = urlsplit(address)
        if parts.scheme:
            assert parts.scheme in ("http", "https"), address
            assert re.fullmatch(r"[\w-]+(\.[\w-]+)+", parts.netloc), address
        elif parts.path:
            assert (path.parent / parts.path).exists(), address


def test_each_unit_ends_with_further_reading(unit):
    _, _, after = text_of(unit).partition("## Further reading\n")
    outside = [one for one in LINK.finditer(after) if urlsplit(one["target"]).scheme]
    assert len(outside) >= 2


if __name__ == "__main__":
    where = {}
    for file in FILES:
        for address in addresses(file):
            if urlsplit(address).scheme:
                where.setdefault(address, []).append(file.name[:2] if file in UNITS else file.name)
    for address, files in sorted(where.items()):
        print(address, *sorted(set(files)))
