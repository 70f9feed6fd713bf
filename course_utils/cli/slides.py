"""``slides``: each unit as one HTML file that presents without a network.

nbconvert turns the cells into slides for reveal.js. What belongs on a slide is decided here, by
rule, so that any notebook will do; how much fits on one is measured in the browser, by `deck.js`.
"""

import ast
import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import nbformat
from nbconvert import SlidesExporter
from nbformat.v4 import new_code_cell, new_markdown_cell
from websocket import WebSocketException, create_connection

from course_utils.cli import notebooks
from course_utils.cli.environment import _WINDOWS, _ProblemError, _say, _writing
from course_utils.files import ROOT, whole_file

_MAX_CODE_LINES = 14  # longer code is cut where a blank line stands in front of a statement

# Files of others, unchanged, with their licences, from the npm packages reveal.js 4.6.1,
# mathjax 3.2.2, @fontsource/source-sans-3 5.3.1 and source-code-pro 2.42.0.
_RESOURCES = Path(__file__).parent / "reveal"
_SCRIPTS = ("mathjax/tex-svg.js", "reveal.js/reveal.js", "reveal.js/notes.js")

_BREAKS = ("-", "fragment", "subslide", "slide")  # the later, the stronger
_MINUTES = re.compile(r"^(#+ .+?) \((\d+ minutes?)\)$", re.MULTILINE)
_CALL_OUT = re.compile(
    r"<details>\s*<summary>(?:For the teacher: )?(.*?)</summary>\s*(.*?)\s*</details>", re.DOTALL
)
_POINTER = re.compile(r"\n\n(?!\*).*\b(?:cells?|notebook)\b.*\blists?\b.*\s*\Z")
_STATEMENT = re.compile(r"\n\s*\n(?=[^\s)\]}])")
_ROOM = '<div class="answer" contenteditable role="textbox" aria-label="Our answer"></div>'
_LINK = re.compile(r'(href="\d\d_\w+)\.ipynb\b')


def main(numbers: list[str], folder: Path | None, pdf: bool) -> int:
    """Write the slides of the units with these numbers, or of all; the status is 0."""
    target = folder or ROOT / "slides"
    browser = _find_browser() if pdf else None
    chosen = notebooks._choose(numbers)
    with _writing(target):
        target.mkdir(parents=True, exist_ok=True)
        for path in chosen:
            html = target / f"{path.stem}.html"
            with whole_file(html) as part:
                part.write_text(_deck(path), "utf-8", newline="\n")
            _say(f"{html} ({html.stat().st_size / 1e6:.1f} MB)")
            if browser:
                _print_pdf(browser, html)
    if pdf and not browser:
        _say(
            "There is no Chrome, Chromium or Edge here to print with: open a file in one of them "
            "elsewhere, add ?print-pdf to its address, and print it as a PDF."
        )
    return 0


def _deck(path: Path) -> str:
    """Return a notebook's slides as one page of HTML that needs no other file."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = list(_cells_of(notebook.cells))
    exporter = SlidesExporter(
        template_name="deck",
        extra_template_basedirs=[str(_RESOURCES)],
        embed_images=True,
        exclude_anchor_links=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )
    resources = {"metadata": {"name": path.stem, "path": str(path.parent)}, **_parts()}
    title = re.search(r"^# (.+)$", notebook.cells[0].source, re.MULTILINE)
    resources["title"] = title[1] if title else path.stem
    html, _ = exporter.from_notebook_node(notebook, resources)
    return _LINK.sub(r"\1.html", html)  # the slides of the other units lie beside these


def _parts() -> dict[str, Any]:
    """Read what the page contains of reveal.js, MathJax and the fonts."""
    with zipfile.ZipFile(_RESOURCES / "parts.zip") as parts:
        names = parts.namelist()
        css = parts.read("reveal.js/reveal.css").decode()
        woff2 = [name for name in names if name.endswith(".woff2")]
        fonts = {Path(name).stem: base64.b64encode(parts.read(name)).decode() for name in woff2}
        # A script inside a page ends where these letters stand, even within a string.
        scripts = [parts.read(name).decode().replace("</script", r"<\/script") for name in _SCRIPTS]
        texts = [name for name in names if name.endswith("LICENSE")]
        licences = [f"{Path(name).parent}\n\n{parts.read(name).decode()}" for name in texts]
    return {"css": css, "fonts": fonts, "scripts": scripts, "licences": "\n\n".join(licences)}


# --- What is on the slides --------------------------------------------------------------------


def _cells_of(cells: list[Any]) -> Iterator[Any]:
    """Yield what a class sees of a notebook's cells, each with the type of slide it begins.

    Left out are cells for the tests, solutions, what is skipped, and code that is collapsed, but
    not its figure. What the lecture notes say, and the minutes, are told to the speaker.
    """
    owed = "-"  # a slide begins although the cell that would begin it is left out
    for cell in cells:
        slide_type = _slide_type(cell)
        parts = []
        if slide_type in _BREAKS:
            owed = max(owed, slide_type, key=_BREAKS.index)
            for part in _on_slide(cell):
                parts.append((part, owed))
                owed = "-"
        parts += [(new_markdown_cell(note), "notes") for note in _for_speaker(cell, slide_type)]
        for number, (part, begins) in enumerate(parts):
            part.id = f"{cell.id}-{number}"
            part.metadata["slideshow"] = {"slide_type": begins}
            yield part


def _slide_type(cell: Any) -> str:
    """Return a cell's type of slide; where it has none, a heading begins a slide."""
    if {*notebooks._LEFT_OUT, "lecture-note"} & set(notebooks._tags(cell)):
        return "skip"
    return notebooks._slide_type(cell) or ("slide" if re.match(r"#{1,3} ", cell.source) else "-")


