"""``python3 -m course_utils lab`` and the other commands, which `--help` lists.

This file and ``course_utils/__init__.py`` must parse on every Python 3, however old: whoever
starts the course with an unsuitable one is to read a sentence, not a traceback.
"""

import subprocess
import sys

_OLDEST, _TOO_NEW = (3, 11), (3, 14)


def _answers(command: "list[str]") -> bool:
    """Say whether ``command`` starts a Python (a pyenv shim may exist and still refuse)."""
    null = subprocess.DEVNULL
    try:
        return subprocess.call([*command, "-c", ""], stdin=null, stdout=null, stderr=null) == 0
    except OSError:
        return False


def _wrong_python() -> str:
    """Return the sentence for whoever starts the course with an unsuitable Python."""
    found = "{}.{}".format(*sys.version_info[:2])
    message = "The course needs Python 3.11, 3.12 or 3.13, and this is Python " + found + ". "
    for minor in (12, 13, 11):
        version = "3." + str(minor)
        command = ["py", "-" + version] if sys.platform == "win32" else ["python" + version]
        if _answers(command):
            return message + "You have a suitable one; run: {} -m course_utils {}".format(
                " ".join(command), " ".join(sys.argv[1:])
            )
    return message + (
        "Install Python 3.12 from https://www.python.org/downloads/ and start the course with it, "
        "or, if you have uv: uv run --no-project --python 3.12 -m course_utils "
        + " ".join(sys.argv[1:])
    )


if __name__ == "__main__":
    if not _OLDEST <= sys.version_info[:2] < _TOO_NEW:
        sys.exit(_wrong_python().strip())
    try:
        from course_utils.cli import main

        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        sys.exit(130)
