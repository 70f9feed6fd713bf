"""What a learner waits for: from the clone to JupyterLab, to the first figure, to the last cell.

Each unit runs in a kernel of its own, from top to bottom. The other side of a row is what we allow.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from contest import Row

ROOT = Path(__file__).resolve().parents[2]
LARGE = ("16", "17")  # transfer learning may take more
SET_UP, FIGURE = 240, 10


def set_up() -> float:
    """Return the seconds from `git clone` until JupyterLab answers, packages downloaded and all."""
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder, "course")
        start = time.perf_counter()
        subprocess.run(["git", "clone", "-q", ROOT, clone], check=True)
        outside = str(Path(sys.base_prefix, "bin", "python3"))  # in no environment, as a newcomer
        command = [outside, "-m", "course_utils", "lab", "--no-browser", "--port=0"]
        own = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "PYTHONPATH")}
        how = {"cwd": clone, "env": own, "text": True, "start_new_session": True}
        how |= {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        lab = subprocess.Popen(command, **how)
        said = []
        for line in lab.stdout:
            said.append(line)
            if "http://" in line and "token=" in line:
                break
        else:
            raise SystemExit("JupyterLab did not start:\n" + "".join(said))
        seconds = time.perf_counter() - start
        os.killpg(lab.pid, signal.SIGKILL)  # it has not settled enough to hear anything softer
        lab.wait()
        return seconds


def unit(path: Path) -> tuple[float, float, float]:
    """Return seconds to the first figure and to the end, and the kernel's peak memory in GB."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    peak = "import resource as _r; _r.getrusage(_r.RUSAGE_SELF).ru_maxrss"
    notebook.cells.append(nbformat.v4.new_code_cell(peak))
    start = datetime.now(UTC)
    where = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=1800, kernel_name="python3", resources=where).execute()
    *code, asked = (cell for cell in notebook.cells if cell.cell_type == "code")
    replies = [cell.metadata.execution["shell.execute_reply"] for cell in code]
    ended = [(datetime.fromisoformat(reply) - start).total_seconds() for reply in replies]
    shows = [bool(re.search("<img|image/png", str(cell.outputs))) for cell in code]
    first = ended[shows.index(True)] if any(shows) else ended[-1]
    return first, ended[-1], int(asked.outputs[0].data["text/plain"]) / 1e6


def rows(rounds: int) -> Iterator[Row]:
    """Measure the set-up once, and each unit once."""
    os.environ["PYTHONPATH"] = str(ROOT)
    yield Row("from the clone to JupyterLab", "took", "allowed", "s", [(set_up(), SET_UP)], 1)
    for path in sorted(ROOT.glob("notebooks/[0-9]*.ipynb")):
        number = path.name[:2]
        figure, end, memory = unit(path)
        seconds, gigabytes = (150, 2.0) if number in LARGE else (90, 1.5)
        for what, took, allowed, unit_ in (
            ("first figure", figure, FIGURE, "s"),
            ("Run All", end, seconds, "s"),
            ("memory", memory, gigabytes, "GB"),
        ):
            yield Row(f"unit {number}: {what}", "took", "allowed", unit_, [(took, allowed)], 1)
