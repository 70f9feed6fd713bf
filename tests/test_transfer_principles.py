"""Notebook 09: typed letters, its network and tasks, curves over layers, its recorded run."""

from dataclasses import replace
from statistics import mean

import numpy as np
import pytest

from course_utils.data import letters
from course_utils.data.typed import CYRILLIC, LATIN
from course_utils.models.records import accuracies, recorded
from course_utils.models.runs.transfer_principles import (
    EXPERIMENTS,
    STEPS,
    TransferRecipe,
    take_over,
)
from course_utils.models.tasks import CLOTHES, LAYERS, LETTERS, OTHERS, only_classes, small_net
from course_utils.plots import layer_curves


def test_letters_are_typed_the_same_again_and_each_differently() -> None:
    one, again = letters("АБВ", 30, 6, seed=3), letters("АБВ", 30, 6, seed=3)
    assert (one.x_train == again.x_train).all()
    assert one.x_train.shape == (30, 28, 28, 1)
    assert one.x_train.dtype == np.uint8
    assert one.class_names == ("А", "Б", "В")
    assert not one.is_stand_in
    for part in (one.y_train, one.y_val, one.y_test):
        assert len(set(np.bincount(part, minlength=3))) == 1
    everything = np.concatenate([one.x_train, one.x_val, one.x_test])
    assert len(np.unique(everything, axis=0)) == len(everything)
    assert (everything.max(axis=(1, 2, 3)) > 128).all()  # ink on each
    assert everything[:, 13:15].mean() > everything[:, :2].mean()  # and in the middle


