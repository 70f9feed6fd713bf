"""Mistakes of one line, each of which some test must notice: ``python3 tests/mutants.py``.

Each is made in a copy of the tree, and the tests of its file run until one fails. What survives is
printed, and so is a line that is no longer there: then choose another one. Words on the command
line choose mutants: ``python3 tests/mutants.py costs/field``. It forks, so it needs Linux or macOS.

One that changes nothing that anybody can see is no mistake: take it out.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COSTS = ("tests/costs/test_golden.py", "tests/costs/test_costs.py")
NOTES = ("tests/lecture_notes/test_tables.py", "tests/lecture_notes/test_claims.py")
BRIDGE = ("tests/costs/test_any_model.py",)
VALUES = ("tests/classroom/test_values.py",)


def interpret(words: str) -> tuple[str, ...]:
    """Return the tests of interpretation whose names have such words."""
    return "tests/interpret/test_interpret.py", "-k", words


def models(name: str, words: str) -> tuple[str, ...]:
    """Return the tests of a file of ``tests/models`` whose names have such words."""
    return f"tests/models/test_{name}.py", "-k", words


# The file below course_utils (or from the root, if it says so), what it says, what is said instead.
MUTANTS: list[tuple[str, str, str, tuple[str, ...]]] = [
    (
        "costs/field.py",
        "if self.stride != other.stride or not (self.advance and other.advance):",
        "if self.stride != other.stride:",
        COSTS,
    ),
    ("costs/field.py", "self.sees(length - 1)[1]", "self.sees(length)[1]", COSTS),
    (
        "costs/field.py",
        "self.sees((kernel - 1) * dilation - before)",
        "self.sees(kernel - 1)",
        COSTS,
    ),
    ("costs/windows.py", "* stride >= size + before", "* stride > size + before", COSTS),
    (
        "costs/windows.py",
        "pads.append((total // 2, total - total // 2))",
        "pads.append((total - total // 2, total // 2))",
        COSTS,
    ),
    ("costs/layers.py", "stored_vectors = 2", "stored_vectors = 1", COSTS),
    ("costs/network.py", "len(self.rows)) > at}", "len(self.rows)) >= at}", COSTS),
    ("costs/network.py", "if layer.trainable else 0,", "if layer.name else 0,", COSTS),
    (
        "costs/zoo/large.py",
        "if stride == 1 and channels == filters:",
        "if stride == 1:",
        COSTS,
    ),
    (
        "costs/zoo/resnets.py",
        '(1, strides) if version == "v1.5" else (strides, 1)',
        "(strides, 1)",
        COSTS,
    ),
    ("costs/published/judging.py", "range(printed.zeros + 1)", "range(printed.zeros)", NOTES),
    ("costs/published/compare.py", "Reading(total + part,", "Reading(total + 2 * part,", NOTES),
    (
        "costs/keras_bridge.py",
        'shape[1:] if operation.data_format == "channels_first" else',
        "",
        BRIDGE,
    ),
    ("costs/keras_bridge.py", " and learned in (0, own[0]):", ":", BRIDGE),
    (
        "interpret/attribution.py",
        "share = ((step + 0.5) / steps)",
        "share = ((step + 1) / steps)",
        interpret("integrated"),
    ),
    ("interpret/attribution.py", "return fall / times", "return fall", interpret("occlusion")),
    (
        "interpret/attribution.py",
        "weights = slopes.mean(axis=(1, 2), keepdims=True)",
        "weights = slopes.max(axis=(1, 2), keepdims=True)",
        interpret("grad_cam"),
    ),
    (
        "interpret/attribution.py",
        "(y > 0) & (y >= x)",
        "y > 0",
        interpret("guided"),
    ),
    ("interpret/patches.py", "axis.sees(places)[0]", "axis.sees(places)[1]", interpret("patch")),
    ("interpret/sanity.py", ".values())[first:]", ".values())[:]", interpret("randomised")),
    ("interpret/graph.py", 'kwargs["training"] = False', "pass", interpret("augment")),
    ("interpret/nonlinear.py", "z.clip(0, y.max())", "z.clip(0)", interpret("guided")),
    ("models/intervals.py", "t.ppf(0.975,", "t.ppf(0.95,", models("recording", "interval")),
    ("models/timing.py", "(25, 75)", "(10, 90)", models("latency", "median")),
    (
        "notebooks/recorded/_fashion_mnist.py",
        "model.predict(mirrored(data.x_test)",
        "model.predict((data.x_test)",
        models("recorded_runs", "mirror"),
    ),
    (
        "notebooks/recorded/_few_images.py",
        "patience=patience or epochs,",
        "patience=patience + 1 if patience else epochs,",
        models("recorded_runs", "patience"),
    ),
    ("classroom/reading.py", "rel_tol=1e-9, abs_tol=0) else", "rel_tol=1e-1) else", VALUES),
    ("classroom/choices.py", "pair = min(broken,", "pair = max(broken,", VALUES),
    ("classroom/layers.py", "tuple((before, 0) for", "tuple((0, 0) for", VALUES),
    ("classroom/value.py", "rounded(answer, digits) for digits in range(3, 9)", "answer", VALUES),
]


def noticed(tree: Path, arguments: Sequence[str]) -> bool:
    """Run tests of a tree in a process of its own; say whether one failed."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        os.chdir(tree)
        sys.path[:0] = [str(tree)]
        import pytest

        without = [f"-pno:{name}" for name in ("cacheprovider", "nbval", "xdist")]
        options = ["-o", "addopts=--import-mode=importlib", "--noconftest", "-x", "-q", *without]
        os._exit(pytest.main([*options, *arguments]))


def main() -> int:
    """Try the mutants; return how many survive or cannot be made."""
    os.environ |= {"COURSE_OFFLINE": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    # A file that is changed and changed back within a second would be taken for its old self.
    os.environ["PYTHONDONTWRITEBYTECODE"], sys.dont_write_bytecode = "1", True
    import hypothesis
    import pytest  # noqa: F401 - once for all, but not TensorFlow, which may not be forked

    hypothesis.settings.register_profile("mutants", deadline=None, derandomize=True)
    hypothesis.settings.load_profile("mutants")
    chosen = [one for one in MUTANTS if not sys.argv[1:] or any(w in one[0] for w in sys.argv[1:])]
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, check=True)
        for name in listed.stdout.decode().splitlines():
            if not name.endswith(".ipynb") and (ROOT / name).is_file():
                (tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, tree / name)
        for arguments in dict.fromkeys(one[3] for one in chosen):
            if noticed(tree, arguments):
                sys.exit(f"{' '.join(arguments)}: fails without any mutant")
        for name, old, new, arguments in chosen:
            started = time.monotonic()
            where = name if name.startswith("notebooks") else f"course_utils/{name}"
            paths = list(tree.glob(where))
            text = paths[0].read_text("utf-8") if len(paths) == 1 else ""
            if text.count(old) != 1:
                bad += 1
                print(f"GONE      {where}: {old}", flush=True)
                continue
            paths[0].write_text(text.replace(old, new), "utf-8")
            killed = noticed(tree, arguments)
            paths[0].write_text(text, "utf-8")
            bad += not killed
            seconds = time.monotonic() - started
            words = f"{where}: {old}  ->  {new}"
            print(f"{'noticed ' if killed else 'SURVIVES'}  {words} ({seconds:.0f} s)", flush=True)
    print(f"{len(chosen)} mutants, {len(chosen) - bad} noticed")
    return min(bad, 1)


if __name__ == "__main__":
    sys.exit(main())
