"""Play with every piece of the course in JupyterLab, in a real Chromium that has no network.

    python3 tests/browser/play.py [--shots DIR] [--port 8765] [NAME ...]

Each unit is opened in a copy that ends with the cell of its piece, and is run. Then the piece is
used by mouse and by keyboard, what it says is compared with `steps.txt`, or with what the
notebook's own network says, and each answer is timed, from the event to the frame that shows it.
Then its picture is looked for in the notebook as it was saved. This is a command of its own and no
part of the tests. It needs `pip install playwright` and a Chromium or Chrome on the PATH.
"""

import argparse
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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
MOST = 100  # milliseconds from an event to the frame that answers it
# Leaving a page ends its requests. Opened again without its kernel, a widget is gone: JupyterLab
# says so to the console, and we hide it.
HARMLESS = re.compile("^failed: |widget model not found")
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "docmanager-extension/plugin": {"autosave": False},
    "notebook-extension/tracker": {"windowingMode": "none"},
}

# Notes when an event comes, and when the frame after the change that it made has been drawn.
CLOCK = """(root) => {
  const clock = window.courseClock = {taken: []};
  const said = root.querySelector("[role=status]");
  for (const kind of ["pointerdown", "pointermove", "keydown", "input", "click", "change"])
    root.addEventListener(kind, (event) => (clock.since ??= event.timeStamp), true);
  new MutationObserver(() => requestAnimationFrame(() => {
    if (clock.since === undefined) return;
    clock.taken.push(performance.now() - clock.since);
    clock.since = undefined;
  })).observe(said, {childList: true, characterData: true, subtree: true});
}"""

READY = """(path) => {
  const panel = window.jupyterapp?.shell?.currentWidget;
  return panel?.context?.path === path && panel.context.isReady
    && panel.sessionContext.session?.kernel?.status === "idle";
}"""


