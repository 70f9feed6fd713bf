"""Notebook 06: a deep network with and without batch normalisation, over the learning rate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from course_utils.costs import (
    BatchNormalization,
    Conv2D,
    Dense,
    GlobalAveragePooling2D,
    Layer,
    MaxPooling2D,
    Network,
    ReLU,
)
from course_utils.models.recipe import Recipe
from course_utils.models.runs import Experiments

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class StackRecipe(Recipe):
    """Eight convolutions of 3x3 one behind the other, trained by gradient descent.

    Attributes
    ----------
    batch_norm : bool
        Normalise behind each convolution, which then has no bias.
    initializer : {"glorot_uniform", "he_uniform"}
        How widely the first kernels are spread: Keras's default, or sqrt(2) times as wide for
        equally many channels in and out, since a ReLU sets half of the values to 0 (He et al. 2015,
        arXiv:1502.01852). For the other attributes see :class:`Recipe`.

    Examples
    --------
    >>> StackRecipe().network().totals.params
    40410
    """

    images: int | None = 5_000
    batch_size: int = 32
    epochs: int = 4
    optimizer: Literal["adam", "sgd"] = "sgd"
    peak: float = 0.1
    warm_up: bool = False
    batch_norm: bool = True
    initializer: Literal["glorot_uniform", "he_uniform"] = "glorot_uniform"

    def network(self) -> Network:
        """Return the stack: two blocks of four convolutions, the first of which steps by 2."""
        layers: list[Layer] = []
        for block, filters in ((1, 16), (2, 32)):
            if block > 1:
                layers.append(MaxPooling2D(2, name="pool"))
            for number in range(1, 5):
                name = f"{block}_{number}"
                first = name == "1_1"
                layers.append(
                    Conv2D(
                        filters,
                        3,
                        strides=2 if first else 1,
                        padding="same",
                        use_bias=not self.batch_norm,
                        name=f"conv{name}",
                    )
                )
                if self.batch_norm:
                    layers.append(BatchNormalization(name=f"bn{name}"))
                layers.append(ReLU(name=f"relu{name}"))
        layers += [GlobalAveragePooling2D(name="avg_pool"), Dense(10, name="fc")]
        return Network("Stack of eight convolutions", (28, 28, 1), layers)

    def model(self) -> keras.Model:
        """Return the network in Keras; its kernels are drawn as ``initializer`` says."""
        import keras

        model = super().model()
        model.supports_jit = False  # XLA would compile for longer than the training takes
        for layer in model.layers:
            if isinstance(layer, keras.layers.Conv2D):
                kernel = layer.kernel
                draw = keras.initializers.get(self.initializer)
                kernel.assign(draw(kernel.shape, kernel.dtype))
        return model


RATES = (0.003, 0.01, 0.03, 0.1, 0.3)
KINDS: dict[str, StackRecipe] = {
    "batch norm": StackRecipe(),
    "none": StackRecipe(batch_norm=False),
    "none, He's first weights": StackRecipe(batch_norm=False, initializer="he_uniform"),
}

# The other way round than usual: an experiment for each network, a variant for each rate.
EXPERIMENTS: Experiments = {
    kind: {f"{rate:g}": replace(recipe, peak=rate) for rate in RATES}
    for kind, recipe in KINDS.items()
}
