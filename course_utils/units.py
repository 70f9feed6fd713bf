"""The units of the course: its notebooks in teaching order, as the README lists them."""

import re
from typing import NamedTuple

from course_utils.files import ROOT

README = ROOT / "README.md"
_ROW = re.compile(r"^\| (\d\d) \| \[(.+?)\]\(notebooks/(\w+)\.ipynb\) \| (.+?) \|$", re.MULTILINE)


class _Unit(NamedTuple):
    """One notebook: its number, its title, its file without ``.ipynb``, the question it answers."""

    number: str
    title: str
    name: str
    question: str


class _CourseMap(tuple[_Unit, ...]):
    """The course's units; prints as a table, in Jupyter with a link to each."""

    def __repr__(self) -> str:
        return "\n".join(f"{one.number}  {one.title:<38}{one.question}" for one in self)

    def _repr_markdown_(self) -> str:
        rows = ["| | Notebook | Its question |", "| --- | --- | --- |"]
        rows += [
            f"| {one.number} | [{one.title}]({one.name}.ipynb) | {one.question} |" for one in self
        ]
        return "\n".join(rows)


def course_map() -> _CourseMap:
    """Return the notebooks of the course in teaching order.

    >>> course_map()[0].title
    'Start here'
    """
    return _CourseMap(_Unit(*row) for row in _ROW.findall(README.read_text("utf-8")))
