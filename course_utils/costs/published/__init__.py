"""What the lecture notes print, as data, and what the calculator says to it.

    >>> from course_utils.costs import zoo
    >>> from course_utils.costs.published import reconcile
    >>> reconcile(zoo.alexnet(), "alexnet").counts
    {'exact': 86, 'rounded': 22, 'wrong': 1}

``as_printed`` returns a printed table, ``reconcile`` holds it against a network. ``errata`` is what
is wrong in the notes, ``caveats`` what is not wrong, but needs a word; ``errata("07")`` gives those
of one notebook. ``tests/lecture_notes/make.py`` found them.
"""

from course_utils.costs.published.compare import reconcile
from course_utils.costs.published.findings import _VERDICTS, _Finding, caveats, errata
from course_utils.costs.published.tables import _NAMES, as_printed
