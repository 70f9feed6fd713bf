"""``python3 -m course_utils lab`` and the other commands, which `--help` lists.

This file and ``course_utils/__init__.py`` must parse on every Python 3, however old: whoever
starts the course with an unsuitable one is to read a sentence, not a traceback.
"""

import sys

_OLDEST, _TOO_NEW = (3, 11), (3, 14)
_WRONG_PYTHON = (
    "The course needs Python 3.11, 3.12 or 3.13, and this is Python {found}. If you have such a "
    "one, start the course with it: {python} -m course_utils {words}; else install Python 3.12 "
    "from https://www.python.org/downloads/, or, if you have uv: uv run --no-project --python 3.12 "
    "-m course_utils {words}"
)

if __name__ == "__main__":
    if not _OLDEST <= sys.version_info[:2] < _TOO_NEW:
        sys.exit(
            _WRONG_PYTHON.format(
                found="{}.{}".format(*sys.version_info[:2]),
                python="py -3.12" if sys.platform == "win32" else "python3.12",
                words=" ".join(sys.argv[1:]),
            )
        )
    try:
        from course_utils.cli import main

        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        sys.exit(130)
