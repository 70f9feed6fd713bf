"""The gate for saved notebooks: nbval passes one that was never run, and compares no pixels."""

import copy
from pathlib import Path

from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from course_utils.cli import notebooks
from tests import golden


def test_saved_notebook(unit):
    assert notebooks.problems(notebooks.read(unit), unit.stat().st_size) == []


HOME = "/" + "home/ada"  # in two pieces: no file here names a path of a machine
SLIDE = {"slideshow": {"slide_type": "slide"}}


def _notebook():
    text = new_markdown_cell("# One", id="title", metadata=copy.deepcopy(SLIDE))
    code = new_code_cell("1 + 1\n", id="sum", metadata=copy.deepcopy(SLIDE), execution_count=1)
    code.outputs = [new_output("execute_result", {"text/plain": "2"}, execution_count=1)]
    return {"metadata": {"kernelspec": {"name": "python3"}}, "cells": [text, code]}


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
        notebook, change = _notebook(), eval(call)
        note, code = notebook["cells"]
        size = change.pop("size", 0)
        (notebook if size else note if "cell_type" in change else code).update(change)
        return " ".join(notebooks.problems(notebook, size)).replace(HOME, "HOME") or "nothing"

    golden.calls(Path(__file__).with_name("faults.txt"), say)


def test_clean_normalises():
    notebook = _notebook()
    notebook["metadata"] |= {"widgets": {"state": 1}, "language_info": {"version": "3.11.7"}}
    code = notebook["cells"][1]
    code["metadata"]["execution"] = {"iopub.status.busy": "2030-01-01"}
    code["outputs"] = [
        stream("step 1\rstep 2\r"),
        stream("\x1b[1mdone\x1b[0m\n"),
        stream("careful\n", "stderr"),
        {"output_type": "execute_result", "data": {"text/plain": ["<Model at 0x7f00aa11bb22>"]}},
    ]
    notebooks.clean(notebook)
    known = {"kernelspec": notebooks.KERNELSPEC, "language_info": notebooks.LANGUAGE}
    assert notebook["metadata"] == known
    assert code["metadata"] == SLIDE
    assert code["id"] == "sum"
    assert [output.get("text") for output in code["outputs"]] == ["done\n", "careful\n", None]
    assert code["outputs"][2]["data"] == {"text/plain": "<Model at 0xADDRESS>"}
