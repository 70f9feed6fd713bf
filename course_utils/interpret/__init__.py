"""What a ConvNet has learned to see: every method a short function from arrays to arrays.

A layer is named as :func:`layer_shapes` lists it, also if it is inside a model inside the model.
"""

from importlib import import_module

_HOME = {
    "activations": "features",
    "channel_states": "features",
    "filters": "features",
    "grad_cam": "attribution",
    "guided_backpropagation": "attribution",
    "integrated_gradients": "attribution",
    "layer_shapes": "graph",
    "maximise": "synthesis",
    "occlusion": "attribution",
    "Patches": "patches",
    "principal_components": "features",
    "randomised": "sanity",
    "rank_correlation": "sanity",
    "saliency": "attribution",
    "scores": "attribution",
    "strongest_patches": "patches",
}

__all__ = list(_HOME)


def __getattr__(name: str) -> object:
    if name in _HOME:
        value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
