"""Play with every piece of the course in JupyterLab, in a real Chromium that has no network.

    python3 tests/browser/play.py [--shots DIR] [--port 8765] [NAME ...]

Each unit is opened in a copy that ends with the cell of its piece, and is run. Then the piece is
used by mouse and by keyboard, what it says is compared with `steps.txt`, or with what the
notebook's own network says, and each answer is timed, from the event to the frame that shows it.
Then its picture is looked for in the notebook as it was saved. This is a command of its own and no
part of the tests. It needs `pip install playwright` and a Chromium or Chrome on the PATH.
"""

import ast
import contextlib
import json
import os
import re
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chromium import asked, chromium, faint, watched
from playwright.sync_api import expect

from course_utils.cli import notebooks

ROOT = Path(__file__).parents[2]
MOST = 100  # milliseconds from an event to the frame that answers it
# Leaving a page ends its requests. Opened again without its kernel, a widget is gone: JupyterLab
# says so to the console, and we hide it.
HARMLESS = re.compile("^failed: |widget model not found")
SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
}
PLACES = ("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR", "JUPYTER_CONFIG_DIR")
PLACES += ("JUPYTER_RUNTIME_DIR",)

CLOCK = Path(__file__).with_name("clock.js").read_text("utf-8")
PAGE = Path(__file__).with_name("page.js").read_text("utf-8")


@contextlib.contextmanager
def jupyterlab(folder: Path, scratch: Path, port: int, progress: str = "") -> Iterator[str]:
    """Serve a folder with settings that are thrown away, and yield the address."""
    token = secrets.token_hex(16)
    (scratch / "labconfig").mkdir()
    (scratch / "labconfig/default_setting_overrides.json").write_text(json.dumps(SETTINGS))
    environ = os.environ | dict.fromkeys(PLACES, str(scratch))
    environ |= {"JUPYTER_TOKEN": token, "PYTHONPATH": str(ROOT), "COURSE_PROGRESS": progress}
    options = {"ip": "127.0.0.1", "port": port, "port_retries": 0, "root_dir": folder}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += [f"--ServerApp.{name}={value}" for name, value in options.items()]
    command += ["--LabApp.expose_app_in_browser=True", "--LabApp.news_url=None"]
    address, log = f"http://127.0.0.1:{port}", scratch / "server.log"
    with log.open("wb") as said:
        server = subprocess.Popen(command, env=environ, stdout=said, stderr=said)
    try:
        for _ in range(300):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{address}/api/status?token={token}", timeout=5)
                break
            if server.poll() is not None:
                raise RuntimeError(log.read_text())
            time.sleep(0.2)
        yield f"{address}/lab/tree/{{}}?token={token}&reset"
    finally:
        server.terminate()  # it ends its kernels first
        server.wait(30)


@contextlib.contextmanager
def opened(browser: Any, wrong: list[str], address: str, file: str) -> Iterator[Any]:
    """Open a notebook in a page of its own, and note what is wrong with the page."""
    noted: list[str] = []
    with watched(browser, noted, address[:21]) as page:
        page.add_init_script(PAGE)
        open_anew(page, address, file)
        yield page
    wrong += [f"{file}: {one}" for one in noted if not HARMLESS.search(one)]


def open_anew(page: Any, address: str, file: str) -> None:
    """Open a notebook, and wait for its kernel."""
    page.goto(address.format(file), timeout=120_000)
    page.wait_for_function("(path) => course.isReady(path)", arg=file, timeout=120_000)


def up_to_the_piece(name: str, folder: Path) -> str:
    """Write a copy of a unit that ends with the cell of a piece; return its file's name."""
    for path in notebooks._paths():
        notebook = notebooks._read(path)
        for place, cell in enumerate(notebook["cells"], start=1):
            if re.search(rf"\bplay\.{name}\(", notebooks._source(cell)):
                del notebook["cells"][place:]
                file = f"{path.name[:2]}_{name}.ipynb"
                (folder / file).write_text(json.dumps(notebook), "utf-8")
                return file
    raise ValueError(f"No unit has a cell with play.{name}(...).")


