"""Find the Python environment the course runs in, or make it. Standard library only.

An environment that is active and satisfies ``requirements.txt`` is used as it is. Otherwise the
course makes ``.venv`` in the checkout and installs into that, and nowhere else. A stamp in
``.venv`` is written last: without it, or when it no longer fits, the next start sets things right.
"""

import atexit
import hashlib
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

from course_utils.cli import requirements
from course_utils.files import ROOT, lock, write_json

_VENV = ROOT / ".venv"
_SUITABLE = ((3, 11), (3, 12), (3, 13))
_WINDOWS = sys.platform == "win32"
_NEEDED_GB = 3.0  # the environment takes about 1.7 on Linux, and what pip fetches and keeps 1
_HEARD: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
_HEARD |= {"text": True, "errors": "replace"}
_say = partial(print, flush=True)  # a line of progress, at once, whoever reads it


class _ProblemError(Exception):
    """Something the user can act on; the message says what was wrong and what to do."""


@contextmanager
def _writing(target: Path, new: bool = False) -> Iterator[None]:
    """Name what cannot be written; make a `new` folder, and refuse one with something in it.

    While a new folder is written a file in it says so. If the disk is full, or the program is
    killed, that file stays, and the same command goes on.
    """
    unfinished = target / "UNFINISHED.txt"
    try:
        if new:
            if target.exists() and any(target.iterdir()) and not unfinished.exists():
                what = f"{target} is not empty: name a new folder, so nothing is lost."
                raise _ProblemError(what)
            target.mkdir(parents=True, exist_ok=True)
            unfinished.write_text("Not all is here yet: run the same command again.\n", "utf-8")
        yield
        if new:
            unfinished.unlink()
    except OSError as error:
        raise _ProblemError(f"{target} cannot be written: {error.strerror}.") from error


def _scripts(prefix: Path) -> Path:
    """Return the folder of an environment that holds its programs."""
    return prefix / ("Scripts" if _WINDOWS else "bin")


def _python_of(prefix: Path) -> Path:
    if _WINDOWS and not (prefix / "pyvenv.cfg").exists():
        return prefix / "python.exe"  # conda on Windows
    return _scripts(prefix) / ("python.exe" if _WINDOWS else "python")


def _answers(*command: str, environ: Mapping[str, str] | None = None) -> bytes | None:
    """Return what a program prints; None when it does not start, fails or says nothing in time."""
    with suppress(OSError, subprocess.SubprocessError):
        return subprocess.run(
            command, cwd=ROOT, env=environ, capture_output=True, check=True, timeout=120
        ).stdout
    return None


def _probe(python: Path) -> dict[str, Any] | None:
    """Ask a Python what it is and what it lacks; None when it does not even start."""
    command = (str(python), "-m", "course_utils.cli.requirements")
    with suppress(ValueError):
        said = _answers(*command, environ={**os.environ, "PYTHONPATH": str(ROOT)})
        return dict(json.loads(said)) if said else None
    return None


def _has_nvidia_gpu() -> bool:
    """Say whether this is a Linux machine whose NVIDIA driver answers."""
    if not sys.platform.startswith("linux") or platform.machine() != "x86_64":
        return False
    answers = Path("/proc/driver/nvidia/version").exists()
    return answers or b"GPU" in (_answers("nvidia-smi", "-L") or b"")


def _enter(argv: Sequence[str], prefix: Path | None = None) -> None:
    """Go on in an environment: that of the course, which is set up first if need be.

    It returns when this process is already in it. Otherwise the command starts again with the
    environment's Python, and its exit status becomes ours. A _ProblemError says why it cannot.
    """
    prefix = prefix or _find() or _set_up_venv()
    os.environ.update(_variables(prefix, os.environ))
    if not _same_folder(prefix, Path(sys.prefix)):
        command = [str(_python_of(prefix)), "-m", "course_utils", *argv]
        sys.stdout.flush()
        sys.stderr.flush()
        if not _WINDOWS:
            os.execv(command[0], command)  # signals and the terminal then just work
        sys.exit(_run_program(command))  # Windows has no exec: stay, and pass the exit status on