def _on_slide(cell: Any) -> Iterator[Any]:
    if cell.cell_type == "markdown":
        yield new_markdown_cell(_MINUTES.sub(r"\1", cell.source))
        return
    collapsed = cell.metadata.get("jupyter", {})
    outputs = [] if collapsed.get("outputs_hidden") else cell.outputs
    is_question = 'check("' in cell.source
    if not collapsed.get("source_hidden") and not (is_question and _only_asks(cell.source)):
        is_long = len(cell.source.splitlines()) > _MAX_CODE_LINES
        for source in _STATEMENT.split(cell.source) if is_long else [cell.source]:
            yield new_code_cell(source)
    if outputs:
        yield new_code_cell(outputs=outputs, metadata={"transient": {"remove_source": True}})
    if is_question:
        yield new_markdown_cell(_ROOM)


def _only_asks(source: str) -> bool:
    """Say whether a cell does nothing but hand answers in; the question is what it prints."""
    calls = [getattr(statement, "value", None) for statement in ast.parse(source).body]
    return all(isinstance(call, ast.Call) and ast.unparse(call.func) == "check" for call in calls)


def _for_speaker(cell: Any, slide_type: str) -> Iterator[str]:
    if slide_type == "notes":
        yield _CALL_OUT.sub(r"**\1**\n\n\2", cell.source)
    elif slide_type in _BREAKS and cell.cell_type == "markdown":
        yield from (f"Planned: {minutes}." for _, minutes in _MINUTES.findall(cell.source))
    elif "lecture-note" in notebooks._tags(cell):
        for summary, text in _CALL_OUT.findall(cell.source):
            yield f"**{summary}**\n\n{_POINTER.sub('', text)}"


# --- A handout --------------------------------------------------------------------------------


def _find_browser() -> str | None:
    """Return a Chrome, Chromium or Edge of this machine, if there is one."""
    names = ["google-chrome", "chromium", "chromium-browser", "chrome", "microsoft-edge"]
    mac = ("Google Chrome", "Chromium", "Microsoft Edge")
    windows = ("Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe")
    roots = (os.environ.get(name) for name in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"))
    names += [f"/Applications/{name}.app/Contents/MacOS/{name}" for name in mac]
    names += [os.path.join(root, name) for root in roots if root for name in windows]
    return next(filter(None, map(shutil.which, names)), None)


def _print_pdf(browser: str, html: Path) -> None:
    """Print a unit's slides beside them, one slide a page, with a browser nobody sees."""
    command = [browser, "--headless", "--disable-gpu", "--remote-debugging-port=0"]
    if not _WINDOWS and os.geteuid() == 0:
        command.append("--no-sandbox")  # Chromium refuses root otherwise
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command.append(f"--user-data-dir={profile}")
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as running:
            try:
                printed = _printed(running, Path(profile), f"{html.resolve().as_uri()}?print-pdf")
            except (OSError, WebSocketException, KeyError) as error:
                raise _ProblemError(f"{browser} could not print {html}: {error}") from error
            finally:
                running.terminate()
    pdf = html.with_suffix(".pdf")
    with whole_file(pdf) as part:
        part.write_bytes(printed)
    _say(f"{pdf} ({pdf.stat().st_size / 1e6:.1f} MB)")


def _printed(running: subprocess.Popen[bytes], profile: Path, address: str) -> bytes:
    """Return a page as a PDF, once deck.js has laid it out: Chrome's DevTools protocol."""
    give_up = time.monotonic() + 300

    def wait(what: str) -> None:
        if running.poll() is not None:
            raise OSError(f"it ended with status {running.returncode}")
        if time.monotonic() > give_up:
            raise TimeoutError(f"it has not {what} in five minutes")
        time.sleep(0.1)

    port = profile / "DevToolsActivePort"  # the browser writes it when it listens
    while not port.exists() or len(port.read_text().split()) < 2:
        wait("started")
    url = "ws://127.0.0.1:{}{}".format(*port.read_text().split())
    with closing(create_connection(url, timeout=300, suppress_origin=True)) as connection:

        def ask(method: str, params: dict[str, Any], **session: str) -> dict[str, Any]:
            question = {"id": 1, "method": method, "params": params, **session}
            connection.send(json.dumps(question))
            while "id" not in (answer := json.loads(connection.recv())):
                pass  # something happened that nobody asked for
            return answer.get("result", {})

        page = ask("Target.createTarget", {"url": address})
        session = ask("Target.attachToTarget", {**page, "flatten": True})
        ready = {"expression": "document.body.matches('.ready')"}
        while not ask("Runtime.evaluate", ready, **session).get("result", {}).get("value"):
            wait("laid the slides out")
        wanted = {"printBackground": True, "preferCSSPageSize": True}
        return base64.b64decode(ask("Page.printToPDF", wanted, **session)["data"])
