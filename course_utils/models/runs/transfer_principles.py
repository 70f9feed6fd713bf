"""Notebook 09: what to take over from a network, and how far back to train it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from course_utils.costs import Network
from course_utils.data.image_data import ImageData
from course_utils.data.typed import LATIN, letters
from course_utils.models.recipe import History, Recipe, Report
from course_utils.models.runs import Experiments
from course_utils.models.tasks import CLOTHES, LAYERS, LETTERS, OTHERS, only_classes, small_net

if TYPE_CHECKING:
    import keras

Kind = Literal["letters", "clothes"]


@cache
def some_letters() -> ImageData:
    """Return the letters of T, 1,000 images of each for training."""
    return letters(LETTERS, images=1_000 * len(LETTERS), seed=1)


@cache
def _some_clothes(classes: tuple[int, ...]) -> ImageData:
    from course_utils.data.fashion import fashion_mnist

    return only_classes(fashion_mnist(), classes)


@dataclass(frozen=True)
class SourceRecipe(Recipe):
    """How h_S is trained, from random weights, where there are plenty of images.

    Attributes
    ----------
    source : {"letters", "clothes"}
        What S holds: typed Latin capitals, or six classes of Fashion-MNIST. For the other
        attributes see :class:`~course_utils.models.recipe.Recipe`.
    """

    images: int | None = 6_000
    standardize: bool = False
    batch_size: int = 32
    epochs: int = 3
    optimizer: Literal["adam", "sgd"] = "sgd"
    peak: float = 0.02
    warm_up: bool = False
    source: Kind = "letters"

    def data(self) -> ImageData:
        """Return S."""
        return letters(LATIN, images=6_000) if self.source == "letters" else _some_clothes(OTHERS)

    def network(self) -> Network:
        """Return the network, with an output for each class of S."""
        return small_net(len(LATIN if self.source == "letters" else OTHERS))

    def model(self) -> keras.Model:
        """Return the network in Keras."""
        return _without_xla(super().model())


@dataclass(frozen=True)
class TransferRecipe(Recipe):
    """How h_T is trained, from what h_S has learned, where there are few images.

    Attributes
    ----------
    source : {"letters", "clothes"}, optional
        What h_S was trained on; None: nothing, the first weights are random.
    target : {"letters", "clothes"}
        What T holds: ten Russian capitals, or four classes of Fashion-MNIST.
    per_class : int
        Images of each class of T, drawn by the seed.
    trained_from : str
        The first layer that learns, one of ``LAYERS``; those below it stay as they are.
    new_rate, old_rate : float
        The learning rates of the new head and of the layers that were taken over. Both fall to
        zero along a cosine.
    steps : int
        Batches in all.
    epochs : int
        How often T's validation images are looked at on the way.

    Examples
    --------
    >>> TransferRecipe().network().totals.params
    33194
    """

    standardize: bool = False
    batch_size: int = 32
    epochs: int = 2
    source: Kind | None = "letters"
    target: Kind = "letters"
    per_class: int = 100
    trained_from: str = "conv1"
    new_rate: float = 0.01
    old_rate: float = 0.001
    steps: int = 200

    per_process: ClassVar[int] = 200

    def data(self) -> ImageData:
        """Return T."""
        return some_letters() if self.target == "letters" else _some_clothes(CLOTHES)

    def network(self) -> Network:
        """Return the network, with an output for each class of T."""
        return small_net(len(LETTERS if self.target == "letters" else CLOTHES))

    def model(self) -> keras.Model:
        """Return the network in Keras, its weights random."""
        return _without_xla(super().model())

    def fit(
        self, model: keras.Model, data: ImageData, seed: int = 0, report: Report | None = None
    ) -> History:
        """Take weights over, freeze, compile with two rates, and train; see `Recipe.fit`."""
        net = model.layers[-1]
        if self.source:
            take_over(net, pretrained(self.source, seed))
        self._compile(model, net)
        rng = np.random.default_rng(seed)
        drawn = [
            rng.permutation(np.flatnonzero(data.y_train == label))[: self.per_class]
            for label in range(len(data.class_names))
        ]
        chosen = np.concatenate(drawn)
        shown = self.steps * self.batch_size
        rounds = [rng.permutation(chosen) for _ in range(math.ceil(shown / len(chosen)))]
        parts = np.array_split(np.concatenate(rounds)[:shown], self.epochs)
        epochs = ((data.x_train[part], data.y_train[part]) for part in parts)  # shuffled already
        return self._fit(model, epochs, data, report, shuffle=False, validation_batch_size=500)

    def _compile(self, model: keras.Model, net: keras.Model) -> None:
        import keras

        from course_utils.models.transfer import layer_rates

        for name in LAYERS[: LAYERS.index(self.trained_from)]:
            net.get_layer(name).trainable = False
        rates = {self.trained_from: self.old_rate, "head": self.new_rate}
        falling = {
            name: keras.optimizers.schedules.CosineDecay(rate, self.steps)
            for name, rate in rates.items()
        }
        model.compile(
            layer_rates(model, falling, lambda rate: keras.optimizers.SGD(rate, momentum=0.9)),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=["accuracy"],
        )


@cache
def pretrained(source: Kind, seed: int) -> keras.Model:
    """Return h_S. It is trained once in each process."""
    from course_utils.models.training import train

    recipe = SourceRecipe(source=source)
    model, _ = train(recipe, recipe.data(), seed)
    return model.layers[-1]


def take_over(net: keras.Model, trained: keras.Model) -> None:
    """Give a network the weights of a trained one, all but those of the head."""
    for name in LAYERS[:-1]:
        net.get_layer(name).set_weights(trained.get_layer(name).get_weights())


def _without_xla(model: keras.Model) -> keras.Model:
    model.supports_jit = False  # it would compile for longer than the training takes
    return model


STEPS = {10: 100, 100: 200, 1_000: 500}
"""Batches by the number of images of each class."""

_SCRATCH = TransferRecipe(source=None, old_rate=TransferRecipe.new_rate)  # all layers are new


def _sizes(recipe: TransferRecipe) -> dict[int, TransferRecipe]:
    return {n: replace(recipe, per_class=n, steps=steps) for n, steps in STEPS.items()}


def _from_each(recipe: TransferRecipe) -> dict[str, Recipe]:
    names = ("head", "conv1") if recipe.per_class == 100 else ("head", "conv3", "conv1")
    return {name: replace(recipe, trained_from=name) for name in names}


EXPERIMENTS: Experiments = {
    # The same network on clothes: clothes are alike now, letters different.
    "to clothes": {
        "random": replace(_SCRATCH, target="clothes", per_class=10, steps=STEPS[10]),
        **{
            source: TransferRecipe(source=source, target="clothes", per_class=10, steps=STEPS[10])
            for source in ("letters", "clothes")
        },
    },
    # S alike, S different: how far back, by the images of each class.
    **{
        f"{source}, {n:,}": _from_each(recipe)
        for source in ("letters", "clothes")
        for n, recipe in _sizes(TransferRecipe(source=source)).items()
    },
    "random": {f"{n:,}": recipe for n, recipe in _sizes(_SCRATCH).items()},
    "random, frozen": {
        "10": replace(_SCRATCH, per_class=10, steps=STEPS[10], trained_from="head", new_rate=0.1)
    },
    # Everything trained, the old layers as boldly as the new one.
    **{
        f"{source}, bold": {
            f"{n:,}": replace(recipe, old_rate=recipe.new_rate)
            for n, recipe in _sizes(TransferRecipe(source=source)).items()
        }
        for source in ("letters", "clothes")
    },
    "head's rate": {f"{rate:g}": TransferRecipe(new_rate=rate) for rate in (0.001, 0.01, 0.1)},
}
