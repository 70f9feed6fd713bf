"""Try the course's own promises in hard places: side by side, on a full disk, killed, stopped.

    python3 tests/promises.py [together full killed stopped] [--seed 1]

* together: two set-ups of one checkout at once
* full: the disk is full, at each step, for what is kept of a student's progress, for `download`,
  `record`, `student`, `refresh` and the set-up
* killed: SIGTERM and SIGKILL of these, three times each, at moments drawn by lot
* stopped: Ctrl-C in `refresh`, `record` and `test`

All works on a clone of the last commit with a home of its own, and makes many environments. It
needs Linux, Fashion-MNIST in Keras's cache and, for a disk to fill, root. What is not about the
set-up uses the environment of this Python. It is a command of its own and no part of the tests.
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
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
CACHE = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()
FASHION = "datasets/fashion-mnist"
FULL = re.compile(r"No space left on device|disk .* is full|GB are free on the disk")
WAIT = "import os, pathlib, time\npathlib.Path(os.environ['BEGUN']).touch()\n"
WAIT += "time.sleep(float(os.environ.get('SECONDS', 1)))\n"
RECORD = f"""from course_utils.models.recording import main
def train(setting, seed):
    exec({WAIT!r})
    return {{"said": "so" * 10_000}}
if __name__ == "__main__":
    raise SystemExit(main(__file__, train, [{{}}], range(3)))
"""
PROGRESS = "from course_utils.classroom import check, progress; "
PROGRESS += "check('lenet5.c3.weights', 1100); print(progress('lenet5'))"
ARGUMENTS = ("download fashion-mnist", "record 90_trial", "refresh 90")
ARGUMENTS += ("student ../units", "test tests/test_trial.py", "doctor")
WORDS = {words.split()[0]: ["-m", "course_utils", *words.split()] for words in ARGUMENTS}
WORDS |= {"set-up": ["-m", "course_utils", "download", "--list"], "progress": ["-c", PROGRESS]}
Told = Iterator[tuple[str, str]]


class SlowServer(SimpleHTTPRequestHandler):
    """Serves the files of Fashion-MNIST, 10 MB a second, whatever folder is asked for."""

    def translate_path(self, path: str) -> str:
        return str(CACHE / FASHION / path.rsplit("/", 1)[-1])

    def copyfile(self, source: IO[bytes], outputfile: IO[bytes]) -> None:
        with contextlib.suppress(OSError):  # who asked was killed
            while piece := source.read(100_000):
                outputfile.write(piece)
                time.sleep(0.01)

    def log_message(self, *_: object) -> None: ...


class Course:
    """A clone with a home of its own, and the README's commands in it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root = folder, folder / "course"
        (folder / "tmp").mkdir(parents=True)
        subprocess.run(["git", "clone", "-q", "--shared", ROOT, self.root], check=True)
        self.record = self.root / "notebooks/recorded/90_trial.json"
        self.record.with_suffix(".py").write_text(RECORD)
        (self.root / "tests/test_trial.py").write_text(WAIT)
        slide = {"metadata": {"slideshow": {"slide_type": "slide"}, "tags": []}}
        cells = [{**slide, "id": "title", "cell_type": "markdown", "source": "# A title"}]
        code = {**slide, "cell_type": "code", "execution_count": None, "outputs": []}
        cells += [{**code, "id": f"step-{n}", "source": f"{WAIT}'so' * 10_000"} for n in range(3)]
        self.unit = self.root / "notebooks/90_trial.ipynb"
        self.blank = json.dumps(
            {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        )
        self.places = {"set-up": self.root / ".venv", "record": self.record.parent}
        self.places |= {"download": folder / "keras" / FASHION, "refresh": self.unit.parent}
        self.places |= {"student": folder / "units", "progress": folder / "tmp"}
        self.diary = folder / "tmp" / "progress.json"
        server = ThreadingHTTPServer(("127.0.0.1", 0), SlowServer)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        registry = self.root / "course_utils/data/registry.toml"
        here = f"http://127.0.0.1:{server.server_port}"
        there = "https://storage.googleapis.com/tensorflow"
        registry.write_text(registry.read_text().replace(there, here))

    def start(self, name: str, seconds: int = 1) -> "Program":
        """Start a command, in which what waits does so for some seconds."""
        taken = ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "MPLCONFIGDIR")
        kept = {k: v for k, v in os.environ.items() if k not in taken and k[:7] != "COURSE_"}
        kept |= {"HOME": str(self.folder), "TMPDIR": str(self.folder / "tmp")}
        kept["KERAS_HOME"] = str(CACHE if name == "refresh" else self.folder / "keras")
        if name not in ("set-up", "doctor") and sys.prefix != sys.base_prefix:
            kept["VIRTUAL_ENV"] = sys.prefix
        kept |= {"BEGUN": str(self.folder / "begun"), "SECONDS": str(seconds)}
        kept["COURSE_PROGRESS"] = str(self.diary)
        (self.folder / "begun").unlink(missing_ok=True)
        return Program([sys._base_executable, *WORDS[name]], self.root, kept)

    def clear(self, name: str) -> None:
        """Go back to where the work was not begun."""
        if name in ("set-up", "download", "student"):
            shutil.rmtree(self.places[name], ignore_errors=True)
            shutil.rmtree(self.folder / ".cache", ignore_errors=True)  # what pip has fetched
        self.record.write_text('{"runs": []}')
        self.diary.write_text('{"exercises": {}}')
        self.unit.write_text(self.blank)

    def state(self, name: str) -> str:
        """Say whether the work is whole, or open, or half and does not show it."""
        place = self.places[name]
        try:
            if name == "set-up":
                return "whole" if (place / "course-stamp.json").exists() else "open"
            if name == "download":
                there = list(place.glob("*.gz"))
                same = [p.read_bytes() == (CACHE / FASHION / p.name).read_bytes() for p in there]
                return "half" if not all(same) else "whole" if len(same) == 4 else "open"
            if name == "progress":
                return "whole" if json.loads(self.diary.read_text())["exercises"] else "open"
            if name == "record":
                return "whole" if len(json.loads(self.record.read_text())["runs"]) == 3 else "open"
            if name == "refresh":
                parts = [cell["outputs"] for cell in json.loads(self.unit.read_text())["cells"][1:]]
            else:
                written = [json.loads(path.read_text()) for path in place.glob("*.ipynb")]
                parts = [n < len(written) for n, _ in enumerate(self.unit.parent.glob("*.ipynb"))]
                parts = [] if (place / "UNFINISHED.txt").exists() else parts
        except ValueError:
            return "half"
        return "open" if not any(parts) else "whole" if all(parts) else "half"

    def finish(self, name: str) -> str:
        """Do it, now that nothing is in its way; say what is wrong."""
        problem = self.start(name).end() or self.start("doctor").end() * (name == "set-up")
        return problem or (f"it is {found}" if (found := self.state(name)) != "whole" else "")


