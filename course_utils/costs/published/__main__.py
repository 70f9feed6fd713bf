"""``python -m course_utils.costs.published`` prints the errata page."""

import sys

from course_utils.costs.published.errata import page

sys.stdout.write(page())
