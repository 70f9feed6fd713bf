"""``download``: fetch what the course can use ahead of a class."""

from course_utils.cli.environment import ProblemError, say
from course_utils.data import downloads

_STATES = {
    "present": "there",
    "partial": "begun",
    "missing": "not there",
    "corrupt": "damaged",
}


def main(names: list[str], list_only: bool = False) -> int:
    """Fetch the named data sets and weights, or all of them, and say what is there.

    Raises
    ------
    ProblemError
        If a name is unknown.
    """
    registry = downloads.REGISTRY
    if unknown := [name for name in names if name not in registry]:
        raise ProblemError(f"There is no {', '.join(unknown)}. There are: {', '.join(registry)}.")
    entries = [registry[name] for name in names or registry]
    failures = 0
    if not list_only:
        for entry in entries:
            try:
                downloads.fetch(entry)
            except downloads.DownloadError as error:
                say(f"{entry.title}: {error}")
                failures += 1
    for entry in entries:
        state = _STATES[downloads.state(entry)]
        say(f"{entry.name:<14}{state:<11}{entry.bytes / 1e6:>6.1f} MB  {entry.purpose}")
    say(f"Folder: {downloads.cache_home()}")
    if failures:
        say("What is missing is replaced by stand-ins; run the command again to go on.")
    return 1 if failures else 0
