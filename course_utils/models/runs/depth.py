"""Notebook 07: plain and residual networks of growing depth, trained alike."""

from dataclasses import dataclass
from typing import Literal

from course_utils.costs import AveragePooling2D, Network, zoo
from course_utils.models.recipe import Recipe
from course_utils.models.runs import Experiments


@dataclass(frozen=True)
class DepthRecipe(Recipe):
    """A narrow plain or residual network on images of half size, so that depth is affordable.

    Attributes
    ----------
    images, batch_size, epochs, optimizer, peak
        As in :class:`~course_utils.models.recipe.Recipe`, here with the settings of the
        recorded run.
    kind : {"plain", "residual"}
    depth : int
        Layers with weights, as :func:`course_utils.costs.zoo.residual` takes it.
    filters : int
        Filters of the first stage.

    Examples
    --------
    >>> plain, residual = (DepthRecipe(kind=kind) for kind in ("plain", "residual"))
    >>> plain.network().totals.params == residual.network().totals.params
    True
    """

    images: int | None = 5_000
    batch_size: int = 128
    epochs: int = 10
    optimizer: Literal["adam", "sgd"] = "sgd"
    peak: float = 0.1
    kind: Literal["plain", "residual"] = "plain"
    depth: int = 20
    filters: int = 8

    def network(self) -> Network:
        """Return the network behind a pooling that halves the images."""
        build = zoo.plain if self.kind == "plain" else zoo.residual
        net = build(self.depth, filters=self.filters, input_shape=(14, 14, 1))
        return Network(net.name, (28, 28, 1), [AveragePooling2D(name="half"), *net.layers])


_DEPTHS = (8, 20, 44)

EXPERIMENTS: Experiments = {
    "plain": {f"{depth} layers": DepthRecipe(depth=depth) for depth in _DEPTHS},
    "residual": {f"{depth} layers": DepthRecipe(kind="residual", depth=depth) for depth in _DEPTHS},
}
