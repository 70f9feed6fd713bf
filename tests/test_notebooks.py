"""The gate for saved notebooks: nbval passes one that was never run, and compares no pixels."""

import json
from pathlib import Path

from course_utils.cli import notebooks
from tests import golden


def test_saved_notebook(unit):
    assert notebooks._problems(notebooks._read(unit), unit.stat().st_size) == []


HERE = Path(__file__).parent / "notebooks"
HOME = "/" + "home/ada"  # in two pieces: no file here names a path of a machine
SLIDE = {"slideshow": {"slide_type": "slide"}}


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def shown(text, kind="text/html"):
    return {"outputs": [{"output_type": "display_data", "data": {kind: text}}]}


CALL_OUT = """<details>
<summary>In the lecture notes: pooling and weights</summary>

They say that pooling has *fewer* weights.

* It has none.

</details>"""


def text(source, *tags, slide="slide"):
    metadata = {"slideshow": {"slide_type": slide}, "tags": [*tags]}
    return {"cell_type": "markdown", "source": source, "metadata": metadata}


APPROX = {
    "jupyter": {"source_hidden": True},
    "slideshow": {"slide_type": "skip"},
    "tags": ["approx:0.05", "checks", "real-data"],
}
PIXELS = f'<img alt="A line." src="data:image/png;base64,AAAA{HOME}+C==">'


def test_gate_names_each_fault():
    """``faults.txt`` has what is changed in the cell with code or text, or in the whole file."""

    def say(call):
        notebook, change = notebooks._read(HERE / "notebook.json"), eval(call)
        note, code = notebook["cells"]
        size = change.pop("size", 0)
        (notebook if size else note if "cell_type" in change else code).update(change)
        return " ".join(notebooks._problems(notebook, size)).replace(HOME, "HOME") or "nothing"

    golden.calls(HERE / "faults.txt", say)


def test_clean_normalises():
    """``unclean.json`` holds what a run may leave, ``cleaned.json`` what is saved of it."""
    notebook = notebooks._read(HERE / "unclean.json")
    notebooks._clean(notebook)
    golden.same(HERE / "cleaned.json", json.dumps(notebook, indent=1) + "\n")
