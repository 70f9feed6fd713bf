"""Training: recipes, runs that were recorded because they take long, transfer learning."""

from importlib import import_module

_HOME = {
    "Accuracy": "classifiers",
    "Features": "features",
    "LabRecipe": "recipe",
    "Progress": "training",
    "Recipe": "recipe",
    "accuracies": "records",
    "accuracy": "training",
    "backbone": "backbones",
    "cross_validated": "classifiers",
    "embedded_backbone": "backbones",
    "extract_features": "features",
    "feature_model": "features",
    "fine_tune": "transfer",
    "flip_and_shift": "training",
    "interval": "intervals",
    "latency": "timing",
    "layer_rates": "transfer",
    "learning_rate": "training",
    "linear_svm": "classifiers",
    "logistic_regression": "classifiers",
    "mean_and_spread": "records",
    "mirrored": "training",
    "paired": "intervals",
    "pretrained_weights": "backbones",
    "random_backbone": "backbones",
    "recorded": "records",
    "results": "records",
    "table": "records",
    "train": "training",
    "transfer_model": "transfer",
    "unfreeze": "transfer",
    "wilson": "classifiers",
    "with_preprocessing": "preprocessing",
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
