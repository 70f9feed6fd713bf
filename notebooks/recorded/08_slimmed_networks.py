"""Notebook 08: the slimmed AlexNet and VGG against the lab's CNN, also with as much work."""

from _fashion_mnist import DEFAULTS, QUICK, trained, variants

from course_utils.costs import to_keras, zoo
from course_utils.models.recording import main

FEW = DEFAULTS | {"images": 10_000, "epochs": 6, "batch_size": 64}
SLIM = FEW | {"peak": 0.002}  # without batch normalisation, half of the lab's rate

SETTINGS = variants(
    {
        "architectures": {
            "lab CNN, 16 and 32 filters": FEW | {"network": "lab_cnn", "filters": [16, 32]},
            "lab CNN, 30 and 60 filters": FEW | {"network": "lab_cnn", "filters": [30, 60]},
            "AlexNet, slimmed": SLIM | {"network": "alexnet_slim"},
            "VGG, slimmed": SLIM | {"network": "vgg_slim"},
        }
    }
)


def train(setting: dict, seed: int) -> dict:
    """Train one of the networks."""
    own = {"filters": setting["filters"], "use_bias": False} if "filters" in setting else {}
    return trained(to_keras(getattr(zoo, setting["network"])(**own)), setting)


if __name__ == "__main__":
    raise SystemExit(main(__file__, train, SETTINGS, seeds=(0, 1, 2), quick=QUICK))
