"""The recorded run of notebook 15: its script trains what it says, and it has every seed."""

from importlib import import_module

import numpy as np
import pytest

from course_utils import models
from course_utils.classroom.exercises.vocabulary import small_net

NAME = "15_transfer_learning_principles"


script = import_module(NAME)


def test_the_exercises_count_the_network_that_is_trained():
    for classes in (10, 26):
        assert script.network(classes).count_params() == small_net(classes).totals.params
    assert set(script.CYRILLIC).isdisjoint("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    assert sorted(script.RARE + script.OTHERS) == list(range(10))


def test_old_and_new_layers_have_their_own_rates_and_frozen_ones_none():
    x, y = np.full((32, 28, 28, 1), 128, np.uint8), np.zeros(32, int)
    x[:16, :14], y[:16] = 0, 1
    h_t = script.network(10)
    for name in ("conv1", "conv2"):
        h_t.get_layer(name).trainable = False
    begin = h_t.get_weights()
    first_kernels = {name: h_t.get_layer(name).get_weights()[0] for name in script.LAYERS}

    def moved(old_rate, new_rate):
        h_t.set_weights(begin)
        optimizer.begin(old_rate, new_rate)
        script.learn(h_t, optimizer, x, y, steps=1, seed=0)
        return {
            name: float(np.abs(h_t.get_layer(name).get_weights()[0] - kernel).max())
            for name, kernel in first_kernels.items()
        }

    optimizer = script.Rates(1, new=("head",))
    first, again, slower = moved(0.01, 0.01), moved(0.01, 0.01), moved(0.001, 0.01)
    assert first == again  # nothing of the training before is left
    assert first["conv1"] == first["conv2"] == 0
    assert first["fc1"] > 0
    assert slower["fc1"] == pytest.approx(first["fc1"] / 10, rel=1e-3)
    assert slower["head"] == pytest.approx(first["head"], rel=1e-3)


def test_the_run_has_every_setting_and_seed_with_all_rates():
    run = models.recorded(NAME)
    for setting in script.SETTINGS:
        for one in (found := models.results(run, **setting)):
            assert one.keys() == found[0].keys()
            for rates in one["10"].values():
                assert len(rates) >= 3
                assert all(set(scores) == {"validation", "test"} for scores in rates.values())
        assert len(found) == 5
