"""The recorded runs of units 04 to 15: what their scripts train, and that it was trained."""

import operator
import warnings
from dataclasses import replace
from importlib import import_module

import keras
import numpy as np
import pytest
import tensorflow as tf

from course_utils import models
from course_utils.classroom import find_exercise
from course_utils.costs import from_keras, to_keras, zoo
from course_utils.data import digits
from course_utils.data.image_data import ImageData
from course_utils.models.recording import LABELS

shared, few = import_module("_fashion_mnist"), import_module("_few_images")
lenet, layered = import_module("03_lenet5_1998"), import_module("04_deep_or_shallow")
lab, shifts = import_module("05_fashion_mnist_lab"), import_module("05_shifts")
filters, slim = import_module("06_filters"), import_module("08_slimmed_networks")
alexnet = import_module("07_alexnet_recipe")
stacks, depth = import_module("10_batch_norm"), import_module("11_depth")
remedies, augmented = import_module("13_regularisation"), import_module("14_data_augmentation")
transfer = import_module("15_transfer_learning_principles")
SCRIPTS = lab, alexnet, slim, stacks, depth, remedies, augmented
called = operator.attrgetter("__name__")
each_script = pytest.mark.parametrize("script", SCRIPTS, ids=called)


def runs(script):
    return models.recorded(script.__name__)["runs"]


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def setting_of(script, experiment, variant):
    labels = {"experiment": experiment, "variant": variant}
    (found,) = (setting for setting in script.SETTINGS if labels.items() <= setting.items())
    return found


# --- what was recorded -----------------------------------------------------------------------


FIVE_SEEDS = lenet, filters, transfer


@pytest.mark.parametrize("script", [*SCRIPTS, layered, shifts, *FIVE_SEEDS], ids=called)
def test_a_recorded_run_is_what_its_script_trains(script):
    run, found = models.recorded(script.__name__), {}
    assert run["command"] == f"python3 -m course_utils record {script.__name__}"
    trained = [(one["setting"], one["seed"]) for one in run["runs"]]
    seeds = range(5 if script in FIVE_SEEDS else 3)
    assert trained == [(setting, seed) for setting in script.SETTINGS for seed in seeds]
    for one in run["runs"]:  # labels make no difference
        setting = {key: value for key, value in one["setting"].items() if key not in LABELS}
        assert found.setdefault(repr((setting, one["seed"])), one["result"]) == one["result"]


@each_script
def test_a_recorded_run_has_all_epochs_and_its_last_accuracy(script):
    for one in runs(script):
        result, epochs = one["result"], one["setting"]["epochs"]
        recorded = len(result["history"]["val_accuracy"])
        # Patience may stop it early.
        assert recorded <= epochs if one["setting"].get("patience") else recorded == epochs
        assert result["validation"] == result["history"]["val_accuracy"][-1]
        tested = 10_000 * result["test"]
        assert tested == pytest.approx(round(tested), abs=1e-6)


def test_the_recorded_networks_have_the_recorded_weights():
    def weights(script, experiment, variant):
        results = models.variants(models.recorded(script.__name__), experiment)[variant]
        assert len({one["weights"] for one in results}) == 1
        return int(results[0]["weights"])

    assert weights(lab, "ablation", "complete") == zoo.lab_cnn(use_bias=False).totals.params
    assert weights(lab, "ladder", "batches of 128") == zoo.lab_cnn().totals.params
    assert weights(slim, "architectures", "VGG, slimmed") == zoo.vgg_slim().totals.params
    assert weights(alexnet, "recipe", "the recipe") == zoo.alexnet_slim().totals.params
    assert weights(lenet, "rate 0.001", "as taught") == zoo.lenet5().totals.params
    assert weights(lenet, "rate 0.001", "of 1998") == zoo.lenet5_1998().totals.params
    for kind, setting in stacks.KINDS.items():
        model = stacks.stack(setting["batch_norm"], setting["initializer"])
        assert weights(stacks, kind, "0.1") == model.count_params()
    assert weights(remedies, "remedies", "dropout") == 28_938
    plain = weights(depth, "rate 0.1", "plain, 8 layers")
    assert weights(depth, "rate 0.1", "residual, 8 layers") == plain
    assert weights(shifts, "shifts", "max pooling") == zoo.lab_cnn(use_bias=False).totals.params


