"""Which backbone serves the photographs of clothes? Frozen features, and a classifier on them.

Every backbone whose weights from ImageNet are in Keras's cache, or can be downloaded, is taken as
it is: a pass over the photographs, and a logistic regression on what comes out. Beside them stand
controls of the same architecture, whose weights are random or were learned on drawings. A seed
holds out another 15 % of the training photographs, and draws the random weights. The sealed test
photographs are not read.
"""

import inspect
import warnings
from contextlib import nullcontext
from unittest.mock import patch

import keras
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from course_utils import models
from course_utils.data import clothes, registry
from course_utils.models.recording import main

SIZE = 128  # pixels: the same for all of them
NETWORKS = (
    *("MobileNetV3Small", "MobileNetV3Large", "NASNetMobile", "EfficientNetB0"),
    *("EfficientNetV2B0", "DenseNet121", "ResNet50", "ResNet50V2", "InceptionV3", "Xception"),
    *("VGG16", "ConvNeXtTiny"),
)
MOBILE = {"network": "MobileNetV2"}
SETTINGS = [
    *(MOBILE | {"alpha": 0.35, "weights": weights} for weights in ("imagenet", "embedded")),
    *(MOBILE | {"alpha": alpha, "weights": "random"} for alpha in (0.35, 1.0)),
    *(MOBILE | {"alpha": alpha, "weights": "imagenet"} for alpha in (0.5, 0.75, 1.0)),
    *({"network": name, "weights": "imagenet"} for name in NETWORKS),
]


def backbone(network, weights, **width):
    """Return images to features, one vector for each image; preprocessing is not in it."""
    warnings.filterwarnings("ignore", "`input_shape` is undefined")  # the 224 file is meant
    if weights == "embedded":
        base = models.embedded_backbone((SIZE, SIZE, 3))
        return keras.Model(base.input, keras.layers.GlobalAveragePooling2D()(base.output))
    return getattr(keras.applications, network)(
        include_top=False,
        pooling="avg",
        input_tensor=keras.Input((SIZE, SIZE, 3)),  # with input_shape, other weights are asked for
        weights=None if weights == "random" else weights,
        **width,
    )


def train(setting, seed):
    """Compute the features once, fit the classifier, and score it on what was held out."""
    model = backbone(**setting)
    build = getattr(keras.applications, setting["network"])
    preprocess = inspect.getmodule(build).preprocess_input

    def features(photographs):
        pairs = [(model.predict_on_batch(preprocess(x)), y) for x, y in photographs]
        return map(np.concatenate, zip(*pairs, strict=True))

    learn, held_out = keras.utils.image_dataset_from_directory(
        clothes().train,
        validation_split=0.15,
        subset="both",
        seed=seed,
        image_size=(SIZE, SIZE),
        verbose=False,
    )
    x, y = features(learn)
    x_held_out, y_held_out = features(held_out)
    # One setting for all of them, which was chosen once, for the weights from ImageNet.
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=500))
    classifier.fit(x, y)
    return {
        "accuracy": float(classifier.score(x_held_out, y_held_out)),
        "train_accuracy": float(classifier.score(x, y)),
        "photographs": [len(y), len(y_held_out)],
        "features": x.shape[1],
        "params": model.count_params(),
    }


def at_hand(setting):
    """Say whether the weights can be had, and name the network if not."""
    refusal = OSError("COURSE_OFFLINE forbids a download")
    offline = patch("keras.src.utils.file_utils.urlretrieve", side_effect=refusal)  # Keras cannot
    try:
        with offline if registry.is_offline() else nullcontext():
            backbone(**setting)
    except Exception as error:  # Keras has no class of its own for it
        print(f"left out: {', '.join(map(str, setting.values()))} ({error})")
        return False
    finally:
        keras.utils.clear_session()
    return True


if __name__ == "__main__":
    raise SystemExit(main(__file__, train, filter(at_hand, SETTINGS)))
