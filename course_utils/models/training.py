"""Training as a recipe says."""

import math
from typing import Any

import keras
import numpy as np

from course_utils.data.image_data import ImageData
from course_utils.models.recipe import History, Recipe, Report

_OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "sgd": lambda rate: keras.optimizers.SGD(rate, momentum=0.9),
}


def learning_rate(recipe: Recipe, images: int) -> Any:
    """Return what an optimizer takes as its learning rate: a number, or one of Keras's schedules.

    Parameters
    ----------
    recipe : Recipe
    images : int
        Number of training images, from which the number of steps follows.

    Returns
    -------
    float or keras.optimizers.schedules.LearningRateSchedule

    Raises
    ------
    ValueError
        If the recipe warms up but has no second epoch, or no cosine, to come down again.

    Examples
    --------
    >>> rate = learning_rate(Recipe(batch_size=100, epochs=3), images=1000)
    >>> [round(float(rate(step)), 4) for step in (0, 5, 10, 20, 30)]
    [0.0, 0.002, 0.004, 0.002, 0.0]
    """
    epoch = math.ceil(images / recipe.batch_size)
    if recipe.warm_up and not (recipe.cosine and recipe.epochs > 1):
        raise ValueError(
            "warm_up=True fills the first epoch, and the rate falls after it: it needs "
            f"cosine=True and 2 epochs or more, and this recipe has {recipe.epochs}"
        )
    if not recipe.cosine:
        return recipe.peak
    if not recipe.warm_up:
        return keras.optimizers.schedules.CosineDecay(recipe.peak, recipe.epochs * epoch)
    return keras.optimizers.schedules.CosineDecay(
        0.0, (recipe.epochs - 1) * epoch, warmup_target=recipe.peak, warmup_steps=epoch
    )


def flip_and_shift(images: np.ndarray, rng: np.random.Generator, pixels: int = 1) -> np.ndarray:
    """Mirror each image left to right half of the time, and shift it by up to some pixels.

    Parameters
    ----------
    images : numpy.ndarray
        Shape (n, height, width, channels).
    rng : numpy.random.Generator
    pixels : int, default 1
        Longest shift, up or down and left or right; what comes in at the border is 0.

    Returns
    -------
    numpy.ndarray
        New images of the same shape and dtype.

    Examples
    --------
    >>> image = np.arange(9, dtype=np.uint8).reshape(1, 3, 3, 1)
    >>> flip_and_shift(image, np.random.default_rng(1), pixels=0)[0, :, :, 0]
    array([[0, 1, 2],
           [3, 4, 5],
           [6, 7, 8]], dtype=uint8)
    """
    n, height, width, _ = images.shape
    padded = np.pad(images, ((0, 0), (pixels, pixels), (pixels, pixels), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(1, 2))
    down, right = rng.integers(0, 2 * pixels + 1, (2, n))
    shifted = np.moveaxis(windows[np.arange(n), down, right], 1, -1)  # channels last again
    return np.where(rng.random((n, 1, 1, 1)) < 0.5, mirrored(shifted), shifted)


def mirrored(images: np.ndarray) -> np.ndarray:
    """Return images of shape (n, height, width, channels) with left and right exchanged."""
    return images[:, :, ::-1]


def train(
    recipe: Recipe,
    data: ImageData,
    seed: int = 0,
    report: Report | None = None,
) -> tuple[keras.Model, History]:
    """Train a network as a recipe says, on the training images of a data set.

    Parameters
    ----------
    recipe : Recipe
    data : ImageData
    seed : int, default 0
        Of the first weights, of the order of the images and of their augmentation.
    report : callable, optional
        Called after each epoch with its number, from 1, and the history so far.

    Returns
    -------
    model : keras.Model
        It takes the images as they are in ``data``, 0 to 255, and returns logits.
    history : dict
        Lists of ``loss``, ``accuracy``, ``val_loss`` and ``val_accuracy``, one entry per epoch.
    """
    keras.utils.set_random_seed(seed)
    x_train = data.x_train[: recipe.images]
    mean, std = (x_train.mean(), x_train.std()) if recipe.standardize else (0, 255)
    model = keras.Sequential(
        [
            keras.Input(x_train.shape[1:]),
            keras.layers.Rescaling(1 / std, offset=-mean / std),
            recipe.model(),
        ]
    )
    model.compile(
        optimizer=_OPTIMIZERS[recipe.optimizer](learning_rate(recipe, len(x_train))),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model, recipe.fit(model, data, seed, report)


class Progress(keras.callbacks.Callback):  # type: ignore[misc]
    """Print one line after each epoch: ``model.fit(..., verbose=0, callbacks=[Progress()])``."""

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Print the accuracies of the epoch that has just ended."""
        logs = logs or {}
        words = [f"epoch {epoch + 1} of {self.params['epochs']}"]
        for name, key in (("training", "accuracy"), ("validation", "val_accuracy")):
            if key in logs:
                words.append(f"{name} {logs[key]:.1%}")
        print(", ".join(words), flush=True)


def accuracy(logits: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of images whose largest logit is that of their class.

    Parameters
    ----------
    logits : numpy.ndarray
        Logits or probabilities of shape (n, classes).
    labels : numpy.ndarray
        Class numbers of shape (n,).

    Examples
    --------
    >>> accuracy(np.array([[2.0, 1.0], [0.0, 3.0]]), np.array([0, 0]))
    0.5
    """
    return float(np.mean(logits.argmax(axis=-1) == labels))
