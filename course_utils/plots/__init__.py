"""Figures of the course: one style, small functions that return their figure.

``show(fig, alt)`` puts a figure into a notebook together with a sentence that says what it shows.
Every other function draws arrays, table rows or plain dictionaries, and refuses with a ValueError
what it would draw wrongly. Titles and labels are keywords, in the order title, xlabel, ylabel.
"""

from course_utils.lazy import on_first_use

# Matplotlib takes a second to import: each file waits until one of its names is used.
_FILES = {
    "charts": ("bars", "confusion_matrix", "curves", "learning_curves", "spread"),
    "convolution": ("convolution_step", "receptive_fields"),
    "by_layer": ("connection_table", "cost_bars", "volume_diagram"),
    "diagram": ("freeze_diagram", "network_diagram"),
    "figure": ("course_style", "new_figure", "show"),
    "scatter": ("bubbles",),
    "sheets": ("explanation_grid", "image_grid", "kernel_sheet"),
}
__getattr__, __dir__, __all__ = on_first_use(__name__, _FILES)
