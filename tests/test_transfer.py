"""Transfer learning: what is frozen stays, each part has its rate, a stop loses nothing."""

import errno
import os
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from course_utils.models import transfer
from course_utils.models.transfer import fine_tune, layer_rates, transfer_model, unfreeze

K = keras.layers


def array(weight: Any) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(weight))


class Dots:
    """Little images, the brighter ones of class 1."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def size(self, split: str) -> int:
        return 32 if split == "train" else 16

    def digest(self, split: str) -> str:
        return f"{split} {self.seed}"

    def arrays(self, split: str, image_size: int) -> tuple[np.ndarray, np.ndarray]:
        n = self.size(split)
        rng = np.random.default_rng([self.seed, n])
        y = np.arange(n) % 2
        x = rng.integers(0, 100, (n, image_size, image_size, 3))
        return (x + 100 * y[:, np.newaxis, np.newaxis, np.newaxis]).astype(np.uint8), y

    def dataset(
        self, split: str, image_size: int, batch_size: int, shuffle: bool = False, start: int = 0
    ) -> Any:
        import tensorflow as tf

        return tf.data.Dataset.from_tensor_slices(self.arrays(split, image_size)).batch(batch_size)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    return tmp_path / "course_utils" / "training"


def backbone() -> keras.Model:
    """Two blocks with batch normalisation, under a name of Keras Applications."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 3))
    x = inputs
    for number in (1, 10):
        x = K.Conv2D(4, 3, use_bias=False, name=f"block_{number}_conv")(x)
        x = K.BatchNormalization(name=f"block_{number}_bn")(x)
        x = K.ReLU(name=f"block_{number}_relu")(x)
    return keras.Model(inputs, x, name="mobilenetv2_tiny")


def compiled(model: keras.Model, optimizer: Any = None) -> keras.Model:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer or keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    return model


def fitted(model: keras.Model) -> keras.Model:
    x, y = Dots().arrays("train", 8)
    compiled(model).fit(x, y, batch_size=8, verbose=0)
    return model


def normalisation(base: keras.Model) -> list[np.ndarray]:
    layers = [layer for layer in base.layers if isinstance(layer, K.BatchNormalization)]
    return [array(weight) for layer in layers for weight in layer.weights]


def moved(before: list[np.ndarray], after: list[np.ndarray]) -> list[bool]:
    return [not np.array_equal(a, b) for a, b in zip(before, after, strict=True)]


# --- freezing ----------------------------------------------------------------------------------


def test_a_new_model_learns_in_its_head_alone() -> None:
    base = backbone()
    model = transfer_model(base, classes=2)
    before, head = base.get_weights(), model.get_layer("head").get_weights()
    fitted(model)
    assert not any(moved(before, base.get_weights()))
    assert any(moved(head, model.get_layer("head").get_weights()))
    assert model.output_shape == (None, 2)


def test_the_same_seed_gives_the_same_head() -> None:
    kernels = [transfer_model(backbone(), 2, seed=s).get_layer("head").kernel for s in (3, 3, 4)]
    first, same, other = map(array, kernels)
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("from_block", [None, "block_1", "block_10"])
def test_statistics_do_not_move_whatever_is_set_free(from_block: str | None) -> None:
    base = backbone()
    model = transfer_model(base, classes=2)
    free = unfreeze(base, from_block)
    both = ["block_1_conv", "block_10_conv"]
    assert free == (both[1:] if from_block == "block_10" else both)
    statistics, first = normalisation(base), array(base.get_layer("block_1_conv").kernel)
    last = array(base.get_layer("block_10_conv").kernel)
    fitted(model)
    assert not any(moved(statistics, normalisation(base)))
    assert np.array_equal(first, array(base.get_layer("block_1_conv").kernel)) == (len(free) == 1)
    assert not np.array_equal(last, array(base.get_layer("block_10_conv").kernel))


def test_the_trap_fit_overrides_training_false() -> None:
    # The popular recipe. Should Keras ever heed `training=False` here, unfreeze() may become
    # simpler and what the notebook tells must change.
    base = backbone()
    inputs = keras.Input((8, 8, 3))
    x = K.GlobalAveragePooling2D()(base(inputs, training=False))
    model = keras.Model(inputs, K.Dense(2)(x))
    base.trainable = True
    before = normalisation(base)
    fitted(model)
    assert all(moved(before, normalisation(base)))


