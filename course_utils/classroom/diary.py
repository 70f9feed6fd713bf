"""What a student has done: in memory, and in one small file of the student's own.

The file is ``progress.json`` in the course's folder, or what ``COURSE_PROGRESS`` names; an empty
name keeps nothing. It holds keys, counts and the replies to wrong answers, and no names. It can be
deleted at any time.
"""

import contextlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course_utils.classroom.exercise import Feedback
from course_utils.classroom.exercises import keys
from course_utils.files import ROOT, write_json
from course_utils.machine import Unquoted


@dataclass
class Entry:
    """What is known of one exercise."""

    tries: int = 0  # wrong answers and the first right one
    done: bool = False
    hints: int = 0  # how many were asked for
    solution: int = 0  # how often it was asked for
    mistakes: dict[str, int] = field(default_factory=dict)  # how often, by what was said of each


_entries: dict[str, Entry] = {}
_unkept = ""  # why the file could not be written


def _place() -> Path | None:
    """Return where the student's file is; None if none is kept."""
    name = os.environ.get("COURSE_PROGRESS", str(ROOT / "progress.json"))
    return Path(os.path.expanduser(name)) if name.strip() else None


def entries(saved: Any) -> dict[str, Entry]:
    """Return the entries of a progress file's content, but for those that `_note` has not written.

    A ValueError says that it is no progress file.
    """
    if not isinstance(saved, dict) or not isinstance(saved.get("exercises"), dict):
        raise ValueError("no progress file")
    found = {}
    for key, one in saved["exercises"].items():
        with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError, OverflowError):
            found[key] = Entry(
                int(one["tries"]),
                bool(one["done"]),
                int(one["hints"]),
                int(one["solution"]),
                {said: int(times) for said, times in one["mistakes"].items()},
            )
    return found


def _all() -> dict[str, Entry]:
    """Return what is known. What is not as `_note` writes it counts as not there."""
    saved: dict[str, Entry] = {}
    if path := _place():  # read anew each time: another notebook may have written meanwhile
        with contextlib.suppress(OSError, ValueError, RecursionError):
            saved = entries(json.loads(path.read_text("utf-8")))
    return saved | _entries


def _entry(key: str) -> Entry:
    return _all().get(key, Entry())


def _save(key: str, changed: Entry) -> None:
    global _unkept
    _entries[key] = changed
    if path := _place():
        content = {one: vars(known) for one, known in sorted(_all().items())}
        try:
            write_json(path, {"exercises": content})
            _unkept = ""
            _entries.clear()  # or they would hide what other notebooks write from now on
        except OSError as error:  # a folder that cannot be written: until Python ends, then
            _unkept = f"{path} cannot be written ({error.strerror}): this is kept until Python ends"


def _note(feedback: Feedback) -> None:
    if feedback.state not in ("right", "wrong"):
        return
    known = _entry(feedback.key)
    if not known.done:
        known.tries += 1
    if feedback.state == "right":
        known.done = True
    else:
        said = (feedback.mistake or feedback.message.splitlines()[0])[:300]
        known.mistakes[said] = known.mistakes.get(said, 0) + 1
    _save(feedback.key, known)


def _count(key: str, what: str) -> int:
    """Count a hint or a solution that was asked for, and return how many there were before."""
    known = _entry(key)
    before = int(getattr(known, what))
    setattr(known, what, before + 1)
    _save(key, known)
    return before


def sign(known: Entry) -> str:
    """Return ■ for what is done, ◧ for what was tried, □ for what is open."""
    return "■" if known.done else "◧" if known.tries else "□"


def progress(topic: str = "") -> Unquoted:
    """Show which exercises are done (■), tried (◧) and open (□): all, or those of one topic.

    That is the first word of the keys of a notebook: ``progress("images")``.
    """
    known = _all()
    signs: dict[str, str] = {}
    for key in keys():
        own = key.partition(".")[0]
        if topic.strip().lower() in ("", own):
            signs[own] = signs.get(own, "") + sign(known.get(key, Entry()))
    lines = [f"{own:<20} {part}  {part.count('■')} of {len(part)}" for own, part in signs.items()]
    everything = "".join(signs.values())
    lines.append(f"{'together':<20} {everything.count('■')} of {len(everything)}")
    return Unquoted("\n".join([*lines, *filter(None, [_unkept])]))
