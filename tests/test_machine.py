"""``set_up`` is quiet and repeatable, and ``describe`` names the machine but not its owner."""

import getpass
import os
import platform
import random
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from threadpoolctl import threadpool_info

from course_utils import machine, set_up

ROOT = Path(__file__).parents[1]


def test_a_fresh_start_writes_nothing_to_stderr():
    """TensorFlow's own lines come from C code, before it reads TF_CPP_MIN_LOG_LEVEL."""
    code = (
        "from course_utils import set_up; print(set_up(seed=1)); import keras, sys;"
        "print(keras.layers.Conv2D(2, 3)(keras.ops.ones((1, 8, 8, 1))).shape);"
        "print('still here', file=sys.stderr)"
    )
    environ = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)
    assert done.stderr == "still here\n"
    assert done.stdout == "Keras on TensorFlow, seed 1: ready\n(1, 6, 6, 2)\n"


def test_held_back_text_is_shown_when_the_block_fails(capfd):
    with machine._quiet_stderr():
        os.write(2, b"chatter\n")

    @machine._quiet_stderr()
    def fail():
        os.write(2, b"the reason\n")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    os.write(2, b"as before\n")
    assert capfd.readouterr().err == "the reason\nas before\n"


def test_the_seed_repeats_numpy_python_and_keras_and_numpy_works_on_one_thread():
    def draw(seed):
        set_up(seed=seed)
        values = keras.ops.convert_to_numpy(keras.random.normal((3,)))
        return [random.random(), np.random.rand(), *values.tolist()]  # noqa: NPY002

    first, again, other = draw(7), draw(7), draw(8)
    assert first == again
    assert not set(first) & set(other)
    assert {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"} == {1}


def test_the_description_is_complete_and_names_nobody():
    found = machine.describe()
    assert found["python"] == platform.python_version()
    assert found["cores"] >= 1
    assert found["cpu"]
    words = {str(value) for value in found.values()}
    assert platform.node() not in words
    assert getpass.getuser() not in words
