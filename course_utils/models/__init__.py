"""Training: recorded runs, intervals, latency, and weights for transfer learning."""

from course_utils.lazy import on_first_use

# Keras takes seconds to import: each file waits until one of its names is used.
_FILES = {
    "backbones": ("embedded_backbone", "pretrained_weights"),
    "garments": ("garment_classifier", "garment_picture"),
    "intervals": ("interval", "paired"),
    "records": ("accuracies", "recorded", "results", "variants"),
    "timing": ("latency",),
    "callbacks": ("PrintEpochs",),
}
__getattr__, __dir__, __all__ = on_first_use(__name__, _FILES)
