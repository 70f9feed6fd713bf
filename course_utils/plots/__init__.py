"""Figures of the course: one style, small functions that return their figure.

``show(fig, alt)`` puts a figure into a notebook together with a sentence that says what it shows.
Every other function draws arrays, table rows or plain dictionaries and returns the figure.
"""

from importlib import import_module

_HOME = {
    "show": "figure",
    "new_figure": "figure",
    "course_style": "style",
    "volume_diagram": "network",
    "network_diagram": "diagram",
    "cost_bars": "network",
    "connection_table": "network",
    "cost_comparison": "comparison",
    "learning_curves": "training",
    "confusion_matrix": "training",
    "spread": "training",
    "rate_sweep": "sweep",
    "interval_curves": "layers",
    "interval_panels": "layers",
    "image_grid": "images",
    "convolution_step": "convolution",
    "receptive_field_grids": "convolution",
    "receptive_fields": "convolution",
    "kernel_sheet": "convolution",
    "curves": "convolution",
    "filter_sheet": "interpret",
    "map_sheet": "interpret",
    "patch_sheet": "interpret",
    "picture_sheet": "interpret",
    "explanation_grid": "interpret",
    "class_scatter": "interpret",
    "intervals": "transfer",
    "freeze_diagram": "freezing",
    "bars": "scatter",
    "bubbles": "scatter",
}

__all__ = list(_HOME)


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
