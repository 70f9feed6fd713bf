"""``refresh``: execute notebooks on the real data and save them clean."""

import json
import logging
import os
import time
from pathlib import Path
from typing import Any

from course_utils.cli import notebooks
from course_utils.cli.environment import _ProblemError, _say, _writing
from course_utils.files import ROOT, whole_file


def main(numbers: list[str]) -> int:
    """Refresh the notebooks with these numbers, or all; the status is 1 if one failed."""
    chosen = notebooks._choose(numbers)
    notebooks._steady_environment()
    for name in ("COURSE_OFFLINE", "KERAS_BACKEND"):
        os.environ.pop(name, None)
    _require_real_data(chosen)
    failed = [path for path in chosen if not _refreshed(path)]
    for path in failed:
        _say(f"Left as it was: {path.relative_to(ROOT)}")
    return 1 if failed else 0


def _require_real_data(chosen: list[Path]) -> None:
    """Refuse to save what a stand-in shows."""
    from course_utils.data import clothes, fashion_mnist

    needed: list[tuple[str, Any, str]] = [("fashion-mnist", fashion_mnist, "KERAS_HOME")]
    if any("real-photographs" in path.read_text("utf-8") for path in chosen):
        needed.append(("clothes", clothes, "COURSE_IMAGES"))
    for name, load, variable in needed:
        if load().is_stand_in:
            raise _ProblemError(
                f"Notebooks are saved with the real {name}, and only the stand-in is here. Run: "
                f"python3 -m course_utils download {name}, or set {variable} to the folder that "
                "holds it."
            )


def _refreshed(path: Path) -> bool:
    """Execute one notebook in a fresh kernel and save it clean; say whether it was saved.

    The file is replaced in one step, and only if every cell ran and the result keeps the
    course's rules; else what went wrong is printed and the file is left as it was.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    notebook = nbformat.read(path, as_version=4)
    cells = sum(cell.cell_type == "code" for cell in notebook.cells)
    started = time.monotonic()

    def report(cell: Any, cell_index: int, **_: Any) -> None:
        if cell.cell_type == "code":
            number = cell.execution_count or "?"
            seconds = time.monotonic() - started
            print(f"\r{path.name}: cell {number} of {cells}, {seconds:.0f} s ", end="", flush=True)

    client = NotebookClient(
        notebook,
        timeout=1800,  # seconds: training on a slow laptop
        kernel_name="python3",
        # Stopped in a cell, a kernel logs how it stumbles over its closed connection; and what C
        # code says of this machine is not the notebook's.
        extra_arguments=["--log-level=CRITICAL", "--IPKernelApp.capture_fd_output=False"],
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
        store_widget_state=False,
        on_cell_executed=report,
    )
    # Where Ctrl-C ends it, nbclient forgets a task, and asyncio would log that one's end.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    try:
        client.execute()
    except Exception as error:
        # On Ctrl-C nbclient takes the kernel away, and then stumbles over that in several ways.
        if hasattr(client, "_async_cleanup_kernel_future"):
            raise KeyboardInterrupt from None
        if not isinstance(error, (CellExecutionError, CellTimeoutError, DeadKernelError)):
            raise
        last = [cell for cell in notebook.cells if cell.get("execution_count")][-1:]
        where = f"cell {last[0].id}" if last else "the first cell"
        _say(f"\n{path.name}: {where} failed.\n{notebooks._ANSI.sub('', str(error))}")
        return False
    notebooks._clean(notebook)
    text = nbformat.writes(notebook) + "\n"
    _say("")
    if broken := notebooks._problems(json.loads(text), len(text.encode())):
        _say("\n".join(f"{path.name}: {sentence}" for sentence in broken))
        return False
    with _writing(path), whole_file(path) as part:
        part.write_text(text, "utf-8", newline="\n")
    return True
