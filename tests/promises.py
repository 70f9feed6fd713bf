"""Keep the course's own promises in hard places: side by side, on a full disk, killed, stopped.

    python3 tests/promises.py [together full-set-up full killed-set-up killed stopped] [--seed 1]

* together: two set-ups of one checkout at once
* full-set-up: the disk is full while the environment is made, uv is fetched, packages are installed
* full: the disk is full for `download`, `record`, `refresh`, `student`, and a student's progress
* killed-set-up, killed: SIGTERM and SIGKILL at moments that are drawn
* stopped: Ctrl-C

All of it works on a fresh clone with a home of its own, for about fifteen minutes. It needs Linux,
Fashion-MNIST in Keras's cache and, for a disk to fill, root. What is not about the set-up uses the
environment of the Python that runs this. It is a command of its own and no part of the tests.
"""

import argparse
import contextlib
import ctypes
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from course_utils.data.registry import REGISTRY, cache_home  # noqa: E402

SET_UP = ("download", "--list")  # the quickest command that needs the environment
FULL = re.compile(r"No space left on device|disk .* full|GB are free on the disk", re.IGNORECASE)
RECORD = """import os, pathlib, time
from course_utils.models.recording import main
def train(setting, seed):
    pathlib.Path(os.environ["BEGUN"]).touch()
    time.sleep(float(os.environ.get("SECONDS", 1)))
    return {"accuracy": seed}
if __name__ == "__main__":
    settings, seeds = [{"variant": "trial"}], range(int(os.environ.get("SEEDS", 3)))
    raise SystemExit(main(__file__, train, settings, seeds, prepare=lambda seed: {}))
"""
WAIT = "import os, pathlib, time\npathlib.Path(os.environ['BEGUN']).touch()\n"
WAIT += "time.sleep(float(os.environ.get('SECONDS', 1)))\n"
PROGRESS = "from course_utils.classroom import check, progress; "
PROGRESS += "check('lenet5.c3.weights', 1100); print(progress('lenet5'))"


