"""``lab``: open the course in JupyterLab."""

import os
import sys

from course_utils.cli.environment import ROOT, say

START = ROOT / "notebooks" / "00_start_here.ipynb"


def arguments(extra: list[str], as_root: bool) -> list[str]:
    """Return JupyterLab's arguments: the first notebook, unless another file is named."""
    named = any(not word.startswith("-") and (ROOT / word).exists() for word in extra)
    first = [] if named or not START.exists() else [str(START.relative_to(ROOT))]
    # The checkout, not the notebook's folder, is what Lab shows and where its terminals start.
    own = [f"--ServerApp.root_dir={ROOT}", "--log-level=WARN"]
    return [*first, *own, *(["--allow-root"] if as_root else []), *extra]


def main(extra: list[str]) -> int:
    """Run JupyterLab in this process until the user stops it."""
    from jupyterlab.labapp import LabApp

    os.chdir(ROOT)
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    say("JupyterLab opens in your browser. To stop it, press Ctrl-C here twice.\n")
    sys.argv[0] = "jupyter-lab"
    LabApp.launch_instance(argv=arguments(extra, as_root))
    return 0
