"""Notebook 05: the slimmed AlexNet and VGG against the lab's CNN, also with as much work."""

from dataclasses import dataclass, replace

from course_utils.costs import Network, zoo
from course_utils.models.recipe import LabRecipe, Recipe
from course_utils.models.runs import Experiments


@dataclass(frozen=True)
class SlimRecipe(Recipe):
    """A slimmed network and how it is trained.

    Attributes
    ----------
    slimmed : str
        Its name in :mod:`course_utils.costs.zoo`.

    Examples
    --------
    >>> SlimRecipe(slimmed="vgg_slim").network().totals.macs
    9360128
    """

    slimmed: str = "alexnet_slim"

    def network(self) -> Network:
        """Return the network."""
        build = {"alexnet_slim": zoo.alexnet_slim, "vgg_slim": zoo.vgg_slim}[self.slimmed]
        return build()


# Without batch normalisation, half of the lab's rate.
_SLIM = SlimRecipe(images=10_000, epochs=6, batch_size=64, peak=0.002)
_LAB = LabRecipe(images=10_000, epochs=6, batch_size=64)

EXPERIMENTS: Experiments = {
    "architectures": {
        "lab CNN, 16 and 32 filters": _LAB,
        "lab CNN, 30 and 60 filters": replace(_LAB, filters=(30, 60)),
        "AlexNet, slimmed": _SLIM,
        "VGG, slimmed": replace(_SLIM, slimmed="vgg_slim"),
    },
}
