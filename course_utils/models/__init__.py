"""Training: recipes, recorded runs, intervals, and weights for transfer learning."""

from importlib import import_module

_HOME = {
    "LabRecipe": "recipe",
    "Progress": "training",
    "Recipe": "recipe",
    "accuracies": "records",
    "accuracy": "training",
    "backbone": "backbones",
    "embedded_backbone": "backbones",
    "flip_and_shift": "training",
    "garment_classifier": "garments",
    "garment_picture": "garments",
    "interval": "intervals",
    "latency": "timing",
    "learning_rate": "training",
    "mean_and_spread": "records",
    "mirrored": "training",
    "paired": "intervals",
    "pretrained_weights": "backbones",
    "random_backbone": "backbones",
    "recorded": "records",
    "results": "records",
    "table": "records",
    "train": "training",
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
