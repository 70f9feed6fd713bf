"""What an exercise is, and what is said about an answer."""

import html
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

DOTS = "Replace the dots and run the cell again."

_HEADING = {
    "blank": "Question.",
    "right": "Right.",
    "wrong": "Not yet.",
    "unreadable": "Hm.",
    "hint": "Hint.",
    "solution": "Solution.",
}
_LOOK = {
    "blank": ("#5790fc", "?"),
    "right": ("#2e8b57", "✔"),
    "wrong": ("#f89c20", "✘"),
    "unreadable": ("#9c9ca1", "✎"),
    "hint": ("#7a21dd", "→"),
    "solution": ("#2e8b57", "="),
}


class NotWrittenError(Exception):
    """There are only dots yet where the answer should be."""


class UnreadableError(Exception):
    """An answer that is of the wrong kind; the text says kindly which kind it should be."""


@dataclass
class Feedback:
    """What `check` says. Prints as plain text; Jupyter shows it in a frame. False unless right.

    Parameters
    ----------
    key : str
    state : str
        ``"blank"``, ``"right"``, ``"wrong"``, ``"unreadable"``, ``"hint"`` or ``"solution"``.
    message : str
        Plain text, or Markdown with nothing but paragraphs and code.
    question : str
        Stands below a reply that is not the last word, so that it is still there to be read.
    mistake : str
        By which a wrong answer is counted: what is said of it, without the answer itself.
    """

    key: str
    state: str
    message: str
    question: str = ""
    mistake: str = ""
    heard: bool = field(default=False, compare=False)
    """Whether anybody has looked at it: a reply that nobody saw is shown after all."""

    @property
    def correct(self) -> bool:
        """Whether the answer was right."""
        self.heard = True
        return self.state == "right"

    def __bool__(self) -> bool:
        return self.correct

    def __repr__(self) -> str:
        self.heard = True
        again = f"\nThe question: {self.question}" if self.question else ""
        return f"{_HEADING[self.state]} ({self.key}) {self.message}{again}"

    def _repr_html_(self) -> str:
        self.heard = True
        colour, sign = _LOOK[self.state]
        again = (
            f'<div style="font-size: smaller; margin-top: 6px">{to_html(self.question)}</div>'
            if self.question
            else ""
        )
        return (
            f'<div style="border-left: 5px solid {colour}; padding: 4px 12px">'
            f"<b>{sign} {_HEADING[self.state]}</b> {to_html(self.message)}{again}</div>"
        )


def to_html(text: str) -> str:
    """Turn Markdown into HTML, as much of it as exercises use: paragraphs, lines and code."""
    pieces = re.split(r"```(?:python)?\n(.*?)```", text, flags=re.DOTALL)
    for place, piece in enumerate(pieces):
        piece = html.escape(piece)
        if place % 2:
            pieces[place] = f'<pre style="margin: 6px 0">{piece}</pre>'
        else:
            piece = re.sub(r"`([^`\n]+)`", r"<code>\1</code>", piece.strip("\n"))
            pieces[place] = piece.replace("\n", "<br>")
    return "".join(pieces)


@dataclass(frozen=True)
class Exercise(ABC):
    """One question that the package can answer itself.

    Parameters
    ----------
    key : str
        ``"topic.subject.quantity"``; `progress` shows the exercises of a topic together.
    question : str
        In Markdown, whole: whoever reads it needs nothing else.
    varies : callable, optional
        Returns this exercise with the numbers of the student whose name it is given.
    """

    kind: ClassVar[str] = ""
    stands_above: ClassVar[bool] = True
    """Whether the cell above the answer holds the whole question, so that dots need not ask it."""

    key: str
    question: str
    varies: "Callable[[str], Exercise] | None" = field(default=None, kw_only=True, repr=False)

    @property
    def text(self) -> str:
        """The question with all that belongs to it, such as the choices."""
        return self.question

    @property
    @abstractmethod
    def how(self) -> str:
        """How the answer is to be given, in one sentence."""

    @property
    @abstractmethod
    def hints(self) -> tuple[str, ...]:
        """What helps, step by step, without the answer itself."""

    @property
    @abstractmethod
    def solution(self) -> str:
        """The answer, and why it is right."""

    @abstractmethod
    def judge(self, given: Any) -> tuple[str, ...]:
        """Return ``"right"`` or ``"wrong"``, and what to say; or raise `UnreadableError`.

        If what is said repeats the answer, the mistake alone comes third.
        """

    def ask(self) -> Feedback:
        """Return the question, and how the answer is to be given."""
        return Feedback(self.key, "blank", f"{self.text} {self.how}")

    def check(self, given: Any = ...) -> Feedback:
        """Return feedback on an answer; ``...`` or ``None`` is none yet. Never raises."""
        mistake: list[str] = []
        kept = dict(vars(self))  # a program of the student's might rewrite it
        try:
            if given is ... or given is None or (isinstance(given, str) and not given.strip()):
                raise NotWrittenError
            state, message, *mistake = self.judge(given)
        except NotWrittenError:
            said = self.how.strip() if self.stands_above else f"{self.text} {self.how}"
            return Feedback(self.key, "blank", said)
        except UnreadableError as problem:
            state, message = "unreadable", str(problem)
        except KeyboardInterrupt:
            raise
        except BaseException:  # what an object of the student's own does when it is asked
            state, message = "unreadable", f"I cannot read this {type(given).__name__[:40]}."
        finally:
            vars(self).update(kept)
        again = "" if state == "right" else self.text
        return Feedback(self.key, state, message, again, "".join(mistake))
