"""The machine under a notebook: start Keras quietly and repeatably, and say what it runs on."""

import contextlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

# What each backend of Keras is called in prose.
_SPELLED = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}


@dataclass(frozen=True)
class Machine:
    """What :func:`set_up` has set up; prints as one line that is the same on every machine."""

    backend: str
    seed: int

    def __repr__(self) -> str:
        return f"Keras on {_SPELLED.get(self.backend, self.backend)}, seed {self.seed}: ready"


def set_up(seed: int = 0) -> Machine:
    """Start Keras and its backend without log noise, and seed every random generator.

    The first code cell of each notebook calls this once; nothing else sets a seed. Python's,
    NumPy's and the backend's generators are seeded. With TensorFlow, GPU memory is taken as
    needed rather than all at once, so that two notebooks can share a GPU.

    Parameters
    ----------
    seed : int, default 0
        From 0 to 2**32 - 1.

    Returns
    -------
    Machine
        Prints as one line.

    Raises
    ------
    ValueError
        If the seed is out of range.
    ImportError
        If Keras or its backend cannot be loaded; what it wrote while failing is shown.

    Examples
    --------
    >>> set_up(seed=0)
    Keras on TensorFlow, seed 0: ready
    """
    if not 0 <= seed < 2**32:
        raise ValueError(f"seed must be from 0 to 2**32 - 1, and this is {seed}")
    with _quiet_stderr():
        keras = import_module("keras")
        backend = str(keras.backend.backend())
        if backend == "tensorflow":
            _prepare_tensorflow()
        keras.utils.set_random_seed(seed)
        keras.ops.zeros(1)  # the first operation wakes the device, and makes it log
    return Machine(backend, seed)


def _prepare_tensorflow() -> None:
    tf = import_module("tensorflow")
    tf.get_logger().setLevel("ERROR")  # many small models in one notebook: it warns of retracing
    for gpu in tf.config.list_physical_devices("GPU"):
        # Only before the first operation; a second set_up() in the same kernel is too late.
        with contextlib.suppress(RuntimeError):
            tf.config.experimental.set_memory_growth(gpu, True)


def gpus() -> tuple[str, ...]:
    """Return the names of the GPUs that Keras will use; there is nothing to switch on.

    Returns
    -------
    tuple of str
        Such as ``("NVIDIA A100-SXM4-40GB",)``; empty if it computes on the CPU.
    """
    return tuple(name for name, _ in _gpus())


def precision() -> str:
    """Return the dtype policy in which the GPU is fastest without a loss that one would notice.

    Half precision has units of its own on NVIDIA's GPUs from 2017 on. Weights stay float32; what
    is computed from them has 16 bits, and takes half the memory.

    Returns
    -------
    str
        For ``keras.config.set_dtype_policy``: ``"mixed_bfloat16"`` if all GPUs have compute
        capability 8.0 or more, else ``"mixed_float16"`` from 7.0 on. On older ones and on a CPU
        ``"float32"``: there the other two are slower.

    Notes
    -----
    Micikevicius et al., "Mixed precision training", ICLR 2018. Capabilities: CUDA C++ Programming
    Guide, chapter "Compute capabilities".
    """
    capability = min((capability for _, capability in _gpus()), default=0.0)
    if capability >= 8:
        return "mixed_bfloat16"
    return "mixed_float16" if capability >= 7 else "float32"


def strategy() -> Any:
    """Return what spreads the training of a model over all GPUs of this machine.

    Make and compile the model inside ``with strategy().scope():``, then fit it as always. Each
    GPU takes its share of every batch, and all gradients are averaged before a step is made. With
    a single device nothing changes.

    Returns
    -------
    tf.distribute.Strategy
        A ``MirroredStrategy`` if there are several GPUs, or several logical CPU devices and no
        GPU; else TensorFlow's default. ``num_replicas_in_sync`` says how many devices take part.

    Raises
    ------
    RuntimeError
        If Keras does not run on TensorFlow.

    Examples
    --------
    >>> with strategy().scope():
    ...     pass  # model = ...; model.compile(...)
    """
    backend = str(import_module("keras").backend.backend())
    if backend != "tensorflow":
        raise RuntimeError(
            f"strategy() is for TensorFlow, and Keras runs on {_SPELLED.get(backend, backend)}; "
            "there, see keras.distribution"
        )
    tf = import_module("tensorflow")
    devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    if len(devices) < 2:
        return tf.distribute.get_strategy()
    with _quiet_stderr():
        return tf.distribute.MirroredStrategy([device.name for device in devices])