class Program:
    """A command in a session of its own, as in a terminal; what it says is read at the end."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        self.mark, self.output = str(time.time_ns()), os.memfd_create("said")
        own = {"cwd": folder, "env": {**environment, "PROMISE": self.mark}}
        own |= {"stdout": self.output, "stderr": self.output, "stdin": subprocess.DEVNULL}
        own["preexec_fn"] = lambda: signal.signal(signal.SIGINT, signal.default_int_handler)
        self.process = subprocess.Popen(command, start_new_session=True, **own)

    def end(self, status: int = 0) -> str:
        """Wait for the end; say what is wrong with it."""
        found = self.process.wait(900)
        self.said = os.pread(self.output, 1 << 22, 0).decode("utf-8", "replace")
        last = " / ".join(self.said.strip().splitlines()[-8:])
        fine = "Traceback" not in self.said and found == status
        return "" if fine else f"status {found}, not {status}: {last}"

    def alive(self) -> str:
        """Say which of the programs that it started are there after five seconds."""
        for _ in range(25):
            found = []
            for place in Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError):
                    if f"PROMISE={self.mark}".encode() in (place / "environ").read_bytes():
                        found.append((place / "cmdline").read_bytes().decode().replace("\0", " "))
            if not found:
                return ""
            time.sleep(0.2)
        return f"still there: {found[0][:120]}"


def together(course: Course, rng: random.Random) -> Told:
    for gap in (0, 1.5):
        course.clear("set-up")
        first = course.start("set-up")
        time.sleep(gap)
        second = course.start("set-up")
        problem = first.end() or second.end()
        made = 1 if problem else (first.said + second.said).count("Making the environment")
        yield f"two set-ups, {gap} s apart", problem or f"made {made} times" * (made != 1)


def full(course: Course, rng: random.Random) -> Told:
    """Everything is on one small disk, the folder for temporary files as well."""
    folder = course.folder / "laptop"

    def mount(options: str) -> None:
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)

    def leave(size: int) -> None:
        now = os.statvfs(folder)
        mount(f"remount,size={(now.f_blocks - now.f_bfree) * now.f_frsize + size}")

    folder.mkdir()
    mount("size=1G")
    course = Course(folder)
    # In kB. A training cannot begin, or end, or be kept; a kernel cannot start, or a unit be saved;
    # there is no environment, or there are no packages, or not all.
    steps = {"progress": [0], "download": [10_000], "record": [0, 8, 30], "student": [1_000]}
    steps |= {"refresh": [0, 24], "set-up": [8_000, 50_000, 400_000]}
    for name, sizes in steps.items():
        course.clear(name)
        place = course.places[name]
        for size in sizes:
            before = {path: path.read_bytes() for path in place.rglob("*.*") if path.is_file()}
            leave(size << 10)
            program = course.start(name)
            problem = program.end(int(name != "progress"))
            found = len(FULL.findall(program.said))
            if found != 1 and (name != "set-up" or not found):  # pip has a sentence of its own
                problem = problem or f"{found} sentences name the full disk: {program.said[-300:]}"
            if name not in ("set-up", "record"):  # a run that was done is kept
                harm = [path.name for path in before if path.read_bytes() != before[path]]
                problem = problem or f"it has changed {harm}" * bool(harm)
            half = f"it is {course.state(name)}" * (course.state(name) != "open")
            yield f"{name}, {size:,} kB free", problem or half
        leave(6 << 30)
        yield f"{name}, once there is room", course.finish(name)
    subprocess.run(["umount", "-l", folder], check=True)


def killed(course: Course, rng: random.Random) -> Told:
    for name in ("set-up", "download", "record", "refresh", "student"):
        course.clear(name)
        start = time.monotonic()
        yield name, course.start(name).end()
        seconds = time.monotonic() - start
        for kill in (signal.SIGTERM, signal.SIGKILL) * 3:
            course.clear(name)
            program, moment = course.start(name), rng.uniform(0, seconds)
            time.sleep(moment)
            program.process.send_signal(kill)
            program.process.wait()
            problem = "half, and it does not show" * (course.state(name) == "half")
            # What installs outlives SIGKILL, and the next set-up waits for it.
            if (name, kill) != ("set-up", signal.SIGKILL):
                problem = problem or program.alive()
            title = f"{name}, {kill.name} after {moment:.1f} of {seconds:.1f} s"
            yield title, problem or course.finish(name) or program.alive()


def stopped(course: Course, rng: random.Random) -> Told:
    for name in ("refresh", "record", "test"):
        course.clear(name)
        program = course.start(name, seconds=100)
        while not (course.folder / "begun").exists() and program.process.poll() is None:
            time.sleep(0.1)
        os.killpg(program.process.pid, signal.SIGINT)
        problem = program.end(130) or program.alive()
        yield f"{name}, Ctrl-C", problem or "it does not say so" * ("Stopped." not in program.said)


def main() -> int:
    """Try the promises that are asked for, a line each."""
    shape = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=shape)
    promises = {"together": together, "full": full, "killed": killed, "stopped": stopped}
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(promises))
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(promises):
        parser.error(f"{', '.join(sorted(unknown))}: there are {', '.join(promises)}")
    if not (CACHE / FASHION).is_dir():
        parser.error(f"there is no {CACHE / FASHION}: download fashion-mnist, or set KERAS_HOME")
    # Nobody else is to see the disks.
    disks = os.geteuid() == 0 and ctypes.CDLL(None).unshare(0x20000) == 0
    disks = disks and subprocess.call(["mount", "--make-rprivate", "/"]) == 0
    rng, broken = random.Random(asked.seed), 0
    with tempfile.TemporaryDirectory() as folder:
        course = Course(Path(folder))
        for name in asked.names or promises:
            if name == "full" and not disks:
                print(f"{name:50} not tried: only root may mount a small disk")
                continue
            for what, problem in promises[name](course, rng):
                print(f"{what:50} {f'BROKEN: {problem}' if problem else 'kept'}", flush=True)
                broken += bool(problem)
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
