"""The course's commands: ``python3 -m course_utils lab|test|doctor|download|refresh|record``.

Everything here runs on the standard library alone until the environment stands. A command that
needs the environment starts itself again with that environment's Python, so each exists once.
"""

import argparse
import sys
from importlib import import_module

from course_utils.cli import environment

_EPILOG = "Start here: python3 -m course_utils lab"

# Files side by side, but all cells of a notebook in one process; each may hold a TensorFlow.
_PARALLEL = ("--numprocesses=auto", "--maxprocesses=4", "--dist=loadscope")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 -m course_utils", description="A ConvNet course that runs.", epilog=_EPILOG
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def add(name: str, about: str, detail: str = "") -> argparse.ArgumentParser:
        text = f"{about[0].upper()}{about[1:]}. {detail}"
        return commands.add_parser(name, help=about, description=text)

    add(
        "lab",
        "set up the environment and open the course in JupyterLab",
        "Further arguments go to JupyterLab, for example --no-browser or --port 9999.",
    )
    add(
        "test",
        "set up the environment, run the unit tests and compare every notebook",
        "Further arguments go to pytest; paths among them are tested in place of everything. "
        "The tests run on up to 4 cores side by side; with -n 0 they run one after the other.",
    )
    add("doctor", "say what works on this machine, and what to do about what does not")
    download = add(
        "download",
        "fetch everything the course can use, ahead of a class",
        "What is already there is kept; an interrupted download goes on where it stopped.",
    )
    download.add_argument("names", nargs="*", metavar="NAME", help="only these (default: all)")
    download.add_argument("--list", action="store_true", help="say what is there; fetch nothing")
    refresh = add(
        "refresh",
        "execute notebooks on the real data and save them clean",
        "For whoever edits a notebook. A notebook in which a cell fails is left as it was.",
    )
    refresh.add_argument("notebooks", nargs="*", metavar="NN", help="numbers (default: all)")
    add("record", "repeat a recorded run: training that is too long for class")
    return parser


def main(argv: list[str]) -> int:
    """Run one command.

    Parameters
    ----------
    argv : list of str
        The arguments after ``python3 -m course_utils``.

    Returns
    -------
    int
        The exit status: 0 when all went well.
    """
    parser = _parser()
    # What lab, test and record do not know themselves belongs to the program behind them, help
    # apart: `test --help` is about this command.
    passes_on = argv[:1] in (["lab"], ["test"], ["record"])
    if passes_on and not {"-h", "--help"} & set(argv[1:2]):
        arguments, rest = argparse.Namespace(command=argv[0]), argv[1:]
    else:
        arguments, rest = parser.parse_args(argv), []
    try:
        if arguments.command == "doctor":
            return int(import_module("course_utils.cli.doctor").main())
        if not environment.enter(argv):
            return int(_run_inside(arguments, rest))
    except environment.ProblemError as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    raise AssertionError("enter() returns False or does not return")


def _run_inside(arguments: argparse.Namespace, rest: list[str]) -> int:
    """Run a command in the process of the environment's own Python."""
    match arguments.command:
        case "lab":
            return int(import_module("course_utils.cli.lab").main(rest))
        case "test":
            return int(import_module("pytest").main([*_PARALLEL, *rest]))
        case "record":
            return int(import_module("course_utils.models.recording").run(rest))
        case "download":
            module = import_module("course_utils.cli.download")
            return int(module.main(arguments.names, list_only=arguments.list))
        case _:
            return int(import_module("course_utils.cli.refresh").main(arguments.notebooks))
