"""Find the Python environment the course runs in, or make it. Standard library only.

An environment that is active and satisfies ``requirements.txt`` is used as it is. Otherwise the
course makes ``.venv`` in the checkout and installs into that, and nowhere else. A stamp in
``.venv`` is written last: without it, or when it no longer fits, the next start sets things right.
"""

import ast
import atexit
import hashlib
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

from course_utils.cli import requirements
from course_utils.files import lock, write_json

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
SUITABLE = ((3, 11), (3, 12), (3, 13))
WINDOWS = sys.platform == "win32"
NEEDED_GB = 2.0  # the environment takes about 1.7 on Linux


class ProblemError(Exception):
    """Something the user can act on; the message says what was wrong and what to do."""


def say(text: str) -> None:
    """Print a line of progress at once, whoever reads it."""
    print(text, flush=True)


@contextmanager
def writing(target: Path, new: bool = False) -> Iterator[None]:
    """Name what cannot be written; make a `new` folder, and refuse one with something in it.

    While a new folder is written a file in it says so. If the disk is full, or the program is
    killed, that file stays, and the same command goes on.
    """
    unfinished = target / "UNFINISHED.txt"
    try:
        if new:
            if target.exists() and any(target.iterdir()) and not unfinished.exists():
                raise ProblemError(f"{target} is not empty: name a new folder, so nothing is lost.")
            target.mkdir(parents=True, exist_ok=True)
            unfinished.write_text("Not all is here yet: run the same command again.\n", "utf-8")
        yield
        if new:
            unfinished.unlink()
    except OSError as error:
        raise ProblemError(f"{target} cannot be written: {error.strerror}.") from error


def scripts(prefix: Path) -> Path:
    """Return the folder of an environment that holds its programs."""
    return prefix / ("Scripts" if WINDOWS else "bin")


def python_of(prefix: Path) -> Path:
    """Return where an environment's Python is."""
    if WINDOWS and not (prefix / "pyvenv.cfg").exists():
        return prefix / "python.exe"  # conda on Windows
    return scripts(prefix) / ("python.exe" if WINDOWS else "python")


def _answers(*command: str, environ: Mapping[str, str] | None = None) -> bytes | None:
    """Return what a program prints; None when it does not start, fails or says nothing in time."""
    with suppress(OSError, subprocess.SubprocessError):
        return subprocess.run(
            command, cwd=ROOT, env=environ, capture_output=True, check=True, timeout=120
        ).stdout
    return None


def probe(python: Path) -> dict[str, Any] | None:
    """Ask a Python what it is and what it lacks; None when it does not even start."""
    command = (str(python), "-m", "course_utils.cli.requirements")
    with suppress(ValueError):
        said = _answers(*command, environ={**os.environ, "PYTHONPATH": str(ROOT)})
        return dict(json.loads(said)) if said else None
    return None


def has_nvidia_gpu() -> bool:
    """Say whether this is a Linux machine whose NVIDIA driver answers."""
    if not sys.platform.startswith("linux") or platform.machine() != "x86_64":
        return False
    answers = Path("/proc/driver/nvidia/version").exists()
    return answers or b"GPU" in (_answers("nvidia-smi", "-L") or b"")


def enter(argv: Sequence[str], prefix: Path | None = None) -> None:
    """Go on in an environment: that of the course, which is set up first if need be.

    It returns when this process is already in it. Otherwise the command starts again with the
    environment's Python, and its exit status becomes ours. A ProblemError says why it cannot.
    """
    prefix = prefix or find() or set_up_venv()
    os.environ.update(variables(prefix, os.environ))
    if not same_folder(prefix, Path(sys.prefix)):
        command = [str(python_of(prefix)), "-m", "course_utils", *argv]
        sys.stdout.flush()
        sys.stderr.flush()
        if not WINDOWS:
            os.execv(command[0], command)  # signals and the terminal then just work
        sys.exit(run(command))  # Windows has no exec: stay, and pass the exit status on


