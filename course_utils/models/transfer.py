"""Transfer learning: a new head on a trained backbone, layers set free from the top down."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from course_utils.data.downloads import cache_home
from course_utils.files import FULL, whole_file, write_json
from course_utils.models.features import Images, input_size, model_digest
from course_utils.models.preprocessing import Kind, preprocess, preprocessing_kind
from course_utils.progress import progress

History = dict[str, list[float]]

_IN_MEMORY = 1 << 30  # bytes of pixels up to which images are read once, not in every epoch


def transfer_model(
    backbone: keras.Model,
    classes: int,
    dropout: float = 0.2,
    augmentation: keras.Layer | None = None,
    kind: Kind | None = None,
    seed: int = 0,
) -> keras.Model:
    """Return a classifier: preprocessing, frozen backbone, average, dropout, new dense layer.

    Parameters
    ----------
    backbone : keras.Model
        Of Keras Applications, with ``include_top=False``. It is frozen: see :func:`unfreeze`.
    classes : int
    dropout : float, default 0.2
        Share of the features that is left out in each training step.
    augmentation : keras.Layer, optional
        Applied to the pixels, 0 to 255, in training only, such as
        ``keras.layers.RandomFlip("horizontal")``.
    kind : str, optional
        The preprocessing; by default what
        :func:`~course_utils.models.preprocessing.preprocessing_kind` says.
    seed : int, default 0
        Of the new layer's first weights and of the dropout.

    Returns
    -------
    keras.Model
        Images (n, height, width, 3), 0 to 255, to logits (n, classes). The new layer is called
        ``head``.

    Raises
    ------
    ValueError
        If it is not known what the backbone wants done to the pixels, or it gives no feature maps.

    Examples
    --------
    >>> base = keras.applications.MobileNetV2(
    ...     weights=None, include_top=False, input_shape=(32, 32, 3), alpha=0.35)
    >>> model = transfer_model(base, classes=2)
    >>> [weight.path for weight in model.trainable_weights]
    ['head/kernel', 'head/bias']
    """
    if len(backbone.output_shape) != 4:
        raise ValueError(
            f"{backbone.name!r} gives no feature maps: build it with include_top=False"
        )
    backbone.trainable = False
    inputs = keras.Input(backbone.input_shape[1:], name="pixels")
    x = augmentation(inputs) if augmentation is not None else inputs
    x = backbone(preprocess(x, kind or preprocessing_kind(backbone)))
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    x = keras.layers.Dropout(dropout, seed=seed, name="dropout")(x)
    first = keras.initializers.GlorotUniform(seed=seed)
    outputs = keras.layers.Dense(classes, kernel_initializer=first, name="head")(x)
    return keras.Model(inputs, outputs, name=f"{backbone.name}_transfer")


def unfreeze(backbone: keras.Model, from_block: str | None = None) -> list[str]:
    """Let a backbone learn from a block on, its batch normalisation excepted.

    Batch normalisation stays as it was learned, statistics and weights, because each such layer's
    own ``trainable`` is False. Nothing else holds it in Keras 3: while a functional model is
    fitted, the ``training=False`` of a call ``backbone(x, training=False)`` in it is overridden.

    Compile the model afterwards, as always when ``trainable`` was changed.

    Parameters
    ----------
    backbone : keras.Model
        Not the model around it.
    from_block : str, optional
        The first layer to learn: its name, or the beginning of it, such as ``"block_13"``. Default:
        all of them.

    Returns
    -------
    list of str
        The names of the layers that will learn.

    Raises
    ------
    ValueError
        If no layer's name begins like that.

    Examples
    --------
    >>> base = keras.applications.MobileNetV2(
    ...     weights=None, include_top=False, input_shape=(32, 32, 3), alpha=0.35)
    >>> unfreeze(base, "block_16")
    ['block_16_expand', 'block_16_depthwise', 'block_16_project', 'Conv_1']
    >>> len(unfreeze(base))
    52
    """
    layers = list(_layers(backbone))
    first = 0 if from_block is None else _position([layer.name for layer in layers], from_block)
    backbone.trainable = True
    for number, layer in enumerate(layers):
        layer.trainable = number >= first and not _normalises(layer)
    return [layer.name for layer in layers[first:] if layer.trainable_weights]


def layer_rates(
    model: keras.Model,
    rates: Mapping[str, Any],
    optimizer: Callable[[Any], keras.Optimizer] = keras.optimizers.Adam,
) -> keras.Optimizer:
    """Return an optimizer with a learning rate for each part of a model: mild below, bold above.

    Parameters
    ----------
    model : keras.Model
        Its layers are to be frozen and set free before, not after.
    rates : mapping of str to float
        The name of a layer, or the beginning of it, and the rate from there on, from the input to
        the output. Rates may be schedules.
    optimizer : callable, default keras.optimizers.Adam
        Makes the optimizer of one part, given its rate.

    Returns
    -------
    keras.optimizers.MultiOptimizer
        Callbacks that change one learning rate, such as ``ReduceLROnPlateau``, cannot use it.

    Raises
    ------
    ValueError
        If there is no such layer, the order is wrong, or a layer that learns comes before the first
        one named.

    Examples
    --------
    >>> base = keras.applications.MobileNetV2(
    ...     weights=None, include_top=False, input_shape=(32, 32, 3), alpha=0.35)
    >>> model = transfer_model(base, classes=2)
    >>> free = unfreeze(base, "block_13")
    >>> parts = layer_rates(model, {"block_13": 1e-5, "Conv_1": 1e-4, "head": 1e-3})
    >>> [round(float(part.learning_rate), 6) for part in parts.optimizers]
    [1e-05, 0.0001, 0.001]
    """
    layers = list(_layers(model))
    names = [layer.name for layer in layers]
    starts = [_position(names, name) for name in rates]
    if not starts or starts != sorted(starts):
        raise ValueError(f"rates go from the input to the output, and these are {list(rates)}")
    early = [layer.name for layer in layers[: starts[0]] if layer.trainable_weights]
    if early:
        raise ValueError(
            f"{early[0]!r} learns and comes before {next(iter(rates))!r}: give it a rate too, or "
            "freeze it"
        )
    parts: dict[str, keras.Optimizer] = {}
    ends = [*starts[1:], len(layers)]
    for start, end, rate in zip(starts, ends, rates.values(), strict=True):
        paths = [weight.path for layer in layers[start:end] for weight in layer.trainable_weights]
        if paths:
            parts["|".join(map(re.escape, dict.fromkeys(paths)))] = optimizer(rate)
    # The last part is the default, which the map must have; it is never asked for anything else.
    last = list(parts)[-1]
    return keras.optimizers.MultiOptimizer(
        keras.optimizers.OptimizerMap(parts.pop(last), optimizer_map=parts)
    )


def fine_tune(
    model: keras.Model,
    images: Images,
    stage: str,
    epochs: int,
    batch_size: int = 32,
    patience: int | None = None,
    report: Callable[[int, History], None] | None = None,
) -> History:
    """Fit a compiled model to photographs; keep its best weights, and go on after a stop.

    After each epoch weights, optimizer and history are kept in ``course_utils/training`` in
    Keras's cache. Ctrl-C leaves the model with its best weights so far; the same call then goes on
    with the epoch that was stopped. A call whose training is done only loads its result. What is
    kept belongs to these photographs, this model with the weights it starts from, this optimizer
    and these settings; with any of them changed training begins anew.

    Parameters
    ----------
    model : keras.Model
        Compiled, from pixels, 0 to 255, to logits or probabilities. In the end it has the weights
        of the epoch with the lowest validation loss, which makes its accuracy on the validation
        part a little too good: for a fair figure take images that had no part in choosing.
    images : Photographs
        With the parts ``"train"`` and ``"val"``.
    stage : str
        What is being trained, such as ``"head"``.
    epochs : int
        At most so many.
    batch_size : int, default 32
    patience : int, optional
        Stop when the validation loss has not fallen for so many epochs.
    report : callable, optional
        Called after each epoch with its number, from 1, and the history so far.

    Returns
    -------
    dict
        Lists of ``loss``, ``val_loss`` and the model's metrics, one number for each epoch.

    Raises
    ------
    ValueError
        If the model is not compiled, leaves the size of its images open, or nothing in it learns.
    KeyboardInterrupt
        After Ctrl-C; its message says what is kept.
    OSError
        If the disk is full; the epochs so far are kept.
    """
    if getattr(model, "optimizer", None) is None:
        raise ValueError(f"compile {model.name!r} first: model.compile(optimizer=..., loss=...)")
    if not model.trainable_weights:
        raise ValueError(f"all layers of {model.name!r} are frozen: there is nothing to train")
    size = input_size(model)
    about = [
        stage,
        [images.digest(split) for split in ("train", "val")],
        [layer.trainable for layer in _layers(model)],
        _description(model.optimizer),
        str(model.loss if isinstance(model.loss, str) else _description(model.loss)),
        [epochs, batch_size, patience, size],
    ]
    home = cache_home() / "course_utils" / "training"

    def place() -> Path:
        """Return where training that starts from the present weights is kept."""
        facts = json.dumps([*about, model_digest(model)])
        return home / f"{stage}-{hashlib.sha256(facts.encode()).hexdigest()[:20]}"

    folder = _followed(place())
    kept = _Kept(folder, patience)
    done = kept.load(model)
    if done < epochs and not kept.is_finished:
        x, y, x_val, y_val = (
            *_data(images, "train", size, batch_size),
            *_data(images, "val", size, batch_size),
        )
        try:
            with progress(f"Training {stage}, epochs", epochs) as show:
                kept.report = report or (lambda epoch, history: show(epoch))
                model.fit(
                    x,
                    y,
                    batch_size=None if y is None else batch_size,
                    shuffle=y is not None,  # batches that are read come shuffled
                    epochs=epochs,
                    initial_epoch=done,
                    validation_data=x_val if y_val is None else (x_val, y_val),
                    callbacks=[kept],
                    verbose=0,
                )
        except KeyboardInterrupt:
            done = kept.load(model)  # what is on the disk counts
            if not done:
                raise KeyboardInterrupt(
                    "Stopped in the first epoch: nothing to keep yet."
                ) from None
            kept.load_best(model)
            _lead(place(), folder)
            raise KeyboardInterrupt(
                f"Stopped after {done} of {epochs} epochs. The model has its best weights so far, "
                f"of epoch {kept.best}; the same call goes on from here."
            ) from None
    kept.load_best(model)
    _lead(place(), folder)
    return kept.history


class _Kept(keras.callbacks.Callback):  # type: ignore[misc]
    """Keeps what an epoch has brought.

    Keras has ``BackupAndRestore`` and ``ModelCheckpoint``; both write over what they wrote before,
    so that a stop while they write loses it. Here ``history.json`` is renamed into place after the
    weights that it speaks of are whole.
    """

    report: Callable[[int, History], None]

    def __init__(self, folder: Path, patience: int | None) -> None:
        super().__init__()
        self.folder, self.patience = folder, patience
        self.history: History = {}

    @property
    def epochs(self) -> int:
        """How many epochs are done."""
        return len(self.history.get("val_loss", []))

    @property
    def best(self) -> int:
        """The epoch with the lowest validation loss, from 1."""
        return int(np.argmin(self.history["val_loss"])) + 1

    @property
    def is_finished(self) -> bool:
        """Whether patience is at its end."""
        return bool(self.patience and self.epochs and self.epochs - self.best >= self.patience)

    def load(self, model: keras.Model) -> int:
        """Bring a model to where it was stopped; return the number of epochs that are done."""
        try:
            history = json.loads((self.folder / "history.json").read_text("utf-8"))
            files = [self._weights(len(history["val_loss"]))]
            files.append(self._weights(int(np.argmin(history["val_loss"])) + 1))
            model.optimizer.build(model.trainable_variables)
            variables = [*model.variables, *model.optimizer.variables]
            before = [np.array(keras.ops.convert_to_numpy(one)) for one in variables]
            try:
                for file in reversed(files):  # the last epoch's in the end
                    model.load_weights(file)
            except Exception:  # a damaged file raises anything
                for variable, value in zip(variables, before, strict=True):
                    variable.assign(value)
                raise
        except Exception:  # not there, or damaged: begin anew
            return 0
        self.history = history
        return self.epochs

    def load_best(self, model: keras.Model) -> None:
        """Give a model the weights of the best epoch."""
        model.load_weights(self._weights(self.best))

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Keep weights and history; forget weights that are neither the best nor the last."""
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(float(value))
        try:
            weights = self._weights(self.epochs)
            with whole_file(weights) as part:
                self.model.save_weights(part)
            write_json(self.folder / "history.json", self.history)
        except OSError as error:
            full = error.errno in FULL
            raise OSError(
                error.errno,
                f"epoch {self.epochs} cannot be kept: {self.folder} "
                f"{'is on a full disk' if full else f'cannot be written ({error})'}; make room, or "
                "set KERAS_HOME to another folder",
            ) from None
        needed = {weights, self._weights(self.best)}
        for file in self.folder.glob("*.weights.h5"):
            if file not in needed:
                file.unlink()
        self.report(self.epochs, self.history)
        if self.is_finished:
            self.model.stop_training = True

    def _weights(self, epoch: int) -> Path:
        return self.folder / f"{epoch:04}.weights.h5"


