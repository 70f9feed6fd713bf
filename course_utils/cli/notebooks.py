"""What a saved notebook of the course looks like: the rules, and how an executed one is cleaned.

``refresh`` saves by them, and the tests hold every notebook to them. A notebook is a plain
``dict`` here, as its JSON says, so that nothing needs to be installed to check one.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from course_utils.cli.environment import _ProblemError
from course_utils.files import ROOT

_FOLDER = ROOT / "notebooks"
_MAX_BYTES = 1_500_000
_MAX_CODE_LINES = 20
_MAX_CODE_COLUMNS = 75  # wider code is clipped on a slide
_TAGS = (  # and `approx`
    *("checks", "lecture-note", "nbval-ignore-output", "plot", "raises-exception"),
    *("real-data", "real-photographs", "real-weights", "solution"),
)
_COLLAPSED_TAGS = ("checks", "plot", "solution")
_LEFT_OUT = {"checks", "solution"}  # what a class does not see, whatever it is given

_KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
_LANGUAGE = {
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "pygments_lexer": "ipython3",
}

# A widget lives as long as its kernel: what is saved is the picture in front of it.
_WIDGET = "application/vnd.jupyter.widget-view+json"
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,16}\b")
_ABSOLUTE = re.compile(
    r"(?<![\w./:<])(?:/(?:home|root|Users|tmp|work|var|opt)/|[A-Z]:\\\\?)[\w.-]+"
)
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_OVERWRITTEN = re.compile(r"^.*\r(?=[^\n])", re.MULTILINE)
_IMAGE = re.compile(r"<img\b[^>]*>")
_ALT = re.compile(r"""\balt=("[^"]+"|'[^']+')""")
_APPROX = re.compile(r"approx(?::(0\.\d*[1-9]\d*))?")  # a tag; without a number it is 0.02
# The blank lines let Markdown through; a summary is shown as it is typed.
_CALL_OUT = re.compile(
    r"<details>\n<summary>(In the lecture notes|For the teacher): [^*`$\n]+</summary>\n\n"
    r"(?:(?!</?details).)+\n\n</details>\s*",
    re.DOTALL,
)


# A kernel's outputs must not depend on the shell that the kernel was started from.
_NOT_INHERITED = (
    *("COLUMNS", "LINES", "FORCE_COLOR", "NO_COLOR", "COURSE_STUDENT"),
    *("MPLBACKEND", "MATPLOTLIBRC", "PYTHONWARNINGS"),
)
_FIXED = {
    "COURSE_PROGRESS": "",  # what tests and `refresh` answer is nobody's progress
    "JUPYTER_PREFER_ENV_PATH": "1",
    "OPENBLAS_NUM_THREADS": "1",  # as `environment._variables` says
    "PYTHONHASHSEED": "0",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}


def _steady_environment() -> None:
    """Give the kernels that this process starts the same variables on every machine."""
    for name in _NOT_INHERITED:
        os.environ.pop(name, None)
    # A folder for Matplotlib's cache is needed where the home folder cannot be written; settings
    # in it would change the figures.
    if Path(os.environ.get("MPLCONFIGDIR", os.devnull), "matplotlibrc").exists():
        del os.environ["MPLCONFIGDIR"]
    os.environ.update(_FIXED)


def _paths() -> list[Path]:
    """Return the course's notebooks in teaching order."""
    return sorted(_FOLDER.glob("[0-9][0-9]_*.ipynb"))


def _choose(numbers: list[str]) -> list[Path]:
    """Return the notebooks with these numbers, or all where none is given."""
    known = {path.name[:2]: path for path in _paths()}
    wanted = [re.split(r"[_.]", Path(n).name)[0].zfill(2) for n in numbers] or list(known)
    if unknown := [number for number in wanted if number not in known]:
        raise _ProblemError(
            f"There is no notebook {', '.join(unknown)}. There are: {', '.join(known)}."
        )
    return [known[number] for number in wanted]


def _read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text("utf-8")))


def _source(cell: dict[str, Any]) -> str:
    """Return the text of a cell, which a file has in lines."""
    return _text(cell["source"])


def _tags(cell: dict[str, Any]) -> list[str]:
    return list(cell["metadata"].get("tags", []))


def _slide_type(cell: dict[str, Any]) -> str | None:
    """Return how a cell begins on a slide, if it says so."""
    return cell["metadata"].get("slideshow", {}).get("slide_type")


def _is_for_class(cell: dict[str, Any]) -> bool:
    """Say whether a class sees a cell: neither a solution nor a test nor a note for the teacher."""
    return _slide_type(cell) != "notes" and _LEFT_OUT.isdisjoint(_tags(cell))


def _clean(notebook: dict[str, Any]) -> None:
    """Bring an executed notebook into the form in which it is saved, in place.

    Execution times, widgets and the machine's Python version go; streams are joined and read
    as a terminal would show them; memory addresses become one constant. Cell ids stay.
    """
    notebook["metadata"] = {"kernelspec": dict(_KERNELSPEC), "language_info": dict(_LANGUAGE)}
    for cell in notebook["cells"]:
        cell["metadata"].pop("execution", None)
        cell["metadata"].pop("collapsed", None)
        if cell["cell_type"] == "code":
            cell["outputs"] = list(_cleaned(cell["outputs"]))