def test_deep_and_shallow_have_about_equally_many_weights():
    for kind, widths in layered.WIDTHS.items():
        for depth in widths:
            weights = layered.network(kind, depth).count_params()
            assert weights == pytest.approx(10_000, rel=0.02)
            for one in runs(layered):
                assert one["result"][kind][str(depth)]["weights"] == weights


def test_what_is_moved_in_is_black():
    image = np.arange(1, 13).reshape(1, 3, 4, 1)
    assert shifts.moved(image, 1)[0, 0, :, 0].tolist() == [0, 1, 2, 3]
    assert shifts.moved(image, -2)[0, 0, :, 0].tolist() == [3, 4, 0, 0]
    assert np.array_equal(shifts.moved(image, 0), image)


def test_each_image_is_shown_moved_and_with_its_own_pixels():
    images = np.random.default_rng(0).integers(1, 255, (50, 4, 8, 1))
    setting = {"epochs": 2, "shifted": 2}
    first, second = shifts.shown(images, setting, np.random.default_rng(0))
    assert not np.array_equal(first, second)
    by = [
        [way for way in range(-2, 3) if np.array_equal(shifts.moved(one[None], way)[0], seen)]
        for one, seen in zip(images, first, strict=True)
    ]
    assert {way for (way,) in by} == {-2, -1, 0, 1, 2}


# --- the shared training loop ----------------------------------------------------------------


@pytest.fixture(scope="module")
def stripes():
    """Two classes that one convolution tells apart: upright and level stripes, shifted."""
    rng = np.random.default_rng(0)
    upright = np.tile(np.arange(28) % 4 < 2, (28, 1)) * 200
    labels = rng.integers(0, 2, 400)
    images = np.stack([np.roll(upright, rng.integers(4)) for _ in labels])
    images[labels == 1] = images[labels == 1].transpose(0, 2, 1)
    x = (images + rng.integers(0, 50, images.shape)).astype(np.uint8)[..., np.newaxis]
    return ImageData(
        "stripes",
        "embedded",
        *(x[:256], labels[:256], x[256:320], labels[256:320], x[320:], labels[320:]),
        class_names=("upright", "level"),
    )


@pytest.fixture
def eagerly():
    """Train without compiling: a few batches are not worth what a compiler takes."""
    tf.config.run_functions_eagerly(True)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*does not apply to tf.data functions.*")
        yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture
def on_stripes(stripes, monkeypatch):
    monkeypatch.setattr(shared, "fashion_mnist", lambda: stripes)
    keras.utils.set_random_seed(0)
    return stripes


def test_training_learns(on_stripes):
    setting = setting_of(lab, "long", "16 and 32 filters") | {"filters": [2, 3], "batch_size": 16}
    result = lab.train(setting | {"epochs": 3}, seed=1)
    lengths = {name: len(values) for name, values in result["history"].items()}
    assert lengths == dict.fromkeys(("loss", "accuracy", "val_loss", "val_accuracy"), 3)
    assert result["test"] > 0.9
    assert result["test with mirrored"] > 0.9


@each_script
@pytest.mark.usefixtures("eagerly")
def test_each_script_trains(script, on_stripes, monkeypatch):
    parts = {name: getattr(on_stripes, name)[:4] for name in ("x_val", "y_val", "x_test", "y_test")}
    monkeypatch.setattr(shared, "fashion_mnist", lambda: replace(on_stripes, **parts))
    result = script.train(script.SETTINGS[0] | {"images": 8, "epochs": 2}, seed=0)
    assert len(result["history"]["loss"]) == 2
    assert 0 <= result["test"] <= 1


@pytest.mark.usefixtures("eagerly")
def test_lenet5_of_1998_trains(monkeypatch):
    parts = ("x_train", "y_train", "x_val", "y_val", "x_test", "y_test")
    data = digits()
    short = replace(data, **{part: getattr(data, part)[:8] for part in parts})
    monkeypatch.setattr(lenet, "digits", lambda: short)
    last = lenet.SETTINGS[-1]
    assert last["variant"] == "of 1998"
    result = lenet.train(last | {"epochs": 1}, seed=0)
    assert result["weights"] == 60_000
    assert 0 <= result["test"] <= 1


def test_the_normalisation_of_2012_looks_at_five_maps():
    x = np.random.default_rng(0).normal(scale=100, size=(2, 3, 3, 8)).astype("float32")
    for k in range(8):
        five = (x[..., max(k - 2, 0) : k + 3] ** 2).sum(axis=-1)
        expected = x[..., k] / (2 + 1e-4 * five) ** 0.75
        np.testing.assert_allclose(
            alexnet.LocalResponseNormalization()(x)[..., k], expected, rtol=1e-5
        )


