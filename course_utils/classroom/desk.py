"""Where a student asks: `check`, `hint`, `solution`. None of them ever raises."""

import sys
from typing import Any

from course_utils.classroom import diary, exercises
from course_utils.classroom.exercise import Exercise, Feedback


def check(key: str, *answer: Any) -> Feedback:
    """Return feedback on your answer to one exercise; it is true if the answer was right.

    The notebook says the key of the exercise. An answer is a number, a shape, a text, a function or
    a model; ``...``, or nothing, asks the question.

    >>> bool(check("start.batch_shape", (28, 28, 1)))
    False
    """
    found = _find(key)
    if isinstance(found, Feedback):
        return _say(found)
    if not answer:
        return _say(found.ask())
    feedback = found.check(answer[0] if len(answer) == 1 else answer)
    diary._note(feedback)
    if feedback.state == "right":
        _solved.add(found.key)
    return _say(feedback)


_solved: set[str] = set()


def points(key: str) -> int:
    """Return 1 if an exercise was solved since Python started, else 0: nbgrader grades by it."""
    return int(key in _solved)


def hint(key: str) -> Feedback:
    """Show a hint; called again, one that goes a step further."""
    found = _find(key)
    if isinstance(found, Feedback):
        return _say(found)
    hints = found.hints
    number = min(diary._count(found.key, "hints"), len(hints) - 1)
    last = number == len(hints) - 1
    more = f"That was the last one: solution('{found.key}') says it all." if last else ""
    text = f"({number + 1} of {len(hints)}) {hints[number]}\n{more}".strip()
    return _say(Feedback(found.key, "hint", text, found.text))


def solution(key: str) -> Feedback:
    """Show the solution, after a try of your own or when asked a second time."""
    found = _find(key)
    if isinstance(found, Feedback):
        return _say(found)
    tried = diary._entry(found.key).tries > 0
    asked = diary._count(found.key, "solution") > 0
    if not (tried or asked):
        text = "Try it once yourself first, or ask for a hint. If you ask again, I will tell."
        return _say(Feedback(found.key, "unreadable", text, found.text))
    return _say(Feedback(found.key, "solution", found.solution, found.text))


def _find(key: Any) -> Exercise | Feedback:
    if not isinstance(key, str):
        text = "The first argument names the exercise, in quotes: check('start.batch_shape', ...)."
        return Feedback("?", "unreadable", text)
    try:
        return exercises.find_exercise(key)
    except ValueError as problem:
        return Feedback("?", "unreadable", str(problem))


# --- several replies in one cell -------------------------------------------------------------

_waiting: list[Feedback] = []


def _say(feedback: Feedback) -> Feedback:
    """See to it that a reply is seen in Jupyter, also if it is not the last value of its cell."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        for tool in (hint, solution, diary.progress):  # replies speak of them
            shell.user_ns.setdefault(tool.__name__, tool)
        _show_the_unheard()
        _waiting.append(feedback)
        if _show_the_unheard not in shell.events.callbacks["post_run_cell"]:
            shell.events.register("post_run_cell", _show_the_unheard)
    return feedback


def _show_the_unheard(*_: Any) -> None:
    from IPython.display import display

    for feedback in _waiting:
        if not feedback.heard:
            display(feedback)  # type: ignore[no-untyped-call]
    _waiting.clear()
