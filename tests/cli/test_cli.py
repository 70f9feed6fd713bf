"""The launcher, tried as a user would: in a copy of the checkout, which needs a small package."""

import ast
import json
import os
import re
import runpy
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from unittest.mock import Mock

import pytest

from course_utils import cli
from course_utils.cli import doctor, environment, requirements, site
from course_utils.data import registry
from course_utils.files import write_json
from tests import golden

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).with_name("golden")
FULL = OSError(28, "No space left on device")
BASE = getattr(sys, "_base_executable", sys.executable)


def write_package(folder):
    """Write a wheel that nobody has; installed, it makes this interpreter's packages visible."""
    info = "nobody_has_this-1.4.dist-info"
    about = "Metadata-Version: 2.1\nName: nobody-has-this\nVersion: 1.4\n"
    with zipfile.ZipFile(folder / "nobody_has_this-1.4-py3-none-any.whl", "w") as wheel:
        wheel.writestr("all.pth", sysconfig.get_path("purelib"))
        wheel.writestr(f"{info}/METADATA", about)
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n")
        wheel.writestr(f"{info}/RECORD", "")


class Checkout:
    """A copy of the course with its own home folder, and the one package that it needs."""

    def __init__(self, folder):
        self.root = folder / "course"
        self.tools = folder / "tools"
        self.tools.mkdir(parents=True)
        ignore = shutil.ignore_patterns("*.pyc")
        shutil.copytree(ROOT / "course_utils", self.root / "course_utils", ignore=ignore)
        self.require("nobody-has-this~=1.2")
        write_package(self.tools)
        others = re.compile(r"VIRTUAL_ENV|CONDA_PREFIX|PYTHON(PATH|HOME)|PIP_.*|.*_proxy", re.I)
        kept = {name: value for name, value in os.environ.items() if not others.fullmatch(name)}
        home = str(self.tools)
        path = os.pathsep.join([home, os.defpath, "/usr/bin", "/bin"])
        kept |= {"PATH": path, "HOME": home, "KERAS_HOME": home, "COURSE_OFFLINE": "1"}
        kept |= {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": home}
        kept["PIP_RETRIES"] = "1"
        self.venv, self.environ = self.root / ".venv", kept

    def start(self, *words, python=BASE, index=None, **options):
        """Start a command; with the address of an index, pip asks there, and nowhere else."""
        command = [str(python), "-m", "course_utils", *words]
        options |= {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        asked = {"PIP_INDEX_URL": index, "PIP_NO_INDEX": "", "PIP_FIND_LINKS": ""} if index else {}
        return subprocess.Popen(command, cwd=self.root, env=self.environ | asked, **options)

    def run(self, *words, **options):
        with self.start(*words, **options) as process:
            said, errors = process.communicate(timeout=240)
        return subprocess.CompletedProcess(process.args, process.returncode, said, errors)

    def require(self, text):
        (self.root / "requirements.txt").write_text(f"{text}  # a reason\n", "utf-8")

    def take_away(self):
        """Take the package away that is installed."""
        (info,) = self.venv.glob("**/nobody_has_this-1.4.dist-info")
        shutil.rmtree(info)


LIST = ("download", "--list")  # the quickest command that needs the environment


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A checkout that several programs set up at once, in turn, after its Python had gone."""
    checkout = Checkout(tmp_path_factory.mktemp("built"))
    environment._scripts(checkout.venv).mkdir(parents=True)
    # The lock is another one on Windows, and not tried.
    started = [checkout.start(*LIST) for _ in range(1 if os.name == "nt" else 3)]
    said = [process.communicate(timeout=240)[0] for process in started]
    assert {process.returncode for process in started} == {0}, said
    assert sum("no longer starts" in text for text in said) == 1
    assert sum("Making the environment" in text for text in said) == 1
    assert sum("Waiting for that" in text for text in said) == len(started) - 1
    assert sum("Installing collected packages: nobody" in text for text in said) == 1
    return checkout


def test_first_start_makes_venv_and_nothing_else(built):
    assert json.loads((built.venv / "course-stamp.json").read_text("utf-8"))["requirements"]
    kernels = json.loads((built.venv / "etc/ipython/ipython_kernel_config.json").read_text("utf-8"))
    assert kernels == {"IPKernelApp": {"capture_fd_output": False}}
    assert {path.suffix for path in built.tools.iterdir()} == {".whl"}


def test_second_start_installs_nothing_and_is_quick(built):
    started = os.times()
    done = built.run("test", "--version")
    ended = os.times()
    assert (done.returncode, "pytest" in done.stdout) == (0, True), done.stderr
    assert "Installing" not in done.stdout
    assert ended.children_user - started.children_user < 5  # of work, however busy the machine is


def test_its_kernels_find_the_course_and_where_it_is_active_it_is_used(built, tmp_path):
    python = environment._python_of(built.venv)
    code = "import course_utils; print(course_utils.__file__)"
    said = subprocess.check_output([python, "-c", code], cwd=built.tools, env=built.environ)
    assert Path(said.decode().strip()) == built.root / "course_utils" / "__init__.py"
    other = Checkout(tmp_path)
    done = other.run(*LIST, python=python)
    assert done.returncode == 0, done.stderr
    assert not other.venv.exists()


def test_removed_package_is_put_back(built):
    built.take_away()
    said = built.run(*LIST).stdout
    assert "lacks nobody-has-this" in said
    assert "Installing collected packages: nobody" in said


@pytest.mark.parametrize(
    ("index", "said"),
    [
        ("file:///", "No matching distribution found for nobody-has-this~=1.1"),
        ("http://127.0.0.1:9", "index cannot be reached"),
    ],
)
def test_changed_requirements_are_installed_also_when_that_failed_at_first(built, index, said):
    built.require("nobody-has-this~=1.1")
    built.take_away()
    failed = built.run(*LIST, index=index)
    assert failed.returncode == 1
    assert (failed.stderr.count(said), failed.stderr.count("run the same command again")) == (1, 1)
    assert "Traceback" not in failed.stderr
    repaired = built.run(*LIST)
    assert (repaired.returncode, "Installing" in repaired.stdout) == (0, True)


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C through its console only")
def test_ctrl_c_while_installing_ends_clean(built):
    built.require("nobody-has-this~=1.0")
    built.take_away()

    def listen():  # a shell's background jobs, and so their children, ignore Ctrl-C
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    options = {"start_new_session": True, "preexec_fn": listen}
    with socket.create_server(("127.0.0.1", 0)) as server:
        options["index"] = f"http://127.0.0.1:{server.getsockname()[1]}"
        with built.start("lab", **options) as process:
            server.settimeout(120)
            with server.accept()[0]:  # pip asks, and nobody answers
                os.killpg(process.pid, signal.SIGINT)
                _, errors = process.communicate(timeout=120)
    assert process.returncode == 130
    assert errors.rstrip().endswith("Stopped.")
    assert "Traceback" not in errors
    assert "Installing" in built.run(*LIST).stdout


def test_doctor_before_the_environment_exists(tmp_path):
    checkout = Checkout(tmp_path)
    done = checkout.run("doctor")
    for words in ("not made yet", "python3 -m course_utils lab", "COURSE_OFFLINE is set"):
        assert words in done.stdout
    assert (done.returncode, done.stderr, checkout.venv.exists()) == (1, "", False)


@pytest.fixture
def venv(tmp_path, monkeypatch):
    """An environment that is to be made, by a Python that is not really there."""
    monkeypatch.setattr(environment, "_VENV", tmp_path / ".venv")
    monkeypatch.setattr(environment, "_probe", lambda python: None)
    monkeypatch.setattr(environment, "_has_nvidia_gpu", lambda: False)
    return tmp_path / ".venv"


@pytest.mark.parametrize("ensurepip", [True, False])
def test_debians_package_is_advised_only_where_it_is_missing(ensurepip, venv, monkeypatch):
    failed = subprocess.CompletedProcess([], 1, "Error: [Errno 30] Read-only file system")
    monkeypatch.setattr(environment.subprocess, "run", lambda *words, **options: failed)
    monkeypatch.setattr(environment, "find_spec", lambda name: ensurepip or None)
    with pytest.raises(environment._ProblemError, match="Read-only file system") as problem:
        environment._set_up_venv()
    assert ("python3-venv" in str(problem.value)) is not ensurepip


@pytest.mark.parametrize(("free", "said"), [(25_000_000, "0.0 GB are free"), (10**12, "again")])
def test_a_full_disk_is_named(free, said, venv, monkeypatch):
    monkeypatch.setattr(environment, "_create_venv", Mock(side_effect=FULL))
    usage = shutil._ntuple_diskusage(10**12, 0, free)
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda place: usage)
    with pytest.raises(environment._ProblemError, match=f"No space left on device.*{said}"):
        environment._set_up_venv()


def test_why_an_environment_is_made_again(venv):
    """``golden/why.txt`` has what its Python says of itself, and what was noted of it."""

    def why(version, stamp=None, pip=True):
        if stamp:
            write_json(venv / "course-stamp.json", stamp)
        answer = {"version": version, "pip": pip} if version else None
        wanted = {"checkout": "/here", "gpu": False}
        return environment._why_unusable(answer, wanted) or "It is kept."

    golden.calls(GOLDEN / "why.txt", lambda call: eval(call, {"why": why}))


@pytest.mark.parametrize("name", ["__init__.py", "__main__.py", "lazy.py"])
def test_first_files_parse_on_old_pythons(name):
    tree = ast.parse((ROOT / "course_utils" / name).read_text("utf-8"), feature_version=(3, 7))
    notes = [node.returns for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    notes += [node.annotation for node in ast.walk(tree) if isinstance(node, ast.arg)]
    # `list[str]` would be evaluated, and fail, on Python 3.8; in quotes it is not.
    assert not [note for note in notes if isinstance(note, ast.Subscript | ast.BinOp)]


@pytest.mark.parametrize("version", [(3, 10, 13), (3, 14, 0)])
def test_unsuitable_python_gets_one_sentence(version, monkeypatch):
    monkeypatch.setattr(sys, "version_info", version)
    monkeypatch.setattr(sys, "argv", ["course_utils", "lab"])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(ROOT / "course_utils" / "__main__.py"), run_name="__main__")
    for words in ("3.11, 3.12 or 3.13", "{}.{}.".format(*version), "-m course_utils lab"):
        assert words in str(end.value)
    assert "\n" not in str(end.value)


@pytest.fixture
def installed(monkeypatch):
    """What is said to be installed, in the place of what is."""
    said, real = {}, requirements._installed_version
    monkeypatch.setattr(requirements, "_installed_version", lambda name: said.get(name, real(name)))
    return said


def test_what_small_functions_give(tmp_path, installed, monkeypatch):
    """``golden/pieces.txt`` has calls, and what comes back."""
    installed |= {"made-up": "2.5.1", "tensorflow": "2.21.0", "tensorflow-cpu": None, "jax": None}
    monkeypatch.setenv("KERAS_BACKEND", "jax")  # is one more requirement
    programs = str(environment._scripts(tmp_path))
    instead = {programs: "PROGRAMS", str(ROOT): "ROOT", os.pathsep: ":", os.sep: "/"}

    def unmet(text):
        return [package for package in requirements._compare(text) if not package.ok]

    def say(call):
        found = eval(call, {**globals(), "prefix": tmp_path, "unmet": unmet})
        pairs = isinstance(found, dict)
        return ", ".join(map("=".join, found.items()) if pairs else map(str, found)) or "nothing"

    golden.calls(GOLDEN / "pieces.txt", say, instead)


def test_every_requirement_is_pinned_and_explained():
    text = (ROOT / "requirements.txt").read_text("utf-8")
    wanted = requirements._lines(text)
    assert all("~=" in line for line in wanted)
    assert sum("~=" in line and "  # " in line for line in text.splitlines()) == len(wanted)
    gpu = environment._gpu_requirements(text)  # CUDA takes the place of the build for the CPU
    assert "tensorflow-cpu" not in gpu
    assert gpu.count("tensorflow[and-cuda]~=") == 1


def test_where_the_disk_is_full_python_keeps_no_bytecode(tmp_path, monkeypatch):
    """Half of a module's bytecode would stop every later start."""
    for free, kept in ((1e7, "1"), (1e10, None)):
        monkeypatch.setattr(environment.shutil, "disk_usage", Mock(return_value=Mock(free=free)))
        assert environment._variables(tmp_path, {}).get("PYTHONDONTWRITEBYTECODE") == kept


def test_keras_home_means_one_folder_to_all(monkeypatch, tmp_path):
    """Keras itself takes ``~`` for a name, and a relative folder from the current one."""
    from keras.src.backend import config

    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    meant = {"~/k": tmp_path / "k", "relative": ROOT / "relative", "../k": ROOT.parent / "k"}
    meant["~nobody-has-this-name/k"] = ROOT / "~nobody-has-this-name/k"
    for named, folder in meant.items():
        monkeypatch.setattr(config, "_KERAS_DIR", named)  # as if it had been imported first
        monkeypatch.setenv("KERAS_HOME", named)
        runpy.run_path(str(ROOT / "course_utils" / "__init__.py"))
        assert os.environ["KERAS_HOME"] == config.keras_home() == str(folder)
        assert registry.cache_home() == folder
    monkeypatch.setenv("KERAS_HOME", "")
    assert registry.cache_home() == tmp_path / ".keras"
    runpy.run_path(str(ROOT / "course_utils" / "__init__.py"))
    assert "KERAS_HOME" not in os.environ


@pytest.mark.skipif(os.name == "nt", reason="the home folder is another variable there")
def test_jupyter_is_lent_a_home_where_its_own_cannot_be_written(tmp_path):
    (tmp_path / "home").write_text("a file, which not even the superuser can enter")
    code = (
        "import os; from course_utils.cli import doctor, environment\n"
        "print(*doctor._jupyter()); environment._lend_jupyter_a_home()\n"
        "print(*doctor._jupyter()); print(os.environ['JUPYTER_DATA_DIR'])"
    )
    environ = {**os.environ, "HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
    for name in [name for name in environ if name.startswith(("JUPYTER_", "XDG_"))]:
        del environ[name]
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True)
    before, advice, after, folder = done.stdout.splitlines()
    assert "cannot be written" in before
    assert "JUPYTER_DATA_DIR" in advice
    assert not after
    assert not Path(folder).exists(), "it goes when Python ends"


def test_one_sentence_where_jupyter_can_write_nowhere(monkeypatch):
    monkeypatch.setattr(environment.os, "environ", dict(os.environ))
    monkeypatch.setattr(environment.tempfile, "TemporaryFile", Mock(side_effect=FULL))
    with pytest.raises(environment._ProblemError, match=r"\(No space left on device\).*make room"):
        environment._lend_jupyter_a_home()


def test_what_a_command_does_not_know_is_passed_on(monkeypatch, capsys):
    given = []
    monkeypatch.setattr(environment, "_enter", lambda argv: None)
    monkeypatch.setattr(pytest, "main", lambda words, plugins: given.append(words) or 3)
    assert cli.main(["test", "-x", "--lf", "tests/cli/test_cli.py"]) == 3
    assert given[0][-3:] == ["-x", "--lf", "tests/cli/test_cli.py"]
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    text = capsys.readouterr().out
    assert all(name in text for name in ("lab", "test", "doctor", "download", "refresh", "record"))


@pytest.mark.parametrize("words", ["class {}", "class --csv {} .", "student {}", "slides --out {}"])
def test_the_home_of_nobody_is_named(words, monkeypatch, capsys):
    monkeypatch.setattr(Path, "expanduser", Mock(side_effect=RuntimeError("no home")))
    with pytest.raises(SystemExit):
        cli.main(words.format("~stranger").split())
    assert "there is no such user: ~stranger\n" in capsys.readouterr().err


def test_what_cannot_be_done_is_one_sentence_and_changes_nothing(bare, monkeypatch, capsys):
    """``golden/commands.txt`` has commands; Sphinx is there for all but ``site new``."""
    (bare / "models").write_text("no folder: not even the superuser, who tests, can enter")
    here = bare / "here"
    (here / "full").mkdir(parents=True)
    (here / "full" / "mine.txt").write_text("mine", "utf-8")
    (here / "empty").mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(environment, "_enter", lambda argv: None)
    instead = {sys.executable: "PYTHON", f"{here}{os.sep}": "", str(bare): "CACHE", os.sep: "/"}

    def say(command):
        monkeypatch.setattr(site, "find_spec", lambda name: None if "new" in command else name)
        said = f"{cli.main(shlex.split(command))}: {''.join(capsys.readouterr()).strip()}"
        said = re.sub("(?<=cannot be written): .*", " (why)", said)  # each system in its own words
        return re.split(r"\n+", said)

    golden.calls(GOLDEN / "commands.txt", say, instead)
    assert {path.name for path in here.rglob("*")} == {"empty", "full", "mine.txt"}


def test_doctor_names_what_to_do(bare, monkeypatch, installed):
    (file,) = registry.REGISTRY["mnist"].files
    file.destination.parent.mkdir(parents=True)
    file.destination.write_bytes(b"half a file")
    (bare / "models").write_text("no folder: not even the superuser, who tests, can enter")
    monkeypatch.setenv("COURSE_IMAGES", "nowhere")
    assert list(doctor._about_machine()) == []
    installed |= {"keras": "2.15.0", "tensorflow-metal": "1.2.0"}
    monkeypatch.setattr(environment.sys, "platform", "darwin")
    monkeypatch.setattr(environment.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(environment, "_WINDOWS", True)
    monkeypatch.setattr(doctor.shutil, "which", {"nvidia-smi": "C:/nvidia-smi.exe"}.get)
    packages = [line for line in doctor._about_packages() if line.state == "WRONG"]
    said = "\n".join(
        map(str, [*packages, *doctor._about_machine(), doctor._gpu(None), *doctor._about_data()])
    )
    golden.same(GOLDEN / "doctor.txt", said.replace(str(bare), "CACHE") + "\n")


def test_doctor_tells_a_broken_backend_from_a_working_one(monkeypatch, capsys):
    monkeypatch.setenv("KERAS_BACKEND", "abacus")
    said = str(doctor._backend())  # what a failing start wrote is shown
    assert re.match(r"WRONG .*abacus.*\n.*Unset KERAS_BACKEND \(it is abacus\)", said)

    def run_inside(code):  # where Keras has started
        exec(f"from course_utils import machine; {code}", {})
        return subprocess.CompletedProcess([], 0, capsys.readouterr().out)

    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    monkeypatch.setattr(doctor, "_run_inside", run_inside)
    assert re.match(r"OK .* keras 3\.", str(doctor._backend()))
