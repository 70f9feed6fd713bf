"""Exercises that ask for a Keras model: the model is inspected, not the text that made it."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from course_utils.classroom.exercise import NotWrittenError, UnreadableError
from course_utils.classroom.programs import Program, run
from course_utils.classroom.reading import called

Rule = tuple[Callable[[Any], Any], str]
"""What must be so of a model, and the sentence for whoever's is not so."""


# --- what a rule looks at ----------------------------------------------------------------------


def layers_of(model: Any) -> Iterator[Any]:
    """Yield the layers of a model, those inside models and inside layers of one's own, too.

    What `keras.ops` or a ``+`` does in between is a layer here: ``Add``, ``Concatenate``, ``Relu``.
    """
    for layer in getattr(model, "operations", None) or getattr(model, "layers", model._layers):
        yield layer
        if getattr(layer, "_layers", None):
            yield from layers_of(layer)


def layers(model: Any, kind: str) -> list[Any]:
    """Return the layers of one kind: ``layers(model, "Conv2D")``."""
    return [layer for layer in layers_of(model) if type(layer).__name__ == kind]


def has(model: Any, kind: str, count: int) -> bool:
    """Say whether there are so many layers of one kind; without weights one may serve often."""
    found = layers(model, kind)
    uses = sum(len(one._inbound_nodes) for one in found)
    again = len(found) < count <= uses and not any(one.weights for one in found)
    return len(found) == count or again


def learning(model: Any) -> int:
    """Return how many numbers of a model learn."""
    return sum(math.prod(weight.shape) for weight in model.trainable_weights)


def activation(layer: Any) -> str:
    """Return the name of the activation that follows a layer, in it or as a layer of its own."""
    own = getattr(layer, "activation", None)
    name = getattr(own, "__name__", type(own).__name__).lower()
    if own is not None and name != "linear":
        return name  # type: ignore[no-any-return]
    for node in getattr(layer, "_outbound_nodes", []):
        after = node.operation
        kind = type(after).__name__
        passes = kind in ("Activation", "BatchNormalization", "Dropout")
        return activation(after) if passes else kind.lower()
    return "linear"


def last_activation(model: Any) -> str:
    """Return the name of what comes last: ``"softmax"``, ``"linear"`` ..."""
    last = list(layers_of(model))[-1]
    outputs = getattr(model, "outputs", None)
    last = outputs[0]._keras_history.operation if outputs else last
    name = activation(last)
    return type(last).__name__.lower() if name == "linear" else name


@dataclass(frozen=True)
class Model(Program):
    """A question that asks for a model, or for a function that makes layers.

    Of ``inputs``, with which a function of tensors is called, shapes become inputs of Keras, and a
    model is made of what comes out. ``reads`` is the shape of what a model reads that is asked for
    itself.
    """

    kind: ClassVar[str] = "model"
    modules: ClassVar[dict[str, str]] = {"np": "numpy", "keras": "keras"}
    seconds: ClassVar[float] = 20
    """How long building it may take."""

    rules: Sequence[Rule]
    inputs: Sequence[Any] | Callable[[], Sequence[Any]] = ()
    reads: tuple[int, ...] = ()

    def judge(self, given: Any) -> tuple[str, str]:
        model = self._model(given)
        if isinstance(model, str):
            return "wrong", model
        kept = model.get_weights()  # some rules try it out
        try:
            for rule, sentence in self.rules:
                done = run(rule, [model], 120)
                if isinstance(done.value, str):
                    return "wrong", done.value
                if done.problem or not done.value:
                    return "wrong", sentence or f"{done.problem}."
        finally:
            model.set_weights(kept)
        return "right", self.why

    def _model(self, given: Any) -> Any:
        """Return the model, or the sentence why there is none."""
        import keras

        if isinstance(given, keras.Model) and (self.reads or given.built):
            return self._read(given)
        if not callable(given) or isinstance(given, type) or (self.reads and _is_layer(given)):
            raise UnreadableError(
                f"A {'function' if self.inputs else 'keras.Model'} is asked for; you gave "
                f"{called(given)}."
            )
        wanted = self.inputs() if callable(self.inputs) else self.inputs
        inputs = [keras.Input(one) if isinstance(one, tuple) else one for one in wanted]
        self.takes(given, len(inputs), "")
        done = run(given, inputs, self.seconds)
        if done.problem:
            return f"{done.problem}."
        if done.value is ...:
            raise NotWrittenError
        if done.value is None:
            return "Got None: did you forget `return`?"
        if isinstance(done.value, keras.Model):
            return self._read(done.value)
        try:
            tensors = [one for one in inputs if isinstance(one, keras.KerasTensor)]
            return keras.Model(tensors[0] if len(tensors) == 1 else tensors, done.value)
        except Exception:
            if _is_layer(done.value):
                return "It gives a layer itself. A layer is called on what it reads: layer(x)."
            return f"It should give what Keras's layers give, not {called(done.value)}."

    def _read(self, model: Any) -> Any:
        """Return a model that reads what is asked for, or the sentence why it does not."""
        import keras

        if not self.reads:
            return model
        wanted = f"It should read {self.reads}: begin with keras.Input({self.reads})."
        if getattr(model, "inputs", None):
            return model if tuple(model.input_shape[1:]) == self.reads else wanted
        try:  # a class of one's own, or a Sequential that begins with a layer
            inputs = keras.Input(self.reads)
            given = type(model) in (keras.Sequential, keras.Model)
            return keras.Model(inputs, model(inputs) if given else model.call(inputs))
        except Exception as error:
            first = str(error).strip().splitlines()[0][:160]
            return f"{wanted} It stops with {type(error).__name__}: {first}"


def _is_layer(given: Any) -> bool:
    import keras

    return isinstance(given, keras.Layer)


@dataclass(frozen=True)
class Debug(Model):
    """A short script with one of the classic mistakes; the check says whether it now learns.

    It stands in the question, and in the cell, where it is to be mended.
    """

    kind: ClassVar[str] = "debug"
    seconds: ClassVar[float] = 90

    broken: str = ""

    @property
    def text(self) -> str:
        return f"{self.question}\n```python\n{self.broken.strip()}\n```"

    @property
    def how(self) -> str:
        return f"\nMend `{self.name}`, put its name in the place of the dots, and run the cell."


def field_of(model: Any) -> int:
    """Return how many pixels of the image one value of the last layer sees, in one direction."""
    from course_utils.costs import from_keras

    row = from_keras(model).rows[-1]
    return int(row.field.rows.size) if row.field else 0


def toy(count: int = 400, seed: int = 0) -> list[Any]:
    """Return images on which any network that learns is soon right, and their labels.

    The upper or the lower half is the brighter one; pixels from 0 to 255.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, count)
    images = rng.uniform(0, 160, (count, 8, 8, 1))
    for image, label in zip(images, labels, strict=True):
        image[4 * label : 4 * label + 4] += 80
    return [images.astype("float32"), labels]


def has_learned(model: Any) -> bool | str:
    """Say whether a model names new images of `toy` rightly."""
    import numpy as np

    images, labels = toy(200, seed=1)
    scores = np.asarray(model.predict(images, verbose=0))
    if not np.isfinite(scores).all():
        return "It does not learn: its predictions are not numbers any more."
    guesses = scores.argmax(-1) if scores.shape[-1] > 1 else scores[..., 0] > 0.5
    right = float(np.mean(guesses == labels))
    return right >= 0.9 or (
        f"It does not learn yet: of 100 new images it names {100 * right:.0f} rightly. Guessing "
        "names 50."
    )
