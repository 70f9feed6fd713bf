"""``doctor``: what works on this machine, and what to do about what does not.

It installs nothing and needs nothing but the standard library: what the environment lacks is a
line of the report like any other.
"""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from course_utils.cli import environment, requirements
from course_utils.cli.environment import _NEEDED_GB, _VENV, _say
from course_utils.data import cached, registry
from course_utils.files import ROOT

_SET_UP = "Run: python3 -m course_utils lab"


@dataclass(frozen=True)
class _Line:
    """One line of the report; ``advice`` says what to do when the state is not "OK"."""

    state: Literal["OK", "note", "WRONG"]
    subject: str
    what: str
    advice: str = ""

    def __str__(self) -> str:
        advice = f"\n{'':22}-> {self.advice}" if self.advice else ""
        return f"{self.state:<6} {self.subject:<14} {self.what}{advice}"


def main() -> int:
    """Print the report; the status is 1 if anything is wrong."""
    prefix = _environment_in_use()
    if prefix:
        environment._enter(["doctor"], prefix)
    states = set()
    for line in _lines(prefix):
        _say(str(line))
        states.add(line.state)
    return int("WRONG" in states)


def _environment_in_use() -> Path | None:
    """Return the prefix of the environment the course would run in, if it starts."""
    if environment._same_folder(Path(sys.prefix), _VENV):
        return _VENV
    return environment._find() or (
        _VENV if environment._probe(environment._python_of(_VENV)) else None
    )


def _lines(prefix: Path | None) -> Iterator[_Line]:
    yield _Line("OK", "Python", f"{platform.python_version()} ({sys.executable})")
    yield from _about_machine()
    if prefix is None:
        broken = _VENV.exists()
        what = f"{_VENV} does not start" if broken else "not made yet"
        yield _Line("WRONG", "Environment", what, f"{_SET_UP} (it sets things right)")
    else:
        yield _Line("OK", "Environment", str(prefix))
        packages = list(_about_packages())
        yield from packages
        if all(line.state == "OK" for line in packages):
            yield _backend()
            yield from _jupyter()
    yield _gpu(prefix)
    yield from _about_data()
    yield _disk()


def _about_machine() -> Iterator[_Line]:
    try:
        environment._refuse_hopeless_machine()
    except environment._ProblemError as problem:
        what, _, advice = str(problem).partition(". ")
        yield _Line("WRONG", "Machine", what, advice)
    if version := requirements._installed_version("tensorflow-metal"):
        advice = "Take it away: python3 -m pip uninstall tensorflow-metal"
        what = f"tensorflow-metal {version}: with it, results have been wrong"
        yield _Line("WRONG", "Package", what, advice)


def _about_packages() -> Iterator[_Line]:
    try:
        packages = requirements._compare(requirements._REQUIREMENTS.read_text("utf-8"))
    except ImportError:
        yield _Line("WRONG", "Packages", "none of the course's are installed", _SET_UP)
        return
    for one in packages:
        fine = _Line("OK", "Package", f"{one.name} {one.installed}")
        yield fine if one.ok else _Line("WRONG", "Package", str(one), _SET_UP)


def _run_inside(code: str) -> subprocess.CompletedProcess[str]:
    """Run code that loads TensorFlow in a process of its own: a crash there is a line of it."""
    command = [sys.executable, "-c", f"from course_utils import machine; {code}"]
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", "it took more than five minutes")


def _backend() -> _Line:
    done = _run_inside("print(*map(' '.join, [*machine.describe().items()][5:]), sep=', ')")
    if done.returncode == 0:
        return _Line("OK", "Keras", done.stdout.strip())
    last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
    chosen = os.environ.get("KERAS_BACKEND")
    advice = f"Unset KERAS_BACKEND (it is {chosen})." if chosen else "Delete .venv, then run lab."
    return _Line("WRONG", "Keras", f"does not start: {last}", advice)


def _jupyter() -> Iterator[_Line]:
    if reason := environment._why_jupyter_cannot_write():
        what = f"cannot be written ({reason}): Lab forgets its settings when it ends"
        yield _Line("note", "Home folder", what, "Make it writable, or set JUPYTER_DATA_DIR.")


def _gpu(prefix: Path | None) -> _Line:
    if environment._WINDOWS and shutil.which("nvidia-smi"):
        what = "an NVIDIA GPU that TensorFlow does not use on Windows itself; the CPU is enough"
        return _Line("note", "GPU", what, "To use it, run the course in WSL2: see ANYWHERE.md.")
    if not environment._has_nvidia_gpu():
        return _Line("OK", "GPU", "none that TensorFlow can use here; the CPU is enough")
    if prefix is None:
        return _Line("OK", "GPU", "an NVIDIA GPU; the set-up installs TensorFlow with CUDA")
    done = _run_inside("print(machine.describe()['gpu'] or '')")
    if name := done.stdout.strip():
        return _Line("OK", "GPU", name)
    advice = "Run lab once more: it installs TensorFlow with CUDA. Else update the NVIDIA driver."
    what = "an NVIDIA GPU that TensorFlow does not see; the CPU is used"
    return _Line("note", "GPU", what, advice)


def _about_data() -> Iterator[_Line]:
    home = registry.cache_home()
    made = "" if os.path.exists(home) else " (not made yet)"
    yield _Line("OK", "Keras cache", f"{home}{made}")
    for entry in registry.REGISTRY.values():
        fetch = f"Run: python3 -m course_utils download {entry.name}"
        match cached.state(entry):
            case "present":
                yield _Line("OK", "Data", entry.title)
            case "corrupt":
                yield _Line("WRONG", "Data", f"{entry.title}: damaged", fetch)
            case "unreadable":
                what = f"{entry.title} cannot be read: you may not enter its folder"
                advice = "Make that folder yours, or set KERAS_HOME to another folder."
                yield _Line("WRONG", "Data", what, advice)
            case state:
                yield _Line("note", "Data", f"{entry.title}: {state}", fetch)
    if images := os.environ.get("COURSE_IMAGES"):
        if os.path.isdir(os.path.expanduser(images)):
            yield _Line("OK", "Photographs", f"COURSE_IMAGES names {images}")
        else:
            what = f"COURSE_IMAGES names {images}, and there is no such folder"
            yield _Line("WRONG", "Photographs", what, "Correct it, or unset it.")
    if registry.is_offline():
        what = "COURSE_OFFLINE is set: nothing is downloaded, stand-ins are used"
        yield _Line("note", "Network", what, "Unset COURSE_OFFLINE to allow downloads.")


def _disk() -> _Line:
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < _NEEDED_GB and not _VENV.exists():
        advice = f"Free {_NEEDED_GB:g} GB on the disk that holds {ROOT}."
        return _Line("WRONG", "Disk", f"{free:.1f} GB free", advice)
    return _Line("OK", "Disk", f"{free:.1f} GB free")
