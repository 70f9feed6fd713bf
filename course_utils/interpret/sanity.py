"""The sanity check: whether a picture of a network depends on what the network has learned."""

import contextlib
from inspect import getclosurevars, isfunction
from typing import Any

import keras
import numpy as np

from course_utils.costs.keras_bridge import graph_of
from course_utils.interpret import graph, nonlinear


def randomised(model: keras.Model, layer: str | None = None, seed: int = 0) -> keras.Model:
    """Return a copy of a model that has lost what it learned, from a layer up to the output.

    The weights of each of these layers are shuffled: their sizes stay as they were, so that the
    copy still computes numbers of the usual size, but they no longer mean anything. ``layer`` is
    the first one, in the order of :func:`layer_shapes`; by default all are shuffled.

    Adebayo et al., "Sanity checks for saliency maps", NeurIPS 2018, section 3: there the weights
    are drawn anew. A method whose picture stays the same does not show what was learned.
    """
    names = list(graph.layer_shapes(model))
    first = 0 if layer is None else names.index(graph._find_layer(model, layer))
    copy = _copy(model)
    rng = np.random.default_rng(seed)
    calls = list(graph._listing(copy).calls.values())[first:]
    for operation in dict.fromkeys(call.operation for call in calls):
        if getattr(operation, "weights", []):
            values = operation.get_weights()
            operation.set_weights([rng.permuted(v.ravel()).reshape(v.shape) for v in values])
    return _settled(copy)


def _copy(model: keras.Model) -> keras.Model:
    """Return a model of the same layers with weights of its own."""
    copies: dict[int, Any] = {}  # a layer that is called twice stays one layer

    def copy(part: Any) -> Any:
        if id(part) in copies:
            return copies[id(part)]
        if graph_of(part) is not None:
            # Keras's own recursion would lose the ``call`` of a model that has its own.
            plain = graph._twin(part, compiled=False)  # its loss need not be copied, too
            try:
                made = keras.models.clone_model(plain, clone_function=copy)
            except TypeError as error:  # an __init__ that asks for more
                raise _no_copy(part.name) from error
        elif getattr(part, "weights", []) or isinstance(part, keras.layers.InputLayer):
            made = _made_anew(part)
        elif _holds_weights(part):
            raise ValueError(f"{part.name!r} computes with layers that it keeps to itself.")
        else:  # not every function can be written down
            made = graph._twin(part, _inbound_nodes=[], _outbound_nodes=[])
        copies[id(part)] = made
        return made

    copied = copy(model)
    images = nonlinear._numbers([side or 224 for side in graph._input_shape(model)])
    given, found = graph._to_numpy(graph._run(model, {"input": images})), np.empty(0)
    own = {id(weight) for weight in model.weights}
    if own.isdisjoint(map(id, copied.weights)):  # else a config holds a layer itself
        with contextlib.suppress(ValueError):  # of other shapes
            graph._run(copied, {"input": images})  # builds what only a call builds
            copied.set_weights(model.get_weights())
            found = graph._to_numpy(graph._run(_settled(copied), {"input": images}))
    if not graph._same(given, found):
        calls = graph._listing(model).calls.items()
        raise _no_copy(*(name for name, call in calls if not graph._is_plain(call)))
    return copied


def _holds_weights(layer: Any) -> bool:
    """Say whether the function of a Lambda uses layers that have learned something."""
    function = getattr(layer, "function", None)
    held = [function, getattr(function, "__self__", None)]
    if isfunction(function):
        used = getclosurevars(function)
        held += [*used.nonlocals.values(), *used.globals.values(), *(function.__defaults__ or ())]
    return any(one.weights for one in held if isinstance(one, keras.layers.Layer))


def _made_anew(layer: Any) -> Any:
    """Return another layer of the same settings."""
    activation = getattr(layer, "activation", None)
    try:
        try:
            made = type(layer).from_config(layer.get_config())
        except (TypeError, ValueError):  # a function of the reader's own cannot be found again
            own = {"activation": activation} if isfunction(activation) else {}
            made = type(layer).from_config(layer.get_config() | own)
    except (TypeError, ValueError, NotImplementedError) as error:
        raise _no_copy(layer.name) from error
    made.name = layer.name
    return made


def _no_copy(*names: str) -> ValueError:
    return ValueError(
        "The model cannot be copied, for get_config() of a layer does not say all that the layer "
        f"needs: look at {', '.join(map(repr, names))}."
    )


def _settled(model: keras.Model) -> keras.Model:
    """Let layers take notice of weights that were set."""
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()
    return model
