"""Recipes, training and recorded runs, on images that need no download."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from course_utils.data.image_data import ImageData
from course_utils.models import record, runs
from course_utils.models.recipe import LabRecipe, Recipe
from course_utils.models.records import FOLDER, accuracies, recorded, table
from course_utils.models.runs.fashion_mnist_lab import TUTORIAL
from course_utils.models.training import (
    Progress,
    accuracy,
    flip_and_shift,
    learning_rate,
    mirrored,
    train,
)


@pytest.fixture(scope="module")
def stripes() -> ImageData:
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


# --- recipes ---------------------------------------------------------------------------------


def test_the_default_recipe_is_the_labs_network() -> None:
    assert LabRecipe().network().totals.params == 29_082
    assert TUTORIAL.network().totals.params == 29_130


def test_the_rate_rises_in_the_first_epoch_and_falls_to_zero() -> None:
    recipe = LabRecipe(batch_size=32, epochs=5, peak=0.004)
    rate = learning_rate(recipe, images=1000)  # the last of 32 batches is smaller
    steps = 32
    rates = [float(rate(step)) for step in range(5 * steps + 1)]
    assert rates[0] == 0
    assert np.argmax(rates) == steps
    assert rates[steps] == pytest.approx(0.004)
    assert rates[-1] == pytest.approx(0, abs=1e-9)
    assert np.all(np.diff(rates[: steps + 1]) > 0)
    assert np.all(np.diff(rates[steps:]) < 0)


def test_the_rate_without_warm_up_and_without_cosine() -> None:
    falling = learning_rate(LabRecipe(warm_up=False, peak=0.01, epochs=2, batch_size=10), 100)
    assert [round(float(falling(step)), 6) for step in (0, 10, 20)] == [0.01, 0.005, 0.0]
    assert learning_rate(TUTORIAL, 100) == 0.001
    for impossible in (LabRecipe(cosine=False), LabRecipe(epochs=1)):
        with pytest.raises(ValueError, match="needs cosine=True and 2 epochs or more"):
            learning_rate(impossible, 100)


# --- augmentation ----------------------------------------------------------------------------


def test_augmented_images_are_flips_and_shifts_of_the_originals() -> None:
    image = np.random.default_rng(0).integers(1, 256, (1, 6, 5, 1), dtype=np.uint8)
    padded = np.pad(image, ((0, 0), (1, 1), (1, 1), (0, 0)))
    shifted = [padded[0, i : i + 6, j : j + 5] for i in range(3) for j in range(3)]
    possible = {a.tobytes() for s in shifted for a in (s, np.ascontiguousarray(s[:, ::-1]))}
    many = flip_and_shift(np.repeat(image, 1000, axis=0), np.random.default_rng(1))
    assert many.shape == (1000, 6, 5, 1)
    assert many.dtype == np.uint8
    assert {one.tobytes() for one in many} == possible  # all 18, and nothing else


def test_augmentation_leaves_its_input_alone_and_follows_its_seed() -> None:
    images = np.random.default_rng(0).integers(0, 256, (20, 28, 28, 1), dtype=np.uint8)
    before = images.copy()
    once, again = (flip_and_shift(images, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(images, before)
    np.testing.assert_array_equal(once, again)
    assert not np.array_equal(once, flip_and_shift(images, np.random.default_rng(4)))


def test_mirrored_twice_is_the_image() -> None:
    images = np.arange(24).reshape(2, 3, 4, 1)
    assert mirrored(images)[0, 0, :, 0].tolist() == [3, 2, 1, 0]
    np.testing.assert_array_equal(mirrored(mirrored(images)), images)


# --- training --------------------------------------------------------------------------------


def test_training_learns_reports_and_repeats(stripes: ImageData) -> None:
    recipe = LabRecipe(filters=(2, 3), batch_size=16, epochs=3, augment=True)
    epochs: list[int] = []
    model, history = train(recipe, stripes, seed=1, report=lambda n, _: epochs.append(n))
    assert epochs == [1, 2, 3]
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert all(len(values) == 3 for values in history.values())
    logits = model.predict(stripes.x_test, verbose=0)
    assert logits.shape == (80, 10)
    assert accuracy(logits, stripes.y_test) > 0.9
    # `evaluate` goes through the same images in batches; both must say the same.
    assert history["val_accuracy"][-1] == pytest.approx(
        accuracy(model.predict(stripes.x_val, verbose=0), stripes.y_val)
    )
    _, again = train(recipe, stripes, seed=1)
    assert again["val_loss"] == pytest.approx(history["val_loss"], rel=0.05)
    _, other = train(replace(recipe, epochs=2), stripes, seed=2)
    assert other["loss"][0] != history["loss"][0]


def test_only_the_first_images_are_trained_on(stripes: ImageData) -> None:
    recipe = LabRecipe(filters=(1, 1), batch_size=16, epochs=1, warm_up=False, images=40)
    fewer = replace(stripes, x_train=stripes.x_train[:40], y_train=stripes.y_train[:40])
    _, history = train(recipe, stripes)
    _, same = train(replace(recipe, images=None), fewer)
    assert same["loss"] == pytest.approx(history["loss"], rel=1e-3)


def test_the_optimizer_is_the_recipes(stripes: ImageData) -> None:
    recipe = LabRecipe(filters=(1, 1), epochs=1, warm_up=False, images=10)
    adam, _ = train(recipe, stripes)
    sgd, _ = train(replace(recipe, optimizer="sgd"), stripes)
    assert isinstance(adam.optimizer, keras.optimizers.Adam)
    assert isinstance(sgd.optimizer, keras.optimizers.SGD)
    assert sgd.optimizer.momentum == 0.9


def test_standardised_pixels_have_mean_0_and_deviation_1(stripes: ImageData) -> None:
    model, _ = train(LabRecipe(filters=(1, 1), epochs=2), stripes)
    pixels = keras.ops.convert_to_numpy(model.layers[0](stripes.x_train))
    assert pixels.mean() == pytest.approx(0, abs=1e-3)
    assert pixels.std() == pytest.approx(1, abs=1e-3)
    model, _ = train(replace(TUTORIAL, filters=(1, 1), epochs=1), stripes)
    pixels = keras.ops.convert_to_numpy(model.layers[0](stripes.x_train))
    np.testing.assert_allclose(pixels, stripes.x_train / 255, rtol=1e-6)


def test_progress_prints_one_line_for_each_epoch(
    stripes: ImageData, capsys: pytest.CaptureFixture[str]
) -> None:
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten()])
    model.add(keras.layers.Dense(2, activation="softmax"))
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    x, y = stripes.x_train, stripes.y_train
    model.fit(x, y, epochs=2, validation_split=0.5, verbose=0, callbacks=[Progress()])
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("epoch 1 of 2, training ")
    assert second.startswith("epoch 2 of 2, training ")
    assert second.endswith("%")
    assert "validation" in second


# --- recorded runs ---------------------------------------------------------------------------


@pytest.fixture
def small_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Put a run of one tiny variant in the place of the course's; return Keras's cache."""
    tiny = LabRecipe(filters=(1, 1), batch_size=500, epochs=1)
    monkeypatch.setattr(runs, "experiments", lambda _: {"ladder": {"tiny": tiny, "same": tiny}})
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    return tmp_path