def find() -> Path | None:
    """Return the active environment's prefix if it satisfies the requirements (not `.venv`)."""
    here = Path(sys.prefix)
    if not same_folder(here, VENV) and not requirements.describe()["unmet"]:
        return here
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        prefix = Path(os.environ.get(variable) or VENV)
        if not same_folder(prefix, VENV) and not same_folder(prefix, here):
            answer = probe(python_of(prefix))
            if answer and tuple(answer["version"]) in SUITABLE and not answer["unmet"]:
                return prefix
    return None


def same_folder(one: Path, other: Path) -> bool:
    """Say whether two paths name the same existing folder."""
    with suppress(OSError):
        return one.samefile(other)
    return False


def variables(prefix: Path, environ: Mapping[str, str]) -> dict[str, str]:
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
        # Else TensorFlow says more about the processor, and in an environment without the folder
        # `settings` the first cell of most notebooks shows it.
        "TF_CPP_MIN_LOG_LEVEL": environ.get("TF_CPP_MIN_LOG_LEVEL", "3"),
    }
    programs = str(scripts(prefix))
    if programs not in environ.get("PATH", "").split(os.pathsep):
        new["PATH"] = os.pathsep.join([programs, environ.get("PATH", os.defpath)])
    if same_folder(prefix, VENV):
        new["VIRTUAL_ENV"] = str(VENV)
    return new


def why_jupyter_cannot_write() -> str:
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


def lend_jupyter_a_home() -> None:
    """Where the home folder cannot be written, let Jupyter use one that goes when Python ends."""
    if not (reason := why_jupyter_cannot_write()):
        return
    try:
        home = tempfile.mkdtemp(prefix="course-jupyter-")
        atexit.register(shutil.rmtree, home, ignore_errors=True)
        os.environ.pop("JUPYTER_RUNTIME_DIR", None)  # it is in the data folder
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR", "MPLCONFIGDIR"):
            os.environ[name] = os.path.join(home, name.lower())
        possible = not why_jupyter_cannot_write()
    except OSError:  # there is no folder for temporary files either
        possible = False
    if not possible:
        raise ProblemError(
            f"Jupyter can write neither to your home folder ({reason}) nor to one for temporary "
            "files. If the disk is full, make room; 100 MB will do."
        )


def run(command: Sequence[str], environ: Mapping[str, str] | None = None) -> int:
    """Run a program to its end and return its status; Ctrl-C is the program's to answer.

    Who ends this process with SIGTERM ends the program, too.
    """

    def end(*_: object) -> NoReturn:
        process.terminate()
        raise SystemExit(128 + signal.SIGTERM)

    with subprocess.Popen(command, env=environ, close_fds=False) as process:
        before = signal.signal(signal.SIGTERM, end)
        interrupted = False
        while True:
            try:
                status = process.wait()
                break
            except KeyboardInterrupt:
                interrupted = True
        signal.signal(signal.SIGTERM, before)
    if interrupted and status != 0:
        raise KeyboardInterrupt
    return status


# --- The course's own environment -------------------------------------------------------------


def set_up_venv() -> Path:
    """Make `.venv` what `requirements.txt` asks for, doing nothing where nothing is to be done."""
    digest = hashlib.sha256(requirements.REQUIREMENTS.read_bytes()).hexdigest()
    wanted = {"requirements": digest, "gpu": has_nvidia_gpu(), "checkout": str(ROOT)}
    if not _is_ready(wanted):
        refuse_hopeless_machine()
        try:
            with _alone():
                if not _is_ready(wanted):  # by now
                    _set_up(wanted)
        except OSError as error:
            raise ProblemError(
                f"Setting up {VENV} failed: {error}.{_room()} Should it fail again, then close the "
                "programs that use the folder .venv, and delete it."
            ) from error
    return VENV


def _set_up(wanted: dict[str, Any]) -> None:
    answer = probe(python_of(VENV)) if VENV.exists() else None
    if VENV.exists() and (sentence := _why_unusable(answer)):
        say(f"{sentence} Making it again.")
        shutil.rmtree(VENV)
        answer = None
    elif answer and _read_stamp() == wanted:
        say(f"The environment in .venv lacks {', '.join(answer['unmet'])}. Putting it right.")
    if answer is None:
        _create_venv()
        answer = probe(python_of(VENV))
    if answer is None:
        raise ProblemError(
            f"The new environment in {VENV} does not start. Delete it, and run the command again."
        )
    _install(answer, gpu=wanted["gpu"])
    write_json(VENV / _STAMP, wanted)
    say("The environment is ready.\n")


