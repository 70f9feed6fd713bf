"""What the lecture notes print, as data, and what the calculator says to it.

    >>> from course_utils.costs import zoo
    >>> from course_utils.costs.published import reconcile
    >>> reconcile(zoo.alexnet(), "alexnet").counts
    {'exact': 86, 'rounded': 22, 'wrong': 1}

``table`` returns a printed table, ``reconcile`` holds it against a network, ``claims`` does the
same with everything that the notes state, and ``errata`` is what is wrong; ``caveats`` is what
is not wrong, but needs a word. ``errata("05")`` gives those of one notebook.
"""

from course_utils.costs.published.claims import claims
from course_utils.costs.published.compare import reconcile
from course_utils.costs.published.errata import caveats, errata
from course_utils.costs.published.findings import VERDICTS, Finding, Findings, Grid
from course_utils.costs.published.tables import NAMES, Published, table

__all__ = [
    "NAMES",
    "VERDICTS",
    "Finding",
    "Findings",
    "Grid",
    "Published",
    "caveats",
    "claims",
    "errata",
    "reconcile",
    "table",
]
