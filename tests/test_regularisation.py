"""The recipe of notebook 08: penalties, dropout, patience and augmentation do what they say."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from course_utils.data import digits
from course_utils.data.image_data import ImageData
from course_utils.models import runs
from course_utils.models.runs.regularisation import AUGMENTATIONS, PLAIN, RegularisedRecipe
from course_utils.models.training import train

SMALL = replace(PLAIN, filters=(2, 2), images=96, validation=64, epochs=2)


@pytest.fixture(scope="module")
def data() -> ImageData:
    return digits()


def norm(model: keras.Model) -> float:
    kernels = [v for v in model.trainable_variables if v.name == "kernel"]
    return float(np.sqrt(sum(np.sum(np.square(v.numpy())) for v in kernels)))


def test_the_plain_recipe_is_the_labs_network_and_does_not_regularise() -> None:
    assert PLAIN.network().totals.params == 28_938
    model = PLAIN.model()
    assert model.losses == []
    assert not any(isinstance(layer, keras.layers.Dropout) for layer in model.layers[-1].layers)


def test_the_penalty_is_that_of_the_notes_and_spares_the_biases() -> None:
    model = replace(SMALL, l2=0.25).model()
    for variable in model.trainable_variables:
        variable.assign(np.ones(variable.shape))
    kernels = sum(v.numpy().size for v in model.trainable_variables if v.name == "kernel")
    assert float(sum(model.losses)) == pytest.approx(0.25 * kernels)


def test_penalty_and_decay_make_the_weights_smaller(data: ImageData) -> None:
    plain, _ = train(SMALL, data)
    penalised, _ = train(replace(SMALL, l2=0.1), data)
    decayed, _ = train(replace(SMALL, weight_decay=10.0), data)
    assert norm(penalised) < 0.98 * norm(plain)
    assert norm(decayed) < 0.98 * norm(plain)
    assert decayed.optimizer.weight_decay == 10.0
    assert plain.optimizer.weight_decay is None


def test_dropout_is_there_in_training_only() -> None:
    model = replace(SMALL, dropout=0.5).model()
    images = np.random.default_rng(0).random((4, 28, 28, 1))
    once, again = model(images, training=False), model(images, training=False)
    np.testing.assert_array_equal(once, again)
    assert not np.allclose(once, model(images, training=True))


def test_patience_goes_back_to_the_best_epoch(data: ImageData) -> None:
    recipe = replace(SMALL, peak=0.3, epochs=12, patience=2)  # far too fast: it soon gets worse
    epochs: list[int] = []
    model, history = train(recipe, data, report=lambda epoch, _: epochs.append(epoch))
    best = len(history["val_loss"])
    assert history["val_loss"][-1] == min(history["val_loss"])
    assert epochs == list(range(1, min(best + 2, 12) + 1))
    x, y = data.x_val[:64], data.y_val[:64]
    loss, _ = model.evaluate(x, y, verbose=0)
    assert loss == pytest.approx(history["val_loss"][-1], rel=1e-3)


def test_without_patience_the_training_goes_on_to_the_end(data: ImageData) -> None:
    _, history = train(SMALL, data)
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert all(len(values) == SMALL.epochs for values in history.values())


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_an_augmentation_changes_images_in_training_and_leaves_them_alone_later(name: str) -> None:
    layer = AUGMENTATIONS[name]()
    images = np.random.default_rng(0).random((40, 28, 28, 1)).astype("float32")
    changed = np.array(layer(images, training=True))
    assert changed.shape == images.shape
    assert not np.allclose(changed, images)
    assert -1 < changed.min() < changed.max() < 2
    np.testing.assert_array_equal(layer(images, training=False), images)


def test_what_comes_in_at_the_border_is_black() -> None:
    white = np.ones((50, 28, 28, 1), dtype="float32")
    for name in ("shifted", "rotated"):
        assert np.array(AUGMENTATIONS[name]()(white, training=True)).min() == 0


def test_all_variants_of_an_experiment_see_equally_many_images() -> None:
    for experiment, variants in runs.experiments("regularisation").items():
        for label, recipe in variants.items():
            assert isinstance(recipe, RegularisedRecipe)
            assert recipe.images is not None
            assert PLAIN.images is not None
            budget = PLAIN.images * PLAIN.epochs * (3 if experiment == "longer" else 1)
            assert recipe.images * recipe.epochs == budget, (experiment, label)
