"""Notebook 13: what helps a network that has only few images to learn from."""

from _fashion_mnist import QUICK, variants
from _few_images import PLAIN, SIZES, train

from course_utils.models.recording import main

SETTINGS = variants(
    {
        "remedies": {  # each changes one thing
            "nothing": PLAIN,
            "L2 penalty": PLAIN | {"l2": 0.003},
            "weight decay": PLAIN | {"weight_decay": 0.3},
            "dropout": PLAIN | {"dropout": 0.5},
            "early stopping": PLAIN | {"patience": 5},
            "batches of 8": PLAIN | {"batch_size": 8},
            "1,000 images more": PLAIN | SIZES["2,000"],
        },
    }
)


if __name__ == "__main__":
    raise SystemExit(main(__file__, train, SETTINGS, seeds=(0, 1, 2), quick=QUICK))