def test_the_trap_is_not_there_in_a_models_own_call() -> None:
    class Transfer(keras.Model):
        def __init__(self, base: keras.Model) -> None:
            super().__init__()
            self.base, self.pool, self.head = base, K.GlobalAveragePooling2D(), K.Dense(2)

        def call(self, inputs: Any) -> Any:
            return self.head(self.pool(self.base(inputs, training=False)))

    base = backbone()
    base.trainable = True
    model = Transfer(base)
    before = normalisation(base)
    fitted(model)
    gamma_and_beta_learn = [True, True, False, False]
    assert moved(before, normalisation(base)) == 2 * gamma_and_beta_learn


def test_unknown_blocks_are_refused_with_the_nearest() -> None:
    with pytest.raises(
        ValueError, match="no layer's name begins with 'blok_10'; there is block_10"
    ):
        unfreeze(backbone(), "blok_10")
    with pytest.raises(ValueError, match="'block_100'"):
        unfreeze(backbone(), "block_100")
    inputs = keras.Input((8, 8, 3))
    flat = keras.Model(inputs, K.Flatten()(inputs), name="vgg16")
    with pytest.raises(ValueError, match="build it with include_top=False"):
        transfer_model(flat, 2)


# --- learning rates ----------------------------------------------------------------------------


def test_each_part_moves_at_its_own_rate() -> None:
    base = backbone()
    model = transfer_model(base, classes=2, dropout=0)
    unfreeze(base)
    rates = {"block_1": 1e-5, "block_10": 1e-4, "head": 1e-3}
    compiled(model, layer_rates(model, rates))
    before = [array(weight) for weight in model.trainable_weights]
    x, y = Dots().arrays("train", 8)
    model.train_on_batch(x, y)
    steps = {
        weight.path.split("/")[0]: float(np.abs(array(weight) - old).max())
        for weight, old in zip(model.trainable_weights, before, strict=True)
    }
    # The first step of Adam is as long as its rate, for every weight.
    expected = {"block_1_conv": 1e-5, "block_10_conv": 1e-4, "head": 1e-3}
    assert steps == pytest.approx(expected, rel=0.05)


def test_a_model_with_several_rates_is_saved_and_goes_on(tmp_path: Path) -> None:
    base = backbone()
    model = transfer_model(base, classes=2, dropout=0)
    unfreeze(base, "block_10")
    compiled(model, layer_rates(model, {"block_10": 1e-4, "head": 1e-3}))
    x, y = Dots().arrays("train", 8)
    model.train_on_batch(x, y)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(array(loaded(x)), array(model(x)))
    for one in (model, loaded):
        one.train_on_batch(x, y)
    np.testing.assert_allclose(array(loaded(x)), array(model(x)), rtol=1e-5, atol=1e-6)


def test_rates_that_cannot_be() -> None:
    base = backbone()
    model = transfer_model(base, classes=2)
    unfreeze(base)
    with pytest.raises(ValueError, match="from the input to the output"):
        layer_rates(model, {"head": 1e-3, "block_1": 1e-5})
    with pytest.raises(ValueError, match="'block_1_conv' learns and comes before 'block_10'"):
        layer_rates(model, {"block_10": 1e-5, "head": 1e-3})
    with pytest.raises(ValueError, match="begins with 'tail'"):
        layer_rates(model, {"tail": 1e-3})


# --- training that can be stopped --------------------------------------------------------------


def start(rate: float = 0.01) -> keras.Model:
    return compiled(transfer_model(backbone(), classes=2), keras.optimizers.Adam(rate))


def test_a_second_run_takes_the_result_of_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    first = start()
    history = fine_tune(first, Dots(), "head", epochs=3)
    assert [len(history[name]) for name in ("loss", "val_loss", "val_accuracy")] == [3, 3, 3]
    monkeypatch.setattr(keras.Model, "fit", lambda *a, **o: pytest.fail("it was trained again"))
    for again in (start(), first):  # in a new kernel; the same cell once more
        assert fine_tune(again, Dots(), "head", epochs=3) == history
        for a, b in zip(again.get_weights(), first.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)


def test_the_model_has_its_best_weights_in_the_end() -> None:
    model = start(rate=3.0)  # far too large: the loss jumps about
    history = fine_tune(model, Dots(), "head", epochs=4)
    x, y = Dots().arrays("val", 8)
    assert model.evaluate(x, y, verbose=0)[0] == pytest.approx(min(history["val_loss"]), rel=1e-4)