@dataclass
class Usage:
    """How busy the machine was; prints as one line.

    Attributes
    ----------
    seconds : float
        How long it took.
    cores_busy : float
        Processor cores that this process kept busy, on average.
    cores : int
        Those it may use.
    gpu : float or None
        Share of the time, 0 to 1, in which the GPU computed, the mean if there are several. None
        if there is none, or if it was over too soon to tell.
    """

    seconds: float = 0.0
    cores_busy: float = 0.0
    cores: int = 0
    gpu: float | None = None

    def __str__(self) -> str:
        line = f"{self.cores_busy:.1f} of {self.cores} cores busy"
        return line if self.gpu is None else f"{line}, GPU {self.gpu:.0%} busy"


@contextlib.contextmanager
def usage() -> Iterator[Usage]:
    """Measure how busy cores and GPUs are while the block runs.

    Yields
    ------
    Usage
        Filled in when the block ends. The GPU's share is what ``nvidia-smi`` says, asked five
        times a second.

    Examples
    --------
    >>> with usage() as used:
    ...     total = sum(range(100_000))
    >>> used.seconds > 0, used.gpu is None or used.gpu <= 1
    (True, True)
    """
    used = Usage(cores=_cores())
    watched = _watch_gpus()
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        yield used
    finally:
        used.seconds = time.perf_counter() - wall
        used.cores_busy = (time.process_time() - cpu) / max(used.seconds, 1e-9)
        if watched is not None:
            watched.terminate()
            shares = [int(line) for line in watched.communicate()[0].split() if line.isdigit()]
            used.gpu = sum(shares) / len(shares) / 100 if shares else None


def _watch_gpus() -> "subprocess.Popen[str] | None":
    """Start asking NVIDIA's driver how busy its GPUs are, if there is one."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return None
    query = ["--query-gpu=utilization.gpu", "--format=csv,noheader,nounits", "--loop-ms=200"]
    return subprocess.Popen(
        [command, *query], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


@contextlib.contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Hold back what C code writes to file descriptor 2; show it if the block fails.

    TensorFlow writes some of its lines before it reads ``TF_CPP_MIN_LOG_LEVEL``, and Jupyter
    saves whatever reaches the descriptor into the notebook.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with tempfile.TemporaryFile() as held:
        sys.stderr.flush()
        try:
            original = os.dup(2)
        except OSError:  # no descriptor 2, as under pythonw: nothing to hold back
            yield
            return
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

    Returns
    -------
    dict
        ``system``, ``cpu``, ``cores`` (those this process may use), ``gpu`` (name or None),
        and the versions ``python``, ``keras`` and that of the backend, under its name.

    Examples
    --------
    >>> sorted(describe())
    ['cores', 'cpu', 'gpu', 'keras', 'python', 'system', 'tensorflow']
    """
    with _quiet_stderr():
        keras = import_module("keras")
        backend = str(keras.backend.backend())
        gpu = next(iter(gpus()), None)
        version = import_module(backend).__version__
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cpu": _cpu_name(),
        "cores": _cores(),
        "gpu": gpu,
        "python": platform.python_version(),
        "keras": str(keras.__version__),
        backend: str(version),
    }


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _cpu_name() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    if sys.platform == "darwin":
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode == 0:
            return done.stdout.strip()
    return platform.processor() or platform.machine()


def _gpus() -> list[tuple[str, float]]:
    """Return name and compute capability (0 if unknown) of each GPU that Keras will use."""
    backend = str(import_module("keras").backend.backend())
    if backend == "tensorflow":
        tf = import_module("tensorflow")
        found = []
        for gpu in tf.config.list_physical_devices("GPU"):
            details = tf.config.experimental.get_device_details(gpu)
            major, minor = details.get("compute_capability") or (0, 0)
            found.append((str(details.get("device_name", gpu.name)), major + minor / 10))
        return found
    if backend == "jax":
        return [
            (str(device.device_kind), float(getattr(device, "compute_capability", 0)))
            for device in import_module("jax").devices()
            if device.platform == "gpu"
        ]
    if backend == "torch":
        cuda = import_module("torch").cuda
        found = []
        for number in range(cuda.device_count() if cuda.is_available() else 0):
            major, minor = cuda.get_device_capability(number)
            found.append((str(cuda.get_device_name(number)), major + minor / 10))
        return found
    return []