def test_a_run_is_recorded_and_its_results_are_reused(
    small_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert record.main(["fashion-mnist-lab", "--quick"]) == 0
    out = capsys.readouterr().out
    assert "1 trainings, 0 of them already done." in out  # `tiny` and `same` are the same
    path = small_run / "course_utils" / "fashion-mnist-lab-quick" / "fashion-mnist-lab.json"
    run = json.loads(path.read_text("utf-8"))
    assert run["command"] == "python3 -m course_utils record fashion-mnist-lab"
    assert run["seeds"] == [0]
    assert run["machine"]["keras"] == keras.__version__
    variant = run["experiments"]["ladder"]["same"]
    assert variant["weights"] == LabRecipe(filters=(1, 1)).network().totals.params
    assert variant["recipe"]["epochs"] == 2
    assert len(variant["runs"][0]["history"]["val_accuracy"]) == 2
    assert not list(small_run.rglob("part-*"))

    assert record.main(["fashion-mnist-lab", "--quick"]) == 0
    assert "1 trainings, 1 of them already done." in capsys.readouterr().out
    assert json.loads(path.read_text("utf-8")) == run


def test_a_run_on_stand_in_data_is_refused(
    small_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in FOLDER.glob("*")}
    assert record.main(["fashion-mnist-lab"]) == 1
    assert "download fashion-mnist" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in FOLDER.glob("*")} == before


