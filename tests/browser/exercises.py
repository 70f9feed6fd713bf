"""Work through every exercise in JupyterLab, in a real Chromium that has no network.

    python3 tests/browser/exercises.py [--shots DIR] [--port 8766] [--whole] [NN ...]

A student's copy of the course is written, and each unit opened. Into the cell of each exercise are
typed: nothing, up to five wrong answers, the hints, the right answer, `solution` and `progress()`.
What the page then shows is read. With `--whole` a unit is run from its first cell to its last
before, else only the cells that import. Like `play.py`, this is a command of its own.
"""

import csv
import os
import re
import subprocess
import sys
import tempfile
import time
import tomllib
from itertools import permutations
from pathlib import Path
from typing import Any

from chromium import asked, chromium
from play import jupyterlab, opened

from course_utils.classroom import find_exercise
from course_utils.cli import notebooks

ROOT = Path(__file__).parents[2]
HERE = ROOT / "tests/classroom"
SAYS = {"blank": "Question.", "wrong": "Not yet.|Hm.", "hint": "Hint.", "right": "Right."}
SAYS |= {"solution": "Solution.", "progress": "together"}
VAGUE = ["because", "It is better so, because it works well in practice, as people say.", 7]


def typed(exercise: Any) -> tuple[str, list[str]]:
    """Return the right answer and wrong ones, as they stand in a cell."""
    key, form = exercise.key, exercise.form
    if form in ("code", "model", "debug"):
        given = exercise.name if form != "model" or exercise.inputs else f"{exercise.name}()"
        given += "()" * bool(getattr(exercise, "adapt", None))
        changed = [row[:2] for row in getattr(exercise, "wrong", ())]
        models = tomllib.loads((HERE / "wrong_models.toml").read_text("utf-8"))
        changed += [row[:2] for row in models.get(key, ()) if len(row) > 2]
        programs = [exercise.program.replace(old, new) for old, new in changed]
        programs += [exercise.broken] if form == "debug" else []
        return f'{exercise.program}\n\ncheck("{key}", {given})', [
            f'{one.strip()}\n\n\ncheck("{key}", {given})' for one in programs
        ]
    with (HERE / "replies.csv").open(encoding="utf-8", newline="") as file:
        wrong = [row[1] for row in csv.reader(file) if row[0] == key and row[2] == "wrong"]
    if form == "explain":
        right, more = exercise.model, VAGUE
    elif hasattr(exercise, "right"):
        right, letters = exercise.right, sorted({*exercise.right, *"ABC"})
        more = ["".join(one) for one in permutations(letters, len(exercise.right))][:30]
    else:
        right, more = exercise.answer, [value for value, _ in exercise.known_mistakes()]
    wrong += [repr(one) for one in more if one != right]
    return f'check("{key}", {right!r})', [f'check("{key}", {one})' for one in wrong]


class Cell:
    """The cell of an exercise in the page."""

    def __init__(self, page: Any, place: int) -> None:
        self.page, self.cell = page, page.locator(".jp-Notebook .jp-Cell").nth(place)
        self.place = place

    def shows(self, text: str | None = None) -> tuple[str, int, bool]:
        """Type a text, run it with Shift+Enter, and return what stands below."""
        self.page.evaluate("(place) => { course.cell(place).executionCount = null; }", self.place)
        editor = self.cell.locator(".cm-content")
        if editor.count():
            editor.click()
            if text:
                self.page.keyboard.press("Control+A")
                self.page.keyboard.insert_text(text.strip())
            self.page.keyboard.press("Shift+Enter")
        else:  # the text of the cell is collapsed
            self.page.evaluate("(place) => course.run(place)", self.place)
        answered = "(place) => course.cell(place).executionCount !== null"
        try:
            self.page.wait_for_function(answered, arg=self.place, timeout=120_000)
        except Exception as failure:
            failure.add_note(f"of {text}")
            raise
        self.page.wait_for_timeout(60)
        return tuple(self.cell.evaluate("(cell) => course.read(cell)"))


def faults(exercise: Any, state: str, said: str, wide: int, error: bool) -> list[str]:
    """Say what is wrong with one reply."""
    bare = re.sub(r"[`*\s]+", "", said)
    start = re.sub(r"[`*\s]+", "", exercise.question)[:60]
    again = bare.count(start)
    found = ["an error"] * error + [f"{wide} boxes too narrow"] * bool(wide)
    found += ["no such reply"] * (not re.search(SAYS[state], said))
    found += ["marks of Markdown"] * bool(re.search(r"`|(?<!\S)\*\w+\*(?!\w)", said))
    found += [f"the question {again} times"] * (again > 1 or (state == "wrong" and not again))
    return found


def main() -> None:
    """Work through the exercises."""
    options = {
        "--port": {"type": int, "default": 8766},
        "--whole": {"action": "store_true", "help": "run the whole unit before"},
        "units": {"nargs": "*", "help": "as 05; all if none is given"},
    }
    given = asked(__doc__, **options)
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as scratch:
        copy = Path(folder, "copy")
        command = [sys.executable, "-m", "course_utils", "student", str(copy)]
        subprocess.run(command, cwd=ROOT, check=True, env=os.environ | {"HOME": scratch})
        lab = jupyterlab(copy, Path(scratch), given.port, f"{scratch}/progress.json")
        with lab as address, chromium() as (browser, wrong):
            for file in sorted(copy.glob("[0-9][0-9]_*.ipynb")):
                if not given.units or file.name[:2] in given.units:
                    with opened(browser, wrong, address, file.name) as page:
                        wrong += unit(page, file, given)


def unit(page: Any, file: Path, given: Any) -> list[str]:
    """Work through one unit."""
    begun, wrong, shown, count, ready = time.monotonic(), [], 0, 0, False
    for place, one in enumerate(notebooks._read(file)["cells"]):
        text = "".join(one["source"])
        if one["cell_type"] != "code":
            continue
        key = re.search(r'\bcheck\(\s*"([\w.]+)"', text)
        cell = Cell(page, place)
        if not key:
            if given.whole or (not ready and re.search("^(import|from) ", text, re.MULTILINE)):
                said, _, error = cell.shows()
                ready = ready or "set_up(" in text
                wrong += [f"{file.name} {one['id']}: an error: {said[:200]}"] * error
            continue
        exercise, count = find_exercise(key[1]), count + 1
        right, mistakes = typed(exercise)
        steps = [("blank", None), *(("wrong", it) for it in mistakes[:5])]
        steps += [("hint", f'hint("{key[1]}")')] * 3 + [("right", right)]
        steps += [("solution", f'solution("{key[1]}")'), ("progress", "progress()")]
        for number, (state, program) in enumerate(steps):
            said, *rest = cell.shows(program)
            shown += 1
            found = faults(exercise, state, said, *rest)
            wrong += [f"{key[1]} {state} {number}: {what}: {said[:400]!r}" for what in found]
            if given.shots:
                print(f"--- {key[1]} {state}: {program}\n{said}\n", flush=True)
                if state in ("blank", "right") or number == 2:
                    cell.cell.scroll_into_view_if_needed()
                    page.screenshot(path=given.shots / f"{file.name[:2]}-{key[1]}-{number}.png")
    took = time.monotonic() - begun
    print(
        f"{file.name[:2]}: {count} exercises, {shown} replies in {took:.0f} s, {len(wrong)} faults"
    )
    return wrong


if __name__ == "__main__":
    main()
