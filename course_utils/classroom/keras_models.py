"""Exercises that ask for a Keras model: the model is inspected, not the text that made it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from course_utils.classroom.exercise import _NotWrittenError, _UnreadableError
from course_utils.classroom.programs import _Program
from course_utils.classroom.reading import _called
from course_utils.classroom.running import _Run, _run

_Rule = tuple[Callable[[Any], Any], str]
"""What must be so of a model, and the sentence for whoever's is not so."""


@dataclass(frozen=True)
class Model(_Program):
    """A question that asks for a model, or for a function that makes layers.

    Of ``inputs``, with which a function of tensors is called, shapes become inputs of Keras, and a
    model is made of what comes out. ``reads`` is the shape of what a model reads that is asked for
    itself. A ``definite`` question leaves nothing open: the model must do what the course's does.
    """

    modules: ClassVar[dict[str, str]] = {"np": "numpy", "keras": "keras"}
    seconds: ClassVar[float] = 20  # how long building it may take

    rules: Sequence[_Rule]
    inputs: Sequence[Any] | Callable[[], Sequence[Any]] = ()
    reads: tuple[int, ...] = ()
    definite: bool = False

    def judge(self, given: Any) -> tuple[str, str]:
        from course_utils.classroom.exercises.vocabulary import _unlike

        model = self._model(given)
        if isinstance(model, str):
            return "wrong", model
        kept, last = model.get_weights(), _Run()  # some rules try it out
        try:
            if self.definite:  # what does the same is right, whatever it is made of
                made = self.made()
                last = _run(_unlike, [model, self._model(made if self.inputs else made())], 120)
                if last.value == "":
                    return "right", self.why
            for rule, sentence in self.rules:
                done = _run(rule, [model], 120)
                if isinstance(done.value, str):
                    return "wrong", done.value
                if done.problem or not done.value:
                    return "wrong", sentence or f"{done.problem}."
        finally:
            model.set_weights(kept)
        if self.definite:
            return "wrong", last.value or f"{last.problem}."
        return "right", self.why

    def _model(self, given: Any) -> Any:
        import keras

        from course_utils.classroom.slips import _stopped

        if isinstance(given, keras.Model) and (self.reads or given.built):
            return self._read(given)
        a_layer = self.reads and isinstance(given, keras.Layer)
        if not callable(given) or isinstance(given, type) or a_layer:
            asked = "function" if self.inputs else "keras.Model"
            raise _UnreadableError(f"A {asked} is asked for; you gave {_called(given)}.")
        wanted = self.inputs() if callable(self.inputs) else self.inputs
        inputs = [keras.Input(one) if isinstance(one, tuple) else one for one in wanted]
        self.takes(given, len(inputs), "")
        done = _run(given, inputs, self.seconds)
        if done.problem:
            return f"{done.problem}. {_stopped([done.problem])}".strip()
        if done.value is ...:
            raise _NotWrittenError
        if done.value is None:
            return "Got None: did you forget `return`?"
        if isinstance(done.value, keras.Model):
            nothing = "It gives a model that nothing was put through: call it on x, model(x)."
            return self._read(done.value) if done.value.built else nothing
        if self.inputs and done.value is inputs[0]:
            return "It gives back what it was given: return what the last layer gives."
        tensors = [one for one in inputs if isinstance(one, keras.KerasTensor)]
        try:
            return keras.Model(tensors[0] if len(tensors) == 1 else tensors, done.value)
        except Exception:
            if isinstance(done.value, keras.Layer):
                return "It gives a layer itself. A layer is called on what it reads: layer(x)."
            asked = "what Keras's layers give" if tensors else "a keras.Model"
            return f"It should give {asked}, not {_called(done.value)}."

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


@dataclass(frozen=True)
class Debug(Model):
    """A short script with one of the classic mistakes; the check says whether it now learns.

    It stands in the question, and in the cell, where it is to be mended.
    """

    seconds: ClassVar[float] = 90

    broken: str = ""

    @property
    def text(self) -> str:
        return f"{self.question}\n```python\n{self.broken.strip()}\n```"

    @property
    def how(self) -> str:
        return f"\nMend `{self.name}`, put its name in the place of the dots, and run the cell."
