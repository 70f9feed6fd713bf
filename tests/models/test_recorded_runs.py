"""The recorded runs of units 04 to 15: what their scripts train, and that it was trained."""

import operator
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import _fashion_mnist as shared
import _few_images as few
import keras
import numpy as np
import pytest
import tensorflow as tf

from course_utils import models
from course_utils.classroom import find_exercise
from course_utils.costs import from_keras, to_keras, zoo
from course_utils.data import letters
from course_utils.data.image_data import ImageData
from course_utils.models.recording import _LABELS
from tests import golden

lenet, layered = import_module("03_lenet5_1998"), import_module("04_deep_or_shallow")
lab, shifts = import_module("05_fashion_mnist_lab"), import_module("05_shifts")
alexnet, stacks = import_module("07_alexnet_recipe"), import_module("10_batch_norm")
transfer = import_module("15_transfer_learning_principles")
OTHERS = ("08_slimmed_networks", "11_depth", "13_regularisation", "14_data_augmentation")
SCRIPTS = lab, alexnet, stacks, *map(import_module, OTHERS)
FIVE_SEEDS = lenet, import_module("06_filters"), transfer
pytestmark = pytest.mark.filterwarnings("ignore:.*does not apply to tf.data functions")
called = operator.attrgetter("__name__")
each_script = pytest.mark.parametrize("script", SCRIPTS, ids=called)


def runs(script):
    return models.recorded(script.__name__)["runs"]


@pytest.mark.parametrize("script", [*SCRIPTS, layered, shifts, *FIVE_SEEDS], ids=called)
def test_a_recorded_run_is_what_its_script_trains(script):
    run, found = models.recorded(script.__name__), {}
    assert run["command"] == f"python3 -m course_utils record {script.__name__}"
    trained = [(one["setting"], one["seed"]) for one in run["runs"]]
    seeds = range(5 if script in FIVE_SEEDS else 3)
    assert trained == [(setting, seed) for setting in script.SETTINGS for seed in seeds]
    for one in run["runs"]:  # labels make no difference
        setting = {key: value for key, value in one["setting"].items() if key not in _LABELS}
        result = found.setdefault(repr((setting, one["seed"])), one["result"])
        assert one["result"] == result
        if script not in SCRIPTS:
            continue
        recorded, epochs = len(result["history"]["val_accuracy"]), setting["epochs"]
        # Patience may stop it early.
        assert recorded <= epochs if setting.get("patience") else recorded == epochs
        assert result["validation"] == result["history"]["val_accuracy"][-1]
        assert 10_000 * result["test"] == pytest.approx(round(10_000 * result["test"]), abs=1e-6)


@each_script
def test_each_recorded_network_has_the_weights_of_its_script(script, two_letters, monkeypatch):
    def count(network, setting, *shown, **options):
        return {"weights": shared.compiled(network, setting, two_letters.x_train).count_params()}

    for module in (script, few):
        monkeypatch.setattr(module, "trained", count, raising=False)
    kinds = {}  # of networks: of those that differ in how they are trained, the last one will do
    for setting in script.SETTINGS:
        own = setting.keys() - shared.DEFAULTS.keys() - few.PLAIN.keys() - {*_LABELS, "momentum"}
        kinds[str({name: setting[name] for name in sorted(own)})] = setting
    for setting in kinds.values():
        recorded = {one["weights"] for one in models.results({"runs": runs(script)}, **setting)}
        assert recorded == {script.train(setting | {"patience": None}, seed=0)["weights"]}


def test_a_recorded_network_is_the_one_that_is_counted():
    for script, variant, network in (
        (alexnet, "the recipe", zoo.alexnet_slim()),
        (lenet, "as taught", zoo.lenet5()),
        (lenet, "of 1998", zoo.lenet5_1998()),
        (shifts, "max pooling", zoo.lab_cnn(use_bias=False)),
    ):
        recorded = models.results({"runs": runs(script)}, variant=variant)
        assert {one["weights"] for one in recorded} == {network.totals.params}, variant


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


