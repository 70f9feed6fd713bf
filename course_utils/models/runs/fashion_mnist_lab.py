"""Notebook 03: how far the lab's CNN goes, what gave it, and what its parts are good for."""

from dataclasses import replace

from course_utils.models.recipe import LabRecipe
from course_utils.models.runs import Experiments

WELL = LabRecipe()
TUTORIAL = replace(
    WELL, use_bias=True, standardize=False, batch_size=32, peak=0.001, warm_up=False, cosine=False
)
_BATCH = replace(TUTORIAL, batch_size=128)
_STANDARD = replace(_BATCH, standardize=True)
_COSINE = replace(_STANDARD, cosine=True)
_WARM = replace(_COSINE, warm_up=True, peak=0.004)
_LONG = replace(WELL, augment=True, epochs=30)

EXPERIMENTS: Experiments = {
    "long": {
        f"{first} and {second} filters": replace(_LONG, filters=(first, second))
        for first, second in ((16, 32), (17, 34), (18, 36), (20, 40))
    },
    # Each step keeps the ones above it.
    "ladder": {
        "as most tutorials write it": TUTORIAL,
        "batches of 128": _BATCH,
        "standardised pixels": _STANDARD,
        "rate falls to zero": _COSINE,
        "warm-up to 0.004": _WARM,
        "no biases before batch norm": replace(_WARM, use_bias=False),
    },
    # Each of these changes one thing.
    "ablation": {
        "complete": WELL,
        "no batch norm": replace(WELL, batch_norm=False, use_bias=True),
        "no batch norm, rate 0.001": replace(WELL, batch_norm=False, use_bias=True, peak=0.001),
        "no ReLU": replace(WELL, activation=None),
        "stride 2, no pooling": replace(WELL, pooling="stride"),
    },
}
