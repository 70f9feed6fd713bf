"""Typed letters: as many as you like, each a little different."""

import numpy as np
import pytest

from course_utils.data import letters
from course_utils.data.typed import LATIN


def test_letters_are_typed_the_same_again_and_each_differently():
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


def test_every_letter_of_every_alphabet_has_a_shape_of_its_own():
    alphabet = LATIN + "БГДЖЗИЛПУФЦЧШЩЪЫЬЭЮЯ"
    data = letters(alphabet, 10 * len(alphabet), len(alphabet))
    means = [data.x_train[data.y_train == c].mean(axis=0) for c in range(len(alphabet))]
    missing = letters("\uffff", 10, 1).x_train.mean(axis=0)  # drawn for "no such letter"
    assert all(np.abs(mean - missing).mean() > 5 for mean in means)
    assert len(np.unique(np.round(means), axis=0)) == len(alphabet)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [(("AA", 20, 4), "comes once"), (("ABC", 2, 3), "images is 2"), (("", 2, 3), "at least one")],
)
def test_letters_refuse(arguments, word):
    with pytest.raises(ValueError, match=word):
        letters(*arguments)
