"""Exercises that ask for a Keras model: the model is inspected, not the text that made it."""

import inspect
import math
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from course_utils.classroom.exercise import Exercise, NotWrittenError, UnreadableError
from course_utils.classroom.programs import defined, run, source

SECONDS = 120.0
"""How long building a model, or learning a few steps, may take."""

Rule = tuple[Callable[[Any], Any], str]
"""What must be so of a model, and the sentence for whoever's is not so."""


def layers_of(model: Any) -> Iterator[Any]:
    """Yield the layers of a model, those of models inside it too."""
    for layer in model.layers:
        yield layer
        if hasattr(layer, "layers"):
            yield from layers_of(layer)


def layers(model: Any, kind: str) -> list[Any]:
    """Return the layers of one kind: ``layers(model, "Conv2D")``."""
    return [layer for layer in layers_of(model) if type(layer).__name__ == kind]


def learning(model: Any) -> int:
    """Return how many numbers of a model learn."""
    return sum(math.prod(weight.shape) for weight in model.trainable_weights)


def last_activation(model: Any) -> str:
    """Return the name of what comes last: ``"softmax"``, ``"linear"`` ..."""
    last = model.layers[-1]
    activation = getattr(last, "activation", None)
    return getattr(activation, "__name__", type(last).__name__.lower())


@dataclass(frozen=True)
class Model(Exercise):
    """A question that asks for a model, or for a function that makes layers.

    Parameters
    ----------
    program : str
        The course's own answer: it defines a function that returns the model; ``keras`` and
        ``np`` are there.
    rules : sequence of (test, sentence)
        What must be so, in this order, and what to say if it is not, unless the test says it.
    steps : sequence of str
        Hints, each a step further.
    why : str
        Shown with a right answer.
    inputs : sequence, or a function that returns it
        What the student's function is called with, if it is a function of tensors: shapes become
        inputs of Keras, and a model is made of what comes out.
    """

    kind: ClassVar[str] = "model"

    program: str
    rules: Sequence[Rule]
    steps: Sequence[str]
    why: str
    inputs: Sequence[Any] | Callable[[], Sequence[Any]] = ()

    @property
    def name(self) -> str:
        """What the function of the course's own answer is called."""
        return defined(self.program)

    @property
    def how(self) -> str:
        """How the answer is to be given."""
        given = self.name if self.inputs else "model"
        return f"Write `{given}` in the cell, in the place of the dots, and run it."

    @property
    def hints(self) -> tuple[str, ...]:
        """The steps."""
        return tuple(self.steps)

    @property
    def solution(self) -> str:
        """The program, and why it is right."""
        return f"```python\n{textwrap.dedent(self.program).strip()}\n```\n{self.why}"

    def right(self) -> Callable[..., Any]:
        """Return the course's own answer."""
        return made(self.program)

    def judge(self, given: Any) -> tuple[str, str]:
        """Build the model if it is a function that is given, then go through the rules."""
        model = self._model(given)
        if isinstance(model, str):
            return "wrong", model
        for rule, sentence in self.rules:
            done = run(rule, [model], SECONDS)
            if isinstance(done.value, str):
                return "wrong", done.value
            if done.problem or not done.value:
                return "wrong", sentence or f"{done.problem}."
        return "right", self.why

    def _model(self, given: Any) -> Any:
        """Return the model, or the sentence why there is none."""
        import keras

        if isinstance(given, keras.Model):
            if not given.built:
                return "This model is not built yet: begin with keras.Input(...), or call build()."
            return given
        if not callable(given) or isinstance(given, type | keras.Layer):
            raise UnreadableError(
                f"A {'function' if self.inputs else 'keras.Model'} is asked for; you gave a "
                f"{type(given).__name__}."
            )
        wanted = self.inputs() if callable(self.inputs) else self.inputs
        inputs = [keras.Input(one) if isinstance(one, tuple) else one for one in wanted]
        try:
            inspect.signature(given).bind(*inputs)
        except TypeError:
            raise UnreadableError(
                f"The function is called with {len(inputs)} inputs, and yours does not take them."
            ) from None
        done = run(given, inputs, SECONDS)
        if done.problem:
            return f"{done.problem}."
        if done.value is ...:
            raise NotWrittenError
        if done.value is None:
            return "Got None: did you forget `return`?"
        if isinstance(done.value, keras.Model):
            return done.value
        try:
            tensors = [one for one in inputs if isinstance(one, keras.KerasTensor)]
            return keras.Model(tensors[0] if len(tensors) == 1 else tensors, done.value)
        except Exception:
            return f"It should give what Keras's layers give, not a {type(done.value).__name__}."


@dataclass(frozen=True)
class Debug(Model):
    """A short script with one of the classic mistakes; the check says whether it now learns.

    Parameters
    ----------
    broken : str
        The script. It stands in the question, and in the cell, where it is to be mended.
    """

    kind: ClassVar[str] = "debug"

    broken: str = ""

    @property
    def text(self) -> str:
        """The question and the script."""
        return f"{self.question}\n```python\n{self.broken.strip()}\n```"

    @property
    def how(self) -> str:
        """What to do with the script."""
        return f"\nMend `{self.name}`, put its name in the place of the dots, and run the cell."


def made(program: str) -> Callable[..., Any]:
    """Return the function that a program of ours defines."""
    import keras
    import numpy as np

    return source(textwrap.dedent(program), keras=keras, np=np)[defined(program)]  # type: ignore[no-any-return]


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
