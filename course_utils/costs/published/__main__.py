"""``python -m course_utils.costs.published notebooks/errata.md`` writes the errata page."""

import sys
from pathlib import Path

from course_utils.costs.published.errata import page

if len(sys.argv) != 2:
    sys.exit("Say where to write the page: python -m course_utils.costs.published FILE")
Path(sys.argv[1]).write_text(page(), encoding="utf-8", newline="\n")
