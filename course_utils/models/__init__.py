"""Training on the course's data: recipes, and runs that were recorded because they take long."""

from importlib import import_module

_HOME = {
    "LabRecipe": "recipe",
    "Progress": "training",
    "Recipe": "recipe",
    "accuracies": "results",
    "accuracy": "training",
    "backbone": "backbone",
    "flip_and_shift": "training",
    "latency": "timing",
    "learning_rate": "training",
    "mirrored": "training",
    "train": "training",
    "mean_and_spread": "results",
    "recorded": "results",
    "recorded_applications": "applications",
    "table": "results",
}

__all__ = list(_HOME)


def __getattr__(name: str) -> object:
    if name in _HOME:
        value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
        globals()[name] = value  # the function, not the sub-module of the same name
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