class Course:
    """A fresh clone with a home of its own, and the README's commands in it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root, self.keras = folder, folder / "course", folder / "keras"
        for name in ("home", "tmp"):
            (folder / name).mkdir(exist_ok=True)
        subprocess.run(["git", "clone", "-q", "--shared", str(ROOT), str(self.root)], check=True)
        self.record = self.root / "notebooks/recorded/90_trial.json"
        self.unit = self.root / "notebooks/90_trial.ipynb"
        self.record.with_suffix(".py").write_text(RECORD)
        (self.root / "tests/test_trial.py").write_text(f"{WAIT}def test(): pass\n")
        cell = {"metadata": {"slideshow": {"slide_type": "slide"}, "tags": []}}
        cells = [{**cell, "id": "title", "cell_type": "markdown", "source": "# A title"}]
        code = {**cell, "cell_type": "code", "execution_count": None, "outputs": []}
        cells += [{**code, "id": f"step-{n}", "source": f"{WAIT}{n}"} for n in range(3)]
        saved = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        self.unit.write_text(json.dumps(saved))
        self.before = self.unit.read_bytes()
        self.serve()

    def serve(self) -> None:
        """Let the clone download from here, at 10 MB a second."""
        served = cache_home()
        files = {file.name: served / file.path for file in REGISTRY["fashion-mnist"].files}
        assert all(path.exists() for path in files.values()), "Fashion-MNIST is not in the cache"

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content = files[self.path.rsplit("/", 1)[-1]].read_bytes()
                start = int(re.sub(r"\D", "", self.headers.get("Range", "")) or 0)
                self.send_response(206 if start else 200)
                self.send_header("Content-Length", str(len(content) - start))
                self.end_headers()
                with contextlib.suppress(OSError):
                    for at in range(start, len(content), 100_000):
                        self.wfile.write(content[at : at + 100_000])
                        time.sleep(0.01)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        registry = self.root / "course_utils/data/registry.py"
        here = f'_KERAS = "http://127.0.0.1:{server.server_port}"'
        registry.write_text(re.sub(r"_KERAS = .*", here, registry.read_text("utf-8")), "utf-8")

    def start(self, *words: str, own: bool = False, **variables: str) -> "Program":
        """Start a command; with `own`, in an environment that it makes itself."""
        taken = ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "MPLCONFIGDIR")
        kept = {k: v for k, v in os.environ.items() if k not in taken and k[:7] != "COURSE_"}
        kept |= {"HOME": str(self.folder / "home"), "TMPDIR": str(self.folder / "tmp")}
        kept |= {"KERAS_HOME": str(self.keras), "BEGUN": str(self.folder / "begun"), **variables}
        kept |= {} if own or sys.prefix == sys.base_prefix else {"VIRTUAL_ENV": sys.prefix}
        python = getattr(sys, "_base_executable", sys.executable)
        (self.folder / "begun").unlink(missing_ok=True)
        how = ["-c"] if words[0].startswith("from ") else ["-m", "course_utils"]
        return Program([python, *how, *words], self, kept)


class Program:
    """A command in a session of its own, as in a terminal; what it says is read at the end."""

    def __init__(self, command: list[str], course: Course, environment: dict[str, str]) -> None:
        self.output, self.mark = tempfile.TemporaryFile(dir="/dev/shm"), f"PROMISE={time.time_ns()}"
        self.process = subprocess.Popen(
            command,
            cwd=course.root,
            env=environment | dict([self.mark.split("=")]),
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )

    def end(self, status: int = 0, full: bool = False) -> str:
        """Wait for the end; return what is wrong with it."""
        try:
            found = self.process.wait(600)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            return "it hangs"
        self.output.seek(0)
        self.said = re.sub(r".*\r", "", self.output.read().decode("utf-8", "replace"))
        last = " / ".join(self.said.strip().splitlines()[-4:])
        if "Traceback" in self.said:
            return f"a traceback: {last}"
        if found != status:
            return f"status {found}, not {status}: {last}"
        ours = [line for line in self.said.splitlines() if FULL.search(line)]
        return f"no sentence names the full disk: {last}" if full and not ours else ""

    def alive(self, seconds: float) -> str:
        """Say which programs it leaves behind after some time."""
        until = time.monotonic() + seconds
        while True:
            found = []
            for place in Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError):
                    if self.mark.encode() in (place / "environ").read_bytes():
                        found.append((place / "cmdline").read_bytes().decode().replace("\0", " "))
            if not found or time.monotonic() > until:
                return f"still there after {seconds:.0f} s: {found[0][:120]}" if found else ""
            time.sleep(0.2)


# --- what is done, and how far it is ------------------------------------------------------------


def words(course: Course, name: str) -> list[str]:
    """Return the words of a command."""
    more = {"download": "fashion-mnist", "record": "90_trial", "refresh": "90"}
    return [name, more.get(name, str(course.folder / "units"))]


def variables(name: str) -> dict[str, str]:
    return {"KERAS_HOME": str(cache_home())} if name == "refresh" else {}


def fresh(course: Course, name: str) -> None:
    """Go back to where nothing was done."""
    for folder in (course.keras, course.folder / "units"):
        shutil.rmtree(folder, ignore_errors=True)
    course.record.unlink(missing_ok=True)
    course.unit.write_bytes(course.before)


def state(course: Course, name: str) -> str:
    """Say whether the work is whole, open, or half and does not show it."""
    try:
        if name == "download":
            files = [file.path for file in REGISTRY["fashion-mnist"].files]
            there = [path for path in files if (course.keras / path).exists()]
            same = [
                (course.keras / p).read_bytes() == (cache_home() / p).read_bytes() for p in there
            ]
            return "half" if not all(same) else "whole" if there == files else "open"
        if name == "record":
            done = course.record.exists() and len(json.loads(course.record.read_text())["runs"])
            return "whole" if done == 3 else "open"
        if name == "refresh":
            cells = json.loads(course.unit.read_text())["cells"]
            done = all(cell["outputs"] for cell in cells[1:])
            return (
                "whole" if done else "open" if course.unit.read_bytes() == course.before else "half"
            )
        folder = course.folder / "units"
        if not folder.exists() or (folder / "UNFINISHED.txt").exists():
            return "open"
        units = [json.loads(path.read_text("utf-8")) for path in folder.glob("*.ipynb")]
        wanted = len(list(course.root.glob("notebooks/*.ipynb")))
        return "whole" if len(units) == wanted else "half" if units else "open"
    except ValueError:
        return "half"


def finished(course: Course, name: str) -> str:
    """Do the same again, now that nothing is in its way; say what is wrong."""
    problem = course.start(*words(course, name), **variables(name)).end()
    return problem or (f"it is {found}" if (found := state(course, name)) != "whole" else "")


# --- the promises -------------------------------------------------------------------------------

Told = Iterator[tuple[str, str]]


def together(course: Course, rng: random.Random) -> Told:
    for gap in (0, 1.5):
        shutil.rmtree(course.root / ".venv", ignore_errors=True)
        first = course.start(*SET_UP, own=True)
        time.sleep(gap)
        second = course.start(*SET_UP, own=True)
        problem = first.end() or second.end()
        made = "" if problem else (first.said + second.said).count("Making the environment")
        yield f"two set-ups, {gap} s apart", problem or (f"made {made} times" if made != 1 else "")


@contextlib.contextmanager
def disk(place: Path) -> Iterator[Callable[[int], None]]:
    """Put a folder on a disk of its own; what is yielded leaves so much room on it."""

    def mount(size: int, how: str = "") -> None:
        options = f"{how}size={size}"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", place], check=True)

    def room(size: int) -> None:
        disk = os.statvfs(place)
        mount((disk.f_blocks - disk.f_bfree) * disk.f_frsize + size, "remount,")

    with tempfile.TemporaryDirectory() as kept:
        place.mkdir(parents=True, exist_ok=True)
        shutil.copytree(place, kept, dirs_exist_ok=True)
        mount(1 << 33)
        shutil.copytree(kept, place, dirs_exist_ok=True)
    try:
        yield room
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def full_set_up(course: Course, rng: random.Random) -> Told:
    with disk(course.folder / "laptop") as room:
        course = Course(course.folder / "laptop")
        for megabytes in (8, 50, 400):
            room(megabytes << 20)
            problem = course.start(*SET_UP, own=True).end(1, full=True)
            yield f"set-up with {megabytes} MB", problem
        room(6 << 30)
        yield "set-up, once there is room", course.start(*SET_UP, own=True).end()


def full(course: Course, rng: random.Random) -> Told:
    folders = {"download": course.keras, "record": course.record.parent}
    folders |= {"refresh": course.unit.parent, "student": course.folder / "units"}
    room_left = {"download": 10 << 20, "student": 1 << 20}
    for name, folder in folders.items():
        fresh(course, name)
        with disk(folder) as room:
            if name == "record":
                course.start(*words(course, name), SEEDS="1").end()
            before = {path: path.read_bytes() for path in folder.rglob("*.*") if path.is_file()}
            room(room_left.get(name, 0))
            program = course.start(*words(course, name), **variables(name))
            problem = program.end(1, full=True)
            harm = [path.name for path in before if before[path] != path.read_bytes()]
            if harm or state(course, name) != "open":
                problem = problem or f"{state(course, name)}; changed: {harm}"
            yield f"{name} on a full disk", problem
            room(1 << 30)
            yield f"{name}, once there is room", finished(course, name)
    place = course.folder / "progress" / "progress.json"
    with disk(place.parent) as room:
        for size, is_full in ((1 << 20, False), (0, True), (1 << 20, False)):
            room(size)
            before = place.read_bytes() if is_full else b""
            program = course.start(PROGRESS, COURSE_PROGRESS=str(place))
            problem = program.end(full=is_full)
            harm = is_full and place.read_bytes() != before
            yield f"progress with {size:,} bytes", problem or ("changed" if harm else "")


def killed_set_up(course: Course, rng: random.Random) -> Told:
    venv = course.root / ".venv"
    shutil.rmtree(venv, ignore_errors=True)
    start = time.monotonic()
    yield "set-up", course.start(*SET_UP, own=True).end()
    seconds = time.monotonic() - start
    for kill in (signal.SIGTERM, signal.SIGKILL) * 3:
        shutil.rmtree(venv)
        moment = rng.uniform(0, seconds)
        program = course.start(*SET_UP, own=True)
        time.sleep(moment)
        program.process.send_signal(kill)
        program.process.wait()
        name = f"set-up, {kill.name} after {moment:.1f} of {seconds:.0f} s"
        # uv outlives SIGKILL until it has installed, and who comes next waits for it.
        problem = program.alive(5) if kill == signal.SIGTERM else ""
        again = course.start(*SET_UP, own=True)
        problem = problem or again.end() or program.alive(5)
        yield name, problem or course.start("doctor", own=True).end()


def killed(course: Course, rng: random.Random) -> Told:
    for name in ("download", "record", "refresh", "student"):
        fresh(course, name)
        start = time.monotonic()
        yield name, finished(course, name)
        seconds = time.monotonic() - start
        for kill in (signal.SIGTERM, signal.SIGKILL) * 3:
            fresh(course, name)
            moment = rng.uniform(0, seconds)
            program = course.start(*words(course, name), **variables(name))
            time.sleep(moment)
            program.process.send_signal(kill)
            program.process.wait()
            problem = program.alive(5) or ("half" if state(course, name) == "half" else "")
            title = f"{name}, {kill.name} after {moment:.1f} of {seconds:.1f} s"
            yield title, problem or finished(course, name)


def stopped(course: Course, rng: random.Random) -> Told:
    for name in ("refresh", "record", "test"):
        fresh(course, name)
        asked = ["test", "tests/test_trial.py"] if name == "test" else words(course, name)
        program = course.start(*asked, SECONDS="100", **variables(name))
        while not (course.folder / "begun").exists() and program.process.poll() is None:
            time.sleep(0.1)
        os.killpg(program.process.pid, signal.SIGINT)
        problem = program.end(130) or program.alive(5)
        said = "" if problem or "Stopped." in program.said else "it does not say so"
        yield f"{name}, Ctrl-C", problem or said


def own_mounts() -> str:
    """Let nobody else see what this process mounts; say why that cannot be."""
    if os.geteuid() or ctypes.CDLL(None).unshare(0x20000):
        return "not tried: only root may mount a disk to fill"
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    return ""


def main() -> int:
    """Try the promises that are asked for, a line each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    promises = {"together": together, "full-set-up": full_set_up, "full": full}
    promises |= {"killed-set-up": killed_set_up, "killed": killed, "stopped": stopped}
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(promises))
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(promises):
        parser.error(f"{', '.join(sorted(unknown))}: there are {', '.join(promises)}")
    rng, broken = random.Random(asked.seed), 0
    without_disks = own_mounts()
    with tempfile.TemporaryDirectory() as folder:
        course = Course(Path(folder))
        for name in asked.names or promises:
            if without_disks and name.startswith("full"):
                print(f"{name:50} {without_disks}")
                continue
            for what, problem in promises[name](course, rng):
                print(f"{what:50} {f'BROKEN: {problem}' if problem else 'kept'}", flush=True)
                broken += bool(problem)
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