@pytest.mark.usefixtures("eagerly")
def test_the_mirror_image_counts_as_much_as_the_image(on_stripes, monkeypatch):
    """A network that sees a dot on the left only: its mirror image finds those on the right."""
    x = np.zeros((2, 28, 28, 1), np.uint8)
    x[0, 5, 3], x[1, 5, 24] = 255, 255
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten()])
    model.add(keras.layers.Dense(2))
    kernel = np.zeros((784, 2))
    kernel[5 * 28 + 3, 1] = 100
    model.layers[-1].set_weights([kernel, np.array([1.0, 0.0])])
    dots = replace(on_stripes, x_test=x, y_test=np.array([1, 1]))
    monkeypatch.setattr(shared, "fashion_mnist", lambda: dots)
    still = shared.DEFAULTS | {"standardize": False, "peak": 0.0, "warm_up": False, "epochs": 1}
    result = shared.trained(model, still)
    assert (result["test"], result["test with mirrored"]) == (0.5, 1.0)


@pytest.mark.usefixtures("eagerly")
def test_stand_in_data_are_refused_but_for_a_try(stripes, monkeypatch):
    monkeypatch.setattr(ImageData, "is_stand_in", True)
    monkeypatch.setattr(shared, "fashion_mnist", lambda: stripes)
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(2)])
    with pytest.raises(SystemExit, match="download fashion-mnist"):
        shared.trained(model, shared.DEFAULTS)
    assert shared.trained(model, shared.DEFAULTS | shared.QUICK)["weights"] > 0


def rates(setting, steps, last):
    """The learning rates up to the last step, in epochs of so many steps."""
    optimizer, found = shared.optimizer(shared.DEFAULTS | setting, steps), []
    for step in range(last + 1):
        optimizer.iterations.assign(step)
        found.append(float(optimizer.learning_rate))
    return found


def test_the_rate_rises_in_the_first_epoch_and_falls_to_zero():
    found = rates({}, 32, 5 * 32)
    assert found[0] == 0
    assert np.argmax(found) == 32
    assert found[32] == pytest.approx(0.004)
    assert found[-1] == pytest.approx(0, abs=1e-9)
    assert np.all(np.diff(found[:33]) > 0)
    assert np.all(np.diff(found[32:]) < 0)
    falling = {"warm_up": False, "peak": 0.01, "epochs": 2}
    assert np.allclose(rates(falling, 10, 20)[::10], [0.01, 0.005, 0])
    assert np.allclose(rates(falling | {"cosine": False}, 10, 20), 0.01)
    assert shared.optimizer(shared.DEFAULTS, 1).weight_decay is None
    assert shared.optimizer(shared.DEFAULTS | {"optimizer": "sgd"}, 1).momentum == 0.9


def test_standardised_pixels_have_mean_0_and_deviation_1(stripes):
    x = stripes.x_train
    model = shared.compiled(keras.layers.Flatten(), shared.DEFAULTS, x)
    pixels = array(model.layers[0](x))
    assert pixels.mean() == pytest.approx(0, abs=1e-3)
    assert pixels.std() == pytest.approx(1, abs=1e-3)
    model = shared.compiled(keras.layers.Flatten(), shared.DEFAULTS | {"standardize": False}, x)
    np.testing.assert_allclose(array(model.layers[0](x)), x / 255, rtol=1e-6)


# --- 05, 10, 11: what the scripts make -------------------------------------------------------


def test_augmented_images_are_flips_and_shifts_of_the_originals():
    image = np.random.default_rng(0).integers(1, 256, (1, 6, 5, 1), dtype=np.uint8)
    padded = np.pad(image, ((0, 0), (1, 1), (1, 1), (0, 0)))
    shifted = [padded[0, i : i + 6, j : j + 5] for i in range(3) for j in range(3)]
    possible = {a.tobytes() for s in shifted for a in (s, s[:, ::-1])}
    many = lab.flip_and_shift(np.repeat(image, 1000, axis=0), np.random.default_rng(1))
    assert (many.shape, many.dtype) == ((1000, 6, 5, 1), np.uint8)
    assert {one.tobytes() for one in many} == possible  # all 18, and nothing else


