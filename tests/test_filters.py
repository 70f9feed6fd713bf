"""The recorded run of unit 06: it trains the lab's network, and keeps what the unit reads."""

from importlib import import_module

import numpy as np

from course_utils import models
from course_utils.costs import from_keras, zoo

filters = import_module("06_filters")


def test_it_is_the_network_of_the_lab():
    network = filters.network(np.array([0, 255], "uint8").repeat(784).reshape(2, 28, 28, 1))
    assert from_keras(network).totals.params == zoo.lab_cnn(use_bias=False).totals.params
    np.testing.assert_allclose(network.layers[0](np.array([0.0, 255.0])), [-1, 1], atol=1e-6)


def test_each_seed_began_elsewhere_and_learned():
    results = models.results(models.recorded("06_filters"))
    starts = np.array([result["before"] for result in results])
    ends = np.array([result["learns"]["after"] for result in results])
    assert starts.shape == ends.shape == (5, 5, 5, 1, 16)
    assert len(np.unique(starts.reshape(5, -1), axis=0)) == 5
    assert np.abs(ends - starts).max(axis=(1, 2, 3, 4)).min() > 0.05
    assert all(result["random"].keys() == {"validation"} for result in results)
