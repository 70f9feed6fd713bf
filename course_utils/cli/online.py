"""``online``: links in each unit that open it on Colab, Kaggle and Binder, and a cell for there.

The course does not know where on the web a copy of it lies; whoever puts one there does.
"""

import json
import re
from typing import Any

from course_utils.cli import editions, notebooks
from course_utils.cli.environment import ProblemError, _say, _writing
from course_utils.files import whole_file

_LINKS = """\
Open this unit in [Colab](https://colab.research.google.com/github/{address}/blob/main/{file}),
[Kaggle](https://kaggle.com/kernels/welcome?src=https://github.com/{address}/blob/main/{file}) or
[Binder](https://mybinder.org/v2/gh/{address}/main?urlpath=lab/tree/{file})."""
_FETCH = """\
# Colab and Kaggle fetch the course here. At home this does nothing.
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

if not find_spec("course_utils"):
    if not Path("course").exists():
        address = "https://github.com/{address}"
        command = ["git", "clone", "-q", "--depth=1", address, "course"]
        subprocess.run(command, check=True)
    sys.path.insert(0, "course")"""


def main(address: str) -> int:
    """Write links and cell for a repository of GitHub into the notebooks; the status is 0."""
    if not re.fullmatch(r"[\w-]+/[\w.-]+", address):
        raise ProblemError(
            f"{address!r} should be OWNER/NAME, as in the address https://github.com/OWNER/NAME."
        )
    for path in notebooks._paths():
        changed = _opened_at(notebooks._read(path), address, f"notebooks/{path.name}")
        with _writing(path), whole_file(path) as part:
            text = json.dumps(changed, indent=1, ensure_ascii=False, sort_keys=True)
            part.write_text(text + "\n", "utf-8", newline="\n")
    _say(f"{len(notebooks._paths())} notebooks know {address}: commit them, and push to its main.")
    return 0


def _opened_at(notebook: dict[str, Any], address: str, file: str) -> dict[str, Any]:
    """Return a notebook with links behind its title, and a first cell of code for elsewhere."""
    links, code = _LINKS.format(address=address, file=file), _FETCH.format(address=address)
    cells = [one for one in notebook["cells"] if one["id"] not in ("online", "fetch")]
    first = next(n for n, cell in enumerate(cells) if cell["cell_type"] == "code")
    fetch = editions._new_cell("code", "fetch", code, "skip", execution_count=1)
    fetch["metadata"]["jupyter"] = {"source_hidden": True}
    cells.insert(first, fetch)
    cells.insert(1, editions._new_cell("markdown", "online", links, "skip"))
    return editions._numbered(notebook, cells)
