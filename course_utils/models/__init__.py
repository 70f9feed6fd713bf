"""Training: recorded runs, intervals, latency, and weights for transfer learning."""

from importlib import import_module

_HOME = {
    "Progress": "training",
    "accuracies": "records",
    "accuracy": "training",
    "backbone": "backbones",
    "embedded_backbone": "backbones",
    "garment_classifier": "garments",
    "garment_picture": "garments",
    "interval": "intervals",
    "latency": "timing",
    "mean_and_spread": "records",
    "paired": "intervals",
    "pretrained_weights": "backbones",
    "random_backbone": "backbones",
    "recorded": "records",
    "results": "records",
    "table": "records",
    "variants": "records",
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
