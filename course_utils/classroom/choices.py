"""Exercises about understanding: choose a letter, put steps in order, explain in words.

What their fields hold is said in ``exercises/README.md``.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course_utils.classroom import reading
from course_utils.classroom.exercise import _DOTS, Exercise, _UnreadableError
from course_utils.classroom.expressions import _file

_LETTERS = "ABCDEFGHIJ"


def _listed(texts: Iterable[str]) -> str:
    return "".join(f"\n{letter}: {text}" for letter, text in zip(_LETTERS, texts, strict=False))


@dataclass(frozen=True)
class Choose(Exercise):
    """Several scenes, and for each the letter of the plan that fits: a room can vote on it.

    A scene has its letter, then a sentence about each plan; that of a single question has no name.
    """

    plans: Sequence[str]
    scenes: Mapping[str, Sequence[str]]
    step: str

    @property
    def text(self) -> str:
        numbered = "".join(f"\n{i}: {scene}" for i, scene in enumerate(self.scenes, 1) if scene)
        return self.question + numbered + _listed(self.plans)

    @property
    def how(self) -> str:
        each = ", one for each number" * (len(self.scenes) > 1)
        return f"\nGive {self._letters} in quotes{each}. {_DOTS}"

    @property
    def _letters(self) -> str:
        return "one letter" if len(self.scenes) == 1 else f"{len(self.scenes)} letters"

    @property
    def right(self) -> str:
        """The letters."""
        return "".join(said[0] for said in self.scenes.values())

    @property
    def hints(self) -> tuple[str, ...]:
        wrong = next(one for one in _LETTERS if one != self.right[0])
        place, _, reason = self._reasons(wrong + self.right[1:])[0]
        return self.step, f"{place or 'It '}is not {wrong}. {reason}"

    @property
    def solution(self) -> str:
        reasons = self._reasons(self.right)
        return "\n".join(f"{place}{one}. {reason}" for place, one, reason in reasons)

    def _reasons(self, letters: str) -> list[tuple[str, str, str]]:
        """Return the place, if there are several, the letter, and what is said to it, of each."""
        places = [f"{i} " for i in range(1, 10)] if len(letters) > 1 else [""]
        chosen = zip(places, letters, self.scenes.values(), strict=False)
        return [(place, one, said[1 + _LETTERS.index(one)]) for place, one, said in chosen]

    def judge(self, given: Any) -> tuple[str, str]:
        if len(self.scenes) == 1 and isinstance(given, str):
            given = self._letter(given)
        found = reading._letters(given, _LETTERS[: len(self.plans)])
        if len(found) != len(self.scenes):
            raise _UnreadableError(f"Give {self._letters}, not {len(found)}.")
        reasons = self._reasons(found)
        for (place, one, reason), wanted in zip(reasons, self.right, strict=True):
            if one != wanted:
                return "wrong", f"{place}{one}? {reason}"
        return "right", " ".join(reason for _, _, reason in reasons)

    def _letter(self, given: str) -> str:
        """Return the letter of "C) because ..." and of who writes words of a choice, else all."""
        if lettered := re.match(r"\W*([A-J])\W*[):.]\W*\w", given, re.I):
            return lettered[1]
        said, pairs = given.strip(" .").lower(), zip(_LETTERS, self.plans, strict=False)
        chosen = [one for one, text in pairs if len(said) > 3 and said in text.lower()]
        return chosen[0] if len(chosen) == 1 else given


def _choose(key: str, question: str, choices: Mapping[str, str], right: str, step: str) -> Choose:
    """Return a multiple choice: each choice has its reason, the right one too."""
    return Choose(key, question, tuple(choices), {"": (right, *choices.values())}, step)


@dataclass(frozen=True)
class Order(Exercise):
    """Steps to be put in order; ``reasons["BD"]`` says why B must come before D."""

    steps: Sequence[str]
    right: str
    reasons: Mapping[str, str]
    step: str
    why: str

    @property
    def text(self) -> str:
        return self.question + _listed(self.steps)

    @property
    def how(self) -> str:
        example = "".join(sorted(self.right, reverse=True))
        return f"\nGive the letters in order, such as '{example}'. {_DOTS}"

    @property
    def hints(self) -> tuple[str, ...]:
        return self.step, f"It begins with {self.right[0]}."

    @property
    def solution(self) -> str:
        return f"{self.right}. {self.why}"

    def judge(self, given: Any) -> tuple[str, str]:
        found = reading._letters(given, "".join(sorted(self.right)))
        if missing := sorted(set(self.right) - set(found)):
            raise _UnreadableError(f"Some are missing: {', '.join(missing)}.")
        if len(found) > len(self.right):
            raise _UnreadableError("Give each letter once.")
        broken = [pair for pair in self.reasons if found.index(pair[0]) > found.index(pair[1])]
        if not broken:
            return "right", self.why
        pair = min(broken, key=lambda pair: found.index(pair[1]))
        return "wrong", f"{pair[0]} comes before {pair[1]}: {self.reasons[pair]}"


_VAGUE, _HOLLOW = (_file(Path(__file__).with_name("slips.toml"))[it] for it in ("vague", "hollow"))
_WORDS = 4  # how many different words make a sentence


@dataclass(frozen=True)
class Explain(Exercise):
    """A why-question: who has written a sentence sees a model answer beside it.

    With each idea of a good answer, and each belief of a wrong one, go words (a regular expression)
    by which one can tell.
    """

    how = f"Answer in a sentence or two, in quotes. {_DOTS}"

    model: str
    ideas: Mapping[str, str]
    step: str
    beliefs: Mapping[str, str] = field(default_factory=dict)

    @property
    def hints(self) -> tuple[str, ...]:
        return self.step, f"A good answer says: {'; '.join(self.ideas)}."

    @property
    def solution(self) -> str:
        return self.model

    def judge(self, given: Any) -> tuple[str, str]:
        """Show the model answer, and say which ideas were not found; no machine marks a text."""
        if not isinstance(given, str):
            raise _UnreadableError("Write your answer in words, in quotes.")
        words = set(re.findall(r"[^\W\d_]{2,}", given.lower()))
        told = re.sub(rf"\b(?:{'|'.join(_HOLLOW)})\b", "", given.lower())
        own = words - set(re.findall(r"\w+", self.question.lower()))
        if len(words) < _WORDS or len(own) < 2:
            return "wrong", "Write at least one whole sentence of your own: because ..."

        def speaks_of(sign: str) -> bool:  # "because" does not use anything
            return re.search(rf"\b(?:{sign})", told) is not None

        missing = [idea for idea, sign in self.ideas.items() if not speaks_of(sign)]
        believed = next((said for sign, said in self.beliefs.items() if speaks_of(sign)), "")
        if len(missing) == len(self.ideas) or (missing and believed):
            elsewhere = f"If it is there in other words, compare: solution('{self.key}')."
            nothing = "I find nothing in it yet of what the question is about."
            vague = next((said for sign, said in _VAGUE.items() if speaks_of(sign)), nothing)
            return "wrong", f"{believed or vague} {self.step} {elsewhere}"
        said = f"Our answer, to compare with yours: {self.model}"
        if missing:
            said += f"\nI did not find in yours: {'; '.join(missing)}. Is it there in other words?"
        return "right", said
