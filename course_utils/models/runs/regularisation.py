"""Notebook 08: what helps a network that has only few images to learn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from course_utils.costs import Network, zoo
from course_utils.data.image_data import ImageData
from course_utils.models.recipe import History, LabRecipe, Report
from course_utils.models.runs import Experiments

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class RegularisedRecipe(LabRecipe):
    """The lab's CNN without batch norm, trained on few images; the defaults do not regularise.

    Attributes
    ----------
    images, standardize, batch_size, epochs, peak, warm_up, use_bias, batch_norm
        As in :class:`~course_utils.models.recipe.LabRecipe`, here with the settings of the
        recorded run: batches of 32, and Adam at a rate that falls from 0.002 to zero.
    validation : int
        Look at the first so many validation images after each epoch.
    l2 : float
        Add so many times the sum of the squared weights, biases excepted, to the loss.
    weight_decay : float
        Make each weight smaller at each step, by this share times the learning rate (AdamW;
        Loshchilov and Hutter 2019, arXiv:1711.05101).
    dropout : float
        Share of the inputs of the dense layer that is set to 0.
    patience : int, optional
        Stop when the validation loss has not fallen for so many epochs, and go back to the weights
        where it was lowest. The history ends there, too.
    augmentation : tuple of str
        Names in ``AUGMENTATIONS``: how the training images are changed each time they are shown.

    Examples
    --------
    >>> RegularisedRecipe().network().totals.params
    28938
    """

    images: int | None = 1_000
    standardize: bool = False
    batch_size: int = 32
    epochs: int = 40
    peak: float = 0.002
    warm_up: bool = False
    use_bias: bool = True
    batch_norm: bool = False
    validation: int = 1_000
    l2: float = 0.0
    weight_decay: float = 0.0
    dropout: float = 0.0
    patience: int | None = None
    augmentation: tuple[str, ...] = ()

    def network(self) -> Network:
        """Return the lab's CNN, with dropout in front of the dense layer if there is any."""
        return zoo.lab_cnn(
            self.filters,
            use_bias=self.use_bias,
            batch_norm=self.batch_norm,
            activation=self.activation,
            pooling=self.pooling,
            dropout=self.dropout,
        )

    def model(self) -> keras.Model:
        """Return the network in Keras, behind its augmentation and with its penalties."""
        import keras

        network = super().model()
        if self.l2:
            for layer in network.layers:
                if hasattr(layer, "kernel"):
                    layer.kernel.regularizer = keras.regularizers.L2(self.l2)
        changes = [AUGMENTATIONS[name]() for name in self.augmentation]
        return keras.Sequential([*changes, network])

    def fit(
        self, model: keras.Model, data: ImageData, seed: int = 0, report: Report | None = None
    ) -> History:
        """Train the compiled model, in one go; see :meth:`Recipe.fit`."""
        import keras

        history: History = {}

        def note(epoch: int, logs: dict[str, float]) -> None:
            for name, value in logs.items():
                history.setdefault(name, []).append(float(value))
            if report:
                report(epoch + 1, history)

        if self.weight_decay:
            model.optimizer.weight_decay = self.weight_decay
            model.optimizer.exclude_from_weight_decay(var_names=["bias"])
        # Patience that is longer than the training never stops it.
        stop = keras.callbacks.EarlyStopping(
            patience=self.patience or self.epochs, restore_best_weights=self.patience is not None
        )
        model.fit(
            data.x_train[: self.images],
            data.y_train[: self.images],
            batch_size=self.batch_size,
            epochs=self.epochs,
            validation_data=(data.x_val[: self.validation], data.y_val[: self.validation]),
            callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=note), stop],
            verbose=0,
        )
        epochs = stop.best_epoch + 1 if self.patience is not None else self.epochs
        return {name: values[:epochs] for name, values in history.items()}


def _layer(name: str, *arguments: Any, **options: Any) -> Callable[[], keras.Layer]:
    """Return a function that makes one of Keras's layers, for pixels from 0 to 1."""

    def make() -> keras.Layer:
        import keras

        layer: keras.Layer = getattr(keras.layers, name)(*arguments, **options)
        return layer

    return make


AUGMENTATIONS: dict[str, Callable[[], keras.Layer]] = {
    "mirrored": _layer("RandomFlip", "horizontal"),
    "upside down": _layer("RandomFlip", "vertical"),
    "shifted": _layer("RandomTranslation", 2 / 28, 2 / 28, fill_mode="constant"),
    "rotated": _layer("RandomRotation", 10 / 360, fill_mode="constant"),
    "zoomed": _layer("RandomZoom", 0.1, fill_mode="constant"),
    "contrast": _layer("RandomContrast", 0.3, value_range=(0, 1)),
    "noise": _layer("GaussianNoise", 0.1),
}
"""Keras's layers by name: 2 pixels, 10 degrees, 10%, 30%, and a standard deviation of 0.1."""

PLAIN = RegularisedRecipe()
_AUGMENTATION = ("mirrored", "shifted", "zoomed")
_SEEN = 40_000  # images, again and again: the same for all

EXPERIMENTS: Experiments = {
    # Each of these changes one thing, the last but one three.
    "remedies": {
        "nothing": PLAIN,
        "L2 penalty": replace(PLAIN, l2=0.003),
        "weight decay": replace(PLAIN, weight_decay=0.3),
        "dropout": replace(PLAIN, dropout=0.5),
        "early stopping": replace(PLAIN, patience=5),
        "batches of 8": replace(PLAIN, batch_size=8),
        "augmentation": replace(PLAIN, augmentation=_AUGMENTATION),
        "augmentation, dropout, decay": replace(
            PLAIN, augmentation=_AUGMENTATION, dropout=0.5, weight_decay=0.3
        ),
        "1,000 images more": replace(PLAIN, images=2_000, epochs=_SEEN // 2_000),
    },
    # What hinders learning by heart also slows learning down: three times the budget.
    "longer": {
        "nothing": replace(PLAIN, epochs=3 * PLAIN.epochs),
        "augmentation": replace(PLAIN, epochs=3 * PLAIN.epochs, augmentation=_AUGMENTATION),
    },
    "augmentations": {
        "nothing": PLAIN,
        **{name: replace(PLAIN, augmentation=(name,)) for name in AUGMENTATIONS},
    },
    **{
        label: {
            f"{images:,}": replace(
                PLAIN, images=images, epochs=_SEEN // images, augmentation=augmentation
            )
            for images in (500, 1_000, 2_000, 4_000)
        }
        for label, augmentation in (("as they are", ()), ("augmented", _AUGMENTATION))
    },
}