def _is_ready(wanted: dict[str, Any]) -> bool:
    answer = probe(python_of(VENV)) if _read_stamp() == wanted else None
    return bool(answer and not answer["unmet"])


@contextmanager
def _alone() -> Iterator[None]:
    """Wait until no other process sets this checkout up.

    The programs that are started share the lock (`close_fds=False`), for one that goes on after its
    parent was killed still writes to `.venv`. The lock ends with the last of them.
    """
    with requirements.REQUIREMENTS.open("rb") as file:
        os.set_inheritable(file.fileno(), True)
        if not lock(file):
            say("The environment is being made by another program. Waiting for that.")
            while not lock(file):
                time.sleep(0.5)
        yield


def _room() -> str:
    """Say that the disk is the reason, if it may be."""
    free = shutil.disk_usage(ROOT).free / 1e9
    if free > NEEDED_GB:
        return ""
    return f" {free:.1f} GB are free on the disk that holds {ROOT}, and {NEEDED_GB:g} are needed."


_STAMP = "course-stamp.json"


def _read_stamp() -> dict[str, Any] | None:
    with suppress(OSError, ValueError):
        return dict(json.loads((VENV / _STAMP).read_text("utf-8")))
    return None


def refuse_hopeless_machine() -> None:
    """Raise a ProblemError where there is no TensorFlow for this machine or its Python."""
    if sys.platform == "darwin" and platform.machine() == "x86_64":
        raise ProblemError(
            "TensorFlow 2.21 does not exist for Macs with an Intel processor. Open the course on "
            "Binder or on another machine: ANYWHERE.md says how. (On an Apple-silicon Mac, "
            "install an arm64 Python.)"
        )
    if sys.maxsize < 2**32:
        raise ProblemError(
            "This is a 32-bit Python, and TensorFlow needs 64 bits. "
            "Install the 64-bit Python 3.12 from https://www.python.org/downloads/."
        )


def _why_unusable(answer: dict[str, Any] | None) -> str | None:
    """Say why `.venv` has to be made again, or return None when it can be kept."""
    if answer is None:
        return "The environment in .venv no longer starts (its Python is gone or broken)."
    if tuple(answer["version"]) not in SUITABLE:
        return "The environment in .venv has Python {}.{}.".format(*answer["version"])
    stamp = _read_stamp()
    if stamp and stamp.get("checkout") != str(ROOT):
        return "The environment in .venv was made in another folder."
    if not stamp and not answer["pip"] and not shutil.which("uv"):
        return "The environment in .venv was never finished."
    return None


def _create_venv() -> None:
    base = getattr(sys, "_base_executable", None) or sys.executable
    say(f"Making the environment {VENV}")
    quiet: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    quiet["close_fds"] = False  # see _alone
    made = subprocess.run([base, "-m", "venv", str(VENV)], **quiet)
    if made.returncode != 0 and (uv := shutil.which("uv")):
        made = subprocess.run([uv, "venv", "--clear", "--python", base, str(VENV)], **quiet)
    if made.returncode != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        advice = _room()
        if find_spec("ensurepip") is None:  # Debian leaves it out
            advice += "\nOn Debian or Ubuntu, run: sudo apt install python3-venv"
        raise ProblemError(f"Python could not make an environment: {made.stdout.strip()}{advice}")


