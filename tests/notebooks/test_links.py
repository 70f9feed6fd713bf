"""Links in units and pages are well formed, and lead to files that exist."""

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[2]
UNITS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
FILES = [*UNITS, *sorted(ROOT.glob("*.md")), *sorted((ROOT / "notebooks").glob("*.md"))]
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
LINK = re.compile(
    r"\[(?P<text>(?:[^\[\]]|\n(?!\n))+)\]\((?P<target>[^\s()]+(?:\([^\s()]*\)[^\s()]*)?)\)"
)
FAULTS = {
    r"\]\(": "a broken link",
    r"\]\s+\((?:https?:|\w+\.(?:ipynb|md))": "a gap inside a link",
    r"https?://|www\.": "an address without a link",
}


def text_of(path):
    """Return the Markdown of a unit or a page, without code."""
    text = path.read_text("utf-8")
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    return CODE.sub("", text)


def addresses(text):
    """Return where the links of a text lead."""
    return [match["target"] for match in LINK.finditer(text)]


def faults(text):
    """Return what is wrong with the links of a text."""
    return [name for kind, name in FAULTS.items() if re.search(kind, LINK.sub("", text))]


def test_links_are_well_formed_and_lead_somewhere():
    for path in FILES:
        text = text_of(path)
        assert faults(text) == [], path.name
        for address in addresses(text):
            parts = urlsplit(address)
            if parts.scheme:
                assert parts.scheme in ("http", "https"), (path.name, address)
                assert re.fullmatch(r"[\w-]+(\.[\w-]+)+", parts.netloc), (path.name, address)
            elif parts.path:
                assert (path.parent / parts.path).exists(), (path.name, address)
        _, _, after = text.partition("## Further reading\n")
        assert path not in UNITS or sum("://" in address for address in addresses(after)) >= 2


def test_faults_are_found():
    broken, gap, bare = FAULTS.values()
    for text in ("see [the page](https://keras.io", "[the page](two words)", "[](https://a.io)"):
        assert broken in faults(text)
    assert gap in faults("see [the page] (glossary.md)")
    assert bare in faults("see https://keras.io")
    assert faults("see [the page](01_a.ipynb#A-(5-minutes)), and [this](https://keras.io).") == []