def test_the_stacks_differ_in_batch_norm_only():
    with_, without = (from_keras(stacks.stack(norm, "he_uniform")) for norm in (True, False))
    kept = [row.name for row in with_.rows if row.kind != "BatchNormalization"]
    assert kept == [row.name for row in without.rows]
    assert with_.totals.macs == without.totals.macs
    maps = sum(row.output_shape[-1] for row in with_.rows if row.kind == "BatchNormalization")
    # Four numbers for each map come, and its bias goes.
    assert with_.totals.params - without.totals.params == 3 * maps


# --- 13, 14: few images -----------------------------------------------------------------------


def test_the_penalty_is_that_of_the_notes_and_spares_the_biases():
    model = few.network(few.PLAIN | {"l2": 0.25})
    for variable in model.trainable_variables:
        variable.assign(np.ones(variable.shape))
    kernels = sum(v.numpy().size for v in model.trainable_variables if v.name == "kernel")
    assert float(sum(model.losses)) == pytest.approx(0.25 * kernels)


def test_weight_decay_makes_kernels_smaller_and_spares_biases():
    x, y = np.zeros((8, 28, 28, 1), np.uint8), np.zeros(8, int)
    decays = few.PLAIN | {"weight_decay": 0.5, "peak": 0.1, "cosine": False}
    model = shared.compiled(to_keras(zoo.lab_cnn((1, 1), batch_norm=False)), decays, x)
    conv = model.layers[-1].get_layer("conv1")
    conv.bias.assign([-1.0])  # black images: neither kernel nor bias has a slope
    before = array(conv.kernel)
    model.train_on_batch(x, y)
    np.testing.assert_allclose(array(conv.kernel), before * (1 - 0.1 * 0.5), rtol=1e-5)
    assert array(conv.bias) == [-1.0]


@pytest.mark.usefixtures("eagerly")
def test_patience_goes_back_to_the_best_epoch(on_stripes, monkeypatch):
    waited = []

    class Stop(keras.callbacks.EarlyStopping):
        def on_train_end(self, logs=None):
            waited.append(self.stopped_epoch - self.best_epoch)
            super().on_train_end(logs)

    monkeypatch.setattr(keras.callbacks, "EarlyStopping", Stop)
    small = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(2)])
    monkeypatch.setattr(few, "network", lambda setting: small)
    # Far too fast: it soon gets worse.
    fast = {"peak": 0.3, "epochs": 12, "patience": 2, "images": 96}
    result = few.train(few.PLAIN | fast, seed=0)
    losses = result["history"]["val_loss"]
    assert waited == [2]
    assert len(losses) < 12
    assert losses[-1] == min(losses)
    assert result["validation"] == result["history"]["val_accuracy"][-1]


# --- 15: transfer -----------------------------------------------------------------------------


def test_the_exercises_count_the_network_that_is_trained():
    h_t = transfer.network(10)
    for name in ("conv1", "conv2"):
        h_t.get_layer(name).trainable = False
    learns = sum(int(np.prod(weight.shape)) for weight in h_t.trainable_weights)
    assert learns == find_exercise("transfer_principles.custom").answer
    assert set(transfer.CYRILLIC).isdisjoint("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    assert sorted(transfer.RARE + transfer.OTHERS) == list(range(10))


def test_old_and_new_layers_have_their_own_rates_and_frozen_ones_none():
    x, y = np.full((32, 28, 28, 1), 128, np.uint8), np.zeros(32, int)
    x[:16, :14], y[:16] = 0, 1
    h_t = transfer.network(10)
    for name in ("conv1", "conv2"):
        h_t.get_layer(name).trainable = False
    begin = h_t.get_weights()
    first_kernels = {name: h_t.get_layer(name).get_weights()[0] for name in transfer.LAYERS}

    def moved(old_rate, new_rate):
        h_t.set_weights(begin)
        optimizer.begin(old_rate, new_rate)
        transfer.learn(h_t, optimizer, x, y, steps=1, seed=0)
        return {
            name: float(np.abs(h_t.get_layer(name).get_weights()[0] - kernel).max())
            for name, kernel in first_kernels.items()
        }

    optimizer = transfer.Rates(1, new=("head",))
    first, again, slower = moved(0.01, 0.01), moved(0.01, 0.01), moved(0.001, 0.01)
    assert first == again  # nothing of the training before is left
    assert first["conv1"] == first["conv2"] == 0
    assert first["fc1"] > 0
    assert slower["fc1"] == pytest.approx(first["fc1"] / 10, rel=1e-3)
    assert slower["head"] == pytest.approx(first["head"], rel=1e-3)
