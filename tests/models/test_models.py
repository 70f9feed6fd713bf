"""Latency, and how sure a mean is. Units show what is printed while a network trains."""

import time
from pathlib import Path

import keras
import numpy as np
import pytest

from course_utils import models
from course_utils.models import accuracies, interval, paired
from course_utils.models.timing import _Latency, latency
from tests import golden


def small(side=8, filters=4, batch=None):
    inputs = keras.Input((side, side, 3), batch_size=batch)
    layers = keras.layers.Conv2D(filters, 3, name="conv"), keras.layers.GlobalAveragePooling2D()
    return keras.Sequential([inputs, *layers], name="small")


class Mirrored(keras.Model):
    def call(self, x):
        return super().call(x) + super().call(x[:, :, ::-1])


def test_median_and_spread_are_per_image():
    measured = _Latency((4.0, 1.0, 2.0, 3.0, 100.0), batch_size=8)
    assert measured.median == 3.0
    assert measured.spread == (2.0, 4.0)
    assert str(measured) == "3.0 ms per image, half of 5 calls 2.0 to 4.0, batch of 8"


def test_times_are_those_of_one_image():
    net = small(96, 64)
    one, many = latency(net, 1, seconds=0.1), latency(net, 16, seconds=0.1)
    assert (one.batch_size, many.batch_size) == (1, 16)
    assert many.median < 5 * one.median, "a share of the batch, not the whole of it"


def test_it_repeats_for_as_long_as_asked_and_leaves_the_model_as_it_was():
    net = small()
    net.compile("sgd", "mse", jit_compile=False)
    optimizer, before = net.optimizer, net.get_weights()
    assert len(latency(net, seconds=1e-6).times) == 5
    begun = time.perf_counter()
    assert len(latency(net, seconds=0.5).times) >= 5
    assert time.perf_counter() - begun >= 0.5  # a loaded machine repeats less often, not shorter
    assert net.optimizer is optimizer
    assert net.predict_function is None
    for weight, old in zip(net.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, old)


def test_what_cannot_be_measured_or_read_is_said():
    names = globals() | {name: getattr(models, name) for name in models.__all__}
    golden.refused(Path(__file__).with_name("refused.txt"), names)


def test_seeds_are_in_order():
    setting = {"experiment": "ladder", "variant": "first"}
    runs = [{"setting": setting, "seed": n, "result": {"validation": n / 10}} for n in (2, 0, 1)]
    assert accuracies({"runs": runs}, "ladder") == {"first": [0.0, 0.1, 0.2]}


def test_an_interval_of_a_difference_is_paired():
    before, after = [0.1, 0.5, 0.9], [0.2, 0.6, 1.0]
    assert paired(after, before).low == pytest.approx(0.1)
    assert not interval(before).is_decided
    # Student's t for three values, from a printed table: 4.303.
    high = 0.5 + 4.303 * 0.1 / 3**0.5
    assert interval([0.4, 0.5, 0.6]).high == pytest.approx(high, abs=1e-4)
