"""Notebook 10: MobileNetV2 on a few hundred photographs, set free step by step; what goes wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from course_utils.costs import Network, zoo
from course_utils.data.folder import Photographs
from course_utils.models.recipe import History, Recipe, Report
from course_utils.models.runs import Experiments

if TYPE_CHECKING:
    import keras

Kind = Literal["-1 to 1", "own"]


@dataclass(frozen=True)
class FineTuning(Recipe):
    """A new head on MobileNetV2 0.35, then the layers from one on set free; Adam.

    Attributes
    ----------
    augment, batch_size
        As in :class:`~course_utils.models.recipe.Recipe`; images are mirrored, turned by up to 18
        degrees and enlarged by up to 10 %, while layers are free.
    epochs : int
        In all.
    head_epochs : int
        So many of them are for the head alone, at a rate of 0.001, on features that are computed
        once.
    image_size : int
        Height and width in pixels.
    pretrained : bool
        On ImageNet; otherwise the backbone's first weights are random.
    free_from : str, optional
        The first layer that learns afterwards, or how its name begins; None: the head alone.
    peak : float
        The rate at which everything learns afterwards.
    rates : tuple of (str, float)
        If there are any, a rate from each of these layers on, instead of one for all.
    batch_norm : {"frozen", "learning"}
        Whether statistics and weights of batch normalisation stay as they were on ImageNet.
    trained_on, used_on : {"-1 to 1", "own"}
        What is done to the pixels in training, and when the validation images are classified in
        the end: what the network wants, or nothing.

    Examples
    --------
    >>> FineTuning().network().totals.params
    412770
    """

    standardize: bool = False
    batch_size: int = 32
    epochs: int = 20
    peak: float = 1e-4
    warm_up: bool = False
    cosine: bool = False
    head_epochs: int = 20
    image_size: int = 160
    pretrained: bool = True
    free_from: str | None = None
    rates: tuple[tuple[str, float], ...] = ()
    batch_norm: Literal["frozen", "learning"] = "frozen"
    trained_on: Kind = "-1 to 1"
    used_on: Kind = "-1 to 1"

    per_process: ClassVar[int] = 3
    how_to_get_data: ClassVar[str] = (
        "Set COURSE_PHOTOGRAPHS to a folder with train/class/*.jpg and val/class/*.jpg"
    )

    def data(self) -> Photographs:
        """Return the photographs that ``COURSE_PHOTOGRAPHS`` says."""
        from course_utils.data.folder import photographs

        return photographs()

    def network(self) -> Network:
        """Return the network with a head for two classes, for the calculator."""
        return zoo.mobilenet_v2(0.35, classes=2)

    def backbone(self) -> keras.Model:
        """Return the backbone with its first weights."""
        import keras

        from course_utils.models.backbones import backbone

        shape = (self.image_size, self.image_size, 3)
        if self.pretrained:
            found = backbone("mobilenet-v2", shape)
            if found.is_stand_in:
                raise FileNotFoundError(f"a pretrained network is needed, and {found.note}")
            return found.model
        return keras.applications.MobileNetV2(
            weights=None, include_top=False, input_shape=shape, alpha=0.35
        )

    def run(self, data: Photographs, seed: int, report: Report | None = None) -> dict[str, Any]:
        """Train as the recipe says; return what is recorded.

        Nothing is chosen by the validation images: the number of epochs is fixed, and the weights
        are those of the last one.

        Parameters
        ----------
        data : Photographs
        seed : int
            Of the head's first weights, of the order of the images and of their augmentation.
        report : callable, optional
            Called after each epoch with its number, from 1, and the history so far.

        Returns
        -------
        dict
            ``"history"``; ``"right"``: how many of the validation photographs are classified
            correctly in the end, with ``used_on``; ``"n"``: of how many; ``"moved"``: by what
            share of itself a moving mean or variance of batch normalisation has changed (the
            median of all).
        """
        import keras
        import numpy as np

        from course_utils.models.features import extract_features, feature_model
        from course_utils.models.transfer import layer_rates, transfer_model, unfreeze

        keras.utils.set_random_seed(seed)
        base = self.backbone()
        classes, size = len(data.class_names), self.image_size
        change = _augmentation(seed) if self.augment else None
        model = transfer_model(base, classes, augmentation=change, kind=self.trained_on, seed=seed)
        head = model.get_layer("head")
        history: History = {}

        def fit(model: keras.Model, optimizer: Any, epochs: int, parts: Any) -> None:
            def note(epoch: int, logs: dict[str, float]) -> None:
                for name, value in logs.items():
                    history.setdefault(name, []).append(float(value))
                if report:
                    report(len(history["loss"]), history)

            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            # XLA would compile for longer than the training takes.
            model.compile(optimizer, loss, metrics=["accuracy"], jit_compile=False)
            model.fit(
                *parts["train"],
                batch_size=self.batch_size,
                epochs=epochs,
                validation_data=parts["val"],
                callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=note)],
                verbose=0,
            )

        if self.head_epochs:
            to_features = feature_model(base, self.trained_on)
            found = {part: extract_features(to_features, data, part) for part in ("train", "val")}
            alone = keras.Sequential(
                [keras.Input((head.kernel.shape[0],)), model.get_layer("dropout"), head]
            )
            features = {part: (one.x, one.y) for part, one in found.items()}
            fit(alone, keras.optimizers.Adam(0.001), self.head_epochs, features)
        pixels = {part: data.arrays(part, size) for part in ("train", "val")}
        before = _statistics(base)
        if self.free_from is not None:
            free = unfreeze(base, self.free_from)
            if self.batch_norm == "learning":
                names = [layer.name for layer in base.layers]
                for layer in base.layers[names.index(free[0]) :]:
                    layer.trainable = True
            adam = keras.optimizers.Adam
            optimizer = layer_rates(model, dict(self.rates)) if self.rates else adam(self.peak)
            fit(model, optimizer, self.epochs - self.head_epochs, pixels)
        y = pixels["val"][1]
        share = history["val_accuracy"][-1]
        if self.used_on != self.trained_on:
            used = transfer_model(base, classes, kind=self.used_on)
            used.get_layer("head").set_weights(head.get_weights())
            answers = np.asarray(used.predict(pixels["val"][0], verbose=0)).argmax(axis=1)
            share = np.mean(answers == y)
        moved = np.abs(_statistics(base) - before) / np.maximum(np.abs(before), 1e-3)
        return {
            "history": history,
            "right": round(float(share) * len(y)),
            "n": len(y),
            "moved": float(np.median(moved)),
        }


def _augmentation(seed: int) -> keras.Layer:
    import keras

    return keras.Sequential(
        [
            keras.layers.RandomFlip("horizontal", seed=seed),
            keras.layers.RandomRotation(0.05, seed=seed),
            keras.layers.RandomZoom((-0.1, 0), seed=seed),
        ],
        name="augmentation",
    )


def _statistics(base: keras.Model) -> Any:
    """Return all moving means and variances in a row."""
    import keras
    import numpy as np

    layers = [one for one in base.layers if isinstance(one, keras.layers.BatchNormalization)]
    numbers = [
        keras.ops.convert_to_numpy(values).ravel()
        for one in layers
        for values in (one.moving_mean, one.moving_variance)
    ]
    return np.concatenate(numbers)


HEAD = FineTuning()
_AFTER = replace(HEAD, epochs=24)  # four more, with layers free
_ALL = replace(_AFTER, free_from="Conv1")
_RATES = (("Conv1", 1e-5), ("block_6", 3e-5), ("block_13", 1e-4), ("head", 1e-3))

EXPERIMENTS: Experiments = {
    # Each step goes further back.
    "steps": {
        "random backbone, head alone": replace(HEAD, pretrained=False),
        "head alone": HEAD,
        "then the top at 0.0001": replace(_AFTER, free_from="block_13"),
        "then all at 0.0001": _ALL,
    },
    # Each is the second or the last step with one thing wrong.
    "mistakes": {
        "pixels never scaled": replace(HEAD, trained_on="own", used_on="own"),
        "pixels not scaled in use": replace(HEAD, used_on="own"),
        "all at 0.001": replace(_ALL, peak=1e-3),
        "0.001, batch norm learns": replace(_ALL, peak=1e-3, batch_norm="learning"),
        "batch norm learns": replace(_ALL, batch_norm="learning"),
        "head not trained first": replace(_ALL, head_epochs=0, epochs=4),
    },
    # Each is the last step with something better.
    "refinements": {
        "rates 0.00001 to 0.001": replace(_ALL, rates=_RATES),
        "augmented": replace(_ALL, augment=True),
    },
}