def _cleaned(outputs: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    last: dict[str, Any] | None = None
    for output in outputs:
        if output["output_type"] == "stream":
            if last and last["output_type"] == "stream" and last["name"] == output["name"]:
                last["text"] = _as_shown(_text(last["text"]) + _text(output["text"]))
                continue
            output["text"] = _as_shown(_text(output["text"]))
        elif "data" in output:
            if _WIDGET in output["data"]:
                continue
            for mime, content in output["data"].items():
                if mime.startswith("text/"):
                    output["data"][mime] = _ADDRESS.sub("0xADDRESS", _text(content))
        last = output
        yield output


def _as_shown(text: str) -> str:
    text = _OVERWRITTEN.sub("", _ANSI.sub("", text.replace("\r\n", "\n")))
    return _ADDRESS.sub("0xADDRESS", text)


def _text(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)


def _problems(notebook: dict[str, Any], size: int = 0) -> list[str]:
    """Say what keeps a saved notebook, in a file of so many bytes, from being as the course's."""
    found = []
    if notebook["metadata"].get("kernelspec", {}).get("name") != "python3":
        found.append("the kernel is not python3")
    if "widgets" in notebook["metadata"] or _WIDGET in str(notebook["cells"]):
        found.append("a widget is saved")
    if size >= _MAX_BYTES:
        found.append(f"{size:,} bytes, and {_MAX_BYTES:,} is too many")
    cells = notebook["cells"]
    ids = [cell.get("id") for cell in cells]
    if None in ids or len(set(ids)) != len(ids):
        found.append("cell ids are missing or repeated")
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    for number, cell in enumerate(code, start=1):
        found += [f"cell {cell.get('id')}: {text}" for text in _code_problems(cell, number)]
    for cell in cells:
        found += [f"cell {cell.get('id')}: {text}" for text in _cell_problems(cell)]
    return found


def _code_lines(cell: dict[str, Any]) -> list[str]:
    """Return a cell's lines that are neither blank nor a comment."""
    lines = _source(cell).splitlines()
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


def _cell_problems(cell: dict[str, Any]) -> Iterator[str]:
    text, own, begins = _source(cell), _tags(cell), _slide_type(cell)
    if not text.strip():
        yield "is empty"
    if begins is None:
        yield "has no slideshow metadata"
    for tag in own:
        if tag not in _TAGS and not _APPROX.fullmatch(tag):
            yield f"has the unknown tag {tag} (known: approx, approx:0.05, {', '.join(_TAGS)})"
    if "checks" in own and begins != "skip":
        yield "is tagged checks and not left out of slides: skip it"
    call_out = _CALL_OUT.fullmatch(text)
    summary = call_out[1] if call_out else None
    if "lecture-note" in own and summary != "In the lecture notes":
        yield "is tagged lecture-note and not a collapsed call-out (CONTRIBUTING.md)"
    if begins == "notes" and summary != "For the teacher":
        yield "is a note for the speaker and not a collapsed call-out (CONTRIBUTING.md)"
    if cell["cell_type"] == "markdown" and re.search(r"!\[\s*\]\(", text):
        yield "has an image without alternative text"
    for shown in _texts(cell):
        for image in _IMAGE.findall(shown):
            if not _ALT.search(image):
                yield f"has an image without alternative text: {image[:60]}"
        for trace in _ABSOLUTE.findall(shown):
            yield f"shows an absolute path: {trace}"


def _code_problems(cell: dict[str, Any], number: int) -> Iterator[str]:
    text, own = _source(cell), _tags(cell)
    if cell["execution_count"] != number:
        yield f"was executed as number {cell['execution_count']}, not {number}"
    if "execution" in cell["metadata"]:
        yield "saves execution times"
    if len(_code_lines(cell)) > _MAX_CODE_LINES:
        yield f"has {len(_code_lines(cell))} lines of code"
    hidden = cell["metadata"].get("jupyter", {}).get("source_hidden", False)
    if "### BEGIN SOLUTION" in text and not hidden:
        yield "shows a solution: collapse it"
    for tag in _COLLAPSED_TAGS:
        if tag in own and not hidden:
            yield f"is tagged {tag} and not collapsed"
    for line in text.splitlines():
        if len(line) > _MAX_CODE_COLUMNS:
            yield f"is {len(line)} columns wide: {line}"
    for output in cell["outputs"]:
        if output["output_type"] == "error" and "raises-exception" not in own:
            yield f"failed: {output['ename']}"
        if output.get("name") == "stderr":
            yield f"wrote to stderr: {_text(output['text']).strip()[:200]}"
        if "nbval-ignore-output" not in own and "\r" in _text(output.get("text", "")):
            yield "shows the debris of a progress bar"
        if "image/png" in output.get("data", {}):
            yield "shows a figure without alternative text (use course_utils.show)"


def _texts(cell: dict[str, Any]) -> Iterator[str]:
    """Yield what a reader sees of a cell, but for its code."""
    if cell["cell_type"] == "markdown":
        yield _source(cell)
    for output in cell.get("outputs", ()):
        yield _text(output.get("text", ""))
        for mime, content in output.get("data", {}).items():
            if mime.startswith("text/"):
                # The pixels of a picture are not text, and by chance could look like anything.
                yield re.sub(r"base64,[A-Za-z0-9+/=\s]+", "base64,", _text(content))
