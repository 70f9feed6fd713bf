"""``class``: one table of what a class has handed in. Nothing that was handed in is run."""

import csv
import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from course_utils.classroom.diary import Entry, entries, sign
from course_utils.classroom.exercises import find_exercise, keys, unit
from course_utils.classroom.value import Value
from course_utils.cli.environment import _ProblemError, _say, _writing
from course_utils.files import whole_file

_Class = dict[str, dict[str, Entry]]  # for each who handed in: what is known of each exercise

_REPLY = re.compile(r"(Right|Not yet)\. \(([\w.]+)\) (.*)")


def main(folder: Path, table: Path | None = None) -> int:
    """Print what a class has handed in, and write it as CSV if asked to; the status is 0."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a console that does not know every name
    found, unread = _handed_in(folder)
    for sentence in unread:
        _say(sentence)
    if not found:
        raise _ProblemError(f"{folder} holds no progress file and no notebook that can be read.")
    _say("\n".join([*[""] * bool(unread), *_report(found)]))
    if table:
        with _writing(table):
            _write(table, found)
        _say(f"\nOne line for each student and exercise is in {table}.")
    return 0


# --- reading -------------------------------------------------------------------------------------


def _handed_in(folder: Path) -> tuple[_Class, list[str]]:
    """Read what is in a folder: progress files, notebooks, or a folder of both for each student.

    A file is named after its student, or lies in a folder that is. Returned is what was handed in,
    by name, and a sentence on each file that could not be read.
    """
    if not folder.is_dir():
        raise _ProblemError(f"{folder} is no folder.")
    found: _Class = {}
    unread = []
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_dir() or any(part.startswith((".", "__")) for part in inside.parts):
            continue  # what systems and Jupyter hide
        who = inside.parts[0] if len(inside.parts) > 1 else inside.stem
        try:
            handed_in = _read(path)
        except OSError as error:
            unread.append(f"{inside}: cannot be read ({error.strerror}).")
        except (ValueError, RecursionError) as error:
            said = error.args[0] if type(error) is ValueError else "is damaged"
            unread.append(f"{inside}: {said}.")
        else:
            strange = sorted(set(handed_in) - set(keys()))
            if strange:
                unread.append(f"{inside}: {', '.join(strange)[:80]} left out: not in this course.")
            own = found.setdefault(_printable(who), {})
            for key in set(handed_in) - set(strange):
                own[key] = _together(own.get(key, Entry()), handed_in[key])
    return found, [_printable(sentence) for sentence in unread]


def _read(path: Path) -> dict[str, Entry]:
    """Read one file; a ValueError says what it is instead."""
    if path.suffix not in (".json", ".ipynb"):
        raise ValueError("is no progress file and no notebook")
    text = path.read_text("utf-8-sig")
    if not text.strip():
        raise ValueError("is empty")
    saved = json.loads(text)
    if path.suffix == ".json":
        try:
            return entries(saved)
        except ValueError:
            raise ValueError("is no progress file of this course") from None
    try:
        return _of_notebook(saved)
    except (AttributeError, KeyError, TypeError):
        raise ValueError("is no notebook") from None


def _of_notebook(notebook: dict[str, Any]) -> dict[str, Entry]:
    """Return what the saved replies of `check` say: the last ones, which a cell keeps."""
    found: dict[str, Entry] = defaultdict(Entry)
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            text = output.get("text") or output.get("data", {}).get("text/plain") or ""
            for verdict, key, said in _REPLY.findall("".join(text)):
                found[key].tries += not found[key].done
                if verdict == "Right":
                    found[key].done = True
                else:
                    if key in keys() and isinstance(find_exercise(key), Value):
                        said = said.partition("? ")[2] or said
                    found[key].mistakes[said] = found[key].mistakes.get(said, 0) + 1
    return dict(found)


def _together(one: Entry, other: Entry) -> Entry:
    """Return what two files say of one exercise: a notebook repeats what a progress file says."""
    return Entry(
        max(one.tries, other.tries),
        one.done or other.done,
        max(one.hints, other.hints),
        max(one.solution, other.solution),
        Counter(one.mistakes) | Counter(other.mistakes),  # the larger of two counts
    )


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)


# --- writing -------------------------------------------------------------------------------------


def _report(found: _Class) -> list[str]:
    """Return the lines of the table: who solved what, then the mistakes."""
    touched = {key for known in found.values() for key in known}
    units: dict[int, list[str]] = defaultdict(list)
    for key in keys():
        units[unit(key)].append(key)
    units = {number: own for number, own in units.items() if touched.intersection(own)}
    rows = [["", *(f"unit {number:02d}" for number in units), "solved", "tried", "hints"]]
    for who in sorted(found, key=str.casefold):
        known = found[who]
        signs = ["".join(sign(known.get(key, Entry())) for key in own) for own in units.values()]
        solved = sum(one.done for one in known.values())
        tried = sum(one.tries > 0 for one in known.values())
        hints = sum(one.hints for one in known.values())
        rows.append([who, *signs, f"{solved}", f"{tried}", f"{hints}"])
    lines = [*_aligned(rows), "■ solved  ◧ tried  □ open: one for each exercise of the unit"]

    students: Counter[tuple[str, str]] = Counter()
    times: Counter[tuple[str, str]] = Counter()
    for known in found.values():
        for key, entry in known.items():
            students.update((key, said) for said in entry.mistakes)
            times.update({(key, said): count for said, count in entry.mistakes.items()})
    order = sorted(students, key=lambda one: (-students[one], -times[one], one))[:12]
    rows = [["students", "times", "exercise", "mistake"]]
    rows += [[f"{students[one]}", f"{times[one]}", one[0], _printable(one[1])] for one in order]
    return [*lines, *["", *_aligned(rows)] * bool(order)]


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return [lines[0], "-" * len(lines[0]), *lines[1:]]


def _write(path: Path, found: _Class) -> None:
    """Write one line for each student and exercise, such as a spreadsheet takes it as text."""

    def text(said: str) -> str:
        return f"'{said}" if said[:1] in tuple("=+-@") else said

    with whole_file(path) as part, part.open("w", encoding="utf-8-sig", newline="") as file:
        write = csv.writer(file).writerow
        write(["student", "exercise", "solved", "tries", "hints", "solution", "mistakes"])
        for who, known in sorted(found.items()):
            for key in filter(known.__contains__, keys()):
                one = known[key]
                said = "; ".join(f"{said} ({times})" for said, times in one.mistakes.items())
                numbers = [int(one.done), one.tries, one.hints, one.solution]
                write([text(who), key, *numbers, text(said)])
