"""Exercises about understanding: choose a letter, put steps in order, explain in words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from course_utils.classroom import reading
from course_utils.classroom.exercise import DOTS, Exercise, UnreadableError

_LETTERS = "ABCDEFGHIJ"


def _listed(texts: Sequence[str]) -> str:
    return "".join(f"\n{letter}: {text}" for letter, text in zip(_LETTERS, texts, strict=False))


@dataclass(frozen=True)
class Choose(Exercise):
    """A multiple choice on which a room can vote.

    Parameters
    ----------
    choices : mapping
        The choices in the order of their letters; with each wrong one the reason why it is wrong,
        and with the right one why it is right.
    right : str
        The letter.
    step : str
        A hint.
    """

    kind: ClassVar[str] = "choose"

    choices: Mapping[str, str]
    right: str
    step: str

    @property
    def text(self) -> str:
        """The question and the choices."""
        return self.question + _listed(list(self.choices))

    @property
    def how(self) -> str:
        """How the answer is to be given."""
        return f"\nGive one letter in quotes. {DOTS}"

    @property
    def hints(self) -> tuple[str, ...]:
        """The one step, then one wrong choice less."""
        wrong = next(i for i in range(len(self.choices)) if _LETTERS[i] != self.right)
        return self.step, f"It is not {_LETTERS[wrong]}. {self._reason(_LETTERS[wrong])}"

    @property
    def solution(self) -> str:
        """The letter, and why."""
        return f"{self.right}. {self._reason(self.right)}"

    def _reason(self, letter: str) -> str:
        return list(self.choices.values())[_LETTERS.index(letter)]

    def judge(self, given: Any) -> tuple[str, str]:
        """Give the reason of the choice."""
        texts = {
            text.strip(" .").lower(): letter
            for text, letter in zip(self.choices, _LETTERS, strict=False)
        }
        if isinstance(given, str) and given.strip(" .").lower() in texts:
            letter = texts[given.strip(" .").lower()]
        else:
            letter = reading.letters(given, _LETTERS[: len(self.choices)])
        if len(letter) > 1:
            raise UnreadableError(f"Give one letter, not {len(letter)}.")
        if letter == self.right:
            return "right", self._reason(letter)
        return "wrong", f"{letter}? {self._reason(letter)}"


@dataclass(frozen=True)
class Match(Exercise):
    """Several scenes, and for each of them the one of a few plans that fits.

    Parameters
    ----------
    plans : sequence of str
        In the order of their letters.
    scenes : mapping
        With each scene: its letter, then a sentence about each plan.
    step : str
        A hint.
    """

    kind: ClassVar[str] = "choose"

    plans: Sequence[str]
    scenes: Mapping[str, tuple[str, ...]]
    step: str

    @property
    def text(self) -> str:
        """The question, the scenes and the plans."""
        numbered = "".join(f"\n{i}: {scene}" for i, scene in enumerate(self.scenes, 1))
        return self.question + numbered + _listed(self.plans)

    @property
    def how(self) -> str:
        """How the answer is to be given."""
        return f"\nGive {len(self.scenes)} letters in quotes, one for each number. {DOTS}"

    @property
    def right(self) -> str:
        """The letters."""
        return "".join(said[0] for said in self.scenes.values())

    @property
    def hints(self) -> tuple[str, ...]:
        """The one step, then the first letter."""
        return self.step, f"1 is {self.right[0]}. {self._reason(0, self.right[0])}"

    @property
    def solution(self) -> str:
        """The letters, each with its reason."""
        reasons = [f"{i + 1}: {self._reason(i, one)}" for i, one in enumerate(self.right)]
        return "\n".join([f"{self.right}.", *reasons])

    def _reason(self, number: int, letter: str) -> str:
        return list(self.scenes.values())[number][1 + _LETTERS.index(letter)]

    def judge(self, given: Any) -> tuple[str, str]:
        """Give the reason of the first choice that does not fit."""
        found = reading.letters(given, _LETTERS[: len(self.plans)])
        if len(found) != len(self.scenes):
            raise UnreadableError(f"Give {len(self.scenes)} letters, not {len(found)}.")
        for i, (one, wanted) in enumerate(zip(found, self.right, strict=True)):
            if one != wanted:
                return "wrong", f"{i + 1} {one}? {self._reason(i, one)}"
        return "right", " ".join(self._reason(i, one) for i, one in enumerate(found))


@dataclass(frozen=True)
class Order(Exercise):
    """Steps to be put in order.

    Parameters
    ----------
    steps : sequence of str
        As they are shown: the first is A.
    right : str
        The letters in the right order.
    reasons : mapping
        For two letters such as ``"BD"``: why B must come before D.
    step : str
        A hint.
    why : str
        Shown with a right answer.
    """

    kind: ClassVar[str] = "order"

    steps: Sequence[str]
    right: str
    reasons: Mapping[str, str]
    step: str
    why: str

    @property
    def text(self) -> str:
        """The question and the steps."""
        return self.question + _listed(self.steps)

    @property
    def how(self) -> str:
        """How the answer is to be given."""
        example = "".join(sorted(self.right, reverse=True))
        return f"\nGive the letters in order, such as '{example}'. {DOTS}"

    @property
    def hints(self) -> tuple[str, ...]:
        """The one step, then what comes first."""
        return self.step, f"It begins with {self.right[0]}."

    @property
    def solution(self) -> str:
        """The order, and why."""
        return f"{self.right}. {self.why}"

    def judge(self, given: Any) -> tuple[str, str]:
        """Say which of two steps must come first."""
        found = reading.letters(given, "".join(sorted(self.right)))
        if sorted(found) != sorted(self.right):
            missing = sorted(set(self.right) - set(found))
            raise UnreadableError(
                f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing."
                if missing
                else "Give each letter once."
            )
        broken = [pair for pair in self.reasons if found.index(pair[0]) > found.index(pair[1])]
        if not broken:
            return "right", self.why
        pair = min(broken, key=lambda pair: found.index(pair[1]))
        return "wrong", f"{pair[0]} comes before {pair[1]}: {self.reasons[pair]}"


_VAGUE = {
    "fast|slow|quick|speed|takes? (?:too )?long": "You speak of time: what takes it, and why?",
    "bias": "A bias is one number of many. What else is there?",
    "requir|must|allow": "No rule asks for it: what would go wrong without it?",
    "more|fewer|less|larger?|bigger|small|many": "More or less of what, and why does it matter?",
    "better|good|best|accura|perform|worse|bad": "That is what comes of it. What is the reason?",
}
"""What is said of an answer that speaks of something else, whatever the question."""

WORDS = 4
"""How many different words make a sentence."""


@dataclass(frozen=True)
class Explain(Exercise):
    """A why-question: who has written a sentence sees a model answer beside it.

    Parameters
    ----------
    model : str
        The course's own answer.
    ideas : mapping
        What a good answer says, and words (regular expressions) by which one can tell.
    step : str
        A hint.
    beliefs : mapping
        Words (regular expressions) of an answer that has none of the ideas, and what to say to it.
    """

    kind: ClassVar[str] = "explain"

    model: str
    ideas: Mapping[str, str]
    step: str
    beliefs: Mapping[str, str] = field(default_factory=dict)

    @property
    def how(self) -> str:
        """How the answer is to be given."""
        return f"Answer in a sentence or two, in quotes. {DOTS}"

    @property
    def hints(self) -> tuple[str, ...]:
        """The one step, then what a good answer speaks of."""
        return self.step, f"A good answer says: {'; '.join(self.ideas)}."

    @property
    def solution(self) -> str:
        """The model answer."""
        return self.model

    def judge(self, given: Any) -> tuple[str, str]:
        """Show the model answer, and say which ideas were not found; no machine marks a text."""
        if not isinstance(given, str):
            raise UnreadableError("Write your answer in words, in quotes.")
        words = set(re.findall(r"[^\W\d_]{2,}", given.lower()))
        own = words - set(re.findall(r"\w+", self.question.lower()))
        if len(words) < WORDS or len(own) < 2:
            return "wrong", "Write at least one whole sentence of your own: because ..."
        missing = [
            idea
            for idea, sign in self.ideas.items()
            if not re.search(rf"\b(?:{sign})", given.lower())  # "because" does not use anything
        ]
        if len(missing) == len(self.ideas):
            elsewhere = f" If it is there in other words, compare: solution('{self.key}')."
            nothing = "I find nothing in it yet of what the question is about."
            believed = [*self.beliefs.items(), *_VAGUE.items()]
            found = (it for sign, it in believed if re.search(rf"\b(?:{sign})", given.lower()))
            return "wrong", f"{next(found, nothing)} {self.step}{elsewhere}"
        said = f"Our answer, to compare with yours: {self.model}"
        if missing:
            said += f"\nI did not find in yours: {'; '.join(missing)}. Is it there in other words?"
        return "right", said