def test_a_folder_that_cannot_be_written_is_one_clear_error(
    small_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (small_run / "course_utils").write_text("a file where the folder should be")
    assert record.main(["fashion-mnist-lab", "--quick"]) == 1
    assert "KERAS_HOME" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["no-such-run"], ["fashion-mnist-lab", "--jobs", "0"], []])
def test_wrong_arguments_say_what_is_right(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        record.main(arguments)
    assert "usage: python3 -m course_utils record" in capsys.readouterr().err


def test_processes_that_train_several_models_are_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Python's own way of replacing them can hang after the first one."""
    monkeypatch.setattr(LabRecipe, "per_process", 2)
    monkeypatch.setattr(record, "_train", str)
    trainings = [record._Training(LabRecipe(), n, "", tmp_path / f"{n}.json") for n in range(5)]
    record._train_all(trainings, jobs=1)
    assert capsys.readouterr().out.endswith("--- 4 of 5 done\n--- 5 of 5 done\n")


def test_a_damaged_result_is_trained_again(tmp_path: Path) -> None:
    kept = tmp_path / "result.json"
    training = record._Training(LabRecipe(), 0, "", kept)
    assert training.result() is None
    kept.write_text('{"seed": 0, "hist')
    assert training.result() is None
    kept.write_text('{"seed": 0}')
    assert training.result() == {"seed": 0}


@pytest.mark.parametrize("name", runs.names())
def test_a_recorded_run_is_what_the_command_repeats(name: str) -> None:
    run, experiments = recorded(name), runs.experiments(name)
    assert run["command"] == f"python3 -m course_utils record {name}"
    assert run["seeds"] == list(record.SEEDS)
    assert list(run["experiments"]) == list(experiments)
    for experiment, variants in experiments.items():
        assert list(run["experiments"][experiment]) == list(variants)
        for label, recipe in variants.items():
            variant = run["experiments"][experiment][label]
            assert variant["recipe"] == json.loads(json.dumps(asdict(recipe)))
            assert variant["weights"] == recipe.network().totals.params
            assert [one["seed"] for one in variant["runs"]] == run["seeds"]
            for one in variant["runs"]:
                epochs = len(one["history"]["val_accuracy"])
                patient = getattr(recipe, "patience", None) is not None  # it may stop early
                assert epochs <= recipe.epochs if patient else epochs == recipe.epochs
                tested = 20_000 * one["test_accuracy"] if "test_accuracy" in one else one["right"]
                assert tested == pytest.approx(round(tested), abs=1e-6)


def test_every_recorded_run_has_a_command() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.json")) == runs.names()


def test_a_recipe_without_a_network_says_so() -> None:
    with pytest.raises(NotImplementedError, match="which network"):
        Recipe().network()


def test_recorded_accuracies_and_table() -> None:
    one: dict[str, Any] = {"test_accuracy": 0.5, "test_accuracy_with_mirrored": 0.6}
    runs = [{**one, "history": {"val_accuracy": [0.1, last]}} for last in (0.4, 0.6)]
    first = {"weights": 1234, "recipe": {"augment": True}, "runs": runs}
    run = {"experiments": {"ladder": {"first": first}}}
    assert accuracies(run, "ladder") == {"first": [0.4, 0.6]}
    assert accuracies(run, "ladder", on="test") == {"first": [0.5, 0.5]}
    head, line = table(run, "ladder").splitlines()
    assert len(head) == len(line)
    assert line == (
        "first                          1,234     50.00 ± 14.14 %      50.00 ± 0.00 %"
        "      60.00 ± 0.00 %"
    )
    first["recipe"] = {"augment": False}  # never saw a mirrored image: no such column
    assert "mirrored" not in table(run, "ladder")
    with pytest.raises(ValueError, match="there are: ladder"):
        accuracies(run, "long")
    first["runs"] = [{"history": one["history"], "right": 3, "n": 4} for one in first["runs"]]
    assert accuracies(run, "ladder", on="in use") == {"first": [0.75, 0.75]}
    assert table(run, "ladder").splitlines()[0].split()[-3:] == ["validation", "in", "use"]
    with pytest.raises(ValueError, match="validation, test, test with mirrored, in use"):
        accuracies(run, "ladder", on="training")


def test_an_unknown_recorded_run_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="fashion-mnist-lab"):
        recorded("cifar")
