"""The course's commands: ``python3 -m course_utils lab``, and what ``--help`` lists beside it.

Everything here runs on the standard library alone until the environment stands. A command that
needs the environment starts itself again with that environment's Python, so each exists once.
"""

import argparse
import os
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

from course_utils.cli import environment
from course_utils.cli.environment import _ProblemError, _say
from course_utils.files import ROOT

_COMMANDS = tomllib.loads(Path(__file__).with_name("commands.toml").read_text("utf-8"))

# Files side by side, but all cells of a notebook in one process; each may hold a TensorFlow.
_PARALLEL = ("--numprocesses=auto", "--maxprocesses=4", "--dist=loadscope")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 -m course_utils",
        description="A ConvNet course that runs.",
        epilog="Start here: python3 -m course_utils lab",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, it in _COMMANDS.items():
        text = f"{it['about'][0].upper()}{it['about'][1:]}. {it.get('detail', '')}"
        command = commands.add_parser(name, help=it["about"], description=text)
        command.register("type", "path", _path)
        for argument, settings in it.get("arguments", {}).items():
            command.add_argument(argument, **settings)
    return parser


def _path(name: str) -> Path:
    try:
        return Path(name).expanduser()
    except RuntimeError:  # ~nobody
        raise argparse.ArgumentTypeError(f"there is no such user: {name}") from None


def main(argv: list[str]) -> int:
    """Run one command, given after ``python3 -m course_utils``; return the exit status."""
    first, rest = "".join(argv[:1]), argv[1:]
    # What lab, test and record do not know themselves belongs to the program behind them, help
    # apart: `test --help` is about this command.
    passes_on = "passes_on" in _COMMANDS.get(first, ()) and rest[:1] not in (["-h"], ["--help"])
    given = {} if passes_on else vars(_parser().parse_args(argv))
    it = _COMMANDS[given.pop("command", first)]
    try:
        if "needs" in it:
            environment._enter(argv)  # from here on, this is the environment's own Python
        if it.get("needs") == "Jupyter":
            environment._lend_jupyter_a_home()
        file, function = it["calls"].split(":")
        run = getattr(import_module(f"course_utils.{file}"), function)
        return int(run(rest) if passes_on else run(**given))
    except _ProblemError as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1


class _CtrlC:
    """A plugin of pytest that notices when it is stopped."""

    pressed = False

    def pytest_keyboard_interrupt(self, excinfo: Any) -> None:
        self.pressed = excinfo.type is KeyboardInterrupt


def _test(extra: list[str]) -> int:
    """Run pytest in this process; Ctrl-C ends it as it ends every command."""
    seen = _CtrlC()
    status = int(import_module("pytest").main([*_PARALLEL, *extra], plugins=[seen]))
    if seen.pressed:
        raise KeyboardInterrupt
    return status


def _lab(extra: list[str]) -> int:
    """Run JupyterLab in this process until the user stops it."""
    app = import_module("jupyterlab.labapp").LabApp
    os.chdir(ROOT)
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    where = "starts" if "--no-browser" in extra else "opens in your browser"
    _say(f"JupyterLab {where}. To stop it, press Ctrl-C here twice.\n")
    sys.argv[0] = "jupyter-lab"
    app.launch_instance(argv=_lab_arguments(extra, as_root))
    return 0


def _lab_arguments(extra: list[str], as_root: bool) -> list[str]:
    """Return JupyterLab's arguments: the first notebook, unless another file is named."""
    start = ROOT / "notebooks" / "00_start_here.ipynb"
    named = any(not word.startswith("-") and (ROOT / word).exists() for word in extra)
    first = [] if named or not start.exists() else [str(start.relative_to(ROOT))]
    # The checkout, not the notebook's folder, is what Lab shows and where its terminals start.
    own = [f"--ServerApp.root_dir={ROOT}", "--log-level=WARN"]
    return [*first, *own, *(["--allow-root"] if as_root else []), *extra]


def _download(names: list[str], list_only: bool) -> int:
    """Fetch the named data sets and weights, or all of them, and say what is there."""
    from course_utils.data import cached, registry

    known = registry.REGISTRY
    if unknown := [name for name in names if name not in known]:
        raise _ProblemError(f"There is no {', '.join(unknown)}. There are: {', '.join(known)}.")
    entries = [known[name] for name in names or known]
    failures = 0
    for entry in () if list_only else entries:
        try:
            cached.fetch(entry)
        except registry.DownloadError as error:
            _say(f"{entry.title}: {error}")
            failures += 1
    states = {"present": "there", "partial": "begun", "missing": "not there", "corrupt": "damaged"}
    for entry in entries:
        state = cached.state(entry)
        size = f"{entry.bytes / 1e6:>6.1f} MB"
        _say(f"{entry.name:<14}{states.get(state, state):<11}{size}  {entry.purpose}")
    _say(f"Folder: {registry.cache_home()}")
    if failures:
        _say("What is missing is replaced by stand-ins; run the command again to go on.")
    return 1 if failures else 0
