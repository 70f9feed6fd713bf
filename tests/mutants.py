"""Mistakes of one line, each of which some test must notice: ``python3 tests/mutants.py``.

`mutants.toml` has them. Each is made in a copy of the tree, and its tests run until one fails. What
survives is printed, and so is a line that is no longer there: then choose another one. Words on the
command line choose mutants: ``python3 tests/mutants.py costs/field``.

One that changes nothing that anybody can see is no mistake: take it out.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Each with the tests that must notice it.
MUTANTS: list[tuple[str, str, str, tuple[str, ...]]] = [
    (*mutant, tuple(group["tests"]))
    for group in tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8")).values()
    for mutant in group["mutants"]
]


PYTEST = [sys.executable, "-m", "pytest", "-o", "addopts=--import-mode=importlib", "--noconftest"]
PYTEST += ["-x", "-q", "--hypothesis-profile=ci"]  # the same numbers each time
PYTEST += [f"-pno:{name}" for name in ("cacheprovider", "nbval", "xdist")]


def noticed(tree: Path, arguments: Sequence[str]) -> bool:
    """Run tests of a tree; say whether one failed."""
    return subprocess.run([*PYTEST, *arguments], cwd=tree, capture_output=True).returncode == 1


def main() -> int:
    """Try the mutants; return how many survive or cannot be made."""
    os.environ |= {"COURSE_OFFLINE": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    # A file that is changed and changed back within a second would be taken for its old self.
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    chosen = [one for one in MUTANTS if not sys.argv[1:] or any(w in one[0] for w in sys.argv[1:])]
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        kept_out = shutil.ignore_patterns(".*", "*.ipynb", "__pycache__")
        shutil.copytree(ROOT, tree, ignore=kept_out)
        for arguments in dict.fromkeys(one[3] for one in chosen):
            if noticed(tree, arguments):
                sys.exit(f"{' '.join(arguments)}: fails without any mutant")
        for name, old, new, arguments in chosen:
            started = time.monotonic()
            where = name if name.startswith("notebooks") else f"course_utils/{name}"
            paths = list(tree.glob(where))
            text = paths[0].read_text("utf-8") if len(paths) == 1 else ""
            if text.count(old) != 1:
                bad += 1
                print(f"GONE      {where}: {old}", flush=True)
                continue
            paths[0].write_text(text.replace(old, new), "utf-8")
            killed = noticed(tree, arguments)
            paths[0].write_text(text, "utf-8")
            bad += not killed
            seconds = time.monotonic() - started
            words = f"{where}: {old}  ->  {new}"
            print(f"{'noticed ' if killed else 'SURVIVES'}  {words} ({seconds:.0f} s)", flush=True)
    print(f"{len(chosen)} mutants, {len(chosen) - bad} noticed")
    return min(bad, 1)


if __name__ == "__main__":
    sys.exit(main())