def _find() -> Path | None:
    """Return the active environment's prefix if it satisfies the requirements (not `.venv`)."""
    here = Path(sys.prefix)
    if not _same_folder(here, _VENV) and not requirements._describe()["unmet"]:
        return here
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        prefix = Path(os.environ.get(variable) or _VENV)
        if not _same_folder(prefix, _VENV) and not _same_folder(prefix, here):
            answer = _probe(_python_of(prefix))
            if answer and tuple(answer["version"]) in _SUITABLE and not answer["unmet"]:
                return prefix
    return None


def _same_folder(one: Path, other: Path) -> bool:
    """Say whether two paths name the same existing folder."""
    with suppress(OSError):
        return one.samefile(other)
    return False


def _variables(prefix: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables under which the course's programs run in an environment.

    Notebook kernels inherit them, so ``import course_utils`` works in an environment that has
    never heard of the course, and ``!pip`` or a terminal in Lab means that environment.
    """
    paths = [str(ROOT), *filter(None, [environ.get("PYTHONPATH")])]
    new = {
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(os.pathsep.join(paths).split(os.pathsep))),
        # A kernel registered years ago in the home folder must not win over this environment's.
        "JUPYTER_PREFER_ENV_PATH": "1",
        # The matrices of scikit-learn are small here: one thread fits them eight times as fast as
        # two, which wait for each other and, where TensorFlow computes beside them, for a core.
        "OPENBLAS_NUM_THREADS": environ.get("OPENBLAS_NUM_THREADS", "1"),
        # Where the folder `settings` is missing, TensorFlow would tell notebooks of the processor.
        "TF_CPP_MIN_LOG_LEVEL": environ.get("TF_CPP_MIN_LOG_LEVEL", "3"),
    }
    programs = str(_scripts(prefix))
    if programs not in environ.get("PATH", "").split(os.pathsep):
        new["PATH"] = os.pathsep.join([programs, environ.get("PATH", os.defpath)])
    if _same_folder(prefix, _VENV):
        new["VIRTUAL_ENV"] = str(_VENV)
    if shutil.disk_usage(ROOT).free < 1e8:  # or half of a module's bytecode may stay for ever
        new["PYTHONDONTWRITEBYTECODE"] = "1"
    return new


def _why_jupyter_cannot_write() -> str:
    """Say why Jupyter cannot write where it keeps what servers and kernels need; "" if it can."""
    from jupyter_core.paths import jupyter_runtime_dir

    folder = Path(jupyter_runtime_dir())
    while not os.path.exists(folder):  # Jupyter will make it
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(10_000))
    except OSError as error:
        return error.strerror or "it cannot be written"
    return ""


def _lend_jupyter_a_home() -> None:
    """Where the home folder cannot be written, let Jupyter use one that goes when Python ends."""
    if not (reason := _why_jupyter_cannot_write()):
        return
    try:
        home = tempfile.mkdtemp(prefix="course-jupyter-")
        atexit.register(shutil.rmtree, home, ignore_errors=True)
        os.environ.pop("JUPYTER_RUNTIME_DIR", None)  # it is in the data folder
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR", "MPLCONFIGDIR"):
            os.environ[name] = os.path.join(home, name.lower())
        possible = not _why_jupyter_cannot_write()
    except OSError:  # there is no folder for temporary files either
        possible = False
    if not possible:
        raise _ProblemError(
            f"Jupyter can write neither to your home folder ({reason}) nor to one for temporary "
            "files. If the disk is full, make room; 100 MB will do."
        )


def _run_program(command: Sequence[str], hear: Callable[[str], None] | None = None) -> int:
    """Run a program to its end and return its status; Ctrl-C is the program's to answer.

    What it says is printed, or handed to `hear`, line by line. Who ends this process with SIGTERM
    ends the program, too.
    """

    def end(*_: object) -> NoReturn:
        process.terminate()
        raise SystemExit(128 + signal.SIGTERM)

    with subprocess.Popen(command, close_fds=False, **(_HEARD if hear else {})) as process:
        before = signal.signal(signal.SIGTERM, end)
        interrupted = False
        while True:
            try:
                if hear:
                    for line in process.stdout or ():
                        hear(line)
                status = process.wait()
                break
            except KeyboardInterrupt:
                interrupted = True
        signal.signal(signal.SIGTERM, before)
    if interrupted and status != 0:
        raise KeyboardInterrupt
    return status


# --- The course's own environment -------------------------------------------------------------


def _set_up_venv() -> Path:
    """Make `.venv` what `requirements.txt` asks for, doing nothing where nothing is to be done."""
    digest = hashlib.sha256(requirements._REQUIREMENTS.read_bytes()).hexdigest()
    wanted = {"requirements": digest, "gpu": _has_nvidia_gpu(), "checkout": str(ROOT)}
    if not _is_ready(wanted):
        _refuse_hopeless_machine()
        try:
            with _alone():
                if not _is_ready(wanted):  # by now
                    _set_up(wanted)
        except OSError as error:
            raise _ProblemError(
                f"Setting up {_VENV} failed: {error}.{_room()} Should it fail again, close the "
                "programs that use the folder .venv, and delete it."
            ) from error
    return _VENV


def _set_up(wanted: dict[str, Any]) -> None:
    if _VENV.exists():
        answer = _probe(_python_of(_VENV))
        if sentence := _why_unusable(answer, wanted):
            _say(f"{sentence} Making it again.")
            shutil.rmtree(_VENV)
        elif answer and _read_stamp() == wanted:
            _say(f"The environment in .venv lacks {', '.join(answer['unmet'])}. Putting it right.")
    if not _VENV.exists():
        _create_venv()
    _install(wanted["gpu"])
    write_json(_VENV / _STAMP, wanted)
    _say("The environment is ready.\n")


def _is_ready(wanted: dict[str, Any]) -> bool:
    answer = _probe(_python_of(_VENV)) if _read_stamp() == wanted else None
    return bool(answer and not answer["unmet"])


@contextmanager
def _alone() -> Iterator[None]:
    """Wait until no other process sets this checkout up.

    The programs that are started share the lock (`close_fds=False`), for one that goes on after its
    parent was killed still writes to `.venv`. The lock ends with the last of them.
    """
    with requirements._REQUIREMENTS.open("rb") as file:
        os.set_inheritable(file.fileno(), True)
        if not lock(file):
            _say("The environment is being made by another program. Waiting for that.")
            while not lock(file):
                time.sleep(0.5)
        yield


def _room() -> str:
    """Say that the disk is the reason, if it may be."""
    free = shutil.disk_usage(ROOT).free / 1e9
    if free > _NEEDED_GB:
        return ""
    return f" {free:.1f} GB are free on the disk that holds {ROOT}, and {_NEEDED_GB:g} are needed."


_STAMP = "course-stamp.json"


def _read_stamp() -> dict[str, Any] | None:
    with suppress(OSError, ValueError):
        return dict(json.loads((_VENV / _STAMP).read_text("utf-8")))
    return None


def _refuse_hopeless_machine() -> None:
    """Raise a _ProblemError where there is no TensorFlow for this machine."""
    if sys.platform == "darwin" and platform.machine() == "x86_64":
        raise _ProblemError(
            "TensorFlow 2.21 does not exist for Macs with an Intel processor. Open the course on "
            "Binder or on another machine: ANYWHERE.md says how. (On an Apple-silicon Mac, "
            "install an arm64 Python.)"
        )


def _why_unusable(answer: dict[str, Any] | None, wanted: dict[str, Any]) -> str:
    """Say why `.venv` has to be made again; "" when it can be kept."""
    if answer is None:
        return "The environment in .venv no longer starts (its Python is gone or broken)."
    if tuple(answer["version"]) not in _SUITABLE:
        return "The environment in .venv has Python {}.{}.".format(*answer["version"])
    if not (stamp := _read_stamp()):
        return "The environment in .venv was never finished."
    if stamp.get("checkout") != wanted["checkout"]:
        return "The environment in .venv was made in another folder."
    if stamp.get("gpu") != wanted["gpu"]:  # both builds own the same files
        return "The environment in .venv has another build of TensorFlow."
    return "" if answer["pip"] else "The environment in .venv has no pip."


def _create_venv() -> None:
    base = getattr(sys, "_base_executable", None) or sys.executable
    _say(f"Making the environment {_VENV}")
    command = [base, "-m", "venv", str(_VENV)]
    made = subprocess.run(command, close_fds=False, **_HEARD)  # see _alone
    if made.returncode != 0:
        shutil.rmtree(_VENV, ignore_errors=True)
        advice = _room()
        if find_spec("ensurepip") is None:  # Debian leaves it out
            advice += "\nOn Debian or Ubuntu, run: sudo apt install python3-venv"
        raise _ProblemError(f"Python could not make an environment: {made.stdout.strip()}{advice}")


def _install(gpu: bool) -> None:
    wanted = requirements._REQUIREMENTS
    if gpu:
        wanted = _VENV / "requirements-gpu.txt"
        wanted.write_text(_gpu_requirements(requirements._REQUIREMENTS.read_text("utf-8")), "utf-8")
    size = "a few GB with CUDA" if gpu else "about 0.5 GB"
    _say(f"Installing the packages of requirements.txt ({size}, once)")
    problem = _pip_install("-r", str(wanted), *requirements._backend_lines())
    if any(sign in problem for sign in _NO_NETWORK):
        raise _ProblemError(
            "The package index cannot be reached. The course needs the network once, to "
            "install its packages: connect, and run the same command again."
        )
    if problem:
        raise _ProblemError(
            f"{problem}\nThe packages could not be installed. If it is the network: "
            f"connect, and run the same command again. What has been fetched is kept.{_room()}"
        )
    # `import course_utils` then works in every kernel of this environment: VS Code's, plain Lab's.
    library = next(_VENV.glob("Lib/site-packages" if _WINDOWS else "lib/python3*/site-packages"))
    (library / "course_utils.pth").write_text(f"{ROOT}\n", "utf-8")
    # Lab's first start asks whether to fetch news; a classroom, or a train, has no use for that.
    # Where the processor has AVX-512, TensorFlow greets with four lines that none of its settings
    # silences. Most notebooks would begin with them, in red: what C code says goes to the terminal.
    shutil.copytree(Path(__file__).with_name("settings"), _VENV, dirs_exist_ok=True)


def _gpu_requirements(text: str) -> str:
    """Ask for TensorFlow with its CUDA libraries where a requirements file asks for neither."""
    wanted = "\n".join(requirements._lines(text)) + "\n"
    return wanted.replace("tensorflow-cpu", "tensorflow[and-cuda]")


_STEPS = ("Collecting", "Downloading", "Installing", "Processing", "Requirement", "Using")
_NO_NETWORK = ("NewConnectionError", "name resolution", "ConnectTimeout", "ProxyError")


def _pip_install(*words: str) -> str:
    """Show each step of pip in the place of the last; return what it says if it fails."""
    last: list[str] = []  # what it has said since its last step

    def hear(line: str) -> None:
        step = " ".join(line.split())
        if not step.startswith(_STEPS):
            last.append(step)
            return
        last.clear()
        shown = re.sub(r"\S*/|-\S+\.whl\b", "", step.partition(" (from")[0])  # name and size
        print(f"\r{shown[:75]:75}", end="", flush=True)
        if step.startswith("Installing"):  # stopped from here on, it would leave half a package
            (_VENV / _STAMP).unlink(missing_ok=True)

    # What PYTHONPATH names is not in `.venv`. Without compiling it takes a third of the time.
    pip = (str(_python_of(_VENV)), "-I", "-m", "pip", "--disable-pip-version-check")
    status = _run_program([*pip, "install", "--no-compile", *words], hear)
    _say("")
    said = last[-1:] if "ERROR: Exception:" in last else last  # a traceback of its own
    return "\n".join(said) or f"pip has ended with status {status}." if status else ""