@pytest.mark.parametrize("new_kernel", [True, False])
def test_ctrl_c_keeps_the_best_and_the_same_call_goes_on(new_kernel: bool, cache: Path) -> None:
    def stop(epoch: int, history: transfer.History) -> None:
        if epoch == 2:
            raise KeyboardInterrupt

    model = start()
    with pytest.raises(KeyboardInterrupt, match="Stopped after 2 of 4 epochs") as stopped:
        fine_tune(model, Dots(), "head", epochs=4, report=stop)
    x, y = Dots().arrays("val", 8)
    kept = model.evaluate(x, y, verbose=0)[0]
    seen: list[int] = []
    model = start() if new_kernel else model
    history = fine_tune(
        model, Dots(), "head", epochs=4, report=lambda epoch, history: seen.append(epoch)
    )
    assert seen == [3, 4]
    assert len(history["loss"]) == 4
    assert kept == pytest.approx(min(history["val_loss"][:2]), rel=1e-4)
    assert f"of epoch {np.argmin(history['val_loss'][:2]) + 1};" in str(stopped.value)
    assert len(list(cache.glob("*/*.weights.h5"))) <= 2


def test_what_goes_on_is_as_if_it_had_not_been_stopped() -> None:
    def train(stop_at: int | None) -> transfer.History:
        def report(epoch: int, history: transfer.History) -> None:
            if epoch == stop_at:
                raise KeyboardInterrupt

        # All images in one batch and no dropout: nothing is left to chance.
        model = compiled(transfer_model(backbone(), classes=2, dropout=0))
        return fine_tune(model, Dots(), f"stop {stop_at}", 4, batch_size=32, report=report)

    with pytest.raises(KeyboardInterrupt):
        train(stop_at=2)
    assert train(stop_at=2)["val_loss"] == pytest.approx(train(None)["val_loss"], rel=1e-4)


def test_changed_circumstances_begin_anew() -> None:
    seen: list[int] = []

    def train(model: keras.Model, images: Dots, epochs: int = 1, **settings: Any) -> int:
        seen.clear()
        fine_tune(model, images, "head", epochs, report=lambda e, h: seen.append(e), **settings)
        return len(seen)

    assert train(start(), Dots()) == 1
    assert train(start(), Dots()) == 0
    assert train(start(), Dots(seed=1)) == 1
    assert train(start(rate=0.02), Dots()) == 1
    assert train(start(), Dots(), batch_size=8) == 1
    assert train(start(), Dots(), epochs=2) == 2
    model = transfer_model(backbone(), classes=2)
    unfreeze(model.get_layer("mobilenetv2_tiny"))
    assert train(compiled(model), Dots()) == 1
    assert train(compiled(transfer_model(backbone(), classes=2, seed=5)), Dots()) == 1


def test_damaged_files_begin_anew(cache: Path) -> None:
    history = fine_tune(start(), Dots(), "head", epochs=2)
    for file in cache.glob("*/*.weights.h5"):
        file.write_bytes(file.read_bytes()[:100])
    seen: list[int] = []
    again = fine_tune(start(), Dots(), "head", 2, report=lambda e, h: seen.append(e))
    assert seen == [1, 2]
    assert again["val_loss"] == pytest.approx(history["val_loss"], rel=0.3)


def test_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    history = fine_tune(start(rate=1e-12), Dots(), "head", epochs=20, patience=2)
    assert len(history["loss"]) < 20
    monkeypatch.setattr(keras.Model, "fit", lambda *a, **o: pytest.fail("it was trained again"))
    assert fine_tune(start(rate=1e-12), Dots(), "head", epochs=20, patience=2) == history


@pytest.mark.filterwarnings("error:.*shuffle")
def test_many_images_are_read_batch_by_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "_IN_MEMORY", 0)
    history = fine_tune(start(), Dots(), "head", epochs=1, batch_size=8)
    assert len(history["val_accuracy"]) == 1


def test_a_stop_in_the_first_epoch_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*arguments: Any, **options: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(keras.Model, "fit", stop)
    with pytest.raises(KeyboardInterrupt, match="nothing to keep yet"):
        fine_tune(start(), Dots(), "head", epochs=2)


def test_a_full_disk_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*paths: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    model = start()
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match=r"epoch 1 cannot be kept: .* is on a full disk; make room"):
        fine_tune(model, Dots(), "head", epochs=2)


def test_models_that_cannot_be_trained() -> None:
    with pytest.raises(ValueError, match=r"compile .* first"):
        fine_tune(transfer_model(backbone(), 2), Dots(), "head", epochs=1)
    model = start()
    model.trainable = False
    with pytest.raises(ValueError, match="nothing to train"):
        fine_tune(compiled(model), Dots(), "head", epochs=1)
