"""What an exercise is, and what is said about an answer."""

import html
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

_DOTS = "Replace the dots and run the cell again."

_LOOK = {
    "blank": ("Question.", "#5790fc", "?"),
    "right": ("Right.", "#2e8b57", "✔"),
    "wrong": ("Not yet.", "#f89c20", "✘"),
    "unreadable": ("Hm.", "#9c9ca1", "✎"),
    "hint": ("Hint.", "#7a21dd", "→"),
    "solution": ("Solution.", "#2e8b57", "="),
}
"""What a reply begins with in each state, and its colour and sign in Jupyter."""


class _NotWrittenError(Exception):
    """There are only dots yet where the answer should be."""


class _UnreadableError(Exception):
    """An answer that is of the wrong kind; the text says kindly which kind it should be."""


@dataclass
class Feedback:
    """What `check` says. Prints as plain text; Jupyter shows it in a frame. False unless right.

    The message is plain text, or Markdown with nothing but paragraphs and code.
    """

    key: str
    state: str  # one of those in _LOOK
    message: str
    question: str = ""  # below a reply that is not the last word, so that it can still be read
    mistake: str = ""  # by which a wrong answer is counted: what is said of it, without the answer
    heard: bool = field(default=False, compare=False)  # a reply that nobody saw is shown after all

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
        return f"{_LOOK[self.state][0]} ({self.key}) {self.message}{again}"

    def _repr_html_(self) -> str:
        self.heard = True
        heading, colour, sign = _LOOK[self.state]
        again = f'<div style="font-size: smaller; margin-top: 6px">{_to_html(self.question)}</div>'
        return (
            f'<div style="border-left: 5px solid {colour}; padding: 4px 12px">'
            f"<b>{sign} {heading}</b> {_to_html(self.message)}{again * bool(self.question)}</div>"
        )


def _to_html(text: str) -> str:
    """Turn Markdown into HTML, as much of it as exercises use: paragraphs, lines and code."""
    pieces = re.split(r"```(?:python)?\n(.*?)```", text, flags=re.DOTALL)
    for place, piece in enumerate(pieces):
        piece = html.escape(piece)
        if place % 2:
            pieces[place] = f'<pre style="margin: 6px 0">{piece}</pre>'
        else:
            piece = re.sub(r"`([^`\n]+)`", r"<code>\1</code>", piece.strip("\n"))
            piece = re.sub(r"(?<!\S)\*(\w+)\*(?!\w)", r"<em>\1</em>", piece)
            pieces[place] = piece.replace("\n", "<br>")
    return "".join(pieces)


@dataclass(frozen=True)
class Exercise(ABC):
    """One question that the package can answer itself.

    ``varies`` returns it with the numbers of the student whose name it is given.
    """

    stands_above: ClassVar[bool] = True
    """Whether the cell above the answer holds the whole question, so that dots need not ask it."""

    key: str  # "topic.subject.quantity"; `progress` shows the exercises of a topic together
    question: str  # in Markdown, whole: whoever reads it needs nothing else
    varies: "Callable[[str], Exercise] | None" = field(default=None, kw_only=True, repr=False)

    @property
    def form(self) -> str:
        """``"code"``, ``"model"``, ``"choose"`` ..."""
        return type(self).__name__.lower()

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
        """Return ``"right"`` or ``"wrong"``, and what to say; or raise `_UnreadableError`.

        If what is said repeats the answer, the mistake alone comes third.
        """

    def ask(self) -> Feedback:
        """Return the question, and how the answer is to be given."""
        return Feedback(self.key, "blank", f"{self.text} {self.how}")

    def check(self, given: Any = ...) -> Feedback:
        """Return feedback on an answer; ``...`` or ``None`` is none yet. Never raises."""
        mistake: list[str] = []
        try:
            if given is ... or given is None or (isinstance(given, str) and not given.strip()):
                raise _NotWrittenError
            state, message, *mistake = self.judge(given)
        except _NotWrittenError:
            said = self.how.strip() if self.stands_above else f"{self.text} {self.how}"
            return Feedback(self.key, "blank", said)
        except _UnreadableError as problem:
            state, message = "unreadable", str(problem)
        except KeyboardInterrupt:
            raise
        except BaseException:  # what an object of the student's own does when it is asked
            state, message = "unreadable", f"I cannot read this {type(given).__name__[:40]}."
        again = "" if state == "right" else self.text
        return Feedback(self.key, state, message, again, "".join(mistake))