class Piece:
    """A widget in the page: its parts, its hands, and what it says."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.root = page.locator(".jp-CodeCell").last.locator(".course-play")
        self.faults: list[str] = []

    def expect(self, wanted: str, after: str) -> None:
        """Wait until the widget says this, or note that it does not."""
        status = self.root.locator("[role=status]")
        try:
            expect(status).to_contain_text(wanted, timeout=2000)
        except AssertionError:
            self.faults.append(f"after {after}: {wanted!r} is not in {status.inner_text()!r}")
        self.forget()

    def kernel(self, code: str, expression: str = "''") -> Any:
        """Let the notebook's kernel run a line, and ask it for a value."""
        text = self.page.evaluate("(asked) => course.ask(asked)", [code, expression])
        return ast.literal_eval(text)

    def forget(self) -> None:
        """Let the clock begin anew: an event that changed nothing has no answer."""
        self.page.wait_for_timeout(100)
        self.page.evaluate("() => { courseClock.since = undefined; }")

    def keys(self, *names: str) -> None:
        """Press keys one after the other, each when the one before was answered."""
        for name in names:
            self.forget()
            self.page.keyboard.press(name)
        self.page.wait_for_timeout(100)

    def part(self, name: str) -> Any:
        """Return a part by its label, or by a selector, which has brackets."""
        if "[" in name:
            return self.root.locator(name).first
        button = self.root.get_by_role("button", name=name, exact=True)
        return self.root.get_by_label(name, exact=True).or_(button)

    def place(self, what: str) -> tuple[float, float]:
        """Return where a part is in the window: its middle, ``+ x y`` from it, or its ``@ x y``."""
        name, sign, by = re.fullmatch(r"(.+?)(?: ([@+]) (.+))?", what).groups()
        self.part(name).scroll_into_view_if_needed()
        box = self.part(name).bounding_box()
        share = 0 if sign == "@" else 0.5
        x, y = map(float, by.split()) if by else (0, 0)
        return box["x"] + share * box["width"] + x, box["y"] + share * box["height"] + y

    def do(self, step: str) -> None:
        """Take one step of `steps.txt`."""
        verb, _, what = step.partition(" ")
        mouse, keyboard = self.page.mouse, self.page.keyboard
        if verb == "run":
            self.kernel(what)
        elif verb == "press":
            self.keys(*what.split())
        elif verb == "focus":
            self.part(what).focus()
        elif verb == "choose":
            name, _, option = what.partition(" = ")
            self.part(name).select_option(option)
        elif verb == "type":
            keyboard.type(what)
            self.page.wait_for_timeout(300)
        elif verb == "click":
            mouse.click(*self.place(what))
        elif verb == "drag":
            start, end = map(self.place, what.split(" -> "))
            mouse.move(*start)
            mouse.down()
            for share in range(1, 10):
                mouse.move(*(a + share / 9 * (b - a) for a, b in zip(start, end, strict=True)))
                self.page.wait_for_timeout(60)
            mouse.up()

    def play(self, steps: str) -> None:
        """Take steps; indented is what it then must say, with values from the kernel in braces."""
        step = ""
        for line in steps.splitlines():
            if line.startswith(" "):
                said = self.kernel("", f"f'{line.strip()}'") if "{" in line else line.strip()
                self.expect(said, step)
            else:
                self.do(step := line)


STEPS = Path(__file__).with_name("steps.txt").read_text("utf-8").split("## ")[1:]
PIECES = dict(steps.split("\n", 1) for steps in STEPS)


def run(page: Any, name: str, address: str, file: str, shots: Path | None) -> list[str]:
    """Run and use the piece of a page; say what is wrong."""
    wrong: list[str] = []

    def look(when: str, widget: bool) -> None:
        page.wait_for_timeout(2000)
        found = page.evaluate("course.seen()")
        if found != {"picture": not widget, "widget": widget, "error": False}:
            wrong.append(f"{when}, it shows {found}")

    look("opened and not yet run", widget=False)
    page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells'); }")
    piece = Piece(page)
    piece.root.locator("[role=status]:not(:empty)").wait_for(timeout=600_000)
    look("run", widget=True)
    piece.root.scroll_into_view_if_needed()
    piece.root.evaluate(CLOCK)
    piece.play(PIECES[name])
    wrong += piece.faults
    for colours in ("Dark", "Light"):
        theme = f"{{theme: 'JupyterLab {colours}'}}"
        page.evaluate(f"() => jupyterapp.commands.execute('apputils:change-theme', {theme})")
        page.wait_for_timeout(1500)
        wrong += [f"{colours}: {what}" for what in faint(piece.root, {})]
        if shots:
            piece.root.screenshot(path=shots / f"{file[:2]}-{name}-{colours.lower()}.png")
    taken = page.evaluate("courseClock.taken")
    slow = [time for time in taken if time > MOST]
    if slow or not taken:
        wrong.append(f"{len(slow)} of {len(taken)} answers took longer than {MOST} ms")
    middle, most = (f"{of(taken or [0]):.0f}" for of in (statistics.median, max))
    # Saved by its reader and opened again without a kernel, it has no widget any more.
    page.evaluate("() => jupyterapp.commands.execute('docmanager:save')")
    page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    open_anew(page, address, file)
    look("saved and opened again", widget=False)
    print(
        f"{file[:2]} {name}: {len(taken)} answers, median {middle} ms, slowest {most} ms, "
        f"{len(wrong)} faults",
        flush=True,
    )
    return [f"{name}: {what}" for what in wrong]


def main() -> None:
    """Play with the pieces."""
    names = {"nargs": "*", "help": f"of {', '.join(PIECES)}; all if none is given"}
    given = asked(__doc__, **{"--port": {"type": int, "default": 8765}, "names": names})
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as scratch:
        files = {name: up_to_the_piece(name, Path(folder)) for name in given.names or PIECES}
        lab = jupyterlab(Path(folder), Path(scratch), given.port)
        with lab as address, chromium() as (browser, wrong):
            for name, file in files.items():
                with opened(browser, wrong, address, file) as page:
                    wrong += run(page, name, address, file, given.shots)


if __name__ == "__main__":
    main()