@contextlib.contextmanager
def jupyterlab(folder: Path, scratch: Path, port: int) -> Iterator[str]:
    """Serve a folder with settings that are thrown away, and yield the address."""
    token = secrets.token_hex(16)
    for name, value in SETTINGS.items():
        file = scratch / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(value))
    places = {"JUPYTERLAB_SETTINGS_DIR": "settings", "JUPYTERLAB_WORKSPACES_DIR": "workspaces"}
    places |= {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_RUNTIME_DIR": "runtime"}
    environ = os.environ | {name: str(scratch / place) for name, place in places.items()}
    environ |= {"JUPYTER_TOKEN": token, "PYTHONPATH": str(ROOT), "COURSE_PROGRESS": ""}
    options = {"ip": "127.0.0.1", "port": port, "port_retries": 0, "root_dir": folder}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += [f"--ServerApp.{name}={value}" for name, value in options.items()]
    command += ["--LabApp.expose_app_in_browser=True", "--LabApp.news_url=None"]
    with (scratch / "server.log").open("wb") as log:
        server = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{address}/api/status?token={token}", timeout=5)
                break
            if server.poll() is not None:
                raise RuntimeError((scratch / "server.log").read_text())
            time.sleep(0.2)
        yield f"{address}/lab/tree/{{}}?token={token}&reset"
    finally:
        server.terminate()  # it ends its kernels first
        server.wait(30)


def up_to_the_piece(name: str, folder: Path) -> str:
    """Write a copy of a unit that ends with the cell of a piece; return its file's name."""
    for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")):
        notebook = json.loads(path.read_text("utf-8"))
        sources = ["".join(cell["source"]) for cell in notebook["cells"]]
        for place, source in enumerate(sources):
            if re.search(rf"\bplay\.{name}\(", source):
                notebook["cells"] = notebook["cells"][: place + 1]
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

    def status(self) -> str:
        """Return what the widget says of its state."""
        return self.root.locator("[role=status]").inner_text()

    def expect(self, wanted: str, after: str) -> None:
        """Wait until the widget says this, or note that it does not."""
        for _ in range(40):
            if wanted in self.status():
                break
            self.page.wait_for_timeout(50)
        else:
            self.faults.append(f"after {after}: {wanted!r} is not in {self.status()!r}")
        self.forget()

    def kernel(self, expression: str) -> Any:
        """Ask the notebook's kernel for a value."""
        text = self.page.evaluate(
            """async (code) => {
              const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
              const asked = kernel.requestExecute({code: "", user_expressions: {value: code}});
              const {value} = (await asked.done).content.user_expressions;
              return value.data?.["text/plain"] ?? value.traceback?.join("\\n");
            }""",
            expression,
        )
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
        by_label = self.root.get_by_label(name, exact=True)
        return self.root.locator(name).first if "[" in name else by_label

    def click(self, what: str) -> None:
        """Click a part, in its middle or at ``@ x y``."""
        name, _, at = what.partition(" @ ")
        x, y = map(float, at.split()) if at else (None, None)
        self.part(name).click(position={"x": x, "y": y} if at else None)

    def drag(self, what: str) -> None:
        """Draw the mouse from one part to another."""
        start, _, end = what.partition(" -> ")
        self.page.mouse.move(*centre(self.part(start)))
        self.page.mouse.down()
        self.page.mouse.move(*centre(self.part(end)))
        self.page.mouse.up()

    def do(self, step: str) -> None:
        """Take one step of `steps.txt`."""
        verb, _, what = step.partition(" ")
        if verb == "press":
            self.keys(*what.split())
        elif verb == "focus":
            self.part(what).focus()
        elif verb == "choose":
            name, _, option = what.partition(" = ")
            self.part(name).select_option(option)
        elif verb == "type":
            self.page.keyboard.type(what)
            self.page.wait_for_timeout(300)
        elif verb != "start":
            {"click": self.click, "drag": self.drag}[verb](what)


# --- the pieces -----------------------------------------------------------------------------------

STEPS = Path(__file__).with_name("steps.txt").read_text("utf-8")


def follow(name: str) -> Callable[[Any], None]:
    """Return what takes the steps of a piece; indented is what it then must say."""
    _, _, steps = STEPS.partition(f"## {name}\n")

    def play(piece: Piece) -> None:
        step = ""
        for line in steps.partition("\n\n")[0].splitlines():
            if line.startswith(" "):
                piece.expect(line.strip(), step)
            else:
                piece.do(step := line)

    return play


def play_cover(piece: Piece) -> None:
    """Drag the square, and move and lift it by keyboard; ask the network here as well."""
    names = piece.kernel("list(names)")

    def expect(top: int | None, left: int, after: str) -> None:
        image = "x[of_right[-1]].copy()"
        if top is not None:
            hole = f"(slice({top}, {top + 40}), slice({left}, {left + 40}))"
            image = f"(lambda im: (im.__setitem__({hole}, 127), im)[1])({image})"
        shares = piece.kernel(f"answer({image}).tolist()")
        best = names[piece.kernel("int(says[of_right[-1]])")]
        now = names[shares.index(max(shares))]
        place = f"Rows {top} to {(top or 0) + 39}, columns {left} to {left + 39} covered"
        piece.expect("Nothing covered" if top is None else place, after)
        piece.expect(f"{best} {shares[names.index(best)]:.0%} (the whole", after)
        piece.expect(f"it says {now}.", after)

    expect(40, 40, "the start")
    photo = piece.root.locator("canvas[tabindex]")
    photo.click(position={"x": 2.1 * 80, "y": 2.1 * 80})
    expect(60, 60, "a click")
    piece.keys("ArrowUp", "ArrowRight", "Shift+ArrowRight")
    expect(50, 71, "arrow keys")
    x, y = centre(photo)
    piece.page.mouse.move(x, y)
    piece.page.mouse.down()
    for step in range(1, 9):
        piece.page.mouse.move(x + 10 * step, y + 10 * step)
        piece.page.wait_for_timeout(30)
    piece.page.mouse.up()
    expect(98, 98, "dragging")
    piece.root.get_by_label("cover", exact=True).focus()
    piece.keys("Space")
    expect(None, 0, "lifting the square")
    piece.keys("Space")


def play_pad(piece: Piece) -> None:
    """Clear the pad, draw by mouse and by keyboard; the notebook's own network is asked as well."""
    names = piece.kernel("list(fashion.class_names)")
    drawn: set[tuple[int, int]] = set()

    def expect(after: str) -> None:
        image = "np.zeros((28, 28, 1), 'uint8')"
        for row, column in drawn:
            rows = f"[{row - 1}, {row}, {row}, {row}, {row + 1}]"
            columns = f"[{column}, {column - 1}, {column}, {column + 1}, {column}]"
            image = f"(lambda im: (im.__setitem__(({rows}, {columns}), 255), im)[1])({image})"
        shares = piece.kernel(f"np.array(answer({image})[1]).tolist()")
        best = max(range(10), key=shares.__getitem__)
        piece.expect(f"The network says {names[best]} {shares[best]:.0%}, ", after)

    piece.expect("The network says Sandal", "the start")
    piece.root.get_by_role("button", name="Clear").click()
    expect("clearing")
    pad = piece.root.locator("canvas[tabindex]")
    pad.click(position={"x": 7.5 * 12, "y": 5.5 * 12})
    drawn.add((5, 7))
    piece.expect("The pen is at row 5, column 7, lifted.", "a click")
    expect("a click")
    piece.keys("ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight", "Space", *6 * ["ArrowRight"])
    drawn |= {(8, column) for column in range(8, 15)}
    piece.expect("The pen is at row 8, column 14, and draws.", "arrow keys")
    expect("arrow keys")
    piece.keys("Space")
    x, y = pad.bounding_box()["x"], pad.bounding_box()["y"]
    piece.page.mouse.move(x + 14.5 * 12, y + 20.5 * 12)
    piece.page.mouse.down()
    for column in range(15, 24):
        piece.page.mouse.move(x + (column + 0.5) * 12, y + 20.5 * 12)
        piece.page.wait_for_timeout(60)
    piece.page.mouse.up()
    drawn |= {(20, column) for column in range(14, 24)}
    expect("dragging")
    piece.root.get_by_role("button", name="Picture").focus()
    piece.keys("Enter")
    piece.expect("The network says Sandal", "the picture")


PIECES: dict[str, Callable[[Piece], None]] = {
    **{name: follow(name) for name in ("kernel", "window", "cone", "costs")},
    "cover": play_cover,
    "pad": play_pad,
}


# --- the page -------------------------------------------------------------------------------------


def centre(locator: Any) -> tuple[float, float]:
    """Return the middle of an element in the window."""
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def theme(page: Any, name: str) -> None:
    """Switch JupyterLab to its light or dark theme."""
    page.evaluate(
        "(theme) => jupyterapp.commands.execute('apputils:change-theme', {theme})",
        f"JupyterLab {name}",
    )
    page.wait_for_timeout(1500)


def seen(page: Any) -> dict[str, bool]:
    """Say whether the picture, the widget and an error in its place are seen."""
    return page.evaluate(
        """() => {
          const shown = (one) => !!one && one.getClientRects().length > 0;
          const last = [...document.querySelectorAll(".course-picture")].pop();
          const errors = [...document.querySelectorAll(".jp-OutputArea-output")].filter((one) =>
            /Error displaying|Loading widget/.test(one.textContent));
          return {picture: shown(last), widget: shown(document.querySelector(".course-play")),
            error: errors.some(shown)};
        }"""
    )


def run(page: Any, name: str, address: str, file: str, shots: Path | None) -> list[str]:
    """Open, run and use one piece; say what is wrong."""
    from chromium import CONTRAST, LEAST_CONTRAST  # beside this script, which pytest does not know

    wrong: list[str] = []
    page.goto(address.format(file), timeout=120_000)
    page.wait_for_function(READY, arg=file, timeout=120_000)
    page.wait_for_timeout(1000)
    if seen(page) != {"picture": True, "widget": False, "error": False}:
        wrong.append(f"opened and not yet run, it shows {seen(page)}")
    page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells'); }")
    piece = Piece(page)
    piece.root.locator("[role=status]:not(:empty)").wait_for(timeout=600_000)
    page.wait_for_timeout(1000)
    if seen(page) != {"picture": False, "widget": True, "error": False}:
        wrong.append(f"run, it shows {seen(page)}")
    piece.root.scroll_into_view_if_needed()
    piece.root.evaluate(CLOCK)
    PIECES[name](piece)
    wrong += piece.faults
    for colours in ("Light", "Dark"):
        theme(page, colours)
        for ratio, text in piece.root.evaluate(CONTRAST).values():
            if ratio < LEAST_CONTRAST:
                wrong.append(f"{colours}: contrast {ratio:.1f} of {text!r}")
        if shots:
            piece.root.screenshot(path=shots / f"{file[:2]}-{name}-{colours.lower()}.png")
    theme(page, "Light")
    taken = page.evaluate("courseClock.taken")
    slow = [time for time in taken if time > MOST]
    if slow or not taken:
        wrong.append(f"{len(slow)} of {len(taken)} answers took longer than {MOST} ms")
    middle, most = (f"{of(taken or [0]):.0f}" for of in (statistics.median, max))
    # Saved by its reader and opened again without a kernel, it has no widget any more.
    page.evaluate("() => jupyterapp.commands.execute('docmanager:save')")
    page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.goto(address.format(file), timeout=120_000)
    page.wait_for_function(READY, arg=file, timeout=120_000)
    page.wait_for_timeout(2000)
    if seen(page) != {"picture": True, "widget": False, "error": False}:
        wrong.append(f"saved and opened again, it shows {seen(page)}")
    print(
        f"{file[:2]} {name}: {len(taken)} answers, median {middle} ms, slowest {most} ms, "
        f"{len(wrong)} faults",
        flush=True,
    )
    return [f"{name}: {what}" for what in wrong]


def main() -> int:
    """Play with the pieces; the status is 1 if anything is wrong."""
    from chromium import chromium, watched

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shots", type=Path, help="save pictures here, in both themes")
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(PIECES)}; all if none is given")
    arguments = parser.parse_intermixed_args()
    if arguments.shots:
        arguments.shots.mkdir(parents=True, exist_ok=True)
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as scratch:
        files = {name: up_to_the_piece(name, Path(folder)) for name in arguments.names or PIECES}
        with (
            jupyterlab(Path(folder), Path(scratch), arguments.port) as address,
            chromium() as browser,
        ):
            for name, file in files.items():
                noted: list[str] = []
                size = {"width": 1280, "height": 900}
                with watched(browser, noted, address[:21], viewport=size) as page:
                    wrong += run(page, name, address, file, arguments.shots)
                wrong += [f"{name}: {one}" for one in noted if not HARMLESS.search(one)]
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
