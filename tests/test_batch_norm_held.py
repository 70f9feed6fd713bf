"""What notebook 16 says of batch normalisation in a model that is fitted: a fact of Keras."""

import keras
import numpy as np
import pytest


@pytest.mark.parametrize(("trainable", "moves"), [(True, True), (False, False)])
def test_its_own_trainable_holds_it_and_training_false_does_not(trainable, moves):
    norm = keras.layers.BatchNormalization()
    inner = keras.Sequential([keras.Input((4,)), norm])
    norm.trainable = trainable
    inputs = keras.Input((4,))
    model = keras.Model(inputs, keras.layers.Dense(1)(inner(inputs, training=False)))
    model.compile("sgd", "mse")
    model.fit(np.ones((32, 4)), np.ones(32), verbose=0)
    # Should Keras ever heed `training=False` here, the notebook may become shorter.
    assert bool(np.any(keras.ops.convert_to_numpy(norm.moving_mean) != 0)) is moves