def _lead(start: Path, folder: Path) -> None:
    """Note that training from where it ended, or was stopped, is to be found in a folder."""
    if start != folder:
        with whole_file(start / "goes-on-in.txt") as part:
            part.write_text(folder.name, "utf-8")


def _followed(start: Path) -> Path:
    note = start / "goes-on-in.txt"
    return start.with_name(note.read_text("utf-8")) if note.exists() else start


def _data(images: Images, split: str, size: int, batch_size: int) -> tuple[Any, Any]:
    """Return arrays for ``fit``, or batches read in each epoch (and None) if they are too large."""
    if images.size(split) * size * size * 3 <= _IN_MEMORY:
        return images.arrays(split, size)
    return images.dataset(split, size, batch_size, shuffle=split == "train"), None


def _layers(model: keras.Model) -> Iterator[keras.Layer]:
    """Yield the layers of a model in its order, those of models inside it too."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _layers(layer)
        else:
            yield layer


def _normalises(layer: keras.Layer) -> bool:
    return isinstance(layer, keras.layers.BatchNormalization)


def _position(names: list[str], start: str) -> int:
    """Return where the first layer is whose name begins like that, not in the midst of a number."""
    beginning = re.compile(re.escape(start) + r"(?!\d)")
    for number, name in enumerate(names):
        if beginning.match(name):
            return number
    from difflib import get_close_matches

    near = get_close_matches(start, names, n=3, cutoff=0.4) or names[-3:]
    raise ValueError(f"no layer's name begins with {start!r}; there is {', '.join(near)}")


def _description(thing: Any) -> str:
    """Return a text that follows from an optimizer or a loss, not from how many there were."""
    config = json.dumps(keras.saving.serialize_keras_object(thing), default=str)
    numbered = ("name", "shared_object_id")
    return json.dumps(
        json.loads(
            config, object_hook=lambda part: {k: v for k, v in part.items() if k not in numbered}
        ),
        sort_keys=True,
    )
