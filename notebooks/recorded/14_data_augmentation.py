"""Notebook 14: what augmentation brings, by its kind, its images and its steps."""

from _fashion_mnist import QUICK, variants
from _few_images import AUGMENTATIONS, PLAIN, SIZES, train

from course_utils.models.recording import main

AUGMENTED = {"augmentation": ["mirrored", "shifted", "zoomed"]}

SETTINGS = variants(
    {
        "as they are": {label: PLAIN | size for label, size in SIZES.items()},
        "augmented": {label: PLAIN | AUGMENTED | size for label, size in SIZES.items()},
        # What hinders learning by heart also slows learning down: three times the budget.
        "longer": {
            "nothing": PLAIN | {"epochs": 120},
            "augmentation": PLAIN | AUGMENTED | {"epochs": 120},
        },
        "augmentations": {
            "nothing": PLAIN,
            **{name: PLAIN | {"augmentation": [name]} for name in AUGMENTATIONS},
        },
    }
)


if __name__ == "__main__":
    raise SystemExit(main(__file__, train, SETTINGS, seeds=(0, 1, 2), quick=QUICK))