def test_every_letter_of_every_alphabet_has_a_shape_of_its_own() -> None:
    alphabet = LATIN + CYRILLIC
    data = letters(alphabet, 10 * len(alphabet), len(alphabet))
    means = [data.x_train[data.y_train == c].mean(axis=0) for c in range(len(alphabet))]
    missing = letters("\uffff", 10, 1).x_train.mean(axis=0)  # drawn for "no such letter"
    assert all(np.abs(mean - missing).mean() > 5 for mean in means)
    assert len(np.unique(np.round(means), axis=0)) == len(alphabet)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [(("AA", 20, 4), "comes once"), (("ABC", 2, 3), "images is 2"), (("", 2, 3), "at least one")],
)
def test_letters_refuse(arguments: tuple[str, int, int], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        letters(*arguments)


def test_layer_curves_say_what_they_show() -> None:
    svm = {"conv1": (0.5, 0.01), "conv2": (0.7, 0.02), "fc1": (0.6, 0.03)}
    panels = {"ours": {"SVM": svm, "softmax": {"fc1": (0.65, 0.01)}}, "theirs": {"SVM": svm}}
    fig = layer_curves(panels, "layer", "accuracy", "Which layer?", {"ours": {"guess": 0.1}})
    said = fig.get_label()
    assert "ours, SVM: conv1 50.0, conv2 70.0, fc1 60.0" in said
    assert "ours, softmax: fc1 65.0" in said
    assert "ours, guess 10.0" in said
    ours, theirs = fig.axes
    assert [tick.get_text() for tick in ours.get_xticklabels()] == ["conv1", "conv2", "fc1"]
    means = {c.get_label(): c.lines[0].get_data() for c in ours.containers}
    assert np.allclose(means["SVM"][1], [50, 70, 60])
    assert np.allclose(means["softmax"][0], 2, atol=0.1)
    assert theirs.get_ylabel() == ""
    assert len(layer_curves({key: {"SVM": svm} for key in "abcd"}, "x", "y", "t").axes) == 4


def test_layer_curves_refuse() -> None:
    with pytest.raises(ValueError, match="at least one curve"):
        layer_curves({"a": {}}, "x", "y", "t")
    with pytest.raises(ValueError, match="not conv1"):
        layer_curves({"": {"a": {"conv1": (0, 0)}, "b": {"fc1": (0, 0)}}}, "x", "y", "t")


def test_source_and_target_have_no_class_in_common() -> None:
    assert not set(LETTERS) & set(LATIN)
    assert sorted(CLOTHES + OTHERS) == list(range(10))
    data = only_classes(letters("ABCD", 40, 4), (1, 3))
    assert data.class_names == ("B", "D")
    assert len(data.x_train) == len(data.y_train) == 20
    assert set(data.y_train) == set(data.y_val) == {0, 1}


def test_the_small_net_has_the_layers_in_their_order() -> None:
    rows = [row.name for row in small_net(10).rows if row.params]
    assert rows == list(LAYERS)


# --- the recorded run ------------------------------------------------------------------------

SMALL = TransferRecipe(source=None, per_class=5, steps=3)


def test_all_but_the_head_is_taken_over() -> None:
    from course_utils.costs import to_keras

    trained, net = to_keras(small_net(26)), to_keras(small_net(10))
    head = net.get_layer("head").get_weights()
    take_over(net, trained)
    for name in LAYERS[:-1]:
        for ours, theirs in zip(
            net.get_layer(name).get_weights(), trained.get_layer(name).get_weights(), strict=True
        ):
            assert (ours == theirs).all()
    kept = net.get_layer("head").get_weights()
    assert all((a == b).all() for a, b in zip(head, kept, strict=True))


def test_frozen_layers_stay_as_they_were_and_a_run_repeats_itself() -> None:
    import keras

    from course_utils.models import train

    recipe = replace(SMALL, trained_from="conv3")
    keras.utils.set_random_seed(0)
    before = recipe.model()
    model, history = train(recipe, recipe.data(), seed=0)
    moved = [
        name
        for name in LAYERS
        if (
            before.get_layer(name).get_weights()[0]
            != model.layers[-1].get_layer(name).get_weights()[0]
        ).any()
    ]
    assert moved == ["conv3", "fc1", "head"]
    assert train(recipe, recipe.data(), seed=0)[1] == history
    assert train(recipe, recipe.data(), seed=1)[1] != history


def test_the_settings_differ_only_in_what_is_tested() -> None:
    for source in ("letters", "clothes"):
        for n, steps in STEPS.items():
            variants = EXPERIMENTS[f"{source}, {n:,}"]
            base = TransferRecipe(source=source, per_class=n, steps=steps)
            assert all(recipe.trained_from == name for name, recipe in variants.items())
            assert {replace(recipe, trained_from="conv1") for recipe in variants.values()} == {base}
            bold = EXPERIMENTS[f"{source}, bold"][f"{n:,}"]
            assert replace(EXPERIMENTS["random"][f"{n:,}"], source=source) == bold


def _mean(experiment: str, label: str) -> float:
    return mean(accuracies(recorded("transfer-principles"), experiment)[label])


def test_recorded_every_variant_has_every_seed() -> None:
    run = recorded("transfer-principles")
    assert run["experiments"].keys() == EXPERIMENTS.keys()
    for name, variants in EXPERIMENTS.items():
        found = accuracies(run, name)
        assert found.keys() == variants.keys()
        assert all(len(values) == len(run["seeds"]) == 3 for values in found.values())


def test_recorded_what_the_notebook_says() -> None:
    for n in ("10", "100", "1,000"):
        for layer in ("head", "conv1"):
            assert _mean(f"letters, {n}", layer) > _mean(f"clothes, {n}", layer) + 0.02
    random = _mean("random", "1,000")
    assert _mean("letters, bold", "1,000") > random + 0.02
    assert _mean("clothes, bold", "1,000") < random + 0.01
    assert max(_mean(f"{s}, 1,000", "conv1") for s in ("letters", "clothes")) < random
    for n in ("100", "1,000"):
        assert _mean("letters, bold", n) > _mean(f"letters, {n}", "head") + 0.07
    rates = [_mean("head's rate", rate) for rate in ("0.001", "0.01", "0.1")]
    assert rates[0] < min(rates[1:]) - 0.07