@pytest.fixture(scope="module")
def two_letters():
    """Two classes that one convolution tells apart."""
    return letters("IO", images=512, held_out=64)


@pytest.fixture
def eagerly():
    """Train without compiling: a few batches are not worth what a compiler takes."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture
def on_letters(two_letters, monkeypatch):
    monkeypatch.setattr(shared, "fashion_mnist", lambda: two_letters)
    keras.utils.set_random_seed(0)
    return two_letters


def test_training_learns(on_letters):
    setting = lab.SETTINGS[0] | {"filters": [2, 3], "batch_size": 16}
    result = lab.train(setting | {"epochs": 3}, seed=1)
    lengths = {name: len(values) for name, values in result["history"].items()}
    assert lengths == dict.fromkeys(("loss", "accuracy", "val_loss", "val_accuracy"), 3)
    assert result["test"] > 0.9
    assert result["test with mirrored"] > 0.9


@pytest.mark.parametrize("script", [*SCRIPTS, lenet], ids=called)
@pytest.mark.usefixtures("eagerly")
def test_each_script_trains_what_was_recorded(script, monkeypatch):
    images = letters("0123456789", images=10, held_out=10)
    monkeypatch.setattr(shared, "fashion_mnist", lambda: images)
    monkeypatch.setattr(lenet, "digits", lambda: images)
    setting = script.SETTINGS[-1 if script is lenet else 0]
    result = script.train(setting | {"epochs": 2}, seed=0)
    assert script is lenet or len(result["history"]["loss"]) == 2
    assert 0 <= result["test"] <= 1
    recorded = models.results({"runs": runs(script)}, **setting)
    assert {one["weights"] for one in recorded} == {result["weights"]}


def test_the_normalisation_of_2012_looks_at_five_maps():
    x = np.random.default_rng(0).normal(scale=100, size=(2, 3, 3, 8)).astype("float32")
    normalised = alexnet.LocalResponseNormalization()(x)
    for k in range(8):
        five = (x[..., max(k - 2, 0) : k + 3] ** 2).sum(axis=-1)
        expected = x[..., k] / (2 + 1e-4 * five) ** 0.75
        np.testing.assert_allclose(normalised[..., k], expected, rtol=1e-5)


@pytest.mark.usefixtures("eagerly")
def test_the_mirror_image_counts_as_much_as_the_image(on_letters, monkeypatch):
    """A network that sees a dot on the left only: its mirror image finds those on the right."""
    x, kernel = np.zeros((2, 28, 28, 1), np.uint8), np.zeros((784, 2))
    x[0, 5, 3] = x[1, 5, 24] = 255
    kernel[5 * 28 + 3, 1] = 100
    layers = [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(2)]
    model = keras.Sequential(layers)
    model.set_weights([kernel, np.array([1.0, 0.0])])
    dots = replace(on_letters, x_test=x, y_test=np.array([1, 1]))
    monkeypatch.setattr(shared, "fashion_mnist", lambda: dots)
    still = shared.DEFAULTS | {"standardize": False, "peak": 0.0, "warm_up": False, "epochs": 1}
    result = shared.trained(model, still)
    assert (result["test"], result["test with mirrored"]) == (0.5, 1.0)


@pytest.mark.usefixtures("eagerly")
def test_stand_in_data_are_refused_but_for_a_try(two_letters, monkeypatch):
    monkeypatch.setattr(ImageData, "is_stand_in", True)
    monkeypatch.setattr(shared, "fashion_mnist", lambda: two_letters)
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(2)])
    with pytest.raises(SystemExit, match="download fashion-mnist"):
        shared.trained(model, shared.DEFAULTS)
    assert shared.trained(model, shared.DEFAULTS | shared.QUICK)["weights"] > 0


def test_the_rate_and_what_else_the_optimizer_does():
    """``rates.txt`` has settings, steps in an epoch, and the rate at each step."""

    def say(call):
        changed, steps = eval(call)
        setting = shared.DEFAULTS | changed
        optimizer, rates = shared.optimizer(setting, steps), []
        for step in range(setting["epochs"] * steps + 1):
            optimizer.iterations.assign(step)
            rates.append(f"{float(optimizer.learning_rate):.4f}")
        momentum, decay = getattr(optimizer, "momentum", "its own"), optimizer.weight_decay
        return f"{' '.join(rates)}\n    momentum {momentum}, weight decay {decay}"

    golden.calls(Path(__file__).with_name("rates.txt"), say)


def test_standardised_pixels_have_mean_0_and_deviation_1(two_letters):
    x = two_letters.x_train

    def seen(standardize):
        setting = shared.DEFAULTS | {"standardize": standardize}
        return np.asarray(shared.compiled(keras.layers.Flatten(), setting, x).layers[0](x))

    assert seen(True).mean() == pytest.approx(0, abs=1e-3)
    assert seen(True).std() == pytest.approx(1, abs=1e-3)
    np.testing.assert_allclose(seen(False), x / 255, rtol=1e-6)


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
    before, _ = conv.get_weights()
    model.train_on_batch(x, y)
    kernel, bias = conv.get_weights()
    np.testing.assert_allclose(kernel, before * (1 - 0.1 * 0.5), rtol=1e-5)
    assert bias == [-1.0]


@pytest.mark.usefixtures("eagerly")
def test_patience_goes_back_to_the_best_epoch(monkeypatch):
    stops = []

    class Stop(keras.callbacks.EarlyStopping):
        def on_train_end(self, logs=None):
            stops.append(self.stopped_epoch - self.best_epoch)

    keras.utils.set_random_seed(0)
    small = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(2)])
    monkeypatch.setattr(keras.callbacks, "EarlyStopping", Stop)
    monkeypatch.setattr(few, "network", lambda setting: small)
    monkeypatch.setattr(shared, "fashion_mnist", lambda: letters("OQ", images=96, held_out=64))
    # Far too fast: it soon gets worse.
    result = few.train(few.PLAIN | {"peak": 0.3, "epochs": 12, "patience": 2}, seed=0)
    losses = result["history"]["val_loss"]
    assert stops == [2]
    assert len(losses) < 12
    assert losses[-1] == min(losses)
    assert result["validation"] == result["history"]["val_accuracy"][-1]


@pytest.fixture
def custom():
    """Return an h_T whose first two layers are frozen."""
    h_t = transfer.network(10)
    for name in ("conv1", "conv2"):
        h_t.get_layer(name).trainable = False
    return h_t


def test_the_exercises_count_the_network_that_is_trained(custom):
    learns = sum(int(np.prod(weight.shape)) for weight in custom.trainable_weights)
    assert learns == find_exercise("transfer_principles.custom").answer
    assert set(transfer.CYRILLIC).isdisjoint("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    assert sorted(transfer.RARE + transfer.OTHERS) == list(range(10))


def test_old_and_new_layers_have_their_own_rates_and_frozen_ones_none(custom):
    x, y = np.full((32, 28, 28, 1), 128, np.uint8), np.zeros(32, int)
    x[:16, :14], y[:16] = 0, 1
    begin, optimizer = custom.get_weights(), transfer.Rates(1, new=("head",))

    def moved(old_rate, new_rate):
        """How far each layer's kernel has come."""
        custom.set_weights(begin)
        optimizer.begin(old_rate, new_rate)
        transfer.learn(custom, optimizer, x, y, steps=1, seed=0)
        kernels = zip(custom.get_weights()[::2], begin[::2], strict=True)
        far = [np.abs(kernel - before).max() for kernel, before in kernels]
        return dict(zip(transfer.LAYERS, far, strict=True))

    first, again, slower = moved(0.01, 0.01), moved(0.01, 0.01), moved(0.001, 0.01)
    assert first == again  # nothing of the training before is left
    assert first["conv1"] == first["conv2"] == 0
    assert first["fc1"] > 0
    assert slower["fc1"] == pytest.approx(first["fc1"] / 10, rel=1e-3)
    assert slower["head"] == pytest.approx(first["head"], rel=1e-3)
