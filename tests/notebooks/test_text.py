"""What a unit's cells say and print, and its notes for whoever teaches it."""

import re

import mistune
import nbformat

from course_utils.cli import notebooks, slides

VERDICT = re.compile(r"\S.*\b(?:True|False)$")  # `check(...).correct` prints the word alone
# What a cell computes is read off that cell: a copy in a note would grow old.
COMPUTED = re.compile(r"\d\.\d|\d,\d{3}|\d ?%|\d ?per ?cent")


def cells(unit, kind):
    return [cell for cell in notebooks.read(unit)["cells"] if cell["cell_type"] == kind]


# --- emphasis is shown as such, and not as asterisks -----------------------------------------


def left(text):
    """Return the lines in which a double asterisk is left when the text is rendered."""
    html = re.sub(r"<code>.*?</code>|\$.*?\$", "", str(mistune.html(text)), flags=re.DOTALL)
    return [line for line in html.splitlines() if "**" in line]


def test_no_asterisks_are_left(unit):
    texts = map(notebooks.source, cells(unit, "markdown"))
    assert [line for text in texts for line in left(text)] == []


def test_a_blank_before_the_end_is_found():
    assert left("**On your own: ** try it")
    assert not left("**On your own:** try it, 2 * 2, `x**2`")


# --- numbers are printed, and not whether something is true ----------------------------------


def verdicts(outputs):
    """Return the lines that end in True or False."""
    parts = [o.get("text", o.get("data", {}).get("text/plain", "")) for o in outputs]
    lines = "\n".join("".join(part) for part in parts).splitlines()
    return [line for line in lines if VERDICT.match(line.strip())]


def test_numbers_are_shown_and_not_verdicts(unit):
    assert [line for cell in cells(unit, "code") for line in verdicts(cell["outputs"])] == []


def test_verdicts_are_found():
    printed = {"text": ["the loss falls: True\n", "from 2.3 to 0.9\n", "True\n"]}
    shown = {"data": {"text/plain": ["the loss falls: False"]}}
    assert verdicts([printed, shown]) == ["the loss falls: True", "the loss falls: False"]


# --- what to ask, what goes wrong, and what to skip when late --------------------------------


def notes(unit):
    """Return the text of a unit's notes, without their summaries."""
    texts = [
        notebooks.source(cell)
        for cell in cells(unit, "markdown")
        if notebooks.slide_type(cell) == "notes"
    ]
    return [text.partition("</summary>")[2].removesuffix("</details>") for text in texts]


def test_a_unit_has_a_few_short_notes(unit):
    found = notes(unit)
    assert 3 <= len(found) <= 6
    assert [text for text in found if not 30 <= len(text.split()) <= 80] == []
    assert [text for text in found if COMPUTED.search(text)] == []
    assert any(re.search(r"\blate\b", text) for text in found)


def test_the_speaker_sees_them_and_the_class_does_not(unit):
    shown = list(slides.cells_of(nbformat.read(unit, as_version=4).cells))
    told = [cell.source for cell in shown if notebooks.slide_type(cell) == "notes"]
    for text in notes(unit):
        assert sum(one.endswith(text.strip()) for one in told) == 1
    assert not any("<details>" in text for text in told)
    assert "For the teacher" not in "".join(cell.source for cell in shown)
