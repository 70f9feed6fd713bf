"""The machine under a notebook: start Keras quietly and repeatably, and say what it runs on."""

import contextlib
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

# What each backend of Keras is called in prose.
_SPELLED = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}


class Unquoted(str):
    """A text that a notebook shows without quotes."""

    __repr__ = str.__str__


def set_up(seed: int = 0) -> Unquoted:
    """Start Keras and its backend without log noise, and seed every random generator.

    The first code cell of each notebook calls this once; nothing else sets a seed. Python's,
    NumPy's and the backend's generators are seeded. With TensorFlow, GPU memory is taken as
    needed rather than all at once, so that two notebooks can share a GPU. If Keras or its backend
    cannot be loaded, what it wrote while failing is shown.

    >>> set_up(seed=0)
    Keras on TensorFlow, seed 0: ready
    """
    with _quiet_stderr():
        keras = import_module("keras")
        backend = str(keras.backend.backend())
        if backend == "tensorflow":
            tf = import_module("tensorflow")
            tf.get_logger().setLevel("ERROR")  # many small models: it warns of retracing
            for gpu in tf.config.list_physical_devices("GPU"):
                # Only before the first operation; a second call in the same kernel is too late.
                with contextlib.suppress(RuntimeError):
                    tf.config.experimental.set_memory_growth(gpu, True)
        # Several threads for NumPy's products, beside the backend's own, wait for one another.
        import_module("threadpoolctl").threadpool_limits(1, "blas")
        keras.utils.set_random_seed(seed)
        keras.ops.zeros(1)  # the first operation wakes the device, and makes it log
    return Unquoted(f"Keras on {_SPELLED.get(backend, backend)}, seed {seed}: ready")


@contextlib.contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Hold back what C code writes to file descriptor 2; show it if the block fails.

    TensorFlow writes some of its lines before it reads ``TF_CPP_MIN_LOG_LEVEL``, and Jupyter
    saves whatever reaches the descriptor into the notebook.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with tempfile.TemporaryFile() as held:
        sys.stderr.flush()
        original = os.dup(2)
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(original, held.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(original, 2)
            os.close(original)


def describe() -> dict[str, str | int | None]:
    """Describe this machine for a recorded run; nothing in it names its owner.

    ``cores`` are those this process may use, ``gpu`` is a name or None; the version of the backend
    is under its name.

    >>> sorted(describe())
    ['cores', 'cpu', 'gpu', 'keras', 'python', 'system', 'tensorflow']
    """
    here = hasattr(os, "sched_getaffinity")
    with _quiet_stderr():
        keras = import_module("keras")
        backend = str(keras.backend.backend())
        gpu = _gpu(backend)
        version = import_module(backend).__version__
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cpu": _cpu_name(),
        "cores": len(os.sched_getaffinity(0)) if here else os.cpu_count(),
        "gpu": gpu,
        "python": platform.python_version(),
        "keras": str(keras.__version__),
        backend: str(version),
    }


def _cpu_name() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _gpu(backend: str) -> str | None:
    """Return the name of the first GPU that Keras will use, or None."""
    framework = import_module(backend)
    if backend == "tensorflow":
        for gpu in framework.config.list_physical_devices("GPU"):
            details = framework.config.experimental.get_device_details(gpu)
            return str(details.get("device_name", gpu.name))
    elif backend == "jax":
        for device in framework.devices():
            if device.platform == "gpu":
                return str(device.device_kind)
    elif backend == "torch" and framework.cuda.is_available():
        return str(framework.cuda.get_device_name(0))
    return None