def _install(answer: dict[str, Any], gpu: bool) -> None:
    """Install the requirements into `.venv`, with uv when it can be had, else with pip."""
    (VENV / _STAMP).unlink(missing_ok=True)
    python = python_of(VENV)
    wanted = requirements.REQUIREMENTS
    if gpu:
        wanted = VENV / "requirements-gpu.txt"
        wanted.write_text(gpu_requirements(requirements.REQUIREMENTS.read_text("utf-8")), "utf-8")
    environ = {**os.environ, **_index_for_uv(python)}
    uv = _uv(python)
    pip = [uv, "pip"] if uv else [str(python), "-m", "pip", "--disable-pip-version-check"]
    into = ["--python", str(python)] if uv else []

    # tensorflow and tensorflow-cpu own the same files: taking one away breaks the other.
    linux = sys.platform.startswith("linux") and platform.machine() == "x86_64"
    own = ["tensorflow-cpu" if linux and not gpu else "tensorflow"]
    if answer["tensorflow"] and answer["tensorflow"] != own:
        agreed = [] if uv else ["--yes"]
        run([*pip, "uninstall", *into, *agreed, *answer["tensorflow"]], environ)

    size = "a few GB with CUDA" if gpu else "about 0.5 GB"
    say(f"Installing the packages of requirements.txt ({size}, once)")
    packages = ["-r", str(wanted), *requirements.backend_lines()]
    if run([*pip, "install", *into, *packages], environ) != 0:
        raise ProblemError(
            "The packages could not be installed; the reason stands above. If it is the network: "
            f"connect, and run the same command again. What has been fetched is kept.{_room()}"
        )
    # `import course_utils` then works in every kernel of this environment: VS Code's, plain Lab's.
    library = next(VENV.glob("Lib/site-packages" if WINDOWS else "lib/python3*/site-packages"))
    (library / "course_utils.pth").write_text(f"{ROOT}\n", "utf-8")
    # Lab's first start asks whether to fetch news; a classroom, or a train, has no use for that.
    # Where the processor has AVX-512, TensorFlow greets with four lines that none of its settings
    # silences. Most notebooks would begin with them, in red: what C code says goes to the terminal.
    shutil.copytree(Path(__file__).with_name("settings"), VENV, dirs_exist_ok=True)


def gpu_requirements(text: str) -> str:
    """Ask for TensorFlow with its CUDA libraries where a requirements file asks for neither."""
    wanted = "\n".join(requirements.lines(text)) + "\n"
    return wanted.replace("tensorflow-cpu", "tensorflow[and-cuda]")


def _uv(python: Path) -> str | None:
    """Return a uv that starts (it is four times faster than pip); None when none can be had."""
    own = str(scripts(VENV) / ("uv.exe" if WINDOWS else "uv"))
    for uv in (shutil.which("uv"), own):
        if uv and _answers(uv, "--version") is not None:
            return uv
    say("Fetching uv, which installs the rest")
    # What a full disk, or a kill, has left half-written cannot be uninstalled: write over it.
    options = ("--quiet", "--retries", "2", "--disable-pip-version-check", "--ignore-installed")
    command = [str(python), "-m", "pip", "install", *options, "uv"]
    done = subprocess.run(command, capture_output=True, text=True, close_fds=False)
    no_network = ("NewConnectionError", "name resolution", "ConnectTimeout", "ProxyError")
    if done.returncode != 0 and any(sign in done.stderr for sign in no_network):
        raise ProblemError(
            "The package index cannot be reached. The course needs the network once, to "
            "install its packages: connect, and run the same command again."
        )
    return own if _answers(own, "--version") is not None else None


def _index_for_uv(python: Path) -> dict[str, str]:
    """Translate the package index that pip is set to use, which uv does not read.

    Schools and firms often run their own index, or a proxy with its own certificate.
    """
    command = [str(python), "-m", "pip", "config", "list"]
    done = subprocess.run(command, capture_output=True, text=True)
    found: dict[str, list[str]] = defaultdict(list)
    for line in done.stdout.splitlines():
        key, _, value = line.partition("=")
        name = key.rpartition(".")[2].replace("_", "-").removeprefix("default-")
        found[name] += str(ast.literal_eval(value)).split()  # an empty setting is none, as to pip
    last = {name: words[-1] for name, words in found.items() if words}
    more = " ".join(found["extra-index-url"])
    new = {
        "UV_SYSTEM_CERTS": "1",
        "UV_DEFAULT_INDEX": last.get("index-url", ""),
        "UV_INDEX": more,
        "UV_INDEX_STRATEGY": "unsafe-best-match" if more else "",  # as pip: the newest of all
        "UV_HTTP_TIMEOUT": "".join(filter(str.isdecimal, last.get("timeout", ""))),
        "UV_FIND_LINKS": ",".join(found["find-links"]),
        "SSL_CERT_FILE": last.get("cert", ""),
    }
    return {name: value for name, value in new.items() if value and name not in os.environ}
