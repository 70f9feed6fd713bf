"""Every statement of the lecture notes that was reviewed, and what the calculator says."""

from __future__ import annotations

from functools import cache

from course_utils.costs.published.claims import (
    convolution,
    learning,
    lenet5,
    networks,
    remarks,
    resnet,
)
from course_utils.costs.published.compare import reconcile_all
from course_utils.costs.published.findings import Findings


@cache
def claims() -> Findings:
    """Return all statements, those in tables cell by cell, in the order of the notes.

    Examples
    --------
    >>> found = claims()
    >>> [item.printed for item in found.only("typo")]
    ['5 x 5 x 25 = 25', '6x5x5x1 = 151', '6 x 15 x 5 x 5 + 16 = 2416']
    """
    items = [item for found in reconcile_all() for item in found]
    for topic in (lenet5, convolution, networks, resnet, learning, remarks):
        items += topic.claims()
    items.sort(key=lambda item: tuple(map(int, item.reference.split(":"))))
    return Findings("The lecture notes against the calculator", tuple(items))
