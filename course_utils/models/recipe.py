"""A recipe: a network and how it is trained, written down as data."""

from dataclasses import dataclass
from typing import Literal

from course_utils.costs import Network, zoo


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

    def network(self) -> Network:
        """Return the network, for the calculator or for Keras."""
        raise NotImplementedError(f"{type(self).__name__} does not say which network to train")


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
