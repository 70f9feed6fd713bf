"""A recipe: a network and how it is trained, written down as data."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from course_utils.costs import Network, zoo
from course_utils.data.image_data import ImageData

if TYPE_CHECKING:
    import keras

History = dict[str, list[float]]
Report = Callable[[int, History], None]


@dataclass(frozen=True)
class Recipe:
    """How a network is trained; a subclass adds which network.

    Attributes
    ----------
    images : int, optional
        Train on the first so many images only.
    standardize : bool
        Bring the pixels to mean 0 and standard deviation 1; otherwise only divide them by 255.
    augment : bool
        Show each image mirrored half of the time, and shifted by up to one pixel.
    batch_size, epochs : int
    optimizer : {"adam", "sgd"}
        Adam, or gradient descent with a momentum of 0.9.
    peak : float
        The learning rate, or the highest one if it changes.
    warm_up : bool
        Let the rate rise in a straight line during the first epoch.
    cosine : bool
        Let the rate fall to zero along a cosine; otherwise it stays.
    """

    images: int | None = None
    standardize: bool = True
    augment: bool = False
    batch_size: int = 128
    epochs: int = 5
    optimizer: Literal["adam", "sgd"] = "adam"
    peak: float = 0.004
    warm_up: bool = True
    cosine: bool = True

    how_to_get_data: ClassVar[str] = "Run: python3 -m course_utils download fashion-mnist"
    per_process: ClassVar[int] = 1  # more where starting Keras takes longer than a training

    def data(self) -> Any:
        """Return the images to train on, or their stand-in."""
        from course_utils.data.fashion import fashion_mnist

        return fashion_mnist()

    def network(self) -> Network:
        """Return the network, for the calculator or for Keras."""
        raise NotImplementedError(f"{type(self).__name__} does not say which network to train")

    def model(self) -> keras.Model:
        """Return the network in Keras, with the weights that training starts from."""
        from course_utils.costs import to_keras  # brings Keras: only now

        return to_keras(self.network())

    def fit(
        self, model: keras.Model, data: ImageData, seed: int = 0, report: Report | None = None
    ) -> History:
        """Train the compiled model; parameters and result as in `course_utils.models.train`."""
        from course_utils.models.training import flip_and_shift  # brings Keras, too

        rng = np.random.default_rng(seed)
        x, y = data.x_train[: self.images], data.y_train[: self.images]
        shown = (flip_and_shift(x, rng) if self.augment else x for _ in range(self.epochs))
        return self._fit(model, ((images, y) for images in shown), data, report)

    def _fit(
        self,
        model: keras.Model,
        epochs: Iterable[tuple[np.ndarray, np.ndarray]],
        data: ImageData,
        report: Report | None,
        **settings: Any,
    ) -> History:
        """Train on the images and class numbers of each epoch in turn."""
        history: History = {}
        for epoch, (x, y) in enumerate(epochs, start=1):
            now = model.fit(
                x,
                y,
                batch_size=self.batch_size,
                validation_data=(data.x_val, data.y_val),
                verbose=0,
                **settings,
            ).history
            for name, values in now.items():
                history.setdefault(name, []).extend(float(value) for value in values)
            if report:
                report(epoch, history)
        return history

    def run(self, data: Any, seed: int, report: Report | None = None) -> dict[str, Any]:
        """Train as the recipe says, look at the test images once, and return what is recorded.

        Parameters and ``"history"`` are as in `course_utils.models.train`.
        """
        from course_utils.models.training import accuracy, mirrored, train

        model, history = train(self, data, seed, report)
        logits = model.predict(data.x_test, batch_size=500, verbose=0)
        both = logits + model.predict(mirrored(data.x_test), batch_size=500, verbose=0)
        return {
            "history": history,
            "test_accuracy": accuracy(logits, data.y_test),
            "test_accuracy_with_mirrored": accuracy(both, data.y_test),
        }


@dataclass(frozen=True)
class LabRecipe(Recipe):
    """The lab's CNN and how it is trained; the defaults are the lab's run "done well".

    Attributes
    ----------
    filters, use_bias, batch_norm, activation, pooling
        The network, as :func:`course_utils.costs.zoo.lab_cnn` takes them. For the other
        attributes see :class:`Recipe`.

    Examples
    --------
    >>> LabRecipe(filters=(24, 48)).network().totals.params
    53218
    """

    filters: tuple[int, int] = (16, 32)
    use_bias: bool = False
    batch_norm: bool = True
    activation: str | None = "relu"
    pooling: str | None = "max"

    def network(self) -> Network:
        """Return the lab's CNN."""
        return zoo.lab_cnn(
            self.filters,
            use_bias=self.use_bias,
            batch_norm=self.batch_norm,
            activation=self.activation,
            pooling=self.pooling,
        )
